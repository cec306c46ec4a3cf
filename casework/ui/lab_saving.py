"""What JupyterLab writes to the disk of a notebook: its text, and nothing of what was shown in it.

Decides that outputs and the state of widgets stay in the page: they hold names and what is known of
people, and a notebook is copied, mailed and kept in checkpoints. Whoever opens it again runs it
again.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

__all__ = ["SAVED_BY", "without_what_was_shown"]

SAVED_BY = f"{__name__}.without_what_was_shown"
"""As the setting of a server names the function."""


def without_what_was_shown(model: MutableMapping[str, Any], **_where: object) -> None:
    """Take outputs, counts and widgets out of a notebook before the server writes it.

    Parameters
    ----------
    model : mapping
        What the server was sent; anything but a notebook passes as it is.
    """
    notebook = model.get("content")
    if model.get("type") != "notebook" or not isinstance(notebook, MutableMapping):
        return
    metadata = notebook.get("metadata")
    if isinstance(metadata, MutableMapping):
        metadata.pop("widgets", None)
    for cell in notebook.get("cells", ()):
        if isinstance(cell, MutableMapping) and cell.get("cell_type") == "code":
            cell["outputs"], cell["execution_count"] = [], None

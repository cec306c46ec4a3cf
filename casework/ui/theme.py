"""The one stylesheet, handed to whoever shows a page: dashboards, notebooks, printouts.

Decides the order of its parts: what comes later wins. ``styles/`` holds tokens and the kit,
``theme.css`` what single screens add, and print has the last word.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from casework.ui.escape import Html

__all__ = ["theme_css", "theme_style"]

_KIT = (
    *("tokens", "ground", "frame", "kit", "fields", "lists", "figures", "rosters", "pairs"),
    *("money", "narrow", "dossier"),
)


@cache
def theme_css() -> str:
    """Give the stylesheet as text."""
    here = Path(__file__).parent
    kit = [here / "styles" / f"{part}.css" for part in _KIT]
    parts = [*kit, here / "theme.css", here / "styles" / "print.css"]
    return "\n".join(part.read_text(encoding="utf-8") for part in parts)


def theme_style() -> Html:
    """Give the stylesheet as an element; nothing where the page that serves us has it already."""
    if "CASEWORK_SERVED" in os.environ:
        return Html("")
    return Html(f"<style>{theme_css()}</style>")

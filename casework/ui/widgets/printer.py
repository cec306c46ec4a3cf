"""A button that prints what is on the page, with whose it is and of which day on every sheet."""

from __future__ import annotations

from typing import ClassVar

from casework.ui.widgets.island import Island

__all__ = ["Printer"]


class Printer(Island):
    """A button that prints the page on A4.

    Parameters
    ----------
    label : str
    head, day : str
        Stand over every printed sheet, left and right.
    """

    scripts: ClassVar[tuple[str, ...]] = ("common.js", "printer.js")

    def __init__(self, label: str, *, head: str, day: str, kind: str = "plain") -> None:
        super().__init__({"label": label, "head": head, "day": day, "kind": kind})

"""What may stand in a cell of a list, and how it is shown: states with signs, notes, lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from casework.terms import _
from casework.ui.wording import day_text

__all__ = ["STATES", "Line", "Lines", "Noted", "State", "cell_view"]

STATES = ("overdue", "due", "ready", "done", "excused", "unknown", "warning", "plain")


@dataclass(frozen=True, slots=True)
class State:
    """A cell that says a state, by sign and word: overdue, due, ready, done, excused, unknown."""

    name: str
    text: str

    def __post_init__(self) -> None:
        """Refuse a state that theme.css has no sign for."""
        if self.name not in STATES:
            raise ValueError(f"no such state: {self.name!r}")


@dataclass(frozen=True, slots=True)
class Noted:
    """A cell with a second, quieter line: why it is on the list."""

    value: object
    note: str


@dataclass(frozen=True, slots=True)
class Line:
    """One of several lines of a cell: what it is, how it stands, what goes with it.

    ``why`` says why it is there; the cell keeps it behind one opener for all its lines.
    """

    text: str
    state: State | None = None
    note: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Lines:
    """A cell of several lines under each other."""

    lines: Sequence[Line]


def cell_view(value: object) -> dict[str, object]:
    """Say how a value is shown; what is not known is shown as not known."""
    if isinstance(value, Noted):
        return {**cell_view(value.value), "note": value.note}
    if isinstance(value, State):
        return {"text": value.text, "state": value.name}
    if isinstance(value, Lines):
        return _lines_cell(value)
    if value is None:
        return {"text": _("not known"), "state": "unknown"}
    if isinstance(value, (list, tuple)):
        tags = [str(item) for item in value]
        return {"text": " ".join(tags), "tags": tags}
    if isinstance(value, datetime):
        return {"text": day_text(value.date())}
    if isinstance(value, date):
        return {"text": day_text(value)}
    if isinstance(value, bool):
        return {"text": _("yes") if value else _("no")}
    return {"text": f"{value:,}" if isinstance(value, int) else str(value)}


def _lines_cell(value: Lines) -> dict[str, object]:
    lines = [
        {
            "text": one.text,
            "note": one.note,
            **({"state": cell_view(one.state)} if one.state else {}),
        }
        for one in value.lines
    ]
    words = [
        " ".join(filter(None, (one.text, one.state.text if one.state else "", one.note, one.why)))
        for one in value.lines
    ]
    why = [{"text": one.text, "note": one.why} for one in value.lines if one.why]
    return {"text": "\n".join(words), "lines": lines, "why": why}

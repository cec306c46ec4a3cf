"""How the state of a helper or of a pair is shown: always a word, and unknown seen as unknown."""

from __future__ import annotations

from datetime import date

from casework.reference import Agency, code_list
from casework.terms import _
from casework.ui.widgets import State
from casework.ui.wording import day_text

__all__ = ["pair_cell", "seat_name", "source_names", "vetting_cell"]


def vetting_cell(state: str, until: date | None = None) -> State:
    """Say how a helper stands, and until when."""
    if state == "valid":
        words = _("vetted until {day}", day=day_text(until)) if until else _("vetted")
        return State("done", words)
    return {
        "none": State("unknown", _("not vetted")),
        "ended": State("overdue", _("vetting run out")),
        "failed": State("overdue", _("vetting not passed")),
    }.get(state) or State("unknown", _("not in the register"))


def pair_cell(state: str) -> State:
    """Name the state of a pair with its sign."""
    return {
        "active": State("done", _("in touch")),
        "quiet": State("overdue", _("quiet")),
        "coming": State("ready", _("begins later")),
        "ended": State("excused", _("ended")),
    }[state]


def seat_name(agency: Agency, role: str) -> str:
    """Name a seat of the care team in the agency's words, else in the national ones."""
    own = agency.lists.get("care_team_seat")
    known = own.label_of(role) if own else role
    return known if known != role else code_list("actor").label_of(role)


def source_names() -> dict[str, str]:
    """Name who sends helpers."""
    return {"community": _("community"), "unit": _("unit"), "agency": _("this office")}

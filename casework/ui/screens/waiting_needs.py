"""Every need that waits, over all people; alerts that must reach somebody today on top.

Who: the supervisor who looks for what is left undone, the caseworker who begins the week. Decides:
whose need comes next. Clicks: one to a person's needs.
"""

from __future__ import annotations

from collections.abc import Sequence

from casework.reference import NeedFrame, code_list
from casework.terms import _
from casework.ui import (
    Column,
    DataTable,
    Html,
    Noted,
    Panel,
    Screen,
    Shell,
    State,
    el,
    join,
    link,
    listed,
)
from casework.ui.alerts import alerts_html
from casework.workbook.needs import NeedTally, NeedView

__all__ = ["WaitingNeeds"]

DOUBTFUL = "doubtful"
STATE = "state"


class WaitingNeeds(Screen):
    """All open needs, and the alerts among them."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell, _("Needs that wait"))
        self.alerts = Panel("", person=self.to_person)
        self.parts = Panel("", part=self.choose)
        self.tally = Panel("", state=self.choose_state)
        self.part = ""
        self.needs: dict[str, NeedView] = {}
        self.table = DataTable(
            [
                Column("title", _("Need")),
                Column("person", _("Name")),
                Column("severity", _("How pressing"), kind="state"),
                Column("state", _("State"), phone="hide"),
                Column("days", _("Days open"), kind="number"),
                Column("owner", _("Who answers for it"), phone="hide"),
            ],
            listed([]),
            caption=_("Needs that wait"),
            opens=self.open_person,
            search_hint=_("Name, need or domain"),
            empty=(
                _("No need waits."),
                _("Needs come from assessments, wishes, opinions and what you see yourself."),
            ),
        )
        self.body(self.alerts, self.tally, self.parts, self.table)
        self.refresh()

    def refresh(self) -> None:
        """Read what waits on the day that is looked at."""
        self.alerts.set(alerts_html(self.wb.needs.alerts(as_of=self.on)))
        self.part = ""
        self.tally.set(tally_html(self.wb.needs.tally(as_of=self.on)))
        self.waiting = self.wb.needs.waiting(as_of=self.on)
        self.needs = {str(one.id): one for one in self.waiting}
        self._show()

    def choose(self, part: str) -> None:
        """Show the needs of one field of the agency only, or those that are in doubt."""
        self.part = part
        self._show()

    def choose_state(self, state: str) -> None:
        """Show the needs of the past year of which this became, or all of them."""
        self.part = STATE
        lately = self.wb.needs.opened_lately(as_of=self.on)
        shown = [one for one in lately if state in ("", one.state)]
        self.needs |= {str(one.id): one for one in shown}
        self.parts.set(
            el(
                "p",
                _("{n} needs of the past year", n=len(shown)),
                " · ",
                link(_("Back to what waits"), "part", part=""),
                class_="cw-need-parts",
                role="status",
            )
        )
        self._list(shown)

    def _show(self) -> None:
        usual, *further = self.wb.agency.need_frames
        counts = [("", _("All of them"), len(self.waiting)), *self._counts(usual)]
        doubtful = sum(one.is_doubtful for one in self.waiting)
        counts.append((DOUBTFUL, _("To be asked about: the evidence is gone"), doubtful))
        lines = [parts_html(counts, self.part, str(usual.label) if further else "")]
        lines += [
            parts_html(self._counts(frame), self.part, str(frame.label))
            for frame in further
            if self.waiting
        ]
        self.parts.set(join(lines))
        shown = [one for one in self.waiting if self._is_shown(one)]
        self._list(shown)

    def _counts(self, frame: NeedFrame) -> list[tuple[str, str, int]]:
        """Count what waits in each field of one way of sorting."""
        return [
            (part.code, str(part.label), sum(one.domain in part.domains for one in self.waiting))
            for part in frame.parts
        ]

    def _list(self, shown: Sequence[NeedView]) -> None:
        self.table.source = listed([_row(one) for one in shown])
        self.table.refresh()

    def _is_shown(self, one: NeedView) -> bool:
        if self.part == DOUBTFUL:
            return one.is_doubtful
        own = (frame.part_of(one.domain).code for frame in self.wb.agency.need_frames)
        return self.part in ("", *own)

    def open_person(self, key: str) -> None:
        """Open the needs of the person at this one."""
        self.shell.go("needs", person=self.needs[key].person_id, need=key)

    def to_person(self, person: int, need: int) -> None:
        """Open the needs of a person at an alert."""
        self.shell.go("needs", person=person, need=need)


def tally_html(tally: NeedTally) -> Html | str:
    """Say what became of the needs of the past year; each number opens its rows."""
    if not tally.opened:
        return ""
    states = code_list("need_state")
    links = [
        link(f"{states.label_of(one.code)} {tally.by_state[one.code]:,}", "state", state=one.code)
        for one in states.entries
        if one.code in tally.by_state
    ]
    words = link(_("{n} needs were opened in the past year", n=tally.opened), "state", state="")
    rate = _rate(tally)
    return el("p", join([words, *links, *([rate] if rate else [])], " · "), class_="cw-need-parts")


def _rate(tally: NeedTally) -> str:
    """Say how many are met, and of which; nothing where all ended with the care."""
    if tally.met_per_hundred is None:
        return ""
    if tally.could_be_met == tally.opened:
        return _("{n} of 100 are met", n=tally.met_per_hundred)
    return _(
        "{n} of 100 are met, those that ended with the care not counted", n=tally.met_per_hundred
    )


def parts_html(counts: Sequence[tuple[str, str, int]], chosen: str, sorted_by: str = "") -> Html:
    """Write the fields in which needs wait, with how many; the one that is shown stands out.

    The way of sorting is named where there are several; a field in which nothing waits is left out.
    """
    links = [
        el("b", f"{label} {n:,}") if code == chosen else link(f"{label} {n:,}", "part", part=code)
        for code, label, n in counts
        if n or not code
    ]
    named = [el("span", sorted_by, class_="cw-hint"), " "] if sorted_by else []
    return el("p", *named, join(links, " · "), class_="cw-need-parts", role="status")


def _row(one: NeedView) -> dict[str, object]:
    severity = code_list("need_severity").label_of(one.severity)
    sign = {"high": "overdue", "medium": "due"}.get(one.severity, "ready")
    return {
        "id": str(one.id),
        "title": Noted(one.title, code_list("need_domain").label_of(one.domain)),
        "person": one.person_name,
        "severity": State(sign, severity),
        "state": _("still needed?")
        if one.is_doubtful
        else code_list("need_state").label_of(one.state),
        "days": one.days_open,
        "owner": one.owner,
    }

"""Rosters: what is to be visited in the days to come, a search for who goes when, past ones.

Who: the team leader, once a week and after a sick call. Decides: for which days to plan. Clicks:
one to search; the proposal opens by itself.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from casework.errors import InvalidEntry
from casework.routing.week import Outcome
from casework.terms import _
from casework.ui import (
    Column,
    DataTable,
    DateField,
    Html,
    NumberField,
    Panel,
    Screen,
    Shell,
    State,
    el,
    figure,
    link,
    listed,
    notice,
    stack,
)
from casework.ui.roster_search import SearchPanel
from casework.ui.wording import short_day_text
from casework.workbook.roster_building import Outlook
from casework.workbook.rosters import LONGEST, RosterLine, Search, next_monday

__all__ = ["RostersScreen", "days_words", "screen", "state_of"]


class RostersScreen(Screen):
    """What there is to plan, and the rosters there are.

    Parameters
    ----------
    first : str
        First day to plan, as in 2026-11-30; the next Monday unless it is given.
    """

    def __init__(self, shell: Shell, first: str = "") -> None:
        super().__init__(
            shell,
            _("Rosters of visits"),
            lead=_("The search proposes who visits whom and when; you decide and publish."),
        )
        begins = _day(first) or next_monday(self.wb.today)
        self.first = DateField("first", _("First day"), on=self.wb.today)
        self.days = NumberField("days", _("Days"), least=1, most=LONGEST)
        self.first.entry, self.days.entry = begins.isoformat(), "7"
        self.fields = {one.name: one for one in (self.first, self.days)}
        for one in self.fields.values():
            one.changed.append(self.tell_what_there_is)
        self.there = Panel("", staffing=lambda: shell.go("staffing"))
        self.going = SearchPanel()
        self.table = DataTable(
            [
                Column("days", _("Which days")),
                Column("state", _("State"), kind="state"),
                Column("placed", _("Placed"), kind="number"),
                Column("left", _("Not placed"), kind="number"),
                Column("by", _("Made by"), phone="hide"),
                Column("note", _("Remark"), phone="hide"),
            ],
            listed([]),
            caption=_("Rosters"),
            opens=lambda key: shell.go("roster", id=key),
            search_hint=_("Day or name"),
            empty=(
                _("There is no roster yet."),
                _("Choose the first day above and let the search propose one."),
            ),
        )
        self.can_plan = shell.as_of is None and self.wb.rosters.may_plan
        form = stack(stack(self.first, self.days, css="cw-form cw-roster-span"), self.there,
                     css="cw-roster-plan")  # fmt: skip
        parts: list[Any] = [form] if self.can_plan else []
        if self.can_plan:
            parts += [self.going, self.actions(
                self.action(_("Propose a roster"), self.propose, kind="primary", key="ctrl+s")
            )]  # fmt: skip
        self.body(*parts, self.table)
        self.refresh()

    def refresh(self) -> None:
        """Read what there is to plan, and the rosters."""
        self.table.source = listed([_row(one) for one in self.wb.rosters.recent()])
        self.table.refresh()
        if self.can_plan:
            self.tell_what_there_is()

    def tell_what_there_is(self) -> None:
        """Say what there is to visit in the days chosen; what cannot be read is said on saving."""
        try:
            first, days = self.first.value, self.days.value
        except InvalidEntry:
            return
        if first is None or days is None or not 1 <= days <= LONGEST:
            self.there.set("")
            return
        self.there.set(there_html(self.wb.rosters.outlook(first, days)))

    def propose(self) -> None:
        """Search for a roster of the days chosen, and open it."""
        if self.going.is_running:
            return
        entered = self.read()
        first, days = entered["first"], entered["days"] or 7
        search = self.going.read(lambda: self.wb.rosters.search(first, days))
        self.going.run(search, lambda outcome: self.opened(search, outcome))

    def opened(self, search: Search, outcome: Outcome) -> None:
        """Keep what was found, and show it."""
        self.shell.go("roster", id=self.wb.rosters.keep(search, outcome))


screen = RostersScreen


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def days_words(first: date, last: date) -> str:
    """Name a span of days near by."""
    if first == last:
        return short_day_text(first)
    return _("{first} to {last}", first=short_day_text(first), last=short_day_text(last))


def state_of(state: str) -> State:
    """Name the state of a roster with its sign."""
    return {
        "draft": State("ready", _("proposal")),
        "published": State("done", _("published")),
        "withdrawn": State("excused", _("taken back")),
    }[state]


def _row(one: RosterLine) -> dict[str, object]:
    return {
        "id": str(one.roster_id),
        "days": _("No. {n}: {days}", n=one.roster_id, days=days_words(one.begins_on, one.ends_on)),
        "state": state_of(one.state),
        "placed": one.n_placed,
        "left": one.n_left_out,
        "by": one.recorded_by,
        "note": one.note or "",
    }


def there_html(planned: Outlook) -> Html:
    """Write what there is to plan: visits, people, who is there, and what is not known."""
    words = _("{visits} visits to {people} people, {staff} of the staff at work")
    if planned.n_volunteers:
        words = _(
            "{visits} visits to {people} people, {staff} of the staff and {volunteers} volunteers "
            "at work"
        )
    told = figure(
        words,
        {
            "visits": planned.n_visits,
            "people": planned.n_people,
            "staff": planned.n_staff,
            "volunteers": planned.n_volunteers,
        },
    )
    notes = el("ul", [el("li", note) for note in planned.notes], class_="cw-lines")
    more = link(_("Hours, skills and absences of the staff"), "staffing")
    known = notice(_("Not known, and how it is planned all the same:"), "warning", notes)
    return el("div", told, known if planned.notes else None, el("p", more), class_="cw-stack")

"""Day sheets to print: the visits of one who visits, a sheet of A4 for each day, to take along.

Who: whoever goes out. Decides: nothing; it is paper, with room to tick and to note. The sheet of a
volunteer says only of those who consented to it, and is written down as given before it is printed.
Clicks: one to print, one more for a volunteer's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from casework.errors import NotFound
from casework.routing.week.hours import clock
from casework.terms import _, language
from casework.ui import Download, Html, MadeFile, Panel, Screen, Shell, el, join, stack, unknown
from casework.ui.parts import print_ways
from casework.ui.screens.consent_parts import open_consents
from casework.ui.wording import day_text, spaced, weekday_text
from casework.workbook.roster_outside import calendar_of, give_visits, tellable
from casework.workbook.roster_rows import Entry

__all__ = ["DaySheets", "day_sheet", "screen"]


class DaySheets(Screen):
    """The sheets as they will be printed.

    Parameters
    ----------
    roster : str
        Number of a roster, for whoever plans; else what is published counts.
    staff : str
        Number of who visits; whoever acts unless it is given.
    day : str
        Only this day, as in 2026-11-30; else the week from the day that is looked at.
    """

    def __init__(self, shell: Shell, roster: str = "", staff: str = "", day: str = "") -> None:
        mine = shell.wb.actor.staff_id
        super().__init__(shell, _("Day sheets"))
        if staff.isdigit():
            mine = int(staff)
        if mine is None:
            raise NotFound(_("Nobody was chosen whose day sheet could be printed."))
        self.staff_id, self.day = mine, day
        self.roster_id = int(roster) if roster.isdigit() and self.wb.rosters.may_plan else None
        self.add_class("cw-printing")
        self.ways = Panel(print_ways("20mm 18mm"))
        self.told = Panel("", consent=lambda person: shell.go("consent", person=person))
        self.sheets = Panel("")
        self.calendar = Download(_("Calendar file (.ics)"), self.make_calendar, say=self.tell)
        self.given = False
        self.can_give = shell.as_of is None and self.wb.sharing.may_give
        self.give_way = self.action(
            _("Write down that the day sheets are given"), self.give, kind="primary", key="ctrl+s"
        )
        self.foot = stack()
        self.body(self.told, self.ways, self.calendar, self.sheets, self.foot)
        self.refresh()

    def refresh(self) -> None:
        """Write the sheets anew."""
        if self.roster_id is not None:
            shown = self.wb.rosters.show(self.roster_id)
            entries, state = list(shown.entries), shown.line.state
        else:
            last = self.on + timedelta(days=6)
            entries = self.wb.rosters.published(self.on, last, staff_id=self.staff_id)
            state = "published"
        self.visits = [
            one
            for one in entries
            if self.staff_id in one.staff and one.day and self.day in ("", one.day.isoformat())
        ]
        if not self.visits:
            raise NotFound(_("There is no visit on this day sheet."))
        names, self.places = self.wb.rosters.names(), self.wb.rosters.places(self.visits)
        self.name = names.get(self.staff_id, str(self.staff_id))
        self._draw_outside(tellable(self.wb, self.visits, self.staff_id, as_of=self.on))
        told = _Told(
            str(self.wb.agency.label), self.staff_id, state, names, self.places, self.tellable
        )
        days = sorted({one.day for one in self.visits if one.day})
        self.sheets.set(
            join(day_sheet(told, day, [e for e in self.visits if e.day == day]) for day in days)
        )

    def _draw_outside(self, found: frozenset[int] | None) -> None:
        """Show of whom the sheet says nothing; let it be printed once it is written down."""
        self.tellable = found
        hidden = [
            (one.person_id, one.name)
            for one in self.visits
            if found is not None and one.person_id not in found
        ]
        words = _("{n} people have not agreed that {name} is told of them; their lines stay empty.",
                  n=len({*hidden}), name=self.name)  # fmt: skip
        self.told.set(open_consents(hidden, words))
        waits = found is not None and not self.given
        self.ways.set("" if waits else print_ways("20mm 18mm"))
        waiting = waits and bool(found) and self.can_give
        self.foot.children = [self.actions(self.give_way)] if waiting else []

    def give(self) -> None:
        """Write down of whom a volunteer is told by the sheets, then let them be printed."""
        n = give_visits(self.wb, self.visits, self.staff_id)
        self.given = True
        self.refresh()
        self.said(_("Written down: {name} is told of {n} people. Print the sheets now.",
                    n=n, name=self.name))  # fmt: skip

    def make_calendar(self) -> MadeFile:
        """Make the calendar file of what stands on the sheets."""
        places = {one: known[1] or "" for one, known in self.places.items()}
        number = self.roster_id or 0
        content = calendar_of(
            self.wb, self.visits, self.staff_id, self.name, roster_id=number, places=places
        )
        return MadeFile(f"{self.name}-{self.on}.ics", "text/calendar", content)


screen = DaySheets


@dataclass(frozen=True, slots=True)
class _Told:
    """What the sheets of one who visits have in common; ``tellable`` as the door gives it."""

    agency: str
    staff_id: int
    state: str
    names: Mapping[int, str]
    places: Mapping[int, tuple[str | None, str | None]]
    tellable: frozenset[int] | None = None


def day_sheet(told: _Told, day: date, entries: Sequence[Entry]) -> Html:
    """Write one sheet: times, people, places, what is to be done, and room for what came of it."""
    name = told.names.get(told.staff_id, str(told.staff_id))
    visits = sorted(entries, key=lambda one: one.starts[one.staff.index(told.staff_id)])
    head = [_("Time"), _("Name"), _("Place of the visit"), _("What"), _("With"), _("Made"),
            _("Remark")]  # fmt: skip
    state = _("proposal, not published") if told.state == "draft" else ""
    return el(
        "article",
        el(
            "header",
            el("h2", _("Day sheet of visits"), class_="cw-paper-title"),
            el("p", el("span", told.agency), el("span", name),
               el("span", f"{day_text(day)} {weekday_text(day)}"), el("span", state),
               class_="cw-paper-line"),
        ),
        el(
            "table",
            el("thead", el("tr", [el("th", words, scope="col") for words in head])),
            el("tbody", [_row(told, one) for one in visits]),
        ),
        el("p", spaced(_("{n} visits. Times on the way are estimates.", n=len(visits))),
           class_="cw-paper-notes"),
        class_="cw-paper cw-paper-close cw-day-sheet",
        lang="zh-CN" if language() == "zh" else "en",
        aria_label=_("Day sheet of {name}", name=name),
    )  # fmt: skip


def _row(told: _Told, entry: Entry) -> Html:
    seat = entry.staff.index(told.staff_id)
    begins = entry.starts[seat]
    address, community = told.places.get(entry.person_id, (None, None))
    if community is not None and address is not None and community in address:
        community = None
    known = [address or "", el("small", community) if community else ""]
    hidden = told.tellable is not None and entry.person_id not in told.tellable
    others = [told.names.get(who, str(who)) for who in entry.staff if who != told.staff_id]
    when = el("td", el("b", clock(begins)), f"–{clock(begins + entry.minutes[seat])}")
    if hidden:
        words = _("not consented to: the office tells by word of mouth")
        ticks = (el("td", "□", class_="cw-day-tick"), el("td", ""))
        return el(
            "tr", when, el("td", "—"), el("td", words, class_="cw-faint", colspan="3"), *ticks
        )
    return el(
        "tr",
        when,
        el("td", entry.name),
        el("td", known if any(known) else unknown()),
        el("td", entry.title),
        el("td", "、".join(others)),
        el("td", "□", class_="cw-day-tick"),
        el("td", ""),
    )

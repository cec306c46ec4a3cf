"""Day sheets to print: the visits of one who visits, a sheet of A4 for each day, to take along.

Who: whoever goes out. Decides: nothing; it is paper, with room to tick and to note. Clicks: one to
print.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from casework.errors import NotFound
from casework.routing.week.hours import clock
from casework.terms import _, language
from casework.ui import Html, Panel, Screen, Shell, el, join, unknown
from casework.ui.wording import day_text, spaced, weekday_text
from casework.workbook.roster_rows import Entry, Shown

__all__ = ["DaySheets", "day_sheet", "screen"]

_PAGE = Html("<style>@page { size: A4 portrait; margin: 20mm 18mm }</style>")


class DaySheets(Screen):
    """The sheets as they will be printed.

    Parameters
    ----------
    roster, staff : str
        Numbers of the roster and of who visits.
    day : str
        Only this day, as in 2026-11-30.
    """

    def __init__(self, shell: Shell, roster: str = "", staff: str = "", day: str = "") -> None:
        if not (roster.isdigit() and staff.isdigit()):
            raise NotFound(_("Nobody was chosen whose day sheet could be printed."))
        super().__init__(shell, _("Day sheets"))
        self.roster_id, self.staff_id, self.day = int(roster), int(staff), day
        self.add_class("cw-printing")
        self.ways = Panel(
            join([_PAGE, el(
                "p",
                el("button", _("Print"), type="button", class_="cw-action cw-primary",
                   data_print=True),
                class_="cw-print-ways",
            )])
        )  # fmt: skip
        self.sheets = Panel("")
        self.body(self.ways, self.sheets)
        self.refresh()

    def refresh(self) -> None:
        """Write the sheets anew."""
        shown = self.wb.rosters.show(self.roster_id)
        mine = [one for one in shown.entries if self.staff_id in one.staff and one.day]
        days = sorted({one.day for one in mine if one.day})
        if self.day:
            days = [one for one in days if one.isoformat() == self.day]
        if not days:
            raise NotFound(_("There is no visit on this day sheet."))
        agency = str(self.wb.agency.label)
        self.sheets.set(
            join(
                day_sheet(
                    shown, self.staff_id, day, [one for one in mine if one.day == day], agency
                )
                for day in days
            )
        )


screen = DaySheets


def day_sheet(
    shown: Shown, staff_id: int, day: date, entries: Sequence[Entry], agency: str
) -> Html:
    """Write one sheet: times, people, places, what is to be done, and room for what came of it."""
    name = shown.staff.get(staff_id, str(staff_id))
    visits = sorted(entries, key=lambda one: one.starts[one.staff.index(staff_id)])
    head = [
        _("Time"),
        _("Name"),
        _("Place of the visit"),
        _("What"),
        _("With"),
        _("Made"),
        _("Remark"),
    ]
    state = _("proposal, not published") if shown.line.state == "draft" else ""
    return el(
        "article",
        el(
            "header",
            el("h2", _("Day sheet of visits"), class_="cw-paper-title"),
            el("p", el("span", agency), el("span", name),
               el("span", f"{day_text(day)} {weekday_text(day)}"), el("span", state),
               class_="cw-paper-line"),
        ),
        el(
            "table",
            el("thead", el("tr", [el("th", words, scope="col") for words in head])),
            el("tbody", [_row(shown, staff_id, one) for one in visits]),
        ),
        el("p", spaced(_("{n} visits. Times on the way are estimates.", n=len(visits))),
           class_="cw-paper-notes"),
        class_="cw-paper cw-paper-close cw-day-sheet",
        lang="zh-CN" if language() == "zh" else "en",
        aria_label=_("Day sheet of {name}", name=name),
    )  # fmt: skip


def _row(shown: Shown, staff_id: int, entry: Entry) -> Html:
    seat = entry.staff.index(staff_id)
    begins = entry.starts[seat]
    info = shown.planned.visits[entry.visit] if entry.visit is not None else None
    where: object = None
    if info is not None:
        community = info.community
        if community is not None and info.address is not None and community in info.address:
            community = None
        known = [info.address or "", el("small", community) if community else ""]
        where = known if any(known) else unknown()
    others = [shown.staff.get(who, str(who)) for who in entry.staff if who != staff_id]
    return el(
        "tr",
        el("td", el("b", clock(begins)), f"–{clock(begins + entry.minutes[seat])}"),
        el("td", entry.name),
        el("td", where),
        el("td", entry.title),
        el("td", "、".join(others)),
        el("td", "□", class_="cw-day-tick"),
        el("td", ""),
    )

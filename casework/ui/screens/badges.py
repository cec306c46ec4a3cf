"""Badge cards to print: whose were never printed or say what is no longer so; eight on a sheet.

Who: the office, when somebody moves or gets another caseworker. Decides: which cards to print.
Clicks: choose, print, and say that they were printed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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
    Together,
    el,
    join,
    listed,
    stack,
)
from casework.ui.wording import day_text
from casework.workbook.badges import Badge

__all__ = ["BadgeScreen", "badge_html", "screen"]

_PAGE = Html("<style>@page { size: A4 portrait; margin: 12mm 15mm }</style>")
_MOST = 200


class BadgeScreen(Screen):
    """The list of cards to print, or the cards of some people.

    Parameters
    ----------
    id : str
        Ids of persons, with commas between them; empty for the list.
    """

    def __init__(self, shell: Shell, id: str = "") -> None:
        numbers = [int(one) for one in id.split(",") if one.strip().isdigit()]
        self.person_ids = numbers[:_MOST]
        super().__init__(
            shell,
            _("Badge cards"),
            lead=_("Name, address, and whom to call: for the pocket of everybody who goes out."),
        )
        if self.person_ids:
            self._show_cards()
        else:
            self._show_list()

    def print_cards(self, keys: Sequence[str]) -> None:
        """Open the cards of some people."""
        self.shell.go("badges", id=",".join(keys[:_MOST]))

    def were_printed(self) -> None:
        """Say that the cards were printed as they stand here."""
        n = self.wb.badges.printed(self.person_ids)
        self.said(_("{n} cards counted as printed; they come back when something changes.", n=n))
        self.shell.go("badges")

    def _show_cards(self) -> None:
        cards = self.wb.badges.of(self.person_ids, as_of=self.on)
        label = str(self.wb.agency.label)
        press = el("button", _("Print"), type="button", class_="cw-action", data_print=True)
        self.sheet = Panel(
            join([_PAGE, el("div", [badge_html(one, label) for one in cards], class_="cw-badges")])
        )
        ways: list[Any] = [self.action(_("Back"), self.shell.back, kind="quiet")]
        if self.shell.as_of is None:
            ways.append(self.action(_("They were printed"), self.were_printed, kind="primary"))
        self.add_class("cw-printing")
        self.body(Panel(el("p", press, class_="cw-print-ways")), self.sheet, self.actions(*ways))

    def _show_list(self) -> None:
        waiting = self.wb.badges.waiting(as_of=self.on)
        rows = [
            {
                "id": one.person_id,
                "name": Noted(one.name, one.unit or ""),
                "why": _why(one),
                "address": one.address,
                "contact": one.caller,
            }
            for one in waiting
        ]
        self.table = DataTable(
            [
                Column("name", _("Name")),
                Column("why", _("Why"), kind="state", sortable=False),
                Column("address", _("Address")),
                Column("contact", _("Whom to call")),
            ],
            listed(rows),
            caption=_("Cards to print"),
            opens=lambda key: self.print_cards([key]),
            together=[Together("print", _("Show the cards to print"), self.print_cards)],
            every=lambda _query: [one.person_id for one in waiting],
            empty=(_("Every card says what is on file."), _("Changes bring a card back here.")),
        )
        self.body(stack(self.table))


def _why(one: Badge) -> State:
    if one.printed_on is None:
        return State("due", _("never printed"))
    return State("overdue", _("changed since {day}", day=day_text(one.printed_on)))


def badge_html(one: Badge, agency: str) -> Html:
    """Write one card; what is not known leaves room to write it in by hand."""
    rows = [
        (_("Address"), one.address),
        (_("Family to call"), " ".join(filter(None, (one.caller, one.contact_phone)))),
        (_("Our contact"), " ".join(filter(None, (one.worker, one.worker_phone)))),
    ]
    return el(
        "article",
        el("p", agency, class_="cw-badge-agency"),
        el("h2", one.name),
        el("p", one.unit, class_="cw-badge-unit") if one.unit and one.unit != agency else None,
        el(
            "dl",
            [
                part
                for name, value in rows
                for part in (el("dt", name), el("dd", value or "\u3000" * 12))
            ],
        ),
        class_="cw-badge",
        aria_label=one.name,
    )


screen = BadgeScreen

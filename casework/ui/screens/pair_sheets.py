"""结对联系单: the people of each helper on paper, with room for what was heard; printed and given.

Who: the supervisor, before helpers go out. Decides: nothing about people; what stands there is what
each person consented to be told. Clicks: one to write it down, one to print.
"""

from __future__ import annotations

from typing import Any

from casework.errors import NotFound
from casework.reference.privacy import data_kinds
from casework.terms import _, language
from casework.ui import Html, Panel, Screen, Shell, el, join
from casework.ui.pair_cells import seat_name
from casework.ui.parts import print_ways
from casework.ui.screens.consent_parts import open_consents
from casework.ui.wording import day_text, spaced
from casework.workbook.pair_sheets import HelperSheet, SheetPerson

__all__ = ["PairSheets", "screen"]

_LINES = 3


class PairSheets(Screen):
    """The sheets as they will be printed.

    Parameters
    ----------
    helper : str
        Number of a helper; of everybody who has people unless it is given.
    """

    def __init__(self, shell: Shell, helper: str = "") -> None:
        super().__init__(
            shell,
            _("Visit sheets by helper"),
            lead=_("Only what a person consented to is on the sheet; printing is written down as "
                   "given outside."),
        )  # fmt: skip
        self.helper_id = int(helper) if helper.isdigit() else None
        self.can_give = shell.as_of is None and self.wb.pairs.may_give
        self.add_class("cw-printing")
        self.told = Panel("", consent=lambda person: shell.go("consent", person=person))
        self.ways = Panel("")
        self.sheets = Panel("")
        self.given = False
        self.give_way = self.action(
            _("Write down that the sheets are given"), self.give, kind="primary", key="ctrl+s"
        )
        self.body(self.told, self.ways, self.sheets, self.actions(*self._foot()))
        self.refresh()

    def _foot(self) -> list[Any]:
        back = self.action(_("Pairs"), lambda: self.shell.go("pairs"), kind="quiet")
        return [back, self.give_way] if self.can_give else [back]

    def refresh(self) -> None:
        """Write the sheets anew."""
        self.found = self.wb.pairs.sheets(self.helper_id, as_of=self.on)
        if not self.found:
            raise NotFound(_("There is no pair whose sheet could be printed."))
        hidden = [
            (one.person_id, one.name)
            for sheet in self.found
            for one in sheet.people
            if not one.may_tell
        ]
        words = _("{n} people have not consented to be told to their helper; their line stays "
                  "empty.", n=len({*hidden}))  # fmt: skip
        self.told.set(open_consents(hidden, words))
        self.ways.set(print_ways("20mm 18mm") if self.given or not self.can_give else "")
        agency = str(self.wb.agency.label)
        self.sheets.set(join(helper_sheet(one, agency, self._seats(one)) for one in self.found))

    def _seats(self, sheet: HelperSheet) -> str:
        seats = dict.fromkeys(seat_name(self.wb.agency, one.role) for one in sheet.people)
        return "、".join(seats)

    def give(self) -> None:
        """Write down what each helper is told, then let the sheets be printed."""
        n = self.wb.pairs.give_sheets(self.found)
        self.given = True
        self.refresh()
        self.said(_("Written down: {n} people are told to their helpers. Print the sheets now.",
                    n=n))  # fmt: skip


screen = PairSheets


def helper_sheet(sheet: HelperSheet, agency: str, seats: str) -> Html:
    """Write the sheet of one helper: whom to see, what may be known, and room for notes."""
    head = [_("Name"), _("What to know"), _("What is due"), _("Day and way"), _("What was heard")]
    return el(
        "article",
        el(
            "header",
            el("h2", _("Visit sheet of a helper"), class_="cw-paper-title"),
            el("p", el("span", agency), el("span", sheet.helper), el("span", seats),
               el("span", day_text(sheet.on)), class_="cw-paper-line"),
        ),
        el(
            "table",
            el("thead", el("tr", [el("th", words, scope="col") for words in head])),
            el("tbody", [_row(one) for one in sheet.people]),
        ),
        el("p", spaced(_("{n} people. Hand this sheet back after the visits; it is personal data.",
                         n=len(sheet.people))), class_="cw-paper-notes"),
        class_="cw-paper cw-paper-close cw-pair-sheet",
        lang="zh-CN" if language() == "zh" else "en",
        aria_label=_("Contact sheet of {name}", name=sheet.helper),
    )  # fmt: skip


def _row(one: SheetPerson) -> Html:
    room = el("td", [el("div", "", class_="cw-pair-line") for _n in range(_LINES)])
    if not one.may_tell:
        words = _("not consented to: the office tells by word of mouth")
        return el("tr", el("td", "—"), el("td", words, class_="cw-faint"), el("td", ""), room, room)
    known = data_kinds()
    lines = [
        el("div", el("small", str(known[kind].label)), " ", "；".join(values))
        for kind, values in one.told
        if values
    ]
    due = [el("div", title, " ", el("small", day_text(day))) for title, day in one.due]
    return el("tr", el("td", el("b", one.name)), el("td", lines), el("td", due), room, room)

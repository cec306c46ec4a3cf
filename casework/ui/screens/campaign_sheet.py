"""Visit sheets to print: for each outing of a delegation one A4 with its stops in large type.

Who: whoever prepares the round; leaders read it in the car. Decides: nothing; it is paper, with
room to tick and to note. Clicks: one to print.
"""

from __future__ import annotations

from casework.errors import NotFound
from casework.routing.week.hours import clock
from casework.terms import _, language
from casework.ui import Html, Panel, Screen, Shell, el, empty_state, join, unknown
from casework.ui.campaign_parts import change_text, members_text, slot_text
from casework.ui.parts import print_ways
from casework.ui.wording import day_text, money_text, spaced
from casework.workbook.outings import Outing, Stop

__all__ = ["SheetScreen", "outing_sheet", "screen"]


class SheetScreen(Screen):
    """The sheets of one delegation as they will be printed.

    Parameters
    ----------
    delegation : str
        Number of the delegation.
    """

    def __init__(self, shell: Shell, delegation: str) -> None:
        if not delegation.isdigit():
            raise NotFound(_("There is no such page. Choose another one above."))
        super().__init__(shell, _("Visit sheets"))
        self.delegation_id = int(delegation)
        self.person_ids: list[int] = []
        self.add_class("cw-printing")
        self.ways = Panel(print_ways("16mm 16mm 14mm 16mm"))
        self.sheets = Panel("")
        self.body(self.ways, self.sheets)
        self.refresh()

    def refresh(self) -> None:
        """Write the sheets anew."""
        outings = self.wb.outings.of(self.delegation_id, as_of=self.on)
        shown = [one for one in outings if one.stops]
        self.person_ids = [stop.line.person_id for one in shown for stop in one.stops]
        agency = str(self.wb.agency.label)
        self.sheets.set(
            join(outing_sheet(one, agency) for one in shown)
            if shown
            else empty_state(
                _("Nobody is visited by this delegation yet."),
                _("Let the search propose, or place visits by hand."),
            )
        )


screen = SheetScreen


def outing_sheet(one: Outing, agency: str) -> Html:
    """Write one sheet: when, with whom, and each stop with what to know before the door."""
    head = [_("Time"), _("Who and where"), _("To know before the door"), _("Came of it")]
    size = "roomy" if len(one.stops) <= 5 else ("close" if len(one.stops) <= 8 else "tight")
    return el(
        "article",
        el(
            "header",
            el("h2", str(one.campaign), class_="cw-paper-title"),
            el("p", el("span", agency), el("span", one.delegation.name),
               el("span", slot_text(one.slot)), class_="cw-paper-line"),
            el("p", _("Members: {names}", names=members_text(one.delegation)),
               class_="cw-paper-notes"),
        ),
        el(
            "table",
            el("thead", el("tr", [el("th", words, scope="col") for words in head])),
            el("tbody", [_row(at, stop) for at, stop in enumerate(one.stops, 1)]),
        ),
        el("p", spaced(_("{n} visits. Times on the way are estimates.", n=len(one.stops))),
           class_="cw-paper-notes"),
        class_=f"cw-paper cw-paper-{size} cw-visit-sheet",
        lang="zh-CN" if language() == "zh" else "en",
        aria_label=_("Visit sheet of {name}", name=one.delegation.name),
    )  # fmt: skip


def _row(at: int, stop: Stop) -> Html:
    line = stop.line
    age = _("aged {n}", n=line.age) if line.age is not None else ""
    known = [el("p", el("b", f"{name}："), value) for name, value in stop.known]
    if line.living:
        known.insert(0, el("p", el("b", _("Living: ")), line.living))
    if stop.change:
        known.insert(0, el("p", el("b", change_text(stop.change))))
    if line.last_on is not None:
        said = f"{day_text(line.last_on)} {line.last_heard or ''}".strip()
        known.append(el("p", el("b", _("Last time: ")), said[:160]))
    return el(
        "tr",
        el("td", el("b", clock(stop.starts_at)), el("small", str(at))),
        el(
            "td",
            el("p", el("b", line.name, class_="cw-visit-name"), " ", age),
            el("p", stop.address or line.place or unknown()),
            el("p", line.phone) if line.phone else None,
            el("p", str(stop.segment), class_="cw-hint"),
        ),
        el("td", known or unknown(_("nothing on file"))),
        el("td", el("p", "□ ", _("met in person")), el("p", "□ ", _("family met")),
           el("p", "□ ", _("not met")), _gift(stop)),
    )  # fmt: skip


def _gift(stop: Stop) -> Html | None:
    """Say what money is handed over, or that it is not granted yet."""
    if not stop.gift_fen:
        return None
    amount = money_text(stop.gift_fen)
    words = (
        _("{amount} handed over", amount=amount)
        if stop.is_granted
        else _("{amount}, not approved yet", amount=amount)
    )
    return el("p", "□ " if stop.is_granted else "", spaced(words))

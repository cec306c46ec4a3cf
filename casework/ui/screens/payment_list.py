"""A list of payments to print and sign: who, what for, how much, and room for a signature.

Who: whoever hands the money out. Decides: nothing; it is paper. Clicks: one to print.
"""

from __future__ import annotations

from collections.abc import Sequence

from casework.errors import NotFound
from casework.terms import _, language
from casework.ui import Html, Panel, Screen, Shell, el, join
from casework.ui.screens.money import TABS
from casework.ui.wording import day_text, spaced
from casework.workbook.money import yuan
from casework.workbook.payment_rows import PaymentRow

__all__ = ["PaymentList", "payment_sheet", "screen"]

_PAGE = Html("<style>@page { size: A4 portrait; margin: 20mm 18mm }</style>")


class PaymentList(Screen):
    """The payments of a step as they will be printed.

    Parameters
    ----------
    step : str
        As in Funds and payments; what is approved and to be paid unless it is given.
    budget : str
        Id of a budget, to print only what it pays.
    """

    def __init__(self, shell: Shell, step: str = "pay", budget: str = "") -> None:
        super().__init__(shell, _("List to sign"))
        self.step = step if step in TABS else "pay"
        self.budget_id = int(budget) if budget.isdigit() else None
        self.add_class("cw-printing")
        self.ways = Panel(
            join([_PAGE, el(
                "p",
                el("button", _("Print"), type="button", class_="cw-action cw-primary",
                   data_print=True),
                class_="cw-print-ways",
            )])
        )  # fmt: skip
        self.sheet = Panel("")
        self.body(self.ways, self.sheet)
        self.refresh()

    def refresh(self) -> None:
        """Write the sheet anew."""
        rows = self.wb.payments.list(
            statuses=TABS[self.step], budget_id=self.budget_id, as_of=self.on, limit=None
        )
        if not rows:
            raise NotFound(_("There is no payment on this list."))
        self.sheet.set(payment_sheet(rows, str(self.wb.agency.label), day_text(self.on)))


screen = PaymentList


def payment_sheet(rows: Sequence[PaymentRow], agency: str, day: str) -> Html:
    """Write the sheet: one line a payment, the sum, and who signs for it."""
    head = ["", _("Name"), _("What for"), _("For"), _("Amount in yuan"), _("Signature")]
    lines = [
        el(
            "tr",
            el("td", str(n)),
            el("td", one.person, el("br"), el("small", one.unit or "")),
            el("td", one.standard or one.kind_label, el("br"), el("small", one.basis)),
            el("td", day_text(one.entitled_on)),
            el("td", yuan(one.amount_fen), class_="cw-number"),
            el("td", ""),
        )
        for n, one in enumerate(rows, 1)
    ]
    total = el(
        "tr",
        el("td", ""),
        el("td", spaced(_("{n} payments in all", n=len(rows))), colspan="3"),
        el("td", el("b", yuan(sum(one.amount_fen for one in rows))), class_="cw-number"),
        el("td", ""),
    )
    funds = "、".join(sorted({f"{one.fund}（{one.year}）" for one in rows}))
    signs = [_("Made by"), _("Approved by"), _("Paid by")]
    return el(
        "article",
        el("header", el("h2", _("List of payments to sign"), class_="cw-paper-title"),
           el("p", el("span", agency), el("span", funds), el("span", day),
              class_="cw-paper-line")),
        el("table", el("thead", el("tr", [el("th", words, scope="col") for words in head])),
           el("tbody", [*lines, total])),
        el("p", [el("span", f"{one}：　　　　　　") for one in signs], class_="cw-paper-notes"),
        class_="cw-paper cw-paper-close",
        lang="zh-CN" if language() == "zh" else "en",
        aria_label=_("List of payments to sign"),
    )  # fmt: skip

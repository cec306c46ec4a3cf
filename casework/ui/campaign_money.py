"""What the gifts of a campaign cost, as a table: planned, given, returned, against what is allowed.

Decides the form; the figures are `casework.workbook.campaign_reports`' own.
"""

from __future__ import annotations

from casework.terms import _
from casework.ui.escape import Html, el
from casework.ui.parts import section, state
from casework.ui.wording import money_text, spaced
from casework.workbook.campaign_reports import MoneyLine, MoneyReport, Sums
from casework.workbook.money import BudgetRow

__all__ = ["money_html"]


def money_html(money: MoneyReport) -> list[Html]:
    """Show the money of a campaign; nothing where nothing is given and nothing was paid."""
    if not money.lines and not any(money.beside.values()):
        return []
    head = [_("Segment"), _("Planned"), _("Proposed"), _("Approved"), _("Handed over"),
            _("Given back")]  # fmt: skip
    rows = [_line(one, head) for one in money.lines]
    if any(money.beside.values()):
        words = _("By no line of the list")
        rows.append(_row(words, "", money.beside, head))
    sums = {status: (0, money.fen(status)) for status in _STANDING}
    rows.append(_row(_("Altogether"), money_text(money.planned_fen), sums, head))
    table = el(
        "table",
        el("caption", _("Money"), class_="cw-hidden"),
        el("thead", el("tr", [el("th", words, scope="col") for words in head])),
        el("tbody", rows),
        class_="cw-plain-table",
    )
    budgets = [el("p", spaced(_budget(one)), class_="cw-hint") for one in money.budgets]
    return [section(_("Money"), el("div", table, class_="cw-scroll"), *budgets)]


_STANDING = ("proposed", "approved", "paid", "returned")


def _line(one: MoneyLine, head: list[str]) -> Html:
    allowed = one.allowed_fen
    if allowed is None:
        against: object = el("p", state("warning", _("no such standard")))
    elif one.planned_fen > allowed:
        against = el(
            "p", state("overdue", _("the standard allows {amount}", amount=money_text(allowed)))
        )
    else:
        words = _("the standard allows {amount}", amount=money_text(allowed))
        against = el("p", spaced(words), class_="cw-hint")
    label = [str(one.gift.segment.label), el("p", one.gift.label, class_="cw-hint")]
    return _row(label, [money_text(one.planned_fen), against], one.sums, head)


def _row(label: object, planned: object, sums: Sums, head: list[str]) -> Html:
    amounts = [money_text(sums.get(one, (0, 0))[1]) for one in _STANDING]
    return el(
        "tr",
        el("th", label, scope="row"),
        el("td", planned, data_label=head[1]),
        [
            el("td", amount, data_label=words)
            for words, amount in zip(head[2:], amounts, strict=True)
        ],
    )


def _budget(one: BudgetRow) -> str:
    return _(
        "{fund} {year}: budget {amount}, left {left}", fund=one.fund, year=one.year,
        amount=money_text(one.amount_fen), left=money_text(one.left_fen),
    )  # fmt: skip

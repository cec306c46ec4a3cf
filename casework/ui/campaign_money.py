"""What the gifts of a campaign cost, as a table: planned, given, returned, against what is allowed.

Decides the form, which rows each figure opens, and how a row is written; the figures are
`casework.workbook.campaign_reports`' own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from casework.terms import _
from casework.ui.escape import Html, el
from casework.ui.parts import link, section, state
from casework.ui.widgets import Noted, State
from casework.ui.wording import money_text, spaced
from casework.workbook.campaign_gifts import GiftLine
from casework.workbook.campaign_reports import MoneyLine, MoneyReport, Sums
from casework.workbook.campaigns import Listed
from casework.workbook.money import BudgetRow
from casework.workbook.payment_rows import PaymentRow, status_text

__all__ = ["BESIDE", "PEOPLE", "gift_rows", "money_html", "money_words", "payment_row"]

BESIDE = "-"  # in the place of a segment: payments by no line of the list
PEOPLE: Mapping[str, Callable[[GiftLine], tuple[int, ...]]] = {
    "listed": lambda one: one.listed,
    "planned": lambda one: one.planned_for,
    "given": lambda one: one.given_to,
    "barred": lambda one: one.barred_from,
    "missing": lambda one: one.missing_for,
}
"""The persons of a line that a figure about people counts."""

_SIGNS = {
    "proposed": "due", "approved": "ready", "paid": "done", "cancelled": "excused",
    "returned": "excused",
}  # fmt: skip


def money_html(money: MoneyReport) -> list[Html]:
    """Show the money of a campaign; nothing where nothing is given and nothing was paid."""
    if not money.lines and not any(money.beside.values()):
        return []
    head = [_("Segment"), _("Planned"), _("Proposed"), _("Approved"), _("Handed over"),
            _("Given back")]  # fmt: skip
    rows = [_line(one, head) for one in money.lines]
    if any(money.beside.values()):
        words = _("By no line of the list")
        rows.append(_row(words, "", money.beside, head, segment=BESIDE))
    sums = {status: (0, money.fen(status)) for status in _STANDING}
    rows.append(_row(_("Altogether"), _opened(money.planned_fen, "planned"), sums, head))
    table = el(
        "table",
        el("caption", _("Money"), class_="cw-hidden"),
        el("thead", el("tr", [el("th", words, scope="col") for words in head])),
        el("tbody", rows),
        class_="cw-plain-table",
    )
    budgets = [
        el("p", link(spaced(_budget(one)), "budget", budget=one.budget_id), class_="cw-hint")
        for one in money.budgets
    ]
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
    which = {"segment": one.gift.segment.code, "standard": one.gift.standard}
    planned = [_opened(one.planned_fen, "planned", **which), against]
    return _row(label, planned, one.sums, head, **which)


def _row(label: object, planned: object, sums: Sums, head: list[str], **which: str) -> Html:
    amounts = [_opened(sums.get(one, (0, 0))[1], one, **which) for one in _STANDING]
    return el(
        "tr",
        el("th", label, scope="row"),
        el("td", planned, data_label=head[1]),
        [
            el("td", amount, data_label=words)
            for words, amount in zip(head[2:], amounts, strict=True)
        ],
    )


def _opened(fen: int, state: str, **which: str) -> object:
    """Write an amount that opens what it is the sum of."""
    return link(money_text(fen), "money", state=state, **which) if fen else money_text(fen)


def _budget(one: BudgetRow) -> str:
    return _(
        "{fund} {year}: budget {amount}, left {left}", fund=one.fund, year=one.year,
        amount=money_text(one.amount_fen), left=money_text(one.left_fen),
    )  # fmt: skip


def money_words() -> dict[str, str]:
    """Name what a row of money can be: of people, and of payments."""
    people = {
        "listed": _("On the list"),
        "planned": _("Planned"),
        "given": _("Given"),
        "barred": _("the standard does not hold"),
        "missing": _("not proposed yet"),
    }
    return people | {one: status_text(one) for one in _SIGNS}


def gift_rows(
    n: int, gift: GiftLine, wanted: Iterable[int], people: Mapping[int, Listed]
) -> Iterator[dict[str, object]]:
    """Write the gifts of a line to some people, whether or not there is a payment.

    Parameters
    ----------
    n : int
        Of the line, which makes the keys of its rows its own.
    """
    given, barred, words = set(gift.given_to), set(gift.barred_from), money_words()
    for one in (people[person] for person in wanted if person in people):
        state = "missing"
        if one.person_id in given or one.person_id in barred:
            state = "given" if one.person_id in given else "barred"
        sign = {"given": "done", "barred": "excused", "missing": "due"}[state]
        yield {
            "id": f"{n}-{one.person_id}",
            "person": one.person_id,
            "name": Noted(one.name, one.unit or ""),
            "what": gift.label,
            "amount": money_text(gift.fen),
            "state": State(sign, words[state]),
            "fund": "",
        }


def payment_row(one: PaymentRow) -> dict[str, object]:
    """Write one payment."""
    return {
        "id": str(one.payment_id),
        "person": one.person_id,
        "name": Noted(one.person, one.unit or ""),
        "what": one.standard or one.kind_label,
        "amount": money_text(one.amount_fen),
        "state": State(_SIGNS[one.status], status_text(one.status)),
        "fund": one.fund,
    }

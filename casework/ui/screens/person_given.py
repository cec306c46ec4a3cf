"""What somebody is given: services on order and payments, in the dossier.

Decides which of them stand there; all of them are on the pages of orders and of money.
"""

from __future__ import annotations

from collections.abc import Sequence

from casework.terms import _
from casework.ui.escape import Html, el
from casework.ui.parts import link, section, state
from casework.ui.screens.orders import order_state
from casework.ui.wording import day_text, money_text, spaced
from casework.workbook.order_rows import OrderRow
from casework.workbook.payment_rows import PaymentRow, status_text

__all__ = ["GIVEN_SHOWN", "given_html"]

GIVEN_SHOWN = 4
_SIGNS = {"proposed": "due", "approved": "ready", "paid": "done"}


def given_html(
    orders: Sequence[OrderRow], n_orders: int, payments: Sequence[PaymentRow], n_payments: int,
    can_edit: bool,
) -> Html:  # fmt: skip
    """Write the orders and payments of one person, those that wait first.

    Parameters
    ----------
    orders, payments : sequence
        At most `GIVEN_SHOWN` of each.
    n_orders, n_payments : int
        How many there are in all.
    """
    ways: list[object] = []
    if n_orders:
        ways.append(link(_("All orders: {n}", n=n_orders), "go", route="orders", step="all"))
    ways.append(link(_("All that is given: {n}", n=n_payments), "go", route="person_money"))
    if can_edit:
        ways.append(link(_("Order a service"), "go", route="order_new"))
    return section(
        _("Orders and payments"),
        _list(_("Service orders"), [_order(one) for one in orders], _("Nothing was ordered.")),
        _list(_("Payments"), [_payment(one) for one in payments], _("Nothing was paid yet.")),
        el("p", ways, class_="cw-dotted"),
        ident="dossier.given",
    )


def _list(title: str, rows: Sequence[Html], nothing: str) -> list[Html]:
    if not rows:
        return [el("p", nothing, class_="cw-faint")]
    return [el("h3", title), el("ul", rows, class_="cw-plain-list")]


def _order(one: OrderRow) -> Html:
    sign = order_state(one)
    return el(
        "li",
        link(one.title, "order", id=one.order_id),
        " ",
        state(sign.name, sign.text),
        " ",
        el("span", _("wanted by {day}", day=day_text(one.wanted_on)), class_="cw-faint"),
    )


def _payment(one: PaymentRow) -> Html:
    words = spaced(f"{money_text(one.amount_fen)} · {day_text(one.paid_on or one.entitled_on)}")
    return el(
        "li",
        el("b", one.standard or one.kind_label),
        " ",
        state(_SIGNS.get(one.status, "excused"), status_text(one.status)),
        " ",
        el("span", words, class_="cw-faint"),
    )

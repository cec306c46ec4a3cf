"""Steps of a service order within somebody's transaction: given, done, not served, with evidence.

Decides what each step writes, for one order by hand and for many from a file alike. Which step may
follow which is held by the table itself (:mod:`casework.records.orders`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from casework.errors import AlreadySaved, InvalidEntry, NotPermitted
from casework.records import Agreement, Provider, ServiceOrder
from casework.reference.catalogue import catalogue
from casework.terms import _
from casework.workbook.consents import refuse_unconsented
from casework.workbook.order_evidence import close_by_order, reopen_by_order

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = [
    "assign_within",
    "close_within",
    "complete_within",
    "end_within",
    "first_day_done",
    "log_step",
    "mark_done",
    "refused_plainly",
]


def log_step(
    book: Workbook, session: Session, action: str, order: ServiceOrder,
    after: Mapping[str, object] | None = None,
) -> None:  # fmt: skip
    """Write down what was done with an order."""
    book.log(session, action, "service_order", order.id, after=after)


def assign_within(
    book: Workbook,
    session: Session,
    order: ServiceOrder,
    *,
    agreement: Agreement | None = None,
    provider_id: int | None = None,
    on: date | None = None,
) -> None:
    """Give an order to a provider: by an agreement, or free of charge.

    Parameters
    ----------
    on : date or None
        The day on which it was given; None for today.

    Raises
    ------
    NotPermitted
        If the person said no to a provider's being told, unless it came before we knew of it.
    """
    chosen = provider_id if agreement is None else agreement.provider_id
    if not order.outside_ref:
        provider = session.get(Provider, chosen or 0)
        name = "" if provider is None else provider.name
        refuse_unconsented(session, order.person_id, "order", book.today, to=name)
    after: Mapping[str, object] | None = None
    if agreement is not None:
        order.provider_id, order.agreement_id = agreement.provider_id, agreement.id
        order.price_fen, after = agreement.price_fen, {"agreement": agreement.id}
    else:
        order.provider_id, order.agreement_id, order.price_fen = provider_id, None, None
    order.assigned_on = on or book.today
    log_step(book, session, "assign_order", order, after)


def first_day_done(order: ServiceOrder) -> date:
    """Give the first day on which an order can have been done."""
    return max(filter(None, (order.requested_on, order.accepted_on, order.arrived_on)))


def complete_within(
    book: Workbook, session: Session, order: ServiceOrder, served_by: str, day: date
) -> Sequence[int]:
    """Write down that an order was done on a day, and give the tasks that it closed."""
    mark_done(order, served_by, day)
    session.flush()
    return close_within(book, session, order)


def mark_done(order: ServiceOrder, served_by: str, day: date) -> None:
    """Say of an order that it was done; steps that were not written down were done that day."""
    order.accepted_on = order.accepted_on or day
    order.arrived_on = order.arrived_on or day
    order.completed_on, order.served_by = day, served_by


def close_within(book: Workbook, session: Session, order: ServiceOrder) -> Sequence[int]:
    """Close the tasks that an order answers, now that it is done, and give them."""
    closed = close_by_order(session, order, catalogue(book.agency.code).get(order.item))
    after = {"served_by": order.served_by, "tasks": closed}
    log_step(book, session, "complete_order", order, after)
    return closed


def end_within(
    book: Workbook, session: Session, order: ServiceOrder, act: str, reason: str
) -> None:
    """End an order that is not done, or was not served; tasks that it closed are open again.

    Parameters
    ----------
    act : {"cancel", "fail"}
    """
    if act == "cancel":
        order.cancelled_on = book.today
    else:
        order.failed_on = book.today
    order.end_reason = reason
    session.flush()
    opened = reopen_by_order(session, order.id)
    log_step(book, session, f"{act}_order", order, {"reason": reason, "tasks": opened})


@contextmanager
def refused_plainly() -> Iterator[None]:
    """Say in a sentence what the tables refuse about an order."""
    try:
        yield
    except IntegrityError as error:
        told = str(error.orig)
        if "ck_agreement_within" in told:
            raise InvalidEntry(
                _("The agreement has no more left. Choose another, or let it be extended."),
                "agreement",
            ) from None
        if "not consented" in told:
            raise NotPermitted(
                _("The person has said no to a provider's being told of them. It was not given.")
            ) from None
        if "not the agreement of its days" in told:
            raise InvalidEntry(
                _("This agreement is for another service or for other days. Choose again."),
                "agreement",
            ) from None
        if "ck_service_order_own_service" in told:
            raise NotPermitted(
                _("You did this service yourself. Somebody else confirms it.")
            ) from None
        if "outside_ref" in told:
            raise AlreadySaved(
                _("A service of this file was written down meanwhile. Choose the file again.")
            ) from None
        raise

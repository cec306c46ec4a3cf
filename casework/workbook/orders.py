"""Service orders through the door: asked for, given to a provider, done, verified, settled, rated.

Decides whom a service can be ordered for, and that a completed order closes the tasks it answers,
by the same test as a contact (`casework.answering`). Which step may follow which is held by the
table itself (:mod:`casework.records.orders`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from casework.errors import AlreadySaved, InvalidEntry, NotFound, NotPermitted
from casework.records import Agreement, Person, Provider, ServiceOrder, Task, order_status
from casework.records.base import now
from casework.records.orders import ASKED_BY, ORDER_STATES
from casework.reference.catalogue import ServiceItem, answering, catalogue
from casework.terms import _
from casework.workbook.eligibility import sentence_of, verdicts
from casework.workbook.order_rows import NEXT_STEPS, OrderRow, narrowed, order_rows, row_of
from casework.workbook.order_steps import (
    assign_within,
    complete_within,
    end_within,
    first_day_done,
    log_step,
    refused_plainly,
)
from casework.workbook.payment_refusals import said_plainly
from casework.workbook.payments import PaymentEntry

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["Choice", "OrderEntry", "Orders"]

_LONGEST = 2_000
_DAYS = {
    "accept": "accepted_on",
    "arrive": "arrived_on",
    "complete": "completed_on",
    "verify": "verified_on",
}


@dataclass(frozen=True, slots=True)
class OrderEntry:
    """What is entered when a service is ordered for a person.

    Parameters
    ----------
    item : str
        Code of the catalogue.
    wanted_on : date or None
        Last day on which it is wanted; None for today.
    asked_by : str
        One of `ASKED_BY`: how the wish came in.
    agreement_id : int or None
        Gives it to this provider at once.
    task_id : int or None
        The task of the plan that asks for it.
    client_key : str or None
        Of the form, so that saving it twice orders once.
    """

    person_id: int
    item: str
    quantity: int = 1
    wanted_on: date | None = None
    wish: str | None = None
    asked_by: str = "phone"
    agreement_id: int | None = None
    task_id: int | None = None
    exception: bool = False
    client_key: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One service of the catalogue, as it can be ordered for a person.

    Attributes
    ----------
    holds : bool or None
        Whether it is for the person; None while that is not known.
    why : str
        The condition as a sentence; empty for everybody.
    """

    item: ServiceItem
    holds: bool | None
    why: str


class Orders:
    """What is done with service orders.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    # --- reading ----------------------------------------------------------------------------------

    def choices(self, person_id: int) -> Sequence[Choice]:
        """Give the services that can be ordered for a person; those that are not for them last."""
        book, items = self._workbook, catalogue(self._workbook.agency.code)
        with book.reading() as session:
            asked = {code: one.who for code, one in items.items()}
            met = verdicts(session, book.agency, book.today, asked, [person_id])
        told = met.get(person_id, {})
        found = [
            Choice(one, told.get(code), sentence_of(one.who, book.agency, book.today))
            for code, one in items.items()
        ]
        return sorted(found, key=lambda one: one.holds is False)

    def list(
        self,
        *,
        statuses: Sequence[str] = ORDER_STATES,
        person_id: int | None = None,
        provider_id: int | None = None,
        search: str = "",
        as_of: date | None = None,
        sort: str = "",
        descending: bool = False,
        limit: int | None = 200,
        offset: int = 0,
    ) -> list[OrderRow]:
        """List orders: those that somebody waits for first, the longest overdue on top.

        Parameters
        ----------
        sort : {"", "person", "state", "wanted", "provider"}
            What comes first instead; by state means by how the work goes on.
        """
        day = as_of or self._workbook.today
        rank = case({name: n for n, name in enumerate(_BY_WAITING)}, value=order_status(day))
        query = narrowed(order_rows(day), day, statuses, person_id, provider_id, search)
        by: dict[str, Any] = {
            "person": Person.name_pinyin,
            "state": rank,
            "wanted": ServiceOrder.wanted_on,
            "provider": Provider.name,
        }
        if sort in by:
            first = by[sort].desc() if descending else by[sort].asc()
            query = query.order_by(first.nulls_last())
        query = query.order_by(
            rank,
            case((rank < _OVER, ServiceOrder.wanted_on)),
            ServiceOrder.id.desc(),
        )
        items = catalogue(self._workbook.agency.code)
        with self._workbook.reading() as session:
            found = session.execute(query.limit(limit).offset(offset)).all()
        return [row_of(one, day, items) for one in found]

    def view(self, order_id: int, *, as_of: date | None = None) -> OrderRow:
        """Give one order on a day.

        Raises
        ------
        NotFound
            When there is none of this number.
        """
        day, items = as_of or self._workbook.today, catalogue(self._workbook.agency.code)
        with self._workbook.reading() as session:
            found = session.execute(order_rows(day).where(ServiceOrder.id == order_id)).first()
        if found is None:
            raise NotFound(_("There is no order with the number {id}.", id=order_id))
        return row_of(found, day, items)

    def count(
        self,
        *,
        person_id: int | None = None,
        provider_id: int | None = None,
        search: str = "",
        as_of: date | None = None,
    ) -> dict[str, int]:
        """Count orders by status on a day, by the same limits as `list`; one query."""
        day = as_of or self._workbook.today
        status = order_status(day)
        query = (
            narrowed(order_rows(day), day, ORDER_STATES, person_id, provider_id, search)
            .with_only_columns(status, func.count())
            .group_by(status)
        )
        with self._workbook.reading() as session:
            found = {name: n for name, n in session.execute(query)}
        return {name: found.get(name, 0) for name in ORDER_STATES}

    def orderable(self) -> Mapping[str, tuple[str, ...]]:
        """Give, by kind of work of a plan, the services of the catalogue that answer it."""
        return answering(self._workbook.agency.code)

    # --- doing ------------------------------------------------------------------------------------

    def order(self, entry: OrderEntry) -> int:
        """Order a service for a person, and give the id of the order.

        Raises
        ------
        InvalidEntry
            If the service is not in the catalogue, the quantity cannot be, by what is on file it is
            not for the person and no exception is asked, or the agreement has no more left.
        AlreadySaved
            If the same form was saved before.
        """
        book, day = self._workbook, entry.wanted_on or self._workbook.today
        item = catalogue(book.agency.code).get(entry.item)
        if item is None:
            raise InvalidEntry(_("Choose a service of the catalogue."), "item", entry.item)
        if not 1 <= entry.quantity <= 999:
            raise InvalidEntry(_("Give a quantity from 1 to 999."), "quantity", entry.quantity)
        if entry.asked_by not in ASKED_BY:
            raise InvalidEntry(_("Choose how the wish came in."), "asked_by", entry.asked_by)
        if day < book.today:
            raise InvalidEntry(
                _("This day lies in the past. Choose today or later."), "wanted_on", day
            )
        with refused_plainly(), book.transaction() as session:
            if entry.client_key and session.scalar(
                select(ServiceOrder.id).where(ServiceOrder.client_key == entry.client_key)
            ):
                raise AlreadySaved(
                    _("This was saved already, the first time. It was not saved again.")
                )
            self._ask_whether_for(session, entry, item)
            order = ServiceOrder(
                person_id=entry.person_id,
                item=item.code,
                title=item.label.zh,
                quantity=entry.quantity,
                wanted_on=day,
                wish=(entry.wish or "").strip()[:_LONGEST] or None,
                asked_by=entry.asked_by,
                task_id=entry.task_id,
                client_key=entry.client_key,
                requested_on=book.today,
                recorded_at=now(),
                recorded_by=book.actor.name,
            )
            session.add(order)
            session.flush()
            book.log(
                session, "order_service", "service_order", order.id,
                after={"item": item.code, "quantity": entry.quantity, "wanted_on": str(day)},
            )  # fmt: skip
            if entry.agreement_id is not None:
                agreed = self._agreement(session, entry.agreement_id)
                assign_within(book, session, order, agreement=agreed)
        return order.id

    def assign(
        self, order_id: int, *, agreement_id: int | None = None, provider_id: int | None = None
    ) -> None:
        """Give an order to a provider, by an agreement or free of charge; until it is accepted.

        Raises
        ------
        InvalidEntry
            If the agreement is not for this service or these days, or has no more left.
        """
        with refused_plainly(), self._workbook.transaction() as session:
            order = self._open(session, order_id, "assign")
            book = self._workbook
            if agreement_id is not None:
                agreed = self._agreement(session, agreement_id)
                assign_within(book, session, order, agreement=agreed)
            elif provider_id is not None and session.get(Provider, provider_id) is not None:
                assign_within(book, session, order, provider_id=provider_id)
            else:
                raise InvalidEntry(_("Choose who serves it."), "provider")

    def accept(self, order_id: int) -> None:
        """Write down that the provider took the order on."""
        self._step(order_id, "accept")

    def arrive(self, order_id: int) -> None:
        """Write down that the provider has come."""
        self._step(order_id, "arrive")

    def complete(self, order_id: int, *, served_by: str, on: date | None = None) -> Sequence[int]:
        """Write down that the service was done and by whom; give the tasks that it closed.

        Steps that were not written down before, accepted and arrived, are taken for done that day.

        Raises
        ------
        InvalidEntry
            If it is not said who did it, or the day is not between the request and today.
        """
        told, day = served_by.strip()[:200], on or self._workbook.today
        if not told:
            raise InvalidEntry(_("Say who did it."), "served_by")
        with refused_plainly(), self._workbook.transaction() as session:
            order = self._open(session, order_id, "complete")
            first = first_day_done(order)
            if not first <= day <= self._workbook.today:
                raise InvalidEntry(
                    _(
                        "Choose a day from {first} to today.",
                        first=first,
                    ),
                    "completed_on",
                    day,
                )
            return complete_within(self._workbook, session, order, told, day)

    def verify(self, order_id: int) -> None:
        """Confirm, after asking the person, that the service was done.

        Raises
        ------
        NotPermitted
            If whoever confirms did it, or it is not done yet.
        """
        me = self._workbook.actor.name
        with refused_plainly(), self._workbook.transaction() as session:
            order = self._open(session, order_id, "verify")
            if order.served_by == me:
                raise NotPermitted(_("You did this service yourself. Somebody else confirms it."))
            order.verified_on, order.verified_by = self._workbook.today, me
            log_step(self._workbook, session, "verify_order", order)

    def settle(
        self, order_id: int, *, budget_id: int | None = None, standard_id: int | None = None
    ) -> int | None:
        """Settle an order that was verified; what it costs is proposed for payment, with its id.

        Raises
        ------
        InvalidEntry
            If it costs something and no budget is named, or a standard refuses the amount.
        NotPermitted
            If it was not verified.
        """
        book = self._workbook
        with refused_plainly(), said_plainly(), book.transaction() as session:
            order = self._open(session, order_id, "settle")
            cost = (order.price_fen or 0) * order.quantity
            payment_id = None
            if cost:
                if budget_id is None:
                    raise InvalidEntry(_("Choose the fund and year that pays it."), "budget")
                provider = session.get(Provider, order.provider_id or 0)
                (payment_id,) = book.payments.propose_within(
                    session,
                    [
                        PaymentEntry(
                            person_id=order.person_id,
                            kind="service",
                            amount_fen=cost,
                            basis=_("service order no. {id}: {title}", id=order.id,
                                    title=order.title),
                            budget_id=budget_id,
                            entitled_on=order.completed_on,
                            standard_id=standard_id,
                            payee=provider.name if provider else None,
                            exception=True,  # it was decided when it was ordered, and is done
                        )
                    ],
                )  # fmt: skip
            order.settled_on, order.payment_id = book.today, payment_id
            log_step(self._workbook, session, "settle_order", order, {"cost_fen": cost})
        return payment_id

    def rate(self, order_id: int, rating: int, *, note: str = "") -> None:
        """Write down how satisfied the person was, 1 to 5, once the service was done.

        Raises
        ------
        NotPermitted
            If it is not done yet, or rated already.
        """
        if not 1 <= rating <= 5:
            raise InvalidEntry(_("Choose from 1, not satisfied, to 5, very satisfied."), "rating")
        with refused_plainly(), self._workbook.transaction() as session:
            order = self._open(session, order_id, "rate")
            order.rated_on, order.rating = self._workbook.today, rating
            order.rating_note = note.strip()[:_LONGEST] or None
            log_step(self._workbook, session, "rate_order", order, {"rating": rating})

    def cancel(self, order_id: int, *, reason: str) -> None:
        """Take an order back that is not done yet, with the reason."""
        self._end(order_id, "cancel", reason)

    def fail(self, order_id: int, *, reason: str) -> None:
        """Say that a service was not done as ordered; tasks that it closed are open again."""
        self._end(order_id, "fail", reason)

    # --- inside -----------------------------------------------------------------------------------

    def _step(self, order_id: int, act: str) -> None:
        with refused_plainly(), self._workbook.transaction() as session:
            order = self._open(session, order_id, act)
            setattr(order, _DAYS[act], self._workbook.today)
            if act == "arrive":
                order.accepted_on = order.accepted_on or self._workbook.today
            log_step(self._workbook, session, f"{act}_order", order)

    def _end(self, order_id: int, act: str, reason: str) -> None:
        told = reason.strip()[:_LONGEST]
        if not told:
            raise InvalidEntry(
                _("A reason is missing. Say in a sentence why, so that others can follow."),
                "reason",
            )
        with refused_plainly(), self._workbook.transaction() as session:
            order = self._open(session, order_id, act)
            end_within(self._workbook, session, order, act, told)

    def _open(self, session: Session, order_id: int, act: str) -> ServiceOrder:
        found = session.execute(
            select(ServiceOrder, order_status(self._workbook.today))
            .where(ServiceOrder.id == order_id)
            .with_for_update()
        ).first()
        if found is None:
            raise NotFound(_("There is no order with the number {id}.", id=order_id))
        order, status = found
        rated_already = act == "rate" and order.rated_on is not None
        if act not in NEXT_STEPS[status] or rated_already:
            raise NotPermitted(
                _(
                    "That cannot be done with order no. {id} as it stands. Read the list again.",
                    id=order_id,
                )
            )
        return order

    def _agreement(self, session: Session, agreement_id: int) -> Agreement:
        found = session.get(Agreement, agreement_id)
        if found is None:
            raise NotFound(_("There is no agreement with the number {id}.", id=agreement_id))
        return found

    def _ask_whether_for(self, session: Session, entry: OrderEntry, item: ServiceItem) -> None:
        book = self._workbook
        if session.get(Person, entry.person_id) is None:
            raise NotFound(_("There is no person with the number {id}.", id=entry.person_id))
        if entry.task_id is not None:
            task = session.get(Task, entry.task_id)
            if task is None or task.person_id != entry.person_id:
                raise NotFound(_("There is no task with the number {id}.", id=entry.task_id))
            if task.service not in item.answers:
                raise InvalidEntry(
                    _("This service does not answer that task. Choose another, or none."), "task"
                )
        met = verdicts(session, book.agency, book.today, {"who": item.who}, [entry.person_id])
        if met.get(entry.person_id, {}).get("who") is False and not entry.exception:
            raise InvalidEntry(
                _(
                    "By what is on file this service is not for person no. {id}. Correct the "
                    "dossier, or order it as an exception and say why.",
                    id=entry.person_id,
                ),
                "item",
            )


_BY_WAITING = (
    "requested", "assigned", "accepted", "arrived", "completed", "verified", "settled", "rated",
    "failed", "cancelled",
)  # fmt: skip
_OVER = _BY_WAITING.index("settled")

"""What raised standards leave owing on earlier payments (S4-33): shown, and proposed as arrears.

Decides which standard now holds on a payment's own day and what it owes more; never changes the
payment. Leaves proposing it to :mod:`casework.workbook.payments`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from casework.records import Payment, Person, Standard
from casework.workbook.eligibility import verdicts
from casework.workbook.standards import limit_of, standard_name

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["Difference", "differences_owing"]


@dataclass(frozen=True, slots=True)
class Difference:
    """What a raised standard leaves owing on an earlier payment, in fen (S4-33)."""

    payment_id: int
    person_id: int
    person: str
    kind: str
    period: str
    given_fen: int
    owed_fen: int
    difference_fen: int
    standard_id: int
    standard: str
    entitled_on: date
    quantity: int
    budget_id: int
    holds: bool | None


def differences_owing(session: Session, book: Workbook, kind: str | None) -> list[Difference]:
    """Give what is owing for each payment that stands, in the order of persons and days.

    Where several standards now hold, the one that is known to be for the person and owes most.
    """
    under, top_up = aliased(Standard), aliased(Payment)
    topped = (
        select(func.coalesce(func.sum(top_up.amount_fen), 0))
        .where(
            top_up.arrears_of_id == Payment.id,
            top_up.cancelled_on.is_(None),
            top_up.returned_on.is_(None),
        )
        .correlate(Payment)
        .scalar_subquery()
    )
    owed = Standard.amount_fen * Payment.quantity
    query = (
        select(Payment, Person.name, Standard, topped.label("topped"))
        .join(Person, Person.id == Payment.person_id)
        .join(under, under.id == Payment.standard_id)
        .join(
            Standard,
            (Standard.exclusive == under.exclusive)
            & (Standard.id != under.id)
            & Standard.superseded_at.is_(None)
            & (Standard.since <= Payment.entitled_on)
            & or_(Standard.until.is_(None), Standard.until >= Payment.entitled_on),
        )
        .where(
            Payment.arrears_of_id.is_(None),
            Payment.cancelled_on.is_(None),
            Payment.returned_on.is_(None),
            owed > Payment.amount_fen + topped,
            # What still is the standard of its day owes nothing more.
            or_(
                under.superseded_at.is_not(None),
                under.until < Payment.entitled_on,
            ),
        )
        .order_by(Person.id, Payment.id)
    )
    if kind is not None:
        query = query.where(Payment.kind == kind)
    found = session.execute(query).all()
    by_day: dict[date, list[Any]] = {}
    for one in found:
        by_day.setdefault(one.Payment.entitled_on, []).append(one)
    told: dict[int, Difference] = {}
    for day, rows in sorted(by_day.items()):
        asked = {str(row.Standard.id): row.Standard.who for row in rows}
        met = verdicts(session, book.agency, day, asked, {row.Payment.person_id for row in rows})
        for row in rows:
            holds = met.get(row.Payment.person_id, {}).get(str(row.Standard.id))
            found_one = _difference(row, holds)
            before = told.get(found_one.payment_id)
            better = before is None or (found_one.holds or False, found_one.owed_fen) > (
                before.holds or False, before.owed_fen,
            )  # fmt: skip
            if holds is not False and better:
                told[found_one.payment_id] = found_one
    return sorted(told.values(), key=lambda one: (one.person_id, one.entitled_on, one.payment_id))


def _difference(row: Any, holds: bool | None) -> Difference:
    payment, standard = row.Payment, row.Standard
    given, owed = payment.amount_fen + int(row.topped), limit_of(standard) * payment.quantity
    return Difference(
        payment_id=payment.id,
        person_id=payment.person_id,
        person=row.name,
        kind=payment.kind,
        period=payment.period,
        given_fen=given,
        owed_fen=owed,
        difference_fen=owed - given,
        standard_id=standard.id,
        standard=standard_name(standard),
        entitled_on=payment.entitled_on,
        quantity=payment.quantity,
        budget_id=payment.budget_id,
        holds=holds,
    )

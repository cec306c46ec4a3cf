"""Reading payments: the query of a list, its limits, and a payment in words.

Decides what a list of payments shows and how it is searched; leaves what is done with payments to
:mod:`casework.workbook.payments`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, func, or_, select

from casework.records import (
    Budget,
    Fund,
    Organisation,
    Payment,
    Person,
    PersonSearch,
    Standard,
    payment_status,
)
from casework.records.money import PAYMENT_STATES
from casework.terms import _, day_of
from casework.workbook.standards import standard_name

__all__ = ["PaymentRow", "narrowed", "payment_rows", "row_of", "status_text"]


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """One payment on a day, in words of the language in force; amounts in fen.

    Attributes
    ----------
    status : str
        One of `PAYMENT_STATES`.
    own : bool
        Whether whoever asks proposed it, and so may not approve it.
    """

    payment_id: int
    person_id: int
    person: str
    unit: str | None
    kind: str
    kind_label: str
    amount_fen: int
    quantity: int
    entitled_on: date
    period: str | None
    basis: str
    payee: str | None
    budget_id: int
    fund: str
    year: int
    standard_id: int | None
    standard: str | None
    clause: str | None
    arrears_of_id: int | None
    hardship_id: int | None
    campaign_id: int | None
    status: str
    proposed_by: str
    proposed_on: date
    approved_by: str | None
    approved_on: date | None
    paid_by: str | None
    paid_on: date | None
    end_reason: str | None
    own: bool


def status_text(status: str) -> str:
    """Name the status of a payment in the language in force."""
    return {
        "proposed": _("waiting for approval"),
        "approved": _("approved, to be paid"),
        "paid": _("paid out"),
        "cancelled": _("taken back"),
        "returned": _("came back"),
    }[status]


def payment_rows(day: date) -> Any:
    """Select payments with person, unit, fund, standard and status of the day."""
    return (
        select(
            Payment,
            Person.name.label("person"),
            Organisation.name.label("unit"),
            Fund.name.label("fund"),
            Budget.year,
            Standard,
            payment_status(day).label("status"),
        )
        .join(Person, Person.id == Payment.person_id)
        .join(Budget, Budget.id == Payment.budget_id)
        .join(Fund, Fund.id == Budget.fund_id)
        .outerjoin(Organisation, Organisation.id == Person.unit_id)
        .outerjoin(Standard, Standard.id == Payment.standard_id)
    )


def narrowed(
    query: Select[Any], day: date, statuses: Sequence[str], person_id: int | None,
    budget_id: int | None, campaign_id: int | None, kind: str | None, search: str,
) -> Select[Any]:  # fmt: skip
    """Limit such a query; every limit that is None or empty is left out."""
    if set(statuses) != set(PAYMENT_STATES):
        query = query.where(payment_status(day).in_(statuses))
    for column, wanted in (
        (Payment.person_id, person_id),
        (Payment.budget_id, budget_id),
        (Payment.campaign_id, campaign_id),
        (Payment.kind, kind),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    word = search.strip().lower()
    if word:
        query = query.outerjoin(PersonSearch, PersonSearch.person_id == Payment.person_id).where(
            or_(
                *(
                    func.lower(column).contains(word, autoescape=True)
                    for column in (
                        PersonSearch.name,
                        PersonSearch.pinyin,
                        PersonSearch.initials,
                        Fund.name,
                        Payment.basis,
                    )
                )
            )
        )
    return query


def row_of(found: Any, kinds: dict[str, str], me: str) -> PaymentRow:
    """Put one found row into words; ``me`` is who asks."""
    one: Payment = found.Payment
    standard: Standard | None = found.Standard
    return PaymentRow(
        payment_id=one.id,
        person_id=one.person_id,
        person=found.person,
        unit=found.unit,
        kind=one.kind,
        kind_label=kinds.get(one.kind, one.kind),
        amount_fen=one.amount_fen,
        quantity=one.quantity,
        entitled_on=one.entitled_on,
        period=one.period,
        basis=one.basis,
        payee=one.payee,
        budget_id=one.budget_id,
        fund=found.fund,
        year=found.year,
        standard_id=one.standard_id,
        standard=standard_name(standard) if standard else None,
        clause=standard.clause if standard else None,
        arrears_of_id=one.arrears_of_id,
        hardship_id=one.hardship_id,
        campaign_id=one.campaign_id,
        status=found.status,
        proposed_by=one.recorded_by,
        proposed_on=day_of(one.recorded_at),
        approved_by=one.approved_by,
        approved_on=one.approved_on,
        paid_by=one.paid_by,
        paid_on=one.paid_on,
        end_reason=one.end_reason,
        own=one.recorded_by == me,
    )

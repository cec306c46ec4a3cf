"""Money and what is given in kind: funds, budgets, standards, payments, benefits, hardship.

Decides what the tables refuse by themselves whoever writes: a budget is never overdrawn, nobody
approves what they proposed, nothing is paid that was not approved; and the one meaning of the
status of a payment and of a hardship case. What needs more than one row to be judged is in
:mod:`casework.records.money_guard`. Amounts are whole fen (1 yuan = 100 fen), never fractions.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    UniqueConstraint,
    and_,
    case,
    exists,
    func,
    literal,
)
from sqlalchemy.orm import Mapped, aliased, mapped_column

from casework.records.base import STRICT, Base, Day, one_of

__all__ = [
    "COMMITTED",
    "HARDSHIP_STATES",
    "PAYMENT_STATES",
    "PERIODS",
    "Benefit",
    "Budget",
    "Fund",
    "HardshipCase",
    "Payment",
    "Standard",
    "committed",
    "hardship_status",
    "payment_status",
]

PERIODS = ("once", "year", "month", "day", "occasion")
"""How often a standard is due: ``day`` is paid by the month for so many days, ``occasion`` as often
as there is one, such as a festival of a year."""

PAYMENT_STATES = ("proposed", "approved", "paid", "cancelled", "returned")
COMMITTED = ("approved", "paid")
"""States in which a payment takes its amount from its budget."""

HARDSHIP_STATES = ("overdue", "open", "granted", "helped", "declined")

_FEN = BigInteger().with_variant(Integer(), "sqlite")


class Fund(Base):
    """Money set aside for a purpose, year by year (S1-85); ``who`` is a condition, for whom."""

    __tablename__ = "fund"
    __table_args__ = (STRICT,)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    source: Mapped[str]
    purpose: Mapped[str]
    who: Mapped[str | None] = mapped_column(default=None)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    closed_on: Mapped[date | None] = mapped_column(default=None)


class Budget(Base):
    """What a fund has in a year, in fen, and how much of it is approved or paid.

    ``committed_fen`` is kept by the payments themselves, in the transaction that approves, cancels
    or returns one; so twenty who approve at once are each asked by the database, one after another.
    """

    __tablename__ = "budget"
    __table_args__ = (
        UniqueConstraint("fund_id", "year"),
        CheckConstraint("year BETWEEN 1949 AND 2199", name="year"),
        CheckConstraint("amount_fen >= 0", name="amount"),
        CheckConstraint("committed_fen BETWEEN 0 AND amount_fen", name="within"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    fund_id: Mapped[int] = mapped_column(ForeignKey("fund.id"))
    year: Mapped[int]
    amount_fen: Mapped[int] = mapped_column(_FEN)
    committed_fen: Mapped[int] = mapped_column(_FEN, default=0)
    basis: Mapped[str | None] = mapped_column(default=None)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]


class Standard(Base):
    """What may be given for something, to whom, in the days of its validity; never overwritten.

    Either ``amount_fen``, which is owed, or ``ceiling_fen``, up to which is given. Of the standards
    with the same ``exclusive`` word, a person has one at a time: tiers are never added together.
    ``who`` is a condition in the language of rules, None for everybody in care.
    """

    __tablename__ = "standard"
    __table_args__ = (
        one_of("per", PERIODS),
        CheckConstraint("(amount_fen IS NULL) <> (ceiling_fen IS NULL)", name="one_limit"),
        CheckConstraint("COALESCE(amount_fen, ceiling_fen) > 0", name="limit"),
        CheckConstraint("since <= until", name="span"),
        Index("ix_standard_kind", "kind", "since"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    code: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str]
    name: Mapped[str]
    name_en: Mapped[str]
    per: Mapped[str]
    amount_fen: Mapped[int | None] = mapped_column(_FEN, default=None)
    ceiling_fen: Mapped[int | None] = mapped_column(_FEN, default=None)
    exclusive: Mapped[str]
    who: Mapped[str | None] = mapped_column(default=None)
    since: Mapped[date]
    until: Mapped[date | None] = mapped_column(default=None)
    clause: Mapped[str]
    recorded_at: Mapped[datetime]
    superseded_at: Mapped[datetime | None] = mapped_column(default=None)


class HardshipCase(Base):
    """A request for help in hardship, with the last day to decide it (S1-62)."""

    __tablename__ = "hardship_case"
    __table_args__ = (
        CheckConstraint("applied_on <= due_on", name="clock"),
        CheckConstraint("decision IN ('granted', 'declined')", name="decision"),
        CheckConstraint(
            "(decision IS NULL) = (decided_on IS NULL) AND (decision IS NULL) = "
            "(decided_by IS NULL) AND (decision IS NULL) = (decision_reason IS NULL)",
            name="decided",
        ),
        CheckConstraint("decided_by <> recorded_by", name="own_request"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    situation: Mapped[str]
    evidence: Mapped[str | None] = mapped_column(default=None)
    applied_on: Mapped[date]
    due_on: Mapped[date] = mapped_column(index=True)
    decision: Mapped[str | None] = mapped_column(default=None)
    decided_on: Mapped[date | None] = mapped_column(default=None)
    decided_by: Mapped[str | None] = mapped_column(default=None)
    decision_reason: Mapped[str | None] = mapped_column(default=None)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    superseded_at: Mapped[datetime | None] = mapped_column(default=None)


class Payment(Base):
    """One amount for one person: proposed by one, approved by another, paid; or ended, and why.

    ``entitled_on`` is the day it is for, whose standard counts; ``period`` is what that standard is
    due once in (2025-03, 2025, once, or the name of an occasion). ``quantity`` is 1, but for a
    standard of a day, where it is the number of days. ``arrears_of_id`` names the payment that is
    topped up after its standard rose.
    """

    __tablename__ = "payment"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("quantity BETWEEN 1 AND 31", name="quantity"),
        CheckConstraint("standard_id IS NULL OR period IS NOT NULL", name="period"),
        CheckConstraint("(approved_on IS NULL) = (approved_by IS NULL)", name="approved"),
        CheckConstraint("approved_by <> recorded_by", name="own_proposal"),
        CheckConstraint("(paid_on IS NULL) = (paid_by IS NULL)", name="paid"),
        CheckConstraint("paid_on IS NULL OR approved_on IS NOT NULL", name="paid_unapproved"),
        CheckConstraint("cancelled_on IS NULL OR paid_on IS NULL", name="cancelled"),
        CheckConstraint("returned_on IS NULL OR paid_on IS NOT NULL", name="returned"),
        CheckConstraint(
            "(cancelled_on IS NULL AND returned_on IS NULL) = (end_reason IS NULL)", name="reason"
        ),
        Index("ix_payment_person", "person_id", "period"),
        Index("ix_payment_budget", "budget_id", "approved_on"),
        Index("ix_payment_waiting", "approved_on", "cancelled_on"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str]
    amount_fen: Mapped[int] = mapped_column(_FEN)
    quantity: Mapped[int] = mapped_column(default=1)
    entitled_on: Mapped[date]
    period: Mapped[str | None] = mapped_column(default=None)
    basis: Mapped[str]
    payee: Mapped[str | None] = mapped_column(default=None)
    budget_id: Mapped[int] = mapped_column(ForeignKey("budget.id"))
    standard_id: Mapped[int | None] = mapped_column(ForeignKey("standard.id"), default=None)
    arrears_of_id: Mapped[int | None] = mapped_column(
        ForeignKey("payment.id"), default=None, index=True
    )
    hardship_id: Mapped[int | None] = mapped_column(
        ForeignKey("hardship_case.id"), default=None, index=True
    )
    campaign_id: Mapped[int | None] = mapped_column(default=None, index=True)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    approved_on: Mapped[date | None] = mapped_column(default=None)
    approved_by: Mapped[str | None] = mapped_column(default=None)
    paid_on: Mapped[date | None] = mapped_column(default=None)
    paid_by: Mapped[str | None] = mapped_column(default=None)
    cancelled_on: Mapped[date | None] = mapped_column(default=None)
    returned_on: Mapped[date | None] = mapped_column(default=None)
    end_reason: Mapped[str | None] = mapped_column(default=None)


class Benefit(Base):
    """Something a person is given every day in kind, such as milk (S4-32), from a day to a day.

    On which days it comes follows from dated facts: not after a death, in hospital or while away.
    """

    __tablename__ = "benefit"
    __table_args__ = (
        CheckConstraint("valid_from <= valid_to", name="span"),
        CheckConstraint("(valid_to IS NULL) = (end_reason IS NULL)", name="ended"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    standard_id: Mapped[int] = mapped_column(ForeignKey("standard.id"))
    vendor: Mapped[str | None] = mapped_column(default=None)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None] = mapped_column(default=None)
    end_reason: Mapped[str | None] = mapped_column(default=None)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    superseded_at: Mapped[datetime | None] = mapped_column(default=None)


def payment_status(as_of: date) -> ColumnElement[str]:
    """Tell the status of each payment on a day, one of `PAYMENT_STATES`, as an expression.

    What happened later does not count yet.
    """
    day = literal(as_of, Day())
    return case(
        (Payment.returned_on <= day, "returned"),
        (Payment.cancelled_on <= day, "cancelled"),
        (Payment.paid_on <= day, "paid"),
        (Payment.approved_on <= day, "approved"),
        else_="proposed",
    )


def committed() -> ColumnElement[bool]:
    """Tell which payments take their amount from their budget now: approved or paid."""
    return and_(
        Payment.approved_on.is_not(None),
        Payment.cancelled_on.is_(None),
        Payment.returned_on.is_(None),
    )


def hardship_status(as_of: date) -> ColumnElement[str]:
    """Tell the status of each hardship case on a day, one of `HARDSHIP_STATES`.

    ``overdue`` once its last day has passed undecided; ``granted`` until something was paid, then
    ``helped``.
    """
    day = literal(as_of, Day())
    paid = aliased(Payment)
    helped = exists().where(
        paid.hardship_id == HardshipCase.id,
        paid.paid_on <= day,
        func.coalesce(paid.returned_on > day, True),
    )
    decided = HardshipCase.decided_on <= day
    return case(
        (and_(decided, HardshipCase.decision == "declined"), "declined"),
        (and_(decided, helped), "helped"),
        (decided, "granted"),
        (HardshipCase.due_on < day, "overdue"),
        else_="open",
    )

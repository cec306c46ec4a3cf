"""Providers, agreements and service orders: asked for by phone or online, served at home (S1-48).

Decides the order of the steps, which the tables hold by themselves whoever writes: nothing is
settled before it was verified, nothing rated before it was completed, nobody verifies the own
service; and the one meaning of an order's status. Days of steps are never taken back
(:mod:`casework.records.money_guard`), and an agreement's quota is never exceeded.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    and_,
    case,
    literal,
)
from sqlalchemy.orm import Mapped, mapped_column

from casework.records.base import STRICT, Base, Day, Record, one_of

__all__ = [
    "ASKED_BY",
    "ORDER_STATES",
    "PROVIDER_KINDS",
    "UNDER_WAY",
    "Agreement",
    "Provider",
    "ServiceOrder",
    "order_is_late",
    "order_status",
]

PROVIDER_KINDS = (
    "company", "community", "hospital", "care_home", "merchant", "volunteers", "grid_worker",
)  # fmt: skip
ASKED_BY = ("phone", "online", "visit", "reception", "task")
ORDER_STATES = (
    "requested", "assigned", "accepted", "arrived", "completed", "verified", "settled", "rated",
    "cancelled", "failed",
)  # fmt: skip
UNDER_WAY = ("requested", "assigned", "accepted", "arrived")
"""States in which somebody still waits for the service."""

_FEN = BigInteger().with_variant(Integer(), "sqlite")


class Provider(Base):
    """Who gives services: a company, a community, a hospital, a merchant, volunteers (S0-22).

    ``areas`` names the communities or districts it serves; None serves everywhere.
    """

    __tablename__ = "provider"
    __table_args__ = (one_of("kind", PROVIDER_KINDS), STRICT)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    areas: Mapped[Any] = mapped_column(Record(), nullable=True, default=None)
    contact: Mapped[str | None] = mapped_column(default=None)
    phone: Mapped[str | None] = mapped_column(default=None)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    closed_on: Mapped[date | None] = mapped_column(default=None)


class Agreement(Base):
    """What was agreed with a provider for one service: price, days, how much (S1-46, S1-52).

    ``taken`` is how much of ``quota`` is ordered or used, kept by the orders themselves.
    """

    __tablename__ = "agreement"
    __table_args__ = (
        CheckConstraint("valid_from <= valid_to", name="span"),
        CheckConstraint("price_fen >= 0", name="price"),
        CheckConstraint("quota > 0", name="quota"),
        CheckConstraint("taken >= 0 AND (quota IS NULL OR taken <= quota)", name="within"),
        Index("ix_agreement_item", "item", "valid_from"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    provider_id: Mapped[int] = mapped_column(ForeignKey("provider.id"), index=True)
    item: Mapped[str]
    price_fen: Mapped[int] = mapped_column(_FEN)
    valid_from: Mapped[date]
    valid_to: Mapped[date]
    quota: Mapped[int | None] = mapped_column(default=None)
    taken: Mapped[int] = mapped_column(default=0)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]


class ServiceOrder(Base):
    """One service for one person: asked for, given to a provider, done, verified, settled, rated.

    ``wanted_on`` is the last day on which it is wanted. ``served_by`` names who did it, so that
    nobody verifies the own service. ``payment_id`` is what settled it, None where it was free.
    ``outside_ref`` is the number that another platform or the provider gave the service, with whose
    it is; so the same row of their files is known again. It is one for each person: whoever enters
    it learns nothing of those whom others look after.
    """

    __tablename__ = "service_order"
    __table_args__ = (
        one_of("asked_by", ASKED_BY),
        CheckConstraint("quantity BETWEEN 1 AND 999", name="quantity"),
        CheckConstraint("rating BETWEEN 1 AND 5", name="rating"),
        CheckConstraint(
            "(assigned_on IS NULL) = (provider_id IS NULL)"
            " AND (agreement_id IS NULL OR provider_id IS NOT NULL)",
            name="assigned",
        ),
        CheckConstraint("accepted_on IS NULL OR assigned_on IS NOT NULL", name="accepted"),
        CheckConstraint("arrived_on IS NULL OR accepted_on IS NOT NULL", name="arrived"),
        CheckConstraint("completed_on IS NULL OR arrived_on IS NOT NULL", name="completed"),
        CheckConstraint("(completed_on IS NULL) = (served_by IS NULL)", name="served"),
        CheckConstraint("verified_on IS NULL OR completed_on IS NOT NULL", name="verified"),
        CheckConstraint("(verified_on IS NULL) = (verified_by IS NULL)", name="verifier"),
        CheckConstraint("verified_by <> served_by", name="own_service"),
        CheckConstraint("settled_on IS NULL OR verified_on IS NOT NULL", name="settled"),
        CheckConstraint("payment_id IS NULL OR settled_on IS NOT NULL", name="payment"),
        CheckConstraint("rated_on IS NULL OR completed_on IS NOT NULL", name="rated"),
        CheckConstraint("(rated_on IS NULL) = (rating IS NULL)", name="rating_day"),
        CheckConstraint("cancelled_on IS NULL OR completed_on IS NULL", name="cancelled"),
        CheckConstraint("failed_on IS NULL OR verified_on IS NULL", name="failed"),
        CheckConstraint("cancelled_on IS NULL OR failed_on IS NULL", name="ended_once"),
        CheckConstraint(
            "(cancelled_on IS NULL AND failed_on IS NULL) = (end_reason IS NULL)", name="reason"
        ),
        Index("ix_service_order_waiting", "completed_on", "wanted_on"),
        Index("uq_service_order_outside_ref", "outside_ref", "person_id", unique=True),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    item: Mapped[str]
    title: Mapped[str]
    quantity: Mapped[int] = mapped_column(default=1)
    wanted_on: Mapped[date]
    wish: Mapped[str | None] = mapped_column(default=None)
    asked_by: Mapped[str]
    task_id: Mapped[int | None] = mapped_column(ForeignKey("task.id"), default=None, index=True)
    client_key: Mapped[str | None] = mapped_column(default=None, unique=True)
    requested_on: Mapped[date]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    provider_id: Mapped[int | None] = mapped_column(
        ForeignKey("provider.id"), default=None, index=True
    )
    agreement_id: Mapped[int | None] = mapped_column(
        ForeignKey("agreement.id"), default=None, index=True
    )
    price_fen: Mapped[int | None] = mapped_column(_FEN, default=None)
    assigned_on: Mapped[date | None] = mapped_column(default=None)
    accepted_on: Mapped[date | None] = mapped_column(default=None)
    arrived_on: Mapped[date | None] = mapped_column(default=None)
    completed_on: Mapped[date | None] = mapped_column(default=None)
    served_by: Mapped[str | None] = mapped_column(default=None)
    verified_on: Mapped[date | None] = mapped_column(default=None)
    verified_by: Mapped[str | None] = mapped_column(default=None)
    settled_on: Mapped[date | None] = mapped_column(default=None)
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payment.id"), default=None)
    rated_on: Mapped[date | None] = mapped_column(default=None)
    rating: Mapped[int | None] = mapped_column(default=None)
    rating_note: Mapped[str | None] = mapped_column(default=None)
    cancelled_on: Mapped[date | None] = mapped_column(default=None)
    failed_on: Mapped[date | None] = mapped_column(default=None)
    end_reason: Mapped[str | None] = mapped_column(default=None)
    outside_ref: Mapped[str | None] = mapped_column(default=None)


def order_status(as_of: date) -> ColumnElement[str]:
    """Tell the status of each order on a day, one of `ORDER_STATES`, as an expression.

    ``rated`` is an order that was settled and rated; one that was rated earlier has its rating and
    stays what it is. What happened later does not count yet.
    """
    day = literal(as_of, Day())
    one = ServiceOrder
    return case(
        (one.failed_on <= day, "failed"),
        (one.cancelled_on <= day, "cancelled"),
        (and_(one.settled_on <= day, one.rated_on <= day), "rated"),
        (one.settled_on <= day, "settled"),
        (one.verified_on <= day, "verified"),
        (one.completed_on <= day, "completed"),
        (one.arrived_on <= day, "arrived"),
        (one.accepted_on <= day, "accepted"),
        (one.assigned_on <= day, "assigned"),
        else_="requested",
    )


def order_is_late(as_of: date) -> ColumnElement[bool]:
    """Tell which orders were wanted before a day and are still waited for."""
    return and_(order_status(as_of).in_(UNDER_WAY), ServiceOrder.wanted_on < literal(as_of, Day()))

"""Reading service orders: the query of a list, its limits, and an order in words.

Decides what can be done with an order of each status; leaves doing it to
:mod:`casework.workbook.orders`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, func, or_, select

from casework.records import (
    Fact,
    Person,
    PersonSearch,
    Provider,
    ServiceOrder,
    holds_on,
    order_status,
)
from casework.records.orders import ORDER_STATES, UNDER_WAY
from casework.reference.catalogue import ServiceItem
from casework.terms import _

__all__ = ["NEXT_STEPS", "OrderRow", "narrowed", "order_rows", "row_of", "status_text"]

NEXT_STEPS: Mapping[str, tuple[str, ...]] = {
    "requested": ("assign", "cancel", "fail"),
    "assigned": ("accept", "complete", "arrive", "assign", "cancel", "fail"),
    "accepted": ("arrive", "complete", "cancel", "fail"),
    "arrived": ("complete", "cancel", "fail"),
    "completed": ("verify", "rate", "fail"),
    "verified": ("settle", "rate"),
    "settled": ("rate",),
    "rated": (),
    "cancelled": (),
    "failed": (),
}
"""What can be done with an order of each status, the usual step first."""


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order on a day, in words of the language in force.

    Attributes
    ----------
    status : str
        One of `ORDER_STATES`.
    late : bool
        Wanted before the day, and still waited for.
    cost_fen : int or None
        Price by quantity, in fen; None while nobody has it, or it is free.
    possible : tuple of str
        What can be done now, of `NEXT_STEPS`.
    """

    order_id: int
    person_id: int
    person: str
    community: str | None
    item: str
    title: str
    quantity: int
    unit: str
    wanted_on: date
    wish: str | None
    asked_by: str
    task_id: int | None
    provider_id: int | None
    provider: str | None
    cost_fen: int | None
    status: str
    late: bool
    requested_on: date
    ordered_by: str
    completed_on: date | None
    served_by: str | None
    verified_by: str | None
    rating: int | None
    rating_note: str | None
    end_reason: str | None
    possible: tuple[str, ...]


def status_text(status: str) -> str:
    """Name the status of an order in the language in force."""
    return {
        "requested": _("to be given to somebody"),
        "assigned": _("waits for the provider"),
        "accepted": _("taken on by the provider"),
        "arrived": _("provider is there"),
        "completed": _("to be confirmed with the person"),
        "verified": _("to be settled"),
        "settled": _("order settled"),
        "rated": _("settled and rated"),
        "cancelled": _("order taken back"),
        "failed": _("not served"),
    }[status]


def order_rows(day: date) -> Any:
    """Select orders with person, community, provider and status of the day."""
    community = (
        select(func.max(Fact.value))
        .where(Fact.person_id == ServiceOrder.person_id, Fact.code == "community", holds_on(day))
        .correlate(ServiceOrder)
        .scalar_subquery()
    )
    return (
        select(
            ServiceOrder,
            Person.name.label("person"),
            Provider.name.label("provider"),
            community.label("community"),
            order_status(day).label("status"),
        )
        .join(Person, Person.id == ServiceOrder.person_id)
        .outerjoin(Provider, Provider.id == ServiceOrder.provider_id)
        .where(ServiceOrder.requested_on <= day)
    )


def narrowed(
    query: Select[Any], day: date, statuses: Sequence[str], person_id: int | None,
    provider_id: int | None, search: str,
) -> Select[Any]:  # fmt: skip
    """Limit such a query; every limit that is None or empty is left out."""
    if set(statuses) != set(ORDER_STATES):
        query = query.where(order_status(day).in_(statuses))
    if person_id is not None:
        query = query.where(ServiceOrder.person_id == person_id)
    if provider_id is not None:
        query = query.where(ServiceOrder.provider_id == provider_id)
    word = search.strip().lower()
    if word:
        query = query.outerjoin(
            PersonSearch, PersonSearch.person_id == ServiceOrder.person_id
        ).where(
            or_(
                *(
                    func.lower(column).contains(word, autoescape=True)
                    for column in (
                        PersonSearch.name,
                        PersonSearch.pinyin,
                        PersonSearch.initials,
                        ServiceOrder.title,
                        Provider.name,
                    )
                )
            )
        )
    return query


def row_of(found: Any, day: date, items: Mapping[str, ServiceItem]) -> OrderRow:
    """Put one found row into words."""
    one: ServiceOrder = found.ServiceOrder
    item = items.get(one.item)
    possible = NEXT_STEPS[found.status]
    if one.rated_on is not None:
        possible = tuple(act for act in possible if act != "rate")
    return OrderRow(
        order_id=one.id,
        person_id=one.person_id,
        person=found.person,
        community=found.community,
        item=one.item,
        title=str(item.label) if item else one.title,
        quantity=one.quantity,
        unit=item.unit if item else "time",
        wanted_on=one.wanted_on,
        wish=one.wish,
        asked_by=one.asked_by,
        task_id=one.task_id,
        provider_id=one.provider_id,
        provider=found.provider,
        cost_fen=None if not one.price_fen else one.price_fen * one.quantity,
        status=found.status,
        late=found.status in UNDER_WAY and one.wanted_on < day,
        requested_on=one.requested_on,
        ordered_by=one.recorded_by,
        completed_on=one.completed_on,
        served_by=one.served_by,
        verified_by=one.verified_by,
        rating=one.rating,
        rating_note=one.rating_note,
        end_reason=one.end_reason,
        possible=possible,
    )

"""The list of all people in care: searched, sorted and paged inside the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, case, exists, func, select
from sqlalchemy.orm import Session

from casework.factvalues import certain_age
from casework.occasions import days_before, years_before
from casework.records import (
    Contact,
    ContactPerson,
    Fact,
    Person,
    PersonSearch,
    holds_on,
    in_care_on,
    reached,
)
from casework.records.population import population, population_on, said_of
from casework.reference import code_list, fact
from casework.workbook.finding import search_conditions

__all__ = [
    "NARROWED_BY",
    "ROLL_ORDERS",
    "Narrowing",
    "Roll",
    "RollRow",
    "read_roll",
    "roll_choices",
]

NARROWED_BY = ("category", "living", "health", "community", "unit")
UNKNOWN = "?"
"""Stands for "not known" among the values to narrow by."""

ROLL_ORDERS = ("name", "age", "category", "unit", "community", "living", "health", "contact")
_CHOICES = 60
_AT_ONCE = 5_000
_SHOWN = ("category", "unit", "community", "living", "health")


@dataclass(frozen=True, slots=True)
class RollRow:
    """One person in the list; None is not known.

    Attributes
    ----------
    days_since_contact : int or None
        None for never reached.
    """

    person_id: int
    name: str
    sex: str | None
    age: int | None
    facts: dict[str, str]
    days_since_contact: int | None


@dataclass(frozen=True, slots=True)
class Roll:
    """One page of the list: its rows, how many match, how many there are."""

    rows: tuple[RollRow, ...]
    matching: int
    total: int


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Whom to list only.

    Parameters
    ----------
    facts : mapping of str to str
        By fact of `NARROWED_BY`: the value that must hold, `UNKNOWN` for those of whom it is not
        known.
    at_least_aged : int or None
        Full years, certainly reached.
    silent_days : int or None
        Not reached for so many days, or never.
    """

    facts: tuple[tuple[str, str], ...] = ()
    at_least_aged: int | None = None
    silent_days: int | None = None

    def conditions(self, as_of: date) -> Iterator[ColumnElement[bool]]:
        """Say, over `Person`, who is meant."""
        for code, value in self.facts:
            held = exists().where(Fact.person_id == Person.id, Fact.code == code, holds_on(as_of))
            if value == UNKNOWN:
                yield ~held
            else:
                yield held.where(Fact.value == value)
        if self.at_least_aged is not None:
            yield Person.born_on_latest <= years_before(as_of, self.at_least_aged)
        if self.silent_days is not None:
            heard = exists().where(
                ContactPerson.person_id == Person.id,
                Contact.id == ContactPerson.contact_id,
                reached(),
                Contact.happened_on <= as_of,
                Contact.happened_on > days_before(as_of, self.silent_days),
            )
            yield ~heard


def read_roll(
    session: Session,
    as_of: date,
    *,
    search: str = "",
    narrowed: Narrowing | None = None,
    order: str = "name",
    descending: bool = False,
    offset: int = 0,
    limit: int | None = 50,
) -> Roll:
    """Read one page of the people in care on a day.

    Parameters
    ----------
    order : str
        One of `ROLL_ORDERS`; unknown values come last in either direction.
    limit : int or None
        None gives all that match.
    """
    everybody = population()
    in_care = (
        select(Person.id)
        .join(everybody, everybody.c.person_id == Person.id)
        .where(population_on(as_of))
    )
    counted = select(func.count()).select_from(everybody).where(population_on(as_of))
    total = session.scalar(counted) or 0
    matching_query = in_care.join(PersonSearch, PersonSearch.person_id == Person.id)
    conditions = [*search_conditions(search, session), *(narrowed or Narrowing()).conditions(as_of)]
    matching = total
    if conditions:
        matching_query = matching_query.where(*conditions)
        matching = session.scalar(select(func.count()).select_from(matching_query.subquery())) or 0
    # The oldest is the one born first.
    falling = descending != (order == "age")
    key = _order(order, as_of)
    page = matching_query.order_by(
        key.is_(None), key.desc() if falling else key.asc(), PersonSearch.pinyin, Person.id
    )
    ids = list(session.scalars(page.offset(offset).limit(limit)))
    rows = [
        row
        for start in range(0, len(ids), _AT_ONCE)
        for row in _rows(session, ids[start : start + _AT_ONCE], as_of)
    ]
    return Roll(tuple(rows), matching, total)


def roll_choices(session: Session, code: str, as_of: date) -> dict[str, str]:
    """Give the values that a fact has among the people in care, the commonest first."""
    found = session.execute(
        select(Fact.value, func.count(Fact.person_id.distinct()).label("n"))
        .join(Person, Person.id == Fact.person_id)
        .where(Fact.code == code, Fact.value != "", holds_on(as_of), in_care_on(as_of))
        .group_by(Fact.value)
        .order_by(func.count(Fact.person_id.distinct()).desc(), Fact.value)
        .limit(_CHOICES)
    )
    return {value: fact(code).show(value) for value, _n in found}


def _order(order: str, as_of: date) -> ColumnElement[Any]:
    """Give what to sort by, one value a person."""
    if order == "age":
        return Person.__table__.c.born_on_earliest
    if order == "contact":
        return _last_reached(as_of)
    if order in ("unit", "community"):
        return func.nullif(PersonSearch.__table__.c[order], "")
    if order in _SHOWN:
        # By the order of the list: good before poor, not the alphabet of the codes.
        entries = code_list(fact(order).list).entries
        places = {one.code: place for place, one in enumerate(entries)}
        return case(places, value=said_of(order))
    return PersonSearch.__table__.c.pinyin


def _last_reached(as_of: date) -> ColumnElement[Any]:
    """Give the day each person was last reached; the latest is the fewest days ago."""
    return (
        select(func.max(Contact.happened_on))
        .join(ContactPerson, ContactPerson.contact_id == Contact.id)
        .where(ContactPerson.person_id == Person.id, reached(), Contact.happened_on <= as_of)
        .correlate(Person)
        .scalar_subquery()
    )


def _rows(session: Session, ids: Sequence[int], as_of: date) -> Sequence[RollRow]:
    """Read what is shown of the people of one page: three queries, whatever the page."""
    known: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for person_id, code, value in session.execute(
        select(Fact.person_id, Fact.code, Fact.value).where(
            Fact.person_id.in_(ids), Fact.code.in_(_SHOWN), holds_on(as_of)
        )
    ):
        known[person_id][code].append(fact(code).show(value))
    last = {person_id: day for person_id, day in session.execute(_last_of(ids, as_of))}
    people = {one.id: one for one in session.scalars(select(Person).where(Person.id.in_(ids)))}
    return [
        RollRow(
            person_id=one,
            name=people[one].name,
            sex=people[one].sex,
            age=certain_age(people[one].born_on_earliest, people[one].born_on_latest, as_of),
            facts={code: "、".join(known[one][code]) for code in _SHOWN},
            days_since_contact=(as_of - last[one]).days if one in last else None,
        )
        for one in ids
    ]


def _last_of(ids: Sequence[int], as_of: date) -> Select[int, date]:
    return (
        select(ContactPerson.person_id, func.max(Contact.happened_on))
        .join(Contact, ContactPerson.contact_id == Contact.id)
        .where(ContactPerson.person_id.in_(ids), reached(), Contact.happened_on <= as_of)
        .group_by(ContactPerson.person_id)
    )

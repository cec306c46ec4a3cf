"""The people of a board: one row a person, with the columns that figures test and lists sort by.

Decides what each column means, once: a figure counts these rows and a list shows them. Only the
columns that are asked for are computed, so that a count costs no more than it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, case, exists, func, literal, select

from casework.indicators.ages import age, age_band, highest_age, lowest_age
from casework.indicators.groups import any_of, groups_counted, verdict
from casework.indicators.pairing import pair_full, pair_target
from casework.indicators.scope import Scope, in_scope
from casework.records import (
    CareTeamMember,
    Contact,
    ContactPerson,
    Organisation,
    Person,
    Staff,
    covers,
    reached,
)
from casework.records.base import Day
from casework.records.population import population, said_of

__all__ = ["last_reached", "people", "reached_people"]

_OF_PERSON = frozenset({"name", "name_pinyin", "name_initials"})


def people(scope: Scope, wanted: Collection[str], only: Sequence[int] | None = None) -> Subquery:
    """Give the people of a board, one row each.

    Parameters
    ----------
    only : sequence of int or None
        Ids of some persons, to ask about these alone.
    wanted : collection of str
        Columns besides ``person_id``: ``name``, ``name_pinyin``, ``sex``, ``unit_id``,
        ``unit_name``, ``born``, ``category``, ``age``, ``age_low``, ``age_high``, ``age_band``,
        ``charted`` (1 where sex and band are certain, else 0),
        ``recent`` and ``in_period`` (reached: 1 or 0), ``no_record`` (no contact ever reached:
        1 or 0), ``last_on`` (day last reached), ``caseworker`` (somebody at work has the seat:
        1 or 0), ``pair_target`` (whether a helper is asked for: 1, 0 or NULL where it is not known)
        and ``pair_full`` (no seat is empty that is asked for: 1 or 0),
        ``group_CODE`` and ``group_any`` (1, 0 or NULL where it is not known).

    Raises
    ------
    KeyError
        If there is no such column.
    """
    return _Columns(scope, only).of(wanted)


def reached_people(scope: Scope, since: date) -> Select[int]:
    """Give the persons reached from a day to the day of the board, once each."""
    return (
        select(ContactPerson.person_id)
        .distinct()
        .join(Contact, ContactPerson.contact_id == Contact.id)
        .where(
            Contact.happened_on >= literal(since, Day()),
            Contact.happened_on <= literal(scope.as_of, Day()),
            reached(),
        )
    )


def last_reached(scope: Scope) -> ColumnElement[Any]:
    """Give the day on which a person was last reached, up to the day asked; NULL for never."""
    return (
        select(func.max(Contact.happened_on))
        .join(ContactPerson, ContactPerson.contact_id == Contact.id)
        .where(
            ContactPerson.person_id == population().c.person_id,
            Contact.happened_on <= literal(scope.as_of, Day()),
            reached(),
        )
        .correlate(population())
        .scalar_subquery()
    )


class _Columns:
    """Puts together the query: its columns and the joins that they need."""

    def __init__(self, scope: Scope, only: Sequence[int] | None) -> None:
        self.scope = scope
        self.only = only
        self.joins: list[tuple[Any, ColumnElement[bool]]] = []
        self.reached: dict[date, ColumnElement[Any]] = {}

    def of(self, wanted: Collection[str]) -> Subquery:
        groups = self._groups(wanted)
        person_id = population().c.person_id
        columns = [person_id.label("person_id")]
        for name in sorted(set(wanted) - {"person_id"}):
            found = groups[name] if name in groups else self._column(name)
            columns.append(found.label(name))
        query = select(*columns).select_from(population()).where(in_scope(self.scope))
        if _OF_PERSON & set(wanted):
            query = query.join(Person, Person.id == person_id)
        if self.only is not None:
            query = query.where(person_id.in_(self.only))
        for table, on in self.joins:
            query = query.join(table, on, isouter=True)
        return query.subquery("people")

    def _column(self, name: str) -> ColumnElement[Any]:
        on = self.scope.as_of
        plain: dict[str, Any] = {
            "name": Person.name,
            "name_pinyin": Person.name_pinyin,
            "name_initials": Person.name_initials,
            "sex": population().c.sex,
            "unit_id": population().c.unit_id,
            "born": population().c.born_on_earliest,
            "category": said_of("category"),
        }
        if name in plain:
            return plain[name]  # type: ignore[no-any-return]
        made: dict[str, Callable[[], ColumnElement[Any]]] = {
            "age": lambda: age(on),
            "age_low": lambda: lowest_age(on),
            "age_high": lambda: highest_age(on),
            "age_band": lambda: age_band(on),
            "charted": lambda: case(
                (population().c.sex.is_not(None) & age_band(on).is_not(None), 1), else_=0
            ),
            "recent": lambda: self._reached(self.scope.recent_since),
            "in_period": lambda: self._reached(self.scope.since),
            "last_on": lambda: last_reached(self.scope),
            "no_record": self._no_record,
            "caseworker": self._caseworker,
            "unit_name": self._unit_name,
            "pair_target": lambda: pair_target(self.scope),
            "pair_full": lambda: pair_full(self.scope),
        }
        return made[name]()

    def _reached(self, since: date) -> ColumnElement[int]:
        """Tell who was reached since a day; asked twice, the contacts are read once."""
        if since not in self.reached:
            found = reached_people(self.scope, since).subquery()
            self.reached[since] = found.c.person_id
            self.joins.append((found, found.c.person_id == population().c.person_id))
        return case((self.reached[since].is_not(None), 1), else_=0)

    def _no_record(self) -> ColumnElement[int]:
        ever = (
            exists()
            .where(
                ContactPerson.person_id == population().c.person_id,
                Contact.id == ContactPerson.contact_id,
                Contact.happened_on <= literal(self.scope.as_of, Day()),
                reached(),
            )
            .correlate(population())
        )
        return case((self._reached(self.scope.recent_since) == 1, 0), (ever, 0), else_=1)

    def _caseworker(self) -> ColumnElement[int]:
        on = self.scope.as_of
        seated = (
            exists()
            .where(
                CareTeamMember.person_id == population().c.person_id,
                CareTeamMember.role == "caseworker",
                CareTeamMember.superseded_at.is_(None),
                covers(CareTeamMember.valid_from, CareTeamMember.valid_to, on),  # type: ignore[arg-type]
                Staff.id == CareTeamMember.staff_id,
                covers(Staff.active_from, Staff.active_to, on),  # type: ignore[arg-type]
            )
            .correlate(population())
        )
        return case((seated, 1), else_=0)

    def _unit_name(self) -> ColumnElement[Any]:
        self.joins.append((Organisation, Organisation.id == population().c.unit_id))
        return Organisation.name  # type: ignore[return-value]

    def _groups(self, wanted: Collection[str]) -> dict[str, ColumnElement[Any]]:
        """Tell the groups that are asked for."""
        all_of = "group_any" in wanted
        groups = [
            one for one in groups_counted(self.scope) if all_of or f"group_{one.code}" in wanted
        ]
        told = {f"group_{one.code}": verdict(self.scope, one) for one in groups}
        return {**told, "group_any": any_of(list(told.values()))} if all_of else told

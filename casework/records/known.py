"""What is known of everybody on a day, as one relation: one row a person, one column a subject.

Decides where each subject of a rule's condition stands in the tables and what counts as unknown;
leaves the conditions to :mod:`casework.rules`. Only the facts that are asked for are read. The same
relation serves all people at once and one person with an explanation.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    and_,
    case,
    func,
    literal,
    null,
    select,
)
from sqlalchemy.orm import Session

from casework.occasions import days_before
from casework.records.base import Day
from casework.records.known_groups import GroupParts
from casework.records.known_parts import Cells, Grouping, Limits, Part, Persons
from casework.records.known_records import RecordParts
from casework.records.people import Fact, Person, holds_on, in_care_on
from casework.reference import code_list, fact
from casework.rules.evaluate import Value, Values
from casework.rules.sql import Columns, as_number, condition
from casework.rules.tree import FIRST_DAY, Node, Subject, subjects_of

__all__ = ["Known", "departed_on", "known_on", "people_around"]

_FAREWELL_DAYS = 92


@dataclass(frozen=True)
class Known:
    """The relation of what is known: where it comes from, and where each subject stands in it."""

    source: FromClause
    columns: Columns
    who: ColumnElement[bool]

    def select(self, *entities: Any) -> Select[Any]:
        """Select from the relation, the people concerned only."""
        return select(*entities).select_from(self.source).where(self.who)

    def select_values(self, *entities: Any) -> Select[Any]:
        """Select further columns and then the value of every subject, as `values` reads them."""
        named = [
            column.label(f"s{number}_{part}")
            for number, columns in enumerate(self.columns.values())
            for part, column in enumerate(columns)
        ]
        return self.select(*entities, *named)

    def values(self, row: Sequence[Any], after: int = 0) -> Values:
        """Read the values of a row of `select_values`, which begins with other columns."""
        found: dict[Subject, Value] = {}
        place = after
        for subject, columns in self.columns.items():
            found[subject] = _value(subject, row[place : place + len(columns)])
            place += len(columns)
        return found


def _value(subject: Subject, cells: Sequence[Any]) -> Value:
    if subject.kind == "date":
        return None if cells[0] is None and cells[1] is None else (cells[0], cells[1])
    if subject.kind == "tally":
        return None if cells[0] is None else (int(cells[0]), int(cells[1]))
    value: Value = cells[0]
    return bool(value) if subject.kind == "flag" and value is not None else value


def people_around(
    session: Session, subjects: Iterable[Subject], persons: Collection[int], day: date
) -> set[int]:
    """Name the people in care whose reading may hang on these persons: spouses, neighbours.

    Empty where no subject asks about others.
    """
    groups = {one.name for one in subjects if one.source == "group"}
    if not groups or not persons:
        return set()
    around = GroupParts(day, (), Limits.to(persons)).around(groups)
    found = session.scalars(select(Person.id).where(Person.id.in_(around), in_care_on(day)))
    return set(found) - set(persons)


def _members(
    node: Node | None, day: date, outcomes: Collection[str], persons: Select[Any] | None
) -> Select[Any]:
    """Select people in care with what is asked of them: ``person_id``, and ``met`` 1, 0 or NULL."""
    asked = subjects_of(node) if node is not None else frozenset()
    known = known_on(asked, day, outcomes=outcomes, persons=persons)
    met = as_number(condition(node, known.columns, day)) if node is not None else literal(1)
    return known.select(Person.id.label("person_id"), met.label("met"))


def departed_on(as_of: date) -> ColumnElement[bool]:
    """Tell who died in the last three months: whose family something is still owed to."""
    return and_(
        Person.merged_into_id.is_(None),
        Person.withdrawn_at.is_(None),
        Person.died_on <= literal(as_of, Day()),
        Person.died_on >= literal(days_before(as_of, _FAREWELL_DAYS), Day()),
    )


def known_on(
    subjects: Iterable[Subject],
    day: date,
    *,
    outcomes: Collection[str],
    departed: bool = False,
    persons: Persons = None,
) -> Known:
    """Build the relation of what is known on a day, by what is known now.

    Parameters
    ----------
    subjects : iterable of Subject
        What is asked for; nothing else is read.
    outcomes : collection of str
        Outcomes of a contact that count as having reached somebody.
    departed : bool
        The people who died lately instead of those in care.
    persons : collection of int, (first, last), or query of ids
        Only these, or only those with ids from first to last; None for everybody.
    """
    asked = sorted(set(subjects))
    limits = Limits.to(persons)
    builder = _Builder(day, tuple(outcomes), limits)
    recorded = RecordParts(day, tuple(outcomes), limits)
    others = GroupParts(day, tuple(outcomes), limits)
    source: FromClause = Person.__table__
    columns: Cells = {}
    for part in (
        builder.persons(asked),
        builder.facts(asked),
        builder.dates(asked),
        builder.endings(asked),
        *recorded.parts(asked),
        *others.parts(asked, _members),
    ):
        if part.columns and part.source is not None:
            source = source.outerjoin(part.source, part.source.c.person_id == Person.id)
        columns |= part.columns
    who = departed_on(day) if departed else in_care_on(day)
    ordered = {subject: columns[subject] for subject in asked}
    return Known(source, ordered, and_(who, limits.of(Person.id)))


class _Builder(Grouping):
    """Builds one grouped query a table, each with the columns of its subjects."""

    def persons(self, asked: Sequence[Subject]) -> Part:
        table = Person.__table__.c
        stored: dict[str, tuple[ColumnElement[Any], ...]] = {
            "sex": (table.sex,),
            "born_on": (table.born_on_earliest, table.born_on_latest),
            "died_on": (table.died_on, table.died_on),
        }
        found = {one: stored[one.name] for one in asked if one.source == "person"}
        return Part(None, found)

    def facts(self, asked: Sequence[Subject]) -> Part:
        """Read facts that are codes or words, which stand in an index by themselves."""
        mine = [one for one in asked if one.source in ("fact", "has", "count", "began")]
        return self._facts([one for one in mine if one.source != "fact" or not _is_measured(one)])

    def dates(self, asked: Sequence[Subject]) -> Part:
        """Read facts that are dates or numbers."""
        return self._facts([one for one in asked if one.source == "fact" and _is_measured(one)])

    def _facts(self, mine: Sequence[Subject]) -> Part:
        where = and_(Fact.code.in_(sorted({one.name for one in mine})), holds_on(self.day))
        return self.grouped(Fact, where, {one: _fact_columns(one) for one in mine})

    def endings(self, asked: Sequence[Subject]) -> Part:
        mine = [one for one in asked if one.source == "ended"]
        where = and_(
            Fact.code.in_(sorted({one.name for one in mine})),
            Fact.superseded_at.is_(None),
            Fact.valid_to < literal(self.day, Day()),
        )
        columns = {}
        for one in mine:
            here = and_(Fact.code == one.name, Fact.value.in_(one.args))
            columns[one] = (func.max(case((here, Fact.valid_to))),)
        return self.never(self.grouped(Fact, where, columns))


def _is_measured(subject: Subject) -> bool:
    return subject.kind in ("date", "number")


def _fact_columns(subject: Subject) -> tuple[ColumnElement[Any], ...]:
    """Pick a subject's value out of a person's facts; NULL where nothing is known."""
    here = Fact.code == subject.name
    if subject.source == "has":
        found = case((and_(here, Fact.value.in_(subject.args)), 1), (here, 0))
        return (func.max(found, type_=Integer()),)
    if subject.source == "count":
        return (func.sum(case((and_(here, Fact.value != ""), 1), (here, 0))),)
    if subject.source == "began":
        since = func.coalesce(Fact.valid_from, literal(FIRST_DAY, Day()))
        day = func.max(case((and_(here, Fact.value != ""), since)))
        return (day, day)
    definition = fact(subject.name)
    if subject.kind == "date":
        return (func.min(case((here, Fact.earliest))), func.max(case((here, Fact.latest))))
    if subject.kind == "number":
        return (func.max(case((here, Fact.number))),)
    if subject.kind == "flag":
        yes, no = and_(here, Fact.value == "yes"), and_(here, Fact.value == "no")
        return (func.max(case((yes, 1), (no, 0), else_=null())),)
    if definition.list:
        codes = [entry.code for entry in code_list(definition.list).entries]
        return (func.max(case((and_(here, Fact.value.in_(codes)), Fact.value))),)
    return (func.max(case((and_(here, Fact.value != ""), Fact.value))),)

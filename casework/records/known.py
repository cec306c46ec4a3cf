"""What is known of everybody on a day, as one relation: one row a person, one column a subject.

Decides where each subject of a rule's condition stands in the tables and what counts as unknown;
leaves the conditions to :mod:`casework.rules`. Only the facts that are asked for are read. The same
relation serves all people at once and one person with an explanation: everybody is read from the
population, a few people from their facts, where what the same transaction wrote stands already. A
test holds the two equal.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Subquery,
    and_,
    case,
    func,
    literal,
    null,
    select,
    true,
)

from casework.occasions import days_before, months_before
from casework.records.base import Day, Flag
from casework.records.contacts import Contact, ContactPerson
from casework.records.needs import Assessment, Need
from casework.records.people import Fact, Person, SeasonalStay, covers, holds_on, in_care_on
from casework.records.population import (
    FROM,
    NUMBER_OF,
    TO,
    codes_of,
    holds_any,
    population,
    population_on,
    said_of,
)
from casework.reference import fact, facts
from casework.rules.evaluate import Value, Values
from casework.rules.sql import Columns
from casework.rules.tree import FIRST_DAY, Subject

__all__ = ["Known", "departed_on", "known_on"]

_FAREWELL_DAYS = 92


@dataclass(frozen=True)
class Known:
    """The relation of what is known: where it comes from, and where each subject stands in it."""

    source: FromClause
    columns: Columns
    who: ColumnElement[bool]
    person_id: ColumnElement[int]

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
    value: Value = cells[0]
    return bool(value) if subject.kind == "flag" and value is not None else value


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
    persons: Collection[int] | tuple[int, int] | None = None,
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
    persons : collection of int, or (first, last)
        Only these, or only those with ids from first to last; None for everybody.
    """
    asked = sorted(set(subjects))
    if isinstance(persons, tuple):
        limits = _Limits(first=persons[0], last=persons[1])
    else:
        limits = _Limits(ids=None if persons is None else tuple(persons))
    everybody = limits.ids is None and not departed
    builder = (_OfEverybody if everybody else _Builder)(day, tuple(outcomes), limits)
    source: FromClause = builder.source
    columns: dict[Subject, tuple[ColumnElement[Any], ...]] = {}
    for part in builder.parts(asked):
        if part.columns and part.source is not None:
            source = source.outerjoin(part.source, part.source.c.person_id == builder.person_id)
        columns |= part.columns
    who = departed_on(day) if departed else builder.in_care()
    ordered = {subject: columns[subject] for subject in asked}
    where = and_(who, limits.of(builder.person_id))
    return Known(source, ordered, where, builder.person_id)


@dataclass(frozen=True)
class _Limits:
    ids: tuple[int, ...] | None = None
    first: int | None = None
    last: int | None = None

    def of(self, column: Any) -> ColumnElement[bool]:
        if self.ids is not None:
            return column.in_(self.ids)  # type: ignore[no-any-return]
        if self.first is not None and self.last is not None:
            return column.between(self.first, self.last)  # type: ignore[no-any-return]
        return true()


@dataclass(frozen=True)
class _Part:
    source: Subquery | None
    columns: dict[Subject, tuple[ColumnElement[Any], ...]]


class _Builder:
    """Builds one grouped query a table, each with the columns of its subjects."""

    def __init__(self, day: date, outcomes: tuple[str, ...], limits: _Limits) -> None:
        self.day = day
        self.outcomes = outcomes
        self.limits = limits

    @property
    def source(self) -> FromClause:
        """The table with a row for each person."""
        return Person.__table__

    @property
    def person_id(self) -> ColumnElement[int]:
        """The column of `source` that names the person."""
        return Person.__table__.c.id

    def in_care(self) -> ColumnElement[bool]:
        """Tell who is in care on the day."""
        return in_care_on(self.day)

    def parts(self, asked: Sequence[Subject]) -> Iterable[_Part]:
        """Give the relation piece by piece, each with the subjects that it knows."""
        yield self.persons(asked)
        yield self.facts(asked)
        yield self.dates(asked)
        yield self.endings(asked)
        yield self.contacts(asked)
        yield self.assessments(asked)
        yield self.needs(asked)
        yield self.stays(asked)

    def persons(self, asked: Sequence[Subject]) -> _Part:
        table = Person.__table__.c
        stored: dict[str, tuple[ColumnElement[Any], ...]] = {
            "sex": (table.sex,),
            "born_on": (table.born_on_earliest, table.born_on_latest),
            "died_on": (table.died_on, table.died_on),
        }
        found = {one: stored[one.name] for one in asked if one.source == "person"}
        return _Part(None, found)

    def facts(self, asked: Sequence[Subject]) -> _Part:
        """Read facts that are codes or words, which stand in an index by themselves."""
        mine = [one for one in asked if one.source in ("fact", "has", "count", "began")]
        return self._facts([one for one in mine if one.source != "fact" or not _is_measured(one)])

    def dates(self, asked: Sequence[Subject]) -> _Part:
        """Read facts that are dates or numbers."""
        return self._facts([one for one in asked if one.source == "fact" and _is_measured(one)])

    def _facts(self, mine: Sequence[Subject]) -> _Part:
        where = and_(Fact.code.in_(sorted({one.name for one in mine})), holds_on(self.day))
        return self._grouped(Fact, where, {one: _fact_columns(one) for one in mine})

    def endings(self, asked: Sequence[Subject]) -> _Part:
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
        return self._never(self._grouped(Fact, where, columns))

    def contacts(self, asked: Sequence[Subject]) -> _Part:
        last = [one for one in asked if one.source == "last_contact"]
        counts = [one for one in asked if one.source == "contacts"]
        inner = (
            select(ContactPerson.person_id, Contact.channel, Contact.happened_on)
            .join(Contact, Contact.id == ContactPerson.contact_id)
            .where(
                Contact.withdrawn_at.is_(None),
                ContactPerson.outcome.in_(self.outcomes),
                Contact.happened_on <= literal(self.day, Day()),
                self.limits.of(ContactPerson.person_id),
            )
            .subquery("met")
        )
        columns: dict[Subject, tuple[ColumnElement[Any], ...]] = {}
        for one in last:
            day = case((_by(inner.c.channel, one.args), inner.c.happened_on))
            columns[one] = (func.max(day),)
        for one in counts:
            amount, unit, *channels = one.args
            since = literal(self._back(int(amount), str(unit)), Day())
            here = and_(_by(inner.c.channel, channels), inner.c.happened_on > since)
            columns[one] = (func.sum(case((here, 1), else_=0)),)
        part = self._grouped(inner, None, columns)
        never = self._never(_Part(part.source, {one: part.columns[one] for one in last}))
        none = {one: (func.coalesce(part.columns[one][0], 0),) for one in counts}
        return _Part(part.source, {**never.columns, **none})

    def assessments(self, asked: Sequence[Subject]) -> _Part:
        mine = [one for one in asked if one.source in ("level", "assessed_on")]
        newest = func.row_number().over(
            partition_by=(Assessment.person_id, Assessment.instrument),
            order_by=(Assessment.assessed_on.desc(), Assessment.id.desc()),
        )
        inner = (
            select(
                Assessment.person_id,
                Assessment.instrument,
                Assessment.level,
                Assessment.assessed_on,
                newest.label("place"),
            )
            .where(
                Assessment.superseded_at.is_(None),
                Assessment.complete == literal(True, Flag()),
                Assessment.assessed_on <= literal(self.day, Day()),
                Assessment.instrument.in_(sorted({one.name for one in mine})),
                self.limits.of(Assessment.person_id),
            )
            .subquery("assessed")
        )
        columns: dict[Subject, tuple[ColumnElement[Any], ...]] = {}
        for one in mine:
            here = and_(inner.c.instrument == one.name, inner.c.place == 1)
            what = inner.c.level if one.source == "level" else inner.c.assessed_on
            columns[one] = (func.max(case((here, what))),)
        part = self._grouped(inner, None, columns)
        days = {one: part.columns[one] for one in mine if one.source == "assessed_on"}
        return _Part(part.source, {**part.columns, **self._never(_Part(None, days)).columns})

    def needs(self, asked: Sequence[Subject]) -> _Part:
        mine = [one for one in asked if one.source == "needs"]
        where = covers(Need.opened_on, Need.closed_on, self.day)  # type: ignore[arg-type]
        columns = {one: (func.sum(case((_by(Need.domain, one.args), 1), else_=0)),) for one in mine}
        part = self._grouped(Need, where, columns)
        return _Part(
            part.source, {one: (func.coalesce(cells[0], 0),) for one, cells in part.columns.items()}
        )

    def stays(self, asked: Sequence[Subject]) -> _Part:
        mine = [one for one in asked if one.source == "away"]
        where = and_(
            SeasonalStay.superseded_at.is_(None),
            covers(SeasonalStay.away_from, SeasonalStay.away_to, self.day),  # type: ignore[arg-type]
        )
        part = self._grouped(SeasonalStay, where, {one: (func.max(literal(1)),) for one in mine})
        return _Part(
            part.source, {one: (func.coalesce(cells[0], 0),) for one, cells in part.columns.items()}
        )

    def _grouped(
        self,
        table: Any,
        where: ColumnElement[bool] | None,
        columns: Mapping[Subject, tuple[ColumnElement[Any], ...]],
    ) -> _Part:
        """Group a table by person, with one or two columns a subject."""
        if not columns:
            return _Part(None, {})
        person = table.c.person_id if isinstance(table, Subquery) else table.person_id
        named = [
            column.label(f"c{number}_{part}")
            for number, cells in enumerate(columns.values())
            for part, column in enumerate(cells)
        ]
        query = select(person.label("person_id"), *named).group_by(person)
        if where is not None:
            query = query.where(where, self.limits.of(person))
        grouped = query.subquery()
        return _Part(
            grouped,
            {
                subject: tuple(grouped.c[f"c{number}_{part}"] for part in range(len(cells)))
                for number, (subject, cells) in enumerate(columns.items())
            },
        )

    def _never(self, part: _Part) -> _Part:
        """Put the first day of the calendar where our own records know of no day: never."""
        first = literal(FIRST_DAY, Day())
        known = {one: func.coalesce(cells[0], first) for one, cells in part.columns.items()}
        return _Part(part.source, {one: (cell, cell) for one, cell in known.items()})

    def _back(self, amount: int, unit: str) -> date:
        if unit in ("month", "year"):
            return months_before(self.day, amount * (12 if unit == "year" else 1))
        return days_before(self.day, amount * (7 if unit == "week" else 1))


class _OfEverybody(_Builder):
    """Reads facts from the population, where everybody's stand side by side."""

    @property
    def source(self) -> FromClause:
        """The population; the record of the person costs nothing unless it is asked for."""
        table = population()
        return table.outerjoin(Person.__table__, Person.id == table.c.person_id)

    @property
    def person_id(self) -> ColumnElement[int]:
        """The person of a row of the population."""
        return population().c.person_id

    def in_care(self) -> ColumnElement[bool]:
        """Tell which rows of the population are about the day."""
        return population_on(self.day)

    def parts(self, asked: Sequence[Subject]) -> Iterable[_Part]:
        """Give what the population holds, then the rest from its own tables."""
        standing = {one: columns for one in asked if (columns := _standing(one))}
        yield _Part(None, standing)
        yield from super().parts([one for one in asked if one not in standing])


def _standing(subject: Subject) -> tuple[ColumnElement[Any], ...] | None:
    """Give the columns of the population that hold a subject; None where none do."""
    if subject.source == "person":
        stored = population().c
        if subject.name == "born_on":
            return (stored.born_on_earliest, stored.born_on_latest)
        found = stored[subject.name]
        return (found, found) if subject.kind == "date" else (found,)
    definition = facts().get(subject.name)
    if definition is None:
        return None
    if definition.multiple:
        if subject.source == "count":
            return (said_of(subject.name, NUMBER_OF),)
        if subject.source == "has" and definition.list:
            return (holds_any(subject.name, [str(one) for one in subject.args]),)
        return None
    if subject.source != "fact" or definition.kind == "text":
        return None
    if definition.kind == "date":
        return (said_of(subject.name, FROM), said_of(subject.name, TO))
    return (said_of(subject.name),)


def _is_measured(subject: Subject) -> bool:
    return subject.kind in ("date", "number")


def _fact_columns(subject: Subject) -> tuple[ColumnElement[Any], ...]:
    """Pick a subject's value out of a person's facts; NULL where nothing is known for certain."""
    here = Fact.code == subject.name
    definition = fact(subject.name)
    if subject.source == "has":
        return (_has(here, [str(one) for one in subject.args], codes_of(definition)),)
    if subject.source == "count":
        different = func.count(case((and_(here, Fact.value != ""), Fact.value)).distinct())
        return (case((func.max(case((here, 1))) == 1, different)),)
    if subject.source == "began":
        since = func.coalesce(Fact.valid_from, literal(FIRST_DAY, Day()))
        day = func.max(case((and_(here, Fact.value != ""), since)))
        return (day, day)
    if subject.kind == "date":
        return (func.min(case((here, Fact.earliest))), func.max(case((here, Fact.latest))))
    if subject.kind == "number":
        return (_agreed(case((here, Fact.number))),)
    if definition.kind == "text":
        return (_agreed(case((and_(here, Fact.value != ""), Fact.value))),)
    value = _agreed(case((here, Fact.value)))
    if subject.kind == "flag":
        return (case((value == "yes", 1), (value == "no", 0), else_=null()),)
    return (case((value.in_(sorted(codes_of(definition))), value)),)


def _agreed(value: ColumnElement[Any]) -> ColumnElement[Any]:
    """Give the value that all of a person's rows say; two that differ contradict each other."""
    return case((func.min(value) == func.max(value), func.max(value)))


def _has(
    here: ColumnElement[bool], wanted: Sequence[str], codes: Collection[str]
) -> ColumnElement[int | None]:
    """Tell whether one of some values holds; a word outside the code list may mean one of them."""
    asked = and_(here, Fact.value.in_(wanted))
    if not codes:
        return func.max(case((asked, 1), (here, 0)), type_=Integer())
    other = and_(here, Fact.value.not_in(["", *codes]))
    best = func.max(case((asked, 2), (other, 1), (here, 0)), type_=Integer())
    return case((best == 2, 1), (best == 0, 0))


def _by(column: Any, accepted: Sequence[str | int]) -> ColumnElement[bool]:
    """Tell whether a column holds one of these; anything where none are named."""
    return column.in_(accepted) if accepted else true()

"""What is known of everybody on a day, as one relation: one row a person, one column a subject.

Decides where each subject of a rule's condition stands in the tables and what counts as unknown;
leaves the conditions to :mod:`casework.rules`. Only the facts that are asked for are read. The same
relation serves all people at once and one person with an explanation: everybody is read from the
population, a few people from their facts, where what the same transaction wrote stands already. A
test holds the two equal.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial
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
from casework.records.base import Day, day_after
from casework.records.known_groups import GroupParts
from casework.records.known_parts import Cells, Grouping, Limits, Part, Persons
from casework.records.known_records import RecordParts
from casework.records.people import (
    CareTeamMember,
    Fact,
    Person,
    SeasonalStay,
    holds_on,
    in_care_on,
)
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
from casework.rules.sql import Columns, as_number, condition
from casework.rules.tree import FIRST_DAY, Node, Subject, subjects_of

__all__ = ["Known", "departed_on", "event_days", "known_on", "people_around"]

_FAREWELL_DAYS = 92
_AROUND_ONE = 300  # as many plans are drawn up anew in less than half a second
_AROUND_AT_MOST = 5_000


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
        cells = tuple(row)
        for subject, kind, place in self._places:
            value = cells[after + place]
            if kind == "date":
                last = cells[after + place + 1]
                value = None if value is None and last is None else (value, last)
            elif value is not None and kind == "tally":
                value = (int(value), int(cells[after + place + 1]))
            elif value is not None and kind == "flag":
                value = bool(value)
            found[subject] = value
        return found

    @cached_property
    def _places(self) -> list[tuple[Subject, str, int]]:
        """Each subject with the kind of its value and the place of its first column."""
        places: list[tuple[Subject, str, int]] = []
        place = 0
        for subject, columns in self.columns.items():
            places.append((subject, subject.kind, place))
            place += len(columns)
        return places


def event_days(
    session: Session, event: Subject, first: date, last: date
) -> Iterator[tuple[int, date]]:
    """Yield who had an event between two days, and when; days known by the month only are left out.

    Parameters
    ----------
    event : Subject
        What an `AfterEvent` timing waits on.
    """
    stands = Fact.superseded_at.is_(None)
    if event.source == "person":
        found: Any = select(Person.id, Person.died_on).where(Person.died_on.is_not(None))
    elif event.source == "began":
        found = select(Fact.person_id, Fact.valid_from).where(
            Fact.code == event.name, Fact.value != "", Fact.valid_from.is_not(None), stands
        )
    elif event.source == "ended":
        found = select(Fact.person_id, day_after(Fact.valid_to)).where(
            Fact.code == event.name, Fact.value.in_(event.args), Fact.valid_to.is_not(None), stands
        )
    elif event.source == "fact":
        found = select(Fact.person_id, Fact.latest).where(
            Fact.code == event.name, Fact.earliest == Fact.latest, stands
        )
    elif event.source == "seat_since":
        found = select(CareTeamMember.person_id, CareTeamMember.valid_from).where(
            CareTeamMember.role == event.name,
            CareTeamMember.valid_from.is_not(None),
            CareTeamMember.superseded_at.is_(None),
        )
    else:
        back = event.source == "back_on"
        day = day_after(SeasonalStay.away_to) if back else SeasonalStay.away_from
        found = select(SeasonalStay.person_id, day).where(
            day.is_not(None), SeasonalStay.superseded_at.is_(None)
        )
    for person_id, on in session.execute(found.order_by(*found.selected_columns)):
        if first <= on <= last:
            yield person_id, on


def people_around(
    session: Session, subjects: Iterable[Subject], persons: Collection[int], day: date
) -> set[int]:
    """Name the people in care whose reading may hang on these persons: spouses, neighbours.

    Empty where no subject asks about others. A group of very many, as everybody of a large
    community, is left out whole: whoever writes about one person does not wait for theirs, and the
    run for everybody finds whose reading did change.
    """
    groups = {one.name for one in subjects if one.source == "group"}
    if not groups or not persons:
        return set()
    parts = GroupParts(day, (), Limits.to(persons))
    most = min(_AROUND_ONE * len(persons), _AROUND_AT_MOST)
    around: set[int] = set()
    for group in sorted(groups):
        here = Person.id.in_(parts.around({group}))
        query = select(Person.id).where(here, in_care_on(day))
        found = session.scalars(query.limit(most + len(persons) + 1)).all()
        others = set(found).difference(persons)
        if len(others) <= most:
            around |= others
    return around


def _members(
    standing: bool,
    node: Node | None,
    day: date,
    outcomes: Collection[str],
    persons: Select[Any] | None,
) -> Select[Any]:
    """Select people in care with what is asked of them: ``person_id``, and ``met`` 1, 0 or NULL."""
    asked = subjects_of(node) if node is not None else frozenset()
    known = known_on(asked, day, outcomes=outcomes, persons=persons, standing=standing)
    met = as_number(condition(node, known.columns, day)) if node is not None else literal(1)
    return known.select(known.person_id.label("person_id"), met.label("met"))


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
    standing: bool | None = None,
    others: Part | None = None,
    enough: Mapping[Subject, int] | None = None,
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
    standing : bool or None
        Whether to read the population, which is up to date when a transaction begins; else the
        facts themselves. None chooses by how many are asked about.
    others : Part or None
        What is asked about people around the person, where that was worked out before.
    enough : mapping of Subject to int
        As `GroupParts` takes it.
    """
    asked = sorted(set(subjects))
    limits = Limits.to(persons)
    if standing is None:
        standing = not departed and limits.many
    builder = (_OfEverybody if standing else _Builder)(day, tuple(outcomes), limits)
    recorded = RecordParts(day, tuple(outcomes), limits)
    groups = GroupParts(day, tuple(outcomes), limits, enough)
    around = (others,) if others is not None else groups.parts(asked, partial(_members, standing))
    source: FromClause = builder.source
    columns: Cells = {}
    for part in (*builder.parts(asked), *recorded.parts(asked), *around):
        if part.columns and part.source is not None:
            source = source.outerjoin(part.source, part.source.c.person_id == builder.person_id)
        columns |= part.columns
    who = departed_on(day) if departed else builder.in_care()
    ordered = {subject: columns[subject] for subject in asked}
    where = and_(who, limits.of(builder.person_id))
    return Known(source, ordered, where, builder.person_id)


class _Builder(Grouping):
    """Builds one grouped query a table, each with the columns of its subjects."""

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

    def parts(self, asked: Sequence[Subject]) -> Iterable[Part]:
        """Give what persons and their facts say, piece by piece."""
        yield self.persons(asked)
        yield self.facts(asked)
        yield self.dates(asked)
        yield self.endings(asked)

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
            columns[one] = (day_after(func.max(case((here, Fact.valid_to)))),)
        return self.never(self.grouped(Fact, where, columns))


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

    def parts(self, asked: Sequence[Subject]) -> Iterable[Part]:
        """Give what the population holds, then the rest from its own tables."""
        standing = {one: columns for one in asked if (columns := _standing(one))}
        yield Part(None, standing)
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

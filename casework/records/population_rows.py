"""Writing the population: from dated facts, cases and persons to rows of days without a change.

Decides how what is known of a person is cut into spans and what each column of a span holds; the
columns themselves are `casework.records.population`. `settle` writes again exactly the people about
whom something was changed, in the transaction that changed it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cache, partial
from typing import Any, NamedTuple

from sqlalchemy import and_, delete, except_, func, insert, or_, select, update
from sqlalchemy.orm import Session

from casework.records.bulk import Encoder, copy_rows
from casework.records.journal import Setting
from casework.records.people import Case, Fact, Person
from casework.records.population import (
    ODD,
    PERSONAL,
    codes_of,
    columns_digest,
    columns_of,
    population,
)
from casework.records.touched import (
    install_triggers,
    plan_stamp,
    population_due,
    triggers_stand,
)
from casework.reference import FactDefinition, facts
from casework.rules.tree import FIRST_DAY, LAST_DAY

__all__ = ["found_population", "is_present", "rebuild", "settle"]

_AT_ONCE = 2_000
_SETTING = "population"
_FORM = 1
"""To be raised when the same facts fill the same columns otherwise than before."""
_DAY = timedelta(days=1)


class Held(NamedTuple):
    """A fact that was not a mistake, in the form in which the database keeps it."""

    code: str
    value: str
    number: int | None
    earliest: Any
    latest: Any
    valid_from: Any
    valid_to: Any
    verified_on: Any


class Life(NamedTuple):
    """What one person's rows are made of.

    Attributes
    ----------
    personal : tuple
        The columns `PERSONAL` of the person, among them the day of death.
    cases : sequence of (opened, closed)
        None is an open end.
    """

    person_id: int
    personal: tuple[Any, ...]
    died_on: Any
    cases: Sequence[tuple[Any, Any]]
    facts: Sequence[Held]


class Span(NamedTuple):
    """Days, both inclusive, in which nothing changes; ``cells`` are the columns of the facts."""

    first: Any
    last: Any
    cells: tuple[Any, ...]


def settle(session: Session) -> int:
    """Write again the rows of everybody about whom something was changed; give how many people.

    Whoever changes facts, cases or persons need not know of it: the tables themselves note who is
    concerned, and the door settles before it commits.
    """
    session.flush()
    done = 0
    while ids := _due(session):
        _clear(session, ids)
        _write(session, ids)
        done += len(ids)
    return done


def rebuild(session: Session) -> int:
    """Write the whole population anew, whatever it held; give how many people were looked at."""
    session.flush()
    session.execute(delete(population()))
    session.execute(delete(population_due))
    session.execute(insert(population_due).from_select(["person_id"], select(Person.id)))
    return settle(session)


def found_population(session: Session, *, anew: bool = False) -> int:
    """Make the table with the columns of the present vocabulary; give how many people are written.

    Safe to do again at any time: everything in it is derived. Where it has these columns and the
    triggers were at work all the time, only what they noted is written, and whoever has rows
    without being in care, or is in care without rows.

    Parameters
    ----------
    anew : bool
        Write everybody: the tables it is derived from were changed without their triggers.
    """
    connection = session.connection()
    stands = not anew and is_present(session) and triggers_stand(connection)
    if not is_present(session):
        population().drop(connection, checkfirst=True)
        session.merge(Setting(key=_SETTING, value=_digest()))
    population().create(connection, checkfirst=True)
    install_triggers(connection)
    if stands:
        _note_strays(session)
        return settle(session)
    session.execute(update(plan_stamp).values(policy=None))
    return rebuild(session)


def _note_strays(session: Session) -> None:
    """Have those written again who have rows and should not, or have none and should."""
    table, due = population().c, population_due
    noted = select(due.c.person_id)
    alive = and_(Person.merged_into_id.is_(None), Person.withdrawn_at.is_(None))
    cared_for = (
        select(Case.person_id)
        .join(Person, Person.id == Case.person_id)
        .where(
            alive,
            or_(
                Case.opened_on.is_(None), Person.died_on.is_(None), Case.opened_on <= Person.died_on
            ),
        )
        .where(
            or_(
                Case.opened_on.is_(None), Case.closed_on.is_(None), Case.opened_on <= Case.closed_on
            )
        )
    )
    written = select(table.person_id)
    for some, others in ((cared_for, written), (written, cared_for)):
        strays = except_(some, others, noted)
        session.execute(insert(due).from_select(["person_id"], strays))


def is_present(session: Session) -> bool:
    """Tell whether the table has the columns that the present vocabulary asks for."""
    setting = session.get(Setting, _SETTING)
    return setting is not None and setting.value == _digest()


def _digest() -> str:
    return f"{columns_digest()}/{_FORM}"


def _clear(session: Session, ids: Sequence[int]) -> None:
    """Take away the rows of people who are due, and that they are."""
    if "role" in session.info:
        # Under the rules of the database nobody deletes anything, but through this.
        session.execute(select(func.access.clear_population(list(ids))))
        return
    table = population()
    session.execute(delete(table).where(table.c.person_id.in_(ids)))
    session.execute(delete(population_due).where(population_due.c.person_id.in_(ids)))


def _due(session: Session) -> Sequence[int]:
    some = select(population_due.c.person_id).order_by(population_due.c.person_id).limit(_AT_ONCE)
    return session.scalars(some).all()


def _write(session: Session, ids: Sequence[int]) -> None:
    encoder = Encoder(session)
    calendar = _Calendar(encoder)
    # All of them before the first is written: a connection that copies rows answers no question.
    rows = [
        (span.last, life.person_id, span.first, *life.personal, *span.cells)
        for life in _lives(session, ids)
        for span in spans_of(life, calendar)
    ]
    copy_rows(session, population(), [one.name for one in population().columns], rows)


def _lives(session: Session, ids: Sequence[int]) -> Iterator[Life]:
    """Read what the rows of these people are made of, by three queries."""
    raw = Encoder.raw
    cases: dict[int, list[tuple[Any, Any]]] = {}
    opened = select(Case.person_id, raw(Case.opened_on), raw(Case.closed_on))
    for person_id, first, last in session.execute(opened.where(Case.person_id.in_(ids))):
        cases.setdefault(person_id, []).append((first, last))
    held: dict[int, list[Held]] = {}
    columns = (raw(getattr(Fact, name)) for name in Held._fields)
    known = select(Fact.person_id, *columns).where(
        Fact.person_id.in_(ids),
        Fact.superseded_at.is_(None),
        Fact.code.in_(sorted(_readers(FIRST_DAY))),
    )
    for person_id, *fact in session.execute(known):
        held.setdefault(person_id, []).append(Held._make(fact))
    people = select(Person.id, *(raw(getattr(Person, name)) for name in PERSONAL)).where(
        Person.id.in_(ids), Person.merged_into_id.is_(None), Person.withdrawn_at.is_(None)
    )
    died = PERSONAL.index("died_on")
    for person_id, *personal in session.execute(people):
        yield Life(
            person_id,
            tuple(personal),
            personal[died],
            cases.get(person_id, ()),
            held.get(person_id, ()),
        )


class _Calendar:
    """Days in the form of the database: the first and last of all, and the day after one."""

    def __init__(self, encoder: Encoder) -> None:
        self.encode = encoder.day
        self.first, self.last = encoder.day(FIRST_DAY), encoder.day(LAST_DAY)
        self._steps: dict[tuple[Any, int], Any] = {}

    def after(self, day: Any) -> Any:
        """Give the day after; None after the last of all."""
        return self._step(day, 1) if day < self.last else None

    def before(self, day: Any) -> Any:
        """Give the day before one that is not the first of all."""
        return self._step(day, -1)

    def _step(self, day: Any, days: int) -> Any:
        found = self._steps.get((day, days))
        if found is None:
            plain = date.fromisoformat(day) if isinstance(day, str) else day
            found = self._steps[day, days] = self.encode(plain + days * _DAY)
        return found


def spans_of(life: Life, calendar: _Calendar) -> Iterator[Span]:
    """Cut the days on which somebody is in care wherever something known of them changes."""
    for first, last in _in_care(life, calendar):
        begins = _changes(life, first, last, calendar)
        before: Span | None = None
        for day, following in zip(begins, [*begins[1:], None], strict=True):
            ends = last if following is None else calendar.before(following)
            cells = _cells(life.facts, day, calendar.first)
            if before is not None and before.cells == cells:
                before = before._replace(last=ends)
                continue
            if before is not None:
                yield before
            before = Span(day, ends, cells)
        if before is not None:
            yield before


def _in_care(life: Life, calendar: _Calendar) -> list[tuple[Any, Any]]:
    """Give the days in care, each span once: cases may overlap, and none outlives the person."""
    ends = life.died_on if life.died_on is not None else calendar.last
    spans: list[tuple[Any, Any]] = []
    for opened, closed in sorted(
        (first or calendar.first, last or calendar.last) for first, last in life.cases
    ):
        first, last = opened, min(closed, ends)
        if spans and first <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], last))
        elif first <= last:
            spans.append((first, last))
    return spans


def _changes(life: Life, first: Any, last: Any, calendar: _Calendar) -> list[Any]:
    """Give the days within a span on which a fact begins to hold or no longer does."""
    days = {first}
    for fact in life.facts:
        if fact.valid_from is not None and first < fact.valid_from <= last:
            days.add(fact.valid_from)
        if fact.valid_to is not None and first <= fact.valid_to < last:
            days.add(calendar.after(fact.valid_to))
    return sorted(days)


def _cells(held: Iterable[Held], day: Any, never: Any) -> tuple[Any, ...]:
    """Give the columns of all facts on a day."""
    by_code: dict[str, list[Held]] = {}
    for fact in held:
        if (fact.valid_from is None or fact.valid_from <= day) and (
            fact.valid_to is None or fact.valid_to >= day
        ):
            by_code.setdefault(fact.code, []).append(fact)
    readers = _readers(never)
    cells = list(_nothing())
    for code, found in by_code.items():
        at, read = readers[code]
        values = read(found)
        cells[at : at + len(values)] = values
    return tuple(cells)


# --- what a column holds ------------------------------------------------------------------------

Read = Callable[[Sequence[Held]], tuple[Any, ...]]


@cache
def _readers(never: Any) -> Mapping[str, tuple[int, Read]]:
    """Give, for each fact that has columns, the place of the first and how they are filled.

    Parameters
    ----------
    never : object
        The first day of the calendar in the form of the database.
    """
    readers: dict[str, tuple[int, Read]] = {}
    at = 0
    for definition in facts().values():
        width = len(list(columns_of(definition)))
        if width:
            readers[definition.code] = (at, _reader(definition, never))
        at += width
    return readers


@cache
def _nothing() -> tuple[None, ...]:
    return (None,) * sum(len(list(columns_of(one))) for one in facts().values())


def _reader(definition: FactDefinition, never: Any) -> Read:
    codes = codes_of(definition)
    if definition.multiple:
        read: Read = partial(_several, codes) if definition.list else _how_many
    else:
        by_kind: dict[str, Read] = {
            "code": partial(_one, codes),
            "yesno": _yes_or_no,
            "number": _number,
            "date": _days,
        }
        read = by_kind.get(definition.kind, _no_words)
    return partial(_with_seen, read, never) if definition.core else read


def _with_seen(read: Read, never: Any, held: Sequence[Held]) -> tuple[Any, ...]:
    days = [fact.verified_on for fact in held if fact.verified_on is not None]
    return (*read(held), max(days, default=never))


def _no_words(_held: Sequence[Held]) -> tuple[Any, ...]:
    return ()


def _one(codes: frozenset[str], held: Sequence[Held]) -> tuple[Any, ...]:
    """Give the code that holds, and all values where there are several or the empty one."""
    values = {fact.value for fact in held}
    if len(values) == 1 and "" not in values:
        (value,) = values
        return (value if value in codes else None), None
    return None, _listed(values, codes)


def _several(codes: frozenset[str], held: Sequence[Held]) -> tuple[Any, ...]:
    values = {fact.value for fact in held}
    return len(values - {""}), _listed(values, codes)


def _how_many(held: Sequence[Held]) -> tuple[Any, ...]:
    return (len({fact.value for fact in held} - {""}),)


def _listed(values: Iterable[str], codes: frozenset[str]) -> str:
    known = {value if value in codes or value == "" else ODD for value in values}
    return f"|{'|'.join(sorted(known))}|"


def _yes_or_no(held: Sequence[Held]) -> tuple[Any, ...]:
    told = {fact.value for fact in held}
    return (int("yes" in told) if len(told) == 1 and told <= {"yes", "no"} else None,)


def _number(held: Sequence[Held]) -> tuple[Any, ...]:
    told = {fact.number for fact in held} - {None}
    return (told.pop() if len(told) == 1 else None,)


def _days(held: Sequence[Held]) -> tuple[Any, ...]:
    """Give the days a date may mean; two that contradict each other leave all between open."""
    earliest = [fact.earliest for fact in held if fact.earliest is not None]
    latest = [fact.latest for fact in held if fact.latest is not None]
    return min(earliest, default=None), max(latest, default=None)

"""Acts on people that can be taken back: what every row was before, kept with the act.

Decides what an act changed, by looking at all rows about its people before and after it, and how
that is undone: column by column, so that what somebody changed since is not lost. A table that
refers to a person takes part from the day it is made. Leaves to the areas what is done.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Table,
    UniqueConstraint,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from casework.access.classes import is_whole_for
from casework.errors import NotFound, NotPermitted
from casework.records import Base, ChangeLog, Person
from casework.records.base import Day, Moment, now
from casework.terms import _
from casework.workbook.finding import refresh_search

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = [
    "Act",
    "LastChange",
    "RowChange",
    "Undone",
    "acting",
    "last_change",
    "person_columns",
    "rehearsing",
    "take_back",
]

Image = Mapping[str, Any]
Images = dict[tuple[str, int], Image]

_DERIVED = frozenset({"person_search", "change_log", "distinct_pair"})
_NOT_COMPARED = {"person": {"version"}, "service_plan": {"row_version"}}
_FRESHNESS = {"verified_on"}
_PLANNED_BY = frozenset({"fact", "person", "related_person", "care_team_member"})
_OF_DOSSIER = _PLANNED_BY | {"alias", "person_identifier", "import_problem"}
_LOOKED_BACK = 200
UNDO = "undo"


@dataclass(frozen=True, slots=True)
class RowChange:
    """What an act did to one row.

    Attributes
    ----------
    before, after : mapping or None
        The columns that differ; the whole row where it is new (``before`` None) or taken out
        (``after`` None). Plain JSON values.
    """

    table: str
    id: int
    before: Image | None
    after: Image | None

    def as_json(self) -> dict[str, Any]:
        """Give the change as the change log keeps it."""
        return {"table": self.table, "id": self.id, "before": self.before, "after": self.after}


@dataclass(slots=True)
class Act:
    """An act under way.

    Attributes
    ----------
    changes : tuple of RowChange
        Known once the act is done.
    change_id : int or None
        Number in the change log, by which it is undone; None for a rehearsal.
    """

    session: Session
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    changes: tuple[RowChange, ...] = ()
    change_id: int | None = None


@dataclass(frozen=True, slots=True)
class LastChange:
    """The newest change of a dossier that can be taken back."""

    change_id: int
    action: str
    by: str
    at: datetime
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Undone:
    """What taking back did: rows restored, and rows that somebody had changed since."""

    person_ids: tuple[int, ...]
    n_restored: int
    n_left: int


@contextmanager
def acting(
    book: Workbook,
    action: str,
    person_ids: Collection[int],
    tables: Collection[str] | None = None,
) -> Iterator[Act]:
    """Do something with people so that it can be undone; all of it is written or nothing.

    Parameters
    ----------
    person_ids : collection of int
        Whose rows are watched; the first one is whose dossier was changed.
    tables : collection of str or None
        Only these tables can change; None watches all that refer to a person.
    """
    with book.transaction() as session:
        act = Act(session)
        seen = _images(session, person_ids, tables)
        yield act
        session.flush()
        act.changes = _differences(seen, _images(session, person_ids, tables))
        if book.draws_up_plans or book.keeps_register:
            session.execute(
                update(Person)
                .where(Person.id.in_(list(person_ids)))
                .values(version=Person.version + 1)
                .execution_options(synchronize_session=False)
            )
            refresh_search(session, person_ids)
        else:
            # Supervisors change nothing of what a person is found by.
            session.execute(select(func.access.next_version(list(person_ids))))
        entry = ChangeLog(
            at=now(),
            by=book.actor.name,
            action=action,
            subject_kind="person",
            subject_id=next(iter(person_ids)),
            before={**act.before, "rows": [one.as_json() for one in act.changes]},
            after=act.after or None,
            act=session.info.get("act"),
        )
        session.add(entry)
        session.flush()
        act.change_id = entry.id
        if _asks_for_plans(act.changes):
            book.plans.follow(session, person_ids)


def _asks_for_plans(changes: Iterable[RowChange]) -> bool:
    """Tell whether plans have to follow: an act that reached them has already seen to that."""
    tables = {one.table for one in changes}
    return bool(tables & _PLANNED_BY) and tables <= _OF_DOSSIER


class _Rehearsed(Exception):
    """Ends a rehearsal: nothing is written."""


@contextmanager
def rehearsing(book: Workbook, person_ids: Collection[int]) -> Iterator[Act]:
    """Do something as it would be done, tell what it changes, and leave everything as it was."""
    try:
        with book.transaction() as session:
            act = Act(session)
            seen = _images(session, person_ids, None)
            yield act
            session.flush()
            act.changes = _differences(seen, _images(session, person_ids, None))
            raise _Rehearsed
    except _Rehearsed:
        return


# ---------------------------------------------------------------- what is about a person


@cache
def person_columns() -> dict[str, tuple[str, ...]]:
    """Name the columns of each table that refer to a person; those derived from others left out."""
    found: dict[str, tuple[str, ...]] = {"person": ("id",)}
    for table in Base.metadata.sorted_tables:
        # A table without numbers of its own is kept up by triggers, and follows by itself.
        if table.name in _DERIVED or table.name == "person" or "id" not in table.c:
            continue
        columns = tuple(
            column.name
            for column in table.columns
            if any(key.column.table.name == "person" for key in column.foreign_keys)
        )
        if columns:
            found[table.name] = columns
    return found


def _images(
    session: Session, person_ids: Collection[int], tables: Collection[str] | None
) -> Images:
    """Take a picture of every row about these people, as plain values."""
    ids, found = list(person_ids), Images()
    for name, columns in person_columns().items():
        if tables is not None and name not in tables:
            continue
        if "role" in session.info and not is_whole_for(name, session.info["role"]):
            continue
        table = Base.metadata.tables[name]
        mine = or_(*(table.c[column].in_(ids) for column in columns))
        found |= _rows(session, table, select(table).where(mine))
    if tables is None or "plan_item" in tables:
        plans, items = Base.metadata.tables["service_plan"], Base.metadata.tables["plan_item"]
        of_plans = select(items).join(plans, plans.c.id == items.c.plan_id)
        found |= _rows(session, items, of_plans.where(plans.c.person_id.in_(ids)))
    return found


def _rows(session: Session, table: Table, query: Any) -> Images:
    passed = _NOT_COMPARED.get(table.name, set())
    return {
        (table.name, row["id"]): {
            name: _plain(value) for name, value in row.items() if name not in passed
        }
        for row in session.execute(query).mappings()
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _typed(table: Table, image: Image) -> dict[str, Any]:
    """Give plain values back their types."""
    typed: dict[str, Any] = {}
    for name, value in image.items():
        kind = table.c[name].type
        if value is not None and isinstance(kind, Day):
            value = date.fromisoformat(value)
        elif value is not None and isinstance(kind, Moment):
            value = datetime.fromisoformat(value)
        typed[name] = value
    return typed


def _differences(before: Images, after: Images) -> tuple[RowChange, ...]:
    changes = []
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key), after.get(key)
        if old is not None and new is not None:
            differs = [name for name in old if old[name] != new[name]]
            if not differs:
                continue
            old, new = {n: old[n] for n in differs}, {n: new[n] for n in differs}
        changes.append(RowChange(*key, old, new))
    return tuple(changes)


# ---------------------------------------------------------------- taking back


def last_change(session: Session, person_id: int) -> LastChange | None:
    """Find the newest change of a dossier that has not been taken back."""
    entries = session.scalars(
        select(ChangeLog)
        .where(ChangeLog.subject_kind == "person", ChangeLog.subject_id == person_id)
        .order_by(ChangeLog.id.desc())
        .limit(_LOOKED_BACK)
    )
    gone: set[int] = set()
    for one in entries:
        if one.action == UNDO:
            gone.add(int((one.before or {}).get("change", 0)))
        elif one.id not in gone and (one.before or {}).get("rows"):
            return LastChange(one.id, one.action, one.by, one.at, one.before, one.after or {})
    return None


def take_back(book: Workbook, change_id: int, *, keep_later: bool = False) -> Undone:
    """Undo an act: every row it touched is as it was before.

    Parameters
    ----------
    keep_later : bool
        Whether columns that somebody changed since stay as they are now, and the rest is undone;
        without it, nothing is.

    Raises
    ------
    NotFound
        If there is no such change, or it cannot be undone.
    NotPermitted
        If it was undone already, or somebody has changed the same since.
    """
    with book.transaction() as session:
        entry = session.get(ChangeLog, change_id)
        if entry is None or entry.subject_id is None or not (entry.before or {}).get("rows"):
            raise NotFound(_("There is nothing to take back. Open the dossier again."))
        _refuse_twice(session, entry)
        changes = [RowChange(**one) for one in entry.before["rows"]]
        left = _later(session, changes)
        if left and not keep_later:
            raise NotPermitted(_overtaken(session, entry))
        _restore(session, changes, left)
        people = _people_of(entry, changes)
        session.execute(
            update(Person)
            .where(Person.id.in_(people))
            .values(version=Person.version + 1)
            .execution_options(synchronize_session=False)
        )
        session.expire_all()
        refresh_search(session, people)
        book.log(
            session,
            UNDO,
            "person",
            entry.subject_id,
            before={"change": change_id, "action": entry.action},
            after={"left": len(left)},
        )
        if _asks_for_plans(changes):
            book.plans.follow(session, people)
        return Undone(tuple(people), len(changes) - len(left), len(left))


def _refuse_twice(session: Session, entry: ChangeLog) -> None:
    later = session.scalars(
        select(ChangeLog).where(
            ChangeLog.subject_kind == "person",
            ChangeLog.subject_id == entry.subject_id,
            ChangeLog.action == UNDO,
            ChangeLog.id > entry.id,
        )
    )
    if any((one.before or {}).get("change") == entry.id for one in later):
        raise NotPermitted(_("This was taken back already. Open the dossier again."))


def _people_of(entry: ChangeLog, changes: Sequence[RowChange]) -> list[int]:
    found = {int(entry.subject_id or 0)}
    for one in changes:
        for image in (one.before or {}, one.after or {}):
            found |= {
                int(image[name])
                for name in person_columns().get(one.table, ())
                if name != "id" and image.get(name) is not None
            }
        if one.table == "person":
            found.add(one.id)
    return sorted(found - {0})


def _overtaken(session: Session, entry: ChangeLog) -> str:
    by = session.scalar(
        select(ChangeLog.by)
        .where(
            ChangeLog.subject_kind == "person",
            ChangeLog.subject_id == entry.subject_id,
            ChangeLog.id > entry.id,
        )
        .order_by(ChangeLog.id.desc())
        .limit(1)
    )
    return _(
        "{who} has changed the same entry since, so this cannot be taken back any more. Correct "
        "the entry instead; nothing is lost, its history has both.",
        who=by or _("somebody"),
    )


def _later(session: Session, changes: Sequence[RowChange]) -> dict[tuple[str, int], set[str]]:
    """Name the columns that are not as the act left them: somebody changed them since."""
    found: dict[tuple[str, int], set[str]] = {}
    present = _present(session, changes)
    for one in changes:
        held = present.get((one.table, one.id))
        if one.after is None:
            differs = {"id"} if held is not None else set()
        elif held is None:
            differs = {"id"}
        else:
            looked = one.after.keys() - (_FRESHNESS if one.before is None else set())
            differs = {name for name in looked if held.get(name) != one.after[name]}
        if differs:
            found[one.table, one.id] = differs
    return found


def _present(session: Session, changes: Sequence[RowChange]) -> Images:
    ids: dict[str, list[int]] = {}
    for one in changes:
        ids.setdefault(one.table, []).append(one.id)
    found = Images()
    for name, some in ids.items():
        table = Base.metadata.tables[name]
        for start in range(0, len(some), 500):
            part = some[start : start + 500]
            found |= _rows(session, table, select(table).where(table.c.id.in_(part)))
    return found


def _restore(
    session: Session,
    changes: Sequence[RowChange],
    left: Mapping[tuple[str, int], set[str]],
) -> None:
    """Write the rows as they were: first what is to go, then what comes back, then the rest."""
    order = {table.name: place for place, table in enumerate(Base.metadata.sorted_tables)}
    new = [one for one in changes if one.before is None and (one.table, one.id) not in left]
    changed = [one for one in changes if one.before is not None and one.after is not None]
    parked = {(one.table, one.id): _park(session, one) for one in changed}
    for one in sorted(new, key=lambda one: -order[one.table]):
        _take_out(session, one)
    for one in sorted(changes, key=lambda one: order[one.table]):
        if one.after is None and one.before is not None and (one.table, one.id) not in left:
            table = Base.metadata.tables[one.table]
            session.execute(insert(table).values(**_typed(table, one.before)))
    for one in changed:
        table = Base.metadata.tables[one.table]
        kept = left.get((one.table, one.id), set())
        back = {n: v for n, v in _typed(table, one.before or {}).items() if n not in kept}
        values = {**parked[one.table, one.id], **back}
        if values and "id" not in kept:
            session.execute(update(table).where(table.c.id == one.id).values(**values))


def _park(session: Session, one: RowChange) -> dict[str, Any]:
    """Give a row a key that nobody has until all rows have theirs back; tell what it was."""
    table = Base.metadata.tables[one.table]
    changed = set(one.before or {})
    for rule in table.constraints:
        if not isinstance(rule, UniqueConstraint) or not changed & {c.name for c in rule.columns}:
            continue
        column = next((c for c in rule.columns if not c.foreign_keys), None)
        if column is None:
            continue
        mine = table.c.id == one.id
        was = session.scalar(select(column).where(mine))
        nobodys = f"~{one.id}" if column.type.python_type is str else -one.id
        session.execute(update(table).where(mine).values({column.name: nobodys}))
        return {column.name: was}
    return {}


def _take_out(session: Session, one: RowChange) -> None:
    """Strike out a row that the act made; one of a table without that is taken out.

    What was hung on it since keeps it: a row that others refer to stays.
    """
    table = Base.metadata.tables[one.table]
    mine = table.c.id == one.id
    if "superseded_at" in table.c:
        session.execute(update(table).where(mine).values(superseded_at=now()))
        return
    try:
        with session.begin_nested():
            session.execute(delete(table).where(mine))
    except IntegrityError:
        return

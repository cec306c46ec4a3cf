"""Exactly the rows that a figure counts: sorted, searched and given by the page in the database.

A figure and its rows rest on the same table of the query (a *family*) and the same tests, so they
cannot disagree. What is shown of a row is read for the rows of one page only.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, Subquery, func, or_, select
from sqlalchemy.orm import Session

from casework.indicators import telling
from casework.indicators.contacting import contacted_people, person_times
from casework.indicators.dossiers import dossier_items
from casework.indicators.figure import Counted
from casework.indicators.issuing import open_issues
from casework.indicators.outcomes import paired_people, tell_paired
from casework.indicators.pairing import open_pairs, tell_pairs
from casework.indicators.population import people
from casework.indicators.scope import Scope
from casework.indicators.sharing import shared_items, tell_shared
from casework.indicators.tailoring import standing_plans, waiting_needs
from casework.indicators.waiting import held_rows, import_problems, waiting_plans
from casework.indicators.working import open_tasks
from casework.terms import Label

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["FAMILIES", "Family", "Rows", "Wanted", "count_rows", "frame_of", "keys_of", "rows_of"]

_NAMES = ("name", "name_pinyin", "name_initials")


@dataclass(frozen=True, slots=True)
class Family:
    """Rows of one kind.

    Attributes
    ----------
    table : callable
        ``table(scope, wanted columns)``, one row each.
    key : str
        Column that identifies a row.
    order : tuple of str
        Columns of the usual order; a minus before one means the largest first.
    sorts : mapping
        What a list may be sorted by, and the column that means it.
    searched : tuple of str
        Columns that a search looks into.
    tell : callable
        ``tell(session, scope, keys, rows)``: what is shown of these rows, by key.
    """

    table: Callable[[Scope, Collection[str]], Subquery]
    key: str
    order: tuple[str, ...]
    sorts: Mapping[str, str]
    searched: tuple[str, ...]
    tell: Callable[[Session, Scope, Sequence[Any], Counted], dict[Any, dict[str, Any]]]


FAMILIES: dict[str, Family] = {
    "people": Family(
        people,
        "person_id",
        ("-age_high", "name_pinyin"),
        {
            "name": "name_pinyin",
            "age": "age_high",
            "category": "category",
            "unit": "unit_name",
            "last_on": "last_on",
        },
        (*_NAMES, "unit_name"),
        telling.tell_people,
    ),
    "contacted_people": Family(
        contacted_people,
        "person_id",
        ("-times", "name_pinyin"),
        {"name": "name_pinyin", "times": "times"},
        _NAMES,
        telling.tell_contacted,
    ),
    "person_times": Family(
        person_times,
        "person_time_id",
        ("-happened_on",),
        {"name": "name_pinyin", "happened_on": "happened_on", "channel": "channel"},
        _NAMES,
        telling.tell_person_times,
    ),
    "tasks": Family(
        open_tasks,
        "task_id",
        ("due_on", "name_pinyin"),
        {
            "name": "name_pinyin",
            "due_on": "due_on",
            "service": "service",
            "owner": "owner_name",
            "unit": "unit_name",
        },
        (*_NAMES, "owner_name", "unit_name"),
        telling.tell_tasks,
    ),
    "dossier_items": Family(
        dossier_items,
        "item_id",
        ("name_pinyin", "person_id", "place"),
        {"name": "name_pinyin", "item": "place", "verified_on": "verified_on"},
        _NAMES,
        telling.tell_dossier_items,
    ),
    "plans": Family(
        waiting_plans,
        "plan_id",
        ("since",),
        {"name": "name_pinyin", "since": "since"},
        _NAMES,
        telling.tell_plans,
    ),
    "standing_plans": Family(
        standing_plans,
        "plan_id",
        ("-alike", "name_pinyin"),
        {"name": "name_pinyin", "alike": "alike"},
        _NAMES,
        telling.tell_standing_plans,
    ),
    "shared_items": Family(
        shared_items,
        "item_id",
        ("name_pinyin", "service"),
        {"name": "name_pinyin", "service": "service"},
        _NAMES,
        tell_shared,
    ),
    "needs": Family(
        waiting_needs,
        "need_id",
        ("opened_on", "name_pinyin"),
        {"name": "name_pinyin", "opened_on": "opened_on", "owner": "owner_name"},
        (*_NAMES, "owner_name"),
        telling.tell_needs,
    ),
    "issues": Family(
        open_issues,
        "issue_id",
        ("due_on",),
        {"name": "name_pinyin", "due_on": "due_on", "stage": "stage", "owner": "owner_name"},
        (*_NAMES, "owner_name", "title"),
        telling.tell_issues,
    ),
    "pairs": Family(
        open_pairs,
        "seat_id",
        ("heard_on", "name_pinyin"),
        {"name": "name_pinyin", "helper": "helper_name", "heard_on": "heard_on", "role": "role"},
        (*_NAMES, "helper_name"),
        tell_pairs,
    ),
    "paired_people": Family(
        paired_people,
        "person_id",
        ("since", "name_pinyin"),
        {"name": "name_pinyin", "since": "since"},
        _NAMES,
        tell_paired,
    ),
    "import_problems": Family(
        import_problems,
        "problem_id",
        ("-batch_id", "sheet", "row"),
        {"place": "row", "field": "field", "kind": "kind"},
        ("value", "kind"),
        telling.tell_problems,
    ),
    "held_rows": Family(
        held_rows,
        "held_id",
        ("-batch_id", "sheet", "row"),
        {"place": "row"},
        ("reason",),
        telling.tell_held,
    ),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of the rows, in which order.

    Parameters
    ----------
    limit : int or None
        At most so many; None for all.
    sort : str
        A key of the family's ``sorts``; empty for the usual order.
    search : str
        Part of a name, its pinyin or initials; empty for all rows.
    """

    offset: int = 0
    limit: int | None = 50
    sort: str = ""
    descending: bool = False
    search: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    """One page of rows.

    Attributes
    ----------
    rows : tuple of dict
        What is shown of each, ``key`` among it.
    matching : int
        How many match the search, on all pages.
    """

    rows: tuple[dict[str, Any], ...]
    matching: int


def rows_of(session: Session, scope: Scope, counted: Counted, wanted: Wanted | None = None) -> Rows:
    """Give a page of the rows that a figure counts.

    Raises
    ------
    KeyError
        If the family cannot be sorted by what is asked.
    """
    asked = wanted or Wanted()
    matching = count_rows(session, scope, counted, asked.search)
    keys = list(session.scalars(_keys(scope, counted, asked)))
    told = FAMILIES[counted.family].tell(session, scope, keys, counted)
    return Rows(tuple({"key": key, **told[key]} for key in keys if key in told), matching)


def count_rows(session: Session, scope: Scope, counted: Counted, search: str = "") -> int:
    """Count the rows, with or without a search."""
    family = FAMILIES[counted.family]
    table = _table(scope, counted, family.searched if search else ())
    query = select(func.count()).select_from(table)
    return session.scalar(query.where(*_demands(table, counted, search))) or 0


def keys_of(session: Session, scope: Scope, counted: Counted, search: str = "") -> list[Any]:
    """Give the keys of all rows, in the usual order."""
    return list(session.scalars(_keys(scope, counted, Wanted(limit=None, search=search))))


def frame_of(session: Session, scope: Scope, counted: Counted) -> DataFrame:
    """Give all rows that a figure counts as a frame, one row each, in the usual order.

    Returns
    -------
    DataFrame
        Columns as told for the family of the rows; units by name, in the language in force.
    """
    from pandas import DataFrame

    rows = rows_of(session, scope, counted, Wanted(limit=None)).rows
    return DataFrame({**row, "unit": _named(row["unit"])} if "unit" in row else row for row in rows)


def _named(unit: tuple[str, str] | None) -> str | None:
    return None if unit is None else str(Label(*unit))


def _table(scope: Scope, counted: Counted, more: Collection[str]) -> Subquery:
    wanted = {test.column for test in counted.tests} | set(more)
    return FAMILIES[counted.family].table(scope, wanted)


def _keys(scope: Scope, counted: Counted, asked: Wanted) -> Select[Any]:
    family = FAMILIES[counted.family]
    order = _order(counted, asked)
    names = [one.lstrip("-") for one in order]
    table = _table(scope, counted, [*names, *(family.searched if asked.search else ())])
    key = table.c[family.key]
    by = [_by(table.c[one.lstrip("-")], one.startswith("-")) for one in order]
    query = select(key).where(*_demands(table, counted, asked.search)).order_by(*by, key)
    if asked.limit is not None:
        query = query.limit(asked.limit).offset(asked.offset)
    return query


def _order(counted: Counted, asked: Wanted) -> tuple[str, ...]:
    """Give the columns to sort by; who was not reached stands longest first."""
    family = FAMILIES[counted.family]
    if asked.sort:
        first = family.sorts[asked.sort]
        return (f"-{first}" if asked.descending else first,)
    if any(test.column == "recent" for test in counted.tests):
        return ("last_on", *family.order)
    return family.order


def _by(column: ColumnElement[Any], descending: bool) -> ColumnElement[Any]:
    """Sort by a column, what is unknown last; never reached is longer ago than any day."""
    if column.key in ("last_on", "heard_on"):
        return column.desc().nulls_last() if descending else column.asc().nulls_first()
    return (column.desc() if descending else column.asc()).nulls_last()


def _demands(table: Subquery, counted: Counted, search: str) -> list[ColumnElement[bool]]:
    demands = [test.sql(table.c) for test in counted.tests]
    typed = "".join(search.split())
    if typed:
        looked = (
            func.replace(func.lower(func.coalesce(table.c[name], "")), " ", "").contains(
                typed.lower(), autoescape=True
            )
            for name in FAMILIES[counted.family].searched
        )
        demands.append(or_(*looked))
    return demands

"""Figures about dossiers: how many of the core facts are known, and how many want verifying.

An item is one core fact of one person in care; which facts are core and how long each may be
trusted stands in ``data/reference/facts.toml``, which section it belongs to with the agency. Known
and stale mean what they mean in a dossier (`casework.workbook.dossier`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    String,
    Subquery,
    case,
    column,
    func,
    literal,
    select,
    values,
)
from sqlalchemy.orm import Session

from casework.indicators import words
from casework.indicators.figure import Counted, Figure, both, counted
from casework.indicators.scope import Scope, in_scope
from casework.records import Person
from casework.records.base import Day
from casework.records.population import population, seen_on
from casework.reference import DossierSection, fact
from casework.rules.tree import FIRST_DAY
from casework.terms import _

__all__ = ["dossier_figures", "dossier_items"]

_ITEMS = Counted("dossier_items")


@dataclass(frozen=True, slots=True)
class _Core:
    """A core fact, the section it belongs to, and the first day of verifying that still counts."""

    code: str
    section: str
    verified_since: date


def _core(scope: Scope) -> list[_Core]:
    return [
        _Core(code, section.code, scope.as_of - timedelta(days=fact(code).verify_days))
        for section in scope.agency.sections
        for code in section.facts
        if fact(code).core
    ]


def _limits(core: Iterable[_Core]) -> Any:
    """Give the core facts as a table of the query: code, section, place, verified_since."""
    table = values(
        column("code", String),
        column("section", String),
        column("place", Integer),
        column("verified_since", Day()),
    )
    rows = [(one.code, one.section, place, one.verified_since) for place, one in enumerate(core)]
    return table.data(rows).cte("core")


def _stale(seen: ColumnElement[Any], verified_since: Any) -> ColumnElement[bool]:
    """Tell what is known but was not verified lately enough, or never; NULL where not known."""
    return seen < verified_since  # type: ignore[no-any-return]


def dossier_items(scope: Scope, wanted: Collection[str]) -> Subquery:
    """Give every core fact of every person in care, known or not.

    Parameters
    ----------
    wanted : collection of str
        Columns besides ``item_id``, ``person_id`` and ``code``: ``section``, ``place`` (in the
        order of the dossier), ``known`` and ``stale`` (1 or 0), ``verified_on`` (last), ``name``,
        ``name_pinyin``, ``name_initials``.
    """
    core = _core(scope)
    table, person_id = _limits(core), population().c.person_id
    seen = case(*((table.c.place == place, seen_on(one.code)) for place, one in enumerate(core)))
    columns: dict[str, Any] = {
        "section": table.c.section,
        "place": table.c.place,
        "known": case((seen.is_not(None), 1), else_=0),
        "stale": case((_stale(seen, table.c.verified_since), 1), else_=0),
        "verified_on": func.nullif(seen, literal(FIRST_DAY, Day()), type_=Day()),
        "name": Person.name,
        "name_pinyin": Person.name_pinyin,
        "name_initials": Person.name_initials,
    }
    return (
        select(
            (func.cast(person_id, String) + ":" + table.c.code).label("item_id"),
            person_id.label("person_id"),
            table.c.code,
            *(columns[name].label(name) for name in sorted(set(wanted) & set(columns))),
        )
        .select_from(population())
        .join(table, literal(1) == 1)
        .outerjoin(Person, Person.id == person_id)
        .where(in_scope(scope))
        .subquery("dossier_items")
    )


def dossier_figures(session: Session, scope: Scope, total: int) -> Iterable[Figure]:
    """Give, for each section of the dossier, items known, missing and stale.

    Parameters
    ----------
    total : int
        How many people are in care.
    """
    counts = _count_items(session, scope)
    core = _core(scope)
    everything = [(one.code, one.section) for one in core]
    yield from _section(scope, None, [code for code, _section in everything], counts, total)
    for section in scope.agency.sections:
        codes = [code for code, of in everything if of == section.code]
        if codes:
            yield from _section(scope, section, codes, counts, total)


def _count_items(session: Session, scope: Scope) -> dict[str, tuple[int, int]]:
    """Count people by core fact: of whom it is known, and of whom it is known but stale.

    One pass over the people in care.
    """
    core = _core(scope)
    if not core:
        return {}
    cells: list[ColumnElement[int]] = []
    for one in core:
        seen = seen_on(one.code)
        stale = case((_stale(seen, literal(one.verified_since, Day())), 1))
        cells += [func.count(seen), func.count(stale)]
    row = session.execute(select(*cells).where(in_scope(scope))).one()
    return {one.code: (row[2 * n], row[2 * n + 1]) for n, one in enumerate(core)}


def _section(
    scope: Scope,
    section: DossierSection | None,
    codes: list[str],
    counts: dict[str, tuple[int, int]],
    people: int,
) -> Iterable[Figure]:
    """Give the items of one section, or of all."""
    wanted = people * len(codes)
    known = sum(counts.get(code, (0, 0))[0] for code in codes)
    stale = sum(counts.get(code, (0, 0))[1] for code in codes)
    rows = _ITEMS if section is None else _ITEMS.having("section", "is", section.code)
    definition = both(_rule)
    name = "dossiers" if section is None else f"dossiers.{section.code}"
    for part, number, of, having, say in (
        ("known", known, wanted, ("known", 1), _known),
        ("missing", wanted - known, wanted, ("known", 0), _missing),
        ("stale", stale, known, ("stale", 1), _unverified),
    ):
        yield counted(
            scope,
            f"{name}.{part}",
            number,
            rows.having(having[0], "is", having[1]),
            of=of,
            about=section.label if section else None,
            brief=both(say, number),
            definition=definition,
            source="S2-8; S2-9",
        )


def _known(n: int) -> str:
    return _("{items} of the dossier known", items=words.items(n))


def _missing(n: int) -> str:
    return _("{items} of the dossier missing", items=words.items(n))


def _unverified(n: int) -> str:
    return _("{items} of the dossier due for verifying", items=words.items(n))


def _rule() -> str:
    return _(
        "An item is one core fact of one person in care; “asked: none” counts as known. It is due "
        "for verifying when nobody has verified it, or not within the days this fact may be "
        "trusted."
    )

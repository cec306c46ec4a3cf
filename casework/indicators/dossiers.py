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
    and_,
    case,
    column,
    func,
    literal,
    or_,
    select,
    union_all,
    values,
)
from sqlalchemy.orm import Session

from casework.indicators import words
from casework.indicators.figure import Counted, Figure, both, counted
from casework.indicators.scope import Scope, in_scope
from casework.records import Fact, Person, holds_on
from casework.records.base import Day
from casework.reference import DossierSection, fact
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


def _stale(last_verified: Any, verified_since: Any) -> ColumnElement[bool]:
    return or_(last_verified.is_(None), last_verified < verified_since)


def dossier_items(scope: Scope, wanted: Collection[str]) -> Subquery:
    """Give every core fact of every person in care, known or not.

    Parameters
    ----------
    wanted : collection of str
        Columns besides ``item_id``, ``person_id`` and ``code``: ``section``, ``place`` (in the
        order of the dossier), ``known`` and ``stale`` (1 or 0), ``verified_on`` (last), ``name``,
        ``name_pinyin``, ``name_initials``.
    """
    core = _limits(_core(scope))
    held = (
        select(Fact.person_id, Fact.code, func.max(Fact.verified_on).label("verified_on"))
        .where(Fact.code.in_([one.code for one in _core(scope)]), holds_on(scope.as_of))
        .group_by(Fact.code, Fact.person_id)
        .subquery("held")
    )
    is_known = held.c.person_id.is_not(None)
    columns: dict[str, Any] = {
        "section": core.c.section,
        "place": core.c.place,
        "known": case((is_known, 1), else_=0),
        "stale": case((is_known & _stale(held.c.verified_on, core.c.verified_since), 1), else_=0),
        "verified_on": held.c.verified_on,
        "name": Person.name,
        "name_pinyin": Person.name_pinyin,
        "name_initials": Person.name_initials,
    }
    here = and_(held.c.person_id == Person.id, held.c.code == core.c.code)
    return (
        select(
            (func.cast(Person.id, String) + ":" + core.c.code).label("item_id"),
            Person.id.label("person_id"),
            core.c.code,
            *(columns[name].label(name) for name in sorted(set(wanted) & set(columns))),
        )
        .select_from(Person)
        .join(core, literal(1) == 1)
        .join(held, here, isouter=True)
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

    One query, one part a fact: so each part reads one stretch of an index in its order.
    """
    core = _core(scope)
    if not core:
        return {}
    inside = in_scope(scope)
    # Nearly everybody is in care, so asking who is not is faster. With a unit it is not, and a
    # person without a unit would be neither inside nor not.
    named = select(Person.id).where(inside if scope.unit else ~inside).cte("named")
    parts = []
    for one in core:
        held = (
            select(func.max(Fact.verified_on).label("verified_on"))
            .where(
                Fact.code == one.code,
                holds_on(scope.as_of),
                (Fact.person_id.in_ if scope.unit else Fact.person_id.not_in)(select(named.c.id)),
            )
            .group_by(Fact.person_id)
            .subquery()
        )
        stale = case((_stale(held.c.verified_on, literal(one.verified_since, Day())), 1), else_=0)
        parts.append(
            select(literal(one.code), func.count(), func.coalesce(func.sum(stale), 0)).select_from(
                held
            )
        )
    found = session.execute(union_all(*parts))
    return {row[0]: (int(row[1]), int(row[2])) for row in found}


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

"""What became of people since somebody comes to them: lonelier, as before, less lonely, not known.

Decides who counts (whoever has been paired for the agency's days) and which two assessments are
compared. The instruments are those of the domain loneliness, whichever they are; what is better is
said by the instrument. A pair is `casework.indicators.pairing`'s own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Subquery, and_, case, func, literal, null, or_, select
from sqlalchemy.orm import Session, aliased

from casework.indicators import words
from casework.indicators.figure import Counted, Figure, both, counted
from casework.indicators.pairing import open_pairs
from casework.indicators.scope import Scope
from casework.instruments import Instrument
from casework.instruments.library import instruments
from casework.records import Assessment, Person
from casework.records.base import Day, Flag
from casework.reference.pairing import pairing_rules
from casework.terms import _

__all__ = ["MEASURED", "OUTCOMES", "change_figures", "paired_people", "tell_paired"]

MEASURED = "loneliness"
OUTCOMES = Counted("paired_people")
_CHUNK = 20_000
_NAMES = ("name", "name_pinyin", "name_initials")


def paired_people(scope: Scope, wanted: Collection[str]) -> Subquery:
    """Give the people who have been paired for the agency's days or longer, one row each.

    Of whom it is not known since when they are paired is among them.

    Parameters
    ----------
    wanted : collection of str
        Columns besides ``person_id``: ``since`` (first day of the oldest pair there is; NULL where
        the beginning of one is not known), ``change`` (``better``, ``same``, ``worse``, NULL where
        it is not known), ``before_id`` and ``after_id`` (the assessments looked at), ``name``,
        ``name_pinyin``, ``name_initials``.
    """
    begun = _begun(scope)
    chosen = _instruments()
    picks = select(
        begun,
        *(_newest(scope, begun, one, after=False).label(f"b{n}") for n, one in enumerate(chosen)),
        *(_newest(scope, begun, one, after=True).label(f"a{n}") for n, one in enumerate(chosen)),
    ).subquery("picks")
    source: Any = picks
    found: list[tuple[ColumnElement[Any], Any, Any]] = []
    for n, one in enumerate(chosen):
        before, after = aliased(Assessment), aliased(Assessment)
        source = source.outerjoin(before, before.id == picks.c[f"b{n}"])
        source = source.outerjoin(after, after.id == picks.c[f"a{n}"])
        found.append((_change(one, before, after), picks.c[f"b{n}"], picks.c[f"a{n}"]))
    columns: dict[str, Any] = {
        "since": picks.c.since,
        "change": func.coalesce(*(one[0] for one in found), null(), null()),
        "before_id": _looked_at(found, 1),
        "after_id": _looked_at(found, 2),
        "name": Person.name,
        "name_pinyin": Person.name_pinyin,
        "name_initials": Person.name_initials,
    }
    if set(wanted) & set(_NAMES):
        source = source.join(Person, Person.id == picks.c.person_id)
    query = select(
        picks.c.person_id,
        *(columns[name].label(name) for name in sorted(set(wanted) - {"person_id"})),
    ).select_from(source)
    return query.subquery("paired_people")


def _begun(scope: Scope) -> Subquery:
    """Give since when people are paired, of those for whom it is long enough or not known."""
    pairs = open_pairs(scope, ["person_id", "since"])
    known = func.count(pairs.c.since) == func.count()
    first = func.min(pairs.c.since)
    days = pairing_rules(scope.agency.code).numbers["outcome_days"]
    latest = literal(scope.as_of - timedelta(days=days), Day())
    return (
        select(pairs.c.person_id, case((known, first)).label("since"))
        .group_by(pairs.c.person_id)
        .having(or_(first <= latest, func.count(pairs.c.since) < func.count()))
        .subquery("begun")
    )


def _instruments() -> list[Instrument]:
    """Give the instruments that measure what pairs are to change, in the order of the forms."""
    return [one for one in instruments().values() if one.domain == MEASURED and one.counts_points]


def _newest(
    scope: Scope, begun: Subquery, chosen: Instrument, *, after: bool
) -> ColumnElement[Any]:
    """Give the last whole assessment up to the day the pair began, or the last one since."""
    day = Assessment.assessed_on
    when = (
        and_(day > begun.c.since, day <= literal(scope.as_of, Day()))
        if after
        else day <= begun.c.since
    )
    return (
        select(Assessment.id)
        .where(
            Assessment.person_id == begun.c.person_id,
            Assessment.instrument == chosen.id,
            Assessment.superseded_at.is_(None),
            Assessment.complete == literal(True, Flag()),
            Assessment.total.is_not(None),
            when,
        )
        .order_by(day.desc(), Assessment.id.desc())
        .limit(1)
        .correlate(begun)
        .scalar_subquery()
    )


def _change(chosen: Instrument, before: Any, after: Any) -> ColumnElement[Any]:
    """Compare two assessments; scored by different keys, they say nothing."""
    up, down = ("better", "worse") if chosen.higher_is == "better" else ("worse", "better")
    return case(
        (before.instrument_version != after.instrument_version, null()),
        (after.total == before.total, "same"),
        (after.total > before.total, up),
        (after.total < before.total, down),
    )


def _looked_at(
    found: Sequence[tuple[ColumnElement[Any], Any, Any]], place: int
) -> ColumnElement[Any]:
    any_of = func.coalesce(*(one[place] for one in found), null(), null())
    told = [(one[0].is_not(None), one[place]) for one in found]
    return case(*told, else_=any_of) if told else any_of


def change_figures(session: Session, scope: Scope) -> Iterable[Figure]:
    """Give of how many people it became better, stayed, became worse, or is not known."""
    table = paired_people(scope, ["change"])
    found: Counter[str | None] = Counter()
    for row in session.execute(select(table.c.change, func.count()).group_by(table.c.change)):
        found[row[0]] += int(row[1])
    days = pairing_rules(scope.agency.code).numbers["outcome_days"]
    for code, say in (("better", _better), ("same", _same), ("worse", _worse), (None, _unknown)):
        yield counted(
            scope, f"pairs.change_{code or 'unknown'}", found[code],
            OUTCOMES.having("change", "is", code), of=found.total(),
            unknown=found[None] if code else 0, says=both(say, found[code], days),
            definition=both(_rule, days), source="S0-33",
        )  # fmt: skip


def tell_paired(
    session: Session, scope: Scope, keys: Sequence[int], counted: Counted
) -> dict[Any, dict[str, Any]]:
    """Tell people paired: since when, the points before and after, and what is to be found out."""
    told: dict[Any, dict[str, Any]] = {}
    before, after = aliased(Assessment), aliased(Assessment)
    for start in range(0, len(keys), _CHUNK):
        table = paired_people(scope, ["since", "change", "before_id", "after_id", "name"])
        query = (
            select(table, before, after)
            .outerjoin(before, before.id == table.c.before_id)
            .outerjoin(after, after.id == table.c.after_id)
            .where(table.c.person_id.in_(keys[start : start + _CHUNK]))
        )
        for row in session.execute(query):
            first, last = row[-2], row[-1]
            told[row.person_id] = {
                "person_id": row.person_id,
                "name": row.name,
                "since": row.since,
                "change": row.change,
                "before": _points(first),
                "after": _points(last),
                "lacks": _lacks(row, first, last),
            }
    return told


def _points(one: Assessment | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {"on": one.assessed_on, "total": one.total, "instrument": one.instrument}


def _lacks(row: Any, first: Assessment | None, last: Assessment | None) -> str | None:
    """Say what stands in the way of a comparison; None where there is one."""
    if row.change is not None:
        return None
    if row.since is None:
        return "since"
    if first is None:
        return "before" if last is not None else "both"
    return "after" if last is None else "alike"


def _better(n: int, days: int) -> str:
    return _("Less lonely since somebody comes to them: {people}", people=words.people(n))


def _same(n: int, days: int) -> str:
    return _("As lonely as before somebody came to them: {people}", people=words.people(n))


def _worse(n: int, days: int) -> str:
    return _("Lonelier since somebody comes to them: {people}", people=words.people(n))


def _unknown(n: int, days: int) -> str:
    return _("{people} of whom it is not known whether coming to them makes them less lonely",
             people=words.people(n))  # fmt: skip


def _rule(days: int) -> str:
    return _(
        "People in care who have been paired for {days} days or longer, by the oldest pair there "
        "is. Compared are the points of the last assessment up to the day the pair began and of "
        "the last one since, of the same instrument and scoring; where several instruments were "
        "used, the first in the order of the forms. A difference of a point counts; it need not "
        "be the pair that brought it about.",
        days=days,
    )

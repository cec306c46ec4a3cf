"""Figures about pairs: who should have one and has, which are quiet, which helpers are not vetted.

Decides who is a target of pairing: whoever is in a group for which the agency requires seats of the
care team (`casework.reference.pairing`). What a pair is, its state and "vetted" are
`casework.records`' own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Subquery,
    and_,
    case,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
)
from sqlalchemy.orm import Session

from casework.errors import NoRuleInForce
from casework.indicators import words
from casework.indicators.figure import Counted, Figure, both, counted
from casework.indicators.groups import verdict
from casework.indicators.scope import Scope, of_unit
from casework.records import (
    CareTeamMember,
    Helper,
    Person,
    covers,
    in_care_on,
    is_pair,
    last_heard,
    pair_state,
    vetting,
)
from casework.records.population import population
from casework.reference import code_list
from casework.reference.pairing import EVERYBODY, PairingRules, pairing_rules
from casework.terms import _

__all__ = [
    "PAIRS",
    "TARGETS",
    "needed_seats",
    "open_pairs",
    "pair_figures",
    "pair_full",
    "pair_target",
    "quiet_days",
    "quiet_since",
    "tell_pairs",
]

PAIRS = Counted("pairs")
TARGETS = Counted("people").having("pair_target", "is", 1)
_STANDING = ("active", "quiet")
_CHUNK = 20_000


def quiet_since(rules: PairingRules, on: date) -> dict[str, date]:
    """Give the day from which on something must have been heard of a pair, by its seat."""
    return {seat: on - timedelta(days=days) for seat, days in rules.quiet_days.items()}


def quiet_days(rules: PairingRules) -> tuple[int, str]:
    """Tell after how many days a pair is quiet, and in words which seats have other days."""
    usual = rules.numbers["quiet_days"]
    seats = code_list("actor")
    other = [
        _("{seat} {n} days", seat=seats.label_of(seat), n=days)
        for seat, days in rules.quiet_days.items()
        if days != usual
    ]
    return usual, _(" ({others})", others=_(", ").join(other)) if other else ""


def needed_seats(scope: Scope) -> Mapping[str, ColumnElement[int | None]]:
    """Tell for each seat who is to have it filled: 1, 0, or NULL where it is not known.

    Over the population. A group that rests on a setting without a value on the day says nothing.
    """
    by_seat: dict[str, list[ColumnElement[int | None]]] = {}
    for one in pairing_rules(scope.agency.code).required:
        told = _of_group(scope, one.group)
        if told is not None:
            for seat in one.seats:
                by_seat.setdefault(seat, []).append(told)
    return {seat: _any(told) for seat, told in by_seat.items()}


def _of_group(scope: Scope, code: str) -> ColumnElement[int | None] | None:
    if code == EVERYBODY:
        return literal(1)
    group = scope.agency.groups[code]
    try:
        for name in (group.min_age, group.at_least):
            if name:
                scope.agency.setting(name, scope.as_of)
    except NoRuleInForce:
        return None
    return verdict(scope, group)


def _any(told: Sequence[ColumnElement[int | None]]) -> ColumnElement[int | None]:
    if len(told) == 1:
        return told[0]
    return case((or_(*(one == 1 for one in told)), 1), (and_(*(one == 0 for one in told)), 0))


def pair_target(scope: Scope) -> ColumnElement[int | None]:
    """Tell whose care team must have some seat filled: 1, 0, NULL where it is not known."""
    needed = list(needed_seats(scope).values())
    return _any(needed) if needed else literal(0)


def pair_full(scope: Scope) -> ColumnElement[int]:
    """Tell of whom no seat is empty that must be filled: 1 or 0."""
    empty = [
        and_(needed == 1, not_(_seated(scope.as_of, seat)))
        for seat, needed in needed_seats(scope).items()
    ]
    return case((or_(*empty), 0), else_=1) if empty else literal(1)


def _seated(on: date, seat: str) -> ColumnElement[bool]:
    return (
        exists()
        .where(
            CareTeamMember.person_id == population().c.person_id,
            CareTeamMember.role == seat,
            CareTeamMember.superseded_at.is_(None),
            covers(CareTeamMember.valid_from, CareTeamMember.valid_to, on),  # type: ignore[arg-type]
        )
        .correlate(population())
    )


def open_pairs(scope: Scope, wanted: Collection[str]) -> Subquery:
    """Give the pairs that there are on the day, of people in care.

    Parameters
    ----------
    wanted : collection of str
        Columns besides ``seat_id``: ``state`` (``active`` or ``quiet``), ``vetting`` (as
        `casework.records.vetting`, ``unknown`` for whoever is not in the register), ``heard_on``,
        ``person_id``, ``since``, ``helper_name``, ``role``, ``name``, ``name_pinyin``,
        ``name_initials``.
    """
    rules, on = pairing_rules(scope.agency.code), scope.as_of
    state = pair_state(on, quiet_since(rules, on))
    columns: dict[str, Any] = {
        "state": state,
        "vetting": case(
            (CareTeamMember.helper_id.is_(None), "unknown"),
            else_=vetting(CareTeamMember.helper_id, on),
        ),
        "heard_on": last_heard(on),
        "person_id": CareTeamMember.person_id,
        "since": CareTeamMember.valid_from,
        "role": CareTeamMember.role,
        "helper_name": func.coalesce(Helper.name, CareTeamMember.name),
        "name": Person.name,
        "name_pinyin": Person.name_pinyin,
        "name_initials": Person.name_initials,
    }
    query = (
        select(
            CareTeamMember.id.label("seat_id"),
            *(columns[name].label(name) for name in sorted(set(wanted) - {"seat_id"})),
        )
        .join(Person, Person.id == CareTeamMember.person_id)
        .where(
            is_pair(rules.seats),
            covers(CareTeamMember.valid_from, CareTeamMember.valid_to, on),  # type: ignore[arg-type]
            in_care_on(on),
        )
    )
    if "helper_name" in wanted:
        query = query.join(Helper, Helper.id == CareTeamMember.helper_id, isouter=True)
    if scope.unit is not None:
        query = query.where(of_unit(scope))
    return query.subquery("open_pairs")


def pair_figures(session: Session, scope: Scope) -> Iterable[Figure]:
    """Give the coverage of the target groups, the pairs, the quiet ones, those not vetted."""
    from casework.indicators.population import people  # which asks here for its columns

    table = people(scope, ["pair_target", "pair_full"])
    by = [table.c.pair_target, table.c.pair_full]
    targets: Counter[tuple[int | None, int]] = Counter()
    for row in session.execute(select(*by, func.count()).group_by(*by)):
        targets[row[0], int(row[1])] += int(row[2])
    full, short = targets[1, 1], targets[1, 0]
    unknown = sum(n for (target, _full), n in targets.items() if target is None)
    whole: dict[str, Any] = {"of": full + short, "source": "S0-29; S2-35; S3-16; S4-22"}
    if full + short + unknown:
        yield counted(
            scope, "pairs.covered", full, TARGETS.having("pair_full", "is", 1), unknown=unknown,
            says=both(_covered, full), definition=both(_target_rule), **whole,
        )  # fmt: skip
        yield counted(
            scope, "pairs.without", short, TARGETS.having("pair_full", "is", 0),
            says=both(_without, short), definition=both(_target_rule), **whole,
        )  # fmt: skip
        yield counted(
            scope, "pairs.covered.unknown", unknown,
            Counted("people").having("pair_target", "is", None),
            says=both(_perhaps, unknown), definition=both(_target_rule), source=whole["source"],
        )  # fmt: skip
    yield from _of_pairs(session, scope)


def _of_pairs(session: Session, scope: Scope) -> Iterable[Figure]:
    table = open_pairs(scope, ["state", "vetting"])
    by = [table.c.state, table.c.vetting]
    states: Counter[str] = Counter()
    vetted: Counter[str] = Counter()
    for row in session.execute(select(*by, func.count()).group_by(*by)):
        states[row[0]] += int(row[2])
        vetted[row[1]] += int(row[2])
    total = sum(states[one] for one in _STANDING)
    yield counted(
        scope, "pairs.there", total, PAIRS, says=both(_there, total),
        definition=both(_there_rule), source="S0-30; S2-35",
    )  # fmt: skip
    rules = pairing_rules(scope.agency.code)
    yield counted(
        scope, "pairs.quiet", states["quiet"], PAIRS.having("state", "is", "quiet"), of=total,
        says=both(_quiet, states["quiet"], rules), definition=both(_quiet_rule, rules),
        source="S0-31",
    )  # fmt: skip
    for code, say in (("ended", _ended), ("failed", _failed), ("unknown", _unknown)):
        yield counted(
            scope, f"pairs.vetting_{code}", vetted[code], PAIRS.having("vetting", "is", code),
            of=total, says=both(say, vetted[code]), definition=both(_vetting_rule),
            source="S4-24",
        )  # fmt: skip


def tell_pairs(
    session: Session, scope: Scope, keys: Sequence[int], counted: Counted
) -> dict[Any, dict[str, Any]]:
    """Tell pairs: who with whom, in which seat, since when, when something was heard last."""
    told: dict[Any, dict[str, Any]] = {}
    for start in range(0, len(keys), _CHUNK):
        table = open_pairs(scope, ["state", "vetting", "heard_on", "helper_name"])
        query = (
            select(CareTeamMember, Person.name, *table.c)
            .join(table, table.c.seat_id == CareTeamMember.id)
            .join(Person, Person.id == CareTeamMember.person_id)
            .where(CareTeamMember.id.in_(keys[start : start + _CHUNK]))
        )
        for row in session.execute(query):
            seat = row[0]
            told[seat.id] = {
                "person_id": seat.person_id,
                "name": row.name,
                "role": seat.role,
                "helper": row.helper_name,
                "helper_id": seat.helper_id,
                "since": seat.valid_from,
                "state": row.state,
                "vetting": row.vetting,
                "heard_on": row.heard_on,
                "days_quiet": (scope.as_of - row.heard_on).days if row.heard_on else None,
            }
    return told


def _covered(n: int) -> str:
    return _("{people} have every seat filled that is asked for", people=words.people(n))


def _without(n: int) -> str:
    return _("{people} lack somebody who is asked for", people=words.people(n))


def _perhaps(n: int) -> str:
    return _("{people} of whom it is not known whether they should be paired",
             people=words.people(n))  # fmt: skip


def _target_rule() -> str:
    return _(
        "People in care who are in a group for which the agency asks for helpers. Covered: each "
        "of the seats that are asked for is filled on the day, by whomever."
    )


def _there(n: int) -> str:
    return _("{pairs} there are", pairs=words.pairs(n))


def _there_rule() -> str:
    return _(
        "Seats of care teams that a helper has on the day: volunteers, care assistants, liaison "
        "officers, doctors, grid workers, leaders. One helper with three people is three pairs."
    )


def _quiet(n: int, rules: PairingRules) -> str:
    days, others = quiet_days(rules)
    return _("{pairs} of which nothing was heard for {days} days or more{others}",
             pairs=words.pairs(n), days=days, others=others)  # fmt: skip


def _quiet_rule(rules: PairingRules) -> str:
    days, others = quiet_days(rules)
    return _(
        "Pairs that have been there for longer than {days} days{others}, and in these days no "
        "contact reached the person in which the helper took part.",
        days=days,
        others=others,
    )


def _ended(n: int) -> str:
    return _("{pairs} whose helper's vetting has run out", pairs=words.pairs(n))


def _failed(n: int) -> str:
    return _("{pairs} whose helper did not pass the vetting", pairs=words.pairs(n))


def _unknown(n: int) -> str:
    return _("{pairs} with somebody who is not in the register", pairs=words.pairs(n))


def _vetting_rule() -> str:
    return _(
        "Pairs there are, by how the helper stands on the day. Nobody can be paired anew with a "
        "helper who is not vetted; a pair goes on when the vetting runs out, until somebody "
        "decides."
    )

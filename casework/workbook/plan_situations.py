"""What placing tasks must know of each person, for many people at once.

Decides which birthday a person keeps, who is in hospital, and who owns whose tasks; leaves
conditions to the rules and windows to :mod:`casework.planning`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from casework.errors import CaseworkError
from casework.occasions import LunarDay, lunar_from, lunar_of
from casework.planning import Situation, Stay
from casework.records import CareTeamMember, Person, SeasonalStay, Staff, covers
from casework.rules import Rule, Subject
from casework.rules.evaluate import Values
from casework.rules.timing import AfterEvent, Silence
from casework.rules.tree import BEFORE_RECORDS, FIRST_DAY
from casework.workbook.owning import STAND_IN, owners_of

__all__ = ["SITUATION", "Around", "around", "owner_among", "situation_of", "stays_of"]

BORN = Subject("person", "born_on", kind="date")
_KEPT = Subject("fact", "birthday_kept")
_LUNAR = Subject("fact", "birth_lunar", kind="text")
_HOSPITAL = Subject("fact", "hospital_status")
SITUATION = frozenset({BORN, _KEPT, _LUNAR, _HOSPITAL})
"""What must be known of everybody, whatever the rules ask."""

_INPATIENT = ("inpatient", "long_term")


@dataclass(frozen=True, slots=True)
class Around:
    """Who is around some people, and where they are.

    Attributes
    ----------
    seats : mapping of int to mapping of str to int
        By person: role in the care team to member of staff; `STAND_IN` where the seat of the
        caseworker is empty.
    stays : mapping of int to stays
        By person: stays away from home that have not ended.
    """

    seats: Mapping[int, Mapping[str, int]] = field(default_factory=dict)
    stays: Mapping[int, tuple[Stay, ...]] = field(default_factory=dict)


def owner_among(seats: Mapping[str, int], actor: str) -> int | None:
    """Tell who owns a task: whoever has the seat of its actor, else who answers for the person."""
    return seats.get(actor) or seats.get("caseworker") or seats.get(STAND_IN)


def around(session: Session, chosen: Collection[int] | tuple[int, int], today: date) -> Around:
    """Read care teams and stays of these people, or of those with ids from first to last."""
    seats: dict[int, dict[str, int]] = {}
    found = session.execute(
        select(CareTeamMember.person_id, CareTeamMember.role, CareTeamMember.staff_id)
        .join(Staff, Staff.id == CareTeamMember.staff_id)
        .where(
            within(CareTeamMember.person_id, chosen),
            CareTeamMember.superseded_at.is_(None),
            covers(CareTeamMember.valid_from, CareTeamMember.valid_to, today),  # type: ignore[arg-type]
            covers(Staff.active_from, Staff.active_to, today),  # type: ignore[arg-type]
        )
        .order_by(CareTeamMember.id)
    )
    for person_id, role, staff_id in found:
        if staff_id is not None:
            seats.setdefault(person_id, {}).setdefault(role, staff_id)
    for person_id, stand_in in owners_of(session, within(Person.id, chosen), today).items():
        if stand_in is not None:
            seats.setdefault(person_id, {})[STAND_IN] = stand_in
    return Around(seats, stays_of(session, chosen, today))


def stays_of(
    session: Session, chosen: Collection[int] | tuple[int, int], today: date
) -> dict[int, tuple[Stay, ...]]:
    """Read the stays away from home, by person, that have not ended."""
    stays: dict[int, tuple[Stay, ...]] = {}
    away = session.execute(
        select(SeasonalStay.person_id, SeasonalStay.away_from, SeasonalStay.away_to)
        .where(
            within(SeasonalStay.person_id, chosen),
            SeasonalStay.superseded_at.is_(None),
            or_(SeasonalStay.away_to.is_(None), SeasonalStay.away_to >= today),
        )
        .order_by(SeasonalStay.away_from)
    )
    for person_id, first, last in away:
        stays[person_id] = (*stays.get(person_id, ()), Stay(first, last))
    return stays


def within(column: object, chosen: Collection[int] | tuple[int, int]) -> ColumnElement[bool]:
    """Limit a column to some ids, or to those from first to last."""
    if isinstance(chosen, tuple):
        return column.between(*chosen)  # type: ignore[attr-defined, no-any-return]
    return column.in_(list(chosen))  # type: ignore[attr-defined, no-any-return]


def situation_of(
    person_id: int,
    values: Values,
    rules: Iterable[Rule],
    today: date,
    *,
    starts: Mapping[str, date],
    stays: tuple[Stay, ...] = (),
) -> Situation:
    """Put together what placing must know of one person.

    Parameters
    ----------
    starts : mapping of str to date
        First day of what is owed already, by obligation; what is new starts today.
    """
    events: dict[str, tuple[date, date]] = {}
    heard: dict[tuple[str, ...], date] = {}
    for rule in rules:
        timing = rule.duty.timing
        if rule.event is None:
            continue
        span = _days(values.get(rule.event))
        if span is None or span[0] in (FIRST_DAY, BEFORE_RECORDS):
            continue
        if isinstance(timing, AfterEvent):
            events[timing.event] = span
        elif isinstance(timing, Silence):
            heard[timing.channels] = span[1]
    return Situation(
        person_id,
        today,
        starts,
        born=_days(values.get(BORN)),
        lunar=_lunar(values),
        stays=stays,
        in_hospital=values.get(_HOSPITAL) in _INPATIENT,
        events=events,
        heard=heard,
    )


def _days(value: object) -> tuple[date, date] | None:
    if isinstance(value, tuple) and value[0] is not None and value[1] is not None:
        return value[0], value[1]
    return None


def _lunar(values: Values) -> LunarDay | bool:
    """Tell which lunar day a person keeps, if any: as told, else reckoned from the birth date."""
    kept, told = values.get(_KEPT), values.get(_LUNAR)
    if kept == "solar" or (kept is None and told is None):
        return False
    if not isinstance(told, str):
        return True
    born = _days(values.get(BORN))
    if born is None:
        return False
    try:
        return lunar_from(told, lunar_of(born[0]).year)
    except CaseworkError:
        return kept == "lunar"

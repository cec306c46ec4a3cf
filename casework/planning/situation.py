"""What placing must know of one person, what it places, and what absence makes of it.

Decides what becomes of a visit while the person is away or in hospital; leaves the windows
to :mod:`casework.planning.placing`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from casework.occasions import LunarDay, Window
from casework.rules.ruleset import Obligation

__all__ = ["PlannedTask", "Situation", "Stay", "adapt"]

_WHILE_AWAY = ("phone", "video", "wechat")
_FACE_TO_FACE = frozenset({"home_visit", "meeting", "reception"})
#: Ways that need the person to be here; a visit in our hospital is none for whoever is away.
_ON_THE_SPOT = _FACE_TO_FACE | {"hospital_visit"}


@dataclass(frozen=True, slots=True)
class Stay:
    """Days away from home, both inclusive; an open end is None."""

    first: date
    last: date | None


@dataclass(frozen=True, slots=True)
class Situation:
    """What placing must know of one person.

    Parameters
    ----------
    person_id : int
        Decides where in a period the person's tasks fall, so that a caseload is spread evenly.
    since : date
        First day on which anything is owed; ``starts`` has later first days by obligation.
    born : (date, date) or None
        Earliest and latest day of birth.
    lunar : LunarDay or bool
        The lunar day of birth where the person keeps that; True to reckon it.
    in_hospital : bool
        On the day on which the plan is drawn up.
    events : mapping of str to (date, date)
        Days of events, as `AfterEvent` names them.
    heard : mapping of channels to date
        Last contact by channels, as `Silence` names them; absent is never.
    """

    person_id: int
    since: date
    starts: Mapping[str, date] = field(default_factory=dict)
    born: tuple[date, date] | None = None
    lunar: LunarDay | bool = False
    stays: tuple[Stay, ...] = ()
    in_hospital: bool = False
    events: Mapping[str, tuple[date, date]] = field(default_factory=dict)
    heard: Mapping[tuple[str, ...], date] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlannedTask:
    """One task to be: the period it is for, its window, and the day it is meant for.

    ``anchor`` is the day on which the condition must hold; ``note`` says why channels differ from
    the obligation's or why it is excused: ``away`` or ``in_hospital``.
    """

    key: str
    period: str
    opens_on: date
    due_on: date
    planned_on: date
    anchor: date
    channels: tuple[str, ...]
    excused: bool = False
    note: str | None = None


def adapt(
    task: PlannedTask,
    duty: Obligation,
    person: Situation,
    today: date,
    worked_days: Callable[[Window], Sequence[date]],
) -> PlannedTask:
    """Turn a visit that cannot be made into a call, a visit at the hospital, or an excuse.

    Parameters
    ----------
    worked_days : callable
        Gives the days of a window on which work is done.
    """
    if person.in_hospital and task.opens_on <= today <= task.due_on:
        return _in_hospital(task, duty)
    # What was not done on its day is to be done from today on.
    if not _is_away(person.stays, max(task.planned_on, today)):
        return task
    begins = max(task.opens_on, person.starts.get(duty.key, person.since), today)
    days = worked_days(Window(begins, task.due_on))
    present = [day for day in days if not _is_away(person.stays, day)]
    if not present:
        return _away(task, duty)
    nearest = min(present, key=lambda day: (abs((day - task.planned_on).days), day))
    return replace(task, planned_on=nearest)


def _away(task: PlannedTask, duty: Obligation) -> PlannedTask:
    from_afar = [way for way in task.channels if way not in _ON_THE_SPOT]
    if duty.when_away == "keep" or from_afar:
        return task
    if duty.when_away == "excuse":
        return replace(task, excused=True, note="away")
    return replace(task, channels=_WHILE_AWAY, note="away")


def _in_hospital(task: PlannedTask, duty: Obligation) -> PlannedTask:
    if duty.when_in_hospital == "keep" or "hospital_visit" in task.channels:
        return task
    if duty.when_in_hospital == "excuse":
        return replace(task, excused=True, note="in_hospital")
    if not task.channels or not _FACE_TO_FACE.intersection(task.channels):
        return task
    return replace(task, channels=(*task.channels, "hospital_visit"), note="in_hospital")


def _is_away(stays: Iterable[Stay], day: date) -> bool:
    # A loop: asked for every task of whoever is away, it costs a third of any() of a generator.
    for stay in stays:  # noqa: SIM110
        if stay.first <= day and (stay.last is None or day <= stay.last):
            return True
    return False

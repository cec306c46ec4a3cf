"""From what is owed to somebody to single tasks with a window: the same every time it is asked.

Decides the window and the planned day of each task, spreads work over the worked days of a period,
and adapts to absence; leaves whether something is owed at all to the rules. Nothing here knows the
clock: a task's window depends on the obligation, its start and the calendar, not on the day on
which the plan is drawn up, so that drawing it up again changes nothing.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import pairwise
from zlib import crc32

from casework.occasions import (
    Birthday,
    Festival,
    LunarDay,
    Window,
    WorkCalendar,
    birthdays_between,
    festivals_between,
    months_before,
)
from casework.rules.ruleset import Obligation
from casework.rules.timing import AfterEvent, AtBirthdays, AtFestivals, Quota, Silence

__all__ = [
    "Almanac",
    "Period",
    "Placer",
    "PlannedTask",
    "Situation",
    "Stay",
    "periods_between",
]

_DAY = timedelta(days=1)
_SLOTS = 40
_GOLDEN = 0.6180339887498949
#: A period that is already running counts while half of it, or this many days, are left.
_ENOUGH_DAYS = 30
_ONCE_DAYS = 90
#: A window in view can begin or end so many days outside of it.
_MARGIN_DAYS = 400
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


@dataclass(frozen=True)
class Almanac:
    """The days that are the same for everybody: worked days and festivals."""

    calendar: WorkCalendar = field(default_factory=WorkCalendar)
    festivals: Mapping[str, Festival] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Period:
    """One week, month, quarter, half-year or year; both days inclusive."""

    key: str
    first: date
    last: date


def periods_between(per: str, first: date, last: date) -> Iterator[Period]:
    """Yield the periods of a kind that touch the days from first to last."""
    if per == "week":
        monday = first - timedelta(days=first.weekday())
        while monday <= last:
            year, week, _weekday = monday.isocalendar()
            yield Period(f"{year}-W{week:02}", monday, monday + timedelta(days=6))
            monday += timedelta(days=7)
        return
    months = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}[per]
    start = date(first.year, (first.month - 1) // months * months + 1, 1)
    while start <= last:
        part = (start.month - 1) // months + 1
        name = {1: f"-{start.month:02}", 3: f"-Q{part}", 6: f"-H{part}", 12: ""}[months]
        following = months_before(start, -months)
        yield Period(f"{start.year}{name}", start, following - _DAY)
        start = following


class Placer:
    """Places tasks in the days from first to last, for any number of people.

    Windows that do not depend on the person are worked out once and shared.

    Parameters
    ----------
    first : date
        The day on which the plan is drawn up; windows that ended before it are left out.
    last : date
        Windows that open after it are left out.
    """

    def __init__(self, almanac: Almanac, first: date, last: date) -> None:
        self.almanac = almanac
        self.first = first
        self.last = last
        self._shared: dict[tuple[object, ...], tuple[PlannedTask, ...]] = {}
        self._kept: dict[tuple[object, ...], tuple[Birthday, ...]] = {}
        self._worked_in_view = [
            day
            for day in _days(
                first - timedelta(days=_MARGIN_DAYS), last + timedelta(days=_MARGIN_DAYS)
            )
            if almanac.calendar.is_workday(day)
        ]

    def tasks(
        self,
        obligation: Obligation,
        person: Situation,
        holds: Callable[[date], bool] | None = None,
    ) -> tuple[PlannedTask, ...]:
        """Place one obligation for one person.

        Parameters
        ----------
        holds : callable or None
            Tells whether it is owed on a day; asked for the first day of a period, the day of a
            festival, birthday or event. None when it is owed throughout.
        """
        since = person.starts.get(obligation.key, person.since)
        timing = obligation.timing
        if isinstance(timing, Quota | AtFestivals):
            placed = self._same_for_all(obligation, timing, since, _slot(person, obligation))
        elif isinstance(timing, AtBirthdays):
            placed = tuple(self._birthdays(obligation, timing, person, since))
        elif isinstance(timing, AfterEvent):
            placed = tuple(self._event(obligation, timing, person, since))
        else:
            placed = tuple(self._silence(obligation, timing, person, since))
        if holds is not None:
            placed = tuple(task for task in placed if holds(task.anchor))
        if person.stays or person.in_hospital:
            placed = tuple(self._adapted(task, obligation, person) for task in placed)
        return placed

    # --- windows ------------------------------------------------------------------------------

    def _same_for_all(
        self, obligation: Obligation, timing: Quota | AtFestivals, since: date, slot: int
    ) -> tuple[PlannedTask, ...]:
        name = (obligation.key, timing, obligation.channels, since, slot)
        found = self._shared.get(name)
        if found is None:
            if isinstance(timing, Quota):
                found = tuple(self._quota(obligation, timing, since, slot))
            else:
                found = tuple(self._festivals(obligation, timing, since, slot))
            self._shared[name] = found
        return found

    def _quota(
        self, obligation: Obligation, timing: Quota, since: date, slot: int
    ) -> Iterator[PlannedTask]:
        if timing.per == "once":
            window = Window(since, since + timedelta(days=_ONCE_DAYS))
            yield from self._in_view(obligation, "once", window, since, since, slot)
            return
        for period in periods_between(timing.per, max(since, self.first), self.last):
            for number, window in enumerate(_shares(period, timing.times), 1):
                left = (window.due_on - since).days + 1
                length = (window.due_on - window.opens_on).days + 1
                if left < min(length / 2, _ENOUGH_DAYS):
                    continue
                key = period.key if timing.times == 1 else f"{period.key}/{number}"
                anchor = max(window.opens_on, since)
                yield from self._in_view(obligation, key, window, since, anchor, slot)

    def _festivals(
        self, obligation: Obligation, timing: AtFestivals, since: date, slot: int
    ) -> Iterator[PlannedTask]:
        chosen = [self.almanac.festivals[code] for code in timing.codes]
        reach = timedelta(days=120)
        for occasion in festivals_between(chosen, self.first - reach, self.last + reach):
            window = self._window(timing, occasion.on, occasion.on)
            key = f"{occasion.on.year}-{occasion.festival.code}"
            yield from self._in_view(obligation, key, window, since, occasion.on, slot)

    def _birthdays(
        self, obligation: Obligation, timing: AtBirthdays, person: Situation, since: date
    ) -> Iterator[PlannedTask]:
        if person.born is None:
            return
        for birthday in self._birthdays_of(person.born, person.lunar):
            if not timing.ages.include(birthday):
                continue
            window = self._window(timing, birthday.earliest, birthday.latest)
            for task in self._in_view(
                obligation, birthday.key, window, since, birthday.earliest, 0
            ):
                wanted = birthday.latest if birthday.latest in window else window.due_on
                yield replace(task, planned_on=self._worked(wanted, window))

    def _birthdays_of(
        self, born: tuple[date, date], lunar: LunarDay | bool
    ) -> tuple[Birthday, ...]:
        found = self._kept.get((born, lunar))
        if found is None:
            reach = timedelta(days=120)
            found = self._kept[born, lunar] = birthdays_between(
                born, self.first - reach, self.last + reach, lunar=lunar
            )
        return found

    def _event(
        self, obligation: Obligation, timing: AfterEvent, person: Situation, since: date
    ) -> Iterator[PlannedTask]:
        happened = person.events.get(timing.event)
        if happened is None:
            return
        window = self._window(timing, *happened)
        yield from self._in_view(obligation, happened[0].isoformat(), window, since, happened[1], 0)

    def _silence(
        self, obligation: Obligation, timing: Silence, person: Situation, since: date
    ) -> Iterator[PlannedTask]:
        heard = person.heard.get(timing.channels)
        quiet_on = max((heard or since) + timedelta(days=timing.days), since)
        window = Window(quiet_on, timing.due.apply(quiet_on, self.almanac.calendar))
        key = (heard or since).isoformat()
        yield from self._in_view(obligation, key, window, since, quiet_on, 0)

    def _window(
        self, timing: AtFestivals | AtBirthdays | AfterEvent, earliest: date, latest: date
    ) -> Window:
        """Give the window around a day, or around the days that it may be."""
        opens = timing.opens.apply(earliest, self.almanac.calendar)
        due = timing.due.apply(latest, self.almanac.calendar)
        return Window(min(opens, due), due)

    def _in_view(
        self,
        obligation: Obligation,
        period: str,
        window: Window,
        since: date,
        anchor: date,
        slot: int,
    ) -> Iterator[PlannedTask]:
        """Yield the task unless its window is before the start, in the past or beyond the view."""
        if window.due_on < max(since, self.first) or window.opens_on > self.last:
            return
        days = self._worked_days(Window(max(window.opens_on, since), window.due_on))
        planned = days[slot * len(days) // _SLOTS]
        yield PlannedTask(
            obligation.key,
            period,
            window.opens_on,
            window.due_on,
            planned,
            anchor,
            obligation.channels,
        )

    def _worked_days(self, window: Window) -> list[date]:
        """List the worked days of a window; all its days where none is worked."""
        first = bisect_left(self._worked_in_view, window.opens_on)
        last = bisect_right(self._worked_in_view, window.due_on)
        return self._worked_in_view[first:last] or _days(window.opens_on, window.due_on)

    def _worked(self, day: date, window: Window) -> date:
        """Give the day, or the last worked day before it that is still in the window."""
        worked = self.almanac.calendar.on_or_before(day)
        return worked if worked in window else day

    # --- absence ------------------------------------------------------------------------------

    def _adapted(self, task: PlannedTask, duty: Obligation, person: Situation) -> PlannedTask:
        """Turn a visit that cannot be made into a call, a visit at the hospital, or an excuse."""
        if person.in_hospital and task.opens_on <= self.first <= task.due_on:
            return _in_hospital(task, duty)
        if not any(_covers(stay, task.planned_on) for stay in person.stays):
            return task
        begins = max(task.opens_on, person.starts.get(duty.key, person.since))
        days = self._worked_days(Window(begins, task.due_on))
        present = [day for day in days if not any(_covers(stay, day) for stay in person.stays)]
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


def _covers(stay: Stay, day: date) -> bool:
    return stay.first <= day and (stay.last is None or day <= stay.last)


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _shares(period: Period, times: int) -> Iterator[Window]:
    """Cut a period into as many windows as there are tasks in it, as equal as days allow."""
    length = (period.last - period.first).days + 1
    cuts = [period.first + timedelta(days=length * n // times) for n in range(times + 1)]
    for opens, following in pairwise(cuts):
        yield Window(opens, following - _DAY)


def _slot(person: Situation, obligation: Obligation) -> int:
    """Choose where in a period this person's task falls.

    Steps of the golden ratio spread any caseload evenly; the obligation shifts them, so that not
    all tasks of a person fall on the same day.
    """
    shift = crc32(obligation.key.encode()) / 2**32
    return int((person.person_id * _GOLDEN + shift) % 1 * _SLOTS)

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
from operator import is_
from typing import Any
from zlib import crc32

from casework.occasions import (
    Birthday,
    Festival,
    Window,
    WorkCalendar,
    birthdays_between,
    festivals_between,
    months_before,
)
from casework.planning.situation import PlannedTask, Situation, adapt
from casework.rules.ruleset import Obligation
from casework.rules.timing import AfterEvent, AtBirthdays, AtFestivals, Quota, Silence, Timing

__all__ = [
    "Almanac",
    "Period",
    "Placer",
    "periods_between",
]

_DAY = timedelta(days=1)
_SLOTS = 40
_GOLDEN = 0.6180339887498949
#: A period that is already running counts while half of it, or this many days, are left.
_ENOUGH_DAYS = 30
_ONCE_DAYS = 90
#: A festival or birthday whose window is in view is seldom farther away than this.
_REACH_DAYS = 120
#: A window in view can begin or end so many days outside of it.
_MARGIN_DAYS = 400
#: So many different placings of one obligation are kept; they are worked out again after that.
_SHARED_AT_MOST = 50_000
#: So many selections of the same tasks are kept, as conditions that turn on a day choose them.
_PARTS_AT_MOST = 500


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
        self._shared: dict[str, _Shared] = {}
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
        placed = self._placed(obligation, person)
        if holds is not None:
            placed = placed.owed(tuple([holds(task.anchor) for task in placed.tasks]))
        if person.stays:
            return self._adapted(placed.tasks, obligation, person)
        if person.in_hospital:
            # The same for everybody who is there, however long each of them stays.
            found = placed.in_hospital.get(obligation.when_in_hospital)
            if found is None:
                found = self._adapted(placed.tasks, obligation, person)
                placed.in_hospital[obligation.when_in_hospital] = found
            return found
        return placed.tasks

    def _adapted(
        self, placed: tuple[PlannedTask, ...], obligation: Obligation, person: Situation
    ) -> tuple[PlannedTask, ...]:
        """Adapt tasks to absence; the very same ones where nothing has to be."""
        adapted = tuple(
            [adapt(task, obligation, person, self.first, self._worked_days) for task in placed]
        )
        return placed if all(map(is_, adapted, placed)) else adapted

    # --- windows ------------------------------------------------------------------------------

    def _placed(self, obligation: Obligation, person: Situation) -> _Placing:
        """Place an obligation, once for everybody for whom the same decides where its tasks fall.

        Not adapted to absence yet.
        """
        shared = self._shared.get(obligation.key)
        if shared is None or not shared.serves(obligation):
            shared = self._shared[obligation.key] = _Shared(obligation)
        since = person.starts.get(obligation.key, person.since)
        about = (
            shared.slot(person.person_id)
            if shared.is_spread
            else self._deciding(obligation.timing, person)
        )
        found = shared.tasks.get((since, about))
        if found is None:
            if len(shared.tasks) >= _SHARED_AT_MOST:
                shared.tasks.clear()
            found = _Placing(tuple(self._windows(obligation, about, since)))
            shared.tasks[since, about] = found
        return found

    def _deciding(self, timing: Timing, person: Situation) -> Any:
        """Give what of a person decides where tasks fall that are not spread over periods."""
        if isinstance(timing, AtBirthdays):
            return self._birthdays_of(timing, person)
        if isinstance(timing, AfterEvent):
            return person.events.get(timing.event)
        return person.heard.get(timing.channels) if isinstance(timing, Silence) else None

    def _windows(self, obligation: Obligation, about: Any, since: date) -> Iterator[PlannedTask]:
        timing = obligation.timing
        if isinstance(timing, Quota):
            return self._quota(obligation, timing, since, about)
        if isinstance(timing, AtFestivals):
            return self._festivals(obligation, timing, since, about)
        if isinstance(timing, AtBirthdays):
            return self._birthdays(obligation, timing, about, since)
        if isinstance(timing, AfterEvent):
            return self._event(obligation, timing, about, since)
        return self._silence(obligation, timing, about, since)

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
        reach = _reach(timing)
        for occasion in festivals_between(chosen, self.first - reach, self.last + reach):
            window = self._window(timing, occasion.on, occasion.on)
            key = f"{occasion.on.year}-{occasion.festival.code}"
            yield from self._in_view(obligation, key, window, since, occasion.on, slot)

    def _birthdays_of(
        self, timing: AtBirthdays, person: Situation
    ) -> tuple[tuple[str, date, date], ...]:
        """Name the birthdays of a person that are kept, each with its earliest and latest day."""
        if person.born is None:
            return ()
        reach = _reach(timing)
        found = self._kept.get((person.born, person.lunar, reach))
        if found is None:
            if len(self._kept) >= _SHARED_AT_MOST:
                self._kept.clear()
            found = self._kept[person.born, person.lunar, reach] = birthdays_between(
                person.born, self.first - reach, self.last + reach, lunar=person.lunar
            )
        ages = timing.ages
        return tuple((one.key, one.earliest, one.latest) for one in found if ages.include(one))

    def _birthdays(
        self,
        obligation: Obligation,
        timing: AtBirthdays,
        days: tuple[tuple[str, date, date], ...],
        since: date,
    ) -> Iterator[PlannedTask]:
        for key, earliest, latest in days:
            window = self._window(timing, earliest, latest)
            for task in self._in_view(obligation, key, window, since, earliest, 0):
                wanted = latest if latest in window else window.due_on
                yield replace(task, planned_on=self._worked(wanted, window))

    def _event(
        self,
        obligation: Obligation,
        timing: AfterEvent,
        happened: tuple[date, date] | None,
        since: date,
    ) -> Iterator[PlannedTask]:
        if happened is None:
            return
        window = self._window(timing, *happened)
        yield from self._in_view(
            obligation, timing.period(happened[0]), window, since, happened[1], 0
        )

    def _silence(
        self, obligation: Obligation, timing: Silence, heard: date | None, since: date
    ) -> Iterator[PlannedTask]:
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


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _reach(timing: AtFestivals | AtBirthdays) -> timedelta:
    """Tell how far outside the view a day may lie whose window is in it.

    The same for all distances that are usual, so that birthdays are reckoned once for all rules.
    """
    return timedelta(days=max(_REACH_DAYS, timing.opens.most_days, timing.due.most_days))


def _shares(period: Period, times: int) -> Iterator[Window]:
    """Cut a period into as many windows as there are tasks in it, as equal as days allow."""
    length = (period.last - period.first).days + 1
    cuts = [period.first + timedelta(days=length * n // times) for n in range(times + 1)]
    for opens, following in pairwise(cuts):
        yield Window(opens, following - _DAY)


class _Placing:
    """Tasks of one obligation that fall the same for many people, and what becomes of them.

    Whoever is owed the same gets the very same tuple: that is what makes writing them cheap.

    Attributes
    ----------
    in_hospital : dict
        What becomes of them for whoever is in hospital today, by what the obligation says to that.
    """

    __slots__ = ("_owed", "in_hospital", "tasks")

    def __init__(self, tasks: tuple[PlannedTask, ...]) -> None:
        self.tasks = tasks
        self.in_hospital: dict[str, tuple[PlannedTask, ...]] = {}
        self._owed: dict[tuple[bool, ...], _Placing] = {}

    def owed(self, which: tuple[bool, ...]) -> _Placing:
        """Give those that are owed."""
        if all(which):
            return self
        found = self._owed.get(which)
        if found is None:
            if len(self._owed) >= _PARTS_AT_MOST:
                self._owed.clear()
            chosen = tuple(task for task, owed in zip(self.tasks, which, strict=True) if owed)
            found = self._owed[which] = _Placing(chosen)
        return found


class _Shared:
    """What placing one obligation has in common for many people.

    Attributes
    ----------
    tasks : dict
        By the first day it is owed, and by what else decides where its tasks fall.
    is_spread : bool
        Whether only the person's slot does, because tasks are spread over their periods.
    """

    __slots__ = ("_obligation", "_shift", "is_spread", "tasks")

    def __init__(self, obligation: Obligation) -> None:
        self._obligation = obligation
        self.is_spread = isinstance(obligation.timing, Quota | AtFestivals)
        self._shift = crc32(obligation.key.encode()) / 2**32
        self.tasks: dict[tuple[date, object], _Placing] = {}

    def serves(self, obligation: Obligation) -> bool:
        """Tell whether an obligation of the same key places its tasks alike."""
        own = self._obligation
        return own is obligation or (
            own.timing == obligation.timing and own.channels == obligation.channels
        )

    def slot(self, person_id: int) -> int:
        """Choose where in a period a person's task falls.

        Steps of the golden ratio spread any caseload evenly; the obligation shifts them, so that
        not all tasks of a person fall on the same day.
        """
        return int((person_id * _GOLDEN + self._shift) % 1 * _SLOTS)

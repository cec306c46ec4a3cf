"""On which days something that is given every day is given: not after a death, in hospital or away.

Decides that from dated spans; pure. Leaves reading the spans to the workbook.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

__all__ = ["REASONS", "Absence", "given_days"]

REASONS = ("died", "in_hospital", "away")
"""Why nothing is given on a day; of several, the first of these is told."""


@dataclass(frozen=True, slots=True)
class Absence:
    """Days on which nothing is given, both inclusive; an open end is None."""

    reason: str
    first: date | None
    last: date | None = None

    def covers(self, day: date) -> bool:
        """Tell whether a day lies in it."""
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


def given_days(
    first: date, last: date, absences: Iterable[Absence] = ()
) -> Mapping[date, str | None]:
    """Tell for every day whether something is given, both ends included.

    Parameters
    ----------
    absences : iterable of Absence
        May overlap; one of a death begins the day after it.

    Returns
    -------
    mapping of date to str or None
        None on a day on which it is given, else one of `REASONS`; empty where last lies before
        first.

    Examples
    --------
    >>> away = Absence("away", date(2025, 3, 2), date(2025, 3, 2))
    >>> list(given_days(date(2025, 3, 1), date(2025, 3, 3), [away]).values())
    [None, 'away', None]
    """
    spans = sorted(absences, key=lambda one: REASONS.index(one.reason))
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return {day: next((one.reason for one in spans if one.covers(day)), None) for day in days}

"""How many would still be here after some years, judged by who died here.

Decides nothing about anybody: it gives a share for a group of people of one age. It rests on the
deaths of the last years that this workbook knows of, by band of age; below so many deaths it says
nothing, because a guess would look like knowledge.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from casework.occasions import months_before
from casework.records import Person, in_care_on

__all__ = ["Survival", "survival", "survival_of"]

_YEARS = 3
_FEWEST_DEATHS = 10
_BANDS = (0, 80, 90, 200)  # the first ages of the bands, and an end nobody reaches
_YEAR = 365.25

Life = tuple[date | None, date | None]


@dataclass(frozen=True, slots=True)
class Survival:
    """Deaths a year by band of age, as they were here.

    Attributes
    ----------
    since : date
        From when on deaths were counted.
    deaths : int
        How many there were.
    rates : tuple of float
        Deaths a year and person, by band.
    overall : float
        The same over all ages, for whoever's age is not known.
    """

    since: date
    deaths: int
    rates: tuple[float, ...]
    overall: float

    def share(self, born: date | None, today: date, years: int) -> float:
        """Give the share of people born on a day that would live some years from today.

        Parameters
        ----------
        born : date or None
            None where it is not known; deaths over all ages then count.
        """
        if born is None:
            return math.exp(-self.overall * years)
        days = _days_by_band(born, today, _later(today, years))
        return math.exp(-sum(rate * n / _YEAR for rate, n in zip(self.rates, days, strict=True)))


def survival(session: Session, today: date) -> Survival | None:
    """Read the deaths of the last years; None where too few are known to say anything."""
    since = months_before(today, 12 * _YEARS)
    died = and_(
        Person.merged_into_id.is_(None),
        Person.withdrawn_at.is_(None),
        Person.died_on.between(since, today),
    )
    lives = session.execute(
        select(Person.born_on_latest, Person.died_on).where(or_(died, in_care_on(today)))
    )
    return survival_of([(born, gone) for born, gone in lives], since, today)


def survival_of(lives: Sequence[Life], since: date, today: date) -> Survival | None:
    """Reckon deaths a year from lives: when each began, and ended.

    Counting begins with the first death there is, because a workbook may be younger than `since`
    and know nothing of those who died before it; deaths then weigh rather more than less.
    """
    ends = [gone for _born, gone in lives if gone is not None and since <= gone <= today]
    if len(ends) < _FEWEST_DEATHS:
        return None
    since = min(ends)
    deaths, days = [0.0] * (len(_BANDS) - 1), [0] * (len(_BANDS) - 1)
    whole = 0
    for born, gone in lives:
        until = today if gone is None else min(gone, today)
        whole += max(0, (until - since).days)
        if born is None:
            continue
        found = _days_by_band(born, since, until)
        days = [one + more for one, more in zip(days, found, strict=True)]
        if gone is not None and gone <= today:
            deaths[_band(born, gone)] += 1
    overall = len(ends) * _YEAR / max(whole, 1)
    rates: list[float] = []
    for n, lived in zip(deaths, days, strict=True):
        # Where nobody of an age was here, the age below it says most.
        rates.append((n + 0.5) * _YEAR / lived if lived else rates[-1] if rates else overall)
    return Survival(since, len(ends), tuple(rates), overall)


def _days_by_band(born: date, first: date, last: date) -> list[int]:
    """Give how many of these days somebody lived in each band of age."""
    limits = [_later(born, age) for age in _BANDS]
    return [
        max(0, (min(last, until) - max(first, begun)).days) for begun, until in pairwise(limits)
    ]


def _band(born: date, day: date) -> int:
    return max(n for n in range(len(_BANDS) - 1) if n == 0 or _later(born, _BANDS[n]) <= day)


def _later(day: date, years: int) -> date:
    """Give the same day some years later, the 28th where there is no 29th of February."""
    return months_before(day, -12 * years)

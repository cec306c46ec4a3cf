"""Which birthday a person keeps, and on which days: this year's and the next ones.

Decides between the solar and the lunar day by what the person told; leaves the calendars to
:mod:`casework.occasions`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from casework.errors import CaseworkError
from casework.occasions import (
    Birthday,
    LunarDay,
    birthdays_between,
    lunar_from,
    lunar_of,
)

__all__ = ["BirthdayKept", "birthday_kept"]


@dataclass(frozen=True, slots=True)
class BirthdayKept:
    """The birthday as it is kept.

    Attributes
    ----------
    calendar : {"solar", "lunar"}
    is_told : bool
        Whether the person told which; the solar one is assumed until then.
    lunar : str
        The lunar day in words, where one is known or can be reckoned.
    this_year : tuple of Birthday
        Those of the solar year of the day asked: a lunar one may fall on none or two of its days.
    coming : Birthday or None
        The first one on that day or later.
    """

    calendar: str
    is_told: bool
    lunar: str
    this_year: tuple[Birthday, ...]
    coming: Birthday | None


def birthday_kept(
    earliest: date | None, latest: date | None, *, kept: str | None, told: str | None, on: date
) -> BirthdayKept | None:
    """Tell which birthday a person keeps and when, or None while the day of birth is not known.

    Parameters
    ----------
    earliest, latest : date or None
        First and last day the official birth date may mean.
    kept : {"solar", "lunar"} or None
        What the person said.
    told : str or None
        The lunar day as told: 八月十五, 闰五月二十.

    Examples
    --------
    >>> born = date(1933, 7, 12)
    >>> found = birthday_kept(born, born, kept="lunar", told=None, on=date(2028, 1, 1))
    >>> found.lunar, found.coming.earliest
    ('闰五月二十', datetime.date(2028, 7, 12))
    """
    if earliest is None or latest is None:
        return None
    day = _lunar_day(earliest, latest, told)
    is_lunar = kept == "lunar" or (kept is None and told is not None)
    lunar: LunarDay | bool = day or False if is_lunar else False
    if is_lunar and day is None:
        return BirthdayKept("lunar", True, "", (), None)
    found = birthdays_between(
        (earliest, latest), date(on.year, 1, 1), date(on.year + 2, 12, 31), lunar=lunar
    )
    return BirthdayKept(
        calendar="lunar" if is_lunar else "solar",
        is_told=kept is not None or told is not None,
        lunar=str(day) if day else "",
        this_year=tuple(one for one in found if one.earliest.year == on.year),
        coming=next((one for one in found if one.latest >= on), None),
    )


def _lunar_day(earliest: date, latest: date, told: str | None) -> LunarDay | None:
    """Read the lunar day that was told; else reckon it, where the day of birth is known."""
    try:
        if told is not None:
            return lunar_from(told, lunar_of(earliest).year)
        return lunar_of(earliest) if earliest == latest else None
    except CaseworkError:
        return None

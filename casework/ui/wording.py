"""How days, numbers and counts are written, in both languages.

Decides the notation that look.md asks for: 2026年11月22日, 11月22日 周日, 1,200.00 元, a thin space
between Chinese and digits. Pure: what is shown today comes in as an argument.
"""

from __future__ import annotations

import re
from datetime import date, datetime

from casework.terms import MONTHS, _, day_in_words, day_of, language

__all__ = [
    "ago_text",
    "day_text",
    "headed",
    "money_text",
    "noted_on",
    "number_text",
    "short_day_text",
    "spaced",
    "span_text",
    "weekday_text",
]

_THIN = "\u2009"
_HAN = "\u4e00-\u9fff"
_HALF_A_YEAR = 182
_DAYS_EN = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


def headed(words: str) -> str:
    """Write words as they stand at the head of something: with a capital where there is one.

    Examples
    --------
    >>> headed("dossier"), headed("一人一档")
    ('Dossier', '一人一档')
    """
    return words[:1].upper() + words[1:]


def spaced(words: str) -> str:
    """Put a thin space between Chinese characters and the digits beside them; not within a date.

    Examples
    --------
    >>> spaced("共400人").split(_THIN)
    ['共', '400', '人']
    >>> spaced("1月22日") == "1月22日"
    True
    """
    once = re.sub(f"(?<=[{_HAN}])(?<![年月])(?=[0-9])", _THIN, words)
    return re.sub(f"(?<=[0-9])(?![年月日])(?=[{_HAN}])", _THIN, once)


def day_text(day: date) -> str:
    """Write a day in full: 2026年11月22日, or 22 Nov 2026."""
    return day_in_words(day.isoformat())


def noted_on(moment: datetime) -> str:
    """Write the day on which something was written down, as short as a note wants it.

    Examples
    --------
    >>> from datetime import UTC
    >>> noted_on(datetime(2026, 11, 30, 17, 30, tzinfo=UTC))
    '2026-12-01'
    """
    return day_of(moment).isoformat()


def weekday_text(day: date) -> str:
    """Write the day of the week: 周日, or Sun."""
    if language() == "en":
        return _DAYS_EN[day.weekday()]
    return "周" + "一二三四五六日"[day.weekday()]


def short_day_text(day: date, on: date | None = None) -> str:
    """Write a day near by: 11月22日 周日, or Sun 22 Nov.

    Parameters
    ----------
    day : date
    on : date, optional
        The day it is read on. More than half a year from it the year is named, since the month
        and the day alone would be taken for those of another year.
    """
    far = on is not None and abs((day - on).days) > _HALF_A_YEAR
    if language() == "en":
        near = f"{day.day} {MONTHS[day.month - 1]}"
        return f"{weekday_text(day)} {day_text(day) if far else near}"
    return f"{day_text(day) if far else f'{day.month}月{day.day}日'} {weekday_text(day)}"


def span_text(earliest: date, latest: date) -> str:
    """Write a day that may be known only to the month or year: 1942年3月, 1942年."""
    if earliest == latest:
        return day_text(earliest)
    whole_year = (earliest.month, earliest.day, latest.month, latest.day) == (1, 1, 12, 31)
    if whole_year and earliest.year == latest.year:
        return day_in_words(earliest.isoformat()[:4])
    if (earliest.year, earliest.month) == (latest.year, latest.month) and earliest.day == 1:
        return day_in_words(earliest.isoformat()[:7])
    return _("{first} to {last}", first=day_text(earliest), last=day_text(latest))


def ago_text(day: date, on: date) -> str:
    """Say how long ago a day was, seen from another: today, 3 days ago, in 5 days."""
    days = (on - day).days
    if days == 0:
        return _("today")
    if days < 0:
        return _("in {n} days", n=-days)
    return _("yesterday") if days == 1 else _("{n} days ago", n=days)


def number_text(number: int) -> str:
    """Write a count with thousands commas."""
    return f"{number:,}"


def money_text(cents: int) -> str:
    """Write an amount of money: 1,200.00 元."""
    whole, rest = divmod(abs(cents), 100)
    sign = "-" if cents < 0 else ""
    return _("{amount} yuan", amount=f"{sign}{whole:,}.{rest:02d}")

"""What a person typed into a field, read without guessing: numbers, days, spans of days.

Decides which numbers are one and what a day may leave out; the notations of dates are those of
rosters, in `casework.identifiers`. Leaves to the field what it requires. Nothing is
rounded or clamped: what cannot be read is refused with what would be accepted. Pure: the day
that "yesterday" is counted from comes in as an argument.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from casework.identifiers import read_date

__all__ = ["DaySpan", "day_span_from", "decimal_from", "integer_from"]

_WITHOUT_YEAR = re.compile(
    r"[\d一二三四五六七八九十]{1,3}月[\d一二三四五六七八九十]{1,3}[日号]?|\d{1,2}[-./]\d{1,2}"
)
_FULL_YEAR = re.compile(r"\d{4}|[〇零○一二三四五六七八九]{4}|民国")
_RELATIVE = {
    "今天": 0,
    "今日": 0,
    "today": 0,
    "昨天": -1,
    "昨日": -1,
    "yesterday": -1,
    "前天": -2,
    "明天": 1,
    "tomorrow": 1,
    "后天": 2,
}


@dataclass(frozen=True, slots=True)
class DaySpan:
    """The days a typed date can mean, both included; one day when it is known exactly."""

    earliest: date
    latest: date

    @property
    def is_one_day(self) -> bool:
        """Whether the day itself is known."""
        return self.earliest == self.latest


def decimal_from(typed: str) -> Decimal | None:
    """Read a number typed in half- or full-width digits, with or without thousands commas.

    Returns
    -------
    Decimal or None
        None when nothing was typed.

    Raises
    ------
    ValueError
        When it is not a number.

    Examples
    --------
    >>> decimal_from("１，２００．５")
    Decimal('1200.5')
    """
    plain = _plain(typed).replace("−", "-")
    if not plain:
        return None
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", plain):
        plain = plain.replace(",", "")
    if not re.fullmatch(r"[+-]?\d{1,15}(\.\d{1,6})?", plain):
        raise ValueError("not a number")
    try:
        return Decimal(plain)
    except InvalidOperation as problem:
        raise ValueError("not a number") from problem


def integer_from(typed: str) -> int | None:
    """Read a whole number; None when nothing was typed.

    Raises
    ------
    ValueError
        When it is not a whole number.
    """
    number = decimal_from(typed)
    if number is None:
        return None
    if number != number.to_integral_value():
        raise ValueError("not a whole number")
    return int(number)


def day_span_from(typed: str, on: date) -> DaySpan | None:
    """Read a day, month or year in the notations people type.

    Parameters
    ----------
    typed : str
        ``2026-11-22``, ``2026.11.22``, ``2026/11/22``, ``20261122``, ``2026年11月22日``,
        ``二〇二六年十一月二十二日``, ``11月22日`` and ``11-22`` (the year of ``on``),
        ``2026年11月``, ``2026年``, ``民国二十年``, ``今天``, ``昨天``, ``yesterday``; digits of
        full width too.
    on : date
        Today, for what leaves the year out.

    Returns
    -------
    DaySpan or None
        None when nothing was typed.

    Raises
    ------
    ValueError
        When it is not a date, or not one that exists.

    Examples
    --------
    >>> day_span_from("1942年3月", date(2025, 3, 3))
    DaySpan(earliest=datetime.date(1942, 3, 1), latest=datetime.date(1942, 3, 31))
    """
    plain = _plain(typed)
    if not plain:
        return None
    if plain.lower() in _RELATIVE:
        day = on + timedelta(days=_RELATIVE[plain.lower()])
        return DaySpan(day, day)
    found = read_date(_with_year(plain, on))
    if found.problem or found.earliest is None or found.latest is None:
        raise ValueError("not a date")
    return DaySpan(found.earliest, found.latest)


def _with_year(plain: str, on: date) -> str:
    """Put this year before a day that has none; a year of two digits is not guessed at."""
    if _WITHOUT_YEAR.fullmatch(plain):
        return f"{on.year}年{plain}" if "月" in plain else f"{on.year}-{plain}"
    is_number = plain.isdigit()
    if (is_number and len(plain) not in (4, 8)) or not _FULL_YEAR.search(plain):
        raise ValueError("not a date")
    return plain


def _plain(typed: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", typed))

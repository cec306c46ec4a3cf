"""What a person typed into a field, read without guessing: numbers, days, spans of days.

Decides which notations are a number or a day; leaves to the field what it requires. Nothing is
rounded or clamped: what cannot be read is refused with what would be accepted. Pure: the day
that "yesterday" is counted from comes in as an argument.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

__all__ = ["DaySpan", "day_span_from", "decimal_from", "integer_from"]

_DIGITS = str.maketrans("〇零一二三四五六七八九", "00123456789")
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
        ``2026年11月``, ``2026年``, ``今天``, ``昨天``, ``yesterday``; full-width digits too.
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
    year, month, day_of_month = _pieces(_arabic(plain), on)
    return _span(year, month, day_of_month)


def _plain(typed: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", typed))


def _pieces(plain: str, on: date) -> tuple[int, int | None, int | None]:
    """Take year, month and day apart."""
    patterns = (
        r"(?P<y>\d{4})[-./年](?P<m>\d{1,2})[-./月](?P<d>\d{1,2})[日号]?",
        r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})",
        r"(?P<m>\d{1,2})月(?P<d>\d{1,2})[日号]?",
        r"(?P<m>\d{1,2})[-./](?P<d>\d{1,2})",
        r"(?P<y>\d{4})[-./年](?P<m>\d{1,2})月?",
        r"(?P<y>\d{4})年?",
    )
    for pattern in patterns:
        found = re.fullmatch(pattern, plain)
        if found:
            part = found.groupdict()
            return (
                int(part.get("y") or on.year),
                int(part["m"]) if part.get("m") else None,
                int(part["d"]) if part.get("d") else None,
            )
    raise ValueError("not a date")


def _span(year: int, month: int | None, day: int | None) -> DaySpan:
    if month is None:
        return DaySpan(date(year, 1, 1), date(year, 12, 31))
    if day is None:
        first = date(year, month, 1)
        following = date(year + month // 12, month % 12 + 1, 1)
        return DaySpan(first, following - timedelta(days=1))
    exact = date(year, month, day)
    return DaySpan(exact, exact)


def _arabic(plain: str) -> str:
    """Turn Chinese numerals of a date into digits: 二〇二六年十一月二十二日."""
    if not re.search("[〇零一二三四五六七八九十]", plain):
        return plain

    def tens(found: re.Match[str]) -> str:
        before, after = found.group(1), found.group(2)
        number = (int(before.translate(_DIGITS)) if before else 1) * 10
        return str(number + (int(after.translate(_DIGITS)) if after else 0))

    with_tens = re.sub("([一二三])?十([一二三四五六七八九])?", tens, plain)
    return with_tens.translate(_DIGITS)

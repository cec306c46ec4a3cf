"""Hours as people write them: 周一至周五 08:30-12:00, 周三 15:00-16:30, Mon-Fri 08:30-12:00.

Decides what such a text means and refuses what means nothing; an open text is never guessed at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from casework.errors import InvalidEntry
from casework.terms import _

__all__ = ["Hours", "clock", "read_hours"]

_DAYS = {
    **{
        f"{week}{day}": n for week in ("周", "星期", "礼拜") for n, day in enumerate("一二三四五六")
    },
    **dict.fromkeys(("周日", "周天", "星期日", "星期天", "礼拜天"), 6),
    **{name: n for n, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))},
}
_DAY = "(?:" + "|".join(sorted(_DAYS, key=len, reverse=True)) + ")"
_TIME = r"(\d{1,2})\s*[::]\s*(\d{2})"
_DASH = r"\s*(?:-|–|—|~|至|到|－|～)\s*"
_SPAN = re.compile(
    rf"^(?P<days>{_DAY}(?:(?:{_DASH}|\s*[、,，]\s*){_DAY})*)?\s*{_TIME}{_DASH}{_TIME}$",
    re.IGNORECASE,
)
_WIDE = str.maketrans("０１２３４５６７８９：", "0123456789:")


@dataclass(frozen=True, slots=True)
class Hours:
    """A span of time on some days of the week.

    Parameters
    ----------
    weekdays : frozenset of int
        Monday is 0.
    begins, ends : int
        Minutes of the day, the first before the second.
    """

    weekdays: frozenset[int]
    begins: int
    ends: int


def read_hours(text: str) -> Hours:
    """Read hours; without days they hold on every day.

    Raises
    ------
    InvalidEntry
        When the text means no hours.

    Examples
    --------
    >>> read_hours("周一至周三 08:30-12:00")
    Hours(weekdays=frozenset({0, 1, 2}), begins=510, ends=720)
    """
    found = _SPAN.match(text.strip().translate(_WIDE)) if len(text) <= 100 else None
    if found is None:
        raise _refusal(text)
    hours = [int(one) for one in found.groups()[1:]]
    begins, ends = 60 * hours[0] + hours[1], 60 * hours[2] + hours[3]
    if hours[1] > 59 or hours[3] > 59 or not begins < ends <= 24 * 60:
        raise _refusal(text)
    return Hours(_weekdays(found["days"]), begins, ends)


def _weekdays(text: str | None) -> frozenset[int]:
    if not text:
        return frozenset(range(7))
    days: set[int] = set()
    for part in re.split(r"\s*[、,，]\s*", text):
        ends = [_DAYS[one.lower()] for one in re.findall(_DAY, part, re.IGNORECASE)]
        first, last = ends[0], ends[-1]
        days.update((first + n) % 7 for n in range((last - first) % 7 + 1))
    return frozenset(days)


def clock(minute: int) -> str:
    """Write a minute of the day as a clock shows it.

    Examples
    --------
    >>> clock(545)
    '09:05'
    """
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _refusal(text: str) -> InvalidEntry:
    shown = text if len(text) <= 40 else text[:37] + "..."
    return InvalidEntry(
        _(
            "“{text}” is not a time as this can be read. Write for example 周一至周五 08:30-12:00, "
            "or 14:30-17:00 for every day.",
            text=shown,
        ),
        "hours",
        text,
    )

"""Hours as people write them: 周一至周五 08:30-12:00, 周三 15:00-16:30, Mon-Fri 08:30-12:00.

Decides what such a text means and refuses what means nothing; an open text is never guessed at.
周二下午 is said so often that it is taken as the usual hours of an office: 上午 08:30-12:00, 下午
14:00-17:30, 全天 both with the time between.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from casework.errors import InvalidEntry
from casework.terms import _

__all__ = ["Hours", "clock", "read_hours", "spans_on"]

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
_PARTS = {
    **dict.fromkeys(("上午", "morning"), (510, 720)),
    **dict.fromkeys(("下午", "afternoon"), (840, 1050)),
    **dict.fromkeys(("全天", "all day"), (510, 1050)),
}
_PART = re.compile(
    rf"^(?P<days>{_DAY}(?:(?:{_DASH}|\s*[、,，]\s*){_DAY})*|每天|每日)?\s*(?P<part>"
    + "|".join(_PARTS)
    + ")$",
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
    part = _PART.match(text.strip()) if len(text) <= 100 else None
    if part is not None:
        days = part["days"] if part["days"] not in ("每天", "每日") else None
        return Hours(_weekdays(days), *_PARTS[part["part"].lower()])
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


def spans_on(
    day: date, own: Sequence[Hours], ordinary: Sequence[Hours], *, is_workday: bool
) -> list[tuple[int, int]]:
    """Give the spans in which somebody works on a day, in minutes, apart and in order.

    Parameters
    ----------
    own : sequence of Hours
        Of the member of staff; where there are any, they hold on holidays as on other days.
    ordinary : sequence of Hours
        Of everybody who has none of their own, on workdays only.

    Examples
    --------
    >>> spans_on(date(2026, 11, 30), [], [read_hours("周一至周五 08:30-12:00")], is_workday=True)
    [(510, 720)]
    """
    if not own and not is_workday:
        return []
    # A workday that was moved to a weekend is worked as a Monday is.
    weekday = day.weekday() if own or day.weekday() < 5 else 0
    found: list[tuple[int, int]] = []
    ends = 0
    for begins, until in sorted(
        (one.begins, one.ends) for one in own or ordinary if weekday in one.weekdays
    ):
        if until > max(begins, ends):
            found.append((max(begins, ends), until))
            ends = until
    return found


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

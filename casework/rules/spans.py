"""Spans of days and codes that a comparison leaves open.

Decides how ages and lengths of time become days of birth and days in the past or ahead; leaves
which comparison an author may write to :mod:`casework.rules.resolve`.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable
from datetime import date

from casework.reference import CodeList
from casework.rules.tree import DaySpan, Limit

__all__ = ["age_span", "ages_spans", "beyond", "day_span", "elapsed_span", "periods"]

_DAYS = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "year": 12}


def beyond(codes: CodeList, op: str, value: str) -> frozenset[str]:
    """Collect the codes that stand in this order to a code of the scale."""
    ranks = {entry.code: entry.rank or 0 for entry in codes.entries}
    mark = ranks[value]
    compare = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}[op]
    return frozenset(code for code, rank in ranks.items() if compare(rank, mark))


def periods(codes: CodeList, wanted: frozenset[str]) -> tuple[DaySpan, ...]:
    """Join the periods of codes, such as eras, into spans without gaps between neighbours."""
    spans: list[list[date]] = []
    for entry in sorted(codes.entries, key=lambda one: one.since or date.min):
        if entry.code not in wanted or entry.since is None or entry.until is None:
            continue
        if spans and (entry.since - spans[-1][1]).days == 1:
            spans[-1][1] = entry.until
        else:
            spans.append([entry.since, entry.until])
    return tuple(DaySpan(Limit(fixed=first), Limit(fixed=last)) for first, last in spans)


def day_span(op: str, day: date) -> DaySpan:
    """Give the span that a comparison with a day of the calendar leaves open."""
    return _span(op, Limit(fixed=day), Limit(fixed=_shift(day, -1)), Limit(fixed=_shift(day, 1)))


def _span(op: str, at: Limit, before: Limit, after: Limit) -> DaySpan:
    """Give the span that a comparison with one day leaves open."""
    return {
        "=": DaySpan(at, at),
        "<": DaySpan(None, before),
        "<=": DaySpan(None, at),
        ">": DaySpan(after, None),
        ">=": DaySpan(at, None),
    }[op]


def _shift(day: date, days: int) -> date:
    return date.fromordinal(min(max(day.toordinal() + days, 1), date.max.toordinal()))


def age_span(form: str, op: str, years: int) -> DaySpan:
    """Turn an age into a span of birth dates: at least 80 is born by this day 80 years ago."""
    this_year = form == "age_this_year"
    youngest = Limit(months=12 * years, from_year_end=this_year)
    too_old = Limit(months=12 * (years + 1), from_year_end=this_year)
    oldest = Limit(months=12 * (years + 1), days=-1, from_year_end=this_year)
    too_young = Limit(months=12 * years, days=-1, from_year_end=this_year)
    return {
        "=": DaySpan(oldest, youngest),
        "<": DaySpan(too_young, None),
        "<=": DaySpan(oldest, None),
        ">": DaySpan(None, too_old),
        ">=": DaySpan(None, youngest),
    }[op]


def ages_spans(form: str, ages: Iterable[int]) -> tuple[DaySpan, ...]:
    """Turn several ages into spans of birth dates, without gaps between neighbouring ages.

    Of whom only the year of birth is known may be 80 or 81, and is one of the two for certain.
    """
    spans: list[DaySpan] = []
    before = None
    for years in sorted(set(ages)):
        span = age_span(form, "=", years)
        if before is not None and years == before + 1:
            spans[-1] = DaySpan(span.first, spans[-1].last)
        else:
            spans.append(span)
        before = years
    return tuple(spans)


def elapsed_span(form: str, op: str, duration: tuple[int, str]) -> DaySpan:
    """Turn a length of time into a span of days in the past (since) or ahead (until).

    Only what has happened has a time since it, and only what is to come a time until it.
    """
    amount, unit = duration
    sign = -1 if form == "until" else 1
    months, days = sign * amount * _MONTHS.get(unit, 0), sign * amount * _DAYS.get(unit, 0)
    now = Limit()
    at = Limit(months=months, days=days)
    farther, nearer = Limit(months=months, days=days + sign), Limit(months=months, days=days - sign)
    ends: tuple[Limit | None, Limit | None] = {
        "=": (at, at),
        "<": (nearer, now),
        "<=": (at, now),
        ">": (None, farther),
        ">=": (None, at),
    }[op]
    if form == "until":
        ends = (ends[1], ends[0])
    return DaySpan(*ends)

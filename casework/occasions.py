"""When something falls: festivals, birthdays, workdays and the windows around them.

Decides the day of a festival or birthday in the solar or the lunar calendar, whether a day is
worked (with the make-up days of the yearly notice), and from when until when a visit for an
occasion is in time. Leaves to the data which festivals and notices there are, and to planning who
is visited. The lunar calendar itself comes from ``borax``; nothing else in casework may ask it.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Any, Literal

from casework.errors import InvalidEntry
from casework.terms import Label, _

__all__ = [
    "Birthday",
    "Festival",
    "HolidayYear",
    "LunarDay",
    "Occasion",
    "Offset",
    "Window",
    "WorkCalendar",
    "birthdays_between",
    "days_before",
    "festivals_between",
    "festivals_from",
    "holiday_year_from",
    "lunar_anniversary",
    "lunar_from",
    "lunar_of",
    "months_before",
    "nominal_age",
    "solar_of",
    "years_before",
]

#: Lunar years that borax and the astronomical almanac (sxtwl) agree on, day by day.
FIRST_LUNAR_YEAR, LAST_LUNAR_YEAR = 1901, 2056
_ONE_DAY = timedelta(days=1)
_SHORTEST_MONTH = 28


# --- the lunar calendar -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, order=True)
class LunarDay:
    """A day of the lunar calendar.

    Parameters
    ----------
    year : int
        The lunar year, named by the solar year in which it begins.
    month, day : int
        1 to 12 and 1 to 30.
    leap : bool
        Whether the month is the leap month that follows the month of the same number.
    """

    year: int
    month: int
    day: int
    leap: bool = False

    def __str__(self) -> str:
        """Write the day as it is said: 闰五月二十."""
        months = "正二三四五六七八九十冬腊"
        tens, ones = divmod(self.day, 10)
        digits = "一二三四五六七八九"
        if self.day <= 10:
            word = "初" + ("十" if self.day == 10 else digits[self.day - 1])
        elif ones:
            word = ("十", "廿", "三十")[tens - 1] + digits[ones - 1]
        else:
            word = ("", "", "二十", "三十")[tens]
        return f"{'闰' if self.leap else ''}{months[self.month - 1]}月{word}"


@cache
def lunar_of(day: date) -> LunarDay:
    """Give the lunar day of a solar day.

    Raises
    ------
    InvalidEntry
        Outside the lunar years 1901 to 2056.

    Examples
    --------
    >>> str(lunar_of(date(1933, 7, 12)))
    '闰五月二十'
    """
    from borax.calendars.lunardate import LunarDate

    if not date(1901, 2, 19) <= day <= date(2057, 2, 3):
        raise _beyond_the_calendar(day.year)
    found = LunarDate.from_solar_date(day.year, day.month, day.day)
    return LunarDay(found.year, found.month, found.day, bool(found.leap))


_SAID = re.compile(
    r"(?P<leap>闰)?(?P<month>正|一|二|三|四|五|六|七|八|九|十一|十二|十|冬|腊|\d{1,2})[月-]"
    r"(?P<day>初?[一二三四五六七八九十]|(?:十|廿|二十|三十)[一二三四五六七八九]?|\d{1,2})日?"
)
_DIGITS = "一二三四五六七八九十"
_MONTHS = {"正": 1, "冬": 11, "腊": 12, "十一": 11, "十二": 12}
_TENS = {"初": 0, "十": 10, "廿": 20, "二十": 20, "三十": 30}


def lunar_from(said: str, year: int) -> LunarDay:
    """Read a lunar day as people say or type it: ``八月十五``, ``闰五月二十``, ``08-15``.

    Parameters
    ----------
    year : int
        The lunar year it belongs to, such as the year of birth.

    Raises
    ------
    InvalidEntry
        When it is no day of the lunar calendar.

    Examples
    --------
    >>> str(lunar_from("农历闰6月20", 1930))
    '闰六月二十'
    """
    text = said.strip().removeprefix("农历").removeprefix("阴历").strip()
    match = _SAID.fullmatch(text)
    month = _lunar_number(match["month"]) if match else 0
    day = _lunar_number(match["day"]) if match else 0
    if match is None or not 1 <= month <= 12 or not 1 <= day <= 30:
        raise InvalidEntry(
            _(
                "“{text}” is not a lunar day. Write it as 八月十五, 闰五月二十 or 08-15.",
                text=said,
            ),
            "birth_lunar",
            said,
        )
    return LunarDay(year, month, day, match["leap"] is not None)


def _lunar_number(word: str) -> int:
    if word.isdigit():
        return int(word)
    if word in _MONTHS:
        return _MONTHS[word]
    for tens in ("二十", "三十", "初", "十", "廿"):
        if word.startswith(tens) and word != tens:
            return _TENS[tens] + _DIGITS.index(word[len(tens) :]) + 1
    return _TENS[word] if word in _TENS else _DIGITS.index(word) + 1


@cache
def solar_of(lunar: LunarDay) -> date:
    """Give the solar day of a lunar day.

    Raises
    ------
    InvalidEntry
        When the month has no such day, the year no such leap month, or the year is outside 1901
        to 2056.
    """
    from borax.calendars.lunardate import LunarDate

    if not FIRST_LUNAR_YEAR <= lunar.year <= LAST_LUNAR_YEAR:
        raise _beyond_the_calendar(lunar.year)
    try:
        found = LunarDate(lunar.year, lunar.month, lunar.day, int(lunar.leap)).to_solar_date()
    except ValueError as error:
        raise InvalidEntry(
            _(
                "The lunar year {year} has no day {day}. Give a month from 1 to 12 and a day that "
                "this month has, or leave out the leap month.",
                year=lunar.year,
                day=lunar,
            ),
            "lunar_day",
            lunar,
        ) from error
    return date(found.year, found.month, found.day)


def lunar_anniversary(born: LunarDay, lunar_year: int) -> date:
    """Give the solar day on which a lunar birthday is kept in a lunar year.

    Someone born in a leap month keeps the ordinary month of the same number, except in years that
    have that leap month; someone born on day 30 keeps day 29 in short months.

    Examples
    --------
    >>> lunar_anniversary(LunarDay(1933, 5, 20, leap=True), 2026)
    datetime.date(2026, 7, 4)
    """
    return _anniversary(lunar_year, born.month, born.day, born.leap)


@cache
def _anniversary(lunar_year: int, month: int, day: int, leap: bool) -> date:
    """Give the day for all who were born on it, in whatever year: days are few."""
    from borax.calendars.lunardate import LCalendars

    if not FIRST_LUNAR_YEAR <= lunar_year <= LAST_LUNAR_YEAR:
        raise _beyond_the_calendar(lunar_year)
    leap = leap and LCalendars.leap_month(lunar_year) == month
    length = LCalendars.ndays(lunar_year, month, int(leap))
    return solar_of(LunarDay(lunar_year, month, min(day, length), leap))


def nominal_age(born: LunarDay, on: date) -> int:
    """Count 虚岁: one at birth, one more at each lunar new year."""
    return lunar_of(on).year - born.year + 1


def _beyond_the_calendar(year: int) -> InvalidEntry:
    return InvalidEntry(
        _(
            "The lunar calendar does not reach the year {year}. It covers {first} to {last}; "
            "check the year.",
            year=year,
            first=FIRST_LUNAR_YEAR,
            last=LAST_LUNAR_YEAR,
        ),
        "year",
        year,
    )


# --- counting back from a day -----------------------------------------------------------------


def years_before(day: date, years: int) -> date:
    """Go back full years; 29 February becomes the 28th in a common year."""
    return months_before(day, 12 * years)


def months_before(day: date, months: int) -> date:
    """Go back months (or on, when negative), to the last day of the month where it is shorter."""
    index = day.year * 12 + day.month - 1 - months
    if index < 12:
        return date.min
    year, month = divmod(index, 12)
    if day.day <= _SHORTEST_MONTH:
        return date(year, month + 1, day.day)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def days_before(day: date, days: int) -> date:
    """Go back days (or on, when negative)."""
    try:
        return day - timedelta(days=days)
    except OverflowError:
        return date.min if days > 0 else date.max


# --- workdays ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HolidayYear:
    """What the yearly notice says: which days are off and which weekend days are worked.

    Parameters
    ----------
    confirmed : bool
        False while the notice is not published: the days are those of the law alone.
    """

    year: int
    off: frozenset[date]
    worked: frozenset[date]
    confirmed: bool = True
    source: str = ""


@dataclass(frozen=True)
class WorkCalendar:
    """Tells worked days from days off.

    A year without a notice falls back to Monday to Friday less the statutory days, and says so
    through :meth:`is_confirmed`.
    """

    years: Mapping[int, HolidayYear] = field(default_factory=dict)
    _known: dict[int, HolidayYear] = field(default_factory=dict, compare=False, repr=False)

    def is_workday(self, day: date) -> bool:
        """Tell whether the office works on this day."""
        notice = self._notice(day.year)
        if day in notice.worked:
            return True
        return day.weekday() < 5 and day not in notice.off

    def is_confirmed(self, day: date) -> bool:
        """Tell whether the notice for this day's year is known."""
        return self._notice(day.year).confirmed

    def shift(self, day: date, workdays: int) -> date:
        """Go on (or back, when negative) this many worked days, not counting the day itself."""
        step = _ONE_DAY if workdays > 0 else -_ONE_DAY
        for _count in range(abs(workdays)):
            day += step
            while not self.is_workday(day):
                day += step
        return day

    def on_or_before(self, day: date) -> date:
        """Give the day, or the last worked day before it."""
        return day if self.is_workday(day) else self.shift(day, -1)

    def on_or_after(self, day: date) -> date:
        """Give the day, or the next worked day after it."""
        return day if self.is_workday(day) else self.shift(day, 1)

    def _notice(self, year: int) -> HolidayYear:
        found = self.years.get(year) or self._known.get(year)
        if found is None:
            found = self._known[year] = _statutory_year(year)
        return found


def _statutory_year(year: int) -> HolidayYear:
    """Build the days that the law of 2024-11-10 gives, for a year without a notice."""
    off = {date(year, 1, 1), date(year, 5, 1), date(year, 5, 2)}
    off |= {date(year, 10, day) for day in (1, 2, 3)}
    if FIRST_LUNAR_YEAR < year <= LAST_LUNAR_YEAR:
        new_year = solar_of(LunarDay(year, 1, 1))
        off |= {new_year + timedelta(days=n) for n in (-1, 0, 1, 2)}
        off |= {solar_of(LunarDay(year, 5, 5)), solar_of(LunarDay(year, 8, 15))}
        off.add(_term_day(year, "清明"))
    return HolidayYear(year, frozenset(off), frozenset(), confirmed=False)


def holiday_year_from(entry: Mapping[str, Any]) -> HolidayYear:
    """Read one file of ``data/reference/holidays``: spans off, make-up days, source."""
    off: set[date] = set()
    for span in entry["holidays"]:
        day = span["from"]
        while day <= span["until"]:
            off.add(day)
            day += _ONE_DAY
    worked = {day for span in entry["holidays"] for day in span.get("worked", [])}
    return HolidayYear(
        int(entry["year"]),
        frozenset(off),
        frozenset(worked),
        bool(entry["confirmed"]),
        str(entry["source"]),
    )


# --- festivals --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Festival:
    """A day of the year on which people are visited.

    Parameters
    ----------
    calendar : {"solar", "lunar", "term"}
    month, day : int
        In that calendar; day 30 means the last day of a short lunar month. Zero for a term.
    term : str
        Name of the solar term, such as 清明.
    since, until : date or None
        The first and last day on which this definition holds, inclusive.
    """

    code: str
    label: Label
    calendar: Literal["solar", "lunar", "term"]
    month: int = 0
    day: int = 0
    term: str = ""
    since: date | None = None
    until: date | None = None

    def days(self, first: date, last: date) -> Iterator[date]:
        """Yield the festival's days from first to last, inclusive, in order."""
        for year in range(first.year - 1, last.year + 1):
            day = self._day_in(year)
            if day is None or not first <= day <= last:
                continue
            if (self.since is None or self.since <= day) and (
                self.until is None or day <= self.until
            ):
                yield day

    def _day_in(self, year: int) -> date | None:
        if self.calendar == "solar":
            return date(year, self.month, self.day)
        if not FIRST_LUNAR_YEAR <= year <= LAST_LUNAR_YEAR:
            return None
        if self.calendar == "term":
            return _term_day(year, self.term)
        return lunar_anniversary(LunarDay(year, self.month, self.day), year)


@cache
def _term_day(year: int, term: str) -> date:
    from borax.calendars.lunardate import TermUtils

    found: date = TermUtils.day_start_from_term(year, term)
    return found


@dataclass(frozen=True, slots=True)
class Occasion:
    """A festival on its day of one year."""

    festival: Festival
    on: date


def festivals_from(data: Mapping[str, Any]) -> dict[str, Festival]:
    """Read ``data/reference/occasions.toml`` into festivals by code."""
    found = {}
    for entry in data["festivals"]:
        found[entry["code"]] = Festival(
            entry["code"],
            Label(**entry["label"]),
            entry["calendar"],
            int(entry.get("month", 0)),
            int(entry.get("day", 0)),
            entry.get("term", ""),
            entry.get("since"),
            entry.get("until"),
        )
    return found


def festivals_between(
    festivals: Iterable[Festival], first: date, last: date
) -> tuple[Occasion, ...]:
    """List the festivals from first to last, inclusive, in order of their days."""
    found = [
        Occasion(festival, day) for festival in festivals for day in festival.days(first, last)
    ]
    return tuple(sorted(found, key=lambda occasion: (occasion.on, occasion.festival.code)))


# --- birthdays --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Birthday:
    """One birthday; earliest and latest differ while only the month of birth is known.

    Parameters
    ----------
    key : str
        Names the birthday among the person's birthdays: the solar year, or ``L`` and the lunar
        year (a solar year can hold no lunar birthday, or two).
    turns : int
        Completed years reached on the day.
    born : LunarDay, date or None
        The day of birth, where it is fully known.
    """

    key: str
    earliest: date
    latest: date
    turns: int
    born: LunarDay | date | None = None

    @property
    def nominal(self) -> int | None:
        """虚岁 on the day; None while the day of birth is not known."""
        if self.born is None:
            return None
        born = self.born if isinstance(self.born, LunarDay) else lunar_of(self.born)
        return nominal_age(born, self.earliest)


def birthdays_between(
    born: tuple[date, date], first: date, last: date, *, lunar: LunarDay | bool = False
) -> tuple[Birthday, ...]:
    """List the birthdays a person keeps from first to last, inclusive.

    Parameters
    ----------
    born : (date, date)
        Earliest and latest possible day of birth. A span of more than 31 days gives no birthday:
        ask for the month first.
    lunar : LunarDay or bool
        True to keep the lunar day of a fully known birth, or the lunar day itself where the
        person told it. False for the solar calendar, where 29 February is kept on the 28th in
        common years.
    """
    earliest, latest = born
    if lunar:
        if isinstance(lunar, LunarDay):
            return tuple(_lunar_birthdays(lunar, first, last))
        if earliest != latest:
            return ()
        return tuple(_lunar_birthdays(lunar_of(earliest), first, last))
    if (latest - earliest).days > 31:
        return ()
    return tuple(_solar_birthdays(earliest, latest, first, last))


def _solar_birthdays(earliest: date, latest: date, first: date, last: date) -> Iterator[Birthday]:
    for year in range(first.year - 1, last.year + 1):
        turns = year - earliest.year
        opens = months_before(earliest, -12 * turns)
        closes = months_before(latest, -12 * turns)
        if turns > 0 and closes >= first and opens <= last:
            born = earliest if earliest == latest else None
            yield Birthday(str(year), opens, closes, turns, born)


def _lunar_birthdays(born: LunarDay, first: date, last: date) -> Iterator[Birthday]:
    for year in range(max(first.year - 1, born.year + 1), min(last.year, LAST_LUNAR_YEAR) + 1):
        day = lunar_anniversary(born, year)
        if first <= day <= last:
            yield Birthday(f"L{year}", day, day, year - born.year, born)


# --- windows ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """From when until when something is in time, both inclusive."""

    opens_on: date
    due_on: date

    def __contains__(self, day: date) -> bool:
        """Tell whether the day lies in the window."""
        return self.opens_on <= day <= self.due_on


_OFFSET = re.compile(r"(\d+)\s+(workday|day|week|month)s?\s+(before|after)")


@dataclass(frozen=True, slots=True)
class Offset:
    """A distance from a day, as rules write it: ``15 days before``, ``1 workday before``.

    Examples
    --------
    >>> Offset.parse("2 weeks before").apply(date(2025, 10, 1), WorkCalendar())
    datetime.date(2025, 9, 17)
    """

    amount: int
    unit: Literal["day", "workday", "week", "month"]

    @classmethod
    def parse(cls, text: str) -> Offset:
        """Read an offset.

        Raises
        ------
        InvalidEntry
            When it is not of the form ``N days before``; also accepted are workdays, weeks and
            months, ``after``, and ``on the day``.
        """
        if text == "on the day":
            return cls(0, "day")
        match = _OFFSET.fullmatch(text.strip())
        if match is None:
            raise InvalidEntry(
                _(
                    "“{text}” is not a distance from a day. Write “on the day”, “15 days before”, "
                    "“1 workday before”, “2 weeks after” or “1 month after”.",
                    text=text,
                ),
                "offset",
                text,
            )
        sign = -1 if match[3] == "before" else 1
        return cls(sign * int(match[1]), match[2])  # type: ignore[arg-type]

    @property
    def written(self) -> str:
        """The text that `parse` reads as this distance."""
        if self.amount == 0:
            return "on the day"
        plural = "s" if abs(self.amount) != 1 else ""
        side = "before" if self.amount < 0 else "after"
        return f"{abs(self.amount)} {self.unit}{plural} {side}"

    @property
    def most_days(self) -> int:
        """The most days that it can be from a day, either way; no leave is as long as a month."""
        n = abs(self.amount)
        return {"day": n, "week": 7 * n, "month": 31 * n, "workday": 2 * n + 31}[self.unit]

    def apply(self, day: date, calendar: WorkCalendar) -> date:
        """Go this far from a day."""
        if self.unit == "workday":
            return calendar.shift(day, self.amount)
        if self.unit == "month":
            return months_before(day, -self.amount)
        return day + timedelta(days=self.amount * (7 if self.unit == "week" else 1))

    def __str__(self) -> str:
        """Say the distance in the language in force."""
        if self.amount == 0:
            return _("on the day")
        n = abs(self.amount)
        texts = {
            ("day", True): _("{n} days before", n=n),
            ("day", False): _("{n} days after", n=n),
            ("workday", True): _("{n} workdays before", n=n),
            ("workday", False): _("{n} workdays after", n=n),
            ("week", True): _("{n} weeks before", n=n),
            ("week", False): _("{n} weeks after", n=n),
            ("month", True): _("{n} months before", n=n),
            ("month", False): _("{n} months after", n=n),
        }
        return texts[self.unit, self.amount < 0]

"""Dates as people write them, read as the days they may mean.

``1931.5.3``, ``31年5月``, ``二〇一四年五月``, ``192802``, a spreadsheet's serial number,
民国二十年: all become a first and a last possible day. A date that cannot be is named, not mended.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from casework.identifiers.words import is_blank, plain

__all__ = ["DateReading", "MonthStyle", "day_of_year", "is_day_of_year", "is_lunar", "read_date"]

EARLIEST_YEAR = 1850
_LATEST_YEAR = 2200
_SERIAL_ORIGIN = date(1899, 12, 30)
_SERIALS = range(_LATEST_YEAR + 1, 80000)
_DIGITS = {c: i for i, c in enumerate("〇一二三四五六七八九")} | {"零": 0, "○": 0, "O": 0, "o": 0}
_DIGITS |= {"两": 2, "Ｏ": 0, "◯": 0}
_TENS = {"廿": 20, "卅": 30}
_ERAS = {"民国": 1911, "昭和": 1925, "大正": 1911, "明治": 1867, "宣统": 1908, "光绪": 1874}
_LUNAR = re.compile(r"农历|阴历|旧历|夏历|[正冬腊]月|闰|[初廿卅][一二三四五六七八九十]")
_LUNAR_REMARK = re.compile(r"[(（\[【](农历|阴历|旧历|夏历)[)）\]】]")
_CALENDAR_WORDS = re.compile(r"农历|阴历|旧历|夏历|闰")
_SOLAR = re.compile(r"公历|阳历|新历|西历|公元|西元")
_PARENTHESES = re.compile(r"[(（\[【][^(（\[【)）\]】]*[)）\]】]")
_LONGEST = 60
_NOISE = re.compile(
    r"出生|生日|生于|左右|前后|大约|[约生]|[?？]$|(?<=年)(?:[春夏秋冬底末初中][天季]?|[上下]半年)$|^[:,.、,]+|[.,、;,]+$"
)
_CLOCK = re.compile(r"[T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?Z?$")
_ALLOWED = re.compile(r"[\d年月日号份度.\-/\\·•、,，_~ '’\u2010-\u2015−。．]+")
_CHINESE = re.compile(r"[〇零○O◯一二三四五六七八九十廿卅元正两]+")
_ERA = re.compile(r"(民国|昭和|大正|明治|宣统|光绪)(前?)(元|\d+)年?")
_OF_MONTH = r"(?:\d{1,2}|[一二三四五六七八九十正冬腊元]{1,3})"
_OF_DAY = r"(?:\d{1,2}|[初廿卅一二三四五六七八九十]{1,3})"
_DAY_OF_YEAR = re.compile(
    rf"(?:公历|阳历|农历|阴历|旧历)?闰?{_OF_MONTH}月{_OF_DAY}[日号]?(?:[(（](?:公|阳|农|阴)历[)）])?"
)
_NUMBER = re.compile(r"\d{1,9}(\.\d+)?")
_YEAR_MONTH = re.compile(r"\d{4}\.(\d{1,2})$")


@dataclass(frozen=True, slots=True)
class DateReading:
    """The days a written date may mean.

    Attributes
    ----------
    earliest, latest : date or None
        First and last possible day, equal where the day is known; both None where nothing is.
    problem : str or None
        ``impossible_date`` (month 13, 30 February, out of range), ``ambiguous_date``,
        ``unreadable_date``; None for a right or an empty one.
    lunar : str
        The lunar day as it was written, where the date is of the lunar calendar; else empty. The
        span is then of the solar days it means.
    """

    earliest: date | None = None
    latest: date | None = None
    problem: str | None = None
    lunar: str = ""

    @property
    def is_known(self) -> bool:
        """Whether anything is known of the date."""
        return self.earliest is not None

    @property
    def iso(self) -> str:
        """ISO 8601 to the precision that is known: a day, a month or a year; else empty.

        Examples
        --------
        >>> read_date("31年5月").iso, read_date("1931.5.3").iso
        ('1931-05', '1931-05-03')
        """
        first, last = self.earliest, self.latest
        if first is None or last is None:
            return ""
        if first == last:
            return first.isoformat()
        if (first.year, first.month) == (last.year, last.month):
            return f"{first.year:04d}-{first.month:02d}"
        return f"{first.year:04d}" if first.year == last.year else ""

    def may_be(self, day: date) -> bool:
        """Tell whether the date can be this day."""
        return self.earliest is not None and self.earliest <= day <= (self.latest or day)


def is_lunar(value: object) -> bool:
    """Tell whether a written date is of the lunar calendar."""
    text = plain(value)
    return bool(_LUNAR.search(text)) or bool(_LUNAR_REMARK.search(text))


def is_day_of_year(value: object) -> bool:
    """Tell whether a birthday is written without its year: 5月3日, 农历三月初八.

    Examples
    --------
    >>> is_day_of_year("5月3日"), is_day_of_year("32年5月3日"), is_day_of_year("三月初八")
    (True, False, True)
    """
    return isinstance(value, str) and bool(_DAY_OF_YEAR.fullmatch(plain(value).replace(" ", "")))


def day_of_year(value: object) -> tuple[int, int] | None:
    """Give month and day of a solar birthday without a year; None for anything else.

    Examples
    --------
    >>> day_of_year("5月3日"), day_of_year("农历三月初八"), day_of_year("1931-05-03")
    ((5, 3), None, None)
    """
    if not is_day_of_year(value) or is_lunar(value):
        return None
    month, day = (int(one) for one in re.findall(r"\d+", _western(plain(value))))
    return month, day


@dataclass(frozen=True, slots=True)
class MonthStyle:
    """How one column writes ``year.month``, which decides whether 1931.1 is January or October.

    Attributes
    ----------
    padded : bool
        Some month is written with a zero, as in 1931.05.
    bare : bool
        Some month is written without, as in 1931.5.
    ten : bool
        Some month is written .10, so a final zero has not been lost.
    """

    padded: bool = False
    bare: bool = False
    ten: bool = False

    @classmethod
    def of(cls, values: Iterable[object]) -> MonthStyle:
        """Look at the cells of a column."""
        months = {m.group(1) for v in values if (m := _YEAR_MONTH.fullmatch(plain(v)))}
        return cls(
            padded=any(m[0] == "0" for m in months),
            bare=any(len(m) == 1 and m != "1" for m in months),
            ten="10" in months,
        )


def read_date(
    value: object,
    *,
    latest: date | None = None,
    youngest_years: int = 0,
    style: MonthStyle | None = None,
) -> DateReading:
    """Read a date in any notation met in rosters.

    Parameters
    ----------
    value : object
        Text, number, date or None.
    latest : date or None
        Last day that makes sense; a later one is impossible. None leaves the future open.
    youngest_years : int
        A two-digit year is the last such year at least so many years before ``latest``: a
        retired person born in "20" was born in 1920.
    style : MonthStyle or None
        How the column writes months.
    """
    if isinstance(value, date):  # a datetime is one, too
        return _checked(_day(value.year, value.month, value.day), latest)
    if isinstance(value, bool) or is_blank(value):
        return DateReading()
    text = plain(value)
    if len(text) > _LONGEST:
        return DateReading(problem="unreadable_date")
    how = _Habits(
        style or MonthStyle(),
        latest.year - youngest_years if latest else 1999,
        isinstance(value, float),
    )
    is_number = bool(_NUMBER.fullmatch(text))
    if isinstance(value, (int, float)) and not is_number:  # negative, too small, or no number
        return DateReading(problem="unreadable_date")
    if isinstance(value, (int, float)) or re.fullmatch(r"\d+(\.0+)?", text):
        return _checked(_of_number(text, how), latest)
    return _checked(_of_text(text, how), latest)


@dataclass(frozen=True, slots=True)
class _Habits:
    """What decides between two readings: the column's months, the last year, a number cell."""

    style: MonthStyle
    last_year: int
    is_float: bool

    def year(self, digits: str) -> int:
        """Give the full year of two or four digits."""
        if len(digits) == 4:
            return int(digits)
        year = 2000 + int(digits)
        return year if year <= self.last_year else year - 100


def _checked(found: DateReading, latest: date | None) -> DateReading:
    """Refuse days before anybody's time and, where there is a limit, days after it."""
    if found.earliest is None:
        return found
    too_late = latest is not None and found.earliest > latest
    if found.earliest.year < EARLIEST_YEAR or found.earliest.year > _LATEST_YEAR or too_late:
        return DateReading(problem="impossible_date")
    return found


def _of_number(text: str, how: _Habits) -> DateReading:
    whole, _, fraction = text.partition(".")
    if fraction.strip("0"):
        return _year_and_fraction(whole, fraction, how)
    number = int(whole)
    if len(whole) == 8:
        return _compact(whole)
    if len(whole) == 6:
        if EARLIEST_YEAR <= int(whole[:4]) <= _LATEST_YEAR:
            return _month(int(whole[:4]), int(whole[4:]))
        return _day(how.year(whole[:2]), int(whole[2:4]), int(whole[4:]))
    if len(whole) == 4 and number <= _LATEST_YEAR:
        return _year(number)
    if number in _SERIALS:
        day = _SERIAL_ORIGIN + timedelta(days=number)
        return DateReading(day, day)
    if len(whole) == 7:
        return _seven(whole)
    return DateReading(problem="unreadable_date")


def _seven(text: str) -> DateReading:
    """Read 1931503: the zero of month or day is missing, and only one reading may be possible."""
    year = int(text[:4])
    ways = {_day(year, int(text[4]), int(text[5:])), _day(year, int(text[4:6]), int(text[6:]))}
    possible = [one for one in ways if not one.problem]
    if len(possible) == 1:
        return possible[0]
    if not possible:
        return DateReading(problem="impossible_date")
    return DateReading(date(year, 1, 1), date(year, 12, 31), problem="ambiguous_date")


def _year_and_fraction(whole: str, fraction: str, how: _Habits) -> DateReading:
    """Read 1931.05; a spreadsheet also makes 1931.1 out of 1931.10."""
    if len(whole) not in (2, 4) or len(fraction) not in (1, 2, 4):
        serial = int(whole)
        if serial in _SERIALS:
            day = _SERIAL_ORIGIN + timedelta(days=serial)
            return DateReading(day, day)
        return DateReading(problem="unreadable_date")
    year = how.year(whole)
    if len(fraction) == 4:
        return _day(year, int(fraction[:2]), int(fraction[2:]))
    if fraction == "1":
        return _first_or_tenth(year, how)
    return _month(year, int(fraction))


def _first_or_tenth(year: int, how: _Habits) -> DateReading:
    if how.style.ten:
        return _month(year, 1)
    if how.style.padded and not how.style.bare:
        return _month(year, 10)
    if how.is_float:
        return DateReading(date(year, 1, 1), date(year, 10, 31), problem="ambiguous_date")
    return _month(year, 1)


def _compact(text: str) -> DateReading:
    year, month, day = int(text[:4]), int(text[4:6]), int(text[6:])
    return _known_of(year, month) if day == 0 else _day(year, month, day)


def _of_text(text: str, how: _Habits) -> DateReading:
    bare = _CLOCK.sub("", _SOLAR.sub("", _PARENTHESES.sub("", text)))
    bare = _NOISE.sub("", bare).strip()
    lunar = bool(_LUNAR.search(bare)) or bool(_LUNAR_REMARK.search(text))
    leap = "闰" in bare
    for word, digit in (("腊月", "12月"), ("冬月", "11月"), ("元月", "1月"), ("初", "")):
        bare = bare.replace(word, digit)
    bare = _western(_CALENDAR_WORDS.sub("", bare))
    if not _ALLOWED.fullmatch(bare):
        return DateReading(problem="unreadable_date")
    if re.search(r"[^\d ]", bare):
        bare = bare.replace(" ", "")
    found = _of_groups(bare, how)
    return _solar(found, text, leap) if lunar and found.is_known else found


def _solar(found: DateReading, text: str, leap: bool) -> DateReading:
    """Turn a lunar day, month or year into the solar days it means."""
    from borax.calendars.lunardate import LunarDate  # 19 ms, and rarely met

    first, last = found.earliest, found.latest
    if first is None or last is None:
        return found
    try:
        if first == last:
            day = LunarDate(first.year, first.month, first.day, int(leap)).to_solar_date()
            return DateReading(day, day, lunar=text)
        start = LunarDate(first.year, first.month, 1, int(leap)).to_solar_date()
    except ValueError:
        return DateReading(problem="impossible_date")
    # A lunar month has 29 or 30 days, a lunar year up to 384.
    return DateReading(
        start, start + timedelta(days=29 if len(found.iso) == 7 else 383), lunar=text
    )


def _western(text: str) -> str:
    """Turn Chinese numerals and reign years into digits."""
    text = _CHINESE.sub(lambda m: _numeral(m.group()), text)
    era = _ERA.match(text)
    if era is None:
        return text
    count = 1 if era.group(3) == "元" else int(era.group(3))
    year = _ERAS[era.group(1)] + 1 - count if era.group(2) else _ERAS[era.group(1)] + count
    return f"{year}年{text[era.end() :]}"


def _numeral(text: str) -> str:
    if text == "元":
        return text
    if not set(text) & set("十廿卅"):
        return "".join("1" if c in "正元" else str(_DIGITS[c]) for c in text)
    total, rest = 0, text
    for sign, amount in _TENS.items():
        if rest.startswith(sign):
            total, rest = amount, rest[1:].removeprefix("十")
    if "十" in rest:
        before, _, rest = rest.partition("十")
        total = (_DIGITS.get(before, 1) if before else 1) * 10
    return str(total + (_DIGITS.get(rest, 0) if rest else 0))


def _of_groups(text: str, how: _Habits) -> DateReading:
    groups = re.findall(r"\d+", text)
    if len(groups) == 1:
        return _one_group(text, groups[0], how)
    if len(groups) == 2 and len(groups[0]) <= 2 and len(groups[1]) == 4:
        return _month(int(groups[1]), int(groups[0]))
    if len(groups) == 2 and len(groups[0]) in (2, 4):
        if text.rstrip().endswith(("日", "号")) or (
            "月" in text and "年" not in text[:5] and len(groups[0]) != 4
        ):
            return DateReading(problem="unreadable_date")  # a day without a year
        if len(groups[0]) == 4 and len(groups[1]) == 4:
            return _compact(groups[0] + groups[1])
        if groups[1] == "1" and re.fullmatch(r"\d{4}\.1", text):
            return _first_or_tenth(int(groups[0]), how)
        return _known_of(how.year(groups[0]), int(groups[1]))
    if len(groups) == 3 and len(groups[2]) == 4:
        return _year_last(groups)
    if len(groups) == 3 and len(groups[0]) in (2, 4):
        if not int(groups[2]):  # 1938-5-0: the day is not known
            return _known_of(how.year(groups[0]), int(groups[1]))
        return _day(how.year(groups[0]), int(groups[1]), int(groups[2]))
    return DateReading(problem="unreadable_date")


def _one_group(text: str, group: str, how: _Habits) -> DateReading:
    if "年" in text and len(group) in (2, 4):
        return _year(how.year(group))
    if text.strip(" .-/'’") == group:
        return _of_number(group, how)
    return DateReading(problem="unreadable_date")


def _year_last(groups: list[str]) -> DateReading:
    """Read 3/5/1931: day first or month first, unless only one of them can be."""
    first, second, year = (int(one) for one in groups)
    ways = {_day(year, first, second), _day(year, second, first)}
    possible = [one for one in ways if not one.problem]
    if len(possible) == 1:
        return possible[0]
    if not possible:
        return DateReading(problem="impossible_date")
    days = sorted(one.earliest for one in possible if one.earliest)
    return DateReading(days[0], days[-1], problem="ambiguous_date")


def _year(year: int) -> DateReading:
    if not EARLIEST_YEAR <= year <= _LATEST_YEAR:
        return DateReading(problem="impossible_date")
    return DateReading(date(year, 1, 1), date(year, 12, 31))


def _month(year: int, month: int) -> DateReading:
    if not (1 <= month <= 12 and EARLIEST_YEAR <= year <= _LATEST_YEAR):
        return DateReading(problem="impossible_date")
    return DateReading(date(year, month, 1), date(year, month, monthrange(year, month)[1]))


def _known_of(year: int, month: int) -> DateReading:
    """Give the month, or where a zero stands for it the year."""
    return _month(year, month) if month else _year(year)


def _day(year: int, month: int, day: int) -> DateReading:
    try:
        found = date(year, month, day)
    except ValueError:
        return DateReading(problem="impossible_date")
    return DateReading(found, found)

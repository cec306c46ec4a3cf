"""An invented person, as plain values, and numbers that can be nobody's.

Nobody real can be hit: ID numbers carry the region 99, which was never assigned, mobile numbers
the range 154, landlines a first digit 0.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

__all__ = [
    "InventedFact",
    "InventedRelative",
    "InventedStay",
    "Life",
    "phone_number",
    "resident_id",
]

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True, slots=True)
class InventedFact:
    """One value of a fact, as `casework.records.Fact` keeps it."""

    code: str
    value: str
    source: str
    verified_on: date | None
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class InventedRelative:
    """Somebody around a person."""

    name: str
    relationship: str
    phone: str | None
    is_emergency: bool
    lives_with: bool | None
    visits: str | None = None


@dataclass(frozen=True, slots=True)
class InventedStay:
    """A winter away from home."""

    place: str
    away_from: date
    away_to: date
    phone: str


@dataclass(slots=True)
class Life:
    """An invented person.

    Attributes
    ----------
    id_typed : str or None
        The ID number as it stands in the papers; None where it is missing.
    id_problem : str or None
        What is wrong with it, in the kinds of an import report.
    born_exactly : bool
        False where only the month of birth is known.
    opened_on, closed_on : date or None
        Days of the case; opened None means before the records.
    spouse : int or None
        Number of the husband or wife who is on the roster too.
    """

    number: int
    name: str
    surname: str
    pinyin: str
    initials: str
    sex: str
    born_on: date
    category: str
    id_typed: str | None
    id_problem: str | None = None
    born_exactly: bool = True
    died_on: date | None = None
    opened_on: date | None = None
    closed_on: date | None = None
    close_reason: str | None = None
    community: str = ""
    health: str = "fair"
    spouse: int | None = None
    facts: list[InventedFact] = field(default_factory=list)
    wishes: list[InventedFact] = field(default_factory=list)
    relatives: list[InventedRelative] = field(default_factory=list)
    stays: list[InventedStay] = field(default_factory=list)


def resident_id(born_on: date, sex: str, number: int) -> str:
    """Make an ID number of the unassigned region 99 with a right check digit.

    Parameters
    ----------
    born_on : date
    sex : {"1", "2"}
        The sequence of a man is odd, of a woman even.
    number : int
        0 to 4,999,999; every number gives another ID number.

    References
    ----------
    GB 11643-1999: ISO 7064 MOD 11-2 over 17 digits.

    Examples
    --------
    >>> resident_id(date(1928, 3, 5), "1", 0)
    '990000192803050019'
    """
    region, place = divmod(number, 500)
    body = f"99{region:04d}{born_on:%Y%m%d}{place * 2 + (sex == '1'):03d}"
    total = sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]


def phone_number(number: int) -> str:
    """Make a mobile number of the range 154, which was given to nobody.

    Parameters
    ----------
    number : int
        0 to 99,999,999.
    """
    return f"154{number:08d}"

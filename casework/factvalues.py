"""One typed value of a fact: what was entered, in the form in which it is kept and compared.

Decides the canonical form by the kind of fact; leaves the many ways of writing a day to
`casework.exchange`, which reads them into ISO days first.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from casework.errors import InvalidEntry
from casework.reference import Code, FactDefinition, code_list
from casework.terms import _

__all__ = [
    "LONGEST_TEXT",
    "FactValue",
    "age_on",
    "certain_age",
    "day_span",
    "era_of",
    "fact_value",
    "iso_of",
]

LONGEST_TEXT = 2000
_PARTIAL_DAY = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


@dataclass(frozen=True, slots=True)
class FactValue:
    """A value as `casework.records.Fact` keeps it.

    Attributes
    ----------
    value : str
        Canonical code or text; a word outside the code list stays as it was typed.
    number : int or None
    earliest, latest : date or None
        First and last day a date may mean; equal where the day is known.
    is_coded : bool
        False for a word that the code list does not know: rules treat it as unknown.
    """

    value: str
    number: int | None = None
    earliest: date | None = None
    latest: date | None = None
    is_coded: bool = True


def day_span(text: str) -> tuple[date, date] | None:
    """Give the first and last day that an ISO day, month or year may mean.

    Parameters
    ----------
    text : str
        ``YYYY-MM-DD``, ``YYYY-MM`` or ``YYYY``.

    Returns
    -------
    tuple of date or None
        None where the text is none of these or the day does not exist.

    Examples
    --------
    >>> day_span("1937-07")
    (datetime.date(1937, 7, 1), datetime.date(1937, 7, 31))
    >>> day_span("1926-02-29") is None
    True
    """
    found = _PARTIAL_DAY.fullmatch(text.strip())
    if not found:
        return None
    year, month, day = (int(part) if part else None for part in found.groups())
    try:
        if year is None or month is None:
            return date(int(found[1]), 1, 1), date(int(found[1]), 12, 31)
        if day is None:
            return date(year, month, 1), date(year, month, monthrange(year, month)[1])
        return date(year, month, day), date(year, month, day)
    except ValueError:
        return None


def age_on(born_on: date, on: date) -> int:
    """Give the full years of life on a day; born on 29 February counts from 1 March.

    Examples
    --------
    >>> age_on(date(1924, 3, 4), date(2014, 3, 3))
    89
    """
    return on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))


def iso_of(earliest: date, latest: date) -> str:
    """Write a span of days in the form in which facts keep a date: a day, a month or a year.

    Examples
    --------
    >>> iso_of(date(1937, 5, 1), date(1937, 5, 31))
    '1937-05'
    """
    if earliest == latest:
        return earliest.isoformat()
    same_month = (earliest.year, earliest.month) == (latest.year, latest.month)
    return earliest.strftime("%Y-%m" if same_month else "%Y")


def certain_age(earliest: date | None, latest: date | None, on: date) -> int | None:
    """Give the age where every day the birth date may mean leads to the same one, else None.

    Examples
    --------
    >>> certain_age(date(1935, 3, 1), date(1935, 3, 31), date(2025, 3, 15)) is None
    True
    >>> certain_age(date(1935, 3, 1), date(1935, 3, 31), date(2025, 4, 1))
    90
    """
    if earliest is None or latest is None:
        return None
    oldest, youngest = age_on(earliest, on), age_on(latest, on)
    return oldest if oldest == youngest else None


def fact_value(definition: FactDefinition, entered: str) -> FactValue:
    """Read what was entered for a fact.

    Raises
    ------
    InvalidEntry
        If a date or number cannot be one, or a text is too long.
    """
    text = entered.strip()
    if len(text) > LONGEST_TEXT:
        raise InvalidEntry(
            _(
                "{field} holds {n} characters; at most {most} are accepted. Shorten it, and keep "
                "the rest in an attachment.",
                field=definition.label,
                n=len(text),
                most=LONGEST_TEXT,
            ),
            field=definition.code,
        )
    if definition.kind in ("code", "yesno"):
        code = code_list(definition.list).read(text) if text else None
        return FactValue(code or text, is_coded=code is not None or not text)
    if definition.kind == "date":
        return _date_value(definition, text)
    if definition.kind == "number":
        return _number_value(definition, text)
    return FactValue(text)


def _date_value(definition: FactDefinition, text: str) -> FactValue:
    span = day_span(text)
    if span is None:
        raise InvalidEntry(
            _(
                "{field}: {value} is not a day. Accepted are a day, a month or a year, such as "
                "1937-05-03, 1937-05 or 1937.",
                field=definition.label,
                value=text[:40],
            ),
            field=definition.code,
            value=text,
        )
    return FactValue(text, earliest=span[0], latest=span[1])


def _number_value(definition: FactDefinition, text: str) -> FactValue:
    if not re.fullmatch(r"-?\d{1,12}", text):
        raise InvalidEntry(
            _(
                "{field}: {value} is not a whole number. Enter digits only.",
                field=definition.label,
                value=text[:40],
            ),
            field=definition.code,
            value=text,
        )
    return FactValue(text, number=int(text))


def era_of(earliest: date | None, latest: date | None) -> Code | None:
    """Tell in which era somebody joined the revolution, where the days known leave no doubt.

    Parameters
    ----------
    earliest, latest : date or None
        First and last day on which it may have been.

    Returns
    -------
    Code or None
        An entry of the code list ``era``; None where nothing is known, where the days span a
        border (1945-09 may be either side of the 3rd), or after 30 September 1949.

    References
    ----------
    domain-standards 3.2: the eras and their first and last days.
    """
    if earliest is None or latest is None:
        return None
    for era in code_list("era").entries:
        if era.since and era.until and era.since <= earliest and latest <= era.until:
            return era
    return None

"""Chinese first, English by a switch: the language of everything a person reads.

Decides which language is in force and finds the translation; leaves the wording to the catalogues
under ``casework/locale/zh`` (one file an area) and to the labels in ``data/``. The message ids are
the English texts, so English needs no catalogue but for what it says otherwise of one
(``casework/locale/en``).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

__all__ = [
    "CHINA", "LANGUAGES", "MONTHS", "Label", "_", "day_in_words", "day_of", "in_number", "language",
    "run_on", "speaking", "use_language",
]  # fmt: skip

LANGUAGES = ("zh", "en")
CHINA = ZoneInfo("Asia/Shanghai")
"""The clock by which people here read a moment, whatever the server's is."""
_LOCALE = Path(__file__).parent / "locale"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_PLACE = re.compile(r"\{(\w+)")
_DAY = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-\d\d)?)?")
_in_force: list[str] = []
_spoken: ContextVar[str | None] = ContextVar("spoken", default=None)


def language() -> str:
    """Tell the language in force: ``"zh"`` or ``"en"``; Chinese unless chosen otherwise."""
    spoken = _spoken.get()
    if spoken is not None:
        return spoken
    if not _in_force:
        wished = os.environ.get("CASEWORK_LANG", "zh")[:2].lower()
        _in_force.append(wished if wished in LANGUAGES else "zh")
    return _in_force[0]


def use_language(code: str) -> None:
    """Switch every later text to a language.

    Parameters
    ----------
    code : {"zh", "en"}

    Raises
    ------
    ValueError
        For any other code.
    """
    if code not in LANGUAGES:
        raise ValueError(f"language must be one of {LANGUAGES}, not {code!r}")
    _in_force[:] = [code]


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Use a language for the length of a block, as for a printout in the other language.

    Only here: other threads, and other work of this one, go on in theirs.
    """
    if code not in LANGUAGES:
        raise ValueError(f"language must be one of {LANGUAGES}, not {code!r}")
    before = _spoken.set(code)
    try:
        yield
    finally:
        _spoken.reset(before)


def _(text: str, /, **values: Any) -> str:
    """Give the text in the language in force, with ``{placeholders}`` filled in.

    Parameters
    ----------
    text : str
        The English text of many, which is also the key of the catalogues.
    **values
        Values for the placeholders. They are inserted as plain text: escape them when the result
        goes to HTML. Where the English differs for one, the value that counts decides. Whole
        numbers from 1,000 on get their commas, but for those that name something: a year, a row.

    Examples
    --------
    >>> with speaking("en"):
    ...     _("{n} people", n=1210), _("row {row}", row=1210)
    ('1,210 people', 'row 1210')
    >>> with speaking("en"):
    ...     _("({hours} h)", hours=7124.7)
    '(7,124.7 h)'
    """
    found = _catalogue().get(text, text) if language() == "zh" else in_number(text, values)
    return found.format(**{k: _shown(text, k, v) for k, v in values.items()}) if values else found


_NAMING = frozenset(
    (
        *(
            "id",
            "into",
            "first",
            "last",
            "number",
            "row",
            "column",
            "line",
            "page",
            "cell",
            "seq",
            "code",
        ),
        *("year", "month", "day", "port", "other", "version", "present", "needed", "banding"),
    )
)
"""Placeholders whose numbers are names: nobody writes the year 2,026."""


class _Count(int):
    """A number that is written with thousands commas where it is put into a sentence."""

    def __format__(self, spec: str) -> str:
        return int.__format__(self, _WITH_COMMAS.get(spec, spec))


class _Amount(float):
    """The same with decimals, such as hours."""

    def __format__(self, spec: str) -> str:
        return float.__format__(self, _WITH_COMMAS.get(spec, spec))


_WITH_COMMAS = {"": ",", "+": "+,"}


def _shown(text: str, name: str, value: Any) -> Any:
    """Let a number that counts be written with its commas; "no. {n}" counts nothing."""
    if type(value) is float:
        return _Amount(value)
    if type(value) is not int or name in _NAMING or f"o. {{{name}}}" in text:
        return value
    return _Count(value)


def in_number(text: str, values: Mapping[str, Any]) -> str:
    """Give the English text for as many as the value says that counts: 1 day, 2 days."""
    one = _ones().get(text) if values else None
    return one.text if one is not None and values.get(one.counts) in (1, "1") else text


def run_on(sentences: Iterable[str]) -> str:
    """Put whole sentences after each other: with a space between them in English only."""
    return (" " if language() == "en" else "").join(sentences)


def day_of(moment: datetime) -> date:
    """Give the day of a moment as people here count it, whatever the clock of the machine says.

    Examples
    --------
    >>> from datetime import UTC
    >>> day_of(datetime(2026, 11, 30, 17, 8, tzinfo=UTC)).isoformat()
    '2026-12-01'
    """
    return moment.astimezone(CHINA).date()


def day_in_words(value: str) -> str:
    """Write a day, month or year in the language in force: 1949年7月, or Jul 1949.

    Parameters
    ----------
    value : str
        ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``; anything else is given back as it is.

    Examples
    --------
    >>> with speaking("zh"):
    ...     day_in_words("1949-07-14")
    '1949年7月14日'
    """
    if not _DAY.fullmatch(value):
        return value
    year, *rest = (int(part) for part in value.split("-"))
    if language() == "en":
        return " ".join([*map(str, rest[1:]), *(MONTHS[one - 1] for one in rest[:1]), str(year)])
    return f"{year}年" + "".join(f"{n}{name}" for n, name in zip(rest, "月日", strict=False))


@dataclass(frozen=True, slots=True)
class Label:
    """A name in both languages, as reference data carry it.

    Examples
    --------
    >>> with speaking("en"):
    ...     str(Label(zh="独居", en="living alone"))
    'living alone'
    """

    zh: str
    en: str

    def __str__(self) -> str:
        """Give the name in the language in force."""
        return self.en if language() == "en" else self.zh


@dataclass(frozen=True, slots=True)
class _One:
    """What an English text says of one, and the value that tells how many there are."""

    text: str
    counts: str


@cache
def _ones() -> dict[str, _One]:
    """Read what the English texts say of one, by what they say of many.

    The value that counts is the last one before the two begin to differ.
    """
    found = {}
    for path in sorted((_LOCALE / "en").glob("*.po")):
        for parts in _messages(path.read_text(encoding="utf-8")):
            one, many = parts.get("msgid", ""), parts.get("msgid_plural", "")
            if many:
                pairs = enumerate(zip(one, many, strict=False))
                differs = next((at for at, (a, b) in pairs if a != b), len(one))
                found[many] = _One(one, _PLACE.findall(many[:differs])[-1])
    return found


@cache
def _catalogue() -> dict[str, str]:
    """Read and merge the Chinese catalogues; an untranslated entry falls back to its id."""
    merged: dict[str, str] = {}
    for path in sorted((_LOCALE / "zh").glob("*.po")):
        merged.update(_entries(path.read_text(encoding="utf-8")))
    return merged


def _entries(po: str) -> dict[str, str]:
    """Read the translations of one catalogue."""
    found = {}
    for parts in _messages(po):
        key, value = parts.get("msgid", ""), parts.get("msgstr", "")
        if key and value:
            found[key] = value
    return found


def _messages(po: str) -> Iterator[dict[str, str]]:
    """Read one catalogue, message by message: the plain subset of PO that Babel writes for us."""
    parts: dict[str, str] = {}
    into = ""
    for line in [*po.splitlines(), ""]:
        text = line.strip()
        word, _space, quoted = text.partition(" ")
        if word.startswith("msg"):
            into, parts[word] = word, _quoted(quoted)
        elif text.startswith('"') and into:
            parts[into] += _quoted(text)
        elif not text and parts:
            yield parts
            parts, into = {}, ""


def _quoted(text: str) -> str:
    """Undo the quoting of one PO string."""
    inner = text.strip()[1:-1]
    return inner.replace("\\\\", "\0").replace('\\"', '"').replace("\\n", "\n").replace("\0", "\\")

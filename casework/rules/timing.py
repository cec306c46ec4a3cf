"""When an obligation falls: so often a period, at festivals, birthdays, events, after silence.

Decides the form of a timing, how it is written in data and read back from a plan, and how often it
falls; leaves the placing of single tasks to :mod:`casework.planning`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from casework.errors import InvalidEntry
from casework.occasions import Birthday, Offset
from casework.terms import _

__all__ = [
    "PERIODS",
    "AfterEvent",
    "Ages",
    "AtBirthdays",
    "AtFestivals",
    "Quota",
    "Silence",
    "Timing",
    "times_a_year",
    "timing_from",
    "timing_kinds",
    "timing_record",
]

Per = Literal["week", "month", "quarter", "half_year", "year", "once"]
PERIODS: tuple[Per, ...] = ("week", "month", "quarter", "half_year", "year", "once")
_AN_END = re.compile(r"\s*(ended\s*\(|back_on\b)")
_PER_YEAR = {"week": 52, "month": 12, "quarter": 4, "half_year": 2, "year": 1, "once": 1}


@dataclass(frozen=True, slots=True)
class Quota:
    """So many times a period, spread evenly over it; ``once`` is within 90 days of the start."""

    times: int
    per: Per


@dataclass(frozen=True, slots=True)
class AtFestivals:
    """Around festivals: from one distance of the day to another, both inclusive."""

    codes: tuple[str, ...]
    opens: Offset
    due: Offset


@dataclass(frozen=True, slots=True)
class Ages:
    """Which birthdays count.

    Parameters
    ----------
    every : int
        Ages divisible by this: 1 every birthday, 5 逢五逢十, 10 every tenth.
    from_age : int
        The first age that counts, inclusive.
    reckoning : {"full", "nominal"}
        Completed years, or 虚岁.
    early : int
        Years by which a great birthday is kept before its number (过九不过十 is 1).
    """

    every: int = 1
    from_age: int = 0
    reckoning: Literal["full", "nominal"] = "full"
    early: int = 0

    def include(self, birthday: Birthday) -> bool:
        """Tell whether a birthday counts; one of unknown age counts when every one does."""
        age = birthday.turns if self.reckoning == "full" else birthday.nominal
        if age is None:
            return self.every == 1 and birthday.turns >= self.from_age
        return (age + self.early) % self.every == 0 and age + self.early >= self.from_age


@dataclass(frozen=True, slots=True)
class AtBirthdays:
    """Around the birthday, by the calendar that the person keeps."""

    opens: Offset
    due: Offset
    ages: Ages = Ages()


@dataclass(frozen=True, slots=True)
class AfterEvent:
    """Around an event in the person's life.

    ``event`` names the date as a condition would: ``retired_on``, ``began(hospital_status)``.
    """

    event: str
    opens: Offset
    due: Offset

    def period(self, on: date) -> str:
        """Name the occasion on which the event fell, for the key of its task.

        What ended goes by its last day, which is what is on record of it, however its end is said:
        a stay in hospital that ends with the discharge on 5 March is that until 4 March. A key is
        never reckoned otherwise, else a workbook would ask once more for what was done.
        """
        on_record = on - timedelta(days=1) if _AN_END.match(self.event) else on
        return on_record.isoformat()


@dataclass(frozen=True, slots=True)
class Silence:
    """When nothing was heard for some days: from that day on, within some more.

    ``channels`` limits which contacts count; empty means all.
    """

    days: int
    due: Offset
    channels: tuple[str, ...] = ()


Timing = Quota | AtFestivals | AtBirthdays | AfterEvent | Silence


def times_a_year(timing: Timing) -> float:
    """Reckon how often a timing falls in a year, for weighing one obligation against another."""
    if isinstance(timing, Quota):
        return timing.times * _PER_YEAR[timing.per]
    if isinstance(timing, AtFestivals):
        return len(timing.codes)
    if isinstance(timing, AtBirthdays):
        return 1 / timing.ages.every
    if isinstance(timing, Silence):
        return 365 / (4 * timing.days)
    return 0.25


def timing_from(raw: Mapping[str, Any]) -> Timing:
    """Read a timing as a rule or a plan item writes it.

    Parameters
    ----------
    raw : mapping
        Exactly one of ``quota``, ``festival``, ``birthday``, ``event``, ``silence``.

    Raises
    ------
    InvalidEntry
        When none or several are given, or one is incomplete.
    """
    given = [kind for kind in _READERS if kind in raw]
    if len(given) != 1:
        raise InvalidEntry(
            _(
                "A rule says when by exactly one of {kinds}; this one gives {n}. Give one.",
                kinds=", ".join(_READERS),
                n=len(given),
            ),
            "timing",
            given,
        )
    kind = given[0]
    try:
        return _READERS[kind](raw[kind])
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidEntry(
            _(
                "“{kind}” is not complete or not understood: {why}.",
                kind=timing_kinds()[kind],
                why=_("{name} is missing", name=error.args[0])
                if isinstance(error, KeyError)
                else str(error),
            ),
            kind,
            raw[kind],
        ) from error


def timing_kinds() -> dict[str, str]:
    """Name the ways of saying when, in the language in force."""
    return {
        "quota": _("regularly"),
        "festival": _("around festivals"),
        "birthday": _("around birthdays"),
        "event": _("after an event"),
        "silence": _("after silence"),
    }


def _quota(raw: Mapping[str, Any]) -> Quota:
    times, per = int(raw.get("times", 1)), raw["per"]
    if per not in PERIODS:
        raise ValueError(_("the period must be one of {known}", known=", ".join(PERIODS)))
    if not 1 <= times <= 31:
        raise ValueError(_("the number of times must be from 1 to 31"))
    return Quota(times, per)


def _festivals(raw: Mapping[str, Any]) -> AtFestivals:
    return AtFestivals(
        tuple(raw["codes"]), Offset.parse(raw["opens"]), Offset.parse(raw.get("due", "on the day"))
    )


def _birthdays(raw: Mapping[str, Any]) -> AtBirthdays:
    ages = Ages(
        int(raw.get("every", 1)),
        int(raw.get("from_age", 0)),
        raw.get("reckoning", "full"),
        int(raw.get("early", 0)),
    )
    if ages.every < 1 or ages.reckoning not in ("full", "nominal"):
        raise ValueError(_("every must be at least 1, and reckoning full or nominal"))
    return AtBirthdays(Offset.parse(raw["opens"]), Offset.parse(raw.get("due", "on the day")), ages)


def _event(raw: Mapping[str, Any]) -> AfterEvent:
    return AfterEvent(
        str(raw["after"]),
        Offset.parse(raw.get("opens", "on the day")),
        Offset.parse(raw["due"]),
    )


def _silence(raw: Mapping[str, Any]) -> Silence:
    days = int(raw["days"])
    if days < 1:
        raise ValueError(_("days must be at least 1"))
    return Silence(days, Offset.parse(raw["due"]), tuple(raw.get("channels", ())))


_READERS: dict[str, Callable[[Mapping[str, Any]], Timing]] = {
    "quota": _quota,
    "festival": _festivals,
    "birthday": _birthdays,
    "event": _event,
    "silence": _silence,
}


def timing_record(timing: Timing) -> dict[str, Any]:
    """Write a timing as plain values, so that `timing_from` reads back the same."""
    if isinstance(timing, Quota):
        return {"quota": {"times": timing.times, "per": timing.per}}
    if isinstance(timing, Silence):
        silence = {
            "days": timing.days,
            "due": timing.due.written,
            "channels": list(timing.channels),
        }
        return {"silence": silence}
    window: dict[str, Any] = {"opens": timing.opens.written, "due": timing.due.written}
    if isinstance(timing, AtFestivals):
        return {"festival": {"codes": list(timing.codes), **window}}
    if isinstance(timing, AfterEvent):
        return {"event": {"after": timing.event, **window}}
    ages = timing.ages
    return {
        "birthday": {
            **window,
            "every": ages.every,
            "from_age": ages.from_age,
            "reckoning": ages.reckoning,
            "early": ages.early,
        }
    }

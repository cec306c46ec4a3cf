"""Which birth date of a person is the official one, of those on file.

Decides it from the ID number, the files and the lunar day that the person told; leaves choosing one
against the rule, with a reason, to `identity`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.errors import CaseworkError
from casework.factvalues import day_span
from casework.occasions import lunar_from, solar_of
from casework.records import Fact, Person, holds_on
from casework.reference import Agency

__all__ = ["BIRTH_FACTS", "BirthCandidate", "birth_candidates", "settle_birth"]

BIRTH_FACTS = frozenset({"birth_date_id", "birth_date_file", "birth_lunar", "sex_file"})
"""Facts on which a person's official birth date and sex rest."""

_SOURCES = {"id": "birth_date_id", "file": "birth_date_file", "stated": "birth_lunar"}
_NEAR_DAYS = 92  # a lunar date entered as a solar one is some weeks off


@dataclass(frozen=True, slots=True)
class BirthCandidate:
    """A birth date on file that may be the official one.

    Attributes
    ----------
    source : {"id", "file", "stated"}
        The ID number, the files, or the lunar day that the person told.
    """

    source: str
    earliest: date
    latest: date


def birth_candidates(session: Session, person_id: int, on: date) -> list[BirthCandidate]:
    """Give the birth dates on file: by the number, by the files, by the lunar day told."""
    held = {
        code: (value, earliest, latest)
        for code, value, earliest, latest in session.execute(
            select(Fact.code, Fact.value, Fact.earliest, Fact.latest).where(
                Fact.person_id == person_id, Fact.code.in_(_SOURCES.values()), holds_on(on)
            )
        )
    }
    found = []
    for source in ("id", "file"):
        value, earliest, latest = held.get(_SOURCES[source], ("", None, None))
        span = (earliest, latest) if earliest and latest else day_span(value) if value else None
        if span:
            found.append(BirthCandidate(source, span[0], span[1]))
    told = held.get(_SOURCES["stated"])
    if told and found:
        day = _solar_of_told(told[0], found)
        if day is not None:
            found.append(BirthCandidate("stated", day, day))
    return found


def _solar_of_told(said: str, known: list[BirthCandidate]) -> date | None:
    """Give the solar day of a lunar birthday, in the lunar year that the known dates lie in."""
    for one in known:
        days = []
        for year in range(one.earliest.year - 2, one.earliest.year + 2):
            try:
                days.append(solar_of(lunar_from(said, year)))
            except CaseworkError:
                continue  # no day of that lunar year, such as one of a leap month
        nearest = min(days, key=lambda day: abs((day - one.earliest).days), default=None)
        if nearest is not None and abs((nearest - one.earliest).days) <= _NEAR_DAYS:
            return nearest
    return None


def settle_birth(session: Session, person: Person, agency: Agency, on: date) -> None:
    """Set the official birth date: by the choice made for this person, else by the agency's rule.

    A date known to the month only is made full by an ID number that agrees with it. Where nothing
    is on file any more, what was known before stays.
    """
    known = {one.source: one for one in birth_candidates(session, person.id, on)}
    if not known:
        return
    by_file = str(agency.setting("official_birth", on)) == "file"
    wanted = person.birth_source if person.birth_reason else None
    order = [wanted, *(("file", "id") if by_file else ("id", "file"))]
    chosen = next(known[source] for source in (*order, *known) if source in known)
    number = known.get("id")
    if not person.birth_reason and chosen.source == "file" and number is not None:
        agrees = chosen.earliest <= number.earliest <= chosen.latest
        chosen = number if agrees else chosen
    person.born_on_earliest, person.born_on_latest = chosen.earliest, chosen.latest
    person.birth_source = chosen.source
    typed = session.scalar(
        select(Fact.value).where(Fact.person_id == person.id, Fact.code == "sex_file", holds_on(on))
    )
    if typed in ("1", "2") and (person.sex is None or person.sex_source == "file"):
        person.sex, person.sex_source = typed, "file"

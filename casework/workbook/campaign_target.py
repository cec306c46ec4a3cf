"""Whom a campaign would visit today, and what became of those on its list.

Decides that everybody is counted once, in the first segment by order that is known to hold, and
that whoever may belong to one but of whom that is not known is counted apart: to be found out. All
segments are read in one query over everybody.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.records import Fact, Person, holds_on, in_care_on
from casework.records.known import known_on
from casework.reference import Agency
from casework.rules import subjects_of
from casework.rules.sql import as_number, condition
from casework.workbook.campaign_terms import Segment, Terms

__all__ = ["Claim", "SegmentCount", "Target", "changes_since", "said", "target_of"]

_LARGE = 30_000


@dataclass(frozen=True, slots=True)
class Claim:
    """A person whom a campaign is about.

    Attributes
    ----------
    segment : str or None
        The first segment that is known to hold; None where none is, but one may.
    also : tuple of str
        Later segments that hold as well.
    unknown : tuple of str
        Segments of which it is not known, before the one that holds.
    """

    person_id: int
    segment: str | None
    also: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SegmentCount:
    """How many people a segment claims, and of how many more it is not known.

    Attributes
    ----------
    people : int
        Whom it claims.
    elsewhere : int
        Who belong to it as well, and are claimed by one before it.
    unknown : int
        Who are claimed by none before it, and of whom it is not known.
    """

    segment: Segment
    people: int
    elsewhere: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Target:
    """The people a campaign is about on a day.

    Attributes
    ----------
    claims : tuple of Claim
        By person; whom no segment can claim is not among them.
    """

    segments: tuple[SegmentCount, ...]
    claims: tuple[Claim, ...]

    @property
    def people(self) -> int:
        """How many people are visited, everybody once."""
        return sum(one.segment is not None for one in self.claims)

    @property
    def unknown(self) -> int:
        """Of how many people it is not known whether any segment claims them."""
        return sum(one.segment is None for one in self.claims)

    @property
    def doubtful(self) -> int:
        """Of how many it is not known to which segment they belong, though one may claim them."""
        return sum(bool(one.unknown) for one in self.claims)

    def of(self, segment: str, *, unknown: bool = False) -> tuple[int, ...]:
        """Give exactly the people that a segment counts, or of whom it is not known."""
        if unknown:
            return tuple(one.person_id for one in self.claims if segment in one.unknown)
        return tuple(one.person_id for one in self.claims if one.segment == segment)


def target_of(
    session: Session,
    chosen: Agency,
    terms: Terms,
    on: date,
    persons: Collection[int] | None = None,
) -> Target:
    """Read all segments of a campaign for everybody in care, or for some of them.

    Raises
    ------
    RuleError
        Where a condition cannot be read.
    """
    nodes = [one.node(chosen, on) for one in terms.segments]
    subjects = frozenset().union(*(subjects_of(node) for node in nodes))
    known = known_on(subjects, on, outcomes=tuple(chosen.counting.outcomes), persons=persons)
    cells = [as_number(condition(node, known.columns, on)) for node in nodes]
    codes = [one.code for one in terms.segments]
    claims = []
    for person_id, *truth in session.execute(known.select(Person.id, *cells).order_by(Person.id)):
        claim = _claim(person_id, codes, truth)
        if claim is not None:
            claims.append(claim)
    return Target(tuple(_count(one, claims) for one in terms.segments), tuple(claims))


def _claim(person_id: int, codes: Sequence[str], truth: Sequence[int | None]) -> Claim | None:
    held = [code for code, one in zip(codes, truth, strict=True) if one == 1]
    first = codes.index(held[0]) if held else len(codes)
    unknown = tuple(codes[at] for at in range(first) if truth[at] is None)
    if not held and not unknown:
        return None
    return Claim(person_id, held[0] if held else None, tuple(held[1:]), unknown)


def _count(segment: Segment, claims: Sequence[Claim]) -> SegmentCount:
    code = segment.code
    return SegmentCount(
        segment,
        sum(one.segment == code for one in claims),
        sum(code in one.also for one in claims),
        sum(code in one.unknown for one in claims),
    )


def said(
    session: Session, person_ids: Collection[int], codes: Collection[str], on: date
) -> dict[int, dict[str, tuple[str, ...]]]:
    """Give what is on file of some facts, by person and fact; only what whoever asks may see."""
    query = select(Fact.person_id, Fact.code, Fact.value).where(
        Fact.code.in_(list(codes)), holds_on(on), Fact.value != ""
    )
    if len(person_ids) < _LARGE:
        query = query.where(Fact.person_id.in_(list(person_ids)))
    found: dict[int, dict[str, tuple[str, ...]]] = {}
    for person, code, value in session.execute(query.order_by(Fact.id)):
        own = found.setdefault(person, {})
        own[code] = (*own.get(code, ()), value)
    return found


def changes_since(
    session: Session, person_ids: Collection[int], since: date, on: date
) -> dict[int, str]:
    """Tell what has happened to people since their list was frozen: one word a person.

    Returns
    -------
    dict of int to str
        ``died``, ``left``, ``in_hospital``, ``away`` or ``moved``; who is as before is not in it.
    """
    ids = list(person_ids)
    found: dict[int, str] = {}
    for person, in session.execute(
        select(Fact.person_id)
        .where(
            Fact.person_id.in_(ids), Fact.code.in_(("address", "community")), holds_on(on),
            Fact.valid_from > since,
        )
        .distinct()
    ):  # fmt: skip
        found[person] = "moved"
    for person, code in session.execute(
        select(Fact.person_id, Fact.value).where(
            Fact.person_id.in_(ids), Fact.code == "hospital_status", holds_on(on),
            Fact.value.in_(("inpatient", "long_term")),
        )
    ):  # fmt: skip
        found[person] = "in_hospital" if code else found.get(person, "")
    there = set(session.scalars(select(Person.id).where(Person.id.in_(ids), in_care_on(on))))
    for person, died_on in session.execute(
        select(Person.id, Person.died_on).where(Person.id.in_(ids))
    ):
        if died_on is not None and died_on <= on:
            found[person] = "died"
        elif person not in there:
            found[person] = "left"
    return found

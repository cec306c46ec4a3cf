"""Which records may be of one person, and why: evidence for and against, in words.

Decides who is compared with whom (blocks of people who share a number, a name or its sound, a
birthday, a phone), and what each agreement weighs. Pure but for reading; whether two records are
one is decided by people.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from casework.identifiers import read_resident_id
from casework.records import (
    Alias,
    DistinctPair,
    Fact,
    Person,
    PersonIdentifier,
    RelatedPerson,
    holds_on,
)
from casework.terms import _

__all__ = [
    "LIKELY",
    "Evidence",
    "LikelyPair",
    "Sketch",
    "likely_pairs",
    "likely_records",
    "sketch_of",
    "weigh",
]

LIKELY, CERTAIN = 4.5, 8.0
_LARGEST_BLOCK = 60
_COMPARED = ("mobile", "landline", "address", "unit", "community")
_SIMILAR = 66.0
_CHUNK = 5_000


@dataclass(slots=True)
class Sketch:
    """What two records are compared by."""

    person_id: int
    name: str
    pinyin: str
    sex: str | None
    earliest: date | None
    latest: date | None
    names: set[str] = field(default_factory=set)
    number: str = ""
    is_right: bool = False
    phones: set[str] = field(default_factory=set)
    family: set[tuple[str, str]] = field(default_factory=set)
    facts: dict[str, set[str]] = field(default_factory=dict)

    @property
    def born(self) -> date | None:
        """The birthday, where the day is known."""
        return self.earliest if self.earliest == self.latest else None


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that speaks for or against two records being of one person.

    Attributes
    ----------
    weight : float
        Positive for, negative against.
    """

    code: str
    weight: float
    detail: str = ""

    @property
    def words(self) -> str:
        """The evidence in a few words, in the language in force."""
        return _words()[self.code].format(detail=self.detail)


@dataclass(frozen=True, slots=True)
class LikelyPair:
    """Two records that may be of one person, the older one first."""

    one: Sketch
    other: Sketch
    evidence: tuple[Evidence, ...]

    @property
    def score(self) -> float:
        """The sum of what speaks for and against."""
        return sum(one.weight for one in self.evidence)

    @property
    def is_certain(self) -> bool:
        """Whether hardly a doubt is left; people decide all the same."""
        return self.score >= CERTAIN


def likely_pairs(session: Session, on: date, *, person_id: int | None = None) -> list[LikelyPair]:
    """Find records that may be of one person, the likeliest first.

    Parameters
    ----------
    person_id : int or None
        Only pairs with this person; None compares everybody.
    """
    sketches = _sketches(session, on, person_id)
    settled = _settled(session)
    found = []
    for one_id, other_id in _candidates(sketches.values()):
        if (one_id, other_id) in settled or (
            person_id is not None and person_id not in (one_id, other_id)
        ):
            continue
        one, other = sketches[one_id], sketches[other_id]
        evidence = weigh(one, other)
        if sum(part.weight for part in evidence) >= LIKELY:
            found.append(LikelyPair(one, other, evidence))
    return sorted(found, key=lambda pair: (-pair.score, pair.one.person_id, pair.other.person_id))


def likely_records(
    session: Session, on: date, own: Sketch, *, least: float = LIKELY
) -> list[LikelyPair]:
    """Find the records that may be of somebody who is in no record yet, the likeliest first.

    Parameters
    ----------
    own : Sketch
        What is known of them; a missing name speaks neither for nor against.
    least : float
        The sum of evidence from which on a record is named.
    """
    others = _sketches_of(session, on, _near_to(session, own) - {own.person_id})
    pairs = [LikelyPair(one, own, weigh(one, own)) for one in others.values()]
    return sorted(
        (one for one in pairs if one.score >= least),
        key=lambda one: (-one.score, one.one.person_id),
    )


# ---------------------------------------------------------------- reading


def _sketches(session: Session, on: date, person_id: int | None) -> dict[int, Sketch]:
    chosen = _near(session, on, person_id) if person_id is not None else None
    return _sketches_of(session, on, chosen)


def _sketches_of(session: Session, on: date, chosen: Collection[int] | None) -> dict[int, Sketch]:
    people = select(
        Person.id,
        Person.name,
        Person.name_pinyin,
        Person.sex,
        Person.born_on_earliest,
        Person.born_on_latest,
    ).where(Person.merged_into_id.is_(None), Person.withdrawn_at.is_(None))
    found: dict[int, Sketch] = {}
    for ids in _chunks(chosen):
        some = people if ids is None else people.where(Person.id.in_(ids))
        for row in session.execute(some):
            found[row[0]] = Sketch(*row, names={row[1]})
        _read_more(session, found, ids, on)
    return found


def _chunks(ids: Collection[int] | None) -> Iterator[list[int] | None]:
    if ids is None:
        yield None
        return
    listed = sorted(ids)
    for start in range(0, len(listed), _CHUNK):
        yield listed[start : start + _CHUNK]


def _read_more(session: Session, found: dict[int, Sketch], ids: list[int] | None, on: date) -> None:
    """Add numbers, other names, phones, places and family."""

    def mine(column: object) -> object:
        return column.in_(ids) if ids is not None else column.is_not(None)  # type: ignore[attr-defined]

    for person_id, value in session.execute(
        select(PersonIdentifier.person_id, PersonIdentifier.value).where(
            mine(PersonIdentifier.person_id),  # type: ignore[arg-type]
            PersonIdentifier.superseded_at.is_(None),
        )
    ):
        if person_id in found:
            number = read_resident_id(value)
            found[person_id].number = number.normal or number.typed
            found[person_id].is_right = number.normal is not None
    for person_id, name in session.execute(
        select(Alias.person_id, Alias.name).where(
            mine(Alias.person_id),  # type: ignore[arg-type]
            Alias.superseded_at.is_(None),
        )
    ):
        if person_id in found:
            found[person_id].names.add(name)
    for person_id, code, value in session.execute(
        select(Fact.person_id, Fact.code, Fact.value).where(
            mine(Fact.person_id),  # type: ignore[arg-type]
            Fact.code.in_(_COMPARED),
            Fact.value != "",
            holds_on(on),
        )
    ):
        if person_id not in found:
            continue
        if code in ("mobile", "landline"):
            found[person_id].phones.add(_digits(value))
        else:
            found[person_id].facts.setdefault(code, set()).add(value)
    for person_id, name, phone in session.execute(
        select(RelatedPerson.person_id, RelatedPerson.name, RelatedPerson.phone).where(
            mine(RelatedPerson.person_id),  # type: ignore[arg-type]
            RelatedPerson.superseded_at.is_(None),
            RelatedPerson.phone.is_not(None),
        )
    ):
        if person_id in found:
            found[person_id].family.add((name, _digits(phone or "")))


def _digits(number: str) -> str:
    return "".join(filter(str.isdigit, number))


def _near(session: Session, on: date, person_id: int) -> set[int]:
    """Give who may be the same person: by a number, a name or its sound, a birthday, a phone."""
    person = session.get(Person, person_id)
    if person is None:
        return set()
    return _near_to(session, sketch_of(session, on, person)) | {person_id}


def _near_to(session: Session, own: Sketch) -> set[int]:
    near = set[int]()
    alike: list[ColumnElement[bool]] = [Person.name.in_(own.names)]
    if own.pinyin:
        alike.append(Person.name_pinyin == own.pinyin)
    if own.born is not None:
        alike.append(Person.born_on_earliest == own.born)
    near |= set(session.scalars(select(Person.id).where(or_(*alike)).limit(2_000)))
    near |= set(session.scalars(select(Alias.person_id).where(Alias.name.in_(own.names))))
    if own.number:
        near |= set(
            session.scalars(
                select(PersonIdentifier.person_id).where(
                    PersonIdentifier.value.startswith(own.number[:14], autoescape=True)
                )
            )
        )
    phones = {phone for phone in own.phones if phone}
    if phones:
        near |= set(
            session.scalars(
                select(Fact.person_id).where(
                    Fact.code.in_(("mobile", "landline")), Fact.value.in_(sorted(phones))
                )
            )
        )
    return near


def sketch_of(session: Session, on: date, person: Person) -> Sketch:
    """Give what one record is compared by."""
    own = Sketch(
        person.id,
        person.name,
        person.name_pinyin,
        person.sex,
        person.born_on_earliest,
        person.born_on_latest,
        names={person.name},
    )
    _read_more(session, {person.id: own}, [person.id], on)
    return own


def _settled(session: Session) -> set[tuple[int, int]]:
    pairs = select(DistinctPair.one_id, DistinctPair.other_id).where(
        DistinctPair.withdrawn_at.is_(None)
    )
    return {(one, other) for one, other in session.execute(pairs)}


# ---------------------------------------------------------------- comparing


def _candidates(sketches: Iterable[Sketch]) -> set[tuple[int, int]]:
    """Pair only people who share something telling; a block too large tells nothing."""
    blocks: dict[tuple[str, str], list[int]] = defaultdict(list)
    for one in sketches:
        for key in _keys(one):
            blocks[key].append(one.person_id)
    return {
        (min(pair), max(pair))
        for ids in blocks.values()
        if 1 < len(ids) <= _LARGEST_BLOCK
        for pair in combinations(dict.fromkeys(ids), 2)
    }


def _keys(one: Sketch) -> Iterator[tuple[str, str]]:
    born = one.earliest.strftime("%Y-%m") if one.earliest else ""
    for name in one.names:
        # A common name alone would make a block of everybody: with the month of birth, or a unit.
        yield "name+month", f"{name} {born}"
        for unit in one.facts.get("unit", ()):
            yield "name+unit", f"{name} {unit}"
    if one.pinyin and born:
        yield "sound+month", f"{one.pinyin} {born}"
    if one.number:
        yield "number", one.number
        yield "stem", one.number[:14]
    if one.born is not None:
        yield "born", one.born.isoformat()
    for phone in one.phones:
        yield "phone", phone


def weigh(one: Sketch, other: Sketch) -> tuple[Evidence, ...]:
    """Say what speaks for and against two records being of one person, the weightiest first."""
    found = [
        evidence
        for part in (_numbers, _names, _births, _sexes, _places)
        for evidence in part(one, other)
    ]
    return tuple(sorted(found, key=lambda evidence: -abs(evidence.weight)))


def _numbers(one: Sketch, other: Sketch) -> Iterator[Evidence]:
    if not one.number or not other.number:
        return
    if one.number == other.number:
        yield Evidence("same_number", 6.0 if one.is_right else 4.0)
        return
    apart = (
        sum(a != b for a, b in zip(one.number, other.number, strict=True))
        if len(one.number) == len(other.number)
        else None
    )
    if apart is not None and apart <= 2 and not (one.is_right and other.is_right):
        yield Evidence("near_number", 3.0, str(apart))
    elif one.number[:14] == other.number[:14] and not (one.is_right and other.is_right):
        yield Evidence("same_stem", 2.0)
    elif one.is_right and other.is_right:
        yield Evidence("other_number", -4.0)


def _names(one: Sketch, other: Sketch) -> Iterator[Evidence]:
    if not one.name or not other.name:
        return
    if one.name == other.name:
        yield Evidence("same_name", 3.0)
    elif one.names & other.names:
        yield Evidence("former_name", 3.0, "、".join(sorted(one.names & other.names)))
    elif one.pinyin and one.pinyin == other.pinyin:
        yield Evidence("same_sound", 2.0)
    else:
        yield _likeness_of_names(one.name, other.name)


def _likeness_of_names(name: str, other: str) -> Evidence:
    from rapidfuzz.distance import Indel  # heavy to import: only where names are compared

    alike = 100.0 * Indel.normalized_similarity(name, other)
    one_apart = (
        len(name) == len(other) and sum(a != b for a, b in zip(name, other, strict=True)) == 1
    )
    if alike >= _SIMILAR or (one_apart and len(name) > 1):
        return Evidence("similar_name", 1.5)
    return Evidence("other_name", -3.0)


def _births(one: Sketch, other: Sketch) -> Iterator[Evidence]:
    if not (one.earliest and one.latest and other.earliest and other.latest):
        return
    if one.born is not None and one.born == other.born:
        yield Evidence("same_birth", 3.0)
    elif one.earliest <= other.latest and other.earliest <= one.latest:
        yield Evidence("fitting_birth", 1.0)
    elif one.born and other.born and _slip(one.born, other.born):
        yield Evidence("near_birth", 1.0)
    else:
        yield Evidence("other_birth", -2.0)


def _slip(one: date, other: date) -> bool:
    """Tell whether two days differ by one digit, or by day and month changing places."""
    a, b = one.strftime("%Y%m%d"), other.strftime("%Y%m%d")
    swapped = (one.year, one.month, one.day) == (other.year, other.day, other.month)
    return swapped or sum(x != y for x, y in zip(a, b, strict=True)) == 1


def _sexes(one: Sketch, other: Sketch) -> Iterator[Evidence]:
    if one.sex and other.sex and one.sex != other.sex:
        yield Evidence("other_sex", -3.0)


def _places(one: Sketch, other: Sketch) -> Iterator[Evidence]:
    if one.phones & other.phones:
        yield Evidence("same_phone", 2.0)
    if one.family & other.family:
        names = sorted({name for name, _phone in one.family & other.family})
        yield Evidence("same_family", 2.0, "、".join(names))
    for code, weight in (("address", 2.0), ("unit", 0.5), ("community", 0.5)):
        if one.facts.get(code, set()) & other.facts.get(code, set()):
            yield Evidence(f"same_{code}", weight)


def _words() -> dict[str, str]:
    return {
        "same_number": _("same ID number"),
        "near_number": _("ID numbers differ in {detail} characters, one of them damaged"),
        "same_stem": _("ID numbers begin alike, one of them damaged"),
        "other_number": _("two different valid ID numbers"),
        "same_name": _("same name"),
        "former_name": _("one name is another name of the other: {detail}"),
        "same_sound": _("names sound the same"),
        "similar_name": _("names differ in one character"),
        "other_name": _("different names"),
        "same_birth": _("born on the same day"),
        "fitting_birth": _("birth dates fit each other"),
        "near_birth": _("birth dates differ by a slip of the pen"),
        "other_birth": _("different birth dates"),
        "other_sex": _("different sex"),
        "same_phone": _("same phone"),
        "same_family": _("same family member: {detail}"),
        "same_address": _("same address"),
        "same_unit": _("same former unit"),
        "same_community": _("same community"),
    }

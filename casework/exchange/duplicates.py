"""The same person on two rows: found by number, or by name and enough that agrees.

Decides which two rows are certainly one person and which may be. Two people of one name are two
people until something besides the name speaks against it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from casework.exchange.people import Place, RosterPerson

__all__ = ["Pair", "find_duplicates", "likeness"]

CERTAIN, DOUBTFUL = 4.0, 3.0
_NEVER = -100.0
_NUMBERED = re.compile(r"\d.*[号室户栋幢]")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two rows, the earlier first: ``duplicate_person``, ``possible_duplicate``, ``shared_id``."""

    first: Place
    second: Place
    kind: str

    @property
    def is_certain(self) -> bool:
        """Whether the two are to be merged."""
        return self.kind == "duplicate_person"


def find_duplicates(people: Sequence[RosterPerson]) -> list[Pair]:
    """Find the rows that tell of the same person.

    Parameters
    ----------
    people : sequence of RosterPerson
        In the order of the file; each pair names the earlier row first.
    """
    found: dict[tuple[Place, Place], str] = {}
    for one, other, kind in (*_by_number(people), *_by_name(people)):
        found.setdefault((one.place, other.place), kind)
    return [Pair(first, second, kind) for (first, second), kind in found.items()]


def _by_number(
    people: Sequence[RosterPerson],
) -> Iterable[tuple[RosterPerson, RosterPerson, str]]:
    same: dict[str, list[RosterPerson]] = defaultdict(list)
    for one in people:
        if one.id_number:
            same[one.id_number].append(one)
    for group in same.values():
        for other in group[1:]:
            kind = "duplicate_person" if _alike(group[0].name, other.name) else "shared_id"
            yield group[0], other, kind


def _alike(name: str, other: str) -> bool:
    """Tell whether two names under one ID number can be one: equal, or one character apart."""
    if name == other or name in other or other in name:
        return True
    return (
        len(name) == len(other) > 1 and sum(a != b for a, b in zip(name, other, strict=True)) == 1
    )


def _by_name(people: Sequence[RosterPerson]) -> Iterable[tuple[RosterPerson, RosterPerson, str]]:
    same: dict[str, list[RosterPerson]] = defaultdict(list)
    for one in people:
        same[one.name].append(one)
    for group in same.values():
        sheets = Counter(one.sheet for one in group)
        for at, one in enumerate(group):
            for other in group[at + 1 : at + 30]:
                score = likeness(one, other)
                # The only one of the name on each of two lists of one file: 名册 and 通讯录.
                if score > 0 and one.sheet != other.sheet and max(sheets.values()) == 1:
                    score += 3
                if score >= DOUBTFUL:
                    yield (
                        one,
                        other,
                        ("duplicate_person" if score >= CERTAIN else "possible_duplicate"),
                    )


def likeness(one: RosterPerson, other: RosterPerson) -> float:
    """Weigh what two rows of the same name have in common.

    Returns
    -------
    float
        From `CERTAIN` on they are one person, from `DOUBTFUL` on they may be. Two different valid
        ID numbers, or birth dates that exclude each other, are two people.
    """
    number = _numbers_agree(one, other)
    if number is not None:
        return number
    if one.sex and other.sex and one.sex != other.sex:
        return _NEVER
    born = _births_agree(one, other)
    if born == _NEVER:
        return _NEVER
    shared = {
        code: set(filter(None, one.values.get(code, ())))
        & set(filter(None, other.values.get(code, ())))
        for code in ("mobile", "landline", "address", "unit", "community")
    }
    contacts = {c.phone for c in one.contacts if c.phone} & {
        c.phone for c in other.contacts if c.phone
    }
    score = born
    # Two of one name do not share a mobile, nor a door; a couple shares a landline.
    score += 4 if shared["mobile"] or any(_NUMBERED.search(one) for one in shared["address"]) else 0
    score += 3 if shared["landline"] or shared["address"] else 0
    score += 3 if contacts else 0
    score += 1 if shared["unit"] else 0
    score += 0.5 if shared["community"] and not shared["address"] else 0
    return score


def _numbers_agree(one: RosterPerson, other: RosterPerson) -> float | None:
    """Let two ID numbers decide, where both are there: a damaged one by what is left of it."""
    a, b = one.number, other.number
    if a is None or b is None or not a.typed or not b.typed:
        return None
    if a.normal and b.normal:
        return CERTAIN if a.normal == b.normal else _NEVER
    if a.stem and b.stem:
        if a.stem != b.stem:
            near = sum(x != y for x, y in zip(a.stem, b.stem, strict=True))
            return None if near <= 1 else _NEVER
        if "truncated_number" in (a.problem, b.problem):
            return CERTAIN if a.typed[:15] == b.typed[:15] else _NEVER
        longer = (a.normal or a.typed), (b.normal or b.typed)
        if len(longer[0]) == len(longer[1]):
            apart = sum(x != y for x, y in zip(*longer, strict=True))
            return CERTAIN if apart <= 2 else _NEVER
    return None


def _births_agree(one: RosterPerson, other: RosterPerson) -> float:
    """Weigh the birth dates: the same day tells much, the same month something."""
    a, b = one.official_birth("id"), other.official_birth("id")
    if a.earliest is None or b.earliest is None or a.latest is None or b.latest is None:
        return 0.0
    if a.earliest > b.latest or b.earliest > a.latest:
        return _NEVER
    if a.earliest == a.latest and (a.earliest, a.latest) == (b.earliest, b.latest):
        return 3.0
    return 1.0 if a.iso[:7] == b.iso[:7] else 0.0

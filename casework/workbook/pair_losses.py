"""What would be if helpers were gone: who would have nobody, whom the others might get instead.

The pairs of everybody else stay where they are. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from casework.workbook.pair_problem import PairProblem

if TYPE_CHECKING:
    from casework.matching import Affinity

__all__ = ["Lost", "Without", "lost_without"]


@dataclass(frozen=True, slots=True)
class Without:
    """Somebody who would be without a helper, and whom they might have instead.

    Attributes
    ----------
    instead : str or None
        The next best helper's name; None where nobody could be found.
    dearer_km : float or None
        How many kilometres more, at the least, everything together then costs.
    why : tuple of (str, int)
        Where nobody could be found.
    """

    person_id: int
    person: str
    helper: str
    instead: str | None
    dearer_km: float | None
    why: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Lost:
    """What would be without some helpers."""

    helpers: tuple[str, ...]
    people: tuple[Without, ...]

    @property
    def n_without(self) -> int:
        """How many would have nobody."""
        return sum(one.instead is None for one in self.people)


def lost_without(
    problem: PairProblem, helper_ids: Collection[int], lost_names: tuple[str, ...]
) -> Lost:
    """Tell who would be without somebody, and who could follow; see `PairRounds.without`.

    Parameters
    ----------
    problem : PairProblem
        Of all people who have somebody in the seat or lack it.
    """
    from casework.matching import match, why_without  # brings numpy and SciPy

    gone = set(helper_ids)
    names = {one.helper_id: one.name for one in problem.helpers}
    whole, affinity = problem.affinity(), problem.affinity(without=gone)
    locked = [
        (str(one.person_id), str(helper))
        for one in problem.people
        for helper, _seat, _lock in one.pairs
        if helper not in gone
    ]
    found = match(affinity, locked=locked)
    stays = set(locked)
    to = {person: helper for person, helper in found.pairs if (person, helper) not in stays}
    people = []
    for one in problem.people:
        key = str(one.person_id)
        for lost in (helper for helper, _seat, _lock in one.pairs if helper in gone):
            other = to.get(key)
            reasons = () if other else why_without(affinity, found, key)
            people.append(
                Without(
                    one.person_id, one.name, names.get(lost, ""),
                    names[int(other)] if other else None,
                    _dearer(whole, key, str(lost), other) if other else None,
                    tuple((reason.kind, reason.count) for reason in reasons),
                )
            )  # fmt: skip
    return Lost(lost_names, tuple(people))


def _dearer(affinity: Affinity, person: str, lost: str, other: str) -> float:
    """Give how many kilometres more one pair costs than another of the same person."""
    at = affinity.person_at[person]
    lost_price, other_price = (
        sum(affinity.terms(at, affinity.helper_at[key]).values()) for key in (lost, other)
    )
    return round(other_price - lost_price, 3)

"""Why a pair is proposed, whom else there would be, and why somebody stays without.

Decides what can be said of a matching in numbers; leaves the words to the screens.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from casework.matching.affinity import Affinity
from casework.matching.solving import Matching

__all__ = ["Instead", "Reason", "changes", "instead", "why_without"]

_MOST = 5


@dataclass(frozen=True, slots=True)
class Instead:
    """Another helper whom a person might have.

    Attributes
    ----------
    helper : str
        Key.
    price : float
        What the pair costs, in kilometres.
    dearer_by : float
        How much more, at the least, everything together costs with this pair.
    """

    helper: str
    price: float
    dearer_by: float


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a person stays without somebody.

    Attributes
    ----------
    kind : str
        ``nobody`` there is no helper at all; ``refused`` and ``sex`` wishes forbid all that are
        left; ``too_far`` an empty seat is cheaper than any; ``full`` those within reach are taken.
    count : int
        Helpers of whom it is said.
    """

    kind: str
    count: int


def instead(
    affinity: Affinity, matching: Matching, person: str, most: int = _MOST
) -> list[Instead]:
    """Give other helpers for a person, the one that would cost least first.

    Raises
    ------
    KeyError
        If there is no such person.
    """
    import numpy as np

    at = affinity.person_at[person]
    has = {helper for one, helper in matching.pairs if one == person}
    prices = affinity.block(at, at + 1)[0]
    dearer = prices - matching.person_prices[at] - matching.helper_prices
    return [
        Instead(helper.key, float(prices[i]), max(0.0, float(dearer[i])))
        for i in np.argsort(dearer, kind="stable")
        if np.isfinite(prices[i]) and (helper := affinity.helpers[i]).key not in has
    ][:most]


def why_without(affinity: Affinity, matching: Matching, person: str) -> list[Reason]:
    """Tell why a person has an empty seat; nothing where there is none.

    Raises
    ------
    KeyError
        If there is no such person.
    """
    at = affinity.person_at[person]
    if person not in matching.empty:
        return []
    if not any(one.seats for one in affinity.helpers):
        return [Reason("nobody", 0)]
    has = {helper for one, helper in matching.pairs if one == person}
    load = Counter(helper for _person, helper in matching.pairs)
    prices = affinity.block(at, at + 1)[0]
    found: Counter[str] = Counter()
    for i, helper in enumerate(affinity.helpers):
        if helper.key in has or not helper.seats:
            continue
        forbidden = affinity.forbids(at, i)
        if forbidden:
            found[forbidden] += 1
        elif load[helper.key] >= helper.seats:
            found["full"] += 1
        elif prices[i] + affinity.weights.next_person * load[helper.key] >= affinity.alone[at]:
            found["too_far"] += 1
    return [Reason(kind, count) for kind, count in found.most_common()]


def changes(before: Matching, after: Matching) -> tuple[list[tuple[str, str]], ...]:
    """Give the pairs that end and those that begin from one matching to another."""
    old, new = set(before.pairs), set(after.pairs)
    return sorted(old - new), sorted(new - old)

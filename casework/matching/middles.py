"""Where the people of an outing live about: the middles that a split is matched by.

Decides where the middles are to begin with, and how far a home is from one. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot

from casework.matching.outings import Goal, Outing, Place

__all__ = ["apart", "first_middles", "mean"]


def apart(one: Place | None, other: Place | None) -> float:
    """Give the kilometres between two places; none where one is not known."""
    if one is None or other is None:
        return 0.0
    return hypot(one[0] - other[0], one[1] - other[1])


def first_middles(
    goals: Sequence[Goal], outings: Sequence[Outing]
) -> dict[str, Place | None]:  # fmt: skip
    """Give each outing a middle to begin with: its own, else as far from the others as can be."""
    import numpy as np

    places = sorted({one.place for one in goals if one.place is not None})
    found: dict[str, Place | None] = {}
    if not places:
        return {one.key: one.anchor for one in outings}
    east, north = np.array(places).T
    nearest = np.full(len(places), np.inf)

    def take(place: Place) -> None:
        np.minimum(nearest, np.hypot(east - place[0], north - place[1]), out=nearest)

    for one in outings:
        if one.anchor is not None:
            take(one.anchor)
    for outing in outings:
        chosen = outing.anchor
        if chosen is None:
            chosen = places[int(np.argmax(nearest))]
            take(chosen)
        found[outing.key] = chosen
    return found


def mean(places: Sequence[Place]) -> Place | None:
    """Give the middle of some places, or None of none."""
    if not places:
        return None
    return sum(one[0] for one in places) / len(places), sum(one[1] for one in places) / len(places)

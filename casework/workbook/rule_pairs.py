"""Which tasks of changed rules stand in the place of the ones before: the same work on other days.

Decides what a bureau would call the same visit where a rule is cut into other periods: two visits a
month in place of one are one more, not one gone and two new, though their periods have other names.
"""

from __future__ import annotations

from collections.abc import Sequence

from casework.planning import PlannedTask
from casework.rules import Obligation

__all__ = ["Owed", "part_moved"]

Owed = tuple[PlannedTask, Obligation]


def part_moved(
    gone: Sequence[Owed], fresh: Sequence[Owed]
) -> tuple[list[Owed], list[Owed], list[Owed]]:
    """Tell apart what one person loses, gains, and is owed as before but on other days.

    A task stands in the place of another where item, service, actor, ways and length are the same,
    and it is for the same period or their windows have a day in common. Each stands in the place of
    one at most, and as many do as can.

    Parameters
    ----------
    gone, fresh : sequence of (PlannedTask, Obligation)
        What the old rules asked for and the new ones do not ask for just so, and the other way
        round.

    Returns
    -------
    gone, fresh, moved : list
        What is left of both, and the new ones among those that belong together.
    """
    by_work: dict[object, tuple[list[Owed], list[Owed]]] = {}
    for side, tasks in enumerate((gone, fresh)):
        for one in tasks:
            by_work.setdefault(_work(one), ([], []))[side].append(one)
    lost: list[Owed] = []
    gained: list[Owed] = []
    moved: list[Owed] = []
    for old, new in by_work.values():
        for found, total in zip(_paired(old, new), (lost, gained, moved), strict=True):
            total += found
    return lost, gained, moved


def _work(one: Owed) -> object:
    task, duty = one
    return task.key, duty.service, duty.actor, task.channels, duty.duration_minutes


def _paired(old: Sequence[Owed], new: Sequence[Owed]) -> tuple[list[Owed], list[Owed], list[Owed]]:
    """Pair the same work: by its period first, then by windows that touch."""
    kept = {task.period for task, _duty in old} & {task.period for task, _duty in new}
    moved = [one for one in new if one[0].period in kept]
    waiting = sorted((one for one in old if one[0].period not in kept), key=_ends)
    gained: list[Owed] = []
    # Whoever ends first takes, of those that are left and touch it, the one that ends first. Any
    # other that it could take serves those that end later as well: no way pairs more.
    for one in sorted((one for one in new if one[0].period not in kept), key=_ends):
        place = next((at for at, other in enumerate(waiting) if _touch(other, one)), None)
        if place is None:
            gained.append(one)
        else:
            del waiting[place]
            moved.append(one)
    return waiting, gained, moved


def _ends(one: Owed) -> tuple[object, object]:
    return one[0].due_on, one[0].opens_on


def _touch(one: Owed, other: Owed) -> bool:
    return one[0].opens_on <= other[0].due_on and other[0].opens_on <= one[0].due_on

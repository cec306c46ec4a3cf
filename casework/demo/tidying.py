"""Going through the list: an office says, month by month, why something was not done.

Decides which missed tasks are taken off the list with a reason and which stay on it; pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from random import Random

from casework.demo.seeds import Talk
from casework.demo.served import DueTask, Excuse, Served

__all__ = ["go_through"]


def go_through(
    person: Served, tasks: Sequence[DueTask], today: date, talk: Talk, chance: Random
) -> Iterator[Excuse]:
    """Excuse most of what was missed with a person, each with its reason.

    What nobody noticed stays: the tasks of somebody who was forgotten, and those of a volunteer
    who has stopped calling.

    Parameters
    ----------
    tasks : sequence of DueTask
        The person's tasks; those that are taken off the list are marked ``excused``.
    today : date
        The last day on which the list was gone through.
    """
    done = {(one.item_key, one.done_on) for one in tasks if one.done_on}
    for task in tasks:
        if task.task_id < 0 or task.done_on or task.excused:
            continue
        day = task.due_on + timedelta(days=talk.habits.gone_through)
        unseen = person.left_alone(task.actor, task.due_on) or chance.random() < _kept(task, talk)
        if day > today or unseen:
            continue
        task.excused = True
        why = _why(task, person, done)
        yield Excuse(task.task_id, day, chance.choice(talk.excuse[why]))


def _kept(task: DueTask, talk: Talk) -> float:
    """Give how likely it is that a task stays on the list; questions are settled readily."""
    share = talk.habits.left_open
    return share / 3 if task.item_key.startswith("find_out:") else share


def _why(task: DueTask, person: Served, done: set[tuple[str, date]]) -> str:
    if person.out_of_reach:
        return "out_of_reach"
    if task.item_key.startswith("find_out:"):
        return "unanswered"
    later = any(key == task.item_key and day > task.due_on for key, day in done)
    return "caught_up" if later else "missed"

"""Which contact answers which task: inside its window, by an accepted way, by the right actor.

Decides what counts as evidence and which of several open tasks a contact answers; leaves writing it
down to ``casework.workbook.tasks``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

__all__ = ["Answer", "Made", "OpenTask", "Refusal", "answers", "why_not"]


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A task that waits for evidence; ``channels`` empty accepts every way."""

    id: int
    person_id: int
    key: str
    actor: str
    channels: tuple[str, ...]
    opens_on: date
    due_on: date


@dataclass(frozen=True, slots=True)
class Made:
    """A contact as far as it can answer tasks.

    Parameters
    ----------
    actors : frozenset of str
        Roles of everybody who took part on our side.
    reached : mapping of int to bool
        By person: whether the person (or family, where that counts) was reached.
    """

    on: date
    channel: str
    actors: frozenset[str]
    reached: Mapping[int, bool]


@dataclass(frozen=True, slots=True)
class Answer:
    """A task that a contact answers; late when its window had passed."""

    task_id: int
    late: bool


Refusal = str
"""Why a contact does not answer: ``person``, ``reached``, ``early``, ``channel`` or ``actor``."""


def why_not(task: OpenTask, made: Made, stand_ins: Mapping[str, frozenset[str]]) -> Refusal | None:
    """Tell why a contact does not answer a task; None when it does.

    Parameters
    ----------
    stand_ins : mapping of str to set of str
        Who may act for whom: a leader's visit also answers a task of the caseworker.
    """
    if task.person_id not in made.reached:
        return "person"
    if not made.reached[task.person_id]:
        return "reached"
    if made.on < task.opens_on:
        return "early"
    if task.channels and made.channel not in task.channels:
        return "channel"
    accepted = {task.actor} | stand_ins.get(task.actor, frozenset())
    return None if accepted & made.actors else "actor"


def answers(
    made: Made, tasks: Iterable[OpenTask], stand_ins: Mapping[str, frozenset[str]]
) -> tuple[Answer, ...]:
    """Choose the open tasks that a contact answers.

    Of the tasks of one obligation it answers one: the one in whose window it falls, else the last
    one that was missed. A visit in April answers April, and March stays missed.
    """
    best: dict[tuple[int, str], OpenTask] = {}
    for task in sorted(tasks, key=lambda one: (one.opens_on, one.due_on, one.id)):
        if why_not(task, made, stand_ins) is not None:
            continue
        name = (task.person_id, task.key)
        present = best.get(name)
        if present is None or present.due_on < made.on:
            best[name] = task
    return tuple(
        Answer(task.id, late=task.due_on < made.on)
        for task in sorted(best.values(), key=lambda one: one.id)
    )

"""Planning: from rules that apply to somebody to plan items and tasks with windows.

Pure: plain values in and out, with the day and the calendar as arguments. Whether a contact answers
a task is decided in :mod:`casework.answering`.
"""

from __future__ import annotations

from casework.planning.lifecycle import in_force, next_state, steps_from
from casework.planning.placing import Almanac, Period, Placer, periods_between
from casework.planning.propose import (
    Doubt,
    Draft,
    Drafter,
    Proposal,
    ProposedItem,
    first_day,
    propose,
)
from casework.planning.situation import PlannedTask, Situation, Stay

__all__ = [
    "Almanac",
    "Doubt",
    "Draft",
    "Drafter",
    "Period",
    "Placer",
    "PlannedTask",
    "Proposal",
    "ProposedItem",
    "Situation",
    "Stay",
    "first_day",
    "in_force",
    "next_state",
    "periods_between",
    "propose",
    "steps_from",
]

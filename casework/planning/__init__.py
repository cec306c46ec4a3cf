"""Planning: from what is owed to somebody to tasks with windows, and which contact answers them.

Pure: plain values in and out, with the day and the calendar as arguments. Whether a rule applies is
decided in :mod:`casework.rules`, which builds on this package.
"""

from __future__ import annotations

from casework.planning.evidence import Answer, Made, OpenTask, answers, why_not
from casework.planning.lifecycle import in_force, next_state, steps_from
from casework.planning.placing import (
    Almanac,
    Obligation,
    Period,
    Placer,
    PlannedTask,
    Situation,
    Stay,
    periods_between,
)
from casework.planning.timing import (
    AfterEvent,
    Ages,
    AtBirthdays,
    AtFestivals,
    Quota,
    Silence,
    Timing,
    times_a_year,
    timing_from,
    timing_record,
)

__all__ = [
    "AfterEvent",
    "Ages",
    "Almanac",
    "Answer",
    "AtBirthdays",
    "AtFestivals",
    "Made",
    "Obligation",
    "OpenTask",
    "Period",
    "Placer",
    "PlannedTask",
    "Quota",
    "Silence",
    "Situation",
    "Stay",
    "Timing",
    "answers",
    "in_force",
    "next_state",
    "periods_between",
    "steps_from",
    "times_a_year",
    "timing_from",
    "timing_record",
    "why_not",
]

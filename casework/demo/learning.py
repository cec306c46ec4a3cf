"""What a demonstration has of trainings of the staff and of voluntary service of departments.

Decides nothing: courses and programmes are made up from the staff and the teams that are there.
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from casework.workbook import Workbook
from casework.workbook.helper_rows import CheckEntry
from casework.workbook.programmes import ProgrammeEntry

__all__ = ["begin_programmes", "train_staff"]

_COURSES = (
    ("老干部工作业务培训", "市委老干部局", 360, None),
    ("急救知识", "市红十字会", 240, 730),
    ("心理陪伴", "市心理协会", 180, None),
)
_TOOK_PART = 0.7
_DAYS_AGO = (20, 150, 290)


def train_staff(book: Workbook, name: str) -> None:
    """Write down courses of the last year, in which most of the staff took part."""
    chance = Random(f"{name}/courses")  # noqa: S311  # a demo, no secret
    staff = [one.staff_id for one in book.trainings.of_staff()]
    for (title, by, minutes, holds), ago in zip(_COURSES, _DAYS_AGO, strict=True):
        done_on = book.today - timedelta(days=ago)
        until = done_on + timedelta(days=holds) if holds else None
        took_part = [one for one in staff if chance.random() < _TOOK_PART]
        if took_part:
            entry = CheckEntry("training", done_on, "passed", title, by, minutes, until)
            book.trainings.write_down(took_part, entry)


def begin_programmes(book: Workbook, begins: date) -> None:
    """Let a department or unit carry each team of helpers, each another kind of service."""
    kinds = list(book.programmes.kinds)
    departments = book.programmes.departments()
    for number, team in enumerate(book.helpers.teams()):
        department = departments[(number + 1) % len(departments)]
        kind = kinds[number % len(kinds)]
        book.programmes.add(ProgrammeEntry(department, kind, team, begins))

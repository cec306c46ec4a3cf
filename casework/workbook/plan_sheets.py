"""The sheet of one person on paper: who it is, what is needed, what is done, by whom, until when.

Decides what stands on a plan sheet (一人一策 摸底表 and plan) and reads it for a whole caseload;
leaves the looks to `casework.ui.sheets`. What is not known is said to be so, never left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import select

from casework.records import CareTeamMember, Person, Staff, covers, in_care_on
from casework.workbook.dossier import Dossier
from casework.workbook.goals import GoalView
from casework.workbook.need_lists import WishView
from casework.workbook.plan_needs import AnsweredNeed
from casework.workbook.plan_told import PlanVersion

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["PlanSheet", "caseload_of", "plan_sheets"]


@dataclass(frozen=True, slots=True)
class PlanSheet:
    """What stands on the sheet of one person.

    Attributes
    ----------
    plan : PlanVersion or None
        The version in force, or the one asked for.
    wishes : tuple of WishView
        Those that no need was made of: the others stand among the needs.
    answers_for : str or None
        The caseworker.
    """

    dossier: Dossier
    unit: str | None
    plan: PlanVersion | None
    needs: tuple[AnsweredNeed, ...]
    wishes: tuple[WishView, ...]
    goals: tuple[GoalView, ...]
    answers_for: str | None
    on: date


def plan_sheets(book: Workbook, persons: Iterable[int], on: date) -> list[PlanSheet]:
    """Give the sheets of some persons, in the order given."""
    found = []
    for person_id in dict.fromkeys(persons):
        dossier = book.people.dossier(person_id, as_of=on)
        worker = next((one.name for one in dossier.care_team if one.role == "caseworker"), None)
        found.append(
            PlanSheet(
                dossier=dossier,
                unit=dossier.field("unit").shown or None,
                plan=book.plans.in_force(person_id, as_of=on),
                needs=tuple(book.plans.needs(person_id, as_of=on)),
                wishes=tuple(
                    one for one in book.needs.wishes(person_id, as_of=on) if one.need is None
                ),
                goals=tuple(book.goals.of_person(person_id, as_of=on)),
                answers_for=worker,
                on=on,
            )
        )
    return found


def caseload_of(book: Workbook, staff_id: int, on: date) -> Sequence[int]:
    """Give the people whose caseworker somebody is on a day, by the sound of their names."""
    with book.reading() as session:
        return session.scalars(
            select(Person.id)
            .join(CareTeamMember, CareTeamMember.person_id == Person.id)
            .join(Staff, Staff.id == CareTeamMember.staff_id)
            .where(
                CareTeamMember.role == "caseworker",
                CareTeamMember.staff_id == staff_id,
                CareTeamMember.superseded_at.is_(None),
                covers(CareTeamMember.valid_from, CareTeamMember.valid_to, on),  # type: ignore[arg-type]
                in_care_on(on),
            )
            .order_by(Person.name_pinyin, Person.id)
            .distinct()
        ).all()

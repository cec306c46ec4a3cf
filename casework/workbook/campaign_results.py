"""What came of a campaign: who was met, who was not and why, in persons and in person-times.

Decides the one meaning of a result: a visit is made where a contact answers the task of the person
in the campaign, or a unit's return became one; it was tried where a contact of care in the window
reached nobody. Contacts say it; nothing of it is stored.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.records import (
    REACHED,
    Campaign,
    CampaignPerson,
    Contact,
    ContactPerson,
    TaskEvidence,
    UnitReturn,
    UnitReturnRow,
)

__all__ = ["STATES", "Figures", "VisitResult", "figures_of", "results_of"]

STATES = ("met", "family", "not_met", "declined", "open", "missed", "left_out")
"""Met in person or through the family; tried in vain, declined; still to come, not made in its
time, taken off the list."""


@dataclass(frozen=True, slots=True)
class VisitResult:
    """What came of one person's visit, as far as it is known on a day.

    Attributes
    ----------
    state : str
        One of `STATES`.
    n_times : int
        Visits that reached the person or the family.
    by_unit : bool
        Whether a unit's return says so.
    """

    state: str
    n_times: int = 0
    contact_id: int | None = None
    on: date | None = None
    channel: str | None = None
    why: str | None = None
    by_unit: bool = False


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a campaign or of a part of it.

    Attributes
    ----------
    listed : int
        Persons on the list, without those taken off.
    visited : int
        Persons who were met, in person or through the family (人数).
    times : int
        Person-times (人次).
    """

    listed: int
    visited: int
    times: int
    by_state: Mapping[str, int]

    @property
    def share(self) -> float | None:
        """Part of the list that was visited, 0 to 1; None for an empty list."""
        return self.visited / self.listed if self.listed else None


def results_of(
    session: Session, campaign: Campaign, as_of: date, late_days: int
) -> dict[int, VisitResult]:
    """Tell what came of everybody on the list, by person.

    Parameters
    ----------
    late_days : int
        So many days after the window a visit still counts.
    """
    rows = session.execute(
        select(CampaignPerson.person_id, CampaignPerson.left_out_on).where(
            CampaignPerson.campaign_id == campaign.id
        )
    ).all()
    made = _made(session, campaign.id, as_of)
    tried = _tried(session, campaign, min(as_of, campaign.due_on + timedelta(days=late_days)))
    is_over = as_of > campaign.due_on
    found = {}
    for person, left_out_on in rows:
        if person in made:
            found[person] = made[person]
        elif left_out_on is not None and left_out_on <= as_of:
            found[person] = VisitResult("left_out")
        elif person in tried:
            found[person] = tried[person]
        else:
            found[person] = VisitResult("missed" if is_over else "open")
    return found


def figures_of(results: Iterable[VisitResult]) -> Figures:
    """Count results."""
    by_state = dict.fromkeys(STATES, 0)
    times = 0
    for one in results:
        by_state[one.state] += 1
        times += one.n_times
    listed = sum(by_state.values()) - by_state["left_out"]
    return Figures(listed, by_state["met"] + by_state["family"], times, by_state)


def _made(session: Session, campaign_id: int, as_of: date) -> dict[int, VisitResult]:
    """Give the visits that were made: by evidence of the task, or by a unit's return."""
    columns = (
        ContactPerson.person_id, Contact.id, Contact.happened_on, Contact.channel,
        ContactPerson.outcome,
    )  # fmt: skip
    stands = (
        Contact.withdrawn_at.is_(None),
        Contact.happened_on <= as_of,
        ContactPerson.outcome.in_(REACHED),
    )
    own = (
        select(*columns)
        .join(Contact, Contact.id == ContactPerson.contact_id)
        .join(CampaignPerson, CampaignPerson.person_id == ContactPerson.person_id)
        .join(
            TaskEvidence,
            (TaskEvidence.task_id == CampaignPerson.visit_task_id)
            & (TaskEvidence.contact_id == Contact.id),
        )
        .where(CampaignPerson.campaign_id == campaign_id, TaskEvidence.withdrawn_at.is_(None))
        .where(*stands)
    )
    of_units = (
        select(*columns)
        .join(Contact, Contact.id == ContactPerson.contact_id)
        .join(
            UnitReturnRow,
            (UnitReturnRow.contact_id == Contact.id)
            & (UnitReturnRow.person_id == ContactPerson.person_id),
        )
        .join(UnitReturn, UnitReturn.id == UnitReturnRow.return_id)
        .where(UnitReturn.campaign_id == campaign_id, UnitReturn.superseded_at.is_(None))
        .where(*stands)
    )
    times: dict[int, dict[int, tuple[Any, bool]]] = {}
    for by_unit, query in ((False, own), (True, of_units)):
        for row in session.execute(query):
            mine = times.setdefault(row.person_id, {})
            mine[row.id] = (row, by_unit)
    return {person: _met(list(some.values())) for person, some in times.items()}


def _met(times: Sequence[tuple[Any, bool]]) -> VisitResult:
    """Make one result of all visits to a person: met in person where any of them was."""
    row, by_unit = min(times, key=lambda one: (one[0].outcome != "reached", one[0].happened_on))
    state = "met" if row.outcome == "reached" else "family"
    return VisitResult(
        state, len(times), row.id, row.happened_on, row.channel, None, by_unit
    )  # fmt: skip


def _tried(session: Session, campaign: Campaign, last: date) -> dict[int, VisitResult]:
    """Give who was visited in vain; the latest attempt counts."""
    query = (
        select(ContactPerson, Contact)
        .join(Contact, Contact.id == ContactPerson.contact_id)
        .join(CampaignPerson, CampaignPerson.person_id == ContactPerson.person_id)
        .where(
            CampaignPerson.campaign_id == campaign.id,
            Contact.withdrawn_at.is_(None),
            Contact.kind == "care",
            Contact.happened_on.between(campaign.opens_on, last),
            ContactPerson.outcome.not_in(REACHED),
        )
        .order_by(Contact.happened_on, Contact.id)
    )
    found = {}
    for person, contact in session.execute(query):
        state = "declined" if person.outcome == "declined" else "not_met"
        found[person.person_id] = VisitResult(
            state, 0, contact.id, contact.happened_on, contact.channel, person.not_reached_reason
        )
    return found


def people_in(results: Mapping[int, VisitResult], states: Collection[str]) -> list[int]:
    """Give exactly the people whom a figure counts."""
    return [person for person, one in results.items() if one.state in states]

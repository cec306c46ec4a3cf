"""What a roster is planned from: tasks, people and staff of a span of days, as the workbook has it.

Decides which tasks are visits to be made in these days and which terms hold for whom; leaves making
a problem of it to :mod:`casework.workbook.roster_building`. Each kind is one query.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Text, and_, cast, false, func, or_, select
from sqlalchemy.orm import Session

from casework.records import (
    CareTeamMember,
    Contact,
    ContactParticipant,
    ContactPerson,
    Fact,
    Person,
    PlanItem,
    Roster,
    RosterVisit,
    Staff,
    StaffTerm,
    Task,
    VisitorWish,
    covers,
    holds_on,
    in_care_on,
    may_be_open,
    reached,
    task_status,
)
from casework.records.rosters import VISITOR
from casework.reference import services
from casework.reference.rosters import RosterRules
from casework.terms import language

__all__ = [
    "Home",
    "StaffMember",
    "VisitTask",
    "read_homes",
    "read_places",
    "read_staff",
    "read_tasks",
    "read_told",
    "task_title",
]

_FACTS = ("location", "visit_times", "visitor_sex", "dialect", "community", "address")


@dataclass(frozen=True, slots=True)
class VisitTask:
    """A task that is a visit.

    Attributes
    ----------
    opens_on, due_on : date
        Its window, both inclusive.
    minutes : int or None
        What the plan says it takes.
    owner_id : int or None
        Who answers for it, or did before a roster gave it to somebody: nobody gets to know a person
        by being put on a roster.
    """

    task_id: int
    person_id: int
    name: str
    title: str
    service: str
    actor: str
    priority: int
    opens_on: date
    due_on: date
    minutes: int | None
    owner_id: int | None


@dataclass(frozen=True, slots=True)
class Home:
    """What planning knows of one person: facts as they were typed, and who is familiar.

    Attributes
    ----------
    facts : mapping of str to tuple of str
        Values by code; a code is missing where nobody asked.
    team, seen : frozenset of int
        Staff of the care team; staff who visited not long ago.
    wanted, unwanted : frozenset of int
        Staff that the person asked for, or does not want.
    """

    facts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    team: frozenset[int] = frozenset()
    seen: frozenset[int] = frozenset()
    wanted: frozenset[int] = frozenset()
    unwanted: frozenset[int] = frozenset()

    def said(self, code: str) -> tuple[str, ...]:
        """Give the values of a fact; none where it is not known, or asked and empty."""
        return tuple(one for one in self.facts.get(code, ()) if one)


@dataclass(frozen=True, slots=True)
class StaffMember:
    """Somebody who may be sent out, with the terms that hold in these days.

    Attributes
    ----------
    terms : mapping of str to tuple of (str, first day or None, last day or None)
    """

    staff_id: int
    name: str
    role: str
    active_from: date | None
    active_to: date | None
    terms: Mapping[str, tuple[tuple[str, date | None, date | None], ...]]

    def said(self, kind: str, on: date) -> tuple[str, ...]:
        """Give the values of a term on a day; none where it is not known."""
        return tuple(
            value
            for value, first, last in self.terms.get(kind, ())
            if (first is None or first <= on) and (last is None or on <= last)
        )

    def is_there(self, on: date) -> bool:
        """Tell whether they are at work on a day, as far as is written down."""
        begun = self.active_from is None or self.active_from <= on
        left = self.active_to is not None and self.active_to < on
        return begun and not left and not self.said("absent", on)

    def mean(self, rules: RosterRules, on: date) -> str | None:
        """Give the code of what they travel by; None where it is not written down."""
        known = [code for code in self.said("travel", on) if code in rules.means]
        return known[-1] if known else None


def read_tasks(
    session: Session, rules: RosterRules, first: date, last: date, *, late_days: int
) -> list[VisitTask]:
    """Read the tasks that are visits of our own staff, meant for these days or missed.

    Whose actor is none of the agency's own (a community, a family) is not ours to plan. A task
    counts when it is meant to be done up to the last day and its window is open on one of the days,
    or closed not longer ago than late answers count.
    """
    status = task_status(last)
    ways = cast(Task.channels, Text)  # a list, the way that comes first in front
    query = (
        select(
            Task.id, Task.person_id, Person.name, Task.title, PlanItem.title_en, Task.service,
            Task.actor, Task.priority, Task.opens_on, Task.due_on, PlanItem.duration_minutes,
            Task.owner_id,
        )
        .join(Person, Person.id == Task.person_id)
        .outerjoin(PlanItem, PlanItem.id == Task.plan_item_id)
        .where(
            in_care_on(first),
            status.in_(("ready", "failed")),
            may_be_open(last),
            Task.done_on.is_(None),
            Task.due_on >= first - timedelta(days=late_days),
            func.coalesce(Task.planned_on, Task.due_on) <= last,
            Task.actor.in_(list(rules.actors)),
            or_(false(), *(ways.startswith(f'["{one}"', autoescape=True)
                           for one in rules.visit_channels)),
        )
        .order_by(Task.person_id, Task.due_on, Task.id)
    )  # fmt: skip
    rows = session.execute(query).all()
    owners = _owners(session, {row.id: row.owner_id for row in rows})
    return [
        VisitTask(
            row.id, row.person_id, row.name, task_title(row.title, row.title_en, row.service),
            row.service, row.actor, row.priority, row.opens_on, row.due_on, row.duration_minutes,
            owners[row.id],
        )
        for row in rows
    ]  # fmt: skip


def _owners(session: Session, owners: dict[int, int | None]) -> dict[int, int | None]:
    """Give who answered for tasks before rosters gave them to somebody, the latest undone first."""
    given = session.execute(
        select(RosterVisit.task_id, RosterVisit.staff_id, RosterVisit.roster_id)
        .join(Roster, Roster.id == RosterVisit.roster_id)
        .where(
            Roster.published_at.is_not(None),
            RosterVisit.task_id.in_(list(owners)),
            RosterVisit.staff_id.is_not(None),
        )
        .order_by(Roster.published_at.desc(), Roster.id.desc())
    ).all()
    ids = {row.roster_id for row in given}
    query = select(Roster.id, Roster.given_before).where(Roster.id.in_(ids))
    before = {one: (told or {}).get("tasks", {}) for one, told in session.execute(query)}
    found = dict(owners)
    for task, staff, roster in given:
        told = before[roster].get(str(task))
        if told is not None and found[task] == staff:
            found[task] = told[1]
    return found


def task_title(title: str | None, title_en: str | None, service: str) -> str:
    """Give what is done in the language in force; the name of the service where nothing is said."""
    if language() == "en" and title_en:
        return title_en
    known = services().get(service)
    return title or (str(known.label) if known else service)


def read_told(session: Session, persons: Collection[int], on: date) -> dict[int, Home]:
    """Read the facts about where and when people may be visited; nothing of who is familiar."""
    facts: defaultdict[int, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for person, code, value in session.execute(
        select(Fact.person_id, Fact.code, Fact.value)
        .where(Fact.person_id.in_(list(persons)), Fact.code.in_(_FACTS), holds_on(on))
        .order_by(Fact.id)
    ):
        facts[person][code].append(value)
    return {
        person: Home({code: tuple(values) for code, values in facts.get(person, {}).items()})
        for person in persons
    }


def read_homes(
    session: Session, persons: Collection[int], on: date, *, familiar_days: int
) -> dict[int, Home]:
    """Read what is known about where and when people may be visited, and by whom."""
    ids = list(persons)
    told = read_told(session, ids, on)
    team = _pairs(
        session,
        select(CareTeamMember.person_id, CareTeamMember.staff_id).where(
            CareTeamMember.person_id.in_(ids),
            CareTeamMember.superseded_at.is_(None),
            CareTeamMember.role != VISITOR,  # comes for a roster, and is no face they know yet
            covers(CareTeamMember.valid_from, CareTeamMember.valid_to, on),  # type: ignore[arg-type]
        ),
    )
    seen = _pairs(
        session,
        select(ContactPerson.person_id, ContactParticipant.staff_id)
        .join(Contact, Contact.id == ContactPerson.contact_id)
        .join(ContactParticipant, ContactParticipant.contact_id == Contact.id)
        .where(
            ContactPerson.person_id.in_(ids),
            Contact.happened_on >= on - timedelta(days=familiar_days),
            Contact.happened_on < on,
            Contact.withdrawn_at.is_(None),
            reached(),
        )
        .distinct(),
    )
    wishes: dict[str, dict[int, set[int]]] = {
        wanted: _pairs(
            session,
            select(VisitorWish.person_id, VisitorWish.staff_id).where(
                VisitorWish.person_id.in_(ids),
                VisitorWish.superseded_at.is_(None),
                VisitorWish.wanted == wanted,
            ),
        )
        for wanted in ("yes", "no")
    }
    return {
        person: Home(
            told[person].facts,
            frozenset(team.get(person, ())),
            frozenset(seen.get(person, ())),
            frozenset(wishes["yes"].get(person, ())),
            frozenset(wishes["no"].get(person, ())),
        )
        for person in ids
    }


def read_places(
    session: Session, persons: Collection[int], on: date
) -> dict[int, tuple[str | None, str | None]]:
    """Read the address and the community of people; None where it is not known or not for all."""
    found: defaultdict[int, dict[str, str]] = defaultdict(dict)
    wanted = select(Fact.person_id, Fact.code, Fact.value).where(
        Fact.person_id.in_(list(persons)), Fact.code.in_(("address", "community")), holds_on(on)
    )
    for person, code, value in session.execute(wanted.order_by(Fact.id)):
        if value:
            found[person][code] = value
    return {one: (found[one].get("address"), found[one].get("community")) for one in persons}


def _pairs(session: Session, query: Any) -> dict[int, set[int]]:
    found: defaultdict[int, set[int]] = defaultdict(set)
    for one, other in session.execute(query):
        if other is not None:
            found[one].add(other)
    return found


def read_staff(
    session: Session, roles: Collection[str], first: date, last: date
) -> list[StaffMember]:
    """Read who may be sent out in these days, with the terms that hold on any of them."""
    terms: defaultdict[int, defaultdict[str, list[tuple[str, date | None, date | None]]]]
    terms = defaultdict(lambda: defaultdict(list))
    for one in session.scalars(
        select(StaffTerm)
        .where(
            StaffTerm.superseded_at.is_(None),
            or_(StaffTerm.valid_from.is_(None), StaffTerm.valid_from <= last),
            or_(StaffTerm.valid_to.is_(None), StaffTerm.valid_to >= first),
        )
        .order_by(StaffTerm.id)
    ):
        terms[one.staff_id][one.kind].append((one.value, one.valid_from, one.valid_to))
    there = and_(
        or_(Staff.active_from.is_(None), Staff.active_from <= last),
        or_(Staff.active_to.is_(None), Staff.active_to >= first),
    )
    return [
        StaffMember(
            one.id, one.name, one.role, one.active_from, one.active_to,
            {kind: tuple(values) for kind, values in terms.get(one.id, {}).items()},
        )
        for one in session.scalars(
            select(Staff).where(there, Staff.role.in_(list(roles))).order_by(Staff.id)
        )
    ]  # fmt: skip

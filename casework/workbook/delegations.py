"""Delegations of a campaign: who goes, when, to whom; proposed by the solver, decided by people.

Decides that a delegation keeps its hours, its capacity and the rule of which rank visits which,
whoever places a visit; that what was placed by hand is locked; and that every change can be put
back. The problem is `delegation_problem`'s, its solution :mod:`casework.matching.delegating`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry, NotFound, NotPermitted
from casework.matching import Goal, Hindrance, Outing, Split, hindrances, split, timetable
from casework.matching.touring import order_of
from casework.records import (
    Campaign,
    CampaignPerson,
    Delegation,
    DelegationMember,
    DelegationSlot,
)
from casework.records.base import now
from casework.reference.rosters import RosterRules, roster_rules
from casework.terms import _
from casework.workbook.campaign_rows import require_campaign
from casework.workbook.delegation_problem import Problem, problem_of
from casework.workbook.delegation_rows import (
    DelegationEntry,
    DelegationShown,
    MemberEntry,
    SlotEntry,
    check_delegation,
    delegations_of,
    refuse_double,
)
from casework.workbook.delegation_writing import (
    no_delegation,
    require_staff,
    write_delegation,
    write_members,
    write_slots,
)
from casework.workbook.travel import travel_in_force

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = [
    "DelegationEntry",
    "DelegationShown",
    "Delegations",
    "MemberEntry",
    "Placement",
    "Proposal",
    "SlotEntry",
    "Way",
    "hindrance_text",
]

Placement = Mapping[int, tuple[int | None, int | None, bool]]
"""Where visits stand, by person: slot, minute of the day, whether locked."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a proposal changed.

    Attributes
    ----------
    placed, left : int
        People.
    minutes : int
        On the way, all outings together.
    before : Placement
        To put back.
    notes : tuple of str
        What was not known, and what was done about it.
    """

    placed: int
    left: int
    minutes: int
    before: Placement
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """An outing that somebody could be visited in, or not.

    Attributes
    ----------
    more : int or None
        Minutes more on the way; None where it cannot be.
    reason : str or None
        Why it cannot be: ``rank``, ``segment``, ``area``, ``hours``, ``unwanted``, ``full``,
        ``late``.
    """

    slot_id: int
    more: int | None
    reason: str | None


class Delegations:
    """What is done with the delegations of campaigns.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    # --- looking ---------------------------------------------------------------------------------

    def of(self, campaign_id: int) -> list[DelegationShown]:
        """List the delegations of a campaign with their outings."""
        with self._workbook.reading() as session:
            require_campaign(session, campaign_id)
            return delegations_of(session, campaign_id)

    def show(self, delegation_id: int) -> tuple[int, DelegationShown]:
        """Give a delegation, and the number of its campaign.

        Raises
        ------
        NotFound
            If there is no such delegation.
        """
        with self._workbook.reading() as session:
            found = session.get(Delegation, delegation_id)
            if found is None or found.superseded_at is not None:
                raise no_delegation(delegation_id)
            all_ = delegations_of(session, found.campaign_id)
            one = next(each for each in all_ if each.delegation_id == delegation_id)
            return found.campaign_id, one

    def mine(self, staff_id: int) -> list[tuple[int, DelegationShown]]:
        """Give the delegations that one of the staff goes with and that are still to go out."""
        query = (
            select(Delegation.campaign_id)
            .join(Campaign, Campaign.id == Delegation.campaign_id)
            .join(DelegationMember, DelegationMember.delegation_id == Delegation.id)
            .where(
                DelegationMember.staff_id == staff_id,
                DelegationMember.superseded_at.is_(None),
                Delegation.superseded_at.is_(None),
                Campaign.withdrawn_at.is_(None),
                Campaign.closed_on.is_(None),
                Campaign.given_at.is_not(None),
            )
            .distinct()
        )
        with self._workbook.reading() as session:
            return [
                (campaign, one)
                for campaign in session.scalars(query).all()
                for one in delegations_of(session, campaign)
                if any(member.staff_id == staff_id for member in one.members)
            ]

    def why(self, campaign_id: int, person_id: int) -> list[Hindrance]:
        """Tell what keeps somebody out of every outing, the most common first."""
        with self._workbook.reading() as session:
            one = require_campaign(session, campaign_id)
            problem = self._problem(session, one)
            found = _as_split(problem, self._placement(session, campaign_id))
        goals, outings = problem.goals, problem.outings
        return hindrances(found, goals, outings, problem.ways, str(person_id))

    def ways(self, campaign_id: int, person_id: int) -> list[Way]:
        """List every outing for somebody: those that are possible first, the nearest first."""
        with self._workbook.reading() as session:
            one = require_campaign(session, campaign_id)
            problem = self._problem(session, one, keep=False)
            held = self._placement(session, campaign_id)
        found = [_way(problem, held, outing, person_id) for outing in problem.outings]
        return sorted(found, key=lambda way: (way.more is None, way.more or 0, way.slot_id))

    def placement(self, campaign_id: int) -> Placement:
        """Give where the visits of a campaign stand, to put them back later."""
        with self._workbook.reading() as session:
            return self._placement(session, campaign_id)

    # --- deciding --------------------------------------------------------------------------------

    def save(
        self, campaign_id: int, entry: DelegationEntry, delegation_id: int | None = None
    ) -> int:
        """Write a delegation down, new or changed, and give its number.

        An outing that is gone lets go of its visits; one that stays keeps them, unless it would
        not be back in time as the delegation goes now.

        Raises
        ------
        InvalidEntry
            If it cannot be one, or somebody would go with two delegations at once.
        """
        by = self._workbook.actor.name
        with self._changing(campaign_id) as (session, one):
            check_delegation(entry, one, self._rules.means)
            require_staff(session, entry.members)
            others = [
                each
                for each in delegations_of(session, campaign_id)
                if each.delegation_id != delegation_id
            ]
            refuse_double(entry, others)
            made, goes_otherwise = write_delegation(session, campaign_id, entry, delegation_id, by)
            write_members(session, campaign_id, made.id, entry.members, by)
            write_slots(session, campaign_id, made.id, entry.slots, by)
            if goes_otherwise:
                self._time_anew(session, one, made.id)
            self._log(session, "save_delegation", campaign_id, {"delegation": made.id})
            return made.id

    def drop(self, delegation_id: int) -> None:
        """Take a delegation away; its visits are to be placed anew."""
        campaign_id, _one = self.show(delegation_id)
        by = self._workbook.actor.name
        with self._changing(campaign_id) as (session, _campaign):
            session.get_one(Delegation, delegation_id).superseded_at = now()
            write_members(session, campaign_id, delegation_id, (), by)
            write_slots(session, campaign_id, delegation_id, (), by)
            self._log(session, "drop_delegation", campaign_id, {"delegation": delegation_id})

    def propose(self, campaign_id: int) -> Proposal:
        """Split the list among the delegations; what is locked stays where it is.

        Raises
        ------
        NotPermitted
            While the list is open: it would be another one tomorrow.
        """
        book = self._workbook
        with book.reading() as session:
            one = require_campaign(session, campaign_id)
            _require_frozen(one)
            problem = self._problem(session, one)
        found = split(problem.goals, problem.outings, problem.ways)  # without holding a lock
        with self._changing(campaign_id) as (session, _campaign):
            before = self._placement(session, campaign_id)
            self._place(session, campaign_id, problem, found.routes)
            placed = sum(len(route) for route in found.routes.values())
            after = {"placed": placed, "left": len(found.left)}
            self._log(session, "propose_delegations", campaign_id, after)
        return Proposal(placed, len(found.left), found.minutes, before, tuple(problem.notes()))

    def move(self, campaign_id: int, person_id: int, slot_id: int) -> Placement:
        """Place a visit in an outing by hand and lock it there; give where all stood before.

        Raises
        ------
        InvalidEntry
            When a rule forbids it: it says which.
        """
        with self._changing(campaign_id) as (session, one):
            _require_frozen(one)
            problem = self._problem(session, one, keep=False)
            before = self._placement(session, campaign_id)
            outing = next((each for each in problem.outings if each.key == str(slot_id)), None)
            goal = next((each for each in problem.goals if each.key == str(person_id)), None)
            if outing is None or goal is None:
                raise NotFound(_("This outing or this visit is no longer there. Look again."))
            way = _way(problem, before, outing, person_id)
            if way.more is None:
                raise InvalidEntry(hindrance_text(way.reason or ""), "slot", slot_id)
            routes = {
                key: [each for each in route if each != str(person_id)]
                for key, route in _routes(problem, before).items()
            }
            routes.setdefault(outing.key, []).append(goal.key)
            by_key = {each.key: each for each in problem.goals}
            ordered = {
                key: tuple(
                    g.key for g in order_of([by_key[k] for k in route], problem.ways_in(key))
                )
                for key, route in routes.items()
                if key == outing.key or before.get(person_id, (None,))[0] == int(key)
            }
            self._place(session, campaign_id, problem, ordered, others=False)
            row = self._row(session, campaign_id, person_id)
            row.locked = self._workbook.today
            self._log(
                session, "move_campaign_visit", campaign_id,
                {"person": person_id, "slot": slot_id},
            )  # fmt: skip
            return before

    def unplace(self, campaign_id: int, person_id: int) -> Placement:
        """Take a visit out of its outing; give where all stood before."""
        with self._changing(campaign_id) as (session, _one):
            before = self._placement(session, campaign_id)
            row = self._row(session, campaign_id, person_id)
            row.slot_id = row.starts_at = row.locked = None
            self._log(session, "unplace_campaign_visit", campaign_id, {"person": person_id})
            return before

    def lock(self, campaign_id: int, person_ids: Iterable[int], *, locked: bool = True) -> int:
        """Keep visits in their outings, or let the next proposal move them; tell how many."""
        changed = 0
        with self._changing(campaign_id) as (session, _one):
            for person in person_ids:
                row = self._row(session, campaign_id, person)
                if row.slot_id is not None and (row.locked is not None) != locked:
                    row.locked = self._workbook.today if locked else None
                    changed += 1
            self._log(session, "lock_campaign_visits", campaign_id, {"n": changed})
        return changed

    def put_back(self, campaign_id: int, before: Placement) -> None:
        """Put visits back where they stood; an outing that is gone meanwhile takes none."""
        with self._changing(campaign_id) as (session, _one):
            there = {slot.slot_id for one in delegations_of(session, campaign_id)
                     for slot in one.slots}  # fmt: skip
            for row in _visits(session, campaign_id):
                slot, start, locked = before.get(row.person_id, (None, None, False))
                known = slot in there and row.left_out_on is None
                row.slot_id, row.starts_at = (slot, start) if known else (None, None)
                row.locked = (row.locked or self._workbook.today) if locked and known else None
            self._log(session, "put_delegations_back", campaign_id, {})

    # --- parts -----------------------------------------------------------------------------------

    @contextmanager
    def _changing(self, campaign_id: int) -> Iterator[tuple[Session, Campaign]]:
        book = self._workbook
        if not book.campaigns.may_decide:
            raise NotPermitted(_("Campaigns are for supervisors to decide. Ask one of them."))
        with book.transaction() as session:
            one = require_campaign(session, campaign_id, to_change=True)
            if one.closed_on is not None:
                raise NotPermitted(_("This campaign is closed. Open it again to change it."))
            yield session, one

    def _log(
        self, session: Session, action: str, campaign_id: int, after: Mapping[str, object]
    ) -> None:
        self._workbook.log(session, action, "campaign", campaign_id, after=dict(after))

    def _problem(self, session: Session, one: Campaign, *, keep: bool = True) -> Problem:
        return problem_of(
            session, one, delegations_of(session, one.id), self._rules,
            self._workbook.agency.place, self._workbook.today, keep=keep,
            table=travel_in_force(session),
        )  # fmt: skip

    @property
    def _rules(self) -> RosterRules:
        return roster_rules(self._workbook.agency.code)

    @property
    def means(self) -> Mapping[str, str]:
        """The ways in which a delegation can go, by code, in the language in force."""
        return {one.code: str(one.label) for one in self._rules.means.values()}

    @staticmethod
    def _placement(session: Session, campaign_id: int) -> Placement:
        return {
            row.person_id: (row.slot_id, row.starts_at, row.locked is not None)
            for row in _visits(session, campaign_id)
        }

    def _place(
        self,
        session: Session,
        campaign_id: int,
        problem: Problem,
        routes: Mapping[str, Sequence[str]],
        *,
        others: bool = True,
    ) -> None:
        """Write routes with their times; with ``others``, nobody else has a place."""
        goals = {one.key: one for one in problem.goals}
        outings = {one.key: one for one in problem.outings}
        where: dict[int, tuple[int, int]] = {}
        for key, route in routes.items():
            starts, _back = timetable(outings[key], [goals[one] for one in route], problem.ways)
            for one, start in zip(route, starts, strict=True):
                where[int(one)] = (int(key), min(start, 24 * 60 - 1))
        for row in _visits(session, campaign_id):
            if row.person_id in where:
                row.slot_id, row.starts_at = where[row.person_id]
            elif others:
                row.slot_id = row.starts_at = row.locked = None

    def _time_anew(self, session: Session, one: Campaign, delegation_id: int) -> None:
        """Order and time the outings of a delegation that goes otherwise; who is too far is let go.

        An outing that would come back late lets go of all its visits: which ones it cannot reach is
        for a proposal to say.
        """
        session.flush()
        problem = self._problem(session, one, keep=False)
        goals = {each.key: each for each in problem.goals}
        mine = set(session.scalars(select(DelegationSlot.id).where(
            DelegationSlot.delegation_id == delegation_id)))  # fmt: skip
        held = _routes(problem, self._placement(session, one.id))
        kept: dict[str, tuple[str, ...]] = {}
        for outing in problem.outings:
            if int(outing.key) not in mine or outing.key not in held:
                continue
            route = order_of([goals[key] for key in held[outing.key]], problem.ways_in(outing.key))
            if timetable(outing, route, problem.ways)[1] <= outing.ends:
                kept[outing.key] = tuple(goal.key for goal in route)
        for row in _visits(session, one.id):
            if row.slot_id in mine and str(row.slot_id) not in kept:
                row.slot_id = row.starts_at = row.locked = None
        self._place(session, one.id, problem, kept, others=False)

    def _row(self, session: Session, campaign_id: int, person_id: int) -> CampaignPerson:
        row = session.scalar(
            select(CampaignPerson).where(
                CampaignPerson.campaign_id == campaign_id, CampaignPerson.person_id == person_id
            )
        )
        if row is None or row.left_out_on is not None:
            raise NotFound(_("Person no. {id} is not on the list of this campaign.", id=person_id))
        return row


def hindrance_text(reason: str) -> str:
    """Say what stands in the way of a visit in an outing."""
    return {
        "rank": _("The leader's rank is not high enough, or is not known."),
        "segment": _("This delegation does not visit people of this segment."),
        "area": _("The home is outside the delegation's area, or its community is not known."),
        "hours": _("The person cannot be visited at that time."),
        "unwanted": _("The person does not want somebody of this delegation."),
        "full": _("The outing has as many visits as it takes."),
        "late": _("The delegation would not be back in time."),
        "free": _("There is room: place the visit by hand."),
        "nobody": _("There is no outing yet."),
    }[reason]


def _way(problem: Problem, held: Placement, outing: Outing, person_id: int) -> Way:
    """Tell whether somebody can be visited in an outing, and how many minutes more it takes."""
    goal = next((one for one in problem.goals if one.key == str(person_id)), None)
    slot_id = int(outing.key)
    if goal is None:
        return Way(slot_id, None, "segment")
    if outing.key in goal.barred:
        return Way(slot_id, None, goal.barred[outing.key])
    by_key = {one.key: one for one in problem.goals}
    route = [by_key[key] for key in _routes(problem, held).get(outing.key, ()) if key != goal.key]
    if len(route) >= outing.capacity:
        return Way(slot_id, None, "full")
    ways = problem.ways_in(outing.key)
    longer = order_of([*route, goal], ways)
    if timetable(outing, longer, problem.ways)[1] > outing.ends:
        return Way(slot_id, None, "late")
    return Way(slot_id, _on_the_way(problem, outing, longer)
               - _on_the_way(problem, outing, order_of(route, ways)), None)  # fmt: skip


def _on_the_way(problem: Problem, outing: Outing, route: Sequence[Goal]) -> int:
    back = timetable(outing, route, problem.ways)[1]
    return back - outing.begins - sum(one.minutes for one in route)


def _routes(problem: Problem, held: Placement) -> dict[str, list[str]]:
    known = {one.key for one in problem.outings}
    found: dict[str, list[tuple[int, str]]] = {}
    goals = {one.key for one in problem.goals}
    for person, (slot, start, _locked) in held.items():
        if slot is not None and str(slot) in known and str(person) in goals:
            found.setdefault(str(slot), []).append((start or 0, str(person)))
    return {key: [person for _start, person in sorted(some)] for key, some in found.items()}


def _as_split(problem: Problem, held: Placement) -> Split:
    routes = _routes(problem, held)
    placed = {person for route in routes.values() for person in route}
    left = tuple(one.key for one in problem.goals if one.key not in placed)
    return Split({key: tuple(route) for key, route in routes.items()}, left, 0)


def _visits(session: Session, campaign_id: int) -> Sequence[CampaignPerson]:
    return session.scalars(
        select(CampaignPerson).where(
            CampaignPerson.campaign_id == campaign_id, CampaignPerson.carrier == "delegation"
        )
    ).all()


def _require_frozen(one: Campaign) -> None:
    if one.frozen_on is None:
        raise NotPermitted(_("The list of this campaign is still open. Freeze it first."))

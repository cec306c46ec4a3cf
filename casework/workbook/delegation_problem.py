"""Makes a splitting problem of a campaign's list and its delegations: for `casework.matching`.

Decides who may not be visited in which outing and why (rank, segment, area, hours, somebody who is
not wanted), how far homes are from each other, and what is done about what is not known: a home
without a place is so many minutes away from anywhere, and that is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import cos, radians

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry
from casework.exchange.travel_table import OFFICE, TravelTable
from casework.matching import Goal, Outing, ways_of
from casework.matching.outings import Place
from casework.matching.outings import Ways as WaysBetween
from casework.records import Campaign, CampaignPerson, Person, VisitorWish
from casework.reference import Place as AgencyPlace
from casework.reference.rosters import RosterRules
from casework.routing.week.hours import read_hours
from casework.terms import _
from casework.workbook.campaign_target import said
from casework.workbook.campaign_terms import Terms, rank_of
from casework.workbook.delegation_rows import DelegationShown, SlotShown
from casework.workbook.places import Point, point_from
from casework.workbook.roster_travel import TravelTimes

__all__ = ["Problem", "Ways", "problem_of"]

_FACTS = ("location", "community", "address", "level", "rank", "visit_times")
_WEIGHT = 1_000  # of the first segment; each further one weighs one less
_KILOMETRE = 1_000.0
_DEGREE = 111_195.0  # metres


@dataclass(frozen=True, slots=True)
class Problem:
    """A splitting problem with what its keys stand for.

    Attributes
    ----------
    goals, outings : tuple
        Keys are the numbers of persons and of slots.
    ways : Ways
        Minutes between two homes, as most delegations go; an outing may have its own.
    names : mapping of int to str
    unplaced : tuple of int
        Persons the place of whose home is not known.
    """

    goals: tuple[Goal, ...]
    outings: tuple[Outing, ...]
    ways: Ways
    names: Mapping[int, str]
    unplaced: tuple[int, ...]

    def ways_in(self, outing: str) -> WaysBetween:
        """Give the minutes on the way as an outing goes."""
        found = next((one for one in self.outings if one.key == outing), None)
        return self.ways if found is None else ways_of(found, self.ways)

    def notes(self) -> Iterator[str]:
        """Say what is not known, and what was done about it."""
        if self.unplaced:
            yield _(
                "Homes whose place is not known, taken to be {n} minutes from anywhere: {names}",
                n=self.ways.unknown,
                names="、".join(self.names[one] for one in self.unplaced[:5])
                + ("…" if len(self.unplaced) > 5 else ""),
            )


class Ways:
    """Minutes on the way between homes, and between a home and the office.

    Parameters
    ----------
    mean : str or None
        How one goes; None for the first of the rules.
    places : mapping of str to Point
        By key of the goal; a key that is missing is somewhere, nobody knows where.
    table : TravelTable or None
        The agency's own, which goes before coordinates where it knows a way.
    communities : mapping of str to tuple of str
        By key of the goal: where the table may know the home.
    """

    def __init__(
        self,
        rules: RosterRules,
        office: Point,
        places: Mapping[str, Point],
        table: TravelTable | None = None,
        communities: Mapping[str, Sequence[str]] | None = None,
        mean: str | None = None,
    ) -> None:
        self.unknown = rules.numbers["unknown_minutes"]
        homes = {key: communities.get(key, ()) if communities else () for key in places}
        homes |= communities or {}
        self._at: dict[str | None, int] = {None: 0}
        self._at.update((key, at) for at, key in enumerate(homes, start=1))
        named = {name: at for at, name in enumerate(table.places)} if table else {}
        in_table = [named.get(OFFICE)] + [
            next((named[one] for one in some if one in named), None) for some in homes.values()
        ]
        points = [office, *(places.get(key) for key in homes)]
        self._known = {
            key
            for key, point, told in zip(self._at, points, in_table, strict=True)
            if point is not None or told is not None
        }
        goes = mean if mean and mean in rules.means else next(iter(rules.means))
        self._times = TravelTimes(rules, goes, points, table, in_table)
        self._rows: dict[int, Sequence[int]] = {}

    def pace_against(self, other: Ways) -> float:
        """Tell how many times as long as another way of going it takes for a kilometre."""
        return other._times.kind.metres_per_minute / self._times.kind.metres_per_minute

    def is_known(self, key: str) -> bool:
        """Tell whether it is known where somebody lives, by the table or by coordinates."""
        return key in self._known

    def __call__(self, one: str | None, other: str | None) -> int:
        """Give the minutes from one to another; None stands for the office."""
        if one == other:
            return 0
        start, end = self._at.get(one), self._at.get(other)
        if start is None or end is None:
            return self.unknown
        row = self._rows.get(start)
        if row is None:
            row = self._rows[start] = self._times.row(start)
        return row[end]


def problem_of(
    session: Session,
    campaign: Campaign,
    delegations: Sequence[DelegationShown],
    rules: RosterRules,
    office: AgencyPlace,
    on: date,
    *,
    keep: bool = True,
    table: TravelTable | None = None,
) -> Problem:
    """Read what is to be split: everybody on the list whom a delegation visits.

    Parameters
    ----------
    table : TravelTable or None
        What goes before coordinates where it knows a way.
    keep : bool
        Whether locked visits stay in their outing.
    """
    terms = Terms.from_record(campaign.terms)
    rows = session.execute(
        select(CampaignPerson, Person.name)
        .join(Person, Person.id == CampaignPerson.person_id)
        .where(
            CampaignPerson.campaign_id == campaign.id,
            CampaignPerson.left_out_on.is_(None),
            CampaignPerson.carrier == "delegation",
        )
        .order_by(CampaignPerson.person_id)
    ).all()
    persons = [row.person_id for row, _name in rows]
    known = said(session, persons, _FACTS, on)
    unwanted = _unwanted(session, persons)
    base = Point(office.latitude, office.longitude)
    points = {
        str(person): point
        for person, facts in known.items()
        for text in facts.get("location", ())[:1]
        if (point := point_from(text)) is not None
    }
    slots = [(one, slot) for one in delegations for slot in one.slots]
    order = {one.code: at for at, one in enumerate(terms.segments)}
    goals = []
    for row, _name in rows:
        facts = known.get(row.person_id, {})
        held = max((*facts.get("level", ()), *facts.get("rank", ())), key=rank_of, default=None)
        least = terms.least_leader(row.segment, held)
        point = points.get(str(row.person_id))
        goals.append(
            Goal(
                key=str(row.person_id),
                minutes=campaign.minutes,
                place=None if point is None else _kilometres(point, base),
                weight=max(1, _WEIGHT - order.get(row.segment, _WEIGHT)),
                barred={
                    str(slot.slot_id): reason
                    for one, slot in slots
                    if (
                        reason := _barred(
                            one, slot, row, facts, least, unwanted.get(row.person_id, frozenset())
                        )
                    )
                },
                locked=str(row.slot_id) if keep and row.locked and row.slot_id else None,
            )
        )
    middles = _middles(delegations, goals, known)
    communities = {str(one): facts.get("community", ()) for one, facts in known.items()}
    ways = Ways(rules, base, points, table, communities)
    by_mean = {
        mean: Ways(rules, base, points, table, communities, mean)
        for mean in {one.travel for one in delegations if one.travel}
    }
    return Problem(
        tuple(goals),
        tuple(
            Outing(str(slot.slot_id), slot.begins, slot.ends, slot.capacity,
                   middles.get(one.delegation_id), own, own.pace_against(ways) if own else 1.0)
            for one, slot in slots
            for own in (by_mean.get(one.travel or ""),)
        ),
        ways,
        {row.person_id: name for row, name in rows},
        tuple(person for person in persons if not ways.is_known(str(person))),
    )  # fmt: skip


def _kilometres(point: Point, base: Point) -> Place:
    east = (point.longitude - base.longitude) * cos(radians(base.latitude)) * _DEGREE
    return east / _KILOMETRE, (point.latitude - base.latitude) * _DEGREE / _KILOMETRE


def _middles(
    delegations: Sequence[DelegationShown],
    goals: Sequence[Goal],
    known: Mapping[int, Mapping[str, tuple[str, ...]]],
) -> dict[int, Place]:
    """Give the middle of the homes in a delegation's area, where it has one."""
    found = {}
    for one in delegations:
        places = [
            goal.place
            for goal in goals
            if goal.place is not None
            and set(one.areas) & set(known.get(int(goal.key), {}).get("community", ()))
        ]
        if places:
            n = len(places)
            found[one.delegation_id] = (
                sum(east for east, _north in places) / n,
                sum(north for _east, north in places) / n,
            )
    return found


def _barred(
    one: DelegationShown,
    slot: SlotShown,
    row: CampaignPerson,
    facts: Mapping[str, tuple[str, ...]],
    least: int,
    unwanted: frozenset[int],
) -> str | None:
    """Name why a delegation may not visit somebody in an outing; None where it may."""
    if least >= 0 and one.leader_rank < least:
        return "rank"
    if one.segments and row.segment not in one.segments:
        return "segment"
    communities = facts.get("community", ())
    if one.areas and not set(one.areas) & set(communities):
        return "area"
    if unwanted & {member.staff_id for member in one.members if member.staff_id}:
        return "unwanted"
    return None if _is_in(facts.get("visit_times", ()), slot) else "hours"


def _is_in(texts: Sequence[str], slot: SlotShown) -> bool:
    """Tell whether an outing meets the hours in which somebody may be visited; any by default."""
    hours = []
    for text in texts:
        try:
            hours.append(read_hours(text))
        except InvalidEntry:
            continue
    return not hours or any(
        slot.on_day.weekday() in one.weekdays and one.begins < slot.ends and slot.begins < one.ends
        for one in hours
    )


def _unwanted(session: Session, persons: Sequence[int]) -> dict[int, frozenset[int]]:
    found: dict[int, set[int]] = {}
    query = select(VisitorWish.person_id, VisitorWish.staff_id).where(
        VisitorWish.person_id.in_(list(persons)),
        VisitorWish.superseded_at.is_(None),
        VisitorWish.wanted == "no",
    )
    for person, staff in session.execute(query):
        found.setdefault(person, set()).add(staff)
    return {person: frozenset(staff) for person, staff in found.items()}

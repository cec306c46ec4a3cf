"""Delegations as a form holds them and as a screen shows them: members, outings, who is where.

Decides what can be a delegation at all, and that nobody goes with two delegations at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry
from casework.records import (
    Campaign,
    CampaignPerson,
    Delegation,
    DelegationMember,
    DelegationSlot,
)
from casework.reference import code_list
from casework.routing.week.hours import clock
from casework.terms import _
from casework.workbook.campaign_terms import rank_of

__all__ = [
    "DelegationEntry",
    "DelegationShown",
    "MemberEntry",
    "SlotEntry",
    "SlotShown",
    "check_delegation",
    "delegations_of",
    "refuse_double",
]

_LONGEST = 200
_MOST_MEMBERS = 30


@dataclass(frozen=True, slots=True)
class MemberEntry:
    """Somebody who goes along.

    Attributes
    ----------
    staff_id : int or None
        Of one of the staff; None for somebody who is only named.
    role : str
        Code of ``actor``: ``leader`` for who leads, ``caseworker`` for who writes it down.
    rank : str or None
        Code of ``rank``, for a leader.
    """

    name: str
    role: str
    rank: str | None = None
    staff_id: int | None = None

    @property
    def who(self) -> tuple[int | None, str]:
        """Tell two people apart: by number for staff, by name for others."""
        return (self.staff_id, "") if self.staff_id is not None else (None, self.name.strip())


@dataclass(frozen=True, slots=True)
class SlotEntry:
    """An outing: a day, from and until in minutes of it, visits at most."""

    on_day: date
    begins: int
    ends: int
    capacity: int


@dataclass(frozen=True, slots=True)
class DelegationEntry:
    """A delegation as its form holds it.

    Attributes
    ----------
    segments, areas : tuple of str
        Which segments and communities it visits; empty for any.
    travel : str or None
        How it goes, a code of the means of rosters; None as most do.
    """

    name: str
    members: tuple[MemberEntry, ...]
    slots: tuple[SlotEntry, ...]
    body: str | None = None
    segments: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    travel: str | None = None


@dataclass(frozen=True, slots=True)
class SlotShown:
    """An outing with who is visited in it.

    Attributes
    ----------
    stops : tuple of (int, int)
        Person and minute of the day when the visit begins, in their order.
    """

    slot_id: int
    delegation_id: int
    on_day: date
    begins: int
    ends: int
    capacity: int
    stops: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class DelegationShown:
    """A delegation as it stands."""

    delegation_id: int
    name: str
    body: str | None
    segments: tuple[str, ...]
    areas: tuple[str, ...]
    members: tuple[MemberEntry, ...]
    slots: tuple[SlotShown, ...]
    travel: str | None = None

    @property
    def leaders(self) -> tuple[MemberEntry, ...]:
        """Who leads it."""
        return tuple(one for one in self.members if one.role == "leader")

    @property
    def leader_rank(self) -> int:
        """The highest rank among its leaders, as a number; -1 where none is known."""
        return max((rank_of(one.rank) for one in self.leaders), default=-1)

    @property
    def n_stops(self) -> int:
        """How many people it visits."""
        return sum(len(one.stops) for one in self.slots)

    def as_entry(self) -> DelegationEntry:
        """Give it as its form holds it."""
        slots = tuple(SlotEntry(s.on_day, s.begins, s.ends, s.capacity) for s in self.slots)
        return DelegationEntry(
            self.name, self.members, slots, self.body, self.segments, self.areas, self.travel
        )  # fmt: skip


def delegations_of(session: Session, campaign_id: int) -> list[DelegationShown]:
    """Read the delegations of a campaign, in the order in which they were written down."""
    stops: dict[int, list[tuple[int, int]]] = {}
    for person, slot_id, start in session.execute(
        select(CampaignPerson.person_id, CampaignPerson.slot_id, CampaignPerson.starts_at)
        .where(CampaignPerson.campaign_id == campaign_id, CampaignPerson.slot_id.is_not(None))
        .order_by(CampaignPerson.starts_at, CampaignPerson.id)
    ):
        stops.setdefault(slot_id or 0, []).append((person, start or 0))
    members: dict[int, list[MemberEntry]] = {}
    for one in session.scalars(
        select(DelegationMember)
        .where(
            DelegationMember.campaign_id == campaign_id, DelegationMember.superseded_at.is_(None)
        )
        .order_by(DelegationMember.id)
    ):
        entry = MemberEntry(one.name, one.role, one.rank, one.staff_id)
        members.setdefault(one.delegation_id, []).append(entry)
    slots: dict[int, list[SlotShown]] = {}
    for slot in session.scalars(
        select(DelegationSlot)
        .where(DelegationSlot.campaign_id == campaign_id, DelegationSlot.superseded_at.is_(None))
        .order_by(DelegationSlot.on_day, DelegationSlot.begins, DelegationSlot.id)
    ):
        slots.setdefault(slot.delegation_id, []).append(
            SlotShown(
                slot.id, slot.delegation_id, slot.on_day, slot.begins, slot.ends, slot.capacity,
                tuple(stops.get(slot.id, ())),
            )
        )  # fmt: skip
    return [
        DelegationShown(
            one.id, one.name, one.body, tuple(one.segments or ()), tuple(one.areas or ()),
            tuple(members.get(one.id, ())), tuple(slots.get(one.id, ())), one.travel,
        )
        for one in session.scalars(
            select(Delegation)
            .where(Delegation.campaign_id == campaign_id, Delegation.superseded_at.is_(None))
            .order_by(Delegation.id)
        )
    ]  # fmt: skip


def check_delegation(
    entry: DelegationEntry, campaign: Campaign, means: Collection[str]
) -> None:  # fmt: skip
    """Refuse what can be no delegation of a campaign, whoever else goes out.

    Parameters
    ----------
    means : collection of str
        Codes of the ways to go that the agency knows.

    Raises
    ------
    InvalidEntry
        Naming the field of the form.
    """
    if not entry.name.strip() or len(entry.name) > _LONGEST:
        raise InvalidEntry(
            _("The delegation has no name, or a very long one. Type one, such as the leader's."),
            "name", entry.name,
        )  # fmt: skip
    if not any(one.role == "leader" for one in entry.members):
        raise InvalidEntry(_("Nobody leads this delegation. Name a leader."), "leaders")
    if len(entry.members) > _MOST_MEMBERS:
        raise InvalidEntry(
            _("{n} members are too many for one delegation; at most {most}.",
              n=len(entry.members), most=_MOST_MEMBERS), "members",
        )  # fmt: skip
    named = [one.who for one in entry.members]
    if len(set(named)) < len(named) or not all(one.name.strip() for one in entry.members):
        raise InvalidEntry(
            _("Somebody is named twice, or without a name. Name everybody once."), "members"
        )
    for one in entry.members:
        if code_list("actor").entry(one.role) is None or (
            one.rank is not None and code_list("rank").entry(one.rank) is None
        ):
            raise InvalidEntry(
                _("The role or the rank of {name} is not one of the list.", name=one.name),
                "members",
            )
    if entry.travel is not None and entry.travel not in means:
        raise InvalidEntry(
            _("The agency knows no such means of travel. Choose one of the list."),
            "travel", entry.travel,
        )  # fmt: skip
    _check_slots(entry.slots, campaign)


def _check_slots(slots: Sequence[SlotEntry], campaign: Campaign) -> None:
    for one in slots:
        if not campaign.opens_on <= one.on_day <= campaign.due_on:
            raise InvalidEntry(
                _(
                    "{day} is outside of the days of this campaign, {first} to {last}.",
                    day=one.on_day,
                    first=campaign.opens_on,
                    last=campaign.due_on,
                ),
                "slots",
                one.on_day,
            )
        if not 0 <= one.begins < one.ends <= 24 * 60:
            raise InvalidEntry(
                _("An outing ends before it begins. Correct the times."), "slots", one.begins
            )
        if not 1 <= one.capacity <= 200:
            raise InvalidEntry(
                _("An outing takes 1 to 200 visits. Correct the number."), "slots", one.capacity
            )
    for one, other in _pairs(slots):
        if _overlap(one, other):
            raise InvalidEntry(
                _(
                    "Two outings overlap on {day} at {time}. Change one of them.",
                    day=one.on_day,
                    time=clock(max(one.begins, other.begins)),
                ),
                "slots",
                one.on_day,
            )


def refuse_double(entry: DelegationEntry, others: Iterable[DelegationShown]) -> None:
    """Refuse a delegation whose outing meets another one's with somebody who goes with both.

    Raises
    ------
    InvalidEntry
        With field ``slots``: it names who, when and the other delegation.
    """
    mine = {one.who: one.name for one in entry.members}
    for other in others:
        shared = [mine[one.who] for one in other.members if one.who in mine]
        if not shared:
            continue
        for slot in entry.slots:
            for theirs in other.slots:
                if _overlap(slot, theirs):
                    raise InvalidEntry(
                        _(
                            "{name} goes with “{other}” on {day} at {time} as well. Choose another "
                            "time, or somebody else.",
                            name="、".join(shared),
                            other=other.name,
                            day=slot.on_day,
                            time=clock(max(slot.begins, theirs.begins)),
                        ),
                        "slots",
                        slot.on_day,
                    )


def _pairs(slots: Sequence[SlotEntry]) -> Iterable[tuple[SlotEntry, SlotEntry]]:
    return ((one, other) for at, one in enumerate(slots) for other in slots[at + 1 :])


def _overlap(one: SlotEntry | SlotShown, other: SlotEntry | SlotShown) -> bool:
    same_day = one.on_day == other.on_day
    return same_day and one.begins < other.ends and other.begins < one.ends

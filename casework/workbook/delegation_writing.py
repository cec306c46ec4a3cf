"""Writing a delegation down: its own row, who goes along, when it goes out.

Decides that nothing is lost: who no longer goes and outings that are gone stay as history, and an
outing that is gone or shorter lets go of its visits. Leaves what can be a delegation to
`delegation_rows`.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.errors import NotFound
from casework.records import CampaignPerson, Delegation, DelegationMember, DelegationSlot, Staff
from casework.records.base import now
from casework.terms import _
from casework.workbook.delegation_rows import DelegationEntry, MemberEntry, SlotEntry

__all__ = ["no_delegation", "require_staff", "write_delegation", "write_members", "write_slots"]


def require_staff(session: Session, members: Sequence[MemberEntry]) -> None:
    """Refuse somebody who is named as staff and is none."""
    wanted = {one.staff_id for one in members if one.staff_id is not None}
    there = set(session.scalars(select(Staff.id).where(Staff.id.in_(wanted))))
    if wanted - there:
        raise NotFound(
            _("There is no member of staff with the number {id}.", id=min(wanted - there))
        )


def write_delegation(
    session: Session,
    campaign_id: int,
    entry: DelegationEntry,
    delegation_id: int | None,
    by: str,
) -> tuple[Delegation, bool]:
    """Write its own row; tell whether it goes otherwise than before."""
    if delegation_id is None:
        made = Delegation(
            campaign_id=campaign_id,
            name=entry.name.strip(),
            recorded_at=now(),
            recorded_by=by,
        )
        session.add(made)
    else:
        found = session.get(Delegation, delegation_id)
        gone = found is None or found.superseded_at is not None
        if found is None or gone or found.campaign_id != campaign_id:
            raise no_delegation(delegation_id)
        made = found
    otherwise = delegation_id is not None and made.travel != entry.travel
    made.name, made.body, made.travel = entry.name.strip(), entry.body, entry.travel
    made.segments, made.areas = list(entry.segments) or None, list(entry.areas) or None
    session.flush()
    return made, otherwise


def write_members(
    session: Session,
    campaign_id: int,
    delegation_id: int,
    members: Sequence[MemberEntry],
    by: str,
) -> None:
    """Write who goes along; who no longer does stays as history."""
    held = session.scalars(
        select(DelegationMember).where(
            DelegationMember.delegation_id == delegation_id,
            DelegationMember.superseded_at.is_(None),
        )
    ).all()
    wanted = list(members)
    for row in held:
        same = MemberEntry(row.name, row.role, row.rank, row.staff_id)
        if same in wanted:
            wanted.remove(same)
        else:
            row.superseded_at = now()
    session.add_all(
        DelegationMember(
            campaign_id=campaign_id, delegation_id=delegation_id, staff_id=one.staff_id,
            name=one.name.strip(), role=one.role, rank=one.rank, recorded_at=now(),
            recorded_by=by,
        )
        for one in wanted
    )  # fmt: skip


def write_slots(
    session: Session,
    campaign_id: int,
    delegation_id: int,
    slots: Sequence[SlotEntry],
    by: str,
) -> None:
    """Write the outings; one that is gone or shorter lets go of its visits."""
    held = session.scalars(
        select(DelegationSlot).where(
            DelegationSlot.delegation_id == delegation_id,
            DelegationSlot.superseded_at.is_(None),
        )
    ).all()
    wanted = {(one.on_day, one.begins): one for one in slots}
    let_go = []
    for row in held:
        same = wanted.pop((row.on_day, row.begins), None)
        if same is None:
            row.superseded_at = now()
            let_go.append(row.id)
        else:
            if same.capacity < row.capacity or same.ends < row.ends:
                let_go.append(row.id)  # its visits are to be placed anew
            row.ends, row.capacity = same.ends, same.capacity
    for visit in session.scalars(select(CampaignPerson).where(CampaignPerson.slot_id.in_(let_go))):
        visit.slot_id = visit.starts_at = visit.locked = None
    session.add_all(
        DelegationSlot(
            campaign_id=campaign_id, delegation_id=delegation_id, on_day=one.on_day,
            begins=one.begins, ends=one.ends, capacity=one.capacity, recorded_at=now(),
            recorded_by=by,
        )
        for one in wanted.values()
    )  # fmt: skip


def no_delegation(delegation_id: int) -> NotFound:
    """Say that there is no such delegation."""
    return NotFound(_("There is no delegation with the number {id}.", id=delegation_id))

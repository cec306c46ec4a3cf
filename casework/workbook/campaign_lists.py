"""The list of a campaign as it is written: frozen from what the conditions claim, changed by hand.

Decides that nobody stands on it twice, and that who is taken off stays on it with the reason.
Whether it may be changed at all is for :mod:`casework.workbook.campaigns` to say.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry
from casework.records import Campaign, CampaignPerson, Person, in_care_on
from casework.records.base import now
from casework.terms import _
from casework.workbook.campaign_rows import NOT_CLAIMED
from casework.workbook.campaign_target import Claim, target_of
from casework.workbook.campaign_terms import Terms

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["add_people", "rows_of", "strike_out", "write_list"]


def write_list(session: Session, book: Workbook, one: Campaign) -> int:
    """Write down whom the conditions claim today; give how many people that is.

    Who was on the list before and is claimed no longer is taken off it; who was taken off or added
    by hand stays so.
    """
    terms = Terms.from_record(one.terms)
    target = target_of(session, book.agency, terms, book.today)
    listed = {
        row.person_id: row
        for row in session.scalars(
            select(CampaignPerson).where(CampaignPerson.campaign_id == one.id)
        )
    }
    carriers = {each.code: each.by for each in terms.segments}
    claims = {each.person_id: each for each in target.claims if each.segment}
    for person, row in listed.items():
        if person not in claims and row.reason is None and row.left_out_on is None:
            strike_out(row, NOT_CLAIMED, book)
    for person, claim in claims.items():
        carrier = carriers[claim.segment or ""]
        held = listed.get(person)
        if held is None:
            session.add(_claimed(one.id, claim, carrier, book))
            continue
        held.segment, held.also = claim.segment or "", list(claim.also) or None
        if held.carrier != carrier:
            held.carrier = carrier
            held.slot_id = held.starts_at = held.locked = None
        if held.left_out_reason == NOT_CLAIMED:
            held.left_out_on = held.left_out_reason = None
    return len(claims)


def add_people(
    session: Session,
    book: Workbook,
    one: Campaign,
    person_ids: Iterable[int],
    segment: str,
    reason: str,
) -> list[int]:
    """Put people on a list by hand; give those who were not on it.

    Raises
    ------
    InvalidEntry
        Without such a segment, or when somebody is not in care.
    """
    carrier = Terms.from_record(one.terms).segment(segment).by
    wanted = list(dict.fromkeys(person_ids))
    there = set(
        session.scalars(select(Person.id).where(Person.id.in_(wanted), in_care_on(book.today)))
    )
    missing = [person for person in wanted if person not in there]
    if missing:
        raise InvalidEntry(
            _("Person no. {id} is not in care. Choose somebody else.", id=missing[0]), "persons"
        )
    listed = rows_of(session, one.id, wanted)
    added = []
    for person in wanted:
        row = listed.get(person)
        if row is not None and row.left_out_on is None:
            continue
        if row is None:
            session.add(
                CampaignPerson(
                    campaign_id=one.id, person_id=person, segment=segment, carrier=carrier,
                    reason=reason, recorded_at=now(), recorded_by=book.actor.name,
                )
            )  # fmt: skip
        else:
            row.segment, row.carrier, row.reason = segment, carrier, reason
            row.left_out_on = row.left_out_reason = None
        added.append(person)
    return added


def strike_out(row: CampaignPerson, reason: str, book: Workbook) -> None:
    """Take somebody off the list; the visit is no longer planned."""
    row.left_out_on, row.left_out_reason = book.today, reason
    row.slot_id = row.starts_at = row.locked = None


def rows_of(
    session: Session, campaign_id: int, person_ids: Iterable[int]
) -> dict[int, CampaignPerson]:
    """Give the rows of people on the list of a campaign."""
    found = session.scalars(
        select(CampaignPerson).where(
            CampaignPerson.campaign_id == campaign_id,
            CampaignPerson.person_id.in_(list(person_ids)),
        )
    )
    return {one.person_id: one for one in found}


def _claimed(campaign_id: int, claim: Claim, carrier: str, book: Workbook) -> CampaignPerson:
    return CampaignPerson(
        campaign_id=campaign_id,
        person_id=claim.person_id,
        segment=claim.segment or "",
        also=list(claim.also) or None,
        carrier=carrier,
        recorded_at=now(),
        recorded_by=book.actor.name,
    )

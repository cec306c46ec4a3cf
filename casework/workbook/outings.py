"""One outing of a delegation: what it takes along on paper, and writing down what came of it.

Decides what stands on a stop list, as far as whoever acts may see it, and that a delegation's round
is written down once, for all whom it visited: each with their own outcome, all tasks closed by it,
all of it taken back at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry, NotFound
from casework.records import (
    Campaign,
    CampaignPerson,
    Contact,
    ContactPerson,
    Delegation,
    DelegationSlot,
    Payment,
    TaskEvidence,
)
from casework.reference import code_list, fact
from casework.terms import Label, _
from casework.workbook.campaign_target import changes_since, said
from casework.workbook.campaign_terms import Terms
from casework.workbook.contact_entry import ContactEntry, Participant, PersonEntry
from casework.workbook.contact_people import PersonLine, lines_of
from casework.workbook.delegation_rows import DelegationShown, SlotShown, delegations_of

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["Met", "Outing", "Outings", "Stop"]

_KNOW = ("level", "health", "condition", "dialect", "hobby", "visit_times", "hardship")


@dataclass(frozen=True, slots=True)
class Stop:
    """A visit of an outing.

    Attributes
    ----------
    line : PersonLine
        Who it is, where, and what was heard last.
    known : tuple of (str, str)
        What to know before the door: name and value of facts, in words.
    change : str or None
        What has happened since the list was frozen.
    outcome : str or None
        What is written down already.
    gift_fen : int
        Money of the campaign for the person, proposed or approved.
    is_granted : bool
        Whether all of it is approved.
    """

    line: PersonLine
    starts_at: int
    segment: Label
    known: tuple[tuple[str, str], ...]
    address: str | None
    change: str | None
    outcome: str | None
    gift_fen: int = 0
    is_granted: bool = True


@dataclass(frozen=True, slots=True)
class Outing:
    """An outing with its stops, in the order in which they are visited."""

    campaign_id: int
    campaign: Label
    delegation: DelegationShown
    slot: SlotShown
    stops: tuple[Stop, ...]


@dataclass(frozen=True, slots=True)
class Met:
    """What came of one stop.

    Attributes
    ----------
    outcome : str
        Code of ``outcome``.
    why : str or None
        Code of ``not_reached_reason`` or words, for who was not met.
    channel : str
        ``home_visit`` or ``hospital_visit``.
    """

    person_id: int
    outcome: str
    heard: str | None = None
    why: str | None = None
    channel: str = "home_visit"


class Outings:
    """What is done with single outings.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    def of(self, delegation_id: int, *, as_of: date | None = None) -> list[Outing]:
        """List the outings of a delegation with their stops.

        Raises
        ------
        NotFound
            If there is no such delegation.
        """
        day = as_of or self._workbook.today
        with self._workbook.reading() as session:
            found = session.get(Delegation, delegation_id)
            if found is None or found.superseded_at is not None:
                raise NotFound(_("There is no delegation with the number {id}.", id=delegation_id))
            campaign = session.get_one(Campaign, found.campaign_id)
            one = next(
                each
                for each in delegations_of(session, campaign.id)
                if each.delegation_id == delegation_id
            )
            return [self._outing(session, campaign, one, slot, day) for slot in one.slots]

    def show(self, slot_id: int, *, as_of: date | None = None) -> Outing:
        """Give one outing with its stops.

        Raises
        ------
        NotFound
            If there is no such outing.
        """
        day = as_of or self._workbook.today
        with self._workbook.reading() as session:
            campaign, one, slot = self._found(session, slot_id)
            return self._outing(session, campaign, one, slot, day)

    def record(
        self,
        slot_id: int,
        client_key: str,
        on: date,
        met: Sequence[Met],
        *,
        summary: str | None = None,
    ) -> tuple[list[int], int]:
        """Write down what came of an outing, for all stops at once.

        Parameters
        ----------
        client_key : str
            Of the form, so that saving it again changes nothing.
        on : date
            The day on which they went.
        met : sequence of Met
            Stops that are not among them stay open.

        Returns
        -------
        (list of int, int)
            Contacts, and how many tasks they closed.

        Raises
        ------
        InvalidEntry
            If nothing is said, somebody was not served on that day, or a code is not known.
        """
        book = self._workbook
        if not met:
            raise InvalidEntry(
                _("Nothing is written down yet. Say of at least one visit what came of it."), "met"
            )
        with book.transaction() as session:
            _campaign, one, slot = self._found(session, slot_id)
            planned = {person for person, _start in slot.stops}
            odd = next((each for each in met if each.person_id not in planned), None)
            if odd is not None:
                raise InvalidEntry(
                    _("Person no. {id} is not visited in this outing.", id=odd.person_id), "met"
                )
            self._refuse_doubles(session, slot, met)
            by_channel: defaultdict[str, list[Met]] = defaultdict(list)
            for each in met:
                by_channel[each.channel].append(each)
            contacts, closed = [], 0
            for channel, some in sorted(by_channel.items()):
                recorded = book.contacts.record_in(
                    session,
                    ContactEntry(
                        client_key=f"{client_key}:{channel}",
                        happened_on=on,
                        channel=channel,
                        kind="care",
                        persons=tuple(
                            PersonEntry(each.person_id, each.outcome, each.heard, each.why)
                            for each in some
                        ),
                        planned_on=slot.on_day,
                        summary=summary,
                        participants=tuple(
                            Participant(member.staff_id, member.name, member.role)
                            for member in one.members
                        ),
                    ),
                )
                contacts.append(recorded.contact_id)
                closed += len(recorded.closed)
            return contacts, closed

    def take_back(self, contact_ids: Sequence[int]) -> None:
        """Take back what was written down of an outing."""
        with self._workbook.transaction() as session:
            for contact in contact_ids:
                self._workbook.contacts.withdraw_in(session, contact, "taken back")

    # --- parts -----------------------------------------------------------------------------------

    @staticmethod
    def _found(session: Session, slot_id: int) -> tuple[Campaign, DelegationShown, SlotShown]:
        row = session.get(DelegationSlot, slot_id)
        if row is None or row.superseded_at is not None:
            raise NotFound(_("This outing or this visit is no longer there. Look again."))
        campaign = session.get_one(Campaign, row.campaign_id)
        for one in delegations_of(session, campaign.id):
            for slot in one.slots:
                if slot.slot_id == slot_id:
                    return campaign, one, slot
        raise NotFound(_("This outing or this visit is no longer there. Look again."))

    @staticmethod
    def _refuse_doubles(session: Session, slot: SlotShown, met: Sequence[Met]) -> None:
        """Refuse to write down a visit that is evidence already: it would count twice."""
        done = _answered(session, [each.person_id for each in met], slot.slot_id)
        twice = next((each.person_id for each in met if each.person_id in done), None)
        if twice is not None:
            raise InvalidEntry(
                _("The visit to person no. {id} is written down already.", id=twice), "met"
            )

    def _outing(
        self,
        session: Session,
        campaign: Campaign,
        one: DelegationShown,
        slot: SlotShown,
        day: date,
    ) -> Outing:
        persons = [person for person, _start in slot.stops]
        lines = {line.person_id: line for line in lines_of(session, persons, day)}
        facts = said(session, persons, (*_KNOW, "address", "community"), day)
        changes = changes_since(session, persons, campaign.frozen_on or day, day)
        segments = {
            each.code: each.label for each in Terms.from_record(campaign.terms).segments
        }  # fmt: skip
        of = {
            person: segment
            for person, segment in session.execute(
                select(CampaignPerson.person_id, CampaignPerson.segment).where(
                    CampaignPerson.campaign_id == campaign.id,
                    CampaignPerson.person_id.in_(persons),
                )
            )
        }
        done = _answered(session, persons, slot.slot_id)
        gifts = _gifts(session, campaign.id, persons, day)
        label = Label(zh=campaign.label_zh, en=campaign.label_en)
        unknown = Label(zh="", en="")
        return Outing(
            campaign.id, label, one, slot,
            tuple(
                Stop(
                    lines[person], start, segments.get(of.get(person, ""), unknown),
                    tuple(_in_words(facts.get(person, {}))), _address(facts.get(person, {})),
                    changes.get(person), done.get(person), *gifts.get(person, (0, True)),
                )
                for person, start in slot.stops
                if person in lines
            ),
        )  # fmt: skip


def _gifts(
    session: Session, campaign_id: int, persons: Sequence[int], day: date
) -> dict[int, tuple[int, bool]]:
    """Give the money of a campaign that stands for each person, and whether all is approved."""
    query = select(Payment.person_id, Payment.amount_fen, Payment.approved_on).where(
        Payment.campaign_id == campaign_id,
        Payment.person_id.in_(persons),
        Payment.cancelled_on.is_(None),
        Payment.returned_on.is_(None),
    )
    found: dict[int, tuple[int, bool]] = {}
    for person, fen, approved_on in session.execute(query):
        before, granted = found.get(person, (0, True))
        is_approved = approved_on is not None and approved_on <= day
        found[person] = (before + fen, granted and is_approved)
    return found


def _answered(session: Session, persons: Sequence[int], slot_id: int) -> dict[int, str]:
    """Give the outcomes of visits that are written down, by person."""
    query = (
        select(CampaignPerson.person_id, ContactPerson.outcome)
        .join(TaskEvidence, TaskEvidence.task_id == CampaignPerson.visit_task_id)
        .join(Contact, Contact.id == TaskEvidence.contact_id)
        .join(
            ContactPerson,
            (ContactPerson.contact_id == Contact.id)
            & (ContactPerson.person_id == CampaignPerson.person_id),
        )
        .where(
            CampaignPerson.slot_id == slot_id,
            CampaignPerson.person_id.in_(list(persons)),
            TaskEvidence.withdrawn_at.is_(None),
            Contact.withdrawn_at.is_(None),
        )
    )
    return {person: outcome for person, outcome in session.execute(query)}


def _in_words(facts: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    """Say what is known in words, in the order in which it matters at the door."""
    found = []
    for code in _KNOW:
        values = facts.get(code)
        if not values:
            continue
        definition = fact(code)
        if definition.list:
            codes = code_list(definition.list)
            values = [codes.label_of(one) for one in values]
        found.append((str(definition.label), "、".join(values)[:120]))
    return found


def _address(facts: Mapping[str, Sequence[str]]) -> str | None:
    address, community = ((facts.get(code) or (None,))[-1] for code in ("address", "community"))
    if address and community and community not in address:
        return f"{address}（{community}）"
    return address or community

"""Gifts and relief money of a campaign: what everybody of a segment is given, within the budget.

Decides who is given what once, and that nothing more is proposed than the fund has left besides
what waits there already. What a payment is, who approves it and what the standard of its day allows
is :mod:`casework.workbook.payments`' to say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry, NotPermitted
from casework.records import (
    Budget,
    Campaign,
    CampaignPerson,
    Payment,
    Standard,
    payment_status,
)
from casework.reference.campaigns import Gift
from casework.terms import _
from casework.workbook.campaign_rows import require_campaign
from casework.workbook.campaign_terms import Segment, Terms
from casework.workbook.eligibility import verdicts
from casework.workbook.money import yuan
from casework.workbook.payment_refusals import said_plainly
from casework.workbook.payments import PaymentEntry
from casework.workbook.standards import limit_of, standard_name, standards_on

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["CampaignGifts", "GiftLine", "GiftPlan", "occasion_of"]

_ENDED = ("cancelled", "returned")


@dataclass(frozen=True, slots=True)
class GiftLine:
    """What the people of a segment are given by one standard.

    Attributes
    ----------
    fen : int
        For each of them.
    limit_fen : int or None
        What the standard of the day allows; None where the agency has no such standard then.
    listed, given_to, barred_from : tuple of int
        Persons on the list; of whom a payment stands; for whom the standard is known not to hold.
    """

    segment: Segment
    standard: str
    label: str
    fen: int
    limit_fen: int | None
    listed: tuple[int, ...]
    given_to: tuple[int, ...]
    barred_from: tuple[int, ...]

    @property
    def missing_for(self) -> tuple[int, ...]:
        """Persons for whom nothing is proposed yet."""
        left = {*self.given_to, *self.barred_from}
        return tuple(one for one in self.listed if one not in left)

    @property
    def planned_for(self) -> tuple[int, ...]:
        """Persons on the list of whom the standard is not known not to hold."""
        left = set(self.barred_from)
        return tuple(one for one in self.listed if one not in left)

    @property
    def people(self) -> int:
        """How many are on the list."""
        return len(self.listed)

    @property
    def given(self) -> int:
        """For how many a payment stands."""
        return len(self.given_to)

    @property
    def barred(self) -> int:
        """For how many the standard is known not to hold."""
        return len(self.barred_from)

    @property
    def missing(self) -> int:
        """For how many nothing is proposed yet."""
        return len(self.missing_for)


@dataclass(frozen=True, slots=True)
class GiftPlan:
    """All gifts of a campaign, and what became of them; amounts in fen.

    Attributes
    ----------
    sums : mapping of str to (int, int)
        Number and amount of the campaign's payments by status.
    """

    lines: tuple[GiftLine, ...]
    sums: Mapping[str, tuple[int, int]]

    @property
    def missing_fen(self) -> int:
        """What is still to be proposed."""
        return sum(one.missing * one.fen for one in self.lines if one.limit_fen is not None)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One gift to one person."""

    person_id: int
    segment: str
    gift: Gift
    standard: Standard | None
    holds: bool | None
    is_given: bool


class CampaignGifts:
    """What is done with the gifts of campaigns.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    def plan(self, campaign_id: int) -> GiftPlan:
        """Tell what is given to whom, how much of it is proposed, and what is missing."""
        with self._workbook.reading() as session:
            one = require_campaign(session, campaign_id)
            terms = Terms.from_record(one.terms)
            wanted = self._wanted(session, one)
            standards = {each.code: each for each in self._standards(session, one)}
        sums = self._workbook.payments.sums(campaign_id=campaign_id)
        lines = []
        for segment in terms.segments:
            for gift in segment.gifts:
                mine = [
                    each for each in wanted if each.segment == segment.code and each.gift == gift
                ]
                standard = standards.get(gift.standard)
                lines.append(
                    GiftLine(
                        segment, gift.standard,
                        standard_name(standard) if standard is not None else gift.standard,
                        gift.fen, limit_of(standard) if standard is not None else None,
                        tuple(each.person_id for each in mine),
                        tuple(each.person_id for each in mine if each.is_given),
                        tuple(each.person_id for each in mine
                              if each.holds is False and not each.is_given),
                    )
                )  # fmt: skip
        return GiftPlan(tuple(lines), sums)

    def set_gifts(self, campaign_id: int, segment: str, gifts: Sequence[Gift]) -> tuple[Gift, ...]:
        """Choose what everybody of a segment is given; give what it was before.

        Raises
        ------
        InvalidEntry
            When the standard is not there, allows less, or stands twice.
        """
        with self._workbook.transaction() as session:
            self._require_right()
            one = self._open(session, campaign_id)
            terms = Terms.from_record(one.terms)
            before = terms.segment(segment).gifts
            there = {each.code: each for each in self._standards(session, one)}
            if len({each.standard for each in gifts}) < len(gifts):
                raise InvalidEntry(_("A standard stands twice. Leave one of them out."), "gifts")
            for gift in gifts:
                self._check(gift, there.get(gift.standard))
            changed = replace(terms.segment(segment), gifts=tuple(gifts))
            one.terms = terms.changed(changed).as_record()
            after = {"segment": segment, "gifts": changed.as_record()["gifts"]}
            self._workbook.log(
                session, "set_campaign_gifts", "campaign", campaign_id, after=after
            )  # fmt: skip
            return before

    def propose(self, campaign_id: int, budget_id: int) -> Sequence[int]:
        """Propose what is missing as payments of a fund, all or none; give their numbers.

        Raises
        ------
        InvalidEntry
            When nothing is missing, or the fund has not that much left besides what waits.
        NotPermitted
            Unless a supervisor acts, or while the list is open.
        """
        book = self._workbook
        self._require_right()
        with said_plainly(), book.transaction() as session:
            one = self._open(session, campaign_id)
            if one.frozen_on is None:
                raise NotPermitted(_("The list of this campaign is still open. Freeze it first."))
            entries = [
                PaymentEntry(
                    person_id=each.person_id,
                    kind=each.standard.kind,
                    amount_fen=each.gift.fen,
                    basis=one.label_zh,
                    budget_id=budget_id,
                    entitled_on=one.due_on,
                    standard_id=each.standard.id,
                    occasion=occasion_of(one),
                    campaign_id=campaign_id,
                )
                for each in self._wanted(session, one)
                if each.standard is not None and not each.is_given and each.holds is not False
            ]
            if not entries:
                raise InvalidEntry(
                    _("Nothing is missing: everybody's gift is proposed already."), "budget"
                )
            self._refuse_too_much(session, budget_id, sum(each.amount_fen for each in entries))
            made = book.payments.propose_within(session, entries)
            book.log(session, "propose_campaign_gifts", "campaign", campaign_id,
                     after={"payments": len(made)})  # fmt: skip
            return made

    # --- parts -----------------------------------------------------------------------------------

    def _require_right(self) -> None:
        if not self._workbook.campaigns.may_decide:
            raise NotPermitted(_("Campaigns are for supervisors to decide. Ask one of them."))

    @staticmethod
    def _open(session: Session, campaign_id: int) -> Campaign:
        one = require_campaign(session, campaign_id, to_change=True)
        if one.closed_on is not None:
            raise NotPermitted(_("This campaign is closed. Open it again to change it."))
        return one

    @staticmethod
    def _standards(session: Session, one: Campaign) -> Sequence[Standard]:
        return standards_on(session, one.due_on)

    @staticmethod
    def _check(gift: Gift, standard: Standard | None) -> None:
        if standard is None:
            raise InvalidEntry(_("Choose the standard it rests on."), "standard", gift.standard)
        limit = limit_of(standard)
        owed = standard.amount_fen
        if gift.fen < 1 or gift.fen > limit or (owed is not None and gift.fen != owed):
            raise InvalidEntry(
                _(
                    "{name}: at most {limit} yuan are allowed. Give an amount up to that.",
                    name=standard_name(standard),
                    limit=yuan(limit),
                ),
                "amount",
                yuan(gift.fen),
            )

    def _wanted(self, session: Session, one: Campaign) -> list[_Wanted]:
        """List every gift to everybody on the list, and whether it is given already."""
        terms = Terms.from_record(one.terms)
        gifts = {segment.code: segment.gifts for segment in terms.segments}
        standards = {each.code: each for each in self._standards(session, one)}
        rows = session.execute(
            select(CampaignPerson.person_id, CampaignPerson.segment)
            .where(
                CampaignPerson.campaign_id == one.id,
                CampaignPerson.left_out_on.is_(None),
                CampaignPerson.segment.in_([code for code, some in gifts.items() if some]),
            )
            .order_by(CampaignPerson.person_id)
        ).all()
        asked = {
            code: standards[code].who
            for some in gifts.values()
            for code in (each.standard for each in some)
            if code in standards
        }
        persons = [person for person, _segment in rows]
        met = verdicts(session, self._workbook.agency, self._workbook.today, asked, persons)
        given = self._given(session, one)
        return [
            _Wanted(
                person,
                segment,
                gift,
                standards.get(gift.standard),
                met.get(person, {}).get(gift.standard),
                (standards[gift.standard].id if gift.standard in standards else 0) in given[person],
            )
            for person, segment in rows
            for gift in gifts[segment]
        ]

    def _given(self, session: Session, one: Campaign) -> Mapping[int, set[int | None]]:
        """Give the standards by which each person has been given something of this occasion."""
        status = payment_status(self._workbook.today)
        given: defaultdict[int, set[int | None]] = defaultdict(set)
        for person, standard in session.execute(
            select(Payment.person_id, Payment.standard_id).where(
                (Payment.campaign_id == one.id) | (Payment.period == occasion_of(one)),
                status.not_in(_ENDED),
            )
        ):
            given[person].add(standard)
        return given

    def _refuse_too_much(self, session: Session, budget_id: int, fen: int) -> None:
        """Refuse more than a budget has left besides what waits for approval there."""
        budget = session.get(Budget, budget_id)
        if budget is None:
            raise InvalidEntry(_("Choose the fund and year that pays it."), "budget")
        waiting = session.scalar(
            select(func.coalesce(func.sum(Payment.amount_fen), 0)).where(
                Payment.budget_id == budget_id,
                payment_status(self._workbook.today) == "proposed",
            )
        )
        left = budget.amount_fen - budget.committed_fen - int(waiting or 0)
        if fen > left:
            raise InvalidEntry(
                _(
                    "The fund has {left} yuan left besides what waits; the gifts need {wanted} "
                    "yuan. Give less, or let the budget be raised.",
                    left=yuan(max(0, left)),
                    wanted=yuan(fen),
                ),
                "budget",
            )


def occasion_of(one: Campaign) -> str:
    """Name the occasion of a campaign, as payments are keyed by it."""
    if one.festival is not None and one.falls_on is not None:
        return f"{one.festival}-{one.falls_on.year}"
    return f"{one.code}-{one.period}"

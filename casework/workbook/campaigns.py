"""Campaigns of visits: begun before a festival, with a list that is frozen, carried out, reported.

Decides who is on the list and why, once it is frozen, and that nobody disappears from it without a
reason. Whom the conditions claim is :mod:`casework.workbook.campaign_target`'s to say, who goes
where :mod:`casework.workbook.delegations`', which tasks it becomes `campaign_tasks`', and what came
of it :mod:`casework.workbook.campaign_results`'.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry, NotFound, NotPermitted
from casework.records import (
    Campaign,
    CampaignPerson,
    DelegationSlot,
    Organisation,
    Person,
    Staff,
)
from casework.records.base import now
from casework.reference.campaigns import CampaignRules, campaign_rules
from casework.rules.sentence import write
from casework.terms import _
from casework.workbook.campaign_lists import add_people, rows_of, strike_out, write_list
from casework.workbook.campaign_results import VisitResult, results_of
from casework.workbook.campaign_rows import (
    CampaignLine,
    CampaignShown,
    Coming,
    Listed,
    line_of,
    listed_of,
    no_campaign,
    require_campaign,
)
from casework.workbook.campaign_target import Claim, Target, target_of
from casework.workbook.campaign_tasks import give_back, give_out
from casework.workbook.campaign_terms import Segment, Terms, occurrences
from casework.workbook.plan_drawing import AUTOMATIC
from casework.workbook.policy import vocabulary_of

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["CampaignLine", "CampaignShown", "Campaigns", "Coming", "Listed", "require_campaign"]

_DECIDERS = ("supervisor",)
_AHEAD = 370  # days within which coming campaigns are offered
_LONGEST = 2_000


class Campaigns:
    """What is done with campaigns.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    @property
    def rules(self) -> CampaignRules:
        """The campaigns that the agency has."""
        return campaign_rules(self._workbook.agency.code)

    @property
    def may_decide(self) -> bool:
        """Whether whoever acts may begin campaigns and decide about them."""
        return self._workbook.actor.role in _DECIDERS

    # --- looking ---------------------------------------------------------------------------------

    def coming(self, *, as_of: date | None = None) -> list[Coming]:
        """List the campaigns of the next months that nobody has begun, the next one first.

        What the whole agency or a unit above has begun is begun for whoever acts below it.
        """
        day = as_of or self._workbook.today
        found = occurrences(self.rules, day, day + timedelta(days=_AHEAD))
        with self._workbook.reading() as session:
            begun = {
                (code, period)
                for code, period in session.execute(
                    select(Campaign.code, Campaign.period).where(
                        Campaign.withdrawn_at.is_(None), Campaign.scope.in_(self._covering(session))
                    )
                )
            }
        return [
            Coming(one, (one.window.opens_on - day).days)
            for one in found
            if (one.kind.code, one.period) not in begun
        ]

    def all(self, *, as_of: date | None = None) -> list[CampaignLine]:
        """List the campaigns there are, the latest first."""
        day = as_of or self._workbook.today
        with self._workbook.reading() as session:
            found = session.scalars(
                select(Campaign)
                .where(Campaign.withdrawn_at.is_(None))
                .order_by(Campaign.due_on.desc(), Campaign.id.desc())
            ).all()
            return [line_of(session, one, day, self._late_days(day)) for one in found]

    def show(self, campaign_id: int, *, as_of: date | None = None) -> CampaignShown:
        """Give a campaign with its terms.

        Raises
        ------
        NotFound
            If there is no such campaign.
        """
        book = self._workbook
        day = as_of or book.today
        words = vocabulary_of(book.agency, day)
        with book.reading() as session:
            one = require_campaign(session, campaign_id)
            terms = Terms.from_record(one.terms)
            return CampaignShown(
                line_of(session, one, day, self._late_days(day)),
                terms,
                one.minutes,
                one.frozen_on,
                one.frozen_by,
                one.given_at is not None,
                {s.code: write(s.node(book.agency, day), words) for s in terms.segments},
            )

    def target(self, campaign_id: int, *, as_of: date | None = None) -> Target:
        """Tell whom the conditions claim on a day, and of whom that is not known."""
        book = self._workbook
        with book.reading() as session:
            one = require_campaign(session, campaign_id)
            terms = Terms.from_record(one.terms)
            return target_of(session, book.agency, terms, as_of or book.today)

    def people(self, campaign_id: int, *, as_of: date | None = None) -> list[Listed]:
        """List the frozen list, by segment and name; what happened since stands with each."""
        day = as_of or self._workbook.today
        with self._workbook.reading() as session:
            one = require_campaign(session, campaign_id)
            return listed_of(session, one, day, self._late_days(day))

    def names(self, person_ids: Collection[int]) -> dict[int, tuple[str, str | None]]:
        """Give name and unit of people, as far as whoever acts may see them."""
        unit = select(Organisation.name).where(Organisation.id == Person.unit_id).scalar_subquery()
        query = select(Person.id, Person.name, unit).where(Person.id.in_(list(person_ids)))
        with self._workbook.reading() as session:
            return {key: (name, of) for key, name, of in session.execute(query)}

    def since_frozen(self, campaign_id: int) -> tuple[list[Claim], list[int]]:
        """Tell who meets the conditions now without being listed, and who is listed without.

        Returns
        -------
        (list of Claim, list of int)
            Both empty while the list is open.
        """
        book = self._workbook
        with book.reading() as session:
            one = require_campaign(session, campaign_id)
            if one.frozen_on is None:
                return [], []
            target = target_of(session, book.agency, Terms.from_record(one.terms), book.today)
            listed = {
                person: reason
                for person, reason in session.execute(
                    select(CampaignPerson.person_id, CampaignPerson.reason).where(
                        CampaignPerson.campaign_id == campaign_id
                    )
                )
            }
        claimed = {one.person_id: one for one in target.claims if one.segment is not None}
        new = [one for person, one in claimed.items() if person not in listed]
        gone = [
            person for person, reason in listed.items() if reason is None and person not in claimed
        ]
        return new, gone

    def results(
        self, campaign_id: int, *, as_of: date | None = None
    ) -> dict[int, VisitResult]:  # fmt: skip
        """Tell what came of everybody on the list, by person."""
        day = as_of or self._workbook.today
        with self._workbook.reading() as session:
            one = require_campaign(session, campaign_id)
            return results_of(session, one, day, self._late_days(day))

    # --- deciding --------------------------------------------------------------------------------

    def begin(self, code: str, period: str) -> int:
        """Begin a campaign that comes by the calendar, and give its number.

        Raises
        ------
        NotFound
            If the agency has no such campaign in the coming year.
        NotPermitted
            Unless a supervisor acts, or when it was begun already.
        """
        book = self._workbook
        self._require_right()
        found = next(
            (
                one
                for one in occurrences(
                    self.rules, book.today - timedelta(days=400), book.today + timedelta(days=400)
                )
                if (one.kind.code, one.period) == (code, period)
            ),
            None,
        )
        if found is None:
            raise NotFound(_("The agency has no such campaign. Choose one of the list."))
        try:
            with book.transaction() as session:
                made = Campaign(
                    code=code,
                    period=period,
                    scope=self._scope(session),
                    label_zh=found.label.zh,
                    label_en=found.label.en,
                    festival=found.festival,
                    falls_on=found.falls_on,
                    opens_on=found.window.opens_on,
                    due_on=found.window.due_on,
                    minutes=found.kind.minutes,
                    terms=Terms.of_kind(found.kind, self.rules).as_record(),
                    recorded_at=now(),
                    recorded_by=book.actor.name,
                )
                session.add(made)
                session.flush()
                book.log(session, "begin_campaign", "campaign", made.id, after={"period": period})
                return made.id
        except IntegrityError as error:
            if "uq_campaign_standing" not in str(error) and "campaign.code" not in str(error):
                raise
            raise NotPermitted(
                _("This campaign has been begun already. Open it from the list.")
            ) from None

    def set_window(self, campaign_id: int, opens_on: date, due_on: date) -> None:
        """Choose when people are visited: before the festival, not on it.

        Raises
        ------
        InvalidEntry
            When the days are in the wrong order, or the festival would come first.
        """
        with self._changing(campaign_id, open_list=False) as (session, one):
            if opens_on > due_on:
                raise InvalidEntry(
                    _("The first day lies after the last one. Exchange them."), "opens_on", opens_on
                )
            if one.falls_on is not None and due_on >= one.falls_on:
                raise InvalidEntry(
                    _(
                        "People are visited before the festival, which is on {day}. Choose an "
                        "earlier last day.",
                        day=one.falls_on,
                    ),
                    "due_on",
                    due_on,
                )
            outside = session.scalar(
                select(func.count())
                .select_from(DelegationSlot)
                .where(
                    DelegationSlot.campaign_id == campaign_id,
                    DelegationSlot.superseded_at.is_(None),
                    ~DelegationSlot.on_day.between(opens_on, due_on),
                )
            )
            if outside:
                raise InvalidEntry(
                    _("{n} outings of delegations lie outside these days. Move them first.",
                      n=outside),
                    "opens_on",
                )  # fmt: skip
            before = {"opens_on": one.opens_on.isoformat(), "due_on": one.due_on.isoformat()}
            one.opens_on, one.due_on = opens_on, due_on
            after = {"opens_on": opens_on.isoformat(), "due_on": due_on.isoformat()}
            self._log(session, "set_campaign_window", campaign_id, before=before, after=after)

    def set_segment(self, campaign_id: int, segment: Segment) -> None:
        """Change a segment, or add one at the end, while the list is open.

        Raises
        ------
        RuleError
            Where its condition cannot be read.
        """
        book = self._workbook
        segment.node(book.agency, book.today)
        with self._changing(campaign_id) as (session, one):
            before = Terms.from_record(one.terms)
            one.terms = before.changed(segment).as_record()
            self._log(
                session, "set_campaign_segment", campaign_id, after=segment.as_record()
            )  # fmt: skip

    def put_segments(self, campaign_id: int, codes: Iterable[str]) -> None:
        """Keep these segments, in this order: the first claims people first."""
        with self._changing(campaign_id) as (session, one):
            terms = Terms.from_record(one.terms)
            kept = tuple(terms.segment(code) for code in dict.fromkeys(codes))
            if not kept:
                raise InvalidEntry(_("A campaign needs at least one segment."), "segments")
            before = [each.code for each in terms.segments]
            one.terms = replace(terms, segments=kept).as_record()
            self._log(
                session, "put_campaign_segments", campaign_id, before={"segments": before},
                after={"segments": [each.code for each in kept]},
            )  # fmt: skip

    def freeze(self, campaign_id: int) -> int:
        """Write down whom the conditions claim today; give how many people that is.

        Nobody is on the list twice, whatever segments they belong to. Who was on it before stays
        as they were, taken off or added by hand.
        """
        book = self._workbook
        with self._changing(campaign_id) as (session, one):
            n = write_list(session, book, one)
            one.frozen_on, one.frozen_by = book.today, book.actor.name
            self._log(session, "freeze_campaign", campaign_id, after={"people": n})
            return n

    def thaw(self, campaign_id: int) -> None:
        """Open a list again, as long as its visits have not become tasks.

        Raises
        ------
        NotPermitted
            When they have: take them back first.
        """
        with self._changing(campaign_id, open_list=False) as (session, one):
            if one.given_at is not None:
                raise NotPermitted(
                    _("The visits of this campaign are tasks already. Take them back first.")
                )
            one.frozen_on = one.frozen_by = None
            self._log(session, "thaw_campaign", campaign_id)

    def add(
        self, campaign_id: int, person_ids: Iterable[int], segment: str, reason: str
    ) -> list[int]:
        """Put people on a frozen list by hand; give those who were not on it.

        Raises
        ------
        InvalidEntry
            Without a reason, without such a segment, or when somebody is not in care.
        """
        book = self._workbook
        told = _told(reason)
        with self._changing(campaign_id, open_list=False) as (session, one):
            self._require_frozen(one)
            added = add_people(session, book, one, person_ids, segment, told)
            self._log(
                session, "add_to_campaign", campaign_id, after={"persons": added, "reason": told}
            )
            return added

    def leave_out(self, campaign_id: int, person_ids: Iterable[int], reason: str) -> list[int]:
        """Take people off a frozen list, with the reason; they stay visible there.

        Their visit is no longer planned, and an open task of it is cancelled.
        """
        book = self._workbook
        told = _told(reason)
        with self._changing(campaign_id, open_list=False) as (session, one):
            self._require_frozen(one)
            gone = []
            for person, row in rows_of(session, campaign_id, person_ids).items():
                if row.left_out_on is not None:
                    continue
                strike_out(row, told, book)
                gone.append(person)
            if one.given_at is not None:
                give_out(session, book, one)
            self._log(
                session, "leave_out_of_campaign", campaign_id,
                after={"persons": gone, "reason": told},
            )  # fmt: skip
            return gone

    def take_in(self, campaign_id: int, person_ids: Iterable[int]) -> list[int]:
        """Put people back on the list who were taken off."""
        with self._changing(campaign_id, open_list=False) as (session, one):
            back = []
            for person, row in rows_of(session, campaign_id, person_ids).items():
                if row.left_out_on is not None:
                    row.left_out_on = row.left_out_reason = None
                    back.append(person)
            if one.given_at is not None:
                give_out(session, self._workbook, one)
            self._log(session, "take_into_campaign", campaign_id, after={"persons": back})
            return back

    def give_out(self, campaign_id: int) -> int:
        """Let the visits become tasks, and tell how many; again brings them up to date.

        A visit that the plan asks for anyway is that task, and no second one.
        """
        with self._changing(campaign_id, open_list=False) as (session, one):
            self._require_frozen(one)
            n = give_out(session, self._workbook, one)
            self._log(session, "give_out_campaign", campaign_id, after={"tasks": n})
            return n

    def give_back(self, campaign_id: int) -> int:
        """Take the tasks of a campaign back as they were, as far as nobody has done them."""
        with self._changing(campaign_id, open_list=False) as (session, one):
            if one.given_at is None:
                raise NotPermitted(_("The visits of this campaign are no tasks yet."))
            n = give_back(session, self._workbook, one)
            self._log(session, "give_back_campaign", campaign_id, after={"tasks": n})
            return n

    def close(self, campaign_id: int) -> None:
        """Close a campaign once it is over; the report stands, visits still count."""
        book = self._workbook
        with self._changing(campaign_id, open_list=False) as (session, one):
            self._require_frozen(one)
            one.closed_on, one.closed_by = book.today, book.actor.name
            self._log(session, "close_campaign", campaign_id)

    def reopen(self, campaign_id: int) -> None:
        """Go on with a campaign that was closed."""
        self._require_right()
        with self._workbook.transaction() as session:
            one = require_campaign(session, campaign_id, to_change=True)
            one.closed_on = one.closed_by = None
            self._log(session, "reopen_campaign", campaign_id)

    def withdraw(self, campaign_id: int) -> None:
        """Take a campaign off the list of campaigns; its tasks are taken back."""
        with self._changing(campaign_id, open_list=False) as (session, one):
            if one.given_at is not None:
                give_back(session, self._workbook, one)
            one.withdrawn_at, one.withdrawn_by = now(), self._workbook.actor.name
            self._log(session, "withdraw_campaign", campaign_id)

    def bring_back(self, campaign_id: int) -> None:
        """Put a campaign back on the list of campaigns."""
        self._require_right()
        with self._workbook.transaction() as session:
            one = session.get(Campaign, campaign_id, with_for_update=True)
            if one is None:
                raise no_campaign(campaign_id)
            one.withdrawn_at = one.withdrawn_by = None
            self._log(session, "bring_campaign_back", campaign_id)

    # --- parts -----------------------------------------------------------------------------------

    def _require_right(self) -> None:
        if not self.may_decide:
            raise NotPermitted(_("Campaigns are for supervisors to decide. Ask one of them."))

    @staticmethod
    def _require_frozen(one: Campaign) -> None:
        if one.frozen_on is None:
            raise NotPermitted(_("The list of this campaign is still open. Freeze it first."))

    @contextmanager
    def _changing(
        self, campaign_id: int, *, open_list: bool = True
    ) -> Iterator[tuple[Session, Campaign]]:
        """Read a campaign in the transaction in which it is changed."""
        self._require_right()
        with self._workbook.transaction() as session:
            one = require_campaign(session, campaign_id, to_change=True)
            if one.closed_on is not None:
                raise NotPermitted(_("This campaign is closed. Open it again to change it."))
            if open_list and one.frozen_on is not None:
                raise NotPermitted(
                    _("The list of this campaign is frozen. Open it again to change whom it names.")
                )
            yield session, one

    def _log(self, session: Session, action: str, campaign_id: int, **told: Any) -> None:
        self._workbook.log(session, action, "campaign", campaign_id, **told)

    def _scope(self, session: Session) -> int:
        """Give the unit for which whoever acts decides; 0 for the whole agency."""
        staff_id = self._workbook.actor.staff_id
        if staff_id is None:
            return 0
        return session.scalar(select(Staff.unit_id).where(Staff.id == staff_id)) or 0

    def _covering(self, session: Session) -> set[int]:
        """Give the scopes whose campaigns are those of whoever acts: its own and those above it."""
        above = {
            one: parent
            for one, parent in session.execute(select(Organisation.id, Organisation.parent_id))
        }
        found, at = {0}, self._scope(session) or None
        while at is not None and at not in found:
            found.add(at)
            at = above.get(at)
        return found

    def _late_days(self, on: date) -> int:
        return int(self._workbook.agency.setting("late_answer_days", on))


def _told(reason: str) -> str:
    told = reason.strip()
    if not told or told.startswith(AUTOMATIC):
        raise InvalidEntry(
            _("A reason is missing. Say in a sentence why, so that others can follow."), "reason"
        )
    return told[:_LONGEST]

"""Needs through the door: what scores, wishes, opinions and workers say a plan must answer.

Decides what one act of a worker does in one transaction; leaves the life of a need to `need_steps`
and assessments to `assessments`. Wishes are kept apart: a need may come from one, and does not
replace it (S0-43).
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry, NotFound, NotPermitted
from casework.records import Assessment, Need, Opinion, Staff, Wish
from casework.records.base import now
from casework.terms import _
from casework.workbook.assessing import (
    AssessmentEntry,
    AssessmentView,
    Recomputed,
    latest_of,
    listed,
    standing,
)
from casework.workbook.assessments import Assessed, AssessmentDraft
from casework.workbook.dossier import open_wishes
from casework.workbook.fact_entry import FROM_PERSON, note_wish
from casework.workbook.need_asking import give_over
from casework.workbook.need_lists import (
    AlertRow,
    NeedTally,
    NeedView,
    WishView,
    alert_rows,
    need_views,
    tally,
    wish_views,
)
from casework.workbook.need_sources import FactNeedView, NeedSources, already_open
from casework.workbook.need_steps import (
    key_by_people,
    kind_of_need,
    open_need_of_kind,
    plain_words,
    said_by_people,
    same_need,
    take_step,
)
from casework.workbook.owning import answering_for

__all__ = [
    "AlertRow",
    "Assessed",
    "AssessmentDraft",
    "AssessmentEntry",
    "AssessmentView",
    "FactNeedView",
    "NeedTally",
    "NeedView",
    "Needs",
    "Recomputed",
    "WishView",
]


_YEAR = timedelta(days=364)


class Needs(NeedSources):
    """What is done with needs, wishes and the assessments that show them.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def record_wish(
        self,
        person_id: int,
        text: str,
        *,
        said_on: date | None = None,
        domain: str | None = None,
        source: str = "worker",
    ) -> int:
        """Write down what somebody wants, in the own words."""  # fmt: skip
        if not text.strip():
            raise InvalidEntry(
                _("The wish is empty. Write it in the person's words."), "text", text
            )
        if domain is not None:
            listed("need_domain", "domain", domain)
        book = self._workbook
        with book.transaction() as session:
            person = standing(session, person_id, said_on or book.today, book.today)
            wish = Wish(
                person_id=person.id,
                text=text.strip(),
                said_on=said_on or book.today,
                domain=domain,
                source=source,
                recorded_at=now(),
                recorded_by=book.actor.name,
            )
            session.add(wish)
            note_wish(
                session, person.id, said_on or book.today, by=book.actor.name, source=FROM_PERSON
            )
            session.flush()
            book.log(session, "record_wish", "person", person.id, after={"wish": wish.id})
            book.plans.follow(session, [person.id])
            return wish.id

    def close_wish(self, wish_id: int, note: str, *, on: date | None = None) -> None:
        """Say what became of a wish, however often it was said in the same words."""
        if not note.strip():
            raise InvalidEntry(_("Say what became of the wish, in a sentence."), "note", note)
        book = self._workbook
        with book.transaction() as session:
            wish = session.get(Wish, wish_id)
            if wish is None or wish.superseded_at is not None:
                raise NotFound(_("This wish is no longer there. Open the dossier again."))
            day = on or book.today
            for same in open_wishes(session, wish.person_id, day):
                if plain_words(same.text) == plain_words(wish.text):
                    same.closed_on, same.closing_note = day, note.strip()
            wish.closed_on, wish.closing_note = day, note.strip()
            book.log(session, "close_wish", "person", wish.person_id, after={"wish": wish_id})
            book.plans.follow(session, [wish.person_id])

    def raise_need(
        self,
        person_id: int,
        domain: str | None,
        title: str,
        severity: str,
        *,
        kind: str | None = None,
        on: date | None = None,
        owner_id: int | None = None,
    ) -> int:
        """Open a need that a worker sees.

        Parameters
        ----------
        domain : str or None
            Code of ``need_domain``; that of the kind goes first.
        title : str
            What is needed, in words; empty takes the words of the kind.
        kind : str or None
            Code of ``need_kind``: what the rules answer. None is a need of no listed kind, which
            somebody has to plan for by hand.
        """
        origin = {"origin": "worker", "owner_id": owner_id}
        return self._open(person_id, domain, title, severity, on, origin, kind)

    def need_from_wish(
        self,
        wish_id: int,
        domain: str | None,
        severity: str,
        *,
        title: str | None = None,
        kind: str | None = None,
    ) -> int:
        """Open a need for a wish; the wish itself stays as it was said."""  # fmt: skip
        with self._workbook.reading() as session:
            wish = session.get(Wish, wish_id)
            _only_once(session, Need.wish_id == wish_id)
        if wish is None or wish.superseded_at is not None:
            raise NotFound(_("This wish is no longer there. Open the dossier again."))
        origin = {"origin": "wish", "wish_id": wish_id}
        return self._open(wish.person_id, domain, title or wish.text, severity, None, origin, kind)

    def need_from_opinion(
        self,
        opinion_id: int,
        domain: str | None,
        severity: str,
        *,
        title: str | None = None,
        kind: str | None = None,
    ) -> int:
        """Open a need for something that was said about the work."""  # fmt: skip
        with self._workbook.reading() as session:
            opinion = session.get(Opinion, opinion_id)
            _only_once(session, Need.opinion_id == opinion_id)
        if opinion is None or opinion.superseded_at is not None:
            raise NotFound(_("This opinion is no longer there. Open the contact again."))
        origin = {
            "origin": "opinion",
            "opinion_id": opinion_id,
            "contact_id": opinion.contact_id,
        }
        title = title or opinion.text
        return self._open(opinion.person_id, domain, title, severity, None, origin, kind)

    def name_kind(self, need_id: int, kind: str) -> None:
        """Say of what kind a need is that people spoke for, so that a rule can answer it.

        Raises
        ------
        NotPermitted
            For a need that a score or the facts on file raised: its kind is theirs.
        InvalidEntry
            If there is no such kind, or a need of that kind is open already.
        """
        book = self._workbook
        known = kind_of_need(book.agency.code, kind)
        with book.transaction() as session:
            need = _need(session, need_id)
            if need.need_key is not None and not said_by_people(need):
                raise NotPermitted(_("A score or the facts on file say what kind of need it is."))
            _only_one_of_kind(session, need.person_id, kind, need_id)
            before = {"key": need.need_key, "domain": need.domain}
            need.need_key, need.domain = key_by_people(kind), known.domain
            after = {"key": need.need_key, "domain": need.domain}
            book.log(session, "name_kind", "need", need_id, before=before, after=after)
            book.plans.follow(session, [need.person_id])

    def change_need(
        self, need_id: int, to: str, *, reason: str | None = None, on: date | None = None
    ) -> None:
        """Move a need on: planned, met, or not met with a reason."""
        listed("need_state", "state", to)
        book = self._workbook
        with book.transaction() as session:
            need = _need(session, need_id)
            before = {"state": need.state, "reason": need.reason}
            take_step(need, to, reason, on or book.today)
            after = {"state": need.state, "reason": need.reason}
            book.log(session, "change_need", "need", need_id, before=before, after=after)
            book.plans.follow(session, [need.person_id])

    def assign_need(self, need_id: int, staff_id: int) -> None:
        """Give a need to the member of staff who answers for it."""
        book = self._workbook
        with book.transaction() as session:
            need = _need(session, need_id)
            if session.get(Staff, staff_id) is None:
                raise NotFound(_("No member of staff has the number {id}.", id=staff_id))
            before = {"owner": need.owner_id}
            need.owner_id = staff_id
            give_over(session, need, staff_id, book.today)
            book.log(
                session, "assign_need", "need", need_id, before=before, after={"owner": staff_id}
            )

    def of_person(
        self, person_id: int, *, as_of: date | None = None, closed: bool = False
    ) -> list[NeedView]:
        """Give the needs of a person on a day, the most severe first; closed ones on request."""
        with self._workbook.reading() as session:
            day = as_of or self._workbook.today
            agency = self._workbook.agency
            return need_views(session, agency, day, closed=closed, person_id=person_id)

    def wishes(self, person_id: int, *, as_of: date | None = None) -> list[WishView]:
        """Give the open wishes of a person on a day, each with the need made of it."""
        with self._workbook.reading() as session:
            return wish_views(session, person_id, as_of or self._workbook.today)

    def waiting(self, *, as_of: date | None = None) -> list[NeedView]:
        """Give every open need of the agency, the most severe and then the oldest first."""
        with self._workbook.reading() as session:
            return need_views(session, self._workbook.agency, as_of or self._workbook.today)

    def opened_lately(self, *, as_of: date | None = None) -> list[NeedView]:
        """Give the needs of all people that were opened in the year up to a day, settled or not."""
        day = as_of or self._workbook.today
        with self._workbook.reading() as session:
            return need_views(session, self._workbook.agency, day, closed=True, since=day - _YEAR)

    def tally(self, *, as_of: date | None = None) -> NeedTally:
        """Count by state what `opened_lately` lists (S4-17: met, open, declined)."""
        day = as_of or self._workbook.today
        with self._workbook.reading() as session:
            return tally(session, day - _YEAR, day)

    def eased_by(self, assessment_id: int) -> list[NeedView]:
        """Give the open needs that an instrument showed before and that this result does not.

        Empty unless the assessment is the newest by its instrument: a worker may close them.
        """
        today = self._workbook.today
        with self._workbook.reading() as session:
            kept = session.get(Assessment, assessment_id)
            if kept is None:
                return []
            newest = latest_of(session, kept.person_id, kept.instrument, today)
            before = set(
                session.scalars(
                    select(Assessment.id).where(
                        Assessment.person_id == kept.person_id,
                        Assessment.instrument == kept.instrument,
                        Assessment.id != kept.id,
                    )
                )
            )
            agency = self._workbook.agency
            views = need_views(session, agency, today, person_id=kept.person_id)
        if newest is None or newest.id != assessment_id:
            return []
        return [one for one in views if one.assessment_id in before and one.is_doubtful]

    def alerts(self, *, as_of: date | None = None) -> list[AlertRow]:
        """Give every open alert of the agency with its task, the oldest first."""
        with self._workbook.reading() as session:
            return alert_rows(session, as_of or self._workbook.today)

    def _open(
        self, person_id: int, domain: str | None, title: str, severity: str, on: date | None,
        origin: dict[str, Any], kind: str | None,
    ) -> int:  # fmt: skip
        if kind is not None:
            known = kind_of_need(self._workbook.agency.code, kind)
            domain, title = known.domain, title.strip() or known.label.zh
        if domain is None:
            raise InvalidEntry(
                _("Choose the kind of need, or what it is about if it is of no kind listed here."),
                "kind",
                kind,
            )
        listed("need_domain", "domain", domain)
        listed("need_severity", "severity", severity)
        if not title.strip():
            raise InvalidEntry(_("Say in a few words what is needed."), "title", title)
        book = self._workbook
        day = on or book.today
        with book.transaction() as session:
            person = standing(session, person_id, day, book.today)
            if kind is not None:
                _only_one_of_kind(session, person.id, kind)
            _only_one_alike(session, person.id, domain, title)
            given = origin.pop("owner_id", None)
            owner = given or answering_for(session, person.id, day)
            need = Need(
                person_id=person.id,
                domain=domain,
                title=title.strip(),
                severity=severity,
                opened_on=day,
                owner_id=owner or book.actor.staff_id,
                need_key=key_by_people(kind),
                recorded_at=now(),
                recorded_by=book.actor.name,
                **origin,
            )
            session.add(need)
            session.flush()
            book.log(session, "raise_need", "need", need.id, after={"domain": domain})
            book.plans.follow(session, [need.person_id])
            if given is not None:
                give_over(session, need, given, book.today)
            return need.id


def _need(session: Session, need_id: int) -> Need:
    need = session.get(Need, need_id, with_for_update=True)
    if need is None or need.superseded_at is not None:
        raise NotFound(_("This need is no longer there. Open the dossier again."))
    return need


def _only_once(session: Session, same: ColumnElement[bool]) -> None:
    open_one = session.scalars(
        select(Need.id).where(same, Need.closed_on.is_(None), Need.superseded_at.is_(None))
    ).first()
    if open_one is not None:
        raise already_open(open_one)


def _only_one_of_kind(
    session: Session, person_id: int, kind: str, besides: int | None = None
) -> None:
    """Refuse a kind of which another need is open already, whoever raised it."""
    found = open_need_of_kind(session, person_id, kind)
    if found is not None and found.id != besides:
        raise already_open(found.id)


def _only_one_alike(session: Session, person_id: int, domain: str, title: str) -> None:
    """Refuse a need that says what an open one of the same domain says already."""
    alike = same_need(session, person_id, domain, title)
    if alike is not None:
        raise already_open(alike.id)

"""Assessments through the door: kept, corrected, withdrawn, compared, recomputed; drafts of forms.

Decides what one act of a worker does in one transaction; leaves scoring to `casework.instruments`,
checking and keeping to `assessing` and what follows for needs to `need_steps`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry, NotFound
from casework.instruments import Instrument, ItemChange, Result, compare, score
from casework.instruments.choices import version_for
from casework.instruments.findings import need_rules, needs_found
from casework.instruments.library import instrument, instrument_on
from casework.records import Assessment, Draft, Need
from casework.records.base import now
from casework.terms import _
from casework.workbook.assessing import (
    AssessmentEntry,
    AssessmentView,
    Recomputed,
    chosen_for,
    keep,
    kept_alike,
    latest_of,
    recomputed,
    scored,
    standing,
    view_of,
)
from casework.workbook.assessor_sheets import follow_sheets
from casework.workbook.consents import refuse_unconsented
from casework.workbook.drafts import forget_draft
from casework.workbook.need_steps import Settled, settle_alerts, settle_needs
from casework.workbook.signing import sign_as_recorder

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["Assessed", "AssessmentDraft", "Assessments", "RecomputedAll"]

_ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Assessed:
    """What recording an assessment did.

    Attributes
    ----------
    previous : AssessmentView or None
        The one before, and ``changes``: the answers that differ from it.
    opened, worse, eased : tuple of int
        Needs that are new, that became more severe, and that are still open although this
        assessment no longer speaks for them.
    tasks : tuple of int
        Tasks of alerts.
    repeated : bool
        The same form had been kept before; nothing was written now.
    """

    assessment: AssessmentView
    result: Result
    previous: AssessmentView | None
    changes: tuple[ItemChange, ...]
    opened: tuple[int, ...] = ()
    worse: tuple[int, ...] = ()
    eased: tuple[int, ...] = ()
    tasks: tuple[int, ...] = ()
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class AssessmentDraft:
    """A form that was left half filled: its entries, and when they were last kept."""

    values: Mapping[str, Any]
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class RecomputedAll:
    """What scoring every assessment again came to.

    Attributes
    ----------
    n : int
        How many were scored again.
    different : tuple of Recomputed
        Those that do not come to what was kept, or whose scoring is not on file.
    """

    n: int
    different: tuple[Recomputed, ...]

    def lines(self) -> list[str]:
        """Say it in words, a line each; the assessment by its number, never the person."""
        said = [_("{n} assessments scored again, {m} differ.", n=self.n, m=len(self.different))]
        return said + [one.line() for one in self.different]


class Assessments:
    """What is done with assessments.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    def record_assessment(self, entry: AssessmentEntry) -> Assessed:
        """Keep an assessment, open the needs it speaks for and raise its alerts.

        Raises
        ------
        IncompleteAssessment
            If items are neither answered nor marked as not assessable.
        InvalidEntry
            For an impossible answer, day, mode or reason.
        """
        with self._workbook.transaction() as session:
            return self.record_within(session, entry)

    def correct_assessment(self, assessment_id: int, entry: AssessmentEntry) -> Assessed:
        """Replace an assessment by what it should have said; the old one stays in the history."""
        with self._workbook.transaction() as session:
            kept = _assessment(session, assessment_id)
            self._take_back(session, kept, None)
            done = self.record_within(session, entry)
            follow_sheets(session, kept.id, done.assessment.id)
            mistaken = [need.id for need in session.scalars(_opened_by(kept))]
            _strike_needs(session, kept)
            return replace(done, eased=tuple(one for one in done.eased if one not in mistaken))

    def withdraw_assessment(self, assessment_id: int, reason: str) -> None:
        """Withdraw an assessment recorded by mistake, with the needs nobody has worked on yet."""
        if not reason.strip():
            raise InvalidEntry(_("Say why it is withdrawn, in a sentence."), "reason", reason)
        with self._workbook.transaction() as session:
            kept = _assessment(session, assessment_id)
            self._take_back(session, kept, reason.strip())
            _strike_needs(session, kept)

    def assessments(
        self, person_id: int, code: str | None = None, *, as_of: date | None = None
    ) -> list[AssessmentView]:
        """Give the assessments of a person, the newest first."""
        query = (
            select(Assessment)
            .where(
                Assessment.person_id == person_id,
                Assessment.superseded_at.is_(None),
                Assessment.assessed_on <= (as_of or self._workbook.today),
            )
            .order_by(Assessment.assessed_on.desc(), Assessment.id.desc())
        )
        if code is not None:
            query = query.where(Assessment.instrument == code)
        with self._workbook.reading() as session:
            return [view_of(one) for one in session.scalars(query)]

    def assessed(self, assessment_id: int) -> Assessed:
        """Give an assessment with its result, and what changed since the one before."""
        with self._workbook.reading() as session:
            kept = _assessment(session, assessment_id)
            again = recomputed(kept)
            before = latest_of(
                session, kept.person_id, kept.instrument, kept.assessed_on, but=kept.id
            )
        chosen = instrument(kept.instrument, kept.instrument_version)
        if again.now is None:
            raise NotFound(_("The scoring version of this assessment is not on file any more."))
        view = again.kept
        result = replace(
            again.now, total=view.total, level=view.level, label=view.label, applied=view.applied
        )
        return _assessed(chosen, kept, result, before)

    def previous_assessment(
        self, person_id: int, code: str, *, as_of: date | None = None
    ) -> AssessmentView | None:
        """Give the newest assessment by an instrument, to stand beside a new one."""
        with self._workbook.reading() as session:
            found = latest_of(session, person_id, code, as_of or self._workbook.today)
        return view_of(found) if found else None

    def recompute(self, assessment_id: int) -> Recomputed:
        """Score an assessment again with its own version; nothing is changed."""
        with self._workbook.reading() as session:
            return recomputed(_assessment(session, assessment_id))

    def recompute_all(self) -> RecomputedAll:
        """Score every assessment again with its own version; nothing is changed."""
        query = (
            select(Assessment)
            .where(Assessment.superseded_at.is_(None))
            .order_by(Assessment.id)
            .execution_options(yield_per=_ROWS_AT_ONCE)
        )
        n, found = 0, []
        with self._workbook.reading() as session:
            for kept in session.scalars(query):
                n += 1
                again = recomputed(kept)
                if not again.agrees:
                    found.append(again)
        return RecomputedAll(n, tuple(found))

    def departures(self) -> list[Recomputed]:
        """Give every assessment whose scoring does not come to what was kept: normally none."""
        return list(self.recompute_all().different)

    # -- drafts of forms

    def keep_draft(
        self,
        person_id: int,
        code: str,
        values: Mapping[str, Any],
        answers: Mapping[str, object],
        context: Mapping[str, object] | None = None,
    ) -> tuple[int, ...]:
        """Keep a half-filled form; what must reach somebody today is raised at once.

        Parameters
        ----------
        values : mapping
            The entries of the form as they stand, to be put back.
        answers, context : mapping
            What of them can be read already, for alerts.

        Returns
        -------
        tuple of int
            Tasks of alerts.
        """  # fmt: skip
        book = self._workbook
        chosen = instrument_on(code, book.today)
        alerts = score(chosen, answers, context).alerts
        with book.transaction() as session:
            person = standing(session, person_id, book.today, book.today)
            draft = self._draft(session, person_id, code)
            if draft is None:
                draft = Draft(
                    owner=book.actor.name,
                    form=_form(code),
                    subject=str(person_id),
                    values=None,
                    saved_at=now(),
                )
                session.add(draft)
            draft.values, draft.saved_at = dict(values), now()
            settled = settle_alerts(
                session, person.id, chosen, alerts, None, book.today, book.actor.name,
                book.actor.staff_id,
            )  # fmt: skip
            self._log_alerts(session, person.id, settled)
        return tuple(settled.tasks)

    def draft(self, person_id: int, code: str) -> AssessmentDraft | None:
        """Give the form that the acting worker left half filled, if any."""
        with self._workbook.reading() as session:
            found = self._draft(session, person_id, code)
        if found is None:
            return None
        return AssessmentDraft(found.values, found.saved_at)

    def drafts_of(self, person_id: int) -> dict[str, datetime]:
        """Tell which forms for a person the acting worker left half filled, and when."""
        begun = select(Draft.form, Draft.saved_at).where(
            Draft.owner == self._workbook.actor.name,
            Draft.form.startswith(_form(""), autoescape=True),
            Draft.subject == str(person_id),
        )
        with self._workbook.reading() as session:
            found = session.execute(begun).all()
        return {form.removeprefix(_form("")): saved_at for form, saved_at in found}

    def drop_draft(self, person_id: int, code: str) -> None:
        """Throw a half-filled form away."""
        with self._workbook.transaction() as session:
            self._forget_draft(session, person_id, code)

    def record_within(self, session: Session, entry: AssessmentEntry) -> Assessed:
        """Keep an assessment as part of what else is done in a transaction."""
        book, by = self._workbook, self._workbook.actor.name
        agency = book.agency
        chosen = chosen_for(entry, agency)
        if entry.banding is None:
            entry = replace(entry, banding=agency.readings.get(chosen.id))
        if entry.version is None:
            entry = replace(entry, version=version_for(chosen, agency.scoring))
        result = scored(chosen, entry)
        person = standing(session, entry.person_id, entry.assessed_on, book.today)
        refuse_unconsented(session, person.id, "assess", entry.assessed_on)
        same = kept_alike(session, person.id, entry, chosen, result.banding)
        if same is not None:
            before = latest_of(session, person.id, chosen.id, same.assessed_on, but=same.id)
            return replace(_assessed(chosen, same, result, before), repeated=True)
        before = latest_of(session, person.id, chosen.id, entry.assessed_on)
        kept = keep(session, person.id, entry, chosen, result, by)
        sign_as_recorder(session, kept, self._workbook.actor.staff_id, by)
        settled = Settled()
        if latest_of(session, person.id, chosen.id, book.today) is kept:
            settled = self._settle(session, kept, chosen, result)
        self._forget_draft(session, entry.person_id, chosen.id)
        book.log(
            session,
            "record_assessment",
            "person",
            person.id,
            after={"assessment": kept.id, "instrument": chosen.id, "level": result.level},
        )
        book.plans.follow(session, [person.id])
        done = _assessed(chosen, kept, result, before)
        return replace(
            done,
            opened=tuple(settled.opened),
            worse=tuple(settled.worse),
            eased=tuple(settled.eased),
            tasks=tuple(settled.tasks),
        )

    def _settle(
        self, session: Session, kept: Assessment, chosen: Instrument, result: Result
    ) -> Settled:
        """Let the newest assessment by an instrument say what needs there are."""
        book, by = self._workbook, self._workbook.actor.name
        view = view_of(kept)
        found = needs_found(need_rules(), chosen, view.answers, view.context, result)
        settled = settle_needs(
            session, kept.person_id, chosen, found, kept.id, kept.assessed_on, by,
            book.actor.staff_id, result.complete,
        )  # fmt: skip
        raised = settle_alerts(
            session, kept.person_id, chosen, result.alerts, kept.id, book.today, by,
            book.actor.staff_id,
        )  # fmt: skip
        self._log_alerts(session, kept.person_id, raised)
        settled.opened += raised.opened
        settled.tasks += raised.tasks
        return settled

    def _take_back(self, session: Session, kept: Assessment, reason: str | None) -> None:
        """Strike an assessment out; alerts it raised today go unless the new one raises them."""
        book = self._workbook
        kept.superseded_at = now()
        for need in session.scalars(_opened_by(kept)):
            if ":alert:" in (need.need_key or ""):
                need.assessment_id = None
        if reason is not None:
            settle_alerts(
                session, kept.person_id, instrument(kept.instrument), (), None, book.today,
                book.actor.name,
            )  # fmt: skip
        book.log(
            session,
            "withdraw_assessment",
            "person",
            kept.person_id,
            before={"assessment": kept.id},
            after={"reason": reason},
        )
        session.flush()
        if reason is not None:
            book.plans.follow(session, [kept.person_id])

    def _draft(self, session: Session, person_id: int, code: str) -> Draft | None:
        return session.scalars(
            select(Draft).where(
                Draft.owner == self._workbook.actor.name,
                Draft.form == _form(code),
                Draft.subject == str(person_id),
            )
        ).first()

    def _forget_draft(self, session: Session, person_id: int, code: str) -> None:
        forget_draft(session, self._workbook.actor.name, _form(code), str(person_id))

    def _log_alerts(self, session: Session, person_id: int, raised: Settled) -> None:
        for need_id in raised.opened:
            self._workbook.log(session, "raise_alert", "need", need_id, after={"person": person_id})


def _assessed(
    chosen: Instrument, kept: Assessment, result: Result, before: Assessment | None
) -> Assessed:
    view = view_of(kept)
    previous = view_of(before) if before else None
    comparable = previous is not None and not previous.total_only and not view.total_only
    changes = compare(chosen, previous.answers, view.answers) if previous and comparable else ()
    return Assessed(view, result, previous, changes)


def _assessment(session: Session, assessment_id: int) -> Assessment:
    kept = session.get(Assessment, assessment_id)
    if kept is None or kept.superseded_at is not None:
        raise NotFound(_("This assessment is no longer there. Open the dossier again."))
    return kept


def _opened_by(kept: Assessment) -> Select[Need]:
    """Find the needs that an assessment opened and nobody has worked on since."""
    return select(Need).where(
        Need.assessment_id == kept.id,
        Need.recorded_at >= kept.recorded_at,
        Need.state == "open",
        Need.superseded_at.is_(None),
    )


def _strike_needs(session: Session, kept: Assessment) -> None:
    for need in session.scalars(_opened_by(kept)):
        need.superseded_at = now()


def _form(code: str) -> str:
    return f"assessment:{code}"

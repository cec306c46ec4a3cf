"""What a supervisor answers for: what is kept too long, impact assessments, leaks.

Decides whose file has passed its time and that nothing is destroyed by itself; leaves erasure to
`casework.workbook.rights`, which wants two persons.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, and_, func, literal, or_, select
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry
from casework.records import (
    Case,
    ChangeLog,
    Draft,
    ImpactAssessment,
    ImportBatch,
    ImportRow,
    Incident,
    Person,
    RetentionHold,
)
from casework.records.base import Day, Moment, now
from casework.reference.privacy import Retention, data_kinds, purposes, retention
from casework.terms import _
from casework.workbook.consents import locked

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = [
    "Assessed",
    "AssessmentOfImpact",
    "IncidentEntry",
    "Kept",
    "Overdue",
    "Privacy",
]

_LONGEST = 4_000
_REVIEW_DAYS = 365
_FILE = "dossier"


@dataclass(frozen=True, slots=True)
class Kept:
    """A kind of record with how much of it has passed its time.

    Attributes
    ----------
    n_due : int
        People whose file, or rows of which the time is over.
    """

    record: Retention
    n_due: int


@dataclass(frozen=True, slots=True)
class Overdue:
    """Somebody whose file has passed its time: when the care ended, and when its time was over."""

    person_id: int
    name: str
    ended_on: date
    due_on: date
    died: bool


@dataclass(frozen=True, slots=True)
class AssessmentOfImpact:
    """What an impact assessment says (GB/T 39335); every part is needed."""

    purpose: str
    necessity: str
    risks: str
    measures: str
    conclusion: str
    assessed_on: date | None = None
    review_on: date | None = None


@dataclass(frozen=True, slots=True)
class Assessed:
    """A purpose that needs an impact assessment, with its latest one.

    Attributes
    ----------
    state : {"missing", "to_review", "done"}
    """

    purpose: str
    state: str
    assessed_on: date | None = None
    review_on: date | None = None
    kept_until: date | None = None
    conclusion: str | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class IncidentEntry:
    """A leak, a loss or a wrong use, with what was done and who was told (PIPL 57)."""

    happened_on: date
    found_on: date
    kinds: tuple[str, ...]
    cause: str
    harm: str
    remedy: str
    n_people: int | None = None
    authority_told_on: date | None = None
    people_told_on: date | None = None
    untold_reason: str | None = None


class Privacy:
    """What is done about keeping, assessing and leaks.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    # --- keeping --------------------------------------------------------------------------------

    def kept(self, *, as_of: date | None = None) -> list[Kept]:
        """List the kinds of records with how much of each has passed its time."""
        day = as_of or self._workbook.today
        with self._workbook.reading() as session:
            return [Kept(one, _n_due(session, one, day)) for one in retention().values()]

    def overdue(self, *, as_of: date | None = None, limit: int | None = 200) -> list[Overdue]:
        """List people whose file has passed its time and is not held longer, the oldest first."""
        day = as_of or self._workbook.today
        years = retention()[_FILE].years
        ended = _ended()
        query = (
            select(Person.id, Person.name, Person.died_on, ended.label("ended"))
            .where(_is_over(day, years))
            .order_by(ended, Person.id)
        )
        with self._workbook.reading() as session:
            return [
                Overdue(number, name, last, _later(last, years), died is not None)
                for number, name, died, last in session.execute(query.limit(limit))
            ]

    def hold(self, person_id: int, until: date, reason: str) -> None:
        """Keep somebody's file longer than its time, until a day and for a reason."""
        book = self._workbook
        if not reason.strip():
            raise InvalidEntry(_("Say why it is kept longer, in a sentence."), "reason")
        if until <= book.today:
            raise InvalidEntry(_("Choose a day after today."), "until", until)
        with book.transaction() as session:
            locked(session, person_id)
            session.add(
                RetentionHold(
                    person_id=person_id,
                    held_until=until,
                    reason=reason.strip()[:_LONGEST],
                    recorded_at=now(),
                    recorded_by=book.actor.name,
                )
            )
            book.log(session, "hold_file", "person", person_id, after={"until": str(until)})

    # --- impact assessments ---------------------------------------------------------------------

    def impact(self, *, as_of: date | None = None) -> list[Assessed]:
        """List the purposes that need an impact assessment, those without one first."""
        day = as_of or self._workbook.today
        with self._workbook.reading() as session:
            rows = session.scalars(
                select(ImpactAssessment)
                .where(
                    ImpactAssessment.assessed_on <= day,
                    ImpactAssessment.superseded_at.is_(None),
                )
                .order_by(ImpactAssessment.assessed_on, ImpactAssessment.id)
            ).all()
        latest = {one.purpose: one for one in rows}
        found = [
            _assessed(code, latest.get(code), day) for code, one in purposes().items() if one.impact
        ]
        order = ("missing", "to_review", "done")
        return sorted(found, key=lambda one: order.index(one.state))

    def assess_impact(self, entry: AssessmentOfImpact) -> int:
        """Write down an impact assessment; it is kept for its years and not changed afterwards.

        Raises
        ------
        InvalidEntry
            If a part is missing, or the purpose needs none.
        """
        book = self._workbook
        day = entry.assessed_on or book.today
        if entry.purpose not in purposes() or not purposes()[entry.purpose].impact:
            raise InvalidEntry(_("Choose a purpose that needs an assessment."), "purpose")
        for name in ("necessity", "risks", "measures", "conclusion"):
            if not getattr(entry, name).strip():
                raise InvalidEntry(_("This part is missing; the law wants all four."), name)
        if day > book.today:
            raise InvalidEntry(
                _("This day lies in the future. Choose today or earlier."), "assessed_on", day
            )
        made = ImpactAssessment(
            purpose=entry.purpose,
            assessed_on=day,
            necessity=entry.necessity.strip()[:_LONGEST],
            risks=entry.risks.strip()[:_LONGEST],
            measures=entry.measures.strip()[:_LONGEST],
            conclusion=entry.conclusion.strip()[:_LONGEST],
            review_on=entry.review_on or day + timedelta(days=_REVIEW_DAYS),
            kept_until=_later(day, retention()["impact"].years),
            recorded_at=now(),
            recorded_by=book.actor.name,
        )
        with book.transaction() as session:
            session.add(made)
            session.flush()
            book.log(session, "assess_impact", "impact_assessment", made.id,
                     after={"purpose": entry.purpose})  # fmt: skip
            return made.id

    # --- leaks ----------------------------------------------------------------------------------

    def incidents(self, *, as_of: date | None = None) -> Sequence[Incident]:
        """List leaks, losses and wrong uses, the latest first."""
        day = as_of or self._workbook.today
        with self._workbook.reading() as session:
            return session.scalars(
                select(Incident)
                .where(Incident.found_on <= day, Incident.superseded_at.is_(None))
                .order_by(Incident.found_on.desc(), Incident.id.desc())
            ).all()

    def report_incident(self, entry: IncidentEntry) -> int:
        """Write down a leak, a loss or a wrong use, with what was done and who was told.

        Raises
        ------
        InvalidEntry
            If a part is missing, a day cannot be, or it is not said why the people were not told.
        """
        book = self._workbook
        if not entry.happened_on <= entry.found_on <= book.today:
            raise InvalidEntry(
                _("It is found on the day it happened or later, and not after today."), "found_on"
            )
        if not entry.kinds or set(entry.kinds) - data_kinds().keys():
            raise InvalidEntry(_("Choose which kinds of data are concerned."), "kinds")
        for name in ("cause", "harm", "remedy"):
            if not getattr(entry, name).strip():
                raise InvalidEntry(_("This part is missing; the law wants it."), name)
        if entry.people_told_on is None and not (entry.untold_reason or "").strip():
            raise InvalidEntry(
                _("Say when the people were told, or why they need not be."), "people_told_on"
            )
        made = Incident(
            happened_on=entry.happened_on,
            found_on=entry.found_on,
            kinds="|".join(entry.kinds),
            n_people=entry.n_people,
            cause=entry.cause.strip()[:_LONGEST],
            harm=entry.harm.strip()[:_LONGEST],
            remedy=entry.remedy.strip()[:_LONGEST],
            authority_told_on=entry.authority_told_on,
            people_told_on=entry.people_told_on,
            untold_reason=(entry.untold_reason or "").strip()[:_LONGEST] or None,
            recorded_at=now(),
            recorded_by=book.actor.name,
        )
        with book.transaction() as session:
            session.add(made)
            session.flush()
            book.log(session, "report_incident", "incident", made.id)
            return made.id


# ---------------------------------------------------------------- what is over


def _ended() -> ColumnElement[date]:
    """Give the last day of care: of the death, else of the last case that was closed."""
    closed = select(func.max(Case.closed_on)).where(Case.person_id == Person.id).scalar_subquery()
    return func.coalesce(Person.died_on, closed)


def _is_over(on: date, years: int) -> ColumnElement[bool]:
    """Tell whose care ended so many years before a day, and whose file is not held longer."""
    open_case = (
        select(Case.id)
        .where(Case.person_id == Person.id, or_(Case.closed_on.is_(None), Case.closed_on >= on))
        .exists()
    )
    held = (
        select(RetentionHold.id)
        .where(
            RetentionHold.person_id == Person.id,
            RetentionHold.superseded_at.is_(None),
            RetentionHold.held_until >= on,
        )
        .exists()
    )
    return and_(
        Person.merged_into_id.is_(None),
        Person.withdrawn_at.is_(None),
        _ended() <= literal(_earlier(on, years), Day()),
        or_(Person.died_on.is_not(None), ~open_case),
        ~held,
    )


_OF_NOBODY = ("draft", "roster", "journal")
"""Kinds whose rows nobody sees all of under the rules of a server: how many is counted there."""


def _n_due(session: Session, record: Retention, on: date) -> int:
    """Count what has passed its time; records that go with the file are counted by people."""
    until = literal(datetime.combine(_earlier(on, record.years), time(), UTC), Moment())
    counts = {
        "draft": select(func.count()).select_from(Draft).where(Draft.saved_at < until),
        "roster": (
            select(func.count())
            .select_from(ImportRow)
            .join(ImportBatch, ImportBatch.id == ImportRow.batch_id)
            .where(ImportBatch.imported_at < until, ImportRow.cells.is_not(None))
        ),
        "journal": (
            select(func.count())
            .select_from(ChangeLog)
            .where(
                ChangeLog.at < until,
                or_(ChangeLog.before.is_not(None), ChangeLog.after.is_not(None)),
            )
        ),
        "impact": (
            select(func.count())
            .select_from(ImpactAssessment)
            .where(ImpactAssessment.kept_until < literal(on, Day()))
        ),
    }
    if record.begins == "case_end":
        query = select(func.count()).select_from(Person).where(_is_over(on, record.years))
    elif record.code in _OF_NOBODY and "role" in session.info:
        query = select(func.access.past_their_time(record.code, until))
    elif record.code in counts:
        query = counts[record.code]
    else:
        return 0
    return session.scalar(query) or 0


def _earlier(day: date, years: int) -> date:
    return _later(day, -years)


def _later(day: date, years: int) -> date:
    """Give the same day so many years later; the last of February stays the last."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def _assessed(code: str, found: ImpactAssessment | None, on: date) -> Assessed:
    if found is None:
        return Assessed(code, "missing")
    return Assessed(
        purpose=code,
        state="done" if found.review_on >= on else "to_review",
        assessed_on=found.assessed_on,
        review_on=found.review_on,
        kept_until=found.kept_until,
        conclusion=found.conclusion,
        by=found.recorded_by,
    )

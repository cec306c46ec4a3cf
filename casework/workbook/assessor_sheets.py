"""Two assessors who answer alone: sheets handed in unseen, compared once all are in, then settled.

Decides who answers, who sees what of it when, and that what each handed in stays as it was beside
what they agreed on. A sheet is no assessment: no score of it counts anywhere, until it is settled;
but an answer that must reach somebody today does so when it is handed in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, aliased

from casework.errors import InvalidEntry, NotFound, NotPermitted
from casework.instruments import Answer, Instrument, check_answers
from casework.instruments.choices import version_for
from casework.instruments.library import instrument
from casework.records import AssessorSheet, Person, Staff
from casework.records.base import now
from casework.terms import Label, _
from casework.workbook.assessing import AssessmentEntry, chosen_for, scored, standing
from casework.workbook.consents import refuse_unconsented
from casework.workbook.drafts import forget_draft
from casework.workbook.need_steps import settle_alerts

if TYPE_CHECKING:
    from casework.workbook.assessments import Assessed
    from casework.workbook.door import Workbook

__all__ = ["AssessorSheets", "HandedIn", "Round", "RoundWaiting", "SheetView", "follow_sheets"]

_LOOK_BACK = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class SheetView:
    """What one assessor handed in.

    Attributes
    ----------
    label : Label or None
        Reading of the level; None where the sheet is not complete.
    """

    assessor: str
    assessed_on: date
    mode: str
    informant: str | None
    answers: Mapping[str, Answer]
    context: Mapping[str, Any]
    unable: Mapping[str, str]
    measured: Mapping[str, str]
    total: int | None
    level: int | None
    label: Label | None
    handed_in_at: datetime


@dataclass(frozen=True, slots=True)
class Round:
    """How it stands with the sheets of one assessment.

    Attributes
    ----------
    assessors : tuple of str
        Everybody who answers.
    outstanding : tuple of str
        Who has not handed in yet.
    waits_for_me : bool
        Whether whoever acts is one of these.
    sheets : tuple of SheetView
        What was handed in: all of it once nobody is outstanding, and before that only the own.
    """

    key: str
    person_id: int
    instrument: str
    version: str
    assessors: tuple[str, ...]
    outstanding: tuple[str, ...]
    waits_for_me: bool
    is_mine: bool
    sheets: tuple[SheetView, ...]
    assessment_id: int | None

    @property
    def is_open(self) -> bool:
        """Whether everybody has handed in, so that the sheets may be compared."""
        return not self.outstanding

    @property
    def chosen(self) -> Instrument:
        """The instrument in the version that was answered."""
        return instrument(self.instrument, self.version)

    def said(self, key: str) -> tuple[Answer | None, ...]:
        """Give what each answered to an item, in the order of the sheets."""
        return tuple(one.answers.get(key) for one in self.sheets)

    @property
    def agreed(self) -> dict[str, Answer]:
        """Give the answers on which all agree."""
        found: dict[str, Answer] = {}
        for item in self.chosen.items:
            first, *others = self.said(item.key)
            if first is not None and all(one == first for one in others):
                found[item.key] = first
        return found

    @property
    def agreed_unable(self) -> tuple[str, ...]:
        """Name the items of which all say that they cannot be assessed, in the form's order."""
        return tuple(
            item.key
            for item in self.chosen.items
            if all(item.key in one.unable for one in self.sheets)
        )

    @property
    def differing(self) -> tuple[str, ...]:
        """Name the items that were answered differently, or not by all, in the form's order."""
        return tuple(
            item.key for item in self.chosen.items if len(set(self.said(item.key))) > 1
        )  # fmt: skip

    @property
    def differing_context(self) -> tuple[str, ...]:
        """Name what the grade depends on beside the answers where the sheets do not say the same.

        A diagnosis that one of them knows of and the other has left open is a difference.
        """
        return tuple(
            one.key
            for one in self.chosen.context
            if any(
                _plain(sheet.context.get(one.key)) != _plain(self.sheets[0].context.get(one.key))
                for sheet in self.sheets[1:]
            )
        )


@dataclass(frozen=True, slots=True)
class HandedIn:
    """What handing in came to; ``tasks`` are those of alerts."""

    round: Round
    tasks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RoundWaiting:
    """Sheets that wait for whoever acts: to be answered, or to be settled."""

    person_id: int
    person: str
    instrument: str
    assessed_on: date
    to_settle: bool


class AssessorSheets:
    """What is done with the sheets of assessors who answer alone.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    def hand_in(self, entry: AssessmentEntry) -> HandedIn:
        """Hand in what whoever acts answered alone; it is shown once the others have done so too.

        Parameters
        ----------
        entry : AssessmentEntry
            ``assessors`` names everybody who answers, whoever acts among them; where sheets are
            under way for this person and instrument, it is one of them that is handed in.

        Raises
        ------
        NotPermitted
            When whoever acts is not one of the assessors, or has handed in already.
        InvalidEntry
            When an assessor is not on the list of staff, or the answers cannot be kept.
        """
        book = self._workbook
        chosen = chosen_for(entry, book.agency)
        if entry.banding is None:
            entry = replace(entry, banding=book.agency.readings.get(chosen.id))
        if entry.version is None:
            entry = replace(entry, version=version_for(chosen, book.agency.scoring))
        result = scored(chosen, entry)
        with book.transaction() as session:
            person = standing(session, entry.person_id, entry.assessed_on, book.today)
            refuse_unconsented(session, person.id, "assess", entry.assessed_on)
            rows = self._under_way(session, person.id, chosen.id)
            if not rows:
                rows = self._begin(session, person.id, entry, chosen)
            mine = next((one for one in rows if one.staff_id == book.actor.staff_id), None)
            if mine is None:
                raise NotPermitted(
                    _(
                        "{names} are answering this now. Wait until they have settled it.",
                        names="、".join(rows[0].assessors),
                    )
                )
            if mine.handed_in_at is not None:
                raise NotPermitted(
                    _("You have handed in already. Others have to answer before it goes on.")
                )
            mine.banding, mine.assessed_on = result.banding, entry.assessed_on
            mine.mode, mine.informant = entry.mode, entry.informant
            mine.answers = check_answers(chosen, entry.answers)
            mine.context = {key: one for key, one in entry.context.items() if one is not None}
            mine.unable = dict(entry.unable)
            mine.measured = {key: str(number) for key, number in entry.measured.items()}
            mine.total, mine.level = result.total, result.level
            mine.handed_in_at = now()
            raised = settle_alerts(
                session, person.id, chosen, result.alerts, None, book.today, book.actor.name,
                book.actor.staff_id,
            )  # fmt: skip
            forget_draft(session, book.actor.name, f"assessment:{chosen.id}", str(entry.person_id))
            session.flush()
            book.log(
                session, "hand_in_sheet", "person", person.id,
                after={"instrument": chosen.id, "round": mine.round_key},
            )  # fmt: skip
            tasks, key = tuple(raised.tasks), mine.round_key
        return HandedIn(self.round(key), tasks)

    def under_way(self, person_id: int, code: str) -> Round | None:
        """Give the sheets that are not settled yet for a person and an instrument."""
        with self._workbook.reading() as session:
            rows = self._under_way(session, person_id, code)
            return self._round(rows) if rows else None

    def round(self, key: str) -> Round:
        """Give the sheets of a round.

        Raises
        ------
        NotFound
            When there is no such round, or it was withdrawn.
        """
        with self._workbook.reading() as session:
            return self._round(self._rows(session, key))

    def of_assessment(self, assessment_id: int) -> Round | None:
        """Give the sheets that an assessment was settled from, None where it had none."""
        query = select(AssessorSheet).where(AssessorSheet.assessment_id == assessment_id)
        with self._workbook.reading() as session:
            rows = list(session.scalars(query.order_by(AssessorSheet.id)))
            return self._round(rows) if rows else None

    def settle(self, key: str, entry: AssessmentEntry) -> Assessed:
        """Record what the assessors agreed on; the sheets stay with it as they were handed in.

        Raises
        ------
        NotPermitted
            While somebody has not handed in, or when whoever acts is not one of the assessors.
        """
        book = self._workbook
        with book.transaction() as session:
            rows = self._rows(session, key)
            found = self._round(rows)
            if not found.is_open:
                raise NotPermitted(
                    _("{names} has not handed in yet.", names="、".join(found.outstanding))
                )
            if not found.is_mine:
                raise NotPermitted(
                    _("Only those who answered settle it: {names}.",
                      names="、".join(found.assessors))
                )  # fmt: skip
            if found.assessment_id is not None:
                raise NotPermitted(_("This was settled meanwhile. Open the result."))
            done = book.needs.record_within(session, replace(entry, assessors=found.assessors))
            for one in rows:
                one.assessment_id = done.assessment.id
            session.flush()
            after = {"assessment": done.assessment.id, "differing": len(found.differing)}
            book.log(session, "settle_sheets", "person", found.person_id, after=after)
        return done

    def withdraw(self, key: str, reason: str) -> None:
        """Give up sheets that are not settled, as when an assessor fell ill; they stay on file.

        Raises
        ------
        InvalidEntry
            Without a reason.
        NotPermitted
            When it is settled already, or whoever acts is not one of the assessors.
        """
        if not reason.strip():
            raise InvalidEntry(_("Say why it is withdrawn, in a sentence."), "reason", reason)
        book = self._workbook
        with book.transaction() as session:
            rows = self._rows(session, key)
            found = self._round(rows)
            if found.assessment_id is not None or not found.is_mine:
                raise NotPermitted(
                    _("Only those who answered settle it: {names}.",
                      names="、".join(found.assessors))
                )  # fmt: skip
            moment = now()
            for one in rows:
                one.superseded_at = moment
            session.flush()
            after = {"round": key, "reason": reason.strip()}
            book.log(session, "withdraw_sheets", "person", found.person_id, after=after)

    def waiting(self, *, as_of: date | None = None) -> list[RoundWaiting]:
        """List what waits for whoever acts: to be answered alone, or to be settled."""
        book = self._workbook
        staff, day = book.actor.staff_id, as_of or book.today
        if staff is None:
            return []
        mine = select(AssessorSheet.round_key).where(
            AssessorSheet.staff_id == staff,
            AssessorSheet.assessment_id.is_(None),
            ~_given_up(),
            AssessorSheet.assessed_on.between(day - _LOOK_BACK, day),
        )
        query = (
            select(AssessorSheet, Person.name)
            .join(Person, Person.id == AssessorSheet.person_id)
            .where(AssessorSheet.round_key.in_(mine))
            .order_by(AssessorSheet.id)
        )
        rounds: dict[str, list[AssessorSheet]] = {}
        names: dict[str, str] = {}
        with book.reading() as session:
            for one, name in session.execute(query):
                rounds.setdefault(one.round_key, []).append(one)
                names[one.round_key] = name
            found = [(names[key], self._round(rows), rows) for key, rows in rounds.items()]
        return [
            RoundWaiting(
                one.person_id, name, one.instrument, rows[0].assessed_on, to_settle=one.is_open
            )
            for name, one, rows in found
            if one.waits_for_me or one.is_open
        ]

    def _under_way(self, session: Session, person_id: int, code: str) -> list[AssessorSheet]:
        query = select(AssessorSheet).where(
            AssessorSheet.person_id == person_id,
            AssessorSheet.instrument == code,
            AssessorSheet.assessment_id.is_(None),
            ~_given_up(),
        )
        rows = list(session.scalars(query.order_by(AssessorSheet.id)))
        return self._rows(session, rows[0].round_key) if rows else []

    def _rows(self, session: Session, key: str) -> list[AssessorSheet]:
        """Give the rows of a round that may be seen: before all are in, not those of others."""
        query = select(AssessorSheet).where(AssessorSheet.round_key == key, ~_given_up())
        rows = list(session.scalars(query.order_by(AssessorSheet.id)))
        if not rows:
            raise NotFound(_("These sheets are no longer there. Open the dossier again."))
        return rows

    def _begin(
        self, session: Session, person_id: int, entry: AssessmentEntry, chosen: Instrument
    ) -> list[AssessorSheet]:
        """Open a round: a row for each assessor, the answers still to come."""
        book, key = self._workbook, token_hex(12)
        names = [name.strip() for name in entry.assessors if name.strip()]
        if book.actor.staff_id is None or book.actor.name not in names:
            raise NotPermitted(
                _("Answering alone is for the assessors who are named: choose who you are first.")
            )
        if len(names) < max(chosen.assessors, 2):
            raise InvalidEntry(
                _("Name everybody who answers alone; {n} are wanted.", n=max(chosen.assessors, 2)),
                "assessors",
                entry.assessors,
            )
        staff = _staff_of(session, names)
        staff[book.actor.name] = book.actor.staff_id
        rows = [
            AssessorSheet(
                person_id=person_id, round_key=key, staff_id=staff[name], assessor=name,
                instrument=chosen.id, instrument_version=chosen.version,
                assessed_on=entry.assessed_on, recorded_at=now(), recorded_by=book.actor.name,
                assessors=names,
            )
            for name in names
        ]  # fmt: skip
        session.add_all(rows)
        session.flush()
        return rows

    def _round(self, rows: Sequence[AssessorSheet]) -> Round:
        """Put a round together from the rows that whoever acts may see."""
        me, first = self._workbook.actor.staff_id, rows[0]
        handed = [one for one in rows if one.handed_in_at is not None]
        is_open = len(handed) == len(first.assessors)
        outstanding = tuple(one.assessor for one in rows if one.handed_in_at is None)
        mine = next((one for one in rows if one.staff_id == me), None)
        shown = handed if is_open else [one for one in handed if one is mine]
        return Round(
            key=first.round_key,
            person_id=first.person_id,
            instrument=first.instrument,
            version=first.instrument_version,
            assessors=tuple(first.assessors),
            outstanding=outstanding,
            waits_for_me=mine is not None and mine.handed_in_at is None,
            is_mine=mine is not None,
            sheets=tuple(map(_sheet_view, shown)),
            assessment_id=first.assessment_id,
        )


def _plain(value: Any) -> Any:
    """Give a list the same form, however it was read; the order of diagnoses says nothing."""
    return sorted(value) if isinstance(value, list | tuple) else value


def _given_up() -> ColumnElement[bool]:
    """Tell of a sheet that its round was withdrawn: who did so may not see every sheet of it."""
    other = aliased(AssessorSheet)
    gone = select(other.round_key).where(other.superseded_at.is_not(None))
    return AssessorSheet.round_key.in_(gone)


def follow_sheets(session: Session, old_id: int, new_id: int) -> None:
    """Let the sheets of an assessment go with the one that corrects it."""
    query = select(AssessorSheet).where(AssessorSheet.assessment_id == old_id)
    for one in session.scalars(query):
        one.assessment_id = new_id


def _staff_of(session: Session, names: Sequence[str]) -> dict[str, int]:
    """Find the members of staff by name; each answers under the own account."""
    query = select(Staff.name, Staff.id).where(Staff.name.in_(names))
    rows = session.execute(query).all()
    counted = Counter(name for name, _id in rows)
    for name in names:
        if counted[name] != 1:
            message = (
                _("{name} is not on the list of staff, and cannot answer alone.", name=name)
                if not counted[name]
                else _("Two members of staff are called {name}; answer together.", name=name)
            )
            raise InvalidEntry(message, "assessors", name)
    return {name: number for name, number in rows if name is not None}


def _sheet_view(one: AssessorSheet) -> SheetView:
    try:
        chosen = instrument(one.instrument, one.instrument_version)
        label = chosen.banding(one.banding).label_of(one.level)
    except (NotFound, InvalidEntry):
        label = None
    assert one.handed_in_at is not None  # noqa: S101  # only sheets that were handed in
    return SheetView(
        one.assessor, one.assessed_on, one.mode, one.informant, dict(one.answers or {}),
        dict(one.context or {}), dict(one.unable or {}), dict(one.measured or {}),
        one.total, one.level, label, one.handed_in_at,
    )  # fmt: skip

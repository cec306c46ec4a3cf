"""Signatures under assessments: where a standard wants two assessors, both say that it is so.

Decides who may sign and when an assessment counts as signed; what an assessment is stands in
``assessing``. Whoever records one signs it by that; the others sign under their own name, or say
in words what they see otherwise. A correction is a new assessment and is signed anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry, NotFound, NotPermitted
from casework.instruments.library import instrument, instruments
from casework.records import Assessment, AssessmentSignature, Person, Staff
from casework.records.base import now
from casework.terms import _, day_of

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["Signature", "Signed", "Signing", "ToSign", "sign_as_recorder"]

_LONGEST = 2_000
_LOOK_BACK = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Signature:
    """One assessor's word on an assessment; ``note`` says what is seen otherwise."""

    name: str
    agrees: bool
    note: str | None
    on: date


@dataclass(frozen=True, slots=True)
class Signed:
    """How an assessment stands with its signatures.

    Attributes
    ----------
    wanted : int
        How many assessors the instrument wants.
    missing : tuple of str
        Names of assessors who have not signed.
    may_sign : bool
        Whether whoever acts is one of these.
    """

    wanted: int
    signatures: tuple[Signature, ...]
    missing: tuple[str, ...]
    may_sign: bool

    @property
    def is_complete(self) -> bool:
        """Whether as many assessors as the instrument wants have agreed, and nobody objects."""
        agreed = sum(one.agrees for one in self.signatures)
        return agreed >= self.wanted and not self.objections

    @property
    def objections(self) -> tuple[Signature, ...]:
        """Those who see something otherwise."""
        return tuple(one for one in self.signatures if not one.agrees)


@dataclass(frozen=True, slots=True)
class ToSign:
    """An assessment that waits for the signature of whoever acts."""

    assessment_id: int
    person_id: int
    person: str
    instrument: str
    assessed_on: date


class Signing:
    """What is done with signatures.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    def of(self, assessment_id: int) -> Signed:
        """Tell who has signed an assessment and who has not.

        Raises
        ------
        NotFound
            When there is no such assessment, or it was withdrawn.
        """
        with self._workbook.reading() as session:
            kept = _assessment(session, assessment_id)
            rows = session.execute(
                select(AssessmentSignature, Staff.name)
                .join(Staff, Staff.id == AssessmentSignature.staff_id)
                .where(AssessmentSignature.assessment_id == assessment_id)
                .order_by(AssessmentSignature.id)
            ).all()
        found = tuple(
            Signature(name or "", one.agrees, one.note, day_of(one.signed_at)) for one, name in rows
        )
        named = _names(kept)
        if kept.recorded_by in named and all(one.name != kept.recorded_by for one in found):
            # Recorded before signatures were kept, or in bulk: recording is signing.
            recorder = Signature(kept.recorded_by, True, None, day_of(kept.recorded_at))
            found = (recorder, *found) if _wanted(kept) > 1 else found
        have = {one.name for one in found}
        actor = self._workbook.actor
        mine = actor.staff_id is not None and actor.name in named and actor.name not in have
        missing = tuple(name for name in named if name not in have)
        return Signed(_wanted(kept), found, missing, mine)

    def sign(self, assessment_id: int, *, agrees: bool = True, note: str | None = None) -> None:
        """Sign an assessment as one of its assessors; again, to change one's word.

        Parameters
        ----------
        note : str or None
            What is seen otherwise; wanted of whoever does not agree.

        Raises
        ------
        NotPermitted
            When whoever acts is not one of the assessors who are named.
        InvalidEntry
            When somebody does not agree and does not say why.
        """
        book = self._workbook
        words = (note or "").strip()[:_LONGEST] or None
        if not agrees and words is None:
            raise InvalidEntry(_("Say in a sentence what you see otherwise."), "note", note)
        with book.transaction() as session:
            kept = _assessment(session, assessment_id)
            if book.actor.staff_id is None or book.actor.name not in _names(kept):
                raise NotPermitted(
                    _(
                        "Only the assessors who are named may sign: {names}. If that is wrong, "
                        "correct the assessment.",
                        names="、".join(_names(kept)),
                    )
                )
            held = session.scalars(
                select(AssessmentSignature).where(
                    AssessmentSignature.assessment_id == assessment_id,
                    AssessmentSignature.staff_id == book.actor.staff_id,
                )
            ).first()
            before = {"agrees": held.agrees, "note": held.note} if held else None
            if held is None:
                session.add(_signature(kept.id, book.actor.staff_id, agrees, words))
            else:
                held.agrees, held.note, held.signed_at = agrees, words, now()
            after = {"agrees": agrees, "note": words}
            book.log(session, "sign_assessment", "assessment", kept.id, before=before, after=after)

    def waiting(self, *, as_of: date | None = None) -> list[ToSign]:
        """List the assessments of the last year that wait for the signature of whoever acts."""
        actor, day = self._workbook.actor, as_of or self._workbook.today
        codes = [code for code, one in instruments().items() if one.assessors > 1]
        if actor.staff_id is None or not codes:
            return []
        signed = exists().where(
            AssessmentSignature.assessment_id == Assessment.id,
            AssessmentSignature.staff_id == actor.staff_id,
        )
        query = (
            select(Assessment, Person.name)
            .join(Person, Person.id == Assessment.person_id)
            .where(
                Assessment.instrument.in_(codes),
                Assessment.superseded_at.is_(None),
                Assessment.recorded_by != actor.name,
                Assessment.assessed_on.between(day - _LOOK_BACK, day),
                ~signed,
            )
            .order_by(Assessment.assessed_on, Assessment.id)
        )
        with self._workbook.reading() as session:
            return [
                ToSign(one.id, one.person_id, name, one.instrument, one.assessed_on)
                for one, name in session.execute(query)
                if actor.name in _names(one)
            ]


def sign_as_recorder(session: Session, kept: Assessment, staff_id: int | None, name: str) -> None:
    """Sign a new assessment for whoever recorded it, where several assessors are wanted."""
    if staff_id is not None and name in _names(kept) and _wanted(kept) > 1:
        session.add(_signature(kept.id, staff_id, True, None))
        session.flush()


def _signature(
    assessment_id: int, staff_id: int, agrees: bool, note: str | None
) -> AssessmentSignature:
    return AssessmentSignature(
        assessment_id=assessment_id, staff_id=staff_id, agrees=agrees, note=note, signed_at=now()
    )


def _assessment(session: Session, assessment_id: int) -> Assessment:
    found = session.get(Assessment, assessment_id)
    if found is None or found.superseded_at is not None:
        raise NotFound(_("This assessment is no longer there. Open the dossier again."))
    return found


def _names(kept: Assessment) -> Sequence[str]:
    return tuple(kept.assessors or ())


def _wanted(kept: Assessment) -> int:
    try:
        return instrument(kept.instrument, kept.instrument_version).assessors
    except NotFound:
        return 1

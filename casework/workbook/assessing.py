"""Assessments on file: checked before they are kept, read back with their reading, recomputed.

Decides what may be kept as an assessment and which one is the previous; leaves scoring to
`casework.instruments` and what follows for needs to `casework.workbook.need_steps`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from casework.errors import IncompleteAssessment, InvalidEntry, NotFound, NotPermitted
from casework.instruments import (
    Answer,
    ContextValue,
    Instrument,
    Result,
    check_answers,
    read_total,
    require_complete,
    score,
)
from casework.instruments.library import instrument, instrument_on, is_on
from casework.instruments.refusals import unknown_key
from casework.records import Assessment, Person
from casework.records.base import now
from casework.reference import Agency, code_list
from casework.terms import Label, _

__all__ = [
    "AssessmentEntry",
    "AssessmentView",
    "Recomputed",
    "chosen_for",
    "keep",
    "kept_alike",
    "latest_of",
    "listed",
    "recomputed",
    "scored",
    "standing",
    "view_of",
]


@dataclass(frozen=True, slots=True)
class AssessmentEntry:
    """One form as it was filled in.

    Attributes
    ----------
    answers : mapping
        By key of the item; None is "not answered".
    mode : {"self", "proxy", "observed"}
        Never assumed: who answered changes what an answer is worth.
    informant : str or None
        Code of the list ``informant``; wanted when somebody answered for the person.
    assessors : tuple of str
        Who assessed; empty writes down who acts.
    unable : mapping of str to str
        Items that could not be answered, with a code of ``unable_reason``.
    measured : mapping of str to Decimal
        Numbers that answers were worked out of, by the key of the input; kept as evidence.
    unable_reason : str or None
        Why the form as a whole could not be done.
    total : int or None
        Instead of answers, when only the total of an old form is known.
    version : str or None
        Scoring version of the form that was filled in; None for the one of the day assessed on.
    """

    person_id: int
    instrument: str
    assessed_on: date
    mode: str
    answers: Mapping[str, object] = field(default_factory=dict)
    context: Mapping[str, object] = field(default_factory=dict)
    banding: str | None = None
    informant: str | None = None
    assessors: tuple[str, ...] = ()
    unable: Mapping[str, str] = field(default_factory=dict)
    measured: Mapping[str, Decimal] = field(default_factory=dict)
    unable_reason: str | None = None
    total: int | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class AssessmentView:
    """An assessment as it was kept: its answers and the result of that day's scoring.

    Attributes
    ----------
    label, level_before : Label or None, int or None
        Reading of the level by the banding it was kept with, and the level before change rules;
        None where the scoring version is no longer on file.
    """

    id: int
    person_id: int
    instrument: str
    version: str
    banding: str
    assessed_on: date
    answers: Mapping[str, Answer]
    context: Mapping[str, ContextValue]
    unable: Mapping[str, str]
    measured: Mapping[str, str]
    unable_reason: str | None
    total_only: bool
    mode: str
    informant: str | None
    assessors: tuple[str, ...]
    total: int | None
    level: int | None
    label: Label | None
    subscores: Mapping[str, int | None]
    applied: tuple[str, ...]
    complete: bool
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class Recomputed:
    """A kept assessment scored again with the version it was kept with.

    Attributes
    ----------
    now : Result or None
        None when that version is not on file any more.
    agrees : bool
        Whether total, level, parts, rules applied and the scoring itself are what was kept.
    scoring_changed : bool
        Whether the version says something else today than when the assessment was kept.
    """

    kept: AssessmentView
    now: Result | None
    agrees: bool
    scoring_changed: bool = False

    def line(self) -> str:
        """Say what differs; the assessment by its number, never the person."""
        kept = self.kept
        name = _(
            "assessment {id}, {instrument} version {version}",
            id=kept.id,
            instrument=kept.instrument,
            version=kept.version,
        )
        if self.now is None:
            return _("{name}: this scoring is not on file any more.", name=name)
        if (self.now.total, self.now.level) == (kept.total, kept.level):
            if self.scoring_changed:
                return _(
                    "{name}: the scoring itself was changed under the same version.", name=name
                )
            return _("{name}: parts or rules applied are not those of the answers.", name=name)
        return _(
            "{name}: kept total {total}, level {level}; scored again total {now}, level {then}.",
            name=name,
            total=_known(kept.total),
            level=_known(kept.level),
            now=_known(self.now.total),
            then=_known(self.now.level),
        )


def chosen_for(entry: AssessmentEntry, agency: Agency) -> Instrument:
    """Give the instrument of an entry, and check what is said about how it was filled in.

    Parameters
    ----------
    agency : Agency
        Says which of the instruments that ship switched off are switched on.

    Raises
    ------
    NotFound
        If there is no such instrument.
    InvalidEntry
        For a mode, informant or reason that is not accepted.
    NotPermitted
        If the instrument is switched off.
    """
    chosen = (
        instrument(entry.instrument, entry.version)
        if entry.version
        else instrument_on(entry.instrument, entry.assessed_on)
    )
    if not is_on(chosen, agency.instruments_on):
        raise NotPermitted(
            _(
                "{instrument} is switched off: {why}. The agency switches it on in agency.toml.",
                instrument=chosen.label,
                why=chosen.reserve,
            )
        )
    _check_assessors(chosen, entry)
    listed("assessment_mode", "mode", entry.mode, chosen.modes)
    if entry.mode == "proxy" and entry.informant in (None, "person"):
        raise InvalidEntry(
            _("Somebody answered for the person: choose who."), "informant", entry.informant
        )
    if entry.informant is not None:
        listed("informant", "informant", entry.informant)
    for key, reason in entry.unable.items():
        item = chosen.item(key)
        if item is None:
            raise unknown_key(chosen, key)
        if entry.answers.get(key) is not None:
            raise InvalidEntry(
                _(
                    "{item} is answered and marked as not assessable. Keep one of the two.",
                    item=item.label,
                ),
                key,
            )
        listed("unable_reason", key, reason)
    if entry.unable_reason is not None:
        listed("unable_reason", "unable_reason", entry.unable_reason)
    return chosen


def _check_assessors(chosen: Instrument, entry: AssessmentEntry) -> None:
    """Refuse fewer assessors than the standard wants, or one who is named twice."""
    names = [name.strip() for name in entry.assessors if name.strip()]
    if len(set(names)) < len(names):
        raise InvalidEntry(_("An assessor is named twice."), "assessors", entry.assessors)
    if chosen.assessors_required and len(names) < chosen.assessors:
        message = _(
            "{instrument} wants {n} assessors together. Name them all.",
            instrument=chosen.label,
            n=chosen.assessors,
        )
        raise InvalidEntry(message, "assessors", entry.assessors, str(chosen.assessors))


def scored(chosen: Instrument, entry: AssessmentEntry) -> Result:
    """Score an entry, refusing one that simply is not finished.

    What could not be assessed is kept as such, without a total or a level.

    Raises
    ------
    IncompleteAssessment
        If items are neither answered nor marked as not assessable.
    """
    reading = {"banding": entry.banding, "version": entry.version}
    if entry.total is not None:
        if any(value is not None for value in entry.answers.values()):
            raise InvalidEntry(
                _("Enter either the answers or only the total, not both."), "total", entry.total
            )
        return read_total(chosen, entry.total, entry.context, **reading)
    result = score(chosen, entry.answers, entry.context, **reading)
    if result.complete or entry.unable_reason is not None:
        return result
    left = tuple(key for key in result.missing if key not in entry.unable)
    if not left and entry.unable:
        return result
    try:
        return require_complete(chosen, result)
    except IncompleteAssessment as refusal:
        raise IncompleteAssessment(refusal.message, left or refusal.missing) from None


def standing(session: Session, person_id: int, on: date, today: date) -> Person:
    """Give the person an assessment is for, following merged records.

    Raises
    ------
    NotFound
        If there is no such person.
    InvalidEntry
        If the day lies in the future, before birth or after death.
    """
    person = session.get(Person, person_id)
    while person is not None and person.merged_into_id is not None:
        person = session.get(Person, person.merged_into_id)
    if person is None or person.withdrawn_at is not None:
        raise NotFound(_("There is no person with the number {id}.", id=person_id))
    latest = min(filter(None, (today, person.died_on)))
    earliest = person.born_on_earliest
    if on > latest or (earliest is not None and on < earliest):
        raise InvalidEntry(
            _(
                "The assessment cannot be of {day}. Choose {latest} or an earlier day of the "
                "person's life.",
                day=on.isoformat(),
                latest=latest.isoformat(),
            ),
            "assessed_on",
            on,
            latest.isoformat(),
        )
    return person


def keep(
    session: Session, person_id: int, entry: AssessmentEntry, chosen: Instrument, result: Result,
    by: str,
) -> Assessment:  # fmt: skip
    """Write an assessment down with everything that is needed to score it again."""
    kept = Assessment(
        person_id=person_id,
        instrument=chosen.id,
        instrument_version=result.version,
        assessed_on=entry.assessed_on,
        answers=check_answers(chosen, entry.answers),
        context={
            "given": {key: value for key, value in entry.context.items() if value is not None},
            "banding": result.banding,
            "unable": dict(entry.unable),
            "measured": {key: str(number) for key, number in entry.measured.items()},
            "total_only": entry.total is not None,
            "fingerprint": chosen.fingerprints[result.banding],
        },
        total=result.total,
        level=result.level,
        subscores=dict(result.subscores),
        applied=list(result.applied),
        complete=result.complete,
        mode=entry.mode,
        informant=entry.informant,
        unable_reason=entry.unable_reason,
        assessors=list(entry.assessors or (by,)),
        recorded_at=now(),
        recorded_by=by,
    )
    session.add(kept)
    session.flush()
    return kept


def kept_alike(
    session: Session, person_id: int, entry: AssessmentEntry, chosen: Instrument, banding: str
) -> Assessment | None:
    """Find the same form of the same day, so that saving twice keeps it once.

    Read by another banding it is not the same: its level and what follows from it are others.
    """
    same_day = session.scalars(
        _of_person(person_id, chosen.id).where(Assessment.assessed_on == entry.assessed_on)
    )
    answers = check_answers(chosen, entry.answers)
    given = {key: value for key, value in entry.context.items() if value is not None}
    numbers = {key: str(number) for key, number in entry.measured.items()}
    for one in same_day:
        alike = (one.answers, one.mode, one.informant, one.unable_reason) == (
            answers, entry.mode, entry.informant, entry.unable_reason,
        )  # fmt: skip
        kept = one.context or {}
        same_context = _plain(kept.get("given", {})) == _plain(given)
        same_total = entry.total is None or one.total == entry.total
        same_numbers = kept.get("measured", {}) == numbers
        same_unable = kept.get("unable", {}) == dict(entry.unable)
        same_banding = kept.get("banding") == banding
        if all((alike, same_context, same_total, same_numbers, same_unable, same_banding)):
            return one
    return None


def latest_of(
    session: Session, person_id: int, code: str, on: date, *, but: int | None = None
) -> Assessment | None:
    """Give the newest assessment of a day or before it.

    Parameters
    ----------
    but : int or None
        Assessment to pass over: the one that is being compared.
    """
    query = _of_person(person_id, code).where(Assessment.assessed_on <= on)
    if but is not None:
        query = query.where(Assessment.id != but)
    return session.scalars(query.limit(1)).first()


def view_of(kept: Assessment) -> AssessmentView:
    """Read an assessment back."""
    more = kept.context or {}
    banding = more.get("banding") or ""
    return AssessmentView(
        id=kept.id,
        person_id=kept.person_id,
        instrument=kept.instrument,
        version=kept.instrument_version,
        banding=banding,
        assessed_on=kept.assessed_on,
        answers=dict(kept.answers or {}),
        context=dict(more.get("given", {})),
        unable=dict(more.get("unable", {})),
        measured=dict(more.get("measured", {})),
        unable_reason=kept.unable_reason,
        total_only=bool(more.get("total_only", False)),
        mode=kept.mode,
        informant=kept.informant,
        assessors=tuple(kept.assessors or ()),
        total=kept.total,
        level=kept.level,
        label=_reading(kept, banding),
        subscores=dict(kept.subscores or {}),
        applied=tuple(kept.applied or ()),
        complete=kept.complete,
        recorded_at=kept.recorded_at,
        recorded_by=kept.recorded_by,
    )


def recomputed(kept: Assessment) -> Recomputed:
    """Score a kept assessment again as it was scored, and compare."""
    view = view_of(kept)
    try:
        chosen = instrument(view.instrument, view.version)
    except NotFound:
        return Recomputed(view, None, False)
    reading = {"banding": view.banding or None, "version": view.version}
    if view.total_only:
        again = read_total(chosen, view.total, view.context, **reading)
    else:
        again = score(chosen, view.answers, view.context, **reading)
    alerts = {one.id for one in chosen.alerts}
    changed = chosen.fingerprints[again.banding] != (kept.context or {}).get("fingerprint")
    as_kept = (view.total, view.level, view.complete, view.subscores)
    agrees = (
        (again.total, again.level, again.complete, again.subscores) == as_kept
        and set(again.applied) - alerts == set(view.applied) - alerts
        and not changed
    )
    return Recomputed(view, again, agrees, changed)


def _reading(kept: Assessment, banding: str) -> Label | None:
    try:
        chosen = instrument(kept.instrument, kept.instrument_version)
        return chosen.banding(banding or None).label_of(kept.level)
    except (NotFound, InvalidEntry):
        return None


def _of_person(person_id: int, code: str) -> Select[Assessment]:
    return (
        select(Assessment)
        .where(
            Assessment.person_id == person_id,
            Assessment.instrument == code,
            Assessment.superseded_at.is_(None),
        )
        .order_by(Assessment.assessed_on.desc(), Assessment.id.desc())
    )


def listed(code: str, field_name: str, value: str, allowed: Sequence[str] | None = None) -> None:
    """Refuse a code that is not in a list, or not in the part of it that is allowed here.

    Raises
    ------
    InvalidEntry
        Naming the codes that are accepted.
    """
    entries = [one for one in code_list(code).entries if allowed is None or one.code in allowed]
    if all(one.code != value for one in entries):
        expected = _("; ").join(f"{one.label} ({one.code})" for one in entries)
        message = _(
            "{list}: {value} is not accepted. Accepted: {expected}.",
            list=code_list(code).label,
            value=repr(value),
            expected=expected,
        )
        raise InvalidEntry(message, field_name, value, expected)


def _known(number: int | None) -> str:
    return "—" if number is None else str(number)


def _plain(given: Mapping[str, Any]) -> dict[str, Any]:
    """Bring tuples to lists, as the database gives them back."""
    return {key: list(one) if isinstance(one, tuple) else one for key, one in given.items()}

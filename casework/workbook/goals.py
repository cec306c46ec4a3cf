"""Goals through the door: a measure, where it stands, where it should; progress from assessments.

Decides what a goal needs to be one, and where its readings come from; leaves how far it has come to
:mod:`casework.planning.goals`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry, NotFound, NotPermitted
from casework.instruments.library import instruments
from casework.planning.goals import GoalProgress, progress
from casework.records import Assessment, Goal, GoalReading, Need, Person, Staff
from casework.records.base import Flag, now
from casework.reference import code_list
from casework.terms import _
from casework.workbook.owning import answering_for

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["GoalEntry", "GoalView", "Goals", "goal_status_text", "measure_text"]

_OUTCOMES = ("reached", "not_reached", "given_up")


@dataclass(frozen=True, slots=True)
class GoalEntry:
    """What is entered for a goal.

    Parameters
    ----------
    measure : {"score", "level", "own"}
        The total or the level of an instrument, or a number that the worker reads.
    baseline : int or None
        Where it stands; for an instrument None takes the latest assessment.
    due_on : date
        By when the target is to be reached.
    """

    title: str
    domain: str
    measure: str
    target: int
    due_on: date
    instrument: str | None = None
    unit: str | None = None
    baseline: int | None = None
    need_id: int | None = None


@dataclass(frozen=True, slots=True)
class GoalView:
    """A goal on a day, with its readings since the baseline, the oldest first."""

    goal_id: int
    person_id: int
    title: str
    domain: str
    measure: str
    instrument: str | None
    unit: str | None
    baseline: int
    baseline_on: date
    target: int
    due_on: date
    need_id: int | None
    owner: str | None
    closed_on: date | None
    outcome: str | None
    note: str | None
    readings: tuple[tuple[date, int], ...]
    progress: GoalProgress

    @property
    def value(self) -> int | None:
        """The latest reading after the baseline."""
        return self.readings[-1][1] if self.readings else None


class Goals:
    """What is done with goals.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    def of_person(
        self, person_id: int, *, as_of: date | None = None, closed: bool = False
    ) -> list[GoalView]:
        """List a person's goals on a day, those due first on top; closed ones on request."""
        day = as_of or self._workbook.today
        with self._workbook.reading() as session:
            rows = session.execute(
                select(Goal, Staff.name)
                .outerjoin(Staff, Staff.id == Goal.owner_id)
                .where(
                    Goal.person_id == person_id,
                    Goal.superseded_at.is_(None),
                    Goal.baseline_on <= day,
                )
                .order_by(Goal.due_on, Goal.id)
            ).all()
            goals = [(one, name) for one, name in rows if closed or _is_open(one, day)]
            readings = _readings(session, [one for one, _name in goals], day)
        return [_view(one, name, readings[one.id], day) for one, name in goals]

    def set(self, person_id: int, entry: GoalEntry) -> int:
        """Set a goal for a person.

        Raises
        ------
        InvalidEntry
            When the title, a code, the baseline or the day is missing or cannot be.
        """
        book = self._workbook
        _check(entry, book.today)
        with book.transaction() as session:
            if session.get(Person, person_id) is None:
                raise NotFound(_("There is no person with the number {id}.", id=person_id))
            need = session.get(Need, entry.need_id) if entry.need_id is not None else None
            if entry.need_id is not None and (need is None or need.person_id != person_id):
                raise NotFound(_("This person has no need with the number {id}.", id=entry.need_id))
            baseline, since = _baseline(session, person_id, entry, book.today)
            goal = Goal(
                person_id=person_id,
                title=entry.title.strip()[:200],
                domain=entry.domain,
                measure=entry.measure,
                instrument=entry.instrument if entry.measure != "own" else None,
                unit=(entry.unit or "").strip() or None,
                baseline=baseline,
                baseline_on=since,
                target=entry.target,
                due_on=entry.due_on,
                need_id=entry.need_id,
                owner_id=answering_for(session, person_id, book.today) or book.actor.staff_id,
                recorded_at=now(),
                recorded_by=book.actor.name,
            )
            session.add(goal)
            session.flush()
            book.log(session, "set_goal", "goal", goal.id, after={"target": entry.target})
            return goal.id

    def read(
        self, goal_id: int, value: int, *, on: date | None = None, note: str | None = None
    ) -> int:
        """Write down where a goal of its own measure stands; the day's later reading counts.

        Raises
        ------
        NotPermitted
            When an instrument measures it, or it is closed.
        """
        book = self._workbook
        day = on or book.today
        with book.transaction() as session:
            goal = _goal(session, goal_id)
            if goal.measure != "own":
                raise NotPermitted(
                    _("This goal is measured by assessments. Assess the person instead.")
                )
            if goal.closed_on is not None:
                raise NotPermitted(_("This goal is closed. Set a new one."))
            if not goal.baseline_on <= day <= book.today:
                raise InvalidEntry(
                    _("Choose a day from {first} until today.", first=goal.baseline_on), "on", day
                )
            reading = GoalReading(
                goal_id=goal_id,
                read_on=day,
                value=value,
                note=(note or "").strip() or None,
                recorded_at=now(),
                recorded_by=book.actor.name,
            )
            session.add(reading)
            session.flush()
            book.log(session, "read_goal", "goal", goal_id, after={"value": value})
            return reading.id

    def close(self, goal_id: int, outcome: str, *, note: str = "") -> None:
        """Close a goal; one that was not reached says why.

        Raises
        ------
        InvalidEntry
            When the outcome is unknown, or the reason is missing.
        """
        book = self._workbook
        if outcome not in _OUTCOMES:
            raise InvalidEntry(
                _(
                    "{value} is not accepted here. Accepted: {known}.",
                    value=outcome,
                    known=", ".join(_OUTCOMES),
                ),
                "outcome",
                outcome,
            )
        told = note.strip()
        if outcome != "reached" and not told:
            raise InvalidEntry(
                _("A reason is missing. Say in a sentence why, so that others can follow."), "note"
            )
        with book.transaction() as session:
            goal = _goal(session, goal_id)
            if goal.closed_on is not None:
                raise NotPermitted(_("This goal is closed. Set a new one."))
            goal.closed_on, goal.outcome, goal.note = book.today, outcome, told or None
            book.log(session, "close_goal", "goal", goal_id, after={"outcome": outcome})

    def withdraw(self, goal_id: int) -> None:
        """Withdraw a goal that was set by mistake."""
        book = self._workbook
        with book.transaction() as session:
            goal = _goal(session, goal_id)
            goal.superseded_at = now()
            book.log(session, "withdraw_goal", "goal", goal_id, before={"title": goal.title})


def _goal(session: Session, goal_id: int) -> Goal:
    found = session.get(Goal, goal_id, with_for_update=True)
    if found is None or found.superseded_at is not None:
        raise NotFound(_("This goal is no longer there. Open the plan again."))
    return found


def _is_open(goal: Goal, on: date) -> bool:
    return goal.closed_on is None or goal.closed_on > on


def _check(entry: GoalEntry, today: date) -> None:
    if not entry.title.strip():
        raise InvalidEntry(_("Say in a few words what is to be reached."), "title", entry.title)
    domains = [one.code for one in code_list("need_domain").entries]
    for field, value, known in (
        ("domain", entry.domain, domains),
        ("measure", entry.measure, ["score", "level", "own"]),
    ):
        if value not in known:
            raise InvalidEntry(
                _(
                    "{value} is not accepted here. Accepted: {known}.",
                    value=value,
                    known=", ".join(known),
                ),
                field,
                value,
            )
    if entry.measure != "own" and entry.instrument not in instruments():
        raise InvalidEntry(_("Choose the instrument that measures it."), "instrument")
    if entry.due_on <= today:
        raise InvalidEntry(
            _("The day by which it is to be reached lies after today."), "due_on", entry.due_on
        )


def _baseline(session: Session, person_id: int, entry: GoalEntry, today: date) -> tuple[int, date]:
    """Give where the goal begins and since when: as entered, or by the latest assessment."""
    if entry.measure == "own":
        if entry.baseline is None:
            raise InvalidEntry(_("Say where it stands now: a whole number."), "baseline")
        return entry.baseline, today
    column = Assessment.total if entry.measure == "score" else Assessment.level
    found = session.execute(
        select(column, Assessment.assessed_on)
        .where(
            Assessment.person_id == person_id,
            Assessment.instrument == entry.instrument,
            Assessment.superseded_at.is_(None),
            Assessment.complete == literal(True, Flag()),
            Assessment.assessed_on <= today,
            column.is_not(None),
        )
        .order_by(Assessment.assessed_on.desc(), Assessment.id.desc())
        .limit(1)
    ).first()
    if found is None or found[0] is None:
        raise InvalidEntry(
            _(
                "There is no complete assessment by this instrument yet. Assess the person first, "
                "so that it is known where the goal begins."
            ),
            "instrument",
            entry.instrument,
        )
    return int(found[0]), found[1]


def _readings(session: Session, goals: list[Goal], day: date) -> dict[int, list[tuple[date, int]]]:
    """Give the readings of goals after their baseline, by goal, the oldest first."""
    found: dict[int, list[tuple[date, int]]] = defaultdict(list)
    own = [one.id for one in goals if one.measure == "own"]
    rows = session.execute(
        select(GoalReading.goal_id, GoalReading.read_on, GoalReading.value)
        .where(
            GoalReading.goal_id.in_(own),
            GoalReading.superseded_at.is_(None),
            GoalReading.read_on <= day,
        )
        .order_by(GoalReading.read_on, GoalReading.id)
    )
    for goal_id, read_on, value in rows:
        found[goal_id].append((read_on, value))
    measured = [one for one in goals if one.measure != "own"]
    assessed = session.scalars(
        select(Assessment)
        .where(
            Assessment.person_id.in_({one.person_id for one in measured}),
            Assessment.instrument.in_({one.instrument for one in measured}),
            Assessment.superseded_at.is_(None),
            Assessment.complete == literal(True, Flag()),
            Assessment.assessed_on <= day,
        )
        .order_by(Assessment.assessed_on, Assessment.id)
    ).all()
    for goal in measured:
        for one in assessed:
            reading = one.total if goal.measure == "score" else one.level
            later = one.assessed_on > goal.baseline_on
            if one.instrument == goal.instrument and later and reading is not None:
                found[goal.id].append((one.assessed_on, reading))
    return found


def _view(goal: Goal, owner: str | None, readings: list[tuple[date, int]], day: date) -> GoalView:
    until = day if _is_open(goal, day) else goal.closed_on or day
    read = [one for one in readings if one[0] <= until]
    return GoalView(
        goal_id=goal.id,
        person_id=goal.person_id,
        title=goal.title,
        domain=goal.domain,
        measure=goal.measure,
        instrument=goal.instrument,
        unit=goal.unit,
        baseline=goal.baseline,
        baseline_on=goal.baseline_on,
        target=goal.target,
        due_on=goal.due_on,
        need_id=goal.need_id,
        owner=owner,
        closed_on=goal.closed_on,
        outcome=goal.outcome,
        note=goal.note,
        readings=tuple(read),
        progress=progress(
            baseline=goal.baseline,
            baseline_on=goal.baseline_on,
            target=goal.target,
            due_on=goal.due_on,
            value=read[-1][1] if read else None,
            on=until,
        ),
    )


def measure_text(goal: GoalView) -> str:
    """Name what measures a goal, in the language in force."""
    if goal.measure == "own":
        return goal.unit or _("number")
    found = instruments().get(goal.instrument or "")
    name = str(found.label) if found else goal.instrument or ""
    return _("{instrument}, level", instrument=name) if goal.measure == "level" else name


def goal_status_text(status: str) -> str:
    """Name how far a goal has come, in the language in force."""
    return {
        "not_measured": _("not measured since"),
        "reached": _("reached"),
        "on_track": _("on the way"),
        "behind": _("behind"),
        "worse": _("going the wrong way"),
        "late": _("past its day, not reached"),
        "not_reached": _("not reached"),
        "given_up": _("given up"),
    }.get(status, status)

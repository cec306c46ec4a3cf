"""What happens in a person's life and ends or interrupts the work: hospital, away, moved, died.

Decides what follows for the case, the plan and the tasks, tells it beforehand by doing it and
leaving everything as it was, and keeps it so that it can be taken back. Leaves which tasks rest or
fall away to :mod:`casework.planning` and ``plan_endings``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry, NotPermitted
from casework.factvalues import fact_value
from casework.records import Case, ChangeLog, Fact, Person, SeasonalStay, Task
from casework.records.base import now
from casework.reference import code_list, fact
from casework.terms import _, day_in_words, language
from casework.workbook.bereaved import bereave, survivors_of
from casework.workbook.fact_entry import present, write_fact
from casework.workbook.plan_drawing import find_out_duty
from casework.workbook.plan_passed import Passed
from casework.workbook.policy import rules_in
from casework.workbook.reversing import Act, RowChange, acting, rehearsing
from casework.workbook.roster_reading import task_title

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["CLOSING", "Consequences", "Life", "LifeEvent", "Survivor", "TaskFate"]

CLOSING = ("moved_away", "handed_over", "died")
"""Events that end the work with a person."""
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class LifeEvent:
    """Something that happened.

    Parameters
    ----------
    kind : str
        A code of the list ``life_event``.
    on : date
        The day; for a hospital stay or a time away its first day, for the return the first day
        back.
    until : date or None
        Last day away, where it is known.
    place : str or None
        Hospital, place of the stay, new home, or the agency that takes over.
    phone : str or None
        Where the person can be called meanwhile.
    source : str
        Where it is known from.
    """

    kind: str
    on: date
    source: str
    until: date | None = None
    place: str | None = None
    phone: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class TaskFate:
    """What becomes of one task.

    Attributes
    ----------
    fate : {"cancelled", "excused", "moved", "made", "restored"}
    whose : str or None
        The name of somebody else whose task it is: of the spouse, at a death.
    """

    title: str
    due_on: date
    fate: str
    whose: str | None = None


@dataclass(frozen=True, slots=True)
class Survivor:
    """The spouse whom we serve and whom a death leaves behind.

    Attributes
    ----------
    lives_otherwise : bool
        Whether they lived together, so that how the spouse lives now is unknown.
    """

    name: str
    lives_otherwise: bool


@dataclass(frozen=True, slots=True)
class Consequences:
    """What follows from an event, for the reader who has not decided yet.

    Attributes
    ----------
    counts : mapping of str to int
        Tasks by fate; ``tasks`` names the first of them: what is to be done, then what is not any
        more, each the earliest first.
    plan_ends, plan_changes : bool
        Whether the plan in force ends, or gives way to a new version.
    survivors : tuple of Survivor
        About whom something is written down as well.
    passed : tuple of Passed
        What was due after the event and gets no task any more, because it is told late.
    """

    tasks: tuple[TaskFate, ...]
    counts: Mapping[str, int]
    plan_ends: bool
    plan_changes: bool
    survivors: tuple[Survivor, ...] = ()
    passed: tuple[Passed, ...] = ()


class Life:
    """What is done when something happens in a person's life.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    def foresee(self, person_id: int, event: LifeEvent) -> Consequences:
        """Tell what an event would do to plan and tasks, without writing anything.

        Raises
        ------
        InvalidEntry, NotPermitted
            As `record` does.
        """
        concerned = self._concerned(person_id, event)
        passed: tuple[Passed, ...] = ()
        with rehearsing(self._workbook, concerned) as act:
            self._happen(act, person_id, event)
            act.session.flush()
            passed = self._workbook.plans.passed(act.session, concerned, event.on)
        with self._workbook.reading() as session:
            titles = self._titles(session)
            return _consequences(session, person_id, act.changes, passed, titles)

    def _titles(self, session: Session) -> Mapping[str, str]:
        """Give the English titles of what the rules ask for, by item, where English is spoken."""
        if language() != "en":
            return {}
        found = rules_in(session, self._workbook.agency, self._workbook.today)
        return {rule.duty.key: rule.duty.title.en for rule in found.rules}

    def record(self, person_id: int, event: LifeEvent) -> int:
        """Write down an event with all that follows, and give the number to undo it by.

        Raises
        ------
        InvalidEntry
            If a day is impossible or something needed is missing.
        NotPermitted
            If the person is in no state for it: nobody leaves a hospital twice.
        """
        with acting(self._workbook, event.kind, self._concerned(person_id, event)) as act:
            self._happen(act, person_id, event)
            act.after = {"on": event.on.isoformat(), "place": event.place, "source": event.source}
        return act.change_id or 0

    def withdraw_stay(self, stay_id: int) -> None:
        """Strike out a time away that was entered by mistake; tasks come back."""
        book = self._workbook
        with book.reading() as session:
            held = session.get(SeasonalStay, stay_id)
        if held is None:
            raise InvalidEntry(_("This entry is no longer there. Open the dossier again."))
        with acting(book, "withdraw_stay", (held.person_id,)) as act:
            act.session.get_one(SeasonalStay, stay_id).superseded_at = now()
            act.before = {"place": held.place}
            self._follow(act.session, held.person_id)
            _plan_back(act.session, held.person_id, stay_id)

    def _concerned(self, person_id: int, event: LifeEvent) -> tuple[int, ...]:
        """Name whose rows an event may change: a death also those of the spouse whom we serve."""
        if event.kind != "died":
            return (person_id,)
        with self._workbook.reading() as session:
            return (person_id, *survivors_of(session, person_id, self._workbook.today))

    # --- what each event does -------------------------------------------------------------------

    def _happen(self, act: Act, person_id: int, event: LifeEvent) -> None:
        person = present(act.session, person_id)
        if person.merged_into_id is not None:
            raise NotPermitted(_("This record was merged into another one. Open that one."))
        if code_list("life_event").entry(event.kind) is None:
            raise InvalidEntry(
                _("There is no such event. Choose one of the list."), field="kind", value=event.kind
            )
        _check_days(event, person, self._workbook.today)
        if event.kind in CLOSING:
            self._close(act.session, person, event)
        elif event.kind == "reopened":
            self._reopen(act.session, person, event)
        elif event.kind in ("away", "returned"):
            self._stay(act.session, person, event)
        else:
            self._hospital(act.session, person, event)

    def _close(self, session: Session, person: Person, event: LifeEvent) -> None:
        """End the case; what was due afterwards falls away, what a family is owed is placed."""
        book = self._workbook
        cases = session.scalars(
            select(Case).where(Case.person_id == person.id, Case.closed_on.is_(None))
        ).all()
        if not cases and event.kind != "died":
            raise NotPermitted(_("The work with this person has ended already."))
        if event.kind == "died":
            if person.died_on is not None:
                raise NotPermitted(
                    _(
                        "This person is on file as having died on {day}.",
                        day=_written(person.died_on),
                    )
                )
            person.died_on = event.on
        elif not (event.place or "").strip():
            raise InvalidEntry(
                _("Where to is missing. Enter the place or the agency that takes over."),
                field="place",
            )
        begun = max((case.opened_on for case in cases if case.opened_on), default=event.on)
        if event.on < begun and event.kind != "died":
            raise InvalidEntry(
                _(
                    "The work began on {day}; it can end on that day or later.",
                    day=_written(begun),
                ),
                field="on",
                value=event.on,
            )
        for case in cases:
            # A death that is learnt of late may lie before the day on which we took somebody on.
            case.closed_on = max(event.on, case.opened_on or event.on)
            case.close_reason = event.kind
            case.close_note = _joined(event.place, event.phone, event.note)
        session.flush()
        survivors = survivors_of(session, person.id, book.today) if event.kind == "died" else []
        book.plans.end_care(session, [person.id], max(book.today, event.on + timedelta(days=1)))
        for survivor in survivors:
            bereave(
                session, survivor, event.on, by=book.actor.name, source=event.source,
                today=book.today,
            )  # fmt: skip
        if survivors:
            book.plans.refresh(session, survivors)

    def _reopen(self, session: Session, person: Person, event: LifeEvent) -> None:
        """Open a new case: the person came back, or is ours again."""
        if person.died_on is not None:
            raise NotPermitted(
                _("This person is on file as having died. Take that back first, if it is wrong.")
            )
        latest = session.scalar(select(func.max(Case.closed_on)).where(Case.person_id == person.id))
        open_case = session.scalar(
            select(Case.id).where(Case.person_id == person.id, Case.closed_on.is_(None))
        )
        if open_case is not None:
            raise NotPermitted(_("This person is in our care already."))
        if latest is not None and event.on <= latest:
            raise InvalidEntry(
                _(
                    "The work ended on {day}; it can begin again the day after.",
                    day=_written(latest),
                ),
                field="on",
                value=event.on,
            )
        session.add(Case(person_id=person.id, opened_on=event.on))
        self._follow(session, person.id)

    def _stay(self, session: Session, person: Person, event: LifeEvent) -> None:
        book = self._workbook
        if event.kind == "returned":
            held = session.scalars(
                select(SeasonalStay)
                .where(
                    SeasonalStay.person_id == person.id,
                    SeasonalStay.superseded_at.is_(None),
                    SeasonalStay.away_from < event.on,
                )
                .order_by(SeasonalStay.away_from.desc())
                .limit(1)
            ).first()
            if held is None or (held.away_to is not None and held.away_to < event.on):
                raise NotPermitted(_("This person is not away on that day."))
            held.away_to = event.on - timedelta(days=1)
        else:
            if not (event.place or "").strip():
                raise InvalidEntry(_("Where to is missing. Enter the place."), field="place")
            session.add(
                SeasonalStay(
                    person_id=person.id,
                    place=(event.place or "").strip(),
                    away_from=event.on,
                    away_to=event.until,
                    phone=event.phone,
                    recorded_at=now(),
                    recorded_by=book.actor.name,
                )
            )
        self._follow(session, person.id)

    def _hospital(self, session: Session, person: Person, event: LifeEvent) -> None:
        book = self._workbook
        definition = fact("hospital_status")
        goes_in = event.kind == "hospital_in"
        write_fact(
            session,
            person.id,
            definition,
            fact_value(definition, "inpatient" if goes_in else "no"),
            by=book.actor.name,
            source=event.source,
            begins=event.on,
            since=event.on,
            verified_on=book.today,
            note=_joined(event.place, event.phone, event.note),
        )
        self._follow(session, person.id)

    def _follow(self, session: Session, person_id: int) -> None:
        session.flush()
        self._workbook.plans.refresh(session, [person_id])


def _plan_back(session: Session, person_id: int, stay_id: int) -> None:
    """Put open tasks back to the days from which a stay that never was had moved them."""
    entries = session.scalars(
        select(ChangeLog).where(
            ChangeLog.action == "away",
            ChangeLog.subject_kind == "person",
            ChangeLog.subject_id == person_id,
        )
    )
    for entry in entries:
        rows = (entry.before or {}).get("rows") or []
        changes = [RowChange(**one) for one in rows]
        if not any((one.table, one.id) == ("seasonal_stay", stay_id) for one in changes):
            continue
        for one in changes:
            meant, moved = (one.before or {}).get("planned_on"), (one.after or {}).get("planned_on")
            if one.table != "task" or not meant or not moved:
                continue
            task = session.get(Task, one.id)
            if task is None or task.done_on is not None:
                continue
            if task.planned_on == date.fromisoformat(moved):
                task.planned_on = date.fromisoformat(meant)


def _check_days(event: LifeEvent, person: Person, today: date) -> None:
    if event.kind != "away" and event.on > today:
        raise InvalidEntry(
            _("This day lies in the future. Choose today or earlier."), field="on", value=event.on
        )
    if person.born_on_earliest is not None and event.on < person.born_on_earliest:
        raise InvalidEntry(
            _("On this day the person was not born yet. Correct the day."),
            field="on",
            value=event.on,
        )
    if event.until is not None and event.until < event.on:
        raise InvalidEntry(
            _("The stay ends before it begins. Correct one of the two days."), field="until"
        )


def _written(day: date) -> str:
    return day_in_words(day.isoformat())


def _joined(*parts: str | None) -> str | None:
    return " · ".join(part.strip() for part in parts if part and part.strip()) or None


# ---------------------------------------------------------------- what follows


def _consequences(
    session: Session,
    person_id: int,
    changes: tuple[RowChange, ...],
    passed: tuple[Passed, ...],
    titles: Mapping[str, str],
) -> Consequences:
    """Put into words what an act changes about tasks and plan; the rows stand as they were."""
    fates = {one.id: fate for one in changes if one.table == "task" and (fate := _fate(one))}
    asked = select(Task.id, Task.person_id, Task.item_key, Task.title, Task.service, Task.due_on)
    held = session.execute(
        asked.where(Task.id.in_([id_ for id_, fate in fates.items() if fate != "made"]))
    )
    names = _names_of_others(session, person_id, changes)
    tasks = [
        TaskFate(
            task_title(title, _english(key, titles), service),
            due_on,
            fates[id_],
            names.get(whose),
        )
        for id_, whose, key, title, service, due_on in held
    ]
    for one in changes:
        if one.table == "task" and fates.get(one.id) == "made" and one.after:
            row = one.after
            key = row["item_key"]
            title = task_title(row["title"], _english(key, titles), row["service"])
            due_on = date.fromisoformat(row["due_on"])
            tasks.append(TaskFate(title, due_on, "made", names.get(row["person_id"])))
    plans = [one for one in changes if one.table == "service_plan"]
    return Consequences(
        tasks=tuple(sorted(tasks, key=_first_to_know)[:_SHOWN]),
        counts=Counter(one.fate for one in tasks),
        plan_ends=any(one.before and (one.after or {}).get("state") == "closed" for one in plans),
        plan_changes=any(one.before is None for one in plans),
        survivors=_survivors(session, names, changes),
        passed=passed,
    )


def _english(item_key: str, titles: Mapping[str, str]) -> str | None:
    kind, _colon, name = item_key.partition(":")
    return find_out_duty(name).title.en if kind == "find_out" else titles.get(item_key)


def _first_to_know(one: TaskFate) -> tuple[bool, date, str]:
    """Put what is to be done before what is not any more, the earliest first."""
    return one.fate in ("cancelled", "excused"), one.due_on, one.title


def _names_of_others(
    session: Session, person_id: int, changes: tuple[RowChange, ...]
) -> dict[int, str]:
    """Name the people besides this one of whom the changes write something new."""
    written = {(one.after or {}).get("person_id") for one in changes if one.before is None}
    found = select(Person.id, Person.name).where(
        Person.id.in_([one for one in written if one is not None and one != person_id])
    )
    return {id_: name for id_, name in session.execute(found)}


def _survivors(
    session: Session, names: Mapping[int, str], changes: tuple[RowChange, ...]
) -> tuple[Survivor, ...]:
    """Tell about whom a death writes something down, and whether they lived together."""
    new = [one.after or {} for one in changes if one.table == "fact" and one.before is None]
    widowed = [row["person_id"] for row in new if row["code"] == "marital_status"]
    ended = [one.id for one in changes if one.table == "fact" and one.before is not None]
    together = select(Fact.person_id).where(Fact.id.in_(ended), Fact.code == "living")
    apart = set(session.scalars(together))
    return tuple(Survivor(names[one], one in apart) for one in sorted(set(widowed)) if one in names)


def _fate(one: RowChange) -> str | None:
    before, after = one.before or {}, one.after or {}
    if one.before is None:
        return None if after.get("cancelled_on") else "made"
    for column, fate in (("cancelled_on", "cancelled"), ("excused_on", "excused")):
        if column in after:
            return fate if after[column] else "restored"
    return "moved" if {"opens_on", "due_on", "planned_on", "channels"} & before.keys() else None

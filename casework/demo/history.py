"""Writing a year of work into a workbook: contacts, what was raised in them, tasks they closed.

Decides the rows of a contact as the form would have left them; leaves what happened to
`casework.demo.year`. Rows go in by sets: hundreds of thousands of them are nothing for a form.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from random import Random
from typing import TYPE_CHECKING, Any

from casework.demo.served import DueTask, Made, Served
from casework.demo.writing import moment
from casework.demo.year import Year
from casework.records import (
    Contact,
    ContactParticipant,
    ContactPerson,
    Need,
    Opinion,
    Task,
    TaskEvidence,
    Wish,
)
from casework.workbook.need_steps import key_by_people

if TYPE_CHECKING:
    from casework.workbook.contact_entry import Raised
    from casework.workbook.loading import Loader

__all__ = ["work_through", "write_contacts"]

_CHUNK = 3000


def work_through(
    loader: Loader, year: Year, people: Sequence[Served], tasks: Sequence[DueTask], seed: str
) -> Iterator[int]:
    """Let a year of work happen to people, and write it.

    Parameters
    ----------
    seed : str
        With the number of a person it decides that person's year.

    Yields
    ------
    int
        How many contacts have been written so far.
    """
    by_person: dict[int, list[DueTask]] = {}
    for task in tasks:
        by_person.setdefault(task.person_id, []).append(task)
    made = _years(year, people, by_person, seed)
    total = 0
    while chunk := list(islice(made, _CHUNK)):
        _write(loader, chunk, year)
        total += len(chunk)
        yield total
    loader.change(
        Task,
        [
            {"id": one.task_id, "done_on": one.done_on}
            for one in tasks
            if one.done_on and one.task_id > 0
        ],
    )
    loader.change(
        Task,
        [{"id": one.task_id, "excused_on": one.on, "reason": one.reason} for one in year.excuses],
    )


def _years(
    year: Year, people: Sequence[Served], tasks: dict[int, list[DueTask]], seed: str
) -> Iterator[Made]:
    """Hold the meetings, then work through everybody, couples together."""
    caseloads: dict[int | None, list[Served]] = {}
    for one in people:
        caseloads.setdefault(one.worker.staff_id, []).append(one)
    for staff_id, caseload in caseloads.items():
        chance = Random(f"{seed}/{staff_id}/meetings")  # noqa: S311  # a demo, no secret
        yield from year.meetings(caseload, tasks, chance)
    by_number = {one.life.number: one for one in people}
    for one in people:
        spouse = one.life.spouse
        if spouse is not None and spouse < one.life.number:
            continue  # comes with the husband or wife
        home = [one] if spouse is None else [one, by_number[spouse]]
        theirs = [task for each in home for task in tasks.get(each.person_id, ())]
        chance = Random(f"{seed}/{one.life.number}/year")  # noqa: S311  # a demo, no secret
        yield from year.household(home, theirs, chance)


def _write(loader: Loader, made: Sequence[Made], year: Year) -> None:
    numbered = write_contacts(loader, made)
    raised = [_Raised(*one, year) for one in _raised(numbered)]
    for kind, record in (("wish", Wish), ("need", Need), ("opinion", Opinion)):
        loader.add(record, [one.row() for one in raised if one.raised.kind == kind])


def write_contacts(loader: Loader, made: Sequence[Made]) -> list[tuple[int, Made]]:
    """Write contacts, who took part and which tasks they closed; give each with its number."""
    ids = loader.add_numbered(Contact, (_contact(one) for one in made))
    numbered = list(zip(ids, made, strict=True))
    loader.add(ContactPerson, _persons(numbered))
    loader.add(ContactParticipant, _participants(numbered))
    loader.add(TaskEvidence, _evidence(numbered))
    return numbered


def _contact(made: Made) -> dict[str, Any]:
    entry = made.entry
    return {
        "client_key": entry.client_key,
        "happened_on": entry.happened_on,
        "channel": entry.channel,
        "kind": entry.kind,
        "actor": entry.actor,
        "planned_on": entry.planned_on,
        "planned_minutes": entry.planned_minutes,
        "started_at": entry.started_at,
        "minutes": entry.minutes,
        "initiated_by": entry.initiated_by,
        "summary": entry.summary,
        "recorded_at": moment(entry.happened_on),
        "recorded_by": _by(made),
    }


def _by(made: Made) -> str:
    """Give who wrote a contact down: the caseworker among those who took part."""
    who = made.entry.participants
    return next((one.name for one in who if one.role == "caseworker"), who[0].name) or ""


def _persons(numbered: Iterable[tuple[int, Made]]) -> Iterator[dict[str, Any]]:
    for contact_id, made in numbered:
        for one in made.entry.persons:
            yield {
                "contact_id": contact_id,
                "person_id": one.person_id,
                "outcome": one.outcome,
                "heard": one.heard,
                "not_reached_reason": one.not_reached_reason,
            }


def _participants(numbered: Iterable[tuple[int, Made]]) -> Iterator[dict[str, Any]]:
    for contact_id, made in numbered:
        for one in made.entry.participants:
            yield {
                "contact_id": contact_id,
                "staff_id": one.staff_id,
                "name": None if one.staff_id is not None else one.name,
                "role": one.role,
            }


def _evidence(numbered: Iterable[tuple[int, Made]]) -> Iterator[dict[str, Any]]:
    for contact_id, made in numbered:
        for task_id in made.closes:
            yield {
                "task_id": task_id,
                "contact_id": contact_id,
                "recorded_at": moment(made.entry.happened_on),
            }


def _raised(
    numbered: Iterable[tuple[int, Made]],
) -> Iterator[tuple[int, Made, int, Raised]]:
    for contact_id, made in numbered:
        for person in made.entry.persons:
            for one in person.raised:
                yield contact_id, made, person.person_id, one


@dataclass(frozen=True, slots=True)
class _Raised:
    """Something raised in a contact, as it is kept, and what has become of it by today."""

    contact_id: int
    made: Made
    person_id: int
    raised: Raised
    year: Year

    def row(self) -> dict[str, Any]:
        """Give the row of a wish, a need or an opinion."""
        day = self.made.entry.happened_on
        kept = {
            "person_id": self.person_id,
            "contact_id": self.contact_id,
            "recorded_at": moment(day),
            "recorded_by": _by(self.made),
        }
        if self.raised.kind == "wish":
            return kept | self._wish(day)
        if self.raised.kind == "need":
            return kept | self._need(day)
        return kept | self._opinion(day)

    def _need(self, day: date) -> dict[str, Any]:
        habits, chance = self.year.talk.habits, self._chance()
        settled = day + timedelta(days=chance.randint(7, 60))
        luck = chance.random()
        met = luck < habits.needs_met and settled <= self.year.today
        answered = self.raised.need_kind is not None  # of any other kind nothing is planned
        planned = met or (answered and luck < habits.needs_met + habits.needs_planned)
        return {
            "domain": self.raised.domain,
            "title": self.raised.text,
            "severity": self.raised.severity,
            "origin": "worker",
            "state": "met" if met else "planned" if planned else "open",
            "opened_on": day,
            "closed_on": settled if met else None,
            "need_key": key_by_people(self.raised.need_kind),
        }

    def _wish(self, day: date) -> dict[str, Any]:
        talk, chance = self.year.talk, self._chance()
        settled = day + timedelta(days=chance.randint(3, 60))
        done = chance.random() < talk.habits.opinions_answered and settled <= self.year.today
        return {
            "text": self.raised.text,
            "said_on": day,
            "source": "contact",
            "closed_on": settled if done else None,
            "closing_note": chance.choice(talk.dispositions) if done else None,
        }

    def _opinion(self, day: date) -> dict[str, Any]:
        talk, chance = self.year.talk, self._chance()
        settled = day + timedelta(days=chance.randint(3, 40))
        done = chance.random() < talk.habits.opinions_answered and settled <= self.year.today
        return {
            "kind": self.raised.opinion,
            "text": self.raised.text,
            "said_on": day,
            "disposition": chance.choice(talk.dispositions) if done else None,
            "disposed_on": settled if done else None,
            "replied_on": settled if done else None,
        }

    def _chance(self) -> Random:
        return Random(f"{self.made.entry.client_key}/{self.person_id}")  # noqa: S311  # a demo

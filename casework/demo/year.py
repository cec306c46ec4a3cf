"""A year of work with invented people: which tasks were done, when, how, and what was heard.

Decides the fate of each task as luck and diligence have it; what a contact answers is asked of
`casework.answering`, as for any other contact. Pure: tasks in, contacts and excuses out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random

from casework.answering import answers
from casework.demo.seeds import Talk
from casework.demo.served import DueTask, Excuse, Made, Served
from casework.demo.tidying import go_through
from casework.workbook.contact_entry import ContactEntry, Participant, PersonEntry, Raised

__all__ = ["Year"]

_FACE_TO_FACE = ("home_visit", "reception", "meeting")
_ANY_CHANNEL = ("phone", "phone", "phone", "home_visit", "home_visit")
_WEAK = ("poor", "disabled", "bedridden")
_SATURDAY = 5
_HOURS = (9, 9, 10, 10, 14, 15, 15, 16)
_QUARTERS = (0, 15, 30, 45)


@dataclass(slots=True)
class Year:
    """The year of work up to a day.

    Attributes
    ----------
    late_days : int
        The agency's ``late_answer_days``: so long a contact still answers a task afterwards.
    until : date or None
        The day up to which lists are gone through, where that is later than ``today``.
    excuses : list of Excuse
        Filled as households are worked through.
    """

    talk: Talk
    begins: date
    today: date
    late_days: int
    until: date | None = None
    excuses: list[Excuse] = field(default_factory=list)
    _number: int = 0

    def household(
        self, people: Sequence[Served], tasks: Sequence[DueTask], chance: Random
    ) -> Iterator[Made]:
        """Work through the tasks of a person, or of a couple that is visited together.

        Parameters
        ----------
        tasks : sequence of DueTask
            Open tasks of these people; what is done is written into them.
        """
        by_id = {one.person_id: one for one in people}
        for task in sorted(tasks, key=lambda one: (one.planned_on, one.due_on, one.task_id)):
            if task.done_on is not None or task.excused:
                continue
            yield from self._fate(task, by_id[task.person_id], by_id, tasks, chance)
        for person in people:
            yield from self._unasked(person, chance)
        for person in people:
            theirs = [one for one in tasks if one.person_id == person.person_id]
            self.excuses += go_through(person, theirs, self.until or self.today, self.talk, chance)

    def meetings(
        self, people: Sequence[Served], tasks: Mapping[int, Sequence[DueTask]], chance: Random
    ) -> Iterator[Made]:
        """Hold a meeting a month with those of a caseload who can come.

        Parameters
        ----------
        people : sequence of Served
            Everybody in one caseworker's charge.
        tasks : mapping
            Open tasks by person; what the meeting answers is written into them.
        """
        day = self.begins + timedelta(days=chance.randrange(20))
        while day <= self.today:
            if day.weekday() < _SATURDAY:
                came = [one for one in people if self._comes(one, day, chance)]
                if came:
                    yield self._meeting(came, tasks, day, chance)
            day += timedelta(days=30)

    def _comes(self, one: Served, day: date, chance: Random) -> bool:
        fit = one.held("health", day) not in _WEAK and one.held("mobility", day) == "free"
        known = not one.out_of_reach and not one.left_alone("caseworker", day)
        may = fit and known and _at_home(one, day)
        return may and chance.random() < self.talk.habits.attends

    def _meeting(
        self,
        came: Sequence[Served],
        tasks: Mapping[int, Sequence[DueTask]],
        day: date,
        chance: Random,
    ) -> Made:
        who = (came[0].worker,)
        theirs = [task for one in came for task in tasks.get(one.person_id, ())]
        closes = self._closed(None, came, theirs, "meeting", {"caseworker"}, day)
        persons = tuple(PersonEntry(one.person_id) for one in came)
        entry = self._entry(day, day, "meeting", persons, who, chance, None)
        said = chance.choice(self.talk.opening["meeting"])
        return Made(replace(entry, kind="study", summary=said), closes)

    # -------------------------------------------------------------- what becomes of a task

    def _fate(
        self,
        task: DueTask,
        person: Served,
        people: Mapping[int, Served],
        tasks: Sequence[DueTask],
        chance: Random,
    ) -> Iterator[Made]:
        habits = self.talk.habits
        if task.item_key.startswith("find_out:"):
            yield from self._found_out(task, person, people, tasks, chance)
            return
        day = self._day(task, chance)
        if day > self.today or not person.in_care(day) or person.left_alone(task.actor, day):
            return
        luck = chance.random()
        if person.out_of_reach:
            if luck < habits.tried and (tried := self._tried(task, person, day, chance)):
                yield tried
        elif luck < habits.declined and task.task_id > 0 and task.channels == ("home_visit",):
            task.excused = True
            reason = chance.choice(self.talk.excuse["declined"])
            self.excuses.append(Excuse(task.task_id, day, reason))
        elif luck < person.diligence:
            yield from self._done(task, person, people, tasks, day, chance)
        elif luck < person.diligence + (1 - person.diligence) * habits.late:
            late = task.due_on + timedelta(days=chance.randint(1, habits.late_days))
            alone = person.left_alone(task.actor, late)
            if late <= self.today and person.in_care(late) and not alone:
                yield from self._done(task, person, people, tasks, late, chance)
        elif chance.random() < habits.tried and (tried := self._tried(task, person, day, chance)):
            yield tried

    def _found_out(
        self,
        task: DueTask,
        person: Served,
        people: Mapping[int, Served],
        tasks: Sequence[DueTask],
        chance: Random,
    ) -> Iterator[Made]:
        """Answer a question on the day from which the fact is known; else it stays open."""
        since = person.known_since(task.item_key.partition(":")[2])
        if since is None:
            return
        day = max(since, task.opens_on, self.begins)
        shut = person.out_of_reach or person.left_alone("caseworker", day)
        if day <= self.today and person.in_care(day) and not shut:
            yield from self._done(task, person, people, tasks, day, chance)

    def _day(self, task: DueTask, chance: Random) -> date:
        """Choose a day near the planned one, inside the window, on a weekday if possible."""
        reach = self.talk.habits.jitter_days
        day = task.planned_on + timedelta(days=chance.randint(-reach, reach))
        day = min(max(day, task.opens_on, self.begins), task.due_on)
        earlier = day - timedelta(days=max(0, day.weekday() - _SATURDAY + 1))
        return earlier if earlier >= max(task.opens_on, self.begins) else day

    def _done(
        self,
        task: DueTask,
        person: Served,
        people: Mapping[int, Served],
        tasks: Sequence[DueTask],
        day: date,
        chance: Random,
    ) -> Iterator[Made]:
        """Make the contact that answers a task, with whoever of the couple can be met too."""
        channel = _channel(task, person, day, chance)
        if channel is None:
            return
        with_whom = [person]
        if channel == "home_visit":
            with_whom += [
                one
                for one in people.values()
                if one is not person
                and _at_home(one, day)
                and not one.out_of_reach
                and not one.left_alone("caseworker", day)
            ]
        who = self._participants(task, person)
        closes = self._closed(task, with_whom, tasks, channel, {one.role for one in who}, day)
        persons = tuple(self._person(one, channel, day, chance) for one in with_whom)
        entry = self._entry(task.planned_on, day, channel, persons, who, chance, task.minutes)
        yield Made(entry, closes)

    def _closed(
        self,
        task: DueTask | None,
        people: Sequence[Served],
        tasks: Sequence[DueTask],
        channel: str,
        actors: set[str],
        day: date,
    ) -> tuple[int, ...]:
        """Close the tasks a contact answers: of each item one, the latest that has opened."""
        ids = {one.person_id for one in people}
        chosen: dict[tuple[int, str], DueTask] = {}
        for one in tasks:
            if one.person_id not in ids or one.done_on is not None or one.excused:
                continue
            if not _answers(one, channel, actors, day):
                continue
            if one is not task and (
                one.item_key.startswith(("find_out:", "follow_up:"))
                or (day - one.due_on).days > self.late_days
            ):
                continue
            item = (one.person_id, one.item_key)
            if item not in chosen or chosen[item].due_on < one.due_on:
                chosen[item] = one
        for one in chosen.values():
            one.done_on = day
        return tuple(sorted(one.task_id for one in chosen.values() if one.task_id > 0))

    def _tried(self, task: DueTask, person: Served, day: date, chance: Random) -> Made | None:
        """Make a contact that reached nobody."""
        channel = _channel(task, person, day, chance)
        if channel is None:
            return None
        reasons = self.talk.not_reached.get(channel, self.talk.not_reached["other"])
        missed = PersonEntry(
            person.person_id, outcome="not_reached", not_reached_reason=chance.choice(reasons)
        )
        who = self._participants(task, person)
        return Made(self._entry(task.planned_on, day, channel, (missed,), who, chance, None), ())

    def _unasked(self, person: Served, chance: Random) -> Iterator[Made]:
        """Let some people come or call of their own accord."""
        if person.out_of_reach or chance.random() >= self.talk.habits.own_initiative:
            return
        day = self.begins + timedelta(days=chance.randrange((self.today - self.begins).days))
        able = person.held("health", day) not in _WEAK and person.held("mobility", day) == "free"
        alone = person.left_alone("caseworker", day)
        if alone or not _at_home(person, day) or day.weekday() >= _SATURDAY:
            return
        channel = "reception" if able and chance.random() < 0.6 else "phone"
        heard = self._person(person, channel, day, chance)
        entry = self._entry(None, day, channel, (heard,), (person.worker,), chance, None)
        yield Made(_by_the_person(entry), ())

    # -------------------------------------------------------------- what is written down

    def _participants(self, task: DueTask, person: Served) -> tuple[Participant, ...]:
        """Give who acts: the seat of the care team, and the caseworker beside a leader."""
        seated = person.seats.get(task.actor, person.worker)
        acting = seated if seated.role == task.actor else _in_role(seated, task.actor)
        if task.actor == "leader":
            return (acting, person.worker)
        return (acting,)

    def _person(self, one: Served, channel: str, day: date, chance: Random) -> PersonEntry:
        habits = self.talk.habits
        health = one.held("health", day) or "fair"
        proxy = habits.proxy_when_weak if health in _WEAK else habits.proxy
        instead = channel != "meeting" and chance.random() < proxy
        return PersonEntry(
            one.person_id,
            outcome="proxy" if instead else "reached",
            heard=self._heard(one, channel, day, chance, instead=instead),
            raised=tuple(self._raised(one, day, chance)),
        )

    def _true_of(self, one: Served, texts: Iterable[str], day: date) -> list[str]:
        """Keep what can be said of a person: nobody hears of the husband of a widow."""
        suits = self.talk.suits
        return [text for text in texts if one.suits(suits.get(text, {}), day)]

    def _heard(self, one: Served, channel: str, day: date, chance: Random, *, instead: bool) -> str:
        """Put the note of a contact together, in words that are true of the person."""
        talk = self.talk
        opening = talk.proxy if instead else talk.opening
        parts = [
            chance.choice(self._true_of(one, opening.get(channel, opening["phone"]), day)),
            chance.choice(talk.remark[one.held("health", day) or "fair"]),
        ]
        if chance.random() < 0.35:
            parts.append(chance.choice(self._true_of(one, talk.remark["living"], day)))
        if chance.random() < 0.15:
            asked = self._true_of(one, talk.remark["asked"], day)
            parts += [chance.choice(asked), chance.choice(talk.remark["promised"])]
        return "".join(parts)

    def _raised(self, one: Served, day: date, chance: Random) -> Iterator[Raised]:
        """Let a wish, a need or an opinion come up now and then."""
        talk, habits = self.talk, self.talk.habits
        luck = chance.random()
        if luck < habits.wish:
            asked = self._true_of(one, talk.remark["asked"], day)
            yield Raised("wish", chance.choice(asked).rstrip("。"))
        elif luck < habits.wish + habits.need:
            seen = set(self._true_of(one, (need.title for need in talk.needs), day))
            need = chance.choice([need for need in talk.needs if need.title in seen])
            if need.kind not in one.spoken_for:
                one.spoken_for |= {need.kind} if need.kind else set()
                yield Raised("need", need.title, need.domain, need.severity, need_kind=need.kind)
        elif luck < habits.wish + habits.need + habits.opinion:
            kind = chance.choice(tuple(talk.opinion))
            said = self._true_of(one, talk.opinion[kind], day)
            yield Raised("opinion", chance.choice(said), opinion=kind)

    def _entry(
        self,
        planned_on: date | None,
        day: date,
        channel: str,
        persons: tuple[PersonEntry, ...],
        who: tuple[Participant, ...],
        chance: Random,
        planned_minutes: int | None,
    ) -> ContactEntry:
        self._number += 1
        low, high = self.talk.habits.minutes[channel]
        met = any(one.outcome != "not_reached" for one in persons)
        return ContactEntry(
            client_key=f"demo-{self._number}",
            happened_on=day,
            channel=channel,
            persons=persons,
            kind="care",
            planned_on=planned_on,
            planned_minutes=planned_minutes,
            started_at=f"{chance.choice(_HOURS):02d}:{chance.choice(_QUARTERS):02d}",
            minutes=chance.randint(low, high) if met else None,
            participants=who,
        )


def _answers(task: DueTask, channel: str, actors: set[str], day: date) -> bool:
    found = answers(
        channels=task.channels,
        actor=task.actor,
        opens_on=task.opens_on,
        due_on=task.due_on,
        channel=channel,
        actors=actors,
        on=day,
    )
    return found is not None


def _channel(task: DueTask, person: Served, day: date, chance: Random) -> str | None:
    """Choose a way that the task accepts and the day allows; None where there is none."""
    channels: tuple[str, ...] = task.channels or _ANY_CHANNEL
    if person.in_hospital(day):
        if "hospital_visit" in channels or not task.channels:
            return "hospital_visit"
        channels = tuple(one for one in channels if one not in _FACE_TO_FACE)
    elif person.away(day):
        channels = tuple(one for one in channels if one not in _FACE_TO_FACE)
    else:
        channels = tuple(one for one in channels if one != "hospital_visit") or channels
    if not channels:
        return None
    # The first way of a rule is the usual one.
    return channels[0] if chance.random() < 0.7 else chance.choice(channels)


def _at_home(person: Served, day: date) -> bool:
    return person.in_care(day) and not person.away(day) and not person.in_hospital(day)


def _in_role(who: Participant, role: str) -> Participant:
    return Participant(who.staff_id, who.name, role)


def _by_the_person(entry: ContactEntry) -> ContactEntry:
    return replace(entry, initiated_by="person", kind="opinions")

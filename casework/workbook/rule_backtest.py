"""What rules would have asked for in the past, and what was really done of it.

Decides which tasks would have been due in a span of days, by the facts and the rules of their day,
and holds the contacts that took place against them; nothing is written. Facts are read at the
beginning of each month, around events on the day of the event. A month is cut where a rule turns:
as when plans are drawn up, what is open of a rule goes on only for whoever meets it from that day.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.answering import answers
from casework.planning import Placer, Situation, periods_between
from casework.records import Contact, ContactParticipant, ContactPerson, Person, Task
from casework.records.known import event_days, known_on
from casework.reference import services, stand_ins
from casework.rules import Obligation, Rule, RuleSet
from casework.rules.evaluate import holds
from casework.rules.timing import AfterEvent, Silence
from casework.terms import _, day_in_words
from casework.workbook.plan_reading import RuleReader
from casework.workbook.plan_situations import around, owner_among, situation_of
from casework.workbook.policy import almanac
from casework.workbook.rule_tallies import Count, Ledger, Row, folk_of, hours

__all__ = ["Backtest", "look_back"]

_LONG_BEFORE = timedelta(days=400)
_DAY = timedelta(days=1)
_COUNTS = ("due", "in_time", "late", "missed")


@dataclass(frozen=True, slots=True)
class Backtest:
    """What would have been due from one day to another, and what was done of it.

    Attributes
    ----------
    totals : mapping of str to Count
        ``due`` and of it ``in_time``, ``late`` and ``missed``; minutes are those planned.
    names : mapping of int to str
        Names of the people counted.
    """

    first: date
    last: date
    people: int
    totals: dict[str, Count]
    by_rule: tuple[Row, ...]
    by_unit: tuple[Row, ...]
    by_worker: tuple[Row, ...]
    names: Mapping[int, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Give everything by name, as the command prints it."""
        return {
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "people": self.people,
            **{name: count.as_json() for name, count in self.totals.items()},
            "by_rule": [row.as_json() for row in self.by_rule],
            "by_unit": [row.as_json() for row in self.by_unit],
            "by_worker": [row.as_json() for row in self.by_worker],
        }

    def summary(self) -> str:
        """Say in a sentence how it would have gone."""
        due, missed = self.totals["due"], self.totals["missed"]
        return _(
            "From {first} to {last}, people: {people}; tasks due: {due} ({hours} h), {in_time} "
            "done in time, {late} late, {missed} not done.",
            first=day_in_words(self.first.isoformat()),
            last=day_in_words(self.last.isoformat()),
            people=self.people,
            due=due.tasks,
            hours=hours(due.minutes),
            in_time=self.totals["in_time"].tasks,
            late=self.totals["late"].tasks,
            missed=missed.tasks,
        )

    def lines(self) -> Iterator[str]:
        """Say it for a terminal."""
        yield self.summary()
        for title, rows in (
            (_("By rule"), self.by_rule),
            (_("By unit"), self.by_unit),
            (_("By member of staff"), self.by_worker),
        ):
            yield title
            for row in rows:
                yield "  " + _(
                    "{label}: {due} due, {in_time} in time, {late} late, {missed} not done, "
                    "{hours} h",
                    label=row.label,
                    due=row.counts["due"].tasks,
                    in_time=row.counts["in_time"].tasks,
                    late=row.counts["late"].tasks,
                    missed=row.counts["missed"].tasks,
                    hours=hours(row.counts["due"].minutes),
                )


@dataclass(frozen=True, slots=True)
class _Due:
    person_id: int
    duty: Obligation
    opens_on: date
    due_on: date
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Met:
    on: date
    channel: str | None = None
    actors: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Done:
    """What really took place: contacts of each person, and tasks done by service."""

    met: dict[int, list[_Met]] = field(default_factory=dict)
    tasks: dict[tuple[int, str], list[_Met]] = field(default_factory=dict)


def look_back(
    session: Session,
    policy: Callable[[date], RuleSet],
    first: date,
    last: date,
    *,
    outcomes: Collection[str],
    late_days: int,
    progress: Callable[[float, str], None] | None = None,
) -> Backtest:
    """Tell what rules would have asked for between two days, and what was done of it.

    Parameters
    ----------
    policy : callable
        Gives the rules as they read on a day, with the settings of that day.
    late_days : int
        So many days after a window a contact still counts, as late.
    """
    done = _what_was_done(session, first, last, late_days, outcomes)
    due: list[_Due] = []
    people: set[int] = set()
    quiet = _Quiet(done)
    stretches = list(_stretches(policy, first, last))
    for number, (start, end) in enumerate(stretches):
        if progress:
            progress(number / len(stretches), _("looking back"))
        rules = policy(start).between(start, end)
        alive = [rule for rule in rules if not rule.for_deceased]
        reader = RuleReader(alive, Placer(almanac(), start, end), outcomes)
        near = around(session, _everybody(session), start)
        for reading in reader.readings(session, None):
            people.add(reading.person_id)
            starts = {rule.duty.key: start - _LONG_BEFORE for rule in alive}
            person = situation_of(
                reading.person_id,
                reading.values,
                alive,
                start,
                starts=starts,
                stays=near.stays.get(reading.person_id, ()),
            )
            draft = reader.drafter.draft(reading.truths, reading.turning, reading.values, person)
            for rule, placed in draft.items:
                if isinstance(rule.duty.timing, Silence):
                    due += quiet.owed(reading.person_id, rule.duty, rule.duty.timing, start, end)
                elif not isinstance(rule.duty.timing, AfterEvent):
                    due += [
                        _Due(person.person_id, rule.duty, one.opens_on, one.due_on, one.channels)
                        for one in placed
                        if start <= one.due_on <= end and not one.excused
                    ]
    rules = policy(last).between(first, last)
    for rule in rules:
        if isinstance(rule.duty.timing, AfterEvent) and rule.event is not None:
            stronger = [one for one in rules if rule.code in one.instead_of]
            after = next((one for one in rules if _follows(rule, one)), None)
            due += _after_events(session, rule, after, stronger, first, last, outcomes)
    return _weigh(due, done, first, last, len(people), late_days, session)


def _stretches(
    policy: Callable[[date], RuleSet], first: date, last: date
) -> Iterator[tuple[date, date]]:
    """Cut the days into months, and these where a rule begins or has ended."""
    for month in periods_between("month", first, last):
        start, end = max(first, month.first), min(last, month.last)
        turns = {start, end + _DAY}
        for rule in policy(start).rules:
            turns.add(rule.since)
            if rule.until is not None:
                turns.add(rule.until + _DAY)
        days = sorted(day for day in turns if start <= day <= end + _DAY)
        for begins, following in pairwise(days):
            yield begins, following - _DAY


def _everybody(session: Session) -> tuple[int, int]:
    found = session.execute(select(Person.id).order_by(Person.id.desc()).limit(1)).scalar()
    return 0, int(found or 0)


def _follows(rule: Rule, other: Rule) -> bool:
    """Tell whether an entry goes on where another of the same rule ends."""
    return other.code == rule.code and rule.until is not None and other.since == rule.until + _DAY


def _after_events(
    session: Session,
    rule: Rule,
    after: Rule | None,
    stronger: Sequence[Rule],
    first: date,
    last: date,
    outcomes: Collection[str],
) -> Iterator[_Due]:
    """Yield what was due after events, by what was known when each took place.

    Parameters
    ----------
    after : Rule or None
        The entry that follows where the rule was changed: what is still open then goes on for
        whoever meets it.
    stronger : sequence of Rule
        Those in whose favour it stands back where they hold.
    """
    timing = rule.duty.timing
    if not isinstance(timing, AfterEvent) or rule.event is None:
        return
    by_day: dict[date, list[int]] = {}
    for person_id, on in event_days(session, rule.event, first - _LONG_BEFORE, last):
        by_day.setdefault(on, []).append(person_id)
    placer = Placer(almanac(), first, last)
    for on, ids in sorted(by_day.items()):
        if not rule.in_force(on):
            continue
        before = [one for one in stronger if one.in_force(on)]
        following = (after,) if after is not None else ()
        asked = rule.subjects.union(*(one.subjects for one in (*before, *following)))
        known = known_on(asked, on, outcomes=outcomes, persons=ids, departed=rule.for_deceased)
        for person_id, *cells in session.execute(known.select_values(Person.id)):
            values = known.values(cells)
            if holds(rule.when, values, on) is not True:
                continue
            if any(holds(one.when, values, on) is True for one in before):
                continue
            person = Situation(person_id, on - _LONG_BEFORE, events={timing.event: (on, on)})
            for one in placer.tasks(rule.duty, person):
                ended = rule.until is not None and rule.until < one.due_on
                if ended and not any(holds(each.when, values, each.since) for each in following):
                    continue
                if first <= one.due_on <= last:
                    yield _Due(person_id, rule.duty, one.opens_on, one.due_on, one.channels)


class _Quiet:
    """Finds the days from which nothing had been heard of somebody for too long."""

    def __init__(self, done: _Done) -> None:
        self.done = done

    def owed(
        self, person_id: int, duty: Obligation, timing: Silence, first: date, last: date
    ) -> Iterator[_Due]:
        """Yield what fell due within a month because of silence before."""
        heard = sorted(
            {
                one.on
                for one in self.done.met.get(person_id, ())
                if not timing.channels or one.channel in timing.channels
            }
        )
        for number, on in enumerate(heard):
            quiet_on = on + timedelta(days=timing.days)
            until = timing.due.apply(quiet_on, almanac().calendar)
            following = heard[number + 1] if number + 1 < len(heard) else date.max
            if following > quiet_on and first <= until <= last:
                yield _Due(person_id, duty, quiet_on, until, duty.channels)


def _what_was_done(
    session: Session, first: date, last: date, late_days: int, outcomes: Collection[str]
) -> _Done:
    done = _Done()
    roles: dict[int, set[str]] = {}
    for contact_id, role in session.execute(
        select(ContactParticipant.contact_id, ContactParticipant.role)
    ):
        roles.setdefault(contact_id, set()).add(role)
    until = last + timedelta(days=late_days)
    found = session.execute(
        select(
            ContactPerson.person_id,
            Contact.id,
            Contact.happened_on,
            Contact.channel,
            Contact.actor,
        )
        .join(Contact, Contact.id == ContactPerson.contact_id)
        .where(
            Contact.withdrawn_at.is_(None),
            ContactPerson.outcome.in_(list(outcomes)),
            Contact.happened_on.between(first - _LONG_BEFORE, until),
        )
        .order_by(Contact.happened_on, Contact.id)
    )
    for person_id, contact_id, on, channel, actor in found:
        actors = frozenset({actor, *roles.get(contact_id, ())})
        done.met.setdefault(person_id, []).append(_Met(on, channel, actors))
    for person_id, service, done_on in session.execute(
        select(Task.person_id, Task.service, Task.done_on)
        .where(Task.done_on.is_not(None), Task.done_on.between(first - _LONG_BEFORE, until))
        .order_by(Task.done_on)
    ):
        if done_on is not None:
            done.tasks.setdefault((person_id, service), []).append(_Met(done_on))
    return done


def _weigh(
    due: Iterable[_Due],
    done: _Done,
    first: date,
    last: date,
    people: int,
    late_days: int,
    session: Session,
) -> Backtest:
    """Hold what took place against what was due, each contact once an item."""
    folk = folk_of(session)
    near = around(session, _everybody(session), last)
    titles: dict[str, str] = {}
    totals = {name: Count() for name in _COUNTS}
    rules, units, workers = (Ledger(_COUNTS) for _number in range(3))
    asked = sorted(due, key=lambda task: (task.person_id, task.duty.key, task.due_on))
    for one, outcome in zip(asked, _outcomes(asked, done, late_days), strict=True):
        titles[one.duty.key] = str(one.duty.title)
        minutes = one.duty.duration_minutes or 0
        worker = owner_among(near.seats.get(one.person_id, {}), one.duty.actor)
        for line in (
            totals,
            rules.line(one.duty.key),
            units.line(folk.unit_of.get(one.person_id)),
            workers.line(worker),
        ):
            line["due"].add(one.person_id, minutes)
            line[outcome].add(one.person_id, minutes)
    return Backtest(
        first,
        last,
        people,
        totals,
        rules.rows(lambda key: (key.removeprefix("rule:"), titles[key])),
        units.rows(folk.unit),
        workers.rows(folk.worker),
        {key: folk.people.get(key, "") for key in totals["due"].persons},
    )


def _outcomes(asked: Sequence[_Due], done: _Done, late_days: int) -> list[str]:
    """Tell of each task whether it would have been done in time, late or not at all.

    What was done in time is settled first: else one missed call would make all that follow late.
    """
    used: set[tuple[int, str, int]] = set()
    found: list[str | None] = [_outcome(one, done, 0, used) for one in asked]
    for place, one in enumerate(asked):
        if found[place] is None:
            found[place] = _outcome(one, done, late_days, used)
    return [outcome or "missed" for outcome in found]


def _outcome(one: _Due, done: _Done, late_days: int, used: set[tuple[int, str, int]]) -> str | None:
    """Find what answers a task within its window and so many days, and tell whether in time."""
    until = one.due_on + timedelta(days=late_days)
    name = one.person_id, one.duty.key
    if services()[one.duty.service].by_contact:
        met = done.met.get(one.person_id, [])
    else:
        met = done.tasks.get((one.person_id, one.duty.service), [])
    for number in range(bisect_left(met, one.opens_on, key=lambda each: each.on), len(met)):
        act = met[number]
        if act.on > until:
            break
        if (*name, number) in used or not _answers(one, act):
            continue
        used.add((*name, number))
        return "in_time" if act.on <= one.due_on else "late"
    return None


def _answers(one: _Due, act: _Met) -> bool:
    if act.channel is None:  # a task of this service that was done
        return True
    return (
        answers(
            channels=one.channels,
            actor=one.duty.actor,
            opens_on=one.opens_on,
            due_on=one.due_on,
            channel=act.channel,
            actors=act.actors,
            on=act.on,
            stand_ins=stand_ins(),
        )
        is not None
    )

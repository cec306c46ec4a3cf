"""From facts and rules to plans and tasks in the workbook, for everybody at once.

Decides how a set of people is read and written: one query reads every condition for all of them,
sets of rows are written in one transaction. Running it again changes nothing. Leaves what becomes
of each plan to :mod:`casework.workbook.plan_drawing`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy.orm import Session

from casework.records.audit import in_bulk
from casework.records.base import now
from casework.records.bulk import Encoder
from casework.records.touched import not_noting
from casework.rules import RuleSet
from casework.terms import _
from casework.workbook.need_asking import ask_for_answers
from casework.workbook.plan_drawing import Drawing, Standing
from casework.workbook.plan_endings import ends_today
from casework.workbook.plan_farewells import farewells
from casework.workbook.plan_lines import Lines, Sayings, lines_of
from casework.workbook.plan_needs import link_asked
from casework.workbook.plan_reading import rule_reader
from casework.workbook.plan_rows import held_plans, held_tasks
from casework.workbook.plan_situations import around, situation_of
from casework.workbook.plan_stamps import Stamp, Stamps
from casework.workbook.plan_turns import Turns
from casework.workbook.plan_writing import Author, write_lines

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["Chosen", "Compilation", "Compiled", "Drawn"]

Chosen = Collection[int] | tuple[int, int]
"""Some people by id, or those with ids from first to last."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """What drawing up plans did, in numbers.

    Attributes
    ----------
    people : int
        Looked at.
    plans, revised : int
        Versions written for people without a plan, and in place of an older one.
    made, changed, restored, cancelled : int
        Tasks new, adapted, asked for again, and no longer asked for.
    doubts : int
        People about whom something is to be found out.
    left : int
        Own people whose plan rests on somebody others look after: drawn up by the run for
        everybody, so that a plan never hangs on who draws it up.
    """

    people: int = 0
    plans: int = 0
    revised: int = 0
    items: int = 0
    made: int = 0
    changed: int = 0
    restored: int = 0
    cancelled: int = 0
    doubts: int = 0
    left: int = 0

    def __add__(self, other: Compiled) -> Compiled:
        """Add up what was done for several sets of people."""
        return Compiled(
            *(getattr(self, one.name) + getattr(other, one.name) for one in fields(self))
        )

    def as_json(self) -> dict[str, int]:
        """Give the numbers by name."""
        return asdict(self)

    def summary(self) -> str:
        """Say in a few lines what was done."""
        lines = [
            _(
                "People looked at: {people}; plans: {plans} new, {revised} revised; items: "
                "{items}.",
                people=self.people,
                plans=self.plans,
                revised=self.revised,
                items=self.items,
            ),
            _(
                "Tasks: {made} new, {changed} adapted, {restored} asked for again, {cancelled} "
                "cancelled.",
                made=self.made,
                changed=self.changed,
                restored=self.restored,
                cancelled=self.cancelled,
            ),
        ]
        if self.doubts:
            lines.append(_("About {n} people something is to be found out.", n=self.doubts))
        if self.left:
            lines.append(
                _(
                    "{n} people are left to the run for everybody: rules ask about somebody around "
                    "them whom others look after.",
                    n=self.left,
                )
            )
        if self.is_unchanged:
            lines.append(_("Nothing had to be changed."))
        return "\n".join(lines)

    @property
    def is_unchanged(self) -> bool:
        """Whether nothing was written at all."""
        looked = {"people", "doubts", "left"}
        return not any(getattr(self, one.name) for one in fields(self) if one.name not in looked)


class Drawn(NamedTuple):
    """What is to be written for some people, and by what it was drawn up.

    Attributes
    ----------
    stamped : mapping of int to Stamp
        As the notes about these people stood before anything else was read of them.
    people : list of (int, bool, int)
        Id, whether something is to be found out, fingerprint of what others mean to them.
    """

    chosen: Chosen
    stamped: Mapping[int, Stamp]
    people: list[tuple[int, bool, int]]
    lines: Lines


class Compilation:
    """Draws up plans on one day by the rules of that day.

    Parameters
    ----------
    policy : RuleSet
        The rules of all days.
    days : int
        How far ahead tasks are placed.
    rule_set_id : int
        The record of these rules.
    """

    def __init__(self, book: Workbook, policy: RuleSet, days: int, rule_set_id: int) -> None:
        self.agency = book.agency
        self.today = book.today
        self.rule_set_id = rule_set_id
        self.author = Author(book.actor.name, now(), book.today)
        last = self.today + timedelta(days=days)
        every = policy.between(self.today, last)
        self.rules = tuple(rule for rule in every if not rule.for_deceased)
        self.farewells = tuple(rule for rule in every if rule.for_deceased)
        self.waiting = tuple(rule for rule in self.rules if rule.event is not None)
        self.waits = book.agency.setting("plan_approval", self.today) == "all"
        self.outcomes = tuple(book.agency.counting.outcomes)
        self.turns = Turns(policy.rules, self.today)
        self.reader = rule_reader(self.rules, self.today, last, self.outcomes, self.turns.ended)
        self.placer = self.reader.placer
        self.subjects = self.reader.subjects
        self.stamps = Stamps(book.agency.code, rule_set_id, self.reader)
        self.sayings = Sayings()
        self._asked = object()

    def touched(self, session: Session) -> list[int]:
        """Name the people in care about whom something was noted since their plan, by id."""
        return self.stamps.touched(session)

    def answered(self, session: Session) -> list[int]:
        """Name those whose plan hangs on people around them, of whom something was, by id."""
        return self.stamps.answered(session, self._asked)

    def run(self, session: Session, chosen: Chosen) -> Compiled:
        """Draw up the plans of these people, or of those with ids from first to last."""
        return self._write(session, self.draw(session, chosen))

    def draw(self, session: Session, chosen: Chosen) -> Drawn:
        """Work out what is to be written for these people; writes nothing itself."""
        self.stamps.policy(session)
        stamped = self.stamps.of(session, chosen)
        people: list[tuple[int, bool, int]] = []
        drawing = Drawing(self.placer, Encoder(session), self.rule_set_id, self.waits, self.turns)
        active, drafts, newest = held_plans(session, chosen, self.today)
        tasks = held_tasks(session, chosen, self.today)
        nearby = around(session, chosen, self.today)
        ending = ends_today(session, chosen, self.today)
        for reading in self.reader.readings(session, chosen, asked=self._asked):
            person_id, values = reading.person_id, reading.values
            if person_id in ending:
                people.append((person_id, False, self.reader.fingerprint(values)))
                continue
            standing = Standing(
                person_id,
                active.get(person_id),
                drafts.get(person_id),
                newest.get(person_id, 0),
                tasks.get(person_id, {}),
                nearby.seats.get(person_id, {}),
                nearby.stays.get(person_id, ()),
            )
            situation = situation_of(
                person_id,
                values,
                self.waiting,
                self.today,
                starts=standing.starts(waits=self.waits),
                stays=nearby.stays.get(person_id, ()),
            )
            draft = self.reader.drafter.draft(reading.truths, reading.turning, values, situation)
            drawing.draw(standing, draft, situation, values)
            people.append((person_id, bool(draft.doubts), self.reader.fingerprint(values)))
        return Drawn(chosen, stamped, people, self._lines(drawing))

    def write(self, session: Session, drawn: Drawn) -> Compiled:
        """Write what was drawn up before this transaction began.

        Where something about these people was changed in between, by a form or by others who draw
        up plans, theirs are drawn up once more.
        """
        if self.stamps.of(session, drawn.chosen) != drawn.stamped:
            drawn = self.draw(session, drawn.chosen)
        return self._write(session, drawn)

    def _write(self, session: Session, drawn: Drawn) -> Compiled:
        with not_noting(session), in_bulk(session):
            done = self._put(session, drawn.lines)
            link_asked(session, self.rules, drawn.chosen, self.today, self.author.name)
            asked = ask_for_answers(session, self.agency, drawn.chosen, self.today)
            self.stamps.put(session, drawn.stamped, drawn.people)
        doubts = sum(doubtful for _person, doubtful, _reading in drawn.people)
        return done + Compiled(
            people=len(drawn.people),
            doubts=doubts,
            made=asked.made,
            changed=asked.changed,
            cancelled=asked.cancelled,
        )

    def say_farewell(self, session: Session) -> int:
        """Place what is owed to the families of those who died lately; give the number of tasks."""
        made = 0
        for found in farewells(session, self.farewells, self.placer, self.outcomes):
            ids = [one.person_id for one in found]
            tasks = held_tasks(session, ids, self.today)
            nearby = around(session, ids, self.today)
            drawing = Drawing(self.placer, Encoder(session), self.rule_set_id, waits=False)
            for one in found:
                own, seats = tasks.get(one.person_id, {}), nearby.seats.get(one.person_id, {})
                standing = Standing(one.person_id, None, None, 0, own, seats)
                drawing.owe(standing, [(rule.duty, placed) for rule, placed in one.owed])
            made += self._put(session, self._lines(drawing)).made
        return made

    def _lines(self, drawing: Drawing) -> Lines:
        if self.sayings.is_full:
            self.sayings = Sayings()
        return lines_of(drawing, self.sayings)

    def _put(self, session: Session, lines: Lines) -> Compiled:
        """Write what was drawn and tell how much it was."""
        written = write_lines(session, lines, self.author)
        return Compiled(
            plans=lines.n_plans - len(lines.revised),
            revised=len(lines.revised),
            items=lines.n_items,
            made=written.made,
            changed=lines.changes.n - lines.restored,
            restored=lines.restored,
            cancelled=lines.cancelled.n,
        )

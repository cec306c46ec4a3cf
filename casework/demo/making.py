"""Making a demonstration: people are invented, the year of work with them goes through the engine.

Decides the order in which a demonstration comes to be; leaves the people to
`casework.demo.lives`, the rows to `casework.demo.writing`, the work to `casework.demo.year`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import date, timedelta
from itertools import pairwise
from math import ceil
from random import Random
from typing import Any

from casework.demo.assessing import assessments_of, needs_of, score_entries
from casework.demo.consenting import let_people_answer
from casework.demo.deviating import DECIDED, WAITING, Wanted, answers_to, deviate
from casework.demo.giving import Giving
from casework.demo.helping import helper_seats
from casework.demo.history import work_through
from casework.demo.learning import begin_programmes, train_staff
from casework.demo.lives import Inventor, invent
from casework.demo.ordering import order_services
from casework.demo.raising import raise_issues
from casework.demo.seeds import Deviation, population, seeds, talk
from casework.demo.served import DueTask, Served, helper_calls, usual_tasks
from casework.demo.visiting import begin_next, last_festival, visit_for
from casework.demo.writing import Crew, Writer, Written, moment
from casework.demo.year import Year
from casework.errors import NoRuleInForce, NotPermitted
from casework.instruments.library import instrument
from casework.records import Assessment, Need, kind_of
from casework.terms import _
from casework.workbook import Workbook, open_workbook
from casework.workbook.loading import loading
from casework.workbook.plans import DAYS

__all__ = ["PEOPLE", "make_demo"]

PEOPLE = 439
_YEAR = timedelta(days=365)
_MOST_DEVIATIONS = 40
_MOST_ANSWERS = 100
_FORGOTTEN_DAYS = (100, 190)
_QUIET_DAYS = (28, 98)
_INSTRUMENTS = ("gbt42195-2022", "barthel")

Progress = Callable[[float, str], None]


def make_demo(
    db: str | None = None,
    agency: str = "changshu",
    people: int = PEOPLE,
    seed: int = 1,
    *,
    today: date | None = None,
    history: bool = True,
    progress: Progress | None = None,
) -> Workbook:
    """Make a workbook full of invented people.

    Parameters
    ----------
    db : str or None
        SQLAlchemy URL or file path of a workbook that holds nobody yet.
    agency : str
        A folder of ``data/agencies``.
    seed : int
        The same seed, agency, number of people and day make the same workbook.
    today : date or None
        The day as of which it is made; None for the real one.
    history : bool
        False leaves out the year of work, for measuring with very many people.
    progress : callable or None
        Called with a share of 0 to 1 and what is being done.

    Raises
    ------
    NotPermitted
        If there are people in the workbook already.
    NotFound
        If there is no such agency.
    """
    book = open_workbook(db, agency=agency, today=today)
    with ExitStack() as unfinished:
        unfinished.callback(book.close)
        maker = _Maker(book, agency, people, seed, progress or _silent)
        maker.people()
        if history:
            maker.assessments()
            maker.work()
            maker.consents()
            maker.services()
            maker.learning()
        maker.tell(1.0, _("the demo is ready"))
        unfinished.pop_all()
    return book


class _Maker:
    """Makes one demonstration, step by step."""

    def __init__(self, book: Workbook, agency: str, people: int, seed: int, tell: Progress) -> None:
        self.book, self.tell = book, tell
        self.today = book.today
        self.begins = self.today - _YEAR
        self.seed = seed
        self.name = f"{seed}/{agency}"
        self.made = population(agency)
        self.n_people = people
        self.served: list[Served] = []
        self.logins: dict[int, str] = {}

    def people(self) -> None:
        """Invent people and write them, with staff and care teams."""
        self.tell(0.0, _("inventing people"))
        inventor = Inventor(self.book.agency, self.made, seeds(), self.today)
        lives = list(invent(inventor, self.n_people, self.seed))
        self.tell(0.05, _("writing people"))
        with loading(self.book) as loader:
            if loader.holds_people():
                raise NotPermitted(
                    _(
                        "This workbook holds people already, and invented ones must not come "
                        "among them. Choose another file with --db."
                    )
                )
            writer = Writer(
                loader, inventor, self.made, seed=self.seed, begins=self.begins, today=self.today
            )
            crew = writer.staff(self.n_people)
            written = writer.lives(lives, crew)
        self.served = self._served(written, crew)
        self.crew = crew
        self.logins = {one.staff_id: one.login for one in crew.members}

    def _served(self, written: Sequence[Written], crew: Crew) -> list[Served]:
        """Say who is in charge of whom, how diligent they are, and who is out of reach."""
        habits = talk().habits
        chance = Random(f"{self.name}/habits")  # noqa: S311  # a demo, no secret
        diligence = {
            one.staff_id: chance.uniform(habits.diligence_low, habits.diligence_high)
            for one in crew.of("caseworker")
        }
        helping = helper_seats(self.book.agency)
        return [
            Served(
                life=case.life,
                person_id=case.person_id,
                worker=case.seats["caseworker"],
                seats=case.seats,
                diligence=diligence[case.seats["caseworker"].staff_id or 0],
                out_of_reach=chance.random() < self.made.never_reached,
                forgotten_from=self._since(self.made.forgotten, _FORGOTTEN_DAYS, chance),
                quiet_from=self._since(self.made.quiet_volunteers, _QUIET_DAYS, chance),
                helped_in={role: helping[role] for role in case.seats if role in helping},
            )
            for case in written
        ]

    def _since(self, share: float, days: tuple[int, int], chance: Random) -> date | None:
        """Let something have stopped, for a share of people, so many days ago."""
        ago = timedelta(days=chance.randint(*days))
        return self.today - ago if chance.random() < share else None

    def assessments(self) -> None:
        """Assess people: scores, and the needs that come of them, are those of the engine."""
        self.tell(0.2, _("assessing people"))
        chosen = {code: instrument(code) for code in _INSTRUMENTS}
        scored = score_entries(
            (entry, one.worker)
            for one in self.served
            for entry in assessments_of(
                one,
                chosen,
                self.made,
                seeds(),
                begins=self.begins,
                today=self.today,
                chance=Random(f"{self.name}/{one.life.number}/scores"),  # noqa: S311
            )
        )
        with loading(self.book) as loader:
            ids = loader.add_numbered(Assessment, (one.row() for one in scored))
            needs = needs_of(scored, ids)
            loader.add(Need, needs)
        by_id = {one.person_id: one for one in self.served}
        for need in needs:
            by_id[need["person_id"]].spoken_for.add(kind_of(need["need_key"]) or "")

    def work(self) -> None:
        """Let the year of work happen, half by half: plans, contacts, deviations; then plan on."""
        late_days = int(self.book.agency.setting("late_answer_days", self.today))
        year = Year(talk(), self.begins, self.today, late_days, until=self.today)
        for first, last in pairwise((self.begins, self.begins + _YEAR / 2, self.today)):
            planned = self._plan(first, (last - first).days)
            if planned and first > self.begins:
                self._deviate(first, DECIDED)
                self._answer_wishes(first)
            self._visit(first, last)
            self._work(year, first, last, planned)
        if self._plan(self.today, DAYS):
            self._deviate(self.today, WAITING)
        begin_next(self._as("supervisor1", self.today))
        with loading(self.book) as loader:
            loader.date_campaigns(moment)
        self._raise_issues()

    def consents(self) -> None:
        """Ask people what may be done with their data, and let some of it be used."""
        by = self._as("supervisor1", self.today).actor.name
        let_people_answer(self.book, self.served, by, self.name, self.begins)

    def services(self) -> None:
        """Order services, and give money: out of funds, by the standards of the agency."""
        by = self._as("supervisor1", self.today).actor.name
        with loading(self.book) as loader:
            giving = Giving(self.book, loader, self.served, by, self.begins, self.today, self.name)
            giving.open_funds()
            order_services(
                loader, self.served, self.book.agency.code, by, begins=self.begins,
                today=self.today, name=self.name, pay=giving.pay_orders,
            )  # fmt: skip
            giving.visit_the_ill()
            giving.help_in_hardship()
            giving.give_in_kind()

    def learning(self) -> None:
        """Let the staff be trained, and departments carry voluntary service."""
        book = self._as("supervisor1", self.today)
        train_staff(book, self.name)
        begin_programmes(book, self.begins)

    def _plan(self, on: date, days: int) -> bool:
        """Draw up plans and tasks by the agency's rules; False where it has none."""
        self.tell(self._share(on), _("drawing up plans by the rules"))
        try:
            self._as("supervisor1", on).plans.compile(days)
        except NoRuleInForce:
            return False
        return True

    def _work(self, year: Year, first: date, last: date, planned: bool) -> None:
        """Let contacts take place between two days, answering what the plans ask for."""
        year.begins, year.today = first, last
        with loading(self.book) as loader:
            tasks = (
                [_due_task(row) for row in loader.open_tasks(first, last)]
                if planned
                else usual_tasks(self.served, talk().habits.usual, first, last)
            )
            tasks += helper_calls(self.served, first, last)
            for n_contacts in work_through(
                loader, year, self.served, tasks, f"{self.name}/{first}"
            ):
                self.tell(self._share(first), _("{n} contacts", n=n_contacts))

    def _visit(self, first: date, last: date) -> None:
        """Let the last festival's campaign take place, if its days begin between two days."""
        one = last_festival(self.book.agency.code, self.begins, self.today)
        if one is None or not first <= one.window.opens_on < last:
            return
        with loading(self.book) as loader:
            before = loader.last_contact()
        chance = Random(f"{self.name}/campaign")  # noqa: S311  # a demo, no secret
        visit_for(one, lambda on: self._as("supervisor1", on), self.served, self.crew, chance)
        with loading(self.book) as loader:  # the door wrote down today's clock
            loader.date_contacts(before, moment)

    def _deviate(self, on: date, endings: Sequence[str]) -> None:
        """Let caseworkers deviate from the rules for some people, with a reason, and decide."""
        chance = Random(f"{self.name}/{on}/deviations")  # noqa: S311  # a demo, no secret
        there = self._within_reach(on)
        wanted = min(_MOST_DEVIATIONS, ceil(len(there) * self.made.deviations))
        self._change_plans(
            on,
            [
                (one, self._fitting(one, on, chance))
                for one in sorted(chance.sample(there, min(wanted, len(there))), key=_by_person)
            ],
            endings,
            chance,
        )

    def _fitting(self, one: Served, on: date, chance: Random) -> tuple[Deviation, ...]:
        """Give departures whose reason is true of the person, in any order."""
        suits = talk().suits
        found = [each for each in talk().deviations if one.suits(suits.get(each.reason, {}), on)]
        return tuple(chance.sample(found, len(found)))

    def _answer_wishes(self, on: date) -> None:
        """Let caseworkers put into the plans what some people wish, in words of their own."""
        chance = Random(f"{self.name}/{on}/wishes")  # noqa: S311  # a demo, no secret
        wishing = [
            (one, answers_to((said.value for said in one.life.wishes), chance))
            for one in sorted(self._within_reach(on), key=_by_person)
        ]
        chosen = [
            (one, asked)
            for one, asked in wishing
            if asked and chance.random() < self.made.answered_wishes
        ]
        self._change_plans(on, chosen[:_MOST_ANSWERS], ("approved",), chance)

    def _within_reach(self, on: date) -> list[Served]:
        return [one for one in self.served if one.in_care(on) and not one.out_of_reach]

    def _change_plans(
        self,
        on: date,
        asked: Sequence[tuple[Served, Sequence[Deviation]]],
        endings: Sequence[str],
        chance: Random,
    ) -> None:
        """Let the caseworker of each ask for what fits first, and a supervisor decide."""
        wanted = [
            Wanted(
                one.person_id,
                self.logins[one.worker.staff_id or 0],
                changes,
                chance.choice(endings),
            )
            for one, changes in asked
        ]
        supervisor = self._as("supervisor1", on)
        plans = deviate(wanted, lambda login: self._as(login, on), supervisor, chance)
        with loading(self.book) as loader:  # the door wrote down today's clock
            loader.date_plans(plans, moment(on))

    def _raise_issues(self) -> None:
        """Let people report what troubles them, and have it followed up."""
        raise_issues(
            self.served,
            lambda one: self._as(self.logins[one.worker.staff_id or 0], self.today),
            self._as("supervisor1", self.today),
            today=self.today,
            chance=Random(f"{self.name}/issues"),  # noqa: S311  # a demo, no secret
        )
        with loading(self.book) as loader:  # the door wrote down today's clock
            loader.date_issues(moment)

    def _as(self, login: str, on: date) -> Workbook:
        """Open the same workbook for a member of staff, on a day."""
        return Workbook(self.book.engine, acting=login, today=on)

    def _share(self, on: date) -> float:
        return 0.2 + 0.8 * ((on - self.begins) / _YEAR) * 0.95


def _due_task(row: Mapping[str, Any]) -> DueTask:
    return DueTask(
        task_id=row["id"],
        person_id=row["person_id"],
        item_key=row["item_key"],
        actor=row["actor"],
        channels=tuple(row["channels"] or ()),
        opens_on=row["opens_on"],
        due_on=row["due_on"],
        planned_on=row["planned_on"] or row["opens_on"],
    )


def _by_person(one: Served) -> int:
    return one.person_id


def _silent(_share: float, _text: str) -> None:
    """Say nothing."""

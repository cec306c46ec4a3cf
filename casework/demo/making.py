"""Making a demonstration: people are invented, the year of work with them goes through the engine.

Decides the order in which a demonstration comes to be; leaves the people to
`casework.demo.lives`, the rows to `casework.demo.writing`, the work to `casework.demo.year`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from random import Random

from casework.demo.assessing import assessments_of, needs_of, score_entries
from casework.demo.history import work_through
from casework.demo.lives import Inventor, invent
from casework.demo.seeds import population, seeds, talk
from casework.demo.served import Served, usual_tasks
from casework.demo.writing import Crew, Writer, Written
from casework.demo.year import Year
from casework.errors import NotPermitted
from casework.instruments.library import instrument
from casework.records import Assessment, Need
from casework.terms import _
from casework.workbook import Workbook, open_workbook
from casework.workbook.loading import loading

__all__ = ["PEOPLE", "make_demo"]

PEOPLE = 439
_YEAR = timedelta(days=365)
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
    maker = _Maker(book, agency, people, seed, progress or _silent)
    maker.people()
    if history:
        maker.assessments()
        maker.work()
    maker.tell(1.0, _("the demo is ready"))
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

    def _served(self, written: Sequence[Written], crew: Crew) -> list[Served]:
        """Say who is in charge of whom, how diligent they are, and who is out of reach."""
        habits = talk().habits
        chance = Random(f"{self.name}/habits")  # noqa: S311  # a demo, no secret
        diligence = {
            one.staff_id: chance.uniform(habits.diligence_low, habits.diligence_high)
            for one in crew.of("caseworker")
        }
        return [
            Served(
                life=case.life,
                person_id=case.person_id,
                worker=case.seats["caseworker"],
                seats=case.seats,
                diligence=diligence[case.seats["caseworker"].staff_id or 0],
                out_of_reach=chance.random() < self.made.never_reached,
            )
            for case in written
        ]

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
            loader.add(Need, needs_of(scored, ids))

    def work(self) -> None:
        """Let the year of work happen: contacts answer tasks, some are late, some are missed."""
        self.tell(0.5, _("living through a year"))
        late_days = int(self.book.agency.setting("late_answer_days", self.today))
        year = Year(talk(), self.begins, self.today, late_days)
        with loading(self.book) as loader:
            tasks = usual_tasks(self.served, talk().habits.usual, self.begins, self.today)
            for n_contacts in work_through(loader, year, self.served, tasks, self.name):
                self.tell(0.5, _("{n} contacts", n=n_contacts))


def _silent(_share: float, _text: str) -> None:
    """Say nothing."""

"""Making a demonstration: people are invented, the year of work with them goes through the engine.

Decides the order in which a demonstration comes to be; leaves the people to
`casework.demo.lives`, the rows to `casework.demo.writing`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from casework.demo.lives import Inventor, invent
from casework.demo.seeds import population, seeds
from casework.demo.writing import Writer
from casework.errors import NotPermitted
from casework.terms import _
from casework.workbook import Workbook, open_workbook
from casework.workbook.loading import loading

__all__ = ["PEOPLE", "make_demo"]

PEOPLE = 439
_YEAR = timedelta(days=365)


def make_demo(
    db: str | None = None,
    agency: str = "changshu",
    people: int = PEOPLE,
    seed: int = 1,
    *,
    today: date | None = None,
    history: bool = True,
    progress: Callable[[float, str], None] | None = None,
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
    tell = progress or _silent
    book = open_workbook(db, agency=agency, today=today)
    day = book.today
    tell(0.0, _("inventing people"))
    inventor = Inventor(book.agency, population(agency), seeds(), day)
    lives = list(invent(inventor, people, seed))
    with loading(book) as loader:
        if loader.holds_people():
            raise NotPermitted(
                _(
                    "This workbook holds people already, and invented ones must not come among "
                    "them. Choose another file with --db."
                )
            )
        writer = Writer(
            loader, inventor, population(agency), seed=seed, begins=day - _YEAR, today=day
        )
        tell(0.1, _("writing people"))
        writer.lives(lives, writer.staff(people))
    tell(1.0, _("the demo is ready"))
    return book


def _silent(_share: float, _text: str) -> None:
    """Say nothing."""

"""The visits of those who do not belong to the office: of whom a volunteer may be told.

Decides that a day sheet or a calendar of a volunteer says nothing of whoever has not consented to
it, and that what leaves with the others is written down as given. Whoever works here acts for the
office, and sees their visits as they are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING

from casework.errors import NotPermitted
from casework.records import Staff
from casework.terms import _
from casework.workbook.roster_calendar import roster_calendar
from casework.workbook.roster_rows import Entry
from casework.workbook.sharing import ShareEntry

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["calendar_of", "give_visits", "tellable"]

_OUTSIDE = "volunteer"
_TOLD = ("identity", "address")
_FIELDS = ("name", "address", "community")


def tellable(
    book: Workbook, entries: Iterable[Entry], staff_id: int, *, as_of: date | None = None
) -> frozenset[int] | None:
    """Tell of whom of the people visited somebody may be told; None for whoever works here."""
    name = _outside(book, staff_id)
    if name is None:
        return None
    return book.sharing.may_tell({one.person_id for one in entries}, _told(name), as_of=as_of)


def give_visits(book: Workbook, entries: Collection[Entry], staff_id: int) -> int:
    """Write down what the sheets of somebody from outside tell, and give of how many people.

    Raises
    ------
    NotPermitted
        If none of these people has consented to it, or one has withdrawn the consent meanwhile.
    """
    name = _outside(book, staff_id)
    if name is None:
        return 0
    entry = _told(name)
    told = book.sharing.may_tell({one.person_id for one in entries}, entry)
    if not told:
        raise NotPermitted(
            _(
                "None of these people has agreed that {name} is told of them, so nothing is given. "
                "Ask them first, on the page of consents.",
                name=name,
            )
        )
    return book.sharing.hand_out(told, entry)


def calendar_of(
    book: Workbook, entries: Collection[Entry], staff_id: int, name: str, *, roster_id: int = 0,
    places: Mapping[int, str] | None = None,
) -> bytes:  # fmt: skip
    """Write the calendar of somebody's visits; from outside, only of those who consented to it."""
    mine = [one for one in entries if staff_id in one.staff and one.day]
    told = tellable(book, mine, staff_id)
    if told is not None:
        give_visits(book, mine, staff_id)
        mine = [one for one in mine if one.person_id in told]
    return roster_calendar(mine, staff_id, name, roster_id=roster_id, places=places)


def _outside(book: Workbook, staff_id: int) -> str | None:
    """Name whoever does not belong to the office; None for all others."""
    with book.reading() as session:
        one = session.get(Staff, staff_id)
        return one.name if one is not None and one.role == _OUTSIDE else None


def _told(name: str) -> ShareEntry:
    """Say what the sheet of a volunteer tells: who lives where."""
    return ShareEntry("volunteer", "volunteer", name, _TOLD, fields=_FIELDS)

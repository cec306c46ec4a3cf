"""The people of each helper as a helper may see them: what was consented to, and what is due.

Decides what stands on a helper's sheet: of whoever has not consented, nothing. Giving the sheets
writes each person down as told outside, by `casework.workbook.sharing`, which asks the database.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from uuid import uuid4

from sqlalchemy import select

from casework.records import Person, Task, task_status
from casework.reference.privacy import purposes
from casework.terms import _
from casework.workbook.dossier import compose_dossier
from casework.workbook.pairs import PairRow
from casework.workbook.sharing import ShareEntry
from casework.workbook.sheet_rows import rows_of_kind

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["HelperSheet", "SheetPerson", "give_sheets", "helper_sheets"]

_DUE_SHOWN = 4


@dataclass(frozen=True, slots=True)
class SheetPerson:
    """One person on a helper's sheet.

    Attributes
    ----------
    may_tell : bool
        Whether the helper may learn about the person; else nothing is told.
    told : tuple of (str, tuple of str)
        Kind of data with what stands there, in words.
    due : tuple of (str, date)
        Tasks meant for the helper that are open, with the last day.
    """

    person_id: int
    name: str
    role: str
    purpose: str
    recipient: str | None
    may_tell: bool
    told: tuple[tuple[str, tuple[str, ...]], ...]
    due: tuple[tuple[str, date], ...]


@dataclass(frozen=True, slots=True)
class HelperSheet:
    """The sheet of one helper."""

    helper_id: int
    helper: str
    on: date
    people: tuple[SheetPerson, ...]


def helper_sheets(book: Workbook, helper_id: int | None, day: date) -> list[HelperSheet]:
    """Give the sheets of one helper, or of all in the register who have people."""
    pairs = book.pairs.list(
        as_of=day, states=("active", "quiet"), helper_id=helper_id, sort="helper", limit=None
    ).rows
    rows = [one for one in pairs if one.helper_id is not None]
    due = _due(book, rows, day)
    by_helper: defaultdict[int, list[PairRow]] = defaultdict(list)
    for one in rows:
        by_helper[one.helper_id or 0].append(one)
    return [
        HelperSheet(
            number, own[0].helper, day,
            tuple(_person(book, one, due.get((one.person_id, one.role), ()), day) for one in own),
        )
        for number, own in by_helper.items()
    ]  # fmt: skip


def give_sheets(book: Workbook, sheets: Sequence[HelperSheet]) -> int:
    """Write down that helpers are told what stands on their sheets; give of how many people."""
    n = 0
    for sheet in sheets:
        for one in sheet.people:
            if not one.may_tell or one.recipient is None:
                continue
            kinds = ("identity", *(kind for kind, _values in one.told))
            entry = ShareEntry(
                one.purpose, one.recipient, sheet.helper, kinds, reason=_("pair"),
                client_key=uuid4().hex,
            )  # fmt: skip
            book.sharing.share(one.person_id, entry)
            n += 1
    return n


def _person(
    book: Workbook, row: PairRow, due: Sequence[tuple[str, date]], day: date
) -> SheetPerson:
    kind = book.pairs.rules.kinds.get(row.kind or "")
    purpose = kind.purpose if kind else "volunteer"
    recipient = kind.recipient if kind else "volunteer"
    allowed = _allowed(book, row, purpose, recipient, day)
    told: tuple[tuple[str, tuple[str, ...]], ...] = ()
    if allowed:
        with book.reading() as session:
            person = session.get_one(Person, row.person_id)
            dossier = compose_dossier(session, person, day, book.agency)
            told = tuple(
                (code, tuple(one.value for one in rows_of_kind(session, dossier, code)))
                for code in allowed
                if code != "identity"
            )
    return SheetPerson(
        row.person_id, row.person, row.role, purpose, recipient, "identity" in allowed, told,
        tuple(due[:_DUE_SHOWN]) if allowed else (),
    )  # fmt: skip


def _allowed(
    book: Workbook, row: PairRow, purpose: str, recipient: str | None, day: date
) -> tuple[str, ...]:
    """Give the kinds of data that a helper may learn; inside the office what the purpose needs."""
    if recipient is None:
        needed = ("identity", "address", "phone")
        return tuple(one for one in needed if one in purposes()[purpose].kinds)
    return book.sharing.may(row.person_id, purpose, recipient_name=row.helper, as_of=day)


def _due(
    book: Workbook, rows: Sequence[PairRow], day: date
) -> dict[tuple[int, str], list[tuple[str, date]]]:
    """Give the open tasks whose actor is the helper's seat: the contact duty of the pair."""
    found: defaultdict[tuple[int, str], list[tuple[str, date]]] = defaultdict(list)
    persons = sorted({one.person_id for one in rows})
    roles = sorted({one.role for one in rows})
    with book.reading() as session:
        for start in range(0, len(persons), 20_000):
            query = (
                select(Task.person_id, Task.actor, Task.title, Task.service, Task.due_on)
                .where(
                    Task.person_id.in_(persons[start : start + 20_000]),
                    Task.actor.in_(roles),
                    task_status(day).in_(("ready", "failed")),
                    Task.done_on.is_(None),
                )
                .order_by(Task.due_on.desc())
            )
            for person, actor, title, service, due_on in session.execute(query):
                found[person, actor].append((title or service, due_on))
    return dict(found)

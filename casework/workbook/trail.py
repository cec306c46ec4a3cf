"""Who has read and changed what is held about a person, told from the audit.

Decides what counts as one act for whoever asks, and that looking at a dossier is itself written
down; the rows are `casework.records.audit`. On a server the database decides whose acts are shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from casework.errors import WorkbookUnavailable
from casework.records import ChangeLog, ContactPerson, Person, audit
from casework.records.audit import note_reading

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["Trace", "Trail"]

_AGAIN_SECONDS = 3_600.0
_ENTRIES = 4_000
_TECHNICAL = frozenset({"change_log", "task_evidence", "import_problem"})


@dataclass(frozen=True, slots=True)
class Trace:
    """One act of somebody that concerned a person.

    Attributes
    ----------
    at : datetime
        In UTC.
    by : str or None
        Who acted; None where something was changed past the door.
    login : str or None
        Account of the computer or of the database.
    way : {"read", "insert", "update", "delete"}
        The gravest thing done: reading, adding, changing, deleting.
    kinds : tuple of str
        Tables of the rows that changed; of a reading, what was looked at.
    actions : tuple of str
        What the person did, as the change log names it.
    n : int
        How many rows.
    """

    at: datetime
    by: str | None
    login: str | None
    way: str
    kinds: tuple[str, ...]
    actions: tuple[str, ...]
    n: int


class Trail:
    """What the audit tells about persons.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook
        self._noted: dict[tuple[str, int, str], float] = {}

    def note_reading(self, person_id: int, what: str) -> None:
        """Write down that somebody looks at a person's protected fields; once an hour is enough.

        Parameters
        ----------
        what : str
            ``dossier`` or another name of what is looked at.

        Raises
        ------
        WorkbookUnavailable
            If a server cannot write it down: then nothing is to be shown. A file that cannot be
            written may still be read by the team it belongs to.
        """
        book = self._workbook
        key = (book.actor.name, person_id, what)
        if monotonic() < self._noted.get(key, 0.0):
            return
        with suppress(*((WorkbookUnavailable,) if book.trusts_who_acts else ())):
            with book.transaction() as session:
                note_reading(session, person_id, what)
            self._noted[key] = monotonic() + _AGAIN_SECONDS

    def of_person(self, person_id: int) -> list[Trace]:
        """List who read and changed what is held about a person, the latest first.

        What was written into a record that was made one with this one counts as well.
        """
        with self._workbook.reading() as session:
            merged = select(Person.id).where(Person.merged_into_id == person_id)
            ids = [person_id, *session.scalars(merged)]
            found = session.execute(_entries(ids, "role" in session.info)).all()
            return list(_acts(session, found))


def _entries(ids: list[int], under_rules: bool) -> Any:
    contacts = select(ContactPerson.contact_id).where(ContactPerson.person_id.in_(ids))
    added = [
        and_(audit.c.kind == "person", audit.c.row_id <= one, audit.c.last_id >= one) for one in ids
    ]
    columns = (audit.c[name] for name in ("id", "at", "act", "by", "login", "action", "kind", "n"))
    concerned = or_(
        audit.c.person_id.in_(ids),
        and_(audit.c.kind == "contact", audit.c.row_id.in_(contacts)),
        *added,
    )
    what: Any = audit.c.after["what"].as_string()
    if under_rules:  # the values are kept from supervisors; what was looked at is none
        what = case((audit.c.action == "read", func.access.reading_of(audit.c.id)))
    what = what.label("what")
    return select(*columns, what).where(concerned).order_by(audit.c.id.desc()).limit(_ENTRIES)


def _acts(session: Session, entries: Iterable[Any]) -> Iterable[Trace]:
    """Put the entries of one act together; what came past the door stands by itself."""
    acts: dict[int, list[Any]] = {}
    for entry in entries:
        # Numbers of acts are above 0; what came past the door has none, and stands by itself.
        number: int = -entry.id if entry.act is None else entry.act
        acts.setdefault(number, []).append(entry)
    said: dict[int, list[str]] = {}
    log = select(ChangeLog.act, ChangeLog.action).where(
        ChangeLog.act.in_([one for one in acts if one > 0])
    )
    for act, action in session.execute(log.order_by(ChangeLog.id)):
        said.setdefault(act or 0, []).append(action)
    for act, rows in acts.items():
        yield _trace(rows, said.get(act, ()))


def _trace(rows: list[Any], actions: Iterable[str]) -> Trace:
    ways = {row.action for row in rows}
    way = next(one for one in ("delete", "update", "insert", "read") if one in ways)
    if way == "read":
        kinds = [str(row.what or "") for row in rows]
    else:
        kinds = [row.kind for row in rows if row.kind not in _TECHNICAL]
    last = rows[0]
    return Trace(
        last.at,
        last.by,
        last.login,
        way,
        tuple(dict.fromkeys(kinds)),
        tuple(dict.fromkeys(actions)),
        sum(row.n for row in rows),
    )

"""Rows of a roster that were held back: completed by a person, or set aside; undone again.

Decides what becomes of a held row and keeps the account of its import true: imported, merged, held
and ignored rows are all the rows of the file at any time. Leaves reading the cells to
`casework.exchange` and writing a person to `intake_store` and `intake_known`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from casework.errors import InvalidEntry, NotFound, NotPermitted
from casework.exchange.outcome import RosterRow
from casework.exchange.report import problems_of
from casework.records import (
    ChangeLog,
    Fact,
    ImportBatch,
    ImportProblem,
    ImportRow,
    Person,
    PersonIdentifier,
    RelatedPerson,
    Wish,
)
from casework.records.base import now
from casework.terms import _
from casework.workbook.finding import refresh_search
from casework.workbook.intake_cells import HeldRow, read_with, shown
from casework.workbook.intake_known import known_people, sort_out, update_known
from casework.workbook.intake_store import batch_of, count_rows, write_new
from casework.workbook.intake_undo import busy_people, restore
from casework.workbook.loading import Loader

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from casework.workbook.door import Workbook

__all__ = ["HeldRow", "HeldRows"]

_SETTLED = "settle_row"


class HeldRows:
    """What is done with rows that an import held back.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    def rows(self, batch_id: int | None = None, *, settled: bool = False) -> list[HeldRow]:
        """Give the rows that wait, of one import or of all that stand; the oldest first.

        Parameters
        ----------
        settled : bool
            Give those that have been dealt with instead, the latest first.
        """
        waiting = (ImportRow.outcome == "held") & ImportRow.resolved_at.is_(None)
        query = (
            select(ImportRow, ImportBatch)
            .join(ImportBatch, ImportBatch.id == ImportRow.batch_id)
            .where(
                ImportBatch.undone_at.is_(None),
                ImportRow.resolved_at.is_not(None) if settled else waiting,
            )
            .order_by(ImportRow.resolved_at.desc() if settled else ImportRow.id)
        )
        if batch_id is not None:
            query = query.where(ImportRow.batch_id == batch_id)
        with self._workbook.reading() as session:
            return [shown(row, batch) for row, batch in session.execute(query)]

    def row(self, row_id: int) -> HeldRow:
        """Give one row.

        Raises
        ------
        NotFound
            If there is no such row.
        """
        with self._workbook.reading() as session:
            row = session.get(ImportRow, row_id)
            if row is None:
                raise NotFound(_("This row is no longer there. Open the list again."))
            record = session.get_one(ImportBatch, row.batch_id)
            return shown(row, record, self._workbook.today)

    def complete(self, row_id: int, entered: Mapping[str, str | None]) -> HeldRow:
        """Take a held row in, with what a person entered in place of its cells.

        Parameters
        ----------
        entered : mapping of str to str or None
            Texts by the columns of `casework.workbook.intake_cells.ASKED`, in any notation that a
            roster may use; a column left out, or None, is read from the original cell.

        Raises
        ------
        InvalidEntry
            If there is still no name.
        NotPermitted
            If the row is not held any more.
        """
        book = self._workbook
        with book.transaction() as session:
            row, record = self._waiting(session, row_id)
            told = read_with(row, record, entered, book.today)
            batch = batch_of(book, record, now())
            held_numbers = list(
                session.scalars(
                    select(PersonIdentifier.id).where(PersonIdentifier.batch_id == record.id)
                )
            )
            person_id = self._write(session, batch, told)
            moment = batch.moment
            row.outcome, row.person_id = told.outcome, person_id
            self._settle(session, row, record, told, moment)
            book.log(
                session,
                _SETTLED,
                "import_row",
                row.id,
                before={**batch.before, "known_numbers": held_numbers},
                after={"outcome": row.outcome, "person": person_id, "at": moment.isoformat()},
            )
            refresh_search(session, [person_id])
        return self.row(row_id)

    def dismiss(self, row_id: int, reason: str) -> HeldRow:
        """Say that a held row is no person, and why.

        Raises
        ------
        InvalidEntry
            If no reason is given.
        NotPermitted
            If the row is not held any more.
        """
        book, why = self._workbook, reason.strip()
        if not why:
            raise InvalidEntry(_("Say why this row is no person."), field="reason")
        with book.transaction() as session:
            row, record = self._waiting(session, row_id)
            row.outcome = "ignored"
            self._settle(session, row, record, None, now())
            after = {"outcome": "ignored", "why": why[:500]}
            book.log(session, _SETTLED, "import_row", row.id, after=after)
        return self.row(row_id)

    def reopen(self, row_id: int) -> HeldRow:
        """Take back what was done with a held row: it waits again, and what it wrote is struck out.

        Raises
        ------
        NotPermitted
            If it waits already, its import was undone, or work has been recorded for the person.
        """
        book = self._workbook
        with book.transaction() as session:
            row = session.get(ImportRow, row_id)
            record = session.get(ImportBatch, row.batch_id) if row else None
            if row is None or record is None or record.undone_at is not None:
                raise NotFound(_("This row is no longer there. Open the list again."))
            if row.resolved_at is None:
                raise NotPermitted(_("This row is waiting already."))
            log = _latest_log(session, row.id)
            if row.outcome in ("imported", "merged") and row.person_id is not None and log:
                _strike_out(session, row, record, log)
                refresh_search(session, [row.person_id])
            book.log(
                session,
                "reopen_row",
                "import_row",
                row.id,
                before={"outcome": row.outcome, "person": row.person_id},
            )
            row.outcome, row.person_id = "held", None
            row.resolved_at = row.resolved_by = None
            count_rows(session, record)
            self._unsettle(session, row)
        return self.row(row_id)

    # ------------------------------------------------------------------ steps

    def _waiting(self, session: Session, row_id: int) -> tuple[ImportRow, ImportBatch]:
        row = session.get(ImportRow, row_id)
        record = session.get(ImportBatch, row.batch_id) if row else None
        if row is None or record is None:
            raise NotFound(_("This row is no longer there. Open the list again."))
        if record.undone_at is not None:
            raise NotPermitted(_("The import of this row was undone. Import the file again."))
        if row.outcome != "held" or row.resolved_at is not None:
            raise NotPermitted(_("This row has been dealt with already. Open the list again."))
        return row, record

    def _write(self, session: Session, batch: Any, told: RosterRow) -> int:
        """Write the person, or what the row tells of somebody known; give the person's id."""
        loader = Loader(session)
        people = [told.person] if told.person else []
        new, again = sort_out([told], known_people(session, people, batch.today))
        if new:
            return write_new(loader, self._workbook.agency, batch, new)[told.place]
        update_known(session, loader, batch, again)
        return again[0][1]

    def _settle(
        self,
        session: Session,
        row: ImportRow,
        record: ImportBatch,
        told: RosterRow | None,
        moment: datetime,
    ) -> None:
        """Count the row where it now belongs, close its problems, and keep the new ones."""
        row.resolved_at, row.resolved_by = moment, self._workbook.actor.name
        count_rows(session, record)
        session.execute(
            update(ImportProblem)
            .where(
                ImportProblem.batch_id == record.id,
                ImportProblem.sheet == row.sheet,
                ImportProblem.row == row.row,
                ImportProblem.person_id.is_(None),
                ImportProblem.settled_at.is_(None),
            )
            .values(settled_at=moment, settled_by=row.resolved_by)
        )
        for one in problems_of([told]) if told else ():
            session.add(
                ImportProblem(
                    batch_id=record.id,
                    sheet=row.sheet,
                    row=row.row,
                    field=one.field,
                    kind=one.kind,
                    value=one.value[:500],
                    message=one.message,
                    person_id=row.person_id,
                )
            )

    def _unsettle(self, session: Session, row: ImportRow) -> None:
        """Open the problems of the row again, and close those of the person it had become."""
        at_row = (
            (ImportProblem.batch_id == row.batch_id)
            & (ImportProblem.sheet == row.sheet)
            & (ImportProblem.row == row.row)
        )
        name = self._workbook.actor.name
        session.execute(
            update(ImportProblem)
            .where(at_row, ImportProblem.person_id.is_not(None))
            .values(settled_at=now(), settled_by=name)
        )
        session.execute(
            update(ImportProblem)
            .where(at_row, ImportProblem.person_id.is_(None))
            .values(settled_at=None, settled_by=None)
        )


def _latest_log(session: Session, row_id: int) -> ChangeLog | None:
    return session.scalar(
        select(ChangeLog)
        .where(
            ChangeLog.action == _SETTLED,
            ChangeLog.subject_kind == "import_row",
            ChangeLog.subject_id == row_id,
        )
        .order_by(ChangeLog.id.desc())
        .limit(1)
    )


def _strike_out(session: Session, row: ImportRow, record: ImportBatch, log: ChangeLog) -> None:
    """Withdraw the person whom the row had become, or what it had added to somebody known."""
    moment, person_id = now(), row.person_id
    if person_id is None:
        return
    if row.outcome == "imported":
        if busy_people(session, [person_id]):
            raise NotPermitted(
                _("Work has been recorded for this person since. Close the case in the dossier.")
            )
        session.execute(update(Person).where(Person.id == person_id).values(withdrawn_at=moment))
    written = datetime.fromisoformat(str((log.after or {})["at"]))
    for table in (Fact, RelatedPerson, Wish):
        session.execute(
            update(table)
            .where(
                table.person_id == person_id,
                table.batch_id == record.id,
                table.recorded_at == written,
            )
            .values(superseded_at=moment)
        )
    before = log.before or {}
    session.execute(
        update(PersonIdentifier)
        .where(
            PersonIdentifier.person_id == person_id,
            PersonIdentifier.batch_id == record.id,
            PersonIdentifier.id.not_in(before.get("known_numbers", [])),
        )
        .values(superseded_at=moment)
    )
    restore(session, before, moment)

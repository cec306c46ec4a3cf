"""Rows of a roster that were held back: completed by a person, or set aside; undone again.

Decides what becomes of a held row and keeps the account of its import true: imported, merged, held
and ignored rows are all the rows of the file at any time. Leaves reading the cells to
`casework.exchange` and writing a person to `intake_store` and `intake_known`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
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
from casework.workbook.intake_cells import ASKED, HeldPerson, HeldRow, read_each, shown
from casework.workbook.intake_known import chunks, known_people, sort_out, update_known
from casework.workbook.intake_meant import (
    chosen,
    refuse_another_number,
    refuse_twice,
    sketch_of_texts,
)
from casework.workbook.intake_store import batch_of, count_rows, write_new
from casework.workbook.intake_undo import busy_people, restore
from casework.workbook.likeness import LikelyPair, likely_records
from casework.workbook.loading import Loader

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from casework.workbook.door import Workbook

__all__ = ["HeldPerson", "HeldRow", "HeldRows"]

_SETTLED = "settle_row"
_MOST_PEOPLE = 6
_MAY_BE = 3.0  # a name alone, or a phone with something else: worth a look


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
                ImportRow.beside_id.is_(None),
                ImportRow.resolved_at.is_not(None) if settled else waiting,
            )
            .order_by(ImportRow.resolved_at.desc() if settled else ImportRow.id)
        )
        if batch_id is not None:
            query = query.where(ImportRow.batch_id == batch_id)
        with self._workbook.reading() as session:
            found = session.execute(query).all()
            beside = _beside(session, [row.id for row, _batch in found]) if settled else {}
            return [
                shown(row, batch, beside=_people_of(beside.get(row.id, ()))) for row, batch in found
            ]

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
            beside = _people_of(_beside(session, [row.id]).get(row.id, ()))
            return shown(row, record, self._workbook.today, beside)

    def likely(
        self, row_id: int, person: HeldPerson | None = None, at: int = 0
    ) -> list[LikelyPair]:
        """Find the records that a held row may be about, the likeliest first; at most five.

        Parameters
        ----------
        person : HeldPerson or None
            What has been entered so far.
        at : int
            Which of the people whom the row names, from 0.
        """
        book = self._workbook
        row = self.row(row_id)
        entered = dict(person.entered) if person else {}
        texts = {code: entered.get(code) or row.text_of(code, at) for code in ASKED}
        with book.reading() as session:
            own = sketch_of_texts(texts, book.today)
            return likely_records(session, book.today, own, least=_MAY_BE)[:5]

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
        return self.take(row_id, [HeldPerson(entered)])

    def take(self, row_id: int, people: Sequence[HeldPerson]) -> HeldRow:
        """Take a held row in for each of the people it is about: new, known, or as chosen.

        Parameters
        ----------
        people : sequence of HeldPerson
            One, or each of a couple, 1 to 6; in the order of the names in the row.

        Raises
        ------
        InvalidEntry
            If a name is missing, one record is meant twice, or the ID number entered is that of
            somebody other than the record chosen.
        NotFound
            If a record that was chosen is not there.
        NotPermitted
            If the row is not held any more.
        """
        if not 1 <= len(people) <= _MOST_PEOPLE:
            raise ValueError("a row is about one to six people")
        book = self._workbook
        with book.transaction() as session:
            row, record = self._waiting(session, row_id)
            named = [chosen(session, one, at) for at, one in enumerate(people)]
            refuse_twice([one.person_id for one in named if one.person_id is not None])
            batch = batch_of(book, record, now())
            held_numbers = list(
                session.scalars(
                    select(PersonIdentifier.id).where(PersonIdentifier.batch_id == record.id)
                )
            )
            told = read_each(row, record, named, book.today)
            for at, (one, read) in enumerate(zip(named, told, strict=True)):
                refuse_another_number(session, one.person_id, read, at)
            ids = [
                self._write(session, batch, read, one.person_id)
                for one, read in zip(named, told, strict=True)
            ]
            refuse_twice(ids)
            moment = batch.moment
            rows = [row, *self._rows_beside(session, row, len(told) - 1)]
            for each, read, person_id in zip(rows, told, ids, strict=True):
                each.outcome, each.person_id = read.outcome, person_id
                self._settle(session, each, record, read, moment)
            book.log(
                session,
                _SETTLED,
                "import_row",
                row.id,
                before={**batch.before, "known_numbers": held_numbers},
                after={
                    "outcome": row.outcome,
                    "person": ids[0],
                    "at": moment.isoformat(),
                    **({"people": ids} if len(ids) > 1 else {}),
                },
            )
            refresh_search(session, ids)
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
            rows = [row, *_beside(session, [row.id]).get(row.id, ())]
            people = _people_of(rows)
            if row.outcome in ("imported", "merged") and people and log:
                _strike_out(session, rows, record, log)
                refresh_search(session, people)
            book.log(
                session,
                "reopen_row",
                "import_row",
                row.id,
                before={"outcome": row.outcome, "person": row.person_id},
            )
            self._unsettle(session, row, people)
            for one in rows:
                one.outcome, one.person_id = ("held" if one is row else "ignored"), None
            row.resolved_at = row.resolved_by = None
            count_rows(session, record)
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

    def _write(
        self, session: Session, batch: Any, told: RosterRow, person_id: int | None = None
    ) -> int:
        """Write the person, or what the row tells of somebody known; give the person's id."""
        loader = Loader(session)
        if person_id is not None:
            told.outcome, told.reason = "merged", "known"
            update_known(session, loader, batch, [(told, person_id)])
            return person_id
        people = [told.person] if told.person else []
        new, again = sort_out([told], known_people(session, people, batch.today))
        if new:
            return write_new(loader, self._workbook.agency, batch, new)[told.place]
        update_known(session, loader, batch, again)
        return again[0][1]

    def _rows_beside(self, session: Session, row: ImportRow, n: int) -> list[ImportRow]:
        """Give the rows of further people; those of a taking that was taken back serve again."""
        free = session.scalars(
            select(ImportRow)
            .where(ImportRow.beside_id == row.id, ImportRow.batch_id == row.batch_id)
            .order_by(ImportRow.id)
        )
        rows = list(free)[:n]
        while len(rows) < n:
            one = ImportRow(
                batch_id=row.batch_id, sheet=row.sheet, row=row.row, outcome="held",
                reason=row.reason, cells=row.cells, beside_id=row.id,
            )  # fmt: skip
            session.add(one)
            rows.append(one)
        session.flush()
        return rows

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

    def _unsettle(self, session: Session, row: ImportRow, people: Sequence[int]) -> None:
        """Open the problems of the row again, and close those of the people it had become."""
        at_row = (
            (ImportProblem.batch_id == row.batch_id)
            & (ImportProblem.sheet == row.sheet)
            & (ImportProblem.row == row.row)
        )
        name = self._workbook.actor.name
        session.execute(
            update(ImportProblem)
            .where(at_row, ImportProblem.person_id.in_(people))
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


def _beside(session: Session, ids: Sequence[int]) -> dict[int, list[ImportRow]]:
    """Give the rows of further people that were taken out of held rows, by the held row."""
    found: dict[int, list[ImportRow]] = defaultdict(list)
    for some in chunks(ids):
        for one in session.scalars(
            select(ImportRow)
            .where(ImportRow.beside_id.in_(some), ImportRow.person_id.is_not(None))
            .order_by(ImportRow.id)
        ):
            if one.beside_id is not None:
                found[one.beside_id].append(one)
    return found


def _people_of(rows: Sequence[ImportRow]) -> list[int]:
    return [one.person_id for one in rows if one.person_id is not None]


def _strike_out(
    session: Session, rows: Sequence[ImportRow], record: ImportBatch, log: ChangeLog
) -> None:
    """Withdraw the people whom the row had become, or what it had added to somebody known."""
    moment = now()
    people = _people_of(rows)
    made = [one.person_id for one in rows if one.outcome == "imported" and one.person_id]
    if made and busy_people(session, made):
        raise NotPermitted(
            _("Work has been recorded for this person since. Close the case in the dossier.")
        )
    session.execute(update(Person).where(Person.id.in_(made)).values(withdrawn_at=moment))
    written = datetime.fromisoformat(str((log.after or {})["at"]))
    for table in (Fact, RelatedPerson, Wish):
        session.execute(
            update(table)
            .where(
                table.person_id.in_(people),
                table.batch_id == record.id,
                table.recorded_at == written,
            )
            .values(superseded_at=moment)
        )
    before = log.before or {}
    session.execute(
        update(PersonIdentifier)
        .where(
            PersonIdentifier.person_id.in_(people),
            PersonIdentifier.batch_id == record.id,
            PersonIdentifier.id.not_in(before.get("known_numbers", [])),
        )
        .values(superseded_at=moment)
    )
    restore(session, before, moment)

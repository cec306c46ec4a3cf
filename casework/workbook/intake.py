"""Rosters in, canonical people out: an import is kept whole, can be looked into and undone.

Decides what becomes of a batch; leaves reading the file to `casework.exchange` and writing the
rows to `casework.workbook.intake_store`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from casework.errors import InvalidEntry, NotFound, NotPermitted
from casework.exchange.report import ImportReport, ReadColumn, problems_of
from casework.exchange.tables import write_table
from casework.records import (
    Fact,
    HeaderMapping,
    ImportBatch,
    ImportProblem,
    Person,
    PersonIdentifier,
    RelatedPerson,
    Wish,
)
from casework.records.base import now
from casework.terms import _
from casework.workbook.canonical import CANONICAL_COLUMNS, canonical_people
from casework.workbook.finding import refresh_search
from casework.workbook.intake_undo import busy_people, restore_batch

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from casework.exchange.roster import Roster
    from casework.workbook.door import Workbook
    from casework.workbook.intake_held import HeldRows

__all__ = ["Intake"]

Progress = Callable[[float, str], None]


class Intake:
    """What is done with rosters.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    @cached_property
    def held(self) -> HeldRows:
        """Give the rows that imports held back, and what is done with them."""
        from casework.workbook.intake_held import HeldRows

        return HeldRows(self._workbook)

    def import_roster(
        self,
        path: Path | str,
        *,
        dry_run: bool = False,
        shown_as: str | None = None,
        progress: Progress | None = None,
    ) -> ImportReport:
        """Read a roster and keep it: dossiers, problems, and every original cell.

        Parameters
        ----------
        path : Path or str
            An .xlsx, .xls or .csv file.
        dry_run : bool
            Report only; the workbook stays as it is.
        shown_as : str or None
            Name of the file as its owner knows it, where it lies under another one.
        progress : callable or None
            Called with a share of 0 to 1 and what is being done.

        Raises
        ------
        UnreadableFile
            If the file cannot be read, is not safe to read, or holds no list of people.
        """
        roster = self.read(path, shown_as=shown_as, progress=progress)
        if dry_run:
            return self._report(roster, dry_run=True)
        from casework.workbook.intake_store import store_roster

        batch_id = store_roster(self._workbook, roster, progress)
        return self._report(roster, batch_id=batch_id)

    def read(
        self,
        path: Path | str,
        *,
        shown_as: str | None = None,
        progress: Progress | None = None,
    ) -> Roster:
        """Read a roster without keeping it, with the headings the agency has saved."""
        from casework.exchange.files import read_file
        from casework.exchange.roster import read_roster

        file = read_file(path)
        return read_roster(
            replace(file, name=_plain_name(shown_as)) if shown_as else file,
            latest=self._workbook.today,
            saved=self.saved_headings(),
            communities=self._communities(),
            progress=progress,
        )

    def saved_headings(self) -> dict[str, str | None]:
        """Give what this agency has said its headings mean; None for columns to leave out."""
        with self._workbook.reading() as session:
            return {one.header: one.column for one in session.scalars(select(HeaderMapping))}

    def save_heading(self, path: str, column: str | None) -> None:
        """Remember what a heading means in this agency's rosters.

        Parameters
        ----------
        path : str
            The heading, with the groups above it, as the report names it.
        column : str or None
            Code of a canonical column; None leaves the column out from now on.

        Raises
        ------
        InvalidEntry
            If there is no such column.
        """
        from casework.exchange.columns import saved_key
        from casework.exchange.headings import lexicon

        if column is not None and not lexicon().is_column(column):
            raise InvalidEntry(_("There is no column called {code}.", code=column), field="column")
        book, key = self._workbook, saved_key(path)
        with book.transaction() as session:
            found = session.scalar(select(HeaderMapping).where(HeaderMapping.header == key))
            if found is None:
                found = HeaderMapping(header=key, saved_at=now(), saved_by=book.actor.name)
                session.add(found)
            found.column, found.saved_at, found.saved_by = column, now(), book.actor.name
            book.log(session, "save_heading", "heading", after={"heading": key, "column": column})

    def batches(self) -> list[ImportBatch]:
        """Give the imports so far, the latest first."""
        with self._workbook.reading() as session:
            return list(session.scalars(select(ImportBatch).order_by(ImportBatch.id.desc())))

    def problems(self, batch_id: int) -> list[ImportProblem]:
        """Give the problems of an import, in the order of the file."""
        with self._workbook.reading() as session:
            return list(
                session.scalars(
                    select(ImportProblem)
                    .where(ImportProblem.batch_id == batch_id)
                    .order_by(ImportProblem.id)
                )
            )

    def undo(self, batch_id: int) -> tuple[int, int]:
        """Take an import back: its people are withdrawn, what it changed holds as before.

        Returns
        -------
        tuple of int
            People withdrawn, and people who stay because work has been recorded for them since.

        Raises
        ------
        NotFound
            If there is no such import.
        NotPermitted
            If it was undone already.
        """
        book = self._workbook
        with book.transaction() as session:
            batch = session.get(ImportBatch, batch_id)
            if batch is None:
                raise NotFound(_("There is no import with the number {id}.", id=batch_id))
            if batch.undone_at is not None:
                raise NotPermitted(_("This import was undone already."))
            made = select(Person.id).where(Person.batch_id == batch_id)
            busy = busy_people(session, made)
            gone = [one for one in session.scalars(made) if one not in busy]
            moment = now()
            session.execute(
                update(Person)
                .where(
                    Person.batch_id == batch_id,
                    Person.id.not_in(busy) if busy else Person.id.is_not(None),
                )
                .values(withdrawn_at=moment)
            )
            touched = self._retract(session, batch_id, busy)
            batch.undone_at, batch.undone_by = moment, book.actor.name
            refresh_search(session, {*gone, *touched})
            book.log(session, "undo_import", "import", batch_id, after={"withdrawn": len(gone)})
            return len(gone), len(busy)

    def write_people(self, path: Path) -> int:
        """Write the canonical list of the people in care today, and tell how many they are."""
        book = self._workbook
        with book.reading() as session:
            return write_table(path, CANONICAL_COLUMNS, canonical_people(session, book.today))

    def _retract(self, session: Session, batch_id: int, busy: set[int]) -> set[int]:
        """Strike out what the batch wrote about people it did not make, and restore what was."""
        moment, touched = now(), set[int]()
        for table in (Fact, PersonIdentifier, RelatedPerson, Wish):
            rows = select(table.person_id).where(table.batch_id == batch_id)
            touched |= set(session.scalars(rows)) - busy
            condition = table.batch_id == batch_id
            if busy:
                condition &= table.person_id.not_in(busy)
            session.execute(update(table).where(condition).values(superseded_at=moment))
        restore_batch(session, batch_id, moment)
        return touched

    def _communities(self) -> list[str]:
        with self._workbook.reading() as session:
            found = session.execute(
                select(Fact.value, func.count())
                .where(Fact.code == "community", Fact.superseded_at.is_(None))
                .group_by(Fact.value)
            )
            return [value for value, _n in found if value]

    def _report(
        self, roster: Roster, *, dry_run: bool = False, batch_id: int | None = None
    ) -> ImportReport:
        return ImportReport(
            file_name=roster.file.name,
            n_rows=roster.n_rows,
            counts=roster.counts(),
            people=sum(row.outcome == "imported" for row in roster.rows),
            problems=problems_of(roster.rows),
            columns=_columns(roster),
            batch_id=batch_id,
            dry_run=dry_run,
        )


def _columns(roster: Roster) -> list[ReadColumn]:
    """Give every column of the file once, by its heading."""
    found: dict[str, ReadColumn] = {}
    for table in roster.tables:
        for use in table.columns:
            if not use.path.strip("/"):
                continue
            column = "" if use.column == "seq" and use.how == "saved" else use.column
            one = ReadColumn(
                table.sheet,
                use.path,
                use.samples,
                tuple(one.column for one in use.candidates),
                column,
                use.how,
            )
            if use.path not in found or (one.samples and not found[use.path].samples):
                found[use.path] = one
    return list(found.values())


def _plain_name(name: str) -> str:
    """Give the bare name of a file, without folders and without what cannot be printed."""
    bare = name.replace("\\", "/").rpartition("/")[2]
    return "".join(mark for mark in bare if mark.isprintable())[-120:] or "roster"

"""Keeping a workbook safe: backups, putting one back, and looking whether everything is whole.

Decides what a person is told and what has to be made anew after a workbook was restored; leaves the
work to `casework.access`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from casework.access.accounts import let_in_again
from casework.access.audit_chain import Head, check_chain, head_of, seal
from casework.access.audit_heads import keep_head, kept_heads
from casework.access.backup import make_backup, restore_backup, try_backup
from casework.access.backup_checks import Finding, check_database
from casework.access.backup_file import Manifest, Progress
from casework.access.engines import database_url, open_engine, writing
from casework.access.installing import may_install, rules_present
from casework.errors import WorkbookLocked, WorkbookUnavailable
from casework.terms import _
from casework.workbook.erasing import clean_what_waits
from casework.workbook.founding import found_workbook, require_present

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["Checked", "Keeping", "check_workbook", "restore_workbook", "try_out"]


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of looking at a workbook or a backup.

    Attributes
    ----------
    findings : sequence of Finding
        Empty where everything is whole.
    """

    findings: Sequence[Finding]
    rows: int = 0
    made_at: str | None = None
    head: Head | None = None

    def lines(self) -> list[str]:
        """Give what a person reads."""
        if self.findings:
            return [str(one) for one in self.findings]
        if self.made_at is not None:
            return [
                _(
                    "The backup of {at} can be restored: {rows} rows, everything is whole.",
                    at=self.made_at,
                    rows=self.rows,
                )
            ]
        lines = [_("Everything is whole.")]
        if self.head is not None:
            n, chain = self.head.seq, self.head.chain
            lines.append(_("The audit has {n} entries; its head is {chain}.", n=n, chain=chain))
        return lines


def _silent(_share: float, _said: str) -> None:
    pass


class Keeping:
    """Backups and checks of one workbook.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    def back_up(
        self, place: Path, *, keep: int | None = None, password: str | None = None,
        progress: Progress = _silent,
    ) -> Manifest:  # fmt: skip
        """Write the whole workbook into one file, while others go on working.

        Parameters
        ----------
        keep : int or None
            Keep the last so many backups as ``NAME``, ``NAME.1`` …; None refuses a name in use.
        password : str or None
            Encrypt the backup by it, in the age format.

        Raises
        ------
        InvalidEntry
            If the place is taken or cannot be written.
        NotFound
            If PostgreSQL's own programs are needed and not on this machine.
        """
        engine = self._workbook.engine
        clean_what_waits(engine)
        return make_backup(engine, place, progress, keep=keep, password=password)

    def verify(self, *, heads: Path | None = None, progress: Progress = _silent) -> Checked:
        """Look whether everything is whole: pages, references, and the chain of the audit.

        Parameters
        ----------
        heads : Path or None
            A file of heads kept elsewhere: the audit is compared with them, and where all is well
            its present head is added.
        """
        clean_what_waits(self._workbook.engine)
        return _check(self._workbook.engine, progress, heads)


def check_workbook(
    db: str | None, *, heads: Path | None = None, progress: Progress = _silent
) -> Checked:
    """Look whether a workbook is whole, also one that is too damaged to be worked in.

    Raises
    ------
    NotFound, WorkbookOutdated
        If there is none, or it is of another version.
    """
    engine = open_engine(database_url(db))
    try:
        try:
            require_present(engine)
        except WorkbookLocked:
            raise
        except (DBAPIError, WorkbookUnavailable):
            pass  # what is damaged is told below
        return _check(engine, progress, heads)
    finally:
        engine.dispose()


def _check(engine: Engine, progress: Progress, heads: Path | None = None) -> Checked:
    kept = kept_heads(heads) if heads else {}
    found = check_database(engine, progress)
    if not found:
        with engine.connect() as connection:
            found = check_chain(connection, kept)
    if found:  # nothing is sealed, and no head kept, of what is not as it should be
        return Checked(found)
    with writing(engine).begin() as connection:
        seal(connection)
        head = head_of(connection)
    if heads:
        keep_head(heads, head)
    return Checked([], head=head)


def restore_workbook(db: str | None, place: Path, *, progress: Progress = _silent) -> Manifest:
    """Put a backup where there is no workbook, and bring it to the present version.

    Raises
    ------
    NotPermitted
        If there is something already.
    UnreadableFile
        If the backup is damaged or of a later version.
    """
    url = database_url(db)
    manifest = restore_backup(url, place, progress)
    engine = open_engine(url)
    try:
        found_workbook(engine, manifest.agency)
        with engine.begin() as connection:
            if rules_present(connection) and may_install(connection):
                let_in_again(connection)
    finally:
        engine.dispose()
    return manifest


def try_out(db: str | None, place: Path, *, progress: Progress = _silent) -> Checked:
    """Restore a backup into a passing place and look whether everything is whole."""
    manifest, found = try_backup(database_url(db), place, progress)
    return Checked(found, sum(manifest.counts.values()), manifest.made_at)

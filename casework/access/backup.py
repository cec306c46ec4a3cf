"""Backups of a workbook while it is in use: making one, putting it back, trying it out.

Decides the order of the steps on both databases; leaves the file to
:mod:`casework.access.backup_file` and the copying to each database.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, select
from sqlalchemy.engine import URL

from casework import __version__
from casework.access.audit_chain import Head, check_chain, head_of, seal
from casework.access.backup_checks import Finding, check_database, count_rows
from casework.access.backup_file import (
    Data,
    Manifest,
    Progress,
    a_part_of,
    read_manifest,
    take_out,
    write_backup,
)
from casework.access.backup_postgresql import (
    a_passing_database,
    dump_postgresql,
    expected_size,
    load_postgresql,
    refuse_full_database,
)
from casework.access.backup_sqlite import copy_sqlite, place_sqlite
from casework.access.cipher import find_key, is_encrypted
from casework.access.engines import open_engine, writing
from casework.access.faults import file_of
from casework.errors import InvalidEntry, NotPermitted, UnreadableFile
from casework.records import Setting
from casework.records.migrations import knows_revision, present_revision
from casework.terms import _

__all__ = ["make_backup", "restore_backup", "try_backup"]


def make_backup(
    engine: Engine, place: Path, progress: Progress, *, keep: int | None = None,
    password: str | None = None,
) -> Manifest:  # fmt: skip
    """Write everything that a workbook holds into one file, while others work in it.

    Parameters
    ----------
    keep : int or None
        Keep so many backups under this name, the new one included; None refuses a name in use.
    password : str or None
        Encrypt it; then nothing of it lies on its disk unencrypted, not even meanwhile.

    Raises
    ------
    InvalidEntry
        If the place is taken or cannot be written.
    """
    if place.is_dir() or (keep is None and place.exists()):
        raise InvalidEntry(
            _(
                "{file} exists already. Choose another name, or keep the last backups with "
                "--keep N.",
                file=place,
            ),
            field="file",
            value=str(place),
        )
    with writing(engine).begin() as connection:
        seal(connection)
    packing = _share(progress, 0.5, 1.0)
    if engine.dialect.name == "sqlite":
        # A passing copy lies where the workbook does, not on the disk of the encrypted backup.
        near = place if password is None else file_of(engine) or place
        with a_part_of(near) as copied:
            copy_sqlite(engine, copied, _share(progress, 0.0, 0.5))
            with closing_engine(_file(copied)) as copy, copy.connect() as connection:
                manifest = _describe(connection)
            size = copied.stat().st_size
            data = Data(lambda: copied.open("rb"), size, is_packed=is_encrypted(copied))
            told = write_backup(
                place, data, manifest, keep=keep, password=password, progress=packing
            )
    else:
        one_state = engine.execution_options(isolation_level="REPEATABLE READ")
        with one_state.connect() as connection:
            manifest = _describe(connection)
            size = expected_size(connection)
            data = Data(lambda: dump_postgresql(connection), size, is_packed=True)
            told = write_backup(
                place, data, manifest, keep=keep, password=password, progress=packing
            )
    progress(1.0, "")
    return told


def restore_backup(url: URL, place: Path, progress: Progress) -> Manifest:
    """Put a backup into a workbook that is absent or empty: the whole of it, or nothing.

    Raises
    ------
    NotPermitted
        If something is there already, or the backup is of the other kind of database.
    UnreadableFile
        If the backup is damaged, or of a later version.
    """
    manifest = _readable(place)
    if manifest.kind != url.get_backend_name():
        raise NotPermitted(
            _(
                "This backup is of a {kind} workbook and can only be restored into one.",
                kind={"sqlite": "SQLite", "postgresql": "PostgreSQL"}[manifest.kind],
            )
        )
    if manifest.kind == "sqlite":
        with place_sqlite(Path(url.database or "")) as part:
            take_out(place, manifest, part, _share(progress, 0.0, 0.5))
            _unlock(part, place)
            with closing_engine(_file(part)) as engine:
                _require_whole(engine, manifest, _share(progress, 0.5, 1.0))
    else:
        with closing_engine(url) as engine, tempfile.TemporaryDirectory() as folder:
            refuse_full_database(engine)
            dump = Path(folder, "workbook.dump")
            take_out(place, manifest, dump, _share(progress, 0.0, 0.3))
            load_postgresql(engine, dump, _share(progress, 0.3, 0.8))
            _require_whole(engine, manifest, _share(progress, 0.8, 1.0))
    return manifest


def try_backup(url: URL, place: Path, progress: Progress) -> tuple[Manifest, list[Finding]]:
    """Restore a backup into a passing place and look at all of it; the place is gone afterwards.

    Parameters
    ----------
    url : URL
        Where the workbook is: a backup of PostgreSQL is tried out on the same server.

    Returns
    -------
    tuple of Manifest and list of Finding
        What the backup says of itself, and what is wrong with it.
    """
    manifest = _readable(place)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder, "workbook")
        take_out(place, manifest, data, _share(progress, 0.0, 0.3))
        if manifest.kind == "sqlite":
            _unlock(data, place)
            with closing_engine(_file(data)) as engine:
                return manifest, _all_of(engine, manifest, _share(progress, 0.3, 1.0))
        if url.get_backend_name() != "postgresql":
            raise NotPermitted(
                _(
                    "A backup of a PostgreSQL workbook is tried out on a PostgreSQL server: give "
                    "its address with --db."
                )
            )
        with a_passing_database(url) as engine:
            load_postgresql(engine, data, _share(progress, 0.3, 0.7))
            return manifest, _all_of(engine, manifest, _share(progress, 0.7, 1.0))


@contextmanager
def closing_engine(url: URL) -> Iterator[Engine]:
    """Open an engine for the length of a block."""
    engine = open_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


def _unlock(data: Path, place: Path) -> None:
    """Ask for the key of what was taken out of a backup, by the name that the person knows."""
    if is_encrypted(data):
        find_key(data, place)


def _readable(place: Path) -> Manifest:
    manifest = read_manifest(place)
    if not knows_revision(manifest.revision):
        raise UnreadableFile(
            _("{file} was made by a later version of casework; use that.", file=place)
        )
    return manifest


def _describe(connection: Connection) -> Manifest:
    agency = connection.scalar(select(Setting.value).where(Setting.key == "agency"))
    version = connection.dialect.server_version_info or ()
    return Manifest(
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        program=__version__,
        kind=connection.dialect.name,
        server=".".join(str(part) for part in version),
        agency=str(agency or ""),
        revision=present_revision(connection) or "",
        counts=count_rows(connection),
        head=asdict(head_of(connection)),
    )


def _all_of(engine: Engine, manifest: Manifest, progress: Progress) -> list[Finding]:
    """Look at pages, references, counts and the chain of a restored workbook."""
    found = check_database(engine, progress, manifest.counts)
    if not found and manifest.head is not None:
        head = Head.read(manifest.head)
        with engine.connect() as connection:
            found = check_chain(connection, {head.seq: head.chain})
    return found


def _require_whole(engine: Engine, manifest: Manifest, progress: Progress) -> None:
    found = _all_of(engine, manifest, progress)
    if found:
        raise UnreadableFile(
            _("The backup is not whole: {reason} Take an earlier backup.", reason=found[0])
        )


def _file(path: Path) -> URL:
    return URL.create("sqlite", database=str(path))


def _share(progress: Progress, first: float, last: float) -> Progress:
    """Let a step tell its own progress as a part of the whole."""
    return lambda share, said: progress(first + share * (last - first), said)

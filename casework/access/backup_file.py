"""The file of a backup: one ZIP with the data of a workbook and a manifest that says what is in it.

Decides the form, and that a file is whole or absent: it is written beside its place, brought to the
disk and only then given its name. Leaves how data gets out of a database and in again to
:mod:`casework.access.backup_sqlite` and :mod:`casework.access.backup_postgresql`.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import secrets
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from casework.access.age import AgeReader, AgeWriter, DamagedAge, WrongPassword, is_age
from casework.access.keys import backup_passwords, hold_backup_password
from casework.access.to_disk import bring_to_disk
from casework.disk import refusal
from casework.errors import InvalidEntry, UnreadableFile
from casework.terms import _

__all__ = [
    "Data",
    "Manifest",
    "Progress",
    "a_part_of",
    "put_in_place",
    "read_manifest",
    "take_out",
    "write_backup",
]

Progress = Callable[[float, str], None]

_FORMAT = 1
_DAMAGES = (
    DamagedAge, zipfile.BadZipFile, EOFError, OSError, ValueError, KeyError, NotImplementedError,
)  # fmt: skip
_MANIFEST, _DATA = "manifest.json", {"sqlite": "workbook.sqlite", "postgresql": "workbook.dump"}
_AT_ONCE = 1 << 20
_MANIFEST_AT_MOST = 1 << 20


@dataclass(frozen=True, slots=True)
class Data:
    """What is packed into a backup.

    Attributes
    ----------
    opens : callable
        Opens it for reading, once; what goes wrong after the last byte is raised when it closes.
    size : int
        In bytes, as far as it is known before.
    is_packed : bool
        Whether packing would only cost time.
    """

    opens: Callable[[], AbstractContextManager[BinaryIO]]
    size: int
    is_packed: bool


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself.

    Attributes
    ----------
    made_at : str
        Moment in UTC at which the copied state stood, ISO 8601.
    kind : str
        ``sqlite`` or ``postgresql``.
    revision : str
        Version of the tables.
    counts : mapping of str to int
        Rows of every table.
    head : mapping or None
        Head of the audit chain (`casework.access.audit_chain.Head`), None where nothing is sealed.
    size, sha256 : int, str
        Of the data, as it is before packing.
    """

    made_at: str
    program: str
    kind: str
    server: str
    agency: str
    revision: str
    counts: Mapping[str, int]
    head: Mapping[str, Any] | None
    size: int = 0
    sha256: str = ""
    format: int = _FORMAT


def put_in_place(part: Path, place: Path, *, keep: int | None = None) -> None:
    """Give a finished file its name, durably; earlier ones move on to ``NAME.1`` and so on.

    Parameters
    ----------
    keep : int or None
        How many files there may be with the new one; None leaves whatever is there in peace and
        must not find anything.

    Raises
    ------
    InvalidEntry
        If the place is taken and nothing was said about keeping.
    """
    with part.open("rb") as written:
        bring_to_disk(written.fileno())
    if keep is None:
        try:
            os.link(part, place)  # unlike a rename, never over a file that appeared meanwhile
        except FileExistsError:
            raise _taken(place) from None
        part.unlink()
    else:
        _move_on(place, keep)
        part.replace(place)
    _sync_folder(place.parent)


@contextmanager
def a_part_of(place: Path) -> Iterator[Path]:
    """Give an empty file for its owner's eyes only, beside a place; it is gone after the block.

    Raises
    ------
    InvalidEntry
        If the folder does not exist or cannot be written.
    """
    # The name is chosen first: an interruption between making the file and keeping its name would
    # leave the file behind.
    part = place.with_name(f".{place.name}.{secrets.token_hex(4)}.part")
    try:
        try:
            os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        except OSError:
            raise InvalidEntry(
                _("{file} cannot be written. Choose a file in a folder that can.", file=place),
                field="file",
                value=str(place),
            ) from None
        yield part
    finally:
        part.unlink(missing_ok=True)


def write_backup(
    place: Path, data: Data, manifest: Manifest, *, keep: int | None, password: str | None,
    progress: Progress,
) -> Manifest:  # fmt: skip
    """Pack data and manifest, and put the file in its place; give the manifest as written.

    Parameters
    ----------
    data : Data
    keep : int or None
        How many files there may be under this name, the new one included.
    password : str or None
        Encrypts the whole file, manifest and all.
    """
    with a_part_of(place) as part:
        with (
            part.open("wb") as file,
            _sealed(file, password) as out,
            zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as pack,
        ):
            told = _pack(pack, data, manifest, progress)
            whole = json.dumps(asdict(told), ensure_ascii=False, indent=1, sort_keys=True)
            pack.writestr(_MANIFEST, whole)
        put_in_place(part, place, keep=keep)
    return told


@contextmanager
def _sealed(file: BinaryIO, password: str | None) -> Iterator[BinaryIO]:
    """Give the file itself, or what encrypts into it."""
    if password is None:
        yield file
        return
    with AgeWriter(file, password) as out:
        yield cast(BinaryIO, out)


def read_manifest(place: Path) -> Manifest:
    """Read what a backup says of itself.

    Raises
    ------
    UnreadableFile
        If it is no backup, is damaged, or was made by a later program.
    """
    with _opened(place) as pack:
        entries = {one.filename: one for one in pack.infolist()}
        entry = entries.get(_MANIFEST)
        if entry is None or entry.file_size > _MANIFEST_AT_MOST:
            raise _no_backup(place)
        read = json.loads(pack.read(entry))
        if not isinstance(read, dict) or not isinstance(read.get("format"), int):
            raise _no_backup(place)
        if read["format"] > _FORMAT:
            raise UnreadableFile(
                _("{file} was made by a later version of casework; use that.", file=place)
            )
        try:
            manifest = Manifest(**read)
        except TypeError:
            raise _no_backup(place) from None
        data = entries.get(_DATA.get(manifest.kind, ""))
        if data is None or data.file_size != manifest.size:
            raise _no_backup(place)
    return manifest


def take_out(place: Path, manifest: Manifest, target: Path, progress: Progress) -> None:
    """Unpack the data of a backup into a file, and see that it is what was put in.

    Raises
    ------
    UnreadableFile
        If a single bit of it is different.
    """
    digest, done = hashlib.sha256(), 0
    with (
        _opened(place) as pack,
        pack.open(_DATA[manifest.kind]) as source,
        target.open("wb") as out,
    ):
        while chunk := source.read(_AT_ONCE):
            digest.update(chunk)
            out.write(chunk)
            done += len(chunk)
            progress(done / max(1, manifest.size), _("unpacking"))
    if digest.hexdigest() != manifest.sha256:
        raise _damaged(place)


def _pack(pack: zipfile.ZipFile, data: Data, manifest: Manifest, progress: Progress) -> Manifest:
    digest, done = hashlib.sha256(), 0
    entry = zipfile.ZipInfo(_DATA[manifest.kind], (1980, 1, 1, 0, 0, 0))
    entry.external_attr = 0o600 << 16
    entry.compress_type = zipfile.ZIP_STORED if data.is_packed else zipfile.ZIP_DEFLATED
    with data.opens() as source, pack.open(entry, "w", force_zip64=True) as out:
        while chunk := source.read(_AT_ONCE):
            digest.update(chunk)
            out.write(chunk)
            done += len(chunk)
            progress(min(0.99, done / max(1, data.size)), _("packing"))
    told = asdict(manifest) | {"size": done, "sha256": digest.hexdigest()}
    return Manifest(**told)


@contextmanager
def _opened(place: Path) -> Iterator[zipfile.ZipFile]:
    """Open a backup; whatever is wrong with the file is said in one sentence."""
    try:
        file: BinaryIO = place.open("rb")
    except OSError as error:
        raise UnreadableFile(
            _(
                "{file} cannot be read: {reason}. Give the file of a backup.",
                file=place,
                reason=refusal(error),
            )
        ) from None
    try:
        with file, _decrypted(file, place) as plain, zipfile.ZipFile(plain) as pack:
            yield pack
    except (
        DamagedAge,
        zipfile.BadZipFile,
        EOFError,
        OSError,
        ValueError,
        KeyError,
        NotImplementedError,
    ):
        raise _damaged(place) from None
    except Exception as error:  # what zlib raises has no home in the standard library's errors
        if type(error).__module__ != "zlib":
            raise
        raise _damaged(place) from None


@contextmanager
def _decrypted(file: BinaryIO, place: Path) -> Iterator[BinaryIO]:
    """Give the file itself, or what decrypts it piece by piece; nothing of it goes to a disk."""
    if not is_age(file):
        yield file
        return
    try:
        reader = AgeReader(file, backup_passwords(place), hold_backup_password)
    except WrongPassword:
        raise UnreadableFile(
            _(
                "The backup {file} is encrypted, and no password that is known here fits. Run this "
                "at a terminal and enter the one that the backup was made with.",
                file=place,
            )
        ) from None
    with io.BufferedReader(reader, _AT_ONCE) as plain:
        yield cast(BinaryIO, plain)


def _move_on(place: Path, keep: int) -> None:
    """Make room for a new file, the oldest first, so that breaking off loses nothing early."""
    first = _numbered(place, 1)
    if not place.exists() or (first.exists() and first.samefile(place)):
        return  # nothing to keep, or it was moved on already when the last time was broken off
    taken = 1
    while _numbered(place, taken).exists():
        taken += 1
    for number in range(taken, 1, -1):
        before = _numbered(place, number - 1)
        if number >= keep:
            before.unlink()
        else:
            before.replace(_numbered(place, number))
    if keep > 1:
        _give_a_second_name(place, first)


def _give_a_second_name(place: Path, other: Path) -> None:
    """Let a file be found under both names, so that there is one under the first at any time."""
    try:
        os.link(place, other)
    except OSError:  # a disk without links, as many a stick: for a moment the first name is gone
        place.replace(other)


def _numbered(place: Path, number: int) -> Path:
    return place.with_name(f"{place.name}.{number}")


def _sync_folder(folder: Path) -> None:
    """Bring the name of a file to the disk, where the system can."""
    try:
        number = os.open(folder, os.O_RDONLY)
    except OSError:  # not on every system can a folder be opened
        return
    try:
        bring_to_disk(number)
    finally:
        os.close(number)


def _taken(place: Path) -> InvalidEntry:
    return InvalidEntry(
        _(
            "{file} exists already. Choose another name, or keep the last backups with --keep N.",
            file=place,
        ),
        field="file",
        value=str(place),
    )


def _no_backup(place: Path) -> UnreadableFile:
    return UnreadableFile(
        _("{file} is not a backup of casework. Give a file that backup made.", file=place)
    )


def _damaged(place: Path) -> UnreadableFile:
    return UnreadableFile(
        _("{file} is damaged or is not a backup of casework. Take an earlier backup.", file=place)
    )

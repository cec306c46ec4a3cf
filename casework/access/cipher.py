"""Opening an encrypted workbook: SQLCipher, page by page, the log beside it included.

SQLCipher (the binding ``sqlcipher3``) was chosen over SQLite3 Multiple Ciphers because its format
is documented, ten years old and opened by other programs, because every page carries a code that
tells a flipped bit, and because the binding is Python's own ``sqlite3`` compiled against another
library: the rest of the program does not know the difference.

Decides whether a file is encrypted and makes the connections to it; leaves the keys to
:mod:`casework.access.keys`.
"""

from __future__ import annotations

import os
from pathlib import Path
from types import ModuleType
from typing import Any

from casework.access.faults import OLE, SQLITE, ZIP
from casework.access.guard import is_open_here
from casework.access.keys import SALT_BYTES, FileKey, hold, keys_to_try
from casework.errors import NotFound, WorkbookLocked
from casework.terms import _

__all__ = [
    "cipher_module",
    "connect_encrypted",
    "connect_with",
    "find_key",
    "is_encrypted",
    "salt_of",
]

_PAGE = 4096
_NOTADB = 26
# As Python's own SQLite is set, which ours is built otherwise; and nothing may be written aside.
_SETTINGS = ("cipher_log_level = NONE", "temp_store = MEMORY", "recursive_triggers = OFF")

_heads: dict[tuple[int, int], bytes] = {}


def is_encrypted(path: Path) -> bool:
    """Tell whether a file looks like an encrypted workbook: whole pages that say nothing."""
    head = _head_of(path)
    if len(head) < SALT_BYTES or head.startswith((SQLITE, ZIP, OLE)) or _is_text(head):
        return False
    try:
        size = path.stat().st_size
    except OSError:
        return False
    return size % _PAGE == 0


def salt_of(path: Path) -> bytes:
    """Give the bytes that an encrypted file begins with; they are no secret."""
    return _head_of(path)[:SALT_BYTES]


def cipher_module() -> ModuleType:
    """Give the database module that knows SQLCipher.

    Raises
    ------
    NotFound
        If it was not installed.
    """
    try:
        from sqlcipher3 import dbapi2
    except ImportError:
        raise NotFound(
            _(
                "Encrypted workbooks need a package that is not installed here. Install it with: "
                "pip install -r requirements/encrypt.lock"
            )
        ) from None
    module: ModuleType = dbapi2
    return module


def connect_encrypted(path: Path, arguments: Any, options: Any) -> Any:
    """Open a connection to an encrypted file, with the first key that fits.

    Raises
    ------
    WorkbookLocked
        If no key fits, or none is known and nobody can be asked.
    """
    return _connected(path, path, arguments, options)[0]


def find_key(path: Path, called: Path | None = None) -> FileKey:
    """Find the key of an encrypted file, and remember it for this process.

    Parameters
    ----------
    called : Path or None
        What the person knows the file as, where it is a passing copy.

    Raises
    ------
    WorkbookLocked
        If no key fits, or none is known and nobody can be asked.
    """
    connection, key = _connected(path, called or path, (str(path),), {})
    connection.close()
    return key


def _connected(path: Path, called: Path, arguments: Any, options: Any) -> tuple[Any, FileKey]:
    tried = False
    for key in keys_to_try(salt_of(path), called):
        connection = connect_with(key, arguments, options)
        if connection is not None:
            hold(key)
            return connection, key
        tried = True
    raise WorkbookLocked(_does_not_fit(called) if tried else _no_password(called))


def connect_with(key: FileKey | None, arguments: Any, options: Any) -> Any:
    """Open a connection with one key; None where the key does not fit.

    Parameters
    ----------
    key : FileKey or None
        None opens a file that is not encrypted.
    """
    module = cipher_module()
    connection = module.connect(*arguments, **options)
    try:
        if key is not None:
            connection.execute(f'PRAGMA key = "{key.literal}"')
        for setting in _SETTINGS:
            connection.execute(f"PRAGMA {setting}")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except module.DatabaseError as error:
        connection.close()
        if getattr(error, "sqlite_errorcode", 0) & 0xFF != _NOTADB:
            raise
        return None
    except BaseException:
        connection.close()
        raise
    return connection


def _head_of(path: Path) -> bytes:
    """Read the first bytes of a file, but never where this process has it open.

    Closing a descriptor would drop the locks on it; what was read before is remembered then.
    """
    try:
        found = os.stat(path)
        identity = found.st_dev, found.st_ino
        if identity in _heads and is_open_here(path):
            return _heads[identity]
        with path.open("rb") as file:
            head = file.read(SALT_BYTES)
    except OSError:
        return b""
    if head:
        _heads[identity] = head
    return head


def _is_text(head: bytes) -> bool:
    return all(32 <= one < 127 or one in b"\t\r\n" for one in head) or _reads_as_utf8(head)


def _reads_as_utf8(head: bytes) -> bool:
    """Tell whether the head begins a text; its last character may be cut."""
    for end in range(len(head), len(head) - 4, -1):
        try:
            return head[:end].decode("utf-8").isprintable()
        except UnicodeDecodeError:
            continue
    return False


def _does_not_fit(path: Path) -> str:
    return _(
        "The password does not fit the file {place}, or it is not a workbook. Check capital "
        "letters and the input method, then try again; without its password nobody can open it.",
        place=path.absolute(),
    )


def _no_password(path: Path) -> str:
    return _(
        "The file {place} is not a workbook, or it is encrypted and its password is not in the "
        "keyring of this account. Start casework at a terminal: it asks for the password.",
        place=path.absolute(),
    )

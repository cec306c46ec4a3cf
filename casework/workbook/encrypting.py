"""Encrypting a workbook in a file, taking that back, and changing its password.

Decides what is written down of it and where the password is kept; leaves the file to
`casework.access.rewriting`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from casework.access.cipher import cipher_module, find_key, is_encrypted
from casework.access.engines import database_url, open_engine
from casework.access.faults import file_named
from casework.access.keys import FileKey, hold, keep_in_keyring, new_key
from casework.access.rewriting import rewrite
from casework.errors import NotPermitted
from casework.terms import _
from casework.workbook.door import Workbook
from casework.workbook.founding import require_present

__all__ = ["Rewritten", "change_password", "decrypt_workbook", "encrypt_workbook"]

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Rewritten:
    """What came of it: rows in the file, and whether the account's keyring keeps the password."""

    rows: int
    in_keyring: bool


def encrypt_workbook(
    db: str | None, password: Callable[[], str], progress: Progress, *, keyring: bool = True
) -> Rewritten:
    """Encrypt a workbook that is not.

    Parameters
    ----------
    password : callable
        Asked for the password when it is sure that it will be used.
    keyring : bool
        Whether the password is kept in the keyring of the account, where there is one.

    Raises
    ------
    NotPermitted
        If it is encrypted already, or open somewhere, or on a server.
    InvalidEntry
        If the password can be guessed.
    """
    path = _file(db)
    if is_encrypted(path):
        raise NotPermitted(
            _("The workbook is encrypted already. Change its password with: casework password")
        )
    _require_present(db)
    return _under_another(db, path, None, password, progress, keyring, "encrypt")


def change_password(
    db: str | None, password: Callable[[], str], progress: Progress, *, keyring: bool = True
) -> Rewritten:
    """Write an encrypted workbook anew under another password; backups keep the one they had."""
    path = _file(db)
    present = _present_key(path)
    return _under_another(db, path, present, password, progress, keyring, "change_password")


def decrypt_workbook(db: str | None, progress: Progress) -> Rewritten:
    """Write an encrypted workbook anew without encryption."""
    path = _file(db)
    rows = rewrite(path, _present_key(path), None, progress)
    _write_down(db, "decrypt")
    return Rewritten(rows, in_keyring=False)


def _under_another(
    db: str | None, path: Path, present: FileKey | None, password: Callable[[], str],
    progress: Progress, keyring: bool, action: str,
) -> Rewritten:  # fmt: skip
    word = password()
    wanted = new_key(word)
    # Before the file needs it: a keyring that keeps one password too many does no harm.
    kept = keyring and keep_in_keyring(wanted, word)
    rows = rewrite(path, present, wanted, progress)
    hold(wanted)
    _write_down(db, action)
    return Rewritten(rows, kept)


def _file(db: str | None) -> Path:
    path = file_named(database_url(db))
    if path is None:
        raise NotPermitted(
            _(
                "Only a workbook in a file is encrypted by casework. On PostgreSQL encrypt the "
                "disk of the server, and the backups with: casework backup FILE --encrypt"
            )
        )
    cipher_module()  # said before anything is asked
    return path


def _require_present(db: str | None) -> None:
    engine = open_engine(database_url(db))
    try:
        require_present(engine)
    finally:
        engine.dispose()


def _present_key(path: Path) -> FileKey:
    """Find the key of an encrypted file, asking for it where it is not known."""
    if not is_encrypted(path):
        raise NotPermitted(
            _("The workbook is not encrypted. Encrypt it with: casework encrypt")
            if path.exists()
            else _("There is no workbook at {place}. Check --db.", place=path.absolute())
        )
    return find_key(path)


def _write_down(db: str | None, action: str) -> None:
    """Log that it was done, by whom and when, and bring the workbook's settings back."""
    book = Workbook(open_engine(database_url(db)))
    try:
        with book.transaction() as session:
            book.log(session, action, "workbook")
    finally:
        book.close()

"""The commands that keep a workbook safe: backup, restore, verify, encrypt, decrypt, password.

Decides what they say; leaves their work to :mod:`casework.workbook.keeping`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from casework.terms import _

if TYPE_CHECKING:
    from casework.workbook import Workbook

__all__ = ["add_encryption", "back_up", "change_encryption", "restore", "verify"]

Progress = Callable[[float, str], None]


def back_up(
    book: Workbook, place: Path, keep: int | None, progress: Progress, *, encrypt: bool = False
) -> str:
    """Make a backup and tell of it."""
    password = None
    if encrypt:
        from casework.access.keys import password_for_backups

        password = password_for_backups(_("Password of backups (empty: casework makes one): "))
    made = book.keeping.back_up(place, keep=keep, password=password, progress=progress)
    return _(
        "Backup written to {file}: {rows} rows. Keep it on another disk, and try it out with: "
        "casework verify {file}",
        file=place,
        rows=sum(made.counts.values()),
    )


def restore(db: str | None, place: Path, progress: Progress) -> str:
    """Restore a backup and tell of it."""
    from casework.workbook.keeping import restore_workbook

    told = restore_workbook(db, place, progress=progress)
    return _(
        "The workbook stands as it was at {at}: {rows} rows.",
        at=told.made_at,
        rows=sum(told.counts.values()),
    )


def verify(
    db: str | None, place: Path | None, heads: Path | None, progress: Progress
) -> tuple[list[str], bool]:
    """Look at the workbook, or try a backup out; tell of it, and whether all is well."""
    from casework.workbook.keeping import check_workbook, try_out

    if place is not None:
        found = try_out(db, place, progress=progress)
    else:
        found = check_workbook(db, heads=heads, progress=progress)
    return found.lines(), not found.findings


def add_encryption(command: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """Add the commands that write the workbook under another key."""
    for name, purpose in (
        ("encrypt", _("encrypt the workbook; asks for a password")),
        ("password", _("change the password of an encrypted workbook")),
    ):
        one = command(name, purpose)
        one.add_argument(
            "--no-keyring",
            action="store_true",
            help=_("do not keep the password in the keyring of this account"),
        )
    command("decrypt", _("take the encryption of the workbook away"))


def change_encryption(
    what: str, db: str | None, progress: Progress, *, keyring: bool = True
) -> str:
    """Encrypt, decrypt or change the password, and tell of it."""
    from casework.access.keys import ask_for_new
    from casework.workbook.encrypting import change_password, decrypt_workbook, encrypt_workbook

    def new() -> str:
        return ask_for_new(_("New password (empty: casework makes one): "))

    if what == "decrypt":
        done = decrypt_workbook(db, progress)
        return _(
            "The workbook is no longer encrypted: {rows} rows. Encrypted backups keep their "
            "passwords.",
            rows=done.rows,
        )
    change = encrypt_workbook if what == "encrypt" else change_password
    done = change(db, new, progress, keyring=keyring)
    told = _("The workbook is encrypted under the new password: {rows} rows.", rows=done.rows)
    if done.in_keyring:
        where = _("This account's keyring keeps it; keep it on paper in the safe as well.")
    else:
        where = _("No keyring keeps it: casework will ask for it. Keep it on paper in the safe.")
    older = _("Backups made before are as they were, and need what they needed.")
    return f"{told} {where} {older}"

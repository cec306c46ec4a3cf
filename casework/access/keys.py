"""Where the key of an encrypted workbook comes from, and that it goes nowhere else.

A password becomes a key as SQLCipher 4 itself makes it (PBKDF2-HMAC-SHA512, 256,000 rounds over the
16 bytes that an encrypted file begins with), so that any program that knows SQLCipher opens the
file by the same password. The key is looked for in this order: what this process was given before;
the program that serves this page (a socket in its own folder: :mod:`casework.access.key_agent`);
a descriptor handed over by ``--key-fd``; the keyring of the account; the person at the terminal.
It is never in an argument, the environment, a log or a file of ours.

Decides the order and what a person is told; leaves the file to :mod:`casework.access.cipher`.
"""

from __future__ import annotations

import getpass
import hashlib
import os
import secrets
import sys
import threading
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from casework.access.key_agent import ask_agent
from casework.errors import InvalidEntry
from casework.terms import _

__all__ = [
    "FileKey",
    "ask_for_new",
    "ask_for_password",
    "backup_passwords",
    "forget_keys",
    "held_keys",
    "hold",
    "hold_backup_password",
    "keep_in_keyring",
    "key_from",
    "keys_to_try",
    "new_key",
    "password_for_backups",
    "take_passwords_from",
]

SALT_BYTES = 16
_ROUNDS, _KEY_BYTES = 256_000, 32
_SHORTEST = 10
_TRIES = 3
_SERVICE, _BACKUPS = "casework", "backups"
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # none that is read as another
_GROUPS, _GROUP = 5, 5  # 31 letters: 123 bits

_held: dict[bytes, FileKey] = {}
_given: list[str] = []
_of_backups: list[str] = []
_asking = threading.Lock()


@dataclass(frozen=True, slots=True)
class FileKey:
    """The key of one file.

    Attributes
    ----------
    salt : bytes
        The first 16 bytes of the file, which are no secret.
    raw : bytes
        The key proper, 32 bytes; not shown by ``repr``.
    """

    salt: bytes
    raw: bytes = field(repr=False)

    @property
    def literal(self) -> str:
        """The key as a statement of SQLCipher takes it."""
        return f"x'{self.raw.hex()}{self.salt.hex()}'"


def key_from(password: str, salt: bytes) -> FileKey:
    """Make the key of a file from its password."""
    secret = _plain(password).encode()
    return FileKey(salt, hashlib.pbkdf2_hmac("sha512", secret, salt, _ROUNDS, _KEY_BYTES))


def new_key(password: str) -> FileKey:
    """Make a key for a file that is to be written.

    Raises
    ------
    InvalidEntry
        If the password is shorter than ten characters, or one character over and over.
    """
    return key_from(checked(password), secrets.token_bytes(SALT_BYTES))


def checked(password: str) -> str:
    """Give a new password as it will be used, or refuse it."""
    plain = _plain(password)
    if len(plain) < _SHORTEST or len(set(plain)) < _SHORTEST // 2:
        raise InvalidEntry(
            _(
                "This password can be guessed. Take at least {n} characters, not the same ones "
                "over and over: three or four words, for example.",
                n=_SHORTEST,
            ),
            field="password",
        )
    return plain


def hold(key: FileKey) -> None:
    """Remember a key that fits, for as long as this process lives."""
    _held[key.salt] = key


def held_keys() -> dict[bytes, FileKey]:
    """Give the keys that this process knows, by the first bytes of their files."""
    return dict(_held)


def forget_keys() -> None:
    """Forget every key and every password that was given."""
    _held.clear()
    _given.clear()
    _of_backups.clear()


def take_passwords_from(descriptor: int) -> None:
    """Read passwords, one a line, from a descriptor that whoever started us has opened.

    Raises
    ------
    InvalidEntry
        If it is not open.
    """
    try:
        with os.fdopen(descriptor, encoding="utf-8") as lines:
            _given.extend(line for line in lines.read().splitlines() if line)
    except (OSError, UnicodeDecodeError):
        raise InvalidEntry(
            _(
                "Nothing can be read from descriptor {n}. Open it for us, such as: "
                "casework backup FILE --key-fd 3 3< <(a command that prints the password)",
                n=descriptor,
            ),
            field="key-fd",
            value=descriptor,
        ) from None


def keys_to_try(salt: bytes, place: Path) -> Iterator[FileKey]:
    """Give every key that may open a file, the person at the terminal asked last."""
    if salt in _held:
        yield _held[salt]
    told = ask_agent(salt)
    if told is not None:
        yield FileKey(salt, told)
    for password in _given:
        yield key_from(password, salt)
    kept = _kept_in_keyring(salt.hex())
    if kept is not None:
        yield key_from(kept, salt)
    with _asking:
        if salt in _held:  # meanwhile, by another connection
            yield _held[salt]
            return
        for left in range(_TRIES, 0, -1):
            entered = ask_for_password(_("Password of {file}: ", file=place.name))
            if not entered:
                return
            yield key_from(entered, salt)
            if left > 1 and salt not in _held:
                print(_("This password does not fit."), file=sys.stderr)


def backup_passwords(place: Path) -> Iterator[str]:
    """Give every password that may open an encrypted backup, the person asked last."""
    yield from _of_backups
    yield from (_plain(one) for one in _given)
    kept = _kept_in_keyring(_BACKUPS)
    if kept is not None:
        yield kept
    for left in range(_TRIES, 0, -1):
        entered = ask_for_password(_("Password of {file}: ", file=place.name))
        if not entered:
            return
        yield _plain(entered)
        if left > 1:
            print(_("This password does not fit."), file=sys.stderr)


def hold_backup_password(password: str) -> None:
    """Remember a password that opened a backup, for as long as this process lives."""
    if password not in _of_backups:
        _of_backups.insert(0, password)


def password_for_backups(words: str, *, keyring: bool = True) -> str:
    """Give the password that new backups are encrypted with: handed over, kept, or asked for now.

    Parameters
    ----------
    keyring : bool
        Whether the keyring of the account is asked, and keeps a password that is new.

    Raises
    ------
    InvalidEntry
        If nobody can be asked, or the password can be guessed.
    """
    kept = _kept_in_keyring(_BACKUPS) if keyring and not _given else None
    if kept is not None:
        return kept
    new = _plain(ask_for_new(words))
    if keyring:
        _keep_in_keyring(_BACKUPS, new)
    return new


def ask_for_password(words: str) -> str | None:
    """Ask the person at the terminal, or in the notebook; None where nobody can be asked."""
    if not _somebody_is_there():
        return None
    try:
        return getpass.getpass(words) or None
    except (EOFError, OSError, NotImplementedError, RuntimeError):
        return None


def ask_for_new(words: str) -> str:
    """Ask for a new password twice, or make one where nothing is entered.

    Raises
    ------
    InvalidEntry
        If nobody can be asked, the two differ, or it can be guessed.
    """
    if _given:
        return checked(_given.pop())  # after the one that is still in force
    if not _somebody_is_there():
        raise InvalidEntry(
            _("Nobody is here to enter a password. Run this at a terminal, or give --key-fd."),
            field="password",
        )
    first = getpass.getpass(words)
    if not first:
        made = "-".join(
            "".join(secrets.choice(_LETTERS) for _letter in range(_GROUP))
            for _group in range(_GROUPS)
        )
        print(
            _(
                "The password is:  {password}\nWrite it down now and keep the paper in the safe. "
                "Without it nobody can open the file.",
                password=made,
            ),
            file=sys.stderr,
        )
        return made
    if _plain(first) != _plain(getpass.getpass(_("The same once more: "))):
        raise InvalidEntry(
            _("The two passwords are not the same. Nothing was changed; begin again."),
            field="password",
        )
    return checked(first)


def keep_in_keyring(key: FileKey, password: str) -> bool:
    """Keep a password in the keyring of the account; tell whether there is one that took it."""
    return _keep_in_keyring(key.salt.hex(), _plain(password))


def _keep_in_keyring(name: str, password: str) -> bool:
    ring = _keyring()
    if ring is None:
        return False
    try:
        ring.set_password(_SERVICE, name, password)
    except ring.errors.KeyringError:
        return False
    return True


def _kept_in_keyring(name: str) -> str | None:
    ring = _keyring()
    if ring is None:
        return None
    try:
        found: str | None = ring.get_password(_SERVICE, name)
    except ring.errors.KeyringError:  # locked, or none
        return None
    return found


def _keyring() -> Any:
    try:
        import keyring
        import keyring.errors
    except ImportError:  # an extra that was not installed
        return None
    return keyring


def _somebody_is_there() -> bool:
    """Tell whether a person can be asked: at a terminal, or in a notebook that lends its own."""
    ask: Callable[..., str] = getpass.getpass
    if ask.__module__ != "getpass":  # the kernel of a notebook has put its own there
        return "CASEWORK_SERVED" not in os.environ
    return sys.stdin is not None and sys.stdin.isatty()


def _plain(password: str) -> str:
    """Let a password be the same from every keyboard."""
    return unicodedata.normalize("NFC", password.strip())

"""Files encrypted by a password in the age format, version 1: written and read as streams.

age was chosen for backups because its format is one page, has not changed since 2021, and is read
by several programs that are not ours: ``age --decrypt`` opens a backup when casework is long gone.
Every 64 KiB carry a code of their own, so that a changed bit, a piece that is missing or moved, and
an end that was cut off are told; and any place can be read without what is before it, so that
nothing decrypted need lie on a disk. The primitives are those of ``cryptography`` and hashlib.

References
----------
https://age-encryption.org/v1 (scrypt recipient stanza, STREAM payload).
"""

from __future__ import annotations

import hashlib
import hmac
import io
import secrets
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable
from typing import Any, BinaryIO

from casework.errors import CaseworkError, NotFound
from casework.terms import _

__all__ = ["MAGIC", "AgeReader", "AgeWriter", "DamagedAge", "WrongPassword", "is_age"]

MAGIC = b"age-encryption.org/v1\n"
_CHUNK, _TAG, _KEY, _NONCE = 64 * 1024, 16, 16, 16
_WORK, _MOST_WORK = 17, 20  # 2**17 · 1 KiB: 128 MiB and half a second for each guess
_LONGEST_HEADER = 4096
_END = b"\n---"


class WrongPassword(CaseworkError):
    """None of the passwords opens the file."""


class DamagedAge(CaseworkError):
    """The file was changed, or its end is missing."""


class AgeWriter(io.RawIOBase):
    """Encrypts what is written to it; the file is whole when this was closed.

    Parameters
    ----------
    file : BinaryIO
        Where the encrypted bytes go; it stays open.
    password : str
    work : int
        Two to this power are the rounds by which guessing is made slow.
    """

    def __init__(self, file: BinaryIO, password: str, *, work: int = _WORK) -> None:
        super().__init__()
        self._file, self._pending, self._count = file, bytearray(), 0
        key, salt = secrets.token_bytes(_KEY), secrets.token_bytes(16)
        wrapped = _cipher(_stretched(password, salt, work)).encrypt(bytes(12), key, None)
        head = MAGIC + b"-> scrypt %s %d\n%s\n---" % (_text(salt), work, _text(wrapped))
        nonce = secrets.token_bytes(_NONCE)
        file.write(head + b" " + _text(_mac(key, head)) + b"\n" + nonce)
        self._seal = _cipher(_derived(key, nonce, b"payload"))

    def writable(self) -> bool:
        """Tell that it can be written to."""
        return True

    def write(self, given: Any) -> int:
        """Take bytes; give their number."""
        taken = memoryview(given).cast("B")
        self._pending += taken
        while len(self._pending) > _CHUNK:  # one is kept back: the last one is marked
            self._put(bytes(self._pending[:_CHUNK]), last=False)
            del self._pending[:_CHUNK]
        return len(taken)

    def close(self) -> None:
        """Write the last piece, which says that it is the last."""
        if not self.closed:
            self._put(bytes(self._pending), last=True)
            self._pending.clear()
        super().close()

    def _put(self, piece: bytes, *, last: bool) -> None:
        self._file.write(self._seal.encrypt(_counted(self._count, last=last), piece, None))
        self._count += 1


class AgeReader(io.RawIOBase):
    """Reads any place of an encrypted file.

    Parameters
    ----------
    file : BinaryIO
        A file that can be sought in.
    passwords : iterable of str
        Tried in turn; asked for only as far as needed.
    fits : callable, optional
        Told the password that fits.

    Raises
    ------
    WrongPassword
        If none fits.
    DamagedAge
        If the beginning or the end of the file is not as it was written; in `read`, if the piece
        that is read is not.
    """

    def __init__(
        self,
        file: BinaryIO,
        passwords: Iterable[str],
        fits: Callable[[str], object] = lambda _password: None,
    ) -> None:
        super().__init__()
        self._file, self._at = file, 0
        key, self._begin = _unwrapped(file, passwords, fits)
        file.seek(self._begin - _NONCE)
        self._open = _cipher(_derived(key, file.read(_NONCE), b"payload"))
        length = file.seek(0, io.SEEK_END) - self._begin
        self._last = max(0, (length - 1) // (_CHUNK + _TAG))
        self._held: tuple[int, bytes] = (-1, b"")
        if length < _TAG:
            raise DamagedAge(_damage())
        self._size = self._last * _CHUNK + len(self._piece(self._last))

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def seekable(self) -> bool:
        """Tell that any place can be read."""
        return True

    def tell(self) -> int:
        """Give the place that is read next."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, target: Any) -> int:
        """Read what fits into a buffer, at most to the end of a piece; give the number of bytes."""
        if self._at >= self._size:
            return 0
        number, within = divmod(self._at, _CHUNK)
        given = self._piece(number)[within : within + len(target)]
        target[: len(given)] = given
        self._at += len(given)
        return len(given)

    def _piece(self, number: int) -> bytes:
        if self._held[0] != number:
            self._file.seek(self._begin + number * (_CHUNK + _TAG))
            sealed = self._file.read(_CHUNK + _TAG)
            nonce = _counted(number, last=number == self._last)
            self._held = number, _opened(self._open, nonce, sealed)
        return self._held[1]


def is_age(file: BinaryIO) -> bool:
    """Tell whether a file begins as one of age does; its place is left as it was."""
    at = file.tell()
    begins = file.read(len(MAGIC)) == MAGIC
    file.seek(at)
    return begins


def _unwrapped(
    file: BinaryIO, passwords: Iterable[str], fits: Callable[[str], object]
) -> tuple[bytes, int]:
    """Read the header; give the key of the file and where its first piece begins."""
    begun = file.read(_LONGEST_HEADER)
    head, found, rest = begun.partition(_END)
    mac, _newline, _body = rest.partition(b"\n")
    lines = head.split(b"\n")
    try:
        if not found or len(lines) != 3 or not begun.startswith(MAGIC):
            raise ValueError
        arrow, kind, salt, work = lines[1].split(b" ")
        salted, wrapped, rounds = _bytes(salt), _bytes(lines[2]), int(work)
        if (arrow, kind) != (b"->", b"scrypt") or not 1 <= rounds <= _MOST_WORK:
            raise ValueError
        told = _bytes(mac.strip())
    except ValueError:
        raise DamagedAge(_damage()) from None
    for password in passwords:
        try:
            key = _opened(_cipher(_stretched(password, salted, rounds)), bytes(12), wrapped)
        except DamagedAge:
            continue
        if not hmac.compare_digest(_mac(key, head + found), told):
            raise DamagedAge(_damage())
        fits(password)
        return key, len(head) + len(found) + len(mac) + 1 + _NONCE
    raise WrongPassword(_("The password does not fit."))


def _cipher(key: bytes) -> Any:
    try:
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
    except ImportError:
        raise NotFound(
            _(
                "Encrypted backups need a package that is not installed here. Install it with: "
                "pip install -r requirements/encrypt.lock"
            )
        ) from None
    return ChaCha20Poly1305(key)


def _opened(cipher: Any, nonce: bytes, sealed: bytes) -> bytes:
    from cryptography.exceptions import InvalidTag

    try:
        plain: bytes = cipher.decrypt(nonce, sealed, None)
    except (InvalidTag, ValueError):
        raise DamagedAge(_damage()) from None
    return plain


def _stretched(password: str, salt: bytes, work: int) -> bytes:
    salted, rounds = b"age-encryption.org/v1/scrypt" + salt, 1 << work
    memory = 128 * 8 * rounds + (1 << 20)
    return hashlib.scrypt(
        password.encode(), salt=salted, n=rounds, r=8, p=1, maxmem=memory, dklen=32
    )


def _derived(key: bytes, salt: bytes, purpose: bytes) -> bytes:
    """Derive a key as HKDF-SHA-256 does, of 32 bytes: one round."""
    extracted = hmac.digest(salt or bytes(32), key, "sha256")
    return hmac.digest(extracted, purpose + b"\x01", "sha256")


def _mac(key: bytes, head: bytes) -> bytes:
    return hmac.digest(_derived(key, b"", b"header"), head, "sha256")


def _counted(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _text(given: bytes) -> bytes:
    return b64encode(given).rstrip(b"=")


def _bytes(text: bytes) -> bytes:
    given = b64decode(text + b"=" * (-len(text) % 4), validate=True)
    if _text(given) != text:  # unused bits of the last letter are zero
        raise ValueError("not written as it would be")
    return given


def _damage() -> str:
    return _("The encrypted file is damaged.")

"""Handing the key of an encrypted workbook to the kernels of pages that we serve.

The environment and the arguments of a process can be read by others and are inherited by whatever
it starts, so a key goes by neither: whoever serves listens on a socket in a folder of its own, for
its owner only, and gives keys to processes of the same account that ask. The key is gone when the
server ends. What may ask could also read the memory of the server: this is no new way in.
"""

from __future__ import annotations

import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

__all__ = ["SOCKET", "a_key_agent", "ask_agent"]

SOCKET = "CASEWORK_KEYS"
"""Variable of the environment that names the socket; the name is no secret."""

_SECONDS = 10
_LONGEST = 200


def ask_agent(salt: bytes) -> bytes | None:
    """Ask whoever serves this page for the key of a file; None where nobody serves, or knows it."""
    place = os.environ.get(SOCKET)
    if not place or not hasattr(socket, "AF_UNIX"):
        return None
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
            asking.settimeout(_SECONDS)
            asking.connect(place)
            asking.sendall(salt.hex().encode() + b"\n")
            with asking.makefile("rb") as answer:
                said = answer.readline(_LONGEST).strip()
        return bytes.fromhex(said.decode("ascii")) or None
    except (OSError, ValueError):
        return None


@contextmanager
def a_key_agent(place: Path, find: Callable[[bytes], bytes | None]) -> Iterator[None]:
    """Answer processes of this account that ask for keys, for the length of a block.

    Parameters
    ----------
    place : Path
        Of the socket: in a folder that only the owner may enter.
    find : callable
        Gives the key of the file that begins with these bytes; None where it is not known.
    """
    if not hasattr(socket, "AF_UNIX"):
        yield
        return
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as listening:
        listening.bind(str(place))
        place.chmod(0o600)
        listening.listen(64)
        before = os.environ.get(SOCKET)
        os.environ[SOCKET] = str(place)
        threading.Thread(target=_answer_all, args=(listening, find), daemon=True).start()
        try:
            yield
        finally:
            if before is None:
                os.environ.pop(SOCKET, None)
            else:
                os.environ[SOCKET] = before
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)  # which ends the waiting of the thread
            place.unlink(missing_ok=True)


def _answer_all(listening: socket.socket, find: Callable[[bytes], bytes | None]) -> None:
    while True:
        try:
            asking, _address = listening.accept()
        except OSError:  # closed
            return
        with suppress(OSError, ValueError), asking:
            asking.settimeout(_SECONDS)
            if _is_of_this_account(asking):
                with asking.makefile("rb") as lines:
                    salt = bytes.fromhex(lines.readline(_LONGEST).strip().decode("ascii"))
                asking.sendall((find(salt) or b"").hex().encode() + b"\n")


def _is_of_this_account(asking: socket.socket) -> bool:
    """Tell who asks, where the system tells; elsewhere the folder keeps others out."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    told = asking.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _pid, uid, _gid = struct.unpack("3i", told)
    return bool(uid == os.geteuid())

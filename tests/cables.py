"""A cable between a program and the server of the tests, that can be pulled and put back."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from pathlib import Path

__all__ = ["Cable"]

_NAME = ".s.PGSQL.5432"


class Cable:
    """Hands on what is said, from a socket of its own to the server's.

    Parameters
    ----------
    near, far : Path
        Folder of our socket, and of the server's.
    """

    def __init__(self, near: Path, far: Path) -> None:
        self.folder, self._far = near, far / _NAME
        self._ends: list[socket.socket] = []

    def put_back(self) -> None:
        """Let connections through."""
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(str(self.folder / _NAME))
        listening.listen()
        self._ends = [listening]
        threading.Thread(target=self._accept, args=(listening,), daemon=True).start()

    def pull(self) -> None:
        """Break every connection off, and let none through."""
        (self.folder / _NAME).unlink(missing_ok=True)
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                near, _address = listening.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            far.connect(str(self._far))
            self._ends += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=_hand_on, args=(one, other), daemon=True).start()


def _hand_on(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while said := one.recv(1 << 16):
            other.sendall(said)
    with suppress(OSError):
        other.shutdown(socket.SHUT_RDWR)

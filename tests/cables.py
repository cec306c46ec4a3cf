"""Cables between programs of the tests, that can be pulled and put back."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from pathlib import Path

__all__ = ["Cable", "Line"]

_NAME = ".s.PGSQL.5432"


class _Between:
    """Hands on what is said, from a socket of its own to another."""

    def __init__(self) -> None:
        self._ends: list[socket.socket] = []

    def _open(self, listening: socket.socket) -> None:
        listening.listen()
        self._ends = [listening]
        threading.Thread(target=self._accept, args=(listening,), daemon=True).start()

    def _far(self) -> socket.socket:
        raise NotImplementedError

    def _break_off(self) -> None:
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
            try:
                far = self._far()
            except OSError:  # nobody is there
                near.close()
                continue
            self._ends += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=_hand_on, args=(one, other), daemon=True).start()


class Line(_Between):
    """The line between a browser and the program, on loopback.

    Parameters
    ----------
    port : int
        Where the program listens.
    """

    def __init__(self, port: int) -> None:
        super().__init__()
        self._to, self.port = port, 0
        self.put_back()

    def put_back(self) -> None:
        """Let connections through, at the same port as before."""
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", self.port))
        self.port = listening.getsockname()[1]
        self._open(listening)

    def pull(self) -> None:
        """Break every connection off, and let none through."""
        self._break_off()

    def _far(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self._to))


class Cable(_Between):
    """The cable between the program and the server of the tests.

    Parameters
    ----------
    near, far : Path
        Folder of our socket, and of the server's.
    """

    def __init__(self, near: Path, far: Path) -> None:
        super().__init__()
        self.folder, self._server = near, far / _NAME

    def put_back(self) -> None:
        """Let connections through."""
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(str(self.folder / _NAME))
        self._open(listening)

    def pull(self) -> None:
        """Break every connection off, and let none through."""
        (self.folder / _NAME).unlink(missing_ok=True)
        self._break_off()

    def _far(self) -> socket.socket:
        far = socket.socket(socket.AF_UNIX)
        far.connect(str(self._server))
        return far


def _hand_on(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while said := one.recv(1 << 16):
            other.sendall(said)
    with suppress(OSError):
        other.shutdown(socket.SHUT_RDWR)

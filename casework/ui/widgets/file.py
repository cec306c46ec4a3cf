"""A file from the visitor's computer, taken in parts so that a large one neither fails nor hides.

Decides how much is accepted and that nothing incomplete is handed on; leaves reading the file to
whoever asked for it. The name is kept as a label only and never used as a path.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from casework.terms import _
from casework.ui.guarding import guard
from casework.ui.widgets.island import BadMessage, Island, integer_in, text_in

__all__ = ["FileField"]

_PART = 512 * 1024


class FileField(Island):
    """A place to choose or drop one file.

    Parameters
    ----------
    name, label : str
        The label says what to do: 选择名册文件，或拖到这里.
    received : callable
        ``received(file_name, content)``, called once the whole file is here.
    endings : sequence of str
        Offered by the file dialog, such as ``".xlsx"``; not a check.
    most : int
        Bytes accepted.
    shrink : int
        Pixels to which the longer side of a picture is made smaller before it is sent; 0 for none.
    """

    scripts: ClassVar[tuple[str, ...]] = ("common.js", "file.js")

    def __init__(
        self,
        name: str,
        label: str,
        received: Callable[[str, bytes], object],
        *,
        endings: Sequence[str] = (),
        most: int = 50 * 2**20,
        hint: str = "",
        shrink: int = 0,
    ) -> None:
        self.name = name
        self.received = received
        self.most = most
        self._held = bytearray()
        self._hint = hint or _("At most {n} MB.", n=most // 2**20)
        super().__init__(
            {
                "name": name,
                "label": label,
                "accept": ",".join(endings),
                "note": self._hint,
                "most": most,
                "shrink": shrink,
                "file": "",
                "size": 0,
                "held": 0,
                "turn": 0,
                "error": "",
                "disabled": False,
            }
        )

    @property
    def error(self) -> str:
        """What is shown as wrong with the file, or nothing."""
        return str(self.view["error"])

    def fail(self, message: str) -> None:
        """Show what is wrong with the file."""
        self.show(error=message)

    def put(self, file_name: str, content: bytes) -> None:
        """Give a file as the page would, in one go; for tests."""
        turn, size = self.view["turn"] + 1, len(content)
        for offset in range(0, max(size, 1), _PART):
            part = {"do": "part", "name": file_name, "size": size, "offset": offset, "turn": turn}
            self.receive(part, [content[offset : offset + _PART]])

    def receive(self, message: Mapping[str, Any], buffers: Sequence[Any] = ()) -> None:
        """Take the next part of the file."""
        if message["do"] == "too_large":
            size = integer_in(message, "size", 0, 2**60)
            self.show(error=self._too_large(size), file="", size=0, held=0)
            return
        if message["do"] != "part" or len(buffers) != 1:
            raise BadMessage("only parts of a file are known")
        name = text_in(message, "name", most=400).replace("\\", "/").rsplit("/", 1)[-1]
        size = integer_in(message, "size", 0, self.most)
        offset = integer_in(message, "offset", 0, self.most)
        turn = integer_in(message, "turn", 1, 10**9)
        if offset == 0:
            self._held = bytearray()
        if offset != len(self._held):
            raise BadMessage("not the next part")
        self._held += bytes(buffers[0])
        if len(self._held) > size or (len(self._held) < size and not buffers[0]):
            raise BadMessage("not the size that was said")
        self.show(
            file=name,
            size=size,
            held=len(self._held),
            turn=turn,
            error="",
            note=self._progress(size),
        )
        if len(self._held) == size:
            content, self._held = bytes(self._held), bytearray()
            guard(lambda: self.received(name, content), fields={self.name: self}, say=self._say)

    def _progress(self, size: int) -> str:
        if len(self._held) < size:
            return _("{n} % read", n=100 * len(self._held) // size)
        return _("{n} KB, complete", n=f"{max(size // 1024, 1):,}")

    def _too_large(self, size: int) -> str:
        return _(
            "The file has {n} MB; at most {most} MB are accepted. Divide it into several files.",
            n=-(-size // 2**20),
            most=self.most // 2**20,
        )

    def _say(self, message: str, _kind: str) -> None:
        self.fail(message)

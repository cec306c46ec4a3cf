"""A button that gives a file: made in Python when pressed, saved by the browser."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from casework.terms import _
from casework.ui.guarding import Sayer, guard
from casework.ui.widgets.island import BadMessage, Island

__all__ = ["Download", "MadeFile"]


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file to be saved: its name, its media type and its bytes."""

    name: str
    kind: str
    content: bytes


class Download(Island):
    """A button that gives a file.

    Parameters
    ----------
    label : str
        A verb with its object: 导出名单.
    make : callable
        Makes the file when the button is pressed, through `casework.ui.guarding.guard`.
    """

    scripts: ClassVar[tuple[str, ...]] = ("common.js", "download.js")

    def __init__(
        self,
        label: str,
        make: Callable[[], MadeFile],
        *,
        kind: str = "plain",
        say: Sayer | None = None,
    ) -> None:
        self.make = make
        self.say = say
        self.given: list[MadeFile] = []
        super().__init__(
            {"label": label, "busy_label": _("Working…"), "kind": kind, "disabled": False}
        )

    def click(self) -> MadeFile | None:
        """Press it, as the page would, and give the file; for tests."""
        self.receive({"do": "make"})
        return self.given[-1] if self.given else None

    def receive(self, message: Mapping[str, Any], buffers: Sequence[Any] = ()) -> None:
        """Make the file and send it."""
        if message["do"] != "make":
            raise BadMessage("only presses are known")
        made: list[MadeFile] = []
        if not guard(lambda: made.append(self.make()), say=self.say, saving=False):
            self.send({"do": "failed"})
            return
        self.given = made
        self.send({"do": "file", "name": made[0].name, "kind": made[0].kind}, [made[0].content])

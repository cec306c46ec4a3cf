"""Short messages over the page, with undo: what was done, or what could not be done."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from casework.terms import _
from casework.ui.guarding import guard
from casework.ui.widgets.island import BadMessage, Island, integer_in

__all__ = ["Toasts"]

_KINDS = ("done", "warning", "error", "unsaved")


class Toasts(Island):
    """The messages of one shell."""

    scripts: ClassVar[tuple[str, ...]] = ("common.js", "toasts.js")

    def __init__(self) -> None:
        self._next = 1
        self._undo: dict[int, Callable[[], object]] = {}
        super().__init__({"toasts": [], "texts": {}})

    @property
    def texts(self) -> list[str]:
        """The messages held, oldest first."""
        return [str(toast["text"]) for toast in self.view["toasts"]]

    def say(
        self, message: str, kind: str = "done", undo: Callable[[], object] | None = None
    ) -> None:
        """Show a message; with ``undo`` it offers the way back for ten seconds.

        A refusal said again, as at every word typed while the disk is full, takes its own place.
        That something could not be saved is no longer said beside what was done after it.
        """
        if kind not in _KINDS:
            raise ValueError(f"no such kind of message: {kind!r}")
        key, self._next = self._next, self._next + 1
        if undo is not None:
            self._undo[key] = undo
        toast = {"key": key, "text": message, "kind": kind, "undo": undo is not None}
        held = self.view["toasts"]
        over = kind == "done"
        earlier = [
            one
            for one in held
            if (kind not in ("error", "unsaved") or one["text"] != message)
            and not (over and one["kind"] == "unsaved")
        ]
        self.show(
            toasts=[*earlier, toast][-5:],
            texts={"undo": _("Undo"), "close": _("Close this message")},
        )

    def undo(self) -> None:
        """Take back what the last message offers to take back."""
        self.receive({"do": "undo", "key": max(self._undo)})

    def receive(self, message: Mapping[str, Any], buffers: Sequence[Any] = ()) -> None:
        """Undo, once."""
        if message["do"] != "undo":
            raise BadMessage("only undo is known")
        back = self._undo.pop(integer_in(message, "key", 1, 10**9), None)
        if back is None:
            raise BadMessage("nothing to undo")
        guard(back)

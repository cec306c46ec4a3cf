"""A button: one verb, one method, guarded, never run twice by a double click."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from casework.terms import _
from casework.ui.guarding import Complaint, Sayer, guard
from casework.ui.widgets.island import BadMessage, Island, integer_in

__all__ = ["Action"]

_KEYS = {"ctrl+s": "Ctrl S"}


class Action(Island):
    """A button that runs one method of its screen.

    Parameters
    ----------
    label : str
        A verb with its object: 登记走访, not 提交.
    run : callable
        Called without arguments, through `casework.ui.guarding.guard`.
    kind : {"primary", "plain", "quiet", "danger"}
        One primary action a screen.
    key : str
        ``"ctrl+s"`` or another key that presses it while it is in sight.
    fields, say
        Where refusals are shown; `Screen.action` fills them in.
    """

    scripts: ClassVar[tuple[str, ...]] = ("common.js", "action.js")

    def __init__(
        self,
        label: str,
        run: Callable[[], object],
        *,
        kind: str = "plain",
        key: str = "",
        hint: str = "",
        disabled: bool = False,
        fields: Mapping[str, Complaint] | None = None,
        say: Sayer | None = None,
    ) -> None:
        if kind not in ("primary", "plain", "quiet", "danger"):
            raise ValueError(f"no such kind of action: {kind!r}")
        self.run = run
        self.fields = fields
        self.say = say
        super().__init__(
            {
                "label": label,
                "busy_label": _("Working…"),
                "kind": kind,
                "key": key,
                "key_label": _KEYS.get(key, key.upper()),
                "hint": hint,
                "disabled": disabled,
                "turn": 0,
            }
        )

    @property
    def disabled(self) -> bool:
        """Whether it can be pressed now."""
        return bool(self.view["disabled"])

    @disabled.setter
    def disabled(self, value: bool) -> None:
        self.show(disabled=bool(value))

    def click(self) -> None:
        """Press it, as the page would."""
        self.receive({"do": "press", "turn": self.view["turn"]})

    def receive(self, message: Mapping[str, Any], buffers: Sequence[Any] = ()) -> None:
        """Run the method once for each turn: a second click on the same turn does nothing."""
        if message["do"] != "press":
            raise BadMessage("only presses are known")
        turn = integer_in(message, "turn", 0, 10**9)
        if turn != self.view["turn"] or self.disabled:
            return
        try:
            guard(self.run, fields=self.fields, say=self.say)
        finally:
            self.show(turn=turn + 1)

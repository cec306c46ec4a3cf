"""The bar on top: who we are, where to go, whom to find, which language, as of which day."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from casework.terms import _
from casework.ui.escape import Html
from casework.ui.guarding import guard
from casework.ui.widgets.island import BadMessage, Island, integer_in, text_in
from casework.ui.widgets.panel import offers_in

__all__ = ["Bar", "Hit", "hits_view"]


@dataclass(frozen=True, slots=True)
class Hit:
    """One suggestion of a search.

    Parameters
    ----------
    key : str
        What identifies it.
    label, note : str
        Its name, and what tells it from others of the same name.
    """

    key: str
    label: str
    note: str = ""


def hits_view(hits: Sequence[Hit], seq: int) -> dict[str, object]:
    """Give suggestions in the form that the page draws."""
    items = [{"key": hit.key, "label": hit.label, "note": hit.note} for hit in hits]
    return {"seq": seq, "items": items}


class Bar(Island):
    """The bar.

    Parameters
    ----------
    search : callable
        ``search(text) -> sequence of Hit``, at most a dozen.
    chosen, searched : callable
        Called with the key of a hit, or with the text when Enter asks for all of them.
    as_of : callable
        Called with a date, or None for today.
    **actions : callable
        What the buttons of the markup call.
    """

    scripts: ClassVar[tuple[str, ...]] = ("common.js", "combobox.js", "bar.js")

    def __init__(
        self,
        *,
        search: Callable[[str], Sequence[Hit]],
        chosen: Callable[[str], object],
        searched: Callable[[str], object],
        as_of: Callable[[date | None], object],
        **actions: Callable[..., object],
    ) -> None:
        self._search = search
        self._chosen = chosen
        self._searched = searched
        self._as_of = as_of
        self.actions = actions
        self._found: set[str] = set()
        self.html = Html("")
        super().__init__({"html": "", "hits": None, "nothing": "", "kept": {}, "paper": None})

    def set(self, html: Html) -> None:
        """Show other markup."""
        self.html = html
        self.show(html=str(html), nothing=_("Nobody found. Try part of the name or its initials."))

    def head_of_paper(self, left: str, right: str) -> None:
        """Say what stands over every sheet when the page is printed; its number comes below."""
        self.show(paper=[left, right])

    def remember(self, name: str, value: str) -> None:
        """Let the browser say on its next visit who acts (``acting``), or in which ``language``."""
        self.show(kept={**self.view["kept"], name: value})

    def receive(self, message: Mapping[str, Any], buffers: Sequence[Any] = ()) -> None:
        """Search, choose, change the day or follow a button."""
        verb = message["do"]
        if verb == "find":
            self._find(text_in(message, "text"), integer_in(message, "seq", 0, 10**9))
        elif verb == "choose":
            key = text_in(message, "key")
            if key not in self._found:
                raise BadMessage("not a hit that was shown")
            guard(lambda: self._chosen(key))
        elif verb == "all":
            words = text_in(message, "text")
            guard(lambda: self._searched(words))
        elif verb == "as_of":
            day = _day(text_in(message, "day", most=10))
            guard(lambda: self._as_of(day))
        elif verb == "act":
            self._act(text_in(message, "action"), text_in(message, "args", most=4000))
        else:
            raise BadMessage("no such verb")

    def _find(self, words: str, seq: int) -> None:
        hits: list[Hit] = []
        if guard(lambda: hits.extend(self._search(words)), saving=False):
            self._found = {hit.key for hit in hits}
            self.show(hits=hits_view(hits, seq))

    def _act(self, action: str, args: str) -> None:
        if (action, args) not in offers_in(self.html) or action not in self.actions:
            raise BadMessage("not offered")
        guard(lambda: self.actions[action](**json.loads(args)))


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed) if typed else None
    except ValueError as problem:
        raise BadMessage("not a day") from problem

"""A panel on which things are carried from place to place, with a mouse or a finger.

Decides that only what Python marked can be carried, and only to where it said. Whatever can be
carried must have a way by keyboard too; that is the screen's to offer.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from html.parser import HTMLParser
from typing import Any, ClassVar

from casework.ui.guarding import guard
from casework.ui.widgets.island import BadMessage, text_in
from casework.ui.widgets.panel import Panel

__all__ = ["CarryPanel", "carried", "landing"]


def carried(**args: object) -> dict[str, object]:
    """Give the attribute of what can be carried, with what it is; plain JSON values."""
    return {"data_carry": _told(args)}


def landing(**args: object) -> dict[str, object]:
    """Give the attribute of a place where it can be put down, with which it is."""
    return {"data_landing": _told(args)}


def _told(args: Mapping[str, object]) -> str:
    return json.dumps(args, ensure_ascii=False, sort_keys=True)


class _Marks(HTMLParser):
    """Collects what the markup lets be carried, and where to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[tuple[str, str]] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the marks of one element."""
        for name, value in attrs:
            if name in ("data-carry", "data-landing") and value:
                self.found.add((name, value))


class CarryPanel(Panel):
    """Markup with clicks, and with things to be carried.

    Parameters
    ----------
    html : Html
    put_down : callable
        Called with what was carried and where to, by keyword.
    **actions : callable
        As `Panel` takes them.
    """

    scripts: ClassVar[tuple[str, ...]] = ("common.js", "carry.js", "panel.js")

    def __init__(
        self, html: object, put_down: Callable[..., object], **actions: Callable[..., object]
    ) -> None:
        self.put_down = put_down
        super().__init__(html, **actions)

    def carry(self, what: Mapping[str, object], where: Mapping[str, object]) -> None:
        """Carry something as the page would, for tests; refused when it is not marked.

        Raises
        ------
        BadMessage
            When the present markup does not let this be carried, or not to there.
        """
        self.receive({"do": "carry", "what": _told(what), "where": _told(where)})

    def receive(self, message: Mapping[str, Any], buffers: Sequence[Any] = ()) -> None:
        """Put down what was carried, or run the action that was clicked."""
        if message["do"] != "carry":
            super().receive(message, buffers)
            return
        what, where = (text_in(message, one, most=4000) for one in ("what", "where"))
        reader = _Marks()
        reader.feed(self.html)
        if not {("data-carry", what), ("data-landing", where)} <= reader.found:
            raise BadMessage("not to be carried there")
        guard(lambda: self.put_down(**json.loads(what), **json.loads(where)))

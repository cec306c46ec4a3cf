"""A panel of server-made markup whose clicks come back to Python: figures, charts, lists.

Decides that a click counts only when it was offered: the actions and arguments written into the
markup by Python are the only ones accepted from the page.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from html.parser import HTMLParser
from typing import Any, ClassVar

from casework.ui.escape import Html, text
from casework.ui.guarding import guard
from casework.ui.widgets.island import BadMessage, Island, text_in

__all__ = ["Panel", "offer"]


def offer(action: str, **args: object) -> dict[str, object]:
    """Give the attributes that make an element of a `Panel` clickable.

    Parameters
    ----------
    action : str
        Name of one of the panel's actions.
    **args
        What the action is called with; plain JSON values.

    Examples
    --------
    >>> from casework.ui.escape import el
    >>> str(el("b", "39", **offer("open", unit="a")))
    '<b data-action="open" data-args="{&quot;unit&quot;: &quot;a&quot;}">39</b>'
    """
    return {
        "data_action": action,
        "data_args": json.dumps(args, ensure_ascii=False, sort_keys=True),
    }


class _Offers(HTMLParser):
    """Collects what the markup offers to click."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[tuple[str, str]] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the action of one element."""
        held = dict(attrs)
        if held.get("data-action"):
            self.found.add((str(held["data-action"]), held.get("data-args") or "{}"))


def offers_in(html: Html) -> frozenset[tuple[str, str]]:
    """List the actions and arguments that the markup offers."""
    reader = _Offers()
    reader.feed(html)
    return frozenset(reader.found)


class Panel(Island):
    """Markup with clicks.

    Parameters
    ----------
    html : Html
        Made by `casework.ui.escape.el`; a plain string is shown as text.
    **actions : callable
        Called with the arguments of the offered click, by keyword.
    """

    scripts: ClassVar[tuple[str, ...]] = ("common.js", "panel.js")

    def __init__(self, html: object = "", **actions: Callable[..., object]) -> None:
        self.actions = actions
        self.html = text(html)
        super().__init__({"html": str(self.html), "focus": 0})

    def set(self, html: object) -> None:
        """Show other markup in place of the present one."""
        self.html = text(html)
        self.show(html=str(self.html))

    def focus(self) -> None:
        """Bring it into sight, and go on reading here."""
        self.show(focus=self.view["focus"] + 1)

    def click(self, action: str, **args: object) -> None:
        """Click as the page would, for tests; refused when it is not offered.

        Raises
        ------
        BadMessage
            When no element of the present markup offers this.
        """
        offered = offer(action, **args)
        self.receive({"do": "act", "action": action, "args": offered["data_args"]})

    def receive(self, message: Mapping[str, Any], buffers: Sequence[Any] = ()) -> None:
        """Run the action that was clicked."""
        if message["do"] != "act":
            raise BadMessage("only clicks are known")
        action, args = text_in(message, "action"), text_in(message, "args", most=4000)
        if (action, args) not in offers_in(self.html) or action not in self.actions:
            raise BadMessage("not offered")
        guard(lambda: self.actions[action](**json.loads(args)))

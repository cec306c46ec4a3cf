"""What our own widgets have in common: one state outwards, checked messages inwards.

Decides that a browser can tell us what was done and never what is so: state goes from Python to
the page in one dictionary, ``view``; the page answers with small messages, each of which is
checked before anything happens. Writes of state by the page are refused, so that a page cannot
offer itself an action, an option or a row that Python did not offer.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import traitlets
from ipywidgets import Layout

from casework.ui.guarding import guard

__all__ = ["BadMessage", "Island", "flag_in", "integer_in", "text_in", "texts_in"]

_FOLDER = Path(__file__).parent
_log = logging.getLogger("casework.ui")


class BadMessage(Exception):
    """The page sent something that our own script never sends."""


@cache
def _script(names: tuple[str, ...]) -> str:
    """Read the JavaScript of a widget: its files one after the other."""
    return "\n".join((_FOLDER / name).read_text(encoding="utf-8") for name in names)


class Island(anywidget.AnyWidget):
    """A widget with its own script; the page sees ``view`` and sends messages.

    Subclasses name their files in ``scripts`` and answer `receive`.
    """

    scripts: ClassVar[tuple[str, ...]] = ()
    view = traitlets.Dict().tag(sync=True)

    def __init__(self, view: Mapping[str, object]) -> None:
        super().__init__(view=dict(view), layout=_layout())
        self.on_msg(self._received)

    @property
    def _esm(self) -> str:
        return _script(self.scripts)

    def show(self, **changes: object) -> None:
        """Change part of what the page shows."""
        self.view = {**self.view, **changes}

    def receive(self, message: Mapping[str, Any], buffers: Sequence[Any] = ()) -> None:
        """Act on a message of the page, with the bytes that came with it.

        Raises
        ------
        BadMessage
            When the message is not one that our script sends in the state the page is in.
        """
        raise BadMessage("this widget takes no messages")

    def set_state(self, sync_data: dict[str, object]) -> None:
        """Refuse state from the page."""
        _log.warning("%s: the page tried to write %s", type(self).__name__, sorted(sync_data))

    def _received(self, _widget: object, content: object, buffers: Sequence[Any]) -> None:
        if not isinstance(content, dict) or not isinstance(content.get("do"), str):
            _log.warning("%s: refused a message without a verb", type(self).__name__)
            return
        guard(lambda: self._taken(content, buffers or ()))

    def _taken(self, message: Mapping[str, Any], buffers: Sequence[Any]) -> None:
        """Act on a message, or note that it was none of ours; the page is told nothing."""
        try:
            self.receive(message, buffers)
        except BadMessage as reason:
            _log.warning("%s: refused %.40r: %s", type(self).__name__, message["do"], reason)


def _layout() -> Layout:
    """Give one layout for all islands while it lives: theirs is in theme.css."""
    shared = _shared.get("layout")
    if shared is None or shared.comm is None:
        shared = _shared["layout"] = Layout()
    return shared


_shared: dict[str, Layout] = {}


def text_in(message: Mapping[str, Any], key: str, most: int = 200) -> str:
    """Take a text of at most ``most`` characters from a message."""
    value = message.get(key)
    if not isinstance(value, str) or len(value) > most:
        raise BadMessage(f"{key} must be a text of at most {most} characters")
    return value


def texts_in(message: Mapping[str, Any], key: str, most: int = 200) -> list[str]:
    """Take a list of at most ``most`` short texts from a message."""
    value = message.get(key)
    if (
        not isinstance(value, list)
        or len(value) > most
        or not all(isinstance(item, str) and len(item) <= 200 for item in value)
    ):
        raise BadMessage(f"{key} must be a list of at most {most} texts")
    return value


def integer_in(message: Mapping[str, Any], key: str, least: int, most: int) -> int:
    """Take a whole number between two bounds, both included, from a message."""
    value = message.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise BadMessage(f"{key} must be a whole number from {least} to {most}")
    return value


def flag_in(message: Mapping[str, Any], key: str) -> bool:
    """Take a true or false from a message."""
    value = message.get(key)
    if not isinstance(value, bool):
        raise BadMessage(f"{key} must be true or false")
    return value

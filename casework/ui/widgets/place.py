"""Where we are: the screen and the address of the page, kept the same both ways.

Decides how a place is written (``#/person?id=12``); leaves what is shown there to the shell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import parse_qsl, quote, urlencode

from casework.terms import language
from casework.ui.guarding import guard
from casework.ui.widgets.island import BadMessage, Island, text_in

__all__ = ["Location", "Place"]


@dataclass(frozen=True, slots=True)
class Place:
    """A screen with what it is about.

    Parameters
    ----------
    route : str
        Name of the screen; empty for the home screen of the audience.
    params : mapping of str to str
        What the screen is called with, as text.

    Examples
    --------
    >>> Place("person", {"id": "12"}).hash
    '#/person?id=12'
    >>> Place.of("#/person?id=12")
    Place(route='person', params={'id': '12'})
    """

    route: str = ""
    params: Mapping[str, str] = field(default_factory=dict)

    @property
    def hash(self) -> str:
        """The part of the address after the page."""
        query = f"?{urlencode(self.params)}" if self.params else ""
        return f"#/{quote(self.route)}{query}" if self.route or query else ""

    @classmethod
    def of(cls, hash_: str) -> Place:
        """Read a place from an address; what is not one of ours is the home screen."""
        path, _sep, query = hash_.removeprefix("#").removeprefix("/").partition("?")
        if not path.isascii() or not path.replace("-", "").replace("_", "").isalnum():
            return cls()
        return cls(path, dict(parse_qsl(query, max_num_fields=20)))


class Location(Island):
    """Keeps the address of the page; tells the shell when the browser went elsewhere.

    Parameters
    ----------
    moved : callable
        Called with the `Place` that the browser shows: a deep link, back or forward.
    """

    scripts: ClassVar[tuple[str, ...]] = ("common.js", "place.js")

    def __init__(self, moved: Callable[[Place], object]) -> None:
        self._moved = moved
        super().__init__(
            {"hash": "", "rev": 0, "replace": True, "title": "", "language": "zh-CN", "top": False}
        )

    def at(self, place: Place, title: str, *, replace: bool = False, top: bool = True) -> None:
        """Write the place and the title of the page.

        Parameters
        ----------
        place, title
            What is shown now.
        replace : bool
            Whether the present entry of the browser's history is overwritten.
        top : bool
            Whether the page scrolls to its beginning.
        """
        self.show(
            hash=place.hash,
            title=title,
            rev=self.view["rev"] + 1,
            replace=replace,
            top=top,
            language="zh-CN" if language() == "zh" else "en",
        )

    def receive(self, message: Mapping[str, Any], buffers: Sequence[Any] = ()) -> None:
        """Follow the browser."""
        if message["do"] != "moved":
            raise BadMessage("only moves are known")
        place = Place.of(text_in(message, "hash", most=2000))
        self.view["hash"] = place.hash
        guard(lambda: self._moved(place))

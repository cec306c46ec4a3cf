"""A search for a roster beside what goes on: how far it is, what it has, and a way to end it.

Decides that the page answers while the search runs and that ending it keeps the best so far; leaves
what is searched for and what becomes of it to the screens.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol, TypeVar

from casework.terms import _
from casework.ui import Panel, el, offer
from casework.ui.escape import join
from casework.ui.guarding import guard
from casework.ui.parts import notice, progress
from casework.ui.wording import number_text

__all__ = ["SearchPanel"]

_TICK = 0.4  # seconds between two looks at how far it is


Found = TypeVar("Found")
Found_co = TypeVar("Found_co", covariant=True)


class Searching(Protocol[Found_co]):
    """What is searched for; it touches no workbook and may run beside what goes on."""

    def run(
        self, is_stopped: Callable[[], bool], progress: Callable[[float, int], None]
    ) -> Found_co:
        """Search until the end, or until told to stop, and give the best that was found."""


class SearchPanel(Panel):
    """Shows a search while it runs; empty otherwise."""

    def __init__(self) -> None:
        super().__init__("", stop=self.stop)
        self._is_stopped = False
        self._told: tuple[float, int | None] = (0.0, None)
        self._words = ""
        self.is_running = False

    def stop(self) -> None:
        """End the search; what it has found so far is taken."""
        self._is_stopped = True

    def answer(self, text: str) -> None:
        """Say in the place of the search what came of it."""
        self.set(notice(text))

    def put_away(self) -> None:
        """Take an answer away; a search goes on."""
        if not self.is_running:
            self.set("")

    def read(self, read: Callable[[], Found]) -> Found:
        """Say that what is needed is being read, and read it: seconds for thousands of visits."""
        self.answer(_("Reading visits, staff and wishes…"))
        try:
            return read()
        except BaseException:
            self.put_away()
            raise

    def run(
        self, search: Searching[Found], then: Callable[[Found], object], doing: str = ""
    ) -> None:
        """Search, and hand on what was found.

        Parameters
        ----------
        then : callable
            Called with the outcome once it is there; may write.
        doing : str
            What is looked for, in words; a better roster where nothing is said.
        """
        self._words = doing or _("Looking for a better roster…")
        self._is_stopped, self.is_running = False, True
        self._told = (0.0, None)
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # no page is waiting: at once
            self._end(lambda: search.run(lambda: self._is_stopped, self._hear), then)
            return
        self._draw()
        future = loop.run_in_executor(None, search.run, lambda: self._is_stopped, self._hear)
        future.add_done_callback(lambda done: self._end(done.result, then))
        self._tick(loop)

    def _hear(self, share: float, cost: int) -> None:
        self._told = (share, cost)

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        if self.is_running:
            self._draw()
            loop.call_later(_TICK, self._tick, loop)

    def _draw(self) -> None:
        share, cost = self._told
        words = self._words
        if cost is not None:
            words = " ".join((words, _("{n} points so far", n=number_text(cost))))
        button = el(
            "button", _("That is good enough"), type="button", class_="cw-action", **offer("stop")
        )
        self.set(join([progress(int(share * 100), 100, words), button]))

    def _end(self, outcome: Callable[[], Found], then: Callable[[Found], object]) -> None:
        self.is_running = False
        self.set("")
        guard(lambda: then(outcome()))

"""A search for a roster beside what goes on: how far it is, what it has, and a way to end it.

Decides that the page answers while the search runs and that ending it keeps the best so far; leaves
what is searched for and what becomes of it to the screens.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from casework.routing.week import Outcome
from casework.terms import _
from casework.ui import Panel, el, offer
from casework.ui.escape import join
from casework.ui.guarding import guard
from casework.ui.parts import progress
from casework.ui.wording import number_text
from casework.workbook.rosters import Search

__all__ = ["SearchPanel"]

_TICK = 0.4  # seconds between two looks at how far it is


class SearchPanel(Panel):
    """Shows a search while it runs; empty otherwise."""

    def __init__(self) -> None:
        super().__init__("", stop=self.stop)
        self._is_stopped = False
        self._told: tuple[float, int | None] = (0.0, None)
        self.is_running = False

    def stop(self) -> None:
        """End the search; what it has found so far is taken."""
        self._is_stopped = True

    def run(self, search: Search, then: Callable[[Outcome], object]) -> None:
        """Search, and hand on what was found.

        Parameters
        ----------
        then : callable
            Called with the outcome once it is there; may write.
        """
        self._is_stopped, self.is_running = False, True
        self._told = (0.0, None)
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # no page is waiting: at once
            self._end(lambda: search.run(lambda: self._is_stopped, self._hear), then)
            return
        self._draw()
        doing = loop.run_in_executor(None, search.run, lambda: self._is_stopped, self._hear)
        doing.add_done_callback(lambda done: self._end(done.result, then))
        self._tick(loop)

    def _hear(self, share: float, cost: int) -> None:
        self._told = (share, cost)

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        if self.is_running:
            self._draw()
            loop.call_later(_TICK, self._tick, loop)

    def _draw(self) -> None:
        share, cost = self._told
        words = _("Looking for a better roster…")
        if cost is not None:
            words = _("Looking for a better roster… {n} points so far", n=number_text(cost))
        button = el(
            "button", _("That is good enough"), type="button", class_="cw-action", **offer("stop")
        )
        self.set(join([progress(int(share * 100), 100, words), button]))

    def _end(self, outcome: Callable[[], Outcome], then: Callable[[Outcome], object]) -> None:
        self.is_running = False
        self.set("")
        guard(lambda: then(outcome()))

"""Work over everybody at once beside what goes on: how far it is, and what came of it.

Decides that the page answers while pairs are worked out; leaves what becomes of the outcome to the
screens.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from casework.terms import _
from casework.ui import Panel
from casework.ui.guarding import guard
from casework.ui.parts import progress

__all__ = ["MatchPanel"]

_TICK = 0.4  # seconds between two looks at how far it is
Work = Callable[[Callable[[float, str], object]], Any]


class MatchPanel(Panel):
    """Shows work while it runs; empty otherwise."""

    def __init__(self) -> None:
        super().__init__("")
        self._share = 0.0
        self.is_running = False

    def run(self, work: Work, then: Callable[[Any], object]) -> None:
        """Do the work, and hand on what came of it.

        Parameters
        ----------
        work : callable
            Takes a function that is told the share done, 0 to 1, and a word; must not write.
        then : callable
            Called with the outcome once it is there; may write.
        """
        self._share, self.is_running = 0.0, True
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # no page is waiting: at once
            self._end(lambda: work(self._hear), then)
            return
        self._draw()
        doing = loop.run_in_executor(None, work, self._hear)
        doing.add_done_callback(lambda done: self._end(done.result, then))
        self._tick(loop)

    def _hear(self, share: float, _word: str) -> None:
        self._share = share

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        if self.is_running:
            self._draw()
            loop.call_later(_TICK, self._tick, loop)

    def _draw(self) -> None:
        self.set(progress(int(self._share * 100), 100, _("Working out who suits whom…")))

    def _end(self, outcome: Callable[[], Any], then: Callable[[Any], object]) -> None:
        self.is_running = False
        self.set("")
        guard(lambda: then(outcome()))

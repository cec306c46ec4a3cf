"""Drawing up many plans part by part: one part is written while the next is drawn.

Decides that each part is one transaction, so that an interruption loses little, that reading and
reckoning hold no lock (others write in between, and what they changed is drawn up once more), and
that a third hand brings what is committed from the log into the file.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from typing import TYPE_CHECKING

from casework.access.checkpoints import checkpoints_aside
from casework.terms import _
from casework.workbook.plan_compile import Chosen, Compilation, Compiled, Drawn

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["Progress", "draw_up"]

Progress = Callable[[float, str], None]
_TURN_SECONDS = 0.0001


def draw_up(
    book: Workbook, compilation: Compilation, parts: Sequence[Chosen], tell: Progress
) -> Compiled:
    """Draw up the plans of all parts and tell how much it was.

    An error or an interruption ends it; the part that was being written is written to its end.

    Parameters
    ----------
    tell : callable
        Called with a share of 0 to 1 and what is being done, whenever a part begins.
    """

    def write(drawn: Drawn) -> Compiled:
        with book.transaction() as session:
            return compilation.write(session, drawn)

    done = Compiled()
    writing: Future[Compiled] | None = None
    # The database writes without holding up Python: a thread is enough for two things at once.
    with (
        _quick_turns(),
        checkpoints_aside(book.engine) as committed,
        ThreadPoolExecutor(max_workers=1, thread_name_prefix="casework-plans") as writer,
    ):
        for number, part in enumerate(parts):
            tell(number / len(parts), _("drawing up plans"))
            with book.reading() as session, _not_collecting():
                drawn = compilation.draw(session, part)
                session.commit()  # what was worked out about others stays at hand
            if writing is not None:
                done += writing.result()
                committed()
            writing = writer.submit(copy_context().run, write, drawn)
        return done + writing.result() if writing is not None else done


@contextmanager
def _quick_turns() -> Iterator[None]:
    """Give who writes its turn in Python at once: it needs one for a moment at each statement.

    Else it waits five milliseconds each time while the next part is drawn, a tenth of its time.
    """
    usual = sys.getswitchinterval()
    sys.setswitchinterval(min(usual, _TURN_SECONDS))
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


@contextmanager
def _not_collecting() -> Iterator[None]:
    """Let the search for cycles rest: a part makes rows by the hundred thousand, and no cycles.

    It took a quarter of the time. Python looks again as soon as the part is drawn.
    """
    looked = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if looked:
            gc.enable()

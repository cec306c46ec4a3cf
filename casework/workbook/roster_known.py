"""What was read of a roster last, kept as long as the workbook has not changed.

Decides whether it may be used again: only while nothing was written that it was read from. Reading
the problem of a week of thousands of visits takes many seconds, and each press on a screen asks for
it; a visit moved by hand changes the roster and not the problem.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from casework.records import audit
from casework.terms import language

__all__ = ["Known", "Stamp", "is_same", "stamp_of"]

Read = TypeVar("Read")

_ROSTERS = ("roster", "roster_visit", "change_log")
_FARTHEST = 1_000  # transactions between two looks


@dataclass(frozen=True, slots=True)
class Stamp:
    """What had been written: an entry of the audit, or on a server a snapshot of transactions."""

    entry: int = 0
    snapshot: str | None = None


class Known(Generic[Read]):
    """One thing that was read, with what had been written by then.

    Parameters
    ----------
    beside_rosters : bool
        Whether rosters may have changed since: it was read from everything else.
    """

    def __init__(self, *, beside_rosters: bool) -> None:
        self._beside_rosters = beside_rosters
        self._own: set[int] = set()
        self._kept: tuple[Hashable, Stamp, Read] | None = None

    def read(self, session: Session, key: Hashable, read: Callable[[], Read]) -> Read:
        """Give what was read before for the same key, or read it now.

        Parameters
        ----------
        key : hashable
            What it is, with whatever else it depends on; the language in force is added.
        """
        whole = (key, language())
        stamp = stamp_of(session, beside_rosters=self._beside_rosters)
        if (
            self._kept is None
            or self._kept[0] != whole
            or not is_same(self._kept[1], stamp, self._own)
        ):
            self._kept = None  # two of them at once would be twice the memory
            self._kept = whole, stamp, read()
        return self._kept[2]

    def note_own(self, session: Session) -> None:
        """Count the transaction that is going on for one that changes rosters alone."""
        if self._beside_rosters and session.connection().dialect.name == "postgresql":
            self._own.add(int(str(session.scalar(select(func.pg_current_xact_id())))))


def stamp_of(session: Session, *, beside_rosters: bool) -> Stamp:
    """Note what has been written by now; what was read by somebody does not count.

    Parameters
    ----------
    beside_rosters : bool
        On a file: leave out what was written about rosters.
    """
    if session.connection().dialect.name == "postgresql":
        return Stamp(snapshot=str(session.scalar(select(func.pg_current_snapshot()))))
    wanted = select(audit.c.id).where(audit.c.action != "read")
    if beside_rosters:
        wanted = wanted.where(audit.c.kind.not_in(_ROSTERS))
    return Stamp(session.scalar(wanted.order_by(audit.c.id.desc()).limit(1)) or 0)


def is_same(before: Stamp, after: Stamp, own: set[int] | frozenset[int] = frozenset()) -> bool:
    """Tell whether nothing was written between two looks but in transactions that do not count."""
    if before.snapshot is None or after.snapshot is None:
        return before == after
    _least, old_end, old_open = _parts(before.snapshot)
    _least, new_end, new_open = _parts(after.snapshot)
    if new_end - old_end > _FARTHEST:
        return False
    younger = {*old_open, *range(old_end, new_end)}
    return {one for one in younger if one < new_end and one not in new_open} <= own


def _parts(snapshot: str) -> tuple[int, int, frozenset[int]]:
    """Take a snapshot apart: all below the first had ended, none from the second on had."""
    least, end, still_open = snapshot.split(":")
    numbers: Any = (int(one) for one in still_open.split(",") if one)
    return int(least), int(end), frozenset(numbers)

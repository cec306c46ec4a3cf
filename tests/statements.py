"""Statements compiled once for all workbooks of a test run, rather than once for each.

Thousands of small workbooks ask the same questions, and SQLAlchemy turns each into SQL anew for
each engine: a sixth of the time of the run. Decides which engines may share what was compiled;
what a workbook asks, and what the database answers, stays as it is.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from sqlalchemy import TextClause, create_engine
from sqlalchemy.util import LRUCache

from casework.access import engines

KEPT = 2_000

_compiled: LRUCache[Hashable, Any] = LRUCache(KEPT)


class _Shared:
    """What one engine keeps of its statements: those of all engines of its kind.

    The dialect stands first in the key of each statement; two dialects of one class on one driver
    write the same SQL. Text stays with its own engine: ``SELECT *`` has other columns elsewhere.
    """

    def __init__(self, own: Any, dialect: Any) -> None:
        self._own = own
        self._kind = (type(dialect), dialect.dbapi.__name__)

    def get(self, key: tuple[Hashable, ...]) -> Any:
        found = _compiled.get((self._kind, *key[1:]))
        return self._own.get(key) if found is None else found

    def __setitem__(self, key: tuple[Hashable, ...], compiled: Any) -> None:
        if isinstance(compiled.statement, TextClause):
            self._own[key] = compiled
        else:
            _compiled[self._kind, *key[1:]] = compiled

    def clear(self) -> None:
        self._own.clear()


def _sharing(*address: Any, **options: Any) -> Any:
    engine = create_engine(*address, **options)
    engine._compiled_cache = _Shared(engine._compiled_cache, engine.dialect)  # type: ignore[assignment]
    return engine


def share_statements() -> None:
    """Let the engines that are opened from now on share what they compile."""
    engines.create_engine = _sharing

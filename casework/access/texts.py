"""Text that no database keeps whole: refused with a sentence, the same on SQLite and PostgreSQL.

A NUL ends a text for half of the functions of SQLite and cannot be stored in PostgreSQL; half a
surrogate pair is no character at all. Both come from broken copies and from hostile pages. Every
other text, however odd, is stored as it is.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext

from casework.errors import InvalidEntry
from casework.terms import _

__all__ = ["refuse_broken_text"]

_TYPED_AT_ONCE = 500
"""Longer lists are rows in bulk: drawn up by rules, or read from a file and cleaned there."""


def refuse_broken_text(engine: Engine) -> None:
    """Let an engine raise `InvalidEntry` for text that would not come back as it was."""
    event.listen(engine, "before_cursor_execute", _look_for_nul)
    event.listen(engine, "handle_error", _in_words)


def _look_for_nul(
    _connection: Any, _cursor: Any, _statement: str, parameters: Any, _context: Any, _many: bool
) -> None:
    if len(parameters or ()) <= _TYPED_AT_ONCE and _holds_nul(parameters):
        raise _broken()


def _holds_nul(held: object) -> bool:
    """Whether a NUL is anywhere in the parameters: of one row, of many, by place or by name."""
    if isinstance(held, str):
        return "\x00" in held
    if isinstance(held, dict):
        return any(map(_holds_nul, held.values()))
    return isinstance(held, (tuple, list)) and any(map(_holds_nul, held))


def _in_words(context: ExceptionContext) -> InvalidEntry | None:
    return _broken() if isinstance(context.original_exception, UnicodeEncodeError) else None


def _broken() -> InvalidEntry:
    return InvalidEntry(
        _(
            "The text holds a character that is none and cannot be kept: part of a broken copy. "
            "Delete it, or type that place anew, and save again."
        )
    )

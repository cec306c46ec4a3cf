"""What one sheet of a spreadsheet hides."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["NOTHING", "Hidden"]


@dataclass(frozen=True, slots=True)
class Hidden:
    """What a sheet hides: rows as the spreadsheet counts them, columns from 0."""

    rows: frozenset[int] = frozenset()
    columns: frozenset[int] = frozenset()


NOTHING = Hidden()

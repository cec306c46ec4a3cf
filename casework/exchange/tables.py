"""Tables that leave casework: plain CSV in which no cell is a formula, and their way back."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

__all__ = ["as_typed", "safe_cell", "write_table"]

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")
_UNSEEN_STARTS = "\ufeff\u200b\u200c\u200d\u2060"  # a spreadsheet passes over them


def safe_cell(value: object) -> str:
    """Write a value so that no spreadsheet takes it for a formula.

    Examples
    --------
    >>> safe_cell("=1+1"), safe_cell("市水利局"), safe_cell(None)
    ("'=1+1", '市水利局', '')
    """
    text = "" if value is None else str(value)
    return f"'{text}" if _is_formula(text) else text


def as_typed(text: str) -> str:
    """Give a cell of ours back as it was before `safe_cell`; any other as it is.

    Examples
    --------
    >>> as_typed("'=1+1"), as_typed("'90")
    ('=1+1', "'90")
    """
    return text[1:] if text.startswith("'") and _is_formula(text[1:]) else text


def _is_formula(text: str) -> bool:
    return text.lstrip("'").lstrip(_UNSEEN_STARTS).startswith(_FORMULA_STARTS)


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> int:
    """Write rows as UTF-8 CSV and tell how many there were."""
    n = 0
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(columns)
        for row in rows:
            n += 1
            writer.writerow([safe_cell(row.get(column)) for column in columns])
    return n

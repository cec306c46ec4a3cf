"""Two people in one row, each in a line of their own in every cell: a couple who are both retired.

Decides whether the lines of the cells belong together without doubt, and then gives each person a
row. Where names are several and the rest does not tell whose is what, the row says nothing of
anybody: it is for a person to take apart.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from casework.exchange.columns import ColumnUse
from casework.exchange.files import Cell
from casework.identifiers import plain, read_name

__all__ = ["names_several", "one_by_one"]

_LINES = re.compile(r"[\n\r]+")
_MARKS = re.compile(r"\s*[\n\r、/／;；,，]+\s*")
_HAN_NAME = re.compile(r"[\u3400-\u9fff]{2,4}|[\u3400-\u9fff]{2,}·[\u3400-\u9fff]+")
_TELLS = frozenset(("resident_id", "mobile", "phone", "sex", "birth_date"))
_SHARED = frozenset(
    (
        *("seq", "", "unit", "category", "community", "address", "registered_address", "district"),
        *("subdistrict", "landline", "living", "remark", "branch", "family_status", "placement"),
    )
)


def names_several(cell: Cell) -> int:
    r"""Tell how many people the cell of a name names, 1 for all that leaves doubt.

    Examples
    --------
    >>> names_several("孙德兰\n张发英"), names_several("孙 德 兰"), names_several("孙德兰")
    (2, 1, 1)
    """
    if not isinstance(cell, str) or not _MARKS.search(cell.strip()):
        return 1
    names = _pieces(cell, _MARKS)
    good = all(_HAN_NAME.fullmatch(read_name(one).name) for one in names)
    return len(names) if good and len(names) > 1 else 1


def one_by_one(
    cells: Sequence[Cell], columns: Sequence[ColumnUse], name_at: int, n: int
) -> list[list[Cell]]:
    """Give a row for each of several people; nothing where it is not told whose is what."""
    rows: list[list[Cell]] = [list(cells) for _one in range(n)]
    aligned: set[str] = set()
    for use in columns:
        cell = cells[use.index] if use.index < len(cells) else ""
        if use.index == name_at or not plain(cell):
            continue
        pieces = _in_pieces(cell, n, use.column)
        if pieces is not None:
            aligned.add(use.column)
        elif not _is_shared(use.column):
            return []
        for at, row in enumerate(rows):
            row[use.index] = pieces[at] if pieces is not None else cell
    for row, name in zip(rows, _pieces(str(cells[name_at]), _MARKS), strict=True):
        row[name_at] = name
    return rows if aligned & _TELLS else []


def _is_shared(column: str) -> bool:
    return column in _SHARED or column.startswith(("contact:", "team:"))


def _in_pieces(cell: Cell, n: int, column: str) -> list[str] | None:
    if not isinstance(cell, str):
        return None
    for marks in (_LINES, _MARKS) if column in _TELLS | {"category"} else (_LINES,):
        found = _pieces(cell, marks)
        if len(found) == n:
            return found
    return None


def _pieces(cell: str, marks: re.Pattern[str]) -> list[str]:
    return [one.strip() for one in marks.split(cell.strip()) if one.strip()]

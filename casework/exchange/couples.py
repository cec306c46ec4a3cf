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

__all__ = ["apart", "names_of", "names_several", "one_by_one", "shared_only"]

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

_OF_A_HOUSEHOLD = _SHARED & {
    *("community", "address", "registered_address", "district", "subdistrict", "landline"),
}


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


def names_of(cell: Cell) -> list[str]:
    r"""Give the names that the cell of a name holds.

    Examples
    --------
    >>> names_of("孙德兰\n张发英"), names_of("孙 德 兰")
    (['孙德兰', '张发英'], ['孙 德 兰'])
    """
    if names_several(cell) > 1:
        return _pieces(str(cell), _MARKS)
    return [found] if (found := plain(cell)) else []


def apart(
    cells: Sequence[Cell], columns: Sequence[ColumnUse], name_at: int, n: int
) -> tuple[list[list[Cell]], frozenset[str], frozenset[int]]:
    """Take the cells of a row apart that names several people.

    Returns
    -------
    tuple
        A row of cells for each person; the columns in which each has a piece of their own; and the
        places of cells that do not tell whose they are, which nobody gets.
    """
    rows: list[list[Cell]] = [list(cells) for _one in range(n)]
    aligned, untold = set[str](), set[int]()
    for use in columns:
        cell = cells[use.index] if use.index < len(cells) else ""
        if use.index == name_at or not plain(cell):
            continue
        pieces = _in_pieces(cell, n, use.column)
        if pieces is not None:
            aligned.add(use.column)
        elif not _is_shared(use.column):
            untold.add(use.index)
            pieces = [""] * n
        for at, row in enumerate(rows):
            row[use.index] = pieces[at] if pieces is not None else cell
    names = names_of(cells[name_at]) if name_at < len(cells) else []
    for at, row in enumerate(rows):
        if name_at < len(row):
            row[name_at] = names[at] if len(names) == n else ""
    return rows, frozenset(aligned), frozenset(untold)


def one_by_one(
    cells: Sequence[Cell], columns: Sequence[ColumnUse], name_at: int, n: int
) -> list[list[Cell]]:
    """Give a row for each of several people; nothing where it is not told whose is what."""
    rows, aligned, untold = apart(cells, columns, name_at, n)
    return rows if aligned & _TELLS and not untold else []


def shared_only(cells: Sequence[str], columns: Sequence[ColumnUse]) -> list[str]:
    """Give of a row's cells what also holds for others of the household."""
    kept = {use.index for use in columns if use.column in _OF_A_HOUSEHOLD}
    return [cell if at in kept else "" for at, cell in enumerate(cells)]


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

"""Tables within a table: two lists side by side, and a date in three columns.

Decides from the headings alone that a sheet prints two people in a row, or writes 年, 月, 日 into
columns of their own. The other people in the row must be people served: a spouse's columns beside
the person's are no second list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from casework.exchange.files import Cell
from casework.exchange.headings import Lexicon, heading_key
from casework.exchange.layout import Heading, Table
from casework.identifiers import plain

__all__ = ["apart", "composed"]

_ALIKE = 0.6
_PARTS = {"年": 0, "月": 1, "日": 2}


def apart(table: Table, lexicon: Lexicon) -> list[Table]:
    """Give the tables that stand side by side under one row of headings; mostly one."""
    table = _dates_composed(table)
    keys = {one.index: heading_key(one.leaf) for one in table.headings}
    names = [one for one in table.headings if lexicon.names_column(one.leaf, "name")]
    if len(names) < 2:
        return [table]
    steps = {b.index - a.index for a, b in pairwise(names)}
    if len(steps) != 1 or any(_is_about_others(one, lexicon) for one in names):
        return [table]
    (step,) = steps
    start = min((i for i, key in keys.items() if key), default=0)
    windows = [range(start + k * step, start + (k + 1) * step) for k in range(len(names))]
    first = [keys.get(i, "") for i in windows[0]]
    for window in windows[1:]:
        own = [keys.get(i, "") for i in window]
        same = sum(a == b and a != "" for a, b in zip(first, own, strict=True))
        if same < max(2, _ALIKE * sum(key != "" for key in first)):
            return [table]
    return [
        replace(
            table,
            headings=tuple(one for one in table.headings if one.index in window),
            part=part,
            window=window,
        )
        for part, window in enumerate(windows)
    ]


def _is_about_others(heading: Heading, lexicon: Lexicon) -> bool:
    return any(lexicon.is_about_others(one) for one in heading.groups)


def _dates_composed(table: Table) -> Table:
    """Join columns 年, 月, 日 under one group into a date."""
    headings, found = list(table.headings), dict[int, tuple[int, ...]]()
    at = 0
    while at + 1 < len(headings):
        run = _run_of_parts(headings[at : at + 3])
        if len(run) < 2:
            at += 1
            continue
        group = run[0].groups[-1]
        found[run[0].index] = tuple(one.index for one in run)
        headings[at] = Heading(run[0].index, f"{group}年月日", run[0].groups[:-1])
        for k, one in enumerate(run[1:], start=1):
            headings[at + k] = Heading(one.index, "")
        at += len(run)
    return replace(table, headings=tuple(headings), composed=found) if found else table


def _run_of_parts(headings: Sequence[Heading]) -> list[Heading]:
    run: list[Heading] = []
    for one in headings:
        is_next = _PARTS.get(heading_key(one.leaf)) == len(run)
        if not is_next or not one.groups or (run and one.groups != run[0].groups):
            break
        run.append(one)
    return run


def composed(cells: Sequence[Cell], parts: Mapping[int, tuple[int, ...]]) -> list[Cell]:
    """Give a row with its dates in one cell each."""
    row = list(cells)
    for at, columns in parts.items():
        found = [plain(row[i]) if i < len(row) else "" for i in columns]
        words = (
            f"{one.rstrip(mark)}{mark}" for one, mark in zip(found, "年月日", strict=False) if one
        )
        if at < len(row):
            row[at] = "".join(words) if found[0] else ""
        for i in columns[1:]:
            if i < len(row):
                row[i] = ""
    return row

"""Tables within a table: two lists side by side, and a date in three columns.

Decides from the headings alone that a sheet prints two people in a row, whatever the order of their
columns, or writes 年, 月, 日 (or 姓 and 名) into columns of their own. The other people in the row
must be people served: a spouse's columns beside the person's are no second list.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from casework.exchange.files import Cell
from casework.exchange.headings import Lexicon, heading_key
from casework.exchange.layout import Heading, Table
from casework.identifiers import plain

__all__ = ["apart", "composed", "joined"]

_ALIKE = 0.6
_MOST_LISTS, _LEAST_REPEATED = 4, 3
_PARTS = {"年": 0, "月": 1, "日": 2}


def apart(table: Table, lexicon: Lexicon) -> list[Table]:
    """Give the tables that stand side by side under one row of headings; mostly one.

    What stands under no group, where each person has one (男方, 女方), is of every person.
    """
    table = _names_joined(_dates_composed(table))
    names = [one for one in table.headings if lexicon.names_column(one.leaf, "name")]
    if len(names) < 2:
        return _repeated(table, lexicon)
    if any(_is_about_others(one, lexicon) for one in names):
        return [table]
    by_group = _by_group(table.headings, names)
    windows = by_group or _by_place(table.headings, names)
    keys = {one.index: heading_key(one.leaf) for one in table.headings}
    told = [{keys[i] for i in window if keys.get(i)} for window in windows]
    if any(len(one & told[0]) < max(2, _ALIKE * len(told[0])) for one in told[1:]):
        return [table]
    of_all = set(keys) - set[int]().union(*windows) if by_group else set[int]()
    return _parted(table, [window | of_all for window in windows], windows)


def _parted(table: Table, columns: Sequence[set[int]], windows: Sequence[set[int]]) -> list[Table]:
    return [
        replace(
            table,
            headings=tuple(one for one in table.headings if one.index in own),
            part=part,
            window=frozenset(own),
            titles=_titles_over(table, window),
        )
        for part, (own, window) in enumerate(zip(columns, windows, strict=True))
    ]


def _repeated(table: Table, lexicon: Lexicon) -> list[Table]:
    """Part a table whose whole row of headings is there twice or more, whatever it calls a name."""
    filled = [one for one in table.headings if heading_key(one.leaf)]
    keys = [(heading_key(one.leaf), one.groups[1:]) for one in filled]
    for n in range(2, _MOST_LISTS + 1):
        width, rest = divmod(len(keys), n)
        if rest or width < _LEAST_REPEATED or keys != keys[:width] * n:
            continue
        if len({key for key, _groups in keys}) < width:
            return [table]
        known = sum(lexicon.weight(one.leaf) == 2 for one in filled[:width])
        if known < _LEAST_REPEATED or any(_is_about_others(one, lexicon) for one in filled):
            return [table]
        starts = [filled[at * width].index for at in range(n)]
        ends = [*starts[1:], filled[-1].index + 1]
        windows = [set(range(a, b)) for a, b in zip(starts, ends, strict=True)]
        return _parted(table, windows, windows)
    return [table]


def _by_group(headings: Sequence[Heading], names: Sequence[Heading]) -> list[set[int]]:
    """Give the columns of each person where each has a group of their own; else nothing."""
    groups = [one.groups[:1] for one in names]
    if len(set(groups)) < len(groups) or not all(groups):
        return []
    return [{one.index for one in headings if one.groups[:1] == own} for own in groups]


def _by_place(headings: Sequence[Heading], names: Sequence[Heading]) -> list[set[int]]:
    """Give the columns of each list: from an empty column on, or from what 序号 begins."""
    keys = {one.index: heading_key(one.leaf) for one in headings}
    starts = [min((i for i, key in keys.items() if key), default=0)]
    for before, one in pairwise(names):
        empty = [i for i in range(before.index + 1, one.index) if not keys.get(i)]
        start = empty[-1] + 1 if empty else one.index
        # 序号 and 单位 that stand left of the first name begin the next list as well.
        first = names[0].index
        while not empty and start - 1 > before.index and keys.get(start - 1):
            if keys[start - 1] != keys.get(first - (one.index - start) - 1):
                break
            start -= 1
        starts.append(start)
    ends = [*starts[1:], max(keys, default=0) + 1]
    return [set(range(start, end)) for start, end in zip(starts, ends, strict=True)]


def _titles_over(table: Table, window: Collection[int]) -> list[str]:
    """Give the titles that stand over some columns, and those that stand alone in their row."""
    found = []
    for row in table.title_rows:
        own = [text for i, text in row.items() if len(row) == 1 or i in window]
        found += [" ".join(own)] if own else []
    return found


def _is_about_others(heading: Heading, lexicon: Lexicon) -> bool:
    return any(lexicon.is_about_others(one) for one in heading.groups)


def _dates_composed(table: Table) -> Table:
    """Join columns 年, 月, 日 under one group, or 出生年, 出生月, 出生日, into a date."""
    headings, found = list(table.headings), dict[int, tuple[int, ...]]()
    at = 0
    while at + 1 < len(headings):
        run = _run_of_parts(headings[at : at + 3])
        if len(run) < 2:
            at += 1
            continue
        what = _part_of_date(run[0])[0]
        groups = run[0].groups if heading_key(run[0].leaf) not in _PARTS else run[0].groups[:-1]
        found[run[0].index] = tuple(one.index for one in run)
        headings[at] = Heading(run[0].index, f"{what}年月日", groups)
        for k, one in enumerate(run[1:], start=1):
            headings[at + k] = Heading(one.index, "")
        at += len(run)
    return replace(table, headings=tuple(headings), composed=found) if found else table


def _run_of_parts(headings: Sequence[Heading]) -> list[Heading]:
    run: list[Heading] = []
    for one in headings:
        what, part = _part_of_date(one)
        if part != len(run) or not what or (run and what != _part_of_date(run[0])[0]):
            break
        run.append(one)
    return run


def _names_joined(table: Table) -> Table:
    """Join columns 姓 and 名 beside each other into the name."""
    headings, found = list(table.headings), dict[int, int]()
    for at, (one, other) in enumerate(pairwise(table.headings)):
        if (heading_key(one.leaf), heading_key(other.leaf)) == ("姓", "名"):
            found[one.index] = other.index
            headings[at] = Heading(one.index, "姓名", one.groups)
            headings[at + 1] = Heading(other.index, "")
    return replace(table, headings=tuple(headings), joined=found) if found else table


def joined(cells: Sequence[Cell], parts: Mapping[int, int]) -> list[Cell]:
    """Give a row with its names in one cell each."""
    row = list(cells)
    for at, other in parts.items():
        if other < len(row):
            row[at], row[other] = plain(row[at]) + plain(row[other]), ""
    return row


def _part_of_date(heading: Heading) -> tuple[str, int | None]:
    """Give what a column holds a part of, and which: year, month or day."""
    key = heading_key(heading.leaf)
    if key in _PARTS:
        return (heading.groups[-1] if heading.groups else ""), _PARTS[key]
    return (key[:-1], _PARTS[key[-1]]) if key[-1:] in _PARTS else ("", None)


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

"""Forms of one person each: labels beside their values, not above them.

Decides where such forms stand on a sheet, one or many, also as a table lying on its side (labels
down the first column, a person in each further column). Leaves what a label means to `columns`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from casework.exchange.files import Cell, Merge, Sheet
from casework.exchange.headings import Lexicon, heading_key
from casework.exchange.layout import Heading
from casework.identifiers import plain, read_name

__all__ = ["Entry", "Form", "find_forms"]

_PAIR = re.compile(
    r"([^\s:：]{1,12}(?: [^\s:：]{1,2})?)\s*[:：]\s*([^:：]*?)(?=\s+[^\s:：]{2,12}\s*[:：]|$)"
)
_HAN_NAME = re.compile(r"[\u3400-\u9fff·]{2,6}")
_LEAST_LABELS, _LEAST_ROWS = 5, 3
_LEAST_SIDE_BY_SIDE = 3
_LONGEST, _LONGEST_CELL, _MOST_KEPT = 60, 200, 20_000
_LEAST_DIGITS = 11
_LEFT_OVER = frozenset(("其他", "其它", "其他情况"))
_SIGNED = frozenset(("联系电话", "备注", "说明", "日期", "人数"))


@dataclass(frozen=True, slots=True)
class Entry:
    """A label and its value; ``row`` is the spreadsheet's."""

    row: int
    label: str
    groups: tuple[str, ...]
    cell: Cell


@dataclass(slots=True)
class Form:
    """One person's form.

    Attributes
    ----------
    name_row : int
        The row in which the name stands.
    part : int
        Which person, where several stand in columns beside each other.
    """

    name_row: int
    part: int = 0
    entries: list[Entry] = field(default_factory=list)

    @property
    def rows(self) -> set[int]:
        """Rows that hold an entry."""
        return {one.row for one in self.entries} | {self.name_row}

    def names(self, lexicon: Lexicon) -> set[str]:
        """Give the names beside labels of the person's own name; one, if all is well."""
        found = {
            read_name(plain(one.cell)).name
            for one in self.entries
            if not one.groups and lexicon.names_column(one.label, "name")
        }
        return {one for one in found if one}

    @property
    def headings(self) -> tuple[Heading, ...]:
        """The labels as headings of a table of one row."""
        return tuple(Heading(i, one.label, one.groups) for i, one in enumerate(self.entries))

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The values as a row under these headings."""
        return tuple(one.cell for one in self.entries)


@dataclass(frozen=True, slots=True)
class _Item:
    """A filled cell: its column, the last column that it covers, its first and last row."""

    column: int
    end: int
    top: int
    bottom: int
    text: str
    cell: Cell


def find_forms(sheet: Sheet, lexicon: Lexicon) -> list[Form]:
    """Find the forms of a sheet; none where it holds a table or anything else."""
    reader = _Reader(sheet, lexicon)
    doubled = reader.two_rows_each()
    if doubled:
        return doubled
    starts = [row for row in range(1, len(sheet.rows) + 1) if reader.is_start(row)]
    forms: list[Form] = []
    for at, start in enumerate(starts):
        end = starts[at + 1] - 1 if at + 1 < len(starts) else len(sheet.rows)
        end = min(end, start + _LONGEST)
        found = reader.on_its_side(start, end) or reader.beside_each_other(start, end)
        forms += [one for one in found if reader.is_convincing(one)]
    return forms


class _Reader:
    """Looks at the cells of one sheet; rows are the spreadsheet's, from 1."""

    def __init__(self, sheet: Sheet, lexicon: Lexicon) -> None:
        self.sheet = sheet
        self.lexicon = lexicon
        self._asks: dict[str, bool] = {}
        self._window: range | None = None
        self._merge: dict[tuple[int, int], Merge] = {(m.top, m.left): m for m in sheet.merged}

    def items(self, row: int) -> list[_Item]:
        """Give the filled cells of a row."""
        found = []
        for column, cell in enumerate(self.sheet.rows[row - 1]):
            text = plain(cell)
            if text and (self._window is None or column in self._window):
                merge = self._merge.get((row - 1, column))
                right, bottom = (merge.right, merge.bottom) if merge else (column, row - 1)
                found.append(_Item(column, right, row - 1, bottom, text, cell))
        return found

    def is_label(self, text: str) -> bool:
        return self.lexicon.weight(text) == 2

    def is_name_label(self, text: str) -> bool:
        return self.lexicon.names_column(text, "name")

    def _may_ask_a_name(self, cell: str) -> bool:
        found = self._asks.get(cell)
        if found is None:
            text = plain(cell)
            found = self._asks[cell] = 0 < len(text) <= _LONGEST_CELL and (
                self.is_name_label(text)
                or self.lexicon.may_name_column(text, "name")
                or any(self.is_name_label(p[0]) for p in _pairs(text))
            )
            if len(self._asks) > _MOST_KEPT:
                self._asks.clear()
        return found

    # ------------------------------------------------------------------ where a form begins

    def is_start(self, row: int) -> bool:
        """Tell whether a row has 姓名 with a name, or room for one, to its right."""
        # Nearly all rows of a long roster end here, so no cell is looked at twice.
        if not any(
            type(one) is str and self._may_ask_a_name(one) for one in self.sheet.rows[row - 1]
        ):
            return False
        items = self.items(row)
        if self._is_heading_row(items):
            return False
        for at, one in enumerate(items):
            pairs = dict(_pairs(one.text))
            if any(self.is_name_label(label) and value for label, value in pairs.items()):
                return len(pairs) > 1 or len(items) > 1
            if not self.is_name_label(one.text):
                if at == 0 and self._stands_for_a_name(items[:3]):
                    return True
                continue
            if at and self.lexicon.is_about_others(items[at - 1].text):
                return False
            after = items[at + 1] if at + 1 < len(items) else None
            if after is None or after.column > one.end + 1:
                return not any(
                    self.is_label(a.text) and self.is_label(b.text) and b.column == a.end + 1
                    for a, b in pairwise(items)
                )
            return not self.lexicon.weight(after.text) and _is_name(after.text)
        return False

    def _stands_for_a_name(self, items: Sequence[_Item]) -> bool:
        """Tell whether 军休干部 or 老同志 has a name beside it, and the next label after that."""
        if len(items) < 3 or not self.lexicon.may_name_column(items[0].text, "name"):
            return False
        name, label = items[1:]
        beside = name.column == items[0].end + 1 and label.column == name.end + 1
        return (
            beside
            and not self.lexicon.weight(name.text)
            and _is_name(name.text)
            and self.is_label(label.text)
        )

    def _is_heading_row(self, items: list[_Item]) -> bool:
        """Tell whether labels stand side by side, with no room for values between them."""
        side_by_side = sum(
            b.column == a.end + 1 and self.is_label(a.text) and self.is_label(b.text)
            for a, b in pairwise(items)
        )
        return side_by_side >= _LEAST_SIDE_BY_SIDE

    def is_convincing(self, form: Form) -> bool:
        """Tell whether enough labels on enough rows have their value beside them."""
        sure = [
            one
            for one in form.entries
            if self.is_label(one.label) and not one.groups and not self.is_label(plain(one.cell))
        ]
        return len(sure) >= _LEAST_LABELS and len({one.row for one in sure}) >= (
            1 if any(_pairs(plain(c)) for c in self.sheet.rows[form.name_row - 1]) else _LEAST_ROWS
        )

    def beside_each_other(self, start: int, end: int) -> list[Form]:
        """Give a form, or one for each person whose 姓名 and name stand in the first row."""
        items = self.items(start)
        firsts = [
            one.column
            for at, (one, after) in enumerate(pairwise([*items, None]))
            if one is not None
            and (self._names_itself(one) or self._names_beside(one, after))
            and not (at and self.lexicon.is_about_others(items[at - 1].text))
        ]
        if len(firsts) < 2:
            return [self.form(start, end)]
        forms = []
        for part, (first, following) in enumerate(pairwise([*firsts, self.sheet.width])):
            self._window = range(first if part else 0, following)
            forms.append(self.form(start, end, part))
        self._window = None
        return forms

    def _names_itself(self, one: _Item) -> bool:
        """Tell whether a cell holds the label and the name: 姓名：张三."""
        return any(self.is_name_label(label) and _is_name(it) for label, it in _pairs(one.text))

    def _names_beside(self, one: _Item, after: _Item | None) -> bool:
        """Tell whether a label of names has a name in the next cell."""
        return (
            after is not None
            and self.is_name_label(one.text)
            and after.column <= one.end + 1
            and not self.lexicon.weight(after.text)
            and _is_name(after.text)
        )

    # ------------------------------------------------------------------ labels and values

    def form(self, start: int, end: int, part: int = 0) -> Form:
        """Read the labels and values of the rows of one form."""
        form = Form(start, part)
        row = start
        while row <= end:
            items = self.items(row)
            if self._is_signed(items):
                row += 1
                continue
            inner = self._inner_table(items) if row > start else None
            if inner is not None:
                row = self._read_inner(form, row + 1, end, *inner)
                continue
            form.entries += self._entries(row, items)
            row += 1
        return form

    def _is_signed(self, items: Sequence[_Item]) -> bool:
        """Tell whether a row is of whoever filled the form in: 填表人, 审核人."""
        if not items:
            return True
        first = heading_key(re.split("[:：]", items[0].text)[0])
        return first in self.lexicon.footer_words and first not in _SIGNED

    def _entries(self, row: int, items: Sequence[_Item]) -> Iterator[Entry]:
        at = 0
        while at < len(items):
            one = items[at]
            after = items[at + 1] if at + 1 < len(items) else None
            beside = after if after is not None and after.column == one.end + 1 else None
            at += 1
            if one is items[0] and self._is_group(one, items[1:3]):
                continue
            pairs = [p for p in _pairs(one.text) if self.lexicon.weight(p[0])]
            if pairs:
                for label, value in pairs:
                    yield Entry(row, label, (), value)
            elif self.lexicon.weight(one.text):
                digits = _digit_by_digit(items[at:])
                yield Entry(row, one.text, (), digits or (beside.cell if beside else ""))
                at += len(digits) or beside is not None
            elif beside is not None and not self.is_label(beside.text):
                yield Entry(row, one.text, (), beside.cell)
                at += 1

    def _is_group(self, one: _Item, after: Sequence[_Item]) -> bool:
        """Tell whether the first cell of a row stands over the labels right of it: 健康状况."""
        if len(after) < 2 or after[0].column != one.end + 1 or not self.is_label(after[0].text):
            return False
        if one.bottom > one.top:
            return True
        if after[1].column == after[0].end + 1 and self.lexicon.weight(after[1].text):
            return False  # 政治面貌 党员 健康状况 …: a label, its value, the next label
        names_topic = self.lexicon.is_topic(one.text) or not self.lexicon.weight(one.text)
        return names_topic or heading_key(one.text) in _LEFT_OVER

    # ------------------------------------------------------------------ the family's lines

    def _inner_table(self, items: Sequence[_Item]) -> tuple[str, list[_Item]] | None:
        """Give group and columns, where a row of a form heads a table of other people."""
        for at, one in enumerate(items[:-1]):
            after = items[at + 1]
            if self.is_name_label(one.text) and self.lexicon.weight(after.text):
                group = next(
                    (i.text for i in items[:at] if self.lexicon.is_about_others(i.text)), None
                )
                # 称谓 left of 姓名 belongs to the line as well, and is read after the name.
                before = [
                    i
                    for i in items[:at]
                    if self.lexicon.weight(i.text) and not self.lexicon.is_about_others(i.text)
                ]
                return group or "家庭成员", [*items[at:], *before]
        return None

    def _read_inner(
        self, form: Form, row: int, end: int, group: str, columns: Sequence[_Item]
    ) -> int:
        """Read the lines of a table of other people, and give the row after them."""
        first = min(one.column for one in columns)
        while row <= end:
            items = self.items(row)
            outside = [i for i in items if i.column < first]
            if not items or outside or self._is_signed(items):
                return row
            if self.is_label(items[0].text) and not self.lexicon.is_about_others(items[0].text):
                return row
            by_column = {i.column: i.cell for i in items}
            form.entries += [
                Entry(row, one.text, (group,), by_column.get(one.column, "")) for one in columns
            ]
            row += 1
        return row

    # ------------------------------------------------------------------ two rows a person

    def two_rows_each(self) -> list[Form]:
        """Read a list that prints everybody on two rows, under two rows of headings."""
        for row in range(1, min(len(self.sheet.rows), _LONGEST)):
            upper, lower = self.items(row), self.items(row + 1)
            if self._are_two_headings(upper, lower) and not self._is_one_row_each(
                row, {one.column for one in upper} - {one.column for one in lower}
            ):
                return list(self._pairs_of_rows(row, upper, lower))
        return []

    def _are_two_headings(self, upper: Sequence[_Item], lower: Sequence[_Item]) -> bool:
        if len(upper) < 3 or len(lower) < 3 or any(one.end > one.column for one in upper):
            return False
        name = next((one for one in upper if self.is_name_label(one.text)), None)
        if name is None or any(self.is_name_label(one.text) for one in lower):
            return False
        both = {one.column for one in upper} & {one.column for one in lower}
        sure = [one for one in lower if self.is_label(one.text)]
        return (
            len(both) >= 0.6 * len(lower)
            and len(sure) >= max(3, 0.6 * len(lower))
            and sum(self.is_label(one.text) for one in upper) >= 0.6 * len(upper)
        )

    def _is_one_row_each(self, heading: int, upper_only: set[int]) -> bool:
        """Tell whether every second row, too, is filled where only the upper heading asks."""
        below = self.sheet.rows[heading + 1 :][1:_LONGEST:2]
        filled = [
            bool(plain(row[column])) for row in below for column in upper_only if column < len(row)
        ]
        return 2 * sum(filled) > len(filled)

    def _pairs_of_rows(
        self, heading: int, upper: Sequence[_Item], lower: Sequence[_Item]
    ) -> Iterator[Form]:
        name_at = next(one.column for one in upper if self.is_name_label(one.text))
        row = heading + 2
        while row <= len(self.sheet.rows):
            first = self.sheet.rows[row - 1]
            if not _is_name(plain(first[name_at]) if name_at < len(first) else ""):
                row += 1
                continue
            form = Form(row)
            for at, items in ((row, upper), (row + 1, lower)):
                cells = self.sheet.rows[at - 1] if at <= len(self.sheet.rows) else ()
                form.entries += [
                    Entry(at, one.text, (), cells[one.column] if one.column < len(cells) else "")
                    for one in items
                ]
            yield form
            row += 2

    # ------------------------------------------------------------------ a table on its side

    def on_its_side(self, start: int, end: int) -> list[Form]:
        """Give a form for each column, where labels run down and people across."""
        items = self.items(start)
        at = next((i for i, one in enumerate(items) if self.is_name_label(one.text)), None)
        if at is None:
            return []
        names = items[at + 1 :]
        if len(names) < 2 or not all(_is_name(one.text) for one in names):
            return []
        label_at = items[at].column
        forms = [Form(start, part) for part in range(len(names))]
        first = self._first_on_its_side(start, label_at, names)
        for row in range(first, end + 1):
            cells = self.sheet.rows[row - 1]
            label = plain(cells[label_at]) if label_at < len(cells) else ""
            if not label or (row > start and self.is_name_label(label)):
                break
            for form, name in zip(forms, names, strict=True):
                value = cells[name.column] if name.column < len(cells) else ""
                form.entries.append(Entry(row, label, (), value))
        return forms

    def _first_on_its_side(self, start: int, label_at: int, names: Sequence[_Item]) -> int:
        """Give the row in which the labels begin: 序号 and 单位 may stand above 姓名."""
        columns = {one.column for one in names}
        row = start
        while row > 1:
            items = self.items(row - 1)
            values = [one for one in items if one.column != label_at]
            if (
                len(values) == len(items)
                or not self.lexicon.weight(next(i.text for i in items if i.column == label_at))
                or len(values) < 0.5 * len(names)
                or not {one.column for one in values} <= columns
            ):
                break
            row -= 1
        return row


def _pairs(text: str) -> list[tuple[str, str]]:
    """Take 姓名：张三 性别：男 apart."""
    if len(text) > 5 * _LONGEST_CELL or (":" not in text and "：" not in text):
        return []
    found = [(label.replace(" ", ""), value.strip()) for label, value in _PAIR.findall(text)]
    return found if len(found) > 1 or any(value for _label, value in found) else []


def _digit_by_digit(items: Sequence[_Item]) -> str:
    """Give a long number that is written with a digit in each cell; empty where it is none."""
    found = ""
    for before, one in pairwise([None, *items]):
        beside = before is None or (one is not None and one.column == before.end + 1)
        if one is None or not beside or len(one.text) != 1 or one.text not in "0123456789Xx":
            break
        found += one.text
    return found if len(found) >= _LEAST_DIGITS else ""


def _is_name(text: str) -> bool:
    return bool(_HAN_NAME.fullmatch(read_name(text).name))

"""One sheet of a roster, row by row: people, and the rows that hold nobody.

Decides what becomes of each row of a sheet; leaves duplicates and what only the whole file tells to
`roster`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from casework.exchange.beside import apart, composed
from casework.exchange.cells import Reader, RowReader, complete_landlines, weigh
from casework.exchange.columns import ColumnUse, map_columns
from casework.exchange.couples import names_several, one_by_one
from casework.exchange.divided import divide, divided
from casework.exchange.files import Cell, Sheet, cell_text
from casework.exchange.forms import Form, find_forms
from casework.exchange.headings import Lexicon, heading_key
from casework.exchange.hidden import spans
from casework.exchange.idle import is_numbering, why_idle
from casework.exchange.layout import Heading, Table, find_tables
from casework.exchange.outcome import RosterRow, TableRead
from casework.exchange.people import Place, Problem, RosterPerson
from casework.exchange.remarks import read_remarks
from casework.exchange.titles import Whose
from casework.exchange.whose import community_in
from casework.exchange.words import Words
from casework.identifiers import plain, read_resident_id

__all__ = ["SheetReader", "person_row"]

_LONGEST_NAME = 60
_PARTS = 20  # more lists than stand side by side on a sheet
_LONG_NUMBER = re.compile(r"\d{6}")
_GOES_ON = frozenset(
    ("phone", "mobile", "landline", "condition", "medicine", "hobby", "service_wish", "remark")
)

Readers = Sequence[tuple[int, str, Reader]]
Mapped = tuple[Table, tuple[ColumnUse, ...]]


class SheetReader:
    """Reads one sheet row by row.

    Parameters
    ----------
    before : sequence of TableRead
        The tables of the sheets before, for a sheet that goes on without a heading.
    saved : mapping
        What the agency has decided about headings.
    communities : tuple of str
        Names of communities that may be read out of an address.
    """

    def __init__(
        self,
        sheet: Sheet,
        before: Sequence[TableRead],
        headings: Lexicon,
        words: Words,
        latest: date,
        saved: Mapping[str, str | None],
        communities: tuple[str, ...] = (),
    ) -> None:
        self.sheet = sheet
        self.before = before
        self.headings = headings
        self.words = words
        self.latest = latest
        self.saved = saved
        self.communities = communities
        self.tables: list[TableRead] = []
        self._spread = _spread_cells(sheet)
        self._category: str | None = None

    def read(self) -> list[RosterRow]:
        """Give the entries of each row, in order: one, or one for each person in it."""
        forms = find_forms(self.sheet, self.headings)
        found = self._read_forms(forms) if forms else self._read_tables()
        rows = [
            one
            for row in range(1, len(self.sheet.rows) + 1)
            for one in found.get(row) or [self._outside(row)]
        ]
        self._tell_hidden(rows)
        if self.sheet.hidden:
            return [_held_back(one, "hidden_sheet", "hidden_sheet") for one in rows]
        return rows

    def _tell_hidden(self, rows: Sequence[RosterRow]) -> None:
        """Say which rows that hold somebody, and which columns, the spreadsheet does not show."""
        unseen = self.sheet.unseen
        people = [one for one in rows if one.row in unseen.rows and one.outcome != "ignored"]
        if people:
            told = spans(frozenset(one.row for one in people))
            people[0].problems.append(Problem("row", "hidden_rows", told))
        for table in self.tables:
            uses = [one for one in table.columns if one.index in unseen.columns and one.samples]
            heading = next((one for one in rows if one.row in table.heading_rows), None)
            if uses and heading is not None:
                told = "、".join(use.path for use in uses)
                heading.problems.append(Problem("column", "hidden_columns", told))

    # ------------------------------------------------------------------ tables

    def _read_tables(self) -> dict[int, list[RosterRow]]:
        tables = [
            self._divided(part)
            for one in find_tables(self.sheet, self.headings)
            for part in apart(one, self.headings)
        ]
        pairs = [(one, self._map(one, tables)) for one in tables]
        pairs = [pair for pair in pairs if any(use.column == "name" for use in pair[1])]
        found: dict[int, list[RosterRow]] = {}
        for table, columns in pairs or self._like_the_sheet_before():
            self.tables.append(TableRead(self.sheet.name, table.heading_rows, columns))
            if not table.part:
                found |= {row: [self._ignored(row, "heading")] for row in table.heading_rows}
            for one in self._people(table, columns):
                if not one.part:
                    found[one.row] = [one]
                elif one.outcome != "ignored":
                    found.setdefault(one.row, []).append(one)
        return found

    def _map(self, table: Table, tables: Sequence[Table]) -> tuple[ColumnUse, ...]:
        """Map the columns, with the cells of all stretches under the same headings to go by."""
        alike = [one for one in tables if one.layout_key == table.layout_key]
        rows = [
            self._own(one, self.sheet.rows[i - 1])
            for one in alike
            if one.part == table.part
            for i in range(one.first, one.last + 1)
        ]
        filled = [sum(cell != "" for cell in row) for row in rows]
        least = 0.5 * sorted(filled)[len(filled) // 2] if filled else 0
        full = [
            row
            for row, count in zip(rows, filled, strict=True)
            if count >= least and not is_numbering(row)
        ]
        hidden = self.sheet.unseen.columns
        return map_columns(table.headings, full, self.headings, self.words, self.saved, hidden)

    @staticmethod
    def _own(table: Table, cells: Sequence[Cell]) -> Sequence[Cell]:
        """Give the cells of a row that belong to a table, with its dates in one cell each."""
        if table.window is not None:
            cells = [cell if i in table.window else "" for i, cell in enumerate(cells)]
        if table.composed:
            cells = composed(cells, table.composed)
        return divided(cells, table.divided) if table.divided else cells

    def _divided(self, table: Table) -> Table:
        """Give each of two things in one column a column of its own."""
        rows = [self._own(table, one) for one in self.sheet.rows[table.first - 1 : table.last]]
        return divide(table, rows, self.sheet.width, self.headings)

    def _like_the_sheet_before(self) -> list[Mapped]:
        """Take the columns of the last table for a sheet that goes on without a heading."""
        if not self.before or self.sheet.hidden or not self.sheet.rows:
            return []
        columns = self.before[-1].columns
        at = next((use.index for use in columns if use.column == "resident_id"), None)
        filled = [row for row in self.sheet.rows if sum(cell != "" for cell in row) > 3]
        if at is None or not filled:
            return []
        right = sum(at < len(row) and bool(read_resident_id(row[at]).normal) for row in filled)
        if right < 0.5 * len(filled):
            return []
        return [(Table(range(0), (), first=1, last=len(self.sheet.rows)), columns)]

    # ------------------------------------------------------------------ rows of a table

    def _people(self, table: Table, columns: tuple[ColumnUse, ...]) -> list[RosterRow]:
        readers = RowReader(columns, self.headings, self.words, self.latest).readers()
        name_at = next(use.index for use in columns if use.column == "name")
        quiet = {use.index for use in columns if use.column in ("seq", "")}
        heading = {heading_key(one.leaf) for one in table.headings if one.leaf}
        whose = self._whose([*table.titles, *_over_all(table)], columns)
        found: list[RosterRow] = []
        last: RosterRow | None = None
        for row in range(table.first, table.last + 1):
            cells = self._cells(row, table, columns)
            reason = why_idle(cells, name_at, quiet, heading, self.headings)
            if reason:
                found.append(self._ignored(row, reason))
                if reason == "section":
                    self._enter_section(whose, cells)
                continue
            several = self._several(row, cells, columns, readers, whose, table)
            if several:
                found += several
                last = None
                continue
            one = self._person_row(row, cells, readers, whose, table.part)
            if one.outcome == "held" and last and self._goes_on(one, name_at, readers, last):
                one = replace(one, outcome="merged", reason="continued", person=None, problems=[])
                one.merged_into = last.place
            elif one.outcome == "imported":
                last = one
            found.append(one)
        return found

    def _several(
        self,
        row: int,
        cells: Sequence[Cell],
        columns: Sequence[ColumnUse],
        readers: Readers,
        whose: Whose,
        table: Table,
    ) -> list[RosterRow]:
        """Read a row whose name cell names several people; nothing where it names one."""
        name_at = next(use.index for use in columns if use.column == "name")
        n = names_several(cells[name_at]) if name_at < len(cells) else 1
        if n < 2:
            return []
        each = one_by_one(cells, columns, name_at, n)
        if each:
            parts = (table.part + _PARTS * k for k in range(n))
            return [
                self._person_row(row, own, readers, whose, part)
                for own, part in zip(each, parts, strict=True)
            ]
        one = self._person_row(row, cells, readers, whose, table.part)
        one.problems = []
        return [_held_back(one, "several_people", "several_people")]

    def _cells(self, row: int, table: Table, columns: Sequence[ColumnUse]) -> Sequence[Cell]:
        """Give the cells of a row, with merged cells of text repeated down their range."""
        cells = self._own(table, self.sheet.rows[row - 1])
        spread = self._spread.get(row)
        if not spread:
            return cells
        texts = {use.index for use in columns if self._is_text(use.column)}
        wide = list(cells) + [""] * (max(spread) + 1 - len(cells))
        for column, value in spread.items():
            if column in texts and wide[column] == "":
                wide[column] = value
        return wide

    def _is_text(self, column: str) -> bool:
        known = self.headings.columns.get(column)
        return known is not None and known.read in ("text", "code")

    def _person_row(
        self,
        row: int,
        cells: Sequence[Cell],
        readers: Readers,
        whose: Whose,
        part: int = 0,
    ) -> RosterRow:
        found = person_row((self.sheet.name, row, part), cells, readers)
        if found.outcome == "imported" and found.person is not None:
            self._complete(found.person, whose)
            if whose.of_dead and found.person.died_on is None:
                _held_back(found, "deceased", "marked_dead")
        elif found.outcome == "held":
            found.told = {
                code: (value, whose.said_by[code]) for code, value in whose.values.items()
            }
        return found

    def _complete(self, person: RosterPerson, whose: Whose) -> None:
        """Add what titles say of everybody, and the community that the address tells."""
        for code, value in whose.values.items():
            if code not in person.values:
                person.values[code] = [value]
                person.derived[code] = whose.said_by[code]
        self._place_by_address(person)

    def _place_by_address(self, person: RosterPerson) -> None:
        """Read the community out of the address, where it is named there without doubt."""
        if "community" in person.values:
            return
        address = "".join(person.values.get("address", ()))
        stated = community_in(address)
        if stated is not None:
            person.values["community"], person.derived["community"] = [stated], "address"
            return
        named = [one for one in self.communities if one in address]
        longest = [one for one in named if not any(one != o and one in o for o in named)]
        if len(longest) == 1:
            person.values["community"] = longest
            person.derived["community"] = "address"

    def _goes_on(self, row: RosterRow, name_at: int, readers: Readers, last: RosterRow) -> bool:
        """Tell whether a row without a name only tells more of the person above."""
        person = last.person
        cells = self.sheet.rows[row.row - 1]
        filled = {i for i, cell in enumerate(cells) if plain(cell)}
        more = {
            at
            for at, code, _reader in readers
            if code.startswith(("contact:", "team:")) or code in _GOES_ON
        }
        is_merged = name_at in self._spread.get(row.row, {})
        if person is None or not filled & more or not (is_merged or filled <= more):
            return False
        for at, _code, reader in readers:
            if at in more and at < len(cells):
                reader(person, cells[at])
        return True

    def _whose(self, titles: Sequence[str], columns: Sequence[ColumnUse]) -> Whose:
        """Read what titles and the sheet's name say, where no column says it."""
        whose = Whose(columns, self._category)
        whose.read_titles(titles, self.sheet.name)
        self._category = whose.category
        return whose

    def _enter_section(self, whose: Whose, cells: Sequence[Cell]) -> None:
        """Take from a row between people what holds for those below it."""
        whose.enter(next((found for cell in cells if (found := plain(cell))), ""))
        self._category = whose.category

    # ------------------------------------------------------------------ forms

    def _read_forms(self, forms: Sequence[Form]) -> dict[int, list[RosterRow]]:
        alike: dict[tuple[Heading, ...], list[Sequence[Cell]]] = {}
        for form in forms:
            alike.setdefault(form.headings, []).append(form.cells)
        mapped = {
            one: map_columns(one, rows, self.headings, self.words, self.saved)
            for one, rows in alike.items()
        }
        found: dict[int, list[RosterRow]] = {}
        end = 0
        for form in forms:
            titles = self._titles(end + 1, form.name_row - 1) if not form.part else []
            for one in self._form_rows(form, mapped[form.headings], titles):
                found.setdefault(one.row, []).append(one)
            end = max(form.rows)
        return self._with_left_over(found)

    def _with_left_over(self, found: dict[int, list[RosterRow]]) -> dict[int, list[RosterRow]]:
        """Hold what stands among the forms and belongs to none of them."""
        first = min(found, default=0)
        for row in range(first, len(self.sheet.rows) + 1):
            cells = self.sheet.rows[row - 1]
            texts = [text for cell in cells if (text := plain(cell))]
            if row in found or len(texts) < 3 or not any(map(_LONG_NUMBER.search, texts)):
                continue
            found[row] = [replace(self._ignored(row, "no_name"), outcome="held")]
        return found

    def _titles(self, first: int, last: int) -> list[str]:
        rows = self.sheet.rows[max(first - 1, 0) : max(last, 0)]
        return [text for row in rows for cell in row if (text := plain(cell))]

    def _form_rows(
        self, form: Form, columns: tuple[ColumnUse, ...], titles: Sequence[str]
    ) -> list[RosterRow]:
        """Read the form of one person: the row of the name, and the others merged into it."""
        readers = RowReader(columns, self.headings, self.words, self.latest).readers()
        whose = self._whose(titles, columns)
        one = self._person_row(form.name_row, form.cells, readers, whose, form.part)
        if not any(plain(entry.cell) for entry in form.entries):
            rows = sorted(form.rows) if not form.part else []
            return [self._ignored(row, "blank") for row in rows]
        paths = tuple(use.path for use in columns)
        known = {tuple(use.path for use in read.columns) for read in (*self.before, *self.tables)}
        if paths not in known or one.outcome == "held":
            self.tables.append(TableRead(self.sheet.name, range(0, form.name_row), columns))
        row_of = {use.column: form.entries[use.index].row for use in reversed(columns)}
        return self._with_its_rows(form, one, row_of)

    def _with_its_rows(
        self, form: Form, one: RosterRow, row_of: Mapping[str, int]
    ) -> list[RosterRow]:
        """Spread a person's problems over the rows in which they stand."""
        found = {form.name_row: one}
        for row in sorted(form.rows - {form.name_row}):
            found[row] = replace(
                self._ignored(row, "form"), outcome="merged", merged_into=one.place, part=form.part
            )
        if one.outcome == "imported":  # a held one keeps all values, to be completed by hand
            one.cells = self._kept(form.name_row)
        person = one.person
        problems, own = list(one.problems), list[Problem]()
        for problem in problems:
            named = ("phone", problem.field) if problem.field in ("mobile", "landline") else ()
            row = next((row_of[c] for c in (*named, problem.field) if c in row_of), form.name_row)
            (own if row == form.name_row else found[row].problems).append(problem)
        one.problems = own
        if person is not None:
            person.problems = own
        if form.part:  # the further columns of a table on its side: where there is something to say
            return [r for r in found.values() if r is one or r.problems]
        return [found[row] for row in sorted(found)]

    # ------------------------------------------------------------------ other rows

    def _kept(self, row: int) -> tuple[str, ...]:
        return tuple(cell_text(cell) for cell in self.sheet.rows[row - 1])

    def _ignored(self, row: int, reason: str) -> RosterRow:
        return RosterRow(self.sheet.name, row, "ignored", reason, self._kept(row))

    def _outside(self, row: int) -> RosterRow:
        blank = not any(plain(cell) for cell in self.sheet.rows[row - 1])
        has_table = bool(self.tables)
        return self._ignored(row, "blank" if blank else ("title" if has_table else "no_table"))


def _over_all(table: Table) -> list[str]:
    """Give the groups that stand over every column of a table: they are its titles."""
    groups = [set(one.groups) for one in table.headings if one.leaf]
    return sorted(set.intersection(*groups)) if groups else []


def person_row(place: Place, cells: Sequence[Cell], readers: Readers) -> RosterRow:
    """Read one row into a person; it is held where no name can be read."""
    sheet, row, part = place
    person = RosterPerson(sheet, row, part=part)
    width = len(cells)
    for at, _code, reader in readers:
        reader(person, cells[at] if at < width else "")
    kept = tuple(cell_text(cell) for cell in cells)
    if not person.name or len(person.name) > _LONGEST_NAME:
        kind = "too_long" if person.name else "missing"
        problem = Problem("name", kind, person.name[:_LONGEST_NAME])
        return RosterRow(sheet, row, "held", "no_name", kept, person, None, [problem], part)
    weigh(person)
    complete_landlines(person)
    read_remarks(person)
    return RosterRow(sheet, row, "imported", "", kept, person, None, person.problems, part)


def _spread_cells(sheet: Sheet) -> dict[int, dict[int, Cell]]:
    """Give the cells that a merged range covers below its first row, by row and column."""
    found: dict[int, dict[int, Cell]] = {}
    for one in sheet.merged:
        if one.bottom <= one.top or one.bottom - one.top > 2_000:
            continue
        source = sheet.rows[one.top] if one.top < len(sheet.rows) else ()
        value = source[one.left] if one.left < len(source) else ""
        for row in range(one.top + 1, one.bottom + 1):
            found.setdefault(row + 1, {})[one.left] = value
    return found


def _held_back(row: RosterRow, reason: str, kind: str) -> RosterRow:
    """Hold a person until somebody has looked: on a hidden sheet, on a list of the dead."""
    if row.outcome == "imported":
        row.outcome, row.reason = "held", reason
        row.problems = [*(one for one in row.problems if one.kind != kind), Problem("name", kind)]
    return row

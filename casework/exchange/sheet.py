"""One sheet of a roster, row by row: people, and the rows that hold nobody.

Decides what becomes of each row of a sheet; leaves duplicates and what only the whole file tells to
`roster`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from casework.exchange.beside import apart
from casework.exchange.cells import RowReader
from casework.exchange.columns import ColumnUse, map_columns
from casework.exchange.divided import divide
from casework.exchange.files import Cell, Sheet
from casework.exchange.forms import Form, find_forms
from casework.exchange.headings import Lexicon
from casework.exchange.hidden import spans
from casework.exchange.idle import is_numbering
from casework.exchange.layout import Heading, Table, find_tables
from casework.exchange.outcome import RosterRow, TableRead
from casework.exchange.people import Problem
from casework.exchange.rows import PeopleReader, held_back, ignored, kept_cells, own_cells
from casework.exchange.titles import explains_colours
from casework.exchange.words import Words
from casework.identifiers import plain, read_resident_id

__all__ = ["SheetReader"]

_LONG_NUMBER = re.compile(r"\d{6}")

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
        self.tables: list[TableRead] = []
        self.people = PeopleReader(sheet, headings, words, latest, communities)

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
        self._tell_colours(rows)
        return self._without_hidden(rows) if self.sheet.hidden else rows

    @staticmethod
    def _without_hidden(rows: list[RosterRow]) -> list[RosterRow]:
        """Hold the people of a hidden sheet back, and say so once."""
        people = [one for one in rows if one.outcome == "imported"]
        for one in people:
            held_back(one, "hidden_sheet")
        if people:
            told = spans(frozenset(one.row for one in people))
            people[0].problems = [*people[0].problems, Problem("row", "hidden_sheet", told)]
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

    def _tell_colours(self, rows: Sequence[RosterRow]) -> None:
        """Say where the sheet explains what its colours mean, which nobody reads here."""
        for one in rows if self.tables else ():
            said = next((cell for cell in one.cells if explains_colours(cell)), "")
            if said and one.outcome == "ignored":
                one.problems.append(Problem("row", "colours", plain(said)))

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
                found |= {row: [ignored(self.sheet, row, "heading")] for row in table.heading_rows}
            for one in self.people.of_table(table, columns):
                if not one.part:
                    found[one.row] = [one]
                elif one.outcome != "ignored":
                    found.setdefault(one.row, []).append(one)
        return found

    def _map(self, table: Table, tables: Sequence[Table]) -> tuple[ColumnUse, ...]:
        """Map the columns, with the cells of all stretches under the same headings to go by."""
        alike = [one for one in tables if one.layout_key == table.layout_key]
        rows = [
            own_cells(one, self.sheet.rows[i - 1])
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

    def _divided(self, table: Table) -> Table:
        """Give each of two things in one column a column of its own."""
        rows = [own_cells(table, one) for one in self.sheet.rows[table.first - 1 : table.last]]
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
            found[row] = [replace(ignored(self.sheet, row, "no_name"), outcome="held")]
        return found

    def _titles(self, first: int, last: int) -> list[str]:
        rows = self.sheet.rows[max(first - 1, 0) : max(last, 0)]
        texts = ([text for cell in row if (text := plain(cell))] for row in rows)
        return [" ".join(one) for one in texts if one]

    def _form_rows(
        self, form: Form, columns: tuple[ColumnUse, ...], titles: Sequence[str]
    ) -> list[RosterRow]:
        """Read the form of one person: the row of the name, and the others merged into it."""
        readers = RowReader(columns, self.headings, self.words, self.latest).readers()
        whose = self.people.whose(titles, columns)
        one = self.people.person_row(form.name_row, form.cells, readers, whose, form.part)
        if not any(plain(entry.cell) for entry in form.entries):
            rows = sorted(form.rows) if not form.part else []
            return [ignored(self.sheet, row, "blank") for row in rows]
        if len(form.names(self.headings)) > 1:  # and the other values may be of any of them
            held_back(one, "several_people", "several_people")
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
                ignored(self.sheet, row, "form"),
                outcome="merged",
                merged_into=one.place,
                part=form.part,
            )
        if one.outcome == "imported":  # a held one keeps all values, to be completed by hand
            one.cells = kept_cells(self.sheet, form.name_row)
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

    def _outside(self, row: int) -> RosterRow:
        blank = not any(plain(cell) for cell in self.sheet.rows[row - 1])
        has_table = bool(self.tables)
        return ignored(
            self.sheet, row, "blank" if blank else ("title" if has_table else "no_table")
        )

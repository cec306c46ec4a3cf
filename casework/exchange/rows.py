"""The rows of one table: people, rows that go on about somebody, rows that hold nobody.

Decides what becomes of each row below the headings; leaves where the tables are and what their
columns mean to `sheet`, and the cells to `cells`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from casework.exchange.beside import composed, joined
from casework.exchange.cells import Reader, RowReader
from casework.exchange.columns import ColumnUse
from casework.exchange.couples import names_several, one_by_one
from casework.exchange.divided import divided
from casework.exchange.family_rows import FamilyRows
from casework.exchange.files import Cell, Sheet, cell_text
from casework.exchange.headings import Lexicon, heading_key
from casework.exchange.idle import why_idle
from casework.exchange.layout import Table
from casework.exchange.outcome import RosterRow
from casework.exchange.people import Place, Problem, RosterPerson
from casework.exchange.remarks import read_remarks
from casework.exchange.titles import Whose
from casework.exchange.weighing import complete_landlines, weigh
from casework.exchange.whose import community_in
from casework.exchange.words import Words
from casework.identifiers import plain

__all__ = ["PeopleReader", "held_back", "ignored", "kept_cells", "own_cells", "read_person"]

_LONGEST_NAME = 60
_PARTS = 20  # more lists than stand side by side on a sheet
_GOES_ON = frozenset(
    ("phone", "mobile", "landline", "condition", "medicine", "hobby", "service_wish", "remark")
)

Readers = Sequence[tuple[int, str, Reader]]


class PeopleReader:
    """Reads the people of one sheet, row by row.

    Parameters
    ----------
    communities : tuple of str
        Names of communities that may be read out of an address.
    """

    def __init__(
        self,
        sheet: Sheet,
        headings: Lexicon,
        words: Words,
        latest: date,
        communities: tuple[str, ...] = (),
    ) -> None:
        self.sheet = sheet
        self.headings = headings
        self.words = words
        self.latest = latest
        self.communities = communities
        self._spread = _spread_cells(sheet)
        self._category: str | None = None
        self._is_first = True
        self._of_sheet: Whose

    def of_table(self, table: Table, columns: tuple[ColumnUse, ...]) -> list[RosterRow]:
        """Give what becomes of each row below the headings of a table."""
        readers = RowReader(columns, self.headings, self.words, self.latest).readers()
        name_at = next(use.index for use in columns if use.column == "name")
        quiet = {use.index for use in columns if use.column in ("seq", "")}
        heading = {heading_key(one.leaf) for one in table.headings if one.leaf}
        whose = self.whose([*table.titles, *_over_all(table)], columns)
        found: list[RosterRow] = []
        last: RosterRow | None = None
        above: dict[int, Cell] = {}
        family = FamilyRows.of(columns, self._all_cells(table), self.words)
        if family is not None:
            readers = [one for one in readers if one[0] != family.relation_at]
        for row in range(table.first, table.last + 1):
            cells = self._as_above(self._cells(row, table, columns), above, columns)
            reason = why_idle(cells, name_at, quiet, heading, self.headings)
            if reason:
                found.append(replace(ignored(self.sheet, row, reason), part=table.part))
                if reason == "section":
                    self._enter_section(whose, cells)
                continue
            if family is not None and last is not None and family.is_of_family(cells):
                found.append(family.merged(ignored(self.sheet, row, "family"), cells, last))
                continue
            several = self._several(row, cells, columns, readers, whose, table)
            if several:
                found += several
                last = None
                continue
            one = self.person_row(row, cells, readers, whose, table.part)
            if one.outcome == "held" and last and self._goes_on(one, name_at, readers, last):
                one = replace(one, outcome="merged", reason="continued", person=None, problems=[])
                one.merged_into = last.place
            elif one.outcome == "imported":
                last = one
            found.append(one)
        return found

    def _all_cells(self, table: Table) -> list[Sequence[Cell]]:
        return [own_cells(table, one) for one in self.sheet.rows[table.first - 1 : table.last]]

    def _as_above(
        self, cells: Sequence[Cell], above: dict[int, Cell], columns: Sequence[ColumnUse]
    ) -> Sequence[Cell]:
        """Put what stands above in place of 同上 and 〃, where that can be of several people."""
        dittos = {i for i, cell in enumerate(cells) if self.words.is_ditto(cell)}
        if dittos:
            may = {use.index for use in columns if self._may_be_of_several(use.column)}
            cells = [
                above.get(i, "") if i in dittos & may else cell for i, cell in enumerate(cells)
            ]
        above.update((i, cell) for i, cell in enumerate(cells) if cell != "")
        return cells

    def _may_be_of_several(self, column: str) -> bool:
        known = self.headings.columns.get(column)
        kinds = ("text", "code", "party", "phone", "mobile", "landline", "list", "unit_position")
        return known is not None and known.read in kinds

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
                self.person_row(row, own, readers, whose, part)
                for own, part in zip(each, parts, strict=True)
            ]
        one = self.person_row(row, cells, readers, whose, table.part)
        one.problems = []
        return [held_back(one, "several_people", "several_people")]

    def _cells(self, row: int, table: Table, columns: Sequence[ColumnUse]) -> Sequence[Cell]:
        """Give the cells of a row, with merged cells of text repeated down their range."""
        cells = own_cells(table, self.sheet.rows[row - 1])
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

    def person_row(
        self,
        row: int,
        cells: Sequence[Cell],
        readers: Readers,
        whose: Whose,
        part: int = 0,
    ) -> RosterRow:
        """Read one row with what titles say; whoever is said to have died is held back."""
        found = read_person((self.sheet.name, row, part), cells, readers)
        if found.outcome == "imported" and found.person is not None:
            self._complete(found.person, whose)
            is_dead = whose.of_dead or "vital_status" in found.person.typed
            if is_dead and found.person.died_on is None:
                held_back(found, "deceased", "marked_dead")
            elif whose.of_others and "category" not in found.person.values:
                held_back(found, "not_served", "not_served")
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

    def whose(self, titles: Sequence[str], columns: Sequence[ColumnUse]) -> Whose:
        """Read what titles and the sheet's name say, where no column says it."""
        whose = Whose(columns, self._category)
        whose.read_titles(titles, self.sheet.name, is_first=self._is_first)
        if self._is_first:
            self._of_sheet = whose
        else:
            whose.go_on(self._of_sheet, titles)
        self._is_first = False
        self._category = whose.category
        return whose

    def _enter_section(self, whose: Whose, cells: Sequence[Cell]) -> None:
        """Take from a row between people what holds for those below it."""
        whose.enter(next((found for cell in cells if (found := plain(cell))), ""))
        self._category = whose.category


def own_cells(table: Table, cells: Sequence[Cell]) -> Sequence[Cell]:
    """Give the cells of a row that belong to a table, with its dates in one cell each."""
    if table.window is not None:
        cells = [cell if i in table.window else "" for i, cell in enumerate(cells)]
    if table.joined:
        cells = joined(cells, table.joined)
    if table.composed:
        cells = composed(cells, table.composed)
    return divided(cells, table.divided) if table.divided else cells


def kept_cells(sheet: Sheet, row: int) -> tuple[str, ...]:
    """Give the cells of a row as they are kept."""
    return tuple(cell_text(cell) for cell in sheet.rows[row - 1])


def ignored(sheet: Sheet, row: int, reason: str) -> RosterRow:
    """Give a row that holds nobody, and why."""
    return RosterRow(sheet.name, row, "ignored", reason, kept_cells(sheet, row))


def _over_all(table: Table) -> list[str]:
    """Give the groups that stand over every column of a table: they are its titles."""
    groups = [set(one.groups) for one in table.headings if one.leaf]
    return sorted(set.intersection(*groups)) if groups else []


def read_person(place: Place, cells: Sequence[Cell], readers: Readers) -> RosterRow:
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


def held_back(row: RosterRow, reason: str, kind: str = "") -> RosterRow:
    """Hold a person until somebody has looked: on a hidden sheet, on a list of the dead."""
    if row.outcome == "imported" and row.person is not None:
        row.outcome, row.reason = "held", reason
        told = row.person.derived
        row.told = {code: (row.person.values[code][0], by) for code, by in told.items()}
        others = [one for one in row.problems if one.kind != kind]
        row.problems = [*others, Problem("name", kind)] if kind else others
    return row

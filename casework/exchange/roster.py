"""A roster file read to the end: every row accounted for, every problem named.

Decides what becomes of each row (imported, merged, held, ignored); leaves storing it to the
workbook. Nothing here knows of a database.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from casework.errors import UnreadableFile
from casework.exchange.cells import Reader, RowReader, complete_landlines, weigh
from casework.exchange.columns import ColumnUse, map_columns
from casework.exchange.duplicates import find_duplicates
from casework.exchange.files import Cell, RosterFile, Sheet, cell_text
from casework.exchange.headings import Lexicon, heading_key, lexicon
from casework.exchange.layout import Table, find_tables
from casework.exchange.people import Problem, RosterPerson
from casework.exchange.words import Words, words_of_cells
from casework.identifiers import plain, read_resident_id
from casework.terms import _

__all__ = ["OUTCOMES", "Roster", "RosterRow", "TableRead", "read_roster"]

OUTCOMES = ("imported", "merged", "held", "ignored")
_COUNTING = re.compile(
    r"[(（]?(\d{1,3}|[甲乙丙丁戊己庚辛壬癸一二三四五六七八九十]{1,3}|[①-⑳])[)）]?"
)
_SUM = re.compile(
    r"^(以上|本表|全局|全市|全区|全县)?(合|总|小|共|累)计|(合|总|小|共|累)计$|^共\d+[人名位]"
    r"|^[一二三四五六七八九十]+、|^[*※]"
)
_DEAD = re.compile(r"已?故|去世|逝世|死亡|病逝")
_LONG_NUMBER = re.compile(r"\d{6}")
_WORDS = re.compile(r"[^\W\d_]{2}")
_SURE_TIMES = 20
_STEP = 500

Progress = Callable[[float, str], None]


@dataclass(slots=True)
class RosterRow:
    """What became of one row; the cells are as a spreadsheet shows them.

    Attributes
    ----------
    reason : str
        Why it was ignored, held or merged: ``title``, ``blank``, ``heading``, ``footer``,
        ``numbering``, ``section``, ``sample``, ``no_table``, ``no_name``, ``hidden_sheet``,
        ``duplicate``, ``continued``.
    merged_into : tuple or None
        Sheet and row that this row was merged into.
    """

    sheet: str
    row: int
    outcome: str
    reason: str = ""
    cells: tuple[str, ...] = ()
    person: RosterPerson | None = None
    merged_into: tuple[str, int] | None = None
    problems: list[Problem] = field(default_factory=list)

    @property
    def place(self) -> tuple[str, int]:
        """Sheet and row."""
        return self.sheet, self.row


@dataclass(frozen=True, slots=True)
class TableRead:
    """One table that was found and what its columns were taken for."""

    sheet: str
    heading_rows: range
    columns: tuple[ColumnUse, ...]


@dataclass(slots=True)
class Roster:
    """A file, its tables, and one entry for each of its rows."""

    file: RosterFile
    tables: list[TableRead] = field(default_factory=list)
    rows: list[RosterRow] = field(default_factory=list)

    @property
    def people(self) -> list[RosterPerson]:
        """The persons to import, each once."""
        return [row.person for row in self.rows if row.outcome == "imported" and row.person]

    def counts(self) -> dict[str, int]:
        """Give the number of rows of each outcome; their sum is the number of rows."""
        found = Counter(row.outcome for row in self.rows)
        return {outcome: found[outcome] for outcome in OUTCOMES}

    @property
    def unmapped(self) -> list[tuple[str, ColumnUse]]:
        """Columns with cells that nobody could place, with their sheet."""
        return [
            (table.sheet, use)
            for table in self.tables
            for use in table.columns
            if use.meaning is None and use.samples and use.path
        ]


def read_roster(
    file: RosterFile,
    *,
    latest: date,
    saved: Mapping[str, str | None] | None = None,
    communities: Collection[str] = (),
    progress: Progress | None = None,
) -> Roster:
    """Read every row of a roster.

    Parameters
    ----------
    latest : date
        The day of the import; no birth lies after it.
    saved : mapping or None
        What the agency has decided about headings, by `casework.exchange.columns.saved_key`.
    communities : collection of str
        Names of communities that may be read out of an address.
    progress : callable or None
        Called with the share done and a text.

    Raises
    ------
    UnreadableFile
        If no sheet has a heading row with a column of names.
    """
    roster = Roster(file)
    words, headings = words_of_cells(), lexicon()
    done, total = 0, max(file.n_rows, 1)
    for sheet in file.sheets:
        reader = _SheetReader(roster, sheet, headings, words, latest, tuple(communities))
        for row in reader.read(saved or {}):
            roster.rows.append(row)
            done += 1
            if progress and done % _STEP == 0:
                progress(0.5 * done / total, _("reading rows"))
    if not roster.tables:
        raise UnreadableFile(
            _(
                "{file}: no row of headings with a column for names was found. Put one heading "
                "row (such as 姓名, 性别, 出生年月, 身份证号) above the people and import again.",
                file=file.name,
            )
        )
    _check_landlines(roster)
    _merge_duplicates(roster)
    return roster


class _SheetReader:
    """Reads one sheet row by row."""

    def __init__(
        self,
        roster: Roster,
        sheet: Sheet,
        headings: Lexicon,
        words: Words,
        latest: date,
        communities: tuple[str, ...],
    ) -> None:
        self.roster = roster
        self.sheet = sheet
        self.headings = headings
        self.words = words
        self.latest = latest
        self.communities = communities
        self._spread = _spread_cells(sheet)
        self._category: str | None = None

    def read(self, saved: Mapping[str, str | None]) -> list[RosterRow]:
        """Give one entry for each row, in order."""
        tables = find_tables(self.sheet, self.headings)
        pairs = [(one, self._map(one, tables, saved)) for one in tables]
        pairs = [
            (table, columns)
            for table, columns in pairs
            if any(use.column == "name" for use in columns)
        ]
        if not pairs:
            pairs = self._like_the_sheet_before()
        found: dict[int, RosterRow] = {}
        for table, columns in pairs:
            self.roster.tables.append(TableRead(self.sheet.name, table.heading_rows, columns))
            for row in table.heading_rows:
                found[row] = self._ignored(row, "heading")
            for one in self._people(table, columns):
                found[one.row] = one
        rows = [
            found.get(row) or self._outside(row, bool(pairs))
            for row in range(1, len(self.sheet.rows) + 1)
        ]
        return [_held_back(one) for one in rows] if self.sheet.hidden else rows

    def _map(
        self, table: Table, tables: Sequence[Table], saved: Mapping[str, str | None]
    ) -> tuple[ColumnUse, ...]:
        """Map the columns, with the cells of all stretches under the same headings to go by."""
        alike = [one for one in tables if one.layout_key == table.layout_key]
        rows = [self.sheet.rows[i - 1] for one in alike for i in range(one.first, one.last + 1)]
        filled = [sum(cell != "" for cell in row) for row in rows]
        least = 0.5 * sorted(filled)[len(filled) // 2] if filled else 0
        full = [
            row
            for row, count in zip(rows, filled, strict=True)
            if count >= least and not _is_numbering(row)
        ]
        return map_columns(table.headings, full, self.headings, self.words, saved)

    def _like_the_sheet_before(self) -> list[tuple[Table, tuple[ColumnUse, ...]]]:
        """Take the columns of the last table for a sheet that goes on without a heading."""
        if not self.roster.tables or self.sheet.hidden or not self.sheet.rows:
            return []
        columns = self.roster.tables[-1].columns
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
        # A heading that is repeated further down goes on under the section before it.
        context = [*([] if self._category else [self.sheet.name]), *table.titles]
        has_category = any(
            use.column == "category" or use.column.startswith("tick:category") for use in columns
        )
        reader = RowReader(columns, self.headings, self.words, self.latest)
        readers = reader.readers()
        name_at = next(use.index for use in columns if use.column == "name")
        quiet = {use.index for use in columns if use.column in ("seq", "")}
        heading = {heading_key(one.leaf) for one in table.headings if one.leaf}
        category = None
        if not has_category:
            category = self._category = _category_of(context) or self._category
        found: list[RosterRow] = []
        last: RosterRow | None = None
        for row in range(table.first, table.last + 1):
            cells = self._cells(row, columns)
            reason = self._idle(cells, name_at, quiet, heading)
            if reason:
                found.append(self._ignored(row, reason))
                if reason == "section" and not has_category:
                    category = self._category = _category_of([*map(plain, cells)]) or category
                continue
            one = self._person_row(row, cells, readers, category)
            if one.outcome == "held" and last and self._goes_on(cells, columns, readers, last):
                one = self._ignored(row, "continued")
                one.outcome, one.merged_into = "merged", last.place
            elif one.person is not None and one.outcome == "imported":
                last = one
            found.append(one)
        return found

    def _cells(self, row: int, columns: Sequence[ColumnUse]) -> tuple[Cell, ...]:
        """Give the cells of a row, with merged cells of text repeated down their range."""
        cells = self.sheet.rows[row - 1]
        spread = self._spread.get(row)
        if not spread:
            return cells
        texts = {use.index for use in columns if self._is_text(use.column)}
        wide = list(cells) + [""] * (max(spread) + 1 - len(cells))
        for column, value in spread.items():
            if column in texts and wide[column] == "":
                wide[column] = value
        return tuple(wide)

    def _is_text(self, column: str) -> bool:
        known = self.headings.columns.get(column)
        return known is not None and known.read in ("text", "code")

    def _idle(
        self, cells: Sequence[Cell], name_at: int, quiet: set[int], heading: set[str]
    ) -> str | None:
        """Tell why a row holds nobody: blank, repeated heading, numbering, total, signature."""
        filled = {i: text for i, cell in enumerate(cells) if (text := plain(cell))}
        texts = list(filled.values())
        if filled.keys() <= quiet and not any(_WORDS.search(one) for one in texts):
            return "blank"
        first = texts[0]
        if _is_numbering(cells):
            return "numbering"
        if any(heading_key(one) in heading for one in texts[:3]) and sum(
            heading_key(one) in heading for one in texts
        ) >= max(2, 0.6 * len(texts)):
            return "heading"
        if plain(cells[0]) in self.headings.sample_words or first in self.headings.sample_words:
            return "sample"
        name = filled.get(name_at, "")
        if len(filled) == 1 and ("离休" in first or "退休" in first) and len(first) <= 30:
            return "section"
        lead = re.split(r"[:：(（]", first, maxsplit=1)[0]
        if heading_key(lead) in self.headings.footer_words or _SUM.search(first.replace(" ", "")):
            return "footer" if len(filled) < 8 or not name else None
        if name and (
            heading_key(name) in self.headings.footer_words or _SUM.search(name.replace(" ", ""))
        ):
            return "footer"
        if len(filled) == 1 and (not name or len(name) > 5):
            return "section" if len(first) <= 30 else "footer"
        if not name and len(filled) <= 3 and not any(_LONG_NUMBER.search(one) for one in texts):
            return "footer"  # nothing in it tells of a person
        if not name and any(
            heading_key(re.split("[:：]", one)[0]) in self.headings.footer_words
            for one in texts
            if ":" in one
        ):
            return "footer"
        return None

    def _person_row(
        self,
        row: int,
        cells: Sequence[Cell],
        readers: Sequence[tuple[int, str, Reader]],
        category: str | None,
    ) -> RosterRow:
        person = RosterPerson(self.sheet.name, row)
        width = len(cells)
        for at, _code, reader in readers:
            reader(person, cells[at] if at < width else "")
        kept = tuple(cell_text(cell) for cell in cells)
        if not person.name or len(person.name) > 60:
            problem = Problem(
                "name", "missing" if not person.name else "too_long", person.name[:60]
            )
            return RosterRow(
                self.sheet.name, row, "held", "no_name", kept, person, problems=[problem]
            )
        weigh(person)
        complete_landlines(person)
        if person.remark:
            _keep_remark(person)
        if category and "category" not in person.values:
            person.values["category"] = [category]
            person.derived["category"] = "title"
        self._place_by_address(person)
        return RosterRow(
            self.sheet.name, row, "imported", "", kept, person, problems=person.problems
        )

    def _place_by_address(self, person: RosterPerson) -> None:
        """Read the community out of the address, where exactly one known name is in it."""
        if "community" in person.values or not self.communities:
            return
        address = "".join(person.values.get("address", ()))
        named = [one for one in self.communities if one in address]
        longest = [one for one in named if not any(one != o and one in o for o in named)]
        if len(longest) == 1:
            person.values["community"] = longest
            person.derived["community"] = "address"

    def _goes_on(
        self,
        cells: Sequence[Cell],
        columns: Sequence[ColumnUse],
        readers: Sequence[tuple[int, str, Reader]],
        last: RosterRow,
    ) -> bool:
        """Tell whether a row without a name only names more people around the person above."""
        others = {use.index for use in columns if use.column.startswith(("contact:", "team:"))}
        own = self.sheet.rows
        filled = {i for i, cell in enumerate(cells) if plain(cell)}
        spread = set(self._spread.get(last.row + 1, {})) if last.row < len(own) else set()
        if not others or not filled & others or not filled - spread <= others or not last.person:
            return False
        for at, code, reader in readers:
            if code.startswith(("contact:", "team:")) and at < len(cells):
                reader(last.person, cells[at])
        return True

    # ------------------------------------------------------------------ other rows

    def _ignored(self, row: int, reason: str) -> RosterRow:
        cells = tuple(cell_text(cell) for cell in self.sheet.rows[row - 1])
        return RosterRow(self.sheet.name, row, "ignored", reason, cells)

    def _outside(self, row: int, has_table: bool) -> RosterRow:
        blank = not any(plain(cell) for cell in self.sheet.rows[row - 1])
        return self._ignored(row, "blank" if blank else ("title" if has_table else "no_table"))


def _keep_remark(person: RosterPerson) -> None:
    """Keep what stood in brackets after the name, and ask about a person marked as dead."""
    person.values["remark"] = ["；".join([*person.values.get("remark", ()), person.remark])]
    if _DEAD.search(person.remark) and person.died_on is None:
        person.problems.append(Problem("name", "marked_dead", person.remark))


def _is_numbering(cells: Sequence[Cell]) -> bool:
    """Tell whether a row only numbers the columns: 1 2 3, (1) (2), 甲 乙 1 2."""
    texts = (text for cell in cells[:40] if (text := plain(cell)))
    count = 0
    for text in texts:
        if not _COUNTING.fullmatch(text):
            return False
        count += 1
    return count >= 3


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


def _category_of(texts: Sequence[str]) -> str | None:
    """Read 离休 or 退休 out of titles, the nearest first; a title that names both says nothing."""
    for text in reversed(texts):
        has_veteran, has_retired = "离休" in text, "退休" in text.replace("离退休", "")
        if "离退" not in text and has_veteran != has_retired:
            return "retired_veteran" if has_veteran else "retired"
    return None


def _held_back(row: RosterRow) -> RosterRow:
    """Hold the people of a hidden sheet until somebody has looked at it."""
    if row.outcome == "imported":
        row.outcome, row.reason = "held", "hidden_sheet"
        row.problems = [*row.problems, Problem("name", "hidden_sheet")]
    return row


def _check_landlines(roster: Roster) -> None:
    """Name the numbers that lack a digit: in one area all numbers are of one length."""
    lengths: dict[str, Counter[int]] = {}
    for person in roster.people:
        for area, number in _landlines(person):
            lengths.setdefault(area, Counter())[len(number)] += 1
    for row in roster.rows:
        if row.outcome != "imported" or row.person is None:
            continue
        for area, number in _landlines(row.person):
            seen = lengths[area]
            usual, times = seen.most_common(1)[0]
            short = len(number) < usual and times >= _SURE_TIMES and times > 0.9 * seen.total()
            if short or (len(area) == 3 and len(number) < 8):
                row.problems.append(Problem("landline", "bad_phone", f"{area}-{number}"))


def _landlines(person: RosterPerson) -> list[tuple[str, str]]:
    parts = (one.split("-") for one in person.values.get("landline", ()) if one.startswith("0"))
    return [(one[0], one[1]) for one in parts if len(one) > 1]


def _merge_duplicates(roster: Roster) -> None:
    """Merge rows that are certainly one person, and name the pairs that may be."""
    by_place = {row.place: row for row in roster.rows if row.outcome == "imported" and row.person}
    pairs = find_duplicates([row.person for row in by_place.values() if row.person])
    for pair in pairs:
        kept, other = by_place[pair.first], by_place[pair.second]
        if kept.person is None or other.person is None:
            continue
        if not pair.is_certain:
            other.problems.append(Problem("name", pair.kind, other.person.name))
            continue
        while kept.merged_into is not None:
            kept = by_place[kept.merged_into]
        if kept is other or kept.person is None:
            continue
        other.outcome, other.reason, other.merged_into = "merged", "duplicate", kept.place
        other.problems.append(Problem("name", "duplicate_person", other.person.name))
        _join(kept, other)


def _join(kept: RosterRow, other: RosterRow) -> None:
    """Let the richer row speak first, and keep the place of the earlier one."""
    first, second = kept.person, other.person
    if first is None or second is None:
        return
    if second.richness > first.richness:
        second.absorb(first)
        second.sheet, second.row, first.sheet, first.row = (
            first.sheet,
            first.row,
            second.sheet,
            second.row,
        )
        # The problems stay with the rows in which they stand.
        second.problems, first.problems = first.problems, second.problems
        kept.person, other.person = second, first
    else:
        first.absorb(second)

"""A roster file read to the end: every row accounted for, every problem named.

Decides what becomes of each row (imported, merged, held, ignored); leaves storing it to the
workbook. Nothing here knows of a database.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

from casework.errors import UnreadableFile
from casework.exchange.columns import ColumnUse
from casework.exchange.duplicates import find_duplicates
from casework.exchange.files import RosterFile
from casework.exchange.headings import lexicon
from casework.exchange.outcome import FOREMOST, OUTCOMES, RosterRow, TableRead
from casework.exchange.people import Problem, RosterPerson
from casework.exchange.sheet import SheetReader
from casework.exchange.words import words_of_cells
from casework.terms import _

__all__ = ["OUTCOMES", "Roster", "RosterRow", "TableRead", "read_roster"]

_SURE_TIMES = 20
_STEP = 500

Progress = Callable[[float, str], None]


@dataclass(slots=True)
class Roster:
    """A file, its tables, and one entry for each of its rows.

    A row that prints several people side by side has an entry for each of them.
    """

    file: RosterFile
    tables: list[TableRead] = field(default_factory=list)
    rows: list[RosterRow] = field(default_factory=list)

    @property
    def people(self) -> list[RosterPerson]:
        """The persons to import, each once."""
        return [row.person for row in self.rows if row.outcome == "imported" and row.person]

    @property
    def n_rows(self) -> int:
        """Number of rows of the file, however many people stand in a row."""
        return len({(row.sheet, row.row) for row in self.rows})

    def counts(self) -> dict[str, int]:
        """Give the number of rows of each outcome; their sum is the number of rows.

        A row that prints several people counts once, as `FOREMOST` says.
        """
        foremost: dict[tuple[str, int], int] = {}
        for row in self.rows:
            at, rank = (row.sheet, row.row), FOREMOST.index(row.outcome)
            foremost[at] = min(rank, foremost.get(at, rank))
        found = Counter(foremost.values())
        return {outcome: found[FOREMOST.index(outcome)] for outcome in OUTCOMES}

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
        reader = SheetReader(
            sheet, tuple(roster.tables), headings, words, latest, saved or {}, tuple(communities)
        )
        rows = reader.read()
        roster.tables += reader.tables
        for row in rows:
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
        for name in ("sheet", "row", "part"):
            mine, theirs = getattr(first, name), getattr(second, name)
            setattr(first, name, theirs)
            setattr(second, name, mine)
        # The problems stay with the rows in which they stand.
        second.problems, first.problems = first.problems, second.problems
        kept.person, other.person = second, first
    else:
        first.absorb(second)

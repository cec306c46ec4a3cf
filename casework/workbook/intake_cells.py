"""The original cells of a row that was held back, and the same row read again.

Decides which headings stood over the cells, and that what a person enters goes before a cell;
leaves what becomes of the row to `intake_held`.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from casework.errors import InvalidEntry
from casework.exchange.columns import ColumnUse
from casework.exchange.couples import apart, names_of, shared_only
from casework.exchange.headings import Meaning, lexicon
from casework.exchange.legends import legend_of
from casework.exchange.outcome import RosterRow
from casework.exchange.people import Problem
from casework.records import ImportBatch, ImportRow
from casework.terms import _

__all__ = ["ASKED", "HeldCell", "HeldPerson", "HeldRow", "read_each", "shown"]

ASKED = (
    *("name", "sex", "birth_date", "resident_id", "category", "unit", "community"),
    *("mobile", "landline"),
)
"""What the form of a held row asks for; everything else comes from the cells as they are."""


@dataclass(frozen=True, slots=True)
class HeldCell:
    """One original cell: its heading, its text, and the column it was read as."""

    heading: str
    text: str
    column: str = ""


@dataclass(frozen=True, slots=True)
class HeldPerson:
    """One person whom a held row is about, as somebody at the desk says it is.

    Attributes
    ----------
    entered : mapping of str to str or None
        Texts by the columns of `ASKED`, in any notation that a roster may use; a column left out,
        or None, is read from the original cell.
    person_id : int or None
        The record that the row is about; None where whoever it is is to be recognised or is new.
    """

    entered: Mapping[str, str | None] = field(default_factory=dict)
    person_id: int | None = None


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A row that waits for a person, or has been dealt with by one.

    Attributes
    ----------
    outcome : {"held", "imported", "merged", "ignored"}
    why : str
        In a sentence, what is wrong with the row and what to do.
    read : tuple of mapping of str to str
        For each person whom the row names, what its cells say of the columns of `ASKED`; at least
        one entry.
    told : mapping of str to str
        What titles and sections above the row say of whoever it is, by column.
    settled_by, settled_at : str and datetime, or None
        Who dealt with it, and when; None while it waits.
    people : tuple of int
        The persons it became, or brought up to date; more than one where it was taken apart.
    """

    id: int
    batch_id: int
    file_name: str
    sheet: str
    row: int
    outcome: str
    reason: str
    why: str
    cells: tuple[HeldCell, ...]
    person_id: int | None = None
    settled_by: str | None = None
    settled_at: datetime | None = None
    read: tuple[Mapping[str, str], ...] = ({},)
    told: Mapping[str, str] = field(default_factory=dict)
    people: tuple[int, ...] = ()

    def text_of(self, column: str, at: int = 0) -> str:
        """Give what the row says under a column, or of it in a mixed one; empty for nothing.

        Parameters
        ----------
        at : int
            Of which of the people whom the row names, from 0.
        """
        stated = self.read[at].get(column, "") if at < len(self.read) else ""
        return stated or self.told.get(column, "")


def shown(
    row: ImportRow, batch: ImportBatch, on: date | None = None, beside: Sequence[int] = ()
) -> HeldRow:
    """Give a held row with its cells under the headings that stood over them.

    Parameters
    ----------
    on : date or None
        The day of reading what the cells say; None gives the cells of the whole row as they stand.
    beside : sequence of int
        Further persons who were taken out of the row.
    """
    columns = {one["index"]: one for one in _columns_of(row, batch)}
    cells = tuple(
        HeldCell(
            columns.get(at, {}).get("heading", ""), text, columns.get(at, {}).get("column") or ""
        )
        for at, text in enumerate(row.cells or ())
        if text
    )
    return HeldRow(
        id=row.id,
        batch_id=row.batch_id,
        file_name=batch.file_name,
        sheet=row.sheet,
        row=row.row,
        outcome=row.outcome,
        reason=row.reason or "",
        why=_why(row.reason or ""),
        cells=cells,
        person_id=row.person_id,
        settled_by=row.resolved_by,
        settled_at=row.resolved_at,
        read=_said(row, batch, on) if on else (_as_they_stand(cells),),
        told={code: value for code, (value, _by) in (row.told or {}).items()},
        people=(*((row.person_id,) if row.person_id is not None else ()), *beside),
    )


def _as_they_stand(cells: Sequence[HeldCell]) -> Mapping[str, str]:
    """Give the texts of the cells by their columns, the first of each."""
    return {one.column: one.text for one in reversed(cells) if one.column}


def _why(reason: str) -> str:
    if reason == "hidden_sheet":
        return _("The row is on a hidden sheet. Take it in if the person belongs here.")
    if reason == "not_served":
        return _(
            "The row is on a list of staff or volunteers. Take it in if the person is retired and "
            "belongs here."
        )
    if reason == "deceased":
        return _(
            "The list is of people who have died. Take the row in if this one is alive, or say "
            "that it is nobody to care for."
        )
    if reason == "several_people":
        return _(
            "Several people stand in the cells of this row. Look through what is each one’s, and "
            "take them in together."
        )
    return _("No name could be read in this row. Enter it, or say that it is no person.")


def _said(row: ImportRow, batch: ImportBatch, on: date) -> tuple[Mapping[str, str], ...]:
    """Read for each person whom the row names what its cells say of the columns of `ASKED`."""
    uses = _uses(row, batch)
    names = _names(row, uses)
    each, _untold = _cells_of(row, uses, max(len(names), 1))
    return tuple(_texts(row, uses, cells, on) for cells in each)


def _texts(
    row: ImportRow, uses: Sequence[ColumnUse], cells: Sequence[str], on: date
) -> Mapping[str, str]:
    """Give the cells as they stand; those that hold several things, such as 联系电话, as read."""
    texts: dict[str, str] = {}
    for use in uses:
        if use.column in ASKED and use.index < len(cells) and cells[use.index]:
            texts.setdefault(use.column, cells[use.index])
    columns = {use.column for use in uses}
    mixed = {"phone": ("mobile", "landline"), "unit_position": ("unit",)}
    wanted = [code for column, codes in mixed.items() if column in columns for code in codes]
    if wanted:
        person = _read(row, uses, cells, {}, on).person
        for code in wanted:
            if found := (person.values.get(code, ()) if person else ()):
                texts[code] = "、".join(found)
    return texts


def _names(row: ImportRow, uses: Sequence[ColumnUse]) -> list[str]:
    at = next((use.index for use in uses if use.column == "name"), None)
    cells = row.cells or ()
    return names_of(cells[at]) if at is not None and at < len(cells) else []


def _cells_of(
    row: ImportRow, uses: Sequence[ColumnUse], n: int
) -> tuple[list[list[str]], frozenset[int]]:
    """Give each of several people the cells that are theirs, and the places nobody gets.

    Where the row names one person and somebody says that it is about more, the others get what a
    household shares: the address, the telephone on the wall, the unit.
    """
    cells = [str(one) for one in row.cells or ()]
    if n == 1:
        return [cells], frozenset()
    at = next((use.index for use in uses if use.column == "name"), len(cells))
    if len(_names(row, uses)) < 2:
        return [cells, *(shared_only(cells, uses) for _one in range(n - 1))], frozenset()
    each, _aligned, untold = apart(cells, uses, at, n)
    return [[str(one) for one in part] for part in each], untold


def _uses(row: ImportRow, batch: ImportBatch) -> list[ColumnUse]:
    columns = _columns_of(row, batch)
    return [_use(one["index"], one["heading"], one["column"]) for one in columns if one["column"]]


def _columns_of(row: ImportRow, batch: ImportBatch) -> Sequence[Mapping[str, Any]]:
    """Give the columns of the table that the row stands in: the last one that begins above it."""
    tables: dict[tuple[str, int, int], list[Mapping[str, Any]]] = {}
    part, before = 0, None
    for one in batch.columns or ():
        if "index" not in one:  # imported before columns were kept with their place
            return ()
        part += before is not None and one["index"] <= before
        before = one["index"]
        tables.setdefault((one["sheet"], one["from"], part), []).append(one)
    above = [at for at in tables if at[0] == row.sheet and at[1] <= row.row]
    if not above:
        return ()
    start = max(at[1] for at in above)
    cells = row.cells or ()

    def filled(columns: Sequence[Mapping[str, Any]]) -> int:
        return sum(one["index"] < len(cells) and bool(cells[one["index"]]) for one in columns)

    return max((tables[at] for at in above if at[1] == start), key=filled)


def _read(
    row: ImportRow,
    uses: Sequence[ColumnUse],
    cells: Sequence[str],
    entered: Mapping[str, str | None],
    on: date,
) -> RosterRow:
    from casework.exchange.cells import RowReader
    from casework.exchange.rows import read_person
    from casework.exchange.words import words_of_cells

    known = lexicon().columns
    given = {code: text.strip() for code, text in entered.items() if text is not None}
    for code in given:
        if code not in known:
            raise InvalidEntry(_("There is no column called {code}.", code=code), field=code)
    read = [one for one in uses if one.column not in given and not _replaced(one.column, given)]
    texts = list(cells)
    for code, text in given.items():
        read.append(_use(len(texts), code, code))
        texts.append(text)
    readers = RowReader(tuple(read), lexicon(), words_of_cells(), on).readers()
    return read_person((row.sheet, row.row, 0), texts, readers)


def read_each(
    row: ImportRow, batch: ImportBatch, people: Sequence[HeldPerson], on: date
) -> list[RosterRow]:
    """Read the row again for each person it is about, with what was entered in place of its cells.

    A cell that does not tell whose it is goes to nobody, and is told as a problem of the first.

    Raises
    ------
    InvalidEntry
        If there is no name; its field has the number of the person after it, from the second on.
    """
    uses = _uses(row, batch)
    each, untold = _cells_of(row, uses, len(people))
    found = [
        _read_one(row, uses, cells, one.entered, on, at)
        for at, (one, cells) in enumerate(zip(people, each, strict=True))
    ]
    entered = {code for one in people for code, text in one.entered.items() if text}
    for use in uses:
        if use.index in untold and use.column not in entered and not _replaced(use.column, entered):
            found[0].problems.append(Problem(use.column, "of_whom", (row.cells or ())[use.index]))
    return found


def _read_one(
    row: ImportRow,
    uses: Sequence[ColumnUse],
    cells: Sequence[str],
    entered: Mapping[str, str | None],
    on: date,
    at: int,
) -> RosterRow:
    told = _read(row, uses, cells, entered, on)
    if told.outcome != "imported" or told.person is None:
        field = f"name_{at + 1}" if at else "name"
        raise InvalidEntry(_("Enter the name; without one the row stays held."), field=field)
    for code, (value, said_by) in (row.told or {}).items():
        if code not in told.person.values and code not in entered:
            told.person.values[code], told.person.derived[code] = [value], said_by
    return told


def _replaced(code: str, given: Container[str]) -> bool:
    """Tell whether a mixed column gives way to what was entered of it."""
    if code == "phone":
        return "mobile" in given or "landline" in given
    return (code == "unit_position" and "unit" in given) or (
        code.startswith("tick:") and code.split(":")[1] in given
    )


def _use(index: int, heading: str, code: str) -> ColumnUse:
    leaf = heading.rpartition("/")[2]
    return ColumnUse(index, heading, Meaning(code, 100, "saved"), legend=legend_of(leaf))

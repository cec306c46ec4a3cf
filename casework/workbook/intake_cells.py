"""The original cells of a row that was held back, and the same row read again.

Decides which headings stood over the cells, and that what a person enters goes before a cell;
leaves what becomes of the row to `intake_held`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from casework.errors import InvalidEntry
from casework.exchange.columns import ColumnUse
from casework.exchange.headings import Meaning, lexicon
from casework.exchange.legends import legend_of
from casework.exchange.outcome import RosterRow
from casework.records import ImportBatch, ImportRow
from casework.terms import _

__all__ = ["ASKED", "HeldCell", "HeldRow", "read_with", "shown"]

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
class HeldRow:
    """A row that waits for a person, or has been dealt with by one.

    Attributes
    ----------
    outcome : {"held", "imported", "merged", "ignored"}
    why : str
        In a sentence, what is wrong with the row and what to do.
    read : mapping of str to str
        What cells that hold several things, such as 联系电话, say of the columns of `ASKED`.
    told : mapping of str to str
        What titles and sections above the row say of whoever it is, by column.
    settled_by, settled_at : str and datetime, or None
        Who dealt with it, and when; None while it waits.
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
    read: Mapping[str, str] = field(default_factory=dict)
    told: Mapping[str, str] = field(default_factory=dict)

    def text_of(self, column: str) -> str:
        """Give what the row says under a column, or of it in a mixed one; empty for nothing."""
        if self.read.get(column):
            return self.read[column]
        stated = next((one.text for one in self.cells if one.column == column and one.text), "")
        return stated or self.told.get(column, "")


def shown(row: ImportRow, batch: ImportBatch, on: date | None = None) -> HeldRow:
    """Give a held row with its cells under the headings that stood over them."""
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
        read=_mixed(row, batch, on) if on else {},
        told={code: value for code, (value, _by) in (row.told or {}).items()},
    )


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
            "Several people stand in the cells of this row. Take the first of them in here, and "
            "add the others under “New person”."
        )
    return _("No name could be read in this row. Enter it, or say that it is no person.")


def _mixed(row: ImportRow, batch: ImportBatch, on: date) -> dict[str, str]:
    """Read the cells that hold several things: numbers of both kinds, a unit with a post."""
    columns = {one["column"] for one in _columns_of(row, batch)}
    mixed = {"phone": ("mobile", "landline"), "unit_position": ("unit",)}
    wanted = [code for column, codes in mixed.items() if column in columns for code in codes]
    if not wanted:
        return {}
    person = _read(row, batch, {}, on).person
    values = person.values if person else {}
    return {code: "、".join(values.get(code, ())) for code in wanted}


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
    row: ImportRow, record: ImportBatch, entered: Mapping[str, str | None], on: date
) -> RosterRow:
    from casework.exchange.cells import RowReader
    from casework.exchange.rows import read_person
    from casework.exchange.words import words_of_cells

    known = lexicon().columns
    given = {code: text.strip() for code, text in entered.items() if text is not None}
    for code in given:
        if code not in known:
            raise InvalidEntry(_("There is no column called {code}.", code=code), field=code)
    cells, uses = list(row.cells or ()), []
    for one in _columns_of(row, record):
        code = one["column"]
        if code and code not in given and not _replaced(code, given):
            uses.append(_use(one["index"], one["heading"], code))
    for code, text in given.items():
        uses.append(_use(len(cells), code, code))
        cells.append(text)
    readers = RowReader(tuple(uses), lexicon(), words_of_cells(), on).readers()
    return read_person((row.sheet, row.row, 0), cells, readers)


def read_with(
    row: ImportRow, record: ImportBatch, entered: Mapping[str, str | None], on: date
) -> RosterRow:
    """Read the row again, with what was entered in place of its cells.

    Raises
    ------
    InvalidEntry
        If there is still no name.
    """
    told = _read(row, record, entered, on)
    if told.outcome != "imported" or told.person is None:
        raise InvalidEntry(_("Enter the name; without one the row stays held."), field="name")
    for code, (value, said_by) in (row.told or {}).items():
        if code not in told.person.values and code not in entered:
            told.person.values[code], told.person.derived[code] = [value], said_by
    return told


def _replaced(code: str, given: Mapping[str, str]) -> bool:
    """Tell whether a mixed column gives way to what was entered of it."""
    if code == "phone":
        return "mobile" in given or "landline" in given
    return (code == "unit_position" and "unit" in given) or (
        code.startswith("tick:") and code.split(":")[1] in given
    )


def _use(index: int, heading: str, code: str) -> ColumnUse:
    leaf = heading.rpartition("/")[2]
    return ColumnUse(index, heading, Meaning(code, 100, "saved"), legend=legend_of(leaf))

"""What an import found: every row accounted for, every problem by row, field and kind.

Decides the words in which a problem is told; leaves finding problems to the reading, and what
becomes of them to the workbook.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from casework.exchange.tables import safe_cell
from casework.terms import _

if TYPE_CHECKING:
    from casework.exchange.outcome import RosterRow
    from casework.exchange.people import Place

__all__ = [
    "PROBLEM_COLUMNS",
    "ImportReport",
    "ReadColumn",
    "ReportedProblem",
    "problem_words",
    "problems_of",
]

PROBLEM_COLUMNS = ("sheet", "row", "field", "kind", "value", "outcome", "message")
_LONGEST_VALUE = 200
_TOLD_ONCE = ("hidden_sheet",)  # by the first row of the sheet


@dataclass(frozen=True, slots=True)
class ReportedProblem:
    """One problem of one row, with what became of the row."""

    sheet: str
    row: int
    field: str
    kind: str
    value: str
    outcome: str
    part: int = 0

    @property
    def message(self) -> str:
        """What is wrong, what is accepted, what to do; in the language in force."""
        return problem_words(self.kind)


@dataclass(frozen=True, slots=True)
class ReadColumn:
    """A column as it was read: its heading, some cells, what it was taken for.

    Attributes
    ----------
    column : str
        Code of what it was read as; empty where nobody could place it or it is left out.
    how : str
        ``saved`` where the agency has said so; see `casework.exchange.headings.Meaning`.
    candidates : tuple of str
        What else it may be, the likeliest first.
    """

    sheet: str
    path: str
    samples: tuple[str, ...]
    candidates: tuple[str, ...]
    column: str = ""
    how: str = ""


@dataclass(slots=True)
class ImportReport:
    """What came of a file.

    Attributes
    ----------
    counts : dict of str to int
        Rows by outcome: ``imported``, ``merged``, ``held``, ``ignored``; their sum is ``n_rows``.
    people : int
        Persons imported; more than rows where a row prints several of them.
    batch_id : int or None
        The batch to undo; None after a dry run.
    """

    file_name: str
    n_rows: int
    counts: dict[str, int]
    people: int = 0
    problems: list[ReportedProblem] = field(default_factory=list)
    columns: list[ReadColumn] = field(default_factory=list)
    batch_id: int | None = None
    dry_run: bool = False

    @property
    def unplaced(self) -> list[ReadColumn]:
        """Columns with cells that nobody could place."""
        return [one for one in self.columns if not one.column and one.samples]

    def summary(self) -> str:
        """Say in a few lines what came of the file."""
        lines = [
            _(
                "{file}: {n} rows, of which {imported} imported, {merged} merged, {held} held "
                "back, {ignored} ignored (titles, blank rows, footers).",
                file=self.file_name,
                n=self.n_rows,
                **self.counts,
            )
        ]
        if self.people > self.counts["imported"]:
            lines.append(
                _("Some rows list several people: {n} people in all.", n=self.people),
            )
        if self.problems:
            lines.append(_("{n} problems are listed in the report.", n=len(self.problems)))
        lines += [
            _("The column “{column}” could not be placed; its cells are kept.", column=one.path)
            for one in self.unplaced
        ]
        if self.dry_run:
            lines.append(_("Nothing was written: this was a trial."))
        return "\n".join(lines)

    def write_csv(self, path: Path) -> None:
        """Write every problem, one a line, safe to open in a spreadsheet."""
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(PROBLEM_COLUMNS)
            for one in self.problems:
                value = safe_cell(one.value[:_LONGEST_VALUE])
                writer.writerow(
                    (
                        safe_cell(one.sheet),
                        one.row,
                        one.field,
                        one.kind,
                        value,
                        one.outcome,
                        safe_cell(one.message),
                    )
                )


def problem_words(kind: str) -> str:
    """Say what a kind of problem means and what to do about it."""
    words: dict[str, Callable[[], str]] = {
        "bad_check_digit": lambda: _(
            "The ID number does not agree with its last character: one digit is wrong. Compare "
            "it with the card."
        ),
        "truncated_number": lambda: _(
            "The spreadsheet kept only 15 digits of this ID number. Format the column as text and "
            "type the number again."
        ),
        "missing": lambda: _("Missing. Ask for it, and enter it in the dossier."),
        "differs_from_id": lambda: _(
            "This differs from the ID number. Both are kept; check which one is right."
        ),
        "impossible_date": lambda: _("There is no such day. Check the date."),
        "ambiguous_date": lambda: _("This date can be read in two ways. Write the year in full."),
        "unreadable_date": lambda: _("This is not a date. Write it as 1931-05-03 or 1931-05."),
        "bad_phone": lambda: _("The phone number is too short or too long. Check it."),
        "duplicate_person": lambda: _(
            "The same person stands on two rows; the rows were merged. Undo if they are two people."
        ),
        "possible_duplicate": lambda: _(
            "This may be the same person as on another row. Both were imported; check."
        ),
        "shared_id": lambda: _("Two people have the same ID number. One of them is wrong."),
        "too_long": lambda: _(
            "The text is very long; the beginning is kept in the dossier, the whole cell with "
            "the import."
        ),
        "bad_length": lambda: _("This is not a resident ID number. Check it."),
        "not_a_resident_id": lambda: _("This is not a resident ID number. Check it."),
        "marked_dead": lambda: _(
            "The row is marked as of somebody who has died. Enter the day in the dossier, and the "
            "case is closed."
        ),
        "hidden_sheet": lambda: _(
            "These rows are on a hidden sheet and were held back. Take them in under “Rows that "
            "wait”, if the people belong here."
        ),
        "not_served": lambda: _(
            "This row is on a list of staff or volunteers and was held back. Take it in under "
            "“Rows that wait”, if the person is retired and belongs here."
        ),
        "hidden_rows": lambda: _(
            "These rows are hidden in the spreadsheet and were read like the others. Check that "
            "the people belong here."
        ),
        "hidden_columns": lambda: _(
            "These columns are hidden in the spreadsheet. They were read only for what no column "
            "in sight says."
        ),
        "colours": lambda: _(
            "The sheet says that colours mean something. Colours are not read: look which rows "
            "are marked, and enter what it says of them."
        ),
        "several_people": lambda: _(
            "Several people stand in the cells of this row, so it was held back. Take them in "
            "under “Rows that wait”."
        ),
        "of_whom": lambda: _(
            "The cell does not tell which of the people in this row it is about, so nobody got it. "
            "Enter it in the dossier."
        ),
        "held": lambda: _(
            "This row has no name and was held back. Complete it under “Rows that wait”."
        ),
    }
    return words[kind]() if kind in words else _("Please check this entry.")


def problems_of(rows: Sequence[RosterRow]) -> list[ReportedProblem]:
    """Gather the problems of all rows, in the order of the file, each once."""
    found: dict[tuple[Place, str, str], ReportedProblem] = {}
    for row in rows:
        both = [*row.problems, *(row.person.problems if row.person else ())]
        for one in both:
            found.setdefault(
                (row.place, one.field, one.kind), _reported(row, one.field, one.kind, one.value)
            )
        if row.outcome == "held" and not both and row.reason not in _TOLD_ONCE:
            found[row.place, "name", "held"] = _reported(row, "name", "held", "")
    return list(found.values())


def _reported(row: RosterRow, field: str, kind: str, value: str) -> ReportedProblem:
    return ReportedProblem(row.sheet, row.row, field, kind, value, row.outcome, row.part)

"""What became of each row of a roster: the words and shapes that reading and storing share."""

from __future__ import annotations

from dataclasses import dataclass, field

from casework.exchange.columns import ColumnUse
from casework.exchange.people import Place, Problem, RosterPerson

__all__ = ["FOREMOST", "OUTCOMES", "RosterRow", "TableRead"]

OUTCOMES = ("imported", "merged", "held", "ignored")
FOREMOST = ("held", "imported", "merged", "ignored")
"""What counts for a row of several people: the first of these that one of them has."""


@dataclass(slots=True)
class RosterRow:
    """What became of one row; the cells are as a spreadsheet shows them.

    Attributes
    ----------
    part : int
        0, or which of several people that stand side by side in the row; each has an entry.
    reason : str
        Why it was ignored, held or merged: ``title``, ``blank``, ``heading``, ``footer``,
        ``numbering``, ``section``, ``sample``, ``no_table``, ``no_name``, ``hidden_sheet``,
        ``duplicate``, ``continued``, ``form``, ``deceased``, ``several_people``,
        ``family``, ``not_served``.
    merged_into : Place or None
        Place of the row that this row was merged into.
    told : dict
        Of a held row: what titles and sections above say of whoever it is, as the value and what
        said it (``title``, ``section``, ``sheet``) by fact.
    """

    sheet: str
    row: int
    outcome: str
    reason: str = ""
    cells: tuple[str, ...] = ()
    person: RosterPerson | None = None
    merged_into: Place | None = None
    problems: list[Problem] = field(default_factory=list)
    part: int = 0
    told: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def place(self) -> Place:
        """Sheet, row and part."""
        return self.sheet, self.row, self.part


@dataclass(frozen=True, slots=True)
class TableRead:
    """One table that was found and what its columns were taken for."""

    sheet: str
    heading_rows: range
    columns: tuple[ColumnUse, ...]

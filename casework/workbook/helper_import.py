"""A register of helpers from a file: who is new, who is known, and what waits for a person.

Decides by name and telephone who is the same; whoever may be, but need not, is held back. Every row
of the file ends as imported, merged, held or ignored. A known helper's entries are completed and
never overwritten; a later vetting or training is added. Nothing of a row with a problem in its name
or kind is written, of others only what could be read.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from casework.errors import InvalidEntry
from casework.exchange.helper_table import SEVERAL, HelperCells, read_helper_table
from casework.identifiers import spell_name
from casework.records import Helper, HelperCheck
from casework.records.audit import in_bulk
from casework.records.base import now
from casework.reference import surnames
from casework.terms import _
from casework.workbook.helper_rows import CheckEntry, HelperEntry
from casework.workbook.helpers import write_checks, write_terms

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from casework.workbook.door import Workbook

__all__ = ["OUTCOMES", "RegisterProblem", "RegisterReport", "import_register"]

OUTCOMES = ("imported", "merged", "held", "ignored")
_PLAIN = ("source", "unit", "community", "phone", "sex", "place", "max_people", "note")
_NEEDED = frozenset({"name", "kind"})


@dataclass(frozen=True, slots=True)
class RegisterProblem:
    """Something wrong in a row; ``column`` as in the rules, empty for the whole row."""

    sheet: str
    row: int
    column: str
    outcome: str
    message: str


@dataclass(frozen=True, slots=True)
class RegisterReport:
    """What came of a file.

    Attributes
    ----------
    counts : mapping of str to int
        Rows by `OUTCOMES`; their sum is the number of rows.
    unvetted : int
        Helpers brought in of whom the file says no vetting: they cannot be paired yet.
    """

    file_name: str
    counts: Mapping[str, int]
    problems: tuple[RegisterProblem, ...]
    unvetted: int

    @property
    def n_rows(self) -> int:
        """Rows in the file."""
        return sum(self.counts.values())


def import_register(
    book: Workbook, path: str | Path, *, dry_run: bool = False, shown_as: str = ""
) -> RegisterReport:
    """Bring a register in; with ``dry_run`` nothing is written.

    Raises
    ------
    UnreadableFile
        If the file cannot be read or has no headings.
    """
    rows = read_helper_table(Path(path), book.helpers.rules, latest=book.today)
    if dry_run:
        with book.reading() as session:
            found = _Import(book, session, rows).run()
    else:
        with book.transaction() as session:
            work = _Import(book, session, rows)
            found = work.run()
            work.write()
            book.log(session, "import_helpers", "workbook", after=dict(found.counts))
    return RegisterReport(
        shown_as or Path(path).name, found.counts, found.problems, found.unvetted
    )  # fmt: skip


class _Import:
    def __init__(self, book: Workbook, session: Session, rows: Sequence[HelperCells]) -> None:
        self.book, self.session, self.rows = book, session, rows
        self.new: list[tuple[HelperEntry, list[CheckEntry]]] = []
        self.known: list[tuple[int, HelperEntry, list[CheckEntry]]] = []
        self.by_name: defaultdict[str, list[Any]] = defaultdict(list)
        for one in session.scalars(select(Helper)):
            self.by_name[one.name].append(one)

    def run(self) -> RegisterReport:
        """Tell what each row comes to."""
        counts: Counter[str] = Counter(dict.fromkeys(OUTCOMES, 0))
        problems: list[RegisterProblem] = []
        unvetted = 0
        for row in self.rows:
            outcome, said = ("ignored", "") if not row.is_entry else self._row(row)
            counts[outcome] += 1
            if said:
                problems.append(RegisterProblem(row.sheet, row.row, "", outcome, said))
            problems += [
                RegisterProblem(row.sheet, row.row, column, outcome, words)
                for column, words in row.problems
            ]
            unvetted += outcome == "imported" and "vetted_on" not in row.values
        return RegisterReport("", counts, tuple(problems), unvetted)

    def write(self) -> None:
        """Write what the rows came to."""
        by, day = self.book.actor.name, self.book.today
        names, terms, checks = surnames(), [], []
        with in_bulk(self.session):
            made = []
            for entry, found in self.new:
                spelled = spell_name(entry.name, names)
                one = Helper(
                    name=entry.name, kind=entry.kind, name_pinyin=spelled.pinyin,
                    name_initials=spelled.initials, active_from=day, recorded_at=now(),
                    recorded_by=by, **{key: getattr(entry, key) for key in _PLAIN},
                )  # fmt: skip
                made.append(one)
                terms.append(entry.terms)
                checks.append(found)
            self.session.add_all(made)
            self.session.flush()
            for one, told, found in zip(made, terms, checks, strict=True):
                write_terms(self.session, one.id, told, day, by)
                write_checks(self.session, one.id, found, by)
        for helper_id, entry, found in self.known:
            held = self.session.get_one(Helper, helper_id)
            for key in _PLAIN:
                if getattr(held, key) is None and getattr(entry, key) is not None:
                    setattr(held, key, getattr(entry, key))
            self._complete(helper_id, entry, found, by)

    def _complete(
        self, helper_id: int, entry: HelperEntry, found: Sequence[CheckEntry], by: str
    ) -> None:
        rows = self.book.helpers.rows(self.session, [helper_id], self.book.today)
        had = rows[helper_id].terms
        together = {
            kind: tuple(dict.fromkeys((*had.get(kind, ()), *values)))
            for kind, values in entry.terms.items()
        }
        write_terms(self.session, helper_id, together, self.book.today, by)
        query = select(HelperCheck.kind, HelperCheck.done_on).where(
            HelperCheck.helper_id == helper_id, HelperCheck.superseded_at.is_(None)
        )
        known = {(kind, day) for kind, day in self.session.execute(query)}
        fresh = [one for one in found if (one.kind, one.done_on) not in known]
        write_checks(self.session, helper_id, fresh, by)

    def _row(self, row: HelperCells) -> tuple[str, str]:
        """Give what becomes of a row, and why where it is held."""
        broken = {column for column, _words in row.problems}
        if broken & _NEEDED:
            return "held", ""
        values = row.values
        if "kind" not in values:
            return "held", _("The kind of helper is missing.")
        entry = HelperEntry(
            name=values["name"],
            kind=values["kind"],
            terms={
                kind: values[kind] if kind in SEVERAL else (values[kind],)
                for kind in (*SEVERAL, "hours")
                if kind in values
            },
            **{key: values[key] for key in _PLAIN if key in values},
        )
        try:
            entry = self.book.helpers.checked(entry)
            checks = list(self._checks(values))
        except InvalidEntry as refused:
            return "held", refused.message
        return self._whose(entry, checks)

    def _whose(self, entry: HelperEntry, checks: list[CheckEntry]) -> tuple[str, str]:
        alike = self.by_name[entry.name]
        same = [one for one in alike if entry.phone and one.phone == entry.phone]
        if same:
            one = same[0]
            if isinstance(one, Helper):
                self.known.append((one.id, entry, checks))
            return "merged", ""
        near = [
            one for one in alike
            if not entry.phone or not one.phone
            or ((entry.unit or entry.community)
            and (entry.unit, entry.community) == (one.unit, one.community))
        ]  # fmt: skip
        if near:
            return "held", _(
                "Somebody of this name is in the register, and the telephone does not tell whether "
                "it is the same person. Enter the same number there, or another one here."
            )
        alike.append(entry)
        self.new.append((entry, checks))
        return "imported", ""

    def _checks(self, values: Mapping[str, Any]) -> list[CheckEntry]:
        found = []
        if "vetted_on" in values:
            found.append(
                CheckEntry("vetting", values["vetted_on"], done_by=values.get("vetted_by"),
                           valid_until=values.get("vetted_until"))
            )  # fmt: skip
        if "trained_on" in values:
            found.append(
                CheckEntry("training", values["trained_on"], title=values.get("training"),
                           minutes=values.get("training_hours"),
                           valid_until=values.get("trained_until"))
            )  # fmt: skip
        for one in found:
            self.book.helpers.checked_check(one)
        return found

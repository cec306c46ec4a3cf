"""A register of helpers from a file: who is new, who is known, and what waits for a person.

Decides by name and telephone who is the same; whoever may be, but need not, is held back. Every row
of the file ends as imported, merged, held or ignored. A known helper's entries are completed and
never overwritten; a later vetting or training is added. What a file brought in is taken back in one
act; whoever is paired meanwhile stays, and is told. Nothing of a row with a problem in its name
or kind is written, of others only what could be read.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from casework.errors import InvalidEntry, NotFound
from casework.exchange.helper_table import SEVERAL, HelperCells, read_helper_table
from casework.identifiers import spell_name
from casework.records import CareTeamMember, ChangeLog, Helper, HelperCheck, HelperTerm
from casework.records.audit import in_bulk
from casework.records.base import now
from casework.reference import surnames
from casework.terms import _
from casework.workbook.helper_entry import (
    checked_check,
    checked_entry,
    write_checks,
    write_terms,
)
from casework.workbook.helper_rows import CheckEntry, HelperEntry

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from casework.workbook.door import Workbook

__all__ = [
    "OUTCOMES",
    "RegisterProblem",
    "RegisterReport",
    "TakenBack",
    "import_register",
    "take_back_import",
]

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
    import_id : int or None
        By which it is taken back; None while nothing is written.
    """

    file_name: str
    counts: Mapping[str, int]
    problems: tuple[RegisterProblem, ...]
    unvetted: int
    import_id: int | None = None

    @property
    def n_rows(self) -> int:
        """Rows in the file."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What became of a register taken back: helpers who went, and names of those who stay."""

    helpers: int
    staying: tuple[str, ...]


_IMPORTED = "import_helpers"
_BACK = "take_back_helpers"
MISTAKEN = "auto:register_taken_back"
"""Why somebody stopped whom a register brought in by mistake."""


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
    import_id: int | None = None
    if dry_run:
        with book.reading() as session:
            found = _Import(book, session, rows).run()
    else:
        with book.transaction() as session:
            work = _Import(book, session, rows)
            found = work.run()
            work.write()
            book.log(session, _IMPORTED, "workbook", after=dict(found.counts) | work.done)
            session.flush()
            last = select(func.max(ChangeLog.id)).where(ChangeLog.action == _IMPORTED)
            import_id = session.scalar(last)
    name = shown_as or Path(path).name
    return replace(found, file_name=name, import_id=import_id)


def take_back_import(book: Workbook, import_id: int) -> TakenBack:
    """Take back what an import of a register wrote, in one act.

    New helpers are stopped from before they began, what was added to known ones goes; whoever was
    paired meanwhile stays as they are. The next import of the same helper brings
    them back.

    Raises
    ------
    NotFound
        If there is no such import, or it was taken back already.
    """
    with book.transaction() as session:
        log = session.get(ChangeLog, import_id)
        gone = select(ChangeLog.id).where(
            ChangeLog.action == _BACK, ChangeLog.subject_id == import_id
        )
        if log is None or log.action != _IMPORTED or session.scalar(gone) is not None:
            raise NotFound(_("There is no such entry any more."))
        done: Mapping[str, Any] = log.after
        stay = _in_use(session, done, log.at)
        at, before = now(), book.today - timedelta(days=1)
        staying, n = [], 0
        for helper_id in done["made"]:
            one = session.get_one(Helper, helper_id)
            if helper_id in stay:
                staying.append(one.name)
                continue
            one.active_from = one.active_to = before
            one.left_reason = MISTAKEN
            n += 1
        terms = [session.get_one(HelperTerm, one) for one in done[HelperTerm.__tablename__]]
        checks = [session.get_one(HelperCheck, one) for one in done[HelperCheck.__tablename__]]
        rows: list[HelperTerm | HelperCheck] = [*terms, *checks]
        for row in rows:
            if row.helper_id not in stay:
                row.superseded_at = row.superseded_at or at
        for helper_id, keys in done["known"].items():
            held = session.get_one(Helper, int(helper_id))
            for key, value in keys.items():
                if int(helper_id) not in stay and getattr(held, key) == value:
                    setattr(held, key, None)
        book.log(session, _BACK, "workbook", import_id, after={"helpers": n, "stay": len(staying)})
        return TakenBack(n, tuple(staying))


def _in_use(session: Session, done: Mapping[str, Any], since: datetime) -> set[int]:
    """Give the helpers of an import who were paired since."""
    paired = select(CareTeamMember.helper_id).where(
        CareTeamMember.helper_id.in_([*done["made"], *map(int, done["known"])]),
        CareTeamMember.superseded_at.is_(None),
        CareTeamMember.recorded_at >= since,
    )
    return {one for one in session.scalars(paired) if one is not None}


class _Import:
    def __init__(self, book: Workbook, session: Session, rows: Sequence[HelperCells]) -> None:
        self.book, self.session, self.rows = book, session, rows
        self.new: list[tuple[HelperEntry, list[CheckEntry]]] = []
        self.known: list[tuple[int, HelperEntry, list[CheckEntry]]] = []
        self.done: dict[str, Any] = {
            "made": [], "known": {}, HelperTerm.__tablename__: [], HelperCheck.__tablename__: [],
        }  # fmt: skip
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
        """Write what the rows came to, and keep what that was in `done`."""
        by, day = self.book.actor.name, self.book.today
        names = surnames()
        with in_bulk(self.session):
            made = []
            for entry, _checks in self.new:
                spelled = spell_name(entry.name, names)
                one = Helper(
                    name=entry.name, kind=entry.kind, name_pinyin=spelled.pinyin,
                    name_initials=spelled.initials, active_from=day, recorded_at=now(),
                    recorded_by=by, **{key: getattr(entry, key) for key in _PLAIN},
                )  # fmt: skip
                made.append(one)
            self.session.add_all(made)
            self.session.flush()
            for one, (entry, found) in zip(made, self.new, strict=True):
                self._write_more(one.id, entry.terms, found)
        self.done["made"] = [one.id for one in made]
        for helper_id, entry, found in self.known:
            self._complete(self.session.get_one(Helper, helper_id), entry, found)

    def _write_more(
        self, helper_id: int, told: Mapping[str, Sequence[str]], found: Sequence[CheckEntry]
    ) -> None:
        by, day = self.book.actor.name, self.book.today
        terms = write_terms(self.session, helper_id, told, day, by)
        self.done[HelperTerm.__tablename__] += terms
        self.done[HelperCheck.__tablename__] += write_checks(self.session, helper_id, found, by)

    def _complete(self, held: Helper, entry: HelperEntry, found: Sequence[CheckEntry]) -> None:
        """Add to a known helper what is new; whoever was taken back begins anew."""
        if held.left_reason == MISTAKEN:
            held.active_from, held.active_to, held.left_reason = self.book.today, None, None
            self.done["made"].append(held.id)
        filled: dict[str, Any] = self.done["known"].setdefault(str(held.id), {})
        for key in _PLAIN:
            if getattr(held, key) is None and getattr(entry, key) is not None:
                setattr(held, key, getattr(entry, key))
                filled[key] = getattr(entry, key)
        had = self.book.helpers.rows(self.session, [held.id], self.book.today)[held.id].terms
        together = {
            kind: tuple(dict.fromkeys((*had.get(kind, ()), *values)))
            for kind, values in entry.terms.items()
        }
        query = select(HelperCheck.kind, HelperCheck.done_on).where(
            HelperCheck.helper_id == held.id, HelperCheck.superseded_at.is_(None)
        )
        known = {(kind, day) for kind, day in self.session.execute(query)}
        fresh = [one for one in found if (one.kind, one.done_on) not in known]
        self._write_more(held.id, together, fresh)

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
            entry = checked_entry(entry, self.book.helpers.rules)
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
        there = [one for one in alike if getattr(one, "left_reason", None) != MISTAKEN]
        near = [
            one for one in there
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
            checked_check(one, self.book.today)
        return found

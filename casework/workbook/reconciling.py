"""A list from elsewhere held against our people: personnel, a branch, a former unit (S2-5).

Decides who stands on both, who only there, who only here, and what the two say differently;
nothing is written. Who is meant by a row is decided by the evidence an import goes by; who has
the same name without it is named as perhaps the same, and counted nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.errors import NotPermitted
from casework.exchange.tables import write_table
from casework.indicators.scope import Scope, of_unit
from casework.records import Case, Fact, Organisation, Person, holds_on, in_care_on
from casework.reference import facts
from casework.terms import _
from casework.workbook.fact_entry import WISHES_ASKED
from casework.workbook.intake_batch import told_facts
from casework.workbook.intake_known import chunks, known_people, sort_out

if TYPE_CHECKING:
    from casework.exchange.roster import Roster, RosterRow
    from casework.workbook.door import Workbook

__all__ = ["Differing", "Here", "Listed", "Reconciled", "Reconciling"]

Progress = Callable[[float, str], None]
_COLUMNS = ("kind", "person_id", "name", "unit", "sheet", "row", "field", "listed", "on_file")


@dataclass(frozen=True, slots=True)
class Listed:
    """Somebody on the list; ``perhaps`` names people here of the same name, without evidence."""

    sheet: str
    row: int
    name: str
    perhaps: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Here:
    """One of our people; ``why`` says since when and why not in care any more, where so."""

    person_id: int
    name: str
    unit: str | None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Differing:
    """A value that the list and the file give otherwise."""

    person_id: int
    name: str
    sheet: str
    row: int
    field: str
    listed: str
    on_file: str


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What a list and our people have in common.

    Attributes
    ----------
    listed, here : int
        People on the list, each once; people in care, of the unit where one was chosen.
    both : int
        On the list and in care.
    only_listed : tuple of Listed
        Not on file, or perhaps.
    only_here : tuple of Here
        In care and not on the list.
    gone : tuple of Here
        On the list, on file, and not in care any more: died, moved, handed over.
    held : int
        Rows of the list that could not be read for certain.
    """

    file_name: str
    listed: int
    here: int
    both: int
    only_listed: tuple[Listed, ...]
    only_here: tuple[Here, ...]
    gone: tuple[Here, ...]
    differing: tuple[Differing, ...]
    held: int

    @property
    def is_even(self) -> bool:
        """Whether both say the same people."""
        return not (self.only_listed or self.only_here or self.gone or self.held)

    def summary(self) -> str:
        """Say in a few sentences how the two stand to each other."""
        said = _(
            "{file}: {listed} people on the list, {here} in our care, {both} on both. Only on the "
            "list: {only_listed}; only with us: {only_here}; on the list, no longer in care: "
            "{gone}; values that differ: {differing}.",
            file=self.file_name,
            listed=self.listed,
            here=self.here,
            both=self.both,
            only_listed=len(self.only_listed),
            only_here=len(self.only_here),
            gone=len(self.gone),
            differing=len(self.differing),
        )
        if self.held:
            said += _(" {n} rows could not be read for certain.", n=self.held)
        return said

    def rows(self) -> Iterable[tuple[Any, ...]]:
        """Give everything that is not even, a row each, as `Reconciling.write` writes it."""
        for listed in self.only_listed:
            kind = "perhaps" if listed.perhaps else "only_listed"
            ids = ";".join(str(one) for one in listed.perhaps)
            yield kind, ids, listed.name, "", listed.sheet, listed.row, "", "", ""
        for kind, people in (("only_here", self.only_here), ("gone", self.gone)):
            for here in people:
                yield (kind, here.person_id, here.name, here.unit or "", "", "", "", "",
                       here.why or "")  # fmt: skip
        for one in self.differing:
            yield ("differs", one.person_id, one.name, "", one.sheet, one.row, one.field,
                   one.listed, one.on_file)  # fmt: skip


class Reconciling:
    """What is done with lists that are only compared.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    def compare(
        self,
        path: Path | str,
        *,
        unit: str | None = None,
        shown_as: str | None = None,
        progress: Progress | None = None,
    ) -> Reconciled:
        """Hold a list against the people in care today.

        Parameters
        ----------
        path : Path or str
            An .xlsx, .xls or .csv file, read as a roster is.
        unit : str or None
            Code of a unit: only people of it and of those below it are expected on the list.

        Raises
        ------
        NotFound
            When there is no such unit.
        NotPermitted
            Where whoever acts does not see the whole register.
        UnreadableFile
            When the file cannot be read or holds no list of people.
        """
        book = self._workbook
        if not book.keeps_register:
            # Whoever sees some of the people only would read everybody else as missing.
            raise NotPermitted(
                _("A list is held against everybody in care. Ask whoever keeps the register.")
            )
        roster = book.intake.read(path, shown_as=shown_as, progress=progress)
        if unit is not None:
            book.boards.unit(unit)
        scope = book.boards.scope(unit=unit)
        with book.reading() as session:
            return _reconciled(session, roster, scope)

    def write(self, found: Reconciled, path: Path) -> int:
        """Write everything that is not even as a table, and give the number of rows.

        ``kind`` is ``only_listed``, ``perhaps``, ``only_here``, ``gone`` or ``differs``.
        """
        rows = (dict(zip(_COLUMNS, one, strict=True)) for one in found.rows())
        return write_table(path, _COLUMNS, rows)


def _reconciled(session: Session, roster: Roster, scope: Scope) -> Reconciled:
    today = scope.as_of
    told = [row for row in roster.rows if row.outcome == "imported" and row.person]
    held = sum(row.outcome == "held" for row in roster.rows)
    known = known_people(session, [row.person for row in told if row.person], today)
    named = {key: [number for number, _one in people] for key, people in known.items()}
    new, again = sort_out(told, known)
    met = {person_id for _row, person_id in again}
    here = _in_care(session, scope)
    everybody = here if scope.unit is None else _in_care(session, replace(scope, unit=None))
    return Reconciled(
        file_name=roster.file.name,
        listed=len(told),
        here=len(here),
        both=len(met & everybody.keys()),
        only_listed=tuple(
            Listed(row.sheet, row.row, row.person.name, tuple(named.get(row.person.name, ())))
            for row in new
            if row.person
        ),
        only_here=tuple(one for number, one in here.items() if number not in met),
        gone=tuple(_gone(session, sorted(met - everybody.keys()))),
        differing=tuple(_differing(session, again, today)),
        held=held,
    )


def _in_care(session: Session, scope: Scope) -> dict[int, Here]:
    query = (
        select(Person.id, Person.name, Organisation.name)
        .outerjoin(Organisation, Organisation.id == Person.unit_id)
        .where(in_care_on(scope.as_of), of_unit(scope))
        .order_by(Person.name_pinyin, Person.id)
    )
    return {number: Here(number, name, unit) for number, name, unit in session.execute(query)}


def _gone(session: Session, ids: Sequence[int]) -> Iterable[Here]:
    """Give people on file whom we no longer serve, with since when and why."""
    for some in chunks(ids):
        rows = session.execute(
            select(Person, Organisation.name, Case.closed_on, Case.close_reason)
            .outerjoin(Organisation, Organisation.id == Person.unit_id)
            .outerjoin(Case, Case.person_id == Person.id)
            .where(Person.id.in_(some))
            .order_by(Person.id, Case.closed_on)
        )
        last = {row[0].id: row for row in rows}
        for person, unit, closed_on, _reason in last.values():
            if person.died_on is not None:
                why = _("deceased, {day}", day=person.died_on)
            else:
                why = _("not in our care since {day}", day=closed_on or "?")
            yield Here(person.id, person.name, unit, why)


def _differing(
    session: Session, again: Sequence[tuple[RosterRow, int]], today: date
) -> Iterable[Differing]:
    """Give what the list says otherwise of people who are on both; what one does not know is not.

    A fact with several values differs only where the list names one that is not on file.
    """
    definitions = facts()
    for piece in chunks(again):
        ids = sorted({person_id for _row, person_id in piece})
        holding: dict[tuple[int, str], list[Fact]] = {}
        for fact in session.scalars(
            select(Fact).where(Fact.person_id.in_(ids), holds_on(today)).order_by(Fact.id)
        ):
            holding.setdefault((fact.person_id, fact.code), []).append(fact)
        for row, person_id in piece:
            if row.person is None:
                continue
            for one in told_facts(row.person):
                held = holding.get((person_id, one.code), [])
                if (one.code, one.value) == (WISHES_ASKED, "no"):
                    continue  # an empty column of wishes says nothing against one on file
                if not one.value or not held or any(fact.value == one.value for fact in held):
                    continue
                definition = definitions[one.code]
                yield Differing(
                    person_id,
                    row.person.name,
                    row.sheet,
                    row.row,
                    str(definition.label),
                    definition.show(one.value),
                    "、".join(definition.show(fact.value) for fact in held),
                )

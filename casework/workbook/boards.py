"""Boards: the supervisor's figures on a day, and exactly the rows that each of them counts.

Reads only. What is counted, and how, is `casework.indicators`; the screen and ``casework board``
show these very figures.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from casework.errors import InvalidEntry, NotFound
from casework.indicators import (
    PERIODS,
    TOPICS,
    Figure,
    Rows,
    Scope,
    Wanted,
    frame_of,
    keys_of,
    rows_of,
    supervisor_figures,
)
from casework.records import Organisation, Person
from casework.terms import LANGUAGES, Label, _, speaking

if TYPE_CHECKING:
    from pandas import DataFrame

    from casework.workbook.door import Workbook

__all__ = ["Board", "Boards", "UnitChoice"]


@dataclass(frozen=True, slots=True)
class UnitChoice:
    """A unit that a board can be narrowed to; ``depth`` is its place in the tree, 0 on top."""

    code: str
    label: Label
    depth: int


@dataclass(frozen=True, slots=True)
class Board:
    """Figures by code, in their order, with what they have in common.

    Attributes
    ----------
    unit : UnitChoice or None
        The unit it is narrowed to.
    """

    scope: Scope
    unit: UnitChoice | None
    figures: Mapping[str, Figure]

    def __getitem__(self, code: str) -> Figure:
        """Give one figure.

        Raises
        ------
        KeyError
            If the board has no such figure.
        """
        return self.figures[code]

    def topic(self, name: str) -> list[Figure]:
        """Give the figures of a topic, such as ``"tasks"``."""
        return [one for one in self.figures.values() if one.topic == name]

    def below(self, prefix: str) -> list[Figure]:
        """Give the figures whose code begins with a prefix and a dot."""
        return [one for code, one in self.figures.items() if code.startswith(f"{prefix}.")]

    def and_more(self, more: Board) -> Board:
        """Give this board with the figures of another of the same scope added."""
        return Board(self.scope, self.unit, {**self.figures, **more.figures})

    def as_json(self) -> dict[str, Any]:
        """Give the board as plain values, figures in both languages."""
        scope = self.scope
        words = {}
        for code in LANGUAGES:
            with speaking(code):
                words[code] = scope.period_words()
        return {
            "agency": scope.agency.code,
            "as_of": scope.as_of.isoformat(),
            "unit": scope.unit,
            "period": {
                "code": scope.period,
                "since": scope.since.isoformat(),
                "until": scope.as_of.isoformat(),
                "words": words,
            },
            "figures": {code: figure.as_json() for code, figure in self.figures.items()},
        }

    def lines(self) -> list[str]:
        """Say every figure in a sentence, in the language in force."""
        return [figure.sentence for figure in self.figures.values()]


class Boards:
    """What is counted and shown to supervisors.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    def supervisor(
        self,
        *,
        as_of: date | None = None,
        unit: str | None = None,
        period: str = "recent",
        topics: Collection[str] = TOPICS,
    ) -> Board:
        """Give the supervisor's figures.

        Parameters
        ----------
        as_of : date or None
            The day asked about; None for today.
        unit : str or None
            Code of a unit: its people and those of the units below it. None for everybody.
        period : {"recent", "month", "year"}
            Days over which contacts are counted; ``recent`` are the agency's days for "never
            reached".
        topics : collection of str
            Which topics to count; by default all.

        Raises
        ------
        NotFound
            If there is no such unit.
        InvalidEntry
            If there is no such period.
        """
        chosen = self.unit(unit) if unit is not None else None
        scope = self.scope(as_of=as_of, unit=unit, period=period)
        with self._workbook.reading() as session:
            found = {one.code: one for one in supervisor_figures(session, scope, topics)}
        return Board(scope, chosen, found)

    def scope(
        self, *, as_of: date | None = None, unit: str | None = None, period: str = "recent"
    ) -> Scope:
        """Say what a board is about; see `supervisor`."""
        if period not in PERIODS:
            raise InvalidEntry(
                _(
                    "There is no period {period}. Accepted: {known}.",
                    period=period,
                    known=", ".join(PERIODS),
                ),
                field="period",
                value=period,
                expected=", ".join(PERIODS),
            )
        return Scope(self._workbook.agency, as_of or self._workbook.today, unit, period)

    def rows(self, scope: Scope, figure: Figure, wanted: Wanted | None = None) -> Rows:
        """Give a page of exactly the rows that a figure counts."""
        with self._workbook.reading() as session:
            return rows_of(session, scope, figure.rows, wanted)

    def keys(self, scope: Scope, figure: Figure, search: str = "") -> list[Any]:
        """Give the keys of all rows that a figure counts."""
        with self._workbook.reading() as session:
            return keys_of(session, scope, figure.rows, search)

    def frame(self, scope: Scope, figure: Figure) -> DataFrame:
        """Give all rows that a figure counts as a frame, for analysts."""
        with self._workbook.reading() as session:
            return frame_of(session, scope, figure.rows)

    def units(self) -> list[UnitChoice]:
        """Give the units that have people, themselves or below them, in the order of the tree."""
        with self._workbook.reading() as session:
            units = {one.id: one for one in session.scalars(select(Organisation))}
            used = set(session.scalars(select(Person.unit_id).distinct()))
        kept: set[int] = set()
        for unit_id in used - {None}:
            above = unit_id
            while above is not None and above not in kept:
                kept.add(above)
                above = units[above].parent_id
        return list(_walk(units, kept, None, 0))

    def unit(self, code: str) -> UnitChoice:
        """Give one unit by its code.

        Raises
        ------
        NotFound
            When there is none.
        """
        with self._workbook.reading() as session:
            found = session.scalar(select(Organisation).where(Organisation.code == code))
        if found is None:
            raise NotFound(
                _(
                    "There is no unit {code}. The codes stand in the agency's organisations.csv.",
                    code=code,
                )
            )
        return UnitChoice(found.code, _label(found), 0)


def _walk(
    units: Mapping[int, Organisation], kept: Collection[int], parent: int | None, depth: int
) -> list[UnitChoice]:
    found = []
    for one in units.values():
        if one.parent_id == parent and one.id in kept:
            found.append(UnitChoice(one.code, _label(one), depth))
            found += _walk(units, kept, one.id, depth + 1)
    return found


def _label(unit: Organisation) -> Label:
    return Label(zh=unit.name, en=unit.name_en or unit.name)

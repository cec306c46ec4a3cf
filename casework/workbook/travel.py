"""The agency's own table of travel times: read, put in force for rosters, taken out again.

Decides that a table goes before coordinates where it knows a way, and that one with a cell that
cannot be read is not put in force at all. Its places are communities and the office, never a door:
the setting it lies in is read by everybody who works here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry, NotPermitted
from casework.exchange.travel_table import OFFICE, TravelTable, read_travel_table
from casework.records import Fact, Setting, holds_on
from casework.reference.rosters import roster_rules
from casework.terms import _

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["Travel", "TravelGiven", "travel_in_force"]

TRAVEL = "travel_times"
_DECIDERS = ("supervisor", "administrator")


@dataclass(frozen=True, slots=True)
class TravelGiven:
    """The table in force, where it came from and since when."""

    table: TravelTable
    name: str
    given_on: date
    given_by: str


class Travel:
    """What is done about the agency's table of travel times.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    @property
    def may_give(self) -> bool:
        """Whether whoever acts may put a table in force."""
        return self._workbook.actor.role in _DECIDERS

    def given(self) -> TravelGiven | None:
        """Give the table in force, or None where rosters go by coordinates alone."""
        with self._workbook.reading() as session:
            return _given(session)

    def read(self, path: Path) -> TravelTable:
        """Read a table; nothing is written.

        Raises
        ------
        UnreadableFile
            If the file is not safe or not readable, or holds no such table.
        """
        agency = self._workbook.agency
        means = {
            name: one.code
            for one in roster_rules(agency.code).means.values()
            for name in (one.code, one.label.zh, one.label.en)
        }
        return read_travel_table(path, means, (agency.label.zh, agency.label.en))

    def strangers(self, table: TravelTable) -> tuple[list[str], list[str]]:
        """Name the places of a table where nobody lives, and the communities that it leaves out."""
        today = self._workbook.today
        lived = select(Fact.value).where(Fact.code == "community", holds_on(today)).distinct()
        with self._workbook.reading() as session:
            communities = {str(one) for one in session.scalars(lived) if one}
        places = set(table.places) - {OFFICE}
        return sorted(places - communities), sorted(communities - places)

    def put_in_force(self, table: TravelTable, name: str) -> None:
        """Let rosters go by a table from now on, in the place of the one before.

        Raises
        ------
        InvalidEntry
            When something in it cannot be read: nothing is written.
        """
        if table.problems:
            raise InvalidEntry(
                _(
                    "{n} entries of the table cannot be read, so it is not put in force; the "
                    "first: {first} Correct the file and choose it again.",
                    n=len(table.problems),
                    first=table.problems[0],
                )
            )
        book = self._workbook
        self._write(
            {
                "name": name[:200],
                "on": book.today.isoformat(),
                "by": book.actor.name,
                "places": list(table.places),
                "minutes": {
                    mean: [[*pair, n] for pair, n in told.items()]
                    for mean, told in table.minutes.items()
                },
            }
        )

    def take_out(self) -> None:
        """Let rosters go by coordinates alone."""
        self._write(None)

    def put_back(self, before: TravelGiven | None) -> None:
        """Put what was in force before in force again."""
        if before is None:
            self.take_out()
        else:
            self.put_in_force(before.table, before.name)

    def _write(self, value: dict[str, Any] | None) -> None:
        book = self._workbook
        if not self.may_give:
            raise NotPermitted(
                _("A table of travel times is given by supervisors. Ask one of them.")
            )
        with book.transaction() as session:
            held = session.get(Setting, TRAVEL)
            if held is None:
                session.add(Setting(key=TRAVEL, value=value or {}))
            else:
                held.value = value or {}
            after = {"name": value["name"], "places": len(value["places"])} if value else None
            book.log(session, "give_travel_table", "setting", None, after=after)


def travel_in_force(session: Session) -> TravelTable | None:
    """Give the table that rosters go by, if there is one."""
    given = _given(session)
    return given.table if given else None


def _given(session: Session) -> TravelGiven | None:
    held = session.get(Setting, TRAVEL)
    if held is None or not held.value:
        return None
    told = held.value
    minutes = {
        mean: {(at, to): n for at, to, n in entries} for mean, entries in told["minutes"].items()
    }
    table = TravelTable(tuple(told["places"]), minutes)
    return TravelGiven(table, told["name"], date.fromisoformat(told["on"]), told["by"])

"""What rules ask about people around the person, answered for everybody once and kept at hand.

Decides where the answers stand while many people are read part by part: worked out for each part
anew, they would cost as much as for everybody, and drawing up plans would grow with the square of
the people. Leaves the answers themselves to :mod:`casework.records.known_groups`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from zlib import crc32

from sqlalchemy import BigInteger, ColumnElement, Integer, case, insert, literal, select
from sqlalchemy.orm import Session
from sqlalchemy.schema import CreateTable, DropTable

from casework.records.aside import temporary, when_committed
from casework.records.known import known_on
from casework.records.known_parts import Cells, Part
from casework.records.touched import plan_stamp
from casework.rules.evaluate import Values
from casework.rules.tree import Subject

__all__ = ["AnswersAside", "Compared", "fingerprint_of"]

Compared = Mapping[Subject, Sequence[int]]
"""What is asked about people around the person, and the numbers each count is compared with."""

_NAME = "aside_others"
_FACTOR, _MODULUS = 8_191, 2_147_483_647


def fingerprint_of(values: Values, compared: Compared) -> int:
    """Sum up in one number what is asked about others, and where the answers stand.

    A count stands where it is among the numbers it is compared with: one more or less in a large
    community draws up nobody's plan anew unless that decides something. `AnswersAside.changed`
    reckons the same in the database.
    """
    found = _asked(compared)
    for subject, numbers in compared.items():
        value = values[subject]
        for cell in value if isinstance(value, tuple) else (None, None):
            told = 0
            if isinstance(cell, int):
                told = 1 + sum((cell >= one) + (cell > one) for one in numbers)
            found = (found * _FACTOR + told) % _MODULUS
    return found


def _asked(compared: Compared) -> int:
    """Sum up the questions: other ones make the same answers others."""
    told = [(one.name, one.args, tuple(numbers)) for one, numbers in compared.items()]
    return crc32(repr(told).encode()) % _MODULUS


class AnswersAside:
    """Answers about others in a temporary table of a connection.

    Parameters
    ----------
    compared : mapping of Subject to numbers
        Those whose source is ``group``: each is the fewest and the most who meet a condition.
    """

    def __init__(self, compared: Compared, day: date, outcomes: Collection[str]) -> None:
        self.compared = compared
        self.subjects = tuple(compared)
        self._known = known_on(self.subjects, day, outcomes=outcomes)
        cells = [f"{end}_{n}" for n in range(len(self.subjects)) for end in ("fewest", "most")]
        columns = dict.fromkeys(("person_id", *cells), Integer())
        self.table = temporary(_NAME, columns, key=("person_id",), kept=True)

    def part(self) -> Part:
        """Give the answers as a part of the relation of what is known."""
        source = self.table.select().subquery("others")
        found: Cells = {
            one: (source.c[f"fewest_{n}"], source.c[f"most_{n}"])
            for n, one in enumerate(self.subjects)
        }
        return Part(source, found)

    def hold(self, session: Session, asked: object) -> None:
        """See that the connection has the answers; they outlast a transaction that is committed.

        Parameters
        ----------
        asked : object
            What they are for: the very same again takes them as they stand.
        """
        connection = session.connection()
        held_by = connection.info
        if held_by.get(_NAME) is asked:
            return
        held_by.pop(_NAME, None)
        # Another set of rules asks for other columns.
        connection.execute(DropTable(self.table, if_exists=True))
        connection.execute(CreateTable(self.table))
        answers = self._known.select_values(self._known.person_id)
        connection.execute(insert(self.table).from_select(list(self.table.c.keys()), answers))
        when_committed(session, lambda: held_by.update({_NAME: asked}))

    def changed(self, session: Session, stands: ColumnElement[bool]) -> Sequence[int]:
        """Name those whose answers are others than when their plans were drawn up.

        Parameters
        ----------
        stands : ColumnElement
            Which rows of `casework.records.touched.plan_stamp` to compare with.
        """
        here = self.table.c
        found: ColumnElement[int] = literal(_asked(self.compared), BigInteger())
        for n, numbers in enumerate(self.compared.values()):
            for cell in (here[f"fewest_{n}"], here[f"most_{n}"]):
                stands_at: ColumnElement[int] = literal(1, BigInteger())
                for one in numbers:
                    stands_at += case((cell > one, 2), (cell == one, 1), else_=0)
                told = case((cell.is_(None), 0), else_=stands_at)
                found = (found * _FACTOR + told) % _MODULUS
        joined = self.table.join(plan_stamp, plan_stamp.c.person_id == here.person_id)
        query = select(here.person_id).select_from(joined)
        return session.scalars(query.where(stands, plan_stamp.c.reading != found)).all()

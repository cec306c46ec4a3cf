"""What rules ask about people around the person, answered for everybody once and kept at hand.

Decides where the answers stand while many people are read part by part: worked out for each part
anew, they would cost as much as for everybody, and drawing up plans would grow with the square of
the people. Leaves the answers themselves to :mod:`casework.records.known_groups`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Integer, insert, select
from sqlalchemy.orm import Session
from sqlalchemy.schema import CreateTable, DropTable

from casework.records.aside import temporary, when_committed
from casework.records.known import known_on
from casework.records.known_parts import Cells, Part
from casework.rules.tree import Subject

__all__ = ["AnswersAside"]

_NAME = "aside_others"


class AnswersAside:
    """Answers about others in a temporary table of a connection.

    Parameters
    ----------
    subjects : sequence of Subject
        Those whose source is ``group``: each is the fewest and the most who meet a condition.
    """

    def __init__(self, subjects: Sequence[Subject], day: date, outcomes: Collection[str]) -> None:
        self.subjects = tuple(subjects)
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

    def rows(self, session: Session) -> Iterator[tuple[Any, ...]]:
        """Yield everybody's answers: id, then the fewest and the most of each subject."""
        for row in session.execute(select(self.table)):
            yield tuple(row)

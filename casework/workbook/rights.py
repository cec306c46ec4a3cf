"""The rights of the people about their data: requests, a copy of everything, erasure by two.

Leaves requests to `casework.workbook.requests`, erasing to `casework.workbook.erasures`, and what
is held to `casework.records.holdings`.
"""

from __future__ import annotations

from casework.errors import InvalidEntry
from casework.records.audit import note_reading
from casework.terms import _
from casework.workbook.consents import locked
from casework.workbook.erasures import ErasurePlan, ErasureRow, Erasures
from casework.workbook.person_export import PersonFile, export_zip
from casework.workbook.person_rows import all_records_of, copied, everything_about
from casework.workbook.plan_reasons import kept_text
from casework.workbook.policy import vocabulary_of
from casework.workbook.requests import RequestEntry, RequestRow, Requests

__all__ = ["ErasurePlan", "ErasureRow", "RequestEntry", "RequestRow", "Rights"]

_LONGEST = 2_000


class Rights(Requests, Erasures):
    """What is done when people ask about their data.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def export(self, person_id: int, *, reason: str) -> PersonFile:
        """Make a copy of everything about a person, to be handed over; who and why is kept.

        Raises
        ------
        InvalidEntry
            If no reason is given.
        """
        if not reason.strip():
            raise InvalidEntry(
                _("Say what the copy is for: the request it answers, for instance."), "reason"
            )
        book = self._workbook
        words = vocabulary_of(book.agency, book.today)
        with book.transaction() as session:
            person = locked(session, person_id)
            if book.standing is not None:  # the database gives what nobody alone may read
                rows = copied(session, person_id, reason.strip()[:_LONGEST])
            else:
                rows = everything_about(session, all_records_of(session, person_id))
            made = export_zip(
                rows,
                name=person.name,
                agency=str(book.agency.label),
                on=book.today,
                by=book.actor.name,
                why=lambda kept: kept_text(kept, words),
            )
            if book.standing is not None:
                return made  # and has written down who took it, and why
            told = {"reason": reason.strip()[:_LONGEST], "rows": made.n_rows}
            note_reading(session, person_id, "export_person")
            book.log(session, "export_person", "person", person_id, after=told)
            return made

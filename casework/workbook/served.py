"""Whether persons were served on a day: alive, with a case open, under the record that stands."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry, NotFound
from casework.records import Case, Person
from casework.terms import _

__all__ = ["served_persons"]


def served_persons(session: Session, person_ids: Iterable[int], on: date) -> dict[int, Person]:
    """Give the persons under the ids asked for, following merged records to the one that stands.

    Parameters
    ----------
    on : date
        The day on which they must have been served.

    Returns
    -------
    dict of int to Person
        By the id asked for.

    Raises
    ------
    NotFound
        If a record does not exist, or was withdrawn with its import.
    InvalidEntry
        With field ``happened_on``, if somebody was not born, not alive or not in care that day.
    """
    asked = list(person_ids)
    standing = _standing(session, asked)
    cases: dict[int, list[Case]] = {}
    ids = {person.id for person in standing.values()}
    for case in session.scalars(select(Case).where(Case.person_id.in_(ids))):
        cases.setdefault(case.person_id, []).append(case)
    for person in standing.values():
        _check_alive(person, on)
        _check_case(person.id, cases.get(person.id, []), on)
    return standing


def _standing(session: Session, asked: list[int]) -> dict[int, Person]:
    """Follow merged records, all of them one step at a time."""
    at = {id_: id_ for id_ in asked}
    known: dict[int, Person] = {}
    while missing := set(at.values()) - known.keys():
        found = session.scalars(select(Person).where(Person.id.in_(missing)))
        known |= {person.id: person for person in found}
        lost = missing - known.keys()
        if lost:
            raise NotFound(_("There is no person with the number {id}.", id=min(lost)))
        at = {id_: known[now].merged_into_id or now for id_, now in at.items()}
    for id_, now in at.items():
        if known[now].withdrawn_at is not None:
            raise NotFound(_("There is no person with the number {id}.", id=id_))
    return {id_: known[now] for id_, now in at.items()}


def _check_alive(person: Person, on: date) -> None:
    if person.born_on_earliest is not None and on < person.born_on_earliest:
        raise InvalidEntry(
            _(
                "The contact would be on {day}, before person no. {id} was born. Correct the day "
                "or the birth date in the dossier.",
                day=on.isoformat(),
                id=person.id,
            ),
            field="happened_on",
            value=on,
        )
    if person.died_on is not None and on > person.died_on:
        raise InvalidEntry(
            _(
                "Person no. {id} died on {died}; the contact would be on {day}. Choose {died} or "
                "an earlier day. A visit to the family goes into the dossier of the surviving "
                "spouse.",
                id=person.id,
                died=person.died_on.isoformat(),
                day=on.isoformat(),
            ),
            field="happened_on",
            value=on,
        )


def _check_case(person_id: int, cases: list[Case], on: date) -> None:
    """Refuse a day on which none of the person's cases was open, saying which day would do."""
    if any(
        (case.opened_on is None or case.opened_on <= on)
        and (case.closed_on is None or on <= case.closed_on)
        for case in cases
    ):
        return
    closed = max((c.closed_on for c in cases if c.closed_on and c.closed_on < on), default=None)
    opened = min((c.opened_on for c in cases if c.opened_on and c.opened_on > on), default=None)
    if closed is not None:
        message = _(
            "The case of person no. {id} was closed on {closed}; the contact would be on {day}. "
            "Choose {closed} or an earlier day, or open the case again in the dossier.",
            id=person_id,
            closed=closed.isoformat(),
            day=on.isoformat(),
        )
    elif opened is not None:
        message = _(
            "The case of person no. {id} was opened on {opened}; the contact would be on {day}. "
            "Choose {opened} or a later day, or correct the opening day in the dossier.",
            id=person_id,
            opened=opened.isoformat(),
            day=on.isoformat(),
        )
    else:
        message = _(
            "Person no. {id} has no case. Open one in the dossier before recording a contact.",
            id=person_id,
        )
    raise InvalidEntry(message, field="happened_on", value=on)

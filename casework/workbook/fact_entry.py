"""How one value of a fact follows another: ended, corrected, verified, entered late.

Decides what gives way to a new value and from which day; leaves who may write it, and the record of
having done so, to `casework.workbook.people`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from casework.errors import ChangedMeanwhile, InvalidEntry, NotFound
from casework.factvalues import FactValue, fact_value
from casework.records import CareTeamMember, Fact, Person, RelatedPerson, holds_on
from casework.records.base import now
from casework.reference import FactDefinition, facts
from casework.terms import _

__all__ = [
    "FROM_PERSON",
    "WISHES_ASKED",
    "checked_day",
    "definition_of",
    "end",
    "holding_on",
    "note_wish",
    "present",
    "refuse_overtaken",
    "write_fact",
]

WISHES_ASKED = "wishes_asked"
FROM_PERSON = "本人"  # a source, as a caseworker writes it


def definition_of(code: str) -> FactDefinition:
    """Give a fact of the vocabulary, or refuse."""
    found = facts().get(code)
    if found is None:
        raise InvalidEntry(_("There is no fact called {code}.", code=code), field=code)
    return found


def present(session: Session, person_id: int) -> Person:
    """Give a person who is on file, merged ones included, or refuse."""
    person = session.get(Person, person_id)
    if person is None or person.withdrawn_at is not None:
        raise NotFound(_("There is no person with the number {id}.", id=person_id))
    return person


def holding_on(session: Session, person_id: int, code: str, on: date) -> list[Fact]:
    """Give the values of a fact that hold on a day, in the order of their entry."""
    found = select(Fact).where(Fact.person_id == person_id, Fact.code == code, holds_on(on))
    return list(session.scalars(found.order_by(Fact.id)))


def refuse_overtaken(
    session: Session, holding: Sequence[Fact], seen: Collection[int] | None, definition: Any
) -> None:
    """Refuse to write over what somebody entered after the writer had looked.

    Parameters
    ----------
    seen : collection of int or None
        Ids of the entries that the writer saw; None writes over anything.
    """
    if seen is None or {one.id for one in holding} == set(seen):
        return
    newest = max(holding, key=lambda one: one.id, default=None)
    if newest is None:
        raise ChangedMeanwhile(
            _(
                "Somebody has ended what stood under {field} since you opened it. What you typed "
                "is still here: save again to keep it, or leave it as it is.",
                field=definition.label,
            )
        )
    raise ChangedMeanwhile(
        _(
            "{who} has entered “{value}” under {field} since you opened it ({source}). What you "
            "typed is still here: save again to put it in its place, or leave it as it is.",
            who=newest.recorded_by,
            value=definition.show(newest.value) or _("asked: none"),
            field=definition.label,
            source=newest.source,
        )
    )


def checked_day(day: date, today: date, field: str = "since") -> date:
    """Refuse a day that lies ahead."""
    if day > today:
        raise InvalidEntry(
            _("A fact cannot hold from a future day. Choose {today} or earlier.", today=today),
            field=field,
            value=day,
        )
    return day


def write_fact(
    session: Session,
    person_id: int,
    definition: FactDefinition,
    value: FactValue,
    *,
    by: str,
    source: str,
    begins: date,
    since: date | None = None,
    verified_on: date | None = None,
    correction: bool = False,
    note: str | None = None,
) -> tuple[Fact, list[str]]:
    """Enter a value in place of what holds; give it with the values that gave way.

    Parameters
    ----------
    begins : date
        The day from which it is known to hold.
    since : date or None
        As the writer gave it; None where nothing was said.
    """
    holding = holding_on(session, person_id, definition.code, begins)
    ended = _retire(session, definition, value, holding, begins, correction)
    fact = Fact(
        person_id=person_id,
        code=definition.code,
        value=value.value,
        number=value.number,
        earliest=value.earliest,
        latest=value.latest,
        valid_from=_first_day(ended, begins, correction, since),
        valid_to=_last_day(session, person_id, definition, value, begins),
        recorded_at=now(),
        recorded_by=by,
        source=source,
        verified_on=verified_on,
        note=note,
    )
    session.add(fact)
    session.flush()
    return fact, [one.value for one in ended]


def _retire(
    session: Session,
    definition: FactDefinition,
    value: FactValue,
    holding: Iterable[Fact],
    begins: date,
    correction: bool,
) -> list[Fact]:
    """End what the new value replaces: all of a single fact, only "none" of a multiple one."""
    replaced = [
        one for one in holding if not definition.multiple or not one.value or not value.value
    ]
    for one in replaced:
        if correction or (one.valid_from is not None and one.valid_from >= begins):
            one.superseded_at = now()
        else:
            end(one, begins - timedelta(days=1))
    session.flush()
    return replaced


def _first_day(
    ended: Sequence[Fact], begins: date, correction: bool, since: date | None
) -> date | None:
    """Let a correction, or a first value, hold for all the days it is known for."""
    if correction and since is None:
        return min((one.valid_from for one in ended if one.valid_from), default=None)
    return since if not ended else begins


def _last_day(
    session: Session,
    person_id: int,
    definition: FactDefinition,
    value: FactValue,
    begins: date,
) -> date | None:
    """Let a value entered late for earlier days end where the next known one begins.

    Of several values at a time each goes on until the same one, or "none", was entered.
    """
    following = select(func.min(Fact.valid_from)).where(
        Fact.person_id == person_id,
        Fact.code == definition.code,
        Fact.superseded_at.is_(None),
        Fact.valid_from > begins,
    )
    if definition.multiple and value.value:
        following = following.where(Fact.value.in_((value.value, "")))
    next_day = session.scalar(following)
    return next_day - timedelta(days=1) if next_day else None


def note_wish(session: Session, person_id: int, said_on: date, *, by: str, source: str) -> None:
    """Write down that somebody was asked for wishes that day, and had one."""
    asked = facts()[WISHES_ASKED]
    for one in holding_on(session, person_id, WISHES_ASKED, said_on):
        if one.value == "yes":
            one.verified_on = max(said_on, one.verified_on or said_on)
            return
    write_fact(
        session,
        person_id,
        asked,
        fact_value(asked, "yes"),
        by=by,
        source=source,
        begins=said_on,
        since=said_on,
        verified_on=said_on,
    )


def end(row: Fact | RelatedPerson | CareTeamMember, last_day: date) -> None:
    """Let a row end; one that began later than its end was never true."""
    if row.valid_from is not None and row.valid_from > last_day:
        row.superseded_at = now()
    else:
        row.valid_to = last_day

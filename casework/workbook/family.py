"""The people around a person: family, carer, emergency contacts, edited in place with history.

Decides that an entry which changes gives way to a new one that names it, so that each has a
history; and in which order people are called in an emergency. Leaves the care team to ``people``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from casework.errors import ChangedMeanwhile, InvalidEntry, NotFound
from casework.identifiers import read_phones
from casework.records import RelatedPerson, covers
from casework.records.base import now
from casework.reference import code_list
from casework.terms import _
from casework.workbook.fact_entry import end, present
from casework.workbook.family_links import link, unlink
from casework.workbook.reversing import acting

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["Family", "RelatedEntry", "RelatedVersion", "family_on"]

FIELDS = (
    "name", "relationship", "phone", "unit", "address", "lives_with", "visits", "decides",
    "is_emergency", "call_order", "note",
)  # fmt: skip
_LAST_IN_ORDER = 99


@dataclass(frozen=True, slots=True)
class RelatedEntry:
    """What is known of somebody around a person; None is not known.

    Parameters
    ----------
    relationship : str or None
        A code of the list ``relationship``.
    unit, address : str or None
        Where somebody works, and lives.
    decides : bool or None
        Whether the family lets this one decide.
    call_order : int or None
        Place among those to call in an emergency, from 1.
    """

    name: str
    relationship: str | None = None
    phone: str | None = None
    unit: str | None = None
    address: str | None = None
    lives_with: bool | None = None
    visits: str | None = None
    decides: bool | None = None
    is_emergency: bool = False
    call_order: int | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class RelatedVersion:
    """One state of an entry, for its history: the latest first."""

    id: int
    entry: RelatedEntry
    valid_from: date | None
    valid_to: date | None
    recorded_at: datetime
    recorded_by: str
    source: str
    is_mistake: bool


class Family:
    """What is done with the people around a person.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    def add(self, person_id: int, entry: RelatedEntry, *, source: str) -> int:
        """Write down somebody around the person.

        Raises
        ------
        InvalidEntry
            If the name is missing or the phone is no number.
        """
        checked = _checked(entry)
        with acting(self._workbook, "add_related", (person_id,), ("related_person",)) as act:
            present(act.session, person_id)
            row = self._row(person_id, checked, source, None)
            act.session.add(row)
            act.session.flush()
            act.after = {"related": row.id, "name": row.name}
            return row.id

    def change(
        self, related_id: int, entry: RelatedEntry, *, source: str, mistake: bool = False
    ) -> int:
        """Say what is known of somebody now, in place of an entry.

        Parameters
        ----------
        related_id : int
            The entry that the writer saw.
        mistake : bool
            The entry was wrong all along; it stays in the history, struck out.

        Returns
        -------
        int
            The entry that holds now; the same one where nothing differs and it was only verified.

        Raises
        ------
        ChangedMeanwhile
            If somebody else changed or ended the entry since.
        """
        book, checked = self._workbook, _checked(entry)
        person_id = self._person_of(related_id)
        with acting(book, "change_related", (person_id,), ("related_person",)) as act:
            old = act.session.get_one(RelatedPerson, related_id)
            _refuse_overtaken(act.session, old, book.today)
            if _entry_of(old) == checked:
                old.verified_on = book.today
                return old.id
            if mistake:
                old.superseded_at = now()
            else:
                end(old, book.today - timedelta(days=1))
            row = self._row(person_id, checked, source, old)
            row.valid_from = old.valid_from if mistake else book.today
            act.session.add(row)
            act.session.flush()
            act.before, act.after = {"name": old.name}, {"related": row.id, "name": row.name}
            return row.id

    def end(self, related_id: int, *, mistake: bool = False) -> None:
        """Say that somebody no longer stands around the person, or never did."""
        book = self._workbook
        person_id = self._person_of(related_id)
        with acting(book, "end_related", (person_id,), ("related_person",)) as act:
            row = act.session.get_one(RelatedPerson, related_id)
            act.before = {"name": row.name}
            if mistake:
                row.superseded_at = now()
            else:
                end(row, book.today - timedelta(days=1))

    def link(self, related_id: int, other_id: int) -> None:
        """Say that somebody around the person is served here too, under a dossier of their own.

        A spouse's dossier names the person in return.

        Raises
        ------
        InvalidEntry
            With field ``other``, when it is the same dossier or another spouse is linked.
        """
        link(self._workbook, related_id, other_id)

    def unlink(self, related_id: int) -> None:
        """Say that an entry and the dossier it was linked with are not the same person."""
        unlink(self._workbook, related_id)

    def history(self, related_id: int) -> list[RelatedVersion]:
        """Give every state an entry has had, the latest first, mistakes included."""
        with self._workbook.reading() as session:
            row = session.get(RelatedPerson, related_id)
            found = []
            while row is not None:
                found.append(_version(row))
                before = row.replaces_id
                row = session.get(RelatedPerson, before) if before is not None else None
            return found

    def entry(self, related_id: int) -> RelatedEntry:
        """Give what stands in an entry, to be edited."""
        with self._workbook.reading() as session:
            row = session.get(RelatedPerson, related_id)
            if row is None:
                raise NotFound(_("This entry is no longer there. Open the dossier again."))
            return _entry_of(row)

    def standing(self, related_id: int) -> int:
        """Give the entry that took the place of another, or itself: what to write over next."""
        with self._workbook.reading() as session:
            while True:
                newer = session.scalar(
                    select(RelatedPerson.id).where(RelatedPerson.replaces_id == related_id)
                )
                if newer is None:
                    return related_id
                related_id = newer

    def _person_of(self, related_id: int) -> int:
        with self._workbook.reading() as session:
            row = session.get(RelatedPerson, related_id)
        if row is None:
            raise NotFound(_("This entry is no longer there. Open the dossier again."))
        return row.person_id

    def _row(
        self, person_id: int, entry: RelatedEntry, source: str, old: RelatedPerson | None
    ) -> RelatedPerson:
        book = self._workbook
        return RelatedPerson(
            person_id=person_id,
            **{name: getattr(entry, name) for name in FIELDS},
            other_person_id=old.other_person_id if old is not None else None,
            replaces_id=old.id if old is not None else None,
            recorded_at=now(),
            recorded_by=book.actor.name,
            source=source,
            verified_on=book.today,
        )


def family_on(session: Session, person_id: int, as_of: date) -> list[RelatedPerson]:
    """Give who stands around a person on a day: whom to call first, first."""
    around = select(RelatedPerson).where(
        RelatedPerson.person_id == person_id,
        RelatedPerson.superseded_at.is_(None),
        covers(RelatedPerson.valid_from, RelatedPerson.valid_to, as_of),  # type: ignore[arg-type]
    )
    if session.info.get("role") == "supervisor":
        # Who they are stays with the caseworker, unless the glass was broken.
        told = _AS_TOLD.bindparams(person=person_id, day=as_of)
        found = session.scalars(select(RelatedPerson).from_statement(told))
    else:
        found = session.scalars(around.order_by(RelatedPerson.id))
    return sorted(
        found,
        key=lambda one: (
            not one.is_emergency,
            one.call_order or _LAST_IN_ORDER,
            not one.decides,
            one.id,
        ),
    )


_AS_TOLD = text(
    "SELECT * FROM access.family(:person) f WHERE f.superseded_at IS NULL "
    "AND (f.valid_from IS NULL OR f.valid_from <= :day) "
    "AND (f.valid_to IS NULL OR f.valid_to >= :day) ORDER BY f.id"
)


def _checked(entry: RelatedEntry) -> RelatedEntry:
    """Take spaces off, and refuse what cannot be called."""
    values: dict[str, Any] = {name: getattr(entry, name) for name in FIELDS}
    for name, value in values.items():
        if isinstance(value, str):
            values[name] = value.strip() or None
    if not values["name"]:
        raise InvalidEntry(_("The name is missing. Enter a name."), field="name")
    known = code_list("relationship").entry(values["relationship"])
    if values["relationship"] and known is None:
        raise InvalidEntry(
            _("There is no such relationship. Choose one of the list."), field="relationship"
        )
    phone = values["phone"]
    if phone and not _can_be_called(phone):
        raise InvalidEntry(
            _(
                "“{typed}” is no telephone number. Accepted are 11 digits of a mobile, or area "
                "code and number of a landline. Correct it, or leave it empty.",
                typed=phone[:40],
            ),
            field="phone",
            value=phone,
        )
    if values["call_order"] is not None and not 1 <= values["call_order"] <= _LAST_IN_ORDER:
        raise InvalidEntry(
            _("Whom to call first is counted from 1. Enter 1, 2, 3 and so on."), field="call_order"
        )
    values["is_emergency"] = bool(values["is_emergency"])
    return RelatedEntry(**values)


def _can_be_called(phone: str) -> bool:
    found = read_phones(phone)
    return bool(found.mobiles or found.landlines or found.shorts) and not found.bad


def _refuse_overtaken(session: Session, old: RelatedPerson, today: date) -> None:
    if old.superseded_at is None and (old.valid_to is None or old.valid_to >= today):
        return
    newer = session.scalar(select(RelatedPerson).where(RelatedPerson.replaces_id == old.id))
    if newer is None:
        raise ChangedMeanwhile(
            _(
                "Somebody has ended this entry since you opened it. What you typed is still here: "
                "add it as a new entry if it is right."
            )
        )
    raise ChangedMeanwhile(
        _(
            "{who} has changed this entry since you opened it: {name}, {phone}. What you typed is "
            "still here: save again to put it in its place, or leave it as it is.",
            who=newer.recorded_by,
            name=newer.name,
            phone=newer.phone or _("no phone"),
        )
    )


def _entry_of(row: RelatedPerson) -> RelatedEntry:
    values: Mapping[str, Any] = {name: getattr(row, name) for name in FIELDS}
    return RelatedEntry(**values)


def _version(row: RelatedPerson) -> RelatedVersion:
    return RelatedVersion(
        row.id,
        _entry_of(row),
        row.valid_from,
        row.valid_to,
        row.recorded_at,
        row.recorded_by,
        row.source,
        row.superseded_at is not None,
    )

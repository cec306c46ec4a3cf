"""Giving data outside: exactly what was consented to, as a sheet, written down in the same breath.

Decides what a recipient gets to see and on what basis. What is not consented is not shared: here in
a sentence that says what to do, and in the database itself (`casework.records.consent_guard`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING
from uuid import uuid4

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry, NotFound, NotPermitted
from casework.planning.consents import standing
from casework.records import (
    Consent,
    Disclosure,
    Person,
    consent_state,
    disclosure_status,
    is_restricted,
)
from casework.records.audit import note_readings
from casework.records.base import now
from casework.reference.privacy import Purpose, data_kinds, purposes, recipients
from casework.terms import _
from casework.workbook.consent_rows import answer_of
from casework.workbook.consents import locked
from casework.workbook.dossier import compose_dossier
from casework.workbook.sheet_rows import SheetRow, rows_of_kind

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["GivenOut", "ShareEntry", "Shared", "Sharing"]

_LONGEST = 500
_AT_ONCE = 20_000
_TO_TELL = ("to_tell",)


@dataclass(frozen=True, slots=True)
class ShareEntry:
    """What is to be given to whom.

    Parameters
    ----------
    purpose : str
        Code of a purpose that has recipients.
    recipient : str
        Kind of recipient, one of the purpose's.
    recipient_name : str
        Who: the hospital, the community, the volunteer.
    kinds : tuple of str
        Kinds of data, all of the purpose's own.
    reason : str or None
        Why, where it does not rest on consent: the duty, the emergency.
    until : date or None
        Last day of a lasting arrangement; None for this one time.
    fields : tuple of str
        The codes of the rows that are given, where it is not everything of those kinds.
    """

    purpose: str
    recipient: str
    recipient_name: str
    kinds: tuple[str, ...]
    reason: str | None = None
    until: date | None = None
    client_key: str = field(default_factory=lambda: uuid4().hex)
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shared:
    """A sheet with exactly what is given, by kinds of data.

    Attributes
    ----------
    basis : {"consent", "legal_duty", "emergency"}
    parts : tuple of (str, tuple of SheetRow)
        Code of the kind of data with its rows.
    """

    person_id: int
    purpose: str
    recipient: str
    recipient_name: str
    basis: str
    on: date
    by: str
    reason: str | None
    parts: tuple[tuple[str, tuple[SheetRow, ...]], ...]


@dataclass(frozen=True, slots=True)
class GivenOut:
    """One act of giving data outside.

    Attributes
    ----------
    status : str
        As `casework.records.disclosure_status`: ``to_tell``, ``told``, ``lasting``, ``done``.
    """

    client_key: str
    person_id: int
    person: str
    purpose: str
    recipient: str
    recipient_name: str
    kinds: tuple[str, ...]
    basis: str
    reason: str | None
    shared_on: date
    shared_until: date | None
    told_on: date | None
    status: str
    by: str


class Sharing:
    """What is done when data goes outside.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    def may(
        self, person_id: int, purpose: str, *, recipient_name: str | None = None,
        as_of: date | None = None,
    ) -> tuple[str, ...]:  # fmt: skip
        """Tell which kinds of data of a person may be given for a purpose; none where it may not.

        For a purpose that rests on duty or an emergency these are all of its kinds, and giving them
        needs a reason.
        """
        chosen = _purpose(purpose)
        with self._workbook.reading() as session:
            return _allowed(
                session, person_id, chosen, recipient_name, as_of or self._workbook.today
            )

    def is_restricted(self, person_id: int, *, as_of: date | None = None) -> bool:
        """Tell whether the person has asked for their data to be restricted, and it holds."""
        with self._workbook.reading() as session:
            day = as_of or self._workbook.today
            return bool(session.scalar(select(is_restricted(person_id, day))))

    def share(self, person_id: int, entry: ShareEntry) -> Shared:
        """Make the sheet of what is consented to, and write down that it was given.

        Raises
        ------
        NotPermitted
            If any kind of data is not consented to for this recipient, or the person has their data
            restricted.
        InvalidEntry
            If recipient, kinds or reason are missing or do not belong to the purpose.
        """
        book = self._workbook
        chosen = _purpose(entry.purpose)
        with self._giving(chosen) as session:
            parts = self._share_in(session, person_id, entry)
        return Shared(
            person_id=person_id,
            purpose=chosen.code,
            recipient=entry.recipient,
            recipient_name=_name_of(entry),
            basis=chosen.basis,
            on=book.today,
            by=book.actor.name,
            reason=entry.reason,
            parts=parts,
        )

    def may_tell(
        self, person_ids: Collection[int], entry: ShareEntry, *, as_of: date | None = None
    ) -> frozenset[int]:
        """Tell of which of these people all that an entry names may be told to its recipient.

        One question for many, put to the database: what `may` says of one.
        """
        chosen, on = _purpose(entry.purpose), as_of or self._workbook.today
        if not chosen.needs_consent:
            return frozenset(person_ids)
        given = [
            consent_state(
                Person.id, entry.purpose, entry.recipient, on, to=_name_of(entry), kind=kind
            ) == "given"
            for kind in entry.kinds
        ]  # fmt: skip
        wanted, found = sorted(set(person_ids)), set[int]()
        with self._workbook.reading() as session:
            for start in range(0, len(wanted), _AT_ONCE):
                some = Person.id.in_(wanted[start : start + _AT_ONCE])
                query = select(Person.id).where(some, *given, ~is_restricted(Person.id, on))
                found.update(session.scalars(query))
        return frozenset(found)

    @property
    def may_give(self) -> bool:
        """Whether whoever acts may write down that something is given outside."""
        standing_of = self._workbook.standing
        return standing_of is None or standing_of.role in ("caseworker", "supervisor")

    def hand_out(self, person_ids: Iterable[int], entry: ShareEntry) -> int:
        """Write down that one paper about several people is given outside: all of it, or nothing.

        What the same recipient was told on the same day already is not written down again.

        Returns
        -------
        int
            How many people are on it.

        Raises
        ------
        NotPermitted
            If a consent was withdrawn meanwhile.
        """
        people = sorted(set(person_ids))
        with self._giving(_purpose(entry.purpose)) as session:
            for person_id in people:
                own = replace(entry, client_key=uuid4().hex)  # nobody guesses it, nor takes it
                self._share_in(session, person_id, own, once=True)
        return len(people)

    @contextmanager
    def _giving(self, chosen: Purpose) -> Iterator[Session]:
        """Say in a sentence that the database refused what was not consented to."""
        try:
            with self._workbook.transaction() as session:
                yield session
        except IntegrityError as refused:
            if "not consented" not in str(refused.orig):
                raise
            raise NotPermitted(_no(chosen)) from refused

    def _share_in(
        self, session: Session, person_id: int, entry: ShareEntry, *, once: bool = False
    ) -> tuple[tuple[str, tuple[SheetRow, ...]], ...]:
        book, name = self._workbook, _name_of(entry)
        chosen = _purpose(entry.purpose)
        _check(entry, chosen, book.today)
        person = locked(session, person_id)
        _refuse_what_is_not_consented(session, person_id, chosen, entry, name, book.today)
        dossier = compose_dossier(session, person, book.today, book.agency)
        parts = tuple(
            (kind, tuple(
                row for row in rows_of_kind(session, dossier, kind)
                if not entry.fields or row.code in entry.fields
            ))
            for kind in dict.fromkeys(entry.kinds)
        )  # fmt: skip
        told = once and self._was_told(session, person_id, entry, name, parts)
        if not told and not self._is_kept(session, entry.client_key):
            self._write(session, person_id, chosen, entry, name, parts)
        return parts

    def given_out(
        self, person_id: int | None = None, *, as_of: date | None = None,
        statuses: Sequence[str] = (), limit: int | None = 200,
    ) -> list[GivenOut]:  # fmt: skip
        """List what was given outside, of one person or of everybody, the latest first."""
        day = as_of or self._workbook.today
        status = disclosure_status(day).label("status")
        query = (
            select(Disclosure, Person.name, status)
            .join(Person, Person.id == Disclosure.person_id)
            .where(Disclosure.shared_on <= day)
            .order_by(Disclosure.shared_on.desc(), Disclosure.id.desc())
        )
        if person_id is not None:
            query = query.where(Disclosure.person_id == person_id)
        if statuses:
            query = query.where(status.in_(statuses))
        acts: dict[str, list[tuple[Disclosure, str, str]]] = {}
        with self._workbook.reading() as session:
            for one, name, standing_now in session.execute(query):
                if limit is not None and one.client_key not in acts and len(acts) >= limit:
                    break
                acts.setdefault(one.client_key, []).append((one, name, standing_now))
        return [_given_out(rows) for rows in acts.values()]

    def to_tell(self, *, as_of: date | None = None) -> list[GivenOut]:
        """List what was given on a consent that has ended, where the recipient was not told yet."""
        return self.given_out(as_of=as_of, statuses=_TO_TELL, limit=None)

    def told(self, client_key: str, *, on: date | None = None) -> None:
        """Write down that a recipient was told to use the data no more, and to delete it."""
        book = self._workbook
        day = on or book.today
        if day > book.today:
            raise InvalidEntry(_("This day lies in the future. Choose today or earlier."), "on")
        with book.transaction() as session:
            person_id = session.scalars(
                select(Disclosure.person_id).where(Disclosure.client_key == client_key)
            ).first()
            if person_id is None:
                raise NotFound(_("This entry is no longer there. Open the page again."))
            session.execute(
                update(Disclosure)
                .where(Disclosure.client_key == client_key, Disclosure.told_on.is_(None))
                .values(told_on=day)
            )
            book.log(session, "tell_recipient", "person", person_id, after={"act": client_key})

    def taken(self, person_ids: Sequence[int], what: str) -> None:
        """Write down that a file about people was made for use inside the office.

        Parameters
        ----------
        what : {"dossier", "list"}
            A dossier is written down with each person, a list once with how many are in it, and
            that it was read with everybody in it.
        """
        book = self._workbook
        with book.transaction() as session:
            if what == "list":
                book.log(session, "take_list", "workbook", after={"people": len(person_ids)})
                note_readings(session, person_ids, what)
                return
            for person_id in person_ids:
                book.log(session, f"take_{what}", "person", person_id)

    def _was_told(
        self, session: Session, person_id: int, entry: ShareEntry, name: str,
        parts: Sequence[tuple[str, tuple[SheetRow, ...]]],
    ) -> bool:  # fmt: skip
        """Tell whether today it was written down already that the recipient was told all this."""
        query = select(Disclosure.kind, Disclosure.fields).where(
            Disclosure.person_id == person_id,
            Disclosure.purpose == entry.purpose,
            Disclosure.recipient == entry.recipient,
            Disclosure.recipient_name == name,
            Disclosure.shared_on == self._workbook.today,
            Disclosure.superseded_at.is_(None),
            Disclosure.told_on.is_(None),
        )
        known = {(kind, code) for kind, codes in session.execute(query) for code in codes or ()}
        return bool(parts) and all(
            (kind, row.code) in known for kind, rows in parts for row in rows
        )

    def _is_kept(self, session: Session, client_key: str) -> bool:
        query = select(Disclosure.id).where(Disclosure.client_key == client_key).limit(1)
        return session.scalar(query) is not None

    def _write(
        self, session: Session, person_id: int, chosen: Purpose, entry: ShareEntry, name: str,
        parts: Sequence[tuple[str, tuple[SheetRow, ...]]],
    ) -> None:  # fmt: skip
        book = self._workbook
        for kind, rows in parts:
            session.add(
                Disclosure(
                    person_id=person_id,
                    purpose=chosen.code,
                    recipient=entry.recipient,
                    recipient_name=name,
                    kind=kind,
                    fields=[row.code for row in rows],
                    basis=chosen.basis,
                    reason=(entry.reason or "").strip()[:_LONGEST] or None,
                    shared_on=book.today,
                    shared_until=entry.until,
                    client_key=entry.client_key,
                    recorded_at=now(),
                    recorded_by=book.actor.name,
                )
            )
        session.flush()
        told = {"purpose": chosen.code, "kinds": [kind for kind, _rows in parts]}
        book.log(session, "share", "person", person_id, after=told)


def _name_of(entry: ShareEntry) -> str:
    return entry.recipient_name.strip()[:_LONGEST]


def _purpose(code: str) -> Purpose:
    found = purposes().get(code)
    if found is None or not found.recipients:
        outside = ", ".join(str(one.label) for one in purposes().values() if one.recipients)
        raise InvalidEntry(
            _("Nothing goes outside for “{code}”. Choose one of: {known}.", code=code,
              known=outside),
            "purpose",
            code,
        )  # fmt: skip
    return found


def _check(entry: ShareEntry, chosen: Purpose, today: date) -> None:
    if entry.recipient not in chosen.recipients:
        known = "、".join(recipients().label_of(one) for one in chosen.recipients)
        raise InvalidEntry(
            _("This purpose has other recipients: {known}.", known=known),
            "recipient",
            entry.recipient,
        )
    if not entry.recipient_name.strip():
        raise InvalidEntry(_("Name who receives it."), "recipient_name")
    if not entry.kinds:
        raise InvalidEntry(_("Choose what is given: at least one kind of data."), "kinds")
    if set(entry.kinds) - set(chosen.kinds):
        raise InvalidEntry(
            _("This purpose does not need: {kinds}. Leave it out.",
              kinds=_named(one for one in entry.kinds if one not in chosen.kinds)),
            "kinds",
        )  # fmt: skip
    if not chosen.needs_consent and not (entry.reason or "").strip():
        raise InvalidEntry(
            _("It does not rest on consent: say why it is given, in a sentence."), "reason"
        )
    if entry.until is not None and entry.until < today:
        raise InvalidEntry(_("The last day is past. Choose today or later."), "until", entry.until)


def _allowed(
    session: Session, person_id: int, chosen: Purpose, name: str | None, on: date
) -> tuple[str, ...]:
    if not chosen.needs_consent:
        return chosen.kinds
    if session.scalar(select(is_restricted(person_id, on))):
        return ()
    rows = session.scalars(
        select(Consent).where(
            Consent.person_id == person_id,
            Consent.purpose == chosen.code,
            Consent.superseded_at.is_(None),
        )
    )
    found = standing([answer_of(one) for one in rows], on, name)
    held = found.answer.kinds if found.is_given and found.answer else ()
    return tuple(one for one in chosen.kinds if one in held)


def _refuse_what_is_not_consented(
    session: Session, person_id: int, chosen: Purpose, entry: ShareEntry, name: str, on: date
) -> None:
    allowed = _allowed(session, person_id, chosen, name, on)
    if not allowed and session.scalar(select(is_restricted(person_id, on))):
        raise NotPermitted(
            _(
                "The person has asked for their data to be restricted, so nothing is given on a "
                "consent. Answer the request first, or wait until it is taken back."
            )
        )
    if not allowed:
        raise NotPermitted(_no(chosen))
    beyond = [one for one in entry.kinds if one not in allowed]
    if beyond:
        raise NotPermitted(
            _("The consent does not cover: {kinds}. Leave it out, or ask the person first.",
              kinds=_named(beyond))
        )  # fmt: skip


def _no(chosen: Purpose) -> str:
    return _(
        "There is no consent in force to “{purpose}” for this recipient, so nothing is given. Ask "
        "the person first.",
        purpose=chosen.label,
    )


def _named(kinds: object) -> str:
    known = data_kinds()
    return "、".join(
        str(known[one].label) if one in known else str(one)
        for one in kinds  # type: ignore[attr-defined]
    )


def _given_out(rows: Sequence[tuple[Disclosure, str, str]]) -> GivenOut:
    one, name, status = rows[0]
    return GivenOut(
        client_key=one.client_key,
        person_id=one.person_id,
        person=name,
        purpose=one.purpose,
        recipient=one.recipient,
        recipient_name=one.recipient_name,
        kinds=tuple(sorted(row.kind for row, _name, _status in rows)),
        basis=one.basis,
        reason=one.reason,
        shared_on=one.shared_on,
        shared_until=one.shared_until,
        told_on=one.told_on,
        status=status,
        by=one.recorded_by,
    )

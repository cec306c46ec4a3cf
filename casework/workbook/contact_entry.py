"""What a form hands over when a contact is recorded, and what is refused about it by itself.

Decides which entries can be a contact at all: known codes, a day that has come, a time that
exists, every person once. Whether the persons were served on that day, and which tasks are
answered, is for `casework.workbook.contacts`, which asks the workbook.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from casework.errors import InvalidEntry
from casework.reference import Agency, code_list
from casework.terms import _

__all__ = [
    "RECEPTION",
    "ContactEntry",
    "FollowUp",
    "Participant",
    "PersonEntry",
    "Raised",
    "check_entry",
    "check_welcome",
    "points_of_welcome",
]

RECEPTION = "reception"
"""The channel of those who come to the office."""

_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d\Z")
_LONGEST_MINUTES = 24 * 60
_LONGEST_TEXT = 20_000
_KINDS_RAISED = ("wish", "need", "opinion")


@dataclass(frozen=True, slots=True)
class Raised:
    """Something a person asked for or said, to be kept beyond the note of the visit.

    Attributes
    ----------
    kind : {"wish", "need", "opinion"}
        A wish in the person's own words, a need the worker saw, or an opinion of the work.
    text : str
        In words; a need may leave it to its kind.
    domain : str or None
        Code of ``need_domain``; a need must have one, or a kind that has.
    severity : str
        Code of ``need_severity``, for a need.
    opinion : str
        Code of ``opinion_kind``, for an opinion.
    need_kind : str or None
        Code of ``need_kind``, for a need that rules can answer.
    """

    kind: str
    text: str
    domain: str | None = None
    severity: str = "low"
    opinion: str = "suggestion"
    need_kind: str | None = None


@dataclass(frozen=True, slots=True)
class PersonEntry:
    """One person in a contact: whether they were reached, and what was heard.

    Attributes
    ----------
    outcome : str
        Code of ``outcome``.
    not_reached_reason : str or None
        Code of ``not_reached_reason`` or the worker's own words, for who was not reached.
    """

    person_id: int
    outcome: str = "reached"
    heard: str | None = None
    not_reached_reason: str | None = None
    raised: tuple[Raised, ...] = ()


@dataclass(frozen=True, slots=True)
class Participant:
    """One of those who visited: a member of staff, or somebody named, in a role of ``actor``."""

    staff_id: int | None = None
    name: str | None = None
    role: str = "caseworker"


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Something found on the visit that somebody must see to.

    Attributes
    ----------
    due_on : date or None
        Last day; None takes the agency's ``follow_up_days`` after the contact.
    owner_id : int or None
        Who sees to it; None is who records the contact.
    """

    person_id: int
    title: str
    due_on: date | None = None
    owner_id: int | None = None


@dataclass(frozen=True, slots=True)
class ContactEntry:
    """A contact as the form holds it.

    Attributes
    ----------
    client_key : str
        Made once by the form; the same key never makes a second contact.
    channel : str
        Code of ``channel``.
    persons : tuple of PersonEntry
        At least one; every person once.
    kind : str or None
        Code of ``contact_kind``.
    planned_on, planned_minutes : date, int, or None
        When it was planned and how long it should have taken, in minutes.
    started_at : str or None
        ``HH:MM``.
    minutes : int or None
        How long it took, in minutes.
    initiated_by : str
        Code of ``initiated_by``.
    summary : str or None
        What holds for all the persons together.
    welcome : tuple of str or None
        Which points of the agency's standard of reception were kept; None where nobody said.
    participants : tuple of Participant
        Empty stands for whoever records it.
    closes : frozenset of int or None
        Ids of the tasks it answers, as ticked; None takes those that
        `Contacts.would_answer` ticks.
    settles : frozenset of int
        Ids of tasks whose windows passed long ago and that are taken off the list with it, as
        excused: what was missed cannot be done any more, but somebody has been there now.
    """

    client_key: str
    happened_on: date
    channel: str
    persons: tuple[PersonEntry, ...]
    kind: str | None = None
    place: str | None = None
    planned_on: date | None = None
    planned_minutes: int | None = None
    started_at: str | None = None
    minutes: int | None = None
    initiated_by: str = "staff"
    summary: str | None = None
    participants: tuple[Participant, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    closes: frozenset[int] | None = None
    settles: frozenset[int] = frozenset()
    welcome: tuple[str, ...] | None = None

    @property
    def person_ids(self) -> tuple[int, ...]:
        """The persons, in the order of the form."""
        return tuple(one.person_id for one in self.persons)

    @property
    def actors(self) -> frozenset[str]:
        """In which roles somebody took part; a caseworker where nobody is named."""
        return frozenset(one.role for one in self.participants) or frozenset({"caseworker"})

    @property
    def actor(self) -> str:
        """The role that the contact is counted under: a leader's visit is a leader's."""
        ranked = ("leader", "caseworker")
        chosen = next((role for role in ranked if role in self.actors), None)
        return chosen or self.participants[0].role

    def as_record(self) -> dict[str, Any]:
        """Give the entry as plain values, for the change log and for drafts."""
        plain = asdict(self)
        plain["closes"] = None if self.closes is None else sorted(self.closes)
        plain["settles"] = sorted(self.settles)
        return {key: _plain(value) for key, value in plain.items()}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> ContactEntry:
        """Read an entry back from plain values."""
        values = dict(record)
        for field in ("happened_on", "planned_on"):
            values[field] = _day(values.get(field))
        values["persons"] = tuple(
            PersonEntry(**{**one, "raised": tuple(Raised(**it) for it in one["raised"])})
            for one in values["persons"]
        )
        values["participants"] = tuple(Participant(**one) for one in values["participants"])
        values["follow_ups"] = tuple(
            FollowUp(**{**one, "due_on": _day(one["due_on"])}) for one in values["follow_ups"]
        )
        closes = values["closes"]
        values["closes"] = None if closes is None else frozenset(closes)
        values["settles"] = frozenset(values.get("settles", ()))
        welcome = values.get("welcome")
        values["welcome"] = None if welcome is None else tuple(welcome)
        return cls(**values)

    def with_key(self, client_key: str) -> ContactEntry:
        """Give the same entry under another key."""
        return replace(self, client_key=client_key)


def check_entry(entry: ContactEntry, *, today: date) -> None:
    """Refuse what can be no contact, whoever it is with.

    Raises
    ------
    InvalidEntry
        Naming the field of the form.
    """
    if not entry.client_key.strip():
        raise ValueError("a contact needs the key its form made")
    _check_days(entry, today)
    _check_code("channel", "channel", entry.channel)
    _check_code("initiated_by", "initiated_by", entry.initiated_by)
    if entry.kind is not None:
        _check_code("kind", "contact_kind", entry.kind)
    _check_time(entry)
    _check_persons(entry)
    for one in entry.participants:
        _check_code("participants", "actor", one.role)
        if one.staff_id is None and not (one.name or "").strip():
            raise InvalidEntry(
                _("A participant has no name. Choose a member of staff or type a name."),
                field="participants",
            )
    _check_follow_ups(entry)


def points_of_welcome(agency: Agency) -> dict[str, str]:
    """Give the agency's standard of reception, such as 五个一, by code; empty where it has none."""
    listed = agency.lists.get("reception_item")
    return {one.code: str(one.label) for one in listed.entries} if listed else {}


def check_welcome(entry: ContactEntry, agency: Agency) -> None:
    """Refuse points of a standard of reception that the agency does not have."""
    known = points_of_welcome(agency)
    for code in entry.welcome or ():
        if entry.channel == RECEPTION and code not in known:
            accepted = "、".join(known.values()) or _("none")
            raise InvalidEntry(
                _("{value} is not one of: {accepted}.", value=code, accepted=accepted),
                field="welcome",
                value=code,
                expected=accepted,
            )


def _check_days(entry: ContactEntry, today: date) -> None:
    if entry.happened_on > today:
        raise InvalidEntry(
            _(
                "{day} has not come yet. A contact is recorded once it has taken place: choose "
                "{today} or an earlier day.",
                day=entry.happened_on.isoformat(),
                today=today.isoformat(),
            ),
            field="happened_on",
            value=entry.happened_on,
            expected=f"<= {today.isoformat()}",
        )


def _check_time(entry: ContactEntry) -> None:
    if entry.started_at is not None and not _CLOCK.match(entry.started_at):
        raise InvalidEntry(
            _(
                "{value} is not a time of day. Type hours and minutes, such as 09:30.",
                value=entry.started_at,
            ),
            field="started_at",
            value=entry.started_at,
            expected="HH:MM",
        )
    for field in ("minutes", "planned_minutes"):
        value = getattr(entry, field)
        if value is not None and not 1 <= value <= _LONGEST_MINUTES:
            raise InvalidEntry(
                _(
                    "{value} minutes is not a duration of a contact. Type 1 to {most}, or leave "
                    "it empty.",
                    value=value,
                    most=_LONGEST_MINUTES,
                ),
                field=field,
                value=value,
                expected=f"1-{_LONGEST_MINUTES}",
            )


def _check_persons(entry: ContactEntry) -> None:
    if not entry.persons:
        raise InvalidEntry(
            _("Nobody is chosen. Type a name or its initials and choose at least one person."),
            field="persons",
        )
    if len(set(entry.person_ids)) != len(entry.persons):
        raise InvalidEntry(
            _("A person is chosen twice. Remove one of the two entries."), field="persons"
        )
    _check_texts("heard", (entry.summary, *(text for one in entry.persons for text in _texts(one))))
    for one in entry.persons:
        _check_code("outcome", "outcome", one.outcome)
        for raised in one.raised:
            _check_raised(raised)


def _check_raised(raised: Raised) -> None:
    if raised.kind not in _KINDS_RAISED:
        raise ValueError(f"no such kind of thing raised: {raised.kind!r}")
    if not raised.text.strip() and raised.need_kind is None:
        raise InvalidEntry(
            _("What was raised is empty. Write down what was said, or remove the entry."),
            field="raised",
        )
    if raised.kind == "opinion":
        _check_code("raised", "opinion_kind", raised.opinion)
    if raised.kind == "need":
        _check_code("raised", "need_severity", raised.severity)
        if raised.domain is None and raised.need_kind is None:
            raise InvalidEntry(
                _("A need has no domain yet. Choose what it is about."), field="raised"
            )
    if raised.domain is not None:
        _check_code("raised", "need_domain", raised.domain)


def _check_follow_ups(entry: ContactEntry) -> None:
    for one in entry.follow_ups:
        if not one.title.strip():
            raise InvalidEntry(
                _("The follow-up says nothing. Write what is to be done, or remove it."),
                field="follow_up",
            )
        if one.person_id not in entry.person_ids:
            raise ValueError("a follow-up is for one of the persons of the contact")
        if one.due_on is not None and one.due_on < entry.happened_on:
            raise InvalidEntry(
                _(
                    "The follow-up would be due on {due}, before the contact on {day}. Choose "
                    "{day} or a later day.",
                    due=one.due_on.isoformat(),
                    day=entry.happened_on.isoformat(),
                ),
                field="follow_up_due",
                value=one.due_on,
            )


def _check_code(field: str, listed_in: str, code: str) -> None:
    codes = code_list(listed_in)
    if codes.entry(code) is None:
        accepted = ", ".join(str(one.label) for one in codes.entries)
        raise InvalidEntry(
            _("{value} is not one of: {accepted}.", value=code, accepted=accepted),
            field=field,
            value=code,
            expected=accepted,
        )


def _check_texts(field: str, texts: Iterable[str | None]) -> None:
    longest = max((len(text) for text in texts if text), default=0)
    if longest > _LONGEST_TEXT:
        raise InvalidEntry(
            _(
                "The text has {length} characters; {most} are kept. Shorten it, or keep the "
                "document elsewhere and say where.",
                length=longest,
                most=_LONGEST_TEXT,
            ),
            field=field,
        )


def _texts(one: PersonEntry) -> tuple[str | None, ...]:
    return (one.heard, one.not_reached_reason, *(it.text for it in one.raised))


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return value


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None

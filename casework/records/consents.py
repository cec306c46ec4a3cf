"""Consents and what was given outside on their strength; requests, erasures, impact assessments.

Decides what each answer of a person means on a day, in SQL: `consent_state` says the same as
`casework.planning.consents.standing`, and the database itself asks it before anything is written
down as given outside (`casework.records.consent_guard`). Rows here are only ever added to or
ended; the law wants them kept.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    UniqueConstraint,
    and_,
    case,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, aliased, mapped_column

from casework.records.base import STRICT, Base, Day, Record, one_of

__all__ = [
    "Consent",
    "Disclosure",
    "Erasure",
    "ImpactAssessment",
    "Incident",
    "RetentionHold",
    "RightsRequest",
    "consent_state",
    "disclosure_status",
    "is_restricted",
    "kinds_text",
    "request_status",
]

DECISIONS = ("given", "refused", "withdrawn")
DECIDERS = ("self", "guardian", "agent", "relative")
CHANNELS = ("signed", "read_aloud", "phone")
RAISERS = ("office", "person")
DISCLOSURE_BASES = ("consent", "legal_duty", "emergency")
RESTRICT = "restrict"
"""The right by which somebody stops their data from being given outside."""
REQUEST_OUTCOMES = ("done", "partly", "refused")


class Consent(Base):
    """One answer of a person to one purpose: given, refused or withdrawn; never overwritten.

    ``recipient`` is the kind of recipient, empty where it stays inside; ``recipient_name`` one of
    them, None for all of the kind. ``kinds`` holds the kinds of data it covers as ``|one|two|``.
    ``valid_until`` is the last day of a consent, inclusive, None until withdrawn. ``authority`` is
    on what somebody else than the person decided, ``witness`` who was there when it was read aloud,
    ``raised_by`` whether we asked or the person came with it.
    """

    __tablename__ = "consent"
    __table_args__ = (
        one_of("decision", DECISIONS),
        one_of("decided_by", DECIDERS),
        one_of("channel", CHANNELS),
        one_of("raised_by", RAISERS),
        UniqueConstraint("client_key", "purpose", "recipient"),
        CheckConstraint("decided_on <= valid_until", name="valid_order"),
        CheckConstraint("decided_by = 'self' OR decider_name IS NOT NULL", name="decider"),
        Index("ix_consent_person", "person_id", "purpose", "recipient", "decided_on"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    purpose: Mapped[str]
    recipient: Mapped[str] = mapped_column(default="")
    recipient_name: Mapped[str | None] = mapped_column(default=None)
    kinds: Mapped[str]
    decision: Mapped[str]
    decided_on: Mapped[date]
    decided_by: Mapped[str] = mapped_column(default="self")
    decider_name: Mapped[str | None] = mapped_column(default=None)
    authority: Mapped[str | None] = mapped_column(default=None)
    channel: Mapped[str] = mapped_column(default="signed")
    raised_by: Mapped[str] = mapped_column(default="office")
    witness: Mapped[str | None] = mapped_column(default=None)
    notice: Mapped[str | None] = mapped_column(default=None)
    valid_until: Mapped[date | None] = mapped_column(default=None)
    reason: Mapped[str | None] = mapped_column(default=None)
    client_key: Mapped[str]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    superseded_at: Mapped[datetime | None] = mapped_column(default=None)


class Disclosure(Base):
    """One kind of data of a person given to one recipient on a day, and on what basis.

    What was given in one act shares its ``client_key``. ``shared_until`` is the last day of a
    lasting arrangement, None for a single time. ``told_on`` is when the recipient was told that the
    consent had ended. ``superseded_at`` marks what was written down by mistake and was not given.
    The database refuses what nobody consented to.
    """

    __tablename__ = "disclosure"
    __table_args__ = (
        one_of("basis", DISCLOSURE_BASES),
        UniqueConstraint("client_key", "kind"),
        CheckConstraint(
            "basis = 'consent' OR (reason IS NOT NULL AND trim(reason) <> '')", name="reason"
        ),
        CheckConstraint("shared_on <= shared_until", name="order"),
        Index("ix_disclosure_person", "person_id", "shared_on"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    purpose: Mapped[str]
    recipient: Mapped[str]
    recipient_name: Mapped[str]
    kind: Mapped[str]
    fields: Mapped[Any] = mapped_column(Record(), nullable=True, default=None)
    basis: Mapped[str]
    reason: Mapped[str | None] = mapped_column(default=None)
    shared_on: Mapped[date]
    shared_until: Mapped[date | None] = mapped_column(default=None)
    told_on: Mapped[date | None] = mapped_column(default=None)
    client_key: Mapped[str]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    superseded_at: Mapped[datetime | None] = mapped_column(default=None)


class RightsRequest(Base):
    """What somebody asked of us about their data, until it is answered within its time.

    ``verified`` says how it was made sure who asks. A refusal has its reason (PIPL 50).
    """

    __tablename__ = "rights_request"
    __table_args__ = (
        one_of("asked_by", DECIDERS),
        one_of("outcome", REQUEST_OUTCOMES),
        UniqueConstraint("client_key"),
        CheckConstraint("received_on <= due_on", name="clock"),
        CheckConstraint("(answered_on IS NULL) = (outcome IS NULL)", name="answered"),
        CheckConstraint(
            "outcome <> 'refused' OR (answer IS NOT NULL AND trim(answer) <> '')", name="reason"
        ),
        Index("ix_rights_request_open", "answered_on", "due_on"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str]
    detail: Mapped[str | None] = mapped_column(default=None)
    received_on: Mapped[date]
    due_on: Mapped[date]
    asked_by: Mapped[str] = mapped_column(default="self")
    asker_name: Mapped[str | None] = mapped_column(default=None)
    verified: Mapped[str | None] = mapped_column(default=None)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), default=None)
    answered_on: Mapped[date | None] = mapped_column(default=None)
    outcome: Mapped[str | None] = mapped_column(default=None)
    answer: Mapped[str | None] = mapped_column(default=None)
    client_key: Mapped[str]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    superseded_at: Mapped[datetime | None] = mapped_column(default=None)


class Erasure(Base):
    """Erasing everything about a person: asked for by one, confirmed by another, then only a trace.

    ``trace`` counts the rows of each table that were erased, reduced or kept; it holds no contents.
    """

    __tablename__ = "erasure"
    __table_args__ = (
        CheckConstraint("confirmed_by_id <> asked_by_id", name="two_persons"),
        CheckConstraint("(confirmed_by_id IS NULL) = (confirmed_at IS NULL)", name="confirmed"),
        CheckConstraint("confirmed_at IS NULL OR declined_at IS NULL", name="one_end"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    request_id: Mapped[int | None] = mapped_column(ForeignKey("rights_request.id"), default=None)
    ground: Mapped[str]
    reason: Mapped[str]
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    confirmed_at: Mapped[datetime | None] = mapped_column(default=None)
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), default=None)
    declined_at: Mapped[datetime | None] = mapped_column(default=None)
    declined_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), default=None)
    declined_reason: Mapped[str | None] = mapped_column(default=None)
    trace: Mapped[Any] = mapped_column(Record(), nullable=True, default=None)


class RetentionHold(Base):
    """That somebody's file is kept longer than its time, until when and why."""

    __tablename__ = "retention_hold"
    __table_args__ = (STRICT,)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    held_until: Mapped[date]
    reason: Mapped[str]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    superseded_at: Mapped[datetime | None] = mapped_column(default=None)


class ImpactAssessment(Base):
    """An assessment made before data is used in a way that could harm (PIPL 55, 56).

    ``kept_until`` is the last day on which the database refuses to let it go: three years at least.
    """

    __tablename__ = "impact_assessment"
    __table_args__ = (CheckConstraint("assessed_on < kept_until", name="kept"), STRICT)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    purpose: Mapped[str]
    assessed_on: Mapped[date]
    necessity: Mapped[str]
    risks: Mapped[str]
    measures: Mapped[str]
    conclusion: Mapped[str]
    review_on: Mapped[date]
    kept_until: Mapped[date]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    superseded_at: Mapped[datetime | None] = mapped_column(default=None)


class Incident(Base):
    """A leak, loss or wrong use of data: what, whose, what was done, who was told (PIPL 57)."""

    __tablename__ = "incident"
    __table_args__ = (CheckConstraint("happened_on <= found_on", name="order"), STRICT)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    happened_on: Mapped[date]
    found_on: Mapped[date]
    kinds: Mapped[str]
    n_people: Mapped[int | None] = mapped_column(default=None)
    cause: Mapped[str]
    harm: Mapped[str]
    remedy: Mapped[str]
    authority_told_on: Mapped[date | None] = mapped_column(default=None)
    people_told_on: Mapped[date | None] = mapped_column(default=None)
    untold_reason: Mapped[str | None] = mapped_column(default=None)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    superseded_at: Mapped[datetime | None] = mapped_column(default=None)


def kinds_text(kinds: Any) -> str:
    """Write kinds of data as a consent keeps them: ``|health|phone|``."""
    return "|" + "".join(f"{one}|" for one in sorted(set(kinds)))


def consent_state(
    person: Any, purpose: Any, recipient: Any, on: Any, *, to: Any = None, kind: Any = None
) -> ColumnElement[str]:
    """Tell how a purpose stands with a person on a day: the one meaning of consent in SQL.

    Parameters
    ----------
    person, purpose, recipient, on, to : value or column
        ``to`` is one recipient by name, None for the kind of recipient as a whole.
    kind : value or column, optional
        One kind of data: a consent that does not cover it then counts as ``not_asked``.

    Returns
    -------
    ColumnElement
        One of `casework.planning.consents.STATES`.
    """
    day = literal(on, Day()) if isinstance(on, date) else on
    one = aliased(Consent)
    speaks: ColumnElement[bool] = one.recipient_name.is_(None)
    if to is not None:
        speaks = or_(speaks, one.recipient_name == to)
    state: Any = case(
        (and_(one.decision == "given", one.valid_until < day), "expired"),
        else_=one.decision,
    )
    if kind is not None:
        left = func.replace(one.kinds, literal("|").concat(kind).concat(literal("|")), "")
        state = case((and_(one.decision == "given", left == one.kinds), "not_asked"), else_=state)
    last = (
        select(state)
        .where(
            one.person_id == person,
            one.purpose == purpose,
            one.recipient == recipient,
            one.superseded_at.is_(None),
            one.decided_on <= day,
            speaks,
        )
        .order_by(one.decided_on.desc(), one.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return func.coalesce(last, "not_asked")


def is_restricted(person: Any, on: Any) -> ColumnElement[bool]:
    """Tell whether a person wants their data restricted on a day (PIPL 44).

    From the day it is asked for, answered or not, until it is refused with a reason or the person
    takes it back.
    """
    day = literal(on, Day()) if isinstance(on, date) else on
    one = aliased(RightsRequest)
    refused = and_(one.outcome == "refused", one.answered_on <= day)
    return (
        select(one.id)
        .where(
            one.person_id == person,
            one.kind == RESTRICT,
            one.received_on <= day,
            one.superseded_at.is_(None),
            or_(one.outcome.is_(None), ~refused),
        )
        .exists()
    )


def request_status(as_of: date) -> ColumnElement[str]:
    """Tell the status of requests on a day: ``answered``, ``refused``, ``overdue`` or ``open``."""
    day = literal(as_of, Day())
    return case(
        (and_(RightsRequest.answered_on <= day, RightsRequest.outcome == "refused"), "refused"),
        (RightsRequest.answered_on <= day, "answered"),
        (RightsRequest.due_on < day, "overdue"),
        else_="open",
    )


def disclosure_status(as_of: date) -> ColumnElement[str]:
    """Tell how what was given outside stands on a day.

    Returns
    -------
    ColumnElement
        ``struck_out`` where it was written down by mistake;
        ``to_tell`` where the consent it rests on has ended, or the person has what goes on
        restricted, and the recipient has not been told;
        ``told`` where it has; ``lasting`` while an arrangement goes on; else ``done``.
    """
    day = literal(as_of, Day())
    state = consent_state(
        Disclosure.person_id,
        Disclosure.purpose,
        Disclosure.recipient,
        as_of,
        to=Disclosure.recipient_name,
    )
    return case(
        (Disclosure.superseded_at.is_not(None), "struck_out"),
        (Disclosure.told_on <= day, "told"),
        (and_(Disclosure.basis == "consent", state.in_(("withdrawn", "refused"))), "to_tell"),
        (
            and_(
                Disclosure.basis == "consent",
                Disclosure.shared_until >= day,
                is_restricted(Disclosure.person_id, as_of),
            ),
            "to_tell",
        ),
        (Disclosure.shared_until.is_(None), "done"),
        (Disclosure.shared_until < day, "done"),
        (and_(Disclosure.basis == "consent", state != "given"), "done"),
        else_="lasting",
    )

"""How consents of one person or of many are read: states, who said what, who is still to be asked.

Reads only. What an answer means is decided by `casework.planning.consents` for one person and by
`casework.records.consent_state` for many.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from casework.planning.consents import Answer, Standing, ask_again_on, standing
from casework.records import Consent, Organisation, Person, consent_state, in_care_on
from casework.reference.privacy import Purpose, purposes

__all__ = [
    "Given",
    "PurposeState",
    "ToAsk",
    "answer_of",
    "count_to_ask",
    "given_of",
    "kinds_of",
    "read_states",
    "to_ask",
]

TO_ASK = ("not_asked", "expired")


@dataclass(frozen=True, slots=True)
class Given:
    """One answer as it was written down.

    Attributes
    ----------
    recipient_name : str or None
        The one recipient it speaks of; None for all of the kind.
    is_mistake : bool
        Struck out: it counts for nothing.
    """

    consent_id: int
    purpose: str
    recipient_name: str | None
    kinds: tuple[str, ...]
    decision: str
    decided_on: date
    decided_by: str
    decider_name: str | None
    authority: str | None
    channel: str
    witness: str | None
    notice: str | None
    valid_until: date | None
    reason: str | None
    recorded_by: str
    recorded_at: datetime
    is_mistake: bool


@dataclass(frozen=True, slots=True)
class PurposeState:
    """How one purpose stands with one person on a day.

    Attributes
    ----------
    last : Given or None
        The answer that counts.
    named : tuple of (str, Standing)
        Recipients of whom an answer speaks by name, and how it stands with each.
    ask_from : date or None
        Day before which nobody asks again after a refusal; None where asking is free.
    to_ask : bool
        Whether it is still to be asked, and may be.
    """

    purpose: Purpose
    standing: Standing
    last: Given | None
    named: tuple[tuple[str, Standing], ...]
    history: tuple[Given, ...]
    ask_from: date | None
    to_ask: bool

    @property
    def state(self) -> str:
        """One of `casework.planning.consents.STATES`; ``not_needed`` where no consent is asked."""
        return self.standing.state if self.purpose.needs_consent else "not_needed"


@dataclass(frozen=True, slots=True)
class ToAsk:
    """Somebody in care of whom something was never asked; ``missing`` are codes of purposes."""

    person_id: int
    name: str
    unit: str | None
    missing: tuple[str, ...]


def read_states(session: Session, person_id: int, on: date) -> tuple[PurposeState, ...]:
    """Tell how every purpose stands with a person on a day, in the order of the notice."""
    rows = session.scalars(
        select(Consent)
        .where(Consent.person_id == person_id, Consent.decided_on <= on)
        .order_by(Consent.decided_on, Consent.id)
    ).all()
    by_purpose: dict[str, list[Consent]] = defaultdict(list)
    for one in rows:
        by_purpose[one.purpose].append(one)
    return tuple(_state(one, by_purpose[one.code], on) for one in purposes().values())


def _state(purpose: Purpose, rows: Sequence[Consent], on: date) -> PurposeState:
    valid = [one for one in rows if one.superseded_at is None]
    answers = [answer_of(one) for one in valid]
    found = standing(answers, on)
    names = dict.fromkeys(one.recipient_name for one in valid if one.recipient_name)
    again = ask_again_on(found, purpose.ask_again_days)
    free = again is None or again <= on
    wanted = purpose.needs_consent and not purpose.is_optional
    by_number = {one.id: given_of(one) for one in rows}
    return PurposeState(
        purpose=purpose,
        standing=found,
        last=by_number[found.answer.number] if found.answer else None,
        named=tuple((str(name), standing(answers, on, name)) for name in names),
        history=tuple(by_number.values()),
        ask_from=again if not free else None,
        to_ask=wanted and found.state in TO_ASK,
    )


def answer_of(row: Consent) -> Answer:
    """Give a row as the pure functions take it."""
    return Answer(
        number=row.id,
        decision=row.decision,
        on=row.decided_on,
        to=row.recipient_name,
        kinds=kinds_of(row),
        until=row.valid_until,
    )


def kinds_of(row: Consent) -> tuple[str, ...]:
    """Give the kinds of data that an answer covers."""
    return tuple(one for one in row.kinds.split("|") if one)


def given_of(row: Consent) -> Given:
    """Give a row as it is shown."""
    return Given(
        consent_id=row.id,
        purpose=row.purpose,
        recipient_name=row.recipient_name,
        kinds=kinds_of(row),
        decision=row.decision,
        decided_on=row.decided_on,
        decided_by=row.decided_by,
        decider_name=row.decider_name,
        authority=row.authority,
        channel=row.channel,
        witness=row.witness,
        notice=row.notice,
        valid_until=row.valid_until,
        reason=row.reason,
        recorded_by=row.recorded_by,
        recorded_at=row.recorded_at,
        is_mistake=row.superseded_at is not None,
    )


# ---------------------------------------------------------------- who is still to be asked


def _asked() -> list[Purpose]:
    """List the purposes of which everybody in care is to be asked."""
    return [one for one in purposes().values() if one.needs_consent and not one.is_optional]


def _lacks(purpose: Purpose, on: date) -> ColumnElement[bool]:
    return consent_state(Person.id, purpose.code, purpose.recipient, on).in_(TO_ASK)


def _lacking(on: date) -> ColumnElement[bool]:
    """Tell of which people in care something is still to be asked."""
    return and_(in_care_on(on), or_(*(_lacks(one, on) for one in _asked())))


def count_to_ask(session: Session, on: date) -> tuple[int, int]:
    """Count the people in care of whom something is still to be asked, and all in care."""
    lacking = select(func.count()).select_from(Person).where(_lacking(on))
    everybody = select(func.count()).select_from(Person).where(in_care_on(on))
    return session.scalar(lacking) or 0, session.scalar(everybody) or 0


def to_ask(
    session: Session, on: date, *, search: str = "", limit: int | None = 200, offset: int = 0
) -> list[ToAsk]:
    """List exactly the people that `count_to_ask` counts, by name, with what is missing."""
    columns = [_lacks(one, on).label(one.code) for one in _asked()]
    query = (
        select(Person.id, Person.name, Organisation.name.label("unit_name"), *columns)
        .outerjoin(Organisation, Organisation.id == Person.unit_id)
        .where(_lacking(on))
        .order_by(Person.name_pinyin, Person.id)
    )
    word = search.strip().lower()
    if word:
        within = (Person.name, Person.name_pinyin, Person.name_initials)
        query = query.where(or_(*(one.contains(word, autoescape=True) for one in within)))
    return [
        ToAsk(
            person_id=row["id"],
            name=row["name"],
            unit=row["unit_name"],
            missing=tuple(one.code for one in _asked() if row[one.code]),
        )
        for row in session.execute(query.limit(limit).offset(offset)).mappings()
    ]

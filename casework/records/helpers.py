"""Helpers, their vetting and training, and the pairs they form with the people who are served.

Decides who a helper is (a volunteer, care assistant, liaison officer, doctor, grid worker, leader:
somebody who comes to people and need have no account), when one is vetted, and what the state of a
pair is on a day. A pair is a seat of the care team (`CareTeamMember`) that names a helper: rules,
dossier and tasks know it without being told twice. Leaves proposing pairs to
`casework.matching`.
"""

from __future__ import annotations

from collections.abc import Mapping
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
    exists,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from casework.records.base import STRICT, Base, Day, Record, one_of
from casework.records.contacts import Contact, ContactParticipant, ContactPerson, reached
from casework.records.people import CareTeamMember

__all__ = [
    "HELPER_CHECKS",
    "HELPER_SOURCES",
    "HELPER_TERMS",
    "PAIR_STATES",
    "VETTINGS",
    "Helper",
    "HelperCheck",
    "HelperTerm",
    "PairOffer",
    "PairRound",
    "heard_from",
    "is_pair",
    "last_heard",
    "pair_state",
    "vetting",
    "vetting_until",
]

HELPER_SOURCES = ("community", "unit", "agency")
HELPER_TERMS = ("dialect", "skill", "interest", "hours", "area", "team")
HELPER_CHECKS = ("vetting", "training", "review")
VETTINGS = ("none", "valid", "ended", "failed")
PAIR_STATES = ("ended", "coming", "quiet", "active")


class Helper(Base):
    """Somebody who comes to people: volunteer, care assistant, liaison officer, doctor, leader.

    ``kind`` is a code of the agency's kinds of helpers, ``source`` who sends them. ``place`` is
    ``latitude,longitude`` as typed, None where it is not known; ``max_people`` None takes the usual
    number. ``staff_id`` names the account of a helper who also works here. A helper who stops has
    ``active_to``, and why; the row stays.
    """

    __tablename__ = "helper"
    __table_args__ = (
        one_of("source", HELPER_SOURCES),
        one_of("sex", ("1", "2")),
        CheckConstraint("max_people >= 0", name="max_people"),
        CheckConstraint("active_from <= active_to", name="span"),
        UniqueConstraint("staff_id"),
        Index("ix_helper_name", "name"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    name: Mapped[str]
    name_pinyin: Mapped[str] = mapped_column(default="")
    name_initials: Mapped[str] = mapped_column(default="")
    kind: Mapped[str]
    source: Mapped[str | None] = mapped_column(default=None)
    unit: Mapped[str | None] = mapped_column(default=None)
    community: Mapped[str | None] = mapped_column(default=None)
    phone: Mapped[str | None] = mapped_column(default=None)
    sex: Mapped[str | None] = mapped_column(default=None)
    place: Mapped[str | None] = mapped_column(default=None)
    max_people: Mapped[int | None] = mapped_column(default=None)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), default=None)
    note: Mapped[str | None] = mapped_column(default=None)
    active_from: Mapped[date | None] = mapped_column(default=None)
    active_to: Mapped[date | None] = mapped_column(default=None)
    left_reason: Mapped[str | None] = mapped_column(default=None)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]


class HelperTerm(Base):
    """Something that holds for a helper from a day to a day, both inclusive; several at a time.

    ``kind`` is one of `HELPER_TERMS`: a dialect or language spoken, a skill, an interest, hours
    when there is time (as people write them), a community served, a team.
    """

    __tablename__ = "helper_term"
    __table_args__ = (
        one_of("kind", HELPER_TERMS),
        CheckConstraint("valid_from <= valid_to", name="span"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    helper_id: Mapped[int] = mapped_column(ForeignKey("helper.id"), index=True)
    kind: Mapped[str]
    value: Mapped[str]
    valid_from: Mapped[date | None] = mapped_column(default=None)
    valid_to: Mapped[date | None] = mapped_column(default=None)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    superseded_at: Mapped[datetime | None] = mapped_column(default=None)


class HelperCheck(Base):
    """A vetting, a training or a review of a helper: what, when, by whom, with what outcome.

    ``valid_until`` is the last day on which it counts, None where it does not run out; ``minutes``
    how long a training took. What was written is not changed: a mistake is superseded.
    """

    __tablename__ = "helper_check"
    __table_args__ = (
        one_of("kind", HELPER_CHECKS),
        one_of("outcome", ("passed", "failed")),
        CheckConstraint("done_on <= valid_until", name="span"),
        CheckConstraint("minutes > 0", name="minutes"),
        Index("ix_helper_check_helper_id_kind", "helper_id", "kind"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    helper_id: Mapped[int] = mapped_column(ForeignKey("helper.id"))
    kind: Mapped[str]
    outcome: Mapped[str] = mapped_column(default="passed")
    title: Mapped[str | None] = mapped_column(default=None)
    done_on: Mapped[date]
    done_by: Mapped[str | None] = mapped_column(default=None)
    minutes: Mapped[int | None] = mapped_column(default=None)
    valid_until: Mapped[date | None] = mapped_column(default=None)
    note: Mapped[str | None] = mapped_column(default=None)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    superseded_at: Mapped[datetime | None] = mapped_column(default=None)


class PairRound(Base):
    """One proposal of pairs for a seat: what was weighed and how, and what it came to.

    ``weights`` are kilometres by name, ``told`` what was not known and how it was planned all the
    same, ``frees`` whether pairs that there are could change.
    """

    __tablename__ = "pair_round"
    __table_args__ = (STRICT,)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    role: Mapped[str]
    frees: Mapped[date | None] = mapped_column(default=None)
    weights: Mapped[Any] = mapped_column(Record(), nullable=True, default=None)
    told: Mapped[Any] = mapped_column(Record(), nullable=True, default=None)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]


class PairOffer(Base):
    """One line of a proposal: a person with a helper, or a person for whom there is none, and why.

    ``terms`` are the kilometres that speak for and against the pair; ``why`` says, where nobody was
    found, what stands in the way of how many helpers. ``from_seat_id`` is the pair that it would
    take the place of, ``seat_id`` the one that was made of it.
    """

    __tablename__ = "pair_offer"
    __table_args__ = (
        UniqueConstraint("round_id", "person_id", "helper_id"),
        CheckConstraint("accepted_at IS NULL OR helper_id IS NOT NULL", name="accepted"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    round_id: Mapped[int] = mapped_column(ForeignKey("pair_round.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    helper_id: Mapped[int | None] = mapped_column(ForeignKey("helper.id"), default=None)
    from_seat_id: Mapped[int | None] = mapped_column(
        ForeignKey("care_team_member.id"), default=None
    )
    terms: Mapped[Any] = mapped_column(Record(), nullable=True, default=None)
    why: Mapped[Any] = mapped_column(Record(), nullable=True, default=None)
    seat_id: Mapped[int | None] = mapped_column(ForeignKey("care_team_member.id"), default=None)
    accepted_at: Mapped[datetime | None] = mapped_column(default=None)
    accepted_by: Mapped[str | None] = mapped_column(default=None)
    declined_at: Mapped[datetime | None] = mapped_column(default=None)
    declined_by: Mapped[str | None] = mapped_column(default=None)


def _latest_vetting(helper: Any, on: Any, told: Any) -> Any:
    """Ask one thing of the latest vetting up to a day: a later one takes the place of it."""
    own = HelperCheck.__table__.alias("vetting")
    return (
        select(told(own.c, on))
        .where(
            own.c.helper_id == helper,
            own.c.kind == "vetting",
            own.c.superseded_at.is_(None),
            own.c.done_on <= on,
        )
        .order_by(own.c.done_on.desc(), own.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def vetting(helper: Any, on: Any) -> ColumnElement[str]:
    """Tell how a helper stands on a day: the one meaning of "vetted".

    Parameters
    ----------
    helper : column or value
        Number of the helper.
    on : date or column
        The day asked about.

    Returns
    -------
    ColumnElement
        One of `VETTINGS`: ``none`` nobody has vetted them, ``valid``, ``ended`` the last vetting
        has run out, ``failed`` it was not passed.
    """
    day = literal(on, Day()) if isinstance(on, date) else on

    def told(own: Any, when: Any) -> ColumnElement[str]:
        return case(
            (own.outcome == "failed", "failed"),
            (own.valid_until < when, "ended"),
            else_="valid",
        )

    found: ColumnElement[str] = func.coalesce(_latest_vetting(helper, day, told), "none")
    return found


def vetting_until(helper: Any, on: date) -> ColumnElement[date | None]:
    """Give the last day of the vetting that counts on a day; None where there is none or no end."""
    found: ColumnElement[date | None] = _latest_vetting(
        helper, literal(on, Day()), lambda own, _when: own.valid_until
    )
    return found


def is_pair(roles: Any) -> ColumnElement[bool]:
    """Tell which seats of care teams are pairs: of a role that helpers have; mistakes are not.

    Parameters
    ----------
    roles : collection of str
        Seats that the agency's kinds of helpers sit in.
    """
    return and_(CareTeamMember.role.in_(sorted(roles)), CareTeamMember.superseded_at.is_(None))


def heard_from(seat: Any) -> ColumnElement[bool]:
    """Tell which contacts are of a pair: the helper was there, or somebody unnamed in the role.

    Over `Contact`, `ContactPerson` and `ContactParticipant` besides the seat.
    """
    named = or_(
        and_(ContactParticipant.staff_id.is_(None), ContactParticipant.name.is_(None)),
        ContactParticipant.name == seat.name,
        ContactParticipant.staff_id == seat.staff_id,
    )
    return and_(
        ContactPerson.person_id == seat.person_id,
        ContactPerson.contact_id == Contact.id,
        ContactParticipant.contact_id == Contact.id,
        ContactParticipant.role == seat.role,
        named,
        reached(),
    )


def last_heard(on: date) -> ColumnElement[date | None]:
    """Give the day of the last contact of each pair up to a day; over `CareTeamMember`."""
    found: Any = (
        select(func.max(Contact.happened_on))
        .where(heard_from(CareTeamMember), Contact.happened_on <= literal(on, Day()))
        .correlate(CareTeamMember)
        .scalar_subquery()
    )
    return found  # type: ignore[no-any-return]


def pair_state(on: date, quiet_since: Mapping[str, date]) -> ColumnElement[str]:
    """Tell the state of each pair on a day, as an expression over `CareTeamMember`.

    Parameters
    ----------
    on : date
        The day asked about.
    quiet_since : mapping of str to date
        By seat: a pair that was there before this day, and of which nothing was heard from it on,
        is quiet.

    Returns
    -------
    ColumnElement
        One of `PAIR_STATES`.
    """
    day, since = literal(on, Day()), _by_seat(quiet_since, on)
    heard = (
        exists()
        .where(heard_from(CareTeamMember), Contact.happened_on.between(since, day))
        .correlate(CareTeamMember)
    )
    return case(
        (CareTeamMember.valid_to < day, "ended"),
        (CareTeamMember.valid_from > day, "coming"),
        (CareTeamMember.valid_from >= since, "active"),
        (heard, "active"),
        else_="quiet",
    )


def _by_seat(days: Mapping[str, date], other: date) -> ColumnElement[date]:
    """Give the day that goes with the seat of a pair; one day alone where all have the same."""
    if len(set(days.values())) == 1:
        return literal(next(iter(days.values())), Day())
    seats: dict[date, list[str]] = {}
    for seat, day in days.items():
        seats.setdefault(day, []).append(seat)
    whens = [(CareTeamMember.role.in_(some), literal(day, Day())) for day, some in seats.items()]
    return case(*whens, else_=literal(other, Day()))

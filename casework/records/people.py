"""Persons and what is known of them: dated facts, identifiers, family, care team, case.

A person is whoever is served and stays when cases close. Whatever can change is a `Fact` with its
days of validity, its source and the day it was last verified; nothing here is overwritten or
deleted (design, decisions 1 and 8).
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    UniqueConstraint,
    and_,
    exists,
    literal,
    literal_column,
    or_,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from casework.records.base import STRICT, Base, Day, one_of

__all__ = [
    "Alias",
    "CareTeamMember",
    "Case",
    "DistinctPair",
    "Fact",
    "Organisation",
    "Person",
    "PersonIdentifier",
    "PersonSearch",
    "RelatedPerson",
    "SeasonalStay",
    "Staff",
    "covers",
    "holds_on",
    "in_care_on",
    "is_shared",
]

BIRTH_SOURCES = ("id", "file", "stated")
STAFF_ROLES = ("caseworker", "supervisor", "leader", "analyst", "administrator", "volunteer")


class Organisation(Base):
    """A unit of the agency's tree, a former unit, a community, a provider."""

    __tablename__ = "organisation"
    __table_args__ = (UniqueConstraint("code"), STRICT)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    code: Mapped[str]
    name: Mapped[str]
    name_en: Mapped[str | None] = mapped_column(default=None)
    kind: Mapped[str] = mapped_column(default="unit")
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), default=None)
    status: Mapped[str] = mapped_column(default="active")
    valid_from: Mapped[date | None] = mapped_column(default=None)
    valid_to: Mapped[date | None] = mapped_column(default=None)


class Staff(Base):
    """Somebody who does the work: caseworker, supervisor, leader, volunteer."""

    __tablename__ = "staff"
    __table_args__ = (one_of("role", STAFF_ROLES), UniqueConstraint("login"), STRICT)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    login: Mapped[str]
    name: Mapped[str]
    role: Mapped[str]
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), default=None)
    phone: Mapped[str | None] = mapped_column(default=None)
    active_from: Mapped[date | None] = mapped_column(default=None)
    active_to: Mapped[date | None] = mapped_column(default=None)


class Person(Base):
    """Whoever is served.

    ``born_on_earliest`` and ``born_on_latest`` bound the official birth date: equal where the day
    is known, the first and last day of the month where only the month is, both None where nothing
    is. Which of the dates on file is the official one is the agency's setting, unless somebody
    chose one for this person: ``birth_reason`` then says why (domain-standards 5.1).
    """

    __tablename__ = "person"
    __table_args__ = (
        one_of("sex", ("1", "2")),
        one_of("birth_source", BIRTH_SOURCES),
        CheckConstraint("born_on_earliest <= born_on_latest", name="born_on_order"),
        Index(None, "name"),
        Index(None, "born_on_earliest"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    name: Mapped[str]
    name_pinyin: Mapped[str] = mapped_column(default="")
    name_initials: Mapped[str] = mapped_column(default="")
    sex: Mapped[str | None] = mapped_column(default=None)
    sex_source: Mapped[str | None] = mapped_column(default=None)
    born_on_earliest: Mapped[date | None] = mapped_column(default=None)
    born_on_latest: Mapped[date | None] = mapped_column(default=None)
    birth_source: Mapped[str | None] = mapped_column(default=None)
    birth_reason: Mapped[str | None] = mapped_column(default=None)
    died_on: Mapped[date | None] = mapped_column(default=None)
    unit_id: Mapped[int | None] = mapped_column(
        ForeignKey("organisation.id"), default=None, index=True
    )
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), default=None)
    batch_id: Mapped[int | None] = mapped_column(
        ForeignKey("import_batch.id"), default=None, index=True
    )
    withdrawn_at: Mapped[datetime | None] = mapped_column(default=None)
    version: Mapped[int] = mapped_column(default=1)


class Alias(Base):
    """Another name of a person: former name, pen name, online name (capability S1-66)."""

    __tablename__ = "alias"
    __table_args__ = (STRICT,)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(default="alias")
    recorded_at: Mapped[datetime | None] = mapped_column(default=None)
    recorded_by: Mapped[str | None] = mapped_column(default=None)
    source: Mapped[str | None] = mapped_column(default=None)
    superseded_at: Mapped[datetime | None] = mapped_column(default=None)


class PersonIdentifier(Base):
    """A resident ID number or another official number, as typed and as it should be.

    ``normal`` is the checked 18-character form, None where the number is damaged; ``problem`` then
    names what is wrong with it, in the kinds of an import report.
    """

    __tablename__ = "person_identifier"
    __table_args__ = (STRICT,)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str]
    value: Mapped[str]
    normal: Mapped[str | None] = mapped_column(default=None, index=True)
    problem: Mapped[str | None] = mapped_column(default=None)
    batch_id: Mapped[int | None] = mapped_column(
        ForeignKey("import_batch.id"), default=None, index=True
    )
    recorded_at: Mapped[datetime | None] = mapped_column(default=None)
    recorded_by: Mapped[str | None] = mapped_column(default=None)
    source: Mapped[str | None] = mapped_column(default=None)
    reason: Mapped[str | None] = mapped_column(default=None)
    superseded_at: Mapped[datetime | None] = mapped_column(default=None)


_SHARED = ("address", "branch", "building", "community")
_IS_SHARED = "code IN ({})".format(", ".join(f"'{one}'" for one in _SHARED))
_IS_LINKED = "other_person_id IS NOT NULL"


class Fact(Base):
    """One thing known about a person, for the days on which it holds.

    ``valid_from`` None means "since before our records", ``valid_to`` None "still"; both inclusive.
    A row with ``superseded_at`` was a mistake and is kept as history; a row that ended has
    ``valid_to``. Date facts keep the days they may mean in ``earliest`` and ``latest``.
    """

    __tablename__ = "fact"
    __table_args__ = (
        Index("ix_fact_person_code", "person_id", "code"),
        # Answers "who has which value today" and "how fresh is it" without reading the rows.
        Index(
            "ix_fact_code_person",
            "code",
            "person_id",
            "value",
            "superseded_at",
            "valid_from",
            "valid_to",
            "verified_on",
        ),
        # Finds who shares a home or a branch with one person without looking at everybody.
        Index(
            "ix_fact_shared",
            "code",
            "value",
            "person_id",
            sqlite_where=text(_IS_SHARED),
            postgresql_where=text(_IS_SHARED),
        ),
        CheckConstraint("valid_from <= valid_to", name="valid_order"),
        CheckConstraint("earliest <= latest", name="day_order"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    code: Mapped[str]
    value: Mapped[str]
    number: Mapped[int | None] = mapped_column(default=None)
    earliest: Mapped[date | None] = mapped_column(default=None)
    latest: Mapped[date | None] = mapped_column(default=None)
    valid_from: Mapped[date | None] = mapped_column(default=None)
    valid_to: Mapped[date | None] = mapped_column(default=None)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    source: Mapped[str]
    verified_on: Mapped[date | None] = mapped_column(default=None)
    batch_id: Mapped[int | None] = mapped_column(
        ForeignKey("import_batch.id"), default=None, index=True
    )
    note: Mapped[str | None] = mapped_column(default=None)
    superseded_at: Mapped[datetime | None] = mapped_column(default=None)


class RelatedPerson(Base):
    """Spouse, child, carer, emergency contact: people around the person, by role.

    ``decides`` is whether the family lets this one decide, None where nobody asked; ``call_order``
    the place among those to call in an emergency, 1 first. An entry that took the place of another
    names it in ``replaces_id``: the chain is the entry's history.
    """

    __tablename__ = "related_person"
    __table_args__ = (
        # Finds who names somebody as the spouse without looking at everybody's family.
        Index(
            "ix_related_person_other",
            "other_person_id",
            sqlite_where=text(_IS_LINKED),
            postgresql_where=text(_IS_LINKED),
        ),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str]
    relationship: Mapped[str | None] = mapped_column(default=None)
    phone: Mapped[str | None] = mapped_column(default=None)
    is_emergency: Mapped[bool] = mapped_column(default=False)
    lives_with: Mapped[bool | None] = mapped_column(default=None)
    address: Mapped[str | None] = mapped_column(default=None)
    visits: Mapped[str | None] = mapped_column(default=None)
    unit: Mapped[str | None] = mapped_column(default=None)
    decides: Mapped[bool | None] = mapped_column(default=None)
    call_order: Mapped[int | None] = mapped_column(default=None)
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("related_person.id"), default=None)
    other_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), default=None)
    valid_from: Mapped[date | None] = mapped_column(default=None)
    valid_to: Mapped[date | None] = mapped_column(default=None)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    source: Mapped[str]
    verified_on: Mapped[date | None] = mapped_column(default=None)
    batch_id: Mapped[int | None] = mapped_column(
        ForeignKey("import_batch.id"), default=None, index=True
    )
    note: Mapped[str | None] = mapped_column(default=None)
    superseded_at: Mapped[datetime | None] = mapped_column(default=None)


class CareTeamMember(Base):
    """A seat of the care team: worker, former unit, helper, doctor, volunteer (S4-22, S2-35).

    A seat that names a helper of the register is a pair: it has its first day, and on that day the
    helper was vetted (`casework.records.pair_guard`). ``locked_on`` is the day since when a
    proposal leaves it alone, ``end_reason`` why it ended.
    """

    __tablename__ = "care_team_member"
    __table_args__ = (
        Index("ix_care_team_member_staff_id", "staff_id"),
        Index("ix_care_team_member_helper_id", "helper_id"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    role: Mapped[str]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), default=None)
    name: Mapped[str | None] = mapped_column(default=None)
    phone: Mapped[str | None] = mapped_column(default=None)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), default=None)
    helper_id: Mapped[int | None] = mapped_column(ForeignKey("helper.id"), default=None)
    locked_on: Mapped[date | None] = mapped_column(default=None)
    end_reason: Mapped[str | None] = mapped_column(default=None)
    valid_from: Mapped[date | None] = mapped_column(default=None)
    valid_to: Mapped[date | None] = mapped_column(default=None)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    superseded_at: Mapped[datetime | None] = mapped_column(default=None)


class Case(Base):
    """One episode of work with a person, opened and closed; None opens "before our records"."""

    __tablename__ = "case_file"
    __table_args__ = (CheckConstraint("opened_on <= closed_on", name="order"), STRICT)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    opened_on: Mapped[date | None] = mapped_column(default=None)
    closed_on: Mapped[date | None] = mapped_column(default=None)
    close_reason: Mapped[str | None] = mapped_column(default=None)
    close_note: Mapped[str | None] = mapped_column(default=None)
    batch_id: Mapped[int | None] = mapped_column(
        ForeignKey("import_batch.id"), default=None, index=True
    )


class SeasonalStay(Base):
    """Where a person is while away from home: the winter in the south, a daughter's (S4-10)."""

    __tablename__ = "seasonal_stay"
    __table_args__ = (CheckConstraint("away_from <= away_to", name="order"), STRICT)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    place: Mapped[str]
    away_from: Mapped[date]
    away_to: Mapped[date | None] = mapped_column(default=None)
    phone: Mapped[str | None] = mapped_column(default=None)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    superseded_at: Mapped[datetime | None] = mapped_column(default=None)


class DistinctPair(Base):
    """Two persons who look like one and were found to be two; not asked about again."""

    __tablename__ = "distinct_pair"
    __table_args__ = (CheckConstraint("one_id < other_id", name="order"), STRICT)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    one_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    reason: Mapped[str | None] = mapped_column(default=None)
    withdrawn_at: Mapped[datetime | None] = mapped_column(default=None)


class PersonSearch(Base):
    """What a person is found by, one row each; rebuilt whenever one of its sources changes.

    Persons who were merged into another or withdrawn with an import have none.
    """

    __tablename__ = "person_search"
    __table_args__ = (STRICT,)

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id"), primary_key=True, autoincrement=False
    )
    name: Mapped[str]
    pinyin: Mapped[str]
    initials: Mapped[str]
    resident_id: Mapped[str] = mapped_column(default="")
    phones: Mapped[str] = mapped_column(default="")
    unit: Mapped[str] = mapped_column(default="")
    community: Mapped[str] = mapped_column(default="")


def is_shared() -> ColumnElement[bool]:
    """Tell which facts are keys that people share, in the words of the index that finds them."""
    return Fact.code.in_([literal_column(f"'{one}'") for one in _SHARED])


def covers(
    first: ColumnElement[date | None], last: ColumnElement[date | None], as_of: date
) -> ColumnElement[bool]:
    """Tell whether a span of days, open where it is None, contains a day; both ends inclusive."""
    day = literal(as_of, Day())
    return and_(or_(first.is_(None), first <= day), or_(last.is_(None), last >= day))


def holds_on(as_of: date, fact: type[Fact] = Fact) -> ColumnElement[bool]:
    """Tell which facts hold on a day, by what is known now: the one meaning of "as of".

    Parameters
    ----------
    fact : type of Fact
        An alias of the table, where it is asked beside itself.
    """
    return and_(
        fact.superseded_at.is_(None),
        covers(fact.valid_from, fact.valid_to, as_of),  # type: ignore[arg-type]
    )


def in_care_on(as_of: date) -> ColumnElement[bool]:
    """Tell which persons are served on a day: the one meaning of "our people".

    They have a case open on that day, had not died before it, and are neither merged into another
    record nor withdrawn with an import.
    """
    day = literal(as_of, Day())
    open_case = exists().where(
        Case.person_id == Person.id,
        covers(Case.opened_on, Case.closed_on, as_of),  # type: ignore[arg-type]
    )
    return and_(
        Person.merged_into_id.is_(None),
        Person.withdrawn_at.is_(None),
        or_(Person.died_on.is_(None), Person.died_on >= day),
        open_case,
    )

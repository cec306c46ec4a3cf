"""Contacts: conversations and visits that took place, for one person or several at once."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ColumnElement, ForeignKey, Index, UniqueConstraint, and_
from sqlalchemy.orm import Mapped, mapped_column

from casework.records.base import STRICT, Base

__all__ = ["REACHED", "Contact", "ContactParticipant", "ContactPerson", "ContactPhoto", "reached"]

REACHED = ("reached", "proxy")


class Contact(Base):
    """A visit, call or meeting: when, how, where, by whom, what was heard.

    ``client_key`` is made by the form, so that saving again after a lost answer records it once.
    A corrected contact is a new row that points with ``amends_id`` to the one it takes the place
    of, which is withdrawn: whoever counts contacts counts those with ``withdrawn_at`` None.
    ``welcome`` has the codes of the agency's standard of reception that were kept when somebody
    came to the office, with blanks between; None where nobody said.
    """

    __tablename__ = "contact"
    __table_args__ = (
        UniqueConstraint("client_key"),
        Index("ix_contact_happened_on", "happened_on"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    client_key: Mapped[str]
    happened_on: Mapped[date]
    channel: Mapped[str]
    kind: Mapped[str | None] = mapped_column(default=None)
    actor: Mapped[str] = mapped_column(default="caseworker")
    place: Mapped[str | None] = mapped_column(default=None)
    planned_on: Mapped[date | None] = mapped_column(default=None)
    planned_minutes: Mapped[int | None] = mapped_column(default=None)
    started_at: Mapped[str | None] = mapped_column(default=None)
    minutes: Mapped[int | None] = mapped_column(default=None)
    initiated_by: Mapped[str] = mapped_column(default="staff")
    summary: Mapped[str | None] = mapped_column(default=None)
    welcome: Mapped[str | None] = mapped_column(default=None)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    amends_id: Mapped[int | None] = mapped_column(
        ForeignKey("contact.id"), default=None, index=True
    )
    withdrawn_at: Mapped[datetime | None] = mapped_column(default=None)
    withdrawn_reason: Mapped[str | None] = mapped_column(default=None)
    row_version: Mapped[int] = mapped_column(default=1)


class ContactPerson(Base):
    """A person served in a contact, and with what outcome."""

    __tablename__ = "contact_person"
    __table_args__ = (
        UniqueConstraint("contact_id", "person_id"),
        Index("ix_contact_person_person_id", "person_id"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    outcome: Mapped[str] = mapped_column(default="reached")
    heard: Mapped[str | None] = mapped_column(default=None)
    not_reached_reason: Mapped[str | None] = mapped_column(default=None)


class ContactParticipant(Base):
    """Who did the visiting: worker, leader, volunteer, member of a delegation (S0-37)."""

    __tablename__ = "contact_participant"
    __table_args__ = (Index("ix_contact_participant_contact_id", "contact_id"), STRICT)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), default=None)
    name: Mapped[str | None] = mapped_column(default=None)
    role: Mapped[str] = mapped_column(default="caseworker")


class ContactPhoto(Base):
    """A picture taken on a visit, with what it shows; of the contact and of those it corrects.

    ``image`` is the address of the picture, which holds it whole
    (``data:image/jpeg;base64,…``), without what a camera writes beside it: place, moment, device.
    """

    __tablename__ = "contact_photo"
    __table_args__ = (Index("ix_contact_photo_contact_id", "contact_id"), STRICT)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    caption: Mapped[str]
    image: Mapped[str]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    superseded_at: Mapped[datetime | None] = mapped_column(default=None)


def reached() -> ColumnElement[bool]:
    """Tell which persons of which contacts were reached, in person or through the family.

    The one meaning of "reached" for coverage, "nothing heard since" and evidence; over `Contact`
    joined with `ContactPerson`.
    """
    return and_(Contact.withdrawn_at.is_(None), ContactPerson.outcome.in_(REACHED))

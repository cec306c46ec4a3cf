"""Badge cards (胸卡): what stands on them, which are out of date, that they were printed (S0-54).

Decides that a card is out of date as soon as anything on it is no longer what was printed; the
printing itself is written down with what stood on the card.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from casework.records import (
    CareTeamMember,
    ChangeLog,
    Fact,
    Organisation,
    Person,
    RelatedPerson,
    Staff,
    covers,
    holds_on,
    in_care_on,
)
from casework.records.audit import note_readings
from casework.reference import code_list
from casework.workbook.intake_known import chunks

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["Badge", "Badges"]

_PRINTED = "print_badge"
_LAST = 99


@dataclass(frozen=True, slots=True)
class Badge:
    """What stands on one card; None is not known and stays open on it.

    Attributes
    ----------
    contact, contact_phone : str or None
        Whom to call first: the emergency contact, else the first of the family with a number.
    worker, worker_phone : str or None
        The caseworker.
    printed_on : date or None
        When it was printed last.
    is_current : bool
        Whether the printed card still says what is on file.
    """

    person_id: int
    name: str
    unit: str | None
    address: str | None
    contact: str | None
    contact_phone: str | None
    worker: str | None
    worker_phone: str | None
    printed_on: date | None = None
    is_current: bool = False

    @property
    def content(self) -> str:
        """A digest of what stands on the card."""
        told = (
            self.name, self.unit, self.address, self.contact, self.contact_phone, self.worker,
            self.worker_phone,
        )  # fmt: skip
        return sha256("\n".join(one or "" for one in told).encode()).hexdigest()[:16]

    @property
    def lacks(self) -> bool:
        """Whether something a finder would need is not known."""
        return not (self.address and self.contact and self.contact_phone)


class Badges:
    """What is done with badge cards.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    def of(self, person_ids: Collection[int], *, as_of: date | None = None) -> list[Badge]:
        """Give the cards of people in care, by name."""
        return list(self._badges(list(person_ids), as_of))

    def waiting(self, *, as_of: date | None = None) -> list[Badge]:
        """Give the cards of everybody in care that were never printed or are out of date."""
        return [one for one in self._badges(None, as_of) if not one.is_current]

    def printed(self, person_ids: Collection[int]) -> int:
        """Write down that cards were printed as they stand now, and give how many."""
        book = self._workbook
        badges = self.of(person_ids)
        with book.transaction() as session:
            note_readings(session, [one.person_id for one in badges], "badges")
            for one in badges:
                after = {"content": one.content, "on": book.today.isoformat()}
                book.log(session, _PRINTED, "person", one.person_id, after=after)
        return len(badges)

    def _badges(self, ids: list[int] | None, as_of: date | None) -> Iterator[Badge]:
        day = as_of or self._workbook.today
        with self._workbook.reading() as session:
            query = (
                select(Person.id, Person.name, Organisation.name)
                .outerjoin(Organisation, Organisation.id == Person.unit_id)
                .where(in_care_on(day))
                .order_by(Person.name_pinyin, Person.id)
            )
            if ids is not None:
                query = query.where(Person.id.in_(ids))
            for some in chunks(session.execute(query).all()):
                yield from _cards(session, some, day)


def _cards(
    session: Session, people: Sequence[tuple[int, str, str | None]], day: date
) -> Iterator[Badge]:
    ids = [number for number, _name, _unit in people]
    homes = {
        person: value
        for person, value in session.execute(
            select(Fact.person_id, Fact.value)
            .where(Fact.person_id.in_(ids), Fact.code == "address", holds_on(day))
            .order_by(Fact.id)
        )
    }
    callers = _callers(session, ids, day)
    workers = _workers(session, ids, day)
    printed = _printed(session, ids, day)
    for number, name, unit in people:
        contact, phone = callers.get(number, (None, None))
        worker, worker_phone = workers.get(number, (None, None))
        card = Badge(number, name, unit, homes.get(number) or None, contact, phone, worker,
                     worker_phone)  # fmt: skip
        on, content = printed.get(number, (None, None))
        yield Badge(
            number, name, unit, card.address, contact, phone, worker, worker_phone,
            printed_on=on,
            is_current=content == card.content,
        )  # fmt: skip


def _callers(
    session: Session, ids: Sequence[int], day: date
) -> dict[int, tuple[str | None, str | None]]:
    """Give whom to call first about each person: with a number before one without."""
    rows = session.scalars(
        select(RelatedPerson).where(
            RelatedPerson.person_id.in_(ids),
            RelatedPerson.superseded_at.is_(None),
            covers(RelatedPerson.valid_from, RelatedPerson.valid_to, day),  # type: ignore[arg-type]
        )
    )
    ordered = sorted(
        rows,
        key=lambda one: (not one.phone, not one.is_emergency, one.call_order or _LAST, one.id),
    )
    found: dict[int, tuple[str | None, str | None]] = {}
    for one in ordered:
        label = code_list("relationship").label_of(one.relationship) if one.relationship else ""
        words = f"{one.name}（{label}）" if label else one.name
        found.setdefault(one.person_id, (words, one.phone))
    return found


def _workers(
    session: Session, ids: Sequence[int], day: date
) -> dict[int, tuple[str | None, str | None]]:
    rows = session.execute(
        select(
            CareTeamMember.person_id,
            func.coalesce(Staff.name, CareTeamMember.name),
            func.coalesce(CareTeamMember.phone, Staff.phone),
        )
        .outerjoin(Staff, Staff.id == CareTeamMember.staff_id)
        .where(
            CareTeamMember.person_id.in_(ids),
            CareTeamMember.role == "caseworker",
            CareTeamMember.superseded_at.is_(None),
            covers(CareTeamMember.valid_from, CareTeamMember.valid_to, day),  # type: ignore[arg-type]
            or_(Staff.name.is_not(None), CareTeamMember.name.is_not(None)),
        )
        .order_by(CareTeamMember.id.desc())
    )
    return {person: (name, phone) for person, name, phone in rows}


def _printed(session: Session, ids: Sequence[int], day: date) -> dict[int, tuple[date, str | None]]:
    """Give the last printing of each card: when, and what stood on it."""
    rows = session.execute(
        select(ChangeLog.subject_id, ChangeLog.after)
        .where(
            ChangeLog.action == _PRINTED,
            ChangeLog.subject_kind == "person",
            ChangeLog.subject_id.in_(ids),
        )
        .order_by(ChangeLog.id)
    )
    found: dict[int, tuple[date, str | None]] = {}
    for person, after in rows:
        on = date.fromisoformat(after["on"])
        if person is not None and on <= day:
            found[person] = on, after["content"]
    return found

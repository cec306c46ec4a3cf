"""Badge cards (胸卡): what stands on them, which are out of date, that they were printed (S0-54).

Decides that a card is out of date as soon as anything on it is no longer what was printed; the
printing itself is written down with what stood on the card.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, Subquery, and_, func, or_, select

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
    contact, contact_relation, contact_phone : str or None
        Whom to call first, who that is to the person (a code of ``relationship``), and the number:
        the emergency contact, else the first of the family with a number.
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
    contact_relation: str | None
    contact_phone: str | None
    worker: str | None
    worker_phone: str | None
    printed_on: date | None = None
    is_current: bool = False

    @property
    def content(self) -> str:
        """A digest of what stands on the card."""
        told = (
            self.name, self.unit, self.address, self.contact, self.contact_relation,
            self.contact_phone, self.worker, self.worker_phone,
        )  # fmt: skip
        return sha256("\n".join(one or "" for one in told).encode()).hexdigest()[:16]

    @property
    def caller(self) -> str | None:
        """Whom to call first, with who that is, in the language in force."""
        if self.contact is None or self.contact_relation is None:
            return self.contact
        return f"{self.contact}（{code_list('relationship').label_of(self.contact_relation)}）"

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
            for row in session.execute(_cards(ids, day)):
                on = date.fromisoformat(row.printed["on"]) if row.printed else None
                card = Badge(
                    row.id, row.name, row.unit, row.address or None, row.contact,
                    row.contact_relation, row.contact_phone, row.worker, row.worker_phone,
                    printed_on=on,
                )  # fmt: skip
                said = row.printed and row.printed["content"]
                yield replace(card, is_current=said == card.content)


def _cards(ids: list[int] | None, day: date) -> Select[Any]:
    """Ask for everything on the cards of people in care, all of it at once."""
    home = _first(
        select(Fact.person_id, Fact.value).where(Fact.code == "address", holds_on(day)),
        Fact.person_id, ids, Fact.id.desc(),
    )  # fmt: skip
    around = RelatedPerson
    caller = _first(
        select(around.person_id, around.name, around.relationship, around.phone).where(
            around.superseded_at.is_(None),
            covers(around.valid_from, around.valid_to, day),  # type: ignore[arg-type]
        ),
        around.person_id, ids,
        # With a number before one without.
        func.coalesce(around.phone, "") == "", around.is_emergency.desc(),
        func.coalesce(func.nullif(around.call_order, 0), _LAST), around.id,
    )  # fmt: skip
    seat = CareTeamMember
    worker = _first(
        select(
            seat.person_id,
            func.coalesce(Staff.name, seat.name).label("name"),
            func.coalesce(seat.phone, Staff.phone).label("phone"),
        )
        .outerjoin(Staff, Staff.id == seat.staff_id)
        .where(
            seat.role == "caseworker",
            seat.superseded_at.is_(None),
            covers(seat.valid_from, seat.valid_to, day),  # type: ignore[arg-type]
            or_(Staff.name.is_not(None), seat.name.is_not(None)),
        ),
        seat.person_id, ids, seat.id,
    )  # fmt: skip
    printed = _first(
        select(ChangeLog.subject_id.label("person_id"), ChangeLog.after).where(
            ChangeLog.action == _PRINTED,
            ChangeLog.subject_kind == "person",
            ChangeLog.after["on"].as_string() <= day.isoformat(),
        ),
        ChangeLog.subject_id, ids, ChangeLog.id.desc(),
    )  # fmt: skip
    query = (
        select(
            Person.id,
            Person.name,
            Organisation.name.label("unit"),
            home.c.value.label("address"),
            caller.c.name.label("contact"),
            caller.c.relationship.label("contact_relation"),
            caller.c.phone.label("contact_phone"),
            worker.c.name.label("worker"),
            worker.c.phone.label("worker_phone"),
            printed.c.after.label("printed"),
        )
        .outerjoin(Organisation, Organisation.id == Person.unit_id)
        .where(in_care_on(day))
        .order_by(Person.name_pinyin, Person.id)
    )
    for part in (home, caller, worker, printed):
        query = query.outerjoin(part, and_(part.c.person_id == Person.id, part.c.place == 1))
    return query if ids is None else query.where(Person.id.in_(ids))


def _first(
    query: Select[*tuple[Any, ...]], person: Any, ids: list[int] | None, *order: Any
) -> Subquery:
    """Number the rows of each person in an order, so that the first can be taken."""
    if ids is not None:
        query = query.where(person.in_(ids))
    place = func.row_number().over(partition_by=person, order_by=order)
    return query.add_columns(place.label("place")).subquery()

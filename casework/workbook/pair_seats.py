"""Seats of pairs: who may be paired with whom, and how the seat of a pair is written and ended.

Decides what refuses a pair (not vetted, stopped, full, paired already, a refusal of the person) for
any number of pairs at once: what it rests on is read in sets, and the pairs that are made meanwhile
count. The database refuses the worst by itself, whoever writes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry, NotPermitted
from casework.records import (
    CareTeamMember,
    Helper,
    Person,
    covers,
    in_care_on,
    is_restricted,
    vetting,
)
from casework.records.base import now
from casework.reference.pairing import HelperKind, pairing_rules
from casework.reference.privacy import purposes
from casework.terms import _

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["PairSeats", "end_seat"]

_CHUNK = 20_000


class PairSeats:
    """Makes pairs of some people and helpers in one seat of the care team, from a day on.

    Parameters
    ----------
    asked : collection of (int, Helper)
        Persons and the helpers whom they might get.
    role : str
        Seat of the care team.
    begins : date
        The first day of the pairs.
    """

    def __init__(
        self,
        book: Workbook,
        session: Session,
        asked: Collection[tuple[int, Helper]],
        role: str,
        begins: date,
    ) -> None:
        self._session, self.role, self.begins = session, role, begins
        self._by = book.actor.name
        self._rules = pairing_rules(book.agency.code)
        self._day = day = max(begins, book.today)
        persons = sorted({person for person, _helper in asked})
        helpers = {helper.id: helper for _person, helper in asked}
        kinds = {one.id: self._rules.kinds.get(one.kind) for one in helpers.values()}
        self._in_care = set(_scalars(session, select(Person.id).where(in_care_on(day)), persons))
        restricted = select(Person.id).where(is_restricted(Person.id, day))
        self._restricted = set(_scalars(session, restricted, persons))
        self._vetted: dict[tuple[int, date], str] = {}
        for on in {begins, day}:
            rows = _rows(session, select(Helper.id, vetting(Helper.id, on)), Helper.id, helpers)
            self._vetted |= {(one, on): state for one, state in rows}
        self._held = self._read_held(helpers)
        self._consents = book.pairs.consents(
            session,
            {
                (person, kind.purpose, helper.name)
                for person, helper in asked
                if (kind := kinds[helper.id]) is not None
            },
            day,
        )
        self._unlinked = self._read_unlinked(persons)

    def require(self, person_id: int, helper: Helper) -> None:
        """Refuse a pair that must not be, in a sentence.

        Raises
        ------
        NotPermitted
            If the helper is not vetted, has stopped, is full, or the person refused or restricted.
        InvalidEntry
            If they are paired already, or nobody of that number is in care.
        """
        kind = self._rules.kinds.get(helper.kind)
        if kind is None:
            raise NotPermitted(_("The kind of this helper is no longer one of the agency's."))
        if person_id not in self._in_care:
            raise InvalidEntry(_("There is no person in care with this number."), "person")
        if self.role not in self._rules.seats:
            raise InvalidEntry(
                _("No helper sits in this seat of the care team."), "role", self.role
            )
        self._require_vetted(helper)
        if helper.active_to is not None and helper.active_to < self._day:
            raise NotPermitted(
                _("{name} has stopped helping and cannot be paired.", name=helper.name)
            )
        self._require_room(person_id, helper)
        self._require_consent(person_id, helper, kind)

    def _require_vetted(self, helper: Helper) -> None:
        for on in (self.begins, self._day):
            state = self._vetted[helper.id, on]
            if state != "valid":
                words = {
                    "none": _("{name} is not vetted. Write down the vetting first.",
                              name=helper.name),
                    "ended": _("The vetting of {name} has run out. Vet them anew first.",
                               name=helper.name),
                    "failed": _("{name} did not pass the vetting and cannot be paired.",
                                name=helper.name),
                }  # fmt: skip
                raise NotPermitted(words[state])

    def _require_room(self, person_id: int, helper: Helper) -> None:
        held = self._held[helper.id]
        if any(one.person_id == person_id and one.role == self.role for one in held):
            raise InvalidEntry(_("They are paired already."), "helper")
        usual = self._rules.numbers["usual_people"]
        most = usual if helper.max_people is None else helper.max_people
        others = {one.person_id for one in held} - {person_id}
        if len(others) >= most:
            raise NotPermitted(
                _(
                    "{name} is paired with {n} people already and takes no more. End a pair, or "
                    "raise the number in the register.",
                    name=helper.name, n=len(others),
                )
            )  # fmt: skip

    def _require_consent(self, person_id: int, helper: Helper, kind: HelperKind) -> None:
        told = self._consents[person_id, kind.purpose, helper.name]
        if told == "refused" or (told != "free" and person_id in self._restricted):
            raise NotPermitted(
                _(
                    "The person has said no to “{purpose}”, so nobody is paired. Ask them first "
                    "whether they want it now.",
                    purpose=purposes()[kind.purpose].label,
                )
            )

    def make(
        self, person_id: int, helper: Helper, instead_of: CareTeamMember | None = None
    ) -> CareTeamMember:
        """Write the seat of a pair; it has its number when `finish` was called.

        A seat with the helper's own name that no helper of the register has becomes this one.

        Parameters
        ----------
        instead_of : CareTeamMember or None
            A pair that ends the day before.
        """
        before = self.begins - timedelta(days=1)
        if instead_of is not None:
            end_seat(instead_of, before, _("another helper takes over"))
            gone = instead_of.helper_id
            if gone is not None and self._has_ended(instead_of):
                self._held[gone] = [one for one in self._held[gone] if one is not instead_of]
        for one in self._unlinked.pop((person_id, helper.name), ()):
            end_seat(one, before, _("linked to the register"))
        made = CareTeamMember(
            person_id=person_id,
            role=self.role,
            staff_id=helper.staff_id,
            helper_id=helper.id,
            name=helper.name,
            phone=helper.phone,
            valid_from=self.begins,
            recorded_at=now(),
            recorded_by=self._by,
        )
        self._session.add(made)
        self._held[helper.id].append(made)
        return made

    def finish(self) -> None:
        """Write all seats that were made.

        Raises
        ------
        NotPermitted
            If the database refuses, because a helper is not vetted.
        """
        try:
            self._session.flush()
        except IntegrityError as refused:
            if "not vetted" not in str(refused.orig):
                raise
            raise NotPermitted(
                _("A helper is not vetted. Write down the vetting first.")
            ) from refused

    def _has_ended(self, seat: CareTeamMember) -> bool:
        return seat.superseded_at is not None or (
            seat.valid_to is not None and seat.valid_to < self.begins
        )

    def _read_held(self, helpers: Collection[int]) -> defaultdict[int, list[CareTeamMember]]:
        """Read the pairs that helpers have or will have."""
        query = select(CareTeamMember).where(
            CareTeamMember.superseded_at.is_(None),
            or_(CareTeamMember.valid_to.is_(None), CareTeamMember.valid_to >= self.begins),
        )
        found: defaultdict[int, list[CareTeamMember]] = defaultdict(list)
        for (one,) in _rows(self._session, query, CareTeamMember.helper_id, helpers):
            found[one.helper_id].append(one)
        return found

    def _read_unlinked(
        self, persons: Collection[int]
    ) -> dict[tuple[int, str | None], list[CareTeamMember]]:
        """Read who sits there by name only."""
        query = select(CareTeamMember).where(
            CareTeamMember.role == self.role,
            CareTeamMember.helper_id.is_(None),
            CareTeamMember.superseded_at.is_(None),
            covers(CareTeamMember.valid_from, CareTeamMember.valid_to, self.begins),  # type: ignore[arg-type]
        )
        found: defaultdict[tuple[int, str | None], list[CareTeamMember]] = defaultdict(list)
        for (one,) in _rows(self._session, query, CareTeamMember.person_id, persons):
            found[one.person_id, one.name].append(one)
        return found


def end_seat(seat: CareTeamMember, last_day: date, reason: str) -> None:
    """End a seat with a day; one that had not begun by then was a mistake."""
    if seat.valid_from is not None and seat.valid_from > last_day:
        seat.superseded_at = now()
    else:
        seat.valid_to, seat.end_reason = last_day, reason


def _scalars(session: Session, query: Any, persons: Collection[int]) -> Iterator[int]:
    return (one for (one,) in _rows(session, query, Person.id, persons))


def _rows(session: Session, query: Any, column: Any, ids: Iterable[int]) -> Iterator[Any]:
    """Give the rows of a query about some ids, in parts that both databases take."""
    wanted = list(ids)
    for start in range(0, len(wanted), _CHUNK):
        yield from session.execute(query.where(column.in_(wanted[start : start + _CHUNK])))

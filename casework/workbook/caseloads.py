"""Caseloads: who answers for how much, and handing all of it over when somebody leaves (S3-8).

Decides that nothing is left behind: seats of care teams, open tasks, missed ones among them, needs,
issues and goals go to the successors in one act, which can be looked at before and taken back
after. Who answers while a seat is empty stands in :mod:`casework.workbook.owning`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry, NotFound, NotPermitted
from casework.records import (
    CareTeamMember,
    Handover,
    Issue,
    Need,
    Staff,
)
from casework.records.base import now
from casework.records.bulk import change_rows
from casework.terms import _
from casework.workbook.caseload_holdings import (
    OWNED,
    caseworkers_of,
    count_by,
    held_by,
    people_by,
    split,
    tasks_by,
)
from casework.workbook.owning import at_work, settle_owners

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["Caseload", "Caseloads", "HandedOver", "Share"]

_DECIDERS = ("supervisor", "administrator")


@dataclass(frozen=True, slots=True)
class Caseload:
    """What one member of staff answers for on a day; ``staff_id`` None is what nobody answers for.

    Attributes
    ----------
    people : int
        In whose care team the person sits as caseworker, in care that day.
    tasks, overdue : int
        Open tasks, and the missed ones among them.
    is_leaving : bool
        Whether the day is their last at work.
    """

    staff_id: int | None
    name: str | None
    role: str | None
    people: int
    tasks: int
    overdue: int
    needs: int
    issues: int
    is_leaving: bool = False


@dataclass(frozen=True, slots=True)
class Share:
    """What one successor takes over, as ids; a preview writes nothing."""

    staff_id: int
    name: str
    persons: tuple[int, ...]
    seats: tuple[int, ...]
    tasks: tuple[int, ...]
    needs: tuple[int, ...]
    issues: tuple[int, ...]
    goals: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A handover that was made, for its history and for taking it back."""

    handover_id: int
    name: str
    begins_on: date
    left: bool
    reason: str
    to: Mapping[str, int]
    recorded_at: datetime
    recorded_by: str
    undone_at: datetime | None


class Caseloads:
    """What is done with caseloads.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    @property
    def may_hand_over(self) -> bool:
        """Whether whoever acts may give people to others."""
        return self._workbook.actor.role in _DECIDERS

    def loads(self, *, as_of: date | None = None) -> list[Caseload]:
        """List what everybody at work answers for, what nobody answers for first."""
        day = as_of or self._workbook.today
        with self._workbook.reading() as session:
            people = people_by(session, day)
            tasks = tasks_by(session, day)
            needs = count_by(session, Need)
            issues = count_by(session, Issue)
            staff = session.scalars(select(Staff).where(at_work(day)).order_by(Staff.name)).all()
        nobody = [None] if any(None in one for one in (people, tasks, needs, issues)) else []
        return [
            Caseload(
                one.id if one else None,
                one.name if one else None,
                one.role if one else None,
                people.get(one.id if one else None, 0),
                *tasks.get(one.id if one else None, (0, 0)),
                needs.get(one.id if one else None, 0),
                issues.get(one.id if one else None, 0),
                one is not None and one.active_to == day,
            )
            for one in (*nobody, *staff)
        ]

    def preview(self, staff_id: int, to: Sequence[int]) -> list[Share]:
        """Tell what each successor would take over; nothing is written.

        People of one community stay together, and the numbers of people differ by as little as
        that allows.

        Raises
        ------
        InvalidEntry
            When nobody, or the one who leaves, or somebody not at work is to take over.
        """
        with self._workbook.reading() as session:
            return self._shares(session, staff_id, to)

    def hand_over(
        self, staff_id: int, to: Sequence[int], *, reason: str, leaves: bool = True
    ) -> int:
        """Give everything somebody answers for to others, in one act, and give its number.

        Parameters
        ----------
        to : sequence of int
            Members of staff who take over from today.
        leaves : bool
            Whether today is also the last day at work.

        Raises
        ------
        NotPermitted
            Unless a supervisor or administrator acts.
        """
        book = self._workbook
        self._require_right()
        told = _reason(reason)
        with book.transaction() as session:
            staff = _staff(session, staff_id)
            shares = self._shares(session, staff_id, to)
            made = Handover(
                staff_id=staff_id,
                begins_on=book.today,
                left=leaves,
                active_to=staff.active_to,
                reason=told,
                moves={"shares": [self._move(session, staff_id, one) for one in shares]},
                recorded_at=now(),
                recorded_by=book.actor.name,
            )
            session.add(made)
            if leaves:
                staff.active_to = book.today
            session.flush()
            book.log(
                session,
                "hand_over_all",
                "staff",
                staff_id,
                after={"handover": made.id, "to": {str(one.staff_id): len(one.persons)
                                                   for one in shares}},
            )  # fmt: skip
            return made.id

    def give(self, to: Mapping[int, int], *, reason: str) -> list[int]:
        """Give single people to others in one act, with all that is open about them.

        Parameters
        ----------
        to : mapping of int to int
            Who is to be the caseworker of whom: member of staff by person.

        Returns
        -------
        list of int
            A handover for each member of staff who gives somebody away, to be taken back singly.

        Raises
        ------
        InvalidEntry
            When somebody not at work is to take over, or a person has no caseworker to take over
            from: nothing is written.
        """
        book = self._workbook
        self._require_right()
        told = _reason(reason)
        with book.transaction() as session:
            seats = caseworkers_of(session, to, book.today)
            ready = set(session.scalars(select(Staff.id).where(at_work(book.today))))
            if not to or not set(to.values()) <= ready:
                raise InvalidEntry(_("Choose who takes over: members of staff at work."), "to")
            if missing := to.keys() - seats.keys():
                raise InvalidEntry(
                    _("{n} people have no caseworker to take over from. Give them one first.",
                      n=len(missing)),
                    "to",
                )  # fmt: skip
            return [
                self._give_some(session, giver, {p: to[p] for p in to if seats[p] == giver}, told)
                for giver in sorted({seats[person] for person in to})
            ]

    def take_back(self, handover_id: int) -> int:
        """Undo a handover: what the successors still hold of it goes back; tell how much.

        Raises
        ------
        NotPermitted
            When it was taken back already, or somebody without the right acts.
        """
        book = self._workbook
        self._require_right()
        with book.transaction() as session:
            made = session.get(Handover, handover_id, with_for_update=True)
            if made is None:
                raise NotFound(_("There is no handover with the number {id}.", id=handover_id))
            if made.undone_at is not None:
                raise NotPermitted(_("This handover has been taken back already."))
            back = sum(self._return(session, made, one) for one in made.moves["shares"])
            if made.left:
                _staff(session, made.staff_id).active_to = made.active_to
            made.undone_at, made.undone_by = now(), book.actor.name
            book.log(session, "take_back_handover", "staff", made.staff_id,
                     after={"handover": handover_id})  # fmt: skip
            return back

    def history(self, *, limit: int = 20) -> list[HandedOver]:
        """List handovers, the latest first."""
        with self._workbook.reading() as session:
            rows = session.execute(
                select(Handover, Staff.name)
                .join(Staff, Staff.id == Handover.staff_id)
                .order_by(Handover.id.desc())
                .limit(limit)
            ).all()
            names = {one.id: one.name for one in session.scalars(select(Staff))}
        return [
            HandedOver(
                one.id,
                name,
                one.begins_on,
                one.left,
                one.reason,
                {
                    names.get(share["to"], str(share["to"])): len(share["persons"])
                    for share in one.moves["shares"]
                },
                one.recorded_at,
                one.recorded_by,
                one.undone_at,
            )
            for one, name in rows
        ]

    def settle(self) -> int:
        """Give what has no owner at work to whoever answers for the person; tell how much."""
        book = self._workbook
        with book.transaction() as session:
            moved = settle_owners(session, book.today)
            if moved:
                book.log(session, "settle_owners", "workbook", after={"moved": moved})
            return moved

    # --- parts ----------------------------------------------------------------------------------

    def _require_right(self) -> None:
        if not self.may_hand_over:
            raise NotPermitted(
                _("Handing a caseload over is for supervisors and administrators. Ask one of them.")
            )

    def _shares(self, session: Session, staff_id: int, to: Sequence[int]) -> list[Share]:
        today = self._workbook.today
        _staff(session, staff_id)
        chosen = list(dict.fromkeys(to))
        names = {
            one.id: one.name
            for one in session.scalars(select(Staff).where(Staff.id.in_(chosen), at_work(today)))
        }
        if not chosen or staff_id in chosen or len(names) < len(chosen):
            raise InvalidEntry(
                _(
                    "Choose who takes over: one or more members of staff at work, others than the "
                    "one who hands over."
                ),
                "to",
            )
        held = held_by(session, staff_id, today)
        given = split(session, held.persons, chosen, today)
        return [
            Share(
                one,
                names[one],
                tuple(sorted(given[one])),
                **{
                    kind: tuple(
                        number
                        for number, person in rows
                        if (person in given[one] if person is not None else one == chosen[0])
                    )
                    for kind, rows in held.rows.items()
                },
            )
            for one in chosen
        ]

    def _give_some(self, session: Session, giver: int, to: Mapping[int, int], reason: str) -> int:
        """Write the handover of some people of one member of staff, and give its number."""
        book = self._workbook
        held = held_by(session, giver, book.today)
        shares = [
            Share(
                taker,
                "",
                tuple(sorted(person for person in to if to[person] == taker)),
                **{
                    kind: tuple(n for n, person in rows if person and to.get(person) == taker)
                    for kind, rows in held.rows.items()
                },
            )
            for taker in sorted(set(to.values()) - {giver})
        ]
        made = Handover(
            staff_id=giver,
            begins_on=book.today,
            left=False,
            active_to=_staff(session, giver).active_to,
            reason=reason,
            moves={"shares": [self._move(session, giver, one) for one in shares]},
            recorded_at=now(),
            recorded_by=book.actor.name,
        )
        session.add(made)
        session.flush()
        after = {"handover": made.id, "to": {str(one.staff_id): len(one.persons) for one in shares}}
        book.log(session, "hand_over_some", "staff", giver, after=after)
        return made.id

    def _move(self, session: Session, staff_id: int, share: Share) -> dict[str, Any]:
        """Write one successor's share, and give what is needed to take it back."""
        for kind, table in OWNED.items():
            ids = getattr(share, kind)
            change_rows(session, table, ("owner_id",), ((share.staff_id, one) for one in ids))
        seats = [self._seat(session, one, share.staff_id) for one in share.seats]
        return {
            "to": share.staff_id,
            "persons": list(share.persons),
            "seats": seats,
            **{kind: list(getattr(share, kind)) for kind in OWNED},
        }

    def _seat(self, session: Session, seat_id: int, successor: int) -> dict[str, Any]:
        """End a seat yesterday and begin the successor's today."""
        today = self._workbook.today
        old = session.get_one(CareTeamMember, seat_id)
        new = CareTeamMember(
            person_id=old.person_id,
            role=old.role,
            staff_id=successor,
            organisation_id=old.organisation_id,
            valid_from=max(today, old.valid_from or today),
            valid_to=old.valid_to,
            recorded_at=now(),
            recorded_by=self._workbook.actor.name,
        )
        session.add(new)
        before = old.valid_to.isoformat() if old.valid_to else None
        if old.valid_from is not None and old.valid_from >= today:
            old.superseded_at = now()
        else:
            old.valid_to = today - timedelta(days=1)
        session.flush()
        return {"old": seat_id, "valid_to": before, "new": new.id}

    def _return(self, session: Session, made: Handover, share: Mapping[str, Any]) -> int:
        """Give one share back, as far as the successor still holds it."""
        back = 0
        for kind, table in OWNED.items():
            ids = list(
                session.scalars(
                    select(table.id).where(table.id.in_(share[kind]), table.owner_id == share["to"])
                )
            )
            back += change_rows(
                session, table, ("owner_id",), ((made.staff_id, one) for one in ids)
            )
        for seat in share["seats"]:
            new = session.get_one(CareTeamMember, seat["new"])
            if new.superseded_at is not None or new.staff_id != share["to"]:
                continue
            new.superseded_at = now()
            old = session.get_one(CareTeamMember, seat["old"])
            old.superseded_at = None
            old.valid_to = date.fromisoformat(seat["valid_to"]) if seat["valid_to"] else None
            back += 1
        session.flush()
        return back


def _reason(text: str) -> str:
    told = text.strip()
    if not told:
        raise InvalidEntry(
            _("A reason is missing. Say in a sentence why, so that others can follow."), "reason"
        )
    return told[:2000]


def _staff(session: Session, staff_id: int) -> Staff:
    found = session.get(Staff, staff_id)
    if found is None:
        raise NotFound(_("There is no member of staff with the number {id}.", id=staff_id))
    return found

"""What holds for those who work here: hours, skills, area, absences; and whom people want to come.

Decides how a term follows another (nothing is overwritten), and refuses what planning could not
read; leaves planning to :mod:`casework.workbook.rosters`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain, count
from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from casework.errors import InvalidEntry, NotFound, NotPermitted
from casework.identifiers.names import spell_name
from casework.records import Staff, StaffTerm, VisitorWish
from casework.records.base import now
from casework.records.people import STAFF_ROLES, covers
from casework.records.rosters import STAFF_TERMS
from casework.reference import code_list, surnames
from casework.reference.rosters import roster_rules
from casework.routing.week.hours import read_hours
from casework.terms import _
from casework.workbook.fact_entry import present
from casework.workbook.places import point_from
from casework.workbook.reversing import acting

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["SEVERAL", "Staffing", "TermRow", "WishedFor"]

SEVERAL = frozenset({"hours", "skill", "area", "dialect"})
"""Kinds of terms that may hold several values at a time."""

_DECIDERS = ("supervisor", "administrator")


@dataclass(frozen=True, slots=True)
class TermRow:
    """One term of a member of staff; days inclusive, None is open."""

    term_id: int
    staff_id: int
    name: str
    kind: str
    value: str
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class WishedFor:
    """Somebody whom a person wants to come, or does not want."""

    staff_id: int
    name: str
    is_wanted: bool
    reason: str | None
    recorded_at: datetime


class Staffing:
    """What is done about terms of staff and about wishes for visitors.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    def take_on(self, name: str, role: str, *, phone: str | None = None) -> str:
        """Write down somebody who works here, and give the login that stands for them.

        Parameters
        ----------
        role : str
            One of `casework.records.people.STAFF_ROLES`.

        Raises
        ------
        NotPermitted
            Where everybody has an account of the database: an administrator gives those.
        InvalidEntry
            Without a name or a role, or for a name that is at work already.
        """
        book = self._workbook
        if book.standing is not None:
            raise NotPermitted(_("Accounts are given by an administrator. Ask one of them."))
        said = " ".join(name.split())
        if not said:
            raise InvalidEntry(_("The name is missing."), "name", name)
        if role not in STAFF_ROLES:
            raise InvalidEntry(_("Choose what this person does here."), "role", role)
        with book.transaction() as session:
            at_work = covers(Staff.active_from, Staff.active_to, book.today)  # type: ignore[arg-type]
            if session.scalar(select(Staff.id).where(Staff.name == said, at_work)):
                words = _("{name} is on the list already. Choose the name there.", name=said)
                raise InvalidEntry(words, "name", name)
            login = _free_login(said, set(session.scalars(select(Staff.login))))
            made = Staff(login=login, name=said, role=role, phone=(phone or "").strip() or None,
                         active_from=book.today)  # fmt: skip
            session.add(made)
            session.flush()
            book.log(session, "take_on", "staff", made.id, after={"name": said, "role": role})
        return login

    def terms(
        self, *, staff_id: int | None = None, first: date | None = None, last: date | None = None
    ) -> list[TermRow]:
        """List the terms that hold on any of some days, by member of staff and kind.

        Parameters
        ----------
        first, last : date or None
            None for today.
        """
        begins = first or self._workbook.today
        ends = last or begins
        query = (
            select(StaffTerm, Staff.name)
            .join(Staff, Staff.id == StaffTerm.staff_id)
            .where(
                StaffTerm.superseded_at.is_(None),
                or_(StaffTerm.valid_from.is_(None), StaffTerm.valid_from <= ends),
                or_(StaffTerm.valid_to.is_(None), StaffTerm.valid_to >= begins),
            )
            .order_by(Staff.name, StaffTerm.staff_id, StaffTerm.kind, StaffTerm.id)
        )
        if staff_id is not None:
            query = query.where(StaffTerm.staff_id == staff_id)
        with self._workbook.reading() as session:
            return [
                TermRow(one.id, one.staff_id, name, one.kind, one.value, one.valid_from,
                        one.valid_to)
                for one, name in session.execute(query)
            ]  # fmt: skip

    def say(
        self,
        staff_id: int,
        kind: str,
        values: Sequence[str],
        *,
        since: date | None = None,
        until: date | None = None,
    ) -> list[int]:
        """Write down what holds from a day on, in the place of what held; give the numbers.

        Parameters
        ----------
        kind : str
            One of `casework.records.rosters.STAFF_TERMS`, ``absent`` aside.
        values : sequence of str
            One, or several where `SEVERAL` allows it; none ends what held.
        since : date or None
            None for today.

        Raises
        ------
        InvalidEntry
            When a value cannot be read: nothing is written.
        """
        book = self._workbook
        self._require_right()
        begins = since or book.today
        told = [self._checked(kind, value) for value in dict.fromkeys(values)]
        if kind == "absent" or (len(told) > 1 and kind not in SEVERAL):
            raise InvalidEntry(_("Only one value can hold at a time here. Leave one."), kind)
        if until is not None and until < begins:
            raise InvalidEntry(_("The last day is before the first. Choose a later one."), "until")
        with book.transaction() as session:
            self._staff(session.get(Staff, staff_id), staff_id)
            for held in session.scalars(
                select(StaffTerm).where(
                    StaffTerm.staff_id == staff_id,
                    StaffTerm.kind == kind,
                    StaffTerm.superseded_at.is_(None),
                    or_(StaffTerm.valid_to.is_(None), StaffTerm.valid_to >= begins),
                )
            ):
                if held.valid_from is not None and held.valid_from >= begins:
                    held.superseded_at = now()
                else:
                    held.valid_to = begins - timedelta(days=1)
            rows = [self._term(staff_id, kind, value, begins, until) for value in told]
            session.add_all(rows)
            session.flush()
            book.log(session, "say_term", "staff", staff_id, after={kind: told})
            return [one.id for one in rows]

    def absent(self, staff_id: int, first: date, last: date, reason: str) -> int:
        """Write down that somebody is not there on some days, both inclusive; give the number."""
        book = self._workbook
        self._require_right()
        if last < first:
            raise InvalidEntry(_("The last day is before the first. Choose a later one."), "until")
        with book.transaction() as session:
            self._staff(session.get(Staff, staff_id), staff_id)
            made = self._term(staff_id, "absent", self._checked("absent", reason), first, last)
            session.add(made)
            session.flush()
            # The reason stands in the term only, which fewer people may read.
            days = [first.isoformat(), last.isoformat()]
            book.log(session, "note_absence", "staff", staff_id, after={"days": days})
            return made.id

    def take_back(self, term_id: int) -> None:
        """Say that a term was a mistake; it stays in the history."""
        self._require_right()
        with self._workbook.transaction() as session:
            held = session.get(StaffTerm, term_id)
            if held is None or held.superseded_at is not None:
                raise NotFound(_("There is no such entry any more."))
            held.superseded_at = now()
            before = {"kind": held.kind, "term": term_id}
            self._workbook.log(session, "take_back_term", "staff", held.staff_id, before=before)

    def wishes(self, person_id: int) -> list[WishedFor]:
        """List whom a person wants to come and whom not, the wanted first."""
        query = (
            select(VisitorWish, Staff.name)
            .join(Staff, Staff.id == VisitorWish.staff_id)
            .where(VisitorWish.person_id == person_id, VisitorWish.superseded_at.is_(None))
            .order_by(VisitorWish.wanted.desc(), Staff.name, VisitorWish.id)
        )
        with self._workbook.reading() as session:
            return [
                WishedFor(one.staff_id, name, one.wanted == "yes", one.reason, one.recorded_at)
                for one, name in session.execute(query)
            ]

    def wish(self, person_id: int, staff_id: int, wanted: bool | None, *, reason: str = "") -> None:
        """Write down whether a person wants somebody to come; None when they no longer say so."""
        book = self._workbook
        with acting(book, "wish_visitor", (person_id,), ("visitor_wish",)) as act:
            present(act.session, person_id)
            self._staff(act.session.get(Staff, staff_id), staff_id)
            for held in act.session.scalars(
                select(VisitorWish).where(
                    VisitorWish.person_id == person_id,
                    VisitorWish.staff_id == staff_id,
                    VisitorWish.superseded_at.is_(None),
                )
            ):
                held.superseded_at = now()
            if wanted is not None:
                act.session.add(
                    VisitorWish(
                        person_id=person_id,
                        staff_id=staff_id,
                        wanted="yes" if wanted else "no",
                        reason=reason.strip()[:500] or None,
                        recorded_at=now(),
                        recorded_by=book.actor.name,
                    )
                )
            act.after |= {"staff": staff_id, "wanted": wanted}

    # --- parts ----------------------------------------------------------------------------------

    def _require_right(self) -> None:
        if self._workbook.actor.role not in _DECIDERS:
            raise NotPermitted(
                _("Hours, skills and absences are kept by supervisors. Ask one of them.")
            )

    def _staff(self, found: Staff | None, staff_id: int) -> Staff:
        if found is None:
            raise NotFound(_("There is no member of staff with the number {id}.", id=staff_id))
        return found

    def _term(
        self, staff_id: int, kind: str, value: str, first: date, last: date | None
    ) -> StaffTerm:
        return StaffTerm(
            staff_id=staff_id,
            kind=kind,
            value=value,
            valid_from=first,
            valid_to=last,
            recorded_at=now(),
            recorded_by=self._workbook.actor.name,
        )

    def _checked(self, kind: str, value: str) -> str:
        """Give a value as it is kept, or refuse what planning could not read."""
        told = value.strip()
        rules = roster_rules(self._workbook.agency.code)
        known = {
            "skill": tuple(rules.skills),
            "travel": tuple(rules.means),
            "sex": tuple(one.code for one in code_list("sex").entries),
        }.get(kind)
        if kind not in STAFF_TERMS or not told or len(told) > 200:
            raise InvalidEntry(_("Write a few words, not more than 200 characters."), kind, value)
        if kind == "hours":
            read_hours(told)
        if kind == "place" and point_from(told) is None:
            raise InvalidEntry(
                _("Write a place as latitude,longitude, for example 31.654,120.752."), kind, value
            )
        if known is not None and told not in known:
            raise InvalidEntry(
                _("“{value}” is not known here. Accepted: {known}.", value=told,
                  known="、".join(known)),
                kind, value,
            )  # fmt: skip
        return told


def _free_login(name: str, taken: set[str]) -> str:
    """Spell a name as a login that nobody has."""
    spelt = spell_name(name, surnames()).pinyin.replace(" ", "")
    wished = "".join(filter(str.isalnum, spelt)) or "staff"
    ways = chain([wished], (f"{wished}{n}" for n in count(2)))
    return next(one for one in ways if one not in taken)

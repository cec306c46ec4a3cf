"""Lists that everybody at work goes through once a period (S3-36), and who has not.

Decides that the points are the agency's own, written in its file or by a supervisor here, and that
everybody ticks only for themselves. A point that is not ticked is not known, never "no".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry, NotFound, NotPermitted
from casework.planning import Period, periods_between
from casework.records import Setting, Staff, StaffCheck, covers
from casework.records.base import now
from casework.reference.staff_checks import SelfCheck, staff_rules
from casework.terms import _

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["SELF_CHECKED", "Checked", "SelfCheckList", "SelfChecks"]

SELF_CHECKED = ("none", "some", "all")
POINTS = "self_checks"
_DECIDERS = ("supervisor", "administrator")
_ASKED = ("caseworker", "supervisor", "administrator")
_MOST_POINTS = 20
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class SelfCheckList:
    """A list as it stands on a day: the agency's entry, its points, the period of the day."""

    entry: SelfCheck
    points: tuple[str, ...]
    period: Period


@dataclass(frozen=True, slots=True)
class Checked:
    """How far somebody at work has gone through a list in a period.

    Attributes
    ----------
    ticked : tuple of str
        Points of the list that were ticked, in its order.
    state : str
        One of `SELF_CHECKED`.
    last_on : date or None
        The last day on which a point was ticked in the period.
    """

    staff_id: int
    name: str
    role: str
    ticked: tuple[str, ...]
    state: str
    last_on: date | None


class SelfChecks:
    """What is done about self-checks.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    @property
    def may_keep(self) -> bool:
        """Whether whoever acts writes the points, and sees who has not gone through them."""
        return self._workbook.actor.role in _DECIDERS

    def lists(self, *, as_of: date | None = None) -> list[SelfCheckList]:
        """Give the agency's lists as they stand on a day; none where it has none."""
        day = as_of or self._workbook.today
        with self._workbook.reading() as session:
            return [self._list(session, one, day) for one in self._entries().values()]

    def one(self, code: str, *, as_of: date | None = None) -> SelfCheckList:
        """Give one list.

        Raises
        ------
        NotFound
            If the agency has no list of this code.
        """
        with self._workbook.reading() as session:
            return self._list(session, self._entry(code), as_of or self._workbook.today)

    def write_points(self, code: str, points: Sequence[str]) -> None:
        """Write the points of a list, in the place of those that it had; what was ticked stays.

        Raises
        ------
        InvalidEntry
            For too many or too long ones.
        """
        book = self._workbook
        self._entry(code)
        if not self.may_keep:
            raise NotPermitted(_("The points are written by supervisors. Ask one of them."))
        told = tuple(dict.fromkeys(one.strip() for one in points if one.strip()))
        if len(told) > _MOST_POINTS:
            raise InvalidEntry(_("At most {n} points. Leave some out.", n=_MOST_POINTS), "points")
        for one in told:
            if len(one) > _LONGEST:
                raise InvalidEntry(
                    _("Write a few words, not more than 200 characters."), "points", one[:40]
                )
        with book.transaction() as session:
            held = session.get(Setting, POINTS)
            own = dict(held.value) if held is not None else {}
            before, own[code] = own.get(code), list(told)
            if held is None:
                session.add(Setting(key=POINTS, value=own))
            else:
                held.value = own
            book.log(session, "write_self_check", "setting", None,
                     before={code: before}, after={code: list(told)})  # fmt: skip

    def of_staff(self, code: str, *, as_of: date | None = None) -> list[Checked]:
        """List everybody at work with what they ticked in the period, those with nothing first."""
        day = as_of or self._workbook.today
        with self._workbook.reading() as session:
            told = self._list(session, self._entry(code), day)
            at_work = covers(Staff.active_from, Staff.active_to, day)  # type: ignore[arg-type]
            staff = select(Staff.id, Staff.name, Staff.role).where(at_work, Staff.role.in_(_ASKED))
            ticked: dict[int, dict[str, date]] = {}
            rows = select(StaffCheck.staff_id, StaffCheck.title, StaffCheck.done_on).where(
                StaffCheck.kind == "self_check",
                StaffCheck.list_code == code,
                StaffCheck.superseded_at.is_(None),
                StaffCheck.done_on.between(told.period.first, min(day, told.period.last)),
            )
            for staff_id, title, done_on in session.execute(rows):
                ticked.setdefault(staff_id, {})[title or ""] = done_on
            found = [
                _checked(staff_id, name, role, told.points, ticked.get(staff_id, {}))
                for staff_id, name, role in session.execute(staff)
            ]
        return sorted(
            found, key=lambda one: (SELF_CHECKED.index(one.state), one.name, one.staff_id)
        )

    def mine(self, code: str, *, as_of: date | None = None) -> Checked | None:
        """Give how far whoever acts has gone through a list; None for who is not on the staff."""
        me = self._workbook.actor.staff_id
        return next((one for one in self.of_staff(code, as_of=as_of) if one.staff_id == me), None)

    def tick(self, code: str, points: Sequence[str]) -> None:
        """Write down which points whoever acts has gone through in this period; no other stays.

        Raises
        ------
        NotPermitted
            For whoever is not on the staff: nobody ticks for others.
        InvalidEntry
            For a point that is not of the list.
        """
        book = self._workbook
        me = book.actor.staff_id
        if me is None:
            raise NotPermitted(
                _("Everybody ticks for themselves. Say first who you are, then come back.")
            )
        with book.transaction() as session:
            told = self._list(session, self._entry(code), book.today)
            if set(points) - set(told.points):
                raise InvalidEntry(_("Choose one of those listed."), "points")
            held = {
                one.title: one
                for one in session.scalars(
                    select(StaffCheck).where(
                        StaffCheck.staff_id == me,
                        StaffCheck.kind == "self_check",
                        StaffCheck.list_code == code,
                        StaffCheck.superseded_at.is_(None),
                        StaffCheck.done_on.between(told.period.first, told.period.last),
                    )
                )
            }
            for title, row in held.items():
                if title in told.points and title not in points:
                    row.superseded_at = now()
            for point in told.points:
                if point in points and point not in held:
                    session.add(StaffCheck(
                        staff_id=me, kind="self_check", list_code=code, title=point,
                        done_on=book.today, recorded_at=now(), recorded_by=book.actor.name,
                    ))  # fmt: skip
            session.flush()
            book.log(session, "check_self", "staff", me,
                     after={"list": code, "points": list(points)})  # fmt: skip

    # --- parts ----------------------------------------------------------------------------------

    def _entries(self) -> dict[str, SelfCheck]:
        return dict(staff_rules(self._workbook.agency.code).self_checks)

    def _entry(self, code: str) -> SelfCheck:
        found = self._entries().get(code)
        if found is None:
            raise NotFound(_("The agency has no such list."))
        return found

    def _list(self, session: Session, entry: SelfCheck, day: date) -> SelfCheckList:
        held = session.get(Setting, POINTS)
        own = (held.value or {}).get(entry.code) if held is not None else None
        points = tuple(own) if own is not None else entry.points
        (period,) = [
            one for one in periods_between(entry.per, day, day) if one.first <= day <= one.last
        ]
        return SelfCheckList(entry, points, period)


def _checked(
    staff_id: int, name: str, role: str, points: Sequence[str], days: dict[str, date]
) -> Checked:
    ticked = tuple(one for one in points if one in days)
    state = "none" if not ticked else "all" if len(ticked) == len(points) else "some"
    last = max((days[one] for one in ticked), default=None)
    return Checked(staff_id, name, role, ticked, state, last)

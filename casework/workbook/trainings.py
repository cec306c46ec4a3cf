"""What those who work here were trained in (S2-45): when, how long, by whom, until when it holds.

Decides that a training reads the same of a helper and of somebody who works here, so that one
entry, one check and one meaning of "holds" serve both; and who has had none this year.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, func, select

from casework.errors import InvalidEntry, NotFound, NotPermitted
from casework.records import Staff, StaffCheck, covers, trainings_of_staff
from casework.records.base import now
from casework.terms import _
from casework.workbook.helper_entry import checked_check
from casework.workbook.helper_rows import CheckEntry

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["TRAINED", "StaffTraining", "Trained", "Trainings"]

TRAINED = ("none", "runs_out", "ended", "holds")
_DECIDERS = ("supervisor", "administrator")
_WARN_DAYS = 30
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Trained:
    """What somebody at work was trained in during a year, up to a day.

    Attributes
    ----------
    n : int
        Trainings passed in the year.
    minutes : int or None
        How long they took; None where no length was written down of any.
    last_on : date or None
        The last training passed, in whichever year; None for never.
    state : str
        One of `TRAINED`: ``none`` this year, ``ended`` a certificate has run out and no later one
        of the same content holds, ``runs_out`` within 30 days, else ``holds``.
    """

    staff_id: int
    name: str
    role: str
    n: int
    minutes: int | None
    last_on: date | None
    state: str


@dataclass(frozen=True, slots=True)
class StaffTraining:
    """One training of somebody at work; ``check_id`` None where it stands with the helper."""

    check_id: int | None
    staff_id: int
    name: str
    title: str | None
    done_on: date
    done_by: str | None
    minutes: int | None
    outcome: str
    valid_until: date | None


class Trainings:
    """What is done about trainings of the staff.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    @property
    def may_keep(self) -> bool:
        """Whether whoever acts keeps the log of trainings."""
        return self._workbook.actor.role in _DECIDERS

    def of_staff(self, *, as_of: date | None = None) -> list[Trained]:
        """List everybody at work with what they were trained in this year, those with none first.

        Volunteers with an account are looked at in the register of helpers.

        Parameters
        ----------
        as_of : date or None
            The day asked about, whose calendar year is meant; None for today.
        """
        day = as_of or self._workbook.today
        told, first = trainings_of_staff(), date(day.year, 1, 1)
        passed = and_(told.c.outcome == "passed", told.c.done_on <= day)
        this_year = and_(passed, told.c.done_on >= first)
        at_work = covers(Staff.active_from, Staff.active_to, day)  # type: ignore[arg-type]
        query = (
            select(
                Staff.id, Staff.name, Staff.role,
                func.count(case((this_year, 1))),
                func.sum(case((this_year, told.c.minutes))),
                func.max(case((passed, told.c.done_on))),
            )
            .outerjoin(told, told.c.staff_id == Staff.id)
            .where(at_work, Staff.role != "volunteer")
            .group_by(Staff.id, Staff.name, Staff.role)
        )  # fmt: skip
        with self._workbook.reading() as session:
            until = self._until(session, day)
            found = [
                Trained(staff_id, name, role, n, minutes, last_on,
                        _state(n, until.get(staff_id, {}), day))
                for staff_id, name, role, n, minutes, last_on in session.execute(query)
            ]  # fmt: skip
        return sorted(found, key=lambda one: (TRAINED.index(one.state), one.name, one.staff_id))

    def _until(self, session: Any, day: date) -> dict[int, dict[str, date | None]]:
        """Give, by member of staff and content, until when the training that holds longest holds.

        None is without end.
        """
        told = trainings_of_staff()
        query = select(told.c.staff_id, told.c.title, told.c.valid_until).where(
            told.c.outcome == "passed", told.c.done_on <= day
        )
        found: dict[int, dict[str, date | None]] = {}
        for staff_id, title, until in session.execute(query):
            own = found.setdefault(staff_id, {})
            before = own.get(title or "", date.min)
            own[title or ""] = None if before is None or until is None else max(before, until)
        return found

    def rows(
        self, *, as_of: date | None = None, year: int | None = None, staff_id: int | None = None
    ) -> list[StaffTraining]:
        """List trainings up to a day, the latest first.

        Parameters
        ----------
        year : int or None
            The calendar year; None for every year.
        """
        day, told = as_of or self._workbook.today, trainings_of_staff()
        query = (
            select(
                told.c.check_id, told.c.staff_id, Staff.name, told.c.title, told.c.done_on,
                told.c.done_by, told.c.minutes, told.c.outcome, told.c.valid_until,
            )
            .join(Staff, Staff.id == told.c.staff_id)
            .where(told.c.done_on <= day)
            .order_by(told.c.done_on.desc(), Staff.name, told.c.staff_id, told.c.title)
        )  # fmt: skip
        if year is not None:
            query = query.where(told.c.done_on.between(date(year, 1, 1), date(year, 12, 31)))
        if staff_id is not None:
            query = query.where(told.c.staff_id == staff_id)
        with self._workbook.reading() as session:
            return [StaffTraining(*row) for row in session.execute(query)]

    def write_down(self, staff_ids: Sequence[int], entry: CheckEntry) -> list[int]:
        """Write down one training of several people at work, and give the numbers.

        Raises
        ------
        InvalidEntry
            Without anybody or a content, or for a day or span that cannot be.
        """
        book = self._workbook
        self._require_right()
        title = (entry.title or "").strip()
        if entry.kind != "training":
            raise InvalidEntry(_("Choose one of those listed."), "kind", entry.kind)
        if not title:
            raise InvalidEntry(_("Say what the training was about."), "title")
        for key, words in (("title", title), ("done_by", entry.done_by or "")):
            if len(words) > _LONGEST:
                raise InvalidEntry(
                    _("Write a few words, not more than 200 characters."), key, words[:40]
                )
        checked_check(entry, book.today)
        wanted = list(dict.fromkeys(staff_ids))
        if not wanted:
            raise InvalidEntry(_("Choose who took part."), "staff")
        with book.transaction() as session:
            known = set(session.scalars(select(Staff.id).where(Staff.id.in_(wanted))))
            for one in wanted:
                if one not in known:
                    raise NotFound(_("There is no member of staff with the number {id}.", id=one))
            told = asdict(entry) | {"title": title}
            made = [
                StaffCheck(staff_id=one, recorded_at=now(), recorded_by=book.actor.name, **told)
                for one in wanted
            ]
            session.add_all(made)
            session.flush()
            for row in made:
                after = {"kind": "training", "title": title, "check": row.id}
                book.log(session, "check_staff", "staff", row.staff_id, after=after)
            return [one.id for one in made]

    def take_back(self, check_id: int) -> None:
        """Say that a training was a mistake; it stays in the history."""
        book = self._workbook
        self._require_right()
        with book.transaction() as session:
            held = session.get(StaffCheck, check_id)
            if held is None or held.kind != "training" or held.superseded_at is not None:
                raise NotFound(_("There is no such entry any more."))
            held.superseded_at = now()
            before = {"kind": held.kind, "check": check_id}
            book.log(session, "take_back_check", "staff", held.staff_id, before=before)

    def _require_right(self) -> None:
        if not self.may_keep:
            raise NotPermitted(_("The log of trainings is kept by supervisors. Ask one of them."))


def _state(n: int, until: dict[str, date | None], day: date) -> str:
    ends = [one for one in until.values() if one is not None]
    if not n:
        return "none"
    if any(one < day for one in ends):
        return "ended"
    return "runs_out" if any(one <= day + timedelta(days=_WARN_DAYS) for one in ends) else "holds"

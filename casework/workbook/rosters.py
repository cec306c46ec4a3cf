"""Rosters of real work: proposed, looked at, changed by hand, published, taken back.

Decides that the search proposes and people decide: a roster is a proposal until somebody publishes
it, a visit that was placed by hand is locked, and what was published can be taken back as it was.
The problem is :mod:`casework.workbook.roster_building`'s, its solution `casework.routing.week`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry, NotPermitted
from casework.records import Roster, RosterVisit, Staff
from casework.records.base import now
from casework.reference.rosters import RosterRules, roster_rules
from casework.routing import week as solver
from casework.routing.week import Comparison, Obstacle, Opening
from casework.terms import _
from casework.workbook.roster_building import Outlook, Planned
from casework.workbook.roster_choices import (
    LockSearch,
    Search,
    never,
    placed_by_hand,
    refuse_broken,
    released,
    untold,
    without_lock,
)
from casework.workbook.roster_known import Known
from casework.workbook.roster_publishing import give_back, give_out, held, is_mine
from casework.workbook.roster_reading import StaffMember, read_places
from casework.workbook.roster_rows import (
    Entry,
    RosterLine,
    Shown,
    entries_of,
    lines_of,
    outlook_of,
    problem_of,
    shown_of,
    staff_of,
    translated,
    write_place,
)

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = [
    "LONGEST",
    "Entry",
    "LockSearch",
    "RosterLine",
    "Rosters",
    "Search",
    "Shown",
    "next_monday",
]

LONGEST = 14  # days of one roster
_DECIDERS = ("supervisor",)


class Rosters:
    """What is done with rosters.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook
        self._problem: Known[Planned] = Known(beside_rosters=True)
        self._shown: Known[Shown] = Known(beside_rosters=False)

    @property
    def rules(self) -> RosterRules:
        """What the agency plans by."""
        return roster_rules(self._workbook.agency.code)

    @property
    def may_plan(self) -> bool:
        """Whether whoever acts may propose and publish."""
        return self._workbook.actor.role in _DECIDERS

    def may_change(self, roster_id: int) -> bool:
        """Tell whether whoever acts decides about a roster: on a server, by the unit it is of."""
        if not self.may_plan:
            return False
        with self._workbook.reading() as session:
            return is_mine(session, roster_id)

    # --- looking ---------------------------------------------------------------------------------

    def problem(self, first: date, n_days: int = 7) -> Planned:
        """Give what there is to plan in some days, and what is not known about it.

        Raises
        ------
        InvalidEntry
            For no days, or more than `LONGEST`.
        """
        _refuse_length(n_days)
        with self._workbook.reading() as session:
            return self._read_problem(session, first, n_days)

    def outlook(self, first: date, n_days: int = 7) -> Outlook:
        """Tell how much there is to plan in some days, without making the problem of it.

        Raises
        ------
        InvalidEntry
            For no days, or more than `LONGEST`.
        """
        _refuse_length(n_days)
        with self._workbook.reading() as session:
            return outlook_of(session, self._workbook, self.rules, first, n_days)

    def staff(self, first: date, n_days: int) -> list[StaffMember]:
        """List who may be sent out in some days."""
        with self._workbook.reading() as session:
            return staff_of(session, self.rules, first, n_days)

    def recent(self, *, limit: int = 30) -> list[RosterLine]:
        """List rosters, the latest first."""
        with self._workbook.reading() as session:
            return lines_of(session, select(Roster).order_by(Roster.id.desc()).limit(limit))

    def show(self, roster_id: int) -> Shown:
        """Give a roster with the problem it answers.

        Raises
        ------
        NotFound
            If there is no such roster.
        """
        with self._workbook.reading() as session:
            return self._read(session, roster_id)

    def published(self, first: date, last: date, *, staff_id: int | None = None) -> list[Entry]:
        """List the visits of published rosters between two days, by day and time.

        Parameters
        ----------
        staff_id : int or None
            Only those that somebody makes, alone or as the second.
        """
        query = (
            select(RosterVisit)
            .join(Roster, Roster.id == RosterVisit.roster_id)
            .where(
                Roster.published_at.is_not(None),
                Roster.withdrawn_at.is_(None),
                RosterVisit.on_day.between(first, last),
            )
        )
        if staff_id is not None:
            mine = (RosterVisit.staff_id == staff_id, RosterVisit.second_staff_id == staff_id)
            query = query.where(or_(*mine))
        with self._workbook.reading() as session:
            rows = session.scalars(query).all()
            return entries_of(session, rows, None, self._workbook.today)

    def places(self, entries: Iterable[Entry]) -> dict[int, tuple[str | None, str | None]]:
        """Give address and community of the people visited, as far as whoever acts may see them."""
        persons = {one.person_id for one in entries}
        with self._workbook.reading() as session:
            return read_places(session, persons, self._workbook.today)

    def names(self) -> dict[int, str]:
        """Give the names of all who work here, by number."""
        with self._workbook.reading() as session:
            return {one.id: one.name for one in session.execute(select(Staff.id, Staff.name))}

    def why(self, roster_id: int, task_id: int) -> tuple[Planned, int, list[Obstacle]]:
        """Tell what keeps a visit out of a roster: the problem, the visit, the smallest reasons."""
        shown = self.show(roster_id)
        visit = _visit(shown, task_id)
        return shown.planned, visit, solver.obstacles(shown.planned.week, shown.roster, visit)

    def openings(self, roster_id: int, task_id: int) -> tuple[Planned, list[Opening]]:
        """List where a visit could stand without moving another, the cheapest first."""
        shown = self.show(roster_id)
        visit = _visit(shown, task_id)
        week = without_lock(shown.planned.week, visit)
        return shown.planned, solver.openings(week, shown.roster, visit)

    def opening_for(
        self, roster_id: int, task_id: int, day: date, staff: Sequence[int]
    ) -> tuple[int, ...] | None:
        """Give the cheapest starts of a visit on a day with whom it is to be, or None."""
        planned, found = self.openings(roster_id, task_id)
        for one in found:
            who = tuple(planned.staff[at].staff_id for at in one.workers)
            if planned.day(one.day) == day and who == tuple(staff):
                return one.starts
        return None

    def lock_search(self, roster_id: int, task_id: int, *, moves: int | None = None) -> LockSearch:
        """Prepare to look for what it costs to keep a locked visit where it is."""
        shown = self.show(roster_id)
        return LockSearch(shown.planned, shown.roster, _visit(shown, task_id), moves)

    def compare(self, before: int, after: int) -> tuple[Planned, Comparison]:
        """Tell what two rosters of the same days differ in.

        Raises
        ------
        InvalidEntry
            If they are for different days.
        """
        one, other = self.show(before), self.show(after)
        if (one.line.begins_on, one.line.ends_on) != (other.line.begins_on, other.line.ends_on):
            raise InvalidEntry(
                _("These rosters are for different days. Choose two of the same days."), "after"
            )
        week = other.planned.week
        week = replace(week, visits=tuple(replace(one, lock=None) for one in week.visits))
        old = translated(one, other.planned)
        return other.planned, solver.compare(week, old, other.roster)

    # --- deciding --------------------------------------------------------------------------------

    def search(
        self,
        first: date | None = None,
        n_days: int = 7,
        *,
        based_on: int | None = None,
        keep: bool = True,
        seed: int = 1,
        moves: int | None = None,
        note: str | None = None,
    ) -> Search:
        """Prepare a search for a roster: all that is read from the workbook is read now.

        Parameters
        ----------
        first : date or None
            First day; None takes the next Monday. Of no meaning with ``based_on``.
        based_on : int or None
            A roster whose days it takes over and whose locked visits stay where they are.
        keep : bool
            Whether leaving the places of that roster costs something, as after a sick call.
        moves : int or None
            How long to search; None for a length by the size of the problem.

        Raises
        ------
        NotPermitted
            Unless a supervisor acts.
        """
        self._require_right()
        base = self.show(based_on) if based_on is not None else None
        if base is None:
            planned = self.problem(first or next_monday(self._workbook.today), n_days)
        else:
            planned = released(base)
        if base is not None and keep:
            planned = replace(planned, week=planned.week.keeping(base.roster))
        begin = base.roster if base is not None else None
        return Search(planned, begin, based_on, seed, moves, note)

    def propose(
        self,
        first: date | None = None,
        n_days: int = 7,
        *,
        is_stopped: Callable[[], bool] = never,
        progress: Callable[[float, int], None] = untold,
        **how: Any,
    ) -> int:
        """Search for a roster, keep it as a proposal, and give its number.

        Parameters
        ----------
        is_stopped, progress : callable
            As `casework.routing.week.solve` takes them.
        **how
            As `search` takes it.
        """
        search = self.search(first, n_days, **how)
        return self.keep(search, search.run(is_stopped, progress))

    def keep(self, search: Search, outcome: solver.Outcome) -> int:
        """Write down what a search found as a proposal, and give its number.

        Raises
        ------
        InvalidEntry
            When it was ended before it had placed anything: there is nothing to keep.
        """
        self._require_right()
        if outcome.was_stopped and not outcome.roster.placed:
            raise InvalidEntry(
                _(
                    "The search was ended before it had placed a visit, so nothing was kept. Start "
                    "it again and let it run until it tells its points."
                ),
                "stop",
            )
        planned = search.planned
        made = Roster(
            begins_on=planned.first,
            ends_on=planned.day(planned.n_days - 1),
            unit_id=self._unit(),
            seed=search.seed,
            moves=outcome.moves,
            based_on_id=search.based_on,
            note=search.note,
            recorded_at=now(),
            recorded_by=self._workbook.actor.name,
        )
        return self._write(made, planned, outcome.roster)

    def move(
        self, roster_id: int, task_id: int, day: date, staff: Sequence[int], starts: Sequence[int]
    ) -> None:
        """Place a visit by hand, and lock it there.

        Parameters
        ----------
        staff, starts : sequence of int
            Who takes each seat, and when, in minutes of the day.

        Raises
        ------
        InvalidEntry
            When a rule forbids it: it says which.
        """
        with self._changing(roster_id) as (session, shown):
            visit = _visit(shown, task_id)
            placed = placed_by_hand(shown, visit, day, staff, starts)
            refuse_broken(shown, visit, placed)
            for row in _rows(session, roster_id, shown.entry(task_id).task_ids):
                write_place(row, shown.planned, visit, placed)
                row.locked = self._workbook.today
            after = {"task": task_id, "day": day.isoformat()}
            self._workbook.log(session, "move_visit", "roster", roster_id, after=after)

    def leave_out(self, roster_id: int, task_id: int) -> None:
        """Take a visit out of a roster."""
        with self._changing(roster_id) as (session, shown):
            for row in _rows(session, roster_id, shown.entry(task_id).task_ids):
                row.on_day = row.starts_at = row.staff_id = row.second_staff_id = None
                row.second_starts_at = row.locked = None
            after = {"task": task_id}
            self._workbook.log(session, "leave_out_visit", "roster", roster_id, after=after)

    def lock(self, roster_id: int, task_ids: Iterable[int], *, locked: bool = True) -> int:
        """Lock visits where they are, or let them go; give how many tasks changed."""
        changed = 0
        with self._changing(roster_id) as (session, shown):
            wanted = {task for one in task_ids for task in shown.entry(one).task_ids}
            for row in _rows(session, roster_id, wanted):
                if row.on_day is not None and (row.locked is not None) != locked:
                    row.locked = self._workbook.today if locked else None
                    changed += 1
        return changed

    def publish(self, roster_id: int) -> int:
        """Give the tasks of a roster their owner and day; tell how many.

        Whoever has no seat in a person's care team gets one for the days of the roster, so that
        the dossier can be read; a roster of the same tasks that was published before gives way.

        Raises
        ------
        NotPermitted
            Unless a supervisor acts, when it is published already, or when another unit has
            published a roster of some of its tasks.
        """
        book = self._workbook
        with self._changing(roster_id) as (session, shown):
            made = session.get_one(Roster, roster_id)
            planned = {
                task for one in shown.entries if one.visit is not None for task in one.task_ids
            }
            n = give_out(session, made, planned, today=book.today, by=book.actor.name)
            book.log(session, "publish_roster", "roster", roster_id, after={"tasks": n})
            return n

    def withdraw(self, roster_id: int) -> int:
        """Take a published roster back: tasks nobody touched since are as before; tell how many.

        Raises
        ------
        NotPermitted
            Unless a supervisor acts, or when it is not published.
        """
        book = self._workbook
        self._require_right()
        with book.transaction() as session:
            made = held(session, roster_id)
            if made.published_at is None or made.withdrawn_at is not None:
                raise NotPermitted(_("This roster is not published, so it cannot be taken back."))
            n = give_back(session, made, by=book.actor.name)
            book.log(session, "withdraw_roster", "roster", roster_id, after={"tasks": n})
            return n

    # --- parts -----------------------------------------------------------------------------------

    def _require_right(self) -> None:
        if not self.may_plan:
            raise NotPermitted(_("Planning rosters is for supervisors. Ask one of them."))

    def _unit(self) -> int | None:
        """Give the unit of whoever acts; a server writes that of the account instead."""
        with self._workbook.reading() as session:
            who = Staff.id == self._workbook.actor.staff_id
            return session.scalar(select(Staff.unit_id).where(who))

    @contextmanager
    def _changing(self, roster_id: int) -> Iterator[tuple[Session, Shown]]:
        """Read a proposal, in the transaction in which it is changed."""
        self._require_right()
        with self._workbook.transaction() as session:
            if held(session, roster_id).published_at is not None:
                raise NotPermitted(
                    _(
                        "This roster is published. Plan anew on its basis, or take it back to "
                        "change it."
                    )
                )
            self._problem.note_own(session)
            yield session, self._read(session, roster_id)

    def _read(self, session: Session, roster_id: int) -> Shown:
        """Read a roster, or give what was read of it before, as long as that holds."""
        today = self._workbook.today
        return self._shown.read(
            session,
            (roster_id, today),
            lambda: shown_of(
                session, today, roster_id, lambda first, n: self._read_problem(session, first, n)
            ),
        )

    def _read_problem(self, session: Session, first: date, n_days: int) -> Planned:
        book = self._workbook
        return self._problem.read(
            session,
            (first, n_days, book.today),
            lambda: problem_of(session, book, self.rules, first, n_days),
        )

    def _write(self, made: Roster, planned: Planned, roster: solver.Roster) -> int:
        """Write a proposal down."""
        where = {one.visit: one for one in roster.placed}
        with self._workbook.transaction() as session:
            self._problem.note_own(session)
            session.add(made)
            session.flush()
            for at, (visit, info) in enumerate(zip(planned.week.visits, planned.visits,
                                                   strict=True)):  # fmt: skip
                placed = where.get(at)
                for task in info.tasks:
                    row = RosterVisit(
                        roster_id=made.id,
                        person_id=info.person_id,
                        task_id=task.task_id,
                        minutes=visit.seats[0].minutes,
                        second_minutes=visit.seats[1].minutes if visit.apart else None,
                    )
                    if placed is not None:
                        write_place(row, planned, at, placed)
                        row.locked = self._workbook.today if visit.lock else None
                    session.add(row)
            after = {"placed": len(where), "left_out": len(planned.visits) - len(where)}
            self._workbook.log(session, "propose_roster", "roster", made.id, after=after)
            return made.id


def next_monday(day: date) -> date:
    """Give the Monday after a day; a Monday gives itself."""
    return day + timedelta(days=-day.weekday() % 7)


def _refuse_length(n_days: int) -> None:
    if not 1 <= n_days <= LONGEST:
        raise InvalidEntry(
            _("A roster is for 1 to {most} days. Choose fewer.", most=LONGEST), "n_days", n_days
        )


def _visit(shown: Shown, task_id: int) -> int:
    entry = shown.entry(task_id)
    if entry.visit is None:
        raise NotPermitted(_("The visit to {name} is no longer to be planned.", name=entry.name))
    return entry.visit


def _rows(session: Session, roster_id: int, task_ids: Iterable[int]) -> Sequence[RosterVisit]:
    wanted = RosterVisit.task_id.in_(list(task_ids))
    return session.scalars(
        select(RosterVisit).where(RosterVisit.roster_id == roster_id, wanted)
    ).all()

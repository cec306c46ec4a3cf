"""Makes a planning problem of tasks, people and staff: a week for `casework.routing.week`.

Decides what a wish, an unknown place or a missing skill means for the search, in the agency's own
prices. Unknown is said and never taken for no: a home without a place is so many minutes away, and
a skill that nobody has written down is not asked for.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import chain

from casework.errors import InvalidEntry
from casework.exchange.travel_table import OFFICE, TravelTable
from casework.reference.agencies import Place
from casework.reference.rosters import RosterRules
from casework.routing.week import (
    Bar,
    Seat,
    Slot,
    Turn,
    Visit,
    Week,
    Weights,
    Wish,
    Worker,
)
from casework.routing.week.hours import Hours, read_hours, spans_on
from casework.terms import _
from casework.workbook.places import Point, point_from
from casework.workbook.roster_drafts import Draft, Drafting
from casework.workbook.roster_reading import Home, StaffMember, VisitTask
from casework.workbook.roster_travel import travel_rows

__all__ = ["Outlook", "Planned", "PlannedVisit", "build_week", "look_ahead"]

_WISHES = ("not_wanted", "seldom", "unfamiliar", "sex_unknown", "dialect", "other_area")
_NAMED = 5  # people or staff named in a note


@dataclass(frozen=True, slots=True)
class PlannedVisit:
    """What stands behind a visit of the week.

    Attributes
    ----------
    tasks : tuple of VisitTask
        What it answers; of two with an order, the first first.
    place : Point or None
        None where it is not known.
    """

    tasks: tuple[VisitTask, ...]
    person_id: int
    name: str
    community: str | None
    address: str | None
    place: Point | None

    @property
    def title(self) -> str:
        """What is done there."""
        return "、".join(dict.fromkeys(one.title for one in self.tasks))


@dataclass(frozen=True, slots=True)
class Planned:
    """A planning problem with what its numbers stand for.

    Attributes
    ----------
    visits : tuple of PlannedVisit
        In the order of the week's.
    staff : tuple of StaffMember
        In the order of the week's workers.
    means : tuple of str
        Each worker's means of travel, a code.
    notes : tuple of str
        What was not known, or could not be read, and what was done about it.
    """

    first: date
    n_days: int
    week: Week
    visits: tuple[PlannedVisit, ...]
    staff: tuple[StaffMember, ...]
    means: tuple[str, ...]
    office: Point
    notes: tuple[str, ...]

    def day(self, number: int) -> date:
        """Give the date of a day of the week."""
        return self.first + timedelta(days=number)

    @property
    def of_task(self) -> dict[int, int]:
        """Give the position of the visit that answers each task."""
        return {task.task_id: at for at, one in enumerate(self.visits) for task in one.tasks}


@dataclass(frozen=True, slots=True)
class Outlook:
    """What there is to plan, as told before anything is searched.

    Attributes
    ----------
    n_people : int
        To whom the visits are.
    n_staff, n_volunteers : int
        Who is at work on one of the days.
    notes : tuple of str
        As those of `Planned`.
    """

    n_visits: int
    n_people: int
    n_staff: int
    n_volunteers: int
    notes: tuple[str, ...]


def look_ahead(
    rules: RosterRules,
    office: Place,
    first: date,
    n_days: int,
    tasks: Sequence[VisitTask],
    homes: Mapping[int, Home],
    staff: Sequence[StaffMember],
    is_workday: Callable[[date], bool],
    table: TravelTable | None = None,
) -> Outlook:
    """Tell what `build_week` would make, without pricing who might come to whom.

    Parameters
    ----------
    homes : mapping of int to Home
        Facts suffice; who is familiar is not asked for.
    """
    return _Builder(rules, office, first, n_days, homes, staff, is_workday, table).outlook(tasks)


def build_week(
    rules: RosterRules,
    office: Place,
    first: date,
    n_days: int,
    tasks: Sequence[VisitTask],
    homes: Mapping[int, Home],
    staff: Sequence[StaffMember],
    is_workday: Callable[[date], bool],
    table: TravelTable | None = None,
) -> Planned:
    """Make the problem.

    Parameters
    ----------
    n_days : int
        Days from the first on, at least 1.
    is_workday : callable
        By the calendar of the country; ordinary hours hold on these days only.
    table : TravelTable or None
        What goes before coordinates where it knows a way.
    """
    return _Builder(rules, office, first, n_days, homes, staff, is_workday, table).planned(tasks)


@dataclass(frozen=True, slots=True)
class _Bidder:
    """What the wishes of people ask of a member of staff, and what each costs of them."""

    staff_id: int
    is_sex_known: bool
    dialects: frozenset[str]
    areas: frozenset[str]
    wishes: Mapping[str, Wish]


def _bidder(one: StaffMember, on: date, weights: Mapping[str, int]) -> _Bidder:
    wishes = {reason: Wish(str(one.staff_id), reason, weights[reason]) for reason in _WISHES}
    return _Bidder(
        one.staff_id, bool(one.said("sex", on)), frozenset(one.said("dialect", on)),
        frozenset(one.said("area", on)), wishes,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a home asks of whoever comes, besides being known there."""

    dialects: frozenset[str]
    communities: frozenset[str]
    is_sex_asked: bool


def _asked(home: Home) -> _Asked:
    return _Asked(
        frozenset(home.said("dialect")),
        frozenset(home.said("community")),
        bool(home.said("visitor_sex")),
    )


def _of_stranger(one: _Bidder, asked: _Asked) -> tuple[Wish, ...]:
    found = [one.wishes["unfamiliar"]]
    if asked.is_sex_asked and not one.is_sex_known:
        found.append(one.wishes["sex_unknown"])
    if asked.dialects and one.dialects and asked.dialects.isdisjoint(one.dialects):
        found.append(one.wishes["dialect"])
    if asked.communities and one.areas and asked.communities.isdisjoint(one.areas):
        found.append(one.wishes["other_area"])
    return tuple(found)


def _seats(drafts: Sequence[Draft]) -> Collection[tuple[str, str | None]]:
    """Give what is asked for in any seat, whose and which skill, each once."""
    return dict.fromkeys((who, skill) for one in drafts for who, skill, _n in one.seats)


class _Builder:
    def __init__(
        self,
        rules: RosterRules,
        office: Place,
        first: date,
        n_days: int,
        homes: Mapping[int, Home],
        staff: Sequence[StaffMember],
        is_workday: Callable[[date], bool],
        table: TravelTable | None,
    ) -> None:
        self.rules, self.first, self.n_days, self.homes = rules, first, n_days, homes
        self.table = table
        self.named = {name: at for at, name in enumerate(table.places)} if table else {}
        self.staff, self.is_workday = staff, is_workday
        self.office = Point(office.latitude, office.longitude)
        self.days = [first + timedelta(days=n) for n in range(n_days)]
        self.notes: dict[str, list[str]] = defaultdict(list)
        held = {skill for one in staff for day in self.days for skill in one.said("skill", day)}
        self.kept_skills = held & set(rules.skills)
        self.bidders = [_bidder(one, first, rules.weights) for one in staff]
        self.bidder_at = {one.staff_id: at for at, one in enumerate(self.bidders)}
        self.sexes = [
            (str(one.staff_id), sex[-1]) for one in staff if (sex := one.said("sex", first))
        ]
        self.asked_of: dict[_Asked, list[tuple[Wish, ...]]] = {}
        self.ordinary = [read_hours(text) for text in rules.working_hours]
        self.visiting = [read_hours(text) for text in rules.visiting_hours]

    def outlook(self, tasks: Sequence[VisitTask]) -> Outlook:
        """Count, and note what is not known in the order of `planned`."""
        drafts = list(Drafting(self.rules, self.days).drafts(tasks))
        self._sites(drafts)
        for one in self.staff:
            self._mean(one)
        seats = _seats(drafts)
        there: Counter[bool] = Counter()
        for one in self.staff:
            if self._worker(one, seats, 0, 0).turns:
                there[one.role == "volunteer"] += 1
        for draft in drafts:
            self._visiting(self.homes.get(draft.tasks[0].person_id, Home()), draft.tasks[0].name)
        people = {one.tasks[0].person_id for one in drafts}
        return Outlook(
            len(drafts), len(people), there[False], there[True], tuple(self._told())
        )  # fmt: skip

    def _sites(
        self, drafts: Sequence[Draft]
    ) -> tuple[list[Point | None], list[int | None], dict[int, int]]:
        """Give places, which of the travel table each is, and the row of each person."""
        places: list[Point | None] = [self.office]
        known: list[int | None] = [self.named.get(OFFICE)]
        rows: dict[int, int] = {}
        for draft in drafts:
            person = draft.tasks[0].person_id
            if person not in rows:
                rows[person] = len(places)
                known.append(self._known(person))
                places.append(self._place(person, draft.tasks[0].name, known[-1]))
        return places, known, rows

    def planned(self, tasks: Sequence[VisitTask]) -> Planned:
        drafts = list(Drafting(self.rules, self.days).drafts(tasks))
        places, known, rows = self._sites(drafts)
        means = tuple(self._mean(one) for one in self.staff)
        used = sorted(set(means))
        workers = []
        seats = _seats(drafts)
        for one, mean in zip(self.staff, means, strict=True):
            base = next(
                (
                    point for text in one.said("place", self.first)
                    if (point := point_from(text)) is not None
                ),
                None,
            )  # fmt: skip
            if base is not None:
                places.append(base)
                known.append(None)
            row = 0 if base is None else len(places) - 1
            workers.append(self._worker(one, seats, row, used.index(mean)))
        visits = tuple(self._visit(draft, rows[draft.tasks[0].person_id]) for draft in drafts)
        travel = tuple(
            travel_rows(self.rules, mean, places, self.table, known) for mean in used
        ) or (((0,),),)
        week = Week(self.n_days, visits, tuple(workers), travel, self._weights())
        infos = tuple(self._info(draft, places[rows[draft.tasks[0].person_id]]) for draft in drafts)
        return Planned(
            self.first, self.n_days, week, infos, tuple(self.staff), means, self.office,
            tuple(self._told()),
        )  # fmt: skip

    def _told(self) -> Iterator[str]:
        for text, names in self.notes.items():
            named = list(dict.fromkeys(names))
            shown = "、".join(named[:_NAMED]) + ("…" if len(named) > _NAMED else "")
            yield _("{text}: {names} ({n})", text=text, names=shown, n=len(named))

    # --- visits ---------------------------------------------------------------------------------

    def _visit(self, draft: Draft, row: int) -> Visit:
        task = draft.tasks[0]
        home = self.homes.get(task.person_id, Home())
        minutes = draft.seats[0][2]
        slots: list[Slot] = []
        other_slots: list[Slot] = []
        hours = self._visiting(home, task.name)
        for n, day in enumerate(self.days):
            found = [
                Slot(n, one.begins, max(one.begins, one.ends - minutes))
                for one in hours
                if day.weekday() in one.weekdays
            ]
            (slots if n in draft.days else other_slots).extend(found)
        return Visit(
            key="+".join(str(one.task_id) for one in draft.tasks),
            person=str(task.person_id),
            place=row,
            seats=tuple(Seat(self._asked(*seat[:2]), seat[2]) for seat in draft.seats),
            slots=tuple(slots),
            value=sum(self._value(one) for one in draft.tasks),
            apart=draft.apart,
            bars=tuple(self._bars(home)),
            wishes=tuple(self._wishes(home, draft)),
            days=draft.days,
            other_slots=tuple(other_slots),
        )

    def _visiting(self, home: Home, name: str) -> list[Hours]:
        hours = self._hours(
            home.said("visit_times"), name, _("Hours of visits that cannot be read")
        )
        return hours or self.visiting

    def _hours(self, texts: Sequence[str], name: str, note: str) -> list[Hours]:
        found = []
        for text in texts:
            try:
                found.append(read_hours(text))
            except InvalidEntry:
                self.notes[note].append(f"{name} “{text[:40]}”")
        return found

    def _value(self, task: VisitTask) -> int:
        weights = self.rules.weights
        value = weights["left_out"] + weights["left_out_priority"] * max(0, 5 - task.priority)
        return value + weights["left_out_due"] * (task.due_on <= self.days[-1])

    def _asked(self, actor: str, skill: str | None) -> str:
        return f"{actor}|{skill if skill in self.kept_skills else ''}"

    def _bars(self, home: Home) -> Iterator[Bar]:
        if home.unwanted:
            yield Bar("unwanted", frozenset(map(str, home.unwanted)))
        wished = home.said("visitor_sex")
        if wished:
            others = {key for key, sex in self.sexes if sex not in wished}
            if others:
                yield Bar("sex", frozenset(others))

    def _wishes(self, home: Home, draft: Draft) -> Iterator[Wish]:
        """Give what each member of staff would cost a home, in the order of the staff.

        Thousands of visits by a thousand of staff: what is the same for homes that ask the same is
        worked out once, and only those who are known there are looked at one by one.
        """
        familiar = home.team | home.wanted | {one.owner_id for one in draft.tasks}
        told = list(self._of_strangers(_asked(home)))
        for staff_id in familiar | home.seen:
            at = self.bidder_at.get(staff_id or 0)
            if at is not None:
                wishes = self.bidders[at].wishes
                known = () if staff_id in familiar else (wishes["seldom"],)
                told[at] = (*known, *told[at][1:])
        if home.wanted:
            for at, one in enumerate(self.bidders):
                if one.staff_id not in home.wanted:
                    told[at] = (one.wishes["not_wanted"], *told[at])
        return chain.from_iterable(told)

    def _of_strangers(self, asked: _Asked) -> list[tuple[Wish, ...]]:
        """Give, for each member of staff, what they cost where nobody knows them: that first."""
        found = self.asked_of.get(asked)
        if found is None:
            found = self.asked_of[asked] = [_of_stranger(one, asked) for one in self.bidders]
        return found

    def _info(self, draft: Draft, place: Point | None) -> PlannedVisit:
        task = draft.tasks[0]
        home = self.homes.get(task.person_id, Home())
        return PlannedVisit(
            draft.tasks, task.person_id, task.name,
            next(iter(home.said("community")), None), next(iter(home.said("address")), None), place,
        )  # fmt: skip

    # --- staff ----------------------------------------------------------------------------------

    def _worker(
        self, one: StaffMember, seats: Collection[tuple[str, str | None]], row: int, mode: int
    ) -> Worker:
        skills = {
            self._asked(actor, skill) for actor, skill in seats if self._may(one, actor, skill)
        }
        return Worker(str(one.staff_id), frozenset(skills), tuple(self._turns(one)), row, mode)

    def _may(self, one: StaffMember, actor: str, skill: str | None) -> bool:
        roles = (
            self.rules.company.get(actor.removeprefix("with:"), ())
            if actor.startswith("with:")
            else self.rules.actors.get(actor, ())
        )
        if one.role not in roles:
            return False
        if skill is not None and skill not in self.kept_skills:
            label = self.rules.skills[skill]
            self.notes[
                _("Skills that nobody has written down, and that were not asked for")
            ].append(str(label))
            return True
        return skill is None or skill in one.said("skill", self.first)

    def _turns(self, one: StaffMember) -> Iterator[Turn]:
        for n, day in enumerate(self.days):
            if not one.is_there(day):
                continue
            own = self._hours(
                one.said("hours", day), one.name, _("Working hours that cannot be read")
            )
            spans = spans_on(day, own, self.ordinary, is_workday=self.is_workday(day))
            yield from (Turn(n, begins, until) for begins, until in spans)

    def _mean(self, one: StaffMember) -> str:
        mean = one.mean(self.rules, self.first)
        if mean is None:
            first = next(iter(self.rules.means))
            note = _(
                "Staff whose means of travel is not written down, taken to go by {mean}",
                mean=self.rules.means[first].label,
            )
            self.notes[note].append(one.name)
            return first
        return mean

    # --- places ---------------------------------------------------------------------------------

    def _known(self, person: int) -> int | None:
        """Give the place of the travel table where a person lives."""
        communities = self.homes.get(person, Home()).said("community")
        return next((self.named[one] for one in communities if one in self.named), None)

    def _place(self, person: int, name: str, known: int | None) -> Point | None:
        texts = self.homes.get(person, Home()).said("location")
        point = point_from(texts[-1]) if texts else None
        if known is None and self.table is not None:
            note = _("Homes in no place of the table of travel times, planned by coordinates")
            self.notes[note].append(name)
        if point is None and known is None:
            note = _(
                "Homes whose place is not known, taken to be {n} minutes from anywhere",
                n=self.rules.numbers["unknown_minutes"],
            )
            self.notes[note].append(name)
        return point

    def _weights(self) -> Weights:
        weights = self.rules.weights
        names = (
            "travel", "late", "above_share", "tolerance", "other_day", "other_worker",
            "other_time", "unmoved",
        )  # fmt: skip
        return replace(Weights(), **{one: weights[one] for one in names})

"""What the year of work is about: people in charge of somebody, tasks, and what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from casework.demo.life import InventedFact, Life
from casework.demo.seeds import Suits, Usual
from casework.workbook.contact_entry import ContactEntry, Participant

__all__ = ["DueTask", "Excuse", "Made", "Served", "helper_calls", "usual_tasks"]

_KEEPS_UP_DAYS = 24  # within the month after which a pair is quiet
_KEEPS_UP_BY = ("phone", "home_visit", "hospital_visit")


@dataclass(slots=True)
class DueTask:
    """A task as the engine made it; ``done_on`` is set as the year goes on."""

    task_id: int  # below 0 for what no task asks for: see usual_tasks
    person_id: int
    item_key: str
    actor: str
    channels: tuple[str, ...]
    opens_on: date
    due_on: date
    planned_on: date
    minutes: int | None = None
    done_on: date | None = None
    excused: bool = False


@dataclass(slots=True)
class Served:
    """A person as far as the year of work must know.

    Attributes
    ----------
    seats : mapping
        Who sits in the care team, by role.
    diligence : float
        Share of the tasks that are done in time, by whoever is in charge.
    spoken_for : set of str
        Kinds of need that are known already: of one kind a person has one need.
    out_of_reach : bool
        Nobody is ever reached, however often it is tried.
    forgotten_from, quiet_from : date or None
        Since when nobody has turned to the person at all; since when the helpers have not.
    helped_in : mapping of str to str
        The seats of the care team in which helpers sit, each with the purpose of which the person
        is asked; empty for whoever said no to helpers.
    """

    life: Life
    person_id: int
    worker: Participant
    seats: Mapping[str, Participant]
    diligence: float
    spoken_for: set[str] = field(default_factory=set)
    out_of_reach: bool = False
    forgotten_from: date | None = None
    quiet_from: date | None = None
    helped_in: Mapping[str, str] = field(default_factory=dict)
    _facts: dict[str, list[InventedFact]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Lay out the facts by code: they are asked for at every contact."""
        self._facts = {}
        for one in self.life.facts:
            self._facts.setdefault(one.code, []).append(one)

    def in_care(self, day: date) -> bool:
        """Tell whether the person was served on a day."""
        opened, closed = self.life.opened_on, self.life.closed_on
        return (opened is None or opened <= day) and (closed is None or day <= closed)

    def left_alone(self, actor: str, day: date) -> bool:
        """Tell whether whoever should act had stopped turning to the person by a day."""
        helps = actor == "volunteer" or actor in self.helped_in
        since = [self.forgotten_from, self.quiet_from if helps else None]
        return any(one is not None and one <= day for one in since)

    def away(self, day: date) -> bool:
        """Tell whether the person was away for the season."""
        return any(stay.away_from <= day <= stay.away_to for stay in self.life.stays)

    def held(self, code: str, day: date) -> str | None:
        """Give the value of a fact on a day."""
        for one in self._facts.get(code, ()):
            begun = one.valid_from is None or one.valid_from <= day
            if begun and (one.valid_to is None or day <= one.valid_to):
                return one.value
        return None

    def suits(self, wanted: Suits, day: date) -> bool:
        """Tell whether something is true of the person on a day; what is not known is not."""
        return all(self.held(code, day) in values for code, values in wanted.items())

    def known_since(self, code: str) -> date | None:
        """Give the first day on which a fact is known; the day of birth where it always was."""
        days = [one.valid_from or self.life.born_on for one in self._facts.get(code, ())]
        return min(days, default=None)

    def in_hospital(self, day: date) -> bool:
        """Tell whether the person lay in hospital."""
        return self.held("hospital_status", day) in ("inpatient", "long_term")


@dataclass(frozen=True, slots=True)
class Made:
    """A contact that took place, and the tasks it closed."""

    entry: ContactEntry
    closes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Excuse:
    """A task that was excused by a person, with the reason."""

    task_id: int
    on: date
    reason: str


def usual_tasks(
    people: Sequence[Served], usual: Sequence[Usual], begins: date, today: date
) -> list[DueTask]:
    """Give what is done where an agency has no rules: contacts that are usual."""
    return list(_spread(((one, usual) for one in people), begins, today))


def helper_calls(people: Sequence[Served], begins: date, today: date) -> list[DueTask]:
    """Give what helpers do of themselves, whether or not rules ask for it: they keep in touch."""
    each = ((one, [_kept_up(role) for role in sorted(one.helped_in)]) for one in people)
    return list(_spread(each, begins, today))


def _kept_up(role: str) -> Usual:
    return Usual(f"usual:{role}", _KEEPS_UP_DAYS, role, _KEEPS_UP_BY)


def _spread(
    people: Iterable[tuple[Served, Sequence[Usual]]], begins: date, today: date
) -> Iterator[DueTask]:
    """Lay what is usual out over the year, numbered below 0: no plan asks for it."""
    n = 0
    for one, usual in people:
        for each in usual:
            shift = (one.life.number * 7) % each.days
            for start in range(-shift, (today - begins).days, each.days):
                opens_on = begins + timedelta(days=start)
                n += 1
                yield DueTask(
                    task_id=-n,
                    person_id=one.person_id,
                    item_key=each.key,
                    actor=each.actor,
                    channels=each.channels,
                    opens_on=opens_on,
                    due_on=opens_on + timedelta(days=each.days - 1),
                    planned_on=opens_on + timedelta(days=each.days // 2),
                )

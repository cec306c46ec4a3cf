"""A day of visits, and a roster for it: plain values.

Decides what can be said about a day; leaves to ``instance`` how it is written in a file.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Day", "Roster", "Service", "Staff", "Stop", "Visit"]

OFFICE = 0


@dataclass(frozen=True, slots=True)
class Service:
    """One thing to be done at a visit, by one member of staff.

    Parameters
    ----------
    kind : str
        The skill that is needed.
    duration : float
        Minutes.
    """

    kind: str
    duration: float


@dataclass(frozen=True, slots=True)
class Visit:
    """What one person needs at home on the day.

    Parameters
    ----------
    person : str
        Who is visited.
    earliest, latest : float
        When each service may start and should have started, in minutes of the day, both inclusive.
        Later is possible and counts as late.
    services : tuple of Service
        One, or two by different staff.
    apart : tuple of float or None
        Of two services: least and greatest time from the start of the first to that of the second,
        in minutes, inclusive; (0, 0) for two at once. None with one service.
    """

    person: str
    earliest: float
    latest: float
    services: tuple[Service, ...]
    apart: tuple[float, float] | None = None

    @property
    def is_simultaneous(self) -> bool:
        """Whether two must be there at once."""
        return self.apart == (0, 0)


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody who makes visits; starts at the office at minute 0 and returns there.

    Parameters
    ----------
    name : str
    skills : frozenset of str
        Kinds of service that may be given.
    """

    name: str
    skills: frozenset[str]


@dataclass(frozen=True, slots=True)
class Day:
    """One day to be planned.

    Parameters
    ----------
    visits : tuple of Visit
    staff : tuple of Staff
    travel : tuple of tuple of float
        Minutes from place to place, shape (1 + visits, 1 + visits), from row to column; place 0 is
        the office, place k the k-th visit's.
    """

    visits: tuple[Visit, ...]
    staff: tuple[Staff, ...]
    travel: tuple[tuple[float, ...], ...]

    def able(self, kind: str) -> list[int]:
        """Give the positions of the staff who may give a kind of service."""
        return [at for at, one in enumerate(self.staff) if kind in one.skills]


@dataclass(frozen=True, slots=True)
class Stop:
    """One service in a route.

    Parameters
    ----------
    visit : int
        Position in the day's visits.
    service : int
        Position in the visit's services.
    start : float
        Minute of the day at which the service begins, after any waiting.
    """

    visit: int
    service: int
    start: float


@dataclass(frozen=True, slots=True)
class Roster:
    """Who goes where, in which order and when.

    Parameters
    ----------
    routes : tuple of tuple of Stop
        One route for each of the day's staff, in the order of the day; empty for who stays.
    """

    routes: tuple[tuple[Stop, ...], ...]

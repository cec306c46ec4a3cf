"""What a pair costs, term by term, and for everybody at once.

Decides the price of pairing one person with one helper, in kilometres: each other term says how
many kilometres further one would go for it. Leaves choosing the pairs to ``solving``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["TERMS", "Affinity", "Party", "Weights"]

TERMS = (
    "distance", "unknown_place", "hours", "dialect", "interests", "team", "continuity", "wish",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Party:
    """A person who is to be paired, or a helper.

    Parameters
    ----------
    key : str
        Names the person or helper, once on each side.
    place : tuple of float or None
        East and north in kilometres, on any plane map; None where it is not known.
    sex : str or None
        Code of GB/T 2261.1; None where it is not known.
    dialects, interests : frozenset of str
        Codes of what is spoken and what is liked; empty where nothing is known.
    seats : int
        Helpers a person is to have, or people a helper has places for; 0 or more.
    wants_sex : str or None
        The sex that the other must have; whoever's sex is not known is then no choice.
    wants, refuses : frozenset of str
        Keys of the other side who are asked for, and who must not be.
    now : frozenset of str
        Keys of the other side with whom one is paired already: the face one knows.
    hours : frozenset of str
        Hours of the week at which somebody may be visited, or has time; empty where nobody asked.
    teams : frozenset of str
        Teams of a helper, or those from which helpers come to the person already.
    """

    key: str
    place: tuple[float, float] | None = None
    sex: str | None = None
    dialects: frozenset[str] = frozenset()
    interests: frozenset[str] = frozenset()
    seats: int = 1
    wants_sex: str | None = None
    wants: frozenset[str] = frozenset()
    refuses: frozenset[str] = frozenset()
    now: frozenset[str] = frozenset()
    hours: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Refuse seats below nothing."""
        if self.seats < 0:
            raise ValueError(f"{self.key}: seats must not be negative, not {self.seats}")


@dataclass(frozen=True, slots=True)
class Weights:
    """How many kilometres further one would go for something; all 0 or more.

    Parameters
    ----------
    dialect : float
        For a helper who speaks a dialect of the person's.
    interest : float
        For each interest shared, up to three.
    hours : float
        For a helper who has time in an hour in which the person may be visited, where both are
        known; who knows nothing of hours is taken as they are.
    team : float
        For a helper of a team from which somebody comes already.
    continuity : float
        For keeping a pair that there is.
    wish : float
        For a helper whom the person asks for, or a person whom the helper asks for.
    unknown_place : float
        What a distance that is not known counts as.
    alone : float
        What a seat costs that stays empty; more than the worst pair one would still make.
    next_person : float
        What each further person of one helper costs more than the one before.
    """

    dialect: float = 2.0
    interest: float = 0.5
    hours: float = 8.0
    team: float = 1.0
    continuity: float = 5.0
    wish: float = 10.0
    unknown_place: float = 10.0
    alone: float = 60.0
    next_person: float = 0.2

    def __post_init__(self) -> None:
        """Refuse weights below nothing."""
        for name in self.__slots__:
            if not getattr(self, name) >= 0:
                raise ValueError(f"weight {name} must not be negative")


_MOST_SHARED = 3


@dataclass
class Affinity:
    """The prices between all people and all helpers; worked out in blocks, never kept whole.

    Parameters
    ----------
    people, helpers : sequence of Party
        Both sides; keys are unique on each.

    Raises
    ------
    ValueError
        If a key occurs twice on one side.
    """

    people: Sequence[Party]
    helpers: Sequence[Party]
    weights: Weights = field(default_factory=Weights)

    def __post_init__(self) -> None:
        """Lay both sides out as tables."""
        import numpy as np

        for side in (self.people, self.helpers):
            if len({one.key for one in side}) < len(side):
                raise ValueError("a key occurs twice on one side")
        self.person_at = {one.key: at for at, one in enumerate(self.people)}
        self.helper_at = {one.key: at for at, one in enumerate(self.helpers)}
        self._places = [_places(side) for side in (self.people, self.helpers)]
        self._dialects = self._marks(lambda one: one.dialects)
        self._interests = self._marks(lambda one: one.interests)
        self._hours = self._marks(lambda one: one.hours)
        self._teams = self._marks(lambda one: one.teams)
        self._sex = [_codes([one.sex for one in s]) for s in (self.people, self.helpers)]
        self._wants = [_codes([one.wants_sex for one in s]) for s in (self.people, self.helpers)]
        self._named = self._named_pairs()
        self.alone: NDArray[np.float64] = np.full(len(self.people), self.weights.alone)

    @property
    def shape(self) -> tuple[int, int]:
        """Number of people and of helpers."""
        return len(self.people), len(self.helpers)

    def block(self, first: int, last: int) -> NDArray[np.float64]:
        """Give the prices of some people with every helper; infinite where a pair must not be.

        Parameters
        ----------
        first, last : int
            Positions of people, the last one not included.

        Returns
        -------
        ndarray of float, shape (last - first, number of helpers)
            Kilometres; below 0 where more speaks for a pair than the way against it.
        """
        import numpy as np

        some = slice(first, last)
        total = sum(self._terms(some).values(), np.zeros((last - first, len(self.helpers))))
        total[~self._may(some)] = np.inf
        return total

    def terms(self, person: int, helper: int) -> dict[str, float]:
        """Give what the price of one pair is made of: the terms of ``TERMS`` that are not 0."""
        found = self._terms(slice(person, person + 1))
        return {name: float(found[name][0, helper]) for name in TERMS if found[name][0, helper]}

    def forbids(self, person: int, helper: int) -> str | None:
        """Tell what forbids a pair: ``refused`` or ``sex``; None if nothing does."""
        one, other = self.people[person], self.helpers[helper]
        if other.key in one.refuses or one.key in other.refuses:
            return "refused"
        apart = one.wants_sex and other.sex != one.wants_sex
        return "sex" if apart or (other.wants_sex and one.sex != other.wants_sex) else None

    # ------------------------------------------------------------------ blocks

    def _terms(self, some: slice) -> dict[str, NDArray[np.float64]]:
        import numpy as np

        weights = self.weights
        (px, p_known), (hx, h_known) = self._places
        here = px[some]
        apart = np.hypot(here[:, :1] - hx[:, 0], here[:, 1:] - hx[:, 1])
        known = p_known[some, None] & h_known[None]
        dialect = self._shared(self._dialects, some) > 0
        interests = np.minimum(self._shared(self._interests, some), _MOST_SHARED)
        asked, free = (marks.sum(axis=1) > 0 for marks in self._hours)
        apart_in_time = asked[some, None] & free[None]
        apart_in_time &= self._shared(self._hours, some) == 0
        named = {name: np.zeros(known.shape) for name in ("continuity", "wish")}
        for name, (rows, columns, counts) in self._named.items():
            if name in named:
                lo, hi = np.searchsorted(rows, (some.start, some.stop))
                named[name][rows[lo:hi] - some.start, columns[lo:hi]] = counts[lo:hi]
        return {
            "distance": np.where(known, apart, 0.0),
            "unknown_place": np.where(known, 0.0, weights.unknown_place),
            "hours": weights.hours * apart_in_time,
            "dialect": -weights.dialect * dialect,
            "interests": -weights.interest * interests,
            "team": -weights.team * (self._shared(self._teams, some) > 0),
            "continuity": -weights.continuity * named["continuity"],
            "wish": -weights.wish * named["wish"],
        }

    def _may(self, some: slice) -> NDArray[np.bool_]:
        import numpy as np

        (p_sex, h_sex), (p_wants, h_wants) = self._sex, self._wants
        wants = p_wants[some, None]
        may = (wants == _NONE) | (wants == h_sex[None])
        may &= (h_wants[None] == _NONE) | (h_wants[None] == p_sex[some, None])
        rows, columns, _counts = self._named["refused"]
        lo, hi = np.searchsorted(rows, (some.start, some.stop))
        may[rows[lo:hi] - some.start, columns[lo:hi]] = False
        allowed: NDArray[np.bool_] = may
        return allowed

    def _marks(self, of: Callable[[Party], frozenset[str]]) -> list[NDArray[np.float32]]:
        """Give a table of 0 and 1 for each side, with a column for each code there is."""
        import numpy as np

        codes = sorted(
            {code for side in (self.people, self.helpers) for p in side for code in of(p)}
        )
        at = {code: column for column, code in enumerate(codes)}
        tables = []
        for side in (self.people, self.helpers):
            table = np.zeros((len(side), len(codes)), dtype=np.float32)
            for row, one in enumerate(side):
                table[row, [at[code] for code in of(one)]] = 1
            tables.append(table)
        return tables

    def _shared(self, marks: list[NDArray[np.float32]], some: slice) -> NDArray[np.float32]:
        shared: NDArray[np.float32] = marks[0][some] @ marks[1].T
        return shared

    def _named_pairs(self) -> dict[str, tuple[NDArray[np.intp], ...]]:
        """Give the pairs that somebody names, sorted by person: row, column, by how many."""
        named: dict[str, dict[tuple[int, int], int]] = {
            "continuity": {}, "wish": {}, "refused": {},
        }  # fmt: skip
        for row, one in enumerate(self.people):
            for name, keys in (
                ("wish", one.wants),
                ("continuity", one.now),
                ("refused", one.refuses),
            ):
                for key in keys & self.helper_at.keys():
                    pair = row, self.helper_at[key]
                    named[name][pair] = named[name].get(pair, 0) + 1
        for column, one in enumerate(self.helpers):
            for name, keys in (
                ("wish", one.wants),
                ("continuity", one.now),
                ("refused", one.refuses),
            ):
                for key in keys & self.person_at.keys():
                    pair = self.person_at[key], column
                    # Both say that they are paired: once is what it is.
                    named[name][pair] = named[name].get(pair, 0) + 1 if name == "wish" else 1
        return {name: _columns(pairs) for name, pairs in named.items()}


_NONE = -1


def _columns(pairs: dict[tuple[int, int], int]) -> tuple[NDArray[np.intp], ...]:
    import numpy as np

    ordered = sorted(pairs.items())
    table = np.array([(*pair, count) for pair, count in ordered], dtype=np.intp).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2]


def _places(side: Sequence[Party]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    import numpy as np

    known = np.array([one.place is not None for one in side], dtype=bool)
    return np.array([one.place or (0.0, 0.0) for one in side], dtype=float).reshape(-1, 2), known


def _codes(values: Sequence[str | None]) -> NDArray[np.int64]:
    """Give a number for each value: the same for the same one, on both sides; -1 for None."""
    import numpy as np

    return np.array([_NONE if v is None else int.from_bytes(v.encode()[:7]) for v in values])

"""The cheapest pairs over everybody at once, and a proof that there are none cheaper.

A transport problem: people have seats, helpers have places, each further place of a helper costs
more than the one before, an empty seat has its price. Its corners are whole numbers, so a linear
program (HiGHS, through SciPy) solves it exactly. Ten thousand people and three thousand helpers
have thirty million pairs; the program holds the nearest few of everybody, and its prices tell
which pair beyond them could still make it cheaper. Those are added until there is none left: the
answer is then the cheapest over all pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from casework.matching.affinity import Affinity

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    _Found = tuple[NDArray[np.intp], NDArray[np.float64]]

__all__ = ["Matching", "match"]

Progress = Callable[[float, str], object]
_NEAREST, _BLOCK, _MOST_NEW, _SLACK = 24, 500, 24, 1e-7
_MOST_ROUNDS = 60


@dataclass(frozen=True, slots=True)
class Matching:
    """Who is paired with whom.

    Attributes
    ----------
    pairs : tuple of (str, str)
        Keys of person and helper, in the order of the people; locked ones included.
    locked : frozenset of (str, str)
        Those that were laid down beforehand.
    empty : dict of str to int
        Seats of people that stay empty, where there are any.
    cost : float
        Kilometres, of pairs, further places and empty seats.
    is_cheapest : bool
        Whether it is proven that no other matching costs less.
    person_prices, helper_prices : ndarray of float
        What one more seat of a person costs, and what one more place of a helper would save (0 or
        less), each in kilometres.
    """

    pairs: tuple[tuple[str, str], ...]
    locked: frozenset[tuple[str, str]]
    empty: dict[str, int]
    cost: float
    is_cheapest: bool
    person_prices: NDArray[np.float64]
    helper_prices: NDArray[np.float64]


def match(
    affinity: Affinity,
    locked: Collection[tuple[str, str]] = (),
    progress: Progress | None = None,
) -> Matching:
    """Pair people with helpers so that the sum of all prices is least.

    Parameters
    ----------
    affinity : Affinity
        What each pair costs, and how many seats and places there are.
    locked : collection of (str, str)
        Pairs of person and helper that stay, whatever they cost and whatever forbids them.
    progress : callable or None
        Called with the share of people who are paired for good, 0 to 1, and a word.

    Returns
    -------
    Matching
        The same for the same input.

    Raises
    ------
    ValueError
        If a locked pair names nobody there is, or more of them than there are seats or places.
    """
    return _Search(affinity, frozenset(locked), progress or (lambda _share, _word: None)).run()


class _Search:
    def __init__(
        self, affinity: Affinity, locked: frozenset[tuple[str, str]], tell: Progress
    ) -> None:
        import numpy as np

        self.affinity = affinity
        self.locked = locked
        self.tell = tell
        self.seats = np.array([one.seats for one in affinity.people], dtype=int)
        self.places = np.array([one.seats for one in affinity.helpers], dtype=int)
        self.taken = np.zeros(len(affinity.helpers), dtype=int)
        self.kept = sorted(self._at(*pair) for pair in locked)
        for person, helper in self.kept:
            self.seats[person] -= 1
            self.places[helper] -= 1
            self.taken[helper] += 1
        for side, left in ((affinity.people, self.seats), (affinity.helpers, self.places)):
            short = np.flatnonzero(left < 0)
            if len(short):
                raise ValueError(
                    f"{side[int(short[0])].key}: more pairs are locked than there is room"
                )

    def _at(self, person: str, helper: str) -> tuple[int, int]:
        try:
            return self.affinity.person_at[person], self.affinity.helper_at[helper]
        except KeyError as error:
            raise ValueError(f"a locked pair names nobody there is: {error.args[0]}") from None

    def run(self) -> Matching:
        import numpy as np

        n_helpers = self.affinity.shape[1]
        arcs = _Arcs.none().and_more(self._nearest())
        for _round in range(_MOST_ROUNDS):
            program = _Program(self, arcs)
            more = arcs.and_more(self._cheaper(program, arcs.at))
            is_cheapest = len(more.at) == len(arcs.at)
            if is_cheapest:
                break
            arcs = more
        chosen = [(int(a // n_helpers), int(a % n_helpers)) for a in program.chosen]
        people, helpers = self.affinity.people, self.affinity.helpers
        pairs = sorted([*chosen, *self.kept])
        filled = np.bincount([p for p, _h in chosen], minlength=len(people))
        self.tell(1.0, "paired")
        return Matching(
            pairs=tuple((people[p].key, helpers[h].key) for p, h in pairs),
            locked=self.locked,
            empty={
                people[int(at)].key: int(self.seats[at] - filled[at])
                for at in np.flatnonzero(self.seats > filled)
            },
            cost=program.cost + self._cost_of_kept(),
            is_cheapest=is_cheapest,
            person_prices=program.person_prices,
            helper_prices=program.helper_prices,
        )

    def _cost_of_kept(self) -> float:
        """Give what locked pairs cost; one that is forbidden costs its terms all the same."""
        terms = sum(sum(self.affinity.terms(*pair).values()) for pair in self.kept)
        return terms + sum(self.step(at) for taken in self.taken for at in range(taken))

    def step(self, at: int) -> float:
        """Give what the place of a helper costs that comes after ``at`` others."""
        return self.affinity.weights.next_person * at

    def _blocks(self) -> Iterator[tuple[int, NDArray[np.float64]]]:
        """Give the prices of some people after others, without whoever has no seat left."""
        import numpy as np

        n_people, n_helpers = self.affinity.shape
        if not n_helpers:
            return
        barred = {(p, h) for p, h in self.kept}
        for first in range(0, n_people, _BLOCK):
            last = min(n_people, first + _BLOCK)
            prices = self.affinity.block(first, last)
            prices[self.seats[first:last] == 0] = np.inf
            prices[:, self.places == 0] = np.inf
            for person, helper in barred:
                if first <= person < last:
                    prices[person - first, helper] = np.inf
            # Whom nobody would pair even if a seat stayed empty is no candidate.
            prices[prices > self.affinity.alone[first:last, None]] = np.inf
            yield first, prices

    def _nearest(self) -> Iterator[_Found]:
        """Give the cheapest few pairs of each person."""
        import numpy as np

        count = _NEAREST + int(self.seats.max(initial=0))
        for first, prices in self._blocks():
            rows, columns = _least(prices, count)
            yield self._found(first, prices, rows, columns, np.isfinite(prices[rows, columns]))

    def _cheaper(self, program: _Program, arcs: NDArray[np.intp]) -> Iterator[_Found]:
        """Give, for each person, the pairs beyond those looked at that would make it cheaper."""
        import numpy as np

        n_helpers = self.affinity.shape[1]
        fine = 0
        for first, prices in self._blocks():
            last = first + len(prices)
            gain = prices - program.person_prices[first:last, None] - program.helper_prices
            lo, hi = np.searchsorted(arcs, (first * n_helpers, last * n_helpers))
            gain.ravel()[arcs[lo:hi] - first * n_helpers] = np.inf
            rows, columns = _least(gain, _MOST_NEW)
            good = gain[rows, columns] < -_SLACK
            fine += len(prices) - len(np.unique(rows[good]))
            self.tell(0.95 * fine / len(self.seats), "pairing")
            yield self._found(first, prices, rows, columns, good)

    def _found(
        self,
        first: int,
        prices: NDArray[np.float64],
        rows: NDArray[np.intp],
        columns: NDArray[np.intp],
        good: NDArray[np.bool_],
    ) -> _Found:
        rows, columns = rows[good], columns[good]
        return (rows + first) * self.affinity.shape[1] + columns, prices[rows, columns]


def _least(values: NDArray[np.float64], count: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Give rows and columns of the least few values of each row."""
    import numpy as np

    count = min(count, values.shape[1])
    columns = np.argpartition(values, count - 1, axis=1)[:, :count]
    return np.repeat(np.arange(len(values)), count), columns.ravel()


@dataclass(frozen=True, slots=True)
class _Arcs:
    """Pairs that are looked at, sorted: person times number of helpers plus helper; and prices."""

    at: NDArray[np.intp]
    prices: NDArray[np.float64]

    @classmethod
    def none(cls) -> _Arcs:
        import numpy as np

        return cls(np.zeros(0, dtype=np.intp), np.zeros(0))

    def and_more(self, more: Iterable[_Found]) -> _Arcs:
        import numpy as np

        found = [(self.at, self.prices), *more]
        at, first = np.unique(np.concatenate([one for one, _p in found]), return_index=True)
        return _Arcs(at, np.concatenate([prices for _at, prices in found])[first])


class _Program:
    """The linear program over some pairs, solved."""

    def __init__(self, search: _Search, pairs: _Arcs) -> None:
        import numpy as np
        from scipy.optimize import linprog
        from scipy.sparse import coo_array

        n_people, n_helpers = search.affinity.shape
        arcs = pairs.at
        rows, columns = (arcs // n_helpers, arcs % n_helpers) if n_helpers else (arcs, arcs)
        owner = np.repeat(np.arange(n_helpers), search.places)
        steps = np.array(
            [
                search.step(taken + at)
                for taken, places in zip(search.taken, search.places, strict=True)
                for at in range(places)
            ]
        )
        n_arcs, n_steps = len(arcs), len(steps)
        # Pairs, empty seats, places: seats are filled or empty, pairs of a helper are his places.
        at = np.arange(n_arcs + n_people + n_steps)
        row = np.concatenate([rows, np.arange(n_people), n_people + owner])
        sign = np.concatenate([np.ones(n_arcs + n_people), -np.ones(n_steps)])
        both_row = np.concatenate([row, n_people + columns])
        both_at = np.concatenate([at, at[:n_arcs]])
        both = np.concatenate([sign, np.ones(n_arcs)])
        table = coo_array((both, (both_row, both_at)), shape=(n_people + n_helpers, len(at)))
        prices = np.concatenate([pairs.prices, search.affinity.alone, steps])
        upper = np.concatenate([np.ones(n_arcs), search.seats, np.ones(n_steps)])
        if not len(at):
            self.cost, self.chosen = 0.0, arcs
            self.person_prices, self.helper_prices = np.zeros(n_people), np.zeros(n_helpers)
            return
        solved = linprog(
            prices,
            A_eq=table.tocsr(),
            b_eq=np.concatenate([search.seats, np.zeros(n_helpers)]),
            bounds=np.column_stack([np.zeros(len(at)), upper]),
            method="highs-ds",
        )
        if solved.status != 0:  # empty seats make any such program solvable
            raise ArithmeticError(f"the pairing could not be solved: {solved.message}")
        share = solved.x[:n_arcs]
        if np.abs(share - share.round()).max(initial=0) > 1e-6:
            raise ArithmeticError("the pairing did not come out in whole pairs")
        self.cost = float(solved.fun)
        self.chosen = arcs[share > 0.5]
        self.person_prices = solved.eqlin.marginals[:n_people]
        self.helper_prices = solved.eqlin.marginals[n_people:]

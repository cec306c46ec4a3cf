"""Who answers for whom: everybody's hours shared fairly among staff, with few changes of face.

Decides a caseload for each member of staff; leaves to others where the hours come from and who
hands over what. A linear program over all people and all staff (HiGHS, through SciPy) leaves all
but a few whole; those are given whole to somebody, and single people and pairs are then moved as
long as that is cheaper. The program's value is a bound: how far from the cheapest the answer can
be at most is part of it. A small office is shared by an integer program at once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Client", "SharePrices", "Sharing", "Worker", "share"]

_LEAST_GAIN = 1e-9
_MOST_PASSES = 50
_FEW_ARCS = 300  # who may answer for whom; so few are shared without dividing anybody
_MOST_NODES = 500  # of that search, so that it ends the same on every machine


@dataclass(frozen=True, slots=True)
class Client:
    """A person who needs somebody to answer for them.

    Parameters
    ----------
    key : str
    hours : float
        What the person's plan asks for in the period, 0 or more.
    visits : float
        Ways to the person's home in the period, 0 or more.
    ways : mapping of str to float
        Minutes to the person's home by key of the staff; no way is counted for who is missing.
    now : str or None
        Key of who answers today.
    may : frozenset of str or None
        Keys of staff who may answer, such as those of the person's own unit; None for everybody.
    refuses : frozenset of str
        Keys of staff whom the person does not want.
    """

    key: str
    hours: float
    visits: float = 0.0
    ways: Mapping[str, float] = field(default_factory=dict)
    now: str | None = None
    may: frozenset[str] | None = None
    refuses: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Worker:
    """A member of staff.

    Parameters
    ----------
    key : str
    hours : float
        Hours for people in the period, 0 or more; 0 for somebody who is away all the time.
    """

    key: str
    hours: float


@dataclass(frozen=True, slots=True)
class SharePrices:
    """What is worth how much, in hours; all 0 or more.

    Parameters
    ----------
    way : float
        For each hour on the way to a person and back.
    change : float
        For somebody who gets another face; once, where all else comes again every period.
    uneven : float
        For each hour above a fair share, which is the same part of everybody's hours, and above
        the tolerance.
    beyond : float
        For each hour above the hours there are.
    tolerance : float
        Part of a fair share by which nobody minds having more.
    """

    way: float = 1.0
    change: float = 1.0
    uneven: float = 2.0
    beyond: float = 6.0
    tolerance: float = 0.05

    def __post_init__(self) -> None:
        """Refuse prices below nothing."""
        for name in self.__slots__:
            if not getattr(self, name) >= 0:
                raise ValueError(f"price {name} must not be negative")


@dataclass(frozen=True, slots=True)
class Sharing:
    """Who answers for whom.

    Attributes
    ----------
    to : dict of str to str
        Key of staff by key of person.
    nobody : tuple of str
        Keys of people for whom nobody may answer.
    hours, fair : dict of str to float
        Hours that come together for each member of staff, and what a fair share would be.
    changes : tuple of str
        Keys of people who get another face; not of those who had none.
    cost, bound : float
        Hours that it is worth, and the least that any sharing can come to.
    """

    to: dict[str, str]
    nobody: tuple[str, ...]
    hours: dict[str, float]
    fair: dict[str, float]
    changes: tuple[str, ...]
    cost: float
    bound: float


def share(
    clients: Sequence[Client],
    workers: Sequence[Worker],
    prices: SharePrices | None = None,
    locked: Collection[tuple[str, str]] = (),
) -> Sharing:
    """Share people among staff.

    Parameters
    ----------
    clients, workers : sequence
        Keys are unique on each side.
    prices : SharePrices or None
    locked : collection of (str, str)
        Person and member of staff who stay together, whatever speaks against it.

    Returns
    -------
    Sharing
        The same for the same input.

    Raises
    ------
    ValueError
        If a key occurs twice, hours are negative, or a lock names nobody there is.
    """
    _refuse(clients, workers)
    return _Share(clients, workers, prices or SharePrices(), dict(locked)).run()


def _refuse(clients: Sequence[Client], workers: Sequence[Worker]) -> None:
    for keys in ([one.key for one in clients], [one.key for one in workers]):
        if len(set(keys)) < len(keys):
            raise ValueError("a key occurs twice on one side")
    hours = [(one.key, one.hours) for one in clients] + [(one.key, one.hours) for one in workers]
    for key, asked in hours:
        if not asked >= 0:
            raise ValueError(f"{key}: hours must not be negative")


@dataclass
class _Share:
    clients: Sequence[Client]
    workers: Sequence[Worker]
    prices: SharePrices
    locked: dict[str, str]
    worker_at: dict[str, int] = field(init=False)

    def run(self) -> Sharing:
        import numpy as np

        self.worker_at = {one.key: at for at, one in enumerate(self.workers)}
        self.cost_of = self._costs()
        self.need = np.array([one.hours for one in self.clients], dtype=float)
        there = np.array([one.hours for one in self.workers], dtype=float)
        served: NDArray[np.bool_] = np.asarray(np.isfinite(self.cost_of).any(axis=1))
        asked = float(self.need[served].sum())
        self.there = there
        self.fair = there * (asked / there.sum()) if there.sum() > 0 else there
        chosen, bound = self._relaxed(served)
        chosen = self._improved(chosen, np.flatnonzero(served))
        load = self._load(chosen)
        to = {
            one.key: self.workers[chosen[at]].key
            for at, one in enumerate(self.clients)
            if chosen[at] >= 0
        }
        return Sharing(
            to=to,
            nobody=tuple(one.key for at, one in enumerate(self.clients) if not served[at]),
            hours={one.key: float(load[at]) for at, one in enumerate(self.workers)},
            fair={one.key: float(self.fair[at]) for at, one in enumerate(self.workers)},
            changes=tuple(
                one.key
                for one in self.clients
                if one.now is not None and one.key in to and to[one.key] != one.now
            ),
            cost=self._cost(chosen, load),
            bound=bound,
        )

    def _costs(self) -> NDArray[np.float64]:
        """Give the price of each person with each member of staff; infinite where it must not be.

        Returns
        -------
        ndarray of float, shape (people, staff)
        """
        import numpy as np

        prices = self.prices
        table = np.zeros((len(self.clients), len(self.workers)))
        keys = [one.key for one in self.workers]
        for at, one in enumerate(self.clients):
            row = table[at]
            if one.ways:
                minutes = np.array([one.ways.get(key, 0.0) for key in keys], dtype=float)
                row += 2 * minutes / 60 * one.visits * prices.way
            if one.now in self.worker_at:
                row += prices.change
                row[self.worker_at[one.now]] -= prices.change
            elif one.now is not None:
                row += prices.change  # whoever answers today is not among them: all are new faces
            if one.may is not None:
                row[[i for key, i in self.worker_at.items() if key not in one.may]] = np.inf
            row[[self.worker_at[key] for key in one.refuses if key in self.worker_at]] = np.inf
        for person, key in self.locked.items():
            row_at = next((i for i, one in enumerate(self.clients) if one.key == person), None)
            if row_at is None or key not in self.worker_at:
                raise ValueError(f"a lock names nobody there is: {person}, {key}")
            kept = table[row_at, self.worker_at[key]]
            table[row_at] = np.inf
            table[row_at, self.worker_at[key]] = kept if np.isfinite(kept) else 0.0
        return table

    def _relaxed(self, served: NDArray[np.bool_]) -> tuple[NDArray[np.intp], float]:
        """Share hours as if people could be divided; each goes to who has most of them."""
        import numpy as np
        from scipy.optimize import Bounds, LinearConstraint, linprog, milp
        from scipy.sparse import coo_array

        chosen = np.full(len(self.clients), -1, dtype=np.intp)
        rows, columns = np.nonzero(np.isfinite(self.cost_of))
        if not len(rows):
            return chosen, 0.0
        n_arcs, n_workers = len(rows), len(self.workers)
        person = np.cumsum(served) - 1
        n_people = int(served.sum())
        # Arcs; then, for each member of staff, hours within the fair share, above it, and beyond.
        arcs = np.arange(n_arcs)
        steps = n_arcs + np.arange(3 * n_workers).reshape(3, -1)
        at = np.concatenate([arcs, arcs, *steps])
        row = np.concatenate([person[rows], n_people + columns,
                              *[n_people + np.arange(n_workers)] * 3])  # fmt: skip
        value = np.concatenate([np.ones(n_arcs), self.need[rows], -np.ones(3 * n_workers)])
        table = coo_array((value, (row, at)), shape=(n_people + n_workers, n_arcs + 3 * n_workers))
        even, full = self._corners()
        upper = np.concatenate([np.full(n_arcs, np.inf), even, full - even,
                                np.full(n_workers, np.inf)])  # fmt: skip
        price = np.concatenate([
            self.cost_of[rows, columns], np.zeros(n_workers),
            np.full(n_workers, self.prices.uneven),
            np.full(n_workers, self.prices.uneven + self.prices.beyond),
        ])  # fmt: skip
        asked = np.concatenate([np.ones(n_people), np.zeros(n_workers)])
        solved = linprog(
            price,
            A_eq=table.tocsr(),
            b_eq=asked,
            bounds=np.column_stack([np.zeros(len(upper)), upper]),
            method="highs-ds",
        )
        if solved.status != 0:
            raise ArithmeticError(f"the caseloads could not be shared: {solved.message}")
        parts = solved.x
        if n_arcs <= _FEW_ARCS:  # among few, giving the divided ones whole can be far off
            whole = milp(
                price,
                constraints=LinearConstraint(table.tocsr(), asked, asked),
                integrality=np.arange(len(price)) < n_arcs,
                bounds=Bounds(0, upper),
                options={"node_limit": _MOST_NODES},
            )
            parts = solved.x if whole.x is None else whole.x
        most = np.zeros(len(self.clients))
        for one, worker, part in zip(rows, columns, parts[:n_arcs], strict=True):
            if part > most[one] + _LEAST_GAIN:
                chosen[one], most[one] = worker, part
        return chosen, float(solved.fun)

    def _corners(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Give where hours become uneven, and where they go beyond what there is."""
        import numpy as np

        even = np.minimum(self.fair * (1 + self.prices.tolerance), self.there)
        return even, self.there

    def _step_cost(self, load: NDArray[np.float64]) -> NDArray[np.float64]:
        import numpy as np

        even, full = self._corners()
        above = np.maximum(load - even, 0.0)
        return self.prices.uneven * above + self.prices.beyond * np.maximum(load - full, 0.0)

    def _load(self, chosen: NDArray[np.intp]) -> NDArray[np.float64]:
        import numpy as np

        some = chosen >= 0
        load: NDArray[np.float64] = np.bincount(
            chosen[some], self.need[some], minlength=len(self.workers)
        ).astype(float)
        return load

    def _cost(self, chosen: NDArray[np.intp], load: NDArray[np.float64]) -> float:
        import numpy as np

        some = np.flatnonzero(chosen >= 0)
        return float(self.cost_of[some, chosen[some]].sum() + self._step_cost(load).sum())

    def _improved(self, chosen: NDArray[np.intp], served: NDArray[np.intp]) -> NDArray[np.intp]:
        """Move single people, and exchange two, as long as that is cheaper."""
        chosen = chosen.copy()
        load = self._load(chosen)
        for _pass in range(_MOST_PASSES):
            moved = [self._moved(one, chosen, load) for one in served]
            exchanged = [self._exchanged(one, chosen, load, served) for one in served]
            if not any(moved) and not any(exchanged):
                break
        return chosen

    def _moved(self, one: int, chosen: NDArray[np.intp], load: NDArray[np.float64]) -> bool:
        import numpy as np

        here, hours = chosen[one], self.need[one]
        with_one = self._step_cost(load + hours) - self._step_cost(load)
        without = self._step_cost(load) - self._step_cost(load - hours)
        gain = self.cost_of[one, here] + without[here] - self.cost_of[one] - with_one
        gain[here] = 0.0
        best = int(np.argmax(gain))
        if gain[best] <= _LEAST_GAIN:
            return False
        load[here] -= hours
        load[best] += hours
        chosen[one] = best
        return True

    def _exchanged(
        self,
        one: int,
        chosen: NDArray[np.intp],
        load: NDArray[np.float64],
        served: NDArray[np.intp],
    ) -> bool:
        import numpy as np

        here = chosen[one]
        others = served[chosen[served] != here]
        if not len(others):
            return False
        there = chosen[others]
        more = self.need[others] - self.need[one]  # what comes here, and leaves there
        step = self._step_cost(load)
        before = self.cost_of[one, here] + self.cost_of[others, there] + step[here] + step[there]
        after = (
            self.cost_of[one, there] + self.cost_of[others, here]
            + self._step_cost_at(load[here] + more, np.full(len(others), here))
            + self._step_cost_at(load[there] - more, there)
        )  # fmt: skip
        best = int(np.argmin(after - before))
        if (after - before)[best] >= -_LEAST_GAIN:
            return False
        other, to = others[best], there[best]
        load[here] += more[best]
        load[to] -= more[best]
        chosen[one], chosen[other] = to, here
        return True

    def _step_cost_at(
        self, load: NDArray[np.float64], workers: NDArray[np.intp]
    ) -> NDArray[np.float64]:
        import numpy as np

        even, full = (corner[workers] for corner in self._corners())
        above = np.maximum(load - even, 0.0)
        return self.prices.uneven * above + self.prices.beyond * np.maximum(load - full, 0.0)

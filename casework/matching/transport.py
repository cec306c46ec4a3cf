"""The cheapest way to bring rows to columns that have room for several: a transport problem."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["transport"]

_NEAREST, _MOST_NEW, _SLACK = 24, 12, 1e-7


def transport(
    table: NDArray[np.float64], room: NDArray[np.intp], alone: NDArray[np.float64]
) -> list[tuple[int, int]]:
    """Give the cheapest pairs of rows and columns: a row once or alone, a column as there is room.

    The linear program holds the nearest few columns of each row, and its prices tell which others
    could make it cheaper, as in `casework.matching.solving`; proven over all pairs in the end.
    """
    import numpy as np
    from scipy.optimize import linprog
    from scipy.sparse import coo_array

    n, m = table.shape
    nearest = np.argpartition(table, min(_NEAREST, m) - 1, axis=1)[:, :_NEAREST]
    held = np.zeros((n, m), dtype=bool)
    np.put_along_axis(held, nearest, values=True, axis=1)
    held &= np.isfinite(table)
    while True:
        rows, columns = np.nonzero(held)
        at = np.arange(len(rows))
        each = coo_array(
            (
                np.ones(len(rows) + n),
                (np.r_[rows, np.arange(n)], np.r_[at, len(rows) + np.arange(n)]),
            ),
            shape=(n, len(rows) + n),
        )
        full = coo_array((np.ones(len(rows)), (columns, at)), shape=(m, len(rows) + n))
        solved = linprog(
            np.r_[table[rows, columns], alone],
            A_eq=each.tocsr(), b_eq=np.ones(n), A_ub=full.tocsr(), b_ub=room,
            method="highs-ds",
        )  # fmt: skip
        if solved.status != 0:  # whoever is alone makes any such program solvable
            raise ArithmeticError(f"the split could not be solved: {solved.message}")
        gain = table - solved.eqlin.marginals[:, None] - solved.ineqlin.marginals[None, :]
        gain[held] = np.inf
        new = np.argpartition(gain, min(_MOST_NEW, m) - 1, axis=1)[:, :_MOST_NEW]
        good = np.take_along_axis(gain, new, axis=1) < -_SLACK
        if not good.any():
            chosen = np.flatnonzero(solved.x[: len(rows)] > 0.5)
            return [(int(rows[one]), int(columns[one])) for one in chosen]
        held[np.repeat(np.arange(n), good.sum(axis=1)), new[good]] = True

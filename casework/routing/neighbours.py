"""Which visits stand well beside each other, whatever else the format of the day asks for.

Decides how far apart two visits are when travel and windows are taken together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from casework.routing.compiled import Wholes

__all__ = ["how_far", "nearest"]

# A minute of waiting between two visits that is sure to come counts this much of a minute of
# travel when neighbours are chosen, a minute of lateness fully (Vidal et al. 2013 use the same).
WAITING, LATENESS = 0.2, 1.0


def how_far(
    between: NDArray[Any], opens: NDArray[Any], due: NDArray[Any], done: NDArray[Any]
) -> NDArray[Any]:
    """Give how far apart each two of n visits are, the better of the two ways round.

    Parameters
    ----------
    between : array of shape (n, n)
        Minutes from the visit of the row to that of the column.
    opens, due, done : array of shape (n,)
        When each may begin at the earliest and in time at the latest, and how long it takes, in
        minutes.

    Returns
    -------
    array of shape (n, n)
        Minutes, symmetric; infinite from a visit to itself.
    """
    import numpy as np

    waiting = np.maximum(0, opens[None, :] - (due + done)[:, None] - between)
    late = np.maximum(0, (opens + done)[:, None] + between - due[None, :])
    far = between + WAITING * waiting + LATENESS * late
    far = np.minimum(far, far.T)
    np.fill_diagonal(far, np.inf)
    return far  # type: ignore[no-any-return]


def nearest(far: NDArray[Any], most: int) -> Wholes:
    """Give the nearest of each visit, so many or fewer, the nearest first."""
    import numpy as np

    order = np.argsort(far, axis=1, kind="stable")[:, :most]
    return np.ascontiguousarray(order, dtype=np.int64)

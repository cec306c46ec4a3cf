"""How far a goal has come: from where it stood to where it should, by the day it should.

Pure: whole numbers and days in, a share and a word out; leaves readings to
``casework.workbook.goals``. Not measured is not zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

__all__ = ["GoalProgress", "progress"]

#: So much less than an even pace still counts as on the way.
_LEEWAY = 0.25


@dataclass(frozen=True, slots=True)
class GoalProgress:
    """How far a goal has come.

    Attributes
    ----------
    share : float or None
        Of the way from baseline to target: 0 where it began, 1 at the target, below 0 where it
        went the other way; None while nothing was measured since, or there is no way to go.
    status : str
        ``not_measured``, ``reached``, ``on_track``, ``behind``, ``worse``, ``late``.
    """

    share: float | None
    status: str


def progress(
    *,
    baseline: int,
    baseline_on: date,
    target: int,
    due_on: date,
    value: int | None,
    on: date,
) -> GoalProgress:
    """Tell how far a goal has come on a day.

    Parameters
    ----------
    value : int or None
        The latest reading after the baseline, in its unit; None where there is none.

    Examples
    --------
    >>> begun, due = date(2025, 1, 1), date(2025, 7, 1)
    >>> progress(baseline=60, baseline_on=begun, target=80, due_on=due, value=70,
    ...          on=date(2025, 4, 1))
    GoalProgress(share=0.5, status='on_track')
    """
    if value is None:
        return GoalProgress(None, "late" if on > due_on else "not_measured")
    if target == baseline:  # to keep what there is
        return GoalProgress(None, "reached" if value == target else "worse")
    share = (value - baseline) / (target - baseline)
    if share >= 1:
        return GoalProgress(share, "reached")
    if on > due_on:
        return GoalProgress(share, "late")
    if share < 0:
        return GoalProgress(share, "worse")
    span = max((due_on - baseline_on).days, 1)
    pace = (on - baseline_on).days / span
    return GoalProgress(share, "on_track" if share >= pace - _LEEWAY else "behind")

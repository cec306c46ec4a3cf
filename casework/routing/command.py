"""What ``casework route`` does between reading its files and writing them.

Decides the report; leaves files, clock and signals to the command line.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from casework.routing.compiled import is_compiled
from casework.routing.instance import read_day, roster_as_json
from casework.routing.solving import Budget, Outcome, solve
from casework.terms import _

__all__ = ["report_as_json", "report_lines", "route"]


def route(
    text: str, budget: Budget, seed: int, notice: Callable[[str], None]
) -> tuple[Outcome, str]:
    """Solve the day that a text describes.

    Parameters
    ----------
    text : str
        An instance file.
    budget : Budget
    seed : int
    notice : callable
        Told what the reader should know before waiting.

    Returns
    -------
    outcome : Outcome
    solution : str
        The text of the solution file.

    Raises
    ------
    InvalidEntry
        For a text that is not such an instance.
    """
    day = read_day(text)
    if not is_compiled():
        notice(
            _(
                "The search runs uncompiled, about a hundred times slower: numba is not installed. "
                "“python3 run.py setup” installs it."
            )
        )
    outcome = solve(day, budget, seed)
    return outcome, json.dumps(roster_as_json(day, outcome.roster), ensure_ascii=False, indent=1)


def report_as_json(outcome: Outcome, seconds: float) -> dict[str, Any]:
    """Give the report for programs; minutes, and seconds of the processor."""
    return {
        "cost": outcome.verdict.cost,
        "distance": outcome.verdict.distance,
        "tardiness": outcome.verdict.tardiness,
        "largest_tardiness": outcome.verdict.largest,
        "moves": outcome.moves,
        "runs": outcome.runs,
        "seconds": round(seconds - outcome.compiling, 3),
        "seconds_compiling": round(outcome.compiling, 3),
        "compiled": outcome.was_compiled,
    }


def report_lines(outcome: Outcome, seconds: float) -> list[str]:
    """Give the report for people, in the language in force."""
    verdict = outcome.verdict
    lines = [
        _("Cost {cost}", cost=f"{verdict.cost:.4f}"),
        _("Travel {minutes} min", minutes=f"{verdict.distance:.3f}"),
        _("Lateness {minutes} min in all", minutes=f"{verdict.tardiness:.3f}"),
        _("Largest lateness {minutes} min", minutes=f"{verdict.largest:.3f}"),
        _(
            "{moves} moves in {runs} runs, {seconds} processor seconds",
            moves=f"{outcome.moves:,}",
            runs=outcome.runs,
            seconds=f"{seconds - outcome.compiling:.2f}",
        ),
    ]
    if outcome.compiling:
        taken = f"{outcome.compiling:.0f}"
        lines.append(_("Compiling the search, this once: {seconds} s more.", seconds=taken))
    return lines

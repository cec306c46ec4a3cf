"""What ``casework route`` does between reading its files and writing them.

Decides the report; leaves files, clock and signals to the command line.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from casework.errors import NotFound
from casework.routing.compiled import is_compiled
from casework.routing.instance import read_day, roster_as_json
from casework.routing.runs import Budget
from casework.routing.solving import Outcome, solve
from casework.routing.uhhc import reading as rich_reading
from casework.routing.uhhc.checking import Verdict as RichVerdict
from casework.routing.uhhc.day import Weights
from casework.routing.uhhc.solving import Outcome as RichOutcome
from casework.routing.uhhc.solving import solve as solve_rich
from casework.terms import _

__all__ = ["FORMATS", "report_as_json", "report_lines", "route"]

FORMATS = ("plain", "uhhc")


def route(
    text: str, budget: Budget, seed: int, notice: Callable[[str], None], format: str = "plain"
) -> tuple[Outcome | RichOutcome, str]:
    """Solve the day that a text describes.

    Parameters
    ----------
    text : str
        An instance file.
    budget : Budget
    seed : int
    notice : callable
        Told what the reader should know before waiting.
    format : str
        One of ``FORMATS``.

    Returns
    -------
    outcome : Outcome
    solution : str
        The text of the solution file.

    Raises
    ------
    InvalidEntry
        For a text that is not such an instance.
    NotFound
        When the search found no roster that keeps every rule.
    """
    if format == "uhhc":
        return _route_rich(text, budget, seed, notice)
    day = read_day(text)
    _announce(notice)
    outcome = solve(day, budget, seed)
    return outcome, _as_text(roster_as_json(day, outcome.roster))


def _route_rich(
    text: str, budget: Budget, seed: int, notice: Callable[[str], None]
) -> tuple[RichOutcome, str]:
    day = rich_reading.read_day(text)
    _announce(notice)
    outcome = solve_rich(day, budget, seed)
    broken = outcome.verdict.broken
    if broken:
        raise NotFound(
            _(
                "No roster was found that keeps every rule of the file; the best one breaks {n}, "
                "the first: {first}. Give more seconds, or a weight in metadata.cost_components "
                "to what may be missed.",
                n=len(broken),
                first=broken[0],
            )
        )
    return outcome, _as_text(rich_reading.roster_as_json(day, outcome.roster, outcome.verdict))


def _as_text(solution: dict[str, Any]) -> str:
    return json.dumps(solution, ensure_ascii=False, indent=1)


def _announce(notice: Callable[[str], None]) -> None:
    notice(_("Searching; Ctrl-C ends it and writes the best so far."))
    if not is_compiled():
        notice(
            _(
                "The search runs uncompiled, about a hundred times slower: numba is not installed. "
                "“python3 run.py setup” installs it."
            )
        )


def report_as_json(outcome: Outcome | RichOutcome, seconds: float) -> dict[str, Any]:
    """Give the report for programs; minutes, or weighted terms, and seconds of the processor."""
    return {
        "cost": outcome.verdict.cost,
        **_terms_as_json(outcome),
        "moves": outcome.moves,
        "runs": outcome.runs,
        "seconds": round(seconds - outcome.compiling, 3),
        "seconds_compiling": round(outcome.compiling, 3),
        "compiled": outcome.was_compiled,
    }


def _terms_as_json(outcome: Outcome | RichOutcome) -> dict[str, float]:
    if isinstance(outcome.verdict, RichVerdict):
        return asdict(outcome.verdict.terms)
    verdict = outcome.verdict
    return {
        "distance": verdict.distance,
        "tardiness": verdict.tardiness,
        "largest_tardiness": verdict.largest,
    }


def report_lines(outcome: Outcome | RichOutcome, seconds: float) -> list[str]:
    """Give the report for people, in the language in force."""
    lines = [
        *_term_lines(outcome),
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


def _term_lines(outcome: Outcome | RichOutcome) -> list[str]:
    if isinstance(outcome.verdict, RichVerdict):
        return _rich_term_lines(outcome)
    verdict = outcome.verdict
    return [
        _("Cost {cost}", cost=f"{verdict.cost:.4f}"),
        _("Travel {minutes} min", minutes=f"{verdict.distance:.3f}"),
        _("Lateness {minutes} min in all", minutes=f"{verdict.tardiness:.3f}"),
        _("Largest lateness {minutes} min", minutes=f"{verdict.largest:.3f}"),
    ]


def _rich_term_lines(outcome: RichOutcome) -> list[str]:
    names = {
        "travel_time": _("travel"),
        "total_tardiness": _("lateness in all"),
        "highest_tardiness": _("largest lateness"),
        "total_waiting_time": _("waiting on the way"),
        "total_extra_time": _("time beyond the shifts"),
        "max_idle_time": _("longest idle time"),
        "preferences": _("wishes for staff not met"),
        "unscheduled": _("visits left out"),
        "missed_lunch_break": _("lunches missed"),
    }
    terms = outcome.verdict.terms
    return [
        _("Cost {cost}", cost=f"{outcome.verdict.cost:,}"),
        *(
            _("of it {term}: {cost}", term=names[name], cost=f"{getattr(terms, name):,}")
            for name in Weights.__dataclass_fields__
        ),
    ]

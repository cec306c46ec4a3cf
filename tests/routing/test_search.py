"""Rosters that the search finds: workable whatever the day, best on small ones, repeatable."""

from __future__ import annotations

import itertools
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.routing import Budget, Outcome, check, read_day, roster_as_json, solve
from casework.routing.board import set_out
from casework.routing.runs import Runs
from casework.routing.solving import TUNING
from tests.routing.days import Instance, an_instance, judged, text_of
from tests.routing.milp import least_cost
from tests.routing.oracle import Oracle

ROOT = Path(__file__).parent.parent.parent


def solved(instance: Instance, moves: int = 20_000, seed: int = 1) -> Outcome:
    return solve(read_day(text_of(instance)), Budget(moves=moves), seed)


def solution(instance: Instance, outcome: Outcome) -> Instance:
    return roster_as_json(read_day(text_of(instance)), outcome.roster)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    patients=st.integers(1, 40),
    caregivers=st.integers(2, 9),
    simultaneous=st.floats(0, 1),
    sequential=st.floats(0, 1),
    whole=st.booleans(),
    moves=st.integers(1, 5_000),
)
def test_roster_keeps_every_rule_and_costs_what_is_said(
    seed: int,
    patients: int,
    caregivers: int,
    simultaneous: float,
    sequential: float,
    whole: bool,
    moves: int,
) -> None:
    instance = an_instance(
        seed,
        patients=patients,
        caregivers=caregivers,
        simultaneous=simultaneous,
        sequential=sequential,
        whole=whole,
    )
    outcome = solved(instance, moves, seed)
    broken, cost = judged(instance, solution(instance, outcome))
    assert broken == []
    assert cost == pytest.approx(outcome.verdict.cost)


@pytest.mark.parametrize("gap", [(-30, -10), (-20, 20), (0, 0), (25, 25), (0, 1000)])
def test_gap_between_two_services_may_be_any(gap: tuple[float, float]) -> None:
    instance = an_instance(5, patients=15, sequential=1, simultaneous=0, gaps=[gap])
    assert judged(instance, solution(instance, solved(instance)))[0] == []


@pytest.mark.parametrize(("seed", "patients"), [(1, 7), (2, 7), (3, 6)])
def test_no_better_roster_exists_on_a_small_day(seed: int, patients: int) -> None:
    """With doubles these are eight to eleven services for three members of staff."""
    instance = an_instance(
        seed, patients=patients, caregivers=3, simultaneous=0.25, sequential=0.25
    )
    outcome = solved(instance, 60_000)
    assert not Oracle(instance, outcome.verdict.cost).finds_better()


@pytest.mark.parametrize(("seed", "patients"), [(2, 7), (4, 9)])
def test_cost_of_a_small_day_is_the_least_of_a_mixed_integer_programme(
    seed: int, patients: int
) -> None:
    """With doubles these are ten and thirteen services for three members of staff."""
    instance = an_instance(
        seed, patients=patients, caregivers=3, simultaneous=0.25, sequential=0.25
    )
    found = solved(instance, 60_000).verdict.cost
    assert found == pytest.approx(least_cost(instance, 1.05 * found), rel=1e-6)


def test_oracle_finds_the_better_roster_when_there_is_one() -> None:
    instance = an_instance(1, patients=6, caregivers=3)
    best = solved(instance, 60_000).verdict.cost
    assert Oracle(instance, best * 1.001).finds_better()


def test_same_seed_and_moves_give_the_same_roster() -> None:
    instance = an_instance(3, patients=30, caregivers=8)
    assert solved(instance, seed=7).roster == solved(instance, seed=7).roster


def test_other_seeds_search_elsewhere() -> None:
    instance = an_instance(3, patients=40, caregivers=8)
    assert len({solved(instance, 2_000, seed).roster for seed in range(5)}) > 1


def test_more_moves_find_a_roster_that_is_no_worse() -> None:
    instance = an_instance(4, patients=60, caregivers=12)
    assert solved(instance, 400_000).verdict.cost < solved(instance, 2_000).verdict.cost


def test_unit_of_time_does_not_matter() -> None:
    """Temperatures are told in what a visit costs, so a day in seconds is searched like any."""
    day = read_day(text_of(an_instance(9, patients=20, caregivers=5)))
    visits = [
        replace(
            one,
            earliest=64 * one.earliest,
            latest=64 * one.latest,
            services=tuple(replace(each, duration=64 * each.duration) for each in one.services),
            apart=one.apart and (64 * one.apart[0], 64 * one.apart[1]),
        )
        for one in day.visits
    ]
    travel = tuple(tuple(64 * minutes for minutes in row) for row in day.travel)
    finer = replace(day, visits=tuple(visits), travel=travel)
    found, finely = (solve(each, Budget(moves=20_000), 1) for each in (day, finer))
    assert finely.verdict.cost == pytest.approx(64 * found.verdict.cost)


def test_moves_are_counted_exactly() -> None:
    assert solved(an_instance(), 12_345).moves == 12_345


def test_plain_search_without_numba_finds_the_same_roster_as_the_compiled_one() -> None:
    script = (
        "import sys; sys.modules['numba'] = None\n"
        "from casework.routing import Budget, read_day, solve\n"
        "from tests.routing.days import an_instance, text_of\n"
        "found = solve(read_day(text_of(an_instance(2, whole=True))), Budget(moves=1500))\n"
        "print(found.was_compiled, found.roster)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    compiled = solved(an_instance(2, whole=True), 1500)
    assert done.stdout.strip() == f"False {compiled.roster}"


def test_search_ends_when_the_clock_says_so() -> None:
    ticks = itertools.count()
    told: list[float] = []
    budget = Budget(
        seconds=500.0,
        clock=lambda: float(next(ticks)),
        progress=lambda share, _c: told.append(share),
    )
    solve(read_day(text_of(an_instance(patients=40))), budget)
    assert next(ticks) < 520
    assert told == sorted(told)
    assert told[-1] >= 0.95


def test_no_time_at_all_still_gives_a_roster() -> None:
    instance = an_instance(patients=40)
    outcome = solve(read_day(text_of(instance)), Budget(seconds=0.0))
    assert judged(instance, solution(instance, outcome))[0] == []


def test_search_told_to_stop_gives_the_best_so_far() -> None:
    asked = itertools.count()
    instance = an_instance(6, patients=40, caregivers=8)
    budget = Budget(moves=10**9, is_stopped=lambda: next(asked) > 30)
    outcome = solve(read_day(text_of(instance)), budget)
    assert outcome.moves < 10**8
    assert outcome.verdict.cost < solved(instance, 1).verdict.cost


def test_quick_descent_leaves_a_slow_machine_its_time() -> None:
    """A move on a long route may cost a thousand times what the length of the descent supposes."""
    board = set_out(read_day(text_of(an_instance(6, patients=60, caregivers=2))), 1)
    budget = Budget(seconds=3.0, clock=lambda: board.moves / 1000)
    Runs(board, budget, TUNING).spend()
    assert board.moves <= 3000


def test_day_without_visits_costs_nothing() -> None:
    instance = an_instance(patients=0)
    outcome = solved(instance)
    assert (outcome.verdict.cost, solution(instance, outcome)["routes"][0]["locations"]) == (0, [])


def test_budget_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="seconds or moves"):
        solve(read_day(text_of(an_instance())), Budget())


def test_check_names_each_broken_rule() -> None:
    instance = an_instance(8, patients=10, caregivers=4, simultaneous=0.5, sequential=0.5)
    day = read_day(text_of(instance))
    routes = list(solved(instance).roster.routes)
    longest = max(range(len(routes)), key=lambda k: len(routes[k]))
    first, *others = routes[longest]
    early = replace(first, start=-5.0)
    for wrong, said in [
        ((early, *others), "before"),
        (tuple(others), "not once each"),
        ((first, first, *others), "not once each"),
        ((replace(first, start=first.start + 500), *others), "waits"),
    ]:
        roster = type(solved(instance).roster)(
            tuple(wrong if k == longest else route for k, route in enumerate(routes))
        )
        assert any(said in one for one in check(day, roster).broken), said

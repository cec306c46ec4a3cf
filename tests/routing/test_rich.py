"""``casework route --format uhhc``: rosters with shifts, lunch, wishes and optional visits."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.cli import main
from casework.errors import InvalidEntry
from casework.routing import Budget
from casework.routing.uhhc.checking import check
from casework.routing.uhhc.day import Roster, Route
from casework.routing.uhhc.reading import read_day, roster_as_json
from casework.routing.uhhc.solving import Outcome, solve
from tests.routing.rich_days import WEIGHTS, Instance, a_rich_instance, judged_rich

ROOT = Path(__file__).parent.parent.parent


def solved(instance: Instance, moves: int = 3_000, seed: int = 1) -> tuple[Outcome, Instance]:
    day = read_day(json.dumps(instance))
    outcome = solve(day, Budget(moves=moves), seed)
    return outcome, roster_as_json(day, outcome.roster, outcome.verdict)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 100_000),
    patients=st.integers(0, 30),
    caregivers=st.integers(2, 8),
    optional=st.floats(0, 1),
    met=st.sampled_from(["at_service_start", "at_service_end"]),
    moves=st.integers(1, 4_000),
)
def test_roster_keeps_every_rule_and_costs_what_is_said(
    seed: int, patients: int, caregivers: int, optional: float, met: str, moves: int
) -> None:
    instance = a_rich_instance(
        seed, patients=patients, caregivers=caregivers, optional=optional, met=met
    )
    outcome, solution = solved(instance, moves, seed)
    broken, terms = judged_rich(instance, solution)
    assert (broken, outcome.verdict.broken) == ([], ())
    said = solution["cost_components"]
    said["caregiver_preferences"] = said.pop("preferences")
    said["optional_patients"] = said.pop("unscheduled")
    assert said == terms
    assert outcome.verdict.cost == sum(terms.values())


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), met=st.sampled_from(["at_service_start", "at_service_end"]))
def test_search_counts_a_roster_as_the_judge_does(seed: int, met: str) -> None:
    from casework.routing.compiled import search
    from casework.routing.uhhc import layout as at
    from casework.routing.uhhc.board import set_out

    day = read_day(json.dumps(a_rich_instance(seed, patients=15, met=met)))
    board = set_out(day, seed)
    for temperature in (1000.0, 200.0, 5.0):  # many rosters, mostly not good ones
        search("uhhc")(*board.arrays, temperature, 3_000)
        counted = int(board.tally[at.COST])  # over thousands of changes, each by what it touched
        search("uhhc")(*board.arrays, temperature, 0)
        assert counted == board.tally[at.COST]
        assert check(day, board.roster()).cost == counted


def test_more_moves_find_a_cheaper_roster() -> None:
    instance = a_rich_instance(3, patients=20, caregivers=5)
    costs = [solved(instance, moves)[0].verdict.cost for moves in (1, 2_000, 60_000)]
    assert costs[0] > costs[1] > costs[2]


def test_same_seed_gives_the_same_roster_and_another_seed_another() -> None:
    instance = a_rich_instance(4, patients=20, caregivers=5)
    assert solved(instance)[0].roster == solved(instance)[0].roster
    assert solved(instance)[0].roster != solved(instance, seed=2)[0].roster


def test_plain_path_finds_the_same_roster() -> None:
    instance = a_rich_instance(5, patients=10)
    program = (
        "import sys, json; sys.modules['numba'] = None\n"
        "from casework.routing import Budget\n"
        "from casework.routing.uhhc.reading import read_day, roster_as_json\n"
        "from casework.routing.uhhc.solving import solve\n"
        "day = read_day(sys.stdin.read())\n"
        "out = solve(day, Budget(moves=2000), 1)\n"
        "assert not out.was_compiled\n"
        "print(json.dumps(roster_as_json(day, out.roster, out.verdict)))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], input=json.dumps(instance), text=True, cwd=ROOT,
        capture_output=True, check=True,
    )  # fmt: skip
    assert json.loads(run.stdout) == solved(instance, 2_000)[1]


def test_stopped_search_gives_the_best_so_far_and_tells_on_the_way() -> None:
    instance = a_rich_instance(5, patients=20)
    told: list[tuple[float, float]] = []
    budget = Budget(
        moves=10**9,
        is_stopped=lambda: len(told) >= 2,
        progress=lambda share, cost: told.append((share, cost)),
    )
    day = read_day(json.dumps(instance))
    outcome = solve(day, budget, 1)
    assert outcome.moves == 20_000
    assert outcome.verdict.cost == told[-1][1]
    assert judged_rich(instance, roster_as_json(day, outcome.roster, outcome.verdict))[0] == []


def a_day_of_two(closes: int) -> Instance:
    """One caregiver with lunch, and two visits: a from 120 on, b at 230."""
    instance = a_rich_instance(1, patients=0, caregivers=1)
    instance["caregivers"][0] |= {
        "departing_point": "d0", "arrival_point": "d0", "lunch_break": True,
        "working_shift": {"start": 100, "end": 300}, "abilities": ["s0"],
    }  # fmt: skip
    instance["distances"] = [[0, 9, 10, 20], [9, 0, 9, 9], [10, 9, 0, 15], [20, 9, 15, 0]]
    instance["patients"] = [
        {
            "id": name, "distance_matrix_index": place, "optional": False,
            "required_services": [{"service": "s0", "duration": 20}],
            "time_windows": [{"start": opens, "end": ends}],
        }
        for name, place, opens, ends in (("a", 2, 120, closes), ("b", 3, 230, 250))
    ]  # fmt: skip
    return instance


def test_small_day_is_solved_as_thought_out_by_hand() -> None:
    """The lateness of the second way round is worth a ride."""
    outcome, _solution = solved(a_day_of_two(140))
    # 10 to a, 120-140; 15 to b, lunch 180-210 after 25 minutes, b 230-250 after 20; 20 home, 270.
    assert outcome.verdict.terms.travel_time == 2 * 45
    assert outcome.verdict.terms.total_waiting_time == 3 * 45
    assert outcome.verdict.terms.max_idle_time == 20 * (200 - 45 - 40 - 30)
    assert outcome.verdict.cost == 2 * 45 + 3 * 45 + 20 * 85


def test_visit_is_given_later_within_its_window_where_that_saves_waiting() -> None:
    outcome, _solution = solved(a_day_of_two(160))
    # a 140-160, when its window closes; lunch 180-210 after 5 minutes, b 230-250 after 20.
    assert [stop.start for stop in outcome.roster.routes[0].stops] == [140, 230]
    assert outcome.verdict.terms.total_waiting_time == 3 * 25


def test_visit_is_never_given_late_to_save_waiting() -> None:
    for closes in range(140, 200, 10):
        outcome, _solution = solved(a_day_of_two(closes))
        assert outcome.verdict.terms.total_tardiness == 0


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (("metadata",), None, "metadata"),
        (("metadata", "time_window_met"), "sometimes", "at_service_start"),
        (("metadata", "cost_components", "travel_time"), -1, "travel_time"),
        (("metadata", "cost_components", "travel_time"), "HARD", "travel_time"),
        (("metadata", "cost_components", "workload_balance"), 3, "workload_balance"),
        (("caregivers",), [], "caregivers"),
        (("caregivers", 0), 7, r"caregivers\[0\]"),
        (("caregivers", 0, "departing_point"), "nowhere", "d0, d1"),
        (("caregivers", 0, "working_shift"), None, "working_shift"),
        (("caregivers", 0, "working_shift", "end"), -5, "working_shift.end"),
        (("caregivers", 0, "lunch_break"), "yes", "true, false"),
        (("caregivers", 1, "id"), "c0", r"caregivers\[1\].id"),
        (("patients", 0, "distance_matrix_index"), 99, "distances"),
        (("patients", 0, "time_windows"), [], "windows"),
        (("patients", 0, "time_windows", 0, "start"), 1.5, r"windows\[0\].start"),
        (("patients", 0, "required_services"), [{"service": "cooking"}], "cooking|duration"),
        (("distances", 1), [0], r"distances\[1\]"),
        (("distances", 1, 1), float("nan"), r"distances\[1\]\[1\]"),
        (("lunch_breaks",), None, "lunch_breaks"),
    ],
)
def test_entry_that_cannot_be_used_is_named(place: tuple[Any, ...], value: Any, said: str) -> None:
    instance = a_rich_instance(2)
    instance["caregivers"][2]["lunch_break"] = True
    holder: Any = instance
    for key in place[:-1]:
        holder = holder[key]
    holder[place[-1]] = value
    with pytest.raises(InvalidEntry, match=said):
        read_day(json.dumps(instance))


def test_visit_that_nobody_may_make_is_refused_unless_it_is_optional() -> None:
    instance = a_rich_instance(2, caregivers=2, optional=0)
    instance["patients"][0]["incompatible_caregivers"] = ["c0", "c1"]
    with pytest.raises(InvalidEntry, match=r"patients\[0\]"):
        read_day(json.dumps(instance))
    instance["patients"][0]["optional"] = True
    outcome, solution = solved(instance)
    assert judged_rich(instance, solution)[0] == []
    assert outcome.verdict.terms.unscheduled == WEIGHTS["optional_patients"]


def test_wish_and_lunch_without_a_weight_are_rules() -> None:
    weights = {name: weight for name, weight in WEIGHTS.items() if name != "missed_lunch_break"}
    instance = a_rich_instance(6, weights=weights | {"caregiver_preferences": "HARD"})
    day = read_day(json.dumps(instance))
    idle = Roster(tuple(Route(()) for _who in day.staff))
    told = check(day, idle).broken
    eaters = [one["id"] for one in instance["caregivers"] if one["lunch_break"]]
    assert [f"{name} has no lunch" for name in eaters] == [one for one in told if "lunch" in one]
    for one in instance["patients"]:
        one.pop("preferred_caregivers", None)
    outcome, solution = solved(instance, 20_000)
    assert outcome.verdict.broken == ()
    locations = [one for route in solution["routes"] for one in route.get("locations", [])]
    assert sum(one["service"] == "lunch_break" for one in locations) == len(eaters)


def test_judge_sees_every_kind_of_broken_rule() -> None:
    instance = a_rich_instance(7, patients=14, optional=0)
    day = read_day(json.dumps(instance))
    outcome, _solution = solved(instance)
    routes = outcome.roster.routes
    full = next(k for k, route in enumerate(routes) if len(route.stops) > 1)
    stops = routes[full].stops

    def told(route: Route) -> str:
        changed = Roster(tuple(route if k == full else one for k, one in enumerate(routes)))
        return " / ".join(check(day, changed).broken)

    assert "times, not once each" in told(Route(stops[1:], routes[full].lunch))
    assert "before arriving" in told(
        replace(routes[full], stops=(stops[0], replace(stops[1], start=stops[0].start)))
    )
    assert "leaves at" in told(Route((replace(stops[0], start=0), *stops[1:])))
    assert "outside its hours" in told(Route(stops, (len(stops), 900))) or not day.staff[full].eats
    assert "4 staff" in check(day, Roster(routes[1:])).broken[0]


def test_command_writes_a_solution_and_reports_each_term(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    instance = a_rich_instance(8)
    path, out = tmp_path / "day.json", tmp_path / "out.json"
    path.write_text(json.dumps(instance), encoding="utf-8")
    words = ["route", str(path), "--format", "uhhc", "--moves", "3000", "--out", str(out)]
    assert main([*words, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    broken, terms = judged_rich(instance, json.loads(out.read_text(encoding="utf-8")))
    assert broken == []
    assert (report["cost"], report["moves"]) == (sum(terms.values()), 3000)
    assert report["max_idle_time"] == terms["max_idle_time"]
    for language, word in (("en", "longest idle time"), ("zh", "最长空闲")):
        main([*words, "--lang", language])
        assert word in capsys.readouterr().out


def test_command_writes_nothing_when_a_rule_cannot_be_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    instance = a_rich_instance(9, caregivers=3, weights=WEIGHTS | {"missed_lunch_break": "HARD"})
    instance["lunch_breaks"] = {"start": 180, "end": 190, "min_duration": 30}
    instance["caregivers"][0]["lunch_break"] = True
    path, out = tmp_path / "day.json", tmp_path / "out.json"
    path.write_text(json.dumps(instance), encoding="utf-8")
    words = ["route", str(path), "--format", "uhhc", "--moves", "500", "--out", str(out)]
    assert main([*words, "--lang", "en"]) == 2
    assert "has no lunch" in capsys.readouterr().err
    assert not out.exists()

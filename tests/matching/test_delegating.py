"""Splits of thousands hold the same rules as small ones, and their matching costs no more."""

from __future__ import annotations

import math
import random
from itertools import pairwise

import pytest

from casework.matching import delegating
from casework.matching.delegating import split
from casework.matching.outings import Goal, Outing, Ways, timetable
from casework.matching.touring import order_of


def a_day(seed: int, n: int, m: int) -> tuple[list[Goal], list[Outing], Ways]:
    chance = random.Random(seed)
    places = {f"g{i}": (chance.gauss(0, 8), chance.gauss(0, 8)) for i in range(n)}
    outings = [Outing(f"o{j}", 510, chance.choice((690, 750, 990)), 6) for j in range(m)]
    goals = [
        Goal(
            key,
            chance.choice((15, 25)),
            place if chance.random() > 0.1 else None,
            chance.choice((1, 1, 5)),
            {one.key: "rank" for one in outings if chance.random() < 0.2},
        )
        for key, place in places.items()
    ]

    def ways(one: str | None, other: str | None) -> int:
        here, there = places.get(one or "", (0.0, 0.0)), places.get(other or "", (0.0, 0.0))
        return 0 if one == other else 2 + int(2 * math.dist(here, there))

    return goals, outings, ways


@pytest.mark.parametrize("seed", range(4))
def test_split_of_many_breaks_no_rule(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delegating, "_FEW", 0)
    monkeypatch.setattr(delegating, "_DENSE_CELLS", 0)
    monkeypatch.setattr(delegating, "_NEAR", 3)
    goals, outings, ways = a_day(seed, 60, 9)
    found = split(goals, outings, ways)
    by_key, by_outing = ({one.key: one for one in side} for side in (goals, outings))
    placed = [key for route in found.routes.values() for key in route]
    assert sorted([*placed, *found.left]) == sorted(by_key)
    for key, route in found.routes.items():
        outing = by_outing[key]
        assert len(route) <= outing.capacity
        assert not [one for one in route if key in by_key[one].barred]
        assert timetable(outing, [by_key[one] for one in route], ways)[1] <= outing.ends
    assert found == split(goals, outings, ways)


@pytest.mark.parametrize("seed", range(4))
def test_matching_of_many_costs_what_that_of_few_costs(seed: int) -> None:
    goals, outings, ways = a_day(seed, 50, 7)
    each = delegating._Splitting(goals, outings, ways)
    room = dict(each.room)

    def cost(pairs: list[tuple[int, str]]) -> float:
        met = sum(each._price(goals[at], key) for at, key in pairs)
        alone = {at for at in range(len(goals))} - {at for at, _key in pairs}
        return met + sum(delegating._FAR * goals[at].weight for at in alone)

    dense, sparse = list(each._dense(goals, room)), list(each._sparse(goals, room))
    assert cost(sparse) == pytest.approx(cost(dense))


def test_who_goes_on_foot_visits_the_near_ones_and_is_back_in_time() -> None:
    places = {**{f"near{n}": (0.2 * n, 0.0) for n in range(1, 4)},
              **{f"far{n}": (6.0, float(n)) for n in range(1, 4)}}  # fmt: skip

    def going(minutes: float) -> Ways:
        def ways(one: str | None, other: str | None) -> int:
            here, there = places.get(one or "", (0.0, 0.0)), places.get(other or "", (0.0, 0.0))
            return math.ceil(minutes * math.dist(here, there))

        return ways

    goals = [Goal(key, 20, place) for key, place in places.items()]
    car, foot = going(2.5), going(15)
    outings = [Outing("foot", 510, 630, 3, ways=foot, pace=6.0), Outing("car", 510, 690, 3)]
    found = split(goals, outings, car)
    by_key = {one.key: one for one in goals}
    assert sorted(found.routes["foot"]) == ["near1", "near2", "near3"]
    assert sorted(found.routes["car"]) == ["far1", "far2", "far3"]
    for outing in outings:
        route = [by_key[key] for key in found.routes[outing.key]]
        assert timetable(outing, route, car)[1] <= outing.ends
    # With a car for all, the same three far ones could go to either; on foot nobody gets there.
    alone = split(goals, [outings[0]], car)
    assert set(alone.left) == {"far1", "far2", "far3"}


@pytest.mark.parametrize("seed", range(4))
def test_order_of_many_is_no_longer_than_any_of_its_turns(seed: int) -> None:
    goals, _outings, ways = a_day(seed, 14, 1)

    def length(route: list[Goal]) -> int:
        stops = [None, *(one.key for one in route), None]
        return sum(ways(one, other) for one, other in pairwise(stops))

    found = order_of(goals, ways)
    assert sorted(one.key for one in found) == sorted(one.key for one in goals)
    turned = [
        found[:i] + found[i : j + 1][::-1] + found[j + 1 :]
        for i in range(len(found)) for j in range(i + 1, len(found))
    ]  # fmt: skip
    assert length(found) <= min(map(length, turned))

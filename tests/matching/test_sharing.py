"""Caseloads shared among staff: everybody has somebody, fairly, with few changes of face."""

from __future__ import annotations

import random
from itertools import product
from math import dist

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.matching.sharing import Client, SharePrices, Sharing, Worker, share

HOURS = st.integers(0, 12).map(float)
KEYS = ["w0", "w1", "w2"]
WAYS = st.just({}) | st.fixed_dictionaries({key: st.integers(0, 90) for key in KEYS})
CLIENTS = st.lists(
    st.builds(
        lambda **known: known,
        hours=HOURS, visits=st.sampled_from([0.0, 1.0, 4.0]), ways=WAYS,
        now=st.sampled_from([None, *KEYS, "left"]),
        may=st.none() | st.frozensets(st.sampled_from(KEYS), max_size=3),
        refuses=st.frozensets(st.sampled_from(KEYS), max_size=1),
    ),
    max_size=6,
).map(lambda found: [Client(f"c{i}", **one) for i, one in enumerate(found)])  # fmt: skip
WORKERS = st.lists(st.integers(0, 30).map(float), max_size=3).map(
    lambda found: [Worker(f"w{i}", hours) for i, hours in enumerate(found)]
)


def cost_by_definition(
    clients: list[Client], workers: list[Worker], to: dict[str, str], prices: SharePrices
) -> float | None:
    """Add up what a sharing is worth; None where somebody must not answer for somebody."""
    by_key = {one.key: one for one in workers}
    total = 0.0
    load = dict.fromkeys(by_key, 0.0)
    for one in clients:
        if one.key not in to:
            continue
        worker = by_key[to[one.key]]
        if (one.may is not None and worker.key not in one.may) or worker.key in one.refuses:
            return None
        load[worker.key] += one.hours
        total += prices.way * 2 * one.visits * one.ways.get(worker.key, 0) / 60
        total += prices.change * (one.now is not None and one.now != worker.key)
    asked, there = sum(load.values()), sum(one.hours for one in workers)
    for one in workers:
        even = one.hours * min(asked / there * (1 + prices.tolerance), 1) if there else 0.0
        total += prices.uneven * max(load[one.key] - even, 0)
        total += prices.beyond * max(load[one.key] - one.hours, 0)
    return total


def cheapest(clients: list[Client], workers: list[Worker], served: list[str]) -> float:
    keys = [one.key for one in workers]
    costs = (
        cost_by_definition(clients, workers, dict(zip(served, chosen, strict=True)), SharePrices())
        for chosen in product(keys, repeat=len(served))
    )
    return min(cost for cost in costs if cost is not None)


@given(CLIENTS, WORKERS)
@settings(max_examples=80)
def test_everybody_has_somebody_who_may_and_the_bound_is_below_the_cheapest(clients, workers):
    shared = share(clients, workers)
    keys = {one.key for one in workers}
    for one in clients:
        allowed = (keys if one.may is None else keys & one.may) - one.refuses
        assert (one.key in shared.nobody) == (not allowed)
        assert (one.key in shared.to) == bool(allowed)
        assert one.key in shared.nobody or shared.to[one.key] in allowed
    cost = cost_by_definition(clients, workers, shared.to, SharePrices())
    assert cost == pytest.approx(shared.cost)
    best = cheapest(clients, workers, list(shared.to)) if shared.to else 0.0
    assert shared.bound <= best + 1e-6
    assert best <= shared.cost + 1e-6
    assert shared.cost <= best + 2 * SharePrices().beyond + 1e-6  # and mostly equal, see below


def test_few_people_who_fit_exactly_are_shared_exactly():
    hours = (2, 2, 6, 11, 2)
    clients = [Client(f"c{n}", each) for n, each in enumerate(hours)]
    clients[4] = Client("c4", 2, refuses=frozenset({"w0"}))
    shared = share(clients, [Worker("w0", 6), Worker("w1", 17)])
    assert shared.hours == {"w0": 6, "w1": 17}
    assert shared.cost == pytest.approx(0)


def an_office(seed: int, n_clients: int, n_workers: int) -> tuple[list[Client], list[Worker]]:
    chance = random.Random(seed)

    def place() -> tuple[float, float]:
        return chance.uniform(0, 15), chance.uniform(0, 15)

    workers = [Worker(f"w{i}", chance.choice([60.0, 120.0])) for i in range(n_workers)]
    bases = {one.key: place() for one in workers}

    def ways() -> dict[str, float]:
        home = place()
        return {key: 6 * dist(home, base) for key, base in bases.items()}

    hours = sum(one.hours for one in workers) * 0.9 / n_clients
    clients = [
        Client(f"c{i}", chance.uniform(0.2, 1.8) * hours, chance.choice([1, 2, 4]), ways(),
               chance.choice(workers).key)
        for i in range(n_clients)
    ]  # fmt: skip
    return clients, workers


def gap(shared: Sharing) -> float:
    return shared.cost / shared.bound - 1


@pytest.mark.parametrize("seed", range(3))
def test_an_office_of_six_hundred_is_shared_close_to_the_bound(seed):
    clients, workers = an_office(seed, 600, 40)
    shared = share(clients, workers)
    assert not shared.nobody and len(shared.to) == 600
    assert gap(shared) < 0.015
    for worker in workers:
        assert shared.hours[worker.key] <= worker.hours + 2
    assert shared.to == share(clients, workers).to


def test_who_is_well_shared_keeps_every_face():
    clients, workers = an_office(7, 80, 8)
    once = share(clients, workers)
    settled = [Client(c.key, c.hours, c.visits, c.ways, once.to[c.key]) for c in clients]
    assert share(settled, workers).changes == ()


def test_when_somebody_leaves_only_their_people_and_a_few_more_get_another_face():
    clients, workers = an_office(8, 80, 8)
    once = share(clients, workers)
    settled = [Client(c.key, c.hours, c.visits, c.ways, once.to[c.key]) for c in clients]
    left = share(settled, workers[1:])
    theirs = {key for key, worker in once.to.items() if worker == "w0"}
    assert set(left.changes) >= theirs
    assert len(left.changes) < 2 * len(theirs) + 8


def test_a_lock_holds_whatever_speaks_against_it():
    clients, workers = an_office(9, 20, 3)
    refusing = [Client(**{**{f: getattr(c, f) for f in c.__slots__}, "refuses": frozenset({"w1"})})
                for c in clients]  # fmt: skip
    shared = share(refusing, workers, locked=[("c3", "w1")])
    assert shared.to["c3"] == "w1"
    assert sum(worker == "w1" for worker in shared.to.values()) == 1


@pytest.mark.parametrize(
    ("clients", "workers", "locked", "said"),
    [
        ([Client("c", 1), Client("c", 1)], [], (), "twice"),
        ([Client("c", -1)], [], (), "c: hours"),
        ([], [Worker("w", float("nan"))], (), "w: hours"),
        ([Client("c", 1)], [Worker("w", 1)], [("c", "x")], "nobody there is: c, x"),
    ],
)
def test_what_makes_no_sense_is_refused(clients, workers, locked, said):
    with pytest.raises(ValueError, match=said):
        share(clients, workers, locked=locked)

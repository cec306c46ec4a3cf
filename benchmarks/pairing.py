"""Pairing people with helpers: seconds to the proven cheapest, beside pairing one after another.

The peer pairs each person in turn with the cheapest helper who still has a place, over the same
prices: what a careful caseworker with a sorted list does.
"""

from __future__ import annotations

import random
import time

import numpy as np

from benchmarks.table import peak_megabytes, show
from casework.matching import Affinity, Party, Weights, match

SIZES = ((400, 120), (2_000, 600), (10_000, 3_000))
_LIKINGS, _SPEECHES = "abcdefghijkl", "vwxyz"


def a_town(n_people: int, n_helpers: int, seed: int = 1) -> Affinity:
    """Invent people and helpers with some 5 % more places than people."""
    chance = random.Random(seed)

    def one(key: str, places: int, wants: str | None = None) -> Party:
        return Party(
            key,
            (chance.gauss(0, 6), chance.gauss(0, 6)),
            chance.choice("12"),
            frozenset(chance.sample(_SPEECHES, 1)),
            frozenset(chance.sample(_LIKINGS, chance.randint(0, 4))),
            places,
            wants,
        )

    people = [one(f"p{i}", 1, chance.choice(["1", "2", *[None] * 8])) for i in range(n_people)]
    helpers = [one(f"h{i}", chance.choice([2, 3, 4, 5])) for i in range(n_helpers)]
    return Affinity(people, helpers, Weights())


def one_after_another(affinity: Affinity) -> tuple[float, int]:
    """Pair greedily; gives the cost and how many stay without."""
    n_people, n_helpers = affinity.shape
    load = np.zeros(n_helpers, dtype=int)
    places = np.array([one.seats for one in affinity.helpers])
    cost, empty = 0.0, 0
    for first in range(0, n_people, 500):
        for row in affinity.block(first, min(n_people, first + 500)):
            prices = np.where(load < places, row + affinity.weights.next_person * load, np.inf)
            best = int(np.argmin(prices))
            if prices[best] > affinity.weights.alone:
                cost, empty = cost + affinity.weights.alone, empty + 1
            else:
                cost += float(prices[best])
                load[best] += 1
    return cost, empty


def measure() -> None:
    """Pair towns of three sizes."""
    rows = []
    for n_people, n_helpers in SIZES:
        affinity = a_town(n_people, n_helpers)
        begun = time.process_time()
        plain, empty = one_after_another(affinity)
        between = time.process_time()
        matching = match(affinity)
        ended = time.process_time()
        if not matching.is_cheapest:
            raise AssertionError("the pairing is not proven the cheapest")
        left = f"{empty} / {sum(matching.empty.values())}"
        rows.append(
            [f"{n_people:,} x {n_helpers:,}", between - begun, ended - between, plain,
             matching.cost, left, peak_megabytes()]
        )  # fmt: skip
    heads = ["people x helpers", "in turn, CPU s", "ours, CPU s", "in turn, km", "ours, km",
             "without: in turn / ours", "MB"]  # fmt: skip
    show("Pairing, proven cheapest", heads, rows)

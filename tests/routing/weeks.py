"""Weeks of invented visits for tests and benchmarks."""

from __future__ import annotations

import math
import random

from casework.routing.week import Bar, Seat, Slot, Turn, Visit, Week, Weights, Wish, Worker

SKILLS = ("home_visit", "blood_sample", "lifting")
MORNING, AFTERNOON = (510, 720), (840, 1050)
SPEEDS = (400.0, 220.0, 70.0)  # metres a minute: car, bus, foot


def a_week(
    n_visits: int = 20, n_workers: int = 4, seed: int = 1, n_days: int = 5, *, tight: float = 0.3
) -> Week:
    """Make a week in a small town: ``tight`` is the share of visits with an hour of their own."""
    chance = random.Random(seed)
    places = [(0.0, 0.0)] + [(chance.gauss(0, 4000), chance.gauss(0, 4000))
                             for _one in range(n_visits)]  # fmt: skip
    travel = tuple(
        tuple(tuple(math.ceil(math.dist(a, b) / speed) for b in places) for a in places)
        for speed in SPEEDS
    )
    workers = tuple(_a_worker(chance, k, n_days) for k in range(n_workers))
    visits = tuple(_a_visit(chance, k, workers, n_days, tight) for k in range(n_visits))
    return Week(n_days, visits, workers, travel, Weights())


def _a_worker(chance: random.Random, k: int, n_days: int) -> Worker:
    days = [d for d in range(n_days) if chance.random() > 0.1]
    turns = tuple(Turn(d, *span) for d in days for span in (MORNING, AFTERNOON))
    skills = frozenset(["home_visit", *(s for s in SKILLS[1:] if k == 0 or chance.random() < 0.5)])
    return Worker(f"w{k}", skills, turns, 0, chance.choice((0, 0, 1, 2)))


def _a_visit(
    chance: random.Random, k: int, workers: tuple[Worker, ...], n_days: int, tight: float
) -> Visit:
    first = chance.randrange(n_days)
    days = range(first, min(n_days, first + chance.randint(1, n_days)))
    spans = [MORNING, AFTERNOON]
    if chance.random() < tight:
        opens = chance.choice((510, 540, 600, 840, 900))
        spans = [(opens, opens + 60)]
    slots = tuple(Slot(d, opens, closes) for d in days for opens, closes in spans)
    minutes = chance.choice((20, 30, 45, 60))
    seats: tuple[Seat, ...] = (Seat(chance.choice((None, *SKILLS)), minutes),)
    apart: tuple[int, int] | None = None
    drawn = chance.random()
    if drawn < 0.08:
        seats, apart = (Seat("home_visit", minutes), Seat("lifting", minutes)), (0, 0)
    elif drawn < 0.14:
        seats, apart = (Seat("blood_sample", 10), Seat("home_visit", 30)), (10, 60)
    keys = [one.key for one in workers]
    bars = (Bar("unwanted", frozenset([chance.choice(keys)])),) if chance.random() < 0.1 else ()
    known = chance.choice(keys)
    wishes = tuple(Wish(key, "unfamiliar", 30) for key in keys if key != known)
    value = chance.choice((400, 600, 900)) * len(seats)
    return Visit(f"v{k}", f"p{k}", k + 1, seats, slots, value, apart, bars, wishes)

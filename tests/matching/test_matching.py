"""Pairs of people and helpers: the cheapest there are, none that is forbidden, each explained."""

from __future__ import annotations

import random
from collections import Counter
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from casework.matching import Affinity, Matching, Party, Weights, changes, instead, match
from casework.matching.affinity import TERMS
from casework.matching.explaining import why_without

CODES = st.frozensets(st.sampled_from("abcd"), max_size=3)
PLACES = st.none() | st.tuples(st.integers(0, 30), st.integers(0, 30))
SEX = st.sampled_from(["1", "2", None])


def parties(letter: str, most: int, other: str, other_most: int):
    others = st.frozensets(st.integers(0, other_most - 1).map(lambda i: f"{other}{i}"), max_size=2)
    one = st.builds(
        lambda **known: known,
        place=PLACES, sex=SEX, dialects=CODES, interests=CODES, seats=st.integers(0, 3),
        wants_sex=SEX, wants=others, refuses=others, now=others, hours=CODES, teams=CODES,
    )  # fmt: skip
    return st.lists(one, max_size=most).map(
        lambda found: [Party(f"{letter}{at}", **known) for at, known in enumerate(found)]
    )


AFFINITIES = st.builds(Affinity, parties("p", 7, "h", 5), parties("h", 5, "p", 7))


def cost_by_definition(affinity: Affinity, matching: Matching) -> float:
    """Add up what a matching costs from what the words say, without the search's tables."""
    weights = affinity.weights
    load = Counter(helper for _person, helper in matching.pairs)
    pairs = sum(
        sum(affinity.terms(affinity.person_at[p], affinity.helper_at[h]).values())
        for p, h in matching.pairs
    )
    steps = sum(weights.next_person * n * (n - 1) / 2 for n in load.values())
    return pairs + steps + weights.alone * sum(matching.empty.values())


def cheapest(affinity: Affinity) -> float:
    """Solve a problem in which everybody has one seat, with a table of all seats and places."""
    n_people, n_helpers = affinity.shape
    prices = affinity.block(0, n_people)
    places = [(h, at) for h in range(n_helpers) for at in range(affinity.helpers[h].seats)]
    table = np.full((n_people, len(places) + n_people), 1e6)
    for person, (column, (helper, at)) in product(range(n_people), enumerate(places)):
        if np.isfinite(prices[person, helper]):
            table[person, column] = prices[person, helper] + affinity.weights.next_person * at
    for person in range(n_people):
        table[person, len(places) + person] = affinity.weights.alone
    rows, columns = linear_sum_assignment(table)
    return float(table[rows, columns].sum())


@given(AFFINITIES)
@settings(max_examples=60)
def test_nobody_is_paired_twice_beyond_room_or_against_a_wish(affinity):
    matching = match(affinity)
    assert matching.is_cheapest
    assert len(set(matching.pairs)) == len(matching.pairs)
    for side, at in ((affinity.people, 0), (affinity.helpers, 1)):
        load = Counter(pair[at] for pair in matching.pairs)
        assert all(load[one.key] <= one.seats for one in side)
    for person, helper in matching.pairs:
        assert affinity.forbids(affinity.person_at[person], affinity.helper_at[helper]) is None
    filled = Counter(person for person, _helper in matching.pairs)
    assert matching.empty == {
        one.key: one.seats - filled[one.key]
        for one in affinity.people
        if one.seats > filled[one.key]
    }
    assert matching.cost == pytest.approx(cost_by_definition(affinity, matching))


@given(AFFINITIES)
@settings(max_examples=60)
def test_a_price_is_the_sum_of_its_terms_and_infinite_where_it_is_forbidden(affinity):
    n_people, n_helpers = affinity.shape
    whole = affinity.block(0, n_people)
    halves = [affinity.block(0, n_people // 2), affinity.block(n_people // 2, n_people)]
    assert np.array_equal(whole, np.vstack(halves))
    for person, helper in product(range(n_people), range(n_helpers)):
        terms = affinity.terms(person, helper)
        assert set(terms) <= set(TERMS)
        if affinity.forbids(person, helper):
            assert whole[person, helper] == np.inf
        else:
            assert whole[person, helper] == pytest.approx(sum(terms.values()))


def a_town(seed: int, n_people: int, n_helpers: int, seats: int = 1) -> Affinity:
    chance = random.Random(seed)

    def place() -> tuple[float, float]:
        return chance.uniform(0, 20), chance.uniform(0, 20)

    def some(codes: str) -> frozenset[str]:
        return frozenset(chance.sample(codes, chance.randint(0, 3)))

    people = [
        Party(f"p{i}", place(), chance.choice("12"), some("wxyz"), some("abcdefgh"), seats,
              chance.choice(["1", None, None, None]))
        for i in range(n_people)
    ]  # fmt: skip
    helpers = [
        Party(f"h{i}", place(), chance.choice("12"), some("wxyz"), some("abcdefgh"),
              chance.randint(1, 5))
        for i in range(n_helpers)
    ]  # fmt: skip
    return Affinity(people, helpers)


@pytest.mark.parametrize("seed", range(6))
def test_no_other_matching_is_cheaper(seed):
    affinity = a_town(seed, 70, 25)
    matching = match(affinity)
    assert matching.is_cheapest
    assert matching.cost == pytest.approx(cheapest(affinity))


def test_the_nearest_few_are_not_enough_and_the_rest_is_looked_at():
    # All live in one street, all helpers but the last few are full up long before.
    people = [Party(f"p{i}", (0.0, 0.0)) for i in range(40)]
    helpers = [Party(f"h{i}", (i / 10, 0.0), seats=1) for i in range(60)]
    affinity = Affinity(people, helpers)
    matching = match(affinity)
    assert matching.is_cheapest and not matching.empty
    assert matching.cost == pytest.approx(cheapest(affinity))
    assert {helper for _person, helper in matching.pairs} == {f"h{i}" for i in range(40)}


def test_same_input_same_pairs_and_progress_reaches_its_end():
    told: list[float] = []
    first, second = (
        match(a_town(3, 60, 20, 2), (), lambda share, _w: told.append(share)) for _ in "ab"
    )
    assert first.pairs == second.pairs
    assert told[-1] == 1.0 and all(0 <= share <= 1 for share in told)


def test_locked_pairs_stay_though_they_are_far_and_take_a_place():
    affinity = a_town(5, 30, 12)
    free = match(affinity)
    person = free.pairs[0][0]
    far = max(
        affinity.helpers, key=lambda h: affinity.block(0, 30)[affinity.person_at[person],
                                                              affinity.helper_at[h.key]]
        if affinity.forbids(affinity.person_at[person], affinity.helper_at[h.key]) is None else -1,
    )  # fmt: skip
    kept = match(affinity, [(person, far.key)])
    assert (person, far.key) in kept.pairs
    assert kept.cost >= free.cost - 1e-9
    assert kept.cost == pytest.approx(cost_by_definition(affinity, kept))
    assert sum(one == person for one, _helper in kept.pairs) == 1


@pytest.mark.parametrize(
    ("locked", "said"),
    [
        ([("p0", "nobody")], "names nobody"),
        ([("p0", "h0"), ("p0", "h1")], "p0: more pairs are locked"),
        ([("p0", "h0"), ("p1", "h0")], "h0: more pairs are locked"),
    ],
)
def test_locks_that_cannot_be_kept_are_refused(locked, said):
    people = [Party("p0"), Party("p1")]
    affinity = Affinity(people, [Party("h0"), Party("h1")])
    with pytest.raises(ValueError, match=said):
        match(affinity, locked)


def test_a_pair_that_there_is_goes_before_a_nearer_face():
    person = Party("p", (0, 0), now=frozenset({"known"}))
    helpers = [Party("near", (1, 0)), Party("known", (4, 0))]
    assert match(Affinity([person], helpers)).pairs == (("p", "known"),)
    indifferent = Affinity([person], helpers, Weights(continuity=1))
    assert match(indifferent).pairs == (("p", "near"),)


def test_an_unknown_place_is_a_distance_nobody_knows_and_not_none():
    affinity = Affinity([Party("p", (0, 0))], [Party("somewhere"), Party("near", (9, 0))])
    assert affinity.terms(0, 0) == {"unknown_place": affinity.weights.unknown_place}
    assert match(affinity).pairs == (("p", "near"),)


def test_a_wished_sex_that_is_not_known_is_no_choice():
    affinity = Affinity([Party("p", wants_sex="2")], [Party("h"), Party("k", sex="1")])
    matching = match(affinity)
    assert matching.empty == {"p": 1}
    assert [(one.kind, one.count) for one in why_without(affinity, matching, "p")] == [("sex", 2)]


def test_why_somebody_stays_without():
    people = [Party("p0", (0, 0)), Party("p1", (0.5, 0)), Party("far", (500, 0))]
    affinity = Affinity(
        people, [Party("h0", (0, 0)), Party("h1", (0, 0), refuses=frozenset({"p1"}))]
    )
    locked = [("p0", "h0")]
    matching = match(affinity, locked)
    assert set(matching.empty) == {"p1", "far"}
    reasons = {
        p: {r.kind: r.count for r in why_without(affinity, matching, p)} for p in matching.empty
    }
    assert reasons == {"p1": {"full": 1, "refused": 1}, "far": {"full": 1, "too_far": 1}}
    assert why_without(affinity, matching, "p0") == []
    nobody = Affinity(people[:1], [])
    assert why_without(nobody, match(nobody), "p0")[0].kind == "nobody"


@pytest.mark.parametrize("seed", range(3))
def test_whoever_else_there_is_costs_at_least_what_is_said(seed):
    affinity = a_town(seed, 25, 10)
    matching = match(affinity)
    for person, _helper in matching.pairs[:6]:
        for other in instead(affinity, matching, person, 2):
            forced = match(affinity, [(person, other.helper)])
            assert forced.cost >= matching.cost + other.dearer_by - 1e-6


def test_without_some_volunteers_as_few_pairs_change_as_are_worth_it():
    before = match(affinity := a_town(9, 50, 20))
    gone = {"h0", "h1"}
    now = {p: frozenset(h for one, h in before.pairs if one == p) for p, _h in before.pairs}
    people = [
        Party(p.key, p.place, p.sex, p.dialects, p.interests, p.seats, p.wants_sex,
              now=now.get(p.key, frozenset()))
        for p in affinity.people
    ]  # fmt: skip
    after = match(Affinity(people, [h for h in affinity.helpers if h.key not in gone]))
    ended, begun = changes(before, after)
    assert {helper for _person, helper in ended} >= gone & {h for _p, h in before.pairs}
    assert not {helper for _person, helper in begun} & gone
    assert len(ended) <= 2 * sum(helper in gone for _person, helper in before.pairs) + 2


@pytest.mark.parametrize(("n_people", "n_helpers"), [(0, 0), (3, 0), (0, 3)])
def test_nobody_to_pair_is_no_error(n_people, n_helpers):
    affinity = a_town(1, n_people, n_helpers)
    matching = match(affinity)
    assert matching.pairs == () and len(matching.empty) == n_people and matching.is_cheapest


def test_names_twice_and_weights_below_nothing_are_refused():
    with pytest.raises(ValueError, match="twice"):
        Affinity([Party("p"), Party("p")], [])
    with pytest.raises(ValueError, match="alone"):
        Weights(alone=-1)
    with pytest.raises(ValueError, match="seats"):
        Party("p", seats=-1)

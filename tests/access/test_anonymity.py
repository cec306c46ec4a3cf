"""What is released tells about nobody: whatever columns are asked for, no cell is small."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from random import Random

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from casework.access.anonymity import ANY, DIFFERENT, K, Row, Told, publishable

TOLD = st.builds(
    Told,
    st.one_of(st.none(), st.integers(60, 104)),
    st.sampled_from("12?"),
    st.sampled_from(["retired", "veteran", "?"]),
    st.sampled_from(["alone", "spouse", "home", "?"]),
)
ROWS = st.lists(st.builds(Row, TOLD, st.tuples(st.sampled_from("abc"), st.sampled_from("yn"))))


@given(st.lists(st.builds(Row, TOLD, st.tuples(st.sampled_from("abc"), st.sampled_from("yn")))))
@hypothesis_settings(max_examples=300)
def test_no_cell_of_any_columns_is_small_or_of_one_mind(rows):
    kept = [
        (alike, row.sensitive)
        for alike, row in zip(publishable(rows), rows, strict=True)
        if alike is not None
    ]
    for n in range(1, 5):
        for columns in combinations(range(4), n):
            cells = Counter(tuple(alike[one] for one in columns) for alike, _values in kept)
            assert all(count >= K for count in cells.values())
    for place in range(2):
        different: dict = {}
        for alike, values in kept:
            different.setdefault(alike, set()).add(values[place])
        assert all(len(one) >= DIFFERENT for one in different.values())


@given(ROWS)
def test_what_is_published_is_true_of_the_row(rows):
    for alike, row in zip(publishable(rows), rows, strict=True):
        if alike is not None:
            assert alike[1] in (ANY, row.told.sex)
            assert alike[2] in (ANY, row.told.category)
            assert alike[3] in (ANY, row.told.living)


def test_large_town_is_published_nearly_whole():
    chance = Random(1)
    rows = [
        Row(
            Told(chance.randint(60, 99), chance.choice("12"), chance.choice("rv"), "alone"),
            (chance.choice("abc"), chance.choice("yn")),
        )
        for _person in range(5_000)
    ]
    assert sum(one is None for one in publishable(rows)) <= 5_000 * 0.02

"""Rows that tell about people and about nobody: published only where several cannot be told apart.

Decides which rows of a set may be published, and how coarsely; pure. A row is published at the
finest step at which at least `k` rows are alike in everything that could be known from elsewhere,
and differ in what is sensitive. Whatever columns are then asked for, no cell has fewer than `k`.

References
----------
GB/T 37964-2019, annex C (k-anonymity); Machanavajjhala et al. 2007 (distinct l-diversity).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

__all__ = ["ANY", "STEPS", "K", "Row", "Told", "publishable"]

K = 5
"""Least number of rows that are alike."""

DIFFERENT = 2
"""Least number of different values of each sensitive column among them."""

ANY = "*"


@dataclass(frozen=True, slots=True)
class Told:
    """What could be known of a person from elsewhere: age in years, None where it is unknown."""

    age: int | None
    sex: str
    category: str
    living: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row to publish: what could be known, and what is sensitive."""

    told: Told
    sensitive: tuple[str, ...]


Alike = tuple[str, str, str, str]


def _band(age: int | None, years: int) -> str:
    if age is None:
        return "?"
    first = age // years * years
    return f"{first}-{first + years - 1}"


def _by_twenty(age: int | None) -> str:
    return "?" if age is None else ("80+" if age >= 80 else "<80")


STEPS: tuple[Callable[[Told], Alike], ...] = (
    lambda one: (_band(one.age, 5), one.sex, one.category, one.living),
    lambda one: (_band(one.age, 10), one.sex, one.category, one.living),
    lambda one: (_band(one.age, 10), one.sex, one.category, ANY),
    lambda one: (_by_twenty(one.age), one.sex, ANY, ANY),
    lambda one: (ANY, ANY, ANY, ANY),
)
"""From the finest to the coarsest: age band, sex, category and how somebody lives."""


def publishable(rows: Iterable[Row], k: int = K) -> list[Alike | None]:
    """Tell for each row as what it may be published; None where it may not.

    Examples
    --------
    >>> alone = Row(Told(83, "1", "retired", "alone"), ("ill",))
    >>> publishable([alone])
    [None]
    """
    listed = list(rows)
    found: list[Alike | None] = [None] * len(listed)
    left = list(range(len(listed)))
    for step in STEPS:
        classes: dict[Alike, list[int]] = defaultdict(list)
        for place in left:
            classes[step(listed[place].told)].append(place)
        left = []
        for alike, places in classes.items():
            if _may(listed, places, k):
                for place in places:
                    found[place] = alike
            else:
                left += places
    return found


def _may(rows: Sequence[Row], places: Sequence[int], k: int) -> bool:
    if len(places) < k:
        return False
    columns = zip(*(rows[place].sensitive for place in places), strict=True)
    return all(len(set(column)) >= DIFFERENT for column in columns)

"""Whether conditions can hold at all, together, or only together.

Decides that exactly for what conditions can say of one subject (codes, numbers, spans of days,
flags) and leaves conditions open whose alternatives are too many. The day is a given, so that ages
are days of birth.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from casework.rules.tree import (
    FIRST_DAY,
    LAST_DAY,
    And,
    Assume,
    IsIn,
    IsKnown,
    Node,
    Not,
    NumberIs,
    Or,
    Subject,
    Test,
    Within,
)
from casework.rules.vocabulary import Vocabulary

__all__ = ["can_hold", "implies", "may_meet"]

_MOST = 3_000
_Demand = tuple[Test, bool]
_Case = tuple[_Demand, ...]
_Spans = list[tuple[int, int]]
_FAR = 10**12


def can_hold(node: Node, words: Vocabulary, day: date) -> bool | None:
    """Tell whether any person could meet a condition; None when that was not worked out."""
    cases = _cases(node, True)
    if cases is None:
        return None
    return any(_is_possible(case, words, day) for case in cases)


def may_meet(one: Node, other: Node, words: Vocabulary, day: date) -> bool | None:
    """Tell whether one person could meet both conditions."""
    return can_hold(And((one, other)), words, day)


def implies(one: Node, other: Node, words: Vocabulary, day: date) -> bool | None:
    """Tell whether whoever meets the one also meets the other, all facts being known."""
    found = can_hold(And((one, Not(other))), words, day)
    return None if found is None else not found


def _cases(node: Node, wanted: bool) -> list[_Case] | None:
    """Write a condition as alternatives, each a list of demands that must all be met."""
    if isinstance(node, Test):
        return [((node, wanted),)]
    if isinstance(node, Not):
        return _cases(node.part, not wanted)
    if isinstance(node, Assume):
        # What counts an unknown in its favour may come out so with no fact at all.
        return [()] if node.unknown_is == wanted else _cases(node.part, wanted)
    parts = [_cases(part, wanted) for part in node.parts]
    if any(part is None for part in parts):
        return None
    found = [part for part in parts if part is not None]
    if isinstance(node, Or) == wanted:
        joined = [case for part in found for case in part]
        return joined if len(joined) <= _MOST else None
    product: list[_Case] = [()]
    for part in found:
        product = [(*before, *case) for before in product for case in part]
        if len(product) > _MOST:
            return None
    return product


def _is_possible(case: _Case, words: Vocabulary, day: date) -> bool:
    by_subject: dict[Subject, list[_Demand]] = {}
    for test, wanted in case:
        by_subject.setdefault(test.subject, []).append((test, wanted))
    if not all(_one(subject, found, words, day) for subject, found in by_subject.items()):
        return False
    return all(_values_fit(name, by_subject) for name in {one.name for one in by_subject})


def _one(subject: Subject, demands: list[_Demand], words: Vocabulary, day: date) -> bool:
    """Tell whether one value of the subject meets all demands on it."""
    known = {wanted for test, wanted in demands if isinstance(test.demand, IsKnown)}
    others = [(test, wanted) for test, wanted in demands if not isinstance(test.demand, IsKnown)]
    if False in known:
        return True not in known and not others
    if not others:
        return True
    if subject.kind in ("code", "text"):
        return _code_fits(subject, others, words)
    if subject.kind == "flag":
        return len({wanted for _test, wanted in others}) == 1
    spans: _Spans = [(-_FAR, _FAR)]
    if subject.kind in ("number", "tally"):
        spans = [(0, _FAR)]
    for test, wanted in others:
        spans = _meet(spans, _allowed(test, wanted, day))
    return bool(spans)


def _code_fits(subject: Subject, demands: list[_Demand], words: Vocabulary) -> bool:
    codes = words.codes_of(subject.name)
    left = {entry.code for entry in codes.entries} if codes else None
    banned: set[str] = set()
    for test, wanted in demands:
        if not isinstance(test.demand, IsIn):
            continue
        if not wanted:
            banned |= test.demand.values
        else:
            left = set(test.demand.values) if left is None else left & test.demand.values
    return left is None or bool(left - banned)


def _allowed(test: Test, wanted: bool, day: date) -> _Spans:
    """Give the whole numbers, or ordinals of days, that meet a demand."""
    demand = test.demand
    if isinstance(demand, Within):
        spans = sorted(
            (first.toordinal(), last.toordinal())
            for first, last in (span.on(day) for span in demand.spans)
            if first <= last
        )
        return spans if wanted else _outside(spans, FIRST_DAY.toordinal(), LAST_DAY.toordinal())
    if isinstance(demand, NumberIs):
        n = demand.number
        inside = {
            "=": (n, n),
            "<": (-_FAR, n - 1),
            "<=": (-_FAR, n),
            ">": (n + 1, _FAR),
            ">=": (n, _FAR),
        }[demand.op]
        return [inside] if wanted else _outside([inside], -_FAR, _FAR)
    return [(-_FAR, _FAR)]


def _outside(spans: _Spans, lowest: int, highest: int) -> _Spans:
    rest, start = [], lowest
    for first, last in spans:
        if start < first:
            rest.append((start, first - 1))
        start = max(start, last + 1)
    if start <= highest:
        rest.append((start, highest))
    return rest


def _meet(ones: _Spans, others: _Spans) -> _Spans:
    return [(max(a, c), min(b, d)) for a, b in ones for c, d in others if max(a, c) <= min(b, d)]


def _values_fit(name: str, by_subject: dict[Subject, list[_Demand]]) -> bool:
    """Tell whether what is demanded of a fact with several values fits together."""
    has = {
        subject: {wanted for _test, wanted in demands}
        for subject, demands in by_subject.items()
        if subject.name == name and subject.source == "has"
    }
    present = [set(subject.args) for subject, wanted in has.items() if True in wanted]
    absent = _union(set(subject.args) for subject, wanted in has.items() if False in wanted)
    if any(values <= absent for values in present):
        return False
    counted = by_subject.get(Subject("count", name, kind="number"), [])
    spans: _Spans = [(1 if present else 0, _FAR)]
    for test, wanted in counted:
        if isinstance(test.demand, IsKnown):
            if not wanted and has:
                return False
        else:
            spans = _meet(spans, _allowed(test, wanted, date.min + timedelta(days=1)))
    return bool(spans)


def _union(sets: Iterable[set[str | int]]) -> set[str | int]:
    joined: set[str | int] = set()
    for one in sets:
        joined |= one
    return joined

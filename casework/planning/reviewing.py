"""Which plans deserve a human eye first, and why: deviations, safety, unknowns, change, copies.

Decides marks and their weights from plain values; leaves reading plans to
``casework.workbook.reviews``. A plan without a mark is routine: it says what the rules ask for and
changes little, and can be approved with others in one act.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Mark", "Surroundings", "WeighedItem", "marks_of", "score_of"]

_PER_YEAR = {"week": 52, "month": 12, "quarter": 4, "half_year": 2, "year": 1, "once": 1}
_SAFETY = "safety"
#: A change of the work of a year counts as big from this share and so many tasks.
_BIG_SHARE, _BIG_TASKS = 0.5, 12


@dataclass(frozen=True, slots=True)
class WeighedItem:
    """What weighing must know of one item.

    Attributes
    ----------
    asked : bool
        False for one that was left out.
    personal : bool
        Added by hand, or changed against its rule.
    """

    key: str
    title: str
    asked: bool
    personal: bool
    domain: str | None = None
    priority: int = 3
    quota: int = 1
    per: str = "year"
    reason: str | None = None

    @property
    def times_a_year(self) -> int:
        """How often it falls in a year, as far as its quota tells."""
        return self.quota * _PER_YEAR.get(self.per, 1) if self.asked else 0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What else is known about the person and the plan.

    Attributes
    ----------
    alerts : int
        Open alerts that must reach somebody the same day.
    bare_needs, urgent_needs : int
        Open needs that nothing answers, and how many of them are of the highest severity.
    unknown : str or None
        The most telling fact that is to be found out.
    twins : int
        Other people whose plan says all that is personal about this one, word for word.
    """

    alerts: int = 0
    bare_needs: int = 0
    urgent_needs: int = 0
    unknown: str | None = None
    twins: int = 0


@dataclass(frozen=True, slots=True)
class Mark:
    """One reason to look at a plan; ``weight`` says how much it counts, ``about`` what it is about.

    Attributes
    ----------
    kind : str
        ``alert``, ``safety_out``, ``left_out``, ``fewer``, ``changed``, ``added``, ``gone``,
        ``big_change``, ``urgent_needs``, ``bare_needs``, ``unknown``, ``copied``.
    """

    kind: str
    weight: int
    about: str = ""
    n: int = 0
    reason: str | None = field(default=None, compare=False)


def marks_of(
    items: Mapping[str, WeighedItem],
    before: Mapping[str, WeighedItem] | None,
    around: Surroundings,
) -> tuple[Mark, ...]:
    """Name what deserves a look in a version, the weightiest first.

    Parameters
    ----------
    before : mapping or None
        Items of the version before; None where this is the first one.

    Examples
    --------
    >>> out = WeighedItem("rule:fall", "防跌倒", False, False, "safety", 2, reason="本人谢绝")
    >>> [mark.kind for mark in marks_of({"rule:fall": out}, None, Surroundings())]
    ['safety_out']
    """
    marks = [mark for item in items.values() for mark in _item_marks(item, before)]
    if before is not None:
        marks += [
            Mark("gone", 6 + 2 * max(4 - old.priority, 0), old.title)
            for key, old in before.items()
            if old.asked and key not in items
        ]
        marks += _big_change(items, before)
    if around.alerts:
        marks.append(Mark("alert", 100, n=around.alerts))
    if around.urgent_needs:
        marks.append(Mark("urgent_needs", min(50 * around.urgent_needs, 90), n=around.urgent_needs))
    milder = around.bare_needs - around.urgent_needs
    if milder:
        marks.append(Mark("bare_needs", min(15 * milder, 45), n=milder))
    if around.unknown:
        marks.append(Mark("unknown", 8, around.unknown))
    if around.twins:
        marks.append(Mark("copied", 25, n=around.twins))
    return tuple(sorted(marks, key=lambda mark: (-mark.weight, mark.kind, mark.about)))


def score_of(marks: tuple[Mark, ...]) -> int:
    """Add up how much a plan deserves a look; 0 is routine."""
    return sum(mark.weight for mark in marks)


def _item_marks(item: WeighedItem, before: Mapping[str, WeighedItem] | None) -> list[Mark]:
    old = before.get(item.key) if before is not None else None
    urgency = max(6 - item.priority, 1)
    if not item.asked:
        if old is not None and not old.asked:
            return []  # it was left out before, and somebody agreed to it
        if item.reason is None or item.reason.startswith("auto:"):
            return []
        if item.domain == _SAFETY:
            return [Mark("safety_out", 40, item.title, reason=item.reason)]
        return [Mark("left_out", 4 * urgency, item.title, reason=item.reason)]
    if not item.personal:
        return []
    if old is None or not old.asked:
        return (
            [Mark("added", 5, item.title, reason=item.reason)]
            if _by_hand(item)
            else [Mark("changed", 6, item.title, reason=item.reason)]
        )
    if item.times_a_year < old.times_a_year:
        heavy = 40 if item.domain == _SAFETY else 4 * urgency
        return [Mark("fewer", heavy, item.title, reason=item.reason)]
    if item != old:
        return [Mark("changed", 6, item.title, reason=item.reason)]
    return []


def _by_hand(item: WeighedItem) -> bool:
    return item.key.startswith("manual:")


def _big_change(items: Mapping[str, WeighedItem], before: Mapping[str, WeighedItem]) -> list[Mark]:
    now = sum(item.times_a_year for item in items.values())
    then = sum(item.times_a_year for item in before.values())
    change = now - then
    if abs(change) < _BIG_TASKS or abs(change) < _BIG_SHARE * max(then, 1):
        return []
    return [Mark("big_change", 20, n=change)]

"""The tree of a condition: what it asks about, what it demands, how the demands are joined.

Decides the form that all three readings share (of one person's facts, as SQL, as a sentence);
leaves writing and reading of conditions to :mod:`casework.rules.language`. A demand is one of five
kinds, so that each reading needs five cases and no more. Ages and day counts are spans of days,
relative to the day on which the condition is read: nothing is divided and no dates are subtracted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal

from casework.occasions import days_before, months_before

__all__ = [
    "BEFORE_RECORDS",
    "FIRST_DAY",
    "LAST_DAY",
    "MANY",
    "And",
    "Assume",
    "DaySpan",
    "IsIn",
    "IsKnown",
    "IsTrue",
    "Limit",
    "Node",
    "Not",
    "NumberIs",
    "Or",
    "Said",
    "Subject",
    "Test",
    "Within",
    "compared_with",
    "is_moving",
    "leaves_of",
    "signature",
    "subjects_of",
]

FIRST_DAY, LAST_DAY = date.min, date.max
"""Stand for "never, or longer ago than anything" and "later than anything" in spans of days."""
BEFORE_RECORDS = FIRST_DAY + timedelta(days=1)
"""Stands for "from before our records on", where a day can be never as well."""
MANY = 2**31 - 1
"""Stands for the most there may be where members of a group were not counted to the end."""


_ABOUT_WORK = frozenset(
    {
        "last_contact", "contacts", "contacts_by", "level", "score", "worsened", "assessed_on",
        "needs", "needs_of", "wishes", "opinions", "issues", "missed", "episodes", "relatives",
        "seat", "group",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """Something a condition can ask about one person, with one value on a day.

    Parameters
    ----------
    source : str
        ``person`` (sex, born_on), ``fact`` (a single-valued fact), ``has`` and ``count`` (of a
        fact with several values), ``began`` (first day of the
        present value of a fact), ``ended`` (first day after one of some values, in the past),
        ``episodes`` (of some values in a period), ``last_contact``, ``contacts``, ``contacts_by``
        and ``missed`` (how many in a period), ``level``, ``score``, ``worsened`` and
        ``assessed_on`` (latest assessment by an instrument), ``needs``, ``wishes``, ``opinions``
        and ``issues`` (open ones; of issues ``late`` for those over their time), ``relatives``,
        ``seat`` and ``seat_since`` (of the care team), ``away``, ``away_since`` and ``back_on``
        (first day of a seasonal stay, first day back from one), or ``group`` (how many people
        around the person meet ``inner``).
    name : str
        Code of the fact, instrument, severity, seat or group; empty where there is none.
    args : tuple
        Values of ``has`` and ``ended``, channels of ``last_contact``; amount, unit and kinds of
        what is counted in a period; what ``inner`` means.
    kind : str
        What its value is: ``code`` or ``text`` (str), ``number`` (int), ``flag`` (bool), ``date``
        (earliest and latest day), ``tally`` (fewest and most). None is unknown in all of them.
    inner : Node or None
        What is asked of the members of a ``group``; its meaning in ``args`` tells two apart.
    """

    source: str
    name: str
    args: tuple[str | int, ...] = ()
    kind: Literal["code", "text", "number", "flag", "date", "tally"] = "code"
    inner: Node | None = field(default=None, compare=False)
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Reckon the hash once: everybody's values are looked up by subject, some million times."""
        told = hash((self.source, self.name, self.args, self.kind))
        object.__setattr__(self, "_hash", told)

    def __hash__(self) -> int:
        """Give what equal subjects have in common."""
        return self._hash

    @property
    def about_work(self) -> bool:
        """Tell whether it is about our own records or other people, read as of today.

        The future does not yet hold any contact, and is not foretold for others.
        """
        return self.source in _ABOUT_WORK


# --- demands ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class IsIn:
    """The value is one of these. A word that the code list does not know counts as unknown."""

    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class NumberIs:
    """The number stands in this relation to a whole number."""

    op: Literal["=", "<", "<=", ">", ">="]
    number: int


@dataclass(frozen=True, slots=True)
class IsTrue:
    """The flag is up."""


@dataclass(frozen=True, slots=True)
class IsKnown:
    """There is a value at all; never unknown itself."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A day, fixed or reckoned from the day on which the condition is read.

    Parameters
    ----------
    fixed : date or None
        The day itself; None to reckon.
    months, days : int
        How far to go back: first months (a year is 12), then days. Negative goes on.
    from_year_end : bool
        Reckon from 31 December of the year rather than from the day.
    """

    fixed: date | None = None
    months: int = 0
    days: int = 0
    from_year_end: bool = False

    def on(self, day: date) -> date:
        """Give the limit for a condition read on this day."""
        if self.fixed is not None:
            return self.fixed
        start = date(day.year, 12, 31) if self.from_year_end else day
        return days_before(months_before(start, self.months), self.days)


@dataclass(frozen=True, slots=True)
class DaySpan:
    """A span of days, both ends inclusive; None is an open end."""

    first: Limit | None = None
    last: Limit | None = None

    def on(self, day: date) -> tuple[date, date]:
        """Give the ends of the span for a condition read on this day."""
        return (
            self.first.on(day) if self.first else FIRST_DAY,
            self.last.on(day) if self.last else LAST_DAY,
        )


@dataclass(frozen=True, slots=True)
class Within:
    """The date lies in one of these spans; unknown while it may or may not."""

    spans: tuple[DaySpan, ...]


Demand = IsIn | NumberIs | IsTrue | IsKnown | Within


# --- the tree ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Said:
    """How the author put a demand, so that the sentence can put it the same way.

    Parameters
    ----------
    form : str
        ``plain``, ``age``, ``age_this_year``, ``era``, ``since``, ``until``, ``days_since``,
        ``has``, ``count``, ``known``, ``flag``, ``any``, ``all``, ``number``, ``spouse``.
    op : str
        ``=``, ``!=``, ``<``, ``<=``, ``>``, ``>=``, ``in`` or empty.
    operands : tuple
        Codes, numbers, days or (amount, unit) pairs.
    """

    form: str
    op: str = ""
    operands: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Test:
    """One demand on one subject."""

    subject: Subject
    demand: Demand
    said: Said = field(compare=False, default=Said("plain"))
    at: tuple[int, int] = field(compare=False, default=(0, 0))

    __test__ = False  # not a test case, whatever pytest thinks of its name


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part holds."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Node


@dataclass(frozen=True, slots=True)
class Assume:
    """The part, with unknown counting as met (``possibly``) or as not met (``surely``)."""

    part: Node
    unknown_is: bool


Node = And | Or | Not | Assume | Test


def signature(node: Node) -> str:
    """Write what a condition means, the same for every way of putting it."""
    if isinstance(node, Not):
        return f"not({signature(node.part)})"
    if isinstance(node, Assume):
        return f"{'possibly' if node.unknown_is else 'surely'}({signature(node.part)})"
    if isinstance(node, And | Or):
        word = "and" if isinstance(node, And) else "or"
        return f"{word}({','.join(signature(part) for part in node.parts)})"
    subject, demand = node.subject, node.demand
    told = sorted(demand.values) if isinstance(demand, IsIn) else demand
    return f"{subject.source}.{subject.name}{list(subject.args)}:{told}"


def leaves_of(node: Node) -> Iterator[Test]:
    """Yield the tests of a tree from left to right."""
    if isinstance(node, Test):
        yield node
    elif isinstance(node, Not | Assume):
        yield from leaves_of(node.part)
    else:
        for part in node.parts:
            yield from leaves_of(part)


def subjects_of(node: Node) -> frozenset[Subject]:
    """Collect what a condition asks about."""
    return frozenset(test.subject for test in leaves_of(node))


def compared_with(nodes: Iterable[Node]) -> dict[Subject, tuple[int, ...]]:
    """Give the numbers that conditions compare each count of other people with, in order.

    Two counts between the same of these numbers answer every one of the conditions alike.
    """
    found: dict[Subject, set[int]] = {}
    for node in nodes:
        for test in leaves_of(node):
            if test.subject.source == "group":
                numbers = found.setdefault(test.subject, set())
                if isinstance(test.demand, NumberIs):
                    numbers.add(test.demand.number)
    return {subject: tuple(sorted(found[subject])) for subject in sorted(found)}


@dataclass(frozen=True, slots=True, order=True)
class NeedsAsked:
    """Open needs that a condition names: those of some domains or of some kinds.

    Attributes
    ----------
    domains, kinds : tuple of str
        Codes of ``need_domain`` or of ``need_kind``; one of the two is empty.
    severity : str
        A code of ``need_severity``, or the empty text for every severity.
    """

    domains: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    severity: str = ""


def needs_asked(node: Node) -> frozenset[NeedsAsked]:
    """Give the open needs that a condition names.

    Only what must be there counts; what a condition says must not be there is no need it answers.
    Nor is what asks for needs of any domain: that follows needs up, and answers none.
    """
    found = set()
    for test in _asserted(node):
        named = tuple(str(one) for one in test.subject.args)
        if named and _wants_some(test):
            if test.subject.source == "needs":
                found.add(NeedsAsked(domains=named, severity=test.subject.name))
            elif test.subject.source == "needs_of":
                found.add(NeedsAsked(kinds=named))
    return frozenset(found)


def _asserted(node: Node) -> Iterator[Test]:
    """Yield the tests that are not denied."""
    if isinstance(node, Test):
        yield node
    elif isinstance(node, Assume):
        yield from _asserted(node.part)
    elif not isinstance(node, Not):
        for part in node.parts:
            yield from _asserted(part)


def _wants_some(test: Test) -> bool:
    demand = test.demand
    if not isinstance(demand, NumberIs):
        return False
    return demand.number >= {">": 0, ">=": 1, "=": 1}.get(demand.op, demand.number + 1)


def is_moving(test: Test) -> bool:
    """Tell whether a test can come out differently on another day with the same facts.

    Ages and times since an event move; what our own records say does not, since the future holds
    no contacts yet.
    """
    if not isinstance(test.demand, Within) or test.subject.about_work:
        return False
    limits = [limit for span in test.demand.spans for limit in (span.first, span.last)]
    return any(limit is not None and limit.fixed is None for limit in limits)

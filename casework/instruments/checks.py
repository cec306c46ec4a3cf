"""The small checks of an instrument's file, each refusing with file, entry and reason.

Decides what a well-formed entry, label or condition is; leaves to ``reading`` what the entries of
an instrument are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from casework.instruments.conditions import AllOf, AnyOf, Condition, Is, Not, Test
from casework.instruments.definition import ContextField, Group, Item, NamedMeasure
from casework.reference import BrokenReference
from casework.terms import Label

__all__ = ["TESTS", "Checked", "Entry", "leaves"]

SUBJECTS = ("item", "measure", "context")
TESTS = {"is", "in", "at_least", "at_most", "codes", "kinds"}
CODES = re.compile(r"([A-Z]\d{2})-([A-Z]\d{2})")

Entry = Mapping[str, Any]


class Checked:
    """One definition under inspection, with what has been read of it so far."""

    def __init__(self, file: str, mapping: Entry) -> None:
        self.file, self.top = file, mapping
        self.items: dict[str, Item] = {}
        self.groups: dict[str, Group] = {}
        self.measures: dict[str, NamedMeasure] = {}
        self.context: dict[str, ContextField] = {}
        self.possible: dict[str, frozenset[int]] = {}

    def broken(self, entry: str, reason: str) -> BrokenReference:
        """Make the refusal of an entry."""
        return BrokenReference(self.file, entry, reason)

    def entries(self, name: str) -> list[Entry]:
        """Give the tables of one kind."""
        found = self.top.get(name, [])
        if not isinstance(found, list) or not all(isinstance(one, Mapping) for one in found):
            raise self.broken(name, "must be a list of tables, written [[...]]")
        return found

    def need(self, entry: str, one: Entry, name: str, kind: type) -> Any:
        """Give a value that must be there, of this very type."""
        found = one.get(name)
        if type(found) is not kind or found == "":
            raise self.broken(entry, f"needs {name}, a {kind.__name__}; found {found!r}")
        return found

    def one_of(self, entry: str, one: Entry, name: str, allowed: Sequence[object]) -> Any:
        """Give a value that must be one of a few."""
        if one.get(name) not in allowed:
            raise self.broken(entry, f"{name} must be one of {allowed}, not {one.get(name)!r}")
        return one[name]

    def known(self, entry: str, name: object, pool: Mapping[str, object]) -> str:
        """Give a name that must have been defined."""
        if not isinstance(name, str) or name not in pool:
            raise self.broken(entry, f"{name!r} is not defined")
        return name

    def only(self, entry: str, one: object, allowed: set[str]) -> None:
        """Refuse an entry that is no table or says something not understood."""
        if not isinstance(one, Mapping):
            raise self.broken(entry, "must be a table")
        odd = set(one) - allowed
        if odd:
            raise self.broken(entry, f"does not know {sorted(odd)}; allowed: {sorted(allowed)}")

    def fresh(self, entry: str, name: str, *pools: Mapping[str, object]) -> None:
        """Refuse a name that is taken."""
        if any(name in pool for pool in pools):
            raise self.broken(entry, "stands twice")

    def unique(self, kind: str, names: Iterable[str]) -> None:
        """Refuse a name that stands twice."""
        seen: set[str] = set()
        for name in names:
            if name in seen:
                raise self.broken(f"{kind} {name}", "stands twice")
            seen.add(name)

    def label(self, entry: str, one: Entry, name: str = "label") -> Label:
        """Read a two-language label."""
        found = one.get(name)
        if not isinstance(found, Mapping) or not found.get("zh") or not found.get("en"):
            raise self.broken(entry, f"{name} needs both zh and en")
        return Label(zh=str(found["zh"]), en=str(found["en"]))

    def optional_label(self, entry: str, one: Entry, name: str) -> Label | None:
        """Read a label that may be left out."""
        return self.label(entry, one, name) if name in one else None

    def condition(self, entry: str, found: object, measures_known: bool = True) -> Condition:
        """Read a condition; a list is "all of these"."""
        if isinstance(found, list) and found:
            return AllOf(tuple(self.condition(entry, one, measures_known) for one in found))
        if not isinstance(found, Mapping) or not found:
            raise self.broken(entry, "needs a condition")
        for word, form in (("all", AllOf), ("any", AnyOf)):
            if word in found:
                self.only(entry, found, {word})
                parts = (self.condition(entry, one, measures_known) for one in found[word])
                return form(tuple(parts))
        if "not" in found:
            self.only(entry, found, {"not"})
            return Not(self.condition(entry, found["not"], measures_known))
        subjects = [one for one in SUBJECTS if one in found]
        if len(subjects) != 1:
            raise self.broken(entry, f"a condition names exactly one of {', '.join(SUBJECTS)}")
        subject = subjects[0]
        self.only(entry, found, {subject} | TESTS)
        pool: Any = {"item": self.items, "context": self.context, "measure": self.measures}[subject]
        if measures_known or subject != "measure":
            self.known(entry, found[subject], pool)
        return Is(subject, found[subject], self.test(entry, found))  # type: ignore[arg-type]

    def test(self, entry: str, found: Entry) -> Test:
        """Read what a condition asks of its subject."""
        if not TESTS & set(found):
            raise self.broken(entry, f"a condition needs a test: {', '.join(sorted(TESTS))}")
        among = [found["is"]] if "is" in found else found.get("in")
        codes = [CODES.fullmatch(one) for one in found.get("codes", ())]
        if None in codes:
            raise self.broken(entry, "codes are ranges such as F00-F03")
        for bound in ("at_least", "at_most"):
            if bound in found and type(found[bound]) is not int:
                raise self.broken(entry, f"{bound} must be a whole number")
        return Test(
            among=None if among is None else frozenset(among),
            at_least=found.get("at_least"),
            at_most=found.get("at_most"),
            codes=tuple((one[1], one[2]) for one in codes if one),
            kinds=frozenset(found.get("kinds", ())),
        )


def leaves(condition: Condition | None) -> list[Is]:
    """Give the single tests that a condition is made of."""
    if condition is None:
        return []
    if isinstance(condition, Is):
        return [condition]
    parts = (condition.part,) if isinstance(condition, Not) else condition.parts
    return [leaf for part in parts for leaf in leaves(part)]

"""The small checks of an instrument's file, each refusing with file, line, entry and reason.

Decides what a well-formed entry, label or condition is; leaves to ``reading`` what the entries of
an instrument are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from casework.instruments.conditions import AllOf, AnyOf, Condition, Is, Not, Test
from casework.instruments.definition import ContextField, Group, Item, NamedMeasure
from casework.instruments.places import entry_in_words, line_of
from casework.reference import BrokenReference
from casework.terms import Label, _

__all__ = ["TESTS", "Checked", "Entry"]

SUBJECTS = ("item", "measure", "context")
TESTS = {"is", "in", "at_least", "at_most", "codes", "kinds"}
CODES = re.compile(r"([A-Z]\d{2})-([A-Z]\d{2})")

Entry = Mapping[str, Any]


class Checked:
    """One definition under inspection, with what has been read of it so far.

    Parameters
    ----------
    text : str
        The file as it was written, to tell lines from it; empty where there is none.
    """

    def __init__(self, file: str, mapping: Entry, text: str = "") -> None:
        self.file, self.top, self.text = file, mapping, text
        self.items: dict[str, Item] = {}
        self.groups: dict[str, Group] = {}
        self.measures: dict[str, NamedMeasure] = {}
        self.context: dict[str, ContextField] = {}
        self.possible: dict[str, frozenset[int]] = {}

    def broken(self, entry: str, reason: str, at: str = "") -> BrokenReference:
        """Make the refusal of an entry, with its line.

        Parameters
        ----------
        at : str
            The value of the whole file that is wrong.
        """
        line = line_of(self.text, at if entry == "file" else entry)
        where = entry_in_words(entry)
        if line is not None:
            where = _("line {line}, {entry}", line=line, entry=where)
        return BrokenReference(self.file, where, reason)

    def entries(self, name: str) -> list[Entry]:
        """Give the tables of one kind."""
        found = self.top.get(name, [])
        if not isinstance(found, list) or not all(isinstance(one, Mapping) for one in found):
            raise self.broken(name, _("must be a list of tables, written [[...]]"))
        return found

    def need(self, entry: str, one: Entry, name: str, kind: type[str] | type[int]) -> Any:
        """Give a value that must be there, of this very type."""
        found = one.get(name)
        if type(found) is not kind or found == "":
            wanted = {str: _("a text"), int: _("a whole number")}[kind]
            raise self.broken(
                entry,
                _(
                    "needs {name}, {kind}; found {value}",
                    name=name,
                    kind=wanted,
                    value=_toml(found),
                ),
                name,
            )
        return found

    def whole(self, entry: str, one: Entry, name: str, otherwise: int) -> int:
        """Give a whole number that may be left out."""
        found = one.get(name, otherwise)
        if type(found) is not int:
            raise self.broken(entry, _("{name} must be a whole number", name=name))
        return found

    def flag(self, entry: str, one: Entry, name: str, otherwise: bool = False) -> bool:
        """Give a yes or no that may be left out; a text that says no would count as yes."""
        found = one.get(name, otherwise)
        if not isinstance(found, bool):
            wrong = _("{name} must be true or false, not {value}", name=name, value=_toml(found))
            raise self.broken(entry, wrong, name)
        return found

    def listing(self, entry: str, one: Entry, name: str) -> list[Any]:
        """Give a list that may be left out."""
        found = one.get(name, [])
        if not isinstance(found, list):
            raise self.broken(entry, _("{name} must be a list", name=name))
        return found

    def one_of(self, entry: str, one: Entry, name: str, allowed: Sequence[object]) -> Any:
        """Give a value that must be one of a few."""
        if one.get(name) not in allowed:
            raise self.broken(
                entry,
                _(
                    "{name} must be one of {allowed}, not {value}",
                    name=name,
                    allowed=_listed(allowed),
                    value=_toml(one.get(name)),
                ),
                name,
            )
        return one[name]

    def known(self, entry: str, name: object, pool: Mapping[str, object]) -> str:
        """Give a name that must have been defined."""
        if not isinstance(name, str) or name not in pool:
            raise self.broken(entry, _("{name} is not defined", name=_toml(name)))
        return name

    def only(self, entry: str, one: object, allowed: set[str]) -> None:
        """Refuse an entry that is no table or says something not understood."""
        if not isinstance(one, Mapping):
            raise self.broken(entry, _("must be a table"))
        odd = set(one) - allowed
        if odd:
            raise self.broken(
                entry,
                _(
                    "does not know {odd}; allowed: {allowed}",
                    odd=_listed(sorted(odd)),
                    allowed=_listed(sorted(allowed)),
                ),
                min(odd),
            )

    def fresh(self, entry: str, name: str, *pools: Mapping[str, object]) -> None:
        """Refuse a name that is taken."""
        if any(name in pool for pool in pools):
            raise self.broken(entry, _("stands twice"))

    def unique(self, kind: str, names: Iterable[str]) -> None:
        """Refuse a name that stands twice."""
        seen: set[str] = set()
        for name in names:
            if name in seen:
                raise self.broken(f"{kind} {name}", _("stands twice"))
            seen.add(name)

    def label(self, entry: str, one: Entry, name: str = "label") -> Label:
        """Read a two-language label."""
        found = one.get(name)
        if not isinstance(found, Mapping) or not found.get("zh") or not found.get("en"):
            raise self.broken(entry, _("{name} needs both zh and en", name=name), name)
        return Label(zh=str(found["zh"]), en=str(found["en"]))

    def optional_label(self, entry: str, one: Entry, name: str) -> Label | None:
        """Read a label that may be left out."""
        return self.label(entry, one, name) if name in one else None

    def condition(self, entry: str, found: object, measures_known: bool = True) -> Condition:
        """Read a condition; a list is "all of these"."""
        if isinstance(found, list) and found:
            return AllOf(tuple(self.condition(entry, one, measures_known) for one in found))
        if not isinstance(found, Mapping) or not found:
            raise self.broken(entry, _("needs a condition"))
        for word, form in (("all", AllOf), ("any", AnyOf)):
            if word in found:
                self.only(entry, found, {word})
                listed = self.listing(entry, found, word)
                parts = (self.condition(entry, one, measures_known) for one in listed)
                return form(tuple(parts))
        if "not" in found:
            self.only(entry, found, {"not"})
            return Not(self.condition(entry, found["not"], measures_known))
        subjects = [one for one in SUBJECTS if one in found]
        if len(subjects) != 1:
            raise self.broken(
                entry, _("a condition names exactly one of {allowed}", allowed=_listed(SUBJECTS))
            )
        subject = subjects[0]
        self.only(entry, found, {subject} | TESTS)
        pool: Any = {"item": self.items, "context": self.context, "measure": self.measures}[subject]
        if measures_known or subject != "measure":
            self.known(entry, found[subject], pool)
        single = Is(subject, found[subject], self.test(entry, found))  # type: ignore[arg-type]
        self.can_hold(entry, single)
        return single

    def can_hold(self, entry: str, single: Is) -> None:
        """Refuse a test that no answer, points or value can ever pass: a slip of the pen."""
        values = self._values(single)
        for one in sorted(single.test.among or (), key=str):
            if values and not any(one == value and type(one) is type(value) for value in values):
                raise self.broken(
                    entry,
                    _(
                        "{name} is never {value}; it can be {allowed}",
                        name=single.key,
                        value=_toml(one),
                        allowed=", ".join(map(_toml, values)),
                    ),
                )
        reach = None if single.of == "context" else self.possible.get(single.key)
        low, high = single.test.at_least, single.test.at_most
        if reach and not any(
            (low is None or low <= number) and (high is None or number <= high) for number in reach
        ):
            raise self.broken(
                entry,
                _(
                    "no value of {name} passes this test; it goes from {low} to {high}",
                    name=single.key,
                    low=min(reach),
                    high=max(reach),
                ),
            )

    def _values(self, single: Is) -> tuple[object, ...]:
        """Give what the subject of a test can be, nothing where it is not a list of values."""
        if single.of == "item":
            item = self.items.get(single.key)
            span = range(item.span[0], item.span[1] + 1) if item and item.span else ()
            return (*(one.value for one in item.choices), *span) if item else ()
        if single.of == "measure":
            return tuple(sorted(self.possible.get(single.key, ())))
        field = self.context.get(single.key)
        if field is not None and field.kind == "flag":
            return (True, False)
        return tuple(one.value for one in field.choices) if field and field.kind == "choice" else ()

    def test(self, entry: str, found: Entry) -> Test:
        """Read what a condition asks of its subject."""
        if not TESTS & set(found):
            raise self.broken(
                entry, _("a condition needs a test: {allowed}", allowed=_listed(sorted(TESTS)))
            )
        among = [found["is"]] if "is" in found else self.listing(entry, found, "in")
        if not all(isinstance(one, int | str) for one in among):
            raise self.broken(entry, _("is and in take whole numbers, words, true and false"))
        codes = [CODES.fullmatch(str(one)) for one in self.listing(entry, found, "codes")]
        if None in codes:
            raise self.broken(entry, _("codes are ranges such as F00-F03"))
        for bound in ("at_least", "at_most"):
            self.whole(entry, found, bound, 0)
        kinds = self.listing(entry, found, "kinds")
        return Test(
            among=frozenset(among) if {"is", "in"} & set(found) else None,
            at_least=found.get("at_least"),
            at_most=found.get("at_most"),
            codes=tuple((one[1], one[2]) for one in codes if one),
            kinds=frozenset(map(str, kinds)),
        )


def _toml(value: object) -> str:
    """Write a value as the file would, so that it is found there."""
    if value is None:
        return _("nothing")
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _listed(values: Iterable[object]) -> str:
    return ", ".join(str(one) for one in values if one is not None)

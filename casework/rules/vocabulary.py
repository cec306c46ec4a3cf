"""The words a condition may use: facts, codes, channels, instruments, needs, parameters.

Decides which names mean something and what kind of value each has; the names themselves and their
labels come from ``data/reference`` and the agency.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from casework.reference import CodeList, FactDefinition
from casework.rules.tree import Subject
from casework.terms import Label, _

__all__ = ["DERIVED", "Vocabulary"]

#: What is read off the person's own record, beside the dated facts.
_PERSON = {"sex": "code", "born_on": "date", "died_on": "date"}
#: Names that stand for a reckoning, not for something stored.
DERIVED = ("age", "age_this_year", "era", "away", "away_since", "back_on")
#: People around the person of whom a condition can ask; how they are found is in
#: ``casework.records``. ``spouse`` has a word of its own.
GROUPS = ("household", "neighbours", "community", "branch", "caseload")
FUNCTIONS = (
    "has",
    "count",
    "known",
    "unknown",
    "since",
    "until",
    "began",
    "ended",
    "episodes",
    "last_contact_on",
    "days_since_contact",
    "contacts",
    "contacts_by",
    "missed",
    "level_of",
    "score_of",
    "worsened",
    "assessed_on",
    "days_since_assessed",
    "open_needs",
    "urgent_needs",
    "needs_of",
    "open_wishes",
    "open_opinions",
    "open_issues",
    "late_issues",
    "relatives",
    "seat",
    "seat_since",
    "spouse",
    "any",
    "all",
    "number",
    "possibly",
    "surely",
)


_SHORTEST = 3
"""Letters that a Latin word needs to look like another: "if" looks like "lift" and is not."""


@dataclass(frozen=True)
class Vocabulary:
    """What conditions can be about.

    Parameters
    ----------
    facts : mapping of str to FactDefinition
        The dated facts by code.
    lists : mapping of str to CodeList
        Code lists by code; ``sex``, ``era``, ``channel``, ``need_domain``, ``need_kind``,
        ``actor``, ``relationship`` and ``service`` are expected.
    instruments : mapping of str to Label
        Instruments whose result may be asked for.
    parameters : mapping of str to int
        Whole numbers that the agency sets, such as ``high_age``, usable instead of a number.
    spoken : mapping of str to str
        What names beside the facts are called at the desk, and the name: 年龄 to ``age``. Only for
        offering the nearest.
    """

    facts: Mapping[str, FactDefinition]
    lists: Mapping[str, CodeList]
    instruments: Mapping[str, Label] = field(default_factory=dict)
    parameters: Mapping[str, int] = field(default_factory=dict)
    spoken: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """Every bare name that a condition may use."""
        return (*_PERSON, *DERIVED, *self.facts)

    @property
    def functions(self) -> tuple[str, ...]:
        """Every name that may be followed by a bracket."""
        return FUNCTIONS

    @property
    def groups(self) -> tuple[str, ...]:
        """Every group of people that a condition may ask about."""
        return GROUPS

    def group_label(self, name: str) -> str:
        """Name the people of a group in the language in force."""
        return {
            "spouse": _("spouse"),
            "household": _("the other people of ours at the same address"),
            "neighbours": _("the other people of ours in the same building"),
            "community": _("people of ours in the same community"),
            "branch": _("members of the same branch"),
            "caseload": _("people looked after by the same caseworker"),
        }[name]

    def subject(self, name: str) -> Subject | None:
        """Give the subject of a stored fact, or None where the name means none."""
        if name in _PERSON:
            return Subject("person", name, kind=_PERSON[name])  # type: ignore[arg-type]
        fact = self.facts.get(name)
        if fact is None or fact.multiple:
            return None
        kind = "flag" if fact.kind == "yesno" else fact.kind
        return Subject("fact", name, kind=kind)  # type: ignore[arg-type]

    def is_multiple(self, name: str) -> bool:
        """Tell whether a fact can have several values at once."""
        return name in self.facts and self.facts[name].multiple

    def codes_of(self, name: str) -> CodeList | None:
        """Give the code list of a fact, or None where any text may stand."""
        if name in ("sex", "era"):
            return self.lists[name]
        fact = self.facts.get(name)
        return self.lists[fact.list] if fact is not None and fact.list else None

    def label(self, name: str) -> str:
        """Give the label of a fact or instrument in the language in force."""
        if name in self.facts:
            return str(self.facts[name].label)
        if name in self.instruments:
            return str(self.instruments[name])
        own = {"born_on": _("Date of birth"), "died_on": _("Date of death")}
        return own.get(name) or (str(self.lists[name].label) if name in self.lists else name)

    def nearest(self, word: str, among: tuple[str, ...] | None = None) -> str | None:
        """Offer the known word that looks most like a mistyped one; labels count as well."""
        if len(word) < _SHORTEST and word.isascii():
            return None
        known = {name: name for name in (among if among is not None else self._words())}
        if among is None:
            known |= self.spoken
            known |= {fact.label.zh: code for code, fact in self.facts.items()}
            known |= {fact.label.en.lower(): code for code, fact in self.facts.items()}
        close = get_close_matches(word.lower(), list(known), n=1, cutoff=0.5)
        return known[close[0]] if close else None

    def _words(self) -> tuple[str, ...]:
        return (*self.names, *self.functions, *self.groups, *self.parameters)

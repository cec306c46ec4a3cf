"""Needs that the facts on file speak for: rules over what is known, read for one or for everybody.

Decides which facts lead to which needs and that one query reads all rules for everybody; leaves the
language to :mod:`casework.rules` and opening a need to ``need_steps``. What is not known speaks for
no need, and against none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from casework.instruments.findings import need_rules
from casework.instruments.places import entry_in_words
from casework.records import Person
from casework.records.known import known_on
from casework.reference import Agency, BrokenReference, agency, code_list, data_folder, read_toml
from casework.rules import Node, RuleError, parse, subjects_of
from casework.rules.sentence import write
from casework.rules.sql import as_number, condition
from casework.terms import Label, _
from casework.workbook.policy import vocabulary_of

__all__ = ["FactNeed", "FactNeedRule", "fact_label", "fact_need_rules", "facts_speak"]

CERTAINTIES = ("official", "seen", "known", "choice")
_PARTS = {"code", "domain", "label", "source", "certainty", "note"}


@dataclass(frozen=True, slots=True)
class FactNeedRule:
    """When the facts speak for a need, and how severe it then is.

    Attributes
    ----------
    code : str
        The need's own; a rule over scores with the same code speaks of the same need.
    steps : tuple of (str, Node)
        Severities with their conditions, the most severe first.
    """

    code: str
    domain: str
    label: Label
    steps: tuple[tuple[str, Node], ...]
    source: str

    @property
    def key(self) -> str:
        """Give the name under which a need that it raised is known."""
        return f"rule:{self.code}"

    @property
    def facts(self) -> frozenset[str]:
        """Name the facts it looks at."""
        subjects = (one for _severity, node in self.steps for one in subjects_of(node))
        return frozenset(one.name for one in subjects if one.source in ("fact", "count", "has"))


@dataclass(frozen=True, slots=True)
class FactNeed:
    """What one rule says of one person.

    Attributes
    ----------
    holds : bool or None
        None while a fact that would settle it is not known.
    severity : str or None
        The most severe that is known to hold.
    """

    rule: FactNeedRule
    person_id: int
    holds: bool | None
    severity: str | None

    def why(self, chosen: Agency, on: date) -> str:
        """Say the condition that holds, as a sentence."""
        node = next((node for one, node in self.rule.steps if one == self.severity), None)
        return write(node, vocabulary_of(chosen, on)) if node is not None else ""


def facts_speak(
    session: Session,
    chosen: Agency,
    on: date,
    persons: Collection[int] | tuple[int, int] | None = None,
) -> Iterator[FactNeed]:
    """Read every rule for these people, those with ids in a range, or everybody, in one query.

    Rules that do not hold are given too, so that a need whose facts are gone can be asked about.
    """
    rules = fact_need_rules(chosen.code, on)
    nodes = [node for rule in rules for _severity, node in rule.steps]
    subjects = frozenset().union(*(subjects_of(node) for node in nodes))
    known = known_on(subjects, on, outcomes=tuple(chosen.counting.outcomes), persons=persons)
    cells = [as_number(condition(node, known.columns, on)) for node in nodes]
    for row in session.execute(known.select(Person.id, *cells).order_by(Person.id)):
        yield from _read(rules, row)


def _read(rules: Collection[FactNeedRule], row: Row[Any]) -> Iterator[FactNeed]:
    at = 1
    for rule in rules:
        found = row[at : at + len(rule.steps)]
        at += len(rule.steps)
        severity = next(
            (one for (one, _node), met in zip(rule.steps, found, strict=True) if met), None
        )
        holds = True if severity else (None if None in found else False)
        yield FactNeed(rule, row[0], holds, severity)


@cache
def fact_need_rules(agency_code: str, on: date) -> tuple[FactNeedRule, ...]:
    """Give the rules of an agency: the national ones, each replaced where it has its own.

    Raises
    ------
    BrokenReference
        If one of them cannot be used, with file, entry and reason.
    """
    national = data_folder() / "reference" / "need_rules.toml"
    own = data_folder() / "agencies" / agency_code / "need_rules.toml"
    found: dict[str, FactNeedRule] = {}
    for path in (national, own):
        if path.exists():
            found |= _rules_of(path, agency_code, on)
    return tuple(found.values())


def _rules_of(path: Path, agency_code: str, on: date) -> dict[str, FactNeedRule]:
    rules: dict[str, FactNeedRule] = {}
    for raw in read_toml(path).get("need", ()):
        rule = _rule(path, raw, agency_code, on)
        if rule.code in rules:
            raise _broken(path, f"need {rule.code}", _("stands twice"))
        rules[rule.code] = rule
    return rules


def _rule(path: Path, raw: Mapping[str, Any], agency_code: str, on: date) -> FactNeedRule:
    name = f"need {raw.get('code')}"
    severities = [one.code for one in code_list("need_severity").entries]
    odd = set(raw) - _PARTS - set(severities)
    if odd:
        told = ", ".join(sorted(odd))
        allowed = ", ".join(sorted(_PARTS | set(severities)))
        reason = _("does not know {odd}; allowed: {allowed}", odd=told, allowed=allowed)
        raise _broken(path, name, reason)
    if not raw.get("code") or not raw.get("source"):
        raise _broken(path, name, _("needs code and source"))
    if raw.get("certainty") not in CERTAINTIES:
        reason = _(
            "{name} must be one of {allowed}, not {value}",
            name="certainty",
            allowed=", ".join(CERTAINTIES),
            value=raw.get("certainty"),
        )
        raise _broken(path, name, reason)
    if raw.get("domain") not in {one.code for one in code_list("need_domain").entries}:
        raise _broken(path, name, _("no such domain: {domain}", domain=raw.get("domain")))
    label = raw.get("label", {})
    if not (isinstance(label, Mapping) and label.get("zh") and label.get("en")):
        raise _broken(path, name, _("{name} needs both zh and en", name="label"))
    words = vocabulary_of(agency(agency_code), on)
    steps = []
    for severity in reversed(severities):
        if severity in raw:
            try:
                steps.append((severity, parse(str(raw[severity]), words)))
            except RuleError as error:
                raise _broken(path, f"{name}, {severity}", str(error)) from error
    if not steps:
        allowed = ", ".join(severities)
        raise _broken(path, name, _("needs a condition for one of {allowed}", allowed=allowed))
    rule = FactNeedRule(
        code=raw["code"],
        domain=raw["domain"],
        label=Label(zh=str(label["zh"]), en=str(label["en"])),
        steps=tuple(steps),
        source=raw["source"],
    )
    same = next((one for one in need_rules() if one.code == rule.code), None)
    if same and (same.domain, same.label) != (rule.domain, rule.label):
        raise _broken(
            path, name, _("differs from that of {instrument}", instrument=same.instrument)
        )
    return rule


def _broken(path: Path, entry: str, reason: str) -> BrokenReference:
    """Refuse an entry, all in the language in force: an agency writes such a file itself."""
    return BrokenReference(path, entry_in_words(entry), reason)


def fact_label(key: str | None) -> Label | None:
    """Give the name of a need that a national rule over facts has raised, in both languages."""
    kind, _colon, code = (key or "").partition(":")
    return _labels().get(code) if kind == "rule" else None


@cache
def _labels() -> dict[str, Label]:
    path = data_folder() / "reference" / "need_rules.toml"
    found = {raw["code"]: raw["label"] for raw in read_toml(path).get("need", ())}
    return {code: Label(zh=one["zh"], en=one["en"]) for code, one in found.items()}

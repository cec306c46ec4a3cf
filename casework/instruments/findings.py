"""What a score says about needs: rules that turn levels and answers into needs with a severity.

Decides which needs an assessment speaks for; leaves the figures to ``data/reference/needs.toml``
and opening, keeping or closing needs to ``casework.workbook.needs``. Wishes never pass through
here: what somebody wants is kept apart from what a score shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from casework.instruments.checks import Checked
from casework.instruments.conditions import Answer, Condition, leaves
from casework.instruments.definition import Instrument
from casework.instruments.library import instruments
from casework.instruments.places import entry_in_words
from casework.instruments.scoring import Result, Sheet, check_context
from casework.reference import BrokenReference, CodeList, code_list, data_folder, read_toml
from casework.terms import Label, _

__all__ = [
    "NeedFound",
    "NeedRule",
    "informants",
    "need_rule",
    "need_rules",
    "need_rules_from",
    "needs_found",
    "unable_reasons",
]

CERTAINTIES = ("official", "seen", "known", "choice")
LEVEL = "level"
"""Name under which a rule asks for the level of the result, change rules included."""


@dataclass(frozen=True, slots=True)
class NeedRule:
    """When an assessment speaks for a need, and how severe it then is.

    Attributes
    ----------
    steps : tuple of (str, Condition)
        Severities with their conditions, the most severe first.
    """

    code: str
    instrument: str
    domain: str
    label: Label
    steps: tuple[tuple[str, Condition], ...]
    source: str
    certainty: str

    @property
    def key(self) -> str:
        """Give the name under which the need is known, whichever instrument shows it."""
        return f"score:{self.code}"


@dataclass(frozen=True, slots=True)
class NeedFound:
    """A need that an assessment speaks for.

    Attributes
    ----------
    evidence : tuple of str
        Keys of the items whose answers led to it; empty where the level did.
    """

    rule: NeedRule
    severity: str
    evidence: tuple[str, ...]


def needs_found(
    rules: Iterable[NeedRule],
    chosen: Instrument,
    answers: Mapping[str, Answer],
    context: Mapping[str, object],
    result: Result,
) -> tuple[NeedFound, ...]:
    """Tell which needs a sheet and its result speak for; what is not known speaks for none.

    Parameters
    ----------
    rules : iterable of NeedRule
        As `need_rules` gives them.
    answers, context : mapping
        As they were scored.
    """
    sheet = Sheet(chosen, answers, check_context(chosen, context))
    sheet.put(LEVEL, result.level)
    found = []
    for rule in rules:
        if rule.instrument != chosen.id:
            continue
        step = next((one for one in rule.steps if one[1].holds(sheet)), None)
        if step:
            found.append(NeedFound(rule, step[0], _evidence(step[1], sheet)))
    return tuple(found)


def _evidence(condition: Condition, sheet: Sheet) -> tuple[str, ...]:
    items = (leaf.key for leaf in leaves(condition) if leaf.of == "item" and leaf.holds(sheet))
    return tuple(dict.fromkeys(items))


@cache
def need_rules() -> tuple[NeedRule, ...]:
    """Give every rule, in the order of the file."""
    path = data_folder() / "reference" / "needs.toml"
    return need_rules_from(read_toml(path), path, instruments())


def need_rule(key: str | None) -> NeedRule | None:
    """Give a rule of a need's key, None for a need that no rule has raised."""
    return next((one for one in need_rules() if one.key == key), None)


def informants() -> CodeList:
    """Give who may answer for a person."""
    return code_list("informant")


def unable_reasons() -> CodeList:
    """Give why an item or a whole form could not be answered."""
    return code_list("unable_reason")


def need_rules_from(
    mapping: Mapping[str, Any], file: object, known: Mapping[str, Instrument]
) -> tuple[NeedRule, ...]:
    """Build the rules from their file, each checked against its instrument.

    Raises
    ------
    BrokenReference
        If a rule names what does not exist, stands twice, or says of a need of another
        instrument's rules that it has another domain or name.
    """
    found: dict[tuple[str, str], NeedRule] = {}
    first: dict[str, NeedRule] = {}
    for entry in mapping.get("need", ()):
        rule = _rule(entry, str(file), known)
        name = f"need {rule.instrument}:{rule.code}"
        if (rule.instrument, rule.code) in found:
            raise BrokenReference(str(file), entry_in_words(name), _("stands twice"))
        same = first.setdefault(rule.code, rule)
        if (same.domain, same.label) != (rule.domain, rule.label):
            raise BrokenReference(
                str(file),
                entry_in_words(name),
                _("differs from that of {instrument}", instrument=same.instrument),
            )
        found[rule.instrument, rule.code] = rule
    return tuple(found.values())


def _rule(entry: Mapping[str, Any], file: str, known: Mapping[str, Instrument]) -> NeedRule:
    name = f"need {entry.get('instrument')}:{entry.get('code')}"
    reader = _about(known.get(str(entry.get("instrument"))), file, name)
    severities = [one.code for one in code_list("need_severity").entries]
    fixed = {"code", "instrument", "domain", "label", "source", "certainty", "note"}
    reader.only(name, entry, fixed | set(severities))
    steps = tuple(
        (severity, reader.condition(f"{name}, {severity}", entry[severity]))
        for severity in reversed(severities)
        if severity in entry
    )
    if not steps:
        allowed = ", ".join(severities)
        raise reader.broken(name, _("needs a condition for one of {allowed}", allowed=allowed))
    domains = tuple(one.code for one in code_list("need_domain").entries)
    return NeedRule(
        code=reader.need(name, entry, "code", str),
        instrument=entry["instrument"],
        domain=reader.one_of(name, entry, "domain", domains),
        label=reader.label(name, entry),
        steps=steps,
        source=reader.need(name, entry, "source", str),
        certainty=reader.one_of(name, entry, "certainty", CERTAINTIES),
    )


def _about(chosen: Instrument | None, file: str, name: str) -> Checked:
    """Make the checks for conditions on one instrument, with its level as a measure."""
    if chosen is None:
        raise BrokenReference(file, entry_in_words(name), _("names no instrument"))
    reader = Checked(file, {})
    reader.items = {one.key: one for one in chosen.items}
    reader.context = {one.key: one for one in chosen.context}
    reader.measures = {one.id: one for one in chosen.measures}
    reader.measures[LEVEL] = reader.measures[chosen.total]
    levels = (band.level for banding in chosen.bandings for band in banding.bands)
    reader.possible = {**chosen.reach, LEVEL: frozenset(levels)}
    return reader

"""Why somebody's plan says what it says: rule, clause, facts that matched, facts that are missing.

Decides how reasons are worded and how they are kept when people decide on an item; leaves the
reading of conditions to :mod:`casework.rules`. Worked out for the day asked about, by the rules and
from the facts of that day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from casework.errors import NotFound
from casework.planning import PlannedTask, Proposal, propose
from casework.rules import Finding, Rule, RuleError, Vocabulary, parse
from casework.rules.evaluate import Values
from casework.rules.sentence import day_text, finding_text, subject_text, timing_text, write
from casework.rules.tree import leaves_of
from casework.terms import _, language
from casework.workbook.plan_reading import rule_reader
from casework.workbook.plan_rows import starts_of
from casework.workbook.plan_situations import situation_of, stays_of
from casework.workbook.policy import almanac, rules_in, vocabulary_of

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = [
    "Explanation",
    "Reason",
    "ToFindOut",
    "explain_plan",
    "kept_reasons",
    "kept_text",
    "proposal_for",
]


_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule for one person, in words of the language in force.

    Attributes
    ----------
    applies : bool or None
        None while unknown facts could turn it either way.
    replaced_by : str or None
        Code of the stronger rule in whose favour this one stands back.
    facts : tuple of str
        What was found and carried the answer.
    missing : tuple of str
        Facts that are unknown and could turn it.
    tasks : tuple of str
        Windows of the tasks in the coming year.
    """

    rule: str
    title: str
    clause: str
    capability: str
    condition: str
    timing: str
    applies: bool | None
    replaced_by: str | None
    facts: tuple[str, ...]
    missing: tuple[str, ...]
    tasks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ToFindOut:
    """An unknown fact that could change the plan, and the rules that hang on it."""

    fact: str
    name: str
    rules: tuple[str, ...]
    weight: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a person's plan says what it says on a day.

    Attributes
    ----------
    reasons : tuple of Reason
        Rules that apply first, then those that hang on unknown facts, those replaced by a
        stronger one, those that do not apply.
    to_find_out : tuple of ToFindOut
        The most telling first.
    """

    person_id: int
    as_of: date
    reasons: tuple[Reason, ...]
    to_find_out: tuple[ToFindOut, ...]

    def as_json(self) -> dict[str, Any]:
        """Give everything as plain values."""
        return asdict(self)

    def lines(self) -> list[str]:
        """Write the explanation as lines of text."""
        heads = {
            True: _("Applies"),
            None: _("Undecided: something is unknown"),
            False: _("Does not apply"),
        }
        lines = [_("Person {id}, as of {day}", id=self.person_id, day=day_text(self.as_of))]
        for truth, head in heads.items():
            some = [one for one in self.reasons if one.applies is truth]
            if some:
                lines += ["", head]
            for one in some:
                lines += list(_lines(one))
        if self.to_find_out:
            lines += ["", _("To find out, the most telling first")]
            lines += [f"  {one.name} ({', '.join(one.rules)})" for one in self.to_find_out]
        return lines


def _lines(one: Reason) -> Iterable[str]:
    yield f"  {one.title} [{one.rule}]"
    yield "    " + _("When: {timing}", timing=one.timing)
    yield "    " + _("Rule: {condition}", condition=one.condition)
    yield "    " + _(
        "Clause: {clause} [{capability}]", clause=one.clause, capability=one.capability
    )
    if one.replaced_by:
        yield "    " + _("Replaced by: {rule}", rule=one.replaced_by)
    if one.facts:
        yield "    " + _("Facts: {facts}", facts=_("; ").join(one.facts))
    if one.missing:
        yield "    " + _("Unknown: {facts}", facts=_("; ").join(one.missing))
    if one.tasks:
        shown = _("; ").join(one.tasks[:_SHOWN])
        more = _(" and so on") if len(one.tasks) > _SHOWN else ""
        yield "    " + _("Tasks ({n}): {tasks}", n=len(one.tasks), tasks=shown + more)


def proposal_for(
    session: Session, book: Workbook, person_id: int, on: date, days: int
) -> tuple[Proposal, Values, Vocabulary]:
    """Read one person and propose a plan by the rules of a day, with all reasons.

    Raises
    ------
    NotFound
        When the person was not in care on the day.
    """
    words = vocabulary_of(book.agency, on)
    last = on + timedelta(days=days)
    rules = [
        rule
        for rule in rules_in(session, book.agency, on).between(on, last)
        if not rule.for_deceased
    ]
    reader = rule_reader(rules, on, last, book.agency.counting.outcomes)
    values = reader.values(session, person_id)
    if values is None:
        raise NotFound(
            _(
                "Person {id} was not in care on {day}, so there is no plan to explain. Choose "
                "another day or check the case.",
                id=person_id,
                day=day_text(on),
            )
        )
    starts = starts_of(session, person_id, on)
    stays = stays_of(session, [person_id], on).get(person_id, ())
    person = situation_of(person_id, values, rules, on, starts=starts, stays=stays)
    proposal = propose(reader.drafter, values, person)
    return proposal, values, words


def explain_plan(
    session: Session, book: Workbook, person_id: int, on: date, days: int
) -> Explanation:
    """Explain a person's plan as of a day, in the language in force."""
    proposal, _values, words = proposal_for(session, book, person_id, on, days)
    reasons = [
        _reason(item.rule, True, item.reading.matched, (), item.tasks, words, item.on)
        for item in proposal.items
    ]
    reasons += [
        _reason(
            rule,
            None,
            reading.matched,
            tuple(one.test.subject for one in reading.missing),
            (),
            words,
            on,
        )
        for rule, reading in proposal.undecided
    ]
    for rule, reading, stronger in proposal.standing_back:
        reasons.append(_reason(rule, False, reading.matched, (), (), words, on, stronger))
    reasons += [
        _reason(rule, False, reading.matched, (), (), words, on)
        for rule, reading in proposal.declined
    ]
    doubts = tuple(
        ToFindOut(one.subject.name, subject_text(one.subject, words), one.rules, one.weight)
        for one in proposal.doubts
    )
    return Explanation(person_id, on, tuple(reasons), doubts)


def _reason(
    rule: Rule,
    applies: bool | None,
    matched: Iterable[Finding],
    missing: Iterable[Any],
    tasks: tuple[PlannedTask, ...],
    words: Vocabulary,
    on: date,
    replaced_by: str | None = None,
) -> Reason:
    when, timing = _spoken(rule, words)
    return Reason(
        rule=rule.code,
        title=str(rule.title),
        clause=str(rule.clause),
        capability=rule.clause.capability,
        condition=when,
        timing=timing,
        applies=applies,
        replaced_by=replaced_by,
        facts=tuple(dict.fromkeys(finding_text(one, words, on) for one in matched)),
        missing=tuple(dict.fromkeys(subject_text(one, words) for one in missing)),
        tasks=tuple(_("{opens} to {due}", opens=task.opens_on, due=task.due_on) for task in tasks),
    )


_KEPT = 2_000
_said: dict[tuple[int, str], tuple[Rule, str, str]] = {}


def _spoken(rule: Rule, words: Vocabulary) -> tuple[str, str]:
    """Say when a rule applies and when its tasks are due; the same of everybody, so once."""
    found = _said.get((id(rule), language()))
    if found is None or found[0] is not rule:
        if len(_said) >= _KEPT:
            _said.clear()
        when = write(rule.when, words)
        event = subject_text(rule.event, words) if rule.event else ""
        timing = timing_text(rule.duty.timing, almanac().festivals, event)
        found = _said[id(rule), language()] = (rule, when, timing)
    return found[1], found[2]


def kept_reasons(proposal: Proposal, words: Vocabulary, on: date) -> dict[str, dict[str, Any]]:
    """Give the reasons of every item by its key, as they are kept when people decide on it."""
    return {
        item.rule.duty.key: {
            "on": on.isoformat(),
            "rule": item.rule.code,
            "when": item.rule.text,
            "matched": [
                {
                    "at": list(one.test.at),
                    "fact": one.test.subject.name or one.test.subject.source,
                    "value": _plain(one.value),
                }
                for one in item.reading.matched
            ],
            "missing": [one.test.subject.name for one in item.reading.missing],
        }
        for item in proposal.items
    }


def kept_text(kept: Mapping[str, Any], words: Vocabulary) -> str:
    """Say the reasons that were kept with an item as people say them.

    Parameters
    ----------
    kept : mapping
        As `kept_reasons` gives them. Where the rule asks about something that is known by another
        name today, what was found is told under the names of that day.
    """
    on = date.fromisoformat(kept["on"])
    try:
        node = parse(kept["when"], words)
    except RuleError:
        told = [f"{one['fact']}: {one['value']}" for one in kept["matched"]]
        return _("On {day}: {found}", day=day_text(on), found="；".join(told))
    tests = {test.at: test for test in leaves_of(node)}
    found = [
        finding_text(Finding(tests[at], _told(one["value"]), None), words, on)
        for one in kept["matched"]
        if (at := (one["at"][0], one["at"][1])) in tests
    ]
    asked = _("{rule}. On {day}: {found}", rule=write(node, words), day=day_text(on),
              found="；".join(dict.fromkeys(found)))  # fmt: skip
    return asked if found else write(node, words)


def _told(value: Any) -> Any:
    """Give a kept value as it was found: dates are kept as text."""
    if not isinstance(value, list):
        return value
    return tuple(date.fromisoformat(one) if isinstance(one, str) else one for one in value)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [one.isoformat() if isinstance(one, date) else one for one in value]
    return value

"""Examining a set of rules: what can never apply, what contradicts, what asks for the same twice.

Decides what is an error (the set must not be used), a warning (somebody should look) or a note;
leaves whether conditions can hold to :mod:`casework.rules.satisfy`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from itertools import combinations

from casework.occasions import WorkCalendar
from casework.reference import code_list, services
from casework.rules.language import RuleError
from casework.rules.ruleset import Obligation, Problem, Rule, RuleSet
from casework.rules.satisfy import can_hold, implies, may_meet
from casework.rules.timing import AfterEvent, AtBirthdays, AtFestivals, Quota, Silence
from casework.rules.tree import Not, leaves_of, needs_asked
from casework.rules.vocabulary import Vocabulary
from casework.terms import _

__all__ = ["check_rules"]

_SAMPLE = date(2025, 7, 1)


def check_rules(
    rules: RuleSet, words: Vocabulary, on: date, broken: Collection[str] = ()
) -> tuple[Problem, ...]:
    """Examine a set of rules as it stands on a day and later.

    Parameters
    ----------
    broken : collection of str
        Codes of rules that are in the file and could not be read.

    Returns
    -------
    tuple of Problem
        Errors first, then warnings, then notes.
    """
    found = [
        *_codes_and_days(rules.rules),
        *_replacements(rules.rules, words, broken),
        *_windows(rules.rules),
        *_never_true(rules.rules, words, on),
        *_asked_twice(rules.rules, words, on),
        *_unreachable(rules.rules, words, on),
        *_uncited(rules, on),
    ]
    order = {"error": 0, "warning": 1, "note": 2}
    return tuple(sorted(found, key=lambda one: (order[one.severity], one.kind, one.rules)))


def _codes_and_days(rules: Sequence[Rule]) -> Iterator[Problem]:
    for rule in rules:
        if rule.until is not None and rule.until < rule.since:
            yield Problem(
                "days",
                "error",
                (rule.code,),
                _("It ends before it begins. Correct since or until."),
            )
    for one, other in combinations(rules, 2):
        if one.code == other.code and _share_days(one, other):
            yield Problem(
                "duplicate_code",
                "error",
                (one.code,),
                _("Two rules of this code are in force on the same day. End the older one."),
            )


def _replacements(
    rules: Sequence[Rule], words: Vocabulary, broken: Collection[str]
) -> Iterator[Problem]:
    codes = {rule.code for rule in rules}
    for rule in rules:
        for weaker in rule.instead_of:
            if weaker in broken:
                continue  # it is there, and said to be wrong already
            if weaker not in codes:
                message = _("It stands instead of {weaker}, which is no rule.", weaker=weaker)
                meant = words.nearest(weaker, tuple(codes))
                if meant:
                    message += _(" Did you mean {name}?", name=meant)
                yield Problem("unknown_rule", "error", (rule.code,), message)
            elif rule.code == weaker or any(
                one.code == weaker and rule.code in one.instead_of and _share_days(rule, one)
                for one in rules
            ):
                message = _("These rules replace each other, so that neither would apply.")
                yield Problem("conflict", "error", tuple(sorted({rule.code, weaker})), message)


def _windows(rules: Sequence[Rule]) -> Iterator[Problem]:
    calendar = WorkCalendar()
    for rule in rules:
        timing = rule.duty.timing
        if isinstance(timing, Quota | Silence):
            continue
        if timing.opens.apply(_SAMPLE, calendar) > timing.due.apply(_SAMPLE, calendar):
            message = _("Its window closes before it opens. Exchange opens and due.")
            yield Problem("window", "error", (rule.code,), message)


def _never_true(rules: Sequence[Rule], words: Vocabulary, on: date) -> Iterator[Problem]:
    for rule in rules:
        day = max(on, rule.since)
        empty = next(
            (
                test
                for test in leaves_of(rule.when)
                if test.subject.inner is not None
                and can_hold(test.subject.inner, words, day) is False
            ),
            None,
        )
        if empty is not None:
            message = _("Nobody can ever meet what is asked of others here.")
            pointer = RuleError(message, rule.text, empty.at).pointer()
            yield Problem("never_true", "error", (rule.code,), message, empty.at, pointer)
        elif can_hold(rule.when, words, day) is False:
            message = _(
                "No person can ever meet this condition: its parts exclude each other. "
                "Perhaps “or” is meant where “and” stands."
            )
            yield Problem("never_true", "error", (rule.code,), message, (0, len(rule.text)))
        elif can_hold(Not(rule.when), words, day) is False:
            message = _("Everybody meets this condition. Say so by naming the categories meant.")
            yield Problem("always_true", "note", (rule.code,), message)


def _asked_twice(rules: Sequence[Rule], words: Vocabulary, on: date) -> Iterator[Problem]:
    # What nobody can meet is said once, as that: it asks for nothing beside the others.
    held = [one for one in rules if can_hold(one.when, words, max(on, one.since)) is not False]
    for one, other in combinations(held, 2):
        if one.code == other.code or not _share_days(one, other, on):
            continue
        if one.for_deceased != other.for_deceased or not _same_visit(one.duty, other.duty):
            continue
        if one.code in other.instead_of or other.code in one.instead_of:
            continue
        if _answer_other_needs(one, other):
            continue
        day = max(on, one.since, other.since)
        shadowed = _shadowed(one, other, words, day)
        if shadowed is not None:
            yield shadowed
        elif may_meet(one.when, other.when, words, day) is not False:
            message = _(
                "Both ask for the same visit of the same person ({service}, {actor}). "
                "Let the stronger stand instead of the other, or keep their conditions apart.",
                service=_service_words(one.duty.service),
                actor=code_list("actor").label_of(one.duty.actor),
            )
            yield Problem("same_visit", "warning", (one.code, other.code), message)


def _service_words(code: str) -> str:
    found = services().get(code)
    return str(found.label) if found is not None else code


def _answer_other_needs(one: Rule, other: Rule) -> bool:
    """Tell whether each rule answers needs of its own: then nobody does the same work twice."""
    mine, theirs = needs_asked(one.when), needs_asked(other.when)
    kinds = {kind for need in mine for kind in need.kinds}
    others = {kind for need in theirs for kind in need.kinds}
    return bool(kinds and others) and not kinds & others


def _shadowed(one: Rule, other: Rule, words: Vocabulary, day: date) -> Problem | None:
    """Tell whether whoever one rule means is meant by the other as well, for the same visit."""
    for narrow, wide in ((one, other), (other, one)):
        if implies(narrow.when, wide.when, words, day):
            message = _(
                "Whoever meets {rule} also meets {other}, which asks for the same visit: they "
                "would have it twice. Let {rule} stand instead of {other}, or end one of them.",
                rule=narrow.code,
                other=wide.code,
            )
            return Problem("shadowed", "warning", (narrow.code, wide.code), message)
    return None


def _uncited(rules: RuleSet, on: date) -> Iterator[Problem]:
    """Name documents that no rule in force or to come puts into practice."""
    cited = {rule.clause.document for rule in rules.rules if rule.until is None or rule.until >= on}
    for code, title in rules.documents.items():
        if title not in cited:
            message = _(
                "No rule in force rests on “{document}”. Add the rule that carries it out, or "
                "take the document off the list.",
                document=title,
            )
            yield Problem("clause_without_rule", "warning", (code,), message)


def _unreachable(rules: Sequence[Rule], words: Vocabulary, on: date) -> Iterator[Problem]:
    for rule in rules:
        if can_hold(rule.when, words, max(on, rule.since)) is False:
            continue  # said already, as that
        stronger = [
            one
            for one in rules
            if one is not rule and rule.code in one.instead_of and _share_days(rule, one, on)
        ]
        for one in stronger:
            begins = max(on, rule.since, one.since)
            lasts = rule.until is not None and (one.until is None or rule.until <= one.until)
            always = one.until is None or lasts
            if always and implies(rule.when, one.when, words, begins):
                message = _(
                    "Whoever meets {rule} also meets {stronger}, which stands in its place: it "
                    "never applies.",
                    rule=rule.code,
                    stronger=one.code,
                )
                yield Problem("unreachable", "warning", (rule.code, one.code), message)


def _share_days(one: Rule, other: Rule, on: date | None = None) -> bool:
    """Tell whether two rules are both in force on some day, from a day on if one is given."""
    first = max(one.since, other.since, *((on,) if on else ()))
    ends = [rule.until for rule in (one, other) if rule.until is not None]
    return not ends or first <= min(ends)


def _same_visit(one: Obligation, other: Obligation) -> bool:
    """Tell whether two obligations would send the same actor for the same purpose at one time."""
    if one.service != other.service or one.actor != other.actor:
        return False
    if one.channels and other.channels and not set(one.channels) & set(other.channels):
        return False
    mine, theirs = one.timing, other.timing
    if isinstance(mine, AtFestivals) and isinstance(theirs, AtFestivals):
        return bool(set(mine.codes) & set(theirs.codes))
    if isinstance(mine, AfterEvent) and isinstance(theirs, AfterEvent):
        return mine.event == theirs.event and _overlap(mine, theirs)
    return isinstance(mine, Quota | AtBirthdays) and type(mine) is type(theirs)


def _overlap(one: AfterEvent, other: AfterEvent) -> bool:
    """Tell whether the windows of two steps after one event share a day."""
    calendar = WorkCalendar()
    opens = max(step.opens.apply(_SAMPLE, calendar) for step in (one, other))
    due = min(step.due.apply(_SAMPLE, calendar) for step in (one, other))
    return opens <= due

"""A rule and a set of rules: conditions with what they ask for, their clause, and their days.

Decides what a rule must say and reads it from data; leaves when tasks fall to
:mod:`casework.planning` and the examination of a whole set to :mod:`casework.rules.checks`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from casework.errors import CaseworkError, InvalidEntry
from casework.rules.language import RuleError
from casework.rules.resolve import date_subject, parse
from casework.rules.timing import AfterEvent, AtFestivals, Silence, Timing, timing_from
from casework.rules.tree import Node, Subject, subjects_of
from casework.rules.vocabulary import Vocabulary
from casework.terms import Label, _, language

__all__ = ["Clause", "Obligation", "Problem", "Rule", "RuleSet", "read_rules", "tables"]

_NEEDED = (
    "title", "clause", "since", "when", "service", "domain", "actor", "duration_minutes",
)  # fmt: skip
_KEYS = {
    "code",
    "title",
    "clause",
    "since",
    "until",
    "when",
    "service",
    "domain",
    "actor",
    "channels",
    "place",
    "duration_minutes",
    "priority",
    "when_away",
    "when_in_hospital",
    "parties",
    "instead_of",
    "for_deceased",
    "quota",
    "festival",
    "birthday",
    "event",
    "silence",
}
_WRITTEN: Mapping[str, tuple[type | tuple[type, ...], str]] = {
    "code": (str, '"visit"'),
    "title": (Mapping, '{zh = "走访", en = "Visit"}'),
    "clause": (Mapping, '{document = "…", article = "…", capability = "…"}'),
    "since": (date, "2024-01-01"),
    "until": (date, "2024-12-31"),
    "when": (str, '"age >= 80"'),
    "service": (str, '"visit"'),
    "domain": (str, '"care"'),
    "actor": (str, '"caseworker"'),
    "channels": (list, '["phone", "home_visit"]'),
    "place": (str, '"home"'),
    "duration_minutes": (int, "30"),
    "priority": (int, "3"),
    "parties": (Mapping, '{community = "lead"}'),
    "instead_of": (list, '["visit"]'),
    "for_deceased": (bool, "true"),
}
"""What kind of value each entry has, and one of them as it is written."""
_CHOICES = {
    "when_away": ("phone", "excuse", "keep"),
    "when_in_hospital": ("visit", "excuse", "keep"),
}


@dataclass(frozen=True, slots=True)
class Clause:
    """Where a rule comes from: document, the passage in it, and the capability it serves."""

    document: Label
    article: str
    capability: str

    @property
    def citation(self) -> str:
        """The clause as plans and tasks keep it: document, passage and capability."""
        return f"《{self.document.zh}》{self.article} [{self.capability}]"

    def __str__(self) -> str:
        """Cite the clause in the language in force."""
        return _("{document}, {article}", document=self.document, article=self.article)


@dataclass(frozen=True, slots=True)
class Obligation:
    """What is owed: a service, when, by whom, how.

    Parameters
    ----------
    key : str
        Names the obligation in plans and tasks: ``rule:CODE``, ``manual:…``, ``find_out:FACT``.
    channels : tuple of str
        Ways of contact that count as its fulfilment; empty means every way.
    duration_minutes : int or None
        Planned length, without travel.
    priority : int
        1 is the most urgent, 5 the least.
    when_away : {"phone", "excuse", "keep"}
        What becomes of it while the person is away for the whole window.
    when_in_hospital : {"visit", "excuse", "keep"}
        ``visit`` also accepts a visit at the hospital.
    parties : mapping of str to str
        Who else carries it: party to ``lead`` or ``support`` (四位一体).
    """

    key: str
    title: Label
    service: str
    timing: Timing
    actor: str
    channels: tuple[str, ...] = ()
    domain: str | None = None
    place: str | None = None
    duration_minutes: int | None = None
    priority: int = 3
    clause: str = ""
    when_away: Literal["phone", "excuse", "keep"] = "phone"
    when_in_hospital: Literal["visit", "excuse", "keep"] = "visit"
    parties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of an agency.

    Parameters
    ----------
    since, until : date or None
        First and last day on which it is in force, inclusive.
    text, when : str and Node
        The condition as it was written, and as it was understood.
    event : Subject or None
        The date that an `AfterEvent` or `Silence` timing waits on.
    instead_of : tuple of str
        Codes of weaker rules that this one replaces for the same person.
    for_deceased : bool
        Applies to people who have died (and to nobody else): what is owed to the family.
    """

    code: str
    title: Label
    clause: Clause
    since: date
    until: date | None
    text: str
    when: Node
    duty: Obligation
    event: Subject | None = None
    instead_of: tuple[str, ...] = ()
    for_deceased: bool = False

    def in_force(self, on: date) -> bool:
        """Tell whether the rule is in force on a day."""
        return self.since <= on and (self.until is None or on <= self.until)

    @property
    def subjects(self) -> frozenset[Subject]:
        """What must be known of a person to apply the rule."""
        found = subjects_of(self.when)
        return found | {self.event} if self.event else found


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rules of an agency, of all times, and the documents they may cite."""

    agency: str
    rules: tuple[Rule, ...]
    documents: Mapping[str, Label] = field(default_factory=dict)

    def on(self, day: date) -> tuple[Rule, ...]:
        """Give the rules in force on a day, in the order of the file."""
        return tuple(rule for rule in self.rules if rule.in_force(day))

    def between(self, first: date, last: date) -> tuple[Rule, ...]:
        """Give the rules in force on at least one day of a span."""
        return tuple(
            rule
            for rule in self.rules
            if rule.since <= last and (rule.until is None or rule.until >= first)
        )

    @property
    def subjects(self) -> frozenset[Subject]:
        """What must be known of people to apply all the rules."""
        return frozenset(subject for rule in self.rules for subject in rule.subjects)

    def replaced_by(self) -> dict[str, tuple[str, ...]]:
        """Give, for each rule that others replace, the codes of those others."""
        found: dict[str, tuple[str, ...]] = {}
        for rule in self.rules:
            for weaker in rule.instead_of:
                found[weaker] = (*found.get(weaker, ()), rule.code)
        return found


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a rule.

    Parameters
    ----------
    kind : str
        Such as ``unreadable``, ``never_true``, ``duplicate``.
    severity : {"error", "warning", "note"}
        An error keeps the set from being used.
    rules : tuple of str
        Codes of the rules concerned.
    at : (int, int) or None
        The characters of the condition, where it is about those.
    """

    kind: str
    severity: str
    rules: tuple[str, ...]
    message: str
    at: tuple[int, int] | None = None
    pointer: str = ""

    def as_json(self) -> dict[str, Any]:
        """Give the problem by name, ``at`` as characters of the condition counted from 0."""
        return {
            "kind": self.kind,
            "severity": self.severity,
            "rules": list(self.rules),
            "message": self.message,
            "at": list(self.at) if self.at else None,
        }

    def message_with(self, titles: Mapping[str, str]) -> str:
        """Give the message with rules named by their titles where it has their codes.

        Parameters
        ----------
        titles : mapping of str to str
            Titles by code.
        """
        message = self.message
        space = r"\s?" if language() == "zh" else ""
        for code, title in titles.items():
            # A code ends where no letter of a code goes on: Chinese follows it without a space.
            whole = rf"{space}(?<![\w“]){re.escape(code)}(?![\w”]){space}"
            said = f"“{title}”".replace("\\", r"\\")
            message = re.sub(whole, said, message, flags=re.ASCII)
        return message

    def told(self, titles: Mapping[str, str]) -> str:
        """Say the problem for whoever knows the rules by their titles."""
        named = "、" if language() == "zh" else ", "
        rules = named.join(f"“{titles.get(code, code)}”" for code in self.rules)
        said = _("{rules}: {message}", rules=rules, message=self.message_with(titles))
        return f"{said}\n{self.pointer}" if self.pointer else said

    def __str__(self) -> str:
        """Say the problem with the rules concerned and the place in the condition."""
        severity = {"error": _("error"), "warning": _("warning"), "note": _("note")}[self.severity]
        told = f"{severity} [{', '.join(self.rules)}] {self.message}"
        return f"{told}\n{self.pointer}" if self.pointer else told


def read_rules(
    raw: Mapping[str, Any], words: Vocabulary, known: Mapping[str, tuple[str, ...]]
) -> tuple[RuleSet, tuple[Problem, ...]]:
    """Read a set of rules as its file says it, collecting every problem.

    Parameters
    ----------
    raw : mapping
        ``agency``, ``documents`` (code, title) and ``rules``.
    known : mapping of str to codes
        Codes that may be used: ``service``, ``festival``, ``actor``, ``channel``, ``need_domain``.

    Returns
    -------
    RuleSet and tuple of Problem
        The rules that could be read, and what is wrong with the others.
    """
    documents, problems = _documents(raw)
    reader = _Reader(words, known, documents)
    rules = []
    for number, entry in enumerate(tables(raw, "rules"), 1):
        code = str(entry.get("code") or f"#{number}")
        try:
            rules.append(reader.rule(code, entry))
        except RuleError as error:
            problems.append(
                Problem("unreadable", "error", (code,), error.message, error.at, error.pointer())
            )
        except CaseworkError as error:
            problems.append(Problem("incomplete", "error", (code,), error.message))
    return RuleSet(str(raw.get("agency", "")), tuple(rules), documents), tuple(problems)


def tables(raw: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    """Give the entries of a list of tables, such as ``[[rules]]``.

    Raises
    ------
    InvalidEntry
        When it is something else.
    """
    found = raw.get(name, [])
    if not isinstance(found, list | tuple) or not all(isinstance(one, Mapping) for one in found):
        raise InvalidEntry(_("Write each of them below a line [[{name}]].", name=name), name)
    return found


def _documents(raw: Mapping[str, Any]) -> tuple[dict[str, Label], list[Problem]]:
    """Read the documents that rules may cite, and tell which are not whole."""
    found: dict[str, Label] = {}
    problems: list[Problem] = []
    for number, entry in enumerate(tables(raw, "documents"), 1):
        code, title = entry.get("code"), entry.get("title")
        both = isinstance(title, Mapping) and all(
            isinstance(title.get(one), str) and title[one] for one in ("zh", "en")
        )
        if isinstance(code, str) and code and isinstance(title, Mapping) and both:
            found[code] = Label(zh=title["zh"], en=title["en"])
        else:
            message = _("A document has a code, and a title in Chinese and English: zh and en.")
            problems.append(
                Problem("incomplete", "error", (str(code or f"[[documents]] {number}"),), message)
            )
    return found, problems


class _Reader:
    def __init__(
        self,
        words: Vocabulary,
        known: Mapping[str, tuple[str, ...]],
        documents: Mapping[str, Label],
    ) -> None:
        self.words = words
        self.known = {**known, "parameter": tuple(words.parameters)}
        self.documents = documents

    def rule(self, code: str, raw: Mapping[str, Any]) -> Rule:
        self._no_strangers(raw)
        self._complete(raw)
        self._written(raw)
        duty = self._duty(code, raw)
        text = str(self._need(raw, "when"))
        return Rule(
            code=code,
            title=duty.title,
            clause=self._clause(raw),
            since=self._need(raw, "since"),
            until=raw.get("until"),
            text=text,
            when=parse(text, self.words),
            duty=duty,
            event=self._event(duty.timing),
            instead_of=tuple(raw.get("instead_of", ())),
            for_deceased=bool(raw.get("for_deceased", False)),
        )

    def _duty(self, code: str, raw: Mapping[str, Any]) -> Obligation:
        timing = timing_from(self._with_parameters(raw))
        if isinstance(timing, AtFestivals):
            for festival in timing.codes:
                self._known("festival", festival)
        channels = tuple(self._known("channel", one) for one in raw.get("channels", ()))
        for entry, choices in _CHOICES.items():
            if raw.get(entry, choices[0]) not in choices:
                raise self._unknown(entry, str(raw[entry]), choices)
        return Obligation(
            key=f"rule:{code}",
            title=self._label(raw, "title"),
            service=self._known("service", str(self._need(raw, "service"))),
            timing=timing,
            actor=self._known("actor", str(self._need(raw, "actor"))),
            channels=channels,
            domain=self._known("need_domain", str(self._need(raw, "domain"))),
            place=raw.get("place"),
            duration_minutes=int(self._need(raw, "duration_minutes")),
            priority=self._priority(raw),
            clause=self._clause(raw).citation,
            when_away=raw.get("when_away", "phone"),
            when_in_hospital=raw.get("when_in_hospital", "visit"),
            parties=dict(raw.get("parties", {})),
        )

    def _with_parameters(self, raw: Mapping[str, Any]) -> Mapping[str, Any]:
        """Put the agency's own number where a silence names one of its settings."""
        silence = raw.get("silence")
        if not isinstance(silence, Mapping) or not isinstance(silence.get("days"), str):
            return raw
        name = self._known("parameter", silence["days"])
        return {**raw, "silence": {**silence, "days": self.words.parameters[name]}}

    def _clause(self, raw: Mapping[str, Any]) -> Clause:
        found = self._need(raw, "clause")
        named = str(found.get("document", ""))
        document = self.documents.get(named)
        if document is None:
            raise self._unknown("document", named, tuple(self.documents))
        if not found.get("article") or not found.get("capability"):
            raise InvalidEntry(
                _("The clause names its document, article and capability. Add what is missing."),
                "clause",
                found,
            )
        return Clause(document, str(found["article"]), str(found["capability"]))

    def _event(self, timing: Timing) -> Subject | None:
        if isinstance(timing, AfterEvent):
            return date_subject(timing.event, self.words)
        if isinstance(timing, Silence):
            channels = tuple(sorted(self._known("channel", one) for one in timing.channels))
            return Subject("last_contact", "", channels, "date")
        return None

    def _priority(self, raw: Mapping[str, Any]) -> int:
        priority = int(raw.get("priority", 3))
        if not 1 <= priority <= 5:
            raise InvalidEntry(
                _("Priority {n} is not from 1 (first) to 5 (last).", n=priority),
                "priority",
                priority,
            )
        return priority

    def _label(self, raw: Mapping[str, Any], key: str) -> Label:
        found = self._need(raw, key)
        if not isinstance(found, Mapping) or not found.get("zh") or not found.get("en"):
            raise InvalidEntry(
                _("“{key}” is given in Chinese and English: zh and en.", key=key), key, found
            )
        return Label(zh=found["zh"], en=found["en"])

    def _complete(self, raw: Mapping[str, Any]) -> None:
        """Name everything that is missing at once: nobody wants to be told one by one."""
        missing = [key for key in _NEEDED if raw.get(key) in (None, "", {})]
        if missing:
            told = _("”, “").join(missing)
            raise InvalidEntry(_("The rule lacks “{key}”. Add it.", key=told), missing[0])

    def _written(self, raw: Mapping[str, Any]) -> None:
        """Refuse an entry of another kind than it has, with one as it is written."""
        for key, value in raw.items():
            kind, example = _WRITTEN.get(key, (object, ""))
            fits = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
            if kind is list:
                fits = fits and all(isinstance(one, str) for one in value)
            if kind is date:
                fits = fits and not isinstance(value, datetime)
            if not fits:
                raise InvalidEntry(
                    _(
                        "“{key}” is not written so. Write it like this: {key} = {example}",
                        key=key,
                        example=example,
                    ),
                    key,
                    value,
                )

    def _need(self, raw: Mapping[str, Any], key: str) -> Any:
        if raw.get(key) in (None, "", {}):
            raise InvalidEntry(_("The rule lacks “{key}”. Add it.", key=key), key)
        return raw[key]

    def _known(self, kind: str, code: str) -> str:
        if code not in self.known[kind]:
            raise self._unknown(kind, code, self.known[kind])
        return code

    def _unknown(self, kind: str, code: str, accepted: tuple[str, ...]) -> InvalidEntry:
        nearest = self.words.nearest(code, accepted)
        message = _(
            "No {kind} is called '{code}'. Accepted: {accepted}.",
            kind=_kind_words().get(kind, kind),
            code=code,
            accepted=_(", ").join(accepted),
        )
        if nearest:
            message += _(" Did you mean {name}?", name=nearest)
        return InvalidEntry(message, kind, code)

    def _no_strangers(self, raw: Mapping[str, Any]) -> None:
        for key in self._strangers(raw):
            raise self._unknown("entry of a rule", key, tuple(sorted(_KEYS)))

    def _strangers(self, raw: Mapping[str, Any]) -> Iterator[str]:
        yield from (key for key in raw if key not in _KEYS)


def _kind_words() -> dict[str, str]:
    """Name the kinds of code that a rule names, in the language in force."""
    return {
        "entry of a rule": _("entry of a rule"),
        "festival": _("festival"),
        "channel": _("way of contact"),
        "service": _("service"),
        "actor": _("actor"),
        "need_domain": _("domain"),
        "document": _("document"),
        "parameter": _("setting"),
    }

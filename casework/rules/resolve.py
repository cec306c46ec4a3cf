"""From what a condition says to what it means: names become subjects, comparisons become tests.

Decides which comparison fits which kind of fact, turns ages and day counts into spans of days, and
refuses what means nothing, offering the nearest name; leaves the grammar to
:mod:`casework.rules.language`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from casework.rules import language as said
from casework.rules.language import Call, Literal, Name, Operand, Parsed, RuleError, Span
from casework.rules.recorded import ALWAYS_KNOWN, Recorded, Term
from casework.rules.spans import age_span, ages_spans, beyond, day_span, elapsed_span, periods
from casework.rules.tree import (
    BEFORE_RECORDS,
    And,
    Assume,
    IsIn,
    IsKnown,
    IsTrue,
    Limit,
    Node,
    Not,
    NumberIs,
    Or,
    Said,
    Subject,
    Test,
    Within,
    signature,
)
from casework.rules.vocabulary import Vocabulary
from casework.terms import _

__all__ = ["date_subject", "parse"]

_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_NEVER_IS_NO_TIME = frozenset({"away_since", "back_on", "ended", "seat_since"})
"""Whoever has never been away has not been away for long. A contact or an assessment that never was
is, on the other hand, longer ago than any other: that is what asking for them is about."""
_EVER = Limit(fixed=BEFORE_RECORDS)
_AGES = ("age", "age_this_year")
_ANSWERS = {
    True: True, False: False, "yes": True, "no": False, "是": True, "否": False, "有": True,
    "无": False,
}  # fmt: skip
_MEMBERS = ("any", "all", "number", "spouse")


def parse(text: str, vocabulary: Vocabulary) -> Node:
    """Read a condition into a tree that can be evaluated, compiled to SQL and said aloud.

    Parameters
    ----------
    text : str
        For example ``category = 'retired_veteran' and age >= 80 and living in ('alone')``. Values
        of a code list may be given by code or by Chinese or English label.

    Raises
    ------
    RuleError
        With the place of the trouble and, for a mistyped name, the nearest one.
    """
    return _Resolver(text, vocabulary).node(said.read_condition(text))


def date_subject(text: str, vocabulary: Vocabulary) -> Subject:
    """Read the name of a date, such as ``retired_on`` or ``ended(hospital_status, 'inpatient')``.

    Raises
    ------
    RuleError
        When it is no name, or names something that is not a date.
    """
    parsed = said.read_condition(text)
    resolver = _Resolver(text, vocabulary)
    if isinstance(parsed, said.Comparison) and parsed.op == "":
        subject = resolver.date_of(parsed.left)
        if subject is not None:
            return subject
    raise RuleError(_("A date is wanted here, such as retired_on."), text, (0, len(text)))


class _Resolver(Recorded):
    _inside = False
    """Whether a condition about somebody else is being read: it knows no others in turn."""

    def node(self, parsed: Parsed) -> Node:
        if isinstance(parsed, said.All):
            return And(tuple(self.node(part) for part in parsed.parts))
        if isinstance(parsed, said.Some):
            return Or(tuple(self.node(part) for part in parsed.parts))
        if isinstance(parsed, said.Negation):
            return Not(self.node(parsed.part))
        if isinstance(parsed, said.Membership):
            return self._membership(parsed)
        if isinstance(parsed, said.Between):
            return self._between(parsed)
        if parsed.op == "":
            return self._alone(parsed.left)
        return self._comparison(parsed)

    def date_of(self, operand: Operand) -> Subject | None:
        term = self._term(operand)
        return term.subject if term.form == "plain" and term.subject.kind == "date" else None

    # --- shapes of a comparison ---------------------------------------------------------------

    def _alone(self, operand: Operand) -> Node:
        if isinstance(operand, Call) and operand.word in ("known", "unknown"):
            return self._known(operand)
        if isinstance(operand, Call) and operand.word == "has":
            return self._has(operand)
        if isinstance(operand, Call) and operand.word in ("possibly", "surely"):
            return self._assumed(operand)
        if isinstance(operand, Call) and operand.word in ("any", "all", "spouse"):
            return self._of_others(operand)
        if isinstance(operand, said.Condition):
            raise self.error(_("A fact, a 'text', a number or a day is missing here."), operand.at)
        term = self._term(operand)
        if term.subject.kind != "flag":
            raise self.error(
                _(
                    "“{name}” alone is neither true nor false. Compare it, for example with = or "
                    "in, or ask known({name}).",
                    name=self.text[slice(*operand.at)],
                ),
                operand.at,
            )
        return Test(term.subject, IsTrue(), Said("flag"), operand.at)

    def _comparison(self, parsed: said.Comparison) -> Node:
        left, op, right = parsed.left, parsed.op, parsed.right
        if right is None:
            raise TypeError("a comparison has two sides")
        if self.is_value(left) and not self.is_value(right):
            left, right, op = right, left, _FLIPPED.get(op, op)
        term = self._term(left)
        if op == "!=":
            test = self._test(term, "=", (right,), parsed.at)
            said_so = Said(test.said.form, "!=", test.said.operands)
            return Not(Test(test.subject, test.demand, said_so, test.at))
        return self._test(term, op, (right,), parsed.at)

    def _membership(self, parsed: said.Membership) -> Node:
        if not parsed.items:
            raise self.error(_("The list is empty. Name at least one value."), parsed.at)
        term = self._term(parsed.left)
        return self._test(term, "in", parsed.items, parsed.at)

    def _between(self, parsed: said.Between) -> Node:
        term = self._term(parsed.left)
        low = self._test(term, ">=", (parsed.low,), parsed.at)
        high = self._test(term, "<=", (parsed.high,), parsed.at)
        return And((low, high))

    def _known(self, call: Call) -> Node:
        (inner,) = self.args(call, 1)
        if isinstance(inner, Name) and self.words.is_multiple(inner.word):
            subject = Subject("count", inner.word, kind="number")
        else:
            term = self._term(inner)
            subject = term.subject
        if subject.source == "group" or subject.source in ALWAYS_KNOWN:
            raise self.error(
                _("Our own records are always known. Compare the number or the day instead."),
                call.at,
            )
        test = Test(subject, IsKnown(), Said("known", "", (call.word,)), call.at)
        return test if call.word == "known" else Not(test)

    def _has(self, call: Call) -> Test:
        if len(call.args) < 2:
            raise self.error(_("Write has(fact, 'value') with at least one value."), call.at)
        name = call.args[0]
        if not isinstance(name, Name) or not self.words.is_multiple(name.word):
            raise self.not_multiple(name)
        codes = self.words.codes_of(name.word)
        values = tuple(self.code(item, codes, name.word) for item in call.args[1:])
        subject = Subject("has", name.word, tuple(sorted(set(values))), "flag")
        return Test(subject, IsTrue(), Said("has", "", values), call.at)

    # --- what the left side is ----------------------------------------------------------------

    def _term(self, operand: Operand) -> Term:
        if isinstance(operand, Literal):
            raise self.error(
                _("A fact is wanted here, such as age or living."),
                operand.at,
            )
        if isinstance(operand, said.Condition):
            raise self.error(_("A fact is wanted here, such as age or living."), operand.at)
        if isinstance(operand, Call):
            return self._called(operand)
        return self._named(operand)

    def _named(self, name: Name) -> Term:
        if name.word in ("age", "age_this_year"):
            return Term(name.word, Subject("person", "born_on", kind="date"), name.at)
        if name.word == "era":
            joined = Subject("fact", "joined_on", kind="date")
            return Term("era", joined, name.at, self.words.codes_of("era"))
        if name.word == "away":
            return Term("plain", Subject("away", "", kind="flag"), name.at)
        if name.word in ("away_since", "back_on"):
            return Term("plain", Subject(name.word, "", kind="date"), name.at)
        if name.word == "days_since_contact":
            return Term("days_since", Subject("last_contact", "", kind="date"), name.at)
        if self.words.is_multiple(name.word):
            raise self.error(
                _(
                    "{name} can have several values. Write has({name}, 'value') or count({name}).",
                    name=name.word,
                ),
                name.at,
            )
        subject = self.words.subject(name.word)
        if subject is None:
            raise self.unknown_name(name.word, name.at)
        codes = self.words.codes_of(name.word) if subject.kind == "code" else None
        return Term("plain", subject, name.at, codes)

    def _called(self, call: Call) -> Term:
        if call.word not in self.words.functions:
            raise self.unknown_name(call.word, call.at)
        if call.word in ("since", "until"):
            (inner,) = self.args(call, 1)
            term = self._term(inner)
            if term.form != "plain" or term.subject.kind != "date":
                raise self.error(
                    _("{word}() wants a date, such as retired_on.", word=call.word), inner.at
                )
            return Term(call.word, term.subject, call.at)
        if call.word == "count":
            (inner,) = self.args(call, 1)
            if not isinstance(inner, Name) or not self.words.is_multiple(inner.word):
                raise self.not_multiple(inner)
            return Term("count", Subject("count", inner.word, kind="number"), call.at)
        if call.word in ("began", "ended", "episodes"):
            return self.change(call)
        if call.word == "number":
            return self._number(call)
        if call.word in ("has", "known", "unknown", "possibly", "surely", "any", "all", "spouse"):
            raise self.error(
                _("{word}() is true or false by itself and is not compared.", word=call.word),
                call.at,
            )
        return self.recorded(call)

    # --- conditions inside a condition --------------------------------------------------------

    def _assumed(self, call: Call) -> Node:
        """Read ``possibly(…)`` and ``surely(…)``: what an unknown counts as."""
        (inner,) = self.args(call, 1)
        return Assume(self._inner(inner), call.word == "possibly")

    def _of_others(self, call: Call) -> Test:
        """Read ``spouse(…)``, ``any(group, …)`` and ``all(group, …)``."""
        if call.word == "spouse":
            (inner,) = self.args(call, 1)
            subject = self._group(call, "spouse", inner)
        else:
            if len(call.args) != 2:
                raise self.error(
                    _(
                        "Write {word}(household, age >= 80): a group, then a condition.",
                        word=call.word,
                    ),
                    call.at,
                )
            subject = self._group(call, self._group_name(call.args[0]), call.args[1])
        everyone = call.word == "all"
        demand = NumberIs("=", 0) if everyone else NumberIs(">=", 1)
        return Test(subject, demand, Said(call.word), call.at)

    def _number(self, call: Call) -> Term:
        """Read ``number(group)`` and ``number(group, …)``: how many there are, or who meet it."""
        if not 1 <= len(call.args) <= 2:
            raise self.error(_("Write number(caseload) or number(caseload, age >= 80)."), call.at)
        inner = call.args[1] if len(call.args) == 2 else None
        return Term("number", self._group(call, self._group_name(call.args[0]), inner), call.at)

    def _group_name(self, operand: Operand) -> str:
        groups = tuple(self.words.groups)
        if isinstance(operand, Name) and operand.word in groups:
            return operand.word
        typed = self.text[slice(*operand.at)]
        nearest = self.words.nearest(typed, groups)
        raise self.error(
            _(
                "“{name}” is no group of people. Accepted: {accepted}.",
                name=typed,
                accepted=", ".join(groups),
            ),
            operand.at,
            nearest,
        )

    def _group(self, call: Call, name: str, operand: Operand | None) -> Subject:
        if self._inside:
            raise self.error(
                _("A condition about others cannot ask about others in turn. Take it apart."),
                call.at,
            )
        if operand is None:
            return Subject("group", name, kind="tally")
        self._inside = True
        inner = self._inner(operand)
        self._inside = False
        if call.word == "all":
            inner = Not(inner)
        return Subject("group", name, (signature(inner),), "tally", inner)

    def _inner(self, operand: Operand) -> Node:
        if isinstance(operand, said.Condition):
            return self.node(operand.parsed)
        return self._alone(operand)

    # --- what is demanded of it ---------------------------------------------------------------

    def _test(self, term: Term, op: str, items: tuple[Operand, ...], at: Span) -> Test:
        if term.codes is not None or term.subject.kind in ("code", "text"):
            return self._coded(term, op, items, at)
        if term.subject.kind == "flag":
            raise self._flag_compared(term, op, items, at)
        if term.subject.kind in ("number", "tally"):
            return self._numbered(term, op, items, at)
        return self._dated(term, op, items, at)

    def _flag_compared(
        self, term: Term, op: str, items: tuple[Operand, ...], at: Span
    ) -> RuleError:
        """Refuse ``lift = 'yes'``, offering how it is written."""
        plain, meant = self.text[slice(*term.at)], None
        value = items[0].value if len(items) == 1 and isinstance(items[0], Literal) else None
        answer = _ANSWERS.get(value) if isinstance(value, bool | str) else None
        if op in ("=", "in") and answer is not None:
            meant = plain if answer else f"not {plain}"
        hint = _(" Did you mean {name}?", name=meant) if meant else ""
        return self.error(
            _("This is true or false by itself. Write it alone, or with not before it.") + hint,
            at,
            meant,
        )

    def _coded(self, term: Term, op: str, items: tuple[Operand, ...], at: Span) -> Test:
        name = "era" if term.form == "era" else term.subject.name
        values = tuple(self.code(item, term.codes, name) for item in items)
        wanted = frozenset(values)
        if op in _FLIPPED:
            if term.codes is None or not term.codes.ordered:
                raise self.error(_("{name} has no order. Compare it with = or in.", name=name), at)
            wanted = beyond(term.codes, op, values[0])
            if len(wanted) in (0, len(term.codes.entries)):
                raise self.error(
                    _(
                        "Every value of {name} or none stands so to '{value}'. Choose another "
                        "value or another sign.",
                        name=name,
                        value=values[0],
                    ),
                    at,
                )
        how = Said("era" if term.form == "era" else "plain", op, values)
        if term.form == "era" and term.codes is not None:
            return Test(term.subject, Within(periods(term.codes, wanted)), how, at)
        return Test(term.subject, IsIn(wanted), how, at)

    def _numbered(self, term: Term, op: str, items: tuple[Operand, ...], at: Span) -> Test:
        numbers = tuple(self.whole(item) for item in items)
        how = Said(term.form, op, numbers)
        if op == "in":
            raise self.error(_("A number is compared with = < <= > >=; join several with or."), at)
        return Test(term.subject, NumberIs(op, numbers[0]), how, at)  # type: ignore[arg-type]

    def _dated(self, term: Term, op: str, items: tuple[Operand, ...], at: Span) -> Test:
        if op == "in":
            return self._one_of_ages(term, items, at)
        (item,) = items
        told: Any
        if term.form in _AGES:
            told = self.years(item)
            span = age_span(term.form, op, told)
        elif term.form == "plain":
            told = self.day(item)
            span = day_span(op, told)
        else:
            told = self.elapsed(term.form, item)
            span = elapsed_span(term.form, op, told)
        if term.subject.source in _NEVER_IS_NO_TIME and not span.first:
            span = replace(span, first=_EVER)
        return Test(term.subject, Within((span,)), Said(term.form, op, (told,)), at)

    def _one_of_ages(self, term: Term, items: tuple[Operand, ...], at: Span) -> Test:
        if term.form not in _AGES:
            raise self.error(_("A day is compared with = < <= > >= or between."), at)
        years = tuple(self.years(item) for item in items)
        how = Said(term.form, "in", years)
        return Test(term.subject, Within(ages_spans(term.form, years)), how, at)

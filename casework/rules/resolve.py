"""From what a condition says to what it means: names become subjects, comparisons become tests.

Decides which comparison fits which kind of fact, turns ages and day counts into spans of days, and
refuses what means nothing, offering the nearest name; leaves the grammar to
:mod:`casework.rules.language`.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from datetime import date
from typing import Any

from casework.reference import CodeList
from casework.rules import language as said
from casework.rules.language import Call, Literal, Name, Operand, Parsed, RuleError, Span
from casework.rules.tree import (
    And,
    DaySpan,
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
)
from casework.rules.vocabulary import Vocabulary
from casework.terms import _

__all__ = ["date_subject", "parse"]

_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_DAYS = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "year": 12}
_OLDEST = 150


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


@dataclass(frozen=True, slots=True)
class _Term:
    """What the left side of a comparison is about.

    ``form`` is ``plain`` for a stored value and otherwise names the reckoning, as in `Said`.
    """

    form: str
    subject: Subject
    at: Span
    codes: CodeList | None = None


class _Resolver:
    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        self.text = text
        self.words = vocabulary

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
        term = self._term(operand)
        if term.subject.kind != "flag":
            raise self._error(
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
        if self._is_value(left) and not self._is_value(right):
            left, right, op = right, left, _FLIPPED.get(op, op)
        term = self._term(left)
        if op == "!=":
            test = self._test(term, "=", (right,), parsed.at)
            said_so = Said(test.said.form, "!=", test.said.operands)
            return Not(Test(test.subject, test.demand, said_so, test.at))
        return self._test(term, op, (right,), parsed.at)

    def _membership(self, parsed: said.Membership) -> Node:
        if not parsed.items:
            raise self._error(_("The list is empty. Name at least one value."), parsed.at)
        term = self._term(parsed.left)
        return self._test(term, "in", parsed.items, parsed.at)

    def _between(self, parsed: said.Between) -> Node:
        term = self._term(parsed.left)
        low = self._test(term, ">=", (parsed.low,), parsed.at)
        high = self._test(term, "<=", (parsed.high,), parsed.at)
        return And((low, high))

    def _known(self, call: Call) -> Node:
        (inner,) = self._args(call, 1)
        if isinstance(inner, Name) and self.words.is_multiple(inner.word):
            subject = Subject("count", inner.word, kind="number")
        else:
            term = self._term(inner)
            subject = term.subject
        if subject.source in ("last_contact", "contacts", "assessed_on", "needs", "away", "ended"):
            raise self._error(
                _("Our own records are always known. Compare the number or the day instead."),
                call.at,
            )
        test = Test(subject, IsKnown(), Said("known", "", (call.word,)), call.at)
        return test if call.word == "known" else Not(test)

    def _has(self, call: Call) -> Test:
        if len(call.args) < 2:
            raise self._error(_("Write has(fact, 'value') with at least one value."), call.at)
        name = call.args[0]
        if not isinstance(name, Name) or not self.words.is_multiple(name.word):
            raise self._not_multiple(name)
        codes = self.words.codes_of(name.word)
        values = tuple(self._code(item, codes, name.word) for item in call.args[1:])
        subject = Subject("has", name.word, tuple(sorted(set(values))), "flag")
        return Test(subject, IsTrue(), Said("has", "", values), call.at)

    # --- what the left side is ----------------------------------------------------------------

    def _term(self, operand: Operand) -> _Term:
        if isinstance(operand, Literal):
            raise self._error(
                _("A fact is wanted here, such as age or living."),
                operand.at,
            )
        if isinstance(operand, Call):
            return self._called(operand)
        return self._named(operand)

    def _named(self, name: Name) -> _Term:
        if name.word in ("age", "age_this_year"):
            return _Term(name.word, Subject("person", "born_on", kind="date"), name.at)
        if name.word == "era":
            joined = Subject("fact", "joined_on", kind="date")
            return _Term("era", joined, name.at, self.words.codes_of("era"))
        if name.word == "away":
            return _Term("plain", Subject("away", "", kind="flag"), name.at)
        if name.word == "days_since_contact":
            return _Term("days_since", Subject("last_contact", "", kind="date"), name.at)
        if self.words.is_multiple(name.word):
            raise self._error(
                _(
                    "{name} can have several values. Write has({name}, 'value') or count({name}).",
                    name=name.word,
                ),
                name.at,
            )
        subject = self.words.subject(name.word)
        if subject is None:
            raise self._unknown_name(name.word, name.at)
        codes = self.words.codes_of(name.word) if subject.kind == "code" else None
        return _Term("plain", subject, name.at, codes)

    def _called(self, call: Call) -> _Term:
        if call.word not in self.words.functions:
            raise self._unknown_name(call.word, call.at)
        if call.word in ("since", "until"):
            (inner,) = self._args(call, 1)
            term = self._term(inner)
            if term.form != "plain" or term.subject.kind != "date":
                raise self._error(
                    _("{word}() wants a date, such as retired_on.", word=call.word), inner.at
                )
            return _Term(call.word, term.subject, call.at)
        if call.word == "count":
            (inner,) = self._args(call, 1)
            if not isinstance(inner, Name) or not self.words.is_multiple(inner.word):
                raise self._not_multiple(inner)
            return _Term("count", Subject("count", inner.word, kind="number"), call.at)
        if call.word in ("began", "ended"):
            return self._change(call)
        if call.word in ("has", "known", "unknown"):
            raise self._error(
                _("{word}() is true or false by itself and is not compared.", word=call.word),
                call.at,
            )
        return self._recorded(call)

    def _change(self, call: Call) -> _Term:
        if not call.args or not isinstance(call.args[0], Name):
            raise self._error(_("{word}() wants the name of a fact.", word=call.word), call.at)
        name = call.args[0]
        subject = self.words.subject(name.word)
        if subject is None or subject.source != "fact":
            raise self._unknown_name(name.word, name.at)
        if call.word == "began":
            self._args(call, 1)
            return _Term("plain", Subject("began", name.word, kind="date"), call.at)
        if len(call.args) < 2:
            raise self._error(_("Write ended(fact, 'value') with at least one value."), call.at)
        codes = self.words.codes_of(name.word)
        values = sorted({self._code(item, codes, name.word) for item in call.args[1:]})
        return _Term("plain", Subject("ended", name.word, tuple(values), "date"), call.at)

    def _recorded(self, call: Call) -> _Term:
        """Resolve what our own records say: contacts, assessments, needs."""
        if call.word in ("last_contact_on", "days_since_contact"):
            channels = tuple(self._listed(item, "channel") for item in call.args)
            form = "days_since" if call.word == "days_since_contact" else "plain"
            subject = Subject("last_contact", "", tuple(sorted(set(channels))), "date")
            return _Term(form, subject, call.at)
        if call.word == "contacts":
            if not call.args:
                raise self._error(
                    _("Write contacts(90 days) or contacts('phone', 90 days)."), call.at
                )
            *ways, period = call.args
            amount, unit = self._duration(period)
            channels = tuple(sorted({self._listed(item, "channel") for item in ways}))
            subject = Subject("contacts", "", (amount, unit, *channels), "number")
            return _Term("plain", subject, call.at)
        if call.word == "open_needs":
            domains = tuple(sorted({self._listed(item, "need_domain") for item in call.args}))
            return _Term("plain", Subject("needs", "", domains, "number"), call.at)
        (item,) = self._args(call, 1)
        instrument = self._instrument(item)
        if call.word == "level_of":
            return _Term("plain", Subject("level", instrument, kind="number"), call.at)
        form = "days_since" if call.word == "days_since_assessed" else "plain"
        return _Term(form, Subject("assessed_on", instrument, kind="date"), call.at)

    # --- what is demanded of it ---------------------------------------------------------------

    def _test(self, term: _Term, op: str, items: tuple[Operand, ...], at: Span) -> Test:
        if term.codes is not None or term.subject.kind in ("code", "text"):
            return self._coded(term, op, items, at)
        if term.subject.kind == "flag":
            raise self._error(
                _("This is true or false by itself. Write it alone, or with not before it."), at
            )
        if term.subject.kind == "number":
            return self._numbered(term, op, items, at)
        return self._dated(term, op, items, at)

    def _coded(self, term: _Term, op: str, items: tuple[Operand, ...], at: Span) -> Test:
        name = "era" if term.form == "era" else term.subject.name
        values = tuple(self._code(item, term.codes, name) for item in items)
        wanted = frozenset(values)
        if op in _FLIPPED:
            if term.codes is None or not term.codes.ordered:
                raise self._error(_("{name} has no order. Compare it with = or in.", name=name), at)
            wanted = _beyond(term.codes, op, values[0])
            if len(wanted) in (0, len(term.codes.entries)):
                raise self._error(
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
            return Test(term.subject, Within(_periods(term.codes, wanted)), how, at)
        return Test(term.subject, IsIn(wanted), how, at)

    def _numbered(self, term: _Term, op: str, items: tuple[Operand, ...], at: Span) -> Test:
        numbers = tuple(self._whole(item) for item in items)
        how = Said(term.form, op, numbers)
        if op == "in":
            raise self._error(_("A number is compared with = < <= > >=; join several with or."), at)
        return Test(term.subject, NumberIs(op, numbers[0]), how, at)  # type: ignore[arg-type]

    def _dated(self, term: _Term, op: str, items: tuple[Operand, ...], at: Span) -> Test:
        if op == "in" and term.form not in ("age", "age_this_year"):
            raise self._error(_("A day is compared with = < <= > >= or between."), at)
        one_op = "=" if op == "in" else op
        operands: list[Any] = []
        spans: list[DaySpan] = []
        for item in items:
            if term.form in ("age", "age_this_year"):
                years = self._years(item)
                operands.append(years)
                spans.append(_age_span(term.form, one_op, years))
            elif term.form == "plain":
                operands.append(self._date(item))
                spans.append(_day_span(one_op, operands[-1]))
            else:
                operands.append(self._elapsed(term, item))
                spans.append(_elapsed_span(term.form, one_op, operands[-1]))
        how = Said(term.form, op, tuple(operands))
        return Test(term.subject, Within(tuple(spans)), how, at)

    # --- single operands ----------------------------------------------------------------------

    def _code(self, item: Operand, codes: CodeList | None, name: str) -> str:
        if not isinstance(item, Literal) or not isinstance(item.value, str):
            raise self._error(
                _("A text in quotation marks is wanted here, such as 'alone'."), item.at
            )
        if codes is None:
            return item.value
        found = codes.read(item.value)
        if found is None:
            accepted = tuple(entry.code for entry in codes.entries)
            nearest = self.words.nearest(item.value, accepted)
            hint = " " + _("Did you mean '{name}'?", name=nearest) if nearest else ""
            raise self._error(
                _(
                    "'{value}' is no value of {name}. Accepted: {accepted}.",
                    value=item.value,
                    name=name,
                    accepted=", ".join(accepted),
                )
                + hint,
                item.at,
                nearest,
            )
        return found

    def _listed(self, item: Operand, which: str) -> str:
        return self._code(item, self.words.lists[which], which)

    def _instrument(self, item: Operand) -> str:
        known = tuple(self.words.instruments)
        if isinstance(item, Literal) and item.value in known:
            return str(item.value)
        typed = str(item.value) if isinstance(item, Literal) else ""
        nearest = self.words.nearest(typed, known)
        raise self._error(
            _(
                "No instrument is called '{name}'. Known: {known}.",
                name=typed,
                known=", ".join(known),
            ),
            item.at,
            nearest,
        )

    def _whole(self, item: Operand) -> int:
        if isinstance(item, Literal) and isinstance(item.value, int):
            if not isinstance(item.value, bool):
                return item.value
        elif isinstance(item, Name) and item.word in self.words.parameters:
            return self.words.parameters[item.word]
        elif isinstance(item, Name):
            raise self._unknown_name(item.word, item.at)
        raise self._error(_("A whole number is wanted here."), item.at)

    def _years(self, item: Operand) -> int:
        if isinstance(item, Literal) and isinstance(item.value, tuple):
            amount, unit = item.value
            years = amount if unit == "year" else -1
        else:
            years = self._whole(item)
        if not 0 <= years <= _OLDEST:
            raise self._error(
                _("An age is wanted here: whole years from 0 to {n}.", n=_OLDEST), item.at
            )
        return years

    def _date(self, item: Operand) -> date:
        if isinstance(item, Literal) and isinstance(item.value, date):
            return item.value
        raise self._error(
            _("A day is wanted here, such as 2025-03-01; for a distance use since() or until()."),
            item.at,
        )

    def _duration(self, item: Operand) -> tuple[int, str]:
        if isinstance(item, Literal) and isinstance(item.value, tuple):
            amount, unit = item.value
            if amount * (366 if unit == "year" else 31 if unit == "month" else 7) < 10**6:
                return item.value
        raise self._error(
            _("A length of time is wanted here: 30 days, 2 weeks, 6 months or 5 years."), item.at
        )

    def _elapsed(self, term: _Term, item: Operand) -> tuple[int, str]:
        if term.form == "days_since" and not (
            isinstance(item, Literal) and isinstance(item.value, tuple)
        ):
            return min(self._whole(item), 10**5), "day"
        return self._duration(item)

    def _args(self, call: Call, n: int) -> tuple[Operand, ...]:
        if len(call.args) != n:
            raise self._error(
                _("{word}() takes {n} entry in the brackets.", word=call.word, n=n), call.at
            )
        return call.args

    def _is_value(self, operand: Operand) -> bool:
        if isinstance(operand, Name):
            return operand.word in self.words.parameters
        return isinstance(operand, Literal)

    # --- refusals -----------------------------------------------------------------------------

    def _error(self, message: str, at: Span, suggestion: str | None = None) -> RuleError:
        return RuleError(message, self.text, at, suggestion)

    def _unknown_name(self, word: str, at: Span) -> RuleError:
        nearest = self.words.nearest(word)
        message = _("Nothing is called {name}.", name=word)
        if nearest:
            message += " " + _("Did you mean {name}?", name=nearest)
        return self._error(message, (at[0], at[0] + len(word)), nearest)

    def _not_multiple(self, operand: Operand) -> RuleError:
        if isinstance(operand, Name) and self.words.subject(operand.word) is None:
            return self._unknown_name(operand.word, operand.at)
        return self._error(_("This fact has one value only. Compare it with = or in."), operand.at)


# --- spans of days ----------------------------------------------------------------------------


def _beyond(codes: CodeList, op: str, value: str) -> frozenset[str]:
    """Collect the codes that stand in this order to a code of the scale."""
    ranks = {entry.code: entry.rank or 0 for entry in codes.entries}
    mark = ranks[value]
    compare = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}[op]
    return frozenset(code for code, rank in ranks.items() if compare(rank, mark))


def _periods(codes: CodeList, wanted: frozenset[str]) -> tuple[DaySpan, ...]:
    """Join the periods of codes, such as eras, into spans without gaps between neighbours."""
    spans: list[list[date]] = []
    for entry in sorted(codes.entries, key=lambda one: one.since or date.min):
        if entry.code not in wanted or entry.since is None or entry.until is None:
            continue
        if spans and (entry.since - spans[-1][1]).days == 1:
            spans[-1][1] = entry.until
        else:
            spans.append([entry.since, entry.until])
    return tuple(DaySpan(Limit(fixed=first), Limit(fixed=last)) for first, last in spans)


def _day_span(op: str, day: date) -> DaySpan:
    return _span(op, Limit(fixed=day), Limit(fixed=_shift(day, -1)), Limit(fixed=_shift(day, 1)))


def _span(op: str, at: Limit, before: Limit, after: Limit) -> DaySpan:
    """Give the span that a comparison with one day leaves open."""
    return {
        "=": DaySpan(at, at),
        "<": DaySpan(None, before),
        "<=": DaySpan(None, at),
        ">": DaySpan(after, None),
        ">=": DaySpan(at, None),
    }[op]


def _shift(day: date, days: int) -> date:
    return date.fromordinal(min(max(day.toordinal() + days, 1), date.max.toordinal()))


def _age_span(form: str, op: str, years: int) -> DaySpan:
    """Turn an age into a span of birth dates: at least 80 is born by this day 80 years ago."""
    this_year = form == "age_this_year"
    youngest = Limit(months=12 * years, from_year_end=this_year)
    too_old = Limit(months=12 * (years + 1), from_year_end=this_year)
    oldest = Limit(months=12 * (years + 1), days=-1, from_year_end=this_year)
    too_young = Limit(months=12 * years, days=-1, from_year_end=this_year)
    return {
        "=": DaySpan(oldest, youngest),
        "<": DaySpan(too_young, None),
        "<=": DaySpan(oldest, None),
        ">": DaySpan(None, too_old),
        ">=": DaySpan(None, youngest),
    }[op]


def _elapsed_span(form: str, op: str, duration: tuple[int, str]) -> DaySpan:
    """Turn a length of time into a span of days in the past (since) or ahead (until).

    Only what has happened has a time since it, and only what is to come a time until it.
    """
    amount, unit = duration
    sign = -1 if form == "until" else 1
    months, days = sign * amount * _MONTHS.get(unit, 0), sign * amount * _DAYS.get(unit, 0)
    now = Limit()
    at = Limit(months=months, days=days)
    farther, nearer = Limit(months=months, days=days + sign), Limit(months=months, days=days - sign)
    ends: tuple[Limit | None, Limit | None] = {
        "=": (at, at),
        "<": (nearer, now),
        "<=": (at, now),
        ">": (None, farther),
        ">=": (None, at),
    }[op]
    if form == "until":
        ends = (ends[1], ends[0])
    return DaySpan(*ends)

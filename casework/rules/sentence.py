"""The same conditions as sentences, in Chinese and English, as a policy owner reads them aloud.

Decides the wording of each demand and of each finding; labels come from the vocabulary, fixed words
from the catalogue. The sentence keeps the author's way of putting it: "aged 80 or over", not a span
of birth dates.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from casework.factvalues import age_on
from casework.occasions import Festival
from casework.reference import CodeList
from casework.rules.evaluate import Finding
from casework.rules.timing import AfterEvent, AtFestivals, Quota, Silence, Timing
from casework.rules.tree import (
    BEFORE_RECORDS,
    FIRST_DAY,
    MANY,
    And,
    Assume,
    Node,
    Not,
    Or,
    Subject,
    Test,
    Within,
)
from casework.rules.vocabulary import Vocabulary
from casework.terms import _, language

__all__ = [
    "day_text",
    "duration_text",
    "finding_text",
    "subject_text",
    "timing_text",
    "value_text",
    "write",
]


_OWN_LISTS = frozenset({"channel", "need_domain", "need_kind", "actor", "relationship", "service"})


def write(node: Node, words: Vocabulary) -> str:
    """Write a condition as a sentence in the language in force, without a full stop."""
    if isinstance(node, Test):
        return _test(node, words)
    if isinstance(node, Not):
        if isinstance(node.part, Test):
            return _negated(node.part, words)
        return _("it is not so that {what}", what=_bracketed(write(node.part, words)))
    if isinstance(node, Assume):
        what = _bracketed(write(node.part, words))
        if node.unknown_is:
            return _("{what}, or that is not known", what=what)
        return _("{what} for certain", what=what)
    parts = [
        _bracketed(write(part, words)) if _needs_brackets(part, node) else write(part, words)
        for part in node.parts
    ]
    return (_(", and ") if isinstance(node, And) else _(", or ")).join(parts)


def _needs_brackets(part: Node, whole: Node) -> bool:
    return isinstance(part, And | Or) and type(part) is not type(whole)


def _bracketed(text: str) -> str:
    return f"（{text}）" if language() == "zh" else f"({text})"


# --- one test ---------------------------------------------------------------------------------


def _test(test: Test, words: Vocabulary) -> str:
    said = test.said
    if said.form == "flag":
        return subject_text(test.subject, words)
    if said.form == "known":
        return _("{fact} is known", fact=subject_text(test.subject, words))
    if said.form == "has":
        return _(
            "{fact} includes {values}",
            fact=words.label(test.subject.name),
            values=_either(_operand_text(test.subject.name, one, words) for one in said.operands),
        )
    if said.form in ("age", "age_this_year"):
        return _age(said.form, said.op, said.operands)
    if said.form in ("any", "all", "spouse"):
        return _of_others(test, words)
    if said.form in ("since", "until", "days_since"):
        return _or_never(test, _elapsed(test, words))
    name = "era" if said.form == "era" else test.subject.name
    fact = words.label("era") if said.form == "era" else subject_text(test.subject, words)
    values = [_operand_text(name, one, words) for one in said.operands]
    counted = _counted(fact, said.op, values) if test.subject.kind in ("number", "tally") else ""
    if counted:
        return counted
    told = _relation(test, said.op, words).format(fact=fact, value=_either(values))
    return _or_never(test, told)


def _counted(fact: str, op: str, values: Sequence[str]) -> str:
    """Say a number of things as people say it in Chinese: 主要疾病不少于2项, 有未办结诉求.

    Empty where it is said as any other number is.
    """
    found = _COUNTED.fullmatch(fact) if language() == "zh" and len(values) == 1 else None
    if found is None or (op == "=" and values != ["0"]) or op not in _NUMBER_SIGNS:
        return ""
    things, measure, value = found[1] or found[3], found[2] or "", values[0]
    if (op, value) in (("=", "0"), ("<", "1"), ("<=", "0")) and measure in ("", "项"):
        return f"没有{things}"
    if (op, value) in ((">", "0"), (">=", "1")) and not measure:
        return f"有{things}"
    return f"{things}{_NUMBER_SIGNS[op]}{value}{measure}"


_COUNTED = re.compile("(.{2,}[^的])(项|件|次|人)数|(.{2,}[^的项件次人])数")
_NUMBER_SIGNS = {"=": "为", "<": "少于", "<=": "不超过", ">": "多于", ">=": "不少于"}


def _or_never(test: Test, told: str) -> str:
    """Add that what never was counts as long ago, where it does."""
    spans = test.demand.spans if isinstance(test.demand, Within) else ()
    if test.subject.source in ("last_contact", "assessed_on") and any(
        span.first is None for span in spans
    ):
        return _("{told}, or never", told=told)
    return told


def _of_others(test: Test, words: Vocabulary) -> str:
    """Say what is asked of people around the person."""
    who = words.group_label(test.subject.name)
    inner = test.subject.inner
    if inner is None:
        raise TypeError("a condition about others names what is asked of them")
    if test.said.form == "all" and isinstance(inner, Not):
        return _("all of {who} meet {what}", who=who, what=_bracketed(write(inner.part, words)))
    what = _bracketed(write(inner, words))
    if test.said.form == "spouse":
        return _("the {who} meets {what}", who=who, what=what)
    return _("somebody among {who} meets {what}", who=who, what=what)


def _negated(test: Test, words: Vocabulary) -> str:
    said = test.said
    if said.form == "flag":
        return _flag_not(test.subject, words)
    if said.form == "known":
        return _("{fact} is not known", fact=subject_text(test.subject, words))
    if said.form == "has":
        return _(
            "{fact} does not include {values}",
            fact=words.label(test.subject.name),
            values=_either(_operand_text(test.subject.name, one, words) for one in said.operands),
        )
    if said.op in ("!=", "=", "in") and said.form in ("plain", "era"):
        name = "era" if said.form == "era" else test.subject.name
        fact = words.label("era") if said.form == "era" else subject_text(test.subject, words)
        values = _either(_operand_text(name, one, words) for one in said.operands)
        return _("{fact} is not {value}", fact=fact, value=values)
    return _("it is not so that {what}", what=_bracketed(_test(test, words)))


def _flag_not(subject: Subject, words: Vocabulary) -> str:
    """Say that a flag is not up, as people say it."""
    if subject.source == "seat":
        return _("has no {actor} in the care team", actor=_code_text("actor", subject.name, words))
    if subject.source == "away":
        return _("not away on a seasonal stay")
    if subject.source == "worsened":
        name = words.label(subject.name)
        return _("not worse by {instrument} than the time before", instrument=name)
    what = subject_text(subject, words)
    if language() == "zh":
        # 子女在身边 is denied as 子女不在身边, 楼内有电梯 as 楼内没有电梯.
        for word, denied in (("有", "没有"), ("在", "不在")):
            before, found, after = what.rpartition(word)
            if found:
                return f"{before}{denied}{after}"
    return _("{what}: no", what=what)


def _relation(test: Test, op: str, words: Vocabulary) -> str:
    """Choose the words between a fact and its value."""
    if test.subject.kind == "code" or test.said.form == "era":
        return _scale(words.codes_of("era" if test.said.form == "era" else test.subject.name), op)
    if test.subject.kind == "date":
        return {
            "<": _("{fact} is before {value}"),
            "<=": _("{fact} is on or before {value}"),
            ">": _("{fact} is after {value}"),
            ">=": _("{fact} is on or after {value}"),
        }.get(op, _("{fact} is {value}"))
    return {
        "<": _("{fact} is less than {value}"),
        "<=": _("{fact} is at most {value}"),
        ">": _("{fact} is more than {value}"),
        ">=": _("{fact} is at least {value}"),
    }.get(op, _("{fact} is {value}"))


def _scale(codes: CodeList | None, op: str) -> str:
    """Choose the words between a fact and a code of its ordered scale."""
    texts = {
        "worse": {
            "<": _("{fact} is better than {value}"),
            "<=": _("{fact} is {value} or better"),
            ">": _("{fact} is worse than {value}"),
            ">=": _("{fact} is {value} or worse"),
        },
        "later": {
            "<": _("{fact} is before {value}"),
            "<=": _("{fact} is {value} or earlier"),
            ">": _("{fact} is after {value}"),
            ">=": _("{fact} is {value} or later"),
        },
        "higher": {
            "<": _("{fact} is below {value}"),
            "<=": _("{fact} is {value} or lower"),
            ">": _("{fact} is above {value}"),
            ">=": _("{fact} is {value} or higher"),
        },
    }
    return texts[codes.beyond if codes else "higher"].get(op, _("{fact} is {value}"))


def _age(form: str, op: str, operands: tuple[Any, ...]) -> str:
    years = _either(str(one) for one in operands)
    if form == "age_this_year":
        return {
            "<": _("turns less than {years} this year"),
            "<=": _("turns at most {years} this year"),
            ">": _("turns more than {years} this year"),
            ">=": _("turns {years} or more this year"),
        }.get(op, _("turns {years} this year")).format(years=years)
    return {
        "<": _("aged under {years}"),
        "<=": _("aged {years} at most"),
        ">": _("aged over {years}"),
        ">=": _("aged {years} or over"),
    }.get(op, _("aged {years}")).format(years=years)


def _elapsed(test: Test, words: Vocabulary) -> str:
    said = test.said
    what = subject_text(test.subject, words)
    time = duration_text(said.operands[0])
    if said.form == "until":
        texts = {
            "<": _("less than {time} until {what}"),
            "<=": _("at most {time} until {what}"),
            ">": _("more than {time} until {what}"),
            ">=": _("at least {time} until {what}"),
        }
        return texts.get(said.op, _("exactly {time} until {what}")).format(time=time, what=what)
    texts = {
        "<": _("less than {time} since {what}"),
        "<=": _("at most {time} since {what}"),
        ">": _("more than {time} since {what}"),
        ">=": _("at least {time} since {what}"),
    }
    return texts.get(said.op, _("exactly {time} since {what}")).format(time=time, what=what)


# --- subjects, values and findings ------------------------------------------------------------


def subject_text(subject: Subject, words: Vocabulary) -> str:
    """Name what a test is about."""
    told = _SUBJECTS.get(subject.source)
    return told(subject, words) if told else words.label(subject.name) if subject.name else ""


def _several(subject: Subject, words: Vocabulary) -> str:
    values = _either(_operand_text(subject.name, str(one), words) for one in subject.args)
    return _("{fact} includes {values}", fact=words.label(subject.name), values=values)


def _ended(subject: Subject, words: Vocabulary) -> str:
    values = _either(_code_text(subject.name, str(one), words) for one in subject.args)
    return _("the end of “{fact}: {values}”", fact=words.label(subject.name), values=values)


def _episodes(subject: Subject, words: Vocabulary) -> str:
    amount, unit, *args = subject.args
    return _(
        "number of times that {fact} became {values} in the last {time}",
        fact=words.label(subject.name),
        values=_either(_operand_text(subject.name, str(one), words) for one in args),
        time=duration_text((int(amount), str(unit))),
    )


def _last_contact(subject: Subject, words: Vocabulary) -> str:
    ways = _either(_code_text("channel", str(one), words) for one in subject.args)
    return _("last {channel}", channel=ways) if ways else _("last contact")


def _contacts(subject: Subject, words: Vocabulary) -> str:
    amount, unit, *channels = subject.args
    ways = _either(_code_text("channel", str(one), words) for one in channels)
    time = duration_text((int(amount), str(unit)))
    if ways:
        return _("number of contacts ({channel}) in the last {time}", channel=ways, time=time)
    return _("number of contacts in the last {time}", time=time)


def _contacts_by(subject: Subject, words: Vocabulary) -> str:
    amount, unit, *actors = subject.args
    return _(
        "number of contacts by {actor} in the last {time}",
        actor=_either(_code_text("actor", str(one), words) for one in actors),
        time=duration_text((int(amount), str(unit))),
    )


def _missed(subject: Subject, words: Vocabulary) -> str:
    amount, unit, *services = subject.args
    kinds = _either(_code_text("service", str(one), words) for one in services)
    time = duration_text((int(amount), str(unit)))
    if kinds:
        return _("number of tasks missed ({service}) in the last {time}", service=kinds, time=time)
    return _("number of tasks missed in the last {time}", time=time)


def _needs(subject: Subject, words: Vocabulary) -> str:
    domains = _either(_code_text("need_domain", str(one), words) for one in subject.args)
    if subject.name == "high":
        if domains:
            return _("number of urgent needs in {domain}", domain=domains)
        return _("number of urgent needs")
    if domains:
        return _("number of open needs in {domain}", domain=domains)
    return _("number of open needs")


def _needs_of(subject: Subject, words: Vocabulary) -> str:
    kinds = _either(
        _("“{label}”", label=_code_text("need_kind", str(one), words)) for one in subject.args
    )
    return _("number of open needs for {kind}", kind=kinds)


def _relatives(subject: Subject, words: Vocabulary) -> str:
    kinds = _either(_code_text("relationship", str(one), words) for one in subject.args)
    if kinds:
        return _("number of family members on record ({relationship})", relationship=kinds)
    return _("number of family members on record")


def _group(subject: Subject, words: Vocabulary) -> str:
    who = words.group_label(subject.name)
    if subject.inner is None:
        return _("number of {who}", who=who)
    what = _bracketed(write(subject.inner, words))
    return _("number of {who} who meet {what}", who=who, what=what)


def _seat(subject: Subject, words: Vocabulary) -> str:
    return _("has a {actor} in the care team", actor=_code_text("actor", subject.name, words))


def _seat_since(subject: Subject, words: Vocabulary) -> str:
    return _("the day the {actor} took over", actor=_code_text("actor", subject.name, words))


_SUBJECTS: Mapping[str, Callable[[Subject, Vocabulary], str]] = {
    "count": lambda one, words: _("number of entries under {fact}", fact=words.label(one.name)),
    "has": _several,
    "began": lambda one, words: _("the start of the present {fact}", fact=words.label(one.name)),
    "ended": _ended,
    "episodes": _episodes,
    "last_contact": _last_contact,
    "contacts": _contacts,
    "contacts_by": _contacts_by,
    "missed": _missed,
    "level": lambda one, words: _("level by {instrument}", instrument=words.label(one.name)),
    "score": lambda one, words: _("score by {instrument}", instrument=words.label(one.name)),
    "worsened": lambda one, words: _(
        "worse by {instrument} than the time before", instrument=words.label(one.name)
    ),
    "assessed_on": lambda one, words: _(
        "assessment by {instrument}", instrument=words.label(one.name)
    ),
    "needs": _needs,
    "needs_of": _needs_of,
    "wishes": lambda _one, _words: _("number of open wishes"),
    "opinions": lambda _one, _words: _("number of opinions not answered yet"),
    "issues": lambda one, _words: (
        _("number of issues over their time") if one.name else _("number of open issues")
    ),
    "relatives": _relatives,
    "seat": _seat,
    "seat_since": _seat_since,
    "away": lambda _one, _words: _("away on a seasonal stay"),
    "away_since": lambda _one, _words: _("departure for the present seasonal stay"),
    "back_on": lambda _one, _words: _("return from a seasonal stay"),
    "group": _group,
}


def finding_text(finding: Finding, words: Vocabulary, day: date) -> str:
    """Say what was found: the fact and its value on the day, or that it is unknown."""
    subject = finding.test.subject
    fact = subject_text(subject, words)
    if subject.name == "born_on" and finding.test.said.form in ("age", "age_this_year"):
        fact = _("Age")
    if finding.test.said.form == "era":
        fact = words.label("joined_on")
    return _("{fact}: {value}", fact=fact, value=value_text(finding, words, day))


def value_text(finding: Finding, words: Vocabulary, day: date) -> str:
    """Say a value as people say it."""
    value, subject = finding.value, finding.test.subject
    if value is None or (isinstance(value, tuple) and None in value and finding.truth is None):
        return _("unknown")
    if isinstance(value, tuple):
        fewest, most = value
        if isinstance(fewest, int) or isinstance(most, int):
            if most == MANY:
                return _("at least {n}", n=fewest)
            return str(fewest) if fewest == most else f"{fewest}–{most}"
        return _dates_text((fewest, most), finding, day)
    if isinstance(value, bool) or subject.kind == "flag":
        return _("yes") if value else _("no")
    if isinstance(value, int):
        return str(value)
    return _code_text(subject.name, value, words)


def _dates_text(value: tuple[date | None, date | None], finding: Finding, day: date) -> str:
    earliest, latest = value
    if earliest == latest == BEFORE_RECORDS:
        return _("before our records")
    if earliest == latest == FIRST_DAY:
        began = finding.test.subject.source == "began"
        return _("before our records") if began else _("never")
    text = span_text(earliest, latest)
    if finding.test.said.form in ("age", "age_this_year") and earliest and latest:
        oldest, youngest = age_on(earliest, day), age_on(latest, day)
        age = str(oldest) if oldest == youngest else f"{youngest}–{oldest}"
        return _("{age} (born {born})", age=age, born=text)
    return text


def span_text(earliest: date | None, latest: date | None) -> str:
    """Say a day, or the month or span in which it lies."""
    if earliest is None or latest is None:
        return _("unknown")
    if earliest == latest:
        return day_text(earliest)
    if (earliest.year, earliest.month) == (latest.year, latest.month):
        return _("{year}-{month:02}", year=earliest.year, month=earliest.month)
    return f"{day_text(earliest)} – {day_text(latest)}"


def day_text(day: date) -> str:
    """Say a day as the language in force writes it."""
    return _("{year}-{month:02}-{day:02}", year=day.year, month=day.month, day=day.day)


def duration_text(duration: tuple[int, str]) -> str:
    """Say a length of time."""
    amount, unit = duration
    texts = {
        "day": _("{n} days", n=amount),
        "week": _("{n} weeks", n=amount),
        "month": _("{n} months", n=amount),
        "year": _("{n} years", n=amount),
    }
    return texts[unit]


def _operand_text(name: str, operand: Any, words: Vocabulary) -> str:
    if isinstance(operand, date):
        return day_text(operand)
    if not isinstance(operand, str):
        return str(operand)
    told = _code_text(name, operand, words)
    # English labels are of all kinds, "lives alone" as well as "good": set apart they can be read.
    return told if language() == "zh" else f"“{told}”"


def _code_text(name: str, code: str, words: Vocabulary) -> str:
    codes = words.lists.get(name) if name in _OWN_LISTS else words.codes_of(name)
    return codes.label_of(code) if codes is not None else code


def _either(texts: Iterable[str]) -> str:
    listed = list(texts)
    if len(listed) < 2:
        return "".join(listed)
    comma = "、" if language() == "zh" else ", "
    return _("{those} or {last}", those=comma.join(listed[:-1]), last=listed[-1])


# --- timings ----------------------------------------------------------------------------------


def timing_text(timing: Timing, festivals: Mapping[str, Festival], event: str = "") -> str:
    """Say when an obligation falls, in the language in force.

    Parameters
    ----------
    event : str
        The event that an `AfterEvent` timing waits on, in words; empty leaves it unnamed.
    """
    if isinstance(timing, Quota):
        return _quota_text(timing)
    if isinstance(timing, Silence):
        return _(
            "when nothing was heard for {n} days, until {due} that",
            n=timing.days,
            due=timing.due,
        )
    if isinstance(timing, AtFestivals):
        names = _either(str(festivals[code].label) for code in timing.codes if code in festivals)
        return _(
            "{festival}: {opens} until {due}", festival=names, opens=timing.opens, due=timing.due
        )
    if isinstance(timing, AfterEvent):
        what = event or _("the event")
        return _(
            "{festival}: {opens} until {due}", festival=what, opens=timing.opens, due=timing.due
        )
    ages = timing.ages
    which = _("every birthday") if ages.every == 1 else _("every {n}th birthday", n=ages.every)
    if ages.from_age:
        which = _("{which} from {age}", which=which, age=ages.from_age)
    return _("{festival}: {opens} until {due}", festival=which, opens=timing.opens, due=timing.due)


def _quota_text(timing: Quota) -> str:
    if timing.per == "once":
        return _("once")
    if timing.times == 1:
        return {
            "week": _("once a week"),
            "month": _("once a month"),
            "quarter": _("once a quarter"),
            "half_year": _("once a half-year"),
            "year": _("once a year"),
        }[timing.per]
    return {
        "week": _("{n} times a week", n=timing.times),
        "month": _("{n} times a month", n=timing.times),
        "quarter": _("{n} times a quarter", n=timing.times),
        "half_year": _("{n} times a half-year", n=timing.times),
        "year": _("{n} times a year", n=timing.times),
    }[timing.per]

"""What was probably meant by words that a condition does not know: 独居老人, 三个月没联系.

Decides which everyday ways of saying something are recognised, and how each is written in a
condition; whoever typed it is offered that and decides. Nothing here is ever taken as meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from casework.reference import CodeList
from casework.rules.language import Span
from casework.rules.vocabulary import Vocabulary
from casework.terms import _

__all__ = ["Guess", "Guesser", "number_said"]

_LONGEST = 1_000
"""Nobody says at once what is longer; looking for phrases in it would take too long."""
_DIGITS = "零一二三四五六七八九"
_NUMBER = rf"(?:\d+|[{_DIGITS}十百两]+)"
_AGED = re.compile(
    rf"(?:年龄\s*[:：]?\s*)?({_NUMBER})\s*(?:周?岁)?(及?以上|及?以下)|年?满({_NUMBER})周?岁"
)
_YEARS = rf"({_NUMBER})\s*(?:周?岁)?"
_SPAN = re.compile(
    rf"年龄\s*在?\s*{_YEARS}\s*[-–—~～到至]\s*{_YEARS}(?:之间)?"
    rf"|{_YEARS}\s*(?:≤|<=)\s*年龄\s*(?:≤|<=)\s*{_YEARS}"
)
_OPEN_SPAN = re.compile(
    rf"年龄\s*(?:大于|超过|>|＞)\s*{_YEARS}\s*(?:[，,]|且|并且)?\s*(?:小于|不足|<|＜)\s*{_YEARS}"
)
_DAY = r"(\d{4}年\d{1,2}月\d{1,2}日|\d{4}-\d{1,2}-\d{1,2})"
_BEFORE = re.compile(rf"\s*在?\s*{_DAY}\s*(?:之|以)?(前|后)")
_JOINED = re.compile(rf"{_DAY}\s*(?:之|以)?前参加(?:革命)?工作")
_ILL = re.compile(rf"(?:患有?)?(?:慢性病|疾病)\s*({_NUMBER})\s*种?(?:及?以上)")
_HAS_ILLNESS = re.compile(r"(?:有|患有?)慢性病|患有?(\w+)")
_OLD = re.compile(r"高龄(?:老人|老干部|人员)?(?!\w)")
_BIRTHDAY = re.compile(r"(?:\w*的?)生日(?!按)")
_NOW = re.compile(r"^(?:正在|现在|目前|现)")
_THIS_YEAR = re.compile(rf"(?:今年|当年|本年)(?:年?满)?({_NUMBER})周?岁")
_SILENT = re.compile(
    rf"(?:近|最近|已|连续)?({_NUMBER})\s*(天|日|周|个月|月|年)(?:没有?|未|无)(?:上门)?(?:联系|走访|音讯)"
    rf"|(?:距上次)?(?:联系|走访)?超过({_NUMBER})\s*(天|日|周|个月|月|年)(?:没有?|未|无)?(?:联系|走访|音讯)?"
)
_RETIRED = re.compile(
    rf"(?:离退休|退休|离休)(?:不满|不到|未满)?({_NUMBER}|半)\s*(天|周|个月|月|年)(?:以?内)?"
)
_EVERYBODY = re.compile(
    r"\s*(?:所有|全部|全体|每个)(?:人|人员|老干部|离退休干部)?\s*|\s*(?:true|1\s*=\s*1)\s*"
)
_JOINT = re.compile("并且|或者|且|或")
_NOT = re.compile(r"不是|不属于|没有|非|不|未")
_PEOPLE = re.compile(r"(?:的)?(?:老同志|老干部|老人|人员|干部|的人|者)$")
_UNIT = {"日": "天", "月": "个月"}
_EMPTY = re.compile(r"\s*(?:(?:为|是|=)\s*空|is\s+null)", re.IGNORECASE)
_FILLED = re.compile(r"\s*(?:(?:不为|不是|!=)\s*空|is\s+not\s+null)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Guess:
    """What was probably meant: where, by what it is to be replaced, and what to say."""

    at: Span
    meant: str
    message: str


class Guesser:
    """Looks for everyday ways of speaking in what was typed.

    Parameters
    ----------
    words : Vocabulary
    names : mapping of str to str
        What names are called at the desk, by their code.
    """

    def __init__(self, words: Vocabulary, names: Mapping[str, str]) -> None:
        self.words, self.names = words, names

    def guess(self, typed: str, at: Span) -> Guess | None:
        """Say what the words around a place probably mean; None where nothing is recognised."""
        if _EVERYBODY.fullmatch(typed):
            return self._everybody(typed)
        for found in self._phrases(typed) if len(typed) <= _LONGEST else ():
            if found.at[0] <= at[0] <= found.at[1]:
                return found
        return self._value(typed, at)

    def _everybody(self, typed: str) -> Guess | None:
        codes = self.words.codes_of("category")
        if codes is None:
            return None
        meant = (
            f"{self.names['category']} 属于（{'，'.join(one.label.zh for one in codes.entries)}）"
        )
        message = _("A rule says whom it is for. For everybody write {meant}.", meant=meant)
        return Guess((0, len(typed)), meant, message)

    def _phrases(self, typed: str) -> Iterator[Guess]:
        age = self.names["age"]
        for found in _SPAN.finditer(typed):
            low, high = (_whole(one) for one in found.groups() if one)
            yield _instead(typed, found.span(), f"{age} 介于 {low} 至 {high}")
        for found in _OPEN_SPAN.finditer(typed):
            low, high = _whole(found[1]), _whole(found[2])
            yield _instead(typed, found.span(), f"{age} ＞ {low} 且 {age} ＜ {high}")
        for found in _THIS_YEAR.finditer(typed):
            yield _instead(
                typed, found.span(), f"{self.names['age_this_year']} 为 {_whole(found[1])}"
            )
        for found in _AGED.finditer(typed):
            sign = "≤" if (found[2] or "").endswith("以下") else "≥"
            years = _whole(found[1] or found[3])
            yield _instead(typed, found.span(), f"{self.names['age']} {sign} {years}")
        for found in _SILENT.finditer(typed):
            number, unit = found[1] or found[3], found[2] or found[4]
            quiet = f"{_whole(number)} {_UNIT.get(unit, unit)}"
            yield _instead(typed, found.span(), f"{self.names['days_since_contact']} ＞ {quiet}")
        for found in _RETIRED.finditer(typed):
            number, unit = found[1], _UNIT.get(found[2], found[2])
            ago = "6 个月" if number == "半" else f"{_whole(number)} {unit}"
            yield _instead(typed, found.span(), f"距今（{self.names['retired_on']}） ≤ {ago}")
        for found in _JOINED.finditer(typed):
            yield _instead(typed, found.span(), f"{self.names['joined_on']} 早于 {found[1]}")
        yield from self._of_health(typed)
        for code, name in self.names.items():
            yield from self._of_fact(typed, code, name)
        for found in _BIRTHDAY.finditer(typed):
            message = _("A birthday is no condition. Choose it where the rule says when it falls.")
            yield Guess(found.span(), "", message)

    def _of_health(self, typed: str) -> Iterator[Guess]:
        illness = self.names.get("condition", "")
        for found in _ILL.finditer(typed):
            yield _instead(typed, found.span(), f"项数（{illness}） ≥ {_whole(found[1])}")
        for found in _HAS_ILLNESS.finditer(typed):
            one = _JOINT.split(found[1] or "")[0]
            meant = f"包含（{illness}，{one}）" if one else f"项数（{illness}） ≥ 1"
            end = found.start(1) + len(one) if one else found.end()
            yield _instead(typed, (found.start(), end), meant)
        if "high_age" in self.words.parameters:
            for found in _OLD.finditer(typed):
                meant = f"{self.names['age']} ≥ {self.names['high_age']}"
                yield _instead(typed, found.span(), meant)

    def _of_fact(self, typed: str, code: str, name: str) -> Iterator[Guess]:
        for begin in re.finditer(re.escape(name), typed):
            for pattern, known in ((_EMPTY, "不详"), (_FILLED, "已知")):
                found = pattern.match(typed, begin.end())
                if found:
                    yield _instead(typed, (begin.start(), found.end()), f"{name} {known}")
            found = _BEFORE.match(typed, begin.end())
            if found:
                meant = f"{name} {'早于' if found[2] == '前' else '晚于'} {found[1]}"
                yield _instead(typed, (begin.start(), found.end()), meant)
            if self.words.is_multiple(code):
                found = re.compile(r"\s*(?:为|是|=|＝|包含|包括|有)\s*(\w+)").match(
                    typed, begin.end()
                )
                if found:
                    meant = f"包含（{name}，{_JOINT.split(found[1])[0]}）"
                    end = found.start(1) + len(_JOINT.split(found[1])[0])
                    yield _instead(typed, (begin.start(), end), meant)

    def _value(self, typed: str, at: Span) -> Guess | None:
        """Read a value that stands alone, 独居 or 非党员, as what it is a value of."""
        start, end = at
        if not re.match(r"\w", typed[start:]):
            return None
        while start > 0 and re.match(r"\w", typed[start - 1]):
            start -= 1
        glued = [one.end() for one in _JOINT.finditer(typed, start, at[0])]
        start = glued[-1] if glued else start
        word = re.compile(r"\w*").match(typed, start)
        if word is None or not word.group():
            return None
        text = _JOINT.split(word.group())[0]
        if not text:
            return None
        negated = _NOT.match(text)
        bare = text[negated.end() :] if negated else text.removeprefix("是")
        bare = _NOW.sub("", bare.removeprefix("为")) or bare
        had = f"有{bare}" if negated and negated.group() == "没有" else bare
        for value in dict.fromkeys((bare, _PEOPLE.sub("", bare), had)):
            for code, codes in self._lists():
                entry = codes.entry(codes.read(value)) if value else None
                if entry is None:
                    continue
                name, label = self.names.get(code, code), entry.label.zh
                said = label if re.fullmatch(r"[^\W\d]\w*", label) else f"“{label}”"
                if self.words.is_multiple(code):
                    meant = f"{'非 ' if negated else ''}包含（{name}，{said}）"
                else:
                    meant = f"{name} {'不为' if negated else '为'} {said}"
                message = _("“{word}” is a value of {name}. Write {meant}.",
                            word=value, name=name, meant=meant)  # fmt: skip
                return Guess((start, max(start + len(text), min(end, start + len(text)))), meant,
                             message)  # fmt: skip
        return None

    def _lists(self) -> Iterator[tuple[str, CodeList]]:
        """Give the code lists of facts, what is asked most first."""
        for code in (*self.words.facts, "sex", "era"):
            codes = self.words.codes_of(code)
            if codes is not None and codes.code != "yesno":
                yield code, codes


def _instead(typed: str, at: Span, meant: str) -> Guess:
    message = _("“{sign}” is not used here. Write {meant} instead.",
                sign=typed[slice(*at)], meant=meant)  # fmt: skip
    return Guess(at, meant, message)


def _whole(text: str) -> int:
    """Read 八十五 or 85.

    Examples
    --------
    >>> [_whole(one) for one in ("85", "八十五", "九十", "十二", "一百", "一百零二", "两")]
    [85, 85, 90, 12, 100, 102, 2]
    """
    if text.isdigit():
        return int(text)
    total, last = 0, 0
    for sign in text.replace("两", "二"):
        if sign in "十百":
            total += max(last, 1) * (10 if sign == "十" else 100)
            last = 0
        else:
            last = _DIGITS.index(sign)
    return total + last


def number_said(text: str) -> int | None:
    """Read a number in figures or in Chinese words; None where it is none.

    Examples
    --------
    >>> number_said("八十"), number_said("独居")
    (80, None)
    """
    return _whole(text) if re.fullmatch(_NUMBER, text) else None

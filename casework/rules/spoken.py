"""Conditions in the words of the desk: 年龄 ≥ 80 且 居住状况 为 独居, both ways.

Decides how a condition is written with Chinese names and values instead of codes, and finds the
place in that writing for every refusal; leaves what a condition means to
:mod:`casework.rules.resolve`. Each word stands for one word of the rules file, so that a text goes
there and back and a place in one is a place in the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

from casework.rules.guesses import Guess, Guesser, number_said
from casework.rules.language import RuleError, Span
from casework.rules.resolve import parse
from casework.rules.tree import Node
from casework.rules.vocabulary import Vocabulary
from casework.terms import _, language

__all__ = ["Speech"]

_WORDS = {
    "and": "且", "or": "或", "not": "非", "in": "属于", "between": "介于",
}  # fmt: skip
_SIGNS = {
    "=": "为", "!=": "不为", "<": "＜", "<=": "≤", ">": "＞", ">=": "≥", "(": "（", ")": "）",
    ",": "，",
}  # fmt: skip
_UNITS = {"day": "天", "week": "周", "month": "个月", "year": "年"}
_READ = {
    "且": "and", "并且": "and", "或": "or", "或者": "or", "非": "not", "属于": "in",
    "不属于": "not in", "介于": "between", "为": "=", "是": "=", "不为": "!=", "不是": "!=",
    "＝": "=", "＜": "<", "＞": ">", "≤": "<=", "≥": ">=", "≠": "!=", "（": "(", "）": ")",
    "，": ",", "、": ",", "天": "days", "日": "days", "周": "weeks", "个月": "months",
    "月": "months", "年": "years", "岁": "", "周岁": "",
    "為": "=", "屬於": "in", "大於": ">", "小於": "<", "大于等于": ">=", "大于或等于": ">=",
    "小于等于": "<=", "小于或等于": "<=", "等于": "=", "不等于": "!=",
    "大于": ">", "多于": ">", "超过": ">", "小于": "<", "少于": "<",
    "不足": "<", "不小于": ">=", "不少于": ">=", "至少": ">=", "不大于": "<=", "不多于": "<=",
    "不超过": "<=", "至多": "<=", "早于": "<", "晚于": ">", "不早于": ">=", "不晚于": "<=",
}  # fmt: skip
_INSTEAD = {
    "和": "且", "及": "且", "以及": "且", "同时": "且", "，": "且", ",": "且", "；": "且",
    ";": "且", "没有": "非", "不": "非", "未": "非", "未知": "不详", "不明": "不详",
    "半年": "6 个月", "同住": "同住者", "同楼": "同楼者", "&&": "且", "||": "或", "&": "且",
    "|": "或",
}  # fmt: skip
"""What people type that means something else or two things here, and what they probably mean."""
_SIGNS_SAID = ("为", "是", "=", "＝", "不为", "不是", "!=", "≠")
_JOINING_WORD = re.compile("并且|或者|且|或")
_JOINING = frozenset({"属于", "不属于", "非", "且", "或", "并且", "或者"})
_COMPARE = frozenset({"=", "!=", "<", "<=", ">", ">=", "==", "<>"})
_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<day>\d{4}-\d{1,2}-\d{1,2}(?!\d)|\d{4}年\d{1,2}月\d{1,2}日)
      | (?P<number>\d+)
      | (?P<text>'(?:[^']|'')*'|"(?:[^"]|"")*"|“[^”]*”)
      | (?P<named>【[^】]*】)
      | (?P<word>[^\W\d](?:(?!\d{4}[-年]\d)\w)*)
      | (?P<sign><=|>=|!=|<>|==|[=<>(),＝＜＞≤≥≠（），、])
      | (?P<other>.)""",
    re.VERBOSE,
)
_SAID = sorted(
    (
        *(one for one, sign in _READ.items() if sign in _COMPARE and one.isalpha()),
        "介于", "属于", "不属于", "已知", "不详",
    ),
    key=len,
    reverse=True,
)  # fmt: skip
"""What may follow a name without a space."""
_NUMBERED = re.compile(r"(\d+)(周?岁|天|日|周|个月|月|年)?(?:([至到和])(\d+)(周?岁)?)?")
_PLAIN_WORD = re.compile(r"[^\W\d]\w*")
# Which entries of a call are names (n), values (v), groups (g) or whole conditions (c).
_ENTRIES = {
    "has": "nv", "ended": "nv", "episodes": "nv", "count": "n", "known": "n", "unknown": "n",
    "since": "n", "until": "n", "began": "n", "any": "gc", "all": "gc", "number": "gc",
    "spouse": "c", "possibly": "c", "surely": "c",
}  # fmt: skip
_LISTS = {
    "contacts": "channel", "last_contact_on": "channel", "days_since_contact": "channel",
    "contacts_by": "actor", "seat": "actor", "seat_since": "actor", "missed": "service",
    "relatives": "relationship", "open_needs": "need_domain", "urgent_needs": "need_domain",
    "needs_of": "need_kind",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Piece:
    """A word of one writing and where it stands in both."""

    text: str
    at: Span


@dataclass(slots=True)
class _Call:
    """An open bracket: what it belongs to, and which entry of it is being read."""

    kinds: str
    entry: int = 0

    @property
    def kind(self) -> str:
        return self.kinds[min(self.entry, len(self.kinds) - 1)]


class Speech:
    """Writes and reads conditions with the agency's own names.

    Parameters
    ----------
    words : Vocabulary
        What conditions may name.
    spoken : mapping of str to str
        Chinese name of each further word by kind and code: ``function:has`` to 包含.
    settings : mapping of str to str
        Chinese name of each setting of the agency that conditions may name.
    """

    def __init__(
        self, words: Vocabulary, spoken: Mapping[str, str], settings: Mapping[str, str]
    ) -> None:
        self.words = words
        self._said: dict[str, dict[str, str]] = {"name": {}, "function": {}, "group": {}}
        for key, label in spoken.items():
            kind, _colon, code = key.partition(":")
            self._said[kind][code] = label
        for code, fact in words.facts.items():
            self._said["name"].setdefault(code, fact.label.zh)
        bare = "days_since_contact"  # the one function that may stand without brackets
        self._said["name"].setdefault(bare, self._said["function"].get(bare, bare))
        for code in words.parameters:
            self._said["name"].setdefault(code, settings.get(code, code))
        self._codes = {
            kind: {label: code for code, label in said.items()} for kind, said in self._said.items()
        }
        self._longest = sorted(self._codes["name"], key=len, reverse=True)
        names = "|".join(map(re.escape, self._longest))
        self._guesser = Guesser(words, self._said["name"])
        self._joints = re.compile(f"(并且|或者|且|或)(?=非?(?:{names}))")

    # --- to the desk ----------------------------------------------------------------------------

    def write(self, text: str) -> str:
        """Write a condition of a rules file in the words of the desk.

        What is not understood stays as it is.
        """
        parts: list[str] = []
        about = ""
        between = False
        matches = [one for one in _TOKEN.finditer(text) if one.lastgroup != "space"]
        for number, match in enumerate(matches):
            kind, token = match.lastgroup, match.group()
            following = matches[number + 1].group() if number + 1 < len(matches) else ""
            before = matches[number - 1].group() if number else ""
            if kind == "word":
                lower = token.lower()
                if lower == "is" or (lower in ("known", "unknown") and following != "("):
                    if lower != "is":
                        parts.append({"known": "已知", "unknown": "不详"}[lower])
                    continue
                if lower == "and" and between:
                    parts.append("至")
                    between = False
                    continue
                between = between or lower == "between"
                if lower in _WORDS:
                    parts.append(_WORDS[lower])
                    continue
                unit = _UNITS.get(lower.removesuffix("s"))
                if unit and before.isdigit():
                    parts.append(unit)
                    continue
                if following == "(" and token in self._said["function"]:
                    parts.append(self._said["function"][token])
                    about = token
                    continue
                if (
                    before == "("
                    and token in self._said["group"]
                    and about in ("any", "all", "number")
                ):
                    parts.append(self._said["group"][token])
                    continue
                parts.append(self._named(token))
                about = token if token in self.words.facts or token in ("sex", "era") else about
            elif kind == "text":
                parts.append(self._value(token[1:-1].replace(token[0] * 2, token[0]), about))
            elif kind == "sign":
                parts.append(_SIGNS.get(token, token))
            else:
                parts.append(token)
        return _spaced(parts)

    def _named(self, code: str) -> str:
        label = self._said["name"].get(code, code)
        return label if _PLAIN_WORD.fullmatch(label) else f"【{label}】"

    def _value(self, code: str, about: str) -> str:
        label = code
        codes = self.words.codes_of(about) or self.words.lists.get(_LISTS.get(about, ""))
        if codes is not None and (entry := codes.entry(codes.read(code))):
            label = entry.label.zh
        elif code in self.words.instruments:
            label = self.words.instruments[code].zh
        return label if _PLAIN_WORD.fullmatch(label) and label not in _READ else f"“{label}”"

    # --- from the desk --------------------------------------------------------------------------

    def read(self, spoken: str) -> str:
        """Write what was typed at the desk as a condition of a rules file.

        Raises
        ------
        RuleError
            When it means nothing; the place is one of what was typed.
        """
        return self.understand(spoken)[0]

    def understand(self, spoken: str) -> tuple[str, Node]:
        """Read what was typed at the desk: its text in a rules file, and its tree.

        Raises
        ------
        RuleError
            As `read`.
        """
        pieces = list(self._pieces(spoken))
        plain, places = "", []
        for piece in pieces:
            plain += " " if plain else ""
            places.append((len(plain), len(plain) + len(piece.text), piece.at))
            plain += piece.text
        try:
            return plain, parse(plain, self.words)
        except RuleError as error:
            raise self._there(error, spoken, places) from error

    def _pieces(self, spoken: str) -> Iterator[_Piece]:
        calls: list[_Call] = []
        last, comparing, listing, between = "", False, False, False
        for kind, token, at in self._tokens(spoken):
            ahead = spoken[at[1] :].lstrip()[:1]
            out = token
            if kind == "day":
                out = _plain_day(token)
            elif kind == "text":
                inner = token[1:-1]
                out = "'" + (inner if token[0] == "“" else inner.replace(token[0] * 2, token[0])
                             ).replace("'", "''") + "'"  # fmt: skip
            elif kind in ("word", "named"):
                inner = token.strip("【】")
                if kind == "word" and inner in ("至", "到", "和") and between:
                    out, between = "and", False
                elif kind == "word" and inner in ("已知", "不详") and ahead not in ("(", "（"):
                    out = "is known" if inner == "已知" else "is unknown"
                elif (
                    kind == "word"
                    and ahead in ("(", "（")
                    and inner not in ("属于", "不属于", "非", "且", "或", "并且", "或者")
                ):
                    out = self._codes["function"].get(inner, inner)
                elif (
                    kind == "word" and inner in _READ and not (inner == "日" and not last.isdigit())
                ):
                    out = _READ[inner]
                    between = between or out == "between"
                else:
                    out = self._word(inner, calls, comparing or listing)
            elif kind == "sign":
                out = _READ.get(token, token)
            if out == "(":
                listing = last in ("in", "not in")
                calls.append(
                    _Call(
                        "v"
                        if listing
                        else _ENTRIES.get(last, "v")
                        if last in self._said["function"]
                        else "c"
                    )
                )
            elif out == ")" and calls:
                calls.pop()
                listing = False
            elif out == "," and calls:
                calls[-1].entry += 1
            comparing = out in _COMPARE
            last = out
            if out:
                yield _Piece(out, at)

    def _tokens(self, spoken: str) -> Iterator[tuple[str, str, Span]]:
        """Give the words of what was typed, without spaces and a full stop at the end.

        A name, a comparison and a value typed without a space between them are three words:
        年龄大于80.
        """
        last = ""
        for match in _TOKEN.finditer(spoken.rstrip("。．；; \n")):
            kind, start = match.lastgroup or "", match.start()
            if kind == "space":
                continue
            last, before = match.group(), last
            if kind != "word":
                yield kind, match.group(), match.span()
                continue
            for part in self._glued(match.group(), before):
                yield (
                    "number" if part.isdecimal() else "word", part, (start, start + len(part))
                )  # fmt: skip
                start += len(part)

    def _glued(self, word: str, before: str) -> Iterator[str]:
        """Take a word apart where 且 and the like stand before a name without a space.

        Parameters
        ----------
        before : str
            The word before it: what follows a name or a bracket begins with a comparison.
        """
        if word in _READ or any(word in names for names in self._codes.values()):
            yield word
            return
        while (lead := _JOINING_WORD.match(word)) is not None:
            yield lead.group()
            word, before = word[lead.end() :], lead.group()
        if not word:
            return
        if word in _READ or any(word in names for names in self._codes.values()):
            yield word
            return
        if before in self._codes["name"] or before in (")", "）"):
            sign = next((one for one in _SAID if word.startswith(one)), "")
            if sign:
                yield sign
                yield from _parts(word[len(sign) :])
                return
        for part in self._joints.split(word):
            rest = part
            if part.startswith("非") and any(part[1:].startswith(one) for one in self._longest):
                yield "非"
                rest = part[1:]
            if rest:
                yield from self._apart(rest)

    def _apart(self, word: str) -> list[str]:
        """Take a word apart that begins with a name and a comparison; others stay whole."""
        if word in _READ or any(word in names for names in self._codes.values()):
            return [word]
        for name in self._longest:
            if word.startswith(name):
                rest = word[len(name) :]
                sign = next((one for one in _SAID if rest.startswith(one)), "")
                if sign:
                    return [name, sign, *_parts(rest[len(sign) :])]
        return [word]

    def _word(self, word: str, calls: list[_Call], value: bool) -> str:
        """Read a word where a name, a group or a value may stand."""
        kind = calls[-1].kind if calls else "c"
        name = self._codes["name"].get(word)
        if value:
            setting = name if name in self.words.parameters else None
            return setting or (word if word in self.words.parameters else _quoted(word))
        if kind == "g":
            return self._codes["group"].get(word, word)
        if kind == "v":
            return _quoted(word)
        return name or word

    def _there(
        self, error: RuleError, spoken: str, places: list[tuple[int, int, Span]]
    ) -> RuleError:
        """Find the place of a refusal in what was typed, and name things as the desk does."""
        start, end = error.at
        hit = [at for first, last, at in places if first < max(end, start + 1) and last > start]
        at = (hit[0][0], hit[-1][1]) if hit else (len(spoken), len(spoken))
        message, suggestion = error.complaint, error.suggestion
        guess = self._guess(spoken, at, error)
        if guess is not None:
            return RuleError(guess.message, spoken, guess.at, guess.meant or None)
        if spoken[at[0] : at[0] + 2] in ("&&", "||"):
            at = (at[0], at[0] + 2)
        said = _INSTEAD.get(spoken[at[0] : at[1]])
        before = _INSTEAD.get(spoken[: at[0]].split()[-1]) if spoken[: at[0]].split() else None
        if said:
            message = _("“{sign}” is not used here. Write {meant} instead.",
                        sign=spoken[at[0] : at[1]], meant=said)  # fmt: skip
        elif before == "非":
            typed = spoken[: at[0]].rstrip()
            word = typed.split()[-1]
            at, said = (len(typed) - len(word), len(typed)), before
            message = _("“{sign}” is not used here. Write {meant} instead.", sign=word, meant=said)
        elif suggestion:
            said = next(
                (names[suggestion] for names in self._said.values() if suggestion in names),
                suggestion,
            )
            if said == spoken[slice(*at)]:
                message = _("After {name} come brackets: {name}(…).", name=said)
            message = message.replace(f"'{suggestion}'", f"“{said}”").replace(suggestion, said)
        elif message == _("Nothing is called {name}.", name=spoken[at[0] : at[1]]):
            said = self._nearest(spoken[at[0] : at[1]])
            if said and said == spoken[at[0] : at[1]]:
                message = _("After {name} come brackets: {name}(…).", name=said)
            elif said:
                message += _(" Did you mean {name}?", name=said)
        for code, label in self._said["group"].items():
            message = message.replace(code, label)
        return RuleError(self._in_chinese(message), spoken, at, said)

    def _guess(self, spoken: str, at: Span, error: RuleError) -> Guess | None:
        """Say what was probably meant where people would say it so, and what is missing."""
        typed = spoken[slice(*at)]
        named = typed in self._codes["name"] or typed in self._codes["function"]
        joint = _JOINING_WORD.search(typed)
        if joint is not None and joint.start() and not named:
            # 离休干部且年满90周岁: what is before is read already, or comes first.
            head = self._guesser.guess(typed[: joint.start()], (0, 0))
            if head is None or spoken[: at[0]].rstrip().endswith(tuple(_SIGNS_SAID)):
                rest = (at[0] + joint.end(), at[1])
                return self._guesser.guess(spoken, rest)
        ended = error.complaint == _("The condition could end here. Join parts with and, or.")
        missing = self._missing_sign(spoken, at) if ended else None
        if missing is not None:
            return missing
        found = self._guesser.guess(spoken, at)
        if found is not None and not (named and found.at == at):
            return found
        number = number_said(typed)
        if number is not None and not typed.isdigit():
            message = _("“{sign}” is not used here. Write {meant} instead.", sign=typed,
                        meant=number)  # fmt: skip
            return Guess(at, str(number), message)
        decimal = re.compile(r"(?<=\d)[.．]\d+").match(spoken, at[0])
        if decimal is not None:
            message = _("Numbers are whole here, without a decimal point.")
            return Guess(decimal.span(), "", message)
        if typed in ("-", "/") and at[0] and spoken[at[0] - 1].isalpha():
            return self._instrument(spoken, at)
        return None

    def _missing_sign(self, spoken: str, at: Span) -> Guess | None:
        """Say that a fact and its value want a sign between them, and several values a list."""
        before = [one for one in self._longest if spoken[: at[0]].rstrip().endswith(one)]
        typed = spoken[slice(*at)]
        follows = spoken[at[1] :].lstrip().startswith(tuple(self._longest))
        if typed in ("、", "，", ",") and not follows:
            message = _("Several values are written as a list: {example}.",
                        example="属于（独居，空巢）")  # fmt: skip
            return Guess(at, "", message)
        if not before or typed in _INSTEAD or typed in _READ:
            return None
        message = _("Between “{name}” and “{value}” a sign is missing, such as {signs}.",
                    name=before[0], value=typed, signs="为、≥、≤")  # fmt: skip
        codes = self.words.codes_of(self._codes["name"][before[0]])
        if self.words.is_multiple(self._codes["name"][before[0]]):
            return None
        meant = f"为 {typed}" if codes is not None and codes.read(typed) else ""
        return Guess(at, meant, message)

    def _instrument(self, spoken: str, at: Span) -> Guess | None:
        """Offer the instrument in quotation marks: GDS-15 has a sign in its name."""
        begin, end = at
        while begin and re.match(r"\w", spoken[begin - 1]):
            begin -= 1
        while end < len(spoken) and re.match(r"[\w/.-]", spoken[end]):
            end += 1
        typed = spoken[begin:end].casefold()
        title = next(
            (one.zh for code, one in self.words.instruments.items()
             if typed == code or typed in one.zh.casefold()),
            None,
        )  # fmt: skip
        meant = f"“{title or spoken[begin:end]}”"
        message = _("A name with signs in it is put in quotation marks: {name}.", name=meant)
        return Guess((begin, end), meant, message)

    def _in_chinese(self, message: str) -> str:
        """Name facts and functions in a refusal as the desk does, but for what shows both."""
        if language() != "zh" or "between" in message:
            return message
        for code, label in self._said["function"].items():
            message = re.sub(rf"\b{code}\(([^()]*)\)", rf"{label}（\1）", message, flags=re.ASCII)
        for code, label in self._said["name"].items():
            message = re.sub(rf"(?<![“'\w]){code}(?![”'\w])", label, message, flags=re.ASCII)
        return message.replace(", '", "，'")

    def _nearest(self, word: str) -> str | None:
        """Offer the name of the desk that looks most like a word: age and the like are no facts."""
        named = [label for names in self._codes.values() for label in names]
        return next(iter(get_close_matches(word, named, n=1, cutoff=0.5)), None)


def _parts(value: str) -> list[str]:
    """Take a number and its unit, or two ends of a span, apart."""
    numbers = _NUMBERED.fullmatch(value)
    return [one for one in (numbers.groups() if numbers else (value,)) if one]


def _quoted(word: str) -> str:
    return "'" + word.replace("'", "''") + "'"


def _plain_day(token: str) -> str:
    year, month, day = (int(one) for one in re.findall(r"\d+", token))
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return f"{year:04}-{month:02}-{day:02}"


def _spaced(parts: list[str]) -> str:
    """Join words with spaces, but none inside brackets' edges and before commas."""
    text = ""
    for part in parts:
        tight = not text or text[-1] in "（" or part in ("）", "，")
        tight = tight or (
            part == "（" and bool(text) and not text.endswith((" ", "且", "或", "非"))
        )
        text += part if tight else f" {part}"
    return text.replace("， ", "，").replace("属于 （", "属于（")

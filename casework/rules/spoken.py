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

from casework.rules.language import RuleError, Span
from casework.rules.resolve import parse
from casework.rules.tree import Node
from casework.rules.vocabulary import Vocabulary
from casework.terms import _

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
    "月": "months", "年": "years", "岁": "",
}  # fmt: skip
_JOINING = frozenset({"属于", "不属于", "非", "且", "或", "并且", "或者"})
_COMPARE = frozenset({"=", "!=", "<", "<=", ">", ">=", "==", "<>"})
_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<day>\d{4}-\d{2}-\d{2}|\d{4}年\d{1,2}月\d{1,2}日)
      | (?P<number>\d+)
      | (?P<text>'(?:[^']|'')*'|"(?:[^"]|"")*"|“[^”]*”)
      | (?P<named>【[^】]*】)
      | (?P<word>[^\W\d]\w*)
      | (?P<sign><=|>=|!=|<>|==|[=<>(),＝＜＞≤≥≠（），、])
      | (?P<other>.)""",
    re.VERBOSE,
)
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
        for match in _TOKEN.finditer(spoken):
            kind, token, at = match.lastgroup, match.group(), match.span()
            if kind == "space":
                continue
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
                if kind == "word" and inner == "至" and between:
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
        said = None
        if suggestion:
            said = next(
                (names[suggestion] for names in self._said.values() if suggestion in names),
                suggestion,
            )
            message = message.replace(f"'{suggestion}'", f"“{said}”").replace(suggestion, said)
        elif message == _("Nothing is called {name}.", name=spoken[at[0] : at[1]]):
            said = self._nearest(spoken[at[0] : at[1]])
            if said and said == spoken[at[0] : at[1]]:
                message = _("After {name} come brackets: {name}(…).", name=said)
            elif said:
                message += _(" Did you mean {name}?", name=said)
        for code, label in self._said["group"].items():
            message = message.replace(code, label)
        return RuleError(message, spoken, at, said)

    def _nearest(self, word: str) -> str | None:
        """Offer the name of the desk that looks most like a word: age and the like are no facts."""
        named = [label for names in self._codes.values() for label in names]
        return next(iter(get_close_matches(word, named, n=1, cutoff=0.5)), None)


def _quoted(word: str) -> str:
    return "'" + word.replace("'", "''") + "'"


def _plain_day(token: str) -> str:
    if "年" not in token:
        return token
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

"""Reading the text of a condition: words, brackets, operators, with the place of each.

Decides the grammar and says where a text leaves it; leaves what the names mean to
:mod:`casework.rules.resolve`. Nothing is ever evaluated as a program: the text becomes a tree of
the kinds below or is refused.

    condition  = all { "or" all }
    all        = one { "and" one }
    one        = [ "not" ] ( "(" condition ")" | comparison )
    comparison = operand [ ("=" | "!=" | "<" | "<=" | ">" | ">=") operand
                         | ["not"] "in" "(" operand { "," operand } ")"
                         | ["not"] "between" operand "and" operand
                         | "is" ["not"] ("known" | "unknown") ]
    operand    = name [ "(" [ entry { "," entry } ] ")" ] | 'text' | number [ unit ] | date
    entry      = operand | condition
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

from casework.errors import InvalidEntry
from casework.terms import _

__all__ = [
    "UNITS",
    "All",
    "Between",
    "Call",
    "Comparison",
    "Condition",
    "Literal",
    "Membership",
    "Name",
    "Negation",
    "Parsed",
    "RuleError",
    "Some",
    "Span",
    "read_condition",
]

Span = tuple[int, int]
UNITS = ("day", "week", "month", "year")
_KEYWORDS = frozenset({"and", "or", "not", "in", "between", "is"})
_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<day>\d{4}-\d{2}-\d{2})
      | (?P<number>\d+)
      | (?P<text>'(?:[^']|'')*'|"(?:[^"]|"")*")
      | (?P<word>[^\W\d]\w*)
      | (?P<sign><=|>=|!=|<>|==|[=<>(),])""",
    re.VERBOSE,
)
_LOOKALIKES = dict(zip("（），＝＜＞≥≤≠‘’“”、", "(),=<>≥≤≠''\"\",", strict=True)) | {
    "≥": ">=",
    "≤": "<=",
    "≠": "!=",
}
_OTHER_SIGNS = {
    "&&": "and", "&": "and", "||": "or", "|": "or", "!": "not", "＆": "and", "；": "and",
    ";": "and",
}  # fmt: skip
"""What other languages write, and what is written here."""
_LOOSE_DAY = re.compile(r"(\d{4})(?:([-/.])(\d{1,2})\2(\d{1,2})|年(\d{1,2})月(\d{1,2})日?)(?!\d)")
_SPOKEN_UNITS = {
    "天": "days", "日": "days", "周": "weeks", "星期": "weeks", "个月": "months", "月": "months",
    "年": "years", "岁": "years", "周岁": "years",
}  # fmt: skip
_LONGEST = 4_000
_DEEPEST = 40


class RuleError(InvalidEntry):
    """A condition that cannot be read, with the place where reading stopped.

    Parameters
    ----------
    message : str
        What is wrong there, what is accepted, what to do.
    text : str
        The whole condition.
    at : (int, int)
        First character of the trouble and the one after it, counted from 0.
    suggestion : str or None
        The word that was probably meant.

    Attributes
    ----------
    complaint : str
        The message without the place.
    """

    def __init__(self, message: str, text: str, at: Span, suggestion: str | None = None) -> None:
        line = text.count("\n", 0, at[0]) + 1
        column = at[0] - (text.rfind("\n", 0, at[0]) + 1) + 1
        where = _("Line {line}, character {column}", line=line, column=column)
        told = _("{where}: {trouble}", where=where, trouble=message)
        super().__init__(told, "when", text[at[0] : at[1]])
        self.text, self.at, self.suggestion = text, at, suggestion
        self.complaint = message
        self.line, self.column = line, column

    def pointer(self) -> str:
        """Show the line with a mark below the trouble, for a fixed-width font."""
        start = self.text.rfind("\n", 0, self.at[0]) + 1
        end = self.text.find("\n", start)
        line = self.text[start : end if end >= 0 else None]
        before = line[: self.column - 1]
        width = max(1, min(self.at[1], start + len(line)) - self.at[0])
        pad = "".join("　" if ord(sign) > 0x2E7F else " " for sign in before)
        return f"{line}\n{pad}{'^' * width}"


# --- what is read -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Name:
    """A bare word: a fact or a parameter."""

    word: str
    at: Span


@dataclass(frozen=True, slots=True)
class Literal:
    """A text, whole number, day, truth value, or a number with a unit as (amount, unit)."""

    value: str | int | date | bool | tuple[int, str]
    at: Span


@dataclass(frozen=True, slots=True)
class Call:
    """A word followed by brackets."""

    word: str
    args: tuple[Operand, ...]
    at: Span


@dataclass(frozen=True, slots=True)
class Condition:
    """A whole condition between the brackets of a call, such as ``any(household, age >= 80)``."""

    parsed: Parsed
    at: Span


Operand = Name | Literal | Call | Condition


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two operands and a sign; an operand alone has the sign ``""``."""

    left: Operand
    op: str
    right: Operand | None
    at: Span


@dataclass(frozen=True, slots=True)
class Membership:
    """An operand and a list."""

    left: Operand
    items: tuple[Operand, ...]
    at: Span


@dataclass(frozen=True, slots=True)
class Between:
    """An operand and the two ends of a span, both inclusive."""

    left: Operand
    low: Operand
    high: Operand
    at: Span


@dataclass(frozen=True, slots=True)
class Negation:
    """Not the part."""

    part: Parsed


@dataclass(frozen=True, slots=True)
class All:
    """Every part."""

    parts: tuple[Parsed, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """Some part."""

    parts: tuple[Parsed, ...]


Parsed = All | Some | Negation | Comparison | Membership | Between


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    value: str
    at: Span


# --- reading ----------------------------------------------------------------------------------


def read_condition(text: str) -> Parsed:
    """Read a condition into what it says, before it is known what its names mean.

    Raises
    ------
    RuleError
        Where the text leaves the grammar; the error knows the character.
    """
    if len(text) > _LONGEST:
        raise RuleError(
            _(
                "The condition has more than {n} characters. Split the rule in two.",
                n=_LONGEST,
            ),
            text,
            (_LONGEST, _LONGEST + 1),
        )
    reader = _Reader(text)
    found = reader.condition()
    reader.expect_end()
    return found


def _tokens(text: str) -> Iterator[_Token]:
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise _unreadable(text, place)
        if match.lastgroup in ("number", "day"):
            _refuse_odd_number(text, place)
        place = match.end()
        kind = match.lastgroup or ""
        if kind != "space":
            yield _Token(kind, match.group(), match.span())
    yield _Token("end", "", (len(text), len(text)))


def _unreadable(text: str, place: int) -> RuleError:
    sign = text[place]
    if sign in "'\"":
        message = _("This quotation mark is never closed. Add {sign} at the end.", sign=sign)
        return RuleError(message, text, (place, len(text)))
    if sign in _LOOKALIKES:
        meant = _LOOKALIKES[sign]
        message = _("“{sign}” is not used here. Write {meant} instead.", sign=sign, meant=meant)
        return RuleError(message, text, (place, place + 1), meant)
    two = text[place : place + 2]
    other = two if two in _OTHER_SIGNS else sign
    if other in _OTHER_SIGNS:
        meant = _OTHER_SIGNS[other]
        message = _("“{sign}” is not used here. Write {meant} instead.", sign=other, meant=meant)
        return RuleError(message, text, (place, place + len(other)), meant)
    if sign in "-−+*/%":
        message = _(
            "Nothing is reckoned in a condition, and no number is negative. Write the number that "
            "comes out; days as 2025-03-01."
        )
        return RuleError(message, text, (place, place + 1))
    message = _(
        "“{sign}” means nothing here. A condition has names, 'texts' in quotation marks, whole "
        "numbers, days such as 2025-03-01, and the signs = != < <= > >= ( ) and the comma.",
        sign=sign,
    )
    return RuleError(message, text, (place, place + 1))


def _refuse_odd_number(text: str, place: int) -> None:
    """Refuse a day or number that is written otherwise than here, offering how it is written."""
    loose = _LOOSE_DAY.match(text, place)
    if loose is not None:
        year, month, day = (int(one) for one in loose.group(1, 3, 4) if one) if loose[3] else (
            int(loose[1]), int(loose[5]), int(loose[6])
        )  # fmt: skip
        plain = f"{year:04}-{month:02}-{day:02}"
        if plain != loose.group():
            message = _("Days are written as 2025-03-01. Did you mean {day}?", day=plain)
            raise RuleError(message, text, loose.span(), plain)
        return
    broken = re.compile(r"\d+[.．]\d*").match(text, place)
    if broken is not None:
        raise RuleError(_("Numbers are whole here, without a decimal point."), text, broken.span())


class _Reader:
    """Goes through the words of one condition from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(_tokens(text))
        self.place = 0
        self.depth = 0

    @property
    def here(self) -> _Token:
        return self.tokens[self.place]

    def condition(self) -> Parsed:
        with self._deeper():
            parts = [self._all()]
            while self._take("or"):
                parts.append(self._all())
            return parts[0] if len(parts) == 1 else Some(tuple(parts))

    @contextmanager
    def _deeper(self) -> Iterator[None]:
        """Go one level down, and no deeper than anybody can read."""
        self.depth += 1
        if self.depth > _DEEPEST:
            raise self._trouble(_("The brackets are nested too deeply. Split the rule in two."))
        yield
        self.depth -= 1

    def expect_end(self) -> None:
        if self.here.kind != "end":
            raise self._trouble(_("The condition could end here. Join parts with and, or."))

    def _all(self) -> Parsed:
        parts = [self._one()]
        while self._take("and"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _one(self) -> Parsed:
        if self._take("not"):
            with self._deeper():
                return Negation(self._one())
        if self._take("("):
            found = self.condition()
            self._need(")", _("A closing bracket is missing here."))
            return found
        return self._comparison()

    def _comparison(self) -> Parsed:
        left = self._operand()
        start = left.at[0]
        token = self.here
        if token.kind == "sign" and token.value in ("=", "==", "!=", "<>", "<", "<=", ">", ">="):
            self.place += 1
            self._refuse_turned_sign(token)
            right = self._operand()
            self._refuse_chain()
            op = {"==": "=", "<>": "!="}.get(token.value, token.value)
            return Comparison(left, op, right, (start, right.at[1]))
        if self._take("is"):
            return self._is_known(left)
        negated = self._take("not")
        found: Parsed
        if self._take("in"):
            items, end = self._list()
            found = Membership(left, items, (start, end))
        elif self._take("between"):
            low = self._operand()
            self._need("and", _("“between” wants two ends: between 1 and 3."))
            high = self._operand()
            found = Between(left, low, high, (start, high.at[1]))
        elif negated:
            raise self._trouble(_("After “not” comes “in” or “between” here."))
        else:
            return Comparison(left, "", None, left.at)
        return Negation(found) if negated else found

    def _refuse_turned_sign(self, token: _Token) -> None:
        """Refuse => and =<, which are written the other way round."""
        following = self.here
        if token.value == "=" and following.value in ("<", ">") and following.kind == "sign":
            meant = f"{following.value}="
            typed = self.text[token.at[0] : following.at[1]]
            message = _(
                "“{sign}” is not used here. Write {meant} instead.", sign=typed, meant=meant
            )
            raise RuleError(message, self.text, (token.at[0], following.at[1]), meant)

    def _refuse_chain(self) -> None:
        """Refuse 80 <= age <= 90."""
        if self.here.kind == "sign" and self.here.value[0] in "=<>!":
            raise self._trouble(
                _("Two things are compared at a time. For a span write: age between 80 and 90.")
            )

    def _is_known(self, left: Operand) -> Parsed:
        negated = self._take("not")
        token = self.here
        if token.value not in ("known", "unknown"):
            raise self._trouble(_("After “is” comes known, unknown, not known or not unknown."))
        self.place += 1
        call = Call(token.value, (left,), (left.at[0], token.at[1]))
        found = Comparison(call, "", None, call.at)
        return Negation(found) if negated else found

    def _operand(self) -> Operand:
        token = self.here
        self.place += 1
        if token.kind == "text":
            quote = token.value[0]
            return Literal(token.value[1:-1].replace(quote * 2, quote), token.at)
        if token.kind == "day":
            return Literal(self._day(token), token.at)
        if token.kind == "number":
            return self._number(token)
        if token.kind == "word" and token.value.lower() not in _KEYWORDS:
            if token.value.lower() in ("true", "false"):
                return Literal(token.value.lower() == "true", token.at)
            if self.here.value == "(":
                args, end = self._list()
                return Call(token.value, args, (token.at[0], end))
            return Name(token.value, token.at)
        self.place -= 1
        raise self._trouble(_("A fact, a 'text', a number or a day is missing here."))

    def _day(self, token: _Token) -> date:
        try:
            return date.fromisoformat(token.value)
        except ValueError:
            raise RuleError(
                _("{day} is no day of the calendar. Write days as 2025-03-01.", day=token.value),
                self.text,
                token.at,
            ) from None

    def _number(self, token: _Token) -> Literal:
        if len(token.value) > 9:
            raise RuleError(
                _("The number is too large. Use at most nine digits."), self.text, token.at
            )
        number, unit = int(token.value), self.here.value.lower().removesuffix("s")
        if self.here.kind == "word" and unit in UNITS:
            end = self.here.at[1]
            self.place += 1
            return Literal((number, unit), (token.at[0], end))
        self._refuse_odd_unit()
        return Literal(number, token.at)

    def _refuse_odd_unit(self) -> None:
        """Refuse a word behind a number that is nearly a unit, offering the unit."""
        word = self.here.value.lower()
        if self.here.kind != "word" or word in _KEYWORDS:
            return
        meant = _SPOKEN_UNITS.get(word) or next(
            iter(get_close_matches(word, [f"{unit}s" for unit in UNITS], n=1, cutoff=0.7)), None
        )
        if meant:
            message = _(
                "“{unit}” is no unit of time. Accepted: days, weeks, months, years. Did you mean "
                "{meant}?",
                unit=self.here.value,
                meant=meant,
            )
            raise RuleError(message, self.text, self.here.at, meant)

    def _list(self) -> tuple[tuple[Operand, ...], int]:
        self._need("(", _("A list in brackets is wanted here: ('a', 'b')."))
        items: list[Operand] = []
        while self.here.value != ")":
            items.append(self._entry())
            if not self._take(","):
                break
        end = self.here.at[1]
        self._need(")", _("A closing bracket is missing here."))
        return tuple(items), end

    def _entry(self) -> Operand:
        """Read what stands between brackets and commas: an operand, or a whole condition."""
        start = self.here.at[0]
        parsed = self.condition()
        if isinstance(parsed, Comparison) and parsed.op == "" and parsed.left.at[0] == start:
            return parsed.left
        return Condition(parsed, (start, self.tokens[self.place - 1].at[1]))

    def _take(self, word: str) -> bool:
        token = self.here
        if token.kind in ("word", "sign") and token.value.lower() == word:
            self.place += 1
            return True
        return False

    def _need(self, word: str, message: str) -> None:
        if not self._take(word):
            raise self._trouble(message)

    def _trouble(self, message: str) -> RuleError:
        start, end = self.here.at
        return RuleError(message, self.text, (start, max(end, start + 1)))

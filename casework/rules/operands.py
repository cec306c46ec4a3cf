"""Single operands of a comparison: what a text, a number, a name may be in its place.

Decides which values a place takes and how the refusal is put, with the character and the nearest
word; leaves which comparison they belong to to :mod:`casework.rules.resolve`.
"""

from __future__ import annotations

import re
from datetime import date
from difflib import SequenceMatcher

from casework.reference import CodeList
from casework.rules.language import Call, Literal, Name, Operand, RuleError, Span
from casework.rules.vocabulary import Vocabulary
from casework.terms import _, language

__all__ = ["Operands"]

_OLDEST = 150
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_LISTED, _NEAR = 15, 6
"""Up to how many values are listed in full, and how many of a longer list."""


class Operands:
    """Reads single operands of one condition.

    Parameters
    ----------
    text : str
        The whole condition, for the places in refusals.
    vocabulary : Vocabulary
        What may be named.
    """

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        self.text = text
        self.words = vocabulary

    def code(self, item: Operand, codes: CodeList | None, name: str) -> str:
        """Read one value of a code list, by code or label; any text where there is no list."""
        if not isinstance(item, Literal) or not isinstance(item.value, str):
            bare = item.word if isinstance(item, Name) else None
            meant = f"'{bare}'" if bare and codes is not None and codes.read(bare) else None
            hint = _(" Did you mean {name}?", name=meant) if meant else ""
            raise self.error(
                _("A text in quotation marks is wanted here, such as 'alone'.") + hint,
                item.at,
                meant,
            )
        if codes is None:
            return item.value
        found = codes.read(item.value)
        if found is None:
            nearest = self._nearest_value(item.value, codes)
            hint = _(" Did you mean '{name}'?", name=nearest) if nearest else ""
            raise self.error(
                _(
                    "'{value}' is no value of {name}. Accepted: {accepted}.",
                    value=item.value,
                    name=self.words.label(name) if language() == "zh" else name,
                    accepted=_accepted(item.value, codes),
                )
                + hint,
                item.at,
                nearest,
            )
        return found

    def _nearest_value(self, typed: str, codes: CodeList) -> str | None:
        """Offer the value that looks most like a mistyped one, by code or by its Chinese name."""
        by_code = self.words.nearest(typed, tuple(entry.code for entry in codes.entries))
        return by_code or self.words.nearest(
            typed, tuple(entry.label.zh for entry in codes.entries)
        )

    def listed(self, item: Operand, which: str) -> str:
        """Read one value of a list that is no fact's, such as a channel."""
        return self.code(item, self.words.lists[which], which)

    def instrument(self, item: Operand) -> str:
        """Read the name of an instrument."""
        known = tuple(self.words.instruments)
        for code, title in self.words.instruments.items():
            if isinstance(item, Literal) and item.value in (code, title.zh, title.en):
                return code
        typed = str(item.value) if isinstance(item, Literal) else ""
        nearest = self.words.nearest(typed, known)
        raise self.error(
            _(
                "No instrument is called '{name}'. Known: {known}.",
                name=typed,
                known=", ".join(known),
            ),
            item.at,
            nearest,
        )

    def whole(self, item: Operand) -> int:
        """Read a whole number, or one of the agency's settings."""
        if isinstance(item, Literal) and isinstance(item.value, int):
            if not isinstance(item.value, bool):
                return item.value
        elif isinstance(item, Name) and item.word in self.words.parameters:
            return self.words.parameters[item.word]
        elif isinstance(item, Name):
            raise self.unknown_name(item.word, item.at)
        typed = item.value if isinstance(item, Literal) and isinstance(item.value, str) else ""
        meant = typed if typed.isascii() and typed.isdigit() else None
        hint = _(" Did you mean {name}?", name=meant) if meant else ""
        raise self.error(_("A whole number is wanted here.") + hint, item.at, meant)

    def years(self, item: Operand) -> int:
        """Read an age in whole years."""
        if isinstance(item, Literal) and isinstance(item.value, tuple):
            amount, unit = item.value
            years = amount if unit == "year" else -1
        else:
            years = self.whole(item)
        if not 0 <= years <= _OLDEST:
            raise self.error(
                _("An age is wanted here: whole years from 0 to {n}.", n=_OLDEST), item.at
            )
        return years

    def day(self, item: Operand) -> date:
        """Read a day of the calendar."""
        if isinstance(item, Literal) and isinstance(item.value, date):
            return item.value
        typed = item.value if isinstance(item, Literal) and isinstance(item.value, str) else ""
        meant = typed if _DAY.fullmatch(typed) else None
        hint = _(" Did you mean {name}?", name=meant) if meant else ""
        raise self.error(
            _("A day is wanted here, such as 2025-03-01; for a distance use since() or until().")
            + hint,
            item.at,
            meant,
        )

    def duration(self, item: Operand) -> tuple[int, str]:
        """Read a length of time: amount and unit."""
        if isinstance(item, Literal) and isinstance(item.value, tuple):
            amount, unit = item.value
            if amount * (366 if unit == "year" else 31 if unit == "month" else 7) < 10**6:
                return item.value
        plain = item.value if isinstance(item, Literal) and type(item.value) is int else None
        meant = None if plain is None else f"{plain} days"
        hint = _(" Did you mean {name}?", name=meant) if meant else ""
        raise self.error(
            _("A length of time is wanted here: 30 days, 2 weeks, 6 months or 5 years.") + hint,
            item.at,
            meant,
        )

    def elapsed(self, form: str, item: Operand) -> tuple[int, str]:
        """Read a length of time; a plain number is days where days are counted."""
        if form == "days_since" and not (
            isinstance(item, Literal) and isinstance(item.value, tuple)
        ):
            return min(self.whole(item), 10**5), "day"
        return self.duration(item)

    def args(self, call: Call, n: int) -> tuple[Operand, ...]:
        """Give the entries of a call, as many as it takes."""
        if len(call.args) != n:
            raise self.error(
                _("{word}() takes {n} entry in the brackets.", word=call.word, n=n), call.at
            )
        return call.args

    def is_value(self, operand: Operand) -> bool:
        """Tell whether an operand is a value rather than something asked about."""
        if isinstance(operand, Name):
            return operand.word in self.words.parameters
        return isinstance(operand, Literal)

    # --- refusals -----------------------------------------------------------------------------

    def error(self, message: str, at: Span, suggestion: str | None = None) -> RuleError:
        """Refuse, pointing at a place."""
        return RuleError(message, self.text, at, suggestion)

    def unknown_name(self, word: str, at: Span) -> RuleError:
        """Refuse a name that means nothing, offering the nearest."""
        if word in self.words.functions:
            message = _("After {name} come brackets: {name}(…).", name=word)
            return self.error(message, (at[0], at[0] + len(word)), word)
        nearest = self.words.nearest(word)
        message = _("Nothing is called {name}.", name=word)
        if nearest:
            message += _(" Did you mean {name}?", name=nearest)
        return self.error(message, (at[0], at[0] + len(word)), nearest)

    def not_multiple(self, operand: Operand) -> RuleError:
        """Refuse a fact that has one value only."""
        if isinstance(operand, Name) and self.words.subject(operand.word) is None:
            return self.unknown_name(operand.word, operand.at)
        return self.error(_("This fact has one value only. Compare it with = or in."), operand.at)


def _accepted(typed: str, codes: CodeList) -> str:
    """List the values that are accepted, of a long list those most like what was typed."""
    names = {
        entry.code: entry.label.zh if language() == "zh" else entry.code for entry in codes.entries
    }
    if len(names) <= _LISTED:
        return _(", ").join(names.values())
    like = {
        code: max(SequenceMatcher(None, typed, one).ratio() for one in (code, name))
        for code, name in names.items()
    }
    nearest = sorted(names, key=lambda code: -like[code])[:_NEAR]
    return _(
        "{names} and others, {n} in all",
        names=_(", ").join(names[code] for code in nearest),
        n=len(names),
    )

"""What was entered, as a value: text, number, day, choice, several choices, people.

Decides when an entry is refused and with which words; leaves the look to the page. Nothing is
answered in advance, nothing is corrected in silence: an empty field is None, and what cannot be
read stays as typed with the reason beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from casework.errors import InvalidEntry
from casework.terms import _
from casework.ui.typed import DaySpan, day_span_from, decimal_from
from casework.ui.widgets.field import Entry, Pick
from casework.ui.widgets.island import BadMessage, text_in, texts_in
from casework.ui.wording import span_text, weekday_text

__all__ = [
    "ChoiceField",
    "DateField",
    "LongText",
    "ManyField",
    "NumberField",
    "Option",
    "PickField",
    "TextField",
    "read_all",
]

_CHIPS = 7
_NAMED = 4
"""So many of the fields that want a correction are named at the head of the page."""


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to choose.

    Parameters
    ----------
    code, label : str
        What is stored, and the words for it in the language in force.
    help : str
        What the answer means, shown under it.
    """

    code: str
    label: str
    help: str = ""


class Field(Entry):
    """A field with a value."""

    def value_of(self) -> Any:
        """Read the entry; called only when it is not blank."""
        raise NotImplementedError

    @property
    def value(self) -> Any:
        """The entry as a value; None when nothing was entered.

        Raises
        ------
        InvalidEntry
            When something was entered that is not a value, or nothing where it is required.
        """
        if self.is_blank:
            if self.required:
                raise self.refusal(_("Please fill this in."), _("an answer"))
            return None
        return self.value_of()

    def put(self, value: Any) -> None:
        """Enter a value, as read from the workbook; None empties the field."""
        self.entry = self.blank() if value is None else self.entry_for(value)

    def entry_for(self, value: Any) -> str | list[str]:
        """Write a value as it would be entered."""
        return str(value)

    def refusal(self, message: str, expected: str) -> InvalidEntry:
        """Make the refusal of the present entry."""
        return InvalidEntry(message, self.name, self.entry, expected)


class TextField(Field):
    """One line of text.

    Parameters
    ----------
    name, label : str
    longest : int
        Characters accepted.
    suggestions : sequence of str
        Offered while typing; anything else can be typed too.
    check : callable, optional
        ``check(text) -> value``, a parser of the core; its ValueError or `InvalidEntry` is shown.
    **more
        ``hint``, ``required``, ``previous``, ``unit``, ``placeholder``, ``disabled``.
    """

    kind: ClassVar[str] = "text"

    def __init__(
        self,
        name: str,
        label: str,
        *,
        longest: int = 200,
        suggestions: Sequence[str] = (),
        check: Callable[[str], object] | None = None,
        **more: Any,
    ) -> None:
        self.longest = longest
        self.check = check
        super().__init__(name, label, suggestions=list(suggestions), **more)

    @property
    def is_blank(self) -> bool:
        """Whether nothing but spaces was typed."""
        return not str(self.entry).strip()

    def value_of(self) -> Any:
        """Read the text."""
        typed = str(self.entry).strip()
        if len(typed) > self.longest:
            raise self.refusal(
                _(
                    "{n} characters are too many; at most {most} are accepted. Shorten it.",
                    n=len(typed),
                    most=self.longest,
                ),
                _("at most {most} characters", most=self.longest),
            )
        if self.check is None:
            return typed
        try:
            return self.check(typed)
        except InvalidEntry as refusal:
            raise InvalidEntry(refusal.message, self.name, typed, refusal.expected) from refusal
        except ValueError as problem:
            raise self.refusal(str(problem), "") from problem


class LongText(TextField):
    """Several lines of text; ``rows`` is the height it starts with."""

    kind: ClassVar[str] = "long"

    def __init__(self, name: str, label: str, *, longest: int = 10_000, **more: Any) -> None:
        super().__init__(name, label, longest=longest, **more)


class NumberField(Field):
    """A number typed as text, so that nothing is clamped or zero in advance.

    Parameters
    ----------
    name, label : str
    least, most : int or Decimal, optional
        Bounds, both included; shown in the refusal, never enforced in silence.
    whole : bool
        Whether only whole numbers are accepted; the value is then an int, else a Decimal.
    """

    kind: ClassVar[str] = "number"

    def __init__(
        self,
        name: str,
        label: str,
        *,
        least: int | Decimal | None = None,
        most: int | Decimal | None = None,
        whole: bool = True,
        **more: Any,
    ) -> None:
        self.least = least
        self.most = most
        self.whole = whole
        super().__init__(name, label, **more)

    @property
    def is_blank(self) -> bool:
        """Whether nothing was typed."""
        return not str(self.entry).strip()

    def value_of(self) -> int | Decimal:
        """Read the number."""
        typed = str(self.entry).strip()
        expected = self._expected()
        try:
            number = decimal_from(typed)
        except ValueError:
            number = None
        if number is None:
            raise self._refused(typed, _("is not a number"), expected)
        if self.whole and number != number.to_integral_value():
            raise self._refused(typed, _("is not a whole number"), expected)
        if (self.least is not None and number < self.least) or (
            self.most is not None and number > self.most
        ):
            raise self._refused(typed, _("is out of range"), expected)
        return int(number) if self.whole else number

    def _refused(self, typed: str, why: str, expected: str) -> InvalidEntry:
        message = _(
            "“{typed}” {why}. Accepted: {expected}.", typed=typed[:40], why=why, expected=expected
        )
        return self.refusal(message, expected)

    def _expected(self) -> str:
        kind = _("a whole number") if self.whole else _("a number")
        if self.least is not None and self.most is not None:
            return _("{kind} from {least} to {most}", kind=kind, least=self.least, most=self.most)
        if self.least is not None:
            return _("{kind} of at least {least}", kind=kind, least=self.least)
        if self.most is not None:
            return _("{kind} of at most {most}", kind=kind, most=self.most)
        return kind


class DateField(Field):
    """A day, typed in any usual notation or picked.

    Parameters
    ----------
    name, label : str
    on : date
        Today, for "yesterday" and for days without a year.
    partly : bool
        Whether a month or a year alone is enough; the value is then a `DaySpan`, else a date.
    latest, earliest : date, optional
        Bounds, both included.
    """

    kind: ClassVar[str] = "date"

    def __init__(
        self,
        name: str,
        label: str,
        *,
        on: date,
        partly: bool = False,
        earliest: date | None = None,
        latest: date | None = None,
        **more: Any,
    ) -> None:
        self.on = on
        self.partly = partly
        self.earliest = earliest
        self.latest = latest
        more.setdefault("placeholder", _("2025-3-3 or yesterday"))
        super().__init__(name, label, **more)

    @property
    def is_blank(self) -> bool:
        """Whether nothing was typed."""
        return not str(self.entry).strip()

    def value_of(self) -> date | DaySpan:
        """Read the day."""
        typed = str(self.entry).strip()
        expected = (
            _("a day, month or year such as 1942-3-5, 1942年3月 or 1942")
            if self.partly
            else _("a day such as 2025-3-3, 3月3日 or yesterday")
        )
        try:
            span = day_span_from(typed, self.on)
        except ValueError:
            span = None
        if span is None or not (self.partly or span.is_one_day):
            raise self._refused(typed, _("is not a date"), expected)
        if self.earliest is not None and span.latest < self.earliest:
            raise self._refused(
                typed,
                _("is too early"),
                _("{day} or later", day=span_text(self.earliest, self.earliest)),
            )
        if self.latest is not None and span.earliest > self.latest:
            raise self._refused(
                typed,
                _("is too late"),
                _("{day} or earlier", day=span_text(self.latest, self.latest)),
            )
        return span if self.partly else span.earliest

    def entry_for(self, value: date | DaySpan) -> str:
        """Write a day as it would be typed."""
        if isinstance(value, DaySpan):
            return span_text(value.earliest, value.latest)
        return value.isoformat()

    def reading(self, finished: bool) -> str:
        """Say which day is meant, so that a slip of the pen is seen."""
        try:
            span = day_span_from(str(self.entry), self.on)
        except ValueError:
            return ""
        if span is None:
            return ""
        written = span_text(span.earliest, span.latest)
        return f"{written} {weekday_text(span.earliest)}" if span.is_one_day else written

    def _refused(self, typed: str, why: str, expected: str) -> InvalidEntry:
        message = _(
            "“{typed}” {why}. Accepted: {expected}.", typed=typed[:40], why=why, expected=expected
        )
        return self.refusal(message, expected)


class ChoiceField(Field):
    """One of several answers; starts at "not answered".

    Parameters
    ----------
    name, label : str
    options : sequence of Option, or mapping of code to label
    most_chips : int
        With more options than this it becomes a list that drops down.
    keyed : bool
        Whether a digit chooses an answer and goes on; the digits then stand on the answers.
    """

    kind: ClassVar[str] = "choice"

    def __init__(
        self,
        name: str,
        label: str,
        options: Sequence[Option] | Mapping[str, object],
        *,
        most_chips: int = _CHIPS,
        keyed: bool = False,
        **more: Any,
    ) -> None:
        self.options = _options(options)
        super().__init__(
            name,
            label,
            options=_views(self.options),
            most_chips=most_chips,
            keyed=keyed,
            **more,
        )

    def checked(self, message: Mapping[str, Any]) -> str:
        """Take one of the options, or nothing."""
        code = text_in(message, "entry")
        if code != "" and code not in {option.code for option in self.options}:
            raise BadMessage("not an option")
        return code

    def value_of(self) -> str:
        """Give the code that was chosen."""
        return str(self.entry)

    @property
    def chosen_label(self) -> str:
        """The words of the chosen answer; empty when nothing was chosen."""
        return next((option.label for option in self.options if option.code == self.entry), "")


class ManyField(Field):
    """Any number of answers; "none of these" is an answer, nothing ticked is not.

    Parameters
    ----------
    name, label : str
    options : sequence of Option, or mapping of code to label
    none_label : str
        Words for "asked, and none of them"; empty leaves that answer out.
    """

    kind: ClassVar[str] = "many"

    def __init__(
        self,
        name: str,
        label: str,
        options: Sequence[Option] | Mapping[str, object],
        *,
        none_label: str = "",
        **more: Any,
    ) -> None:
        self.options = _options(options)
        self.none_label = none_label
        super().__init__(name, label, options=_views(self.options), none_label=none_label, **more)

    def blank(self) -> list[str]:
        """Give the entry of a question that was not answered."""
        return []

    def checked(self, message: Mapping[str, Any]) -> list[str]:
        """Take options only, and "none of these" only alone."""
        codes = texts_in(message, "entry", most=len(self.options) + 1)
        known = {option.code for option in self.options} | ({""} if self.none_label else set())
        if not set(codes) <= known or ("" in codes and len(codes) > 1):
            raise BadMessage("not among the options")
        return codes

    def value_of(self) -> tuple[str, ...]:
        """Give the codes; empty when "none of these" was ticked."""
        return tuple(code for code in self.entry if code)

    def entry_for(self, value: Sequence[str]) -> list[str]:
        """Write codes as they would be ticked."""
        return list(value) or ([""] if self.none_label else [])


class PickField(Pick):
    """People or other things, found by typing; the value is the tuple of their keys.

    Parameters
    ----------
    name, label : str
    search : callable
        ``search(text) -> sequence of Hit``; `Shell.find_people` for people.
    several : bool
        Whether more than one can be picked.
    """

    @property
    def value(self) -> tuple[str, ...] | None:
        """The keys picked; None when nothing was.

        Raises
        ------
        InvalidEntry
            When nothing was picked where it is required.
        """
        if self.is_blank:
            if self.required:
                raise InvalidEntry(_("Please fill this in."), self.name, self.entry, _("an answer"))
            return None
        return tuple(self.entry)


def read_all(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Read all fields of a form, showing every refusal beside its field.

    Returns
    -------
    dict
        Name to value; None for what was left empty.

    Raises
    ------
    InvalidEntry
        When any was refused, once all are marked. The cursor stands in the first.
    """
    values: dict[str, Any] = {}
    refused: list[str] = []
    for name, field in fields.items():
        try:
            values[name] = field.value
            field.passed()
        except InvalidEntry as refusal:
            field.fail(refusal.message)
            refused.append(name)
    if refused:
        fields[refused[0]].focus()
        names = _("; ").join(fields[name].label for name in refused[:_NAMED])
        raise InvalidEntry(
            _("Not saved yet: {n} entries need a correction: {names}.",
              n=len(refused), names=names),
            "", None, "",
        )  # fmt: skip
    return values


def _options(options: Sequence[Option] | Mapping[str, object]) -> tuple[Option, ...]:
    if isinstance(options, Mapping):
        return tuple(Option(code, str(label)) for code, label in options.items())
    return tuple(options)


def _views(options: Sequence[Option]) -> list[dict[str, str]]:
    return [{"code": o.code, "label": o.label, "help": o.help} for o in options]

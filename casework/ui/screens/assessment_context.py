"""The fields of a form on what a scoring key looks at beside the answers: diagnoses, events, flags.

Decides how each kind of context is asked for and read; nothing entered is "not known", never "no".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from casework.errors import InvalidEntry
from casework.instruments import ContextField, Instrument
from casework.terms import _
from casework.ui import ChoiceField, ManyField, NumberField, Panel, TextField, el, join

__all__ = ["ContextFields", "apart", "context_words"]

_OTHER = "other_codes"


class ContextFields:
    """The fields for the context of an instrument, by name, in the order of its file."""

    def __init__(self, chosen: Instrument) -> None:
        self.asked = tuple(one for one in chosen.context if one.asked)
        self.parts: list[Any] = [part for one in self.asked for part in _parts(one)]
        made = (part for part in self.parts if not isinstance(part, Panel))
        self.fields: dict[str, Any] = {field.name: field for field in made}

    def values(self, *, strict: bool = True) -> dict[str, object]:
        """Give the context that was entered; what was not is not known.

        Parameters
        ----------
        strict : bool
            Whether an entry that cannot be read is refused, or passed over for now.
        """
        found: dict[str, object] = {}
        for field in self.asked:
            try:
                value = self._value(field)
            except InvalidEntry:
                if strict:
                    raise
                continue
            if value is not None:
                found[field.key] = value
        return found

    def put(self, context: Mapping[str, Any]) -> None:
        """Fill the fields in with a context that was kept."""
        for one in self.asked:
            if context.get(one.key) is not None:
                self._put(one, context[one.key])

    def _put(self, field: ContextField, value: Any) -> None:
        if field.kind == "icd10":
            offered = {str(one.value) for one in field.choices}
            self.fields[field.key].put([code for code in value if code in offered])
            rest = [code for code in value if code not in offered]
            self.fields[f"{field.key}:{_OTHER}"].put("、".join(rest) or None)
        elif field.kind == "events":
            for kind, times in value.items():
                if f"{field.key}:{kind}" in self.fields:
                    self.fields[f"{field.key}:{kind}"].put(times)
        elif field.kind == "flag":
            self.fields[field.key].put("yes" if value else "no")
        else:
            self.fields[field.key].put(value)

    def _value(self, field: ContextField) -> object:
        """Read one entry of the context; None is "not known"."""
        if field.kind == "icd10":
            ticked = self.fields[field.key].value
            typed = self.fields[f"{field.key}:{_OTHER}"].value
            if ticked is None and typed is None:
                return None
            codes = [*(ticked or ()), *apart(typed)]
            try:
                return list(field.read(codes))  # type: ignore[arg-type]
            except InvalidEntry as refusal:
                raise InvalidEntry(
                    refusal.message, f"{field.key}:{_OTHER}", typed, refusal.expected
                ) from None
        if field.kind == "events":
            counts = {
                str(one.value): self.fields[f"{field.key}:{one.value}"].value
                for one in field.choices
            }
            return {kind: n for kind, n in counts.items() if n is not None} or None
        value = self.fields[field.key].value
        return {"yes": True, "no": False}.get(str(value)) if field.kind == "flag" else value


def _parts(field: ContextField) -> list[Any]:
    """Make the fields for one entry of the context, with a heading where there are several."""
    label, hint = str(field.label), str(field.help) if field.help else ""
    options = {str(one.value): one.label for one in field.choices}
    if field.kind == "icd10":
        none = _("none of these")
        more = _("ICD-10 codes, such as F32 or I63.9")
        return [
            ManyField(field.key, label, options, none_label=none, hint=hint),
            TextField(f"{field.key}:{_OTHER}", _("Other diagnoses"), hint=more),
        ]
    if field.kind == "events":
        empty = _("0 for none; leave it empty if not known")
        title = join([el("p", label, class_="cw-label"), el("p", empty, class_="cw-hint")])
        fields = [
            NumberField(f"{field.key}:{one.value}", str(one.label), least=0, unit=_("times"))
            for one in field.choices
        ]
        return [Panel(title), *fields]
    if field.kind == "flag":
        yes_no = {"yes": _("yes"), "no": _("no")}
        return [ChoiceField(field.key, label, yes_no, hint=hint, keyed=True)]
    if field.kind == "choice":
        return [ChoiceField(field.key, label, options, hint=hint, required=field.required)]
    return [NumberField(field.key, label, hint=hint, required=field.required)]


def context_words(field: ContextField, value: Any) -> str:
    """Say in words what was entered for one entry of the context; empty where nothing was."""
    if value is None:
        return ""
    named = {str(one.value): str(one.label) for one in field.choices}
    if field.kind == "events":
        return _(", ").join(f"{named.get(kind, kind)} {times}" for kind, times in value.items())
    if field.kind == "icd10":
        return "、".join(named.get(code, code) for code in value) or _("none of these")
    if field.kind == "flag":
        return _("yes") if value else _("no")
    return named.get(str(value), str(value))


def apart(typed: str | None) -> tuple[str, ...]:
    """Take several names or codes apart, however they were listed."""
    spaced = typed or ""
    for mark in "、，；;,\n":
        spaced = spaced.replace(mark, " ")
    return tuple(spaced.split())

"""The numbers that are measured on the person, above the item whose answer they come to.

Decides that what was measured chooses the answer as soon as it is complete, and that the answer
stays free to be chosen without it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from casework.errors import InvalidEntry
from casework.instruments import Instrument
from casework.instruments.reckoning import Reckoned
from casework.terms import _
from casework.ui import ChoiceField, NumberField, Panel, el
from casework.ui.wording import spaced

__all__ = ["Measured"]


class Measured:
    """The fields of what is measured, by the key of the input.

    Parameters
    ----------
    register : callable
        Takes a field into the form.
    """

    def __init__(self, chosen: Instrument, register: Callable[[Any], Any]) -> None:
        self.chosen = chosen
        self.fields: dict[str, NumberField] = {}
        self.told: dict[str, Panel] = {one.item: Panel("") for one in chosen.reckoned}
        for reckoned in chosen.reckoned:
            for one in reckoned.inputs:
                self.fields[one.key] = register(
                    NumberField(
                        one.key, str(one.label), least=one.least, most=one.most, whole=False,
                        unit=str(one.unit),
                    )
                )  # fmt: skip

    def above(self, item: str) -> list[Any]:
        """Give what stands above an item: its inputs and what they come to."""
        found = self.chosen.reckoned_for(item)
        if found is None:
            return []
        return [*(self.fields[one.key] for one in found.inputs), self.told[item]]

    def numbers(self, *, strict: bool = False) -> dict[str, Decimal]:
        """Give the numbers that were entered; one that cannot be read is passed over or refused."""
        found: dict[str, Decimal] = {}
        for key, field in self.fields.items():
            try:
                value = field.value
            except InvalidEntry:
                if strict:
                    raise
                continue
            if value is not None:
                found[key] = Decimal(value)
        return found

    def put(self, kept: Mapping[str, str]) -> None:
        """Fill the fields in with numbers that were kept."""
        for key, number in kept.items():
            if key in self.fields:
                self.fields[key].put(Decimal(number))

    def choose(self, answers: Mapping[str, Any], last: dict[str, str]) -> None:
        """Choose the answers that the numbers come to, where these have changed.

        Parameters
        ----------
        answers : mapping
            The fields of the items.
        last : dict
            What was chosen before by the numbers, by item; brought up to date.
        """
        numbers = self.numbers()
        for one in self.chosen.reckoned:
            item = self.chosen.item(one.item)
            if item is None:
                continue
            value = one.value(numbers)
            self.told[one.item].set("" if value is None else self._said(one, numbers))
            found = one.answer([choice.value for choice in item.choices], numbers)
            entry, before = "" if found is None else str(found), last.get(one.item, "")
            field: ChoiceField | NumberField = answers[one.item]
            if entry == before or self._is_displaced(one.item, answers):
                continue
            # An answer chosen by hand outlasts numbers that are taken away again.
            if entry or field.entry == before:
                field.entry = entry
            last[one.item] = entry

    def _is_displaced(self, item: str, answers: Mapping[str, Any]) -> bool:
        """Whether the item stands in for another one that is answered: never both."""
        found = self.chosen.item(item)
        first = found.stands_in_for if found else None
        return first is not None and answers[first].entry not in ("", "-")

    def _said(self, one: Reckoned, numbers: Mapping[str, Decimal]) -> object:
        value = one.value(numbers)
        words = _("{what} {value}: the answer below follows from it.", what=one.label, value=value)
        return el("p", spaced(words), class_="cw-hint", role="status")

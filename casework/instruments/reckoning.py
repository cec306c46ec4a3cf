"""Answers that follow from what was measured: a body mass index, a circumference.

Decides how numbers come to an answer; leaves what the answer counts to the scoring.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Literal

from casework.instruments.conditions import Answer
from casework.terms import Label

__all__ = ["Input", "Reckoned"]


@dataclass(frozen=True, slots=True)
class Input:
    """A number that is measured on the person, to reckon an answer from.

    Attributes
    ----------
    least, most : Decimal
        What can be, both included; the unit is ``unit``.
    """

    key: str
    label: Label
    unit: Label
    least: Decimal
    most: Decimal


@dataclass(frozen=True, slots=True)
class Reckoned:
    """How an answer follows from what was measured; it fills the form in and never the score.

    Attributes
    ----------
    of : {"body_mass", "number"}
        ``body_mass``: kilograms by the square of metres, of a height in cm and a weight in kg, in
        this order. ``number``: the only input itself.
    bounds : tuple of Decimal
        Where each answer of the item begins, rising; the answers in the order of the item.
    """

    item: str
    label: Label
    of: Literal["body_mass", "number"]
    inputs: tuple[Input, ...]
    bounds: tuple[Decimal, ...]

    def value(self, measured: Mapping[str, Decimal]) -> Decimal | None:
        """Reckon the value, to one decimal downwards; None while something is not measured.

        Downwards, so that 18.96 stays below 19: what a table says of "below 19" is not rounded
        away.
        """
        numbers = [measured.get(one.key) for one in self.inputs]
        if any(one is None for one in numbers):
            return None
        found = [one for one in numbers if one is not None]
        if self.of == "number":
            return found[0]
        metres = found[0] / 100
        return (found[1] / (metres * metres)).quantize(Decimal("0.1"), ROUND_DOWN)

    def answer(self, answers: Sequence[Answer], measured: Mapping[str, Decimal]) -> Answer | None:
        """Give the answer that the measured numbers come to; None while they are not known.

        Parameters
        ----------
        answers : sequence
            Those of the item, in its order.
        """
        value = self.value(measured)
        if value is None:
            return None
        place = sum(bound <= value for bound in self.bounds) - 1
        return answers[place] if place >= 0 else None

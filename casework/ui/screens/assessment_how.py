"""The fields on when, how and by whom somebody was assessed, the same on every form."""

from __future__ import annotations

from datetime import date
from typing import Any

from casework.instruments import Instrument
from casework.instruments.findings import informants
from casework.reference import code_list
from casework.terms import _
from casework.ui import ChoiceField, DateField, TextField

__all__ = ["how_fields", "options_of"]


def how_fields(chosen: Instrument, today: date) -> list[Any]:
    """Make the fields: the day, who assessed, how, and who gave the answers."""
    modes = code_list("assessment_mode").entries
    two = ""
    if chosen.assessors > 1:
        two = _("Two may assess; name both.")
    if chosen.assessors_required:
        two = _("The standard wants two; name both.")
    return [
        DateField("assessed_on", _("Day of the assessment"), on=today, required=True, latest=today),
        TextField("assessors", _("Assessed by"), hint=two, required=True),
        ChoiceField(
            "mode",
            _("How it was assessed"),
            {one.code: one.label for one in modes if one.code in chosen.modes},
            required=True,
            keyed=True,
        ),
        ChoiceField(
            "informant",
            _("Who gave the answers"),
            options_of(informants()),
            most_chips=len(informants().entries),
            keyed=True,
        ),
    ]


def options_of(codes: Any) -> dict[str, object]:
    """Give the entries of a list as options."""
    return {one.code: one.label for one in codes.entries}

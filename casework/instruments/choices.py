"""What an agency decides about instruments: switched on, read by which banding, scored how.

Decides whether these choices name what exists; leaves reading ``agency.toml`` to ``reference``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from casework.errors import CaseworkError
from casework.instruments.definition import Instrument
from casework.instruments.library import instrument
from casework.instruments.scoring import score
from casework.reference import BrokenReference

__all__ = ["check_choices", "version_for"]

Settings = Mapping[str, Mapping[str, Any]]


def version_for(chosen: Instrument, settings: Settings) -> str:
    """Give the scoring version of an instrument with what the agency has set otherwise.

    Examples
    --------
    >>> version_for(instrument("gbt42195-2022"), {"gbt42195-2022": {"steps_worse_at_most": 2}})
    '1+steps_worse_at_most=2'
    """
    own = settings.get(chosen.id, {})
    usual = {one.code: one.value for one in chosen.settings}
    departs = (f"{code}={value}" for code, value in own.items() if usual.get(code) != value)
    return "+".join((chosen.version, *departs))


def check_choices(
    file: str, switched_on: Collection[str], readings: Mapping[str, str], settings: Settings
) -> None:
    """Refuse choices on an instrument, a banding or a setting that there is none of.

    Raises
    ------
    BrokenReference
        With the file, the instrument and what is accepted.
    """
    for code in (*switched_on, *readings, *settings):
        try:
            chosen = instrument(code)
            version = version_for(chosen, settings)
            score(chosen, {}, banding=readings.get(code), version=version)
        except CaseworkError as refusal:
            raise BrokenReference(file, f"instruments, {code}", str(refusal)) from None

"""The shelf of instruments: every file under ``data/reference/instruments``, read once.

Decides which files are instruments and that ids agree with file names; leaves reading TOML to
``reference`` and its meaning to ``reading``.
"""

from __future__ import annotations

from functools import cache

from casework.errors import NotFound
from casework.instruments.definition import Instrument
from casework.instruments.reading import instrument_from
from casework.reference import BrokenReference, data_folder, read_toml
from casework.terms import _

__all__ = ["instrument", "instruments", "offered"]


@cache
def instruments() -> dict[str, Instrument]:
    """Give every instrument by id, in the order of the file names.

    Raises
    ------
    BrokenReference
        If one of the files cannot be used; nothing is scored with the others either.
    """
    folder = data_folder() / "reference" / "instruments"
    found: dict[str, Instrument] = {}
    for path in sorted(folder.glob("*.toml")):
        one = instrument_from(read_toml(path), path)
        if one.id != path.stem:
            raise BrokenReference(path, f"id {one.id}", "must be the name of the file")
        found[one.id] = one
    return found


def instrument(code: str) -> Instrument:
    """Give one instrument.

    Raises
    ------
    NotFound
        If no file defines it; the message lists those that exist.
    """
    found = instruments().get(code)
    if found is None:
        raise NotFound(
            _(
                "There is no instrument {value}. Accepted: {expected}.",
                value=repr(code),
                expected=" ".join(instruments()),
            )
        )
    return found


def offered() -> tuple[Instrument, ...]:
    """Give the instruments that a form may offer; those with a reservation are left out."""
    return tuple(one for one in instruments().values() if one.offered)

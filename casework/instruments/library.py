"""The shelf of instruments: every file under ``data/reference/instruments``, read once.

Decides which files are instruments and that ids agree with file names: ``ID.toml`` is in force,
``ID@VERSION.toml`` an earlier scoring that old results are recomputed with. Leaves reading TOML to
``reference`` and its meaning to ``reading``.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from functools import cache

from casework.errors import NotFound
from casework.instruments.definition import Instrument
from casework.instruments.names import with_nearest
from casework.instruments.reading import instrument_from
from casework.reference import BrokenReference, data_folder, read_toml, text_of
from casework.terms import _

__all__ = ["instrument", "instrument_on", "instruments", "is_on", "offered"]


@cache
def instruments() -> dict[str, Instrument]:
    """Give every instrument in force by id, in the order in which a form offers them.

    Raises
    ------
    BrokenReference
        If one of the files cannot be used; nothing is scored with the others either.
    """
    in_force = (one for (_code, version), one in _shelf().items() if not version)
    return {one.id: one for one in sorted(in_force, key=lambda one: (one.order, one.id))}


def instrument(code: str, version: str | None = None) -> Instrument:
    """Give one instrument.

    Parameters
    ----------
    version : str or None
        Scoring version that a result was kept with; None for the one in force.

    Raises
    ------
    NotFound
        If no file defines it; the message lists those that exist.
    """
    found = instruments().get(code)
    if found is None:
        message = _(
            "There is no instrument {value}. Accepted: {expected}.",
            value=repr(code),
            expected=" ".join(instruments()),
        )
        raise NotFound(with_nearest(message, code, instruments()))
    wanted = (version or found.version).partition("+")[0]
    if wanted == found.version:
        return found
    earlier = _shelf().get((code, wanted))
    if earlier is None:
        raise NotFound(
            _(
                "The scoring version {version} of {instrument} is not on file. Put "
                "{file} into data/reference/instruments.",
                version=wanted,
                instrument=code,
                file=f"{code}@{wanted}.toml",
            )
        )
    return earlier


def instrument_on(code: str, on: date) -> Instrument:
    """Give an instrument in the scoring of a day: a later one, put in place early, waits for its.

    Before the first scoring on file it is that one.

    Raises
    ------
    NotFound
        If no file defines it.
    """
    newest = instrument(code)
    if newest.since <= on:
        return newest
    every = [one for (name, _version), one in _shelf().items() if name == code]
    begun = [one for one in every if one.since <= on]
    if begun:
        return max(begun, key=lambda one: one.since)
    return min(every, key=lambda one: one.since)


def is_on(chosen: Instrument, switched_on: Collection[str]) -> bool:
    """Tell whether an instrument may be filled in: those not verified only once switched on."""
    return not chosen.unverified or chosen.id in switched_on


def offered() -> tuple[Instrument, ...]:
    """Give the instruments that a form may offer; those with a reservation are left out."""
    return tuple(one for one in instruments().values() if one.offered)


@cache
def _shelf() -> dict[tuple[str, str], Instrument]:
    """Read every file; the version is empty for the one in force."""
    folder = data_folder() / "reference" / "instruments"
    found: dict[tuple[str, str], Instrument] = {}
    for path in sorted(folder.glob("*.toml")):
        one = instrument_from(read_toml(path), path, text=text_of(path))
        code, _at, version = path.stem.partition("@")
        if one.id != code or version not in ("", one.version):
            raise BrokenReference(
                path, f"id {one.id}", _("the file must be named ID.toml or ID@VERSION.toml")
            )
        found[code, version] = one
    return found

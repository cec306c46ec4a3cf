"""Files that somebody hands in: kept under a name of our own, spoken of under theirs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from casework.errors import CaseworkError

__all__ = ["spoken_of_as"]


@contextmanager
def spoken_of_as(path: Path, name: str) -> Iterator[None]:
    """Let a refusal name the file as whoever handed it in knows it.

    Parameters
    ----------
    path : Path
        Where it lies: its name is ours, for the given one never becomes a path.
    name : str
        As it was handed in.
    """
    try:
        yield
    except CaseworkError as refusal:
        if path.name in refusal.message:
            refusal.args = (refusal.message.replace(path.name, name[-120:]), *refusal.args[1:])
        raise

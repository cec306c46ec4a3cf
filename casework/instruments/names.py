"""The name that is most like a mistyped one.

Decides what is offered beside the names that are accepted; leaves to the refusals when.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from casework.terms import _

__all__ = ["with_nearest"]


def with_nearest(message: str, typed: object, names: Iterable[str]) -> str:
    """Add the nearest name to a refusal, where one is like what was typed.

    Examples
    --------
    >>> from casework.terms import speaking
    >>> with speaking("en"):
    ...     with_nearest("There is none.", "PHQ9", ["gad-7", "phq-9"])
    'There is none. Nearest: phq-9.'
    """
    known = {name.lower(): name for name in names}
    close = get_close_matches(str(typed).lower(), list(known), n=1, cutoff=0.5)
    return f"{message} {_('Nearest: {name}.', name=known[close[0]])}" if close else message

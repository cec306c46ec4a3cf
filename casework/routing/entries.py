"""What stands in a file of a day, and the words for what should: shared by all its formats.

Decides how an unusable entry is refused; leaves what is asked for to the readers.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any, NoReturn

from casework.errors import InvalidEntry
from casework.terms import _

__all__ = ["a_list", "a_name", "below", "expect_different", "minutes", "read_json", "refuse"]

_SHOWN = 60  # characters of what is refused


def a_list(holder: Any, place: str, key: str) -> list[Any]:
    """Give the list under a key, or refuse what stands there."""
    found = holder.get(key) if isinstance(holder, dict) else None
    if not isinstance(found, list):
        refuse(below(place, key), found, _("a list"))
    return found


def a_name(holder: Any, place: str, key: str) -> str:
    """Give the name under a key; a whole number counts as one."""
    found = holder.get(key) if isinstance(holder, dict) else None
    if not isinstance(found, str | int) or isinstance(found, bool) or found == "":
        refuse(below(place, key), found, _("a name"))
    return str(found)


def minutes(found: Any, place: str, least: float = 0.0) -> float:
    """Give a number of minutes, or refuse what stands there."""
    good = isinstance(found, int | float) and not isinstance(found, bool)
    if not good or not least <= found < 1e9:
        refuse(
            place,
            found,
            _("minutes, a number from 0 on") if least == 0 else _("a number of minutes"),
        )
    return float(found)


def below(place: str, key: str) -> str:
    """Give the place of a key in the file."""
    return key if place == "$" else f"{place}.{key}"


def expect_different(place: str, names: Sequence[str]) -> None:
    """Refuse the first name that stands in a list a second time."""
    seen: set[str] = set()
    for at, name in enumerate(names):
        if name in seen:
            refuse(f"{place}[{at}].id", name, _("every name once"))
        seen.add(name)


def read_json(text: str) -> Any:
    """Read a text as JSON; NaN and Infinity are left to be refused where they stand."""
    try:
        return json.loads(text, parse_constant=lambda _name: math.nan)
    except json.JSONDecodeError as error:
        place = _("Line {line}, character {column}", line=error.lineno, column=error.colno)
        refuse(place, text[error.pos : error.pos + _SHOWN], _("a JSON file"))
    except (ValueError, RecursionError):  # numbers or lists beyond what can be read
        refuse("$", text[:_SHOWN], _("a JSON file"))


def refuse(place: str, found: Any, expected: str) -> NoReturn:
    """Say what stands where, and what is accepted."""
    shown = json.dumps(found, ensure_ascii=False, default=str)
    shown = shown if len(shown) <= _SHOWN else shown[: _SHOWN - 3] + "..."
    raise InvalidEntry(
        _(
            "{place} holds {value}; accepted is: {expected}. Correct the file and start again.",
            place=place,
            value=shown,
            expected=expected,
        ),
        field=place,
        value=found,
        expected=expected,
    )

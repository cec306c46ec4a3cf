"""What stands in a file of a day, and the words for what should: shared by all its formats.

Decides how an unusable entry is refused; leaves what is asked for to the readers.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from typing import Any, NoReturn, TypeVar

from casework.errors import InvalidEntry
from casework.terms import _

__all__ = [
    "a_list", "a_name", "below", "expect_different", "minutes", "read_json", "refuse",
    "usual_durations",
]  # fmt: skip

_SHOWN = 60  # characters of what is refused
_LONGEST_PLACE = 100  # a place can end in a name from the file, of any length
Minutes = TypeVar("Minutes", int, float)


def a_list(holder: Any, place: str, key: str) -> list[Any]:
    """Give the list under a key, or refuse what stands there."""
    found = holder.get(key) if isinstance(holder, dict) else None
    if not isinstance(found, list):
        refuse(below(place, key), found, _("a list"))
    return found


def a_name(holder: Any, place: str, key: str) -> str:
    """Give the name under a key; a whole number counts as one."""
    found = holder.get(key) if isinstance(holder, dict) else None
    good = isinstance(found, str | int) and not isinstance(found, bool) and found != ""
    if not good or _printable(str(found)) != str(found):
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


def usual_durations(holder: Any, read: Callable[[Any, str], Minutes]) -> dict[str, Minutes]:
    """Give the minutes of each kind of service, where the file says them once for all."""
    listed = [] if holder.get("services") is None else a_list(holder, "$", "services")
    return {
        a_name(one, f"services[{at}]", "id"): read(
            one["default_duration"], f"services[{at}].default_duration"
        )
        for at, one in enumerate(listed)
        if isinstance(one, dict) and one.get("default_duration") is not None
    }


def _printable(text: str) -> str:
    r"""Spell out halves of characters: JSON can hold them (\ud800), no file can."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


def refuse(place: str, found: Any, expected: str) -> NoReturn:
    """Say what stands where, and what is accepted."""
    place = _printable(place if len(place) <= _LONGEST_PLACE else f"{place[:_LONGEST_PLACE]}...")
    shown = _short(_printable(json.dumps(found, ensure_ascii=False, default=str)))
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

"""Where in an instrument's file something stands, in words and as a line.

Decides how an entry is named to whoever wrote the file and on which line it begins; leaves what is
wrong with it to ``checks``.
"""

from __future__ import annotations

import re

from casework.terms import _

__all__ = ["entry_in_words", "line_of"]

_TABLES = {
    "item": ("items", "key"),
    "group": ("groups", "id"),
    "measure": ("measures", "id"),
    "banding": ("bandings", "id"),
    "change": ("changes", "id"),
    "alert": ("alerts", "id"),
    "setting": ("settings", "code"),
    "context": ("context", "key"),
    "reckoned": ("reckoned", "item"),
}
"""In which tables of a file the entries stand, and by what they are named there."""
_HEADER = re.compile(r"\[\[?\s*([\w.-]+)\s*\]\]?\s*(#.*)?$")


def entry_in_words(entry: str) -> str:
    """Name an entry in the language in force, as the file names it: "item a, choice yes".

    Examples
    --------
    >>> from casework.terms import speaking
    >>> with speaking("zh"):
    ...     entry_in_words("item a, choice yes"), entry_in_words("total")
    ('题目 a、选项 yes', 'total')
    """
    return _(", ").join(_part_in_words(part) for part in entry.split(", "))


def _part_in_words(part: str) -> str:
    kind, _space, name = part.partition(" ")
    words = {
        "file": _("the whole file"),
        "item": _("item {name}", name=name),
        "group": _("group {name}", name=name),
        "measure": _("measure {name}", name=name),
        "banding": _("banding {name}", name=name),
        "band": _("a band"),
        "change": _("change rule {name}", name=name),
        "alert": _("alert {name}", name=name),
        "setting": _("setting {name}", name=name),
        "context": _("context {name}", name=name),
        "reckoned": _("reckoned {name}", name=name),
        "need": _("need {name}", name=name),
        "branch": _("branch {name}", name=name),
        "choice": _("choice {name}", name=name),
    }
    return words.get(kind, part).strip()


def line_of(text: str, entry: str) -> int | None:
    r"""Tell on which line of a file an entry is named, the last one where it stands twice.

    Returns
    -------
    int or None
        Counted from 1; None where the entry is not named in the file.

    Examples
    --------
    >>> line_of("\n".join(['total = "t"', "[[items]]", 'key = "a"']), "item a, ask_when")
    3
    """
    kind, _space, name = entry.partition(", ")[0].partition(" ")
    if kind not in _TABLES:
        return _line_of_key(text, kind)
    wanted, key = _TABLES[kind]
    named = re.compile(rf"""(.*[{{\s])?{key}\s*=\s*["']{re.escape(name)}["']""")
    found, table = None, ""
    for number, line in enumerate(text.splitlines(), start=1):
        header = _HEADER.match(line.strip())
        if header:
            table = header[1]
        elif named.match(line) and (table == wanted or line.lstrip().startswith("{")):
            found = number
    return found


def _line_of_key(text: str, key: str) -> int | None:
    """Tell on which line a value stands that belongs to no entry."""
    for number, line in enumerate(text.splitlines(), start=1):
        if line.lstrip().startswith("["):
            return None
        if line.partition("=")[0].strip() == key:
            return number
    return None

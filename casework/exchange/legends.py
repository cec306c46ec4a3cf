"""Codes that a heading explains: 居住情况（1独居 2空巢 3与子女同住）, and what a cell of them says.

Decides whether a heading holds such a key and turns a cell of codes into its words; leaves what the
words mean to `words`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from casework.exchange.files import Cell
from casework.identifiers import plain

__all__ = ["in_words", "legend_of"]

_KEY = r"(?:\d{1,2}|[A-Ha-h])"
_ENTRY = re.compile(
    rf"(?<![\w])[(（]?({_KEY})[)）]?\s*[.．、:：=\-—]*\s*([\u3400-\u9fff][\u3400-\u9fff/（）()]{{0,14}}?)"
    rf"(?=\s*[,，;；、/|\s]*(?:[(（]?{_KEY}[)）]?\s*[.．、:：=\-—]*\s*[\u3400-\u9fff]|[)）\]】〕]*\s*$))"
)
_NOTE = re.compile(r"[(（\[【〔](.*)[)）\]】〕]\s*$", re.DOTALL)
_BETWEEN = re.compile(r"[\s,，;；、/+.．|和及]+")


@lru_cache(maxsize=1 << 12)
def _read(heading: str) -> tuple[tuple[str, str], ...]:
    found = _NOTE.search(heading)
    if not found:
        return ()
    # A digit directly after a word begins the next entry: 1男2女.
    spaced = re.sub(r"(?<=[\u3400-\u9fff])(?=\d)", " ", found.group(1))
    entries = [(key.upper(), word) for key, word in _ENTRY.findall(spaced)]
    keys = [key for key, _word in entries]
    if len(keys) < 2 or len(set(keys)) != len(keys):
        return ()
    first = keys[0]
    if first not in ("0", "1", "2", "A"):
        return ()
    return tuple(entries)


def legend_of(heading: str) -> Mapping[str, str]:
    """Give what the codes of a column mean, where its heading explains them; else nothing.

    Examples
    --------
    >>> legend_of("性别（1男2女）")
    {'1': '男', '2': '女'}
    >>> legend_of("身份证号（18位）")
    {}
    """
    return dict(_read(plain(heading)))


def in_words(cell: Cell, legend: Mapping[str, str]) -> Cell:
    """Give the words of a cell of codes; a cell that holds anything else as it is.

    Examples
    --------
    >>> in_words("1、3", {"1": "书法", "2": "门球", "3": "摄影"}), in_words("书法", {"1": "书法"})
    ('书法、摄影', '书法')
    """
    codes = [one.upper() for one in _BETWEEN.split(plain(cell).strip("().（） ")) if one]
    if not codes or any(one not in legend for one in codes):
        return cell
    return "、".join(legend[one] for one in codes)

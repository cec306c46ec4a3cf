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

__all__ = ["in_words", "legend_of", "without_legend"]

_KEY = r"(?:\d{1,2}|[A-Ha-h])"
_ENTRY = re.compile(
    rf"(?<![\w])[(（]?({_KEY})[)）]?\s*[.．、:：=\-—]*\s*([\u3400-\u9fff][\u3400-\u9fff/（）()]{{0,14}}?)"
    rf"(?=\s*[,，;；、/|\s]*(?:[(（]?{_KEY}[)）]?\s*[.．、:：=\-—]*\s*[\u3400-\u9fff]|[)）\]】〕]*\s*$))"
)
_LONGEST = 200
_NOTE = re.compile(r"[(（\[【〔](.*)[)）\]】〕]\s*$", re.DOTALL)
_BETWEEN = re.compile(r"[\s,，;；、/+.．|和及]+")


_RUN = re.compile(r"(?:[(（]?(?:1|A)[)）]?)\s*[.．、:：=\-—]*\s*[\u3400-\u9fff].*$", re.DOTALL)


# Two of them without brackets only where nothing stands between: 类别1离休2退休.
_TWO = re.compile(
    r"1[\u3400-\u9fff]{1,6}2[\u3400-\u9fff]{1,6}$|A[\u3400-\u9fff]{1,6}B[\u3400-\u9fff]{1,6}$"
)


@lru_cache(maxsize=1 << 12)
def _read(heading: str) -> tuple[int, tuple[tuple[str, str], ...]]:
    """Give where the key begins, and its entries; without brackets it takes three to be one."""
    if len(heading) > _LONGEST:
        return len(heading), ()
    for pattern, least in ((_NOTE, 2), (_RUN, 3), (_TWO, 2)):
        found = pattern.search(heading)
        if not found:
            continue
        text = found.group(1) if pattern is _NOTE else found.group()
        # A digit directly after a word begins the next entry: 1男2女.
        spaced = re.sub(r"(?<=[\u3400-\u9fff])(?=\d|[A-H][\u3400-\u9fff])", " ", text)
        entries = tuple((key.upper(), word) for key, word in _ENTRY.findall(spaced))
        keys = [key for key, _word in entries]
        if len(keys) >= least and len(set(keys)) == len(keys) and keys[0] in ("0", "1", "2", "A"):
            return found.start(), entries
    return len(heading), ()


def without_legend(heading: str) -> str:
    """Give a heading without the key to its codes.

    Examples
    --------
    >>> without_legend("居住状况 1独居 2空巢 3与子女同住")
    '居住状况'
    """
    text = plain(heading)
    return text[: _read(text)[0]].strip()


def legend_of(heading: str) -> Mapping[str, str]:
    """Give what the codes of a column mean, where its heading explains them; else nothing.

    Examples
    --------
    >>> legend_of("性别（1男2女）")
    {'1': '男', '2': '女'}
    >>> legend_of("身份证号（18位）")
    {}
    """
    return dict(_read(plain(heading))[1])


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

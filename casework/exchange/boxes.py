"""Answers that are marked, not written: □独居 ☑空巢, and 02-退休 with its number before the word.

Decides what such a cell says: the words that are ticked, the word without its number. Leaves what
the words mean to `words`. A cell in which nothing is ticked says nothing.
"""

from __future__ import annotations

import re
from functools import lru_cache

from casework.exchange.files import Cell

__all__ = ["answer"]

_ON, _OFF = "☑☒■√✓✔✅◉●▣🗹", "□☐○◯▢◻"
_ANY = re.compile(rf"[{_ON}{_OFF}]")
_BEFORE = re.compile(rf"([{_ON}{_OFF}])\s*([{_ON}])?\s*([^{_ON}{_OFF}]*)")
_AFTER = re.compile(rf"([^{_ON}{_OFF}]*?)\s*[(（\[]?\s*([{_ON}{_OFF}])\s*([{_ON}])?\s*[)）\]]?")
_BRACKETS = re.compile(r"([\u3400-\u9fff/、]{1,12})\s*[(（\[]\s*([^(（\[)）\]]{0,2}?)\s*[)）\]]")
_ENDS = re.compile(r"^[\s、,，;；/|()（）\[\]]+|[\s、,，;；/|(（\[]+$")
_CODED = re.compile(
    r"[(（\[]?[0-9A-Z]{1,3}(?:[)）\]]\s*|\s*[-—–_.．、:：|=]\s*)(?=[\u3400-\u9fff])"
)
_CODE_LAST = re.compile(r"(?<=[\u3400-\u9fff])\s*(?:[-—–_|:：]\s*\d{1,3}|[(（\[]\d{1,3}[)）\]])")
_LONGEST = 300


def answer(cell: Cell) -> Cell:
    """Give what a cell of marked or numbered answers says; any other cell as it is.

    Examples
    --------
    >>> answer("□独居 ☑空巢 □与子女同住"), answer("男□ 女√"), answer("02-退休")
    ('空巢', '女', '退休')
    >>> answer("□是 □否"), answer("独居（√）空巢（ ）"), answer("√"), answer("1932-05-03")
    ('', '独居', '√', '1932-05-03')
    """
    if type(cell) is not str or len(cell) > _LONGEST:
        return cell
    return _read(cell)


@lru_cache(maxsize=1 << 14)
def _read(text: str) -> str:
    if _ANY.search(text):
        found = _ticked(text)
        return text if found is None else "、".join(_uncoded(one) for one in found)
    return _uncoded(text.strip()) if len(text) <= 40 else text


def _uncoded(text: str) -> str:
    """Take the number of a code off the one word that it stands beside."""
    for pattern in (_CODED, _CODE_LAST):
        found = list(pattern.finditer(text))
        if len(found) == 1 and (
            found[0].start() == 0 if pattern is _CODED else found[0].end() == len(text)
        ):
            return text[: found[0].start()] + text[found[0].end() :]
    return text


def _ticked_among(text: str) -> list[str] | None:
    """Give the ticked words among plain ones: 独居√ 空巢; None where every one has a mark."""
    words = [one for one in re.split(r"[\s、,，;；/|]+", text) if one]
    marked = [one for one in words if _ANY.search(one)]
    bare = [word for one in marked if (word := _ANY.sub("", one))]
    if not bare or len(bare) < len(marked):
        return None
    # ●书法 ●门球: marks before every line, and nothing that is not ticked
    return bare if len(marked) < len(words) or len(words) == 1 else None


def _ticked(text: str) -> list[str] | None:
    """Give the ticked words of a row of boxes; None where it is none."""
    bracketed = _BRACKETS.findall(text)
    if len(bracketed) > 1:
        pairs = [(mark, word) for word, mark in bracketed]
    elif _ANY.match(text.strip()):
        pairs = [(first + more, word) for first, more, word in _BEFORE.findall(text)]
    else:
        pairs = [(mark + more, word) for word, mark, more in _AFTER.findall(text)]
    pairs = [(mark, _ENDS.sub("", word)) for mark, word in pairs]
    pairs = [(mark, word) for mark, word in pairs if word]
    has_box = any(set(mark) & set(_OFF) for mark, _word in pairs)
    if not has_box and len(bracketed) < 2:
        return _ticked_among(text)
    return [word for mark, word in pairs if set(mark) & set(_ON)]

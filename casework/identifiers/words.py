"""Cells as plain text: width, spaces, invisible characters, and the words for "nothing"."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

__all__ = ["is_blank", "plain", "read_sex", "visible"]

_UNSEEN = {"Cf", "Cc", "Co", "Cs"}
_NOTHING = frozenset(
    {
        "",
        "-",
        "--",
        "—",
        "——",
        "/",
        "\\",
        "?",
        "??",
        "…",
        "……",
        "无",
        "没有",
        "暂无",
        "不详",
        "未知",
    }
    | {"(空)", "(跳过)", "待补充"}
    | {"待补", "待查", "待定", "未填", "空", "null", "none", "nan", "n/a", "#n/a"}
)
_MALE = frozenset(("男", "男性", "m", "male", "1", "男士", "♂", "01"))
_FEMALE = frozenset(("女", "女性", "f", "female", "2", "女士", "♀", "02"))


def visible(text: str) -> str:
    """Take out what no reader sees: control, zero-width and direction characters.

    Line breaks and tabs stay, because they separate the values of one cell.
    """
    if text.isprintable():
        return text
    return "".join(one for one in text if one in "\n\t" or unicodedata.category(one) not in _UNSEEN)


def plain(value: object) -> str:
    """Give a cell as one line of half-width text with single spaces; None is empty."""
    if type(value) is str:
        return _one_line(value)
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return _one_line(str(value))


@lru_cache(maxsize=1 << 16)
def _one_line(text: str) -> str:
    text = visible(text)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return " ".join(text.split())


def is_blank(value: object) -> bool:
    """Tell whether a cell says nothing: empty, a dash, or a word such as 无 or 不详."""
    return plain(value).replace(" ", "").casefold() in _NOTHING


def read_sex(value: object) -> str | None:
    """Give the code of GB/T 2261.1, ``"1"`` male or ``"2"`` female; None for anything else.

    Examples
    --------
    >>> read_sex("女 "), read_sex("Ｍ"), read_sex("不详")
    ('2', '1', None)
    """
    word = plain(value).replace(" ", "").casefold()
    if word in _MALE:
        return "1"
    return "2" if word in _FEMALE else None

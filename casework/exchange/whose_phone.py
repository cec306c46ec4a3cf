"""Whose number it is: 138…（女儿） in the column of telephones is not the person's own.

Decides which numbers of a cell are said to be of somebody around the person; leaves reading the
numbers to `casework.identifiers` and the entries of those people to `cells`.
"""

from __future__ import annotations

import re

__all__ = ["of_others"]

_KIN = (
    r"配偶|老伴|爱人|妻子|丈夫|儿子|女儿|[长次大二三四小]子|[长次大二三四小]女|大儿|小儿|子女|儿女|儿媳|女婿"
    r"|孙子|孙女|外孙|侄|外甥|兄弟|姐|妹|哥|弟|保姆|护工|邻居|家属|亲属|亲戚|其子|其女|其妻|其夫|朋友|监护人"
)
_ENTRY = re.compile(
    r"(?P<before>(?:[(（\[【][^(（\[【)）\]】\d]*[)）\]】])?[^\d;；,，、/\n(（\[【)）\]】]*)"
    r"(?P<number>\(?\d[\d\-–—() （）]{5,}\d)"
    r"(?P<after>\s*[(（\[【][^(（\[【)）\]】]*[)）\]】]|\s*[\u3400-\u9fff]{1,6}(?=\s*(?:$|[;；,，、/\n])))?"
)
_IN_BRACKETS = re.compile(r"([\u3400-\u9fff]{1,6})\s*[(（\[【]\s*(\d[\d\-–— ]{5,}\d)\s*[)）\]】]")
_TWO = re.compile(r"(?<=\d{7})[ \u3000]+(?=1[3-9]\d{9}(?!\d))")
_SOMEBODY = re.compile(rf"{_KIN}|^[\s(（\[【]*(?:子|女|儿|妻|夫|婿|媳|孙)[\s)）\]】:：]*$")
_OWN = re.compile(r"本人|自己")


def of_others(text: str) -> tuple[str, list[str]]:
    """Take the numbers of other people out of a cell.

    Returns
    -------
    tuple of str and list of str
        The cell without them, and what was taken out, each with the words beside it.

    Examples
    --------
    >>> of_others("13912345678；13812345678（女儿李芳）")
    ('13912345678；', ['13812345678（女儿李芳）'])
    >>> of_others("儿子（13812345678）"), of_others("6234567 13812345678子")
    (('', ['儿子13812345678']), ('6234567；', ['13812345678子']))
    >>> of_others("宅电：0731-28812345 手机13912345678")
    ('宅电：0731-28812345 手机13912345678', [])
    """
    found: list[str] = []

    def take(match: re.Match[str]) -> str:
        beside = (match["after"] or "", match["before"])
        said = next((one for one in beside if one.strip()), "")
        if _OWN.search(said) or not _SOMEBODY.search(said):
            return match.group()
        found.append(match.group().strip())
        return ""

    apart = _TWO.sub("；", _IN_BRACKETS.sub(r"\1\2", text))
    return _ENTRY.sub(take, apart), found

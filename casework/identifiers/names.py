"""Persons' names: read from a cell, spelt in pinyin for searching and sorting."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from casework.identifiers.words import visible

__all__ = ["NameReading", "NameSpelling", "read_name", "spell_name"]

_HAN = r"\u2e80-\u2fdf\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_BETWEEN_HAN = re.compile(rf"(?<=[{_HAN}·])\s+(?=[{_HAN}·])")
_ALL_HAN = re.compile(rf"[{_HAN}·]+")
_DOTS = re.compile(rf"(?<=[{_HAN}])\s*[·•‧∙⋅・･．.]\s*(?=[{_HAN}])")
_REMARK = re.compile(r"[(（\[【]([^(（\[【)）\]】]*)[)）\]】]")
_MARKS = re.compile(
    r"^(?:[\s*★☆▲△●○◆※#、,，.①-⑳]+|[(（]?\d{1,4}[)）]?\s*[.、．)）\s]\s*)+|[\s*★☆▲△●◆※#、,，;；:：①-⑳]+$"
)
_ADDRESS = re.compile(rf"(?<=[{_HAN}]{{2}})(?:同志|先生|女士)$")
_QUOTED = re.compile(r"^'(?=[=+\-@\t\r])")


@dataclass(frozen=True, slots=True)
class NameReading:
    """A name as it should be written, and the remark that stood beside it in the cell."""

    name: str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class NameSpelling:
    """Pinyin without tones, a space between syllables, and its initials."""

    pinyin: str
    initials: str


def read_name(value: object) -> NameReading:
    """Read a name: spacing, stray marks and remarks in parentheses taken out, letters kept.

    Examples
    --------
    >>> read_name("张\u3000永").name, read_name(" 王 小 明（已故） ")
    ('张永', NameReading(name='王小明', remark='已故'))
    """
    if value is None or isinstance(value, (int, float)):
        return NameReading("" if value is None else str(value))
    text = _QUOTED.sub("", visible(str(value)).strip())
    bare = _DOTS.sub("·", _BETWEEN_HAN.sub("", _MARKS.sub("", _REMARK.sub("", text))))
    bare = _ADDRESS.sub("", bare)
    if not _ALL_HAN.fullmatch(bare):  # Latin letters, or something that is no name: as typed
        return NameReading(re.sub(r"\s+", " ", text))
    remarks = [one.strip() for one in _REMARK.findall(text) if one.strip()]
    return NameReading(bare, "；".join(remarks))


def spell_name(name: str, surnames: Mapping[str, str]) -> NameSpelling:
    """Spell a name in pinyin.

    Parameters
    ----------
    surnames : mapping of str to str
        Surnames, compound ones too, whose sound as a surname differs from the usual one, with
        their syllables.

    Examples
    --------
    >>> spell_name("单国华", {"单": "shan"})
    NameSpelling(pinyin='shan guo hua', initials='sgh')
    """
    from pypinyin import Style, lazy_pinyin  # 275 ms: only where a name is spelt

    head, rest = _surname(name, surnames)
    syllables = surnames[head].split() if head else []
    if rest:
        syllables += lazy_pinyin(rest, style=Style.NORMAL, errors=_letters)  # type: ignore[arg-type]
    parts = [one.casefold() for one in syllables if one.strip()]
    return NameSpelling(" ".join(parts), "".join(one[0] for one in parts))


def _surname(name: str, surnames: Mapping[str, str]) -> tuple[str, str]:
    for length in (2, 1):
        if name[:length] in surnames:
            return name[:length], name[length:]
    return "", name


def _letters(text: str) -> list[str]:
    return re.findall(r"[A-Za-z0-9]+", text)

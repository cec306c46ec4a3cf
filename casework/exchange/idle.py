"""Rows of a table that hold nobody: blank, repeated heading, numbering, total, signature, section.

Decides from the cells of one row alone; leaves what a section says of the people below it to
`sheet`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from casework.exchange.files import Cell
from casework.exchange.headings import Lexicon, heading_key
from casework.exchange.whose import names_a_group
from casework.identifiers import plain

__all__ = ["is_numbering", "why_idle"]

_COUNTING = re.compile(
    r"[(（]?(\d{1,3}|[甲乙丙丁戊己庚辛壬癸一二三四五六七八九十]{1,3}|[①-⑳])[)）]?"
)
_SUM = re.compile(
    r"^(以上|本表|本页|全局|全市|全区|全县)?(合|总|小|共|累)计|(合|总|小|共|累)计$|^共\d+[人名位]"
    r"|^[一二三四五六七八九十]+、|^[*※]"
)
_BRACKETED = re.compile(r"[(（\[【][^(（\[【)）\]】]*[)）\]】]")
_LONG_NUMBER = re.compile(r"\d{6}")
_WORDS = re.compile(r"[^\W\d_]{2}")
_LONGEST_SECTION = 30
_PART = re.compile(
    r"(?:支部|总支|小组|片区)(?:[(（].*[)）])?$|^第[一二三四五六七八九十\d]{1,3}[支部组片分]|[(（]共?\d+[人名户][)）]$"
)
_NO_GIVEN_NAME = re.compile(
    r"(?:局|厅|厂|校|院|所|站|矿|店|处|镇|乡|公司|集团|中心|政协|人大|工会|妇联|[团党市县区]委)$"
)


def is_numbering(cells: Sequence[Cell]) -> bool:
    """Tell whether a row only numbers the columns: 1 2 3, (1) (2), 甲 乙 1 2."""
    texts = (text for cell in cells[:40] if (text := plain(cell)))
    count = 0
    for text in texts:
        if not _COUNTING.fullmatch(text):
            return False
        count += 1
    return count >= 3


def why_idle(
    cells: Sequence[Cell],
    name_at: int,
    quiet: Collection[int],
    heading: Collection[str],
    lexicon: Lexicon,
) -> str | None:
    """Tell why a row holds nobody; None where it may hold somebody.

    Parameters
    ----------
    name_at : int
        Column of the names.
    quiet : collection of int
        Columns that tell nothing of anybody: numbers of rows, and what nobody could place.
    heading : collection of str
        The lowest headings of the table, by which a repeated one is known.
    """
    filled = {i: text for i, cell in enumerate(cells) if (text := plain(cell))}
    texts = list(filled.values())
    if filled.keys() <= set(quiet) and not any(_WORDS.search(one) for one in texts):
        return "blank"
    if is_numbering(cells):
        return "numbering"
    if any(heading_key(one) in heading for one in texts[:3]) and sum(
        heading_key(one) in heading for one in texts
    ) >= max(2, 0.6 * len(texts)):
        return "heading"
    if lexicon.is_word(filled.get(name_at, "")) and sum(map(lexicon.is_word, texts)) >= max(
        2, 0.5 * len(texts)
    ):
        return "heading"
    if _is_sample(plain(cells[0]), texts[0], filled.get(name_at, ""), lexicon):
        return "sample"
    if _instructs(texts, lexicon):
        return "numbering"
    return _note(filled, texts, filled.get(name_at, ""), lexicon)


def _is_sample(corner: str, first: str, name: str, lexicon: Lexicon) -> bool:
    """Tell whether a row shows how to fill the others in: 例, 张三（示例）, 示例：张三."""
    pieces = (
        re.split(r"[:：()（）\[\]【】]", name) if any(one in name for one in ":：(（[【") else ()
    )
    return any(one.strip() in lexicon.sample_words for one in (corner, first, *pieces))


def _instructs(texts: Sequence[str], lexicon: Lexicon) -> bool:
    """Tell whether most cells of a row say how a column is filled in: 必填, 格式：yyyy-mm-dd."""
    if len(texts) >= 3 and sum(map(bool, map(_BRACKETED.fullmatch, texts))) >= 0.6 * len(texts):
        return True  # （全称） （男/女） （18位）
    if len(texts) < 3 or not any(
        word in one for one in texts[:3] for word in lexicon.instruction_words
    ):
        return False
    said = sum(any(word in one for word in lexicon.instruction_words) for one in texts)
    return said >= 0.5 * len(texts)


def _note(filled: dict[int, str], texts: list[str], name: str, lexicon: Lexicon) -> str | None:
    """Tell a total, a signature or the name of a section from somebody."""
    first = texts[0]
    alone = len(filled) == 1
    if alone and ("离休" in first or "退休" in first) and len(first) <= _LONGEST_SECTION:
        return "section"
    is_unit = not name or len(name) > 3 or _NO_GIVEN_NAME.search(name)  # 矿务局 is nobody's name
    if alone and names_a_group(first) and is_unit:
        return "section"
    if alone and _PART.search(first) and len(first) <= _LONGEST_SECTION:
        return "section"
    if _closes(re.split(r"[:：(（]", first, maxsplit=1)[0], first, lexicon):
        return "footer" if len(filled) < 8 or not name else None
    if name and _closes(name, name, lexicon):
        return "footer"
    if alone and (not name or len(name) > 5):
        return "section" if len(first) <= _LONGEST_SECTION else "footer"
    if not name and len(filled) <= 3 and not any(_LONG_NUMBER.search(one) for one in texts):
        return "footer"  # nothing in it tells of a person
    labels = (re.split("[:：]", one)[0] for one in texts if ":" in one)
    if not name and any(heading_key(one) in lexicon.footer_words for one in labels):
        return "footer"
    return None


def _closes(word: str, text: str, lexicon: Lexicon) -> bool:
    """Tell whether a text is a word that closes a list, or a sum."""
    return heading_key(word) in lexicon.footer_words or bool(_SUM.search(text.replace(" ", "")))

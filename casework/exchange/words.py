"""What the words in cells mean: codes, ticks, "none", lists of several things in one cell.

Decides the code of a word where there is no doubt; a word that is not known stays as it was typed.
The words are code_lists.toml and roster_words.toml of data/reference.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from casework.exchange.headings import heading_key
from casework.exchange.whose import unit_of
from casework.identifiers import is_blank, plain
from casework.reference import BrokenReference, code_lists, data_folder, read_toml
from casework.terms import _

__all__ = ["Words", "words_of_cells"]

_SEPARATORS = re.compile(r"[、､,，;；。/／\\|｜┋┊─\n\r+＋&＆]+(?![^(（]*[)）])")
_BETWEEN_KNOWN = re.compile(r"[\s.．·•和与及兼\-–—]+|并(?=发)")
_HAN_WORD = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff()（）]{2,}")
_NUMBERING = re.compile(r"^\s*(?:[(（]?\d{1,2}[)）.、．]|[①-⑳])\s*")
_NEXT_NUMBER = re.compile(
    r"\s+(?=(?:\d{1,2}[.、．)）]|[①-⑳]))|(?<=[\u3400-\u9fff])(?=\d{1,2}[.、．)）]\D|[①-⑳]|[(（]\d{1,2}[)）])"
)
_BARE_NUMBERS = re.compile(r"(?:(?<!\d)\d(?![型级期度\d])[\u3400-\u9fff]+){2,}")
_LONGEST_LIST = 200
_PIECES = re.compile(r"[，,；;。、/\s]+")
_GRADE = re.compile(r"[\u3400-\u9fff]{1,5}级")
_REMARK = re.compile(r"[(（\[【][^(（\[【)）\]】]*[)）\]】]")


@dataclass(frozen=True, slots=True)
class _Pattern:
    code: str
    matches: re.Pattern[str]
    unless: re.Pattern[str] | None

    def fits(self, text: str) -> bool:
        return bool(self.matches.search(text)) and not (self.unless and self.unless.search(text))


class Words:
    """The words of cells, ready for asking."""

    def __init__(self, raw: Mapping[str, Any], cells: Mapping[str, Any]) -> None:
        self._exact: dict[str, dict[str, str]] = {}
        for one in code_lists().values():
            names = self._exact[one.code] = {}
            for entry in one.entries:
                for name in (*entry.synonyms, entry.code, entry.label.en, entry.label.zh):
                    names[heading_key(name)] = entry.code
        self._patterns: dict[str, list[_Pattern]] = {}
        for entry in raw["pattern"]:
            unless = re.compile(entry["unless"]) if entry.get("unless") else None
            self._patterns.setdefault(entry["list"], []).append(
                _Pattern(entry["code"], re.compile(entry["matches"]), unless)
            )
        self._same = {
            one["fact"]: {heading_key(k): v for k, v in one["words"].items()} for one in raw["same"]
        }
        self._usual = {
            one["fact"]: frozenset(heading_key(word) for word in one["words"])
            for one in raw["usual"]
        }
        self._agreed = {
            (one["list"], frozenset(one["codes"])): one["means"] for one in raw["agreed"]
        }
        self.yes = frozenset(plain(one).casefold() for one in cells["yes"])
        self.no = frozenset(plain(one).casefold() for one in cells["no"])
        self.ticks = frozenset(plain(one).casefold() for one in cells["ticks"])
        before = "|".join(sorted(cells["positions_before"], key=len, reverse=True))
        held = "|".join(sorted(cells["positions"], key=len, reverse=True))
        # 市水利局办公室主任 was of 市水利局; 县委办公室 is a unit of its own.
        self._position = re.compile(
            rf"(?<!委)(?<!政府)(?<!人大)(?<!政协)(?:{before})*(?:{held})(?:[、,，兼].*)?$"
            rf"|(?:{before.replace('办公室|', '')})*(?:{held})(?:[、,，兼].*)?$"
        )
        self._ditto = frozenset(plain(one) for one in cells["ditto"])
        self._item_before = re.compile(rf"^(?:{'|'.join(cells['item_before'])})")
        self._none_like = re.compile(cells["none_like"])
        self._none = frozenset(heading_key(one) for one in cells["none"])
        self._codes: dict[tuple[str, str], str | None] = {}
        self._items: dict[tuple[str, str], tuple[str, ...]] = {}

    def code(self, list_code: str, cell: object) -> str | None:
        """Give the code of a cell in a list; None where no word, or more than one code, fits."""
        text = plain(cell)
        asked = (list_code, text)
        if asked not in self._codes:
            if len(self._codes) > 20_000:
                self._codes.clear()
            self._codes[asked] = self._find(list_code, text)
        return self._codes[asked]

    def exact(self, list_code: str, word: str) -> str | None:
        """Give the code of a word that is one of a list as it stands, such as 离休干部."""
        return self._exact[list_code].get(heading_key(word))

    def _find(self, list_code: str, text: str) -> str | None:
        key = heading_key(text)
        if not key or len(key) > 40:
            return None
        whole = self._fitting(list_code, key)
        if not whole:  # 独居（子女在外地）: the remark may speak against the word, or say nothing
            remarks = [heading_key(one) for one in _REMARK.findall(text)]
            parts = (heading_key(_REMARK.sub("", text)), *remarks)
            whole = frozenset[str]().union(*(self._fitting(list_code, one) for one in parts))
        if not whole:  # 较差，需人照顾: one of several things said has a code
            pieces = [heading_key(one) for one in _PIECES.split(text)]
            found = _GRADE.match(key) if list_code == "rank" and key.count("级") == 1 else None
            pieces += [found.group()] if found else []  # 副处级调研员
            whole = frozenset[str]().union(*(self._fitting(list_code, one) for one in pieces))
        agreed = self._agreed.get((list_code, whole))
        return next(iter(whole)) if len(whole) == 1 else agreed

    def _fitting(self, list_code: str, key: str) -> frozenset[str]:
        """Give the codes that fit a word: the one it stands for, else those of the patterns."""
        exact = self._exact[list_code].get(key)
        if exact is not None or not key:
            return frozenset([exact] if exact else [])
        return frozenset(one.code for one in self._patterns.get(list_code, ()) if one.fits(key))

    def unit_and_position(self, cell: object) -> tuple[str, str]:
        """Take 市水利局副局长 apart; what is not of a unit and a position is all of a unit."""
        text = plain(cell)
        unit, _, position = text.partition(" ")
        if position:
            return unit, position
        found = self._position.search(text) if len(text) <= _LONGEST_LIST else None
        while found is not None and unit_of(text[: found.start()]) is None:
            found = self._position.search(text, found.start() + 1)  # 市/纪委副书记, 市纪委/副书记
        return (text[: found.start()], found.group()) if found else (text, "")

    def yes_or_no(self, cell: object) -> bool | None:
        """Read a tick, 是 or 否; None for anything else."""
        text = plain(cell).casefold()
        if text in self.yes:
            return True
        return False if text in self.no else None

    def is_ditto(self, cell: object) -> bool:
        """Tell whether a cell only points at the one above it: 同上, 〃."""
        return isinstance(cell, str) and len(cell) < 6 and plain(cell) in self._ditto

    def is_none(self, cell: object) -> bool:
        """Tell whether a cell says that there is none, such as 无 (an empty cell says nothing)."""
        key = heading_key(cell)
        return key in self._none or bool(self._none_like.fullmatch(key))

    def is_usual(self, fact: str, cell: object) -> bool:
        """Tell whether a cell lists something that such a column usually holds."""
        usual = self._usual.get(fact, frozenset())
        if len(str(cell)) > _LONGEST_LIST:
            return False
        return any(heading_key(one) in usual for one in self.items(fact, cell))

    def items(self, fact: str, cell: object) -> tuple[str, ...]:
        """Give the things that a cell lists, each once; ``("",)`` where it says there is none."""
        text = str(cell).strip()
        if not text:
            return ()
        if len(text) > 120:
            return self._split(fact, text)
        asked = (fact, text)
        if asked not in self._items:
            if len(self._items) > 20_000:
                self._items.clear()
            self._items[asked] = self._split(fact, text)
        return self._items[asked]

    def _split(self, fact: str, text: str) -> tuple[str, ...]:
        text = _NEXT_NUMBER.sub("\n", text)
        if self.is_none(text):
            return ("",)
        if text[0] == "1" and _BARE_NUMBERS.fullmatch(text):  # 1高血压2糖尿病
            text = re.sub(r"\d(?![型级期度])", "\n", text)
        pieces = [one.strip() for one in _SEPARATORS.split(text)]
        if len(pieces) == 1 and len(words := text.split()) > 1:
            pieces = words if all(_HAN_WORD.fullmatch(one) for one in words) else pieces
        pieces = [one for piece in pieces for one in self._known_apart(fact, piece)]
        same = self._same.get(fact, {})
        found = (
            self._bare(fact, plain(_NUMBERING.sub("", one)).rstrip("。.?？")) for one in pieces
        )
        kept = (same.get(heading_key(one), one) for one in found if one)
        return tuple(
            dict.fromkeys(one for one in kept if not self.is_none(one) and not is_blank(one))
        )

    def _known_apart(self, fact: str, piece: str) -> list[str]:
        """Take 高血压 糖尿病2型 apart, and leave 高血压 3级: each begins with a usual word."""
        words = [one for one in _BETWEEN_KNOWN.split(piece) if one]
        usual = tuple(self._usual.get(fact, ()))
        apart = len(words) > 1 and all(heading_key(one).startswith(usual) for one in words)
        return words if apart else [piece]

    def _bare(self, fact: str, piece: str) -> str:
        """Take 患 off 患高血压 and 等 off 糖尿病等, where a usual word is left."""
        usual = self._usual.get(fact, ())
        bare = self._item_before.sub("", piece.removesuffix("等"))
        return bare if heading_key(bare) in usual else piece


@cache
def words_of_cells() -> Words:
    """Load the words of cells."""
    folder = data_folder() / "reference"
    path = folder / "roster_words.toml"
    told, cells = read_toml(path), read_toml(folder / "headers.toml")["cells"]
    for one in told["pattern"]:
        for key in ("matches", "unless"):
            try:
                re.compile(one.get(key, ""))
            except re.error as error:
                place = (error.pos or 0) + 1
                reason = _("{name} is no pattern; look at its character {n}.", name=key, n=place)
                raise BrokenReference(path, f"[[pattern]] {one['code']}", reason) from None
    return Words(told, cells)

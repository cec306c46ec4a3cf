"""What a heading means: the words of many agencies for the same column, and how sure one can be.

Decides the candidates for one heading from its words and the group above it; leaves the choice
between columns, and what the cells say, to `columns`. The words are data/reference/headers.toml.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any

from casework.exchange.legends import without_legend
from casework.identifiers import plain
from casework.reference import BrokenReference, data_folder, label_from, read_toml
from casework.terms import Label, _

__all__ = ["Column", "Lexicon", "Meaning", "heading_key", "lexicon"]

WORDS, ROLE, TOPIC, STEM, WEAK, FUZZY = 95, 94, 96, 80, 70, 66
_PHONES = frozenset(("phone", "mobile", "landline"))
# 走访人电话, 楼长手机: of somebody, and it is not said that this is the person served.
_SOMEBODY = re.compile(
    r"(?<!本)(?<!老)人$|(?<!人)员$|者$|长$|师$|医生$|导$|书记$|主任$|儿$|女$|子$|孙$|邻居$|亲$|友$"
    r"|(?<=.)(?<![老休])干部$|(?<=.)领导$|警$|社工$|邻里$|媳$|婿$|(?:驻点|工作|管理|服务|联络|走访|包联|帮扶|值班|护理)人员$"
    r"|单位$|物业$|社区$|机构$|医院$|支部$|公司$"
)
_WHAT = re.compile(r"电话|手机|号码|联系方式|身份证|姓名")
_LONGEST_HEADING, _LONGEST_LEGEND = 40, 200
_MARKS = re.compile(r"[\s:：.,，、。;；!！?？*★※·_\-–—~/\\|“”\"'‘’<>《》#]+")
# No bracket within: a cell of ten thousand opening brackets is read once, not ten thousand times.
_REMARK = re.compile(r"[(（\[【〔][^(（\[【〔)）\]】〕]*[)）\]】〕]")
_NUMBERED = re.compile(r"^\s*(?:[(（]?\d{1,2}[)）]?\s*[、.．:：]|Q\d{1,2}[_.:：、]?)\s*(?=\D)")
# Name 姓名, 身份证号 ID No.: the same in two languages.
_IN_LATIN = re.compile(
    r"^\s*[A-Za-z][A-Za-z .,'/&-]*[\s/](?=[\u3400-\u9fff])"
    r"|(?<=[\u3400-\u9fff])[\s/]+[A-Za-z][A-Za-z .,'&-]*$"
)
_BRACKETS = re.compile(r"[()（）\[\]【】〔〕]")
# 性別, 電話: characters of headings as Hong Kong and Taiwan write them.
_SIMPLIFIED = str.maketrans(
    "別號電話單類態況歲齡證離職級養護醫療險備註聯絡係黨員愛興藥狀體貫務補貼區幹編現時間給領導長師屬籌統機構處門標準費貧困難殘壽條顯僅歷學術專業績獎懲檔參",
    "别号电话单类态况岁龄证离职级养护医疗险备注联络系党员爱兴药状体贯务补贴区干编现时间给领导长师属筹统机构处门标准费贫困难残寿条显仅历学术专业绩奖惩档参",
)
_COUNT = re.compile(r"^[\d一二三四五六七八九十]{1,2}(?=\D|$)|[\d一二三四五六七八九十]{1,2}$")
_PIECES = re.compile(r"[/、,，或和及与\n]+")


@dataclass(frozen=True, slots=True)
class Column:
    """A canonical column: what it is called and how its cells are read."""

    code: str
    label: Label
    read: str
    words: tuple[str, ...]
    weak: tuple[str, ...] = ()
    stems: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Meaning:
    """One thing a heading may mean.

    Attributes
    ----------
    column : str
        A column's code, or ``contact:ROLE:PART``, ``team:ROLE:PART``, ``tick:COLUMN:CODE``.
    score : int
        0 to 100; 90 and more is the exact word.
    how : str
        ``saved``, ``words``, ``topic``, ``group``, ``stem``, ``weak``, ``fuzzy`` or ``cells``.
    """

    column: str
    score: int
    how: str


def heading_key(text: object) -> str:
    """Give a heading without spaces, punctuation and brackets, for comparing."""
    return _key(plain(text))


@lru_cache(maxsize=1 << 14)
def _key(text: str) -> str:
    return _BRACKETS.sub("", _MARKS.sub("", text)).casefold().translate(_SIMPLIFIED)


@lru_cache(maxsize=1 << 14)
def _bare(text: str) -> str:
    """Give the key of a heading without its remarks and without the key to its codes."""
    bare = _NUMBERED.sub("", _REMARK.sub("", without_legend(text)))
    return heading_key(_IN_LATIN.sub("", bare))


class Lexicon:
    """The table of headings, ready for asking."""

    def __init__(self, raw: Mapping[str, Any], columns: Sequence[Column]) -> None:
        self.columns = {one.code: one for one in columns}
        self._exact = {
            heading_key(word): (one.code, score)
            for score, kind in ((WEAK, "weak"), (WORDS, "words"))
            for one in columns
            for word in getattr(one, kind)
        }
        self._core = {one.code: heading_key(one.words[0]) for one in columns}
        self._weak = {heading_key(w): one.code for one in columns for w in one.weak}
        self._stems = sorted(
            ((heading_key(s), one) for one in columns for s in one.stems),
            key=lambda pair: -len(pair[0]),
        )
        self.relationships = {one["code"]: one["relationship"] for one in raw["role"]}
        self._people = sorted(
            [
                (heading_key(w), f"contact:{one['code']}")
                for one in raw["role"]
                for w in one["words"]
            ]
            + [
                (heading_key(w), f"team:{one['code']}") for one in raw["team"] for w in one["words"]
            ],
            key=lambda pair: -len(pair[0]),
        )
        labels = {
            f"{kind}:{one['code']}": Label(**one["label"])
            for kind, entries in (("contact", raw["role"]), ("team", raw["team"]))
            for one in entries
        }
        self._part_labels = {one["code"]: Label(**one["label"]) for one in raw["part_label"]}
        self.around = {
            f"{who}:{part}": label
            for who, label in labels.items()
            for part in ("entry", "name", "relation", "phone")
            if part != "relation" or who.startswith("contact")
        }
        self._parts = {
            heading_key(word): part for part, words in raw["part"].items() for word in words
        }
        self._topics = {
            heading_key(word): {heading_key(k): v for k, v in one["means"].items()}
            for one in raw["topic"]
            for word in one["words"]
        }
        self._before, self._after = (
            sorted(map(heading_key, raw["dressing"][where]), key=len, reverse=True)
            for where in ("before", "after")
        )
        self.title_words = tuple(raw["rows"]["titles"])
        self.footer_words = frozenset(heading_key(w) for w in raw["rows"]["footers"])
        self.sample_words = frozenset(raw["rows"]["samples"])
        self.instruction_words = tuple(raw["rows"]["instructions"])
        self._known: dict[str, int] = {}

    def is_group(self, text: str) -> bool:
        """Tell whether a text is a heading that stands over others."""
        key = heading_key(text)
        return key in self._topics or self._role_of(key) is not None

    def is_column(self, code: str) -> bool:
        """Tell whether a column may be given this meaning by hand."""
        return code in self.columns or code in self.around

    def label_of(self, code: str) -> str:
        """Give the words for what a column was read as; empty for an unknown code.

        Examples
        --------
        >>> from casework.terms import speaking
        >>> with speaking("zh"): lexicon().label_of("contact:child:phone")
        '子女：电话'
        """
        if code in self.columns:
            return str(self.columns[code].label)
        head, _dot, rest = code.partition(":")
        if head == "tick":
            column = rest.partition(":")[0]
            return str(self.columns[column].label) if column in self.columns else ""
        who, _dot, part = rest.partition(":")
        person, what = self.around.get(f"{head}:{who}:entry"), self._part_labels.get(part)
        if person is None or what is None:
            return ""
        return str(person) if part == "entry" else f"{person}：{what}"

    def is_about_others(self, text: str) -> bool:
        """Tell whether a text names somebody around the person, such as 配偶情况."""
        return self._role_of(_bare(text)) is not None

    def is_topic(self, text: str) -> bool:
        """Tell whether a text names a topic under which short headings stand, such as 健康."""
        return _bare(text) in self._topics

    def speaks_against(self, text: str, column: str) -> bool:
        """Tell whether a heading, such as 包联单位, cannot be of a column, whatever it holds."""
        base = _bare(text)
        if column in (*_PHONES, "resident_id", "name") and self._is_of_somebody(base):
            return True
        return any(heading_key(word) in base for word in self.columns[column].unless)

    def _is_of_somebody(self, base: str) -> bool:
        """Tell whether a heading names whose it is, and that is not the person: 邻居电话."""
        whose = _WHAT.split(base, maxsplit=1)[0]
        return self._has_stranger(base) or bool(_SOMEBODY.search(whose))

    def weight(self, text: str) -> int:
        """Tell how much a text looks like a heading: 2 exactly, 1 somewhat, 0 not."""
        found = self._known.get(text)
        if found is None:
            found = self._known[text] = self._weigh(text)
            if len(self._known) > 50_000:
                self._known.clear()
        return found

    def _weigh(self, text: str) -> int:
        if (
            len(_REMARK.sub("", without_legend(text))) > _LONGEST_HEADING
            or len(text) > _LONGEST_LEGEND
        ):
            return 0
        key, base = heading_key(text), _bare(text)
        if any(one in self._exact and self._exact[one][1] == WORDS for one in (key, base)):
            return 2
        if self._person_part(base) or key in self._topics:
            return 2 if len(key) > 1 else 1
        if self._undressed(base):
            return 2
        if base in self._weak or base in self._parts or self._by_stem(base):
            return 1
        return int(any(base in means for means in self._topics.values()))

    def is_word(self, text: str) -> bool:
        """Tell whether a text is, as it stands, a word for a column."""
        return self._exact.get(heading_key(text), ("", 0))[1] == WORDS

    def code_of(self, text: str) -> str:
        """Give the column that a text is a word for, in whatever clothes; empty where it is none.

        A word that only may mean a column, such as 身份, is none.
        """
        key, base = heading_key(text), _bare(text)
        for one in (key, base):
            code, score = self._exact.get(one, ("", 0))
            if score == WORDS:
                return code
        return self._undressed(base) or ""

    def is_list(self, text: str) -> bool:
        """Tell whether the cells under a heading list several things, as 主要疾病 does."""
        column = self.columns.get(self.code_of(text))
        return column is not None and column.read == "list"

    def names_column(self, text: str, column: str) -> bool:
        """Tell whether a text is exactly a word for a column, or one in other clothes."""
        keys = heading_key(text), _bare(text)
        if any(self._exact.get(key, ("", 0)) == (column, WORDS) for key in keys):
            return True
        return keys[1].endswith(self._core[column]) and self._undressed(keys[1]) == column

    def may_name_column(self, text: str, column: str) -> bool:
        """Tell whether a text is a word that only may mean a column, such as 老同志 a name."""
        return self._weak.get(heading_key(text)) == column

    def meanings(
        self, leaf: str, groups: Sequence[str] = (), siblings: Collection[str] = ()
    ) -> list[Meaning]:
        """Give what a heading may mean, the surest first.

        Parameters
        ----------
        leaf : str
            The lowest heading of the column.
        groups : sequence of str
            The headings above it, the nearest last.
        siblings : collection of str
            The other lowest headings under the same group.
        """
        key, base = heading_key(leaf), _bare(leaf)
        if not key or len(leaf) > _LONGEST_LEGEND:
            return []
        around = self._people_around(base or key, groups, siblings)
        if any(one.how == "group" for one in around):
            return around  # 姓名 under 配偶 is never the person's own, whatever its cells look like
        found = [
            *around,
            *self._under_topic(base, groups),
            *self._by_words(leaf, key, base, groups),
            *self._by_pieces(leaf),
        ]
        if not any(one.score >= STEM for one in found):
            found += self._nearly(base)
        best: dict[str, Meaning] = {}
        for one in sorted(found, key=lambda one: -one.score):
            best.setdefault(one.column, one)
        return list(best.values())

    # -------------------------------------------------------- people around the person

    def _role_of(self, key: str) -> tuple[str, str] | None:
        """Give a role and what remains of the heading."""
        for word, role in self._people:
            if key.startswith(word):
                return role, _COUNT.sub("", key[len(word) :])
        return None

    def _person_part(self, key: str) -> str | None:
        """Give ``role:part`` where the heading names somebody else or something of theirs."""
        found = self._role_of(_COUNT.sub("", key)) or self._role_of(key)
        if found is None:
            return None
        part = self._parts.get(found[1])
        return f"{found[0]}:{part}" if part else None

    def _people_around(
        self, base: str, groups: Sequence[str], siblings: Collection[str]
    ) -> list[Meaning]:
        own = self._person_part(base)
        if own:
            return [Meaning(own, ROLE, "words")]
        part = self._parts.get(_COUNT.sub("", base))
        if part is None:
            return []
        for group in reversed(groups):
            above = self._role_of(_bare(group))
            if above and self._parts.get(above[1]) == "entry":
                return [Meaning(f"{above[0]}:{part}", TOPIC + 1, "group")]
            beside = {self._parts.get(heading_key(one)) for one in siblings} | {part}
            is_family = "家" in group or "亲" in group
            if (
                is_family
                and part in ("name", "relation", "phone")
                and beside & {"name", "relation"}
            ):
                return [Meaning(f"contact:family:{part}", TOPIC + 1, "topic")]
        if part == "relation":
            return [Meaning("contact:emergency:relation", ROLE, "words")]
        return []

    # -------------------------------------------------------- words for a column

    def _under_topic(self, base: str, groups: Sequence[str]) -> list[Meaning]:
        for group in reversed(groups):
            topic = self._topics.get(_bare(group), {})
            if base in topic:
                return [Meaning(topic[base], TOPIC, "topic")]
        return []

    def _by_words(self, leaf: str, key: str, base: str, groups: Sequence[str]) -> list[Meaning]:
        found = []
        for one in dict.fromkeys((key, base, *(heading_key(g) + base for g in groups))):
            if one in self._exact:
                code, score = self._exact[one]
                found.append(Meaning(code, score, "words" if score == WORDS else "weak"))
            if one in self._weak:
                found.append(Meaning(self._weak[one], WEAK, "weak"))
        found = self._refined(leaf, found)
        if not found:
            by_stem = self._by_stem(base) or self._by_stem(key)
            by_group = (self._by_stem(heading_key(one) + base) for one in reversed(groups[-1:]))
            meant = by_stem or self._undressed(base) or next(by_group, None)
            if meant:
                found.append(Meaning(meant, STEM, "stem"))
        return found

    def _undressed(self, base: str) -> str | None:
        """Take what says nothing off a heading: 人员类别名称 asks for 类别."""
        if self._has_stranger(base):
            return None
        seen, left = {base}, [base]
        while left:
            bare = left.pop(0)
            code, score = self._exact.get(bare, ("", 0))
            if bare != base and score == WORDS:
                if any(heading_key(word) in base for word in self.columns[code].unless):
                    return None  # 旧手机 is no mobile of today
                return code
            fewer = [bare.removeprefix(w) for w in self._before if bare.startswith(w)]
            fewer += [bare.removesuffix(w) for w in self._after if bare.endswith(w)]
            left += [one for one in fewer if len(one) > 1 and one not in seen]
            seen.update(fewer)
        return None

    def _refined(self, leaf: str, found: list[Meaning]) -> list[Meaning]:
        """Let the remark of 联系方式（手机） or 居住地（社区） say what else it may be."""
        own = self._exact.get(_bare(leaf), ("", 0))[0]
        remark = heading_key("".join(_REMARK.findall(leaf)))
        kind, score = self._exact.get(remark, ("", 0))
        if own == "phone" and kind in ("mobile", "landline"):
            return [Meaning(kind, WORDS, "words"), *found]
        if own and score == WORDS and kind != own and own != "name":
            # The word still goes first, unless another column has a better claim to it.
            found = [replace(one, score=STEM - 1) if one.column == own else one for one in found]
            return [*found, Meaning(kind, STEM - 2, "words")]
        return found

    def _by_stem(self, base: str) -> str | None:
        if not base or len(base) > 16 or self._has_stranger(base):
            return None
        stems = [pair for pair in self._stems if pair[0] in base]
        if {"mobile", "landline"} <= {column.code for _stem, column in stems}:
            return "phone"
        for stem, column in stems:
            if column.code in _PHONES and _SOMEBODY.search(base.partition(stem)[0]):
                continue
            if not any(heading_key(word) in base for word in column.unless):
                return column.code
        return None

    def _has_stranger(self, base: str) -> bool:
        """Tell whether the heading speaks of somebody else, whose phone is not the person's."""
        return any(word in base for word, _ in self._people if len(word) > 1)

    def _by_pieces(self, leaf: str) -> list[Meaning]:
        """Read "手机/固话": every part is a word for a phone, so it is the phone column."""
        pieces = [heading_key(one) for one in _PIECES.split(leaf) if heading_key(one)]
        codes = [self._exact.get(one, ("", 0))[0] for one in pieces]
        if len(codes) > 1 and set(codes) <= {"phone", "mobile", "landline"}:
            return [Meaning("phone", WORDS - 1, "words")]
        return []

    def _nearly(self, base: str) -> list[Meaning]:
        """Find words that differ in a character or two; never across somebody else's role."""
        from rapidfuzz import fuzz, process

        if len(base) < 3 or len(base) > 12 or self._is_of_somebody(base):
            return []
        hits = process.extract(
            base, self._exact.keys(), scorer=fuzz.ratio, score_cutoff=74, limit=4
        )
        return [
            Meaning(self._exact[word][0], round(FUZZY * ratio / 100), "fuzzy")
            for word, ratio, _ in hits
            if not any(
                heading_key(one) in base for one in self.columns[self._exact[word][0]].unless
            )
        ]


@cache
def lexicon() -> Lexicon:
    """Load the table of headings.

    Raises
    ------
    BrokenReference
        If the file is missing or an entry lacks something.
    """
    path = data_folder() / "reference" / "headers.toml"
    raw = read_toml(path)
    columns = []
    for one in raw["column"]:
        name = f"column {one.get('code')}"
        if not one.get("words") or not one.get("read"):
            raise BrokenReference(path, name, _("needs words and read."))
        columns.append(
            Column(
                code=one["code"],
                label=label_from(path, name, one.get("label")),
                read=one["read"],
                words=tuple(one["words"]),
                weak=tuple(one.get("weak", ())),
                stems=tuple(one.get("stems", ())),
                unless=tuple(one.get("unless", ())),
            )
        )
    return Lexicon(raw, columns)

"""The columns of the rule table: how each entry of a rule stands in a cell and is read from it.

Decides that cells hold the words of the agency (labels, 前 15 天) rather than codes; leaves the
sheets to :mod:`casework.exchange.rule_table`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from difflib import get_close_matches
from typing import Any

from casework.errors import InvalidEntry
from casework.occasions import Festival, Offset
from casework.rules.language import RuleError
from casework.rules.resolve import parse
from casework.rules.spoken import Speech
from casework.rules.vocabulary import Vocabulary
from casework.terms import _

__all__ = [
    "AFTER_WORDS",
    "COLUMNS",
    "REPLACED",
    "Column",
    "Words",
    "codes_by_title",
    "offset_from",
    "offset_words",
    "put_timing",
    "take_replaced",
    "take_timing",
]

_LISTS = {"service": "service", "domain": "need_domain", "actor": "actor", "channel": "channel"}
_JOIN = re.compile(r"[、,，;；\n]+")
_OFFSET = re.compile(
    r"(?:节|生日)?(提前|之前|之后|前|后)\s*(\d+)\s*(天|日|个工作日|工作日|周|个月)"
)
_DAY = re.compile(r"(\d{4})(?:年|[-/.])(\d{1,2})(?:月|[-/.])(\d{1,2})日?")
_UNITS = {
    "天": "day", "日": "day", "个工作日": "workday", "工作日": "workday", "周": "week",
    "个月": "month",
}  # fmt: skip
_SHORT = {"day": "天", "workday": "个工作日", "week": "周", "month": "个月"}
_KINDS = {
    "quota": "定期", "festival": "节日", "birthday": "生日", "event": "事件之后",
    "silence": "久无音讯",
}  # fmt: skip
_PERS = {
    "week": "每周", "month": "每月", "quarter": "每季度", "half_year": "每半年", "year": "每年",
    "once": "一次",
}  # fmt: skip
_AWAY = {"phone": "改为电话", "excuse": "免除", "keep": "照常"}
_HOSPITAL = {"visit": "可到医院", "excuse": "免除", "keep": "照常"}
_PARTS = {"lead": "牵头", "support": "配合"}
_RECKONING = {"full": "周岁", "nominal": "虚岁"}
_PLACES = {"home": "家中", "hospital": "医院"}
"""Places that every agency has; others stand as they were written."""
_YES = "是"


@dataclass(frozen=True)
class Words:
    """What the cells of a table may say.

    Parameters
    ----------
    speech : Speech
        Writes conditions with Chinese names and reads them.
    documents : mapping of str to str
        Title of a document to its short name.
    conditions : mapping of str to str
        Conditions in Chinese to their texts in the rules file, so that what nobody changed in a
        table comes back to the letter.
    events : mapping of str to str
        Chinese name of a date that a rule may wait for to its text in a rules file.
    settings : mapping of str to str
        Chinese name of a setting of the agency to its short name.
    rules : mapping of str to str
        Title of a rule to its code, for those that others replace.
    """

    vocabulary: Vocabulary
    festivals: Mapping[str, Festival]
    speech: Speech
    documents: Mapping[str, str] = field(default_factory=dict)
    conditions: Mapping[str, str] = field(default_factory=dict)
    events: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    rules: Mapping[str, str] = field(default_factory=dict)

    def with_conditions(self, texts: Iterable[str]) -> Words:
        """Give the same with the conditions of these texts."""
        return replace(self, conditions={self.speech.write(one): one for one in texts})

    def condition(self, typed: str) -> str:
        """Read a condition as it was typed: in Chinese, or in the language of the rules file.

        Raises
        ------
        RuleError
            With the place in what was typed.
        """
        if typed in self.conditions:
            return self.conditions[typed]
        try:
            parse(typed, self.vocabulary)
        except RuleError:
            return self.speech.read(typed)
        return typed

    def with_documents(self, documents: Mapping[str, str]) -> Words:
        """Give the same with other documents."""
        return replace(self, documents=documents)

    def label(self, which: str, code: str) -> str:
        """Give the label of a service, actor, channel or domain in the language in force."""
        return self.vocabulary.lists[_LISTS[which]].label_of(code)

    def word(self, which: str, code: str) -> str:
        """Give the Chinese label, as it stands in a cell."""
        entry = self.vocabulary.lists[_LISTS[which]].entry(code)
        return entry.label.zh if entry else code

    def code(self, which: str, text: Any) -> str:
        """Read a label or code.

        Raises
        ------
        InvalidEntry
            When it is none of those known.
        """
        codes = self.vocabulary.lists[_LISTS[which]]
        found = codes.read(str(text))
        if found is None:
            raise _unknown(text, [one.label.zh for one in codes.entries])
        return found


def _unknown(text: Any, accepted: list[str]) -> InvalidEntry:
    message = _(
        "“{text}” is not accepted here. Accepted: {accepted}.",
        text=text,
        accepted="、".join(accepted),
    )
    return InvalidEntry(message, "cell", text)


def _chosen(text: Any, words: Mapping[str, str]) -> str:
    """Read one of a few Chinese words, or its code."""
    for code, word in words.items():
        if str(text).strip() in (code, word):
            return code
    raise _unknown(text, list(words.values()))


def _parts(text: Any) -> list[str]:
    return [one.strip() for one in _JOIN.split(str(text)) if one.strip()]


def _whole(text: Any) -> int:
    if isinstance(text, int) and not isinstance(text, bool):
        return text
    if str(text).strip().isdigit():
        return int(str(text).strip())
    raise InvalidEntry(
        _("“{text}” is not a whole number. Write it in figures.", text=text), "cell", text
    )


def _day(value: Any) -> date:
    if isinstance(value, date):
        return value
    said = _DAY.fullmatch(str(value).strip())
    try:
        if said is None:
            raise ValueError(value)
        return date(*(int(one) for one in said.groups()))
    except ValueError:
        raise InvalidEntry(
            _("“{text}” is not a day. Write it as 2026-11-22.", text=value), "cell", value
        ) from None


def offset_words(text: str | None) -> str | None:
    """Write ``15 days before`` as 前 15 天."""
    if text is None:
        return None
    offset = Offset.parse(text)
    if offset.amount == 0:
        return "当天"
    side = "前" if offset.amount < 0 else "后"
    return f"{side} {abs(offset.amount)} {_SHORT[offset.unit]}"


def offset_from(text: Any) -> str:
    """Read 前 15 天, or ``15 days before``, as a rules file writes it.

    Raises
    ------
    InvalidEntry
        When it is no distance.
    """
    told = str(text).strip()
    if told == "当天":
        return "on the day"
    match = _OFFSET.fullmatch(told)
    if match is None:
        try:
            return Offset.parse(told).written
        except InvalidEntry:
            raise InvalidEntry(
                _("“{text}” is not a distance. Write 当天, 前 15 天, 后 3 个工作日 or 后 1 个月.",
                  text=text),
                "cell",
                text,
            ) from None  # fmt: skip
    sign = -1 if match[1].endswith("前") else 1
    return Offset(sign * int(match[2]), _UNITS[match[3]]).written  # type: ignore[arg-type]


# --- columns ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, what it may hold, and how it is written and read.

    Parameters
    ----------
    put : callable
        Gives the cell of a rule: a text, whole number, day or None.
    take : callable
        Writes the value of a filled cell into a rule.
    needed : bool
        Whether an empty cell is refused.
    """

    key: str
    head: str
    help: str
    width: int
    put: Callable[[Mapping[str, Any], Words], Any]
    take: Callable[[dict[str, Any], Any, Words], None]
    needed: bool = False


def _plain(
    key: str, head: str, help_: str, width: int, read: Callable[[Any], Any] = str, **more: Any
) -> Column:
    def take(rule: dict[str, Any], value: Any, _words: Words) -> None:
        rule[key] = read(value)

    return Column(key, head, help_, width, lambda rule, _words: rule.get(key), take, **more)


def _nested(outer: str, key: str, head: str, help_: str, width: int, **more: Any) -> Column:
    def take(rule: dict[str, Any], value: Any, _words: Words) -> None:
        rule.setdefault(outer, {})[key] = str(value)

    def put(rule: Mapping[str, Any], _words: Words) -> Any:
        return rule.get(outer, {}).get(key)

    return Column(f"{outer}.{key}", head, help_, width, put, take, **more)


def _coded(key: str, which: str, head: str, width: int) -> Column:
    def take(rule: dict[str, Any], value: Any, words: Words) -> None:
        rule[key] = words.code(which, value)

    def put(rule: Mapping[str, Any], words: Words) -> Any:
        return words.word(which, rule[key]) if key in rule else None

    return Column(key, head, "写名称，如“上门走访”", width, put, take, needed=True)


def _worded(key: str, words: Mapping[str, str], head: str, width: int) -> Column:
    def take(rule: dict[str, Any], value: Any, _words: Words) -> None:
        rule[key] = _chosen(value, words)

    def put(rule: Mapping[str, Any], _words: Words) -> Any:
        return words.get(rule[key], rule[key]) if key in rule else None

    return Column(key, head, "、".join(words.values()) + "；可空", width, put, take)


def _take_channels(rule: dict[str, Any], value: Any, words: Words) -> None:
    rule["channels"] = [words.code("channel", one) for one in _parts(value)]


def _put_channels(rule: Mapping[str, Any], words: Words) -> Any:
    return "、".join(words.word("channel", one) for one in rule.get("channels", ()))


def _take_parties(rule: dict[str, Any], value: Any, words: Words) -> None:
    parties = {}
    for one in _parts(value):
        who, _sign, part = (
            one.replace("＝", "=").replace("：", "=").replace(":", "=").partition("=")
        )
        parties[words.code("actor", who)] = _chosen(part, _PARTS)
    rule["parties"] = parties


def _put_parties(rule: Mapping[str, Any], words: Words) -> Any:
    found = rule.get("parties", {})
    return "、".join(f"{words.word('actor', who)}={_PARTS[part]}" for who, part in found.items())


def _take_document(rule: dict[str, Any], value: Any, words: Words) -> None:
    title = str(value).strip("《》 ")
    if title not in words.documents:
        raise _unknown(value, list(words.documents))
    rule.setdefault("clause", {})["document"] = words.documents[title]


def _put_document(rule: Mapping[str, Any], words: Words) -> Any:
    titles = {code: title for title, code in words.documents.items()}
    code = rule.get("clause", {}).get("document")
    return titles.get(code, code)


def _take_deceased(rule: dict[str, Any], value: Any, _words: Words) -> None:
    _chosen(value, {"yes": _YES})
    rule["for_deceased"] = True


def _days_of_silence(value: Any) -> int | str:
    text = str(value).strip()
    return int(text) if text.isdigit() else text


COLUMNS: tuple[Column, ...] = (
    _plain("code", "编号", "英文短名，唯一，不要改动；新规则可空", 20),
    _nested("title", "zh", "名称", "中文名称", 22, needed=True),
    _nested("title", "en", "英文名称", "英文界面用；可空", 22),
    Column(
        "clause.document", "依据文件", "“文件”页中的标题", 24, _put_document, _take_document, True
    ),
    _nested("clause", "article", "条款", "文件中的原话", 30, needed=True),
    _nested("clause", "capability", "能力编号", "如 S1-38；可空", 10),
    _plain("since", "起始日", "从这一天起有效", 12, _day, needed=True),
    _plain("until", "截止日", "到这一天为止；可空", 12, _day),
    Column(
        "when", "条件", "如：年龄 ≥ 80 且 居住状况 属于（独居，空巢）；“规则表”页有读法", 44,
        lambda rule, words: words.speech.write(rule["when"]) if "when" in rule else None,
        lambda rule, value, words: rule.update(when=words.condition(str(value))),
        needed=True,
    ),
    _coded("service", "service", "服务", 14),
    _coded("domain", "domain", "方面", 12),
    _coded("actor", "actor", "由谁", 14),
    Column("channels", "方式", "用顿号分开；空为不限", 22, _put_channels, _take_channels),
    _plain("place", "地点", "家中、医院，或别的地点；可空", 10),
    _worded("timing", _KINDS, "时间类型", 10),
    _plain("timing.times", "次数", "定期：每个周期几次", 6, _whole),
    _worded("timing.per", _PERS, "周期", 8),
    _plain("timing.codes", "节日", "节日：用顿号分开", 18),
    _plain("timing.after", "事件", "事件之后：写名称，如“退休日期”", 26),
    _plain("timing.days", "静默天数", "久无音讯：天数，或设置的名称", 10, _days_of_silence),
    _plain("timing.channels", "静默方式", "久无音讯：只算这些方式；可空", 14),
    _plain("timing.opens", "窗口开始", "当天、前 15 天、前 1 个工作日", 12, offset_from),
    _plain("timing.due", "窗口截止", "当天、后 7 天、后 1 个月", 12, offset_from),
    _plain("timing.every", "逢几岁", "生日：5 为逢五逢十；可空", 8, _whole),
    _plain("timing.from_age", "起始岁数", "生日：从几岁起；可空", 8, _whole),
    _worded("timing.reckoning", _RECKONING, "岁数算法", 8),
    _plain("timing.early", "提前几岁", "过九不过十为 1；可空", 8, _whole),
    _plain("duration_minutes", "时长（分钟）", "不含路程", 10, _whole, needed=True),
    _plain("priority", "优先级", "1 最急，5 最缓；可空", 8, _whole),
    _worded("when_away", _AWAY, "外出期间", 10),
    _worded("when_in_hospital", _HOSPITAL, "住院期间", 10),
    _plain("instead_of", "取代的规则", "规则名称，用顿号分开；可空", 20),
    Column(
        "for_deceased", "去世后适用", "是，或空", 10,
        lambda rule, _words: _YES if rule.get("for_deceased") else None, _take_deceased,
    ),
    Column("parties", "责任方", "如 社区=配合；用顿号分开", 26, _put_parties, _take_parties),
)  # fmt: skip
AFTER_WORDS = next(n for n, one in enumerate(COLUMNS) if one.key == "timing")
"""The column to name where the cells of a timing do not fit together."""
REPLACED = next(n for n, one in enumerate(COLUMNS) if one.key == "instead_of")


# --- timings ------------------------------------------------------------------------------------

_FIELDS = {
    "quota": ("times", "per"),
    "festival": ("codes", "opens", "due"),
    "birthday": ("opens", "due", "every", "from_age", "reckoning", "early"),
    "event": ("after", "opens", "due"),
    "silence": ("days", "due", "channels"),
}


def put_timing(rule: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """Spread the timing of a rule over its columns, and put lists and names as words."""
    cells: dict[str, Any] = {}
    for kind in _KINDS:
        if kind in rule:
            cells["timing"] = kind
            cells |= {f"timing.{key}": value for key, value in rule[kind].items()}
    for key in ("timing.opens", "timing.due"):
        if key in cells:
            cells[key] = offset_words(cells[key])
    if "timing.codes" in cells:
        labels = (words.festivals[code].label.zh for code in cells["timing.codes"])
        cells["timing.codes"] = "、".join(labels)
    if "timing.channels" in cells:
        cells["timing.channels"] = "、".join(
            words.word("channel", one) for one in cells["timing.channels"]
        )
    for key, names in (("timing.after", words.events), ("timing.days", words.settings)):
        if key in cells:
            cells[key] = _name_of(cells[key], names)
    if "place" in rule:
        cells["place"] = _PLACES.get(rule["place"], rule["place"])
    if "instead_of" in rule:
        titles = {code: title for title, code in words.rules.items()}
        cells["instead_of"] = "、".join(titles.get(one, one) for one in rule["instead_of"])
    return cells


def take_timing(rule: dict[str, Any], words: Words) -> None:
    """Gather the columns of a timing into the entry of a rule.

    Raises
    ------
    InvalidEntry
        When no kind is given, or a cell belongs to another kind.
    """
    cells = {
        key.removeprefix("timing."): rule.pop(key)
        for key in [one for one in rule if one.startswith("timing.")]
    }
    kind = rule.pop("timing", None)
    if kind is None:
        raise InvalidEntry(
            _("It is not said when. Accepted: {accepted}.", accepted="、".join(_KINDS.values())),
            "timing",
        )
    strangers = [key for key in cells if key not in _FIELDS[kind]]
    if strangers:
        heads = [one.head for one in COLUMNS if one.key.removeprefix("timing.") in strangers]
        raise InvalidEntry(
            _(
                "“{kind}” takes no {heads}. Empty these cells or choose another kind.",
                kind=_KINDS[kind],
                heads="、".join(heads),
            ),
            "timing",
        )
    if "codes" in cells:
        known = {one.label.zh: code for code, one in words.festivals.items()}
        known |= {code: code for code in words.festivals}
        for one in _parts(cells["codes"]):
            if one not in known:
                raise _unknown(one, [each.label.zh for each in words.festivals.values()])
        cells["codes"] = [known[one] for one in _parts(cells["codes"])]
    if "channels" in cells:
        cells["channels"] = [words.code("channel", one) for one in _parts(cells["channels"])]
    for key, names in (("after", words.events), ("days", words.settings)):
        if key in cells:
            cells[key] = _named(cells[key], names)
    if "place" in rule:
        codes = {label: code for code, label in _PLACES.items()}
        rule["place"] = codes.get(rule["place"], rule["place"])
    rule[kind] = cells


def codes_by_title(rules: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Give the code of each title that is one rule's alone."""
    found: dict[str, set[str]] = {}
    for rule in rules:
        if "zh" in rule.get("title", {}) and "code" in rule:
            found.setdefault(rule["title"]["zh"], set()).add(rule["code"])
    return {title: min(codes) for title, codes in found.items() if len(codes) == 1}


def take_replaced(rule: dict[str, Any], titles: Mapping[str, str], codes: Iterable[str]) -> None:
    """Read which rules one replaces: by title, which may hold commas itself, or by code.

    Parameters
    ----------
    titles : mapping of str to str
        Code by title.
    codes : iterable of str
        Every code of the table.

    Raises
    ------
    InvalidEntry
        When a name is none of them.
    """
    left = str(rule.get("instead_of", "")).strip("、,，;； \n")
    if not left:
        return
    names = {**{code: code for code in codes}, **titles}
    longest = sorted(names, key=len, reverse=True)
    found: list[str] = []
    while left:
        name = next((one for one in longest if _begins(left, one)), None)
        typed = _parts(left)[0]
        if name is None and typed.isascii():
            name = names[typed] = typed  # a code: the checks say when there is no such rule
        if name is None:
            near = get_close_matches(typed, longest, n=1, cutoff=0.5)
            message = _("No rule is called “{name}”.", name=typed)
            raise InvalidEntry(
                message + (_(" Did you mean {name}?", name=near[0]) if near else ""), "cell", typed
            )
        found.append(names[name])
        left = left[len(name) :].lstrip("、,，;； \n")
    rule["instead_of"] = found


def _begins(text: str, name: str) -> bool:
    """Tell whether a text begins with a whole name."""
    return text.startswith(name) and (text[len(name) :][:1] or "、") in "、,，;； \n"


def _name_of(value: Any, names: Mapping[str, str]) -> Any:
    """Write a short name as a cell says it."""
    return next((label for label, code in names.items() if code == value), value)


def _named(value: Any, names: Mapping[str, str]) -> Any:
    """Read a name as the rules file writes it; what is none of them is read there."""
    return names.get(value.strip(), value) if isinstance(value, str) else value

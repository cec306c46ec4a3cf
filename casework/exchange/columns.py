"""Which column is which: the headings' words weighed with what the cells hold.

Decides the meaning of every column of a table, once per canonical column; what stays in doubt is
left for a person to map. A mapping that the agency has saved goes before everything else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from casework.exchange.boxes import answer
from casework.exchange.files import Cell
from casework.exchange.headings import Lexicon, Meaning, heading_key
from casework.exchange.layout import Heading
from casework.exchange.legends import in_words, legend_of
from casework.exchange.whose import community_of, unit_of
from casework.exchange.words import Words
from casework.identifiers import (
    MonthStyle,
    is_blank,
    plain,
    read_date,
    read_name,
    read_phones,
    read_resident_id,
    read_sex,
)

__all__ = ["ColumnUse", "map_columns", "saved_key"]

_ENOUGH = 50
_SAMPLE = 150
_CODED = {
    "category": "category",
    "living": "living",
    "health": "health",
    "level": "rank",
    "rank": "rank",
    "marital_status": "marital_status",
    "political_status": "political_status",
}
_TICKED = ("category", "living", "health", "sex", "political_status")
# A few words that mean nothing else say more than a heading that is nearly another's.
_SHORT, _SURE = ("sex", "category", "living", "health", "level", "resident_id"), 67
_USUAL = ("condition", "medicine", "hobby")
_NAMED = {"unit": unit_of, "community": community_of}
_LONGEST_PHONES = 60
_TELLING = 5
_LISTS = ("condition", "medicine", "hobby", "skill", "service_wish", "difficulty", "allergy")
_ASKED_FOR = (
    *("category", "living", "health", "level", "rank", "political_status", "marital_status"),
    *_LISTS,
)
_YEAR = re.compile(r"(?<!\d)(19[5-9]\d|20\d\d)(?=\D|$)")
_SUMS = 0.4
_OTHERWISE = {"retired_veteran": "retired", "retired": "retired_veteran", "01": "13"}
_SEVERAL = frozenset(
    {"phone", "mobile", "landline", "short_phone", "condition", "medicine", "hobby", "skill"}
    | {"service_wish", "allergy", "difficulty", "remark", "seq", "age", "former_name", "activity"}
)
_OWN_PHONES = ("phone", "mobile", "landline")
_BY_CELLS = (
    *("resident_id", "mobile", "sex", "category", "living", "health", "level", "political_status"),
)
_INSTEAD = {"level": "rank", "hobby": "skill"}


@dataclass(frozen=True, slots=True)
class ColumnUse:
    """One column of a table and what is made of it.

    Attributes
    ----------
    meaning : Meaning or None
        None for a column that nobody could place; its cells stay with the batch all the same.
    candidates : tuple of Meaning
        What else it may be, the likeliest first, for the screen that maps what is left.
    tick_only : bool
        Its cells are ticks or empty, so that an empty one says no.
    style : MonthStyle
        How it writes months.
    samples : tuple of str
        A few of its values that differ, for a person to look at.
    legend : mapping of str to str
        What the codes in its cells mean, where the heading explains them.
    """

    index: int
    path: str
    meaning: Meaning | None
    candidates: tuple[Meaning, ...] = ()
    tick_only: bool = False
    style: MonthStyle = field(default_factory=MonthStyle)
    samples: tuple[str, ...] = ()
    legend: Mapping[str, str] = field(default_factory=dict)

    @property
    def column(self) -> str:
        """The code of the column, empty where there is none."""
        return self.meaning.column if self.meaning else ""

    @property
    def how(self) -> str:
        """How the meaning was found, empty where there is none."""
        return self.meaning.how if self.meaning else ""


def saved_key(path: str) -> str:
    """Give the key under which an agency's mapping of a heading is saved."""
    return "/".join(heading_key(part) for part in path.split("/"))


def map_columns(
    headings: Sequence[Heading],
    rows: Sequence[Sequence[Cell]],
    lexicon: Lexicon,
    words: Words,
    saved: Mapping[str, str | None],
    hidden: Collection[int] = (),
) -> tuple[ColumnUse, ...]:
    """Decide what every column of a table holds.

    Parameters
    ----------
    headings : sequence of Heading
    rows : sequence of rows
        The rows below the headings, or enough of them.
    saved : mapping of str to str or None
        What the agency has decided, by `saved_key`; None for a column to leave out.
    hidden : collection of int
        Columns that the spreadsheet hides. They say only what no column in sight says.
    """
    columns = [_Evidence(one, rows, words) for one in headings]
    offers = [_offers(one, headings, lexicon, saved) for one in columns]
    unseen = {at for at, one in enumerate(headings) if one.index in hidden}
    chosen = _choose(offers, unseen, [_year_of(one) for one in headings])
    _nearest_instead(chosen)
    _second_births(offers, chosen)
    _phones_of_others(columns, chosen, headings)
    _name_by_cells(columns, chosen)
    return tuple(
        ColumnUse(
            index=evidence.heading.index,
            path=evidence.heading.path,
            meaning=chosen.get(at),
            candidates=tuple(offers[at]),
            tick_only=evidence.tick_only,
            style=MonthStyle.of(evidence.values),
            samples=tuple(evidence.samples),
            legend=evidence.legend,
        )
        for at, evidence in enumerate(columns)
    )


class _Evidence:
    """The cells of one column, and how well they fit a meaning."""

    def __init__(self, heading: Heading, rows: Sequence[Sequence[Cell]], words: Words) -> None:
        self.heading = heading
        self.words = words
        cells = [row[heading.index] for row in rows if heading.index < len(row)]
        step = max(1, len(cells) // (3 * _SAMPLE))
        filled = [one for one in cells[::step] if not is_blank(one)]
        self.samples = list(dict.fromkeys(map(plain, filled[:_SAMPLE])))[:3]
        self.legend = legend_of(heading.leaf)
        self.values: list[Cell] = [in_words(answer(one), self.legend) for one in filled[:_SAMPLE]]
        self.share_filled = len(filled) / max(len(cells[::step]), 1)
        texts = {plain(one).casefold() for one in filled}
        self.tick_only = bool(texts) and texts <= words.ticks and len(texts) == 1
        self._fits: dict[str, float | None] = {}

    def fit(self, column: str) -> float | None:
        """Give the share of filled cells that can be what the column says; None if any text can."""
        if column not in self._fits:
            test = self._test(column)
            self._fits[column] = (
                sum(map(test, self.values)) / len(self.values) if test and self.values else None
            )
        return self._fits[column]

    def is_surely(self, column: str) -> bool:
        """Tell whether the cells alone show what the column holds."""
        if column == "mobile":  # a staff number may pass for a bad number, never for a good one
            good = sum(_is_phone(one) and bool(read_phones(one).mobiles) for one in self.values)
            return good >= 0.85 * len(self.values)
        if column == "sex" and all(plain(one).isdigit() for one in self.values):
            return False  # 1 and 2 are codes of anything
        if column in _NAMED:
            named = sum(_NAMED[column](plain(one)) is not None for one in self.values)
            return named >= 0.85 * len(self.values)
        if column in _USUAL:
            usual = sum(self.words.is_usual(column, one) for one in self.values)
            return usual >= 0.6 * len(self.values)
        return (self.fit(column) or 0) >= 0.85

    def _test(self, column: str) -> Callable[[Cell], bool] | None:
        if column in _LISTS:  # 是 and 否 under 是否患病 are nothing that anybody has
            return lambda cell: self.words.yes_or_no(cell) is None or self.words.is_none(cell)
        if column in _CODED:
            return lambda cell: self.words.code(_CODED[column], cell) is not None
        tests: dict[str, Callable[[Cell], bool]] = {
            "resident_id": _is_number,
            "birth_other": _is_date,
            "sex": lambda cell: read_sex(cell) is not None,
            "birth_date": _is_date,
            "joined_on": _is_date,
            "retired_on": _is_date,
            "party_joined_on": _is_date,
            "died_on": _is_date,
            "phone": _is_phone,
            "mobile": _is_phone,
            "landline": _is_phone,
            "name": _is_name,
            "party_member": lambda cell: (
                self.words.yes_or_no(cell) is not None
                or self.words.code("political_status", cell) is not None
                or _is_date(cell)
            ),
        }
        return tests.get(column)


def _is_number(cell: Cell) -> bool:
    found = read_resident_id(cell)
    return found.normal is not None or found.problem in ("bad_check_digit", "truncated_number")


def _is_date(cell: Cell) -> bool:
    if isinstance(cell, date):
        return True
    found = read_date(cell)
    return found.is_known or found.problem == "impossible_date"


def _is_phone(cell: Cell) -> bool:
    if len(str(cell)) > _LONGEST_PHONES:
        return False
    found = read_phones(cell)
    return bool(found.mobiles or found.landlines or any(len(one) >= 7 for one in found.bad)) and (
        not _is_number(cell)
    )


def _is_name(cell: Cell) -> bool:
    name = read_name(cell).name
    return 2 <= len(name) <= 4 and all("\u3400" <= one <= "\u9fff" or one == "·" for one in name)


def _offers(
    evidence: _Evidence,
    headings: Sequence[Heading],
    lexicon: Lexicon,
    saved: Mapping[str, str | None],
) -> list[Meaning]:
    """Give what a column may be, weighed, the likeliest first."""
    heading = evidence.heading
    for key in (saved_key(heading.path), heading_key(heading.leaf)):
        if key and key in saved:
            return [Meaning(saved[key] or "seq", 100, "saved")]
    siblings = [one.leaf for one in headings if heading.groups and one.groups == heading.groups]
    found = lexicon.meanings(heading.leaf, heading.groups, siblings)
    found = [_weighed(one, evidence) for one in found]
    found += _ticks(evidence) or _ticks_of_list(evidence, lexicon)
    known = {one.column for one in found}
    if any(one.score >= 80 for one in found):
        return sorted(found, key=lambda one: -one.score)
    found += [
        Meaning(column, _SURE if column in _SHORT else 55, "cells")
        for column in (*_BY_CELLS, *_USUAL, *_NAMED)
        if column not in known
        and len(evidence.values) >= 3
        and not lexicon.speaks_against(heading.leaf, column)
        and evidence.is_surely(column)
    ]
    return sorted(found, key=lambda one: -one.score)


def _weighed(one: Meaning, evidence: _Evidence) -> Meaning:
    """Let the cells speak for or against what the heading says."""
    fit = evidence.fit(one.column)
    if fit is None:
        return one
    if one.how == "weak":
        change = 30 if fit >= 0.7 else -40
    elif fit == 0 and len(evidence.values) >= _TELLING and one.column in _ASKED_FOR:
        change = -one.score  # none of the words is known: somebody is asked what the column holds
    elif fit >= 0.7:
        change = 4
    else:
        change = 0 if fit >= 0.3 else (-15 if one.score >= 90 else -35)
    return replace(one, score=one.score + change)


def _ticks(evidence: _Evidence) -> list[Meaning]:
    """Read a column 独居 of ticks, one of several under 居住状况, as that code."""
    asked = heading_key(evidence.heading.leaf).removesuffix("打√")
    leaf = asked.removeprefix("是否")
    if not leaf or not evidence.values:
        return []
    others = [one for one in evidence.values if evidence.words.yes_or_no(one) is None]
    # A sum in the middle is no answer, and speaks against none.
    if len(others) > _SUMS * len(evidence.values) or not all(
        plain(one).isdigit() for one in others
    ):
        return []
    for column in _TICKED:
        code = evidence.words.code(column, leaf)
        if code is not None:
            # 是否离休: whoever answers no on a list of 离退休 people is retired.
            other = _OTHERWISE.get(code) if asked != leaf and not evidence.tick_only else None
            return [Meaning(":".join(filter(None, ("tick", column, code, other))), 92, "cells")]
    return []


def _ticks_of_list(evidence: _Evidence, lexicon: Lexicon) -> list[Meaning]:
    """Read a column 高血压 of ticks under 慢性病 as one of the things that the group lists."""
    heading = evidence.heading
    if not evidence.values:
        return []
    if any(evidence.words.yes_or_no(one) is None for one in evidence.values):
        return []
    if lexicon.code_of(heading.leaf):
        return []
    if not heading.groups:  # 高血压 alone over ticks: an illness is nobody's heading for another
        is_usual = evidence.words.is_usual("condition", heading.leaf)
        return [Meaning(f"tick:condition:{heading.leaf}", 92, "cells")] if is_usual else []
    column = lexicon.code_of(heading.groups[-1])
    is_list = column in _LISTS and ":" not in heading.leaf
    return [Meaning(f"tick:{column}:{heading.leaf}", 92, "cells")] if is_list else []


def _year_of(heading: Heading) -> int:
    """Give the year that a heading or its groups name; 0 for none. The latest speaks first."""
    return max((int(one) for one in _YEAR.findall(heading.path)), default=0)


def _choose(
    offers: Sequence[Sequence[Meaning]], unseen: Collection[int], years: Sequence[int]
) -> dict[int, Meaning]:
    """Give each column its likeliest meaning, each single canonical column to one column only."""
    ranked = sorted(
        (
            (at not in unseen, one.score, years[at], -at, one)
            for at, found in enumerate(offers)
            for one in found
        ),
        key=lambda entry: entry[:4],
        reverse=True,
    )
    chosen: dict[int, Meaning] = {}
    taken: set[str] = set()
    for in_sight, score, _year, place, one in ranked:
        at = -place
        if at in chosen or score < _ENOUGH or (one.column in taken):
            continue
        if not in_sight and _is_said(one.column, chosen.values()):
            continue
        if one.how == "fuzzy" and _is_torn(offers[at]):
            continue
        chosen[at] = one
        if one.column not in _SEVERAL and ":" not in one.column:
            taken.add(one.column)
    return chosen


def _is_said(column: str, chosen: Collection[Meaning]) -> bool:
    """Tell whether another column says the same already: an old 手机 behind the 联系电话."""
    said = {one.column for one in chosen}
    if column in _OWN_PHONES:
        return bool(said & ({column, "phone"} if column != "phone" else set(_OWN_PHONES)))
    return column in said


def _is_torn(found: Sequence[Meaning]) -> bool:
    """Tell whether two near meanings are too close to choose between without a person."""
    fuzzy = [one.score for one in found if one.how == "fuzzy"]
    return len(fuzzy) > 1 and fuzzy[0] - fuzzy[1] < 4


def _nearest_instead(chosen: dict[int, Meaning]) -> None:
    """Take the rank for the treatment level, 特长 for 爱好, where there is only one of them."""
    for wanted, instead in _INSTEAD.items():
        if any(one.column == wanted for one in chosen.values()):
            continue
        for at, one in chosen.items():
            if one.column == instead:
                chosen[at] = replace(one, column=wanted)


def _second_births(offers: Sequence[Sequence[Meaning]], chosen: dict[int, Meaning]) -> None:
    """Take a further column of birth dates for one to hold against the ID number."""
    for at, found in enumerate(offers):
        if at not in chosen and found and found[0].column == "birth_date" and found[0].score >= 75:
            chosen[at] = replace(found[0], column="birth_other")


def _phones_of_others(
    columns: Sequence[_Evidence], chosen: dict[int, Meaning], headings: Sequence[Heading]
) -> None:
    """Give the phone right of 联系人 to that person, where the cells before hold only a name."""
    own = [at for at, one in chosen.items() if one.column in _OWN_PHONES]
    for at in sorted(own):
        before = chosen.get(at - 1)
        if before is None or not before.column.startswith(("contact:", "team:")):
            continue
        if headings[at].groups != headings[at - 1].groups:
            continue
        kind, role, part = before.column.split(":")
        names_only = part in ("name", "relation") or (
            part == "entry" and (columns[at - 1].fit("phone") or 0) < 0.2
        )
        kinds = {"phone", chosen[at].column} if chosen[at].column != "phone" else set(_OWN_PHONES)
        others = any(one != at and chosen[one].column in kinds for one in own)
        is_pair = headings[at - 1].leaf == "联系人" and chosen[at].column == "phone"
        if names_only and columns[at - 1].values and (others or is_pair):
            chosen[at] = Meaning(f"{kind}:{role}:phone", 75, "cells")
            own = [one for one in own if one != at]


def _name_by_cells(columns: Sequence[_Evidence], chosen: dict[int, Meaning]) -> None:
    """Find the name where no heading says so: short Han words, nearly all different."""
    if any(one.column == "name" for one in chosen.values()):
        return
    for at, one in enumerate(columns):
        if at in chosen or len(one.values) < 3:
            continue
        distinct = len({plain(cell) for cell in one.values}) / len(one.values)
        if distinct >= 0.8 and (one.fit("name") or 0) >= 0.9:
            chosen[at] = Meaning("name", 55, "cells")
            return

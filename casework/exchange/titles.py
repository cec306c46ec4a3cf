"""What titles, the sheet's name and sections say of everybody below, where no column says it.

Decides the category, unit and community of a list, and whether it is one of people who have died;
leaves reading a single text to `whose`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from casework.exchange.columns import ColumnUse
from casework.exchange.whose import (
    begins_another,
    category_of,
    community_of,
    names_a_group,
    unit_of,
    whose_title,
)

__all__ = ["Whose", "explains_colours"]

_DEAD = re.compile(r"(已故|去世|逝世|病故|病逝|亡故|死亡|过世)(?!时间|日期|年月)")
# What colours mean is of those who are marked, and of nobody else: 红色为已去世人员.
_MARKED = re.compile(
    r"[红黄蓝绿灰紫橙黑]色|[红黄蓝绿灰紫橙黑][底字]|底色|颜色|字体|填充|涂色|标[注记红黄]|图例"
)
_MEANS = re.compile(
    r"色(?:字体?|底色?|填充|背景|标[注记]|的)*(?:为|是|系|表示|代表|指|[:：=])|图例"
)
_LEFT_BEHIND = re.compile(r"遗属|遗孀|配偶|家属|子女|含|包括|及|和|与|、|不")
_JOINS = re.compile(r"离休[及和与、]退休|退休[及和与、]离休")
_VETERANS = "tick:category:retired_veteran"
_LIST = (
    r"(?:服务队|队伍|队|信息|基本)?(?:情况)?"
    r"(?:花名册|名册|名单|通讯录|联系表|登记表|信息表|一览表|台账|表|册)?$"
)
_LONG_NUMBER = re.compile(r"\d{6}")
_STAFF = re.compile(
    rf"(?:工作人员|老干部工作者|联络员|网格员|助老员|护理员|在职人员|在职干部){_LIST}"
)
_VOLUNTEERS = re.compile(rf"(?:志愿者|志愿服务){_LIST}")
_WHO_ARE_RETIRED = re.compile(r"老干部|离退|退休|离休|老党员|老同志|银龄|银发|老年")
_NAMED = (("unit", unit_of), ("community", community_of))


class Whose:
    """What holds for everybody below: values by fact, and what said it.

    Attributes
    ----------
    values : dict of str to str
        Values by fact.
    said_by : dict of str to str
        ``title``, ``sheet`` or ``section`` by fact.
    category : str or None
        The category that was said last, also above a heading that is repeated.
    of_dead : bool
        The list is one of people who have died.
    of_others : bool
        The list is one of staff or volunteers, and says of nobody that they are retired.
    """

    def __init__(self, columns: Sequence[ColumnUse], category: str | None = None) -> None:
        self.values: dict[str, str] = {}
        self.said_by: dict[str, str] = {}
        self.category = category
        self.of_dead = self._all_dead = self.of_others = False
        self._unsaid = _unsaid(columns)
        self._ticks_veterans = _ticks_veterans(columns)

    def read_titles(self, titles: Sequence[str], sheet_name: str, *, is_first: bool = True) -> None:
        """Take what stands above a table, the nearest last, and what its sheet is called."""
        self.of_others = any(_is_of_others(one) for one in (sheet_name, *titles))
        self.of_dead = self._all_dead = any(_is_of_dead(one) for one in (sheet_name, *titles))
        if "category" in self._unsaid:
            # A heading that is repeated further down goes on under the section before it.
            context = [*([] if self.category else [sheet_name]), *titles]
            self.category = category_of(context) or self.category
            self._say("category", self.category, "title")
        elif self._ticks_veterans and any(map(_of_both, (sheet_name, *titles))):
            self._say("category", "retired", "title")
        of_titles = whose_title(titles, alone=not is_first)
        for code, named in _NAMED:
            if code not in self._unsaid:
                continue
            of_title = next((found for one in of_titles if (found := named(one))), None)
            of_sheet = named(sheet_name)
            # 农机公司 of the sheet's name is in the title with its place: 市农机公司.
            by_title = of_title is not None and (of_sheet is None or of_sheet in of_title)
            self._say(code, of_title if by_title else of_sheet, "title" if by_title else "sheet")

    def go_on(self, above: Whose, titles: Sequence[str]) -> None:
        """Take unit and community of the first table of the sheet, unless a title begins another.

        市人民检察院老干部名册 stands over 一、离休干部 and, further down, 二、退休干部.
        """
        own = [one for one in titles if not _LONG_NUMBER.search(one)]  # not a short row of somebody
        if any(begins_another(one) or names_a_group(one) for one in own):
            return
        for code, _named in _NAMED:
            if (
                code in self._unsaid
                and code not in self.values
                and above.said_by.get(code) == "title"
            ):
                self._say(code, above.values[code], "title")

    def enter(self, section: str) -> None:
        """Take what a row between people says of those below it.

        A section of a name that is not understood ends the unit of the section before it.
        """
        self.of_dead = self._all_dead or _is_of_dead(section)
        if "category" in self._unsaid and (category := category_of([section])):
            self.category = category
            self._say("category", category, "title")
        for code, named in _NAMED:
            if code not in self._unsaid:
                continue
            found = named(section)
            if found is None and self.said_by.get(code) == "section" and begins_another(section):
                del self.values[code], self.said_by[code]
            self._say(code, found, "section")

    def _say(self, code: str, value: str | None, by: str) -> None:
        if value:
            self.values[code], self.said_by[code] = value, by


def _of_both(text: str) -> bool:
    """Tell whether a title is of 离休 and 退休 people, and of nobody else."""
    bare = text.replace("离退休", "离休退休").replace("离退", "离休退休")
    return "离休" in bare and "退休" in bare and not _LEFT_BEHIND.search(_JOINS.sub("", text))


def _ticks_veterans(columns: Sequence[ColumnUse]) -> bool:
    """Tell whether a tick under 离休 is all that is said of the category: who has none is 退休."""
    said = [use for use in columns if use.column.startswith(("tick:category", "category"))]
    return len(said) == 1 and said[0].tick_only and said[0].column == _VETERANS


def _is_of_dead(text: str) -> bool:
    if _MARKED.search(text) or _LEFT_BEHIND.search(text):
        return False
    return bool(_DEAD.search(text))


def explains_colours(text: str) -> bool:
    """Tell whether a text says what colours mean.

    Examples
    --------
    >>> explains_colours("红色字体为已去世人员"), explains_colours("红色老区离休干部名册")
    (True, False)
    """
    return bool(_MARKED.search(text)) and bool(_MEANS.search(text))


def _is_of_others(text: str) -> bool:
    return bool(_STAFF.search(text)) or (
        bool(_VOLUNTEERS.search(text)) and not _WHO_ARE_RETIRED.search(text)
    )


def _unsaid(columns: Sequence[ColumnUse]) -> set[str]:
    """Give what no column says of the people, and a title may say of all of them."""
    codes = {use.column for use in columns}
    said = {"category"} if any(one.startswith("tick:category") for one in codes) else set()
    said |= {"unit"} if "unit_position" in codes else set()
    return {"category", "unit", "community"} - codes - said

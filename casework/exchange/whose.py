"""Whose people a table lists, where no column says so: its category and its unit.

Decides what a title, the name of a sheet or of a section says of everybody below it. The office
that keeps the list (老干部局, 离退休服务中心) is nobody's former unit.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from casework.identifiers import plain

__all__ = ["category_of", "is_organisation", "unit_of", "unit_of_title"]

_ENDS = (
    r"(局|委|委员会|办|办公室|厅|司|院|校|学|站|所|厂|社|公司|集团|中心|政协|人大|工会|妇联|团|行|馆|队"
    r"|处|科|室|部|会|街道|镇|乡|场|库|店|矿|段|机关|系统)"
)
_ORGANISATION = re.compile(rf"[\u3400-\u9fff·（）()]{{1,18}}{_ENDS}")
_KEEPER = re.compile(
    r"老干部|老干|离退休|离休|退休|干休|组织部|名册|名单|登记|汇总|统计|其[他它]|合计"
)
_WHOLE = re.compile(r"^(全|本|我|各|该)")
_NUMBERING = re.compile(
    r"^\s*(?:[(（]?(?:\d{1,3}|[一二三四五六七八九十]{1,3})[)）]?\s*[.、．\-\s]+|[(（]\S{1,3}[)）])"
)
_COUNT = re.compile(r"[(（\[【]?\s*(共|计|合计)?\s*\d+\s*[人名位]\s*[)）\]】]?")
_STATED = re.compile(
    r"(?:填报|填表|报送|所在)?单位(?:名称)?[(（]?(?:盖章)?[)）]?[:：]\s*([^\s,，;；]+)"
)
_PEOPLE = re.compile(r"(离退休|离休|退休|老干部|老同志|老年干部|老党员)")
_STAMP = re.compile(r"[(（]\s*(盖章|公章|章)\s*[)）]")


def category_of(texts: Sequence[str]) -> str | None:
    """Read 离休 or 退休 out of titles, the nearest last; a title that names both says nothing."""
    for text in reversed(texts):
        has_veteran, has_retired = "离休" in text, "退休" in text.replace("离退休", "")
        if "离退" not in text and has_veteran != has_retired:
            return "retired_veteran" if has_veteran else "retired"
    return None


def is_organisation(text: str) -> bool:
    """Tell whether a text is nothing but the name of an office, a works, a school.

    Examples
    --------
    >>> is_organisation("三、市水利局（12人）"), is_organisation("市委老干部局")
    (True, False)
    """
    return _bare(text) is not None


def unit_of(text: str) -> str | None:
    """Give the unit that the name of a sheet or a section names, if it does.

    Examples
    --------
    >>> unit_of("2.农机公司"), unit_of("Sheet1"), unit_of("离休")
    ('农机公司', None, None)
    """
    return _bare(text)


def unit_of_title(titles: Sequence[str]) -> str | None:
    """Give the unit whose people a title says to list, the nearest title first.

    Examples
    --------
    >>> unit_of_title(["市农机局离退休干部名册", "填报日期：2014年5月"])
    '市农机局'
    """
    for title in reversed(titles):
        stated = _STATED.search(title)
        head = _PEOPLE.split(plain(title), maxsplit=1)
        for text in (stated.group(1) if stated else "", head[0] if len(head) > 1 else ""):
            unit = _bare(text)
            if unit:
                return unit
    return None


def _bare(text: str) -> str | None:
    found = _STAMP.sub("", _COUNT.sub("", _NUMBERING.sub("", plain(text)))).strip(" :：、.()（）")
    if not _ORGANISATION.fullmatch(found) or _KEEPER.search(found) or _WHOLE.search(found):
        return None
    return found

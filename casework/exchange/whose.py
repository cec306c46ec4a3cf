"""Whose people a table lists, where no column says so: its category and its unit.

Decides what a title, the name of a sheet or of a section says of everybody below it. The office
that keeps the list (老干部局, 离退休服务中心) is nobody's former unit.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from casework.identifiers import plain

__all__ = [
    "begins_another",
    "category_of",
    "community_in",
    "community_of",
    "names_a_group",
    "unit_of",
    "whose_title",
]

_ENDS = (
    r"(局|委|委员会|办|办公室|厅|司|院|校|学|站|所|厂|社|公司|集团|中心|政协|人大|工会|妇联|团|行|馆|队"
    r"|处|科|室|部|会|街道|镇|乡|场|库|店|矿|段|机关|台|署|庭|园|港|联|盟"
    r"|[一二三四五六七八九十附高初职][中小])"
)
_ORGANISATION = re.compile(rf"[\u3400-\u9fff·（）()]{{1,18}}{_ENDS}")
_LONGEST = 60
_COMMUNITY = re.compile(r"[\u3400-\u9fff]{2,10}(社区|居委会|居民委员会|[^农乡]村)")
_IN_ADDRESS = re.compile(
    r"([\u3400-\u9fff]{2,18}?社区)(?=[\d一二三四五六七八九十第#A-Za-z]|[\s,，、;；。.)）\]】(（]|$"
    r"|[\u3400-\u9fff]{1,8}?(?:路|街|巷|弄|里|道|小区|新村|花园|大?院|宿舍|公寓|楼)[\d一二三四五六七八九十第]+"
    r"(?:号|栋|幢|楼|座|弄|组|单元|-))"
)
_DISTRICT = re.compile(r"[\u3400-\u9fff]{2,}?(?:街道办事处|办事处|街道|[省市县区镇乡])")
_BEREAVED = re.compile(r"遗属|遗孀")
_AND_BEREAVED = re.compile(
    r"(?:及|和|与|、|含|/).{0,3}(?:遗属|遗孀)|(?:遗属|遗孀).{0,2}(?:及|和|与|、|/)"
)
_KEEPER = re.compile(
    r"老干部|老干|离退|退管|离休|退休|干休|组织部|支部|党小组|总支|名册|名单|登记|汇总|统计|其[他它]|合计"
)
_GOES_ON = re.compile(r"续|接上|^第.{1,3}页|小组$|第.{1,3}组|干部$|人员$|同志$|党员$")
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
    for text in reversed([_NUMBERING.sub("", one) for one in texts]):
        if _BEREAVED.search(text):
            if _AND_BEREAVED.search(text):
                continue
            return "surviving_spouse"
        has_veteran, has_retired = "离休" in text, "退休" in text.replace("离退休", "")
        if "离退" not in text and has_veteran != has_retired:
            return "retired_veteran" if has_veteran else "retired"
    return None


def names_a_group(text: str) -> bool:
    """Tell whether a text is nothing but the name of a unit or a community.

    Examples
    --------
    >>> names_a_group("三、市水利局（12人）"), names_a_group("市委老干部局")
    (True, False)
    """
    return unit_of(text) is not None or community_of(text) is not None


def begins_another(text: str) -> bool:
    """Tell whether a section ends the unit before it, though its own name is not understood.

    Examples
    --------
    >>> begins_another("三、红星联合体（4人）"), begins_another("第二支部")
    (True, False)
    """
    found = _bare(text)
    of_a_part = _KEEPER.search(found) or _GOES_ON.search(found) or category_of([text])
    return bool(found) and not of_a_part and not names_a_group(text)


def unit_of(text: str) -> str | None:
    """Give the unit that the name of a sheet or a section names, if it does.

    Examples
    --------
    >>> unit_of("2.农机公司"), unit_of("Sheet1"), unit_of("离休")
    ('农机公司', None, None)
    """
    found = _bare(text)
    if not _ORGANISATION.fullmatch(found) or _KEEPER.search(found) or _WHOLE.search(found):
        return None
    return None if _COMMUNITY.fullmatch(found) else found


def community_of(text: str) -> str | None:
    """Give the community that the name of a sheet or a section names, if it does.

    Examples
    --------
    >>> community_of("一、流花社区（20人）"), community_of("市水利局")
    ('流花社区', None)
    """
    found = _bare(text)
    return found if _COMMUNITY.fullmatch(found) and not _KEEPER.search(found) else None


def community_in(address: str) -> str | None:
    """Give the community that an address names, where it names exactly one.

    Examples
    --------
    >>> community_in("东三路2号（临江社区）"), community_in("荷塘区临江社区53幢101室")
    ('临江社区', '临江社区')
    >>> community_in("东关社区供销家属院1栋"), community_in("江滨社区艮塔路5号")
    ('东关社区', '江滨社区')
    >>> community_in("东三路2号"), community_in("临江社区卫生院旁"), community_in("都市花园社区3栋")
    (None, None, '都市花园社区')
    """
    named = {_without_district(one) for one in _IN_ADDRESS.findall(address[:_LONGEST])}
    return named.pop() if len(named) == 1 and None not in named else None


def _without_district(name: str) -> str | None:
    """Take 荷塘区 off 荷塘区临江社区; None where what is left is no name."""
    cuts = [found.end() for found in _DISTRICT.finditer(name[:-2]) if len(name) - found.end() >= 4]
    bare = name[cuts[-1] :] if cuts else name
    return bare if 4 <= len(bare) <= 8 else None


def whose_title(titles: Sequence[str], *, alone: bool = False) -> list[str]:
    """Give what may name the unit or community whose people a title lists, the nearest first.

    Parameters
    ----------
    alone : bool
        The name of a unit may stand alone, as between two lists of a sheet. At the top of a sheet
        that is the office that keeps the list; the name of a community is taken there as well.

    Examples
    --------
    >>> whose_title(["市农机局离退休干部名册", "填报日期：2014年5月"])
    ['市农机局']
    """
    found = []
    for title in reversed([one for one in titles if len(one) <= 3 * _LONGEST]):
        stated = _STATED.search(title)
        head = _PEOPLE.split(plain(title), maxsplit=1)
        found += [stated.group(1)] if stated else []
        found += [title] if community_of(title) or (alone and unit_of(title)) else []
        found += [head[0]] if len(head) > 1 and head[0] else []
    return found


def _bare(text: str) -> str:
    if len(text) > _LONGEST:
        return ""
    return _STAMP.sub("", _COUNT.sub("", _NUMBERING.sub("", plain(text)))).strip(
        " :：、.()（）【】[]《》—-"
    )

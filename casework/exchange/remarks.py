"""What a remark says that is a fact: 离休 beside the name, 2013年3月去世 in the last column.

Decides which words of a remark are of the person and leave no doubt. The remark itself is kept as
it was typed; a death is asked about, never entered.
"""

from __future__ import annotations

import re

from casework.exchange.people import Problem, RosterPerson
from casework.exchange.whose import category_of
from casework.exchange.words import words_of_cells
from casework.identifiers import read_sex

__all__ = ["read_remarks"]

_DEAD = re.compile(r"已?故|去世|逝世|死亡|病逝")
_HAS_DIED = re.compile(
    r"(?:本人|该同志)?(?:已经?|于)?[\d年月日.\-/]*(?:已经?|因病|因故)*"
    r"(?:故|病故|去世|逝世|病逝|死亡|亡故|过世|离世)(?:[\d年月日.\-/]*|了)"
)
_PIECES = re.compile(r"[\s,，;；、。.!！|()（）:：]+")


def read_remarks(person: RosterPerson) -> None:
    """Take the category from the remarks where no column tells it, and ask about a death."""
    stated = [one for one in person.values.get("remark", ()) if one]
    pieces = [piece for one in stated for piece in _PIECES.split(one) if piece]
    beside = person.remark
    if beside:
        person.values["remark"] = ["；".join([*stated, beside])]
    if person.sex is None and beside:
        person.sex = read_sex(beside)
    died = next((one for one in pieces if _HAS_DIED.fullmatch(one)), "")
    if beside and _DEAD.search(beside):
        died = beside
    if died and person.died_on is None:
        person.problems.append(Problem("name", "marked_dead", died))
    if "category" in person.values:
        return
    by_name = category_of([beside]) if beside else None
    words = words_of_cells()
    codes = {code for one in pieces if (code := words.exact("category", one))}
    found = by_name or (codes.pop() if len(codes) == 1 else None)
    if found:
        person.add("category", found)
        person.derived["category"] = "remark"

"""What it costs to send somebody to a home, told again from the definition."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from casework.reference import agency
from casework.reference.rosters import roster_rules
from casework.workbook.roster_building import build_week
from casework.workbook.roster_reading import Home, StaffMember, VisitTask

MONDAY = date(2025, 3, 10)
RULES = roster_rules("changshu")


def expected(home: Home, owner: int, staff: list[StaffMember]) -> Iterator[tuple[str, str]]:
    """Say who costs what, one member of staff after the other, as the rules name it."""
    known = home.team | home.wanted | {owner}
    for one in staff:
        key = str(one.staff_id)
        if home.wanted and one.staff_id not in home.wanted:
            yield key, "not_wanted"
        if one.staff_id not in known:
            yield key, "seldom" if one.staff_id in home.seen else "unfamiliar"
        if home.said("visitor_sex") and not one.said("sex", MONDAY):
            yield key, "sex_unknown"
        for code, kind, reason in (("dialect", "dialect", "dialect"),
                                   ("community", "area", "other_area")):  # fmt: skip
            asked, offered = set(home.said(code)), set(one.said(kind, MONDAY))
            if asked and offered and not asked & offered:
                yield key, reason


def some(luck: random.Random, among: list[str]) -> tuple[str, ...]:
    return tuple(luck.sample(among, luck.randint(0, len(among))))


@pytest.mark.parametrize("seed", range(12))
def test_wishes_of_a_home_are_those_of_the_definition(seed: int) -> None:
    luck = random.Random(seed)
    staff = []
    for n in range(1, 9):
        terms = {
            "dialect": some(luck, ["常熟话", "普通话"]), "area": some(luck, ["东", "西", "南"]),
            "sex": some(luck, ["1"]),
        }  # fmt: skip
        held = {kind: tuple((one, None, None) for one in words) for kind, words in terms.items()}
        staff.append(StaffMember(n, f"甲{n}", "caseworker", None, None, held))

    def any_of() -> frozenset[int]:
        return frozenset(luck.sample(range(1, 12), luck.randint(0, 3)))  # some not at work

    homes, tasks = {}, []
    for person in range(1, 31):
        facts = {
            "dialect": some(luck, ["常熟话", "上海话"]), "community": some(luck, ["东", "西"]),
            "visitor_sex": some(luck, ["1"]),
        }  # fmt: skip
        wanted = any_of() if luck.random() < 0.3 else frozenset()
        homes[person] = Home(facts, any_of(), any_of(), wanted, frozenset())
        tasks.append(VisitTask(
            person, person, f"乙{person}", "走访", "visit", "caseworker", 3, MONDAY,
            MONDAY + timedelta(days=6), 30, luck.randint(1, 11),
        ))  # fmt: skip
    place = agency("changshu").place
    planned = build_week(RULES, place, MONDAY, 7, tasks, homes, staff, lambda _day: True)
    assert len(planned.visits) == len(tasks)
    for info, visit in zip(planned.visits, planned.week.visits, strict=True):
        (task,) = info.tasks
        told = [(one.worker, one.reason) for one in visit.wishes]
        assert told == list(expected(homes[task.person_id], task.owner_id or 0, staff))

"""Every capability of rules and tasks (M4) is served in a real workbook of its agency.

For each there is somebody of whom the rule named asks a task, and somebody else of whom it does not
(tests/cases/m4_capabilities.toml): a rule that is only cited serves nobody.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from casework.records import RelatedPerson, Task
from casework.records.base import now
from casework.reference import agencies
from casework.rules.timing import AfterEvent
from casework.workbook import Workbook, open_workbook
from casework.workbook.issues import IssueEntry
from casework.workbook.life import LifeEvent
from casework.workbook.policy import rules_of
from tests.conftest import TODAY
from tests.test_caseloads import staff
from tests.test_plans import BORN, a_fact, a_person

CASES = tomllib.loads(
    (Path(__file__).parent / "cases" / "m4_capabilities.toml").read_text(encoding="utf-8")
)["capability"]
BY_AGENCY: dict[str, list[dict[str, Any]]] = defaultdict(list)
for _one in CASES:
    BY_AGENCY[_one["rule"].partition("/")[0]].append(_one)
LATE = timedelta(days=200)
DAY = timedelta(days=1)


def somebody(book: Workbook, told: dict[str, Any]) -> int:
    """Write a person of whom this is known, and what was reported or is needed."""
    known = dict(told)
    reported, need = known.pop("reported", None), known.pop("need", None)
    family, caseworker = known.pop("family", None), known.pop("caseworker", None)
    conditions, hospital = known.pop("condition", ""), known.pop("hospital_status", None)
    facts = {"living": None, "health": None, "category": "retired_veteran", **known}
    person = a_person(
        book, **{key: value or None for key, value in facts.items() if key != "born"},
        born=facts.get("born", BORN),
    )  # fmt: skip
    with book.transaction() as session:
        session.add_all(a_fact(person, "condition", one) for one in conditions.split("、") if one)
        if hospital:
            session.add(a_fact(person, "hospital_status", hospital, valid_from=TODAY))
        if family:
            told_at = {"recorded_at": now(), "recorded_by": "t", "source": "t"}
            session.add(
                RelatedPerson(person_id=person, name="张小清", relationship=family, **told_at)
            )
    if reported:
        on = TODAY - (LATE if reported == "late" else timedelta())
        entry = IssueEntry("楼道灯", "housing", "visit", person_id=person, reported_on=on)
        book.issues.report(entry)
    if need:
        book.needs.raise_need(person, need, "夜间翻身", "medium")
    if caseworker:
        book.people.seat_care_team(person, "caseworker", staff_id=staff(book))
    return person


@pytest.mark.parametrize("name", sorted(BY_AGENCY))
def test_rule_named_for_a_capability_asks_for_its_task_and_not_of_others(
    name: str, tmp_path: Path
) -> None:
    book = open_workbook(str(tmp_path / "w.sqlite"), agency=name, today=TODAY)
    wanted: dict[int, tuple[str, str, bool]] = {}
    for one in BY_AGENCY[name]:
        code = one["rule"].partition("/")[2]
        for column, asked in (("asked_of", True), ("not_of", False)):
            wanted[somebody(book, one[column])] = (one["id"], f"rule:{code}", asked)
    book.plans.compile()
    with book.reading() as session:
        rows = session.execute(select(Task.person_id, Task.item_key).distinct()).all()
    found = {(person, key) for person, key in rows}
    wrong = [
        (capability, key, "asked" if not asked else "not asked")
        for person, (capability, key, asked) in wanted.items()
        if ((person, key) in found) != asked
    ]
    book.close()
    assert wrong == []


def test_cases_name_every_capability_once() -> None:
    ids = [one["id"] for one in CASES]
    assert len(ids) == len(set(ids)) == 20
    assert all({"asked_of", "not_of"} <= one.keys() for one in CASES)


NOBODY_IN_CHARGE = {"rule:nobody_in_charge", "rule:staff_missing"}


@pytest.mark.parametrize("name", agencies())
def test_retirement_and_bereavement_have_their_steps_and_clocks_at_every_agency(
    name: str, tmp_path: Path
) -> None:
    book = open_workbook(str(tmp_path / "w.sqlite"), agency=name, today=TODAY)
    retired, long_ago, bereft = (somebody(book, {"category": "retired"}) for _n in range(3))
    with book.transaction() as session:
        for person, day in ((retired, TODAY), (long_ago, TODAY - 400 * DAY)):
            session.add(a_fact(person, "retired_on", str(day), earliest=day, latest=day))
        session.add(a_fact(bereft, "marital_status", "30", valid_from=TODAY))
    survivor = somebody(book, {"category": "surviving_spouse"})
    died = somebody(book, {})
    book.plans.compile()
    book.life.record(died, LifeEvent("died", TODAY, "女儿来电"))

    timings = {rule.duty.key: rule.duty.timing for rule in rules_of(name, TODAY).on(TODAY)}
    events = {key: str(one.event) for key, one in timings.items() if isinstance(one, AfterEvent)}
    with book.reading() as session:
        rows = session.execute(
            select(Task.person_id, Task.item_key, Task.opens_on, Task.due_on)
            .where(Task.cancelled_on.is_(None))
            .order_by(Task.opens_on, Task.due_on)
        ).all()
    book.close()

    def after(person: int, event: str) -> list[tuple[int, int]]:
        return [
            ((opens - TODAY).days, (due - TODAY).days)
            for whose, key, opens, due in rows
            if whose == person and event in events.get(key, "")
            if "ceremony" not in key
        ]

    nobody = {person for person, key, *_ in rows if key in NOBODY_IN_CHARGE}
    assert nobody == {retired, long_ago, bereft, survivor}, "who has nobody, gets somebody"
    steps = after(retired, "retired_on")
    assert [opens for opens, _due in steps] == [0, 16, 32, 92], "one after the other"
    assert [due for _opens, due in steps] == [15, 31, 92, 184], "each with its own clock"
    assert after(long_ago, "retired_on") == []
    assert after(died, "died_on") == [(0, 7), (30, 100)]
    assert after(bereft, "marital_status") == [(7, 30)]
    assert any("festival" in key or "spouse" in key for who, key, *_ in rows if who == survivor)

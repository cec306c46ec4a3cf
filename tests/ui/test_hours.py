"""Hours of everybody, and a fairer share: proposed, some kept, given, and taken back."""

from __future__ import annotations

from datetime import date

import pytest

from casework.errors import InvalidEntry
from casework.rules.writing import change_rule, write_rules
from casework.ui import Shell
from casework.ui.widgets import Place
from casework.workbook import Workbook
from tests.conftest import TODAY
from tests.test_capacity import a_task
from tests.test_caseloads import a_caseload, staff, standing
from tests.test_plans import a_person
from tests.test_rosters import a_worker
from tests.test_rulebook import RAW


@pytest.fixture
def chief(workbook: Workbook) -> Workbook:
    staff(workbook, "supervisor")
    workbook.act_as("supervisor0")
    full, _idle = staff(workbook), staff(workbook)
    for person in a_caseload(workbook, full, 6):
        for day in range(5, 25):
            a_task(workbook, person, date(2025, 3, day), full, channels=["phone"])
    return workbook


def screen_of(workbook: Workbook):
    shell = Shell(workbook, "supervisor")
    shell.go("hours")
    return shell.screen


def test_share_is_proposed_some_stay_it_is_done_and_taken_back(chief):
    before = standing(chief)
    screen = screen_of(chief)
    screen.propose()
    first = screen.proposal.moves
    assert len(first) == 3
    screen.keep([str(first[0].person_id)])
    assert first[0].person_id not in {one.person_id for one in screen.proposal.moves}
    screen.reason.entry = "均衡工作量"
    given = {one.person_id for one in screen.proposal.moves}
    screen.give()
    assert screen.proposal is None and screen.kept == set()
    assert {one.people for one in chief.caseloads.loads()} == {0, 6 - len(given), len(given)}
    screen.take_back([one.handover_id for one in chief.caseloads.history() if not one.undone_at])
    assert standing(chief) == before


def test_nobody_without_the_right_is_offered_a_share(chief):
    chief.act_as("caseworker1")
    screen = screen_of(chief)
    assert not screen.can_edit and screen.slot.children == ()


def test_what_would_be_is_shown_with_its_reasons_and_refused_beside_the_field(chief):
    screen = screen_of(chief)
    screen.suppose()
    screen.fields["older"].entry = "很多"
    with pytest.raises(InvalidEntry):
        screen.work_out()
    screen.fields["older"].entry = ""
    screen.fields["fewer"].entry = "1"
    raw = change_rule(RAW, "visit_quarterly", {"duration_minutes": 75}, since=TODAY, today=TODAY)
    screen.take_rules("新规则.toml", write_rules(raw).encode())
    assert "visit_quarterly" in screen.outcome.html
    with pytest.raises(InvalidEntry):
        screen.take_rules("新规则.xlsx", b"PK")
    screen.put_away()
    assert screen.slot.children == ()


def test_who_has_no_task_is_folded_away_and_shown_when_asked_for(workbook: Workbook) -> None:
    busy, _idle = a_worker(workbook, "甲"), a_worker(workbook, "乙")
    everybody = Shell(workbook, "supervisor", Place("hours", {})).screen
    assert len(everybody.table.view["page"]["rows"]) == 2, "nobody has a task: nobody is folded"
    a_task(workbook, a_person(workbook), TODAY, busy, channels=["phone"])
    screen = Shell(workbook, "supervisor", Place("hours", {})).screen
    assert len(screen.table.view["page"]["rows"]) == 1
    assert "1" in str(screen.idle.html)
    screen.show_idle()
    rows = str(screen.table.view["page"]["rows"])
    assert "甲" in rows and "乙" in rows
    assert str(screen.idle.html) == ""

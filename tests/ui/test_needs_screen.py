"""Needs on screen: what waits, what became of it, and why something was not done."""

from __future__ import annotations

from typing import Any

from casework.ui import Shell
from casework.ui.screens.needs import NeedsScreen
from casework.ui.screens.waiting_needs import WaitingNeeds
from casework.workbook import Workbook
from tests.test_needs import a_caseworker, a_person, an_entry, best


def screen_of(workbook: Workbook, **place: Any) -> Any:
    shell = Shell(workbook, "caseworker")
    shell.go("needs", **place)
    return shell.screen


def test_need_that_is_not_met_is_asked_why(workbook):
    person = a_person(workbook)
    need = workbook.needs.raise_need(person, "legal", "遗嘱咨询", "low")
    screen = screen_of(workbook, person=person)
    screen.list.click("step", need=need)
    screen.form["to"].entry = "declined"
    screen.save.click()
    assert screen.form["reason"].error
    screen.form["reason"].entry = "子女已请律师"
    screen.save.click()
    assert "已了结（1）" in screen.list.html
    assert "子女已请律师" in screen.list.html
    assert screen.slot.children == ()


def test_need_from_the_address_is_opened_at_once(workbook):
    person = a_person(workbook)
    need = workbook.needs.raise_need(person, "legal", "遗嘱咨询", "low")
    screen = screen_of(workbook, person=person, need=need)
    assert isinstance(screen, NeedsScreen)
    assert set(screen.form) == {"to", "reason"}


def test_wish_is_written_down_taken_up_and_closed(workbook):
    person = a_person(workbook)
    screen = screen_of(workbook, person=person)
    screen.add_wish()
    screen.form["text"].entry = "想去看看老战友"
    screen.save.click()
    assert "“想去看看老战友”" in screen.wishes.html
    wish = workbook.people.dossier(person).wishes[0].id
    screen.wishes.click("wish", wish=wish, text="想去看看老战友")
    screen.form["title"].entry = "陪同探望老战友"
    screen.form["domain"].entry = "companionship"
    screen.form["severity"].entry = "low"
    screen.save.click()
    (need,) = workbook.needs.of_person(person)
    assert (need.title, need.said) == ("陪同探望老战友", "想去看看老战友")
    screen.wishes.click("done", wish=wish, text="想去看看老战友")
    screen.form["note"].entry = "3 月陪同去过"
    screen.save.click()
    assert workbook.people.dossier(person).wishes[0].closing_note == "3 月陪同去过"


def test_need_is_added_by_hand_and_refused_without_a_domain(workbook):
    person = a_person(workbook)
    screen = screen_of(workbook, person=person)
    screen.add_need()
    screen.form["title"].entry = "代购药品"
    screen.save.click()
    assert screen.form["domain"].error
    screen.form["domain"].entry = "daily_life"
    screen.form["severity"].entry = "medium"
    screen.save.click()
    assert "代购药品" in screen.list.html


def test_past_is_looked_at_and_not_written(workbook):
    person = a_person(workbook)
    workbook.needs.raise_need(person, "legal", "遗嘱咨询", "low")
    shell = Shell(workbook, "caseworker")
    shell.as_of = workbook.today.replace(day=1)
    shell.go("needs", person=person)
    assert "data-action" not in str(shell.screen.list.html)


def test_overview_lists_what_waits_with_alerts_on_top(workbook):
    person, other = a_person(workbook), a_person(workbook, name="周若水")
    a_caseworker(workbook, person)
    workbook.needs.raise_need(other, "legal", "遗嘱咨询", "low")
    answers = best("phq-9") | {"self_harm": 2}
    workbook.needs.record_assessment(an_entry(person, "phq-9", answers=answers, mode="self"))
    screen = screen_of(workbook)
    assert isinstance(screen, WaitingNeeds)
    assert "1 项须当天有人联系" in screen.alerts.html
    names = [row[1] for row in screen.table.texts()]
    assert names == ["郑明远", "周若水"]
    (alert,) = workbook.needs.alerts()
    screen.alerts.click("person", person=person, need=alert.need.id)
    assert isinstance(screen.shell.screen, NeedsScreen)


def test_overview_says_when_nothing_waits(workbook):
    screen = screen_of(workbook)
    assert screen.alerts.html == ""
    assert screen.table.texts() == []

"""Whoever looked at a dossier or changed it can be told, by name and time."""

from __future__ import annotations

from datetime import date

from sqlalchemy import text

from casework.records import Case, Person, Staff
from casework.records.holdings import HOLDINGS
from casework.terms import speaking
from casework.ui.screens.trail import _kind
from casework.workbook import Workbook
from casework.workbook.contacts import ContactEntry, PersonEntry
from tests.conftest import TODAY


def a_person(book: Workbook) -> int:
    with book.transaction() as session:
        person = Person(name="郑明远")
        session.add(person)
        session.flush()
        session.add(Case(person_id=person.id, opened_on=date(2020, 1, 1)))
        session.add(Staff(login="cw", name="李梅", role="caseworker"))
        return person.id


def test_reading_and_changing_are_told_with_who_and_the_latest_first(
    any_workbook: Workbook,
) -> None:
    person = a_person(any_workbook)
    any_workbook.act_as("cw") if any_workbook.trusts_who_acts else None
    any_workbook.trail.note_reading(person, "dossier")
    entry = ContactEntry("form-1", TODAY, "phone", (PersonEntry(person),))
    any_workbook.contacts.record(entry)
    contact, read, made = any_workbook.trail.of_person(person)[:3]
    assert (read.way, read.kinds, read.by) == ("read", ("dossier",), any_workbook.actor.name)
    assert contact.way in ("insert", "update")
    assert {"contact", "contact_person"} <= set(contact.kinds)
    assert made.way == "insert"
    assert contact.at >= read.at >= made.at


def test_reading_again_within_the_hour_is_written_down_once(workbook: Workbook) -> None:
    person = a_person(workbook)
    for _time in range(3):
        workbook.trail.note_reading(person, "dossier")
    reads = [one for one in workbook.trail.of_person(person) if one.way == "read"]
    assert len(reads) == 1
    workbook.act_as("cw")
    workbook.trail.note_reading(person, "dossier")
    reads = [one for one in workbook.trail.of_person(person) if one.way == "read"]
    assert [one.by for one in reads] == ["李梅", reads[1].by]


def test_what_was_changed_past_the_program_is_told_as_that(any_workbook: Workbook) -> None:
    person = a_person(any_workbook)
    with any_workbook.engine.begin() as connection:
        connection.execute(text("UPDATE person SET name = '改'"))
    assert (one := any_workbook.trail.of_person(person)[0]).by is None
    assert (one.way, one.kinds, one.actions) == ("update", ("person",), ())


def test_nobody_else_is_told_of(workbook: Workbook) -> None:
    person = a_person(workbook)
    with workbook.transaction() as session:
        other = Person(name="另一位")
        session.add(other)
        session.flush()
        number = other.id
    assert len(workbook.trail.of_person(number)) == 1
    assert len(workbook.trail.of_person(person)) == 1


UNNAMED = {
    "audit", "change_log", "distinct_pair", "draft", "person_search", "plan_stamp",
    "population_due", "retention_hold", "visitor_wish",
}  # fmt: skip


def test_whatever_somebody_does_about_a_person_has_a_name_in_the_trail():
    """Those without one are what the program keeps for itself, and what is seldom written."""
    with speaking("zh"):
        nameless = {one.table for one in HOLDINGS if _kind(one.table) == "其他"}
    assert nameless <= UNNAMED

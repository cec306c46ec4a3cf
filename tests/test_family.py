"""The people around a person: edited in place, each entry with its history."""

from __future__ import annotations

from datetime import timedelta

import pytest

from casework.errors import ChangedMeanwhile, InvalidEntry
from casework.workbook.family import RelatedEntry
from tests.conftest import TODAY
from tests.test_people import a_person

SON = RelatedEntry("郑小明", "son", "13900000001")


def test_entry_changed_in_place_keeps_what_stood_there_before(any_workbook):
    family, person = any_workbook.family, a_person(any_workbook)
    first = family.add(person, SON, source="名册")
    changed = family.change(
        first, RelatedEntry("郑小明", "son", "13900000002", unit="市一中"), source="本人电话"
    )
    (now,) = any_workbook.people.dossier(person).related
    assert (now.id, now.phone, now.unit, now.has_history) == (
        changed,
        "13900000002",
        "市一中",
        True,
    )
    before = any_workbook.people.dossier(person, as_of=TODAY - timedelta(days=1)).related
    assert [one.phone for one in before] == ["13900000001"]
    assert [one.entry.phone for one in family.history(changed)] == ["13900000002", "13900000001"]
    assert [one.source for one in family.history(changed)] == ["本人电话", "名册"]


def test_corrected_entry_was_never_true(any_workbook):
    family, person = any_workbook.family, a_person(any_workbook)
    first = family.add(person, SON, source="名册")
    fixed = family.change(first, RelatedEntry("郑晓明", "son"), source="走访", mistake=True)
    before = any_workbook.people.dossier(person, as_of=TODAY - timedelta(days=400)).related
    assert [one.name for one in before] == ["郑晓明"]
    assert [one.is_mistake for one in family.history(fixed)] == [False, True]


def test_nothing_changed_is_a_verification(any_workbook):
    family, person = any_workbook.family, a_person(any_workbook)
    first = family.add(person, SON, source="名册")
    assert family.change(first, SON, source="走访") == first
    assert len(family.history(first)) == 1


def test_those_to_call_first_stand_first(any_workbook):
    family, person = any_workbook.family, a_person(any_workbook)
    family.add(person, RelatedEntry("甲", "helper"), source="x")
    family.add(person, RelatedEntry("乙", "son", is_emergency=True, call_order=2), source="x")
    family.add(person, RelatedEntry("丙", "daughter", is_emergency=True, call_order=1), source="x")
    family.add(person, RelatedEntry("丁", "relative", decides=True), source="x")
    assert [one.name for one in any_workbook.people.dossier(person).related] == list("丙乙丁甲")


def test_second_writer_of_an_entry_sees_the_first_and_can_write_over_it(any_workbook):
    family, person = any_workbook.family, a_person(any_workbook)
    seen = family.add(person, SON, source="名册")
    family.change(seen, RelatedEntry("郑小明", "son", "13900000002"), source="x")
    mine = RelatedEntry("郑小明", "son", "13900000003")
    with pytest.raises(ChangedMeanwhile, match="13900000002"):
        family.change(seen, mine, source="y")
    family.change(family.standing(seen), mine, source="y")
    assert [one.phone for one in any_workbook.people.dossier(person).related] == ["13900000003"]


def test_entry_ended_by_somebody_else_is_not_changed(any_workbook):
    family, person = any_workbook.family, a_person(any_workbook)
    seen = family.add(person, SON, source="名册")
    family.end(seen)
    with pytest.raises(ChangedMeanwhile):
        family.change(seen, RelatedEntry("郑小明", phone="13900000002"), source="x")


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        (RelatedEntry(" "), "name"),
        (RelatedEntry("郑小明", "butler"), "relationship"),
        (RelatedEntry("郑小明", phone="1390000"), "phone"),
        (RelatedEntry("郑小明", call_order=0), "call_order"),
    ],
)
def test_impossible_entry_is_refused_beside_its_field(any_workbook, entry, field):
    person = a_person(any_workbook)
    with pytest.raises(InvalidEntry) as refusal:
        any_workbook.family.add(person, entry, source="x")
    assert refusal.value.field == field
    assert any_workbook.people.dossier(person).related == ()


def test_change_of_an_entry_is_taken_back(any_workbook):
    family, people, person = any_workbook.family, any_workbook.people, a_person(any_workbook)
    first = family.add(person, SON, source="名册")
    family.change(first, RelatedEntry("郑小明", "son", "13900000002"), source="x")
    people.undo(people.last_change(person).change_id)
    assert [(one.id, one.phone) for one in people.dossier(person).related] == [
        (first, "13900000001")
    ]
    family.end(first)
    assert people.dossier(person).related == ()
    people.undo(people.last_change(person).change_id)
    assert [one.id for one in people.dossier(person).related] == [first]

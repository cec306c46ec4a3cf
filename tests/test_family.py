"""The people around a person: edited in place, each entry with its history."""

from __future__ import annotations

from datetime import timedelta

import pytest

from casework.errors import ChangedMeanwhile, InvalidEntry
from casework.ui import Shell
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


def spouse_of(book, person):
    return [one.other_person_id for one in book.people.dossier(person).related]


def test_couple_that_is_linked_by_hand_stands_in_both_dossiers(any_workbook):
    book = any_workbook
    he, she = a_person(book, "郑明远"), a_person(book, "欧阳兰")
    entry = book.family.add(he, RelatedEntry("欧阳兰", "spouse", lives_with=True), source="走访")
    book.family.link(entry, she)
    assert (spouse_of(book, he), spouse_of(book, she)) == ([she], [he])
    (back,) = book.people.dossier(she).related
    assert (back.name, back.relationship, back.lives_with) == ("郑明远", "spouse", True)
    book.people.undo(book.people.last_change(he).change_id)
    assert (spouse_of(book, he), spouse_of(book, she)) == ([None], [])


def test_entry_of_the_other_dossier_is_linked_and_not_doubled(workbook):
    he, she = a_person(workbook, "郑明远"), a_person(workbook, "欧阳兰")
    workbook.family.add(she, RelatedEntry("郑明远", "spouse"), source="名册")
    entry = workbook.family.add(he, RelatedEntry("欧阳兰", "spouse"), source="走访")
    workbook.family.link(entry, she)
    assert spouse_of(workbook, she) == [he]
    workbook.family.unlink(entry)
    assert (spouse_of(workbook, he), spouse_of(workbook, she)) == ([None], [None])


def test_child_who_is_served_too_is_linked_one_way(workbook):
    father, son = a_person(workbook, "郑明远"), a_person(workbook, "郑小明")
    entry = workbook.family.add(father, SON, source="名册")
    workbook.family.link(entry, son)
    assert (spouse_of(workbook, father), spouse_of(workbook, son)) == ([son], [])


def test_nobody_is_linked_with_two_spouses_or_with_themselves(workbook):
    book = workbook
    he, she, third = (a_person(book, name) for name in ("郑明远", "欧阳兰", "王芳"))
    mine = book.family.add(he, RelatedEntry("欧阳兰", "spouse"), source="走访")
    with pytest.raises(InvalidEntry, match="本人的档案"):
        book.family.link(mine, he)
    book.family.link(mine, she)
    other = book.family.add(third, RelatedEntry("欧阳兰", "spouse"), source="走访")
    with pytest.raises(InvalidEntry, match="另一位配偶"):
        book.family.link(other, she)
    assert spouse_of(book, third) == [None], "a refusal writes nothing"
    fourth, named = a_person(book, "李强"), a_person(book, "周琴")
    book.family.add(named, RelatedEntry("赵云", "spouse"), source="名册")
    entry = book.family.add(fourth, RelatedEntry("周琴", "spouse"), source="走访")
    with pytest.raises(InvalidEntry, match="赵云"):
        book.family.link(entry, named)


def test_linked_dossier_is_found_and_chosen_on_the_screen(workbook):
    he, she = a_person(workbook, "郑明远"), a_person(workbook, "欧阳兰")
    entry = workbook.family.add(he, RelatedEntry("欧阳兰", "spouse"), source="走访")
    shell = Shell(workbook, "caseworker")
    shell.go("person", id=he)
    shell.screen.link_related(entry)
    (editor,) = shell.screen.slots["related"].children
    assert [one.code for one in editor.fields["other"].options] == [str(she)]
    editor.find.put("没有此人")
    editor.look()
    with pytest.raises(InvalidEntry, match="请选择"):
        editor.save()
    editor.find.put("欧阳")
    editor.look()
    editor.fields["other"].put(str(she))
    editor.attempt()
    assert spouse_of(workbook, he) == [she]
    shell.screen.unlink_related(entry)
    assert spouse_of(workbook, he) == [None]

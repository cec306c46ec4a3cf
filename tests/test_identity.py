"""Names, the birth date that counts, ID numbers, through the door on both databases."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from casework.errors import ChangedMeanwhile, InvalidEntry, NotPermitted
from casework.records import ChangeLog, Person, PersonIdentifier
from casework.workbook import Workbook
from tests.test_people import a_person

RIGHT, WRONG = "11010519491231002X", "110105194912310021"
OTHER = "440524188001010014"


def person_of(workbook: Workbook, person_id: int) -> Person:
    with workbook.reading() as session:
        return session.get_one(Person, person_id)


def test_former_name_finds_the_person_by_all_it_is_found_by(any_workbook):
    identity, person = any_workbook.identity, a_person(any_workbook, "郑明远")
    identity.add_alias(person, "文一多", "online", source="本人")
    for typed in ("文一多", "wenyiduo", "wyd"):
        assert [hit.person_id for hit in any_workbook.people.search(typed)] == [person]
    (alias,) = any_workbook.people.dossier(person).names
    assert (alias.kind, alias.source) == ("online", "本人")
    identity.end_alias(alias.id)
    assert any_workbook.people.search("文一多") == []


def test_name_on_file_is_refused_as_another_name(any_workbook):
    person = a_person(any_workbook, "郑明远")
    with pytest.raises(InvalidEntry):
        any_workbook.identity.add_alias(person, "郑 明 远", "former", source="x")


def test_old_name_stays_as_a_former_one_unless_it_was_a_slip(any_workbook):
    identity, person = any_workbook.identity, a_person(any_workbook, "郑明远")
    identity.rename(person, "郑铭远", source="户口本", mistake=True)
    assert any_workbook.people.dossier(person).names == ()
    identity.rename(person, "单铭远", source="户口本")
    assert [one.name for one in any_workbook.people.dossier(person).names] == ["郑铭远"]
    assert person_of(any_workbook, person).name_pinyin == "shan ming yuan"
    assert [hit.person_id for hit in any_workbook.people.search("smy")] == [person]


def test_second_writer_of_a_name_sees_the_first(any_workbook):
    identity, person = any_workbook.identity, a_person(any_workbook, "郑明远")
    identity.rename(person, "郑铭远", source="x", seen="郑明远")
    with pytest.raises(ChangedMeanwhile, match="郑铭远"):
        identity.rename(person, "郑鸣远", source="x", seen="郑明远")


def test_birth_date_and_sex_follow_a_right_number(any_workbook):
    person = a_person(any_workbook, "郑明远")
    any_workbook.identity.record_number(person, RIGHT.lower(), source="身份证")
    found = any_workbook.people.dossier(person)
    assert (found.born_on_earliest, found.birth_source, found.sex) == (
        date(1949, 12, 31),
        "id",
        "2",
    )
    assert found.field("birth_date_id").shown == "1949年12月31日"
    assert [one.masked for one in found.identifiers] == ["110105********002X"]
    assert [hit.person_id for hit in any_workbook.people.search("002x")] == [person]


def test_damaged_number_is_explained_and_kept_only_with_its_flag(any_workbook):
    identity, person = any_workbook.identity, a_person(any_workbook, "郑明远")
    with pytest.raises(InvalidEntry, match="X"):
        identity.record_number(person, WRONG, source="身份证")
    identity.record_number(person, WRONG, source="身份证", keep_damaged=True)
    (number,) = any_workbook.people.dossier(person).identifiers
    assert number.problem == "bad_check_digit"
    assert any_workbook.people.dossier(person).born_on_earliest is None


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("1101051949123100", "16"),
        ("990000192602290016", "1926-02-29"),
        ("abc", "18"),
        ("", "18"),
        ("110105194912310000", "15"),
    ],
)
def test_every_damage_of_a_number_is_explained(any_workbook, typed, words):
    person = a_person(any_workbook, "郑明远")
    with pytest.raises(InvalidEntry, match=words):
        any_workbook.identity.record_number(person, typed, source="身份证")


def test_corrected_number_leaves_the_old_one_in_the_history(any_workbook):
    identity, person = any_workbook.identity, a_person(any_workbook, "郑明远")
    identity.record_number(person, WRONG, source="名册", keep_damaged=True)
    identity.record_number(person, RIGHT, source="身份证", reason="核对原件")
    with any_workbook.reading() as session:
        rows = session.scalars(select(PersonIdentifier).order_by(PersonIdentifier.id)).all()
    assert [(one.value, one.superseded_at is None) for one in rows] == [
        (WRONG, False),
        (RIGHT, True),
    ]
    any_workbook.people.undo(any_workbook.people.last_change(person).change_id)
    (number,) = any_workbook.people.dossier(person).identifiers
    assert number.problem == "bad_check_digit"
    assert any_workbook.people.dossier(person).field("birth_date_id").is_known is False


def test_number_of_somebody_else_is_refused_with_the_way_to_compare(any_workbook):
    one, other = a_person(any_workbook, "郑明远"), a_person(any_workbook, "郑明元")
    any_workbook.identity.record_number(one, RIGHT, source="x")
    with pytest.raises(InvalidEntry, match=str(one)):
        any_workbook.identity.record_number(other, RIGHT, source="x")


def test_full_number_is_shown_only_for_a_reason_that_is_written_down(any_workbook):
    identity, person = any_workbook.identity, a_person(any_workbook, "郑明远")
    identity.record_number(person, RIGHT, source="x")
    (number,) = any_workbook.people.dossier(person).identifiers
    with pytest.raises(InvalidEntry):
        identity.reveal(number.id, reason=" ")
    assert identity.reveal(number.id, reason="办理医疗证") == RIGHT
    with any_workbook.reading() as session:
        entry = session.scalars(select(ChangeLog).where(ChangeLog.action == "reveal_number")).one()
    assert entry.after["reason"] == "办理医疗证"
    assert RIGHT not in str(entry.after)


def a_contradicting_birth(workbook: Workbook) -> int:
    person = a_person(workbook, "郑明远")
    workbook.people.record_fact(person, "birth_date_file", "1949-11-30", source="档案")
    workbook.identity.record_number(person, RIGHT, source="身份证")
    workbook.people.record_fact(person, "birth_lunar", "冬月十二", source="本人")
    return person


def test_official_birth_date_is_by_the_rule_until_somebody_chooses(any_workbook):
    identity, person = any_workbook.identity, a_contradicting_birth(any_workbook)
    assert any_workbook.people.dossier(person).born_on_earliest == date(1949, 12, 31)
    identity.choose_birth(person, "file", reason="组织认定")
    found = any_workbook.people.dossier(person)
    assert (found.born_on_earliest, found.birth_reason) == (date(1949, 11, 30), "组织认定")
    any_workbook.people.record_fact(
        person, "birth_date_file", "1949-11-29", source="档案", correction=True
    )
    assert any_workbook.people.dossier(person).born_on_earliest == date(1949, 11, 29)
    identity.choose_birth(person, "rule", reason="")
    assert any_workbook.people.dossier(person).born_on_earliest == date(1949, 12, 31)


def test_lunar_birthday_that_was_told_can_be_the_official_date(any_workbook):
    person = a_contradicting_birth(any_workbook)
    known = {one.source: one for one in any_workbook.identity.birth_candidates(person)}
    assert set(known) == {"id", "file", "stated"}
    any_workbook.identity.choose_birth(person, "stated", reason="本人说明，家谱为证")
    assert any_workbook.people.dossier(person).born_on_earliest == known["stated"].earliest
    assert known["stated"].earliest == date(1949, 12, 31)


def test_choice_of_a_birth_date_needs_a_reason(any_workbook):
    person = a_contradicting_birth(any_workbook)
    with pytest.raises(InvalidEntry):
        any_workbook.identity.choose_birth(person, "file", reason="")


def test_month_in_the_files_is_made_full_by_a_number_that_agrees(any_workbook):
    person = a_person(any_workbook, "郑明远")
    any_workbook.people.record_fact(person, "birth_date_file", "1949-12", source="档案")
    assert any_workbook.people.dossier(person).age is not None
    any_workbook.identity.record_number(person, RIGHT, source="身份证")
    assert any_workbook.people.dossier(person).born_on_latest == date(1949, 12, 31)


def test_change_overtaken_by_somebody_else_is_not_taken_back(any_workbook):
    people, person = any_workbook.people, a_person(any_workbook, "郑明远")
    people.record_fact(person, "living", "空巢", source="x", since=date(2024, 1, 1))
    people.record_fact(person, "living", "独居", source="x", since=date(2025, 1, 1))
    mine = people.last_change(person)
    people.record_fact(person, "living", "养老院", source="y")
    with pytest.raises(NotPermitted):
        people.undo(mine.change_id)
    assert people.dossier(person).field("living").shown == "养老机构"


def test_second_writer_sees_who_entered_what_and_may_write_over_it(any_workbook):
    people, person = any_workbook.people, a_person(any_workbook, "郑明远")
    people.record_fact(person, "living", "空巢", source="x", since=date(2024, 1, 1))
    seen = [one.id for one in people.dossier(person).field("living").entries]
    people.record_fact(person, "living", "独居", source="女儿电话", seen=seen)
    with pytest.raises(ChangedMeanwhile) as refusal:
        people.record_fact(person, "living", "养老院", source="走访", seen=seen)
    for words in (any_workbook.actor.name, "独居", "女儿电话"):
        assert words in refusal.value.message
    now_seen = [one.id for one in people.dossier(person).field("living").entries]
    people.record_fact(person, "living", "养老院", source="走访", seen=now_seen)
    assert people.dossier(person).field("living").shown == "养老机构"


def test_changes_are_taken_back_one_after_the_other(any_workbook):
    people, person = any_workbook.people, a_person(any_workbook, "郑明远")
    for living in ("空巢", "独居", "养老院"):
        people.record_fact(person, "living", living, source="x", correction=True)
    for shown in ("独居", "空巢", ""):
        people.undo(people.last_change(person).change_id)
        assert people.dossier(person).field("living").shown == shown
    assert people.last_change(person) is None

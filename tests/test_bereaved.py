"""A death and those it leaves behind: the spouse we serve, and the one we take on."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from casework.errors import NotPermitted
from casework.records import CareTeamMember, Fact, Person, RelatedPerson
from casework.records.base import now
from casework.terms import use_language
from casework.ui import Shell
from casework.ui.screens.person_life import follows_html
from casework.workbook import Workbook
from casework.workbook.life import LifeEvent, Survivor
from tests.conftest import TODAY
from tests.test_caseloads import staff
from tests.test_plans import a_fact, a_person, now_is, open_keys

DIED = LifeEvent("died", TODAY - timedelta(days=2), "女儿来电")


def a_spouse(book: Workbook, person: int, other: int | None = None, **known: object) -> int:
    with book.transaction() as session:
        told = {"recorded_at": now(), "recorded_by": "t", "source": "走访"}
        one = RelatedPerson(
            person_id=person, name="欧阳兰", relationship="spouse", other_person_id=other,
            **(told | known),
        )  # fmt: skip
        session.add(one)
        session.flush()
        return one.id


def holding(book: Workbook, person: int, code: str, on: date = TODAY) -> list[str | None]:
    with book.reading() as session:
        return [
            one.value
            for one in session.scalars(
                select(Fact).where(
                    Fact.person_id == person, Fact.code == code, Fact.superseded_at.is_(None)
                )
            )
            if (one.valid_from or date.min) <= on <= (one.valid_to or date.max)
        ]


def open_tasks(book: Workbook, person: int) -> set[str]:
    found = book.tasks.list("all", person_id=person, statuses=["ready", "draft"], limit=None)
    return {one.item_key for one in found}


@pytest.mark.parametrize("said_by", ["the one who died", "the survivor"])
def test_surviving_spouse_is_widowed_and_the_plan_looks_at_it_anew(any_workbook, said_by):
    book = any_workbook
    he = a_person(book, living="with_spouse")
    she = a_person(book, living="with_spouse", marital_status="20", hospital_status="no")
    a_spouse(book, *((he, she) if said_by == "the one who died" else (she, he)))
    book.plans.compile()
    before = open_keys(book, she)
    assert "find_out:living" not in before
    foreseen = book.life.foresee(he, DIED)
    assert foreseen.plan_ends and holding(book, she, "marital_status") == ["20"]
    change = book.life.record(he, DIED)
    assert holding(book, she, "marital_status") == ["30"]
    assert holding(book, she, "marital_status", DIED.on - timedelta(days=1)) == ["20"]
    assert holding(book, she, "living") == [], "with whom she lives now is not known"
    assert "find_out:living" in open_keys(book, she)
    assert open_tasks(book, he) == {"rule:bereavement", "rule:bereavement_spouse"}
    book.people.undo(change)
    assert holding(book, she, "marital_status") == ["20"]
    assert holding(book, she, "living") == ["with_spouse"]
    assert "find_out:living" not in open_keys(book, she)


def test_what_a_death_says_about_the_spouse_is_told_beforehand(workbook):
    he = a_person(workbook, living="with_spouse")
    she = a_person(workbook, living="with_spouse", marital_status="20", hospital_status="no")
    with workbook.transaction() as session:
        session.get_one(Person, she).name = "欧阳兰"
    a_spouse(workbook, he, she)
    workbook.plans.compile()
    foreseen = workbook.life.foresee(he, DIED)
    assert foreseen.survivors == (Survivor("欧阳兰", lives_otherwise=True),)
    hers = {one.title for one in foreseen.tasks if one.whose == "欧阳兰"}
    assert any("居住状况" in title for title in hers)
    assert any(one.whose is None and one.fate == "cancelled" for one in foreseen.tasks)
    told = follows_html(foreseen)
    assert "现行方案终止。欧阳兰登记为丧偶。欧阳兰现在的居住状况待了解。" in told
    assert "欧阳兰：了解情况：居住状况" in told


def test_what_a_death_brings_is_told_in_english_by_the_switch(workbook):
    he = a_person(workbook, living="with_spouse")
    a_spouse(workbook, he, a_person(workbook, living="with_spouse", marital_status="20"))
    workbook.plans.compile()
    use_language("en")
    titles = [one.title for one in workbook.life.foresee(he, DIED).tasks]
    assert titles and all(title.isascii() for title in titles)


def test_birthday_of_somebody_who_died_is_not_looked_forward_to(workbook):
    he = a_person(workbook, birthday_kept="solar")
    workbook.life.record(he, DIED)
    shell = Shell(workbook, "caseworker")
    shell.go("person", id=he)
    told = shell.screen.panels["overview"].html
    assert "公历" in told and "下一次" not in told and "今年" not in told


def test_who_lives_with_the_children_goes_on_living_there(workbook):
    he = a_person(workbook, living="with_children")
    she = a_person(workbook, living="with_children")
    a_spouse(workbook, he, she)
    workbook.life.record(he, DIED)
    assert holding(workbook, she, "living") == ["with_children"]


def test_spouse_who_was_not_served_is_taken_on_with_home_and_care_team(any_workbook):
    book = any_workbook
    he = a_person(book)
    worker = staff(book)
    with book.transaction() as session:
        session.add(a_fact(he, "community", "枫泾社区"))
    book.people.seat_care_team(he, "caseworker", staff_id=worker, since=TODAY - timedelta(days=9))
    related = a_spouse(book, he, phone="13507331234")
    with pytest.raises(NotPermitted, match="去世"):
        book.bereaved.take_on(related)
    book.life.record(he, DIED)
    she = book.bereaved.take_on(related)
    dossier = book.people.dossier(she)
    assert (dossier.name, dossier.field("category").shown) == ("欧阳兰", "遗属")
    assert holding(book, she, "community") == ["枫泾社区"]
    assert holding(book, she, "marital_status") == ["30"]
    with book.reading() as session:
        seats = session.scalars(
            select(CareTeamMember.staff_id).where(CareTeamMember.person_id == she)
        ).all()
    assert seats == [worker]
    assert any(key.startswith("rule:") for key in open_keys(book, she)), "changshu visits them"
    with pytest.raises(NotPermitted, match="自己的档案"):
        book.bereaved.take_on(related)


def test_death_is_walked_through_on_screen(workbook):
    he = a_person(workbook)
    a_spouse(workbook, he)
    workbook.plans.compile()
    workbook.life.record(he, DIED)
    shell = Shell(workbook, "caseworker")
    shell.go("person", id=he)
    related = shell.screen.panels["related"]
    assert "转为遗属服务对象" in related.html
    related.click("take_on", related=1)
    assert shell.screen.dossier.name == "欧阳兰"
    assert shell.screen.person_id != he
    shell.go("person", id=he)
    assert "本人档案" in shell.screen.panels["related"].html
    now_is(workbook, TODAY + timedelta(days=20))
    workbook.plans.compile()
    late = workbook.tasks.list("overdue", person_id=he)
    assert {one.item_key for one in late} == {"rule:bereavement"}, "a missed condolence stays seen"

"""How often the children come: known to the dossier, a need where they hardly do for who is alone.

Whether they come is not known of most people; that speaks for no need and against none.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from casework.records import RelatedPerson
from casework.records.base import now
from casework.reference import agency, code_list
from casework.ui import Shell
from casework.ui.widgets import Place
from casework.workbook import Workbook, open_workbook
from casework.workbook.need_rules import facts_speak
from tests.conftest import TODAY
from tests.test_capabilities_of_visits import said
from tests.test_plans import a_person

INDUSTRY = "zhuzhou-industry"
KEY = "rule:family_love"
OFTEN = [one.code for one in code_list("children_come").entries]


@pytest.fixture(scope="module")
def industry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbook]:
    """Give a workbook of the agency that has a rule about it."""
    path = tmp_path_factory.mktemp("children") / "industry.sqlite"
    book = open_workbook(str(path), agency=INDUSTRY, today=TODAY)
    yield book
    book.close()


def spoken(book: Workbook, person: int) -> bool | None:
    with book.reading() as session:
        found = facts_speak(session, agency(INDUSTRY), TODAY, persons=[person])
        return next(one.holds for one in found if one.rule.key == KEY)


@pytest.mark.parametrize("often", [*OFTEN, None])
def test_need_of_family_is_spoken_for_only_where_children_hardly_come(
    industry: Workbook, often: str | None
) -> None:
    known = {} if often is None else {"children_come": often}
    person = a_person(industry, living="alone", **known)
    expected = None if often is None else often in ("hardly_ever", "never")
    assert spoken(industry, person) is expected


@pytest.mark.parametrize(("living", "holds"), [("with_children", False), (None, None)])
def test_need_of_family_takes_living_alone(
    industry: Workbook, living: str | None, holds: bool | None
) -> None:
    assert spoken(industry, a_person(industry, children_come="never", living=living)) is holds


def test_need_of_family_is_opened_and_the_plan_asks_the_family(industry: Workbook) -> None:
    person = a_person(industry, living="alone", children_come="never")
    industry.needs.settle_facts()
    (need,) = (one for one in industry.needs.of_person(person) if one.key == KEY)
    assert (need.title, need.domain, need.severity) == ("亲情关爱", "family", "medium")
    industry.plans.compile(persons=[person])
    plan = industry.plans.draft(person)
    assert "family_home" in {one.rule_code for one in plan.lines}


def test_dossier_says_how_often_beside_the_family_and_asks_where_there_are_children(
    industry: Workbook,
) -> None:
    def family_of(person: int) -> str:
        screen = Shell(industry, "caseworker", Place("person", {"id": str(person)})).screen
        return " ".join(" ".join(said(screen.panels["related"])).split())

    often = a_person(industry, children_come="weekly")
    childless, parent = a_person(industry), a_person(industry)
    with industry.transaction() as session:
        session.add(
            RelatedPerson(person_id=parent, name="张小清", relationship="daughter", source="t",
                          recorded_at=now(), recorded_by="t")
        )  # fmt: skip
    assert "子女看望频次 每周" in family_of(often)
    assert "子女看望频次" not in family_of(childless)
    assert "子女看望频次 未知" in family_of(parent)

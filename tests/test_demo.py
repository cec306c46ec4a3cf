"""Invented people are many, plausible, the same every time, and nobody real."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.demo import make_demo
from casework.demo.life import Life, resident_id
from casework.demo.lives import Inventor, invent
from casework.demo.seeds import population, seeds
from casework.errors import NotPermitted
from casework.factvalues import age_on, day_span
from casework.records import Fact, Person
from casework.reference import agencies, agency, code_list, fact
from casework.workbook import Workbook, open_workbook
from tests.conftest import AGENCY, TODAY

MANY = 1200


@cache
def lives(name: str = AGENCY, seed: int = 1, people: int = MANY) -> tuple[Life, ...]:
    """Invent people as they are on TODAY."""
    return tuple(invent(Inventor(agency(name), population(name), seeds(), TODAY), people, seed))


def values(life: Life, code: str, on: date = TODAY) -> list[str]:
    """Give what holds of a fact on a day."""
    return [
        one.value
        for one in life.facts
        if one.code == code and (one.valid_from or date.min) <= on <= (one.valid_to or date.max)
    ]


# ------------------------------------------------------------------ nobody real


@given(
    born=st.dates(date(1920, 1, 1), date(1966, 1, 1)),
    sex=st.sampled_from("12"),
    number=st.integers(0, 4_999_999),
)
def test_id_number_is_of_no_region_and_has_a_right_check_digit(
    born: date, sex: str, number: int
) -> None:
    made = resident_id(born, sex, number)
    assert made[:2] == "99"
    assert made[6:14] == f"{born:%Y%m%d}"
    assert int(made[16]) % 2 == (sex == "1")
    total = sum(
        (10 if digit == "X" else int(digit)) * 2 ** (17 - place) for place, digit in enumerate(made)
    )
    assert total % 11 == 1


def test_id_numbers_are_all_different() -> None:
    typed = [one.id_typed for one in lives() if one.id_typed]
    assert len(set(typed)) == len(typed)


def test_telephone_numbers_are_of_ranges_given_to_nobody() -> None:
    for life in lives():
        mobiles = values(life, "mobile") + [one.phone for one in life.relatives if one.phone]
        assert all(number.startswith("154") and len(number) == 11 for number in mobiles)
        assert all(number.split("-")[1][0] == "0" for number in values(life, "landline"))


# ------------------------------------------------------------------ the same every time


def test_people_are_the_same_for_the_same_seed() -> None:
    again = invent(Inventor(agency(AGENCY), population(AGENCY), seeds(), TODAY), 50, 1)
    assert list(again) == list(lives(people=50))


def test_people_differ_for_another_seed() -> None:
    assert [one.name for one in lives(people=50)] != [one.name for one in lives(seed=2, people=50)]


def test_person_is_the_same_however_many_are_invented() -> None:
    assert lives(people=50)[:40] == lives()[:40]


# ------------------------------------------------------------------ plausible


def test_communities_of_a_large_agency_are_more_and_not_larger() -> None:
    inventor = Inventor(agency(AGENCY), population(AGENCY), seeds(), TODAY)
    homes = {}
    for number in (0, 60_000):
        found = [inventor.life(number, Random(n), None, pairs=False) for n in range(30)]
        told = [(one.community, address) for one in found for address in values(one, "address")]
        assert told and all(community in address for community, address in told)
        homes[number] = {one.community for one in found}
    assert len(homes[0]) == len(homes[60_000]) > 3
    assert homes[0].isdisjoint(homes[60_000])


@pytest.mark.parametrize("name", agencies())
def test_facts_of_people_are_in_the_vocabulary(name: str) -> None:
    for life in lives(name, people=200):
        for known in life.facts:
            definition = fact(known.code)
            if definition.list and known.value:
                assert code_list(definition.list).entry(known.value) is not None, known
            if definition.kind == "date":
                assert day_span(known.value) is not None, known


@pytest.mark.parametrize("name", agencies())
def test_people_use_only_categories_and_levels_of_their_agency(name: str) -> None:
    here = agency(name)
    for life in lives(name, people=300):
        assert life.category in {one.code for one in here.categories}
        assert set(values(life, "level")) <= {one.code for one in here.ranks}


def test_single_facts_have_one_value_on_every_day_of_the_year() -> None:
    for life in lives(people=300):
        for days in (0, 30, 200, 365):
            on = TODAY - timedelta(days=days)
            held = Counter(one.code for one in life.facts if values(life, one.code, on))
            several = {code for code in held if len(values(life, code, on)) > 1}
            assert all(fact(code).multiple for code in several), several


def test_people_of_changshu_are_as_old_as_its_article_says() -> None:
    ages = sorted(age_on(one.born_on, TODAY) for one in lives())
    assert ages[0] >= 77
    assert ages[-1] <= 102
    assert 85 <= sum(ages) / len(ages) <= 90


def test_veterans_had_joined_before_the_first_of_october_1949() -> None:
    veterans = [one for one in lives() if one.category == "retired_veteran"]
    assert len(veterans) > 100
    for life in veterans:
        for text in values(life, "joined_on"):
            span = day_span(text)
            assert span is not None
            assert span[1] <= date(1949, 9, 30)
            assert span[0].year - life.born_on.year >= 14


def test_roster_has_every_kind_of_trouble_in_the_papers() -> None:
    kinds = {one.id_problem for one in lives()}
    assert kinds == {None, "missing", "bad_check_digit", "truncated_number"}
    filed = [values(one, "birth_date_file")[0] for one in lives() if one.id_problem is None]
    born = [f"{one.born_on:%Y-%m-%d}" for one in lives() if one.id_problem is None]
    assert 0 < sum(a != b for a, b in zip(filed, born, strict=True)) < 0.03 * MANY


def test_some_facts_are_unknown_and_some_known_to_be_none() -> None:
    for code in ("living", "condition", "wishes_asked"):
        unknown = sum(not values(one, code) for one in lives())
        assert 0 < unknown < 0.3 * MANY
    assert any(values(one, "condition") == [""] for one in lives())


def test_some_died_moved_away_or_came_within_the_year() -> None:
    assert any(one.died_on for one in lives())
    assert any(one.closed_on and not one.died_on for one in lives())
    assert any(one.opened_on for one in lives())
    for life in lives():
        if life.died_on:
            assert TODAY - timedelta(days=365) <= life.died_on < TODAY


def test_couples_live_together_at_one_address() -> None:
    couples = [one for one in lives() if one.spouse is not None]
    by_number = {one.number: one for one in lives()}
    assert couples
    for one in couples:
        other = by_number[one.spouse or 0]
        assert {one.sex, other.sex} == {"1", "2"}
        assert len({*values(one, "address"), *values(other, "address")}) <= 1
        assert [kin.relationship for kin in one.relatives].count("spouse") == 1


# ------------------------------------------------------------------ into the workbook


def test_demo_fills_a_workbook_with_as_many_people_as_asked(workbook_file: Path) -> None:
    book = make_demo(str(workbook_file), AGENCY, 40, 1, today=TODAY, history=False)
    with book.reading() as session:
        assert session.query(Person).count() == 40
        assert session.query(Fact).count() > 40 * 25
    book.close()


def test_demo_is_refused_when_people_are_there_already(workbook_file: Path) -> None:
    make_demo(str(workbook_file), AGENCY, 3, 1, today=TODAY, history=False).close()
    with pytest.raises(NotPermitted):
        make_demo(str(workbook_file), AGENCY, 3, 1, today=TODAY, history=False)


@pytest.mark.parametrize("name", agencies())
def test_demo_person_is_found_and_has_a_dossier(name: str, any_database: str) -> None:
    book = make_demo(any_database, name, 12, 1, today=TODAY, history=False)
    someone = lives(name, people=12)[0]
    found = book.people.search(someone.pinyin.replace(" ", ""))
    assert someone.name in [one.name for one in found]
    dossier = book.people.dossier(found[0].person_id)
    assert len(dossier.sections) == 6
    assert dossier.care_team
    book.close()


def test_demo_file_stands_alone_when_closed(workbook_file: Path) -> None:
    make_demo(str(workbook_file), AGENCY, 5, 1, today=TODAY, history=False).close()
    assert [one.name for one in workbook_file.parent.iterdir()] == [workbook_file.name]
    opened: Workbook = open_workbook(str(workbook_file), today=TODAY)
    assert opened.people.search(lives(people=5)[0].name)
    opened.close()

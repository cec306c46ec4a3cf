"""A wish is kept once, as a record of its own; a fact tells whether wishes were asked for."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select, text

from casework.access.engines import database_url, open_engine, writing
from casework.records import Fact, Wish
from casework.records.migrations import migrate
from casework.workbook import open_workbook
from tests.conftest import TODAY
from tests.test_needs import a_person

FACT = (
    "INSERT INTO fact (person_id, code, value, valid_from, valid_to, superseded_at, verified_on, "
    "source, recorded_at, recorded_by)"
)
WISH = "INSERT INTO wish (person_id, text, source, recorded_at, recorded_by)"
WRITTEN = "'名册', '2025-01-01T00:00:00+00:00', 't'"


def test_wish_that_is_written_down_tells_that_it_was_asked(any_workbook):
    person = a_person(any_workbook)
    before = any_workbook.people.dossier(person)
    any_workbook.needs.record_wish(person, "想学书法", said_on=date(2025, 2, 1))
    any_workbook.needs.record_wish(person, "想去公园", said_on=date(2025, 3, 1))
    after = any_workbook.people.dossier(person)
    assert after.completeness[0] == before.completeness[0] + 1
    (asked,) = after.field("wishes_asked").entries
    assert (asked.value, asked.valid_from, asked.verified_on) == (
        "yes",
        date(2025, 2, 1),
        date(2025, 3, 1),
    )


def test_wish_ends_what_was_asked_and_denied(any_workbook):
    person = a_person(any_workbook)
    day = date(2025, 1, 5)
    any_workbook.people.record_fact(person, "wishes_asked", "no", source="走访", since=day)
    any_workbook.needs.record_wish(person, "想学书法")
    dossier = any_workbook.people.dossier(person)
    assert [one.value for one in dossier.field("wishes_asked").entries] == ["yes"]
    then = any_workbook.people.dossier(person, as_of=date(2025, 2, 1))
    assert [one.value for one in then.field("wishes_asked").entries] == ["no"]
    assert then.wishes == ()


def test_wishes_kept_as_facts_move_with_their_history(any_database):
    engine = open_engine(database_url(any_database))
    with writing(engine).begin() as connection:
        migrate(connection, "0007_consent")
        adding = "INSERT INTO person (name, name_pinyin, name_initials, version)"
        for _number in range(3):
            connection.execute(text(f"{adding} VALUES ('甲', '', '', 1)"))
        held = (
            "1, 'service_wish', '想学书法', '2024-05-01', NULL, NULL, '2024-06-01'",
            "1, 'service_wish', '代取药品', NULL, NULL, NULL, '2024-07-01'",
            "1, 'service_wish', '安装扶手', '2023-01-01', '2023-12-31', NULL, '2023-01-01'",
            "1, 'service_wish', '写错的', NULL, NULL, '2024-01-01T00:00:00+00:00', NULL",
            "2, 'service_wish', '', '2024-05-01', NULL, NULL, '2024-05-01'",
            "3, 'hobby', '书法', NULL, NULL, NULL, NULL",
        )
        for values in held:
            connection.execute(text(f"{FACT} VALUES ({values}, {WRITTEN})"))
        connection.execute(text(f"{WISH} VALUES (1, '代取药品', {WRITTEN})"))
    engine.dispose()
    book = open_workbook(any_database, agency="changshu", today=TODAY)
    with book.reading() as session:
        wishes = {
            one.text: (one.said_on, one.closed_on, one.superseded_at is not None)
            for one in session.scalars(select(Wish).where(Wish.person_id == 1))
        }
        asked = {
            one.person_id: (one.value, one.valid_from, one.verified_on)
            for one in session.scalars(select(Fact).where(Fact.code == "wishes_asked"))
        }
        left = session.scalars(
            select(Fact.value).where(Fact.code == "service_wish", Fact.superseded_at.is_(None))
        ).all()
        n_wishes = len(session.scalars(select(Wish)).all())
    book.close()
    assert wishes == {
        "代取药品": (None, None, False),
        "想学书法": (date(2024, 5, 1), None, False),
        "安装扶手": (date(2023, 1, 1), date(2023, 12, 31), False),
        "写错的": (None, None, True),
    }
    assert n_wishes == 4
    assert asked == {
        1: ("yes", None, date(2024, 7, 1)),
        2: ("no", date(2024, 5, 1), date(2024, 5, 1)),
    }
    assert left == []

"""Every capability of dossiers, needs and plans (M1, M2, M3) is on a screen.

Each names the screen and the words that stand there in a workbook of its agency in which the thing
is done, not words of a label alone. What is not served would stand there under ``left``, with why.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from casework.records import CareTeamMember, RelatedPerson
from casework.records.base import now
from casework.ui import Shell
from casework.ui.widgets import Place
from casework.workbook import Workbook, open_workbook
from casework.workbook.contact_entry import ContactEntry, Participant, PersonEntry
from casework.workbook.finding import refresh_search
from casework.workbook.goals import GoalEntry
from casework.workbook.life import LifeEvent
from tests.test_capabilities_of_visits import AGENCIES, said
from tests.test_outcomes import ucla_sheets
from tests.test_plans import a_fact, a_person
from tests.test_rosters import a_worker

ROOT = Path(__file__).parents[1]
CASES = tomllib.loads(
    (ROOT / "tests" / "cases" / "m1_m2_m3_capabilities.toml").read_text(encoding="utf-8")
)
TODAY = date(2026, 1, 26)


def world(book: Workbook) -> None:
    """Write somebody of whom much is known and wanted, and somebody else of whom little is."""
    worker = a_worker(book, "周联系")
    facts = {
        "living": "alone", "health": "disabled", "level": "bureau_deputy", "condition": "冠心病",
        "medicine": "硝苯地平", "hobby": "书法", "care_model": "home",
        "address": "琴湖社区3栋201", "mobile": "13900000000", "children_come": "hardly_ever",
    }  # fmt: skip
    one = a_person(book, category="retired_veteran", **facts)
    other = a_person(book, hobby="门球", health="good")
    told: dict[str, Any] = {"recorded_at": now(), "recorded_by": "t"}
    with book.transaction() as session:
        retired = TODAY - timedelta(days=6)
        session.add(a_fact(one, "retired_on", str(retired), earliest=retired, latest=retired))
        session.add(
            RelatedPerson(person_id=one, name="张小清", relationship="20", phone="13900000001",
                          is_emergency=True, source="t", **told)
        )  # fmt: skip
        since = TODAY - timedelta(days=200)
        session.add(
            CareTeamMember(
                person_id=other, role="volunteer", name="沈一帆", valid_from=since, **told
            )
        )
        session.add_all(ucla_sheets(other, (since, 8), (TODAY, 4)))
        refresh_search(session)
    book.people.seat_care_team(one, "caseworker", staff_id=worker)
    book.identity.add_alias(one, "文一多", "online", source="本人")
    book.identity.rename(other, "李静", source="t")
    book.needs.record_wish(one, "想学书法")
    book.needs.raise_need(one, "companionship", "常有人说说话", "medium")
    half_a_year = TODAY + timedelta(days=180)
    book.goals.set(one, GoalEntry("每周散步五次", "care", "own", 5, half_a_year, unit="次/周",
                                  baseline=1))  # fmt: skip
    heard = (PersonEntry(other, heard="想多出门"),)
    book.contacts.record(ContactEntry("k", TODAY, "phone", heard,
                                      participants=(Participant(worker, "周联系"),)))  # fmt: skip
    book.life.record(other, LifeEvent("away", TODAY, "本人", place="海南后海"))
    book.plans.compile()


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Workbook]]:
    folder = tmp_path_factory.mktemp("capabilities")
    opened: dict[str, Workbook] = {}

    def of(name: str) -> Workbook:
        if name not in opened:
            path = str(folder / f"{name}.sqlite")
            opened[name] = open_workbook(path, agency=name, today=TODAY)
            world(opened[name])
        return opened[name]

    yield of
    for one in opened.values():
        one.close()


@pytest.mark.parametrize("one", CASES["capability"], ids=lambda one: one["id"])
def test_capability_is_found_on_its_screen(
    one: dict[str, Any], books: Callable[[str], Workbook]
) -> None:
    book = books(AGENCIES[one["id"].partition("-")[0]])
    params = {key: str(value) for key, value in one.get("params", {}).items()}
    place = Place(one["screen"], params)
    screen = Shell(book, one.get("audience", "supervisor"), place).screen
    if "press" in one:
        getattr(screen, one["press"])()
    shown = " ".join(" ".join(said(screen)).split())
    assert [words for words in one["words"] if words not in shown] == []
    assert [words for words in one.get("without", ()) if words in shown] == []
    if "also" in one:
        assert (ROOT / one["also"]).exists()


def test_cases_name_every_capability_once() -> None:
    ids = [one["id"] for one in CASES["capability"]]
    left = {one["id"]: one["why"] for one in CASES.get("left", ())}
    assert len(set(ids)) == len(ids)
    assert not set(ids) & left.keys()
    assert len(set(ids) | left.keys()) == 41


def test_printed_dossiers_say_of_how_many_there_is_no_sheet(
    books: Callable[[str], Workbook], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("casework.ui.screens.person_sheet._MOST", 1)
    place = Place("person_sheet", {"id": "1,2"})
    screen = Shell(books("zhuzhou-industry"), "supervisor", place).screen
    assert "共选 2 人，这里是前 1 人" in " ".join(said(screen))

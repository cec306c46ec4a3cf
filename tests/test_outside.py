"""Papers for people outside the office say nothing of whoever has not consented to be told of."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path

import pytest
from python_calamine import load_workbook
from sqlalchemy import select

from casework.cli import main
from casework.errors import NotPermitted
from casework.exchange.unit_returns import read_form
from casework.records import Disclosure, Person, RosterVisit
from casework.ui import Shell
from casework.ui.widgets import Place
from casework.workbook import Workbook
from casework.workbook.campaign_terms import Segment
from casework.workbook.consents import ConsentEntry
from casework.workbook.rights import RequestEntry
from casework.workbook.roster_outside import calendar_of, give_visits, tellable
from casework.workbook.sharing import ShareEntry
from tests.test_campaigns import BEGIN, a_campaign
from tests.test_plans import a_person
from tests.test_rosters import FRIDAY, MONDAY, MOVES, a_visit, a_worker

UNIT = "市水利局"
NAMES = ("张一", "王二", "李三", "赵四", "钱五")


def some(book: Workbook, **facts: str) -> list[int]:
    """Write five people; the second said no, the third nothing, the fourth wants no more sharing.

    Of the first and the fifth may be told, unless the answer of the latter leaves something out.
    """
    people = [a_person(book, **facts) for _name in NAMES]
    with book.transaction() as session:
        for person, name in zip(people, NAMES, strict=True):
            session.get_one(Person, person).name = name
    return people


def answered(book: Workbook, people: list[int], purpose: str, less: tuple[str, ...]) -> None:
    for person, answer in zip(people, ("given", "refused", None, "given", "given"), strict=True):
        if answer is not None:
            kinds = {purpose: less} if person == people[4] else {}
            book.consents.record(person, ConsentEntry(answers={purpose: answer}, kinds=kinds))
    book.rights.receive(people[3], RequestEntry("restrict"))


def given(book: Workbook) -> set[tuple[int, str, str, str]]:
    with book.reading() as session:
        rows = session.scalars(select(Disclosure)).all()
        return {(one.person_id, one.recipient, one.recipient_name, one.kind) for one in rows}


@pytest.fixture
def campaign(any_workbook: Workbook) -> Workbook:
    """Five of one unit on the frozen list of a campaign whose visits their unit makes."""
    book = any_workbook
    book._today = BEGIN
    people = some(book, unit=UNIT)
    number = a_campaign(book, frozen=False)
    for one in book.campaigns.show(number).terms.segments:
        book.campaigns.set_segment(
            number, Segment(one.code, one.label, one.when, "unit", None, one.gifts)
        )
    book.campaigns.freeze(number)
    answered(book, people, "unit", ("phone",))
    return book


def test_form_for_a_unit_names_those_who_consented_and_writes_it_down(campaign: Workbook) -> None:
    (unit,) = campaign.unit_returns.units(1)
    assert (unit.people, {name for _id, name in unit.withheld}) == (5, {*NAMES[1:]})
    for _again in range(2):
        content = campaign.unit_returns.form(1, UNIT)
    text = repr(load_workbook(io.BytesIO(content)).get_sheet_by_index(0).to_python())
    assert [name for name in NAMES if name in text] == ["张一"]
    assert given(campaign) == {(1, "unit", UNIT, "identity")}
    with campaign.reading() as session:
        assert [one.fields for one in session.scalars(select(Disclosure))] == [["name"]]  # once
    assert [one.recipient_name for one in campaign.sharing.to_tell()] == []
    campaign.consents.withdraw(1, "unit")
    assert [one.recipient_name for one in campaign.sharing.to_tell()] == [UNIT]
    with pytest.raises(NotPermitted, match=UNIT):
        campaign.unit_returns.form(1, UNIT)


def test_page_of_returns_says_who_is_on_no_form_and_how_to_ask(campaign: Workbook) -> None:
    shell = Shell(campaign, "supervisor", Place("campaign_returns", {"id": "1"}))
    returns = shell.screen
    told = returns.withheld.html
    assert all(name in told for name in NAMES[1:]) and "张一" not in told
    returns.withheld.click("consent", person=2)
    assert shell.place.route == "consent"
    returns._folder.cleanup()


@pytest.fixture
def visits(any_workbook: Workbook) -> tuple[Workbook, int, int]:
    """Five to be visited by a volunteer, and somebody who works here."""
    book = any_workbook
    people = some(book, location="31.654,120.752", address="解放路 1 号", community="芦淞社区")
    volunteer, worker = a_worker(book, "志愿者甲", "volunteer"), a_worker(book, "工作员乙")
    for person in people:
        a_visit(book, person)
    roster = book.rosters.propose(MONDAY, moves=MOVES)
    go(book, volunteer)
    book.rosters.publish(roster)
    answered(book, people, "volunteer", ("identity",))
    return book, volunteer, worker


def go(book: Workbook, staff: int) -> None:
    """Let somebody make all visits of the roster."""
    with book.transaction() as session:
        for at, one in enumerate(session.scalars(select(RosterVisit)).all()):
            one.staff_id, one.on_day, one.starts_at = staff, MONDAY, 480 + 60 * at


def entries(book: Workbook) -> list[object]:
    return list(book.rosters.published(MONDAY, FRIDAY))


def test_calendar_of_a_volunteer_holds_those_who_consented_and_the_office_s_all(visits) -> None:
    book, volunteer, worker = visits
    assert tellable(book, entries(book), worker) is None
    go(book, worker)
    office = calendar_of(book, entries(book), worker, "工作员乙").decode()
    assert all(name in office for name in NAMES)
    assert given(book) == set()
    go(book, volunteer)
    made = calendar_of(book, entries(book), volunteer, "志愿者甲").decode()
    assert [name for name in NAMES if name in made] == ["张一"]
    assert given(book) == {(1, "volunteer", "志愿者甲", kind) for kind in ("identity", "address")}
    book.consents.withdraw(1, "volunteer")
    with pytest.raises(NotPermitted, match="志愿者甲"):
        give_visits(book, entries(book), volunteer)


def test_day_sheet_of_a_volunteer_is_empty_where_nobody_consented_and_written_down_first(
    visits,
) -> None:
    book, volunteer, worker = visits
    screen = shown(book, volunteer)
    assert [name for name in NAMES if name in screen.sheets.html] == ["张一"]
    assert screen.sheets.html.count("解放路") == 1
    assert "data-print" not in screen.ways.html
    assert all(name in screen.told.html for name in NAMES[1:])
    screen.give()
    assert "data-print" in screen.ways.html
    assert {one[:3] for one in given(book)} == {(1, "volunteer", "志愿者甲")}
    go(book, worker)
    inside = shown(book, worker)
    assert all(name in inside.sheets.html for name in NAMES)
    assert "data-print" in inside.ways.html
    assert inside.told.html == ""


def shown(book: Workbook, staff: int):
    place = Place("day_sheet", {"roster": "1", "staff": str(staff)})
    return Shell(book, "supervisor", place).screen


def test_command_writes_calendars_of_volunteers_with_those_who_consented(
    visits, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book, volunteer, worker = visits
    address = book.engine.url.render_as_string(hide_password=False)
    day = (MONDAY - timedelta(days=7)).isoformat()
    said = ["roster", "export", "1", "--out", str(tmp_path), "--db", address, "--as-of", day]
    assert main(said) == 0
    made = (tmp_path / f"roster-1-staff-{volunteer}.ics").read_text("utf-8")
    assert [name for name in NAMES if name in made] == ["张一"]
    go(book, worker)
    assert main(said) == 0
    made = (tmp_path / f"roster-1-staff-{worker}.ics").read_text("utf-8")
    assert all(name in made for name in NAMES)


def test_paper_about_several_is_written_down_whole_or_not_at_all(any_workbook: Workbook) -> None:
    book = any_workbook
    people = some(book)
    answered(book, people, "community", ("living",))
    entry = ShareEntry("community", "community", "芦淞社区", ("identity", "address"))
    assert book.sharing.may_tell(people, entry) == {people[0]}
    with pytest.raises(NotPermitted):
        book.sharing.hand_out(people[:2], entry)
    assert given(book) == set()
    assert book.sharing.hand_out(people[:1], entry) == 1


def test_what_may_be_told_of_many_is_what_may_be_told_of_each(any_workbook: Workbook) -> None:
    book = any_workbook
    people = some(book)
    answered(book, people, "volunteer", ("identity",))
    book.consents.record(
        people[2], ConsentEntry(answers={"volunteer": "given"}, recipient_name="志愿者甲")
    )
    for name in ("志愿者甲", "志愿者乙"):
        for kinds in (("identity",), ("identity", "address")):
            entry = ShareEntry("volunteer", "volunteer", name, kinds)
            each = {
                one for one in people
                if set(kinds) <= set(book.sharing.may(one, "volunteer", recipient_name=name))
            }  # fmt: skip
            assert book.sharing.may_tell(people, entry) == each


def test_form_is_read_back_with_whom_it_names(campaign: Workbook, tmp_path: Path) -> None:
    (tmp_path / "form.xlsx").write_bytes(campaign.unit_returns.form(1, UNIT))
    assert [one.person_no for one in read_form(tmp_path / "form.xlsx", BEGIN).rows] == [1]

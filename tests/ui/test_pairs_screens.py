"""The screens of helpers and pairs: entered, proposed, accepted, printed; and in a browser."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from casework.errors import InvalidEntry
from casework.exchange.lists import excel_list
from casework.terms import use_language
from casework.ui import Shell
from casework.ui.widgets import Hit, Place
from casework.workbook import Workbook
from casework.workbook.consent_entry import ConsentEntry
from casework.workbook.helper_rows import CheckEntry
from tests.conftest import TODAY
from tests.test_pairs import a_helper, somebody_alone
from tests.ui.axe import findings


def shown(book: Workbook, route: str, audience: str = "supervisor", **params: object) -> Shell:
    return Shell(book, audience, Place(route, {k: str(v) for k, v in params.items()}))


@pytest.fixture
def office(workbook: Workbook) -> Workbook:
    """Four people alone, two volunteers of a unit with three places between them."""
    people = somebody_alone(workbook, 4, community="琴湖社区")
    for person in people[:2]:
        workbook.consents.record(
            person, ConsentEntry({"volunteer": "given"}, client_key=f"yes{person}", on=TODAY)
        )
    a_helper(workbook, "沈一帆", max_people=2, phone="15400000001")
    a_helper(workbook, "何巧云", max_people=1)
    return workbook


VIEWS: list[tuple[str, dict[str, object]]] = [
    ("helpers", {}), ("helpers", {"view": "left"}), ("helpers", {"helper": 1}),
    *(("pairs", {"view": view}) for view in
      ("pairs", "quiet", "unvetted", "missing", "teams", "ended")),
    ("pairs", {"person": 1}), ("pairs", {"helper": 1}),
    ("pairing", {}), ("pairing", {"lost": "1"}), ("pairing", {"id": 1}), ("pair_sheets", {}),
]  # fmt: skip


def test_every_view_stands_in_both_languages(office: Workbook) -> None:
    office.pair_rounds.accept(office.pair_rounds.propose("volunteer"))
    for language in ("zh", "en"):
        use_language(language)
        for route, params in VIEWS:
            shell = shown(office, route, **params)
            assert shell.place.route == route
            paint = str(shell.first_paint())
            said = re.sub(r"data-args=\"[^\"]*\"|<style>.*?</style>", "", paint, flags=re.S)
            assert "{" not in said, (route, params, language)


def test_empty_register_and_no_pairs_say_what_to_do(workbook: Workbook) -> None:
    for route in ("helpers", "pairs", "pairing"):
        screen = shown(workbook, route).screen
        assert screen.table.view["page"]["rows"] == []
        assert screen.table.view["empty"][0]


def test_helper_is_entered_vetted_and_stops(workbook: Workbook) -> None:
    screen = shown(workbook, "helpers").screen
    screen.add()
    screen.own["name"].entry, screen.own["kind"].entry = "沈一帆", "volunteer"
    screen.own["dialect"].entry = "常熟话，普通话"
    screen.save()
    (row,) = workbook.helpers.list().rows
    assert row.terms["dialect"] == ("常熟话", "普通话")
    screen.check_fields["check_kind"].entry = "vetting"
    screen.check_fields["outcome"].entry = "passed"
    screen.check_fields["done_on"].entry = TODAY.isoformat()
    screen.check()
    assert workbook.helpers.one(row.helper_id).row.vetting == "valid"
    screen.leave_fields["last_day"].entry = TODAY.isoformat()
    screen.leave_fields["why_left"].entry = "搬家"
    screen.stop()
    assert workbook.helpers.one(row.helper_id).row.left_reason == "搬家"


def test_wrong_entry_stays_beside_its_field(workbook: Workbook) -> None:
    screen = shown(workbook, "helpers").screen
    screen.add()
    screen.own["kind"].entry = "volunteer"
    with pytest.raises(InvalidEntry):
        screen.save()
    assert screen.own["name"].view["error"]
    assert workbook.helpers.list().total == 0


def test_register_is_read_from_a_file_in_two_clicks(workbook: Workbook) -> None:
    screen = shown(workbook, "helpers").screen
    screen.open_file()
    rows = [["沈一帆", "志愿者", "15400000001"], ["何巧云", "外星人", ""]]
    content = excel_list("登记表", "", ["姓名", "类别", "联系电话"], rows)
    screen.look_at("登记表.xlsx", content)
    assert workbook.helpers.list().total == 0 and screen.report.counts["held"] == 1
    screen.take_in()
    assert [one.name for one in workbook.helpers.list().rows] == ["沈一帆"]
    assert not list(Path(screen._folder.name).iterdir())


def test_pairs_are_proposed_accepted_and_taken_back(office: Workbook) -> None:
    shell = shown(office, "pairing")
    assert "4" in shell.screen.there.html
    shell.screen.propose()
    assert shell.place.route == "pairing" and shell.place.params["id"]
    screen = shell.screen
    assert "名额已满" in str(screen.table.texts())
    first = next(one for one in screen.shown.offers if one.state == "open")
    screen.table.select(first.offer_id)
    screen.table.act("accept")
    assert office.pairs.list().total == 1
    screen.accept_all()
    assert office.pairs.list().total == 3
    screen.take_all_back()
    assert office.pairs.list().total == 0


def test_who_would_be_without_is_told_before_anybody_stops(office: Workbook) -> None:
    office.pair_rounds.accept(office.pair_rounds.propose("volunteer"))
    (helper,) = office.helpers.list(search="沈一帆").rows
    screen = shown(office, "pairing", lost=helper.helper_id).screen
    screen.without()
    assert "无人接替" in screen.answer.html
    assert office.pairs.list().total == 3


def test_pair_is_made_ended_and_goes_on_by_hand(office: Workbook) -> None:
    screen = shown(office, "pairs").screen
    screen.add()
    screen.fields["person"].put(Hit("1", "张清"))
    screen.fields["helper"].put(*screen.fields["helper"].find("沈"))
    screen.pair()
    (row,) = office.pairs.list().rows
    screen.choose(str(row.seat_id))
    screen.fields["why"].entry = "本人要求"
    screen.end()
    assert [one.end_reason for one in office.pairs.history(row.person_id)] == ["本人要求"]
    screen._resumed(row.seat_id)
    assert [one.end_reason for one in office.pairs.history(row.person_id)] == [None]


def test_sheet_of_a_helper_says_nothing_of_whoever_has_not_consented(office: Workbook) -> None:
    office.pair_rounds.accept(office.pair_rounds.propose("volunteer"))
    told = {one.person_id for one in office.pairs.list(limit=None).rows if one.consent == "given"}
    screen = shown(office, "pair_sheets").screen
    people = [one for sheet in screen.found for one in sheet.people]
    assert {one.person_id for one in people if one.may_tell} == told
    assert all(not one.told and not one.due for one in people if not one.may_tell)
    assert told and screen.sheets.html.count("未同意提供") == 3 - len(told)
    screen.give()
    given = office.sharing.given_out()
    assert {(one.person_id, one.recipient) for one in given} == {(one, "volunteer") for one in told}


def test_caseworker_sees_pairs_and_changes_none(office: Workbook) -> None:
    from tests.test_caseloads import staff

    office.pair_rounds.accept(office.pair_rounds.propose("volunteer"))
    staff(office)
    office.act_as("caseworker0")
    for route in ("helpers", "pairs", "pairing"):
        screen = shown(office, route, "caseworker").screen
        assert not screen.can_edit
        assert not screen.table.together


def test_dossier_shows_everybody_in_one_seat(office: Workbook) -> None:
    (person,) = somebody_alone(office)
    for name in ("甲乙", "丙丁"):
        office.pairs.pair(person, a_helper(office, name))
    html = shown(office, "person", id=person).screen.panels["care_team"].html
    assert "甲乙" in html and "丙丁" in html


def test_contact_with_a_helper_is_of_the_seat_the_helper_sits_in(office: Workbook) -> None:
    (person,) = somebody_alone(office)
    since = TODAY - timedelta(days=60)
    helper = a_helper(office, "何医生", CheckEntry("vetting", since), kind="community_doctor")
    office.pairs.pair(person, helper, since=since)
    assert [one.state for one in office.pairs.list(person_id=person).rows] == ["quiet"]
    screen = shown(office, "contact", "caseworker", persons=person, helper="何医生").screen
    screen.fields["channel"].entry = "phone"
    screen.save()
    assert [one.state for one in office.pairs.list(person_id=person).rows] == ["active"]


# --- in a browser -------------------------------------------------------------------------------


def test_register_proposal_pair_and_sheet_in_one_journey(
    office: Workbook, page: Page, open_page, visit, tmp_path: Path
) -> None:
    file = tmp_path / "登记表.xlsx"
    rows = [["褚明", "志愿者", "单位", "15400000003", "2025-01-05"]]
    heads = ["姓名", "类别", "来源", "联系电话", "审核日期"]
    file.write_bytes(excel_list("登记表", "", heads, rows))
    visit(page, "#/helpers", audience="supervisor")
    page.get_by_role("button", name="导入登记表").click()
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="登记 1 人").click()
    expect(page.locator(".cw-toasts")).to_contain_text("新登记 1 人")
    assert findings(page) == []
    page.evaluate("location.hash = '#/pairing'")
    expect(page.get_by_role("heading", level=1)).to_contain_text("结对推荐")
    page.get_by_role("button", name=re.compile("^推荐结对")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("推荐 1 号")
    assert findings(page) == []
    page.get_by_role("button", name=re.compile("全部采纳")).click()
    expect(page.locator(".cw-toasts")).to_contain_text("已结对")
    page.evaluate("location.hash = '#/pairs'")
    expect(page.get_by_role("row")).to_have_count(5)
    assert findings(page) == []
    page.get_by_role("button", name="打印联系单", exact=True).click()
    page.get_by_role("button", name=re.compile("登记已提供联系单")).click()
    expect(page.locator(".cw-toasts")).to_contain_text("已登记")
    expect(page.get_by_role("button", name="打印", exact=True)).to_be_visible()
    assert findings(page) == []
    assert office.pairs.list().total == 4
    assert len(office.sharing.given_out()) == 2
    phone = visit(open_page(viewport={"width": 390, "height": 844}), "#/pairs?view=missing",
                  audience="supervisor")  # fmt: skip
    expect(phone.get_by_role("row").first).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390

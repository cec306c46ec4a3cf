"""The policy workbench: rules listed, one changed with a live count, compared, saved, undone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from casework.errors import InvalidEntry
from casework.records import Staff
from casework.rules import Problem
from casework.rules.writing import change_rule, write_rules
from casework.terms import _, speaking
from casework.ui import Panel, Query, Shell
from casework.ui.screens.policy import PolicyScreen
from casework.ui.screens.policy_parts import problem_view
from casework.ui.screens.policy_rule import RuleScreen
from casework.workbook import Workbook
from tests.test_caseloads import staff
from tests.test_rulebook import people
from tests.ui.axe import findings

RULE = "visit_monthly_double_high"


def screen_of(workbook: Workbook, route: str = "policy", **place: Any) -> Any:
    shell = Shell(workbook, "supervisor")
    shell.go(route, **place)
    return shell.screen


def plain(panel: Panel) -> str:
    """Give the text of a panel, thin spaces as plain ones."""
    return re.sub("<[^>]*>", "", str(panel.html)).replace("\u2009", " ")


def test_list_says_each_rule_aloud_with_its_people(workbook: Workbook) -> None:
    people(workbook)
    screen = screen_of(workbook)
    assert isinstance(screen, PolicyScreen)
    rows = {row[0]: row for row in screen.table.texts()}
    assert rows["每月电话问候"][1:4] == ["每月 1 次", "老干部工作者", "6"]
    screen.table.search("年满90周岁")
    assert [row[0] for row in screen.table.texts()] == ["结对志愿者每周电话", "补齐双向结对志愿者"]


def test_list_is_narrowed_to_a_document_and_a_service(workbook: Workbook) -> None:
    screen = screen_of(workbook)
    screen.by_document.entry = "中华人民共和国老年人权益保障法"
    assert [row[0] for row in screen.table.texts()] == ["重阳节慰问"]
    screen.by_service.entry = "visit"
    assert screen.table.texts() == []


def test_count_follows_the_typing_and_opens_its_people(workbook: Workbook) -> None:
    ids = people(workbook)
    screen = screen_of(workbook, "policy_rule", rule=RULE)
    assert isinstance(screen, RuleScreen)
    screen.condition.entry = "居住状况 为 独居 且 年龄 ≥ 80"
    assert "2 人符合" in plain(screen.live) and "1 人不详" in plain(screen.live)
    assert "居住状况为独居，且年满80周岁" in screen.aloud.html
    screen.live.click("people", unknown=False)
    assert {row[0] for row in screen.people.children[1].texts()} == {"测0", "测1"}
    screen.live.click("people", unknown=True)
    screen.people.children[1].open_row(ids[5])
    assert screen.shell.place.params == {"id": str(ids[5])}


def test_people_listed_are_those_of_the_condition_in_the_form(workbook: Workbook) -> None:
    people(workbook)
    screen = screen_of(workbook, "policy_rule", rule=RULE)
    screen.live.click("people", unknown=False)
    assert screen.people.children
    screen.condition.entry = "类别 为 退休 且 年龄 ≥ 90"
    assert screen.people.children == (), "they were listed by the condition before"


def test_mistake_is_marked_where_it_is_and_put_right_by_a_click(workbook: Workbook) -> None:
    people(workbook)
    screen = screen_of(workbook, "policy_rule", rule=RULE)
    screen.condition.entry = "年龄 ≥ 80 且 居住状态 为 独居"
    assert "<mark>居住状态</mark>" in screen.live.html
    screen.live.click("correct", start=10, end=14, word="居住状况")
    assert screen.condition.entry == "年龄 ≥ 80 且 居住状况 为 独居"
    assert "人符合" in screen.live.html


def test_helper_explains_a_fact_and_puts_it_in(workbook: Workbook) -> None:
    screen = screen_of(workbook, "policy_rule", rule=RULE)
    screen.condition.entry = "年龄 ≥ 80"
    screen.helper.about.entry = "fact:living"
    screen.helper.told.click("put", words="居住状况 为 独居")
    assert screen.condition.entry == "年龄 ≥ 80 且 居住状况 为 独居"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_whatever_the_helper_offers_is_understood(workbook: Workbook, language: str) -> None:
    with speaking(language):
        screen = screen_of(workbook, "policy_rule", rule=RULE)
        for code in screen.helper.options:
            screen.helper.about.entry = code
            for words in screen.helper.examples:
                assert workbook.rulebook.understood(words), words


def test_change_is_compared_saved_with_its_day_and_undone(workbook: Workbook) -> None:
    people(workbook)
    screen = screen_of(workbook, "policy_rule", rule=RULE)
    screen.condition.entry = "类别 为 退休 且 年龄 ≥ 90"
    screen.fields["since"].entry = "2025-04-01"
    with pytest.raises(InvalidEntry):
        screen.save()
    assert screen.fields["note"].error
    screen.compare()  # before anybody has to say why
    assert not screen.fields["note"].error
    assert "涉及" in screen.outcome.html and "按工作人员" in screen.outcome.html
    screen.fields["note"].entry = "局务会决定"
    screen.save()
    assert screen.shell.place.route == "policy"
    listed = screen.shell.screen
    states = [row[-1] for row in listed.table.texts() if row[0].startswith("双高期及独居")]
    assert states == ["有效至2025年3月31日", "2025年4月1日起生效"]
    assert "局务会决定" in listed.past.html
    listed.past.click("undo")
    assert workbook.rulebook.history()[0].undone
    assert "2025年4月1日起生效" not in str(listed.table.texts())


def opened(screen: Any, by: str, key: str, name: str) -> list[list[str]]:
    """Click a figure of a finding, and give the rows that it opens."""
    screen.outcome.panel.click("rows", by=by, key=key, name=name)
    return screen.outcome.rows.children[1].texts()


def test_every_figure_of_a_change_opens_the_people_whose_tasks_it_counts(
    workbook: Workbook,
) -> None:
    people(workbook)
    screen = screen_of(workbook, "policy_rule", rule=RULE)
    screen.condition.entry = "类别 为 退休 且 年龄 ≥ 70"
    screen.compare()
    found = screen.outcome.found
    figures = [
        (by, row, name)
        for by, rows in (
            ("rule", found.by_rule),
            ("unit", found.by_unit),
            ("worker", found.by_worker),
        )
        for row in rows
        for name in ("added", "removed", "moved")
        if row.counts[name].tasks
    ]
    assert {by for by, *_rest in figures} == {"rule", "unit", "worker"}
    for by, row, name in figures:
        counted = [int(one[-1]) for one in opened(screen, by, row.key, name)]
        assert sum(counted) == row.counts[name].tasks, (by, row.key, name)
    everybody = opened(screen, "people", "", "")
    assert [one[0] for one in everybody] == [one.name for one in found.persons]
    assert [int(one[1]) - int(one[2]) for one in everybody] == [
        one.added - one.removed for one in found.persons
    ]
    first = found.persons[0]
    screen.outcome.rows.children[1].open_row(first.person_id)
    assert screen.shell.place.params == {"id": str(first.person_id)}


def test_every_figure_of_the_past_year_opens_the_people_whose_tasks_it_counts(
    workbook: Workbook,
) -> None:
    people(workbook)
    screen = screen_of(workbook, "policy_rule", rule="phone_monthly")
    screen.look_back()
    row = next(one for one in screen.outcome.found.by_rule if one.key == "phone_monthly")
    rows = opened(screen, "rule", "phone_monthly", "missed")
    assert {one[0] for one in rows} <= {f"测{n}" for n in range(9)}
    assert sum(int(one[1]) for one in rows) == row.counts["missed"].tasks > 0


def test_stronger_rule_is_let_stand_instead_of_a_weaker_one_without_code(
    workbook: Workbook,
) -> None:
    people(workbook)
    screen = screen_of(workbook, "policy_rule", rule="visit_quarterly")
    offered = {one.code: one.label for one in screen.fields["instead_of"].options}
    assert offered[RULE] == "双高期及独居、失能每月走访" and "visit_quarterly" not in offered
    screen.fields["instead_of"].entry = [RULE]
    screen.fields["when_away"].entry = "excuse"
    screen.fields["note"].entry = "局务会决定"
    with pytest.raises(InvalidEntry, match="互相取代"):
        screen.save()  # the other stands instead of this one already
    strong = screen_of(workbook, "policy_rule", rule=RULE)
    strong.fields["instead_of"].entry = []
    strong.fields["note"].entry = "局务会决定"
    strong.save()
    screen = screen_of(workbook, "policy_rule", rule="visit_quarterly")
    screen.fields["instead_of"].entry = [RULE]
    screen.fields["when_away"].entry = "excuse"
    screen.fields["note"].entry = "局务会决定"
    screen.save()
    rules = {rule.code: rule for rule in workbook.plans.rules()}
    assert rules["visit_quarterly"].instead_of == (RULE,)
    assert rules["visit_quarterly"].duty.when_away == "excuse"
    assert rules["visit_quarterly"].duty.when_in_hospital == "visit"
    again = screen_of(workbook, "policy_rule", rule="visit_quarterly")
    again.fields["service"].entry = "call"
    assert RULE in [one.code for one in again.fields["instead_of"].options], "ticked before"


def test_open_tasks_that_a_change_withdraws_are_counted_and_listed(workbook: Workbook) -> None:
    ids = people(workbook)
    workbook.plans.compile(days=200)
    screen = screen_of(workbook, "policy_rule", rule="visit_quarterly")
    screen.condition.entry = "类别 为 退休 且 年龄 ≥ 80"
    screen.fields["since"].entry = "2025-05-12"
    screen.compare()
    assert "将撤销 1 件，继续 2 件" in plain(screen.outcome)
    begun = screen.outcome.begun
    heads, lists = begun.children[::2], begun.children[1::2]
    assert [plain(one) for one in heads] == ["将撤销的未完成任务", "继续的未完成任务"]
    assert [[row[0] for row in one.texts()] for one in lists] == [["测4"], ["测3", "测5"]]
    screen.compare_ending()
    assert "将撤销 3 件，继续 0 件" in plain(screen.outcome)
    screen.look_back()
    assert begun.children == ()
    lists[0].open_row(f"{ids[4]}/0")
    assert screen.shell.place.params["id"] == str(ids[4])


def test_whoever_was_to_make_a_visit_is_told_that_it_went_with_its_rule(
    workbook: Workbook,
) -> None:
    someone = people(workbook)[4]
    worker = staff(workbook)
    workbook.people.seat_care_team(someone, "caseworker", staff_id=worker)
    workbook.plans.compile(days=200)
    raw = workbook.rulebook.raw()
    day = workbook.today + timedelta(days=70)
    text = write_rules(
        change_rule(raw, "visit_quarterly", {"when": "category = 'retired' and age >= 80"},
                    since=day, today=workbook.today)
    )  # fmt: skip
    workbook.rulebook.save(text, note="局务会决定")
    workbook.plans.compile(days=200)
    assert workbook.tasks.list("withdrawn", owner_id=worker) == []
    workbook._today = day
    workbook.plans.compile(days=130)
    (row,) = workbook.tasks.list("withdrawn", owner_id=worker)
    assert row.person_id == someone and "规则自2025年5月12日起已改变" in (row.reason or "")
    plan = screen_of(workbook, "plan", person=someone)
    assert "1 件未完成的任务已随规则撤销" in plain(plan.withdrawn)
    with workbook.reading() as session:
        login = session.get_one(Staff, worker).login
    workbook.act_as(login)
    shell = Shell(workbook, "caseworker")
    shell.go("my_day")
    mine = shell.screen.withdrawn  # type: ignore[attr-defined]
    assert "1 件未完成的任务已随规则撤销" in plain(mine) and "测4" in plain(mine)
    mine.click("person", person=someone)
    assert shell.place.route == "person"
    workbook._today = day + timedelta(days=40)
    assert workbook.tasks.list("withdrawn", owner_id=worker) == [], "told for a month"


def test_form_gives_back_what_it_was_given(workbook: Workbook) -> None:
    """Opening a rule and saving it as it stands would change nothing, for every kind of rule."""
    for rule in workbook.rulebook.raw()["rules"]:
        screen = screen_of(workbook, "policy_rule", rule=rule["code"])
        screen.fields["note"].entry = "没有改动"
        entry = screen._entry(screen.read())
        kept = {key: value for key, value in entry.items() if value is not None}
        assert {key: rule[key] for key in kept} == kept, rule["code"]


def test_form_is_left_and_come_back_to(workbook: Workbook) -> None:
    people(workbook)
    screen = screen_of(workbook, "policy_rule", rule=RULE)
    screen.condition.entry = "年龄 ≥ 77"
    screen.timing.entry = "silence"
    screen.fields["at_days"].entry = "20"
    screen.shell.go("policy")
    screen.shell.go("policy_rule", rule=RULE)
    back = screen.shell.screen
    assert back is not screen and back.condition.entry == "年龄 ≥ 77"
    assert (back.timing.entry, back.fields["at_days"].entry) == ("silence", "20")
    assert back.notice.html
    back.begin_again()
    assert "年龄 ≥ 77" not in str(screen.shell.screen.condition.entry)
    assert workbook.drafts.mine() == []
    back.fields["at_due"].entry = "后 7 天"
    back.fields["note"].entry = "局务会决定"
    back.save()
    assert workbook.drafts.mine() == []
    again = screen_of(workbook, "policy_rule", rule=RULE)
    assert not again.notice.html


def test_plans_follow_when_told(workbook: Workbook) -> None:
    people(workbook)
    screen = screen_of(workbook)
    screen.draw_up()
    assert "6" in plain(screen.notice)
    assert len(workbook.plans.versions(1)) == 1


def test_new_rule_needs_no_code_word(workbook: Workbook) -> None:
    screen = screen_of(workbook, "policy_rule")
    entries = {
        "when": "居住状况 为 独居", "service": "call", "domain": "safety", "actor": "caseworker",
        "title": "独居老人每月联系", "document": "practice", "article": "亲情服务", "note": "新增",
    }  # fmt: skip
    for name, entry in entries.items():
        screen.fields[name].entry = entry
    screen.save()
    found = {rule.code: str(rule.title) for rule in workbook.plans.rules()}
    assert found["own_1"] == "独居老人每月联系"


def test_looking_back_shows_the_year_with_and_without_the_change(workbook: Workbook) -> None:
    people(workbook)
    screen = screen_of(workbook, "policy_rule", rule="phone_monthly")
    screen.fields["note"].entry = "看看"
    screen.look_back()
    assert "按现行规则" in screen.outcome.html and "每月电话问候" in screen.outcome.html


def test_rule_to_come_says_whom_it_would_be_for_by_what_is_known_today(workbook: Workbook) -> None:
    people(workbook)
    raw = workbook.rulebook.raw()
    changes = {"when": "category = 'retired' and age >= 90"}
    later = workbook.today + timedelta(days=40)
    changed = change_rule(raw, RULE, changes, since=later, today=workbook.today)
    workbook.rulebook.save(write_rules(changed), note="局务会决定")
    rows = screen_of(workbook).page(Query(search="年满90")).rows
    coming = [row["people"] for row in rows if "起生效" in row["state"].text]
    assert [(one.value, one.note) for one in coming] == [(1, "按今天的情况")], "one of 95"


def test_changed_table_is_shown_before_it_is_put_in_place(workbook: Workbook) -> None:
    people(workbook)
    screen = screen_of(workbook)
    made = screen.make_table()
    screen.take_table("表.xlsx", made.content)
    assert "没有变化" in screen.taken.children[0].html
    book = load_workbook(BytesIO(made.content))
    sheet = book.worksheets[1]
    column = next(cell.column for cell in sheet[1] if cell.value == "时长（分钟）")
    sheet.cell(2, column).value = 25
    stream = BytesIO()
    book.save(stream)
    screen.take_table("表.xlsx", stream.getvalue())
    assert "修改规则" in screen.taken.children[0].html
    assert "同样的服务" not in screen.taken.children[1].html
    sheet.append([None if cell.value is None else cell.value for cell in sheet[2]])
    sheet.cell(sheet.max_row, 1).value = "again"
    twice = BytesIO()
    book.save(twice)
    screen.take_table("表.xlsx", twice.getvalue())
    assert "同样的服务" in screen.taken.children[1].html, "checked before it is put in place"
    screen.taken.children[1].click("rule", key="again")
    assert screen.shell.place.route == "policy"
    screen.take_table("表.xlsx", stream.getvalue())
    screen.fields["note"].entry = "签字稿"
    screen.save_table()
    assert workbook.plans.rules()[0].duty.duration_minutes == 25
    assert screen.taken.children == ()


def test_policy_owner_changes_a_rule_in_the_browser(
    workbook: Workbook, page: Page, visit: Callable[..., Page]
) -> None:
    people(workbook)
    visit(page, "#/policy", audience="supervisor")
    page.get_by_role("row", name=re.compile("每季上门走访")).get_by_text("每季上门走访").click()
    expect(page.locator(".cw-policy-count")).to_contain_text("6 人符合")
    page.get_by_label("适用对象").fill("居住状态 为 独居 且 年龄 ≥ 80")
    page.get_by_role("button", name="改为“居住状况”").click()
    expect(page.locator(".cw-policy-count")).to_contain_text("2 人符合")
    page.get_by_label("为什么修改").fill("局务会决定")
    page.get_by_role("button", name="看看会有什么变化").click()
    expect(page.get_by_role("heading", name="会有什么变化")).to_be_visible()
    assert findings(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.keyboard.press("Control+s")
    expect(page.get_by_text("局务会决定")).to_be_visible()
    assert findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("language", ["zh", "en"])
def test_finding_names_rules_by_their_titles(language: str) -> None:
    with speaking(language):
        message = _(
            "Whoever meets {rule} also meets {stronger}, which stands in its place: it never "
            "applies.",
            rule="visit",
            stronger="visit_long",
        )
        problem = Problem("unreachable", "warning", ("visit", "visit_long"), message)
        said = str(problem_view(problem, {"visit": "走访", "visit_long": "长住探望"}))
    told = {
        "zh": "满足“走访”的人都满足取代它的“长住探望”，",
        "en": "meets “走访” also meets “长住探望”,",
    }
    assert told[language] in said

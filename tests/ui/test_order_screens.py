"""Orders and money on screens: ordered in few clicks, followed to the end, approved by another."""

from __future__ import annotations

import html
from datetime import date, timedelta
from pathlib import Path

import pytest

from casework.errors import InvalidEntry
from casework.ui import Query, Shell
from casework.workbook import Workbook
from casework.workbook.providers import ProviderEntry
from tests.conftest import TODAY
from tests.test_money import a_budget, a_standard, acts_as, keep, proposal
from tests.test_orders import a_task, an_agreement, an_order
from tests.test_plans import a_person
from tests.test_usage import a_file, a_row
from tests.test_usage import a_person as a_person_found


def shown(book: Workbook, route: str, **params: object) -> Shell:
    shell = Shell(book)
    shell.go(route, **params)
    return shell


def test_service_is_ordered_and_the_cheapest_agreement_of_the_place_is_offered(
    workbook: Workbook,
) -> None:
    person = a_person(workbook)
    dear, cheap = an_agreement(workbook, fen=5_000), an_agreement(workbook, fen=4_000)
    shell = shown(workbook, "order_new", person=person)
    shell.screen.item.entry = "cleaning"
    shell.screen.save_button.click()
    order = shell.screen
    assert order.row.status == "requested"
    order.assign()
    assert order.form["who"].value == f"a{cheap}"
    order.save.click()
    assert order.row.provider == "家政服务1"
    assert dear != cheap


def test_order_for_a_task_offers_only_what_answers_it(workbook: Workbook) -> None:
    person = a_person(workbook)
    task = a_task(workbook, person, "daily_help")
    screen = shown(workbook, "order_new", person=person, task=task).screen
    assert {one.item.code for one in screen.choices} >= {"cleaning", "meals"}
    assert "escort" not in {one.item.code for one in screen.choices}
    screen.item.entry = "cleaning"
    screen.save_button.click()
    assert workbook.orders.list()[0].task_id == task


def test_dossier_leads_from_a_task_to_its_order_and_shows_what_is_given(workbook: Workbook) -> None:
    person = a_person(workbook)
    task = a_task(workbook, person, "daily_help")
    shell = shown(workbook, "person", id=person)
    door = shell.screen.panels["door"]
    assert f'"task": {task}' in html.unescape(door.html) or f'data-task="{task}"' in door.html
    shell.screen.go("order_new", task=task)
    assert shell.screen.task.entry == str(task)
    order = an_order(workbook, person)
    given = shown(workbook, "person", id=person).screen.panels["given"].html
    assert workbook.orders.view(order).title in given and "全部点单：1" in given
    shell = shown(workbook, "orders", person=person, step="all")
    assert shell.screen.page(Query(limit=5)).total == 1


def test_order_is_followed_to_the_rating(workbook: Workbook) -> None:
    keep(workbook)
    a_budget(workbook, 100_000)
    order = an_order(workbook, a_person(workbook), agreement_id=an_agreement(workbook))
    screen = shown(workbook, "order", id=order).screen
    screen.complete()
    screen.form["served_by"].entry = "保洁员甲"
    screen.save.click()
    screen.verify()
    screen.settle()
    screen.form["budget"].put(str(workbook.money.budgets()[0].budget_id))
    screen.save.click()
    screen.rate()
    screen.form["rating"].put("5")
    screen.save.click()
    assert screen.row.status == "rated"
    assert workbook.payments.list()[0].amount_fen == 4_000


def test_list_of_orders_counts_what_it_shows(workbook: Workbook) -> None:
    person = a_person(workbook)
    for _n in range(3):
        an_order(workbook, person)
    an_order(workbook, person, agreement_id=an_agreement(workbook))
    screen = shown(workbook, "orders", step="assign").screen
    page = screen.page(Query())
    assert (len(page.rows), page.matching, page.total) == (3, 3, 3)
    assert screen.page(Query(search="没有")).total == 3


def test_payments_are_approved_together_by_somebody_else(workbook: Workbook) -> None:
    one, other = acts_as(workbook), acts_as(workbook)
    workbook.act_as(one)
    budget = a_budget(workbook, 90_000)
    workbook.payments.propose_many([proposal(a_person(workbook), budget) for _n in range(3)])
    screen = shown(workbook, "money").screen
    keys = [str(key) for key in screen.every(Query())]
    workbook.act_as(other)
    screen.approve(keys)
    assert workbook.payments.sums()["approved"] == (3, 30_000)
    paying = shown(workbook, "money", step="pay").screen
    paying.pay(keys[:2])
    paying.end(keys[2:])
    paying.form["reason"].entry = "账号有误"
    paying.save.click()
    assert workbook.payments.sums()["paid"] == (2, 20_000)
    assert workbook.money.budgets()[0].left_fen == 70_000


def test_proposal_takes_what_the_standard_owes(workbook: Workbook) -> None:
    keep(workbook, a_standard("e4", 60_000))
    a_budget(workbook, 900_000)
    person = a_person(workbook)
    screen = shown(workbook, "person_money", person=person).screen
    screen.propose()
    screen.form["standard"].put(next(iter(screen.dues)))
    screen.form["basis"].entry = "三月护理费"
    screen.save.click()
    (row,) = workbook.payments.list()
    assert (row.amount_fen, row.period) == (60_000, "2025-03")
    screen.propose()
    screen.form["standard"].put(next(iter(screen.dues)))
    screen.form["basis"].entry = "再来一次"
    with pytest.raises(InvalidEntry, match="本期"):
        screen.send()


def test_list_to_sign_has_each_payment_and_the_sum(workbook: Workbook) -> None:
    budget = a_budget(workbook, 90_000)
    workbook.payments.propose_many([proposal(a_person(workbook), budget) for _n in range(2)])
    screen = shown(workbook, "payment_list", step="approve").screen
    paper = str(screen.sheet.view)
    assert paper.count("张清") == 2 and "200.00" in paper


def test_request_in_hardship_is_written_and_decided(workbook: Workbook) -> None:
    one, other = acts_as(workbook), acts_as(workbook)
    workbook.act_as(one)
    screen = shown(workbook, "person_money", person=a_person(workbook)).screen
    screen.ask_help()
    screen.form["situation"].entry = "大病自费"
    screen.save.click()
    workbook.act_as(other)
    deciding = shown(workbook, "hardship").screen
    deciding.decide(["1"], "granted")
    deciding.reason = deciding.fields["reason"]
    deciding.reason.entry = "情况属实"
    deciding.save.click()
    assert [one.status for one in workbook.hardship.list()] == ["granted"]


def test_agreement_is_added_and_shown_with_its_end(workbook: Workbook) -> None:
    screen = shown(workbook, "agreements").screen
    screen.add_provider()
    screen.form["name"].entry = "康乐家政"
    screen.form["kind"].put("company")
    screen.save.click()
    screen.agree()
    for name, entry in (("provider", "1"), ("item", "cleaning")):
        screen.form[name].put(entry)
    screen.form["price"].entry = "40.5"
    screen.form["since"].put(TODAY)
    screen.form["until"].put(TODAY + timedelta(days=30))
    screen.save.click()
    (row,) = workbook.providers.agreements()
    assert (row.price_fen, row.expires_soon, row.valid_from) == (4_050, True, date(2025, 3, 3))


@pytest.mark.parametrize("route", ["orders", "money", "agreements", "hardship"])
def test_empty_screens_say_what_to_do(workbook: Workbook, route: str) -> None:
    told = str(shown(workbook, route).screen.table.view["empty"])
    assert "。" in told


def test_thousands_of_payments_are_read_page_by_page(workbook: Workbook) -> None:
    budget, person = a_budget(workbook, 10**9), a_person(workbook)
    workbook.payments.propose_many([proposal(person, budget, 100) for _n in range(1_000)])
    page = shown(workbook, "money").screen.page(Query())
    assert page.total == 1_000 and len(page.rows) < 200


def test_file_of_a_platform_is_looked_at_row_by_row_taken_over_and_taken_back(
    workbook: Workbook, tmp_path: Path
) -> None:
    assert not shown(workbook, "usage").screen.providers  # it then says to add one
    workbook.providers.add(ProviderEntry("幸福荷塘平台", "community"))
    one, other = (a_person_found(workbook) for _n in range(2))
    rows = [a_row(workbook, who, str(n)) for n, who in enumerate((one, other), 1)]
    rows.append(a_row(workbook, one, "3", 服务项目="代驾"))
    content = a_file(tmp_path / "a.xlsx", *rows).read_bytes()
    screen = shown(workbook, "usage").screen
    with pytest.raises(InvalidEntry) as refused:
        screen.look_at("荷塘二月.xlsx", content)
    assert refused.value.field == "provider"
    screen.whose.entry = "1"
    screen.look_at("荷塘二月.xlsx", content)
    assert workbook.orders.list() == []
    assert "代驾" in str(screen.table.source(Query()).rows[0]["why"])  # what is wrong comes first
    screen.leave_out([each.number for each in screen.report.rows[1:]], out=True)
    assert screen.n_wanted == 1
    assert screen.make_rejected().name == "荷塘二月-未接收.xlsx"
    screen.take()
    assert [row.person_id for row in workbook.orders.list()] == [one]
    assert "荷塘二月.xlsx" in str(screen.past.html)
    screen.take_past_back(0)
    assert workbook.orders.count()["failed"] == 1

"""Files of other platforms: each row is an order done, a service entered, known, or handed back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook as Excel
from openpyxl import load_workbook

from casework.errors import InvalidEntry, NotFound, UnreadableFile
from casework.records import Person, ServiceOrder
from casework.workbook import Workbook
from casework.workbook.finding import refresh_search
from casework.workbook.providers import ProviderEntry
from casework.workbook.usage import UsageReport
from tests.conftest import TODAY
from tests.test_orders import a_task, an_agreement, an_order, status_of
from tests.test_plans import a_person as a_bare_person
from tests.test_plans import now_is

HEADS = (
    "工单号", "人员编号", "姓名", "联系电话", "社区", "服务项目", "服务日期", "数量",
    "服务人员", "状态", "满意度",
)  # fmt: skip
DAY = "2025-02-27"


@pytest.fixture
def platform(workbook: Workbook) -> int:
    return workbook.providers.add(ProviderEntry("幸福荷塘平台", "community"))


def a_person(book: Workbook, **facts: Any) -> int:
    """Write a person who can be found by what is known."""
    made = a_bare_person(book, **({"category": "retired"} | facts))
    with book.transaction() as session:
        refresh_search(session, [made])
    return made


def a_file(path: Path, *rows: Sequence[object], heads: Sequence[str] = HEADS) -> Path:
    """Write a file as a platform exports it: a title, headings, rows, a sum."""
    book = Excel()
    sheet = book.active
    assert sheet is not None
    sheet.append(["2025年2月服务明细"])
    sheet.append(list(heads))
    for row in rows:
        sheet.append(list(row))
    sheet.append(["合计", None, None, None, None, None, None, len(rows)])
    book.save(path)
    return path


def name_of(book: Workbook, person: int) -> str:
    with book.reading() as session:
        return session.get_one(Person, person).name


def a_row(book: Workbook, person: int, ref: str = "", **more: Any) -> list[object]:
    told: dict[str, object] = {
        "工单号": ref, "人员编号": f"P{person:05}", "姓名": name_of(book, person),
        "服务项目": "打扫卫生", "服务日期": DAY, "数量": "1次",
        "服务人员": "王师傅", "状态": "已完成",
    } | more  # fmt: skip
    return [told.get(head) for head in HEADS]


def outcomes(report: UsageReport) -> list[str]:
    return [one.outcome for one in report.rows]


def why(report: UsageReport) -> str:
    return " ".join(words for one in report.rows for words in one.why)


def orders(book: Workbook) -> list[ServiceOrder]:
    with book.reading() as session:
        return list(session.query(ServiceOrder).order_by(ServiceOrder.id))


def test_file_completes_what_was_ordered_enters_the_rest_and_hands_back_what_does_not_fit(
    workbook: Workbook, platform: int, tmp_path: Path
) -> None:
    now_is(workbook, date(2025, 2, 20))
    waiting, other, third = (a_person(workbook) for _n in range(3))
    ordered = an_order(workbook, waiting)
    task = a_task(workbook, waiting, opens_on=date(2025, 2, 1))
    now_is(workbook, TODAY)
    path = a_file(
        tmp_path / "二月.xlsx",
        a_row(workbook, waiting, "HT-1", 满意度="非常满意"),
        a_row(workbook, other, "HT-2", 服务项目="送餐", 数量=3),
        a_row(workbook, third, "HT-3", 服务项目="代驾"),
        a_row(workbook, third, "HT-4", 姓名="+1+1"),
        a_row(workbook, third, "HT-5", 状态="已取消"),
        a_row(workbook, third, "HT-6", 服务日期="2025-13-40", 数量="半次"),
        a_row(workbook, third, "HT-7", 服务日期=date(2025, 4, 1)),
    )
    seen = workbook.usage.look(path, platform)
    assert outcomes(seen) == ["complete", "enter", "held", "held", "ignored", "held", "held"]
    assert sum(seen.counts.values()) == 10  # title, headings and sum among them
    assert seen.rows[0].order_id == ordered
    assert len(orders(workbook)) == 1  # nothing is written by looking
    taken = workbook.usage.take(path, platform)
    first, second = orders(workbook)
    assert (first.id, first.completed_on, first.served_by) == (ordered, date(2025, 2, 27), "王师傅")
    assert (first.provider_id, first.rating, second.quantity) == (platform, 5, 3)
    assert status_of(workbook, task) == "done"
    assert taken.orders == (ordered, second.id)
    # The file comes again: everything that was done is known.
    again = workbook.usage.look(path, platform)
    assert outcomes(again) == ["known", "known", "held", "held", "ignored", "held", "held"]
    with pytest.raises(InvalidEntry):
        workbook.usage.take(path, platform)
    # What does not fit comes back as a file that is read again once it is put right.
    back = tmp_path / "back.xlsx"
    back.write_bytes(workbook.usage.rejected(again))
    sheet = load_workbook(back).active
    assert sheet is not None
    lines = list(sheet.iter_rows(min_row=3, values_only=True))
    assert [line[0] for line in lines[1:]] == ["HT-3", "HT-4", "HT-6", "HT-7"]
    assert all(line[len(HEADS)] for line in lines)
    assert "代驾" in str(lines[1][-1])
    assert not [cell for line in sheet for cell in line if cell.data_type == "f"]
    for row, column, value in ((4, 6, "家政保洁"), (5, 3, name_of(workbook, third)),
                               (6, 7, DAY), (6, 8, 2), (7, 7, "2025年2月28日")):  # fmt: skip
        sheet.cell(row, column, value)
    sheet.parent.save(back)
    right = workbook.usage.look(back, platform)
    assert outcomes(right) == ["enter", "enter", "enter", "enter"], why(right)


def test_name_alone_is_nobody_unless_something_else_tells(
    workbook: Workbook, platform: int, tmp_path: Path
) -> None:
    person = a_person(workbook, mobile="13800001234", community="东湖社区")
    nameless = {"人员编号": None}
    path = a_file(
        tmp_path / "a.xlsx",
        a_row(workbook, person, "1", **nameless),
        a_row(workbook, person, "2", **nameless, 联系电话="138 0000 1234"),
        a_row(workbook, person, "3", **nameless, 社区="东湖社区"),
        a_row(workbook, person, "4", **nameless, 社区="西湖社区"),
        a_row(workbook, person, "5", 姓名="别人"),
        a_row(workbook, person, "6", **nameless, 姓名="没有此人"),
    )
    seen = workbook.usage.look(path, platform)
    assert outcomes(seen) == ["held", "enter", "enter", "held", "held", "held"]
    now_is(workbook, date(2025, 2, 20))
    an_order(workbook, person)
    now_is(workbook, TODAY)
    assert outcomes(workbook.usage.look(path, platform))[0] == "complete"


def test_same_row_twice_and_a_number_that_stands_for_something_else_are_held(
    workbook: Workbook, platform: int, tmp_path: Path
) -> None:
    one, other = (a_person(workbook) for _n in range(2))
    twice = a_file(tmp_path / "a.xlsx", a_row(workbook, one), a_row(workbook, one))
    assert outcomes(workbook.usage.take(twice, platform)) == ["enter", "held"]
    assert outcomes(workbook.usage.look(twice, platform))[0] == "known"
    first = a_file(tmp_path / "b.xlsx", a_row(workbook, one, "7", 服务项目="代购"))
    workbook.usage.take(first, platform)
    wrong = a_file(tmp_path / "c.xlsx", a_row(workbook, other, "7", 服务项目="代购"))
    assert outcomes(workbook.usage.look(wrong, platform)) == ["held"]
    another = workbook.providers.add(ProviderEntry("另一平台", "company"))
    assert outcomes(workbook.usage.look(wrong, another)) == ["enter"]  # their own number 7


def test_service_done_by_hand_before_the_file_came_is_not_counted_twice(
    workbook: Workbook, platform: int, tmp_path: Path
) -> None:
    person = a_person(workbook)
    made = an_order(workbook, person)
    workbook.orders.assign(made, provider_id=platform)
    workbook.orders.complete(made, served_by="王师傅")
    rows = [a_row(workbook, person, ref, 服务日期=TODAY) for ref in ("1", "2")]
    seen = workbook.usage.look(a_file(tmp_path / "a.xlsx", *rows), platform)
    assert outcomes(seen) == ["known", "enter"]  # one by hand; the second is a second one


def test_agreement_gives_price_and_its_quota_holds_across_the_rows(
    workbook: Workbook, tmp_path: Path
) -> None:
    agreed = an_agreement(workbook, fen=4_000, quota=3)
    (provider,) = workbook.providers.list()
    people = [a_person(workbook) for _n in range(3)]
    path = a_file(
        tmp_path / "a.xlsx", *(a_row(workbook, one, str(one), 数量=2) for one in people[:2]),
        a_row(workbook, people[2], "9", 数量=1),
    )  # fmt: skip
    report = workbook.usage.take(path, provider.id)
    assert outcomes(report) == ["enter", "held", "enter"]
    assert [(one.agreement_id, one.price_fen) for one in orders(workbook)] == [(agreed, 4_000)] * 2
    workbook.usage.take_back(report.orders)
    assert outcomes(workbook.usage.look(path, provider.id)) == ["enter", "held", "enter"]


def test_file_taken_back_opens_the_tasks_and_asks_for_the_orders_again(
    any_workbook: Workbook, tmp_path: Path
) -> None:
    book = any_workbook
    platform = book.providers.add(ProviderEntry("幸福荷塘平台", "community"))
    now_is(book, date(2025, 2, 20))
    waiting, other, third = (a_person(book) for _n in range(3))
    ordered = an_order(book, waiting, wish="窗户")
    task = a_task(book, waiting, opens_on=date(2025, 2, 1))
    now_is(book, TODAY)
    rows = [a_row(book, one, f"A{n}") for n, one in enumerate((waiting, other, third))]
    path = a_file(tmp_path / "a.xlsx", *rows)
    report = book.usage.take(path, platform)
    book.orders.verify(report.orders[2])
    (past,) = book.usage.past()
    assert (past.orders, past.standing) == (report.orders, 2)
    back = book.usage.take_back(past.orders)
    assert (back.undone, back.renewed, back.staying) == (2, 1, (report.orders[2],))
    assert status_of(book, task) != "done"
    again = orders(book)[-1]
    assert (again.person_id, again.wish, again.requested_on) == (waiting, "窗户", date(2025, 2, 20))
    assert again.id != ordered
    assert outcomes(book.usage.look(path, platform)) == ["complete", "enter", "known"]
    assert book.usage.take(path, platform).orders[0] == again.id


def test_nobody_is_served_after_death_and_two_orders_that_fit_are_none(
    workbook: Workbook, platform: int, tmp_path: Path
) -> None:
    now_is(workbook, date(2025, 2, 20))
    dead, both = a_person(workbook), a_person(workbook)
    first = an_order(workbook, both)
    an_order(workbook, both)
    with workbook.transaction() as session:
        session.get_one(Person, dead).died_on = date(2025, 2, 21)
    now_is(workbook, TODAY)
    path = a_file(
        tmp_path / "a.xlsx", a_row(workbook, dead, "1"), a_row(workbook, both, "2"),
    )  # fmt: skip
    assert outcomes(workbook.usage.look(path, platform)) == ["held", "held"]
    named = a_file(
        tmp_path / "b.xlsx", [f"第{first}号", "打扫卫生", DAY], [first, "打扫卫生", DAY],
        [99_999, "打扫卫生", DAY], heads=("服务单号", "服务项目", "服务时间"),
    )  # fmt: skip
    assert outcomes(workbook.usage.look(named, platform)) == ["complete", "held", "held"]


def test_rows_left_out_are_not_written(
    workbook: Workbook, platform: int, tmp_path: Path
) -> None:  # fmt: skip
    people = [a_person(workbook) for _n in range(2)]
    path = a_file(tmp_path / "a.xlsx", *(a_row(workbook, one, str(one)) for one in people))
    seen = workbook.usage.look(path, platform)
    workbook.usage.take(path, platform, but=[seen.rows[0].number])
    assert [one.person_id for one in orders(workbook)] == [people[1]]
    with pytest.raises(NotFound):
        workbook.usage.take_back([10_000])


@pytest.mark.parametrize("content", ["", "姓名,电话\n甲,1", "x" * 1_000_000, "姓名," * 200_000])
def test_file_that_is_none_is_refused_in_a_sentence(
    workbook: Workbook, platform: int, tmp_path: Path, content: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UnreadableFile) as refused:
        workbook.usage.look(path, platform)
    assert len(refused.value.message) < 300

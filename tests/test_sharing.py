"""How plans are shared between the parties: each number opens its items, nobody named is said."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import select

from casework.indicators import count_rows
from casework.records import PlanItem, ServicePlan
from casework.reference import code_list
from casework.terms import speaking
from casework.ui.boards.reasons import cells_of, columns_of
from casework.workbook import Workbook
from casework.workbook.plans import ItemChange
from tests.test_plans import a_person

A_WEEK = {"quota": {"times": 1, "per": "week"}}


def add(book: Workbook, person: int, title: str, **more: object) -> None:
    draft = book.plans.draft(person)
    change = ItemChange(title=title, service="visit", timing=A_WEEK, **more)  # type: ignore[arg-type]
    book.plans.add(draft.plan_id, change, reason="本人要求")
    book.plans.submit(draft.plan_id)
    book.plans.approve(draft.plan_id)


def in_force(book: Workbook) -> list[PlanItem]:
    """Give the items that plans in force ask for, read one by one."""
    with book.reading() as session:
        query = select(PlanItem).join(ServicePlan, ServicePlan.id == PlanItem.plan_id)
        found = session.scalars(query.where(ServicePlan.state == "active")).all()
        return [one for one in found if one.state != "declined"]


def test_each_party_leads_and_helps_exactly_the_items_that_say_so(any_workbook: Workbook) -> None:
    book = any_workbook
    first, other, _draft_only = (a_person(book) for _n in range(3))
    book.plans.compile()
    add(book, first, "陪同买菜", responsible={"family": "lead", "community": "support"})
    add(book, other, "每周读报")
    board = book.boards.supervisor(topics=["parties"])
    items = in_force(book)
    told = Counter(
        f"parties.{who}.{part}" for one in items for who, part in (one.responsible or {}).items()
    )
    assert told["parties.family.lead"] == 1
    unsaid = sum(not one.responsible for one in items)
    assert unsaid >= 1
    found = {figure.code: int(figure.number or 0) for figure in board.topic("parties")}
    assert +Counter(found) == told + Counter({"parties.unsaid": unsaid})
    with book.reading() as session:
        assert found == {
            one.code: count_rows(session, board.scope, one.rows) for one in board.topic("parties")
        }
    assert {one.of for one in board.topic("parties")} == {len(items)}
    assert board["parties.family.lead"].unknown == unsaid


def test_rows_of_a_party_name_the_item_and_everybody_with_a_part_in_it(workbook: Workbook) -> None:
    person = a_person(workbook)
    workbook.plans.compile()
    add(workbook, person, "陪同买菜", responsible={"family": "lead", "community": "support"})
    board = workbook.boards.supervisor(topics=["parties"])
    figure = board["parties.family.lead"]
    with speaking("zh"):
        assert figure.sentence == "家庭：主办1 项"
        (row,) = workbook.boards.rows(board.scope, figure).rows
        cells = cells_of(row, figure, board.scope)
    assert {one.key for one in columns_of(figure)} <= cells.keys()
    assert (cells["lead"], cells["support"]) == ("家庭", "社区")


def test_party_without_a_part_has_no_figure_and_no_plan_no_shares(workbook: Workbook) -> None:
    assert not workbook.boards.supervisor(topics=["parties"]).figures
    a_person(workbook)
    workbook.plans.compile()
    codes = workbook.boards.supervisor(topics=["parties"]).figures
    parties = {one.code for one in code_list("actor").entries}
    with_part = {code.split(".")[1] for code in codes} - {"unsaid"}
    assert "parties.unsaid" in codes and with_part < parties

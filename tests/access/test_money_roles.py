"""Orders and money as the roles on PostgreSQL: own people only, approved by a supervisor.

The database decides, whoever writes the SQL; the journey goes through the door.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from casework.errors import CaseworkError, InvalidEntry, NotPermitted
from casework.records import Person
from casework.workbook import Workbook
from casework.workbook.money import FundEntry
from casework.workbook.orders import OrderEntry
from casework.workbook.payments import PaymentEntry
from casework.workbook.providers import ProviderEntry
from tests.conftest import TODAY

Opens = Callable[[str], Workbook]


def mine(book: Workbook) -> int:
    with book.reading() as session:
        return session.scalars(select(Person.id).order_by(Person.id)).first() or 0


@pytest.fixture
def budget(opened: Opens) -> int:
    chief = opened("supervisor1")
    found = chief.money.budgets()
    if found:
        return found[0].budget_id
    fund = chief.money.open_fund(FundEntry("K", "困难帮扶资金", "市财政", "帮扶"))
    return chief.money.set_budget(fund, TODAY.year, 15_000)


def an_entry(person: int, budget: int) -> PaymentEntry:
    return PaymentEntry(person, "other", 10_000, "困难帮扶", budget)


def test_proposal_of_a_caseworker_is_approved_by_a_supervisor_within_the_budget(
    opened: Opens, budget: int
) -> None:
    worker, chief = opened("caseworker1"), opened("supervisor1")
    person = mine(worker)
    first, second = worker.payments.propose_many([an_entry(person, budget) for _n in range(2)])
    with pytest.raises(CaseworkError):
        worker.payments.approve([first])
    assert chief.payments.approve([first]) == 1
    with pytest.raises(InvalidEntry, match="余额"):
        chief.payments.approve([second])
    assert chief.payments.pay([first]) == 1
    assert worker.payments.cancel([second], reason="不再需要") == 1
    assert {one.status for one in worker.payments.list()} == {"paid", "cancelled"}
    assert worker.money.budgets()[0].left_fen == 5_000
    (row,) = [one for one in chief.payments.list() if one.status == "paid"]
    assert row.approved_by == chief.actor.name and row.proposed_by == worker.actor.name


def test_nobody_signs_as_another_or_skips_a_step(opened: Opens, budget: int) -> None:
    worker, chief = opened("caseworker1"), opened("supervisor2")
    payment = chief.payments.propose(an_entry(mine(chief), budget))
    with pytest.raises((NotPermitted, DBAPIError)), chief.engine.begin() as connection:
        connection.execute(
            text("UPDATE payment SET approved_on = :d, approved_by = '某人' WHERE id = :p"),
            {"d": TODAY, "p": payment},
        )
    for told in (
        "UPDATE budget SET committed_fen = 0",
        "UPDATE standard SET amount_fen = 1",
        "UPDATE payment SET amount_fen = 1",
        "DELETE FROM payment",
    ):
        for book in (worker, chief):
            with pytest.raises(DBAPIError), book.engine.begin() as connection:
                connection.execute(text(told))


def test_colleague_neither_sees_nor_orders_for_the_people_of_another(opened: Opens) -> None:
    worker, other, chief = opened("caseworker1"), opened("caseworker2"), opened("supervisor1")
    with other.reading() as session:
        theirs = set(session.scalars(select(Person.id)))
    with worker.reading() as session:
        own = [one for one in session.scalars(select(Person.id)) if one not in theirs]
    order = worker.orders.order(OrderEntry(own[0], "cleaning"))
    assert order not in {one.order_id for one in other.orders.list()}
    with pytest.raises(CaseworkError):
        other.orders.order(OrderEntry(own[0], "cleaning"))
    assert order in {one.order_id for one in chief.orders.list()}


def test_order_is_served_by_an_agreement_and_settled_by_a_supervisor_only(
    opened: Opens, budget: int
) -> None:
    worker, chief = opened("caseworker1"), opened("supervisor1")
    provider = chief.providers.add(ProviderEntry("康乐家政", "company"))
    agreement = chief.providers.agree(
        provider, "cleaning", price_fen=100, since=TODAY, until=TODAY, quota=1
    )
    order = worker.orders.order(OrderEntry(mine(worker), "cleaning", agreement_id=agreement))
    worker.orders.complete(order, served_by="保洁员甲")
    worker.orders.verify(order)
    standard = next((one.id for one in chief.money.standards(kind="service")), None)
    with pytest.raises((CaseworkError, DBAPIError)):
        worker.orders.settle(order, budget_id=budget, standard_id=standard)
    assert chief.orders.settle(order, budget_id=budget, standard_id=standard)
    worker.orders.rate(order, 5)
    assert worker.orders.view(order).status == "rated"
    assert chief.providers.agreements()[0].taken == 1

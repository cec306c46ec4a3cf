"""Service orders: asked for, served, verified, settled, rated; in that order, whoever writes."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from casework.errors import AlreadySaved, CaseworkError, InvalidEntry, NotPermitted
from casework.records import Agreement, ServiceOrder, Task, TaskEvidence, task_status
from casework.records.base import now
from casework.records.orders import ORDER_STATES
from casework.reference import agencies, agency
from casework.reference.catalogue import CLASSES, catalogue
from casework.workbook import Workbook, open_workbook
from casework.workbook.eligibility import condition_of
from casework.workbook.order_rows import NEXT_STEPS
from casework.workbook.orders import OrderEntry
from casework.workbook.providers import ProviderEntry
from tests.conftest import TODAY
from tests.test_money import a_budget, a_standard, acts_as, keep
from tests.test_plans import a_fact, a_person, now_is

NOW = now()


def an_agreement(book: Workbook, item: str = "cleaning", fen: int = 4_000, **more: Any) -> int:
    told = {"since": date(2025, 1, 1), "until": date(2025, 12, 31), "quota": None} | more
    n = len(book.providers.list())
    provider = book.providers.add(ProviderEntry(f"家政服务{n}", more.pop("kind", "company")))
    told.pop("kind", None)
    return book.providers.agree(provider, item, price_fen=fen, **told)


def an_order(book: Workbook, person: int, **more: Any) -> int:
    return book.orders.order(OrderEntry(person, more.pop("item", "cleaning"), **more))


def a_task(book: Workbook, person: int, service: str = "daily_help", **more: Any) -> int:
    told: dict[str, Any] = {
        "item_key": f"hand:{service}", "period": "2025-03", "opens_on": date(2025, 3, 1),
        "due_on": date(2025, 3, 31), "in_force_from": date(2025, 1, 1), "actor": "caseworker",
    } | more  # fmt: skip
    with book.transaction() as session:
        task = Task(person_id=person, service=service, made_at=NOW, **told)
        session.add(task)
        session.flush()
        return task.id


def status_of(book: Workbook, task: int) -> str:
    with book.reading() as session:
        return str(session.scalar(select(task_status(book.today)).where(Task.id == task)))


# --- the catalogue ------------------------------------------------------------------------------


def test_city_offers_thirty_services_in_five_classes() -> None:
    items = catalogue("zhuzhou-city")
    assert len(items) >= 30
    assert {one.service_class for one in items.values()} == set(CLASSES)


@pytest.mark.parametrize("name", agencies())
def test_every_condition_of_the_catalogue_can_be_read(name: str) -> None:
    for one in catalogue(name).values():
        assert one.who is None or condition_of(one.who, agency(name), TODAY)


def test_service_is_offered_by_its_condition_and_unknown_is_not_no(tmp_path: Path) -> None:
    book = open_workbook(str(tmp_path / "w.sqlite"), agency="zhuzhou-city", today=TODAY)
    person = a_person(book, living=None, health="fair")
    told = {one.item.code: one.holds for one in book.orders.choices(person)}
    assert (told["cleaning"], told["respite"]) == (True, None)
    other = a_person(book, living="with_children")
    with pytest.raises(InvalidEntry, match="例外"):
        an_order(book, other, item="respite")
    assert an_order(book, other, item="respite", exception=True)
    book.close()


# --- one order ----------------------------------------------------------------------------------


def test_order_goes_from_the_wish_to_the_rating(any_workbook: Workbook) -> None:
    book = any_workbook
    person, agreement = a_person(book), an_agreement(book)
    keep(book, a_standard("service", 60_000, kind="service"))
    order = an_order(book, person, quantity=2, agreement_id=agreement)
    seen = [book.orders.list()[0].status]
    for act in (
        lambda: book.orders.accept(order),
        lambda: book.orders.arrive(order),
        lambda: book.orders.complete(order, served_by="保洁员甲"),
        lambda: book.orders.verify(order),
        lambda: book.orders.settle(
            order, budget_id=a_budget(book, 100_000),
            standard_id=book.money.standards(kind="service")[0].id,
        ),
        lambda: book.orders.rate(order, 5, note="很好"),
    ):  # fmt: skip
        act()
        seen.append(book.orders.list()[0].status)
    assert seen == [
        "assigned", "accepted", "arrived", "completed", "verified", "settled", "rated",
    ]  # fmt: skip
    (payment,) = book.payments.list()
    assert (payment.amount_fen, payment.kind, payment.status) == (8_000, "service", "proposed")
    assert payment.payee == "家政服务0"
    assert book.orders.count()["rated"] == 1


def test_step_that_may_not_follow_is_refused_in_words(workbook: Workbook) -> None:
    order = an_order(workbook, a_person(workbook))
    refused = (
        lambda: workbook.orders.verify(order),
        lambda: workbook.orders.settle(order),
        lambda: workbook.orders.rate(order, 5),
        lambda: workbook.orders.complete(order, served_by="甲"),
        lambda: workbook.orders.accept(order),
    )
    for act in refused:
        with pytest.raises(NotPermitted, match=f"{order} 号"):
            act()


REFUSED = (
    "verified_on = '2025-03-03', verified_by = 'x'",
    "settled_on = '2025-03-03'",
    "rated_on = '2025-03-03', rating = 5",
    "completed_on = '2025-03-03', served_by = 'x'",
    "accepted_on = '2025-03-03'",
    "cancelled_on = '2025-03-03'",
    "quantity = 9",
    "item = 'meals'",
)


def test_database_refuses_steps_out_of_order_by_itself(any_workbook: Workbook) -> None:
    an_order(any_workbook, a_person(any_workbook))
    for told in REFUSED:
        with (
            pytest.raises(DBAPIError, match=r"ck_service_order|casework: "),
            any_workbook.engine.begin() as connection,
        ):
            connection.execute(text("UPDATE service_order SET " + told))  # noqa: S608


def test_nobody_verifies_the_own_service(any_workbook: Workbook) -> None:
    book = any_workbook
    order = an_order(book, a_person(book), agreement_id=an_agreement(book))
    book.orders.complete(order, served_by=book.actor.name)
    with pytest.raises(NotPermitted, match="本人"):
        book.orders.verify(order)
    with (
        pytest.raises(DBAPIError, match="own_service"),
        book.engine.begin() as connection,
    ):
        connection.execute(
            text("UPDATE service_order SET verified_on = '2025-03-03', verified_by = served_by")
        )


def test_form_that_is_saved_twice_orders_once(workbook: Workbook) -> None:
    person = a_person(workbook)
    an_order(workbook, person, client_key="k")
    with pytest.raises(AlreadySaved):
        an_order(workbook, person, client_key="k")
    assert sum(workbook.orders.count().values()) == 1


def test_order_wanted_yesterday_and_not_served_is_late(workbook: Workbook) -> None:
    an_order(workbook, a_person(workbook), wanted_on=TODAY + timedelta(days=1))
    assert not workbook.orders.list()[0].late
    now_is(workbook, TODAY + timedelta(days=2))
    assert workbook.orders.list()[0].late


# --- agreements ---------------------------------------------------------------------------------


def test_quota_is_never_exceeded_and_comes_back_with_what_is_cancelled(
    any_workbook: Workbook,
) -> None:
    book = any_workbook
    person, agreement = a_person(book), an_agreement(book, quota=3)
    first = an_order(book, person, quantity=2, agreement_id=agreement)
    with pytest.raises(InvalidEntry, match="用完"):
        an_order(book, person, quantity=2, agreement_id=agreement)
    book.orders.cancel(first, reason="家属已请人")
    assert an_order(book, person, quantity=3, agreement_id=agreement)
    (row,) = book.providers.agreements()
    assert (row.taken, row.left) == (3, 0)
    with pytest.raises(InvalidEntry, match="已订"):
        book.providers.extend(agreement, until=date(2026, 1, 1), quota=2)


def test_agreement_of_other_days_or_another_service_is_refused(any_workbook: Workbook) -> None:
    book = any_workbook
    over = an_agreement(book, since=date(2024, 1, 1), until=date(2024, 12, 31))
    meals = an_agreement(book, "meals")
    person = a_person(book)
    for agreement in (over, meals):
        with pytest.raises(InvalidEntry, match="协议"):
            an_order(book, person, agreement_id=agreement)


def test_agreement_that_runs_out_is_called_to_mind(workbook: Workbook) -> None:
    an_agreement(workbook, until=TODAY + timedelta(days=60))
    an_agreement(workbook, until=TODAY + timedelta(days=61))
    an_agreement(workbook, since=date(2024, 1, 1), until=TODAY - timedelta(days=1))
    assert [one.expires_soon for one in workbook.providers.agreements()] == [False, True, False]


# --- an order as evidence -----------------------------------------------------------------------


def test_completed_order_closes_the_task_that_its_service_answers(any_workbook: Workbook) -> None:
    book = any_workbook
    person = a_person(book)
    helped, visited = a_task(book, person), a_task(book, person, "visit")
    later = a_task(book, person, "daily_help", item_key="hand:x", opens_on=date(2025, 4, 1),
                   due_on=date(2025, 4, 30))  # fmt: skip
    order = an_order(book, person, agreement_id=an_agreement(book))
    assert book.orders.complete(order, served_by="保洁员甲") == [helped]
    assert [status_of(book, one) for one in (helped, visited, later)] == ["done", "ready", "draft"]
    book.orders.fail(order, reason="老人说没有来")
    assert status_of(book, helped) == "ready"


def test_task_of_another_actor_is_not_closed_by_an_order(workbook: Workbook) -> None:
    person = a_person(workbook)
    task = a_task(workbook, person, actor="leader")
    order = an_order(workbook, person, agreement_id=an_agreement(workbook))
    assert workbook.orders.complete(order, served_by="甲") == []
    assert status_of(workbook, task) == "ready"


@pytest.mark.parametrize(
    ("known", "closes"),
    [
        ({}, True),
        ({"in_force_from": None}, False),
        ({"cancelled_on": TODAY}, False),
        ({"excused_on": TODAY}, False),
        ({"done_on": TODAY - timedelta(days=1)}, False),
        ({"opens_on": TODAY}, True),
        ({"opens_on": TODAY + timedelta(days=1)}, False),
        ({"due_on": TODAY}, True),
        ({"due_on": TODAY - timedelta(days=1)}, False),
    ],
)
def test_order_closes_only_a_task_in_force_that_waits_on_its_day(
    workbook: Workbook, known: dict[str, Any], closes: bool
) -> None:
    """Invariant 6 of orders: done by evidence in its window, of what somebody was asked to do."""
    person = a_person(workbook)
    task = a_task(workbook, person, **known)
    order = an_order(workbook, person, agreement_id=an_agreement(workbook))
    assert workbook.orders.complete(order, served_by="甲") == ([task] if closes else [])


def test_order_made_for_a_task_closes_it_late(workbook: Workbook) -> None:
    person = a_person(workbook)
    task = a_task(workbook, person, due_on=date(2025, 3, 2))
    other = a_task(workbook, person, "visit")
    order = an_order(workbook, person, agreement_id=an_agreement(workbook), task_id=task)
    workbook.orders.complete(order, served_by="甲")
    assert status_of(workbook, task) == "late_done"
    with pytest.raises(InvalidEntry, match="任务"):
        an_order(workbook, person, task_id=other)


def test_withdrawn_contact_leaves_a_task_done_that_an_order_answered(workbook: Workbook) -> None:
    from casework.workbook.contact_tasks import reopen_tasks
    from tests.test_plans import a_contact

    book, person = workbook, a_person(workbook)
    task = a_task(book, person)
    order = an_order(book, person, agreement_id=an_agreement(book))
    book.orders.complete(order, served_by="甲")
    a_contact(book, person, TODAY)
    with book.transaction() as session:
        session.add(TaskEvidence(task_id=task, contact_id=1, recorded_at=NOW))
    with book.transaction() as session:
        assert reopen_tasks(session, 1) == []
    assert status_of(book, task) == "done"


# --- invariant 9 --------------------------------------------------------------------------------


class Counter(RuleBasedStateMachine):
    """Whatever is done with orders in whatever order."""

    file: Path

    @initialize()
    def open(self) -> None:
        self.book = open_workbook(str(self.file), today=TODAY)
        self.actors = [acts_as(self.book) for _n in range(2)]
        self.person = a_person(self.book, living="alone")
        self.agreements = [an_agreement(self.book, quota=4), an_agreement(self.book, fen=0)]
        self.budget = a_budget(self.book, 1_000_000, f"o{id(self)}")
        keep(self.book)
        self.task = a_task(self.book, self.person, period=f"p{id(self)}")
        self.made: list[int] = []

    def teardown(self) -> None:
        if hasattr(self, "book"):
            self.book.close()

    @rule(quantity=st.integers(1, 3), which=st.none() | st.integers(0, 1))
    def order(self, quantity: int, which: int | None) -> None:
        with suppress(CaseworkError):
            agreement = None if which is None else self.agreements[which]
            self.made.append(
                an_order(self.book, self.person, quantity=quantity, agreement_id=agreement)
            )

    @precondition(lambda self: self.made)
    @rule(data=st.data(), who=st.integers(0, 1), which=st.integers(0, 1),
          act=st.sampled_from(["assign", "accept", "arrive", "complete", "complete", "verify",
                               "settle", "rate", "cancel", "fail"]))  # fmt: skip
    def act(self, data: st.DataObject, who: int, which: int, act: str) -> None:
        self.book.act_as(self.actors[who])
        order = data.draw(st.sampled_from(self.made))
        before = {one.order_id: one for one in self.book.orders.list(person_id=self.person)}[order]
        more: dict[str, Any] = {
            "assign": {"agreement_id": self.agreements[which]},
            "complete": {"served_by": data.draw(st.sampled_from(["甲", self.book.actor.name]))},
            "settle": {"budget_id": self.budget},
            "rate": {"rating": 4},
            "cancel": {"reason": "x"},
            "fail": {"reason": "x"},
        }.get(act, {})
        try:
            getattr(self.book.orders, act)(order, **more)
        except CaseworkError:
            return
        assert act in NEXT_STEPS[before.status]

    @invariant()
    def steps_are_in_order_and_quotas_hold(self) -> None:
        if not hasattr(self, "made"):
            return
        with self.book.reading() as session:
            orders = session.scalars(select(ServiceOrder)).all()
            used = {
                key: n
                for key, n in session.execute(
                    select(ServiceOrder.agreement_id, func.sum(ServiceOrder.quantity))
                    .where(ServiceOrder.cancelled_on.is_(None), ServiceOrder.failed_on.is_(None))
                    .group_by(ServiceOrder.agreement_id)
                )
            }
            for one in session.scalars(select(Agreement)):
                assert one.taken == used.get(one.id, 0)
                assert one.quota is None or one.taken <= one.quota
            evidence = session.scalars(
                select(TaskEvidence.order_id).where(
                    TaskEvidence.withdrawn_at.is_(None), TaskEvidence.task_id == self.task
                )
            ).all()
        for one in orders:
            assert one.settled_on is None or one.verified_on is not None
            assert one.rated_on is None or one.completed_on is not None
            assert one.verified_by is None or one.verified_by != one.served_by
        standing = {one.id for one in orders if one.completed_on and one.failed_on is None}
        assert set(evidence) <= standing
        assert set(self.book.orders.count()) == set(ORDER_STATES)
        assert (status_of(self.book, self.task) == "done") == bool(evidence)


def test_nothing_is_settled_before_it_is_verified_nor_rated_before_it_is_done(
    workbook_file: Path,
) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    machine = type("CounterOfThis", (Counter,), {"file": workbook_file})
    run_state_machine_as_test(
        machine, settings=settings(max_examples=5, stateful_step_count=25, deadline=None)
    )


def test_orders_are_searched_by_service_and_show_the_community(workbook: Workbook) -> None:
    person = a_person(workbook)
    with workbook.transaction() as session:
        session.add(a_fact(person, "community", "虞山社区"))
    an_order(workbook, person)
    assert workbook.orders.list(search="保洁")[0].community == "虞山社区"
    assert workbook.orders.list(search="没有") == []


def test_pages_of_orders_are_what_the_whole_list_is_whatever_comes_first(
    workbook: Workbook,
) -> None:
    persons = [a_person(workbook) for _n in range(3)]
    for n in range(9):
        an_order(workbook, persons[n % 3], wanted_on=TODAY + timedelta(days=n * 5 % 7))
    for sort in ("", "person", "state", "wanted", "provider"):
        whole = [one.order_id for one in workbook.orders.list(sort=sort, descending=True)]
        pages = [
            one.order_id
            for offset in range(0, 9, 4)
            for one in workbook.orders.list(sort=sort, descending=True, limit=4, offset=offset)
        ]
        assert pages == whole and len(set(whole)) == 9
    days = [one.wanted_on for one in workbook.orders.list(sort="wanted", descending=True)]
    assert days == sorted(days, reverse=True)

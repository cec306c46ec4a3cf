"""What the tables refuse about money and orders, clause by clause, whoever writes: invariants 8, 9.

Each case is one row that is written, after others that stand already, and the word by which it is
refused, or None where it is taken. Written past the door: the sentences of the door, and that the
door asks first, are in test_money and test_orders.
"""

# ruff: noqa: S608  (statements of our own, about our own names)
from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert, text
from sqlalchemy.exc import DBAPIError

from casework.records import (
    Agreement,
    Benefit,
    Budget,
    Fund,
    HardshipCase,
    Payment,
    Provider,
    ServiceOrder,
    Standard,
)
from casework.records.base import Base, now
from casework.workbook import Workbook
from tests.test_plans import a_person

MARCH = date(2025, 3, 1)
DAY = timedelta(days=1)
STAMP: dict[str, Any] = {"recorded_at": now(), "recorded_by": "one"}
MILK, GIFT, RELIEF = "in_kind", "festival", "hardship"
Row = Mapping[str, Any]
APPROVE = "UPDATE payment SET approved_on = '2025-03-02', approved_by = 'other'"
PAY = "UPDATE payment SET paid_on = '2025-03-02', paid_by = 'x'"
RETURN = "UPDATE payment SET returned_on = '2025-03-03', end_reason = 'x'"
CANCEL = "UPDATE payment SET cancelled_on = '2025-03-02', end_reason = 'x'"

STANDARDS: dict[str, Row] = {
    "before": {"amount_fen": 60, "until": date(2025, 2, 28)},
    "low": {"amount_fen": 60, "since": MARCH},
    "high": {"amount_fen": 80, "since": MARCH},
    "apart": {"amount_fen": 80, "exclusive": "b", "since": MARCH},
    "gone": {"amount_fen": 90, "superseded_at": now()},
    "only gone": {"amount_fen": 90, "kind": "service", "superseded_at": now()},
    "ended": {"amount_fen": 60, "kind": "escort", "exclusive": "e", "until": date(2025, 2, 28)},
    "milk": {"amount_fen": 4, "kind": MILK, "per": "day", "exclusive": "milk"},
    "more milk": {"amount_fen": 5, "kind": MILK, "per": "day", "exclusive": "milk"},
    "relief": {"ceiling_fen": 500, "kind": RELIEF, "per": "year", "exclusive": "relief"},
    "tier": {"ceiling_fen": 300, "kind": RELIEF, "per": "year", "exclusive": "relief"},
    "owed": {"amount_fen": 500, "kind": RELIEF, "per": "year", "exclusive": "relief"},
    "other relief": {"ceiling_fen": 500, "kind": RELIEF, "per": "year", "exclusive": "b"},
    "gift": {"ceiling_fen": 500, "kind": GIFT, "per": "occasion", "exclusive": "gift"},
    "big gift": {"amount_fen": 600, "kind": GIFT, "per": "occasion", "exclusive": "gift"},
    "funeral": {"amount_fen": 900, "kind": "funeral", "per": "once", "exclusive": "funeral"},
}


class Ledger:
    """The tables of one workbook, with what every case needs; each case leaves them as they were.

    Attributes
    ----------
    ids : dict
        Persons 1 and 2, budget and standards by name.
    """

    def __init__(self, book: Workbook) -> None:
        self.book = book
        self.ids = {"person": a_person(book), "other": a_person(book)}
        with book.transaction() as session:
            session.execute(text("UPDATE standard SET superseded_at = recorded_at"))
            fund = Fund(code="f", name="帮扶", source="财政", purpose="帮扶", **STAMP)
            session.add(fund)
            session.flush()
            budget = Budget(fund_id=fund.id, year=2025, amount_fen=10_000, **STAMP)
            session.add(budget)
            for code, told in STANDARDS.items():
                plain: dict[str, Any] = {
                    "kind": "nursing", "per": "month", "exclusive": "a", "clause": "c",
                    "since": date(2024, 1, 1), "name": code, "name_en": code,
                }  # fmt: skip
                one = Standard(code=code, **plain | dict(told), recorded_at=now())
                session.add(one)
                session.flush()
                self.ids[code] = one.id
            self.ids["budget"] = budget.id

    @contextmanager
    def try_out(self) -> Iterator[Connection]:
        """Give a connection whose changes are gone afterwards."""
        with self.book.engine.connect() as connection, connection.begin() as transaction:
            yield connection
            transaction.rollback()

    def pay(self, connection: Connection, told: Row, made: Sequence[int] = ()) -> int:
        """Write a payment: of a standard, by name, or of none; its arrears, of one of these."""
        if "arrears_of_id" in told:
            told = {**told, "arrears_of_id": made[told["arrears_of_id"]]}
        standard = told.get("standard")
        rules = STANDARDS.get(standard or "", {})
        row = {
            "person_id": self.ids[told.get("whose", "person")],
            "kind": rules.get("kind", "nursing"),
            "amount_fen": rules.get("amount_fen", 60),
            "quantity": 1,
            "entitled_on": MARCH,
            "period": {"day": "2025-03", "year": "2025", "occasion": "春节", "once": "once"}.get(
                rules.get("per", "month"), "2025-03"
            ),
            "basis": "x",
            "budget_id": self.ids["budget"],
            "standard_id": self.ids[standard] if standard else None,
        } | STAMP  # fmt: skip
        row |= {key: one for key, one in told.items() if key not in ("whose", "standard", "then")}
        new = connection.execute(insert(Payment).values(row).returning(Payment.id)).scalar_one()
        steps = {"cancelled": [CANCEL], "returned": [APPROVE, PAY, RETURN]}
        for step in steps.get(told.get("then", ""), []):
            connection.execute(text(f"{step} WHERE id = {new}"))
        return int(new)


@pytest.fixture
def ledger(any_workbook: Workbook) -> Ledger:
    return Ledger(any_workbook)


STEPS = ("approved_on", "paid_on", "cancelled_on", "returned_on")
ONCE, OVER, NAME = "given in this period already", "over the standard", "name the standard"
NOT_OF_ITS_DAY, ARREARS = "not the standard of its day", "arrears of another payment"

CASES: list[tuple[Sequence[Row], Row, str | None]] = [
    # begins as a proposal
    *(([], {"standard": "low", one: MARCH}, "begin as proposals") for one in STEPS),
    ([], {"standard": "low", "approved_by": "x"}, "begin as proposals"),
    ([], {"standard": "low", "paid_by": "x"}, "begin as proposals"),
    # names the standard where there is one that day
    ([], {}, NAME),
    ([], {"entitled_on": date(2024, 1, 1)}, NAME),
    ([], {"entitled_on": date(2023, 12, 31)}, None),
    ([], {"kind": "escort", "entitled_on": MARCH - DAY}, NAME),
    ([], {"kind": "escort"}, None),
    ([], {"kind": "other"}, None),
    ([], {"kind": "other", "period": None}, None),
    ([], {"kind": "service"}, None),
    # of its day, its kind, its period; days only where days are paid
    ([], {"standard": "low"}, None),
    ([], {"standard": "low", "entitled_on": MARCH - DAY, "period": "2025-02"}, NOT_OF_ITS_DAY),
    ([], {"standard": "before", "entitled_on": MARCH - DAY, "period": "2025-02"}, None),
    ([], {"standard": "before"}, NOT_OF_ITS_DAY),
    ([], {"standard": "gone"}, NOT_OF_ITS_DAY),
    ([], {"standard": "low", "kind": "other"}, NOT_OF_ITS_DAY),
    ([], {"standard": "low", "period": "2025-04"}, NOT_OF_ITS_DAY),
    ([], {"standard": "owed", "period": "2025-03"}, NOT_OF_ITS_DAY),
    ([], {"standard": "owed"}, None),
    ([], {"standard": "funeral"}, None),
    ([], {"standard": "funeral", "period": "2025"}, NOT_OF_ITS_DAY),
    ([], {"standard": "gift", "period": "中秋"}, None),
    ([], {"standard": "low", "quantity": 2, "amount_fen": 1}, NOT_OF_ITS_DAY),
    ([], {"standard": "milk", "quantity": 3, "amount_fen": 12}, None),
    # within the standard
    ([], {"standard": "low", "amount_fen": 61}, OVER),
    ([], {"standard": "milk", "quantity": 3, "amount_fen": 13}, OVER),
    ([], {"standard": "relief", "amount_fen": 500}, None),
    ([], {"standard": "relief", "amount_fen": 501}, OVER),
    ([], {"standard": "gift", "amount_fen": 501}, OVER),
    # up to a ceiling in parts
    ([{"standard": "relief", "amount_fen": 300}], {"standard": "relief", "amount_fen": 200}, None),
    ([{"standard": "relief", "amount_fen": 300}], {"standard": "relief", "amount_fen": 201}, OVER),
    ([{"standard": "relief", "amount_fen": 300, "then": "cancelled"}],
     {"standard": "relief", "amount_fen": 500}, None),
    ([{"standard": "relief", "amount_fen": 300, "then": "returned"}],
     {"standard": "relief", "amount_fen": 500}, None),
    ([{"standard": "relief", "amount_fen": 300, "whose": "other"}],
     {"standard": "relief", "amount_fen": 500}, None),
    ([{"standard": "relief", "amount_fen": 300, "entitled_on": date(2024, 3, 1), "period": "2024"}],
     {"standard": "relief", "amount_fen": 500}, None),
    ([{"standard": "other relief", "amount_fen": 300}],
     {"standard": "relief", "amount_fen": 500}, None),
    ([{"standard": "tier", "amount_fen": 300}], {"standard": "relief", "amount_fen": 200}, None),
    ([{"standard": "tier", "amount_fen": 300}], {"standard": "relief", "amount_fen": 201}, OVER),
    ([{"standard": "relief", "amount_fen": 300}], {"standard": "tier", "amount_fen": 1}, OVER),
    # once a period under the word of the standard
    ([{"standard": "low"}], {"standard": "low"}, ONCE),
    ([{"standard": "low"}], {"standard": "high"}, ONCE),
    ([{"standard": "low"}], {"standard": "high", "amount_fen": 1}, ONCE),
    ([{"standard": "low"}], {"standard": "apart"}, None),
    ([{"standard": "low"}], {"standard": "low", "whose": "other"}, None),
    ([{"standard": "low"}],
     {"standard": "low", "entitled_on": date(2025, 4, 1), "period": "2025-04"}, None),
    ([{"standard": "low", "then": "cancelled"}], {"standard": "high"}, None),
    ([{"standard": "low", "then": "returned"}], {"standard": "high"}, None),
    ([{"standard": "gift", "amount_fen": 1}], {"standard": "gift", "amount_fen": 1}, ONCE),
    ([{"standard": "gift", "amount_fen": 1}],
     {"standard": "gift", "amount_fen": 1, "period": "中秋"}, None),
    ([{"standard": "relief", "amount_fen": 1}], {"standard": "owed", "amount_fen": 1}, ONCE),
    ([{"standard": "owed", "amount_fen": 1}], {"standard": "relief", "amount_fen": 1}, ONCE),
    ([{"standard": "milk", "quantity": 3, "amount_fen": 1}],
     {"standard": "milk", "quantity": 3, "amount_fen": 1}, ONCE),
    # arrears: of a payment that stands, the same person, day, period, days and word
    ([{"standard": "low"}], {"standard": "high", "amount_fen": 20, "arrears_of_id": 0}, None),
    ([{"standard": "low"}], {"standard": "high", "amount_fen": 21, "arrears_of_id": 0}, OVER),
    ([{"standard": "low"}, {"standard": "high", "amount_fen": 15, "arrears_of_id": 0}],
     {"standard": "high", "amount_fen": 5, "arrears_of_id": 0}, None),
    ([{"standard": "low"}, {"standard": "high", "amount_fen": 15, "arrears_of_id": 0}],
     {"standard": "high", "amount_fen": 6, "arrears_of_id": 0}, OVER),
    ([{"standard": "low"}, {"standard": "high", "amount_fen": 15, "arrears_of_id": 0}],
     {"standard": "high", "amount_fen": 1, "arrears_of_id": 1}, ARREARS),
    ([{"standard": "low", "then": "cancelled"}],
     {"standard": "high", "amount_fen": 20, "arrears_of_id": 0}, ARREARS),
    ([{"standard": "low", "then": "returned"}],
     {"standard": "high", "amount_fen": 20, "arrears_of_id": 0}, ARREARS),
    ([{"standard": "low"}],
     {"standard": "high", "amount_fen": 20, "arrears_of_id": 0, "whose": "other"}, ARREARS),
    ([{"standard": "low"}],
     {"standard": "high", "amount_fen": 20, "arrears_of_id": 0, "entitled_on": MARCH + DAY},
     ARREARS),
    ([{"standard": "low"}], {"standard": "apart", "amount_fen": 1, "arrears_of_id": 0}, ARREARS),
    ([{"standard": "milk", "quantity": 3, "amount_fen": 12}],
     {"standard": "more milk", "quantity": 3, "amount_fen": 3, "arrears_of_id": 0}, None),
    ([{"standard": "milk", "quantity": 3, "amount_fen": 12}],
     {"standard": "more milk", "quantity": 4, "amount_fen": 3, "arrears_of_id": 0}, ARREARS),
    ([{"standard": "gift", "amount_fen": 500}],
     {"standard": "big gift", "amount_fen": 100, "arrears_of_id": 0}, None),
    ([{"standard": "gift", "amount_fen": 500}],
     {"standard": "big gift", "amount_fen": 100, "arrears_of_id": 0, "period": "中秋"}, ARREARS),
    # what topped up a payment that was taken back is given already
    ([{"standard": "low"}, {"standard": "high", "amount_fen": 20, "arrears_of_id": 0},
      {"cancel": 0}], {"standard": "high"}, ONCE),
    ([{"standard": "low"}, {"standard": "high", "amount_fen": 20, "arrears_of_id": 0},
      {"cancel": 0}, {"cancel": 1}], {"standard": "high"}, None),
]  # fmt: skip


def test_payment_is_within_the_standard_of_its_day_clause_by_clause(ledger: Ledger) -> None:
    for earlier, row, word in CASES:
        with ledger.try_out() as connection:
            made: list[int] = []
            for one in earlier:
                if "cancel" in one:
                    connection.execute(text(f"{CANCEL} WHERE id = {made[one['cancel']]}"))
                else:
                    made.append(ledger.pay(connection, one, made))
            told = None
            try:
                ledger.pay(connection, row, made)
            except DBAPIError as error:
                told = str(error.orig)
        assert (word is None) == (told is None), (earlier, row, told)
        assert (word or "") in (told or ""), (earlier, row, told)


PAYMENT_SAID = {
    "kind": "other", "amount_fen": 1, "quantity": 2, "entitled_on": "2025-03-02", "period": "x",
    "basis": "y", "payee": "y", "budget_id": 99, "standard_id": None, "arrears_of_id": 1,
    "hardship_id": 1, "campaign_id": 1, "recorded_at": "2020-01-01", "recorded_by": "y",
}  # fmt: skip
STANDARD_SAID = {
    "code": "y", "kind": "y", "name": "y", "name_en": "y", "per": "year", "amount_fen": 1,
    "ceiling_fen": 1, "exclusive": "y", "who": "y", "since": "2023-01-01", "clause": "y",
    "recorded_at": "2020-01-01",
}  # fmt: skip
BUDGET_SAID = {"fund_id": 99, "year": 2026, "recorded_at": "2020-01-01", "recorded_by": "y"}
AGREEMENT_SAID = {
    "provider_id": 99, "item": "y", "price_fen": 1, "valid_from": "2024-01-01",
    "recorded_at": "2020-01-01", "recorded_by": "y",
}  # fmt: skip
ORDER_SAID = {
    "item": "y", "title": "y", "quantity": 9, "asked_by": "visit", "client_key": "y",
    "requested_on": "2024-01-01", "recorded_at": "2020-01-01", "recorded_by": "y",
}  # fmt: skip


def _refused(ledger: Ledger, told: str, word: str) -> None:
    with (
        pytest.raises(DBAPIError, match=word),
        ledger.book.engine.connect() as connection,
        connection.begin(),
    ):
        connection.execute(text(told))


def _set(column: str, value: Any) -> str:
    return f"{column} = {'NULL' if value is None else repr(value)}"


def test_what_was_said_of_money_stands_and_nothing_is_deleted(ledger: Ledger) -> None:
    order = an_order(ledger)
    with ledger.book.engine.begin() as connection:
        ledger.pay(connection, {"standard": "low"})
    for table, columns in (
        ("payment", PAYMENT_SAID), ("standard", STANDARD_SAID), ("budget", BUDGET_SAID),
        ("agreement", AGREEMENT_SAID), ("service_order", ORDER_SAID),
    ):  # fmt: skip
        for column, value in {"id": 9_999, **columns}.items():
            _refused(ledger, f"UPDATE {table} SET {_set(column, value)}", f"{table} stands as said")
        _refused(ledger, f"DELETE FROM {table}", f"{table} is kept")
    assert order


PAYMENT_STEPS = {
    "approved_on": "2025-03-02", "approved_by": "other", "paid_on": "2025-03-02", "paid_by": "x",
    "returned_on": "2025-03-03",
}  # fmt: skip
ORDER_STEPS = {
    "accepted_on": "2025-03-02", "arrived_on": "2025-03-02", "completed_on": "2025-03-02",
    "served_by": "who", "verified_on": "2025-03-02", "verified_by": "other",
    "settled_on": "2025-03-02", "rated_on": "2025-03-02", "rating": 4,
}  # fmt: skip


def an_order(ledger: Ledger, **more: Any) -> int:
    """Write an order with a provider and an agreement for cleaning, from 1 to 31 March."""
    with ledger.book.transaction() as session:
        provider = Provider(name=f"家政{len(ledger.ids)}", kind="company", **STAMP)
        session.add(provider)
        session.flush()
        agreement = Agreement(
            provider_id=provider.id, item="cleaning", price_fen=40, valid_from=MARCH,
            valid_to=date(2025, 3, 31), quota=9, **STAMP,
        )  # fmt: skip
        session.add(agreement)
        session.flush()
        ledger.ids["provider"], ledger.ids["agreement"] = provider.id, agreement.id
        order = ServiceOrder(
            person_id=ledger.ids["person"], item="cleaning", title="保洁", quantity=2,
            asked_by="phone", requested_on=MARCH, wanted_on=date(2025, 3, 31), **STAMP, **more,
        )  # fmt: skip
        session.add(order)
        session.flush()
        return order.id


def test_no_step_of_a_payment_or_an_order_is_taken_back(ledger: Ledger) -> None:
    an_order(ledger)
    with ledger.book.engine.begin() as connection:
        ledger.pay(connection, {"standard": "low", "then": "returned"})
        steps = ", ".join(_set(*one) for one in ORDER_STEPS.items())
        given = f"assigned_on = '2025-03-01', provider_id = {ledger.ids['provider']}"
        connection.execute(text(f"UPDATE service_order SET {given}, {steps}"))
        payment = ledger.pay(connection, {"standard": "apart", "then": "cancelled"})
        paid = ledger.pay(connection, {"standard": "low", "whose": "other"})
        connection.execute(text(f"UPDATE service_order SET payment_id = {paid}"))
    for table, steps_of in (("payment", PAYMENT_STEPS), ("service_order", ORDER_STEPS)):
        for column, value in steps_of.items():
            another = 3 if column == "rating" else "2025-03-09" if "_on" in column else "else"
            for new in (None, another):
                told = f"UPDATE {table} SET {_set(column, new)} WHERE {_set(column, value)}"
                _refused(ledger, told, "steps are not taken back")
    for again in ("NULL", "'2025-03-09'"):
        told = f"UPDATE payment SET cancelled_on = {again} WHERE id = {payment}"
        _refused(ledger, told, "steps are not taken back")
        told = f"UPDATE service_order SET payment_id = {again.replace('2025-03-09', '1')}"
        _refused(ledger, told, "steps are not taken back")


def test_what_is_over_still_moves_with_its_person(ledger: Ledger) -> None:
    """Two records of one person are made one: what was given and served goes along."""
    an_order(ledger)
    done = "assigned_on = '2025-03-01', provider_id = {provider}, " + ", ".join(
        _set(*one) for one in ORDER_STEPS.items() if not one[0].startswith("rat")
    )
    with ledger.try_out() as connection:
        ledger.pay(connection, {"standard": "low", "then": "returned"})
        paid = ledger.pay(connection, {"standard": "low", "then": "cancelled"})
        for table, steps in (
            ("service_order", done.format(**ledger.ids)),
            ("service_order", f"payment_id = {paid}"),
            ("service_order", "rated_on = '2025-03-03', rating = 4"),
            ("service_order", f"person_id = {ledger.ids['other']}"),
            ("payment", f"person_id = {ledger.ids['other']}"),
        ):
            connection.execute(text(f"UPDATE {table} SET {steps}"))
    for end in ("cancelled_on", "failed_on"):
        with ledger.try_out() as connection:
            for steps in (
                f"{end} = '2025-03-02', end_reason = 'x'",
                f"person_id = {ledger.ids['other']}",
            ):
                connection.execute(text(f"UPDATE service_order SET {steps}"))


@pytest.mark.parametrize("end", ["cancelled_on", "failed_on"])
def test_order_that_ended_stays_ended(ledger: Ledger, end: str) -> None:
    an_order(ledger)
    with ledger.book.engine.begin() as connection:
        connection.execute(text(
            f"UPDATE service_order SET {end} = '2025-03-02', end_reason = 'x'"
        ))  # fmt: skip
    for new in ("NULL", "'2025-03-09'"):
        told = f"UPDATE service_order SET {end} = {new}"
        _refused(ledger, told, "steps are not taken back")


ORDER_BEGINS = ("assigned_on", "payment_id", "cancelled_on", "failed_on", *ORDER_STEPS)


def test_order_begins_as_a_request(ledger: Ledger) -> None:
    for one in ORDER_BEGINS:
        value = {"rating": 4, "payment_id": 1, "served_by": "x", "verified_by": "x"}.get(one, MARCH)
        with pytest.raises(DBAPIError, match="orders begin as requests"):
            an_order(ledger, **{one: value})


def test_order_takes_an_agreement_of_its_provider_service_price_and_days(ledger: Ledger) -> None:
    order = an_order(ledger)
    agreed = f"provider_id = {ledger.ids['provider']}, agreement_id = {ledger.ids['agreement']}"
    good = f"assigned_on = '2025-03-01', {agreed}, price_fen = 40"
    with ledger.book.transaction() as session:
        second = Provider(name="另一家", kind="company", **STAMP)
        session.add(second)
        session.flush()
        other = second.id
        meals = Agreement(
            provider_id=ledger.ids["provider"], item="meals", price_fen=40, valid_from=MARCH,
            valid_to=date(2025, 3, 31), **STAMP,
        )  # fmt: skip
        session.add(meals)
        session.flush()
        of_meals = meals.id
    for bad in (
        good.replace("price_fen = 40", "price_fen = 41"),
        good.replace(f"provider_id = {ledger.ids['provider']},", f"provider_id = {other},"),
        good.replace(f"agreement_id = {ledger.ids['agreement']}", f"agreement_id = {of_meals}"),
        good + ", wanted_on = '2025-02-28'",
        good + ", wanted_on = '2025-04-01'",
    ):
        told = f"UPDATE service_order SET {bad} WHERE id = {order}"
        _refused(ledger, told, "not the agreement of its days")
    with ledger.try_out() as connection:
        for wanted in ("2025-03-01", "2025-03-31"):
            connection.execute(text(f"UPDATE service_order SET {good}, wanted_on = '{wanted}'"))
        assert connection.scalar(text("SELECT max(taken) FROM agreement")) == 2
        # once it is accepted, who serves it, for how much and when is settled
        connection.execute(text("UPDATE service_order SET accepted_on = '2025-03-02'"))
        for changed in (
            f"provider_id = {other}", "agreement_id = NULL", "price_fen = 41",
            "wanted_on = '2025-03-30'", "assigned_on = '2025-03-02'",
        ):  # fmt: skip
            with pytest.raises(DBAPIError, match="not taken back"), connection.begin_nested():
                connection.execute(text(f"UPDATE service_order SET {changed}"))
        failed = "UPDATE service_order SET failed_on = '2025-03-03', end_reason = 'x'"
        connection.execute(text(failed))
        assert connection.scalar(text("SELECT max(taken) FROM agreement")) == 0


ALLOWED_ORDER = (
    "assigned_on = '2025-03-02', provider_id = {provider}",
    "accepted_on = '2025-03-02'", "arrived_on = '2025-03-02'",
    "completed_on = '2025-03-02', served_by = 'who'",
    "verified_on = '2025-03-02', verified_by = 'other'", "settled_on = '2025-03-02'",
    "rated_on = '2025-03-02', rating = 4",
)  # fmt: skip
NEVER_TOGETHER = (
    # rows of an order as it may not be: the steps it has (how many of the usual), and what is added
    (0, "provider_id = {provider}", "assigned"),
    (0, "agreement_id = {agreement}", "assigned"),
    (0, "accepted_on = '2025-03-02'", "accepted"),
    (1, "arrived_on = '2025-03-02'", "arrived"),
    (2, "completed_on = '2025-03-02', served_by = 'x'", "completed"),
    (3, "completed_on = '2025-03-02'", "served"),
    (3, "served_by = 'x'", "served"),
    (3, "verified_on = '2025-03-02', verified_by = 'x'", "verified"),
    (4, "verified_on = '2025-03-02'", "verifier"),
    (4, "verified_by = 'x'", "verifier"),
    (4, "verified_on = '2025-03-02', verified_by = served_by", "own_service"),
    (4, "settled_on = '2025-03-02'", "settled"),
    (5, "payment_id = 1", "payment"),
    (3, "rated_on = '2025-03-02', rating = 4", "rated"),
    (4, "rated_on = '2025-03-02'", "rating_day"),
    (4, "rating = 4", "rating_day"),
    (4, "rated_on = '2025-03-02', rating = 0", "rating"),
    (4, "rated_on = '2025-03-02', rating = 6", "rating"),
    (4, "cancelled_on = '2025-03-02', end_reason = 'x'", "cancelled"),
    (5, "failed_on = '2025-03-02', end_reason = 'x'", "failed"),
    (0, "cancelled_on = '2025-03-02', failed_on = '2025-03-02', end_reason = 'x'", "ended_once"),
    (0, "cancelled_on = '2025-03-02'", "reason"),
    (0, "failed_on = '2025-03-02'", "reason"),
    (0, "end_reason = 'x'", "reason"),
)


def test_order_as_it_may_not_be_is_refused_by_its_table(ledger: Ledger) -> None:
    an_order(ledger)

    def order(connection: Connection, told: str) -> None:
        connection.execute(text(f"UPDATE service_order SET {told.format(**ledger.ids)}"))

    for steps, added, name in NEVER_TOGETHER:
        with ledger.try_out() as connection:
            for one in ALLOWED_ORDER[:steps]:
                order(connection, one)
            with pytest.raises(DBAPIError, match=f"ck_service_order_{name}|casework: "):
                order(connection, added)
    with ledger.try_out() as connection:
        for one in ALLOWED_ORDER:
            order(connection, one)


PAYMENT_NEVER = (
    ("approved_on = '2025-03-02'", "approved"),
    ("approved_by = 'x'", "approved"),
    ("approved_on = '2025-03-02', approved_by = recorded_by", "own_proposal"),
    ("paid_on = '2025-03-02', paid_by = 'x'", "paid_unapproved"),
    ("approved_on = '2025-03-02', approved_by = 'x', paid_on = '2025-03-02'", "paid"),
    ("approved_on = '2025-03-02', approved_by = 'x', paid_by = 'x'", "paid"),
    ("returned_on = '2025-03-02', end_reason = 'x'", "returned"),
    ("approved_on = '2025-03-02', approved_by = 'x', returned_on = '2025-03-02', end_reason = 'x'",
     "returned"),
    ("cancelled_on = '2025-03-02'", "reason"),
    ("end_reason = 'x'", "reason"),
    ("approved_on = '2025-03-02', approved_by = 'x', paid_on = '2025-03-02', paid_by = 'x', "
     "cancelled_on = '2025-03-02', end_reason = 'x'", "cancelled"),
    ("approved_on = '2025-03-02', approved_by = 'x', paid_on = '2025-03-02', paid_by = 'x', "
     "returned_on = '2025-03-02'", "reason"),
)  # fmt: skip


def test_payment_as_it_may_not_be_is_refused_by_its_table(ledger: Ledger) -> None:
    for told, name in PAYMENT_NEVER:
        with ledger.try_out() as connection:
            ledger.pay(connection, {"standard": "low"})
            with pytest.raises(DBAPIError, match=f"ck_payment_{name}"):
                connection.execute(text(f"UPDATE payment SET {told}"))
    for row, name in (
        ({"kind": "other", "amount_fen": 0}, "amount"),
        ({"kind": "other", "quantity": 0}, "quantity"),
        ({"kind": "other", "quantity": 32}, "quantity"),
    ):
        with ledger.try_out() as connection, pytest.raises(DBAPIError, match=f"ck_payment_{name}"):
            ledger.pay(connection, row)


NEVER_WRITTEN = (
    ("standard", "per = 'decade'", "ck_standard_per"),
    ("standard", "ceiling_fen = 60", "ck_standard_one_limit"),
    ("standard", "amount_fen = NULL", "ck_standard_one_limit"),
    ("standard", "amount_fen = 0", "ck_standard_limit"),
    ("standard", "until = '2025-02-28'", "ck_standard_span"),
    ("budget", "year = 1948", "ck_budget_year"),
    ("budget", "year = 2200", "ck_budget_year"),
    ("budget", "amount_fen = -1", "ck_budget"),
    ("budget", "committed_fen = -1", "ck_budget_within"),
    ("service_order", "asked_by = 'letter'", "ck_service_order_asked_by"),
    ("service_order", "quantity = 0", "ck_service_order_quantity"),
    ("service_order", "quantity = 1000", "ck_service_order_quantity"),
    ("agreement", "valid_to = '2025-02-28'", "ck_agreement_span"),
    ("agreement", "price_fen = -1", "ck_agreement_price"),
    ("agreement", "quota = 0", "ck_agreement_quota"),
    ("agreement", "taken = quota + 1", "ck_agreement_within"),
    ("agreement", "taken = -1", "ck_agreement_within"),
)


def test_standard_budget_agreement_and_order_that_cannot_be_are_not_written(ledger: Ledger) -> None:
    """A row like one that stands, but for one thing, is refused for that."""
    an_order(ledger)
    ids = {"standard": ledger.ids["low"], "budget": ledger.ids["budget"]}
    for table, changed, word in NEVER_WRITTEN:
        names = [column.name for column in Base.metadata.tables[table].columns]
        column, _, value = changed.partition(" = ")
        told = {one: one for one in names} | {"id": "id + 1000", column: value}
        if table == "budget" and column != "year":
            told["year"] = "2030"
        row = f"SELECT {', '.join(told.values())} FROM {table} WHERE id = {ids.get(table, 1)}"
        _refused(ledger, f"INSERT INTO {table} ({', '.join(told)}) {row}", word)


DECIDED = "decision = 'granted', decided_on = '2025-03-02', decided_by = 'x', decision_reason = 'y'"
REQUEST_NEVER = (
    (DECIDED.replace("granted", "perhaps"), "decision"),
    (DECIDED.replace("'x'", "recorded_by"), "own_request"),
    (DECIDED.replace("decision = 'granted', ", ""), "decided"),
    (DECIDED.replace("decided_on = '2025-03-02', ", ""), "decided"),
    (DECIDED.replace("decided_by = 'x', ", ""), "decided"),
    (DECIDED.replace(", decision_reason = 'y'", ""), "decided"),
    ("due_on = '2025-02-28'", "clock"),
)
BENEFIT_NEVER = (
    ("valid_to = '2025-02-28', end_reason = 'x'", "span"),
    ("valid_to = '2025-03-02'", "ended"),
    ("end_reason = 'x'", "ended"),
)


def test_request_for_help_and_benefit_as_they_may_not_be_are_refused(ledger: Ledger) -> None:
    with ledger.book.transaction() as session:
        session.add(
            HardshipCase(
                person_id=ledger.ids["person"],
                situation="x",
                applied_on=MARCH,
                due_on=MARCH + DAY,
                **STAMP,
            )
        )
        session.add(Benefit(
            person_id=ledger.ids["person"], standard_id=ledger.ids["milk"], valid_from=MARCH,
            **STAMP,
        ))  # fmt: skip
    for table, never in (("hardship_case", REQUEST_NEVER), ("benefit", BENEFIT_NEVER)):
        for changed, name in never:
            _refused(ledger, f"UPDATE {table} SET {changed}", f"ck_{table}_{name}")
    with ledger.try_out() as connection:
        connection.execute(text(f"UPDATE hardship_case SET {DECIDED}"))
        ended = "valid_to = '2025-03-01', end_reason = 'x'"
        connection.execute(text(f"UPDATE benefit SET {ended}"))


def test_budget_is_entered_by_what_takes_from_it_and_never_overdrawn(ledger: Ledger) -> None:
    with ledger.try_out() as connection:

        def held_after(told: str) -> int:
            connection.execute(text(told))
            return int(connection.scalar(text("SELECT committed_fen FROM budget")) or 0)

        first = ledger.pay(connection, {"kind": "other", "amount_fen": 9_000})
        second = ledger.pay(connection, {"kind": "other", "amount_fen": 1_001})
        assert held_after("SELECT 1") == 0
        assert held_after(f"{APPROVE} WHERE id = {first}") == 9_000
        for over in (f"{APPROVE} WHERE id = {second}", "UPDATE budget SET amount_fen = 8999"):
            with pytest.raises(DBAPIError, match="ck_budget_within"), connection.begin_nested():
                connection.execute(text(over))
        assert held_after(f"{PAY} WHERE id = {first}") == 9_000
        assert held_after(f"{RETURN} WHERE id = {first}") == 0
        assert held_after(f"{APPROVE} WHERE id = {second}") == 1_001
        assert held_after(f"{CANCEL} WHERE id = {second}") == 0

"""Money: budgets that are never overdrawn, standards of their day, tiers not added, who approves.

Both databases refuse by themselves; the sentences of the door are another matter.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from casework.errors import CaseworkError, InvalidEntry, NotPermitted
from casework.planning.giving import REASONS, Absence, given_days
from casework.records import (
    Budget,
    Payment,
    Person,
    SeasonalStay,
    Standard,
    hardship_status,
    payment_status,
)
from casework.records.base import now
from casework.records.money import HARDSHIP_STATES, PAYMENT_STATES
from casework.reference import BrokenReference, agencies
from casework.reference.standards import StandardEntry, standards
from casework.terms import Label
from casework.workbook import Workbook, open_workbook
from casework.workbook.money import FundEntry, yuan
from casework.workbook.payments import PaymentEntry
from casework.workbook.standards import write_standards
from tests.conftest import TODAY
from tests.test_plans import a_fact, a_person, now_is

YEAR = TODAY.year


def a_standard(code: str, fen: int, **more: Any) -> StandardEntry:
    told: dict[str, Any] = {
        "kind": "nursing", "label": Label(zh="护理费", en="nursing"), "per": "month",
        "amount_fen": fen, "ceiling_fen": None, "exclusive": code, "who": None,
        "since": date(2024, 1, 1), "until": None, "clause": "办法第三条",
    } | more  # fmt: skip
    return StandardEntry(code=code, **told)


def keep(book: Workbook, *entries: StandardEntry) -> dict[str, int]:
    """Let these be the standards of the workbook, and give their ids by code and first day."""
    with book.transaction() as session:
        write_standards(session, book.agency, entries)
        found = session.scalars(select(Standard).where(Standard.superseded_at.is_(None))).all()
        return {f"{one.code}/{one.since}": one.id for one in found} | {
            one.code: one.id for one in found
        }


def a_budget(book: Workbook, fen: int, code: str = "f", year: int = YEAR) -> int:
    known = {one.code: one.fund_id for one in book.money.budgets()}
    fund = known.get(code) or book.money.open_fund(FundEntry(code, "帮扶资金", "市财政", "帮扶"))
    return book.money.set_budget(fund, year, fen)


def acts_as(book: Workbook, role: str = "supervisor") -> str:
    """Let a new member of staff act, and give the login."""
    with book.transaction() as session:
        n = session.scalar(text("SELECT count(*) FROM staff"))
        session.execute(
            text("INSERT INTO staff (login, name, role) VALUES (:l, :n, :r)"),
            {"l": f"s{n}", "n": f"工作人员{n}", "r": role},
        )
    if book.standing is None:
        book.act_as(f"s{n}")
    return f"s{n}"


def proposal(person: int, budget: int, fen: int = 10_000, **more: Any) -> PaymentEntry:
    return PaymentEntry(person, more.pop("kind", "other"), fen, "困难帮扶", budget, **more)


@pytest.fixture
def pair(workbook: Workbook) -> Iterator[tuple[Workbook, str, str]]:
    """Give a workbook with one who proposes and one who approves."""
    one, other = acts_as(workbook), acts_as(workbook)
    workbook.act_as(one)
    yield workbook, one, other


# --- budgets ------------------------------------------------------------------------------------


def test_approval_beyond_the_budget_is_refused_with_the_figures(
    pair: tuple[Workbook, str, str],
) -> None:
    book, _one, other = pair
    budget = a_budget(book, 15_000)
    ids = book.payments.propose_many([proposal(a_person(book), budget) for _n in range(2)])
    book.act_as(other)
    with pytest.raises(InvalidEntry, match=r"150\.00.*200\.00"):
        book.payments.approve(ids)
    assert book.payments.approve(ids[:1]) == 1
    (row,) = book.money.budgets()
    assert (row.left_fen, row.approved_fen, row.waiting_fen) == (5_000, 10_000, 10_000)


def test_budget_has_the_amount_again_once_a_payment_is_cancelled_or_comes_back(
    pair: tuple[Workbook, str, str],
) -> None:
    book, _one, other = pair
    budget = a_budget(book, 20_000)
    ids = book.payments.propose_many([proposal(a_person(book), budget) for _n in range(2)])
    book.act_as(other)
    book.payments.approve(ids)
    book.payments.pay(ids[:1])
    book.payments.cancel(ids[1:], reason="重复")
    assert book.money.budgets()[0].left_fen == 10_000
    book.payments.give_back(ids[:1], reason="地址有误退回")
    assert book.money.budgets()[0].left_fen == 20_000
    assert book.money.misentered() == []


def test_budget_is_not_lowered_under_what_is_approved(pair: tuple[Workbook, str, str]) -> None:
    book, _one, other = pair
    budget = a_budget(book, 20_000)
    payment = book.payments.propose(proposal(a_person(book), budget))
    book.act_as(other)
    book.payments.approve([payment])
    with pytest.raises(InvalidEntry, match="已批准和已支付"):
        a_budget(book, 9_999)
    assert a_budget(book, 10_000) == budget


def _approve_at_once(book: Workbook, address: str, n: int) -> int:
    """Let n approve one proposal each at the same moment, past the door's own question."""
    budget = a_budget(book, 45_000)
    ids = book.payments.propose_many([proposal(a_person(book), budget) for _n in range(n)])
    others = [open_workbook(address, today=TODAY) for _n in range(n)]

    def approve(at: int) -> bool:
        with suppress(IntegrityError, CaseworkError), others[at].transaction() as session:
            one = session.get_one(Payment, ids[at])
            one.approved_on, one.approved_by = TODAY, f"批准人{at}"
            return True
        return False

    with ThreadPoolExecutor(n) as pool:
        done = sum(pool.map(approve, range(n)))
    for one in others:
        one.close()
    return done


def test_twenty_who_approve_at_once_never_overdraw_a_file(workbook_file: Path) -> None:
    with closing(open_workbook(str(workbook_file), today=TODAY)) as book:
        assert _approve_at_once(book, str(workbook_file), 20) == 4
        assert book.money.budgets()[0].left_fen == 5_000
        assert book.money.misentered() == []


def test_twenty_who_approve_at_once_never_overdraw_a_server(postgres_workbook: Workbook) -> None:
    address = postgres_workbook.engine.url.render_as_string(hide_password=False)
    assert _approve_at_once(postgres_workbook, address, 20) == 4
    assert postgres_workbook.money.budgets()[0].left_fen == 5_000
    assert postgres_workbook.money.misentered() == []


def test_twenty_who_give_one_person_the_same_at_once_give_it_once(
    postgres_workbook: Workbook,
) -> None:
    book = postgres_workbook
    ids = keep(book, a_standard("e4", 60_000))
    person, budget = a_person(book), a_budget(book, 9_000_000)
    address = book.engine.url.render_as_string(hide_password=False)
    others = [open_workbook(address, today=TODAY) for _n in range(20)]

    def propose(one: Workbook) -> bool:
        with suppress(InvalidEntry):
            entry = proposal(person, budget, 60_000, kind="nursing", standard_id=ids["e4"])
            return bool(one.payments.propose(entry))
        return False

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(propose, others)) == 1
    for one in others:
        one.close()


# --- who, and in which order --------------------------------------------------------------------


def test_nobody_approves_the_own_proposal(pair: tuple[Workbook, str, str]) -> None:
    book, _one, _other = pair
    payment = book.payments.propose(proposal(a_person(book), a_budget(book, 20_000)))
    with pytest.raises(NotPermitted, match="本人"):
        book.payments.approve([payment])


def _raw(book: Workbook, told: str, **values: Any) -> None:
    with book.engine.begin() as connection:
        connection.execute(text(told), values)


REFUSED = (
    "UPDATE payment SET approved_on = '2025-03-03', approved_by = recorded_by",
    "UPDATE payment SET paid_on = '2025-03-03', paid_by = 'x'",
    "UPDATE payment SET returned_on = '2025-03-03', end_reason = 'x'",
    "UPDATE payment SET cancelled_on = '2025-03-03'",
    "UPDATE payment SET amount_fen = amount_fen - 1",
    "UPDATE payment SET basis = 'x'",
    "DELETE FROM payment",
    "UPDATE budget SET amount_fen = -1",
    "DELETE FROM budget",
    "UPDATE standard SET amount_fen = 99",
    "DELETE FROM standard",
)


def test_database_refuses_by_itself(any_workbook: Workbook) -> None:
    book = any_workbook
    keep(book, a_standard("other_one", 60_000))
    book.payments.propose(proposal(a_person(book), a_budget(book, 20_000)))
    for told in REFUSED:
        with pytest.raises(DBAPIError, match=r"ck_payment|ck_budget|casework: "):
            _raw(book, told)


def test_step_is_not_taken_back(any_workbook: Workbook) -> None:
    book = any_workbook
    payment = book.payments.propose(proposal(a_person(book), a_budget(book, 20_000)))
    approve = "UPDATE payment SET approved_on = '2025-03-03', approved_by = '另一人' WHERE id = :id"
    _raw(book, approve, id=payment)
    for told in (
        "UPDATE payment SET approved_on = NULL, approved_by = NULL",
        "UPDATE payment SET approved_by = '第三人'",
    ):
        with pytest.raises(DBAPIError, match="not taken back"):
            _raw(book, told)


def test_payment_begins_as_a_proposal(any_workbook: Workbook) -> None:
    book = any_workbook
    person, budget = a_person(book), a_budget(book, 20_000)
    with pytest.raises(IntegrityError, match="begin as proposals"), book.transaction() as session:
        session.add(
            Payment(
                person_id=person, kind="other", amount_fen=1, entitled_on=TODAY, basis="x",
                budget_id=budget, recorded_at=now(), recorded_by="a", approved_on=TODAY,
                approved_by="b",
            )
        )  # fmt: skip


@settings(max_examples=40)
@given(
    steps=st.lists(st.none() | st.integers(0, 9), min_size=4, max_size=4), asked=st.integers(-1, 10)
)
def test_status_of_a_payment_is_the_latest_step_of_the_day(
    steps: list[int | None], asked: int
) -> None:
    approved, paid, cancelled, returned = (
        None if one is None else TODAY + timedelta(days=one) for one in steps
    )
    from sqlalchemy import create_engine

    from casework.records import Base

    engine = _MEMORY.setdefault("engine", create_engine("sqlite://"))
    day = TODAY + timedelta(days=asked)
    with engine.connect() as connection:
        if "made" not in _MEMORY:
            Base.metadata.tables["payment"].create(connection)
            connection.commit()
            _MEMORY["made"] = True
        connection.execute(text("PRAGMA ignore_check_constraints = 1"))
        connection.execute(
            Payment.__table__.insert().values(
                person_id=1, kind="x", amount_fen=1, quantity=1, entitled_on=TODAY, basis="x",
                budget_id=1, recorded_at=now(), recorded_by="a", approved_on=approved,
                approved_by="b", paid_on=paid, cancelled_on=cancelled, returned_on=returned,
            )
        )  # fmt: skip
        status = connection.scalar(select(payment_status(day)))
        connection.rollback()
    reached = [
        name
        for name, on in (
            ("returned", returned), ("cancelled", cancelled), ("paid", paid), ("approved", approved)
        )
        if on is not None and on <= day
    ]  # fmt: skip
    assert status == [*reached, "proposed"][0]


_MEMORY: dict[str, Any] = {}


# --- standards ----------------------------------------------------------------------------------


def test_amount_over_the_standard_of_its_day_is_refused(any_workbook: Workbook) -> None:
    book = any_workbook
    ids = keep(
        book,
        a_standard("e4", 60_000, until=date(2025, 1, 31)),
        a_standard("e4", 80_000, since=date(2025, 2, 1)),
    )
    person, budget = a_person(book), a_budget(book, 9_000_000)
    before, after = ids["e4/2024-01-01"], ids["e4/2025-02-01"]
    january, march = date(2025, 1, 20), date(2025, 3, 1)

    def propose(fen: int, standard: int | None, day: date) -> int:
        return book.payments.propose(
            proposal(person, budget, fen, kind="nursing", standard_id=standard, entitled_on=day)
        )

    with pytest.raises(InvalidEntry, match="超过"):
        propose(60_001, before, january)
    with pytest.raises(InvalidEntry, match="不适用"):
        propose(60_000, after, january)
    with pytest.raises(InvalidEntry, match="不适用"):
        propose(60_000, before, march)
    with pytest.raises(InvalidEntry, match="有标准"):
        propose(60_000, None, march)
    assert propose(60_000, before, january) and propose(80_000, after, march)


def test_local_nursing_tiers_are_not_added_together(any_workbook: Workbook) -> None:
    """Trap 23: an era's tier and that of inability are one allowance, not two."""
    book = any_workbook
    ids = keep(
        book,
        a_standard("e4", 60_000, exclusive="nursing", who="era = 'E4'"),
        a_standard("unable", 100_000, exclusive="nursing", who="health = 'bedridden'"),
    )
    person, budget = a_person(book, health="bedridden"), a_budget(book, 9_000_000)
    with book.transaction() as session:
        day = date(1947, 5, 1)
        session.add(a_fact(person, "joined_on", str(day), earliest=day, latest=day))
    (due,) = book.money.dues(person)
    assert (due.code, due.owed_fen) == ("unable", 100_000)
    entry = proposal(person, budget, 100_000, kind="nursing", standard_id=ids["unable"])
    book.payments.propose(entry)
    with pytest.raises(InvalidEntry, match="不累加"):
        book.payments.propose(
            proposal(person, budget, 60_000, kind="nursing", standard_id=ids["e4"])
        )
    assert book.money.dues(person)[0].owed_fen == 0
    next_month = proposal(person, budget, 60_000, kind="nursing", standard_id=ids["e4"],
                          entitled_on=date(2025, 4, 1))  # fmt: skip
    assert book.payments.propose(next_month)


def test_what_was_taken_back_or_came_back_is_owed_again(pair: tuple[Workbook, str, str]) -> None:
    book, one, other = pair
    ids = keep(book, a_standard("e4", 60_000))
    person, budget = a_person(book), a_budget(book, 9_000_000)
    entry = proposal(person, budget, 60_000, kind="nursing", standard_id=ids["e4"])
    for paid in (False, True):
        assert book.money.dues(person)[0].owed_fen == 60_000
        payment = book.payments.propose(entry)
        assert book.money.dues(person)[0].owed_fen == 0
        if not paid:
            book.payments.cancel([payment], reason="重复")
            continue
        book.act_as(other)
        book.payments.approve([payment])
        book.payments.pay([payment])
        book.payments.give_back([payment], reason="退回")
        book.act_as(one)
    assert book.money.dues(person)[0].owed_fen == 60_000


def test_help_up_to_a_ceiling_is_given_in_parts_that_stay_within_it(
    any_workbook: Workbook,
) -> None:
    book = any_workbook
    entry = a_standard("relief", 1, kind="hardship", per="year", amount_fen=None, ceiling_fen=500)
    gift = a_standard("gift", 1, kind="festival", per="occasion", amount_fen=None, ceiling_fen=500)
    ids = keep(book, entry, gift)
    person, budget = a_person(book), a_budget(book, 9_000)

    def give(fen: int, kind: str, code: str, **more: Any) -> int:
        return book.payments.propose(
            proposal(person, budget, fen, kind=kind, standard_id=ids[code], **more)
        )

    assert give(300, "hardship", "relief") and give(200, "hardship", "relief")
    with pytest.raises(InvalidEntry, match="超过"):
        give(1, "hardship", "relief")
    assert give(100, "festival", "gift", occasion="春节")
    with pytest.raises(InvalidEntry, match="本期"):
        give(100, "festival", "gift", occasion="春节")


def test_unknown_is_not_no(workbook: Workbook) -> None:
    keep(
        workbook,
        a_standard("lift", 100_000, exclusive="x", who="lift"),
        a_standard("plain", 50_000, exclusive="x"),
    )
    person = a_person(workbook)
    dues = workbook.money.dues(person)
    assert [(one.code, one.holds) for one in dues] == [("plain", True), ("lift", None)]
    with workbook.transaction() as session:
        session.add(a_fact(person, "lift", "no"))
    assert [one.code for one in workbook.money.dues(person)] == ["plain"]


def test_standard_that_is_known_not_to_hold_needs_an_exception(workbook: Workbook) -> None:
    ids = keep(workbook, a_standard("x", 50_000, who="living = 'alone'"))
    person, budget = a_person(workbook), a_budget(workbook, 90_000)
    entry = proposal(person, budget, 50_000, kind="nursing", standard_id=ids["x"])
    with pytest.raises(InvalidEntry, match="例外"):
        workbook.payments.propose(entry)
    special = proposal(person, budget, 50_000, kind="nursing", standard_id=ids["x"], exception=True)
    assert workbook.payments.propose(special)


def test_raised_standard_leaves_earlier_payments_and_shows_the_difference_once(
    any_workbook: Workbook,
) -> None:
    book = any_workbook
    old = a_standard("e4", 60_000)
    ids = keep(book, old)
    person, other = a_person(book), a_person(book)
    budget = a_budget(book, 9_000_000)
    january, march = date(2025, 1, 10), date(2025, 3, 1)
    first, second = book.payments.propose_many(
        proposal(one, budget, 60_000, kind="nursing", standard_id=ids["e4"], entitled_on=day)
        for one, day in ((person, january), (other, march))
    )
    assert book.payments.differences() == []
    keep(book, a_standard("e4", 60_000, until=date(2025, 2, 28)),
         a_standard("e4", 75_000, since=date(2025, 3, 1)))  # fmt: skip

    (owing,) = book.payments.differences()
    assert (owing.payment_id, owing.difference_fen) == (second, 15_000)
    rows = {one.payment_id: one for one in book.payments.list()}
    assert rows[first].amount_fen == rows[second].amount_fen == 60_000
    assert rows[second].standard_id == ids["e4"]
    (arrears,) = book.payments.propose_arrears([second], basis="提标补发")
    assert book.payments.differences() == []
    (row,) = [one for one in book.payments.list() if one.payment_id == arrears]
    assert (row.amount_fen, row.arrears_of_id, row.period) == (15_000, second, "2025-03")
    with pytest.raises(InvalidEntry, match="没有差额"):
        book.payments.propose_arrears([first], basis="提标补发")


def test_arrears_never_bring_a_payment_over_the_standard(workbook: Workbook) -> None:
    book = workbook
    ids = keep(book, a_standard("e4", 60_000))
    person, budget = a_person(book), a_budget(book, 9_000_000)
    payment = book.payments.propose(
        proposal(person, budget, 60_000, kind="nursing", standard_id=ids["e4"])
    )
    new = keep(book, a_standard("e4", 60_000, until=TODAY - timedelta(days=1)),
               a_standard("e4", 75_000, since=TODAY))[f"e4/{TODAY}"]  # fmt: skip
    over = proposal(person, budget, 15_001, kind="nursing", standard_id=new, arrears_of_id=payment)
    with pytest.raises(InvalidEntry, match="超过"):
        book.payments.propose(over)


def test_arrears_that_stand_are_given_already(any_workbook: Workbook) -> None:
    """Invariant 8: what topped up a payment counts, even where the payment was taken back."""
    book = any_workbook
    ids = keep(book, a_standard("e4", 60_000))
    person, budget = a_person(book), a_budget(book, 9_000_000)

    def propose(fen: int, standard: int) -> int:
        return book.payments.propose(
            proposal(person, budget, fen, kind="nursing", standard_id=standard)
        )

    first = propose(60_000, ids["e4"])
    raised = keep(
        book,
        a_standard("e4", 60_000, until=TODAY - timedelta(days=1)),
        a_standard("e4", 75_000, since=TODAY),
    )
    arrears = book.payments.propose_arrears([first], basis="补发")
    book.payments.cancel([first], reason="重复")
    with pytest.raises(InvalidEntry, match="本期"):
        propose(75_000, raised[f"e4/{TODAY}"])
    book.payments.cancel(arrears, reason="重复")
    assert propose(75_000, raised[f"e4/{TODAY}"])


def test_founding_again_leaves_standards_as_they_are(workbook_file: Path) -> None:
    def standing() -> list[Any]:
        opened = open_workbook(str(workbook_file), agency="changshu", today=TODAY)
        with closing(opened) as book, book.reading() as session:
            return [(s.id, s.code, s.superseded_at) for s in session.scalars(select(Standard))]

    before = standing()
    assert before and before == standing()


@pytest.mark.parametrize("name", agencies())
def test_standards_of_every_agency_can_be_read_and_asked(name: str, tmp_path: Path) -> None:
    with closing(open_workbook(str(tmp_path / "w.sqlite"), agency=name, today=TODAY)) as book:
        assert {one.code for one in book.money.standards()} == {
            one.code for one in standards(name) if one.since <= TODAY <= (one.until or TODAY)
        }
        person = a_person(book)
        assert all(one.why == "" or one.why for one in book.money.dues(person, occasion="x"))


def test_two_standards_of_a_code_on_one_day_are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    entry = (
        '[[standard]]\ncode = "x"\nkind = "nursing"\nlabel = {zh = "甲", en = "a"}\nper = "month"\n'
        'amount_fen = 1\nsince = 2024-01-01\nclause = "c"\nsource = "s"\n'
    )
    folder = tmp_path / "agencies" / "a"
    folder.mkdir(parents=True)
    (folder / "standards.toml").write_text(entry + entry.replace("2024", "2025"), encoding="utf-8")
    monkeypatch.setattr("casework.reference.standards.data_folder", lambda: tmp_path)
    with pytest.raises(BrokenReference, match="2025-01-01 有两个值同时有效"):
        standards.__wrapped__("a")


# --- what is given every day, and help in hardship ----------------------------------------------

DAYS = st.integers(-40, 40).map(lambda n: TODAY + timedelta(days=n))
ABSENCES = st.lists(
    st.builds(
        lambda reason, first, n: Absence(
            reason, first, None if n is None else first + timedelta(days=n)
        ),
        st.sampled_from(REASONS), DAYS, st.none() | st.integers(0, 20),
    ),
    max_size=4,
)  # fmt: skip


@given(first=DAYS, last=DAYS, absences=ABSENCES)
def test_every_day_is_given_or_says_why_not(
    first: date, last: date, absences: list[Absence]
) -> None:
    told = given_days(first, last, absences)
    assert len(told) == max((last - first).days + 1, 0)
    for day, reason in told.items():
        covering = {one.reason for one in absences if one.covers(day)}
        assert (reason is None) == (not covering) and (reason is None or reason in covering)


def test_milk_stops_in_hospital_while_away_and_after_a_death(workbook: Workbook) -> None:
    book = workbook
    ids = keep(book, a_standard("milk", 450, kind="in_kind", per="day"))
    well, ill, died = (a_person(book) for _n in range(3))
    for person in (well, ill, died):
        book.benefits.grant(person, ids["milk"], since=date(2025, 1, 1), vendor="奶站")
    with book.transaction() as session:
        session.add(a_fact(ill, "hospital_status", "inpatient", valid_from=date(2025, 2, 10),
                           valid_to=date(2025, 2, 19)))  # fmt: skip
        session.add(SeasonalStay(person_id=ill, place="海南", away_from=date(2025, 2, 18),
                                 away_to=date(2025, 2, 20), recorded_at=now(),
                                 recorded_by="t"))  # fmt: skip
        session.get_one(Person, died).died_on = date(2025, 2, 5)
    months = {one.person_id: one for one in book.benefits.month(2025, 2)}
    assert {key: one.days for key, one in months.items()} == {well: 28, ill: 17, died: 5}
    assert months[ill].left_out == {"in_hospital": 10, "away": 1}
    assert months[died].amount_fen == 5 * 450

    budget = a_budget(book, 9_000_000)
    assert len(book.benefits.settle(2025, 2, budget, basis="二月牛奶")) == 3
    assert book.benefits.settle(2025, 2, budget, basis="二月牛奶") == []
    sums = book.payments.sums(kind="in_kind")
    assert sums["proposed"] == (3, 50 * 450)
    with pytest.raises(InvalidEntry, match="2025-04-01"):
        book.benefits.settle(2025, 3, budget, basis="三月牛奶")


def test_first_and_last_day_in_hospital_or_away_are_not_given(workbook: Workbook) -> None:
    book = workbook
    ids = keep(book, a_standard("milk", 450, kind="in_kind", per="day"))
    first, last, away_first, away_last, before, after = (a_person(book) for _n in range(6))
    for person in (first, last, away_first, away_last, before, after):
        book.benefits.grant(person, ids["milk"], since=date(2025, 1, 1))
    begins, ends, day = date(2025, 2, 1), date(2025, 2, 28), timedelta(days=1)
    with book.transaction() as session:
        for person, valid_from, valid_to in (
            (first, date(2025, 1, 5), begins), (last, ends, date(2025, 3, 9)),
            (before, date(2025, 1, 5), begins - day), (after, ends + day, date(2025, 3, 9)),
        ):  # fmt: skip
            session.add(a_fact(person, "hospital_status", "inpatient", valid_from=valid_from,
                               valid_to=valid_to))  # fmt: skip
        for person, away_from, away_to in (
            (away_first, date(2025, 1, 5), begins), (away_last, ends, date(2025, 3, 9)),
        ):  # fmt: skip
            stay = SeasonalStay(
                person_id=person, place="海南", away_from=away_from, away_to=away_to,
                recorded_at=now(), recorded_by="t",
            )  # fmt: skip
            session.add(stay)
    days = {one.person_id: one.days for one in book.benefits.month(2025, 2)}
    assert days == dict.fromkeys((first, last, away_first, away_last), 27) | {before: 28, after: 28}


def test_benefit_is_given_once_and_not_to_whom_it_is_not_for(workbook: Workbook) -> None:
    book = workbook
    ids = keep(book, a_standard("milk", 450, per="day", who="living = 'alone'"))
    alone, other = a_person(book, living="alone"), a_person(book)
    benefit = book.benefits.grant(alone, ids["milk"])
    with pytest.raises(InvalidEntry, match="已经"):
        book.benefits.grant(alone, ids["milk"])
    with pytest.raises(InvalidEntry, match="更正"):
        book.benefits.grant(other, ids["milk"])
    book.benefits.end(benefit, on=TODAY, reason="家属不要了")
    assert book.benefits.grant(alone, ids["milk"], since=TODAY + timedelta(days=1))


def test_hardship_request_has_a_clock_and_is_decided_by_somebody_else(
    pair: tuple[Workbook, str, str],
) -> None:
    book, _one, other = pair
    person = a_person(book)
    request = book.hardship.apply(person, "大病自费部分高", on=TODAY - timedelta(days=9))
    assert book.hardship.count()["open"] == 1
    assert book.hardship.list()[0].days_left == 1
    now_is(book, TODAY + timedelta(days=2))
    assert book.hardship.count()["overdue"] == 1
    with pytest.raises(NotPermitted, match="本人"):
        book.hardship.decide(request, "granted", reason="情况属实")
    book.act_as(other)
    book.hardship.decide(request, "granted", reason="情况属实")
    assert [one.status for one in book.hardship.list()] == ["granted"]
    ids = keep(book, a_standard("relief", 500_000, kind="hardship", per="year"))
    payment = book.payments.propose(
        proposal(person, a_budget(book, 900_000), 200_000, kind="hardship",
                 standard_id=ids["relief"], hardship_id=request)
    )  # fmt: skip
    book.act_as(_one)
    book.payments.approve([payment])
    book.payments.pay([payment])
    counts = book.hardship.count()
    assert counts == dict.fromkeys(HARDSHIP_STATES, 0) | {"helped": 1}
    with pytest.raises(NotPermitted, match="已经"):
        book.hardship.decide(request, "declined", reason="x")


@pytest.mark.parametrize(
    ("decision", "reason"), [("granted", " "), ("perhaps", "情况属实"), ("", "")]
)
def test_hardship_request_is_granted_or_declined_with_a_reason(
    pair: tuple[Workbook, str, str], decision: str, reason: str
) -> None:
    book, _one, other = pair
    request = book.hardship.apply(a_person(book), "自费部分高")
    book.act_as(other)
    with pytest.raises(InvalidEntry):
        book.hardship.decide(request, decision, reason=reason)
    assert book.hardship.count()["open"] == 1


def test_hardship_requests_are_decided_together_or_not_at_all(
    pair: tuple[Workbook, str, str],
) -> None:
    book, _one, other = pair
    theirs = [book.hardship.apply(a_person(book), "自费部分高") for _n in range(2)]
    book.act_as(other)
    own = book.hardship.apply(a_person(book), "自费部分高")
    with pytest.raises(NotPermitted, match="本人"):
        book.hardship.decide([*theirs, own], "granted", reason="情况属实")
    assert book.hardship.count()["open"] == 3
    book.hardship.decide(theirs, "granted", reason="情况属实")
    assert book.hardship.count()["granted"] == 2


def test_amounts_are_written_as_people_write_them() -> None:
    assert [yuan(one) for one in (0, 5, 120_000, 1_234_567_89)] == [
        "0.00", "0.05", "1,200.00", "1,234,567.89",
    ]  # fmt: skip


# --- invariant 8 --------------------------------------------------------------------------------


class Purse(RuleBasedStateMachine):
    """Whatever is proposed, approved, paid, ended or budgeted in whatever order."""

    file: Path

    @initialize()
    def open(self) -> None:
        self.book = open_workbook(str(self.file), today=TODAY)
        self.actors = [acts_as(self.book) for _n in range(2)]
        self.persons = [a_person(self.book, living="alone"), a_person(self.book)]
        self.ids = keep(
            self.book,
            a_standard("low", 300, exclusive="n"),
            a_standard("high", 500, exclusive="n", who="living = 'alone'"),
        )
        self.rise = 0
        self.budget = a_budget(self.book, 1_000, f"f{id(self)}")
        self.made: list[int] = []

    def teardown(self) -> None:
        if hasattr(self, "book"):
            self.book.close()

    @rule(
        who=st.integers(0, 1), person=st.integers(0, 1), fen=st.integers(1, 600),
        code=st.sampled_from(["low", "high"]), month=st.integers(1, 3),
    )  # fmt: skip
    def propose(self, who: int, person: int, fen: int, code: str, month: int) -> None:
        self.book.act_as(self.actors[who])
        with suppress(CaseworkError):
            self.made.append(
                self.book.payments.propose(
                    proposal(self.persons[person], self.budget, fen, kind="nursing",
                             standard_id=self.ids[code], entitled_on=date(2025, month, 1))
                )
            )  # fmt: skip

    @precondition(lambda self: self.made)
    @rule(
        who=st.integers(0, 1), data=st.data(),
        act=st.sampled_from(["approve", "approve", "pay", "cancel", "give_back"]),
    )  # fmt: skip
    def act(self, who: int, data: st.DataObject, act: str) -> None:
        self.book.act_as(self.actors[who])
        some = data.draw(st.lists(st.sampled_from(self.made), min_size=1, max_size=3))
        more = {"reason": "x"} if act in ("cancel", "give_back") else {}
        with suppress(CaseworkError):
            getattr(self.book.payments, act)(some, **more)

    @rule(fen=st.integers(0, 2_000))
    def budget_again(self, fen: int) -> None:
        with suppress(InvalidEntry), self.book.reading() as session:
            fund = session.get_one(Budget, self.budget).fund_id
            self.book.money.set_budget(fund, YEAR, fen)

    @precondition(lambda self: self.rise < 2)
    @rule()
    def raise_standard(self) -> None:
        self.rise += 1
        fen = 300 + 100 * self.rise
        self.ids = keep(
            self.book,
            a_standard("low", 300, exclusive="n", until=date(2025, 1, 31)),
            a_standard("low", fen, exclusive="n", since=date(2025, 2, 1)),
            a_standard("high", 500, exclusive="n", who="living = 'alone'"),
        )

    @rule()
    def arrears(self) -> None:
        owing = [one.payment_id for one in self.book.payments.differences()]
        with suppress(CaseworkError):
            self.made += self.book.payments.propose_arrears(owing, basis="补发") if owing else []

    @invariant()
    def budgets_hold_and_standards_of_the_day(self) -> None:
        if not hasattr(self, "made"):
            return
        assert self.book.money.misentered() == []
        with self.book.reading() as session:
            for budget in session.scalars(select(Budget)):
                assert 0 <= budget.committed_fen <= budget.amount_fen
            given = session.execute(
                select(Payment.person_id, Payment.period, func.sum(Payment.amount_fen),
                       func.max(Standard.amount_fen))
                .join(Standard, Standard.id == Payment.standard_id)
                .where(Payment.cancelled_on.is_(None), Payment.returned_on.is_(None))
                .group_by(Payment.person_id, Payment.period)
            ).all()  # fmt: skip
            approvers = session.execute(select(Payment.recorded_by, Payment.approved_by)).all()
        assert all(total <= limit for _person, _period, total, limit in given)
        assert all(one != other for one, other in approvers)
        assert set(self.book.payments.sums()) == set(PAYMENT_STATES)


def test_payments_stay_within_budget_and_standard(workbook_file: Path) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    machine = type("PurseOfThis", (Purse,), {"file": workbook_file})
    run_state_machine_as_test(
        machine, settings=settings(max_examples=6, stateful_step_count=25, deadline=None)
    )


def test_hardship_has_no_other_status() -> None:
    told = str(hardship_status(TODAY).compile(compile_kwargs={"literal_binds": True}))
    assert all(f"'{one}'" in told for one in HARDSHIP_STATES)

"""Invariant 10: no count holds a row that the reader may not see, whatever is counted.

Under each login every number of the workbook is asked for. It is the number of the rows that this
login lists, all of the own people; and since each person is in the care of one of two caseworkers,
what the two count comes to what their supervisor and the owner count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from casework.errors import CaseworkError
from casework.indicators import Scope, keys_of, supervisor_figures
from casework.records import Task
from casework.workbook import Workbook
from casework.workbook.day_query import TaskList
from casework.workbook.issues import IssueEntry
from casework.workbook.money import FundEntry
from casework.workbook.orders import OrderEntry
from casework.workbook.payments import PaymentEntry
from tests.access.office import Opens
from tests.access.test_journeys import people_of
from tests.conftest import TODAY

WORKERS = ("caseworker1", "caseworker2")
ENDS_OF_AGES = (".oldest", ".youngest")
#: Rows that are of nobody in particular, of several people at once, or of the agency.
NOT_BY_PERSON = ("imports", "owners", "tailored", "pairs")


def _plain(told: Any) -> Counter[str]:
    """Write counts as a counter of words, whatever the door gives."""
    if isinstance(told, int):
        return Counter({"all": told})
    found: Counter[str] = Counter()
    for key, one in told.items():
        found[str(key)] += sum(one) if isinstance(one, tuple) else int(one)
    return found


COUNTS: dict[str, Callable[[Workbook], Any]] = {
    "payments": lambda book: book.payments.sums(),
    "orders": lambda book: book.orders.count(),
    "issues": lambda book: book.issues.count(),
    "hardship": lambda book: book.hardship.count(),
    "tasks": lambda book: book.tasks.count(),
    "everybody's tasks": lambda book: book.days.count(TaskList(everybody=True)),
    "people with tasks": lambda book: book.days.count_people(TaskList(everybody=True)),
    "whom a condition concerns": lambda book: {
        key: getattr(book.plans.count("age >= 80"), key) for key in ("holds", "unknown", "people")
    },
    "whom rules concern": lambda book: {
        code: one.holds + one.unknown for code, one in book.plans.counts().items()
    },
    "consents to ask": lambda book: dict(enumerate(book.consents.count_to_ask())),
}
LISTS: dict[str, Callable[[Workbook], Counter[str]]] = {
    "payments": lambda book: Counter(one.status for one in book.payments.list(limit=None)),
    "orders": lambda book: Counter(one.status for one in book.orders.list(limit=None)),
    "hardship": lambda book: Counter(one.status for one in book.hardship.list()),
}


def _fill(owner: Workbook) -> None:
    """Let there be money, orders, issues and requests about everybody."""
    if owner.payments.list():
        return
    budget = owner.money.set_budget(
        owner.money.open_fund(FundEntry("Z", "资金", "财政", "帮扶")), TODAY.year, 900_000
    )
    for person in people_of(owner):
        for act in (
            lambda who: owner.payments.propose(PaymentEntry(who, "other", 100, "困难", budget)),
            lambda who: owner.orders.order(OrderEntry(who, "cleaning")),
            lambda who: owner.issues.report(IssueEntry("漏水", "other", "visit", person_id=who)),
            lambda who: owner.hardship.apply(who, "自费部分高"),
        ):
            try:
                act(person)
            except CaseworkError:  # who has died is given nothing any more
                continue


def test_every_count_is_of_rows_that_the_reader_may_see(opened: Opens, owner: Workbook) -> None:
    _fill(owner)
    books = {login: opened(login) for login in (*WORKERS, "supervisor1")}
    for name, ask in COUNTS.items():
        whole = _plain(ask(owner))
        told = {login: _plain(ask(book)) for login, book in books.items()}
        assert sum(whole.values()), name
        assert told["supervisor1"] == whole, name
        assert all(sum(told[login].values()) for login in WORKERS), name
        assert told[WORKERS[0]] + told[WORKERS[1]] == +whole, name
    for name, listing in LISTS.items():
        for login, book in books.items():
            n = _plain({key: one[0] if isinstance(one, tuple) else one
                        for key, one in COUNTS[name](book).items()})  # fmt: skip
            assert +n == listing(book), (name, login)


def test_every_figure_counts_the_readers_own_rows(opened: Opens, owner: Workbook) -> None:
    _fill(owner)
    told: dict[str, dict[str, int]] = {}
    for login, book in {
        "owner": owner, **{one: opened(one) for one in (*WORKERS, "supervisor1")}
    }.items():  # fmt: skip
        scope = Scope(book.agency, TODAY)
        own = set(people_of(book))
        with book.reading() as session:
            for figure in supervisor_figures(session, scope):
                keys = keys_of(session, scope, figure.rows)
                assert len(keys) == figure.n_rows, (login, figure.code)
                if figure.rows.family == "people":
                    assert set(keys) <= own, (login, figure.code)
                if figure.rows.family == "tasks":
                    theirs = select(Task.person_id).where(Task.id.in_(keys))
                    assert set(session.scalars(theirs)) <= own, (login, figure.code)
                told.setdefault(figure.code, {})[login] = figure.n_rows
    by_person = {
        code: each
        for code, each in told.items()
        if code.partition(".")[0] not in NOT_BY_PERSON and not code.endswith(ENDS_OF_AGES)
    }
    assert len(by_person) > 50
    beyond = {
        code: each
        for code, each in by_person.items()
        if not sum(each.get(one, 0) for one in WORKERS) == each["supervisor1"] == each["owner"]
    }
    assert beyond == {}

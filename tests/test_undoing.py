"""What was just written down is taken back: it counts no more, stays as history, and only once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from casework.errors import ChangedMeanwhile
from casework.records import Task
from casework.workbook import Workbook
from casework.workbook.consents import ConsentEntry
from casework.workbook.issues import IssueEntry
from casework.workbook.privacy import AssessmentOfImpact, IncidentEntry
from casework.workbook.rights import RequestEntry
from casework.workbook.sharing import ShareEntry
from tests.conftest import TODAY
from tests.pictures_of_rows import differences, rows_that_count
from tests.test_caseloads import staff
from tests.test_plans import a_person

Does = Callable[[Workbook, int], Any]  # with the number of a person, and of their only issue
IMPACT = AssessmentOfImpact("hospital", "必要", "泄露", "分权", "可行")
LEAK = IncidentEntry(TODAY, TODAY, ("phone",), "误发", "小", "收回", untold_reason="当场收回")


def agree(book: Workbook, person: int, answer: str = "given") -> None:
    book.consents.record(person, ConsentEntry(answers={"hospital": answer}))


def share(book: Workbook, person: int, **more: Any) -> None:
    told = {"purpose": "hospital", "recipient": "hospital", "recipient_name": "市一医院",
            "kinds": ("identity", "health")}  # fmt: skip
    book.sharing.share(person, ShareEntry(**(told | more)))


def settled(book: Workbook, issue: int) -> None:
    book.issues.settle(issue, "resolved", "已更换")


def shared_and_withdrawn(book: Workbook, person: int) -> None:
    agree(book, person)
    share(book, person)
    book.consents.withdraw(person, "hospital")


def told(book: Workbook, person: int) -> None:
    (given,) = book.sharing.given_out(person)
    book.sharing.told(given.client_key)


def struck_out(book: Workbook, person: int) -> None:
    (answer,) = [one for one in book.consents.state(person, "hospital").history
                 if not one.is_mistake]  # fmt: skip
    book.consents.strike_out(answer.consent_id, reason="记错了")


def restricted(book: Workbook, person: int) -> None:
    book.rights.receive(person, RequestEntry(kind="restrict"))


def nothing(book: Workbook, person: int) -> None:
    """Leave everything as it is."""


LATER = TODAY + timedelta(days=9)
# What is done before, and what is done and taken back.
ACTS: dict[str, tuple[Does, Does]] = {
    "an issue is moved on": (nothing, lambda b, n: b.issues.move(n)),
    "a note to an issue": (nothing, lambda b, n: b.issues.note(n, "去看过")),
    "an issue is given to somebody": (nothing, lambda b, n: b.issues.assign(n, 2)),
    "an issue is escalated": (nothing, lambda b, n: b.issues.escalate(n, "报局里", staff_id=2)),
    "a decision": (nothing, lambda b, n: b.issues.decide(n, "换灯", due_on=LATER)),
    "an issue is settled": (nothing, settled),
    "an issue is answered": (settled, lambda b, n: b.issues.reply(n, "已告知")),
    "an issue is taken up again": (settled, lambda b, n: b.issues.reopen(n, "又坏了")),
    "an answer to a purpose": (nothing, agree),
    "a refusal after a consent": (agree, lambda b, n: agree(b, n, "refused")),
    "a withdrawal": (agree, lambda b, n: b.consents.withdraw(n, "hospital")),
    "an answer is struck out": (agree, struck_out),
    "data is given outside": (agree, share),
    "data is given for a while": (agree, lambda b, n: share(b, n, until=LATER)),
    "a recipient is told": (shared_and_withdrawn, told),
    "a restriction is lifted": (restricted, lambda b, n: b.rights.lift_restriction(n)),
    "a file is kept longer": (nothing, lambda b, n: b.privacy.hold(n, LATER, "诉讼")),
    "an impact is assessed": (nothing, lambda b, n: b.privacy.assess_impact(IMPACT)),
    "a leak": (nothing, lambda b, n: b.privacy.report_incident(LEAK)),
}


@pytest.fixture
def book(any_workbook: Workbook) -> Workbook:
    """Give a workbook with a caseworker and a supervisor."""
    staff(any_workbook), staff(any_workbook, "supervisor")
    return any_workbook


def somebody(book: Workbook) -> int:
    """Write down a person and an issue of theirs, under one number."""
    person = a_person(book)
    entry = IssueEntry(title="楼道灯不亮", kind="housing", source="phone", person_id=person)
    assert book.issues.report(entry) == person
    return person


def as_it_stands(book: Workbook, person: int) -> list[Any]:
    """Say how everything stands that these acts concern, as the screens ask it."""
    given = [one for one in book.sharing.given_out() if one.status != "struck_out"]
    states = [(one.state, one.standing, one.named) for one in book.consents.states(person)]
    return [
        book.issues.view(person), book.issues.count(), given, states, book.sharing.to_tell(),
        book.sharing.is_restricted(person), book.privacy.impact(),
        len(book.privacy.incidents()), book.privacy.overdue(),
    ]  # fmt: skip


def test_what_is_taken_back_counts_no_more_and_is_done_again_at_will(book: Workbook) -> None:
    for what, (before, act) in ACTS.items():
        person = somebody(book)
        before(book, person)
        stood, rows = as_it_stands(book, person), rows_that_count(book)
        act(book, person)
        assert rows_that_count(book) != rows
        number = book.undoing.last()
        assert number is not None, f"{what}: there is no way back"
        book.undoing.take_back(number)
        assert as_it_stands(book, person) == stood, what
        assert differences(rows, rows_that_count(book)) == [], what
        with pytest.raises(ChangedMeanwhile):
            book.undoing.take_back(number)
        act(book, person)
        assert rows_that_count(book) != rows, what


def test_nothing_is_taken_back_under_what_was_built_on_it(book: Workbook) -> None:
    person = somebody(book)
    book.issues.move(person)
    moved = book.undoing.last()
    book.issues.note(person, "已联系")
    agree(book, person)
    agreed = book.undoing.last()
    share(book, person)
    shared = book.undoing.last()
    assert moved and agreed and shared
    stood = as_it_stands(book, person)
    for act in (moved, agreed):
        with pytest.raises(ChangedMeanwhile):
            book.undoing.take_back(act)
    assert as_it_stands(book, person) == stood
    book.undoing.take_back(shared)
    assert [one.status for one in book.sharing.given_out()] == ["struck_out"]
    book.undoing.take_back(agreed)
    assert book.consents.state(person, "hospital").state == "not_asked"


def test_need_that_the_plan_answers_at_once_goes_with_what_was_drawn_up(book: Workbook) -> None:
    needs, person = book.needs, a_person(book)
    wish = needs.record_wish(person, "想有人陪着去看病")
    book.plans.compile(persons=[person])

    def stands() -> list[Any]:
        plan = book.plans.in_force(person)
        assert plan is not None
        with book.reading() as session:
            todo = session.execute(
                select(Task.item_key, Task.opens_on).where(
                    Task.person_id == person, Task.cancelled_on.is_(None)
                ).order_by(Task.item_key, Task.opens_on)
            ).all()  # fmt: skip
        return [[one.key for one in plan.lines], needs.of_person(person), todo,
                [(one.text, one.need) for one in needs.wishes(person)]]  # fmt: skip

    stood = stands()
    for _again in range(2):
        needs.need_from_wish(wish, None, "low", title="陪同就医", kind="escort")
        number = book.undoing.last()
        answered = stands()
        assert answered[0] != stood[0] and answered[2] != stood[2] and number is not None
        book.undoing.take_back(number)
        assert stands() == stood
        with pytest.raises(ChangedMeanwhile):
            book.undoing.take_back(number)
    needs.need_from_wish(wish, None, "low", title="陪同就医", kind="escort")
    number = book.undoing.last()
    (need,) = needs.of_person(person)
    needs.change_need(need.id, "met")
    assert number is not None
    with pytest.raises(ChangedMeanwhile):
        book.undoing.take_back(number)

"""Issues: five stages, a clock, an owner, an answer; whatever is reported is not dropped."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from casework.errors import CaseworkError, InvalidEntry, NotPermitted
from casework.planning.issues import ACTS, STAGES, IssueState, acts_from, after
from casework.records import Issue, IssueStep, Opinion
from casework.records.base import now
from casework.workbook import Workbook
from casework.workbook.issues import ISSUE_STATUSES, IssueEntry
from tests.conftest import TODAY
from tests.test_caseloads import staff
from tests.test_plans import a_person, now_is

STEP = st.tuples(
    st.sampled_from(ACTS), st.sampled_from([None, *STAGES]), st.sampled_from([None, " ", "已联系"])
)


def reported(book: Workbook, **more: Any) -> int:
    entry = {"title": "楼道灯不亮", "kind": "housing", "source": "phone"} | more
    return book.issues.report(IssueEntry(**entry))


@given(st.lists(STEP, max_size=20))
def test_issue_ends_only_settled_and_answered(steps: list[tuple[str, Any, Any]]) -> None:
    state, settled, answered = IssueState(), False, False
    for act, to, words in steps:
        try:
            state = after(state, act, to=to, words=words)
        except CaseworkError as refusal:
            assert isinstance(refusal, NotPermitted | InvalidEntry)
            continue
        settled = (settled or act == "settle") and act != "reopen"
        answered = (answered or act == "reply") and act != "reopen"
        assert state.stage in STAGES
        assert (state.standing == "closed") == (settled and answered)
        assert (state.standing == "settled") == (settled and not answered)
        assert acts_from(state)


def test_issue_moves_to_another_stage_and_back_only_with_a_word() -> None:
    for here, stage in enumerate(STAGES):
        for there, other in enumerate(STAGES):
            words = "重新协调" if there < here else None
            if there == here:
                with pytest.raises(NotPermitted):
                    after(IssueState(stage), "move", to=other, words="说明")
                continue
            assert after(IssueState(stage), "move", to=other, words=words).stage == other
            if words:
                for empty in (None, "", " "):
                    with pytest.raises(InvalidEntry):
                        after(IssueState(stage), "move", to=other, words=empty)
    on = [after(IssueState(stage), "move").stage for stage in STAGES[:-1]]
    assert on == list(STAGES[1:])
    with pytest.raises(NotPermitted):
        after(IssueState(STAGES[-1]), "move")


def test_issue_goes_through_its_stages_and_keeps_every_step(any_workbook: Workbook) -> None:
    book = any_workbook
    worker, chief = staff(book), staff(book, "supervisor")
    person = a_person(book)
    book.people.seat_care_team(person, "caseworker", staff_id=worker)
    issue = reported(book, person_id=person)
    assert book.issues.view(issue).row.owner_id == worker
    for day, stage in enumerate(STAGES[1:4], 1):
        now_is(book, TODAY + timedelta(days=2 * day))
        book.issues.move(issue)
        assert book.issues.view(issue).row.stage == stage
    book.issues.escalate(issue, "报局办公会研究", staff_id=chief)
    book.issues.decide(issue, "由物业三日内更换", due_on=TODAY + timedelta(days=20))
    book.issues.settle(issue, "resolved", "物业已更换")
    assert book.issues.view(issue).row.status == "unanswered"
    now_is(book, TODAY + timedelta(days=9))
    book.issues.reply(issue, "电话告知本人")
    view = book.issues.view(issue)
    assert (view.row.status, view.row.days_open, view.row.owner_id) == ("closed", 9, chief)
    assert [one.act for one in view.steps] == [
        "report", "move", "move", "move", "escalate", "decide", "settle", "reply",
    ]  # fmt: skip
    assert list(view.entered) == list(STAGES)
    then = book.issues.view(issue, as_of=TODAY + timedelta(days=5))
    assert (then.row.stage, then.row.status, then.row.days_in_stage) == ("coordinate", "open", 1)
    assert book.issues.list(as_of=TODAY + timedelta(days=9)) == []


def test_clock_runs_by_severity_and_what_is_late_stands_on_top(any_workbook: Workbook) -> None:
    book = any_workbook
    waits = reported(book, title="想看报纸", severity="low")
    usual = reported(book, title="报销慢")
    pressing = reported(book, title="家中漏水", severity="high")
    assert [one.issue_id for one in book.issues.list()] == [pressing, usual, waits]
    assert [one.days_left for one in book.issues.list()] == [3, 15, 30]
    now_is(book, TODAY + timedelta(days=16))
    rows = book.issues.list()
    assert [(one.issue_id, one.status) for one in rows] == [
        (pressing, "overdue"), (usual, "overdue"), (waits, "open"),
    ]  # fmt: skip
    book.issues.settle(usual, "explained", "已说明流程")
    assert book.issues.view(usual).row.status == "overdue"  # nobody was told yet


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    steps=st.lists(st.tuples(STEP, st.integers(0, 2), st.integers(0, 9)), max_size=15),
    look=st.integers(0, 40),
)
def test_counts_equal_their_lists_on_any_day_and_nothing_is_lost(
    steps: list[tuple[tuple[str, Any, Any], int, int]], look: int, workbook: Workbook
) -> None:
    book = workbook
    day = TODAY
    now_is(book, day)
    with book.transaction() as session:
        for one in session.scalars(select(Issue)):
            one.superseded_at = now()
    mine = [reported(book, severity=one) for one in ("high", "medium", "low")]
    for (act, to, words), which, days in steps:
        day += timedelta(days=days)
        now_is(book, day)
        take(book, mine[which], act, to, words)
    for asked in (TODAY + timedelta(days=look), day):
        counted = book.issues.count(as_of=asked)
        assert sum(counted.values()) == len(mine)
        for (stage, status), n in counted.items():
            rows = book.issues.list(stage=stage, statuses=[status], as_of=asked, limit=None)
            assert len(rows) == n
        every = book.issues.list(statuses=ISSUE_STATUSES, as_of=asked, limit=None)
        assert {one.issue_id for one in every} == set(mine)
        assert all(one.days_in_stage <= one.days_open for one in every)
    with book.reading() as session:
        for one in session.scalars(select(Issue).where(Issue.id.in_(mine))):
            last = session.scalars(
                select(IssueStep).where(IssueStep.issue_id == one.id).order_by(IssueStep.id.desc())
            ).first()
            assert last is not None and last.stage == one.stage
            assert (one.closed_on is None) or (one.outcome and one.replied_on)


def take(book: Workbook, issue: int, act: str, to: Any, words: Any) -> None:
    note = words or ""
    acts = {
        "move": lambda: book.issues.move(issue, to, note=words),
        "note": lambda: book.issues.note(issue, note),
        "assign": lambda: book.issues.assign(issue, 999),
        "escalate": lambda: book.issues.escalate(issue, note),
        "decide": lambda: book.issues.decide(issue, note),
        "reply": lambda: book.issues.reply(issue, note),
        "settle": lambda: book.issues.settle(issue, "resolved", note),
        "reopen": lambda: book.issues.reopen(issue, note, to=to),
    }
    try:
        acts[act]()
    except CaseworkError:
        return


def test_opinion_becomes_an_issue_once(workbook: Workbook) -> None:
    person = a_person(workbook)
    with workbook.transaction() as session:
        opinion = Opinion(person_id=person, kind="complaint", text="体检预约太难", said_on=TODAY,
                          recorded_at=now(), recorded_by="t")  # fmt: skip
        session.add(opinion)
        session.flush()
        number = opinion.id
    first = workbook.issues.from_opinion(number, kind="medical")
    assert workbook.issues.from_opinion(number, kind="medical") == first
    assert workbook.issues.view(first).row.person_id == person


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title": " "}, "title"),
        ({"kind": "weather"}, "kind"),
        ({"source": "rumour"}, "source"),
        ({"severity": "huge"}, "severity"),
        ({"reported_on": TODAY + timedelta(days=1)}, "reported_on"),
        ({"due_on": date(2020, 1, 1)}, "due_on"),
    ],
)
def test_report_says_which_entry_is_refused(
    workbook: Workbook, wrong: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidEntry) as refused:
        reported(workbook, **wrong)
    assert refused.value.field == field


def test_step_is_not_dated_before_the_last_one(workbook: Workbook) -> None:
    issue = reported(workbook)
    now_is(workbook, TODAY + timedelta(days=5))
    workbook.issues.move(issue)
    with pytest.raises(InvalidEntry):
        workbook.issues.note(issue, "补记", on=TODAY + timedelta(days=2))
    with pytest.raises(InvalidEntry):
        workbook.issues.note(issue, "预记", on=TODAY + timedelta(days=6))

"""The year in a demonstration went through the engine: its rows are those that the doors leave."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from casework.answering import answers
from casework.demo import make_demo
from casework.demo.seeds import talk
from casework.planning.issues import STAGES
from casework.records import (
    Assessment,
    Base,
    Consent,
    Contact,
    ContactParticipant,
    ContactPerson,
    Fact,
    Need,
    Opinion,
    Person,
    PlanItem,
    ServicePlan,
    Task,
    TaskEvidence,
    Wish,
    in_care_on,
    reached,
    task_status,
)
from casework.records.tasks import TASK_STATES
from casework.workbook import Workbook, open_workbook
from casework.workbook.assessing import AssessmentEntry
from casework.workbook.issues import ISSUE_STATUSES
from tests.conftest import AGENCY, TODAY
from tests.conftest import DEMO_PEOPLE as PEOPLE

BEGINS = TODAY - timedelta(days=365)
WRITTEN_NOW = {"setting", "change_log", "rule_set_version", "audit", "audit_seal"}
CLOCK = {"made_at", "drafted_at", "submitted_at", "decided_at"}
# Written by the engine's own clock, as founding and drawing up plans are; the rest is compared.
RECORDED_NOW = {"standard", "need_answer", "staff_check", "volunteer_programme"}


@pytest.fixture
def demo(demo_workbook: Workbook) -> Workbook:
    """Give the demonstration under a short name."""
    return demo_workbook


def test_demo_is_the_same_for_the_same_seed(demo: Workbook, tmp_path: Path) -> None:
    again = make_demo(str(tmp_path / "again.sqlite"), AGENCY, PEOPLE, 1, today=TODAY)
    for table in Base.metadata.sorted_tables:
        if table.name in WRITTEN_NOW:
            continue
        clock = CLOCK | ({"recorded_at"} if table.name in RECORDED_NOW else set())
        columns = [one for one in table.columns if one.name not in clock]
        query = select(*columns).order_by(*table.primary_key.columns)
        with demo.reading() as first, again.reading() as second:
            assert first.execute(query).all() == second.execute(query).all(), table.name
    again.close()


def test_demo_has_contacts_by_several_channels_over_the_whole_year(demo: Workbook) -> None:
    counts = {one.channel: one for one in demo.contacts.counts(BEGINS, TODAY)}
    assert {"home_visit", "phone", "hospital_visit", "reception"} <= counts.keys()
    assert counts[None].person_times > 8 * PEOPLE
    with demo.reading() as session:
        months = session.scalars(select(func.substr(Contact.happened_on, 1, 7)).distinct()).all()
    assert len(months) >= 12


def test_one_pair_in_eight_is_quiet_and_nobody_is_paired_who_said_no(demo: Workbook) -> None:
    pairs = demo.pairs.list(limit=None).rows
    quiet = sum(one.state == "quiet" for one in pairs)
    assert len(pairs) / 16 < quiet < len(pairs) / 5
    assert {one.role for one in pairs} == {"volunteer", "community"}
    assert all(one.consent != "refused" for one in pairs)
    vetted = sum(one.vetting == "valid" for one in pairs)
    assert 0.8 * len(pairs) < vetted < len(pairs)
    with demo.reading() as session:
        answers = select(Consent.decision).where(Consent.purpose == "volunteer").distinct()
        assert set(session.scalars(answers)) == {"given", "refused"}


def test_demo_has_orders_in_every_state_and_agreements_of_which_one_expires(demo: Workbook) -> None:
    counts = demo.orders.count()
    assert all(counts.values()), counts
    agreements = demo.providers.agreements()
    assert len({one.provider_id for one in agreements}) >= 4
    assert sum(one.expires_soon for one in agreements) == 1
    shown = demo.orders.list(limit=None)
    assert sum(one.late for one in shown) >= 1
    assert len(shown) == sum(counts.values())


def test_demo_gave_money_within_budgets_that_add_up(demo: Workbook) -> None:
    assert len({one.code for one in demo.money.budgets()}) == 2
    assert demo.money.misentered() == []
    sums = demo.payments.sums()
    assert sums["paid"][0] > 2
    assert sums["returned"][0] == 1
    assert {key for key, n in demo.hardship.count().items() if n} == {"open", "overdue", "helped"}


def test_demo_held_a_campaign_with_results_and_began_the_next_one(demo: Workbook) -> None:
    coming, held = demo.campaigns.all()
    assert (held.state, coming.state) == ("closed", "frozen")
    states = held.figures.by_state
    assert held.figures.visited > held.figures.listed / 2
    assert states["not_met"] + states["declined"] + states["missed"] > 0
    results = demo.campaigns.results(held.campaign_id)
    assert sum(one.state == "met" for one in results.values()) == states["met"]
    assert demo.delegations.of(held.campaign_id)
    assert not demo.delegations.of(coming.campaign_id)
    returns = demo.unit_returns.all(held.campaign_id)
    assert len(returns) == 2
    assert sum(one.held for one in returns) == 1
    assert coming.figures.listed > 0
    offered = {(one.occurrence.kind.code, one.occurrence.period) for one in demo.campaigns.coming()}
    assert (coming.code, coming.period) not in offered


def test_demo_has_people_never_reached(demo: Workbook) -> None:
    longest = demo.contacts.last_heard(as_of=TODAY)
    assert longest[0].last_on is None
    with demo.reading() as session:
        known = select(ContactPerson.person_id).join(Contact).where(reached())
        never = session.scalars(
            select(Person.id).where(in_care_on(TODAY), Person.id.not_in(known))
        ).all()
    assert 0 < len(never) < PEOPLE / 5


def test_demo_contacts_can_be_opened_in_their_form_and_withdrawn(demo: Workbook) -> None:
    with demo.reading() as session:
        ids = session.scalars(select(Contact.id).order_by(Contact.id.desc()).limit(5)).all()
    for contact_id in ids:
        entry = demo.contacts.entry_of(contact_id)
        assert entry.participants
        demo.contacts.withdraw(contact_id, "误记")
        again = demo.contacts.record(entry.with_key(f"again-{contact_id}"))
        assert set(again.closed) == set(entry.closes or ())


def test_demo_contact_is_as_the_door_would_have_written_it(demo: Workbook) -> None:
    with demo.reading() as session:
        contact_id = session.scalars(
            select(Contact.id)
            .join(ContactPerson)
            .where(ContactPerson.outcome == "reached", Contact.minutes.is_not(None))
            .order_by(Contact.id.desc())
            .limit(1)
        ).one()
    entry = demo.contacts.entry_of(contact_id)
    demo.contacts.withdraw(contact_id)
    made = demo.contacts.record(entry.with_key("by the door")).contact_id
    for record, key in ((Contact, "id"), (ContactPerson, "contact_id"),
                        (ContactParticipant, "contact_id")):  # fmt: skip
        with demo.reading() as session:
            column = getattr(record, key)
            before = session.scalars(select(record).where(column == contact_id)).all()
            after = session.scalars(select(record).where(column == made)).all()
        assert [_content(one) for one in before] == [_content(one) for one in after]


def test_demo_raised_wishes_needs_and_opinions_and_answered_some(demo: Workbook) -> None:
    with demo.reading() as session:
        assert session.scalar(select(func.count()).select_from(Wish))
        states = set(session.scalars(select(Need.state).where(Need.origin == "worker")))
        replied = session.scalars(select(Opinion.replied_on)).all()
    assert {"met", "planned"} <= states
    assert any(replied)
    assert None in replied


def test_demo_assessment_is_as_the_door_would_have_kept_it(demo: Workbook) -> None:
    with demo.reading() as session:
        kept = session.scalars(
            select(Assessment)
            .where(
                Assessment.level > 0,
                Assessment.person_id.in_(
                    select(Assessment.person_id)
                    .group_by(Assessment.person_id)
                    .having(func.count() == 1)
                ),
            )
            .order_by(Assessment.total)
            .limit(1)
        ).one()
        needs = session.scalars(
            select(Need).where(Need.person_id == kept.person_id, Need.need_key.is_not(None))
        ).all()
        other = session.scalars(
            select(Person.id).where(
                Person.id.not_in(select(Assessment.person_id)), in_care_on(TODAY)
            )
        ).first()
    assert other is not None
    entry = AssessmentEntry(
        person_id=other,
        instrument=kept.instrument,
        assessed_on=kept.assessed_on,
        mode=kept.mode,
        answers=kept.answers,
        context=kept.context["given"],
        assessors=tuple(kept.assessors),
    )
    demo.needs.record_assessment(entry)
    with demo.reading() as session:
        made = session.scalars(select(Assessment).where(Assessment.person_id == other)).one()
        opened = session.scalars(
            select(Need).where(Need.person_id == other, Need.need_key.is_not(None))
        ).all()
    skipped = {"person_id", "recorded_by", "owner_id", "assessment_id"}
    assert _content(made, skipped) == _content(kept, skipped)
    mine = {one.need_key: _content(one, skipped) for one in needs}
    assert mine
    assert {one.need_key: _content(one, skipped) for one in opened} == mine


def test_demo_assessments_show_the_health_of_people(demo: Workbook) -> None:
    with demo.reading() as session:
        levels = session.scalars(
            select(Assessment.level).where(Assessment.instrument == "gbt42195-2022")
        ).all()
    assert len(levels) > PEOPLE / 3
    assert {0, 1}.issubset(levels) or {1, 2}.issubset(levels)
    assert max(levels) >= 3


def test_demo_tasks_have_every_status(demo: Workbook) -> None:
    with demo.reading() as session:
        status = task_status(TODAY)
        counts = dict(session.execute(select(status, func.count()).group_by(status)).all())
    assert counts.keys() == set(TASK_STATES)
    assert counts["done"] > 4 * counts["failed"]


def test_demo_office_does_most_of_its_work_and_says_why_it_did_not_do_the_rest(
    demo: Workbook,
) -> None:
    with demo.reading() as session:
        status = task_status(TODAY)
        over = dict(
            session.execute(
                select(status, func.count())
                .where(Task.due_on < TODAY, Task.due_on >= TODAY - timedelta(days=182))
                .group_by(status)
            ).all()
        )
        reasons = session.scalars(select(Task.reason).where(Task.excused_on.is_not(None))).all()
    assert 0 < over["failed"] < 0.08 * sum(over.values())
    assert all(reasons)


def test_demo_closed_tasks_by_evidence_that_answers_them(demo: Workbook) -> None:
    with demo.reading() as session:
        found = session.execute(
            select(Task, Contact, ContactPerson.outcome)
            .join(TaskEvidence, TaskEvidence.task_id == Task.id)
            .join(Contact, Contact.id == TaskEvidence.contact_id)
            .join(
                ContactPerson,
                (ContactPerson.contact_id == Contact.id)
                & (ContactPerson.person_id == Task.person_id),
            )
        ).all()
        by_orders = select(TaskEvidence.task_id).where(TaskEvidence.order_id.is_not(None))
        done = session.scalar(
            select(func.count()).where(Task.done_on.is_not(None), Task.id.not_in(by_orders))
        )
        roles = _roles(session)
    assert len(found) == done
    for task, contact, outcome in found:
        assert task.done_on == contact.happened_on
        assert outcome in demo.agency.counting.outcomes
        assert answers(
            channels=task.channels,
            actor=task.actor,
            opens_on=task.opens_on,
            due_on=task.due_on,
            channel=contact.channel,
            actors=roles[contact.id],
            on=contact.happened_on,
        )


def test_demo_has_plans_in_force_by_rule_and_by_hand_and_waiting(demo: Workbook) -> None:
    with demo.reading() as session:
        kinds = set(session.execute(select(ServicePlan.state, ServicePlan.origin)).all())
    assert {("active", "rules"), ("submitted", "worker")} <= kinds
    assert {("active", "worker"), ("revised", "rules")} <= kinds


def test_demo_waits_for_approval_on_its_day_as_the_list_says(demo: Workbook) -> None:
    board = demo.boards.supervisor(as_of=TODAY, topics=("plans",))
    with demo.reading() as session:
        waiting = session.scalar(select(func.count()).where(ServicePlan.state == "submitted"))
    assert board["plans.approval"].number == waiting > 0


def test_demo_leaves_nothing_to_plan(demo: Workbook) -> None:
    again = demo.plans.compile()
    assert (again.plans, again.items, again.made, again.cancelled) == (0, 0, 0, 0)


def test_demo_of_another_agency_has_its_year_too(workbook_file: Path) -> None:
    path = workbook_file.with_name("fengtai.sqlite")
    book = make_demo(str(path), "fengtai", 15, 1, today=TODAY)
    counts = {one.channel: one.person_times for one in book.contacts.counts(BEGINS, TODAY)}
    assert counts[None] > 8 * 15
    with book.reading() as session:
        assert session.scalar(select(func.count()).select_from(TaskEvidence))
    book.close()


def test_demo_without_history_has_people_only(workbook_file: Path) -> None:
    book = make_demo(str(workbook_file), AGENCY, 10, 1, today=TODAY, history=False)
    with book.reading() as session:
        assert session.scalar(select(func.count()).select_from(Contact)) == 0
        assert session.scalar(select(func.count()).select_from(Person)) == 10
    book.close()


def _roles(session: Session) -> dict[int, set[str]]:
    """Give the roles of everybody who took part, by contact."""
    roles: dict[int, set[str]] = {}
    found = select(ContactParticipant.contact_id, ContactParticipant.role)
    for contact_id, role in session.execute(found):
        roles.setdefault(contact_id, set()).add(role)
    return roles


def _content(record: Any, but: set[str] | None = None) -> dict[str, Any]:
    """Give the columns of a record that say something."""
    skipped = {"id", "contact_id", "client_key", "recorded_at", "recorded_by", "withdrawn_at"}
    skipped |= {"withdrawn_reason", "row_version"} | (but or set())
    return {
        column.key: getattr(record, column.key)
        for column in record.__table__.columns
        if column.key not in skipped
    }


def test_issues_stand_in_every_stage_with_ageing_and_replies(demo_file: Path) -> None:
    book = open_workbook(str(demo_file), today=TODAY)
    counted = {key: n for key, n in book.issues.count().items() if n}
    assert {stage for stage, _status in counted} == set(STAGES)
    assert {status for _stage, status in counted} == set(ISSUE_STATUSES)
    shown = book.issues.list(statuses=ISSUE_STATUSES)
    assert max(one.days_open for one in shown if one.status == "overdue") > 30
    closed = next(one for one in shown if one.status == "closed")
    assert [step.act for step in book.issues.view(closed.issue_id).steps][-2:] == [
        "settle",
        "reply",
    ]
    book.close()


def test_departures_give_reasons_that_are_true_of_the_person(demo: Workbook) -> None:
    suits = talk().suits
    held: dict[tuple[int, str], set[str]] = {}
    with demo.reading() as session:
        for fact in session.scalars(select(Fact).where(Fact.superseded_at.is_(None))):
            held.setdefault((fact.person_id, fact.code), set()).add(fact.value)
        found = session.execute(
            select(ServicePlan.person_id, PlanItem.deviation_reason)
            .join(PlanItem, PlanItem.plan_id == ServicePlan.id)
            .where(PlanItem.deviation_reason.is_not(None))
        ).all()
    assert found
    for person_id, reason in found:
        for code, values in suits.get(reason, {}).items():
            assert held.get((person_id, code), set()) & set(values), (person_id, reason)

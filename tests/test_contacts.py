"""Contacts through the door, on both databases: recorded once, answered tasks, taken back."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from casework.errors import CaseworkError, InvalidEntry, NotFound, NotPermitted
from casework.records import (
    Case,
    Contact,
    ContactPerson,
    Need,
    Opinion,
    Person,
    Staff,
    Task,
    Wish,
    task_status,
)
from casework.records.base import now
from casework.terms import speaking
from casework.workbook import Workbook
from casework.workbook.contacts import (
    ContactEntry,
    FollowUp,
    Participant,
    PersonEntry,
    Raised,
)
from tests.conftest import TODAY


def a_person(workbook: Workbook, **known: object) -> int:
    with workbook.transaction() as session:
        person = Person(**{"name": "郑明远", **known})
        session.add(person)
        session.flush()
        session.add(Case(person_id=person.id))
        return person.id


def a_task(workbook: Workbook, person_id: int, **known: object) -> int:
    usual = {
        "item_key": "rule:visit",
        "period": "2025-03",
        "service": "visit",
        "title": "每月走访",
        "channels": ["home_visit"],
        "opens_on": date(2025, 3, 1),
        "due_on": date(2025, 3, 31),
        "in_force_from": date(2025, 1, 1),
        "made_at": now(),
    }
    with workbook.transaction() as session:
        task = Task(person_id=person_id, **{**usual, **known})
        session.add(task)
        session.flush()
        return task.id


def a_contact(*person_ids: int, **known: object) -> ContactEntry:
    usual = {"client_key": "form-1", "happened_on": TODAY, "channel": "home_visit"}
    persons = tuple(PersonEntry(id_) for id_ in person_ids)
    return ContactEntry(**{**usual, "persons": persons, **known})


def statuses(workbook: Workbook, as_of: date = TODAY) -> dict[int, str]:
    with workbook.reading() as session:
        found = session.execute(select(Task.id, task_status(as_of)).order_by(Task.id))
        return {id_: status for id_, status in found}


def count(workbook: Workbook, record: type) -> int:
    with workbook.reading() as session:
        return session.scalar(select(func.count()).select_from(record)) or 0


def test_contact_closes_the_task_it_answers(any_workbook):
    person = a_person(any_workbook)
    task = a_task(any_workbook, person)
    done = any_workbook.contacts.record(a_contact(person))
    assert done.closed == (task,)
    assert statuses(any_workbook)[task] == "done"
    assert statuses(any_workbook, TODAY - timedelta(days=1))[task] == "ready"


@pytest.mark.parametrize(
    ("known", "closes"),
    [
        ({}, True),
        ({"channels": None}, True),
        ({"channels": ["phone"]}, False),
        ({"actor": "leader"}, False),
        ({"opens_on": TODAY + timedelta(days=1)}, False),
        ({"in_force_from": None}, False),
        ({"cancelled_on": TODAY}, False),
        ({"excused_on": TODAY}, False),
        ({"item_key": "find_out:living"}, False),
        ({"service": "dossier_review", "channels": None}, False),
        ({"actor": "branch"}, True),
        ({"item_key": "follow_up:old:0"}, False),
    ],
)
def test_task_is_closed_only_by_what_answers_it(workbook, known, closes):
    person = a_person(workbook)
    task = a_task(workbook, person, **known)
    assert workbook.contacts.record(a_contact(person)).closed == ((task,) if closes else ())


def test_follow_up_is_offered_and_closed_when_ticked(workbook):
    person = a_person(workbook)
    task = a_task(workbook, person, item_key="follow_up:old:0", channels=None)
    offered = workbook.contacts.would_answer(a_contact(person))
    assert [(one.task_id, one.ticked) for one in offered] == [(task, False)]
    assert workbook.contacts.record(a_contact(person, closes=frozenset({task}))).closed == (task,)


def test_contact_after_the_window_makes_it_late_done(workbook):
    person = a_person(workbook)
    task = a_task(
        workbook, person, period="2025-02", due_on=date(2025, 2, 28), opens_on=date(2025, 2, 1)
    )
    assert statuses(workbook)[task] == "failed"
    workbook.contacts.record(a_contact(person))
    assert statuses(workbook)[task] == "late_done"


def test_one_contact_answers_one_period_of_an_item(workbook):
    person = a_person(workbook)
    missed = a_task(
        workbook, person, period="2025-02", opens_on=date(2025, 2, 1), due_on=date(2025, 2, 28)
    )
    present = a_task(workbook, person)
    offered = workbook.contacts.would_answer(a_contact(person))
    assert [(one.task_id, one.ticked, one.late) for one in offered] == [
        (present, True, False),
        (missed, False, True),
    ]
    assert workbook.contacts.record(a_contact(person)).closed == (present,)


def missed_months(workbook, person, n=3):
    """Add so many months of an item whose windows have passed, the latest first."""
    months = [date(2025, 2, 1), date(2025, 1, 1), date(2024, 12, 1)][:n]
    return [
        a_task(workbook, person, period=f"{m:%Y-%m}", opens_on=m, due_on=m.replace(day=28))
        for m in months
    ]


def test_contact_settles_what_was_missed_before_and_gives_it_back_when_it_is_withdrawn(
    any_workbook,
):
    person = a_person(any_workbook)
    missed, present = missed_months(any_workbook, person), a_task(any_workbook, person)
    entry = a_contact(person, settles=frozenset(missed))
    done = any_workbook.contacts.record(entry)
    assert (done.closed, set(done.settled)) == ((present,), set(missed))
    assert {statuses(any_workbook)[one] for one in missed} == {"excused"}
    before = statuses(any_workbook, TODAY - timedelta(days=1))
    assert {before[one] for one in missed} == {"failed"}
    rows = any_workbook.tasks.list("all", statuses=["excused"])
    assert {one.reason for one in rows} == {"当期错过，之后已联系"}
    assert any_workbook.contacts.record(entry).settled == done.settled
    assert set(any_workbook.contacts.withdraw(done.contact_id)) == {present, *missed}
    assert {statuses(any_workbook)[one] for one in missed} == {"failed"}


def test_correction_keeps_what_was_settled(workbook):
    person = a_person(workbook)
    missed = missed_months(workbook, person)
    a_task(workbook, person)
    first = workbook.contacts.record(a_contact(person, settles=frozenset(missed)))
    entry = workbook.contacts.entry_of(first.contact_id)
    assert entry.settles == frozenset(missed)
    offered = workbook.contacts.would_answer(entry, instead_of=first.contact_id)
    assert {one.task_id for one in offered} >= set(missed)
    again = workbook.contacts.amend(first.contact_id, entry.with_key("form-2"))
    assert set(again.settled) == set(missed)


def test_missed_task_is_settled_only_where_somebody_was_reached_and_its_time_is_over(workbook):
    person, other = a_person(workbook), a_person(workbook, name="王建国")
    theirs, present = missed_months(workbook, other, 1), a_task(workbook, person)
    asked = frozenset({*theirs, present})
    went = a_contact(person, closes=frozenset(), settles=asked)
    assert workbook.contacts.record(went).settled == ()


def test_long_past_task_is_offered_but_not_ticked(workbook):
    person = a_person(workbook)
    a_task(workbook, person, opens_on=date(2024, 4, 1), due_on=date(2024, 4, 30))
    offered = workbook.contacts.would_answer(a_contact(person))
    assert [one.ticked for one in offered] == [False]


def test_leader_with_a_caseworker_answers_the_tasks_of_both(workbook):
    person = a_person(workbook)
    ours = a_task(workbook, person)
    theirs = a_task(workbook, person, item_key="rule:leader", actor="leader")
    went = (Participant(name="局领导", role="leader"), Participant(name="联系人"))
    done = workbook.contacts.record(a_contact(person, participants=went))
    assert set(done.closed) == {ours, theirs}
    with workbook.reading() as session:
        assert session.get_one(Contact, done.contact_id).actor == "leader"


def test_unticked_task_stays_open(workbook):
    person = a_person(workbook)
    task = a_task(workbook, person)
    workbook.contacts.record(a_contact(person, closes=frozenset()))
    assert statuses(workbook)[task] == "ready"


def test_ticked_task_of_another_channel_is_refused(workbook):
    person = a_person(workbook)
    task = a_task(workbook, person, channels=["phone"])
    with pytest.raises(InvalidEntry) as refusal:
        workbook.contacts.record(a_contact(person, closes=frozenset({task})))
    assert refusal.value.field == "closes"
    assert count(workbook, Contact) == 0


@pytest.mark.parametrize("outcome", ["not_reached", "declined"])
def test_contact_that_reached_nobody_is_kept_and_closes_nothing(any_workbook, outcome):
    person = a_person(any_workbook)
    task = a_task(any_workbook, person)
    entry = a_contact(person, persons=(PersonEntry(person, outcome, None, "nobody_home"),))
    assert any_workbook.contacts.would_answer(entry) == []
    assert any_workbook.contacts.record(entry).closed == ()
    assert statuses(any_workbook)[task] == "ready"
    (row,) = any_workbook.contacts.of_person(person)
    assert (row.outcome, row.not_reached_reason) == (outcome, "nobody_home")
    (total, _visits) = any_workbook.contacts.counts(TODAY, TODAY)
    assert (total.person_times, total.persons, total.tried) == (0, 0, 1)


def test_fifty_people_at_one_meeting_are_one_contact(any_workbook):
    people = [a_person(any_workbook, name=f"第{n}人") for n in range(50)]
    tasks = [a_task(any_workbook, id_, channels=["meeting"]) for id_ in people]
    done = any_workbook.contacts.record(a_contact(*people, channel="meeting"))
    assert sorted(done.closed) == sorted(tasks)
    assert count(any_workbook, ContactPerson) == 50
    assert any_workbook.contacts.of_person(people[7])[0].n_persons == 50
    (total, meeting) = any_workbook.contacts.counts(TODAY, TODAY)
    assert (total.person_times, total.persons, meeting.person_times) == (50, 50, 50)


def test_same_form_saved_twice_is_one_contact(any_workbook):
    person = a_person(any_workbook)
    a_task(any_workbook, person)
    entry = a_contact(person, follow_ups=(FollowUp(person, "换药"),))
    first = any_workbook.contacts.record(entry)
    again = any_workbook.contacts.record(entry)
    assert again == replace(first, repeated=True)
    assert count(any_workbook, Contact) == 1


def test_same_form_saved_by_two_sessions_at_once_is_one_contact(any_workbook):
    person = a_person(any_workbook)
    entry, done = a_contact(person), []
    barrier = threading.Barrier(2)

    def save() -> None:
        barrier.wait()
        done.append(any_workbook.contacts.record(entry))

    threads = [threading.Thread(target=save) for _n in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert {one.contact_id for one in done} == {done[0].contact_id}
    assert sorted(one.repeated for one in done) == [False, True]


def test_same_form_with_other_words_corrects_the_first_save(any_workbook):
    person = a_person(any_workbook)
    raised = (Raised("wish", "想学书法"),)
    first = a_contact(person, persons=(PersonEntry(person, heard="都好", raised=raised),))
    any_workbook.contacts.record(first)
    longer = replace(first, persons=(PersonEntry(person, heard="都好，腿疼", raised=raised),))
    done = any_workbook.contacts.record(longer)
    assert any_workbook.contacts.record(longer) == replace(done, repeated=True)
    assert [row.heard for row in any_workbook.contacts.of_person(person)] == ["都好，腿疼"]
    assert count(any_workbook, Wish) == 1


def test_what_was_raised_is_kept_with_the_contact(any_workbook):
    person = a_person(any_workbook)
    raised = (
        Raised("wish", "想学书法"),
        Raised("need", "洗澡要人帮", domain="care", severity="medium"),
        Raised("opinion", "食堂太远", opinion="complaint"),
    )
    any_workbook.contacts.record(a_contact(person, persons=(PersonEntry(person, raised=raised),)))
    (row,) = any_workbook.contacts.of_person(person)
    assert row.raised == (("wish", "想学书法"), ("need", "洗澡要人帮"), ("opinion", "食堂太远"))
    with any_workbook.reading() as session:
        assert session.scalars(select(Need.severity)).all() == ["medium"]
        assert session.scalars(select(Opinion.kind)).all() == ["complaint"]


def test_follow_up_is_due_after_the_days_of_the_agency(any_workbook):
    person = a_person(any_workbook)
    done = any_workbook.contacts.record(
        a_contact(person, follow_ups=(FollowUp(person, "联系换煤气管"),))
    )
    days = any_workbook.agency.setting("follow_up_days", TODAY)
    with any_workbook.reading() as session:
        task = session.get_one(Task, done.follow_ups[0])
        assert (task.title, task.due_on) == ("联系换煤气管", TODAY + timedelta(days=days))
    assert statuses(any_workbook)[done.follow_ups[0]] == "ready"


def test_withdrawing_opens_the_task_and_takes_back_what_was_raised(any_workbook):
    person = a_person(any_workbook)
    task = a_task(any_workbook, person)
    raised = (Raised("wish", "想学书法"), Raised("opinion", "食堂太远"))
    done = any_workbook.contacts.record(
        a_contact(
            person,
            persons=(PersonEntry(person, raised=raised),),
            follow_ups=(FollowUp(person, "量血压"),),
        )
    )
    assert any_workbook.contacts.withdraw(done.contact_id, "记错了人") == [task]
    assert statuses(any_workbook) == {task: "ready", done.follow_ups[0]: "cancelled"}
    assert any_workbook.contacts.of_person(person) == []
    with any_workbook.reading() as session:
        assert session.scalars(select(Wish.superseded_at)).one() is not None
        assert session.get_one(Contact, done.contact_id).withdrawn_reason == "记错了人"
    assert [one.action for one in any_workbook.contacts.history(done.contact_id)] == [
        "withdraw_contact",
        "record_contact",
    ]


def test_withdrawing_leaves_a_task_closed_that_another_contact_answers_too(any_workbook):
    person = a_person(any_workbook)
    task = a_task(any_workbook, person)
    first = any_workbook.contacts.record(a_contact(person))
    any_workbook.contacts.record(
        a_contact(
            person,
            client_key="form-2",
            happened_on=TODAY - timedelta(days=1),
            closes=frozenset({task}),
        )
    )
    assert any_workbook.contacts.withdraw(first.contact_id) == []
    assert statuses(any_workbook)[task] == "done"
    assert statuses(any_workbook, TODAY - timedelta(days=1))[task] == "done"


def test_task_was_done_on_the_first_day_on_which_somebody_did_it(workbook):
    for first, second in ((0, 1), (1, 0)):
        person = a_person(workbook)
        task = a_task(workbook, person)
        for number, back in enumerate((first, second)):
            workbook.contacts.record(
                a_contact(
                    person,
                    client_key=f"{person}-{number}",
                    happened_on=TODAY - timedelta(days=back),
                    closes=frozenset({task}),
                )
            )
        with workbook.reading() as session:
            assert session.get(Task, task).done_on == TODAY - timedelta(days=1)


def test_need_that_was_worked_on_survives_the_withdrawal(workbook):
    person = a_person(workbook)
    raised = (Raised("need", "洗澡要人帮", domain="care"),)
    done = workbook.contacts.record(
        a_contact(person, persons=(PersonEntry(person, raised=raised),))
    )
    with workbook.transaction() as session:
        session.scalars(select(Need)).one().state = "planned"
    workbook.contacts.withdraw(done.contact_id)
    with workbook.reading() as session:
        assert session.scalars(select(Need)).one().superseded_at is None


def test_withdrawn_contact_cannot_be_withdrawn_corrected_or_saved_again(workbook):
    person = a_person(workbook)
    done = workbook.contacts.record(a_contact(person))
    workbook.contacts.withdraw(done.contact_id)
    for act in (
        lambda: workbook.contacts.withdraw(done.contact_id),
        lambda: workbook.contacts.amend(done.contact_id, a_contact(person, client_key="form-2")),
        lambda: workbook.contacts.record(a_contact(person)),
    ):
        with pytest.raises(NotPermitted):
            act()


def test_correction_takes_the_place_of_the_contact_and_keeps_it(any_workbook):
    contacts, person = any_workbook.contacts, a_person(any_workbook)
    visit = a_task(any_workbook, person)
    call = a_task(any_workbook, person, item_key="rule:call", channels=["phone"])
    raised = (Raised("wish", "想学书法"), Raised("wish", "想去公园"))
    first = contacts.record(
        a_contact(
            person,
            persons=(PersonEntry(person, raised=raised),),
            follow_ups=(FollowUp(person, "量血压"), FollowUp(person, "修门铃")),
        )
    )
    held = contacts.entry_of(first.contact_id)
    corrected = replace(
        held,
        client_key="form-2",
        channel="phone",
        closes=None,
        persons=(PersonEntry(person, heard="在电话里", raised=raised[:1]),),
        follow_ups=held.follow_ups[:1],
    )
    second = contacts.amend(first.contact_id, corrected)
    status = statuses(any_workbook)
    assert (status[visit], status[call]) == ("ready", "done")
    assert [status[id_] for id_ in first.follow_ups] == ["ready", "cancelled"]
    (row,) = contacts.of_person(person)
    assert (row.contact_id, row.channel, row.corrected) == (second.contact_id, "phone", True)
    assert row.raised == (("wish", "想学书法"),)
    assert count(any_workbook, Contact) == 2
    assert [one.action for one in contacts.history(second.contact_id)] == [
        "correct_contact",
        "record_contact",
    ]


def test_contact_is_read_back_into_its_form_as_it_was(any_workbook):
    person, other = a_person(any_workbook), a_person(any_workbook, name="陆景行")
    task = a_task(any_workbook, person)
    whole = a_contact(
        person,
        channel="home_visit",
        kind="heart_talk",
        place="家中",
        planned_on=TODAY - timedelta(days=1),
        planned_minutes=30,
        started_at="09:30",
        minutes=45,
        initiated_by="person",
        summary="两人都在",
        persons=(
            PersonEntry(person, heard="都好", raised=(Raised("wish", "想学书法"),)),
            PersonEntry(other, "not_reached", None, "away"),
        ),
        participants=(Participant(name="局领导", role="leader"), Participant(name="联系人")),
        follow_ups=(FollowUp(other, "再约时间", TODAY + timedelta(days=2)),),
        closes=frozenset({task}),
    )
    done = any_workbook.contacts.record(whole)
    assert any_workbook.contacts.entry_of(done.contact_id) == whole
    assert ContactEntry.from_record(whole.as_record()) == whole


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"happened_on": TODAY + timedelta(days=1)}, "happened_on"),
        ({"channel": "telegram"}, "channel"),
        ({"initiated_by": "nobody"}, "initiated_by"),
        ({"kind": "party"}, "kind"),
        ({"started_at": "25:00"}, "started_at"),
        ({"minutes": 0}, "minutes"),
        ({"minutes": 1441}, "minutes"),
        ({"persons": ()}, "persons"),
        ({"summary": "长" * 20_001}, "heard"),
        ({"participants": (Participant(name=" "),)}, "participants"),
    ],
)
def test_impossible_entry_is_refused_beside_its_field(workbook, wrong, field):
    person = a_person(workbook)
    for code, other in (("zh", "en"), ("en", "zh")):
        with speaking(code), pytest.raises(InvalidEntry) as refusal:
            workbook.contacts.record(a_contact(person, **wrong))
        assert refusal.value.field == field
        with speaking(other), pytest.raises(InvalidEntry) as translated:
            workbook.contacts.record(a_contact(person, **wrong))
        assert refusal.value.message != translated.value.message
    assert count(workbook, Contact) == 0


@pytest.mark.parametrize(
    ("known", "closed_on", "day"),
    [
        (
            {"born_on_earliest": date(1930, 5, 1), "born_on_latest": date(1930, 5, 31)},
            None,
            date(1930, 4, 30),
        ),
        ({"died_on": date(2025, 2, 1)}, None, date(2025, 2, 2)),
        ({}, date(2025, 1, 31), date(2025, 2, 1)),
    ],
)
def test_day_on_which_nobody_was_served_is_refused(any_workbook, known, closed_on, day):
    person = a_person(any_workbook, **known)
    with any_workbook.transaction() as session:
        session.scalars(select(Case)).one().closed_on = closed_on
    with pytest.raises(InvalidEntry) as refusal:
        any_workbook.contacts.record(a_contact(person, happened_on=day))
    assert refusal.value.field == "happened_on"


def test_last_day_of_a_life_and_of_a_case_can_have_a_contact(workbook):
    person = a_person(workbook, died_on=TODAY)
    with workbook.transaction() as session:
        session.scalars(select(Case)).one().closed_on = TODAY
    assert workbook.contacts.record(a_contact(person)).contact_id


def test_contact_with_a_merged_record_goes_to_the_one_that_stands(any_workbook):
    standing = a_person(any_workbook)
    merged = a_person(any_workbook, merged_into_id=standing)
    any_workbook.contacts.record(a_contact(merged))
    assert len(any_workbook.contacts.of_person(standing)) == 1


def test_unknown_people_and_staff_are_refused(workbook):
    person = a_person(workbook)
    with pytest.raises(NotFound):
        workbook.contacts.record(a_contact(person + 99))
    with pytest.raises(NotFound):
        workbook.contacts.record(a_contact(person, participants=(Participant(staff_id=99),)))


def test_who_records_takes_part_unless_others_are_named(any_workbook):
    with any_workbook.transaction() as session:
        session.add(Staff(login="worker", name="工作员甲", role="caseworker"))
    any_workbook.act_as("worker")
    person = a_person(any_workbook)
    any_workbook.contacts.record(a_contact(person))
    (row,) = any_workbook.contacts.of_person(person)
    assert row.participants == (("caseworker", "工作员甲"),)


def test_people_not_heard_of_longest_come_first(any_workbook):
    never, long_ago, lately, gone = (a_person(any_workbook, name=n) for n in "甲乙丙丁")
    with any_workbook.transaction() as session:
        session.get_one(Person, gone).died_on = date(2025, 1, 1)
    for key, person, days in (("a", long_ago, 90), ("b", lately, 2)):
        day = TODAY - timedelta(days=days)
        any_workbook.contacts.record(a_contact(person, client_key=key, happened_on=day))
    tried = (PersonEntry(never, "not_reached"),)
    any_workbook.contacts.record(a_contact(never, client_key="c", persons=tried))
    found = any_workbook.contacts.last_heard()
    assert [(one.person_id, one.days) for one in found] == [
        (never, None),
        (long_ago, 90),
        (lately, 2),
    ]
    assert found[1].channel == "home_visit"
    assert any_workbook.contacts.last_heard([lately])[0].person_id == lately


channels = st.sampled_from(["home_visit", "phone", "meeting"])
days = st.integers(-40, 20).map(lambda n: TODAY + timedelta(days=n))


@st.composite
def tasks_known(draw):
    first = draw(days)
    return {
        "channels": draw(st.none() | st.lists(channels, max_size=2)),
        "actor": draw(st.sampled_from(["caseworker", "leader"])),
        "opens_on": first,
        "due_on": first + timedelta(days=draw(st.integers(0, 30))),
        "in_force_from": draw(st.none() | days),
        "excused_on": draw(st.none() | st.none() | days),
        "cancelled_on": draw(st.none() | st.none() | days),
        "done_on": draw(st.none() | st.none() | days),
    }


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    tasks=st.lists(tasks_known(), max_size=6),
    channel=channels,
    on=days.filter(lambda day: day <= TODAY),
    outcome=st.sampled_from(["reached", "proxy", "not_reached"]),
    looked_at=days,
)
def test_recording_then_withdrawing_restores_every_task(
    workbook, tasks, channel, on, outcome, looked_at
):
    person = a_person(workbook)
    made = [a_task(workbook, person, item_key=f"rule:{n}", **one) for n, one in enumerate(tasks)]
    before = {id_: statuses(workbook, looked_at)[id_] for id_ in made}
    entry = a_contact(
        person,
        client_key=f"form-{person}",
        channel=channel,
        happened_on=on,
        persons=(PersonEntry(person, outcome),),
    )
    offered = {one.task_id for one in workbook.contacts.would_answer(entry) if one.ticked}
    done = workbook.contacts.record(entry)
    assert set(done.closed) == offered
    assert outcome != "not_reached" or not done.closed
    assert set(workbook.contacts.withdraw(done.contact_id)) == set(done.closed)
    assert {id_: statuses(workbook, looked_at)[id_] for id_ in made} == before


def test_every_refusal_is_a_sentence_in_both_languages(workbook):
    person = a_person(workbook)
    entry = a_contact(person, follow_ups=(FollowUp(person, "再访", TODAY - timedelta(days=1)),))
    for code in ("zh", "en"):
        with speaking(code), pytest.raises(CaseworkError) as refusal:
            workbook.contacts.record(entry)
        assert refusal.value.message.isascii() == (code == "en")


def test_person_line_holds_what_is_known_and_was_heard_last(any_workbook):
    known = {"born_on_earliest": date(1930, 5, 1), "born_on_latest": date(1930, 5, 1)}
    person, stranger = a_person(any_workbook, sex="1", **known), a_person(any_workbook)
    any_workbook.people.record_fact(person, "living", "独居", source="走访")
    for key, day, heard in (("a", 2, "腿疼"), ("b", 9, "都好")):
        entry = a_contact(
            person,
            client_key=key,
            happened_on=TODAY - timedelta(days=day),
            persons=(PersonEntry(person, heard=heard),),
        )
        any_workbook.contacts.record(entry)
    first, second = any_workbook.contacts.people([person, stranger, person, 999])
    assert (first.age, first.living, first.last_heard) == (94, "独居", "腿疼")
    assert (second.age, second.phone, second.last_on) == (None, None, None)


def test_expected_channel_is_that_of_the_pressing_task(any_workbook):
    person = a_person(any_workbook)
    assert any_workbook.contacts.expected_channel([person]) is None
    a_task(any_workbook, person, channels=["phone"], title="电话问候", priority=2)
    a_task(any_workbook, person, item_key="rule:b", channels=["home_visit"])
    assert any_workbook.contacts.expected_channel([person]) == ("phone", "电话问候")


def test_colleagues_are_found_by_part_of_the_name(any_workbook):
    with any_workbook.transaction() as session:
        session.add(Staff(login="jia", name="工作员甲", role="caseworker"))
        gone = date(2025, 1, 1)
        session.add(Staff(login="yi", name="工作员乙", role="leader", active_to=gone))
    assert [one.name for one in any_workbook.contacts.colleagues("甲")] == ["工作员甲"]
    assert [one.name for one in any_workbook.contacts.colleagues("ji")] == ["工作员甲"]
    assert len(any_workbook.contacts.colleagues()) == 1


def test_tasks_that_hang_on_silence_follow_a_contact_and_come_back_without_it(any_workbook):
    person = a_person(any_workbook, sex="1")
    any_workbook.people.record_fact(person, "category", "离休", source="花名册")
    any_workbook.people.record_fact(person, "living", "独居", source="走访")
    any_workbook.plans.compile()
    before = statuses(any_workbook)
    done = any_workbook.contacts.record(a_contact(person, channel="phone"))
    after = statuses(any_workbook)
    assert done.closed and after != before
    assert any_workbook.plans.compile().is_unchanged
    any_workbook.contacts.withdraw(done.contact_id)
    restored = statuses(any_workbook)
    assert {id_: restored[id_] for id_ in before} == before
    assert any_workbook.plans.compile().is_unchanged

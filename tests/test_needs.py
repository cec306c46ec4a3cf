"""Assessments and needs through the door, on both databases."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from casework.cli import main
from casework.errors import IncompleteAssessment, InvalidEntry, NotFound, NotPermitted
from casework.instruments.library import instrument, instruments
from casework.records import (
    Assessment,
    CareTeamMember,
    Case,
    ChangeLog,
    Need,
    Opinion,
    Person,
    Staff,
    Task,
)
from casework.records.base import now
from casework.terms import speaking
from casework.workbook import Workbook
from casework.workbook.contact_entry import ContactEntry, PersonEntry
from casework.workbook.days import TaskList
from casework.workbook.need_steps import NEED_STEPS, UNMET
from casework.workbook.needs import AssessmentEntry
from tests.conftest import TODAY
from tests.sheets import best_sheet, required_context

YESTERDAY = TODAY - timedelta(days=1)
LAST_YEAR = TODAY - timedelta(days=365)


def a_person(workbook: Workbook, name: str = "郑明远", **known: Any) -> int:
    with workbook.transaction() as session:
        person = Person(name=name, **known)
        session.add(person)
        session.flush()
        session.add(Case(person_id=person.id))
        return person.id


def a_caseworker(workbook: Workbook, person: int) -> int:
    with workbook.transaction() as session:
        worker = Staff(login=f"worker{person}", name="林工", role="caseworker")
        session.add(worker)
        session.flush()
        session.add(
            CareTeamMember(
                person_id=person,
                role="caseworker",
                staff_id=worker.id,
                recorded_at=now(),
                recorded_by="test",
            )
        )
        return worker.id


def best(code: str, **other: Any) -> dict[str, Any]:
    """Fill in an instrument with its best answers, but for some."""
    found = best_sheet(instrument(code))
    return found | {key.replace("_", "."): value for key, value in other.items()}


def an_entry(person: int, code: str = "barthel", **more: Any) -> AssessmentEntry:
    more.setdefault("answers", best(code))
    more.setdefault("mode", "observed")
    more.setdefault("assessed_on", TODAY)
    return AssessmentEntry(person_id=person, instrument=code, **more)


def as_worker(workbook: Workbook, login: str) -> Workbook:
    """Open the same database as another member of staff."""
    return Workbook(workbook.engine, acting=login, today=TODAY)


# -- keeping assessments


def test_assessment_keeps_answers_version_and_how_it_was_done(any_workbook):
    person = a_person(any_workbook)
    entry = an_entry(
        person,
        "gbt42195-2022",
        answers=best("gbt42195-2022", B_1_3=2, B_3_9="stupor"),
        context={"diagnoses": ["F00"], "risk_events_30d": {"fall": 1}},
        mode="proxy",
        informant="child",
        assessors=("林工", "周工"),
    )
    any_workbook.needs.record_assessment(entry)
    (kept,) = any_workbook.needs.assessments(person)
    assert (kept.total, kept.level, kept.applied) == (86, 2, ("R2",))
    assert kept.answers["B.3.9"] == "stupor"
    assert (kept.version, kept.banding) == ("1", "five_grades")
    assert (kept.mode, kept.informant, kept.assessors) == ("proxy", "child", ("林工", "周工"))
    assert kept.context == {"diagnoses": ["F00"], "risk_events_30d": {"fall": 1}}
    with speaking("zh"):
        assert str(kept.label) == "中度失能"


def test_unfinished_form_is_refused_and_names_what_is_missing(workbook):
    person = a_person(workbook)
    answers = best("barthel") | {"stairs": None, "walking": None}
    with pytest.raises(IncompleteAssessment) as refusal:
        workbook.needs.record_assessment(an_entry(person, answers=answers))
    assert refusal.value.missing == ("walking", "stairs")
    assert workbook.needs.assessments(person) == []


def test_what_cannot_be_assessed_is_kept_without_a_score(workbook):
    person = a_person(workbook)
    answers = best("barthel") | {"stairs": None}
    entry = an_entry(person, answers=answers, unable={"stairs": "not_seen"})
    kept = workbook.needs.record_assessment(entry).assessment
    assert (kept.total, kept.level, kept.complete) == (None, None, False)
    assert kept.unable == {"stairs": "not_seen"}


def test_whole_form_may_be_kept_as_not_assessable(workbook):
    person = a_person(workbook)
    entry = an_entry(person, "gds-15", answers={}, mode="self", unable_reason="too_ill")
    kept = workbook.needs.record_assessment(entry).assessment
    assert (kept.level, kept.unable_reason, kept.answers) == (None, "too_ill", {})


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"mode": "guess"}, "mode"),
        ({"mode": "proxy"}, "informant"),
        ({"mode": "proxy", "informant": "person"}, "informant"),
        ({"mode": "proxy", "informant": "neighbour"}, "informant"),
        ({"assessed_on": TODAY + timedelta(days=1)}, "assessed_on"),
        ({"assessed_on": date(1900, 1, 1)}, "assessed_on"),
        ({"unable": {"stairs": "not_seen"}}, "stairs"),
        ({"unable": {"stairs": "because"}, "answers": {}}, "stairs"),
        ({"unable_reason": "because"}, "unable_reason"),
        ({"answers": {"stairs": 3}}, "stairs"),
        ({"total": 61, "answers": {}}, "total"),
        ({"total": 60}, "total"),
        ({"banding": "house"}, "banding"),
        ({"context": {"diagnoses": []}}, "diagnoses"),
    ],
)
def test_assessment_is_refused_when_it_cannot_be(workbook, more, field):
    born = date(1935, 5, 1)
    person = a_person(workbook, born_on_earliest=born, born_on_latest=born)
    with pytest.raises(InvalidEntry) as refusal:
        workbook.needs.record_assessment(an_entry(person, **more))
    assert refusal.value.field == field


def test_self_report_scale_refuses_a_proxy(workbook):
    person = a_person(workbook)
    entry = an_entry(person, "phq-9", mode="proxy", informant="child")
    with pytest.raises(InvalidEntry) as refusal:
        workbook.needs.record_assessment(entry)
    assert refusal.value.field == "mode"


def test_nobody_is_assessed_after_death(workbook):
    person = a_person(workbook, died_on=YESTERDAY)
    with pytest.raises(InvalidEntry):
        workbook.needs.record_assessment(an_entry(person))
    assert workbook.needs.record_assessment(an_entry(person, assessed_on=YESTERDAY)).result.complete


def test_assessment_of_a_merged_record_goes_to_the_one_that_stands(any_workbook):
    person = a_person(any_workbook)
    double = a_person(any_workbook, merged_into_id=person)
    any_workbook.needs.record_assessment(an_entry(double))
    assert len(any_workbook.needs.assessments(person)) == 1


def test_assessment_of_nobody_is_refused(workbook):
    with pytest.raises(NotFound):
        workbook.needs.record_assessment(an_entry(99))


def test_saving_the_same_form_twice_keeps_it_once(any_workbook):
    person = a_person(any_workbook)
    first = any_workbook.needs.record_assessment(an_entry(person))
    again = any_workbook.needs.record_assessment(an_entry(person))
    assert again.repeated
    assert again.assessment.id == first.assessment.id
    assert len(any_workbook.needs.assessments(person)) == 1


def test_same_answers_read_by_another_banding_are_kept_as_well(any_workbook):
    person = a_person(any_workbook)
    first, other = (
        any_workbook.needs.record_assessment(
            an_entry(person, answers={}, total=45, banding=banding)
        )
        for banding in ("nursing_cn", "mzt039")
    )
    assert not other.repeated
    assert other.result.banding == other.assessment.banding == "mzt039"
    kept = any_workbook.needs.assessments(person)
    assert {one.id for one in kept} == {first.assessment.id, other.assessment.id}
    assert {one.banding for one in kept} == {"nursing_cn", "mzt039"}


def test_form_of_the_same_day_that_says_otherwise_is_kept_as_well(workbook):
    person = a_person(workbook)
    totals = [
        workbook.needs.record_assessment(an_entry(person, answers={}, total=total))
        for total in (60, 0)
    ]
    assert [one.assessment.total for one in totals] == [60, 0], "nought is a total"
    nutrition = {"A": 2, "B": 3, "C": 2, "D": 2, "E": 2, "F1": 3}
    weighed = [
        workbook.needs.record_assessment(
            an_entry(person, "mna-sf", answers=nutrition, measured={"weight_kg": Decimal(kg)})
        )
        for kg in (69, 70)
    ]
    assert [one.assessment.measured["weight_kg"] for one in weighed] == ["69", "70"]


def test_old_total_is_kept_without_answers(workbook):
    person = a_person(workbook)
    entry = an_entry(person, answers={}, total=60, assessed_on=LAST_YEAR)
    kept = workbook.needs.record_assessment(entry).assessment
    assert (kept.total, kept.level, kept.total_only, kept.answers) == (60, 2, True, {})


# -- the one before, recomputing, correcting


def test_previous_result_stands_beside_the_new_one(workbook):
    person = a_person(workbook)
    workbook.needs.record_assessment(an_entry(person, assessed_on=LAST_YEAR))
    now_worse = best("barthel") | {"stairs": 5, "bathing": 0}
    done = workbook.needs.record_assessment(an_entry(person, answers=now_worse))
    assert done.previous is not None
    assert (done.previous.total, done.result.total) == (100, 90)
    assert [(one.key, one.points) for one in done.changes] == [("bathing", -5), ("stairs", -5)]


def test_previous_is_the_one_before_that_day(workbook):
    person = a_person(workbook)
    workbook.needs.record_assessment(an_entry(person))
    done = workbook.needs.record_assessment(
        an_entry(person, answers=best("barthel") | {"stairs": 0}, assessed_on=LAST_YEAR)
    )
    assert done.previous is None
    assert workbook.needs.previous_assessment(person, "barthel").assessed_on == TODAY
    on = workbook.needs.previous_assessment(person, "barthel", as_of=YESTERDAY)
    assert on.assessed_on == LAST_YEAR


def test_every_kept_score_is_its_scoring_of_its_answers(any_workbook):
    person = a_person(any_workbook)
    for code in instruments():
        mode = instrument(code).modes[-1]
        informant = "child" if mode == "proxy" else None
        entry = an_entry(
            person, code, mode=mode, informant=informant, assessors=("林工", "周工"),
            context=required_context(instrument(code)),
        )  # fmt: skip
        if instrument(code).unverified:
            with pytest.raises(NotPermitted):
                any_workbook.needs.record_assessment(entry)
            continue
        done = any_workbook.needs.record_assessment(entry)
        assert any_workbook.needs.recompute(done.assessment.id).agrees
    assert any_workbook.needs.departures() == []


def test_score_that_was_tampered_with_is_found(workbook):
    person = a_person(workbook)
    done = workbook.needs.record_assessment(an_entry(person))
    with workbook.transaction() as session:
        session.get(Assessment, done.assessment.id).level = 3
    (found,) = workbook.needs.departures()
    assert (found.kept.level, found.now.level) == (3, 0)
    assert "原记 100 分 3 级，现算 100 分 0 级" in found.line()


@pytest.mark.parametrize(
    ("column", "value"),
    [("subscores", {"total": 95}), ("applied", ["cap"]), ("complete", False), ("total", 95)],
)
def test_no_part_of_a_score_is_other_than_its_answers_say(workbook, column, value):
    """Invariant 11, of everything that is kept of a score."""
    person = a_person(workbook)
    done = workbook.needs.record_assessment(an_entry(person))
    assert workbook.needs.departures() == []
    with workbook.transaction() as session:
        setattr(session.get(Assessment, done.assessment.id), column, value)
    (found,) = workbook.needs.departures()
    assert ("分项" in found.line()) == (column != "total")


def test_recomputing_everything_is_a_command_that_finds_differences(workbook, capsys):
    person = a_person(workbook)
    done = workbook.needs.record_assessment(an_entry(person))
    where = ["--db", workbook.engine.url.render_as_string(False), "recompute"]
    assert main(where) == 0
    assert "重新计分 1 份评估，0 份不符" in capsys.readouterr().out
    with workbook.transaction() as session:
        kept = session.get(Assessment, done.assessment.id)
        kept.context = kept.context | {"fingerprint": "0" * 16}
    assert main(where) == 1
    assert "同一版本下计分办法被改动" in capsys.readouterr().out


def test_old_result_stays_when_its_scoring_is_no_longer_on_file(workbook):
    person = a_person(workbook)
    done = workbook.needs.record_assessment(an_entry(person))
    with workbook.transaction() as session:
        session.get(Assessment, done.assessment.id).instrument_version = "0"
    (kept,) = workbook.needs.assessments(person)
    assert (kept.total, kept.level) == (100, 0)
    again = workbook.needs.recompute(kept.id)
    assert (again.now, again.agrees) == (None, False)


def test_correction_replaces_an_assessment_and_keeps_the_old_one(any_workbook):
    person = a_person(any_workbook)
    wrong = best("barthel") | {"feeding": 0, "stairs": 0, "walking": 0}
    first = any_workbook.needs.record_assessment(an_entry(person, answers=wrong))
    assert first.opened
    done = any_workbook.needs.correct_assessment(first.assessment.id, an_entry(person))
    (kept,) = any_workbook.needs.assessments(person)
    assert (kept.id, kept.level, done.eased) == (done.assessment.id, 0, ())
    assert any_workbook.needs.of_person(person) == []
    with any_workbook.reading() as session:
        assert session.scalar(select(func.count(Assessment.id))) == 2


def test_withdrawn_assessment_takes_its_needs_along_unless_somebody_worked_on_them(any_workbook):
    person = a_person(any_workbook)
    answers = best("gbt42195-2022", B_2_3=2, B_1_3=1)
    done = any_workbook.needs.record_assessment(an_entry(person, "gbt42195-2022", answers=answers))
    keys = {one.key: one.id for one in any_workbook.needs.of_person(person)}
    any_workbook.needs.change_need(keys["score:falls"], "planned")
    any_workbook.needs.withdraw_assessment(done.assessment.id, "填错了人")
    left = [one.key for one in any_workbook.needs.of_person(person)]
    assert left == ["score:falls"]
    with pytest.raises(NotFound):
        any_workbook.needs.withdraw_assessment(done.assessment.id, "again")


# -- needs from scores


def test_score_opens_needs_with_domain_and_severity(any_workbook):
    person = a_person(any_workbook)
    worker = a_caseworker(any_workbook, person)
    answers = best("gbt42195-2022", B_2_3=2, B_1_3=1, B_3_8=0)
    any_workbook.needs.record_assessment(
        an_entry(
            person,
            "gbt42195-2022",
            answers=answers,
            context={"risk_events_30d": {"fall": 2}},
        )
    )
    found = {
        one.key.partition(":")[2]: (one.domain, one.severity)
        for one in any_workbook.needs.of_person(person)
    }
    assert found == {
        "falls": ("safety", "high"),
        "daily_care": ("care", "medium"),
        "bathing": ("daily_life", "medium"),
        "mood": ("companionship", "medium"),
    }
    assert {one.owner_id for one in any_workbook.needs.of_person(person)} == {worker}
    assert any_workbook.needs.of_person(person)[0].severity == "high"


def test_one_need_is_one_need_whichever_instrument_shows_it(any_workbook):
    needs, person = any_workbook.needs, a_person(any_workbook)
    needs.record_assessment(an_entry(person, answers={}, total=90, assessed_on=YESTERDAY))
    worse = needs.record_assessment(an_entry(person, "selfcare-5", answers={}, total=10))
    (need,) = needs.of_person(person)
    assert (need.severity, worse.opened, worse.worse) == ("medium", (), (need.id,))
    better = needs.record_assessment(an_entry(person))
    assert (better.eased, needs.of_person(person)[0].severity) == ((), "medium")
    milder = needs.record_assessment(
        an_entry(person, "selfcare-5", answers=best("selfcare-5") | {"washing": 1, "moving": 1})
    )
    assert milder.eased == (need.id,)
    assert [one.id for one in needs.eased_by(milder.assessment.id)] == [need.id]
    assert needs.eased_by(better.assessment.id) == []


def test_best_score_opens_no_need(workbook):
    person = a_person(workbook)
    done = workbook.needs.record_assessment(an_entry(person, "gbt42195-2022"))
    assert (done.opened, workbook.needs.of_person(person)) == ((), [])


def test_next_assessment_raises_a_need_and_never_doubles_it(workbook):
    person = a_person(workbook)
    for day, points in ((LAST_YEAR, 65), (YESTERDAY, 55), (TODAY, 30)):
        done = workbook.needs.record_assessment(
            an_entry(person, answers={}, total=points, assessed_on=day)
        )
    (need,) = workbook.needs.of_person(person)
    assert (need.severity, need.opened_on) == ("high", LAST_YEAR)
    assert (done.opened, done.worse) == ((), (need.id,))


def test_better_score_says_so_and_leaves_closing_to_the_worker(workbook):
    person = a_person(workbook)
    workbook.needs.record_assessment(an_entry(person, answers={}, total=55, assessed_on=LAST_YEAR))
    done = workbook.needs.record_assessment(an_entry(person))
    (need,) = workbook.needs.of_person(person)
    assert done.eased == (need.id,)
    assert need.state == "open"


def test_declined_need_is_opened_again_only_when_it_is_worse(workbook):
    needs, person = workbook.needs, a_person(workbook)
    first = needs.record_assessment(an_entry(person, answers={}, total=65, assessed_on=LAST_YEAR))
    needs.change_need(first.opened[0], "declined", reason="自己能行")
    same = needs.record_assessment(an_entry(person, answers={}, total=70, assessed_on=YESTERDAY))
    assert (same.opened, needs.of_person(person)) == ((), [])
    worse = needs.record_assessment(an_entry(person, answers={}, total=40))
    assert len(worse.opened) == 1
    assert len(needs.of_person(person, closed=True)) == 2


def test_assessment_entered_late_opens_nothing_when_a_newer_one_is_on_file(workbook):
    person = a_person(workbook)
    workbook.needs.record_assessment(an_entry(person))
    done = workbook.needs.record_assessment(
        an_entry(person, answers={}, total=30, assessed_on=LAST_YEAR)
    )
    assert (done.opened, workbook.needs.of_person(person)) == ((), [])


def test_title_of_a_need_follows_the_language(workbook):
    person = a_person(workbook)
    workbook.needs.record_assessment(an_entry(person, answers={}, total=30))
    assert workbook.needs.of_person(person)[0].title == "日常照护"
    with speaking("en"):
        assert workbook.needs.of_person(person)[0].title == "Care in everyday life"


# -- safety


def test_thought_of_self_harm_raises_a_need_and_a_task_of_the_same_day(any_workbook):
    person = a_person(any_workbook)
    worker = a_caseworker(any_workbook, person)
    done = any_workbook.needs.record_assessment(
        an_entry(person, "phq-9", mode="self", answers=best("phq-9") | {"self_harm": 1})
    )
    (row,) = any_workbook.needs.alerts()
    assert (row.need.person_name, row.due_on, row.task_state) == ("郑明远", TODAY, "ready")
    assert (row.need.severity, row.need.domain, row.need.owner_id) == ("high", "safety", worker)
    assert row.need.is_alert
    assert done.tasks == (row.task_id,)
    with any_workbook.reading() as session:
        task = session.get(Task, row.task_id)
        assert (task.priority, task.in_force_from, task.owner_id) == (1, TODAY, worker)


def test_alert_is_raised_while_the_form_is_still_a_draft(workbook):
    person = a_person(workbook)
    entries = {"self_harm": "2"}
    tasks = workbook.needs.keep_draft(person, "phq-9", entries, {"self_harm": 2})
    assert len(tasks) == 1
    assert len(workbook.needs.alerts()) == 1
    assert workbook.needs.draft(person, "phq-9").values == entries


def test_slip_of_the_hand_takes_its_alert_back(any_workbook):
    person = a_person(any_workbook)
    any_workbook.needs.keep_draft(person, "phq-9", {}, {"self_harm": 2})
    any_workbook.needs.keep_draft(person, "phq-9", {}, {"self_harm": 0})
    assert any_workbook.needs.alerts() == []
    with any_workbook.reading() as session:
        assert session.scalar(select(Task.cancelled_on)) == TODAY
    any_workbook.needs.keep_draft(person, "phq-9", {}, {"self_harm": 1})
    (row,) = any_workbook.needs.alerts()
    assert row.task_state == "ready"


def test_alert_that_somebody_works_on_is_not_taken_back(workbook):
    person = a_person(workbook)
    workbook.needs.keep_draft(person, "phq-9", {}, {"self_harm": 2})
    (row,) = workbook.needs.alerts()
    workbook.needs.change_need(row.need.id, "planned")
    workbook.needs.keep_draft(person, "phq-9", {}, {"self_harm": 0})
    assert [one.need.id for one in workbook.needs.alerts()] == [row.need.id]


@pytest.mark.parametrize(
    ("code", "told", "alert"),
    [
        ("phq-9", {"self_harm": 1}, "self_harm"),
        ("gds-15", {"hopeless": "yes", "worthless": "yes"}, "despair"),
        ("gds-15", {"hopeless": "yes", "wonderful": "no"}, "despair"),
        ("gbt42195-2022", {"B.3.8": "suicidal"}, "self_harm"),
        ("mzt039-2013", {"B.2.depression": "suicidal"}, "self_harm"),
    ],
)
def test_safety_answer_is_on_the_day_of_the_caseworker_with_its_reason(
    any_workbook, code, told, alert
):
    person = a_person(any_workbook)
    worker = a_caseworker(any_workbook, person)
    any_workbook.needs.keep_draft(person, code, {}, told)
    (row,) = any_workbook.needs.alerts()
    assert row.need.key == f"{code}:alert:{alert}"
    own = as_worker(any_workbook, f"worker{person}")
    (task,) = own.days.tasks(TaskList(span="today"))
    assert (task.task_id, task.due_on, task.pressing.tier) == (row.task_id, TODAY, 1)
    assert "当天由专人联系" in task.title
    assert str(instrument(code).label) in task.clause
    assert row.need.owner_id == worker


def test_harmless_answers_raise_no_alert(workbook):
    person = a_person(workbook)
    for code, told in (
        ("phq-9", {"self_harm": 0, "mood": 3}),
        ("gds-15", {"hopeless": "yes", "worthless": "no", "wonderful": "yes"}),
        ("gds-15", {"worthless": "yes", "wonderful": "no"}),
        ("gbt42195-2022", {"B.3.8": "low_mood"}),
        ("gbt42195-2022", {"B.3.8": 0}),
    ):
        workbook.needs.keep_draft(person, code, {}, told)
    assert workbook.needs.alerts() == []


def test_alert_of_somebody_without_a_caseworker_is_answered_for_by_who_assessed(any_workbook):
    person = a_person(any_workbook)
    worker = a_caseworker(any_workbook, a_person(any_workbook, "周若水"))
    own = as_worker(any_workbook, f"worker{person + 1}")
    own.needs.keep_draft(person, "phq-9", {}, {"self_harm": 1})
    (row,) = own.needs.alerts()
    assert row.need.owner_id == worker


def test_alert_is_closed_by_a_contact_and_then_by_what_came_of_it(any_workbook):
    person = a_person(any_workbook)
    a_caseworker(any_workbook, person)
    any_workbook.needs.keep_draft(person, "phq-9", {}, {"self_harm": 1})
    (row,) = any_workbook.needs.alerts()
    entry = ContactEntry(
        client_key="call", happened_on=TODAY, channel="phone", persons=(PersonEntry(person),),
        closes=frozenset({row.task_id}),
    )  # fmt: skip
    contact = any_workbook.contacts.record(entry)
    (row,) = any_workbook.needs.alerts()
    assert (row.task_state, row.reached_on, row.need.state) == ("done", TODAY, "open")
    any_workbook.contacts.withdraw(contact.contact_id, "记错了人")
    (row,) = any_workbook.needs.alerts()
    assert (row.task_state, row.reached_on) == ("ready", None)
    any_workbook.needs.change_need(row.need.id, "met")
    assert any_workbook.needs.alerts() == []


def test_keeping_a_draft_again_and_again_raises_one_alert(workbook):
    person = a_person(workbook)
    for _again in range(3):
        workbook.needs.keep_draft(person, "phq-9", {}, {"self_harm": 2})
    done = workbook.needs.record_assessment(
        an_entry(person, "phq-9", mode="self", answers=best("phq-9") | {"self_harm": 2})
    )
    assert len(workbook.needs.alerts()) == 1
    with workbook.reading() as session:
        assert session.scalar(select(func.count(Task.id))) == 1
    assert workbook.needs.alerts()[0].need.assessment_id == done.assessment.id


def test_recorded_alert_is_withdrawn_with_the_assessment_it_came_from(any_workbook):
    person = a_person(any_workbook)
    entry = an_entry(person, "phq-9", mode="self", answers=best("phq-9") | {"self_harm": 3})
    done = any_workbook.needs.record_assessment(entry)
    any_workbook.needs.correct_assessment(
        done.assessment.id, an_entry(person, "phq-9", mode="self")
    )
    assert any_workbook.needs.alerts() == []


# -- drafts


def test_draft_belongs_to_the_worker_who_left_it(workbook):
    person = a_person(workbook)
    worker = a_caseworker(workbook, person)
    assert worker
    workbook.needs.keep_draft(person, "barthel", {"feeding": "10"}, {"feeding": 10})
    workbook.act_as(f"worker{person}")
    assert workbook.needs.draft(person, "barthel") is None


def test_drafts_of_a_person_are_listed_by_instrument(any_workbook):
    person, other = a_person(any_workbook), a_person(any_workbook, "周若水")
    any_workbook.needs.keep_draft(person, "gds-15", {"bored": "yes"}, {"bored": "yes"})
    any_workbook.needs.keep_draft(other, "barthel", {"feeding": "5"}, {"feeding": 5})
    assert list(any_workbook.needs.drafts_of(person)) == ["gds-15"]


def test_draft_is_gone_once_the_form_is_recorded_or_dropped(any_workbook):
    needs, person = any_workbook.needs, a_person(any_workbook)
    needs.keep_draft(person, "barthel", {"feeding": "10"}, {"feeding": 10})
    needs.record_assessment(an_entry(person))
    assert needs.draft(person, "barthel") is None
    needs.keep_draft(person, "barthel", {"feeding": "10"}, {"feeding": 10})
    needs.drop_draft(person, "barthel")
    assert needs.draft(person, "barthel") is None


# -- wishes, opinions, a worker's own eyes


def test_wish_stays_beside_the_need_it_led_to(any_workbook):
    needs, person = any_workbook.needs, a_person(any_workbook)
    wish = needs.record_wish(person, "想有人陪着去老战友那里看看", domain="companionship")
    need = needs.need_from_wish(wish, "companionship", "low", title="陪同探望老战友")
    (found,) = needs.of_person(person)
    assert (found.id, found.origin, found.said) == (need, "wish", "想有人陪着去老战友那里看看")
    dossier = any_workbook.people.dossier(person)
    assert [one.text for one in dossier.wishes] == ["想有人陪着去老战友那里看看"]
    with pytest.raises(InvalidEntry):
        needs.need_from_wish(wish, "companionship", "low")
    needs.close_wish(wish, "3 月陪同去过")
    assert any_workbook.people.dossier(person, as_of=TODAY + timedelta(days=1)).wishes == ()


def test_opinion_heard_on_a_visit_may_become_a_need(any_workbook):
    person = a_person(any_workbook)
    with any_workbook.transaction() as session:
        opinion = Opinion(
            person_id=person,
            kind="suggestion",
            text="楼道灯坏了很久",
            said_on=TODAY,
            recorded_at=now(),
            recorded_by="test",
        )
        session.add(opinion)
    any_workbook.needs.need_from_opinion(opinion.id, "safety", "medium")
    (found,) = any_workbook.needs.of_person(person)
    assert (found.origin, found.title, found.said) == (
        "opinion",
        "楼道灯坏了很久",
        "楼道灯坏了很久",
    )


@pytest.mark.parametrize(
    ("domain", "title", "severity", "field"),
    [
        ("fun", "陪同", "low", "domain"),
        ("care", "陪同", "dire", "severity"),
        ("care", "  ", "low", "title"),
    ],
)
def test_need_is_refused_when_it_cannot_be(workbook, domain, title, severity, field):
    person = a_person(workbook)
    with pytest.raises(InvalidEntry) as refusal:
        workbook.needs.raise_need(person, domain, title, severity)
    assert refusal.value.field == field


# -- the life of a need


@pytest.mark.parametrize("to", UNMET)
def test_need_that_is_not_met_says_why(workbook, to):
    needs, person = workbook.needs, a_person(workbook)
    need = needs.raise_need(person, "legal", "遗嘱咨询", "low")
    with pytest.raises(InvalidEntry) as refusal:
        needs.change_need(need, to)
    assert refusal.value.field == "reason"
    needs.change_need(need, to, reason="本人说以后再说")
    (found,) = needs.of_person(person, closed=True)
    assert (found.state, found.reason) == (to, "本人说以后再说")


def test_every_step_of_a_need_is_allowed_or_refused_as_the_table_says(workbook):
    needs = workbook.needs
    person = a_person(workbook)
    for state in NEED_STEPS:
        for to in NEED_STEPS:
            need = needs.raise_need(person, "legal", f"从{state}到{to}", "low")
            with workbook.transaction() as session:
                session.get(Need, need).state = state
            if to in NEED_STEPS[state]:
                needs.change_need(need, to, reason="说明")
            else:
                with pytest.raises(NotPermitted):
                    needs.change_need(need, to, reason="说明")


def test_closed_need_is_shown_as_it_was_on_an_earlier_day(any_workbook):
    needs, person = any_workbook.needs, a_person(any_workbook)
    need = needs.raise_need(person, "legal", "遗嘱咨询", "low", on=LAST_YEAR)
    needs.change_need(need, "met", on=YESTERDAY - timedelta(days=1))
    assert needs.of_person(person) == []
    assert [one.id for one in needs.of_person(person, as_of=LAST_YEAR)] == [need]
    assert needs.of_person(person, closed=True)[0].days_open == 363
    needs.change_need(need, "open", reason="又提出来了")
    assert [one.id for one in needs.of_person(person)] == [need]


def test_every_step_of_a_need_is_written_down(any_workbook):
    needs, person = any_workbook.needs, a_person(any_workbook)
    worker = a_caseworker(any_workbook, person)
    need = needs.raise_need(person, "legal", "遗嘱咨询", "low")
    needs.assign_need(need, worker)
    needs.change_need(need, "deferred", reason="等律师")
    with any_workbook.reading() as session:
        rows = session.scalars(
            select(ChangeLog).where(ChangeLog.subject_kind == "need").order_by(ChangeLog.id)
        ).all()
    assert [row.action for row in rows] == ["raise_need", "assign_need", "change_need"]
    assert rows[-1].before == {"state": "open", "reason": None}
    assert needs.of_person(person)[0].owner == "林工"


def test_need_of_the_future_or_of_nobody_is_refused(workbook):
    person = a_person(workbook)
    with pytest.raises(InvalidEntry):
        workbook.needs.raise_need(person, "care", "照护", "low", on=TODAY + timedelta(days=1))
    with pytest.raises(NotFound):
        workbook.needs.raise_need(99, "care", "照护", "low")
    with pytest.raises(NotFound):
        workbook.needs.change_need(99, "met")


def test_need_of_a_kind_takes_its_words_and_domain_and_there_is_one_of_a_kind(any_workbook):
    needs, person = any_workbook.needs, a_person(any_workbook)
    raised = needs.raise_need(person, None, "", "medium", kind="falls")
    (need,) = needs.of_person(person)
    assert (need.title, need.domain, need.origin) == ("防跌倒", "safety", "worker")
    with pytest.raises(InvalidEntry, match=str(raised)):
        needs.raise_need(person, None, "装扶手", "low", kind="falls")
    with pytest.raises(InvalidEntry):
        needs.raise_need(person, None, "装扶手", "low", kind="nothing")
    with pytest.raises(InvalidEntry):
        needs.raise_need(person, None, "装扶手", "low")


def test_score_makes_a_need_that_people_spoke_for_more_severe_and_leaves_it_theirs(any_workbook):
    needs, person = any_workbook.needs, a_person(any_workbook)
    raised = needs.raise_need(person, None, "洗澡要人帮", "low", kind="daily_care")
    shown = needs.record_assessment(
        an_entry(person, answers={}, total=30, assessed_on=TODAY - timedelta(days=2))
    )
    assert (shown.opened, shown.worse) == ((), (raised,))
    better = needs.record_assessment(an_entry(person))
    assert better.eased == ()
    (need,) = needs.of_person(person)
    assert (need.title, need.severity, need.origin) == ("洗澡要人帮", "high", "worker")
    assert not need.is_doubtful


def test_kind_of_a_need_is_named_later_and_then_the_rules_answer_it(any_workbook):
    needs, person = any_workbook.needs, a_person(any_workbook)
    raised = needs.raise_need(person, "care", "看病没人陪", "medium")
    any_workbook.plans.compile(persons=[person])
    assert {one.items for one in any_workbook.plans.needs(person)} == {()}
    needs.name_kind(raised, "escort")
    (need,) = any_workbook.plans.needs(person)
    assert need.items == (("rule:answer_escort", "落实陪同就医和代取药品"),)
    assert needs.of_person(person)[0].domain == "medical"
    shown = needs.record_assessment(an_entry(person, answers={}, total=30)).opened[0]
    with pytest.raises(NotPermitted):
        needs.name_kind(shown, "falls")
    with pytest.raises(InvalidEntry, match=str(shown)):
        needs.name_kind(raised, "daily_care")


def test_wish_said_again_in_the_same_words_is_one_wish(any_workbook):
    needs, person = any_workbook.needs, a_person(any_workbook)
    first = needs.record_wish(person, "想学用手机挂号", said_on=LAST_YEAR)
    second = needs.record_wish(person, "想学用手机挂号。", said_on=YESTERDAY)
    needs.record_wish(person, "想去看看老战友")
    other, wish = needs.wishes(person)
    assert (wish.id, wish.times, wish.said_on, wish.need) == (second, 2, YESTERDAY, None)
    needs.need_from_wish(first, None, "low", title="学用手机", kind="digital_help")
    assert [one.need for one in needs.wishes(person)] == [None, "学用手机"]
    needs.close_wish(wish.id, "已上门教会")
    assert [one.id for one in needs.wishes(person)] == [other.id]
    notes = [one.closing_note for one in any_workbook.people.dossier(person).wishes]
    assert notes == [None, "已上门教会", "已上门教会"]

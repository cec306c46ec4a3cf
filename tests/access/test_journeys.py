"""The work of a day under the rules: each role opens the workbook with its own login."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError

from casework.access import accounts
from casework.errors import ChangedMeanwhile, InvalidEntry, NotFound, NotPermitted
from casework.records import (
    CareTeamMember,
    Contact,
    Fact,
    Need,
    Organisation,
    Person,
    Roster,
    Staff,
    StaffCheck,
    Task,
    in_care_on,
    task_status,
)
from casework.records.base import now
from casework.records.population import population, population_on
from casework.routing.week.hours import clock
from casework.ui import Shell
from casework.ui.screens.person_identity import number_html
from casework.ui.widgets import Place
from casework.workbook import Workbook
from casework.workbook.consents import ConsentEntry
from casework.workbook.contact_entry import ContactEntry, PersonEntry
from casework.workbook.day_query import TaskList
from casework.workbook.helper_rows import CheckEntry
from casework.workbook.issues import IssueEntry
from tests.conftest import TODAY
from tests.test_needs import an_entry, best
from tests.test_undoing import IMPACT, LEAK


def people_of(book: Workbook) -> list[int]:
    with book.reading() as session:
        return list(session.scalars(select(Person.id).order_by(Person.id)))


def alive(book: Workbook) -> list[int]:
    with book.reading() as session:
        found = select(Person.id).where(Person.died_on.is_(None), in_care_on(TODAY))
        return list(session.scalars(found.order_by(Person.id)))


def test_caseworkers_see_their_own_people_and_together_all(opened, owner):
    first, second = people_of(opened("caseworker1")), people_of(opened("caseworker2"))
    assert first and second and not set(first) & set(second)
    assert sorted(first + second) == people_of(owner) == people_of(opened("supervisor1"))


def test_who_acts_is_the_login_and_nobody_else(opened):
    book = opened("caseworker1")
    assert (book.actor.role, book.trusts_who_acts) == ("caseworker", False)
    with pytest.raises(NotPermitted, match="caseworker1"):
        book.act_as("supervisor1")


def test_contact_of_a_caseworker_closes_a_task(opened):
    book = opened("caseworker1")
    person = people_of(book)[0]
    with book.reading() as session:
        task = session.scalars(
            select(Task).where(
                Task.person_id == person,
                task_status(TODAY) == "ready",
                Task.actor == "caseworker",
                Task.channels.is_not(None),
            )
        ).first()
    entry = ContactEntry("journey-1", TODAY, task.channels[0], (PersonEntry(person, heard="好"),))
    recorded = book.contacts.record(entry)
    assert task.id in recorded.closed
    with book.reading() as session:
        assert session.get(Contact, recorded.contact_id).recorded_by == book.actor.name


def test_day_dossier_and_lists_open_for_whoever_works_with_people(opened):
    for login in ("caseworker1", "supervisor1"):
        book = opened(login)
        assert book.days.tasks(TaskList(everybody=True)) is not None
        assert book.boards.supervisor().lines()
        assert book.needs.waiting() is not None
        assert book.people.roll().rows
        assert book.people.dossier(people_of(book)[0]).name


def test_fact_that_a_caseworker_records_reaches_plan_and_search(opened):
    book = opened("caseworker1")
    person = people_of(book)[0]
    book.people.record_fact(person, "mobile", "13900007777", source="visit")
    assert [one.person_id for one in book.people.search("13900007777")] == [person]
    with book.reading() as session:
        kept = session.scalar(select(func.count()).where(Fact.value == "13900007777"))
        due = session.scalar(text("SELECT count(*) FROM population_due"))
    assert (kept, due) == (1, 0)
    assert book.plans.compile().people == len(people_of(book))


def test_plan_of_a_caseworker_waits_for_the_supervisor(opened):
    book = opened("caseworker1")
    person = next(one for one in people_of(book) if book.plans.in_force(one))
    plan = book.plans.draft(person)
    book.plans.decline(plan.plan_id, plan.lines[0].key, reason="本人不需要")
    book.plans.accept(plan.plan_id)
    book.plans.submit(plan.plan_id)
    with pytest.raises(NotPermitted):
        book.plans.approve(plan.plan_id)
    chief = opened("supervisor1")
    approved = chief.plans.approve(plan.plan_id)
    assert (approved.state, approved.decided_by) == ("approved", chief.actor.name)


def test_supervisor_sees_that_words_are_kept_and_not_what_they_say(opened):
    worker, chief = opened("caseworker1"), opened("supervisor1")
    person = people_of(worker)[0]
    worker.people.record_fact(person, "allergy", "青霉素", source="visit")
    seen = chief.people.dossier(person).field("allergy")
    assert seen.is_known and "青霉素" not in seen.shown and not seen.entries[0].value.strip("*")
    assert worker.people.dossier(person).field("allergy").shown == "青霉素"
    with pytest.raises(NotPermitted):
        chief.people.record_fact(person, "allergy", "无", source="visit")
    with pytest.raises(NotPermitted):
        chief.plans.compile()


def test_broken_glass_opens_one_person_and_is_told(opened):
    worker, chief = opened("caseworker1"), opened("supervisor1")
    stranger = people_of(opened("caseworker2"))[0]
    with pytest.raises(NotFound):
        worker.people.dossier(stranger)
    with pytest.raises(InvalidEntry):
        worker.crossings.break_glass(stranger, reason=" ")
    worker.crossings.break_glass(stranger, reason="家属来电，急诊")
    assert worker.people.dossier(stranger).name
    with pytest.raises(NotPermitted):
        worker.people.record_fact(stranger, "allergy", "无", source="visit")
    notice = next(one for one in chief.crossings.notices() if one.person_id == stranger)
    assert (notice.by, notice.reason) == (worker.actor.name, "家属来电，急诊")
    chief.crossings.take_note(notice.id)
    assert chief.crossings.notices()[0].seen_at is not None


def test_number_is_masked_and_revealed_for_a_reason(opened):
    book = opened("caseworker1")
    person = people_of(book)[0]
    number = book.people.dossier(person).identifiers[0]
    assert "****" in number.masked
    assert len(book.identity.reveal(number.id, reason="办理社保")) >= 15
    # A supervisor is told neither the number nor that there is none.
    dossier = opened("supervisor1").people.dossier(person)
    assert dossier.identifiers == ()
    shown = number_html(dossier, can_edit=True)
    assert "由责任工作人员掌握" in shown and "未知" not in shown and "录入" not in shown


def test_reveal_stays_in_the_log_of_the_server_after_a_rollback(opened, postgres_server):
    book = opened("caseworker1")
    number = book.people.dossier(people_of(book)[0]).identifiers[0]
    with book.engine.connect() as connection:
        connection.execute(text("SELECT access.reveal_number(:n, '回滚之前')"), {"n": number.id})
        connection.rollback()
    with book.reading() as session:
        told = "SELECT count(*) FROM change_log WHERE after::text LIKE '%回滚之前%'"
        assert session.scalar(text(told)) == 0
    assert "回滚之前" in (postgres_server.folder / "log").read_text(encoding="utf-8")


def test_numbers_asked_for_by_the_dozen_are_refused_and_alarmed(opened, postgres_server):
    book = opened("caseworker2")
    number = book.people.dossier(people_of(book)[0]).identifiers[0]
    asked = text("SELECT access.reveal_number(:n, '批量查看')")
    shown, told = 0, ""
    try:
        for kept in (False, True, False, True, False):
            with book.engine.connect() as connection:  # each a session that takes back what it did
                for _more in range(10):
                    connection.execute(asked, {"n": number.id})
                    shown += 1
                if kept:
                    connection.commit()
    except DBAPIError as refusal:
        told = str(refusal.orig)
    assert shown == 30 and "too many" in told
    log = (postgres_server.folder / "log").read_text(encoding="utf-8")
    assert "reveal throttled login=caseworker2" in log


def test_seat_that_a_supervisor_gives_opens_the_person_and_its_end_closes(opened):
    worker, chief = opened("caseworker1"), opened("supervisor1")
    person = people_of(opened("caseworker2"))[-1]
    assert person not in people_of(worker)
    seat = chief.people.seat_care_team(person, "helper", staff_id=worker.actor.staff_id)
    assert person in people_of(worker)
    with chief.transaction() as session:
        session.execute(
            text("UPDATE care_team_member SET superseded_at = now() WHERE id = :seat"),
            {"seat": seat},
        )
    assert person not in people_of(worker)


def test_administrator_and_auditor_see_no_person(opened):
    for login in ("administrator1", "auditor1"):
        book = opened(login)
        with pytest.raises(NotPermitted):
            people_of(book)
        assert book.people.staff()


def test_closed_account_sees_nothing_in_an_open_session(opened, owner):
    book = opened("caseworker2")
    with book.reading() as session:
        assert session.scalar(select(func.count(Person.id))) > 0
        with owner.engine.begin() as connection:
            accounts.revoke(connection, "caseworker2")
        assert session.scalar(select(func.count(Person.id))) == 0
    with owner.engine.begin() as connection:
        accounts.grant(connection, "caseworker2", "caseworker")
    assert people_of(book)


def test_whoever_has_left_is_told_so(opened, owner, postgres_server, _office):
    with owner.transaction() as session:
        staff = session.scalars(select(Staff).where(Staff.login == "caseworker2")).one()
        staff.active_to = TODAY
    try:
        with pytest.raises(NotPermitted, match="账号"):
            opened("caseworker2")
    finally:
        with owner.transaction() as session:
            session.get_one(Staff, staff.id).active_to = None


def test_planning_for_everybody_by_the_owner_changes_nothing_of_caseworkers_plans(opened, owner):
    for login in ("caseworker1", "caseworker2"):
        opened(login).plans.compile()
    done = owner.plans.compile()
    assert (done.plans, done.revised) == (0, 0)


def test_analyst_reads_a_release_and_no_person(opened, owner):
    from casework.access.releasing import make_release

    with owner.engine.begin() as connection:
        accounts.grant(connection, "analyst1", "analyst")
        made = make_release(connection, TODAY)
    with owner.reading() as session:
        in_care = session.scalar(
            select(func.count()).select_from(population()).where(population_on(TODAY))
        )
    assert made.published + made.kept_back == in_care
    with owner.engine.begin() as connection, pytest.raises(NotPermitted, match="2025-03-31"):
        make_release(connection, TODAY)
    analyst = opened("analyst1")
    frame = analyst.crossings.released()
    assert len(frame) == made.published
    assert {"age_band", "sex", "mobility"} <= set(frame.columns)
    assert "person_id" not in frame.columns
    with pytest.raises(NotPermitted):
        people_of(analyst)
    assert opened("caseworker1").crossings.are_there
    with pytest.raises(NotPermitted):
        opened("caseworker1").crossings.released()


def test_two_supervisors_erase_and_nothing_of_the_person_is_left(opened, owner, postgres_server):
    first, second = opened("supervisor1"), opened("supervisor2")
    book = opened("caseworker1")
    person = alive(book)[-1]
    word = "渺渺孤鸿影"
    book.people.record_fact(person, "allergy", word, source="visit")
    book.needs.record_wish(person, word)
    book.contacts.record(ContactEntry("gone-1", TODAY, "phone", (PersonEntry(person, heard=word),)))
    book.drafts.keep("contact", str(person), {"persons": [person], "words": word})
    with pytest.raises(NotPermitted):
        first.rights.ask_erasure(person, "purpose_done", "仍在服务")
    with owner.transaction() as session:
        session.execute(
            text(
                "UPDATE case_file SET opened_on = '2020-01-01', closed_on = '2020-02-01' "
                "WHERE person_id = :p"
            ),
            {"p": person},
        )
    foreseen = first.rights.plan_erasure(person)
    erasure = first.rights.ask_erasure(person, "purpose_done", "已转出")
    with pytest.raises(NotPermitted):
        first.rights.confirm_erasure(erasure)
    done = second.rights.confirm_erasure(erasure)
    assert {table: done.deleted[table] for table in foreseen.deleted} == foreseen.deleted
    with owner.reading() as session:
        name = session.scalar(text("SELECT name FROM person WHERE id = :p"), {"p": person})
        tables = session.scalars(
            text("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
                 "AND relkind = 'r'")
        ).all()  # fmt: skip
        left = [
            table
            for table in tables
            if session.scalar(text(f"SELECT count(*) FROM {table} t WHERE t::text LIKE :w"),
                              {"w": f"%{word}%"})
        ]  # fmt: skip
    assert (name, left) == ("（已删除）", [])
    assert owner.keeping.verify().lines()
    (row,) = second.rights.erasures(states=("done",))
    assert (row.asked_by, row.confirmed_by) == (first.actor.name, second.actor.name)


_MARRIED = text(
    "INSERT INTO related_person (person_id, name, relationship, other_person_id, is_emergency, "
    "recorded_at, recorded_by, source) VALUES (:p, '李兰', 'spouse', :o, 0, now(), 't', 'x')"
)


def test_plan_is_the_same_whoever_draws_it_up(opened, owner):
    worker, planner = opened("caseworker1"), opened("planner1")
    mine, other = alive(worker)[0], alive(opened("caseworker2"))[0]
    with owner.transaction() as session:
        session.execute(_MARRIED, {"p": mine, "o": other})
    opened("caseworker2").people.record_fact(other, "hospital_status", "inpatient", source="visit")
    before = [line.key for line in worker.plans.version(worker.plans.in_force(mine).plan_id).lines]
    assert worker.plans.compile().left == 1, "it rests on somebody whom others look after"
    planner.plans.compile()
    after = {line.key for line in worker.plans.version(worker.plans.in_force(mine).plan_id).lines}
    assert after - set(before) == {"rule:spouse_in_hospital"}
    assert owner.plans.compile().is_unchanged
    worker.people.record_fact(mine, "mobile", "13900008888", source="visit")
    still = {line.key for line in worker.plans.version(worker.plans.in_force(mine).plan_id).lines}
    assert still == after, "what the caseworker does not see takes nothing away"


def test_records_are_made_one_by_whoever_keeps_the_register(opened, owner):
    book = opened("registrar1")
    keep, gone = people_of(book)[:2]
    compared = book.merging.compare(keep, gone)
    choices = {side.field: "one" for side in compared.to_choose}
    change = book.merging.merge(keep, gone, choices, reason="同一人")
    with owner.reading() as session:
        assert session.get(Person, gone).merged_into_id == keep
    assert book.merging.undo(change).n_left == 0
    with owner.reading() as session:
        assert session.get(Person, gone).merged_into_id is None
    with pytest.raises(NotPermitted), book.transaction() as session:
        session.execute(
            text("UPDATE fact SET person_id = :k WHERE person_id = :g"),
            {"k": people_of(book)[2], "g": people_of(book)[3]},
        )


def test_who_has_read_a_case_is_told_to_the_supervisor_with_what_was_read(opened):
    worker, chief = opened("caseworker1"), opened("supervisor1")
    person = people_of(worker)[0]
    worker.trail.note_reading(person, "plan")
    read = next(one for one in chief.trail.of_person(person) if one.way == "read")
    assert (read.by, read.kinds) == (worker.actor.name, ("plan",))


def test_what_was_revealed_is_counted_for_the_supervisor(opened):
    worker, chief = opened("caseworker1"), opened("supervisor1")
    number = worker.people.dossier(people_of(worker)[0]).identifiers[0]
    worker.identity.reveal(number.id, reason="办理社保")
    told = next(one for one in chief.crossings.revealed(days=9999) if one.by == worker.actor.name)
    assert told.numbers >= 1 and told.people >= 1


def test_sheet_of_another_assessor_is_dark_until_the_own_one_is_handed_in(opened):
    first, second, chief = opened("caseworker1"), opened("caseworker2"), opened("supervisor1")
    person = people_of(first)[-1]  # whoever else asks for the first finds them as they were
    chief.people.seat_care_team(person, "helper", staff_id=second.actor.staff_id)
    names = (first.actor.name, second.actor.name)
    code = "gbt42195-2022"

    def sheet(**answers: object):
        return an_entry(person, code, answers=best(code, **answers), assessors=names)

    def seen(book: Workbook) -> list[int | None]:
        with book.reading() as session:
            query = "SELECT total FROM assessor_sheet WHERE handed_in_at IS NOT NULL ORDER BY id"
            return list(session.scalars(text(query)))

    key = first.assessor_sheets.hand_in(sheet(B_1_3=2)).round.key
    assert (seen(first), seen(second), seen(chief)) == ([88], [], [])
    for statement in (
        "UPDATE assessor_sheet SET total = 1 WHERE staff_id = :first",
        "UPDATE assessor_sheet SET total = 1, handed_in_at = now() WHERE staff_id = :second",
    ):
        staff = {"first": first.actor.staff_id, "second": second.actor.staff_id}
        with pytest.raises(NotPermitted), first.transaction() as session:
            session.execute(
                text(statement), {k: v for k, v in staff.items() if f":{k}" in statement}
            )
    second.assessor_sheets.hand_in(sheet())
    assert seen(first) == seen(second) == seen(chief) == [88, 90]
    done = second.assessor_sheets.settle(key, sheet(B_1_3=3))
    assert done.assessment.total == 89
    assert [
        one.total for one in first.assessor_sheets.of_assessment(done.assessment.id).sheets
    ] == [88, 90]


def test_second_writer_is_told_who_was_faster_and_only_about_people_who_are_theirs(opened, owner):
    worker, chief = opened("caseworker1"), opened("supervisor1")
    others = people_of(opened("caseworker2"))
    person = next(one for one in people_of(worker) if one not in others)
    issue = worker.issues.report(IssueEntry("电梯坏了", "housing", "phone", person_id=person))
    moment = chief.moment()
    worker.issues.note(issue, "已联系物业")
    with pytest.raises(ChangedMeanwhile) as told, chief.attempting(moment):
        chief.issues.note(issue, "请尽快")
    assert [one.by for one in told.value.later] == [worker.actor.name]
    assert len(owner.issues.view(issue).steps) == 2
    with chief.attempting(chief.moment()):
        chief.issues.note(issue, "请尽快")
    asked = text("SELECT count(*) FROM access.later_changes('issue', :id, :seen)")
    seen = {"id": issue, "seen": moment.snapshot}
    for login, n in (("caseworker1", 2), ("supervisor1", 2), ("caseworker2", 0)):
        with opened(login).reading() as session:
            assert session.scalar(asked, seen) == n, login


def test_whoever_visits_by_a_roster_sees_the_person_for_its_days(opened, owner):
    supervisor = opened("supervisor1")
    roster = supervisor.rosters.propose(TODAY, moves=5_000)
    shown = supervisor.rosters.show(roster)
    books = [opened("caseworker1"), opened("caseworker2")]
    entry, book, place = next(
        (entry, book, place)
        for entry in shown.entries
        for book in books
        if entry.person_id not in people_of(book)
        for place in supervisor.rosters.openings(roster, entry.task_ids[0])[1]
        if [shown.planned.staff[who].staff_id for who in place.workers] == [book.actor.staff_id]
    )
    day, worker, last = shown.planned.day(place.day), book.actor.staff_id, shown.line.ends_on
    supervisor.rosters.move(roster, entry.task_ids[0], day, [worker], place.starts)
    assert book.rosters.published(TODAY, last) == []
    with pytest.raises(NotPermitted):
        book.rosters.publish(roster)
    supervisor.rosters.publish(roster)
    with owner.transaction() as session:  # the server goes by its own clock, long after TODAY
        seat = session.scalars(select(CareTeamMember).where(CareTeamMember.role == "visitor")).all()
        assert {one.valid_to for one in seat} == {last}
        for one in seat:
            one.valid_to = date(2099, 1, 1)
    mine = book.rosters.published(TODAY, last, staff_id=worker)
    assert entry.person_id in {one.person_id for one in mine}
    assert entry.person_id in people_of(book)
    supervisor.rosters.withdraw(roster)
    assert entry.person_id not in people_of(book)


def test_leader_publishes_a_worker_sees_the_way_falls_ill_and_as_little_as_possible_moves(
    opened, owner
):
    leader, worker = opened("supervisor1"), opened("caseworker1")
    ill = worker.actor.staff_id
    roster = leader.rosters.propose(TODAY, moves=20_000)
    Shell(leader, "supervisor", Place("roster", {"id": str(roster)})).screen.publish()
    first, last = TODAY, leader.rosters.show(roster).line.ends_on
    with owner.transaction() as session:  # the server goes by its own clock, long after TODAY
        session.execute(update(CareTeamMember).where(CareTeamMember.role == "visitor")
                        .values(valid_to=date(2099, 1, 1)))  # fmt: skip
    mine = worker.rosters.published(first, last, staff_id=ill)
    assert mine and all(one.day and one.starts and ill in one.staff for one in mine)
    with worker.reading() as session:
        ids = [task for one in mine for task in one.task_ids]
        given = session.execute(select(Task.owner_id, Task.planned_on).where(Task.id.in_(ids)))
        assert {(row.owner_id, row.planned_on) for row in given} == {
            (one.staff[0], one.day) for one in mine
        }
    worker._today = mine[0].day
    day = Shell(worker, "caseworker", Place("my_day", {})).screen.drafts
    assert mine[0].name in day.html and clock(mine[0].starts[0]) in day.html
    with pytest.raises(NotPermitted):  # the leader is told, and writes it down
        worker.staffing.absent(ill, first, last, "病假")
    absence = leader.staffing.absent(ill, first, last, "病假")
    screen = Shell(leader, "supervisor", Place("roster", {"id": str(roster)})).screen
    assert "情况有变" in screen.notice.html
    after = leader.rosters.propose(based_on=roster, moves=20_000)
    _planned, compared = leader.rosters.compare(roster, after)
    assert compared.after.broken == ()
    moved = {one.visit for one in compared.moved if one.before and one.before.workers != (
        one.after.workers if one.after else ())}  # fmt: skip
    hit = {one.visit for one in leader.rosters.show(roster).entries if ill in one.staff}
    assert hit and len(moved - hit) <= 2
    leader.rosters.publish(after)
    assert worker.rosters.published(first, last, staff_id=ill) == []
    leader.rosters.withdraw(after)
    assert len(worker.rosters.published(first, last, staff_id=ill)) == len(mine)
    leader.rosters.withdraw(roster)
    leader.staffing.take_back(absence)


def test_roster_of_another_unit_is_looked_at_and_not_changed(opened, owner):
    supervisor = opened("supervisor1")
    theirs = supervisor.rosters.propose(TODAY, moves=5_000)
    with owner.transaction() as session:
        made = session.get_one(Roster, theirs)
        unit = made.unit_id
        made.unit_id = session.scalar(select(Organisation.id).where(Organisation.id != unit))
        session.flush()
        assert unit is not None and made.unit_id not in (None, unit)
        elsewhere = session.get_one(Organisation, made.unit_id)
        above, elsewhere.parent_id = elsewhere.parent_id, None
    supervisor.rosters.show(theirs)
    entry = supervisor.rosters.show(theirs).entries[0].task_ids[0]
    rosters = supervisor.rosters
    for act in (
        lambda: rosters.publish(theirs),
        lambda: rosters.withdraw(theirs),
        lambda: rosters.leave_out(theirs, entry),
        lambda: rosters.lock(theirs, [entry]),
    ):
        with pytest.raises(NotPermitted, match="其他部门"):
            act()
    assert not rosters.may_change(theirs)
    with owner.transaction() as session:
        session.get_one(Roster, theirs).published_at = now()
    own = rosters.propose(TODAY, moves=5_000)
    assert rosters.may_change(own)
    with pytest.raises(NotPermitted, match=f"第 {theirs} 号排班"):
        rosters.publish(own)
    with owner.transaction() as session:  # for the tests that come after
        session.get_one(Organisation, elsewhere.id).parent_id = above


def test_caseworker_takes_back_the_own_act_and_reads_nobody_elses(opened):
    worker, other = opened("caseworker1"), opened("caseworker2")
    number = worker.needs.raise_need(alive(worker)[0], "medical", "要轮椅", "high")
    act = worker.undoing.last()
    assert act is not None
    with other.reading() as session:
        asked = text("SELECT count(*) FROM access.rows_of_my_act(:act)")
        assert session.scalar(asked, {"act": act}) == 0
    worker.undoing.take_back(act)
    with worker.reading() as session:
        assert session.get_one(Need, number).superseded_at is not None
        asking = select(Task).where(Task.item_key == f"answer:{number}")
        assert session.scalars(asking).one().cancelled_on is not None  # made by the same act


def test_each_takes_back_under_the_rules_what_they_just_wrote_down(opened):
    worker, supervisor = opened("caseworker1"), opened("supervisor1")
    person = alive(worker)[0]
    issue = worker.issues.report(
        IssueEntry(title="灯坏了", kind="housing", source="phone", person_id=person)
    )
    agreed = ConsentEntry(answers={"hospital": "given"})
    later = TODAY + timedelta(days=9)
    acts = (
        (worker, lambda: worker.issues.move(issue)),
        (worker, lambda: worker.consents.record(person, agreed)),
        (worker, lambda: worker.needs.raise_need(person, None, "就医", "low", kind="escort")),
        (supervisor, lambda: supervisor.issues.note(issue, "去看过")),
        (supervisor, lambda: supervisor.privacy.hold(person, later, "诉讼")),
        (supervisor, lambda: supervisor.privacy.assess_impact(IMPACT)),
        (supervisor, lambda: supervisor.privacy.report_incident(LEAK)),
    )
    for book, act in acts:
        act()
        number = book.undoing.last()
        assert number is not None
        book.undoing.take_back(number)
        with pytest.raises(ChangedMeanwhile):
            book.undoing.take_back(number)
    assert worker.issues.view(issue).row.stage == "contact"
    assert supervisor.privacy.incidents() == []


def test_sealing_that_cannot_be_leaves_nothing_in_the_log_of_the_server(
    opened, owner, postgres_server
):
    log = postgres_server.folder / "log"
    before = len(log.read_text("utf-8"))
    opened("caseworker1")._seal()  # may write no links
    with owner.engine.begin() as connection:
        connection.execute(text("LOCK TABLE audit_seal IN SHARE ROW EXCLUSIVE MODE"))
        owner._seal()  # somebody else is at it
    told = log.read_text("utf-8")[before:]
    assert "audit_seal" not in told and "lock timeout" not in told


def test_points_of_a_self_check_are_ticked_by_oneself_alone(opened):
    boss, worker, other = (opened(one) for one in ("supervisor1", "caseworker1", "caseworker2"))
    boss.self_checks.write_points("four_in_place", ["一", "二"])
    worker.self_checks.tick("four_in_place", ["一", "二"])
    worker.self_checks.tick("four_in_place", ["二"])
    states = {one.staff_id: one.state for one in boss.self_checks.of_staff("four_in_place")}
    assert states[worker.actor.staff_id] == "some"
    assert states[other.actor.staff_id] == "none"
    (made,) = boss.trainings.write_down(
        [worker.actor.staff_id], CheckEntry("training", boss.today, title="急救")
    )
    for book in (other, boss):  # neither ticks for another, whatever the program says
        with pytest.raises(NotPermitted), book.transaction() as session:
            session.add(StaffCheck(
                staff_id=worker.actor.staff_id, kind="self_check", list_code="four_in_place",
                title="一", done_on=book.today, recorded_at=now(), recorded_by="x",
            ))  # fmt: skip
    with other.transaction() as session:  # nor is a training of somebody taken back by a colleague
        held = update(StaffCheck).where(StaffCheck.id == made).values(superseded_at=now())
        assert session.execute(held).rowcount == 0
    rows = other.trainings.rows(staff_id=worker.actor.staff_id)
    assert [one.title for one in rows] == ["急救"]

"""The contact form without a browser: what stands in it, what it hands over, what it keeps."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from casework.records import Case, Contact, Person, Staff, Task
from casework.records.base import now
from casework.ui import Shell
from casework.ui.widgets import Place
from casework.workbook.contacts import ContactEntry, PersonEntry, Raised
from casework.workbook.finding import refresh_search
from tests.conftest import TODAY


@pytest.fixture
def office(workbook):
    with workbook.transaction() as session:
        session.add(Staff(login="worker", name="工作员甲", role="caseworker"))
        session.flush()
        for name, initials in (("郑明远", "zmy"), ("陆景行", "ljx"), ("周若兰", "zrl")):
            person = Person(name=name, name_initials=initials, name_pinyin=initials)
            session.add(person)
            session.flush()
            session.add(Case(person_id=person.id))
            session.add(
                Task(
                    person_id=person.id,
                    item_key="rule:call",
                    period="2025-03",
                    service="call",
                    title="每月电话",
                    channels=["phone"],
                    opens_on=date(2025, 3, 1),
                    due_on=date(2025, 3, 31),
                    in_force_from=date(2025, 1, 1),
                    owner_id=1,
                    made_at=now(),
                )
            )
        refresh_search(session)
    workbook.act_as("worker")
    return workbook


def shell_at(workbook, **params):
    return Shell(workbook, "caseworker", Place("contact", params))


def choose(form, *keys):
    form.fields["persons"].find("z")
    form.fields["persons"].find("l")
    form.fields["persons"].entry = list(keys)


def test_what_is_usual_stands_in_the_form_before_anything_is_typed(office):
    form = shell_at(office, persons="1").screen
    entries = form.entries()
    assert entries["happened_on"] == TODAY.isoformat()
    assert (entries["channel"], entries["outcome"]) == ("phone", "reached")
    assert form.fields["staff"].picked[0].label == "工作员甲"


def test_channel_of_the_open_task_gives_way_to_a_choice(office):
    form = shell_at(office).screen
    choose(form, "1")
    form.fields["channel"].entry = "home_visit"
    choose(form, "1", "2")
    assert form.fields["channel"].entry == "home_visit"
    assert form.offers == []


def test_every_channel_that_a_rule_accepts_can_be_recorded(office):
    offered = {one.code for one in shell_at(office).screen.fields["channel"].options}
    assert {one.code for one in office.agency.channels} < offered
    assert office.plans.channels() <= offered


def test_form_hands_over_everything_that_was_entered(office):
    shell = shell_at(office, persons="1")
    form = shell.screen
    for name, entry in {
        "heard": "都好",
        "minutes": "40",
        "started_at": "9点30分",
        "place": "家中",
        "kind": "heart_talk",
        "leaders": "局领导，副局领导",
        "follow_up": "换药\n修门铃",
        "follow_up_due": "2025-3-9",
        "raised_kind": "need",
        "raised": "洗澡要人帮",
        "raised_domain": "care",
        "raised_severity": "high",
    }.items():
        form.fields[name].entry = entry
    entry = form.entry()
    assert (entry.minutes, entry.started_at, entry.place) == (40, "09:30", "家中")
    assert [one.role for one in entry.participants] == ["caseworker", "leader", "leader"]
    assert [(one.title, one.due_on) for one in entry.follow_ups] == [
        ("换药", date(2025, 3, 9)),
        ("修门铃", date(2025, 3, 9)),
    ]
    assert entry.persons[0].raised == (Raised("need", "洗澡要人帮", "care", "high"),)
    form.save()
    assert shell.toasts.texts[-1].startswith("已登记：郑明远")


def test_kind_of_a_need_raised_on_a_visit_fills_in_the_rest_and_is_kept(office):
    form = shell_at(office, persons="1").screen
    form.fields["raised_kind"].entry = "need"
    form.fields["raised_need"].entry = "housekeeping"
    assert form.entry().persons[0].raised == (
        Raised("need", "家政保洁", "daily_life", "low", need_kind="housekeeping"),
    )
    form.save()
    (need,) = office.needs.of_person(1)
    assert (need.key, need.domain) == ("worker:housekeeping", "daily_life")
    (recorded,) = office.contacts.of_person(1)
    raised = office.contacts.entry_of(recorded.contact_id).persons[0].raised
    assert raised[0].need_kind == "housekeeping"


def test_need_without_a_domain_is_refused_beside_its_field(office):
    form = shell_at(office, persons="1").screen
    form.fields["raised_kind"].entry = "need"
    form.fields["raised"].entry = "洗澡要人帮"
    form.children[-1].children[-1].click()
    assert form.fields["raised_domain"].error
    assert not office.contacts.of_person(1)


def test_future_day_and_missing_people_are_said_beside_the_fields(office):
    form = shell_at(office).screen
    form.fields["happened_on"].entry = "明天"
    form.children[-1].children[-1].click()
    assert form.fields["persons"].error and form.fields["happened_on"].error


def test_each_of_several_people_keeps_the_own_part(office):
    form = shell_at(office, persons="1,2").screen
    form.fields["summary"].entry = "一起喝茶"
    form.people.click("part", person=2)
    form.fields["outcome"].entry = "not_reached"
    form.fields["reason"].entry = "家中无人"
    form.people.click("part", person=1)
    form.fields["heard"].entry = "腿疼"
    assert {one.person_id for one in form.offers} == {1}
    entry = form.entry()
    assert [(one.outcome, one.heard, one.not_reached_reason) for one in entry.persons] == [
        ("reached", "腿疼", None),
        ("not_reached", None, "nobody_home"),
    ]
    assert entry.summary == "一起喝茶"


def test_words_typed_before_a_second_person_stay_with_the_first(office):
    form = shell_at(office).screen
    form.fields["heard"].entry = "腿疼"
    choose(form, "1")
    choose(form, "1", "2")
    assert [one.heard for one in form.entry().persons] == ["腿疼", None]


def test_several_things_can_be_raised(office):
    form = shell_at(office, persons="1").screen
    for kind, words in (("wish", "想学书法"), ("opinion", "食堂太远")):
        form.fields["raised_kind"].entry = kind
        form.fields["raised"].entry = words
        form.add_raised()
    form.raised.click("remove", at=0)
    assert form.entry().persons[0].raised == (Raised("opinion", "食堂太远"),)


def test_draft_is_put_back_with_people_parts_and_ticks(office):
    form = shell_at(office, persons="1,2").screen
    form.people.click("part", person=2)
    form.fields["heard"].entry = "写到一半"
    form.answers.click("tick", task=1)
    again = shell_at(office, persons="1,2").screen
    assert again.entries() == form.entries()
    assert again.notice.html
    again.discard()
    assert office.drafts.mine() == []
    assert shell_at(office, persons="1,2").screen.notice.html == ""


def test_change_of_language_keeps_what_was_entered(office):
    shell = shell_at(office, persons="1")
    shell.screen.fields["heard"].entry = "写到一半"
    shell.speak("en")
    assert shell.screen.title == "Record a contact"
    assert shell.screen.fields["heard"].entry == "写到一半"


def test_undo_opens_the_task_and_the_form_again(office):
    shell = shell_at(office, persons="1")
    shell.screen.fields["heard"].entry = "都好"
    shell.screen.save()
    shell.toasts.undo()
    assert shell.screen.fields["heard"].entry == "都好"
    assert office.contacts.of_person(1) == []
    shell.screen.save()
    assert len(office.contacts.of_person(1)) == 1


def test_recorded_contact_is_corrected_in_its_form(office):
    known = PersonEntry(1, heard="都好", raised=(Raised("wish", "想学书法"),))
    done = office.contacts.record(ContactEntry("k", TODAY, "phone", (known,)))
    shell = shell_at(office, contact=str(done.contact_id))
    form = shell.screen
    assert form.title == "更正联系" and form.fields["heard"].entry == "都好"
    assert form.entry().closes == frozenset(done.closed)
    form.fields["heard"].entry = "都好，腿疼"
    form.fields["happened_on"].put(TODAY - timedelta(days=1))
    form.save()
    (row,) = office.contacts.of_person(1)
    assert (row.heard, row.happened_on, row.raised) == (
        "都好，腿疼",
        TODAY - timedelta(days=1),
        (("wish", "想学书法"),),
    )
    shell.toasts.undo()
    (row,) = office.contacts.of_person(1)
    assert (row.heard, row.happened_on) == ("都好", TODAY)


def test_mistaken_contact_is_withdrawn_from_its_form_and_recorded_again_by_undo(office):
    done = office.contacts.record(ContactEntry("k", TODAY, "phone", (PersonEntry(1),)))
    shell = shell_at(office, contact=str(done.contact_id))
    shell.screen.withdraw()
    assert office.contacts.of_person(1) == []
    assert "1" in shell.toasts.texts[-1]
    shell.toasts.undo()
    assert len(office.contacts.of_person(1)) == 1


def test_fifty_people_are_shown_and_saved_at_once(office):
    with office.transaction() as session:
        people = [Person(name=f"第{n}人") for n in range(47)]
        session.add_all(people)
        session.flush()
        session.add_all(Case(person_id=one.id) for one in people)
    everybody = ",".join(str(n) for n in range(1, 51))
    form = shell_at(office, persons=everybody).screen
    form.fields["channel"].entry = "meeting"
    form.save()
    with office.reading() as session:
        assert session.query(Contact).count() == 1
    assert office.contacts.counts(TODAY, TODAY)[0].persons == 50

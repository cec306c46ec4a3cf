"""The plan screen and the review queue without a browser: who can do what with which version."""

from __future__ import annotations

import pytest

from casework.records import CareTeamMember, Case, Person, Staff
from casework.records.base import now
from casework.ui import Shell, plan_pieces
from casework.ui.plan_pieces import decided_together
from casework.ui.widgets import Place
from casework.workbook.finding import refresh_search


@pytest.fixture
def office(workbook):
    """A caseworker, a supervisor, and one person about whom the rules have something to say."""
    with workbook.transaction() as session:
        session.add(Staff(login="worker", name="工作员甲", role="caseworker"))
        session.add(Staff(login="chief", name="负责人乙", role="supervisor"))
        session.flush()
        for name in ("郑明远", "陆景行"):
            person = Person(name=name, sex="1")
            session.add(person)
            session.flush()
            session.add(Case(person_id=person.id))
            told = {"recorded_at": now(), "recorded_by": "test"}
            session.add(CareTeamMember(person_id=person.id, role="caseworker", staff_id=1, **told))
        refresh_search(session)
    for person in (1, 2):
        for code, value in (("category", "离休"), ("living", "独居"), ("health", "一般")):
            workbook.people.record_fact(person, code, value, source="花名册")
    workbook.act_as("worker")
    return workbook


@pytest.fixture
def planned(office):
    office.plans.compile()
    return office


def plan_of(workbook, **params):
    return Shell(workbook, "supervisor", Place("plan", {"person": "1", **params}))


def quota_item(screen):
    return next(one.key for one in screen.version.lines if one.timing.get("quota"))


def in_sight(screen):
    return {name for name, box in screen._steps.items() if box.layout.display != "none"}


def test_person_without_a_plan_gets_one_from_the_rules(office):
    screen = plan_of(office).screen
    screen.items.click("draw")
    assert screen.version.state == "active" and screen.version.lines
    assert "按规则拟订" in screen.standing.html


def test_every_item_says_why_it_is_there(planned):
    screen = plan_of(planned).screen
    assert screen.items.html.count("因为") >= len(screen.version.lines)
    for line in screen.version.lines:
        assert line.title in screen.items.html


def test_proposed_items_are_accepted_one_by_one_or_all_at_once(planned):
    screen = plan_of(planned).screen
    first = screen.version.lines[0].key
    screen.items.click("accept", item=first)
    assert screen.version.line(first).state == "accepted"
    screen.accept_all()
    assert {one.state for one in screen.version.lines} == {"accepted"}
    assert "accept_all" not in in_sight(screen)


def test_many_proposals_are_decided_in_groups_and_what_differs_stays_in_sight(planned, monkeypatch):
    monkeypatch.setattr(plan_pieces, "_MANY", 1)
    screen = plan_of(planned).screen
    lines = screen.version.lines
    groups = decided_together(lines, screen._answers)
    assert sum(map(len, groups.values())) == len(lines), "each is decided once"
    for some in groups.values():
        assert all(line.title in screen.items.html for line in some)
    assert screen.items.html.count("cw-duty-group") == len(groups) < len(lines)
    name, left = max(groups.items(), key=lambda one: len(one[1]))
    screen.items.click("decline_group", group=name)
    assert all(line.title in screen.editor_title.html for line in left)
    screen.save_item_action.click()
    assert screen.fields["reason"].error and screen.version.state == "active"
    screen.fields["reason"].entry = "本人随子女在外地居住"
    screen.save_item()
    assert {screen.version.line(one.key).state for one in left} == {"declined"}
    other, taken = next((one, some) for one, some in groups.items() if one != name)
    screen.items.click("accept_group", group=other)
    assert {screen.version.line(one.key).state for one in taken} == {"accepted"}
    rest = [one for one in screen.version.lines if one.state == "proposed"]
    assert len(rest) == len(lines) - len(left) - len(taken)
    changed = rest[0].key
    screen.items.click("change", item=changed)
    screen.fields["reason"].entry = "本人愿望"
    screen.fields["minutes"].entry = "25"
    screen.save_item()
    html = screen.items.html
    in_a_group = html.find("cw-duty-group")
    assert in_a_group < 0 or html.index("本人愿望") < in_a_group


def test_change_starts_a_draft_with_its_reason_and_leaves_what_is_in_force(planned):
    screen = plan_of(planned).screen
    key = quota_item(screen)
    screen.items.click("change", item=key)
    screen.fields["times"].entry = "2"
    screen.fields["per"].entry = "week"
    screen.fields["reason"].entry = "刚出院，需要多看望"
    screen.save_item()
    line = screen.version.line(key)
    assert screen.version.state == "draft"
    assert (line.state, line.timing["quota"]) == ("changed", {"times": 2, "per": "week"})
    assert "刚出院" in screen.items.html and "刚出院" in screen.differences.html
    assert planned.plans.in_force(1).line(key).state != "changed"


def test_change_without_a_reason_is_refused_beside_the_field(planned):
    screen = plan_of(planned).screen
    screen.items.click("change", item=quota_item(screen))
    screen.fields["times"].entry = "2"
    screen.save_item_action.click()
    assert screen.fields["reason"].error
    assert len(planned.plans.versions(1)) == 1


def test_item_is_left_out_with_a_reason_and_taken_in_again(planned):
    screen = plan_of(planned).screen
    key = screen.version.lines[0].key
    screen.items.click("decline", item=key)
    screen.fields["reason"].entry = "本人不愿意"
    screen.save_item()
    assert screen.version.line(key).state == "declined"
    assert "本方案不采用的" in screen.items.html
    screen.items.click("restore", item=key)
    assert screen.version.line(key).state == "accepted"


def test_something_is_added_by_hand(planned):
    screen = plan_of(planned).screen
    screen.add()
    screen.fields["service"].entry = "learning"
    screen.fields["times"].entry = "1"
    screen.fields["per"].entry = "month"
    screen.fields["channels"].entry = ["home_visit"]
    screen.fields["reason"].entry = "想学书法"
    screen.save_item()
    added = next(one for one in screen.version.lines if one.origin == "manual")
    assert (added.service, added.channels) == ("learning", ("home_visit",))
    assert "另加" in screen.items.html


def test_plan_goes_from_change_to_approval_and_its_tasks_follow(planned):
    shell = plan_of(planned)
    screen = shell.screen
    key = quota_item(screen)
    screen.items.click("change", item=key)
    screen.fields["times"].entry = "3"
    screen.fields["per"].entry = "month"
    screen.fields["reason"].entry = "刚出院"
    screen.save_item()
    assert {"submit", "discard"} <= in_sight(screen)
    screen.submit()
    assert screen.version.state == "submitted" and "withdraw" in in_sight(screen)
    assert not {"approve", "return"} & in_sight(screen)
    planned.act_as("chief")
    queue = Shell(planned, "supervisor", Place("review")).screen
    assert queue.table.texts()[0][0] == "郑明远"
    screen = plan_of(planned).screen
    assert {"approve", "return"} <= in_sight(screen)
    screen.approve()
    assert screen.version.state == "active" and screen.version.decided_by == "负责人乙"
    tasks = planned.tasks.list("all", person_id=1)
    april = [one for one in tasks if one.item_key == key and one.period.startswith("2025-04/")]
    assert len(april) == 3


def test_plan_is_returned_with_a_comment(planned):
    screen = plan_of(planned).screen
    screen.items.click("decline", item=screen.version.lines[0].key)
    screen.fields["reason"].entry = "本人不愿意"
    screen.save_item()
    screen.submit()
    planned.act_as("chief")
    screen = plan_of(planned).screen
    screen.send_back()
    screen.save_item_action.click()
    assert screen.fields["reason"].error
    screen.fields["reason"].entry = "请再和本人谈一次"
    screen.save_item()
    planned.act_as("worker")
    screen = plan_of(planned).screen
    assert screen.version.state == "draft" and "请再和本人谈一次" in screen.standing.html


def test_draft_is_given_up_and_submission_taken_back(planned):
    shell = plan_of(planned)
    screen = shell.screen
    screen.items.click("decline", item=screen.version.lines[0].key)
    screen.fields["reason"].entry = "本人不愿意"
    screen.save_item()
    screen.submit()
    shell.toasts.undo()
    assert shell.screen.version.state == "draft"
    shell.screen.discard()
    assert shell.screen.version.state == "active"


def test_plan_of_another_day_can_be_read_and_not_changed(planned):
    shell = plan_of(planned)
    shell.look_at(shell.wb.today.replace(day=1))
    assert in_sight(shell.screen) == set()


def test_several_plans_are_approved_at_once(planned):
    for person in (1, 2):
        draft = planned.plans.draft(person)
        planned.plans.decline(draft.plan_id, draft.lines[0].key, reason="本人不愿意")
        planned.plans.submit(draft.plan_id)
    planned.act_as("chief")
    shell = Shell(planned, "supervisor", Place("review"))
    keys = [str(one.plan_id) for one in planned.reviews.waiting()]
    shell.screen.table.select(*keys)
    shell.screen.table.act("approve")
    assert planned.reviews.waiting() == []
    assert "2" in shell.toasts.texts[-1]


def test_queue_says_what_could_not_be_approved(planned):
    draft = planned.plans.draft(1)
    planned.plans.decline(draft.plan_id, draft.lines[0].key, reason="本人不愿意")
    planned.plans.submit(draft.plan_id)
    shell = Shell(planned, "supervisor", Place("review"))  # a caseworker looks
    shell.screen.approve([str(draft.plan_id)])
    assert "1" in shell.screen.notice.html and len(planned.reviews.waiting()) == 1


@pytest.mark.parametrize("language", ["zh", "en"])
def test_plan_speaks_both_languages(planned, language):
    shell = plan_of(planned)
    shell.speak(language)
    words = shell.screen.items.html + shell.screen.standing.html
    assert ("Because" in words) == (language == "en")

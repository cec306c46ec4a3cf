"""A year of work is like one: done, late, missed, tried in vain, and never what cannot be."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from functools import cache
from random import Random

from casework.answering import answers
from casework.demo.seeds import talk
from casework.demo.served import DueTask, Made, Served, usual_tasks
from casework.demo.tidying import go_through
from casework.demo.year import Year
from casework.workbook.contact_entry import Participant
from tests.conftest import TODAY
from tests.test_demo import lives

BEGINS = TODAY - timedelta(days=365)
LATE_DAYS = 31
WORKER = Participant(1, "甲", "caseworker")
SEATS = {"volunteer": Participant(2, "乙", "volunteer"), "leader": Participant(3, "丙", "leader")}
ITEMS = (
    ("rule:call", 30, "caseworker", ("phone", "home_visit", "hospital_visit")),
    ("rule:visit", 91, "caseworker", ("home_visit",)),
    ("rule:leader", 182, "leader", ("home_visit", "hospital_visit")),
    ("rule:volunteer", 30, "volunteer", ("phone",)),
    ("find_out:living", 365, "caseworker", ()),
)


@cache
def worked() -> tuple[list[Served], list[DueTask], list[Made], Year]:
    """Work through a year with many people, couples together."""
    people = [
        Served(life, life.number + 1, WORKER, SEATS, 0.85, out_of_reach=life.number % 40 == 7)
        for life in lives(people=400)
    ]
    tasks: list[DueTask] = []
    for one in people:
        for key, days, actor, channels in ITEMS:
            for start in range(0, 365 + 60, days):
                opens_on = BEGINS + timedelta(days=start)
                tasks.append(
                    DueTask(
                        task_id=len(tasks) + 1,
                        person_id=one.person_id,
                        item_key=key,
                        actor=actor,
                        channels=channels,
                        opens_on=opens_on,
                        due_on=opens_on + timedelta(days=days - 1),
                        planned_on=opens_on + timedelta(days=days // 2),
                    )
                )
    year = Year(talk(), BEGINS, TODAY, LATE_DAYS)
    by_number = {one.life.number: one for one in people}
    by_person: dict[int, list[DueTask]] = {}
    for task in tasks:
        by_person.setdefault(task.person_id, []).append(task)
    made: list[Made] = list(year.meetings(people[:60], by_person, Random(0)))
    for one in people:
        spouse = one.life.spouse
        if spouse is not None and spouse < one.life.number:
            continue
        home = [one] if spouse is None else [one, by_number[spouse]]
        theirs = [task for each in home for task in by_person[each.person_id]]
        made.extend(year.household(home, theirs, Random(one.life.number)))
    return people, tasks, made, year


def person(person_id: int) -> Served:
    """Give a person by id."""
    return worked()[0][person_id - 1]


def test_task_is_closed_only_by_a_contact_that_answers_it() -> None:
    _people, tasks, made, _year = worked()
    for one in made:
        for task_id in one.closes:
            task = tasks[task_id - 1]
            entry = one.entry
            assert task.person_id in entry.person_ids
            assert answers(
                channels=task.channels,
                actor=task.actor,
                opens_on=task.opens_on,
                due_on=task.due_on,
                channel=entry.channel,
                actors=entry.actors,
                on=entry.happened_on,
            )
            assert task.done_on == entry.happened_on


def test_task_is_closed_once() -> None:
    closed = Counter(task_id for one in worked()[2] for task_id in one.closes)
    assert max(closed.values()) == 1
    assert closed.keys() == {one.task_id for one in worked()[1] if one.done_on}


def test_contact_closes_one_task_of_an_item_at_most() -> None:
    _people, tasks, made, _year = worked()
    for one in made:
        items = [(tasks[id_ - 1].person_id, tasks[id_ - 1].item_key) for id_ in one.closes]
        assert len(set(items)) == len(items)


def test_most_tasks_are_done_in_time_some_late_some_missed() -> None:
    over = [one for one in worked()[1] if one.due_on < TODAY]
    timely = sum(one.done_on is not None and one.done_on <= one.due_on for one in over)
    late = sum(one.done_on is not None and one.done_on > one.due_on for one in over)
    missed = sum(one.done_on is None for one in over)
    assert timely > 0.6 * len(over)
    assert late > 20
    assert missed > 20


def test_list_is_gone_through_and_what_nobody_noticed_stays_on_it() -> None:
    person = Served(lives(people=1)[0], 1, WORKER, SEATS, 0.9, quiet_from=BEGINS)
    due = [BEGINS + timedelta(days=7 * n) for n in range(40)]
    tasks = [
        DueTask(n + 1, 1, f"rule:{actor}", actor, ("phone",), day, day, day)
        for n, (actor, day) in enumerate((a, d) for a in ("volunteer", "caseworker") for d in due)
    ]
    excused = list(go_through(person, tasks, TODAY, talk(), Random(1)))
    by_id = {one.task_id: one for one in tasks}
    assert {by_id[one.task_id].actor for one in excused} == {"caseworker"}
    assert len(excused) > 30
    for one in excused:
        assert by_id[one.task_id].due_on < one.on <= TODAY
        assert one.reason in talk().excuse["missed"]


def test_nobody_turns_to_who_was_forgotten() -> None:
    since = BEGINS + timedelta(days=100)
    person = Served(lives(people=1)[0], 1, WORKER, SEATS, 1.0, forgotten_from=since)
    days = [BEGINS + timedelta(days=7 * n) for n in range(50)]
    tasks = [
        DueTask(n + 1, 1, "rule:call", "caseworker", ("phone",), day, day, day)
        for n, day in enumerate(days)
    ]
    made = list(Year(talk(), BEGINS, TODAY, LATE_DAYS).household([person], tasks, Random(1)))
    assert made
    assert all(one.entry.happened_on < since for one in made)


def test_contacts_take_place_while_the_person_is_served_and_not_in_the_future() -> None:
    for one in worked()[2]:
        assert BEGINS <= one.entry.happened_on <= TODAY
        for person_id in one.entry.person_ids:
            assert person(person_id).in_care(one.entry.happened_on)


def test_nobody_is_visited_at_home_while_away_or_in_hospital() -> None:
    for one in worked()[2]:
        for person_id in one.entry.person_ids:
            met = one.entry.channel in ("home_visit", "reception")
            assert not (met and person(person_id).away(one.entry.happened_on))
            assert not (met and person(person_id).in_hospital(one.entry.happened_on))


def test_who_is_out_of_reach_is_never_reached_but_tried() -> None:
    hidden = {one.person_id for one in worked()[0] if one.out_of_reach}
    tried = [each for one in worked()[2] for each in one.entry.persons if each.person_id in hidden]
    assert tried
    assert {each.outcome for each in tried} == {"not_reached"}
    assert all(each.not_reached_reason for each in tried)


def test_fact_is_found_out_only_where_it_is_known_since() -> None:
    for task in worked()[1]:
        if task.item_key == "find_out:living" and task.done_on:
            assert person(task.person_id).held("living", task.done_on) is not None


def test_couple_is_visited_together() -> None:
    together = [
        one.entry
        for one in worked()[2]
        if len(one.entry.persons) == 2 and one.entry.channel == "home_visit"
    ]
    assert together
    for entry in together:
        first, second = (person(id_).life for id_ in entry.person_ids)
        assert first.spouse == second.number


def test_wishes_needs_and_opinions_are_raised_now_and_then() -> None:
    kinds = Counter(
        raised.kind for one in worked()[2] for each in one.entry.persons for raised in each.raised
    )
    assert set(kinds) == {"wish", "need", "opinion"}


def test_visits_that_were_declined_are_excused_with_the_reason() -> None:
    _people, tasks, _made, year = worked()
    assert year.excuses
    for one in year.excuses:
        task = tasks[one.task_id - 1]
        assert task.excused
        assert task.done_on is None
        assert one.reason
        assert isinstance(one.on, date)


def test_meeting_is_one_contact_with_many_who_can_come() -> None:
    meetings = [one.entry for one in worked()[2] if one.entry.channel == "meeting"]
    assert len(meetings) >= 6
    assert max(len(one.persons) for one in meetings) > 5
    for entry in meetings:
        for person_id in entry.person_ids:
            assert person(person_id).held("mobility", entry.happened_on) == "free"


def test_office_without_rules_makes_its_usual_contacts_and_closes_no_task() -> None:
    people = [Served(life, life.number + 1, WORKER, SEATS, 0.9) for life in lives(people=20)]
    year, made = Year(talk(), BEGINS, TODAY, LATE_DAYS), []
    tasks = usual_tasks(people, talk().habits.usual, BEGINS, TODAY)
    for one in people:
        theirs = [task for task in tasks if task.person_id == one.person_id]
        made += list(year.household([one], theirs, Random(one.life.number)))
    assert len(made) > 8 * len(people)
    assert not any(one.closes for one in made)


def test_nothing_is_said_that_is_not_true_of_the_person() -> None:
    """Nobody hears of the husband of a widow, and of whom nothing is known nobody says so."""
    said = set()
    for one in worked()[2]:
        for each in one.entry.persons:
            words = [each.heard or "", *(raised.text for raised in each.raised)]
            for text, wanted in talk().suits.items():
                if any(text.rstrip("。") in word for word in words):
                    said.add(text)
                    assert person(each.person_id).suits(wanted, one.entry.happened_on), text
    assert len(said) > 0.8 * len(talk().suits)


def test_note_of_a_contact_with_the_family_says_so() -> None:
    by_family = tuple(text for texts in talk().proxy.values() for text in texts)
    told = [each for one in worked()[2] for each in one.entry.persons if each.heard]
    assert {one.outcome for one in told} == {"reached", "proxy"}
    for one in told:
        assert one.heard is not None
        assert one.heard.startswith(by_family) == (one.outcome == "proxy")

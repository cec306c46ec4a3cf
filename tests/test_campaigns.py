"""Campaigns: everybody once, delegations that keep the rules; one visit, one meaning."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise, permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from casework.cli import main
from casework.errors import InvalidEntry, NotPermitted
from casework.matching import Goal, Outing, hindrances, split, timetable
from casework.matching.touring import order_of
from casework.records import Campaign, Organisation, Person, Staff, Task
from casework.reference import agencies, agency
from casework.reference.campaigns import Gift, campaign_rules
from casework.reference.standards import standards
from casework.terms import Label
from casework.workbook import Workbook, open_workbook
from casework.workbook.campaign_reports import campaign_report
from casework.workbook.campaign_terms import Segment, Terms, occurrences
from casework.workbook.delegations import DelegationEntry, MemberEntry, SlotEntry
from casework.workbook.money import FundEntry
from casework.workbook.outings import Met
from tests.test_plans import AT, a_person
from tests.test_rosters import a_worker

FESTIVAL = "2026-spring_festival"
BEGIN = date(2026, 1, 26)
FIRST_DAY = date(2026, 2, 3)


@pytest.fixture
def book(workbook: Workbook) -> Workbook:
    """Open an empty workbook three weeks before Spring Festival."""
    workbook._today = BEGIN
    return workbook


def a_campaign(book: Workbook, *, frozen: bool = True) -> int:
    made = book.campaigns.begin("spring_festival", FESTIVAL)
    if frozen:
        book.campaigns.freeze(made)
    return made


def veterans(book: Workbook, n: int, **facts: Any) -> list[int]:
    return [
        a_person(book, category="retired_veteran", location=f"31.6{i % 9}4,120.7{i % 7}2", **facts)
        for i in range(n)
    ]


def a_delegation(
    book: Workbook, campaign: int, name: str = "甲", *, rank: str | None = None,
    staff: int | None = None, slots: tuple[SlotEntry, ...] | None = None, **more: Any,
) -> int:  # fmt: skip
    members = [MemberEntry(f"领导{name}", "leader", rank)]
    if staff is not None:
        members.append(MemberEntry("工作员", "caseworker", None, staff))
    mine = slots or (SlotEntry(FIRST_DAY, 510, 720, 5),)
    return book.delegations.save(
        campaign, DelegationEntry(name=name, members=tuple(members), slots=mine, **more)
    )


# --- whom ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", agencies())
def test_campaigns_of_every_agency_can_be_read_and_end_before_their_festival(name: str) -> None:
    rules = campaign_rules(name)
    assert rules.kinds
    for one in occurrences(rules, date(2026, 1, 1), date(2027, 12, 31)):
        assert one.window.opens_on <= one.window.due_on
        assert one.falls_on is None or one.window.due_on < one.falls_on
        for segment in Terms.of_kind(one.kind, rules).segments:
            segment.node(agency(name), BEGIN)


def test_everybody_is_counted_once_in_the_first_segment_that_holds(book: Workbook) -> None:
    both = a_person(book, category="retired_veteran", hardship="poor")
    other = a_person(book, category="retired", hardship="none")
    target = book.campaigns.target(a_campaign(book, frozen=False))
    claims = {one.person_id: one for one in target.claims}
    assert claims[both].segment == "veterans"
    assert claims[both].also == ("hardship",)
    assert claims[other].segment == "others"
    assert target.people == sum(one.people for one in target.segments) == 2


def test_who_may_belong_is_counted_as_unknown_and_not_as_no(book: Workbook) -> None:
    nobody_knows = a_person(book, category=None)
    target = book.campaigns.target(a_campaign(book, frozen=False))
    assert (target.people, target.unknown) == (0, 1)
    assert target.of("veterans", unknown=True) == (nobody_knows,)
    assert target.claims[0].segment is None


def test_every_count_of_a_segment_opens_exactly_its_people(book: Workbook) -> None:
    veterans(book, 3)
    a_person(book, category="retired", hardship="illness")
    a_person(book, category=None)
    target = book.campaigns.target(a_campaign(book, frozen=False))
    for one in target.segments:
        assert len(target.of(one.segment.code)) == one.people
        assert len(target.of(one.segment.code, unknown=True)) == one.unknown


def test_frozen_list_stays_as_it_was_and_tells_what_has_happened_since(book: Workbook) -> None:
    stays, dies = veterans(book, 2)
    campaign = a_campaign(book)
    later = a_person(book, category="retired_veteran")
    with book.transaction() as session:
        session.get_one(Person, dies).died_on = BEGIN
    listed = {one.person_id: one for one in book.campaigns.people(campaign)}
    assert set(listed) == {stays, dies}
    assert listed[dies].change == "died"
    new, _gone = book.campaigns.since_frozen(campaign)
    assert [one.person_id for one in new] == [later]


def test_who_is_added_or_left_out_by_hand_needs_a_reason_and_stays_visible(book: Workbook) -> None:
    (listed,) = veterans(book, 1)
    campaign = a_campaign(book)
    guest = a_person(book, category="retired_veteran")
    with pytest.raises(InvalidEntry, match="原因"):
        book.campaigns.add(campaign, [guest], "veterans", " ")
    book.campaigns.add(campaign, [guest], "veterans", "老领导点名看望")
    book.campaigns.leave_out(campaign, [listed], "本人谢绝")
    found = {one.person_id: one for one in book.campaigns.people(campaign)}
    assert found[guest].reason == "老领导点名看望"
    assert found[listed].left_out == "本人谢绝"
    assert found[listed].result.state == "left_out"
    book.campaigns.take_in(campaign, [listed])
    assert book.campaigns.people(campaign)[0].left_out is None


def test_one_campaign_of_an_occasion_is_begun_and_a_withdrawn_one_gives_way(
    book: Workbook,
) -> None:
    first = a_campaign(book, frozen=False)
    with pytest.raises(NotPermitted, match="已经"):
        book.campaigns.begin("spring_festival", FESTIVAL)
    book.campaigns.withdraw(first)
    assert book.campaigns.begin("spring_festival", FESTIVAL) != first


def test_visits_lie_before_the_festival_and_never_on_it(book: Workbook) -> None:
    campaign = a_campaign(book, frozen=False)
    with pytest.raises(InvalidEntry, match="节日"):
        book.campaigns.set_window(campaign, BEGIN, date(2026, 2, 17))
    book.campaigns.set_window(campaign, BEGIN, date(2026, 2, 16))
    assert book.campaigns.show(campaign).line.window.due_on == date(2026, 2, 16)


def test_condition_of_a_segment_can_be_changed_while_the_list_is_open(book: Workbook) -> None:
    old, other = a_person(book, category="retired", rank="clerk"), a_person(book, rank="clerk")
    campaign = a_campaign(book, frozen=False)
    segment = Segment("own", Label(zh="科员", en="clerks"), "rank = 'clerk'", "delegation")
    book.campaigns.set_segment(campaign, segment)
    book.campaigns.put_segments(campaign, ["own"])
    assert set(book.campaigns.target(campaign).of("own")) == {old, other}
    book.campaigns.freeze(campaign)
    with pytest.raises(NotPermitted):
        book.campaigns.set_segment(campaign, segment)


def test_only_a_supervisor_decides(book: Workbook) -> None:
    campaign = a_campaign(book)
    a_worker(book)
    book.act_as("caseworker-甲")
    with pytest.raises(NotPermitted):
        book.campaigns.thaw(campaign)
    with pytest.raises(NotPermitted):
        book.delegations.propose(campaign)


# --- delegations --------------------------------------------------------------------------------


def test_proposal_keeps_rank_capacity_and_hours_and_says_who_is_left(book: Workbook) -> None:
    high = veterans(book, 2, level="bureau_head")
    veterans(book, 8)
    book.campaigns.begin("spring_festival", FESTIVAL)
    campaign = book.campaigns.all()[0].campaign_id
    with book.transaction() as session:
        one = session.get_one(Campaign, campaign)
        one.terms = one.terms | {"ranks": [{"visited": "bureau_head", "leader": "bureau_deputy"}]}
    book.campaigns.freeze(campaign)
    low = a_delegation(book, campaign, "甲", rank="county_head")
    a_delegation(book, campaign, "乙", slots=(SlotEntry(FIRST_DAY, 510, 630, 9),))
    proposal = book.delegations.propose(campaign)
    shown = book.delegations.of(campaign)
    assert {p for s in shown[0].slots for p, _t in s.stops}.isdisjoint(high)
    assert len(shown[0].slots[0].stops) <= 5
    assert proposal.left >= 2
    assert {"rank"} <= {one.reason for one in book.delegations.why(campaign, high[0])}
    a_delegation(book, campaign, "丙", rank="bureau_deputy", slots=(
        SlotEntry(FIRST_DAY + timedelta(days=1), 510, 720, 2),))  # fmt: skip
    book.delegations.propose(campaign)
    third = book.delegations.of(campaign)[2]
    assert {p for s in third.slots for p, _t in s.stops} == set(high)
    assert low == shown[0].delegation_id


def test_a_delegation_that_changes_to_walking_keeps_only_what_it_reaches(book: Workbook) -> None:
    veterans(book, 3)
    campaign = a_campaign(book)
    made = a_delegation(book, campaign, slots=(SlotEntry(FIRST_DAY, 510, 810, 5),))
    assert book.delegations.propose(campaign).placed == 3
    by_car = book.delegations.of(campaign)[0]
    before = book.delegations.placement(campaign)

    def goes(travel: str | None) -> None:
        book.delegations.save(campaign, replace(by_car.as_entry(), travel=travel), made)

    goes("bus")
    by_bus = book.delegations.of(campaign)[0]
    assert (by_bus.travel, by_bus.n_stops) == ("bus", 3)
    assert by_bus.slots[0].stops[-1][1] > by_car.slots[0].stops[-1][1]
    goes(None)
    assert book.delegations.placement(campaign) == before
    goes("foot")  # some homes are hours away
    assert book.delegations.of(campaign)[0].n_stops == 0
    assert book.delegations.propose(campaign).placed < 3
    left = next(p for p, (slot, *_) in book.delegations.placement(campaign).items() if not slot)
    assert {one.reason for one in book.delegations.why(campaign, left)} == {"late"}
    with pytest.raises(InvalidEntry) as refused:
        goes("camel")
    assert refused.value.field == "travel"


def test_nobody_goes_with_two_delegations_at_once(book: Workbook) -> None:
    campaign = a_campaign(book)
    worker = a_worker(book)
    a_delegation(book, campaign, "甲", staff=worker)
    with pytest.raises(InvalidEntry, match="工作员"):
        a_delegation(book, campaign, "乙", staff=worker, slots=(
            SlotEntry(FIRST_DAY, 700, 900, 3),))  # fmt: skip
    a_delegation(book, campaign, "乙", staff=worker, slots=(
        SlotEntry(FIRST_DAY, 720, 900, 3),))  # fmt: skip


def test_outings_lie_in_the_days_of_the_campaign_and_do_not_overlap(book: Workbook) -> None:
    campaign = a_campaign(book)
    for slots in (
        (SlotEntry(date(2026, 2, 17), 510, 720, 3),),
        (SlotEntry(FIRST_DAY, 720, 510, 3),),
        (SlotEntry(FIRST_DAY, 510, 720, 3), SlotEntry(FIRST_DAY, 600, 800, 3)),
        (SlotEntry(FIRST_DAY, 510, 720, 0),),
    ):
        with pytest.raises(InvalidEntry):
            a_delegation(book, campaign, slots=slots)


def test_visit_placed_by_hand_is_locked_and_a_change_can_be_put_back(book: Workbook) -> None:
    people = veterans(book, 4)
    campaign = a_campaign(book)
    a_delegation(book, campaign, "甲", slots=(
        SlotEntry(FIRST_DAY, 510, 720, 2), SlotEntry(FIRST_DAY, 840, 1050, 2)))  # fmt: skip
    book.delegations.propose(campaign)
    before = book.delegations.placement(campaign)
    moved = next(person for person in people if before[person][0] is not None)
    other = next(one for one in book.delegations.ways(campaign, moved) if one.reason == "full")
    with pytest.raises(InvalidEntry):
        book.delegations.move(campaign, moved, other.slot_id)
    gone = next(p for p, (slot, _s, _l) in before.items() if slot == other.slot_id)
    book.delegations.unplace(campaign, gone)
    book.delegations.move(campaign, moved, other.slot_id)
    book.delegations.propose(campaign)
    assert book.delegations.placement(campaign)[moved][::2] == (other.slot_id, True)
    book.delegations.put_back(campaign, before)
    assert book.delegations.placement(campaign) == before


def test_outing_that_is_gone_lets_go_of_its_visits(book: Workbook) -> None:
    veterans(book, 3)
    campaign = a_campaign(book)
    delegation = a_delegation(book, campaign)
    assert book.delegations.propose(campaign).placed == 3
    a_campaign_slot = SlotEntry(FIRST_DAY + timedelta(days=2), 510, 720, 5)
    book.delegations.save(
        campaign,
        DelegationEntry("甲", (MemberEntry("领导甲", "leader"),), (a_campaign_slot,)),
        delegation,
    )
    assert {slot for slot, _start, _locked in book.delegations.placement(campaign).values()} == {
        None
    }


# --- one visit, one meaning ---------------------------------------------------------------------


def a_plan_task(book: Workbook, person: int, **more: Any) -> int:
    told: dict[str, Any] = {
        "item_key": "rule:spring_festival", "period": FESTIVAL, "service": "festival",
        "title": "春节走访慰问", "channels": ["home_visit"], "actor": "caseworker",
        "opens_on": date(2026, 2, 2), "due_on": date(2026, 2, 14), "in_force_from": BEGIN,
        "made_at": AT,
    }  # fmt: skip
    with book.transaction() as session:
        task = Task(person_id=person, **(told | more))
        session.add(task)
        session.flush()
        return task.id


def tasks_of(book: Workbook, person: int) -> list[Task]:
    with book.reading() as session:
        return list(session.scalars(select(Task).where(Task.person_id == person)))


def test_visit_that_the_plan_asks_for_is_that_task_and_no_second_one(book: Workbook) -> None:
    planned, unplanned = veterans(book, 2)
    task = a_plan_task(book, planned)
    campaign = a_campaign(book)
    worker = a_worker(book)
    a_delegation(book, campaign, staff=worker)
    book.delegations.propose(campaign)
    assert book.campaigns.give_out(campaign) == 2
    assert [one.id for one in tasks_of(book, planned)] == [task]
    assert tasks_of(book, planned)[0].planned_on == FIRST_DAY
    (own,) = tasks_of(book, unplanned)
    assert (own.item_key, own.actor, own.owner_id) == ("campaign:spring_festival", "leader", worker)
    book.campaigns.give_out(campaign)
    assert len(tasks_of(book, unplanned)) == 1


def test_task_of_the_campaign_gives_way_when_a_plan_asks_for_the_visit(book: Workbook) -> None:
    (person,) = veterans(book, 1)
    campaign = a_campaign(book)
    book.campaigns.give_out(campaign)
    task = a_plan_task(book, person)
    book.campaigns.give_out(campaign)
    own = next(one for one in tasks_of(book, person) if one.id != task)
    assert own.cancelled_on == BEGIN
    assert book.campaigns.people(campaign)[0].task_id == task


def test_taking_tasks_back_leaves_them_as_they_were(book: Workbook) -> None:
    planned, unplanned = veterans(book, 2)
    a_plan_task(book, planned, planned_on=date(2026, 2, 9))
    campaign = a_campaign(book)
    a_delegation(book, campaign, staff=a_worker(book))
    book.delegations.propose(campaign)
    book.campaigns.give_out(campaign)
    book.campaigns.give_out(campaign)
    book.campaigns.give_back(campaign)
    assert tasks_of(book, planned)[0].planned_on == date(2026, 2, 9)
    assert tasks_of(book, planned)[0].owner_id is None
    assert tasks_of(book, unplanned)[0].cancelled_on == BEGIN


def test_round_of_a_delegation_is_written_down_once_and_closes_what_it_answers(
    book: Workbook,
) -> None:
    met, out, refuses = veterans(book, 3)
    task = a_plan_task(book, met)
    campaign = a_campaign(book)
    a_delegation(book, campaign, staff=a_worker(book))
    book.delegations.propose(campaign)
    book.campaigns.give_out(campaign)
    (slot,) = book.delegations.of(campaign)[0].slots
    book._today = FIRST_DAY
    contacts, closed = book.outings.record(slot.slot_id, "k", FIRST_DAY, [
        Met(met, "reached", "身体硬朗"), Met(out, "not_reached", why="nobody_home"),
        Met(refuses, "declined")])  # fmt: skip
    assert closed == 1
    assert next(one for one in tasks_of(book, met) if one.id == task).done_on == FIRST_DAY
    results = book.campaigns.results(campaign)
    assert {p: results[p].state for p in (met, out, refuses)} == {
        met: "met", out: "not_met", refuses: "declined"}  # fmt: skip
    figures = book.campaigns.show(campaign).line.figures
    assert (figures.listed, figures.visited, figures.times) == (3, 1, 1)
    assert book.outings.record(slot.slot_id, "k2", FIRST_DAY, [Met(out, "proxy")])[1] == 1
    with pytest.raises(InvalidEntry, match="已登记"):
        book.outings.record(slot.slot_id, "k3", FIRST_DAY, [Met(met, "reached")])
    book.outings.take_back(contacts)
    assert book.campaigns.results(campaign)[met].state == "open"


def test_missed_visits_are_told_once_the_days_are_over(book: Workbook) -> None:
    (person,) = veterans(book, 1)
    campaign = a_campaign(book)
    after = date(2026, 3, 1)
    assert book.campaigns.results(campaign, as_of=after)[person].state == "missed"
    assert book.campaigns.results(campaign)[person].state == "open"


# --- the split by itself ------------------------------------------------------------------------

POINTS = st.tuples(st.integers(-9, 9), st.integers(-9, 9))
GOALS = st.lists(
    st.tuples(POINTS, st.integers(1, 60), st.integers(1, 3), st.sets(st.integers(0, 3))),
    max_size=14,
)
OUTINGS = st.lists(
    st.tuples(st.integers(0, 600), st.integers(30, 400), st.integers(1, 5)), max_size=4
)


def split_of(goals: list[Any], outings: list[Any]) -> tuple[list[Goal], list[Outing], Any]:
    made = [
        Goal(f"p{i}", minutes, (float(x), float(y)), weight, {f"o{n}": "rank" for n in barred})
        for i, ((x, y), minutes, weight, barred) in enumerate(goals)
    ]
    out = [Outing(f"o{i}", b, b + length, c) for i, (b, length, c) in enumerate(outings)]
    where = {one.key: one.place or (0.0, 0.0) for one in made}

    def ways(one: str | None, other: str | None) -> int:
        a, b = (where[key] if key else (0.0, 0.0) for key in (one, other))
        return round(abs(a[0] - b[0]) + abs(a[1] - b[1]))

    return made, out, ways


@settings(max_examples=60)
@given(GOALS, OUTINGS)
def test_split_keeps_every_rule_whatever_there_is(goals: list[Any], outings: list[Any]) -> None:
    made, out, ways = split_of(goals, outings)
    found = split(made, out, ways)
    placed = [key for route in found.routes.values() for key in route]
    assert sorted([*placed, *found.left]) == sorted(one.key for one in made)  # each once
    by_key = {one.key: one for one in made}
    for one in out:
        route = [by_key[key] for key in found.routes.get(one.key, ())]
        assert len(route) <= one.capacity
        assert all(one.key not in goal.barred for goal in route)
        starts, back = timetable(one, route, ways)
        assert not route or (starts[0] >= one.begins and back <= one.ends)
        for (a, first), (_b, second) in pairwise(zip(route, starts, strict=True)):
            assert first + a.minutes <= second
    for key in found.left:
        assert "free" not in {one.reason for one in hindrances(found, made, out, ways, key)}
    assert split(made, out, ways) == found


@settings(max_examples=40)
@given(GOALS.filter(lambda some: 1 < len(some) < 8))
def test_order_of_a_small_outing_is_the_shortest_there_is(goals: list[Any]) -> None:
    made, _out, ways = split_of(goals, [])

    def length(route: Any) -> int:
        stops = [None, *(one.key for one in route), None]
        return sum(ways(a, b) for a, b in pairwise(stops))

    assert length(order_of(made, ways)) == min(map(length, permutations(made)))


def test_as_many_as_can_be_are_visited_and_the_most_important_first() -> None:
    goals = [Goal(f"p{i}", 10, (i, 0.0), weight=1 + (i == 5)) for i in range(6)]
    found = split(goals, [Outing("o", 0, 600, 3)], lambda _a, _b: 5)
    assert len(found.routes["o"]) == 3
    assert "p5" in found.routes["o"]


def test_locked_visit_stays_whatever_speaks_against_it() -> None:
    goals = [Goal("a", 10, locked="late", barred={"late": "rank"}), Goal("b", 10)]
    outings = [Outing("late", 0, 15, 1), Outing("long", 0, 90, 3)]
    found = split(goals, outings, lambda _a, _b: 5)
    assert found.routes == {"late": ("a",), "long": ("b",)}
    with pytest.raises(ValueError, match="lock"):
        split([Goal("a", 10, locked="nowhere")], outings, lambda _a, _b: 5)


# --- money --------------------------------------------------------------------------------------


def a_fund(book: Workbook, fen: int) -> int:
    fund = book.money.open_fund(FundEntry("visits", "走访慰问经费", "市财政", "节日慰问"))
    return book.money.set_budget(fund, 2026, fen)


def test_gifts_are_proposed_once_each_and_never_beyond_the_budget(book: Workbook) -> None:
    veterans(book, 3)
    campaign = a_campaign(book)
    budget = a_fund(book, 150_000)
    plan = book.campaign_gifts.plan(campaign)
    assert (plan.lines[0].fen, plan.lines[0].missing, plan.missing_fen) == (60_000, 3, 180_000)
    with pytest.raises(InvalidEntry, match="1,500"):
        book.campaign_gifts.propose(campaign, budget)
    assert book.payments.list(campaign_id=campaign) == []
    fund = book.money.budgets()[0].fund_id
    book.money.set_budget(fund, 2026, 200_000)
    made = book.campaign_gifts.propose(campaign, budget)
    assert len(made) == 3
    assert book.campaign_gifts.plan(campaign).missing_fen == 0
    with pytest.raises(InvalidEntry, match="没有遗漏"):
        book.campaign_gifts.propose(campaign, budget)
    book.payments.cancel(made[:1], reason="误提")
    assert book.campaign_gifts.plan(campaign).lines[0].missing == 1
    later = a_person(book, category="retired_veteran")
    book.campaigns.add(campaign, [later], "veterans", "补充")
    with pytest.raises(InvalidEntry):  # two are missing; the fund has room for one
        book.campaign_gifts.propose(campaign, budget)


def test_gift_is_never_more_than_its_standard_allows(book: Workbook) -> None:
    campaign = a_campaign(book, frozen=False)
    with pytest.raises(InvalidEntry, match="800"):
        book.campaign_gifts.set_gifts(campaign, "veterans", [Gift("festival_gift", 90_000)])
    with pytest.raises(InvalidEntry):
        book.campaign_gifts.set_gifts(campaign, "veterans", [Gift("no_such", 1)])
    before = book.campaign_gifts.set_gifts(campaign, "veterans", [Gift("festival_gift", 80_000)])
    assert before == (Gift("festival_gift", 60_000),)
    assert book.campaign_gifts.plan(campaign).lines[0].fen == 80_000


@pytest.mark.parametrize("name", agencies())
def test_gifts_of_every_agency_rest_on_standards_it_has_and_keep_their_limits(name: str) -> None:
    known = {one.code: one for one in standards(name)}
    for kind in campaign_rules(name).kinds:
        for segment in kind.segments:
            for gift in segment.gifts:
                limit = known[gift.standard].amount_fen or known[gift.standard].ceiling_fen or 0
                assert 0 < gift.fen <= limit


# --- report and command -------------------------------------------------------------------------


def test_what_a_unit_above_has_begun_is_not_offered_below_it(book: Workbook) -> None:
    with book.transaction() as session:
        top = Organisation(code="t", name="机关", kind="agency")
        session.add(top)
        session.flush()
        parts = [
            Organisation(code=f"p{n}", name=f"分部{n}", kind="unit", parent_id=top.id)
            for n in range(2)
        ]
        session.add_all(parts)
        session.flush()
        for login, unit in (("all", top.id), ("one", parts[0].id), ("two", parts[1].id)):
            session.add(Staff(login=login, name=login, role="supervisor", unit_id=unit))

    def offered(login: str) -> set[tuple[str, str]]:
        book.act_as(login)
        return {(one.occurrence.kind.code, one.occurrence.period)
                for one in book.campaigns.coming()}  # fmt: skip

    spring = ("spring_festival", FESTIVAL)
    assert spring in offered("one")
    book.campaigns.begin(*spring)
    assert spring not in offered("one") and spring in offered("two") and spring in offered("all")
    book.act_as("all")
    book.campaigns.begin(*spring)
    assert spring not in offered("two") and spring not in offered("all")


def test_report_adds_money_up_against_standard_and_budget(book: Workbook) -> None:
    people = veterans(book, 3)
    campaign = a_campaign(book)
    fen = 60_000
    budget = a_fund(book, 10 * fen)
    made = book.campaign_gifts.propose(campaign, budget)
    book.campaigns.leave_out(campaign, people[:1], "婉拒")
    money = campaign_report(book, campaign, book.today).money
    (line,) = [one for one in money.lines if one.gift.segment.code == "veterans"]
    assert (line.planned_fen, line.sums["proposed"]) == (2 * fen, (2, 2 * fen))
    assert money.beside["proposed"] == (1, fen)
    sums = book.payments.sums(campaign_id=campaign)
    assert money.fen("proposed") == sums["proposed"][1] == len(made) * fen
    (paying,) = money.budgets
    assert paying.left_fen == 10 * fen


def test_command_begins_splits_writes_sheets_takes_returns_and_reports(
    workbook_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(open_workbook(str(workbook_file), today=BEGIN)) as book:
        veterans(book, 3)
    run = ["campaign", "--db", str(workbook_file), "--as-of", str(BEGIN)]
    assert main([run[0], "begin", *run[1:], "spring_festival", FESTIVAL]) == 0
    with closing(open_workbook(str(workbook_file), today=BEGIN)) as book:
        (line,) = book.campaigns.all()
        a_delegation(book, line.campaign_id)
    number = str(line.campaign_id)
    assert main([run[0], "split", *run[1:], number, "--give-out"]) in (0, 1)
    assert main([run[0], "sheets", *run[1:], number, "--out", str(tmp_path / "纸")]) == 0
    assert any((tmp_path / "纸").iterdir())
    capsys.readouterr()
    assert main([run[0], "report", *run[1:], number, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["parts"][0]["listed"] == 3 and told["parts"][0]["open"] == 3
    assert main([run[0], "report", *run[1:], number, "--out", str(tmp_path / "r.xlsx")]) == 1
    assert (tmp_path / "r.xlsx").stat().st_size > 5_000
    assert main([run[0], "return", *run[1:], number, str(tmp_path / "r.xlsx")]) == 1
    assert main([run[0], "list", *run[1:]]) == 0

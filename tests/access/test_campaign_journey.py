"""A campaign under the rules: the supervisor decides, whoever goes along sees and writes down."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select, text

from casework.errors import NotFound, NotPermitted
from casework.records import CampaignPerson, Staff
from casework.workbook.delegations import DelegationEntry, MemberEntry, SlotEntry
from casework.workbook.money import FundEntry
from casework.workbook.outings import Met


def test_campaign_goes_through_under_the_logins_of_those_who_do_it(opened, owner):
    chief, worker, other = (opened(one) for one in ("supervisor1", "caseworker1", "caseworker2"))
    with owner.reading() as session:  # the server has its own calendar, and lets see by it
        begin: date = session.scalar(text("SELECT access.today()"))
    for book in (chief, worker, other):
        book._today = begin
    coming = chief.campaigns.coming()[0].occurrence
    first_day = max(begin, coming.window.opens_on)
    campaign = chief.campaigns.begin(coming.kind.code, coming.period)
    terms = chief.campaigns.show(campaign).terms
    chief.campaigns.put_segments(campaign, [terms.segments[0].code])
    segment = chief.campaigns.show(campaign).terms.segments[0]
    chief.campaigns.set_segment(
        campaign, replace(segment, when="age >= 50", by="delegation", gifts=())
    )
    n = chief.campaigns.freeze(campaign)
    assert n == len(chief.campaigns.people(campaign)) > 0
    with worker.reading() as session:
        seen = len(session.scalars(select(CampaignPerson.id)).all())
        staff = session.scalar(select(Staff.id).where(Staff.login == "caseworker1"))
        theirs = session.scalar(select(Staff.id).where(Staff.login == "caseworker2"))
    assert seen < n  # the own people only, until the own delegation visits others
    with pytest.raises(NotPermitted):
        worker.campaigns.freeze(campaign)
    assert staff != theirs
    chief.delegations.save(campaign, DelegationEntry(
        "甲组", (MemberEntry("领导甲", "leader", "bureau_head"),
                MemberEntry("工作员", "caseworker", None, staff)),
        (SlotEntry(first_day, 480, 1080, 9),)))  # fmt: skip
    assert chief.delegations.propose(campaign).placed == n
    assert chief.campaigns.give_out(campaign) == n
    (mine,) = worker.delegations.mine(staff)
    slot = mine[1].slots[0]
    assert len(worker.outings.show(slot.slot_id).stops) == n
    assert len(other.outings.show(slot.slot_id).stops) < n
    worker._today = first_day
    person = slot.stops[0][0]
    contacts, closed = worker.outings.record(
        slot.slot_id, "round", first_day, [Met(person, "reached", "很高兴")]
    )
    assert closed >= 1
    chief._today = first_day + timedelta(days=1)
    assert chief.campaigns.results(campaign)[person].state == "met"
    assert chief.campaigns.results(campaign)[slot.stops[1][0]].state == "open"
    budget = chief.money.set_budget(
        chief.money.open_fund(FundEntry("visits", "经费", "财政", "慰问")), begin.year, 1_000_000
    )
    assert chief.campaign_gifts.plan(campaign).lines == ()
    assert budget
    worker.outings.take_back(contacts)
    assert chief.campaigns.results(campaign)[person].state == "open"
    chief.campaigns.give_back(campaign)
    with pytest.raises(NotFound):
        chief.campaigns.show(campaign + 1)
    chief.campaigns.withdraw(campaign)
    with owner.reading() as session:
        kept = session.execute(
            text("SELECT count(*) FROM task WHERE item_key LIKE 'campaign:%' "
                 "AND cancelled_on IS NULL AND done_on IS NULL")
        )  # fmt: skip
        assert kept.scalar() == 0

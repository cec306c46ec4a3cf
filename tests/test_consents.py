"""Consents: not known is not yes, a no is respected, and nothing unconsented goes outside."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from casework.errors import InvalidEntry, NotPermitted
from casework.planning.consents import STATES, Answer, standing
from casework.records import (
    Consent,
    Disclosure,
    ImpactAssessment,
    Person,
    ServiceOrder,
    consent_state,
)
from casework.records.base import now
from casework.records.consents import kinds_text
from casework.reference.privacy import purposes
from casework.workbook import Workbook
from casework.workbook.assessing import AssessmentEntry
from casework.workbook.consents import ConsentEntry
from casework.workbook.orders import OrderEntry
from casework.workbook.providers import ProviderEntry
from casework.workbook.rights import RequestEntry
from casework.workbook.sharing import ShareEntry
from tests.conftest import TODAY
from tests.test_plans import a_fact, a_person, now_is

NAMES = [None, "市一医院", "市二医院"]
DAYS = (0, 2, 4)
KINDS = ["identity", "phone", "health"]
ANSWERS = st.lists(
    st.tuples(
        st.sampled_from(["given", "refused", "withdrawn"]),
        st.integers(0, 5),  # days ago
        st.sampled_from(NAMES),
        st.sets(st.sampled_from(KINDS), min_size=1),
        st.one_of(st.none(), st.integers(0, 4)),  # days it holds
        st.booleans(),  # struck out
    ),
    max_size=6,
)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def asked(book: Workbook, person: int, **more: Any) -> list[int]:
    given = {"answers": {"hospital": "given"}} | more
    return book.consents.record(person, ConsentEntry(**given))


def to_hospital(**more: Any) -> ShareEntry:
    entry = {
        "purpose": "hospital",
        "recipient": "hospital",
        "recipient_name": "市一医院",
        "kinds": ("identity", "health"),
    }
    return ShareEntry(**(entry | more))


# --- one meaning --------------------------------------------------------------------------------


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answers=ANSWERS)
def test_state_is_the_same_in_python_and_in_sql(any_workbook: Workbook, answers: Any) -> None:
    """For every day, recipient and kind of data, whatever was answered, ended or struck out."""
    with any_workbook.transaction() as session:
        person = Person(name="某人")
        session.add(person)
        session.flush()
        rows = [_row(person.id, n, *one) for n, one in enumerate(answers)]
        session.add_all(rows)
        session.flush()
        heard = [
            Answer(one.id, one.decision, one.decided_on, one.recipient_name,
                   tuple(one.kinds.strip("|").split("|")), one.valid_until)
            for one in rows if one.superseded_at is None
        ]  # fmt: skip
        cases = [
            (days, name, kind) for days in DAYS for name in NAMES for kind in (None, *KINDS[:1])
        ]
        states = [
            consent_state(person.id, "hospital", "hospital", ago(days), to=name, kind=kind)
            for days, name, kind in cases
        ]
        told = session.execute(select(*states)).one()
        for (days, name, kind), state in zip(cases, told, strict=True):
            found = standing(heard, ago(days), name)
            assert found.state in STATES
            if kind is None:
                assert state == found.state
            else:
                assert (state == "given") == found.covers([kind])


def _row(person: int, n: int, decision: str, days: int, name: Any, kinds: Any, holds: Any,
         struck: bool) -> Consent:  # fmt: skip
    until = ago(days) + timedelta(days=holds) if holds is not None else None
    return Consent(
        person_id=person, purpose="hospital", recipient="hospital", recipient_name=name,
        kinds=kinds_text(kinds), decision=decision, decided_on=ago(days),
        valid_until=until if decision == "given" else None, client_key=f"{person}-{n}",
        recorded_at=now(), recorded_by="t", superseded_at=now() if struck else None,
    )  # fmt: skip


def test_consent_that_was_never_asked_for_is_none() -> None:
    assert not standing([], TODAY).is_given
    assert not standing([], TODAY).covers([])


# --- answering ----------------------------------------------------------------------------------


def test_answer_is_kept_with_who_how_and_which_notice(any_workbook: Workbook) -> None:
    book, person = any_workbook, a_person(any_workbook)
    answers = {"hospital": "given", "publication": "refused"}
    asked(book, person, answers=answers, channel="read_aloud", witness="女儿张某")
    stands = {one.purpose.code: one for one in book.consents.states(person)}
    assert stands["hospital"].state == "given"
    assert stands["publication"].state == "refused"
    assert stands["volunteer"].state == "not_asked"
    assert stands["care"].state == "not_needed"
    last = stands["hospital"].last
    assert last is not None
    assert (last.decided_by, last.channel, last.witness, last.notice) == (
        "self", "read_aloud", "女儿张某", "2025-1",
    )  # fmt: skip
    valid = purposes()["hospital"].valid_days
    assert last.valid_until == TODAY + timedelta(days=int(valid or 0) - 1)


def test_saving_again_after_a_lost_answer_writes_nothing_twice(any_workbook: Workbook) -> None:
    book, person = any_workbook, a_person(any_workbook)
    entry = ConsentEntry(answers={"hospital": "given", "family": "given"})
    assert book.consents.record(person, entry) == book.consents.record(person, entry)
    assert len(book.consents.state(person, "hospital").history) == 1


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"answers": {}}, ""),
        ({"answers": {"care": "given"}}, "purpose"),
        ({"answers": {"hospital": "maybe"}}, "hospital"),
        ({"on": TODAY + timedelta(days=1)}, "on"),
        ({"kinds": {"hospital": ("hardship",)}}, "hospital"),
        ({"channel": "phone"}, "witness"),
        ({"channel": "rumour"}, "channel"),
        ({"decided_by": "guardian"}, "decider_name"),
        ({"decided_by": "guardian", "decider_name": "张某"}, "authority"),
        ({"decided_by": "relative", "decider_name": "张某"}, "decided_by"),
    ],
)
def test_answer_that_proves_nothing_is_refused(
    workbook: Workbook, more: dict[str, Any], field: str
) -> None:
    person = a_person(workbook)
    with pytest.raises(InvalidEntry) as refused:
        asked(workbook, person, **more)
    assert refused.value.field == field
    assert workbook.consents.state(person, "hospital").state == "not_asked"


def test_relatives_decide_after_a_death_and_the_person_no_more(workbook: Workbook) -> None:
    person = a_person(workbook)
    with workbook.transaction() as session:
        session.get_one(Person, person).died_on = ago(3)
    with pytest.raises(InvalidEntry, match="近亲属"):
        asked(workbook, person)
    asked(workbook, person, decided_by="relative", decider_name="儿子张某",
          answers={"publication": "given"})  # fmt: skip
    assert workbook.consents.state(person, "publication").state == "given"


def test_refusal_is_not_asked_about_again_before_its_time(workbook: Workbook) -> None:
    person = a_person(workbook)
    asked(workbook, person, answers={"volunteer": "refused"})
    again = TODAY + timedelta(days=purposes()["volunteer"].ask_again_days)
    now_is(workbook, again - timedelta(days=1))
    assert workbook.consents.state(person, "volunteer").ask_from == again
    with pytest.raises(NotPermitted, match=str(again)):
        asked(workbook, person, answers={"volunteer": "given"})
    asked(workbook, person, answers={"volunteer": "given"}, raised_by="person")
    assert workbook.consents.state(person, "volunteer").state == "given"


def test_office_may_ask_again_when_the_time_is_over(workbook: Workbook) -> None:
    person = a_person(workbook)
    asked(workbook, person, answers={"volunteer": "refused"})
    now_is(workbook, TODAY + timedelta(days=purposes()["volunteer"].ask_again_days))
    assert workbook.consents.state(person, "volunteer").ask_from is None
    asked(workbook, person, answers={"volunteer": "given"})


def test_answer_struck_out_counts_for_nothing_and_stays_in_the_history(workbook: Workbook) -> None:
    person = a_person(workbook)
    (number,) = asked(workbook, person)
    workbook.consents.strike_out(number, reason="记错了人")
    found = workbook.consents.state(person, "hospital")
    assert found.state == "not_asked"
    assert [one.is_mistake for one in found.history] == [True]


def test_refused_health_data_is_not_assessed(workbook: Workbook) -> None:
    person = a_person(workbook)
    entry = AssessmentEntry(person, "selfcare-5", TODAY, "observed", total=3)
    workbook.needs.record_assessment(entry)
    asked(workbook, person, answers={"health": "refused"})
    with pytest.raises(NotPermitted, match="健康状况"):
        workbook.needs.record_assessment(entry)


# --- who is still to be asked -------------------------------------------------------------------


def test_people_to_ask_are_counted_and_listed_alike(any_workbook: Workbook) -> None:
    book = any_workbook
    wanted = [one for one in purposes().values() if one.needs_consent and not one.is_optional]
    everything, some, nothing = (a_person(book) for _n in range(3))
    asked(book, everything, answers={one.code: "refused" for one in wanted})
    asked(book, some, answers={"hospital": "given"})
    asked(book, some, answers={"volunteer": "given"}, recipient_name="志愿者甲")
    assert book.consents.count_to_ask() == (2, 3)
    listed = {one.person_id: one.missing for one in book.consents.to_ask()}
    assert set(listed) == {some, nothing}
    assert listed[some] == tuple(one.code for one in wanted if one.code != "hospital")
    for person, missing in listed.items():
        states = book.consents.states(person)
        assert missing == tuple(one.purpose.code for one in states if one.to_ask)
    now_is(book, TODAY + timedelta(days=int(wanted[0].valid_days or 0) + 400))
    assert "hospital" in {p.person_id: p.missing for p in book.consents.to_ask()}[some]


# --- going outside ------------------------------------------------------------------------------


def test_sheet_holds_exactly_what_was_consented_to(any_workbook: Workbook) -> None:
    book, person = any_workbook, a_person(any_workbook, health="poor")
    with book.transaction() as session:
        session.add(a_fact(person, "mobile", "13800000000"))
    asked(book, person, kinds={"hospital": ("identity", "health")})
    shared = book.sharing.share(person, to_hospital())
    told = {row.code for _kind, rows in shared.parts for row in rows}
    assert {"name", "health"} <= told
    assert not {"mobile", "living", "category"} & told
    (given_out,) = book.sharing.given_out(person)
    assert (given_out.kinds, given_out.status) == (("health", "identity"), "done")
    with pytest.raises(NotPermitted, match="联系电话"):
        book.sharing.share(person, to_hospital(kinds=("identity", "phone")))
    assert len(book.sharing.given_out(person)) == 1


@pytest.mark.parametrize("state", ["not_asked", "refused", "withdrawn", "expired"])
def test_what_is_not_consented_is_not_shared_at_the_door(workbook: Workbook, state: str) -> None:
    person = a_person(workbook)
    if state == "refused":
        asked(workbook, person, answers={"hospital": "refused"})
    elif state != "not_asked":
        asked(workbook, person)
    if state == "withdrawn":
        workbook.consents.withdraw(person, "hospital")
    if state == "expired":
        now_is(workbook, TODAY + timedelta(days=int(purposes()["hospital"].valid_days or 0)))
    assert workbook.consents.state(person, "hospital").state == state
    assert workbook.sharing.may(person, "hospital", recipient_name="市一医院") == ()
    with pytest.raises(NotPermitted, match="先征求本人"):
        workbook.sharing.share(person, to_hospital())
    assert workbook.sharing.given_out() == []


@pytest.mark.parametrize("state", ["not_asked", "refused", "withdrawn", "expired", "other", "kind"])
def test_what_is_not_consented_is_refused_by_the_database(
    any_workbook: Workbook, state: str
) -> None:
    """Whoever writes without the door: the row does not come into the table."""
    book, person = any_workbook, a_person(any_workbook)
    on = TODAY
    if state == "refused":
        asked(book, person, answers={"hospital": "refused"})
    elif state == "other":
        asked(book, person, recipient_name="市二医院")
    elif state == "kind":
        asked(book, person, kinds={"hospital": ("identity",)})
    elif state != "not_asked":
        asked(book, person)
    if state == "withdrawn":
        book.consents.withdraw(person, "hospital")
    if state == "expired":
        on = TODAY + timedelta(days=int(purposes()["hospital"].valid_days or 0))
    with pytest.raises(IntegrityError, match="not consented"), book.transaction() as session:
        session.add(_disclosure(person, on))
        session.flush()


def test_database_takes_what_is_consented_and_other_bases_only_with_a_reason(
    any_workbook: Workbook,
) -> None:
    book, person = any_workbook, a_person(any_workbook)
    asked(book, person)
    with book.transaction() as session:
        session.add(_disclosure(person, TODAY))
        session.add(_disclosure(person, TODAY, key="b", basis="emergency", reason="突发昏迷"))
    for reason in (None, "  "):
        with pytest.raises(IntegrityError), book.transaction() as session:
            session.add(_disclosure(person, TODAY, key="c", basis="emergency", reason=reason))
            session.flush()


def _disclosure(person: int, on: date, key: str = "a", **more: Any) -> Disclosure:
    given = {"basis": "consent"} | more
    return Disclosure(
        person_id=person, purpose="hospital", recipient="hospital", recipient_name="市一医院",
        kind="health", shared_on=on, client_key=key, recorded_at=now(), recorded_by="t", **given,
    )  # fmt: skip


def test_what_was_said_and_given_is_neither_changed_nor_deleted(any_workbook: Workbook) -> None:
    book, person = any_workbook, a_person(any_workbook)
    asked(book, person, answers={"hospital": "refused", "family": "given"})
    asked(book, person, recipient_name="市一医院")
    book.sharing.share(person, to_hospital())
    for change in (
        update(Consent).values(decision="given"),
        update(Consent).values(decided_on=ago(9)),
        update(Disclosure).values(kind="phone"),
        update(Disclosure).values(recipient_name="某公司"),
        delete(Consent),
        delete(Disclosure),
    ):
        with pytest.raises(IntegrityError, match="casework"), book.transaction() as session:
            session.execute(change)


def test_withdrawal_ends_what_goes_on_and_names_who_is_to_be_told(any_workbook: Workbook) -> None:
    book, person = any_workbook, a_person(any_workbook)
    asked(book, person)
    book.sharing.share(person, to_hospital(until=TODAY + timedelta(days=90)))
    assert [one.status for one in book.sharing.given_out(person)] == ["lasting"]
    done = book.consents.withdraw(person, "hospital")
    assert (done.n_stopped, done.to_tell) == (1, ("市一医院",))
    (waits,) = book.sharing.to_tell()
    book.sharing.told(waits.client_key)
    assert book.sharing.to_tell() == []
    assert [one.status for one in book.sharing.given_out(person)] == ["told"]
    with pytest.raises(NotPermitted):
        book.sharing.share(person, to_hospital())


def test_withdrawal_of_one_recipient_leaves_the_others(workbook: Workbook) -> None:
    person = a_person(workbook)
    asked(workbook, person)
    workbook.consents.withdraw(person, "hospital", recipient_name="市一医院")
    with pytest.raises(NotPermitted):
        workbook.sharing.share(person, to_hospital())
    workbook.sharing.share(person, to_hospital(recipient_name="市二医院"))


def test_nothing_is_withdrawn_that_was_not_given(workbook: Workbook) -> None:
    person = a_person(workbook)
    with pytest.raises(NotPermitted, match="没有可以撤回"):
        workbook.consents.withdraw(person, "hospital")


def test_emergency_needs_no_consent_and_a_reason(workbook: Workbook) -> None:
    person = a_person(workbook, health="poor")
    entry = to_hospital(purpose="emergency")
    with pytest.raises(InvalidEntry, match="为什么提供"):
        workbook.sharing.share(person, entry)
    shared = workbook.sharing.share(person, to_hospital(purpose="emergency", reason="突发昏迷"))
    assert shared.basis == "emergency"
    (given_out,) = workbook.sharing.given_out(person)
    assert given_out.reason == "突发昏迷"


def test_sharing_again_after_a_lost_answer_is_written_down_once(workbook: Workbook) -> None:
    person = a_person(workbook)
    asked(workbook, person)
    entry = to_hospital()
    workbook.sharing.share(person, entry)
    workbook.sharing.share(person, entry)
    assert len(workbook.sharing.given_out(person)) == 1


def test_impact_assessment_is_kept_for_three_years_by_the_database(any_workbook: Workbook) -> None:
    with any_workbook.transaction() as session:
        session.add(_impact(date(2099, 1, 1)))
        session.add(_impact(date(2020, 1, 1)))
    with any_workbook.transaction() as session:
        session.execute(delete(ImpactAssessment).where(ImpactAssessment.purpose == "old"))
    with pytest.raises(IntegrityError, match="is kept"), any_workbook.transaction() as session:
        session.execute(delete(ImpactAssessment))
    with pytest.raises(IntegrityError, match="as said"), any_workbook.transaction() as session:
        session.execute(update(ImpactAssessment).values(conclusion="改写"))


def _impact(until: date) -> ImpactAssessment:
    return ImpactAssessment(
        purpose="health" if until.year > 2030 else "old", assessed_on=date(2017, 1, 1),
        necessity="一", risks="二", measures="三", conclusion="四", review_on=until,
        kept_until=until, recorded_at=now(), recorded_by="t",
    )  # fmt: skip


def test_restriction_stops_what_rests_on_consent_at_the_door_and_in_the_database(
    any_workbook: Workbook,
) -> None:
    book = any_workbook
    person = a_person(book)
    asked(book, person)
    lasting = ("community", "community", "桂花社区")
    asked(book, person, answers={"community": "given"})
    purpose, kind, name = lasting
    book.sharing.share(
        person, ShareEntry(purpose, kind, name, ("phone",), until=TODAY + timedelta(days=30))
    )
    book.sharing.share(person, to_hospital())
    assert book.sharing.to_tell() == []
    request = book.rights.receive(person, RequestEntry("restrict"))
    assert book.sharing.may(person, "hospital") == ()
    with pytest.raises(NotPermitted, match="限制"):
        book.sharing.share(person, to_hospital())
    with pytest.raises(IntegrityError, match="not consented"), book.transaction() as session:
        session.add(_given_to_hospital(person))
    assert [one.recipient_name for one in book.sharing.to_tell()] == ["桂花社区"]
    emergency = to_hospital(purpose="emergency", reason="急救")
    assert book.sharing.share(person, emergency).basis == "emergency"
    book.rights.answer(request, "done")
    assert book.sharing.is_restricted(person)
    assert book.rights.lift_restriction(person) == 1
    assert book.sharing.share(person, to_hospital()).parts
    with pytest.raises(NotPermitted):
        book.rights.lift_restriction(person)


def test_no_order_goes_to_a_provider_of_whom_the_person_said_no(any_workbook: Workbook) -> None:
    book = any_workbook
    person = a_person(book)
    firm = book.providers.add(ProviderEntry("家政服务", "company"))
    other = book.providers.add(ProviderEntry("社区食堂", "company"))
    agreed = book.providers.agree(
        firm, "cleaning", price_fen=4000, since=ago(60), until=TODAY + timedelta(days=60)
    )
    not_asked = book.orders.order(OrderEntry(person, "cleaning", agreement_id=agreed))
    asked(book, person, answers={"provider": "refused"})
    waits = book.orders.order(OrderEntry(person, "cleaning"))  # that it was wished for stays inside
    for give in (
        lambda: book.orders.assign(waits, agreement_id=agreed),
        lambda: book.orders.assign(waits, provider_id=other),
        lambda: book.orders.assign(not_asked, provider_id=other),
        lambda: book.orders.order(OrderEntry(person, "cleaning", agreement_id=agreed)),
    ):
        with pytest.raises(NotPermitted, match="上门服务派单"):
            give()
    given = update(ServiceOrder).values(provider_id=other, assigned_on=TODAY)
    with pytest.raises(IntegrityError, match="not consented"), book.transaction() as session:
        session.execute(given.where(ServiceOrder.id == waits))
    assert len(book.orders.list(person_id=person)) == 2
    asked(
        book, person, answers={"provider": "given"}, recipient_name="社区食堂", raised_by="person"
    )
    with pytest.raises(NotPermitted):
        book.orders.assign(waits, agreement_id=agreed)
    book.orders.assign(waits, provider_id=other)
    book.rights.receive(person, RequestEntry("restrict"))
    with pytest.raises(NotPermitted, match="限制"):
        book.orders.assign(waits, provider_id=other)


def test_restriction_that_was_refused_with_its_reason_holds_no_more(workbook: Workbook) -> None:
    person = a_person(workbook)
    asked(workbook, person)
    request = workbook.rights.receive(person, RequestEntry("restrict"))
    workbook.rights.answer(request, "refused", "已无正在进行的提供")
    assert workbook.sharing.share(person, to_hospital()).parts


def _given_to_hospital(person: int) -> Disclosure:
    return Disclosure(
        person_id=person, purpose="hospital", recipient="hospital", recipient_name="市一医院",
        kind="identity", basis="consent", shared_on=TODAY, client_key="x", recorded_at=now(),
        recorded_by="t",
    )  # fmt: skip

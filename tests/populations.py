"""Invented populations for the tests of figures: drawn at random, or one person at a time."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.records import (
    Case,
    Contact,
    ContactPerson,
    Fact,
    ImportBatch,
    ImportProblem,
    ImportRow,
    Organisation,
    Person,
    ServicePlan,
    Staff,
    Task,
)
from casework.records.base import now
from casework.records.population_rows import settle as bring_up_to_date
from tests.conftest import TODAY

MARCH = datetime(2025, 3, 1, 4, tzinfo=UTC)


@dataclass(frozen=True)
class Visit:
    days_ago: int
    channel: str = "phone"
    outcome: str = "reached"
    withdrawn: bool = False
    initiated_by: str = "staff"


@dataclass(frozen=True)
class Job:
    """Days count from TODAY, later days positive; None where it did not happen."""

    opens: int = -10
    due: int = 5
    done: int | None = None
    cancelled: int | None = None
    excused: int | None = None
    in_force: int | None = -100
    service: str = "call"
    owned: bool = True


@dataclass(frozen=True)
class Someone:
    born: tuple[date, date] | None = (date(1930, 5, 1), date(1930, 5, 1))
    sex: str | None = "1"
    unit: str | None = None
    died: int | None = None
    merged: bool = False
    withdrawn: bool = False
    cases: tuple[tuple[int | None, int | None], ...] = ((None, None),)
    facts: tuple[tuple[str, str], ...] = (("category", "retired_veteran"),)
    verified: int | None = None
    visits: tuple[Visit, ...] = ()
    jobs: tuple[Job, ...] = ()
    plan: dict[str, Any] | None = None
    problems: tuple[bool, ...] = field(default=())


def day(offset: int | None) -> date | None:
    return None if offset is None else TODAY + timedelta(days=offset)


def settle(session: Session, people: list[Someone]) -> list[int]:
    """Write a population; gives the ids of its people in their order."""
    units = {one.code: one.id for one in session.scalars(select(Organisation))}
    owner = Staff(login=f"w{now().timestamp()}", name="何晓", role="caseworker")
    batch = ImportBatch(
        file_name="roster.xlsx", sha256="0", imported_at=MARCH, imported_by="何晓", valid_on=TODAY
    )
    session.add_all([owner, batch])
    session.flush()
    ids: list[int] = []
    for number, one in enumerate(people):
        person = Person(
            name=f"测{number}",
            name_pinyin=f"ce {number}",
            sex=one.sex,
            born_on_earliest=one.born and one.born[0],
            born_on_latest=one.born and one.born[1],
            died_on=day(one.died),
            unit_id=units.get(one.unit or ""),
            merged_into_id=ids[0] if one.merged and ids else None,
            withdrawn_at=MARCH if one.withdrawn else None,
        )
        session.add(person)
        session.flush()
        ids.append(person.id)
        _fill(session, person.id, one, owner.id, batch.id, number)
    bring_up_to_date(session)  # what the door does at the end of every transaction
    return ids


def _fill(session: Session, person: int, one: Someone, owner: int, batch: int, number: int) -> None:
    for opened, closed in one.cases:
        session.add(Case(person_id=person, opened_on=day(opened), closed_on=day(closed)))
    for code, value in one.facts:
        session.add(
            Fact(
                person_id=person,
                code=code,
                value=value,
                recorded_at=MARCH,
                recorded_by="何晓",
                source="花名册",
                verified_on=day(one.verified),
            )
        )
    for place, visit in enumerate(one.visits):
        contact = Contact(
            client_key=f"{person}-{place}",
            happened_on=TODAY - timedelta(days=visit.days_ago),
            channel=visit.channel,
            initiated_by=visit.initiated_by,
            recorded_at=MARCH,
            recorded_by="何晓",
            withdrawn_at=MARCH if visit.withdrawn else None,
        )
        session.add(contact)
        session.flush()
        session.add(ContactPerson(contact_id=contact.id, person_id=person, outcome=visit.outcome))
    for place, job in enumerate(one.jobs):
        session.add(
            Task(
                person_id=person,
                item_key="rule:any",
                period=str(place),
                service=job.service,
                opens_on=TODAY + timedelta(days=job.opens),
                due_on=TODAY + timedelta(days=max(job.opens, job.due)),
                owner_id=owner if job.owned else None,
                in_force_from=day(job.in_force),
                done_on=day(job.done),
                cancelled_on=day(job.cancelled),
                excused_on=day(job.excused),
                made_at=MARCH,
            )
        )
    if one.plan is not None:
        session.add(
            ServicePlan(
                person_id=person,
                plan_version=1,
                drafted_at=MARCH,
                drafted_by="何晓",
                **one.plan,
            )
        )
    for place, settled in enumerate(one.problems):
        told: dict[str, Any] = {"batch_id": batch, "sheet": "一", "row": number * 10 + place}
        session.add(
            ImportProblem(
                field="mobile",
                kind="bad_phone",
                value="1",
                message="",
                person_id=person if place % 2 else None,
                settled_at=MARCH if settled else None,
                **told,
            )
        )
        session.add(
            ImportRow(outcome="held", resolved_at=MARCH if settled else None, cells=[], **told)
        )


def _month(first: date) -> tuple[date, date]:
    return first.replace(day=1), first.replace(day=monthrange(first.year, first.month)[1])


_births = st.dates(date(1915, 1, 1), date(1965, 12, 31))
_near = st.integers(-120, 20)
_offsets = st.none() | st.integers(-40, 10)
_words = {
    "category": ["retired_veteran", "retired", "surviving_spouse", "老红军"],
    "living": ["alone", "with_spouse", "care_home", "不定"],
    "health": ["good", "disabled", "bedridden", "尚好"],
    "hardship": ["", "poor", "illness", "其他困难"],
    "condition": ["", "高血压", "糖尿病", "冠心病"],
    "mobile": ["13800000000", ""],
    "address": ["某路 1 号"],
}
facts = st.lists(
    st.sampled_from([(code, value) for code, values in _words.items() for value in values]),
    unique=True,
    max_size=8,
).map(tuple)
visits = st.lists(
    st.builds(
        Visit,
        days_ago=st.integers(-5, 400) | st.sampled_from([0, 91, 92]),
        channel=st.sampled_from(["phone", "home_visit", "letter"]),
        outcome=st.sampled_from(["reached", "proxy", "not_reached", "declined"]),
        withdrawn=st.sampled_from([False, False, True]),
        initiated_by=st.sampled_from(["staff", "staff", "person", "family"]),
    ),
    max_size=4,
).map(tuple)
jobs = st.lists(
    st.builds(
        Job,
        opens=_near,
        due=_near | st.sampled_from([-1, 0, 7, 8]),
        done=_offsets,
        cancelled=st.none() | st.integers(-40, 10),
        excused=st.none() | st.integers(-40, 10),
        in_force=st.none() | st.integers(-40, 5),
        service=st.sampled_from(["call", "visit", "unheard_of"]),
        owned=st.booleans(),
    ),
    max_size=3,
).map(tuple)
plans = st.none() | st.fixed_dictionaries(
    {
        "state": st.sampled_from(["draft", "submitted", "active", "revised", "approved"]),
        "origin": st.sampled_from(["rules", "worker"]),
        "effective_from": st.sampled_from([None, TODAY, TODAY - timedelta(days=9)]),
        "effective_to": st.sampled_from([None, TODAY, TODAY - timedelta(days=1)]),
        "submitted_at": st.sampled_from([None, MARCH]),
        "decided_at": st.sampled_from([None, MARCH, MARCH + timedelta(days=30)]),
    }
)
someone = st.builds(
    Someone,
    born=st.none() | _births.map(lambda d: (d, d)) | _births.map(_month),
    sex=st.sampled_from(["1", "2", None]),
    unit=st.sampled_from([None, "water", "yushan", "c-wuxing"]),
    died=st.none() | st.none() | st.integers(-3, 3),
    merged=st.sampled_from([False, False, False, True]),
    withdrawn=st.sampled_from([False, False, False, True]),
    cases=st.sampled_from(
        [
            ((None, None),),
            ((-100, None),),
            ((-100, -50), (-10, None)),
            ((-9, -1),),
            ((5, None),),
            (),
        ]
    ),
    facts=facts,
    verified=st.none() | st.integers(-2000, 0),
    visits=visits,
    jobs=jobs,
    plan=plans,
    problems=st.lists(st.booleans(), max_size=2).map(tuple),
)
populations = st.lists(someone, max_size=12)

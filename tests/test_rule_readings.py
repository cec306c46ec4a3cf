"""The readings of a condition agree: in Python, on SQLite and on PostgreSQL, unknown included."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from casework.records import (
    Assessment,
    CareTeamMember,
    Case,
    Contact,
    ContactPerson,
    Fact,
    Issue,
    Need,
    Opinion,
    Person,
    RelatedPerson,
    SeasonalStay,
    Staff,
    Task,
    Wish,
)
from casework.records.known import known_on
from casework.reference import code_lists, facts, service_list
from casework.rules import Subject, Vocabulary, explain, holds, parse, subjects_of
from casework.rules.evaluate import Value, holds_test
from casework.rules.sentence import write
from casework.rules.sql import as_number, condition
from casework.rules.tree import BEFORE_RECORDS, FIRST_DAY, MANY, NumberIs, Test
from casework.terms import Label, speaking
from casework.workbook import Workbook
from tests.conftest import TODAY

WORDS = Vocabulary(
    facts(),
    {**code_lists(), "service": service_list()},
    {"barthel": Label(zh="巴氏", en="Barthel")},
    {"high_age": 80},
)
LIVING = ("alone", "empty_nest", "with_children", "something else")
HEALTH = ("good", "average", "poor", "bedridden")
ILLS = ("高血压", "糖尿病", "冠心病")
CHANNELS = ("phone", "home_visit")
AT = datetime(2025, 1, 1, tzinfo=UTC)
EDGES = [-1, 0, 1]
DRAFTS = [
    "age {cmp} {age}",
    "age in (80, 90)",
    "age_this_year {cmp} {age}",
    "age between 79 and 81",
    "born_on {cmp} 1945-03-03",
    "sex = '1'",
    "living in ('alone', 'empty_nest')",
    "living = 'with_children'",
    "living != 'alone'",
    "health {cmp2} 'average'",
    "health = 'good'",
    "has(condition, '高血压')",
    "has(condition, '高血压', '糖尿病')",
    "count(condition) {cmp} 2",
    "known(condition)",
    "unknown(living)",
    "age is known",
    "era in ('E3a', 'E3b')",
    "era <= 'E2'",
    "era != 'E4'",
    "since(retired_on) {cmp} 6 months",
    "until(retired_on) {cmp} 10 days",
    "children_nearby",
    "children_nearby is unknown",
    "since(began(health)) <= 30 days",
    "since(ended(health, 'poor', 'average')) <= 30 days",
    "days_since_contact {cmp} 30",
    "days_since_contact('phone') {cmp} 30",
    "last_contact_on('home_visit') < 2025-02-01",
    "contacts(30 days) {cmp} 1",
    "contacts('home_visit', 2 months) = 0",
    "level_of('barthel') {cmp} 2",
    "days_since_assessed('barthel') > 365",
    "assessed_on('barthel') >= 2024-03-04",
    "open_needs() > 0",
    "open_needs('care', 'medical') {cmp} 1",
    "open_needs('care') {cmp} 1",
    "urgent_needs() > 0",
    "open_wishes() {cmp} 1",
    "open_opinions() > 0",
    "open_issues() {cmp} 1",
    "late_issues() > 0",
    "away",
    "since(away_since) {cmp} 3 days",
    "since(back_on) <= 7 days",
    "score_of('barthel') {cmp} 60",
    "worsened('barthel')",
    "contacts_by('leader', 2 months) {cmp} 1",
    "missed(30 days) {cmp} 1",
    "missed('visit', 2 months) > 0",
    "episodes(health, 'poor', 'average', 2 months) {cmp} 1",
    "relatives('son', 'daughter') {cmp} 1",
    "relatives('emergency') = 0",
    "seat('volunteer')",
    "since(seat_since('caseworker')) <= 30 days",
]
INNER = [
    "age {cmp} {age}",
    "living = 'alone'",
    "health >= 'poor'",
    "health >= 'poor' and age >= 80",
    "not has(condition, '高血压')",
    "days_since_contact > 30",
    "possibly(living = 'alone')",
]
AROUND = [
    "spouse({inner})",
    "any(household, {inner})",
    "all(household, {inner})",
    "any(neighbours, {inner})",
    "all(community, {inner})",
    "number(branch, {inner}) {cmp} 2",
    "number(caseload, {inner}) {cmp} 20",
    "number(caseload) {cmp} 40",
    "number(household) {cmp} 1",
]


@st.composite
def leaves(draw: st.DrawFn) -> str:
    draft = draw(st.sampled_from([*DRAFTS, *AROUND]))
    inner = draw(st.sampled_from(INNER)) if "{inner}" in draft else ""
    return draft.replace("{inner}", inner).format(
        cmp=draw(st.sampled_from(["=", "!=", "<", "<=", ">", ">="])),
        cmp2=draw(st.sampled_from(["<", "<=", ">", ">="])),
        age=draw(st.sampled_from([79, 80, 81, 90])),
    )


CONDITIONS = st.recursive(
    leaves(),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' and '.join(parts)})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' or '.join(parts)})"),
        inner.map(lambda part: f"not ({part})"),
        inner.map(lambda part: f"possibly({part})"),
        inner.map(lambda part: f"surely({part})"),
    ),
    max_leaves=6,
)


# --- people of every kind -----------------------------------------------------------------------


class Life:
    """One invented person as the tables hold it, and as an independent reader understands it."""

    def __init__(self, chance: random.Random) -> None:
        self.sex = chance.choice(["1", "2", None])
        self.born = _span(chance, [date(2025 - age, 3, 3) for age in (79, 80, 81, 90, 91)])
        self.single = {
            "living": chance.choice([*LIVING, None]),
            "health": chance.choice([*HEALTH, None]),
            "children_nearby": chance.choice(["yes", "no", None]),
        }
        self.health_since = chance.choice([None, TODAY - timedelta(days=30 + chance.choice(EDGES))])
        self.past = chance.choice([None, ("poor", 31), ("average", 32), ("good", 5)])
        self.ills = chance.choice([None, set(), {ILLS[0]}, {ILLS[0], ILLS[1]}, {ILLS[2]}])
        self.dates = {
            "joined_on": _span(chance, [date(1937, 7, 7), date(1945, 9, 3), date(1949, 10, 1)]),
            "retired_on": _span(chance, [date(2024, 9, 3), TODAY, date(2025, 3, 13)]),
        }
        self.contacts = [
            (
                TODAY - timedelta(days=chance.choice([-3, 0, 29, 30, 31, 59, 60, 400])),
                chance.choice(CHANNELS),
                chance.choice(["reached", "proxy", "not_reached"]),
                chance.random() < 0.2,
                chance.choice(["caseworker", "leader"]),
            )
            for _number in range(chance.choice([0, 0, 1, 2, 4]))
        ]
        self.levels = [
            (
                TODAY - timedelta(days=chance.choice([-2, 1, 364, 365, 366])),
                chance.choice([0, 1, 2, 3, None]),
                chance.choice([40, 59, 60, 100]),
            )
            for _number in range(chance.choice([0, 1, 2, 2]))
        ]
        self.needs = [
            (
                chance.choice(["care", "medical", "legal"]),
                chance.choice([None, TODAY, TODAY - timedelta(days=1), TODAY + timedelta(days=1)]),
                chance.choice(["low", "high"]),
            )
            for _number in range(chance.choice([0, 0, 1, 3]))
        ]
        self.away = chance.choice(
            [
                None,
                (TODAY, None),
                (TODAY - timedelta(days=3), TODAY),
                (TODAY - timedelta(days=9), TODAY - timedelta(days=1)),
                (TODAY - timedelta(days=9), TODAY - timedelta(days=8)),
                (TODAY - timedelta(days=10), TODAY - timedelta(days=9)),
            ]
        )
        days = [None, TODAY, TODAY - timedelta(days=1), TODAY + timedelta(days=1)]
        self.wishes = [
            (chance.choice(days), chance.choice(days))
            for _number in range(chance.choice([0, 1, 2]))
        ]
        self.opinions = [
            (TODAY - timedelta(days=chance.choice(EDGES)), chance.choice(days))
            for _number in range(chance.choice([0, 1]))
        ]
        self.issues = [
            (
                TODAY - timedelta(days=chance.choice(EDGES)),
                TODAY + timedelta(days=chance.choice([-1, 0, 1])),
                chance.choice(days),
            )
            for _number in range(chance.choice([0, 1, 2]))
        ]
        self.tasks = [
            (
                chance.choice(["visit", "call"]),
                TODAY - timedelta(days=chance.choice([0, 1, 29, 30, 31, 90])),
                chance.choice(["open", "open", "done", "cancelled", "excused", "draft"]),
            )
            for _number in range(chance.choice([0, 1, 3]))
        ]
        self.relatives = [
            (chance.choice(["son", "daughter", "helper"]), chance.random() < 0.3)
            for _number in range(chance.choice([0, 1, 2]))
        ]
        self.volunteer = chance.random() < 0.4
        self.worker = chance.choice([None, 0, 1, 2])
        self.worker_since = chance.choice([None, *(TODAY - timedelta(days=30 + n) for n in EDGES)])
        self.place = {
            "address": chance.choice([None, *(f"甲街{n}号" for n in range(30))]),
            "building": chance.choice([None, "甲楼", "乙楼", "丙楼"]),
            "community": chance.choice([None, *(f"{n}社区" for n in range(40))]),
            "branch": chance.choice([None, *(f"{n}支部" for n in range(20))]),
        }
        self.marital = chance.choice([None, "20", "30", "40"])
        self.served = chance.random() < 0.9
        self.died = not self.served and chance.random() < 0.5
        self.spouse: Life | str | None = None
        self.world: list[Life] = [self]

    def marry(self, chance: random.Random, world: list[Life]) -> None:
        """Take a place among the others: somebody of them, somebody else or nobody as spouse."""
        self.world = world
        others = [one for one in world if one is not self]
        self.spouse = chance.choice([None, "named", chance.choice(others), chance.choice(others)])

    def store(self, session: Session, number: int) -> None:
        person = Person(
            name=f"张{number}",
            sex=self.sex,
            born_on_earliest=self.born[0],
            born_on_latest=self.born[1],
            died_on=TODAY - timedelta(days=1) if self.died else None,
        )
        session.add(person)
        session.flush()
        self.id = person.id
        yesterday = TODAY - timedelta(days=1)
        session.add(Case(person_id=person.id, closed_on=None if self.served else yesterday))
        for code, value in {**self.place, "marital_status": self.marital}.items():
            if value is not None:
                self._fact(session, code, value)
        self._store_work(session)
        for code, value in self.single.items():
            if value is not None:
                since = self.health_since if code == "health" else None
                self._fact(session, code, value, valid_from=since)
        if self.past:
            self._fact(
                session, "health", self.past[0], valid_to=TODAY - timedelta(days=self.past[1])
            )
        for ill in (self.ills or {""}) if self.ills is not None else ():
            self._fact(session, "condition", ill)
        for code, (earliest, latest) in self.dates.items():
            if earliest:
                self._fact(session, code, "day", earliest=earliest, latest=latest)
        self._fact(session, "living", "alone", superseded_at=AT)
        for number, (day, channel, outcome, withdrawn, actor) in enumerate(self.contacts):
            contact = Contact(
                client_key=f"{person.id}-{number}",
                happened_on=day,
                channel=channel,
                actor=actor,
                recorded_at=AT,
                recorded_by="t",
                withdrawn_at=AT if withdrawn else None,
            )
            session.add(contact)
            session.flush()
            session.add(ContactPerson(contact_id=contact.id, person_id=person.id, outcome=outcome))
        for day, level, total in self.levels:
            session.add(
                Assessment(
                    person_id=person.id,
                    instrument="barthel",
                    instrument_version="1",
                    assessed_on=day,
                    answers={},
                    level=level,
                    total=total,
                    complete=True,
                    recorded_at=AT,
                    recorded_by="t",
                )
            )
        for domain, closed, severity in self.needs:
            session.add(
                Need(
                    person_id=person.id,
                    domain=domain,
                    title="t",
                    severity=severity,
                    origin="worker",
                    recorded_at=AT,
                    recorded_by="t",
                    opened_on=TODAY - timedelta(days=40),
                    closed_on=closed,
                )
            )
        if self.away:
            session.add(
                SeasonalStay(
                    person_id=person.id,
                    place="三亚",
                    away_from=self.away[0],
                    away_to=self.away[1],
                    recorded_at=AT,
                    recorded_by="t",
                )
            )

    def _store_work(self, session: Session) -> None:
        stamp = {"recorded_at": AT, "recorded_by": "t"}
        for said, closed in self.wishes:
            session.add(
                Wish(
                    person_id=self.id, text="t", source="t", said_on=said, closed_on=closed, **stamp
                )
            )
        for reported, due, closed in self.issues:
            done = {"settled_on": closed, "outcome": "resolved"} if closed else {}
            session.add(
                Issue(
                    person_id=self.id, kind="other", title="t", source="visit",
                    reported_on=reported, due_on=max(due, reported), closed_on=closed,
                    replied_on=closed, **done, **stamp,
                )
            )  # fmt: skip
        for said, replied in self.opinions:
            session.add(
                Opinion(
                    person_id=self.id,
                    kind="concern",
                    text="t",
                    said_on=said,
                    replied_on=replied,
                    **stamp,
                )
            )
        for number, (service, due, how) in enumerate(self.tasks):
            session.add(
                Task(
                    person_id=self.id,
                    item_key="rule:x",
                    period=str(number),
                    service=service,
                    opens_on=due - timedelta(days=5),
                    due_on=due,
                    in_force_from=None if how == "draft" else date(2020, 1, 1),
                    done_on=due if how == "done" else None,
                    cancelled_on=due if how == "cancelled" else None,
                    excused_on=due if how == "excused" else None,
                    made_at=AT,
                )
            )
        for relationship, urgent in self.relatives:
            session.add(
                RelatedPerson(
                    person_id=self.id,
                    name="t",
                    relationship=relationship,
                    is_emergency=urgent,
                    source="t",
                    **stamp,
                )
            )
        if self.volunteer:
            session.add(CareTeamMember(person_id=self.id, role="volunteer", name="t", **stamp))
        if self.worker is not None:
            session.add(
                CareTeamMember(
                    person_id=self.id,
                    role="caseworker",
                    staff_id=self.worker + 1,
                    valid_from=self.worker_since,
                    **stamp,
                )
            )

    def store_spouse(self, session: Session) -> None:
        if self.spouse is not None:
            session.add(
                RelatedPerson(
                    person_id=self.id,
                    name="t",
                    relationship="spouse",
                    other_person_id=self.spouse.id if isinstance(self.spouse, Life) else None,
                    source="t",
                    recorded_at=AT,
                    recorded_by="t",
                )
            )

    def _fact(self, session: Session, code: str, value: str, **more: object) -> None:
        session.add(
            Fact(
                person_id=self.id,
                code=code,
                value=value,
                recorded_at=AT,
                recorded_by="t",
                source="t",
                **more,  # type: ignore[arg-type]
            )
        )

    def value(self, subject: Subject) -> Value:
        """Read a subject off this life, sharing no code with the relation."""
        met = [
            (day, channel)
            for day, channel, outcome, withdrawn, _actor in self.contacts
            if not withdrawn and outcome != "not_reached" and day <= TODAY
        ]
        done = sorted(
            (
                (day, number, level, total)
                for number, (day, level, total) in enumerate(self.levels)
                if day <= TODAY
            ),
            key=lambda one: one[:2],
        )
        kind, name = subject.source, subject.name
        if kind == "person":
            return self.sex if name == "sex" else (self.born if self.born[0] else None)
        if kind == "fact" and name in self.dates:
            return self.dates[name] if self.dates[name][0] else None
        if kind == "fact" and name == "children_nearby":
            found = self.single[name]
            return None if found is None else found == "yes"
        if kind == "fact":
            found = self.single[name]
            return None if found == "something else" else found
        if kind == "has":
            return None if self.ills is None else bool(self.ills & set(subject.args))
        if kind == "count":
            return None if self.ills is None else len(self.ills)
        if kind == "began":
            if self.single["health"] is None:
                return None
            return (self.health_since or FIRST_DAY,) * 2
        if kind == "ended":
            if self.past and self.past[0] in subject.args:
                return (TODAY - timedelta(days=self.past[1] - 1),) * 2
            return (FIRST_DAY, FIRST_DAY)
        if kind == "last_contact":
            days = [day for day, channel in met if not subject.args or channel in subject.args]
            return (max(days, default=FIRST_DAY),) * 2
        if kind == "contacts":
            amount, unit, *ways = subject.args
            since = TODAY - timedelta(days=int(amount)) if unit == "day" else date(2025, 1, 3)
            return sum(day > since and (not ways or channel in ways) for day, channel in met)
        if kind == "level":
            return done[-1][2] if done else None
        if kind == "assessed_on":
            return (done[-1][0] if done else FIRST_DAY,) * 2
        if kind == "needs":
            return sum(
                (closed is None or closed > TODAY)
                and (not subject.args or domain in subject.args)
                and (not name or severity == name)
                for domain, closed, severity in self.needs
            )
        if kind == "group":
            return self._tally(subject)
        return self._more(subject, done)

    def _more(self, subject: Subject, done: list[tuple[date, int, int | None, int]]) -> Value:
        kind, name = subject.source, subject.name
        stay = self.away if self.away and (self.away[1] is None or self.away[1] >= TODAY) else None
        if kind == "away":
            return stay is not None
        if kind == "away_since":
            return (stay[0] if stay else FIRST_DAY,) * 2
        if kind == "back_on":
            last = self.away[1] if self.away and not stay else None
            return (last + timedelta(days=1) if last else FIRST_DAY,) * 2
        if kind == "score":
            return done[-1][3] if done else None
        if kind == "worsened":
            if len(done) < 2:
                return False
            now, before = done[-1][2], done[-2][2]
            return None if now is None or before is None else now > before
        if kind == "wishes":
            return sum(
                (said is None or said <= TODAY) and (closed is None or closed > TODAY)
                for said, closed in self.wishes
            )
        if kind == "opinions":
            return sum(
                said <= TODAY and (replied is None or replied > TODAY)
                for said, replied in self.opinions
            )
        if kind == "issues":
            return sum(
                reported <= TODAY
                and (closed is None or closed > TODAY)
                and (name != "late" or max(due, reported) < TODAY)
                for reported, due, closed in self.issues
            )
        if kind == "relatives":
            return sum(
                relationship in subject.args or (urgent and "emergency" in subject.args)
                for relationship, urgent in self.relatives
            ) + (self.spouse is not None and not subject.args)
        if kind == "seat":
            return self.volunteer if name == "volunteer" else self.worker is not None
        if kind == "seat_since":
            if self.worker is None:
                return (FIRST_DAY,) * 2
            return (self.worker_since or BEFORE_RECORDS,) * 2
        amount, unit, *kinds = subject.args
        since = TODAY - timedelta(days=int(amount)) if unit == "day" else date(2025, 1, 3)
        if kind == "missed":
            return sum(
                how == "open" and since < due < TODAY and (not kinds or service in kinds)
                for service, due, how in self.tasks
            )
        if kind == "contacts_by":
            return sum(
                since < day <= TODAY and not gone and outcome != "not_reached" and actor in kinds
                for day, _channel, outcome, gone, actor in self.contacts
            )
        begun = self.single["health"] in kinds and self.health_since
        return int(bool(begun and since < begun <= TODAY))

    def _tally(self, subject: Subject) -> Value:
        if subject.name == "spouse":
            return self._spouses(subject)
        key = "worker" if subject.name == "caseload" else {
            "household": "address", "neighbours": "building"
        }.get(subject.name, subject.name)  # fmt: skip

        def shared(one: Life) -> object:
            return one.worker if key == "worker" else one.place[key]

        if shared(self) is None:
            return None
        group = [one for one in self.world if one.served and shared(one) == shared(self)]
        if subject.name in ("household", "neighbours"):
            group = [one for one in group if one is not self]
        return _fewest_most([one.meets(subject) for one in group])

    def _spouses(self, subject: Subject) -> Value:
        linked = {one for one in self.world if one.spouse is self}
        if isinstance(self.spouse, Life):
            linked.add(self.spouse)
        if linked:
            return _fewest_most(
                [one.meets(subject) if one.served else None for one in linked if not one.died]
            )
        if self.spouse == "named":
            return 0, 1
        return (0, 0) if self.marital in ("30", "40") else (0, 1)

    def meets(self, subject: Subject) -> bool | None:
        if subject.inner is None:
            return True
        asked = subjects_of(subject.inner)
        return holds(subject.inner, {one: self.value(one) for one in asked}, TODAY)


def _fewest_most(found: list[bool | None]) -> tuple[int, int]:
    sure = sum(one is True for one in found)
    return sure, sure + sum(one is None for one in found)


def _span(chance: random.Random, edges: list[date]) -> tuple[date | None, date | None]:
    """Give a day at the edge of something, a month or year around it, or nothing."""
    day = chance.choice(edges) + timedelta(days=chance.choice(EDGES))
    year = (date(day.year, 1, 1), date(day.year, 12, 31))
    month = (day.replace(day=1), day.replace(day=28))
    return chance.choice([(day, day), (day, day), month, year, (None, None)])


@pytest.fixture
def lives(any_workbook: Workbook) -> tuple[Workbook, dict[int, Life]]:
    chance = random.Random(20250303)
    people = [Life(chance) for _number in range(120)]
    with any_workbook.transaction() as session:
        session.add_all(
            Staff(login=f"w{number}", name=f"何{number}", role="caseworker") for number in range(3)
        )
        session.flush()
        for number, life in enumerate(people):
            life.marry(chance, people)
            life.store(session, number)
        for life in people:
            life.store_spouse(session)
    return any_workbook, {life.id: life for life in people if life.served}


@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(text=CONDITIONS)
def test_condition_reads_the_same_in_python_and_sql(
    text: str, lives: tuple[Workbook, dict[int, Life]]
) -> None:
    read_alike(text, lives)


def test_every_form_reads_the_same_in_python_and_sql(
    lives: tuple[Workbook, dict[int, Life]],
) -> None:
    for number, draft in enumerate([*DRAFTS, *AROUND]):
        inner = INNER[number % len(INNER)]
        text = draft.replace("{inner}", inner).format(cmp=">=", cmp2="<=", age=80)
        read_alike(text, lives)
        read_alike(f"not ({text}) or surely({text})", lives)


def read_alike(text: str, lives: tuple[Workbook, dict[int, Life]]) -> None:
    book, people = lives
    node = parse(text, WORDS)
    known = known_on(subjects_of(node), TODAY, outcomes=("reached", "proxy"))
    with book.reading() as session:
        rows = session.execute(
            known.select_values(Person.id, as_number(condition(node, known.columns, TODAY)))
        ).all()
    assert len(rows) == len(people)
    for person_id, by_database, *cells in rows:
        values = known.values(cells)
        assert values == {one: people[person_id].value(one) for one in known.columns}
        expected = None if by_database is None else bool(by_database)
        assert holds(node, values, TODAY) is expected
        reading = explain(node, values, TODAY)
        assert reading.truth is expected
        assert bool(reading.missing) == (expected is None)


@pytest.mark.parametrize("group", ["household", "neighbours", "community", "branch"])
@pytest.mark.parametrize("enough", [1, 2, 3, 8])
def test_count_that_ends_where_it_decides_answers_like_the_whole_count(
    lives: tuple[Workbook, dict[int, Life]], group: str, enough: int
) -> None:
    book, people = lives
    (subject,) = subjects_of(parse(f"number({group}) >= 1", WORDS))
    few = {"persons": sorted(people), "outcomes": ("reached",)}
    known = known_on([subject], TODAY, enough={subject: enough}, **few)  # type: ignore[arg-type]
    with book.reading() as session:
        rows = session.execute(known.select_values(Person.id)).all()
    assert len(rows) == len(people)
    for person_id, *cells in rows:
        found, whole = known.values(cells)[subject], people[person_id].value(subject)
        ended = isinstance(whole, tuple) and isinstance(whole[0], int) and whole[0] >= enough
        assert found == ((enough, MANY) if ended else whole)
        for op in ("=", "<", "<=", ">", ">="):
            for number in range(enough):
                asked = Test(subject, NumberIs(op, number))  # type: ignore[arg-type]
                assert holds_test(asked, found, TODAY) is holds_test(asked, whole, TODAY)


@settings(deadline=None)
@given(text=CONDITIONS)
def test_condition_can_be_said_in_both_languages(text: str) -> None:
    node = parse(text, WORDS)
    for spoken in ("zh", "en"):
        with speaking(spoken):
            assert write(node, WORDS)


@settings(deadline=None)
@given(text=CONDITIONS)
def test_double_negation_and_de_morgan_change_nothing(text: str) -> None:
    chance = random.Random(text)
    for _number in range(20):
        life = Life(chance)
        plain = parse(text, WORDS)
        values = {one: life.value(one) for one in subjects_of(plain)}
        twice = parse(f"not not ({text})", WORDS)
        swapped = parse(f"not (not ({text}) or not ({text}))", WORDS)
        truth = holds(plain, values, TODAY)
        assert holds(twice, values, TODAY) is truth
        assert holds(swapped, values, TODAY) is truth


@settings(deadline=None)
@given(text=CONDITIONS)
def test_learning_an_unknown_fact_never_turns_true_into_false(text: str) -> None:
    chance = random.Random(text)
    node = parse(text, WORDS)
    if any(word in text for word in ("known", "possibly", "surely")):
        return  # these ask about knowledge itself
    life = Life(chance)
    values = {one: life.value(one) for one in subjects_of(node)}
    hidden = {one: None if chance.random() < 0.4 else value for one, value in values.items()}
    before = holds(node, hidden, TODAY)
    assert before is None or before is holds(node, values, TODAY)

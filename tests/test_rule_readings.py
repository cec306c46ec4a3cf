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
    Case,
    Contact,
    ContactPerson,
    Fact,
    Need,
    Person,
    SeasonalStay,
)
from casework.records.known import known_on
from casework.reference import code_lists, facts
from casework.rules import Subject, Vocabulary, explain, holds, parse, subjects_of
from casework.rules.evaluate import Value
from casework.rules.sentence import write
from casework.rules.sql import as_number, condition
from casework.rules.tree import FIRST_DAY
from casework.terms import Label, speaking
from casework.workbook import Workbook
from tests.conftest import TODAY

WORDS = Vocabulary(
    facts(),
    code_lists(),
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
    "away",
]


@st.composite
def leaves(draw: st.DrawFn) -> str:
    draft = draw(st.sampled_from(DRAFTS))
    return draft.format(
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
        self.past = chance.choice([None, ("poor", 30), ("average", 31), ("good", 5)])
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
            )
            for _number in range(chance.choice([0, 0, 1, 2, 4]))
        ]
        self.levels = [
            (
                TODAY - timedelta(days=chance.choice([-2, 1, 364, 365, 366])),
                chance.choice([0, 1, 2, 3, None]),
            )
            for _number in range(chance.choice([0, 1, 2]))
        ]
        self.needs = [
            (
                chance.choice(["care", "medical", "legal"]),
                chance.choice([None, TODAY, TODAY - timedelta(days=1)]),
            )
            for _number in range(chance.choice([0, 0, 1, 3]))
        ]
        self.away = chance.choice(
            [None, (TODAY, None), (TODAY - timedelta(days=9), TODAY - timedelta(days=1))]
        )

    def store(self, session: Session, number: int) -> None:
        person = Person(
            name=f"张{number}",
            sex=self.sex,
            born_on_earliest=self.born[0],
            born_on_latest=self.born[1],
        )
        session.add(person)
        session.flush()
        self.id = person.id
        session.add(Case(person_id=person.id))
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
        for number, (day, channel, outcome, withdrawn) in enumerate(self.contacts):
            contact = Contact(
                client_key=f"{person.id}-{number}",
                happened_on=day,
                channel=channel,
                recorded_at=AT,
                recorded_by="t",
                withdrawn_at=AT if withdrawn else None,
            )
            session.add(contact)
            session.flush()
            session.add(ContactPerson(contact_id=contact.id, person_id=person.id, outcome=outcome))
        for day, level in self.levels:
            session.add(
                Assessment(
                    person_id=person.id,
                    instrument="barthel",
                    instrument_version="1",
                    assessed_on=day,
                    answers={},
                    level=level,
                    complete=True,
                    recorded_at=AT,
                    recorded_by="t",
                )
            )
        for domain, closed in self.needs:
            session.add(
                Need(
                    person_id=person.id,
                    domain=domain,
                    title="t",
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
            for day, channel, outcome, withdrawn in self.contacts
            if not withdrawn and outcome != "not_reached" and day <= TODAY
        ]
        done = sorted(
            (
                (day, number, level)
                for number, (day, level) in enumerate(self.levels)
                if day <= TODAY
            ),
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
                return (TODAY - timedelta(days=self.past[1]),) * 2
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
                (closed is None or closed >= TODAY) and (not subject.args or domain in subject.args)
                for domain, closed in self.needs
            )
        return self.away is not None and (self.away[1] is None or self.away[1] >= TODAY)


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
        for number, life in enumerate(people):
            life.store(session, number)
    return any_workbook, {life.id: life for life in people}


@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(text=CONDITIONS)
def test_condition_reads_the_same_in_python_and_sql(
    text: str, lives: tuple[Workbook, dict[int, Life]]
) -> None:
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
    if "known" in text:
        return  # known() and unknown() ask about knowledge itself
    life = Life(chance)
    values = {one: life.value(one) for one in subjects_of(node)}
    hidden = {one: None if chance.random() < 0.4 else value for one, value in values.items()}
    before = holds(node, hidden, TODAY)
    assert before is None or before is holds(node, values, TODAY)

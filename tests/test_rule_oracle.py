"""What a condition says, read by hand: a second reader that shares no code with the first.

It knows no tree, no spans and no limits of days. A date that is not fully known is every day that
it may be, and a comparison is true when it is true on each of them; "and", "or" and "not" are
Kleene's. Written from the grammar and the vocabulary alone.
"""

from __future__ import annotations

import random
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casework.records import Person
from casework.records.known import known_on
from casework.rules import Subject, explain, holds, parse, subjects_of
from casework.rules.evaluate import Value
from casework.rules.satisfy import can_hold, implies, may_meet
from casework.rules.sql import as_number, condition
from casework.rules.tree import FIRST_DAY
from casework.workbook import Workbook
from tests.conftest import TODAY
from tests.test_rule_readings import WORDS, Life

Truth = bool | None
Known = Callable[[Subject], Any]
Days = tuple[date, date] | None

COMPARE: dict[str, Callable[[int, int], bool]] = {
    "=": lambda a, b: a == b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
}  # fmt: skip
SIGNS = st.sampled_from(list(COMPARE))
HEALTH = ("good", "fair", "average", "poor", "disabled", "bedridden")


@dataclass(frozen=True)
class Said:
    """A condition as it is written, and its answer by hand for what is known of somebody."""

    text: str
    answer: Callable[[Known, date], Truth]


def over(days: Days, asked: Callable[[date], bool]) -> Truth:
    """Ask every day that a date may be."""
    if days is None:
        return None
    first, last = days
    found = {asked(first + timedelta(days=n)) for n in range((last - first).days + 1)}
    return found.pop() if len(found) == 1 else None


def age_on(born: date, day: date) -> int:
    """Count the birthdays that were; whoever was born on 29 February has none on the 28th."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def moved(day: date, amount: int, unit: str) -> date:
    """Go so far from a day, back when negative; a month that is too short ends with its last."""
    if unit in ("day", "week"):
        return day + timedelta(days=amount * (7 if unit == "week" else 1))
    months = day.year * 12 + day.month - 1 + amount * (12 if unit == "year" else 1)
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def sign(op: str, one: date, other: date) -> bool:
    return COMPARE[op](one.toordinal(), other.toordinal())


BORN = Subject("person", "born_on", kind="date")
RETIRED = Subject("fact", "retired_on", kind="date")
CALLED = Subject("last_contact", "", (), "date")
BACK = Subject("back_on", "", kind="date")
NAMES = {"retired_on": RETIRED, "last_contact_on()": CALLED, "back_on": BACK}


@st.composite
def ages(draw: st.DrawFn) -> Said:
    form = draw(st.sampled_from(["age", "age_this_year"]))

    def years(born: date, day: date) -> int:
        return age_on(born, day) if form == "age" else day.year - born.year

    number = st.integers(78, 92)
    shape = draw(st.sampled_from(["sign", "in", "between", "turned"]))
    if shape == "in":
        some = draw(st.lists(number | st.integers(79, 82), min_size=1, max_size=4))
        return Said(
            f"{form} in ({', '.join(map(str, some))})",
            lambda known, day: over(known(BORN), lambda one: years(one, day) in some),
        )
    if shape == "between":
        low, high = draw(number), draw(number)
        return Said(
            f"{form} between {low} and {high}",
            lambda known, day: kleene(
                all, [over(known(BORN), lambda one: years(one, day) >= low),
                      over(known(BORN), lambda one: years(one, day) <= high)],
            ),
        )  # fmt: skip
    op, limit = draw(SIGNS), draw(number)
    written = f"{limit} {op} {form}" if shape == "turned" else f"{form} {op} {limit}"
    turned = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}.get(op, op) if shape == "turned" else op
    return Said(
        written,
        lambda known, day: over(known(BORN), lambda one: COMPARE[turned](years(one, day), limit)),
    )


@st.composite
def distances(draw: st.DrawFn) -> Said:
    """Time since and until a date: only what was has a time since it, what is to come until."""
    name = draw(st.sampled_from(list(NAMES)))
    form, op = draw(st.sampled_from(["since", "until"])), draw(SIGNS)
    amount = draw(st.sampled_from([0, 1, 2, 3, 5, 8, 9, 10, 29, 30, 31]))
    unit = draw(st.sampled_from(["day", "week", "month", "year"]))
    subject = NAMES[name]
    back = form == "since"

    def one_day(it: date, day: date) -> bool:
        mark = moved(day, -amount if back else amount, unit)
        plain = "=" if op == "!=" else op
        turned = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}[plain] if plain != "=" else "="
        met = sign(turned if back else plain, it, mark)
        if plain in ("<", "<="):  # so short is only what has begun
            met = met and (it <= day if back else it >= day)
        if subject is BACK and it == FIRST_DAY:
            met = False  # whoever never was away has not been back for long
        return not met if op == "!=" else met

    return Said(
        f"{form}({name}) {op} {amount} {unit}s",
        lambda known, day: over(known(subject), lambda it: one_day(it, day)),
    )


@st.composite
def days(draw: st.DrawFn) -> Said:
    name, op = draw(st.sampled_from(["born_on", "retired_on"])), draw(SIGNS)
    near = date(1945, 3, 3) if name == "born_on" else TODAY
    limit = near + timedelta(days=draw(st.integers(-40, 40)))
    subject = BORN if name == "born_on" else RETIRED
    return Said(
        f"{name} {op} {limit}",
        lambda known, _day: over(known(subject), lambda it: sign(op, it, limit)),
    )


@st.composite
def words(draw: st.DrawFn) -> Said:
    shape = draw(st.sampled_from(["order", "same", "several", "flag", "known", "count", "has"]))
    if shape == "order":
        op = draw(st.sampled_from(["<", "<=", ">", ">="]))
        mark = draw(st.sampled_from(["average", "poor", "disabled"]))
        health = Subject("fact", "health")

        def ordered(known: Known, _day: date) -> Truth:
            found = known(health)
            return None if found is None else COMPARE[op](
                HEALTH.index(str(found)), HEALTH.index(mark)
            )  # fmt: skip

        return Said(f"health {op} '{mark}'", ordered)
    living = Subject("fact", "living")
    if shape in ("same", "several"):
        some = draw(st.lists(st.sampled_from(["alone", "empty_nest", "with_children"]),
                             min_size=1, max_size=3))  # fmt: skip
        listed = ", ".join(f"'{one}'" for one in some)
        no = draw(st.booleans())
        if shape == "same":
            some, text = some[:1], f"living {'!=' if no else '='} '{some[0]}'"
        else:
            text = f"living {'not ' if no else ''}in ({listed})"
        return Said(
            text,
            lambda known, _day: (
                None if known(living) is None else (known(living) in some) is not no
            ),
        )
    if shape == "flag":
        near = Subject("fact", "children_nearby", kind="flag")
        return Said("children_nearby", lambda known, _day: known(near))
    if shape == "known":
        word = draw(st.sampled_from(["known", "unknown"]))
        name, subject = draw(st.sampled_from([("living", living), ("born_on", BORN)]))
        return Said(
            draw(st.sampled_from([f"{word}({name})", f"{name} is {word}"])),
            lambda known, _day: (known(subject) is not None) is (word == "known"),
        )
    if shape == "has":
        ills = draw(
            st.lists(st.sampled_from(["高血压", "糖尿病", "冠心病"]), min_size=1, max_size=2)
        )
        asked = Subject("has", "condition", tuple(sorted(set(ills))), "flag")
        return Said(
            f"has(condition, {', '.join(repr(one) for one in ills)})",
            lambda known, _day: known(asked),
        )
    op, n = draw(SIGNS), draw(st.integers(0, 3))
    count = Subject("count", "condition", kind="number")
    return Said(
        f"count(condition) {op} {n}",
        lambda known, _day: None if known(count) is None else COMPARE[op](known(count), n),
    )


def kleene(how: Callable[[Iterator[bool]], bool], parts: list[Truth]) -> Truth:
    """Join answers: what comes out whichever way the unknown ones turn out."""
    if_no = how(iter([bool(one) for one in parts]))
    if_yes = how(iter([one is not False for one in parts]))
    return if_no if if_no is if_yes else None


def joined(word: str, parts: list[Said]) -> Said:
    how = all if word == "and" else any
    return Said(
        f"({f' {word} '.join(one.text for one in parts)})",
        lambda known, day: kleene(how, [one.answer(known, day) for one in parts]),
    )


def turned(part: Said) -> Said:
    def answer(known: Known, day: date) -> Truth:
        found = part.answer(known, day)
        return None if found is None else not found

    return Said(f"not ({part.text})", answer)


def assumed(part: Said, word: str) -> Said:
    def answer(known: Known, day: date) -> Truth:
        found = part.answer(known, day)
        return word == "possibly" if found is None else found

    return Said(f"{word}({part.text})", answer)


LEAVES = st.one_of(ages(), ages(), distances(), distances(), days(), words(), words())
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=3)).map(
            lambda one: joined(*one)
        ),
        inner.map(turned),
        st.tuples(inner, st.sampled_from(["possibly", "surely"])).map(lambda one: assumed(*one)),
    ),
    max_leaves=5,
)
ODD_DAYS = (
    date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1), date(2025, 2, 28), date(2025, 3, 1),
    date(2025, 3, 31), date(2025, 12, 31), date(2026, 1, 1), TODAY,
)  # fmt: skip


@st.composite
def somebody(draw: st.DrawFn, day: date) -> dict[Subject, Value]:
    """Draw what is known of somebody, near the days on which something turns."""
    born = moved(day, -draw(st.integers(78, 92)), "year")
    return {
        BORN: draw(_spans(born)),
        RETIRED: draw(_spans(moved(day, draw(st.integers(-12, 12)), "month"))),
        CALLED: draw(st.just((FIRST_DAY, FIRST_DAY)) | _spans(day, known=True)),
        BACK: draw(st.just((FIRST_DAY, FIRST_DAY)) | _spans(day, known=True)),
        Subject("fact", "health"): draw(st.sampled_from([*HEALTH, None])),
        Subject("fact", "living"): draw(st.sampled_from(["alone", "empty_nest", "other", None])),
        Subject("fact", "children_nearby", kind="flag"): draw(st.sampled_from([True, False, None])),
        Subject("count", "condition", kind="number"): draw(st.none() | st.integers(0, 3)),
    }


@st.composite
def _spans(draw: st.DrawFn, near: date, known: bool = False) -> Days:
    day = near + timedelta(days=draw(st.integers(-2, 2)))
    if known:
        return day, day
    year = (date(day.year, 1, 1), date(day.year, 12, 31))
    month = (day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]))
    some = (day, day + timedelta(days=draw(st.integers(0, 900))))
    return draw(st.sampled_from([(day, day), (day, day), month, year, some, None]))


@settings(max_examples=400)
@given(said=CONDITIONS, day=st.sampled_from(ODD_DAYS), data=st.data())
def test_condition_comes_out_as_when_read_by_hand(
    said: Said, day: date, data: st.DataObject
) -> None:
    node = parse(said.text, WORDS)
    for _number in range(4):
        found = data.draw(somebody(day))
        found |= {one: data.draw(st.sampled_from([True, False, None]))
                  for one in subjects_of(node) if one.source == "has"}  # fmt: skip
        wanted = said.answer(found.get, day)
        assert holds(node, found, day) is wanted, said.text
        reading = explain(node, found, day)
        assert reading.truth is wanted, said.text
        assert all(one.truth is not None or one.settled for one in reading.matched)
        assert all(one.truth is None and not one.settled for one in reading.missing)
        assert bool(reading.missing) is (wanted is None)


@pytest.fixture
def lives(any_workbook: Workbook) -> tuple[Workbook, dict[int, Life]]:
    chance = random.Random(7)
    people = [Life(chance) for _number in range(60)]
    with any_workbook.transaction() as session:
        for number, life in enumerate(people):
            life.worker = None  # nobody's: what others do is asked in test_rule_readings
            life.store(session, number)
    return any_workbook, {life.id: life for life in people if life.served}


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(said=CONDITIONS)
def test_databases_answer_as_when_read_by_hand(
    said: Said, lives: tuple[Workbook, dict[int, Life]]
) -> None:
    book, people = lives
    node = parse(said.text, WORDS)
    known = known_on(subjects_of(node), TODAY, outcomes=("reached", "proxy"))
    with book.reading() as session:
        rows = session.execute(
            known.select_values(Person.id, as_number(condition(node, known.columns, TODAY)))
        ).all()
    for person_id, by_database, *_cells in rows:
        wanted = said.answer(people[person_id].value, TODAY)
        assert by_database == (None if wanted is None else int(wanted)), said.text


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("age in (80, 81)", True),  # born in 1944, of that year nothing more
        ("age in (81, 80, 80)", True),
        ("age in (80, 90)", None),
        ("age in (79, 80, 82)", None),
        ("age_this_year in (80, 81)", True),
        ("age not in (80, 81)", False),
    ],
)
def test_age_that_is_one_of_neighbouring_years_whatever_the_day_is_in_them(
    text: str, wanted: Truth
) -> None:
    values = {BORN: (date(1944, 1, 1), date(1944, 12, 31))}
    assert holds(parse(text, WORDS), values, TODAY) is wanted


def test_no_day_is_less_than_no_days_ago() -> None:
    values = {RETIRED: (date(2025, 1, 1), date(2025, 12, 31))}
    for text in ("since(retired_on) < 0 days", "until(retired_on) < 0 days"):
        assert holds(parse(text, WORDS), values, TODAY) is False
        assert holds(parse(text, WORDS), {RETIRED: None}, TODAY) is None


# --- whether anybody at all can meet a condition ------------------------------------------------


def known_birth(word: str) -> Said:
    return Said(
        f"{word}(born_on)", lambda known, _day: (known(BORN) is None) is (word == "unknown")
    )


ON_BIRTH = st.recursive(
    st.one_of(
        ages(),
        ages(),
        days().filter(lambda one: one.text.startswith("born_on")),
        st.sampled_from(["known", "unknown"]).map(known_birth),
    ),
    lambda inner: st.one_of(
        st.tuples(
            st.sampled_from(["and", "and", "or"]), st.lists(inner, min_size=2, max_size=3)
        ).map(lambda one: joined(*one)),
        inner.map(turned),
    ),
    max_leaves=4,
)


def birth_days(day: date) -> list[date]:
    """List days on both sides of every limit that these conditions can draw."""
    found = {date(1945, 1, 1) + timedelta(days=n) for n in range(120)}
    for years in range(76, 95):
        found |= {moved(day, -years, "year") + timedelta(days=n) for n in (-2, -1, 0, 1, 2)}
        found |= {date(day.year - years, 1, 1), date(day.year - years, 12, 31)}
    return sorted(found)


@settings(max_examples=60)
@given(said=ON_BIRTH, other=ON_BIRTH, day=st.sampled_from(ODD_DAYS))
def test_condition_can_hold_exactly_where_some_day_of_birth_meets_it(
    said: Said, other: Said, day: date
) -> None:
    one, another = parse(said.text, WORDS), parse(other.text, WORDS)
    born: list[Days] = [(it, it) for it in birth_days(day)] + [None]
    both = [tuple(each.answer({BORN: it}.get, day) for each in (said, other)) for it in born]
    assert can_hold(one, WORDS, day) is any(first for first, _second in both)
    assert may_meet(one, another, WORDS, day) is any(first and second for first, second in both)
    fails = any(first and second is False for first, second in both)
    assert implies(one, another, WORDS, day) is (not fails)


@settings(max_examples=150)
@given(said=CONDITIONS, day=st.sampled_from(ODD_DAYS), data=st.data())
def test_condition_that_somebody_meets_is_never_called_impossible(
    said: Said, day: date, data: st.DataObject
) -> None:
    node = parse(said.text, WORDS)
    found = data.draw(somebody(day))
    found |= {one: data.draw(st.booleans()) for one in subjects_of(node) if one.source == "has"}
    if said.answer(found.get, day):
        assert can_hold(node, WORDS, day) is not False, said.text


ILLS = ("高血压", "糖尿病", "冠心病")


def has_ill(*ills: str) -> Said:
    asked = Subject("has", "condition", tuple(sorted(set(ills))), "flag")
    return Said(
        f"has(condition, {', '.join(repr(one) for one in ills)})",
        lambda known, _day: known(asked),
    )


def count_ills(op: str, n: int) -> Said:
    count = Subject("count", "condition", kind="number")
    return Said(
        f"count(condition) {op} {n}",
        lambda known, _day: None if known(count) is None else COMPARE[op](known(count), n),
    )


def known_ills(word: str) -> Said:
    count = Subject("count", "condition", kind="number")
    return Said(
        f"{word}(condition)", lambda known, _day: (known(count) is None) is (word == "unknown")
    )


ON_ILLS = st.recursive(
    st.one_of(
        st.lists(st.sampled_from(ILLS), min_size=1, max_size=2).map(lambda some: has_ill(*some)),
        st.tuples(SIGNS, st.integers(0, 2)).map(lambda one: count_ills(*one)),
        st.sampled_from(["known", "unknown"]).map(known_ills),
    ),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: joined("and", parts)),
        st.lists(inner, min_size=2, max_size=2).map(lambda parts: joined("or", parts)),
        inner.map(turned),
    ),
    max_leaves=4,
)


def _of(ills: set[str] | None) -> Known:
    """Know of somebody who has these, and nothing else that is named; None where nothing is."""

    def known(subject: Subject) -> Value:
        if ills is None:
            return None
        return bool(ills & set(subject.args)) if subject.source == "has" else len(ills)

    return known


@settings(max_examples=150)
@given(said=ON_ILLS)
def test_condition_on_several_values_that_somebody_meets_can_hold(said: Said) -> None:
    everybody = [_of(None)] + [
        _of({one for n, one in enumerate((*ILLS, "x", "y")) if chosen >> n & 1})
        for chosen in range(32)
    ]
    met = any(said.answer(known, TODAY) for known in everybody)
    assert not met or can_hold(parse(said.text, WORDS), WORDS, TODAY) is not False


@pytest.mark.parametrize(
    "text",
    [
        "has(condition, '高血压') and not has(condition, '高血压')",
        "has(condition, '高血压') and not has(condition, '高血压', '糖尿病')",
        "has(condition, '高血压') and count(condition) = 0",
        "has(condition, '高血压') and unknown(condition)",
        "not has(condition, '高血压') and unknown(condition)",
        "count(condition) < 1 and count(condition) > 0",
        "unknown(living) and living = 'alone'",
        "known(living) and unknown(living)",
        "health >= 'poor' and health < 'poor'",
        "children_nearby and not children_nearby",
    ],
)
def test_what_nobody_can_meet_is_called_impossible(text: str) -> None:
    assert can_hold(parse(text, WORDS), WORDS, TODAY) is False


def test_day_of_which_only_one_end_is_known_is_not_known() -> None:
    for half in ((None, TODAY), (TODAY, None)):
        assert holds(parse("known(born_on)", WORDS), {BORN: half}, TODAY) is False

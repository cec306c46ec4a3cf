"""Figures on random populations: each counts exactly its rows, and what a person would count."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from casework.factvalues import certain_age
from casework.indicators import (
    TOPICS,
    Scope,
    Wanted,
    count_rows,
    frame_of,
    keys_of,
    rows_of,
    supervisor_figures,
)
from casework.indicators.figure import half_up, share_of
from casework.terms import LANGUAGES, speaking
from casework.workbook import Workbook
from tests.conftest import TODAY
from tests.populations import Job, Someone, Visit, day, populations, settle

SLOW = settings(
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking would run for minutes
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
RECENT = 92


def figures_of(workbook: Workbook, people, topics=TOPICS, **scope):
    """Count a population that leaves no trace."""
    about = Scope(workbook.agency, **{"as_of": TODAY, **scope})
    session_of = workbook.reading()
    with session_of as session:
        settle(session, people)
        found = {one.code: one for one in supervisor_figures(session, about, topics)}
        session.rollback()
    return found


def _one_of_each_shape(figures, pick: int):
    """Choose figures so that every family is there with every column that is tested."""
    shapes = defaultdict(list)
    for figure in figures:
        columns = tuple((test.column, test.value is None) for test in figure.rows.tests)
        shapes[figure.rows.family, columns].append(figure)
    return [alike[pick % len(alike)] for alike in shapes.values()]


@settings(SLOW, max_examples=8)
@given(
    people=populations,
    unit=st.sampled_from([None, "yushan", "bureau"]),
    period=st.sampled_from(["recent", "month", "year"]),
    back=st.sampled_from([0, 1, 30, 400]),
    pick=st.integers(0, 100),
)
def test_every_figure_counts_exactly_its_rows(any_workbook, people, unit, period, back, pick):
    scope = Scope(any_workbook.agency, TODAY - timedelta(days=back), unit, period)
    with any_workbook.reading() as session:
        settle(session, people)
        figures = list(supervisor_figures(session, scope))
        paged = set()
        for figure in _one_of_each_shape(figures, pick):
            keys = keys_of(session, scope, figure.rows)
            assert len(keys) == len(set(keys)) == figure.n_rows, figure.code
            is_share = figure.rows.family == "people" or figure.code == "tailored.index"
            assert is_share or figure.n_rows == figure.number, figure.code
            if figure.n_rows and figure.rows.family not in paged:
                paged.add(figure.rows.family)
                page = rows_of(session, scope, figure.rows, Wanted(limit=3))
                assert [row["key"] for row in page.rows] == keys[:3], figure.code
                assert page.matching == figure.n_rows, figure.code
        session.rollback()


def _in_care(one: Someone) -> bool:
    open_case = any(
        (first is None or first <= 0) and (last is None or last >= 0) for first, last in one.cases
    )
    dead = one.died is not None and one.died < 0
    return open_case and not (dead or one.merged or one.withdrawn)


def _values(one: Someone, code: str) -> list[str]:
    return [value for fact, value in one.facts if fact == code]


def _single(one: Someone, code: str, known: list[str]) -> str | None:
    values = set(_values(one, code))
    return values.pop() if len(values) == 1 and values <= set(known) else None


def _told(people: list[Someone]) -> list[Someone]:
    """Leave out who is not in care; the first of a population cannot be merged into anybody."""
    first = [replace(people[0], merged=False), *people[1:]] if people else []
    return [one for one in first if _in_care(one)]


@SLOW
@given(people=populations)
@example(people=[Someone(born=(date(1935, 3, 1), date(1935, 3, 31)))])
def test_people_and_ages_are_those_that_one_would_count(workbook, people):
    found = figures_of(workbook, people, ["people", "ages", "pyramid"])
    here = _told(people)
    assert found["people.total"].number == len(here)
    known = ["retired_veteran", "retired", "surviving_spouse"]
    categories = Counter(_single(one, "category", known) for one in here)
    assert found["people.category_unknown"].number == categories[None]
    for code in ("retired_veteran", "retired"):
        assert found[f"people.category.{code}"].number == categories[code]
    ages = [certain_age(*(one.born or (None, None)), TODAY) for one in here]
    sure = [age for age in ages if age is not None]
    assert found["ages.all.unknown"].number == len(ages) - len(sure)
    assert found["ages.all.oldest"].number == max(sure, default=None)
    assert found["ages.all.youngest"].number == min(sure, default=None)
    mean = sum(sure) / len(sure) if sure else None
    assert found["ages.all.mean"].exact == (mean and pytest.approx(mean, abs=0.0501))
    charted = sum(found[code].number for code in found if code.startswith("pyramid."))
    assert charted == len(here)


def _is_alone(one: Someone) -> bool | None:
    values = _values(one, "living")
    if "alone" in values:
        return True
    return None if not values or "不定" in values else False


def _is_double_high(one: Someone) -> bool | None:
    born, day_80 = one.born, date(TODAY.year - 80, TODAY.month, TODAY.day)
    old = None
    if born is not None and (born[1] <= day_80 or born[0] > day_80):
        old = born[1] <= day_80
    values = _values(one, "condition")
    ill = None if not values else len(set(values) - {""}) >= 2
    if False in (old, ill):
        return False
    return None if None in (old, ill) else True


@SLOW
@given(people=populations)
def test_groups_tell_yes_no_and_unknown_apart(workbook, people):
    found, here = figures_of(workbook, people, ["groups"]), _told(people)
    for code, is_in in (("alone", _is_alone), ("double_high", _is_double_high)):
        told = Counter(is_in(one) for one in here)
        assert found[f"groups.{code}"].number == told[True]
        assert found[f"groups.{code}.no"].number == told[False]
        assert found[f"groups.{code}.unknown"].number == told[None]
        assert found[f"groups.{code}"].unknown == told[None]


def _counts(visit: Visit) -> bool:
    return visit.outcome in ("reached", "proxy") and not visit.withdrawn and visit.days_ago >= 0


@SLOW
@given(people=populations)
def test_contacts_are_counted_by_the_agencys_rule(workbook, people):
    found, here = figures_of(workbook, people, ["contacts", "reach"]), _told(people)
    recent = [
        (number, visit)
        for number, one in enumerate(people)
        for visit in one.visits
        if _counts(visit) and visit.days_ago < RECENT
    ]
    assert found["contacts.person_times"].number == len(recent)
    assert found["contacts.people"].number == len({number for number, _visit in recent})
    phone = [number for number, visit in recent if visit.channel == "phone"]
    assert found["contacts.phone.person_times"].number == len(phone)
    assert found["contacts.phone.people"].number == len(set(phone))
    ours = [visit for _number, visit in recent if visit.initiated_by == "staff"]
    assert (found["contacts.proactive"].number, found["contacts.proactive"].of) == (
        len(ours), len(recent),
    )  # fmt: skip
    reached = [one for one in here if any(_counts(v) and v.days_ago < RECENT for v in one.visits)]
    assert found["reach.reached"].number == len(reached)
    assert found["reach.never"].number == len(here) - len(reached)
    ever = [one for one in here if any(_counts(visit) for visit in one.visits)]
    assert found["reach.no_record"].number == len(here) - len(ever)


def _status(job: Job) -> str:
    due = max(job.opens, job.due)
    if any(on is not None and on <= 0 for on in (job.cancelled, job.done, job.excused)):
        return "closed"
    if job.in_force is None or job.in_force > 0 or job.opens > 0:
        return "draft"
    return "failed" if due < 0 else "soon" if due <= 7 else "ready"


@SLOW
@given(people=populations)
def test_overdue_tasks_are_those_whose_window_has_passed(workbook, people):
    found = figures_of(workbook, people, ["tasks"])
    people = [replace(people[0], merged=False), *people[1:]] if people else []
    ours = [one for one in people if not (one.merged or one.withdrawn)]
    told = Counter(_status(job) for one in ours for job in one.jobs)
    assert found["tasks.overdue"].number == told["failed"]
    assert found["tasks.due_soon"].number == told["soon"]
    assert found["tasks.open"].number == told["failed"] + told["soon"] + told["ready"]
    for part in ("unit", "owner", "service"):
        prefix = f"tasks.overdue.{part}."
        parts = [one.number for code, one in found.items() if code.startswith(prefix)]
        assert sum(parts) == told["failed"]


def test_dossier_items_are_known_missing_or_stale(any_workbook):
    facts = (("category", "retired"), ("mobile", ""), ("health", "good"))
    people = [Someone(facts=facts, verified=-100), Someone(facts=(), verified=None)]
    found = figures_of(any_workbook, people)
    core = found["dossiers.known"].of
    assert (found["dossiers.known"].number, found["dossiers.missing"].number) == (3, core - 3)
    assert found["dossiers.health.stale"].number == 1, "health is to be verified every 90 days"
    assert found["dossiers.basics.stale"].number == 0


def test_month_of_birth_is_enough_where_every_day_gives_the_same_age(any_workbook):
    past = Someone(born=(date(1935, 2, 1), date(1935, 2, 28)))
    present = Someone(born=(date(1935, 3, 1), date(1935, 3, 31)))
    found = figures_of(any_workbook, [past, present])
    assert found["ages.all.oldest"].number == 90
    assert found["ages.all.unknown"].number == 1
    assert found["ages.all.very_high"].number == 1
    assert found["ages.all.very_high"].unknown == 1


def test_leap_day_is_kept_on_the_first_of_march(any_workbook):
    one = Someone(born=(date(1940, 2, 29), date(1940, 2, 29)))
    before = figures_of(any_workbook, [one], as_of=date(2025, 2, 28))
    after = figures_of(any_workbook, [one], as_of=date(2025, 3, 1))
    assert (before["ages.all.mean"].number, after["ages.all.mean"].number) == (84, 85)


def test_ages_are_unknown_and_not_zero_when_nobody_has_one(workbook):
    found = figures_of(workbook, [Someone(born=None)])
    assert found["ages.all.mean"].number is None
    assert "0" not in found["ages.all.mean"].sentence


def test_two_categories_at_once_are_none(any_workbook):
    torn = Someone(facts=(("category", "retired"), ("category", "retired_veteran")))
    found = figures_of(any_workbook, [torn])
    assert found["people.category_unknown"].number == 1


def test_contact_at_the_edge_of_the_recent_days_counts(any_workbook):
    people = [Someone(visits=(Visit(RECENT - 1),)), Someone(visits=(Visit(RECENT),))]
    found = figures_of(any_workbook, people)
    assert found["reach.never"].number == 1


def test_unit_takes_in_the_units_below_it(any_workbook):
    people = [Someone(unit="yushan"), Someone(unit="c-wuxing"), Someone(unit="water"), Someone()]
    found = figures_of(any_workbook, people, unit="yushan")
    assert found["people.total"].number == 2


def test_never_reached_stand_longest_first(any_workbook):
    people = [
        Someone(visits=(Visit(100),)),
        Someone(visits=(Visit(300),)),
        Someone(visits=()),
        Someone(visits=(Visit(3),)),
    ]
    scope = Scope(any_workbook.agency, TODAY)
    with any_workbook.reading() as session:
        ids = settle(session, people)
        found = {one.code: one for one in supervisor_figures(session, scope, ["reach"])}
        page = rows_of(session, scope, found["reach.never"].rows)
        session.rollback()
    assert [row["key"] for row in page.rows] == [ids[2], ids[1], ids[0]]
    assert [row["days_since"] for row in page.rows] == [None, 300, 100]


def test_search_narrows_the_rows_and_counts_them(any_workbook):
    scope = Scope(any_workbook.agency, TODAY)
    with any_workbook.reading() as session:
        settle(session, [Someone(unit="water") for _n in range(12)])
        figure = next(iter(supervisor_figures(session, scope, ["people"])))
        assert count_rows(session, scope, figure.rows, "测11") == 1
        assert count_rows(session, scope, figure.rows, "CE 1") == 3
        assert count_rows(session, scope, figure.rows, "水利") == 12
        assert count_rows(session, scope, figure.rows, "%") == 0
        session.rollback()


def test_frame_has_one_row_for_each_that_is_counted(workbook):
    scope = Scope(workbook.agency, TODAY)
    with workbook.reading() as session:
        settle(session, [Someone(), Someone()])
        figure = next(iter(supervisor_figures(session, scope, ["people"])))
        frame = frame_of(session, scope, figure.rows)
        assert len(frame) == 2
        assert all(unit is None or isinstance(unit, str) for unit in frame["unit"])
        session.rollback()


def test_every_figure_is_said_in_both_languages_with_its_number(workbook):
    found = figures_of(workbook, [Someone(visits=(Visit(1),), jobs=(Job(due=-1),))])
    for figure in found.values():
        for code in LANGUAGES:
            with speaking(code):
                assert figure.number is None or figure.shown in figure.sentence, figure.code
                assert "{" not in figure.sentence + str(figure.definition), figure.code
        latin = set(figure.says.zh + figure.definition.zh) & set("abcdefghijklmopqrstuvwxyz")
        assert not latin - set("n"), (figure.code, figure.says.zh, figure.definition.zh)


def test_every_topic_is_counted_alone_as_with_the_others(workbook):
    people = [Someone(visits=(Visit(1),), jobs=(Job(due=-1),))]
    scope = Scope(workbook.agency, TODAY)
    with workbook.reading() as session:
        settle(session, people)
        together = list(supervisor_figures(session, scope))
        alone = [one for topic in TOPICS for one in supervisor_figures(session, scope, [topic])]
        session.rollback()
    assert {one.code: one for one in alone} == {one.code: one for one in together}


@given(st.integers(0, 10**6), st.integers(1, 10**4))
def test_share_is_never_all_nor_nothing_when_it_is_not(number, of):
    number = min(number, of)
    said = share_of(number, of)
    assert (said == "100%") == (number == of)
    assert (said == "0%") == (number == 0)


def test_halves_are_rounded_up():
    assert (half_up(169, 2), half_up(171, 2), half_up(8524, 100, 1)) == (85, 86, 85.2)


def test_day_offsets_are_read_from_today():
    assert day(0) == TODAY

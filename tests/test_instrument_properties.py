"""What holds for every instrument and every sheet, whatever the figures."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.errors import IncompleteAssessment, InvalidEntry
from casework.instruments import (
    Instrument,
    Sheet,
    check_answers,
    compare,
    read_total,
    require_complete,
    score,
    unanswered,
)
from casework.instruments.library import instruments
from casework.terms import speaking
from tests.sheets import (
    answers_of_item,
    asked_only,
    best_sheet,
    required_context,
    sheets,
)

# Each test runs for every instrument, so that a few sheets of each are many sheets in all.
few = settings(max_examples=25, deadline=None)

EVERY = list(instruments().values())
BY_ID = pytest.mark.parametrize("chosen", EVERY, ids=[one.id for one in EVERY])


@BY_ID
@few
@given(data=st.data())
def test_complete_sheet_is_scored_and_lies_in_a_band(chosen: Instrument, data: Any) -> None:
    result = score(chosen, data.draw(sheets(chosen)), required_context(chosen))
    assert result.complete
    assert result.missing == ()
    assert result.total in chosen.possible
    assert chosen.banding().label_of(result.level) == result.label


@BY_ID
@few
@given(data=st.data())
def test_order_of_answers_does_not_matter(chosen: Instrument, data: Any) -> None:
    answers = data.draw(sheets(chosen))
    shuffled = dict(data.draw(st.permutations(list(answers.items()))))
    assert score(chosen, shuffled) == score(chosen, answers)


@BY_ID
@few
@given(data=st.data())
def test_better_answer_never_leads_to_a_worse_level(chosen: Instrument, data: Any) -> None:
    answers = data.draw(sheets(chosen))
    item = data.draw(st.sampled_from([one for one in chosen.items if one.key in answers]))
    own = 1 if chosen.way_of(item) == "better" else -1
    here = own * (item.points(answers[item.key]) or 0)
    better = [one for one in answers_of_item(item) if own * (item.points(one) or 0) >= here]
    known = required_context(chosen)
    before = score(chosen, answers, known)
    changed = {**answers, item.key: data.draw(st.sampled_from(better))}
    after = score(chosen, asked_only(chosen, changed), known)
    sign = 1 if chosen.higher_is == "better" else -1
    assert sign * (after.total or 0) >= sign * (before.total or 0)
    assert after.level <= before.level  # type: ignore[operator]


@BY_ID
@few
@given(data=st.data())
def test_incomplete_sheet_is_never_scored_and_names_what_is_missing(
    chosen: Instrument, data: Any
) -> None:
    answers = data.draw(sheets(chosen))
    gone = data.draw(st.sets(st.sampled_from(sorted(answers)), min_size=1 + chosen.may_miss))
    rest = {key: value for key, value in answers.items() if key not in gone}
    result = score(chosen, rest, required_context(chosen))
    sheet = Sheet(chosen, rest, {})
    in_order = tuple(one.key for one in chosen.items if one.key in gone and sheet.asked(one))
    assert (result.total, result.level, result.label, result.complete) == (None, None, None, False)
    assert result.missing == in_order == unanswered(chosen, rest)


@BY_ID
@few
@given(data=st.data())
def test_answer_left_empty_is_the_same_as_one_left_out(chosen: Instrument, data: Any) -> None:
    answers = data.draw(sheets(chosen))
    gone = data.draw(st.sets(st.sampled_from(sorted(answers))))
    left_out = {key: value for key, value in answers.items() if key not in gone}
    empty = {key: None if key in gone else value for key, value in answers.items()}
    assert score(chosen, empty) == score(chosen, left_out)


@BY_ID
@few
@given(data=st.data())
def test_values_of_the_wrong_type_are_refused(chosen: Instrument, data: Any) -> None:
    item = data.draw(st.sampled_from(chosen.items))
    right = data.draw(st.sampled_from(answers_of_item(item)))
    twisted: list[object] = [True, False, 1.0, float("nan"), [right], {"value": right}, "", 10**6]
    twisted += [str(right), float(right), -right - 1] if isinstance(right, int) else [right.upper()]
    wrong = data.draw(st.sampled_from(twisted))
    with pytest.raises(InvalidEntry) as refusal:
        score(chosen, {item.key: wrong})
    assert refusal.value.field == item.key


@BY_ID
def test_unknown_keys_are_refused(chosen: Instrument) -> None:
    with pytest.raises(InvalidEntry, match="no_such_item"):
        score(chosen, {"no_such_item": 1})
    with pytest.raises(InvalidEntry, match="no_such_context"):
        score(chosen, {}, {"no_such_context": 1})


@BY_ID
@few
@given(total=st.integers(-10, 200))
def test_total_is_read_exactly_when_it_can_occur(chosen: Instrument, total: int) -> None:
    if total in chosen.possible:
        found = read_total(chosen, total, required_context(chosen))
        assert found.total == (total if found.complete else None)
    else:
        with pytest.raises(InvalidEntry):
            read_total(chosen, total)


@BY_ID
@few
@given(data=st.data())
def test_total_reads_like_its_answers(chosen: Instrument, data: Any) -> None:
    known = required_context(chosen)
    result = score(chosen, data.draw(sheets(chosen)), known)
    again = read_total(chosen, result.total, known)
    if not result.applied and again.complete:
        assert again.level == result.level


@BY_ID
@few
@given(data=st.data())
def test_result_can_be_recomputed_from_its_answers_and_version(
    chosen: Instrument, data: Any
) -> None:
    answers = data.draw(sheets(chosen))
    result = score(chosen, answers)
    again = score(chosen, answers, banding=result.banding, version=result.version)
    assert again == result


@BY_ID
@few
@given(data=st.data())
def test_comparison_names_exactly_the_answers_that_differ(chosen: Instrument, data: Any) -> None:
    before, after = data.draw(sheets(chosen)), data.draw(sheets(chosen))
    changes = compare(chosen, before, after)
    either = before | after
    assert {one.key for one in changes} == {k for k in either if before.get(k) != after.get(k)}
    assert compare(chosen, before, before) == ()


@BY_ID
def test_every_item_can_be_read_in_both_languages(chosen: Instrument) -> None:
    for code in ("zh", "en"):
        with speaking(code):
            assert str(chosen.label)
            for item in chosen.items:
                assert all(item.shown(one) for one in answers_of_item(item))
                assert len(answers_of_item(item, offered_only=True)) >= 2


GB = instruments()["gbt42195-2022"]
EVENTS = st.dictionaries(
    st.sampled_from(["fall", "choking", "wandering", "other"]), st.integers(0, 3)
)


@few
@given(answers=sheets(GB), events=EVENTS, codes=st.lists(st.sampled_from(["F00", "F20", "I10"])))
def test_change_rules_never_make_a_grade_better_or_pass_the_worst(
    answers: dict[str, Any], events: dict[str, int], codes: list[str]
) -> None:
    plain = score(GB, answers)
    changed = score(GB, answers, {"risk_events_30d": events, "diagnoses": codes})
    assert plain.level <= changed.level <= 4  # type: ignore[operator]
    if answers["B.3.9"] != "coma":
        assert changed.level - plain.level <= 1  # type: ignore[operator]
        assert ("R3" in changed.applied) == (sum(events.values()) >= 2)


def test_what_change_rules_could_not_look_at_is_reported() -> None:
    assert score(GB, {}).unchecked == ("diagnoses", "risk_events_30d", "coma")
    assert score(GB, {}, {"diagnoses": []}).unchecked == ("risk_events_30d", "coma")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("diagnoses", "F00"),
        ("diagnoses", ["dementia"]),
        ("diagnoses", [1]),
        ("risk_events_30d", 2),
        ("risk_events_30d", ["fall", "fall"]),
        ("risk_events_30d", {"fall": True}),
        ("risk_events_30d", {"fall": "2"}),
        ("risk_events_30d", {"fall": -1}),
        ("risk_events_30d", {"fall": 1.5}),
        ("coma", 1),
        ("coma", "no"),
    ],
)
def test_context_of_the_wrong_kind_is_refused(key: str, value: object) -> None:
    with pytest.raises(InvalidEntry) as refusal:
        score(GB, {}, {key: value})
    assert refusal.value.field == key


def test_version_that_is_not_in_force_is_refused() -> None:
    for version in ("2", "1+steps_worse_at_most=3", "1+no_such=1", "1+steps_worse_at_most=", ""):
        with pytest.raises(InvalidEntry):
            score(GB, {}, version=version)


def test_incomplete_score_is_refused_with_the_names_of_the_items() -> None:
    barthel = instruments()["barthel"]
    best = best_sheet(barthel)
    rest = {key: value for key, value in best.items() if key != "stairs"}
    with speaking("zh"), pytest.raises(IncompleteAssessment, match="上下楼梯") as refusal:
        require_complete(barthel, score(barthel, rest))
    assert refusal.value.missing == ("stairs",)
    assert require_complete(barthel, score(barthel, best)).total == 100


def test_answers_given_keep_their_values() -> None:
    assert check_answers(GB, {"B.3.9": "coma", "B.1.1": None}) == {"B.3.9": "coma"}

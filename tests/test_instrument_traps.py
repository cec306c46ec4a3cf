"""Traps that public code falls into (domain-standards, section 6): each number is a test here.

Traps 15 to 23 are about eras, calendars, code lists, names and money: test_traps_beside.
"""

from __future__ import annotations

from itertools import pairwise, product
from typing import Any

import pytest

from casework.errors import InvalidEntry
from casework.instruments import CAP, read_total, score
from casework.instruments.library import instrument, instruments
from tests.sheets import best_sheet, every_item, worst_sheet

GB, MZT = "gbt42195-2022", "mzt039-2013"


def test_trap_1_ability_areas_are_32_15_28_and_15_points() -> None:
    found = score(instrument(GB), best_sheet(instrument(GB)))
    assert found.subscores == {"B.1": 32, "B.2": 15, "B.3": 28, "B.4": 15}
    assert found.total == 90


def test_trap_2_ability_standard_has_26_items_in_four_areas() -> None:
    one = instrument(GB)
    assert [len(one.in_group(group.id)) for group in one.groups] == [8, 4, 9, 5]


def test_trap_3_ability_standard_has_five_grades_up_to_90_points() -> None:
    bands = sorted(instrument(GB).banding().bands, key=lambda one: one.level)
    edges = [(band.high, band.low) for band in bands]
    assert edges == [(90, 90), (89, 66), (65, 46), (45, 30), (29, 0)]


@pytest.mark.parametrize("total", [4, 21, 41, 60, 72])
def test_trap_4_old_standard_has_grades_and_no_sum_up_to_72(total: int) -> None:
    with pytest.raises(InvalidEntry):
        read_total(instrument(MZT), total)


def test_trap_5_stupor_scores_like_coma_and_is_none() -> None:
    one = instrument(GB)
    stupor = score(one, best_sheet(one) | {"B.3.9": "stupor"})
    coma = score(one, best_sheet(one) | {"B.3.9": "coma"})
    assert stupor.total == coma.total == 88
    assert (stupor.level, coma.level) == (1, 4)
    old = instrument(MZT)
    assert score(old, best_sheet(old) | {"B.3.consciousness": 2}).level == 1
    assert score(old, best_sheet(old) | {"B.3.consciousness": 3}).level == 3


def test_trap_5_no_points_for_consciousness_without_saying_which_are_refused() -> None:
    with pytest.raises(InvalidEntry, match=r"B\.3\.9"):
        score(instrument(GB), {"B.3.9": 0})


@pytest.mark.parametrize("code", [GB, MZT])
def test_trap_6_risk_events_are_summed_over_their_kinds(code: str) -> None:
    one = instrument(code)
    best = best_sheet(one)
    assert score(one, best, {"risk_events_30d": {"fall": 1, "choking": 1}}).level == 1
    assert score(one, best, {"risk_events_30d": {"fall": 1}}).level == 0
    assert score(one, best, {"risk_events_30d": {"fall": 2}}).level == 1


@pytest.mark.parametrize("code", [GB, MZT])
def test_trap_7_change_rules_make_the_grade_worse_and_stop_at_the_worst(code: str) -> None:
    one = instrument(code)
    known = {"diagnoses": ["F00"]}
    assert score(one, best_sheet(one), known).level == 1
    worst = score(one, worst_sheet(one) | ({"B.3.9": "stupor"} if code == GB else {}), known)
    assert worst.level == one.banding().worst
    if code == GB:
        assert CAP in worst.applied


@pytest.mark.parametrize("code", list(instruments()))
def test_trap_8_unanswered_is_not_zero(code: str) -> None:
    one = instrument(code)
    empty = score(one, dict.fromkeys(every_item(one, best=True)))
    assert (empty.total, empty.level, empty.complete) == (None, None, False)
    assert empty.missing


def test_trap_9_nineteen_points_of_self_care_fall_into_the_last_band() -> None:
    one = instrument("selfcare-5")
    assert read_total(one, 18).level == 2
    assert read_total(one, 19).level == 3
    with pytest.raises(InvalidEntry, match="dressing"):
        score(one, {"dressing": 7})  # one public form prints 7 instead of 5


@pytest.mark.parametrize("code", ["gds-15", "gds-5", "gds-5-15"])
def test_trap_10_reverse_answers_of_gds_belong_to_keys(code: str) -> None:
    """Translations reorder and reword the questions, so that numbers mean nothing."""
    one = instrument(code)
    reverse = {"satisfied", "good_spirits", "happy", "wonderful", "energy"}
    for item in one.items:
        assert item.points("no") == (1 if item.key in reverse else 0)
        assert item.points("yes") == (0 if item.key in reverse else 1)


@pytest.mark.parametrize("code", ["gds-15", "gds-5-15", "sas", "djg-6"])
def test_trap_10_scoring_does_not_hang_on_the_order_of_the_items(code: str) -> None:
    one = instrument(code)
    answers = worst_sheet(one)
    assert score(one, dict(reversed(answers.items()))) == score(one, answers)


def test_trap_11_anxiety_is_read_by_the_standard_score() -> None:
    one = instrument("sas")
    by_raw = {raw: raw * 5 // 4 for raw in range(20, 81)}
    plain = {f"q{n}": 2 for n in range(1, 21)}  # raw 40: reverse items count 3, so look for 40
    found = score(one, plain)
    assert found.total == by_raw[found.subscores["raw"] or 0]
    forty = {f"q{n}": 3 if n in (5, 9, 13, 17, 19) else 2 for n in range(1, 21)}
    assert score(one, forty).subscores["raw"] == 40
    assert (score(one, forty).total, score(one, forty).level) == (50, 1)
    less = forty | {"q1": 1}
    assert (score(one, less).total, score(one, less).level) == (48, 0)


def test_trap_11_standard_score_that_no_raw_score_gives_is_refused() -> None:
    assert 49 not in instrument("sas").possible
    with pytest.raises(InvalidEntry):
        read_total(instrument("sas"), 49)


def test_trap_12_forty_five_on_morse_goes_by_the_banding_that_is_named() -> None:
    one = instrument("morse")
    assert read_total(one, 45, banding="from_45").level == 2
    assert read_total(one, 45, banding="above_45").level == 1
    assert read_total(one, 50, banding="above_45").level == 2


def test_trap_12_secondary_diagnosis_is_15_and_infusion_20() -> None:
    one = instrument("morse")
    with pytest.raises(InvalidEntry, match="secondary"):
        score(one, {"secondary": 20})
    with pytest.raises(InvalidEntry, match="iv"):
        score(one, {"iv": 15})


def test_trap_13_more_or_less_counts_on_all_six_questions_of_loneliness() -> None:
    one = instrument("djg-6")
    found = score(one, {item.key: "more_or_less" for item in one.items})
    assert (found.total, found.level) == (6, 2)
    assert found.subscores == {"emotional": 3, "social": 3}


@pytest.mark.parametrize("impossible", [{"D": 1}, {"F2": 1}, {"F2": 2}])
def test_trap_14_nutrition_skips_values(impossible: dict[str, int]) -> None:
    with pytest.raises(InvalidEntry):
        score(instrument("mna-sf"), impossible)


def test_trap_14_body_mass_or_calf_and_never_both() -> None:
    one = instrument("mna-sf")
    rest = {key: value for key, value in best_sheet(one).items() if not key.startswith("F")}
    assert score(one, rest | {"F1": 3}).total == score(one, rest | {"F2": 3}).total == 14
    assert score(one, rest).missing == ("F1",)
    with pytest.raises(InvalidEntry):
        score(one, rest | {"F1": 3, "F2": 3})


def test_severity_of_mmse_is_never_read_without_schooling() -> None:
    """A person of 18 points without schooling is normal; public calculators say moderate."""
    one = instrument("mmse")
    assert score(one, {"points": 18}, {"schooling": "none"}).level == 0
    assert [banding.of for banding in one.bandings] == ["impaired"]


def test_gad_offers_not_at_all_as_its_lowest_answer() -> None:
    """A known reproduction error reads "not at all sure"."""
    for item in instrument("gad-7").items:
        assert str(item.choices[0].label.en) == "Not at all"


# -- the ordered grades of MZ/T 039-2013: all 256 combinations against the text, read literally


def grades_of_the_text(a: int, b: int, c: int, d: int) -> set[int]:
    """Give every grade whose rule holds, as the text states them, without any order."""
    others = (b, c, d)
    found = set()
    if a == b == c == 0 and d in (0, 1):
        found.add(0)
    if a == 0 and (b >= 1 or c >= 1 or d == 2):
        found.add(1)
    if a == 1 and any(one in (0, 1) for one in others):
        found.add(1)
    if a == 1 and (others == (2, 2, 2) or others.count(3) == 1):
        found.add(2)
    if a == 2 and sum(one in (1, 2) for one in others) in (1, 2):
        found.add(2)
    if a == 3 or (a, *others) == (2, 2, 2, 2) or (a == 2 and 3 in others):
        found.add(3)
    return found


DAILY = {0: 100, 1: 95, 2: 60, 3: 40}
PARTS: dict[str, dict[int, dict[str, Any]]] = {
    "b": {
        0: {},
        1: {"B.2.cognition": 1},
        2: {"B.2.cognition": 2},
        3: {"B.2.cognition": 2, "B.2.aggression": 2},
    },
    "c": {n: {"B.3.communication": n} for n in range(4)},
    "d": {
        0: {},
        1: {"B.4.living": 3},
        2: {"B.4.living": 4, "B.4.work": 4},
        3: {"B.4.living": 4, "B.4.work": 4, "B.4.people": 4, "B.4.social": 2},
    },
}


def daily(points: int) -> dict[str, int]:
    """Give daily activities that add up to these points."""
    found = {
        item.key: max(one.points for one in item.choices)
        for item in instrument(MZT).in_group("B.1")
    }
    too_many = sum(found.values()) - points
    for key, most in found.items():
        taken = min(most, too_many)
        found[key], too_many = most - taken, too_many - taken
    assert too_many == 0
    return found


def graded(a: int, b: int, c: int, d: int) -> Any:
    sheet = best_sheet(instrument(MZT)) | daily(DAILY[a])
    sheet |= PARTS["b"][b] | PARTS["c"][c] | PARTS["d"][d]
    result = score(instrument(MZT), sheet)
    assert [result.subscores[key] for key in ("A", "b", "c", "d")] == [a, b, c, d]
    return result


def test_all_256_combinations_of_the_old_standard_get_a_grade_and_the_gaps_are_flagged() -> None:
    undefined, double, wrong = set(), set(), []
    for levels in product(range(4), repeat=4):
        said, result = grades_of_the_text(*levels), graded(*levels)
        is_gap = "rule_gap" in result.applied
        if len(said) > 1:
            double.add(levels)
        if not said:
            undefined.add(levels)
        elif result.level not in said:
            wrong.append(levels)
        if is_gap is bool(said):
            wrong.append(levels)
    assert wrong == []
    assert (len(undefined), len(double)) == (13, 54)


def test_where_two_grades_hold_the_order_is_severe_then_mild_then_moderate() -> None:
    for levels in product(range(4), repeat=4):
        said = grades_of_the_text(*levels)
        if len(said) > 1:
            assert graded(*levels).level == (3 if 3 in said else 1)


def test_left_open_combinations_of_the_old_standard_never_come_out_better_than_less() -> None:
    """A gap gets the grade beside it: with more impairment the grade is never better."""
    for a, b, c in product(range(4), repeat=3):
        along_d = [graded(a, b, c, d).level for d in range(4)]
        assert all(low <= high for low, high in pairwise(along_d))


# -- long-term care 2021


def test_invented_template_of_long_term_care_is_not_this_one() -> None:
    """A "built-in national template" splits 10/3/4 with bands 90/70/50/30/10."""
    one = instrument("ltc-2021")
    assert [len(one.in_group(group.id)) for group in one.groups] == [10, 4, 3]
    assert [str(band.label.zh) for band in one.banding().bands][3:] == [
        "重度失能Ⅰ级", "重度失能Ⅱ级", "重度失能Ⅲ级",
    ]  # fmt: skip


def test_what_was_not_verified_is_switched_off_and_says_why() -> None:
    off = {one.id for one in instruments().values() if one.unverified}
    assert off == {"ltc-2021", "iadl-24", "zbi-4"}
    for code in off:
        assert not instrument(code).offered
        assert instrument(code).reserve
        assert instrument(code).certainty in ("known", "gap")


def test_instrument_that_was_not_read_says_why() -> None:
    for one in instruments().values():
        if one.certainty in ("known", "gap"):
            assert one.reserve, one.id
    assert instrument("gds-5").certainty == instrument("gds-5-15").certainty == "known"


def test_reading_that_nobody_published_says_so() -> None:
    for one in instruments().values():
        for banding in one.bandings:
            if banding.certainty in ("known", "gap", "house"):
                assert banding.reserve, f"{one.id} {banding.id}"


# -- every band of every banding


@pytest.mark.parametrize(
    ("code", "banding_id"),
    [(one.id, banding.id) for one in instruments().values() for banding in one.bandings],
)
def test_lowest_and_highest_of_every_band_are_read_as_it_says(code: str, banding_id: str) -> None:
    one = instrument(code)
    banding = one.banding(banding_id)
    reach = one.reach[banding.of]
    for band in banding.bands:
        inside = [value for value in reach if band.low <= value <= band.high]
        for edge in (min(inside), max(inside)):
            assert banding.band_of(edge) == band
            if banding.of == one.total:
                assert read_total(one, edge, banding=banding_id).level_before == band.level
    assert banding.band_of(min(reach) - 1) is None
    assert banding.band_of(max(reach) + 1) is None

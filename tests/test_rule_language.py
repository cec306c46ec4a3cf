"""Conditions as their author types them: what is read, what is refused, and where."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.reference import code_lists, facts, service_list
from casework.rules import RuleError, Vocabulary, explain, holds, leaves_of, parse, subjects_of
from casework.rules.evaluate import Values
from casework.rules.sentence import finding_text, write
from casework.rules.tree import BEFORE_RECORDS, FIRST_DAY, IsIn, Subject, Within, is_moving
from casework.terms import Label, speaking
from tests.conftest import TODAY

WORDS = Vocabulary(
    facts(),
    {**code_lists(), "service": service_list()},
    {"barthel": Label(zh="巴氏量表", en="Barthel index")},
    {"high_age": 80},
)
BORN = Subject("person", "born_on", kind="date")
LIVING = Subject("fact", "living")
HEALTH = Subject("fact", "health")


def truth(text: str, values: Values, day: date = TODAY) -> bool | None:
    return holds(parse(text, WORDS), values, day)


@pytest.mark.parametrize(
    ("text", "word", "suggestion"),
    [
        ("livng = 'alone'", "livng", "living"),
        ("age >= 80 and helth = 'good'", "helth", "health"),
        ("身体状况 = 'good'", "身体状况", "health"),
        ("living = 'alon'", "'alon'", "alone"),
        ("days_since_contac('phone') > 3", "days_since_contac", "days_since_contact"),
        ("level_of('bartel') > 3", "'bartel'", "barthel"),
        ("contacts('phon', 30 days) = 0", "'phon'", "phone"),
        ("missed('vist', 30 days) > 0", "'vist'", "visit"),
        ("contacts_by('leeder', 30 days) = 0", "'leeder'", "leader"),
        ("any(houshold, age >= 80)", "houshold", "household"),
        ("any(household, helth = 'poor')", "helth", "health"),
        ("spouse(age >= 80 and living = 'alon')", "'alon'", "alone"),
        ("possibly(livng = 'alone')", "livng", "living"),
        ("seat('volunter')", "'volunter'", "volunteer"),
        ("age => 80", "=>", ">="),
        ("age >= 80 && away", "&&", "and"),
        ("age >= 80 || away", "||", "or"),
        ("!away", "!", "not"),
        ("born_on < 1945-9-3", "1945-9-3", "1945-09-03"),
        ("born_on < 1945/09/03", "1945/09/03", "1945-09-03"),
        ("born_on < 1945年9月3日", "1945年9月3日", "1945-09-03"),
        ("born_on < '1945-09-03'", "'1945-09-03'", "1945-09-03"),
        ("age >= '80'", "'80'", "80"),
        ("living = alone", "alone", "'alone'"),
        ("days_since_contact(phone) > 90", "phone", "'phone'"),
        ("since(retired_on) <= 6 monthes", "monthes", "months"),
        ("since(retired_on) <= 6 个月", "个月", "months"),
        ("since(retired_on) > 30", "30", "30 days"),
        ("children_nearby = 'yes'", "children_nearby = 'yes'", "children_nearby"),
        ("children_nearby = false", "children_nearby = false", "not children_nearby"),
        ("count(contacts) > 3", "contacts", "contacts"),
    ],
)
def test_error_points_at_the_word_and_offers_the_nearest(
    text: str, word: str, suggestion: str
) -> None:
    with pytest.raises(RuleError) as caught:
        parse(text, WORDS)
    start, end = caught.value.at
    assert text[start:end] == word
    assert caught.value.suggestion == suggestion
    assert suggestion in caught.value.message


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("age >= 80 and", 14),
        ("(age >= 80", 11),
        ("age >= 80 or or sex = '1'", 14),
        ("age >= 80）", 10),
        ("living = 'alone", 10),
        ("age >= eighty", 8),
        ("age >= '80'", 8),
        ("living > 'alone'", 1),
        ("condition = '高血压'", 1),
        ("has(living, 'alone')", 5),
        ("born_on < 1945-02-30", 11),
        ("living", 1),
        ("living in ()", 1),
        ("age between 80", 15),
        ("not", 4),
        ("", 1),
        ("health < 'good'", 1),
        ("__import__('os')", 1),
        ("age >= 80; drop", 10),
        ("living is empty", 11),
        ("age >= 80.5", 8),
        ("age >= -1", 8),
        ("age / 2 > 40", 5),
        ("80 <= age <= 90", 11),
        ("since(living) > 3 days", 7),
        ("known(days_since_contact)", 1),
        ("children_nearby = 'yes'", 1),
        ("age >= 999999999999", 8),
        ("any(household)", 1),
        ("any(age >= 80, age >= 80)", 5),
        ("any(household, 80)", 16),
        ("any(household, any(neighbours, away))", 16),
        ("number(caseload)", 1),
        ("number(caseload) = 'many'", 20),
        ("spouse(age >= 80) = 3", 1),
        ("has(condition, age >= 3)", 16),
        ("living in (age >= 80)", 12),
        ("(age >= 80) >= 3", 13),
        ("episodes(hospital_status, 'inpatient')", 1),
        ("episodes(age, 'inpatient', 1 year) > 1", 10),
        ("missed() > 1", 1),
        ("contacts_by(30 days) > 0", 1),
        ("known(any(household, away))", 7),
        ("known(seat('leader'))", 1),
        ("known(number(household))", 1),
        ("possibly()", 1),
        ("worsened('barthel') = 1", 1),
        ("open_wishes(3) > 1", 1),
    ],
)
def test_error_names_the_character(text: str, column: int) -> None:
    with pytest.raises(RuleError) as caught:
        parse(text, WORDS)
    assert (caught.value.line, caught.value.column) == (1, column)
    assert caught.value.pointer().split("\n")[1].index("^") == column - 1


def test_error_in_a_later_line_names_line_and_character() -> None:
    with pytest.raises(RuleError) as caught:
        parse("age >= 80\nand (living = 'alone'\n  or healht = 'poor')", WORDS)
    assert (caught.value.line, caught.value.column) == (3, 6)
    assert caught.value.pointer() == "  or healht = 'poor')\n     ^^^^^^"


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    try:
        parse(text, WORDS)
    except RuleError as error:
        assert 0 <= error.at[0] <= len(text)
        assert error.pointer()


@given(st.text(alphabet="age()><= '80nd ortliv,", max_size=40))
def test_nearly_right_text_is_read_or_refused_with_a_place(text: str) -> None:
    try:
        parse(text, WORDS)
    except RuleError as error:
        assert 0 <= error.at[0] <= len(text)


def test_deep_brackets_are_refused_rather_than_overflowing() -> None:
    for text in (
        "(" * 500 + "age > 3" + ")" * 500,
        "not " * 500 + "age > 3",
        "possibly(" * 300 + "age > 3" + ")" * 300,
        "(f" * 300 + "age > 3" + ")" * 300,
        ("(" * 20 + "possibly(") * 20 + "age > 3",
    ):
        with pytest.raises(RuleError):
            parse(text, WORDS)


def test_values_may_be_given_by_label_or_code() -> None:
    assert parse("living = '独居'", WORDS) == parse("living = 'alone'", WORDS)
    assert parse("health >= '较差'", WORDS) == parse("health >= 'poor'", WORDS)


def test_setting_of_the_agency_stands_for_its_number() -> None:
    assert parse("age >= high_age", WORDS) == parse("age >= 80", WORDS)
    assert parse("high_age <= age", WORDS) == parse("age >= 80", WORDS)


def test_ordered_scale_compares_by_rank() -> None:
    (test,) = leaves_of(parse("health >= 'poor'", WORDS))
    assert test.demand == IsIn(frozenset({"poor", "disabled", "bedridden"}))


def test_neighbouring_eras_form_one_span_without_a_gap() -> None:
    (test,) = leaves_of(parse("era in ('E3a', 'E3b')", WORDS))
    assert isinstance(test.demand, Within)
    assert [span.on(TODAY) for span in test.demand.spans] == [(date(1937, 7, 7), date(1945, 9, 2))]


@pytest.mark.parametrize(
    ("joined", "era"),
    [
        ("1937-07-06", "E2"),
        ("1937-07-07", "E3a"),
        ("1942-12-31", "E3a"),
        ("1943-01-01", "E3b"),
        ("1945-09-02", "E3b"),
        ("1945-09-03", "E4"),
        ("1949-09-30", "E4"),
        ("1949-10-01", None),
    ],
)
def test_era_has_its_published_borders(joined: str, era: str | None) -> None:
    day = date.fromisoformat(joined)
    values = {Subject("fact", "joined_on", kind="date"): (day, day)}
    found = [code for code in ("E1", "E2", "E3a", "E3b", "E4") if truth(f"era = '{code}'", values)]
    assert found == ([era] if era else [])


def test_era_is_unknown_for_a_month_that_spans_its_border() -> None:
    values = {Subject("fact", "joined_on", kind="date"): (date(1945, 9, 1), date(1945, 9, 30))}
    assert truth("era = 'E3b'", values) is None
    assert truth("era in ('E3b', 'E4')", values) is True
    assert truth("era = 'E2'", values) is False


@pytest.mark.parametrize(
    ("born", "expected"),
    [
        ((date(1945, 3, 3), date(1945, 3, 3)), True),
        ((date(1945, 3, 4), date(1945, 3, 4)), False),
        ((date(1945, 3, 1), date(1945, 3, 31)), None),
        ((date(1945, 2, 1), date(1945, 2, 28)), True),
        (None, None),
    ],
)
def test_age_is_unknown_only_near_the_border(
    born: tuple[date, date] | None, expected: bool | None
) -> None:
    assert truth("age >= 80", {BORN: born}) is expected


@pytest.mark.parametrize(
    ("born", "age"),
    [("1945-03-03", 80), ("1945-03-04", 79), ("1944-02-29", 81), ("1944-03-03", 81)],
)
def test_age_is_one_number_whatever_the_sign(born: str, age: int) -> None:
    day = date.fromisoformat(born)
    values = {BORN: (day, day)}
    for other in (age - 1, age, age + 1):
        for sign, compare in (
            ("=", age == other), ("!=", age != other), ("<", age < other),
            ("<=", age <= other), (">", age > other), (">=", age >= other),
        ):  # fmt: skip
            assert truth(f"age {sign} {other}", values) is compare


def test_turning_an_age_this_year_counts_the_whole_year() -> None:
    for born in (date(1935, 1, 1), date(1935, 12, 31)):
        assert truth("age_this_year = 90", {BORN: (born, born)}) is True
    assert truth("age_this_year = 90", {BORN: (date(1936, 1, 1), date(1936, 1, 1))}) is False


def test_time_since_is_only_of_what_has_happened() -> None:
    retired = Subject("fact", "retired_on", kind="date")
    tomorrow = date(2025, 3, 4)
    assert truth("since(retired_on) <= 30 days", {retired: (tomorrow, tomorrow)}) is False
    assert truth("until(retired_on) <= 30 days", {retired: (tomorrow, tomorrow)}) is True
    assert truth("since(retired_on) = 0 days", {retired: (TODAY, TODAY)}) is True


@pytest.mark.parametrize(
    "text",
    ["away_since", "back_on", "seat_since('caseworker')", "ended(hospital_status, 'inpatient')"],
)
def test_what_never_was_is_not_long_ago(text: str) -> None:
    for condition in (f"since({text}) >= 30 days", f"{text} < 2025-01-01"):
        node = parse(condition, WORDS)
        (subject,) = {leaf.subject for leaf in leaves_of(node)}
        assert holds(node, {subject: (FIRST_DAY, FIRST_DAY)}, TODAY) is False
        assert holds(node, {subject: (BEFORE_RECORDS, BEFORE_RECORDS)}, TODAY) is True


def test_contact_that_never_was_is_long_ago_and_the_sentence_says_so() -> None:
    node = parse("days_since_contact('phone') > 90", WORDS)
    (subject,) = {leaf.subject for leaf in leaves_of(node)}
    assert holds(node, {subject: (FIRST_DAY, FIRST_DAY)}, TODAY) is True
    assert "从未有过的也算" in write(node, WORDS)
    recent = parse("days_since_contact('phone') <= 90", WORDS)
    assert holds(recent, {subject: (FIRST_DAY, FIRST_DAY)}, TODAY) is False
    assert "从未" not in write(recent, WORDS)


def test_unknown_does_not_matter_where_the_rest_decides() -> None:
    text = "living = 'alone' and age >= 80"
    young = {BORN: (date(1990, 1, 1), date(1990, 1, 1))}
    old = {BORN: (date(1930, 1, 1), date(1930, 1, 1))}
    assert truth(text, young) is False
    assert truth(text, old) is None
    assert truth("living = 'alone' or age >= 80", old) is True
    assert truth("not living = 'alone'", {}) is None


def test_reasons_are_the_facts_that_carry_the_answer() -> None:
    node = parse("age >= 80 and (living = 'alone' or health >= 'poor')", WORDS)
    born = {BORN: (date(1930, 1, 1), date(1930, 1, 1))}
    held = explain(node, {**born, LIVING: "alone", HEALTH: "good"}, TODAY)
    assert [one.test.subject.name for one in held.matched] == ["born_on", "living"]
    failed = explain(node, {**born, LIVING: "with_children", HEALTH: "good"}, TODAY)
    assert [one.test.subject.name for one in failed.matched] == ["living", "health"]
    opened = explain(node, {**born, LIVING: "with_children"}, TODAY)
    assert [one.test.subject.name for one in opened.missing] == ["health"]


def test_condition_is_said_in_both_languages() -> None:
    node = parse(
        "category = 'retired_veteran' and age >= 80 and (living in ('alone', 'empty_nest') "
        "or health >= 'poor') and not has(hardship, 'poor')",
        WORDS,
    )
    with speaking("zh"):
        assert write(node, WORDS) == (
            "类别为离休，且年满80周岁，且（居住状况为独居或空巢，或者身体状况为较差或更差），"
            "且困难类别没有生活困难"
        )
    with speaking("en"):
        assert write(node, WORDS) == (
            "Category is “retired veteran cadre (离休)”, and aged 80 or over, and (Living "
            "arrangement is “lives alone” or “empty nest”, or State of health is “poor” or worse), "
            "and Kind of hardship does not include “short of money”"
        )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("count(condition) >= 2", "主要疾病不少于2项"),
        ("count(activity) = 0", "没有参加活动"),
        ("open_issues() > 0", "有未办结诉求"),
        ("open_needs() >= 1", "有未解决的需求"),
        ("open_needs() < 3", "未解决的需求少于3"),
        ("contacts(30 days) = 0", "最近30天内联系为0次"),
        ("relatives() >= 1", "登记在册的家属不少于1人"),
        ("since(retired_on) <= 6 months", "离退休时间距今不超过6个月"),
        ("not lift", "楼内没有电梯"),
        ("not children_nearby", "子女不在身边"),
    ],
)
def test_numbers_and_what_is_not_so_are_said_as_a_bureau_writes_them(text: str, said: str) -> None:
    with speaking("zh"):
        assert write(parse(text, WORDS), WORDS) == said


def test_finding_tells_the_value_as_people_say_it() -> None:
    node = parse("age >= 80 and days_since_contact >= 30 and living = 'alone'", WORDS)
    never = (date.min, date.min)
    values = {
        BORN: (date(1936, 5, 1), date(1936, 5, 31)),
        Subject("last_contact", "", kind="date"): never,
        LIVING: "alone",
    }
    told = [finding_text(one, WORDS, TODAY) for one in explain(node, values, TODAY).matched]
    assert told == ["年龄：88岁（1936年5月生）", "最近一次联系：从未", "居住状况：独居"]


def test_only_ages_and_times_move_with_the_day() -> None:
    moving = [is_moving(one) for one in leaves_of(parse(
        "age >= 80 and since(retired_on) <= 3 months and living = 'alone' "
        "and born_on < 1945-01-01 and days_since_contact > 30 and era = 'E4'", WORDS,
    ))]  # fmt: skip
    assert moving == [True, True, False, False, False, False]


def test_future_days_hold_no_contacts_yet() -> None:
    node = parse("days_since_contact >= 30", WORDS)
    (subject,) = subjects_of(node)
    values = {subject: (TODAY, TODAY)}
    assert holds(node, values, date(2026, 1, 1), known_on=TODAY) is False


# --- others, and what an unknown counts as --------------------------------------------------------


def test_condition_about_others_is_said_in_both_languages() -> None:
    node = parse(
        "any(household, age >= 80 and health >= 'poor') and all(neighbours, living = 'alone') "
        "and spouse(hospital_status = 'inpatient') and number(caseload, living = 'alone') > 10",
        WORDS,
    )
    with speaking("zh"):
        assert write(node, WORDS) == (
            "同一住址的其他老干部中有人符合（年满80周岁，且身体状况为较差或更差），"
            "且同楼的其他老干部都符合（居住状况为独居），且配偶符合（住院情况为住院），"
            "且同一工作人员联系的老干部中符合（居住状况为独居）的人数多于10"
        )
    with speaking("en"):
        assert write(node, WORDS).startswith(
            "somebody among the other people of ours at the same address meets (aged 80 or over, "
            "and State of health is “poor” or worse), and all of the other people"
        )


def test_agencys_number_inside_a_condition_about_others_is_its_value() -> None:
    (one,) = subjects_of(parse("any(household, age >= high_age)", WORDS))
    (other,) = subjects_of(parse("any( household,age>=80 )", WORDS))
    assert one == other
    (third,) = subjects_of(parse("any(household, age >= 81)", WORDS))
    assert one != third


@pytest.mark.parametrize(
    ("fewest", "most", "expected"),
    [(0, 0, False), (0, 1, None), (1, 1, True), (1, 4, True), (None, None, None)],
)
def test_somebody_is_unknown_while_those_unknown_could_decide(
    fewest: int | None, most: int | None, expected: bool | None
) -> None:
    node = parse("any(household, age >= 80)", WORDS)
    (subject,) = subjects_of(node)
    tally = None if fewest is None or most is None else (fewest, most)
    assert holds(node, {subject: tally}, TODAY) is expected
    equal = parse("number(household, age >= 80) = 2", WORDS)
    assert holds(equal, {subject: (1, 4)}, TODAY) is None
    assert holds(equal, {subject: (3, 4)}, TODAY) is False
    assert holds(equal, {subject: (2, 2)}, TODAY) is True


def test_unknown_counts_as_the_rule_says() -> None:
    old = {BORN: (date(1930, 1, 1), date(1930, 1, 1))}
    assert truth("age >= 80 and possibly(living = 'alone')", old) is True
    assert truth("age >= 80 and surely(living = 'alone')", old) is False
    assert truth("possibly(living = 'alone')", {LIVING: "empty_nest"}) is False
    reading = explain(parse("age >= 80 and possibly(living = 'alone')", WORDS), old, TODAY)
    assert reading.missing == ()
    assert [finding_text(one, WORDS, TODAY) for one in reading.matched] == [
        "年龄：95岁（1930年1月1日生）",
        "居住状况：不详",
    ]

"""Conditions in the words of the desk, and rules as a table: there and back without a loss."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from casework.errors import InvalidEntry
from casework.exchange.rule_cells import COLUMNS, Words
from casework.exchange.rule_table import read_table, write_table
from casework.reference import agencies, agency, code_list, rule_words, services
from casework.rules import RuleError, parse
from casework.rules.spoken import Speech
from casework.rules.vocabulary import FUNCTIONS, GROUPS
from casework.rules.writing import OWN_CAPABILITY, write_rules
from casework.workbook.policy import almanac, read_policy, rules_file, rules_of, vocabulary_of
from tests.conftest import TODAY
from tests.test_rule_readings import AROUND, CONDITIONS, DRAFTS, INNER

SPOKEN = {key: one.label.zh for key, one in rule_words().items()}


def speech(name: str = "changshu") -> Speech:
    chosen = agency(name)
    settings = {code: entries[0].label.zh for code, entries in chosen.setting_entries.items()}
    return Speech(vocabulary_of(chosen, TODAY), SPOKEN, settings)


SPEECH = speech()


# --- in the words of the desk ---------------------------------------------------------------------


@pytest.mark.parametrize("name", agencies())
def test_every_rule_can_be_read_and_written_without_a_code(name: str) -> None:
    talk = speech(name)
    for rule in rules_of(name, TODAY).rules:
        said = talk.write(rule.text)
        assert not re.search("[a-z]{2}", re.sub("“[^”]*”", "", said)), said
        assert talk.understand(said)[1] == rule.when


@settings(deadline=None, max_examples=300)
@given(text=CONDITIONS)
def test_any_condition_goes_to_the_desk_and_back(text: str) -> None:
    said = SPEECH.write(text)
    assert SPEECH.understand(said)[1] == parse(text, SPEECH.words)


def test_every_form_of_the_language_has_a_word_at_the_desk() -> None:
    assert {f"function:{one}" for one in FUNCTIONS} <= SPOKEN.keys()
    assert {f"group:{one}" for one in GROUPS} <= SPOKEN.keys()
    for draft in [*DRAFTS, *AROUND]:
        text = draft.replace("{inner}", INNER[0]).format(cmp=">=", cmp2="<=", age=80)
        said = re.sub("“[^”]*”", "", SPEECH.write(text))
        assert not re.search("[a-z]{3}", said), said


@pytest.mark.parametrize("example", [one.example for one in rule_words().values() if one.example])
def test_examples_of_the_helper_mean_something(example: str) -> None:
    assert SPEECH.understand(example)


@pytest.mark.parametrize(
    ("typed", "place", "suggestion"),
    [
        ("年龄 ≥ 80 且 居住状况 为 独剧", "独剧", "独居"),
        ("评估得分 ＜ 60", "评估得分", "评估得分"),
        ("居住情况为独居", "居住情况为独居", "居住状况"),
        ("有人（同住人，年龄 ≥ 80）", "同住人", None),
        ("身体状态 ≥ 较差", "身体状态", "身体状况"),
        ("年岁 ≥ 80", "年岁", "当年周岁"),
        ("年龄 ≥ 80 和 居住状况 为 独居", "和", "且"),
        ("年龄 ≥ 80，居住状况 为 独居", "，", "且"),
        ("居住状况 未知", "未知", "不详"),
        ("没有 季节外出", "没有", "非"),
        ("居住状况 为 独居 且 80岁以上", "80岁以上", "年龄 ≥ 80"),
        ("年龄80及以下", "年龄80及以下", "年龄 ≤ 80"),
        ("距今（离退休时间） ≤ 半年", "半年", "6 个月"),
        ("包含（困难类别，很穷）", "很穷", None),
        ("年龄 ≥ 80 且", "", None),
        ("年龄 ≥ 80 ； 居住状况 为 独居", "；", "且"),
    ],
)
def test_refusal_points_into_what_was_typed(typed: str, place: str, suggestion: str | None) -> None:
    with pytest.raises(RuleError) as caught:
        SPEECH.understand(typed)
    start, end = caught.value.at
    assert typed[start:end] == place
    assert caught.value.suggestion == suggestion or suggestion is None


@given(st.text(alphabet="年龄≥80且或非（）属于独居 为包含，不详“”至介于天", max_size=30))
def test_whatever_is_typed_is_understood_or_refused_with_a_place(typed: str) -> None:
    try:
        SPEECH.understand(typed)
    except RuleError as error:
        assert 0 <= error.at[0] <= len(typed)
        assert error.text == typed


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("年龄 ≥ 80 岁", "age >= 80"),
        ("距今（离退休时间） ≤ 6个月", "since(retired_on) <= 6 months"),
        ("出生日期 ＜ 1945年9月3日", "born_on < 1945-09-03"),
        ("居住状况 不属于（独居，空巢）", "living not in ('alone', 'empty_nest')"),
        ("居住状况 不详 或 年龄 介于 80 至 89", "unknown(living) or age between 80 and 89"),
        ("非 身体状况 为 卧床", "not health = 'bedridden'"),
        ("居住状况为独居", "living = 'alone'"),
        (
            "居住状况属于（独居、空巢）且身体状况 不详。",
            "living in ('alone', 'empty_nest') and unknown(health)",
        ),
        ("年龄不小于80岁", "age >= 80"),
        ("年龄介于80至89岁", "age between 80 and 89"),
        ("年龄 介于 80 和 89", "age between 80 and 89"),
        ("年龄 大于 80", "age > 80"),
        ("距今（离退休时间）不超过6个月", "since(retired_on) <= 6 months"),
        ("出生日期早于1945-9-3", "born_on < 1945-09-03"),
        ("包含（困难类别，生活困难）", "has(hardship, 'poor')"),
        ("age >= 80 and living = 'alone'", "age >= 80 and living = 'alone'"),
    ],
)
def test_what_people_type_means_what_they_mean(typed: str, plain: str) -> None:
    assert SPEECH.understand(typed)[1] == parse(plain, SPEECH.words)


# --- as a table -----------------------------------------------------------------------------------


def words(raw: dict[str, Any], name: str = "changshu") -> Words:
    documents = {one["title"]["zh"]: one["code"] for one in raw["documents"]}
    found = Words(vocabulary_of(agency(name), TODAY), almanac().festivals, speech(name), documents)
    return found.with_conditions(one["when"] for one in raw["rules"])


def raw_of(name: str) -> dict[str, Any]:
    raw = tomllib.loads(rules_file(name).read_text(encoding="utf-8"))
    for rule in raw["rules"]:
        rule["when"] = rule["when"].strip()
    return raw


def table(raw: dict[str, Any], name: str = "changshu") -> bytes:
    found = read_policy(write_rules(raw), name, TODAY)[0]
    return write_table(raw, found, words(raw, name), agency="某局", on=TODAY)


@pytest.mark.parametrize("name", agencies())
def test_table_of_an_agency_reads_back_the_same(name: str) -> None:
    raw = raw_of(name)
    assert read_table(table(raw, name), name, words(raw, name)) == raw


_offsets = st.builds(
    lambda n, unit, side: "on the day" if n == 0 else f"{n} {unit}{'s' * (n != 1)} {side}",
    st.integers(0, 60),
    st.sampled_from(["day", "workday", "week", "month"]),
    st.sampled_from(["before", "after"]),
)
_lists = {name: [one.code for one in code_list(name).entries] for name in
          ("actor", "channel", "need_domain")}  # fmt: skip
_some = lambda which: st.lists(st.sampled_from(_lists[which]), unique=True, max_size=4)  # noqa: E731
_text = (
    st.text(st.characters(categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=20)
    .map(str.strip)
    .filter(bool)
)
_window = {"opens": _offsets, "due": _offsets}
_timings = st.one_of(
    st.fixed_dictionaries(
        {"quota": st.fixed_dictionaries(
            {"per": st.sampled_from(["week", "month", "quarter", "half_year", "year", "once"])},
            optional={"times": st.integers(1, 31)},
        )}
    ),
    st.fixed_dictionaries(
        {"festival": st.fixed_dictionaries(
            {"codes": st.lists(st.sampled_from(sorted(almanac().festivals)), min_size=1,
                               unique=True, max_size=4), **_window})}
    ),
    st.fixed_dictionaries(
        {"birthday": st.fixed_dictionaries(
            _window,
            optional={"every": st.integers(1, 20), "from_age": st.integers(0, 100),
                      "reckoning": st.sampled_from(["full", "nominal"]),
                      "early": st.integers(0, 2)})}
    ),
    st.fixed_dictionaries(
        {"event": st.fixed_dictionaries(
            {"after": st.sampled_from(["retired_on", "began(hospital_status)"]), **_window})}
    ),
    st.fixed_dictionaries(
        {"silence": st.fixed_dictionaries(
            {"days": st.integers(1, 400) | st.just("silent_days"), "due": _offsets},
            optional={"channels": _some("channel").filter(bool)})}
    ),
)  # fmt: skip
_rules = st.builds(
    lambda fixed, timing, more: {**fixed, **timing, **more},
    st.fixed_dictionaries(
        {
            "title": st.fixed_dictionaries({"zh": _text, "en": _text}),
            "clause": st.fixed_dictionaries(
                {"document": st.just("d"), "article": _text, "capability": st.just("S0-1")}
            ),
            "since": st.dates(date(1950, 1, 1), date(2090, 1, 1)),
            "when": CONDITIONS,
            "service": st.sampled_from(sorted(services())),
            "domain": st.sampled_from(_lists["need_domain"]),
            "actor": st.sampled_from(_lists["actor"]),
            "duration_minutes": st.integers(1, 600),
        }
    ),
    _timings,
    st.fixed_dictionaries(
        {},
        optional={
            "until": st.dates(date(1950, 1, 1), date(2090, 1, 1)),
            "channels": _some("channel").filter(bool),
            "place": st.sampled_from(["home", "hospital"]),
            "priority": st.integers(1, 5),
            "when_away": st.sampled_from(["phone", "excuse", "keep"]),
            "when_in_hospital": st.sampled_from(["visit", "excuse", "keep"]),
            "instead_of": st.just(["another", "third"]),
            "for_deceased": st.just(True),
            "parties": st.dictionaries(
                st.sampled_from(_lists["actor"]), st.sampled_from(["lead", "support"]),
                min_size=1, max_size=3,
            ),
        },
    ),
)  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(
    rules=st.lists(_rules, max_size=3), title=_text.map(lambda text: text.strip("《》 ") or "办")
)
def test_any_rule_goes_into_the_table_and_back(rules: list[dict[str, Any]], title: str) -> None:
    raw = {
        "agency": "changshu",
        "documents": [{"code": "d", "title": {"zh": title, "en": "Measures"}, "source": "s"}],
        "rules": [{"code": f"r{number}", **rule} for number, rule in enumerate(rules)],
    }
    assert read_table(table(raw), "changshu", words(raw)) == raw


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (
            "年龄 ≥ 85 且 居住状况 属于（独居，空巢）",
            "age >= 85 and living in ('alone', 'empty_nest')",
        ),
        ("age >= 85", "age >= 85"),
    ],
)
def test_condition_in_a_table_is_changed_in_chinese_or_as_in_the_rules_file(
    typed: str, meant: str
) -> None:
    raw = raw_of("changshu")
    book = load_workbook(BytesIO(table(raw)))
    number = next(n for n, one in enumerate(COLUMNS, 1) if one.key == "when")
    sheet = book.worksheets[1]
    assert not re.search("[a-z]{2}", str(sheet.cell(2, number).value)), "no codes to begin with"
    sheet.cell(2, number).value = typed
    book.save(out := BytesIO())
    read = read_table(out.getvalue(), "changshu", words(raw))
    assert parse(read["rules"][0]["when"], SPEECH.words) == parse(meant, SPEECH.words)
    assert read["rules"][1:] == raw["rules"][1:], "what nobody changed comes back to the letter"


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("when", "居住状况 为 独居 且 年龄 ≥", "此处缺少"),
        ("service", "上门慰唁", "上门慰唁"),
        ("since", "下个月", "下个月"),
        ("when", "livng = 'alone'", "livng"),
        ("timing.opens", "前三天", "前三天"),
        ("channels", "电话、飞鸽", "飞鸽"),
        ("clause.document", "没有的文件", "没有的文件"),
        ("duration_minutes", "半小时", "半小时"),
        ("title.zh", None, "名称"),
        ("instead_of", "每季走访", "没有名为“每季走访”的规则。是否指 每季上门走访？"),
        ("parties", "社区=帮忙", "帮忙"),
        ("timing", None, "定期"),
    ],
)
def test_trouble_in_a_table_names_its_cell(column: str, value: str | None, told: str) -> None:
    raw = raw_of("changshu")
    place = next(n for n, one in enumerate(raw["rules"]) if "festival" in one)
    book = load_workbook(BytesIO(table(raw)))
    number = next(n for n, one in enumerate(COLUMNS, 1) if one.key == column)
    cell = book.worksheets[1].cell(place + 2, number)
    cell.value = value
    stream = BytesIO()
    book.save(stream)
    with pytest.raises(InvalidEntry) as caught:
        read_table(stream.getvalue(), "changshu", words(raw))
    assert f"{cell.coordinate} 单元格" in caught.value.message
    assert told in caught.value.message


def changed_table(name: str, change: Callable[[Any, dict[str, int]], object]) -> dict[str, Any]:
    """Change the sheet for changes by its headings, and read the table back."""
    raw = raw_of(name)
    book = load_workbook(BytesIO(table(raw, name)))
    sheet = book.worksheets[1]
    change(sheet, {str(cell.value): cell.column for cell in sheet[1]})
    stream = BytesIO()
    book.save(stream)
    return read_table(stream.getvalue(), name, words(raw, name))


def test_new_rule_in_a_table_needs_no_code_and_no_english() -> None:
    row = {
        "名称": "独居老同志每周电话", "条款": "亲情服务",
        "依据文件": "常熟市委老干部局亲情化服务做法",
        "起始日": "2027年1月1日", "截止日": "2027/12/31", "条件": "居住状况 为 独居",
        "服务": "电话联系", "方面": "安全", "由谁": "老干部工作者",
        "时间类型": "节日", "节日": "春节",
        "窗口开始": "提前15天", "窗口截止": "前1天", "时长（分钟）": 10,
        "取代的规则": "双高期及独居、失能每月走访、每季上门走访",
    }  # fmt: skip

    def add(sheet: Any, heads: dict[str, int]) -> None:
        place = sheet.max_row + 1
        for head, value in row.items():
            sheet.cell(place, heads[head]).value = value

    *_others, fresh = changed_table("changshu", add)["rules"]
    assert fresh["code"] == "own_1" and fresh["clause"]["capability"] == OWN_CAPABILITY
    assert fresh["title"] == {"zh": "独居老同志每周电话", "en": "独居老同志每周电话"}
    assert (fresh["since"], fresh["until"]) == (date(2027, 1, 1), date(2027, 12, 31))
    assert fresh["festival"]["opens"] == "15 days before"
    assert fresh["instead_of"] == ["visit_monthly_double_high", "visit_quarterly"]


def test_columns_of_a_table_may_be_moved_and_none_may_be_missing() -> None:
    def move(sheet: Any, heads: dict[str, int]) -> None:
        sheet.move_range(f"A1:A{sheet.max_row}", cols=60)

    assert changed_table("changshu", move) == raw_of("changshu")
    with pytest.raises(InvalidEntry, match="缺少这些列：英文名称"):
        changed_table("changshu", lambda sheet, heads: sheet.delete_cols(heads["英文名称"]))


def test_table_prints_across_with_its_head_repeated_and_lines_to_sign() -> None:
    sheet = load_workbook(BytesIO(table(raw_of("changshu")))).worksheets[0]
    assert (sheet.page_setup.orientation, str(sheet.page_setup.paperSize)) == ("landscape", "9")
    assert sheet.print_title_rows == "$4:$4"
    assert sheet.page_setup.fitToWidth in (None, 1), "one page across"
    assert sheet.page_setup.fitToHeight == 0, "as many pages down as it takes"
    texts = [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value]
    assert any(text.startswith("批准人") for text in texts)
    assert any("年满80周岁" in text for text in texts), "conditions stand as sentences"


def test_formula_in_a_cell_stays_text() -> None:
    raw = raw_of("changshu")
    raw["rules"][0]["title"]["zh"] = "=1+1"
    for sheet in load_workbook(BytesIO(table(raw))).worksheets:
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


def test_other_spreadsheets_are_refused() -> None:
    from openpyxl import Workbook as Sheets

    stream = BytesIO()
    Sheets().save(stream)
    for content in (stream.getvalue(), b"not a spreadsheet"):
        with pytest.raises(InvalidEntry):
            read_table(content, "changshu", words(raw_of("changshu")))

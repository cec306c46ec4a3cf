"""A heading is known by many words, and somebody else's phone is never the person's."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from casework.exchange.headings import heading_key, lexicon
from casework.exchange.words import words_of_cells
from casework.reference import code_list, facts

WORDS = tomllib.loads((Path(__file__).parent / "offices.toml").read_text(encoding="utf-8"))
MEANS = {
    "conditions": "condition",
    "medicines": "medicine",
    "hobbies": "hobby",
    "wish": "service_wish",
    "party_status": "political_status",
    "street": "subdistrict",
    "level": ("level", "rank"),
    "unit": ("unit",),
    "living": ("living", "family_status"),
    "spouse": ("contact:spouse:name", "contact:spouse:entry"),
    "contact": ("contact:emergency:entry", "contact:child:entry", "contact:family:phone"),
    "contact_name": ("contact:emergency:entry", "contact:family:name"),
    "contact_phone": ("contact:emergency:phone", "contact:family:phone"),
}


@pytest.mark.parametrize("column", WORDS["headings"])
def test_headings_of_offices_are_known(column):
    expected = MEANS.get(column, column)
    wrong = {}
    for word in WORDS["headings"][column]:
        found = lexicon().meanings(word)
        if not found or found[0].column not in (
            expected if isinstance(expected, tuple) else (expected,)
        ):
            wrong[word] = found[:2]
    assert wrong == {}


@pytest.mark.parametrize(
    "heading",
    [
        "紧急联系人电话", "子女联系电话", "家属电话", "单位电话", "办公电话", "社区电话",
        "家庭医生电话",
        "党支部书记电话", "监护人手机", "配偶身份证号", "配偶工作单位", "配偶出生年月",
        "单位联系电话",
        "子女住址", "身份证地址", "户籍地址", "医保卡号", "银行卡号", "体检日期", "走访次数",
        "离休证号",
        "微信号", "更新日期", "联系领导", "联系人手机", "社区医生", "身份证有效期",
    ],
)  # fmt: skip
def test_heading_about_somebody_else_is_never_the_persons_own(heading):
    own = ("name", "phone", "mobile", "landline", "resident_id", "birth_date", "unit", "address")
    assert [one for one in lexicon().meanings(heading) if one.column in own] == []


@pytest.mark.parametrize(
    ("groups", "leaf", "column"),
    [
        (["健康情况"], "状况", "health"),
        (["健康"], "用药", "medicine"),
        (["居住情况"], "方式", "living"),
        (["家庭", "居住情况"], "状况", "living"),
        (["紧急联系人"], "姓名", "contact:emergency:name"),
        (["紧急联系人"], "联系电话", "contact:emergency:phone"),
        (["配偶情况"], "姓名", "contact:spouse:name"),
        (["配偶情况"], "工作单位", "contact:spouse:other"),
        (["联系方式"], "住宅", "landline"),
        (["出生"], "年月", "birth_date"),
        (["基本情况"], "姓名", "name"),
        (["工作"], "单位", "unit"),
    ],
)
def test_group_above_makes_a_short_heading_clear(groups, leaf, column):
    assert lexicon().meanings(leaf, groups)[0].column == column


def test_family_under_one_group_is_not_the_person():
    found = lexicon().meanings("电话", ["家庭情况"], ["姓名", "关系", "电话"])
    assert found[0].column == "contact:family:phone"


@pytest.mark.parametrize("heading", ["", "啊", "完全不认识的一栏", "x" * 500, "=1+1", "<b>"])
def test_heading_means_nothing_when_it_is_unknown(heading):
    assert all(one.score < 50 for one in lexicon().meanings(heading))


def test_every_column_fills_a_fact_that_exists():
    own = {"seq", "name", "former_name", "sex", "birth_date", "age", "resident_id", "phone"}
    own |= {"unit_position", "party_member", "short_phone", "died_on", "area_code"}
    own |= {"birth_other", "vital_status", "health_condition"}
    own |= {"service_wish"}  # becomes a wish
    assert set(lexicon().columns) - own - set(facts()) == set()


def test_no_word_stands_for_two_columns():
    seen: dict[str, str] = {}
    for column in lexicon().columns.values():
        for word in column.words:
            assert seen.setdefault(heading_key(word), column.code) == column.code, word


@pytest.mark.parametrize(
    ("table", "listed"),
    [("levels", "rank"), ("living", "living"), ("health", "health"), ("category", "category")],
)
def test_words_of_cells_are_known(table, listed):
    wrong = [
        (word, label)
        for label, words in WORDS[table].items()
        for word in words
        if (code := words_of_cells().code(listed, word)) is None
        or code_list(listed).entry(code).label.zh != label
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("listed", "word"),
    [
        ("living", "独居（有保姆）"), ("living", "非独居"), ("living", "想去养老院"),
        ("living", "其他"),
        ("category", "离退休"), ("category", "企业职工"), ("health", "有基础疾病"),
        ("rank", "局长"),
        ("living", "与子女分开居住"), ("category", "未退休"), ("rank", "高级工程师"),
    ],
)  # fmt: skip
def test_word_is_left_as_typed_when_it_is_not_clear(listed, word):
    assert words_of_cells().code(listed, word) is None


@pytest.mark.parametrize(
    ("cell", "items"),
    [
        ("高血压、冠心病", ["高血压", "冠心病"]),
        ("1.高血压 2.冠心病", ["高血压", "冠心病"]),
        ("①高血压；②冠心病。", ["高血压", "冠心病"]),
        ("高血压 冠心病", ["高血压", "冠心病"]),
        ("高血压（3级，极高危），冠心病", ["高血压(3级,极高危)", "冠心病"]),
        ("高血压病\n高血压", ["高血压"]),
        ("无", [""]),
        ("", []),
        ("Vitamin B12", ["Vitamin B12"]),
    ],
)
def test_list_in_a_cell_is_taken_apart(cell, items):
    assert list(words_of_cells().items("condition", cell)) == items

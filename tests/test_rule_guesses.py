"""What people write before they know how: refused with its place, and put right by clicks."""

from __future__ import annotations

import re

import pytest

from casework.rules import RuleError, parse
from casework.terms import speaking
from tests.test_rule_words import SPEECH

CLICKS = 6

PUT_RIGHT = [
    ("80岁以上", "age >= 80"),
    ("年满80岁", "age >= 80"),
    ("八十岁以上", "age >= 80"),
    ("年龄：八十五周岁及以下", "age <= 85"),
    ("年龄≥八十", "age >= 80"),
    ("年龄在80到90之间", "age between 80 and 90"),
    ("年龄80-90", "age between 80 and 90"),
    ("80≤年龄≤90", "age between 80 and 90"),
    ("年龄大于80岁小于90岁", "age > 80 and age < 90"),
    ("年龄>80并且<90", "age > 80 and age < 90"),
    ("今年满90岁", "age_this_year = 90"),
    ("高龄", "age >= high_age"),
    ("独居", "living = 'alone'"),
    ("独居老人", "living = 'alone'"),
    ("不是独居", "living != 'alone'"),
    ("非党员", "political_status != '01'"),
    ("是党员", "political_status = '01'"),
    ("离休干部", "category = 'retired_veteran'"),
    ("失能或卧床", "health = 'disabled' or health = 'bedridden'"),
    ("独居且80岁以上", "living = 'alone' and age >= 80"),
    ("类别为离休干部且年满90周岁", "category = 'retired_veteran' and age >= 90"),
    ("居住状况 为 独居 或 空巢", "living = 'alone' or living = 'empty_nest'"),
    ("年龄＞80 and 独居", "age > 80 and living = 'alone'"),
    ("身体状况 较差", "health = 'poor'"),
    ("正在住院", "hospital_status = 'inpatient'"),
    ("丧偶", "marital_status = 'widowed'"),
    ("没有配偶", "marital_status != 'married'"),
    ("困难类别为特困", "has(hardship, 'poor')"),
    ("主要疾病包含高血压", "has(condition, '高血压')"),
    ("主要疾病 包含 高血压", "has(condition, '高血压')"),
    ("患有高血压且独居", "has(condition, '高血压') and living = 'alone'"),
    ("有慢性病", "count(condition) >= 1"),
    ("慢性病两种以上", "count(condition) >= 2"),
    ("居住状况不为空", "known(living)"),
    ("居住状况 is null", "unknown(living)"),
    ("近三个月没有走访", "days_since_contact > 3 months"),
    ("90天没有联系", "days_since_contact > 90 days"),
    ("距上次联系超过45天", "days_since_contact > 45 days"),
    ("退休6个月内", "since(retired_on) <= 6 months"),
    ("退休不满半年", "since(retired_on) <= 6 months"),
    ("出生日期在1945年9月3日之前", "born_on < 1945-09-03"),
    ("1949年10月1日前参加工作", "joined_on < 1949-10-01"),
    ("评估得分（GDS-15） ≥ 5", "score_of('gds-15') >= 5"),
    ("年龄 ≥ 80 && 居住状况 为 独居", "age >= 80 and living = 'alone'"),
    ("所有人", None),
]


@pytest.mark.parametrize(("typed", "plain"), PUT_RIGHT)
def test_what_is_refused_is_put_right_by_taking_what_is_offered(
    typed: str, plain: str | None
) -> None:
    text = typed
    for _click in range(CLICKS):
        try:
            found = SPEECH.understand(text)[1]
            break
        except RuleError as refusal:
            start, end = refusal.at
            assert 0 <= start <= end <= len(text) and refusal.text == text
            assert refusal.suggestion, (text, refusal.complaint)
            text = text[:start] + refusal.suggestion + text[end:]
    else:
        pytest.fail(f"never understood: {text}")
    if plain is not None:
        assert found == parse(plain, SPEECH.words), text


@pytest.mark.parametrize(
    ("typed", "place", "told"),
    [
        ("年龄 > 80.5", ".5", "不用小数"),
        ("年龄 80", "80", "“年龄”和“80”之间缺少 为、≥、≤"),
        ("居住状况 为 独居、空巢", "、", "属于（独居，空巢）"),
        ("本月生日", "本月生日", "请在“何时”中选择“生日前后”"),
        ("困难类别 ≥ 2", "困难类别", "包含（困难类别，'值'） 或 项数（困难类别）"),
        ("'独居'", "'独居'", "例如 年龄 或 居住状况"),
        ("IF(年龄>80,1,0)", "IF", "没有名为 IF 的事实。"),
        ("全部", "全部", "后面须带括号"),
    ],
)
def test_refusal_says_in_chinese_what_is_to_be_done(typed: str, place: str, told: str) -> None:
    with speaking("zh"), pytest.raises(RuleError) as refused:
        SPEECH.understand(typed)
    error = refused.value
    assert typed[slice(*error.at)] == place
    assert told in error.complaint
    said = re.sub("“[^”]*”|IF", "", error.complaint)
    assert not re.search("[a-z]{3}", said), "no code of the rules file"


@pytest.mark.parametrize(
    "piece", ["且", "一", "年龄", "超过", "独居", "患", "不", "主要疾病 ", "(", "或者"]
)
def test_long_nonsense_is_refused_with_a_place(piece: str) -> None:
    typed = piece * (3_900 // len(piece))
    with pytest.raises(RuleError) as refused:
        SPEECH.understand(typed)
    assert 0 <= refused.value.at[0] <= len(typed)

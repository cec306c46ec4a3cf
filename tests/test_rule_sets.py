"""Rule sets: those of the agencies, and what the checks find in bad ones."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from casework.errors import InvalidEntry, NoRuleInForce
from casework.reference import (
    agencies,
    agency,
    code_lists,
    facts,
    service_list,
    services,
    stand_ins,
)
from casework.rules import Problem, RuleSet, Vocabulary, read_rules
from casework.rules.checks import check_rules
from casework.rules.sentence import timing_text, write
from casework.rules.timing import timing_from, timing_record
from casework.rules.writing import write_rules
from casework.terms import speaking
from casework.workbook.policy import (
    almanac,
    check_policy,
    check_text,
    read_policy,
    rules_file,
    rules_of,
    vocabulary_of,
)
from tests.conftest import TODAY

WITH_RULES = [name for name in agencies() if rules_file(name).exists()]
WORDS = Vocabulary(facts(), {**code_lists(), "service": service_list()}, {}, {"silent_days": 45})
KNOWN = {
    **{kind: tuple(one.code for one in code_lists()[kind].entries)
       for kind in ("actor", "channel", "need_domain")},
    "service": tuple(services()),
    "festival": tuple(almanac().festivals),
}  # fmt: skip


CAPABILITIES: list[dict[str, str]] = tomllib.loads(
    (Path(__file__).parent / "cases" / "m4_capabilities.toml").read_text(encoding="utf-8")
)["capability"]


def a_rule(code: str = "r", **changes: Any) -> dict[str, Any]:
    """Give the smallest complete rule."""
    timings = {"quota", "festival", "birthday", "event", "silence"}
    rule = {
        "code": code,
        "title": {"zh": "走访", "en": "visit"},
        "clause": {"document": "d", "article": "第一条", "capability": "S0-1"},
        "since": date(2014, 1, 1),
        "when": "living = 'alone'",
        "service": "visit",
        "domain": "care",
        "actor": "caseworker",
        "channels": ["home_visit"],
        "duration_minutes": 30,
    }
    if not timings & changes.keys():
        rule["quota"] = {"per": "month"}
    return {key: value for key, value in {**rule, **changes}.items() if value is not None}


def read(*rules: dict[str, Any]) -> tuple[RuleSet, tuple[Problem, ...]]:
    documents = [{"code": "d", "title": {"zh": "办法", "en": "Measures"}}]
    return read_rules({"agency": "t", "documents": documents, "rules": rules}, WORDS, KNOWN)


def problems(*rules: dict[str, Any]) -> list[tuple[str, tuple[str, ...]]]:
    quiet = a_rule("quiet", when="living = 'care_home'", service="reply", actor="family")
    found, unread = read(*rules, quiet)
    every = (*unread, *check_rules(found, WORDS, TODAY))
    return [(one.kind, one.rules) for one in every]


# --- the agencies' own --------------------------------------------------------------------------


def test_every_agency_has_a_full_set_of_rules() -> None:
    assert set(WITH_RULES) == set(agencies())
    few = [name for name in WITH_RULES if len(rules_of(name, TODAY).on(TODAY)) < 25]
    assert few == []


def test_every_capability_of_rules_and_tasks_is_served_by_a_rule() -> None:
    cited: dict[str, set[str]] = {}
    for name in WITH_RULES:
        for rule in rules_of(name, TODAY).on(TODAY):
            cited.setdefault(rule.clause.capability, set()).add(f"{name}/{rule.code}")
    for wanted in CAPABILITIES:
        served = cited.get(wanted["id"], set())
        assert wanted["rule"] in served, f"{wanted['id']} {wanted['phrase']}: {sorted(served)}"


@pytest.mark.parametrize("name", WITH_RULES)
def test_rules_cite_the_agencys_own_practice_and_the_national_documents(name: str) -> None:
    found = rules_of(name, TODAY)
    cited = {rule.clause.document for rule in found.on(TODAY)}
    assert cited == set(found.documents.values())
    assert {str(rule.clause.article) for rule in found.rules} != {""}


@pytest.mark.parametrize("name", WITH_RULES)
def test_rules_of_an_agency_are_without_findings(name: str) -> None:
    found, unwelcome = check_policy(name, TODAY)
    assert [str(one) for one in unwelcome] == []
    assert len(found.rules) >= 12
    assert found.agency == name


@pytest.mark.parametrize("name", WITH_RULES)
def test_every_rule_names_a_clause_and_a_capability(name: str) -> None:
    raw = tomllib.loads(rules_file(name).read_text("utf-8"))
    assert all(one.get("source") for one in raw["documents"])
    cited = {rule["clause"]["document"] for rule in raw["rules"]}
    assert cited == {one["code"] for one in raw["documents"]}
    for rule in rules_of(name, TODAY).rules:
        assert re.fullmatch(r"S[0-4]-\d+", rule.clause.capability), rule.code
        assert rule.clause.citation.endswith(f"[{rule.clause.capability}]")


@pytest.mark.parametrize("name", WITH_RULES)
@pytest.mark.parametrize("spoken", ["zh", "en"])
def test_every_rule_can_be_read_aloud(name: str, spoken: str) -> None:
    words = vocabulary_of(agency(name), TODAY)
    with speaking(spoken):
        for rule in rules_of(name, TODAY).rules:
            assert write(rule.when, words)
            assert timing_text(rule.duty.timing, almanac().festivals)
            assert str(rule.title)


@pytest.mark.parametrize("name", WITH_RULES)
def test_every_rule_uses_channels_that_the_agency_has(name: str) -> None:
    own = {one.code for one in agency(name).channels}
    for rule in rules_of(name, TODAY).rules:
        assert not rule.duty.channels or own & set(rule.duty.channels), rule.code


@pytest.mark.parametrize("name", WITH_RULES)
def test_timing_of_every_rule_survives_being_written_down(name: str) -> None:
    for rule in rules_of(name, TODAY).rules:
        assert timing_from(timing_record(rule.duty.timing)) == rule.duty.timing


def test_rules_answer_the_duties_every_agency_has() -> None:
    for name in WITH_RULES:
        asked = {rule.duty.service for rule in rules_of(name, TODAY).rules}
        assert {"visit", "call", "birthday", "festival", "illness", "dossier_review"} <= asked
        kinds = {type(rule.duty.timing).__name__ for rule in rules_of(name, TODAY).rules}
        assert kinds == {"Quota", "AtFestivals", "AtBirthdays", "AfterEvent", "Silence"}


def test_agency_without_rules_says_so() -> None:
    with pytest.raises(NoRuleInForce, match="nowhere"):
        rules_of("nowhere", TODAY)


def test_services_and_stand_ins_are_known_codes() -> None:
    assert {"find_out", "visit"} <= set(services())
    assert stand_ins()["caseworker"] == frozenset({"leader"})


def test_past_is_judged_by_the_rules_of_its_day() -> None:
    found = rules_of("changshu", date(2014, 5, 11))
    then = {rule.code for rule in found.on(date(2014, 5, 11))}
    now = {rule.code for rule in found.on(TODAY)}
    assert "visit_special_difficulty" in now - then
    assert "phone_monthly" in now & then


# --- what the checks find -----------------------------------------------------------------------


def test_sound_rules_raise_nothing() -> None:
    assert problems(a_rule("a"), a_rule("b", service="call", channels=["phone"])) == []


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"when": "livng = 'alone'"}, "unreadable"),
        ({"when": None}, "incomplete"),
        ({"clause": None}, "incomplete"),
        ({"clause": {"document": "x", "article": "a", "capability": "S0-1"}}, "incomplete"),
        ({"clause": {"document": "d", "article": "", "capability": "S0-1"}}, "incomplete"),
        ({"service": "visti"}, "incomplete"),
        ({"actor": "nobody"}, "incomplete"),
        ({"channels": ["telegraph"]}, "incomplete"),
        ({"quota": {"per": "fortnight"}}, "incomplete"),
        ({"quota": None}, "incomplete"),
        ({"quota": {"per": "month"}, "silence": {"days": 3, "due": "1 day after"}}, "incomplete"),
        ({"festival": {"codes": ["easter"], "opens": "3 days before"}}, "incomplete"),
        ({"silence": {"days": "no_such_setting", "due": "1 day after"}}, "incomplete"),
        ({"event": {"after": "living", "due": "1 day after"}}, "unreadable"),
        ({"title": {"zh": "只有中文"}}, "incomplete"),
        ({"priority": 9}, "incomplete"),
        ({"when_away": "sometimes"}, "incomplete"),
        ({"chanels": ["phone"]}, "incomplete"),
        ({"until": date(2013, 1, 1)}, "days"),
        ({"when": "living = 'alone' and living = 'empty_nest'"}, "never_true"),
        ({"when": "age >= 90 and age < 80"}, "never_true"),
        ({"when": "age >= 80 and born_on > 2000-01-01"}, "never_true"),
        ({"when": "count(condition) = 0 and has(condition, '高血压')"}, "never_true"),
        ({"when": "unknown(living) and living = 'alone'"}, "never_true"),
        ({"when": "health >= 'poor' and health <= 'fair'"}, "never_true"),
        ({"when": "era = 'E2' and joined_on > 1950-01-01"}, "never_true"),
        ({"when": "living in ('alone') or living != 'alone'"}, "always_true"),
        ({"instead_of": ["nothing"]}, "unknown_rule"),
        ({"instead_of": ["r"]}, "conflict"),
        (
            {"festival": {"codes": ["party_day"], "opens": "1 day before", "due": "9 days before"}},
            "window",
        ),
    ],
)
def test_check_finds_what_is_wrong_with_a_rule(changes: dict[str, Any], kind: str) -> None:
    assert problems(a_rule(**changes)) == [(kind, ("r",))]


def test_check_finds_two_rules_that_ask_for_the_same_visit() -> None:
    other = a_rule("b", when="age >= 80", quota={"per": "quarter"})
    assert problems(a_rule("a"), other) == [("same_visit", ("a", "b"))]


@pytest.mark.parametrize(
    "apart",
    [
        {"when": "living = 'empty_nest'"},
        {"when": "living = 'empty_nest' and any(household, age >= 80)"},
        {"actor": "leader"},
        {"channels": ["phone"]},
        {"instead_of": ["a"], "when": "age >= 80"},
        {"since": date(2026, 1, 1)},
    ],
)
def test_check_sees_when_two_rules_do_not_ask_for_the_same(apart: dict[str, Any]) -> None:
    first = a_rule("a", until=date(2025, 12, 31))
    assert problems(first, a_rule("b", **apart)) == []


def test_check_finds_a_rule_in_the_shadow_of_a_wider_one() -> None:
    narrow = a_rule("b", when="living = 'alone' and age >= 90")
    assert problems(a_rule("a"), narrow) == [("shadowed", ("b", "a"))]


def test_check_finds_a_document_without_a_rule() -> None:
    found, _unread = read(a_rule("a", until=date(2020, 1, 1)))
    kinds = [(one.kind, one.rules) for one in check_rules(found, WORDS, TODAY)]
    assert kinds == [("clause_without_rule", ("d",))]


def test_steps_after_one_event_are_not_the_same_visit_while_their_windows_are_apart() -> None:
    first = {"after": "retired_on", "opens": "on the day", "due": "15 days after"}
    second = {"after": "retired_on", "opens": "16 days after", "due": "1 month after"}
    when = "category = 'retired'"
    one = a_rule("a", event=first, when=when)
    assert problems(one, a_rule("b", event=second, when=when)) == []
    overlapping = {**second, "opens": "15 days after"}
    found = problems(one, a_rule("b", event=overlapping, when=when))
    assert found == [("shadowed", ("a", "b"))]


def test_check_points_at_what_nobody_of_the_others_can_meet() -> None:
    text = "living = 'alone' and any(household, age >= 90 and age < 80)"
    found, _unread = read(a_rule(when=text))
    (problem,) = check_rules(found, WORDS, TODAY)
    assert problem.kind == "never_true" and problem.at is not None
    assert text[slice(*problem.at)].startswith("any(household")


def test_check_finds_a_rule_that_a_stronger_one_always_replaces() -> None:
    weak = a_rule("a", when="living = 'alone' and age >= 90")
    strong = a_rule("b", when="living in ('alone', 'empty_nest')", instead_of=["a"])
    assert problems(weak, strong) == [("unreachable", ("a", "b"))]


def test_check_finds_rules_that_replace_each_other() -> None:
    one = a_rule("a", instead_of=["b"])
    other = a_rule("b", when="age >= 80", instead_of=["a"])
    assert ("conflict", ("a", "b")) in problems(one, other)


def test_rules_may_replace_each_other_one_after_the_other() -> None:
    """The stronger of two may become the weaker: what has ended replaces nothing any more."""
    before = a_rule("a", instead_of=["b"], until=date(2025, 6, 30))
    after = a_rule("a", since=date(2025, 7, 1))
    weak = a_rule("b", when="age >= 80", until=date(2025, 6, 30))
    strong = a_rule("b", when="age >= 80", instead_of=["a"], since=date(2025, 7, 1))
    assert problems(before, after, weak, strong) == []
    weak["until"], strong["since"] = date(2025, 6, 29), date(2025, 6, 30)
    assert ("conflict", ("a", "b")) in problems(before, after, weak, strong)


def test_check_finds_two_rules_of_one_code_on_the_same_day() -> None:
    old = a_rule("a", until=date(2025, 12, 31))
    assert problems(old, a_rule("a", since=date(2026, 1, 1))) == []
    assert ("duplicate_code", ("a",)) in problems(old, a_rule("a", since=date(2025, 12, 31)))


def test_problem_is_told_with_its_place() -> None:
    _found, (problem,) = read(a_rule(when="age >= 80 and\n livng = 'alone'"))
    assert str(problem).splitlines()[1:] == [" livng = 'alone'", " ^^^^^"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("agency = \nx", "第 1 行第 10 列：从这里起读不懂"),
        ('agency = "a"\nagency = "b"', "这个名称出现了两次"),
        ("[[rules]]\nsince = 2025-02-30", "第 2 行第 9 列：日历上没有这一天"),
    ],
)
def test_rules_that_are_no_toml_are_refused_in_chinese(text: str, told: str) -> None:
    with speaking("zh"), pytest.raises(InvalidEntry) as refused:
        check_text(text, "changshu", TODAY)
    assert told in refused.value.message
    assert not re.search("[a-z]{3,} [a-z]{2,}", refused.value.message)


def test_half_a_policy_is_never_used(monkeypatch: pytest.MonkeyPatch) -> None:
    from casework.workbook import policy

    unread = Problem("unreadable", "error", ("r",), "…")
    broken: Callable[..., Any] = lambda *_a: (RuleSet("changshu", ()), (unread,))  # noqa: E731
    monkeypatch.setattr(policy, "_read", broken)
    with pytest.raises(InvalidEntry, match="rules check"):
        rules_of("changshu", TODAY)


@pytest.mark.parametrize(
    ("timing", "chinese", "english"),
    [
        ({"quota": {"times": 0, "per": "month"}}, "“定期”.*次数应为 1 至 31", "regularly.*1 to 31"),
        ({"quota": {"times": 1, "per": "decade"}}, "周期应为下列之一", "period must be one of"),
        ({"quota": {"times": 1}}, "缺少 per", "per is missing"),
        ({"silence": {"days": 0, "due": "7d after"}}, "天数不小于 1", "days must be at least 1"),
    ],
)
def test_timing_that_is_not_understood_is_refused_in_words(timing, chinese, english):
    for language, said in (("zh", chinese), ("en", english)):
        with speaking(language), pytest.raises(InvalidEntry, match=said):
            timing_from(timing)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ("since", "2014"),
        ("until", 2030),
        ("when", 80),
        ("channels", "phone"),
        ("channels", [1]),
        ("instead_of", "visit_quarterly"),
        ("duration_minutes", "45"),
        ("duration_minutes", True),
        ("priority", "high"),
        ("for_deceased", "no"),
        ("clause", "contact_rules"),
        ("clause", {"document": ["contact_rules"], "article": "1", "capability": "S3-12"}),
        ("title", "走访"),
        ("parties", ["community"]),
        ("code", 7),
    ],
)
def test_entry_of_another_kind_is_one_sentence_and_spares_the_other_rules(
    entry: str, value: object, language: str
) -> None:
    raw = tomllib.loads(rules_file("changshu").read_text(encoding="utf-8"))
    place = next(n for n, one in enumerate(raw["rules"]) if one["code"] == "visit_quarterly")
    code = str(value) if entry == "code" else "visit_quarterly"
    raw["rules"][place][entry] = value
    with speaking(language):
        found, problems = read_policy(write_rules(raw), "changshu", TODAY)
    (error,) = problems
    assert error.rules == (code,) and (entry in error.message or "contact_rules" in error.message)
    assert len(found.rules) >= len(raw["rules"]) - 1


def test_rule_that_cannot_be_read_is_not_called_missing_by_those_in_its_place() -> None:
    text = rules_file("changshu").read_text(encoding="utf-8")
    broken = text.replace('code = "visit_quarterly"', 'code = "visit_quarterly"\npriority = "3"', 1)
    broken = broken.replace("priority = 3\nparties = {caseworker", "parties = {caseworker", 1)
    _found, problems = check_text(broken, "changshu", TODAY)
    errors = [one for one in problems if one.severity == "error"]
    assert [one.rules for one in errors] == [("visit_quarterly",)]
    mistyped = text.replace(
        'instead_of = ["visit_quarterly"]', 'instead_of = ["visit_quartely"]', 1
    )
    _found, problems = check_text(mistyped, "changshu", TODAY)
    assert (
        "是否指 visit_quarterly" in next(one for one in problems if one.severity == "error").message
    )


def test_documents_and_rules_that_are_no_tables_are_refused_in_a_sentence() -> None:
    with pytest.raises(InvalidEntry, match=r"\[\[rules\]\]"):
        read_policy("rules = 3", "changshu", TODAY)
    _found, problems = read_policy('[[documents]]\ncode = "a"\n', "changshu", TODAY)
    assert "标题要有中英文" in problems[0].message

"""The table that leads from scores to needs: data/reference/needs.toml."""

from __future__ import annotations

import copy
import tomllib
from typing import Any

import pytest

from casework.instruments import Instrument, score
from casework.instruments.findings import NeedRule, need_rules, need_rules_from, needs_found
from casework.instruments.library import instruments
from casework.reference import BrokenReference, code_list, data_folder
from casework.terms import speaking
from tests.sheets import answers_of_item, asked_only, best_sheet, every_item, required_context

RULES = need_rules()


def sheet_with(chosen: Instrument, **answers: Any) -> dict[str, Any]:
    return best_sheet(chosen) | answers


def test_every_instrument_leads_to_some_need() -> None:
    assert {rule.instrument for rule in RULES} == set(instruments())


def test_best_sheet_of_every_instrument_speaks_for_no_need() -> None:
    for chosen in instruments().values():
        answers = sheet_with(chosen)
        known = required_context(chosen)
        assert needs_found(RULES, chosen, answers, known, score(chosen, answers, known)) == ()


@pytest.mark.parametrize("rule", RULES, ids=[f"{r.instrument}:{r.code}" for r in RULES])
def test_every_severity_of_every_rule_can_be_reached(rule: NeedRule) -> None:
    """Walk from the best answer of each item to its worst, and over the events that count."""
    chosen = instruments()[rule.instrument]
    reached = set()
    best = every_item(chosen, best=True)
    worse = list(every_item(chosen, best=False).items())
    sheets = [dict(best) | dict(worse[:n]) for n in range(len(worse) + 1)]
    sheets += [best | {item.key: one} for item in chosen.items for one in answers_of_item(item)]
    sheets = [one for one in sheets if not ("F1" in one and "F2" in one)]
    events = {one.key for one in chosen.context} & {"risk_events_30d"}
    contexts: list[dict[str, Any]] = [{}]
    contexts += [{key: {"fall": n}} for key in events for n in (1, 2)]
    contexts += [{key: {"choking": 1, "wandering": 1}} for key in events]
    for sheet in sheets:
        answers = asked_only(chosen, sheet)
        for more in contexts:
            context = required_context(chosen) | more
            result = score(chosen, answers, context)
            found = needs_found([rule], chosen, answers, context, result)
            reached |= {one.severity for one in found}
    assert reached == {severity for severity, _condition in rule.steps}


def test_evidence_names_the_answers_behind_a_need() -> None:
    chosen = instruments()["gbt42195-2022"]
    answers = sheet_with(chosen, **{"B.3.2": 2, "B.3.4": 1})
    found = needs_found(RULES, chosen, answers, {}, score(chosen, answers))
    evidence = {one.rule.code: (one.severity, one.evidence) for one in found}
    assert evidence["cognition"] == ("high", ("B.3.4",))
    assert evidence["daily_care"] == ("low", ())


def test_unanswered_items_speak_for_no_need() -> None:
    chosen = instruments()["gbt42195-2022"]
    assert needs_found(RULES, chosen, {}, {}, score(chosen, {})) == ()


def test_domains_and_severities_are_those_of_the_national_lists() -> None:
    domains = {one.code for one in code_list("need_domain").entries}
    severities = {one.code for one in code_list("need_severity").entries}
    for rule in RULES:
        assert rule.domain in domains
        assert {severity for severity, _condition in rule.steps} <= severities


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"instrument": "moca"}, "names no instrument"),
        ({"domain": "fun"}, "domain must be one of"),
        ({"label": {"zh": "照护"}}, "both zh and en"),
        ({"source": ""}, "needs source"),
        ({"certainty": "sure"}, "certainty must be one of"),
        ({"low": {"item": "flying", "is": 1}}, "'flying' is not defined"),
        ({"low": {"item": "stairs"}}, "needs a test"),
        ({"urgent": {"item": "stairs", "is": 0}}, "does not know"),
    ],
)
def test_broken_rule_is_refused_with_file_entry_and_reason(
    change: dict[str, Any], reason: str
) -> None:
    path = data_folder() / "reference" / "needs.toml"
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    rule = copy.deepcopy(next(one for one in content["need"] if one["instrument"] == "barthel"))
    other = rule | {"instrument": "selfcare-5", "label": {"zh": "别的", "en": "other"}}
    bare = {key: one for key, one in rule.items() if key not in ("low", "medium", "high")}
    with speaking("en"):
        for rules, said in (
            ([rule | change], reason),
            ([rule, rule], "stands twice"),
            ([rule, other], "differs from that of barthel"),
            ([bare], "needs a condition"),
        ):
            with pytest.raises(BrokenReference, match=r"needs\.toml: need") as refusal:
                need_rules_from({"need": rules}, "needs.toml", instruments())
            assert said in str(refusal.value)

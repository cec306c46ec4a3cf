"""``casework score``: JSON in, JSON out, refusals in both languages."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from casework.instruments.command import score_command
from casework.instruments.library import instrument
from casework.terms import speaking
from tests.sheets import best_sheet

FIELDS = ["total", "level", "label", "subscores", "complete", "missing", "applied"]


def scored(code: str, sheet: Any) -> dict[str, Any]:
    status, out, err = run(code, json.dumps(sheet))
    assert (status, err) == (0, "")
    found: dict[str, Any] = json.loads(out)
    return found


def run(code: str, text: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    status = score_command(code, io.StringIO(text), out, err)
    return status, out.getvalue(), err.getvalue()


def best(code: str) -> dict[str, Any]:
    return best_sheet(instrument(code))


def test_result_has_the_seven_fields() -> None:
    found = scored("barthel", {"answers": best("barthel"), "context": {}})
    assert list(found) == FIELDS
    assert (found["total"], found["level"], found["complete"]) == (100, 0, True)


def test_context_may_be_left_out() -> None:
    assert scored("barthel", {"answers": best("barthel")})["level"] == 0
    assert scored("barthel", {"answers": best("barthel"), "context": None})["level"] == 0


def test_label_follows_the_language_in_force() -> None:
    with speaking("en"):
        assert scored("barthel", {"answers": best("barthel")})["label"] == "Independent"
    with speaking("zh"):
        assert scored("barthel", {"answers": best("barthel")})["label"] == "无需依赖"


def test_incomplete_sheet_is_done_with_no_level_and_what_is_missing() -> None:
    answers = best("gbt42195-2022")
    del answers["B.2.3"]
    found = scored("gbt42195-2022", {"answers": answers})
    assert (found["total"], found["level"], found["label"]) == (None, None, None)
    assert (found["complete"], found["missing"]) == (False, ["B.2.3"])
    assert found["subscores"] == {"B.1": 32, "B.2": None, "B.3": 28, "B.4": 15}


def test_banding_and_version_are_chosen_in_the_context() -> None:
    found = scored("barthel", {"total": 90, "context": {"banding": "intl_shah"}})
    assert found["level"] == 2
    context = {
        "version": "1+steps_worse_at_most=2",
        "diagnoses": ["F00"],
        "risk_events_30d": {"fall": 2},
    }
    assert scored("gbt42195-2022", {"total": 90, "context": context})["level"] == 2


@pytest.mark.parametrize(
    ("code", "text", "named"),
    [
        ("barthel", '{"answers": {"feeding": 3}}', "feeding"),
        ("barthel", '{"answers": {"feeding": true}}', "feeding"),
        ("barthel", '{"answers": {"feeding": 10.0}}', "feeding"),
        ("barthel", '{"answers": {"feeding": "10"}}', "feeding"),
        ("barthel", '{"answers": {"feeding": NaN}}', "feeding"),
        ("barthel", '{"answers": {"flying": 10}}', "flying"),
        ("barthel", '{"answers": {"feeding": 10, "feeding": 0}}', "feeding"),
        ("barthel", '{"answers": {}, "context": {"banding": "house"}}', "house"),
        ("barthel", '{"answers": {}, "context": {"banding": 1}}', "banding"),
        ("barthel", '{"answers": {}, "context": {"diagnoses": []}}', "diagnoses"),
        ("barthel", '{"answers": {}, "context": []}', "context"),
        ("barthel", '{"total": 61}', "61"),
        ("barthel", '{"total": 60, "answers": {}}', "answers"),
        ("barthel", '{"answers": []}', "answers"),
        ("barthel", '{"answer": {}}', "answer"),
        ("barthel", "{}", "answers"),
        ("barthel", "[]", "JSON"),
        ("barthel", "", "JSON"),
        ("barthel", "{", "1:2"),
        ("barthel", '{"answers": {"feeding": ' + "9" * 5000 + "}}", "JSON"),
        ("barthel", "[" * 100_000, "JSON"),
        ("moca", '{"answers": {}}', "moca"),
    ],
)
def test_sheet_is_refused_in_both_languages_when_it_cannot_be_scored(
    code: str, text: str, named: str
) -> None:
    status, out, err = run(code, text)
    chinese, english = err.strip().splitlines()
    assert (status, out) == (2, "")
    assert named in chinese
    assert named in english
    assert not english.isascii() or chinese != english
    assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese)


@pytest.mark.parametrize(
    ("code", "text", "nearest"),
    [
        ("phq9", '{"answers": {}}', "phq-9"),
        ("barthel", '{"answers": {"feding": 10}}', "feeding"),
        ("barthel", '{"answers": {}, "context": {"banding": "intl"}}', "intl_shah"),
        ("moca", '{"answers": {"zzzzzz": 1}}', None),
    ],
)
def test_refusal_offers_the_nearest_name(code: str, text: str, nearest: str | None) -> None:
    chinese, english = run(code, text)[2].strip().splitlines()
    assert (f"最接近的是 {nearest}。" in chinese, f"Nearest: {nearest}." in english) == (
        (True, True) if nearest else (False, False)
    )
    assert nearest or "Nearest" not in english


def test_byte_order_mark_is_no_obstacle() -> None:
    assert run("barthel", "\ufeff" + '{"answers": {}}')[0] == 0

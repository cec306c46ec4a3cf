"""Cases that a practitioner can read and extend: tests/cases/instruments/*.toml."""

from __future__ import annotations

import csv
import tomllib
from pathlib import Path
from typing import Any

import pytest

from casework.errors import InvalidEntry
from casework.instruments import (
    Instrument,
    Result,
    Sheet,
    check_answers,
    check_context,
    read_total,
    score,
)
from casework.instruments.library import instrument, instruments
from tests.sheets import best_sheet, required_context, worst_sheet

CASES = Path(__file__).parent / "cases" / "instruments"


def every_case() -> list[Any]:
    found = []
    for path in sorted(CASES.glob("*.toml")):
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        for case in content["case"]:
            found.append(
                pytest.param(content["instrument"], case, id=f"{path.stem}: {case['name']}")
            )
    return found


def answers_of(chosen: Instrument, case: dict[str, Any]) -> dict[str, object]:
    """Fill in the start of a case and then what differs."""
    start = {"best": best_sheet, "worst": worst_sheet}.get(case.get("start", ""))
    answers: dict[str, object] = {**(start(chosen) if start else {}), **case.get("answers", {})}
    return {key: value for key, value in answers.items() if key not in case.get("without", ())}


def read_value(chosen: Instrument, case: dict[str, Any]) -> int | None:
    """Give the number that the first banding reads."""
    answers = {} if "total" in case else check_answers(chosen, answers_of(chosen, case))
    sheet = Sheet(chosen, answers, check_context(chosen, case.get("context", {})))
    if "total" in case:
        sheet.put(chosen.total, case["total"])
    return sheet.number(chosen.banding().of)


def result_of(code: str, case: dict[str, Any]) -> Result:
    chosen = instrument(code)
    reading = {"banding": case.get("banding"), "version": case.get("version")}
    if "total" in case:
        return read_total(chosen, case["total"], case.get("context"), **reading)
    return score(chosen, answers_of(chosen, case), case.get("context"), **reading)


@pytest.mark.parametrize(("code", "case"), every_case())
def test_case_comes_out_as_expected(code: str, case: dict[str, Any]) -> None:
    expect = dict(case["expect"])
    if refused := expect.pop("refused", None):
        with pytest.raises(InvalidEntry) as refusal:
            result_of(code, case)
        assert refusal.value.field == refused
        return
    found = result_of(code, case).as_json()
    subscores = expect.pop("subscores", {})
    assert {key: found["subscores"][key] for key in subscores} == subscores
    wanted = {key: None if value == "none" else value for key, value in expect.items()}
    assert {key: found[key] for key in wanted} == wanted


def test_every_instrument_has_cases() -> None:
    assert {path.stem for path in CASES.glob("*.toml")} == set(instruments())


def test_every_band_has_its_lowest_and_highest_total_among_the_cases() -> None:
    tested: dict[tuple[str, int | None], set[int | None]] = {}
    for parameters in every_case():
        code, case = parameters.values
        known = set(case.get("context", {})) - set(required_context(instrument(code)))
        if "refused" not in case["expect"] and "banding" not in case and not known:
            result = result_of(code, case)
            read = read_value(instrument(code), case)
            tested.setdefault((code, result.level_before), set()).add(read)
    untested = []
    for one in instruments().values():
        for band in one.banding().bands:
            reach = one.reach[one.banding().of]
            reached = [value for value in reach if band.low <= value <= band.high]
            for edge in (min(reached), max(reached)):
                if edge not in tested.get((one.id, band.level), ()):
                    untested.append(f"{one.id} level {band.level}: {edge}")
    assert untested == []


def test_scoring_version_is_raised_when_anything_that_counts_changes() -> None:
    path = Path(__file__).parent.parent / "data/reference/instruments/versions.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        listed = {
            (row["instrument"], row["version"], row["banding"]): row["fingerprint"]
            for row in csv.DictReader(lines)
        }
    for one in instruments().values():
        for banding, fingerprint in one.fingerprints.items():
            row = listed.get((one.id, one.version, banding))
            assert row, f"add {one.id},{one.version},{banding},{one.since},{fingerprint}"
            assert row == fingerprint, (
                f"{one.id}: the scoring changed but the version did not; raise it and add "
                f"{one.id},{one.version},{banding},{one.since},{fingerprint} to versions.csv"
            )


def test_interface_answers_are_all_accepted_by_the_instruments() -> None:
    """The keys and values that others rely on (design.md 5), kept as a table of our own."""
    path = CASES / "interface-keys.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    keys: dict[str, list[str]] = {}
    for row in rows:
        keys.setdefault(row["instrument"], []).append(row["key"])
        item = instrument(row["instrument"]).item(row["key"])
        assert item, row
        refused = [value for value in allowed_values(row["allowed"]) if item.points(value) is None]
        assert not refused, row
    for code, listed in keys.items():
        wanted = [item.key for item in instrument(code).items if not item.optional]
        assert wanted == listed


def allowed_values(text: str) -> list[int | str]:
    if ".." in text:
        low, high = text.split("..")
        return list(range(int(low), int(high) + 1))
    return [int(part) if part.isdecimal() else part for part in text.replace(" ", "").split("|")]

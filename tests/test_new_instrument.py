"""A new instrument is one TOML file: the one of docs/add_an_instrument.md, scored and shown."""

from __future__ import annotations

import io
import json
import re
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from casework.cli import main
from casework.errors import NotFound
from casework.instruments import findings, library
from casework.instruments.library import instrument
from casework.reference import data_folder
from casework.ui import Shell
from casework.ui.screens.assessment_form import AssessmentForm
from tests.conftest import AGENCY
from tests.test_instrument_cases import result_of
from tests.test_needs import a_person, an_entry

PAGE = Path(__file__).parent.parent / "docs" / "add_an_instrument.md"
ANSWERS = {"falling_asleep": 2, "waking": 1, "rested": 1}


@pytest.fixture
def new_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Put the file of the page into a copy of the data, as somebody would who reads it."""
    copy = tmp_path / "data"
    shutil.copytree(data_folder(), copy)
    text, need, _cases = re.findall(r"```toml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    path = copy / "reference" / "instruments" / "sleep-3.toml"
    path.write_text(text, "utf-8")
    with (copy / "reference" / "needs.toml").open("a", encoding="utf-8") as needs:
        needs.write(f"\n{need}")
    monkeypatch.setenv("CASEWORK_DATA", str(copy))
    _forget()
    yield path
    _forget()


def _forget() -> None:
    for cached in (library._shelf, library.instruments, findings.need_rules):
        cached.cache_clear()


def test_instrument_of_the_page_is_not_among_those_shipped() -> None:
    with pytest.raises(NotFound):
        instrument("sleep-3")


def test_new_file_is_scored_by_the_command_of_the_page(
    new_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (sheet,) = re.findall(r"echo '(.*?)' \| casework score sleep-3", PAGE.read_text("utf-8"))
    assert json.loads(sheet) == {"answers": ANSWERS}
    monkeypatch.setattr("sys.stdin", io.StringIO(sheet))
    assert main(["score", "sleep-3"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["total"], found["level"], found["missing"]) == (4, 1, [])


def test_mistake_in_the_new_file_ends_in_one_sentence_with_its_line(
    new_file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = new_file.read_text("utf-8").replace('scale = "often"', 'scale = "oftn"', 1)
    new_file.write_text(text, "utf-8")
    line = 1 + next(n for n, one in enumerate(text.splitlines()) if '"falling_asleep"' in one)
    for language, said in (
        ("zh", f"第 {line} 行，题目 falling_asleep：'oftn' 没有定义"),
        ("en", f"line {line}, item falling_asleep: 'oftn' is not defined"),
    ):
        monkeypatch.setattr("sys.stdin", io.StringIO('{"answers": {}}'))
        assert main(["--lang", language, "score", "sleep-3"]) == 2
        assert said in capsys.readouterr().err.splitlines()[0]


def test_new_file_is_a_form_a_result_and_a_printed_sheet(new_file: Path, workbook) -> None:
    person = a_person(workbook)
    shell = Shell(workbook, "caseworker")
    shell.go("assessment", person=person)
    shell.screen.choice.click("fill", instrument="sleep-3")
    form = shell.screen
    assert isinstance(form, AssessmentForm)
    form.fields["mode"].entry = "self"
    for key, value in ANSWERS.items():
        form.answers[key].entry = str(value)
    form.save()
    assert "睡不好" in shell.screen.result.html
    assert "自拟问题，没有常模" in shell.screen.result.html
    shell.screen.to_sheet()
    assert "☑ 2 经常" in shell.screen.sheet.html
    (kept,) = workbook.needs.assessments(person)
    assert workbook.needs.recompute(kept.id).agrees
    (need,) = workbook.needs.of_person(person)
    assert (need.title, need.domain, need.severity) == ("睡眠不好，问清原因", "medical", "low")


def test_cases_of_the_page_hold(new_file: Path) -> None:
    (text,) = re.findall(r"```toml\n(instrument = .*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    told = tomllib.loads(text)
    assert told["instrument"] == "sleep-3" and len(told["case"]) == 5
    for case in told["case"]:
        found = result_of("sleep-3", case)
        for name, expected in case["expect"].items():
            said = getattr(found, name)
            said = list(said) if isinstance(said, tuple) else said
            assert said == (None if expected == "none" else expected), (case["name"], name)


@pytest.mark.parametrize("command", [["serve"], ["demo", "--people", "5"]])
def test_mistake_in_a_file_is_said_on_start_and_nothing_is_begun(
    new_file: Path, command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = tmp_path / "workbook.sqlite"
    if command == ["serve"]:
        assert main(["--db", str(database), "init", "--agency", AGENCY]) == 0
    needs = new_file.parent.parent / "needs.toml"
    needs.write_text(needs.read_text("utf-8").replace('"sleep-3"', '"sleep-4"'), "utf-8")
    _forget()
    assert main(["--db", str(database), *command]) == 2
    assert "sleep-4" in capsys.readouterr().err
    assert database.exists() == (command == ["serve"]), "no half-made workbook stays"


def _next_scoring(new_file: Path, since: str) -> None:
    """Put a second scoring in place: one more question, and the day from which it holds."""
    old = new_file.read_text("utf-8")
    more = (
        '[[items]]\nkey = "naps"\nlabel = { zh = "白天打盹", en = "Naps" }\nscale = "often"\n'
        "[[measures]]"
    )
    new = (
        old.replace('version = "1"', 'version = "2"')
        .replace("since = 2026-01-01", f"since = {since}")
        .replace("[[measures]]", more, 1)
        .replace("max = 6, label", "max = 8, label")
    )
    new_file.with_name("sleep-3@1.toml").write_text(old, "utf-8")
    new_file.write_text(new, "utf-8")
    _forget()


def test_correction_is_scored_as_the_result_was(new_file: Path, workbook) -> None:
    person = a_person(workbook)
    kept = workbook.needs.record_assessment(
        an_entry(person, "sleep-3", answers=ANSWERS, mode="self")
    ).assessment
    _next_scoring(new_file, "2025-01-01")
    shell = Shell(workbook, "caseworker")
    shell.go("assessment", person=person, instrument="sleep-3", id=kept.id, again="1")
    assert "naps" not in shell.screen.answers
    shell.screen.answers["waking"].entry = "2"
    shell.screen.save()
    now = shell.screen.done.assessment
    assert (now.version, now.total, workbook.needs.departures()) == ("1", 5, [])
    shell.go("assessment", person=person, instrument="sleep-3")
    assert "naps" in shell.screen.answers, "the next one is asked as it holds by now"


def test_scoring_put_in_place_early_waits_for_its_day(new_file: Path, workbook) -> None:
    person = a_person(workbook)
    _next_scoring(new_file, "2026-06-01")
    shell = Shell(workbook, "caseworker")
    shell.go("assessment", person=person, instrument="sleep-3")
    assert "naps" not in shell.screen.answers
    shell.screen.answers["waking"].entry = "1"
    shell.screen.keep()
    done = workbook.needs.record_assessment(
        an_entry(person, "sleep-3", answers=ANSWERS, mode="self")
    )
    assert done.assessment.version == "1"


def test_result_stays_what_it_was_when_its_scoring_is_changed(new_file: Path, workbook) -> None:
    person = a_person(workbook)
    kept = workbook.needs.record_assessment(
        an_entry(person, "sleep-3", answers=ANSWERS, mode="self")
    ).assessment
    old = new_file.read_text("utf-8")
    changed = old.replace("max = 2, label", "max = 4, label").replace(
        "min = 3, max", "min = 5, max"
    )
    new_file.write_text(changed, "utf-8")  # the figures change, the version does not
    _forget()
    (found,) = workbook.needs.departures()
    assert (found.kept.level, found.now.level) == (1, 0)
    assert workbook.needs.assessments(person)[0].level == 1
    new_file.with_name("sleep-3@1.toml").write_text(old, "utf-8")
    new_file.write_text(changed.replace('version = "1"', 'version = "2"'), "utf-8")
    _forget()
    assert workbook.needs.departures() == []
    again = workbook.needs.record_assessment(
        an_entry(person, "sleep-3", answers=ANSWERS | {"waking": 2}, mode="self")
    ).assessment
    assert (again.version, workbook.needs.assessed(kept.id).assessment.version) == ("2", "1")

"""``casework route``: files in and out, what is reported, and how it ends."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from casework.cli import main
from tests.routing.days import an_instance, judged, text_of


@pytest.fixture
def day(tmp_path: Path) -> Path:
    path = tmp_path / "day.json"
    path.write_text(text_of(an_instance(1, patients=25, caregivers=6)), encoding="utf-8")
    return path


def test_solution_is_written_and_its_cost_reported(
    day: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = day.with_name("out.json")
    assert main(["route", str(day), "--moves", "9000", "--out", str(out), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    broken, cost = judged(json.loads(day.read_text()), json.loads(out.read_text()))
    assert broken == []
    assert report["cost"] == pytest.approx(cost)
    terms = report["distance"] + report["tardiness"] + report["largest_tardiness"]
    assert terms / 3 == pytest.approx(cost)
    assert (report["moves"], report["compiled"]) == (9000, True)
    assert [path.name for path in day.parent.iterdir() if path.name.startswith(".")] == []


def test_report_is_in_the_language_in_force(day: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for language, word in (("en", "Lateness"), ("zh", "迟到")):
        main(["route", str(day), "--moves", "1", "--out", str(day) + "x", "--lang", language])
        assert word in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "cannot be read"), (b"\xff\xfe\x00", "UTF-8"), (b"{}", "patients"), (b"", "JSON")],
)
def test_file_that_cannot_be_used_ends_in_2_with_the_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, said: str
) -> None:
    path = tmp_path / "day.json"
    if content is not None:
        path.write_bytes(content)
    out = tmp_path / "out.json"
    assert main(["route", str(path), "--moves", "1", "--out", str(out), "--lang", "en"]) == 2
    assert said in capsys.readouterr().err
    assert not out.exists()


def test_place_that_cannot_be_written_is_refused_before_the_search(
    day: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = day.parent / "nowhere" / "out.json"
    assert main(["route", str(day), "--moves", "9", "--out", str(place), "--lang", "en"]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_a_disk_that_takes_nothing_more_is_told_in_a_sentence_and_nothing_half_is_left(
    day: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = day.with_name("out.json")
    out.write_text("kept", encoding="utf-8")
    largest, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, most))
    try:
        given = ["route", str(day), "--moves", "9", "--out", str(out), "--lang", "en"]
        assert main(given) == 2
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, most))
        signal.signal(signal.SIGXFSZ, before)
    assert "cannot be written" in capsys.readouterr().err
    assert sorted(path.name for path in day.parent.iterdir()) == ["day.json", "out.json"]
    assert out.read_text(encoding="utf-8") == "kept"


def test_reasons_of_the_system_are_told_in_our_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = str(tmp_path / "out.json")
    for file, said in ((tmp_path / "none.json", "文件不存在"), (tmp_path, "这是一个文件夹")):
        assert main(["route", str(file), "--moves", "9", "--out", place, "--lang", "zh"]) == 2
        assert said in capsys.readouterr().err


@pytest.mark.parametrize("seconds", ["0", "-1", "soon", "nan", "inf"])
def test_seconds_that_are_none_are_refused(day: Path, seconds: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["route", str(day), f"--seconds={seconds}", "--out", str(day) + "x"])
    assert ended.value.code == 2


def test_interrupted_search_writes_the_best_so_far(day: Path) -> None:
    out = day.with_name("out.json")
    command = [sys.executable, "-m", "casework", "route", day, "--seconds", "3000", "--out", out]
    with subprocess.Popen(
        list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        assert child.stderr
        child.stderr.readline()  # it is searching
        child.send_signal(signal.SIGINT)
        child.communicate()
    assert child.returncode == 0
    assert judged(json.loads(day.read_text()), json.loads(out.read_text()))[0] == []

"""A backup holds everything that was acknowledged, is whole or absent, and can be put back."""

from __future__ import annotations

import json
import linecache
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from itertools import count
from pathlib import Path
from types import FrameType

import pytest
from sqlalchemy import select, text

from casework.access import backup_file, backup_postgresql
from casework.access.backup_file import read_manifest
from casework.cli import main
from casework.errors import InvalidEntry, NotFound, NotPermitted, UnreadableFile
from casework.records import Organisation, Setting
from casework.workbook import Workbook, open_workbook
from casework.workbook.keeping import restore_workbook, try_out

ROOT = Path(__file__).parent.parent
TraceFunction = Callable[[FrameType, str, object], object]


def note(book: Workbook, key: str) -> None:
    with book.transaction() as session:
        session.add(Setting(key=key, value="kept"))


def is_noted(book: Workbook, key: str) -> bool:
    with book.reading() as session:
        return session.get(Setting, key) is not None


def address(book: Workbook) -> str:
    return book.engine.url.render_as_string(hide_password=False)


@pytest.fixture
def elsewhere(any_workbook: Workbook, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give an empty place for a workbook of the same kind."""
    if any_workbook.engine.dialect.name == "sqlite":
        return str(tmp_path / "restored.sqlite")
    found: str = request.getfixturevalue("postgres_url")
    return found


def test_restored_workbook_holds_what_was_there_and_can_be_worked_in(
    any_workbook: Workbook, elsewhere: str, tmp_path: Path
) -> None:
    note(any_workbook, "before")
    made = any_workbook.keeping.back_up(tmp_path / "one.backup")
    note(any_workbook, "after")
    assert restore_workbook(elsewhere, tmp_path / "one.backup") == made
    restored = open_workbook(elsewhere)
    assert is_noted(restored, "before")
    assert not is_noted(restored, "after")
    note(restored, "later")
    assert restored.keeping.verify().findings == []
    restored.close()


def test_ids_go_on_after_the_last_one_of_the_backup(
    any_workbook: Workbook, elsewhere: str, tmp_path: Path
) -> None:
    any_workbook.keeping.back_up(tmp_path / "one.backup")
    restore_workbook(elsewhere, tmp_path / "one.backup")
    restored = open_workbook(elsewhere)
    with restored.transaction() as session:
        last = max(session.scalars(select(Organisation.id)))
        new = Organisation(code="new", name="新单位", kind="unit", status="active")
        session.add(new)
        session.flush()
        assert new.id > last
    restored.close()


def test_drill_reads_every_row_and_leaves_nothing_behind(
    any_workbook: Workbook, tmp_path: Path
) -> None:
    any_workbook.keeping.back_up(tmp_path / "one.backup")
    found = try_out(address(any_workbook), tmp_path / "one.backup")
    assert (found.findings, found.rows > 20) == ([], True)
    assert [one.name for one in tmp_path.glob("*.backup*")] == ["one.backup"]
    if any_workbook.engine.dialect.name == "postgresql":
        with any_workbook.reading() as session:
            left = "SELECT count(*) FROM pg_database WHERE datname LIKE 'casework_drill%'"
            assert session.scalar(text(left)) == 0


def test_backup_is_not_restored_over_a_workbook(any_workbook: Workbook, tmp_path: Path) -> None:
    any_workbook.keeping.back_up(tmp_path / "one.backup")
    with pytest.raises(NotPermitted):
        restore_workbook(address(any_workbook), tmp_path / "one.backup")
    assert any_workbook.keeping.verify().findings == []


def test_backup_is_not_restored_beside_the_log_of_another_workbook(
    workbook: Workbook, tmp_path: Path
) -> None:
    workbook.keeping.back_up(tmp_path / "one.backup")
    (tmp_path / "new.sqlite-wal").write_bytes(b"entries of somebody")
    with pytest.raises(NotPermitted, match="wal"):
        restore_workbook(str(tmp_path / "new.sqlite"), tmp_path / "one.backup")
    assert not (tmp_path / "new.sqlite").exists()


def test_backup_of_the_other_database_is_refused(workbook: Workbook, tmp_path: Path) -> None:
    workbook.keeping.back_up(tmp_path / "one.backup")
    with pytest.raises(NotPermitted, match="SQLite"):
        restore_workbook("postgresql://nobody@localhost/nothing", tmp_path / "one.backup")


def test_name_in_use_is_refused_and_the_file_untouched(workbook: Workbook, tmp_path: Path) -> None:
    (tmp_path / "one.backup").write_text("precious")
    with pytest.raises(InvalidEntry):
        workbook.keeping.back_up(tmp_path / "one.backup")
    assert (tmp_path / "one.backup").read_text() == "precious"


def test_last_backups_are_kept_and_the_oldest_goes(workbook: Workbook, tmp_path: Path) -> None:
    place = tmp_path / "daily.backup"
    for day in range(5):
        note(workbook, f"day {day}")
        workbook.keeping.back_up(place, keep=3)
    kept = sorted(one.name for one in tmp_path.glob("daily*"))
    assert kept == ["daily.backup", "daily.backup.1", "daily.backup.2"]
    settings = [_rows(tmp_path / name)["setting"] for name in kept]
    assert [one - settings[-1] for one in settings] == [2, 1, 0]


def test_only_the_owner_can_read_a_backup_and_what_comes_of_it(
    workbook: Workbook, tmp_path: Path
) -> None:
    workbook.keeping.back_up(tmp_path / "one.backup")
    restore_workbook(str(tmp_path / "new.sqlite"), tmp_path / "one.backup")
    for name in ("one.backup", "new.sqlite"):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600


def test_backup_loses_nothing_acknowledged_before_it_began_while_others_write(
    workbook_file: Path, tmp_path: Path
) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(workbook_file)], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout
    try:
        book = open_workbook(str(workbook_file))
        for number in range(4):
            last = int(writer.stdout.readline())
            place = tmp_path / f"{number}.backup"
            book.keeping.back_up(place)
            restored = tmp_path / f"{number}.sqlite"
            restore_workbook(str(restored), place)
            copy = sqlite3.connect(restored)
            kept = copy.execute("SELECT max(CAST(key AS INTEGER)) FROM setting").fetchone()[0]
            assert kept >= last
            assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            copy.close()
        book.close()
    finally:
        writer.kill()
        writer.communicate()


_WRITER = """
import sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
for n in range(1, 100_000):
    c.execute("INSERT INTO setting (key, value) VALUES (?, '1')", (str(n),))
    print(n, flush=True)
"""


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL])
def test_broken_off_backup_leaves_the_earlier_one_whole(
    demo_file: Path, tmp_path: Path, sign: int
) -> None:
    place = tmp_path / "daily.backup"
    assert main(["--db", str(demo_file), "backup", str(place)]) == 0
    before = place.read_bytes()
    order = [sys.executable, "-m", "casework", "--db", str(demo_file), "backup", str(place)]
    process = subprocess.Popen([*order, "--keep", "2"], cwd=ROOT)
    while process.poll() is None and not list(tmp_path.glob(".daily*")):
        time.sleep(0.005)
    process.send_signal(sign)
    process.wait()
    if place.read_bytes() != before:  # it was faster than we
        read_manifest(place)
        place = tmp_path / "daily.backup.1"
    assert place.read_bytes() == before
    if sign == signal.SIGINT:
        assert list(tmp_path.glob(".daily*")) == []


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # a file half open
def test_backup_interrupted_at_any_line_leaves_no_part_and_always_a_backup(
    workbook: Workbook, tmp_path: Path
) -> None:
    place = tmp_path / "daily.backup"
    source = backup_file.__file__
    whole = {"one", "two"}
    for last in count(1):
        for old in tmp_path.glob("*daily*"):
            old.unlink()
        place.write_text("two")
        place.with_name("daily.backup.1").write_text("one")
        left = last

        def interrupt(frame: FrameType, event: str, _arg: object) -> TraceFunction | None:
            nonlocal left
            if frame.f_code.co_filename != source:
                return None
            left -= event == "line"
            if left == 0:
                sys.settrace(None)
                line = linecache.getline(source, frame.f_lineno)
                raise KeyboardInterrupt(line)
            return interrupt

        sys.settrace(interrupt)
        try:
            with backup_file.a_part_of(place) as part:
                part.write_text("three")
                backup_file.put_in_place(part, place, keep=3)
        except KeyboardInterrupt as interruption:
            if "part.unlink" not in str(interruption):  # interrupted while it cleans up
                assert list(tmp_path.glob(".daily*")) == []
        finally:
            sys.settrace(None)
        kept = {one.read_text() for one in tmp_path.glob("daily*")}
        assert whole <= kept
        assert place.exists()
        if left > 0:
            break
    assert kept == whole | {"three"}
    assert last > 20


def test_each_flipped_bit_of_a_backup_is_noticed_or_changes_nothing_of_it(
    workbook: Workbook, tmp_path: Path
) -> None:
    whole = tmp_path / "one.backup"
    workbook.keeping.back_up(whole)
    data = whole.read_bytes()
    with zipfile.ZipFile(whole) as pack:
        packed, kept = pack.getinfo("workbook.sqlite").compress_size, pack.read("workbook.sqlite")
    for at in range(100, packed, packed // 25):
        broken = tmp_path / "broken.backup"
        broken.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        try:
            try_out(None, broken)
        except UnreadableFile:
            continue
        with zipfile.ZipFile(broken) as pack:  # zeros are copied from wherever there are some
            assert pack.read("workbook.sqlite") == kept


@pytest.mark.parametrize("kept", [0, 1, 200, 5_000])
def test_cut_backup_is_refused(workbook: Workbook, tmp_path: Path, kept: int) -> None:
    workbook.keeping.back_up(tmp_path / "one.backup")
    cut = tmp_path / "cut.backup"
    cut.write_bytes((tmp_path / "one.backup").read_bytes()[:kept])
    with pytest.raises(UnreadableFile):
        restore_workbook(str(tmp_path / "new.sqlite"), cut)
    assert list(tmp_path.glob("*new.sqlite*")) == []


def test_backup_of_a_later_program_says_so(workbook: Workbook, tmp_path: Path) -> None:
    workbook.keeping.back_up(tmp_path / "one.backup")
    later = _changed(tmp_path / "one.backup", revision="9999_later")
    with pytest.raises(UnreadableFile, match="更新的版本"):
        try_out(None, later)


def test_drill_tells_a_row_that_is_missing(workbook: Workbook, tmp_path: Path) -> None:
    made = workbook.keeping.back_up(tmp_path / "one.backup")
    more = dict(made.counts) | {"organisation": made.counts["organisation"] + 1}
    found = try_out(None, _changed(tmp_path / "one.backup", counts=more)).findings
    assert [one.kind for one in found] == ["count"]


def test_drill_tells_an_audit_that_was_changed(any_workbook: Workbook, tmp_path: Path) -> None:
    note(any_workbook, "before")
    made = any_workbook.keeping.back_up(tmp_path / "one.backup")
    head = {**(made.head or {}), "chain": "0" * 64}
    found = try_out(address(any_workbook), _changed(tmp_path / "one.backup", head=head)).findings
    assert [one.kind for one in found] == ["audit_rewritten"]


def test_verify_tells_a_reference_into_nothing(workbook_file: Path) -> None:
    raw = sqlite3.connect(workbook_file)
    raw.execute("UPDATE organisation SET parent_id = 424242 WHERE parent_id IS NOT NULL")
    raw.commit()
    raw.close()
    book = open_workbook(str(workbook_file))
    assert {one.kind for one in book.keeping.verify().findings} == {"reference"}
    book.close()


def test_verify_tells_damaged_pages(
    demo_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = Path(shutil.copy(demo_file, tmp_path / "damaged.sqlite"))
    with path.open("r+b") as file:
        for page in range(40, 200, 3):
            file.seek(page * 4096)
            file.write(os.urandom(64))
    assert main(["--db", str(path), "verify"]) == 1
    assert "损坏" in capsys.readouterr().out


def test_missing_program_of_postgresql_is_named(
    postgres_workbook: Workbook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup_postgresql, "_homes", lambda: [str(tmp_path)])
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotFound, match="postgresql-client"):
        postgres_workbook.keeping.back_up(tmp_path / "one.backup")
    assert list(tmp_path.iterdir()) == []


def test_commands_make_try_out_and_restore_a_backup(
    workbook_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place, new = str(tmp_path / "one.backup"), str(tmp_path / "new.sqlite")
    assert main(["--db", str(workbook_file), "backup", place]) == 0
    assert main(["verify", place]) == 0
    assert main(["--db", new, "restore", place]) == 0
    assert main(["--db", new, "verify"]) == 0
    assert main(["--db", new, "restore", place]) == 2
    told = capsys.readouterr()
    assert "已恢复" in told.out
    assert "已有工作簿" in told.err


def _rows(place: Path) -> dict[str, int]:
    with zipfile.ZipFile(place) as pack:
        told: dict[str, int] = json.loads(pack.read("manifest.json"))["counts"]
    return told


def _changed(place: Path, **other: object) -> Path:
    """Write a backup again whose manifest says something else."""
    changed = place.with_name("changed.backup")
    with zipfile.ZipFile(place) as old, zipfile.ZipFile(changed, "w") as new:
        for entry in old.infolist():
            data = old.read(entry)
            if entry.filename == "manifest.json":
                data = json.dumps(json.loads(data) | other).encode()
            new.writestr(entry, data)
    return changed

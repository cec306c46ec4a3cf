"""What was acknowledged is there: after kills, among many writers, and beside careless copies."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from casework.access import network
from casework.access.guard import watch_of
from casework.errors import NotPermitted, WorkbookUnavailable
from casework.records import Setting
from casework.workbook import Workbook, open_workbook
from tests.killing import Toll

ROOT = Path(__file__).parent.parent
LASTING = "&options=-csynchronous_commit%3Don"  # which the server of the tests leaves off


def killing(what: str, place: str, number: int) -> Toll:
    """Run it in a process of its own, which has nothing open when it forks."""
    order = [sys.executable, "-m", "tests.killing", what, place, str(number)]
    done = subprocess.run(order, cwd=ROOT, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr
    return Toll(**json.loads(done.stdout))


def test_no_acknowledged_save_is_lost_or_doubled_by_kills(workbook_file: Path) -> None:
    toll = killing("kill", str(workbook_file), 10)
    assert toll.is_clean, toll
    assert toll.kills == 10


def test_no_acknowledged_save_is_lost_when_the_server_crashes(
    postgres_workbook: Workbook,
) -> None:
    place = postgres_workbook.engine.url.render_as_string(hide_password=False) + LASTING
    postgres_workbook.close()
    toll = killing("kill", place, 4)
    assert toll.is_clean, toll


def test_many_writers_at_once_all_keep_what_they_saved(workbook_file: Path) -> None:
    toll = killing("writers", str(workbook_file), 1)
    assert toll.is_clean, toll
    assert toll.acknowledged == 20


def test_nothing_is_lost_when_the_open_file_is_copied_by_hand(workbook_file: Path) -> None:
    toll = killing("copy", str(workbook_file), 2)
    assert toll.is_clean, toll
    assert toll.acknowledged == 3


def test_save_into_a_deleted_log_is_told_and_can_be_repeated(workbook_file: Path) -> None:
    book = open_workbook(str(workbook_file))
    with pytest.raises(WorkbookUnavailable, match="再保存一次"), book.transaction() as session:
        session.add(Setting(key="first", value=1))
        session.flush()
        _copied_and_closed_by_another(workbook_file)
    with book.transaction() as session:
        session.add(Setting(key="second", value=1))
    with book.reading() as session:
        assert session.get(Setting, "second")
    book.close()
    again = open_workbook(str(workbook_file))
    with again.reading() as session:
        assert session.get(Setting, "second")
    assert again.keeping.verify().findings == []
    again.close()


def test_reading_after_a_careless_copy_sees_what_others_saved(workbook_file: Path) -> None:
    book = open_workbook(str(workbook_file))
    with book.reading() as session:
        assert session.get(Setting, "other") is None
    _copied_and_closed_by_another(workbook_file, "INSERT INTO setting VALUES ('other', '1')")
    with book.reading() as session:
        assert session.get(Setting, "other")
    book.close()


def test_two_workbooks_of_one_kernel_share_the_watch(workbook_file: Path) -> None:
    one, other = open_workbook(str(workbook_file)), open_workbook(str(workbook_file))
    assert watch_of(one.engine) is watch_of(other.engine)
    _copied_and_closed_by_another(workbook_file)
    for book, key in ((one, "one"), (other, "other")):
        with book.transaction() as session:
            session.add(Setting(key=key, value=1))
    one.close()
    other.close()
    again = open_workbook(str(workbook_file))
    with again.reading() as session:
        assert session.get(Setting, "one") and session.get(Setting, "other")
    again.close()


def test_file_is_for_its_owner_only(tmp_path: Path) -> None:
    place = tmp_path / "folder" / "new.sqlite"
    book = open_workbook(str(place), agency="changshu")
    modes = {one.name: one.stat().st_mode & 0o777 for one in place.parent.iterdir()}
    book.close()
    assert set(modes.values()) == {0o600}
    assert len(modes) == 3  # with its log
    assert place.parent.stat().st_mode & 0o777 == 0o700


def test_file_is_not_opened_under_a_hub_of_many_users(
    workbook_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTERHUB_USER", "somebody")
    with pytest.raises(NotPermitted, match="JupyterHub"):
        open_workbook(str(workbook_file))


def test_file_on_a_network_drive_is_refused_in_words(
    workbook_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = workbook_file.parent / "mountinfo"
    mounts.write_text(
        "22 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw\n"
        f"40 22 0:41 / {workbook_file.parent} rw shared:9 - cifs //server/share rw\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(network, "_MOUNTS", mounts)
    with pytest.raises(NotPermitted, match="网络驱动器"):
        open_workbook(str(workbook_file))
    with pytest.raises(NotPermitted, match="网络驱动器"):
        open_workbook(str(workbook_file.with_name("new.sqlite")), agency="changshu")
    assert not workbook_file.with_name("new.sqlite").exists()


def _copied_and_closed_by_another(path: Path, order: str = "SELECT 1") -> None:
    """Lose the locks of this process, and let another one open and close the workbook."""
    path.read_bytes()
    script = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); "
        "c.execute('SELECT count(*) FROM setting').fetchone(); c.execute(sys.argv[2]); c.close()"
    )
    subprocess.run([sys.executable, "-I", "-c", script, str(path), order], check=True)

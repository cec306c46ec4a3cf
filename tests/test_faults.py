"""The database goes away under an open page: said in one sentence, nothing lost, and it goes on.

The faults are real: a server that is stopped, a file that may grow no further, a quota, a folder
without rights, a file moved, replaced, cut short.
"""

from __future__ import annotations

import os
import pwd
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event, text

from casework.access import faults
from casework.cli import main
from casework.errors import CaseworkError, NotFound, WorkbookUnavailable
from casework.records import Staff
from casework.terms import speaking
from casework.ui import Shell
from casework.ui.guarding import guard
from casework.ui.routes import AUDIENCES
from casework.ui.screen import Screen
from casework.workbook import Workbook, open_workbook
from tests.conftest import TODAY

LONG = "血压偏高，" * 20_000


def keep(book: Workbook, heard: str = "想学书法") -> None:
    book.drafts.keep("contact", "new", {"heard": heard})


def kept_in(file: Path) -> str:
    book = open_workbook(str(file), today=TODAY)
    try:
        return kept(book)
    finally:
        book.close()


def kept(book: Workbook) -> str:
    found = book.drafts.find("contact", "new")
    return "" if found is None else str(found.values["heard"])


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(WorkbookUnavailable) as raised:
        act()
    return raised.value.message


@contextmanager
def as_another_account() -> Iterator[None]:
    """Act without the rights of the owner; root has every right, so nobody acts in its stead."""
    if os.geteuid() != 0:
        yield
        return
    nobody = pwd.getpwnam("nobody")
    os.setegid(nobody.pw_gid)
    os.seteuid(nobody.pw_uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Give a folder that another account may look into, unlike pytest's."""
    folder = Path(tempfile.mkdtemp(prefix="casework-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


# -- The server -----------------------------------------------------------------------------------


def test_stopped_server_is_said_and_work_goes_on_when_it_is_back(
    postgres_workbook, postgres_server
):
    keep(postgres_workbook)
    postgres_server.stop()
    try:
        assert "数据库没有应答" in refused(lambda: keep(postgres_workbook, "要轮椅"))
        assert "数据库没有应答" in refused(lambda: kept(postgres_workbook))
        address = postgres_workbook.engine.url.render_as_string()
        assert "数据库没有应答" in refused(lambda: open_workbook(address))
    finally:
        postgres_server.start()
    assert kept(postgres_workbook) == "想学书法"
    keep(postgres_workbook, "要轮椅")
    assert kept(postgres_workbook) == "要轮椅"


def test_connection_lost_inside_a_transaction_writes_nothing(postgres_workbook):
    def act() -> None:
        with postgres_workbook.transaction() as session:
            session.add(Staff(login="w1", name="周", role="caseworker"))
            session.flush()
            session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(WorkbookUnavailable) as raised:
        act()
    assert not raised.value.unsure
    with postgres_workbook.reading() as session:
        assert session.query(Staff).count() == 0


def test_connection_lost_while_committing_leaves_it_unsure(postgres_workbook):
    with postgres_workbook.engine.begin() as connection:
        for statement in (
            "CREATE FUNCTION pull() RETURNS trigger LANGUAGE plpgsql AS "
            "$$BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END$$",
            "CREATE CONSTRAINT TRIGGER pull AFTER INSERT ON staff DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW EXECUTE FUNCTION pull()",
        ):
            connection.execute(text(statement))

    def act() -> None:
        with postgres_workbook.transaction() as session:
            session.add(Staff(login="w1", name="周", role="caseworker"))

    said: list[str] = []
    assert not guard(act, say=lambda words, _kind: said.append(words))
    assert said[0].startswith("不能确定是否已经保存。") and "您填写的内容还在" in said[0]


def test_state_of_the_server_is_put_into_words(postgres_workbook):
    def told(state: str) -> str:
        raising = f"DO $$BEGIN RAISE 'no' USING ERRCODE = '{state}'; END$$"
        with postgres_workbook.reading() as session:
            return refused(lambda: session.execute(text(raising)))

    expected = {
        "53100": "磁盘满了",
        "53300": "数据库这会儿太忙",
        "57P03": "数据库没有应答",
        "58030": "磁盘无法读写",
        "25006": "只能查看",
        "40P01": "有别人正在保存",
        "55P03": "有别人正在保存",
        "XX001": "工作簿已损坏",
    }
    found = {state: told(state) for state in expected}
    assert {state: words for state, words in expected.items() if words not in found[state]} == {}


def test_mistake_of_the_program_stays_one(any_workbook):
    with pytest.raises(Exception, match="nowhere") as raised, any_workbook.reading() as session:
        session.execute(text("SELECT 1 FROM nowhere"))
    assert not isinstance(raised.value, CaseworkError)


# -- The disk -------------------------------------------------------------------------------------


def test_full_disk_saves_nothing_and_the_same_page_saves_when_there_is_room(workbook):
    keep(workbook)
    most = []

    def fill(connection: object, *_rest: object) -> None:
        cursor = connection.cursor()  # type: ignore[attr-defined]
        pages = cursor.execute("PRAGMA page_count").fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {most[0] if most else pages}")

    event.listen(workbook.engine, "checkout", fill)
    said: list[str] = []
    assert not guard(lambda: keep(workbook, LONG), say=lambda words, _kind: said.append(words))
    assert said == ["没有保存。磁盘满了。请先清理出空间，再试一次。您填写的内容还在。"]
    assert kept(workbook) == "想学书法"
    most.append(10**6)
    keep(workbook, LONG)
    assert kept(workbook) == LONG


def test_quota_that_is_reached_is_said(workbook):
    keep(workbook)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    log = Path(f"{workbook.engine.url.database}-wal")
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size + 4096, hard))
        said = refused(lambda: keep(workbook, LONG))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "磁盘" in said
    assert kept(workbook) == "想学书法"
    keep(workbook, LONG)
    assert kept(workbook) == LONG


def test_somebody_else_who_saves_for_long_is_said(workbook, workbook_file):
    waiting = workbook.engine.pool.connect()
    waiting.cursor().execute("PRAGMA busy_timeout = 10")
    waiting.close()
    colleague = open_workbook(str(workbook_file))
    with colleague.transaction() as other:
        other.execute(text("SELECT 1"))
        assert "有别人正在保存" in refused(lambda: keep(workbook))
    colleague.close()


# -- The file -------------------------------------------------------------------------------------


def test_moved_file_is_asked_back_and_nothing_that_was_saved_is_lost(workbook, workbook_file):
    keep(workbook)
    away = workbook_file.with_name("elsewhere.sqlite")
    workbook_file.rename(away)
    said = refused(lambda: keep(workbook, "要轮椅"))
    assert str(workbook_file) in said and "放回原处" in said and "init" not in said
    assert "放回原处" in refused(lambda: kept(workbook))
    assert not workbook_file.exists()
    away.rename(workbook_file)
    assert kept(workbook) == "想学书法"
    keep(workbook, "要轮椅")
    assert kept_in(workbook_file) == "要轮椅"


def test_file_put_in_its_place_is_the_one_that_is_read(workbook, workbook_file, tmp_path):
    other = tmp_path / "other.sqlite"
    restored = open_workbook(str(other), agency="changshu")
    keep(restored, "从备份来")
    restored.close()
    keep(workbook)
    workbook.engine.dispose()
    assert kept(workbook) == "想学书法"
    other.replace(workbook_file)
    Path(f"{workbook_file}-wal").unlink(missing_ok=True)
    Path(f"{workbook_file}-shm").unlink(missing_ok=True)
    assert kept(workbook) == "从备份来"


def test_write_protected_file_is_said_and_can_be_written_again(workbook_file, open_folder):
    there = Path(shutil.copy(workbook_file, open_folder / "workbook.sqlite"))
    there.chmod(0o444)
    open_folder.chmod(0o555)
    with as_another_account():
        said = refused(lambda: keep(open_workbook(str(there))))
    assert "无法写入" in said and str(there) in said
    open_folder.chmod(0o777)
    there.chmod(0o666)
    with as_another_account():
        book = open_workbook(str(there), today=TODAY)
        keep(book)
        book.close()
    assert kept_in(there) == "想学书法"


def test_file_of_another_account_is_said(workbook_file, open_folder):
    there = Path(shutil.copy(workbook_file, open_folder / "workbook.sqlite"))
    there.chmod(0o000)
    with as_another_account():
        assert "属于别的账户" in refused(lambda: open_workbook(str(there)))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "是空的"),
        (b"PK\x03\x04" + bytes(500), "是表格或压缩文件"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "是表格或压缩文件"),
        ("姓名,出生日期\n".encode() * 50, "不是工作簿，或者已加密"),
        (os.urandom(4096), "不是工作簿，或者已加密"),
    ],
    ids=["empty", "xlsx", "xls", "csv", "encrypted"],
)
def test_file_that_is_no_workbook_is_told_by_its_first_bytes(tmp_path, capsys, content, said):
    there = tmp_path / "workbook.sqlite"
    there.write_bytes(content)
    assert main(["--db", str(there), "--lang", "zh", "board"]) == 2
    told = capsys.readouterr().err
    assert said in told and str(there) in told and "Traceback" not in told
    assert there.read_bytes() == content


def test_nothing_but_the_sentence_is_said_at_a_terminal(workbook_file, tmp_path):
    there = Path(shutil.copy(workbook_file, tmp_path / "cut.sqlite"))
    os.truncate(there, there.stat().st_size // 2)
    order = [sys.executable, "-m", "casework", "--db", str(there), "--lang", "zh", "board"]
    asked = subprocess.run(order, capture_output=True, text=True, check=False)
    assert asked.returncode == 2
    assert asked.stderr.strip().splitlines() == [_damaged_in_chinese()]


def _damaged_in_chinese() -> str:
    with speaking("zh"):
        return faults._damaged()


def test_file_that_may_be_read_but_not_opened_for_writing_is_write_protected(tmp_path):
    there = tmp_path / "workbook.sqlite"
    there.write_bytes(b"SQLite format 3\x00")
    with speaking("zh"):
        assert "只读" in faults._closed(there)


def test_damaged_file_is_to_be_kept_and_restored(workbook, workbook_file):
    keep(workbook, LONG)
    workbook.close()
    with workbook_file.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (workbook_file.stat().st_size - 4096))
    book = Workbook(workbook.engine, today=TODAY)
    assert "工作簿已损坏" in refused(lambda: keep(book))


def test_missing_workbook_asks_for_the_path_first_and_makes_no_folder(tmp_path):
    there = tmp_path / "no" / "such.sqlite"
    with pytest.raises(NotFound, match="被移动或改名") as refused_it:
        open_workbook(str(there))
    assert str(there) in refused_it.value.message
    assert not there.parent.exists()


def test_looking_at_the_file_leaves_the_locks_on_it(workbook, workbook_file):
    """Closing any descriptor of it in this process would let another one into our transaction."""
    from casework.access.faults import what_it_holds

    code = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None);"
        "c.execute('BEGIN IMMEDIATE')"
    )
    with workbook.transaction() as session:
        session.execute(text("SELECT 1"))
        assert what_it_holds(workbook_file) is None
        done = subprocess.run(
            [sys.executable, "-c", code, str(workbook_file)], capture_output=True, check=False
        )
    assert b"locked" in done.stderr


# -- The page -------------------------------------------------------------------------------------


def test_page_stays_with_what_was_typed_while_the_file_is_away(workbook, tmp_path):
    file = Path(str(workbook.engine.url.database))
    away = tmp_path / "away"
    shell = Shell(workbook, "caseworker")
    shell.go("contact")
    form = shell.screen
    file.rename(away)
    form.fields["heard"].receive({"do": "entry", "entry": "血压偏高", "finished": True})
    shell.go(AUDIENCES["caseworker"][0])
    shell.speak("en")
    assert shell.screen is form and form.fields["heard"].entry == "血压偏高"
    assert shell.location.view["hash"] == "#/contact"
    assert any("放回原处" in words for words in shell.toasts.texts)
    away.rename(file)
    shell.go("people")
    assert shell.screen is not form and shell.place.route == "people"
    shell.go("contact")
    assert shell.screen.fields["heard"].entry == "血压偏高"


def test_first_page_offers_to_try_again(workbook, tmp_path):
    file = Path(str(workbook.engine.url.database))
    assert workbook.agency and workbook.actor
    file.rename(tmp_path / "away")
    shell = Shell(workbook, "caseworker")
    assert "放回原处" in shell.screen.html
    (tmp_path / "away").rename(file)
    shell.screen.click("again")
    assert isinstance(shell.screen, Screen)


def cut_to(n: int) -> Callable[[Path], None]:
    return lambda file: os.truncate(file, n)


def other_file(file: Path) -> None:
    with file.open("r+b") as stream:
        stream.write(b"PK")


@pytest.mark.parametrize("spoil", [cut_to(1_000), cut_to(100_000), other_file])
def test_file_that_was_spoilt_is_written_again_once_it_is_whole(
    workbook_file: Path, spoil: Callable[[Path], None]
) -> None:
    book = open_workbook(str(workbook_file), today=TODAY)
    keep(book)
    with book.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("PRAGMA shrink_memory")  # nothing is known but from the file
    whole = workbook_file.read_bytes()
    spoil(workbook_file)
    assert re.search("已损坏|不是工作簿", refused(lambda: keep(book, LONG)))
    workbook_file.write_bytes(whole)  # the same program goes on, and no longer sees the damage
    keep(book, "身体好")
    book.close()
    assert kept_in(workbook_file) == "身体好"

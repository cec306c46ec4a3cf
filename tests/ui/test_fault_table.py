"""Each fault under an open form: one plain sentence, the text stays, nothing is half saved.

And when it is over, the same press saves it, once.
"""

from __future__ import annotations

import re
import resource
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select

from casework.access import faults, keys
from casework.access.cipher import salt_of
from casework.records import Issue
from casework.terms import speaking, use_language
from casework.ui import Shell
from casework.workbook import Workbook, open_workbook
from casework.workbook.encrypting import encrypt_workbook
from tests.cables import Cable
from tests.conftest import TODAY

ENTRIES = {
    "title": "电梯坏了", "kind": "housing", "source": "phone", "severity": "high",
    "detail": "三天没修好。" * 300,
}  # fmt: skip
TECHNICAL = re.compile(r"sqlite|error|exception|traceback|errno|psycopg|errcode", re.I)
Fault = Callable[[Workbook], AbstractContextManager[None]]


def file_of(book: Workbook) -> Path:
    return Path(str(book.engine.url.database))


@contextmanager
def full_disk(book: Workbook) -> Iterator[None]:
    most = [None]

    def fill(connection: Any, *_rest: Any) -> None:
        cursor = connection.cursor()
        pages = most[0] or cursor.execute("PRAGMA page_count").fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {pages}")

    event.listen(book.engine, "checkout", fill)
    try:
        yield
    finally:
        most[0] = 10**6


@contextmanager
def quota(book: Workbook) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    log = Path(f"{file_of(book)}-wal")
    resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size + 512, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def moved(book: Workbook) -> Iterator[None]:
    away = file_of(book).with_name("away")
    file_of(book).rename(away)
    yield
    away.rename(file_of(book))


def spoilt(spoil: Callable[[bytes], bytes]) -> Fault:
    @contextmanager
    def fault(book: Workbook) -> Iterator[None]:
        book.engine.dispose()  # which brings the log into the file
        whole = file_of(book).read_bytes()
        file_of(book).write_bytes(spoil(whole))
        yield
        book.engine.dispose()
        for left in file_of(book).parent.glob(f"{file_of(book).name}-*"):
            left.unlink()
        file_of(book).write_bytes(whole)

    return fault


@contextmanager
def encrypted_meanwhile(book: Workbook) -> Iterator[None]:
    book.engine.dispose()
    whole, path = file_of(book).read_bytes(), file_of(book)
    word = "three-quiet-lanterns"
    encrypt_workbook(str(path), lambda: word, lambda _share, _said: None, keyring=False)
    assert salt_of(path)
    keys.forget_keys()
    yield
    book.engine.dispose()
    path.unlink()
    path.write_bytes(whole)


FAULTS: dict[str, tuple[Fault, str, str]] = {
    "disk full": (full_disk, "磁盘满了", "The disk is full"),
    "quota": (quota, "磁盘", "disk"),
    "moved": (moved, "放回原处", "Put it back there"),
    "truncated": (spoilt(lambda whole: whole[: len(whole) // 3]), "已损坏", "is damaged"),
    "flipped": (
        spoilt(lambda whole: bytes([whole[0] ^ 1]) + whole[1:]),
        "不是工作簿",
        "is not a workbook",
    ),
    "encrypted": (encrypted_meanwhile, "已加密", "it is encrypted"),
}


def issues(book: Workbook) -> int:
    with book.reading() as session:
        return session.scalar(select(func.count()).select_from(Issue)) or 0


def a_filled_form(book: Workbook) -> tuple[Shell, Any]:
    shell = Shell(book)
    shell.go("issues")
    shell.screen.add()
    for name, entry in ENTRIES.items():
        shell.screen.form[name].entry = entry
    return shell, shell.screen


def press(form: Any) -> None:
    def everything(widget: Any) -> Iterator[Any]:
        yield widget
        for child in getattr(widget, "children", ()):
            yield from everything(child)

    next(one for one in everything(form) if getattr(one, "view", {}).get("key") == "ctrl+s").click()


def said(shell: Shell, form: Any) -> str:
    notice = re.sub(r"<[^>]*>", "", str(form.notice.html))
    return " ".join([notice, *shell.toasts.texts])


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("kind", FAULTS)
def test_fault_is_one_sentence_the_text_stays_and_nothing_is_half_saved(workbook, kind, lang):
    use_language(lang)
    fault, *sentences = FAULTS[kind]
    shell, form = a_filled_form(workbook)
    with fault(workbook):
        press(form)
        told = said(shell, form)
        assert sentences[lang == "en"] in told, told
        assert ("没有保存" if lang == "zh" else "Not saved") in told
        assert not TECHNICAL.search(told.replace(str(file_of(workbook)), "")), told
        assert {name: form.form[name].entry for name in ENTRIES} == ENTRIES
    assert shell.screen is form
    assert issues(workbook) == 0
    press(form)
    assert issues(workbook) == 1


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_server_that_stops_is_one_sentence_and_after_its_restart_the_same_press_saves(
    postgres_workbook, postgres_server, lang
):
    use_language(lang)
    shell, form = a_filled_form(postgres_workbook)
    postgres_server.stop()
    try:
        press(form)
        told = said(shell, form)
        assert ("数据库没有应答" if lang == "zh" else "does not answer") in told
        assert not TECHNICAL.search(told), told
        assert {name: form.form[name].entry for name in ENTRIES} == ENTRIES
    finally:
        postgres_server.start()
    assert issues(postgres_workbook) == 0
    press(form)
    assert issues(postgres_workbook) == 1


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_network_that_is_gone_is_one_sentence_and_the_same_press_saves_once_it_is_back(
    postgres_workbook, postgres_server, lang
):
    use_language(lang)
    with tempfile.TemporaryDirectory(prefix="cable-") as folder:  # short, for the socket's name
        cable = Cable(Path(folder), postgres_server.folder)
        cable.put_back()
        url = postgres_workbook.engine.url.update_query_dict({"host": folder})
        book = open_workbook(url.render_as_string(hide_password=False), today=TODAY)
        shell, form = a_filled_form(book)
        for when in ("begin", "commit"):  # before anything is written, and before all is
            event.listen(book.engine, when, lambda *_: cable.pull(), once=True)
            press(form)
            told = said(shell, form)
            assert ("数据库没有应答" if lang == "zh" else "does not answer") in told
            assert not TECHNICAL.search(told), told
            assert {name: form.form[name].entry for name in ENTRIES} == ENTRIES
            assert issues(postgres_workbook) == 0
            cable.put_back()
        press(form)
        assert issues(postgres_workbook) == 1
        book.close()
        cable.pull()


def test_server_that_was_restarted_between_two_presses_is_not_even_noticed(
    postgres_workbook, postgres_server
):
    _shell, form = a_filled_form(postgres_workbook)
    postgres_server.stop()
    postgres_server.start()
    press(form)
    assert issues(postgres_workbook) == 1


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_fault_of_either_database_has_its_plain_sentence(lang):
    with speaking(lang):
        told = [one(None) for one in faults._SQLITE_FAULTS.values()]
        told += [one() for one in faults._POSTGRESQL_FAULTS.values()]
    assert not [words for words in told if TECHNICAL.search(words)]
    assert all(words.rstrip().endswith(("。", ".")) for words in told)

"""An encrypted workbook: nothing of it can be read without its password, and all of it with it."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError
from sqlcipher3 import dbapi2 as sqlcipher

from casework.access import keys
from casework.access.cipher import is_encrypted, salt_of
from casework.cli import main
from casework.errors import InvalidEntry, NotPermitted, WorkbookLocked, WorkbookUnavailable
from casework.workbook import Workbook, open_workbook
from casework.workbook.encrypting import change_password, decrypt_workbook, encrypt_workbook
from casework.workbook.keeping import check_workbook, restore_workbook, try_out
from tests.conftest import TODAY
from tests.killing import copy_in_the_same_process
from tests.test_contacts import a_person

WORD, OTHER = "三月春风 plum 亭子", "another-word-for-it"
CANARY = "金丝雀夜里咳血"
SPELLINGS = [CANARY.encode(), CANARY.encode("utf-16-le"), CANARY.encode("unicode_escape")]
ROOT = Path(__file__).parent.parent


class Ring(KeyringBackend):
    """A keyring in memory, as an account has one."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError


@pytest.fixture(autouse=True)
def ring() -> Iterator[Ring]:
    before = keyring.get_keyring()
    made = Ring()
    keyring.set_keyring(made)
    keys.forget_keys()
    yield made
    keys.forget_keys()
    keyring.set_keyring(before)


def silent(_share: float, _said: str) -> None:
    pass


def encrypt(path: Path, word: str = WORD, *, in_keyring: bool = False) -> None:
    encrypt_workbook(str(path), lambda: word, silent, keyring=in_keyring)


def note(book: Workbook, heard: str) -> None:
    book.drafts.keep("contact", "new", {"heard": heard})


def noted(book: Workbook) -> str:
    found = book.drafts.find("contact", "new")
    return "" if found is None else str(found.values["heard"])


@pytest.fixture
def encrypted(workbook_file: Path) -> Iterator[Workbook]:
    """Give an open, encrypted workbook, whose key this process holds."""
    encrypt(workbook_file)
    book = open_workbook(str(workbook_file), today=TODAY)
    yield book
    book.close()


def told(*command: str, lang: str = "zh") -> int:
    return main(["--lang", lang, *command])


# -- What lies on the disk ------------------------------------------------------------------------


def test_no_byte_of_file_log_or_backup_tells_what_was_written(encrypted, tmp_path):
    a_person(encrypted, name=CANARY)
    note(encrypted, CANARY * 3000)
    encrypted.keeping.back_up(tmp_path / "kept.zip")
    lying = [path for path in tmp_path.iterdir() if path.is_file()]
    assert {path.name.removeprefix("workbook.sqlite") for path in lying} >= {"", "-wal", "kept.zip"}
    assert [path.name for path in lying for one in SPELLINGS if one in path.read_bytes()] == []
    assert noted(encrypted) == CANARY * 3000


def test_plain_file_that_was_encrypted_leaves_nothing_to_be_read_beside_it(workbook_file):
    book = open_workbook(str(workbook_file), today=TODAY)
    note(book, CANARY)
    book.close()
    assert CANARY.encode("unicode_escape") in workbook_file.read_bytes() or (
        CANARY.encode() in workbook_file.read_bytes()
    )
    with workbook_file.open("rb") as old:
        encrypt(workbook_file)
        assert set(old.read()) == {0}
    assert [path.name for path in workbook_file.parent.iterdir()] == [workbook_file.name]
    assert workbook_file.stat().st_mode & 0o777 == 0o600


def test_any_program_that_knows_sqlcipher_opens_it_by_the_password(encrypted, workbook_file):
    note(encrypted, "想学书法")
    encrypted.close()
    with sqlcipher.connect(workbook_file) as raw:
        raw.execute(f"PRAGMA key = '{WORD}'")
        assert raw.execute("SELECT count(*) FROM draft").fetchone() == (1,)
    raw.close()


def test_flipped_bits_are_noticed(encrypted, workbook_file):
    encrypted.close()
    whole, chance = workbook_file.read_bytes(), random.Random(1)
    for _ in range(12):
        broken, at = bytearray(whole), chance.randrange(16, len(whole))
        broken[at] ^= 1 << chance.randrange(8)
        workbook_file.write_bytes(broken)
        try:
            assert check_workbook(str(workbook_file)).findings, at
        except WorkbookUnavailable:  # it did not even open: the first page
            assert at < 4096


# -- The key --------------------------------------------------------------------------------------


def test_workbook_works_as_before_and_goes_on_after_its_password_changed(encrypted, workbook_file):
    note(encrypted, "想学书法")
    encrypted.close()
    before = salt_of(workbook_file)
    change_password(str(workbook_file), lambda: OTHER, silent, keyring=False)
    assert salt_of(workbook_file) != before
    keys.forget_keys()
    with pytest.raises(WorkbookUnavailable):
        open_workbook(str(workbook_file))
    keys.hold(keys.key_from(OTHER, salt_of(workbook_file)))
    book = open_workbook(str(workbook_file), today=TODAY)
    assert noted(book) == "想学书法"
    assert check_workbook(str(workbook_file)).findings == []
    book.close()


def test_decrypted_workbook_is_an_ordinary_one_again(encrypted, workbook_file):
    note(encrypted, "想学书法")
    encrypted.close()
    decrypt_workbook(str(workbook_file), silent)
    keys.forget_keys()
    book = open_workbook(str(workbook_file), today=TODAY)
    assert noted(book) == "想学书法" and not is_encrypted(workbook_file)
    book.close()


def test_keyring_of_the_account_opens_it_without_a_word(workbook_file, ring):
    encrypt(workbook_file, in_keyring=True)
    assert list(ring.kept.values()) == [WORD]
    keys.forget_keys()
    open_workbook(str(workbook_file)).close()


def test_without_keyring_it_is_said_that_the_password_is_asked_for(workbook_file, capfd):
    from keyring.backends.fail import Keyring

    keyring.set_keyring(Keyring())
    descriptor, giving = os.pipe()
    os.write(giving, f"{WORD}\n".encode())
    os.close(giving)
    assert told("encrypt", "--db", str(workbook_file), "--key-fd", str(descriptor)) == 0
    assert "没有钥匙串保存它" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("lang", "none", "wrong"),
    [
        ("zh", "不是工作簿，或者已加密", "密码与文件"),
        ("en", "its password is not in the keyring", "The password does not fit"),
    ],
)
def test_no_password_and_a_wrong_one_are_one_plain_sentence(
    encrypted, workbook_file, capsys, lang, none, wrong
):
    encrypted.close()
    keys.forget_keys()
    assert told("board", "--db", str(workbook_file), lang=lang) == 2
    said = capsys.readouterr().err
    assert none in said and str(workbook_file) in said and len(said.splitlines()) == 1
    descriptor, giving = os.pipe()
    os.write(giving, b"not this one\n")
    os.close(giving)
    given = ("board", "--db", str(workbook_file), "--key-fd", str(descriptor))
    assert told(*given, lang=lang) == 2
    said = capsys.readouterr().err
    assert wrong in said and len(said.splitlines()) == 1 and "not this one" not in said


@pytest.mark.parametrize("weak", ["kurz", "aaaaaaaaaaaaaa", "  123456789  "])
def test_password_that_can_be_guessed_is_refused_and_nothing_changed(workbook_file, weak):
    before = workbook_file.read_bytes()
    with pytest.raises(InvalidEntry):
        encrypt(workbook_file, weak)
    assert workbook_file.read_bytes() == before


def test_made_password_is_long_and_never_the_same() -> None:
    key = keys.new_key("23456-789ab-cdefg-hjkmn-pqrst")
    assert key.raw.hex() not in repr(key)
    assert keys.new_key("23456-789ab-cdefg-hjkmn-pqrst").raw != key.raw


# -- Others, kills, copies ------------------------------------------------------------------------


def test_workbook_that_is_open_elsewhere_is_not_encrypted(workbook, workbook_file):
    note(workbook, "想学书法")
    with pytest.raises(NotPermitted, match="正在别处打开"):
        encrypt(workbook_file)
    note(workbook, "要轮椅")
    assert noted(workbook) == "要轮椅" and not is_encrypted(workbook_file)


def test_who_waited_for_the_old_file_does_not_write_into_it(workbook_file):
    """A writer that opened the file while it was being exchanged finds no workbook in it."""
    waiting = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], timeout=120, isolation_level=None)\n"
        "try: c.execute('PRAGMA journal_mode = WAL'); c.execute('CREATE TABLE late (x)');"
        " print('wrote')\n"
        "except sqlite3.DatabaseError as error: print(error)"
    )
    others: list[subprocess.Popen[str]] = []

    def opens_meanwhile(share: float, _said: str) -> None:
        if share == 0.6:
            order = [sys.executable, "-c", waiting, str(workbook_file)]
            other = subprocess.Popen(order, stdout=subprocess.PIPE, text=True)
            others.append(other)
            while other.poll() is None and f"{workbook_file}\n" not in _opened_by(other.pid):
                time.sleep(0.01)

    encrypt_workbook(str(workbook_file), lambda: WORD, opens_meanwhile, keyring=False)
    assert others[0].communicate()[0] == "file is not a database\n"
    assert check_workbook(str(workbook_file)).findings == []
    assert not workbook_file.with_name(workbook_file.name + "-journal").exists()


def _opened_by(pid: int) -> str:
    """List the files that a process has open, one a line."""
    if sys.platform == "darwin":
        told = subprocess.check_output(["lsof", "-Fn", "-p", str(pid)], text=True)
        return "".join(f"{line[1:]}\n" for line in told.splitlines() if line[:1] == "n")
    listed = []
    for one in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            listed.append(os.readlink(one))
    return "\n".join([*listed, ""])


def test_killed_while_encrypting_one_of_the_two_stands_there_whole(workbook_file, tmp_path):
    book = open_workbook(str(workbook_file), today=TODAY)
    note(book, "想学书法")
    book.close()
    order = (
        "import sys; from casework.workbook.encrypting import encrypt_workbook\n"
        "encrypt_workbook(sys.argv[1], lambda: (print('now', flush=True), sys.argv[2])[1],"
        " lambda *_: None, keyring=False); print('done', flush=True); sys.stdin.read()"
    )
    plain, n, whole = workbook_file.read_bytes(), 0, {True: 0, False: 0}
    for n in range(3):
        workbook_file.write_bytes(plain)
        for left in workbook_file.parent.glob("*-*"):
            left.unlink()
        with subprocess.Popen(
            [sys.executable, "-c", order, str(workbook_file), WORD],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
        ) as process:  # fmt: skip
            process.stdout.readline()
            if n == 0:
                process.stdout.readline()  # to its end, once
            else:
                time.sleep(0.15 * n)
            process.send_signal(signal.SIGKILL)
        keys.forget_keys()
        now = is_encrypted(workbook_file)
        whole[now] += 1
        if now:
            keys.hold(keys.key_from(WORD, salt_of(workbook_file)))
        book = open_workbook(str(workbook_file), today=TODAY)
        assert noted(book) == "想学书法"
        assert book.keeping.verify().findings == []
        book.close()
    assert whole[True] >= 1


def test_open_file_copied_by_hand_in_the_same_kernel_loses_nothing(encrypted, workbook_file):
    encrypted.close()
    toll = copy_in_the_same_process(workbook_file, 2)
    assert toll.is_clean, toll


# -- Backups --------------------------------------------------------------------------------------


def test_backup_stays_encrypted_is_tried_out_and_restored_by_its_own_password(
    encrypted, workbook_file, tmp_path
):
    note(encrypted, "想学书法")
    kept, place = tmp_path / "kept.zip", tmp_path / "again.sqlite"
    encrypted.keeping.back_up(kept)
    encrypted.close()
    change_password(str(workbook_file), lambda: OTHER, silent, keyring=False)
    keys.forget_keys()
    keys.hold(keys.key_from(OTHER, salt_of(workbook_file)))
    with pytest.raises(WorkbookLocked, match=r"kept\.zip"):
        restore_workbook(str(place), kept)
    assert not place.exists()
    descriptor, giving = os.pipe()
    os.write(giving, f"{WORD}\n".encode())
    os.close(giving)
    keys.take_passwords_from(descriptor)
    assert try_out(str(workbook_file), kept).findings == []
    restore_workbook(str(place), kept)
    assert is_encrypted(place)
    book = open_workbook(str(place), today=TODAY)
    assert noted(book) == "想学书法"
    book.close()

"""An encrypted backup: read by nobody without its password, and by anybody's age with it."""

from __future__ import annotations

import io
import os
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path

import keyring
import pyrage
import pytest

from casework.access import keys
from casework.access.age import AgeReader, AgeWriter, DamagedAge, WrongPassword
from casework.cli import main
from casework.errors import UnreadableFile
from casework.records import Setting
from casework.workbook import Workbook, open_workbook
from casework.workbook.keeping import restore_workbook, try_out
from tests.test_encryption import CANARY, SPELLINGS, Ring

WORD = "三月春风 plum 亭子"
CHUNK = 64 * 1024


@pytest.fixture(autouse=True)
def ring() -> Iterator[Ring]:
    before = keyring.get_keyring()
    made = Ring()
    keyring.set_keyring(made)
    keys.forget_keys()
    yield made
    keys.forget_keys()
    keyring.set_keyring(before)


def given(word: str) -> str:
    """Hand a password over as `--key-fd` does; give the descriptor."""
    reading, giving = os.pipe()
    os.write(giving, f"{word}\n".encode())
    os.close(giving)
    return str(reading)


def sealed(plain: bytes, word: str = WORD) -> bytes:
    file = io.BytesIO()
    with AgeWriter(file, word, work=4) as out:
        out.write(plain)
    return file.getvalue()


def opened(whole: bytes, word: str = WORD) -> bytes:
    return AgeReader(io.BytesIO(whole), [word]).readall()


# -- The format -----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_another_program_reads_what_we_encrypt(size):
    plain = random.Random(size).randbytes(size)
    assert pyrage.passphrase.decrypt(sealed(plain), WORD) == plain
    assert opened(sealed(plain)) == plain


def test_we_read_what_another_program_encrypted():
    plain = random.Random(1).randbytes(CHUNK + 7)
    assert opened(pyrage.passphrase.encrypt(plain, WORD)) == plain


def test_every_place_can_be_read_by_itself():
    plain = random.Random(1).randbytes(3 * CHUNK + 5)
    reader = io.BufferedReader(AgeReader(io.BytesIO(sealed(plain)), [WORD]))
    for at in (0, CHUNK - 3, 2 * CHUNK, 3 * CHUNK + 4, len(plain)):
        reader.seek(at)
        assert reader.read(11) == plain[at : at + 11]
    reader.seek(-4, io.SEEK_END)
    assert reader.read() == plain[-4:]


def test_each_changed_bit_and_each_cut_is_told():
    whole = sealed(b"kept" * 100)
    for at in range(len(whole)):
        broken = bytearray(whole)
        broken[at] ^= 1 << at % 8
        with pytest.raises((DamagedAge, WrongPassword)):
            opened(bytes(broken))
    for end in range(len(whole)):
        with pytest.raises((DamagedAge, WrongPassword)):
            opened(whole[:end])


def test_pieces_cannot_be_left_out_or_exchanged():
    whole = sealed(bytes(3 * CHUNK))
    piece, begin = CHUNK + 16, len(whole) - 3 * (CHUNK + 16)
    one, two, three = (whole[begin + n * piece : begin + (n + 1) * piece] for n in range(3))
    for order in ((one, two), (two, one, three), (one, three), (one, two, three, three)):
        with pytest.raises(DamagedAge):
            opened(whole[:begin] + b"".join(order))


def test_the_same_twice_is_never_the_same_file():
    assert sealed(b"kept") != sealed(b"kept")


# -- Backups --------------------------------------------------------------------------------------


@pytest.fixture
def elsewhere(any_workbook: Workbook, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if any_workbook.engine.dialect.name == "sqlite":
        return str(tmp_path / "restored.sqlite")
    found: str = request.getfixturevalue("postgres_url")
    return found


def test_encrypted_backup_is_tried_out_and_restored_and_tells_nothing(
    any_workbook: Workbook, elsewhere: str, tmp_path: Path
) -> None:
    with any_workbook.transaction() as session:
        session.add(Setting(key="canary", value=CANARY))
    (tmp_path / "stick").mkdir()
    place = tmp_path / "stick" / "one.backup"
    made = any_workbook.keeping.back_up(place, password=WORD)
    whole = place.read_bytes()
    assert not [one for one in (*SPELLINGS, b"changshu", b"setting") if one in whole]
    assert [one.name for one in place.parent.iterdir()] == ["one.backup"]
    address = any_workbook.engine.url.render_as_string(hide_password=False)
    with pytest.raises(UnreadableFile, match="已加密"):
        try_out(address, place)
    keys.hold_backup_password(WORD)
    assert try_out(address, place).findings == []
    assert restore_workbook(elsewhere, place) == made
    restored = open_workbook(elsewhere)
    with restored.reading() as session:
        assert session.get(Setting, "canary").value == CANARY
    restored.close()


def test_encrypted_backup_is_an_ordinary_one_inside(workbook: Workbook, tmp_path: Path) -> None:
    place = tmp_path / "one.backup"
    workbook.keeping.back_up(place, password=WORD)
    inside = pyrage.passphrase.decrypt(place.read_bytes(), WORD)
    with zipfile.ZipFile(io.BytesIO(inside)) as pack:
        assert set(pack.namelist()) == {"workbook.sqlite", "manifest.json"}


@pytest.mark.parametrize(
    ("lang", "wrong", "damaged"),
    [
        ("zh", "已知的密码都不对", "已损坏，或不是"),
        ("en", "no password that is known", "is damaged"),
    ],
)
def test_wrong_password_and_damage_are_one_sentence_and_nothing_is_half_restored(
    workbook: Workbook, tmp_path: Path, capsys, lang, wrong, damaged
):
    place, new = tmp_path / "one.backup", tmp_path / "new.sqlite"
    workbook.keeping.back_up(place, password=WORD)
    whole = place.read_bytes()
    middle = bytearray(whole)
    middle[len(whole) // 2] ^= 1
    for content, word, expected in (
        (whole, "another-word", wrong),
        (whole[: len(whole) // 2], WORD, damaged),
        (whole[:-1], WORD, damaged),
        (bytes(middle), WORD, damaged),
    ):
        place.write_bytes(content)
        keys.forget_keys()
        order = ["--db", str(new), "--lang", lang, "restore", str(place), "--key-fd", given(word)]
        assert main(order) == 2
        said = capsys.readouterr()
        assert expected in said.err and str(place) in said.err
        assert len(said.err.splitlines()) == 1 and said.out == ""
        assert sorted(one.name for one in tmp_path.iterdir() if "workbook" not in one.name) == [
            "one.backup"
        ]


def test_command_keeps_the_password_and_goes_on_without_asking(
    workbook_file: Path, tmp_path: Path, ring: Ring
) -> None:
    place = tmp_path / "nightly.backup"
    order = ["--db", str(workbook_file), "backup", str(place), "--keep", "2", "--encrypt"]
    assert main([*order, "--key-fd", given(WORD)]) == 0
    for _ in range(2):
        keys.forget_keys()
        assert main(order) == 0
    assert sorted(one.name for one in tmp_path.glob("nightly*")) == [
        "nightly.backup",
        "nightly.backup.1",
    ]
    keys.forget_keys()
    assert ring.kept == {("casework", "backups"): WORD}
    assert main(["verify", str(place)]) == 0


def test_without_anybody_to_ask_no_backup_is_made(workbook_file: Path, tmp_path: Path, capsys):
    place = tmp_path / "one.backup"
    assert main(["--db", str(workbook_file), "backup", str(place), "--encrypt"]) == 2
    assert "--key-fd" in capsys.readouterr().err
    assert not place.exists()

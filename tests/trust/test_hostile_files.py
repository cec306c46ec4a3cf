"""Files that mean harm, all through one program: each is refused, or read for its table alone.

Hostile inputs 7 to 11. Whatever is refused is refused in two seconds of the processor and 150
megabytes, with one plain sentence.
"""

from __future__ import annotations

import json
import os
import random
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.exchange.hostile import lying_bomb, package, workbook_parts

ROOT = Path(__file__).parents[2]
PERSON = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>姓名</t></is></c>'
    '<c r="B1" t="inlineStr"><is><t>性别</t></is></c></row>'
    '<row r="2"><c r="A2" t="inlineStr"><is><t>测一</t></is></c>'
    '<c r="B2" t="inlineStr"><is><t>男</t></is></c></row>'
)
MANY = 6_000_000
SHEET = "xl/worksheets/sheet1.xml"
WATCHED = """
import json, resource, sys, time
from casework.errors import UnreadableFile
from casework.exchange.files import read_file
from casework.terms import use_language

use_language("zh")
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
read_file(sys.argv[1])  # what every reading needs is there
before = peak()
for path in sys.argv[2:]:
    start = time.process_time()
    try:
        told = ["read", [list(row) for one in read_file(path).sheets for row in one.rows][:3]]
    except UnreadableFile as refusal:
        told = ["refused", refusal.message]
    print(json.dumps([*told, time.process_time() - start, peak() - before]), flush=True)
"""


def noise(n: int) -> bytes:
    """Give bytes that nothing packs: they let the rest unpack a hundred times as far."""
    return random.Random(7).randbytes(n)


def padded(path: Path, rows: str, n: int) -> None:
    package(path, {**workbook_parts(rows), "xl/media/a.bin": noise(n)})


def with_symlink(path: Path) -> None:
    parts = workbook_parts(PERSON)
    parts.pop(SHEET)
    package(path, parts)
    link = zipfile.ZipInfo(SHEET)
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/passwd")


def with_twins(path: Path) -> None:
    package(path, workbook_parts(PERSON))
    with pytest.warns(UserWarning), zipfile.ZipFile(path, "a") as archive:
        archive.writestr(SHEET, b"<worksheet/>")


def with_parts(**more: bytes) -> Callable[[Path], None]:
    return lambda path: void(package(path, {**workbook_parts(PERSON), **more}))


def void(_made: object) -> None:
    """Leave out what is made."""


def sheet(rows: str, **how: str) -> Callable[[Path], None]:
    return lambda path: void(package(path, workbook_parts(rows, **how)))


def raw(content: bytes) -> Callable[[Path], None]:
    return lambda path: void(path.write_bytes(content))


REFUSED: dict[str, Callable[[Path], None]] = {
    "7 one cell at the far end.xlsx": sheet('<row r="1"><c r="XFD1048576"><v>1</v></c></row>'),
    "8 three million rows.xlsx": sheet("<row></row>" * 3_000_000),
    "8 packed a thousand times.xlsx": sheet("<row/>" + " " * (150 << 20)),
    "8 unpacks into more than it says.xlsx": lambda path: lying_bomb(path, 1 << 29),
    "8 a picture that swells.xlsx": lambda path: void(
        package(path, {**workbook_parts(PERSON), "xl/media/a.bin": bytes(201 << 20)})
    ),
    "8 rows without end beside noise.xlsx": lambda path: padded(path, "<row/>" * MANY, 1 << 20),
    "8 cells without end beside noise.xlsx": lambda path: padded(
        path, "<row>" + '<c t="n"/>' * MANY + "</row>", 1 << 20
    ),
    "8 cells of another name without end.xlsx": lambda path: padded(
        path, "<row>" + "<x:c/>" * MANY + "</row>", 1 << 20
    ),
    "8 text without end beside noise.xlsx": lambda path: padded(path, " " * (220 << 20), 3 << 20),
    "8 ordinary cells and a stray one.xlsx": lambda path: padded(
        path, "<row>" + '<c r="A1"><v/></c>' * 2_400_000 + '<c r="XFD1048576"><v/></c>', 2 << 20
    ),
    "8 tags that never close.xlsx": lambda path: padded(path, "<row " * MANY, 1 << 20),
    "8 one endless tag.xlsx": lambda path: padded(path, "<row " + "a" * (50 << 20), 1 << 20),
    "9 entities.xlsx": sheet(
        PERSON, prolog='<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    ),
    "9 entity outside.xlsx": sheet(
        PERSON, prolog='<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    ),
    "9 document type in UTF-16.xlsx": sheet(PERSON, prolog="<!DOCTYPE x>", encoding="UTF-16"),
    "10 part above.xlsx": with_parts(**{"../../x.xml": b"<x/>"}),
    "10 part from the root.xlsx": with_parts(**{"/etc/x.xml": b"<x/>"}),
    "10 part behind backslashes.xlsx": with_parts(**{"..\\..\\x.xml": b"<x/>"}),
    "10 a link for a sheet.xlsx": with_symlink,
    "10 five thousand parts.xlsx": with_parts(**{f"xl/p{n}.xml": b"<x/>" for n in range(5_000)}),
    "10 a part twice.xlsx": with_twins,
    "11 password.xlsx": raw(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le")
    ),
    "11 a list renamed.xlsx": raw("姓名,性别\n测一,男\n".encode()),
    "11 old workbook renamed.xlsx": raw(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(5_000)),
    "11 empty.xlsx": raw(b""),
    "11 old workbook of zeros.xls": raw(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1 << 20)),
    "11 quotation without end.csv": raw(b'"' + b"a,b\n" * 2_000_000),
}
READ: dict[str, Callable[[Path], None]] = {  # for their table: nothing else of them is opened
    "11 macros.xlsm": with_parts(**{"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0" + bytes(2_000)}),
    "11 links to other files.xlsx": with_parts(**{
        "xl/externalLinks/externalLink1.xml": b'<externalLink xmlns="x"/>',
        "xl/externalLinks/_rels/externalLink1.xml.rels":
            b'<Relationships><Relationship Target="http://198.51.100.7/a.xlsx" '
            b'TargetMode="External"/></Relationships>',
    }),
    "11 something embedded.xlsx": with_parts(**{"xl/embeddings/oleObject1.bin": noise(5_000)}),
}  # fmt: skip


def test_hostile_files_are_refused_in_time_or_read_for_their_table_alone(tmp_path: Path) -> None:
    known = tmp_path / "ordinary.xlsx"
    sheet(PERSON)(known)
    cut = known.read_bytes()[:-200]
    makers = {**REFUSED, **READ, "11 cut off.xlsx": raw(cut)}
    for name, make in makers.items():
        make(tmp_path / name)
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(known), *(str(tmp_path / name) for name in makers)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
    )
    wrong: list[str] = []
    for name, line in zip(makers, done.stdout.splitlines(), strict=True):
        what, told, seconds, kilobytes = json.loads(line)
        wanted = "read" if name in READ else "refused"
        if what != wanted or seconds > 2 or kilobytes > 150_000:
            wrong.append(f"{name}: {what} in {seconds:.2f} s and {kilobytes} KB: {told}")
        elif what == "read" and told[1] != ["测一", "男"]:
            wrong.append(f"{name}: {told}")
        elif what == "refused" and (name not in told or "Error" in told or "\n" in told):
            wrong.append(f"{name} is not said plainly: {told}")
    assert wrong == []
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted([*makers, known.name])

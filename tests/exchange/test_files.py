"""A file is read as what it is, or refused with a sentence that says what to do."""

from __future__ import annotations

import random
import resource
import time
from pathlib import Path

import pytest
import xlsxwriter

from casework.errors import UnreadableFile
from casework.exchange import guards
from casework.exchange.files import cell_text, read_file
from casework.terms import speaking
from tests.exchange.hostile import package, workbook_parts

ROSTERS = Path(__file__).parent.parent / "rosters"
XLSX = ROSTERS / "changshu" / "changshu-roster.xlsx"
XLS = ROSTERS / "zhuzhou" / "zhuzhou-roster.xls"
ONE_CELL = '<row r="1"><c r="A1" t="inlineStr"><is><t>姓名</t></is></c></row>'


def refusal(path: Path) -> str:
    with pytest.raises(UnreadableFile) as caught:
        read_file(path)
    message = caught.value.message
    with speaking("en"), pytest.raises(UnreadableFile) as again:
        read_file(path)
    assert message != again.value.message, "said in one language only"
    assert "Traceback" not in message and len(message) > 15
    return message


def test_rows_are_numbered_as_the_spreadsheet_does_when_the_table_starts_further_down(tmp_path):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet("S")
        page.write("C5", "姓名")
        page.write("D7", "x")
    (sheet,) = read_file(path).sheets
    assert sheet.rows[4][2] == "姓名"
    assert sheet.rows[6][3] == "x"


def test_old_workbook_is_read():
    (sheet,) = read_file(XLS).sheets
    assert (sheet.name, len(sheet.rows)) == ("人员信息", 492)


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_text_is_read_in_the_encodings_and_with_the_separators_of_offices(tmp_path, encoding, mark):
    path = tmp_path / "名册.csv"
    lines = [["姓名", "性别", "住址"], ["王𠮷", "男", "东街，3号"], ["赵明", "女", "“西街”"]]
    path.write_bytes("\r\n".join(mark.join(line) for line in lines).encode(encoding))
    assert [list(row) for row in read_file(path).sheets[0].rows] == lines


def test_lines_inside_quotation_marks_are_one_row(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('姓名,电话\n王明,"0512-1\n139"\n\n赵明,2\n', encoding="utf-8")
    assert len(read_file(path).sheets[0].rows) == 4


def test_formula_markup_and_long_text_are_text(tmp_path):
    path = tmp_path / "a.csv"
    long = "长" * 100_000
    path.write_text(f'=1+1,<b>,{long}\n"=HYPERLINK(""x"")",@A,\x00\x1b[31m\n', encoding="utf-8")
    rows = read_file(path).sheets[0].rows
    assert rows[0] == ("=1+1", "<b>", long)
    assert rows[1][0] == '=HYPERLINK("x")'
    assert "\0" not in cell_text(rows[1][2])


@pytest.mark.parametrize(
    ("name", "source", "says"),
    [
        ("a.xls", XLSX, ".xls"),
        ("a.xlsx", XLS, ".xlsx"),
        ("a.csv", XLSX, ".csv"),
        ("a.txt", XLS, ".txt"),
    ],
)
def test_file_is_refused_when_its_name_says_another_kind(tmp_path, name, source, says):
    path = tmp_path / name
    path.write_bytes(source.read_bytes())
    assert says in refusal(path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.xlsx", b""),
        ("empty.csv", b""),
        ("page.xls", "<html><table><tr><td>姓名</td></tr></table></html>".encode()),
        ("page.csv", b"\xef\xbb\xbf<!DOCTYPE html><html></html>"),
        ("book2003.xls", b'<?xml version="1.0"?><Workbook></Workbook>'),
        ("plain.xlsx", "姓名,性别\n王明,男\n".encode()),
        ("plain.xls", "姓名,性别\n王明,男\n".encode("gb18030")),
        ("paper.csv", b"%PDF-1.7 ..."),
        ("picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(32)) * 40),
        ("noise.csv", bytes([0x81, 0xFF] * 300)),
        ("a.docx", b"PK\x03\x04"),
        ("archive.xlsx", b"PK\x03\x04 no archive"),
        (
            "locked.xlsx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
        ),
        ("broken.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(5000)),
        ("quote.csv", b'"' + b"a,b\n" * 60_000),
    ],
)
def test_file_is_refused_with_a_sentence_when_it_is_no_table(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    assert name in refusal(path) or "第" in refusal(path)


def test_password_is_named_when_a_workbook_has_one(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le")
    )
    assert "密码" in refusal(path)


def test_folder_and_absent_file_are_refused(tmp_path):
    assert "文件夹" in refusal(tmp_path)
    assert "没有文件" in refusal(tmp_path / "none.xlsx")


def test_workbook_is_refused_when_it_is_cut_off(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(XLSX.read_bytes()[:40_000])
    assert "损坏" in refusal(path)


def test_archive_that_is_no_workbook_is_refused(tmp_path):
    assert ".xlsx" in refusal(package(tmp_path / "a.xlsx", {"readme.txt": b"hello"}))


@pytest.mark.parametrize(
    "prolog",
    [
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE lolz [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
        "<!doctype worksheet>",
    ],
)
@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16"])
def test_workbook_is_refused_when_it_declares_entities(tmp_path, prolog, encoding):
    parts = workbook_parts(ONE_CELL, prolog=prolog, encoding=encoding)
    assert "实体" in refusal(package(tmp_path / "a.xlsx", parts))


@pytest.mark.parametrize("name", ["../../x.xml", "/etc/x.xml", "..\\x.xml"])
def test_workbook_is_refused_when_a_part_points_outside(tmp_path, name):
    parts = {**workbook_parts(ONE_CELL), name: b"<x/>"}
    assert "之外" in refusal(package(tmp_path / "a.xlsx", parts))


def test_workbook_is_refused_when_it_has_thousands_of_parts(tmp_path):
    parts = {**workbook_parts(ONE_CELL), **{f"xl/p{i}.xml": b"<x/>" for i in range(3000)}}
    assert "不安全" in refusal(package(tmp_path / "a.xlsx", parts))


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="1"><c r="A1"><v>1</v></c></row><row><c r="XFD1048576"><v>1</v></c></row>',
        '<row r="1"><c t="n" s="1" r=\'A1\'><v>1</v></c><c r="XFD1048576"><v>1</v></c></row>',
        '<row r="1">' + "<c><v>1</v></c>" * 5000 + '</row><row r="900000"><c><v>1</v></c></row>',
        '<row r="1"><c r="ZZZZ99999999"><v>1</v></c></row>',
    ],
)
def test_sheet_is_refused_when_a_stray_cell_makes_it_endless(tmp_path, rows):
    assert "延伸" in refusal(package(tmp_path / "a.xlsx", workbook_parts(rows)))


def test_formatted_empty_cells_far_away_do_no_harm(tmp_path):
    rows = ONE_CELL + '<row r="1048576"><c r="XFD1048576" s="1"/></row>'
    (sheet,) = read_file(package(tmp_path / "a.xlsx", workbook_parts(rows))).sheets
    assert sheet.rows[0] == ("姓名",)


def test_workbook_of_ordinary_size_passes_the_guards():
    assert read_file(XLSX).n_rows == 459


@pytest.mark.parametrize("source", [XLSX, XLS], ids=["xlsx", "xls"])
def test_damaged_bytes_end_in_a_sentence_or_a_table(tmp_path, source):
    """Spoil a workbook at random places: it is read, or refused, and never anything else."""
    raw = bytearray(source.read_bytes())
    draw = random.Random(7)
    for n in range(25):
        spoilt = bytearray(raw)
        for _ in range(draw.choice([1, 5, 50])):
            spoilt[draw.randrange(len(spoilt))] = draw.randrange(256)
        if draw.random() < 0.3:
            del spoilt[draw.randrange(len(spoilt)) :]
        path = tmp_path / f"{n}{source.suffix}"
        path.write_bytes(spoilt)
        try:
            read_file(path)
        except UnreadableFile as error:
            assert error.message


def test_reading_is_quick():
    start = time.process_time()
    read_file(XLSX)
    assert time.process_time() - start < 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 4_000_000


def test_line_of_a_million_characters_is_refused_and_long_cells_are_read(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    path.write_text("姓名\n" + "长" * 1_000_000, encoding="utf-8")
    with pytest.raises(UnreadableFile):
        read_file(path)
    path.write_text(",".join(["长" * 100_000] * 3), encoding="utf-8")
    assert [len(cell) for cell in read_file(path).sheets[0].rows[0]] == [100_000] * 3


def test_cells_without_end_are_refused_by_their_number_before_any_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[int] = []
    monkeypatch.setattr(guards._Inspector, "look", lambda _self, chunk: looked.append(len(chunk)))
    parts = workbook_parts("<row>" + '<c t="n"/>' * (guards.MAX_TAGS + 1) + "</row>")
    parts = {**parts, "xl/media/a.bin": random.Random(7).randbytes(1 << 20)}
    sheet = parts.pop("xl/worksheets/sheet1.xml")
    package(tmp_path / "endless.xlsx", {"xl/worksheets/sheet1.xml": sheet, **parts})
    with pytest.raises(UnreadableFile, match="far more than a roster"), speaking("en"):
        guards.kind_of(tmp_path / "endless.xlsx")
    assert sum(looked) < len(sheet)

"""Files that mean harm or are broken, made on the spot."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

__all__ = ["lying_bomb", "package", "workbook_parts"]

CONTENT_TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?><Types '
    'xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/'
    'vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/'
    'vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
)
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def workbook_parts(rows: str, *, prolog: str = "", encoding: str = "UTF-8") -> dict[str, bytes]:
    """Give the parts of the smallest workbook around rows of sheet XML."""
    head = f'<?xml version="1.0" encoding="{encoding}"?>{prolog}'
    sheet = f'{head}<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>'
    return {
        "[Content_Types].xml": CONTENT_TYPES.encode(),
        "_rels/.rels": (
            f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="r1" '
            f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ).encode(),
        "xl/workbook.xml": (
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
            '<sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>'
        ).encode(),
        "xl/_rels/workbook.xml.rels": (
            f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="r1" '
            f'Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
        ).encode(),
        "xl/worksheets/sheet1.xml": sheet.encode(encoding),
    }


def package(path: Path, parts: Mapping[str, bytes], **extra: bytes) -> Path:
    """Write parts as a zip archive."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (*parts.items(), *extra.items()):
            archive.writestr(name, content)
    return path


def lying_bomb(path: Path, unpacked: int) -> Path:
    """Write a workbook whose sheet unpacks into far more than its header declares."""
    rows = b'<row r="1"><c r="A1" t="inlineStr"><is><t>'
    engine = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = engine.compress(rows)
    piece = b"A" * (1 << 20)
    for _ in range(unpacked >> 20):
        body += engine.compress(piece)
    body += engine.flush()
    stream = io.BytesIO()
    parts = workbook_parts("")
    small = parts.pop("xl/worksheets/sheet1.xml")
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
        archive.writestr("xl/worksheets/sheet1.xml", small)
    return _with_body(path, stream.getvalue(), body)


def _with_body(path: Path, raw: bytes, body: bytes) -> Path:
    """Put another deflated body behind the header of the last part."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        last = archive.infolist()[-1]
        start = archive.start_dir
    head = raw[last.header_offset : last.header_offset + 30]
    names = raw[last.header_offset + 30 : last.header_offset + 30 + len(last.filename)]
    head = head[:18] + struct.pack("<I", len(body)) + head[22:]
    directory = raw[start:]
    at = directory.rindex(b"PK\x01\x02")
    entry = directory[at:]
    entry = entry[:20] + struct.pack("<I", len(body)) + entry[24:]
    new_start = last.header_offset + len(head) + len(names) + len(body)
    end = entry.rindex(b"PK\x05\x06")
    entry = entry[: end + 16] + struct.pack("<I", new_start) + entry[end + 20 :]
    path.write_bytes(raw[: last.header_offset] + head + names + body + directory[:at] + entry)
    return path

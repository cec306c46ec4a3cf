"""Forms that units fill in after visiting their people: written for each unit, and read back.

Decides what stands on the form and what a filled cell means; every trouble is named with its row,
every cell is kept as it was typed, and nothing is taken for a formula. Leaves who a row is about to
`casework.workbook.unit_returns`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from io import BytesIO
from pathlib import Path
from typing import Any

from casework.errors import InvalidEntry
from casework.exchange.files import Cell, cell_text, read_calculated
from casework.identifiers import plain
from casework.terms import _, language

__all__ = [
    "FILLED",
    "MOST_CENTS",
    "WAYS",
    "FormPerson",
    "ReturnFile",
    "ReturnRow",
    "read_form",
    "reread",
    "write_form",
]

WAYS = {
    "home_visit": "入户走访",
    "meeting": "座谈会",
    "hospital_visit": "医院探视",
    "phone": "电话慰问",
}
MOST_CENTS = 100_000_00  # of one gift; more is a mistake in the column
_ROWS = 5_000
_SCANNED = 30
_HEADS = {
    "no": ("人员编号", "编号", "Person no."),
    "name": ("姓名", "Name"),
    "unit": ("单位", "所在单位", "Unit"),
    "on": ("慰问日期", "走访日期", "日期", "Day of the visit"),
    "way": ("慰问方式", "方式", "How"),
    "outcome": ("是否见到", "结果", "Outcome"),
    "amount": ("慰问金（元）", "慰问金(元)", "慰问金", "金额", "Money (yuan)"),
    "gift": ("慰问品", "Gift"),
    "note": ("备注", "情况说明", "Remark"),
}
_KEYS = ("no", "name", "unit", "on", "way", "outcome", "amount", "gift", "note")
FILLED = _KEYS[3:]
"""What a unit fills in, by the keys of the columns in their order."""
_FIRST_SERIAL, _SERIALS = date(1899, 12, 30), range(40_000, 60_000)  # days that lost their format
_OUTCOMES = {
    "reached": ("见到本人", "是", "已走访", "已慰问", "本人", "√", "yes", "met"),
    "proxy": ("见到家属", "家属", "家属代", "family"),
    "not_reached": ("未见到", "否", "未走访", "no", "not met"),
    "declined": ("本人谢绝", "谢绝", "declined"),
}
_WAY_WORDS = {
    "home_visit": ("入户走访", "上门走访", "入户", "上门", "走访", "home visit"),
    "meeting": ("座谈会", "座谈", "meeting"),
    "hospital_visit": ("医院探视", "医院", "探视", "hospital visit"),
    "phone": ("电话慰问", "电话", "phone", "phone call"),
}
_FORMULA = re.compile(r"^\s*[=@|＝＠]|^\s*[+\-＋－]\s*[^\d\s.,]")
_DAY = re.compile(r"(?:(\d{4})[年./-])?(\d{1,2})[月./-](\d{1,2})日?")
_NUMBER = re.compile(r"P?0*(\d{1,9})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FormPerson:
    """Somebody whose visit a unit reports."""

    person_id: int
    name: str
    unit: str


@dataclass(frozen=True, slots=True)
class ReturnRow:
    """A row of a filled form.

    Attributes
    ----------
    cells : mapping of str to str
        Every filled cell as it was typed, by the key of its column; further ones by their heading.
    outcome : str or None
        Code of ``outcome``; None where nothing was filled in.
    amount_cents : int or None
        Money in fen; None where none was given, or it cannot be read.
    problems : tuple of str
        Codes: ``formula``, ``bad_number``, ``bad_day``, ``bad_way``, ``bad_outcome``,
        ``bad_amount``, ``no_name``.
    """

    row: int
    cells: Mapping[str, str]
    person_no: int | None = None
    name: str = ""
    unit: str = ""
    on: date | None = None
    way: str | None = None
    outcome: str | None = None
    amount_cents: int | None = None
    problems: tuple[str, ...] = ()

    @property
    def is_filled(self) -> bool:
        """Whether the unit wrote anything about a visit."""
        return any(self.cells.get(key) for key in FILLED)


@dataclass(frozen=True, slots=True)
class ReturnFile:
    """A filled form: its rows, and how many hold nothing."""

    sha256: str
    rows: tuple[ReturnRow, ...]
    columns: tuple[str, ...] = field(default_factory=tuple)


# --- out ----------------------------------------------------------------------------------------


def write_form(
    title: str, note: str, people: Sequence[FormPerson], first: date, last: date
) -> bytes:
    """Write the form of one unit, with its people and lists to choose from.

    Parameters
    ----------
    first, last : date
        Days within which a visit counts; Excel refuses others.
    """
    import xlsxwriter

    into = BytesIO()
    options = {
        "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
        "default_date_format": "yyyy-mm-dd",
    }  # fmt: skip
    book = xlsxwriter.Workbook(into, options)
    sheet = book.add_worksheet(_("Return")[:31])
    line = {"border": 1, "border_color": "#BBBBBB", "valign": "vcenter", "text_wrap": True}
    head = book.add_format({**line, "bold": True, "bg_color": "#F2EEE6", "align": "center"})
    fixed = book.add_format({**line, "bg_color": "#F7F7F7", "quote_prefix": True})
    open_ = book.add_format({**line, "locked": False})
    day = book.add_format({**line, "locked": False, "num_format": "yyyy-mm-dd"})
    money = book.add_format({**line, "locked": False, "num_format": "#,##0.00"})
    top = book.add_format({"bold": True, "font_size": 16})
    sheet.write_string(0, 0, title, top)
    sheet.write_string(1, 0, note, book.add_format({"font_color": "#555555"}))
    heads = (
        _("Person no."), _("Name"), _("Unit"), _("Day of the visit"), _("How"), _("Outcome"),
        _("Money (yuan)"), _("Gift"), _("Remark"),
    )  # fmt: skip
    for column, words in enumerate(heads):
        sheet.write_string(2, column, words, head)
    spare = max(5, len(people) // 5)
    for at in range(len(people) + spare):
        row = at + 3
        if at < len(people):
            one = people[at]
            for column, text in enumerate((f"P{one.person_id:05}", one.name, one.unit)):
                sheet.write_string(row, column, text, fixed)
        else:
            for column in range(3):
                sheet.write_blank(row, column, None, open_)
        for column in range(3, 9):
            sheet.write_blank(row, column, None, {3: day, 6: money}.get(column, open_))
    end = len(people) + spare + 2
    sheet.data_validation(
        3, 3, end, 3,
        {"validate": "date", "criteria": "between", "minimum": first, "maximum": last,
         "error_message": _("A day from {first} to {last}.", first=first, last=last)},
    )  # fmt: skip
    sheet.data_validation(3, 4, end, 4, {"validate": "list", "source": _offered(_WAY_WORDS)})
    sheet.data_validation(3, 5, end, 5, {"validate": "list", "source": _offered(_OUTCOMES)})
    sheet.data_validation(
        3, 6, end, 6,
        {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": MOST_CENTS // 100},
    )  # fmt: skip
    for column, width in enumerate((11, 12, 26, 14, 12, 12, 14, 20, 30)):
        sheet.set_column(column, column, width)
    sheet.freeze_panes(3, 2)
    sheet.repeat_rows(2)
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    book.close()
    return into.getvalue()


def _offered(words: Mapping[str, Sequence[str]]) -> list[str]:
    """Give the words to choose from in the language in force."""
    return [known[0] if language() == "zh" else known[-1] for known in words.values()]


# --- in -----------------------------------------------------------------------------------------


def read_form(path: Path, around: date) -> ReturnFile:
    """Read a filled form.

    Parameters
    ----------
    around : date
        The campaign's last day: a day without a year is the one nearest to it.

    Raises
    ------
    UnreadableFile
        If the file cannot be read or is not safe to read.
    InvalidEntry
        If it is no form of this kind, or longer than one can be.
    """
    file = read_calculated(path)
    for sheet in file.sheets:
        found = _heading(sheet.rows)
        if found is None:
            continue
        first, columns = found
        body = sheet.rows[first:]
        if len(body) > _ROWS:
            raise InvalidEntry(
                _(
                    "The file has {n} rows; at most {most} are read at once. Divide it.",
                    n=len(body),
                    most=_ROWS,
                ),
                "file",
            )
        rows = [
            _row(first + at + 1, cells, columns, around)
            for at, cells in enumerate(body)
            if any(plain(cell_text(cell)) for cell in cells)
        ]
        return ReturnFile(file.sha256, tuple(rows), tuple(columns.values()))
    raise InvalidEntry(
        _("This is not the form of a unit: no row has the headings of name and day. Fill in the "
          "form that was made for the unit."),
        "file",
    )  # fmt: skip


def _heading(rows: Sequence[Sequence[Cell]]) -> tuple[int, dict[int, str]] | None:
    """Find the row of the headings; give the number of the row after it, and the columns."""
    known = {_bare(word): key for key, words in _HEADS.items() for word in words}
    for at, cells in enumerate(rows[:_SCANNED]):
        columns: dict[int, str] = {}
        for column, cell in enumerate(cells):
            words = plain(cell_text(cell))
            key = known.get(_bare(words), words)
            if key and key not in columns.values():
                columns[column] = key
        if {"name", "on"} <= set(columns.values()):
            return at + 1, columns
    return None


def _bare(text: str) -> str:
    return re.sub(r"[\s()（）.。]", "", text).casefold()


def _row(
    number: int, cells: Sequence[Cell], columns: Mapping[int, str], around: date
) -> ReturnRow:  # fmt: skip
    raw: dict[str, Cell] = {
        key: cells[at] for at, key in columns.items() if at < len(cells) and cells[at] != ""
    }
    typed = {key: text for key, cell in raw.items() if (text := cell_text(cell).strip())}
    problems: list[str] = []
    if any(_FORMULA.match(text) for text in typed.values()):
        problems.append("formula")
    name = plain(typed.get("name", ""))
    if not name and "no" not in typed:
        problems.append("no_name")
    made = ReturnRow(
        row=number,
        cells=typed,
        person_no=_person_no(typed.get("no", ""), problems),
        name=name,
        unit=plain(typed.get("unit", "")),
        on=_day(raw.get("on", ""), around, problems),
        way=_code(typed.get("way", ""), _WAY_WORDS, "bad_way", problems),
        outcome=_code(typed.get("outcome", ""), _OUTCOMES, "bad_outcome", problems),
        amount_cents=_cents(raw.get("amount", ""), problems),
        problems=(),
    )
    return ReturnRow(**{**_fields(made), "problems": tuple(problems)})


def _fields(row: ReturnRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ReturnRow.__slots__}


def _person_no(text: str, problems: list[str]) -> int | None:
    if not text:
        return None
    found = _NUMBER.fullmatch(plain(text))
    if found is None:
        problems.append("bad_number")
        return None
    return int(found[1])


def _day(cell: Cell, around: date, problems: list[str]) -> date | None:
    if cell == "":
        return None
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = plain(cell_text(cell)).replace(" ", "")
    if text.isdecimal() and len(text) == 5 and int(text) in _SERIALS:
        return _FIRST_SERIAL + timedelta(days=int(text))
    found = _DAY.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        year, month, day = (int(one) if one else 0 for one in found.groups())
        return date(year, month, day) if year else _nearest(month, day, around)
    except ValueError:
        problems.append("bad_day")
        return None


def _nearest(month: int, day: int, around: date) -> date:
    """Give the day of the year that is nearest to another one."""
    found = [
        date(year, month, day)
        for year in (around.year - 1, around.year, around.year + 1)
        if (month, day) != (2, 29) or year % 4 == 0
    ]
    if not found:
        raise ValueError("no such day")
    return min(found, key=lambda one: abs(one - around) or timedelta(0))


def _code(
    text: str, words: Mapping[str, Sequence[str]], problem: str, problems: list[str]
) -> str | None:
    said = plain(text).casefold()
    if not said:
        return None
    for code, known in words.items():
        if said in known or said == code:
            return code
    problems.append(problem)
    return None


def _cents(cell: Cell, problems: list[str]) -> int | None:
    """Read money in yuan as fen; a part of a fen, a debt or a fortune is none."""
    if cell == "":
        return None
    text = re.sub(r"[\s,，￥¥元]", "", plain(cell_text(cell)))
    try:
        cents = Decimal(text) * 100
    except InvalidOperation:
        problems.append("bad_amount")
        return None
    if not cents.is_finite() or cents != cents.to_integral_value() or not 0 <= cents <= MOST_CENTS:
        problems.append("bad_amount")
        return None
    return int(cents)


def reread(row: int, cells: Mapping[str, str], around: date) -> ReturnRow:
    """Read a row again from its cells as they were kept, some of them perhaps corrected."""
    return _row(row, list(cells.values()), dict(enumerate(cells)), around)

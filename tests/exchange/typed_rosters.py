"""Rosters typed by hand, each cell with what it says: `typed/*.txt`, one office a file.

A line is a row of the sheet; cells stand between ``|``, ``\\n`` is a line break.

``@file xlsx`` or ``@file csv gb18030`` (an .xls is written as .xlsx by the tests),
``@sheet NAME``, ``@merge A1:C1``, ``@hide row 7``, ``@hide col C``
``.…``      a row that holds nobody, or whose people ``@truth`` lines tell
``@fields`` what the truth calls each column below: ``-`` nothing, ``?`` what a cell says of itself,
            ``name2`` of the second person in the row, ``living&`` of everybody in it
``@also``   what is true of everybody below
``+…``      a person; ``=…`` the same person again; ``~…`` somebody who must wait for a decision
``@issue``  one more problem: ``row= field= kind=``

A cell ``typed{truth}`` says something else than its text; ``{mobile=1;landline=2}`` several
things, ``{}`` nothing, ``{?}`` is not compared, ``{!kind}`` is a problem of its column
(``{!kind@column}`` of another). ``#330124-19380503-012`` is a right ID number; ``~bad ~e17 ~15
~spaces ~lower ~wide ~cut`` spoil or dress it. ``n:1`` is a number, ``d:1938-05-03`` a date.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path

import xlsxwriter

from casework.exchange.files import Cell, Merge
from casework.exchange.people import RosterPerson
from casework.exchange.roster import Roster
from casework.identifiers import check_character
from tests.exchange.verdict import COMPARED, canonical

FOLDER = Path(__file__).parent / "typed"
_ID = re.compile(r"#(\d{6})-(\d{8})-(\d{3})((?:~\w+)?)")
_CELL = re.compile(r"(.*?)(?:\{([^{}]*)\})?\s*", re.DOTALL)
_DATES = ("joined_on", "retired_on")
_LISTED = ("conditions", "medicines", "hobbies")
_FIELD = {
    "rid": ("resident_id",),
    "born": ("birth_date",),
    "phone": ("mobile", "landline", "phone"),
}
_MEMBER = {"中共党员": "1", "党员": "1", "是": "1", "√": "1", "否": "0", "群众": "0"}


@dataclass
class Typed:
    """One office: its sheets, who is in them, what is wrong with them."""

    name: str
    kind: str = "xlsx"
    encoding: str = "gb18030"
    mark: str = ","
    sheets: dict[str, list[list[Cell]]] = field(default_factory=dict)
    merges: dict[str, list[Merge]] = field(default_factory=dict)
    hidden: dict[str, tuple[set[int], set[int]]] = field(default_factory=dict)
    truth: list[dict[str, str]] = field(default_factory=list)
    issues: set[tuple[str, int, str, str]] = field(default_factory=set)
    again: set[tuple[str, int]] = field(default_factory=set)
    waits: set[tuple[str, int]] = field(default_factory=set)

    @property
    def n_rows(self) -> int:
        return sum(len(one) for one in self.sheets.values())

    def write(self, folder: Path) -> Path:
        """Write the file as the office sends it."""
        if self.kind == "csv":
            return self._csv(folder / f"{self.name}.csv")
        path = folder / f"{self.name}.xlsx"
        plain = {"strings_to_formulas": False, "strings_to_urls": False}
        with xlsxwriter.Workbook(str(path), plain) as book:
            day = book.add_format({"num_format": "yyyy/m/d"})
            for name, rows in self.sheets.items():
                page = book.add_worksheet(name)
                for one in self.merges.get(name, ()):
                    page.merge_range(one.top, one.left, one.bottom, one.right, "")
                for i, row in enumerate(rows):
                    for j, cell in enumerate(row):
                        if isinstance(cell, date):
                            page.write_datetime(i, j, datetime.combine(cell, time()), day)
                        elif isinstance(cell, (int, float)):
                            page.write_number(i, j, cell)
                        elif cell:
                            page.write_string(i, j, str(cell))
                lines, columns = self.hidden.get(name, (set(), set()))
                for at in lines:
                    page.set_row(at - 1, None, None, {"hidden": True})
                for at in columns:
                    page.set_column(at, at, None, None, {"hidden": True})
        return path

    def _csv(self, path: Path) -> Path:
        (rows,) = self.sheets.values()
        stream = io.StringIO(newline="")
        csv.writer(stream, delimiter=self.mark).writerows(rows)
        path.write_bytes(stream.getvalue().encode(self.encoding))
        return path


def read_typed(path: Path) -> Typed:
    """Read one office."""
    reader = _Reader(Typed(path.stem))
    for line in path.read_text(encoding="utf-8").splitlines():
        reader.line(line)
    return reader.office


class _Reader:
    def __init__(self, office: Typed) -> None:
        self.office = office
        self.sheet = ""
        self.fields: list[str] = []
        self.also: dict[str, str] = {}

    @property
    def rows(self) -> list[list[Cell]]:
        return self.office.sheets.setdefault(self.sheet, [])

    def line(self, line: str) -> None:
        if not line.strip() or line.startswith("#"):
            return
        if line[0] == "@":
            word, _, rest = line[1:].partition(" ")
            getattr(self, f"_{word.replace('+', '_more')}")(rest)
        elif line[0] == ".":
            self.rows.append([_cell(one)[0] for one in line[1:].split("|")])
        else:
            self._person(line[0], line[1:])

    def _file(self, rest: str) -> None:
        self.office.kind, *more = rest.split()
        if more:
            self.office.encoding = more[0]
        self.office.mark = "\t" if "tab" in more else ","

    def _sheet(self, rest: str) -> None:
        self.sheet = rest.strip()
        self.office.sheets.setdefault(self.sheet, [])

    def _clear(self, _rest: str) -> None:
        self.fields, self.also = [], {}

    def _merge(self, rest: str) -> None:
        ends = [_place(one) for one in rest.split(":")]
        self.office.merges.setdefault(self.sheet, []).append(Merge(*ends[0], *ends[1]))

    def _hide(self, rest: str) -> None:
        what, which = rest.split()
        lines, columns = self.office.hidden.setdefault(self.sheet, (set(), set()))
        if what == "row":
            lines.add(int(which))
        else:
            columns.add(_place(f"{which}1")[1])

    def _fields(self, rest: str) -> None:
        self.fields = rest.split("|")

    def _also(self, rest: str) -> None:
        self.also = _said(rest)

    def _issue(self, rest: str) -> None:
        one = dict(part.split("=") for part in rest.split())
        self.office.issues.add((self.sheet, int(one["row"]), one["field"], one["kind"]))

    def _truth(self, rest: str) -> None:
        told = {"sheet": self.sheet, **self.also, **_said(rest)}
        row = int(told["row"])
        told["row"] = str(row if row > 0 else len(self.rows) + 1 + row)
        self.office.truth.append(told)

    def _truth_more(self, rest: str) -> None:
        self.office.truth[-1].update(_said(rest))

    def _person(self, mark: str, line: str) -> None:
        line, _, extra = line.partition("@@")
        texts = line.split("|")
        read = [_cell(one) for one in texts]
        self.rows.append([cell for cell, _note in read])
        row = len(self.rows)
        people: dict[str, dict[str, str]] = {}
        for (cell, note), asked in zip(read, self.fields, strict=False):
            code = asked.rstrip("23&")
            for one in list(people) if asked[len(code) :] == "&" else [asked[len(code) :]]:
                self._tell(people.setdefault(one, {}), code, cell, note, row)
        if mark == "=":
            self.office.again.add((self.sheet, row))
        elif mark == "~":
            self.office.waits.add((self.sheet, row))
        for told in people.values():
            if told.get("name") and mark == "+":
                whole = {**self.also, **told, **_said(extra)}
                self.office.truth.append({"sheet": self.sheet, "row": str(row), **whole})

    def _tell(
        self, told: dict[str, str], code: str, cell: Cell, note: str | None, row: int
    ) -> None:
        text = str(cell)
        if note is not None and note.startswith("@first"):
            note, text = None, text.split("\n")[0]
        if note is not None and "!" in note:
            note, _, kind = note.partition("!")
            kind, _, other = kind.partition("@")
            self.office.issues.add((self.sheet, row, other or code, kind))
            told[other or code] = "?"
            if other:
                note = note or None
            elif not note:
                return
        if code.startswith("{"):
            if text.strip() in ("是", "√") or code == "{unit=?}":
                told.update(_said(code.strip("{}")))
            return
        if note is not None and "=" in note:
            told.update(_said(note.replace(";", "; ") if "conditions" not in note else note))
        elif code in "-?":
            return
        elif note is not None:
            told[code] = note
        elif code == "phone":
            return
        elif told.get(code) != "?" and not (code in told and (code == "birth_date" or not text)):
            told[code] = _usual(code, text)
        if code == "resident_id" and len(told.get(code, "")) == 15:
            old = told[code]
            body = f"{old[:6]}19{old[6:]}"
            told[code] = body + check_character(body)
        if code == "resident_id" and len(told.get(code, "")) == 18:
            number = told[code]
            told.setdefault("sex", "女男"[int(number[16]) % 2])
            told["birth_date"] = f"{number[6:10]}-{number[10:12]}-{number[12:14]}"


def _usual(code: str, text: str) -> str:
    if code == "resident_id":
        return text.replace(" ", "").upper().translate({0xFF10 + n: str(n) for n in range(10)})
    if code in _LISTED:
        return ";".join(filter(None, re.split(r"[、,，;；]", text)))
    if code == "level" and text.endswith(("科", "处", "厅")):
        return f"{text}级"
    if code == "party_member":
        return _MEMBER.get(text, "0" if text else "")
    return text


def _said(text: str) -> dict[str, str]:
    found = {}
    for part in re.split(r";\s+(?=\w+=)|;(?=[a-z_]+=)", text.strip()):
        key, mark, value = part.strip().partition("=")
        if mark:
            value = value.strip().strip(";").replace(",", ";")
            found[key] = _ID.sub(lambda one: _number(one)[0], value)
    return found


def _cell(text: str) -> tuple[Cell, str | None]:
    matched = _CELL.fullmatch(text)
    assert matched is not None, text
    typed, note = matched.groups()
    typed = typed.replace("\\n", "\n")
    numbers = list(_ID.finditer(typed))
    if len(numbers) == 1 and numbers[0].group() == typed.strip():
        cell, kind = _number(numbers[0])
        if kind and note is None:
            note = f"!{kind}"
        return cell, note
    typed = _ID.sub(lambda one: str(_number(one)[0]), typed)
    if typed.startswith("n:"):
        value = float(typed[2:])
        return (int(value) if value.is_integer() else value), note
    return (date.fromisoformat(typed[2:]) if typed.startswith("d:") else typed), note


def _number(found: re.Match[str]) -> tuple[Cell, str]:
    body = "".join(found.group(1, 2, 3))
    right = body + check_character(body)
    spoil = found.group(4).strip("~")
    made: dict[str, tuple[Cell, str]] = {
        "": (right, ""),
        "bad": (body + ("1" if right[17] != "1" else "2"), "bad_check_digit"),
        "e17": (int(right[:15] + "000"), "truncated_number"),
        "cut": (right[:15], ""),
        "15": (right[:6] + right[8:17], ""),
        "spaces": (f"{right[:6]} {right[6:14]} {right[14:]}", ""),
        "lower": (right.lower(), ""),
        "wide": ("".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in right), ""),
    }
    return made[spoil]


def _place(text: str) -> tuple[int, int]:
    letters = text.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return int(text[len(letters) :]) - 1, column - 1


# ---------------------------------------------------------------- what was read of it


@dataclass
class Held:
    """How a reading differs from the truth."""

    people: int = 0
    fields: int = 0
    rows: int = 0
    problems: int = 0
    unequal: list[tuple[str, ...]] = field(default_factory=list)
    missed: list[tuple[str, ...]] = field(default_factory=list)
    false_alarms: list[tuple[str, ...]] = field(default_factory=list)


def _extended(person: RosterPerson) -> dict[str, str]:
    found = canonical(person)
    for code in _DATES:
        reading = person.dates.get(code)
        found[code] = reading.iso if reading else ""
    return found


def hold(roster: Roster, office: Typed) -> Held:
    """Hold what was read against the truth: fields, problems, false alarms."""
    found = Held(people=len(office.truth), rows=office.n_rows, problems=len(office.issues))
    read: dict[tuple[str, int], list[dict[str, str]]] = {}
    for one in roster.people:
        read.setdefault((one.sheet, one.row), []).append(_extended(one))
    told_at: dict[tuple[str, int], list[dict[str, str]]] = {}
    for told in office.truth:
        told_at.setdefault((told["sheet"], int(told["row"])), []).append(told)
    for place, people in told_at.items():
        _people(place, people, read.pop(place, []), office, found)
    for place, left in read.items():
        if place not in office.waits:
            found.unequal += [(*map(str, place), one["name"], "too many") for one in left]
    _problems(roster, office, found)
    return found


def _people(
    place: tuple[str, int],
    people: list[dict[str, str]],
    read: list[dict[str, str]],
    office: Typed,
    found: Held,
) -> None:
    """Compare who is in one row."""
    excused = {_name(code) for s, r, code, _kind in office.issues if (s, r) == place}
    for told in people:
        by_name = next((one for one in read if one["name"] == told["name"]), None)
        got = read[0] if by_name is None and len(people) == len(read) == 1 else by_name
        if got is None:
            found.unequal.append((*map(str, place), told["name"], "not read"))
            continue
        read.remove(got)
        for code in (*COMPARED, *_DATES):
            want = told.get(code, "" if code in COMPARED else "?")
            if want == "?" or _name(code) in excused:
                continue
            found.fields += 1
            if got[code] != want:
                found.unequal.append((*map(str, place), told["name"], code, got[code], want))
    found.unequal += [(*map(str, place), one["name"], "too many") for one in read]


def _name(code: str) -> str:
    for name, codes in _FIELD.items():
        if code in codes:
            return name
    return code


def _problems(roster: Roster, office: Typed, found: Held) -> None:
    told = {
        (row.sheet, row.row, _name(one.field), one.kind)
        for row in roster.rows
        for one in row.problems
    }
    wanted = {(s, r, _name(code), kind) for s, r, code, kind in office.issues}
    somehow = {one[:3] for one in wanted if one[3] == "?"}
    for one in sorted(wanted):
        if one not in told and not (one[3] == "?" and any(t[:3] == one[:3] for t in told)):
            found.missed.append((*map(str, one),))
    # Either row of somebody who is there twice may be named.
    twice = sorted(one for one in told if one[3] == "duplicate_person")
    for place in sorted(office.again)[len(twice) :]:
        found.missed.append((*map(str, place), "name", "duplicate_person"))
    alarms = told - wanted - {*twice[: len(office.again)]}
    found.false_alarms = [(*map(str, o),) for o in sorted(alarms) if o[:3] not in somehow]

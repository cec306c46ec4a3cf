"""Cells into values: each column's reader, and the problems it finds.

Decides what one cell says about the person of its row. Leaves which column it is to `columns`, and
what the cells of one row say together (an ID number and a birth date) to `weighing`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from casework.exchange.around import LABELS, add_around, amend, around
from casework.exchange.boxes import answer
from casework.exchange.columns import ColumnUse
from casework.exchange.files import Cell, cell_text
from casework.exchange.headings import Lexicon
from casework.exchange.legends import in_words
from casework.exchange.people import Problem, RosterContact, RosterPerson, TeamSeat
from casework.exchange.weighing import with_area
from casework.exchange.whose_phone import of_others
from casework.exchange.words import Words
from casework.factvalues import LONGEST_TEXT
from casework.identifiers import (
    DateReading,
    is_blank,
    is_day_of_year,
    is_lunar,
    plain,
    read_date,
    read_name,
    read_phones,
    read_resident_id,
    read_sex,
)

__all__ = ["RowReader"]

YOUNGEST = 30
_OLD_ENOUGH = 16
_LIST_OF_COLUMN = {"level": "rank", "rank": "rank"}
_LONGEST_NAME = 60
_CODE_BEFORE = re.compile(r"^\s*\d{2,8}\s*[-—–_|:：]\s*(?=[\u3400-\u9fff])")  # 101-市财政局
_IN_STREET = re.compile(
    r"([\u3400-\u9fff]{2,8}(?:街道办事处|办事处|街道))\s*[-—/·]?\s*"
    r"([\u3400-\u9fff]{2,8}(?:社区|居委会|村))"
)
_DEAD = re.compile(r"已?故|去世|逝世|死亡|病逝|过世|^[亡殁]$")
_DATE_PART = re.compile(r"[\d年月日.\-/]+")
_AREA = re.compile(r"(?<!\d)(010|02\d|0[3-9]\d{2})(?!\d)")  # 固定电话（区号028）
_HAN = re.compile(r"[\u3400-\u9fff]")
_HAN_NAME = re.compile(r"[\u3400-\u9fff]{2}")
_ANSWERED = frozenset(("sex", "code", "party", "list"))
_QUOTED = re.compile(r"^'(?=[=+\-@\t\r])")

Reader = Callable[[RosterPerson, Cell], None]


@dataclass(frozen=True, slots=True)
class RowReader:
    """Reads the rows of one table into persons.

    Attributes
    ----------
    columns : tuple of ColumnUse
    latest : date
        No birth, entry or death is later than this day.
    communities : tuple of str
        Names of communities by which an address tells the community, where no column does.
    category : str or None
        What the titles say of everybody in the table, where no column does.
    """

    columns: tuple[ColumnUse, ...]
    lexicon: Lexicon
    words: Words
    latest: date
    communities: tuple[str, ...] = ()
    category: str | None = None

    def readers(self) -> list[tuple[int, str, Reader]]:
        """Give the readers of the columns that hold something: column, code, reader."""
        found = []
        for use in self.columns:
            reader = self._reader(use)
            if reader is not None:
                found.append((use.index, use.column, self._by_answer(reader, use)))
        # The ID number is read with the sex beside it at hand.
        return sorted(found, key=lambda one: one[1] != "sex")

    def _by_answer(self, reader: Reader, use: ColumnUse) -> Reader:
        """Let a reader see what is ticked, and the words of codes that the heading explains."""
        known = self.lexicon.columns.get(use.column)
        asks = use.column.startswith("tick:") or (known is not None and known.read in _ANSWERED)
        if asks:
            return lambda person, cell: reader(person, in_words(answer(cell), use.legend))
        if use.legend:
            return lambda person, cell: reader(person, in_words(cell, use.legend))
        return reader

    def _reader(self, use: ColumnUse) -> Reader | None:
        if not use.column:
            return None
        head, _, rest = use.column.partition(":")
        if head in ("contact", "team", "tick"):
            role, _, part = rest.partition(":")
            return {"contact": self._contact, "team": self._team, "tick": self._tick}[head](
                role, part
            )
        read = self.lexicon.columns[head].read
        if read == "skip":
            return None
        made: Reader = getattr(self, f"_{read}")(use)
        return made

    # ------------------------------------------------------------------ who it is

    def _name(self, use: ColumnUse) -> Reader:
        def read(person: RosterPerson, cell: Cell) -> None:
            found = read_name(cell if isinstance(cell, str) else cell_text(cell))
            person.name, person.remark = found.name, found.remark

        return read

    def _alias(self, use: ColumnUse) -> Reader:
        def read(person: RosterPerson, cell: Cell) -> None:
            if not is_blank(cell):
                person.aliases.append(read_name(str(cell)).name[:_LONGEST_NAME])

        return read

    def _sex(self, use: ColumnUse) -> Reader:
        def read(person: RosterPerson, cell: Cell) -> None:
            person.sex = read_sex(cell) or person.sex
            person.typed["sex"] = cell_text(cell)

        return read

    def _birth(self, use: ColumnUse) -> Reader:
        def read(person: RosterPerson, cell: Cell) -> None:
            person.typed["birth_date"] = cell_text(cell)
            if is_day_of_year(cell):
                if is_lunar(cell):
                    person.add("birth_lunar", plain(cell))
                return
            found = read_date(cell, latest=self.latest, youngest_years=YOUNGEST, style=use.style)
            if found.earliest and found.earliest.year > self.latest.year - _OLD_ENOUGH:
                found = DateReading(problem="impossible_date")  # 45234 is no birth date
            person.born = found
            if found.lunar:
                person.add("birth_lunar", found.lunar)
            if found.problem and found.problem != "ambiguous_date":
                person.problems.append(Problem("birth_date", found.problem, cell_text(cell)))

        return read

    def _birth_other(self, use: ColumnUse) -> Reader:
        def read(person: RosterPerson, cell: Cell) -> None:
            found = read_date(cell, latest=self.latest, youngest_years=YOUNGEST, style=use.style)
            if found.is_known and not found.problem:
                person.born_elsewhere = found
                person.typed["birth_other"] = cell_text(cell)

        return read

    def _resident_id(self, use: ColumnUse) -> Reader:
        def read(person: RosterPerson, cell: Cell) -> None:
            value = cell if isinstance(cell, (str, int, float)) else cell_text(cell)
            person.number = read_resident_id(value, person.sex)
            if person.number.problem:
                person.problems.append(
                    Problem("resident_id", person.number.problem, person.number.typed)
                )

        return read

    def _died(self, use: ColumnUse) -> Reader:
        def read(person: RosterPerson, cell: Cell) -> None:
            found = read_date(cell, latest=self.latest, style=use.style)
            if found.problem:
                person.problems.append(Problem("died_on", found.problem, cell_text(cell)))
            person.died_on = found.latest

        return read

    def _vital(self, use: ColumnUse) -> Reader:
        """Read 健在 or 已故, or the answer to 是否健在 and 是否去世."""
        asks_death = bool(_DEAD.search(use.path))

        def read(person: RosterPerson, cell: Cell) -> None:
            answered = self.words.yes_or_no(answer(cell)) if plain(cell) else None
            said = bool(_DEAD.search(plain(answer(cell))))
            if said if answered is None else answered is asks_death:
                person.typed["vital_status"] = cell_text(cell)

        return read

    # ------------------------------------------------------------------ facts

    def _code(self, use: ColumnUse) -> Reader:
        column = use.column
        listed = _LIST_OF_COLUMN.get(column, column)

        def read(person: RosterPerson, cell: Cell) -> None:
            if is_blank(cell) and self.words.code(listed, cell) is None:
                return
            self._put(person, column, self.words.code(listed, cell), cell)

        return read

    def _text(self, use: ColumnUse) -> Reader:
        column = use.column
        is_name = column in ("unit", "community", "branch", "subdistrict")

        def read(person: RosterPerson, cell: Cell) -> None:
            if is_blank(cell):
                return
            text = _CODE_BEFORE.sub("", cell) if is_name and isinstance(cell, str) else cell
            street = _IN_STREET.fullmatch(plain(text)) if column == "community" else None
            if street:
                person.values.setdefault("subdistrict", [street.group(1)])
                text = street.group(2)
            self._put(person, column, None, text)

        return read

    def _unit_position(self, use: ColumnUse) -> Reader:
        def read(person: RosterPerson, cell: Cell) -> None:
            if is_blank(cell) or self._is_long(person, "unit", cell):
                return
            unit, position = self.words.unit_and_position(_QUOTED.sub("", cell_text(cell)))
            person.add("unit", unit)
            if position:
                person.add("position", position)

        return read

    def _list(self, use: ColumnUse) -> Reader:
        column = use.column

        def read(person: RosterPerson, cell: Cell) -> None:
            if not self._is_long(person, column, cell):
                person.add(column, *self.words.items(column, _QUOTED.sub("", cell_text(cell))))

        return read

    def _health_condition(self, _use: ColumnUse) -> Reader:
        """Read 一般，高血压: the state of health and the illnesses in one cell."""

        def read(person: RosterPerson, cell: Cell) -> None:
            if self._is_long(person, "condition", cell):
                return
            text = _QUOTED.sub("", cell_text(cell))
            if state := self.words.code("health", text):
                person.values.setdefault("health", [state])
            for one in self.words.items("condition", text):
                is_of_health = self.words.code("health", one) is not None
                if not is_of_health and (one or not state):  # 良好 says nothing of illnesses
                    person.add("condition", one)

        return read

    def _date(self, use: ColumnUse) -> Reader:
        column = use.column

        def read(person: RosterPerson, cell: Cell) -> None:
            latest = None if column == "retired_on" else self.latest
            found = read_date(
                cell,
                latest=latest or date(self.latest.year + 20, 12, 31),
                youngest_years=20 if latest is None else 0,
                style=use.style,
            )
            if found.is_known:
                person.dates[column] = found
            elif column == "party_joined_on" and self._party_said(person, plain(cell)):
                return
            if found.problem and found.problem != "ambiguous_date":
                person.problems.append(Problem(column, found.problem, cell_text(cell)))

        return read

    def _party_said(self, person: RosterPerson, text: str) -> bool:
        """Read 群众, 否 or 预备党员2020 where the day of joining is asked; tell whether it is."""
        words = _DATE_PART.sub("", text)
        code = self.words.code("political_status", words)
        if code is None:
            answer = self.words.yes_or_no(words)
            code = None if answer is None else ("01" if answer else "13")
        if code is None:
            return False
        person.values.setdefault("political_status", [code])
        when = read_date("".join(_DATE_PART.findall(text)), latest=self.latest)
        if when.is_known:
            person.dates["party_joined_on"] = when
        return True

    def _party(self, use: ColumnUse) -> Reader:
        """Read 中共党员, 群众, 是, 否, a tick, or the day of joining under 党员."""
        asks_member = use.column == "party_member"

        def read(person: RosterPerson, cell: Cell) -> None:
            text = plain(cell)
            if not text:
                if asks_member and use.tick_only:
                    person.add("political_status", "13")
                return
            found = self.words.code("political_status", text)
            if found is None or text.isdigit():
                answer = self.words.yes_or_no(text)
                if answer is not None and (asks_member or not is_blank(text)):
                    found = "01" if answer else "13"
            joined = read_date(cell, latest=self.latest, style=use.style) if not found else None
            if joined and joined.is_known:
                person.dates.setdefault("party_joined_on", joined)
                found = "01"
            if found or not is_blank(text):
                self._put(person, "political_status", found, cell)

        return read

    # ------------------------------------------------------------------ telephones

    def _phone(self, use: ColumnUse) -> Reader:
        column = use.column
        stated = _AREA.search(use.path)
        area = stated.group(1) if stated else ""

        def read(person: RosterPerson, cell: Cell) -> None:
            value = cell if isinstance(cell, (str, int, float)) else cell_text(cell)
            if isinstance(value, str) and self._is_long(person, "mobile", value):
                return
            if isinstance(value, str) and _HAN.search(value):
                value, others = of_others(value)
                for one in others:
                    add_around(person, around(plain(one), None, False, self.words))
            found = read_phones(value)
            person.add("mobile", *found.mobiles)
            person.add("landline", *(with_area(one, area) for one in found.landlines))
            for bad in found.bad:
                kind = column if column != "phone" else _kind_of(bad)
                person.problems.append(Problem(kind, "bad_phone", cell_text(cell)))
                if kind not in person.values:
                    person.add(kind, bad)

        return read

    def _area_code(self, use: ColumnUse) -> Reader:
        def read(person: RosterPerson, cell: Cell) -> None:
            digits = plain(cell).lstrip("0")
            if digits.isdigit() and len(digits) in (2, 3):
                person.typed["area_code"] = f"0{digits}"

        return read

    _mobile = _phone
    _landline = _phone

    # ------------------------------------------------------------------ people around

    def _contact(self, role: str, part: str) -> Reader | None:
        relationship = self.lexicon.relationships[role]
        emergency = role == "emergency"
        if part == "other":
            return None

        def read(person: RosterPerson, cell: Cell) -> None:
            if is_blank(cell) or self._is_long(person, "emergency_contact", cell):
                return
            text = plain(cell)
            begun = RosterContact("", relationship, None, emergency)
            if part == "relation":
                relation = self.words.code("relationship", text) or text
                amend(person, role, replace(begun, relationship=relation))
            elif part == "phone" and not _HAN_NAME.search(LABELS.sub("", text)):
                found = read_phones(cell if isinstance(cell, (int, float)) else text)
                numbers = (*found.mobiles, *found.landlines, *found.bad)
                amend(person, role, replace(begun, phone=numbers[0] if numbers else text))
            else:
                add_around(person, around(text, relationship, emergency, self.words), role)

        return read

    def _team(self, role: str, part: str) -> Reader | None:
        if part not in ("entry", "name", "phone"):
            return None

        def read(person: RosterPerson, cell: Cell) -> None:
            if is_blank(cell) or self._is_long(person, "care_team", cell):
                return
            if part == "phone" and person.team:
                found = read_phones(cell if isinstance(cell, (int, float)) else plain(cell))
                numbers = (*found.mobiles, *found.landlines)
                person.team[-1] = replace(
                    person.team[-1], phone=numbers[0] if numbers else plain(cell)
                )
                return
            for one in around(plain(cell), None, False, self.words).contacts:
                person.team.append(TeamSeat(role, one.name, one.phone))

        return read

    def _tick(self, column: str, codes: str) -> Reader:
        code, _, otherwise = codes.partition(":")

        def read(person: RosterPerson, cell: Cell) -> None:
            answer = self.words.yes_or_no(cell) if plain(cell) else None
            found = code if answer else (otherwise if answer is False else "")
            if not found:
                return
            if column == "sex":
                person.sex = found
            elif self.lexicon.columns[column].read == "list":
                person.add(column, *self.words.items(column, found))
            elif column not in person.values:
                person.add(column, found)

        return read

    # ------------------------------------------------------------------ length

    def _put(self, person: RosterPerson, fact: str, code: str | None, cell: Cell) -> None:
        """Add a code, or where there is none the cell as it was typed."""
        if code:
            person.add(fact, code)
        elif not self._is_long(person, fact, cell):
            person.add(fact, plain(_QUOTED.sub("", cell_text(cell))))

    def _is_long(self, person: RosterPerson, column: str, cell: Cell) -> bool:
        text = cell_text(cell)
        if len(text) <= LONGEST_TEXT:
            return False
        person.problems.append(Problem(column, "too_long", text[:60] + "…"))
        return True


def _kind_of(bad: str) -> str:
    return "mobile" if bad.startswith("1") and len(bad) >= 8 else "landline"

"""One person as one row of a roster tells it, before anything is stored.

Decides the plain values that the importer works with; leaves reading them to `cells` and finding
the same person twice to `duplicates`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from casework.identifiers import DateReading, ResidentId

__all__ = ["OfficialBirth", "Place", "Problem", "RosterContact", "RosterPerson", "TeamSeat"]

Place = tuple[str, int, int]
"""Sheet, row as the spreadsheet counts it, and which of several people in that row."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem of one cell, in the words of design.md section 5."""

    field: str
    kind: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class RosterContact:
    """Somebody around the person, as the roster names them."""

    name: str
    relationship: str | None = None
    phone: str | None = None
    is_emergency: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class TeamSeat:
    """Somebody of the care team, as the roster names them."""

    role: str
    name: str
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class OfficialBirth:
    """The birth date that counts, and where it comes from: ``id`` or ``file``."""

    earliest: date | None = None
    latest: date | None = None
    source: str | None = None

    @property
    def iso(self) -> str:
        """ISO 8601 to the precision that is known."""
        return DateReading(self.earliest, self.latest).iso


@dataclass(slots=True)
class RosterPerson:
    """What one row says about one person.

    Attributes
    ----------
    row : int
        As the spreadsheet counts it.
    born_elsewhere : DateReading
        What a second column of birth dates says; it is only held against the ID number.
    number : ResidentId or None
        None where the roster has no column for it.
    values : dict
        Values of facts by code; ``[""]`` means "asked: none".
    dates : dict
        Readings of date facts by code.
    derived : dict
        Facts that no cell states, with what they were derived from.
    typed : dict
        Birth date and sex as they stand in the cells.
    unsure : dict
        Telephone numbers that only another row of the same person gives, with that row: kept, and
        not shown as the person's own until somebody has called them.
    """

    sheet: str
    row: int
    name: str = ""
    remark: str = ""
    sex: str | None = None
    born: DateReading = field(default_factory=DateReading)
    born_elsewhere: DateReading = field(default_factory=DateReading)
    number: ResidentId | None = None
    values: dict[str, list[str]] = field(default_factory=dict)
    dates: dict[str, DateReading] = field(default_factory=dict)
    contacts: list[RosterContact] = field(default_factory=list)
    team: list[TeamSeat] = field(default_factory=list)
    aliases: list[str] = field(default_factory=list)
    died_on: date | None = None
    derived: dict[str, str] = field(default_factory=dict)
    typed: dict[str, str] = field(default_factory=dict)
    unsure: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    part: int = 0

    @property
    def place(self) -> Place:
        """Sheet, row and part."""
        return self.sheet, self.row, self.part

    @property
    def id_number(self) -> str | None:
        """The checked ID number, or None."""
        return self.number.normal if self.number else None

    @property
    def richness(self) -> int:
        """How much the row tells, to choose between two rows of one person."""
        told = sum(len(found) for found in self.values.values()) + len(self.dates)
        # A row with a mobile is the more recent one: it had not been copied from an old list.
        more = (self.id_number is not None) * 3 + bool(self.values.get("mobile"))
        return told + len(self.contacts) + more

    def add(self, code: str, *found: str) -> None:
        """Add values to a fact, each once."""
        held = self.values.setdefault(code, [])
        held.extend(one for one in found if one not in held)

    def official_sex(self, rule: str) -> tuple[str | None, str | None]:
        """Give the sex that counts and its source, by the agency's rule ``id`` or ``file``."""
        of_number = self.number.sex if self.number else None
        if of_number and (rule == "id" or self.sex is None):
            return of_number, "id"
        return self.sex, "file" if self.sex else None

    def official_birth(self, rule: str) -> OfficialBirth:
        """Give the birth date that counts, by the agency's rule ``id`` or ``file``.

        A date typed to the month only is made full by an ID number that agrees with it.
        """
        of_number = self.number.born_on if self.number and self.number.normal else None
        typed = self.born if self.born.is_known and not self.born.problem else None
        if of_number and (rule == "id" or typed is None or typed.may_be(of_number)):
            return OfficialBirth(of_number, of_number, "id")
        if self.born.is_known:
            return OfficialBirth(self.born.earliest, self.born.latest, "file")
        return OfficialBirth()

    def absorb(self, other: RosterPerson) -> None:
        """Take over what another row of the same person tells and this one does not."""
        even = self.richness == other.richness
        for code in ("mobile", "landline"):
            mine, theirs = self.values.get(code, []), other.values.get(code, [])
            if even and mine and theirs and not set(mine) & set(theirs):
                self.unsure.update(dict.fromkeys(mine, str(self.row)))
            if mine or self.sheet == other.sheet:  # a list without telephones says nothing against
                self.unsure.update((one, str(other.row)) for one in theirs if one not in mine)
            self.add(code, *theirs)
        for code, found in other.values.items():
            # What a cell says goes before what a title says of everybody.
            only_titled = code in self.derived and code not in other.derived and any(found)
            if only_titled or not any(self.values.get(code, ())):
                self.values[code] = list(found)
                self.derived.pop(code, None)
                if code in other.derived:
                    self.derived[code] = other.derived[code]
        for code, reading in other.dates.items():
            self.dates.setdefault(code, reading)
        if other.id_number and not self.id_number:
            self.number = other.number
        if not self.born.is_known:
            self.born = other.born
        self.sex = self.sex or other.sex
        self.died_on = self.died_on or other.died_on
        self.contacts += [one for one in other.contacts if one not in self.contacts]
        self.team += [one for one in other.team if one not in self.team]
        self.aliases += [one for one in other.aliases if one not in self.aliases]

"""Writing invented people into a workbook: staff, persons, facts, the people around them.

Decides what the rows of an invented person are; leaves who they are to `casework.demo.lives` and
the work with them to `casework.demo.year`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from math import ceil
from random import Random
from typing import TYPE_CHECKING, Any

from casework.demo.helping import SeatOfDemo, helper_seats, write_helpers
from casework.demo.life import InventedFact, Life, phone_number
from casework.demo.rostering import places_of, staff_terms
from casework.factvalues import day_span
from casework.records import (
    CareTeamMember,
    Case,
    Fact,
    ImportBatch,
    ImportProblem,
    ImportRow,
    Person,
    PersonIdentifier,
    RelatedPerson,
    SeasonalStay,
    Staff,
    StaffTerm,
    Wish,
)
from casework.reference import fact
from casework.terms import _
from casework.workbook.contact_entry import Participant

if TYPE_CHECKING:
    from casework.demo.lives import Inventor
    from casework.demo.seeds import Population
    from casework.workbook.loading import Loader

__all__ = ["Crew", "Member", "Writer", "Written", "moment"]

_ROSTER = "demo-roster.xlsx"
_SHEET = "名册"
_FIRST_ROW = 3
_RANKS = (
    ("supervisor", "supervisor"),
    ("leader", "leader"),
    ("caseworker", "caseworker"),
    ("volunteer", "volunteer"),
)
_WANTS_NO_HELPER = 0.05
_NINE_IN_CHINA = time(1, 0)  # UTC


def moment(day: date) -> datetime:
    """Give a moment of a working day: nine in the morning in China."""
    return datetime.combine(day, _NINE_IN_CHINA, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Member:
    """One member of staff."""

    staff_id: int
    login: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Crew:
    """Everybody who does the work, by role, in order."""

    members: tuple[Member, ...]

    def of(self, role: str) -> tuple[Member, ...]:
        """Give the members of a role."""
        return tuple(one for one in self.members if one.role == role)


@dataclass(frozen=True, slots=True)
class Written:
    """A person as written: the life, the id in the workbook, and the care team by role."""

    life: Life
    person_id: int
    seats: dict[str, Participant]

    @property
    def caseworker(self) -> str:
        """The name of who is in charge."""
        return self.seats["caseworker"].name or ""


class Writer:
    """Writes invented people into a workbook.

    Parameters
    ----------
    loader : Loader
    inventor : Inventor
        For the names of staff and helpers.
    made : Population
    seed : int
    begins : date
        First day of the history.
    today : date
    """

    def __init__(
        self,
        loader: Loader,
        inventor: Inventor,
        made: Population,
        *,
        seed: int,
        begins: date,
        today: date,
    ) -> None:
        self.loader, self.inventor, self.made = loader, inventor, made
        self.agency = inventor.agency
        self.begins, self.today, self.seed = begins, today, seed
        self.chance = Random(f"{seed}/{self.agency.code}/staff")  # noqa: S311  # a demo, no secret
        self.units = loader.organisation_ids()

    def staff(self, people: int) -> Crew:
        """Write as many members of staff as so many people need."""
        members: list[Member] = []
        rows: list[dict[str, Any]] = []
        for role, _share in _RANKS:
            wanted = max(1 if role == "supervisor" else 2, ceil(people / self.made.staff[role]))
            rows.extend(self._staff_row(role, at + 1) for at in range(wanted))
        rows.extend(self._staff_row(role, 1) for role in ("analyst", "administrator"))
        for staff_id, row in zip(self.loader.add_numbered(Staff, rows), rows, strict=True):
            members.append(Member(staff_id, row["login"], row["name"], row["role"]))
        told = [(one.staff_id, one.role) for one in members]
        at = moment(self.begins)
        self.loader.add(StaffTerm, staff_terms(told, self.agency, self.seed, self.begins, at))
        return Crew(tuple(members))

    def _staff_row(self, role: str, number: int) -> dict[str, Any]:
        name, *_ = self.inventor.name(self.chance, self.chance.choice("12"), young=True)
        return {
            "login": f"{role}{number}",
            "name": name,
            "role": role,
            "unit_id": self.units[self._office],
            "phone": phone_number(90_000_000 + self.chance.randrange(9_000_000)),
            "active_from": self.begins - timedelta(days=self.chance.randint(200, 4000)),
        }

    @property
    def _office(self) -> str:
        """The office that does the work: the first below the root."""
        units = self.agency.organisations
        return next((one.code for one in units if one.kind == "office"), units[0].code)

    def lives(self, lives: Sequence[Life], crew: Crew) -> list[Written]:
        """Write invented people and all that is known of them."""
        batch = self._batch(len(lives))
        ids = self.loader.add_numbered(Person, (self._person(one, batch) for one in lives))
        self.ids = {life.number: found for life, found in zip(lives, ids, strict=True)}
        workers = crew.of("caseworker")
        by_place = sorted(lives, key=lambda one: (one.community, one.number))
        in_charge = {
            life.number: workers[at * len(workers) // len(lives)]
            for at, life in enumerate(by_place)
        }
        cases = [
            Written(
                one, self.ids[one.number], self._seated(one.number, in_charge[one.number], crew)
            )
            for one in lives
        ]
        helpers = self._helpers(cases)
        for table, rows in (
            (Case, self._cases(cases, batch)),
            (PersonIdentifier, self._identifiers(cases, batch)),
            (Fact, self._facts(cases, batch)),
            (Wish, self._wishes(cases, batch)),
            (RelatedPerson, self._relatives(cases, batch)),
            (SeasonalStay, self._stays(cases)),
            (CareTeamMember, self._care_teams(cases, helpers)),
            (ImportRow, self._roster(cases, batch)),
            (ImportProblem, self._problems(cases, batch)),
        ):
            self.loader.add(table, rows)
        self.loader.make_findable()
        return cases

    # -------------------------------------------------------------- rows

    def _batch(self, people: int) -> int:
        row = {
            "file_name": _ROSTER,
            "sha256": "0" * 64,
            "imported_at": moment(self.begins),
            "imported_by": "demo",
            "valid_on": self.begins,
            "n_rows": people,
            "n_imported": people,
        }
        return self.loader.add_numbered(ImportBatch, [row])[0]

    def _person(self, life: Life, batch: int) -> dict[str, Any]:
        """Give the row of a person; the official birth date is the one the agency has chosen."""
        by_id = life.id_problem is None
        filed = next(one.value for one in life.facts if one.code == "birth_date_file")
        official = self.agency.settings["official_birth"] == "id" and by_id
        span = (life.born_on, life.born_on) if official else day_span(filed)
        return {
            "name": life.name,
            "name_pinyin": life.pinyin,
            "name_initials": life.initials,
            "sex": life.sex,
            "sex_source": "id" if by_id else "file",
            "born_on_earliest": span[0] if span else None,
            "born_on_latest": span[1] if span else None,
            "birth_source": "id" if official else "file",
            "died_on": life.died_on,
            "unit_id": self.units[self.agency.organisations[0].code],
            "batch_id": batch,
        }

    def _cases(self, cases: Sequence[Written], batch: int) -> Iterator[dict[str, Any]]:
        for one in cases:
            yield {
                "person_id": one.person_id,
                "opened_on": one.life.opened_on,
                "closed_on": one.life.closed_on,
                "close_reason": one.life.close_reason,
                "batch_id": batch,
            }

    def _identifiers(self, cases: Sequence[Written], batch: int) -> Iterator[dict[str, Any]]:
        for one in cases:
            if one.life.id_typed is not None:
                problem = one.life.id_problem
                yield {
                    "person_id": one.person_id,
                    "kind": "resident_id",
                    "value": one.life.id_typed,
                    "normal": one.life.id_typed if problem is None else None,
                    "problem": problem,
                    "batch_id": batch,
                }

    def _facts(self, cases: Sequence[Written], batch: int) -> Iterator[dict[str, Any]]:
        for one in cases:
            for known in one.life.facts:
                yield self._fact(one, known, batch)
            for known in places_of(one.life, self.agency, self.seed, self.begins):
                yield self._fact(one, known, batch)

    def _fact(self, case: Written, known: InventedFact, batch: int) -> dict[str, Any]:
        span = day_span(known.value) if fact(known.code).kind == "date" else None
        recorded = known.valid_from or known.verified_on or self.begins
        return {
            "person_id": case.person_id,
            "code": known.code,
            "value": known.value,
            "earliest": span[0] if span else None,
            "latest": span[1] if span else None,
            "valid_from": known.valid_from,
            "valid_to": known.valid_to,
            "recorded_at": moment(recorded),
            "recorded_by": case.caseworker,
            "source": known.source,
            "verified_on": known.verified_on,
            "batch_id": batch if known.source == "名册" else None,
        }

    def _wishes(self, cases: Sequence[Written], batch: int) -> Iterator[dict[str, Any]]:
        for one in cases:
            for known in one.life.wishes:
                said = known.valid_from or known.verified_on or self.begins
                yield {
                    "person_id": one.person_id,
                    "text": known.value,
                    "said_on": known.valid_from,
                    "source": known.source,
                    "recorded_at": moment(said),
                    "recorded_by": one.caseworker,
                    "batch_id": batch if known.source == "名册" else None,
                }

    def _relatives(self, cases: Sequence[Written], batch: int) -> Iterator[dict[str, Any]]:
        for one in cases:
            for known in one.life.relatives:
                is_spouse = known.relationship == "spouse"
                other = one.life.spouse if is_spouse else None
                yield {
                    "person_id": one.person_id,
                    "name": known.name,
                    "relationship": known.relationship,
                    "phone": known.phone,
                    "is_emergency": known.is_emergency,
                    "lives_with": known.lives_with,
                    "visits": known.visits,
                    "other_person_id": self.ids[other] if other is not None else None,
                    "recorded_at": moment(self.begins),
                    "recorded_by": one.caseworker,
                    "source": "名册",
                    "verified_on": self.begins,
                    "batch_id": batch,
                }

    def _stays(self, cases: Sequence[Written]) -> Iterator[dict[str, Any]]:
        for one in cases:
            for known in one.life.stays:
                yield {
                    "person_id": one.person_id,
                    "place": known.place,
                    "away_from": known.away_from,
                    "away_to": known.away_to,
                    "phone": known.phone,
                    "recorded_at": moment(self.begins),
                    "recorded_by": one.caseworker,
                }

    def _seated(self, number: int, worker: Member, crew: Crew) -> dict[str, Participant]:
        """Fill the seats of a care team; some stay empty, so that they can be seen."""
        seats = {"caseworker": Participant(worker.staff_id, worker.name, "caseworker")}
        for seat in self.agency.lists["care_team_seat"].entries:
            if seat.code == "caseworker" or self.chance.random() < self.made.empty_seats:
                continue
            members = crew.of(seat.code)
            if members:
                member = members[number % len(members)]
                seats[seat.code] = Participant(member.staff_id, member.name, seat.code)
            else:
                name, *_rest = self.inventor.name(self.chance, "2", young=True)
                seats[seat.code] = Participant(None, name, seat.code)
        return seats if self._wants_helpers(number) else self._without_helpers(seats)

    def _wants_helpers(self, number: int) -> bool:
        """Tell whether somebody said yes to helpers; of a chance of its own, which moves no other.

        Whoever said no is paired with nobody, as the door would have it.
        """
        own = Random(f"{self.seed}/{self.agency.code}/{number}/helpers")  # noqa: S311  # a demo
        return own.random() >= _WANTS_NO_HELPER

    def _without_helpers(self, seats: dict[str, Participant]) -> dict[str, Participant]:
        taken = helper_seats(self.agency)
        return {role: who for role, who in seats.items() if role not in taken}

    def _helpers(self, cases: Sequence[Written]) -> Mapping[tuple[int, str], int]:
        """Write the register of helpers, of whoever sits in a seat of helpers."""
        seats = [
            SeatOfDemo(one.person_id, role, who.staff_id, who.name or "", one.life.community)
            for one in cases
            for role, who in one.seats.items()
        ]
        chance = Random(f"{self.seed}/{self.agency.code}/free")  # noqa: S311
        names = (self.inventor.name(chance, chance.choice("12"), young=True)[0] for _n in count())
        return write_helpers(
            self.loader, self.agency, seats, seed=self.seed, begins=self.begins, today=self.today,
            at=moment(self.begins), free_names=names,
        )  # fmt: skip

    def _care_teams(
        self, cases: Sequence[Written], helpers: Mapping[tuple[int, str], int]
    ) -> Iterator[dict[str, Any]]:
        for one in cases:
            for role, who in one.seats.items():
                named = who.staff_id is None
                number = 80_000_000 + self.chance.randrange(9_000_000)
                yield {
                    "person_id": one.person_id,
                    "role": role,
                    "staff_id": who.staff_id,
                    "helper_id": (helper := helpers.get((one.person_id, role))),
                    "valid_from": self.begins if helper else None,
                    "name": who.name if named else None,
                    "phone": phone_number(number) if named else None,
                    "recorded_at": moment(self.begins),
                    "recorded_by": "demo",
                }

    def _roster(self, cases: Sequence[Written], batch: int) -> Iterator[dict[str, Any]]:
        """Give the rows of the roster they came with: its cells as they were typed."""
        for one in cases:
            known = {each.code: each.value for each in one.life.facts if not each.valid_from}
            cells = {
                "姓名": one.life.name,
                "性别": "男" if one.life.sex == "1" else "女",
                "出生年月": known.get("birth_date_file", ""),
                "身份证号": one.life.id_typed or "",
                "原工作单位": known.get("unit", ""),
                "所在社区": known.get("community", ""),
                "联系电话": known.get("mobile", ""),
            }
            yield {
                "batch_id": batch,
                "sheet": _SHEET,
                "row": _FIRST_ROW + one.life.number,
                "outcome": "imported",
                "person_id": one.person_id,
                "cells": cells,
            }

    def _problems(self, cases: Sequence[Written], batch: int) -> Iterator[dict[str, Any]]:
        """Give what is wrong in the papers, in the kinds of an import report."""
        for one in cases:
            filed = next(each.value for each in one.life.facts if each.code == "birth_date_file")
            found: list[tuple[str, str, str, str]] = []
            if one.life.id_problem is not None:
                typed = one.life.id_typed or ""
                found.append(
                    ("resident_id", one.life.id_problem, typed, _message(one.life.id_problem))
                )
            elif filed != f"{one.life.born_on:%Y-%m-%d}":
                found.append(("birth_date", "differs_from_id", filed, _message("differs_from_id")))
            for field, kind, value, message in found:
                yield {
                    "batch_id": batch,
                    "sheet": _SHEET,
                    "row": _FIRST_ROW + one.life.number,
                    "field": field,
                    "kind": kind,
                    "value": value,
                    "message": message,
                    "person_id": one.person_id,
                }


def _message(problem: str) -> str:
    """Word a problem of the papers in the language in force."""
    return {
        "missing": _("There is no ID number. Ask the person and enter it."),
        "bad_check_digit": _("The last character of the ID number is wrong. Look at the card."),
        "truncated_number": _("A spreadsheet cut off the end of the ID number. Look at the card."),
        "differs_from_id": _(
            "The birth date in the files differs from the ID number; both are kept. Look at the "
            "files."
        ),
    }[problem]

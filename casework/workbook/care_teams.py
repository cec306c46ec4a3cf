"""Care teams: the seats that are asked for, who sits there, and which are empty (1+3).

Decides which teams lack somebody; which seats are asked for is `casework.indicators.pairing`'s.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from casework.indicators import Scope
from casework.indicators.pairing import needed_seats
from casework.indicators.scope import in_scope
from casework.records import CareTeamMember, Organisation, Person, Staff, covers
from casework.records.population import population
from casework.records.rosters import VISITOR

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["CareTeam", "Layer", "Seat", "care_teams", "layers"]


@dataclass(frozen=True, slots=True)
class Seat:
    """A seat of a care team, filled or empty.

    Attributes
    ----------
    is_needed : bool or None
        Whether the agency asks for it; None where it is not known.
    names : tuple of str
        Who sits there; empty for an empty seat.
    """

    role: str
    is_needed: bool | None
    names: tuple[str, ...]

    @property
    def is_missing(self) -> bool:
        """Whether it is asked for and empty."""
        return bool(self.is_needed) and not self.names


@dataclass(frozen=True, slots=True)
class CareTeam:
    """The care team of a person with the seats that are asked for, in the agency's order."""

    person_id: int
    name: str
    seats: tuple[Seat, ...]


@dataclass(frozen=True, slots=True)
class Layer:
    """How far one layer of those who help reaches: of how many it is asked for, and is there.

    Attributes
    ----------
    unknown : int
        Of how many it is not known whether it is asked for.
    """

    role: str
    asked: int
    filled: int
    unknown: int


def layers(book: Workbook, day: date) -> Sequence[Layer]:
    """Count for each seat that is asked for how many have somebody in it, all by one query."""
    scope = Scope(book.agency, day)
    needed = needed_seats(scope)
    if not needed:
        return []
    columns = [population().c.person_id, *(one.label(seat) for seat, one in needed.items())]
    table = select(*columns).where(in_scope(scope)).subquery("needed")
    counts = [
        count
        for seat in needed
        for count in (
            func.count().filter(table.c[seat] == 1),
            func.count().filter(and_(table.c[seat] == 1, _sits(table.c.person_id, seat, day))),
            func.count().filter(table.c[seat].is_(None)),
        )
    ]
    with book.reading() as session:
        found = [int(n) for n in session.execute(select(*counts).select_from(table)).one()]
    return [Layer(seat, *found[3 * at : 3 * at + 3]) for at, seat in enumerate(needed)]


def care_teams(
    book: Workbook,
    day: date,
    *,
    person_ids: Collection[int] | None,
    missing: str | None,
    search: str,
    offset: int,
    limit: int | None,
) -> tuple[Sequence[CareTeam], int]:
    """Give care teams with their empty seats on a day; see `Pairs.teams`."""
    scope = Scope(book.agency, day)
    needed = needed_seats(scope)
    columns = [population().c.person_id, *(one.label(seat) for seat, one in needed.items())]
    table = select(*columns).where(in_scope(scope)).subquery("needed")
    query = select(table, Person.name, Person.name_pinyin).join(
        Person, Person.id == table.c.person_id
    )
    if person_ids is not None:
        query = query.where(table.c.person_id.in_(list(person_ids)))
    elif missing is not None:
        asked = [missing] if missing != "any" else list(needed)
        lacks = [
            and_(table.c[seat] == 1, ~_sits(table.c.person_id, seat, day))
            for seat in asked
            if seat in needed
        ]
        query = query.where(or_(*lacks) if lacks else table.c.person_id.is_(None))
    elif needed:
        query = query.where(or_(*(table.c[seat] == 1 for seat in needed)))
    typed = "".join(search.split()).lower()
    if typed:
        query = query.where(
            or_(
                func.lower(Person.name).contains(typed, autoescape=True),
                func.replace(Person.name_pinyin, " ", "").contains(typed, autoescape=True),
                func.lower(Person.name_initials).contains(typed, autoescape=True),
            )
        )
    with book.reading() as session:
        n = session.scalar(select(func.count()).select_from(query.subquery())) or 0
        page = query.order_by(Person.name_pinyin, table.c.person_id).offset(offset)
        rows = session.execute(page.limit(limit) if limit is not None else page).all()
        seated = _seated(session, [one.person_id for one in rows], day)
    own = book.agency.lists.get("care_team_seat")
    order = [one.code for one in own.entries] if own else []
    order += [seat for seat in needed if seat not in order]
    return [
        CareTeam(
            one.person_id,
            one.name,
            tuple(
                Seat(
                    seat,
                    _known(one._mapping[seat]) if seat in needed else False,
                    tuple(seated.get((one.person_id, seat), ())),
                )
                for seat in [
                    *order,
                    *(
                        role
                        for person, role in seated
                        if person == one.person_id and role not in order
                    ),
                ]
            ),
        )
        for one in rows
    ], n


def _known(value: int | None) -> bool | None:
    return None if value is None else bool(value)


def _sits(person: Any, seat: str, day: date) -> ColumnElement[bool]:
    return (
        select(CareTeamMember.id)
        .where(
            CareTeamMember.person_id == person,
            CareTeamMember.role == seat,
            CareTeamMember.superseded_at.is_(None),
            covers(CareTeamMember.valid_from, CareTeamMember.valid_to, day),  # type: ignore[arg-type]
        )
        .exists()
    )


def _seated(
    session: Session, persons: Sequence[int], day: date
) -> dict[tuple[int, str], list[str]]:
    found: defaultdict[tuple[int, str], list[str]] = defaultdict(list)
    for start in range(0, len(persons), 20_000):
        rows = session.execute(
            select(
                CareTeamMember.person_id,
                CareTeamMember.role,
                func.coalesce(Staff.name, CareTeamMember.name, Organisation.name, ""),
            )
            .outerjoin(Staff, Staff.id == CareTeamMember.staff_id)
            .outerjoin(Organisation, Organisation.id == CareTeamMember.organisation_id)
            .where(
                CareTeamMember.person_id.in_(persons[start : start + 20_000]),
                CareTeamMember.role != VISITOR,
                CareTeamMember.superseded_at.is_(None),
                covers(CareTeamMember.valid_from, CareTeamMember.valid_to, day),  # type: ignore[arg-type]
            )
            .order_by(CareTeamMember.id)
        )
        for person, role, name in rows:
            found[person, role].append(name)
    return dict(found)

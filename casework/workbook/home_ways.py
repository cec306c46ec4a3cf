"""Minutes from where staff set out to the homes of people, for sharing people among staff.

Decides where somebody sets out from; how long a way is, is `roster_travel`'s to say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.exchange.travel_table import OFFICE
from casework.records import Fact, holds_on
from casework.reference.agencies import Place
from casework.reference.rosters import RosterRules
from casework.workbook.places import Point, point_from
from casework.workbook.roster_reading import StaffMember
from casework.workbook.roster_travel import TravelTimes
from casework.workbook.travel import travel_in_force

__all__ = ["ways_home"]


def ways_home(
    session: Session,
    rules: RosterRules,
    office: Place,
    persons: Sequence[int],
    members: Sequence[StaffMember],
    day: date,
) -> dict[int, dict[str, int]]:
    """Give the minutes to each home from a place of somebody's own, else from the office.

    Returns
    -------
    dict
        By person, and in it by the number of the member of staff as text; nothing for a home that
        neither coordinates nor the table of travel times know.
    """
    table = travel_in_force(session)
    named = {name: at for at, name in enumerate(table.places)} if table else {}
    homes = _homes(session, day)
    places: list[Point | None] = [Point(office.latitude, office.longitude)]
    in_table = [named.get(OFFICE)]
    for person in persons:
        point, communities = homes.get(person, (None, ()))
        places.append(point)
        in_table.append(next((named[one] for one in communities if one in named), None))
    starts = {}
    for member in members:
        own = [point for text in member.said("place", day) if (point := point_from(text))]
        starts[member.staff_id] = len(places) if own else 0
        places += own[-1:]
        in_table += [None] * len(own[-1:])
    times = {
        mean: TravelTimes(rules, mean, places, table, in_table)
        for mean in {_mean(rules, member, day) for member in members}
    }
    rows = {
        str(member.staff_id): times[_mean(rules, member, day)].row(starts[member.staff_id])
        for member in members
    }
    return {
        person: {}
        if places[at] is None and in_table[at] is None
        else {key: row[at] for key, row in rows.items()}
        for at, person in enumerate(persons, start=1)
    }


def _mean(rules: RosterRules, member: StaffMember, day: date) -> str:
    return member.mean(rules, day) or next(iter(rules.means))


def _homes(session: Session, day: date) -> dict[int, tuple[Point | None, tuple[str, ...]]]:
    """Give the place of each home, as far as it is known, and the communities it may lie in."""
    told: defaultdict[int, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for person, code, text in session.execute(
        select(Fact.person_id, Fact.code, Fact.value)
        .where(Fact.code.in_(("location", "community")), holds_on(day))
        .order_by(Fact.id)
    ):
        told[person][code].append(text or "")
    return {
        person: (
            point_from(facts["location"][-1]) if facts["location"] else None,
            tuple(facts["community"]),
        )
        for person, facts in told.items()
    }

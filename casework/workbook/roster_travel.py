"""Minutes on the way between all places of a roster, by one means of travel.

Decides what holds where: the agency's table before coordinates, coordinates before the minutes that
are taken where a place is not known.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from casework.exchange.travel_table import TravelTable
from casework.reference.rosters import RosterRules

if TYPE_CHECKING:
    from casework.workbook.roster_building import Point

__all__ = ["EARTH", "travel_rows"]

EARTH = 6_371_000.0  # metres
_FARTHEST = 2 * 24 * 60  # minutes: a mistaken place may lie on another continent


def travel_rows(
    rules: RosterRules,
    mean: str,
    places: Sequence[Point | None],
    table: TravelTable | None,
    in_table: Sequence[int | None],
) -> tuple[Sequence[int], ...]:
    """Give the minutes from every place to every place, a row a place.

    Parameters
    ----------
    mean : str
        A code of the agency's means of travel.
    places : sequence of Point or None
        None where it is not known.
    table : TravelTable or None
    in_table : sequence of int or None
        Which place of the table each is, None for none.
    """
    return tuple(_rows(rules, mean, places, table, in_table))


def _rows(
    rules: RosterRules,
    mean: str,
    places: Sequence[Point | None],
    table: TravelTable | None,
    in_table: Sequence[int | None],
) -> Iterator[Sequence[int]]:
    import numpy as np

    kind, numbers = rules.means[mean], rules.numbers
    rounded = max(1, numbers["round_minutes"])  # nobody makes an appointment for 10:37
    known = np.array([one is not None for one in places])
    degrees = np.radians([(one.latitude, one.longitude) if one else (0.0, 0.0) for one in places])
    latitude, longitude = degrees[:, 0], degrees[:, 1]
    size = len(table.places) + 1 if table else 1
    given = np.full((size, size), np.nan)  # the last row and column: places in no table
    for (start, end), told in table.between(mean).items() if table else ():
        given[start, end] = math.ceil(told / rounded) * rounded
    named = np.array([-1 if one is None else one for one in in_table])
    for at in range(len(places)):
        north = latitude[at] - latitude
        east = (longitude[at] - longitude) * np.cos((latitude[at] + latitude) / 2)
        road = EARTH * np.hypot(north, east) * numbers["detour_percent"] / 100
        minutes = np.ceil(road / kind.metres_per_minute) + kind.minutes_each_way * (road > 0)
        minutes = np.ceil(minutes / rounded) * rounded
        minutes[~(known & known[at])] = numbers["unknown_minutes"]
        told_there = given[named[at], named]
        minutes = np.where(np.isnan(told_there), minutes, told_there)
        minutes[at] = 0
        yield array("h", np.minimum(minutes, _FARTHEST).astype(np.int16).tobytes())

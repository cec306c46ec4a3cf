"""Minutes on the way between places, by one means of travel: for rosters and for delegations.

Decides what holds where: the agency's table before coordinates, coordinates before the minutes that
are taken where a place is not known.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

from casework.exchange.travel_table import TravelTable
from casework.reference.rosters import RosterRules
from casework.workbook.places import EARTH, Point

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["TravelRows", "TravelTimes", "travel_rows"]

_FARTHEST = 2 * 24 * 60  # minutes: a mistaken place may lie on another continent


class TravelTimes:
    """Minutes from places to places by one means of travel, worked out a row at a time.

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

    def __init__(
        self,
        rules: RosterRules,
        mean: str,
        places: Sequence[Point | None],
        table: TravelTable | None,
        in_table: Sequence[int | None],
    ) -> None:
        import numpy as np

        self.kind, self.numbers = rules.means[mean], rules.numbers
        self.rounded = max(1, self.numbers["round_minutes"])  # nobody comes at 10:37
        self.known = np.array([one is not None for one in places])
        degrees = np.radians(
            [(one.latitude, one.longitude) if one else (0.0, 0.0) for one in places]
        )
        self.latitude, self.longitude = degrees[:, 0], degrees[:, 1]
        self.told = self._told(mean, table)
        self.named = np.array([-1 if one is None else one for one in in_table])

    def row(self, at: int) -> Sequence[int]:
        """Give the minutes from one of the places to each of them."""
        import numpy as np

        north = self.latitude[at] - self.latitude
        east = (self.longitude[at] - self.longitude) * np.cos(
            (self.latitude[at] + self.latitude) / 2
        )
        road = EARTH * np.hypot(north, east) * self.numbers["detour_percent"] / 100
        minutes = np.ceil(road / self.kind.metres_per_minute)
        minutes += self.kind.minutes_each_way * (road > 0)
        minutes = np.ceil(minutes / self.rounded) * self.rounded
        minutes[~(self.known & self.known[at])] = self.numbers["unknown_minutes"]
        told = self.told[self.named[at], self.named]
        minutes = np.where(np.isnan(told), minutes, told)
        minutes[at] = 0
        return array("h", np.minimum(minutes, _FARTHEST).astype(np.int16).tobytes())

    def _told(self, mean: str, table: TravelTable | None) -> NDArray[np.float64]:
        import numpy as np

        size = len(table.places) + 1 if table else 1
        told = np.full((size, size), np.nan)  # the last row and column: places in no table
        for (start, end), minutes in table.between(mean).items() if table else ():
            told[start, end] = math.ceil(minutes / self.rounded) * self.rounded
        return told


class TravelRows(Sequence[Sequence[int]]):
    """Rows of minutes, each worked out when it is first asked for.

    A roster that is only looked at asks for those of its own visits; thousands of others stay
    unwritten.
    """

    def __init__(self, times: TravelTimes, size: int) -> None:
        self._times = times
        self._rows: list[Sequence[int] | None] = [None] * size

    def __len__(self) -> int:
        """Count the places."""
        return len(self._rows)

    @overload
    def __getitem__(self, at: int) -> Sequence[int]: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Sequence[int]]: ...
    def __getitem__(self, at: int | slice) -> Sequence[int] | Sequence[Sequence[int]]:
        """Give the minutes from one place to each."""
        if isinstance(at, slice):
            return [self[one] for one in range(*at.indices(len(self)))]
        at = range(len(self))[at]
        row = self._rows[at]
        if row is None:
            row = self._rows[at] = self._times.row(at)
        return row

    def __eq__(self, other: object) -> bool:
        """Tell whether other rows say the same."""
        return (
            isinstance(other, TravelRows)
            and all(one == another for one, another in zip(self, other, strict=False))
            and len(self) == len(other)
        )

    def __hash__(self) -> int:
        """Give the number of places: rows that say the same have as many."""
        return hash(len(self))


def travel_rows(
    rules: RosterRules,
    mean: str,
    places: Sequence[Point | None],
    table: TravelTable | None,
    in_table: Sequence[int | None],
) -> Sequence[Sequence[int]]:
    """Give the minutes from every place to every place, a row a place; taken as `TravelTimes`."""
    return TravelRows(TravelTimes(rules, mean, places, table, in_table), len(places))

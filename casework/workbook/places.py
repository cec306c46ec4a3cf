"""Places on the map: read from a text, and laid on a plane where only distances matter.

Decides what counts as a place; minutes on the way between places are `roster_travel`'s.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["EARTH", "Point", "plane", "point_from"]

EARTH = 6_371_000.0  # metres
_KILOMETRE = math.radians(1) * EARTH / 1_000  # kilometres of a degree of latitude


@dataclass(frozen=True, slots=True)
class Point:
    """A place on the map, in degrees."""

    latitude: float
    longitude: float


def point_from(text: str) -> Point | None:
    """Read ``latitude,longitude``; None for what is no place."""
    parts = text.replace("，", ",").split(",")
    try:
        latitude, longitude = (float(one) for one in parts)
    except ValueError:
        return None
    good = math.isfinite(latitude) and math.isfinite(longitude)
    if not good or not -90 <= latitude <= 90 or not -180 <= longitude <= 180:
        return None
    return Point(latitude, longitude)


def plane(point: Point | None) -> tuple[float, float] | None:
    """Lay a place on a plane, east and north in kilometres; right for the size of a city."""
    if point is None:
        return None
    east = point.longitude * _KILOMETRE * math.cos(math.radians(round(point.latitude)))
    return east, point.latitude * _KILOMETRE

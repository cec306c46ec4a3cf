"""A schematic map of visits: places from coordinates alone, no tiles, nothing from the internet.

Decides projection, sizes and what is drawn darker; leaves which routes are shown to the screen.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from casework.routing.week.hours import clock
from casework.terms import _
from casework.ui.escape import Html, el
from casework.ui.widgets import offer
from casework.ui.wording import short_day_text
from casework.workbook.places import Point
from casework.workbook.roster_rows import Entry, Shown

__all__ = ["map_html"]

_WIDE, _HIGH, _EDGE = 720.0, 460.0, 28.0
_METRES_A_DEGREE = 111_195


@dataclass(frozen=True, slots=True)
class _Sheet:
    """Places degrees on the sheet, north up, one kilometre as long either way."""

    west: float
    north: float
    scale: float  # units a degree of latitude
    squeeze: float  # a degree of longitude against one of latitude

    def at(self, point: Point) -> tuple[float, float]:
        x = _EDGE + (point.longitude - self.west) * self.squeeze * self.scale
        return round(x, 1), round(_EDGE + (self.north - point.latitude) * self.scale, 1)


def _sheet(points: Sequence[Point]) -> _Sheet:
    west, east = min(p.longitude for p in points), max(p.longitude for p in points)
    south, north = min(p.latitude for p in points), max(p.latitude for p in points)
    squeeze = max(0.01, math.cos(math.radians((south + north) / 2)))
    room = (_WIDE - 2 * _EDGE) / max((east - west) * squeeze, 1e-4)
    scale = min(room, (_HIGH - 2 * _EDGE) / max(north - south, 1e-4))
    west -= ((_WIDE - 2 * _EDGE) / scale / squeeze - (east - west)) / 2  # in the middle
    north += ((_HIGH - 2 * _EDGE) / scale - (north - south)) / 2
    return _Sheet(west, north, scale, squeeze)


def map_html(shown: Shown, worker: int | None, chosen: int | None) -> Html:
    """Draw every known home, and the ways of one worker, day by day.

    Parameters
    ----------
    worker : int or None
        Whose ways are drawn; None draws none.
    chosen : int or None
        Task of the visit that is marked.
    """
    planned = shown.planned
    where = {one.person_id: one.place for one in planned.visits if one.place is not None}
    sheet = _sheet([planned.office, *where.values()])
    mine = [one for one in shown.entries if worker in one.staff and one.day is not None]
    drawn: list[Html] = []
    for day in sorted({one.day for one in mine if one.day}):
        stops = sorted((one for one in mine if one.day == day), key=lambda one: one.starts)
        drawn += _way(sheet, planned.office, [where.get(one.person_id) for one in stops])
    number = {one.task_ids: n for n, one in enumerate(_in_order(mine), 1)}
    for one in sorted(shown.entries, key=lambda one: one.task_ids in number):  # the own on top
        place = where.get(one.person_id)
        if place is not None:
            drawn.append(_home(sheet, place, one, number.get(one.task_ids), chosen))
    x, y = sheet.at(planned.office)
    drawn.append(
        el("g", el("rect", x=x - 7, y=y - 7, width=14, height=14, class_="cw-map-office"),
           el("text", _("the office"), x=x, y=y + 24, text_anchor="middle", class_="cw-map-name"))
    )  # fmt: skip
    unknown = {one.person_id for one in planned.visits if one.place is None}
    svg = el(
        "svg", drawn, _bar(sheet), viewBox=f"0 0 {_WIDE:.0f} {_HIGH:.0f}", class_="cw-map",
        role="group", aria_label=_("Where the visits are, north up"),
    )  # fmt: skip
    note = _("North is up. Ways are straight lines, not roads.")
    if unknown:
        note += " " + _("{n} people whose place is not known are not on it.", n=len(unknown))
    return el(
        "figure", svg, el("figcaption", note, class_="cw-hint"), _legend(mine),
        class_="cw-map-sheet",
    )  # fmt: skip


def _in_order(entries: Sequence[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda one: (one.day is None, one.day, one.starts))


def _way(sheet: _Sheet, office: Point, places: Sequence[Point | None]) -> list[Html]:
    points = [office, *(one for one in places if one is not None), office]
    path = " ".join(f"{x},{y}" for x, y in map(sheet.at, points))
    return [el("polyline", points=path, class_="cw-map-way")]


def _home(
    sheet: _Sheet, place: Point, entry: Entry, number: int | None, chosen: int | None
) -> Html:
    x, y = sheet.at(place)
    is_chosen = chosen in entry.task_ids
    css = "cw-map-home"
    if entry.day is None:
        css += " cw-map-left"
    if number is not None:
        css += " cw-map-mine"
    if is_chosen:
        css += " cw-map-chosen"
    told = entry.name + (
        f" {short_day_text(entry.day)} {clock(entry.starts[0])}" if entry.day else ""
    )
    label = None
    if number is not None:
        label = el("text", str(number), x=x, y=y + 4, text_anchor="middle", class_="cw-map-number")
    return el(
        "g",
        el("title", told),
        el("circle", cx=x, cy=y, r=11 if number is not None else 6),
        label,
        class_=css,
        aria_label=told,
        **offer("choose", task=entry.task_ids[0]),
    )


def _bar(sheet: _Sheet) -> Html:
    """Draw a round number of kilometres."""
    one = sheet.scale * 1000 / _METRES_A_DEGREE
    km = next((n for n in (1, 2, 5, 10, 20, 50) if n * one >= 50), 100)
    y = _HIGH - 8
    path = f"M10,{y - 5} V{y} H{10 + km * one:.1f} V{y - 5}"
    return el("g", el("path", d=path), el("text", f"{km} km", x=16, y=y - 5), class_="cw-map-scale")


def _legend(mine: Sequence[Entry]) -> Html | None:
    if not mine:
        return el("p", _("Choose a worker in the lanes to see the ways."), class_="cw-hint")
    rows = [
        el("li", el("b", str(n)), " ", short_day_text(one.day) if one.day else "", " ",
           clock(one.starts[0]), " ", one.name)
        for n, one in enumerate(_in_order(mine), 1)
    ]  # fmt: skip
    return el("ol", rows, class_="cw-map-legend")

"""Small charts as markup: bars, age pyramid, trend, shares; one hue and its greys.

Decides geometry, text alternatives and what a click on a part offers; leaves figures and words to
the caller. Every chart has its statement as title, says its numbers in text for who hears the
page, and draws what is not known as a dotted outline. Put charts on a `Panel`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from casework.terms import _
from casework.ui.escape import Html, el, join
from casework.ui.wording import number_text

__all__ = ["Bar", "Point", "Step", "age_pyramid", "bars", "shares", "trend"]

_ROW = 32
_CHAR = 14.5
_WIDE, _NARROW = 560.0, 330.0
_SHADES = (
    "cw-fill-1",
    "cw-fill-2",
    "cw-fill-3",
    "cw-fill-4",
    "cw-fill-grey-2",
    "cw-fill-grey-3",
)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar or share.

    Parameters
    ----------
    label : str
    n : int
        How many.
    known : bool
        False for "not known", which is drawn as a dotted outline.
    offers : mapping
        From `offer`: what a click opens; empty when it opens nothing.
    """

    label: str
    n: int
    known: bool = True
    offers: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an age pyramid: left and right side of the same ages.

    With ``right_offers`` each side opens its own rows, else ``offers`` opens both.
    """

    label: str
    left: int
    right: int
    offers: Mapping[str, object] = field(default_factory=dict)
    right_offers: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a trend; ``n`` is None where nothing was counted."""

    label: str
    n: int | None
    offers: Mapping[str, object] = field(default_factory=dict)


def bars(title: str, rows: Sequence[Bar], *, note: str = "") -> Html:
    """Draw horizontal bars, longest possible for the largest.

    Parameters
    ----------
    title : str
        A sentence that says what the chart shows.
    rows : sequence of Bar
        From top to bottom.
    note : str
        Denominator, day, counting rule.
    """
    if not any(row.n for row in rows):
        return _figure(title, note, _nothing(), "")
    said = "; ".join(f"{row.label} {number_text(row.n)}" for row in rows)
    return _figure(title, note, _fitted(lambda width: _bars(rows, width, title)), said)


def _bars(rows: Sequence[Bar], width: float, title: str) -> Html:
    names = min(max(_width(row.label) for row in rows) + 12, width * 0.45)
    figures = max(_width(number_text(row.n)) for row in rows) + 12
    room = width - names - figures
    most = max(row.n for row in rows)
    drawn = []
    for at, row in enumerate(rows):
        top = at * _ROW
        long = max(room * row.n / most, 2 if row.n else 0)
        drawn.append(
            _part(
                row.offers,
                f"{row.label}: {number_text(row.n)}",
                _box(0, top, width, _ROW, "cw-hit"),
                _text(names - 10, top + 21, _cut(row.label, names - 10), "end", "cw-axis"),
                _box(names, top + 6, room, 20, "cw-track"),
                _box(names, top + 6, long, 20, _fill(row, "cw-fill-2"), radius=2) if row.n else "",
                _text(names + room + 10, top + 21, number_text(row.n), "start"),
            )
        )
    return _svg(width, len(rows) * _ROW, drawn, title)


def age_pyramid(
    title: str,
    steps: Sequence[Step],
    *,
    left: str,
    right: str,
    note: str = "",
    unknown: Bar | None = None,
) -> Html:
    """Draw an age pyramid, the oldest on top.

    Parameters
    ----------
    title : str
        A sentence that says what the chart shows.
    steps : sequence of Step
        From the oldest to the youngest.
    left, right : str
        What the two sides are.
    unknown : Bar, optional
        People whose age or sex is not known: said and drawn, never left out.
    """
    if not any(step.left + step.right for step in steps) and not (unknown and unknown.n):
        return _figure(title, note, _nothing(), "")
    spoken = [
        f"{step.label}: {left} {number_text(step.left)}, {right} {number_text(step.right)}"
        for step in steps
    ]
    drawing = _fitted(lambda width: _pyramid(steps, spoken, (left, right), unknown, width, title))
    rest = [f"{unknown.label}: {number_text(unknown.n)}"] if unknown and unknown.n else []
    return _figure(title, note, drawing, "; ".join([*spoken, *rest]))


def _pyramid(
    steps: Sequence[Step],
    spoken: Sequence[str],
    sides: tuple[str, str],
    unknown: Bar | None,
    width: float,
    title: str,
) -> Html:
    middle = max([_width(step.label) for step in steps] + [40]) + 20
    most = max([step.left for step in steps] + [step.right for step in steps] + [1])
    room = (width - middle) / 2 - _width(number_text(most)) - 8
    start, end = width / 2 - middle / 2, width / 2 + middle / 2
    drawn: list[object] = [
        _text(start, 16, sides[0], "end", "cw-axis"),
        _text(end, 16, sides[1], "start", "cw-axis"),
    ]
    for at, step in enumerate(steps):
        top = 24 + at * 28
        one, other = room * step.left / most, room * step.right / most
        left = (
            _box(start - one, top + 4, one, 20, "cw-fill-grey-2 cw-mark") if one else "",
            _text(start - one - 6, top + 19, number_text(step.left), "end"),
        )
        right = (
            _box(end, top + 4, other, 20, "cw-fill-2 cw-mark") if other else "",
            _text(end + other + 6, top + 19, number_text(step.right), "start"),
        )
        ages = _text(width / 2, top + 19, step.label, "middle", "cw-axis")
        if not step.right_offers:
            hit = _box(0, top, width, 28, "cw-hit")
            drawn.append(_part(step.offers, spoken[at], hit, ages, *left, *right))
            continue
        for side, n, x, offers, shapes in (
            (sides[0], step.left, 0.0, step.offers, left),
            (sides[1], step.right, width / 2, step.right_offers, right),
        ):
            said = f"{step.label} {side}: {number_text(n)}"
            hit = _box(x, top, width / 2, 28, "cw-hit")
            drawn.append(_part(offers, said, hit, *shapes))
        drawn.append(ages)
    tall = 24 + len(steps) * 28
    if unknown is not None and unknown.n:
        drawn.append(_unknown_row(unknown, tall, width))
        tall += 36
    return _svg(width, tall, drawn, title)


def trend(
    title: str, points: Sequence[Point], *, before: Sequence[Point] = (), note: str = ""
) -> Html:
    """Draw a line over time, from zero; gaps where nothing was counted.

    Parameters
    ----------
    title : str
        A sentence that says what the chart shows.
    points : sequence of Point
        In the order of time.
    before : sequence of Point
        The same span a year earlier, drawn in grey.
    """
    counted = [point.n for point in (*points, *before) if point.n is not None]
    if not counted or len(points) < 2:
        return _figure(title, note, _nothing(), "")
    most = _round_up(max(counted))
    said = "; ".join(f"{point.label} {'–' if point.n is None else point.n}" for point in points)
    drawing = _fitted(lambda width: _trend(points, before, most, width, title))
    return _figure(title, note, drawing, said)


def _trend(
    points: Sequence[Point], before: Sequence[Point], most: int, width: float, title: str
) -> Html:
    height, top = 200.0, 12.0
    left, low = _width(number_text(most)) + 10, height - 30
    step = (width - left - 16) / (len(points) - 1)

    def place(at: int, n: int) -> tuple[float, float]:
        return left + at * step, low - (low - top) * n / most

    drawn: list[object] = []
    for part in (0, most // 2, most):
        y = place(0, part)[1]
        drawn += [
            _rule(left, width, y),
            _text(left - 8, y + 5, number_text(part), "end", "cw-axis"),
        ]
    drawn += _lines(before, place, "cw-trend cw-trend-before")
    drawn += _lines(points, place, "cw-trend")
    every = max(1, -(-len(points) * 46 // int(width - left)))
    for at, point in enumerate(points):
        x = left + at * step
        if at % every == 0:
            drawn.append(_text(x, height - 8, point.label, "middle", "cw-axis"))
        if point.n is not None:
            hit = _box(x - step / 2, top, step, low - top, "cw-hit")
            words = f"{point.label}: {number_text(point.n)}"
            drawn.append(_part(point.offers, words, hit, _dot(x, place(at, point.n)[1])))
    return _svg(width, height, drawn, title)


def shares(title: str, parts: Sequence[Bar], *, note: str = "") -> Html:
    """Draw one bar divided into shares, with a legend that counts and can be clicked.

    Parameters
    ----------
    title : str
        A sentence that says what the chart shows.
    parts : sequence of Bar
        From left to right; what is not known comes last.
    """
    total = sum(part.n for part in parts)
    if not total:
        return _figure(title, note, _nothing(), "")
    colours = [_fill(part, _SHADES[min(at, len(_SHADES) - 1)]) for at, part in enumerate(parts)]
    width, x, drawn = 560.0, 0.0, []
    for part, colour in zip(parts, colours, strict=True):
        long = width * part.n / total
        words = f"{part.label}: {number_text(part.n)} ({100 * part.n / total:.0f}%)"
        if part.n:
            drawn.append(_part(part.offers, words, _box(x + 1, 2, max(long - 2, 1), 28, colour)))
        x += long
    legend = [_legend(part, colour) for part, colour in zip(parts, colours, strict=True)]
    said = "; ".join(f"{part.label} {number_text(part.n)}" for part in parts)
    bar = el("div", _svg(width, 32, drawn, title, stretch=True), class_="cw-shares")
    return _figure(title, note, join([bar, el("ul", legend, class_="cw-legend")]), said)


def _legend(part: Bar, colour: str) -> Html:
    swatch = el("svg", _box(0.5, 0.5, 11, 11, colour), viewBox="0 0 12 12", aria_hidden="true")
    words = [swatch, part.label, " ", el("b", number_text(part.n))]
    if part.offers:
        return el("li", el("button", words, type="button", class_="cw-link", **part.offers))
    return el("li", words)


def _unknown_row(unknown: Bar, top: float, width: float) -> Html:
    words = f"{unknown.label} {number_text(unknown.n)}"
    wide = _width(words) + 24
    return _part(
        unknown.offers,
        f"{unknown.label}: {number_text(unknown.n)}",
        _box(width / 2 - wide / 2, top + 6, wide, 28, "cw-fill-unknown cw-mark", radius=4),
        _text(width / 2, top + 25, words, "middle"),
    )


def _lines(
    points: Sequence[Point], place: Callable[[int, int], tuple[float, float]], css: str
) -> list[object]:
    """Draw the pieces of a line between gaps."""
    pieces: list[list[str]] = [[]]
    for at, point in enumerate(points):
        if point.n is None:
            pieces.append([])
        else:
            x, y = place(at, point.n)
            pieces[-1].append(f"{x:.1f},{y:.1f}")
    return [
        el("polyline", points=" ".join(piece), class_=css) for piece in pieces if len(piece) > 1
    ]


def _part(offers: Mapping[str, object], said: str, *shapes: object) -> Html:
    """Group the shapes of one part; it can be clicked when it offers something."""
    attributes = {**offers, "role": "button"} if offers else {}
    return el("g", el("title", said), *shapes, **attributes)


def _figure(title: str, note: str, drawing: Html, said: str) -> Html:
    caption = el("figcaption", title, el("span", note, class_="cw-chart-note") if note else None)
    spoken = el("p", said, class_="cw-hidden") if said else None
    return el("figure", caption, drawing, spoken, class_="cw-chart")


def _fitted(draw: Callable[[float], Html]) -> Html:
    """Draw twice, for a wide and for a narrow place, so that letters keep their size."""
    return join(
        [
            el("div", draw(_WIDE), class_="cw-chart-wide"),
            el("div", draw(_NARROW), class_="cw-chart-narrow"),
        ]
    )


def _svg(
    width: float, height: float, parts: Sequence[object], title: str, stretch: bool = False
) -> Html:
    return el(
        "svg",
        list(parts),
        viewBox=f"0 0 {width:g} {height:g}",
        preserveAspectRatio="none" if stretch else None,
        role="group",
        aria_label=title,
    )


def _rule(left: float, right: float, y: float) -> Html:
    return el(
        "line", x1=f"{left:.1f}", x2=f"{right:g}", y1=f"{y:.1f}", y2=f"{y:.1f}", class_="cw-rule"
    )


def _dot(x: float, y: float) -> Html:
    return el("circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r="4", class_="cw-fill-1 cw-mark")


def _box(x: float, y: float, wide: float, tall: float, css: str, radius: float = 0) -> Html:
    return el(
        "rect",
        x=f"{x:.1f}",
        y=f"{y:.1f}",
        width=f"{max(wide, 0):.1f}",
        height=f"{tall:.1f}",
        rx=f"{radius:g}" if radius else None,
        class_=css,
    )


def _text(x: float, y: float, words: str, anchor: str, css: str = "") -> Html:
    return el("text", words, x=f"{x:.1f}", y=f"{y:.1f}", text_anchor=anchor, class_=css or None)


def _nothing() -> Html:
    return el("p", _("Nothing to show yet."), class_="cw-lead")


def _fill(bar: Bar, css: str) -> str:
    return f"{css if bar.known else 'cw-fill-unknown'} cw-mark"


def _width(words: str) -> float:
    """Estimate how wide words are at 14 px: Chinese characters are square, others half as wide."""
    return sum(_CHAR if ord(letter) > 0x2E7F else _CHAR * 0.56 for letter in words)


def _cut(words: str, room: float) -> str:
    """Shorten words that are wider than their place; the whole is in the title of the part."""
    if _width(words) <= room:
        return words
    kept = words
    while kept and _width(kept) + _CHAR > room:
        kept = kept[:-1]
    return f"{kept}…"


def _round_up(n: int) -> int:
    """Give the next even, round number at or above n, for the top of an axis."""
    size = int(10 ** max(len(str(n)) - 1, 0))
    tops: list[int] = [
        size * tenths // 10 for tenths in (10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100)
    ]
    return next((top for top in tops if top >= n and top % 2 == 0), max(2, 10 * size))

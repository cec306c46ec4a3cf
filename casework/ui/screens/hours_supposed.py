"""How what would be is shown: hours by month and unit, today's beside those supposed, and why.

Decides the form; leaves what it means to `casework.workbook.supposing`. All pieces are markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from casework.reference import services
from casework.terms import _
from casework.ui.escape import Html, el
from casework.ui.parts import link, notice, section, state
from casework.ui.wording import day_text, number_text, spaced, span_text
from casework.workbook.supposing import Driver, MonthHours, Span, Supposed, UnitHours
from casework.workbook.supposing_words import rests_on, span_words

__all__ = ["month_text", "supposed_view"]

_DRIVERS = 12


def month_text(first: date) -> str:
    """Write a month by its first day."""
    following = (first + timedelta(days=31)).replace(day=1)
    return span_text(first, following - timedelta(days=1))


def supposed_view(found: Supposed) -> Html:
    """Show what would be: a sentence, the months, the units, what drives it, what it rests on."""
    units = found.units if len(found.units) > 1 else ()
    return section(
        _("What would be"),
        notice(spaced(_headline(found))),
        _months(found.whole.months, _("Hours by month")),
        _drivers(found.drivers),
        _units(units),
        el(
            "ul",
            [el("li", spaced(one)) for one in rests_on(found, day_text)],
            class_="cw-lines cw-hint",
        ),
    )


def _headline(found: Supposed) -> str:
    whole = found.whole.altogether()
    told = _(
        "Needed in these months: {needed} h (now {now}); there: {there} h (now {there_now}).",
        needed=span_words(whole.needed_then), now=number_text(round(whole.needed)),
        there=span_words(whole.there_then), there_now=number_text(round(whole.there)),
    )  # fmt: skip
    worst = max(found.whole.months, key=lambda one: one.short.high)
    month = month_text(worst.first)
    if worst.short.high <= 0:
        missing = _("They would suffice in every month.")
    elif worst.short.low > 0:
        missing = _("In {month}, {hours} h would be missing.",
                    hours=span_words(worst.short), month=month)  # fmt: skip
    else:
        missing = _("In {month}, up to {hours} h might be missing.",
                    hours=number_text(round(worst.short.high)), month=month)  # fmt: skip
    return f"{told} {missing}"


def _months(months: Sequence[MonthHours], title: str) -> Html:
    heads = (_("Month"), _("Hours needed"), _("Hours there are"), _("What is missing"))
    return _table(title, heads, [(month_text(one.first), *_cells(one)) for one in months])


def _units(units: Sequence[UnitHours]) -> list[Html]:
    """Show each unit with its months behind it."""
    if not units:
        return []
    heads = (_("Unit"), _("Hours needed"), _("Hours there are"), _("What is missing"))
    rows = [(one.name, *_cells(one.altogether())) for one in units]
    return [
        _table(_("By unit, all months"), heads, rows),
        *(el("details", el("summary", one.name), _months(one.months, one.name)) for one in units),
    ]


def _cells(one: MonthHours) -> tuple[object, ...]:
    short = span_words(one.short) if one.short.high > 0 else ""
    if one.short.low > 0:
        missing: object = state("overdue", _("{hours} h", hours=short))
    elif one.short.high > 0:
        missing = state("warning", _("perhaps {hours} h", hours=round(one.short.high)))
    else:
        left = span_words(Span(-one.short.high, -one.short.low))
        missing = state("done", _("{hours} h left over", hours=left))
    return (
        _change(one.needed, one.needed_then), _change(one.there, one.there_then), missing,
    )  # fmt: skip


def _change(now: float, then: Span) -> str:
    """Write today's figure and the one supposed; one alone where nothing changes."""
    before, after = span_words(Span(now, now)), span_words(then)
    return before if before == after else f"{before} → {after}"


def _drivers(drivers: Sequence[Driver]) -> list[Html]:
    if not drivers:
        return []
    heads = (_("Rule"), _("Service"), _("Hours"), _("Tasks"), _("People"))
    rows = [
        (
            link(one.title, "rule", key=one.code), str(services()[one.service].label),
            _signed(f"{one.hours:+,.1f}"), _signed(f"{one.tasks:+,}"), number_text(one.people),
        )
        for one in drivers[:_DRIVERS]
    ]  # fmt: skip
    rest = len(drivers) - len(rows)
    more = [el("p", spaced(_("and {n} more", n=number_text(rest))), class_="cw-hint")]
    return [_table(_("What makes the difference"), heads, rows), *(more if rest else [])]


def _table(title: str, heads: Sequence[str], rows: Sequence[Sequence[object]]) -> Html:
    body = [
        el(
            "tr",
            el("th", row[0], scope="row"),
            [
                el("td", cell, data_label=head)
                for head, cell in zip(heads[1:], row[1:], strict=True)
            ],
        )
        for row in rows
    ]
    table = el(
        "table",
        el("caption", title, class_="cw-hidden"),
        el("thead", el("tr", [el("th", one, scope="col") for one in heads])),
        el("tbody", body),
        class_="cw-plain-table",
    )
    return el("div", el("h3", title), el("div", table, class_="cw-scroll"))


def _signed(number: str) -> str:
    return number.replace("-", "−")

"""The command ``hours``: hours of caseworkers by unit and month, as they are and as they would be.

Decides what is printed; leaves the work to `casework.workbook.supposing`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from casework.cli_jobs import DONE, FINDINGS
from casework.terms import _

if TYPE_CHECKING:
    from casework.workbook import Workbook
    from casework.workbook.supposing import MonthHours, Span, Supposed

__all__ = ["add_hours", "hours_command"]

_DRIVERS = 12


def add_hours(one: argparse.ArgumentParser, kinds: Any) -> None:
    """Give the command its options.

    Parameters
    ----------
    kinds : object
        With ``whole`` and ``positive``, as the command line reads them.
    """
    one.add_argument("--months", type=kinds.positive, default=12, metavar="N",
                     help=_("from next month on; default 12"))  # fmt: skip
    one.add_argument("--rules", type=Path, metavar="FILE",
                     help=_("what if these were the rules, .toml or .xlsx"))  # fmt: skip
    one.add_argument("--older", type=kinds.whole, default=0, metavar="YEARS",
                     help=_("what if everybody were some years older"))  # fmt: skip
    one.add_argument("--fewer", type=kinds.whole, default=0, metavar="N",
                     help=_("what if there were so many caseworkers fewer"))  # fmt: skip
    one.add_argument("--without", type=kinds.whole, action="append", default=[], metavar="STAFF",
                     help=_("what if this caseworker were gone; may be given again"))  # fmt: skip
    one.add_argument("--json", action="store_true")


def hours_command(
    chosen: argparse.Namespace,
    book: Workbook,
    write_json: Callable[[Any], None],
    progress: Callable[[float, str], None],
) -> int:
    """Print the hours and give the exit status: 1 where hours are missing in a month."""
    from casework.workbook.supposing import Supposition

    text = book.rulebook.read_file(chosen.rules) if chosen.rules else None
    supposition = Supposition(text, chosen.older, frozenset(chosen.without), chosen.fewer)
    found = book.supposing.hours(supposition, n=chosen.months, progress=progress)
    progress(1.0, "")
    if chosen.json:
        write_json(found.as_json())
    else:
        print("\n".join(_lines(found)))
    return FINDINGS if any(one.short.high > 0 for one in found.whole.months) else DONE


def _lines(found: Supposed) -> Iterator[str]:
    from casework.workbook.supposing_words import rests_on

    yield _("People: {people}, caseworkers: {staff}", people=found.whole.people, staff=found.staff)
    for one in (found.whole, *(found.units if len(found.units) > 1 else ())):
        yield one.name
        for month in one.months:
            yield f"  {month.first:%Y-%m}  {_month_text(month)}"
    if found.drivers:
        yield _("What makes the difference")
    for driver in found.drivers[:_DRIVERS]:
        yield "  " + _(
            "{code} {title}: {hours:+.1f} h, tasks {tasks:+}, people {people}",
            code=driver.code, title=driver.title, hours=driver.hours, tasks=driver.tasks,
            people=driver.people,
        )  # fmt: skip
    yield from rests_on(found)


def _month_text(month: MonthHours) -> str:
    from casework.workbook.supposing import Span

    short = month.short
    if short.high > 0:
        lack = _("missing {hours}", hours=_span(short))
    else:
        lack = _("{hours} to spare", hours=_span(Span(-short.high, -short.low)))
    return _(
        "needed {needed}, there {there}, {lack}",
        needed=_change(month.needed, month.needed_then),
        there=_change(month.there, month.there_then),
        lack=lack,
    )


def _change(now: float, then: Span) -> str:
    """Write hours, and what they would be where that is something else."""
    same = round(now) == round(then.low) == round(then.high)
    return _("{n} h", n=f"{now:,.0f}") + ("" if same else f" → {_span(then)}")


def _span(span: Span) -> str:
    from casework.workbook.supposing_words import span_words

    return span_words(span)

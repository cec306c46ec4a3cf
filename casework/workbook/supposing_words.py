"""Words for what would be: ranges of hours, and what they rest on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from casework.terms import _
from casework.workbook.supposing import Span, Supposed

__all__ = ["rests_on", "span_words"]


def span_words(span: Span) -> str:
    """Write hours from one figure to another, as one where they are the same in whole hours."""
    low, high = round(span.low), round(span.high)
    return f"{low:,}" if low == high else _("{low} to {high}", low=f"{low:,}", high=f"{high:,}")


def rests_on(found: Supposed, day_text: Callable[[date], str] = str) -> list[str]:
    """Say what the figures rest on and what is not known, a sentence each.

    Parameters
    ----------
    day_text : callable
        Writes a day.
    """
    supposed = found.supposition
    told = []
    if supposed.older:
        told.append(_(
            "Years added to everybody: {n}. Health, living and all else stay as they are today. "
            "Who will newly retire is not known and not counted.",
            n=supposed.older,
        ))  # fmt: skip
        told.append(_(
            "The upper figure counts everybody as alive. The lower one lets as many die as died "
            "here since {since} (deaths: {n}).",
            since=day_text(found.lives.since), n=found.lives.deaths,
        ) if found.lives else _(
            "Everybody counts as alive: too few deaths are known here to say how many would be."
        ))  # fmt: skip
    if found.ageless:
        told.append(_("People whose birth date is not known: {n}; for them nothing changes.",
                      n=found.ageless))  # fmt: skip
    if supposed.fewer:
        told.append(_(
            "Who leaves is not known: the lower figure of the hours there are lets those with the "
            "most hours go, the upper one those with the least."
        ))  # fmt: skip
    if found.beside.tasks:
        told.append(_("Besides, tasks of volunteers and leaders change by {n:+}.",
                      n=found.beside.tasks))  # fmt: skip
    told.append(_(
        "Work of caseworkers only; hours of who works for several units are shared among them as "
        "the work is."
    ))  # fmt: skip
    return told

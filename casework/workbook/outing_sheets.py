"""The round of a delegation as an Excel file: its outings with their stops, to print or send on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from casework.exchange.campaign_report import report_file
from casework.routing.week.hours import clock
from casework.terms import _
from casework.workbook.outings import Outing

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["round_file"]


def round_file(book: Workbook, outings: Sequence[Outing]) -> bytes:
    """Write the outings of one delegation, a sheet each; it is noted whose data it holds.

    Parameters
    ----------
    outings : sequence of Outing
        Of one delegation, at least one.
    """
    book.sharing.taken([stop.line.person_id for one in outings for stop in one.stops], "list")
    first = outings[0]
    names = [one.name for one in (*first.delegation.leaders, *first.delegation.members)]
    heads = [_("Time"), _("Name"), _("Age"), _("Segment"), _("Address"), _("To know"),
             _("What was heard")]  # fmt: skip
    tables = [
        (
            f"{one.slot.on_day:%m-%d} {clock(one.slot.begins)}".replace(":", ""),
            heads,
            [
                [
                    clock(stop.starts_at), stop.line.name, stop.line.age, str(stop.segment),
                    stop.address, "；".join(f"{name}：{value}" for name, value in stop.known), "",
                ]
                for stop in one.stops
            ],
        )
        for one in outings
    ]  # fmt: skip
    title = f"{first.campaign} · {first.delegation.name}"
    return report_file(title, "、".join(dict.fromkeys(names)), tables)

"""The outings of delegations that somebody goes along with, on their day's page.

Decides which of them stand there: those of the week to come, and those that were not written down.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from casework.terms import _
from casework.ui.campaign_parts import slot_text
from casework.ui.escape import Html, el, join
from casework.ui.parts import link
from casework.ui.wording import spaced

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["outings_markup"]

_AHEAD = timedelta(days=7)


def outings_markup(book: Workbook, staff_id: int | None, on: date) -> Html | str:
    """Write the outings of one of the staff, each with its sheet and where it is written down."""
    if staff_id is None:
        return ""
    told = []
    for _campaign, one in book.delegations.mine(staff_id):
        for slot in one.slots:
            if not slot.stops or slot.on_day > on + _AHEAD:
                continue
            ways = [link(_("Visit sheets"), "sheet", delegation=one.delegation_id)]
            if slot.on_day <= on:
                outing = book.outings.show(slot.slot_id, as_of=on)
                if all(stop.outcome is not None for stop in outing.stops):
                    continue
                ways.append(link(_("Write down the round"), "visit", slot=slot.slot_id))
            words = spaced(
                _("With the delegation {name}: {when}, {n} visits. ", name=one.name,
                  when=slot_text(slot), n=len(slot.stops))
            )  # fmt: skip
            told.append(
                el("p", words, join(el("span", way, " ") for way in ways),
                   class_="cw-notice cw-notice-info")
            )  # fmt: skip
    return join(told)

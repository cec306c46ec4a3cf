"""The form of a delegation: leaders and outings as people write them, a line each.

Decides how such lines are read and written; what can be a delegation is for the workbook to say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from casework.errors import InvalidEntry
from casework.reference import code_list
from casework.routing.week.hours import clock
from casework.terms import _
from casework.ui.fields import ChoiceField, LongText, ManyField, PickField, TextField
from casework.ui.typed import day_span_from
from casework.ui.widgets import Hit
from casework.workbook.delegation_rows import (
    DelegationEntry,
    DelegationShown,
    MemberEntry,
    SlotEntry,
)

if TYPE_CHECKING:
    from casework.workbook.campaigns import CampaignShown
    from casework.workbook.door import Workbook

__all__ = ["DelegationForm", "leaders_from", "slots_from"]

_SLOT = re.compile(
    r"(?P<day>\S+?)[\s，,]+(?P<from>\d{1,2}[:：]\d{2})\s*[-–—~至]+\s*(?P<until>\d{1,2}[:：]\d{2})"
    r"[\s，,]+(?P<n>\d{1,3})\s*(?:户|人|家|visits?)?"
)
_USUAL = 6


class DelegationForm:
    """The fields of a delegation.

    Parameters
    ----------
    one : DelegationShown or None
        What is changed; None for a new one.
    """

    def __init__(
        self, book: Workbook, campaign: CampaignShown, one: DelegationShown | None
    ) -> None:
        self.delegation_id = one.delegation_id if one else None
        self.window = campaign.line.window
        bodies = book.agency.lists.get("delegation_body")
        ranks = "、".join(str(each.label) for each in book.agency.ranks[-3:])
        self.first = TextField("name", _("Name of the delegation"), longest=60, required=True)
        leaders = LongText(
            "leaders", _("Who leads it"), rows=2, longest=1000, required=True,
            hint=_("One a line, with the rank: 王主任 正局级 (ranks such as {ranks})", ranks=ranks),
        )  # fmt: skip
        staff = PickField("staff", _("Staff who go along"), _finder(book), several=True)
        slots = LongText(
            "slots", _("Outings"), rows=3, longest=2000,
            hint=_("One a line: day, from–until, visits at most. {day} 8:30-12:00 6",
                   day=self.window.opens_on.isoformat()),
        )  # fmt: skip
        segments = {
            each.code: str(each.label)
            for each in campaign.terms.segments
            if each.by == "delegation"
        }
        only = ManyField("segments", _("Visits only (nothing ticked: all)"), segments)
        areas = TextField("areas", _("Area (communities)"),
                          hint=_("With commas between; empty for everywhere"))  # fmt: skip
        self.body: ChoiceField | None = None
        if bodies is not None:
            options = {each.code: str(each.label) for each in bodies.entries}
            self.body = ChoiceField("body", str(bodies.label), options)
        means = book.delegations.means
        travel = ChoiceField(
            "travel", _("Goes by"), means,
            hint=_("Nothing chosen: {mean}", mean=next(iter(means.values()))),
        )  # fmt: skip
        made = [self.first, self.body, leaders, staff, travel, slots, only, areas]
        self.fields: dict[str, Any] = {each.name: each for each in made if each is not None}
        if one is not None:
            self._fill(one)

    def _fill(self, one: DelegationShown) -> None:
        ranks = {each.code: str(each.label) for each in code_list("rank").entries}
        self.first.entry = one.name
        self.fields["leaders"].entry = "\n".join(
            f"{each.name} {ranks.get(each.rank or '', '')}".strip() for each in one.leaders
        )
        self.fields["staff"].put(
            *(
                Hit(str(each.staff_id), each.name)
                for each in one.members
                if each.staff_id is not None and each.role != "leader"
            )
        )
        self.fields["slots"].entry = "\n".join(
            f"{slot.on_day.isoformat()} {clock(slot.begins)}-{clock(slot.ends)} {slot.capacity}"
            for slot in one.slots
        )
        self.fields["segments"].entry = list(one.segments)
        self.fields["areas"].entry = "，".join(one.areas)
        self.fields["travel"].entry = one.travel or ""
        if self.body is not None:
            self.body.entry = one.body or ""

    def entry(self, entered: Mapping[str, Any]) -> DelegationEntry:
        """Make a delegation of what was entered.

        Raises
        ------
        InvalidEntry
            Where a line cannot be read; it names the line.
        """
        names = {hit.key: hit.label for hit in self.fields["staff"].picked}
        companions = [
            MemberEntry(names[key], "caseworker", None, int(key)) for key in entered["staff"] or ()
        ]
        areas = re.split(r"[，,、\s]+", entered["areas"] or "")
        return DelegationEntry(
            name=entered["name"] or "",
            members=(*leaders_from(entered["leaders"] or ""), *companions),
            slots=tuple(slots_from(entered["slots"] or "", self.window.opens_on)),
            body=entered.get("body"),
            segments=tuple(entered["segments"] or ()),
            areas=tuple(one for one in areas if one),
            travel=entered["travel"],
        )


def leaders_from(text: str) -> list[MemberEntry]:
    """Read leaders, a line each: a name, and the rank after it.

    Raises
    ------
    InvalidEntry
        Where the rank is not one of the list.
    """
    found = []
    codes = code_list("rank")
    ranks = {word: one.code for one in codes.entries
             for word in (str(one.label), one.label.zh, one.label.en, *one.synonyms)}  # fmt: skip
    for line in filter(None, (line.strip() for line in text.splitlines())):
        name, _gap, rank = re.sub(r"[，,、\s]+", " ", line).partition(" ")
        if rank and rank.strip() not in ranks:
            raise InvalidEntry(
                _("“{rank}” is no rank. Accepted: {known}; or leave it out.", rank=rank,
                  known="、".join(str(one.label) for one in codes.entries)),
                "leaders", line,
            )  # fmt: skip
        found.append(MemberEntry(name, "leader", ranks.get(rank.strip())))
    return found


def slots_from(text: str, around: date) -> list[SlotEntry]:
    """Read outings, a line each: day, from–until, visits at most.

    Raises
    ------
    InvalidEntry
        Where a line cannot be read; it names the line.
    """
    return [
        _slot(line, around) for line in filter(None, (line.strip() for line in text.splitlines()))
    ]


def _slot(line: str, around: date) -> SlotEntry:
    found = _SLOT.fullmatch(line)
    try:
        if found is None:
            raise ValueError
        day = day_span_from(found["day"], around)
        if day is None or day.earliest != day.latest:
            raise ValueError
        return SlotEntry(
            day.earliest, _minutes(found["from"]), _minutes(found["until"]), int(found["n"])
        )
    except (ValueError, InvalidEntry):
        raise InvalidEntry(
            _("This outing cannot be read: {line}. Write day, times and number as in "
              "2026-01-29 8:30-12:00 6.", line=line),
            "slots", line,
        ) from None  # fmt: skip


def _minutes(text: str) -> int:
    hours, minutes = (int(one) for one in re.split("[:：]", text))
    if hours > 24 or minutes > 59:
        raise ValueError("no time of day")
    return hours * 60 + minutes


def _finder(book: Workbook) -> Any:
    def find(words: str) -> Sequence[Hit]:
        return [Hit(str(one.staff_id), one.name) for one in book.contacts.colleagues(words)]

    return find

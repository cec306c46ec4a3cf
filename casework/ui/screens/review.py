"""Plans that wait for a supervisor: those that deviate most first, one by one or many at once.

Decides what a row says about a version; leaves the decision to `wb.plans` and the details to the
plan screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from casework.errors import CaseworkError
from casework.terms import _
from casework.ui import Column, DataTable, Noted, Page, Query, Screen, State, Together, listed
from casework.ui.wording import spaced

if TYPE_CHECKING:
    from casework.ui.shell import Shell
    from casework.workbook.plan_versions import PlanVersion

__all__ = ["ReviewQueue", "screen"]


class ReviewQueue(Screen):
    """The queue of submitted versions."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(
            shell,
            _("Plans to decide"),
            lead=_("Those that deviate most from the rules come first."),
        )
        self.table = DataTable(
            [
                Column("name", _("Person")),
                Column("what", _("What it changes"), sortable=False, phone="bare"),
                Column("deviations", _("Deviations"), "number"),
                Column("by", _("Submitted by")),
                Column("version", _("Version"), "number", phone="hide"),
            ],
            self.page,
            caption=_("Plans to decide"),
            opens=self.open_plan,
            together=[Together("approve", _("Approve the selected"), self.approve)],
            every=self.every,
            search_hint=_("Search for a person or a reason"),
            empty=(
                _("No plan waits for a decision."),
                _("What caseworkers submit appears here."),
            ),
        )
        self.body(self.table)

    def refresh(self) -> None:
        """Read the queue again."""
        self.table.refresh()

    def page(self, query: Query) -> Page:
        """Give a page of the queue."""
        return listed(self._rows())(query)

    def every(self, query: Query) -> Sequence[object]:
        """Give the keys of all rows that match a search."""
        whole = Query(0, 10**6, query.sort, query.descending, query.search)
        return [row["id"] for row in listed(self._rows())(whole).rows]

    def open_plan(self, key: str) -> None:
        """Open one version with everything about it."""
        plan = self.wb.plans.version(int(key))
        self.shell.go("plan", person=plan.person_id, plan=plan.plan_id)

    def approve(self, keys: list[str]) -> None:
        """Approve the selected versions; what cannot be approved stays, and is said."""
        refused: list[str] = []
        done = 0
        for key in keys:
            try:
                self.wb.plans.approve(int(key))
                done += 1
            except CaseworkError as refusal:
                refused.append(refusal.message)
        self.refresh()
        if done:
            self.said(_("Approved: {n} plans, in force from today.", n=done))
        if refused:
            told = _("{n} were not approved: {why}", n=len(refused), why=refused[0])
            self.tell(told, "warning")

    def _rows(self) -> list[dict[str, object]]:
        waiting = self.wb.plans.queue()
        people = self.wb.contacts.people([one.person_id for one in waiting], as_of=self.on)
        lines = {one.person_id: one for one in people}
        return [
            {
                "id": one.plan_id,
                "name": Noted(
                    lines[one.person_id].name,
                    " · ".join(
                        filter(None, (_age(lines[one.person_id].age), lines[one.person_id].place))
                    ),
                ),
                "what": _what(one),
                "deviations": sum(map(_deviates, one.lines)),
                "by": one.submitted_by,
                "version": one.version,
            }
            for one in waiting
            if one.person_id in lines
        ]


screen = ReviewQueue


def _age(age: int | None) -> str:
    return spaced(_("aged {n}", n=age)) if age is not None else ""


def _deviates(line: object) -> bool:
    return getattr(line, "state", "") in ("changed", "declined") or (
        getattr(line, "origin", "") == "manual"
    )


def _what(plan: PlanVersion) -> object:
    """Say what a version changes, with the first reason that was given."""
    counted = {
        _("{n} changed"): sum(one.state == "changed" for one in plan.lines),
        _("{n} left out"): sum(one.state == "declined" for one in plan.lines),
        _("{n} added"): sum(
            one.origin == "manual" and one.state != "declined" for one in plan.lines
        ),
    }
    told = _(", ").join(words.format(n=n) for words, n in counted.items() if n)
    reasons = [one.deviation_reason for one in plan.lines if one.deviation_reason]
    if not told:
        return State("plain", _("as the rules propose"))
    return Noted(spaced(told), reasons[0] if reasons else "")

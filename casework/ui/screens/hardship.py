"""Requests for help in hardship: those over their time first; granted or declined with the reason.

Who: the supervisor who decides. Decides: each request, before its last day. Clicks: two a decision.
"""

from __future__ import annotations

from casework.terms import _
from casework.ui import (
    Column,
    DataTable,
    LongText,
    Noted,
    Page,
    Query,
    Screen,
    Shell,
    State,
    Together,
    listed,
    stack,
)
from casework.ui.wording import day_text, spaced
from casework.workbook.hardship import HardshipRow

__all__ = ["HardshipList", "screen"]


class HardshipList(Screen):
    """All requests."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(
            shell,
            _("Help in hardship"),
            lead=_("Asked for by a caseworker, decided in time by a supervisor, then paid."),
        )
        standing = self.wb.standing
        decides = shell.as_of is None and (standing is None or standing.role == "supervisor")
        self.table = DataTable(
            [
                Column("person", _("Person"), sortable=False),
                Column("what", _("What the hardship is"), sortable=False, phone="bare"),
                Column("state", _("How it stands"), kind="state"),
                Column("who", _("Caseworker"), phone="hide"),
            ],
            self.page,
            caption=_("Help in hardship"),
            opens=self.open_person,
            together=[
                Together("grant", _("Grant"), lambda keys: self.decide(keys, "granted")),
                Together("decline", _("Decline"), lambda keys: self.decide(keys, "declined")),
            ]
            if decides
            else [],
            empty=(
                _("No request yet."),
                _("A caseworker asks for help from the person's dossier, under What is given."),
            ),
        )
        self.slot = stack(css="cw-slot")
        self.body(self.slot, self.table)

    def refresh(self) -> None:
        """Read the list again."""
        self.slot.children = []
        self.table.refresh()

    def page(self, query: Query) -> Page:
        """Give a page of the requests."""
        rows = self.wb.hardship.list(as_of=self.on, limit=10_000)
        return listed([_cells(one) for one in rows])(query)

    def open_person(self, key: str) -> None:
        """Show what the person is given, to propose what was granted."""
        found = next(
            one for one in self.wb.hardship.list(as_of=self.on, limit=10_000)
            if str(one.hardship_id) == key
        )  # fmt: skip
        granted = key if found.status == "granted" else None
        self.shell.go("person_money", person=found.person_id, hardship=granted)

    def decide(self, keys: list[str], decision: str) -> None:
        """Ask for the reason, and decide the selected requests."""
        reason = self.field(LongText("reason", _("Why"), rows=2, longest=2000, required=True))

        def save() -> None:
            told = self.read()["reason"]
            self.wb.hardship.decide([int(key) for key in keys], decision, reason=told)
            self.refresh()
            self.said(_("Written down."))

        words = _("Grant") if decision == "granted" else _("Decline")
        self.save = self.action(words, save, kind="primary", key="ctrl+s")
        leave = self.action(_("Leave as it is"), self.refresh, kind="quiet")
        bar = stack(leave, self.save, css="cw-actions")
        self.slot.children = [stack(reason, bar, css="cw-editor")]
        reason.focus()


screen = HardshipList


def _cells(one: HardshipRow) -> dict[str, object]:
    day = day_text(one.due_on)
    if one.status == "overdue":
        shown = State("overdue", spaced(_("{n} days overdue", n=-one.days_left)))
    elif one.status == "open":
        shown = State("due", _("to be decided by {day}", day=day))
    elif one.status == "granted":
        shown = State("due", _("granted, to be paid"))
    elif one.status == "helped":
        shown = State("done", _("granted and paid"))
    else:
        shown = State("excused", _("declined"))
    note = one.decision_reason or one.evidence or ""
    return {
        "id": str(one.hardship_id),
        "person": one.person,
        "what": Noted(one.situation, note) if note else one.situation,
        "state": shown,
        "who": one.caseworker,
    }

"""Every need that waits, over all people; alerts that must reach somebody today on top.

Who: the supervisor who looks for what is left undone, the caseworker who begins the week. Decides:
whose need comes next. Clicks: one to a person's needs.
"""

from __future__ import annotations

from casework.reference import code_list
from casework.terms import _
from casework.ui import (
    Column,
    DataTable,
    Noted,
    Panel,
    Screen,
    Shell,
    State,
    listed,
)
from casework.ui.alerts import alerts_html
from casework.workbook.needs import NeedView

__all__ = ["WaitingNeeds"]


class WaitingNeeds(Screen):
    """All open needs, and the alerts among them."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell, _("Needs that wait"))
        self.alerts = Panel("", person=self.to_person)
        self.needs: dict[str, NeedView] = {}
        self.table = DataTable(
            [
                Column("title", _("Need")),
                Column("person", _("Name")),
                Column("severity", _("How pressing"), kind="state"),
                Column("state", _("State"), phone="hide"),
                Column("days", _("Days open"), kind="number"),
                Column("owner", _("Who answers for it"), phone="hide"),
            ],
            listed([]),
            caption=_("Needs that wait"),
            opens=self.open_person,
            search_hint=_("Name, need or domain"),
            empty=(
                _("No need waits."),
                _("Needs come from assessments, wishes, opinions and what you see yourself."),
            ),
        )
        self.body(self.alerts, self.table)
        self.refresh()

    def refresh(self) -> None:
        """Read what waits on the day that is looked at."""
        self.alerts.set(alerts_html(self.wb.needs.alerts(as_of=self.on)))
        waiting = self.wb.needs.waiting(as_of=self.on)
        self.needs = {str(one.id): one for one in waiting}
        self.table.source = listed([_row(one) for one in waiting])
        self.table.refresh()

    def open_person(self, key: str) -> None:
        """Open the needs of the person at this one."""
        self.shell.go("needs", person=self.needs[key].person_id, need=key)

    def to_person(self, person: int, need: int) -> None:
        """Open the needs of a person at an alert."""
        self.shell.go("needs", person=person, need=need)


def _row(one: NeedView) -> dict[str, object]:
    severity = code_list("need_severity").label_of(one.severity)
    sign = {"high": "overdue", "medium": "due"}.get(one.severity, "ready")
    return {
        "id": str(one.id),
        "title": Noted(one.title, code_list("need_domain").label_of(one.domain)),
        "person": one.person_name,
        "severity": State(sign, severity),
        "state": code_list("need_state").label_of(one.state),
        "days": one.days_open,
        "owner": one.owner,
    }

"""Who is at work: chosen once by whoever sits at the computer, and remembered by the browser.

Who: everybody, on the first visit. Decides nothing about rights: where the database decides who
may do what, this choice is not offered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from casework.terms import _
from casework.ui import ChoiceField, Panel, Screen, TextField, el, empty_state, link, section, stack
from casework.ui.fields import read_all
from casework.workbook.contacts import Colleague

if TYPE_CHECKING:
    from casework.ui.shell import Shell

__all__ = ["Who", "screen"]

_FIRST = {"caseworker": ("caseworker", "supervisor"), "supervisor": ("supervisor", "leader")}


class Who(Screen):
    """Everybody at work, by role; a click is the choice."""

    def __init__(self, shell: Shell) -> None:
        lead = _("What you record is written down under this name; your day shows your own tasks.")
        super().__init__(shell, _("Who are you?"), lead=lead)
        self.names = Panel("", be=shell.act_as)
        self.form = {one.name: one for one in (
            TextField("name", _("Name"), required=True, longest=60),
            ChoiceField("role", _("Where you belong"), _roles(), required=True),
            TextField("phone", _("Phone"), longest=40),
        )}  # fmt: skip
        self.join = self.action(_("Put me on the list"), self.take_on, kind="primary", key="ctrl+s")
        head = Panel(el("h2", _("Not on the list?")))
        form = stack(head, *self.form.values(), stack(self.join, css="cw-actions"), css="cw-editor")
        self.body(self.names, *([form] if shell.may_choose_actor else []))
        self.refresh()

    def take_on(self) -> None:
        """Write down who is not on the list yet, and go on as them."""
        read = read_all(self.form)
        login = self.wb.staffing.take_on(read["name"], read["role"], phone=read["phone"])
        self.said(_("{name} is on the list.", name=read["name"]))
        self.shell.act_as(login)

    def refresh(self) -> None:
        """List who is at work on the day."""
        found = self.wb.contacts.colleagues(limit=None)
        first = _FIRST.get(self.shell.audience, ())
        roles = sorted({one.role for one in found}, key=lambda one: (one not in first, one))
        if not found:
            advice = _("Put yourself on the list; until then everybody sees everything.")
            self.names.set(empty_state(_("No member of staff is known yet."), advice))
            return
        parts = [self._part(role, [one for one in found if one.role == role]) for role in roles]
        self.names.set(el("div", parts, class_="cw-stack"))

    def _part(self, role: str, theirs: list[Colleague]) -> object:
        me = self.wb.actor.staff_id
        names = [
            el(
                "li",
                link(one.name, "be", login=one.login),
                el("span", _("that is you"), class_="cw-tag") if one.staff_id == me else None,
            )
            for one in theirs
        ]
        return section(_roles().get(role, role), el("ul", names, class_="cw-names"))


screen = Who


def _roles() -> dict[str, str]:
    return {
        "caseworker": _("Caseworkers"),
        "supervisor": _("Supervisors"),
        "leader": _("Leaders"),
        "analyst": _("Analysts"),
        "administrator": _("Administrators"),
        "volunteer": _("Volunteers"),
    }

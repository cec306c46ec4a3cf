"""Looking at somebody who is not one's own: a reason, what it leads to, and then the dossier.

Who: the caseworker whom a neighbour calls about a colleague's person, the supervisor who must reach
somebody. Decides: whether it is worth being told of. Clicks: one, after the reason.
"""

from __future__ import annotations

from typing import Any

from casework.errors import InvalidEntry
from casework.terms import _
from casework.ui import (
    ChoiceField,
    LongText,
    Panel,
    Screen,
    Shell,
    TextField,
    el,
    empty_state,
    section,
    stack,
)
from casework.ui.cards import card_of
from casework.ui.fields import read_all

__all__ = ["GlassScreen", "screen"]

_HOURS = ("1", "4", "24")


class GlassScreen(Screen):
    """A reason for looking, and what follows from it.

    Parameters
    ----------
    person : str
        Number of the dossier, from the address; empty asks for it.
    """

    def __init__(self, shell: Shell, person: str = "") -> None:
        self.person_id = int(person) if person.isdigit() else None
        standing = shell.wb.standing
        self.is_chief = standing is not None and standing.role == "supervisor"
        sees = self.is_chief and self.person_id is not None
        super().__init__(
            shell,
            _("See what is kept, for a reason") if sees else _("Look at somebody who is not yours"),
            person=card_of(shell.wb, self.person_id or 0, shell.on) if sees else None,
            lead=_("For emergencies. It is written down, and the supervisor is told."),
        )
        self.form: dict[str, Any] = {}
        self.told = Panel("")
        self.slot = stack(css="cw-slot")
        self.shown = Panel("")
        self.body(self.told, self.slot, self.shown)
        self.refresh()

    def refresh(self) -> None:
        """Say what follows, and ask for the reason."""
        crossings = self.wb.crossings
        if not crossings.are_there:
            self.told.set(
                empty_state(
                    _("This workbook keeps nothing from anybody, so there is nothing to open."),
                    _("Everybody at this computer sees everybody's dossier."),
                )
            )
            return
        self.told.set(
            section(_("What follows"), el("ul", [el("li", one) for one in self._follows()]))
        )
        fields: list[Any] = [
            LongText("reason", _("Why it cannot wait, in a sentence"), rows=3, longest=500,
                     required=True, hint=_("Others read it: the supervisor, and the person who "
                                           "asks who looked")),
            ChoiceField("hours", _("For how long"), {one: _("{n} hours", n=one) for one in _HOURS},
                        hint=_("Empty: 4 hours")),
        ]  # fmt: skip
        if self.person_id is None:
            hint = _("It stands on the person's card and in the address")
            fields.insert(0, TextField("person", _("Number of the dossier"), longest=12,
                                       required=True, hint=hint))  # fmt: skip
        self.form = self.fields = {one.name: one for one in fields}
        ways = [self.action(_("Write it down and look"), self.look, kind="primary", key="ctrl+s")]
        if self.is_chief:
            ways.insert(0, self.action(_("Only show the telephone"), self.phones))
        self.slot.children = [stack(*fields, self.actions(*ways), css="cw-editor")]

    def look(self) -> None:
        """Break the glass, and go to the dossier."""
        read = read_all(self.form)
        person = self._person(read)
        self.wb.crossings.break_glass(
            person, reason=read["reason"] or "", hours=int(read["hours"] or 4)
        )
        self.shell.say(_("Written down. The supervisor is told."))
        self.shell.go("person", id=person)

    def phones(self) -> None:
        """Show how to reach the person, and nothing else."""
        read = read_all(self.form)
        found = self.wb.crossings.phones(self._person(read), reason=read["reason"] or "")
        told = "、".join(found) or _("No telephone is on file.")
        self.shown.set(section(_("Telephone"), el("p", told, class_="cw-lead")))
        self.said(_("Written down: who asked, when and why."))

    def _person(self, read: dict[str, Any]) -> int:
        if self.person_id is not None:
            return self.person_id
        typed = str(read["person"] or "").strip()
        if not typed.isdecimal() or len(typed) > 9:
            raise InvalidEntry(
                _("This is not the number of a dossier. Write digits only, such as 128."), "person"
            )
        return int(typed)

    def _follows(self) -> list[str]:
        if self.is_chief:
            return [
                _("You read what is kept from supervisors: words about health and hardship, the "
                  "family, how to reach somebody."),
                _("Other supervisors of the unit are told that you looked, and why."),
                _("It ends by itself; it stays written down who looked, when and why."),
            ]  # fmt: skip
        return [
            _("You read the whole dossier for some hours; you change nothing in it."),
            _("The supervisors of the person's unit are told at once: your name and your reason."),
            _("It ends by itself; it stays written down who looked, when and why."),
        ]


screen = GlassScreen

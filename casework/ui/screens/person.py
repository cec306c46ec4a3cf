"""One person's dossier on one page: six sections, people around, what is wished and needed.

Who: the caseworker before and after a visit; the supervisor who was asked something. Decides: what
is missing or out of date, and what to ask next time. Clicks: one to change a fact where it stands.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ipywidgets import VBox

from casework.terms import _
from casework.ui import Panel, Screen, Shell, stack
from casework.ui.cards import card_from
from casework.ui.screens.person_editors import (
    CareSeatEditor,
    FactEditor,
    RelatedEditor,
    StayEditor,
    history_panel,
)
from casework.ui.screens.person_parts import (
    assessments_html,
    care_team_html,
    needs_html,
    overview_html,
    problems_html,
    related_html,
    section_html,
    stays_html,
)
from casework.workbook.dossier import Dossier

__all__ = ["PersonScreen", "screen"]


class PersonScreen(Screen):
    """The dossier of one person, edited in place, as of any day.

    Parameters
    ----------
    id : str
        Number of the person, from the address.
    """

    def __init__(self, shell: Shell, id: str) -> None:
        self.person_id = int(id)
        self.dossier = shell.wb.people.dossier(self.person_id, as_of=shell.on)
        super().__init__(
            shell,
            str(shell.wb.agency.terms["dossier"]),
            person=card_from(self.dossier, shell.wb.agency),
        )
        self.can_edit = shell.as_of is None
        self.panels: dict[str, Panel] = {}
        self.slots: dict[str, VBox] = {}
        parts: list[Any] = [self._ways(), self._panel("overview")]
        for section in self.dossier.sections:
            parts.append(self._part(f"section:{section.code}"))
        for name in ("care_team", "related", "stays", "needs", "assessments"):
            parts.append(self._part(name))
        self.body(*parts)
        self.refresh()

    def refresh(self) -> None:
        """Show the dossier as the workbook holds it now."""
        self.dossier = self.wb.people.dossier(self.person_id, as_of=self.on)
        agency = self.wb.agency
        self.retitle(str(agency.terms["dossier"]), card_from(self.dossier, agency))
        self.panels["overview"].set(overview_html(self.dossier, agency, self.can_edit))
        for section in self.dossier.sections:
            self.panels[f"section:{section.code}"].set(section_html(section, self.can_edit))
        shown: dict[str, Callable[[Dossier], object]] = {
            "care_team": lambda one: care_team_html(one, agency, self.can_edit),
            "related": lambda one: related_html(one, self.can_edit),
            "stays": lambda one: stays_html(one, self.can_edit),
            "needs": needs_html,
            "assessments": lambda one: assessments_html(one, self.can_edit),
        }
        for name, write in shown.items():
            self.panels[name].set(write(self.dossier))

    def edit(self, fact: str) -> None:
        """Open the editor of a fact under its section."""
        field = self.dossier.field(fact)
        where = self._section_of(fact)
        self._put(where, FactEditor(self, field, done=lambda: self._put(where)))

    def history(self, fact: str) -> None:
        """Show every value a fact has had."""
        where = self._section_of(fact)
        entries = self.wb.people.history(self.person_id, fact)
        title = self.dossier.field(fact).definition.label
        self._put(where, history_panel(str(title), entries, close=lambda: self._put(where)))

    def end(self, fact_id: int) -> None:
        """Say that one of several values no longer holds."""
        self.wb.people.end_fact(fact_id)
        self.said(_("Ended."))
        self.refresh()

    def verify(self, section: str) -> None:
        """Confirm everything that a section says."""
        found = next(one for one in self.dossier.sections if one.code == section)
        codes = [one.definition.code for one in found.fields if one.is_known]
        n = self.wb.people.verify_section(self.person_id, codes)
        self.said(_("{n} entries confirmed as of today.", n=n))
        self.refresh()

    def settle(self, problem: int) -> None:
        """Say that a problem of the import has been looked into."""
        self.wb.people.settle_problem(problem)
        self.refresh()

    def add_related(self) -> None:
        """Open the form for somebody around the person."""
        self._put("related", RelatedEditor(self, done=lambda: self._put("related")))

    def end_related(self, related: int) -> None:
        """Take somebody out of the people around."""
        self.wb.people.end_related(related)
        self.said(_("Ended."))
        self.refresh()

    def seat(self, role: str) -> None:
        """Open the form for a seat of the care team."""
        self._put("care_team", CareSeatEditor(self, role, done=lambda: self._put("care_team")))

    def add_stay(self) -> None:
        """Open the form for a time away from home."""
        self._put("stays", StayEditor(self, done=lambda: self._put("stays")))

    def end_stay(self, stay: int) -> None:
        """Withdraw a stay."""
        self.wb.people.end_stay(stay)
        self.said(_("Ended."))
        self.refresh()

    def go(self, route: str, **more: Any) -> None:
        """Go on to something else about the same person."""
        self.shell.go(route, person=self.person_id, **more)

    def show_problems(self) -> None:
        """Show what the imports found wrong with this person's entries."""
        close = self.action(_("Close"), lambda: self._put("overview"), kind="quiet")
        panel = Panel(problems_html(self.dossier, self.can_edit), settle=self.settle)
        self._put("overview", stack(panel, close))

    def _ways(self) -> Any:
        """Offer the few things that are done next with a person; the commonest last."""
        ways = [
            self.action(_("Service plan"), lambda: self.go("plan")),
            self.action(_("Assess"), lambda: self.go("assessment")),
        ]
        if self.can_edit:
            ways.append(
                self.action(_("Record a contact"), lambda: self.go("contact"), kind="primary")
            )
        return self.actions(*ways)

    def _part(self, name: str) -> VBox:
        return stack(self._panel(name))

    def _panel(self, name: str) -> VBox:
        panel = Panel(
            "",
            edit=self.edit,
            history=self.history,
            end=self.end,
            verify=self.verify,
            problems=self.show_problems,
            add_related=self.add_related,
            end_related=self.end_related,
            seat=self.seat,
            add_stay=self.add_stay,
            end_stay=self.end_stay,
            go=self.go,
        )
        slot = stack(css="cw-slot")
        self.panels[name], self.slots[name] = panel, slot
        return stack(panel, slot, css="cw-part")

    def _put(self, name: str, widget: Any | None = None) -> None:
        """Put an editor under a part, one at a time on the page; None takes it away."""
        for slot in self.slots.values():
            if slot.children:
                slot.children = []
        if widget is not None:
            self.slots[name].children = [widget]

    def _section_of(self, fact: str) -> str:
        for section in self.dossier.sections:
            if any(one.definition.code == fact for one in section.fields):
                return f"section:{section.code}"
        raise KeyError(fact)


screen = PersonScreen

"""One person's dossier on one page: six sections, people around, what is wished and needed.

Who: the caseworker before and after a visit; the supervisor who was asked something. Decides: what
is missing or out of date, and what to ask next time. Clicks: one to change a fact where it stands.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ipywidgets import VBox

from casework.errors import NotFound
from casework.terms import _
from casework.ui import Panel, Screen, Shell, stack
from casework.ui.cards import card_from
from casework.ui.escape import Html, el, join
from casework.ui.parts import index_html, link
from casework.ui.screens.consent_parts import consent_html
from casework.ui.screens.glass import GlassScreen
from casework.ui.screens.person_door import TASKS_SHOWN, door_html
from casework.ui.screens.person_editors import CareSeatEditor, Editor, FactEditor, history_panel
from casework.ui.screens.person_family import (
    LinkEditor,
    RelatedEditor,
    related_history,
    related_html,
)
from casework.ui.screens.person_given import GIVEN_SHOWN, given_html
from casework.ui.screens.person_identity import (
    AliasEditor,
    BirthEditor,
    NameEditor,
    NumberEditor,
    RevealEditor,
    number_history,
)
from casework.ui.screens.person_life import LifeEditor, life_html
from casework.ui.screens.person_parts import (
    assessments_html,
    care_team_html,
    needs_html,
    overview_html,
    problems_html,
    section_html,
)
from casework.ui.screens.person_visitors import VisitorEditor, visitors_html
from casework.ui.screens.person_words import change_words
from casework.ui.wording import noted_on
from casework.workbook.dossier import Dossier

__all__ = ["PersonScreen", "screen"]

_AROUND = ("related", "care_team", "life", "needs", "consent", "assessments", "given")
_FOLDS = {"needs": "wishes"}  # of the agency's own sections one is called needs
_LONG = 4  # entries


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
        self.last = shell.wb.people.last_change(self.person_id) if self.can_edit else None
        self.undoing = Panel("", undo=self.undo, trail=lambda: self.go("trail"),
                             glass=lambda: self.go("glass"))  # fmt: skip
        names = [f"section:{one.code}" for one in self.dossier.sections]
        parts = [self._part(name, is_wide=self._is_long(name)) for name in (*names, *_AROUND)]
        aside = stack(self._panel("door"), css="cw-dossier-door")
        main = stack(self._part("overview", is_wide=True), *parts, css="cw-dossier-parts")
        self.body(self._ways(), self.undoing, stack(aside, main, css="cw-dossier-page"))
        self.refresh()

    def refresh(self) -> None:
        """Show the dossier as the workbook holds it now."""
        self.dossier = self.wb.people.dossier(self.person_id, as_of=self.on)
        agency = self.wb.agency
        self.retitle(str(agency.terms["dossier"]), card_from(self.dossier, agency))
        merged = self.wb.merging.merged_into(self.person_id)
        self.panels["door"].set(self._door())
        self.panels["overview"].set(overview_html(self.dossier, agency, self.can_edit, merged))
        self.last = self.wb.people.last_change(self.person_id) if self.can_edit else None
        self.undoing.set(self._last_change())
        for section in self.dossier.sections:
            self.panels[f"section:{section.code}"].set(section_html(section, self.can_edit))
        shown: dict[str, Callable[[Dossier], object]] = {
            "care_team": lambda one: care_team_html(one, agency, self.can_edit, self._visitors()),
            "related": lambda one: related_html(one, self.can_edit),
            "consent": lambda one: consent_html(
                self.wb.consents.states(one.person_id, as_of=self.on)
            ),
            "life": lambda one: life_html(one, self.can_edit),
            "needs": needs_html,
            "assessments": lambda one: assessments_html(one, self.can_edit),
            "given": lambda _one: self._given(),
        }
        for name, write in shown.items():
            self.panels[name].set(write(self.dossier))

    def _visitors(self) -> Html:
        wishes = self.wb.staffing.wishes(self.person_id)
        return visitors_html(self.dossier, wishes, self.can_edit)

    def _door(self) -> Html:
        tasks = self.wb.tasks.list(
            "open", person_id=self.person_id, as_of=self.on, limit=TASKS_SHOWN
        )
        counts = self.wb.tasks.count(as_of=self.on, person_id=self.person_id)
        n_open = sum(counts[status] for status in ("ready", "failed"))
        orderable = self.wb.orders.orderable() if self.can_edit else ()
        return door_html(self.dossier, tasks, n_open, self.on, orderable)

    def _given(self) -> Html:
        orders, payments, whose = self.wb.orders, self.wb.payments, self.person_id
        counted = orders.count(person_id=whose, as_of=self.on)
        sums = payments.sums(person_id=whose, as_of=self.on)
        return given_html(
            orders.list(person_id=whose, as_of=self.on, limit=GIVEN_SHOWN), sum(counted.values()),
            payments.list(person_id=whose, as_of=self.on, limit=GIVEN_SHOWN),
            sum(n for n, _fen in sums.values()), self.can_edit,
        )  # fmt: skip

    def _head(self) -> Html:
        """Write the name, and under it the short index, which stays in sight with it."""
        entries: list[tuple[str, object]] = [("dossier.overview", _("Number"))]
        entries += [(f"dossier.{one.code}", one.label) for one in self.dossier.sections]
        entries += [(f"dossier.{_FOLDS.get(name, name)}", word) for name, word in _around()]
        index = index_html(_("Parts of the dossier"), entries)
        return join([super()._head(), index])

    def _is_long(self, name: str) -> bool:
        """Tell whether a part has so many entries that it takes the whole width."""
        fields = next(
            (one.fields for one in self.dossier.sections if f"section:{one.code}" == name), ()
        )
        return sum(one.definition.core or one.is_known for one in fields) > _LONG

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
        self.did(_("Ended."))

    def verify(self, section: str) -> None:
        """Confirm everything that a section says."""
        found = next(one for one in self.dossier.sections if one.code == section)
        codes = [one.definition.code for one in found.fields if one.is_known]
        n = self.wb.people.verify_section(self.person_id, codes)
        self.did(_("{n} entries confirmed as of today.", n=n))

    def settle(self, problem: int) -> None:
        """Say that a problem of the import has been looked into."""
        self.wb.people.settle_problem(problem)
        self.did(_("Looked into."))

    def add_related(self) -> None:
        """Open the form for somebody around the person."""
        self._put("related", RelatedEditor(self, done=lambda: self._put("related")))

    def edit_related(self, related: int) -> None:
        """Open what is known of somebody around the person."""
        done = lambda: self._put("related")  # noqa: E731 - said twice it would read worse
        self._put("related", RelatedEditor(self, done=done, related=related))

    def related_history(self, related: int) -> None:
        """Show every state an entry has had."""
        versions = self.wb.family.history(related)
        self._put("related", related_history(versions, close=lambda: self._put("related")))

    def end_related(self, related: int) -> None:
        """Take somebody out of the people around."""
        self.wb.family.end(related)
        self.did(_("Ended."))

    def link_related(self, related: int) -> None:
        """Open the choice of the dossier of somebody around the person."""
        done = lambda: self._put("related")  # noqa: E731 - said twice it would read worse
        self._put("related", LinkEditor(self, done, related))

    def unlink_related(self, related: int) -> None:
        """Part an entry from the dossier it was linked with."""
        self.wb.family.unlink(related)
        self.did(_("The two dossiers are no longer linked."))

    def take_on(self, related: int) -> None:
        """Take the spouse of somebody who died on, and open the dossier."""
        number = self.wb.bereaved.take_on(related)
        self.said(_("Taken on as surviving spouse; the home and the care team went over."))
        self.shell.go("person", id=number)

    def edit_name(self) -> None:
        """Open the name."""
        self._put("overview", NameEditor(self, done=lambda: self._put("overview")))

    def add_alias(self) -> None:
        """Open the form for another name."""
        self._put("overview", AliasEditor(self, done=lambda: self._put("overview")))

    def end_alias(self, alias: int) -> None:
        """Strike out another name."""
        self.wb.identity.end_alias(alias)
        self.did(_("Struck out."))

    def edit_birth(self) -> None:
        """Open the choice of the birth date that counts."""
        self._put("overview", BirthEditor(self, done=lambda: self._put("overview")))

    def edit_number(self) -> None:
        """Open the ID number."""
        self._put("overview", NumberEditor(self, done=lambda: self._put("overview")))

    def number_history(self) -> None:
        """Show every ID number that was on file."""
        versions = self.wb.identity.number_history(self.person_id)
        self._put("overview", number_history(versions, close=lambda: self._put("overview")))

    def reveal(self, identifier: int) -> None:
        """Ask what the full number is needed for."""
        self._put("overview", RevealEditor(self, identifier, done=lambda: self._put("overview")))

    def happened(self, kind: str) -> None:
        """Open the form for something that happened."""
        self._put("life", LifeEditor(self, kind, done=lambda: self._put("life")))

    def undo(self, change: int) -> None:
        """Take the last change of the dossier back."""
        if self.last is not None and self.last.change_id == change and self.last.action == "merge":
            self.part(change)
            return
        self.wb.people.undo(change)
        self.said(_("Taken back."))
        self.refresh()

    def part(self, change: int) -> None:
        """Make two records again of one."""
        undone = self.wb.merging.undo(change)
        words = _("The two records stand as before.")
        if undone.n_left:
            words = _(
                "The two records stand as before; {n} entries changed since stay as they are.",
                n=undone.n_left,
            )
        self.said(words)
        self.refresh()

    def did(self, words: str) -> None:
        """Say what was done, with the way back, and show the dossier with it."""
        change = self.wb.people.last_change(self.person_id)
        self.said(words, (lambda: self.undo(change.change_id)) if change else None)
        self.refresh()

    def seat(self, role: str) -> None:
        """Open the form for a seat of the care team."""
        self._put("care_team", CareSeatEditor(self, role, done=lambda: self._put("care_team")))

    def visitor(self) -> None:
        """Open the form for somebody who is wanted at the door, or not wanted."""
        self._put("care_team", VisitorEditor(self, done=lambda: self._put("care_team")))

    def end_visitor(self, staff: int) -> None:
        """Say that a wish about somebody who visits no longer holds."""
        self.wb.staffing.wish(self.person_id, staff, None)
        self.did(_("Ended."))

    def end_stay(self, stay: int) -> None:
        """Withdraw a stay."""
        self.wb.life.withdraw_stay(stay)
        self.did(_("Ended."))

    def go(self, route: str, **more: Any) -> None:
        """Go on to something else about the same person."""
        self.shell.go(route, person=self.person_id, **more)

    def show_problems(self) -> None:
        """Show what the imports found wrong with this person's entries."""
        close = self.action(_("Close"), lambda: self._put("overview"), kind="quiet")
        panel = Panel(problems_html(self.dossier, self.can_edit), settle=self.settle)
        self._put("overview", panel, close)

    def _ways(self) -> Any:
        """Offer the few things that are done next with a person; the commonest last."""
        ways = [
            self.action(
                _("Print the dossier"), lambda: self.shell.go("person_sheet", id=self.person_id)
            ),
            self.action(_("Visits and talks"), lambda: self.go("visits")),
            self.action(_("Consent"), lambda: self.go("consent")),
            self.action(_("What is given"), lambda: self.go("person_money")),
            self.action(_("Order a service"), lambda: self.go("order_new")),
            self.action(_("Service plan"), lambda: self.go("plan")),
            self.action(_("Assess"), lambda: self.go("assessment")),
        ]
        if self.can_edit:
            ways.insert(
                1,
                self.action(
                    _("Recorded twice?"), lambda: self.shell.go("merge", one=self.person_id)
                ),
            )
            ways.append(
                self.action(_("Record a contact"), lambda: self.go("contact"), kind="primary")
            )
        return self.actions(*ways)

    def _last_change(self) -> Html:
        """Write what was changed last, by whom, and the way to take it back."""
        last = self.last
        trail = link(_("Who has read and changed this"), "trail")
        standing = self.wb.standing
        if standing is not None and standing.role == "supervisor":
            trail = join((trail, link(_("See what is kept, for a reason"), "glass")), " · ")
        if last is None:
            return el("p", trail, class_="cw-faint cw-last-change")
        words = _(
            "Last change: {what}, {who}, {day}",
            what=change_words(last),
            who=last.by,
            day=noted_on(last.at),
        )
        way = (
            link(_("Make two again"), "undo", change=last.change_id)
            if last.action == "merge"
            else link(_("Undo this change"), "undo", change=last.change_id)
        )
        return el("p", words, " ", way, " · ", trail, class_="cw-faint cw-last-change")

    def _part(self, name: str, *, is_wide: bool = False) -> VBox:
        return stack(self._panel(name), css="cw-dossier-wide" if is_wide else "")

    def _panel(self, name: str) -> VBox:
        panel = Panel(
            "",
            edit=self.edit,
            history=self.history,
            end=self.end,
            verify=self.verify,
            problems=self.show_problems,
            add_related=self.add_related,
            edit_related=self.edit_related,
            related_history=self.related_history,
            end_related=self.end_related,
            take_on=self.take_on,
            link_related=self.link_related,
            unlink_related=self.unlink_related,
            other=lambda id: self.shell.go("person", id=id),
            seat=self.seat,
            visitor=self.visitor,
            end_visitor=self.end_visitor,
            pairs=lambda: self.go("pairs"),
            order=lambda id: self.shell.go("order", id=id),
            happened=self.happened,
            end_stay=self.end_stay,
            edit_name=self.edit_name,
            add_alias=self.add_alias,
            end_alias=self.end_alias,
            edit_birth=self.edit_birth,
            edit_number=self.edit_number,
            reveal=self.reveal,
            number_history=self.number_history,
            part=self.part,
            go=self.go,
        )
        slot = stack(css="cw-slot")
        self.panels[name], self.slots[name] = panel, slot
        return stack(panel, slot, css="cw-part")

    def _put(self, name: str, widget: Any | None = None, *more: Any) -> None:
        """Put an editor under a part, one at a time on the page; None takes it away."""
        for slot in self.slots.values():
            if slot.children:
                slot.children = []
        if widget is not None:
            self.slots[name].children = [widget, *more]
            first = next(iter(widget.fields.values())) if isinstance(widget, Editor) else widget
            first.focus()

    def _section_of(self, fact: str) -> str:
        for section in self.dossier.sections:
            if any(one.definition.code == fact for one in section.fields):
                return f"section:{section.code}"
        raise KeyError(fact)


def _around() -> list[tuple[str, object]]:
    """Name what follows the agency's sections, in a word each."""
    words = {
        "related": _("Family"),
        "care_team": _("Care team"),
        "life": _("Whereabouts"),
        "needs": _("Wishes"),
        "consent": _("Consent"),
        "assessments": _("Assessments"),
        "given": _("Orders, payments"),
    }
    return [(name, words[name]) for name in _AROUND]


def screen(shell: Shell, id: str) -> PersonScreen | GlassScreen:
    """Show the dossier of a person; a record that came into another one shows that one."""
    try:
        return PersonScreen(shell, str(shell.wb.people.standing(int(id))))
    except NotFound:
        standing = shell.wb.standing
        if standing is None or standing.role != "caseworker":
            raise
        # The same answer whether it is a colleague's person or nobody: a way to look, for a reason.
        return GlassScreen(shell, id)

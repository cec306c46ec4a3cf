"""Who answers for how much; and handing everything over when somebody leaves, in one act.

Who: the supervisor, when somebody is new, away or leaves. Decides: who takes over whose people.
Clicks: one to a member of staff, one to see what each successor would take, one to do it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from casework.terms import _
from casework.ui import (
    ChoiceField,
    Column,
    DataTable,
    Html,
    LongText,
    ManyField,
    Noted,
    Panel,
    Screen,
    Shell,
    State,
    el,
    link,
    listed,
    section,
    stack,
    state,
)
from casework.ui.contact_fields import codes_of
from casework.ui.wording import day_text, spaced
from casework.workbook.caseloads import Caseload, HandedOver, Share

__all__ = ["CaseloadScreen", "linked_html", "screen"]

_LINKED = ("caseworker", "supervisor", "leader")
_NAMED = 8


class CaseloadScreen(Screen):
    """All caseloads, and the form that hands one over.

    Parameters
    ----------
    staff : str
        Id of a member of staff whose caseload is to be handed over.
    """

    def __init__(self, shell: Shell, staff: str = "") -> None:
        super().__init__(
            shell,
            _("Caseloads"),
            lead=_("Everything has somebody who answers for it; who leaves hands all of it over."),
        )
        self.can_edit = shell.as_of is None
        self.loads: list[Caseload] = []
        self.chosen: Caseload | None = None
        self.table = DataTable(
            [
                Column("name", _("Worker")),
                Column("people", _("People"), kind="number"),
                Column("tasks", _("Open tasks"), kind="number"),
                Column("overdue", _("Overdue"), kind="number"),
                Column("needs", _("Needs"), kind="number", phone="hide"),
                Column("issues", _("Issues"), kind="number", phone="hide"),
            ],
            listed([]),
            caption=_("Caseloads"),
            opens=self.choose,
            search_hint=_("Name"),
            empty=(
                _("Nobody is at work on this day."),
                _("Staff come with the import or with the set-up of the workbook."),
            ),
        )
        self.slot = stack(css="cw-slot")
        self.past = Panel("", undo=self.take_back)
        ways = Panel(
            ways_html(checked=bool(self.wb.self_checks.lists())),
            hours=lambda: shell.go("hours"),
            trainings=lambda: shell.go("trainings"),
            self_check=lambda: shell.go("self_check"),
        )
        self.linked = Panel("")
        self.body(self.slot, self.linked, ways, self.table, self.past)
        self.refresh()
        if staff.isdigit():
            self.choose(staff)

    def refresh(self) -> None:
        """Read the caseloads again."""
        found = self.wb.caseloads.loads(as_of=self.on)
        self.loads = sorted(
            found, key=lambda one: (one.staff_id is not None, -one.people, -one.tasks)
        )
        self.linked.set(linked_html(self.loads))
        self.table.source = listed([_row(one) for one in self.loads])
        self.table.refresh()
        self.past.set(history_html(self.wb.caseloads.history(), self.can_edit))

    def choose(self, key: str) -> None:
        """Open the form that hands a caseload over; what nobody has is given to whoever answers."""
        if not self.can_edit:
            return
        if key == "nobody":
            self.settle()
            return
        self.chosen = next(one for one in self.loads if str(one.staff_id) == key)
        others = {
            str(one.staff_id): spaced(_("{name}, {n} people", name=one.name, n=one.people))
            for one in self._successors(self.chosen)
        }
        self.to = ManyField("to", _("Who takes over"), others, required=True)
        self.leaves = ChoiceField(
            "leaves",
            _("Is today the last day at work?"),
            {"yes": _("yes, leaves"), "no": _("no, stays")},
            required=True,
        )
        self.reason = LongText("reason", _("Reason"), rows=2, longest=2000, required=True)
        self.fields = {one.name: one for one in (self.to, self.leaves, self.reason)}
        self.shares = Panel("")
        self.to.changed.append(self.preview)
        kept = self.keeps("caseloads.hand_over", self.fields, key)
        bar = stack(
            self.action(_("Leave as it is"), self.put_away, kind="quiet", form=kept),
            self.action(
                _("Hand everything over"), self.hand_over, kind="primary", key="ctrl+s", form=kept
            ),
            css="cw-actions",
        )
        title = el("h2", _("Hand over everything of {name}", name=self.chosen.name))
        told = el(
            "p",
            _held(self.chosen),
            " ",
            link(_("Print their plan sheets"), "sheets", staff=key) if self.chosen.people else None,
            class_="cw-lead",
        )
        self.slot.children = [
            stack(
                Panel(title),
                Panel(told, sheets=lambda staff: self.shell.go("plan_sheet", staff=staff)),
                self.to, self.shares, self.leaves, self.reason, bar,
                css="cw-editor",
            )
        ]  # fmt: skip
        self.to.focus()

    def _successors(self, leaver: Caseload) -> list[Caseload]:
        """Give who can take over: those in the same role, and supervisors; else everybody."""
        rest = [one for one in self.loads if one.staff_id not in (None, leaver.staff_id)]
        fitting = [one for one in rest if one.role in (leaver.role, "supervisor")]
        return fitting or rest

    def preview(self) -> None:
        """Show what each successor would take over."""
        to = [int(one) for one in self.to.value or ()]
        if self.chosen is None or self.chosen.staff_id is None or not to:
            self.shares.set("")
            return
        self.shares.set(shares_html(self.wb.caseloads.preview(self.chosen.staff_id, to)))

    def hand_over(self) -> None:
        """Hand everything over, in one act that can be taken back."""
        entered = self.read()
        if self.chosen is None or self.chosen.staff_id is None:
            return
        made = self.wb.caseloads.hand_over(
            self.chosen.staff_id,
            [int(one) for one in entered["to"] or ()],
            reason=entered["reason"] or "",
            leaves=entered["leaves"] == "yes",
        )
        name = self.chosen.name
        self.put_away()
        self.refresh()
        self.said(
            _("Everything of {name} is handed over.", name=name), undo=lambda: self.take_back(made)
        )

    def take_back(self, handover: int) -> None:
        """Take a handover back."""
        n = self.wb.caseloads.take_back(handover)
        self.refresh()
        self.said(_("Taken back: {n} entries.", n=n))

    def settle(self) -> None:
        """Give what nobody answers for to whoever does."""
        n = self.wb.caseloads.settle()
        self.refresh()
        self.said(_("{n} entries have an owner now.", n=n))

    def put_away(self) -> None:
        """Take the form away."""
        self.chosen = None
        self.fields = {}
        self.slot.children = []


def linked_html(loads: Sequence[Caseload]) -> Html:
    """Write whether everybody in care has a caseworker, and everybody who works has people.

    Volunteers, analysts and administrators are not asked for people of their own, nor is whoever
    leaves that day.
    """
    everybody = sum(one.people for one in loads)
    without = sum(one.people for one in loads if one.staff_id is None)
    free = [
        one.name or ""
        for one in loads
        if one.role in _LINKED and not one.people and not one.is_leaving
    ]
    if without:
        people = state("overdue", _("{n} of {all} people have no caseworker", n=without,
                                    all=everybody))  # fmt: skip
    else:
        people = state("done", spaced(_("All {n} people have a caseworker", n=everybody)))
    if not free:
        workers = state("done", _("everybody who works is linked to somebody"))
    else:
        named = "、".join(free[:_NAMED]) + ("…" if len(free) > _NAMED else "")
        words = _("{n} who work are linked to nobody: {names}", n=len(free), names=named)
        workers = state("due", words)
    return el("p", people, workers, class_="cw-dotted")


screen = CaseloadScreen


def _row(one: Caseload) -> dict[str, object]:
    if one.staff_id is None:
        name: object = Noted(
            State("warning", _("nobody")), _("click to give it to whoever answers")
        )
    else:
        name = Noted(one.name or "", codes_of_role(one.role))
    return {
        "id": "nobody" if one.staff_id is None else str(one.staff_id),
        "name": name,
        "people": one.people,
        "tasks": one.tasks,
        "overdue": one.overdue,
        "needs": one.needs,
        "issues": one.issues,
    }


def codes_of_role(role: str | None) -> str:
    """Name a role of staff in the language in force."""
    own = {
        "supervisor": _("supervisor"),
        "administrator": _("administrator"),
        "analyst": _("analyst"),
    }
    return own.get(role or "") or str(codes_of("actor").get(role or "", role or ""))


def _held(one: Caseload) -> str:
    return spaced(
        _(
            "People: {people}; open tasks: {tasks} ({overdue} overdue); needs: {needs}; issues: "
            "{issues}.",
            people=one.people,
            tasks=one.tasks,
            overdue=one.overdue,
            needs=one.needs,
            issues=one.issues,
        )
    )


def shares_html(shares: list[Share]) -> Html:
    """Write what each successor would take over."""
    rows = [
        el(
            "li",
            el("b", one.name),
            " ",
            spaced(
                _(
                    "takes over: people {people} (those no longer in care too), tasks {tasks} "
                    "(those to come too), needs {needs}, issues {issues}",
                    people=len(one.persons),
                    tasks=len(one.tasks),
                    needs=len(one.needs),
                    issues=len(one.issues),
                )
            ),
        )
        for one in shares
    ]
    hint = el("p", _("People of one community stay together."), class_="cw-hint")
    return el("div", el("ul", rows, class_="cw-lines"), hint, class_="cw-notice cw-notice-info")


def ways_html(*, checked: bool) -> Html:
    """Lead to what else is known of the staff."""
    ways = [link(_("Hours and a fair share"), "hours"), " · ",
            link(_("Learning and training"), "trainings")]  # fmt: skip
    if checked:
        ways += [" · ", link(_("Self-check"), "self_check")]
    return el("p", ways, class_="cw-hint")


def history_html(made: list[HandedOver], can_edit: bool) -> Html | str:
    """Write past handovers, each with its way back."""
    if not made:
        return ""
    rows: list[Any] = []
    for one in made:
        to = _(", ").join(
            spaced(_("{name} ({n} people)", name=name, n=n)) for name, n in one.to.items()
        )
        way: object = None
        if one.undone_at is not None:
            way = el("span", _("taken back"), class_="cw-hint")
        elif can_edit:
            way = link(_("Take it back"), "undo", handover=one.handover_id)
        rows.append(
            el(
                "li",
                el("p", el("b", one.name), el("span", day_text(one.begins_on)),
                   el("span", "→ ", to), way, class_="cw-dotted"),
                el("p", one.reason, class_="cw-hint"),
            )
        )  # fmt: skip
    return section(_("Handovers"), el("ul", rows, class_="cw-recent"))

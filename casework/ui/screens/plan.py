"""One person's plan: what the rules propose and why, what people decide about it, who approves.

Decides what can be done with a version in its state by whoever looks; leaves states and steps to
`wb.plans`. A version in force is never changed: changing starts a draft.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

from casework.errors import InvalidEntry, NotFound
from casework.reference import services
from casework.terms import _
from casework.ui import (
    ChoiceField,
    LongText,
    ManyField,
    NumberField,
    Panel,
    Screen,
    TextField,
    el,
    empty_state,
    offer,
    stack,
)
from casework.ui.cards import card_of
from casework.ui.contact_fields import channel_names, codes_of
from casework.ui.day_rows import withdrawn_markup
from casework.ui.plan_aims import PlanAims
from casework.ui.plan_pieces import (
    answered_by_item,
    decided_together,
    difference_markup,
    items_markup,
    standing_markup,
    unknown_markup,
    versions_markup,
    why_not_markup,
)
from casework.workbook.plans import ItemChange

if TYPE_CHECKING:
    from casework.ui.shell import Shell
    from casework.workbook.plan_told import PlanLine, PlanVersion

__all__ = ["PlanScreen", "screen"]

_WAITING = ("draft", "submitted", "approved")
_EDITED = (
    "title", "service", "times", "per", "amount", "unit", "channels", "actor", "minutes", "lead",
    "support", "need", "reason",
)  # fmt: skip
_SHOWN = {
    "change": (
        "times",
        "per",
        "amount",
        "unit",
        "channels",
        "actor",
        "minutes",
        "lead",
        "support",
        "reason",
    ),
    "decline": ("reason",),
    "decline_group": ("reason",),
    "add": _EDITED,
    "return": ("reason",),
}


class PlanScreen(Screen):
    """The plan of one person.

    Parameters
    ----------
    person : str
        Id of the person.
    plan : str
        Id of the version to show; by default the one being worked on, else the one in force.
    """

    def __init__(self, shell: Shell, person: str, plan: str = "") -> None:
        self.person_id = int(person)
        super().__init__(
            shell, _("Service plan"), person=card_of(shell.wb, self.person_id, shell.on)
        )
        self.asked = int(plan) if plan.isdigit() else None
        self.version: PlanVersion | None = None
        self.doing = ""
        self.item = ""
        self._answers: dict[str, list[str]] = {}
        for field in self._editor_fields():
            self.field(field)
        self._lay_out()
        self.refresh()

    # --- showing --------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show the version that matters now, why it says what it says, and what can be done."""
        plans = self.wb.plans
        versions = plans.versions(self.person_id)
        in_force = plans.in_force(self.person_id, as_of=self.on)
        self.version = self._chosen(versions, in_force)
        if self.version is None:
            self._show_nothing()
            return
        shown = self.version
        explanation = plans.explain(self.person_id, as_of=self.on)
        why = {one.rule: one for one in explanation.reasons if one.applies is True}
        self.standing.set(standing_markup(shown, in_force))
        may = self._may(shown, in_force)
        self._answers = answers = answered_by_item(plans.needs(self.person_id, as_of=self.on))
        self.items.set(
            items_markup(
                shown.lines,
                why,
                self.wb.agency,
                may,
                answers,
                self._orderable(shown),
                waits=shown.state in _WAITING,
            )
        )
        self.aims.refresh()
        differs = in_force is not None and in_force.plan_id != shown.plan_id
        self.differences.set(
            difference_markup(plans.difference(shown.plan_id), in_force) if differs else ""
        )
        self.unknown.set(unknown_markup(explanation))
        self.history.set(versions_markup(versions, shown.plan_id))
        gone = self.wb.tasks.list("withdrawn", as_of=self.on, person_id=self.person_id)
        self.withdrawn.set(withdrawn_markup(gone, of_one=True))
        self.why_not.set(why_not_markup(explanation))
        self._show_steps(shown, in_force)

    def _chosen(
        self, versions: list[PlanVersion], in_force: PlanVersion | None
    ) -> PlanVersion | None:
        if self.asked is not None:
            return next((one for one in versions if one.plan_id == self.asked), None)
        waiting = [one for one in versions if one.state in _WAITING]
        return next(iter(waiting), in_force)

    def _may(self, shown: PlanVersion, in_force: PlanVersion | None) -> tuple[str, ...]:
        """Tell what can be done with single items of the version that is shown."""
        if self.shell.as_of is not None:
            return ()
        if shown.state == "draft":
            return ("accept", "change", "decline", "restore")
        if in_force is not None and shown.plan_id == in_force.plan_id:
            return ("accept", "change", "decline", "restore")
        return ()

    def _show_nothing(self) -> None:
        """Say that there is no plan yet, and how to get one."""
        make = el(
            "button",
            _("Draw up the plan by the rules"),
            type="button",
            class_="cw-action cw-primary",
            **offer("draw"),
        )
        self.items.set(
            empty_state(
                _("There is no plan for this person yet."),
                _("The rules of the agency propose one from the dossier; you decide about it."),
                make,
            )
        )
        self.aims.refresh()
        for panel in (
            self.standing, self.differences, self.unknown, self.withdrawn, self.history,
            self.why_not,
        ):  # fmt: skip
            panel.set("")
        self._show_steps(None, None)

    def _show_steps(self, shown: PlanVersion | None, in_force: PlanVersion | None) -> None:
        possible = shown.possible if shown is not None and self.shell.as_of is None else ()
        editable = self.shell.as_of is None and shown is not None
        is_draft = editable and shown is not None and shown.state == "draft"
        proposed = shown is not None and any(one.state == "proposed" for one in shown.lines)
        is_live = in_force is not None and shown is not None and in_force.plan_id == shown.plan_id
        wanted = {
            "submit": is_draft and "submit" in possible,
            "discard": is_draft and "discard" in possible,
            "withdraw": "withdraw" in possible,
            "approve": "approve" in possible,
            "return": "return" in possible,
            "accept_all": editable and proposed and (is_draft or is_live),
            "add": editable and (is_draft or is_live),
        }
        for name, box in self._steps.items():
            _show(box, bool(wanted[name]))
        words = ""
        if wanted["accept_all"]:
            words = _accepting_words() if is_live else _accepting_draft_words()
        self.leads.set(el("p", words, class_="cw-hint") if words else "")

    def show_bar(self, wanted: bool) -> None:
        """Show the steps at the foot, or take them away while a form of its own is open."""
        _show(self._bar, wanted)

    # --- items ----------------------------------------------------------------------------------

    def accept(self, item: str) -> None:
        """Say yes to one proposed item."""
        self.wb.plans.accept(self._plan_id, [item])
        self.refresh()

    def accept_all(self) -> None:
        """Say yes to everything the rules propose."""
        n = self.wb.plans.accept(self._plan_id)
        self.refresh()
        self.said(_("Accepted {n} items.", n=n))

    def accept_group(self, group: str) -> None:
        """Say yes to the proposed items of one group."""
        n = self.wb.plans.accept(self._plan_id, [one.key for one in self._together(group)])
        self.refresh()
        self.said(_("Accepted {n} items.", n=n))

    def decline_group(self, group: str) -> None:
        """Open the proposed items of one group to leave them out, with one reason."""
        titles = _(", ").join(one.title for one in self._together(group))
        self._open("decline_group", group, _("Leave out: {title}", title=titles))

    def _together(self, group: str) -> list[PlanLine]:
        """Give the proposed items of a group as it is shown."""
        lines = self.version.lines if self.version is not None else ()
        proposed = [one for one in lines if one.state == "proposed"]
        return decided_together(proposed, self._answers).get(group, [])

    def _save_decline_group(self, entered: dict[str, Any]) -> None:
        keys = [one.key for one in self._together(self.item)]
        draft = self._draft()
        for key in keys:
            self.wb.plans.decline(draft.plan_id, key, reason=entered["reason"] or "")

    def restore_item(self, item: str) -> None:
        """Take an item in again that was left out."""
        self.wb.plans.accept(self._draft().plan_id, [item])
        self.refresh()

    def change(self, item: str) -> None:
        """Open an item to change how often, how, by whom."""
        line = self._line(item)
        self._open("change", item, _("Change: {title}", title=line.title))
        quota = line.timing.get("quota")
        for name in ("times", "per"):
            self.fields[name].put(quota[name] if quota else None)
        self.fields["channels"].put(list(line.channels))
        self.fields["actor"].put(line.actor)
        self.fields["minutes"].put(line.duration_minutes)
        self.fields["amount"].put(line.amount)
        self.fields["unit"].put(line.unit)
        for how in ("lead", "support"):
            parties = [one for one, part in line.responsible.items() if part == how]
            self.fields[how].put(parties)
        _show(self._rhythm, quota is not None)

    def decline(self, item: str) -> None:
        """Open an item to leave it out, with the reason."""
        self._open("decline", item, _("Leave out: {title}", title=self._line(item).title))

    def add(self) -> None:
        """Open an empty item to add something that no rule asks for."""
        self._open("add", "", _("Add something for this person"))
        _show(self._need, bool(self._needs))
        self.fields["service"].focus()

    def save_item(self) -> None:
        """Save what was entered for an item, in a draft."""
        entered = self._read_shown()
        acts: dict[str, Callable[[dict[str, Any]], None]] = {
            "change": self._save_change,
            "decline": self._save_decline,
            "decline_group": self._save_decline_group,
            "add": self._save_added,
            "return": self._send_back,
        }
        acts[self.doing](entered)
        self.close_editor()
        self.refresh()

    def close_editor(self) -> None:
        """Put the editor away without saving."""
        self.doing = self.item = ""
        self._editor.remove_class("cw-open")
        _show(self._editor, False)

    def _save_change(self, entered: dict[str, Any]) -> None:
        before = self._line(self.item)
        timing = None
        if before.timing.get("quota"):
            timing = {"quota": {"times": entered["times"], "per": entered["per"]}}
        change = ItemChange(
            timing=None if timing is None or timing == before.timing else timing,
            channels=tuple(entered["channels"] or ()),
            actor=entered["actor"],
            duration_minutes=entered["minutes"],
            amount=entered["amount"],
            unit=entered["unit"],
            responsible=_parties(entered),
        )
        reason = entered["reason"] or ""
        self.wb.plans.change(self._draft().plan_id, self.item, change, reason=reason)

    def _save_decline(self, entered: dict[str, Any]) -> None:
        draft = self._draft()
        if self._line(self.item).origin == "manual":
            self.wb.plans.remove(draft.plan_id, self.item)
        else:
            self.wb.plans.decline(draft.plan_id, self.item, reason=entered["reason"] or "")

    def _save_added(self, entered: dict[str, Any]) -> None:
        service = entered["service"]
        if service is None:
            raise InvalidEntry(_("Choose what is to be done."), "service")
        change = ItemChange(
            title=entered["title"] or str(services()[service].label),
            service=service,
            timing={"quota": {"times": entered["times"], "per": entered["per"]}},
            channels=tuple(entered["channels"] or ()),
            actor=entered["actor"],
            duration_minutes=entered["minutes"],
            amount=entered["amount"],
            unit=entered["unit"],
            responsible=_parties(entered),
        )
        need = int(entered["need"]) if entered["need"] else None
        self.wb.plans.add(
            self._draft().plan_id, change, need_id=need, reason=entered["reason"] or None
        )

    # --- steps ----------------------------------------------------------------------------------

    def draw(self) -> None:
        """Draw up the plan of this person by the rules."""
        self.wb.plans.compile(persons=[self.person_id])
        self.refresh()

    def submit(self) -> None:
        """Hand the draft to the supervisor; needs that nothing answers are settled first."""
        plan = self._plan_id
        if self._asks_for_bare(_("Save and submit"), self.submit):
            return
        self.wb.plans.submit(plan)
        self.refresh()
        self.said(
            _("Submitted: the supervisor decides now."),
            undo=lambda: self._and_refresh(lambda: self.wb.plans.withdraw(plan)),
        )

    def withdraw(self) -> None:
        """Take a submitted version back."""
        self.wb.plans.withdraw(self._plan_id)
        self.refresh()

    def discard(self) -> None:
        """Give up the draft: the version in force stays."""
        self.wb.plans.discard(self._plan_id)
        self.asked = None
        self.refresh()
        self.said(_("The draft is given up; what was in force stays in force."))

    def approve(self) -> None:
        """Approve the version: it comes into force today and its tasks are placed."""
        if self._asks_for_bare(_("Save and approve"), self.approve):
            return
        self.wb.plans.approve(self._plan_id)
        self.asked = None
        self.refresh()
        self.said(_("Approved: in force from today, its tasks are placed."))

    def _asks_for_bare(self, verb: str, then: Callable[[], object]) -> bool:
        """Ask what becomes of needs that the plan leaves alone, and go on; False without any."""
        bare = self.wb.plans.bare_needs(self._plan_id)
        if bare and self.version is not None:
            self.aims.settle_bare(bare, self.version, verb, then)
        return bool(bare)

    def send_back(self) -> None:
        """Open the comment with which the version goes back."""
        self._open("return", "", _("Return the plan with a comment"))

    def _send_back(self, entered: dict[str, Any]) -> None:
        self.wb.plans.send_back(self._plan_id, comment=entered["reason"] or "")
        self.said(_("Returned with your comment."))

    # --- parts ----------------------------------------------------------------------------------

    @property
    def _plan_id(self) -> int:
        if self.version is None:
            raise NotFound(_("There is no plan for this person yet."))
        return self.version.plan_id

    def _draft(self) -> PlanVersion:
        """Give the draft to write into; the first change of a version in force starts one."""
        if self.version is not None and self.version.state == "draft":
            return self.version
        self.asked = None
        return self.wb.plans.draft(self.person_id)

    def _line(self, item: str) -> PlanLine:
        if self.version is None:
            raise NotFound(_("There is no plan for this person yet."))
        return self.version.line(item)

    def _and_refresh(self, act: Callable[[], object]) -> None:
        act()
        self.shell.refresh()

    def _open(self, doing: str, item: str, title: str) -> None:
        """Open the editor for one thing to do."""
        self.doing, self.item = doing, item
        self.editor_title.set(el("h2", title))
        for name in _EDITED:
            self.fields[name].put(None)
            self.fields[name].passed()
        shown = _SHOWN[doing]
        _show(self._what, doing == "add")
        _show(self._rhythm, "times" in shown)
        _show(self._how, "channels" in shown)
        _show(self._need, False)
        self.save_item_action.show(label=self._verb(doing))
        _show(self._editor, True)
        self._editor.add_class("cw-open")
        self.fields["reason" if "times" not in shown else "times"].focus()

    def _verb(self, doing: str) -> str:
        return {
            "change": _("Save the change"),
            "decline": _("Leave it out"),
            "decline_group": _("Leave them out"),
            "add": _("Add to the plan"),
            "return": _("Return the plan"),
        }[doing]

    def _read_shown(self) -> dict[str, Any]:
        """Read the fields in sight; the others are not asked now.

        What is missing is said before a draft is begun, so that a refusal leaves none behind.
        """
        shown = _SHOWN[self.doing]
        values: dict[str, Any] = dict.fromkeys(_EDITED)
        for name in shown:
            values[name] = self.fields[name].value
        has_quota = self.doing == "add" or (
            self.doing == "change" and bool(self._line(self.item).timing.get("quota"))
        )
        if has_quota and (values["times"] is None or values["per"] is None):
            raise InvalidEntry(_("Say how often: a number and a period."), "times")
        by_hand = self.doing in ("change", "decline") and self._line(self.item).origin == "manual"
        if not values["reason"] and not values["need"] and not by_hand:
            raise InvalidEntry(
                _("A reason is missing. Say in a sentence why, so that others can follow."),
                "reason",
            )
        return values

    def _editor_fields(self) -> list[Any]:
        names = channel_names(self.wb.agency, codes_of("channel"))
        needs = self.wb.needs.of_person(self.person_id)
        self._needs = {str(one.id): one.title for one in needs if one.state == "open"}
        offered = {code: str(one.label) for code, one in services().items()}
        return [
            ChoiceField("service", _("What"), offered, most_chips=0),
            TextField("title", _("In words"), hint=_("Empty: as it is called above")),
            NumberField("times", _("How often"), least=1, most=366, unit=_("times")),
            ChoiceField("per", _("In each"), _periods()),
            ManyField("channels", _("By which channels"), names),
            ChoiceField("actor", _("Who acts"), codes_of("actor"), most_chips=0),
            NumberField("minutes", _("How long"), least=1, most=1440, unit=_("minutes")),
            NumberField("amount", _("How much each time"), least=1, most=9999),
            ChoiceField("unit", _("Counted in"), codes_of("item_unit"), most_chips=0),
            ManyField("lead", _("Who leads"), codes_of("actor")),
            ManyField("support", _("Who helps"), codes_of("actor")),
            ChoiceField("need", _("For which need"), self._needs, most_chips=0),
            LongText(
                "reason", _("Reason"), rows=2, longest=2000, hint=_("So that others can follow it")
            ),
        ]

    def _lay_out(self) -> None:
        take = self.fields
        self.standing = Panel("")
        self.items = Panel(
            "",
            accept=self.accept,
            accept_group=self.accept_group,
            decline_group=self.decline_group,
            change=self.change,
            decline=self.decline,
            restore=self.restore_item,
            draw=self.draw,
            order=self.order,
        )
        self.differences = Panel("")
        self.differences.add_class("cw-first")
        self.unknown = Panel("", dossier=lambda: self.shell.go("person", id=self.person_id))
        self.history = Panel("", version=self.show_version)
        self.withdrawn = Panel("")
        self.why_not = Panel("")
        self.leads = Panel("")
        self._bar = self.actions(*self._step_actions())
        self.editor_title = Panel("")
        self._what = stack(take["service"], take["title"])
        self._rhythm = stack(take["times"], take["per"])
        self._how = stack(
            take["amount"], take["unit"], take["channels"], take["actor"], take["minutes"],
            take["lead"], take["support"],
        )  # fmt: skip
        self.aims = PlanAims(self)
        self._need = stack(take["need"])
        self.save_item_action = self.action("", self.save_item, kind="primary", key="ctrl+s")
        cancel = self.action(_("Cancel"), self.close_editor, kind="quiet")
        self._editor = stack(
            self.editor_title,
            self._what,
            self._rhythm,
            self._how,
            self._need,
            take["reason"],
            stack(cancel, self.save_item_action, css="cw-decide-acts"),
            css="cw-stack cw-decide",
        )
        _show(self._editor, False)
        beside = stack(
            self._editor, self.differences, self.unknown, self.withdrawn, self.history,
            css="cw-stack cw-beside",
        )  # fmt: skip
        self.body(
            self.standing,
            self.leads,  # near the top: the bar that it speaks of is always in sight
            stack(
                stack(self.aims.box, self.items, self.why_not),
                beside,
                css="cw-split cw-split-plan",
            ),
            self._bar,
        )

    def _step_actions(self) -> list[Any]:
        """Make the buttons of all steps; which of them are seen depends on the version."""
        acts = {
            "discard": self.action(_("Give up the draft"), self.discard, kind="quiet"),
            "withdraw": self.action(_("Take the submission back"), self.withdraw),
            "return": self.action(_("Return with a comment"), self.send_back),
            "add": self.action(_("Add by hand"), self.add),
            "accept_all": self.action(_("Accept all that is proposed"), self.accept_all),
            "submit": self.action(_("Submit for approval"), self.submit, kind="primary"),
            "approve": self.action(_("Approve the plan"), self.approve, kind="primary"),
        }
        self._steps = {name: stack(action) for name, action in acts.items()}
        sheet = self.action(_("Plan sheet"), self.print_sheet, kind="quiet")
        return [sheet, *self._steps.values()]

    def _orderable(self, shown: PlanVersion) -> Collection[str]:
        """Give the kinds of work of this version for which a service can be ordered now."""
        if shown.state != "active" or self.shell.as_of is not None:
            return ()
        return self.wb.orders.orderable()

    def order(self, item: str) -> None:
        """Order a service for the next task of an item; without one, what answers such work."""
        tasks = self.wb.tasks.list("open", person_id=self.person_id, limit=None)
        waiting = [one for one in tasks if one.item_key == item]
        if waiting:
            following = min(waiting, key=lambda one: (one.status == "failed", one.due_on))
            self.shell.go("order_new", person=self.person_id, task=following.task_id)
            return
        line = next((one for one in (self.version.lines if self.version else ())
                     if one.key == item), None)  # fmt: skip
        fitting = self.wb.orders.orderable().get(line.service, ()) if line else ()
        self.shell.go("order_new", person=self.person_id, item=next(iter(fitting), None))

    def print_sheet(self) -> None:
        """Show the plan as it is printed, on one A4."""
        self.shell.go("plan_sheet", person=self.person_id)

    def show_version(self, plan: int) -> None:
        """Show another version."""
        self.shell.go("plan", person=self.person_id, plan=plan)


screen = PlanScreen


def _parties(entered: dict[str, Any]) -> dict[str, str] | None:
    """Give who leads and who helps; None where neither was said, so that it stays as it is."""
    if entered["lead"] is None and entered["support"] is None:
        return None
    told = dict.fromkeys(entered["support"] or (), "support")
    return {**told, **dict.fromkeys(entered["lead"] or (), "lead")}


def _accepting_words() -> str:
    return _(
        "“Accept all that is proposed” agrees to what the rules propose. The tasks go on as they "
        "are, and each item can still be changed."
    )


def _accepting_draft_words() -> str:
    return _(
        "“Accept all that is proposed” agrees to what the rules propose. Then submit the draft for "
        "approval."
    )


def _periods() -> dict[str, str]:
    return {
        "week": _("week"),
        "month": _("month"),
        "quarter": _("quarter"),
        "half_year": _("half year"),
        "year": _("year"),
    }


def _show(box: Any, wanted: bool) -> None:
    """Show a part of the screen, or take it out of sight and of the keyboard's way."""
    box.layout.display = None if wanted else "none"

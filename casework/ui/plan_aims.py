"""What a plan is for, on the plan screen: needs with what answers them, goals with their progress.

Decides how a need comes to an item, and how a goal is set, read and closed there; leaves what
answered and reached mean to the workbook.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from casework.errors import InvalidEntry
from casework.instruments.library import instruments
from casework.reference import code_list
from casework.terms import _
from casework.ui.contact_fields import codes_of
from casework.ui.escape import Html, el
from casework.ui.fields import ChoiceField, DateField, LongText, NumberField, TextField, read_all
from casework.ui.parts import link, section, stack, state
from casework.ui.widgets import Panel
from casework.ui.wording import day_text, spaced
from casework.workbook.goals import GoalEntry, GoalView, goal_status_text, measure_text
from casework.workbook.needs import NeedView, WishView
from casework.workbook.plan_needs import AnsweredNeed

if TYPE_CHECKING:
    from casework.ui.screens.plan import PlanScreen
    from casework.workbook.plans import PlanVersion

__all__ = ["PlanAims", "goals_html", "needs_html", "wishes_html"]

_GOAL_DAYS = 180
_SHOWN = 4
_NOT_MET = ("deferred", "cannot_be_met", "declined")
_ITEM = "item:"
_SIGNS = {
    "reached": "done", "on_track": "ready", "behind": "due", "worse": "warning", "late": "overdue",
    "not_measured": "unknown",
}  # fmt: skip


class PlanAims:
    """The part of the plan screen about needs and goals; `box` is what is shown.

    Parameters
    ----------
    screen : PlanScreen
        Gives the workbook, the person and messages; opens its editor for a new item.
    """

    def __init__(self, screen: PlanScreen) -> None:
        self.screen = screen
        self.wb = screen.wb
        self.panel = Panel(
            "",
            arrange=self.arrange,
            link=self.link_item,
            part=self.part,
            why=lambda need: screen.shell.go("needs", person=screen.person_id, need=need),
            wish=lambda wish: screen.shell.go("needs", person=screen.person_id, wish=wish),
            goal=self.set_goal,
            read=self.read_goal,
            close=self.close_goal,
        )
        self.slot = stack(css="cw-slot")
        self.box = stack(self.panel, self.slot)

    def refresh(self) -> None:
        """Show needs and goals as they stand on the day that is looked at."""
        screen = self.screen
        can_edit = screen.shell.as_of is None
        self.needs = self.wb.plans.needs(screen.person_id, as_of=screen.on)
        self.goals = self.wb.goals.of_person(screen.person_id, as_of=screen.on)
        has_plan = self.wb.plans.in_force(screen.person_id, as_of=screen.on) is not None
        parts = []
        if self.needs:
            parts.append(needs_html(self.needs, can_edit and has_plan, screen.on))
        wishes = self.wb.needs.wishes(screen.person_id, as_of=screen.on)
        if wishes:
            parts.append(wishes_html(wishes, can_edit))
        if self.goals or can_edit:
            parts.append(goals_html(self.goals, can_edit))
        self.panel.set(el("div", parts, class_="cw-stack"))
        self.slot.children = []
        screen.show_bar(True)

    # --- needs ----------------------------------------------------------------------------------

    def arrange(self, need: int) -> None:
        """Open the plan's editor for a new item that answers a need."""
        self.screen.add()
        self.screen.fields["need"].put(str(need))

    def link_item(self, need: int) -> None:
        """Open the form that says which item answers a need."""
        plan = self.wb.plans.in_force(self.screen.person_id)
        titles = {
            one.key: one.title for one in (plan.lines if plan else ()) if one.state != "declined"
        }
        item = ChoiceField("item", _("Answered by"), titles, most_chips=0, required=True)
        self._ask(
            f"link_item.{need}",
            _("What in the plan answers it?"),
            [item],
            lambda read: self.wb.plans.answer(need, read["item"]),
        )

    def settle_bare(
        self, needs: list[NeedView], plan: PlanVersion, verb: str, then: Callable[[], object]
    ) -> None:
        """Ask what answers each of these needs, or why nothing does, and go on with a plan."""
        states = code_list("need_state")
        ways = {one: str(states.label_of(one)) for one in _NOT_MET}
        ways |= {
            f"{_ITEM}{one.key}": _("“{title}” answers it", title=one.title)
            for one in plan.lines
            if one.state != "declined"
        }
        fields: list[Any] = []
        for one in needs:
            fields += [
                ChoiceField(f"how_{one.id}", one.title, ways, most_chips=0, required=True),
                LongText(f"why_{one.id}", _("Why"), rows=1, longest=500,
                         hint=_("Wanted unless something in the plan answers it")),
            ]  # fmt: skip

        def save(read: dict[str, Any]) -> None:
            for one in needs:
                if not read[f"how_{one.id}"].startswith(_ITEM) and not read[f"why_{one.id}"]:
                    raise InvalidEntry(
                        _("Say why, in a sentence: a need that is not met keeps its reason."),
                        f"why_{one.id}",
                    )
            for one in needs:
                how = read[f"how_{one.id}"]
                if how.startswith(_ITEM):
                    self.wb.plans.answer(one.id, how.removeprefix(_ITEM))
                else:
                    self.wb.needs.change_need(one.id, how, reason=read[f"why_{one.id}"])

        title = _("What becomes of the needs that nothing in this plan answers?")
        self._ask(f"bare.{plan.plan_id}", title, fields, save, verb=verb, then=then)

    def part(self, need: int, item: str) -> None:
        """Take back that an item answers a need."""
        self.wb.plans.part(need, item)
        self.refresh()

    # --- goals ----------------------------------------------------------------------------------

    def set_goal(self) -> None:
        """Open the form for a goal."""
        named = {code: str(one.label) for code, one in instruments().items()}
        today = self.wb.today
        fields = [
            TextField("title", _("What is to be reached"), longest=80, required=True),
            ChoiceField("domain", _("Domain"), codes_of("need_domain"), most_chips=0,
                        required=True),
            ChoiceField("instrument", _("Measured by"), named, most_chips=0,
                        hint=_("Empty: a number that you read yourself")),
            TextField("unit", _("Unit"), hint=_("For a number of your own, such as times a week")),
            NumberField("baseline", _("Stands at"),
                        hint=_("Empty with an instrument: its latest score")),
            NumberField("target", _("Should be"), required=True),
            DateField("due_on", _("By"), on=today, earliest=today + timedelta(days=1),
                      hint=_("Empty: in half a year")),
        ]  # fmt: skip

        def save(read: dict[str, Any]) -> None:
            self.wb.goals.set(
                self.screen.person_id,
                GoalEntry(
                    title=read["title"],
                    domain=read["domain"],
                    measure="score" if read["instrument"] else "own",
                    instrument=read["instrument"],
                    unit=read["unit"],
                    baseline=read["baseline"],
                    target=read["target"],
                    due_on=read["due_on"] or today + timedelta(days=_GOAL_DAYS),
                ),
            )

        self._ask("set_goal", _("Set a goal"), fields, save)

    def read_goal(self, goal: int) -> None:
        """Open the form for where a goal stands."""
        fields = [
            NumberField("value", _("Stands at"), required=True),
            TextField("note", _("Note")),
        ]
        self._ask(
            f"read_goal.{goal}",
            _("Where does it stand?"),
            fields,
            lambda read: self.wb.goals.read(goal, read["value"], note=read["note"]),
        )

    def close_goal(self, goal: int) -> None:
        """Open the form that closes a goal."""
        outcomes = {one: goal_status_text(one) for one in ("reached", "not_reached", "given_up")}
        fields = [
            ChoiceField("outcome", _("What became of it"), outcomes, required=True),
            LongText("note", _("Why"), rows=2, longest=2000),
        ]
        self._ask(
            f"close_goal.{goal}",
            _("Close the goal"),
            fields,
            lambda read: self.wb.goals.close(goal, read["outcome"], note=read["note"] or ""),
        )

    def _ask(
        self, what: str, title: str, fields: list[Any],
        save: Callable[[dict[str, Any]], object], *, verb: str = "",
        then: Callable[[], object] | None = None,
    ) -> None:  # fmt: skip
        named = {field.name: field for field in fields}
        self.form = named
        subject = f"{self.screen.person_id}"
        kept = self.screen.keeps(f"aims.{what}", named, subject)

        def run() -> None:
            save(read_all(named))
            if then is not None:
                self.refresh()
                then()
                return
            back = self.screen.way_back()
            self.refresh()
            self.screen.said(_("Written down."), undo=back)

        self.save = self.screen.action(verb or _("Save"), run, kind="primary", form=kept)
        leave = self.screen.action(_("Leave as it is"), self.refresh, kind="quiet", form=kept)
        bar = stack(leave, self.save, css="cw-decide-acts")
        self.slot.children = [stack(Panel(el("h3", title)), *fields, bar, css="cw-editor")]
        # The bar of the screen would lie over this one, and its steps are not to be taken now.
        self.screen.show_bar(False)
        fields[0].focus()


def needs_html(needs: list[AnsweredNeed], can_edit: bool, on: date) -> Html:
    """Write the open needs, those that nothing answers first and all of them in sight."""
    bare = sum(one.answered == "nothing" for one in needs)
    aside = spaced(_("{n} that nothing answers", n=bare)) if bare else _("all are answered")
    rows = [_need(one, can_edit, on) for one in needs]
    return section(_("What is needed"), *_folded(rows, max(bare, _SHOWN)), aside=aside)


def _folded(rows: list[Html], shown: int) -> list[Html]:
    """Write the first of some rows, and the others folded away."""
    parts = [el("ul", rows[:shown], class_="cw-recent")]
    if len(rows) > shown:
        summary = el("summary", spaced(_("{n} more", n=len(rows) - shown)))
        parts.append(el("details", summary, el("ul", rows[shown:], class_="cw-recent")))
    return parts


def _need(one: AnsweredNeed, can_edit: bool, on: date) -> Html:
    need = one.need
    severity = code_list("need_severity").label_of(need.severity)
    told: list[object] = [
        el("b", need.title),
        el("span", el("span", severity, class_="cw-tag")),
    ]
    ways: list[object] = []
    if one.answered == "nothing":
        told.append(state("warning", _("nothing arranged yet")))
        if one.asked_by is not None:
            late = one.asked_by < on
            words = _("to be settled by {day}", day=day_text(one.asked_by))
            told.append(state("overdue" if late else "due", words))
        if can_edit:
            ways = [
                link(_("Arrange something"), "arrange", need=need.id),
                link(_("Something in the plan answers it"), "link", need=need.id),
                link(_("Say why not"), "why", need=need.id),
            ]
    elif one.answered == "task":
        told.append(state("ready", _("being followed up")))
    elif one.answered == "reason":
        told.append(state("excused", need.reason or _("waits")))
    for key, title in one.items:
        told.append(state("done", title))
        if can_edit:
            ways.append(link(_("“{title}” does not answer it", title=title), "part",
                             need=need.id, item=key))  # fmt: skip
    if one.coming:
        told.append(state("due", _("in the draft: {items}", items=_(", ").join(one.coming))))
    return el(
        "li",
        el("p", told, class_="cw-dotted"),
        el("p", ways, class_="cw-duty-acts") if ways else None,
    )


def wishes_html(wishes: list[WishView], can_edit: bool) -> Html:
    """Write what the person wants, in the own words, each with the need made of it or a way to one.

    A wish alone is answered by no rule: it is taken up as a need first, or closed with a word.
    """
    loose = sum(one.need is None for one in wishes)
    aside = spaced(_("{n} not taken up yet", n=loose)) if loose else _("all are taken up")
    rows = [_wish(one, can_edit) for one in sorted(wishes, key=lambda one: one.need is not None)]
    return section(_("Wishes"), *_folded(rows, _SHOWN), aside=aside)


def _wish(one: WishView, can_edit: bool) -> Html:
    told: list[object] = [el("span", "“", one.text, "”", class_="cw-said")]
    if one.times > 1:
        told.append(el("span", spaced(_("said {n} times", n=one.times))))
    if one.said_on:
        told.append(el("span", day_text(one.said_on)))
    if one.need is not None:
        told.append(state("done", _("taken up: {need}", need=one.need)))
    elif can_edit:
        told.append(link(_("Take it up as a need"), "wish", wish=one.id))
    return el("li", el("p", told, class_="cw-dotted"))


def goals_html(goals: list[GoalView], can_edit: bool) -> Html:
    """Write the goals, each with how far it has come."""
    rows = [_goal(one, can_edit) for one in goals]
    body: object = el("ul", rows, class_="cw-recent")
    if not goals:
        body = el("p", _("No goal is set: what should be better in half a year?"), class_="cw-hint")
    more = el("p", link(_("Set a goal"), "goal"), class_="cw-duty-acts") if can_edit else None
    return section(_("Goals"), body, more)


def _goal(one: GoalView, can_edit: bool) -> Html:
    share = one.progress.share
    told = [
        el("b", one.title),
        el("span", f"{measure_text(one)} {one.baseline} → {one.target}"),
        el("span", _("by {day}", day=day_text(one.due_on))),
        el("span", _("now {value}", value=one.value)) if one.value is not None else None,
        state(_SIGNS[one.progress.status], goal_status_text(one.progress.status)),
    ]
    bar = None
    if share is not None:
        bar = el(
            "progress",
            max="100",
            value=str(int(100 * min(max(share, 0), 1))),
            class_="cw-progress",
            aria_label=_("Progress"),
        )
    ways = []
    if can_edit:
        if one.measure == "own":
            ways.append(link(_("Write down where it stands"), "read", goal=one.goal_id))
        ways.append(link(_("Close the goal"), "close", goal=one.goal_id))
    return el(
        "li",
        el("p", [part for part in told if part], class_="cw-dotted"),
        bar,
        el("p", ways, class_="cw-duty-acts") if ways else None,
    )

"""One issue: its five stages, everything done about it, and the next step.

Who: whoever answers for it. Decides: what is done next, and that whoever reported it is told.
Clicks: one to the next stage, two to an answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from casework.planning.issues import OUTSIDE, STAGES, act_text
from casework.reference import code_list
from casework.terms import _
from casework.ui import (
    ChoiceField,
    DateField,
    Html,
    LongText,
    Panel,
    Screen,
    Shell,
    definition_list,
    el,
    join,
    link,
    section,
    stack,
    state,
    unknown,
)
from casework.ui.cards import card_of
from casework.ui.contact_fields import codes_of
from casework.ui.fields import read_all
from casework.ui.issue_cells import due_state
from casework.ui.wording import ago_text, day_text, spaced
from casework.workbook.issues import IssueView

__all__ = ["IssueScreen", "screen"]

_SIGNS = {"overdue": "overdue", "open": "ready", "unanswered": "due", "closed": "done"}


class IssueScreen(Screen):
    """One issue with its history.

    Parameters
    ----------
    id : str
        Number of the issue, from the address.
    """

    def __init__(self, shell: Shell, id: str) -> None:
        self.issue_id = int(id)
        self.view = shell.wb.issues.view(self.issue_id, as_of=shell.on)
        person = self.view.row.person_id
        card = card_of(shell.wb, person, shell.on) if person is not None else None
        super().__init__(shell, self.view.row.title, person=card)
        self.can_edit = shell.as_of is None
        self.stages = Panel("", to=self.move_to)
        self.facts = Panel("", person=lambda: shell.go("person", id=person),
                           list=lambda: shell.go("issues"))  # fmt: skip
        self.call = Panel("", sheet=self.sheet, card=self.card)
        self.steps = Panel("")
        self.slot = stack(css="cw-slot")
        self.ways = stack(css="cw-slot cw-many")
        self.body(
            self.stages,
            self.call,
            stack(stack(self.slot, self.steps), self.facts, css="cw-split"),
            self.ways,
        )
        self.refresh()

    def refresh(self) -> None:
        """Show the issue as it stands."""
        self.view = self.wb.issues.view(self.issue_id, as_of=self.on)
        self.stages.set(stages_html(self.view, self.can_edit))
        self.call.set(self._whom_to_call())
        self.facts.set(self._facts())
        self.steps.set(history_html(self.view))
        self.slot.children = []
        self.ways.children = [self.actions(*self._ways())] if self.can_edit else []

    @property
    def reads(self) -> tuple[int, ...]:
        """Whose family, numbers and address are shown: of who needs help away from home."""
        person = self.view.row.person_id
        return () if person is None or self.view.row.kind != OUTSIDE else (person,)

    def sheet(self) -> None:
        """Open the sheet for those who help: what they must know, and that they were told."""
        self.shell.go("share", person=self.view.row.person_id, purpose="emergency")

    def card(self) -> None:
        """Open the card with name, address and whom to call."""
        self.shell.go("badges", id=self.view.row.person_id)

    # --- acts -----------------------------------------------------------------------------------

    def move_to(self, stage: str) -> None:
        """Move to a stage; back to an earlier one only with the reason."""
        here = STAGES.index(self.view.row.stage)
        if STAGES.index(stage) < here:
            self._ask(
                f"move_to.{stage}",
                _("Back to “{stage}”", stage=code_list("issue_stage").label_of(stage)),
                [_words(_("Why it goes back"))],
                lambda read: self.wb.issues.move(self.issue_id, stage, note=read["note"]),
            )
            return
        self.wb.issues.move(self.issue_id, stage)
        back = self.way_back()
        self.refresh()
        told = _("Moved on: {stage}.", stage=code_list("issue_stage").label_of(stage))
        self.said(told, undo=back)

    def next_stage(self) -> None:
        """Move to the next stage."""
        here = STAGES.index(self.view.row.stage)
        self.move_to(STAGES[here + 1])

    def note(self) -> None:
        """Open the form for what was done or heard."""
        self._ask(
            "note",
            _("Write down what was done"),
            [_words(_("What was done or heard")), self._day()],
            lambda read: self.wb.issues.note(self.issue_id, read["note"], on=read["on"]),
        )

    def settle(self) -> None:
        """Open the form for the outcome."""
        outcome = ChoiceField("outcome", _("Outcome"), codes_of("issue_outcome"), required=True)
        self._ask(
            "settle",
            _("Settle it"),
            [outcome, _words(_("What came of it")), self._day()],
            lambda read: self.wb.issues.settle(
                self.issue_id, read["outcome"], read["note"], on=read["on"]
            ),
        )

    def reply(self) -> None:
        """Open the form for the answer to whoever reported it."""
        who = self.view.row.reporter or self.view.row.person or _("whoever reported it")
        self._ask(
            "reply",
            _("Answer to {who}", who=who),
            [_words(_("How they were told, and what they said")), self._day()],
            lambda read: self.wb.issues.reply(self.issue_id, read["note"], on=read["on"]),
        )

    def assign(self) -> None:
        """Open the form for another owner."""
        self._ask(
            "assign",
            _("Give it to somebody"),
            [self._staff(required=True), LongText("note", _("Reason"), rows=2, longest=2000)],
            lambda read: self.wb.issues.assign(
                self.issue_id, int(read["staff"]), note=read["note"]
            ),
        )

    def escalate(self) -> None:
        """Open the form for taking it to the leadership."""
        self._ask(
            "escalate",
            _("Take it to the leadership"),
            [_words(_("What is to be decided")), self._staff(required=False)],
            lambda read: self.wb.issues.escalate(
                self.issue_id, read["note"], staff_id=int(read["staff"]) if read["staff"] else None
            ),
        )

    def decide(self) -> None:
        """Open the form for what was decided, by whom it is done and until when."""
        self._ask(
            "decide",
            _("Write down a decision"),
            [
                _words(_("What was decided, by whom or in which meeting")),
                self._staff(required=False),
                DateField("due_on", _("To be settled by"), on=self.wb.today,
                          earliest=self.wb.today, hint=_("Empty: as before")),
            ],
            lambda read: self.wb.issues.decide(
                self.issue_id,
                read["note"],
                due_on=read["due_on"],
                staff_id=int(read["staff"]) if read["staff"] else None,
            ),
        )  # fmt: skip

    def reopen(self) -> None:
        """Open the form for taking it up again."""
        self._ask(
            "reopen",
            _("Take it up again"),
            [_words(_("Why it is taken up again"))],
            lambda read: self.wb.issues.reopen(self.issue_id, read["note"]),
        )

    # --- parts ----------------------------------------------------------------------------------

    def _ways(self) -> list[Any]:
        may = self.view.possible
        last = self.view.row.stage == STAGES[-1]
        ways: list[tuple[str, str, Callable[[], object]]] = [
            ("reopen", _("Take it up again"), self.reopen),
            ("assign", _("Give it to somebody"), self.assign),
            ("escalate", _("To the leadership"), self.escalate),
            ("decide", _("Write down a decision"), self.decide),
            ("note", _("Write down what was done"), self.note),
            ("reply", _("Answer"), self.reply),
            ("settle", _("Settle it"), self.settle),
        ]
        primary = "settle" if last else "move"
        if self.view.row.status == "closed" or "move" not in may:
            primary = "reply" if "reply" in may else ""
        made = [
            self.action(words, run, kind="primary" if code == primary else "plain")
            for code, words, run in ways
            if code in may and not (code == "reply" and self.view.replied_on is not None)
        ]
        if "move" in may and not last:
            after = STAGES[STAGES.index(self.view.row.stage) + 1]
            words = _("On to “{stage}”", stage=code_list("issue_stage").label_of(after))
            made.append(self.action(words, self.next_stage, kind="primary"))
        return made

    def _ask(
        self, what: str, title: str, fields: list[Any], save: Callable[[dict[str, Any]], None]
    ) -> None:
        named = {field.name: field for field in fields}
        self.form = named
        kept = self.keeps(f"issue.{what}", named, self.issue_id, [self.view.row.person_id])

        def run() -> None:
            save(read_all(named))
            back = self.way_back()
            self.refresh()
            self.said(_("Written down."), undo=back)

        self.save = self.action(_("Save"), run, kind="primary", key="ctrl+s", form=kept)
        leave = self.action(_("Leave as it is"), self.refresh, kind="quiet", form=kept)
        bar = stack(leave, self.save, css="cw-actions")
        self.slot.children = [stack(Panel(el("h3", title)), *fields, bar, css="cw-editor")]
        self.ways.children = []  # one bar of actions at a time
        fields[0].focus()

    def _day(self) -> DateField:
        return DateField("on", _("On which day"), on=self.wb.today, latest=self.wb.today,
                         hint=_("Empty: today"))  # fmt: skip

    def _staff(self, *, required: bool) -> ChoiceField:
        names = {str(one.id): one.name for one in self.wb.people.staff()}
        hint = "" if required else _("Empty: as before")
        return ChoiceField("staff", _("Who answers for it"), names, most_chips=0,
                           required=required, hint=hint)  # fmt: skip

    def _whom_to_call(self) -> Html:
        """Write whom to call for somebody who is lost or needs help away from home."""
        row = self.view.row
        if row.kind != OUTSIDE or row.person_id is None:
            return Html("")
        found = self.wb.badges.of([row.person_id], as_of=self.on)
        if not found:
            return Html("")
        one = found[0]
        return section(
            _("Call first"),
            definition_list([
                (_("Family"), _called(one.caller, one.contact_phone)),
                (_("Caseworker"), _called(one.worker, one.worker_phone)),
                (_("Address"), one.address),
            ]),
            el("p", link(_("Emergency sheet"), "sheet"), link(_("Badge card"), "card"),
               class_="cw-dotted"),
        )  # fmt: skip

    def _facts(self) -> Html:
        row = self.view.row
        rows: list[tuple[object, object]] = [
            (_("Kind"), code_list("issue_kind").label_of(row.kind)),
            (_("How pressing"), code_list("need_severity").label_of(row.severity)),
            (_("How it came to us"), code_list("issue_source").label_of(row.source)),
            (_("Who reported it"), row.reporter or row.person),
            (_("Reported on"),
             f"{day_text(row.reported_on)}（{ago_text(row.reported_on, self.on)}）"),
            (_("To be settled by"), day_text(row.due_on)),
            (_("Who answers for it"), row.owner or unknown(_("nobody answers for it"))),
        ]  # fmt: skip
        if self.view.outcome:
            rows.append((_("Outcome"), code_list("issue_outcome").label_of(self.view.outcome)))
        back = link(_("All issues"), "list")
        return section(
            _("About it"),
            el("p", self.view.detail, class_="cw-said") if self.view.detail else None,
            definition_list(rows),
            el("p", back),
        )


screen = IssueScreen


def _called(name: str | None, phone: str | None) -> object:
    """Write a name with a number that a phone dials; None where neither is known."""
    if not name and not phone:
        return None
    digits = re.sub(r"[^+0-9-]", "", phone or "")
    call = (
        el("a", phone, href=f"tel:{digits}", class_="cw-link")
        if digits
        else unknown(_("no number"))
    )
    return el("span", el("b", name or ""), call, class_="cw-dotted")


def _words(label: str) -> LongText:
    return LongText("note", label, rows=3, longest=2000, required=True)


def stages_html(view: IssueView, can_edit: bool) -> Html:
    """Write the five stages with the day each was entered, and where the issue stands."""
    row = view.row
    here = STAGES.index(row.stage)
    steps = []
    for place, stage in enumerate(STAGES):
        day = view.entered.get(stage)
        name: object = code_list("issue_stage").label_of(stage)
        if can_edit and "move" in view.possible and place != here:
            name = link(name, "to", stage=stage)
        kind = "here" if place == here else "past" if day and place < here else "ahead"
        mark = el("small", day_text(day) if day else "–")
        current = "step" if place == here else None
        steps.append(
            el("li", el("b", name), mark, class_=f"cw-step cw-step-{kind}", aria_current=current)
        )
    if row.status == "closed":
        words = _("settled and answered in {n} days", n=row.days_open)
    else:
        words = due_state(row).text
    days = row.days_in_stage
    stood = spaced(_("{n} days in this stage", n=days)) if days else _("in this stage since today")
    line = [state(_SIGNS[row.status], spaced(words))]
    if row.status != "closed":
        line.append(el("span", stood))
    return join([
        el("ol", steps, class_="cw-steps", aria_label=_("Stage")),
        el("p", line, class_="cw-dotted"),
    ])  # fmt: skip


def history_html(view: IssueView) -> Html:
    """Write everything done about an issue, the latest first."""
    rows = []
    for one in reversed(view.steps):
        stage = code_list("issue_stage").label_of(one.stage)
        head = [el("b", act_text(one.act)), el("span", stage), el("span", day_text(one.taken_on)),
                el("span", one.by)]  # fmt: skip
        if one.staff and one.act != "report":
            head.insert(2, el("span", "→ ", one.staff))
        rows.append(
            el(
                "li",
                el("p", head, class_="cw-dotted"),
                el("p", one.note, class_="cw-said") if one.note else None,
            )
        )
    return section(_("What was done"), el("ol", rows, class_="cw-history"))

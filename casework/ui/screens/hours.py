"""Hours that the plans ask of everybody by month, beside those there are; and what would be.

Who: the supervisor, once a quarter and when somebody is new or away for long. Decides: whether
anybody has too much, who might answer for whom instead, and what to say when a document, a leaving
or the years ahead ask for more hours than there are. Clicks: one for a proposal, one for each face
that is to stay, one to do it; two to see what would be.
"""

from __future__ import annotations

from typing import Any

from casework.terms import _
from casework.ui import (
    Column,
    DataTable,
    FileField,
    Html,
    LongText,
    ManyField,
    Noted,
    NumberField,
    Panel,
    Screen,
    Shell,
    State,
    el,
    link,
    listed,
    stack,
)
from casework.ui.screens.hours_supposed import month_text, supposed_view
from casework.ui.widgets.table import Together
from casework.ui.wording import number_text, spaced
from casework.workbook.capacity import Month, Proposal, WorkerHours
from casework.workbook.supposing import Supposition

__all__ = ["HoursScreen", "screen"]

_MONTHS = 3


class HoursScreen(Screen):
    """Hours by month, and the proposal of a fairer share."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(
            shell,
            _("Hours and a fair share"),
            lead=_("What the plans ask of everybody, ways included, beside the hours there are."),
        )
        self.can_edit = shell.as_of is None and self.wb.caseloads.may_hand_over
        self.proposal: Proposal | None = None
        self.kept: set[int] = set()
        self.table = DataTable(
            [Column("name", _("Worker")), *self._columns()],
            listed([]),
            caption=_("Hours by month"),
            search_hint=_("Name"),
            empty=(
                _("No task is meant for these months."),
                _("Tasks come with the plans; hours with the staff."),
            ),
        )
        self.slot = stack(css="cw-slot")
        self.shows_idle = False
        self.idle = Panel("", show=self.show_idle)
        self.text: str | None = None
        self.outcome = Panel("", rule=self.open_rule)
        parts: list[Any] = [Panel(self._how_counted()), self.slot, self.table, self.idle]
        if self.can_edit:
            parts.append(self.actions(
                self.action(_("What if …"), self.suppose),
                self.action(_("Propose a fairer share"), self.propose, kind="primary"),
            ))  # fmt: skip
        self.body(*parts)
        self.refresh()

    def refresh(self) -> None:
        """Count the hours again."""
        found = sorted(
            self.wb.capacity.months(first=self.on, n=_MONTHS),
            key=lambda one: (one.staff_id is not None, -one.needed),
        )
        idle = [one for one in found if one.is_idle]
        folds = not self.shows_idle and len(idle) < len(found)
        shown = [one for one in found if not (folds and one.is_idle)]
        self.idle.set(idle_html(len(idle)) if folds and idle else "")
        self.table.source = listed([_row(one) for one in shown], ["name"])
        self.table.refresh()

    def show_idle(self) -> None:
        """Show those as well whom no task is meant for."""
        self.shows_idle = True
        self.refresh()

    def propose(self) -> None:
        """Work out a fairer share, and show who would get another face."""
        self.proposal = found = self.wb.capacity.propose(locked=self.kept)
        moves = DataTable(
            [
                Column("person", _("Name")),
                Column("from", _("From")),
                Column("to", _("To")),
                Column("hours", _("Hours a month"), kind="number"),
            ],
            listed(_moves(found)),
            caption=_("Who would get another face"),
            search_hint=_("Name"),
            together=[Together("keep", _("Let these stay"), self.keep)],
            empty=(
                _("Nobody needs another face."),
                _("The shares are as fair as changing faces is worth."),
            ),
        )
        self.reason = LongText("reason", _("Reason"), rows=2, longest=2000)
        self.reason.entry = _("To share the work more fairly")
        self.fields = {"reason": self.reason}
        parts: list[Any] = [Panel(notes_html(found, len(self.kept))), shares_table(found), moves]
        ready = [one for one in found.moves if one.from_id is not None]
        away = self.action(_("Leave as it is"), self.put_away, kind="quiet")
        if ready:
            do = self.action(
                _("Hand {n} people over", n=len(ready)),
                self.give,
                kind="primary",
                key="ctrl+s",
            )
            parts += [self.reason, stack(away, do, css="cw-actions")]
        else:
            parts.append(stack(away, css="cw-actions"))
        self.slot.children = [stack(*parts, css="cw-editor")]

    def keep(self, keys: list[str]) -> None:
        """Let some people keep whom they know, and work the rest out again."""
        self.kept |= {int(key) for key in keys}
        self.propose()

    def give(self) -> None:
        """Do what is proposed, in one act that can be taken back."""
        if self.proposal is None:
            return
        entered = self.read()
        to = {one.person_id: one.to_id for one in self.proposal.moves if one.from_id is not None}
        made = self.wb.caseloads.give(to, reason=entered["reason"] or "")
        self.put_away()
        self.refresh()
        self.said(
            _("{n} people have another caseworker now.", n=len(to)),
            undo=lambda: self.take_back(made),
        )

    def take_back(self, handovers: list[int]) -> None:
        """Take back what was given."""
        n = sum(self.wb.caseloads.take_back(one) for one in handovers)
        self.refresh()
        self.said(_("Taken back: {n} entries.", n=n))

    def put_away(self) -> None:
        """Take the proposal away."""
        self.proposal, self.fields = None, {}
        self.kept.clear()
        self.slot.children = []

    # --- what would be --------------------------------------------------------------------------

    def suppose(self) -> None:
        """Ask what is to be supposed: years, staff, other rules."""
        self.put_away()
        self.text = None
        workers = {
            str(one.staff_id): one.name or ""
            for one in self.wb.capacity.months(first=self.on, n=1)
            if one.staff_id is not None and one.role == "caseworker"
        }
        self.fields = {
            "older": NumberField("older", _("Everybody is so many years older"), least=0, most=30),
            "without": ManyField("without", _("These caseworkers are not there"), workers),
            "fewer": NumberField("fewer", _("So many caseworkers fewer, whoever they are"), least=0,
                                 most=len(workers)),
        }  # fmt: skip
        other = FileField(
            "rules", _("These rules instead of those in force"), self.take_rules,
            endings=(".xlsx", ".toml"),
            hint=_("The rule table with your changes, as the page of the rules gives it out."),
        )  # fmt: skip
        away = self.action(_("Leave as it is"), self.put_away, kind="quiet")
        do = self.action(_("See what would be"), self.work_out, kind="primary", key="ctrl+s")
        self.outcome.set("")
        self.slot.children = [
            stack(
                Panel(el("h2", _("What if …"))),
                stack(*self.fields.values(), other, css="cw-form"),
                stack(away, do, css="cw-actions"), self.outcome, css="cw-editor",
            )
        ]  # fmt: skip

    def take_rules(self, name: str, content: bytes) -> None:
        """Take other rules to look at; nothing is written."""
        self.text = self.wb.rulebook.read_upload(name, content)
        self.work_out()

    def work_out(self) -> None:
        """Show what the supposition would do to the hours of the coming year."""
        told = self.read()
        supposed = Supposition(
            self.text, told["older"] or 0, frozenset(int(one) for one in told["without"] or ()),
            told["fewer"] or 0,
        )  # fmt: skip
        self.outcome.set(supposed_view(self.wb.supposing.hours(supposed)))

    def open_rule(self, key: str) -> None:
        """Open a rule."""
        self.shell.go("policy_rule", rule=key)

    def _columns(self) -> list[Column]:
        months = self.wb.capacity.first_days(self.on, _MONTHS)
        return [
            Column(f"m{n}", month_text(day), phone="show" if n == 0 else "hide", sortable=False)
            for n, day in enumerate(months)
        ]

    def _how_counted(self) -> Html:
        numbers = self.wb.capacity.rules.numbers
        words = _(
            "A task counts the minutes of its plan or service, else {minutes}; a visit {way} more "
            "for the way.",
            minutes=numbers["minutes"], way=numbers["unknown_minutes"],
        )  # fmt: skip
        return el("p", spaced(words), class_="cw-hint")


screen = HoursScreen


def _row(one: WorkerHours) -> dict[str, object]:
    name: object = one.name or State("warning", _("nobody"))
    return {
        "id": "nobody" if one.staff_id is None else str(one.staff_id),
        "name": name,
        **{f"m{n}": _cell(month, one.staff_id is None) for n, month in enumerate(one.months)},
    }


def _cell(month: Month, is_nobody: bool) -> object:
    """Say needed hours, and beside them those there are; a warning where they do not suffice."""
    needed = _("{n} hours", n=number_text(round(month.needed)))
    if is_nobody:
        return Noted(State("warning", needed) if month.tasks else needed,
                     _("nobody answers for {n} tasks", n=month.tasks))  # fmt: skip
    there = _("of {n} hours there are", n=number_text(round(month.there)))
    short = month.needed > month.there
    return Noted(State("warning", needed) if short else needed, spaced(there))


def idle_html(n: int) -> Html:
    """Say how many no task is meant for, with a way to them."""
    words = _("For {n} more at work no task is meant in these months.", n=n)
    return el("p", spaced(words), " ", link(_("Show them too"), "show"), class_="cw-hint")


def _moves(found: Proposal) -> list[dict[str, object]]:
    return [
        {
            "id": str(one.person_id),
            "person": one.name,
            "from": _("nobody") if one.from_id is None else found.names.get(one.from_id, ""),
            "to": found.names[one.to_id],
            "hours": round(one.hours, 1),
        }
        for one in found.moves
    ]


def shares_table(found: Proposal) -> DataTable:
    """Show what the proposal changes for each member of staff: today's figure and the new one."""
    heads = {
        "name": _("Worker"), "people": _("People"), "hours": _("Hours a month"),
        "fair": _("Fair share"), "there": _("Hours there are"),
    }  # fmt: skip
    rows = [
        {
            "id": str(one),
            "name": name,
            "people": f"{found.people_before[one]} → {found.people_after[one]}",
            "hours": f"{found.before[one]:,.0f} → {found.after[one]:,.0f}",
            "fair": round(found.fair[one]),
            "there": round(found.there[one]),
        }
        for one, name in found.names.items()
    ]
    columns = [
        Column(key, words, kind="number" if key in ("fair", "there") else "text",
               phone="hide" if key == "fair" else "show")
        for key, words in heads.items()
    ]  # fmt: skip
    return DataTable(columns, listed(rows, ["name"]), caption=_("A fairer share"))


def notes_html(found: Proposal, kept: int) -> Html:
    """Say what the proposal rests on and what it could not know."""
    nobody = sum(one.from_id is None for one in found.moves)
    told = [
        _("{n} people have no caseworker; give them one on their own page.", n=nobody)
        if nobody else "",
        _("For {n} people nobody here may answer.", n=len(found.nobody)) if found.nobody else "",
        _("{n} homes are not known; their way counts as none.", n=found.unplaced)
        if found.unplaced else "",
        _("{n} people keep whom they know, as you asked.", n=kept) if kept else "",
        _(
            "Another face is worth an hour, so few people change. Nothing is written before you "
            "say so."
        ),
    ]  # fmt: skip
    lines = [el("li", spaced(one)) for one in told if one]
    return el("div", el("h2", _("A fairer share")), el("ul", lines, class_="cw-lines cw-hint"))

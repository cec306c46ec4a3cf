"""What was reported: by stage and age, what is late on top; and the form for something new.

Who: the caseworker who answers for it, the supervisor who asks where it stands. Decides: what to
take up next. Clicks: one to an issue, two to write one down.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from casework.planning.issues import OUTSIDE, STAGES
from casework.reference import code_list
from casework.terms import _
from casework.ui import (
    ChoiceField,
    Column,
    DataTable,
    DateField,
    LongText,
    Noted,
    Page,
    Panel,
    PickField,
    Query,
    Screen,
    Shell,
    TextField,
    el,
    offer,
    stack,
)
from casework.ui.contact_fields import codes_of
from casework.ui.fields import read_all
from casework.ui.issue_cells import due_cell
from casework.ui.wording import headed
from casework.workbook.issues import ISSUE_STATUSES, IssueEntry, IssueRow

__all__ = ["IssueList", "screen"]

_OPEN = ("overdue", "open", "unanswered")
_MANY = 10_000


class IssueList(Screen):
    """All issues of a stage, a person or everybody.

    Parameters
    ----------
    stage : str
        One of the five stages; empty for all.
    status : str
        ``closed`` for those that are done with; empty for all that are not.
    person : str
        Id of a person, to see only theirs.
    kind : str
        ``outside`` for the log of those who were lost or needed help away from home, open or not.
    """

    def __init__(
        self, shell: Shell, stage: str = "", status: str = "", person: str = "", kind: str = ""
    ) -> None:
        super().__init__(
            shell,
            _("Issues"),
            lead=_("What was reported, until it is settled and whoever reported it was told.")
            if kind != OUTSIDE
            else _("Who was lost or needed help away from home: when, where, and how it ended."),
        )
        self.kind = OUTSIDE if kind == OUTSIDE else None
        self.stage = stage if stage in STAGES else None
        self.status = status if status in ISSUE_STATUSES else ""
        self.person_id = int(person) if person.isdigit() else None
        self.can_edit = shell.as_of is None
        self.tabs = Panel(
            "", stage=self.show_stage, status=self.show_status, outside=self.show_outside
        )
        self.table = DataTable(
            [
                Column("title", _("Issue"), sortable=False),
                Column("person", _("Whom it concerns")),
                Column("stage", _("Stage")),
                Column("due", _("Last day"), kind="state"),
                Column("days", _("Days in this stage"), kind="number", phone="hide"),
                Column("owner", _("Who answers for it")),
            ],
            self.page,
            caption=_("Issues"),
            opens=lambda key: shell.go("issue", id=key),
            search_hint=_("Name, initials, issue or owner"),
            empty=(
                _("Nothing is open here."),
                _("What people report by phone, on visits or in person is written down here."),
            ),
        )
        self.slot = stack(css="cw-slot")
        ways = [
            self.action(_("Somebody needs help outside"), self.add_outside),
            self.action(_("Write down an issue"), self.add, kind="primary"),
        ]
        self.ways = self.actions(*(ways if self.can_edit else []))
        self.body(self.tabs, self.slot, self.table, self.ways)
        self._show_tabs()

    def refresh(self) -> None:
        """Read the list again."""
        self._show_tabs()
        self.table.refresh()

    def show_stage(self, stage: str) -> None:
        """Show one stage, or all."""
        self.shell.go("issues", stage=stage or None, person=self.person_id)

    def show_status(self, status: str) -> None:
        """Show what is closed."""
        self.shell.go("issues", status=status, person=self.person_id)

    def show_outside(self) -> None:
        """Show the log of those who were lost or needed help away from home."""
        self.shell.go("issues", kind=OUTSIDE, person=self.person_id)

    def page(self, query: Query) -> Page:
        """Give a page of the list; sorted by what needs doing unless asked otherwise."""
        statuses = (self.status,) if self.status else ISSUE_STATUSES if self.kind else _OPEN
        rows = self.wb.issues.list(
            statuses=statuses,
            stage=self.stage,
            person_id=self.person_id,
            kind=self.kind,
            as_of=self.on,
            search=query.search,
            limit=_MANY,
        )
        total = len(rows) if not query.search else self._total(statuses)
        keys = {
            "person": lambda one: one.person or one.reporter or "",
            "stage": lambda one: STAGES.index(one.stage),
            "due": lambda one: one.due_on,
            "days": lambda one: one.days_in_stage,
            "owner": lambda one: one.owner or "",
        }
        if query.sort in keys:
            rows.sort(key=keys[query.sort], reverse=query.descending)
        shown = rows[query.offset : query.offset + query.limit]
        return Page([_cells(one) for one in shown], len(rows), total)

    def add(self) -> None:
        """Open the form for something that was reported."""
        severities = {one.code: one.label for one in code_list("need_severity").entries}
        fields: list[Any] = [
            TextField("title", _("What was reported"), longest=200, required=True),
            PickField(
                "person",
                _("Whom it concerns"),
                self.shell.find_people,
                hint=_("Empty: nobody in particular"),
                placeholder=_("Name, initials or the last digits of the ID"),
            ),
            ChoiceField("kind", _("Kind"), codes_of("issue_kind"), most_chips=0, required=True),
            ChoiceField("source", _("How it came to us"), codes_of("issue_source"), most_chips=0,
                        required=True),
            ChoiceField("severity", _("How pressing"), severities, required=True),
            TextField("reporter", _("Who reported it"), hint=_("Empty: the person")),
            DateField("reported_on", _("Reported on"), on=self.wb.today, latest=self.wb.today,
                      hint=_("Empty: today")),
            LongText("detail", _("In detail"), rows=3, longest=2000),
        ]  # fmt: skip
        named = {field.name: field for field in fields}
        if self.person_id is not None:
            named.pop("person")
        self._open(named, "issues.add", self.save)

    def add_outside(self) -> None:
        """Open the short form for somebody who is lost or needs help away from home."""
        named: dict[str, Any] = {
            "person": PickField(
                "person",
                _("Who it is"),
                self.shell.find_people,
                required=True,
                placeholder=_("Name, initials or the last digits of the ID"),
            ),
            "at": TextField("at", _("When and where"), longest=150, required=True,
                            placeholder=_("10:20, at the gate of the park")),
            "reporter": TextField("reporter", _("Who told us, and the number to call back"),
                                  longest=150, hint=_("Empty: the person")),
            "detail": LongText("detail", _("What is known so far"), rows=2, longest=2000),
        }  # fmt: skip
        if self.person_id is not None:
            named.pop("person")
        self._open(named, "issues.outside", self.save_outside)

    def save_outside(self) -> None:
        """Write it down as urgent, for today, and open it: there stands whom to call."""
        read = read_all(self.form)
        self._report(
            read,
            IssueEntry(
                title=_("In trouble outside: {at}", at=read["at"]),
                kind=OUTSIDE,
                source="phone",
                severity="high",
                due_on=self.wb.today,
                reporter=read["reporter"],
                detail=read["detail"],
            ),
        )

    def save(self) -> None:
        """Write the issue down and open it."""
        read = read_all(self.form)
        self._report(
            read,
            IssueEntry(
                title=read["title"],
                kind=read["kind"],
                source=read["source"],
                severity=read["severity"],
                reporter=read["reporter"],
                reported_on=read["reported_on"],
                detail=read["detail"],
            ),
        )

    def _report(self, read: dict[str, Any], entry: IssueEntry) -> None:
        person = self.person_id or next((int(one) for one in read.pop("person", ()) or ()), None)
        number = self.wb.issues.report(replace(entry, person_id=person))
        issues = self.wb.issues
        self.said(_("Issue no. {n} written down.", n=number), undo=lambda: issues.withdraw(number))
        self.shell.go("issue", id=number)

    def _open(self, named: dict[str, Any], form: str, save: Callable[[], object]) -> None:
        self.form = named
        kept = self.keeps(form, named, self.person_id or "new")
        write = self.action(_("Write it down"), save, kind="primary", key="ctrl+s", form=kept)
        leave = self.action(_("Leave as it is"), self.put_away, kind="quiet", form=kept)
        bar = stack(leave, write, css="cw-actions")
        self.slot.children = [stack(*named.values(), bar, css="cw-editor")]
        self.ways.layout.display = "none"
        next(iter(named.values())).focus()

    def put_away(self) -> None:
        """Take the form away."""
        self.slot.children = []
        self.ways.layout.display = None

    def _total(self, statuses: tuple[str, ...]) -> int:
        counted = self.wb.issues.count(as_of=self.on, person_id=self.person_id, kind=self.kind)
        return sum(
            n
            for (stage, status), n in counted.items()
            if status in statuses and self.stage in (None, stage)
        )

    def _show_tabs(self) -> None:
        counted = self.wb.issues.count(as_of=self.on, person_id=self.person_id)
        outside = self.wb.issues.count(as_of=self.on, person_id=self.person_id, kind=OUTSIDE)
        stages = code_list("issue_stage")

        def n(which: str | None, statuses: tuple[str, ...]) -> int:
            return sum(
                number
                for (stage, status), number in counted.items()
                if status in statuses and which in (None, stage)
            )

        late = {one: counted[one, "overdue"] for one in STAGES}
        tabs = [
            _tab(_("All open"), n(None, _OPEN), sum(late.values()),
                 self.stage is None and not self.status and not self.kind, "stage", stage=""),
            *(
                _tab(headed(str(stages.label_of(one))), n(one, _OPEN), late[one], self.stage == one,
                     "stage", stage=one)
                for one in STAGES
            ),
            _tab(_("Settled and answered"), n(None, ("closed",)), 0, self.status == "closed",
                 "status", status="closed"),
            _tab(code_list("issue_kind").label_of(OUTSIDE), sum(outside.values()),
                 sum(n for (_stage, how), n in outside.items() if how == "overdue"),
                 bool(self.kind), "outside"),
        ]  # fmt: skip
        self.tabs.set(el("div", tabs, class_="cw-tabs cw-stages", role="group",
                         aria_label=_("Stage")))  # fmt: skip


screen = IssueList


def _tab(words: str, n: int, late: int, pressed: bool, action: str, **args: object) -> object:
    told = _("{n} over their time", n=late) if late else ""
    return el(
        "button",
        el("span", words),
        el("b", str(n)),
        el("span", told, class_="cw-tone-overdue") if late else None,
        type="button",
        class_="cw-tab",
        aria_pressed="true" if pressed else "false",
        **offer(action, **args),
    )


def _cells(one: IssueRow) -> dict[str, object]:
    kind = code_list("issue_kind").label_of(one.kind)
    severity = code_list("need_severity").label_of(one.severity)
    return {
        "id": str(one.issue_id),
        "title": Noted(one.title, f"{kind} · {severity}"),
        "person": one.person or one.reporter or _("nobody in particular"),
        "stage": code_list("issue_stage").label_of(one.stage),
        "due": due_cell(one),
        "days": one.days_in_stage,
        "owner": one.owner,
    }

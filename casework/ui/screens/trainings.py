"""学习培训: what the staff were trained in this year, who has had none, whose certificate runs out.

Who: the supervisor, after a course and before the year ends. Decides: who goes to the next one.
Clicks: one to write a course down for everybody who took part, one to see somebody's trainings.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from casework.exchange.lists import XLSX, excel_list
from casework.terms import _
from casework.ui import (
    ChoiceField,
    Column,
    DataTable,
    DateField,
    Download,
    Html,
    MadeFile,
    ManyField,
    Noted,
    NumberField,
    Panel,
    Screen,
    Shell,
    State,
    TextField,
    el,
    link,
    listed,
    section,
    stack,
)
from casework.ui.pair_parts import tab, tabs
from casework.ui.screens.caseloads import codes_of_role
from casework.ui.wording import day_text, spaced
from casework.workbook.helper_rows import CheckEntry
from casework.workbook.trainings import TRAINED, StaffTraining, Trained

__all__ = ["TrainingsScreen", "hours_text", "screen"]


class TrainingsScreen(Screen):
    """The log of trainings of those who work here.

    Parameters
    ----------
    view : {"all", "none", "runs_out", "ended", "holds"}
    staff : str
        Number of a member of staff whose trainings to show.
    """

    def __init__(self, shell: Shell, view: str = "all", staff: str = "") -> None:
        super().__init__(
            shell,
            _("Learning and training"),
            lead=_("Who of the staff was trained in what this year, and who has had no training."),
        )
        self.view = view if view in ("all", *TRAINED) else "all"
        self.can_edit = shell.as_of is None and self.wb.trainings.may_keep
        self.found: list[Trained] = []
        self.chosen: int | None = None
        self.tabs = Panel("", turn=self.turn)
        self.table = DataTable(
            [
                Column("name", _("Name")),
                Column("n", _("Trainings this year"), kind="number"),
                Column("hours", _("Hours")),
                Column("last", _("Last training"), phone="hide"),
                Column("state", _("State"), kind="state"),
            ],
            listed([]),
            caption=_("Staff and their trainings"),
            opens=self.choose,
            search_hint=_("Name"),
            empty=(_("Nobody is here."), _("Choose another part above.")),
        )
        self.slot = stack(css="cw-slot")
        ways: list[Any] = [Download(_("Save as Excel"), self.make_list, say=self.tell)]
        if self.can_edit:
            ways.append(self.action(_("Write a training down"), self.add, kind="primary"))
        self.ways = self.actions(*ways)
        self.body(self.tabs, self.slot, self.table, self.ways)
        self.refresh()
        if staff.isdigit():
            self.choose(staff)

    def refresh(self) -> None:
        """Read the log again."""
        self.found = self.wb.trainings.of_staff(as_of=self.on)
        self.tabs.set(self._tabs())
        shown = [one for one in self.found if self.view in ("all", one.state)]
        self.table.source = listed([_row(one) for one in shown], ["name"])
        self.table.refresh()

    def turn(self, view: str) -> None:
        """Show another part of the staff."""
        self.shell.go("trainings", view=view)

    def _tabs(self) -> Html:
        named = {"all": _("All"), **{one: _state(one).text for one in TRAINED}}
        counted = {view: sum(view in ("all", one.state) for one in self.found) for view in named}
        made = [
            tab(words, counted[view], self.view == view, "turn", view=view)
            for view, words in named.items()
        ]
        return tabs(_("Training"), made)

    def choose(self, key: str) -> None:
        """Show the trainings of one member of staff, of every year."""
        self.chosen = int(key)
        rows = self.wb.trainings.rows(as_of=self.on, staff_id=self.chosen)
        name = next((one.name for one in self.found if one.staff_id == self.chosen), None)
        if name is None and rows:
            name = rows[0].name
        lines = [self._line(one) for one in rows]
        nothing = el("p", _("No training is written down."), class_="cw-hint")
        shown = section(name or "", el("ul", lines, class_="cw-lines") if lines else nothing)
        ways = [self.action(_("Close"), self.put_away, kind="quiet")]
        self.fields = {}
        self.ways.layout.display = None
        self.slot.children = [
            stack(Panel(shown, take_back=self.take_back), stack(*ways, css="cw-actions"),
                  css="cw-editor")
        ]  # fmt: skip

    def _line(self, one: StaffTraining) -> Html:
        said = [
            one.done_by or "",
            hours_text(one.minutes) if one.minutes else "",
            _("not passed") if one.outcome == "failed" else "",
            _("holds until {day}", day=day_text(one.valid_until)) if one.valid_until else "",
            _("in the register of helpers") if one.check_id is None else "",
        ]
        back: object = ""
        if self.can_edit and one.check_id is not None:
            back = link(_("It was a mistake"), "take_back", check=one.check_id)
        return el(
            "li", el("b", one.title or _("Training")), " ", day_text(one.done_on), " ",
            spaced(" · ".join(part for part in said if part)), " ", back,
        )  # fmt: skip

    def add(self) -> None:
        """Open the form for one training of several people."""
        self.chosen = None
        self.ways.layout.display = "none"  # two bars at the foot of a phone cover the form
        people = {str(one.staff_id): one.name for one in self.found}
        outcomes = {"passed": _("passed"), "failed": _("not passed")}
        fields: list[Any] = [
            ManyField("staff", _("Who took part"), people, required=True),
            TextField("title", _("Content"), longest=200, required=True,
                      hint=_("As in 急救、心理陪伴; for a training")),
            DateField("done_on", _("Day"), on=self.wb.today, required=True),
            NumberField("hours_of", _("Hours"), least=Decimal("0.5"), most=999, whole=False),
            TextField("done_by", _("By whom"), longest=200),
            ChoiceField("outcome", _("Outcome"), outcomes, required=True),
            DateField("valid_until", _("Certificate holds until"), on=self.wb.today,
                      hint=_("Empty where there is none, or it does not run out")),
        ]  # fmt: skip
        self.fields = {one.name: one for one in fields}
        self.fields["done_on"].entry = self.wb.today.isoformat()
        self.fields["outcome"].entry = "passed"
        away = self.action(_("Leave as it is"), self.put_away, kind="quiet")
        save = self.action(_("Write it down"), self.save, kind="primary", key="ctrl+s",
                           form=self.keeps("training", self.fields, "new"))  # fmt: skip
        self.slot.children = [
            stack(Panel(el("h2", _("A training"))), *fields,
                  stack(away, save, css="cw-actions"), css="cw-editor")
        ]  # fmt: skip
        fields[0].focus()

    def save(self) -> None:
        """Write the training down for everybody who took part."""
        read = self.read()
        hours = read["hours_of"]
        entry = CheckEntry(
            "training", read["done_on"], read["outcome"], read["title"], read["done_by"],
            round(float(hours) * 60) if hours is not None else None, read["valid_until"],
        )  # fmt: skip
        made = self.wb.trainings.write_down([int(one) for one in read["staff"] or ()], entry)
        self.put_away()
        self.refresh()
        self.said(
            _("The training of {n} people is written down.", n=len(made)),
            undo=lambda: self.take_all_back(made),
        )

    def take_all_back(self, checks: list[int]) -> None:
        """Take back what was just written down."""
        for one in checks:
            self.wb.trainings.take_back(one)
        self.refresh()

    def take_back(self, check: int) -> None:
        """Say that a training was a mistake."""
        self.wb.trainings.take_back(int(check))
        self.refresh()
        if self.chosen is not None:
            self.choose(str(self.chosen))

    def put_away(self) -> None:
        """Take the form or the list away."""
        self.chosen, self.fields = None, {}
        self.slot.children = []
        self.ways.layout.display = None

    def make_list(self) -> MadeFile:
        """Write this year's trainings as an Excel file, one row a person and training."""
        rows = self.wb.trainings.rows(as_of=self.on, year=self.on.year)
        if self.view != "all":
            shown = {one.staff_id for one in self.found if one.state == self.view}
            rows = [one for one in rows if one.staff_id in shown]
        heads = [
            _("Name"), _("Content"), _("Day"), _("Hours"), _("By whom"), _("Outcome"),
            _("Certificate holds until"),
        ]  # fmt: skip
        table = [
            [
                one.name, one.title, one.done_on.isoformat(),
                one.minutes / 60 if one.minutes else None, one.done_by,
                _("not passed") if one.outcome == "failed" else _("passed"),
                one.valid_until.isoformat() if one.valid_until else None,
            ]
            for one in rows
        ]  # fmt: skip
        note = _("{n} trainings in {year}, as of {day}.", n=len(rows), year=self.on.year,
                 day=day_text(self.on))  # fmt: skip
        content = excel_list(_("Learning and training"), note, heads, table)
        return MadeFile(f"{_('Learning and training')}-{self.on}.xlsx", XLSX, content)


screen = TrainingsScreen


def hours_text(minutes: int) -> str:
    """Say minutes as hours."""
    return _("{n} hours", n=f"{minutes / 60:g}")


def _state(code: str) -> State:
    return {
        "none": State("warning", _("none this year")),
        "ended": State("overdue", _("certificate run out")),
        "runs_out": State("due", _("certificate running out")),
        "holds": State("done", _("trained")),
    }[code]


def _row(one: Trained) -> dict[str, object]:
    return {
        "id": str(one.staff_id),
        "name": Noted(one.name, codes_of_role(one.role)),
        "n": one.n,
        "hours": hours_text(one.minutes) if one.minutes else None if one.n else "",
        "last": day_text(one.last_on) if one.last_on else _("none written down"),
        "state": _state(one.state),
    }

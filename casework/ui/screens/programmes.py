"""助老惠老志愿服务: which department carries which voluntary service, its helpers, what came of it.

Who: the supervisor, when a department begins one and when results are asked for. Decides: which
kinds of service are missing. Clicks: one to a programme, one to its visits, one to save.
"""

from __future__ import annotations

from typing import Any

from casework.exchange.lists import XLSX, excel_list
from casework.reference import code_list
from casework.terms import _
from casework.ui import (
    ChoiceField,
    Column,
    DataTable,
    DateField,
    Download,
    Html,
    LongText,
    MadeFile,
    Noted,
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
from casework.ui.wording import day_text, spaced
from casework.workbook.programmes import Programme, ProgrammeEntry

__all__ = ["ProgrammesScreen", "screen"]


class ProgrammesScreen(Screen):
    """The programmes of voluntary service, by department and kind.

    Parameters
    ----------
    kind : str
        Only programmes of this kind.
    programme : str
        Number of a programme to begin with.
    """

    def __init__(self, shell: Shell, kind: str = "", programme: str = "") -> None:
        super().__init__(
            shell,
            _("Voluntary service of departments"),
            lead=_("Which department or unit carries which service, who does it, what came of it."),
        )
        self.kinds = {code: str(label) for code, label in self.wb.programmes.kinds.items()}
        self.kind = kind if kind in self.kinds else ""
        self.can_edit = shell.as_of is None and self.wb.programmes.may_keep
        self.found: dict[str, Programme] = {}
        self.chosen: int | None = None
        self.tabs = Panel("", turn=self.turn, helpers=lambda: shell.go("helpers"))
        self.table = DataTable(
            [
                Column("department", _("Department or unit")),
                Column("kind", _("Kind of service")),
                Column("helpers", _("Helpers"), kind="number"),
                Column("people", _("People reached"), kind="number"),
                Column("visits", _("Contacts"), kind="number", phone="hide"),
                Column("state", _("State"), kind="state", phone="hide"),
            ],
            listed([]),
            caption=_("Programmes"),
            opens=self.choose,
            search_hint=_("Department or kind"),
            empty=(
                _("No programme is written down yet."),
                _("Write one down: the department, the kind, the team that does it."),
            ),
        )
        self.slot = stack(css="cw-slot")
        ways: list[Any] = [Download(_("Save as Excel"), self.make_list, say=self.tell)]
        if self.can_edit:
            ways.append(self.action(_("Write a programme down"), self.add, kind="primary"))
        self.ways = self.actions(*ways)
        self.body(self.tabs, self.slot, self.table, self.ways)
        self.refresh()
        if programme in self.found:
            self.choose(programme)

    def refresh(self) -> None:
        """Read the programmes again."""
        self.found = {str(one.programme_id): one for one in self.wb.programmes.all(as_of=self.on)}
        self.tabs.set(self._tabs())
        self.table.source = listed(
            [self._row(one) for one in self._shown()], ["department", "kind"]
        )
        self.table.refresh()

    def _shown(self) -> list[Programme]:
        return [one for one in self.found.values() if self.kind in ("", one.entry.kind)]

    def turn(self, kind: str) -> None:
        """Show programmes of one kind, or all."""
        self.shell.go("programmes", kind=kind)

    def _tabs(self) -> Html:
        made = [tab(_("All"), len(self.found), not self.kind, "turn", kind="")]
        for code, words in self.kinds.items():
            n = sum(one.entry.kind == code for one in self.found.values())
            made.append(tab(words, n, self.kind == code, "turn", kind=code))
        return el(
            "div",
            tabs(_("Kind of service"), made),
            el("p", link(_("Register of helpers"), "helpers"), class_="cw-hint"),
        )

    def _row(self, one: Programme) -> dict[str, object]:
        ended = one.has_ended(self.on)
        days = day_text(one.entry.active_from)
        if one.entry.active_to is not None:
            days = _("{first} to {last}", first=days, last=day_text(one.entry.active_to))
        return {
            "id": str(one.programme_id),
            "department": Noted(one.entry.department, one.entry.team),
            "kind": Noted(self.kinds.get(one.entry.kind, one.entry.kind), spaced(days)),
            "helpers": one.helpers,
            "people": one.people,
            "visits": one.visits,
            "state": State("excused", _("ended")) if ended else State("plain", _("running")),
        }

    # --- one programme ---------------------------------------------------------------------------

    def choose(self, key: str) -> None:
        """Show one programme: what it came to, its helpers, its visits, its entries."""
        self.chosen = int(key)
        one = self.found[key]
        parts: list[Any] = [
            Panel(self._came_to(one), helper=self.open_helper), self._visits(one.programme_id)
        ]  # fmt: skip
        if self.can_edit:
            parts += self._form(one.entry)
        else:
            self.fields = {}
            parts.append(stack(self.action(_("Close"), self.put_away, kind="quiet"),
                               css="cw-actions"))  # fmt: skip
        self.slot.children = [stack(*parts, css="cw-editor")]

    def _came_to(self, one: Programme) -> Html:
        words = _(
            "{n} helpers of the team {team}; {people} people reached in {visits} contacts.",
            n=one.helpers, team=one.entry.team, people=one.people, visits=one.visits,
        )  # fmt: skip
        names = self.wb.programmes.helpers(one.programme_id, as_of=self.on)
        lines = [el("li", link(name, "helper", id=number)) for number, name in names]
        title = _("{department}: {kind}", department=one.entry.department,
                  kind=self.kinds.get(one.entry.kind, one.entry.kind))  # fmt: skip
        return section(
            title,
            el("p", spaced(words), class_="cw-lead"),
            el("p", one.entry.result) if one.entry.result else None,
            el("details", el("summary", _("Helpers of the team")),
               el("ul", lines, class_="cw-lines")) if lines
            else el("p", _("Nobody is in this team. Teams are written with each helper."),
                    class_="cw-hint"),
        )  # fmt: skip

    def _visits(self, programme_id: int) -> DataTable:
        channels = code_list("channel")
        rows = [
            {
                "id": f"{one.person_id}-{one.contact_id}-{n}",
                "day": Noted(day_text(one.happened_on), channels.label_of(one.channel)),
                "person": one.person,
                "helper": one.helper,
            }
            for n, one in enumerate(self.wb.programmes.visits(programme_id, as_of=self.on))
        ]
        return DataTable(
            [
                Column("day", _("Day"), sortable=False),
                Column("person", _("Person")),
                Column("helper", _("Helper")),
            ],
            listed(rows, ["person", "helper"]),
            caption=_("Contacts of the programme"),
            opens=lambda key: self.shell.go("visits", person=key.partition("-")[0]),
            search_hint=_("Name"),
            empty=(
                _("No contact is written down yet."),
                _("Contacts of pairs count in which a helper of the team took part."),
            ),
        )

    def open_helper(self, id: int) -> None:
        """Open one helper."""
        self.shell.go("helpers", helper=id)

    def add(self) -> None:
        """Open the form for a new programme."""
        self.chosen = None
        title = Panel(el("h2", _("A new programme")))
        self.slot.children = [stack(title, *self._form(None), css="cw-editor")]
        next(iter(self.fields.values())).focus()

    def _form(self, entry: ProgrammeEntry | None) -> list[Any]:
        teams = list(self.wb.helpers.teams())
        fields: list[Any] = [
            TextField("department", _("Department or unit"), longest=200, required=True,
                      suggestions=self.wb.programmes.departments()),
            ChoiceField("kind", _("Kind of service"), self.kinds, required=True, most_chips=8),
            TextField("team", _("Team"), longest=200, required=True, suggestions=teams,
                      hint=_("As it stands with its helpers: whoever is in it is counted here")),
            DateField("active_from", _("First day"), on=self.wb.today, required=True),
            DateField("active_to", _("Last day"), on=self.wb.today,
                      hint=_("Empty while it goes on")),
            LongText("result", _("What came of it"), rows=3, longest=2000),
        ]  # fmt: skip
        if entry is not None:
            for field in fields:
                value = getattr(entry, field.name)
                field.entry = "" if value is None else str(value)
        self.fields = {one.name: one for one in fields}
        self.ways.layout.display = "none"  # two bars at the foot of a phone cover the form
        away = self.action(_("Leave as it is"), self.put_away, kind="quiet")
        save = self.action(
            _("Save the programme"), self.save, kind="primary", key="ctrl+s",
            form=self.keeps("programme", self.fields, self.chosen or "new"),
        )  # fmt: skip
        return [*fields, stack(away, save, css="cw-actions")]

    def save(self) -> None:
        """Write down what was entered."""
        read = self.read()
        entry = ProgrammeEntry(
            read["department"], read["kind"], read["team"], read["active_from"],
            read["active_to"], read["result"],
        )  # fmt: skip
        if self.chosen is None:
            self.wb.programmes.add(entry)
        else:
            self.wb.programmes.change(self.chosen, entry)
        self.put_away()
        self.refresh()
        self.said(_("Written down for {name}.", name=entry.department))

    def put_away(self) -> None:
        """Take the form away."""
        self.chosen, self.fields = None, {}
        self.slot.children = []
        self.ways.layout.display = None

    def make_list(self) -> MadeFile:
        """Write the programmes in sight as an Excel file."""
        shown = self._shown()
        heads = [
            _("Department or unit"), _("Kind of service"), _("Team"), _("First day"),
            _("Last day"), _("Helpers"), _("People reached"), _("Contacts"), _("What came of it"),
        ]  # fmt: skip
        table = [
            [
                one.entry.department, self.kinds.get(one.entry.kind, one.entry.kind),
                one.entry.team, one.entry.active_from.isoformat(),
                one.entry.active_to.isoformat() if one.entry.active_to else None,
                one.helpers, one.people, one.visits, one.entry.result,
            ]
            for one in shown
        ]  # fmt: skip
        note = _("{n} programmes as of {day}.", n=len(shown), day=day_text(self.on))
        title = _("Voluntary service of departments")
        return MadeFile(f"{title}-{self.on}.xlsx", XLSX, excel_list(title, note, heads, table))


screen = ProgrammesScreen

"""Returns of units: a form for each, filled ones taken in, rows that do not fit put right.

Who: the supervisor, while units report. Decides: who a row is about that nobody could place.
Clicks: one for a form, one to take it in; one to a row that waits, one to keep it.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any
from uuid import uuid4

from casework.errors import InvalidEntry, NotFound
from casework.exchange.lists import XLSX
from casework.exchange.unit_returns import FILLED, reread
from casework.terms import _, run_on
from casework.ui import (
    ChoiceField,
    Column,
    DataTable,
    DateField,
    Download,
    FileField,
    Hit,
    Html,
    MadeFile,
    Noted,
    Panel,
    PickField,
    Screen,
    Shell,
    TextField,
    el,
    figure,
    link,
    listed,
    section,
    stack,
)
from casework.ui.campaign_parts import tabs
from casework.ui.contact_fields import codes_of
from casework.ui.screens.consent_parts import open_consents
from casework.ui.uploads import spoken_of_as
from casework.ui.wording import money_text, short_day_text, spaced
from casework.workbook.unit_return_rows import problem_text
from casework.workbook.unit_returns import HeldReturn, ReturnLine

__all__ = ["ReturnsScreen", "screen"]

_SUFFIXES = (".xlsx", ".xls", ".csv")
_WAYS = ("home_visit", "meeting", "hospital_visit", "phone")


class ReturnsScreen(Screen):
    """The returns of one campaign.

    Parameters
    ----------
    id : str
        Number of the campaign.
    """

    def __init__(self, shell: Shell, id: str) -> None:
        if not id.isdigit():
            raise NotFound(_("There is no such page. Choose another one above."))
        super().__init__(shell, _("Returns of units"))
        self.campaign_id = int(id)
        self.row: HeldReturn | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="casework-")
        self.can_decide = shell.as_of is None and self.wb.campaigns.may_decide
        self.units = self.wb.unit_returns.units(self.campaign_id)
        names = {one.name: f"{one.name}（{one.people}）" for one in self.units}
        self.unit = ChoiceField("unit", _("Unit"), names, most_chips=0)
        self.form_file = Download(_("Form for this unit"), self.make_form, say=self.tell)
        self.chooser = FileField(
            "file", _("Choose a filled form, or drop it here"), self.take, endings=_SUFFIXES,
            most=10 * 2**20,
        )  # fmt: skip
        self.withheld = Panel("", consent=lambda person: shell.go("consent", person=person))
        self.tab_slot = stack(css="cw-slot")
        self.figures = Panel("")
        self.slot = stack(css="cw-slot")
        self.taken = Panel("", undo=self.take_back)
        self.held = DataTable(
            [
                Column("name", _("Name")),
                Column("why", _("What is wrong")),
                Column("cells", _("As it was typed")),
                Column("file", _("File"), phone="hide"),
            ],
            listed([]),
            caption=_("Rows that wait"),
            opens=self.choose,
            search_hint=_("Name or file"),
            empty=(_("No row waits."), _("What fits has been taken over.")),
        )
        ways = stack(self.unit, self.form_file, css="cw-campaign-form")
        parts: list[Any] = [self.tab_slot, self.figures]
        if self.can_decide:
            parts += [ways, self.withheld, self.chooser]
        self.body(*parts, self.slot, self.held, self.taken)
        self.refresh()

    def refresh(self) -> None:
        """Read the returns again."""
        self.shown = self.wb.campaigns.show(self.campaign_id, as_of=self.on)
        self.units = self.wb.unit_returns.units(self.campaign_id)
        self.retitle(str(self.shown.line.label))
        self.tab_slot.children = [tabs(self.shell, self.shown, "campaign_returns")]
        self.waiting = {str(one.row_id): one for one in self.wb.unit_returns.held(self.campaign_id)}
        lines = self.wb.unit_returns.all(self.campaign_id)
        self.figures.set(self._figures(lines))
        hidden = [one for unit in self.units for one in unit.withheld]
        words = _("{n} people are on no form: they have not agreed that their former unit is told "
                  "of them.", n=len(hidden))  # fmt: skip
        self.withheld.set(open_consents(hidden, words))
        self.held.source = listed([_held_row(one) for one in self.waiting.values()])
        self.held.refresh()
        self.taken.set(self._taken(lines))

    def _figures(self, lines: list[ReturnLine]) -> Html:
        standing = [one for one in lines if not one.is_taken_back]
        returned = sum(one.returned for one in self.units)
        missing = [one.name for one in self.units if not one.returned]
        note = "、".join(missing[:6]) + ("…" if len(missing) > 6 else "")
        return el(
            "div",
            figure(
                _("{n} of {of} units have sent a return"),
                {"n": returned, "of": len(self.units)},
                note=_("missing: {units}", units=note) if note else "",
            ),
            figure(
                _("{n} visits taken over"), {"n": sum(one.merged for one in standing)},
                note=money_text(sum(one.cents for one in standing)),
            ),
            figure(
                _("{n} rows wait"), {"n": len(self.waiting)},
                tone="due" if self.waiting else "",
            ),
            class_="cw-figures cw-roster-figures",
        )  # fmt: skip

    def _taken(self, lines: list[ReturnLine]) -> Html | str:
        if not lines:
            return ""
        rows = []
        for one in lines:
            way: object = None
            if one.is_taken_back:
                way = el("span", _("taken back"), class_="cw-hint")
            elif self.can_decide:
                way = link(_("Take it back"), "undo", number=one.return_id)
            told = spaced(
                _("{merged} rows taken over, {held} wait, {ignored} without a visit",
                  merged=one.merged, held=one.held, ignored=one.ignored)
            )  # fmt: skip
            rows.append(
                el("li",
                   el("p", el("b", one.unit or one.file_name),
                      el("span", short_day_text(one.recorded_on)), el("span", one.recorded_by),
                      way, class_="cw-dotted"),
                   el("p", told, class_="cw-hint"))
            )  # fmt: skip
        return section(_("Forms taken in"), el("ul", rows, class_="cw-recent"))

    # --- deciding --------------------------------------------------------------------------------

    def make_form(self) -> MadeFile:
        """Make the form of the chosen unit."""
        chosen = self.unit.value
        if chosen is None:
            raise InvalidEntry(_("Choose a unit first."), "unit")
        content = self.wb.unit_returns.form(self.campaign_id, chosen)
        return MadeFile(f"{self.shown.line.label}-{chosen}.xlsx", XLSX, content)

    def take(self, name: str, content: bytes) -> None:
        """Take a filled form in.

        Raises
        ------
        InvalidEntry
            If it is no form of a unit, or was taken in already.
        """
        suffix = Path(name).suffix.lower()
        if suffix not in _SUFFIXES:
            raise InvalidEntry(
                _("This is not a form: {file}. Accepted are .xlsx, .xls and .csv.", file=name)
            )
        file = Path(self._folder.name) / f"{uuid4().hex}{suffix}"
        file.write_bytes(content)
        try:
            with spoken_of_as(file, name):
                made = self.wb.unit_returns.take(self.campaign_id, file, shown_as=name)
        finally:
            file.unlink()
        self.refresh()
        self.said(
            spaced(_("{merged} rows taken over, {held} wait, {ignored} without a visit",
                     merged=made.merged, held=made.held, ignored=made.ignored)),
            undo=lambda: self.take_back(made.return_id),
        )  # fmt: skip

    def take_back(self, number: int) -> None:
        """Take a return back."""
        n = self.wb.unit_returns.take_back(number)
        self.refresh()
        self.said(_("Taken back: {n} rows no longer count.", n=n))

    def choose(self, key: str) -> None:
        """Open the form that puts a row right."""
        if not self.can_decide:
            return
        self.row = one = self.waiting[key]
        ways = {code: words for code, words in codes_of("channel").items() if code in _WAYS}
        person = PickField("person", _("Who it is about"), self.shell.find_people, required=True)
        on = DateField("on", _("Day of the visit"), on=self.wb.today, latest=self.wb.today)
        way = ChoiceField("way", _("How"), ways)
        amount = TextField("amount", _("Money (yuan)"), longest=20)
        reason = TextField("reason", _("Why it counts though not on the list"), longest=400)
        if one.person_id is not None:
            name, unit = self.wb.campaigns.names([one.person_id]).get(one.person_id, ("", ""))
            person.put(Hit(str(one.person_id), name, unit or ""))
        for field, cell in ((on, "on"), (amount, "amount")):
            field.entry = one.cells.get(cell, "")
        read = reread(one.row, one.cells, self.shown.line.window.due_on)
        way.entry = read.way if read.way in ways else ""
        made = [person, on, way, amount]
        if "not_listed" in one.problems:
            made.append(reason)
        self.fields = {each.name: each for each in made}
        told = el("ul", [el("li", problem_text(code)) for code in one.problems], class_="cw-lines")
        bar = stack(
            self.action(_("Leave as it is"), self.put_away, kind="quiet"),
            self.action(_("No visit of this campaign"), self.ignore),
            self.action(_("Keep the row"), self.settle, kind="primary", key="ctrl+s"),
            css="cw-actions",
        )
        title = el("h2", _("Row {n} of {file}", n=one.row, file=one.file_name))
        self.slot.children = [
            stack(Panel(title), Panel(told), *self.fields.values(), bar, css="cw-editor")
        ]
        person.focus()

    def settle(self) -> None:
        """Keep the row as it was put right."""
        if self.row is None:
            return
        entered = self.read()
        cells = {
            "on": entered["on"].isoformat() if entered["on"] else "",
            "way": entered["way"] or "",
            "amount": entered["amount"] or "",
        }
        made = self.wb.unit_returns.settle(
            self.row.row_id, person_id=int(entered["person"][0]),
            reason=entered.get("reason") or "",
            **{key: text for key, text in cells.items() if text},
        )  # fmt: skip
        if made.held:
            self.refresh()
            left = self.waiting.get(str(self.row.row_id))
            told = run_on(problem_text(code) for code in (left.problems if left else ()))
            self.tell(_("The row still waits: {why}", why=told), "warning")
            return
        self.put_away()
        self.refresh()
        self.said(_("The row is taken over."))

    def ignore(self) -> None:
        """Say that the row is about no visit of this campaign."""
        if self.row is not None:
            self.wb.unit_returns.ignore(self.row.row_id)
            self.put_away()
            self.refresh()
            self.said(_("The row no longer waits; it stays as it was typed."))

    def put_away(self) -> None:
        """Take the form away."""
        self.row, self.fields = None, {}
        self.slot.children = []


screen = ReturnsScreen


def _held_row(one: HeldReturn) -> dict[str, object]:
    keys = [*(key for key in FILLED if key in one.cells),
            *(key for key in one.cells if key not in FILLED)]  # fmt: skip
    typed = "，".join(one.cells[key] for key in keys if key not in ("no", "name"))
    return {
        "id": str(one.row_id),
        "name": Noted(one.cells.get("name") or "", _("row {n}", n=one.row)),
        "why": run_on(problem_text(code) for code in one.problems),
        "cells": typed,
        "file": one.file_name,
    }

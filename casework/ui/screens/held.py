"""Rows of a roster that wait for a person: complete them, or say that they are nobody.

Who: the caseworker who imported the roster, right after it or on another day. Decides: who the row
is about. Clicks: open the row, type what is missing, Ctrl-S; the next row comes by itself.
"""

from __future__ import annotations

from typing import Any

from casework.errors import CaseworkError
from casework.reference import code_list
from casework.terms import _
from casework.ui import (
    ChoiceField,
    Column,
    DataTable,
    Noted,
    Panel,
    Screen,
    Shell,
    TextField,
    Together,
    listed,
    stack,
)
from casework.ui.escape import Html, el
from casework.ui.parts import definition_list, link, notice, section
from casework.ui.wording import day_text
from casework.workbook.intake_held import HeldRow, HeldRows

__all__ = ["HeldForm", "HeldList", "screen"]

_TEXTS = ("name", "birth_date", "resident_id", "unit", "community", "mobile", "landline")


def screen(shell: Shell, row: str = "", batch: str = "") -> Screen:
    """Give the list of the rows that wait, or the form of one of them."""
    return HeldForm(shell, int(row)) if row else HeldList(shell, int(batch) if batch else None)


class HeldList(Screen):
    """The rows that wait, of one import or of all; below them those dealt with."""

    def __init__(self, shell: Shell, batch: int | None) -> None:
        super().__init__(
            shell,
            _("Rows that wait"),
            lead=_("These rows of a roster could not be taken in without a person."),
        )
        self.held: HeldRows = shell.wb.intake.held
        self.batch = batch
        self.table = DataTable(
            [
                Column("what", _("What it says"), phone="bare"),
                Column("why", _("What is wrong"), sortable=False),
                Column("file", _("File"), phone="hide"),
                Column("row", _("Row"), kind="number"),
            ],
            listed([]),
            caption=_("Rows that wait"),
            opens=self.open_row,
            together=[Together("take", _("Take in as they are"), self.take)],
            search_hint=_("Name, unit, or anything the row says"),
            empty=(
                _("No row waits."),
                _("Rows of a roster without a name, or on a hidden sheet, appear here."),
            ),
        )
        self.settled = Panel("", reopen=self.reopen, person=self.to_person)
        self.body(self.table, self.settled)
        self.refresh()

    def refresh(self) -> None:
        """Read what waits."""
        self.table.source = listed([_line(one) for one in self.held.rows(self.batch)])
        self.table.refresh()
        self.settled.set(_settled(self.held.rows(self.batch, settled=True)))

    def open_row(self, key: str) -> None:
        """Open the form of one row."""
        self.shell.go("held", row=key)

    def to_person(self, person: int) -> None:
        """Open the dossier that a row became."""
        self.shell.go("person", id=person)

    def take(self, keys: list[str]) -> None:
        """Take several rows in as they stand; those without a name stay, and it is said."""
        done, refused = 0, ""
        for key in keys:
            try:
                self.held.complete(int(key), {})
                done += 1
            except CaseworkError as refusal:
                refused = refusal.message
        self.refresh()
        if done:
            self.said(_("{n} rows taken in.", n=done))
        if refused:
            self.tell(_("{n} rows still wait. {why}", n=len(keys) - done, why=refused), "warning")

    def reopen(self, row: int) -> None:
        """Let a row wait again."""
        self.held.reopen(row)
        self.said(_("The row waits again."))
        self.refresh()


class HeldForm(Screen):
    """One row: its original cells beside what is asked."""

    def __init__(self, shell: Shell, row_id: int) -> None:
        self.held: HeldRows = shell.wb.intake.held
        self.row = self.held.row(row_id)
        where = _("{file}, row {row}", file=self.row.file_name, row=self.row.row)
        super().__init__(shell, _("Complete a row"), lead=where)
        for one in _questions(self.row):
            self.field(one)
        self.reason = ChoiceField(
            "reason",
            _("If it is no person: what is it?"),
            {
                "sum": _("a total or a count"),
                "signature": _("a signature or a note"),
                "sample": _("a sample"),
                "double": _("a person who is there already"),
                "other": _("something else"),
            },
        )
        self.cells = Panel(_cells(self.row))
        kept = self.keeps("held", {**self.fields, "not_a_person": self.reason}, row_id)
        save = self.action(_("Take in"), self.save, kind="primary", key="ctrl+s", form=kept)
        dismiss = self.action(_("Not a person"), self.dismiss, form=kept)
        form = stack(*self.fields.values(), css="cw-form")
        aside = stack(self.reason, dismiss, css="cw-form cw-held-aside")
        both = stack(self.cells, stack(form, aside), css="cw-stack cw-two")
        self.body(both, self.actions(save))

    def save(self) -> None:
        """Take the row in with what was entered, and go on to the next one."""
        entered = {code: str(found or "") for code, found in self.read().items()}
        done = self.held.complete(self.row.id, entered)
        words = (
            _("{name} is in the workbook.", name=entered["name"])
            if done.outcome == "imported"
            else _("{name} was there already and is up to date.", name=entered["name"])
        )
        self.said(words, undo=lambda: self.held.reopen(done.id))
        self._next()

    def dismiss(self) -> None:
        """Set the row aside, and go on to the next one."""
        self.held.dismiss(self.row.id, self.reason.chosen_label)
        row_id = self.row.id
        self.said(_("The row was set aside."), undo=lambda: self.held.reopen(row_id))
        self._next()

    def _next(self) -> None:
        waiting = self.held.rows(self.row.batch_id)
        later = [one for one in waiting if one.id > self.row.id] or waiting
        if later:
            self.shell.go("held", row=later[0].id)
        else:
            self.shell.go("held", batch=self.row.batch_id)


def _questions(row: HeldRow) -> list[Any]:
    """Ask what makes a person, with what the cells say already entered."""
    labels = {
        "name": _("Name"),
        "birth_date": _("Born"),
        "resident_id": _("Resident ID"),
        "unit": _("Former unit"),
        "community": _("Community"),
        "mobile": _("Mobile"),
        "landline": _("Landline"),
    }
    asked: list[Any] = []
    for code in _TEXTS:
        field = TextField(code, labels[code], required=code == "name")
        said = row.text_of(code)
        field.entry = said
        asked.append(field)
    asked[1:1] = [_choice(row, "sex", _("Sex")), _choice(row, "category", _("Category"))]
    return asked


def _choice(row: HeldRow, code: str, label: str) -> ChoiceField:
    from casework.exchange.words import words_of_cells
    from casework.identifiers import read_sex

    options = {one.code: one.label for one in code_list(code).entries}
    if code == "sex":
        options = {one: label for one, label in options.items() if one in ("1", "2")}
        said = read_sex(row.text_of("sex"))
    else:
        said = words_of_cells().code(code, row.text_of(code))
    field = ChoiceField(code, label, options)
    if said in options:
        field.entry = said
    return field


def _cells(row: HeldRow) -> Html:
    """Show what is wrong, and the cells as they stand in the file."""
    told = [(one.heading.replace("/", " › ") or "—", one.text[:300]) for one in row.cells]
    return el(
        "div",
        notice(row.why, "warning"),
        section(_("As it stands in the file"), definition_list(told)),
        class_="cw-held-cells",
    )


def _line(row: HeldRow) -> dict[str, object]:
    said = [one.text[:30] for one in row.cells if one.column != "seq"][:5]
    return {
        "id": row.id,
        "what": "、".join(said) or "—",
        "why": row.why,
        "file": Noted(row.file_name, row.sheet) if row.sheet else row.file_name,
        "row": row.row,
    }


def _settled(rows: list[HeldRow]) -> Html | str:
    """List what has been dealt with, each with its way back."""
    if not rows:
        return ""
    words = {
        "imported": _("taken in"),
        "merged": _("known already, brought up to date"),
        "ignored": _("set aside"),
    }
    lines = [
        el(
            "li",
            el("b", row.file_name),
            " ",
            _("row {row}", row=row.row),
            " · ",
            link(words[row.outcome], "person", person=row.person_id)
            if row.person_id is not None
            else words[row.outcome],
            f" · {day_text(row.settled_at.date()) if row.settled_at else ''} {row.settled_by} ",
            link(_("let it wait again"), "reopen", row=row.id),
        )
        for row in rows[:50]
    ]
    return section(_("Dealt with"), el("ul", lines, class_="cw-plain-list"))

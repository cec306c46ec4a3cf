"""Rows of a roster that wait for a person: complete them, or say that they are nobody.

Who: the caseworker who imported the roster, right after it or on another day. Decides: who the row
is about. Clicks: open the row, type what is missing, Ctrl-S; the next row comes by itself.
"""

from __future__ import annotations

from typing import Any

from casework.errors import CaseworkError
from casework.terms import _, day_of
from casework.ui import (
    ChoiceField,
    Column,
    DataTable,
    Noted,
    Panel,
    Screen,
    Shell,
    Together,
    listed,
    stack,
)
from casework.ui.escape import Html, el, join
from casework.ui.parts import definition_list, link, notice, section
from casework.ui.screens.held_person import PersonOfRow
from casework.ui.wording import day_text
from casework.workbook.intake_held import HeldRow, HeldRows

__all__ = ["HeldForm", "HeldList", "screen"]

_MOST_PEOPLE = 4  # of one row: a couple, seldom a parent with them


def screen(shell: Shell, row: str = "", batch: str = "", people: str = "") -> Screen:
    """Give the list of the rows that wait, or the form of one of them."""
    if not row:
        return HeldList(shell, int(batch) if batch else None)
    return HeldForm(shell, int(row), int(people) if people else None)


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
    """One row: its original cells beside what is asked of each person it is about.

    Parameters
    ----------
    n : int or None
        How many people the row is about; None for as many as it names.
    """

    def __init__(self, shell: Shell, row_id: int, n: int | None = None) -> None:
        self.held: HeldRows = shell.wb.intake.held
        self.row = self.held.row(row_id)
        where = _("{file}, row {row}", file=self.row.file_name, row=self.row.row)
        super().__init__(shell, _("Complete a row"), lead=where)
        n = min(max(n or len(self.row.read), 1), _MOST_PEOPLE)
        self.people = [PersonOfRow(shell, self.row, at, n) for at in range(n)]
        for one in self.people:
            for field in one.fields.values():
                self.field(field)
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
        kept = self.keeps(
            "held",
            {**self.fields, "not_a_person": self.reason},
            row_id if n == 1 else f"{row_id}/{n}",
        )
        label = _("Take in") if n == 1 else _("Take in {n} people", n=n)
        save = self.action(label, self.save, kind="primary", key="ctrl+s", form=kept)
        dismiss = self.action(_("Not a person"), self.dismiss, form=kept)
        how_many = stack(*self._how_many(n), css="cw-held-many")
        form = stack(*(one.view for one in self.people), how_many)
        aside = stack(self.reason, dismiss, css="cw-form cw-held-aside")
        both = stack(self.cells, stack(form, aside), css="cw-stack cw-two")
        self.body(both, self.actions(save))

    def one_more(self) -> None:
        """Ask for a further person: the row is about a couple."""
        self._of(len(self.people) + 1)

    def one_less(self) -> None:
        """Ask for the last person no more."""
        self._of(len(self.people) - 1)

    def save(self) -> None:
        """Take the row in with what was entered, and go on to the next one."""
        self.read()
        names = [one.name for one in self.people]
        done = self.held.take(self.row.id, [one.person for one in self.people])
        if len(names) > 1:
            words = _("{names} are in the workbook.", names="、".join(names))
        elif done.outcome == "imported":
            words = _("{name} is in the workbook.", name=names[0])
        else:
            words = _("{name} was there already and is up to date.", name=names[0])
        self.said(words, undo=lambda: self.held.reopen(done.id))
        self._next()

    def dismiss(self) -> None:
        """Set the row aside, and go on to the next one."""
        self.held.dismiss(self.row.id, self.reason.chosen_label)
        row_id = self.row.id
        self.said(_("The row was set aside."), undo=lambda: self.held.reopen(row_id))
        self._next()

    def _how_many(self, n: int) -> list[Any]:
        more = self.action(_("One more person in this row"), self.one_more)
        less = self.action(_("One person fewer"), self.one_less, kind="quiet")
        return [one for one, may in ((less, n > 1), (more, n < _MOST_PEOPLE)) if may]

    def _of(self, n: int) -> None:
        """Show the form for so many people, with what was entered."""
        entries = self.entries()
        picked = {one.record.name: one.record.picked for one in self.people}
        self.shell.go("held", row=self.row.id, people=n)
        after = self.shell.screen
        if isinstance(after, HeldForm):
            for one in after.people:
                one.record.put(*picked.get(one.record.name, ()))
            after.restore({k: v for k, v in entries.items() if k not in picked})

    def _next(self) -> None:
        waiting = self.held.rows(self.row.batch_id)
        later = [one for one in waiting if one.id > self.row.id] or waiting
        if later:
            self.shell.go("held", row=later[0].id)
        else:
            self.shell.go("held", batch=self.row.batch_id)


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
            join((link(words[row.outcome], "person", person=one) for one in row.people), "、")
            if row.people
            else words[row.outcome],
            f" · {day_text(day_of(row.settled_at)) if row.settled_at else ''} {row.settled_by} ",
            link(_("let it wait again"), "reopen", row=row.id),
        )
        for row in rows[:50]
    ]
    return section(_("Dealt with"), el("ul", lines, class_="cw-plain-list"))

"""A roster comes in: choose the file, see what was understood, import, and take it back if wrong.

Who: a caseworker with an Excel file from a unit, some times a year. Decides: what headings mean
that nobody could place, whether a column was read wrongly, and whether to import. Clicks: choose,
import; one more on a column that was read wrongly, and on a row that waits.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from casework.errors import InvalidEntry
from casework.exchange.headings import lexicon
from casework.exchange.report import ImportReport, ReadColumn
from casework.terms import _, day_of
from casework.ui import (
    ChoiceField,
    Column,
    DataTable,
    Download,
    FileField,
    MadeFile,
    Panel,
    Screen,
    Shell,
    listed,
    stack,
)
from casework.ui.escape import Html, el, join
from casework.ui.parts import definition_list, link, section, unknown
from casework.ui.screens.intake_even import even_parts
from casework.ui.uploads import spoken_of_as
from casework.ui.wording import day_text, number_text
from casework.workbook.intake import Intake
from casework.workbook.reconciling import Reconciled

__all__ = ["IntakeScreen", "screen"]

_LEAVE_OUT = "-"
_LARGEST = 30 * 1024 * 1024
_SUFFIXES = (".xlsx", ".xls", ".csv")


class IntakeScreen(Screen):
    """Import a roster in two steps: look, then write; earlier imports stand below."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(
            shell,
            _("Import a roster"),
            lead=_(
                "Any list of people will do: .xlsx, .xls or .csv, with titles, merged headings "
                "and footers as they are. Nothing is written before you say so."
            ),
        )
        self.intake: Intake = shell.wb.intake
        self.report: ImportReport | None = None
        self.content: bytes | None = None
        self.file_name = ""
        self.chooser = FileField(
            "file",
            _("Choose a roster, or drop it here"),
            self.look_at,
            endings=_SUFFIXES,
            most=_LARGEST,
        )
        self._changing: set[str] = set()
        self.progress = Panel("")
        self.found = stack()
        self.earlier = Panel("", undo=self.undo, held=self.open_held)
        self.body(self.chooser, self.progress, self.found, self.earlier)
        self.refresh()

    def look_at(self, name: str, content: bytes) -> None:
        """Read a file and show what was understood; nothing is written.

        Raises
        ------
        InvalidEntry
            If the file is of another kind.
        UnreadableFile
            If it cannot be read, is not safe to read, or holds no list of people.
        """
        self._forget()
        suffix = Path(name).suffix.lower()
        if suffix not in _SUFFIXES:
            raise InvalidEntry(
                _("This is not a roster: {file}. Accepted are .xlsx, .xls and .csv.", file=name)
            )
        self.content, self.file_name = content, name
        self.read_again()

    def read_again(self) -> None:
        """Read the file with the headings as they are known now."""
        with self._on_disk() as path:
            self.report = self.intake.import_roster(
                path, dry_run=True, shown_as=self.file_name, progress=self._tell
            )
        self.progress.set("")
        self._changing.clear()
        self.found.children = self._shown(self.report)

    def change(self, path: str) -> None:
        """Ask what a column holds that was read wrongly."""
        if self.report is None:
            return
        chosen = self.entries()
        self._changing.add(path)
        self.found.children = self._shown(self.report)
        self.restore(chosen)

    def open_held(self, batch: int) -> None:
        """Go to the rows of an import that wait for a person."""
        self.shell.go("held", batch=batch)

    def save_headings(self) -> None:
        """Remember what the headings mean that a person placed, and read the file again."""
        chosen = {name: field.value for name, field in self.fields.items() if field.value}
        if not chosen:
            raise InvalidEntry(_("No heading was placed. Choose what at least one column holds."))
        for path, column in chosen.items():
            self.intake.save_heading(path, None if column == _LEAVE_OUT else column)
        self.said(_("{n} headings remembered for this agency.", n=len(chosen)))
        self.read_again()

    def write(self) -> None:
        """Import the file that was looked at."""
        with self._on_disk() as path:
            done = self.intake.import_roster(path, shown_as=self.file_name, progress=self._tell)
        self._forget()
        batch = done.batch_id
        self.said(
            _("{n} people imported.", n=done.people),
            undo=(lambda: self.undo(batch)) if batch is not None else None,
        )
        self.refresh()
        if done.counts["held"]:
            self.open_held(batch or 0)
        else:
            self.tell(done.summary(), "done")

    def compare(self) -> None:
        """Hold the file against the people in care; nothing is written."""
        reconciling = self.wb.reconciling
        with self._on_disk() as path:
            found = reconciling.compare(path, shown_as=self.file_name, progress=self._tell)
        self.progress.set("")
        save = Download(_("Save the comparison"), lambda: self._even_file(found), say=self.tell)
        back = self.action(_("Back to the file"), self.read_again, kind="quiet")
        parts = even_parts(found, lambda person: self.shell.go("person", id=person))
        self.found.children = [*parts, self.actions(back, save)]

    def _even_file(self, found: Reconciled) -> MadeFile:
        with tempfile.TemporaryDirectory(prefix="casework-") as folder:
            path = Path(folder) / "comparison.csv"
            self.wb.reconciling.write(found, path)
            return MadeFile(_("comparison.csv"), "text/csv;charset=utf-8", path.read_bytes())

    def undo(self, batch: int) -> None:
        """Take an import back."""
        gone, stay = self.intake.undo(batch)
        words = _("The import was undone: {n} people withdrawn.", n=gone)
        if stay:
            words += _(" {n} stay, because work has been recorded for them.", n=stay)
        self.said(words)
        self.refresh()

    def refresh(self) -> None:
        """Show the imports so far."""
        self.earlier.set(_earlier(self.intake))

    def leave(self) -> None:
        """Forget the file."""
        self._forget()

    @contextmanager
    def _on_disk(self) -> Iterator[Path]:
        """Give the file a place to be read at, while it is read and no longer.

        Between two presses it is in memory only: a program that dies leaves no roster behind. Its
        name is one of our own: the given one is shown, and never becomes a path.
        """
        assert self.content is not None  # noqa: S101 - the buttons are shown with a file only
        suffix = Path(self.file_name).suffix.lower()
        with tempfile.TemporaryDirectory(prefix="casework-") as folder:
            path = Path(folder) / f"{uuid4().hex}{suffix}"
            path.write_bytes(self.content)
            with spoken_of_as(path, self.file_name):
                yield path

    def _tell(self, share: float, words: str) -> None:
        bar = el("progress", value=f"{share:.2f}", max="1")
        self.progress.set(el("p", bar, " ", words, role="status"))

    def _forget(self) -> None:
        self.content = self.report = None
        self.found.children = []
        self.progress.set("")

    def _shown(self, report: ImportReport) -> list[Any]:
        self.fields.clear()
        parts: list[Any] = [Panel(_counts(report))]
        asked = [one for one in report.unplaced if one.how != "saved"]
        changing = [one for one in report.columns if one.path in self._changing]
        asked += [one for one in changing if one not in asked]
        if asked:
            open_ones = _("What you leave open is not read; its cells stay with the import.")
            title = Panel(
                join(
                    [
                        el("h2", _("What do these columns hold?")),
                        el("p", open_ones, class_="cw-faint"),
                    ]
                )
            )
            fields = [self.field(_placing(one)) for one in asked]
            remember = self.action(_("Remember and read again"), self.save_headings)
            parts.append(stack(title, *fields, remember, css="cw-form"))
        rest = [one for one in report.columns if one not in asked]
        parts.append(Panel(_columns_read(rest), change=self.change))
        if report.problems:
            parts.append(_problem_table(report))
        people = report.people
        write = self.action(
            _("Import {n} people", n=number_text(people)), self.write, kind="primary", key="ctrl+s"
        )
        leave = self.action(_("Another file"), self._forget, kind="quiet")
        compare = self.action(_("Only compare with our people"), self.compare)
        parts.append(self.actions(leave, compare, write))
        return parts


def _placing(column: ReadColumn) -> ChoiceField:
    """Ask what a column holds: the likeliest first, then none of them, then all there are."""
    words = lexicon()
    known = [code for code, one in words.columns.items() if one.read != "skip"]
    likely = [code for code in column.candidates if words.label_of(code) and code != "seq"]
    rest = [code for code in (*known, *words.around) if code not in likely]

    def labels(codes: list[str]) -> dict[str, str]:
        return {code: words.label_of(code) for code in codes if words.is_column(code)}

    options = {**labels(likely), _LEAVE_OUT: _("do not read"), **labels(rest)}
    field = ChoiceField(
        column.path,
        column.path.replace("/", " › "),
        options,
        most_chips=0,
        hint=_samples(column),
    )
    if column.column in options:
        field.entry = column.column
    return field


def _samples(column: ReadColumn) -> str:
    return "、".join(one[:24] for one in column.samples[:3]) or _("empty")


def _columns_read(columns: list[ReadColumn]) -> Html:
    """List every column with some of its cells and what it was read as; each can be changed."""
    words = lexicon()

    def read_as(one: ReadColumn) -> Html:
        label = words.label_of(one.column) if one.column else ""
        told = label or unknown(_("not read"))
        mine = el("span", _("as saved"), class_="cw-tag") if one.how == "saved" else None
        return el("td", told, " ", mine)

    lines = [
        el(
            "tr",
            el("th", one.path.replace("/", " › "), scope="row"),
            el("td", _samples(one), class_="cw-faint"),
            read_as(one),
            el("td", link(_("change"), "change", path=one.path)),
        )
        for one in columns
    ]
    head = [el("th", one, scope="col") for one in (_("Column"), _("Some cells"), _("Read as"), "")]
    table = el("table", el("thead", el("tr", head)), el("tbody", lines), class_="cw-sheet-columns")
    title = _("How the {n} columns were read", n=len(columns))
    return el("details", el("summary", title), table, class_="cw-fold")


def _counts(report: ImportReport) -> Html:
    rows = [
        (_("Rows in the file"), number_text(report.n_rows)),
        (_("New people"), number_text(report.people)),
        (_("Known people and double rows"), number_text(report.counts["merged"])),
        (_("Held back"), number_text(report.counts["held"])),
        (_("Titles, blank rows, footers"), number_text(report.counts["ignored"])),
    ]
    return section(report.file_name, definition_list(rows))


def _problem_table(report: ImportReport) -> DataTable:
    from casework.reference import facts

    known = facts()
    named = {"resident_id": _("Resident ID"), "birth_date": _("Born"), "name": _("Name")}
    named |= {"sex": _("Sex"), "row": _("Row"), "column": _("Column")}

    def field(code: str) -> str:
        return named.get(code) or (str(known[code].label) if code in known else code)

    rows = [
        {
            "id": at,
            "row": one.row,
            "sheet": one.sheet,
            "field": field(one.field),
            "value": one.value,
            "message": one.message,
        }
        for at, one in enumerate(report.problems)
    ]
    return DataTable(
        [
            Column("message", _("What to check")),
            Column("sheet", _("Sheet")),
            Column("row", _("Row"), kind="number"),
            Column("field", _("Entry")),
            Column("value", _("As it stands")),
        ],
        listed(rows),
        caption=_("Problems found"),
    )


def _earlier(intake: Intake) -> Html:
    rows = [
        el(
            "li",
            el("b", one.file_name),
            f" {day_text(day_of(one.imported_at))} {one.imported_by} ",
            _("{n} imported, {merged} merged", n=one.n_imported, merged=one.n_merged),
            " ",
            join([link(_("{n} rows wait", n=one.n_held), "held", batch=one.id), " "])
            if one.n_held and not one.undone_at
            else None,
            el("span", _("undone"), class_="cw-tag")
            if one.undone_at
            else link(_("Undo this import"), "undo", batch=one.id),
        )
        for one in intake.batches()
    ]
    if not rows:
        return join([])
    return section(_("Imports so far"), el("ul", rows, class_="cw-plain-list"))


screen = IntakeScreen

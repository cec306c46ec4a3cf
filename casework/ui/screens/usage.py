"""Services from another platform: its file looked at row by row, then taken over.

Who: whoever looks after orders, when a platform or a provider sends what it did. Decides: which
rows count; what does not fit goes back as a file. Clicks: one for whose file it is, one for the
file, one to take it over; one to take it back.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from casework.errors import InvalidEntry
from casework.exchange.lists import XLSX
from casework.exchange.usage_table import HEADINGS
from casework.reference.catalogue import catalogue
from casework.terms import _, run_on
from casework.ui import (
    ChoiceField,
    Column,
    DataTable,
    Download,
    FileField,
    Html,
    MadeFile,
    Noted,
    Panel,
    Screen,
    Shell,
    State,
    Together,
    definition_list,
    el,
    link,
    listed,
    section,
    stack,
)
from casework.ui.uploads import spoken_of_as
from casework.ui.wording import number_text, short_day_text, spaced
from casework.workbook.usage import UsageReport
from casework.workbook.usage_rows import Judged

__all__ = ["UsageScreen", "screen"]

_SUFFIXES = (".xlsx", ".xls", ".csv")
_LARGEST = 10 * 2**20
_FIRST = ("name", "resident_id", "service", "on", "quantity", "served_by", "ref")


class UsageScreen(Screen):
    """Files of other platforms and providers."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(
            shell,
            _("Services from another platform"),
            lead=_(
                "What a platform or a provider did, from its own file: orders are done, further "
                "services entered, and what does not fit goes back with the reason."
            ),
        )
        self.can_edit = shell.as_of is None
        self.report: UsageReport | None = None
        self.path: Path | None = None
        self.but: set[str] = set()
        self._folder = tempfile.TemporaryDirectory(prefix="casework-")
        self.providers = {str(one.id): one.name for one in self.wb.providers.list(as_of=self.on)}
        self.whose = ChoiceField("provider", _("Whose file it is"), self.providers, required=True)
        self.ways = Panel("", agreements=lambda: shell.go("agreements"),
                          orders=lambda: shell.go("orders"))  # fmt: skip
        self.slot = stack(css="cw-slot")
        self.past = Panel("", undo=self.take_past_back)
        self.body(self.ways, self.slot, self.past)
        self.begin()
        self.refresh()

    def refresh(self) -> None:
        """Read again what was taken over last."""
        self.ways.set(
            el("p", link(_("Service orders"), "orders"),
               link(_("Providers and agreements"), "agreements"), class_="cw-dotted")
        )  # fmt: skip
        self.done = self.wb.usage.past()
        self.past.set(self._past())

    def _past(self) -> Html | str:
        if not self.done:
            return ""
        rows = []
        for at, one in enumerate(self.done):
            told = _("{n} services, {standing} of them not confirmed yet",
                     n=len(one.orders), standing=one.standing)  # fmt: skip
            way = link(_("Take it back"), "undo", at=at) if self.can_edit and one.standing else None
            rows.append(
                el("li",
                   el("p", el("b", one.file_name), el("span", short_day_text(one.on)),
                      el("span", one.by), way, class_="cw-dotted"),
                   el("p", spaced(told), class_="cw-hint"))
            )  # fmt: skip
        return section(_("Taken over last"), el("ul", rows, class_="cw-recent"))

    # --- choosing --------------------------------------------------------------------------------

    def begin(self) -> None:
        """Ask whose file it is, and for the file."""
        self._forget()
        if not self.can_edit:
            self.slot.children = [
                Panel(el("p", _("Go back to today to take a file over."), class_="cw-hint"))
            ]
            return
        if not self.providers:
            words = _("No provider is registered yet. Add the platform under providers and "
                      "agreements first.")  # fmt: skip
            self.slot.children = [Panel(el("p", words, class_="cw-hint"))]
            return
        chooser = FileField(
            "file", _("Choose the file, or drop it here"), self.look_at, endings=_SUFFIXES,
            most=_LARGEST,
        )  # fmt: skip
        words = _(
            "One row a service, with headings such as {names}. A name alone tells nobody: a person "
            "number, an ID number, a telephone or the community must go with it.",
            names="、".join(HEADINGS[key][0] for key in _FIRST),
        )
        self.slot.children = [
            stack(self.whose, chooser, Panel(el("p", words, class_="cw-hint")), css="cw-editor")
        ]

    def look_at(self, name: str, content: bytes) -> None:
        """Read a file and show what would become of each row; nothing is written."""
        self._forget()
        suffix = Path(name).suffix.lower()
        if suffix not in _SUFFIXES:
            raise InvalidEntry(
                _("This is no list of services: {file}. Accepted are .xlsx, .xls and .csv.",
                  file=name)
            )  # fmt: skip
        if self.whose.value is None:
            raise InvalidEntry(_("Choose first whose file it is."), "provider")
        # Under a name of our own: the given one is shown, and never becomes a path.
        self.path = Path(self._folder.name) / f"{uuid4().hex}{suffix}"
        self.path.write_bytes(content)
        with spoken_of_as(self.path, name):
            self.report = self.wb.usage.look(self.path, int(self.whose.value), shown_as=name)
        self._draw(self.report)

    # --- looking ---------------------------------------------------------------------------------

    def _draw(self, report: UsageReport) -> None:
        together = [
            Together("leave", _("Leave out"), lambda keys: self.leave_out(keys, out=True)),
            Together("put", _("Take over after all"), lambda keys: self.leave_out(keys, out=False)),
        ]
        self.table = DataTable(
            [
                Column("service", _("Service"), phone="bare"),
                Column("what", _("What becomes of it"), kind="state"),
                Column("why", _("Why")),
                Column("on", _("Day"), phone="hide"),
                Column("row", _("Row"), kind="number"),
            ],
            listed(self._rows(report)),
            caption=_("Rows of the file"),
            search_hint=_("Name, service or reason"),
            together=together,
            empty=(_("No row of the file is about a service."), _("Choose another file.")),
        )
        self.counted = Panel(self._counted(report))
        self.foot = stack(css="cw-actions")
        self._draw_foot(report)
        self.slot.children = [stack(self.counted, self.table, self.foot, css="cw-editor")]

    def _rows(self, report: UsageReport) -> list[dict[str, object]]:
        items = catalogue(self.wb.agency.code)
        titles = {code: str(one.label) for code, one in items.items()}
        order = {"held": 0, "complete": 1, "enter": 2, "known": 3, "ignored": 4}
        rows = sorted(report.rows, key=lambda one: order[one.outcome])
        return [_row(one, titles, one.number in self.but) for one in rows]

    def _counted(self, report: UsageReport) -> Html:
        n = report.counts
        rows: list[tuple[object, object]] = [
            (_("Rows in the file"), number_text(sum(n.values()))),
            (_("Orders that are done by it"), number_text(n["complete"])),
            (_("Services that nobody had ordered here"), number_text(n["enter"])),
            (_("Written down before"), number_text(n["known"])),
            (_("Not taken, with the reason"), number_text(n["held"])),
            (_("Not done, titles, blank rows, sums"), number_text(n["ignored"])),
        ]
        if self.but:
            rows.append((_("Left out by you"), number_text(len(self.but))))
        hint = _("What is taken over still waits to be confirmed with the person.")
        return section(report.file_name, definition_list(rows), el("p", hint, class_="cw-hint"))

    @property
    def n_wanted(self) -> int:
        """How many rows will be written."""
        if self.report is None:
            return 0
        return sum(one.number not in self.but for one in self.report.of("complete", "enter"))

    def _draw_foot(self, report: UsageReport) -> None:
        made: list[Any] = [self.action(_("Another file"), self.begin, kind="quiet")]
        if report.of("held"):
            made.append(
                Download(_("Rows not taken, as Excel"), self.make_rejected, say=self.tell)
            )  # fmt: skip
        if n := self.n_wanted:
            made.append(
                self.action(_("Take {n} services over", n=number_text(n)), self.take,
                            kind="primary", key="ctrl+s")
            )  # fmt: skip
        self.foot.children = made

    def leave_out(self, keys: Sequence[str], *, out: bool) -> None:
        """Leave rows out, or take them over after all."""
        if self.report is None:
            return
        able = {one.number for one in self.report.of("complete", "enter")}
        self.but = self.but | (able & set(keys)) if out else self.but - set(keys)
        self.table.source = listed(self._rows(self.report))
        self.table.refresh()
        self.counted.set(self._counted(self.report))
        self._draw_foot(self.report)

    def make_rejected(self) -> MadeFile:
        """Make the file of the rows that are not taken."""
        if self.report is None:
            raise InvalidEntry(_("Choose a file first."), "file")
        content = self.wb.usage.rejected(self.report)
        name = _("{file}, not taken", file=Path(self.report.file_name).stem)
        return MadeFile(f"{name}.xlsx", XLSX, content)

    # --- doing -----------------------------------------------------------------------------------

    def take(self) -> None:
        """Take the rows over."""
        if self.path is None or self.report is None:
            return
        name, provider = self.report.file_name, self.report.provider_id
        done = self.wb.usage.take(self.path, provider, but=self.but, shown_as=name)
        self.begin()
        self.refresh()
        held = done.counts["held"]
        self.said(
            spaced(_("{n} services taken over, {held} rows not.", n=len(done.orders), held=held)),
            undo=lambda: self.take_back(done.orders),
        )

    def take_past_back(self, at: int) -> None:
        """Take back one of the files taken over last."""
        self.take_back(self.done[at].orders)

    def take_back(self, orders: Sequence[int]) -> None:
        """Take back what a file brought, as far as it was not confirmed meanwhile."""
        made = self.wb.usage.take_back(orders)
        self.refresh()
        told = _("Taken back: {n} services; {again} orders wait again.",
                 n=made.undone, again=made.renewed)  # fmt: skip
        if made.staying:
            told += _(" Confirmed meanwhile, so they stand: {n}.", n=len(made.staying))
        self.said(spaced(told))

    def _forget(self) -> None:
        if self.path is not None:
            self.path.unlink(missing_ok=True)
        self.path = self.report = None
        self.but = set()

    def leave(self) -> None:
        """Leave no copy of the file behind."""
        self._forget()


screen = UsageScreen


def _row(one: Judged, titles: dict[str, str], left_out: bool) -> dict[str, object]:
    row = one.row
    who = row.name or (f"P{row.person_no:05}" if row.person_no else "") or "–"
    service = titles.get(one.item, row.service)
    return {
        "id": one.number,
        "service": Noted(who, spaced(f"{service} × {row.quantity}") if service else ""),
        "what": State("excused", _("left out by you")) if left_out else _state(one),
        "why": run_on(one.why),
        "on": row.on,
        "row": row.row,
    }


def _state(one: Judged) -> State:
    if one.outcome == "complete":
        return State("done", spaced(_("order no. {id} is done", id=one.order_id or 0)))
    sign, words = {
        "enter": ("ready", _("entered as a service")),
        "known": ("excused", _("known already")),
        "held": ("overdue", _("not taken")),
        "ignored": ("excused", _("not done")),
    }[one.outcome]
    return State(sign, words)

"""志愿者与助老员登记: who comes to people, vetted or not; one entered, a register read from a file.

Who: the supervisor, when somebody offers help, is vetted or trained, or stops. Decides: whether a
helper may be paired. Clicks: one to a helper, one to save; a file in two.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any
from uuid import uuid4

from casework.errors import InvalidEntry
from casework.exchange.lists import XLSX, excel_list
from casework.reference import code_list
from casework.terms import _
from casework.ui import (
    ChoiceField,
    Column,
    DataTable,
    DateField,
    Download,
    FileField,
    Html,
    LongText,
    MadeFile,
    Noted,
    NumberField,
    Page,
    Panel,
    Query,
    Screen,
    Shell,
    State,
    TextField,
    definition_list,
    el,
    link,
    listed,
    section,
    stack,
)
from casework.ui.fields import read_all
from casework.ui.pair_cells import seat_name, source_names, vetting_cell
from casework.ui.pair_parts import tab, tabs
from casework.ui.uploads import spoken_of_as
from casework.ui.widgets.table import Together
from casework.ui.wording import day_text, number_text, spaced
from casework.workbook.helper_import import MISTAKEN, RegisterReport
from casework.workbook.helper_rows import CheckEntry, CheckRow, HelperEntry, HelperRow

__all__ = ["HelpersScreen", "screen"]

_SUFFIXES = (".xlsx", ".xls", ".csv")
_LARGEST = 20 * 2**20
_TERMS = ("dialect", "skill", "interest", "area", "team")
_VIEWS = ("all", "valid", "runs_out", "none", "ended", "failed", "left")


class HelpersScreen(Screen):
    """The register of helpers.

    Parameters
    ----------
    view : {"all", "valid", "runs_out", "none", "ended", "failed", "left"}
    helper : str
        Number of a helper to begin with.
    """

    def __init__(self, shell: Shell, view: str = "all", helper: str = "") -> None:
        super().__init__(
            shell,
            _("Register of helpers"),
            lead=_("Volunteers, care assistants, liaison officers, doctors, grid workers, leaders. "
                   "Only who is vetted can be paired."),
        )  # fmt: skip
        self.view = view if view in _VIEWS else "all"
        self.rules = self.wb.helpers.rules
        self.can_edit = shell.as_of is None and self.wb.helpers.may_keep
        self.chosen: int | None = None
        self.report: RegisterReport | None = None
        self.path: Path | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="casework-")
        self.tabs = Panel("", turn=self.turn)
        self.table = DataTable(
            [
                Column("name", _("Name")),
                Column("kind", _("Kind")),
                Column("unit", _("Unit or community"), phone="hide"),
                Column("speaks", _("Speaks, can do"), sortable=False, phone="hide"),
                Column("vetted_until", _("Vetting"), kind="state"),
                Column("people", _("People"), kind="number"),
            ],
            self.page,
            caption=_("Helpers"),
            opens=self.choose,
            together=[Together("gone", _("What if they were gone?"), self.what_if)]
            if self.can_edit
            else [],
            search_hint=_("Name, initials, unit, phone, team or skill"),
            empty=(
                _("Nobody is in the register yet."),
                _("Enter a helper, or read the register from an Excel file."),
            ),
        )
        self.slot = stack(css="cw-slot")
        ways: list[Any] = [Download(_("Save as Excel"), self.make_list, say=self.tell)]
        if self.can_edit:
            ways += [
                self.action(_("Read a register from a file"), self.open_file),
                self.action(_("Enter a helper"), self.add, kind="primary"),
            ]
        programmes = Panel(
            el("p", link(_("Voluntary service of departments"), "programmes"), class_="cw-hint"),
            programmes=lambda: shell.go("programmes"),
        )
        self.body(self.tabs, programmes, self.slot, self.table, self.actions(*ways))
        self.refresh()
        if helper.isdigit():
            self.choose(helper)

    # --- the list ------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Count and read the register again."""
        self.tabs.set(self._tabs())
        self.table.refresh()

    def turn(self, view: str) -> None:
        """Show another part of the register."""
        self.shell.go("helpers", view=view)

    def page(self, query: Query) -> Page:
        """Give one page of the register."""
        found = self.wb.helpers.list(
            as_of=self.on, **self._asked(), search=query.search, sort=query.sort or "name",
            descending=query.descending, offset=query.offset, limit=query.limit,
        )  # fmt: skip
        return Page([self._row(one) for one in found.rows], found.matching, found.total)

    def _asked(self) -> dict[str, Any]:
        if self.view == "left":
            return {"left": True}
        if self.view == "runs_out":
            return {"runs_out": True}
        return {"vettings": (self.view,)} if self.view != "all" else {}

    def _row(self, one: HelperRow) -> dict[str, object]:
        kind = self.rules.kinds.get(one.kind)
        sources = source_names()
        said = [*one.terms.get("dialect", ()), *one.terms.get("skill", ())]
        where = one.unit or one.community
        note = sources.get(one.source or "", "")
        full = one.people >= one.most and one.most > 0
        return {
            "id": str(one.helper_id),
            "name": Noted(one.name, one.phone or _("no phone")),
            "kind": Noted(str(kind.label) if kind else one.kind, note),
            "unit": where,
            "speaks": "、".join(said) or None,
            "vetted_until": self._vetting(one),
            "people": Noted(one.people, _("full") if full else _("of {n}", n=one.most)),
        }  # fmt: skip

    def _vetting(self, one: HelperRow) -> object:
        if one.has_left(self.on):
            return State("excused", _("stopped"))
        if one.vetting == "valid" and one.vetted_until is not None:
            return Noted(vetting_cell("valid"), _("holds until {day}",
                                                  day=day_text(one.vetted_until)))  # fmt: skip
        return vetting_cell(one.vetting)

    def _tabs(self) -> Html:
        counted = self.wb.helpers.count(as_of=self.on)
        total = sum(counted[one] for one in ("none", "valid", "ended", "failed"))
        named = {
            "all": (_("All"), total),
            "valid": (_("Vetted"), counted["valid"]),
            "runs_out": (_("Running out"), counted["runs_out"]),
            "none": (_("Not vetted"), counted["none"]),
            "ended": (_("Run out"), counted["ended"]),
            "failed": (_("Not passed"), counted["failed"]),
            "left": (_("Stopped"), None),
        }
        return tabs(
            _("Vetting"),
            [
                tab(words, n, self.view == one, "turn", view=one)
                for one, (words, n) in named.items()
            ],
        )  # fmt: skip

    def what_if(self, keys: list[str]) -> None:
        """Ask who would be without these helpers."""
        self.shell.go("pairing", lost=",".join(keys))

    def make_list(self) -> MadeFile:
        """Write the helpers in sight as an Excel file."""
        rows = self.wb.helpers.list(as_of=self.on, **self._asked(), limit=None).rows
        sexes, sources = code_list("sex"), source_names()
        heads = [
            _("Name"), _("Kind"), _("Sent by"), _("Unit"), _("Community"), _("Phone"), _("Sex"),
            _("Dialects"), _("Can do"), _("Interests"), _("Own area (communities)"), _("Teams"),
            _("Vetting"), _("People"), _("Takes at most"),
        ]  # fmt: skip
        table = [
            [
                one.name, str(self.rules.kinds[one.kind].label) if one.kind in self.rules.kinds
                else one.kind, sources.get(one.source or ""), one.unit, one.community, one.phone,
                sexes.label_of(one.sex) if one.sex else None,
                *("、".join(one.terms.get(kind, ())) or None for kind in _TERMS),
                vetting_cell(one.vetting, one.vetted_until).text, one.people, one.most,
            ]
            for one in rows
        ]  # fmt: skip
        note = _("{n} helpers as of {day}.", n=len(rows), day=day_text(self.on))
        content = excel_list(_("Register of helpers"), note, heads, table)
        return MadeFile(f"{_('Register of helpers')}-{self.on}.xlsx", XLSX, content)

    # --- one helper ----------------------------------------------------------------------------

    def add(self) -> None:
        """Open the form for somebody new."""
        self.chosen = None
        self._open(None)

    def choose(self, key: str) -> None:
        """Show one helper: the entries, vetting, training, pairs."""
        self.chosen = int(key)
        found = self.wb.helpers.one(self.chosen, as_of=self.on)
        if not self.can_edit or found.row.has_left(self.on):
            self._show(found.row, found.checks)
            return
        self._open(found.row, found.checks)

    def _show(self, row: HelperRow, checks: tuple[CheckRow, ...]) -> None:
        stopped = row.has_left(self.on)
        told: list[tuple[object, object]] = [
            (_("Phone"), row.phone), (_("Unit"), row.unit), (_("Community"), row.community),
        ]  # fmt: skip
        if stopped and row.active_to:
            told.append((_("Stopped after"), day_text(row.active_to)))
            mistaken = row.left_reason == MISTAKEN
            words = _("The register that brought them in was taken back.")
            told.append((_("Reason"), words if mistaken else row.left_reason))
        parts: list[Any] = [
            Panel(section(row.name, definition_list(told))),
            Panel(self._checks(checks), take_back=self.take_back),
        ]
        ways = [self.action(_("Close"), self.put_away, kind="quiet")]
        if stopped and self.can_edit:
            ways.append(self.action(_("Comes back"), self.come_back, kind="primary"))
        self.fields = {}
        self.slot.children = [stack(*parts, stack(*ways, css="cw-actions"), css="cw-editor")]

    def _open(self, row: HelperRow | None, checks: tuple[CheckRow, ...] = ()) -> None:
        own = self._own_fields(row)
        self.own = {one.name: one for one in own}
        self.fields = dict(self.own)
        parts: list[Any] = [Panel(el("h2", row.name if row else _("A new helper"))), *own]
        save = self.action(
            _("Save the helper"), self.save, kind="primary", key="ctrl+s",
            form=self.keeps("helper", self.own, self.chosen or "new"),
        )  # fmt: skip
        parts.append(
            stack(self.action(_("Leave as it is"), self.put_away, kind="quiet"), save,
                  css="cw-actions")
        )  # fmt: skip
        if row is not None:
            parts += self._more(row, checks)
        self.slot.children = [stack(*parts, css="cw-editor cw-staffing")]
        own[0].focus()

    def _own_fields(self, row: HelperRow | None) -> list[Any]:
        kinds = {one.code: str(one.label) for one in self.rules.kinds.values()}
        sexes = {one.code: str(one.label) for one in code_list("sex").entries}
        commas = _("With commas between")
        fields: list[Any] = [
            TextField("name", _("Name"), longest=60, required=True),
            ChoiceField("kind", _("Kind"), kinds, required=True, most_chips=8),
            ChoiceField("source", _("Sent by"), source_names()),
            TextField("unit", _("Unit"), longest=120),
            TextField("community", _("Community"), longest=120),
            TextField("phone", _("Phone"), longest=60),
            ChoiceField("sex", _("Sex"), sexes),
            TextField("dialect", _("Dialects"), hint=commas),
            TextField("skill", _("Can do"), hint=commas),
            TextField("interest", _("Interests"), hint=commas),
            TextField("area", _("Own area (communities)"), hint=commas),
            TextField("team", _("Teams"), hint=commas, suggestions=list(self.wb.helpers.teams())),
            LongText("hours", _("Has time"), rows=2, longest=400,
                     hint=_("One a line, as in 周一至周五 08:30-12:00; empty where nobody asked")),
            NumberField("max_people", _("Takes at most"), least=0, most=999,
                        hint=_("People; empty for the usual number, {n}",
                               n=self.rules.numbers["usual_people"])),
            TextField("place", _("Place"), longest=60,
                      hint=_("Latitude and longitude, as in 31.654,120.752; empty is not known")),
            LongText("note", _("Remark"), rows=2, longest=500),
        ]  # fmt: skip
        if row is None:
            fields.append(ChoiceField(
                "account", _("Account here"),
                {str(one): name for one, name in self.wb.helpers.free_accounts().items()},
                hint=_("Of who also works here; it stays as it is"), most_chips=0,
            ))  # fmt: skip
        if row is not None:
            for field in fields:
                if field.name in (*_TERMS, "hours"):
                    between = "\n" if field.name == "hours" else "，"
                    field.entry = between.join(row.terms.get(field.name, ()))
                else:
                    value = getattr(row, field.name)
                    field.entry = "" if value is None else str(value)
        return fields

    def _more(self, row: HelperRow, checks: tuple[CheckRow, ...]) -> list[Any]:
        kinds = {"vetting": _("Vetting"), "training": _("Training"), "review": _("Review")}
        outcomes = {"passed": _("passed"), "failed": _("not passed")}
        months = self.rules.numbers["vetting_months"]
        until = _("Empty where it does not run out; {n} months are usual for a vetting", n=months)
        told: list[Any] = [
            ChoiceField("check_kind", _("What to write down"), kinds, required=True),
            ChoiceField("outcome", _("Outcome"), outcomes, required=True),
            TextField("title", _("Content"), hint=_("As in 急救、心理陪伴; for a training")),
            DateField("done_on", _("Day"), on=self.wb.today, required=True),
            TextField("done_by", _("By whom")),
            NumberField("hours_of", _("Hours"), least=1, most=999, hint=_("Of a training")),
            DateField("valid_until", _("Holds until"), on=self.wb.today, hint=until),
        ]
        leaving: list[Any] = [
            DateField("last_day", _("Last day"), on=self.wb.today, required=True),
            TextField("why_left", _("Why is that?"), required=True,
                      suggestions=[_("moved away"), _("no time any more"), _("ill")]),
        ]  # fmt: skip
        self.check_fields = {one.name: one for one in told}
        self.leave_fields = {one.name: one for one in leaving}
        self.fields.update(self.check_fields | self.leave_fields)
        return [
            Panel(self._checks(checks), take_back=self.take_back),
            *told,
            stack(self.action(_("Write it down"), self.check), css="cw-actions"),
            Panel(self._pairs(row), pairs=lambda: self.shell.go("pairs", helper=row.helper_id),
                  sheet=lambda: self.shell.go("pair_sheets", helper=row.helper_id)),
            *leaving,
            stack(self.action(_("Stops helping"), self.stop, kind="danger"), css="cw-actions"),
        ]  # fmt: skip

    def _checks(self, checks: tuple[CheckRow, ...]) -> Html:
        names = {"vetting": _("Vetting"), "training": _("Training"), "review": _("Review")}
        rows = []
        for one in checks:
            said = [one.title or "", one.done_by or ""]
            if one.minutes:
                said.append(_("{n} hours", n=f"{one.minutes / 60:g}"))
            if one.outcome == "failed":
                said.append(_("not passed"))
            if one.valid_until:
                said.append(_("holds until {day}", day=day_text(one.valid_until)))
            back = link(_("It was a mistake"), "take_back", check=one.check_id)
            rows.append(
                el("li", el("b", names[one.kind]), " ", day_text(one.done_on), " ",
                   spaced(" · ".join(part for part in said if part)), " ",
                   back if self.can_edit else "")
            )  # fmt: skip
        nothing = el("p", _("No vetting, training or review is written down."), class_="cw-hint")
        return section(
            _("Vetting, training, review"),
            el("ul", rows, class_="cw-lines") if rows else nothing,
        )

    def _pairs(self, row: HelperRow) -> Html:
        account = self.wb.helpers.account(row.helper_id) if row.staff_id is not None else None
        words = _("Paired with {n} people, takes {most} at most.", n=row.people, most=row.most)
        ways = [link(_("Their pairs"), "pairs"), " · ", link(_("Visit sheet to print"), "sheet")]
        return section(
            _("Pairs"),
            el("p", spaced(words)),
            el("p", ways) if row.people else None,
            el("p", _("Account here: {name}", name=account), class_="cw-hint") if account else None,
            el("p", _("Seat of the care team: {seat}",
                      seat=seat_name(self.wb.agency, self._seat(row))), class_="cw-hint"),
        )  # fmt: skip

    def _seat(self, row: HelperRow) -> str:
        kind = self.rules.kinds.get(row.kind)
        return kind.seat_for(row.source) if kind else row.kind

    # --- writing -------------------------------------------------------------------------------

    def _account(self, chosen: str | None) -> int | None:
        if self.chosen is not None:
            return self.wb.helpers.one(self.chosen).row.staff_id
        return int(chosen) if chosen else None

    def save(self) -> None:
        """Write down what was entered."""
        read = read_all(self.own)
        entry = HelperEntry(
            name=read["name"], kind=read["kind"], source=read["source"], unit=read["unit"],
            community=read["community"], phone=read["phone"], sex=read["sex"], place=read["place"],
            max_people=read["max_people"], note=read["note"],
            staff_id=self._account(read.get("account")),
            terms={
                **{kind: _parted(read[kind]) for kind in _TERMS},
                "hours": tuple(one for one in (read["hours"] or "").splitlines() if one.strip()),
            },
        )  # fmt: skip
        if self.chosen is None:
            self.chosen = self.wb.helpers.add(entry)
            self.refresh()
            self.choose(str(self.chosen))
            self.said(_("{name} is in the register. Write down the vetting before pairing.",
                        name=entry.name))  # fmt: skip
            return
        self.wb.helpers.change(self.chosen, entry)
        self.put_away()
        self.refresh()
        self.said(_("Written down for {name}.", name=entry.name))

    def check(self) -> None:
        """Write down a vetting, a training or a review."""
        read = read_all(self.check_fields)
        assert self.chosen is not None  # noqa: S101 - the form is there only with somebody
        hours = read["hours_of"]
        made = self.wb.helpers.check(
            self.chosen,
            CheckEntry(
                read["check_kind"], read["done_on"], read["outcome"], read["title"],
                read["done_by"], hours * 60 if hours else None, read["valid_until"],
            ),
        )  # fmt: skip
        name = self.wb.helpers.one(self.chosen).row.name
        self.refresh()
        self.choose(str(self.chosen))
        self.said(_("Written down for {name}.", name=name), undo=lambda: self.take_back(made))

    def take_back(self, check: int) -> None:
        """Say that a vetting, a training or a review was a mistake."""
        self.wb.helpers.take_back_check(check)
        self.refresh()
        if self.chosen is not None:
            self.choose(str(self.chosen))

    def stop(self) -> None:
        """Let the helper stop, and pairs with it."""
        read = read_all(self.leave_fields)
        assert self.chosen is not None  # noqa: S101 - the form is there only with somebody
        who: int = self.chosen
        name = self.wb.helpers.one(who).row.name
        ended = self.wb.helpers.leave(who, read["last_day"], read["why_left"])
        self.put_away()
        self.refresh()
        self.said(_("{name} stops; {n} pairs end with it.", name=name, n=ended),
                  undo=lambda: self._return(who))  # fmt: skip

    def come_back(self) -> None:
        """Let a helper who stopped go on."""
        assert self.chosen is not None  # noqa: S101 - the form is there only with somebody
        self._return(self.chosen)

    def _return(self, helper_id: int) -> None:
        n = self.wb.helpers.come_back(helper_id)
        self.put_away()
        self.refresh()
        self.said(_("Goes on helping; {n} pairs go on too.", n=n))

    def put_away(self) -> None:
        """Take the form away."""
        self.chosen, self.fields = None, {}
        self.slot.children = []
        self._forget()

    # --- a register from a file ----------------------------------------------------------------

    def open_file(self) -> None:
        """Ask for the file of a register."""
        self.fields = {}
        chooser = FileField(
            "file", _("Choose a register, or drop it here"), self.look_at, endings=_SUFFIXES,
            most=_LARGEST,
        )  # fmt: skip
        words = _(
            "One row a helper, with headings such as {names}. What cannot be read is said, row by "
            "row; nothing is guessed.",
            names="、".join(words[0] for words in list(self.rules.headings.values())[:9]),
        )
        close = self.action(_("Close"), self.put_away, kind="quiet")
        self.slot.children = [
            stack(chooser, Panel(el("p", words, class_="cw-hint")),
                  stack(close, css="cw-actions"), css="cw-editor")
        ]  # fmt: skip

    def look_at(self, name: str, content: bytes) -> None:
        """Read a file and show what would become of it; nothing is written."""
        self._forget()
        suffix = Path(name).suffix.lower()
        if suffix not in _SUFFIXES:
            raise InvalidEntry(
                _("This is not a register: {file}. Accepted are .xlsx, .xls and .csv.", file=name)
            )
        # Under a name of our own: the given one is shown, and never becomes a path.
        self.path = Path(self._folder.name) / f"{uuid4().hex}{suffix}"
        self.path.write_bytes(content)
        with spoken_of_as(self.path, name):
            self.report = self.wb.helpers.import_register(self.path, dry_run=True, shown_as=name)
        write = self.action(
            _("Take {n} helpers in", n=number_text(self.report.counts["imported"])),
            self.take_in, kind="primary", key="ctrl+s",
        )  # fmt: skip
        again = self.action(_("Another file"), self.open_file, kind="quiet")
        parts: list[Any] = [Panel(report_html(self.report))]
        if self.report.problems:
            parts.append(problems_table(self.report, self.rules.headings))
        self.slot.children = [stack(*parts, stack(again, write, css="cw-actions"), css="cw-editor")]

    def take_in(self) -> None:
        """Write what was looked at."""
        if self.path is None or self.report is None:
            return
        name = self.report.file_name
        done = self.wb.helpers.import_register(self.path, shown_as=name)
        self.put_away()
        self.refresh()
        self.said(
            _("{n} helpers taken in, {merged} known, {held} held back.",
              n=done.counts["imported"], merged=done.counts["merged"], held=done.counts["held"]),
            undo=lambda: self.take_back_import(done.import_id),
        )  # fmt: skip

    def take_back_import(self, import_id: int | None) -> None:
        """Take back what a register brought in."""
        if import_id is None:
            return
        done = self.wb.helpers.take_back_import(import_id)
        self.refresh()
        told = _("Helpers taken back: {n}.", n=done.helpers)
        if done.staying:
            told += _(" Paired meanwhile, so they stay: {names}.",
                      names=_(", ").join(done.staying[:10]))  # fmt: skip
        self.said(told)

    def _forget(self) -> None:
        if self.path is not None:
            self.path.unlink(missing_ok=True)
        self.path = self.report = None

    def leave(self) -> None:
        """Leave no copy of the file behind."""
        self._forget()


screen = HelpersScreen


def report_html(report: RegisterReport) -> Html:
    """Say what would become of a file."""
    counts = report.counts
    rows: list[tuple[object, object]] = [
        (_("Rows in the file"), number_text(report.n_rows)),
        (_("New helpers"), number_text(counts["imported"])),
        (_("Known helpers, completed"), number_text(counts["merged"])),
        (_("Held back"), number_text(counts["held"])),
        (_("Titles, blank rows, footers"), number_text(counts["ignored"])),
    ]
    told = None
    if report.unvetted:
        words = _("{n} of the new ones have no vetting in the file and cannot be paired yet.",
                  n=report.unvetted)  # fmt: skip
        told = el("p", spaced(words), class_="cw-hint")
    return section(report.file_name, definition_list(rows), told)


def problems_table(report: RegisterReport, headings: Any) -> DataTable:
    """List what is wrong in a file, row by row."""
    rows = [
        {
            "id": at,
            "row": one.row,
            "field": headings[one.column][0] if one.column in headings else "",
            "message": one.message,
            "outcome": State("overdue", _("held back"))
            if one.outcome == "held"
            else State("warning", _("left out")),
        }
        for at, one in enumerate(report.problems)
    ]
    return DataTable(
        [
            Column("message", _("What to check"), phone="bare"),
            Column("row", _("Row"), kind="number"),
            Column("field", _("Column")),
            Column("outcome", _("What becomes of it"), kind="state"),
        ],
        listed(rows),
        caption=_("Problems found"),
    )


def _parted(text: str | None) -> tuple[str, ...]:
    told = (text or "").replace("、", "，").replace(",", "，").split("，")
    return tuple(one.strip() for one in told if one.strip())

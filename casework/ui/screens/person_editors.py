"""Editors that open in place on a dossier: what they share, a fact, a seat of the care team."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from ipywidgets import VBox

from casework.errors import AlreadySaved, ChangedMeanwhile
from casework.factvalues import iso_of
from casework.reference import code_list
from casework.terms import _
from casework.ui import ChoiceField, DateField, LongText, NumberField, Panel, TextField, stack
from casework.ui.escape import Html, el
from casework.ui.fields import read_all
from casework.ui.kept import KeptForm
from casework.ui.parts import link, notice, section, state
from casework.ui.typed import DaySpan
from casework.ui.widgets import Action
from casework.ui.wording import day_text, noted_on
from casework.workbook.dossier import FactEntry, FactField

if TYPE_CHECKING:
    from casework.ui.screens.person import PersonScreen

__all__ = [
    "CareSeatEditor",
    "Editor",
    "FactEditor",
    "history_panel",
    "history_table",
    "source_field",
    "why_field",
]


class Editor(VBox):  # type: ignore[misc]
    """A small form under a part of the dossier, with save and leave.

    Parameters
    ----------
    screen : PersonScreen
    title : str
    done : callable
        Takes the editor away.
    verb : str
        What the button that writes says; empty for "Save".
    more : sequence of widgets
        Shown between the fields and the buttons.
    """

    is_draft: ClassVar[bool] = True
    """Whether it is kept from the beginning; numbers are never: they lie in one place only."""

    def __init__(
        self,
        screen: PersonScreen,
        title: str,
        fields: Sequence[Any],
        done: Callable[[], None],
        *,
        verb: str = "",
        more: Sequence[Any] = (),
    ) -> None:
        super().__init__()
        self.add_class("cw-editor")
        self.screen = screen
        self.done = done
        self.fields = {field.name: field for field in fields}
        self.notice = Panel("")
        self.kept: KeptForm | None = None
        if self.is_draft:
            self.keep_draft()
        self.write = Action(
            verb or _("Save"),
            self.attempt,
            kind="primary",
            key="ctrl+s",
            fields=self.fields,
            say=self.tell,
        )
        leave = Action(_("Leave as it is"), self.leave, kind="quiet", say=self.tell)
        self.children = [
            Panel(el("h3", title)),
            self.notice,
            *fields,
            *more,
            stack(leave, self.write, css="cw-actions"),
        ]

    def keep_draft(self) -> None:
        """Keep what is typed from now on, and put back what was left unsaved."""
        about = f"{self.screen.person_id}/{self.about()}"
        self.kept = KeptForm(
            self.screen.wb,
            type(self).__name__,
            about,
            self.fields,
            [self.screen.person_id],
            lambda: self.screen.shell.place,
        )
        if self.kept.is_restored:
            self.tell(_("This is the draft you left unsaved. Go on, or discard it."), "info")

    def tell(self, message: str, kind: str = "error") -> None:
        """Show a sentence over the fields, where the writer looks."""
        self.notice.set(notice(message, kind) if message else "")

    def read(self) -> dict[str, Any]:
        """Read the fields, showing every refusal beside its field."""
        return read_all(self.fields)

    def attempt(self) -> None:
        """Save; where somebody was faster, what was typed stays and may be saved over it."""
        self.tell("")
        wb, key = self.screen.wb, self.kept.key if self.kept else None
        try:
            with wb.attempting(self.screen.moment, key):
                self.save()
        except ChangedMeanwhile:
            self.look_again()
            raise
        except AlreadySaved as told:
            self.finish(told.message)
        if self.kept is not None:
            self.kept.let_go()

    def leave(self) -> None:
        """Leave everything as it is, and let go of what was typed."""
        if self.kept is not None:
            self.kept.let_go()
        self.done()

    def about(self) -> str:
        """Tell this form from others of its kind about the same person."""
        return ""

    def look_again(self) -> None:
        """See what stands there now, so that saving again writes over it knowingly."""

    def save(self) -> None:
        """Write what was entered; each editor says how."""
        raise NotImplementedError

    def finish(self, words: str) -> None:
        """Say what was stored, with the way back, and show the dossier with it."""
        people = self.screen.wb.people
        change = people.last_change(self.screen.person_id)
        self.done()
        undo = (lambda: self.take_back(change.change_id)) if change is not None else None
        self.screen.said(words, undo)
        self.screen.refresh()

    def take_back(self, change_id: int) -> None:
        """Undo what was saved and show the dossier as it was."""
        self.screen.wb.people.undo(change_id)
        self.screen.refresh()


def source_field() -> TextField:
    """Make the field that asks where something is known from."""
    return TextField(
        "source",
        _("From whom is this known"),
        required=True,
        suggestions=[_("the person"), _("the family"), _("a visit"), _("the files")],
    )


def why_field() -> ChoiceField:
    """Make the field that tells a change from a correction."""
    return ChoiceField(
        "why",
        _("What happened"),
        {"change": _("It changed"), "correction": _("The old entry was wrong")},
    )


class FactEditor(Editor):
    """Change or correct one fact: the new value, since when, from whom."""

    def __init__(self, screen: PersonScreen, field: FactField, done: Callable[[], None]) -> None:
        self.definition = field.definition
        self.seen = [one.id for one in field.entries]
        today = screen.wb.today
        entry = _entry_field(field, today)
        since = DateField(
            "since", _("Since when"), on=today, latest=today, hint=_("Empty: from today")
        )
        fields = [entry, source_field(), since, *([why_field()] if field.is_known else [])]
        super().__init__(screen, str(self.definition.label), fields, done)

    def about(self) -> str:
        """Tell which fact."""
        return self.definition.code

    def look_again(self) -> None:
        """See which entries stand there now."""
        found = self.screen.wb.people.dossier(self.screen.person_id)
        field = found.field(self.definition.code)
        self.seen = [one.id for one in field.entries]
        self.fields["value"].previous = field.shown or None

    def save(self) -> None:
        """Write the fact; the old one stays in the history."""
        read = self.read()
        self.screen.wb.people.record_fact(
            self.screen.person_id,
            self.definition.code,
            _as_text(read["value"]),
            source=read["source"],
            since=read["since"],
            correction=read.get("why") == "correction",
            seen=self.seen,
        )
        self.finish(_("{field} saved.", field=self.definition.label))


def _entry_field(field: FactField, today: Any) -> Any:
    """Give the field that fits the kind of fact; the last answer stands beside it."""
    definition = field.definition
    known: dict[str, Any] = {"previous": field.shown} if field.shown else {}
    label = str(definition.label)
    if definition.list:
        options = {one.code: one.label for one in code_list(definition.list).entries}
        return ChoiceField("value", label, options, required=True, **known)
    if definition.kind == "date":
        return DateField("value", label, on=today, partly=True, required=True, **known)
    if definition.kind == "number":
        return NumberField("value", label, required=True, **known)
    if definition.multiple:
        known["hint"] = _("One at a time. Leave it empty to note: asked, none.")
        return TextField("value", label, longest=200, **known)
    return LongText("value", label, longest=2000, required=True, **known)


def _as_text(value: Any) -> str:
    if isinstance(value, DaySpan):
        return iso_of(value.earliest, value.latest)
    return "" if value is None else str(value)


class CareSeatEditor(Editor):
    """Give a seat of the care team to somebody."""

    def __init__(self, screen: PersonScreen, role: str, done: Callable[[], None]) -> None:
        self.role = role
        staff = {str(one.id): one.name for one in screen.wb.people.staff()}
        fields = [
            ChoiceField("staff", _("Member of staff"), staff, hint=_("Or a name below")),
            TextField("name", _("Name"), longest=60),
            TextField("phone", _("Phone"), longest=40),
        ]
        super().__init__(screen, _("Care team"), fields, done)

    def about(self) -> str:
        """Tell which seat."""
        return self.role

    def save(self) -> None:
        """Seat the member; whoever sat there before leaves the seat."""
        read = self.read()
        self.screen.wb.people.seat_care_team(
            self.screen.person_id,
            self.role,
            staff_id=int(read["staff"]) if read["staff"] else None,
            name=read["name"],
            phone=read["phone"],
        )
        self.finish(_("Seat filled."))


def history_panel(title: str, entries: Sequence[FactEntry], close: Callable[[], None]) -> Panel:
    """Show every value a fact has had, the latest first; mistakes are struck out."""
    rows = [
        el(
            "tr",
            el("td", el("s", one.shown) if one.is_mistake else one.shown or _("asked: none")),
            el("td", day_text(one.valid_from) if one.valid_from else _("before our records")),
            el("td", _until(one)),
            el("td", one.source),
            el("td", f"{one.recorded_by} {noted_on(one.recorded_at)}"),
        )
        for one in entries
    ]
    heads = [_("Value"), _("From"), _("Until"), _("Source"), _("Written down")]
    shown = section(
        _("History: {field}", field=title),
        history_table(heads, rows),
        aside=link(_("Close"), "close"),
    )
    return Panel(shown, close=close)


def history_table(heads: Sequence[str], rows: Sequence[Html]) -> Html:
    """Write the rows of a history under their headings; it scrolls by itself on a phone."""
    table = el(
        "table",
        el("thead", el("tr", [el("th", head, scope="col") for head in heads])),
        el("tbody", rows),
        class_="cw-history",
    )
    return el("div", table, class_="cw-scroll", tabindex="0", role="group")


def _until(one: FactEntry) -> object:
    if one.is_mistake:
        return state("plain", _("corrected"))
    return day_text(one.valid_to) if one.valid_to else _("still")

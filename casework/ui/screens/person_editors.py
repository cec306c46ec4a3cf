"""Editors that open in place on a dossier: a fact, a seat, a relative, a stay."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ipywidgets import VBox

from casework.factvalues import iso_of
from casework.reference import code_list
from casework.terms import _
from casework.ui import ChoiceField, DateField, LongText, NumberField, Panel, TextField, stack
from casework.ui.escape import el
from casework.ui.fields import read_all
from casework.ui.parts import link, section, state
from casework.ui.typed import DaySpan
from casework.ui.widgets import Action
from casework.ui.wording import day_text
from casework.workbook.dossier import FactEntry, FactField

if TYPE_CHECKING:
    from casework.ui.screens.person import PersonScreen

__all__ = ["CareSeatEditor", "FactEditor", "RelatedEditor", "StayEditor", "history_panel"]


class Editor(VBox):  # type: ignore[misc]
    """A small form under a part of the dossier, with save and leave.

    Parameters
    ----------
    screen : PersonScreen
    title : str
    done : callable
        Takes the editor away.
    """

    def __init__(
        self, screen: PersonScreen, title: str, fields: Sequence[Any], done: Callable[[], None]
    ) -> None:
        super().__init__()
        self.add_class("cw-editor")
        self.screen = screen
        self.done = done
        self.fields = {field.name: field for field in fields}
        save = Action(
            _("Save"), self.save, kind="primary", key="ctrl+s", fields=self.fields, say=screen.tell
        )
        leave = Action(_("Leave as it is"), done, kind="quiet", say=screen.tell)
        self.children = [Panel(el("h3", title)), *fields, stack(leave, save, css="cw-actions")]

    def read(self) -> dict[str, Any]:
        """Read the fields, showing every refusal beside its field."""
        return read_all(self.fields)

    def save(self) -> None:
        """Write what was entered; each editor says how."""
        raise NotImplementedError

    def finish(self, words: str, undo: Callable[[], object] | None = None) -> None:
        """Say what was stored and show the dossier with it."""
        self.done()
        self.screen.said(words, undo)
        self.screen.refresh()

    def take_back(self, step: Callable[[], None]) -> None:
        """Undo what was saved and show the dossier as it was."""
        step()
        self.screen.refresh()


class FactEditor(Editor):
    """Change or correct one fact: the new value, since when, from whom."""

    def __init__(self, screen: PersonScreen, field: FactField, done: Callable[[], None]) -> None:
        self.definition = field.definition
        today = screen.wb.today
        entry = _entry_field(field, today)
        since = DateField(
            "since", _("Since when"), on=today, latest=today, hint=_("Empty: from today")
        )
        source = TextField(
            "source",
            _("From whom is this known"),
            required=True,
            suggestions=[_("the person"), _("the family"), _("a visit"), _("the files")],
        )
        why = ChoiceField(
            "why",
            _("What happened"),
            {"change": _("It changed"), "correction": _("The old entry was wrong")},
        )
        fields = [entry, source, since, *([why] if field.is_known else [])]
        super().__init__(screen, str(self.definition.label), fields, done)

    def save(self) -> None:
        """Write the fact; the old one stays in the history."""
        read = self.read()
        value = read["value"]
        people = self.screen.wb.people
        fact = people.record_fact(
            self.screen.person_id,
            self.definition.code,
            _as_text(value),
            source=read["source"],
            since=read["since"],
            correction=read.get("why") == "correction",
        )
        self.finish(
            _("{field} saved.", field=self.definition.label),
            undo=lambda: self.take_back(lambda: people.restore_fact(fact)),
        )


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


class RelatedEditor(Editor):
    """Add somebody around the person."""

    def __init__(self, screen: PersonScreen, done: Callable[[], None]) -> None:
        relations = {one.code: one.label for one in code_list("relationship").entries}
        yes = {"yes": _("yes"), "no": _("no")}
        fields = [
            TextField("name", _("Name"), required=True, longest=60),
            ChoiceField("relationship", _("Relationship"), relations),
            TextField("phone", _("Phone"), longest=40),
            ChoiceField("is_emergency", _("Emergency contact"), yes),
        ]
        super().__init__(screen, _("Add somebody"), fields, done)

    def save(self) -> None:
        """Write the person around."""
        read = self.read()
        self.screen.wb.people.add_related(
            self.screen.person_id,
            read["name"],
            source=self.screen.wb.actor.name,
            relationship=read["relationship"],
            phone=read["phone"],
            is_emergency=read["is_emergency"] == "yes",
        )
        self.finish(_("Added."))


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


class StayEditor(Editor):
    """Write down a time away from home."""

    def __init__(self, screen: PersonScreen, done: Callable[[], None]) -> None:
        today = screen.wb.today
        fields = [
            TextField("place", _("Where"), required=True, longest=100),
            DateField("away_from", _("From"), on=today, required=True),
            DateField("away_to", _("Until"), on=today, hint=_("Empty while it is open")),
            TextField("phone", _("Phone there"), longest=40),
        ]
        super().__init__(screen, _("Add a stay"), fields, done)

    def save(self) -> None:
        """Write the stay."""
        people, read = self.screen.wb.people, self.read()
        stay = people.add_stay(
            self.screen.person_id,
            read["place"],
            read["away_from"],
            read["away_to"],
            read["phone"],
        )
        self.finish(_("Stay saved."), undo=lambda: self.take_back(lambda: people.end_stay(stay)))


def history_panel(title: str, entries: Sequence[FactEntry], close: Callable[[], None]) -> Panel:
    """Show every value a fact has had, the latest first; mistakes are struck out."""
    rows = [
        el(
            "tr",
            el("td", el("s", one.shown) if one.is_mistake else one.shown or _("asked: none")),
            el("td", day_text(one.valid_from) if one.valid_from else _("before our records")),
            el("td", _until(one)),
            el("td", one.source),
            el("td", f"{one.recorded_by} {one.recorded_at:%Y-%m-%d}"),
        )
        for one in entries
    ]
    heads = [_("Value"), _("From"), _("Until"), _("Source"), _("Written down")]
    table = el(
        "table",
        el("thead", el("tr", [el("th", head, scope="col") for head in heads])),
        el("tbody", rows),
        class_="cw-history",
    )
    shown = section(
        _("History: {field}", field=title),
        el("div", table, class_="cw-scroll"),
        aside=link(_("Close"), "close"),
    )
    return Panel(shown, close=close)


def _until(one: FactEntry) -> object:
    if one.is_mistake:
        return state("plain", _("corrected"))
    return day_text(one.valid_to) if one.valid_to else _("still")

"""One person of a row that waits: who it is, and what is theirs.

Decides what is asked and what stands there already, and which records are shown as perhaps meant.
Leaves the row to `held`, and the evidence to the workbook.
"""

from __future__ import annotations

from typing import Any

from casework.reference import code_list
from casework.terms import _
from casework.ui import ChoiceField, Panel, PickField, Shell, TextField, stack
from casework.ui.escape import Html, el, join
from casework.ui.parts import link, section
from casework.ui.screens.merge import why_alike
from casework.ui.widgets import Hit
from casework.workbook.intake_held import HeldPerson, HeldRow
from casework.workbook.likeness import LikelyPair

__all__ = ["PersonOfRow"]

_TEXTS = ("name", "birth_date", "resident_id", "unit", "community", "mobile", "landline")


class PersonOfRow:
    """The fields of one of the people whom a held row is about.

    Parameters
    ----------
    at : int
        Which of them, from 0.
    n : int
        How many there are.
    """

    def __init__(self, shell: Shell, row: HeldRow, at: int, n: int) -> None:
        self.shell, self.row, self.at = shell, row, at
        self._after = f"_{at + 1}" if at else ""
        self.record = PickField(
            f"record{self._after}",
            _("In the workbook already as"),
            shell.find_people,
            several=False,
            hint=_("Leave it empty where the person is new."),
        )
        self.fields: dict[str, Any] = {f"record{self._after}": self.record}
        for one in self._questions():
            self.fields[one.name] = one
        self.near = Panel("", choose=self.choose, new=self.as_new)
        for code in ("name", "birth_date", "resident_id", "mobile"):
            self.fields[code + self._after].changed.append(self.show_near)
        self.record.changed.append(self.show_near)
        heading = Panel(el("h3", _("Person {k} of {n}", k=at + 1, n=n))) if n > 1 else None
        parts = [heading, self.near, *self.fields.values()]
        self.view = stack(*(one for one in parts if one is not None), css="cw-form cw-held-person")
        self.show_near()

    @property
    def person(self) -> HeldPerson:
        """What was entered, as the workbook takes it."""
        texts = {
            name.removesuffix(self._after): str(field.entry or "")
            for name, field in self.fields.items()
            if field is not self.record
        }
        chosen = self.record.entry
        return HeldPerson(texts, int(chosen[0]) if chosen else None)

    @property
    def name(self) -> str:
        """The name that was entered, or that of the record that was chosen."""
        entered = str(self.fields["name" + self._after].entry or "").strip()
        return entered or next((one.label for one in self.record.picked), "")

    def choose(self, id: int) -> None:
        """Say that the row is about a record that is there already."""
        name = self.shell.wb.people.dossier(id, as_of=self.shell.on).name
        self.record.put(Hit(str(id), name))
        self._follow()

    def as_new(self) -> None:
        """Say that the record chosen is not meant."""
        self.record.put()
        self._follow()

    def show_near(self) -> None:
        """Show which records may be meant, by what is entered now."""
        self._follow()

    def _follow(self) -> None:
        name = self.fields["name" + self._after]
        name.required = not self.record.entry
        name.show(required=name.required)
        if self.record.entry:
            self.near.set(self._chosen())
            return
        pairs = self.shell.wb.intake.held.likely(self.row.id, self.person, self.at)
        self.near.set(_near(pairs))

    def _chosen(self) -> Html:
        name = next((one.label for one in self.record.picked), "")
        return el(
            "p",
            _("What the row says is added to the dossier of {name}.", name=name),
            " ",
            link(_("It is somebody new"), "new"),
            class_="cw-ways",
        )

    def _questions(self) -> list[Any]:
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
            field = TextField(code + self._after, labels[code], required=code == "name")
            field.entry = self.row.text_of(code, self.at)
            asked.append(field)
        asked[1:1] = [self._choice("sex", _("Sex")), self._choice("category", _("Category"))]
        return asked

    def _choice(self, code: str, label: str) -> ChoiceField:
        from casework.exchange.words import words_of_cells
        from casework.identifiers import read_sex

        options = {one.code: one.label for one in code_list(code).entries}
        text = self.row.text_of(code, self.at)
        if code == "sex":
            options = {one: label for one, label in options.items() if one in ("1", "2")}
            said = read_sex(text)
        else:
            said = words_of_cells().code(code, text)
        field = ChoiceField(code + self._after, label, options)
        if said in options:
            field.entry = said
        return field


def _near(pairs: list[LikelyPair]) -> Html | str:
    if not pairs:
        return ""
    rows = [
        el(
            "li",
            el("b", link(pair.one.name, "choose", id=pair.one.person_id)),
            " ",
            el("span", why_alike(pair.evidence), class_="cw-faint"),
        )
        for pair in pairs
    ]
    lead = el("p", _("Choose the person where one of them is meant."), class_="cw-faint")
    return section(_("Perhaps in the workbook already"), join([lead, el("ul", rows)]))

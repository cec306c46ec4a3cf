"""A form that survives whatever happens to the page: kept as a draft while it is filled in.

Decides when it is kept (with every finished entry) and let go (when it was saved, or the person
lets it go), and that it has one key as long as it is the same entry: saved again after a dead
kernel, a reload or a lost answer, it is still saved once. Leaves the draft to `Workbook.drafts`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from casework.ui.widgets import Entry, Hit, Place
from casework.ui.widgets.field import Pick
from casework.ui.widgets.island import BadMessage

if TYPE_CHECKING:
    from casework.workbook import Workbook

__all__ = ["KeptForm", "OneKey", "place_of"]


def place_of(values: Mapping[str, Any]) -> tuple[str, dict[str, str]] | None:
    """Give the page of a form that was left unsaved; None where it keeps its draft by itself."""
    route, params = values.get("place") or ("", {})
    return (str(route), dict(params)) if route else None


class OneKey:
    """The key of a form that keeps its own draft, and lets go of it in the act that saves it."""

    def __init__(self) -> None:
        self.key = uuid4().hex

    def let_go(self) -> None:
        """Take another key: what is entered from now on is another entry."""
        self.key = uuid4().hex


class KeptForm:
    """The fields of a form, and their draft.

    Parameters
    ----------
    workbook : Workbook
    form : str
        Which form, such as ``issue.note``.
    subject : str
        What it is about; ``new`` where that is not there yet.
    fields : mapping of str to Entry
    persons : sequence of int
        Whom it is about, so that it is erased with them.
    place : callable
        Gives the page it is on, so that it can be gone back to.

    Attributes
    ----------
    key : str
        Of this entry, on whatever page it is saved.
    is_restored : bool
        Whether it was left unsaved before, and stands there again.
    """

    def __init__(
        self, workbook: Workbook, form: str, subject: str, fields: Mapping[str, Entry],
        persons: Sequence[int] = (), place: Callable[[], Place] = Place,
    ) -> None:  # fmt: skip
        self._wb, self._form, self._subject, self._fields = workbook, form, subject, fields
        self._persons, self._place = list(persons), place
        self._blank = {name: field.entry for name, field in fields.items()}
        self.key = uuid4().hex
        self.is_restored = False
        self._is_kept = False
        self._restore()
        for field in fields.values():
            field.changed.append(self.keep)

    def keep(self) -> None:
        """Keep the form as it stands; one that was never filled in is no draft."""
        entries = {name: field.entry for name, field in self._fields.items()}
        if entries != self._blank or self._is_kept:
            picked = {
                name: [astuple(hit) for hit in field.picked]
                for name, field in self._fields.items()
                if isinstance(field, Pick)
            }
            place = self._place()  # a form may be made before its page is in sight
            values = {
                "key": self.key,
                "persons": self._persons,
                "place": [place.route, dict(place.params)],
                "entries": entries,
                "picked": picked,
            }
            self._wb.drafts.keep(self._form, self._subject, values)
            self._is_kept = True

    def let_go(self) -> None:
        """Throw the draft away: it was saved, or is not wanted."""
        if self._is_kept:
            self._wb.drafts.discard(self._form, self._subject)
        self._is_kept, self.key = False, uuid4().hex

    def _restore(self) -> None:
        found = self._wb.drafts.find(self._form, self._subject)
        if found is None:
            return
        entries: Mapping[str, Any] = found.values.get("entries", {})
        for name, hits in found.values.get("picked", {}).items():
            field = self._fields.get(name)
            if isinstance(field, Pick):
                field.put(*(Hit(*hit) for hit in hits))
        for name, entry in entries.items():
            if name in self._fields and self._may_hold(self._fields[name], entry):
                self._fields[name].entry = entry
        self.key = str(found.values.get("key", self.key))
        self.is_restored = self._is_kept = True

    @staticmethod
    def _may_hold(field: Entry, entry: Any) -> bool:
        """Tell whether a field still takes what it once held: an option may be gone."""
        try:
            field.checked({"entry": entry})
        except (BadMessage, ValueError, KeyError):
            return False
        return True

"""The entry of a labelled field, as the page and Python share it; its meaning is in fields.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from casework.terms import _
from casework.ui.guarding import guard
from casework.ui.widgets.bar import Hit, hits_view
from casework.ui.widgets.island import (
    BadMessage,
    Island,
    flag_in,
    integer_in,
    text_in,
    texts_in,
)

__all__ = ["Entry", "Pick"]

_LONGEST = 1_000_000


class Entry(Island):
    """One labelled field with hint, previous answer and error; holds what was entered, unread."""

    scripts: ClassVar[tuple[str, ...]] = ("common.js", "combobox.js", "field.js")
    kind: ClassVar[str] = "text"

    def __init__(
        self,
        name: str,
        label: str,
        *,
        hint: str = "",
        required: bool = False,
        previous: str | None = None,
        disabled: bool = False,
        unanswered: str = "",
        **more: object,
    ) -> None:
        self.name = name
        self.label = label
        self.required = required
        self.changed: list[Callable[[], object]] = []
        blank = self.blank()
        super().__init__(
            {
                "kind": self.kind,
                "name": name,
                "label": label,
                "hint": hint,
                "required": required,
                "previous": previous,
                "disabled": disabled,
                "error": "",
                "reading": "",
                "entry": blank,
                "rev": 0,
                "focus": 0,
                "texts": _texts() | ({"unanswered": unanswered} if unanswered else {}),
                **more,
            }
        )
        self._entry: str | list[str] = blank

    def blank(self) -> str | list[str]:
        """Give the entry of a field that was not answered."""
        return ""

    @property
    def entry(self) -> str | list[str]:
        """What was entered, as it was entered."""
        return self._entry

    @entry.setter
    def entry(self, entered: str | list[str]) -> None:
        """Enter something as the page would; it is checked like a message of the page."""
        self._entry = self.checked({"entry": entered})
        self.show(entry=self._entry, rev=self.view["rev"] + 1)
        self.entered(finished=True)

    @property
    def is_blank(self) -> bool:
        """Whether nothing was answered."""
        return not self._entry

    @property
    def error(self) -> str:
        """What is shown as wrong with the entry, or nothing."""
        return str(self.view["error"])

    @property
    def previous(self) -> str | None:
        """The last answer, shown beside the field."""
        found = self.view["previous"]
        return None if found is None else str(found)

    @previous.setter
    def previous(self, answer: str | None) -> None:
        self.show(previous=answer)

    @property
    def disabled(self) -> bool:
        """Whether the entry cannot be changed now."""
        return bool(self.view["disabled"])

    @disabled.setter
    def disabled(self, value: bool) -> None:
        self.show(disabled=bool(value))

    def fail(self, message: str) -> None:
        """Show beside the field what is wrong with it."""
        self.show(error=message)

    def passed(self) -> None:
        """Take away what was shown as wrong."""
        self.show(error="")

    def focus(self) -> None:
        """Put the cursor here."""
        self.show(focus=self.view["focus"] + 1)

    def checked(self, message: Mapping[str, Any]) -> str | list[str]:
        """Take the entry out of a message, if it is one that the field can hold."""
        return text_in(message, "entry", most=_LONGEST)

    def reading(self, finished: bool) -> str:
        """Say how the entry is read, when that is worth showing: the day of "yesterday"."""
        return ""

    def entered(self, finished: bool) -> None:
        """Follow a new entry: show how it is read, take the error away, tell who listens."""
        self.show(error="", reading=self.reading(finished))
        for listener in self.changed:
            guard(listener)

    def receive(self, message: Mapping[str, Any], buffers: Sequence[Any] = ()) -> None:
        """Take what was typed or chosen."""
        if message["do"] != "entry":
            raise BadMessage("only entries are known")
        if self.disabled:
            raise BadMessage("the field is closed")
        finished = flag_in(message, "finished")
        self._entry = self.checked(message)
        self.view["entry"] = self._entry
        self.entered(finished)


class Pick(Entry):
    """A field whose answers are searched for: people, staff, places."""

    kind: ClassVar[str] = "pick"

    def __init__(
        self,
        name: str,
        label: str,
        search: Callable[[str], Sequence[Hit]],
        *,
        several: bool = False,
        **more: Any,
    ) -> None:
        self._search = search
        self.several = several
        self._known: dict[str, Hit] = {}
        super().__init__(name, label, several=several, chosen=[], hits=None, **more)

    def blank(self) -> list[str]:
        """Give the entry of a field in which nothing was picked."""
        return []

    def put(self, *hits: Hit) -> None:
        """Pick these, whether they were searched for or not."""
        self._known.update({hit.key: hit for hit in hits})
        self.entry = [hit.key for hit in hits]

    @property
    def picked(self) -> tuple[Hit, ...]:
        """What is picked, in the order of picking."""
        return tuple(self._known[key] for key in self._entry)

    def find(self, words: str, seq: int = 0) -> list[Hit]:
        """Search, as typing does."""
        hits: list[Hit] = []
        if guard(lambda: hits.extend(self._search(words)), saving=False):
            self._known.update({hit.key: hit for hit in hits})
            self.show(hits=hits_view(hits, seq))
        return hits

    def checked(self, message: Mapping[str, Any]) -> list[str]:
        """Take keys that a search has shown."""
        keys = texts_in(message, "entry")
        if not set(keys) <= set(self._known) or (len(keys) > 1 and not self.several):
            raise BadMessage("not something that was found")
        self.view["chosen"] = hits_view([self._known[key] for key in keys], 0)["items"]
        return keys

    def receive(self, message: Mapping[str, Any], buffers: Sequence[Any] = ()) -> None:
        """Search, or take what was picked."""
        if message["do"] == "find" and not self.disabled:
            self.find(text_in(message, "text"), integer_in(message, "seq", 0, 10**9))
        else:
            super().receive(message)


def _texts() -> dict[str, str]:
    return {
        "required": _("required"),
        "previous": _("Last time"),
        "unanswered": _("not answered"),
        "clear": _("Clear"),
        "pick": _("Pick a day"),
        "remove": _("Remove"),
        "nothing": _("Nothing found."),
    }

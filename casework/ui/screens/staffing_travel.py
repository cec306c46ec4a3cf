"""The agency's table of travel times: chosen, looked at, put in force, taken out.

Decides what is told about a table before it holds; leaves what a way takes to the workbook.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipywidgets import VBox

from casework.exchange.travel_table import OFFICE, TravelTable
from casework.terms import _
from casework.ui import FileField, Html, Panel, el, stack
from casework.ui.escape import join
from casework.ui.parts import notice, section
from casework.ui.uploads import spoken_of_as
from casework.ui.wording import day_text, number_text
from casework.workbook.travel import TravelGiven

if TYPE_CHECKING:
    from casework.ui import Screen

__all__ = ["TravelPart"]

_SUFFIXES = (".xlsx", ".xls", ".csv")
_LARGEST = 5 * 1024 * 1024
_TOLD = 12


class TravelPart(VBox):  # type: ignore[misc]
    """Which travel times hold, with the ways to give others.

    Parameters
    ----------
    screen : Screen
        Where it stands; says what was done.
    can_edit : bool
    """

    def __init__(self, screen: Screen, *, can_edit: bool) -> None:
        super().__init__()
        self.add_class("cw-stack")
        self.add_class("cw-staffing")
        self.screen, self.can_edit = screen, can_edit
        self.travel = screen.wb.travel
        self.table: TravelTable | None = None
        self.name = ""
        self.told = Panel("")
        self.found = stack(css="cw-slot")
        self.children = [self.told, self.found]
        self.refresh()

    def refresh(self) -> None:
        """Show which times hold now."""
        given = self.travel.given()
        self.table, self.name = None, ""
        self.told.set(section(_("Times on the way"), *_given_words(given)))
        if not self.can_edit:
            return
        chooser = FileField(
            "travel", _("Choose a table of travel times, or drop it here"), self.look_at,
            endings=_SUFFIXES, most=_LARGEST,
        )  # fmt: skip
        out = self.screen.action(_("Go by coordinates alone"), self.take_out, kind="quiet")
        self.found.children = [chooser, *([stack(out, css="cw-actions")] if given else [])]

    def look_at(self, name: str, content: bytes) -> None:
        """Read a file and tell what it holds; nothing is written.

        Raises
        ------
        UnreadableFile
            If it cannot be read, is not safe to read, or holds no such table.
        """
        suffix = Path(name).suffix.lower()
        with tempfile.TemporaryDirectory(prefix="casework-") as folder:
            path = Path(folder) / f"table{suffix if suffix in _SUFFIXES else ''}"
            path.write_bytes(content)
            with spoken_of_as(path, name):
                self.table, self.name = self.travel.read(path), name
        ways: list[Any] = [self.screen.action(_("Another file"), self.refresh, kind="quiet")]
        if not self.table.problems:
            ways.append(
                self.screen.action(_("Let rosters go by it"), self.put_in_force, kind="primary")
            )
        panel = Panel(_found_html(self.table, *self.travel.strangers(self.table)))
        self.found.children = [stack(panel, stack(*ways, css="cw-actions"), css="cw-editor")]

    def put_in_force(self) -> None:
        """Let rosters go by the table that was looked at."""
        if self.table is not None:
            before = self.travel.given()
            self.travel.put_in_force(self.table, self.name)
            self.refresh()
            self._said(_("Rosters go by the table from now on."), before)

    def take_out(self) -> None:
        """Let rosters go by coordinates alone."""
        before = self.travel.given()
        self.travel.take_out()
        self.refresh()
        self._said(_("Rosters go by coordinates alone."), before)

    def _said(self, words: str, before: TravelGiven | None) -> None:
        def undo() -> None:
            self.travel.put_back(before)
            self.refresh()

        self.screen.said(words, undo=undo)


def _given_words(given: TravelGiven | None) -> list[Html]:
    if given is None:
        by = _("No table is given: ways are reckoned from coordinates, at the speed of the means.")
        return [el("p", by), el("p", _how(), class_="cw-hint")]
    words = _(
        "{file}, {n} places, given by {who} on {day}. It goes before coordinates.",
        file=given.name,
        n=len(given.table.places),
        who=given.given_by,
        day=day_text(given.given_on),
    )
    return [el("p", words), el("p", _how(), class_="cw-hint")]


def _how() -> str:
    return _(
        "A square with communities along the top and down the side, minutes in it, or three "
        "columns: from, to, minutes. The office is called 单位. A sheet named 驾车, 公交, 骑车 or "
        "步行 holds for that means alone; a way back is as long where it is not said."
    )


def _found_html(table: TravelTable, nobody: Sequence[str], missing: Sequence[str]) -> Html:
    n_ways = sum(map(len, table.minutes.values()))
    parts: list[object] = [
        el("p", _("{places} places, {ways} ways.", places=len(table.places),
                  ways=number_text(n_ways))),
    ]  # fmt: skip
    if table.problems:
        told = [el("li", one) for one in table.problems[:_TOLD]]
        if len(table.problems) > _TOLD:
            told.append(el("li", _("and {n} more", n=len(table.problems) - _TOLD)))
        words = _("Nothing is put in force while this stands in the file:")
        parts.append(notice(words, "error", el("ul", told, class_="cw-lines")))
    if OFFICE not in table.places:
        parts.append(el("p", _("The office is not in it: ways from there go by coordinates.")))
    if nobody:
        parts.append(el("p", _("Where nobody is known to live: {names}", names=_some(nobody))))
    if missing:
        parts.append(el("p", _("Communities that it leaves out: {names}", names=_some(missing))))
    return join(parts)


def _some(names: Sequence[str]) -> str:
    return "、".join(names[:_TOLD]) + ("…" if len(names) > _TOLD else "")

"""The list of every screen: paged by the server, sorted, searched, selected, opened.

Decides how a list behaves and what a cell shows for a value; leaves the rows to the caller. Rows
come a page at a time from a callable, so a list of 50,000 costs what a list of 50 costs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from casework.terms import _
from casework.ui.guarding import guard
from casework.ui.widgets.cells import STATES, Noted, State, cell_view
from casework.ui.widgets.island import (
    BadMessage,
    Island,
    flag_in,
    integer_in,
    text_in,
    texts_in,
)

__all__ = ["Column", "DataTable", "Page", "Query", "Together", "listed"]


@dataclass(frozen=True, slots=True)
class Query:
    """What the page wants to see.

    Parameters
    ----------
    offset, limit : int
        Rows to skip and rows to give.
    sort : str
        Key of a column, or empty for the order of the source.
    descending : bool
        Whether the largest comes first.
    search : str
        What was typed into the search field.
    """

    offset: int = 0
    limit: int = 50
    sort: str = ""
    descending: bool = False
    search: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of rows.

    Parameters
    ----------
    rows : sequence of mapping
        Column key to value; the table's ``key`` must be among them.
    matching : int
        Rows that match the search, on all pages.
    total : int
        Rows without the search.
    """

    rows: Sequence[Mapping[str, object]]
    matching: int
    total: int


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Parameters
    ----------
    key : str
        Which value of a row.
    label : str
        Its heading, in the language in force.
    kind : {"text", "number", "date", "state", "tags"}
        How it is aligned and shown.
    sortable : bool
    phone : {"show", "hide", "bare"}
        On a narrow screen: with its label, not at all, or without its label.
    share : int
        Percent of the table's width on a wide screen; 0 leaves it to what the cells hold.
    """

    key: str
    label: str
    kind: str = "text"
    sortable: bool = True
    phone: str = "show"
    share: int = 0


@dataclass(frozen=True, slots=True)
class Together:
    """Something to do with all selected rows at once.

    Parameters
    ----------
    name, label : str
        Its key and the words on its button.
    run : callable
        Called with the list of selected keys.
    """

    name: str
    label: str
    run: Callable[[list[str]], object]


Source = Callable[[Query], Page]


class DataTable(Island):
    """A list.

    Parameters
    ----------
    columns : sequence of Column
        The first one names the row.
    source : callable
        ``source(Query) -> Page``. For a list in memory use `listed`.
    key : str
        Which value of a row identifies it; sent back as text.
    caption : str
        What the list holds, for who hears the page.
    opens : callable, optional
        Called with the key of the row that was opened by click or Enter.
    together : sequence of Together
        Actions on the selected rows; with none, rows cannot be selected.
    every : callable, optional
        ``every(Query) -> list of keys`` of all matching rows, for "select all 431".
    empty, nothing : (str, str)
        Title and advice when there is nothing at all, or nothing for this search.
    begin : Together, optional
        What to do when there is nothing at all; called with no keys.
    query : Query
        What is shown first.
    """

    scripts: ClassVar[tuple[str, ...]] = ("common.js", "table.js")

    def __init__(
        self,
        columns: Sequence[Column],
        source: Source,
        *,
        key: str = "id",
        caption: str,
        opens: Callable[[str], object] | None = None,
        together: Sequence[Together] = (),
        every: Callable[[Query], Sequence[object]] | None = None,
        searchable: bool = True,
        search_hint: str = "",
        empty: tuple[str, str] | None = None,
        begin: Together | None = None,
        nothing: tuple[str, str] | None = None,
        query: Query | None = None,
    ) -> None:
        self.columns = tuple(columns)
        self.source = source
        self.key = key
        self.opens = opens
        self.together = {action.name: action for action in together}
        self.begin = begin
        self.every = every
        self.query = query or Query()
        self.selected: list[str] = []
        self._seen: set[str] = set()
        super().__init__(
            {
                "columns": [_column(column) for column in self.columns],
                "caption": caption,
                "opens": opens is not None,
                "selectable": bool(self.together),
                "every": every is not None,
                "searchable": searchable,
                "actions": [{"name": a.name, "label": a.label} for a in together],
                "selected": [],
                "empty": empty or (_("Nothing here yet."), ""),
                "begin": begin.label if begin else "",
                "nothing": nothing
                or (_("Nothing matches."), _("Search for something shorter, or clear the search.")),
                "failed": (
                    _("The list could not be read."),
                    _("Try again; if it stays so, tell whoever looks after casework."),
                ),
                "texts": _texts(search_hint),
                "page": _page_view([], self.query, 0, 0, 0),
            }
        )
        self.refresh()

    def refresh(self) -> None:
        """Read the page in force again, as after a change."""
        self._turn(self.query, int(self.view["page"]["seq"]))

    def search(self, typed: str) -> None:
        """Search, as typing into the search field does."""
        self._turn(replace(self.query, search=typed, offset=0), int(self.view["page"]["seq"]))

    def texts(self) -> list[list[str]]:
        """Give the texts of the cells in sight, for tests and printing."""
        return [[str(cell["text"]) for cell in row["cells"]] for row in self.view["page"]["rows"]]

    def select(self, *keys: object, on: bool = True) -> None:
        """Select or unselect rows that have been in sight."""
        self.receive({"do": "select", "keys": [str(key) for key in keys], "on": on})

    def open_row(self, key: object) -> None:
        """Open a row that has been in sight."""
        self.receive({"do": "open", "key": str(key)})

    def act(self, name: str) -> None:
        """Run an action on the selected rows."""
        self.receive({"do": "together", "action": name})

    def receive(self, message: Mapping[str, Any], buffers: Sequence[Any] = ()) -> None:
        """Turn the page, open, select or act."""
        verbs = {
            "page": self._asked,
            "open": self._opened,
            "select": self._selected,
            "every": self._every,
            "together": self._together,
            "begin": self._begin,
        }
        if message["do"] not in verbs:
            raise BadMessage("no such verb")
        verbs[message["do"]](message)

    def _asked(self, message: Mapping[str, Any]) -> None:
        sort = text_in(message, "sort")
        if sort and sort not in {column.key for column in self.columns if column.sortable}:
            raise BadMessage("not a column to sort by")
        asked = replace(
            self.query,
            offset=integer_in(message, "offset", 0, 10**8),
            sort=sort,
            descending=flag_in(message, "descending"),
            search=text_in(message, "search"),
        )
        self._turn(asked, integer_in(message, "seq", 0, 10**9))

    def _turn(self, query: Query, seq: int) -> None:
        """Show a page; when it cannot be read, say so in its place."""
        read: list[Page] = []
        if guard(lambda: read.append(self.source(query)), saving=False):
            page = read[0]
            rows = [self._row(row) for row in page.rows]
            self._seen.update(str(row["key"]) for row in rows)
            self.query = query
            self.show(page=_page_view(rows, query, page.matching, page.total, seq))
        else:
            self.show(page={**_page_view([], query, 0, 0, seq), "failed": True})

    def _row(self, row: Mapping[str, object]) -> dict[str, object]:
        return {
            "key": str(row[self.key]),
            "cells": [cell_view(row.get(column.key)) for column in self.columns],
        }

    def _opened(self, message: Mapping[str, Any]) -> None:
        key = text_in(message, "key")
        if self.opens is None or key not in self._seen:
            raise BadMessage("not a row that was shown")
        opens = self.opens
        guard(lambda: opens(key))

    def _selected(self, message: Mapping[str, Any]) -> None:
        keys, on = texts_in(message, "keys", most=100_000), flag_in(message, "on")
        if not self.together or not self._seen.issuperset(keys):
            raise BadMessage("not rows that were shown")
        named = set(keys)
        rest = [key for key in self.selected if key not in named]
        self.selected = [*rest, *dict.fromkeys(keys)] if on else rest
        self.show(selected=list(self.selected))

    def _every(self, _message: Mapping[str, Any]) -> None:
        every = self.every
        if every is None or not self.together:
            raise BadMessage("not offered")
        found: list[str] = []
        if guard(lambda: found.extend(str(key) for key in every(self.query)), saving=False):
            self._seen.update(found)
            self.selected = found
            self.show(selected=list(found))

    def _begin(self, _message: Mapping[str, Any]) -> None:
        begin = self.begin
        if begin is None or self.view["page"]["rows"]:
            raise BadMessage("not offered")
        guard(lambda: begin.run([]))

    def _together(self, message: Mapping[str, Any]) -> None:
        name = text_in(message, "action")
        if name not in self.together or not self.selected:
            raise BadMessage("not offered")
        if guard(lambda: self.together[name].run(list(self.selected))):
            self.selected = []
            self.show(selected=[])
            self.refresh()


def listed(
    rows: Sequence[Mapping[str, object]], searched: Sequence[str] = ()
) -> Callable[[Query], Page]:
    """Make a source of rows in memory, for short lists.

    Parameters
    ----------
    rows : sequence of mapping
    searched : sequence of str
        Columns that a search looks into; by default all.
    """

    def source(query: Query) -> Page:
        found = [row for row in rows if _matches(row, query.search, searched)]
        if query.sort:
            known = [row for row in found if _sorted_by(row, query.sort) is not None]
            unknown = [row for row in found if _sorted_by(row, query.sort) is None]
            known.sort(key=lambda row: _sorted_by(row, query.sort), reverse=query.descending)  # type: ignore[arg-type,return-value]
            found = known + unknown
        return Page(found[query.offset : query.offset + query.limit], len(found), len(rows))

    return source


def _matches(row: Mapping[str, object], typed: str, searched: Sequence[str]) -> bool:
    wanted = typed.casefold()
    return not wanted or any(
        wanted in str(cell_view(row.get(key))["text"]).casefold() for key in (searched or row)
    )


def _sorted_by(row: Mapping[str, object], key: str) -> object:
    value = row.get(key)
    if isinstance(value, Noted):
        value = value.value
    if isinstance(value, State):
        return STATES.index(value.name)
    return tuple(value) if isinstance(value, list) else value


def _column(column: Column) -> dict[str, object]:
    return {
        "key": column.key,
        "label": column.label,
        "kind": column.kind,
        "sortable": column.sortable,
        "phone": column.phone,
        "share": column.share,
    }


def _page_view(
    rows: list[dict[str, object]], query: Query, matching: int, total: int, seq: int
) -> dict[str, object]:
    return {
        "rows": rows,
        "offset": query.offset,
        "limit": query.limit,
        "sort": query.sort,
        "descending": query.descending,
        "search": query.search,
        "matching": matching,
        "total": total,
        "seq": seq,
        "failed": False,
    }


def _texts(search_hint: str) -> dict[str, str]:
    return {
        "search": search_hint or _("Search this list"),
        "count": _("{m} in all"),
        "count_of": _("{n} of {m}"),
        "selected": _("{n} selected"),
        "why": _("Why?"),
        "select_every": _("Select all {m}"),
        "unselect": _("Clear the selection"),
        "select_page": _("Select this page"),
        "select_row": _("Select"),
        "pages": _("Pages"),
        "order": _("Order of the list"),
        "as_listed": _("In the usual order"),
        "more": _("Show {n} more"),
        "before": _("Previous page"),
        "after": _("Next page"),
        "page_of": _("Page {page} of {pages}"),
    }

"""The rows behind a figure: exactly those it counts, each with why it is there, on to the dossier.

Who: whoever clicked a number. Decides: whom to see to first. Clicks: sort, search, Enter.
"""

from __future__ import annotations

from typing import Any

from casework.errors import NotFound
from casework.indicators import TOPICS, Figure, Rows, Wanted
from casework.terms import _
from casework.ui import DataTable, Page, Panel, Query, Screen, Shell
from casework.ui.boards.blocks import part_of_whole
from casework.ui.boards.reasons import cells_of, columns_of, target_of
from casework.ui.escape import el, join
from casework.ui.parts import link, unknown
from casework.ui.wording import day_text
from casework.workbook.boards import Board

__all__ = ["FigureRows"]


class FigureRows(Screen):
    """The list behind one figure.

    Parameters
    ----------
    code : str
        Code of the figure.
    unit, period : str
        As on the board.
    """

    def __init__(self, shell: Shell, code: str, unit: str = "", period: str = "recent") -> None:
        self.board, self.figure = _counted(shell, code, unit or None, period)
        super().__init__(shell, self.figure.sentence, lead=self._lead(shell))
        self.targets: dict[str, tuple[str, dict[str, object]]] = {}
        self.about = Panel(
            self._about(),
            board=lambda: shell.go("board", unit=unit or None, period=_kept(period)),
            open=lambda code: shell.go(
                "figure", code=code, unit=unit or None, period=_kept(period)
            ),
        )
        self.table = DataTable(
            columns_of(self.figure),
            self.rows,
            caption=self.figure.sentence,
            opens=self.open_row,
            search_hint=_("Name, initials or unit"),
            empty=(_("Nobody and nothing is counted here."), _("Go back to the board.")),
        )
        self.body(self.about, self.table)

    def refresh(self) -> None:
        """Read the page in sight again."""
        self.table.refresh()

    def rows(self, query: Query) -> Page:
        """Give one page of the rows that the figure counts."""
        found = self._read(query)
        for row in found.rows:
            self.targets[str(row["key"])] = target_of(row, self.figure)
        cells: list[dict[str, Any]] = [
            cells_of(row, self.figure, self.board.scope) for row in found.rows
        ]
        total = self.figure.n_rows if query.search else found.matching
        return Page(cells, found.matching, total)

    def open_row(self, key: str) -> None:
        """Go on to the dossier, the plan or the import behind a row."""
        route, params = self.targets[key]
        self.shell.go(route, **params)

    def _read(self, query: Query) -> Rows:
        wanted = Wanted(query.offset, query.limit, query.sort, query.descending, query.search)
        return self.wb.boards.rows(self.board.scope, self.figure, wanted)

    def _lead(self, shell: Shell) -> str:
        unit = str(self.board.unit.label) if self.board.unit else _("all units")
        return _("As of {day}, {unit}.", day=day_text(shell.on), unit=unit)

    def _about(self) -> object:
        """Say what the number is a part of, how it is counted, and who may be missing from it."""
        figure = self.figure
        share = el("p", part_of_whole(figure)) if figure.of and figure.number is not None else None
        missing = self._unknown()
        return join(
            [
                el("p", link(_("Back to the board"), "board"), class_="cw-back"),
                el(
                    "div",
                    share,
                    missing,
                    el("p", figure.definition, class_="cw-figure-note"),
                    class_="cw-about-figure",
                ),
            ]
        )

    def _unknown(self) -> object:
        if not self.figure.unknown:
            return None
        of_unknown = self.board.figures.get(_unknown_code(self.figure.code))
        words = _("Not known: {n}", n=self.figure.unknown)
        if of_unknown is None:
            return el("p", unknown(words))
        return el("p", unknown(words), " ", link(_("Show them"), "open", code=of_unknown.code))


def _counted(shell: Shell, code: str, unit: str | None, period: str) -> tuple[Board, Figure]:
    """Count the topic of a figure again, so that the list is as new as the screen.

    Raises
    ------
    NotFound
        If there is no such figure on this day.
    """
    topic = code.partition(".")[0]
    topics = [topic] if topic in TOPICS else []
    board = shell.wb.boards.supervisor(as_of=shell.on, unit=unit, period=period, topics=topics)
    if code not in board.figures:
        raise NotFound(
            _("This figure is not there on this day. Go back to the board and choose again.")
        )
    return board, board[code]


def _unknown_code(code: str) -> str:
    """Give the figure of those of whom it is not known, for ages and groups."""
    if code.startswith("ages."):
        return f"{code.rpartition('.')[0]}.unknown"
    return f"{code}.unknown"


def _kept(period: str) -> str | None:
    return None if period == "recent" else period

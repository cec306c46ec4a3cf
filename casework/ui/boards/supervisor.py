"""The supervisor's board: six figures, then what they are made of, each a click from its rows.

Who: supervisors in a meeting, leaders on a phone. Decides: where to look today. Figures of the
first kind stand at once; dossiers and what waits follow while the page is still being drawn.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import TypeVar

from casework.indicators import PERIODS, Rows, Wanted
from casework.terms import _
from casework.ui import ChoiceField, Panel, Screen, Shell, el, section, stack
from casework.ui.alerts import alerts_html
from casework.ui.boards.blocks import (
    amount,
    bar_list,
    card,
    definitions,
    figure_link,
    figure_table,
    group_rows,
    part_of_whole,
    pyramid,
)
from casework.ui.boards.reasons import row_why
from casework.ui.boards.supervisor_waiting import dossiers, pairs, waiting
from casework.ui.escape import Html, join
from casework.ui.guarding import guard
from casework.ui.parts import empty_state, failure_state, link, skeleton
from casework.ui.widgets import offer
from casework.ui.wording import day_text
from casework.workbook.boards import Board

__all__ = ["SupervisorBoard"]

_AT_ONCE = ("people", "ages", "pyramid", "groups", "reach", "contacts", "tasks")
_AFTER = (
    "dossiers",
    "plans",
    "tailored",
    "parties",
    "issues",
    "owners",
    "pairs",
    "imports",
)
_COUNTED_LATER = ("pairs", "waiting", "dossiers")  # panels, besides who was not reached
_NEVER_SHOWN = 6
_BARS_SHOWN = 6
T = TypeVar("T")


class SupervisorBoard(Screen):
    """The board.

    Parameters
    ----------
    unit : str
        Code of the unit whose people are counted; empty for everybody.
    period : str
        Days over which contacts are counted: ``recent``, ``month`` or ``year``.
    """

    def __init__(self, shell: Shell, unit: str = "", period: str = "recent") -> None:
        super().__init__(shell, _("Board"))
        self.add_class("cw-board")
        self.unit, self.period = unit or None, period
        self.board = self.counted(_AT_ONCE)
        self.lead = self._lead()
        self.header.set(self._head())
        self.units = self._units()
        self.periods = Panel(self._periods(), period=self.choose_period)
        actions: dict[str, Callable[..., object]] = {
            "open": self.open_figure,
            "person": lambda id: shell.go("person", id=id),
            "go": shell.go,
        }
        names = ("first", "ages", "groups", "reach", "tasks", *_COUNTED_LATER, "rules")
        self.panels = {name: Panel("", **actions) for name in names}
        self.alerts = Panel(
            "", alert=lambda person, need: shell.go("needs", person=person, need=need)
        )
        self._lay_out()
        self.refresh()

    def counted(self, topics: Iterable[str]) -> Board:
        """Count the figures of some topics on the day, of the unit and over the period chosen."""
        return self.wb.boards.supervisor(
            as_of=self.on, unit=self.unit, period=self.period, topics=tuple(topics)
        )

    def refresh(self) -> None:
        """Show what is counted already, and count the rest once the page is under way."""
        if not self.board["people.total"].number:
            self._show_nobody()
            return
        self.alerts.set(alerts_html(self.wb.needs.alerts(as_of=self.on), "alert"))
        for name, draw in (
            ("first", self._first),
            ("ages", self._ages),
            ("groups", self._groups),
            ("tasks", self._tasks),
        ):
            self._show(name, draw)
        for name in ("reach", *_COUNTED_LATER):
            self.panels[name].set(skeleton(4))
        _beside(self._count_the_rest, self._show_the_rest)

    def open_figure(self, code: str) -> None:
        """Show exactly the rows that a figure counts."""
        self.shell.go("figure", code=code, unit=self.unit, period=self._period_or_none())

    def choose_unit(self) -> None:
        """Count the people of another unit."""
        chosen = str(self.units.entry)
        self.shell.go("board", unit=chosen or None, period=self._period_or_none())

    def choose_period(self, period: str) -> None:
        """Count contacts over other days."""
        self.period = period
        self.shell.go("board", unit=self.unit, period=self._period_or_none())

    def _period_or_none(self) -> str | None:
        return None if self.period == "recent" else self.period

    # --- frame --------------------------------------------------------------------------------

    def _lead(self) -> str:
        unit = str(self.board.unit.label) if self.board.unit else _("all units")
        return _(
            "As of {day}, {unit}. Click a number to see whose it is.",
            day=day_text(self.on),
            unit=unit,
        )

    def _units(self) -> ChoiceField:
        options = {
            one.code: "\u3000" * one.depth + str(one.label) for one in self.wb.boards.units()
        }
        field = ChoiceField("unit", _("Unit"), options, most_chips=0)
        field.show(texts={**field.view["texts"], "unanswered": _("all units")})
        field.put(self.unit)
        field.changed.append(self.choose_unit)
        return field

    def _periods(self) -> Html:
        words = {
            "recent": _("last {days} days", days=self.board.scope.recent_days),
            "month": _("this month"),
            "year": _("this year"),
        }
        return el(
            "div",
            el("span", _("Contacts of"), class_="cw-label", id="cw-period"),
            el(
                "div",
                [
                    el(
                        "button",
                        words[one],
                        type="button",
                        class_="cw-tab",
                        aria_pressed="true" if one == self.period else "false",
                        **offer("period", period=one),
                    )
                    for one in PERIODS
                ],
                class_="cw-tabs",
                role="group",
                aria_labelledby="cw-period",
            ),
            class_="cw-field",
        )

    def _lay_out(self) -> None:
        part = self.panels
        self.body(
            self.alerts,
            stack(self.units, self.periods, css="cw-narrow"),
            part["first"],
            part["ages"],
            part["groups"],
            stack(
                stack(part["reach"], part["tasks"], part["pairs"]),
                part["waiting"],
                css="cw-columns",
            ),
            part["dossiers"],
            part["rules"],
        )

    def _show(self, name: str, draw: Callable[[], Html]) -> None:
        """Draw one part; what cannot be drawn says so in its place and leaves the rest alone."""
        panel = self.panels[name]
        guard(lambda: panel.set(draw()), say=lambda words, _kind: panel.set(failure_state(words)))

    def _show_nobody(self) -> None:
        way = el(
            "button",
            _("Import a roster"),
            type="button",
            class_="cw-action cw-primary",
            **offer("go", route="intake"),
        )
        some_filter = self.unit is not None or self.shell.as_of is not None
        advice = (
            _("Choose another unit or another day.")
            if some_filter
            else _("Import a roster to begin: every row becomes a dossier.")
        )
        state = empty_state(
            _("Nobody is in care here on this day."), advice, None if some_filter else way
        )
        self.panels["first"].set(state)

    def _count_the_rest(self) -> tuple[Board, Rows]:
        """Count what stands further down; reads only, so that it may go on beside other work."""
        longest = self.wb.boards.rows(
            self.board.scope, self.board["reach.never"], Wanted(limit=_NEVER_SHOWN)
        )
        return self.counted(_AFTER), longest

    def _show_the_rest(self, counted: Callable[[], tuple[Board, Rows]]) -> None:
        if self.panels["rules"].comm is None:  # the screen was left meanwhile
            return
        found: list[tuple[Board, Rows]] = []
        if guard(lambda: found.append(counted()), say=self._rest_failed):
            more, longest = found[0]
            self.board = self.board.and_more(more)
            self._show("reach", lambda: self._never(longest))
            self._show("pairs", lambda: pairs(self.board))
            self._show("waiting", lambda: waiting(self.board, self.wb.agency))
            self._show("dossiers", lambda: dossiers(self.board, self.wb.agency))
        self._show("rules", lambda: definitions(self.board))

    def _rest_failed(self, words: str, _kind: str) -> None:
        self.panels["reach"].set(failure_state(words))
        for name in _COUNTED_LATER:
            self.panels[name].set("")

    # --- parts --------------------------------------------------------------------------------

    def _first(self) -> Html:
        """Write the six figures that are seen before anything is scrolled."""
        board, terms = self.board, self.wb.agency.terms
        categories = [one for one in board.below("people.category") if one.number]
        unknown = board["people.category_unknown"]
        ages = self._main_ages()
        more_ages = [board[f"{ages}.{end}"] for end in ("oldest", "youngest", "very_high")]
        if board[f"{ages}.unknown"].number:
            more_ages.append(board[f"{ages}.unknown"])
        groups = board.figures.get("groups.any")
        never = board["reach.never"]
        cards = [
            card(
                board["people.total"],
                [
                    *map(figure_link, categories),
                    *([figure_link(unknown)] if unknown.number else []),
                ],
                title=_("People in care"),
            ),
            card(
                board[f"{ages}.mean"],
                [figure_link(one, brief=True) for one in more_ages],
                title=_("Age"),
            ),
            card(
                groups,
                [figure_link(board["groups.any.unknown"])],
                title=str(terms["vulnerable"]),
                note=part_of_whole(groups),
            )
            if groups
            else None,
            card(
                board["reach.reached"],
                [figure_link(never, "overdue"), figure_link(board["reach.no_record"])],
                title=_("Coverage"),
                note=part_of_whole(board["reach.reached"]),
            ),
            card(
                board["tasks.overdue"],
                [figure_link(board["tasks.due_soon"]), figure_link(board["tasks.open"])],
                title=_("Tasks"),
                tone="overdue",
            ),
            card(
                board["contacts.person_times"],
                [figure_link(board["contacts.people"]), figure_link(board["contacts.proactive"])],
                title=_("Contacts"),
            ),
        ]
        return el("div", [one for one in cards if one], class_="cw-figures cw-first")

    def _main_ages(self) -> str:
        """Give the ages that are said first: of the agency's first category that has people."""
        for code in (one.code for one in self.wb.agency.categories):
            if f"ages.{code}.mean" in self.board.figures:
                return f"ages.{code}"
        return "ages.all"

    def _ages(self) -> Html:
        board = self.board
        rows: list[tuple[object, ...]] = []
        for people in board.below("people.category"):
            ages = f"ages.{people.code.rpartition('.')[2]}"
            if f"{ages}.mean" in board.figures:
                rows.append((people.about, amount(people), *self._age_cells(ages)))
        rows.append((_("All"), amount(board["people.total"]), *self._age_cells("ages.all")))
        years = int(self.wb.agency.setting("very_high_age", self.on))
        heads = (
            _("Category"),
            _("People"),
            _("Mean age"),
            _("Oldest"),
            _("Youngest"),
            _("{years} or more", years=years),
            _("Age not known"),
        )
        return el(
            "div",
            section(
                _("Categories and age"),
                figure_table(_("Age by category"), heads, rows),
            ),
            section(_("Age pyramid"), pyramid(board)),
            class_="cw-columns",
        )

    def _age_cells(self, ages: str) -> tuple[Html, ...]:
        mean = self.board[f"{ages}.mean"]
        exact = None if mean.exact is None else f"{mean.exact:.1f}"
        ends = ("oldest", "youngest", "very_high", "unknown")
        return (amount(mean, exact), *(amount(self.board[f"{ages}.{end}"]) for end in ends))

    def _groups(self) -> Html:
        return el(
            "div",
            section(str(self.wb.agency.terms["vulnerable"]), group_rows(self.board))
            if "groups.any" in self.board.figures
            else None,
            section(_("Contacts by channel"), self._channels()),
            class_="cw-columns",
        )

    def _channels(self) -> Html:
        board = self.board
        rows: list[tuple[object, ...]] = []
        for times in board.below("contacts"):
            channel, _dot, part = times.code.partition(".")[2].rpartition(".")
            if part == "person_times" and channel:
                people = board[f"contacts.{channel}.people"]
                rows.append((times.about, amount(times), amount(people)))
        both = (amount(board["contacts.person_times"]), amount(board["contacts.people"]))
        rows.append((_("Together"), *both))
        heads = (_("Channel"), _("Person-times"), _("People"))
        return join(
            [
                figure_table(_("Contacts by channel"), heads, rows),
                el("p", board["contacts.person_times"].definition, class_="cw-figure-note"),
            ]
        )

    def _tasks(self) -> Html:
        overdue = self.board["tasks.overdue"]
        if not overdue.number:
            return section(_("Overdue tasks"), el("p", _("No task is overdue."), class_="cw-lead"))
        return section(
            _("Overdue tasks"),
            self._overdue_by("owner", _("By worker")),
            self._overdue_by("unit", _("By unit")),
            self._overdue_by("service", _("By kind of work")),
        )

    def _overdue_by(self, part: str, title: str) -> Html:
        found = self.board.below(f"tasks.overdue.{part}")
        rest = sum(int(one.number or 0) for one in found[_BARS_SHOWN:])
        return join(
            [
                el("h3", title),
                bar_list(found[:_BARS_SHOWN], "overdue"),
                el(
                    "p",
                    link(
                        _("{n} more in {others} others", n=rest, others=len(found) - _BARS_SHOWN),
                        "open",
                        code="tasks.overdue",
                    ),
                    class_="cw-figure-note",
                )
                if rest
                else None,
            ]
        )

    def _never(self, longest: Rows) -> Html:
        """Write who was not reached for longest, with the reason in the same row."""
        never = self.board["reach.never"]
        title = str(self.wb.agency.terms["never_reached"])
        if not never.number:
            return section(title, el("p", _("Everybody was reached in time."), class_="cw-lead"))
        rows = [
            el(
                "li",
                link(row["name"], "person", id=row["person_id"]),
                el("span", row_why(row, never, self.board.scope), class_="cw-hint"),
                class_="cw-apart",
            )
            for row in longest.rows
        ]
        return section(
            title,
            el("p", figure_link(never, "overdue"), class_="cw-lead"),
            el("ul", rows, class_="cw-lines"),
            el("p", link(_("Show all {n}", n=never.shown), "open", code=never.code))
            if (never.number or 0) > len(rows)
            else None,
        )


def _beside(work: Callable[[], T], then: Callable[[Callable[[], T]], object]) -> None:
    """Do some work beside what goes on, so that the page is answered meanwhile.

    Parameters
    ----------
    work : callable
        What takes its time; must not touch widgets.
    then : callable
        Takes a function that gives the outcome of the work, or raises what went wrong with it.
    """
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:  # no page is waiting: at once
        then(work)
        return
    doing = loop.run_in_executor(None, work)
    doing.add_done_callback(lambda done: then(done.result))

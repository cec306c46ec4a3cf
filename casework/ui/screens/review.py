"""Plans that wait for somebody: those first that deserve a human eye, one by one or many at once.

Who: the supervisor who decides, the caseworker who hands in a whole caseload. Decides: which to
read, which to pass together. Clicks: one to a plan, two to pass everything that is routine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from casework.terms import _
from casework.ui import (
    Column,
    DataTable,
    LongText,
    Noted,
    Page,
    Panel,
    Query,
    Screen,
    State,
    Together,
    el,
    listed,
    offer,
    stack,
)
from casework.ui.wording import noted_on, number_text, spaced
from casework.workbook.reviews import QUEUES, Decided, ReviewRow, mark_text

if TYPE_CHECKING:
    from casework.ui.shell import Shell

__all__ = ["ReviewQueue", "screen"]

_MARKS_SHOWN = 3
_HEAVY = 40


class ReviewQueue(Screen):
    """The plans of one queue.

    Parameters
    ----------
    queue : str
        One of `casework.workbook.reviews.QUEUES`; by default the first that holds something.
    only : str
        ``look`` for those with something to look at, ``routine`` for the others; empty for all.
    """

    def __init__(self, shell: Shell, queue: str = "", only: str = "") -> None:
        super().__init__(
            shell,
            _("Plans to decide"),
            lead=_("What deserves a look comes first, with the reason in the same row."),
        )
        self.counts = self.wb.reviews.count()
        first = next((one for one in QUEUES if self.counts[one]), QUEUES[0])
        self.queue = queue if queue in QUEUES else first
        self.only = only if only in ("look", "routine") else ""
        self.waiting = self.wb.reviews.waiting(self.queue)
        self.tabs = Panel("", queue=self.show_queue, only=self.show_only)
        self.table = DataTable(
            [
                Column("name", _("Person")),
                Column("why", _("What deserves a look"), sortable=False, phone="bare"),
                Column("items", _("Items"), "number", phone="hide"),
                Column("by", self._by()),
                Column("version", _("Version"), "number", phone="hide"),
            ],
            self.page,
            caption=_("Plans to decide"),
            opens=self.open_plan,
            together=self._together(),
            every=self.every,
            search_hint=_("Search for a person or a reason"),
            empty=self._empty(),
        )
        self.returning: list[str] = []
        self.comment = self.field(
            LongText("comment", _("What is to be done"), rows=2, longest=2000)
        )
        self.form = stack(
            self.comment,
            stack(
                self.action(_("Cancel"), self.put_away, kind="quiet"),
                self.action(_("Return them"), self.return_them, kind="primary", key="ctrl+s"),
                css="cw-decide-acts",
            ),
            css="cw-stack cw-decide",
        )
        self.put_away()
        self.body(self.tabs, self.form, self.table)
        self._show_tabs()

    def refresh(self) -> None:
        """Read the queue again."""
        self.counts = self.wb.reviews.count()
        self.waiting = self.wb.reviews.waiting(self.queue)
        self._show_tabs()
        self.table.refresh()

    # --- what is seen ---------------------------------------------------------------------------

    def show_queue(self, queue: str) -> None:
        """Show another queue."""
        self.shell.go("review", queue=queue)

    def show_only(self, only: str) -> None:
        """Show only what has something to look at, or only what is routine."""
        self.shell.go("review", queue=self.queue, only=only or None)

    def page(self, query: Query) -> Page:
        """Give a page of the queue."""
        rows = self._rows()
        if query.search or query.sort:
            return listed([self._cells(one) for one in rows])(query)
        shown = rows[query.offset : query.offset + query.limit]
        return Page([self._cells(one) for one in shown], len(rows), len(rows))

    def every(self, query: Query) -> Sequence[object]:
        """Give the keys of all rows that match a search."""
        whole = Query(0, 10**6, query.sort, query.descending, query.search)
        return [row["id"] for row in listed([self._cells(one) for one in self._rows()])(whole).rows]

    def open_plan(self, key: str) -> None:
        """Open one version with everything about it."""
        plan = self.wb.plans.version(int(key))
        self.shell.go("plan", person=plan.person_id, plan=plan.plan_id)

    # --- what is decided ------------------------------------------------------------------------

    def approve(self, keys: list[str]) -> None:
        """Approve the selected versions; what cannot be approved stays, and is said."""
        done = self.wb.reviews.approve(map(int, keys))
        self._tell(done, _("Approved: {n} plans, in force from today.", n=done.done))

    def submit(self, keys: list[str]) -> None:
        """Hand the selected drafts to the supervisor."""
        done = self.wb.reviews.submit(map(int, keys))
        self._tell(done, _("Submitted: {n} plans.", n=done.done))

    def confirm(self, keys: list[str]) -> None:
        """Say that the selected plans were looked at."""
        done = self.wb.reviews.confirm(map(int, keys))
        self._tell(done, _("Looked over: {n} plans.", n=done.done))

    def send_back(self, keys: list[str]) -> None:
        """Open the comment with which the selected versions go back."""
        self.returning = keys
        self.form.layout.display = None
        self.comment.focus()

    def return_them(self) -> None:
        """Return the selected versions with the comment."""
        done = self.wb.reviews.send_back(
            map(int, self.returning), comment=self.read()["comment"] or ""
        )
        self.put_away()
        self._tell(done, _("Returned: {n} plans.", n=done.done))

    def put_away(self) -> None:
        """Put the comment away."""
        self.comment.put(None)
        self.form.layout.display = "none"

    # --- parts ----------------------------------------------------------------------------------

    def _tell(self, done: Decided, words: str) -> None:
        self.refresh()
        if done.done:
            self.said(words)
        if done.refused:
            told = _("{n} were refused: {why}", n=len(done.refused), why=done.refused[0][1])
            self.tell(told, "warning")

    def _rows(self) -> list[ReviewRow]:
        if not self.only:
            return self.waiting
        return [one for one in self.waiting if one.is_routine == (self.only == "routine")]

    def _cells(self, one: ReviewRow) -> dict[str, object]:
        return {
            "id": one.plan_id,
            "name": one.name,
            "why": _why(one),
            "items": one.items,
            "by": Noted(one.by, noted_on(one.since)),
            "version": one.version,
        }

    def _by(self) -> str:
        return _("Submitted by") if self.queue == "approval" else _("Drawn up by")

    def _together(self) -> list[Together]:
        acts: dict[str, list[tuple[str, str, Callable[[list[str]], object]]]] = {
            "approval": [
                ("return", _("Return the selected"), self.send_back),
                ("approve", _("Approve the selected"), self.approve),
            ],
            "draft": [("submit", _("Submit the selected"), self.submit)],
            "look": [("confirm", _("Looked over, all is right"), self.confirm)],
        }
        return [Together(*one) for one in acts[self.queue]]

    def _empty(self) -> tuple[str, str]:
        return {
            "approval": (
                _("No plan waits for a decision."),
                _("What caseworkers submit appears here."),
            ),
            "draft": (
                _("No draft waits to be submitted."),
                _("What is changed in a plan, and what the rules draft, appears here."),
            ),
            "look": (
                _("No plan waits for a look."),
                _("What the rules put in force by themselves appears here."),
            ),
        }[self.queue]

    def _show_tabs(self) -> None:
        names = {
            "approval": _("To decide"),
            "draft": _("Drafts"),
            "look": _("In force by the rules"),
        }
        routine = sum(one.is_routine for one in self.waiting)
        kinds = {
            "": (_("All"), len(self.waiting)),
            "look": (_("Deserve a look"), len(self.waiting) - routine),
            "routine": (_("Routine"), routine),
        }
        queues = [
            _tab(names[one], self.counts[one], one == self.queue, "queue", queue=one)
            for one in QUEUES
        ]
        parts = [
            _tab(words, n, one == self.only, "only", only=one) for one, (words, n) in kinds.items()
        ]
        self.tabs.set(
            el(
                "div",
                el("div", queues, class_="cw-tabs", role="group", aria_label=_("Which plans")),
                el("div", parts, class_="cw-tabs", role="group", aria_label=_("Which of them")),
                class_="cw-tab-rows",
            )
        )


screen = ReviewQueue


def _tab(words: str, n: int, pressed: bool, action: str, **args: object) -> object:
    return el(
        "button",
        spaced(f"{words} {number_text(n)}"),
        type="button",
        class_="cw-tab",
        aria_pressed="true" if pressed else "false",
        **offer(action, **args),
    )


def _why(one: ReviewRow) -> object:
    """Say what deserves a look, the weightiest first; a heavy one is marked as such."""
    if one.is_routine:
        return State("plain", _("routine: as the rules ask"))
    told = [mark_text(mark) for mark in one.marks[:_MARKS_SHOWN]]
    rest = len(one.marks) - len(told)
    more = _("; ").join([*told[1:], *([_("{n} more points", n=rest)] if rest else [])])
    first = State("overdue" if one.score >= _HEAVY else "due", spaced(told[0]))
    return Noted(first, spaced(more)) if more else first

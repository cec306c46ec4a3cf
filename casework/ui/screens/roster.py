"""One roster: a week as lanes, a map, what could not be placed; changed by hand, published.

Who: the team leader. Decides: which visit stands where, and whether all of it goes out. Clicks: one
to a visit, one to another place, or it is dragged there; one to publish, one to take it back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from casework.errors import NotFound
from casework.routing.week import LockCost, Opening, Outcome
from casework.terms import _
from casework.ui import (
    CarryPanel,
    Download,
    Html,
    MadeFile,
    Panel,
    Screen,
    Shell,
    definition_list,
    el,
    join,
    link,
    offer,
    section,
    stack,
)
from casework.ui.roster_map import map_html
from casework.ui.roster_search import SearchPanel
from casework.ui.roster_views import (
    compared_html,
    figures_html,
    lanes_html,
    left_out_html,
    loads_html,
    openings_html,
    people_html,
    visit_facts,
)
from casework.ui.screens.rosters import days_words, state_of
from casework.ui.wording import spaced
from casework.workbook.roster_building import Planned
from casework.workbook.roster_outside import calendar_of
from casework.workbook.roster_words import lock_sentence, obstacle_sentences
from casework.workbook.rosters import Entry, Search, Shown

__all__ = ["RosterScreen", "screen"]

VIEWS = ("lanes", "people", "strangers", "loads", "map", "left", "compare")


class RosterScreen(Screen):
    """One roster.

    Parameters
    ----------
    id : str
        Number of the roster.
    view : str
        One of ``VIEWS``.
    """

    def __init__(self, shell: Shell, id: str, view: str = "lanes") -> None:
        if not id.isdigit():
            raise NotFound(_("There is no such page. Choose another one above."))
        super().__init__(shell, _("Roster"))
        self.roster_id = int(id)
        self.view = view if view in VIEWS else "lanes"
        self.task: int | None = None
        self.worker: int | None = None
        self._why: dict[int, Sequence[str]] = {}
        self._places: tuple[Planned, list[Opening]] | None = None
        self._all_places = self._with_idle = False
        self.tabs = Panel("", turn=self.turn, open=lambda roster: shell.go("roster", id=roster))
        self.figures = Panel("", turn=self.turn)
        self.main = CarryPanel(
            "", self.carry, choose=self.choose, worker=self.choose_worker, why=self.tell_why,
            turn=self.turn, idle=self.show_idle,
        )  # fmt: skip
        self.beside = Panel(
            "",
            place=self.place,
            more=self.show_all_places,
            lock=self.lock,
            unlock=self.unlock,
            leave_out=self.leave_out,
            cost=self.tell_cost,
            move=self.offer_places,
            person=lambda person: shell.go("person", id=person),
            sheet=lambda staff: shell.go("day_sheet", roster=self.roster_id, staff=staff),
            close=self.put_away,
        )
        self.files = stack(css="cw-slot")
        self.going, self.costing = SearchPanel(), SearchPanel()
        self.foot = stack(css="cw-actions")
        beside = stack(self.beside, stack(self.costing, css="cw-roster-costing"), self.files,
                       css="cw-roster-beside")  # fmt: skip
        whole = stack(self.main, beside, css="cw-roster-body")
        self.body(self.figures, self.tabs, self.going, whole, self.foot)
        self.refresh()

    # --- showing ---------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read the roster again."""
        self.shown: Shown = self.wb.rosters.show(self.roster_id)
        line = self.shown.line
        self.can_plan = self.shell.as_of is None and self.wb.rosters.may_plan
        self.can_decide = self.can_plan and self.wb.rosters.may_change(self.roster_id)
        self.can_change = self.can_decide and line.state == "draft"
        state = state_of(line.state)
        self.lead = spaced(
            _("No. {n}, {state}; made by {who}", n=line.roster_id, state=state.text,
              who=line.recorded_by)
        )  # fmt: skip
        self.retitle(
            _("Roster {days}", days=spaced(days_words(line.begins_on, line.ends_on)))
        )  # fmt: skip
        self.figures.set(figures_html(self.shown))
        self.tell("")
        if self.can_plan and not self.can_decide:
            self.tell(_("This roster is another unit's: you can look at it, not change it."))
        if self.shown.verdict.broken and line.state != "withdrawn":
            self.tell(
                _(
                    "Since this roster was made, something has changed; what can no longer be made "
                    "so: {n}. Plan anew on its basis; as little as possible moves.",
                    n=len(self.shown.verdict.broken),
                ),
                "warning",
            )
        self._draw()
        self._draw_foot()

    def turn(self, view: str) -> None:
        """Show the roster another way."""
        self.view = view
        self._draw()

    def choose(self, task: int) -> None:
        """Show one visit beside, with what can be done about it."""
        self.task, self._places, self._all_places = task, None, False
        self._draw()

    def choose_worker(self, staff: int) -> None:
        """Show one worker's ways, with what can be printed."""
        self.worker, self.task = staff, None
        self._draw()

    def show_idle(self) -> None:
        """Give everybody at work a lane, also without a visit."""
        self._with_idle = True
        self._draw()

    def put_away(self) -> None:
        """Show nothing beside."""
        self.task = self.worker = self._places = None
        self._draw()

    def tell_why(self, task: int) -> None:
        """Say what keeps a visit out."""
        self._why[task] = obstacle_sentences(*self.wb.rosters.why(self.roster_id, task))
        self._draw()

    # --- deciding --------------------------------------------------------------------------------

    def offer_places(self) -> None:
        """Look for other places of the chosen visit."""
        if self.task is not None:
            self._places = self.wb.rosters.openings(self.roster_id, self.task)
            self._draw_beside()

    def show_all_places(self) -> None:
        """Show every place of the chosen visit."""
        self._all_places = True
        self._draw_beside()

    def place(self, day: int, workers: list[int], starts: list[int]) -> None:
        """Move the chosen visit to a place that was offered; it stays locked there."""
        if self.task is None or self._places is None:
            return
        planned, task = self._places[0], self.task
        before = self.shown.entry(task)
        staff = [planned.staff[one].staff_id for one in workers]
        self._move(task, before, planned.day(day), staff, starts)

    def carry(self, task: int, of: int, staff: int, day: str) -> None:
        """Put a visit into a lane on a day, at the cheapest time there; it stays locked."""
        before, on = self.shown.entry(task), date.fromisoformat(day)
        self.choose(task)
        who = tuple(staff if one == of else one for one in before.staff)
        starts = self.wb.rosters.opening_for(self.roster_id, task, on, who) or before.starts
        self._move(task, before, on, who, starts)  # where nothing is open it says why

    def _move(
        self, task: int, before: Entry, day: date, staff: Sequence[int], starts: Sequence[int]
    ) -> None:
        self.wb.rosters.move(self.roster_id, task, day, staff, starts)
        self._places = None
        self.refresh()
        self.said(
            _("The visit to {name} is moved and locked.", name=before.name),
            undo=lambda: self._put_back(task, before),
        )

    def _put_back(self, task: int, before: Entry) -> None:
        if before.day is None:
            self.wb.rosters.leave_out(self.roster_id, task)
        else:
            self.wb.rosters.move(self.roster_id, task, before.day, before.staff, before.starts)
            self.wb.rosters.lock(self.roster_id, [task], locked=before.is_locked)
        self.refresh()

    def lock(self) -> None:
        """Keep the chosen visit where it is."""
        if self.task is not None:
            self.wb.rosters.lock(self.roster_id, [self.task])
            self.refresh()

    def unlock(self) -> None:
        """Let the next search move the chosen visit."""
        if self.task is not None:
            self.wb.rosters.lock(self.roster_id, [self.task], locked=False)
            self.refresh()

    def leave_out(self) -> None:
        """Take the chosen visit out of the roster."""
        if self.task is None:
            return
        task, before = self.task, self.shown.entry(self.task)
        self.wb.rosters.leave_out(self.roster_id, task)
        self.refresh()
        self.said(
            _("The visit to {name} is taken out.", name=before.name),
            undo=lambda: self._put_back(task, before),
        )

    def tell_cost(self) -> None:
        """Say what it costs to keep the chosen visit where it is locked."""
        if self.task is None or self.costing.is_running:
            return
        task, name = self.task, self.shown.entry(self.task).name
        search = self.wb.rosters.lock_search(self.roster_id, task)

        def told(cost: LockCost) -> None:
            said = lock_sentence(search.planned, cost)
            self.costing.answer(
                said if self.task == task else _("{what}: {why}", what=name, why=said)
            )

        self.costing.run(search, told, _("Looking for what the lock costs…"))

    def plan_anew(self) -> None:
        """Search again on the basis of this roster: locked visits stay, others move little."""
        if self.going.is_running:
            return
        search = self.going.read(lambda: self.wb.rosters.search(based_on=self.roster_id))
        self.going.run(search, lambda outcome: self.opened(search, outcome))

    def opened(self, search: Search, outcome: Outcome) -> None:
        """Keep what was found, and show it beside this one."""
        made = self.wb.rosters.keep(search, outcome)
        self.shell.go("roster", id=made, view="compare")

    def publish(self) -> None:
        """Give the tasks their owner and day."""
        n = self.wb.rosters.publish(self.roster_id)
        self.refresh()
        self.said(_("Published: {n} tasks have an owner and a day.", n=n), undo=self.withdraw)

    def withdraw(self) -> None:
        """Take the published roster back."""
        n = self.wb.rosters.withdraw(self.roster_id)
        self.refresh()
        self.said(_("Taken back: {n} tasks are as they were before.", n=n))

    # --- drawing ---------------------------------------------------------------------------------

    def _draw(self) -> None:
        self.tabs.set(self._tabs())
        self.main.set(self._main())
        self._draw_beside()

    def _tabs(self) -> Html:
        left = sum(one.day is None for one in self.shown.entries)
        names = {
            "lanes": _("By worker"),
            "people": _("By person"),
            "loads": _("Shares of the work"),
            "map": _("Map"),
            "left": _("Not placed ({n})", n=left),
        }
        if self.shown.line.based_on_id is not None:
            names["compare"] = _("What changed")
        pressed = "people" if self.view == "strangers" else self.view
        return el(
            "div",
            [
                el("button", words, type="button", class_="cw-tab cw-roster-tab",
                   aria_pressed="true" if view == pressed else "false",
                   **offer("turn", view=view))
                for view, words in names.items()
            ],
            class_="cw-tabs", role="group", aria_label=_("Ways to look at the roster"),
        )  # fmt: skip

    def _main(self) -> Html:
        if self.view in ("people", "strangers"):
            return people_html(self.shown, strangers=self.view == "strangers")
        if self.view == "loads":
            return loads_html(self.shown)
        if self.view == "map":
            return map_html(self.shown, self.worker, self.task)
        if self.view == "left":
            return left_out_html(self.shown, self._why)
        based_on = self.shown.line.based_on_id
        if self.view == "compare" and based_on is not None:
            planned, found = self.wb.rosters.compare(based_on, self.roster_id)
            one, other = (_("No. {n}", n=n) for n in (based_on, self.roster_id))
            return compared_html(planned, found, one, other)
        return lanes_html(
            self.shown, self.task, self.worker, can_change=self.can_change,
            with_idle=self._with_idle,
        )  # fmt: skip

    def _draw_beside(self) -> None:
        self.files.children = []
        self.costing.put_away()
        if self.task is not None:
            self.beside.set(self._visit())
        elif self.worker is not None:
            self.beside.set(self._worker())
            self.files.children = [
                Download(_("Calendar file (.ics)"), self.make_calendar, say=self.tell)
            ]
        else:
            hints = [_("Choose a visit to move or lock it, or a worker to see the ways.")]
            if self.can_change and self.view == "lanes":
                hints.append(
                    _("A visit can also be dragged to another lane or day; touch holds first.")
                )
            self.beside.set(join(el("p", one, class_="cw-hint") for one in hints))

    def _visit(self) -> Html:
        entry = self.shown.entry(self.task or 0)
        ways: list[Html] = []
        if self.can_change and entry.visit is not None:
            ways.append(_button(_("Move it"), "move"))
            if entry.day is not None:
                if entry.is_locked:
                    ways += [
                        _button(_("Unlock"), "unlock"),
                        _button(_("What does it cost?"), "cost"),
                    ]
                else:
                    ways.append(_button(_("Lock it here"), "lock"))
                ways.append(_button(_("Leave this visit out"), "leave_out"))
        places: object = None
        if self._places is not None:
            places = join([
                el("h3", _("Where it could stand")),
                openings_html(*self._places, more=self._all_places),
            ])  # fmt: skip
        name = link(entry.name, "person", person=entry.person_id)
        return section(
            name,
            definition_list(visit_facts(self.shown, entry)),
            el("div", ways, class_="cw-roster-ways") if ways else None,
            places,
            aside=link(_("Close"), "close"),
        )

    def _worker(self) -> Html:
        who = self.worker or 0
        mine = [one for one in self.shown.entries if who in one.staff]
        at = next(
            (n for n, one in enumerate(self.shown.planned.staff) if one.staff_id == who), None
        )
        verdict = self.shown.verdict
        rows: list[tuple[object, object]] = [(_("Visits"), len(mine))]
        if at is not None:
            mean = self.wb.rosters.rules.means[self.shown.planned.means[at]]
            rows += [
                (_("With people"), _("{n} minutes", n=verdict.loads[at])),
                (_("On the way"), _("{n} minutes", n=verdict.ways[at])),
                (_("Means of travel"), str(mean.label)),
            ]
        return section(
            self.shown.staff.get(who, str(who)),
            definition_list(rows),
            el("div", _button(_("Day sheets to print"), "sheet", staff=who),
               class_="cw-roster-ways"),
            aside=link(_("Close"), "close"),
        )  # fmt: skip

    def make_calendar(self) -> MadeFile:
        """Make the calendar file of the worker in sight."""
        who = self.worker or 0
        name = self.shown.staff.get(who, str(who))
        places = {one.person_id: one.community or "" for one in self.shown.planned.visits}
        content = calendar_of(
            self.wb, self.shown.entries, who, name, roster_id=self.roster_id, places=places
        )
        return MadeFile(f"{name}-{self.shown.line.begins_on}.ics", "text/calendar", content)

    def _draw_foot(self) -> None:
        state = self.shown.line.state
        made: list[Any] = []
        if self.can_plan:
            again = self.action(_("Plan anew on this basis"), self.plan_anew, kind="plain")
            made.append(again)
        if self.can_change:
            made.append(
                self.action(_("Publish"), self.publish, kind="primary", key="ctrl+s")
            )  # fmt: skip
        if self.can_decide and state == "published":
            made.append(self.action(_("Take back the roster"), self.withdraw, kind="danger"))
        self.foot.children = made


screen = RosterScreen


def _button(words: str, action: str, **args: object) -> Html:
    return el("button", words, type="button", class_="cw-action", **offer(action, **args))

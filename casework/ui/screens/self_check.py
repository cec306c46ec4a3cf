"""自查: a list that everybody at work goes through once a period, and who has not.

Who: everybody at work, once a month; the supervisor, before it ends. Decides: what to do better,
and whom to remind. Clicks: one a point, one to save; the supervisor writes the points, one a line.
"""

from __future__ import annotations

from typing import Any

from casework.terms import _
from casework.ui import (
    Column,
    DataTable,
    Html,
    LongText,
    ManyField,
    Noted,
    Panel,
    Screen,
    Shell,
    State,
    el,
    listed,
    stack,
)
from casework.ui.pair_parts import tab, tabs
from casework.ui.screens.caseloads import codes_of_role
from casework.ui.wording import day_text, spaced
from casework.workbook.self_checks import SELF_CHECKED, Checked, SelfCheckList

__all__ = ["SelfCheckScreen", "screen"]


class SelfCheckScreen(Screen):
    """One list: the own ticks, and for who keeps it the points and who has not.

    Parameters
    ----------
    code : str
        Which list; the agency's first unless it is given.
    view : {"all", "none", "some", "all_done"}
        Of whom to show the ticks.
    """

    def __init__(self, shell: Shell, code: str = "", view: str = "all") -> None:
        super().__init__(shell, _("Self-check"))
        self.checks = {one.entry.code: one for one in self.wb.self_checks.lists(as_of=self.on)}
        self.code = code if code in self.checks else next(iter(self.checks), "")
        self.view = view if view in ("all", *SELF_CHECKED[:2], "all_done") else "all"
        self.can_keep = shell.as_of is None and self.wb.self_checks.may_keep
        self.told = Panel("")
        self.slot = stack(css="cw-slot")
        self.tabs = Panel("", turn=self.turn)
        self.table = DataTable(
            [
                Column("name", _("Name")),
                Column("ticked", _("Gone through"), sortable=False),
                Column("last", _("Day"), phone="hide"),
                Column("state", _("State"), kind="state"),
            ],
            listed([]),
            caption=_("Who has gone through it"),
            search_hint=_("Name"),
            empty=(_("Nobody is here."), _("Choose another part above.")),
        )
        self.listing = stack(self.table)  # all tables share a layout: the box is hidden, not it
        parts: list[Any] = [self.told, self.slot]
        if self.code and self.wb.self_checks.may_keep:
            self.ways = self.actions(self.action(_("Write the points"), self.write))
            parts += [self.tabs, self.listing, *([self.ways] if self.can_keep else [])]
        self.body(*parts)
        self.refresh()

    @property
    def shown(self) -> SelfCheckList:
        """The list shown."""
        return self.checks[self.code]

    def refresh(self) -> None:
        """Read the list and the ticks again."""
        if not self.code:
            self.told.set(el("p", _("This agency has no list for a self-check."), class_="cw-lead"))
            return
        self.checks[self.code] = self.wb.self_checks.one(self.code, as_of=self.on)
        self.retitle(str(self.shown.entry.label))
        self.told.set(self._told())
        self._own()
        if not self.wb.self_checks.may_keep:
            return
        self.ways.layout.display = None
        found: list[Checked] = []
        if self.shown.points:  # nobody has left out what there is not
            found = self.wb.self_checks.of_staff(self.code, as_of=self.on)
        self.listing.layout.display = None if self.shown.points else "none"
        self.tabs.set(self._tabs(found) if self.shown.points else "")
        wanted = {"all_done": "all"}.get(self.view, self.view)
        shown = [one for one in found if self.view == "all" or one.state == wanted]
        self.table.source = listed([self._row(one) for one in shown], ["name"])
        self.table.refresh()

    def turn(self, view: str) -> None:
        """Show another part of the staff."""
        self.shell.go("self_check", code=self.code, view=view)

    def _told(self) -> Html:
        first, last = self.shown.period.first, self.shown.period.last
        span = _("{first} to {last}", first=day_text(first), last=day_text(last))
        if self.shown.points:
            return el("p", spaced(span), class_="cw-lead")
        words = _(
            "The {n} points are not written yet: the source asks for them without naming them. A "
            "supervisor writes them here, in the agency's own words.",
            n=self.shown.entry.count,
        )
        return el("div", el("p", spaced(span), class_="cw-lead"), el("p", spaced(words)))

    def _own(self) -> None:
        self.fields, self.slot.children = {}, []
        if self.shell.as_of is not None or not self.shown.points:
            return
        mine = self.wb.self_checks.mine(self.code)
        if mine is None:
            words = _("Everybody ticks for themselves. Say first who you are, then come back.")
            self.slot.children = [Panel(el("p", words, class_="cw-hint"))]
            return
        points = {str(n): one for n, one in enumerate(self.shown.points)}
        self.mine = ManyField("mine", _("What I have gone through"), points)
        self.mine.entry = [key for key, one in points.items() if one in mine.ticked]
        self.fields = {"mine": self.mine}
        save = self.action(_("Save my self-check"), self.save, kind="primary", key="ctrl+s")
        self.slot.children = [stack(self.mine, stack(save, css="cw-actions"), css="cw-editor")]

    def save(self) -> None:
        """Write down what was ticked."""
        chosen = [self.shown.points[int(one)] for one in self.read()["mine"] or ()]
        self.wb.self_checks.tick(self.code, chosen)
        self.refresh()
        self.said(_("{n} of {all} points are ticked.", n=len(chosen), all=len(self.shown.points)))

    def write(self) -> None:
        """Open the form for the points."""
        self.points = LongText(
            "points", _("Points, one a line"), rows=max(4, self.shown.entry.count), longest=4000,
            hint=_("What was ticked before stays with the words it had."),
        )  # fmt: skip
        self.ways.layout.display = "none"  # two bars at the foot of a phone cover the form
        self.points.entry = "\n".join(self.shown.points)
        self.fields = {"points": self.points}
        away = self.action(_("Leave as it is"), self.refresh, kind="quiet")
        save = self.action(_("Save the points"), self.keep, kind="primary", key="ctrl+s")
        self.slot.children = [
            stack(self.points, stack(away, save, css="cw-actions"), css="cw-editor")
        ]
        self.points.focus()

    def keep(self) -> None:
        """Write the points, in the place of those there were."""
        told = (self.read()["points"] or "").splitlines()
        before = self.shown.points
        self.wb.self_checks.write_points(self.code, told)
        self.refresh()
        self.said(_("{n} points are written.", n=len(self.shown.points)),
                  undo=lambda: self.put_back(before))  # fmt: skip

    def put_back(self, points: tuple[str, ...]) -> None:
        """Write the points that there were."""
        self.wb.self_checks.write_points(self.code, points)
        self.refresh()

    def _tabs(self, found: list[Checked]) -> Html:
        named = {
            "all": ("", _("All")),
            "none": ("none", _("not gone through yet")),
            "some": ("some", _("in part")),
            "all_done": ("all", _("gone through")),
        }  # fmt: skip
        made = [
            tab(words, sum(not state or one.state == state for one in found),
                self.view == view, "turn", view=view)
            for view, (state, words) in named.items()
        ]  # fmt: skip
        return tabs(_("Who has gone through it"), made)

    def _row(self, one: Checked) -> dict[str, object]:
        states = {
            "none": State("warning", _("not gone through yet")), "some": State("due", _("in part")),
            "all": State("done", _("gone through")),
        }  # fmt: skip
        words = _("{n} of {all}", n=len(one.ticked), all=len(self.shown.points))
        return {
            "id": str(one.staff_id),
            "name": Noted(one.name, codes_of_role(one.role)),
            "ticked": Noted(spaced(words), "、".join(one.ticked)),
            "last": day_text(one.last_on) if one.last_on else "",
            "state": states[one.state],
        }


screen = SelfCheckScreen

"""Campaigns of visits: those that come by the calendar, those under way, those of earlier years.

Who: the supervisor, weeks before a festival. Decides: which campaign to begin. Clicks: one to begin
the next one; it opens by itself.
"""

from __future__ import annotations

from casework.terms import _
from casework.ui import (
    Column,
    DataTable,
    Html,
    Noted,
    Panel,
    Screen,
    Shell,
    el,
    listed,
    offer,
    section,
)
from casework.ui.campaign_parts import state_of, window_text
from casework.ui.wording import short_day_text, spaced
from casework.workbook.campaigns import CampaignLine, Coming

__all__ = ["CampaignsScreen", "screen"]

_OFFERED = 4


class CampaignsScreen(Screen):
    """All campaigns, and the next ones by the calendar."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(
            shell,
            _("Campaigns of visits"),
            lead=_("Everybody once, by a delegation, a unit or a caseworker; before the festival."),
        )
        self.can_decide = shell.as_of is None and self.wb.campaigns.may_decide
        self.coming = Panel("", begin=self.begin)
        self.table = DataTable(
            [
                Column("name", _("Campaign")),
                Column("state", _("State"), kind="state"),
                Column("listed", _("On the list"), kind="number"),
                Column("visited", _("Visited (persons)"), kind="number"),
                Column("times", _("Person-times"), kind="number"),
                Column("by", _("Begun by"), phone="hide"),
            ],
            listed([]),
            caption=_("Campaigns"),
            opens=lambda key: shell.go("campaign", id=key),
            search_hint=_("Name of a campaign"),
            empty=(
                _("No campaign has been begun yet."),
                _("Begin the next one above; the list is proposed from the dossiers."),
            ),
        )
        self.body(self.coming, self.table)
        self.refresh()

    def refresh(self) -> None:
        """Read the campaigns again."""
        self.table.source = listed([_row(one) for one in self.wb.campaigns.all(as_of=self.on)])
        self.table.refresh()
        found = self.wb.campaigns.coming() if self.can_decide else []
        self.coming.set(coming_html(found[:_OFFERED]) if found else "")

    def begin(self, code: str, period: str) -> None:
        """Begin a campaign, and open it."""
        self.shell.go("campaign", id=self.wb.campaigns.begin(code, period))


screen = CampaignsScreen


def _row(one: CampaignLine) -> dict[str, object]:
    figures = one.figures
    is_open = one.state == "draft"
    return {
        "id": str(one.campaign_id),
        "name": Noted(str(one.label), spaced(window_text(one))),
        "state": state_of(one),
        "listed": "" if is_open else figures.listed,
        "visited": "" if is_open else figures.visited,
        "times": "" if is_open else figures.times,
        "by": one.recorded_by,
    }


def coming_html(found: list[Coming]) -> Html:
    """Write the next campaigns by the calendar, each with the way to begin it."""
    return section(
        _("Coming by the calendar"),
        el("ul", [_coming(one) for one in found], class_="cw-campaign-coming"),
    )


def _coming(one: Coming) -> Html:
    what = one.occurrence
    days = _(
        "{first} to {last}",
        first=short_day_text(what.window.opens_on),
        last=short_day_text(what.window.due_on),
    )
    if one.days_left > 0:
        left = _("begins in {n} days", n=one.days_left)
    else:
        left = _("the days of visits have begun")
    begin = offer("begin", code=what.kind.code, period=what.period)
    return el(
        "li",
        el("div", el("b", str(what.label)), el("span", spaced(days)),
           el("span", spaced(left), class_="cw-hint")),
        el("button", _("Begin it"), type="button", class_="cw-action", **begin),
    )  # fmt: skip

"""What the screens of a campaign have in common: the ways between them, words for its states.

Decides how a result, a change and a carrier are said, once for list, sheet and report.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from casework.reference import code_list
from casework.routing.week.hours import clock
from casework.terms import _
from casework.ui.escape import el
from casework.ui.widgets import Panel, State, offer
from casework.ui.wording import short_day_text, spaced
from casework.workbook.campaign_reports import carrier_names, result_text, state_text
from casework.workbook.campaign_results import VisitResult
from casework.workbook.campaigns import CampaignLine, CampaignShown
from casework.workbook.delegation_rows import DelegationShown, SlotShown

if TYPE_CHECKING:
    from casework.ui.shell import Shell

__all__ = [
    "carrier_names",
    "change_text",
    "members_text",
    "reason_text",
    "result_text",
    "result_view",
    "slot_text",
    "state_of",
    "tabs",
    "window_text",
]

_TABS = (
    "campaign", "campaign_groups", "campaign_money", "campaign_returns", "campaign_results",
)  # fmt: skip


def tabs(shell: Shell, campaign: CampaignShown, here: str) -> Panel:
    """Make the ways between the parts of a campaign."""
    names = {
        "campaign": _("Who is visited"),
        "campaign_groups": _("Delegations"),
        "campaign_money": _("Gifts of money"),
        "campaign_returns": _("Returns of units"),
        "campaign_results": _("Results"),
    }
    if all(one.by != "unit" for one in campaign.terms.segments):
        names.pop("campaign_returns")
    buttons = [
        el(
            "button", words, type="button", class_="cw-tab cw-roster-tab",
            aria_pressed="true" if route == here else "false", **offer("tab", route=route),
        )
        for route, words in names.items()
    ]  # fmt: skip
    bar = el("div", buttons, class_="cw-tabs", role="group", aria_label=_("Parts of the campaign"))
    return Panel(bar, tab=_turning(shell, campaign.line.campaign_id))


def _turning(shell: Shell, campaign_id: int) -> Callable[[str], object]:
    def turn(route: str) -> None:
        if route in _TABS:
            shell.go(route, id=campaign_id)

    return turn


def state_of(line: CampaignLine) -> State:
    """Name the state of a campaign with its sign."""
    sign = {"draft": "unknown", "closed": "done"}.get(line.state, "ready")
    return State(sign, state_text(line.state))


def window_text(line: CampaignLine) -> str:
    """Say when people are visited."""
    return _(
        "{first} to {last}",
        first=short_day_text(line.window.opens_on),
        last=short_day_text(line.window.due_on),
    )


_SIGNS = {
    "met": "done", "family": "done", "not_met": "warning", "declined": "excused", "open": "ready",
    "missed": "overdue", "left_out": "excused",
}  # fmt: skip


def result_view(one: VisitResult) -> State:
    """Show a result with its sign, and why where somebody was not met."""
    words = result_text(one.state)
    if one.state == "not_met" and one.why:
        words = _("{what}: {why}", what=words, why=reason_text(one.why))
    return State(_SIGNS[one.state], words)


def reason_text(code: str) -> str:
    """Say why somebody was not met."""
    return code_list("not_reached_reason").label_of(code) or code


def change_text(change: str | None) -> str:
    """Say what has happened to somebody since the list was frozen."""
    return {
        None: "",
        "died": _("has died"),
        "left": _("no longer in care"),
        "in_hospital": _("in hospital"),
        "moved": _("has moved"),
    }[change]


def slot_text(slot: SlotShown) -> str:
    """Say when an outing is."""
    return spaced(
        f"{short_day_text(slot.on_day)} {clock(slot.begins)}–{clock(slot.ends)}"
    )  # fmt: skip


def members_text(one: DelegationShown) -> str:
    """Name who goes along, leaders with their rank first."""
    ranks = {each.code: str(each.label) for each in code_list("rank").entries}
    leaders = [
        f"{each.name}（{ranks[each.rank]}）" if each.rank else each.name for each in one.leaders
    ]
    rest = [each.name for each in one.members if each.role != "leader"]
    return "、".join([*leaders, *rest])


def named(codes: Iterable[str], names: dict[str, str]) -> Sequence[str]:
    """Give the names of codes; one that is not known stands for itself."""
    return [names.get(one, one) for one in codes]

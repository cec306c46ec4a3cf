"""How an issue stands, as cells and as a short list: for the list of issues and for a day."""

from __future__ import annotations

from collections.abc import Sequence

from casework.planning.issues import standing_text
from casework.reference import code_list
from casework.terms import _
from casework.ui import Html, Noted, State, el, link, section
from casework.ui.parts import state
from casework.ui.wording import day_text, spaced
from casework.workbook.issues import IssueRow

__all__ = ["ISSUES_SHOWN", "due_cell", "due_state", "issues_markup"]

ISSUES_SHOWN = 5
_SIGNS = {"overdue": "overdue", "open": "ready", "unanswered": "due", "closed": "done"}


def due_state(one: IssueRow) -> State:
    """Say how an issue stands on the day: late, settled but not answered, or days left."""
    if one.status == "closed":
        return State("done", standing_text("closed"))
    if one.status == "overdue":
        words = _("{n} days overdue", n=-one.days_left)
    elif one.status == "unanswered":
        words = standing_text("unanswered")
    else:
        words = _("due today") if one.days_left == 0 else _("{n} days left", n=one.days_left)
    return State(_SIGNS[one.status], spaced(words))


def due_cell(one: IssueRow) -> Noted:
    """Say until when an issue is to be settled, and whether that is past."""
    until = day_text(one.due_on)
    if one.status == "closed":
        until = _("in {n} days", n=one.days_open)
    return Noted(due_state(one), until)


def issues_markup(found: Sequence[IssueRow], title: str) -> Html:
    """Write the most pressing open issues with stage and deadline; each opens.

    Parameters
    ----------
    found : sequence of IssueRow
        The most pressing first; one more than `ISSUES_SHOWN` says that there are more.
    """
    everything = link(_("All issues"), "all")
    if not found:
        return section(title, el("p", _("Nothing is open here."), class_="cw-hint"),
                       aside=everything)  # fmt: skip
    rows = [_line(one) for one in found[:ISSUES_SHOWN]]
    more = el("p", _("There are more of them."), class_="cw-hint")
    return section(
        title,
        el("ul", rows, class_="cw-lines"),
        more if len(found) > ISSUES_SHOWN else None,
        aside=everything,
    )


def _line(one: IssueRow) -> Html:
    sign = due_state(one)
    stage = code_list("issue_stage").label_of(one.stage)
    return el(
        "li",
        link(one.title[:60], "open", id=one.issue_id),
        el("span", one.person or one.reporter or _("nobody in particular"), class_="cw-small"),
        el("span", stage, class_="cw-tag"),
        state(sign.name, sign.text),
        class_="cw-dotted",
    )

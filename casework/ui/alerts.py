"""Alerts as every page shows them: who must be reached today, who was reached but not settled."""

from __future__ import annotations

from collections.abc import Sequence

from casework.terms import _
from casework.ui.escape import Html, el, join
from casework.ui.parts import link, notice, unknown
from casework.ui.wording import day_text
from casework.workbook.need_lists import AlertRow

__all__ = ["alerts_html"]


def alerts_html(rows: Sequence[AlertRow], action: str = "person") -> Html | str:
    """Say who must be reached today, each with the reason and who answers for it.

    Parameters
    ----------
    action : str
        Action of the panel, called with ``person`` and ``need``.
    """
    waiting = [row for row in rows if row.reached_on is None]
    reached = [row for row in rows if row.reached_on is not None]
    parts: list[Html] = []
    if waiting:
        words = _("{n} alerts must reach somebody today", n=len(waiting))
        parts.append(notice(words, "error", _lines(waiting, action)))
    if reached:
        words = _("{n} alerts were answered: say what came of them", n=len(reached))
        parts.append(notice(words, "info", _lines(reached, action)))
    return join(parts)


def _lines(rows: Sequence[AlertRow], action: str) -> Html:
    return el("ul", [_line(row, action) for row in rows], class_="cw-plain-list")


def _line(row: AlertRow, action: str) -> Html:
    need = row.need
    facts: list[object] = [need.title, _("since {day}", day=day_text(need.opened_on))]
    if row.reached_on is not None:
        facts.append(_("in touch on {day}", day=day_text(row.reached_on)))
    facts.append(need.owner or unknown(_("nobody answers for it")))
    name = link(need.person_name, action, person=need.person_id, need=need.id)
    return el("li", name, " · ", join(facts, " · "))

"""Markup of needs and wishes: sorted as the agency sorts them, each with where it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from casework.reference import NeedFrame, code_list
from casework.terms import _
from casework.ui import Html, el, empty_state, join, link, notice, section, unknown
from casework.ui.parts import state
from casework.ui.wording import ago_text, day_text, spaced
from casework.workbook.needs import FactNeedView, NeedView, WishView
from casework.workbook.opinions import OpinionView

__all__ = ["frames_html", "needs_html", "opinions_html", "told_html", "wishes_html"]

SIGNS = {
    "open": "due",
    "planned": "ready",
    "met": "done",
    "declined": "excused",
    "deferred": "excused",
    "cannot_be_met": "warning",
    "ended": "excused",
}


def frames_html(frames: Sequence[NeedFrame], chosen: NeedFrame) -> Html | str:
    """Offer the ways in which the agency sorts needs; nothing where it has only one."""
    if len(frames) < 2:
        return ""
    ways = [
        el("b", frame.label) if frame is chosen else link(str(frame.label), "sort", way=n)
        for n, frame in enumerate(frames)
    ]
    return el("p", el("span", _("Sorted by"), class_="cw-hint"), " ", join(ways, " · "),
              class_="cw-need-parts", role="status")  # fmt: skip


def needs_html(needs: Sequence[NeedView], frame: NeedFrame, can_edit: bool, on: date) -> Html:
    """List needs: those that wait by the agency's fields, then those that are settled."""
    waiting = [one for one in needs if one.closed_on is None]
    settled = [one for one in needs if one.closed_on is not None]
    if not needs:
        return section(_("Needs"), empty_state(
            _("No need is known."), _("Assess the person, or add what you saw yourself.")
        ))  # fmt: skip
    title = _("Needs ({n} open)", n=len(waiting))
    parts: list[object] = [] if waiting else [el("p", _("No need is open."))]
    alerts = [one for one in waiting if one.is_alert]
    if alerts:
        parts.append(_listed(alerts, can_edit, on))
    for part in frame.parts:
        own = [one for one in waiting if one.domain in part.domains and not one.is_alert]
        if own:
            parts.append(
                el("h3", _("{label} ({n})", label=part.label, n=len(own)), class_="cw-group")
            )
            parts.append(_listed(own, can_edit, on))
    if settled:
        title_of_settled = _("Settled ({n})", n=len(settled))
        rows = _listed(settled, can_edit, on)
        parts.append(el("details", el("summary", title_of_settled), rows))
    return section(title, *parts)


def _listed(needs: Sequence[NeedView], can_edit: bool, on: date) -> Html:
    rows = [_need(one, can_edit, on) for one in needs]
    return el("ul", rows, class_="cw-plain-list cw-needs")


def _need(one: NeedView, can_edit: bool, on: date) -> Html:
    origin: object = code_list("need_origin").label_of(one.origin)
    if (one.key or "").startswith("rule:"):
        origin = _("facts on file")
    if one.assessment_id is not None:
        origin = link(origin, "result", id=one.assessment_id)
    severity = code_list("need_severity").label_of(one.severity)
    pressing = el("span", severity, class_="cw-tag")
    if one.severity == "high":
        pressing = state("overdue", severity)
    head: list[object] = [
        el("b", one.title),
        pressing,
        state(SIGNS[one.state], code_list("need_state").label_of(one.state)),
    ]
    if can_edit and one.state != "ended":
        head.append(link(_("Next step"), "step", need=one.id))
        if one.key is None and one.closed_on is None:
            head.append(link(_("Name its kind"), "kind", need=one.id, text=one.title[:40]))
    small = [
        code_list("need_domain").label_of(one.domain),
        origin,
        _("since {day} ({ago})", day=day_text(one.opened_on), ago=ago_text(one.opened_on, on)),
        one.owner or unknown(_("nobody answers for it")),
    ]
    more: list[object] = []
    if one.said and one.said != one.title:
        more.append(el("div", "“", one.said, "”", class_="cw-said"))
    if one.reason:
        more.append(el("div", _("Why: {reason}", reason=one.reason)))
    if one.is_doubtful:
        more.append(_doubt(one, can_edit))
    return el(
        "li",
        el("div", join(head, " "), class_="cw-need-head"),
        el("div", join(small, " · "), class_="cw-small"),
        *more,
    )


def _doubt(one: NeedView, can_edit: bool) -> Html:
    """Ask whether a need is still there although what it came from is gone."""
    gone = {
        "score": _("The last result does not show it any more. Is it still needed?"),
        "rule": _("The facts on file do not show it any more. Is it still needed?"),
        "wish": _("The wish it came from is closed. Is it still needed?"),
        "opinion": _("The opinion it came from is dealt with. Is it still needed?"),
    }
    ways = None
    if can_edit:
        ways = el(
            "p",
            link(_("No, settle it"), "met", need=one.id),
            " · ",
            link(_("Yes, keep it"), "keep", need=one.id),
        )
    return notice(gone.get(one.origin, gone["score"]), "info", ways or "")


def told_html(told: Sequence[FactNeedView], can_edit: bool) -> Html | str:
    """List what the facts speak for and nobody has opened yet, each with its sentence."""
    if not told:
        return ""
    severity, domains = code_list("need_severity"), code_list("need_domain")
    rows = [
        el(
            "li",
            el(
                "div",
                join(
                    [
                        el("b", one.title),
                        el("span", severity.label_of(one.severity), class_="cw-tag"),
                        link(_("Take it up as a need"), "open", code=one.code) if can_edit else "",
                    ],
                    " ",
                ),
                class_="cw-need-head",
            ),
            el("div", f"{domains.label_of(one.domain)} · {one.why}", class_="cw-small"),
        )
        for one in told
    ]
    title = _("What the facts on file speak for ({n})", n=len(told))
    return section(title, el("ul", rows, class_="cw-plain-list cw-needs"))


def wishes_html(wishes: Sequence[WishView], can_edit: bool) -> Html:
    """List what the person wants, in the own words, apart from needs."""
    rows = []
    for one in wishes:
        short = one.text[:40]
        ways: list[object] = [
            link(_("Take it up as a need"), "wish", wish=one.id, text=short)
            if one.need is None
            else _("taken up: {need}", need=one.need),
            " · ",
            link(_("Close it"), "done", wish=one.id, text=short),
        ]
        when: list[object] = [day_text(one.said_on) if one.said_on else unknown(_("day not known"))]
        if one.times > 1:
            when += [" · ", spaced(_("said {n} times", n=one.times))]
        rows.append(
            el("li", el("div", "“", one.text, "”"), el("div", when, " ", ways if can_edit else None,
                                                       class_="cw-small"))
        )  # fmt: skip
    if not rows:
        return section(_("Wishes"), el("p", _("None on file."), class_="cw-small"))
    return section(_("Wishes"), el("ul", rows, class_="cw-plain-list cw-needs"))


def opinions_html(opinions: Sequence[OpinionView], can_edit: bool, on: date) -> Html | str:
    """List what was said about the work, each with what became of it or the ways on."""
    if not opinions:
        return ""
    rows = [
        el(
            "li",
            el("div", "“", one.text, "”"),
            el(
                "div",
                join(
                    [
                        code_list("opinion_kind").label_of(one.kind),
                        day_text(one.said_on),
                        *_became(one, on),
                    ],
                    " · ",
                ),
                class_="cw-small",
            ),
            _opinion_ways(one) if can_edit and one.waits else None,
        )
        for one in opinions
    ]
    waiting = sum(one.waits for one in opinions)
    title = _("Opinions ({n} to deal with)", n=waiting)
    return section(title, el("ul", rows, class_="cw-plain-list cw-needs"))


def _opinion_ways(one: OpinionView) -> Html:
    short = one.text[:40]
    return el(
        "p",
        link(_("Make it an issue"), "issue", opinion=one.opinion_id, text=short),
        " · ",
        link(_("Take it up as a need"), "need", opinion=one.opinion_id, text=short),
        " · ",
        link(_("Say what was done"), "dispose", opinion=one.opinion_id, text=short),
    )


def _became(one: OpinionView, on: date) -> list[object]:
    """Say what became of an opinion, and where the issue made of it stands."""
    if one.waits:
        return [state("due", _("to deal with"))]
    told: list[object] = []
    if one.issue_id is not None:
        stage = code_list("issue_stage").label_of(one.stage)
        words = _("issue no. {n}: {stage}", n=one.issue_id, stage=stage)
        told.append(link(words, "open", id=one.issue_id))
        if one.status == "overdue" and one.due_on is not None:
            told.append(state("overdue", _("{n} days overdue", n=(on - one.due_on).days)))
        elif one.status == "open" and one.due_on is not None:
            told.append(_("until {day}", day=day_text(one.due_on)))
    if one.need_id is not None:
        told.append(_("taken up as a need"))
    if one.disposition:
        told.append(one.disposition)
    if one.replied_on is not None:
        told.append(_("answered on {day}", day=day_text(one.replied_on)))
    elif one.disposed_on is not None:
        told.append(state("due", _("not answered yet")))
    return told

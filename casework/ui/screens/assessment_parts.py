"""Markup of assessments: instruments to choose, progress, alerts, results in a line."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from casework.instruments import Answer, Instrument, score
from casework.instruments.findings import unable_reasons
from casework.instruments.library import instruments, is_on
from casework.reference import code_list
from casework.terms import _
from casework.ui import Html, el, empty_state, join, link, notice, section, unknown
from casework.ui.wording import ago_text, day_text
from casework.workbook.assessing import AssessmentView

__all__ = [
    "Shelf",
    "alert_html",
    "choice_html",
    "form_lead",
    "heading",
    "history_html",
    "level_words",
    "name_of",
    "progress_html",
    "result_line",
    "unable_words",
]


@dataclass(frozen=True, slots=True)
class Shelf:
    """What stands beside the instruments to choose from.

    Attributes
    ----------
    latest : mapping of str to AssessmentView
        The last assessment by each instrument.
    drafts : mapping of str to datetime
        When a form was left half filled.
    switched_on : collection of str
        Instruments that were not verified and that the agency has switched on.
    """

    latest: Mapping[str, AssessmentView]
    drafts: Mapping[str, datetime]
    switched_on: Collection[str]
    on: date
    can_edit: bool


def form_lead(chosen: Instrument) -> str:
    """Say over a form which time it asks about, and where its wording is."""
    parts = [str(chosen.window)] if chosen.window else []
    if chosen.text == "neutral":
        parts.append(_("The wording is not in this program: fill in from the paper form."))
    if chosen.reserve:
        parts.append(str(chosen.reserve))
    return " · ".join(parts)


def heading(title: str) -> Html:
    """Write the heading of a group of items."""
    return el("h2", title, class_="cw-group")


def name_of(code: str) -> str:
    """Give the name of an instrument, or its id where its file is gone."""
    found = instruments().get(code)
    return str(found.label) if found else code


def progress_html(done: int, of: int, has_missing: bool) -> Html:
    """Say how many items are answered, with a way to the first that is not."""
    words = _("{done} of {of} answered", done=done, of=of)
    way = link(_("Go to the next unanswered item"), "missing") if has_missing and done else None
    return el(
        "p", el("b", words, class_="cw-points"), " ", way, class_="cw-progress", role="status"
    )


def alert_html(
    chosen: Instrument, given: Mapping[str, Answer], known: Mapping[str, object]
) -> Html:
    """Say at once what must reach somebody today."""
    return join(
        notice(
            f"{one.label}。{one.action}",
            "error",
            el("p", _("A task for today was raised; saving the form is not needed for it.")),
        )
        for one in score(chosen, given, known).alerts
    )


def choice_html(shelf: Shelf) -> Html:
    """List the instruments: the usual ones by what they ask about, those set apart below."""
    every = list(instruments().values())
    ready = [one for one in every if is_on(one, shelf.switched_on)]
    apart = [one for one in ready if not (one.offered or one.unverified)]
    off = [one for one in every if one not in ready]
    usual = [one for one in ready if one not in apart]
    parts: list[object] = []
    for domain in code_list("instrument_domain").entries:
        found = [_choice(one, shelf) for one in usual if one.domain == domain.code]
        if found:
            parts.append(el("h3", domain.label, class_="cw-group"))
            parts.append(el("ul", found, class_="cw-plain-list cw-instruments"))
    parts.append(
        _folded(_("For entering earlier or paper results only ({n})", n=len(apart)), apart, shelf)
    )
    if off:
        words = _(
            "Switched off, because their scoring was not compared with the source ({n})", n=len(off)
        )
        parts.append(_folded(words, off, shelf))
    return section(_("Instruments"), *parts)


def _folded(title: str, found: Sequence[Instrument], shelf: Shelf) -> Html:
    rows = [_choice(one, shelf) for one in found]
    return el(
        "details",
        el("summary", title),
        el("ul", rows, class_="cw-plain-list cw-instruments"),
    )


def _choice(chosen: Instrument, shelf: Shelf) -> Html:
    """Write an instrument with its last result and the ways to fill it in."""
    name: object = chosen.label
    fills = shelf.can_edit and is_on(chosen, shelf.switched_on)
    if fills:
        name = link(chosen.label, "fill", instrument=chosen.id)
    facts: list[object] = [_("{n} items", n=len(chosen.items))]
    if chosen.id not in shelf.latest:
        facts.insert(0, _("never assessed"))
    if chosen.assessors_required:
        facts.append(_("{n} assessors", n=chosen.assessors))
    if chosen.id in shelf.drafts:
        left = _("half filled on {day}", day=day_text(shelf.drafts[chosen.id].date()))
        facts.append(el("span", left, class_="cw-state cw-state-due"))
    if fills and len(chosen.items) > 1:
        if chosen.counts_points:
            facts.append(link(_("only the total"), "total", instrument=chosen.id))
        if chosen.text == "own":
            facts.append(link(_("blank form to print"), "blank", instrument=chosen.id))
    last = shelf.latest.get(chosen.id)
    result = link(result_line(last, shelf.on), "result", id=last.id) if last else None
    return el(
        "li",
        el("b", name),
        el("span", join(facts, " · "), class_="cw-small"),
        el("span", result, class_="cw-last-result") if result else None,
        el("p", chosen.reserve, class_="cw-hint") if chosen.reserve else None,
    )


def result_line(one: AssessmentView, on: date) -> Html:
    """Write a result in one line: when, and how it is read."""
    when = _("{day} ({ago})", day=day_text(one.assessed_on), ago=ago_text(one.assessed_on, on))
    if not one.complete:
        return join([when, " ", unknown(unable_words(one))])
    return join([when, " ", level_words(one)])


def level_words(one: AssessmentView) -> str:
    """Write the level with its points."""
    label = str(one.label) if one.label else _("level {level}", level=one.level)
    chosen = instruments().get(one.instrument)
    if chosen is not None and not chosen.counts_points:
        return label
    if any(change.id in one.applied for change in (chosen.changes if chosen else ())):
        return _("{label} by a rule, {total} points", label=label, total=one.total)
    return _("{label}, {total} points", label=label, total=one.total)


def unable_words(one: AssessmentView) -> str:
    """Say why there is no level."""
    if one.unable_reason:
        return _("not assessable: {why}", why=unable_reasons().label_of(one.unable_reason))
    return _("not scored: {n} items could not be assessed", n=len(one.unable))


def history_html(done: Sequence[AssessmentView], on: date) -> Html:
    """List every assessment on file, the newest first."""
    if not done:
        return empty_state(
            _("Nothing was assessed yet."), _("The first result will stand here, to compare with.")
        )
    rows = [
        el(
            "li",
            el("b", link(name_of(one.instrument), "result", id=one.id)),
            " ",
            el("span", result_line(one, on), class_="cw-last-result"),
        )
        for one in done
    ]
    return section(_("On file ({n})", n=len(done)), el("ul", rows, class_="cw-plain-list"))

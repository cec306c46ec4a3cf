"""Markup of assessments: instruments to choose, progress, alerts, the result in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from casework.errors import CaseworkError
from casework.instruments import (
    CAP,
    STEPS_LIMIT,
    Answer,
    Banding,
    Instrument,
    ItemChange,
    score,
)
from casework.instruments.findings import informants, unable_reasons
from casework.instruments.library import instruments
from casework.reference import code_list
from casework.terms import _
from casework.ui import Html, el, empty_state, join, link, notice, section, unknown
from casework.ui.wording import ago_text, day_text
from casework.workbook.assessing import AssessmentView
from casework.workbook.needs import Assessed, NeedView

__all__ = [
    "alert_html",
    "answers_html",
    "choice_html",
    "form_lead",
    "heading",
    "history_html",
    "name_of",
    "needs_of_result_html",
    "progress_html",
    "result_html",
    "result_line",
]


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


def choice_html(
    latest: Mapping[str, AssessmentView],
    drafts: Mapping[str, datetime],
    on: date,
    can_edit: bool,
) -> Html:
    """List the instruments: those usually offered first, those with a reservation apart."""
    every = list(instruments().values())
    usual = [_choice(one, latest, drafts, on, can_edit) for one in every if one.offered]
    others = [_choice(one, latest, drafts, on, can_edit) for one in every if not one.offered]
    more = el(
        "details",
        el("summary", _("For entering paper forms only ({n})", n=len(others))),
        el("ul", others, class_="cw-plain-list cw-instruments"),
    )
    return section(_("Instruments"), el("ul", usual, class_="cw-plain-list cw-instruments"), more)


def _choice(
    chosen: Instrument,
    latest: Mapping[str, AssessmentView],
    drafts: Mapping[str, datetime],
    on: date,
    can_edit: bool,
) -> Html:
    name: object = chosen.label
    if can_edit:
        name = link(chosen.label, "fill", instrument=chosen.id)
    facts: list[object] = [_("{n} items", n=len(chosen.items))]
    if chosen.id in drafts:
        left = _("half filled on {day}", day=day_text(drafts[chosen.id].date()))
        facts.append(el("span", left, class_="cw-state cw-state-due"))
    last = latest.get(chosen.id)
    result: object = el("span", _("never assessed"), class_="cw-small")
    if last is not None:
        result = link(result_line(last, on), "result", id=last.id)
    return el(
        "li",
        el("b", name),
        el(
            "span", [[" · ", one] if at else one for at, one in enumerate(facts)], class_="cw-small"
        ),
        el("span", result, class_="cw-last-result"),
        el("p", chosen.reserve, class_="cw-hint") if chosen.reserve else None,
    )


def result_line(one: AssessmentView, on: date) -> Html:
    """Write a result in one line: when, and how it is read."""
    when = f"{day_text(one.assessed_on)}（{ago_text(one.assessed_on, on)}）"
    if not one.complete:
        return join([when, " ", unknown(_unable_words(one))])
    return join([when, " ", _level_words(one)])


def _level_words(one: AssessmentView) -> str:
    label = str(one.label) if one.label else _("level {level}", level=one.level)
    return _("{label}, {total} points", label=label, total=one.total)


def _unable_words(one: AssessmentView) -> str:
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


def result_html(chosen: Instrument, done: Assessed) -> Html:
    """Write a result: the grade, how it came about, what changed since last time."""
    kept = done.assessment
    if not kept.complete:
        grade = el("p", unknown(_unable_words(kept)), class_="cw-grade")
    else:
        grade = el(
            "p",
            el("b", _level_label(kept), class_="cw-grade-name"),
            el("span", _points(chosen, kept), class_="cw-points"),
            class_="cw-grade",
        )
    banding = chosen.banding(kept.banding or None)
    parts = [
        grade,
        _scale(banding, done) if kept.complete else None,
        _how_it_came(chosen, done, banding),
        _subscores(chosen, kept),
    ]
    title = f"{day_text(kept.assessed_on)}"
    both = [section(title, *parts, aside=_how(kept)), _comparison(chosen, done)]
    return el("div", both, class_="cw-stack")


def _level_label(one: AssessmentView) -> str:
    return str(one.label) if one.label else _("level {level}", level=one.level)


def _points(chosen: Instrument, one: AssessmentView) -> str:
    return _("{total} of {most} points", total=one.total, most=max(chosen.possible))


def _scale(banding: Banding, done: Assessed) -> Html:
    """Write the bands in a row, best first, with this result and the last one marked."""
    kept, last = done.assessment, done.previous
    marks: dict[int | None, list[str]] = {kept.level: [_("now")]}
    if last is not None and last.complete and last.banding == kept.banding:
        marks.setdefault(last.level, []).append(_("last time"))
    steps = [
        el(
            "li",
            el("b", band.label),
            el("span", _span(band.low, band.high), class_="cw-points"),
            el("em", _(", ").join(marks[band.level])) if band.level in marks else None,
            class_="cw-band cw-band-now" if band.level == kept.level else "cw-band",
        )
        for band in sorted(banding.bands, key=lambda one: one.level)
    ]
    return el("ol", steps, class_="cw-bands", aria_label=str(banding.label))


def _span(low: int, high: int) -> str:
    return str(low) if low == high else f"{low}–{high}"


def _how_it_came(chosen: Instrument, done: Assessed, banding: Banding) -> Html | None:
    """Say in words which rules moved the grade, and which could not be looked at."""
    said: list[object] = []
    if done.result.level_before is not None and done.result.level_before != done.result.level:
        before = banding.label_of(done.result.level_before)
        said.append(_("By the points alone: {label}.", label=before))
    said += [one.label for one in chosen.changes if one.id in done.result.applied]
    if STEPS_LIMIT in done.result.applied:
        setting = next(one for one in chosen.settings if one.code == STEPS_LIMIT)
        said.append(_("{setting}: {value}.", setting=setting.label, value=setting.value))
    if CAP in done.result.applied:
        said.append(_("It is the worst grade already; it gets no worse."))
    if done.result.unchecked and chosen.changes:
        names = [str(one.label) for one in chosen.context if one.key in done.result.unchecked]
        told = [str(one.label) for one in chosen.context if one.asked and str(one.label) in names]
        if told:
            said.append(
                unknown(_("Not filled in, so not looked at: {names}.", names=_(", ").join(told)))
            )
    if not said:
        return None
    return el("ul", [el("li", one) for one in said], class_="cw-plain-list cw-why")


def _subscores(chosen: Instrument, kept: AssessmentView) -> Html | None:
    rows = [
        el(
            "div",
            el("dt", one.label),
            el("dd", unknown() if kept.subscores.get(one.id) is None else kept.subscores[one.id]),
        )
        for one in chosen.measures
        if one.shown and one.id in kept.subscores
    ]
    return el("dl", rows, class_="cw-facts cw-subscores") if rows else None


def _how(kept: AssessmentView) -> Html:
    """Say in small print how and by whom it was assessed."""
    parts = [code_list("assessment_mode").label_of(kept.mode)]
    if kept.informant:
        parts.append(informants().label_of(kept.informant))
    parts.append(_("by {names}", names="、".join(kept.assessors)))
    return el("span", " · ".join(parts), class_="cw-small")


def _comparison(chosen: Instrument, done: Assessed) -> Html:
    last = done.previous
    if last is None:
        nothing = el("p", _("This is the first one; there is nothing to compare with yet."))
        return section(_("Compared with last time"), nothing)
    lines: list[object] = [el("p", _compared(chosen, done, last))]
    if last.version != done.assessment.version or last.banding != done.assessment.banding:
        lines.append(
            el("p", _("They were scored by different keys; compare with care."), class_="cw-hint")
        )
    if done.changes:
        lines.append(_changes_table(chosen, done.changes))
    elif not (last.total_only or done.assessment.total_only):
        lines.append(el("p", _("Every answer is the same.")))
    return section(_("Compared with last time"), *lines)


def _compared(chosen: Instrument, done: Assessed, last: AssessmentView) -> str:
    day = day_text(last.assessed_on)
    if not (last.complete and done.assessment.complete):
        return _("Last time, on {day}: {result}.", day=day, result=_either(last))
    points = (done.assessment.total or 0) - (last.total or 0)
    if points == 0 and last.level == done.assessment.level:
        return _("The same as on {day}: {result}.", day=day, result=_level_words(last))
    if points == 0:
        return _(
            "On {day} it was {result}; now {now}, with the same points.",
            day=day,
            result=_level_words(last),
            now=_level_words(done.assessment),
        )
    better = (points > 0) == (chosen.higher_is == "better")
    return _(
        "On {day} it was {result}; now {now}: {more} {n}, {way}.",
        day=day,
        result=_level_words(last),
        now=_level_words(done.assessment),
        n=abs(points),
        more=_("more by") if points > 0 else _("fewer by"),
        way=_("better") if better else _("worse"),
    )


def _either(one: AssessmentView) -> str:
    return _level_words(one) if one.complete else _unable_words(one)


def _changes_table(chosen: Instrument, changes: Sequence[ItemChange]) -> Html:
    head = [el("th", name) for name in (_("Item"), _("Last time"), _("Now"), _("Difference"))]
    rows = []
    for one in changes:
        item = chosen.item(one.key)
        if item is not None:
            rows.append(
                el(
                    "tr",
                    el("th", item.label, scope="row"),
                    el("td", item.shown(one.before) or unknown(_("not answered"))),
                    el("td", item.shown(one.after) or unknown(_("not answered"))),
                    el("td", _moved(chosen, one), class_="cw-moved"),
                )
            )
    return el(
        "div",
        el("table", el("thead", el("tr", head)), el("tbody", rows), class_="cw-history"),
        class_="cw-scroll",
    )


def _moved(chosen: Instrument, one: ItemChange) -> str:
    if one.points is None:
        return "—"
    if one.points == 0:
        return _("told apart")
    item = chosen.item(one.key)
    way = chosen.way_of(item) if item else chosen.higher_is
    better = (one.points > 0) == (way == "better")
    return f"{_('better') if better else _('worse')} {one.points:+d}"


def needs_of_result_html(needs: Iterable[NeedView], eased: Iterable[NeedView]) -> Html:
    """List the needs that an assessment speaks for, and those it no longer speaks for."""
    severity, states = code_list("need_severity"), code_list("need_state")
    rows = [
        el(
            "li",
            el("b", link(one.title, "need", id=one.id)),
            " ",
            el(
                "span",
                " · ".join(
                    [
                        code_list("need_domain").label_of(one.domain),
                        severity.label_of(one.severity),
                        states.label_of(one.state),
                    ]
                ),
                class_="cw-small",
            ),
        )
        for one in needs
    ]
    better = [el("li", link(one.title, "need", id=one.id)) for one in eased]
    parts: list[object] = [
        el("ul", rows, class_="cw-plain-list")
        if rows
        else el("p", _("This result speaks for no need."))
    ]
    if better:
        parts.append(el("p", _("Still open, although this result no longer speaks for them:")))
        parts.append(el("ul", better, class_="cw-plain-list"))
    return section(_("Needs"), *parts)


def answers_html(chosen: Instrument, kept: AssessmentView) -> Html:
    """Write the filled-in form, for reading and for printing."""
    if kept.total_only:
        return section(_("Answers"), el("p", _("Only the total was entered.")))
    parts: list[object] = []
    for group in (None, *chosen.groups):
        items = chosen.in_group(group.id if group else None)
        rows = [
            el("div", el("dt", item.label), el("dd", _answer(item.key, chosen, kept)))
            for item in items
            if not (item.stands_in_for and item.key not in kept.answers)
        ]
        if rows:
            parts += [el("h3", group.label) if group else None, el("dl", rows, class_="cw-facts")]
    sheet = el("div", parts, class_="cw-answers")
    return section(_("Answers"), sheet, aside=_version(chosen, kept))


def _answer(key: str, chosen: Instrument, kept: AssessmentView) -> object:
    if key in kept.unable:
        return unknown(unable_reasons().label_of(kept.unable[key]))
    item = chosen.item(key)
    shown = item.shown(kept.answers.get(key)) if item else ""
    return shown or unknown(_("not answered"))


def _version(chosen: Instrument, kept: AssessmentView) -> Html:
    try:
        banding = str(chosen.banding(kept.banding or None).label)
    except CaseworkError:
        banding = kept.banding
    words = _("scoring version {version}, {banding}", version=kept.version, banding=banding)
    return el("span", words, class_="cw-small")

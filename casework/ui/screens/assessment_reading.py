"""Markup of one result: the grade in words, how it came about, what changed, over the years.

Decides how a score is read aloud; leaves scoring to `casework.instruments`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from casework.errors import CaseworkError
from casework.instruments import (
    CAP,
    PRORATED,
    STEPS_LIMIT,
    Banding,
    Instrument,
    ItemChange,
    read_total,
    score,
)
from casework.instruments.findings import informants, unable_reasons
from casework.reference import code_list
from casework.terms import Label, _
from casework.ui import Html, el, join, link, notice, offer, section, unknown
from casework.ui.charts import Point, trend
from casework.ui.screens.assessment_context import context_words
from casework.ui.screens.assessment_parts import level_words, unable_words
from casework.ui.wording import day_text
from casework.workbook.assessing import AssessmentView
from casework.workbook.needs import Assessed, NeedView

__all__ = ["answers_html", "needs_of_result_html", "result_html", "years_html"]


def result_html(chosen: Instrument, done: Assessed) -> Html:
    """Write a result: the grade, how it came about, what changed since last time."""
    kept = done.assessment
    if not kept.complete:
        grade = el("p", unknown(unable_words(kept)), class_="cw-grade")
    else:
        grade = el(
            "p",
            el("b", _level_label(kept), class_="cw-grade-name"),
            el("span", _points(chosen, kept), class_="cw-points") if chosen.counts_points else None,
            class_="cw-grade",
        )
    banding = chosen.banding(kept.banding or None)
    parts = [
        grade,
        _scale(chosen, banding, done) if kept.complete else None,
        el("p", banding.reserve, class_="cw-hint") if banding.reserve else None,
        _how_it_came(chosen, done, banding),
        _subscores(chosen, kept),
        _other_readings(chosen, kept),
    ]
    title = f"{day_text(kept.assessed_on)}"
    urgent = [notice(f"{one.label}。{one.action}", "error") for one in done.result.alerts]
    both = [*urgent, section(title, *parts, aside=_how(kept)), _comparison(chosen, done)]
    return el("div", both, class_="cw-stack")


def _level_label(one: AssessmentView) -> str:
    return str(one.label) if one.label else _("level {level}", level=one.level)


def _points(chosen: Instrument, one: AssessmentView) -> str:
    return _("{total} of {most} points", total=one.total, most=max(chosen.possible))


def _scale(chosen: Instrument, banding: Banding, done: Assessed) -> Html:
    """Write the bands in a row, best first, with this result and the last one marked."""
    kept, last = done.assessment, done.previous
    marks: dict[int | None, list[str]] = {kept.level: [_("now")]}
    if last is not None and last.complete and last.banding == kept.banding:
        marks.setdefault(last.level, []).append(_("last time"))
    in_points = chosen.counts_points and banding.of == chosen.total
    steps = [
        el(
            "li",
            el("b", band.label),
            el("span", _span(band.low, band.high), class_="cw-points") if in_points else None,
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
    if done.result.complete and done.result.missing:
        left = [str(one.label) for one in chosen.items if one.key in done.result.missing]
        words = _("Not answered: {names}. The key lets the total stand without.",
                  names=_(", ").join(left))  # fmt: skip
        said.append(unknown(words))
    if PRORATED in done.result.applied:
        said.append(_("What is not answered counts the mean of what is, as the key says."))
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
            el("dd", unknown() if value is None else one.said(value)),
        )
        for one in chosen.measures
        if one.shown and one.id in kept.subscores
        for value in (kept.subscores[one.id],)
    ]
    return el("dl", rows, class_="cw-facts cw-subscores") if rows else None


def _other_readings(chosen: Instrument, kept: AssessmentView) -> Html | None:
    """Read the same answers by the other bandings; one that nobody published only says so."""
    rows = []
    for banding in chosen.bandings:
        if banding.id == (kept.banding or chosen.banding().id) or not kept.complete:
            continue
        if banding.reserve:
            words: object = unknown(_("not used: {why}", why=banding.reserve))
        else:
            label = _read_again(chosen, kept, banding)
            if label is None:
                continue
            words = str(label)
        rows.append(el("div", el("dt", banding.label), el("dd", words)))
    if not rows:
        return None
    title = el("summary", _("Other readings ({n})", n=len(rows)))
    return el("details", title, el("dl", rows, class_="cw-facts cw-subscores"))


def _read_again(chosen: Instrument, kept: AssessmentView, banding: Banding) -> Label | None:
    reading = {"banding": banding.id, "version": kept.version}
    if not kept.total_only:
        return score(chosen, kept.answers, kept.context, **reading).label
    if banding.of != chosen.total:
        return None
    return read_total(chosen, kept.total, kept.context, **reading).label


def years_html(chosen: Instrument, every: Sequence[AssessmentView]) -> Html | str:
    """Draw every result of an instrument over the years, once there are two.

    Parameters
    ----------
    every : sequence of AssessmentView
        The newest first.
    """
    scored = [one for one in reversed(every) if one.complete]
    if len(scored) < 2:
        return ""
    points = [
        Point(
            f"{one.assessed_on:%y}.{one.assessed_on.month}",
            _height(chosen, one),
            offer("result", id=one.id),
        )
        for one in scored
    ]
    first, last = scored[0], scored[-1]
    told = {"n": len(scored), "year": first.assessed_on.year, "first": level_words(first)}
    title = _("{n} results since {year}: {first} then, {last} now", **told, last=level_words(last))
    if not every[0].complete:  # what could not be scored is the newest: the line ends before it
        day = day_text(last.assessed_on)
        title = _(
            "{n} results since {year}: {first} then, {last} on {day}; not scored since",
            **told,
            last=level_words(last),
            day=day,
        )
    if not chosen.counts_points:
        note = _("The line is the grade: 0 is best.")
    elif chosen.higher_is == "better":
        note = _("The line is the points: more is better.")
    else:
        note = _("The line is the points: fewer is better.")
    if len({(one.version.partition("+")[0], one.banding) for one in scored}) > 1:
        note += _("They were scored by different keys; compare with care.")
    return section(
        _("Over the years"), el("div", trend(title, points, note=note), class_="cw-years")
    )


def _height(chosen: Instrument, one: AssessmentView) -> int | None:
    return one.total if chosen.counts_points else one.level


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
    day, kept = day_text(last.assessed_on), done.assessment
    if not (last.complete and kept.complete):
        return _("Last time, on {day}: {result}.", day=day, result=_either(last))
    said = {"day": day, "result": level_words(last), "now": level_words(kept)}
    points = (kept.total or 0) - (last.total or 0) if chosen.counts_points else 0
    if points:
        better = (points > 0) == (chosen.higher_is == "better")
        return _(
            "On {day} it was {result}; now {now}: {more} {n}, {way}.",
            **said,
            n=abs(points),
            more=_("more by") if points > 0 else _("fewer by"),
            way=_("better") if better else _("worse"),
        )
    if last.level == kept.level:
        return _("The same as on {day}: {result}.", day=day, result=level_words(last))
    if chosen.counts_points:
        return _("On {day} it was {result}; now {now}, with the same points.", **said)
    way = _("better") if (kept.level or 0) < (last.level or 0) else _("worse")
    return _("On {day} it was {result}; now {now}: {way}.", **said, way=way)


def _either(one: AssessmentView) -> str:
    return level_words(one) if one.complete else unable_words(one)


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
        return section(
            _("Answers"), el("p", _("Only the total was entered.")), _beside(chosen, kept)
        )
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
    parts.append(_beside(chosen, kept))
    sheet = el("div", parts, class_="cw-answers")
    return section(_("Answers"), sheet, aside=_version(chosen, kept))


def _beside(chosen: Instrument, kept: AssessmentView) -> Html | None:
    """Write what was measured, and what the grade depends on beside the answers."""
    rows = [
        el("div", el("dt", one.label), el("dd", f"{kept.measured[one.key]} {one.unit}"))
        for reckoned in chosen.reckoned
        for one in reckoned.inputs
        if one.key in kept.measured
    ]
    for field in chosen.context:
        given = kept.context.get(field.key)
        if field.asked or given is not None:
            words = context_words(field, given) or unknown(_("not filled in"))
            rows.append(el("div", el("dt", field.label), el("dd", words)))
    if not rows:
        return None
    title = el("h3", _("What else the grade depends on")) if chosen.context else None
    return join([title, el("dl", rows, class_="cw-facts")])


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

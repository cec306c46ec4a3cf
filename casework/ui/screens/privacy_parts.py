"""The parts of the privacy page as they are read, and the fields of its forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from casework.records import Incident
from casework.reference.privacy import data_kinds, purposes, rights_grounds
from casework.terms import _
from casework.ui import (
    DateField,
    LongText,
    ManyField,
    NumberField,
    Screen,
    el,
    empty_state,
    link,
    offer,
    section,
    state,
)
from casework.ui.escape import Html, join
from casework.ui.screens.consent_parts import kinds_words
from casework.ui.screens.consent_parts import said as joined
from casework.ui.wording import day_text, number_text, spaced
from casework.workbook.privacy import Assessed, Kept, Overdue
from casework.workbook.rights import ErasureRow

__all__ = [
    "assessment_fields",
    "erasures_html",
    "impact_html",
    "incident_fields",
    "incidents_html",
    "kept_html",
    "tabs_html",
]


def tabs_html(counts: Mapping[str, tuple[int, int]], here: str) -> Html:
    """Write the parts of the page, each with how many wait there."""
    names = {
        "requests": _("Requests"),
        "to_ask": _("Still to be asked"),
        "outside": _("To be told"),
        "keeping": _("Past their time"),
        "impact": _("Impact to assess"),
    }
    tabs = [
        el(
            "button",
            el("span", names[code]),
            el("b", number_text(n)),
            el("span", spaced(_("{n} over their time", n=late)), class_="cw-tone-overdue")
            if late
            else None,
            type="button",
            class_="cw-tab",
            aria_pressed="true" if code == here else "false",
            **offer("part", part=code),
        )
        for code, (n, late) in counts.items()
    ]
    return el("div", tabs, class_="cw-tabs cw-stages", role="group", aria_label=_("Privacy"))


def erasures_html(rows: Sequence[ErasureRow], me: int | None, can_edit: bool) -> Html:
    """Write erasures: those that wait for a second person first."""
    if not rows:
        return Html("")
    words = {
        "asked": ("due", _("waits for a second person")),
        "done": ("done", _("erased")),
        "declined": ("excused", _("declined")),
    }
    grounds = rights_grounds()
    items = []
    for one in sorted(rows, key=lambda row: row.state != "asked"):
        sign, said = words[one.state]
        ways: list[object] = []
        if can_edit and one.state == "asked":
            ways.append(link(_("Decline"), "decline", erasure=one.erasure_id))
            if one.asked_by_id != me:
                ways.insert(0, link(_("Confirm"), "confirm", erasure=one.erasure_id))
        told = [
            grounds.label_of(one.ground),
            one.reason,
            _("asked by {name}, {day}", name=one.asked_by, day=day_text(one.asked_on)),
            _("confirmed by {name}", name=one.confirmed_by) if one.confirmed_by else "",
            one.declined_reason or "",
        ]
        items.append(
            el(
                "li",
                el("b", _("No. {n}", n=f"{one.person_id:05}"), " ", one.person),
                " ",
                state(sign, said),
                " ",
                el("span", joined(told), class_="cw-faint"),
                " ",
                join(ways, " ") if ways else None,
            )
        )
    return section(_("Erasures"), el("ul", items, class_="cw-plain-list"))


def kept_html(kept: Sequence[Kept], overdue: Sequence[Overdue], can_edit: bool) -> Html:
    """Write whose file has passed its time, and for how long each kind of record is kept."""
    people = [
        el(
            "li",
            el("b", link(one.name, "person", id=one.person_id)),
            " ",
            el(
                "span",
                _("died {day}", day=day_text(one.ended_on))
                if one.died
                else _("case closed {day}", day=day_text(one.ended_on)),
                "，",
                _("time was over on {day}", day=day_text(one.due_on)),
                class_="cw-faint",
            ),
            [
                " ",
                link(_("Keep it longer"), "hold", person=one.person_id),
                " ",
                link(_("Ask for erasure"), "erase", person=one.person_id),
            ]
            if can_edit
            else None,
        )
        for one in overdue
    ]
    schedule = [
        el(
            "li",
            el("b", one.record.label),
            " ",
            spaced(_("{n} years from {start}", n=one.record.years, start=_from(one.record.begins))),
            " ",
            state("due", spaced(_("{n} past it", n=number_text(one.n_due)))) if one.n_due else None,
            " ",
            el("span", one.record.why, class_="cw-faint"),
        )
        for one in kept
    ]
    nothing = empty_state(_("No file has passed its time."))
    listed = el("ul", people, class_="cw-plain-list") if people else nothing
    return el(
        "div",
        section(_("Files past their time"), listed),
        section(_("How long records are kept"), el("ul", schedule, class_="cw-plain-list")),
        class_="cw-stack",
    )


def _from(begins: str) -> str:
    return _("the end of care") if begins == "case_end" else _("the day it was written")


def impact_html(rows: Sequence[Assessed], can_edit: bool) -> Html:
    """Write the purposes that need an impact assessment, those without one first."""
    words = {
        "missing": ("unknown", _("not assessed yet")),
        "to_review": ("due", _("to be looked at again")),
        "done": ("done", _("assessed")),
    }
    items = []
    for one in rows:
        sign, said = words[one.state]
        told = []
        if one.assessed_on is not None and one.kept_until is not None:
            told = [
                day_text(one.assessed_on),
                one.by or "",
                one.conclusion or "",
                _("kept until {day}", day=day_text(one.kept_until)),
            ]
        items.append(
            el(
                "li",
                el("b", purposes()[one.purpose].label),
                " ",
                state(sign, said),
                " ",
                el("span", joined(told), class_="cw-faint"),
                " ",
                link(_("Assess it"), "assess", purpose=one.purpose)
                if can_edit and one.state != "done"
                else None,
            )
        )
    return section(_("Impact assessments"), el("ul", items, class_="cw-plain-list"))


def incidents_html(rows: Sequence[Incident]) -> Html:
    """Write leaks, losses and wrong uses, the latest first."""
    items = [
        el(
            "li",
            el("b", day_text(one.found_on)),
            " ",
            one.cause,
            " ",
            el(
                "span",
                joined((kinds_words(one.kinds.split("|")), one.remedy)),
                class_="cw-faint",
            ),
        )
        for one in rows
    ]
    nothing = el("p", _("None on file."), class_="cw-faint")
    body = el("ul", items, class_="cw-plain-list") if items else nothing
    return section(_("Leaks"), body)


def assessment_fields(screen: Screen) -> list[Any]:
    """Make the fields of an impact assessment: the four parts of GB/T 39335."""
    return [
        LongText("necessity", _("Is it lawful, right and necessary?"), rows=3, longest=4000,
                 required=True),
        LongText("risks", _("What could it do to the people, and how likely?"), rows=3,
                 longest=4000, required=True),
        LongText("measures", _("What protects them, and is it enough?"), rows=3, longest=4000,
                 required=True),
        LongText("conclusion", _("What is decided"), rows=2, longest=4000, required=True),
        DateField("review_on", _("Looked at again on"), on=screen.wb.today,
                  earliest=screen.wb.today, hint=_("Empty: in a year")),
    ]  # fmt: skip


def incident_fields(screen: Screen) -> list[Any]:
    """Make the fields of a leak (PIPL 57)."""
    today = screen.wb.today
    kinds = {code: str(one.label) for code, one in data_kinds().items()}
    return [
        DateField("happened_on", _("Happened on"), on=today, latest=today, required=True),
        DateField("found_on", _("Found on"), on=today, latest=today, required=True),
        ManyField("kinds", _("Which data"), kinds, required=True),
        NumberField("n_people", _("How many people"), least=0, hint=_("Empty: not known")),
        LongText("cause", _("What happened, and why"), rows=2, longest=4000, required=True),
        LongText("harm", _("What harm it may do"), rows=2, longest=4000, required=True),
        LongText("remedy", _("Steps taken"), rows=2, longest=4000, required=True),
        DateField("authority_told_on", _("Authority told on"), on=today, latest=today),
        DateField("people_told_on", _("People told on"), on=today, latest=today),
        LongText("untold_reason", _("Why the people need not be told"), rows=2, longest=2000),
    ]  # fmt: skip

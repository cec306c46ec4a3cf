"""The fields of the contact form and the markup beside them: whom it is with, what it answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from datetime import date
from typing import Any

from casework.reference import Agency, code_list
from casework.terms import _
from casework.ui import (
    ChoiceField,
    DateField,
    Hit,
    Html,
    LongText,
    ManyField,
    NumberField,
    PickField,
    TextField,
    el,
    join,
    link,
    offer,
    section,
    state,
    unknown,
)
from casework.ui.contact_state import FormState, Part
from casework.ui.need_kinds import kind_of_need_field
from casework.ui.wording import ago_text, day_text, short_day_text, spaced
from casework.workbook.contact_entry import points_of_welcome
from casework.workbook.contacts import ContactRow, PersonLine, Raised

__all__ = [
    "channel_names",
    "codes_of",
    "contact_fields",
    "history_markup",
    "part_title",
    "people_markup",
    "plain_clause",
    "raised_markup",
    "short_clause",
]

_CLOCK = re.compile(r"(\d{1,2})[:：.点时]?([0-5]\d)?分?")
_REFERENCE = re.compile(r"\s*\[[^\]]+\]\Z")
_DOCUMENT = re.compile(r"《[^》]+》")
_SIGNS = {"reached": "done", "proxy": "done", "not_reached": "warning", "declined": "excused"}


def codes_of(listed: str) -> dict[str, str]:
    """Give the labels of a code list in the language in force."""
    return {one.code: str(one.label) for one in code_list(listed).entries}


def plain_clause(clause: str) -> str:
    """Give a clause without its place in our own lists, which says nothing to its reader.

    Examples
    --------
    >>> plain_clause("《联系服务制度》每季度走访一次 [S3-12]")
    '《联系服务制度》每季度走访一次'
    """
    return _REFERENCE.sub("", clause)


def short_clause(clause: str | None) -> str:
    """Give the document of a clause, without its wording and its place in our own lists.

    Examples
    --------
    >>> short_clause("《联系服务制度》要求经常上门走访 [S0-46]")
    '《联系服务制度》'
    """
    if not clause:
        return ""
    document = _DOCUMENT.search(clause)
    return document[0] if document else clause[:24].rstrip() + ("…" if len(clause) > 24 else "")


def channel_names(agency: Agency, also: Collection[str] = ()) -> dict[str, str]:
    """Give the channels of an agency under its own names, and others that its work names."""
    names = {one.code: str(one.label) for one in agency.channels}
    others = {code: name for code, name in codes_of("channel").items() if code in also}
    return names | {code: name for code, name in others.items() if code not in names}


def contact_fields(
    channels: dict[str, str],
    on: date,
    find_people: Callable[[str], Sequence[Hit]],
    find_staff: Callable[[str], Sequence[Hit]],
    follow_up_days: int,
    agency: Agency,
) -> list[Any]:
    """Make the fields of the form in the order in which they are read."""
    standard = str(agency.terms.get("reception") or _("Standard of reception"))
    return [
        PickField(
            "persons",
            _("With whom"),
            find_people,
            several=True,
            required=True,
            placeholder=_("Name, initials or the last digits of the ID"),
        ),
        ChoiceField("channel", _("Channel"), channels, required=True, keyed=True),
        LongText("summary", _("What holds for everybody"), longest=20_000, rows=3),
        ManyField(
            "welcome",
            standard,
            points_of_welcome(agency),
            none_label=_("none of these"),
            hint=_("How somebody who comes to us is received"),
        ),
        *_part_fields(on, follow_up_days, agency.code),
        DateField("happened_on", _("When"), on=on, latest=on, required=True),
        NumberField(
            "minutes",
            _("How long"),
            least=1,
            most=1440,
            unit=_("minutes"),
            hint=_("May stay empty"),
        ),
        ChoiceField("kind", _("Purpose"), codes_of("contact_kind"), keyed=True),
        TextField("place", _("Place"), suggestions=[_("at home"), _("hospital"), _("our office")]),
        TextField("started_at", _("Began at"), check=_clock, placeholder="9:30"),
        ChoiceField("initiated_by", _("Who took the initiative"), codes_of("initiated_by")),
        PickField("staff", _("Colleagues who took part"), find_staff, several=True),
        TextField("leaders", _("Leaders who took part"), hint=_("Names, with 、 between them")),
        TextField(
            "volunteers",
            _("Volunteers and other helpers who took part"),
            hint=_("Names, with 、 between them"),
        ),
    ]


def _part_fields(on: date, follow_up_days: int, agency_code: str) -> list[Any]:
    """Make the fields that are about one person."""
    return [
        ChoiceField("outcome", _("Outcome"), codes_of("outcome"), required=True, keyed=True),
        TextField(
            "reason",
            _("Why nobody was reached"),
            suggestions=list(codes_of("not_reached_reason").values()),
        ),
        LongText("heard", _("What was heard"), longest=20_000, rows=4),
        LongText("follow_up", _("To follow up"), rows=1, longest=2000, hint=_("One thing a line")),
        DateField(
            "follow_up_due",
            _("To be done by"),
            on=on,
            hint=_("Empty: {n} days after the contact", n=follow_up_days),
        ),
        ChoiceField(
            "raised_kind",
            _("Raised"),
            {"wish": _("Wish"), "need": _("Need"), "opinion": _("Opinion")},
            hint=_("A wish in the own words, a need you saw, an opinion of our work"),
            keyed=True,
        ),
        kind_of_need_field("raised_need", agency_code),
        LongText("raised", _("In words"), rows=2, longest=2000),
        ChoiceField("raised_domain", _("About"), codes_of("need_domain"), most_chips=0),
        ChoiceField("raised_severity", _("How pressing"), codes_of("need_severity")),
        ChoiceField("raised_opinion", _("Kind of opinion"), codes_of("opinion_kind")),
    ]


def people_markup(lines: Sequence[PersonLine], form: FormState, on: date) -> Html:
    """Write whom the contact is with; of several, each with the own part and a way to it."""
    if not lines:
        return Html("")
    if len(lines) == 1:
        return el("div", _person(lines[0], on), class_="cw-about")
    rows = [
        _part_row(line, form.part(line.person_id), line.person_id == form.about) for line in lines
    ]
    head = spaced(_("{n} people. Choose one to write down what concerns them alone.", n=len(lines)))
    return el("div", el("p", head, class_="cw-hint"), el("ul", rows, class_="cw-roll"))


def _person(line: PersonLine, on: date) -> Html:
    """Write one person in two lines: who, and when last heard of."""
    facts = [
        spaced(_("aged {n}", n=line.age)) if line.age is not None else unknown(_("age not known")),
        line.place or unknown(_("place not known")),
        line.living,
        line.phone,
    ]
    last = (
        _("Last: {when}, {channel}", when=ago_text(line.last_on, on), channel=_channel(line))
        if line.last_on
        else _("Never reached so far")
    )
    words = f"「{line.last_heard[:60]}」" if line.last_heard else ""
    warnings = []
    if line.died_on:
        warnings.append(state("warning", _("died on {day}", day=day_text(line.died_on))))
    if line.in_hospital:
        warnings.append(state("warning", _("in hospital")))
    return join(
        [
            el(
                "p",
                el("b", line.name),
                *(el("span", fact) for fact in facts if fact),
                *warnings,
                class_="cw-dotted",
            ),
            el(
                "p",
                el("span", last),
                el("span", words) if words else None,
                class_="cw-hint cw-dotted",
            ),
            el(
                "p",
                link(_("Dossier"), "dossier", person=line.person_id),
                link(_("Service plan"), "plan", person=line.person_id),
                class_="cw-hint cw-dotted",
            ),
        ]
    )


def _channel(line: PersonLine) -> str:
    return code_list("channel").label_of(line.last_channel)


def _part_row(line: PersonLine, part: Part, is_open: bool) -> Html:
    outcome = codes_of("outcome").get(part.outcome) or _("not answered")
    notes = [part.heard[:60], *(raised.text[:40] for raised in part.raised), *part.follow_ups()]
    return el(
        "li",
        el(
            "button",
            el("b", line.name),
            el("span", "；".join(note for note in notes if note), class_="cw-hint"),
            state(_SIGNS.get(part.outcome, "unknown"), outcome),
            type="button",
            class_="cw-rollrow",
            aria_expanded="true" if is_open else "false",
            **offer("part", person=line.person_id),
        ),
    )


def part_title(line: PersonLine | None) -> Html:
    """Write whose part stands in the fields."""
    return el("h3", _("What concerns {who} alone", who=line.name)) if line else Html("")


def raised_markup(raised: Sequence[Raised]) -> Html:
    """Write what was raised and noted, each with a way to take it off."""
    if not raised:
        return Html("")
    kinds = {"wish": _("Wish"), "need": _("Need"), "opinion": _("Opinion")}
    rows = [
        el(
            "li",
            el("span", kinds[one.kind], class_="cw-tag"),
            el("span", one.text),
            link(_("remove"), "remove", at=at),
        )
        for at, one in enumerate(raised)
    ]
    return el("ul", rows, class_="cw-raised")


def history_markup(rows: Sequence[ContactRow], on: date) -> Html:
    """Write the last contacts with a person."""
    if not rows:
        return Html("")
    channel, outcome = code_list("channel"), code_list("outcome")
    items = [
        el(
            "li",
            el(
                "p",
                el("b", short_day_text(one.happened_on, on)),
                el("span", channel.label_of(one.channel)),
                state(_SIGNS[one.outcome], outcome.label_of(one.outcome)),
                link(_("correct"), "correct", contact=one.contact_id),
                class_="cw-dotted",
            ),
            el("p", one.heard or one.summary) if one.heard or one.summary else None,
        )
        for one in rows
    ]
    every = link(_("All visits and pictures"), "every")
    return section(_("Latest contacts"), el("ul", items, class_="cw-recent"), aside=every)


def _clock(typed: str) -> str:
    """Read a time of day in the ways people write it: 9:30, 930, 9点30分."""
    found = _CLOCK.fullmatch(typed.strip())
    hour, minute = (int(part or 0) for part in found.groups()) if found else (99, 0)
    if hour > 23:
        raise ValueError(
            _("“{typed}” is not a time of day. Type one such as 9:30.", typed=typed[:20])
        )
    return f"{hour:02d}:{minute:02d}"

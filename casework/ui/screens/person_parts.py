"""The parts of a dossier as they are read: markup only, nothing is decided here."""

from __future__ import annotations

from collections.abc import Sequence

from casework.reference import Agency, code_list, code_lists
from casework.terms import _
from casework.ui.escape import Html, el, join
from casework.ui.parts import definition_list, folding, link, section, state, unknown
from casework.ui.screens.assessment_parts import name_of, result_line
from casework.ui.screens.person_door import last_contact
from casework.ui.screens.person_identity import (
    birth_html,
    birthday_html,
    names_html,
    number_html,
)
from casework.ui.wording import day_text, noted_on
from casework.workbook.assessing import view_of
from casework.workbook.dossier import (
    CareSeat,
    Dossier,
    DossierSection,
    FactEntry,
    FactField,
    FindOut,
)
from casework.workbook.merging import Merged
from casework.workbook.need_lists import title_of

__all__ = [
    "assessments_html",
    "care_team_html",
    "needs_html",
    "oldest_text",
    "overview_html",
    "problems_html",
    "section_html",
]

_ASKED_AT_ONCE = 6


def overview_html(
    dossier: Dossier, agency: Agency, can_edit: bool, merged: Sequence[Merged] = ()
) -> Html:
    """Write what is asked for first: names, birth, era, rank, number, completeness."""
    known, wanted = dossier.completeness
    rows: list[tuple[object, object]] = [
        (_("Name"), names_html(dossier, can_edit)),
        (_("Born"), birth_html(dossier, agency, can_edit)),
        (_("Birthday"), birthday_html(dossier)),
        (_("Resident ID"), number_html(dossier, can_edit)),
        (_("Joined the revolution"), _joined(dossier)),
        (_("Rank held"), dossier.field("rank").shown or None),
        (_("Treatment level"), _level(dossier)),
        (_("Last contact"), last_contact(dossier)),
        (
            str(agency.terms["dossier_standard"]),
            el(
                "span",
                _("{known} of {wanted} core entries known", known=known, wanted=wanted),
                " ",
                el("progress", value=known, max=wanted, aria_hidden="true"),
            ),
        ),
    ]
    if dossier.died_on:
        rows.insert(2, (_("Died"), day_text(dossier.died_on)))
    if dossier.problems:
        words = _("{n} entries to check", n=len(dossier.problems))
        rows.append((_("From imports"), link(words, "problems")))
    for one in merged:
        rows.append((_("Made one with"), _merged(one, can_edit)))
    past = (
        el(
            "p",
            _("This is the dossier as of {day}; it can only be read.", day=day_text(dossier.as_of)),
            class_="cw-lead",
        )
        if not can_edit
        else None
    )
    told = folding(
        _("Name, birth, number"),
        definition_list(rows),
        name="dossier.overview",
        note=_("{known} of {wanted} core entries known", known=known, wanted=wanted),
    )
    return join([past or "", _find_out(dossier, agency, can_edit), told])


def _merged(one: Merged, can_edit: bool) -> Html:
    words = _(
        "record no. {id} ({name}), {who}, {day}",
        id=one.person_id,
        name=one.name,
        who=one.by,
        day=noted_on(one.at),
    )
    way = link(_("Make two again"), "part", change=one.change_id) if can_edit else ""
    return join([words, " ", way])


def _find_out(dossier: Dossier, agency: Agency, can_edit: bool) -> Html:
    """Write what to ask next time, the most telling first; each opens its editor."""
    wanted = dossier.to_find_out
    if not wanted or dossier.died_on is not None:
        return Html("")
    items = []
    for one in wanted[:_ASKED_AT_ONCE]:
        why = _why_asked(one)
        if one.is_planned:
            why = _("{why}; the plan hangs on it", why=why)
        label = one.definition.label
        name = link(label, "edit", fact=one.definition.code) if can_edit else el("b", label)
        items.append(el("li", name, " ", el("span", why, class_="cw-faint")))
    more = len(wanted) - len(items)
    if more > 0:
        items.append(el("li", _("and {n} more", n=more), class_="cw-faint"))
    return section(
        _("To find out next"), el("ul", items, class_="cw-plain-list cw-ask"), ident="find-out"
    )


def _why_asked(one: FindOut) -> str:
    """Say why to ask: nobody knows it, nobody ever verified it, or it was long ago."""
    if not one.is_known:
        return _("not known")
    if one.days is None:
        return _("never verified")
    return _("verified {n} days ago", n=one.days)


def _level(dossier: Dossier) -> object:
    """Write the treatment level, apart from the rank once held, and a single treatment (3.4)."""
    level, single = dossier.field("level").shown, dossier.field("single_treatment").shown
    if not single:
        return level or None
    return join([level or unknown(), " ", _("single treatment: {words}", words=single)])


def oldest_text(days: int) -> str:
    """Say how long ago the oldest entry of a section was verified."""
    return _("oldest verified {n} days ago", n=days) if days else _("all verified today")


def section_html(part: DossierSection, can_edit: bool) -> Html:
    """Write one section: each fact with its value, source and age, unknown ones seen as unknown."""
    days = part.verified_days
    freshness = oldest_text(days) if days is not None else _("never verified")
    note = join(
        [
            _("{known} of {wanted} known", known=part.n_known, wanted=part.n_core),
            el("span", " · ", freshness, class_="cw-folding-aside"),
        ]
    )
    may_verify = can_edit and part.n_known
    # What nobody has asked for stays out of sight until wanted: core facts and known ones first.
    first = [one for one in part.fields if one.definition.core or one.is_known]
    rest = [one for one in part.fields if one not in first]
    more = (
        el(
            "details",
            el("summary", _("{n} more entries, not known", n=len(rest))),
            _facts(rest, can_edit),
            class_="cw-more",
        )
        if rest
        else None
    )
    return folding(
        part.label,
        _facts(first, can_edit),
        more,
        name=f"dossier.{part.code}",
        note=note,
        ways=link(_("All still right"), "verify", section=part.code) if may_verify else "",
    )


def _facts(fields: list[FactField], can_edit: bool) -> Html:
    return el("dl", [_fact(one, can_edit) for one in fields], class_="cw-dossier")


def _fact(field: FactField, can_edit: bool) -> Html:
    code = field.definition.code
    ways = [link(_("Edit"), "edit", fact=code)] if can_edit else []
    if field.entries:
        ways.append(link(_("History"), "history", fact=code))
    return el(
        "div",
        el("dt", field.definition.label),
        el(
            "dd",
            el("span", _value(field), class_="cw-dossier-value"),
            el("span", _provenance(field), class_="cw-dossier-source"),
            el("span", join(ways, " "), class_="cw-dossier-ways"),
        ),
    )


def _value(field: FactField) -> object:
    if not field.is_known:
        return unknown()
    words = field.shown or _("asked: none")
    return join([words, " ", state("due", _("out of date"))]) if field.is_stale else words


def _provenance(field: FactField) -> str:
    if not field.entries:
        return ""
    latest: FactEntry = field.entries[-1]
    if latest.age_days is None:
        return latest.source
    if latest.age_days == 0:
        return _("{source}, verified today", source=latest.source)
    return _("{source}, verified {n} days ago", source=latest.source, n=latest.age_days)


def _joined(dossier: Dossier) -> object:
    joined = dossier.field("joined_on").shown
    if not joined:
        return None
    era = dossier.era.label if dossier.era else unknown(_("era uncertain: the exact day is needed"))
    return join([joined, " ", era])


def care_team_html(dossier: Dossier, agency: Agency, can_edit: bool, more: Html) -> Html:
    """Write the seats of the care team; an empty seat is seen as empty (S4-22).

    Parameters
    ----------
    more : Html
        What stands below the seats.
    """
    seats = agency.lists.get("care_team_seat") or code_lists()["actor"]
    seated: dict[str, list[CareSeat]] = {}
    for one in dossier.care_team:
        seated.setdefault(one.role, []).append(one)
    rows: list[tuple[object, object]] = []
    for seat in seats.entries:
        members = seated.pop(seat.code, [])
        way = link(_("Change") if members else _("Fill the seat"), "seat", role=seat.code)
        words = _seated(members) if members else unknown(_("empty seat"))
        rows.append((seat.label, join([words, " ", way if can_edit else ""])))
    for role, members in seated.items():
        rows.append((code_lists()["actor"].label_of(role), _seated(members)))
    n = len(dossier.care_team)
    return folding(
        agency.terms["care_team"],
        definition_list(rows),
        el("p", link(_("Pairs and their history"), "pairs"), class_="cw-hint"),
        more,
        name="dossier.care_team",
        note=_("{n} people", n=n) if n else unknown(_("empty seat")),
    )


def _seated(members: Sequence[CareSeat]) -> Html:
    """Write who sits in one seat: several, where several come."""
    return join(
        el("span", one.name, " ", one.phone or "", class_="cw-seat") for one in members
    )  # fmt: skip


def needs_html(dossier: Dossier) -> Html:
    """Write wishes in the person's own words, and needs, apart from each other (S0-43)."""
    wishes = [
        el("li", "“", one.text, "”", el("span", _said(one.said_on), class_="cw-faint"))
        for one in dossier.wishes
    ]
    needs = [
        el(
            "li",
            el("b", title_of(one)),
            " ",
            code_list("need_domain").label_of(one.domain),
            " · ",
            code_list("need_severity").label_of(one.severity),
            " · ",
            code_list("need_state").label_of(one.state),
        )
        for one in dossier.needs
    ]
    nothing = el("p", _("None on file."), class_="cw-faint")
    return folding(
        _("Wishes and needs"),
        el("h3", _("In the own words")),
        el("ul", wishes, class_="cw-plain-list") if wishes else nothing,
        el("h3", _("Needs found")),
        el("ul", needs, class_="cw-plain-list") if needs else nothing,
        name="dossier.wishes",
        note=join([_("{n} wishes", n=len(wishes)), " · ", _("{n} needs", n=len(needs))]),
        ways=link(_("Wishes and needs in full"), "go", route="needs"),
    )


def _said(day: object) -> str:
    return f" {day}" if day else ""


def assessments_html(dossier: Dossier, can_edit: bool) -> Html:
    """Write the results of the instruments, the latest first."""
    rows = [
        el(
            "li",
            el("b", link(name_of(one.instrument), "go", route="assessment", id=one.id)),
            " ",
            result_line(view_of(one), dossier.as_of),
        )
        for one in dossier.assessments
    ]
    shown = el("ul", rows, class_="cw-plain-list") if rows else el("p", unknown(_("not assessed")))
    way = link(_("Assess"), "go", route="assessment") if can_edit else ""
    note = _("{n} results", n=len(rows)) if rows else unknown(_("not assessed"))
    return folding(_("Assessments"), shown, name="dossier.assessments", note=note, ways=way)


def problems_html(dossier: Dossier, can_edit: bool) -> Html:
    """Write what imports found wrong, each with a way to say that it was looked into."""
    rows = [
        el(
            "li",
            one.message,
            " ",
            link(_("Looked into"), "settle", problem=one.id) if can_edit else None,
        )
        for one in dossier.problems
    ]
    return section(_("Entries to check"), el("ul", rows, class_="cw-plain-list"))

"""The markup of a plan: its items with their reasons, what is unknown, what a version changes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from casework.reference import Agency, code_list
from casework.terms import _
from casework.ui import Html, el, join, link, section, state, unknown
from casework.ui.contact_fields import channel_names, codes_of, plain_clause
from casework.ui.wording import day_text, spaced

if TYPE_CHECKING:
    from casework.workbook.plan_needs import AnsweredNeed
    from casework.workbook.plan_reasons import Explanation, Reason
    from casework.workbook.plan_told import PlanDifference, PlanLine, PlanVersion

__all__ = [
    "amount_text",
    "answered_by_item",
    "decided_together",
    "difference_markup",
    "group_text",
    "item_state",
    "items_markup",
    "standing_markup",
    "unknown_markup",
    "versions_markup",
    "why_not_markup",
]

_MANY = 10
"""More proposals than that are decided in groups: so many fill four screens of a phone."""
_NEEDED = "*"
_SIGNS = {"proposed": "ready", "accepted": "done", "changed": "warning", "declined": "excused"}


def plan_state(code: str) -> str:
    """Name the state of a version in the language in force."""
    return {
        "draft": _("draft"),
        "submitted": _("waiting for approval"),
        "approved": _("approved"),
        "active": _("in force"),
        "revised": _("replaced"),
        "closed": _("closed"),
    }[code]


def item_state(line: PlanLine) -> str:
    """Name what was decided about an item."""
    if line.origin == "manual":
        return _("left out") if line.state == "declined" else _("added by hand")
    return {
        "proposed": _("proposed by rule"),
        "accepted": _("accepted"),
        "changed": _("changed"),
        "declined": _("left out"),
    }[line.state]


def standing_markup(shown: PlanVersion, in_force: PlanVersion | None) -> Html:
    """Say in a sentence which version is seen, who made it, and what is in force meanwhile."""
    sign = {"active": "done", "submitted": "due", "draft": "ready"}.get(shown.state, "plain")
    by_rule = shown.origin == "rules"
    parts: list[object] = [
        el("b", spaced(_("Version {n}", n=shown.version))),
        state(sign, plan_state(shown.state)) if sign != "plain" else plan_state(shown.state),
        _("drawn up by the rules") if by_rule else _("drawn up by {who}", who=shown.drafted_by),
    ]
    if shown.effective_from is not None:
        parts.append(_("from {day}", day=day_text(shown.effective_from)))
    if shown.submitted_by and shown.state == "submitted":
        parts.append(_("submitted by {who}", who=shown.submitted_by))
    if shown.decided_by and shown.state in ("approved", "active", "revised"):
        parts.append(_("approved by {who}", who=shown.decided_by))
    if in_force is not None and in_force.plan_id != shown.plan_id:
        parts.append(_("meanwhile version {n} is in force", n=in_force.version))
    line = el("p", [el("span", part) for part in parts], class_="cw-dotted")
    comment = el("p", el("b", _("Comment: ")), shown.comment) if shown.comment else None
    return el("div", line, comment, class_="cw-about")


def answered_by_item(needs: Iterable[AnsweredNeed]) -> dict[str, list[str]]:
    """Give, for the key of each item that answers a need, the titles of these needs."""
    found: dict[str, list[str]] = {}
    for one in needs:
        for key, _title in one.items:
            found.setdefault(key, []).append(one.need.title)
    return found


def items_markup(
    lines: Sequence[PlanLine],
    why: Mapping[str, Reason],
    agency: Agency,
    may: Sequence[str],
    answers: Mapping[str, Sequence[str]],
    orderable: Collection[str] = (),
    *,
    waits: bool = False,
) -> Html:
    """Write the items of a version, each with its why and with what can be done about it.

    What answers a need of this person comes before what is owed to many. While something is to be
    decided, an item or the whole version that ``waits``, what was agreed to is folded away under
    its titles. Where many items are to be decided, they stand in groups that fold and are decided
    as one: what differs from the rules stays in sight before them. ``answers`` names, for the key
    of an item, the needs that it answers; for work of ``orderable`` a service can be ordered here.
    """

    def listed(some: Iterable[PlanLine], can: Collection[str]) -> Html:
        rows = [_item(one, why, agency, may, answers.get(one.key, ()), can) for one in some]
        return el("ul", rows, class_="cw-duties")

    can = set(orderable)
    kept = [one for one in lines if one.state != "declined"]
    kept.sort(key=lambda one: one.key not in answers)
    deciding = waits or ("accept" in may and any(one.state == "proposed" for one in kept))
    agreed = [one for one in kept if deciding and one.state == "accepted" and one.origin == "rule"]
    if len(agreed) == len(lines):
        agreed = []
    open_still = [one for one in kept if one.state == "proposed"] if "accept" in may else []
    grouped = open_still if len(open_still) > _MANY else []
    sight = [one for one in kept if one not in agreed and one not in grouped]
    parts = [
        section(
            _("What we do for this person"),
            listed(sight, can) if sight or not grouped else None,
            [
                _group(name, some, listed(some, can))
                for name, some in decided_together(grouped, answers).items()
            ],
            _agreed(agreed, listed(agreed, can)) if agreed else None,
            aside=spaced(_("{n} items", n=len(kept))),
        )
    ]
    left_out = [one for one in lines if one.state == "declined"]
    if left_out:
        aside = spaced(_("{n} items", n=len(left_out)))
        parts.append(section(_("Left out of this plan"), listed(left_out, ()), aside=aside))
    return join(parts)


def decided_together(
    lines: Iterable[PlanLine], answers: Collection[str]
) -> dict[str, list[PlanLine]]:
    """Put what is proposed in groups that are decided together.

    What answers a need of this person comes first, the rest by the domain of the work; what stands
    alone in its domain goes together last.
    """
    found: dict[str, list[PlanLine]] = {}
    for line in sorted(lines, key=lambda one: one.key not in answers):
        name = _NEEDED if line.key in answers else line.domain or ""
        found.setdefault(name, []).append(line)
    alone = [name for name, some in found.items() if name != _NEEDED and len(some) == 1]
    rest = [line for name in alone for line in found.pop(name)]
    if rest:
        found[""] = [*found.pop("", []), *rest]
    return found


def group_text(name: str) -> str:
    """Name a group of items that are decided together."""
    if name == _NEEDED:
        return _("Answers a need of this person")
    return str(code_list("need_domain").label_of(name)) if name else _("Other work")


def _group(name: str, lines: Sequence[PlanLine], items: Html) -> Html:
    """Fold a group of proposed items; its titles and what is decided of all stay in sight."""
    titles = _(", ").join(one.title for one in lines)
    words = spaced(_("{group}, to decide: {n}", group=group_text(name), n=len(lines)))
    return el(
        "div",
        el(
            "details",
            el("summary", words, " ", el("span", titles, class_="cw-hint cw-duty-titles")),
            items,
            class_="cw-fold",
        ),
        el(
            "p",
            link(_("Accept the group ({n})", n=len(lines)), "accept_group", group=name),
            link(_("Leave the group out ({n})", n=len(lines)), "decline_group", group=name),
            class_="cw-duty-acts",
        ),
        class_="cw-duty-group",
    )


def _agreed(lines: Sequence[PlanLine], items: Html) -> Html:
    """Fold away what was agreed to; its titles stay in sight."""
    titles = _(", ").join(one.title for one in lines)
    words = spaced(_("{n} agreed to: {titles}", n=len(lines), titles=titles))
    return el("details", el("summary", words), items, class_="cw-fold")


def _item(
    line: PlanLine,
    why: Mapping[str, Reason],
    agency: Agency,
    may: Sequence[str],
    needs: Sequence[str],
    orderable: Collection[str],
) -> Html:
    names = channel_names(agency)
    channels = [names.get(one) or code_list("channel").label_of(one) for one in line.channels]
    how = [
        line.when,
        codes_of("actor").get(line.actor, line.actor),
        _(" or by ").join(channels) if channels else _("any channel"),
        spaced(_("{n} minutes", n=line.duration_minutes)) if line.duration_minutes else None,
        amount_text(line),
    ]
    offers = _offers(line, may) if may else []
    if line.service in orderable:
        offers = [*offers, link(_("Order a service"), "order", item=line.key)]
    return el(
        "li",
        el(
            "div",
            el("h3", line.title),
            state(_SIGNS[line.state], item_state(line)),
            class_="cw-duty-head",
        ),
        el("p", [el("span", part) for part in how if part], class_="cw-dotted"),
        _parties(line),
        el("p", _("Answers: {needs}", needs=_("; ").join(needs)), class_="cw-duty-needs")
        if needs
        else None,
        _why(line, why),
        el("p", offers, class_="cw-duty-acts") if offers else None,
        class_=f"cw-duty cw-duty-{line.state}",
    )


def amount_text(line: PlanLine) -> str | None:
    """Say what each time brings; None where each time is simply once."""
    if line.amount is None or line.unit is None:
        return None
    return spaced(
        _("{n} {unit} each time", n=line.amount, unit=code_list("item_unit").label_of(line.unit))
    )


def _parties(line: PlanLine) -> Html | None:
    """Say who leads and who helps (四位一体)."""
    actors = codes_of("actor")

    def named(how: str) -> str:
        return _(", ").join(
            str(actors.get(one, one)) for one, part in line.responsible.items() if part == how
        )

    told = []
    if named("lead"):
        told.append(el("span", _("leads: {who}", who=named("lead"))))
    if named("support"):
        told.append(el("span", _("helps: {who}", who=named("support"))))
    return el("p", told, class_="cw-dotted cw-hint") if told else None


def _why(line: PlanLine, why: Mapping[str, Reason]) -> Html:
    """Say in a sentence why the item stands in the plan, and by which clause."""
    said: list[object] = []
    reason = why.get(line.rule_code or "")
    if reason is not None and reason.facts:
        said.append(_("Because {facts}.", facts=_("; ").join(reason.facts)))
    elif reason is not None:
        said.append(_("Because {condition}.", condition=reason.condition))
    if line.deviation_reason:
        said.append(el("b", _("Reason given: {reason}", reason=line.deviation_reason)))
    source = line.clause or (reason.clause if reason else None)
    if source:
        said.append(el("span", plain_clause(source), class_="cw-clause"))
    return el("p", join(said, " "), class_="cw-hint")


def _offers(line: PlanLine, may: Sequence[str]) -> list[Html]:
    words = {
        "accept": _("Accept"),
        "change": _("Change it"),
        "decline": _("Leave out"),
        "restore": _("Take in again"),
    }
    if line.state == "declined":
        wanted = ["restore"] if line.origin == "rule" else []
    elif line.state == "proposed":
        wanted = ["accept", "change", "decline"]
    else:
        wanted = ["change", "decline"]
    return [link(words[one], one, item=line.key) for one in wanted if one in may]


def unknown_markup(explanation: Explanation) -> Html:
    """Write what is unknown and would change the plan, the most telling first."""
    if not explanation.to_find_out:
        body: object = el("p", _("Nothing unknown would change this plan."), class_="cw-hint")
    else:
        titles = {one.rule: one.title for one in explanation.reasons}
        rows = [
            el(
                "li",
                unknown(one.name),
                el(
                    "p",
                    _(
                        "Decides about: {rules}",
                        rules=_(", ").join(titles.get(code, code) for code in one.rules),
                    ),
                    class_="cw-hint",
                ),
            )
            for one in explanation.to_find_out
        ]
        body = join(
            [
                el("ul", rows, class_="cw-recent"),
                el("p", link(_("Fill in the dossier"), "dossier"), class_="cw-duty-acts"),
            ]
        )
    return section(_("To find out"), body)


def why_not_markup(explanation: Explanation) -> Html:
    """Write the rules that do not apply, or not for certain, each with the facts against it."""
    rows = []
    for one in explanation.reasons:
        if one.applies is True:
            continue
        told = one.facts or (one.condition,)
        if one.applies is None:
            words = _("Hangs on: {facts}", facts=_(", ").join(one.missing))
        elif one.replaced_by:
            words = _("A stronger rule stands in its place.")
        else:
            words = _("Because {facts}.", facts=_("; ").join(told))
        sign = state("unknown", _("undecided")) if one.applies is None else None
        rows.append(el("li", el("p", el("b", one.title), sign), el("p", words, class_="cw-hint")))
    if not rows:
        return Html("")
    heading = spaced(_("{n} rules that do not apply now", n=len(rows)))
    return el(
        "details",
        el("summary", heading),
        el("ul", rows, class_="cw-recent"),
        class_="cw-section cw-fold",
    )


def difference_markup(found: PlanDifference, against: PlanVersion | None) -> Html:
    """Write what a version changes against the one in force."""
    if against is None:
        return Html("")
    rows = [
        *(_changed(_("new"), "done", line.title, line) for line in found.added),
        *(_changed(_("gone"), "excused", line.title, line) for line in found.removed),
        *(_both(before, after) for before, after in found.changed),
    ]
    title = _("Against version {n}", n=against.version)
    if not rows:
        return section(title, el("p", _("Nothing is different."), class_="cw-hint"))
    return section(title, el("ul", rows, class_="cw-recent"))


def _changed(word: str, sign: str, title: str, line: PlanLine) -> Html:
    reason = el("p", line.deviation_reason, class_="cw-hint") if line.deviation_reason else None
    return el(
        "li",
        el("p", state(sign, word), el("b", title), el("span", line.when), class_="cw-dotted"),
        reason,
    )


def _both(before: PlanLine, after: PlanLine) -> Html:
    told = [
        el("p", el("span", name), el("del", old), el("ins", new), class_="cw-was")
        for name, old, new in _compared(before, after)
        if old != new
    ]
    word = state(_SIGNS[after.state], item_state(after))
    reason = el("p", after.deviation_reason, class_="cw-hint") if after.deviation_reason else None
    return el("li", el("p", word, el("b", after.title), class_="cw-dotted"), told, reason)


def _compared(before: PlanLine, after: PlanLine) -> list[tuple[str, str, str]]:
    def channels(line: PlanLine) -> str:
        return _(", ").join(code_list("channel").label_of(one) for one in line.channels)

    def actor(line: PlanLine) -> str:
        return code_list("actor").label_of(line.actor)

    def minutes(line: PlanLine) -> str:
        return str(line.duration_minutes or "")

    return [
        (_("Title"), before.title, after.title),
        (_("How often"), before.when, after.when),
        (_("Channel"), channels(before), channels(after)),
        (_("Who acts"), actor(before), actor(after)),
        (_("Minutes"), minutes(before), minutes(after)),
        (_("How much each time"), amount_text(before) or "", amount_text(after) or ""),
    ]


def versions_markup(versions: Sequence[PlanVersion], shown: int) -> Html:
    """Write the versions there are, each with a way to it."""
    if len(versions) < 2:
        return Html("")
    rows = [
        el(
            "li",
            link(spaced(_("Version {n}", n=one.version)), "version", plan=one.plan_id)
            if one.plan_id != shown
            else el("b", spaced(_("Version {n}", n=one.version))),
            el("span", plan_state(one.state)),
            el("span", day_text(one.effective_from)) if one.effective_from else None,
            class_="cw-dotted",
        )
        for one in versions
    ]
    return section(_("Versions"), el("ul", rows))

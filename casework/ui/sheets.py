"""The plan sheet on one A4: findings and plan of one person, as an office hands it round and signs.

Decides what the sheet looks like, after GB/T 9704-2012 as far as a form can follow it: margins,
black on white, 小标宋 for the title, 黑体 for heads, 仿宋 for what is entered, each with fonts that
every machine has behind them. Leaves what stands on it to `casework.workbook.plan_sheets`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate
from unicodedata import east_asian_width

from casework.reference import Agency, code_list
from casework.terms import _, language
from casework.ui.contact_fields import channel_names, codes_of, short_clause
from casework.ui.escape import Html, el, join, text
from casework.ui.sheet_room import SheetParts, set_sheet
from casework.ui.wording import day_text
from casework.workbook.goals import goal_status_text, measure_text
from casework.workbook.plan_needs import AnsweredNeed
from casework.workbook.plan_sheets import PlanSheet
from casework.workbook.plan_told import PlanLine

__all__ = ["is_full", "plan_sheet"]

#: So many needs and wishes are written out at least; more where the page has room for them.
_WANTED = 5
#: Half-widths of a need or wish: what is longer is cut, the dossier has all of it.
_LONGEST = 180


def plan_sheet(sheet: PlanSheet, agency: Agency) -> Html:
    """Write one person's sheet."""
    parts = _parts(sheet, agency)
    size, n_wanted = set_sheet(parts, _WANTED)
    return el(
        "article",
        _head(sheet, agency),
        _who(sheet),
        _wanted(parts, n_wanted),
        _services(parts),
        _goals(parts),
        _signatures(),
        class_=" ".join(("cw-paper", *(f"cw-paper-{one}" for one in size.name.split()))),
        lang="zh-CN" if language() == "zh" else "en",
        aria_label=_("Plan sheet of {name}", name=sheet.dossier.name),
    )


def is_full(sheet: PlanSheet, agency: Agency) -> bool:
    """Tell whether a sheet needs the page nearly to its edges."""
    return set_sheet(_parts(sheet, agency), _WANTED)[0].is_full


def _parts(sheet: PlanSheet, agency: Agency) -> SheetParts:
    lines = _lines(sheet)
    clauses = list(dict.fromkeys(_document(one.clause) for one in lines if one.clause))
    entries = [text(value or "") for _name, value, _span in _basics(sheet)]
    notes = " ".join(f"{_mark(n)}{clause}" for n, clause in enumerate(clauses))
    return SheetParts(
        basics=[*(entries[n : n + 3] for n in (0, 3, 6)), *([one] for one in entries[9:])],
        wanted=_written(sheet),
        services=[_service(n, one, agency, clauses) for n, one in enumerate(lines, 1)],
        notes=join([_("Basis"), _(": "), notes]) if notes else Html(""),
        goals=_goal_rows(sheet),
    )


def _lines(sheet: PlanSheet) -> list[PlanLine]:
    return [one for one in sheet.plan.lines if one.state != "declined"] if sheet.plan else []


def _head(sheet: PlanSheet, agency: Agency) -> Html:
    plan = sheet.plan
    version = (
        _("Version {n}, in force from {day}", n=plan.version, day=day_text(plan.effective_from))
        if plan is not None and plan.effective_from is not None
        else _("no plan in force")
    )
    return el(
        "header",
        el("h2", _("One person, one plan: findings and plan"), class_="cw-paper-title"),
        el(
            "p",
            el("span", str(agency.label)),
            el("span", version),
            el("span", _("No. {n}", n=f"{sheet.dossier.person_id:05}")),
            class_="cw-paper-line",
        ),
    )


def _who(sheet: PlanSheet) -> Html:
    cells = [
        join(
            [
                el("dt", name),
                el("dd", value or _unknown(), class_=f"cw-span-{span}" if span > 1 else None),
            ]
        )
        for name, value, span in _basics(sheet)
    ]
    return join([_part(_("I. Basics"), el("dl", cells, class_="cw-paper-who"))])


def _basics(sheet: PlanSheet) -> list[tuple[str, object, int]]:
    """Give what is entered in the table of basics: name, entry, columns it takes."""
    one = sheet.dossier
    age = _("aged {n}", n=one.age) if one.age is not None else None
    born = (
        day_text(one.born_on_earliest)
        if one.born_on_earliest == one.born_on_latest and (one.born_on_earliest)
        else None
    )
    near = [
        join_words([other.name, _relation(other.relationship), other.phone])
        for other in one.related[:2]
    ]
    team = [
        join_words([codes_of("actor").get(seat.role, seat.role), seat.name])
        for seat in one.care_team
    ]
    return [
        (_("Name"), one.name, 1),
        (_("Sex"), code_list("sex").label_of(one.sex) if one.sex else None, 1),
        (_("Born"), join_words([born, age]), 1),
        (_("Category"), _shown(sheet, "category"), 1),
        (_("Rank"), _shown(sheet, "rank"), 1),
        (_("Political status"), _shown(sheet, "political_status"), 1),
        (_("Unit"), sheet.unit, 1),
        (_("Living"), join_words([_shown(sheet, "living"), _shown(sheet, "care_model")]), 1),
        (_("Phone"), _shown(sheet, "mobile") or _shown(sheet, "landline"), 1),
        (_("Address"), join_words([_shown(sheet, "address"), _shown(sheet, "community")]), 3),
        (_("Health"), join_words([_shown(sheet, "health"), _shown(sheet, "condition")]), 3),
        (_("Family"), _("; ").join(filter(None, near)) or None, 3),
        (_("Who answers"), _("; ").join(filter(None, team)) or None, 3),
    ]  # fmt: skip


def join_words(words: Iterable[str | None]) -> str | None:
    """Put the words that are known one after the other; None where none is."""
    known = [one for one in words if one]
    return " ".join(known) if known else None


def _shown(sheet: PlanSheet, code: str) -> str | None:
    try:
        return sheet.dossier.field(code).shown or None
    except KeyError:
        return None


def _relation(code: str | None) -> str | None:
    return codes_of("relationship").get(code, code) if code else None


def _unknown() -> Html:
    return el("span", _("to be found out"), class_="cw-paper-unknown")


def _part(title: str, body: object) -> Html:
    return el("section", el("h3", title), body)


def _wanted(parts: SheetParts, n_wanted: int) -> Html:
    rows = [el("li", one) for one in parts.wanted[:n_wanted]]
    left = len(parts.wanted) - n_wanted
    if left:
        rows.append(el("li", _("{n} more stand in the dossier", n=left)))
    body = el("ol", rows) if rows else el("p", _("No need or wish is on file."))
    return _part(_("II. Needs and wishes"), body)


def _written(sheet: PlanSheet) -> list[Html]:
    """Write out needs and wishes, the gravest first: what does not fit any more is the mildest."""
    needs = [_need(one) for one in sorted(sheet.needs, key=_gravest_first)]
    return needs + [join([_("Wish: "), "“", _cut(wish.text), "”"]) for wish in sheet.wishes]


def _gravest_first(one: AnsweredNeed) -> tuple[bool, int, bool]:
    severity = code_list("need_severity").entry(one.need.severity)
    rank = severity.rank if severity is not None and severity.rank is not None else 0
    return not one.need.is_alert, -rank, one.answered != "nothing"


def _width(text: str) -> int:
    """Count half-widths: a Chinese character takes two."""
    return sum(1 + (east_asian_width(one) in "WFA") for one in text)


def _cut(text: str) -> str:
    """Shorten what would fill the page; it stands in full in the dossier."""
    if _width(text) <= _LONGEST:
        return text
    return text[: sum(so_far < _LONGEST for so_far in accumulate(map(_width, text)))] + "…"


def _need(one: AnsweredNeed) -> Html:
    severity = code_list("need_severity").label_of(one.need.severity)
    domain = code_list("need_domain").label_of(one.need.domain)
    titles = _(", ").join(title for _key, title in one.items)
    answers = {
        "item": _("answered by {items}", items=titles),
        "task": one.need.reason or _("being followed up"),
        "reason": one.need.reason or _("waits"),
        "nothing": one.need.reason or _("nothing arranged yet"),
    }[one.answered]
    kind = el("small", f"（{domain}，{severity}）")
    return join([_cut(one.need.title), kind, _(": "), answers])


def _services(parts: SheetParts) -> Html:
    heads = (_("Order"), _("Service"), _("How often"), _("Channel"), _("Who"), _("Basis"))
    if not parts.services:
        return _part(_("III. What we do"), el("p", _("There is no plan for this person yet.")))
    rows = [el("tr", [el("td", cell) for cell in cells]) for cells in parts.services]
    table = el(
        "table",
        el("thead", el("tr", [el("th", head, scope="col") for head in heads])),
        el("tbody", rows),
    )
    basis = el("p", parts.notes, class_="cw-paper-notes") if parts.notes else None
    return _part(_("III. What we do"), join([table, basis]))


def _document(clause: str) -> str:
    """Give the document that a clause stands in, without wording and our own numbers."""
    return short_clause(clause).partition(" [")[0].partition("[")[0]


def _mark(n: int) -> str:
    """Give the circled number of a note: ① for 0, up to ⑳; then plain."""
    return chr(0x2460 + n) if n < 20 else f"({n + 1})"


def _service(n: int, line: PlanLine, agency: Agency, clauses: Sequence[str]) -> list[Html]:
    names = channel_names(agency)
    channels = [names.get(one) or code_list("channel").label_of(one) for one in line.channels]
    actors = codes_of("actor")
    lead = [actors.get(one, one) for one, how in line.responsible.items() if how == "lead"]
    support = [actors.get(one, one) for one, how in line.responsible.items() if how != "lead"]
    who: list[object] = [str(actors.get(line.actor, line.actor))]
    others = [one for one in lead if one != who[0]]
    if others:
        who.append(el("small", _("lead: {who}", who=_(", ").join(map(str, others)))))
    if support:
        who.append(el("small", _("with: {who}", who=_(", ").join(map(str, support)))))
    basis = _mark(clauses.index(_document(line.clause))) if line.clause else "–"
    reason = None
    if line.deviation_reason:
        reason = el("small", line.deviation_reason)
    elif line.origin == "manual":
        reason = el("small", _("for a need"))
    amount = None
    if line.amount and line.unit:
        amount = el("small", f"{line.amount} {code_list('item_unit').label_of(line.unit)}")
    cells: list[object] = [
        str(n),
        [line.title, reason],
        [line.when, amount],
        _(", ").join(channels) or _("any channel"),
        who,
        basis,
    ]
    return [join(cell if isinstance(cell, list) else [cell]) for cell in cells]


def _goals(parts: SheetParts) -> Html | None:
    if not parts.goals:
        return None
    return _part(_("IV. Goals"), el("ol", [el("li", one) for one in parts.goals]))


def _goal_rows(sheet: PlanSheet) -> list[Html]:
    rows = []
    for one in sheet.goals:
        value = _("now {value}", value=one.value) if one.value is not None else None
        told = [
            f"{measure_text(one)} {one.baseline} → {one.target}",
            _("by {day}", day=day_text(one.due_on)),
            value,
            goal_status_text(one.progress.status),
        ]
        rows.append(join([one.title, _(": "), _(", ").join(filter(None, told))]))
    return rows


def _signatures() -> Html:
    day = "        年    月    日" if language() == "zh" else _("Date:")
    return el(
        "footer",
        [
            el("div", el("b", who), el("span", day))
            for who in (
                _("The person or the family"),
                _("Caseworker"),
                _("Opinion of who approves"),
            )
        ],
        class_="cw-paper-sign",
    )

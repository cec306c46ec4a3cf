"""A roster as it is seen: lanes of a week by worker, a list by person, figures, comparisons.

Decides what a visit shows at a glance and what a click on it offers; knows no workbook. Everything
is markup for a `Panel`: visits are buttons, so that keys lead to them as well as a pointer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from casework.routing.week import Comparison, Move, Opening, Verdict
from casework.routing.week.hours import clock
from casework.terms import _
from casework.ui.escape import Html, el, join
from casework.ui.parts import empty_state, figure, link, section, state
from casework.ui.widgets import carried, landing, offer
from casework.ui.wording import number_text, short_day_text, spaced
from casework.workbook.roster_building import Planned
from casework.workbook.roster_rows import Entry, Shown
from casework.workbook.roster_words import place_sentence, term_lines

__all__ = [
    "compared_html",
    "figures_html",
    "lanes_html",
    "left_out_html",
    "loads_html",
    "openings_html",
    "people_html",
    "visit_facts",
    "working_days",
]

_IDLE_LANES = 8  # without a visit that are shown unasked
_OFFERED = 12  # places of a visit that are offered at once


def working_days(shown: Shown) -> list[date]:
    """List the days on which somebody works or something stands."""
    planned = shown.planned
    days = {turn.day for one in planned.week.workers for turn in one.turns}
    stands = {one.day for one in shown.entries if one.day is not None}
    every = [planned.first + timedelta(days=n) for n in range(planned.n_days)]
    return [day for n, day in enumerate(every) if n in days or day in stands]


def figures_html(shown: Shown) -> Html:
    """Write the six figures of a roster."""
    verdict, placed = shown.verdict, [one for one in shown.entries if one.day is not None]
    left = sum(one.day is None for one in shown.entries)
    used = {who for one in placed for who in one.staff}
    return el(
        "div",
        figure(
            _("{n} visits placed, by {staff} of the staff"),
            {"n": len(placed), "staff": len(used)},
        ),
        figure(
            _("{n} visits could not be placed") if left else _("Every visit is placed{n}"),
            {"n": left if left else ""},
            tone="due" if left else "",
            offers=offer("turn", view="left") if left else None,
        ),
        figure(
            _("{n} minutes on the way, {each} for each visit"),
            {"n": verdict.travel, "each": round(verdict.travel / max(1, len(placed)))},
        ),
        figure(
            _("{n} minutes late in all")
            if verdict.late
            else _("Nobody waits: no visit is late{n}"),
            {"n": verdict.late if verdict.late else ""},
        ),
        _continuity(shown, len(placed)),
        _fairness(shown),
        class_="cw-figures cw-roster-figures",
    )


def _continuity(shown: Shown, n_placed: int) -> Html:
    n = len(_by_strangers(shown))
    return figure(
        _("{n} of {placed} visits by a face they do not know")
        if n
        else _("A face they know comes to everybody{n}{placed}"),
        {"n": n, "placed": n_placed} if n else {"n": "", "placed": ""},
        offers=offer("turn", view="strangers") if n else None,
    )


def _by_strangers(shown: Shown) -> list[Entry]:
    """List the visits on which somebody comes whom the person does not know."""
    visits = shown.planned.week.visits
    return [
        one
        for one in shown.entries
        if one.day is not None
        and one.visit is not None
        and any(
            wish.reason == "unfamiliar" and int(wish.worker) in one.staff
            for wish in visits[one.visit].wishes
        )
    ]


def _fairness(shown: Shown) -> Html:
    percents = [100 * load // share for load, share in _loads(shown).values() if share]
    if not percents:
        return figure(_("No fair shares to hold the work against"), {})
    return figure(
        _("The work lies between {least}% and {most}% of a fair share"),
        {"least": min(percents), "most": max(percents)},
        offers=offer("turn", view="loads"),
    )


def _loads(shown: Shown) -> dict[int, tuple[int, int]]:
    """Give minutes of visits and the fair share of each who can make any of them."""
    planned = shown.planned
    every = zip(planned.staff, shown.verdict.loads, planned.week.shares(0), strict=True)
    return {one.staff_id: (load, share) for one, load, share in every if load or share}


def loads_html(shown: Shown) -> Html:
    """Write who has how much of the work, against a fair share of it."""
    planned, verdict = shown.planned, shown.verdict
    ways = {one.staff_id: verdict.ways[at] for at, one in enumerate(planned.staff)}
    heads = [
        _("Visits"), _("Minutes with people"), _("Minutes on the way"), _("Fair share, minutes"),
        _("Of the fair share"),
    ]  # fmt: skip
    rows = []
    for who, (load, share) in sorted(
        _loads(shown).items(), key=lambda one: (-one[1][0] / max(1, one[1][1]), one[0])
    ):
        visits = sum(who in one.staff for one in shown.entries)
        of_share = (number_text(share), f"{100 * load // share}%") if share else ("–", "–")
        told = (visits, number_text(load), number_text(ways[who]), *of_share)
        name = el("th", link(shown.staff[who], "worker", staff=who), scope="row")
        cells = [
            el("td", one, data_label=head)
            for one, head in zip(told, heads, strict=True)
        ]  # fmt: skip
        rows.append(el("tr", name, cells))
    heads.insert(0, _("Worker"))
    table = el("table", el("thead", el("tr", [el("th", one, scope="col") for one in heads])),
               el("tbody", rows))  # fmt: skip
    said = _("A fair share is all minutes of visits, by the hours that each works in these days.")
    return join([
        el("div", el("div", table, class_="cw-table-scroll"), class_="cw-table"),
        el("p", said, class_="cw-hint"),
    ])  # fmt: skip


def lanes_html(
    shown: Shown,
    chosen: int | None,
    worker: int | None,
    *,
    can_change: bool = False,
    with_idle: bool = False,
) -> Html:
    """Write the week as lanes: a row a worker, a column a day.

    Parameters
    ----------
    chosen : int or None
        Task of the visit that is marked.
    worker : int or None
        Whose lane is marked.
    can_change : bool
        Whether visits can be carried to another lane or day.
    with_idle : bool
        Whether everybody at work without a visit has a lane too; a few have one anyway.
    """
    days = working_days(shown)
    cells: defaultdict[tuple[int, date], list[Entry]] = defaultdict(list)
    for entry in shown.entries:
        for who in entry.staff:
            if entry.day is not None:
                cells[who, entry.day].append(entry)
    minutes = {one.staff_id: shown.verdict.loads[at] for at, one in enumerate(shown.planned.staff)}
    staff = [
        one for one in shown.staff if any((one, day) in cells for day in days) or one == worker
    ]
    if not staff:
        return empty_state(
            _("Nothing is placed in these days."),
            _("Either there is nothing to visit, or nobody is at work."),
        )
    idle = _idle(shown, staff)
    told = idle if with_idle else idle[:_IDLE_LANES]
    away = _away(shown, days)
    head = el("tr", el("th", _("Worker"), scope="col"),
              [el("th", short_day_text(day), scope="col") for day in days])  # fmt: skip
    body = [
        el(
            "tr",
            el(
                "th",
                link(shown.staff[who], "worker", staff=who),
                el("small", spaced(_("{n} visits, {hours} h", n=_count(cells, who, days),
                                     hours=f"{minutes.get(who, 0) / 60:.1f}"))),
                scope="row",
            ),
            [
                _cell(cells.get((who, day), []), who, day, chosen, can_change, (who, day) in away)
                for day in days
            ],
            class_="cw-lane-chosen" if who == worker else None,
        )
        for who in [*staff, *told]
    ]  # fmt: skip
    table = el("table", el("caption", _("Visits by worker and day"), class_="cw-hidden"),
               el("thead", head), el("tbody", body), class_="cw-lanes")  # fmt: skip
    rest = len(idle) - len(told)
    more = link(spaced(_("Show the lanes of {n} more who have no visit", n=rest)), "idle")
    return join([
        el("div", table, class_="cw-lanes-scroll"), el("p", more) if rest else None
    ])  # fmt: skip


def _count(cells: Mapping[tuple[int, date], list[Entry]], who: int, days: Sequence[date]) -> int:
    return sum(len(cells.get((who, day), [])) for day in days)


def _idle(shown: Shown, busy: Sequence[int]) -> list[int]:
    """List who is at work, can make some visit, and has none."""
    taken = set(busy)
    return [
        member.staff_id
        for member, worker in zip(shown.planned.staff, shown.planned.week.workers, strict=True)
        if worker.turns and worker.skills and member.staff_id not in taken
    ]


def _away(shown: Shown, days: Sequence[date]) -> set[tuple[int, date]]:
    """Tell who is not at work on which of the days."""
    planned = shown.planned
    found = set()
    for member, worker in zip(planned.staff, planned.week.workers, strict=True):
        there = {planned.day(one.day) for one in worker.turns}
        found |= {(member.staff_id, day) for day in days if day not in there}
    return found


def _cell(
    entries: Sequence[Entry], who: int, day: date, chosen: int | None, can_change: bool,
    is_away: bool,
) -> Html:  # fmt: skip
    visits = sorted(entries, key=lambda one: _start(one, who))
    return el(
        "td",
        [_chip(one, who, chosen, can_change) for one in visits],
        el("small", _("not at work"), class_="cw-hint") if is_away else None,
        data_day=short_day_text(day),
        class_=None if visits else "cw-lane-free",
        **(landing(staff=who, day=day.isoformat()) if can_change else {}),
    )


def _start(entry: Entry, who: int) -> int:
    return entry.starts[entry.staff.index(who)]


def _chip(entry: Entry, who: int, chosen: int | None, can_change: bool) -> Html:
    marks = []
    if len(entry.staff) == 2:
        marks.append(el("span", "‖", title=_("two at once, or one after the other")))
    if entry.is_locked:
        marks.append(el("span", class_="cw-lock", title=_("locked")))
    if entry.status in ("done", "late_done"):
        marks.append(el("span", "✓", title=_("done")))
    is_chosen = chosen in entry.task_ids
    told = [entry.title]
    told += [_("locked")] if entry.is_locked else []
    may_go = can_change and entry.visit is not None
    return el(
        "button",
        el("b", clock(_start(entry, who))),
        el("span", entry.name),
        marks or None,
        type="button",
        class_="cw-visit cw-visit-locked" if entry.is_locked else "cw-visit",
        aria_pressed="true" if is_chosen else "false",
        title="，".join(told),
        **offer("choose", task=entry.task_ids[0]),
        **(carried(task=entry.task_ids[0], of=who) if may_go else {}),
    )


def people_html(shown: Shown, *, strangers: bool = False) -> Html:
    """Write the list by person, with day, time and who comes.

    Parameters
    ----------
    strangers : bool
        Only the visits on which a face comes that they do not know.
    """
    entries = sorted(
        _by_strangers(shown)
        if strangers
        else (one for one in shown.entries if one.day is not None),
        key=lambda one: (one.name, one.person_id, one.day or date.max, one.starts),
    )
    if not entries:
        return empty_state(_("Nothing is placed in these days."))
    rows = [
        el(
            "tr",
            el("th", link(one.name, "choose", task=one.task_ids[0]), scope="row"),
            el("td", short_day_text(one.day) if one.day else ""),
            el("td", f"{clock(one.starts[0])}–{clock(one.starts[0] + one.minutes[0])}"),
            el("td", "、".join(shown.staff.get(who, str(who)) for who in one.staff)),
            el("td", one.title),
        )
        for one in entries
    ]
    head = [_("Name"), _("Day"), _("Time"), _("Who comes"), _("What")]
    table = el("table", el("thead", el("tr", [el("th", one, scope="col") for one in head])),
               el("tbody", rows))  # fmt: skip
    listed = el(
        "div", el("div", table, class_="cw-table-scroll"), class_="cw-table cw-roster-people"
    )
    if not strangers:
        return listed
    words = _("{n} visits by a face they do not know.", n=len(entries))
    return join([el("p", words, " ", link(_("Show all"), "turn", view="people")), listed])


def left_out_html(shown: Shown, told: Mapping[int, Sequence[str]]) -> Html:
    """Write what could not be placed, each with what stands in its way.

    Parameters
    ----------
    told : mapping of int to sequence of str
        Sentences by task.
    """
    left = [one for one in shown.entries if one.day is None]
    if not left:
        return empty_state(_("Everything is placed."))
    rows = []
    for one in left:
        sentences = told.get(one.task_ids[0])
        if one.visit is None:
            way: object = el("p", _("No longer to be planned."), class_="cw-hint")
        elif sentences is None:
            way = link(_("What stands in the way?"), "why", task=one.task_ids[0])
        else:
            way = el("ul", [el("li", spaced(said)) for said in sentences], class_="cw-lines")
        name = el("b", link(one.name, "choose", task=one.task_ids[0]))
        rows.append(el("li", el("p", name, " ", one.title), way))
    return section(_("Not placed"), el("ul", rows, class_="cw-recent"))


def visit_facts(shown: Shown, entry: Entry) -> list[tuple[object, object]]:
    """Give what is to be known about one visit: name and value."""
    planned = shown.planned
    info = planned.visits[entry.visit] if entry.visit is not None else None
    when: object = state("warning", _("not placed"))
    if entry.day is not None:
        when = spaced(f"{short_day_text(entry.day)} {clock(entry.starts[0])}–"
                      f"{clock(entry.starts[0] + entry.minutes[0])}")  # fmt: skip
    rows: list[tuple[object, object]] = [
        (_("What"), entry.title),
        (_("Day and time"), when),
        (_("Who comes"), "、".join(shown.staff.get(who, str(who)) for who in entry.staff) or "–"),
    ]
    if info is not None:
        due = max(task.due_on for task in info.tasks)
        rows.append((_("Window of the task until"), short_day_text(due)))
        rows.append((_("Community"), info.community))
        if entry.day is not None and entry.visit is not None:
            visit = planned.week.visits[entry.visit]
            keys = {str(who) for who in entry.staff}
            from casework.workbook.roster_words import wish_text

            missed = {one.reason for one in visit.wishes if one.worker in keys and one.points > 0}
            if missed:
                rows.append((_("Wishes not met"), "、".join(map(wish_text, sorted(missed)))))
    return rows


def openings_html(planned: Planned, found: Sequence[Opening], *, more: bool = False) -> Html:
    """Write where a visit could stand, each place a button; the cheapest of each worker and day."""
    best: dict[tuple[int, tuple[int, ...]], Opening] = {}
    for one in found:
        best.setdefault((one.day, one.workers), one)
    offered = list(best.values())
    if not offered:
        return el("p", _("There is no room for it without moving another visit."), class_="cw-hint")
    shown = offered if more else offered[:_OFFERED]
    cheapest = offered[0].points
    rows = [
        el(
            "li",
            el(
                "button",
                el("b", spaced(place_sentence(planned, one))),
                el("small", _cost(one, cheapest)),
                type="button",
                class_="cw-place",
                **offer("place", day=one.day, workers=list(one.workers), starts=list(one.starts)),
            ),
        )
        for one in shown
    ]
    rest = len(offered) - len(shown)
    further = el("p", link(_("Show {n} more", n=rest), "more")) if rest else None
    return join([el("ul", rows, class_="cw-places"), further])


def _cost(one: Opening, cheapest: int) -> str:
    told = [_("{n} minutes more on the way", n=one.way)] if one.way else [_("on the way anyway")]
    if one.points > cheapest:
        told.append(_("{n} points more than the first", n=one.points - cheapest))
    return spaced("，".join(told))


def compared_html(planned: Planned, found: Comparison, one: str, other: str) -> Html:
    """Write two rosters side by side, and every visit that moved."""
    lines = zip(term_lines(found.before), term_lines(found.after), strict=True)
    rows = [
        el(
            "tr",
            el("th", name, scope="row"),
            el("td", spaced(before)),
            el("td", spaced(after)),
            el("td", _difference(points_after - points)),
        )
        for (name, before, points), (_name, after, points_after) in lines
    ]
    total = _difference(found.after.terms.total - found.before.terms.total)
    rows.append(el("tr", el("th", _("in all"), scope="row"), el("td", _points(found.before)),
                   el("td", _points(found.after)), el("td", total)))  # fmt: skip
    head = el("tr", [el("th", words, scope="col") for words in ("", one, other, _("Difference"))])
    table = el("table", el("thead", head), el("tbody", rows))
    return join([
        el("div", el("div", table, class_="cw-table-scroll"), class_="cw-table"),
        section(_("{n} visits stand elsewhere", n=len(found.moved)), _moves(planned, found)),
    ])  # fmt: skip


def _moves(planned: Planned, found: Comparison) -> Html:
    """List who has to be told of another day or face first, then who only of another time."""
    if not found.moved:
        return el("p", _("No visit moved."))
    later = [one for one in found.moved if _is_only_later(one)]
    others = [one for one in found.moved if one not in later]
    lists = [
        el("ul", [_moved(planned, move) for move in some], class_="cw-lines") if some else None
        for some in (others, later)
    ]
    words = _("Only at another time of the day: {n}", n=len(later))
    return join([lists[0], el("h3", words) if later else None, lists[1]])


def _is_only_later(move: Move) -> bool:
    one, other = move.before, move.after
    if one is None or other is None:
        return False
    return (one.day, one.workers) == (other.day, other.workers)


def _points(verdict: Verdict) -> str:
    return _("{n} points", n=verdict.terms.total)


def _difference(points: int) -> Html:
    if points == 0:
        return el("span", _("the same"), class_="cw-hint")
    words = _("{n:+d} points", n=points)
    return state("warning" if points > 0 else "done", words)


def _moved(planned: Planned, move: Move) -> Html:
    info = planned.visits[move.visit]
    before = place_sentence(planned, move.before) if move.before else _("not placed")
    after = place_sentence(planned, move.after) if move.after else _("not placed")
    return el("li", el("b", info.name), " ", spaced(before), " → ", spaced(after))

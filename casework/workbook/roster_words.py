"""Rosters in words: what stands in the way of a visit, what a roster costs, what a lock costs.

Decides how a reason of the search is said; which reasons there are stands in
`casework.routing.week` and :mod:`casework.workbook.roster_building`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from casework.routing.week import Choice, LockCost, Obstacle, Opening, Terms, Verdict
from casework.routing.week.hours import clock
from casework.terms import _, day_in_words, language
from casework.workbook.roster_building import Planned

_NAMED = 6

__all__ = [
    "day_said",
    "lock_sentence",
    "nobody_at_work",
    "obstacle_sentences",
    "place_sentence",
    "reason_text",
    "term_lines",
    "wish_text",
]


def day_said(day: date) -> str:
    """Name a day near by: 11月30日 周一, or Mon 30 Nov."""
    if language() == "en":
        return f"{day:%a} {day.day} {day:%b}"
    return f"{day.month}月{day.day}日 周{'一二三四五六日'[day.weekday()]}"


def place_sentence(planned: Planned, choice: Choice | Opening) -> str:
    """Say on which day, at which time and by whom."""
    day = planned.day(choice.day)
    if isinstance(choice, Opening):
        names = [planned.staff[one].name for one in choice.workers]
        start: int | None = choice.starts[0]
    else:
        by_key = {str(one.staff_id): one.name for one in planned.staff}
        names = [by_key.get(one, one) for one in choice.workers]
        start = choice.start
    who = _and(list(dict.fromkeys(names)))
    on = day_said(day)
    if start is None:
        return _("{on}, {who}", on=on, who=who)
    return _("{on} {time}, {who}", on=on, time=clock(start), who=who)


def _and(parts: Sequence[str]) -> str:
    if len(parts) < 2:
        return "".join(parts)
    joint = "、" if language() == "zh" else ", "
    return _("{some} and {last}", some=joint.join(parts[:-1]), last=parts[-1])


def reason_text(planned: Planned, visit: int, reason: str) -> str:
    """Say what one rule or wish is that keeps a visit out."""
    one, info = planned.week.visits[visit], planned.visits[visit]
    names = {str(member.staff_id): member.name for member in planned.staff}
    barred = [
        names[key] for bar in one.bars if bar.reason == reason for key in sorted(bar.workers)
        if key in names
    ]  # fmt: skip
    if reason == "unwanted":
        return _("that {person} does not want {staff}", person=info.name, staff=_and(barred))
    if reason == "skill":
        return _("what the visit asks of whoever makes it (role or skill)")
    return {
        "times": _("the hours in which {person} can be visited", person=info.name),
        "sex": _("the wish for a man or a woman"),
        "others": _("other visits, which take the time"),
        "days": _(
            "the window of the task, up to {due}",
            due=day_in_words(max(task.due_on for task in info.tasks).isoformat()),
        ),
        "hours": _("the working hours and absences of the staff"),
        "second": _("that two must come"),
        "lock": _("the place where it is locked"),
    }.get(reason, reason)


def obstacle_sentences(planned: Planned, visit: int, found: Sequence[Obstacle]) -> list[str]:
    """Say what keeps a visit out, and what there would be room for without it."""
    if not any(worker.turns for worker in planned.week.workers):
        return [nobody_at_work(planned)]
    if not found:
        return [_("Not even without three of the rules there would be room in these days.")]
    sentences = []
    for one in found:
        where = place_sentence(planned, one.opening)
        if not one.reasons:
            sentences.append(_("There is room: {where}.", where=where))
            continue
        what = _and([reason_text(planned, visit, reason) for reason in one.reasons])
        said = _("In the way: {what}. Without it: {where}.", what=what, where=where)
        if one.instead_of:
            others = _and([planned.visits[at].name for at in one.instead_of])
            said += _("Each of these would make room: {others}.", others=others)
        sentences.append(said)
    return sentences


def nobody_at_work(planned: Planned) -> str:
    """Say why nobody works: nobody there is, everybody is away, or no day of these is worked."""
    days = [planned.day(n) for n in range(planned.n_days)]
    there = {day: [one.name for one in planned.staff if one.is_there(day)] for day in days}
    if not planned.staff:
        return _("Nobody is at work in these days: no member of staff visits yet. Enter who does.")
    if not any(there.values()):
        names = _and([one.name for one in planned.staff][:_NAMED])
        more = "…" if len(planned.staff) > _NAMED else ""
        return _(
            "Nobody is at work in these days: absences are written down for {names}. Choose other "
            "days, or enter who stands in.",
            names=names + more,
        )
    return _(
        "Nobody is at work in these days: they are holidays or days off, or absences take them. "
        "Choose other days, or enter hours of their own for whoever works then."
    )


def wish_text(reason: str) -> str:
    """Name a wish that is not met."""
    return {
        "unfamiliar": _("a face they do not know"),
        "seldom": _("a face they seldom see"),
        "not_wanted": _("not the one they asked for"),
        "dialect": _("not their dialect"),
        "sex_unknown": _("man or woman not written down"),
        "other_area": _("outside of the own area"),
    }.get(reason, reason)


def term_lines(verdict: Verdict) -> list[tuple[str, str, int]]:
    """Give what a roster costs: name, amount with its unit, points."""
    terms: Terms = verdict.terms
    wishes = "、".join(
        f"{wish_text(reason)} {n}"
        for reason, n in sorted(verdict.wishes.items(), key=lambda one: -one[1])
    )
    late = _("{n} minutes in {visits} visits", n=verdict.late, visits=verdict.n_late)
    return [
        (_("travel time"), _("{n} minutes", n=verdict.travel), terms.travel),
        (_("late starts"), late, terms.late),
        (_("wishes not met"), wishes or _("all wishes met"), terms.wishes),
        (_("above the fair share"), _("{n} points", n=terms.above_share), terms.above_share),
        (_("moved against before"), _("{n} points", n=terms.changes), terms.changes),
        (_("not placed"), _("{n} visits", n=verdict.n_left_out), terms.left_out),
    ]  # fmt: skip


def lock_sentence(planned: Planned, cost: LockCost) -> str:
    """Say what it costs to keep a locked choice, and whether a longer search might say more."""
    said = _lock_said(planned, cost)
    if cost.was_stopped:
        said += " " + _("The search was ended early; a longer one may find that it costs more.")
    return said


def _lock_said(planned: Planned, cost: LockCost) -> str:
    if cost.points == 0:
        return _("Keeping it costs nothing: no better place was found.")
    more = {
        _("minutes on the way"): cost.before.travel - cost.after.travel,
        _("minutes late"): cost.before.late - cost.after.late,
        _("visits left out"): cost.before.n_left_out - cost.after.n_left_out,
    }
    parts = [_("{n:+d} {what}", n=n, what=what) for what, n in more.items() if n]
    said = _("Keeping it costs {n} points", n=cost.points)
    if parts:
        said = _("{what}: {why}", what=said, why=_and(parts))
    if cost.instead is not None:
        where = place_sentence(planned, cost.instead)
        return _("{said}. Without the lock: {where}.", said=said, where=where)
    return _("{said}. Without the lock it would be left out.", said=said)

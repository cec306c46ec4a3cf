"""The command ``roster``: plan, show, publish, take back and give out rosters of visits.

Decides what is printed; leaves the work to `casework.workbook.rosters`.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from casework.cli_jobs import DONE, FINDINGS, jobs_of
from casework.errors import NotFound, NotPermitted
from casework.terms import _

if TYPE_CHECKING:
    from casework.workbook import Workbook
    from casework.workbook.rosters import Entry, Shown

__all__ = ["add_roster", "roster_command"]

_EXPLAINED = 20  # visits left out of which it is said why


def add_roster(one: argparse.ArgumentParser, options: Callable[[], Any], kinds: Any) -> None:
    """Give the command its jobs.

    Parameters
    ----------
    options : callable
        Makes the options that every command takes.
    kinds : object
        With ``day``, ``whole`` and ``positive``, as the command line reads them.
    """
    job = jobs_of(one, options)

    made = job("plan", _("search for a roster and keep it as a proposal"))
    made.add_argument("--from", dest="first", type=kinds.day, metavar="DAY",
                      help=_("first day; default the next Monday"))  # fmt: skip
    made.add_argument("--days", type=kinds.positive, default=7, metavar="N")
    made.add_argument("--seed", type=kinds.whole, default=1, metavar="N")
    help_on_moves = _("stop after so many moves: the same result on every machine")
    made.add_argument("--moves", type=kinds.positive, metavar="N", help=help_on_moves)
    help_on_base = _("keep the locked visits of this roster and move others little")
    made.add_argument("--based-on", type=kinds.whole, metavar="ROSTER", help=help_on_base)
    made.add_argument("--json", action="store_true")
    made = job("show", _("show a roster, by default the latest, and what it could not place"))
    made.add_argument("roster", type=kinds.whole, nargs="?", metavar="ROSTER")
    made.add_argument("--people", action="store_true", help=_("by person instead of by worker"))
    made.add_argument("--json", action="store_true")
    made = job("publish", _("give the tasks of a roster their owner and day"))
    made.add_argument("roster", type=kinds.whole, metavar="ROSTER")
    made = job("withdraw", _("take a published roster back"))
    made.add_argument("roster", type=kinds.whole, metavar="ROSTER")
    made = job("travel", _("read a table of travel times and let rosters go by it"))
    made.add_argument("table", type=Path, nargs="?", metavar="TABLE")
    help_on_none = _("go by coordinates alone again")
    made.add_argument("--none", action="store_true", help=help_on_none)
    made = job("export", _("write a calendar file (.ics) for each who visits"))
    made.add_argument("roster", type=kinds.whole, metavar="ROSTER")
    made.add_argument("--out", type=Path, required=True, metavar="FOLDER")


def roster_command(
    chosen: argparse.Namespace,
    book: Workbook,
    write_json: Callable[[Any], None],
    progress: Callable[[float, str], None],
) -> int:
    """Do one job and give the exit status."""
    if chosen.what == "plan":
        return _plan(chosen, book, write_json, progress)
    if chosen.what == "show":
        return _show(chosen, book, write_json)
    if chosen.what == "publish":
        n = book.rosters.publish(chosen.roster)
        print(_("Roster no. {id} is published: {n} tasks.", id=chosen.roster, n=n))
    elif chosen.what == "withdraw":
        n = book.rosters.withdraw(chosen.roster)
        print(_("Roster no. {id} is taken back: {n} tasks.", id=chosen.roster, n=n))
    elif chosen.what == "travel":
        return _travel(chosen, book)
    else:
        return _export(chosen, book)
    return DONE


def _travel(chosen: argparse.Namespace, book: Workbook) -> int:
    """Put a table in force, or take it out; without either say what holds."""
    if chosen.none:
        book.travel.take_out()
    elif chosen.table is not None:
        table = book.travel.read(chosen.table)
        if table.problems:
            print("\n".join(table.problems), file=sys.stderr)
        book.travel.put_in_force(table, chosen.table.name)
    given = book.travel.given()
    if given is None:
        print(_("Rosters go by coordinates alone."))
    else:
        n = len(given.table.places)
        print(_("Rosters go by {file}, {n} places.", file=given.name, n=n))
    return DONE


def _plan(
    chosen: argparse.Namespace,
    book: Workbook,
    write_json: Callable[[Any], None],
    progress: Callable[[float, str], None],
) -> int:
    search = book.rosters.search(
        chosen.first, chosen.days, based_on=chosen.based_on, seed=chosen.seed, moves=chosen.moves
    )
    stopped: list[int] = []
    before = {}
    for number in (signal.SIGINT, signal.SIGTERM):  # what was found so far is kept all the same
        before[number] = signal.signal(number, lambda number, _frame: stopped.append(number))
    try:
        outcome = search.run(
            lambda: bool(stopped),
            lambda share, cost: progress(share, _("{n} points so far", n=cost)),
        )
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if not outcome.was_compiled:
        print(_("The fast search is not installed; this took the slow one."), file=sys.stderr)
    roster_id = book.rosters.keep(search, outcome)
    shown = book.rosters.show(roster_id)
    if chosen.json:
        write_json(_as_json(shown))
    else:
        print("\n".join([_headline(shown), *_terms(shown), *shown.planned.notes]))
        print("\n".join(_left_out(book, shown)))
    return FINDINGS if shown.verdict.n_left_out else DONE


def _show(
    chosen: argparse.Namespace, book: Workbook, write_json: Callable[[Any], None]
) -> int:  # fmt: skip
    roster_id = chosen.roster
    if roster_id is None:
        known = book.rosters.recent(limit=1)
        if not known:
            raise NotFound(_("There is no roster yet. Make one with: casework roster plan"))
        roster_id = known[0].roster_id
    shown = book.rosters.show(roster_id)
    if chosen.json:
        write_json(_as_json(shown))
        return FINDINGS if shown.verdict.n_left_out else DONE
    lines = [_headline(shown), *_terms(shown)]
    entries = [one for one in shown.entries if one.day is not None]
    if chosen.people:
        entries.sort(key=lambda one: (one.name, one.person_id, one.day, one.start))
        lines += [f"{one.name}  {_when(one)}  {_who(shown, one)}  {one.title}" for one in entries]
    else:
        staff = sorted({who for one in entries for who in one.staff})
        for who in staff:
            lines += ["", shown.staff.get(who, str(who))]
            lines += [
                f"  {_when(one)}  {one.name}  {one.title}" for one in entries if who in one.staff
            ]
    lines += ["", *_left_out(book, shown)]
    print("\n".join(lines))
    return FINDINGS if shown.verdict.n_left_out else DONE


def _export(chosen: argparse.Namespace, book: Workbook) -> int:
    from casework.workbook.roster_outside import calendar_of

    shown = book.rosters.show(chosen.roster)
    chosen.out.mkdir(parents=True, exist_ok=True)
    places = {one.person_id: one.community or "" for one in shown.planned.visits}
    n = withheld = 0
    for who in sorted({who for one in shown.entries for who in one.staff}):
        name = shown.staff.get(who, str(who))
        try:
            content = calendar_of(
                book, shown.entries, who, name, roster_id=chosen.roster, places=places
            )
        except NotPermitted as why:
            print(f"{name}: {why}", file=sys.stderr)
            withheld += 1
            continue
        (chosen.out / f"roster-{chosen.roster}-staff-{who}.ics").write_bytes(content)
        n += 1
    print(_("{n} calendars are written to {folder}.", n=n, folder=chosen.out))
    return FINDINGS if withheld else DONE


def _headline(shown: Shown) -> str:
    line = shown.line
    return _(
        "Roster no. {id}, {first} to {last}: {placed} visits placed, {left} left out.",
        id=line.roster_id, first=line.begins_on, last=line.ends_on,
        placed=len(shown.roster.placed), left=shown.verdict.n_left_out,
    )  # fmt: skip


def _terms(shown: Shown) -> list[str]:
    from casework.workbook.roster_words import term_lines

    return [f"  {name}: {amount}" for name, amount, _points in term_lines(shown.verdict)]


def _left_out(book: Workbook, shown: Shown) -> list[str]:
    from casework.workbook.roster_words import nobody_at_work, obstacle_sentences

    left = [one for one in shown.entries if one.day is None and one.visit is not None]
    if left and not any(one.turns for one in shown.planned.week.workers):
        return [nobody_at_work(shown.planned)]
    lines = []
    for one in left[:_EXPLAINED]:
        planned, visit, found = book.rosters.why(shown.line.roster_id, one.task_ids[0])
        lines.append(_("Left out: {name}, {title}", name=one.name, title=one.title))
        lines += [f"  {said}" for said in obstacle_sentences(planned, visit, found)]
    if len(left) > _EXPLAINED:
        rest = len(left) - _EXPLAINED
        lines.append(_("And {n} more; the page of the roster says why of each.", n=rest))
    return lines


def _when(one: Entry) -> str:
    from casework.routing.week.hours import clock

    return f"{one.day} {clock(one.starts[0])}" if one.day else ""


def _who(shown: Shown, one: Entry) -> str:
    return "、".join(shown.staff.get(who, str(who)) for who in one.staff)


def _as_json(shown: Shown) -> dict[str, Any]:
    from casework.routing.week.hours import clock

    verdict = shown.verdict
    return {
        "roster": shown.line.roster_id,
        "state": shown.line.state,
        "first": shown.line.begins_on,
        "last": shown.line.ends_on,
        "placed": len(shown.roster.placed),
        "left_out": verdict.n_left_out,
        "points": verdict.terms.total,
        "travel_minutes": verdict.travel,
        "late_minutes": verdict.late,
        "wishes": verdict.wishes,
        "broken": list(verdict.broken),
        "notes": list(shown.planned.notes),
        "visits": [
            {
                "tasks": list(one.task_ids),
                "person": one.person_id,
                "title": one.title,
                "day": one.day,
                "starts": [clock(start) for start in one.starts],
                "minutes": list(one.minutes),
                "staff": list(one.staff),
                "locked": one.is_locked,
            }
            for one in shown.entries
        ],
    }

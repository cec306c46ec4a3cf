"""The command ``campaign``: list, begin, split, print sheets, take returns in and report.

Decides what is printed and where files are written; leaves the work to `casework.workbook`.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from casework.cli_jobs import DONE, FINDINGS, jobs_of
from casework.terms import _

if TYPE_CHECKING:
    from casework.workbook import Workbook
    from casework.workbook.outings import Outing

__all__ = ["add_campaign", "campaign_command"]


def add_campaign(one: argparse.ArgumentParser, options: Callable[[], Any], kinds: Any) -> None:
    """Give the command its jobs.

    Parameters
    ----------
    options : callable
        Makes the options that every command takes.
    kinds : object
        With ``whole``, as the command line reads them.
    """
    job = jobs_of(one, options)

    def of_one(name: str, purpose: str) -> argparse.ArgumentParser:
        made = job(name, purpose)
        made.add_argument("campaign", type=kinds.whole, metavar="CAMPAIGN")
        return made

    made = job("list", _("list the campaigns there are and those that come by the calendar"))
    made.add_argument("--json", action="store_true")
    made = job("begin", _("begin a campaign that comes, and freeze its list"))
    made.add_argument("code", metavar="CODE")
    made.add_argument("period", metavar="PERIOD")
    made.add_argument("--open", action="store_true", help=_("leave the list open"))
    made = of_one("split", _("split the list among the delegations"))
    made.add_argument("--give-out", action="store_true", help=_("let the visits become tasks"))
    made = of_one("sheets", _("write the rounds of delegations and the forms of units, .xlsx"))
    made.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    made = of_one("return", _("take filled forms of units in"))
    made.add_argument("files", type=Path, nargs="+", metavar="FILE")
    made = of_one("report", _("tell what came of a campaign and what it cost"))
    made.add_argument("--out", type=Path, metavar="OUT.xlsx")
    made.add_argument("--json", action="store_true")


def campaign_command(
    chosen: argparse.Namespace, book: Workbook, write_json: Callable[[Any], None]
) -> int:
    """Do one job and give the exit status."""
    if chosen.what == "list":
        return _list(book, write_json if chosen.json else None)
    if chosen.what == "begin":
        return _begin(chosen, book)
    if chosen.what == "split":
        return _split(chosen, book)
    if chosen.what == "sheets":
        return _sheets(chosen, book)
    if chosen.what == "return":
        return _take(chosen, book)
    return _report(chosen, book, write_json if chosen.json else None)


def _list(book: Workbook, write_json: Callable[[Any], None] | None) -> int:
    from casework.workbook.campaign_reports import state_text

    there, coming = book.campaigns.all(), book.campaigns.coming()
    if write_json is not None:
        write_json({
            "campaigns": [
                {"campaign": one.campaign_id, "code": one.code, "period": one.period,
                 "state": one.state, "first": one.window.opens_on, "last": one.window.due_on,
                 "listed": one.figures.listed, "visited": one.figures.visited}
                for one in there
            ],
            "coming": [
                {"code": one.occurrence.kind.code, "period": one.occurrence.period,
                 "first": one.occurrence.window.opens_on, "last": one.occurrence.window.due_on}
                for one in coming
            ],
        })  # fmt: skip
        return DONE
    for line in there:
        figures = line.figures
        print(_(
            "no. {id}  {label}  {first} – {last}  {state}: visited {visited} of {listed}",
            id=line.campaign_id, label=line.label, first=line.window.opens_on,
            last=line.window.due_on, state=state_text(line.state), visited=figures.visited,
            listed=figures.listed,
        ))  # fmt: skip
    for one in coming:
        found = one.occurrence
        print(_(
            "coming: {label}  {first} – {last}  begin it with: casework campaign begin {code} "
            "{period}",
            label=found.label, first=found.window.opens_on, last=found.window.due_on,
            code=found.kind.code, period=found.period,
        ))  # fmt: skip
    return DONE


def _begin(chosen: argparse.Namespace, book: Workbook) -> int:
    made = book.campaigns.begin(chosen.code, chosen.period)
    print(_("Campaign no. {id} is begun.", id=made))
    if chosen.open:
        return DONE
    print(_("On the list: {n}", n=book.campaigns.freeze(made)))
    unknown = book.campaigns.target(made).unknown
    if unknown:
        print(_("Not known whether they belong to it: {n}", n=unknown))
    return FINDINGS if unknown else DONE


def _split(chosen: argparse.Namespace, book: Workbook) -> int:
    found = book.delegations.propose(chosen.campaign)
    print(_("Placed: {placed}; left over: {left}", placed=found.placed, left=found.left))
    if chosen.give_out:
        print(_("Visits that are tasks now: {n}", n=book.campaigns.give_out(chosen.campaign)))
    return FINDINGS if found.left else DONE


def _sheets(chosen: argparse.Namespace, book: Workbook) -> int:
    chosen.out.mkdir(parents=True, exist_ok=True)
    n = 0
    for name, content in _files(book, chosen.campaign):
        (chosen.out / name).write_bytes(content)
        n += 1
    print(_("Files written to {folder}: {n}", folder=chosen.out, n=n))
    return DONE


def _files(book: Workbook, campaign_id: int) -> Iterator[tuple[str, bytes]]:
    """Give the rounds of delegations, then the forms of units, with their names."""
    from casework.workbook.outing_sheets import round_file

    for at, group in enumerate(book.delegations.of(campaign_id), 1):
        outings: list[Outing] = [one for one in book.outings.of(group.delegation_id) if one.stops]
        if outings:
            yield f"{at:02}-{_plain(group.name)}.xlsx", round_file(book, outings)
    for at, unit in enumerate(book.unit_returns.units(campaign_id), 1):
        content = book.unit_returns.form(campaign_id, unit.name)
        yield f"{_('form')}-{at:02}-{_plain(unit.name)}.xlsx", content


def _plain(name: str) -> str:
    """Give a name that is no path: letters, figures and what stands in for the rest."""
    return re.sub(r"[^\w\-]+", "_", name)[:60].strip("_") or "_"


def _take(chosen: argparse.Namespace, book: Workbook) -> int:
    held = 0
    for file in chosen.files:
        done = book.unit_returns.take(chosen.campaign, file)
        held += done.held
        print(_(
            "{file}: rows merged {merged}, held {held}, ignored {ignored}", file=file.name,
            merged=done.merged, held=done.held, ignored=done.ignored,
        ))  # fmt: skip
    return FINDINGS if held else DONE


def _report(
    chosen: argparse.Namespace, book: Workbook, write_json: Callable[[Any], None] | None
) -> int:
    from casework.workbook.campaign_reports import campaign_report

    found = campaign_report(book, chosen.campaign, book.today)
    if chosen.out:
        book.sharing.taken([one.person_id for one in found.everybody.people], "list")
        chosen.out.write_bytes(found.excel())
    if write_json is not None:
        write_json(found.as_json())
    else:
        print("\n".join(found.lines()))
    states = found.everybody.figures.by_state
    return FINDINGS if states["open"] + states["missed"] else DONE

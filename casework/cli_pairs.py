"""The command ``pair``: propose, show, accept and take back pairs; read a register of helpers.

Decides what is printed; leaves the work to `casework.workbook.pair_rounds` and
`casework.workbook.helpers`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from casework.cli_jobs import DONE, FINDINGS, jobs_of
from casework.errors import NotFound
from casework.terms import _

if TYPE_CHECKING:
    from casework.workbook import Workbook
    from casework.workbook.pair_rounds import RoundShown

__all__ = ["add_pair", "pair_command"]


def add_pair(one: argparse.ArgumentParser, options: Callable[[], Any], kinds: Any) -> None:
    """Give the command its jobs.

    Parameters
    ----------
    options : callable
        Makes the options that every command takes.
    kinds : object
        With ``whole``, as the command line reads them.
    """
    job = jobs_of(one, options)

    made = job("propose", _("work out pairs for a seat of the care team and keep the proposal"))
    help_on_seat = _("seat of the care team, such as volunteer or community")
    made.add_argument("--seat", required=True, metavar="SEAT", help=help_on_seat)
    help_on_frees = _("let pairs that there are change too, locked ones aside")
    made.add_argument("--rearrange", action="store_true", help=help_on_frees)
    made.add_argument("--json", action="store_true")
    made = job("show", _("show a proposal, by default the latest, with its reasons"))
    made.add_argument("proposal", type=kinds.whole, nargs="?", metavar="PROPOSAL")
    made.add_argument("--json", action="store_true")
    made = job("accept", _("make pairs of all open lines of a proposal"))
    made.add_argument("proposal", type=kinds.whole, metavar="PROPOSAL")
    made = job("withdraw", _("take back the pairs made of a proposal"))
    made.add_argument("proposal", type=kinds.whole, metavar="PROPOSAL")
    made = job("helpers", _("read a register of helpers from .xlsx, .xls or .csv"))
    made.add_argument("file", type=Path, metavar="FILE")
    made.add_argument("--dry-run", action="store_true")
    made = job("unread", _("take back what a register of helpers brought in"))
    made.add_argument("number", type=kinds.whole, metavar="N")


def pair_command(
    chosen: argparse.Namespace,
    book: Workbook,
    write_json: Callable[[Any], None],
    progress: Callable[[float, str], None],
) -> int:
    """Do one job and give the exit status."""
    rounds = book.pair_rounds
    if chosen.what == "propose":
        number = rounds.propose(chosen.seat, frees=chosen.rearrange, progress=progress)
        return _print(rounds.show(number), write_json if chosen.json else None)
    if chosen.what == "show":
        return _print(rounds.show(_latest(chosen, book)), write_json if chosen.json else None)
    if chosen.what == "accept":
        done = rounds.accept(chosen.proposal)
        print(_("{n} pairs made.", n=len(done.seats)))
        for person, words in done.refused:
            print(f"{person}: {words}", file=sys.stderr)
        return FINDINGS if done.refused else DONE
    if chosen.what == "withdraw":
        print(_("{n} pairs taken back.", n=rounds.take_back(chosen.proposal)))
        return DONE
    if chosen.what == "unread":
        taken = book.helpers.take_back_import(chosen.number)
        print(_("Helpers taken back: {n}; staying because they are paired: {stay}",
                n=taken.helpers, stay=len(taken.staying)))  # fmt: skip
        return FINDINGS if taken.staying else DONE
    return _read(chosen, book)


def _latest(chosen: argparse.Namespace, book: Workbook) -> int:
    if chosen.proposal is not None:
        return int(chosen.proposal)
    known = book.pair_rounds.recent(limit=1)
    if not known:
        raise NotFound(
            _("There is no proposal yet. Make one with: casework pair propose --seat SEAT")
        )
    return known[0].round_id


def _read(chosen: argparse.Namespace, book: Workbook) -> int:
    report = book.helpers.import_register(chosen.file, dry_run=chosen.dry_run)
    counts = report.counts
    print(
        _("{n} helpers taken in, {merged} known, {held} held back.",
          n=counts["imported"], merged=counts["merged"], held=counts["held"])
    )  # fmt: skip
    if report.import_id is not None:
        print(_("Taken in as no. {n}; take it back with: casework pair unread {n}",
                n=report.import_id))  # fmt: skip
    for one in report.problems:
        where = " ".join(part for part in (one.sheet, str(one.row), one.column) if part)
        print(f"{where}: {one.message}")
    return FINDINGS if report.problems else DONE


def _print(shown: RoundShown, write_json: Callable[[Any], None] | None) -> int:
    from casework.reference import code_list
    from casework.workbook.pair_words import (
        objective_words,
        offer_state_word,
        term_words,
        told_words,
        why_words,
    )

    without = [one for one in shown.offers if one.state == "without"]
    if write_json is not None:
        write_json(_as_json(shown))
        return FINDINGS if without else DONE
    line = shown.line
    lines = [
        _("Proposal no. {n}: {seat}", n=line.round_id, seat=code_list("actor").label_of(line.role)),
        objective_words(line.weights),
        *(f"  {one}" for one in told_words(line.told)),
    ]
    for one in shown.offers:
        if one.state == "without":
            lines.append(_("{person}: nobody, {why}", person=one.person, why=why_words(one.why)))
            continue
        reasons = _("; ").join(term_words(one.terms))
        state = "" if one.state == "open" else f" [{offer_state_word(one.state)}]"
        lines.append(f"{one.person} – {one.helper}: {reasons}{state}")
    print("\n".join(lines))
    return FINDINGS if without else DONE


def _as_json(shown: RoundShown) -> dict[str, Any]:
    line = shown.line
    return {
        "proposal": line.round_id,
        "seat": line.role,
        "weights": dict(line.weights),
        "told": dict(line.told),
        "lines": [
            {
                "person": one.person_id,
                "helper": one.helper_id,
                "state": one.state,
                "terms": dict(one.terms),
                "why": [list(reason) for reason in one.why],
            }
            for one in shown.offers
        ],
    }

"""The command ``rules``: check rules, compare them, look back on the past with them, print them.

Decides what is printed; leaves the work to `casework.workbook.rulebook`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from casework.cli_jobs import DONE, FINDINGS, jobs_of
from casework.terms import _

if TYPE_CHECKING:
    from casework.workbook import Workbook

__all__ = ["add_rules", "rules_command"]


def add_rules(one: argparse.ArgumentParser, options: Callable[[], Any], kinds: Any) -> None:
    """Give the command its jobs.

    Parameters
    ----------
    options : callable
        Makes the options that every command takes.
    kinds : object
        With ``day`` and ``positive``, as the command line reads them.
    """
    add = jobs_of(one, options)

    def job(name: str, purpose: str) -> argparse.ArgumentParser:
        made = add(name, purpose)
        made.add_argument("--json", action="store_true")
        return made

    made = job("check", _("tell what is wrong or doubtful about the rules"))
    made.add_argument("file", type=Path, nargs="?", metavar="FILE", help=_("rules to check"))
    made = job("diff", _("tell what other rules would change; nothing is written"))
    made.add_argument("file", type=Path, metavar="FILE", help=_("rules, .toml or .xlsx"))
    made.add_argument(
        "--days", type=kinds.positive, default=365, help=_("how far ahead; default 365")
    )
    made = job("backtest", _("tell what rules would have asked for in the past"))
    made.add_argument("file", type=Path, nargs="?", metavar="FILE", help=_("rules, .toml or .xlsx"))
    made.add_argument("--from", type=kinds.day, dest="first", required=True, metavar="D")
    made.add_argument("--to", type=kinds.day, dest="last", required=True, metavar="D")
    made = job("table", _("write the rules as a table to print, sign and change"))
    made.add_argument("out", type=Path, metavar="OUT.xlsx")


def rules_command(
    chosen: argparse.Namespace,
    book: Workbook,
    write_json: Callable[[Any], None],
    progress: Callable[[float, str], None],
) -> int:
    """Do one job and give the exit status."""
    if chosen.what == "check":
        return _check(chosen, book, write_json)
    if chosen.what == "diff":
        return _diff(chosen, book, write_json, progress)
    if chosen.what == "backtest":
        return _look_back(chosen, book, write_json, progress)
    return _table(chosen, book)


def _check(chosen: argparse.Namespace, book: Workbook, write_json: Callable[[Any], None]) -> int:
    from casework.workbook.reference_check import check_reference

    check_reference(book.agency.code, book.today)
    text = book.rulebook.read_file(chosen.file) if chosen.file else None
    found = book.rulebook.check(text)
    if chosen.json:
        write_json([one.as_json() for one in found])
    else:
        for one in found:
            print(one)
        if not found:
            print(_("The rules are in order."))
    return FINDINGS if any(one.severity != "note" for one in found) else DONE


def _diff(
    chosen: argparse.Namespace, book: Workbook, write_json: Callable[[Any], None],
    progress: Callable[[float, str], None],
) -> int:  # fmt: skip
    text = book.rulebook.read_file(chosen.file)
    found = book.rulebook.difference(text, days=chosen.days, progress=progress)
    progress(1.0, "")
    if chosen.json:
        write_json(found.as_json())
    else:
        print("\n".join(found.lines()))
    return DONE if found.is_empty else FINDINGS


def _look_back(
    chosen: argparse.Namespace, book: Workbook, write_json: Callable[[Any], None],
    progress: Callable[[float, str], None],
) -> int:  # fmt: skip
    rulebook = book.rulebook
    present = rulebook.text()
    text = rulebook.read_file(chosen.file) if chosen.file else present
    found = [rulebook.backtest(text, chosen.first, chosen.last, progress=progress)]
    if text != present:
        found.append(rulebook.backtest(present, chosen.first, chosen.last, progress=progress))
    progress(1.0, "")
    if chosen.json:
        told = [one.as_json() for one in found]
        write_json({**told[0], "present": told[-1]})
        return DONE
    print("\n".join(found[0].lines()))
    if len(found) > 1:
        print(_("The rules in force, over the same days:"))
        print(found[1].summary())
    return DONE


def _table(chosen: argparse.Namespace, book: Workbook) -> int:
    found = book.rulebook.table()
    chosen.out.write_bytes(found)
    print(_("The rule table is written to {file}.", file=chosen.out))
    return DONE

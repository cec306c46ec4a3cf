"""The command line: the interfaces that scripts and other programs rely on (design, section 5).

Decides arguments, exit status and where messages go; leaves the work to the workbook. Exit status
is 0 done, 1 finished with findings, 2 wrong use or unreadable input. Nothing heavy is imported
before the command is known.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NoReturn

from casework import __version__
from casework.cli_access import access_command, add_access
from casework.cli_campaigns import add_campaign, campaign_command
from casework.cli_files import expect_place, read_instance, write_whole
from casework.cli_hours import add_hours, hours_command
from casework.cli_keeping import add_encryption
from casework.cli_pairs import add_pair, pair_command
from casework.cli_roster import add_roster, roster_command
from casework.cli_rules import add_rules, rules_command
from casework.cli_words import let_argparse_speak
from casework.disk import is_of_disk, refusal
from casework.errors import CaseworkError
from casework.terms import LANGUAGES, _, day_of, use_language

if TYPE_CHECKING:
    from casework.workbook import Workbook

__all__ = ["main"]

Command = Callable[[argparse.Namespace], int]
DONE, FINDINGS, WRONG_USE = 0, 1, 2
_ENDING = 0.3  # seconds of the processor in which a search is told, written and put away
INTERRUPTED = 130  # as a shell says it


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    # What a fault means is said in one sentence; the driver's words are for the logs of pages.
    logging.getLogger("casework.access").addHandler(logging.NullHandler())
    _choose_language(given)
    let_argparse_speak()
    parser = _parser()
    chosen = parser.parse_args(given)
    try:
        with ExitStack() as chosen.opened:
            if chosen.key_fd is not None:
                from casework.access.keys import take_passwords_from

                take_passwords_from(chosen.key_fd)
            return int(chosen.run(chosen))
    except CaseworkError as error:
        print(error.message, file=sys.stderr)
        return WRONG_USE
    except BrokenPipeError:
        sys.stderr.close()
        return DONE
    except OSError as error:
        if not is_of_disk(error):
            raise
        print(_what_failed(error), file=sys.stderr)
        return WRONG_USE
    except KeyboardInterrupt:
        return INTERRUPTED


def _what_failed(error: OSError) -> str:
    return _(
        "{file} cannot be read or written: {reason}. See to that, then start again.",
        file=error.filename or _("A file"),
        reason=refusal(error),
    )


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints end with what to do."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the command line and exit with status 2."""
        print(f"{self.prog}: {message}", file=sys.stderr)
        print(_("Run {program} --help for what is accepted.", program=self.prog), file=sys.stderr)
        raise SystemExit(WRONG_USE)


def _choose_language(given: Sequence[str]) -> None:
    """Take the language before the parser exists, so that its help is in that language too."""
    for at, word in enumerate(given):
        wished = word.partition("=")[2] if word.startswith("--lang=") else ""
        if word == "--lang" and at + 1 < len(given):
            wished = given[at + 1]
        if wished in LANGUAGES:
            use_language(wished)


def _options(**settings: Any) -> _Parser:
    """Make the options that every command takes."""
    made = _Parser(add_help=False, **settings)
    made.add_argument("--db", metavar="URL", help=_("SQLAlchemy URL or file path"))
    made.add_argument(
        "--as-of", type=_day, metavar="DAY", help=_("the day to work on; default today")
    )
    made.add_argument("--acting", metavar="LOGIN", help=_("login of the member of staff who acts"))
    made.add_argument(
        "--key-fd",
        type=_whole,
        metavar="N",
        help=_("read passwords, one a line, from this open descriptor"),
    )
    made.add_argument("--lang", choices=LANGUAGES, help=_("language of messages and labels"))
    return made


def _parser() -> _Parser:
    parser = _Parser(
        prog="casework",
        description=_("One person, one plan: the agency's workbook."),
        parents=[_options()],
    )
    parser.add_argument(
        "--version",
        action="version",
        version=f"%(prog)s {__version__}",
        help=_("tell the version"),
    )
    commands = parser.add_subparsers(
        dest="command", required=True, metavar="COMMAND", parser_class=_Parser
    )
    # The options may stand before the command or after it; after it they win.
    after = _options(argument_default=argparse.SUPPRESS)

    def command(name: str, run: Command, purpose: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=purpose, description=purpose, parents=[after])
        made.set_defaults(run=run)
        return made

    one = command("init", _init, _("create or migrate a workbook and load an agency"))
    one.add_argument("--agency", metavar="NAME", help=_("a folder of data/agencies"))
    one = command("import", _import, _("read a roster: .xlsx, .xls or .csv"))
    one.add_argument("file", type=Path, metavar="FILE")
    one.add_argument("--dry-run", action="store_true", help=_("report only, write nothing"))
    one.add_argument("--report", type=Path, metavar="OUT.csv", help=_("write every problem here"))
    one = command("reconcile", _reconcile, _("hold a list against our people; nothing is written"))
    one.add_argument("file", type=Path, metavar="FILE")
    one.add_argument("--unit", metavar="CODE", help=_("only this unit and those below it"))
    one.add_argument("--out", type=Path, metavar="OUT.csv", help=_("write what is not even here"))
    one = command("people", _people, _("write the canonical list of people"))
    one.add_argument("--out", type=Path, required=True, metavar="OUT.csv")
    one = command("score", _score, _("score an instrument: JSON in, JSON out"))
    one.add_argument("instrument", metavar="INSTRUMENT")
    command("recompute", _recompute, _("score every kept assessment again and compare"))
    one = command("plan", _plan, _("evaluate the rules, write plans and tasks"))
    one.add_argument("--days", type=_positive, default=365, help=_("how far ahead; default 365"))
    one.add_argument("--json", action="store_true")
    one = command("explain", _explain, _("tell why each item and task of a person exists"))
    one.add_argument("person_id", type=_whole, metavar="PERSON_ID")
    one.add_argument("--json", action="store_true")
    one = command("tasks", _tasks, _("write every task with its status on the day"))
    one.add_argument("--out", type=Path, required=True, metavar="OUT.csv")
    one = command("board", _board, _("show the supervisor's figures"))
    one.add_argument("--json", action="store_true")
    one.add_argument("--unit", metavar="CODE", help=_("only this unit and those below it"))
    add_rules(
        command("rules", _rules, _("check, compare and look back on the rules")),
        lambda: _options(argument_default=argparse.SUPPRESS),
        SimpleNamespace(day=_day, positive=_positive),
    )
    add_access(command("access", access_command, _("say who may log in, and check the rules")))
    _add_route(command("route", _route, _("plan one day of home visits given as a file")))
    add_roster(
        command("roster", _roster, _("plan, show, publish and give out rosters of visits")),
        lambda: _options(argument_default=argparse.SUPPRESS),
        SimpleNamespace(day=_day, whole=_whole, positive=_positive),
    )
    add_campaign(
        command("campaign", _campaign, _("rounds of visits: begin, split, take returns, report")),
        lambda: _options(argument_default=argparse.SUPPRESS),
        SimpleNamespace(whole=_whole),
    )
    add_hours(
        command("hours", _hours, _("hours needed and there by unit and month, now and what if")),
        SimpleNamespace(whole=_whole, positive=_positive),
    )
    add_pair(
        command("pair", _pair, _("propose pairs of people and helpers, accept them, take back")),
        lambda: _options(argument_default=argparse.SUPPRESS),
        SimpleNamespace(whole=_whole),
    )
    one = command("demo", _demo, _("make a workbook of invented people with a year of history"))
    one.add_argument("--agency", default="changshu", metavar="NAME")
    one.add_argument("--people", type=_positive, metavar="N")
    one.add_argument("--seed", type=_whole, default=1, metavar="N")
    one = command("backup", _backup, _("write the whole workbook into one file while it is in use"))
    one.add_argument("file", type=Path, metavar="FILE")
    one.add_argument(
        "--keep", type=_positive, metavar="N", help=_("keep the last N under this name")
    )
    one.add_argument("--encrypt", action="store_true", help=_("by a password, in the age format"))
    one = command("restore", _restore, _("put a backup where there is no workbook"))
    one.add_argument("file", type=Path, metavar="FILE")
    one = command("verify", _verify, _("look whether a workbook, or a backup, is whole"))
    one.add_argument("file", type=Path, nargs="?", metavar="FILE", help=_("a backup to try out"))
    kept = _("compare the audit with the heads kept in this file, and add the present one")
    one.add_argument("--head", type=Path, metavar="HEADS", help=kept)
    add_encryption(lambda name, purpose: command(name, _change_encryption, purpose))
    one = command("serve", _serve, _("serve the dashboards on this machine"))
    one.add_argument("--lab", action="store_true", help=_("JupyterLab as well"))
    one.add_argument("--port", type=_positive, default=8866, metavar="P")
    return parser


def _add_route(one: argparse.ArgumentParser) -> None:
    one.add_argument("instance", type=Path, metavar="INSTANCE")
    help_on_format = _("plain; or uhhc with shifts, lunch, wishes and optional visits")
    one.add_argument("--format", choices=("plain", "uhhc"), default="plain", help=help_on_format)
    help_on_seconds = _(
        "processor seconds of this process, its start included, compiling once not; default 10"
    )
    one.add_argument("--seconds", type=_seconds, metavar="S", help=help_on_seconds)
    help_on_moves = _("stop after so many moves: the same result on every machine")
    one.add_argument("--moves", type=_positive, metavar="N", help=help_on_moves)
    one.add_argument("--seed", type=_whole, default=1, metavar="N")
    one.add_argument("--out", type=Path, required=True, metavar="FILE")
    one.add_argument("--json", action="store_true")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            _("{value} is not a day; write it as 2026-11-22", value=text)
        ) from None


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(_("{value} is not a whole number", value=text)) from None


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(_("{value} is not a whole number above 0", value=text))
    return int(text)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(_("{value} is not a number above 0", value=text))
    return value


def _open(chosen: argparse.Namespace) -> Workbook:
    from casework.workbook import open_workbook

    book = open_workbook(chosen.db, acting=chosen.acting, today=chosen.as_of)
    chosen.opened.callback(book.close)  # so that the file is whole by itself when we are done
    return book


def _write_json(found: Any) -> None:
    json.dump(found, sys.stdout, ensure_ascii=False, indent=2, default=str)
    sys.stdout.write("\n")


def _progress(share: float, text: str = "") -> None:
    """Keep one line of progress on a terminal; stay silent in a log."""
    if sys.stderr.isatty():
        end = "\n" if share >= 1 else ""
        print(f"\r{share:5.0%} {text:<40}", end=end, file=sys.stderr, flush=True)


def _init(chosen: argparse.Namespace) -> int:
    from casework.errors import InvalidEntry
    from casework.records.base import now
    from casework.reference import agencies
    from casework.workbook import open_workbook
    from casework.workbook.founding import agency_of
    from casework.workbook.reference_check import check_reference, check_rules

    name = chosen.agency or agency_of(chosen.db)
    if name is None:
        raise InvalidEntry(
            _(
                "A new workbook needs an agency. Choose one with --agency: {known}",
                known=", ".join(agencies()),
            ),
            field="agency",
        )
    if name in agencies():
        today = chosen.as_of or day_of(now())
        check_reference(name, today)
        check_rules(name, today)
    book = open_workbook(chosen.db, agency=name)
    chosen.opened.callback(book.close)
    print(_("Workbook of {agency} is ready.", agency=book.agency.label))
    return DONE


def _score(chosen: argparse.Namespace) -> int:
    from casework.instruments.command import score_command

    return score_command(chosen.instrument, sys.stdin, sys.stdout, sys.stderr)


def _recompute(chosen: argparse.Namespace) -> int:
    found = _open(chosen).needs.recompute_all()
    print("\n".join(found.lines()))
    return FINDINGS if found.different else DONE


def _demo(chosen: argparse.Namespace) -> int:
    from casework.demo import make_demo
    from casework.demo.making import PEOPLE
    from casework.instruments.findings import need_rules

    need_rules()  # a mistake in a file of instruments or needs is said before anybody is written
    people = chosen.people or PEOPLE
    book = make_demo(
        chosen.db, chosen.agency, people, chosen.seed, today=chosen.as_of, progress=_progress
    )
    label = book.agency.label
    book.close()  # so that the file is whole by itself, without a log beside it
    print(_("A workbook of {n} invented people is ready: {agency}.", n=people, agency=label))
    return DONE


def _serve(chosen: argparse.Namespace) -> int:
    from casework.ui.serving import serve
    from casework.workbook.reference_check import check_reference

    book = _open(chosen)  # a missing or outdated workbook is said before a port is taken
    name, today = book.agency.code, book.today
    book.close()
    check_reference(name, today)  # and so is a mistake in a file of reference data
    if chosen.as_of:
        os.environ["CASEWORK_TODAY"] = chosen.as_of.isoformat()
    if chosen.acting:
        os.environ["CASEWORK_LOGIN"] = chosen.acting
    return serve(chosen.db, chosen.port, chosen.lab)


def _backup(chosen: argparse.Namespace) -> int:
    from casework.cli_keeping import back_up

    told = back_up(_open(chosen), chosen.file, chosen.keep, _progress, encrypt=chosen.encrypt)
    print(told)
    return DONE


def _change_encryption(chosen: argparse.Namespace) -> int:
    from casework.cli_keeping import change_encryption

    keyring = not getattr(chosen, "no_keyring", False)
    print(change_encryption(chosen.command, chosen.db, _progress, keyring=keyring))
    return DONE


def _restore(chosen: argparse.Namespace) -> int:
    from casework.cli_keeping import restore

    print(restore(chosen.db, chosen.file, _progress))
    return DONE


def _verify(chosen: argparse.Namespace) -> int:
    from casework.cli_keeping import verify

    lines, well = verify(chosen.db, chosen.file, chosen.head, _progress)
    print("\n".join(lines))
    return DONE if well else FINDINGS


def _roster(chosen: argparse.Namespace) -> int:
    return roster_command(chosen, _open(chosen), _write_json, _progress)


def _campaign(chosen: argparse.Namespace) -> int:
    return campaign_command(chosen, _open(chosen), _write_json)


def _hours(chosen: argparse.Namespace) -> int:
    return hours_command(chosen, _open(chosen), _write_json, _progress)


def _pair(chosen: argparse.Namespace) -> int:
    return pair_command(chosen, _open(chosen), _write_json, _progress)


def _route(chosen: argparse.Namespace) -> int:
    import signal
    import time

    from casework.routing import Budget
    from casework.routing.command import report_as_json, report_lines, route

    text = read_instance(chosen.instance)
    expect_place(chosen.out)
    stopped: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):  # what was found so far is written all the same
        before = signal.signal(number, lambda number, _frame: stopped.append(number))
        chosen.opened.callback(signal.signal, number, before)
    seconds = chosen.seconds or (None if chosen.moves else 10.0)
    until = None if seconds is None else seconds - min(_ENDING, seconds / 20)
    budget = Budget(until, chosen.moves, time.process_time, lambda: bool(stopped), _found_so_far)
    outcome, solution = route(text, budget, chosen.seed, _notice, chosen.format)
    write_whole(chosen.out, solution)
    if chosen.json:
        _write_json(report_as_json(outcome, time.process_time()))
    else:
        print("\n".join(report_lines(outcome, time.process_time())))
    return DONE


def _found_so_far(share: float, cost: float) -> None:
    _progress(share, _("cost {cost}", cost=f"{cost:.3f}"))


def _notice(text: str) -> None:
    print(text, file=sys.stderr)


def _import(chosen: argparse.Namespace) -> int:
    book = _open(chosen)
    report = book.intake.import_roster(chosen.file, dry_run=chosen.dry_run, progress=_progress)
    if chosen.report:
        report.write_csv(chosen.report)
    print(report.summary())
    return FINDINGS if report.problems else DONE


def _reconcile(chosen: argparse.Namespace) -> int:
    if chosen.out:
        expect_place(chosen.out)
    book = _open(chosen)
    found = book.reconciling.compare(chosen.file, unit=chosen.unit, progress=_progress)
    if chosen.out:
        book.reconciling.write(found, chosen.out)
    print(found.summary())
    return DONE if found.is_even and not found.differing else FINDINGS


def _people(chosen: argparse.Namespace) -> int:
    n = _open(chosen).intake.write_people(chosen.out)
    print(_("{n} people written to {file}.", n=n, file=chosen.out))
    return DONE


def _plan(chosen: argparse.Namespace) -> int:
    book = _open(chosen)
    needs = book.needs.settle_facts()
    done = book.plans.compile(days=chosen.days, progress=_progress)
    if chosen.json:
        _write_json(done.as_json())
    else:
        print(done.summary())
        print(needs.summary())
    return DONE


def _explain(chosen: argparse.Namespace) -> int:
    found = _open(chosen).plans.explain(chosen.person_id)
    if chosen.json:
        _write_json(found.as_json())
    else:
        print("\n".join(found.lines()))
    return DONE


def _tasks(chosen: argparse.Namespace) -> int:
    n = _open(chosen).tasks.write_csv(chosen.out)
    print(_("{n} tasks written to {file}.", n=n, file=chosen.out))
    return DONE


def _board(chosen: argparse.Namespace) -> int:
    board = _open(chosen).boards.supervisor(unit=chosen.unit)
    if chosen.json:
        _write_json(board.as_json())
    else:
        print("\n".join(board.lines()))
    return DONE


def _rules(chosen: argparse.Namespace) -> int:
    return rules_command(chosen, _open(chosen), _write_json, _progress)

"""The command ``access``: who may log in to a workbook on PostgreSQL, and do its rules stand."""

from __future__ import annotations

import argparse
from datetime import date
from typing import Any

from casework.terms import _

__all__ = ["access_command", "add_access"]

DONE, FINDINGS = 0, 1


def add_access(one: argparse.ArgumentParser) -> None:
    """Give the command its four jobs."""
    jobs = one.add_subparsers(dest="what", required=True, metavar="WHAT", parser_class=type(one))

    def job(name: str, purpose: str) -> argparse.ArgumentParser:
        made = jobs.add_parser(name, help=purpose, description=purpose)
        made.add_argument("--db", metavar="URL", default=argparse.SUPPRESS)
        return made

    made = job("grant", _("let a member of staff log in, in a role"))
    made.add_argument("login", metavar="LOGIN")
    made.add_argument("--role", required=True, metavar="ROLE")
    made.add_argument("--unit", metavar="CODE", help=_("whose people a supervisor sees; or all"))
    made = job("revoke", _("close an account at once"))
    made.add_argument("login", metavar="LOGIN")
    job("list", _("list the accounts"))
    job("release", _("release what analysts may read; once a month at most"))
    job("check", _("tell what is wrong with the rules of access"))


def access_command(chosen: argparse.Namespace) -> int:
    """Run the job that was chosen, as whoever owns the workbook."""
    from casework.access import accounts
    from casework.access.engines import database_url, open_engine

    engine = open_engine(database_url(chosen.db))
    chosen.opened.callback(engine.dispose)
    with engine.begin() as connection:
        if chosen.what == "grant":
            accounts.grant(connection, chosen.login, chosen.role, unit=chosen.unit)
            print(_("{login} may log in as {role}.", login=chosen.login, role=chosen.role))
        elif chosen.what == "revoke":
            accounts.revoke(connection, chosen.login)
            print(_("The account {login} is closed.", login=chosen.login))
        elif chosen.what == "release":
            print(_released(connection, chosen.as_of))
        elif chosen.what == "list":
            for one in accounts.accounts(connection):
                print("\t".join(_columns(one)))
        else:
            found = accounts.check_rules(connection)
            print("\n".join(found) or _("The rules of access stand as they should."))
            return FINDINGS if found else DONE
    return DONE


def _released(connection: Any, as_of: date | None) -> str:
    from casework.access.releasing import make_release

    made = make_release(connection, as_of or date.today())  # noqa: DTZ011  (the day at the desk)
    return _(
        "Release {id}: {n} rows published, {kept} kept back.",
        id=made.id,
        n=made.published,
        kept=made.kept_back,
    )


def _columns(one: object) -> list[str]:
    cells = [getattr(one, name) for name in ("login", "role", "name", "unit")]
    closed = getattr(one, "closed_at", None)
    return [
        *(str(cell or "-") for cell in cells),
        _("account closed") if closed else _("account open"),
    ]

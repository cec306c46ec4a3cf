#!/usr/bin/env python3
"""Accounts of people: one of the machine, one of the database, one of the workbook, under one name.

    sudo /usr/bin/python3 account.py add LOGIN --role ROLE [--unit CODE]   asks for a password
    sudo /usr/bin/python3 account.py close LOGIN                           at once, also open pages
    sudo /usr/bin/python3 account.py list

Decides the order: closing begins in the database, which holds for every open page, and then ends
what runs. Homes of closed accounts stay; they hold notebooks, which are the agency's. Standard
library only.
"""

from __future__ import annotations

import argparse
import getpass
import grp
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

LOGIN = re.compile(r"[a-z][a-z0-9_.-]{0,31}")
SHORTEST = 12
LOWEST_UID = 1000


class CannotGoOn(Exception):
    """Something stands in the way; the message says what to do about it."""


def main(arguments: list[str]) -> int:
    """Do what was asked; 0 done, 1 something stands in the way."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--etc", type=Path, default=Path("/etc/casework"))
    parser.add_argument("--prefix", type=Path, default=Path("/opt/casework"))
    jobs = parser.add_subparsers(dest="what", required=True)
    one = jobs.add_parser("add")
    one.add_argument("login")
    one.add_argument("--role", required=True)
    one.add_argument("--unit")
    one.add_argument("--home", type=Path, default=Path("/home"))
    jobs.add_parser("close").add_argument("login")
    jobs.add_parser("list")
    chosen = parser.parse_args(arguments)
    site = tomllib.loads((chosen.etc / "site.toml").read_text(encoding="utf-8"))
    try:
        if os.geteuid() != 0:
            raise CannotGoOn("run it as root")
        if chosen.what == "add":
            add(site, chosen)
        elif chosen.what == "close":
            close(site, chosen.prefix, chosen.login)
        else:
            casework(site, chosen.prefix, "access", "list")
    except CannotGoOn as reason:
        print(f"account: {reason}", file=sys.stderr)
        return 1
    return 0


def add(site: dict[str, object], chosen: argparse.Namespace) -> None:
    """Open an account, or give one that is there another role or another password."""
    login = chosen.login
    if not LOGIN.fullmatch(login):
        raise CannotGoOn("a login is small letters and digits, beginning with a letter; 32 at most")
    try:
        account = pwd.getpwnam(login)
        if account.pw_uid < LOWEST_UID:
            raise CannotGoOn(f"{login} is an account of the system; take another login")
    except KeyError:
        account = None
    unit = ["--unit", chosen.unit] if chosen.unit else []
    casework(site, chosen.prefix, "access", "grant", login, "--role", chosen.role, *unit)
    if account is None:
        home = chosen.home / login
        # No shell: the account is for pages, not for logging in to the machine.
        must("useradd", "--create-home", "--home-dir", str(home), "--shell", "/usr/sbin/nologin",
             login)  # fmt: skip
        home.chmod(0o700)
    must("usermod", "--append", "--groups", str(site["group"]), "--expiredate", "", login)
    if sys.stdin.isatty():
        password = getpass.getpass(f"Password for {login}: ")
    else:
        password = sys.stdin.readline().rstrip("\n")
    if len(password) < SHORTEST:
        raise CannotGoOn(f"a password has {SHORTEST} characters at least; the account has none yet")
    must("chpasswd", said=f"{login}:{password}\n")
    _keep(site)
    print(f"{login} may log in.")


def close(site: dict[str, object], prefix: Path, login: str) -> None:
    """Close an account: the database refuses the next statement, then everything of it ends."""
    casework(site, prefix, "access", "revoke", login)
    try:
        account = pwd.getpwnam(login)
    except KeyError:
        return
    if account.pw_uid < LOWEST_UID or login not in grp.getgrnam(str(site["group"])).gr_mem:
        raise CannotGoOn(f"{login} is no account for pages; nothing of the machine was changed")
    must("usermod", "--lock", "--expiredate", "1", login)
    _keep(site)
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if process.stat().st_uid == account.pw_uid:
                os.kill(int(process.name), signal.SIGKILL)
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended meanwhile
    print(f"{login} is closed.")


def _keep(site: dict[str, object]) -> None:
    """Copy the accounts to where a container finds them again; elsewhere there is no folder."""
    kept = Path(str(site["state"])).parent / "accounts"
    if kept.is_dir():
        for name in ("passwd", "shadow", "group", "gshadow"):
            shutil.copy2(Path("/etc") / name, kept / name)


def casework(site: dict[str, object], prefix: Path, *words: str) -> None:
    """Run a command of casework as the owner of the workbook; it has to succeed."""
    owner = pwd.getpwnam(str(site["owner"]))
    address = f"postgresql:///{site['database']}?host={site['socket_folder']}"
    done = subprocess.run(
        [prefix / "current" / "env" / "bin" / "python", "-sP", "-m", "casework", *words],
        user=owner.pw_uid,
        group=owner.pw_gid,
        extra_groups=[],
        umask=0o077,
        cwd="/",
        env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "CASEWORK_DB": address},
        check=False,
    )
    if done.returncode:
        raise CannotGoOn("the workbook refused; see the message above")


def must(*command: str, said: str | None = None) -> None:
    """Run a program that has to succeed."""
    if subprocess.run(command, input=said, text=True, check=False).returncode:
        raise CannotGoOn(f"this failed: {command[0]} for the account")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

#!/usr/bin/env python3
"""Install casework for many people on this machine, bring it up to date, or go back.

    sudo /usr/bin/python3 deploy/install.py --agency NAME     install, or upgrade to this checkout
    sudo /usr/bin/python3 deploy/install.py --rollback        the release before, same data
    sudo /usr/bin/python3 deploy/install.py --rollback --data ... and the backup made before it

Running it again changes nothing that is right already. Decides where things are and in which order
they change: a release is built whole beside the one in use, the workbook is backed up, migrated and
checked, and only then does the link ``current`` turn. Standard library only.
"""

from __future__ import annotations

import argparse
import grp
import hashlib
import json
import os
import pwd
import secrets
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1]
PARTS = ("casework", "dashboards", "data", "deploy", "notebooks", "requirements")
SINGLE = ("pyproject.toml", "run.py", "README.md")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", "node_modules", "tests")
UNITS = ("casework-proxy.service", "casework-hub.service", "casework-backup.service",
         "casework-backup.timer")  # fmt: skip
OLDEST_NODE = 20


class CannotGoOn(Exception):
    """Something is missing or failed; the message says what to do about it."""


@dataclass(frozen=True)
class Site:
    """Where everything is on this machine."""

    prefix: Path
    etc: Path
    state: Path
    run: Path
    units: Path
    pam: Path
    owner: str
    services: bool
    route: bool

    @property
    def proxy(self) -> str:
        """The account that the proxy runs under."""
        return f"{self.owner}-proxy"

    @property
    def current(self) -> Path:
        """The link to the release in use."""
        return self.prefix / "current"

    def settings(self) -> dict[str, object]:
        """Read the settings of this installation."""
        return tomllib.loads((self.etc / "site.toml").read_text(encoding="utf-8"))


def main(arguments: list[str]) -> int:
    """Do what was asked; 0 done, 1 something stands in the way."""
    chosen = _parser().parse_args(arguments)
    site = Site(
        prefix=chosen.prefix,
        etc=chosen.etc,
        state=chosen.state,
        run=chosen.run,
        units=chosen.units,
        pam=chosen.pam,
        owner=chosen.owner,
        services=not chosen.no_services,
        route=not chosen.no_route,
    )
    os.umask(0o022)
    try:
        _look_before()
        if chosen.rollback:
            roll_back(site, data=chosen.data)
        else:
            install(site, chosen)
    except CannotGoOn as reason:
        print(f"install: {reason}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--agency", help="folder under data/agencies; needed the first time")
    parser.add_argument("--name", help="what stands on the login page; by default the agency's")
    parser.add_argument("--rollback", action="store_true", help="go back to the release before")
    parser.add_argument("--data", action="store_true", help="... and to the backup made before it")
    parser.add_argument("--prefix", type=Path, default=Path("/opt/casework"))
    parser.add_argument("--etc", type=Path, default=Path("/etc/casework"))
    parser.add_argument("--state", type=Path, default=Path("/var/lib/casework"))
    parser.add_argument("--run", type=Path, default=Path("/run/casework"))
    parser.add_argument("--units", type=Path, default=Path("/etc/systemd/system"))
    parser.add_argument("--pam", type=Path, default=Path("/etc/pam.d/casework"))
    parser.add_argument("--socket-folder", default="/var/run/postgresql")
    parser.add_argument("--database", default="casework")
    parser.add_argument("--owner", default="casework", help="account that owns the workbook")
    parser.add_argument("--group", default="casework-people", help="whose members may log in")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--hub-port", type=int, default=8081)
    parser.add_argument("--proxy-port", type=int, default=8001)
    parser.add_argument("--http", action="store_true", help="without TLS; only for trying it out")
    parser.add_argument("--no-services", action="store_true", help="leave systemd alone")
    parser.add_argument("--no-route", action="store_true", help="without the search for rosters")
    return parser


def _look_before() -> None:
    """Refuse before anything is changed."""
    if os.geteuid() != 0:
        raise CannotGoOn("run it as root: sudo /usr/bin/python3 deploy/install.py")
    python = Path(os.path.realpath(sys.executable))
    hidden = [one for one in python.parents if not one.stat().st_mode & 0o001]
    if hidden:
        raise CannotGoOn(
            f"this Python lies in {hidden[0]}, where other accounts cannot reach it. Run it with "
            "the machine's: /usr/bin/python3 deploy/install.py"
        )
    missing = [one for one in ("node", "npm", "psql", "useradd", "runuser") if not _found(one)]
    if missing:
        raise CannotGoOn(
            f"not on this machine: {', '.join(missing)}. Install with: apt-get install nodejs npm "
            "postgresql-client passwd util-linux"
        )
    version = _read("node", "--version").lstrip("v")
    if int(version.split(".")[0]) < OLDEST_NODE:
        raise CannotGoOn(f"the proxy needs Node {OLDEST_NODE} or newer, and this is {version}")


# Installing -------------------------------------------------------------------------------------


def install(site: Site, chosen: argparse.Namespace) -> None:
    """Install this checkout, or bring an installation up to it."""
    _make_accounts(site, chosen.group)
    _make_folders(site)
    _write_settings(site, chosen)
    release = _build(site)
    _write_services(site)
    new = _make_database(site, release)
    before = site.current.resolve() if site.current.exists() else None
    if before == release:
        say("this release is in use already")
    _services(site, "stop")
    backup = None if new or before in (None, release) else _back_up(site, release)
    agency = [] if chosen.agency is None else ["--agency", chosen.agency]
    if new and not agency:
        raise CannotGoOn("say whose workbook it is: --agency NAME")
    casework(site, release, "init", *agency)
    casework(site, release, "access", "check")
    casework(site, release, "verify")
    _turn(site, release)
    if before not in (None, release):
        _note(site, release, before, backup)
    _services(site, "start")
    say(f"in use: {release.name}")


def roll_back(site: Site, *, data: bool) -> None:
    """Turn to the release before; with ``data`` also put back the backup made before the change."""
    note = site.state / "before.json"
    if not note.exists():
        raise CannotGoOn("there is no release before this one")
    told = json.loads(note.read_text(encoding="utf-8"))
    release = Path(told["release"])
    if not (release / "whole").exists():
        raise CannotGoOn(f"the release before is gone: {release}")
    _services(site, "stop")
    if data:
        if not told["backup"]:
            raise CannotGoOn("no backup was made before this release")
        _put_back(site, release, Path(told["backup"]))
    elif _run_casework(site, release, "verify"):
        raise CannotGoOn(
            "the release before cannot read the workbook as it stands. Go back with its data: "
            "--rollback --data; what was saved since then stays in a database beside it"
        )
    _turn(site, release)
    note.unlink()
    _services(site, "start")
    say(f"in use: {release.name}")


def _make_accounts(site: Site, group: str) -> None:
    """Make the accounts of the services, and the group of those who may log in."""
    for name in (site.owner, site.proxy):
        if not _known(name):
            must("useradd", "--system", "--user-group", "--no-create-home",
                 "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", name)  # fmt: skip
    try:
        grp.getgrnam(group)
    except KeyError:
        must("groupadd", "--system", group)


def _make_folders(site: Site) -> None:
    owner = pwd.getpwnam(site.owner)
    for folder, mode, mine in (
        (site.prefix, 0o755, False),
        (site.prefix / "releases", 0o755, False),
        (site.etc, 0o755, False),
        (site.state, 0o711, False),
        (site.state / "hub", 0o700, False),
        (site.state / "backups", 0o700, True),
        (site.run, 0o711, False),
    ):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(mode)
        if mine:
            os.chown(folder, owner.pw_uid, owner.pw_gid)


def _write_settings(site: Site, chosen: argparse.Namespace) -> None:
    """Write settings and secrets once; afterwards they belong to the agency."""
    settings = site.etc / "site.toml"
    if not settings.exists():
        values = {
            "agency": chosen.name or _agency_name(chosen.agency),
            "owner": site.owner,
            "database": chosen.database,
            "socket_folder": chosen.socket_folder,
            "group": chosen.group,
            "pam_service": site.pam.name,
            "state": str(site.state / "hub"),
            "run": str(site.run),
            "port": chosen.port,
            "hub_port": chosen.hub_port,
            "proxy_port": chosen.proxy_port,
            "https": not chosen.http,
            "language": "zh",
        }
        lines = [
            f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()
        ]
        _write(settings, "\n".join(["# Settings of this installation.", *lines, ""]), 0o644)
    hidden = site.etc / "secrets.env"
    if not hidden.exists():
        _write(hidden, f"CONFIGPROXY_AUTH_TOKEN={secrets.token_hex(32)}\n", 0o600)
    if not site.pam.exists():
        shutil.copyfile(SOURCE / "deploy" / "pam" / "casework", site.pam)


def _agency_name(agency: str | None) -> str:
    if agency is None:
        raise CannotGoOn("say whose workbook it is: --agency NAME")
    found = SOURCE / "data" / "agencies" / agency / "agency.toml"
    if not found.exists():
        raise CannotGoOn(f"there is no agency {agency!r} under data/agencies")
    label = tomllib.loads(found.read_text(encoding="utf-8")).get("label", {})
    return str(label.get("zh", agency)) if isinstance(label, dict) else agency


def _build(site: Site) -> Path:
    """Build a release whole, in a folder that is named for what is in it."""
    import run

    release = site.prefix / "releases" / f"{_version()}-{_digest(site)}"
    if (release / "whole").exists():
        return release
    say(f"building {release.name}")
    shutil.rmtree(release, ignore_errors=True)
    app = release / "app"
    app.mkdir(parents=True)
    for part in PARTS:
        shutil.copytree(SOURCE / part, app / part, ignore=LEFT_OUT)
    for name in SINGLE:
        shutil.copyfile(SOURCE / name, app / name)
    # The same steps as for a checkout, for another folder.
    run.ROOT, run.VENV = app, release / "env"
    run.PYTHON = run.VENV / "bin" / "python"
    run.make_environment()
    for level in (run.DEPLOY, *(["route"] if site.route else [])):
        run.install(level)
    run.connect()
    must(run.PYTHON, "-m", "compileall", "-q", app / "casework", app / "deploy" / "hub")
    proxy = release / "proxy"
    proxy.mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(SOURCE / "deploy" / "proxy" / name, proxy / name)
    must("npm", "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--silent",
         cwd=proxy)  # fmt: skip
    (release / "whole").touch()
    return release


def _version() -> str:
    project = tomllib.loads((SOURCE / "pyproject.toml").read_text(encoding="utf-8"))
    return str(project["project"]["version"])


def _digest(site: Site) -> str:
    """Give what tells two releases apart: every file of theirs, the interpreter, the parts."""
    seen = hashlib.sha256(f"{sys.version} {site.route}".encode())
    for path in sorted(_files()):
        seen.update(str(path.relative_to(SOURCE)).encode() + b"\0" + path.read_bytes())
    return seen.hexdigest()[:12]


def _files() -> Iterator[Path]:
    yield from (SOURCE / name for name in SINGLE)
    for part in PARTS:
        for folder, _folders, names in os.walk(SOURCE / part):
            skipped = LEFT_OUT(folder, [*names, Path(folder).name])
            if Path(folder).name not in skipped and "node_modules" not in folder:
                yield from (Path(folder) / name for name in names if name not in skipped)


def _write_services(site: Site) -> None:
    """Write the units, with the places of this machine in them."""
    values = {name: str(getattr(site, name)) for name in ("prefix", "etc", "state", "run")}
    values |= {key: str(value) for key, value in site.settings().items() if key not in values}
    site.units.mkdir(parents=True, exist_ok=True)
    for name in (*UNITS, "casework.tmpfiles"):
        text = (SOURCE / "deploy" / "systemd" / name).read_text(encoding="utf-8")
        for key, value in values.items():
            text = text.replace(f"@{key}@", value)
        place = Path("/etc/tmpfiles.d/casework.conf") if name.endswith("tmpfiles") else None
        if place is None or not site.services:
            place = site.units / name
        _write(place, text, 0o644)


def _services(site: Site, verb: str) -> None:
    if not site.services:
        return
    if verb == "start":
        must("systemd-tmpfiles", "--create")
        must("systemctl", "daemon-reload")
        must("systemctl", "enable", "--now", "casework-backup.timer", *UNITS[:2])
    elif subprocess.call(["systemctl", "cat", UNITS[1]], stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL) == 0:  # fmt: skip
        must("systemctl", verb, *reversed(UNITS[:2]))


# The workbook -----------------------------------------------------------------------------------


def _make_database(site: Site, release: Path) -> bool:
    """Make the owner's role and the database where they are not; tell whether it is new."""
    name = str(site.settings()["database"])
    if not as_postgres(site, f"SELECT 1 FROM pg_roles WHERE rolname = '{site.owner}'"):
        # Above the rules of rows, or a backup would be what one person sees; see docs/access.md.
        as_postgres(site, f"CREATE ROLE {site.owner} LOGIN CREATEROLE CREATEDB BYPASSRLS")
    new = not as_postgres(site, f"SELECT 1 FROM pg_database WHERE datname = '{name}'")
    if new:
        # In a database of the C locale, Chinese has no trigrams to search by.
        as_postgres(
            site,
            f"CREATE DATABASE {name} OWNER {site.owner} TEMPLATE template0 ENCODING 'UTF8' "
            "LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'",
        )
        as_postgres(site, f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
    # Functions of the server itself, which only its superuser can take from everybody.
    closing = release / "app" / "casework" / "access" / "large_objects.sql"
    if closing.exists():  # not in releases before
        as_postgres(site, closing.read_text(encoding="utf-8"), name)
    return new


def _back_up(site: Site, release: Path) -> Path:
    """Make a backup with the release in use, and read it once."""
    made = site.state / "backups" / f"before-{release.name}-{_now()}.backup"
    casework(site, site.current.resolve(), "backup", str(made))
    return made


def _put_back(site: Site, release: Path, backup: Path) -> None:
    """Put a backup into a new database, and leave the present one beside it under another name."""
    name = str(site.settings()["database"])
    aside = f"{name}_{_now().replace('-', '_')}"
    as_postgres(
        site,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + name + "'",
    )
    as_postgres(site, f"ALTER DATABASE {name} RENAME TO {aside}")
    say(f"the workbook as it was now is in the database {aside}")
    _make_database(site, release)
    casework(site, release, "restore", str(backup))
    casework(site, release, "access", "check")


def as_postgres(site: Site, sql: str, database: str = "postgres") -> str:
    """Say something to the server as its own account; give what it answers."""
    folder = str(site.settings()["socket_folder"])
    command = ["runuser", "-u", "postgres", "--", "psql", "-XAtq", "-v", "ON_ERROR_STOP=1"]
    done = subprocess.run(
        [*command, "-h", folder, "-d", database, "-c", sql],
        capture_output=True,
        text=True,
        cwd="/",
        check=False,
    )
    if done.returncode:
        raise CannotGoOn(f"PostgreSQL refused: {done.stderr.strip()}")
    return done.stdout.strip()


def casework(site: Site, release: Path, *words: str) -> None:
    """Run a command of casework as the owner of the workbook; it has to succeed."""
    status = _run_casework(site, release, *words)
    if status:
        how = f"with status {status}" if status > 0 else f"by signal {-status}"
        raise CannotGoOn(f"this failed: casework {shlex.join(words)}; it ended {how}")


def _run_casework(site: Site, release: Path, *words: str) -> int:
    settings = site.settings()
    address = f"postgresql:///{settings['database']}?host={settings['socket_folder']}"
    owner = pwd.getpwnam(site.owner)
    done = subprocess.run(
        [release / "env" / "bin" / "python", "-sP", "-m", "casework", *words],
        user=owner.pw_uid,
        group=owner.pw_gid,
        extra_groups=[],
        umask=0o077,
        cwd="/",
        env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "CASEWORK_DB": address},
        check=False,
    )
    return done.returncode


# Small things -----------------------------------------------------------------------------------


def _turn(site: Site, release: Path) -> None:
    """Point ``current`` at a release; at no moment does it point nowhere."""
    beside = site.prefix / "next"
    beside.unlink(missing_ok=True)
    beside.symlink_to(release)
    beside.replace(site.current)


def _note(site: Site, release: Path, before: Path | None, backup: Path | None) -> None:
    told = {"release": str(before), "backup": str(backup) if backup else None, "new": str(release)}
    _write(site.state / "before.json", json.dumps(told, indent=1), 0o600)


def _write(place: Path, text: str, mode: int) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    opened = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with open(opened, "w", encoding="utf-8") as file:
        file.write(text)
    place.chmod(mode)


def _now() -> str:
    return datetime.now().strftime("%Y%m%d-%H%M%S")  # noqa: DTZ005  (the clock of the machine)


def _known(account: str) -> bool:
    try:
        pwd.getpwnam(account)
    except KeyError:
        return False
    return True


def _found(program: str) -> bool:
    path = os.pathsep.join([os.environ["PATH"], "/usr/local/sbin", "/usr/sbin", "/sbin"])
    return shutil.which(program, path=path) is not None


def _read(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def must(*command: str | Path, cwd: Path = SOURCE) -> None:
    """Run a program that has to succeed."""
    if subprocess.run(list(map(str, command)), cwd=cwd, check=False).returncode:
        raise CannotGoOn(f"this failed: {shlex.join(map(str, command))}")


def say(text: str) -> None:
    """Show progress."""
    print(f"[casework] {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.path.insert(0, str(SOURCE))
    sys.exit(main(sys.argv[1:]))

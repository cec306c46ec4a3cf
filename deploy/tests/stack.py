"""The whole of an installation for many, on loopback, as different accounts of this machine.

Decides how install.py's result is started without systemd: by the very lines of the units, under
their accounts and with their capabilities. Everything it makes on the machine has the prefix
``cwt`` and is removed at the end, also what an earlier run that was killed left behind.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from deploy.without_systemd import SERVICES, start, stop
from tests.programs import postgresql

ROOT = Path(__file__).resolve().parents[2]
MARK = "cwt"
SYSTEM_PYTHON = "/usr/bin/python3"
AGENCY = "changshu"
PEOPLE = 12
# Login, login in the demonstration, role, unit.
ACCOUNTS = (
    (f"{MARK}-worker1", "caseworker1", "caseworker", None),
    (f"{MARK}-worker2", "caseworker2", "caseworker", None),
    (f"{MARK}-chief", "supervisor1", "supervisor", "all"),
    (f"{MARK}-analyst", None, "analyst", None),
    (f"{MARK}-admin", "administrator1", "administrator", None),
    (f"{MARK}-auditor", None, "auditor", None),
    (f"{MARK}-leaver", "supervisor1", "supervisor", "all"),
)
WORKER, OTHER, CHIEF, ANALYST, ADMIN, AUDITOR, LEAVER = (one[0] for one in ACCOUNTS)
START_SECONDS = 180
SKIPPED = shutil.ignore_patterns(
    ".git", ".venv", "var", "node_modules", "__pycache__", "tests", "docs"
)
LOCK = Path("/var/tmp") / f"{MARK}.lock"  # noqa: S108


@dataclass
class Stack:
    """Where everything is, and what runs."""

    folder: Path
    port: int
    hub_port: int
    proxy_port: int
    passwords: dict[str, str] = field(default_factory=dict)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def source(self) -> Path:
        """The checkout as it was at the beginning, whatever is changed in it meanwhile."""
        return self.folder / "source"

    @property
    def address(self) -> str:
        """Where people come in."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def places(self) -> list[str]:
        """The options that tell install.py where everything is."""
        there = self.folder
        return [
            *("--prefix", f"{there}/opt", "--etc", f"{there}/etc", "--state", f"{there}/state"),
            *("--run", f"{there}/run", "--units", f"{there}/units"),
            *("--pam", f"/etc/pam.d/{MARK}", "--owner", f"{MARK}owner"),
            *("--socket-folder", f"{there}/pg", "--group", f"{MARK}-people"),
            *("--port", str(self.port), "--hub-port", str(self.hub_port)),
            *("--proxy-port", str(self.proxy_port), "--http", "--no-services", "--no-route"),
        ]

    @property
    def python(self) -> Path:
        """The Python of the release in use."""
        return self.folder / "opt" / "current" / "env" / "bin" / "python"

    @property
    def database_url(self) -> str:
        """The workbook, as whoever asks."""
        return f"postgresql:///casework?host={self.folder}/pg"

    def install(
        self, *options: str, source: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run install.py of a checkout."""
        script = (source or self.source) / "deploy" / "install.py"
        command = [SYSTEM_PYTHON, str(script), *self.places, *options]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")

    def account(self, *words: str, said: str = "") -> subprocess.CompletedProcess[str]:
        """Run account.py."""
        script = ROOT / "deploy" / "account.py"
        there = ["--etc", str(self.folder / "etc"), "--prefix", str(self.folder / "opt")]
        command = [SYSTEM_PYTHON, str(script), *there, *words]
        return subprocess.run(command, input=said, capture_output=True, text=True, check=False)

    def owner(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command of casework as the owner of the workbook."""
        return self.as_person(f"{MARK}owner", str(self.python), "-sP", "-m", "casework", *words)

    def as_person(self, login: str, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a program under somebody's account, with nothing of ours in its surroundings."""
        account = pwd.getpwnam(login)
        return subprocess.run(
            command,
            user=account.pw_uid,
            group=account.pw_gid,
            extra_groups=[],
            umask=0o077,
            cwd="/",
            env={
                "PATH": os.defpath,
                "HOME": account.pw_dir,
                "LC_ALL": "C.UTF-8",
                "CASEWORK_DB": self.database_url,
            },
            capture_output=True,
            text=True,
            check=False,
        )

    def sql(self, login: str, statement: str) -> subprocess.CompletedProcess[str]:
        """Say something to the database under somebody's account."""
        where = ["-h", f"{self.folder}/pg", "-d", "casework"]
        return self.as_person(login, "psql", "-XAtq", *where, "-c", statement)

    def start(self) -> None:
        """Start proxy and hub as their units say, and wait until the login page is there."""
        for unit in SERVICES:
            with (self.folder / f"{unit}.log").open("ab") as log:
                self.running[unit] = start(self.folder / "units" / f"{unit}.service", log)
        latest = time.monotonic() + START_SECONDS
        while time.monotonic() < latest:
            if any(one.poll() is not None for one in self.running.values()):
                break
            try:
                with urllib.request.urlopen(f"{self.address}/hub/login", timeout=5):
                    return
            except OSError:
                time.sleep(0.2)
        raise AssertionError(f"the hub did not start:\n{self.log()}")

    def stop(self) -> None:
        """Stop hub and proxy, as systemd does."""
        for unit in reversed(list(self.running)):
            stop(self.running.pop(unit))

    def log(self) -> str:
        """Give what the services wrote."""
        return "".join(
            f"--- {path.name}\n{path.read_text(errors='replace')[-4000:]}"
            for path in sorted(self.folder.glob("*.log"))
        )


@contextmanager
def a_stack(people: int = PEOPLE, crowd: Sequence[str] = ()) -> Iterator[Stack]:
    """Install everything below a folder of its own, with invented people, and start it.

    ``crowd`` are logins of more caseworkers, who care for nobody yet.
    """
    if os.geteuid() != 0:
        raise RuntimeError("the smoke test makes accounts of the machine: run it as root")
    alone = LOCK.open("w")
    try:
        fcntl.flock(alone, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        alone.close()
        raise RuntimeError(
            "another smoke test runs here: each removes what the other made"
        ) from None
    _sweep()
    # Its path is short, for the sockets of kernels, and open, for other accounts.
    folder = Path("/var/tmp") / f"{MARK}-{secrets.token_hex(1)}"  # noqa: S108
    folder.mkdir(mode=0o755)
    with ExitStack() as kept:
        kept.callback(alone.close)
        kept.callback(_sweep)
        stack = Stack(folder, *free_ports(3))
        kept.callback(stack.stop)
        shutil.copytree(ROOT, stack.source, ignore=SKIPPED)
        kept.enter_context(_postgresql(folder))
        done = stack.install("--agency", AGENCY)
        assert done.returncode == 0, done.stderr
        with (folder / "etc" / "site.toml").open("a", encoding="utf-8") as settings:
            settings.write("look_seconds = 2\n")
        _fill(stack, people)
        _join(stack, crowd)
        stack.start()
        yield stack


def _fill(stack: Stack, people: int) -> None:
    """Put invented people in, and open the accounts."""
    done = stack.owner("demo", "--agency", AGENCY, "--people", str(people))
    assert done.returncode == 0, done.stderr
    made = f"{MARK}owner"
    staff = stack.sql(made, "SELECT login FROM staff").stdout.split()
    spare = [one for one in staff if one not in {demo for _l, demo, *_more in ACCOUNTS}]
    taken: set[str] = set()
    for login, demo, role, unit in ACCOUNTS:
        if demo is not None:
            one = demo if demo not in taken and demo in staff else spare.pop()
            taken.add(one)
            stack.sql(made, f"UPDATE staff SET login = '{login}' WHERE login = '{one}'")
        stack.passwords[login] = secrets.token_hex(12)
        where = ["--unit", unit] if unit else []
        home = ["--home", str(stack.folder / "home")]
        (stack.folder / "home").mkdir(exist_ok=True)
        done = stack.account(
            "add", login, "--role", role, *where, *home, said=f"{stack.passwords[login]}\n"
        )
        assert done.returncode == 0, f"{login}: {done.stderr}"
    done = stack.owner("access", "release")
    assert done.returncode == 0, done.stderr


def _join(stack: Stack, crowd: Sequence[str]) -> None:
    """Open accounts of many more caseworkers, in one go."""
    code = """
import sys
from casework.access.accounts import grant
from casework.access.engines import database_url, open_engine
from sqlalchemy import text

with open_engine(database_url()).begin() as connection:
    for login in sys.argv[1:]:
        values = {"login": login, "role": "caseworker"}
        added = "INSERT INTO staff (login, name, role) VALUES (:login, :login, :role)"
        connection.execute(text(added), values)
        grant(connection, login, "caseworker")
"""
    if not crowd:
        return
    done = stack.as_person(f"{MARK}owner", str(stack.python), "-sP", "-c", code, *crowd)
    assert done.returncode == 0, done.stderr
    for login in crowd:
        stack.passwords[login] = secrets.token_hex(12)
        home = ["--create-home", "--home-dir", str(stack.folder / "home" / login)]
        group = ["--groups", f"{MARK}-people", "--shell", "/usr/sbin/nologin"]
        subprocess.run(["useradd", *home, *group, login], check=True)
    said = "".join(f"{login}:{stack.passwords[login]}\n" for login in crowd)
    subprocess.run(["chpasswd"], input=said, text=True, check=True)


@contextmanager
def _postgresql(folder: Path) -> Iterator[None]:
    """Run a server that knows people by their account of the machine, as our settings say."""
    programs = postgresql()
    assert programs is not None, "no PostgreSQL server on this machine"
    account = pwd.getpwnam("postgres")
    place = folder / "pg"
    place.mkdir()
    place.chmod(0o755)
    os.chown(place, account.pw_uid, account.pw_gid)
    data = place / "data"
    with (folder / "postgresql.log").open("wb") as log:
        as_server = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": [],
                     "cwd": place, "stdin": subprocess.DEVNULL, "stdout": log, "stderr": log,
                     "env": {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}}  # fmt: skip
        subprocess.run(
            [programs / "initdb", "-D", data, "-U", "postgres", "--auth=peer", "--no-sync",
             "--encoding=UTF8", "--locale=C.UTF-8"],
            check=True,
            **as_server,
        )  # fmt: skip
        rules = (ROOT / "deploy" / "postgresql" / "pg_hba.conf").read_text(encoding="utf-8")
        rules = rules.replace("@database@", "casework").replace("@owner@", f"{MARK}owner")
        (data / "pg_hba.conf").write_text(rules, encoding="utf-8")
        settings = (ROOT / "deploy" / "postgresql" / "casework.conf").read_text(encoding="utf-8")
        with (data / "postgresql.auto.conf").open("a", encoding="utf-8") as file:
            file.write(settings + "shared_buffers = '128MB'\n")
        command = ["setpriv", "--pdeathsig", "INT", programs / "postgres", "-D", data, "-k", place]
        server = subprocess.Popen(command, **as_server)
        try:
            latest = time.monotonic() + START_SECONDS
            while subprocess.call(["pg_isready", "-q", "-h", str(place)]) != 0:
                assert time.monotonic() < latest and server.poll() is None, "no PostgreSQL"
                time.sleep(0.1)
            yield
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(30)


def free_ports(number: int) -> list[int]:
    with ExitStack() as kept:
        taken = [kept.enter_context(socket.socket()) for _n in range(number)]
        for one in taken:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in taken]


def _sweep() -> None:
    """Remove what bears our mark: processes, accounts, folders, the service of PAM."""
    ours = [entry for entry in pwd.getpwall() if entry.pw_name.startswith(MARK)]
    uids = {entry.pw_uid for entry in ours}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if process.stat().st_uid in uids:
                os.kill(int(process.name), signal.SIGKILL)
        except OSError:
            continue
    for entry in ours:
        subprocess.run(["userdel", entry.pw_name], capture_output=True, check=False)
    groups = Path("/etc/group").read_text(encoding="utf-8")
    for name in re.findall(rf"^({MARK}[^:]*):", groups, re.M):
        subprocess.run(["groupdel", name], capture_output=True, check=False)
    for folder in Path("/var/tmp").glob(f"{MARK}-*"):  # noqa: S108
        shutil.rmtree(folder, ignore_errors=True)
    Path(f"/etc/pam.d/{MARK}").unlink(missing_ok=True)

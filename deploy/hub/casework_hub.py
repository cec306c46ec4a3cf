"""Who may log in at the hub, and what is started under whose account.

Decides that a login is an account of the machine that the workbook knows as well, and which program
an account gets: dashboards or JupyterLab. The database decides the role, asked under the person's
own account; the hub keeps no list of its own. What a role may see is not decided here at all.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import pwd
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import Popen
from typing import Any, ClassVar

from jupyterhub.auth import PAMAuthenticator
from jupyterhub.spawner import LocalProcessSpawner, set_user_setuid
from person_groups import PersonGroups
from tornado.web import HTTPError
from traitlets import Int, Unicode

__all__ = ["DatabaseAway", "OwnAccount", "OwnLogin", "kind_of_server", "role_of", "ways_of"]

_ASK_ROLE = "SELECT role FROM access.my_account() WHERE login IS NOT NULL"
_ASK_SECONDS = 10
_SOCKETS_WAITING = 128
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38

DASHBOARDS, LAB = "dashboards", "lab"


class DatabaseAway(Exception):
    """The database does not answer, so nothing is known about an account."""


class Refused(HTTPError):  # type: ignore[misc]
    """What was asked for is not for this role; the hub's page shows the message."""

    def __init__(self, message: str) -> None:
        super().__init__(403, message)
        self.jupyterhub_message = message


def kind_of_server(role: str | None, name: str) -> str:
    """Say what is started for a role under a name of a server.

    Parameters
    ----------
    role : str or None
        As the workbook has it; None is no open account.
    name : str
        Empty for the server everybody has, ``lab`` for the one beside it.

    Returns
    -------
    str
        ``dashboards`` or ``lab``.

    Raises
    ------
    Refused
        If the role does not have it.
    """
    if role is None:
        raise Refused(
            "您的账号未开通或已停用，请联系系统管理员。 Your account is not open. Ask whoever "
            "looks after the installation."
        )
    # They see no person, so that no dashboard has anything for them: analysts read what is
    # released, auditors who did what, both as tables in a notebook.
    if role in ("analyst", "auditor") and not name:
        return LAB
    if not name:
        return DASHBOARDS
    if role == "caseworker" and name == LAB:
        return LAB
    raise Refused("您的角色没有此项。 Your role does not have this.")


def role_of(login: str, database: str, folder: str) -> str | None:
    """Ask the workbook, under the person's own account, which role it knows them in.

    Parameters
    ----------
    login : str
        An account of this machine, and a role of the database server (peer authentication).
    database, folder : str
        Name of the database, and folder of the server's socket.

    Returns
    -------
    str or None
        None if the workbook has no open account for them.

    Raises
    ------
    DatabaseAway
        If the server does not answer.
    """
    try:
        account = pwd.getpwnam(login)
    except KeyError:
        return None
    command = ["psql", "-XAtq", "-h", folder, "-d", database, "-c", _ASK_ROLE]
    surroundings = {"PATH": os.environ.get("PATH", os.defpath), "PGCONNECT_TIMEOUT": "5"}
    done = subprocess.run(
        command,
        user=account.pw_uid,
        group=account.pw_gid,
        extra_groups=[],
        env=surroundings,
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_ASK_SECONDS,
        check=False,
    )
    if done.returncode == 0:
        return done.stdout.strip() or None
    ready = subprocess.run(
        ["pg_isready", "-q", "-h", folder, "-t", "5"], env=surroundings, check=False
    )
    if ready.returncode != 0:
        raise DatabaseAway(f"no answer from PostgreSQL in {folder}")
    return None


def ways_of(login: str, database: str, folder: str) -> set[str]:
    """Say what the hub's page offers somebody: ``dashboards``, ``lab``, both, or nothing."""
    try:
        role = role_of(login, database, folder)
    except (DatabaseAway, subprocess.TimeoutExpired):
        return set()
    found = set()
    for name in ("", LAB):
        with contextlib.suppress(Refused):
            found.add(kind_of_server(role, name))
    return found


class OwnLogin(PAMAuthenticator):  # type: ignore[misc]
    """Login and password of the machine (PAM), for those whom the workbook knows."""

    database = Unicode("casework", help="Name of the database.").tag(config=True)
    socket_folder = Unicode("/var/run/postgresql", help="Of PostgreSQL.").tag(config=True)

    async def authenticate(self, handler: Any, data: dict[str, str]) -> Any:
        """Let in whoever knows the password and has an open account in the workbook.

        All refusals look the same from outside, so that nobody learns who has an account.
        """
        name = await super().authenticate(handler, data)
        if name is None:
            return None
        try:
            role = await asyncio.to_thread(role_of, name, self.database, self.socket_folder)
        except (DatabaseAway, subprocess.TimeoutExpired):
            self.log.error("the database does not answer: nobody can be let in")
            return None
        return name if role else None

    async def refresh_user(self, user: Any, handler: Any = None, **_more: Any) -> bool:
        """End the session of whose account was closed meanwhile.

        While the database is away nothing is known, and nothing can be read either: sessions stay.
        """
        try:
            return bool(
                await asyncio.to_thread(role_of, user.name, self.database, self.socket_folder)
            )
        except (DatabaseAway, subprocess.TimeoutExpired):
            return True


class OwnAccount(LocalProcessSpawner):  # type: ignore[misc]
    """A server under the person's own account, on a socket that nobody can take from it.

    The hub binds the port and hands the open socket down: a colleague's notebook cannot listen on
    it first, and as long as the hub holds it, nor after the server has died.
    """

    database = Unicode("casework", help="Name of the database.").tag(config=True)
    socket_folder = Unicode("/var/run/postgresql", help="Of PostgreSQL.").tag(config=True)
    run_folder = Unicode("/run/casework", help="For sockets and temporary files.").tag(config=True)
    processes_at_most = Int(200, help="Of one account, by RLIMIT_NPROC.").tag(config=True)
    memory_of_process = Int(2 * 2**30, help="Bytes, by RLIMIT_DATA.").tag(config=True)
    memory_of_person = Int(4 * 2**30, help="Bytes of all processes, by cgroup.").tag(config=True)

    ask_again_seconds = Int(45, help="Between two looks whether an account is open.").tag(
        config=True
    )

    groups: ClassVar[PersonGroups | None] = None  # of all spawners together
    listening: socket.socket | None = None
    _asked_at = 0.0

    async def start(self) -> tuple[str, int]:
        """Start dashboards or JupyterLab, as the role has it."""
        role = await asyncio.to_thread(role_of, self.user.name, self.database, self.socket_folder)
        kind = kind_of_server(role, self.name)
        self._let_go()
        self.listening = socket.socket()
        self.listening.bind(("127.0.0.1", 0))
        self.listening.listen(_SOCKETS_WAITING)
        self.port = self.listening.getsockname()[1]
        folder = self._own_folder()
        handed = self.listening.fileno()
        if kind == LAB:
            self.default_url = "/lab"
        environment = {
            **self.get_env(),
            "CASEWORK_DB": f"postgresql:///{self.database}?host={self.socket_folder}",
            "CASEWORK_HOME": "caseworker" if role == "caseworker" else "supervisor",
            "CASEWORK_LISTEN_FD": str(handed),
            "TMPDIR": str(folder),
            "JUPYTER_RUNTIME_DIR": str(folder / "rt"),
        }
        self.proc = Popen(
            [sys.executable, "-sP", "-m", "casework.ui.hub", kind],
            env=environment,
            stdin=subprocess.DEVNULL,
            pass_fds=[handed],
            start_new_session=True,
            preexec_fn=self._become(folder / f"{kind}.log", self._group()),
        )
        self.pid = self.proc.pid
        self._asked_at = time.monotonic()
        return "127.0.0.1", self.port

    async def poll(self) -> int | None:
        """Tell whether the server runs; that of an account closed meanwhile is ended."""
        status: int | None = await super().poll()
        if status is not None or time.monotonic() - self._asked_at < self.ask_again_seconds:
            return status
        self._asked_at = time.monotonic()
        try:
            role = await asyncio.to_thread(
                role_of, self.user.name, self.database, self.socket_folder
            )
        except (DatabaseAway, subprocess.TimeoutExpired):
            return None
        if role is not None:
            return None
        self.log.warning("the account %s was closed: its server ends", self.user.name)
        await super().stop(now=True)
        return 0

    def clear_state(self) -> None:
        """Forget the server, and let go of its port."""
        super().clear_state()
        self._let_go()

    def _let_go(self) -> None:
        if self.listening is not None:
            self.listening.close()
            self.listening = None

    def _own_folder(self) -> Path:
        """Make the person's folder for sockets and temporary files, in memory where /run is."""
        account = pwd.getpwnam(self.user.name)
        folder = Path(self.run_folder) / str(account.pw_uid)
        if not folder.exists():
            folder.mkdir(mode=0o700)
            os.chown(folder, account.pw_uid, account.pw_gid)
        return folder

    def _group(self) -> Path | None:
        """Give what takes processes into the group of the person's account."""
        if OwnAccount.groups is None:
            OwnAccount.groups = PersonGroups(self.memory_of_person, self.processes_at_most)
            if not OwnAccount.groups.are_there:
                self.log.warning("no group of our own: memory has a limit a process, not a person")
        return OwnAccount.groups.of(pwd.getpwnam(self.user.name).pw_uid)

    def _become(self, log: Path, group: Path | None) -> Callable[[], None]:
        """Give what the new process does before it is the person's program."""
        become = set_user_setuid(self.user.name)
        limits = {
            resource.RLIMIT_NPROC: self.processes_at_most,
            resource.RLIMIT_DATA: self.memory_of_process,
            # A dump of a kernel that crashed would hold what was on the screen.
            resource.RLIMIT_CORE: 0,
        }
        prctl = ctypes.CDLL(None, use_errno=True).prctl

        def begin() -> None:
            if group is not None:
                group.write_text("0\n", encoding="ascii")  # whoever writes it
            for which, most in limits.items():
                resource.setrlimit(which, (most, most))
            os.umask(0o077)
            become()
            # No sudo and no other set-uid program, whatever a notebook starts.
            if prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
                raise OSError(ctypes.get_errno(), "no_new_privs")
            prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            # Opened by the person, not by root: a link laid there leads only where they may write.
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
            for place in (1, 2):
                os.dup2(os.open(log, flags, 0o600), place)

        return begin

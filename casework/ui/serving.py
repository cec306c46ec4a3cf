"""Serving the dashboards on loopback: one process, one address, kernels warm and counted.

Decides how voila is configured so that a page stands fast, leaks nothing and needs nobody else:
own page without outside requests, only the scripts that are used, kernels heated beforehand and
ended when their page closes, no files, no tracebacks, no choice of template. The configuration is
code; files named ``voila.py`` or ``voila.json`` lying about are not read.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import logging
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
import time
import webbrowser
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from casework.access.key_agent import a_key_agent
from casework.access.keys import held_keys
from casework.errors import CaseworkError
from casework.terms import _, language, speaking
from casework.ui.lab_saving import SAVED_BY
from casework.ui.theme import theme_css
from casework.ui.voila_csp import security_headers

__all__ = ["configuration", "lab_settings", "serve", "set_environment", "spare_what_costs"]

_HERE = Path(__file__).parent / "voila"
_ROOT = Path(__file__).resolve().parents[2]
_EXTENSIONS = [
    "@jupyter-widgets/jupyterlab-manager",
    "@voila-dashboards/widgets-manager8",
    "anywidget",
]
_PORTS_TRIED = 50
_KERNELS_AT_MOST = 40
_KERNELS_AT_LEAST = 6
_MEMORY_OF_KERNEL = 250 * 2**20
_IDLE_SECONDS = 30 * 60
_LONGEST_MESSAGE = 64 * 2**20
_POLL_SECONDS = 8
_HEATING_PAUSE = 3.0
_START_SECONDS = 180
_LONGEST_SOCKET_FOLDER = 40


def serve(
    db_url: str | None = None,
    port: int = 8866,
    lab: bool = False,
    open_browser: bool = False,
    *,
    announce: Callable[[str], object] = print,
    dashboards: Path | None = None,
) -> int:
    """Serve the dashboards until Ctrl-C.

    Parameters
    ----------
    db_url : str, optional
        SQLAlchemy URL or path of the workbook; by default what ``CASEWORK_DB`` says.
    port : int
        The first port to try; when it is taken the next free one is used, and said.
    lab : bool
        Whether JupyterLab is started beside them, for the notebooks.
    open_browser : bool
    announce : callable
        Prints the address, and what else is worth saying.
    dashboards : Path, optional
        Folder of the dashboard notebooks; the first page is ``supervisor.ipynb``.

    Returns
    -------
    int
        Exit status: 0 after Ctrl-C.

    Raises
    ------
    CaseworkError
        When no port is free.
    """
    spare_what_costs()
    folder = dashboards or _ROOT / "dashboards"
    listening = _listen(port, announce)
    address = f"http://127.0.0.1:{listening.getsockname()[1]}/"
    with contextlib.ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="casework-")))
        set_environment(db_url, scratch)
        if keys := held_keys():  # of an encrypted workbook, which was opened before we serve it
            find = {salt: key.raw for salt, key in keys.items()}.get
            stack.enter_context(a_key_agent(scratch / "keys", find))
        app = _application(folder, scratch)
        if lab:
            announce(_("JupyterLab: {address}", address=stack.enter_context(_lab(scratch))))
        announce(_("casework is ready: {address}  (Ctrl-C ends it)", address=address))
        if open_browser:
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
        app.run(listening)
    announce(_("casework has ended."))
    return 0


def spare_what_costs() -> None:
    """Keep 39 grammars from being compiled at every import of nbformat; see voila.md."""
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


def _listen(port: int, announce: Callable[[str], object]) -> socket.socket:
    """Take the port, or the next one that is free."""
    for candidate in range(port, min(port + _PORTS_TRIED, 65536)):
        taken = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", candidate))
            taken.listen(128)
        except OSError:
            taken.close()
            continue
        taken.setblocking(False)
        if candidate != port:
            announce(
                _(
                    "Port {port} is taken by another program; using {other}.",
                    port=port,
                    other=candidate,
                )
            )
        return taken
    raise CaseworkError(
        _(
            "No port from {first} to {last} is free. End what uses them, or choose another with "
            "--port.",
            first=port,
            last=port + _PORTS_TRIED - 1,
        )
    )


def set_environment(db_url: str | None, scratch: Path) -> None:
    """Tell the kernels which workbook, language and page they serve.

    They work in another folder than whoever starts them, so a file is named from the root.
    """
    if db_url or not os.environ.get("CASEWORK_DB", "").startswith("postgresql"):
        _name_database(db_url)
    os.environ["CASEWORK_LANG"] = language()
    os.environ["CASEWORK_SERVED"] = "1"
    os.environ["IPYTHONDIR"] = str(_without_history(scratch / "ipython"))
    os.environ["PYTHONPATH"] = _before(str(_ROOT), os.environ.get("PYTHONPATH"))
    os.environ["JUPYTER_PATH"] = _before(str(_HERE), os.environ.get("JUPYTER_PATH"))


def _name_database(db_url: str | None) -> None:
    from casework.access.engines import database_url  # half a second, which a hub need not wait

    url = database_url(db_url)
    if url.get_backend_name() == "sqlite" and url.database and not url.query:
        os.environ["CASEWORK_DB"] = str(Path(url.database).resolve())
    elif db_url:
        os.environ["CASEWORK_DB"] = db_url


def _without_history(folder: Path) -> Path:
    """Let kernels keep no history: a number typed into a cell would stand in it for years."""
    profile = folder / "profile_default"
    profile.mkdir(parents=True)
    settings = "get_config().HistoryManager.enabled = False\n"
    (profile / "ipython_config.py").write_text(settings, encoding="utf-8")
    return folder


def _before(first: str, rest: str | None) -> str:
    return os.pathsep.join([first, rest] if rest else [first])


def _words(code: str) -> dict[str, str]:
    """Give the texts of the page itself in one language."""
    with speaking(code):
        return {
            "title": _("Casework"),
            "opening": _("Opening the workbook…"),
            "noscript": _("This page needs JavaScript. Please allow it for this address."),
            "lost": _("The connection is lost; trying again. What you entered is still here."),
            "dead": _(
                "This page has ended, because the program was stopped or after a long pause. What "
                "you entered before comes back when you open it again; copy what you entered since."
            ),
            "reopen": _("Open it again"),
            "many": _("Too many pages of the workbook are open."),
            "many_advice": _(
                "Close pages that nobody needs any more, wait a moment and try again. What was "
                "typed in the others stays there."
            ),
            "again": _("Try again"),
            "failed": _("The page could not be shown."),
            "failed_advice": _(
                "The program failed and noted it in the log. Load the page again; if it stays so, "
                "tell whoever looks after casework."
            ),
        }


def _page_resources() -> dict[str, Any]:
    """Give what the template writes into the page."""
    early = (_HERE / "early.js").read_text(encoding="utf-8")
    words = json.dumps({code: _words(code) for code in ("zh", "en")}, ensure_ascii=False)
    return {
        "lang": "zh-CN" if language() == "zh" else "en",
        "theme": theme_css() + (_HERE / "page.css").read_text(encoding="utf-8"),
        "scripts": {
            "early": early.replace("__WORDS__", words.replace("</", "<\\/")).replace(
                "__POLL__", str(_POLL_SECONDS * 1000)
            ),
            "failed": "caseworkFailed()",
            "paint": "caseworkPaint()",
        },
        "words": _words(language()),
        "bundle": "",
    }


def configuration(folder: Path, scratch: Path) -> Any:
    """Give the whole configuration of voila.

    Parameters
    ----------
    folder : Path
        Where the notebooks behind the pages are.
    scratch : Path
        Where sockets of kernels may be: a folder that nobody else can open.

    Returns
    -------
    traitlets.config.Config
        For `casework.ui.voila_app.Dashboards`.
    """
    from traitlets.config import Config

    page = _page_resources()
    return Config(
        {
            "Voila": {
                "root_dir": str(folder),
                "ip": "127.0.0.1",
                "open_browser": False,
                "log_level": logging.ERROR,
                "connection_dir_root": str(scratch),
                "identity_provider_class": "casework.ui.voila_app.LocalVisitor",
                "tornado_settings": {
                    "headers": security_headers(page["scripts"].values()),
                    "allow_remote_access": False,
                    "local_hostnames": ["localhost", "127.0.0.1"],
                    "websocket_max_message_size": _LONGEST_MESSAGE,
                },
            },
            "VoilaConfiguration": {
                "template": "casework",
                "theme": "light",
                "allow_template_override": "NO",
                "allow_theme_override": "NO",
                "strip_sources": True,
                "show_tracebacks": False,
                "file_allowlist": [],
                "extension_allowlist": _EXTENSIONS,
                "multi_kernel_manager_class": "casework.ui.voila_app.Kernels",
                "http_header_envs": ["Casework-acting", "Casework-language"],
                "preheat_kernel": True,
                "default_pool_size": 1,
                "resources": {"casework": page},
            },
            "MappingKernelManager": {
                "allow_tracebacks": False,
                "cull_idle_timeout": _IDLE_SECONDS,
                "cull_interval": 60,
                "cull_connected": False,
            },
            "KernelRestarter": {"restart_limit": 0},  # another would know nothing of its page
            "KernelManager": {"shutdown_wait_time": 1.0, "transport": _transport(scratch)},
            "Kernels": {"at_most": _kernels_at_most()},
            "VoilaKernelManager": {"fill_delay": _HEATING_PAUSE},
        }
    )


def _kernels_at_most() -> int:
    """Say how many pages the memory of this computer bears, half of it being left to others."""
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return _KERNELS_AT_MOST
    return max(_KERNELS_AT_LEAST, min(_KERNELS_AT_MOST, memory // (2 * _MEMORY_OF_KERNEL)))


def _transport(scratch: Path) -> str:
    """Choose how kernels are spoken to: by sockets in our own folder, which nobody else can open.

    A path to a socket may be about a hundred characters long; where the folder for temporary
    files is too deep for that, as on macOS, ports on loopback are used.
    """
    return "ipc" if len(str(scratch)) <= _LONGEST_SOCKET_FOLDER else "tcp"


def _application(folder: Path, scratch: Path) -> Any:
    """Make the server: voila with our routes, kernels and headers."""
    from casework.ui.voila_app import Dashboards

    # That a page went to sleep is no news for whoever started the program.
    logging.getLogger("tornado.application").setLevel(logging.ERROR)
    # Nor that a kernel still spoke while the program was ending.
    logging.getLogger("tornado.general").setLevel(logging.ERROR)
    app = Dashboards(config=configuration(folder, scratch))
    app.initialize([])
    return app


@contextlib.contextmanager
def _lab(scratch: Path) -> Iterator[str]:
    """Run JupyterLab beside the dashboards, with a token of its own; give its address."""
    token = secrets.token_urlsafe(24)
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--no-browser",
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={_ROOT}",
        f"--LabApp.app_settings_dir={lab_settings(scratch)}",
        f"--ContentsManager.pre_save_hook={SAVED_BY}",
        *(["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
    ]
    environment = {key: value for key, value in os.environ.items() if key != "CASEWORK_SERVED"}
    environment["JUPYTER_TOKEN"] = token
    with (scratch / "lab.log").open("wb") as log:
        for port in _free_ports(8888):
            process = subprocess.Popen(  # noqa: S603
                [*command, f"--ServerApp.port={port}"],
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            try:
                if _stands(process, port, token):
                    yield f"http://127.0.0.1:{port}/lab?token={token}"
                    return
            finally:
                _end(process)
    raise CaseworkError(_("No port is free for JupyterLab."))


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a server, by force when it does not go."""
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def lab_settings(scratch: Path) -> Path:
    """Write what JupyterLab starts with here: our language, and no news from elsewhere."""
    folder = scratch / "lab"
    folder.mkdir()
    choices = {
        "@jupyterlab/translation-extension:plugin": {
            "locale": "zh_CN" if language() == "zh" else "default"
        },
        "@jupyterlab/apputils-extension:notification": {
            "fetchNews": "false",
            "checkForUpdates": False,
        },
    }
    (folder / "overrides.json").write_text(json.dumps(choices), encoding="utf-8")
    return folder


def _stands(process: subprocess.Popen[bytes], port: int, token: str) -> bool:
    """Wait until our server answers; tell False when another was faster at taking the port."""
    latest = time.monotonic() + _START_SECONDS
    while time.monotonic() < latest:
        if _knows(port, token):
            return True
        if process.poll() is not None:
            if _is_taken(port):
                return False
            break
        time.sleep(0.1)
    raise CaseworkError(_("JupyterLab did not start. Run: python -m jupyterlab, to see why."))


def _knows(port: int, token: str) -> bool:
    """Tell whether the server on a port is the one that was given this token."""
    asking = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        asking.request("GET", "/api/status", headers={"Authorization": f"token {token}"})
        return asking.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asking.close()


def _free_ports(first: int) -> Iterator[int]:
    yield from (port for port in range(first, first + _PORTS_TRIED) if not _is_taken(port))


def _is_taken(port: int) -> bool:
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0

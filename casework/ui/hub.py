"""What the hub starts under a person's own account: their dashboards, or JupyterLab.

Decides where that process keeps what must not lie about, and what JupyterLab leaves out. The hub
opens the socket and hands it down, so that nobody can take the port before the server listens, nor
after it has died.
"""

from __future__ import annotations

import os
import shutil
import socket
import sys
import tempfile
from pathlib import Path
from typing import Any

from casework.ui.lab_saving import SAVED_BY
from casework.ui.serving import lab_settings, set_environment, spare_what_costs

__all__ = ["main"]

_ROOT = Path(__file__).resolve().parents[2]
_IDLE_SECONDS = 60 * 60
_FOR_THE_OWNER = 0o077


def main(arguments: list[str]) -> int:
    """Serve ``dashboards`` or ``lab`` for whoever's account this is, until a signal comes.

    Returns
    -------
    int
        Exit status: 0 ended as asked, 2 called with something else.
    """
    kinds = {"dashboards": _dashboards, "lab": _lab}
    if len(arguments) != 1 or arguments[0] not in kinds or "JUPYTERHUB_USER" not in os.environ:
        print("The hub calls this with: dashboards | lab", file=sys.stderr)
        return 2
    os.umask(_FOR_THE_OWNER)
    spare_what_costs()
    # A path to a socket may be about a hundred characters long.
    with tempfile.TemporaryDirectory(prefix="s") as scratch:
        kinds[arguments[0]](Path(scratch))
    return 0


def _listening() -> socket.socket:
    """Take the socket that the hub opened."""
    handed = socket.socket(fileno=int(os.environ.pop("CASEWORK_LISTEN_FD")))
    handed.set_inheritable(False)
    handed.setblocking(False)
    return handed


def _dashboards(scratch: Path) -> None:
    from casework.ui.hub_app import HubDashboards, hub_configuration

    listening = _listening()
    set_environment(None, scratch)
    app = HubDashboards(config=hub_configuration(_ROOT / "dashboards", scratch))
    app.initialize([])
    app.run(listening)


def _lab(scratch: Path) -> None:
    """Run JupyterLab on notebooks in the person's home, copied there when they are not."""
    from jupyter_server.serverapp import ServerApp
    from jupyterhub.singleuser.extension import JupyterHubSingleUser

    listening = _listening()
    set_environment(None, scratch)
    del os.environ["CASEWORK_SERVED"]

    class OnOurSocket(ServerApp):
        """JupyterLab's server on the socket that the hub opened."""

        def _bind_http_server_tcp(self) -> bool:
            self.http_server.add_sockets([listening])
            return True

        def _find_http_port(self) -> None:
            """Look for no port: it is ours already."""

    # Not by a subclass: extensions of the server are found by the module that they are in.
    JupyterHubSingleUser.serverapp_class = OnOurSocket
    config = _lab_configuration(_own_notebooks(), scratch)
    JupyterHubSingleUser.initialize_server([], config=config).start()


def _own_notebooks() -> Path:
    """Give the person's folder of notebooks; ours are put there once, and theirs are left alone."""
    folder = Path.home() / "notebooks"
    folder.mkdir(exist_ok=True)
    for path in sorted((_ROOT / "notebooks").glob("*.ipynb")):
        if not (folder / path.name).exists():
            shutil.copyfile(path, folder / path.name)
    return folder


def _lab_configuration(folder: Path, scratch: Path) -> Any:
    """Give the settings of JupyterLab, the reason beside what is left out."""
    from traitlets.config import Config

    return Config(
        {
            "ServerApp": {
                "root_dir": str(folder),
                # A notebook can run any command; a terminal would outlive it, written down nowhere.
                "terminals_enabled": False,
                "jpserver_extensions": {
                    "jupyterhub": True,
                    "jupyterlab": True,
                    "jupyter_server_terminals": False,
                    "voila.server_extension": False,
                },
                "allow_external_kernels": False,
                "shutdown_no_activity_timeout": _IDLE_SECONDS,
                "log_level": "ERROR",
            },
            # Only what the installation brings: no kernel and no extension of one's own choice.
            "KernelSpecManager": {"allowed_kernelspecs": {"python3"}},
            "LabApp": {
                "extension_manager": "readonly",
                "app_settings_dir": str(lab_settings(scratch)),
                "news_url": None,
            },
            # Sockets in our own folder: every account could listen to ports of loopback.
            "KernelManager": {"transport": "ipc"},
            # A notebook is copied and mailed: what was shown in it stays in the page.
            "ContentsManager": {"allow_hidden": False, "pre_save_hook": SAVED_BY},
            # What nobody uses ends: first the kernels, then the server.
            "MappingKernelManager": {"cull_idle_timeout": _IDLE_SECONDS, "cull_interval": 300},
        }
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

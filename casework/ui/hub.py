"""What the hub starts under a person's own account: their dashboards, or JupyterLab.

Decides where that process keeps what must not lie about, and what JupyterLab leaves out. The hub
opens the socket and hands it down, so that nobody can take the port before the server listens, nor
after it has died.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import sys
import tempfile
from pathlib import Path
from typing import Any

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

    class OnOurSocket(ServerApp):  # type: ignore[misc]
        """JupyterLab's server on the socket that the hub opened."""

        def _bind_http_server_tcp(self) -> bool:
            self.http_server.add_sockets([listening])
            return True

        def _find_http_port(self) -> None:
            """Look for no port: it is ours already."""

    class Lab(JupyterHubSingleUser):  # type: ignore[misc]
        """JupyterLab with the hub's login."""

        serverapp_class = OnOurSocket

    Lab.launch_instance(_lab_options(_own_notebooks(), scratch))


def _own_notebooks() -> Path:
    """Give the person's folder of notebooks; ours are put there once, and theirs are left alone."""
    folder = Path.home() / "notebooks"
    folder.mkdir(exist_ok=True)
    for path in sorted((_ROOT / "notebooks").glob("*.ipynb")):
        if not (folder / path.name).exists():
            shutil.copyfile(path, folder / path.name)
    return folder


def _lab_options(folder: Path, scratch: Path) -> list[str]:
    """Write the options, the reason beside each that leaves something out."""
    extensions = {"jupyterlab": True, "jupyter_lsp": False, "jupyter_server_terminals": False}
    options: dict[str, Any] = {
        "ServerApp.root_dir": folder,
        "ServerApp.preferred_dir": folder,
        # A notebook can run any command, but a terminal outlives it and is in no notebook.
        "ServerApp.terminals_enabled": False,
        "ServerApp.jpserver_extensions": json.dumps(extensions),
        # Only what the installation brings: no kernel and no extension of the person's own choice.
        "KernelSpecManager.allowed_kernelspecs": "python3",
        "KernelSpecManager.ensure_native_kernel": True,
        "LabApp.extension_manager": "readonly",
        "LabApp.app_settings_dir": lab_settings(scratch),
        "LabApp.news_url": "",
        # Sockets in our own folder: ports of loopback could be listened to by every account.
        "KernelManager.transport": "ipc",
        "ServerApp.allow_external_kernels": False,
        "ContentsManager.allow_hidden": False,
        "FileContentsManager.delete_to_trash": False,
        # What nobody uses ends: first the kernels, then the server.
        "MappingKernelManager.cull_idle_timeout": _IDLE_SECONDS,
        "MappingKernelManager.cull_interval": 300,
        "ServerApp.shutdown_no_activity_timeout": _IDLE_SECONDS,
        "ServerApp.log_level": "ERROR",
    }
    return [f"--{name}={value}" for name, value in options.items()]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The dashboards of one person behind JupyterHub: who may look, under which address, until when.

Decides that every page and every kernel is for the person whose account runs this process, known by
the hub's login, and that the process ends when nobody looks any more. There is nothing else to
reach: no files, no terminal, no notebook, no choice of kernel. Imported only by the server that the
hub starts; needs jupyterhub, which only an installation for many has.
"""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import Any

from jupyterhub import __version__ as hub_version
from jupyterhub.singleuser.extension import JupyterHubIdentityProvider
from tornado.web import RequestHandler
from traitlets import Int

from casework.ui.serving import configuration
from casework.ui.voila_app import Dashboards

__all__ = ["HubDashboards", "HubVisitor", "hub_configuration"]

_PAGES_AT_MOST = 8
_WITHOUT_PAGES_SECONDS = 10 * 60
_LOOK_SECONDS = 15


class HubVisitor(JupyterHubIdentityProvider):  # type: ignore[misc]
    """Whoever logged in at the hub; nobody but the owner of this server is let in.

    The page ends its kernel by a beacon that needs the xsrf cookie, which is laid down here as in
    `casework.ui.voila_app.LocalVisitor`.
    """

    async def get_user(self, handler: Any) -> Any:
        """Give the visitor, and lay down the cookie; None leads to the hub's login."""
        user = await super().get_user(handler)
        if user is None or user.username != os.environ["JUPYTERHUB_USER"]:
            return None
        if isinstance(handler, RequestHandler) and not handler.request.path.endswith("channels"):
            handler.current_user = user
            _token = handler.xsrf_token
        return user


class HubDashboards(Dashboards):
    """The dashboards of one person.

    Attributes
    ----------
    without_pages : int
        Seconds without any page after which the server ends; the hub starts it again when it is
        asked for.
    """

    without_pages = Int(_WITHOUT_PAGES_SECONDS).tag(config=True)

    def init_handlers(self) -> list[Any]:
        """Give the addresses; those of the hub's login come below ours."""
        own = {path for path, *_rest in self.identity_provider.get_handlers()}
        found = super().init_handlers()
        kept = [one for one in found if one[0] not in own]
        login = [
            (self._address(path.lstrip("/")), *rest)
            for path, *rest in self.identity_provider.get_handlers()
        ]
        return [*login, *kept]

    async def watch(self, ended: asyncio.Event) -> None:
        """End the server when no page has been open for a while."""
        # The kernels of dashboards run no code but ours and need no way to the hub; this server
        # does, and has read the token before it goes.
        if self.identity_provider.hub_auth.api_token:
            os.environ.pop("JUPYTERHUB_API_TOKEN", None)
        seen = time.monotonic()
        while time.monotonic() - seen < self.without_pages:
            await asyncio.sleep(min(_LOOK_SECONDS, self.without_pages))
            if len(self.kernel_manager):
                seen = time.monotonic()
        ended.set()


def hub_configuration(folder: Path, scratch: Path) -> Any:
    """Give the configuration of `HubDashboards`: that of loopback, for a person behind the hub.

    Parameters
    ----------
    folder : Path
        Where the notebooks behind the pages are.
    scratch : Path
        Where sockets of kernels may be: a folder that nobody else can open.

    Returns
    -------
    traitlets.config.Config

    Raises
    ------
    ValueError
        If the path of the folder is too long for sockets.
    """
    config = configuration(folder, scratch)
    app = config.Voila
    app.base_url = os.environ["JUPYTERHUB_SERVICE_PREFIX"]
    app.identity_provider_class = HubVisitor
    app.auto_token = True  # whoever comes is known by the hub, so voila makes no token of its own
    app.tornado_settings["allow_remote_access"] = True  # the name of the server is the proxy's
    app.tornado_settings["headers"]["X-JupyterHub-Version"] = hub_version
    if config.KernelManager.transport != "ipc":
        raise ValueError(f"too deep for sockets, and ports are open to every account: {scratch}")
    config.Dashboards.home = os.environ.get("CASEWORK_HOME", "supervisor")
    config.Dashboards.behind_proxy = True
    pages = config.VoilaConfiguration
    pages.http_header_envs = ["Casework-language"]  # who acts is whoever logged in
    pages.preheat_kernel = False  # a warm kernel for each of fifty people is 4 GB of memory
    config.Kernels.at_most = _PAGES_AT_MOST
    return config

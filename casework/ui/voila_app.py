"""Voila as we run it: two pages by name instead of a folder, kernels that end with their page.

Decides routes, identity, caching and shutdown; the settings are in serving.py. Imported only by
the server: it costs a second, and no kernel needs it.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import signal
import socket
import tempfile
from collections.abc import Awaitable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from jupyter_server.auth.identity import IdentityProvider, User
from jupyter_server.base.handlers import FileFindHandler, JupyterHandler
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from jupyterlab_server.themes_handler import ThemesHandler
from tornado.httpserver import HTTPServer
from tornado.web import Application, HTTPError, RequestHandler
from traitlets import Bool, Int, Unicode
from voila import voila_kernel_manager
from voila.app import Voila
from voila.static_file_handler import MultiStaticFileHandler, TemplateStaticFileHandler
from voila.tornado.handler import TornadoVoilaHandler
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler
from voila.utils import ENV_VARIABLE

from casework.ui.voila_bundle import bundle
from casework.ui.voila_refusal import refusal

__all__ = ["Dashboards"]

_PAGES = ("supervisor", "caseworker")
_DAY = 24 * 3600
_TIME_TO_CONNECT = timedelta(minutes=2)
_SECONDS_TO_START = 20.0


class LocalVisitor(IdentityProvider):
    """Whoever sits at this computer; makes sure the page can tell us when it closes.

    The page ends its kernel by a beacon that needs the xsrf cookie, which voila never sets: it is
    set by asking for the token (voila issue 1458).
    """

    auth_enabled = False

    async def get_user(self, handler: Any) -> User:
        """Give the visitor and lay down the cookie."""
        user = User(username="local", name="local", display_name="local")
        if isinstance(handler, RequestHandler) and not handler.request.path.endswith("channels"):
            handler.current_user = user
            _token = handler.xsrf_token
        return user

    def is_token_authenticated(self, handler: Any) -> bool:
        """Say that no token was given, so that cross-site checks stay on."""
        return False


class Kernels(AsyncMappingKernelManager):
    """Kernels, no more of them than the machine can bear.

    A browser that is closed by force, or a phone that puts a page away, does not say that the page
    has gone, and its kernel waits half an hour for it to come back. Whoever opens a page meanwhile
    is not turned away for that: the kernel that has waited longest gives way. Its page, should it
    come back, says that it has ended and offers to open again; drafts are in the workbook.
    """

    at_most = Int(40, help="Kernels that may run at the same time.").tag(config=True)

    def __init__(self, **kwargs: Any) -> None:
        """Begin without any kernel."""
        super().__init__(**kwargs)  # type: ignore[no-untyped-call]
        self._met: set[str] = set()  # kernels that a page has been connected to

    def notify_connect(self, kernel_id: str) -> None:
        """Take down that a page has come for its kernel."""
        self._met.add(kernel_id)
        super().notify_connect(kernel_id)  # type: ignore[no-untyped-call]

    async def start_kernel(self, *args: Any, **kwargs: Any) -> str:  # type: ignore[override]
        """Start a kernel, or refuse the page that wants one too many.

        Raises
        ------
        tornado.web.HTTPError
            503, when every kernel there may be has its page.
        """
        in_store = (kwargs.get("env") or {}).get(ENV_VARIABLE.VOILA_PREHEAT) == "True"
        while len(self) >= self.at_most:
            if not await self._end_one(spare_heated=in_store):
                raise HTTPError(503, "too many pages are open")
        return str(await super().start_kernel(*args, **kwargs))

    def _handle_kernel_died(self, kernel_id: str) -> None:
        """Forget a kernel that was killed; heat another for one that waited for a page."""
        super()._handle_kernel_died(kernel_id)  # type: ignore[no-untyped-call]
        for name, pool in list(getattr(self, "_pools", {}).items()):
            waiting = [one for one in pool if _holds(one, kernel_id)]
            for heated in waiting:
                pool.remove(heated)
            if waiting:
                self.fill_if_needed(notebook_name=name)  # type: ignore[attr-defined]

    async def lives(self, heating: asyncio.Future[Any]) -> bool:
        """Whether a heated kernel still runs: that it was killed is noticed after seconds only."""
        kernel_id = heating.result()["kernel_id"]
        if kernel_id not in self:
            return False
        kernel: Any = self.get_kernel(kernel_id)
        return bool(await kernel.is_alive())

    async def _end_one(self, *, spare_heated: bool) -> bool:
        """End a kernel that has no page: one that was left, else one that waits for a page."""
        end: Any = AsyncMappingKernelManager.shutdown_kernel  # it refills no pool
        heated = list(self._heated())
        ends = self.deserted()
        if not ends and heated and not spare_heated:
            pool, heating = heated[0]
            pool.remove(heating)
            ends = [heating.result()["kernel_id"]]
        if ends:
            with contextlib.suppress(HTTPError):  # it ended by itself meanwhile
                await end(self, ends[0], now=True)
        return bool(ends)

    def deserted(self) -> list[str]:
        """Give the kernels whose page has gone, the one that has waited longest first."""
        heated = {heating.result()["kernel_id"] for _pool, heating in self._heated()}
        latest = datetime.now(UTC) - _TIME_TO_CONNECT
        found = []
        for one in self.list_kernel_ids():
            since: datetime = getattr(self.get_kernel(one), "last_activity", latest)
            came = one in self._met
            left = self._kernel_connections.get(one) == 0 and one not in heated
            if left and (came or since < latest):
                found.append((since, one))
        return [one for _since, one in sorted(found)]

    def _heated(self) -> Iterator[tuple[list[Any], Any]]:
        """Give the kernels that wait for a page: the store each is in, and its task."""
        for pool in getattr(self, "_pools", {}).values():
            yield from ((pool, one) for one in pool if one.done() and not _has_failed(one))


def _say_safety(handler: Any) -> None:
    """Put the headers of serving.py into an answer of a handler that does not know them."""
    for name, value in handler.settings.get("headers", {}).items():
        handler.set_header(name, value)


class Lasting:
    """Files of installed packages: fetched once a day, then by their ETag."""

    def set_default_headers(self) -> None:
        """Say of files and of refusals what is said of pages."""
        _say_safety(self)

    def set_extra_headers(self, path: str) -> None:
        """Let the browser keep the file."""
        handler: Any = self
        handler.set_header("Cache-Control", f"private, max-age={_DAY}")


class LastingExtensions(Lasting, FileFindHandler):
    """Scripts of widgets."""


class LastingStatics(Lasting, MultiStaticFileHandler):  # type: ignore[misc]
    """Scripts of the page."""


class LastingTemplates(Lasting, TemplateStaticFileHandler):  # type: ignore[misc]
    """Files of the template; an address that leaves its folder is none, instead of a failure."""

    async def get(self, path: str, include_body: bool = True) -> None:
        """Give the file."""
        parts = path.split("/")
        if len(parts) < 3 or parts[1] != "static" or ".." in parts:
            raise HTTPError(404)
        await super().get(path, include_body)


class LastingThemes(Lasting, ThemesHandler):
    """Colours of JupyterLab's parts."""


class Scripts(RequestHandler):
    """All scripts of a page in one file, whose name changes with its content."""

    def initialize(self, script: bytes) -> None:
        """Take the file."""
        self.script = script

    def set_default_headers(self) -> None:
        """Say of scripts what is said of pages."""
        _say_safety(self)

    def get(self) -> None:
        """Give the file, to be kept."""
        self.set_header("Content-Type", "text/javascript; charset=utf-8")
        self.set_header("Cache-Control", "private, max-age=31536000, immutable")
        self.finish(self.script)


class Heating:
    """When the next kernel is heated.

    After a pause, so that it does not slow down the page that took the last one; at once when
    somebody is waiting for it.
    """

    wanted: ClassVar[asyncio.Event] = asyncio.Event()

    @classmethod
    async def after(cls, delay: float, heating: Awaitable[Any]) -> Any:
        """Heat after the delay or when it is wanted; voila's own version only waits."""
        cls.wanted.clear()
        with contextlib.suppress(TimeoutError, asyncio.TimeoutError):
            await asyncio.wait_for(cls.wanted.wait(), delay)
        return await heating


class Page(TornadoVoilaHandler):  # type: ignore[misc]
    """One of our pages."""

    async def get(self, path: str | None = None) -> None:
        """Give the page, from a warm kernel if there is one."""
        self._tell_what_is_kept()
        if not self.voila_configuration.preheat_kernel:  # behind a hub kernels are not kept warm
            await super().get(path)
            return
        Heating.wanted.set()
        pool = self.kernel_manager._pools.setdefault(self.notebook_path, [])
        while pool:  # a kernel that could not be heated leaves the page to start one of its own
            first = pool[0]
            await asyncio.wait([first])
            if pool and pool[0] is first:
                if not _has_failed(first) and await self.kernel_manager.lives(first):
                    break
                if first in pool:
                    pool.remove(first)
        try:
            await super().get(path)
        finally:
            if not pool:  # heating had failed: the pages after this one shall find a warm kernel
                self.kernel_manager.fill_if_needed(notebook_name=self.notebook_path)

    def _tell_what_is_kept(self) -> None:
        """Let the kernel know what this browser remembers for us, and no other of its cookies.

        Cookies are shared by all that is served on one computer, or behind one hub: the others are
        of logins, or of a form that we cannot read.
        """
        for name in KEPT:
            header = f"Casework-{name}"
            self.request.headers.pop(header, None)
            kept = self.get_cookie(f"casework_{name}")
            if kept and kept.isascii() and kept.isprintable():
                self.request.headers[header] = kept

    def write_error(self, status_code: int, **_kwargs: Any) -> None:
        """Say in the reader's words why there is no page; nothing of it comes from elsewhere."""
        page = self.voila_configuration.config.VoilaConfiguration.resources["casework"]
        self.set_header("Content-Type", "text/html; charset=utf-8")
        if status_code == 503:
            self.set_header("Retry-After", "30")
        self.finish(refusal(page, "many" if status_code == 503 else "failed"))


def _has_failed(heating: asyncio.Future[Any]) -> bool:
    return heating.done() and (heating.cancelled() or heating.exception() is not None)


def _holds(heating: asyncio.Future[Any], kernel_id: str) -> bool:
    if not heating.done() or _has_failed(heating):
        return False
    return bool(heating.result()["kernel_id"] == kernel_id)


class NoSuchPage(JupyterHandler):
    """Any other address."""

    def get(self, *_args: str) -> None:
        """Lead to the first page."""
        self.redirect(self.base_url)


class Channels(VoilaKernelWebsocketHandler):  # type: ignore[misc]
    """The line between a page and its kernel.

    jupyter_server asks every 30 seconds whether the page is still there and gives up after 90.
    Tornado reads the same two numbers as seconds and warns of them, so it is told to ask nothing.
    """

    def get_websocket_protocol(self) -> Any:
        """Give the line as tornado makes it, without pings of its own."""
        protocol = super().get_websocket_protocol()
        if protocol is not None:
            protocol.params.ping_interval = protocol.params.ping_timeout = None
        return protocol

    def write_error(self, _status_code: int, **_kwargs: Any) -> None:
        """Say nothing more than the number: a page left open asks for a kernel that has ended."""
        self.finish()


KEPT = ("acting", "language")
"""What a browser remembers from one visit to the next."""

_REPLACED = {
    VoilaKernelWebsocketHandler: Channels,
    FileFindHandler: LastingExtensions,
    MultiStaticFileHandler: LastingStatics,
    TemplateStaticFileHandler: LastingTemplates,
    ThemesHandler: LastingThemes,
}


class Dashboards(Voila):  # type: ignore[misc]
    """The dashboards of one agency on loopback.

    Attributes
    ----------
    home : str
        The page at the address itself; each page also has an address of its name.
    behind_proxy : bool
        Whether a proxy tells how the browser reached it: by https or not.
    """

    home = Unicode("supervisor").tag(config=True)
    behind_proxy = Bool(False).tag(config=True)

    def load_config_file(self, *_args: Any, **_kwargs: Any) -> None:
        """Read no configuration files: serving.py says everything."""

    def setup_template_dirs(self) -> None:
        """Find the templates, and tell ours where the scripts of the page are."""
        super().setup_template_dirs()
        self.bundle = bundle(self.static_paths, self.labextensions_path)
        page = self.voila_configuration.config.VoilaConfiguration.resources["casework"]
        page["bundle"] = (
            self._address(f"casework/{self.bundle.name}") if self.bundle.n_chunks else ""
        )

    def init_handlers(self) -> list[Any]:
        """Give the addresses we answer: the pages, their kernels, installed files."""
        kept = []
        for path, handler, *rest in super().init_handlers():
            if handler in _REPLACED:
                options = dict(rest[0]) if rest else {}
                options.pop("no_cache_paths", None)
                if issubclass(_REPLACED[handler], ThemesHandler):
                    options["no_cache_paths"] = []
                kept.append((path, _REPLACED[handler], options))
            elif "/voila/render/" in path or "tree" in path or "contents" in path:
                continue
            elif path not in (self.server_url,):
                kept.append((path, handler, *rest))
        address = self._address(f"casework/{self.bundle.name}")
        scripts = (address, Scripts, {"script": self.bundle.script})
        return [*kept, scripts, *self._pages(), (r"/.*", NoSuchPage)]

    def _address(self, path: str) -> str:
        """Give the address of something of ours, below where we are served."""
        return f"{self.server_url or self.base_url}{path}"

    def run(self, listening: socket.socket) -> None:
        """Answer on the socket until a signal comes, then end every kernel."""
        self.port = listening.getsockname()[1]
        asyncio.run(self._run(listening))

    def _pages(self) -> list[Any]:
        options = {
            "template_paths": self.template_paths,
            "config": self.config,
            "voila_configuration": self.voila_configuration,
        }
        named = {"": self.home, **{name: name for name in _PAGES}}
        return [
            (self._address(path), Page, {**options, "notebook_path": f"{name}.ipynb"})
            for path, name in named.items()
        ]

    async def _run(self, listening: socket.socket) -> None:
        voila_kernel_manager.wait_before = Heating.after
        self.connection_dir = tempfile.mkdtemp(prefix="kernels-", dir=self.connection_dir_root)
        self.app = Application(**self.init_settings())
        self.app.settings.update(self.tornado_settings)
        self.app.add_handlers(".*$", self.init_handlers())
        server = HTTPServer(self.app, xheaders=self.behind_proxy)
        server.add_sockets([listening])
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        for sign in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(sign, ended.set)
        watching = loop.create_task(self.watch(ended))
        try:
            await ended.wait()
        finally:
            watching.cancel()
            server.stop()
            await self._end_kernels()

    async def watch(self, ended: asyncio.Event) -> None:
        """Do what has to be done beside answering; setting the event ends the server."""

    async def _end_kernels(self) -> None:
        """End kernels at once; nothing they hold is unsaved, since saving is explicit."""
        manager = self.kernel_manager
        starting = [one for one in manager._pending_kernels.values() if not one.done()]
        if starting:  # one whose start is broken off is a process that nobody knows to end
            await asyncio.wait(starting, timeout=_SECONDS_TO_START)
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        manager._pools = {}
        end: Any = AsyncMappingKernelManager.shutdown_kernel  # not that of the emptied pool
        running = list(manager.list_kernel_ids())
        await asyncio.gather(
            *(end(manager, one, now=True) for one in running), return_exceptions=True
        )
        shutil.rmtree(self.connection_dir, ignore_errors=True)

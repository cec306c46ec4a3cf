"""The one object of a dashboard notebook: opens the workbook and shows the shell of an audience.

Decides what a kernel can do before anybody looks: in a pool of warm kernels everything is
imported, then it waits for its visitor, and only then opens the workbook, so nothing that is
shown is older than the visit.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
from collections.abc import Callable

from ipywidgets import Widget

from casework.errors import CaseworkError
from casework.terms import _
from casework.ui.parts import failure_state, stack
from casework.ui.routes import AUDIENCES, screen_factory
from casework.ui.shell import Shell
from casework.ui.theme import theme_style
from casework.ui.widgets import Panel

__all__ = ["caseworker", "supervisor"]


def supervisor() -> Widget:
    """Show the supervisor's dashboard."""
    return _dashboard("supervisor")


def caseworker() -> Widget:
    """Show the caseworker's dashboard."""
    return _dashboard("caseworker")


def _dashboard(audience: str) -> Widget:
    from casework.workbook import open_workbook

    _warm(audience)
    wait_for_visitor()
    try:
        return Shell(
            open_workbook(
                os.environ.get("CASEWORK_DB"), acting=os.environ.get("CASEWORK_LOGIN") or None
            ),
            audience,
        )
    except CaseworkError as refusal:
        return _refused(refusal.message)


def _refused(message: str) -> Widget:
    """Say that there is no workbook to open, and what to do."""
    state = failure_state(_("The workbook cannot be opened."), message)
    return stack(Panel(theme_style()), stack(Panel(state), css="cw-main"), css="cw cw-shell")


def _warm(audience: str) -> None:
    """Do beforehand what does not depend on who looks: imports, and what the home screen offers.

    A screen's module may have a function ``warm()``, called here; it may read reference data and
    compile queries, but shows nothing and keeps no figures.
    """
    from casework import records  # noqa: F401

    factory = screen_factory(AUDIENCES[audience][0])
    module = sys.modules.get(getattr(factory, "__module__", ""))
    warm: Callable[[], object] | None = getattr(module, "warm", None)
    if warm is not None:
        warm()


def wait_for_visitor() -> None:
    """In a warm kernel of voila, wait until it is given to a visitor; elsewhere go on at once.

    The part of voila that does this imports all of the server into the kernel; this asks the same
    question with what the kernel has already.
    """
    if os.environ.get("VOILA_PREHEAT") != "True":
        return
    port = os.environ["VOILA_APP_PORT"]
    base = os.environ.get("VOILA_SERVER_URL", "/")
    address = f"ws://127.0.0.1:{port}{base}voila/query/{os.environ['VOILA_KERNEL_ID']}"
    told: list[str] = []
    asking = threading.Thread(target=lambda: told.append(asyncio.run(_asked(address))))
    asking.start()
    asking.join()
    if told and told[0]:
        os.environ.update({key: str(value) for key, value in json.loads(told[0]).items()})


async def _asked(address: str) -> str:
    from tornado.websocket import websocket_connect

    connection = await websocket_connect(address)
    told = await connection.read_message()
    connection.close()
    return told.decode() if isinstance(told, bytes) else (told or "")

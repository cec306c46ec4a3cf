"""The one object of a dashboard notebook: opens the workbook and shows the shell of an audience.

Decides what a kernel does before anybody looks: in a pool of warm kernels it rehearses, making the
first screen once without showing it, so that everything is imported and every query compiled; then
it waits for its visitor and makes the screen anew, so nothing shown is older than the visit.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import unquote

from ipywidgets import Widget

from casework.errors import CaseworkError, NotFound
from casework.terms import LANGUAGES, _, use_language
from casework.ui.escape import Html, el
from casework.ui.frame import way_out
from casework.ui.parts import failure_state, stack
from casework.ui.shell import Shell, close_all
from casework.ui.theme import theme_style
from casework.ui.widgets import Panel

if TYPE_CHECKING:
    from casework.workbook import Workbook

__all__ = ["caseworker", "is_heated", "supervisor", "unseen", "wait_for_visitor"]


def supervisor() -> Widget:
    """Show the supervisor's dashboard."""
    return _dashboard("supervisor")


def caseworker() -> Widget:
    """Show the caseworker's dashboard."""
    return _dashboard("caseworker")


def _dashboard(audience: str) -> Widget:
    """Rehearse, wait for the visitor, then show what the workbook holds at that moment."""
    from casework.workbook import Workbook, open_workbook
    from casework.workbook.founding import require_present

    address = os.environ.get("CASEWORK_DB")
    rehearsed = None
    if is_heated():
        with contextlib.suppress(CaseworkError), unseen():
            rehearsed = open_workbook(address)
            close_all(Shell(rehearsed, audience))
    wait_for_visitor()
    _speak_as_before()
    try:
        if rehearsed is None:
            return _shown(_as_visitor(open_workbook(address)), audience)
        # The same engine, for the queries it has compiled, but no connection of before: the file
        # may have been restored or migrated since.
        rehearsed.engine.dispose()
        require_present(rehearsed.engine)
        return _shown(_as_visitor(Workbook(rehearsed.engine)), audience)
    except CaseworkError as refusal:
        return _refused(refusal.message)


def _shown(book: Workbook, audience: str) -> Widget:
    """Show the shell, or say to whom people are open where the role is one without people."""
    if book.trusts_who_acts or book.actor.role not in ("administrator", "analyst", "auditor"):
        return Shell(book, audience)
    words = {
        "administrator": _(
            "Accounts, units and staff are looked after on the server; see docs/deploy.md."
        ),
        "analyst": _("What is released for analysis is read in a notebook."),
        "auditor": _("Who did what and when is read in a notebook."),
    }[book.actor.role]
    title = _("People and their plans are open to caseworkers and supervisors only.")
    return _page(failure_state(title, words, way_out()))


def _as_visitor(book: Workbook) -> Workbook:
    """Let the member of staff act whom the settings name, else the one this browser chose.

    A browser may choose where the workbook trusts whoever sits at the computer; a choice that is
    no longer among the staff is none.
    """
    appointed = os.environ.get("CASEWORK_LOGIN")
    if appointed:
        book.act_as(appointed)
        return book
    chosen = _kept("acting")
    if chosen and book.trusts_who_acts:
        try:
            book.act_as(chosen)
        except NotFound:
            book.act_as(None)
    return book


def _kept(name: str) -> str:
    """Give what this browser remembers of an earlier visit; empty where it remembers nothing."""
    return unquote(os.environ.get(f"HTTP_CASEWORK_{name.upper()}", ""))


def _speak_as_before() -> None:
    """Go on in the language that was chosen in this browser the last time."""
    language = _kept("language")
    if language in LANGUAGES:
        use_language(language)


def _refused(message: str) -> Widget:
    """Say that there is no workbook to open, and what to do."""
    again = el("a", _("Load the page again"), href="", class_="cw-action cw-plain")
    return _page(failure_state(_("The workbook cannot be opened."), message, again))


def _page(state: Html) -> Widget:
    """Show one thing in words, without the frame."""
    return stack(Panel(theme_style()), stack(Panel(state), css="cw-main"), css="cw cw-shell")


@contextlib.contextmanager
def unseen() -> Iterator[None]:
    """Make widgets that no page hears of, as for a rehearsal."""
    import comm

    heard = comm.create_comm
    comm.create_comm = lambda *args, **kwargs: comm.DummyComm(*args, **kwargs)
    try:
        yield
    finally:
        comm.create_comm = heard


def is_heated() -> bool:
    """Whether this is a warm kernel of voila that waits for a visitor."""
    return os.environ.get("VOILA_PREHEAT") == "True"


def wait_for_visitor() -> None:
    """In a warm kernel of voila, wait until it is given to a visitor; elsewhere go on at once.

    The part of voila that does this imports all of the server into the kernel; this asks the same
    question with what the kernel has already.
    """
    if not is_heated():
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

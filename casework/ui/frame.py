"""The parts of the bar that are the same on every screen: whose workbook, the ways, the search."""

from __future__ import annotations

import os

from casework.terms import _
from casework.ui.escape import Html, el
from casework.ui.routes import Entry
from casework.ui.widgets import offer

__all__ = ["brand", "search_box", "way_out", "way_past", "way_to"]


def brand(agency: str, actor: Html, audience: str) -> Html:
    """Write whose workbook it is and who acts, with the way to the other dashboard."""
    other = None
    hub = os.environ.get("JUPYTERHUB_SERVICE_PREFIX")
    board = "supervisor" if hub else ""  # the first page, unless a hub has another one first
    if "CASEWORK_SERVED" in os.environ and audience in ("supervisor", "caseworker"):
        words, page = (
            (_("Caseworker's desk"), "caseworker")
            if audience == "supervisor"
            else (_("Supervisor's board"), board)
        )
        other = el("a", words, href=f"{hub or '/'}{page}", class_="cw-link")
    return el(
        "div",
        el("span", agency, class_="cw-agency", title=agency),
        el("span", actor, other, class_="cw-actor"),
        class_="cw-brand",
    )


def way_past() -> Html:
    """Write the first stop of the Tab key: past the bar, to what the screen is about."""
    return el("button", _("Skip to the content"), type="button", class_="cw-skip", data_skip=True)


def way_out() -> Html | None:
    """Write the way to the hub's own page, where one logs out; elsewhere there is none."""
    hub = os.environ.get("JUPYTERHUB_BASE_URL")
    if hub is None:
        return None
    return el("a", _("Account"), href=f"{hub}hub/home", class_="cw-quiet cw-way-out")


def way_to(entry: Entry, here: str, waits: int = 0) -> Html:
    """Write an entry of the navigation, with how much waits; the place where we are is marked."""
    return el(
        "button",
        entry.label,
        el("span", str(waits), class_="cw-nav-count") if waits else None,
        type="button",
        class_="cw-nav",
        aria_current="page" if entry.route == here else None,
        **offer("go", route=entry.route),
    )


def search_box() -> Html:
    """Write where a person is looked for, wherever one is."""
    words = _("Find a person")
    return el(
        "div",
        el(
            "input",
            type="search",
            class_="cw-input cw-find",
            placeholder=words,
            aria_label=words,
            data_search=True,
            autocomplete="off",
        ),
        class_="cw-combo cw-find-box",
        role="search",
    )

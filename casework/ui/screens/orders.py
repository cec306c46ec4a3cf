"""Services on order: what waits for whom, by step; late ones on top.

Who: the caseworker who ordered, the supervisor who settles. Decides: which order to take up next.
Clicks: one to an order.
"""

from __future__ import annotations

from collections.abc import Mapping

from casework.reference import code_list
from casework.terms import _
from casework.ui import (
    Column,
    DataTable,
    Noted,
    Page,
    Panel,
    Query,
    Screen,
    Shell,
    State,
    el,
    link,
    offer,
)
from casework.ui.wording import day_text, spaced
from casework.workbook.order_rows import OrderRow, status_text

__all__ = ["OrderList", "order_state", "screen"]

STEPS: Mapping[str, tuple[str, ...]] = {
    "assign": ("requested",),
    "serve": ("assigned", "accepted", "arrived"),
    "verify": ("completed",),
    "settle": ("verified",),
    "over": ("settled", "rated"),
    "ended": ("failed", "cancelled"),
}
"""The tabs of the list, each with its statuses, in the order of the work."""

_ALL = tuple(STEPS)
_WAITING = ("assign", "serve", "verify", "settle")
_SIGNS = {
    "requested": "due", "assigned": "ready", "accepted": "ready", "arrived": "ready",
    "completed": "due", "verified": "due", "settled": "done", "rated": "done",
    "cancelled": "excused", "failed": "overdue",
}  # fmt: skip


class OrderList(Screen):
    """Orders of a step, of a person or of everybody.

    Parameters
    ----------
    step : str
        One of `STEPS`, or ``all``; empty for all that somebody waits for.
    person : str
        Id of a person, to see only theirs.
    """

    def __init__(self, shell: Shell, step: str = "", person: str = "") -> None:
        super().__init__(
            shell,
            _("Service orders"),
            lead=_("Ordered by phone or on a visit, served at home, confirmed with the person."),
        )
        self.step = step if step in (*STEPS, "all") else ""
        self.whose = int(person) if person.isdigit() else None
        self.can_edit = shell.as_of is None
        self.tabs = Panel(
            "", step=self.show_step, agreements=lambda: shell.go("agreements"),
            usage=lambda: shell.go("usage"),
        )  # fmt: skip
        self.table = DataTable(
            [
                Column("service", _("Service"), sortable=False),
                Column("person", _("Person")),
                Column("state", _("How it stands"), kind="state"),
                Column("wanted", _("Wanted by")),
                Column("provider", _("Who serves"), phone="hide"),
            ],
            self.page,
            caption=_("Service orders"),
            opens=lambda key: shell.go("order", id=key),
            search_hint=_("Name, initials, service or provider"),
            empty=(
                _("No order waits here."),
                _("Order a service from a person's dossier: {way}.", way=_("Order a service")),
            ),
        )
        self.body(self.tabs, self.table)
        self._show_tabs()

    def refresh(self) -> None:
        """Read the list again."""
        self._show_tabs()
        self.table.refresh()

    def show_step(self, step: str) -> None:
        """Show one step, or all."""
        self.shell.go("orders", step=step or None, person=self.whose)

    def page(self, query: Query) -> Page:
        """Give a page; sorted by what needs doing unless asked otherwise."""
        rows = self.wb.orders.list(
            statuses=self._statuses(), person_id=self.whose, as_of=self.on, search=query.search,
            sort=query.sort, descending=query.descending, limit=query.limit, offset=query.offset,
        )  # fmt: skip
        total = self._count()
        matching = self._count(query.search) if query.search else total
        return Page([_cells(one) for one in rows], matching, total)

    def _count(self, search: str = "") -> int:
        counted = self.wb.orders.count(person_id=self.whose, search=search, as_of=self.on)
        return sum(counted[one] for one in self._statuses())

    def _statuses(self) -> tuple[str, ...]:
        chosen = _ALL if self.step == "all" else (self.step,) if self.step else _WAITING
        return tuple(status for step in chosen for status in STEPS[step])

    def _show_tabs(self) -> None:
        counted = self.wb.orders.count(person_id=self.whose, as_of=self.on)

        def n(*steps: str) -> int:
            return sum(counted[status] for step in steps for status in STEPS[step])

        words = {
            "assign": _("To be given to somebody"),
            "serve": _("Under way"),
            "verify": _("To be confirmed"),
            "settle": _("To be settled"),
            "over": _("Settled"),
            "ended": _("Not served"),
        }
        tabs = [_tab(_("All that wait"), n(*_WAITING), not self.step, step="")]
        tabs += [_tab(words[one], n(one), self.step == one, step=one) for one in STEPS]
        soon = [one for one in self.wb.providers.agreements(as_of=self.on) if one.expires_soon]
        told = el(
            "p",
            link(_("Providers and agreements"), "agreements"),
            link(_("Services from another platform"), "usage"),
            el("span", spaced(_("{n} agreements run out soon", n=len(soon))),
               class_="cw-tone-due") if soon else None,
            class_="cw-dotted",
        )  # fmt: skip
        if self.whose is not None:
            tabs.append(_tab(_("All"), n(*_ALL), self.step == "all", step="all"))
        self.tabs.set(
            el("div", el("div", tabs, class_="cw-tabs cw-stages", role="group",
                         aria_label=_("Step")), told)
        )  # fmt: skip


screen = OrderList


def order_state(one: OrderRow) -> State:
    """Say how an order stands, by sign and word."""
    if one.late:
        return State("overdue", _("{status}, late", status=status_text(one.status)))
    return State(_SIGNS[one.status], status_text(one.status))


def _tab(words: str, n: int, pressed: bool, *, step: str) -> object:
    return el(
        "button", el("span", words), el("b", str(n)), type="button", class_="cw-tab",
        aria_pressed="true" if pressed else "false", **offer("step", step=step),
    )  # fmt: skip


def _cells(one: OrderRow) -> dict[str, object]:
    unit = code_list("item_unit").label_of(one.unit)
    amount = spaced(f"{one.quantity}{unit}" if len(str(unit)) < 3 else f"{one.quantity} {unit}")
    return {
        "id": str(one.order_id),
        "service": Noted(one.title, f"{amount} · {one.wish}" if one.wish else amount),
        "person": Noted(one.person, one.community) if one.community else one.person,
        "state": order_state(one),
        "wanted": day_text(one.wanted_on),
        "provider": one.provider or "–",
    }

"""What people enter for an item of a plan, and what of it is refused.

Decides which codes, amounts and reasons are accepted; who may enter them, and in which version, is
in :mod:`casework.workbook.plan_versions`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from casework.errors import InvalidEntry
from casework.records import PlanItem
from casework.reference import code_list, services
from casework.rules import Obligation
from casework.rules.timing import timing_from
from casework.terms import Label, _

__all__ = ["ItemChange", "put_amount", "reason_of", "with_entered"]


@dataclass(frozen=True, slots=True)
class ItemChange:
    """What is entered for an item; None leaves what is there.

    Parameters
    ----------
    timing : mapping or None
        As in a rule: ``{"quota": {"times": 2, "per": "month"}}``.
    """

    title: str | None = None
    service: str | None = None
    domain: str | None = None
    actor: str | None = None
    channels: tuple[str, ...] | None = None
    place: str | None = None
    timing: Mapping[str, Any] | None = None
    duration_minutes: int | None = None
    amount: int | None = None
    unit: str | None = None
    priority: int | None = None
    responsible: Mapping[str, str] | None = None


def put_amount(item: PlanItem, entered: ItemChange) -> None:
    """Set how much each time brings: an amount with its unit, or neither."""
    if entered.amount is None and entered.unit is None:
        return
    if entered.amount is None or entered.amount < 1 or entered.unit is None:
        raise InvalidEntry(
            _("Say how much each time brings: a number of at least 1, and its unit."), "amount"
        )
    item.amount, item.unit = entered.amount, _listed("item_unit", entered.unit)


def reason_of(text: str) -> str:
    """Give a reason as it is kept; one that says nothing is refused."""
    told = text.strip()
    if not told:
        raise InvalidEntry(
            _("A reason is missing. Say in a sentence why, so that others can follow."), "reason"
        )
    return told[:2000]


def with_entered(duty: Obligation, entered: ItemChange) -> Obligation:
    """Put what was entered in the place of what an obligation said, checking every code."""
    changed: dict[str, Any] = {}
    if entered.title is not None:
        changed["title"] = Label(zh=entered.title, en=entered.title)
    if entered.timing is not None:
        changed["timing"] = timing_from(entered.timing)
    if entered.service is not None:
        changed["service"] = _code("service", entered.service, services())
    if entered.actor is not None:
        changed["actor"] = _listed("actor", entered.actor)
    if entered.domain is not None:
        changed["domain"] = _listed("need_domain", entered.domain)
    if entered.channels is not None:
        changed["channels"] = tuple(_listed("channel", one) for one in entered.channels)
    if entered.responsible is not None:
        changed["parties"] = {
            _listed("actor", one): how for one, how in entered.responsible.items()
        }
    if entered.priority is not None and not 1 <= entered.priority <= 5:
        raise InvalidEntry(
            _("Priority {n} is not from 1 (first) to 5 (last).", n=entered.priority), "priority"
        )
    for name in ("place", "duration_minutes", "priority"):
        if getattr(entered, name) is not None:
            changed[name] = getattr(entered, name)
    return replace(duty, **changed)


def _listed(which: str, code: str) -> str:
    return _code(which, code, [one.code for one in code_list(which).entries])


def _code(which: str, code: str, known: Iterable[str]) -> str:
    if code not in known:
        raise InvalidEntry(
            _(
                "{value} is not accepted here. Accepted: {known}.",
                value=code,
                known=", ".join(known),
            ),
            which,
            code,
        )
    return code

"""Which screens there are and how they are found: by name, imported when first shown.

Decides the entries of the navigation for each audience; leaves the screens to their modules. A
screen called ``plan`` is the function or class ``screen`` of ``casework/ui/screens/plan.py``;
`route` registers one that lives elsewhere. What is not there yet is not offered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from casework.terms import Label

__all__ = ["AUDIENCES", "UNDER_RULES", "Entry", "entries_for", "exists", "route", "screen_factory"]

Factory = Callable[..., Any]
_registered: dict[str, Factory | str] = {}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the navigation."""

    route: str
    label: Label


_ENTRIES = {
    "board": Entry("board", Label(zh="看板", en="Board")),
    "my_day": Entry("my_day", Label(zh="我的一天", en="My day")),
    "people": Entry("people", Label(zh="人员", en="People")),
    "tasks": Entry("tasks", Label(zh="任务", en="Tasks")),
    "rosters": Entry("rosters", Label(zh="排班", en="Rosters")),
    "campaigns": Entry("campaigns", Label(zh="走访慰问", en="Campaigns")),
    "pairs": Entry("pairs", Label(zh="结对", en="Pairs")),
    "review": Entry("review", Label(zh="审批", en="Approvals")),
    "issues": Entry("issues", Label(zh="诉求", en="Issues")),
    "contact": Entry("contact", Label(zh="登记联系", en="Record a contact")),
    "orders": Entry("orders", Label(zh="点单", en="Orders")),
    "money": Entry("money", Label(zh="资金", en="Money")),
    "privacy": Entry("privacy", Label(zh="隐私", en="Privacy")),
    "intake": Entry("intake", Label(zh="导入名册", en="Import")),
    "policy": Entry("policy", Label(zh="规则", en="Rules")),
    "duplicates": Entry("duplicates", Label(zh="重复人员", en="Doubles")),
    "badges": Entry("badges", Label(zh="服务卡", en="Cards")),
    "oversight": Entry("oversight", Label(zh="查看监督", en="Who looked")),
    "logins": Entry("oversight", Label(zh="账号", en="Accounts")),
    "glass": Entry("glass", Label(zh="紧急查看", en="Emergency look")),
}
AUDIENCES: dict[str, tuple[str, ...]] = {
    "supervisor": (
        "board",
        "people",
        "tasks",
        "rosters",
        "campaigns",
        "pairs",
        "review",
        "issues",
        "orders",
        "money",
        "policy",
        "privacy",
        "intake",
    ),
    "caseworker": (
        "my_day",
        "people",
        "tasks",
        "issues",
        "orders",
        "money",
        "contact",
        "intake",
    ),
    "registrar": ("people", "intake", "duplicates", "badges"),
    "administrator": ("logins", "policy"),
    "auditor": ("logins",),
}
"""Screens in the navigation of each audience; the first one is its home."""

UNDER_RULES = {
    "supervisor": ({"intake"}, ("oversight",)),
    "caseworker": ({"intake"}, ("glass",)),
}
"""What an audience does without, and has besides, where the database decides who sees what."""


def route(name: str, factory: Factory | str) -> None:
    """Register a screen.

    Parameters
    ----------
    name : str
        As in the address: letters, digits, underscores.
    factory : callable or str
        ``factory(shell, **params) -> widget``, or ``"package.module:name"``, imported when first
        shown. Parameters come from the address and are text.
    """
    if not name.isidentifier():
        raise ValueError(f"not a name for a screen: {name!r}")
    _registered[name] = factory


def exists(name: str) -> bool:
    """Tell whether there is a screen of this name, without importing it."""
    if name in _registered:
        return True
    return (
        name.isidentifier()
        and name[0] != "_"
        and find_spec(f"casework.ui.screens.{name}") is not None
    )


def screen_factory(name: str) -> Factory | None:
    """Give the factory of a screen, or None where there is none of this name."""
    if not exists(name):
        return None
    known = _registered.get(name, f"casework.ui.screens.{name}:screen")
    if not isinstance(known, str):
        return known
    module, _colon, attribute = known.partition(":")
    factory: Factory | None = getattr(import_module(module), attribute, None)
    return factory


def entries_for(audience: str, *, under_rules: bool = False) -> tuple[Entry, ...]:
    """List the navigation of an audience, as far as its screens are there.

    Parameters
    ----------
    under_rules : bool
        Whether the database decides who sees what: some work is then another role's.
    """
    without, besides = UNDER_RULES.get(audience, ((), ())) if under_rules else ((), ())
    names = [name for name in AUDIENCES[audience] if name not in without]
    entries = (_ENTRIES[name] for name in (*names, *besides))
    return tuple(one for one in entries if exists(one.route))

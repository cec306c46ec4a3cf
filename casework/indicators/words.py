"""The phrases that sentences of figures are put together from, right in number in English.

Every phrase leaves ``{n}`` standing where the number goes.
"""

from __future__ import annotations

from casework.terms import _

__all__ = [
    "issues", "items", "needs", "pairs", "people", "plans", "problems", "rows", "tasks", "times",
]  # fmt: skip


def people(n: float | None) -> str:
    """Say how many people."""
    return _("{n} person", n="{n}") if n == 1 else _("{n} people", n="{n}")


def times(n: float | None) -> str:
    """Say how many person-times (人次)."""
    return _("{n} person-time", n="{n}") if n == 1 else _("{n} person-times", n="{n}")


def tasks(n: float | None) -> str:
    """Say how many tasks."""
    return _("{n} task", n="{n}") if n == 1 else _("{n} tasks", n="{n}")


def items(n: float | None) -> str:
    """Say how many items of dossiers."""
    return _("{n} item", n="{n}") if n == 1 else _("{n} items", n="{n}")


def plans(n: float | None) -> str:
    """Say how many plans."""
    return _("{n} plan", n="{n}") if n == 1 else _("{n} plans", n="{n}")


def problems(n: float | None) -> str:
    """Say how many problems of imports."""
    return _("{n} problem", n="{n}") if n == 1 else _("{n} problems", n="{n}")


def rows(n: float | None) -> str:
    """Say how many rows of a roster."""
    return _("{n} row", n="{n}") if n == 1 else _("{n} rows", n="{n}")


def needs(n: float | None) -> str:
    """Say how many needs."""
    return _("{n} need", n="{n}") if n == 1 else _("{n} needs", n="{n}")


def issues(n: float | None) -> str:
    """Say how many issues."""
    return _("{n} issue", n="{n}") if n == 1 else _("{n} issues", n="{n}")


def pairs(n: float | None) -> str:
    """Say how many pairs of a person and a helper."""
    return _("{n} pair", n="{n}") if n == 1 else _("{n} pairs", n="{n}")

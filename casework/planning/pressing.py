"""How pressing a task is on a day, and the sentence that says why (issue tiers: S0-49, S2-47).

One meaning for lists, rows and exports: what the rule sets (its tier, 1 first to 5 last) is brought
forward by lateness and by the severity of the need the task serves. The same steps are an SQL
expression in `casework.records.pressing`; a property test holds the two together. How many steps
each counts is a setting of the agency.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from casework.terms import _

__all__ = ["FIRST", "LAST", "Pressing", "Steps"]

FIRST, LAST = 1, 5
"""The tiers a rule may set, and the range of a level."""


@dataclass(frozen=True, slots=True)
class Steps:
    """By how many tiers lateness and severity bring a task forward.

    Attributes
    ----------
    soon_days : int
        Days before the end of a window from which it counts as due soon; the last day included.
    soon, overdue : int
        Tiers for a window that ends soon, and for one that has passed.
    medium, high : int
        Tiers for a need of this severity that waits.
    """

    soon_days: int = 7
    soon: int = 1
    overdue: int = 2
    medium: int = 1
    high: int = 2

    @classmethod
    def of(cls, setting: Callable[[str, date], Any], on: date) -> Steps:
        """Read the agency's choices of a day."""
        return cls(
            soon_days=int(setting("due_soon_days", on)),
            soon=int(setting("urgency_steps_soon", on)),
            overdue=int(setting("urgency_steps_overdue", on)),
            medium=int(setting("urgency_steps_medium", on)),
            high=int(setting("urgency_steps_high", on)),
        )

    def soon_until(self, on: date) -> date:
        """Give the last end of a window that counts as due soon on a day."""
        return on + timedelta(days=self.soon_days)

    def weigh(self, tier: int, due_on: date, severity: str | None, on: date) -> Pressing:
        """Weigh one task.

        Parameters
        ----------
        tier : int
            What the rule sets, from `FIRST` to `LAST`.
        severity : str or None
            Of the most severe need it serves that waits; None for none.
        """
        late, soon = due_on < on, on <= due_on <= self.soon_until(on)
        return Pressing(
            tier=tier,
            days_left=(due_on - on).days,
            by_lateness=self.overdue if late else self.soon if soon else 0,
            severity=severity,
            by_severity={"medium": self.medium, "high": self.high}.get(severity or "", 0),
        )


@dataclass(frozen=True, slots=True)
class Pressing:
    """How pressing a task is, and what made it so.

    Attributes
    ----------
    days_left : int
        Until its window closes; negative once it has.
    by_lateness, by_severity : int
        Tiers it was brought forward by.
    """

    tier: int
    days_left: int
    by_lateness: int
    severity: str | None
    by_severity: int

    @property
    def rank(self) -> int:
        """The number lists are sorted by, the smallest first; it may pass `FIRST`."""
        return self.tier - self.by_lateness - self.by_severity

    @property
    def level(self) -> int:
        """The rank as it is said, from `FIRST` to `LAST`."""
        return min(max(self.rank, FIRST), LAST)

    @property
    def reasons(self) -> tuple[str, ...]:
        """What brought it forward, each in a few words; empty where only the rule speaks."""
        said = []
        if self.by_severity:
            said.append(_("pressing need") if self.severity == "high" else _("serious need"))
        if self.by_lateness:
            said.append(self._time())
        return tuple(said)

    @property
    def sentence(self) -> str:
        """Say why it is as pressing as it is."""
        told = [_("level {n} by the rule", n=self.tier)]
        for words, steps in zip(self.reasons, self._steps(), strict=True):
            told.append(_("{why}, {n} levels up", why=words, n=steps))
        return _("Urgency {n}: {why}.", n=self.level, why=_("; ").join(told))

    def _steps(self) -> tuple[int, ...]:
        return tuple(n for n in (self.by_severity, self.by_lateness) if n)

    def _time(self) -> str:
        if self.days_left < 0:
            return _("overdue by {n} days", n=-self.days_left)
        return _("due in {n} days", n=self.days_left) if self.days_left else _("due today")

"""Which rules were changed or ended, and whether that is why a task is no longer asked for.

Decides how it is told, in the history of a task, that its rule was changed, ended or stands back
from a day on, and by which clause. What goes because something else became known of the person is
no change of the rules, and is not told as one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_

from casework.records import Task
from casework.rules import Rule
from casework.rules.evaluate import Values, holds
from casework.rules.sentence import day_text
from casework.terms import _

__all__ = ["Turns", "turn_text", "went_with_its_rule"]

AUTOMATIC = "auto:"
"""Begins the reasons that planning itself gave; those of people are free text."""

_TURNS = ("rule_changed", "rule_ended", "rule_instead", "rule_gone")
_TOLD_FOR = timedelta(days=30)
_DAY = timedelta(days=1)
_LOOK_BACK = timedelta(days=400)
"""No window is open for longer, so that older changes take no task off any list."""


class Turns:
    """Knows when each rule was changed or ended.

    Parameters
    ----------
    rules : iterable of Rule
        Every entry of the rules, those that have ended too.
    """

    def __init__(self, rules: Iterable[Rule], today: date) -> None:
        self.today = today
        self._entries: dict[str, list[Rule]] = {}
        self._stronger: dict[str, list[Rule]] = {}
        for rule in sorted(rules, key=lambda one: one.since):
            self._entries.setdefault(rule.duty.key, []).append(rule)
            for code in rule.instead_of:
                self._stronger.setdefault(f"rule:{code}", []).append(rule)

    @property
    def ended(self) -> tuple[Rule, ...]:
        """The entries that have ended and of which is to be known whether they would hold."""
        earliest = self.today - _LOOK_BACK
        return tuple(
            rule
            for entries in self._entries.values()
            for rule in entries
            if rule.until is not None and earliest <= rule.until < self.today
        )

    def told(self, key: str, opens_on: Any, values: Values) -> str | None:
        """Give how to keep why a task is no longer asked for; None where no rule is the reason.

        Parameters
        ----------
        opens_on : date or str
            The first day of its window, as the database keeps it.
        values : mapping
            What is known of the person today.
        """
        entries = self._entries.get(key, ())
        if not entries:
            return f"rule_gone:{self.today.isoformat()}" if key.startswith("rule:") else None
        opens = date.fromisoformat(opens_on) if isinstance(opens_on, str) else opens_on
        day = max(opens, self.today)
        current = next((one for one in entries if one.in_force(day)), None)
        before = [one for one in entries if one.until is not None and one.until < day]
        if before:
            last = before[-1]
            turn = last.until + _DAY if last.until is not None else day
            if self._decides(turn, opens) and self._holds(last, values, day):
                if current is None:
                    return _kept("rule_ended", turn, last)
                if last.duty.timing != current.duty.timing or not self._holds(current, values, day):
                    return _kept("rule_changed", current.since, current)
        return self._stands_back(key, opens, day, values)

    def _stands_back(self, key: str, opens: date, day: date, values: Values) -> str | None:
        for one in self._stronger.get(key, ()):
            if one.in_force(day) and self._decides(one.since, opens):
                before = any(
                    other is not one and other.until == one.since - _DAY
                    for other in self._entries[one.duty.key]
                )
                if not before and self._holds(one, values, day):
                    return _kept("rule_instead", one.since, one)
        return None

    def _decides(self, turn: date, opens: date) -> bool:
        """Tell whether a task was asked for by what held before a turn."""
        return turn > self.today or opens < turn

    def _holds(self, rule: Rule, values: Values, day: date) -> bool:
        return holds(rule.when, values, day, self.today) is True


def _kept(what: str, since: date, rule: Rule) -> str:
    return f"{what}:{since.isoformat()}:《{rule.clause.document.zh}》{rule.clause.article}"


def went_with_its_rule(day: date) -> ColumnElement[bool]:
    """Tell of a task whether it was open, and was withdrawn for its rule in the weeks before a day.

    Whoever was about to do it should not have to wonder where it went.
    """
    return and_(
        Task.cancelled_on.between(day - _TOLD_FOR, day),
        or_(*(Task.reason.startswith(AUTOMATIC + what, autoescape=True) for what in _TURNS)),
        Task.opens_on <= Task.cancelled_on,
        Task.done_on.is_(None),
    )


def turn_text(kept: str) -> str | None:
    """Say why a task is no longer asked for, where a rule is the reason."""
    what, _colon, rest = kept.partition(":")
    told, _colon, clause = rest.partition(":")
    if what not in _TURNS:
        return None
    day = day_text(date.fromisoformat(told))
    if what == "rule_changed":
        return _(
            "the rule was changed from {day} on and no longer asks for it ({clause})",
            day=day, clause=clause,
        )  # fmt: skip
    if what == "rule_ended":
        return _(
            "the rule has ended, from {day} on it is no longer asked for ({clause})",
            day=day, clause=clause,
        )  # fmt: skip
    if what == "rule_instead":
        return _(
            "from {day} on another rule stands in its place ({clause})", day=day, clause=clause
        )
    return _("since {day} the rules no longer have the rule that asked for it", day=day)

"""What a version of a plan says: its items, in words of the language in force.

Decides how versions and items are put to whoever looks; what people decide about them is in
:mod:`casework.workbook.plan_versions`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from casework.errors import NotFound
from casework.records import PlanItem
from casework.rules.sentence import timing_text
from casework.rules.timing import timing_from
from casework.terms import _, language
from casework.workbook.policy import almanac

__all__ = ["PlanDifference", "PlanLine", "PlanVersion", "content_of", "line_of"]


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One item of a version, in words of the language in force.

    Attributes
    ----------
    state : {"proposed", "accepted", "changed", "declined"}
    when : str
        Its timing in words; ``timing`` as data.
    reasons : mapping or None
        The facts on which it was decided, as they were kept then.
    """

    item_id: int
    key: str
    origin: str
    state: str
    title: str
    service: str
    domain: str | None
    actor: str
    channels: tuple[str, ...]
    place: str | None
    when: str
    timing: Mapping[str, Any]
    duration_minutes: int | None
    amount: int | None
    unit: str | None
    priority: int
    responsible: Mapping[str, str]
    rule_code: str | None
    clause: str | None
    reasons: Mapping[str, Any] | None
    deviation_reason: str | None
    need_id: int | None


@dataclass(frozen=True, slots=True)
class PlanVersion:
    """One version of a plan with its items.

    Attributes
    ----------
    possible : tuple of str
        Steps that whoever looks may take now: submit, withdraw, return, approve, …
    """

    plan_id: int
    person_id: int
    version: int
    state: str
    origin: str
    effective_from: date | None
    effective_to: date | None
    drafted_at: datetime
    drafted_by: str
    submitted_by: str | None
    decided_by: str | None
    comment: str | None
    lines: tuple[PlanLine, ...]
    possible: tuple[str, ...] = ()

    def line(self, key: str) -> PlanLine:
        """Give the item of a key.

        Raises
        ------
        NotFound
            When the version has no such item.
        """
        for one in self.lines:
            if one.key == key:
                return one
        raise NotFound(_("This version of the plan has no item {key}.", key=key))


@dataclass(frozen=True, slots=True)
class PlanDifference:
    """What a version changes against the one in force."""

    added: tuple[PlanLine, ...]
    removed: tuple[PlanLine, ...]
    changed: tuple[tuple[PlanLine, PlanLine], ...]


def line_of(item: PlanItem) -> PlanLine:
    """Tell what an item says, in the language in force."""
    timing = {key: value for key, value in (item.timing or {}).items() if key != "since"}
    return PlanLine(
        item_id=item.id,
        key=item.item_key,
        origin=item.origin,
        state=item.state,
        title=(item.title_en if language() == "en" else None) or item.title,
        service=item.service,
        domain=item.domain,
        actor=item.actor,
        channels=tuple(item.channels or ()),
        place=item.place,
        when=timing_text(timing_from(timing), almanac().festivals) if timing else "",
        timing=timing,
        duration_minutes=item.duration_minutes,
        amount=item.amount,
        unit=item.unit,
        priority=item.priority,
        responsible=dict(item.responsible or {}),
        rule_code=item.rule_code,
        clause=item.clause,
        reasons=item.reasons,
        deviation_reason=item.deviation_reason,
        need_id=item.need_id,
    )


def content_of(line: PlanLine) -> tuple[Any, ...]:
    """Give what an item asks for: two that ask for the same say the same."""
    return (
        line.title, line.service, line.actor, line.channels, line.place, line.timing,
        line.duration_minutes, line.amount, line.unit, line.priority, line.responsible,
    )  # fmt: skip

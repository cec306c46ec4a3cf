"""Whether somebody else changed the same since a form was read: told before it is overwritten.

A screen notes the moment at which it was read, and whatever a button of it writes is an attempt
made from that moment. Every act names in the change log what it is about; where another act about
the same thing is younger than the moment, nothing is written, and the person is told who did what,
field by field, keeps the own text, and chooses.

Decides which acts are about the same thing. Facts, identity and family have entries with a history
of their own and compare those (`ChangedMeanwhile` comes from there as well).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from casework.errors import ChangedMeanwhile
from casework.records import Base, ChangeLog, audit
from casework.terms import _

__all__ = [
    "Attempt",
    "Later",
    "Moment",
    "attempting",
    "is_known_key",
    "key_of_act",
    "moment_of",
    "refuse_if_changed",
]

_REMEMBERED = 200
# Acts about a person concern a part of what is held; others add something, and take nothing away.
_CONSENTS = frozenset({"record_consent", "withdraw_consent", "strike_out_consent"})
_ASSESSMENTS = frozenset({"record_assessment", "withdraw_assessment"})
_ADDING = frozenset({"read_goal", "draft_plan", "raise_need", "raise_alert", "settle_needs"})
_ROWS_OF = {
    "service_plan": ("service_plan", "plan_item"),
    "issue": ("issue", "issue_step"),
    "goal": ("goal", "goal_reading"),
}


@dataclass(frozen=True, slots=True)
class Moment:
    """What had been written when a screen was read.

    Attributes
    ----------
    known : frozenset of int
        The youngest entries of the change log; all older ones were there too.
    snapshot : str or None
        The same, as a server tells it to those who may not read the change log.
    """

    known: frozenset[int] = frozenset()
    snapshot: str | None = None


@dataclass(frozen=True, slots=True)
class Later:
    """One act of somebody else that is younger than the screen.

    Attributes
    ----------
    action : str
        As the change log names it.
    part : str or None
        Which item, wish or instrument it was about.
    changes : sequence of tuple
        Column, value before, value after, of each that changed.
    """

    act: int | None
    at: datetime
    by: str
    action: str
    part: str | None
    changes: Sequence[tuple[str, Any, Any]]


@dataclass(frozen=True, slots=True)
class _Row:
    """One entry of the audit: a row that was added or changed."""

    action: str
    kind: str
    row_id: int | None
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


@dataclass(slots=True)
class Attempt:
    """One press of a button.

    Attributes
    ----------
    own : frozenset of int
        Acts that were done here, and are nobody else's.
    key : str or None
        Of the form: the same as long as it is the same entry, however often it is saved.
    n : int
        How many transactions of it have been written down.
    """

    moment: Moment
    own: frozenset[int] = field(default_factory=frozenset)
    key: str | None = None
    n: int = 0


_attempt: ContextVar[Attempt | None] = ContextVar("attempt", default=None)


@contextmanager
def attempting(attempt: Attempt) -> Iterator[None]:
    """Write from a moment, for the length of a block."""
    token = _attempt.set(attempt)
    try:
        yield
    finally:
        _attempt.reset(token)


def moment_of(session: Session) -> Moment:
    """Note what has been written by now."""
    if "role" in session.info:
        return Moment(snapshot=str(session.scalar(select(func.pg_current_snapshot()))))
    youngest = select(ChangeLog.id).order_by(ChangeLog.id.desc()).limit(_REMEMBERED)
    return Moment(frozenset(session.scalars(youngest)))


def refuse_if_changed(
    session: Session, action: str, kind: str, subject_id: int | None,
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None,
) -> None:  # fmt: skip
    """Refuse an act about something that somebody else changed since it was read.

    Raises
    ------
    ChangedMeanwhile
        With the acts of the others.
    """
    attempt = _attempt.get()
    if attempt is None or subject_id is None or action in _ADDING:
        return
    ours = _matter(action, kind, _part(before, after))
    if ours is None:
        return
    found = [
        one
        for one in _later(session, attempt.moment, kind, subject_id)
        if one.act not in attempt.own
        and one.act != session.info.get("act")
        and one.action not in _ADDING
        and _touches(ours, _matter(one.action, kind, one.part))
    ]
    if found:
        refusal = ChangedMeanwhile(
            _(
                "Somebody else changed this after you opened it. Nothing was saved yet, and what "
                "you entered is still here: compare, then choose."
            )
        )
        refusal.later = found
        raise refusal


def key_of_act(session: Session) -> str | None:
    """Give the key that the first entry of a transaction in the change log carries."""
    attempt = _attempt.get()
    if attempt is None or attempt.key is None or session.info.get("keyed"):
        return None
    session.info["keyed"] = True
    attempt.n += 1
    return f"{attempt.key}/{attempt.n}"


def is_known_key(error: IntegrityError) -> bool:
    """Tell whether a transaction failed because its form had been saved before."""
    diagnosis = getattr(error.orig, "diag", None)
    told = str(error.orig) if diagnosis is None else str(diagnosis.constraint_name)
    return "change_log" in told and "client_key" in told


def _matter(action: str, kind: str, part: str | None) -> tuple[str, str | None] | None:
    """Say what an act is about; None where it takes nothing away from anybody."""
    if kind != "person":
        return kind, part
    if action in _CONSENTS:
        return "consent", None
    if action in _ASSESSMENTS:
        return "assessment", part
    return ("wish", part) if action == "close_wish" else None


def _touches(ours: tuple[str, str | None], theirs: tuple[str, str | None] | None) -> bool:
    """Tell whether two acts are about the same; one that names no part is about the whole."""
    if theirs is None or ours[0] != theirs[0]:
        return False
    return None in (ours[1], theirs[1]) or ours[1] == theirs[1]


def _part(*told: Mapping[str, Any] | None) -> str | None:
    for one in told:
        for name in ("item", "wish", "instrument"):
            if isinstance(one, Mapping) and one.get(name) is not None:
                return str(one[name])
    return None


def _later(session: Session, moment: Moment, kind: str, subject_id: int) -> Iterator[Later]:
    if moment.snapshot is not None:
        asked = func.access.later_changes(kind, subject_id, moment.snapshot).table_valued(
            "act", "at", "by", "action", "part", "rows"
        )
        for row in session.execute(select(asked)):
            rows = [_Row(**one) for one in row.rows or ()]
            changes = _changes(session, rows)
            yield Later(row.act, row.at, row.by, row.action, row.part, changes)
        return
    oldest = min(moment.known, default=0)
    log = select(ChangeLog).where(
        ChangeLog.subject_kind == kind, ChangeLog.subject_id == subject_id, ChangeLog.id > oldest
    )
    for one in session.scalars(log.order_by(ChangeLog.id)):
        if one.id in moment.known:
            continue
        columns = (audit.c[name] for name in ("action", "kind", "row_id", "before", "after"))
        entries = select(*columns).where(
            audit.c.act == one.act, audit.c.last_id.is_(None),
            audit.c.action.in_(("insert", "update")), audit.c.kind.in_(_ROWS_OF.get(kind, (kind,))),
        )  # fmt: skip
        found = [] if one.act is None else session.execute(entries.order_by(audit.c.id)).all()
        changes = _changes(session, [_Row(*each) for each in found])
        yield Later(one.act, one.at, one.by, one.action, _part(one.after, one.before), changes)


def _changes(session: Session, rows: Sequence[_Row]) -> list[tuple[str, Any, Any]]:
    """Give each column that changed; of a row that was added, what stands in it for us to read."""
    found = []
    for one in rows:
        before, after = one.before or {}, one.after or {}
        if one.action == "insert":
            table = Base.metadata.tables[one.kind]
            row = session.execute(select(table).where(table.c.id == one.row_id)).one_or_none()
            before, after = {}, {} if row is None else dict(row._mapping)
        found += [
            (column, before.get(column), value)
            for column, value in after.items()
            if value != before.get(column)
        ]
    return found

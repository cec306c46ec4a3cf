"""Taking back what was just saved, from the audit: what a form changed is put back as it was.

Decides what can be taken back: rows that were changed and that nobody changed since get their
values back, rows that were added are marked as mistakes, as corrections mark them; nothing is
deleted, and taking back is an act of its own. What touched anything else has its own way back, or
none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, String, and_, func, select, update
from sqlalchemy.orm import Session, aliased

from casework.errors import ChangedMeanwhile
from casework.records import ASKING, Base, Consent, Disclosure, IssueStep, Task, audit
from casework.records.base import Day, Moment, now
from casework.terms import _

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["Undoing"]

_UNDOABLE = frozenset({
    "need", "wish", "goal", "opinion", "rights_request", "issue", "issue_step", "consent",
    "disclosure", "retention_hold", "impact_assessment", "incident",
})  # fmt: skip
# What plans rest on: they follow at once, as they did when it was written down.
_PLANNED = frozenset({"need", "wish", "opinion"})
# What drawing up the plan writes for a new need: it follows the need, and goes when the need does.
_DRAWN_UP = frozenset({"service_plan", "plan_item", "need_answer", "task"})
# What goes with every act, or stays true: that wishes were asked for.
_BESIDE = frozenset({"change_log", "draft", "fact", "plan_stamp", "person", "population_due"})


@dataclass(frozen=True, slots=True)
class _Row:
    action: str
    kind: str
    row_id: int | None
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


class Undoing:
    """The way back from the last act of whoever works here.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    def last(self) -> int | None:
        """Give the last act, if it can be taken back."""
        book = self._workbook
        act = book.last_act
        if act is None:
            return None
        with book.reading() as session:
            rows = _rows(session, act)
        return act if rows and all(_can_go_back(one) for one in rows) else None

    def take_back(self, act: int) -> None:
        """Put back what an act changed.

        Raises
        ------
        ChangedMeanwhile
            If something of it was changed since.
        """
        book = self._workbook
        with book.transaction() as session:
            for one in reversed(_rows(session, act)):
                _put_back(session, one)
                book.log(session, "take_back", one.kind, one.row_id, after={"act": act})
                if one.kind in _PLANNED:
                    column = Base.metadata.tables[one.kind].c
                    whose = select(column.person_id).where(
                        column.id == one.row_id, column.person_id.is_not(None)
                    )
                    book.plans.follow(session, [*session.scalars(whose)])


def _rows(session: Session, act: int) -> list[_Row]:
    if "role" in session.info:
        asked = func.access.rows_of_my_act(act).table_valued(
            "action", "kind", "row_id", "before", "after"
        )
        found = session.execute(select(asked)).all()
    else:
        columns = (audit.c[name] for name in ("action", "kind", "row_id", "before", "after"))
        mine = (audit.c.act == act, audit.c.action != "read")
        own = select(*columns).where(*mine).order_by(audit.c.id)
        found = session.execute(own).all()
    rows = [_Row(*one) for one in found if one.kind not in _BESIDE]
    raised = {(row.kind, row.row_id) for row in rows if _is_raised(row)}
    if raised:
        return [row for row in rows if (row.kind, row.row_id) in raised or not _is_drawn_up(row)]
    added = [row.row_id for row in rows if row.kind == "task" and row.action == "insert"]
    # What asks for an answer to a new need follows the need: it goes when the need does.
    asking = Task.item_key.startswith(ASKING, autoescape=True)
    follow = {*session.scalars(select(Task.id).where(Task.id.in_(added), asking))} if added else ()
    return [row for row in rows if row.kind != "task" or row.row_id not in follow]


def _is_raised(row: _Row) -> bool:
    return row.kind in _PLANNED and row.action == "insert"


def _is_drawn_up(row: _Row) -> bool:
    """Tell what the plan's answer to something new wrote: also that another need is planned now."""
    return row.kind in _DRAWN_UP or (row.kind == "need" and row.action == "update")


def _can_go_back(row: _Row) -> bool:
    if row.kind not in _UNDOABLE or row.row_id is None or row.action not in ("insert", "update"):
        return False
    columns = Base.metadata.tables[row.kind].c
    return row.action == "insert" or all(
        isinstance(columns[name].type, Day | Moment | String) or name.endswith("_id")
        for name in row.before or {}
    )


def _put_back(session: Session, row: _Row) -> None:
    table = Base.metadata.tables[row.kind]
    values: dict[str, Any] = {"superseded_at": now()}
    same = [table.c.id == row.row_id]
    if "superseded_at" not in (row.before or {}):
        same.append(table.c.superseded_at.is_(None))
    if row.action == "insert":
        same.extend(_nothing_since(row))
    else:
        values = {name: _value(table.c[name], told) for name, told in (row.before or {}).items()}
        for name, told in (row.after or {}).items():
            same.append(table.c[name].is_not_distinct_from(_value(table.c[name], told)))
    done: Any = session.execute(update(table).where(*same).values(values))
    if done.rowcount != 1:
        raise ChangedMeanwhile(
            _("This was changed again since, so it is not taken back. Look at it as it stands.")
        )


def _nothing_since(row: _Row) -> Iterator[ColumnElement[bool]]:
    """Ask whether nothing was built on a new row: a later step, or data given on the strength."""
    if row.kind == "issue_step":
        step, later = aliased(IssueStep), aliased(IssueStep)
        followed = select(later.id).join(step, step.issue_id == later.issue_id)
        yield ~followed.where(
            step.id == row.row_id, later.id > step.id, later.superseded_at.is_(None)
        ).exists()
    if row.kind == "consent":
        given = Disclosure.basis == "consent"
        used = select(Disclosure.id).join(
            Consent,
            and_(
                Consent.person_id == Disclosure.person_id,
                Consent.purpose == Disclosure.purpose,
                Consent.recorded_at <= Disclosure.recorded_at,
            ),
        )
        stands = Disclosure.superseded_at.is_(None)
        yield ~used.where(Consent.id == row.row_id, given, stands).exists()


def _value(column: Any, told: Any) -> Any:
    if isinstance(column.type, Day) and isinstance(told, str):
        return date.fromisoformat(told[:10])
    if isinstance(column.type, Moment) and isinstance(told, str):
        return datetime.fromisoformat(told)
    return told

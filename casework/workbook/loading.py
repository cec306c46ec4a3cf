"""Many rows at once: how a workbook is filled with what was not recorded one by one.

Decides that rows go in by sets, all of them in one transaction or none; leaves what they say to
the caller, who gives every row of a table the same columns. The daily work goes through the areas
instead, one act a transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ColumnElement,
    Table,
    bindparam,
    case,
    exists,
    func,
    insert,
    literal,
    null,
    select,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from casework.records import (
    Base,
    Campaign,
    CampaignPerson,
    CareTeamMember,
    Contact,
    Delegation,
    DelegationMember,
    DelegationSlot,
    Issue,
    IssueStep,
    Need,
    Organisation,
    Person,
    ServiceOrder,
    ServicePlan,
    Task,
    TaskEvidence,
    UnitReturn,
    UnitReturnRow,
)
from casework.records.audit import in_bulk
from casework.records.rosters import VISITOR
from casework.workbook.finding import refresh_search
from casework.workbook.order_evidence import close_by_order

if TYPE_CHECKING:
    from casework.reference.catalogue import ServiceItem
    from casework.workbook.door import Workbook

__all__ = ["Loader", "loading"]

_BATCH = 2000
_RETURNED_AFTER = 3  # days after a campaign, of a demonstration

Row = Mapping[str, Any]


@contextmanager
def loading(workbook: Workbook) -> Iterator[Loader]:
    """Fill a workbook in one transaction; people are found afterwards like all others."""
    with workbook.transaction() as session, in_bulk(session):
        yield Loader(session)


class Loader:
    """Writes rows by sets, in the transaction of its session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, table: type[Base], rows: Iterable[Row]) -> int:
        """Add rows to a table and tell how many there were.

        Parameters
        ----------
        rows : iterable of mapping
            Columns by name, the same ones in each row; columns left out take their default.
        """
        total = 0
        for chunk in _chunks(rows):
            # The table, not the class: the unit of work would split the set at every None.
            self._session.execute(insert(_table(table)), chunk)
            total += len(chunk)
        return total

    def add_numbered(self, table: type[Base], rows: Iterable[Row]) -> list[int]:
        """Add rows to a table and give their ids, in the order of the rows."""
        whole = _table(table)
        adding = insert(whole).returning(whole.c.id, sort_by_parameter_order=True)
        ids: list[int] = []
        for chunk in _chunks(rows):
            ids.extend(self._session.scalars(adding, chunk))
        return ids

    def change(self, table: type[Base], rows: Iterable[Row]) -> None:
        """Change rows by their ``id``: the other columns, the same in each row, are written."""
        whole = _table(table)
        for chunk in _chunks(rows):
            columns = [name for name in chunk[0] if name != "id"]
            changing = (
                update(whole)
                .where(whole.c.id == bindparam("row_id"))
                .values({name: bindparam(f"new_{name}") for name in columns})
            )
            self._session.connection().execute(
                changing,
                [{"row_id": row["id"], **{f"new_{n}": row[n] for n in columns}} for row in chunk],
            )

    def date_plans(self, plan_ids: Sequence[int], at: datetime) -> None:
        """Let plans have been drafted, and submitted and decided where they were, at a moment."""
        moments = (ServicePlan.submitted_at, ServicePlan.decided_at)
        self._session.execute(
            update(ServicePlan)
            .where(ServicePlan.id.in_(list(plan_ids)))
            .values({"drafted_at": at, **{one.key: _if_set(one, at) for one in moments}})
            .execution_options(synchronize_session=False)
        )

    def date_issues(self, at: Callable[[date], datetime]) -> None:
        """Let every issue and step have been written down on its own day, at a moment of it."""
        for issue in self._session.scalars(select(Issue)):
            issue.recorded_at = at(issue.reported_on)
        for step in self._session.scalars(select(IssueStep)):
            step.recorded_at = at(step.taken_on)
        self._session.flush()

    def last_contact(self) -> int:
        """Give the number of the last contact; 0 where there is none."""
        return self._session.scalar(select(func.max(Contact.id))) or 0

    def date_contacts(self, after: int, at: Callable[[date], datetime]) -> None:
        """Let contacts with a higher number have been written down on their own day."""
        for contact in self._session.scalars(select(Contact).where(Contact.id > after)):
            contact.recorded_at = at(contact.happened_on)
        for evidence, day in self._session.execute(
            select(TaskEvidence, Contact.happened_on)
            .join(Contact, Contact.id == TaskEvidence.contact_id)
            .where(Contact.id > after)
        ):
            evidence.recorded_at = at(day)
        self._session.flush()

    def date_campaigns(self, at: Callable[[date], datetime]) -> None:
        """Let campaigns have been drawn up on the day their list was frozen, returns after them.

        They are campaigns of the whole agency, which nobody is offered to begin once more.
        """
        for one in self._session.scalars(select(Campaign)):
            moment = at(one.frozen_on or one.opens_on)
            one.recorded_at, one.scope = moment, 0
            one.given_at = moment if one.given_at else None
            for table in (Delegation, DelegationMember, DelegationSlot, CampaignPerson):
                self._date(table, moment, table.campaign_id == one.id)
            returns = select(UnitReturn.id).where(UnitReturn.campaign_id == one.id)
            came = at(one.due_on + timedelta(days=_RETURNED_AFTER))
            self._date(UnitReturn, came, UnitReturn.campaign_id == one.id)
            self._date(UnitReturnRow, came, UnitReturnRow.return_id.in_(returns))
            if one.given_at:
                self._date(CareTeamMember, moment, CareTeamMember.role == VISITOR)
        self._session.flush()

    def _date(self, table: Any, at: datetime, where: ColumnElement[bool]) -> None:
        self._session.execute(
            update(table)
            .where(where)
            .values(recorded_at=at)
            .execution_options(synchronize_session=False)
        )

    def holds_people(self) -> bool:
        """Tell whether anybody is in the workbook yet."""
        return bool(self._session.scalar(select(exists().where(Person.id.is_not(None)))))

    def organisation_ids(self) -> dict[str, int]:
        """Give the id of every unit of the organisation tree by its code."""
        found = self._session.execute(select(Organisation.code, Organisation.id))
        return {code: unit_id for code, unit_id in found}

    def open_tasks(self, first: date, last: date) -> Iterator[Mapping[str, Any]]:
        """Give the tasks in force whose window touches a span of days and that are still open.

        Yields
        ------
        mapping
            Columns of `Task` by name, the ones that a contact is held against.
        """
        columns = (Task.id, Task.person_id, Task.item_key, Task.actor, Task.channels)
        days = (Task.opens_on, Task.due_on, Task.planned_on)
        found = self._session.execute(
            select(*columns, *days)
            .where(
                Task.done_on.is_(None),
                Task.cancelled_on.is_(None),
                Task.excused_on.is_(None),
                Task.in_force_from.is_not(None),
                Task.opens_on <= last,
                Task.due_on >= first,
            )
            .order_by(Task.id)
        )
        yield from (dict(row) for row in found.mappings())

    def open_needs(self) -> list[tuple[int, str]]:
        """Give person and domain of every need that is not met, in the order it was written."""
        query = select(Need.person_id, Need.domain).where(
            Need.state.in_(("open", "planned")), Need.superseded_at.is_(None)
        )
        return [
            (person, domain) for person, domain in self._session.execute(query.order_by(Need.id))
        ]

    def tasks_waiting(
        self, services: Iterable[str], first: date, last: date
    ) -> dict[tuple[int, str], tuple[int, date]]:
        """Give an open task of each person and kind of work that opened between two days.

        Returns
        -------
        dict
            By person and service: the task, the latest one, and the day on which it opened.
        """
        query = (
            select(Task.person_id, Task.service, Task.id, Task.opens_on)
            .where(
                Task.service.in_(sorted(services)),
                Task.done_on.is_(None),
                Task.cancelled_on.is_(None),
                Task.excused_on.is_(None),
                Task.in_force_from.is_not(None),
                Task.actor == "caseworker",
                Task.opens_on.between(first, last),
            )
            .order_by(Task.opens_on, Task.id)
        )
        found = self._session.execute(query)
        return {(person, service): (task, on) for person, service, task, on in found if service}

    def answer_by_orders(
        self, done: Iterable[tuple[int, ServiceItem]], at: Callable[[date], datetime]
    ) -> int:
        """Let completed orders close the tasks they answer, as the door does, each on its day.

        Parameters
        ----------
        done : iterable of (int, ServiceItem)
            The order and what was ordered.

        Returns
        -------
        int
            How many tasks were closed.
        """
        closed = 0
        for order_id, item in done:
            order = self._session.get_one(ServiceOrder, order_id)
            closed += len(close_by_order(self._session, order, item))
            for one in self._session.scalars(
                select(TaskEvidence).where(TaskEvidence.order_id == order_id)
            ):
                one.recorded_at = at(order.completed_on or order.requested_on)
        self._session.flush()
        return closed

    def make_findable(self) -> None:
        """Let everybody be found by name, pinyin, number, unit and place."""
        refresh_search(self._session)


def _if_set(column: InstrumentedAttribute[Any], at: datetime) -> Any:
    """Give a moment where there is one already, else None."""
    return case((column.is_not(None), literal(at, column.type)), else_=null())


def _table(record: type[Base]) -> Table:
    return Base.metadata.tables[record.__tablename__]


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    source = iter(rows)
    while chunk := list(islice(source, _BATCH)):
        yield chunk

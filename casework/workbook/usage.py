"""What other platforms and providers did, taken over from their files: seen first, then written.

Decides that a file is looked at before anything is written, that its rows are written all or none,
and how what was written is taken back as far as the tables allow: a service that was done is never
made undone, it is said to be entered by mistake, and an order that somebody waited for is asked for
again. Whose a row is and what it answers is :mod:`casework.workbook.usage_rows`'.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry, NotFound, NotPermitted
from casework.exchange.campaign_report import report_file
from casework.exchange.usage_table import UsageFile, read_usage
from casework.records import Agreement, ChangeLog, Provider, ServiceOrder, order_status
from casework.records.base import now
from casework.reference.catalogue import catalogue
from casework.terms import _, day_of, run_on
from casework.workbook.order_steps import (
    assign_within,
    close_within,
    end_within,
    log_step,
    mark_done,
    refused_plainly,
)
from casework.workbook.usage_rows import OUTCOMES, Judged, judge

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["OUTCOMES", "Past", "TakenBack", "Usage", "UsageReport"]

_TOOK = "take_usage"
_WRITTEN = ("complete", "enter")
_SHOWN = 5
_AT_ONCE = 500
_ENTERED = "usage:"  # begins the key of a service that nobody had ordered here


@dataclass(frozen=True, slots=True)
class UsageReport:
    """What becomes of a file, row by row.

    Attributes
    ----------
    n_ignored : int
        Titles, blank rows and footers; rows that say they were not done are among ``rows``.
    orders : tuple of int
        What was written; empty while nothing is.
    """

    file_name: str
    provider_id: int
    rows: tuple[Judged, ...]
    headings: tuple[str, ...]
    n_ignored: int
    orders: tuple[int, ...] = ()

    @property
    def counts(self) -> Mapping[str, int]:
        """Rows of the file by `OUTCOMES`; their sum is the number of rows."""
        told = Counter(one.outcome for one in self.rows)
        return {name: told[name] + (name == "ignored") * self.n_ignored for name in OUTCOMES}

    def of(self, *outcomes: str) -> list[Judged]:
        """Give the rows of these outcomes, in the order of the file."""
        return [one for one in self.rows if one.outcome in outcomes]


@dataclass(frozen=True, slots=True)
class Past:
    """A file that was taken over."""

    file_name: str
    on: date
    by: str
    orders: tuple[int, ...]
    standing: int


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What taking a file back did, in orders.

    Attributes
    ----------
    undone : int
        Said to be entered by mistake.
    renewed : int
        Of those, orders that somebody waited for before: they are asked for again.
    staying : tuple of int
        Confirmed meanwhile: they stand.
    """

    undone: int
    renewed: int
    staying: tuple[int, ...]


class Usage:
    """What is done with files of other platforms and providers.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    # --- looking ---------------------------------------------------------------------------------

    def look(self, path: Path, provider_id: int, *, shown_as: str = "") -> UsageReport:
        """Tell what would become of a file; nothing is written.

        Raises
        ------
        UnreadableFile, InvalidEntry
            If the file cannot be read, is no such file, or is longer than is taken at once.
        NotFound
            If there is no such provider.
        """
        file = read_usage(path, self._workbook.today)
        with self._workbook.reading() as session:
            return self._report(session, file, provider_id, shown_as or path.name)

    def past(self) -> list[Past]:
        """Give the files taken over last, the latest first, with how much of each still stands.

        Whoever may not read what others did sees none.
        """
        day = self._workbook.today
        query = (
            select(ChangeLog)
            .where(ChangeLog.action == _TOOK)
            .order_by(ChangeLog.id.desc())
            .limit(_SHOWN)
        )
        with self._workbook.reading() as session:
            found = []
            for log in session.scalars(query).all():
                orders = tuple(log.after["orders"])
                standing = session.scalars(
                    select(ServiceOrder.id).where(
                        ServiceOrder.id.in_(orders),
                        order_status(day) == "completed",
                        ServiceOrder.outside_ref.is_not(None),
                    )
                ).all()
                found.append(
                    Past(log.after["file"], day_of(log.at), log.by, orders, len(standing))
                )  # fmt: skip
            return found

    def rejected(self, report: UsageReport) -> bytes:
        """Write the rows that are not taken as Excel, each with the reason, to be put right.

        The headings are those of the file, so that it can be chosen again once it is corrected.
        """
        held = report.of("held")
        persons = sorted({one.person_id for one in held if one.person_id})
        self._workbook.sharing.taken(persons, "list")
        rows = [
            [*(one.row.cells.get(name) for name in report.headings), run_on(one.why)]
            for one in held
        ]
        note = _("Put the rows right and choose this file again; rows taken before are known.")
        heads = [*report.headings, _("Why it was not taken")]
        return report_file(report.file_name, note, [(_("Not taken"), heads, rows)])

    # --- doing -----------------------------------------------------------------------------------

    def take(
        self, path: Path, provider_id: int, *, but: Collection[str] = (), shown_as: str = ""
    ) -> UsageReport:
        """Take a file over: orders are done, services entered; all rows that can be, or none.

        Parameters
        ----------
        but : collection of str
            `Judged.number` of rows to leave out.

        Raises
        ------
        InvalidEntry
            If no row can be taken.
        """
        book = self._workbook
        file = read_usage(path, book.today)
        with refused_plainly(), book.transaction() as session:
            report = self._report(session, file, provider_id, shown_as or path.name)
            wanted = [one for one in report.of(*_WRITTEN) if one.number not in but]
            if not wanted:
                raise InvalidEntry(_("There is no row to take over."), "file")
            agreed = {one.agreement_id for one in wanted if one.agreement_id}
            agreements = {
                one.id: one
                for one in session.scalars(select(Agreement).where(Agreement.id.in_(agreed)))
            }
            providers = {one.id: one for one in session.scalars(select(Provider))}
            names = {key: one.name for key, one in providers.items()}
            made = self._orders(session, wanted)
            with session.no_autoflush:  # all in one go
                for one, order in zip(wanted, made, strict=True):
                    self._mark(session, one, order, agreements, names)
            session.flush()
            for order in made:
                close_within(book, session, order)
            orders = tuple(order.id for order in made)
            book.log(
                session, _TOOK, "provider", provider_id,
                after={"file": report.file_name[-120:], "sha256": file.sha256,
                       "orders": list(orders)},
            )  # fmt: skip
        return UsageReport(
            report.file_name, provider_id, report.rows, report.headings, report.n_ignored, orders
        )

    def take_back(self, order_ids: Sequence[int]) -> TakenBack:
        """Take back what a file brought, as far as it was not confirmed meanwhile.

        Raises
        ------
        NotFound
            If nothing of it stands any more.
        """
        book = self._workbook
        reason = _("taken over from a file by mistake")
        undone = renewed = 0
        with refused_plainly(), book.transaction() as session:
            found = session.scalars(
                select(ServiceOrder)
                .where(ServiceOrder.id.in_(list(order_ids)), ServiceOrder.outside_ref.is_not(None))
                .order_by(ServiceOrder.id)
                .with_for_update()
            ).all()
            staying = tuple(one.id for one in found if one.verified_on is not None)
            for one in found:
                if one.verified_on is not None or one.failed_on is not None:
                    continue
                one.outside_ref = None  # the row may come again
                end_within(book, session, one, "fail", reason)
                undone += 1
                if not (one.client_key or "").startswith(_ENTERED):
                    self._ask_again(session, one)
                    renewed += 1
            if not undone and not staying:
                raise NotFound(_("There is no such entry any more."))
            book.log(session, "take_back_usage", "provider",
                     after={"orders": undone, "renewed": renewed})  # fmt: skip
        return TakenBack(undone, renewed, staying)

    # --- inside ----------------------------------------------------------------------------------

    def _report(
        self, session: Session, file: UsageFile, provider_id: int, name: str
    ) -> UsageReport:  # fmt: skip
        if session.get(Provider, provider_id) is None:
            raise NotFound(_("There is no provider with the number {id}.", id=provider_id))
        rows = judge(self._workbook, session, file.rows, provider_id)
        return UsageReport(name, provider_id, tuple(rows), file.headings, file.ignored)

    def _orders(self, session: Session, wanted: Sequence[Judged]) -> list[ServiceOrder]:
        """Give the order of each row: the one that it completes, or a new one."""
        completed = [one.order_id for one in wanted if one.outcome == "complete"]
        there: dict[int, ServiceOrder] = {}
        for at in range(0, len(completed), _AT_ONCE):
            query = (
                select(ServiceOrder)
                .where(ServiceOrder.id.in_(completed[at : at + _AT_ONCE]))
                .order_by(ServiceOrder.id)
                .with_for_update()
            )
            there |= {one.id: one for one in session.scalars(query)}
        made = [
            there[one.order_id or 0] if one.outcome == "complete" else self._entered(one)
            for one in wanted
        ]
        session.add_all(made)
        session.flush()
        return made

    def _mark(
        self,
        session: Session,
        one: Judged,
        order: ServiceOrder,
        agreements: Mapping[int, Agreement],
        names: Mapping[int, str],
    ) -> None:
        """Say of an order what its row says: by whom, when, and how it was liked."""
        book, row = self._workbook, one.row
        is_new = one.outcome == "enter"
        if is_new:
            told = {"item": one.item, "quantity": row.quantity, "wanted_on": str(row.on)}
            log_step(book, session, "order_service", order, told)
        order.outside_ref = one.key  # whoever did it knew the person already
        if order.provider_id is None:
            assign_within(
                book, session, order, agreement=agreements.get(one.agreement_id or 0),
                provider_id=one.provider_id, on=order.requested_on if is_new else None,
            )  # fmt: skip
        mark_done(order, row.served_by or names[one.provider_id or 0], row.on or book.today)
        if row.rating is not None:
            order.rated_on, order.rating = book.today, row.rating
            order.rating_note = row.note or None
            log_step(book, session, "rate_order", order, {"rating": row.rating})

    def _entered(self, one: Judged) -> ServiceOrder:
        """Make the order of a service that nobody had ordered here, as asked for on its day."""
        book, row = self._workbook, one.row
        day = row.on or book.today
        return ServiceOrder(
            person_id=one.person_id or 0, item=one.item,
            title=catalogue(book.agency.code)[one.item].label.zh, quantity=row.quantity,
            wanted_on=day, wish=row.note or None, asked_by="online", requested_on=day,
            client_key=f"{_ENTERED}{uuid4().hex}", recorded_at=now(), recorded_by=book.actor.name,
        )  # fmt: skip

    def _ask_again(self, session: Session, one: ServiceOrder) -> None:
        """Ask for an order again that was waited for before a file said it was done."""
        book = self._workbook
        again = ServiceOrder(
            person_id=one.person_id, item=one.item, title=one.title, quantity=one.quantity,
            wanted_on=one.wanted_on, wish=one.wish, asked_by=one.asked_by, task_id=one.task_id,
            requested_on=one.requested_on, recorded_at=now(), recorded_by=book.actor.name,
        )  # fmt: skip
        session.add(again)
        session.flush()
        log_step(book, session, "order_service", again, {"again": one.id})
        agreement = session.get(Agreement, one.agreement_id) if one.agreement_id else None
        with suppress(NotPermitted):  # a person who said no since: it waits for us to decide
            assign_within(book, session, again, agreement=agreement, provider_id=one.provider_id)

"""Payments through the door: proposed by one, approved by another, paid, or ended with a reason.

Decides what a proposal must say, and shows what a raised standard leaves owing; leaves what is due
to :mod:`casework.workbook.money`. The budget, the standard of the day and that nobody approves the
own proposal are held by the database (:mod:`casework.records.money_guard`); here its refusals
become sentences.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry, NotFound, NotPermitted
from casework.records import (
    Budget,
    Fund,
    Payment,
    Person,
    Standard,
    payment_status,
)
from casework.records.audit import in_bulk
from casework.records.base import now
from casework.records.money import PAYMENT_STATES
from casework.reference import code_list
from casework.terms import _
from casework.workbook.eligibility import verdicts
from casework.workbook.money import yuan
from casework.workbook.payment_differences import Difference, differences_owing
from casework.workbook.payment_refusals import said_plainly
from casework.workbook.payment_rows import (
    PaymentRow,
    narrowed,
    payment_rows,
    row_of,
    status_text,
)
from casework.workbook.standards import period_of

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["PaymentEntry", "Payments"]

_LONGEST = 2_000
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class PaymentEntry:
    """What is entered when an amount is proposed for a person.

    Parameters
    ----------
    kind : str
        Code of ``payment_kind``.
    amount_fen : int
        Positive, in fen.
    basis : str
        Why; where the standard does not hold for the person, or that is not known, in words.
    entitled_on : date or None
        The day it is for, whose standard counts; None for today.
    standard_id : int or None
        Must be named where the agency has one of this kind on that day.
    occasion : str or None
        Which one, under a standard of an occasion: ``spring_festival-2025``.
    quantity : int
        Days, under a standard of a day; else 1.
    exception : bool
        Whether it is proposed although the standard's condition is known not to hold.
    """

    person_id: int
    kind: str
    amount_fen: int
    basis: str
    budget_id: int
    entitled_on: date | None = None
    standard_id: int | None = None
    occasion: str | None = None
    quantity: int = 1
    payee: str | None = None
    arrears_of_id: int | None = None
    hardship_id: int | None = None
    campaign_id: int | None = None
    exception: bool = False


class Payments:
    """What is done with payments.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    # --- reading ----------------------------------------------------------------------------------

    def list(
        self,
        *,
        statuses: Sequence[str] = PAYMENT_STATES,
        person_id: int | None = None,
        budget_id: int | None = None,
        campaign_id: int | None = None,
        kind: str | None = None,
        search: str = "",
        as_of: date | None = None,
        limit: int | None = 200,
        offset: int = 0,
    ) -> list[PaymentRow]:
        """List payments: what waits for approval first, then what waits to be paid, the rest after.

        Within these the oldest proposal comes first; of what is over, the latest.
        """
        day, me = as_of or self._workbook.today, self._workbook.actor.name
        query = narrowed(
            payment_rows(day), day, statuses, person_id, budget_id, campaign_id, kind, search
        )
        rank = case({"proposed": 0, "approved": 1}, value=payment_status(day), else_=2)
        query = query.order_by(
            rank,
            case((rank < 2, Payment.entitled_on)),
            case((rank == 2, Payment.entitled_on)).desc(),
            Payment.id,
        )
        with self._workbook.reading() as session:
            found = session.execute(query.limit(limit).offset(offset)).all()
        kinds = {one.code: str(one.label) for one in code_list("payment_kind").entries}
        return [row_of(one, kinds, me) for one in found]

    def sums(
        self,
        *,
        person_id: int | None = None,
        budget_id: int | None = None,
        campaign_id: int | None = None,
        kind: str | None = None,
        search: str = "",
        as_of: date | None = None,
    ) -> dict[str, tuple[int, int]]:
        """Give number and amount in fen by status, by the same limits as `list`; one query."""
        day = as_of or self._workbook.today
        status = payment_status(day)
        query = (
            narrowed(
                payment_rows(day),
                day,
                PAYMENT_STATES,
                person_id,
                budget_id,
                campaign_id,
                kind,
                search,
            )
            .with_only_columns(status, func.count(), func.sum(Payment.amount_fen))
            .group_by(status)
        )  # fmt: skip
        with self._workbook.reading() as session:
            found = {name: (n, int(fen)) for name, n, fen in session.execute(query)}
        return {name: found.get(name, (0, 0)) for name in PAYMENT_STATES}

    def differences(self, *, kind: str | None = None) -> Sequence[Difference]:
        """Give what raised standards leave owing on payments that stand, for their own days.

        A payment keeps its amount and its standard. It counts here where another standard of the
        same word now holds on its day, owes a higher amount, and nobody has topped it up.
        """
        with self._workbook.reading() as session:
            return differences_owing(session, self._workbook, kind)

    # --- doing ------------------------------------------------------------------------------------

    def propose(self, entry: PaymentEntry) -> int:
        """Propose one payment, and give its id.

        Raises
        ------
        InvalidEntry
            If something is left out, the amount is over the standard of its day, it was given in
            this period already, or the standard is not for this person and no exception is asked.
        """
        (payment_id,) = self.propose_many([entry])
        return payment_id

    def propose_many(self, entries: Iterable[PaymentEntry]) -> Sequence[int]:
        """Propose several payments at once, all or none, and give their ids in their order.

        Raises
        ------
        InvalidEntry
            As `propose` does.
        """
        wanted = list(entries)
        with said_plainly(), self._workbook.transaction() as session:
            return self.propose_within(session, wanted)

    def propose_within(self, session: Session, entries: Sequence[PaymentEntry]) -> Sequence[int]:
        """Propose payments in a transaction that does something else as well, such as a campaign.

        Whoever opens the transaction does so in `said_plainly`, so that refusals become sentences.
        """
        today = self._workbook.today
        dated = [one if one.entitled_on else replace(one, entitled_on=today) for one in entries]
        standards = {
            one.id: one
            for one in session.scalars(
                select(Standard).where(Standard.id.in_({one.standard_id for one in dated}))
            )
        }
        for one in dated:
            self._check(session, one, standards.get(one.standard_id or 0))
        self._ask_whether_due(session, dated, standards)
        made = [self._payment(one, standards.get(one.standard_id or 0)) for one in dated]
        with in_bulk(session):
            session.add_all(made)
            session.flush()
        for new in made:
            self._workbook.log(
                session, "propose_payment", "payment", new.id,
                after={"person": new.person_id, "amount_fen": new.amount_fen, "basis": new.basis},
            )  # fmt: skip
        return [new.id for new in made]

    def propose_arrears(self, payment_ids: Iterable[int], *, basis: str) -> Sequence[int]:
        """Propose the differences that raised standards leave owing on these payments."""
        wanted = set(payment_ids)
        told = {one.payment_id: one for one in self.differences() if one.payment_id in wanted}
        if wanted - told.keys():
            raise InvalidEntry(
                _("No difference is owing on payment no. {id}.", id=min(wanted - told.keys())),
                "payment",
            )
        return self.propose_many(
            PaymentEntry(
                person_id=one.person_id,
                kind=one.kind,
                amount_fen=one.difference_fen,
                basis=basis,
                budget_id=one.budget_id,
                entitled_on=one.entitled_on,
                standard_id=one.standard_id,
                occasion=one.period,
                quantity=one.quantity,
                arrears_of_id=one.payment_id,
            )
            for _id, one in sorted(told.items())
        )

    def approve(self, payment_ids: Iterable[int]) -> int:
        """Approve proposals of others, all or none, and give how many.

        Raises
        ------
        NotPermitted
            If one is the own proposal, or was decided already.
        InvalidEntry
            If the budget does not hold that much.
        """
        me, today = self._workbook.actor.name, self._workbook.today
        with said_plainly(), self._workbook.transaction() as session:
            payments = self._open(session, payment_ids, "proposed")
            for one in payments:
                if one.recorded_by == me:
                    raise NotPermitted(
                        _(
                            "You proposed payment no. {id} yourself. Somebody else approves it.",
                            id=one.id,
                        )
                    )
            self._ask_budgets(session, payments)
            for one in payments:
                one.approved_on, one.approved_by = today, me
                self._log(session, "approve_payment", one)
        return len(payments)

    def pay(self, payment_ids: Iterable[int], *, on: date | None = None) -> int:
        """Write approved payments down as paid, and give how many."""
        day = on or self._workbook.today
        if day > self._workbook.today:
            raise InvalidEntry(
                _("This day lies in the future. Choose today or earlier."), "paid_on", day
            )
        with said_plainly(), self._workbook.transaction() as session:
            payments = self._open(session, payment_ids, "approved")
            for one in payments:
                if one.approved_on is not None and day < one.approved_on:
                    raise InvalidEntry(
                        _(
                            "Payment no. {id} was approved on {day}. Choose that day or later.",
                            id=one.id, day=one.approved_on,
                        ),
                        "paid_on", day,
                    )  # fmt: skip
                one.paid_on, one.paid_by = day, self._workbook.actor.name
                self._log(session, "pay_payment", one)
        return len(payments)

    def cancel(self, payment_ids: Iterable[int], *, reason: str) -> int:
        """Take back what is not paid yet, with the reason; its budget has the amount again."""
        return self._end(payment_ids, ("proposed", "approved"), "cancelled_on", reason)

    def give_back(self, payment_ids: Iterable[int], *, reason: str) -> int:
        """Write down that something paid came back; its budget has the amount again."""
        return self._end(payment_ids, ("paid",), "returned_on", reason)

    # --- inside -----------------------------------------------------------------------------------

    def _end(
        self, payment_ids: Iterable[int], statuses: Collection[str], column: str, reason: str
    ) -> int:
        told = reason.strip()[:_LONGEST]
        if not told:
            raise InvalidEntry(
                _("A reason is missing. Say in a sentence why, so that others can follow."),
                "reason",
            )
        with said_plainly(), self._workbook.transaction() as session:
            payments = self._open(session, payment_ids, *statuses)
            for one in payments:
                setattr(one, column, self._workbook.today)
                one.end_reason = told
                self._log(session, column.replace("_on", "_payment"), one)
        return len(payments)

    def _log(self, session: Session, action: str, payment: Payment) -> None:
        self._workbook.log(
            session, action, "payment", payment.id,
            after={"amount_fen": payment.amount_fen, "reason": payment.end_reason},
        )  # fmt: skip

    def _open(
        self, session: Session, payment_ids: Iterable[int], *statuses: str
    ) -> Sequence[Payment]:
        """Give payments in the order of their budgets, refusing those of another status."""
        wanted = sorted(set(payment_ids))
        status = payment_status(self._workbook.today)
        found: list[tuple[Payment, str]] = []
        for at in range(0, len(wanted), _AT_ONCE):
            query = select(Payment, status).where(Payment.id.in_(wanted[at : at + _AT_ONCE]))
            found += [
                (one, now_is)
                for one, now_is in session.execute(query.order_by(Payment.id).with_for_update())
            ]
        if len(found) < len(wanted):
            lost = min(set(wanted) - {one.id for one, _status in found})
            raise NotFound(_("There is no payment with the number {id}.", id=lost))
        for one, now_is in found:
            if now_is not in statuses:
                raise NotPermitted(
                    _(
                        "Payment no. {id} is {status} by now. Read the list again.",
                        id=one.id, status=status_text(now_is),
                    )
                )  # fmt: skip
        return sorted((one for one, _status in found), key=lambda one: (one.budget_id, one.id))

    def _check(self, session: Session, entry: PaymentEntry, standard: Standard | None) -> None:
        known = {one.code for one in code_list("payment_kind").entries}
        if entry.kind not in known:
            raise InvalidEntry(_("Choose what kind of payment it is."), "kind", entry.kind)
        if entry.amount_fen <= 0:
            raise InvalidEntry(_("Give an amount of more than 0 yuan."), "amount")
        if not entry.basis.strip():
            raise InvalidEntry(_("Say in a few words what it rests on."), "basis")
        if session.get(Person, entry.person_id) is None:
            raise NotFound(_("There is no person with the number {id}.", id=entry.person_id))
        if session.get(Budget, entry.budget_id) is None:
            raise InvalidEntry(_("Choose the fund and year that pays it."), "budget")
        if entry.standard_id is not None and standard is None:
            raise InvalidEntry(_("Choose the standard it rests on."), "standard")
        day = entry.entitled_on or self._workbook.today
        if standard is not None and period_of(standard.per, day, entry.occasion) is None:
            raise InvalidEntry(
                _("Say on which occasion it is given, such as Spring Festival 2025."), "occasion"
            )

    def _ask_whether_due(
        self, session: Session, entries: Sequence[PaymentEntry], standards: dict[int, Standard]
    ) -> None:
        """Refuse what a condition is known not to allow, unless an exception is asked for."""
        by_day: dict[date, list[PaymentEntry]] = {}
        for one in entries:
            if one.entitled_on is not None:
                by_day.setdefault(one.entitled_on, []).append(one)
        funds = self._funds(session, {one.budget_id for one in entries})
        for day, several in by_day.items():
            asked = {f"s{key}": one.who for key, one in standards.items()}
            asked |= {f"b{key}": one.who for key, one in funds.items()}
            met = verdicts(
                session, self._workbook.agency, day, asked, [one.person_id for one in several]
            )
            for one in several:
                told = met.get(one.person_id, {})
                holds = [told.get(f"s{one.standard_id}", True), told.get(f"b{one.budget_id}", True)]
                if False in holds and not one.exception:
                    raise InvalidEntry(
                        _(
                            "By what is on file this standard or fund is not for person no. {id}. "
                            "Correct the dossier, or ask for an exception and say why.",
                            id=one.person_id,
                        ),
                        "standard" if holds[0] is False else "budget",
                    )

    def _funds(self, session: Session, budget_ids: Collection[int]) -> dict[int, Fund]:
        query = select(Budget.id, Fund).join(Fund, Fund.id == Budget.fund_id)
        return {key: fund for key, fund in session.execute(query.where(Budget.id.in_(budget_ids)))}

    def _payment(self, entry: PaymentEntry, standard: Standard | None) -> Payment:
        day = entry.entitled_on or self._workbook.today
        return Payment(
            person_id=entry.person_id,
            kind=entry.kind,
            amount_fen=entry.amount_fen,
            quantity=entry.quantity,
            entitled_on=day,
            period=period_of(standard.per, day, entry.occasion) if standard else entry.occasion,
            basis=entry.basis.strip()[:_LONGEST],
            payee=(entry.payee or "").strip()[:200] or None,
            budget_id=entry.budget_id,
            standard_id=entry.standard_id,
            arrears_of_id=entry.arrears_of_id,
            hardship_id=entry.hardship_id,
            campaign_id=entry.campaign_id,
            recorded_at=now(),
            recorded_by=self._workbook.actor.name,
        )

    def _ask_budgets(self, session: Session, payments: Sequence[Payment]) -> None:
        """Refuse what a budget does not hold, before the database does, with the figures."""
        wanted: dict[int, int] = {}
        for one in payments:
            wanted[one.budget_id] = wanted.get(one.budget_id, 0) + one.amount_fen
        for budget, fund in session.execute(
            select(Budget, Fund.name).join(Fund).where(Budget.id.in_(wanted)).order_by(Budget.id)
        ):
            left = budget.amount_fen - budget.committed_fen
            if wanted[budget.id] > left:
                raise InvalidEntry(
                    _(
                        "{fund} of {year} has {left} yuan left; these payments need {wanted} yuan. "
                        "Approve fewer, or let the budget be raised.",
                        fund=fund, year=budget.year, left=yuan(left),
                        wanted=yuan(wanted[budget.id]),
                    ),
                    "budget",
                )  # fmt: skip

"""Funds, budgets and standards through the door: what there is, what is left, what is owed.

Decides what a supervisor may say about a fund and its year, and which standard a person is due on a
day: the most generous one of those with the same word, never two. Leaves giving it to
:mod:`casework.workbook.payments` and refusing to overdraw to the database.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import case, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry, NotFound
from casework.records import Budget, Fund, Payment, Standard, committed, payment_status
from casework.records.base import now
from casework.rules import RuleError
from casework.terms import _
from casework.workbook.eligibility import condition_of, sentence_of, verdicts
from casework.workbook.standards import limit_of, period_of, standard_name, standards_on

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["BudgetRow", "Due", "FundEntry", "Money", "due_standards", "yuan"]

_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class FundEntry:
    """What is entered about a fund.

    Parameters
    ----------
    code : str
        Short name, unique.
    source : str
        Where the money comes from.
    who : str or None
        For whom, as a condition in the language of rules; None for everybody in care.
    """

    code: str
    name: str
    source: str
    purpose: str
    who: str | None = None


@dataclass(frozen=True, slots=True)
class BudgetRow:
    """What a fund has in a year, all in fen.

    Attributes
    ----------
    paid_fen, approved_fen : int
        Paid out, and approved but not paid yet; together what the budget has given away.
    waiting_fen, waiting : int
        Proposed and not decided: amount and number. It takes nothing from the budget yet.
    left_fen : int
        What can still be approved.
    """

    budget_id: int
    fund_id: int
    code: str
    fund: str
    source: str
    purpose: str
    who: str | None
    year: int
    amount_fen: int
    paid_fen: int
    approved_fen: int
    waiting_fen: int
    waiting: int
    left_fen: int


@dataclass(frozen=True, slots=True)
class Due:
    """A standard that a person is due on a day, or may be.

    Attributes
    ----------
    holds : bool or None
        None while a fact that would settle it is not known: unknown is not no.
    why : str
        The condition as a sentence; empty for everybody.
    period : str or None
        None where an occasion must be named.
    given_fen : int
        Proposed, approved or paid in the period under the same word.
    owed_fen : int
        What is owed and not given yet, for standards with an amount; 0 where up to a ceiling.
    """

    standard_id: int
    code: str
    kind: str
    name: str
    per: str
    limit_fen: int
    fixed: bool
    exclusive: str
    clause: str
    holds: bool | None
    why: str
    period: str | None
    given_fen: int
    owed_fen: int


def yuan(fen: int) -> str:
    """Write an amount as people do, with two decimals and thousands parted.

    Examples
    --------
    >>> yuan(120000), yuan(-5)
    ('1,200.00', '-0.05')
    """
    whole, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole:,}.{rest:02d}"


class Money:
    """What is done with funds, budgets and standards.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    # --- funds and budgets ------------------------------------------------------------------------

    def open_fund(self, entry: FundEntry) -> int:
        """Write a fund down, and give its id.

        Raises
        ------
        InvalidEntry
            If something is left out, its code is taken or its condition cannot be understood.
        """
        told = {one: getattr(entry, one).strip() for one in ("code", "name", "source", "purpose")}
        for field, value in told.items():
            if not value or len(value) > _LONGEST:
                raise InvalidEntry(
                    _("A fund has a short code, a name, a source and a purpose. Fill in all four."),
                    field,
                    value[:40],
                )
        if entry.who:
            try:
                condition_of(entry.who, self._workbook.agency, self._workbook.today)
            except RuleError as error:
                raise InvalidEntry(str(error), "who", entry.who) from None
        with self._workbook.transaction() as session:
            if session.scalar(select(Fund.id).where(Fund.code == told["code"])) is not None:
                raise InvalidEntry(
                    _("There is a fund with the code {code} already.", code=told["code"]), "code"
                )
            fund = Fund(
                **told,
                who=entry.who or None,
                recorded_at=now(),
                recorded_by=self._workbook.actor.name,
            )
            session.add(fund)
            session.flush()
            self._workbook.log(session, "open_fund", "fund", fund.id, after=told)
        return fund.id

    def set_budget(self, fund_id: int, year: int, amount_fen: int, *, basis: str = "") -> int:
        """Say what a fund has in a year, and give the id of the budget; said again, it is changed.

        Raises
        ------
        InvalidEntry
            If the amount is negative or less than what is approved and paid already.
        NotFound
            If there is no such fund.
        """
        if amount_fen < 0 or not 1949 <= year <= 2199:
            raise InvalidEntry(
                _("Give a year of four digits and an amount of 0 yuan or more."), "amount"
            )
        try:
            with self._workbook.transaction() as session:
                if session.get(Fund, fund_id) is None:
                    raise NotFound(_("There is no fund with the number {id}.", id=fund_id))
                budget = session.scalar(
                    select(Budget)
                    .where(Budget.fund_id == fund_id, Budget.year == year)
                    .with_for_update()
                )
                before = None if budget is None else {"amount_fen": budget.amount_fen}
                if budget is None:
                    budget = Budget(
                        fund_id=fund_id,
                        year=year,
                        amount_fen=amount_fen,
                        recorded_at=now(),
                        recorded_by=self._workbook.actor.name,
                    )
                    session.add(budget)
                budget.amount_fen, budget.basis = amount_fen, basis.strip()[:_LONGEST] or None
                session.flush()
                self._workbook.log(
                    session, "set_budget", "budget", budget.id,
                    before=before, after={"amount_fen": amount_fen, "basis": budget.basis},
                )  # fmt: skip
        except IntegrityError as error:
            if "within" not in str(error.orig):
                raise
            raise InvalidEntry(
                _(
                    "More than that is approved and paid from this budget already. Cancel or "
                    "return payments first, or give a higher amount."
                ),
                "amount",
                yuan(amount_fen),
            ) from None
        return budget.id

    def funds(self) -> list[Fund]:
        """List the funds that are not closed, by code."""
        query = select(Fund).where(Fund.closed_on.is_(None)).order_by(Fund.code)
        with self._workbook.reading() as session:
            return list(session.scalars(query))

    def budgets(self, *, year: int | None = None, as_of: date | None = None) -> list[BudgetRow]:
        """List budgets with what is left, the latest year first.

        On PostgreSQL those who see only some people are told the balance all the same, as the
        budget keeps it; amounts by status are of the payments they see.
        """
        day = as_of or self._workbook.today
        status = payment_status(day)
        sums = {
            name: func.coalesce(func.sum(case((status == name, Payment.amount_fen), else_=0)), 0)
            for name in ("paid", "approved", "proposed")
        }
        waiting = func.coalesce(func.sum(case((status == "proposed", 1), else_=0)), 0)
        query = (
            select(Budget, Fund, *(one.label(name) for name, one in sums.items()),
                   waiting.label("waiting"))
            .join(Fund, Fund.id == Budget.fund_id)
            .outerjoin(Payment, Payment.budget_id == Budget.id)
            .group_by(Budget.id, Fund.id)
            .order_by(Budget.year.desc(), Fund.code)
        )  # fmt: skip
        if year is not None:
            query = query.where(Budget.year == year)
        with self._workbook.reading() as session:
            found = session.execute(query).all()
        return [
            BudgetRow(
                budget_id=one.Budget.id,
                fund_id=one.Fund.id,
                code=one.Fund.code,
                fund=one.Fund.name,
                source=one.Fund.source,
                purpose=one.Fund.purpose,
                who=one.Fund.who,
                year=one.Budget.year,
                amount_fen=one.Budget.amount_fen,
                paid_fen=int(one.paid),
                approved_fen=int(one.approved),
                waiting_fen=int(one.proposed),
                waiting=int(one.waiting),
                left_fen=one.Budget.amount_fen - one.Budget.committed_fen,
            )
            for one in found
        ]

    def misentered(self) -> list[int]:
        """Give the budgets whose entries differ from the sum of their payments: none, ever."""
        taken = func.coalesce(func.sum(case((committed(), Payment.amount_fen), else_=0)), 0)
        query = (
            select(Budget.id)
            .outerjoin(Payment, Payment.budget_id == Budget.id)
            .group_by(Budget.id)
            .having(taken != Budget.committed_fen)
        )
        with self._workbook.reading() as session:
            return list(session.scalars(query.order_by(Budget.id)))

    # --- standards --------------------------------------------------------------------------------

    def standards(self, *, on: date | None = None, kind: str | None = None) -> list[Standard]:
        """List the standards of a day."""
        with self._workbook.reading() as session:
            return list(standards_on(session, on or self._workbook.today, kind))

    def dues(
        self, person_id: int, *, on: date | None = None, occasion: str | None = None
    ) -> list[Due]:
        """Tell what one person is due on a day, or may be, of each word one (S2-18).

        Those that hold come first; of what does not hold, nothing is told.
        """
        with self._workbook.reading() as session:
            return due_standards(
                session, self._workbook, [person_id], on or self._workbook.today, occasion=occasion
            ).get(person_id, [])

    def everybody_due(
        self, *, on: date | None = None, kind: str | None = None, occasion: str | None = None
    ) -> Mapping[int, list[Due]]:
        """Tell of everybody in care what is due on a day, by the id of the person; one query."""
        with self._workbook.reading() as session:
            return due_standards(
                session, self._workbook, None, on or self._workbook.today,
                kind=kind, occasion=occasion,
            )  # fmt: skip


def due_standards(
    session: Session,
    book: Workbook,
    persons: Collection[int] | None,
    on: date,
    *,
    kind: str | None = None,
    occasion: str | None = None,
) -> Mapping[int, list[Due]]:
    """Tell for each person which standards are due on a day: one of each word, the best that holds.

    A better one of which it is not known whether it holds is told beside it.
    """
    held = standards_on(session, on, kind)
    met = verdicts(session, book.agency, on, {str(one.id): one.who for one in held}, persons)
    given = _given(session, [*met] if persons is not None else None)
    why = {one.id: sentence_of(one.who, book.agency, on) for one in held}
    found: dict[int, list[Due]] = {}
    for person_id, told in met.items():
        settled: set[str] = set()
        dues = []
        for one in held:  # the most generous of a word first
            holds = told[str(one.id)]
            if holds is False or one.exclusive in settled:
                continue
            if holds:
                settled.add(one.exclusive)
            period = period_of(one.per, on, occasion)
            had = given.get((person_id, one.exclusive, period), 0)
            dues.append(_due(one, holds, why[one.id], period, had))
        found[person_id] = sorted(dues, key=lambda due: due.holds is None)
    return found


def _due(one: Standard, holds: bool | None, why: str, period: str | None, had: int) -> Due:
    fixed = one.amount_fen is not None
    owes = holds is True and fixed and one.per != "day"
    return Due(
        standard_id=one.id,
        code=one.code,
        kind=one.kind,
        name=standard_name(one),
        per=one.per,
        limit_fen=limit_of(one),
        fixed=fixed,
        exclusive=one.exclusive,
        clause=one.clause,
        holds=holds,
        why=why,
        period=period,
        given_fen=had,
        owed_fen=max(limit_of(one) - had, 0) if owes else 0,
    )


def _given(
    session: Session, persons: Collection[int] | None
) -> Mapping[tuple[int, str, str | None], int]:
    """Give what was proposed, approved or paid, in fen, by person, word and period."""
    query = (
        select(Payment.person_id, Standard.exclusive, Payment.period, func.sum(Payment.amount_fen))
        .join(Standard, Standard.id == Payment.standard_id)
        .where(Payment.cancelled_on.is_(None), Payment.returned_on.is_(None))
        .group_by(Payment.person_id, Standard.exclusive, Payment.period)
    )
    if persons is not None:
        query = query.where(Payment.person_id.in_(list(persons)))
    return {(person, word, period): int(n) for person, word, period, n in session.execute(query)}

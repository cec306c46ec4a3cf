"""Benefits in kind through the door: who is given what every day, on which days it came (S4-32).

Decides that days in hospital, away or after a death are not given and not paid, by the dated facts
as they are known now; leaves reckoning the days to :mod:`casework.planning.giving` and the money to
:mod:`casework.workbook.payments`.
"""

from __future__ import annotations

from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry, NotFound
from casework.planning.giving import Absence, given_days
from casework.records import Benefit, Fact, Payment, Person, SeasonalStay, Standard
from casework.records.base import now
from casework.terms import _
from casework.workbook.eligibility import verdicts
from casework.workbook.payments import PaymentEntry
from casework.workbook.standards import limit_of, standard_name, standards_on

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["BenefitMonth", "Benefits"]

_INPATIENT = ("inpatient", "long_term")
_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class BenefitMonth:
    """What one person was given in a month, or is to be given.

    Attributes
    ----------
    days : int
        Days on which it is given.
    left_out : mapping of str to int
        Days on which it is not, by reason: ``died``, ``in_hospital``, ``away``.
    amount_fen : int
        What these days cost by the standards of each day.
    settled : bool
        Whether the month was proposed for payment already.
    """

    benefit_id: int
    person_id: int
    person: str
    name: str
    vendor: str | None
    first: date
    last: date
    days: int
    left_out: Mapping[str, int]
    amount_fen: int
    dearest_on: date | None
    settled: bool


class Benefits:
    """What is done with benefits in kind.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    def grant(
        self, person_id: int, standard_id: int, *, since: date | None = None, vendor: str = ""
    ) -> int:
        """Let a person be given something every day from a day on, and give its id.

        Raises
        ------
        InvalidEntry
            If it is no standard of a day, the person has it already, or by what is on file it is
            not for the person.
        NotFound
            If there is no such person.
        """
        book, day = self._workbook, since or self._workbook.today
        with book.transaction() as session:
            if session.get(Person, person_id, with_for_update=True) is None:
                raise NotFound(_("There is no person with the number {id}.", id=person_id))
            standard = session.get(Standard, standard_id)
            if standard is None or standard.per != "day":
                raise InvalidEntry(_("Choose something that is given every day."), "standard")
            holds = verdicts(session, book.agency, day, {"who": standard.who}, [person_id])
            if holds.get(person_id, {}).get("who") is False:
                raise InvalidEntry(
                    _(
                        "By what is on file this is not for person no. {id}. Correct the dossier.",
                        id=person_id,
                    ),
                    "standard",
                )
            has = session.scalar(
                select(Benefit.id)
                .join(Standard, Standard.id == Benefit.standard_id)
                .where(
                    Benefit.person_id == person_id,
                    Standard.exclusive == standard.exclusive,
                    Benefit.superseded_at.is_(None),
                    or_(Benefit.valid_to.is_(None), Benefit.valid_to >= day),
                )
            )
            if has is not None:
                raise InvalidEntry(_("The person is given this already."), "standard")
            benefit = Benefit(
                person_id=person_id,
                standard_id=standard_id,
                vendor=vendor.strip()[:200] or None,
                valid_from=day,
                recorded_at=now(),
                recorded_by=book.actor.name,
            )
            session.add(benefit)
            session.flush()
            after = {"standard": standard.code, "since": str(day)}
            book.log(session, "grant_benefit", "benefit", benefit.id, after=after)
        return benefit.id

    def end(self, benefit_id: int, *, on: date, reason: str) -> None:
        """Say until which day something is given, the day included, and why it ends.

        Raises
        ------
        InvalidEntry
            If the reason is missing or the day lies before the first.
        """
        told = reason.strip()[:_LONGEST]
        if not told:
            raise InvalidEntry(
                _("A reason is missing. Say in a sentence why, so that others can follow."),
                "reason",
            )
        with self._workbook.transaction() as session:
            benefit = session.get(Benefit, benefit_id, with_for_update=True)
            if benefit is None or benefit.superseded_at is not None:
                raise NotFound(_("There is no benefit with the number {id}.", id=benefit_id))
            if on < benefit.valid_from:
                raise InvalidEntry(
                    _("It began on {day}. Choose that day or later.", day=benefit.valid_from), "on"
                )
            benefit.valid_to, benefit.end_reason = on, told
            self._workbook.log(
                session, "end_benefit", "benefit", benefit.id,
                after={"until": str(on), "reason": told},
            )  # fmt: skip

    def month(
        self, year: int, month: int, *, person_id: int | None = None, vendor: str | None = None
    ) -> list[BenefitMonth]:
        """Tell for everybody with a benefit in a month on how many days it is given, and why not.

        Three queries, however many people.
        """
        first, last = date(year, month, 1), date(year, month, monthrange(year, month)[1])
        query = (
            select(Benefit, Person, Standard)
            .join(Person, Person.id == Benefit.person_id)
            .join(Standard, Standard.id == Benefit.standard_id)
            .where(
                Benefit.superseded_at.is_(None),
                Benefit.valid_from <= last,
                or_(Benefit.valid_to.is_(None), Benefit.valid_to >= first),
            )
            .order_by(Benefit.vendor, Person.name_pinyin, Person.id)
        )
        if person_id is not None:
            query = query.where(Benefit.person_id == person_id)
        if vendor is not None:
            query = query.where(Benefit.vendor == vendor)
        with self._workbook.reading() as session:
            found = session.execute(query).all()
            absences = _absences(session, [one.Person for one in found], first, last)
            rates = _rates(session, first, last)
            settled = _settled(session, f"{first:%Y-%m}", {one.Person.id for one in found})
        return [
            _month(one.Benefit, one.Person, one.Standard, absences[one.Person.id], rates,
                   first, last, settled)
            for one in found
        ]  # fmt: skip

    def settle(self, year: int, month: int, budget_id: int, *, basis: str) -> Sequence[int]:
        """Propose what was given in a month for payment, each person once, and give the ids.

        Raises
        ------
        InvalidEntry
            If the month is not over: the days that are left may still change.
        """
        last = date(year, month, monthrange(year, month)[1])
        if last >= self._workbook.today:
            raise InvalidEntry(
                _("The month is not over. Settle it from {day} on.", day=last + timedelta(days=1)),
                "month",
            )
        rows = [one for one in self.month(year, month) if one.amount_fen and not one.settled]
        with self._workbook.reading() as session:
            by_day = {day: standards_on(session, day) for day in {one.dearest_on for one in rows}
                      if day is not None}  # fmt: skip
            held = {one.id: one.standard_id for one in session.scalars(select(Benefit))}
            words = {one.id: one.exclusive for one in session.scalars(select(Standard))}
        entries = []
        for row in rows:
            word = words[held[row.benefit_id]]
            standard = next(one for one in by_day[row.dearest_on or last] if one.exclusive == word)
            entries.append(
                PaymentEntry(
                    person_id=row.person_id,
                    kind=standard.kind,
                    amount_fen=row.amount_fen,
                    basis=basis,
                    budget_id=budget_id,
                    entitled_on=row.dearest_on,
                    standard_id=standard.id,
                    quantity=row.days,
                    payee=row.vendor,
                    exception=True,  # it was decided when the benefit was granted
                )
            )
        return self._workbook.payments.propose_many(entries) if entries else []


def _month(
    benefit: Benefit, person: Person, standard: Standard, absences: Iterable[Absence],
    rates: Mapping[str, Mapping[date, int]], first: date, last: date,
    settled: Collection[tuple[int, str]],
) -> BenefitMonth:  # fmt: skip
    begins = max(first, benefit.valid_from)
    ends = last if benefit.valid_to is None else min(last, benefit.valid_to)
    told = given_days(begins, ends, absences)
    rate = rates.get(standard.exclusive, {})
    given = [day for day, reason in told.items() if reason is None and day in rate]
    return BenefitMonth(
        benefit_id=benefit.id,
        person_id=person.id,
        person=person.name,
        name=standard_name(standard),
        vendor=benefit.vendor,
        first=begins,
        last=ends,
        days=len(given),
        left_out=Counter(reason for reason in told.values() if reason),
        amount_fen=sum(rate[day] for day in given),
        dearest_on=max(given, key=lambda day: (rate[day], day)) if given else None,
        settled=(person.id, standard.exclusive) in settled,
    )


def _absences(
    session: Session, persons: Sequence[Person], first: date, last: date
) -> Mapping[int, list[Absence]]:
    """Read why nothing is given to these people on days of a span, as it is known now."""
    ids = {one.id for one in persons}
    found: defaultdict[int, list[Absence]] = defaultdict(list)
    for one in persons:
        if one.died_on is not None:
            found[one.id].append(Absence("died", one.died_on + timedelta(days=1)))
    stays = select(Fact).where(
        Fact.code == "hospital_status",
        Fact.value.in_(_INPATIENT),
        Fact.superseded_at.is_(None),
        or_(Fact.valid_from.is_(None), Fact.valid_from <= last),
        or_(Fact.valid_to.is_(None), Fact.valid_to >= first),
    )
    for fact in session.scalars(stays):
        if fact.person_id in ids:
            found[fact.person_id].append(Absence("in_hospital", fact.valid_from, fact.valid_to))
    away = select(SeasonalStay).where(
        SeasonalStay.superseded_at.is_(None),
        SeasonalStay.away_from <= last,
        or_(SeasonalStay.away_to.is_(None), SeasonalStay.away_to >= first),
    )
    for stay in session.scalars(away):
        if stay.person_id in ids:
            found[stay.person_id].append(Absence("away", stay.away_from, stay.away_to))
    return found


def _rates(session: Session, first: date, last: date) -> Mapping[str, Mapping[date, int]]:
    """Give what a day costs under each word of a standard of a day, in fen, for days it holds."""
    found: defaultdict[str, dict[date, int]] = defaultdict(dict)
    daily = select(Standard).where(
        Standard.per == "day",
        Standard.superseded_at.is_(None),
        Standard.since <= last,
        or_(Standard.until.is_(None), Standard.until >= first),
    )
    for one in session.scalars(daily.order_by(Standard.since)):
        day = max(first, one.since)
        while day <= min(last, one.until or last):
            found[one.exclusive][day] = max(limit_of(one), found[one.exclusive].get(day, 0))
            day += timedelta(days=1)
    return found


def _settled(session: Session, period: str, persons: Collection[int]) -> set[tuple[int, str]]:
    query = (
        select(Payment.person_id, Standard.exclusive)
        .join(Standard, Standard.id == Payment.standard_id)
        .where(
            Payment.period == period,
            Standard.per == "day",
            Payment.cancelled_on.is_(None),
            Payment.returned_on.is_(None),
        )
    )
    return {(person, word) for person, word in session.execute(query) if person in persons}

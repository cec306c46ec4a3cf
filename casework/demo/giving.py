"""Money in a demonstration: funds with budgets, what was given in illness and hardship, in kind.

Decides who was given what and how far each payment got; the standards are the agency's own, and
what they allow is held by the tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from casework.demo.offers import Asked, InventedFund, offers
from casework.demo.ordering import Settled
from casework.demo.served import Served
from casework.demo.writing import moment
from casework.records import Benefit, Budget, Fund, HardshipCase, Payment
from casework.workbook.standards import limit_of, period_of

if TYPE_CHECKING:
    from casework.records import Standard
    from casework.workbook import Workbook
    from casework.workbook.loading import Loader

__all__ = ["Giving"]

_VISITED = 18  # people in hospital who were brought a gift, at most
_IN_KIND = 20
_LEAST_FEN = 1_000_000  # of a budget, so that a small demonstration has enough
_APPROVED_AFTER, _PAID_AFTER = (1, 6), (3, 9)
_LONG_AGO = 150
_IN_HARDSHIP = ("poor", "illness", "disability", "lost_child")
_STEPS = ("approved_on", "approved_by", "paid_on", "paid_by", "returned_on", "end_reason")


@dataclass(slots=True)
class Giving:
    """Gives money to invented people, out of two funds.

    Attributes
    ----------
    by : str
        Name of the supervisor, who approves and pays.
    """

    book: Workbook
    loader: Loader
    served: Sequence[Served]
    by: str
    begins: date
    today: date
    name: str
    _budgets: dict[tuple[str, int], int] = field(default_factory=dict)

    @property
    def _standards(self) -> Sequence[Standard]:
        return self.book.money.standards(on=self.today)

    def open_funds(self) -> None:
        """Write the funds, each with a budget for every year that the history touches."""
        told = {"recorded_at": moment(self.begins), "recorded_by": self.by}
        funds = offers().funds
        ids = self.loader.add_numbered(Fund, [_fund(one) | told for one in funds])
        years = range(self.begins.year, self.today.year + 1)
        n = len(self.served)
        rows = [
            {"fund_id": fund_id, "year": year, "basis": "年度预算", **told,
             "amount_fen": max(one.fen_per_person * n, _LEAST_FEN)}
            for fund_id, one in zip(ids, funds, strict=True)
            for year in years
        ]  # fmt: skip
        keys = [(one.kind, year) for one in funds for year in years]
        self._budgets = dict(zip(keys, self.loader.add_numbered(Budget, rows), strict=True))

    def pay_orders(self, settled: Sequence[Settled]) -> Sequence[int]:
        """Propose and pay what orders cost, and give the ids of the payments, in order."""
        chance = Random(f"{self.name}/payments")  # noqa: S311  # a demo, no secret
        rows = [
            self._row(
                one.person_id, "service", one.fen, one.completed_on, one.settled_on, one.worker,
                f"{one.order_id} 号服务单：{one.title}", payee=one.payee,
            )
            for one in settled
        ]  # fmt: skip
        return self._pay(rows, chance)

    def visit_the_ill(self) -> None:
        """Bring a gift to people in hospital; one came back, as its account was closed."""
        chance = Random(f"{self.name}/illness")  # noqa: S311  # a demo, no secret
        standard = self._standard("illness", self.today)
        if standard is None:
            return
        rows = []
        for one, day in self._admitted():
            given = min(day + timedelta(days=2), self.today)
            rows.append(
                self._row(
                    one.person_id,
                    "illness",
                    limit_of(standard),
                    given,
                    given,
                    one.worker.name or "",
                    "住院看望",
                    occasion=f"illness-{day:%Y-%m-%d}",
                )
            )
        self._pay(rows, chance, one_returned=True)

    def help_in_hardship(self) -> None:
        """Let people ask for help: one request in time, one over it, one that was granted."""
        days = int(self.book.agency.setting("hardship_days", self.today))
        met = self.book.money.everybody_due(on=self.today, kind="hardship")
        # Those in hardship by what is on file come first, then those of whom it is not known.
        fitting = sorted(
            (
                one
                for one in self.served
                if one.in_care(self.today) and any(due.holds for due in met.get(one.person_id, ()))
            ),
            key=lambda one: one.held("hardship", self.today) not in _IN_HARDSHIP,
        )
        asking = list(zip(fitting, offers().hardship, strict=False))
        ids = self.loader.add_numbered(
            HardshipCase, (self._request(one, asked, days) for one, asked in asking)
        )
        chance = Random(f"{self.name}/hardship")  # noqa: S311  # a demo, no secret
        granted = [
            (one, asked, case_id)
            for case_id, (one, asked) in zip(ids, asking, strict=True)
            if asked.decision and self._standard("hardship", self.today)
        ]
        rows = []
        for one, asked, case_id in granted:
            day = self._applied(asked, days) + timedelta(days=days // 2)
            rows.append(
                self._row(
                    one.person_id,
                    "hardship",
                    asked.fen,
                    day,
                    day,
                    one.worker.name or "",
                    asked.situation,
                    occasion=f"hardship-{case_id}",
                    hardship_id=case_id,
                )
            )
        self._pay(rows, chance)

    def give_in_kind(self) -> None:
        """Let people be given every day what the agency gives in kind, if it does."""
        daily = {one.id: one for one in self._standards if one.per == "day"}
        if not daily:
            return
        met = self.book.money.everybody_due(on=self.today, kind="in_kind")
        due = [
            (one, each.standard_id)
            for one in self.served
            if one.in_care(self.begins) and one.in_care(self.today)
            for each in met.get(one.person_id, ())
            if each.holds and each.standard_id in daily
        ]
        self.loader.add(
            Benefit,
            [
                {"person_id": one.person_id, "standard_id": standard_id, "vendor": "晨光奶站",
                 "valid_from": self.begins, "recorded_at": moment(self.begins),
                 "recorded_by": self.by}
                for one, standard_id in due[:_IN_KIND]
            ],
        )  # fmt: skip

    # --- parts ------------------------------------------------------------------------------------

    def _standard(self, kind: str, on: date) -> Standard | None:
        """Give the standard of a kind that holds on a day, the most generous first."""
        found = [
            one
            for one in self._standards
            if one.kind == kind and one.since <= on and (one.until is None or on <= one.until)
        ]
        return max(found, key=limit_of, default=None)

    def _admitted(self) -> Iterator[tuple[Served, date]]:
        """Give the people who came into hospital lately, with the day."""
        since, n = self.today - timedelta(days=_LONG_AGO), 0
        for one in self.served:
            days = [
                known.valid_from
                for known in one.life.facts
                if known.code == "hospital_status" and known.value == "inpatient"
                and known.valid_from and since <= known.valid_from < self.today
            ]  # fmt: skip
            if days and one.in_care(self.today) and n < _VISITED:
                n += 1
                yield one, max(days)

    def _applied(self, asked: Asked, days: int) -> date:
        return self.today - timedelta(days=round(asked.applied * days))

    def _request(self, one: Served, asked: Asked, days: int) -> dict[str, Any]:
        day = self._applied(asked, days)
        decided = day + timedelta(days=days // 2) if asked.decision else None
        return {
            "person_id": one.person_id,
            "situation": asked.situation,
            "evidence": asked.evidence,
            "applied_on": day,
            "due_on": day + timedelta(days=days),
            "decision": "granted" if asked.decision else None,
            "decided_on": decided,
            "decided_by": self.by if asked.decision else None,
            "decision_reason": asked.decision,
            "recorded_at": moment(day),
            "recorded_by": one.worker.name or "",
        }

    def _row(
        self, person_id: int, kind: str, fen: int, entitled_on: date, on: date, by: str,
        basis: str, *, payee: str | None = None, occasion: str | None = None,
        hardship_id: int | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """Give a proposal as the door writes it: with the standard of its day and its period."""
        standard = self._standard(kind, entitled_on)
        period = period_of(standard.per, entitled_on, occasion) if standard else None
        return {
            "person_id": person_id,
            "kind": kind,
            "amount_fen": min(fen, limit_of(standard)) if standard else fen,
            "entitled_on": entitled_on,
            "period": period,
            "basis": basis,
            "payee": payee,
            "budget_id": self._budgets["service" if kind == "service" else "care",
                                       entitled_on.year],
            "standard_id": standard.id if standard else None,
            "hardship_id": hardship_id,
            "recorded_at": moment(on),
            "recorded_by": by,
        }  # fmt: skip

    def _pay(
        self, rows: Sequence[Mapping[str, Any]], chance: Random, *, one_returned: bool = False
    ) -> Sequence[int]:
        """Write proposals, and approve and pay those that are old enough."""
        ids = self.loader.add_numbered(Payment, rows)
        changed = []
        for payment_id, row in zip(ids, rows, strict=True):
            steps: dict[str, Any] = dict.fromkeys(_STEPS)
            approved = row["recorded_at"].date() + timedelta(days=chance.randint(*_APPROVED_AFTER))
            paid = approved + timedelta(days=chance.randint(*_PAID_AFTER))
            if approved <= self.today and row["recorded_by"] != self.by:
                steps |= {"approved_on": approved, "approved_by": self.by}
                if paid <= self.today:
                    steps |= {"paid_on": paid, "paid_by": self.by}
            back = paid + timedelta(days=4)
            if one_returned and steps["paid_on"] and back <= self.today:
                steps |= {"returned_on": back, "end_reason": offers().words["returned"]}
                one_returned = False
            changed.append({"id": payment_id, **steps})
        self.loader.change(Payment, changed)
        return ids


def _fund(one: InventedFund) -> dict[str, Any]:
    return {"code": one.code, "name": one.name, "source": one.origin, "purpose": one.purpose}

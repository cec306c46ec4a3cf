"""The report of a campaign: what came of the visits, by whom, and what the gifts cost.

Decides how results and money are added up, once for the screen, the Excel file and the command.
What a result is, is `campaign_results`' to say; what a payment is, `payments`'.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from casework.exchange.campaign_report import report_file
from casework.reference import code_list
from casework.terms import _, language
from casework.workbook.campaign_gifts import GiftLine
from casework.workbook.campaign_results import Figures, figures_of
from casework.workbook.campaign_rows import CampaignShown, Listed
from casework.workbook.money import BudgetRow, yuan
from casework.workbook.payment_rows import PaymentRow

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = [
    "CampaignReport",
    "MoneyLine",
    "MoneyReport",
    "Part",
    "campaign_report",
    "carrier_names",
    "money_report",
    "result_text",
    "state_text",
]

_STANDING = ("proposed", "approved", "paid", "returned")
_NOBODYS = (0, 0)

Sums = Mapping[str, tuple[int, int]]
"""Number and amount in fen by status of payments."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some of the people of a campaign: everybody, a segment, who goes, a delegation."""

    kind: str
    code: str
    label: str
    people: tuple[Listed, ...]

    @property
    def figures(self) -> Figures:
        """What came of them."""
        return figures_of(one.result for one in self.people)


@dataclass(frozen=True, slots=True)
class MoneyLine:
    """What is given to one segment by one standard: planned, and what became of it.

    Attributes
    ----------
    payments : tuple of PaymentRow
        Of the campaign, to whoever of the segment is on the list, by this standard.
    """

    gift: GiftLine
    payments: tuple[PaymentRow, ...]

    @property
    def sums(self) -> Sums:
        """Number and amount of the payments by status."""
        return _sums(self.payments)

    @property
    def planned_fen(self) -> int:
        """For everybody on the list of whom the standard is not known not to hold."""
        return len(self.gift.planned_for) * self.gift.fen

    @property
    def allowed_fen(self) -> int | None:
        """What the standard allows for the same people."""
        limit = self.gift.limit_fen
        return None if limit is None else len(self.gift.planned_for) * limit


@dataclass(frozen=True, slots=True)
class MoneyReport:
    """What the gifts of a campaign cost, in fen, against standards and budgets.

    Attributes
    ----------
    others : tuple of PaymentRow
        Payments of the campaign by no line of it: to who is no longer listed, or by a standard
        that was changed.
    budgets : tuple of BudgetRow
        Those that pay, with what they have and what is left.
    """

    lines: tuple[MoneyLine, ...]
    others: tuple[PaymentRow, ...]
    budgets: tuple[BudgetRow, ...]

    @property
    def beside(self) -> Sums:
        """Number and amount of the payments by no line, by status."""
        return _sums(self.others)

    @property
    def payments(self) -> tuple[PaymentRow, ...]:
        """All payments of the campaign."""
        return (*(each for one in self.lines for each in one.payments), *self.others)

    @property
    def planned_fen(self) -> int:
        """What all lines plan."""
        return sum(one.planned_fen for one in self.lines)

    def fen(self, status: str) -> int:
        """Give the amount of all payments of the campaign in a status."""
        return sum(one.amount_fen for one in self.payments if one.status == status)

    def of(self, segment: str, standard: str) -> tuple[MoneyLine, ...]:
        """Give the line of a segment and a standard; all lines where neither is named."""
        if not segment:
            return self.lines
        return tuple(
            one
            for one in self.lines
            if (one.gift.segment.code, one.gift.standard) == (segment, standard)
        )


@dataclass(frozen=True, slots=True)
class CampaignReport:
    """Everything a report of a campaign says as of a day."""

    on: date
    shown: CampaignShown
    parts: tuple[Part, ...]
    money: MoneyReport

    @property
    def everybody(self) -> Part:
        """All who are or were on the list."""
        return self.parts[0]

    def of(self, kind: str) -> tuple[Part, ...]:
        """Give the parts of a kind that have anybody."""
        return tuple(one for one in self.parts if one.kind == kind and one.people)

    def excel(self, day_text: Callable[[date], str] = str) -> bytes:
        """Write it as an Excel file: figures, money, and the list with its results."""
        tables = [self._figures(), self._list(day_text), self._money()]
        note = _("As of {day}", day=day_text(self.on))
        return report_file(str(self.shown.line.label), note, tables)

    def lines(self) -> Iterator[str]:
        """Say it for a terminal."""
        line = self.shown.line
        yield f"{line.label}  {line.window.opens_on} – {line.window.due_on}"
        for title, heads, rows in (self._figures(), self._money()):
            yield title
            for row in rows:
                told = "  ".join(
                    f"{head} {cell}" for head, cell in zip(heads[1:], row[1:], strict=True)
                    if cell not in (None, "")
                )  # fmt: skip
                yield f"  {row[0]}: {told}"

    def as_json(self) -> dict[str, Any]:
        """Give everything but names."""
        line = self.shown.line
        return {
            "campaign": line.campaign_id,
            "label": line.label.zh if language() == "zh" else line.label.en,
            "state": line.state,
            "first": line.window.opens_on,
            "last": line.window.due_on,
            "parts": [
                {"kind": one.kind, "code": one.code, "label": one.label,
                 "listed": one.figures.listed, "visited": one.figures.visited,
                 "times": one.figures.times, **one.figures.by_state}
                for one in self.parts
            ],
            "money": {
                "planned_fen": self.money.planned_fen,
                **{f"{one}_fen": self.money.fen(one) for one in _STANDING},
                "budgets": [
                    {"fund": one.fund, "year": one.year, "amount_fen": one.amount_fen,
                     "left_fen": one.left_fen}
                    for one in self.money.budgets
                ],
            },
        }  # fmt: skip

    # --- tables ----------------------------------------------------------------------------------

    def _figures(self) -> tuple[str, list[str], list[Sequence[object]]]:
        heads = [_("Part"), _("On the list"), _("Visited (persons)"), _("Person-times"),
                 _("Not met"), _("Left")]  # fmt: skip
        rows: list[Sequence[object]] = []
        for part in self.parts:
            found = part.figures
            state = found.by_state
            if part.people or part is self.everybody:
                rows.append([
                    part.label, found.listed, found.visited, found.times,
                    state["not_met"] + state["declined"], state["open"] + state["missed"],
                ])  # fmt: skip
        return _("Figures"), heads, rows

    def _money(self) -> tuple[str, list[str], list[Sequence[object]]]:
        heads = [_("Segment"), _("Standard"), _("Standard allows"), _("Planned"), _("Proposed"),
                 _("Approved"), _("Handed over"), _("Given back")]  # fmt: skip
        rows: list[Sequence[object]] = [
            [
                str(one.gift.segment.label), one.gift.label,
                "" if one.allowed_fen is None else yuan(one.allowed_fen), yuan(one.planned_fen),
                *_amounts(one.sums),
            ]
            for one in self.money.lines
        ]  # fmt: skip
        if any(self.money.beside.values()):
            rows.append([_("By no line of the list"), "", "", "", *_amounts(self.money.beside)])
        if rows:
            rows.append([_("Altogether"), "", "", yuan(self.money.planned_fen),
                         *(yuan(self.money.fen(one)) for one in _STANDING)])  # fmt: skip
        rows += [
            [
                _("{fund} {year}: budget {amount}, left {left}", fund=one.fund, year=one.year,
                  amount=yuan(one.amount_fen), left=yuan(one.left_fen)),
                *[""] * 7,
            ]
            for one in self.money.budgets
        ]  # fmt: skip
        return _("Amounts (yuan)"), heads, rows

    def _list(
        self, day_text: Callable[[date], str]
    ) -> tuple[str, list[str], list[Sequence[object]]]:
        labels = {one.code: str(one.label) for one in self.shown.terms.segments}
        carriers, ways = carrier_names(), code_list("channel")
        heads = [_("Name"), _("Unit"), _("Segment"), _("Who goes"), _("Why"), _("Result"),
                 _("Day"), _("How")]  # fmt: skip
        rows: list[Sequence[object]] = [
            [
                one.name, one.unit, labels.get(one.segment, one.segment), carriers[one.carrier],
                one.reason or one.left_out or "", result_text(one.result.state),
                one.result.on and day_text(one.result.on),
                ways.label_of(one.result.channel or "") or "",
            ]
            for one in self.everybody.people
        ]  # fmt: skip
        return _("List"), heads, rows


def campaign_report(book: Workbook, campaign_id: int, on: date) -> CampaignReport:
    """Make the report of a campaign as of a day.

    Raises
    ------
    NotFound
        If there is no such campaign.
    """
    shown = book.campaigns.show(campaign_id, as_of=on)
    people = tuple(book.campaigns.people(campaign_id, as_of=on))
    parts = [Part("", "", _("Everybody"), people)]
    parts += [
        Part("segment", one.code, str(one.label),
             tuple(each for each in people if each.segment == one.code))
        for one in shown.terms.segments
    ]  # fmt: skip
    parts += [
        Part("carrier", code, name, tuple(each for each in people if each.carrier == code))
        for code, name in carrier_names().items()
    ]
    for group in book.delegations.of(campaign_id):
        slots = {slot.slot_id for slot in group.slots}
        mine = tuple(each for each in people if each.slot_id in slots)
        parts.append(Part("delegation", str(group.delegation_id), group.name, mine))
    return CampaignReport(on, shown, tuple(parts), money_report(book, campaign_id, people))


def money_report(book: Workbook, campaign_id: int, people: Sequence[Listed]) -> MoneyReport:
    """Add the money of a campaign up, line by line.

    Parameters
    ----------
    people : sequence of Listed
        Who is or was on its list.
    """
    plan = book.campaign_gifts.plan(campaign_id)
    payments = book.payments.list(campaign_id=campaign_id, limit=None)
    segment_of = {one.person_id: one.segment for one in people if one.left_out is None}
    labels = {(one.segment.code, one.label) for one in plan.lines}
    found: defaultdict[tuple[str, str] | None, list[PaymentRow]] = defaultdict(list)
    for one in payments:
        key: tuple[str, str] | None = (segment_of.get(one.person_id, ""), one.standard or "")
        found[key if key in labels else None].append(one)
    paying = {one.budget_id for one in payments}
    lines = [MoneyLine(one, tuple(found[one.segment.code, one.label])) for one in plan.lines]
    return MoneyReport(
        tuple(one for one in lines if one.gift.people or one.payments),
        tuple(found[None]),
        tuple(one for one in book.money.budgets() if one.budget_id in paying),
    )


def _sums(payments: Iterable[PaymentRow]) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for one in payments:
        n, fen = found.get(one.status, _NOBODYS)
        found[one.status] = n + 1, fen + one.amount_fen
    return found


def _amounts(sums: Sums) -> list[str]:
    return [yuan(sums.get(one, _NOBODYS)[1]) for one in _STANDING]


def carrier_names() -> dict[str, str]:
    """Name who carries a segment."""
    return {
        "delegation": _("delegations of leaders"),
        "unit": _("the units"),
        "caseworker": _("caseworkers"),
    }


def result_text(state: str) -> str:
    """Name a result."""
    return {
        "met": _("met in person"),
        "family": _("family met"),
        "not_met": _("not met"),
        "declined": _("declined the visit"),
        "open": _("still to be visited"),
        "missed": _("not visited in time"),
        "left_out": _("taken off the list"),
    }[state]


def state_text(state: str) -> str:
    """Name the state of a campaign."""
    return {
        "draft": _("list open"),
        "frozen": _("list frozen"),
        "given": _("under way"),
        "closed": _("over and reported"),
    }[state]

"""Rows of another platform: whose each is, which order it answers, and what keeps it out.

Decides that nothing is guessed: a name alone is nobody, two orders that fit are none, and what was
written down before is known again. Leaves writing to :mod:`casework.workbook.usage`.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from casework.errors import CaseworkError
from casework.exchange.usage_table import UsageRow
from casework.identifiers.words import plain
from casework.records import (
    Agreement,
    Person,
    PersonSearch,
    Provider,
    ServiceOrder,
    order_status,
)
from casework.records.orders import UNDER_WAY
from casework.reference.catalogue import ServiceItem, catalogue
from casework.terms import _
from casework.workbook.eligibility import verdicts
from casework.workbook.finding import hidden_columns
from casework.workbook.order_steps import first_day_done
from casework.workbook.served import served_persons

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["OUTCOMES", "Judged", "judge"]

OUTCOMES = ("complete", "enter", "known", "held", "ignored")
"""What becomes of a row: an order is done, a service is entered, known already, not taken, none."""

_CHUNK = 500
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Judged:
    """A row with what becomes of it.

    Attributes
    ----------
    outcome : str
        One of `OUTCOMES`.
    key : str
        By which the row is known again.
    order_id : int or None
        The order that it completes, or that stands for it already.
    agreement_id : int or None
        Whose price and quota count; None for a service free of charge.
    why : tuple of str
        In sentences: why it is not taken, or what is worth knowing.
    """

    row: UsageRow
    outcome: str
    key: str = ""
    person_id: int | None = None
    item: str = ""
    provider_id: int | None = None
    order_id: int | None = None
    agreement_id: int | None = None
    why: tuple[str, ...] = ()

    @property
    def number(self) -> str:
        """Where the row stands, to tell it from all others of the file."""
        return f"{self.row.sheet}:{self.row.row}"


class _Refused(Exception):
    """Why a row is not taken."""


def judge(
    book: Workbook, session: Session, rows: Sequence[UsageRow], provider_id: int
) -> list[Judged]:
    """Tell what becomes of every row of a file of a provider or a platform."""
    return _Judging(book, session, rows, provider_id).run()


class _Judging:
    def __init__(
        self, book: Workbook, session: Session, rows: Sequence[UsageRow], provider_id: int
    ) -> None:
        self.book, self.session, self.rows = book, session, rows
        self.items = catalogue(book.agency.code)
        self.called: defaultdict[str, set[str]] = defaultdict(set)
        for one in self.items.values():
            for name in one.names:
                self.called[_folded(name)].add(one.code)
        self.platform = provider_id
        self.providers = {one.id: one.name for one in session.scalars(select(Provider))}
        self.by_provider = {_folded(name): key for key, name in self.providers.items()}
        self.people, self.by_name = self._people()
        self.orders = self._orders()
        self.used: set[int] = set()
        self.left: Counter[int] = Counter()
        self.agreements: defaultdict[tuple[int, str], list[Agreement]] = defaultdict(list)
        for agreed in session.scalars(select(Agreement)):
            self.agreements[agreed.provider_id, agreed.item].append(agreed)
            self.left[agreed.id] = 10**9 if agreed.quota is None else agreed.quota - agreed.taken
        self.seen: dict[str, int] = {}

    def run(self) -> list[Judged]:
        """Judge all rows: first whose they are, then in sets what holds of them, then each."""
        made = [self._begun(row) for row in self.rows]
        made = self._served(made)
        self.standing = self._standing(made)
        self.eligible = self._eligible(made)
        return [one if one.outcome == "held" else self._ended(one) for one in made]

    # --- whose, and what -------------------------------------------------------------------------

    def _begun(self, row: UsageRow) -> Judged:
        if not row.is_done and not row.problems:
            return Judged(row, "ignored", why=(_("The row says that it was not done."),))
        why = list(row.problems)
        person = order = provider = None
        item = ""
        try:
            order = self._named_order(row)
            person = order.person_id if order and not self._tells(row) else self._person(row, order)
        except _Refused as refused:
            why.append(str(refused))
        try:
            item = order.item if order and not row.service else self._item(row)
            if order and order.item != item:
                why.append(_("Order no. {id} is for another service.", id=order.id))
        except _Refused as refused:
            why.append(str(refused))
        try:
            provider = self._provider(row)
        except _Refused as refused:
            why.append(str(refused))
        key = self._key(row, provider, person, item)
        if not why and key in self.seen:
            why.append(
                _("The same as row {n}. If it was done twice, give each the platform's number.",
                  n=self.seen[key])
            )  # fmt: skip
        self.seen.setdefault(key, row.row)
        return Judged(
            row, "held" if why else "", key, person, item, provider,
            order.id if order else None, why=tuple(dict.fromkeys(why)),
        )  # fmt: skip

    def _key(self, row: UsageRow, provider: int | None, person: int | None, item: str) -> str:
        if row.ref:
            return f"{self.platform}:{row.ref}"
        said = (provider, person, item, row.on, row.quantity, row.served_by)
        return f"{self.platform}#{hashlib.sha256(repr(said).encode()).hexdigest()[:24]}"

    @staticmethod
    def _tells(row: UsageRow) -> bool:
        return bool(row.person_no is not None or row.name)

    def _named_order(self, row: UsageRow) -> ServiceOrder | None:
        if row.order_no is None:
            return None
        found = self.orders.get(row.order_no)
        if found is None:
            raise _Refused(_("There is no order with the number {id}.", id=row.order_no))
        return found

    def _person(self, row: UsageRow, order: ServiceOrder | None) -> int:
        """Tell whose a row is; a name alone is nobody's, unless an order of theirs goes with it."""
        if row.person_no is not None:
            if row.person_no not in self.people:
                raise _Refused(_("Nobody has this person number."))
            if row.name and self.people[row.person_no].name != row.name:
                raise _Refused(_("Number and name are of different people."))
            found = [row.person_no]
        else:
            named = self.by_name.get(row.name, ())
            if not named:
                raise _Refused(
                    _("Nobody of this name is in the workbook.") if row.name
                    else _("There is neither a name nor a number.")
                )  # fmt: skip
            found = [one for one in named if self._marks(row, one, order)]
        if order is not None and found and order.person_id not in found:
            raise _Refused(_("Order no. {id} is another person's.", id=order.id))
        if len(found) != 1:
            raise _Refused(
                _(
                    "The name alone does not tell who it is. Give the person number, the ID "
                    "number, a telephone or the community as in the dossier."
                )
                if not found
                else _("Several people have this name. Say which one.")
            )
        return found[0]

    def _marks(self, row: UsageRow, person: int, order: ServiceOrder | None) -> bool:
        """Tell whether anything besides the name says that it is this person."""
        known = self.people[person]
        if order is not None and order.person_id == person:
            return True
        if row.resident_id and known.resident_id:
            return row.resident_id == known.resident_id
        if any("".join(filter(str.isdigit, one)) in known.phones for one in row.phones):
            return True
        if row.community and row.community in known.communities:
            return True
        if row.resident_id or row.phones or row.community:
            return False
        return any(
            self._takes(order, row)
            for item in self.called.get(_folded(row.service), ())
            for order in self.open[person, item]
        )

    def _item(self, row: UsageRow) -> str:
        if not row.service:
            raise _Refused(_("The service is missing."))
        found = self.called.get(_folded(row.service), set())
        if len(found) != 1:
            raise _Refused(
                _("“{service}” is no service of the catalogue. Write it as there, or let the word "
                  "be added to the catalogue.", service=row.service[:40])
            )  # fmt: skip
        return next(iter(found))

    def _provider(self, row: UsageRow) -> int:
        if not row.provider:
            return self.platform
        found = self.by_provider.get(_folded(row.provider))
        if found is None:
            raise _Refused(
                _("The provider “{name}” is not registered. Add it under providers and agreements.",
                  name=row.provider[:40])
            )  # fmt: skip
        return found

    # --- in sets ---------------------------------------------------------------------------------

    def _people(self) -> tuple[dict[int, _Known], dict[str, list[int]]]:
        names = {row.name for row in self.rows if row.name}
        numbers = {row.person_no for row in self.rows if row.person_no is not None}
        secret = hidden_columns(self.session)
        told: list[Any] = [
            literal("") if any(one is column for one in secret) else column
            for column in (PersonSearch.phones, PersonSearch.community, PersonSearch.resident_id)
        ]
        people: dict[int, _Known] = {}
        for part, column in ((names, Person.name), (numbers, Person.id)):
            for some in _chunks(part):
                query = (
                    select(Person.id, Person.name, *told)
                    .join(PersonSearch, PersonSearch.person_id == Person.id)
                    .where(column.in_(some))
                )
                for id_, name, phones, communities, number in self.session.execute(query):
                    people[id_] = _Known(
                        name, frozenset(phones.split()), frozenset(communities.split()),
                        number.upper(),
                    )  # fmt: skip
        by_name: defaultdict[str, list[int]] = defaultdict(list)
        for id_, one in sorted(people.items()):
            by_name[one.name].append(id_)
        return people, by_name

    def _orders(self) -> dict[int, ServiceOrder]:
        """Read the orders that rows may be about: those named, and what these people wait for."""
        found: dict[int, ServiceOrder] = {}
        waiting = order_status(self.book.today).in_(UNDER_WAY)
        numbers = {row.order_no for row in self.rows if row.order_no is not None}
        for some in _chunks(numbers):
            query = select(ServiceOrder).where(ServiceOrder.id.in_(some))
            found |= {one.id: one for one in self.session.scalars(query)}
        for some in _chunks(self.people):
            query = select(ServiceOrder).where(ServiceOrder.person_id.in_(some), waiting)
            found |= {one.id: one for one in self.session.scalars(query)}
        self.open: defaultdict[tuple[int, str], list[ServiceOrder]] = defaultdict(list)
        for one in sorted(found.values(), key=lambda each: (each.wanted_on, each.id)):
            if one.completed_on is None and one.cancelled_on is None and one.failed_on is None:
                self.open[one.person_id, one.item].append(one)
        return found

    def _served(self, made: Sequence[Judged]) -> list[Judged]:
        """Hold the rows of people who were not in care on the day, or had died."""
        by_day: defaultdict[date, set[int]] = defaultdict(set)
        for one in made:
            if not one.outcome and one.row.on and one.person_id:
                by_day[one.row.on].add(one.person_id)
        wrong = {
            (day, person)
            for day, people in by_day.items()
            for person in self._not_served(sorted(people), day)
        }
        told = (_("The person was not in care on that day, or had died."),)
        return [
            replace(one, outcome="held", why=told)
            if not one.outcome and (one.row.on, one.person_id) in wrong
            else one
            for one in made
        ]

    def _not_served(self, people: Sequence[int], day: date) -> Iterable[int]:
        """Halve those asked about until whoever is refused stands alone."""
        try:
            served_persons(self.session, people, day)
        except CaseworkError:
            if len(people) == 1:
                return list(people)
            half = len(people) // 2
            return [
                *self._not_served(people[:half], day), *self._not_served(people[half:], day)
            ]  # fmt: skip
        return []

    def _standing(self, made: Sequence[Judged]) -> dict[str, ServiceOrder]:
        """Find the orders that stand for rows of earlier files, and those done by hand."""
        found: dict[str, ServiceOrder] = {}
        for some in _chunks({one.key for one in made if not one.outcome}):
            query = select(ServiceOrder).where(ServiceOrder.outside_ref.in_(some))
            found |= {one.outside_ref or "": one for one in self.session.scalars(query)}
        days = {one.row.on for one in made if one.row.on}
        people = {one.person_id for one in made if not one.outcome and one.person_id}
        self.by_hand: defaultdict[tuple[int, str, date | None], list[ServiceOrder]]
        self.by_hand = defaultdict(list)
        for few in _chunks(people):
            query = select(ServiceOrder).where(
                ServiceOrder.person_id.in_(few),
                ServiceOrder.completed_on.between(min(days), max(days)),
                ServiceOrder.failed_on.is_(None),
                ServiceOrder.outside_ref.is_(None),
            )
            for one in self.session.scalars(query):
                self.by_hand[one.person_id, one.item, one.completed_on].append(one)
        return found

    def _eligible(self, made: Sequence[Judged]) -> Mapping[int, Mapping[str, bool | None]]:
        open_ = [one for one in made if not one.outcome]
        asked = {one.item: self._item_of(one).who for one in open_}
        people = {one.person_id for one in open_ if one.person_id}
        if not people:
            return {}
        return verdicts(self.session, self.book.agency, self.book.today, asked, people)

    def _item_of(self, one: Judged) -> ServiceItem:
        return self.items[one.item]

    # --- each ------------------------------------------------------------------------------------

    def _ended(self, one: Judged) -> Judged:
        if one.outcome:
            return one
        try:
            return self._known(one) or self._completing(one) or self._entering(one)
        except _Refused as refused:
            return replace(one, outcome="held", why=(str(refused),))

    def _known(self, one: Judged) -> Judged | None:
        person, row = one.person_id or 0, one.row
        order = self.standing.get(one.key)
        if order is not None:
            if (order.person_id, order.item, order.completed_on) != (person, one.item, row.on):
                raise _Refused(
                    _("The platform's number stands for order no. {id} already, of another person, "
                      "service or day.", id=order.id)
                )  # fmt: skip
            told = _("Written down before: order no. {id}.", id=order.id)
            return replace(one, outcome="known", order_id=order.id, why=(told,))
        done = self.by_hand[person, one.item, row.on]
        for order in done:
            if order.id not in self.used and order.provider_id == one.provider_id:
                self.used.add(order.id)
                told = _("Written down by hand: order no. {id}, done that day.", id=order.id)
                return replace(one, outcome="known", order_id=order.id, why=(told,))
        return None

    def _takes(self, order: ServiceOrder, row: UsageRow) -> bool:
        """Tell whether an order can have been done by a row's provider on its day."""
        ended = order.completed_on or order.cancelled_on or order.failed_on
        return (
            ended is None
            and order.id not in self.used
            and order.provider_id in (None, self._provider(row))
            and row.on is not None
            and first_day_done(order) <= row.on
        )

    def _completing(self, one: Judged) -> Judged | None:
        row = one.row
        if one.order_id is not None:
            order = self.orders[one.order_id]
            if not self._takes(order, row):
                raise _Refused(
                    _("Order no. {id} is over, is another provider's, or was asked for later.",
                      id=order.id)
                )  # fmt: skip
        else:
            fits = [
                each for each in self.open[one.person_id or 0, one.item] if self._takes(each, row)
            ]
            if len(fits) > 1:
                raise _Refused(
                    _("Several orders fit: no. {ids}. Give the number of the one that was done.",
                      ids="、".join(str(each.id) for each in fits[:5]))
                )  # fmt: skip
            if not fits:
                return None
            order = fits[0]
        if row.says_quantity and row.quantity != order.quantity:
            raise _Refused(
                _("Order no. {id} is for {n}, the row says {said}.",
                  id=order.id, n=order.quantity, said=row.quantity)
            )  # fmt: skip
        agreed = None
        if order.provider_id is None:
            agreed = self._agreement(one, order.wanted_on, order.quantity)
        self.used.add(order.id)
        return replace(one, outcome="complete", order_id=order.id, agreement_id=agreed)

    def _entering(self, one: Judged) -> Judged:
        row = one.row
        if self.eligible.get(one.person_id or 0, {}).get(one.item) is False:
            raise _Refused(
                _("By what is on file this service is not for this person. Correct the dossier, or "
                  "order it as an exception and say why.")
            )  # fmt: skip
        agreed = self._agreement(one, row.on or self.book.today, row.quantity)
        return replace(one, outcome="enter", agreement_id=agreed)

    def _agreement(self, one: Judged, on: date, quantity: int) -> int | None:
        """Give the cheapest agreement of the day with enough left; None where there is none."""
        of_day = [
            each
            for each in self.agreements[one.provider_id or 0, one.item]
            if each.valid_from <= on <= each.valid_to
        ]
        able = [each for each in of_day if self.left[each.id] >= quantity]
        if of_day and not able:
            raise _Refused(
                _("The agreement has no more left. Let it be extended, then take the row again.")
            )
        if not able:
            return None
        chosen = min(able, key=lambda each: (each.price_fen, each.id))
        self.left[chosen.id] -= quantity
        return chosen.id


@dataclass(frozen=True, slots=True)
class _Known:
    """What a person is told by."""

    name: str
    phones: frozenset[str]
    communities: frozenset[str]
    resident_id: str


def _folded(text: str) -> str:
    return plain(text).replace(" ", "").casefold()


def _chunks(some: Collection[_T]) -> Iterable[list[_T]]:
    every = list(some)
    return (every[at : at + _CHUNK] for at in range(0, len(every), _CHUNK))

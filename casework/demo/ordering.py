"""Services on order in a demonstration: providers, agreements, and orders in every state.

Decides which needs are answered by an order and how far each gets; the tables hold that no step
comes before another, and `casework.workbook.order_evidence` which tasks a completed one closes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count, cycle, islice
from math import ceil
from random import Random
from typing import TYPE_CHECKING, Any

from casework.demo.life import phone_number
from casework.demo.offers import OfferedBy, Priced, offers
from casework.demo.served import Served
from casework.demo.writing import moment
from casework.records import Agreement, Provider, ServiceOrder
from casework.reference.catalogue import ServiceItem, catalogue

if TYPE_CHECKING:
    from casework.workbook.loading import Loader

__all__ = ["Settled", "order_services"]

# How far an order gets, and how many days ago it was asked for, at least and at most.
_FATES = (
    ("rated", 25, 100),
    ("requested", 0, 2),
    ("settled", 20, 60),
    ("completed", 6, 10),
    ("rated", 25, 100),
    ("accepted", 1, 3),
    ("verified", 9, 16),
    ("cancelled", 10, 60),
    ("rated", 25, 100),
    ("assigned", 1, 2),
    ("settled", 12, 20),
    ("failed", 12, 70),
    ("rated", 25, 100),
    ("late", 6, 9),
    ("completed", 6, 10),
    ("arrived", 1, 2),
    ("rated", 25, 100),
    ("verified", 9, 16),
    ("settled", 12, 16),
    ("rated", 25, 100),
)
_AGREED_FOR = 500  # people for whom what the seeds agree on is enough
_FOR_TASKS, _TASKS_SINCE = 12, 400  # orders made for tasks at most; tasks opened since, days
_ASKED_BY = ("phone", "phone", "visit", "reception", "online")
_STEPS = (
    "provider_id", "agreement_id", "price_fen", "assigned_on", "accepted_on", "arrived_on",
    "completed_on", "served_by", "verified_on", "verified_by", "settled_on", "payment_id",
    "rated_on", "rating", "rating_note", "cancelled_on", "failed_on", "end_reason",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Settled:
    """An order that was settled, with what it costs in fen and who is paid."""

    order_id: int
    person_id: int
    title: str
    fen: int
    payee: str
    completed_on: date
    settled_on: date
    worker: str


@dataclass(frozen=True, slots=True)
class _Agreed:
    agreement_id: int
    provider_id: int
    by: OfferedBy
    price_fen: int


@dataclass(frozen=True, slots=True)
class _Asking:
    """What is asked for: needs, by person and domain, and tasks that wait, with their first day."""

    needs: Sequence[tuple[int, str]]
    tasks: Mapping[tuple[int, str], tuple[int, date]]

    def task_for(self, person_id: int, item: ServiceItem) -> tuple[int, date] | None:
        """Give a task of a person that a service answers."""
        found = (self.tasks.get((person_id, each)) for each in item.answers)
        return next((one for one in found if one is not None), None)


@dataclass(slots=True)
class _Order:
    person: Served
    item: ServiceItem
    row: dict[str, Any]
    steps: dict[str, Any]
    by: OfferedBy


def order_services(
    loader: Loader, served: Sequence[Served], agency: str, by: str, *, begins: date, today: date,
    name: str, pay: Any,
) -> int:  # fmt: skip
    """Write providers, agreements and orders, and give how many orders there are.

    Parameters
    ----------
    by : str
        Name of the supervisor, who agrees with providers.
    pay : callable
        Given the `Settled` that cost something, writes their payments and gives the ids.
    """
    items = catalogue(agency)
    chance = Random(f"{name}/orders")  # noqa: S311  # a demo, no secret
    share = max(1, ceil(len(served) / _AGREED_FOR))
    agreed = _agree(loader, items, by, begins, today, share)
    wanted = max(ceil(len(served) * offers().per_person), offers().fewest)
    asking = _Asking(
        loader.open_needs(),
        loader.tasks_waiting(
            {each for code in agreed for each in items[code].answers},
            today - timedelta(days=_TASKS_SINCE),
            today,
        ),
    )
    made = list(islice(_orders(served, asking, items, agreed, chance, today), wanted))
    ids = loader.add_numbered(ServiceOrder, (one.row for one in made))
    costing = [
        _settled(order_id, one)
        for order_id, one in zip(ids, made, strict=True)
        if one.steps["settled_on"] and one.steps["price_fen"]
    ]
    paid = dict(zip((one.order_id for one in costing), pay(costing), strict=True))
    rows = [
        {"id": order_id, **one.steps, "payment_id": paid.get(order_id)}
        for order_id, one in zip(ids, made, strict=True)
    ]
    loader.change(ServiceOrder, rows)
    done = [
        (order_id, one.item)
        for order_id, one in zip(ids, made, strict=True)
        if one.steps["completed_on"]
    ]
    loader.answer_by_orders(done, moment)
    return len(ids)


def _agree(
    loader: Loader, items: Mapping[str, ServiceItem], by: str, begins: date, today: date, share: int
) -> dict[str, _Agreed]:
    """Write providers and agreements of what the catalogue has, and give them by service.

    What was agreed on is as often as much as the seeds say as there are people for it.
    """
    used = [
        (one, [each for each in one.agreements if each.item in items]) for one in offers().providers
    ]
    used = [(one, agreements) for one, agreements in used if agreements]
    told = {"recorded_at": moment(begins), "recorded_by": by}
    ids = loader.add_numbered(
        Provider,
        [
            {"name": one.name, "kind": one.kind, "contact": one.contact,
             "phone": phone_number(60_000_000 + n), **told}
            for n, (one, _agreements) in enumerate(used)
        ],
    )  # fmt: skip
    found: list[tuple[int, OfferedBy, Priced]] = [
        (provider_id, one, each)
        for provider_id, (one, agreements) in zip(ids, used, strict=True)
        for each in agreements
    ]
    numbers = loader.add_numbered(
        Agreement,
        [
            {"provider_id": provider_id, "item": each.item, "price_fen": each.fen,
             "valid_from": begins, "valid_to": today + timedelta(days=each.ends_in),
             "quota": each.quota and each.quota * share, **told}
            for provider_id, _one, each in found
        ],
    )  # fmt: skip
    return {
        each.item: _Agreed(number, provider_id, one, each.fen)
        for number, (provider_id, one, each) in zip(numbers, found, strict=True)
    }


def _orders(
    served: Sequence[Served], asking: _Asking, items: Mapping[str, ServiceItem],
    agreed: Mapping[str, _Agreed], chance: Random, today: date,
) -> Iterator[_Order]:  # fmt: skip
    """Order something for a person after the other, each once, of what answers a need.

    Some orders are made for tasks of plans that wait; a completed one closes its task.
    """
    people = {one.person_id: one for one in served}
    shuffled = list(asking.needs)
    chance.shuffle(shuffled)
    planned = [one for one in shuffled if _planned(one, asking, items, agreed)]
    shuffled = planned[:_FOR_TASKS] + shuffled
    fates, numbers, had = cycle(_FATES), count(1), set()
    for person_id, domain in shuffled:
        person, answer = people[person_id], offers().answers.get(domain)
        fitting = [code for code in answer.items if code in agreed] if answer else []
        if answer is None or not fitting or person_id in had or not person.in_care(today):
            continue
        how, soonest, longest = next(fates)
        asked_on = today - timedelta(days=chance.randint(soonest, longest))
        code = chance.choice(fitting)
        code = next((one for one in fitting if asking.task_for(person_id, items[one])), code)
        task = asking.task_for(person_id, items[code])
        if task is not None and task[1] > asked_on:
            task = None  # nobody asked for it yet
        had.add(person_id)
        wish = chance.choice(offers().wishes.get(code, [""]))
        row = {
            "person_id": person_id,
            "item": code,
            "title": items[code].label.zh,
            "quantity": chance.randint(1, answer.most) if items[code].unit != "time" else 1,
            "wanted_on": _wanted(how, asked_on, today, chance),
            "wish": wish or None,
            "asked_by": "task" if task else chance.choice(_ASKED_BY),
            "task_id": task[0] if task else None,
            "client_key": f"demo-order-{next(numbers)}",
            "requested_on": asked_on,
            "recorded_at": moment(asked_on),
            "recorded_by": person.worker.name or "",
        }
        steps = _steps(how, row, person, agreed[code], chance, today)
        yield _Order(person, items[code], row, steps, agreed[code].by)


def _planned(
    need: tuple[int, str], asking: _Asking, items: Mapping[str, ServiceItem],
    agreed: Mapping[str, _Agreed],
) -> bool:  # fmt: skip
    """Tell whether a task of the person's plan waits for what answers a need."""
    person_id, domain = need
    answer = offers().answers.get(domain)
    codes = [one for one in answer.items if one in agreed] if answer else []
    return any(asking.task_for(person_id, items[one]) for one in codes)


def _wanted(how: str, asked_on: date, today: date, chance: Random) -> date:
    if how in ("requested", "assigned", "accepted"):
        return today + timedelta(days=chance.randint(1, 5))
    if how == "arrived":
        return today
    return asked_on + timedelta(days=3 if how == "late" else chance.randint(2, 5))


def _steps(
    how: str, row: Mapping[str, Any], person: Served, agreed: _Agreed, chance: Random, today: date
) -> dict[str, Any]:
    """Say what became of an order, as far as it got; the days follow one another."""
    steps: dict[str, Any] = dict.fromkeys(_STEPS)
    asked_on, wanted_on, words = row["requested_on"], row["wanted_on"], offers().words
    if how == "requested":
        return steps
    steps |= {
        "provider_id": agreed.provider_id, "agreement_id": agreed.agreement_id,
        "price_fen": agreed.price_fen, "assigned_on": asked_on,
    }  # fmt: skip
    if how == "assigned":
        return steps
    if how == "cancelled":
        day = asked_on + timedelta(days=1)
        return steps | {"cancelled_on": day, "end_reason": chance.choice(words["cancelled"])}
    steps["accepted_on"] = min(asked_on + timedelta(days=1), today)
    if how in ("accepted", "late"):
        return steps
    if how == "failed":
        return steps | {"failed_on": wanted_on, "end_reason": chance.choice(words["failed"])}
    day = wanted_on
    steps["arrived_on"] = day
    if how == "arrived":
        return steps
    steps |= {"completed_on": day, "served_by": chance.choice(agreed.by.served_by)}
    if how == "completed":
        return steps
    day += timedelta(days=chance.randint(1, 3))
    steps |= {"verified_on": day, "verified_by": person.worker.name}
    if how == "verified":
        return steps
    steps["settled_on"] = settled = day + timedelta(days=chance.randint(1, 4))
    if how == "rated":
        steps |= {
            "rated_on": settled + timedelta(days=1), "rating": chance.choice((3, 4, 4, 5, 5, 5)),
            "rating_note": chance.choice(words["ratings"]),
        }  # fmt: skip
    return steps


def _settled(order_id: int, one: _Order) -> Settled:
    return Settled(
        order_id=order_id,
        person_id=one.person.person_id,
        title=one.row["title"],
        fen=one.steps["price_fen"] * one.row["quantity"],
        payee=one.by.name,
        completed_on=one.steps["completed_on"],
        settled_on=one.steps["settled_on"],
        worker=one.person.worker.name or "",
    )

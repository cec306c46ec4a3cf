"""What is on offer in a demonstration: providers, words, funds of ``data/demo/services.toml``.

Decides nothing; refuses codes that no list and no catalogue has.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from casework.records.orders import PROVIDER_KINDS
from casework.reference import BrokenReference, data_folder, read_toml
from casework.reference.catalogue import catalogue

__all__ = [
    "Answer",
    "Asked",
    "InventedFund",
    "OfferedBy",
    "Offers",
    "Priced",
    "offers",
]


@dataclass(frozen=True, slots=True)
class Priced:
    """One service of an agreement: price in fen, most that may be ordered, days it still holds."""

    item: str
    fen: int
    quota: int | None
    ends_in: int


@dataclass(frozen=True, slots=True)
class OfferedBy:
    """A provider, who comes, and what was agreed with it."""

    name: str
    kind: str
    contact: str
    served_by: tuple[str, ...]
    agreements: tuple[Priced, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What may be ordered for a need of a domain, and how much at a time."""

    items: tuple[str, ...]
    most: int


@dataclass(frozen=True, slots=True)
class InventedFund:
    """A fund; ``kind`` is ``service`` for orders, else ``care``. Fen a year for each person."""

    code: str
    kind: str
    name: str
    origin: str
    purpose: str
    fen_per_person: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for help in hardship; ``applied`` is a share of the days there are to decide."""

    situation: str
    evidence: str
    applied: float
    decision: str | None
    fen: int


@dataclass(frozen=True, slots=True)
class Offers:
    """Everything of the file."""

    per_person: float
    fewest: int
    providers: tuple[OfferedBy, ...]
    answers: dict[str, Answer]
    wishes: dict[str, list[str]]
    words: dict[str, Any]
    funds: tuple[InventedFund, ...]
    hardship: tuple[Asked, ...]


@cache
def offers() -> Offers:
    """Read what is on offer.

    Raises
    ------
    BrokenReference
        If a kind of provider or a service is not known.
    """
    path = data_folder() / "demo" / "services.toml"
    raw = read_toml(path)
    providers = tuple(
        OfferedBy(
            name=one["name"],
            kind=one["kind"],
            contact=one["contact"],
            served_by=tuple(one["served_by"]),
            agreements=tuple(
                Priced(each["item"], each["fen"], each.get("quota"), each["ends_in"])
                for each in one["agreement"]
            ),
        )
        for one in raw["provider"]
    )
    known = catalogue("")  # that of agencies which have none of their own
    for one in providers:
        wrong = [each.item for each in one.agreements if each.item not in known]
        if one.kind not in PROVIDER_KINDS or wrong:
            raise BrokenReference(path, one.name, f"{one.kind} or {wrong} is not known")
    return Offers(
        per_person=float(raw["per_person"]),
        fewest=int(raw["fewest"]),
        providers=providers,
        answers={
            one["domain"]: Answer(tuple(one["items"]), one["most"])
            for one in raw["answer"]
        },
        wishes=raw["wishes"],
        words=raw["words"],
        funds=tuple(InventedFund(**one) for one in raw["fund"]),
        hardship=tuple(
            Asked(
                one["situation"], one["evidence"], float(one["applied"]), one.get("decision"),
                int(one.get("fen", 0)),
            )
            for one in raw["hardship"]
        ),
    )  # fmt: skip

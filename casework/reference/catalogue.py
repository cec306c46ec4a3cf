"""The catalogue of services that can be ordered: five classes, whom each is for, what it answers.

Decides what ``catalogue.toml`` must say to be used: that of the agency's folder, else the national
one. Leaves reading the conditions to the rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from casework.reference.national import (
    BrokenReference,
    code_list,
    data_folder,
    label_from,
    not_accepted,
    read_toml,
    unique,
)
from casework.reference.services import services
from casework.terms import Label, _

__all__ = ["CLASSES", "ServiceItem", "catalogue"]

CLASSES = ("medical", "safety", "warmth", "life", "legal")
"""The five classes of services (S1-53)."""

_KNOWN = {"code", "class", "label", "also", "unit", "channel", "who", "answers", "source"}


@dataclass(frozen=True, slots=True)
class ServiceItem:
    """One service that can be ordered.

    Attributes
    ----------
    service_class : str
        One of `CLASSES`.
    unit : str
        Of ``item_unit``: what quantities and prices are counted in.
    channel : str
        Of ``channel``: how it takes place, as the evidence of a task.
    who : str or None
        For whom, as a condition in the language of rules; None for everybody in care.
    answers : tuple of str
        Kinds of work of plans that it answers once it is completed.
    also : tuple of str
        What others call it, in files that come from them.
    """

    code: str
    service_class: str
    label: Label
    unit: str
    channel: str
    who: str | None
    answers: tuple[str, ...]
    source: str
    also: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every name under which it may come."""
        return (self.code, self.label.zh, self.label.en, *self.also)


@cache
def catalogue(agency: str) -> Mapping[str, ServiceItem]:
    """Give the services of an agency by code, in the order of its file.

    Raises
    ------
    BrokenReference
        If an entry lacks something or names what is not known.
    """
    own = data_folder() / "agencies" / agency / "catalogue.toml"
    path = own if own.exists() else data_folder() / "reference" / "catalogue.toml"
    found = [_item(path, raw) for raw in read_toml(path).get("item", ())]
    unique(path, "item", (one.code for one in found))
    return {one.code: one for one in found}


@cache
def answering(agency: str) -> Mapping[str, tuple[str, ...]]:
    """Give, by kind of work of a plan, the services that answer it once they are completed."""
    found: dict[str, tuple[str, ...]] = {}
    for one in catalogue(agency).values():
        for kind in one.answers:
            found[kind] = (*found.get(kind, ()), one.code)
    return found


def _item(path: Path, raw: Mapping[str, Any]) -> ServiceItem:
    name = f"item {raw.get('code')}"
    missing = {"code", "class", "source"} - {key for key, value in raw.items() if value}
    if missing or set(raw) - _KNOWN:
        odd = sorted(set(raw) - _KNOWN)
        raise BrokenReference(
            path,
            name,
            _(
                "lacks {missing}; does not know {odd}.",
                missing=", ".join(sorted(missing)) or "—",
                odd=", ".join(odd) or "—",
            ),
        )
    unit, channel = raw.get("unit", "time"), raw.get("channel", "home_visit")
    answers = tuple(raw.get("answers", ()))
    for value, allowed in (
        (raw["class"], set(CLASSES)),
        (unit, {one.code for one in code_list("item_unit").entries}),
        (channel, {one.code for one in code_list("channel").entries}),
        *((one, set(services())) for one in answers),
    ):
        if value not in allowed:
            raise BrokenReference(path, name, not_accepted("", value, allowed))
    return ServiceItem(
        code=raw["code"],
        service_class=raw["class"],
        label=label_from(path, name, raw.get("label")),
        unit=unit,
        channel=channel,
        who=raw.get("who"),
        answers=answers,
        source=raw["source"],
        also=tuple(raw.get("also", ())),
    )

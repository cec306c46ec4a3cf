"""Kinds of work that rules ask for, and who may stand in for whom, from ``services.toml``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from casework.reference.national import (
    BrokenReference,
    Code,
    CodeList,
    code_list,
    data_folder,
    label_from,
    not_accepted,
    read_toml,
    unique,
)
from casework.terms import Label, _

__all__ = ["Service", "service_list", "services", "stand_ins"]


@dataclass(frozen=True, slots=True)
class Service:
    """One kind of work.

    Attributes
    ----------
    by_contact : bool
        Whether an ordinary contact answers it by itself; else whoever records it must say so.
    """

    code: str
    label: Label
    source: str
    by_contact: bool = True


@cache
def services() -> dict[str, Service]:
    """Give the kinds of work by code, in the order of the file."""
    path = data_folder() / "reference" / "services.toml"
    found = []
    for entry in read_toml(path)["service"]:
        name = f"service {entry.get('code')}"
        if not entry.get("source"):
            raise BrokenReference(path, name, _("has no {name}. Add it.", name="source"))
        label = label_from(path, name, entry.get("label"))
        by_contact = bool(entry.get("by_contact", True))
        found.append(Service(str(entry["code"]), label, entry["source"], by_contact))
    unique(path, "service", (one.code for one in found))
    return {one.code: one for one in found}


@cache
def service_list() -> CodeList:
    """Give the kinds of work as a code list, for whatever offers or reads them by name."""
    entries = tuple(Code(one.code, one.label) for one in services().values())
    label = Label(zh="服务", en="service")
    return CodeList("service", label, entries, ordered=False, source="services.toml")


@cache
def stand_ins() -> dict[str, frozenset[str]]:
    """Tell whose contact also counts where somebody else was planned: actor to other actors."""
    path = data_folder() / "reference" / "services.toml"
    actors = {one.code for one in code_list("actor").entries}
    found: dict[str, frozenset[str]] = {}
    for actor, others in read_toml(path).get("stand_ins", {}).items():
        if {actor, *others} - actors:
            raise BrokenReference(
                path,
                f"stand_ins {actor}",
                not_accepted("stand_ins", min({actor, *others} - actors), actors),
            )
        found[actor] = frozenset(others)
    return found

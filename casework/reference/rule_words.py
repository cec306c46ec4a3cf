"""Words of rule conditions beside the facts, from ``rule_words.toml``: how each is called."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from casework.reference.national import (
    BrokenReference,
    data_folder,
    label_from,
    not_accepted,
    read_toml,
    unique,
)
from casework.terms import Label

__all__ = ["RuleWord", "rule_words"]

_KINDS = ("name", "function", "group")


@dataclass(frozen=True, slots=True)
class RuleWord:
    """One word of conditions.

    Attributes
    ----------
    kind : {"name", "function", "group"}
    help : Label or None
        What it means, where the label does not say it.
    example : str
        A condition with it, as written in Chinese; may be empty.
    """

    code: str
    kind: str
    label: Label
    help: Label | None = None
    example: str = ""


@cache
def rule_words() -> dict[str, RuleWord]:
    """Give the words by kind and code (``group:branch``), in the order of the file."""
    path = data_folder() / "reference" / "rule_words.toml"
    found = []
    for entry in read_toml(path)["word"]:
        name = f"word {entry.get('code')}"
        if entry.get("kind") not in _KINDS:
            raise BrokenReference(path, name, not_accepted("kind", entry.get("kind"), _KINDS))
        told = label_from(path, name, entry["help"]) if entry.get("help") else None
        label = label_from(path, name, entry.get("label"))
        found.append(
            RuleWord(entry["code"], entry["kind"], label, told, str(entry.get("example", "")))
        )
    unique(path, "word", (f"{one.kind}:{one.code}" for one in found))
    return {f"{one.kind}:{one.code}": one for one in found}

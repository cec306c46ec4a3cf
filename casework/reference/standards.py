"""Standards of an agency: what may be given for what, to whom, since when, under which clause.

Decides what ``standards.toml`` of the agency's folder must say to be used; leaves reading the
conditions to the rules, and keeping the standards, with what was paid under them, to the workbook.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from casework.reference.national import (
    BrokenReference,
    code_list,
    data_folder,
    label_from,
    not_accepted,
    read_toml,
)
from casework.terms import Label, _

__all__ = ["StandardEntry", "standards"]

_PERIODS = ("once", "year", "month", "day", "occasion")
_KNOWN = {
    "code", "kind", "label", "per", "amount_fen", "ceiling_fen", "exclusive", "who", "since",
    "until", "clause", "source",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class StandardEntry:
    """One standard for the days on which it holds (inclusive).

    Attributes
    ----------
    kind : str
        Of the code list ``payment_kind``.
    per : {"once", "year", "month", "day", "occasion"}
        How often it is due.
    amount_fen, ceiling_fen : int or None
        What is owed, or up to which is given, in fen; exactly one of the two. 1 yuan = 100 fen.
    exclusive : str
        Of the standards with the same word, a person has one at a time; its code unless said.
    who : str or None
        Condition in the language of rules; None for everybody in care.
    """

    code: str
    kind: str
    label: Label
    per: str
    amount_fen: int | None
    ceiling_fen: int | None
    exclusive: str
    who: str | None
    since: date
    until: date | None
    clause: str


@cache
def standards(agency: str) -> tuple[StandardEntry, ...]:
    """Give the standards of an agency by code and day; none where its folder has no file.

    Raises
    ------
    BrokenReference
        If an entry lacks something, two of a code hold on one day, or standards of which a person
        has one at a time are due differently often.
    """
    path = data_folder() / "agencies" / agency / "standards.toml"
    if not path.exists():
        return ()
    found = sorted(
        (_entry(path, raw) for raw in read_toml(path).get("standard", ())),
        key=lambda one: (one.code, one.since),
    )
    _check_together(path, found)
    return tuple(found)


def _entry(path: Path, raw: Mapping[str, Any]) -> StandardEntry:
    name = f"standard {raw.get('code')}"
    missing = {"code", "kind", "per", "since", "clause", "source"} - {
        k for k, v in raw.items() if v
    }
    if missing or set(raw) - _KNOWN:
        raise BrokenReference(
            path,
            name,
            _(
                "lacks {missing}; does not know {odd}.",
                missing=", ".join(sorted(missing)) or "—",
                odd=", ".join(sorted(set(raw) - _KNOWN)) or "—",
            ),
        )
    if raw["kind"] not in {one.code for one in code_list("payment_kind").entries}:
        raise BrokenReference(
            path,
            name,
            not_accepted(
                "kind", raw["kind"], [one.code for one in code_list("payment_kind").entries]
            ),
        )
    if raw["per"] not in _PERIODS:
        raise BrokenReference(path, name, not_accepted("per", raw["per"], _PERIODS))
    limits = [raw.get("amount_fen"), raw.get("ceiling_fen")]
    if sum(one is not None for one in limits) != 1 or not all(
        type(one) is int and one > 0 for one in limits if one is not None
    ):
        raise BrokenReference(
            path, name, _("needs either amount_fen or ceiling_fen, a whole number of fen.")
        )
    if raw.get("until") is not None and raw["until"] < raw["since"]:
        raise BrokenReference(path, name, _("ends before it begins. Correct since or until."))
    return StandardEntry(
        code=raw["code"],
        kind=raw["kind"],
        label=label_from(path, name, raw.get("label")),
        per=raw["per"],
        amount_fen=limits[0],
        ceiling_fen=limits[1],
        exclusive=raw.get("exclusive", raw["code"]),
        who=raw.get("who"),
        since=raw["since"],
        until=raw.get("until"),
        clause=raw["clause"],
    )


def _check_together(path: Path, found: Sequence[StandardEntry]) -> None:
    for before, after in pairwise(found):
        if before.code == after.code and (before.until is None or before.until >= after.since):
            raise BrokenReference(
                path,
                f"standard {after.code}",
                _("two values hold on {day}. End the older one before.", day=after.since),
            )
    due: dict[str, tuple[str, str]] = {}
    for one in found:
        if due.setdefault(one.exclusive, (one.kind, one.per)) != (one.kind, one.per):
            raise BrokenReference(
                path,
                f"standard {one.code}",
                _(
                    "kind and per differ from the others of {name}, of which a person has one at "
                    "a time.",
                    name=one.exclusive,
                ),
            )

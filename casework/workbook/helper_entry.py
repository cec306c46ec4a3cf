"""Entries of the register of helpers: what they may say, and how they are written.

Decides what is refused, and that a term follows another with a day. Nothing is deleted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry
from casework.identifiers import read_phones
from casework.records import HelperCheck, HelperTerm, covers
from casework.records.base import now
from casework.records.helpers import HELPER_CHECKS, HELPER_SOURCES, HELPER_TERMS
from casework.reference import code_list
from casework.reference.pairing import PairingRules
from casework.routing.week.hours import read_hours
from casework.terms import _
from casework.workbook.helper_rows import CheckEntry, HelperEntry
from casework.workbook.places import point_from

__all__ = ["checked_check", "checked_entry", "term_holds", "write_checks", "write_terms"]

_LONGEST = 200


def checked_entry(entry: HelperEntry, rules: PairingRules) -> HelperEntry:
    """Give an entry as it is kept, or refuse what cannot be.

    Raises
    ------
    InvalidEntry
        With the field that is wrong.
    """
    told: dict[str, Any] = {
        key: (value.strip() or None) if isinstance(value, str) else value
        for key, value in asdict(entry).items()
    }
    if not told["name"]:
        raise InvalidEntry(_("A name is missing."), "name")
    for key in ("name", "unit", "community", "phone", "place"):
        if told[key] and len(told[key]) > _LONGEST:
            raise InvalidEntry(
                _("Write a few words, not more than 200 characters."), key, told[key][:40]
            )
    if told["kind"] not in rules.kinds:
        known = "、".join(str(one.label) for one in rules.kinds.values())
        raise InvalidEntry(
            _("“{value}” is no kind of helper. Accepted: {known}.", value=told["kind"] or "",
              known=known),
            "kind", told["kind"],
        )  # fmt: skip
    if told["source"] not in (None, *HELPER_SOURCES):
        raise InvalidEntry(_("Choose who sends them."), "source", told["source"])
    if told["sex"] not in (None, *(one.code for one in code_list("sex").entries)):
        raise InvalidEntry(_("Choose one of those listed."), "sex", told["sex"])
    if told["phone"] and not _is_phone(told["phone"]):
        raise InvalidEntry(
            _(
                "“{value}” is no telephone number. Accepted: a mobile of 11 digits, or area "
                "code and number.",
                value=told["phone"][:40],
            ),
            "phone",
        )
    if told["place"] and point_from(told["place"]) is None:
        raise InvalidEntry(
            _("Write a place as latitude,longitude, for example 31.654,120.752."), "place",
            told["place"],
        )  # fmt: skip
    if told["max_people"] is not None and not 0 <= told["max_people"] <= 999:
        raise InvalidEntry(_("Enter a number from 0 to 999."), "max_people")
    told["terms"] = {kind: _term_values(kind, values) for kind, values in entry.terms.items()}
    return HelperEntry(**told)


def _term_values(kind: str, values: Sequence[str]) -> tuple[str, ...]:
    if kind not in HELPER_TERMS:
        raise InvalidEntry(_("There is no such entry any more."), kind)
    kept = tuple(dict.fromkeys(one.strip() for one in values if one.strip()))
    for one in kept:
        if len(one) > _LONGEST:
            raise InvalidEntry(
                _("Write a few words, not more than 200 characters."), kind, one[:40]
            )
        if kind == "hours":
            read_hours(one)
    return kept


def checked_check(entry: CheckEntry, today: date) -> None:
    """Refuse a vetting, training or review that cannot be."""
    if entry.kind not in HELPER_CHECKS or entry.outcome not in ("passed", "failed"):
        raise InvalidEntry(_("Choose one of those listed."), "kind", entry.kind)
    if entry.done_on > today:
        raise InvalidEntry(_("This day lies in the future. Choose today or earlier."), "done_on")
    if entry.valid_until is not None and entry.valid_until < entry.done_on:
        raise InvalidEntry(
            _("The last day is before the first. Choose a later one."), "valid_until"
        )
    if entry.minutes is not None and not 0 < entry.minutes <= 60_000:
        raise InvalidEntry(_("Enter the hours of the training, above 0."), "hours")


def write_terms(
    session: Session, helper_id: int, told: Mapping[str, Sequence[str]], day: date, by: str
) -> list[int]:
    """Let terms hold from a day on in the place of those that held; the same ones stay.

    Gives the numbers of the new ones.
    """
    if not told:
        return []
    held = session.scalars(
        select(HelperTerm).where(
            HelperTerm.helper_id == helper_id,
            HelperTerm.kind.in_(list(told)),
            term_holds(day),
        )
    ).all()
    for one in held:
        if one.value in told[one.kind]:
            continue
        if one.valid_from is not None and one.valid_from >= day:
            one.superseded_at = now()
        else:
            one.valid_to = day - timedelta(days=1)
    known = {(one.kind, one.value) for one in held}
    made = [
        HelperTerm(helper_id=helper_id, kind=kind, value=value, valid_from=day, recorded_at=now(),
                   recorded_by=by)
        for kind, values in told.items()
        for value in values
        if (kind, value) not in known
    ]  # fmt: skip
    session.add_all(made)
    session.flush()
    return [one.id for one in made]


def write_checks(
    session: Session, helper_id: int, entries: Sequence[CheckEntry], by: str
) -> list[int]:
    """Write down vettings, trainings and reviews, and give their numbers."""
    rows = [
        HelperCheck(helper_id=helper_id, recorded_at=now(), recorded_by=by, **asdict(one))
        for one in entries
    ]
    session.add_all(rows)
    session.flush()
    return [one.id for one in rows]


def _is_phone(text: str) -> bool:
    found = read_phones(text)
    return not found.bad and bool(found.mobiles or found.landlines)


def term_holds(day: date) -> ColumnElement[bool]:
    """Tell which terms hold on a day; over `HelperTerm`."""
    return and_(
        HelperTerm.superseded_at.is_(None),
        covers(HelperTerm.valid_from, HelperTerm.valid_to, day),  # type: ignore[arg-type]
    )

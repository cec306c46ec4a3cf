"""What a sheet for somebody outside says of one kind of data: plain names with plain values.

Decides which fields of the dossier are of which kind; the facts follow the reference data, so that
a new fact belongs to a kind before it can be given to anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.instruments.library import instruments
from casework.records import PersonIdentifier, PlanItem, ServicePlan, in_force_on
from casework.reference import code_list
from casework.reference.privacy import data_kinds
from casework.terms import _
from casework.workbook.assessing import view_of
from casework.workbook.dossier import Dossier

__all__ = ["SheetRow", "rows_of_kind"]


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One line of a sheet: the code of the field, its name and its value in words."""

    code: str
    label: str
    value: str


def rows_of_kind(session: Session, dossier: Dossier, kind: str) -> tuple[SheetRow, ...]:
    """Give everything known that is of one kind of data, and nothing else.

    Parameters
    ----------
    kind : str
        Code of a kind of data.
    """
    more = _MORE.get(kind)
    found = list(more(session, dossier)) if more else []
    for code in data_kinds()[kind].facts:
        if code in _TOLD_BY_THE_PERSON:
            continue
        field = dossier.field(code)
        if field.shown:
            found.append(SheetRow(code, str(field.definition.label), field.shown))
    return tuple(found)


_TOLD_BY_THE_PERSON = ("birth_date_file", "birth_date_id", "sex_file")
"""Said once, by the official birth date and sex of the person."""


def _identity(_session: Session, dossier: Dossier) -> Iterator[SheetRow]:
    yield SheetRow("name", _("Name"), dossier.name)
    if dossier.sex:
        yield SheetRow("sex", _("Sex"), code_list("sex").label_of(dossier.sex))
    first, last = dossier.born_on_earliest, dossier.born_on_latest
    if first is not None and last is not None:
        born = first.isoformat() if first == last else f"{first:%Y-%m}"
        yield SheetRow("born_on", _("Born"), born)


def _number(session: Session, dossier: Dossier) -> Iterator[SheetRow]:
    held = session.scalars(
        select(PersonIdentifier).where(
            PersonIdentifier.person_id == dossier.person_id,
            PersonIdentifier.kind == "resident_id",
            PersonIdentifier.superseded_at.is_(None),
            PersonIdentifier.normal.is_not(None),
        )
    ).first()
    if held is not None:
        yield SheetRow("resident_id", _("Resident ID"), str(held.normal))


def _family(_session: Session, dossier: Dossier) -> Iterator[SheetRow]:
    relations = code_list("relationship")
    for one in dossier.related:
        words = (relations.label_of(one.relationship) if one.relationship else "", one.phone or "")
        told = "，".join(word for word in (one.name, *words) if word)
        yield SheetRow("related_person", _("Family"), told)


def _health(_session: Session, dossier: Dossier) -> Iterator[SheetRow]:
    for one in dossier.assessments:
        seen = view_of(one)
        if seen.label:
            known = instruments().get(one.instrument)
            told = f"{seen.label}（{one.assessed_on.isoformat()}）"
            yield SheetRow("assessment", str(known.label) if known else one.instrument, told)


def _wishes(_session: Session, dossier: Dossier) -> Iterator[SheetRow]:
    for wish in dossier.wishes:
        yield SheetRow("wish", _("Wish"), wish.text)


def _services(session: Session, dossier: Dossier) -> Iterator[SheetRow]:
    items = (
        select(PlanItem.title)
        .join(ServicePlan, ServicePlan.id == PlanItem.plan_id)
        .where(
            ServicePlan.person_id == dossier.person_id,
            in_force_on(dossier.as_of),
            PlanItem.state != "declined",
        )
        .order_by(PlanItem.id)
    )
    for title in session.scalars(items):
        yield SheetRow("plan_item", _("Service"), title)


def _apart(session: Session, dossier: Dossier) -> Iterator[SheetRow]:
    """Say that it is handed over apart: the workbook holds none of it."""
    yield SheetRow("apart", _("Handed over apart"), _("see what is attached"))


_MORE: dict[str, Callable[[Session, Dossier], Iterator[SheetRow]]] = {
    "identity": _identity,
    "number": _number,
    "family": _family,
    "health": _health,
    "wishes": _wishes,
    "services": _services,
    "image": _apart,
    "story": _apart,
}

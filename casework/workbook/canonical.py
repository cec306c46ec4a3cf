"""People as other programs read them: one row each, the columns of design.md section 5."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from casework.factvalues import iso_of
from casework.records import Fact, Person, PersonIdentifier, holds_on, in_care_on
from casework.reference import code_list, fact

__all__ = ["CANONICAL_COLUMNS", "OF_OTHER_ROW", "canonical_people"]

CANONICAL_COLUMNS = (
    "person_id",
    "name",
    "sex",
    "birth_date",
    "resident_id",
    "category",
    "unit",
    "community",
    "living",
    "health",
    "conditions",
    "medicines",
    "hobbies",
    "party_member",
    "mobile",
    "landline",
    "level",
)
_FACTS = {
    "category": "category",
    "unit": "unit",
    "community": "community",
    "living": "living",
    "health": "health",
    "conditions": "condition",
    "medicines": "medicine",
    "hobbies": "hobby",
    "mobile": "mobile",
    "landline": "landline",
    "level": "level",
}
_MEMBERS = ("01", "02")
# Note of a telephone number that only a merged row gave: kept, but not certainly the person's.
OF_OTHER_ROW = "merged row"


def canonical_people(session: Session, as_of: date) -> Iterator[dict[str, object]]:
    """Give the people in care on a day, in the order of their numbers.

    Values are Chinese, as the rosters have them, whatever the language of the screen; several
    values are joined by ``;``, what is not known is empty. A telephone number that only a merged
    row gave is in the dossier and not here.
    """
    in_care = select(Person.id).where(in_care_on(as_of))
    known: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    wanted = [*_FACTS.values(), "political_status"]
    for person_id, code, value in session.execute(
        select(Fact.person_id, Fact.code, Fact.value)
        .where(Fact.person_id.in_(in_care), Fact.code.in_(wanted), holds_on(as_of))
        .where(or_(Fact.note.is_(None), Fact.note.not_like(f"{OF_OTHER_ROW} %")))
        .order_by(Fact.id)
    ):
        known[person_id][code].append(value)
    numbers: dict[int, str] = {}
    for person_id, normal, typed in session.execute(
        select(PersonIdentifier.person_id, PersonIdentifier.normal, PersonIdentifier.value).where(
            PersonIdentifier.person_id.in_(in_care),
            PersonIdentifier.kind == "resident_id",
            PersonIdentifier.superseded_at.is_(None),
        )
    ):
        numbers[person_id] = normal or typed
    people = select(Person).where(Person.id.in_(in_care)).order_by(Person.id)
    for person in session.scalars(people):
        held = known[person.id]
        yield {
            "person_id": person.id,
            "name": person.name,
            "sex": _chinese("sex", person.sex),
            "birth_date": _birth(person),
            "resident_id": numbers.get(person.id, ""),
            "party_member": _member(held["political_status"]),
            **{
                column: ";".join(_shown(code, value) for value in held[code] if value)
                for column, code in _FACTS.items()
            },
        }


def _birth(person: Person) -> str:
    if person.born_on_earliest is None or person.born_on_latest is None:
        return ""
    return iso_of(person.born_on_earliest, person.born_on_latest)


def _member(status: list[str]) -> str:
    """Say 1 for a member of the Party, 0 for somebody known to be none, nothing for not known."""
    if not status or code_list("political_status").entry(status[-1]) is None:
        return ""
    return "1" if status[-1] in _MEMBERS else "0"


def _shown(code: str, value: str) -> str:
    listed = fact(code).list
    return _chinese(listed, value) if listed else value


def _chinese(list_code: str, code: str | None) -> str:
    entry = code_list(list_code).entry(code)
    return entry.label.zh if entry else (code or "")

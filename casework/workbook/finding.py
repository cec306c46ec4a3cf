"""Finding a person while the name is being typed: one row a person, one query a keystroke."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Integer, case, delete, false, func, literal, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session, defer
from sqlalchemy.sql.functions import FunctionElement

from casework.factvalues import certain_age
from casework.identifiers import spell_name
from casework.records import Alias, Fact, Person, PersonIdentifier, PersonSearch
from casework.records.bulk import put_rows
from casework.reference import surnames

__all__ = ["Found", "find_people", "refresh_search", "search_conditions"]

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Found:
    """A person in a list of hits.

    Attributes
    ----------
    age : int or None
        Full years on the day asked; None while the birth date is unknown or only its month is.
    matched : str
        What the text was found in: ``name``, ``pinyin``, ``resident_id``, ``phone``, ``unit`` or
        ``community``.
    """

    person_id: int
    name: str
    sex: str | None
    age: int | None
    unit: str
    community: str
    matched: str


def find_people(session: Session, text: str, limit: int, on: date) -> list[Found]:
    """Find people by what was typed, the nearest first; see `People.search`."""
    words = _words(text)
    if not words:
        return []
    row, first, hidden = PersonSearch, words[0], hidden_columns(session)
    steps: list[tuple[Any, int]] = [
        (row.name == first, 0),
        (position(row.name, first) == 1, 1),
        (row.initials == first, 2),
        (position(row.pinyin, first) == 1, 3),
        (position(row.initials, first) == 1, 4),
        (position(row.name, first) > 1, 6),
    ]
    if not _is_among(row.resident_id, hidden):
        steps.insert(5, (func.substr(row.resident_id, 19 - len(first)) == first, 5))
    nearest = (
        select(row)
        .options(*(defer(column, raiseload=True) for column in hidden))
        .where(*search_conditions(text, session))
        .order_by(case(*steps, else_=7), row.pinyin, row.person_id)
    )
    hits = session.scalars(nearest.limit(limit)).all()
    ids = [hit.person_id for hit in hits]
    people = {one.id: one for one in session.scalars(select(Person).where(Person.id.in_(ids)))}
    return [_found(hit, people[hit.person_id], first, on, hidden) for hit in hits]


class position(FunctionElement[int]):
    """Tell where a text begins in a column, from 1; 0 where it does not occur.

    Wildcards are text here, and it costs a third of a LIKE.
    """

    inherit_cache = True
    type = Integer()

    def __init__(self, column: Any, text: str) -> None:
        super().__init__(column, literal(text))


@compiles(position)
def _instr(element: position, compiler: Any, **more: Any) -> str:
    return f"instr({compiler.process(element.clauses, **more)})"


@compiles(position, "postgresql")
def _strpos(element: position, compiler: Any, **more: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **more)})"


def search_conditions(text: str, session: Session | None = None) -> list[ColumnElement[bool]]:
    """Say, over `PersonSearch`, who matches all the words typed; empty for no words."""
    return [_matches(word, hidden_columns(session)) for word in _words(text)]


def hidden_columns(session: Session | None) -> tuple[Any, ...]:
    """Name what people are found by that the rules of the database keep from whoever asks."""
    role = session.info.get("role") if session is not None else None
    if role is None:
        return ()
    numbers = (PersonSearch.resident_id,)
    return numbers if role == "caseworker" else (*numbers, PersonSearch.phones)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\s,，、]+", text.casefold())[:5]


def _matches(word: str, hidden: Collection[Any] = ()) -> ColumnElement[bool]:
    """Say where one word may be found; digits only look at numbers, letters only at pinyin."""
    row = PersonSearch
    if word.isascii() and word.rstrip("x").isdigit():
        numbers = [one for one in (row.resident_id, row.phones) if not _is_among(one, hidden)]
        return or_(false(), *(position(one, word) > 0 for one in numbers))
    if word.isascii():
        return or_(
            position(row.pinyin, word) > 0,
            position(row.initials, word) == 1,
            position(row.initials, f" {word}") > 0,
            position(row.name, word) > 0,
        )
    return or_(
        position(row.name, word) > 0,
        position(row.unit, word) > 0,
        position(row.community, word) > 0,
    )


def _is_among(column: Any, columns: Collection[Any]) -> bool:
    """Tell whether a column is one of some; columns make an expression of ``==``."""
    return any(column is one for one in columns)


def _found(
    hit: PersonSearch, person: Person, word: str, on: date, hidden: Collection[Any]
) -> Found:
    kept = {one.key for one in hidden}
    places = {
        "name": hit.name.casefold(),
        "pinyin": f"{hit.pinyin} {hit.initials}",
        "resident_id": "" if "resident_id" in kept else hit.resident_id,
        "phone": "" if "phones" in kept else hit.phones,
        "unit": hit.unit,
        "community": hit.community,
    }
    return Found(
        person_id=person.id,
        name=person.name,
        sex=person.sex,
        age=certain_age(person.born_on_earliest, person.born_on_latest, on),
        unit=hit.unit,
        community=hit.community,
        matched=next((place for place, held in places.items() if word in held), "name"),
    )


def refresh_search(session: Session, person_ids: Iterable[int] | None = None) -> None:
    """Write anew what these people are found by; None does it for everybody, set by set.

    Parameters
    ----------
    session : Session
        A session inside a transaction; its pending changes are flushed first.
    person_ids : iterable of int or None
    """
    session.flush()
    ids = (
        list(session.scalars(select(Person.id).order_by(Person.id)))
        if person_ids is None
        else sorted(set(person_ids))
    )
    for start in range(0, len(ids), _CHUNK):
        _refresh_chunk(session, ids[start : start + _CHUNK])


def _refresh_chunk(session: Session, ids: list[int]) -> None:
    held = {code: dict[int, list[str]]() for code in ("mobile", "landline", "unit", "community")}
    facts = select(Fact.person_id, Fact.code, Fact.value).where(
        Fact.person_id.in_(ids),
        Fact.code.in_(list(held)),
        Fact.superseded_at.is_(None),
        Fact.valid_to.is_(None),
    )
    for person_id, code, value in session.execute(facts):
        held[code].setdefault(person_id, []).append(value)
    numbers: dict[int, str] = {}
    identifiers = select(
        PersonIdentifier.person_id, PersonIdentifier.normal, PersonIdentifier.value
    ).where(PersonIdentifier.person_id.in_(ids), PersonIdentifier.superseded_at.is_(None))
    under_rules = "role" in session.info  # the database then fills the numbers in by itself
    for person_id, normal, value in () if under_rules else session.execute(identifiers):
        numbers[person_id] = (normal or value).casefold()
    aliases: dict[int, list[str]] = {}
    for person_id, name in session.execute(
        select(Alias.person_id, Alias.name).where(
            Alias.person_id.in_(ids), Alias.superseded_at.is_(None)
        )
    ):
        aliases.setdefault(person_id, []).append(name)
    rows = [
        {
            "person_id": person_id,
            "name": " ".join([name.casefold(), *map(str.casefold, aliases.get(person_id, []))]),
            **_sounds(pinyin, initials, aliases.get(person_id, [])),
            "resident_id": numbers.get(person_id, ""),
            "phones": " ".join(
                "".join(filter(str.isdigit, number))
                for code in ("mobile", "landline")
                for number in held[code].get(person_id, [])
            ),
            "unit": " ".join(held["unit"].get(person_id, [])),
            "community": " ".join(held["community"].get(person_id, [])),
        }
        for person_id, name, pinyin, initials in session.execute(
            select(Person.id, Person.name, Person.name_pinyin, Person.name_initials).where(
                Person.id.in_(ids), Person.merged_into_id.is_(None), Person.withdrawn_at.is_(None)
            )
        )
    ]
    gone = set(ids) - {row["person_id"] for row in rows}
    if gone and not under_rules:
        session.execute(delete(PersonSearch).where(PersonSearch.person_id.in_(gone)))
    elif gone and session.info["role"] == "registrar":
        session.execute(select(func.access.drop_rows("person_search", list(gone))))
    if under_rules:
        rows = [{name: row[name] for name in row if name != "resident_id"} for row in rows]
    columns = list(rows[0]) if rows else []
    put_rows(session, PersonSearch, columns, (tuple(row.values()) for row in rows))


def _sounds(pinyin: str, initials: str, aliases: list[str]) -> dict[str, str]:
    """Write how all names sound, the present one first, a space between them."""
    spelt = [pinyin.replace(" ", "").replace("'", "")]
    heads = [initials]
    for name in aliases:
        sound = spell_name(name, surnames())
        spelt.append(sound.pinyin.replace(" ", ""))
        heads.append(sound.initials)
    return {"pinyin": " ".join(spelt).casefold(), "initials": " ".join(heads).casefold()}

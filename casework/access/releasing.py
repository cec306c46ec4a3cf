"""Making a release: what analysts may read of the people in care, once a month at most.

Decides which columns are released and when; which rows, and how coarsely, is
`casework.access.anonymity`. Only the owner makes one. The ids of its rows are made with a salt that
is thrown away, so that nobody can tell which row of another release they were.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from secrets import token_bytes
from typing import Any

from sqlalchemy import Connection, select, text

from casework.access.anonymity import Row, Told, publishable
from casework.access.installing import rules_present
from casework.errors import NotPermitted
from casework.records.population import ALL, population, population_on
from casework.terms import _

__all__ = ["APART", "Released", "make_release"]

APART = timedelta(days=28)
"""Two releases closer to each other would tell who came and went between them."""

_COLUMNS = ("row_id", "age_band", "sex", "category", "living", "mobility", "hardship")


@dataclass(frozen=True, slots=True)
class Released:
    """What came of a release: how many rows were published, and how many kept back."""

    id: int
    published: int
    kept_back: int


def make_release(connection: Connection, day: date) -> Released:
    """Release the people in care on a day, as far as nobody among them can be told.

    Raises
    ------
    NotPermitted
        If the database has no rules, or there was a release less than four weeks ago.
    """
    if not rules_present(connection):
        raise NotPermitted(
            _("Only a workbook on PostgreSQL with rules of access has releases for analysts.")
        )
    _refuse_too_soon(connection, day)
    people = list(_people(connection, day))
    salt = token_bytes(32)
    rows = [
        dict(zip(_COLUMNS, (_made_up(salt, person), *alike, *row.sensitive), strict=True))
        for (person, row), alike in zip(people, publishable(r for _p, r in people), strict=True)
        if alike is not None
    ]
    made = connection.execute(
        text(
            "INSERT INTO release.made (of_day, published, kept_back) "
            "VALUES (:day, :n, :kept) RETURNING id"
        ),
        {"day": day, "n": len(rows), "kept": len(people) - len(rows)},
    ).scalar_one()
    if rows:
        listed, marks = ", ".join(_COLUMNS), ", ".join(f":{one}" for one in _COLUMNS)
        connection.execute(
            text(f"INSERT INTO release.row (release_id, {listed}) VALUES ({made}, {marks})"),  # noqa: S608
            rows,
        )
    return Released(made, len(rows), len(people) - len(rows))


def _refuse_too_soon(connection: Connection, day: date) -> None:
    last = connection.scalar(text("SELECT max(of_day) FROM release.made"))
    if last is not None and day < last + APART:
        raise NotPermitted(
            _(
                "The last release is of {last}; releases close to each other would tell who came "
                "and went. The next one may be made on {next}.",
                last=last.isoformat(),
                next=(last + APART).isoformat(),
            )
        )


def _people(connection: Connection, day: date) -> Iterator[tuple[int, Row]]:
    told = population().c
    query = select(
        told.person_id,
        told.born_on_latest,
        told.sex,
        told.category,
        told.living,
        told.mobility,
        told[f"hardship{ALL}"],
    ).where(population_on(day))
    for person, born, sex, category, living, mobility, hardship in connection.execute(query):
        yield (
            person,
            Row(
                Told(_age(born, day), sex or "?", category or "?", living or "?"),
                (mobility or "?", _yes_no(hardship)),
            ),
        )


def _age(born: date | None, day: date) -> int | None:
    if born is None:
        return None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _yes_no(codes: Any) -> str:
    """Say whether any hardship is known; "?" where nobody asked."""
    if codes is None:
        return "?"
    return "yes" if str(codes).strip("|") else "no"


def _made_up(salt: bytes, person: int) -> str:
    return sha256(salt + str(person).encode()).hexdigest()[:16]

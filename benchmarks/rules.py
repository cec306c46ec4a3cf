"""Twelve rules for everybody at once, beside the same twelve over a table written by hand.

The peer is what a programmer would write for these rules and no others: one flat table with just
the columns they ask for, and the conditions as SQL. Ours reads the population, where the same
twelve are texts in the language of an agency's rules. Both write for each person which rules hold.
``--large`` runs a million people.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Integer, MetaData, Table, case, insert, literal, text
from sqlalchemy.orm import Session

from benchmarks.table import show
from casework.records.bulk import Encoder, copy_rows
from casework.records.known import known_on
from casework.records.population import population
from casework.rules import parse, subjects_of
from casework.rules.sql import condition
from casework.rules.tree import FIRST_DAY, LAST_DAY
from casework.workbook import Workbook, open_workbook
from casework.workbook.policy import vocabulary_of

SIZES = (6_000, 60_000)
LARGE = 1_000_000
TIMES = 3
TODAY = date(2025, 3, 3)
JOINING = timedelta(days=6_900)
OURS = (
    "age >= 80",
    "age >= 90 or health in ('disabled', 'bedridden')",
    "living = 'alone' and age >= 75",
    "living in ('alone', 'empty_nest') and health >= 'poor'",
    "category = 'retired_veteran' and political_status = '01'",
    "hospital_status = 'inpatient'",
    "since(joined_on) >= 70 years",
    "fall_last_year and not mobility = 'free'",
    "children_nearby is unknown or not children_nearby",
    "category in ('retired', 'retired_veteran') and not health = 'good'",
    "age_this_year >= 85 and living != 'care_home'",
    "health >= 'poor' or mobility >= 'accompanied' or hospital_status = 'long_term'",
)
COLUMNS = (
    "born", "health", "living", "category", "political_status", "hospital_status", "joined_on",
    "fall_last_year", "mobility", "children_nearby",
)  # fmt: skip
WORDS = {
    "health": ("good", "fair", "average", "poor", "disabled", "bedridden", None),
    "living": ("alone", "empty_nest", "with_spouse", "with_children", "care_home", None),
    "category": ("retired_veteran", "retired", "retired", "surviving_spouse"),
    "political_status": ("01", "13", None),
    "hospital_status": ("no", "no", "no", "inpatient", "long_term", None),
    "mobility": ("free", "aided", "accompanied", "housebound", "bedbound", None),
}
UNWELL = "health IN ('poor', 'disabled', 'bedridden')"
BY_HAND = (
    "born <= '1945-03-03'",
    "born <= '1935-03-03' OR health IN ('disabled', 'bedridden')",
    "living = 'alone' AND born <= '1950-03-03'",
    f"living IN ('alone', 'empty_nest') AND {UNWELL}",
    "category = 'retired_veteran' AND political_status = '01'",
    "hospital_status = 'inpatient'",
    "joined_on <= '1955-03-03'",
    "fall_last_year = 1 AND mobility <> 'free'",
    "children_nearby IS NULL OR children_nearby = 0",
    "category IN ('retired', 'retired_veteran') AND health <> 'good'",
    "born <= '1940-12-31' AND living <> 'care_home'",
    f"{UNWELL} OR mobility IN ('accompanied', 'housebound', 'bedbound')"
    " OR hospital_status = 'long_term'",
)


def measure(*, large: bool = False) -> None:
    """Print the seconds of both, on each database, as the number of people grows."""
    for name in ("SQLite", "PostgreSQL"):
        rows: list[list[object]] = []
        for size in (*SIZES, LARGE) if large else SIZES:
            with _database(name) as address:
                rows.append([size, *_both(address, size)])
            before = rows[-2][2] if len(rows) > 1 else None
            rows[-1].append(rows[-1][2] / before if isinstance(before, float) else "–")
        heads = ["people", "by hand", "ours", "ratio", "holds", "the same answers", "growth"]
        show(f"Twelve rules for everybody, {name}, seconds, median of three", heads, rows)


@contextmanager
def _database(name: str) -> Iterator[str]:
    """Give the address of an empty database of a kind, for as long as it is measured."""
    if name == "SQLite":
        with tempfile.TemporaryDirectory() as folder:
            yield str(Path(folder) / "rules.sqlite")
        return
    from tests.servers import a_postgres_server

    with a_postgres_server() as server:
        yield server.url(server.database())


def _both(address: str, size: int) -> list[object]:
    book = open_workbook(address, agency="changshu", today=TODAY)
    try:
        with book.transaction() as session:
            _fill(session, size)
        with book.engine.begin() as connection:
            connection.execute(text("ANALYZE"))
        hand, by_hand = _timed(book, _by_hand())
        ours, by_us = _timed(book, _ours(book))
    finally:
        book.close()
    return [hand, ours, ours / hand, by_us, "yes" if by_hand == by_us else "NO"]


def _timed(book: Workbook, statement: str | Any) -> tuple[float, int]:
    """Give the median of writing a table person and mask, and the sum of the masks' bits."""
    taken, n = [], 0
    for _n in range(TIMES):
        with Session(book.engine) as session:
            session.execute(text("DROP TABLE IF EXISTS answer"))
            session.execute(text("CREATE TABLE answer (person_id INTEGER, mask INTEGER)"))
            begun = time.perf_counter()
            session.execute(statement)
            taken.append(time.perf_counter() - begun)
            n = session.scalar(text("SELECT sum(mask) FROM answer")) or 0
            session.rollback()
    return statistics.median(taken), int(n)


def _by_hand() -> Any:
    mask = " + ".join(
        f"CASE WHEN {one} THEN {2**place} ELSE 0 END" for place, one in enumerate(BY_HAND)
    )
    return text(f"INSERT INTO answer SELECT id, {mask} FROM flat")  # noqa: S608  (written above)


def _ours(book: Workbook) -> Any:
    words = vocabulary_of(book.agency, TODAY)
    nodes = [parse(one, words) for one in OURS]
    asked = frozenset().union(*(subjects_of(one) for one in nodes))
    known = known_on(asked, TODAY, outcomes=book.agency.counting.outcomes)
    mask: Any = literal(0, Integer())
    for place, node in enumerate(nodes):
        mask = mask + case((condition(node, known.columns, TODAY), 2**place), else_=0)
    answer = Table("answer", MetaData(), Column("person_id", Integer), Column("mask", Integer))
    return insert(answer).from_select(["person_id", "mask"], known.select(known.person_id, mask))


def _fill(session: Session, size: int) -> None:
    """Write the same people into both tables: the flat one, and the population."""
    columns = ", ".join(
        f"{one} {'INTEGER' if one in ('fall_last_year', 'children_nearby') else 'TEXT'}"
        for one in COLUMNS
    )
    session.execute(text(f"CREATE TABLE flat (id INTEGER PRIMARY KEY, {columns})"))
    people = list(_people(size))
    marks = ", ".join(f":{one}" for one in ("id", *COLUMNS))
    session.execute(text(f"INSERT INTO flat VALUES ({marks})"), people)  # noqa: S608
    encoder = Encoder(session)
    first, last = encoder.day(FIRST_DAY), encoder.day(LAST_DAY)
    table = population().c
    same = [name for name in COLUMNS if name in table]
    names = ["last_day", "person_id", "first_day", "born_on_earliest", "born_on_latest",
             "joined_on__from", "joined_on__to", *same]  # fmt: skip
    day = {
        one: encoder.day(date.fromisoformat(one))
        for person in people
        for one in (person["born"], person["joined_on"])
        if one
    }
    rows = (
        (last, one["id"], first, *(day.get(one["born"]),) * 2, *(day.get(one["joined_on"]),) * 2,
         *(one[name] for name in same))
        for one in people
    )  # fmt: skip
    copy_rows(session, population(), names, rows)


def _people(size: int) -> Iterator[dict[str, Any]]:
    luck = random.Random(1)
    for number in range(1, size + 1):
        born = date(1920, 1, 1) + timedelta(days=luck.randrange(14_000))
        yield {
            "id": number,
            "born": born.isoformat() if luck.random() > 0.01 else None,
            "joined_on": (born + timedelta(days=6_900)).isoformat()
            if luck.random() > 0.3
            else None,
            "fall_last_year": luck.choice((0, 1, None)),
            "children_nearby": luck.choice((0, 1, None)),
            **{name: luck.choice(values) for name, values in WORDS.items()},
        }


if __name__ == "__main__":
    measure(large="--large" in sys.argv)

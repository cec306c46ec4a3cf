"""Finding a person while typing: seconds a keystroke, as the number of people grows."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.table import show
from casework.demo import make_demo
from casework.workbook import Workbook

SIZES = (500, 5_500, 50_000)


def measure() -> None:
    """Type names, initials, digits and places letter by letter, and print the medians."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            book = make_demo(str(Path(folder) / f"{size}.sqlite"), people=size, history=False)
            taken = {kind: _typed(book, words) for kind, words in _words(book).items()}
            worst = max(max(seconds) for seconds in taken.values())
            medians = [statistics.median(seconds) * 1000 for seconds in taken.values()]
            rows.append([size, *medians, worst * 1000])
            book.close()
    heads = ["people", "name", "pinyin", "initials", "ID digits", "phone", "place", "worst"]
    show("Search as you type, SQLite, milliseconds a keystroke (median)", heads, rows)


def _words(book: Workbook) -> dict[str, list[str]]:
    """Take what to type from people who are there."""
    roll = book.people.roll(limit=12, offset=3).rows
    with book.reading() as session:
        from sqlalchemy import select

        from casework.records import PersonSearch

        ids = [one.person_id for one in roll]
        held = list(session.scalars(select(PersonSearch).where(PersonSearch.person_id.in_(ids))))
    return {
        "name": [one.name for one in held],
        "pinyin": [one.pinyin for one in held],
        "initials": [one.initials for one in held],
        "ID digits": [one.resident_id[-4:] for one in held if one.resident_id],
        "phone": [one.phones[:11] for one in held if one.phones],
        "place": [one.community for one in held if one.community],
    }


def _typed(book: Workbook, words: list[str]) -> list[float]:
    taken = []
    for word in words:
        for end in range(1, len(word) + 1):
            begun = time.perf_counter()
            book.people.search(word[:end])
            taken.append(time.perf_counter() - begun)
    return taken

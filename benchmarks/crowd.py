"""A crowd of invented people with a year of contacts and two of tasks, for measurements.

Per person 25 facts, 12 contacts and 40 tasks: 50,000 people have 600,000 contacts and 2 million
tasks. Written with plain inserts, since the door would take hours.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

from casework.workbook import open_workbook

__all__ = ["DAY", "write_crowd"]

DAY = date(2025, 3, 3)
MOMENT = "2025-01-02T00:00:00+00:00"
WORDS = {
    "category": ("retired_veteran", "retired", "retired"),
    "unit": ("市水利局",),
    "level": ("county_head",),
    "joined_on": ("1948-05",),
    "political_status": ("01", "13"),
    "living": ("alone", "empty_nest", "with_spouse", "with_children", "care_home"),
    "address": ("某路 1 号",),
    "community": ("五星社区",),
    "mobile": ("13800000000",),
    "health": ("good", "fair", "average", "poor", "disabled", "bedridden"),
    "condition": ("高血压", "糖尿病", "冠心病"),
    "medicine": ("阿司匹林",),
    "difficulty": ("",),
    "hardship": ("", "poor", "illness"),
    "hobby": ("书法", "象棋"),
    "learning_mode": ("class", "home"),
    "wishes_asked": ("yes",),
    "ethnicity": ("汉族",),
    "native_place": ("常熟",),
    "education": ("大专",),
    "marital_status": ("20", "30"),
    "landline": ("0512-52770000",),
    "hospital": ("人民医院",),
    "mobility": ("free", "aided"),
    "activity": ("门球",),
}
CHANNELS = ("home_visit", "phone", "phone", "wechat", "meeting", "hospital_visit")
OUTCOMES = ("reached",) * 8 + ("proxy", "not_reached")
SERVICES = ("visit", "call", "talk", "festival", "birthday", "review")


def write_crowd(database: Path, size: int, seed: int = 1) -> None:
    """Found a workbook at a place where there is none, and fill it."""
    open_workbook(str(database), agency="changshu", today=DAY).close()
    luck = random.Random(seed)
    with closing(sqlite3.connect(database)) as connection, connection:
        units = [row[0] for row in connection.execute("SELECT id FROM organisation")]
        connection.executemany(
            "INSERT INTO staff(login, name, role) VALUES (?, ?, 'caseworker')",
            ((f"s{n}", f"工作员{n}") for n in range(max(5, size // 60))),
        )
        workers = max(5, size // 60)
        for statement, rows in (
            (
                "INSERT INTO person(name, name_pinyin, name_initials, sex, born_on_earliest,"
                " born_on_latest, unit_id, version) VALUES (?, ?, '', ?, ?, ?, ?, 1)",
                _people(luck, size, units),
            ),
            ("INSERT INTO case_file(person_id) VALUES (?)", ((n,) for n in range(1, size + 1))),
            (
                "INSERT INTO fact(person_id, code, value, recorded_at, recorded_by, source,"
                " verified_on) VALUES (?, ?, ?, ?, 'crowd', 'crowd', ?)",
                _facts(luck, size),
            ),
            (
                "INSERT INTO contact(client_key, happened_on, channel, actor, initiated_by,"
                " recorded_at, recorded_by, row_version)"
                " VALUES (?, ?, ?, 'caseworker', 'staff', ?, 'crowd', 1)",
                _contacts(luck, size),
            ),
            (
                "INSERT INTO contact_person(contact_id, person_id, outcome) VALUES (?, ?, ?)",
                _served(luck, size),
            ),
            (
                "INSERT INTO task(person_id, item_key, period, service, actor, priority, opens_on,"
                " due_on, done_on, owner_id, in_force_from, made_at)"
                " VALUES (?, ?, ?, ?, 'caseworker', 3, ?, ?, ?, ?, ?, ?)",
                _tasks(luck, size, workers),
            ),
        ):
            connection.executemany(statement, rows)
    open_workbook(str(database), today=DAY).close()  # brings the population up to date


def _ago(days: int) -> str:
    return (DAY - timedelta(days=days)).isoformat()


def _people(luck: random.Random, size: int, units: list[int]) -> Iterator[tuple[object, ...]]:
    for n in range(size):
        first = last = (date(1920, 1, 1) + timedelta(days=luck.randrange(14_000))).isoformat()
        if luck.random() < 0.02:
            first, last = f"{first[:8]}01", f"{first[:8]}28"
        known = luck.random() > 0.01
        yield (
            f"测{n}",
            f"ce {n}",
            luck.choice("12") if known else None,
            first if known else None,
            last if known else None,
            luck.choice(units),
        )


def _facts(luck: random.Random, size: int) -> Iterator[tuple[object, ...]]:
    for person in range(1, size + 1):
        for code, values in WORDS.items():
            if luck.random() > 0.1:
                verified = _ago(luck.randrange(800)) if luck.random() < 0.7 else None
                yield (person, code, luck.choice(values), MOMENT, verified)


def _contacts(luck: random.Random, size: int) -> Iterator[tuple[object, ...]]:
    days = sorted((luck.randrange(365) for _n in range(12 * size)), reverse=True)
    for n, days_ago in enumerate(days):
        yield (f"crowd-{n}", _ago(days_ago), luck.choice(CHANNELS), MOMENT)


def _served(luck: random.Random, size: int) -> Iterator[tuple[object, ...]]:
    for contact in range(1, 12 * size + 1):
        yield (contact, 1 + luck.randrange(max(1, size * 93 // 100)), luck.choice(OUTCOMES))


def _tasks(luck: random.Random, size: int, workers: int) -> Iterator[tuple[object, ...]]:
    for person in range(1, size + 1):
        for n in range(40):
            due = luck.randrange(-365, 365)
            opens = due - luck.choice((7, 15, 30))
            done = None
            if due < 0 and luck.random() < 0.97:
                done = _ago(-due + luck.randrange(7))
            elif opens < 0 < due and luck.random() < 0.5:
                done = _ago(-opens)
            yield (
                person,
                f"rule:{n % 20}",
                str(n),
                luck.choice(SERVICES),
                _ago(-opens),
                _ago(-due),
                done,
                luck.randrange(1, workers + 1),
                _ago(400),
                MOMENT,
            )

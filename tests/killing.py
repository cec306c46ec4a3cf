"""Saving while somebody kills: writers in processes of their own, ended at random moments.

Each writer saves contacts through the door and tells when one is acknowledged. Processes are forked
from one that has imported everything, so that a hundred kills take seconds. Run by the tests with a
few kills, by ``run.py bench kills`` with a hundred.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select, text

from casework.records import Case, ChangeLog, Contact, ContactPerson, Person
from casework.workbook import Workbook, open_workbook
from casework.workbook.contacts import ContactEntry, PersonEntry

TODAY = date(2025, 3, 3)
_LONGEST_SECONDS = 60.0
_CLOSES = (
    "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); "
    "c.execute('SELECT count(*) FROM setting').fetchone(); c.close()"
)


@dataclass
class Toll:
    """What came of it: all but the first two must stay 0, for whatever number of kills."""

    kills: int = 0
    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    half: int = 0
    errors: int = 0
    findings: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return self.acknowledged > 0 and not (
            self.lost or self.doubled or self.half or self.errors or self.findings
        )


def kill_writers(url: str, kills: int, seed: int = 1) -> Toll:
    """Kill a writer so many times; what was not acknowledged is saved again by the next one.

    On PostgreSQL the server's process that serves the writer is killed, which ends all of them: the
    server recovers as after a crash.
    """
    chance, toll = random.Random(seed), Toll()
    person = _a_person(url)
    begun: list[str] = []
    acknowledged: list[str] = []
    for _ in range(kills):
        unsure = begun[-1] if begun and begun[-1] not in acknowledged[-1:] else None
        saved, started = _one_kill(url, person, unsure, chance)
        acknowledged += saved
        begun += started
        toll.kills += 1
    toll.acknowledged = len(acknowledged)
    told = _forked(lambda: _count(url, acknowledged))
    for name, value in told.items():
        setattr(toll, name, value)
    return toll


def many_writers(url: str, writers: int, saves: int) -> Toll:
    """Let so many processes save at once, each for the same person."""
    person = _a_person(url)
    pipes = []
    for _ in range(writers):
        pipes.append(_fork(lambda told: _save_some(url, person, saves, told)))
    acknowledged: list[str] = []
    toll = Toll()
    for pid, reader in pipes:
        with os.fdopen(reader) as lines:
            acknowledged += [line[1:].strip() for line in lines if line.startswith("A")]
        toll.errors += os.waitpid(pid, 0)[1] != 0
    toll.acknowledged = len(acknowledged)
    toll.errors += writers * saves - len(acknowledged)
    for name, value in _forked(lambda: _count(url, acknowledged)).items():
        setattr(toll, name, value)
    return toll


def copy_in_the_same_process(path: Path, saves: int) -> Toll:
    """Copy the file by hand where it is open, let others close it, save, and be killed."""
    url = str(path)
    person = _a_person(url)

    def save(told: int) -> None:
        book = open_workbook(url, today=TODAY)
        _save(book, person, told, uuid4().hex)
        path.read_bytes()  # as shutil.copy does
        for _ in range(saves):
            subprocess.run([sys.executable, "-I", "-c", _CLOSES, url], check=True)
            _save(book, person, told, uuid4().hex)
            path.read_bytes()
        os.kill(os.getpid(), signal.SIGKILL)

    pid, reader = _fork(save)
    with os.fdopen(reader) as lines:
        acknowledged = [line[1:].strip() for line in lines if line.startswith("A")]
    os.waitpid(pid, 0)
    toll = Toll(kills=1, acknowledged=len(acknowledged))
    for name, value in _forked(lambda: _count(url, acknowledged)).items():
        setattr(toll, name, value)
    return toll


def _one_kill(
    url: str, person: int, unsure: str | None, chance: random.Random
) -> tuple[list[str], list[str]]:
    pid, reader = _fork(lambda told: _save_on(url, person, unsure, told))
    after, wait = chance.randint(1, 6), chance.uniform(0, 0.03)
    saved: list[str] = []
    started: list[str] = []
    target = pid
    with os.fdopen(reader) as lines:
        for line in lines:
            kind, said = line[0], line[1:].strip()
            if kind == "P":
                target = int(said)
            elif kind == "B":
                started.append(said)
            elif kind == "A":
                saved.append(said)
                if len(saved) == after:
                    time.sleep(wait)
                    os.kill(target, signal.SIGKILL)
    os.waitpid(pid, 0)
    return saved, started


def _save_on(url: str, person: int, unsure: str | None, told: int) -> None:
    book = _patiently_open(url)
    if book.engine.dialect.name == "postgresql":
        with book.engine.connect() as connection:
            served_by = connection.scalar(text("SELECT pg_backend_pid()"))
        os.write(told, f"P{served_by}\n".encode())
    if unsure:
        _save(book, person, told, unsure)
    while True:
        _save(book, person, told, uuid4().hex)


def _save_some(url: str, person: int, saves: int, told: int) -> None:
    book = open_workbook(url, today=TODAY)
    for _ in range(saves):
        _save(book, person, told, uuid4().hex)
    book.close()


def _save(book: Workbook, person: int, told: int, key: str) -> None:
    os.write(told, f"B{key}\n".encode())
    entry = ContactEntry(key, TODAY, "phone", (PersonEntry(person, heard="身体尚好"),))
    book.contacts.record(entry)
    os.write(told, f"A{key}\n".encode())


def _patiently_open(url: str) -> Workbook:
    """Open as soon as the server has recovered."""
    latest = time.monotonic() + _LONGEST_SECONDS
    while True:
        try:
            return open_workbook(url, today=TODAY)
        except Exception:
            if time.monotonic() > latest:
                raise
            time.sleep(0.05)


def _a_person(url: str) -> int:
    """Make somebody to save contacts for; here, so that what is forked has everything loaded."""
    book = _patiently_open(url)
    with book.transaction() as session:
        person = Person(name="郑明远")
        session.add(person)
        session.flush()
        session.add(Case(person_id=person.id))
        number = person.id
    book.contacts.record(ContactEntry(uuid4().hex, TODAY, "phone", (PersonEntry(number),)))
    book.close()
    return number


def _count(url: str, acknowledged: list[str]) -> dict[str, Any]:
    book = _patiently_open(url)
    with book.reading() as session:
        keys = list(session.scalars(select(Contact.client_key)))
        persons = session.scalar(select(func.count()).select_from(ContactPerson)) or 0
        log = select(func.count()).select_from(ChangeLog).where(ChangeLog.subject_kind == "contact")
        logged = session.scalar(log) or 0
    found = book.keeping.verify().findings
    book.close()
    return {
        "lost": len(set(acknowledged) - set(keys)),
        "doubled": len(keys) - len(set(keys)),
        "half": abs(len(keys) - persons) + abs(len(keys) - logged),
        "findings": [str(one) for one in found],
    }


def _forked(act: Callable[[], Any]) -> Any:
    """Do something in a process of its own, and give what came of it."""
    pid, reader = _fork(lambda told: os.write(told, json.dumps(act()).encode()))
    with os.fdopen(reader) as answer:
        said = answer.read()
    os.waitpid(pid, 0)
    return json.loads(said)


def _fork(act: Callable[[int], Any]) -> tuple[int, int]:
    reader, writer = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writer)
        return pid, reader
    status = 1
    try:
        os.close(reader)
        act(writer)
        status = 0
    except Exception as error:  # which the toll shows, as what is missing
        print(type(error).__name__, str(error).splitlines()[:1], file=sys.stderr)
    finally:
        os._exit(status)


def main(what: str, url: str, number: int) -> None:
    """Run one of them and print what came of it as JSON."""
    if what == "kill":
        toll = kill_writers(url, number)
    elif what == "writers":
        toll = many_writers(url, 20, number)
    else:
        toll = copy_in_the_same_process(Path(url), number)
    print(json.dumps(toll.__dict__, ensure_ascii=False))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))

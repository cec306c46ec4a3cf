"""A day's work whose power fails at any moment, and what must be there when the computer is back.

A program of its own: ``python -m tests.cutting FOLDER`` does the work, and says each thing when it
was acknowledged; `cut_power` runs it under a recorder and looks at what is left after each cut.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from sqlalchemy import func, select

from casework.access import keys
from casework.access.cipher import is_encrypted
from casework.errors import CaseworkError
from casework.records import Contact, Person, ServicePlan
from casework.workbook import Workbook, open_workbook
from casework.workbook.contacts import ContactEntry, PersonEntry
from casework.workbook.encrypting import encrypt_workbook
from casework.workbook.keeping import try_out
from tests.conftest import AGENCY, TODAY
from tests.power import Recording, record
from tests.test_contacts import a_person

PASSWORD = "three-quiet-lanterns"  # noqa: S105 - of a workbook that lives a minute
ROOT = Path(__file__).parent.parent
ROSTER = "姓名,出生日期,工作单位,离退休类型\n" + "".join(
    f"甄{name},1941-0{n}-03,市民政局,退休\n" for n, name in enumerate("甲乙丙丁", 1)
)


@dataclass
class Cuts:
    """What came of it; ``wrong`` must stay empty."""

    cuts: int = 0
    calls: int = 0
    acknowledged: int = 0
    after: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def work(folder: Path) -> None:
    """Save, import, plan, back up, encrypt and save again."""
    place, backup = folder / "workbook.sqlite", folder / "kept.backup"

    def say(*words: object) -> None:
        os.write(1, (" ".join(map(str, words)) + "\n").encode())

    def save(n: int) -> None:
        for _ in range(n):
            key = uuid4().hex
            heard = (PersonEntry(person, heard="身体尚好"),)
            book.contacts.record(ContactEntry(key, TODAY, "phone", heard))
            say("saved", key)

    book = open_workbook(str(place), today=TODAY)
    person = a_person(book)
    save(4)
    book.intake.import_roster(folder.parent / "roster.csv")
    say("imported", 5)
    book.plans.compile(days=30)
    say("planned", _count(book, ServicePlan))
    save(2)
    book.keeping.back_up(backup, keep=2)
    say("kept", 6)
    save(2)
    book.keeping.back_up(backup, keep=2, password=PASSWORD)
    say("kept", 8)
    book.close()
    encrypt_workbook(str(place), lambda: PASSWORD, lambda *_: None, keyring=False)
    say("encrypted")
    book = open_workbook(str(place), today=TODAY)
    save(3)
    book.close()


@contextmanager
def a_recorded_day() -> Iterator[tuple[Recording, Path]]:
    """Do the work once under the recorder; give what it did, and the folder."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(os.path.realpath(name))
        folder = home / "work"
        folder.mkdir(mode=0o700)
        (home / "roster.csv").write_text(ROSTER, encoding="utf-8")
        open_workbook(str(folder / "workbook.sqlite"), agency=AGENCY).close()
        yield record([sys.executable, "-m", "tests.cutting", str(folder)], folder), folder


def cut_power(recording: Recording, number: int, seed: int = 1) -> Cuts:
    """Cut the power so many times, and look each time at what is left."""
    found = Cuts(calls=len(recording.calls))
    said: list[str] = []
    for said, files in recording.cuts(number, seed):
        found.cuts += 1
        last = said[-1].split()[0] if said else "opened"
        found.after[last] += 1
        with tempfile.TemporaryDirectory() as left:
            for name, content in files.items():
                Path(left, name).write_bytes(content)
            try:
                wrong = _look(Path(left), said)
            except CaseworkError as error:
                wrong = [error.message]
        found.wrong += [f"after {last}, cut {found.cuts}: {one}" for one in wrong]
    found.acknowledged = sum(line.startswith("saved") for line in said)
    return found


def _look(folder: Path, said: list[str]) -> list[str]:
    """Tell what is not there although it was acknowledged, and what is there by halves."""
    told = [line.split() for line in said]
    last = {kind: rest[0] for kind, *rest in told if rest}
    place, backup = folder / "workbook.sqlite", folder / "kept.backup"
    wrong = []
    if ["encrypted"] in told and not is_encrypted(place):
        wrong.append("not encrypted")
    book = open_workbook(str(place), today=TODAY)
    try:
        with book.reading() as session:
            present = set(session.scalars(select(Contact.client_key)))
        saved = {rest[0] for kind, *rest in told if kind == "saved"}
        wrong += [f"lost {key}" for key in saved - present]
        if len(present - saved) > 1:
            wrong.append(f"{len(present - saved)} that were never acknowledged")
        people = _count(book, Person)
        if people not in (0, 1, 5):
            wrong.append(f"half an import: {people}")
        if people < int(last.get("imported", 0)):
            wrong.append("lost the import")
        if _count(book, ServicePlan) < int(last.get("planned", 0)):
            wrong.append("lost plans")
        wrong += [str(one) for one in book.keeping.verify().findings]
    finally:
        book.close()
    if backup.exists():
        wrong += [str(one) for one in try_out(str(place), backup).findings]
    elif "kept" in last:
        wrong.append("lost the backup")
    return wrong


def _count(book: Workbook, table: type[Person] | type[ServicePlan]) -> int:
    with book.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def hand_over_the_password() -> None:
    """Give the password to this process, as whoever starts us hands it over."""
    reading, giving = os.pipe()
    os.write(giving, f"{PASSWORD}\n".encode())
    os.close(giving)
    keys.take_passwords_from(reading)
    keys.hold_backup_password(PASSWORD)


def main(what: str, number: str = "0") -> None:
    """Do the work in a folder, or cut the power so many times and print what came of it."""
    hand_over_the_password()
    if what == "cut":
        with a_recorded_day() as (recording, _folder):
            print(json.dumps(vars(cut_power(recording, int(number))), ensure_ascii=False))
    else:
        work(Path(what))


if __name__ == "__main__":
    main(*sys.argv[1:])

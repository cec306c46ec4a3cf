"""Every change of a row is written down with it, and nothing written down can be changed unseen."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from casework.access.audit_chain import Head, check_chain, head_of, plain_values, seal
from casework.access.engines import writing
from casework.cli import main
from casework.records import Base, Case, ChangeLog, Person, Setting, Staff, audit
from casework.records.audit import AUDITED, NOT_AUDITED, audit_seal, in_bulk, note_reading
from casework.records.base import now
from casework.workbook import Workbook, open_workbook


def a_person(session: Session) -> Person:
    person = Person(name="郑明远", born_on_earliest=BORN, born_on_latest=BORN)
    session.add(person)
    session.flush()
    session.add(Case(person_id=person.id, opened_on=date(2020, 1, 1)))
    return person


BORN = date(1940, 3, 1)
WORDS = 'said "no" \\ twice\nand\tleft, 𠮷'


def entries(book: Workbook, *where: Any) -> list[Any]:
    with book.reading() as session:
        return list(session.execute(select(audit).where(*where).order_by(audit.c.id)))


def seal_all(book: Workbook) -> Head:
    with book.engine.begin() as connection:
        seal(connection)
        return head_of(connection)


def findings(book: Workbook, kept: dict[int, str] | None = None) -> set[str]:
    with book.engine.connect() as connection:
        return {one.kind for one in check_chain(connection, kept)}


def test_every_table_is_audited_or_says_why_not() -> None:
    audited = {one.table for one in AUDITED}
    tables = set(Base.metadata.tables)
    assert audited | set(NOT_AUDITED) == tables | {"population"}
    assert not audited & set(NOT_AUDITED)


def test_change_is_written_down_with_who_when_what_before_and_after(
    any_workbook: Workbook,
) -> None:
    with any_workbook.transaction() as session:
        person = a_person(session)
    begun = now()
    with any_workbook.transaction() as session:
        session.get_one(Person, person.id).name = WORDS
        any_workbook.log(session, "rename", "person", person.id)
    (entry,) = entries(any_workbook, audit.c.kind == "person", audit.c.action == "update")
    assert (entry.row_id, entry.person_id, entry.n) == (person.id, person.id, 1)
    assert entry.by == any_workbook.actor.name
    assert entry.login
    assert begun <= entry.at
    with any_workbook.reading() as session:
        stored = session.execute(
            text("SELECT CAST(before AS TEXT), CAST(after AS TEXT) FROM audit WHERE id = :id"),
            {"id": entry.id},
        ).one()
        change = session.scalars(select(ChangeLog).where(ChangeLog.action == "rename")).one()
    assert [plain_values(one) for one in stored] == [{"name": person.name}, {"name": WORDS}]
    assert change.act == entry.act


def test_change_that_is_rolled_back_leaves_no_entry(any_workbook: Workbook) -> None:
    before = len(entries(any_workbook))
    with pytest.raises(ZeroDivisionError), any_workbook.transaction() as session:
        a_person(session)
        raise ZeroDivisionError
    assert len(entries(any_workbook)) == before


def test_change_past_the_door_is_written_down_too(any_workbook: Workbook) -> None:
    with any_workbook.transaction() as session:
        person = a_person(session)
    with any_workbook.engine.begin() as connection:
        connection.execute(text("UPDATE person SET name = 'other'"))
    (entry,) = entries(any_workbook, audit.c.action == "update", audit.c.kind == "person")
    assert (entry.row_id, entry.act, entry.by) == (person.id, None, None)


def test_deleted_row_is_kept_whole(any_workbook: Workbook) -> None:
    with any_workbook.transaction() as session:
        session.add(Setting(key="gone", value={"said": WORDS}))
    with any_workbook.engine.begin() as connection:
        connection.execute(text("DELETE FROM setting WHERE key = 'gone'"))
    (entry,) = entries(any_workbook, audit.c.action == "delete")
    assert entry.before["key"] == "gone"
    assert WORDS.splitlines()[1].split(",")[0].split("\t")[0] in str(entry.before["value"])


def test_thousands_of_new_rows_are_one_entry_a_table(any_workbook: Workbook) -> None:
    with any_workbook.transaction() as session, in_bulk(session):
        people = [Person(name=f"人{n}") for n in range(300)]
        session.add_all(people)
        session.flush()
        session.add_all(Case(person_id=one.id, opened_on=date(2020, 1, 1)) for one in people)
    added = entries(any_workbook, audit.c.kind == "person", audit.c.action == "insert")
    assert sum(one.n for one in added) == 300
    assert len(added) < 5
    assert (added[0].row_id, added[-1].last_id) == (people[0].id, people[-1].id)


def test_row_of_many_that_is_changed_later_has_its_own_entry(any_workbook: Workbook) -> None:
    with any_workbook.transaction() as session, in_bulk(session):
        people = [Person(name=f"人{n}") for n in range(30)]
        session.add_all(people)
    with any_workbook.transaction() as session, in_bulk(session):
        session.get_one(Person, people[7].id).name = "another"
    (entry,) = entries(any_workbook, audit.c.action == "update")
    assert (entry.row_id, entry.before, entry.after) == (
        people[7].id,
        {"name": "人7"},
        {"name": "another"},
    )


def test_part_of_a_plan_names_its_person(any_workbook: Workbook) -> None:
    with any_workbook.transaction() as session:
        person = a_person(session)
    any_workbook.plans.compile()
    with any_workbook.engine.begin() as connection:
        connection.execute(text("UPDATE plan_item SET title = 'x'"))
    changed = entries(any_workbook, audit.c.kind == "plan_item", audit.c.action == "update")
    assert {one.person_id for one in changed} == {person.id}


REFUSED = [
    "UPDATE audit SET \"by\" = 'nobody'",
    "UPDATE audit SET before = NULL, after = NULL",
    "UPDATE audit SET erased = 1, before = NULL, after = NULL, \"by\" = 'nobody'",
    "DELETE FROM audit",
    "UPDATE audit_seal SET seq = seq + 1000000",
    "DELETE FROM audit_seal",
    "UPDATE change_log SET action = 'nothing'",
    "DELETE FROM change_log",
]


def test_what_was_written_down_stays(any_workbook: Workbook) -> None:
    with any_workbook.transaction() as session:
        a_person(session)
        any_workbook.log(session, "x", "person", 1, before={"a": 1})
    seal_all(any_workbook)
    for order in REFUSED:
        refused = pytest.raises(DBAPIError, match="keeps what was written")
        with refused, any_workbook.engine.begin() as connection:
            connection.execute(text(order))


def test_values_can_be_erased_and_the_chain_holds(any_workbook: Workbook) -> None:
    with any_workbook.transaction() as session:
        person = a_person(session)
    with any_workbook.transaction() as session:
        session.get_one(Person, person.id).name = "another"
    seal_all(any_workbook)
    with any_workbook.engine.begin() as connection:
        connection.execute(
            text("UPDATE audit SET before = NULL, after = NULL, erased = 5 WHERE person_id = :id"),
            {"id": person.id},
        )
    assert findings(any_workbook) == set()
    assert "another" not in str(entries(any_workbook))


def test_chain_goes_on_over_many_acts_and_holds(any_workbook: Workbook) -> None:
    for n in range(5):
        with any_workbook.transaction() as session:
            session.add(Staff(login=f"s{n}", name=f"人{n}", role="caseworker"))
    first = seal_all(any_workbook)
    with any_workbook.transaction() as session:
        session.add(Staff(login="s9", name="人9", role="caseworker"))
    second = seal_all(any_workbook)
    assert second.seq > first.seq
    assert findings(any_workbook, {first.seq: first.chain, second.seq: second.chain}) == set()


# --- seven kinds of tampering, by somebody who may do everything --------------------------------


def change_values(connection: Connection) -> None:
    connection.execute(text("UPDATE audit SET after = '{\"name\": \"forged\"}' WHERE id = :id"),
                       {"id": _one_with_values(connection)})  # fmt: skip


def change_who(connection: Connection) -> None:
    connection.execute(text("UPDATE audit SET \"by\" = 'somebody else' WHERE id = :id"),
                       {"id": _one_with_values(connection)})  # fmt: skip


def remove_from_the_middle(connection: Connection) -> None:
    id_ = _one_with_values(connection)
    connection.execute(text("DELETE FROM audit_seal WHERE audit_id = :id"), {"id": id_})
    connection.execute(text("DELETE FROM audit WHERE id = :id"), {"id": id_})


def exchange_two(connection: Connection) -> None:
    id_ = _one_with_values(connection)
    for old, new in ((id_, -1), (id_ + 1, id_), (-1, id_ + 1)):
        connection.execute(text("UPDATE audit_seal SET audit_id = :n WHERE audit_id = :o"),
                           {"n": new, "o": old})  # fmt: skip


def add_backdated(connection: Connection) -> None:
    long_ago = datetime(2001, 1, 1, tzinfo=UTC)
    connection.execute(insert(audit).values(id=-7, at=long_ago, action="read", kind="person", n=1))


def cut_the_end(connection: Connection) -> None:
    last = connection.scalar(select(func.max(audit.c.id))) or 0
    connection.execute(text("DELETE FROM audit_seal WHERE audit_id > :id"), {"id": last - 3})
    connection.execute(text("DELETE FROM audit WHERE id > :id"), {"id": last - 3})


def write_anew(connection: Connection) -> None:
    change_who(connection)
    connection.execute(text("DELETE FROM audit_seal"))
    seal(connection)


def _one_with_values(connection: Connection) -> int:
    found = connection.scalar(select(audit.c.id).where(audit.c.action == "update").limit(1))
    assert found is not None
    return int(found)


TAMPERING = [
    (change_values, "audit_changed"),
    (change_who, "audit_changed"),
    (remove_from_the_middle, "audit_removed"),
    (exchange_two, "audit_changed"),
    (add_backdated, "audit_added"),
    (cut_the_end, "audit_cut"),
    (write_anew, "audit_rewritten"),
]


def test_each_kind_of_tampering_is_told(any_workbook: Workbook) -> None:
    with any_workbook.transaction() as session:
        person = a_person(session)
    for name in ("one", "two", "three", "four"):
        with any_workbook.transaction() as session:
            session.get_one(Person, person.id).name = name
    head = seal_all(any_workbook)
    told = {}
    for tamper, _kind in TAMPERING:
        with writing(any_workbook.engine).connect() as connection:
            _disarm(connection)
            tamper(connection)
            found = check_chain(connection, {head.seq: head.chain})
            told[tamper.__name__] = {one.kind for one in found}
            connection.rollback()
    unseen = [one.__name__ for one, kind in TAMPERING if kind not in told[one.__name__]]
    assert unseen == []
    assert findings(any_workbook, {head.seq: head.chain}) == set()


def _disarm(connection: Connection) -> None:
    """Take away what stops mistakes, as the owner of the database can."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        for table in ("audit", "audit_seal"):
            for which in ("stays", "remains"):
                connection.exec_driver_sql(f"DROP TRIGGER audit_{table}_{which}")
        return
    for table in ("audit", "audit_seal"):
        connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER ALL")


def test_head_kept_elsewhere_tells_an_older_copy_put_back(
    workbook_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    older, heads = shutil.copy(workbook_file, tmp_path / "older"), tmp_path / "heads"
    book = open_workbook(str(workbook_file))
    with book.transaction() as session:
        a_person(session)
    book.close()
    assert main(["--db", str(workbook_file), "verify", "--head", str(heads)]) == 0
    assert main(["--db", str(workbook_file), "verify", "--head", str(heads)]) == 0
    assert len(heads.read_text().splitlines()) == 2
    assert main(["--db", str(older), "verify", "--head", str(heads)]) == 1
    assert "末尾被截掉" in capsys.readouterr().out
    heads.write_text("{}")
    assert main(["--db", str(older), "verify", "--head", str(heads)]) == 2


def test_triggers_say_of_each_column_no_more_than_its_name_and_values(workbook: Workbook) -> None:
    """Every program that opens the file reads them all: once, they were a megabyte of it."""
    written = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table"
    with workbook.engine.connect() as connection:
        for one in AUDITED:
            columns = Base.metadata.tables[one.table].columns
            name = max((column.name for column in columns), key=len)
            for told in connection.scalars(text(written), {"table": one.table}):
                assert told.count(f'"{name}"') <= 4


def test_reading_is_written_down(any_workbook: Workbook) -> None:
    with any_workbook.transaction() as session:
        person = a_person(session)
        session.flush()
        note_reading(session, person.id, "dossier")
    (entry,) = entries(any_workbook, audit.c.action == "read")
    assert (entry.person_id, entry.after) == (person.id, {"what": "dossier"})
    assert entry.by == any_workbook.actor.name
    assert entry.act


def test_links_are_as_many_as_entries_on_sqlite_at_once(workbook: Workbook) -> None:
    with workbook.transaction() as session:
        a_person(session)
    with workbook.reading() as session:
        links = session.scalar(select(func.count()).select_from(audit_seal))
    assert links == len(entries(workbook))

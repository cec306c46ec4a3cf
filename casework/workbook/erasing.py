"""Erasing what is held about a person, table by table, and what stays of it.

Decides the order and that nothing of the contents is left: rows are taken out, or emptied where the
day and the kind of work must stay, or kept as they are where the law makes us keep them, as
`casework.records.holdings` declares. Leaves who may ask for it to `casework.workbook.rights`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Engine, and_, delete, or_, select, update
from sqlalchemy.orm import Session

from casework.access.engines import writing
from casework.records import (
    Alias,
    Base,
    Contact,
    ContactPerson,
    Person,
    RelatedPerson,
    Setting,
)
from casework.records.audit import AUDITED, audit, audit_seal
from casework.records.base import now
from casework.records.holdings import ERASED, HOLDINGS, Holding, rows_about
from casework.workbook.person_rows import count_rows, drafts_about

_AT_ONCE = 500
_BUSY = (5, 6)  # of SQLite: somebody else reads or writes
_CLEANING_MILLISECONDS = 2_000
TO_CLEAN = "file_to_clean"
"""Setting that stands while a file still holds, in free pages or its log, what was erased."""

__all__ = ["TO_CLEAN", "clean_file", "clean_what_waits", "erase", "fates", "mentions_elsewhere"]


def fates(session: Session, person_ids: Collection[int]) -> dict[str, dict[str, int]]:
    """Tell how many rows of each table erasure takes out, empties or keeps.

    Entries of the audit lose their values too; they are not counted, because there are more of them
    with every step of the erasure itself.
    """
    by_table = {one.table: one for one in HOLDINGS}
    found: dict[str, dict[str, int]] = {"delete": {}, "blank": {}, "keep": {}}
    for table, n in count_rows(session, person_ids).items():
        if table == "audit":
            continue
        found[by_table[table].fate][table] = n
    return found


def mentions_elsewhere(session: Session, person_ids: Collection[int]) -> int:
    """Count contacts with others whose words name the person: those stay, without the name."""
    shared = _shared_contacts(session, person_ids)
    return sum(
        any(name in (one.summary or "") for name in _names(session, person_ids)) for one in shared
    )


def erase(session: Session, person_ids: Sequence[int]) -> dict[str, dict[str, int]]:
    """Erase everything about these records of one person; give what was done, without contents.

    Contacts with several people keep their words for the others, without this one's names.
    """
    if session.get_bind().dialect.name == "sqlite":
        session.connection().exec_driver_sql("PRAGMA secure_delete = ON")
    trace = fates(session, person_ids)
    names = _names(session, person_ids)
    shared = {one.id: one.summary for one in _shared_contacts(session, person_ids)}
    drafts = drafts_about(session, person_ids)
    _forget(session, _entries_about(person_ids))
    session.execute(
        update(RelatedPerson)
        .where(RelatedPerson.other_person_id.in_(person_ids))
        .values(other_person_id=None)
    )
    # What is emptied is found through what is taken out, so it comes first.
    for one in HOLDINGS:
        if one.fate == "blank" and one.emptied and one.table != "person":
            _empty(session, one, person_ids)
    order = {table.name: place for place, table in enumerate(Base.metadata.sorted_tables)}
    for one in sorted(HOLDINGS, key=lambda held: -order[held.table]):
        if one.fate == "delete":
            _take_out(session, one, person_ids, drafts)
    for contact_id, summary in shared.items():
        session.execute(
            update(Contact).where(Contact.id == contact_id).values(summary=_without(summary, names))
        )
    nameless = dict(next(one for one in HOLDINGS if one.table == "person").emptied)
    session.execute(
        update(Person).where(Person.id.in_(person_ids)).values(withdrawn_at=now(), **nameless)
    )
    session.flush()
    _forget(session, audit.c.act == session.info["act"])  # which has just written it all down
    session.expire_all()
    return trace


def _entries_about(person_ids: Sequence[int]) -> ColumnElement[bool]:
    """Tell which entries of the audit are about rows that are about these persons."""
    tables = {one.table: Base.metadata.tables[one.table] for one in AUDITED}
    rows = [
        and_(
            audit.c.kind == one.table,
            audit.c.row_id.in_(
                select(tables[one.table].c.id).where(rows_about(one.table, person_ids))
            ),
        )
        for one in HOLDINGS
        if one.table in tables
    ]
    return or_(audit.c.person_id.in_(person_ids), *rows)


def _forget(session: Session, which: ColumnElement[bool]) -> None:
    """Take the values out of entries of the audit; that there was a change stays, and the chain."""
    emptied = {"before": None, "after": None, "erased": session.info["act"]}
    told = or_(audit.c.before.is_not(None), audit.c.after.is_not(None))
    entries = select(audit.c.id).where(which, told, audit.c.erased.is_(None))
    ids = session.scalars(entries).all()
    for some in (ids[at : at + _AT_ONCE] for at in range(0, len(ids), _AT_ONCE)):
        session.execute(update(audit).where(audit.c.id.in_(some)).values(emptied))
        session.execute(update(audit_seal).where(audit_seal.c.audit_id.in_(some)).values(salt=b""))


def _empty(session: Session, one: Holding, person_ids: Sequence[int]) -> None:
    table = Base.metadata.tables[one.table]
    session.execute(
        update(table).where(rows_about(one.table, person_ids)).values(dict(one.emptied))
    )


def _take_out(
    session: Session, one: Holding, person_ids: Sequence[int], drafts: Sequence[int]
) -> None:
    table = Base.metadata.tables[one.table]
    where: Any = rows_about(one.table, person_ids)
    if one.table == "draft":
        where = table.c.id.in_(drafts)
    session.execute(delete(table).where(where))


def _shared_contacts(session: Session, person_ids: Collection[int]) -> Sequence[Contact]:
    """Give the contacts in which other people took part as well."""
    mine = select(ContactPerson.contact_id).where(ContactPerson.person_id.in_(person_ids))
    others = select(ContactPerson.contact_id).where(ContactPerson.person_id.not_in(person_ids))
    return session.scalars(
        select(Contact).where(Contact.id.in_(mine), Contact.id.in_(others))
    ).all()


def _names(session: Session, person_ids: Collection[int]) -> list[str]:
    names = set(session.scalars(select(Person.name).where(Person.id.in_(person_ids))))
    names |= set(session.scalars(select(Alias.name).where(Alias.person_id.in_(person_ids))))
    return sorted(names - {""}, key=len, reverse=True)


def _without(text: str | None, names: Sequence[str]) -> str | None:
    for name in names:
        text = text.replace(name, ERASED) if text else text
    return text


def clean_file(engine: Engine) -> bool:
    """Let a SQLite file forget what was erased: free pages and the write-ahead log hold it still.

    Returns
    -------
    bool
        False where somebody else works in the file just then: the erasure stands, and cleaning is
        tried again with the next backup or check (`clean_what_waits`).
    """
    if engine.dialect.name != "sqlite":
        return True
    module: Any = engine.dialect.loaded_dbapi
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        (patience,) = cursor.execute("PRAGMA busy_timeout").fetchone()
        cursor.execute(f"PRAGMA busy_timeout = {_CLEANING_MILLISECONDS}")
        try:
            cursor.execute("VACUUM")
            (busy, *_frames) = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except module.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in _BUSY:
                raise
            busy = 1
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {int(patience)}")
            cursor.close()
    finally:
        connection.close()
    if not busy:
        with writing(engine).begin() as one:
            one.execute(delete(Setting).where(Setting.key == TO_CLEAN))
    return not busy


def clean_what_waits(engine: Engine) -> None:
    """Clean the file now where that waits since an erasure."""
    if engine.dialect.name != "sqlite":
        return
    with engine.connect() as connection:
        waits = connection.scalar(select(Setting.key).where(Setting.key == TO_CLEAN))
    if waits:
        clean_file(engine)

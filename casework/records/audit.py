"""Which rows changed, when and by whom: written by the tables themselves, never changed again.

Decides what is written down of which table. The triggers that do it are
:mod:`casework.access.audit`, the chain that seals it is :mod:`casework.access.audit_chain`.
`ChangeLog` says what a person did, in words; rows here and there have the number of the act in
common.

A row that was added keeps its own content, so that its entry has no values; of a row that was
changed, the entry has each column that changed, before and after; of a row that was deleted, all of
it. What is added by the thousand (a roster, the tasks of a year) is one entry a table, with the
first and last number and how many: a row of it that is changed later has an entry of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from secrets import randbits

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    bindparam,
    delete,
    func,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.orm import Session

from casework.records.base import Base, Moment, Record, now

__all__ = [
    "AUDITED",
    "NOT_AUDITED",
    "Act",
    "Audited",
    "acting_now",
    "audit",
    "audit_seal",
    "begin_act",
    "end_act",
    "in_bulk",
    "note_reading",
    "note_readings",
]

_NUMBER = BigInteger().with_variant(Integer(), "sqlite")
_ACT_BITS = 62

audit = Table(
    "audit",
    Base.metadata,
    Column("id", _NUMBER, primary_key=True),
    Column("at", Moment(), nullable=False),
    Column("act", _NUMBER),
    Column("by", Text),
    Column("login", Text),
    Column("action", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("row_id", _NUMBER),
    Column("last_id", _NUMBER),
    Column("n", Integer, nullable=False),
    Column("person_id", Integer),
    Column("before", Record()),
    Column("after", Record()),
    Column("erased", _NUMBER),
    Index("ix_audit_person_id", "person_id"),
    Index("ix_audit_act", "act"),
    sqlite_strict=True,
)
"""One row of a table that was added, changed, deleted or read. ``kind`` is the name of the table,
``by`` who acted (None: past the door), ``login`` the account of the database or of the computer.
With ``last_id``, ``n`` rows from ``row_id`` on were added at once. ``erased`` is the act that took
the values away, where the law asked for it."""

audit_seal = Table(
    "audit_seal",
    Base.metadata,
    Column("seq", _NUMBER, primary_key=True, autoincrement=False),
    Column("audit_id", _NUMBER, ForeignKey("audit.id"), nullable=False, unique=True),
    Column("salt", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("chain", LargeBinary, nullable=False),
    Column("sealed_at", Moment(), nullable=False),
    sqlite_strict=True,
)
"""The chain: each row has the digest of an entry's values, and of the row before with the entry."""

acting_now = Table(
    "acting_now",
    Base.metadata,
    # Without a key, and with a row only inside a transaction; PostgreSQL keeps this in settings.
    Column("act", _NUMBER),
    Column("by", Text),
    Column("login", Text),
    Column("bulk", Integer, nullable=False),
    sqlite_strict=True,
)
"""Who acts, for the triggers of SQLite; ``bulk`` is 1 while rows are added by the thousand."""


@dataclass(frozen=True, slots=True)
class Audited:
    """A table whose changes are written down.

    Attributes
    ----------
    person : str or None
        The column that names the person it is about.
    through : (str, str) or None
        Another table with a ``person_id``, and the column here that refers to its ``id``.
    key : str or None
        The column of its number; None where its key is no number and stands among the values.
    whole : bool
        Whether the entry of a row that was added has its values: where the row could be changed
        without anybody noticing otherwise. Such rows have an entry each.
    at_end : bool
        On SQLite, rows that were added are written down when the act ends, not by a trigger: one
        on each row of a year of tasks doubles the time they take (a statement that has a trigger
        keeps a journal of its own).
    silent : frozenset of str
        Columns that say nothing by themselves.
    """

    table: str
    person: str | None = "person_id"
    through: tuple[str, str] | None = None
    key: str | None = "id"
    whole: bool = False
    at_end: bool = False
    silent: frozenset[str] = frozenset({"version"})


AUDITED = (
    Audited("person", "id"),
    Audited("person_identifier"),
    Audited("alias"),
    Audited("related_person"),
    Audited("care_team_member"),
    Audited("case_file"),
    Audited("seasonal_stay"),
    Audited("fact"),
    Audited("distinct_pair", "one_id"),
    Audited("assessment"),
    Audited("assessment_signature", None, ("assessment", "assessment_id")),
    Audited("assessor_sheet"),
    Audited("need"),
    Audited("need_answer", None, ("need", "need_id")),
    Audited("wish"),
    Audited("opinion"),
    Audited("service_plan"),
    Audited("plan_item", None, ("service_plan", "plan_id")),
    Audited("goal"),
    Audited("goal_reading", None, ("goal", "goal_id")),
    Audited("task", at_end=True),
    Audited("task_evidence", None, ("task", "task_id")),
    Audited("contact", None),  # several people: contact_person says whom
    Audited("contact_person"),
    Audited("contact_participant", None),
    Audited("contact_photo", None, silent=frozenset({"image"})),
    Audited("issue"),
    Audited("issue_step", None, ("issue", "issue_id")),
    Audited("handover", None),
    Audited("staff_term", None),
    Audited("staff_check", None),
    Audited("volunteer_programme", None),
    Audited("visitor_wish"),
    Audited("roster", None),
    Audited("roster_visit"),
    Audited("provider", None),
    Audited("agreement", None, silent=frozenset({"taken"})),
    Audited("service_order"),
    Audited("campaign", None),
    Audited("delegation", None),
    Audited("delegation_member", None),
    Audited("delegation_slot", None),
    Audited("campaign_person"),
    Audited("unit_return", None),
    Audited("unit_return_row"),
    Audited("fund", None),
    Audited("budget", None, silent=frozenset({"committed_fen"})),
    Audited("standard", None),
    Audited("payment"),
    Audited("hardship_case"),
    Audited("benefit"),
    Audited("helper", None),
    Audited("helper_term", None),
    Audited("helper_check", None),
    Audited("pair_round", None),
    Audited("pair_offer"),
    Audited("consent"),
    Audited("disclosure"),
    Audited("rights_request"),
    Audited("retention_hold"),
    Audited("erasure"),
    Audited("impact_assessment", None),
    Audited("incident", None),
    Audited("staff", None),
    Audited("organisation", None),
    Audited("rule_set_version", None),
    Audited("header_mapping", None),
    Audited("import_batch", None),
    Audited("import_row"),
    Audited("import_problem"),
    Audited("setting", None, key=None, whole=True),
    Audited("change_log", None, whole=True),
)

NOT_AUDITED = {
    "acting_now": "who acts, gone with the transaction",
    "audit": "is the audit itself",
    "audit_seal": "is the audit itself",
    "draft": "the owner's unfinished words, which nobody else sees and no figure counts",
    "person_search": "derived from names and numbers, which are audited",
    "plan_stamp": "derived: how often something changed",
    "planning_now": "a note within a transaction",
    "population": "derived from facts, which are audited",
    "population_due": "a note within a transaction",
}
"""Tables whose changes are not written down, and why."""


@dataclass(frozen=True, slots=True)
class Act:
    """A transaction in which somebody acts.

    Attributes
    ----------
    last_ids : mapping of str to int
        Of the tables whose new rows are written down when it ends.
    """

    number: int
    last_ids: Mapping[str, int]


def begin_act(connection: Connection, by: str, login: str) -> Act:
    """Say who acts, for the length of a transaction.

    Parameters
    ----------
    by : str
        Name of the member of staff.
    login : str
        Account of the computer; PostgreSQL writes down its own account instead.
    """
    act, last_ids = randbits(_ACT_BITS), {}
    if connection.dialect.name == "sqlite":
        connection.execute(insert(acting_now).values(act=act, by=by, login=login, bulk=0))
        last_ids = _last_ids(connection, _AT_END)
    else:
        told = "SELECT set_config('casework.act', :act, true), set_config('casework.by', :by, true)"
        connection.execute(text(told), {"act": str(act), "by": by})
    return Act(act, last_ids)


def end_act(connection: Connection, act: Act) -> None:
    """Write down what is written down last, and forget who acted, before the transaction ends."""
    if connection.dialect.name == "sqlite":
        _note_added(connection, act.last_ids)
        connection.execute(delete(acting_now))


@contextmanager
def in_bulk(session: Session) -> Iterator[None]:
    """Write down what is added in the block as one entry a table.

    PostgreSQL sees by itself how many rows a statement adds.
    """
    session.flush()
    connection = session.connection()
    if connection.dialect.name != "sqlite" or connection.scalar(
        select(func.count()).select_from(acting_now).where(acting_now.c.bulk == 1)
    ):
        yield
        return
    before = _last_ids(connection, _BY_TRIGGER)
    stands = connection.execute(update(acting_now).values(bulk=1)).rowcount
    if not stands:  # past the door
        connection.execute(insert(acting_now).values(bulk=1))
    yield
    session.flush()
    connection.execute(update(acting_now).values(bulk=0))
    _note_added(connection, before)
    if not stands:
        connection.execute(delete(acting_now))


def note_readings(session: Session, person_ids: Iterable[int], what: str) -> None:
    """Write down that somebody looked at protected fields of several people at once."""
    ids = sorted(set(person_ids))
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        told = "SELECT count(audit_reading(one, :what)) FROM unnest(CAST(:ids AS integer[])) one"
        connection.execute(text(told), {"ids": ids, "what": what})
        return
    for one in ids:
        note_reading(session, one, what)


def note_reading(session: Session, person_id: int, what: str) -> None:
    """Write down that somebody looked at protected fields of a person.

    Parameters
    ----------
    what : str
        What was looked at, as the screen or list calls itself.
    """
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(
            text("SELECT audit_reading(:person, :what)"), {"person": person_id, "what": what}
        )
        return
    acting = select(acting_now).subquery()
    connection.execute(
        insert(audit).from_select(
            ["at", "act", "by", "login", "action", "kind", "n", "person_id", "after"],
            select(
                literal(now(), Moment()),
                acting.c.act,
                acting.c.by,
                acting.c.login,
                literal("read"),
                literal("person"),
                literal(1),
                literal(person_id),
                bindparam("what", {"what": what}, Record()),
            ).select_from(acting),
        )
    )


_AT_END = tuple(one.table for one in AUDITED if one.at_end)
_BY_TRIGGER = tuple(one.table for one in AUDITED if not one.whole and not one.at_end)


def _last_ids(connection: Connection, kinds: Iterable[str]) -> dict[str, int]:
    """Give the highest number in each table."""
    one = '(SELECT coalesce(max(id), 0) FROM "{kind}")'
    highest = ", ".join(one.format(kind=kind) for kind in kinds)
    return dict(zip(kinds, connection.exec_driver_sql(f"SELECT {highest}").one(), strict=True))


def _note_added(connection: Connection, before: Mapping[str, int]) -> None:
    for kind, last in _last_ids(connection, before).items():
        if last > before[kind]:
            _note_many(connection, kind, before[kind] + 1, last)


def _note_many(connection: Connection, kind: str, first: int, last: int) -> None:
    table = Base.metadata.tables[kind]
    acting = select(acting_now).subquery()
    n = select(func.count()).where(table.c.id >= first).scalar_subquery()
    names = ["at", "act", "by", "login", "action", "kind", "row_id", "last_id", "n"]
    told = select(
        literal(now(), Moment()),
        acting.c.act,
        acting.c.by,
        acting.c.login,
        literal("insert"),
        literal(kind),
        literal(first),
        literal(last),
        n,
    )
    connection.execute(insert(audit).from_select(names, told.select_from(acting)))

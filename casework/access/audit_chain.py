"""The chain that seals the audit: what was written cannot be changed afterwards without it showing.

Decides what is hashed and what each kind of tampering looks like. Each link holds the digest of an
entry's values, and the hash of the link before with everything else of the entry: so the values can
be taken away where the law asks for it, and the chain still holds. Two kinds of tampering leave a
chain that is right in itself, cutting its end and writing all of it anew: those are told by a head
that was kept elsewhere, in a backup or by ``casework verify --head FILE``.

On SQLite links are written in the transaction itself, where nobody else writes anyway; on
PostgreSQL after the commit, because writers would otherwise wait for each other.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf
from secrets import token_bytes
from time import monotonic
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    Text,
    bindparam,
    cast,
    func,
    insert,
    select,
    text,
    type_coerce,
)
from sqlalchemy.exc import DBAPIError

from casework.access.backup_checks import Finding
from casework.errors import WorkbookUnavailable
from casework.records.audit import audit, audit_seal
from casework.records.base import Record, now
from casework.terms import _

__all__ = ["Head", "Sealer", "check_chain", "head_of", "plain_values", "seal"]

_NOTHING = bytes(32)
_SALT_BYTES = 16
_AT_ONCE = 5_000
_LATE = timedelta(days=1)
"""No transaction is open for so long before it is sealed."""

_AT_MOST = 20
_BEHIND = 10_000
_EVERY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain, which says everything before it.

    Attributes
    ----------
    seq : int
        How many links there are; 0 for none.
    chain : str
        Hash of the last one, hexadecimal.
    """

    seq: int
    chain: str
    sealed_at: str | None = None

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Head:
        """Read a head that was kept.

        Raises
        ------
        ValueError
            If it is none.
        """
        seq, chain = kept.get("seq"), kept.get("chain")
        if (
            not isinstance(seq, int)
            or not isinstance(chain, str)
            or len(chain) != 2 * len(_NOTHING)
        ):
            raise ValueError("not a head")
        return cls(seq, chain, kept.get("sealed_at"))


def seal(connection: Connection, *, whole: bool = True) -> int:
    """Add the entries that are not yet sealed to the chain; give how many there were.

    Parameters
    ----------
    connection : Connection
        In a transaction that writes, by somebody who may write links.
    whole : bool
        Look for entries anywhere; False looks only about the last sealed one, where on SQLite all
        of them are, and on PostgreSQL all but those of a transaction that took very long.
    """
    if connection.dialect.name == "postgresql":
        # One after the other; whoever only reads or writes entries does not wait.
        connection.execute(text("LOCK TABLE audit_seal IN SHARE ROW EXCLUSIVE MODE"))
    last = select(audit_seal.c.seq, audit_seal.c.chain).order_by(audit_seal.c.seq.desc()).limit(1)
    seq, chain = connection.execute(last).one_or_none() or (0, _NOTHING)
    after = 0
    if not whole:
        after = connection.scalar(select(func.max(audit_seal.c.audit_id))) or 0
        after -= _BEHIND if connection.dialect.name == "postgresql" else 0
    moment, n = now(), 0
    while True:
        open_ones = (
            select(*_entry())
            .outerjoin(audit_seal, audit_seal.c.audit_id == audit.c.id)
            .where(audit_seal.c.seq.is_(None), audit.c.id > after)
            .order_by(audit.c.id)
            .limit(_AT_ONCE)
        )
        links = []
        for entry in connection.execute(open_ones):
            salt, digest = _digest(entry)
            chain = _link(bytes(chain), entry, digest)
            seq += 1
            links.append((seq, entry.id, salt, digest, chain, moment))
        if not links:
            return n
        names = ("seq", "audit_id", "salt", "digest", "chain", "sealed_at")
        connection.execute(
            insert(audit_seal), [dict(zip(names, one, strict=True)) for one in links]
        )
        n += len(links)
        after = links[-1][1]


_MAY_SEAL = text("SELECT has_table_privilege('audit_seal', 'INSERT')")
_IS_SEALING = text(
    "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE relation = 'audit_seal'::regclass AND granted "
    "AND pid <> pg_backend_pid() AND mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', "
    "'ExclusiveLock', 'AccessExclusiveLock') AND database = "
    "(SELECT oid FROM pg_database WHERE datname = current_database()))"
)


class Sealer:
    """Seals what was committed on PostgreSQL, once a minute at most and only if nobody waits.

    Parameters
    ----------
    engine : Engine
        Of whoever works; those who may not write links leave it to the owner's `verify` and
        `backup`.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._next = 0.0

    def __call__(self) -> None:
        """Seal, if it is time to."""
        if self._engine.dialect.name != "postgresql" or monotonic() < self._next:
            return
        self._next = monotonic() + _EVERY_SECONDS
        try:
            with self._engine.begin() as connection:
                if not connection.scalar(_MAY_SEAL):
                    self._next = inf  # asked of the server each minute, it would fill its log
                elif not connection.scalar(_IS_SEALING):
                    connection.execute(text("SET LOCAL lock_timeout = '50ms'"))
                    seal(connection, whole=False)
        except (DBAPIError, WorkbookUnavailable):  # no right to, busy, gone: the entries wait
            return


def head_of(connection: Connection) -> Head:
    """Give the end of the chain."""
    last = select(audit_seal.c.seq, audit_seal.c.chain, audit_seal.c.sealed_at)
    found = connection.execute(last.order_by(audit_seal.c.seq.desc()).limit(1)).one_or_none()
    if found is None:
        return Head(0, _NOTHING.hex())
    return Head(found.seq, bytes(found.chain).hex(), found.sealed_at.isoformat())


def check_chain(connection: Connection, kept: Mapping[int, str] | None = None) -> list[Finding]:
    """Compare every entry with its link, and the chain with heads that were kept elsewhere.

    Parameters
    ----------
    kept : mapping of int to str or None
        By number of links, the hash that the chain had then.

    Returns
    -------
    list of Finding
        Kinds ``audit_changed``, ``audit_removed``, ``audit_added``, ``audit_cut`` and
        ``audit_rewritten``.
    """
    wanted = dict(kept or {})
    found: list[Finding] = []
    expected, before, seq = 0, _NOTHING, 0
    for entry in _links(connection):
        expected, seq = expected + 1, entry.seq
        if seq != expected or entry.id is None:
            found.append(_removed(expected))
            expected = seq
        else:
            found += _compare(entry, before)
        before = bytes(entry.chain)
        head = wanted.pop(seq, None)
        if head is not None and head != before.hex():
            found.append(_rewritten(seq))
    wanted.pop(0, None)
    found += [_cut(one, seq) for one in sorted(wanted)]
    found += _unsealed(connection)
    return found[:_AT_MOST]


def plain_values(stored: str | None) -> dict[str, Any]:
    """Read the values of an entry as they were written by the triggers."""
    if stored is None:
        return {}
    read = json.loads(stored, strict=False)
    return read if isinstance(read, dict) else {}


_KEYS = ("id", "act", "by", "login", "action", "kind", "row_id", "last_id", "n", "person_id")


def _entry() -> list[Any]:
    """Select an entry with its values as the text that the database holds."""
    values = [
        cast(type_coerce(audit.c[one], Record()), Text).label(one) for one in ("before", "after")
    ]
    return [audit.c.at, audit.c.erased, *(audit.c[one] for one in _KEYS), *values]


def _links(connection: Connection) -> Iterator[Any]:
    links = (
        select(
            audit_seal.c.seq,
            audit_seal.c.salt,
            audit_seal.c.digest,
            audit_seal.c.chain,
            audit_seal.c.sealed_at,
            *_entry(),
        )
        .outerjoin(audit, audit.c.id == audit_seal.c.audit_id)
        .where(audit_seal.c.seq > bindparam("after"))
        .order_by(audit_seal.c.seq)
        .limit(_AT_ONCE)
    )
    after = 0
    while rows := connection.execute(links, {"after": after}).all():
        yield from rows
        after = rows[-1].seq


def _compare(entry: Any, before: bytes) -> Iterator[Finding]:
    digest = bytes(entry.digest)
    if (entry.erased is None and _digest(entry, bytes(entry.salt))[1] != digest) or _link(
        before, entry, digest
    ) != bytes(entry.chain):
        yield _changed(entry.seq, entry.at)


def _digest(entry: Any, salt: bytes | None = None) -> tuple[bytes, bytes]:
    """Give the salt and the digest of an entry's values; nothing where it has none."""
    if entry.before is None and entry.after is None:
        return b"", b""
    salt = token_bytes(_SALT_BYTES) if salt is None else salt
    told = json.dumps([entry.before, entry.after], ensure_ascii=False).encode(errors="replace")
    return salt, hashlib.sha256(salt + told).digest()


def _link(before: bytes, entry: Any, digest: bytes) -> bytes:
    at: datetime = entry.at
    told = json.dumps([at.isoformat(), *(getattr(entry, one) for one in _KEYS)], ensure_ascii=False)
    return hashlib.sha256(before + told.encode() + digest).digest()


def _unsealed(connection: Connection) -> Iterator[Finding]:
    """Tell entries that came in past their time: on SQLite before the last link, else days late."""
    last = connection.execute(
        select(func.max(audit_seal.c.audit_id), func.max(audit_seal.c.sealed_at))
    ).one()
    open_ones = (
        select(audit.c.id, audit.c.at)
        .outerjoin(audit_seal, audit_seal.c.audit_id == audit.c.id)
        .where(audit_seal.c.seq.is_(None))
    )
    for entry in connection.execute(open_ones.order_by(audit.c.id).limit(_AT_MOST)):
        early = entry.id < (last[0] or 0)
        if connection.dialect.name == "postgresql":  # where a long transaction may come in late
            early = last[1] is not None and entry.at < last[1] - _LATE
        if early:
            yield Finding(
                "audit_added",
                _("An entry of the audit, dated {at}, was added afterwards.", at=_said(entry.at)),
            )


def _removed(seq: int) -> Finding:
    told = _("Entry {seq} of the audit was removed.", seq=seq)
    return Finding("audit_removed", told)


def _changed(seq: int, at: datetime) -> Finding:
    told = _("Entry {seq} of the audit, of {at}, was changed afterwards.", seq=seq, at=_said(at))
    return Finding("audit_changed", told)


def _cut(seq: int, present: int) -> Finding:
    return Finding(
        "audit_cut",
        _(
            "The audit had {seq} entries when its head was kept, and has {present}: its end was "
            "cut off, or an older copy was put back.",
            seq=seq,
            present=present,
        ),
    )


def _rewritten(seq: int) -> Finding:
    return Finding(
        "audit_rewritten",
        _(
            "The first {seq} entries of the audit are not those of which the head was kept: it was "
            "written anew, or belongs to another workbook.",
            seq=seq,
        ),
    )


def _said(at: datetime) -> str:
    return at.isoformat(sep=" ", timespec="minutes")

"""Whose plan is as it should be already, so that drawing up everybody's costs only what changed.

Decides what a plan rests on besides the person: the rules, the settings and reference data, who
works where, the day, how far ahead. What changed about each person the tables note themselves
(`casework.records.touched`); what a rule asks about other people is compared.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from casework import __version__
from casework.records import plan_stamp
from casework.records.aside import set_aside, temporary
from casework.records.population import population, population_on
from casework.records.touched import EVERYBODY
from casework.reference import data_folder
from casework.workbook.plan_reading import RuleReader
from casework.workbook.plan_situations import within

__all__ = ["Stamp", "Stamps"]

_AT_ONCE = 5_000
_ASIDE = temporary("aside_stamp", {one.name: one.type for one in plan_stamp.columns})
_PUT = (
    "INSERT INTO plan_stamp (person_id, touched, planned, policy, doubtful, reading) "
    "SELECT person_id, touched, planned, policy, doubtful, reading FROM aside_stamp "
    # The condition keeps ON CONFLICT from being read as part of a join; in the order of ids, two
    # who write about the same people do not block each other.
    "WHERE person_id IS NOT NULL ORDER BY person_id ON CONFLICT (person_id) DO UPDATE SET "
    "planned = excluded.planned, policy = excluded.policy, doubtful = excluded.doubtful, "
    "reading = excluded.reading"
)


class Stamp(NamedTuple):
    """How often something changed about a person; at which count, by which policy, planned last."""

    touched: int
    planned: int | None
    policy: str | None


class Stamps:
    """Knows by which policy each plan was drawn up.

    Parameters
    ----------
    agency : str
        Name of the folder of the agency.
    rule_set_id : int
        The record of the rules.
    """

    def __init__(self, agency: str, rule_set_id: int, reader: RuleReader) -> None:
        self.reader = reader
        first, last = reader.placer.first, reader.placer.last
        self._told = (_data_digest(data_folder(), agency), rule_set_id, first, last)
        self._policy: str | None = None

    def policy(self, session: Session) -> str:
        """Name what plans rest on besides the person, as it stood when it was first asked for."""
        if self._policy is None:
            everybody = plan_stamp.c.person_id == int(EVERYBODY)
            times = session.scalar(select(plan_stamp.c.touched).where(everybody))
            told = (*self._told, self.reader.outcomes, times)
            self._policy = sha256(repr(told).encode()).hexdigest()[:16]
        return self._policy

    def unplanned(self, session: Session, asked: object | None = None) -> list[int]:
        """Name the people in care whose plan may not be what the rules now ask for, by id.

        Parameters
        ----------
        asked : object or None
            As `RuleReader.readings` takes it.
        """
        return sorted({*self.touched(session), *self.answered(session, asked)})

    def touched(self, session: Session) -> list[int]:
        """Name those about whom something was noted since their plan was drawn up, by id.

        So too whose plan was drawn up by another policy, or never. Costs a look at each stamp.
        """
        people, stamp = population().c, plan_stamp.c
        missing = select(people.person_id).select_from(
            population().outerjoin(plan_stamp, stamp.person_id == people.person_id)
        )
        missing = missing.where(
            population_on(self.reader.placer.first),
            or_(
                stamp.policy.is_(None),
                stamp.policy != self.policy(session),
                stamp.planned != stamp.touched,
            ),
        )
        return sorted(set(session.scalars(missing)))

    def answered(self, session: Session, asked: object | None = None) -> list[int]:
        """Name those whose plan stands but for what a rule asks about people around them, by id.

        Costs reading what all rules ask about others, for everybody: a change about somebody does
        not tell whose neighbour or spouse that was before.
        """
        if not self.reader.about_others:
            return []
        self.reader.aside.hold(session, asked or object())
        return sorted(self.reader.aside.changed(session, self._present(session)))

    def planned(self, session: Session, among: Collection[int] | None = None) -> tuple[int, int]:
        """Count the people in care whose plan stands as far as the stamps tell, and the doubtful.

        Parameters
        ----------
        among : collection of int or None
            Only these people; None for everybody.
        """
        people, stamp = population().c, plan_stamp.c
        here = population().join(plan_stamp, stamp.person_id == people.person_id)
        stands = and_(population_on(self.reader.placer.first), self._present(session))
        counted = select(func.count(), func.coalesce(func.sum(stamp.doubtful), 0))
        counted = counted.select_from(here).where(stands)
        if among is None:
            n, doubtful = session.execute(counted).one()
            return int(n), int(doubtful)
        n = doubtful = 0
        ids = sorted(among)
        for start in range(0, len(ids), _AT_ONCE):
            some = people.person_id.in_(ids[start : start + _AT_ONCE])
            found = session.execute(counted.where(some)).one()
            n, doubtful = n + int(found[0]), doubtful + int(found[1])
        return n, doubtful

    def _present(self, session: Session) -> Any:
        stamp = plan_stamp.c
        return and_(stamp.policy == self.policy(session), stamp.planned == stamp.touched)

    def moved(self, session: Session, persons: Collection[int]) -> set[int]:
        """Name those of some people about whose surroundings the rules now find something else.

        Than when their plan was drawn up, whenever that was.
        """
        if not persons:
            return set()
        stamp = plan_stamp.c
        drawn = select(stamp.person_id, stamp.reading).where(stamp.person_id.in_(sorted(persons)))
        before = {person_id: reading for person_id, reading in session.execute(drawn)}
        found = self.reader.fingerprints(session, sorted(persons))
        return {one for one in persons if before.get(one) != found.get(one)}

    @staticmethod
    def free(session: Session, persons: Collection[int]) -> set[int]:
        """Name those of some people whom nobody else is writing about just now, and keep them so.

        Never waits. Whoever writes about one of a couple holds that stamp; were the other's waited
        for, two who write about one each would wait for each other for ever. On SQLite nobody else
        writes.
        """
        if not persons or session.get_bind().dialect.name == "sqlite":
            return set(persons)
        noted = select(plan_stamp.c.person_id).where(plan_stamp.c.person_id.in_(sorted(persons)))
        locked = noted.order_by(plan_stamp.c.person_id).with_for_update(skip_locked=True)
        got = set(session.scalars(locked))
        return set(persons) - (set(session.scalars(noted)) - got)

    @staticmethod
    def of(session: Session, chosen: Collection[int] | tuple[int, int]) -> dict[int, Stamp]:
        """Give what is noted of these people; read before anything else about them."""
        stamp = plan_stamp.c
        found = select(stamp.person_id, stamp.touched, stamp.planned, stamp.policy).where(
            within(stamp.person_id, chosen)
        )
        return {person_id: Stamp(*noted) for person_id, *noted in session.execute(found)}

    def put(
        self,
        session: Session,
        stamped: Mapping[int, Stamp],
        people: Iterable[tuple[int, bool, int]],
    ) -> None:
        """Keep by what the plans of people were drawn up: id, whether doubtful, fingerprint."""
        policy, rows = self.policy(session), []
        for one, doubtful, reading in people:
            noted = stamped.get(one)
            touched = noted.touched if noted is not None else 0
            rows.append((one, touched, touched, policy, int(doubtful), reading))
        if not rows:
            return
        set_aside(session, _ASIDE, rows)
        session.connection().exec_driver_sql(_PUT)


@cache
def _data_digest(data: Path, agency: str) -> str:
    """Sum up the program and the data that plans rest on; read once, as the data itself is."""
    told = sha256(__version__.encode())
    folders = (data / "reference", data / "agencies" / agency)
    for path in sorted(path for folder in folders for path in folder.rglob("*.toml")):
        told.update(path.name.encode())
        told.update(path.read_bytes())
    return told.hexdigest()

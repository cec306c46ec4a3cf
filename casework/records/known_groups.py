"""People around the person: how many of a group meet a condition, for everybody at once.

Decides who belongs to whose household, building, branch or caseload on a day and who is whose
spouse; leaves what is asked of them to the rules. A group is one grouped query over a key, so that
the work grows with the number of people, never with pairs of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, cast

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    Subquery,
    and_,
    case,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    union,
)
from sqlalchemy.orm import aliased

from casework.records.base import Day
from casework.records.known_parts import Grouping, Limits, Part
from casework.records.people import (
    CareTeamMember,
    Fact,
    Person,
    RelatedPerson,
    covers,
    holds_on,
    in_care_on,
    is_shared,
)
from casework.rules.tree import MANY, Node, Subject

__all__ = ["GroupParts"]

Members = Callable[[Node | None, date, Collection[str], Select[Any] | None], Select[Any]]

_KEY_FACTS = {
    "household": "address",
    "neighbours": "building",
    "community": "community",
    "branch": "branch",
}
_OTHERS = frozenset({"household", "neighbours"})
_UNMARRIED = ("10", "30", "40")


class GroupParts(Grouping):
    """Builds one query for each group and condition that is asked for.

    Parameters
    ----------
    enough : mapping of Subject to int
        How far to count the members of a group of whom nothing else is asked. Who has so many is
        said to have so many at least, and at most `MANY`. Counts of the others are always whole.
    """

    def __init__(
        self,
        day: date,
        outcomes: tuple[str, ...],
        limits: Limits,
        enough: Mapping[Subject, int] | None = None,
    ) -> None:
        super().__init__(day, outcomes, limits)
        self.enough = enough or {}

    def parts(self, asked: Sequence[Subject], members: Members) -> Iterator[Part]:
        """Yield a part for each group asked about.

        Parameters
        ----------
        members : callable
            Selects people in care with whether they meet a condition.
        """
        for one in asked:
            if one.source != "group":
                continue
            if one.name == "spouse":
                source = self._spouses(one, members)
            elif one.inner is None and one in self.enough and one.name in _KEY_FACTS:
                source = self._up_to(one, self.enough[one])
            else:
                source = self._keyed(one, members)
            yield Part(source, {one: (source.c.fewest, source.c.most)})

    # --- groups by a key ------------------------------------------------------------------------

    def _keyed(self, subject: Subject, members: Members) -> Subquery:
        """Count members by the key they share, without the person where others are meant.

        NULL, which is unknown, for whoever has no key: we do not know who lives with them.
        """
        mine = self._keys(subject.name, self.limits).subquery("mine")
        # Said once: who belongs to a large community is looked up one by one.
        keys = self._keys(subject.name, self._near(subject.name)).cte()
        among = None
        if not self.limits.everybody:
            among = select(keys.c.person_id).where(keys.c.key.in_(select(mine.c.key)))
        met = members(subject.inner, self.day, self.outcomes, among).cte()
        sums = (
            select(keys.c.key, *_sums(met))
            .join(met, met.c.person_id == keys.c.person_id)
            .group_by(keys.c.key)
            .subquery("sums")
        )
        joined = mine.outerjoin(sums, sums.c.key == mine.c.key)
        sure: ColumnElement[Any] = func.coalesce(sums.c.sure, 0)
        open_: ColumnElement[Any] = func.coalesce(sums.c.open, 0)
        if subject.name in _OTHERS:
            own = met.alias()
            joined = joined.outerjoin(own, own.c.person_id == mine.c.person_id)
            sure = sure - func.coalesce(own.c.met, 0)
            open_ = open_ - case(
                (and_(own.c.person_id.is_not(None), own.c.met.is_(None)), 1), else_=0
            )
        return (
            select(mine.c.person_id, sure.label("fewest"), (sure + open_).label("most"))
            .select_from(joined)
            .subquery()
        )

    def _up_to(self, subject: Subject, enough: int) -> Subquery:
        """Count the members of each person's group until there are enough.

        A community of thousands is not gone through for one person's plan: the index that finds
        them is left as soon as the number decides everything it is compared with.
        """
        mine = self._keys(subject.name, self.limits).subquery("mine")
        asked = select(mine.c.key).distinct().subquery("asked")
        code = _KEY_FACTS[subject.name]
        other = aliased(Fact)
        # Of who has several keys at a time, the first one counts, and each person once.
        before = exists().where(
            other.person_id == Fact.person_id,
            other.code == code,
            other.value != "",
            holds_on(self.day, other),
            or_(other.value < Fact.value, and_(other.value == Fact.value, other.id < Fact.id)),
        )
        members = (
            select(Fact.person_id)
            .join(Person, Person.id == Fact.person_id)
            .where(
                is_shared(),
                Fact.code == code,
                Fact.value == asked.c.key,
                holds_on(self.day),
                in_care_on(self.day),
                not_(before),
            )
            .correlate(asked)
            .limit(enough + 1)
            .subquery()
        )
        n = select(func.count()).select_from(members).scalar_subquery()
        sizes = select(asked.c.key, n.label("n")).subquery("sizes")
        joined = mine.outerjoin(sizes, sizes.c.key == mine.c.key)
        found: ColumnElement[Any] = func.coalesce(sizes.c.n, 0)
        if subject.name in _OTHERS:
            own = select(Person.id).where(in_care_on(self.day), self.limits.of(Person.id))
            found = found - case((mine.c.person_id.in_(own), 1), else_=0)
        return (
            select(
                mine.c.person_id,
                case((found >= enough, enough), else_=found).label("fewest"),
                case((found >= enough, MANY), else_=found).label("most"),
            )
            .select_from(joined)
            .subquery()
        )

    def _near(self, group: str) -> Limits:
        """Limit keys to those who may share one with somebody within the limits.

        Else the keys of everybody would be put together to find the few that are shared.
        """
        if self.limits.everybody:
            return Limits()
        mine = select(self._keys(group, self.limits).subquery("near").c.key)
        if group == "caseload":
            seats = select(CareTeamMember.person_id).where(CareTeamMember.staff_id.in_(mine))
            return Limits(query=seats)
        here = and_(is_shared(), Fact.code == _KEY_FACTS[group], Fact.value.in_(mine))
        return Limits(query=select(Fact.person_id).where(here))

    def _keys(self, group: str, limits: Limits) -> Select[Any]:
        """Select what people share: ``person_id`` and ``key``."""
        if group == "caseload":
            seats = (
                select(CareTeamMember.person_id, func.min(CareTeamMember.staff_id).label("key"))
                .where(
                    CareTeamMember.role == "caseworker",
                    CareTeamMember.staff_id.is_not(None),
                    CareTeamMember.superseded_at.is_(None),
                    covers(CareTeamMember.valid_from, CareTeamMember.valid_to, self.day),  # type: ignore[arg-type]
                    limits.of(CareTeamMember.person_id),
                )
                .group_by(CareTeamMember.person_id)
            )
            return cast(Select[Any], seats)
        found = (
            select(Fact.person_id, func.min(Fact.value).label("key"))
            .where(
                Fact.code == _KEY_FACTS[group],
                Fact.value != "",
                holds_on(self.day),
                limits.of(Fact.person_id),
            )
            .group_by(Fact.person_id)
        )
        return cast(Select[Any], found)

    def around(self, groups: Collection[str]) -> Select[Any]:
        """Select the people who share a group with somebody within the limits: ``person_id``."""
        found: list[Select[Any]] = []
        for group in sorted(groups):
            if group == "spouse":
                pairs = self._pairs().subquery()
                found.append(select(pairs.c.other_id.label("person_id")))
                continue
            mine = self._keys(group, self.limits).subquery()
            keys = self._keys(group, self._near(group)).subquery()
            shared = keys.c.key.in_(select(mine.c.key))
            found.append(select(keys.c.person_id).where(shared))
        everybody = union(*found).subquery()
        return select(everybody.c.person_id)

    # --- the spouse -----------------------------------------------------------------------------

    def _spouses(self, subject: Subject, members: Members) -> Subquery:
        """Count spouses who meet a condition.

        A spouse who is one of our people is read like everybody; of another one nothing is known.
        Without any on record it is unknown whether there is one, unless the person is known to be
        single, widowed or divorced.
        """
        pairs = self._pairs().cte()
        met = members(
            subject.inner, self.day, self.outcomes, select(pairs.c.other_id).distinct()
        ).cte()
        other = Person.__table__.alias()
        gone = or_(
            other.c.died_on < literal(self.day, Day()),
            other.c.merged_into_id.is_not(None),
        )
        open_ = case((met.c.met.is_not(None), 0), (gone, 0), else_=1)
        linked = (
            select(
                pairs.c.person_id,
                func.coalesce(func.sum(met.c.met), 0).label("sure"),
                func.sum(open_).label("open"),
            )
            .select_from(
                pairs.join(other, other.c.id == pairs.c.other_id).outerjoin(
                    met, met.c.person_id == pairs.c.other_id
                )
            )
            .group_by(pairs.c.person_id)
            .subquery()
        )
        named = select(RelatedPerson.person_id).where(
            self._is_spouse(), self.limits.of(RelatedPerson.person_id)
        )
        person = Person.__table__
        # IN, not joins: SQLite has been seen to go through a joined list once for each person.
        most = case(
            (linked.c.person_id.is_not(None), linked.c.sure + linked.c.open),
            (person.c.id.in_(named), 1),
            (person.c.id.in_(self._single()), 0),
            else_=1,
        )
        return (
            select(
                person.c.id.label("person_id"),
                func.coalesce(linked.c.sure, 0).label("fewest"),
                most.label("most"),
            )
            .select_from(person.outerjoin(linked, linked.c.person_id == person.c.id))
            .where(self.limits.of(person.c.id))
            .subquery()
        )

    def _is_spouse(self) -> ColumnElement[bool]:
        return and_(
            RelatedPerson.relationship == "spouse",
            RelatedPerson.superseded_at.is_(None),
            covers(RelatedPerson.valid_from, RelatedPerson.valid_to, self.day),  # type: ignore[arg-type]
        )

    def _pairs(self) -> Any:
        """Select who is married to whom, whichever of the two dossiers says so."""
        linked = and_(self._is_spouse(), RelatedPerson.other_person_id.is_not(None))
        one = select(
            RelatedPerson.person_id.label("person_id"),
            RelatedPerson.other_person_id.label("other_id"),
        ).where(linked, self.limits.of(RelatedPerson.person_id))
        other = select(
            RelatedPerson.other_person_id.label("person_id"),
            RelatedPerson.person_id.label("other_id"),
        ).where(linked, self.limits.of(RelatedPerson.other_person_id))
        return union(one, other)

    def _single(self) -> Select[Any]:
        """Select who is known to have no spouse."""
        return select(Fact.person_id).where(
            Fact.code == "marital_status",
            Fact.value.in_(_UNMARRIED),
            holds_on(self.day),
            self.limits.of(Fact.person_id),
        )


def _sums(met: CTE) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Sum up who meets a condition and of whom that is open."""
    return (
        func.coalesce(func.sum(met.c.met), 0).label("sure"),
        func.sum(case((met.c.met.is_(None), 1), else_=0)).label("open"),
    )

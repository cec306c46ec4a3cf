"""Makes a matching problem of people and helpers: who lacks whom, what speaks for which pair.

Decides what a fact, a wish or something that is not known means for the matching, in kilometres of
the agency's rules. Unknown is not no: whose place is not known is a stated distance away, and it is
said. Leaves the search to `casework.matching`, words to :mod:`casework.workbook.pair_words`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry
from casework.indicators import Scope
from casework.indicators.pairing import needed_seats
from casework.indicators.scope import in_scope
from casework.records import (
    CareTeamMember,
    Fact,
    Helper,
    HelperTerm,
    Person,
    VisitorWish,
    covers,
    holds_on,
)
from casework.records.population import population
from casework.reference.pairing import PairingRules
from casework.routing.week.hours import read_hours
from casework.workbook.helper_entry import term_holds
from casework.workbook.helper_rows import HelperRow
from casework.workbook.places import plane, point_from

if TYPE_CHECKING:
    from casework.matching import Affinity, Party
    from casework.workbook.door import Workbook

__all__ = ["PairProblem", "PersonSide", "read_problem"]

_FACTS = ("location", "community", "dialect", "hobby", "skill", "visitor_sex", "visit_times")
_CHUNK = 20_000


@dataclass(frozen=True, slots=True)
class PersonSide:
    """A person who is to be paired.

    Attributes
    ----------
    facts : mapping of str to tuple of str
        Values by code; a code is missing where nobody asked.
    pairs : tuple of (int, int, bool)
        Helper, number of the pair and whether it is locked, of those there are in this seat.
    place : tuple of float or None
        East and north in kilometres.
    by_community : bool
        Whether the place is that of the community, the own one not being known.
    teams : frozenset of str
        Teams from which helpers come today, in any seat.
    """

    person_id: int
    name: str
    facts: Mapping[str, tuple[str, ...]]
    pairs: tuple[tuple[int, int, bool], ...] = ()
    place: tuple[float, float] | None = None
    by_community: bool = False
    teams: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PairProblem:
    """Everything a proposal for one seat rests on.

    Attributes
    ----------
    people : tuple of PersonSide
        Who lacks somebody in the seat, or whose pair may change.
    helpers : tuple of HelperRow
        Vetted, not stopped, of a kind that sits there.
    room : mapping of int to int
        Places of each helper for this proposal, pairs that may change among them.
    left_out : mapping of str to int
        Helpers who are not offered, by why: ``none``, ``ended``, ``failed`` (vetting), ``full``.
    refused : tuple of (int, str)
        People who said no to being paired, and are left alone.
    """

    role: str
    frees: bool
    people: tuple[PersonSide, ...]
    helpers: tuple[HelperRow, ...]
    room: Mapping[int, int]
    places: Mapping[int, tuple[float, float]]
    weights: Mapping[str, float]
    wishes: Mapping[int, frozenset[int]] = field(default_factory=dict)
    refusals: Mapping[int, frozenset[int]] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)
    refused: tuple[tuple[int, str], ...] = ()
    unasked: int = 0

    @property
    def locked(self) -> frozenset[tuple[str, str]]:
        """Pairs that stay: locked by hand, or with a helper who may not be offered to anybody."""
        vetted = {one.helper_id for one in self.helpers if one.vetting == "valid"}
        return frozenset(
            (str(one.person_id), str(helper))
            for one in self.people
            for helper, _seat, is_locked in one.pairs
            if is_locked or helper not in vetted
        )

    def affinity(self, without: Collection[int] = ()) -> Affinity:
        """Give the prices of all pairs.

        Parameters
        ----------
        without : collection of int
            Helpers who are not there.
        """
        from casework.matching import Affinity, Weights  # brings numpy

        gone = set(without)
        helpers = [one for one in self.helpers if one.helper_id not in gone]
        return Affinity(
            [self._person(one) for one in self.people],
            [self._helper(one) for one in helpers],
            Weights(**self.weights),
        )

    def _person(self, one: PersonSide) -> Party:
        from casework.matching import Party

        sexes = one.facts.get("visitor_sex", ())
        mine = str(one.person_id)
        return Party(
            mine,
            one.place,
            dialects=frozenset(_folded(one.facts.get("dialect", ()))),
            interests=frozenset(
                _folded((*one.facts.get("hobby", ()), *one.facts.get("skill", ())))
            ),
            hours=_hours(one.facts.get("visit_times", ())),
            teams=frozenset(_folded(one.teams)),
            wants_sex=sexes[-1] if sexes and sexes[-1] in ("1", "2") else None,
            seats=max(1, len(one.pairs)),
            wants=frozenset(map(str, self.wishes.get(one.person_id, ()))),
            refuses=frozenset(map(str, self.refusals.get(one.person_id, ()))),
            now=frozenset(str(helper) for helper, _seat, _locked in one.pairs),
        )

    def _helper(self, one: HelperRow) -> Party:
        from casework.matching import Party

        return Party(
            str(one.helper_id),
            self.places.get(one.helper_id),
            sex=one.sex,
            dialects=frozenset(_folded(one.terms.get("dialect", ()))),
            interests=frozenset(
                _folded((*one.terms.get("interest", ()), *one.terms.get("skill", ())))
            ),
            hours=_hours(one.terms.get("hours", ())),
            teams=frozenset(_folded(one.terms.get("team", ()))),
            seats=self.room.get(one.helper_id, 0),
        )


def read_problem(
    book: Workbook, session: Session, rules: PairingRules, role: str, *, frees: bool,
    weights: Mapping[str, float],
) -> PairProblem:  # fmt: skip
    """Read who lacks somebody in a seat, and who could be that.

    Parameters
    ----------
    frees : bool
        Whether pairs that there are may change, locked ones aside; else only empty seats are
        filled.
    """
    day = book.today
    named = _people_of_role(book, session, role, day)
    held = _held(session, role, day)
    asked = [one for one in named if frees or one not in held]
    kinds = [one for one in rules.kinds.values() if role in (one.seat, *one.seat_of.values())]
    purposes = {one.purpose for one in kinds}
    told = book.pairs.consents(session, {(p, u, None) for p in asked for u in purposes}, day)
    no = {p for p in asked if all(told[p, u, None] == "refused" for u in purposes)}
    unasked = sum(any(told[p, u, None] == "open" for u in purposes) for p in asked if p not in no)
    facts = _facts(session, asked, day)
    middles = _middles(session, day)
    teams = _teams(session, asked, day)
    people = [
        replace(
            _person(person, named[person], facts.get(person, {}), held.get(person, ()), middles),
            teams=teams.get(person, frozenset()),
        )
        for person in asked
        if person not in no
    ]
    everybody = _helpers(book, session, rules, role, day)
    room, left_out = _room(everybody, held, {one.person_id for one in people}, frees)
    helpers = [one for one in everybody if room.get(one.helper_id)]
    offered = {one.helper_id for one in helpers}
    # Whoever has somebody of another kind in the seat is left alone.
    people = [one for one in people if all(helper in offered for helper, *_more in one.pairs)]
    wishes, refusals = _wishes(session, {one.person_id for one in people}, helpers)
    return PairProblem(
        role, frees, tuple(people), tuple(helpers), room,
        {
            one.helper_id: place
            for one in helpers
            if (place := _place_of(one, middles)) is not None
        },
        dict(weights), wishes, refusals, left_out,
        tuple((person, named[person]) for person in sorted(no)), unasked,
    )  # fmt: skip


def _people_of_role(book: Workbook, session: Session, role: str, day: date) -> dict[int, str]:
    """Name the people in care of whom somebody in the seat is asked for, or who have one."""
    scope = Scope(book.agency, day)
    needed = needed_seats(scope).get(role)
    holders = select(CareTeamMember.person_id).where(
        CareTeamMember.role == role,
        CareTeamMember.helper_id.is_not(None),
        CareTeamMember.superseded_at.is_(None),
        covers(CareTeamMember.valid_from, CareTeamMember.valid_to, day),  # type: ignore[arg-type]
    )
    person_id = population().c.person_id
    wanted = person_id.in_(holders)
    query = (
        select(person_id, Person.name)
        .join(Person, Person.id == person_id)
        .where(in_scope(scope), wanted if needed is None else or_(needed == 1, wanted))
        .order_by(person_id)
    )
    return {person: name for person, name in session.execute(query)}


def _held(
    session: Session, role: str, day: date
) -> dict[int, tuple[tuple[int | None, int, bool], ...]]:
    """Give who has somebody in the seat: helper, number of the seat, whether it is locked."""
    found: defaultdict[int, list[tuple[int | None, int, bool]]] = defaultdict(list)
    query = select(
        CareTeamMember.person_id, CareTeamMember.helper_id, CareTeamMember.id,
        CareTeamMember.locked_on,
    ).where(
        CareTeamMember.role == role,
        CareTeamMember.superseded_at.is_(None),
        or_(CareTeamMember.valid_to.is_(None), CareTeamMember.valid_to >= day),
    )  # fmt: skip
    for person, helper, seat, locked in session.execute(query.order_by(CareTeamMember.id)):
        found[person].append((helper, seat, locked is not None))
    return {person: tuple(rows) for person, rows in found.items()}


def _person(
    person_id: int,
    name: str,
    facts: Mapping[str, tuple[str, ...]],
    held: Sequence[tuple[int | None, int, bool]],
    middles: Mapping[str, tuple[float, float]],
) -> PersonSide:
    own = plane(point_from(facts["location"][-1])) if facts.get("location") else None
    near = next((middles[one] for one in facts.get("community", ()) if one in middles), None)
    pairs = tuple((helper, seat, lock) for helper, seat, lock in held if helper is not None)
    return PersonSide(
        person_id, name, facts, pairs, own or near, own is None and near is not None
    )  # fmt: skip


def _facts(
    session: Session, persons: Sequence[int], day: date
) -> dict[int, Mapping[str, tuple[str, ...]]]:
    found: defaultdict[int, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for start in range(0, len(persons), _CHUNK):
        query = select(Fact.person_id, Fact.code, Fact.value).where(
            Fact.person_id.in_(persons[start : start + _CHUNK]), Fact.code.in_(_FACTS),
            holds_on(day),
        )  # fmt: skip
        for person, code, value in session.execute(query.order_by(Fact.id)):
            if value:
                found[person][code].append(value)
    return {
        person: {code: tuple(values) for code, values in codes.items()}
        for person, codes in found.items()
    }


def _teams(session: Session, persons: Sequence[int], day: date) -> dict[int, frozenset[str]]:
    """Give the teams from which helpers come to these people today."""
    found: defaultdict[int, set[str]] = defaultdict(set)
    for start in range(0, len(persons), _CHUNK):
        query = (
            select(CareTeamMember.person_id, HelperTerm.value)
            .join(HelperTerm, HelperTerm.helper_id == CareTeamMember.helper_id)
            .where(
                CareTeamMember.person_id.in_(persons[start : start + _CHUNK]),
                CareTeamMember.superseded_at.is_(None),
                covers(CareTeamMember.valid_from, CareTeamMember.valid_to, day),  # type: ignore[arg-type]
                HelperTerm.kind == "team",
                term_holds(day),
            )
        )
        for person, team in session.execute(query):
            found[person].add(team)
    return {person: frozenset(teams) for person, teams in found.items()}


def _hours(texts: Sequence[str]) -> frozenset[str]:
    """Give the whole hours of the week that some texts mean; what cannot be read means nothing."""
    found: set[str] = set()
    for text in texts:
        try:
            span = read_hours(text)
        except InvalidEntry:
            continue
        hours = range(-(-span.begins // 60), span.ends // 60)
        found |= {f"{day}-{hour}" for day in span.weekdays for hour in hours}
    return frozenset(found)


def _middles(session: Session, day: date) -> dict[str, tuple[float, float]]:
    """Give the middle of each community, from the homes in it whose place is known."""
    place = select(Fact.person_id, Fact.value).where(Fact.code == "location", holds_on(day))
    places = {person: plane(point_from(text)) for person, text in session.execute(place) if text}
    where = select(Fact.person_id, Fact.value).where(Fact.code == "community", holds_on(day))
    found: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    for person, community in session.execute(where):
        point = places.get(person)
        if community and point is not None:
            found[community].append(point)
    return {
        one: (sum(p[0] for p in points) / len(points), sum(p[1] for p in points) / len(points))
        for one, points in found.items()
    }


def _helpers(
    book: Workbook, session: Session, rules: PairingRules, role: str, day: date
) -> list[HelperRow]:
    """Give the helpers who have not stopped and whose pairs stand in the seat."""
    kinds = [one.code for one in rules.kinds.values() if role in (one.seat, *one.seat_of.values())]
    query = select(Helper.id).where(
        Helper.kind.in_(kinds), or_(Helper.active_to.is_(None), Helper.active_to >= day)
    )
    ids = list(session.scalars(query.order_by(Helper.id)))
    rows = book.helpers.rows(session, ids, day)
    return [
        rows[one]
        for one in ids
        if rules.kinds[rows[one].kind].seat_for(rows[one].source) == role
    ]  # fmt: skip


def _room(
    helpers: Sequence[HelperRow],
    held: Mapping[int, Sequence[tuple[int | None, int, bool]]],
    people: Collection[int],
    frees: bool,
) -> tuple[dict[int, int], dict[str, int]]:
    """Give the places of each helper who may be offered, and why others are not."""
    freed: defaultdict[int, int] = defaultdict(int)
    if frees:
        for person, pairs in held.items():
            for helper, _seat, _locked in pairs:
                if helper is not None and person in people:
                    freed[helper] += 1
    room: dict[int, int] = {}
    left_out: defaultdict[str, int] = defaultdict(int)
    for one in helpers:
        places = one.can_take + freed[one.helper_id]
        if one.vetting != "valid":
            left_out[one.vetting] += 1
            # A pair that there is goes on until somebody decides; no new one is offered.
            room[one.helper_id] = freed[one.helper_id]
        elif not places:
            left_out["full"] += 1
        else:
            room[one.helper_id] = places
    return room, dict(left_out)


def _wishes(
    session: Session, people: Collection[int], helpers: Sequence[HelperRow]
) -> tuple[dict[int, frozenset[int]], dict[int, frozenset[int]]]:
    """Give whom people want and do not want, of helpers who also work here."""
    of_staff = {one.staff_id: one.helper_id for one in helpers if one.staff_id is not None}
    found: dict[str, dict[int, frozenset[int]]] = {"yes": {}, "no": {}}
    if not of_staff:
        return found["yes"], found["no"]
    query = select(VisitorWish.person_id, VisitorWish.staff_id, VisitorWish.wanted).where(
        VisitorWish.staff_id.in_(list(of_staff)), VisitorWish.superseded_at.is_(None)
    )
    for person, one, wanted in session.execute(query):
        if person in people:
            held = found[wanted].get(person, frozenset())
            found[wanted][person] = held | {of_staff[one]}
    return found["yes"], found["no"]


def _place_of(
    one: HelperRow, middles: Mapping[str, tuple[float, float]]
) -> tuple[float, float] | None:
    own = plane(point_from(one.place)) if one.place else None
    if own is not None:
        return own
    near = (one.community, *one.terms.get("area", ()))
    return next((middles[where] for where in near if where and where in middles), None)


def _folded(values: Iterable[Any]) -> Iterable[str]:
    return (str(one).strip().casefold() for one in values)

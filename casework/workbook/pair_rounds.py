"""Proposals of pairs: worked out over everybody at once, explained, accepted singly or all.

Decides what becomes of a proposal: it is kept with its weights and reasons, people accept or leave
each line, and what was accepted can be taken back. What would be without some helpers is asked
here too, and writes nothing. The matching is `casework.matching`'s.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from casework.errors import CaseworkError, InvalidEntry, NotFound, NotPermitted
from casework.records import CareTeamMember, Helper, PairOffer, PairRound, Person
from casework.records.audit import in_bulk
from casework.records.base import now
from casework.reference.pairing import PairingRules, pairing_rules
from casework.terms import _, day_of
from casework.workbook.pair_losses import Lost, lost_without
from casework.workbook.pair_problem import PairProblem, read_problem
from casework.workbook.pair_seats import PairSeats

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["Accepted", "OfferRow", "PairRounds", "RoundLine", "RoundShown"]

Progress = Callable[[float, str], object]
_DECIDERS = ("supervisor", "administrator")
OFFER_STATES = ("open", "accepted", "declined", "without", "kept")


@dataclass(frozen=True, slots=True)
class OfferRow:
    """One line of a proposal.

    Attributes
    ----------
    helper_id : int or None
        None where nobody was found.
    before : str or None
        The helper whose place it would take.
    terms : mapping of str to float
        Kilometres that speak against the pair, or for it where below 0, by
        `casework.matching.affinity.TERMS`.
    why : tuple of (str, int)
        Where nobody was found: kind of reason and of how many helpers, as
        `casework.matching.Reason`.
    state : str
        ``open``, ``accepted``, ``declined``, ``without`` (nobody was found).
    """

    offer_id: int
    person_id: int
    person: str
    helper_id: int | None
    helper: str | None
    before: str | None
    terms: Mapping[str, float]
    why: tuple[tuple[str, int], ...]
    state: str
    seat_id: int | None

    @property
    def kilometres(self) -> float | None:
        """The way between the two; None where one of the places is not known."""
        if self.helper_id is None or "unknown_place" in self.terms:
            return None
        return self.terms.get("distance", 0.0)


@dataclass(frozen=True, slots=True)
class RoundLine:
    """A proposal as a line of a list: how many lines of it are in which state."""

    round_id: int
    role: str
    frees: bool
    weights: Mapping[str, float]
    told: Mapping[str, Any]
    at: date
    by: str
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class RoundShown:
    """A proposal with its lines: open ones first, then those for whom nobody was found."""

    line: RoundLine
    offers: tuple[OfferRow, ...]


@dataclass(frozen=True, slots=True)
class Accepted:
    """What accepting did: the pairs made, and lines refused meanwhile with the reason in words."""

    seats: tuple[int, ...]
    refused: tuple[tuple[str, str], ...]


class PairRounds:
    """What is done with proposals of pairs.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    @property
    def rules(self) -> PairingRules:
        """The agency's rules of helpers and pairs."""
        return pairing_rules(self._workbook.agency.code)

    @property
    def may_propose(self) -> bool:
        """Whether whoever acts may propose and accept pairs."""
        return self._workbook.actor.role in _DECIDERS

    def problem(
        self, role: str, *, frees: bool = False, weights: Mapping[str, float] | None = None
    ) -> PairProblem:
        """Read what a proposal would rest on; writes nothing.

        Parameters
        ----------
        role : str
            Seat of the care team.
        frees : bool
            Whether pairs that there are may change, locked ones aside.
        weights : mapping of str to float or None
            Kilometres in the place of the agency's, 0 or more.

        Raises
        ------
        InvalidEntry
            If no helper sits in such a seat, or a weight cannot be.
        """
        if role not in self.rules.seats:
            raise InvalidEntry(_("No helper sits in this seat of the care team."), "role", role)
        given = dict(weights or {})
        for name, value in given.items():
            if name not in self.rules.weights or not 0 <= value <= 1_000:
                raise InvalidEntry(_("Enter kilometres from 0 to 1000."), name, value)
        book = self._workbook
        with book.reading() as session:
            return read_problem(book, session, self.rules, role, frees=frees,
                                weights={**self.rules.weights, **given})  # fmt: skip

    def search(
        self, problem: PairProblem, progress: Progress | None = None
    ) -> list[dict[str, Any]]:
        """Work out the cheapest pairs over everybody; gives the lines of a proposal.

        Writes nothing and reads nothing, so that it may run beside other work.

        Parameters
        ----------
        progress : callable or None
            Called with the share of people who are paired for good, 0 to 1, and a word.
        """
        from casework.matching import match, why_without  # brings numpy and SciPy

        if not problem.people:
            return []
        affinity = problem.affinity()
        found = match(affinity, locked=problem.locked, progress=progress)
        chosen: defaultdict[str, list[int]] = defaultdict(list)
        for person, helper in found.pairs:
            chosen[person].append(int(helper))
        lines: list[dict[str, Any]] = []
        for side in problem.people:
            key = str(side.person_id)
            kept = chosen[key]
            free = [seat for helper, seat, _locked in side.pairs if helper not in kept]
            had = {helper for helper, _seat, _locked in side.pairs}
            for helper_id in (one for one in kept if one not in had):
                terms = affinity.terms(affinity.person_at[key], affinity.helper_at[str(helper_id)])
                lines.append({
                    "person_id": side.person_id,
                    "helper_id": helper_id,
                    "from_seat_id": free.pop(0) if free else None,
                    "terms": {name: round(value, 3) for name, value in terms.items()},
                    "why": None,
                })  # fmt: skip
            if not kept:
                reasons = why_without(affinity, found, key)
                lines.append({
                    "person_id": side.person_id,
                    "helper_id": None,
                    "from_seat_id": None,
                    "terms": None,
                    "why": [[one.kind, one.count] for one in reasons] or [["nobody", 0]],
                })  # fmt: skip
        return lines

    def keep(self, problem: PairProblem, lines: Sequence[Mapping[str, Any]]) -> int:
        """Keep a proposal, and give its number; nobody is paired by it."""
        book = self._workbook
        self._require_right()
        told = {
            "people": len(problem.people),
            "helpers": len(problem.helpers),
            "places": sum(problem.room.get(one.helper_id, 0) for one in problem.helpers),
            "locked": len(problem.locked),
            "refused": len(problem.refused),
            "unasked": problem.unasked,
            "left_out": dict(problem.left_out),
            "unplaced_people": sum(one.place is None for one in problem.people),
            "by_community": sum(one.by_community for one in problem.people),
            "unplaced_helpers": sum(
                one.helper_id not in problem.places for one in problem.helpers
            ),
            "unspoken": sum("dialect" not in one.facts for one in problem.people),
        }  # fmt: skip
        with book.transaction() as session:
            made = PairRound(
                role=problem.role,
                frees=book.today if problem.frees else None,
                weights=dict(problem.weights),
                told=told,
                recorded_at=now(),
                recorded_by=book.actor.name,
            )
            session.add(made)
            session.flush()
            with in_bulk(session):
                if lines:
                    rows = [{"round_id": made.id, **one} for one in lines]
                    session.execute(insert(PairOffer), rows)
            after = {"round": made.id, "role": problem.role, "lines": len(lines)}
            book.log(session, "propose_pairs", "workbook", after=after)
            return made.id

    def propose(
        self, role: str, *, frees: bool = False, weights: Mapping[str, float] | None = None,
        progress: Progress | None = None,
    ) -> int:  # fmt: skip
        """Work out and keep a proposal, and give its number; see `problem` and `search`."""
        self._require_right()
        problem = self.problem(role, frees=frees, weights=weights)
        return self.keep(problem, self.search(problem, progress))

    def recent(self, *, limit: int = 20) -> list[RoundLine]:
        """List proposals, the latest first."""
        with self._workbook.reading() as session:
            rounds = session.scalars(
                select(PairRound).order_by(PairRound.id.desc()).limit(limit)
            ).all()
            counts = _counts(session, [one.id for one in rounds])
        return [_line(one, counts.get(one.id, {})) for one in rounds]

    def show(self, round_id: int) -> RoundShown:
        """Give a proposal with all its lines.

        Raises
        ------
        NotFound
            If there is no such proposal.
        """
        with self._workbook.reading() as session:
            found = session.get(PairRound, round_id)
            if found is None:
                raise NotFound(_("There is no proposal with the number {id}.", id=round_id))
            counts = _counts(session, [round_id])
            offers = _offers(session, round_id)
        order = {"open": 0, "without": 1, "accepted": 2, "declined": 3}
        offers.sort(key=lambda one: order[one.state])  # within one, as they sound
        return RoundShown(_line(found, counts.get(round_id, {})), tuple(offers))

    def accept(self, round_id: int, offer_ids: Collection[int] | None = None) -> Accepted:
        """Make pairs of lines of a proposal, from today on.

        Lines that cannot be any more, because somebody was paired or a vetting ended meanwhile, are
        left and named.

        Parameters
        ----------
        offer_ids : collection of int or None
            None for all that are open.
        """
        book = self._workbook
        self._require_right()
        seats: list[int] = []
        refused: list[tuple[str, str]] = []
        with book.transaction() as session:
            role = self._round(session, round_id).role
            lines = list(_open(session, round_id, offer_ids))
            asked = [(offer.person_id, helper) for offer, _person, helper in lines]
            places = PairSeats(book, session, asked, role, book.today)
            made: list[tuple[PairOffer, CareTeamMember]] = []
            for offer, person, helper in lines:
                try:
                    places.require(offer.person_id, helper)
                    before = self._followed(session, offer)
                except CaseworkError as problem:
                    refused.append((person, problem.message))
                    continue
                made.append((offer, places.make(offer.person_id, helper, before)))
            places.finish()
            for offer, seat in made:
                offer.seat_id, offer.accepted_at, offer.accepted_by = (
                    seat.id, now(), book.actor.name,
                )  # fmt: skip
                offer.declined_at = offer.declined_by = None
                seats.append(seat.id)
            after = {"round": round_id, "pairs": len(seats)}
            book.log(session, "accept_pairs", "workbook", after=after)
        return Accepted(tuple(seats), tuple(refused))

    def _followed(self, session: Session, offer: PairOffer) -> CareTeamMember | None:
        """Give the pair that a line takes the place of, or refuse where it is gone."""
        if offer.from_seat_id is None:
            return None
        before = session.get(CareTeamMember, offer.from_seat_id)
        gone = before is None or before.superseded_at is not None
        if gone or (before.valid_to is not None and before.valid_to < self._workbook.today):  # type: ignore[union-attr]
            raise NotPermitted(_("The pair that it was to follow has ended meanwhile."))
        return before

    def decline(self, offer_ids: Collection[int], *, declined: bool = True) -> int:
        """Leave lines of a proposal aside, or take that back; give how many were changed."""
        book = self._workbook
        self._require_right()
        with book.transaction() as session:
            n = 0
            for offer in session.scalars(
                select(PairOffer).where(
                    PairOffer.id.in_(list(offer_ids)),
                    PairOffer.accepted_at.is_(None),
                    PairOffer.helper_id.is_not(None),
                )
            ):
                offer.declined_at = now() if declined else None
                offer.declined_by = book.actor.name if declined else None
                n += 1
            book.log(session, "decline_pairs", "workbook", after={"lines": n, "no": declined})
            return n

    def take_back(self, round_id: int, seat_ids: Collection[int] | None = None) -> int:
        """Undo accepting: the pairs made are taken back, those they followed go on.

        Parameters
        ----------
        seat_ids : collection of int or None
            Pairs made of this proposal; None for all of them.

        Returns
        -------
        int
            How many pairs were taken back; those that ended or were changed meanwhile stay.
        """
        book = self._workbook
        self._require_right()
        with book.transaction() as session:
            query = select(PairOffer, CareTeamMember).join(
                CareTeamMember, CareTeamMember.id == PairOffer.seat_id
            )
            query = query.where(PairOffer.round_id == round_id, PairOffer.accepted_at.is_not(None))
            if seat_ids is not None:
                query = query.where(PairOffer.seat_id.in_(list(seat_ids)))
            n = 0
            for offer, seat in session.execute(query).all():
                if seat.superseded_at is not None or seat.valid_to is not None:
                    continue
                seat.superseded_at = now()
                before = (
                    session.get(CareTeamMember, offer.from_seat_id) if offer.from_seat_id else None
                )
                if before is not None:
                    begun = before.valid_from is None or before.valid_from < (
                        seat.valid_from or book.today
                    )
                    if begun:
                        before.valid_to = before.end_reason = None
                    else:
                        before.superseded_at = None
                offer.seat_id = offer.accepted_at = offer.accepted_by = None
                n += 1
            after = {"round": round_id, "pairs": n}
            book.log(session, "take_back_pairs", "workbook", after=after)
            return n

    def without(self, role: str, helper_ids: Collection[int]) -> Lost:
        """Tell who would be without somebody if helpers were gone, and who could follow them.

        The pairs that there are stay where they are; only those of the lost helpers are sought
        anew. Writes nothing.

        Raises
        ------
        InvalidEntry
            If no helper is named.
        """
        if not helper_ids:
            raise InvalidEntry(_("Choose the helpers who would be gone."), "helpers")
        with self._workbook.reading() as session:
            query = select(Helper.name).where(Helper.id.in_(list(helper_ids)))
            names = tuple(session.scalars(query).all())
        return lost_without(self.problem(role, frees=True), helper_ids, names)

    # --- parts ----------------------------------------------------------------------------------

    def _require_right(self) -> None:
        if not self.may_propose:
            raise NotPermitted(
                _("Pairing people with helpers is for supervisors. Ask one of them.")
            )

    def _round(self, session: Session, round_id: int) -> PairRound:
        found = session.get(PairRound, round_id)
        if found is None:
            raise NotFound(_("There is no proposal with the number {id}.", id=round_id))
        return found


def _line(one: PairRound, counts: Mapping[str, int]) -> RoundLine:
    return RoundLine(
        one.id, one.role, one.frees is not None, one.weights or {}, one.told or {},
        day_of(one.recorded_at), one.recorded_by, counts,
    )  # fmt: skip


def _state(offer: PairOffer) -> str:
    if offer.helper_id is None:
        return "without"
    if offer.accepted_at is not None:
        return "accepted"
    return "declined" if offer.declined_at is not None else "open"


def _counts(session: Session, rounds: Sequence[int]) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = {}
    columns = (
        PairOffer.round_id, PairOffer.helper_id.is_(None), PairOffer.accepted_at.is_not(None),
        PairOffer.declined_at.is_not(None),
    )  # fmt: skip
    query = select(*columns, func.count()).where(PairOffer.round_id.in_(list(rounds)))
    for number, is_without, is_accepted, is_declined, n in session.execute(
        query.group_by(*columns)
    ):
        state = (
            "without" if is_without
            else "accepted" if is_accepted
            else "declined" if is_declined
            else "open"
        )  # fmt: skip
        own = found.setdefault(number, {})
        own[state] = own.get(state, 0) + int(n)
    return found


def _offers(session: Session, round_id: int) -> list[OfferRow]:
    before = select(CareTeamMember.id, Helper.name).join(
        Helper, Helper.id == CareTeamMember.helper_id
    ).subquery()  # fmt: skip
    query = (
        select(PairOffer, Person.name, Helper.name, before.c.name)
        .join(Person, Person.id == PairOffer.person_id)
        .outerjoin(Helper, Helper.id == PairOffer.helper_id)
        .outerjoin(before, before.c.id == PairOffer.from_seat_id)
        .where(PairOffer.round_id == round_id)
        .order_by(Person.name_pinyin, PairOffer.id)
    )
    return [
        OfferRow(
            one.id, one.person_id, person, one.helper_id, helper, was, one.terms or {},
            tuple((str(kind), int(n)) for kind, n in one.why or ()), _state(one), one.seat_id,
        )
        for one, person, helper, was in session.execute(query)
    ]  # fmt: skip


def _open(
    session: Session, round_id: int, offer_ids: Collection[int] | None
) -> Sequence[tuple[PairOffer, str, Helper]]:
    query = (
        select(PairOffer, Person.name, Helper)
        .join(Person, Person.id == PairOffer.person_id)
        .join(Helper, Helper.id == PairOffer.helper_id)
        .where(PairOffer.round_id == round_id, PairOffer.accepted_at.is_(None))
        .order_by(PairOffer.id)
    )
    if offer_ids is None:
        query = query.where(PairOffer.declined_at.is_(None))
    else:
        query = query.where(PairOffer.id.in_(list(offer_ids)))
    return [(one[0], one[1], one[2]) for one in session.execute(query)]

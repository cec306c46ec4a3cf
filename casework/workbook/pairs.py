"""Pairs of people and helpers: made, kept, ended and found quiet; the care team with its seats.

Decides who may be paired with whom (vetted, still there, room, no refusal of the person), that a
pair ends and is never deleted, and which seats of a care team are empty. A pair is a seat of the
care team that a helper has: `casework.records.is_pair`; its state is `casework.records.pair_state`.
Leaves proposing many at once to :mod:`casework.workbook.pair_rounds`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry, NotFound, NotPermitted
from casework.indicators.pairing import quiet_days, quiet_since
from casework.planning.consents import standing
from casework.records import (
    CareTeamMember,
    Consent,
    Helper,
    Person,
    Staff,
    covers,
    in_care_on,
    is_pair,
    last_heard,
    pair_state,
    vetting,
    vetting_until,
)
from casework.records.base import now
from casework.records.helpers import PAIR_STATES
from casework.reference.pairing import PairingRules, pairing_rules
from casework.reference.privacy import purposes
from casework.terms import _
from casework.workbook.care_teams import CareTeam, Layer, care_teams, layers
from casework.workbook.consent_rows import answer_of
from casework.workbook.pair_seats import PairSeats
from casework.workbook.reversing import acting

if TYPE_CHECKING:
    from casework.workbook.door import Workbook
    from casework.workbook.pair_sheets import HelperSheet

__all__ = ["PairPage", "PairRow", "Pairs"]

_DECIDERS = ("supervisor", "administrator")
_STANDING = ("quiet", "active", "coming")
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class PairRow:
    """One pair.

    Attributes
    ----------
    helper_id : int or None
        None where the seat has a name that is not in the register.
    state : str
        As `casework.records.pair_state`.
    vetting : str
        As `casework.records.vetting`; ``unknown`` where the helper is not in the register.
    heard_on : date or None
        Day of the last contact of the two; None for none that is known.
    consent : str
        ``given``, ``refused``, ``open`` where nobody asked or it has ended; ``free`` where what
        this helper learns does not rest on consent.
    """

    seat_id: int
    person_id: int
    person: str
    role: str
    helper_id: int | None
    helper: str
    kind: str | None
    phone: str | None
    since: date | None
    until: date | None
    state: str
    vetting: str
    vetted_until: date | None
    heard_on: date | None
    locked_on: date | None
    end_reason: str | None
    consent: str


@dataclass(frozen=True, slots=True)
class PairPage:
    """A page of pairs; ``total`` without the search."""

    rows: tuple[PairRow, ...]
    matching: int
    total: int


class Pairs:
    """What is done with pairs.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    @property
    def quiet_days(self) -> tuple[int, str]:
        """After how many days a pair is quiet, and in words which seats have other days."""
        return quiet_days(self.rules)

    @property
    def rules(self) -> PairingRules:
        """The agency's rules of helpers and pairs."""
        return pairing_rules(self._workbook.agency.code)

    @property
    def may_pair(self) -> bool:
        """Whether whoever acts may pair people with helpers."""
        return self._workbook.actor.role in _DECIDERS

    # --- reading --------------------------------------------------------------------------------

    def list(
        self,
        *,
        as_of: date | None = None,
        states: Collection[str] = _STANDING,
        vettings: Collection[str] = (),
        role: str | None = None,
        person_id: int | None = None,
        helper_id: int | None = None,
        search: str = "",
        sort: str = "",
        descending: bool = False,
        offset: int = 0,
        limit: int | None = 50,
    ) -> PairPage:
        """Give a page of pairs, quiet ones first, of whom nothing was heard for longest on top.

        Parameters
        ----------
        states : collection of str
            Which of `casework.records.helpers.PAIR_STATES`.
        vettings : collection of str
            Only pairs whose helper stands so, ``unknown`` for those not in the register; empty for
            all.
        sort : {"", "person", "helper", "role", "since", "heard_on"}
        limit : int or None
            None for all.
        """
        day = as_of or self._workbook.today
        if unknown := set(states) - set(PAIR_STATES):
            raise ValueError(f"no such state of pairs: {sorted(unknown)}")
        state = pair_state(day, quiet_since(self.rules, day))
        demands: list[ColumnElement[bool]] = [is_pair(self.rules.seats), state.in_(list(states))]
        if "ended" not in states:
            demands.append(in_care_on(day))
        if vettings:
            told = [vetting(CareTeamMember.helper_id, day).in_(sorted(vettings))]
            here = [and_(CareTeamMember.helper_id.is_not(None), *told)]
            if "unknown" in vettings:
                here.append(CareTeamMember.helper_id.is_(None))
            demands.append(or_(*here))
        for column, value in (
            (CareTeamMember.role, role),
            (CareTeamMember.person_id, person_id),
            (CareTeamMember.helper_id, helper_id),
        ):
            if value is not None:
                demands.append(column == value)
        searched = _searched(search)
        name = func.coalesce(Helper.name, CareTeamMember.name, Staff.name)
        orders: dict[str, Any] = {
            "person": Person.name_pinyin,
            "helper": name,
            "role": CareTeamMember.role,
            "since": CareTeamMember.valid_from,
            "heard_on": last_heard(day),
        }
        query = (
            select(CareTeamMember.id)
            .join(Person, Person.id == CareTeamMember.person_id)
            .outerjoin(Helper, Helper.id == CareTeamMember.helper_id)
            .outerjoin(Staff, Staff.id == CareTeamMember.staff_id)
            .where(*demands)
        )
        by = orders.get(sort)
        with self._workbook.reading() as session:
            total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
            found = query.where(*searched)
            matching = total
            if searched:
                matching = session.scalar(select(func.count()).select_from(found.subquery())) or 0
            if by is None:
                page = found.order_by(state.desc(), last_heard(day).asc().nulls_first())
            else:
                page = found.order_by((by.desc() if descending else by.asc()).nulls_last())
            page = page.order_by(Person.name_pinyin, CareTeamMember.id).offset(offset)
            ids = list(session.scalars(page.limit(limit) if limit is not None else page))
            rows = self._rows(session, ids, day)
        return PairPage(tuple(rows[one] for one in ids), matching, total)

    def count(self, *, as_of: date | None = None) -> Mapping[str, int]:
        """Count the pairs by state, of people in care; ended ones of everybody."""
        day = as_of or self._workbook.today
        state = pair_state(day, quiet_since(self.rules, day))
        query = (
            select(state, func.count())
            .select_from(CareTeamMember)
            .join(Person, Person.id == CareTeamMember.person_id)
            .where(is_pair(self.rules.seats), or_(state == "ended", in_care_on(day)))
            .group_by(state)
        )
        with self._workbook.reading() as session:
            found = {one: n for one, n in session.execute(query)}
        return {one: found.get(one, 0) for one in PAIR_STATES}

    def history(self, person_id: int) -> Sequence[PairRow]:
        """Give every pair that a person has or had, the latest first; mistakes are not among."""
        rows = self.list(states=PAIR_STATES, person_id=person_id, limit=None).rows
        return sorted(rows, key=lambda one: (one.since or date.min, one.seat_id), reverse=True)

    def seats_by_name(
        self, person_ids: Collection[int], *, as_of: date | None = None
    ) -> dict[str, str]:
        """Tell in which seat helpers sit with some people, by their names."""
        day = as_of or self._workbook.today
        query = select(CareTeamMember.name, CareTeamMember.role).where(
            CareTeamMember.person_id.in_(list(person_ids)),
            CareTeamMember.name.is_not(None),
            is_pair(self.rules.seats),
            covers(CareTeamMember.valid_from, CareTeamMember.valid_to, day),  # type: ignore[arg-type]
        )
        with self._workbook.reading() as session:
            return {name: role for name, role in session.execute(query) if name}

    def teams(
        self,
        *,
        as_of: date | None = None,
        person_ids: Collection[int] | None = None,
        missing: str | None = None,
        search: str = "",
        offset: int = 0,
        limit: int | None = 50,
    ) -> tuple[Sequence[CareTeam], int]:
        """Give care teams with their empty seats, and how many there are.

        Parameters
        ----------
        person_ids : collection of int or None
            Of these people; None for all in care of whom something is asked for.
        missing : str or None
            Only teams in which this seat is asked for and empty; ``any`` for any seat.
        """
        return care_teams(
            self._workbook,
            as_of or self._workbook.today,
            person_ids=person_ids,
            missing=missing,
            search=search,
            offset=offset,
            limit=limit,
        )

    def layers(self, *, as_of: date | None = None) -> Sequence[Layer]:
        """Tell how far each layer of helpers reaches: of how many it is asked for, and is there."""
        return layers(self._workbook, as_of or self._workbook.today)

    def consents(
        self, session: Session, asked: Collection[tuple[int, str, str | None]], day: date
    ) -> dict[tuple[int, str, str | None], str]:
        """Tell what people have said, as `PairRow.consent`.

        Parameters
        ----------
        asked : collection of (int, str, str or None)
            Person, purpose, and the helper by name; None asks about helpers as a whole.
        """
        free = {code for code, one in purposes().items() if not one.needs_consent}
        wanted = {one for one in asked if one[1] not in free}
        answers: defaultdict[tuple[int, str], list[Any]] = defaultdict(list)
        persons = sorted({one[0] for one in wanted})
        codes = sorted({one[1] for one in wanted})
        for start in range(0, len(persons), 20_000):
            some = persons[start : start + 20_000]
            query = select(Consent).where(
                Consent.person_id.in_(some), Consent.purpose.in_(codes),
                Consent.superseded_at.is_(None),
            )  # fmt: skip
            for one in session.scalars(query):
                answers[one.person_id, one.purpose].append(answer_of(one))
        words = {"given": "given", "refused": "refused", "withdrawn": "refused"}
        return {
            key: words.get(standing(answers[key[:2]], day, key[2]).state, "open")
            if key in wanted
            else "free"
            for key in asked
        }

    @property
    def may_give(self) -> bool:
        """Whether whoever acts may write down that a sheet about a person is given outside."""
        return self._workbook.sharing.may_give

    def sheets(
        self, helper_id: int | None = None, *, as_of: date | None = None
    ) -> Sequence[HelperSheet]:
        """Give the sheets of one helper or all, as helpers may see them; nothing is written."""
        from casework.workbook.pair_sheets import helper_sheets

        return helper_sheets(self._workbook, helper_id, as_of or self._workbook.today)

    def give_sheets(self, sheets: Sequence[HelperSheet]) -> int:
        """Write down that helpers are told what stands on sheets; give of how many people.

        Raises
        ------
        NotPermitted
            If a consent was withdrawn meanwhile.
        """
        from casework.workbook.pair_sheets import give_sheets

        return give_sheets(self._workbook, sheets)

    # --- writing --------------------------------------------------------------------------------

    def pair(
        self,
        person_id: int,
        helper_id: int,
        *,
        role: str | None = None,
        since: date | None = None,
        takes_over: int | None = None,
    ) -> int:
        """Pair a person with a helper from a day on, and give the number of the pair.

        Whoever has the seat stays in it beside the new helper, unless the name there is the
        helper's own, not linked to the register yet.

        Parameters
        ----------
        role : str or None
            Seat of the care team; None takes that of the helper's kind.
        since : date or None
            None for today.
        takes_over : int or None
            A pair of the same person that ends the day before.

        Raises
        ------
        NotPermitted
            Unless a supervisor acts; if the helper is not vetted, has stopped or is full, or the
            person has refused.
        """
        book = self._workbook
        self._require_right()
        begins = since or book.today
        with acting(book, "pair", (person_id,), ("care_team_member",)) as act:
            helper = act.session.get(Helper, helper_id)
            if helper is None:
                raise NotFound(_("There is no helper with the number {id}.", id=helper_id))
            kind = self.rules.kinds.get(helper.kind)
            seat = role or (kind.seat_for(helper.source) if kind else "")
            seats = PairSeats(book, act.session, [(person_id, helper)], seat, begins)
            seats.require(person_id, helper)
            before = None if takes_over is None else self._own(act.session, takes_over, person_id)
            made = seats.make(person_id, helper, before)
            seats.finish()
            act.after = {"helper": helper_id, "role": seat}
            return made.id

    def _own(self, session: Session, seat_id: int, person_id: int | None = None) -> CareTeamMember:
        found = session.get(CareTeamMember, seat_id)
        gone = found is None or found.superseded_at is not None
        if gone or (person_id is not None and found.person_id != person_id):  # type: ignore[union-attr]
            raise NotFound(_("There is no such pair any more."))
        assert found is not None  # noqa: S101
        if found.role not in self.rules.seats:
            raise NotFound(_("There is no such pair any more."))
        return found

    def end(self, seat_id: int, *, last_day: date | None = None, reason: str) -> None:
        """End a pair with a day, and say why; it stays in the history.

        Raises
        ------
        InvalidEntry
            Without a reason, or if the day is before the pair began.
        """
        book = self._workbook
        self._require_right()
        told = reason.strip()[:_LONGEST]
        if not told:
            raise InvalidEntry(
                _("A reason is missing. Say in a sentence why, so that others can follow."),
                "reason",
            )
        day = last_day or book.today
        with book.reading() as session:
            person = self._own(session, seat_id).person_id
        with acting(book, "end_pair", (person,), ("care_team_member",)) as act:
            seat = self._own(act.session, seat_id)
            if seat.valid_to is not None and seat.valid_to < book.today:
                raise NotPermitted(_("This pair has ended already."))
            if seat.valid_from is not None and day < seat.valid_from:
                raise InvalidEntry(
                    _("The last day is before the first. Choose a later one."), "last_day"
                )
            seat.valid_to, seat.end_reason = day, told
            act.after = {"pair": seat_id, "until": day.isoformat()}

    def resume(self, seat_id: int) -> None:
        """Let a pair go on that was ended: undo of `end`."""
        book = self._workbook
        self._require_right()
        with book.reading() as session:
            person = self._own(session, seat_id).person_id
        with acting(book, "resume_pair", (person,), ("care_team_member",)) as act:
            seat = self._own(act.session, seat_id)
            if seat.end_reason is None:
                raise NotPermitted(_("This pair was not ended."))
            seat.valid_to = seat.end_reason = None
            act.after = {"pair": seat_id}

    def take_back(self, seat_ids: Collection[int]) -> int:
        """Say that pairs were a mistake; they stay in the history. Give how many that were."""
        book = self._workbook
        self._require_right()
        with book.transaction() as session:
            n = 0
            for seat_id in seat_ids:
                seat = self._own(session, seat_id)
                seat.superseded_at = now()
                book.log(session, "take_back_pair", "person", seat.person_id,
                         before={"pair": seat_id})  # fmt: skip
                n += 1
            return n

    def lock(self, seat_ids: Collection[int], *, locked: bool = True) -> int:
        """Let proposals leave pairs alone, or not any longer; give how many were changed."""
        book = self._workbook
        self._require_right()
        with book.transaction() as session:
            n = 0
            for seat_id in seat_ids:
                seat = self._own(session, seat_id)
                if (seat.locked_on is not None) != locked:
                    seat.locked_on = book.today if locked else None
                    n += 1
                    book.log(session, "lock_pair", "person", seat.person_id,
                             after={"pair": seat_id, "locked": locked})  # fmt: skip
            return n

    # --- parts ----------------------------------------------------------------------------------

    def _require_right(self) -> None:
        if not self.may_pair:
            raise NotPermitted(
                _("Pairing people with helpers is for supervisors. Ask one of them.")
            )

    def _rows(self, session: Session, ids: Sequence[int], day: date) -> dict[int, PairRow]:
        found: dict[int, Any] = {}
        state = pair_state(day, quiet_since(self.rules, day))
        for start in range(0, len(ids), 20_000):
            query = (
                select(
                    CareTeamMember, Person.name, Helper, Staff.name, state, last_heard(day),
                    vetting(CareTeamMember.helper_id, day),
                    vetting_until(CareTeamMember.helper_id, day),
                )
                .join(Person, Person.id == CareTeamMember.person_id)
                .outerjoin(Helper, Helper.id == CareTeamMember.helper_id)
                .outerjoin(Staff, Staff.id == CareTeamMember.staff_id)
                .where(CareTeamMember.id.in_(ids[start : start + 20_000]))
            )  # fmt: skip
            found |= {row[0].id: row for row in session.execute(query)}
        kinds = self.rules.kinds
        asked = {}
        for seat_id, (seat, _name, helper, *_more) in found.items():
            kind = kinds.get(helper.kind) if helper else None
            purpose = kind.purpose if kind else "volunteer"
            asked[seat_id] = (seat.person_id, purpose, helper.name if helper else seat.name)
        consents = self.consents(session, set(asked.values()), day)
        return {
            seat_id: PairRow(
                seat_id, seat.person_id, person, seat.role, seat.helper_id,
                helper.name if helper else staff or seat.name or "",
                helper.kind if helper else None,
                (helper.phone if helper else None) or seat.phone,
                seat.valid_from, seat.valid_to, told,
                vetted if helper else "unknown", until if helper else None,
                heard, seat.locked_on, seat.end_reason, consents[asked[seat_id]],
            )
            for seat_id, (seat, person, helper, staff, told, heard, vetted, until) in found.items()
        }  # fmt: skip


def _searched(search: str) -> list[ColumnElement[bool]]:
    typed = "".join(search.split()).lower()
    if not typed:
        return []
    columns = (
        Person.name, Person.name_pinyin, Person.name_initials, Helper.name, Helper.name_pinyin,
        Helper.name_initials, Helper.unit, Helper.community, CareTeamMember.name, Staff.name,
    )  # fmt: skip
    return [
        or_(
            *(
                func.replace(func.lower(func.coalesce(one, "")), " ", "").contains(
                    typed, autoescape=True
                )
                for one in columns
            )
        )
    ]

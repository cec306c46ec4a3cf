"""Persons and their dossiers: found, read as of a day, kept up with who, when and from where.

Decides how a fact follows another and what a dossier shows; leaves rosters to ``intake`` and visits
to ``contacts``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry, NotFound
from casework.factvalues import FactValue, fact_value
from casework.records import (
    CareTeamMember,
    Case,
    Fact,
    ImportProblem,
    Person,
    RelatedPerson,
    SeasonalStay,
    Staff,
    covers,
    holds_on,
)
from casework.records.base import now
from casework.reference import FactDefinition, facts
from casework.terms import _
from casework.workbook.dossier import Dossier, FactEntry, compose_dossier, entries_of
from casework.workbook.finding import Found, find_people, refresh_search
from casework.workbook.roll import Roll, read_roll

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["People"]


class People:
    """What is done with persons and their dossiers.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    def search(self, text: str, *, limit: int = 20, as_of: date | None = None) -> list[Found]:
        """Find people by name, pinyin or its initials, ID digits, phone, unit or community.

        Parameters
        ----------
        text : str
            As much as was typed; several words must all match. Empty gives nothing.
        limit : int
            At most so many, the nearest first.
        as_of : date or None
            The day of the ages shown; None for today.
        """
        with self._workbook.reading() as session:
            return find_people(session, text, limit, as_of or self._workbook.today)

    def roll(
        self,
        *,
        as_of: date | None = None,
        search: str = "",
        order: str = "name",
        descending: bool = False,
        offset: int = 0,
        limit: int = 50,
    ) -> Roll:
        """Give one page of the people in care on a day; see `casework.workbook.roll.read_roll`."""
        with self._workbook.reading() as session:
            return read_roll(
                session,
                as_of or self._workbook.today,
                search=search,
                order=order,
                descending=descending,
                offset=offset,
                limit=limit,
            )

    def dossier(self, person_id: int, *, as_of: date | None = None) -> Dossier:
        """Give everything known about a person on a day, section by section.

        Raises
        ------
        NotFound
            If there is no such person.
        """
        with self._workbook.reading() as session:
            person = _present(session, person_id)
            return compose_dossier(
                session, person, as_of or self._workbook.today, self._workbook.agency
            )

    def history(self, person_id: int, code: str) -> list[FactEntry]:
        """Give every value a fact has had, the latest first, mistakes included."""
        with self._workbook.reading() as session:
            _present(session, person_id)
            return entries_of(session, person_id, code)

    def record_fact(
        self,
        person_id: int,
        code: str,
        entered: str,
        *,
        source: str,
        since: date | None = None,
        verified_on: date | None = None,
        correction: bool = False,
        note: str | None = None,
    ) -> int:
        """Write down what is known now; what was known before stays as history.

        Parameters
        ----------
        entered : str
            The value. For a fact that can have several, the empty text says "asked: none".
        source : str
            Where it is known from, as a person says it: "本人", "走访", "家属电话".
        since : date or None
            First day of the new value; None takes today for a change, and the old value's own
            first day for a correction.
        correction : bool
            The old value was wrong all along, not until now.

        Returns
        -------
        int
            Id of the fact that now holds; the old one's where the value is the same and was
            only verified.

        Raises
        ------
        InvalidEntry
            If the fact does not exist, the value cannot be one, or the day lies in the future.
        """
        definition = _definition(code)
        value = fact_value(definition, entered)
        book = self._workbook
        begins = since or book.today
        if begins > book.today:
            raise InvalidEntry(
                _(
                    "A fact cannot hold from a future day. Choose {today} or earlier.",
                    today=book.today,
                ),
                field="since",
                value=begins,
            )
        if not value.value and not definition.multiple:
            raise InvalidEntry(
                _(
                    "{field} is empty. Enter a value, or leave the field as it is.",
                    field=definition.label,
                ),
                field=code,
            )
        with book.transaction() as session:
            _present(session, person_id)
            holding = _holding(session, person_id, code, begins)
            same = next((one for one in holding if one.value == value.value), None)
            if same is not None:
                return self._verify(session, same, verified_on or book.today)
            ended = self._retire(session, definition, value, holding, begins, correction)
            fact = Fact(
                person_id=person_id,
                code=code,
                value=value.value,
                number=value.number,
                earliest=value.earliest,
                latest=value.latest,
                valid_from=_first_day(ended, begins, correction, since),
                valid_to=_last_day(session, person_id, definition, begins),
                recorded_at=now(),
                recorded_by=book.actor.name,
                source=source,
                verified_on=verified_on or book.today,
                note=note,
            )
            session.add(fact)
            session.flush()
            book.log(
                session,
                "correct_fact" if correction else "record_fact",
                "person",
                person_id,
                before={code: [one.value for one in ended]},
                after={code: value.value},
            )
            refresh_search(session, [person_id])
            return fact.id

    def end_fact(self, fact_id: int, *, on: date | None = None, mistake: bool = False) -> None:
        """Say that a value no longer holds, or that it never did.

        Parameters
        ----------
        on : date or None
            Last day on which it held; None for yesterday.
        mistake : bool
            It was wrong from the start: it stays in the history, struck out.
        """
        book = self._workbook
        with book.transaction() as session:
            fact = session.get(Fact, fact_id)
            if fact is None:
                raise NotFound(_("This entry is no longer there. Open the dossier again."))
            if mistake:
                fact.superseded_at = now()
            else:
                _end(fact, on or book.today - timedelta(days=1))
            book.log(
                session,
                "end_fact",
                "person",
                fact.person_id,
                before={fact.code: fact.value},
                after={"valid_to": str(fact.valid_to), "mistake": mistake},
            )
            session.flush()
            refresh_search(session, [fact.person_id])

    def restore_fact(self, fact_id: int) -> None:
        """Undo the last change of a fact: the newest value goes, the one before holds again."""
        book = self._workbook
        with book.transaction() as session:
            fact = session.get(Fact, fact_id)
            if fact is None or fact.superseded_at is not None:
                raise NotFound(_("This entry is no longer there. Open the dossier again."))
            fact.superseded_at = now()
            before = _replaced_by(session, fact)
            if before is not None and before.superseded_at is not None:
                before.superseded_at = None
            elif before is not None:
                before.valid_to = fact.valid_to
            book.log(session, "undo_fact", "person", fact.person_id, before={fact.code: fact.value})
            session.flush()
            refresh_search(session, [fact.person_id])

    def verify_section(self, person_id: int, codes: Iterable[str]) -> int:
        """Confirm that what the dossier says under these facts still holds today.

        Returns
        -------
        int
            How many entries were verified.
        """
        book = self._workbook
        with book.transaction() as session:
            _present(session, person_id)
            changed = session.execute(
                update(Fact)
                .where(
                    Fact.person_id == person_id, Fact.code.in_(list(codes)), holds_on(book.today)
                )
                .values(verified_on=book.today)
            )
            book.log(session, "verify_facts", "person", person_id, after={"codes": sorted(codes)})
            return int(changed.rowcount)  # type: ignore[attr-defined]

    def add_related(
        self,
        person_id: int,
        name: str,
        *,
        source: str,
        relationship: str | None = None,
        phone: str | None = None,
        is_emergency: bool = False,
        lives_with: bool | None = None,
        visits: str | None = None,
    ) -> int:
        """Write down somebody around the person: family, carer, emergency contact."""
        if not name.strip():
            raise InvalidEntry(_("The name is missing. Enter a name."), field="name")
        book = self._workbook
        with book.transaction() as session:
            _present(session, person_id)
            related = RelatedPerson(
                person_id=person_id,
                name=name.strip(),
                relationship=relationship,
                phone=phone,
                is_emergency=is_emergency,
                lives_with=lives_with,
                visits=visits,
                recorded_at=now(),
                recorded_by=book.actor.name,
                source=source,
                verified_on=book.today,
            )
            session.add(related)
            session.flush()
            book.log(session, "add_related", "person", person_id, after={"related": related.id})
            return related.id

    def end_related(self, related_id: int, *, mistake: bool = False) -> None:
        """Say that somebody no longer stands around the person, or never did."""
        self._end_row(RelatedPerson, related_id, "end_related", mistake)

    def seat_care_team(
        self,
        person_id: int,
        role: str,
        *,
        staff_id: int | None = None,
        name: str | None = None,
        phone: str | None = None,
        since: date | None = None,
    ) -> int:
        """Give a seat of the care team to somebody; whoever sat there before leaves it."""
        if staff_id is None and not (name or "").strip():
            raise InvalidEntry(
                _("Nobody was chosen. Choose a member of staff or enter a name."), field="name"
            )
        book = self._workbook
        begins = since or book.today
        with book.transaction() as session:
            _present(session, person_id)
            for seated in session.scalars(
                select(CareTeamMember).where(
                    CareTeamMember.person_id == person_id,
                    CareTeamMember.role == role,
                    CareTeamMember.superseded_at.is_(None),
                    covers(CareTeamMember.valid_from, CareTeamMember.valid_to, begins),  # type: ignore[arg-type]
                )
            ):
                _end(seated, begins - timedelta(days=1))
            member = CareTeamMember(
                person_id=person_id,
                role=role,
                staff_id=staff_id,
                name=name,
                phone=phone,
                valid_from=begins,
                recorded_at=now(),
                recorded_by=book.actor.name,
            )
            session.add(member)
            session.flush()
            book.log(session, "seat_care_team", "person", person_id, after={"role": role})
            return member.id

    def add_stay(
        self,
        person_id: int,
        place: str,
        away_from: date,
        away_to: date | None,
        phone: str | None = None,
    ) -> int:
        """Write down where a person stays for a season, so that nobody knocks in vain (S4-10)."""
        if away_to is not None and away_to < away_from:
            raise InvalidEntry(
                _("The stay ends before it begins. Correct one of the two days."), field="away_to"
            )
        book = self._workbook
        with book.transaction() as session:
            _present(session, person_id)
            stay = SeasonalStay(
                person_id=person_id,
                place=place.strip(),
                away_from=away_from,
                away_to=away_to,
                phone=phone,
                recorded_at=now(),
                recorded_by=book.actor.name,
            )
            session.add(stay)
            session.flush()
            book.log(session, "add_stay", "person", person_id, after={"stay": stay.id})
            return stay.id

    def end_stay(self, stay_id: int) -> None:
        """Withdraw a stay that was entered by mistake."""
        book = self._workbook
        with book.transaction() as session:
            stay = session.get(SeasonalStay, stay_id)
            if stay is None:
                raise NotFound(_("This entry is no longer there. Open the dossier again."))
            stay.superseded_at = now()
            book.log(session, "end_stay", "person", stay.person_id, before={"stay": stay_id})

    def settle_problem(self, problem_id: int) -> None:
        """Say that a problem found by an import has been looked into."""
        book = self._workbook
        with book.transaction() as session:
            problem = session.get(ImportProblem, problem_id)
            if problem is None:
                raise NotFound(_("This entry is no longer there. Open the dossier again."))
            problem.settled_at, problem.settled_by = now(), book.actor.name
            book.log(session, "settle_problem", "person", problem.person_id)

    def staff(self, *, on: date | None = None) -> list[Staff]:
        """Give the members of staff at work on a day, by name."""
        day = on or self._workbook.today
        with self._workbook.reading() as session:
            at_work = covers(Staff.active_from, Staff.active_to, day)  # type: ignore[arg-type]
            return list(session.scalars(select(Staff).where(at_work).order_by(Staff.name)))

    def close_case(self, person_id: int, *, on: date, reason: str, died: bool = False) -> None:
        """End the work with a person: moved away, handed over, or died."""
        book = self._workbook
        if on > book.today:
            raise InvalidEntry(
                _("This day lies in the future. Choose today or earlier."), field="on"
            )
        with book.transaction() as session:
            person = _present(session, person_id)
            if died:
                person.died_on = on
            for case in session.scalars(
                select(Case).where(Case.person_id == person_id, Case.closed_on.is_(None))
            ):
                case.closed_on, case.close_reason = on, reason
            book.log(
                session, "close_case", "person", person_id, after={"on": str(on), "reason": reason}
            )

    def _verify(self, session: Session, fact: Fact, on: date) -> int:
        fact.verified_on = on
        self._workbook.log(
            session, "verify_facts", "person", fact.person_id, after={"codes": [fact.code]}
        )
        return fact.id

    def _retire(
        self,
        session: Session,
        definition: FactDefinition,
        value: FactValue,
        holding: Sequence[Fact],
        begins: date,
        correction: bool,
    ) -> list[Fact]:
        """End what the new value replaces: all of a single fact, only "none" of a multiple one."""
        replaced = [
            one for one in holding if not definition.multiple or not one.value or not value.value
        ]
        for one in replaced:
            if correction or (one.valid_from is not None and one.valid_from >= begins):
                one.superseded_at = now()
            else:
                _end(one, begins - timedelta(days=1))
        session.flush()
        return replaced

    def _end_row(self, kind: type[RelatedPerson], row_id: int, action: str, mistake: bool) -> None:
        book = self._workbook
        with book.transaction() as session:
            row = session.get(kind, row_id)
            if row is None:
                raise NotFound(_("This entry is no longer there. Open the dossier again."))
            if mistake:
                row.superseded_at = now()
            else:
                _end(row, book.today - timedelta(days=1))
            book.log(session, action, "person", row.person_id, before={"id": row_id})


def _definition(code: str) -> FactDefinition:
    found = facts().get(code)
    if found is None:
        raise InvalidEntry(_("There is no fact called {code}.", code=code), field=code)
    return found


def _present(session: Session, person_id: int) -> Person:
    person = session.get(Person, person_id)
    if person is None or person.withdrawn_at is not None:
        raise NotFound(_("There is no person with the number {id}.", id=person_id))
    return person


def _holding(session: Session, person_id: int, code: str, on: date) -> list[Fact]:
    found = select(Fact).where(Fact.person_id == person_id, Fact.code == code, holds_on(on))
    return list(session.scalars(found.order_by(Fact.id)))


def _replaced_by(session: Session, fact: Fact) -> Fact | None:
    """Find the value that gave way when this one was recorded."""
    gave_way = [Fact.superseded_at >= fact.recorded_at]
    if fact.valid_from is not None:
        gave_way.append(Fact.valid_to == fact.valid_from - timedelta(days=1))
    return session.scalars(
        select(Fact)
        .where(
            Fact.person_id == fact.person_id,
            Fact.code == fact.code,
            Fact.id < fact.id,
            or_(*gave_way),
        )
        .order_by(Fact.id.desc())
        .limit(1)
    ).first()


def _first_day(
    ended: Sequence[Fact], begins: date, correction: bool, since: date | None
) -> date | None:
    """Let a correction, or a first value, hold for all the days it is known for."""
    if correction and since is None:
        return min((one.valid_from for one in ended if one.valid_from), default=None)
    return since if not ended else begins


def _last_day(
    session: Session, person_id: int, definition: FactDefinition, begins: date
) -> date | None:
    """Let a value entered late for earlier days end where the next known one begins."""
    if definition.multiple:
        return None
    following = session.scalar(
        select(func.min(Fact.valid_from)).where(
            Fact.person_id == person_id,
            Fact.code == definition.code,
            Fact.superseded_at.is_(None),
            Fact.valid_from > begins,
        )
    )
    return following - timedelta(days=1) if following else None


def _end(row: Fact | RelatedPerson | CareTeamMember, last_day: date) -> None:
    """Let a row end; one that began later than its end was never true."""
    if row.valid_from is not None and row.valid_from > last_day:
        row.superseded_at = now()
    else:
        row.valid_to = last_day

"""Persons and their dossiers: found, read as of a day, kept up with who, when and from where.

Decides that every change of a dossier is written down with what was there before, so that it can be
taken back, and that nobody writes over what somebody else entered meanwhile. Leaves names, births
and numbers to ``identity``, the people around to ``family``, what happens in a life to ``life``,
two records of one person to ``merging``, rosters to ``intake``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from casework.errors import InvalidEntry, NotFound
from casework.factvalues import fact_value
from casework.records import (
    CareTeamMember,
    Fact,
    ImportProblem,
    Person,
    Staff,
    covers,
    holds_on,
)
from casework.records.base import now
from casework.terms import _
from casework.workbook.birth_dates import BIRTH_FACTS, settle_birth
from casework.workbook.dossier import Dossier, FactEntry, compose_dossier, entries_of
from casework.workbook.fact_entry import (
    checked_day,
    definition_of,
    end,
    holding_on,
    present,
    refuse_overtaken,
    write_fact,
)
from casework.workbook.finding import Found, find_people
from casework.workbook.reversing import LastChange, Undone, acting, last_change, take_back
from casework.workbook.roll import Narrowing, Roll, read_roll, roll_choices

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

    # --- finding and reading --------------------------------------------------------------------

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
        narrowed: Narrowing | None = None,
        order: str = "name",
        descending: bool = False,
        offset: int = 0,
        limit: int | None = 50,
    ) -> Roll:
        """Give one page of the people in care on a day; see `casework.workbook.roll.read_roll`."""
        with self._workbook.reading() as session:
            return read_roll(
                session,
                as_of or self._workbook.today,
                search=search,
                narrowed=narrowed,
                order=order,
                descending=descending,
                offset=offset,
                limit=limit,
            )

    def roll_choices(self, code: str, *, as_of: date | None = None) -> dict[str, str]:
        """Give the values by which the list can be narrowed, the commonest first, with words."""
        with self._workbook.reading() as session:
            return roll_choices(session, code, as_of or self._workbook.today)

    def dossier(self, person_id: int, *, as_of: date | None = None) -> Dossier:
        """Give everything known about a person on a day, section by section.

        Raises
        ------
        NotFound
            If there is no such person.
        """
        with self._workbook.reading() as session:
            person = present(session, person_id)
            return compose_dossier(
                session, person, as_of or self._workbook.today, self._workbook.agency
            )

    def standing(self, person_id: int) -> int:
        """Give the number of the record in which a person is kept: another one after a merge."""
        with self._workbook.reading() as session:
            person = present(session, person_id)
            while person.merged_into_id is not None:
                person = session.get_one(Person, person.merged_into_id)
            return person.id

    def history(self, person_id: int, code: str) -> list[FactEntry]:
        """Give every value a fact has had, the latest first, mistakes included."""
        with self._workbook.reading() as session:
            present(session, person_id)
            return entries_of(session, person_id, code)

    # --- facts ----------------------------------------------------------------------------------

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
        seen: Collection[int] | None = None,
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
        seen : collection of int or None
            Ids of the entries the writer saw under this fact; None does not ask.

        Returns
        -------
        int
            Id of the fact that now holds; the old one's where the value is the same and was
            only verified.

        Raises
        ------
        InvalidEntry
            If the fact does not exist, the value cannot be one, or the day lies in the future.
        ChangedMeanwhile
            If somebody has entered another value since the writer looked.
        """
        definition = definition_of(code)
        value = fact_value(definition, entered)
        book = self._workbook
        begins = checked_day(since or book.today, book.today)
        if not value.value and not definition.multiple:
            raise InvalidEntry(
                _(
                    "{field} is empty. Enter a value, or leave the field as it is.",
                    field=definition.label,
                ),
                field=code,
            )
        tables = ("fact", "person") if code in BIRTH_FACTS else ("fact",)
        with acting(book, "record_fact", (person_id,), tables) as act:
            session = act.session
            person = present(session, person_id)
            refuse_overtaken(
                session, holding_on(session, person_id, code, book.today), seen, definition
            )
            holding = holding_on(session, person_id, code, begins)
            same = next((one for one in holding if one.value == value.value), None)
            if same is not None:
                same.verified_on = verified_on or book.today
                act.after = {"codes": [code]}
                return same.id
            fact, replaced = write_fact(
                session,
                person_id,
                definition,
                value,
                by=book.actor.name,
                source=source,
                begins=begins,
                since=since,
                verified_on=verified_on or book.today,
                correction=correction,
                note=note,
            )
            act.before, act.after = {code: replaced}, {code: value.value}
            if code in BIRTH_FACTS:
                settle_birth(session, person, book.agency, book.today)
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
        with book.reading() as session:
            held = session.get(Fact, fact_id)
        if held is None:
            raise NotFound(_("This entry is no longer there. Open the dossier again."))
        with acting(book, "end_fact", (held.person_id,), ("fact", "person")) as act:
            fact = act.session.get_one(Fact, fact_id)
            if mistake:
                fact.superseded_at = now()
            else:
                end(fact, on or book.today - timedelta(days=1))
            act.before = {fact.code: fact.value}
            act.after = {"valid_to": str(fact.valid_to), "mistake": mistake}
            if fact.code in BIRTH_FACTS:
                act.session.flush()
                person = present(act.session, fact.person_id)
                settle_birth(act.session, person, book.agency, book.today)

    def verify_section(self, person_id: int, codes: Iterable[str]) -> int:
        """Confirm that what the dossier says under these facts still holds today.

        Returns
        -------
        int
            How many entries were verified.
        """
        book, listed = self._workbook, sorted(codes)
        with acting(book, "verify_facts", (person_id,), ("fact",)) as act:
            present(act.session, person_id)
            changed = act.session.execute(
                update(Fact)
                .where(Fact.person_id == person_id, Fact.code.in_(listed), holds_on(book.today))
                .values(verified_on=book.today)
            )
            act.after = {"codes": listed}
            return int(changed.rowcount)  # type: ignore[attr-defined]

    # --- taking back ----------------------------------------------------------------------------

    def last_change(self, person_id: int) -> LastChange | None:
        """Give the newest change of a dossier that can be taken back, or None."""
        with self._workbook.reading() as session:
            return last_change(session, person_id)

    def undo(self, change_id: int) -> Undone:
        """Take a change back: everything it touched is as it was before.

        Raises
        ------
        NotFound
            If there is no such change.
        NotPermitted
            If it was taken back already, or somebody has changed the same entry since.
        """
        return take_back(self._workbook, change_id)

    # --- care team, problems --------------------------------------------------------------------

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
        """Give a seat of the care team to somebody; whoever sat there before leaves it.

        Helpers of the register stay beside: their pairs are ended by `casework.workbook.pairs`.
        """
        if staff_id is None and not (name or "").strip():
            raise InvalidEntry(
                _("Nobody was chosen. Choose a member of staff or enter a name."), field="name"
            )
        book = self._workbook
        begins = since or book.today
        with acting(book, "seat_care_team", (person_id,), ("care_team_member",)) as act:
            present(act.session, person_id)
            for seated in act.session.scalars(
                select(CareTeamMember).where(
                    CareTeamMember.person_id == person_id,
                    CareTeamMember.role == role,
                    CareTeamMember.helper_id.is_(None),  # a pair is ended where pairs are kept
                    CareTeamMember.superseded_at.is_(None),
                    covers(CareTeamMember.valid_from, CareTeamMember.valid_to, begins),  # type: ignore[arg-type]
                )
            ):
                end(seated, begins - timedelta(days=1))
            follows = act.session.scalar(
                select(func.min(CareTeamMember.valid_from)).where(
                    CareTeamMember.person_id == person_id,
                    CareTeamMember.role == role,
                    CareTeamMember.superseded_at.is_(None),
                    CareTeamMember.valid_from > begins,
                )
            )
            member = CareTeamMember(
                person_id=person_id,
                role=role,
                staff_id=staff_id,
                name=name,
                phone=phone,
                valid_from=begins,
                # Whoever was named for a later day takes the seat then: two never share it.
                valid_to=follows - timedelta(days=1) if follows is not None else None,
                recorded_at=now(),
                recorded_by=book.actor.name,
            )
            act.session.add(member)
            act.session.flush()
            act.after = {"role": role}
            return member.id

    def settle_problem(self, problem_id: int) -> None:
        """Say that a problem found by an import has been looked into."""
        book = self._workbook
        with book.reading() as session:
            held = session.get(ImportProblem, problem_id)
        if held is None or held.person_id is None:
            raise NotFound(_("This entry is no longer there. Open the dossier again."))
        with acting(book, "settle_problem", (held.person_id,), ("import_problem",)) as act:
            problem = act.session.get_one(ImportProblem, problem_id)
            problem.settled_at, problem.settled_by = now(), book.actor.name

    def staff(self, *, on: date | None = None) -> list[Staff]:
        """Give the members of staff at work on a day, by name."""
        day = on or self._workbook.today
        with self._workbook.reading() as session:
            at_work = covers(Staff.active_from, Staff.active_to, day)  # type: ignore[arg-type]
            return list(session.scalars(select(Staff).where(at_work).order_by(Staff.name)))

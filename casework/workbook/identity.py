"""Who a person is: names, the birth date that counts, official numbers.

Decides that a birth date is chosen against the rule of `birth_dates` only with a reason
(domain-standards 5.1), that a number is shown in full only for a reason that is written down, and
that a damaged number stays as typed beside its flag. Leaves reading a number to
:mod:`casework.identifiers`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.errors import ChangedMeanwhile, InvalidEntry, NotFound
from casework.factvalues import fact_value
from casework.identifiers import (
    ResidentId,
    check_character,
    read_name,
    read_resident_id,
    spell_name,
)
from casework.records import Alias, Fact, Person, PersonIdentifier, holds_on
from casework.records.audit import note_reading
from casework.records.base import now
from casework.reference import code_list, fact, surnames
from casework.terms import _
from casework.workbook.birth_dates import BirthCandidate, birth_candidates, settle_birth
from casework.workbook.fact_entry import present, write_fact
from casework.workbook.numbers import held_numbers, replace_number, reveal_number
from casework.workbook.reversing import acting

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = [
    "Identity",
    "NumberVersion",
    "explain_number",
]


@dataclass(frozen=True, slots=True)
class NumberVersion:
    """An ID number as it stood on file, masked; from before our records where nobody is named."""

    masked: str
    problem: str | None
    source: str | None
    reason: str | None
    recorded_by: str | None
    recorded_at: datetime | None
    is_replaced: bool


class Identity:
    """What is done with names, births and numbers.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    # --- names ----------------------------------------------------------------------------------

    def add_alias(self, person_id: int, name: str, kind: str, *, source: str) -> int:
        """Write down another name: a former one, a pen name, a name online (S1-66)."""
        written = _name(name)
        _kind_of_name(kind)
        with acting(self._workbook, "add_alias", (person_id,), ("alias",)) as act:
            person = present(act.session, person_id)
            same = select(Alias.id).where(
                Alias.person_id == person_id, Alias.name == written, Alias.superseded_at.is_(None)
            )
            if written == person.name or act.session.scalar(same) is not None:
                raise InvalidEntry(
                    _("“{name}” is on file already. Enter another name.", name=written),
                    field="name",
                    value=written,
                )
            alias = self._alias(person_id, written, kind, source)
            act.session.add(alias)
            act.session.flush()
            act.after = {"alias": written}
            return alias.id

    def end_alias(self, alias_id: int) -> None:
        """Strike out a name that was entered by mistake."""
        with self._workbook.reading() as session:
            held = session.get(Alias, alias_id)
        if held is None:
            raise NotFound(_("This entry is no longer there. Open the dossier again."))
        with acting(self._workbook, "end_alias", (held.person_id,), ("alias",)) as act:
            act.session.get_one(Alias, alias_id).superseded_at = now()
            act.before = {"alias": held.name}

    def rename(
        self,
        person_id: int,
        name: str,
        *,
        source: str,
        mistake: bool = False,
        seen: str | None = None,
    ) -> None:
        """Change the name; the old one stays as a former name unless it was a slip of the pen.

        Parameters
        ----------
        seen : str or None
            The name the writer saw; None does not ask.
        """
        written = _name(name)
        with acting(self._workbook, "rename", (person_id,), ("alias", "person")) as act:
            person = present(act.session, person_id)
            if seen is not None and person.name != seen:
                raise ChangedMeanwhile(
                    _(
                        "Somebody has changed the name to “{name}” since you opened it. What you "
                        "typed is still here: save again to put it in its place.",
                        name=person.name,
                    )
                )
            act.before, act.after = {"name": person.name}, {"name": written, "source": source}
            if written == person.name:
                return
            if not mistake:
                act.session.add(self._alias(person_id, person.name, "former", source))
            spelling = spell_name(written, surnames())
            person.name = written
            person.name_pinyin, person.name_initials = spelling.pinyin, spelling.initials

    def _alias(self, person_id: int, name: str, kind: str, source: str) -> Alias:
        return Alias(
            person_id=person_id,
            name=name,
            kind=kind,
            recorded_at=now(),
            recorded_by=self._workbook.actor.name,
            source=source,
        )

    # --- birth ----------------------------------------------------------------------------------

    def birth_candidates(self, person_id: int) -> list[BirthCandidate]:
        """Give the birth dates on file, of which one is the official one."""
        with self._workbook.reading() as session:
            present(session, person_id)
            return birth_candidates(session, person_id, self._workbook.today)

    def choose_birth(self, person_id: int, source: str, *, reason: str) -> None:
        """Decide for one person which birth date counts, with the reason.

        Parameters
        ----------
        source : {"id", "file", "stated", "rule"}
            ``rule`` takes the choice back: the agency's setting decides again.
        """
        book, why = self._workbook, reason.strip()
        if not why and source != "rule":
            raise InvalidEntry(
                _("The reason is missing. Say why this date counts: a decision, an archive check."),
                field="reason",
            )
        with acting(book, "choose_birth", (person_id,), ("person",)) as act:
            person = present(act.session, person_id)
            act.before = {"source": person.birth_source, "reason": person.birth_reason}
            act.after = {"source": source, "reason": why}
            if source == "rule":
                person.birth_reason = None
            else:
                known = birth_candidates(act.session, person_id, book.today)
                if source not in {one.source for one in known}:
                    raise InvalidEntry(
                        _("This birth date is not on file. Enter it in the dossier first."),
                        field="source",
                        value=source,
                    )
                person.birth_source, person.birth_reason = source, why
            settle_birth(act.session, person, book.agency, book.today)

    # --- numbers --------------------------------------------------------------------------------

    def reveal(self, identifier_id: int, *, reason: str) -> str:
        """Show a number in full; who asked and why is written down.

        Raises
        ------
        InvalidEntry
            If no reason is given.
        """
        why = reason.strip()
        if not why:
            raise InvalidEntry(
                _("The reason is missing. Say what the full number is needed for."), field="reason"
            )
        book = self._workbook
        if book.standing is not None:
            with book.transaction() as session:
                return reveal_number(session, identifier_id, why)
        with book.transaction() as session:
            held = session.get(PersonIdentifier, identifier_id)
            if held is None:
                raise NotFound(_("This entry is no longer there. Open the dossier again."))
            book.log(
                session,
                "reveal_number",
                "person",
                held.person_id,
                after={"number": held.id, "reason": why},
            )
            note_reading(session, held.person_id, "reveal_number")
            return held.normal or held.value

    def record_number(
        self,
        person_id: int,
        typed: str,
        *,
        source: str,
        reason: str = "",
        keep_damaged: bool = False,
        seen: int | None = None,
    ) -> int:
        """Write down the resident ID number, or correct it; the one before stays in the history.

        The birth date and sex in a right number follow it: they are derived, never typed.

        Parameters
        ----------
        keep_damaged : bool
            It stands so on the card: keep it as typed, with a flag.
        seen : int or None
            Id of the number the writer saw, 0 for none; None does not ask.

        Raises
        ------
        InvalidEntry
            If it cannot be right, saying why, or is somebody else's.
        """
        book = self._workbook
        found = read_resident_id(typed)
        if found.problem is not None and not (keep_damaged and found.problem != "missing"):
            raise InvalidEntry(explain_number(found), field="number", value=typed)
        tables = ("person_identifier", "fact", "person")
        with acting(book, "record_number", (person_id,), tables) as act:
            person = present(act.session, person_id)
            held = [
                one
                for one in held_numbers(act.session, person_id)
                if one.kind == "resident_id" and one.superseded_at is None
            ]
            if seen is not None and {one.id for one in held} != ({seen} if seen else set()):
                raise ChangedMeanwhile(
                    _(
                        "{who} has entered another number since you opened it. What you typed is "
                        "still here: save again to put it in its place.",
                        who=next((o.recorded_by for o in held if o.recorded_by), _("Somebody")),
                    )
                )
            before, made = self._put_number(act.session, person_id, found, source, reason.strip())
            act.before = {"numbers": before}
            act.after = {"number": made, "problem": found.problem, "reason": reason.strip() or None}
            self._follow_number(act.session, person, found, source)
            return made

    def _put_number(
        self, session: Session, person_id: int, found: ResidentId, source: str, reason: str
    ) -> tuple[list[int], int]:
        """Put a number in the place of those on file; give their ids, and that of the new one."""
        if not self._workbook.keeps_register:
            # Whether it is a stranger's stays untold; a search for doubles finds it.
            return replace_number(session, person_id, found, source, reason)
        _refuse_shared(session, person_id, found)
        held = _numbers(session, person_id)
        for one in held:
            one.superseded_at = now()
        row = PersonIdentifier(
            person_id=person_id,
            kind="resident_id",
            value=found.normal or found.typed,
            normal=found.normal,
            problem=found.problem,
            recorded_at=now(),
            recorded_by=self._workbook.actor.name,
            source=source,
            reason=reason or None,
        )
        session.add(row)
        session.flush()
        return [one.id for one in held], row.id

    def number_history(self, person_id: int) -> list[NumberVersion]:
        """Give every ID number a person has had on file, masked, the latest first."""
        with self._workbook.reading() as session:
            return [
                NumberVersion(
                    one.masked,
                    one.problem,
                    one.source,
                    one.reason,
                    one.recorded_by,
                    one.recorded_at,
                    one.superseded_at is not None,
                )
                for one in reversed(held_numbers(session, person_id))
            ]

    def _follow_number(
        self, session: Session, person: Person, found: ResidentId, source: str
    ) -> None:
        """Let the birth date and sex in the number follow it."""
        book = self._workbook
        definition = fact("birth_date_id")
        held = session.scalars(
            select(Fact).where(
                Fact.person_id == person.id, Fact.code == definition.code, holds_on(book.today)
            )
        ).all()
        born = found.born_on.isoformat() if found.normal and found.born_on else None
        if born is None:
            for one in held:
                one.superseded_at = now()
        elif [one.value for one in held] != [born]:
            write_fact(
                session,
                person.id,
                definition,
                fact_value(definition, born),
                by=book.actor.name,
                source=source,
                begins=book.today,
                verified_on=book.today,
                correction=True,
                note="resident_id",
            )
        session.flush()
        if found.sex and (person.sex is None or person.sex_source == "id"):
            person.sex, person.sex_source = found.sex, "id"
        settle_birth(session, person, book.agency, book.today)


def explain_number(found: ResidentId) -> str:
    """Say what is wrong with an ID number, what is accepted, and what to do."""
    typed = found.typed
    if found.problem == "bad_check_digit":
        return _(
            "One character is mistyped: after {body} the last one would have to be {right}, not "
            "{wrong}. Compare the number with the card. If it stands there exactly so, keep it "
            "with a flag.",
            body=f"{typed[:6]}…{typed[14:17]}",
            right=check_character(typed[:17]),
            wrong=typed[17],
        )
    if found.problem == "impossible_date":
        return _(
            "Digits 7 to 14 say {day}, which is no day of the calendar. Compare the number with "
            "the card.",
            day=f"{typed[6:10]}-{typed[10:12]}-{typed[12:14]}" if len(typed) >= 14 else typed,
        )
    if found.problem == "truncated_number":
        return _(
            "A spreadsheet has cut this number: only its first 15 digits are left. Take it from "
            "the card again."
        )
    if found.problem == "missing":
        return _("The number is missing. Enter the 18 characters of the card.")
    if found.problem == "bad_length":
        return _(
            "This has {n} characters; a resident ID number has 18, an old one 15. Compare the "
            "number with the card.",
            n=len(typed),
        )
    return _(
        "This is no resident ID number. Accepted are 18 characters: 17 digits and a digit or X. "
        "Compare the number with the card."
    )


def _numbers(session: Session, person_id: int) -> list[PersonIdentifier]:
    return list(
        session.scalars(
            select(PersonIdentifier).where(
                PersonIdentifier.person_id == person_id,
                PersonIdentifier.kind == "resident_id",
                PersonIdentifier.superseded_at.is_(None),
            )
        )
    )


def _refuse_shared(session: Session, person_id: int, found: ResidentId) -> None:
    """Refuse a right number that is another person's already: perhaps the two are one."""
    if not found.normal:
        return
    other = session.scalar(
        select(PersonIdentifier.person_id)
        .join(Person, Person.id == PersonIdentifier.person_id)
        .where(
            PersonIdentifier.normal == found.normal,
            PersonIdentifier.superseded_at.is_(None),
            PersonIdentifier.person_id != person_id,
            Person.merged_into_id.is_(None),
            Person.withdrawn_at.is_(None),
        )
        .limit(1)
    )
    if other is not None:
        raise InvalidEntry(
            _(
                "Record no. {id} has this number. A number belongs to one person: compare the two "
                "records, and merge them if they are one.",
                id=other,
            ),
            field="number",
        )


def _name(name: str) -> str:
    written = read_name(name).name.strip()
    if not written:
        raise InvalidEntry(_("The name is missing. Enter a name."), field="name")
    return written


def _kind_of_name(kind: str) -> None:
    if code_list("alias_kind").entry(kind) is None:
        raise InvalidEntry(
            _("There is no such kind of name. Choose one of the list."), field="kind", value=kind
        )

"""Two records of one person: found, laid side by side, made one, and made two again.

Decides what a person must choose before two records become one, and that it can be undone long
afterwards. Leaves what speaks for it to `likeness`, what becomes of each row to `merge_rows`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry, NotFound, NotPermitted
from casework.records import (
    Assessment,
    ChangeLog,
    ContactPerson,
    DistinctPair,
    Fact,
    ImportRow,
    Need,
    Person,
    PersonIdentifier,
    PlanItem,
    RelatedPerson,
    ServicePlan,
    Task,
    Wish,
    holds_on,
)
from casework.records.base import now
from casework.reference import code_list, facts
from casework.terms import _
from casework.workbook.fact_entry import present
from casework.workbook.likeness import LIKELY, Evidence, LikelyPair, likely_pairs, sketch_of, weigh
from casework.workbook.merge_rows import Merger
from casework.workbook.numbers import masked_number
from casework.workbook.reversing import UNDO, Undone, acting, take_back

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["Comparison", "Merged", "Merging", "Side"]

_FOLLOWS_NUMBER = "birth_date_id"


@dataclass(frozen=True, slots=True)
class Side:
    """One field of two records, as people read it.

    Attributes
    ----------
    field : str
        ``name``, ``sex``, ``died_on``, ``resident_id`` or the code of a fact.
    one, other : str
        What each record says; empty for not known.
    one_note, other_note : str
        Where it is from and when it was verified.
    state : {"differs", "only_one", "only_other", "same", "both"}
        ``both`` for facts of which all values are kept.
    newer : {"one", "other", ""}
        Which was verified later; empty where neither was.
    """

    field: str
    label: str
    one: str
    other: str
    one_note: str = ""
    other_note: str = ""
    state: str = "same"
    newer: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two records side by side.

    Attributes
    ----------
    follows : mapping of str to int
        What comes over from the other record: contacts, tasks, plans, needs, assessments, wishes,
        family, rows of imports.
    """

    one_id: int
    other_id: int
    sides: tuple[Side, ...]
    evidence: tuple[Evidence, ...]
    follows: Mapping[str, int]

    @property
    def is_likely(self) -> bool:
        """Whether more speaks for one person than against it."""
        return sum(one.weight for one in self.evidence) >= LIKELY

    @property
    def to_choose(self) -> tuple[Side, ...]:
        """The fields on which the records contradict each other."""
        return tuple(one for one in self.sides if one.state == "differs")


@dataclass(frozen=True, slots=True)
class Merged:
    """A merge that holds: which record came into which, by whom and when."""

    change_id: int
    person_id: int
    name: str
    by: str
    at: datetime


class Merging:
    """What is done with two records that may be of one person.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    def likely(self, *, person_id: int | None = None) -> list[LikelyPair]:
        """Find records that may be of one person, the likeliest first, with the reasons."""
        with self._workbook.reading() as session:
            return likely_pairs(session, self._workbook.today, person_id=person_id)

    def compare(self, one_id: int, other_id: int) -> Comparison:
        """Lay two records side by side.

        Raises
        ------
        NotFound
            If one of them is not there.
        NotPermitted
            If they are one already.
        """
        with self._workbook.reading() as session:
            one, other = _two(session, one_id, other_id)
            return _compare(session, one, other, self._workbook.today)

    def merge(
        self, keep_id: int, gone_id: int, choices: Mapping[str, str], *, reason: str = ""
    ) -> int:
        """Make two records one: everything of both is kept, what contradicts as chosen.

        Parameters
        ----------
        keep_id, gone_id : int
            The record that stays, and the one that comes into it.
        choices : mapping of str to {"one", "other"}
            For each field on which they differ, which record is right.

        Returns
        -------
        int
            The number by which it is undone.

        Raises
        ------
        InvalidEntry
            If a choice is missing, naming the first one.
        """
        book = self._workbook
        with acting(book, "merge", (keep_id, gone_id)) as act:
            keep, gone = _two(act.session, keep_id, gone_id)
            compared = _compare(act.session, keep, gone, book.today)
            missing = [
                s for s in compared.to_choose if choices.get(s.field) not in ("one", "other")
            ]
            if missing:
                raise InvalidEntry(
                    _(
                        "Not chosen yet: {fields}. Choose for each which record is right.",
                        fields="、".join(side.label for side in missing),
                    ),
                    field=missing[0].field,
                )
            theirs = {side.field for side in compared.to_choose if choices[side.field] == "other"}
            Merger(act.session, book, keep, gone, theirs).run()
            act.before = {"name": gone.name}
            act.after = {
                "merged": gone.id,
                "reason": reason.strip() or None,
                "choices": {side.field: choices[side.field] for side in compared.to_choose},
            }
        return act.change_id or 0

    def undo(self, change_id: int) -> Undone:
        """Make two records again of one; what was changed since stays as it is now.

        Raises
        ------
        NotPermitted
            If the record came into a third one since: undo that first.
        """
        with self._workbook.reading() as session:
            entry = session.get(ChangeLog, change_id)
            keep = session.get(Person, entry.subject_id) if entry and entry.subject_id else None
            if entry is None or entry.action != "merge" or keep is None:
                raise NotFound(_("There is nothing to take back. Open the dossier again."))
            if keep.merged_into_id is not None:
                raise NotPermitted(
                    _(
                        "This record came into no. {id} since. Undo that first.",
                        id=keep.merged_into_id,
                    )
                )
        return take_back(self._workbook, change_id, keep_later=True)

    def merged_into(self, person_id: int) -> list[Merged]:
        """Give the records that came into this one and can be parted from it again."""
        with self._workbook.reading() as session:
            entries = session.scalars(
                select(ChangeLog)
                .where(
                    ChangeLog.subject_kind == "person",
                    ChangeLog.subject_id == person_id,
                    ChangeLog.action.in_(("merge", UNDO)),
                )
                .order_by(ChangeLog.id.desc())
            ).all()
        gone = {(one.before or {}).get("change") for one in entries if one.action == UNDO}
        return [
            Merged(one.id, one.after["merged"], one.before["name"], one.by, one.at)
            for one in entries
            if one.action == "merge" and one.id not in gone
        ]

    def keep_apart(self, one_id: int, other_id: int, *, reason: str = "") -> int:
        """Say that two records that look alike are two people; nobody is asked again."""
        book = self._workbook
        with book.transaction() as session:
            _two(session, one_id, other_id)
            pair = DistinctPair(
                one_id=min(one_id, other_id),
                other_id=max(one_id, other_id),
                recorded_at=now(),
                recorded_by=book.actor.name,
                reason=reason.strip() or None,
            )
            session.add(pair)
            session.flush()
            book.log(session, "keep_apart", "person", one_id, after={"other": other_id})
            return pair.id

    def ask_again(self, pair_id: int) -> None:
        """Take back that two records are two people."""
        book = self._workbook
        with book.transaction() as session:
            pair = session.get(DistinctPair, pair_id)
            if pair is None:
                raise NotFound(_("There is nothing to take back. Open the dossier again."))
            pair.withdrawn_at = now()
            book.log(session, "ask_again", "person", pair.one_id, after={"other": pair.other_id})


def _two(session: Session, one_id: int, other_id: int) -> tuple[Person, Person]:
    one, other = present(session, one_id), present(session, other_id)
    if one.id == other.id or one.merged_into_id == other.id or other.merged_into_id == one.id:
        raise NotPermitted(_("These are one record already. Choose another one."))
    for person in (one, other):
        if person.merged_into_id is not None:
            raise NotPermitted(
                _(
                    "Record no. {id} came into no. {into} already. Compare with that one.",
                    id=person.id,
                    into=person.merged_into_id,
                )
            )
    return one, other


# ---------------------------------------------------------------- side by side


def _compare(session: Session, one: Person, other: Person, on: date) -> Comparison:
    return Comparison(
        one_id=one.id,
        other_id=other.id,
        sides=tuple(
            [
                *_person_sides(one, other),
                *_number_sides(session, one, other),
                *_fact_sides(session, one, other, on),
            ]
        ),
        evidence=weigh(sketch_of(session, on, one), sketch_of(session, on, other)),
        follows=_follows(session, other.id),
    )


def _person_sides(one: Person, other: Person) -> list[Side]:
    def words(code: str | None) -> str:
        return code_list("sex").label_of(code) if code else ""

    rows = [
        ("name", _("Name"), one.name, other.name),
        ("sex", _("Sex"), words(one.sex), words(other.sex)),
    ]
    if one.died_on or other.died_on:
        days = [day.isoformat() if day else "" for day in (one.died_on, other.died_on)]
        rows.append(("died_on", _("Died"), days[0], days[1]))
    return [Side(*row, state=_state(row[2], row[3])) for row in rows]


def _number_sides(session: Session, one: Person, other: Person) -> list[Side]:
    held: dict[int, PersonIdentifier] = {}
    for row in session.scalars(
        select(PersonIdentifier).where(
            PersonIdentifier.person_id.in_((one.id, other.id)),
            PersonIdentifier.kind == "resident_id",
            PersonIdentifier.superseded_at.is_(None),
        )
    ):
        held[row.person_id] = row
    if not held:
        return []
    values = [held[p.id].normal or held[p.id].value if p.id in held else "" for p in (one, other)]
    notes = [
        _("the number cannot be right") if p.id in held and held[p.id].problem else ""
        for p in (one, other)
    ]
    shown = [masked_number(value) if value else "" for value in values]
    if all(values) and values[0] != values[1] and shown[0] == shown[1]:
        shown = [_("{masked} (differs where it is hidden)", masked=mask) for mask in shown]
    state = _state(*values)
    return [
        Side("resident_id", _("Resident ID"), shown[0], shown[1], notes[0], notes[1], state=state)
    ]


def _fact_sides(session: Session, one: Person, other: Person, on: date) -> list[Side]:
    held: dict[str, dict[int, list[Fact]]] = defaultdict(lambda: defaultdict(list))
    for row in session.scalars(
        select(Fact).where(Fact.person_id.in_((one.id, other.id)), holds_on(on)).order_by(Fact.id)
    ):
        held[row.code][row.person_id].append(row)
    sides = []
    for code, definition in facts().items():
        if code not in held or code == _FOLLOWS_NUMBER:
            continue
        mine, theirs = held[code][one.id], held[code][other.id]
        values = [sorted({row.value for row in rows}) for rows in (mine, theirs)]
        shown = [
            "、".join(definition.show(row.value) or _("asked: none") for row in rows)
            for rows in (mine, theirs)
        ]
        state = _state(*(repr(v) if v else "" for v in values))
        if state == "differs" and definition.multiple:
            state = "both"
        notes = [_note(rows) for rows in (mine, theirs)]
        sides.append(
            Side(
                code,
                str(definition.label),
                shown[0],
                shown[1],
                notes[0],
                notes[1],
                state=state,
                newer=_newer(mine, theirs),
            )
        )
    return sides


def _state(one: str, other: str) -> str:
    if one == other:
        return "same"
    if not other:
        return "only_one"
    return "differs" if one else "only_other"


def _newer(mine: list[Fact], theirs: list[Fact]) -> str:
    days = [
        max((row.verified_on or date.min for row in r), default=date.min) for r in (mine, theirs)
    ]
    if days[0] == days[1]:
        return ""
    return "one" if days[0] > days[1] else "other"


def _note(rows: list[Fact]) -> str:
    if not rows:
        return ""
    newest = max(rows, key=lambda row: row.verified_on or date.min)
    if newest.verified_on is None:
        return newest.source
    return _("{source}, verified on {day}", source=newest.source, day=newest.verified_on)


def _follows(session: Session, person_id: int) -> dict[str, int]:
    """Count what comes over from a record."""

    def count(table: type, *where: object) -> int:
        mine = table.person_id == person_id  # type: ignore[attr-defined]
        return session.scalar(select(func.count()).where(mine, *where)) or 0  # type: ignore[arg-type]

    return {
        "contacts": count(ContactPerson),
        "tasks": count(Task, Task.cancelled_on.is_(None)),
        "plans": count(ServicePlan),
        "added_items": session.scalar(
            select(func.count())
            .select_from(PlanItem)
            .join(ServicePlan, ServicePlan.id == PlanItem.plan_id)
            .where(
                ServicePlan.person_id == person_id,
                ServicePlan.state == "active",
                PlanItem.origin == "manual",
                PlanItem.state != "declined",
            )
        )
        or 0,
        "needs": count(Need, Need.superseded_at.is_(None)),
        "assessments": count(Assessment, Assessment.superseded_at.is_(None)),
        "wishes": count(Wish, Wish.superseded_at.is_(None)),
        "family": count(RelatedPerson, RelatedPerson.superseded_at.is_(None)),
        "import_rows": count(ImportRow),
    }

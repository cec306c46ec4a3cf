"""What our own records say of everybody on a day: contacts, tasks, needs, seats, stays.

Decides which rows of each table count; leaves putting them beside the facts to
:mod:`casework.records.known`. What is not on record did not happen: nothing here is unknown, but
for levels and scores that an assessment left open.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, null, or_, select

from casework.records.base import Day, Flag, day_after
from casework.records.contacts import Contact, ContactPerson
from casework.records.issues import Issue, stands_on
from casework.records.known_parts import Cells, Grouping, Part, one_of_these
from casework.records.needs import Assessment, Need, Opinion, Wish, is_of_kind, waits_on
from casework.records.people import CareTeamMember, Fact, RelatedPerson, SeasonalStay, covers
from casework.records.tasks import Task, task_status
from casework.rules.recorded import EMERGENCY
from casework.rules.tree import BEFORE_RECORDS, Subject

__all__ = ["RecordParts"]

_ASSESSED = ("level", "score", "worsened", "assessed_on")


class RecordParts(Grouping):
    """Builds one grouped query for each table of our own records."""

    def parts(self, asked: Sequence[Subject]) -> Iterator[Part]:
        """Yield a part for each table, empty where nothing of it is asked for."""
        yield self._contacts(asked)
        yield self._assessments([one for one in asked if one.source in _ASSESSED])
        yield self._needs(asked)
        yield self._wishes(asked)
        yield self._opinions(asked)
        yield self._issues(asked)
        yield self._missed(asked)
        yield self._episodes(asked)
        yield self._relatives(asked)
        yield self._seats(asked)
        yield from self._stays(asked)

    def _contacts(self, asked: Sequence[Subject]) -> Part:
        last = [one for one in asked if one.source == "last_contact"]
        counts = [one for one in asked if one.source in ("contacts", "contacts_by")]
        inner = (
            select(ContactPerson.person_id, Contact.channel, Contact.actor, Contact.happened_on)
            .join(Contact, Contact.id == ContactPerson.contact_id)
            .where(
                Contact.withdrawn_at.is_(None),
                ContactPerson.outcome.in_(self.outcomes),
                Contact.happened_on <= literal(self.day, Day()),
                self.limits.of(ContactPerson.person_id),
            )
            .subquery("met")
        )
        columns: Cells = {}
        for one in last:
            day = case((one_of_these(inner.c.channel, one.args), inner.c.happened_on))
            columns[one] = (func.max(day),)
        for one in counts:
            kind = inner.c.channel if one.source == "contacts" else inner.c.actor
            here = and_(one_of_these(kind, one.args[2:]), inner.c.happened_on > self._since(one))
            columns[one] = (func.sum(case((here, 1), else_=0)),)
        part = self.grouped(inner, None, columns)
        never = self.never(Part(part.source, {one: part.columns[one] for one in last}))
        none = self.none(Part(part.source, {one: part.columns[one] for one in counts}))
        return Part(part.source, {**never.columns, **none.columns})

    def _assessments(self, mine: Sequence[Subject]) -> Part:
        newest = func.row_number().over(
            partition_by=(Assessment.person_id, Assessment.instrument),
            order_by=(Assessment.assessed_on.desc(), Assessment.id.desc()),
        )
        inner = (
            select(
                Assessment.person_id,
                Assessment.instrument,
                Assessment.level,
                Assessment.total,
                Assessment.assessed_on,
                newest.label("place"),
            )
            .where(
                Assessment.superseded_at.is_(None),
                Assessment.complete == literal(True, Flag()),
                Assessment.assessed_on <= literal(self.day, Day()),
                Assessment.instrument.in_(sorted({one.name for one in mine})),
                self.limits.of(Assessment.person_id),
            )
            .subquery("assessed")
        )

        def at(one: Subject, place: int, what: Any) -> ColumnElement[Any]:
            here = and_(inner.c.instrument == one.name, inner.c.place == place)
            return func.max(case((here, what)))

        columns: Cells = {}
        for one in mine:
            if one.source == "worsened":
                latest, before = at(one, 1, inner.c.level), at(one, 2, inner.c.level)
                columns[one] = (_worse(latest, before, at(one, 2, literal(1))),)
            else:
                what = {"level": inner.c.level, "score": inner.c.total}
                columns[one] = (at(one, 1, what.get(one.source, inner.c.assessed_on)),)
        part = self.grouped(inner, None, columns)
        if part.source is None:
            return part
        days = {one: part.columns[one] for one in mine if one.source == "assessed_on"}
        unassessed = part.source.c.person_id.is_(None)
        flags = {
            one: (case((unassessed, 0), else_=part.columns[one][0]),)
            for one in mine
            if one.source == "worsened"
        }
        never = self.never(Part(None, days)).columns
        return Part(part.source, {**part.columns, **flags, **never})

    def _needs(self, asked: Sequence[Subject]) -> Part:
        columns: Cells = {}
        for one in asked:
            if one.source == "needs":
                here = one_of_these(Need.domain, one.args)
                if one.name:
                    here = and_(here, Need.severity == one.name)
                columns[one] = (func.sum(case((here, 1), else_=0)),)
            elif one.source == "needs_of":
                here = is_of_kind([str(kind) for kind in one.args])
                columns[one] = (func.sum(case((here, 1), else_=0)),)
        return self.none(self.grouped(Need, waits_on(self.day), columns))

    def _wishes(self, asked: Sequence[Subject]) -> Part:
        day = literal(self.day, Day())
        where = and_(
            Wish.superseded_at.is_(None),
            or_(Wish.said_on.is_(None), Wish.said_on <= day),
            or_(Wish.closed_on.is_(None), Wish.closed_on > day),
        )
        columns: Cells = {one: (func.count(),) for one in asked if one.source == "wishes"}
        return self.none(self.grouped(Wish, where, columns))

    def _opinions(self, asked: Sequence[Subject]) -> Part:
        day = literal(self.day, Day())
        where = and_(
            Opinion.superseded_at.is_(None),
            Opinion.said_on <= day,
            or_(Opinion.replied_on.is_(None), Opinion.replied_on > day),
            or_(Opinion.disposed_on.is_(None), Opinion.disposed_on > day),
        )
        columns: Cells = {one: (func.count(),) for one in asked if one.source == "opinions"}
        return self.none(self.grouped(Opinion, where, columns))

    def _issues(self, asked: Sequence[Subject]) -> Part:
        """Count issues that are not settled and answered on the day, and those over their time."""
        day = literal(self.day, Day())
        where = and_(stands_on(self.day), or_(Issue.closed_on.is_(None), Issue.closed_on > day))
        late = func.sum(case((Issue.due_on < day, 1), else_=0))
        columns: Cells = {
            one: (late if one.name == "late" else func.count(),)
            for one in asked
            if one.source == "issues"
        }
        return self.none(self.grouped(Issue, where, columns))

    def _missed(self, asked: Sequence[Subject]) -> Part:
        mine = [one for one in asked if one.source == "missed"]
        if not mine:
            return Part(None, {})
        earliest = min(self.back(int(one.args[0]), str(one.args[1])) for one in mine)
        where = and_(
            Task.due_on > literal(earliest, Day()),
            Task.due_on < literal(self.day, Day()),
            task_status(self.day) == "failed",
        )
        columns: Cells = {}
        for one in mine:
            here = and_(one_of_these(Task.service, one.args[2:]), Task.due_on > self._since(one))
            columns[one] = (func.sum(case((here, 1), else_=0)),)
        return self.none(self.grouped(Task, where, columns))

    def _episodes(self, asked: Sequence[Subject]) -> Part:
        mine = [one for one in asked if one.source == "episodes"]
        where = and_(
            Fact.code.in_(sorted({one.name for one in mine})),
            Fact.superseded_at.is_(None),
            Fact.valid_from <= literal(self.day, Day()),
        )
        columns: Cells = {}
        for one in mine:
            here = and_(
                Fact.code == one.name,
                Fact.value.in_(one.args[2:]),
                Fact.valid_from > self._since(one),
            )
            columns[one] = (func.sum(case((here, 1), else_=0)),)
        return self.none(self.grouped(Fact, where, columns))

    def _relatives(self, asked: Sequence[Subject]) -> Part:
        where = and_(
            RelatedPerson.superseded_at.is_(None),
            covers(RelatedPerson.valid_from, RelatedPerson.valid_to, self.day),  # type: ignore[arg-type]
        )
        columns: Cells = {}
        for one in asked:
            if one.source == "relatives":
                here = one_of_these(RelatedPerson.relationship, one.args)
                if EMERGENCY in one.args:
                    marked = RelatedPerson.is_emergency == literal(True, Flag())
                    here = or_(here, marked)
                columns[one] = (func.sum(case((here, 1), else_=0)),)
        return self.none(self.grouped(RelatedPerson, where, columns))

    def _seats(self, asked: Sequence[Subject]) -> Part:
        where = and_(
            CareTeamMember.superseded_at.is_(None),
            covers(CareTeamMember.valid_from, CareTeamMember.valid_to, self.day),  # type: ignore[arg-type]
        )
        columns: Cells = {}
        for one in asked:
            here = CareTeamMember.role == one.name
            if one.source == "seat":
                columns[one] = (func.max(case((here, 1), else_=0)),)
            elif one.source == "seat_since":
                # From before our records on is longer ago than any day, and is not never.
                since = func.coalesce(CareTeamMember.valid_from, literal(BEFORE_RECORDS, Day()))
                columns[one] = (func.max(case((here, since))),)
        part = self.grouped(CareTeamMember, where, columns)
        flags = {one: cells for one, cells in part.columns.items() if one.source == "seat"}
        days = {one: cells for one, cells in part.columns.items() if one.source == "seat_since"}
        none, never = self.none(Part(None, flags)), self.never(Part(None, days))
        return Part(part.source, {**none.columns, **never.columns})

    def _stays(self, asked: Sequence[Subject]) -> Iterator[Part]:
        stands = SeasonalStay.superseded_at.is_(None)
        now = covers(SeasonalStay.away_from, SeasonalStay.away_to, self.day)  # type: ignore[arg-type]
        flags: Cells = {one: (func.max(literal(1)),) for one in asked if one.source == "away"}
        yield self.none(self.grouped(SeasonalStay, and_(stands, now), flags))
        first, back = func.min(SeasonalStay.away_from), day_after(func.max(SeasonalStay.away_to))
        begun: Cells = {one: (first,) for one in asked if one.source == "away_since"}
        yield self.never(self.grouped(SeasonalStay, and_(stands, now), begun))
        over = and_(stands, SeasonalStay.away_to < literal(self.day, Day()))
        ended: Cells = {one: (back,) for one in asked if one.source == "back_on"}
        yield self.never(self.grouped(SeasonalStay, over, ended))

    def _since(self, subject: Subject) -> ColumnElement[Any]:
        """Give the day before the first that counts in the period of a subject."""
        return literal(self.back(int(subject.args[0]), str(subject.args[1])), Day())


def _worse(
    newest: ColumnElement[Any], before: ColumnElement[Any], assessed_before: ColumnElement[Any]
) -> ColumnElement[Any]:
    """Tell whether a level went up; no where there was no time before, NULL where one is open."""
    return case(
        (assessed_before.is_(None), 0),
        (or_(newest.is_(None), before.is_(None)), null()),
        (newest > before, 1),
        else_=0,
    )

"""What becomes of the rows of two records of one person when they are made one.

Decides, table by table, what moves, what doubles something and is struck out; leaves plans and
tasks to `merge_plans`. What has no rule of its own here moves as it is, so a table made later
follows too. Every change is of columns, and is taken back by `reversing`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from casework.identifiers import spell_name
from casework.records import (
    REACHED,
    Alias,
    Assessment,
    Base,
    CampaignPerson,
    CareTeamMember,
    Case,
    ContactPerson,
    Fact,
    Need,
    Person,
    PersonIdentifier,
    RelatedPerson,
    SeasonalStay,
    Task,
    Wish,
)
from casework.records.base import now
from casework.reference import facts, surnames
from casework.workbook.birth_dates import settle_birth
from casework.workbook.merge_plans import PlanMerger
from casework.workbook.plan_drawing import AUTOMATIC
from casework.workbook.reversing import person_columns

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["Merger"]

FIRST = date(1, 1, 1)
FOREVER = date(9999, 12, 31)
_OWN_RULES = (
    "person", "case_file", "contact_person", "task", "service_plan", "import_batch",
    "campaign_person",
)  # fmt: skip
_DAY = timedelta(days=1)


class Merger:
    """Makes two records one, in the transaction of a session.

    Parameters
    ----------
    keep, gone : Person
        The record that stays, and the one whose rows move.
    theirs : set of str
        Fields for which the other record is right: ``name``, ``sex``, ``died_on``,
        ``resident_id`` and codes of facts.
    """

    def __init__(
        self, session: Session, book: Workbook, keep: Person, gone: Person, theirs: set[str]
    ) -> None:
        self.session = session
        self.book = book
        self.keep = keep
        self.gone = gone
        self.theirs = theirs
        self.today = book.today
        self.moment = now()

    def run(self) -> None:
        """Move everything, strike out what is double, and let one plan be in force."""
        self._names()
        self._person()
        self._facts()
        self._numbers()
        self._around()
        self._cases()
        self._contacts()
        self._campaigns()
        self._findings()
        merged = PlanMerger(self.session, self.book, self.keep, self.gone, self.moment)
        merged.unite_plans()
        merged.unite_tasks()
        self._everything_else()
        self.gone.merged_into_id = self.keep.id
        self.session.flush()
        self.session.expire_all()
        settle_birth(self.session, self.keep, self.book.agency, self.today)
        self.session.flush()
        self.book.plans.refresh(self.session, [self.keep.id])

    # --- the person -----------------------------------------------------------------------------

    def _names(self) -> None:
        """Keep the name that was not chosen as another name, so that it still finds."""
        names = {self.keep.name, self.gone.name}
        if "name" in self.theirs:
            self.keep.name = self.gone.name
            spelling = spell_name(self.gone.name, surnames())
            self.keep.name_pinyin = self.gone.name_pinyin or spelling.pinyin
            self.keep.name_initials = self.gone.name_initials or spelling.initials
        held = self._live(Alias)
        known = {one.name for one in held} | {self.keep.name}
        for name in names - known:
            self.session.add(
                Alias(
                    person_id=self.keep.id,
                    name=name,
                    kind="alias",
                    recorded_at=self.moment,
                    recorded_by=self.book.actor.name,
                    source=f"#{self.gone.id}",
                )
            )
        seen = {one.name for one in held if one.person_id == self.keep.id}
        for one in held:
            if one.person_id == self.gone.id and (one.name in seen or one.name == self.keep.name):
                one.superseded_at = self.moment

    def _person(self) -> None:
        keep, gone = self.keep, self.gone
        for field in ("sex", "died_on"):
            mine, other = getattr(keep, field), getattr(gone, field)
            if other is not None and (mine is None or field in self.theirs):
                setattr(keep, field, other)
                if field == "sex":
                    keep.sex_source = gone.sex_source
        if keep.born_on_earliest is None or (gone.birth_reason and not keep.birth_reason):
            keep.born_on_earliest, keep.born_on_latest = gone.born_on_earliest, gone.born_on_latest
            keep.birth_source, keep.birth_reason = gone.birth_source, gone.birth_reason
        if keep.unit_id is None or "unit" in self.theirs:
            keep.unit_id = gone.unit_id

    # --- facts ----------------------------------------------------------------------------------

    def _facts(self) -> None:
        """Let one value of a single fact hold on each day, and no value of a multiple one twice."""
        by_code: dict[str, list[Fact]] = defaultdict(list)
        for one in self._live(Fact):
            by_code[one.code].append(one)
        for code, held in by_code.items():
            definition = facts().get(code)
            if definition is not None and definition.multiple:
                self._unite(held)
            else:
                self._settle(code, held)
        self._move(Fact)

    def _unite(self, held: Sequence[Fact]) -> None:
        values = {one.value for one in held if one.value and _holds(one, self.today)}
        mine = [one for one in held if one.person_id == self.keep.id]
        for one in held:
            same = [own for own in mine if own.value == one.value and _overlap(one, own)]
            if not one.value and values and _holds(one, self.today):
                one.superseded_at = self.moment  # "asked: none" gives way to what is known
            elif one.person_id == self.gone.id and same:
                one.superseded_at = self.moment
                latest = max(same, key=_last)
                latest.verified_on = _later(latest.verified_on, one.verified_on)

    def _settle(self, code: str, held: Sequence[Fact]) -> None:
        mine = [one for one in held if one.person_id == self.keep.id]
        other = [one for one in held if one.person_id == self.gone.id]
        winners, losers = (other, mine) if self._is_theirs(code, mine, other) else (mine, other)
        if not winners or not losers:
            return
        begins = min(_first(one) for one in winners)
        for one in losers:
            over = [winner for winner in winners if _overlap(one, winner)]
            if not over:
                continue
            for winner in over:
                if winner.value == one.value:
                    winner.verified_on = _later(winner.verified_on, one.verified_on)
            if _first(one) < begins:
                one.valid_to = begins - _DAY
            else:
                one.superseded_at = self.moment

    def _is_theirs(self, code: str, mine: Sequence[Fact], other: Sequence[Fact]) -> bool:
        if code == "birth_date_id":
            return "resident_id" in self.theirs
        if code in self.theirs:
            return True
        known_here = any(_holds(one, self.today) for one in mine)
        known_there = any(_holds(one, self.today) for one in other)
        return known_there and not known_here

    # --- numbers, family, team ------------------------------------------------------------------

    def _numbers(self) -> None:
        held = [one for one in self._live(PersonIdentifier) if one.kind == "resident_id"]
        mine = [one for one in held if one.person_id == self.keep.id]
        other = [one for one in held if one.person_id == self.gone.id]
        if mine and other:
            takes = "resident_id" in self.theirs
            for one in mine if takes else other:
                one.superseded_at = self.moment
        self._move(PersonIdentifier)

    def _around(self) -> None:
        seen = [one for one in self._live(RelatedPerson) if one.person_id == self.keep.id]
        for one in self._live(RelatedPerson):
            if one.person_id == self.gone.id and any(_same_relative(one, s) for s in seen):
                one.superseded_at = self.moment
        roles = {
            one.role: one
            for one in self._live(CareTeamMember)
            if one.person_id == self.keep.id and _holds(one, self.today)
        }
        for seat in self._live(CareTeamMember):
            sits = roles.get(seat.role)
            if seat.person_id != self.gone.id or sits is None or not _holds(seat, self.today):
                continue
            same = (seat.staff_id, seat.name) == (sits.staff_id, sits.name)
            if seat.helper_id is not None and not same:
                continue  # a pair goes on beside the other: several helpers may have one person
            if same or (seat.valid_from is not None and seat.valid_from >= self.today):
                seat.superseded_at = self.moment
            else:
                seat.valid_to = self.today - _DAY
        stays = {
            (one.place, one.away_from)
            for one in self._live(SeasonalStay)
            if one.person_id == self.keep.id
        }
        for stay in self._live(SeasonalStay):
            if stay.person_id == self.gone.id and (stay.place, stay.away_from) in stays:
                stay.superseded_at = self.moment

    def _cases(self) -> None:
        """Let one case cover what two covered; one that lies apart moves as it is."""
        held = self.session.scalars(
            select(Case).where(Case.person_id.in_((self.keep.id, self.gone.id)))
        ).all()
        mine = [one for one in held if one.person_id == self.keep.id]
        for one in held:
            if one.person_id != self.gone.id:
                continue
            over = next((case for case in mine if _cases_overlap(case, one)), None)
            if over is None:
                one.person_id = self.keep.id
                mine.append(one)
                continue
            over.opened_on = (
                None
                if over.opened_on is None or one.opened_on is None
                else min(over.opened_on, one.opened_on)
            )
            if self.keep.died_on is None and (over.closed_on is None or one.closed_on is None):
                over.closed_on = over.close_reason = over.close_note = None
            elif over.closed_on is None or (one.closed_on or FIRST) > over.closed_on:
                over.closed_on, over.close_reason = one.closed_on, one.close_reason
                over.close_note = one.close_note
        self.session.flush()

    # --- contacts, needs ------------------------------------------------------------------------

    def _contacts(self) -> None:
        """Count somebody who stands twice in one contact once, with all that was heard."""
        held = self.session.scalars(
            select(ContactPerson).where(ContactPerson.person_id.in_((self.keep.id, self.gone.id)))
        ).all()
        mine = {one.contact_id: one for one in held if one.person_id == self.keep.id}
        doubled = []
        for one in held:
            if one.person_id != self.gone.id:
                continue
            same = mine.get(one.contact_id)
            if same is None:
                one.person_id = self.keep.id
                continue
            if same.outcome not in REACHED and one.outcome in REACHED:
                same.outcome, same.not_reached_reason = one.outcome, None
            words = [text for text in (same.heard, one.heard) if text]
            same.heard = "\n".join(dict.fromkeys(words)) or None
            doubled.append(one.id)
        self.session.flush()
        # The row says nothing any more; it stands in the change log, and comes back with an undo.
        if doubled and "role" in self.session.info:
            self.session.execute(select(func.access.drop_rows("contact_person", doubled)))
        elif doubled:
            self.session.execute(delete(ContactPerson).where(ContactPerson.id.in_(doubled)))

    def _campaigns(self) -> None:
        """Visit somebody once who stands twice on the list of a campaign."""
        held = self.session.scalars(
            select(CampaignPerson).where(CampaignPerson.person_id.in_((self.keep.id, self.gone.id)))
        ).all()
        mine = {one.campaign_id for one in held if one.person_id == self.keep.id}
        for one in held:
            if one.person_id != self.gone.id:
                continue
            if one.campaign_id not in mine:
                one.person_id = self.keep.id
            elif one.left_out_on is None:
                one.left_out_on, one.left_out_reason = self.today, AUTOMATIC + "merged"
                one.slot_id = one.starts_at = one.locked = None
        self.session.flush()

    def _findings(self) -> None:
        self._strike_doubles(Need, _need_keys)
        self._strike_doubles(Wish, lambda one: [one.text.strip()])
        self._strike_doubles(
            Assessment, lambda one: [(one.instrument, one.assessed_on, repr(one.answers))]
        )

    def _strike_doubles(self, table: type[Any], keys: Any) -> None:
        held = self._live(table)
        seen = {key for one in held if one.person_id == self.keep.id for key in keys(one)}
        for one in held:
            if one.person_id == self.gone.id and seen.intersection(keys(one)):
                one.superseded_at = self.moment
                if isinstance(one, Need):
                    self._drop_follow_up(one)

    def _drop_follow_up(self, need: Need) -> None:
        if need.need_key is None:
            return
        self.session.flush()
        self.session.execute(
            update(Task)
            .where(
                Task.person_id == self.gone.id,
                Task.item_key == f"follow_up:{need.need_key}",
                Task.done_on.is_(None),
                Task.cancelled_on.is_(None),
            )
            .values(cancelled_on=self.today, reason=AUTOMATIC + "merged")
        )

    # --- what has no rule of its own ------------------------------------------------------------

    def _everything_else(self) -> None:
        self.session.flush()
        for name, columns in person_columns().items():
            if name in _OWN_RULES:
                continue
            table = Base.metadata.tables[name]
            for column in columns:
                self.session.execute(
                    update(table)
                    .where(table.c[column] == self.gone.id)
                    .values({column: self.keep.id})
                )

    def _live(self, table: type[Any]) -> list[Any]:
        found = select(table).where(
            table.person_id.in_((self.keep.id, self.gone.id)), table.superseded_at.is_(None)
        )
        return list(self.session.scalars(found.order_by(table.id)))

    def _move(self, table: type[Any]) -> None:
        self.session.flush()
        self.session.execute(
            update(table).where(table.person_id == self.gone.id).values(person_id=self.keep.id)
        )


# ---------------------------------------------------------------- small questions


def _first(one: Any) -> date:
    return one.valid_from or FIRST


def _last(one: Any) -> date:
    return one.valid_to or FOREVER


def _holds(one: Any, on: date) -> bool:
    return _first(one) <= on <= _last(one)


def _overlap(one: Any, other: Any) -> bool:
    return _first(one) <= _last(other) and _first(other) <= _last(one)


def _cases_overlap(one: Case, other: Case) -> bool:
    return (one.opened_on or FIRST) <= (other.closed_on or FOREVER) and (
        other.opened_on or FIRST
    ) <= (one.closed_on or FOREVER)


def _later(one: date | None, other: date | None) -> date | None:
    return max((day for day in (one, other) if day is not None), default=None)


def _same_relative(one: RelatedPerson, other: RelatedPerson) -> bool:
    """Tell whether two entries are of one relative, and the second says no less."""
    if one.name != other.name:
        return False
    return all(
        mine is None or mine == theirs
        for mine, theirs in (
            (one.phone, other.phone),
            (one.relationship, other.relationship),
            (one.unit, other.unit),
            (one.address, other.address),
            (one.decides, other.decides),
        )
    ) and (other.is_emergency or not one.is_emergency)


def _need_keys(need: Need) -> Iterable[Any]:
    if need.closed_on is None:
        if need.need_key:
            yield need.need_key
        yield need.domain, need.title

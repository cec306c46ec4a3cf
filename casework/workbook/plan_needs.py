"""Which needs a plan answers and which it does not, and linking the two (S0-18, S1-45).

Decides how an item already in the plan comes to answer a need, and that a need counts as planned
once something in force answers it; what answered means stands in :mod:`casework.records.plans`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, exists, or_, select, true, update
from sqlalchemy.orm import Session, aliased

from casework.errors import NotFound, NotPermitted
from casework.records import (
    Need,
    NeedAnswer,
    PlanItem,
    ServicePlan,
    in_force_on,
    is_of_kind,
    need_answered,
    waits_on,
)
from casework.records.base import now
from casework.reference import Agency
from casework.rules import Rule
from casework.rules.tree import needs_asked
from casework.terms import _, language
from casework.workbook.need_asking import asked_by
from casework.workbook.need_lists import NeedView, need_views
from casework.workbook.plan_situations import within

__all__ = [
    "AnsweredNeed",
    "answer_need",
    "answered_needs",
    "bare_needs",
    "leaving_bare",
    "link_asked",
    "mark_planned",
    "part_need",
]


_SET = 5_000
_WAITING = ("draft", "submitted", "approved")


@dataclass(frozen=True, slots=True)
class AnsweredNeed:
    """An open need of a person with what answers it.

    Attributes
    ----------
    answered : {"item", "task", "reason", "nothing"}
    items : tuple of (str, str)
        Key and title of the items in force that answer it.
    coming : tuple of str
        Titles of items in a version that waits.
    asked_by : date or None
        By when somebody is asked to arrange something, or to say why not.
    """

    need: NeedView
    answered: str
    items: tuple[tuple[str, str], ...]
    coming: tuple[str, ...]
    asked_by: date | None = None


def answered_needs(
    session: Session, agency: Agency, person_id: int, on: date
) -> list[AnsweredNeed]:
    """Give the open needs of a person, those that nothing answers first."""
    views = need_views(session, agency, on, person_id=person_id)
    told = session.execute(
        select(Need.id, need_answered(on)).where(Need.person_id == person_id, waits_on(on))
    )
    answered = {need_id: how for need_id, how in told}
    items, coming = _items(session, person_id, on)
    asked = asked_by(session, person_id, on)
    found = [
        AnsweredNeed(
            one,
            answered.get(one.id, "nothing"),
            tuple(items.get(one.id, ())),
            tuple(coming.get(one.id, ())),
            asked.get(one.id),
        )
        for one in views
    ]
    return sorted(found, key=lambda one: one.answered != "nothing")


def bare_needs(session: Session, person_id: int, plan_id: int, on: date) -> list[int]:
    """Give the open needs that a version would leave without an item and without a reason."""
    return list(
        session.scalars(
            select(Need.id)
            .where(
                Need.person_id == person_id,
                waits_on(on),
                need_answered(on, plan_id) == "nothing",
            )
            .order_by(Need.id)
        )
    )


def leaving_bare(session: Session, plan_ids: Iterable[int], on: date) -> frozenset[int]:
    """Name those of many versions that leave an open need bare, by one query for some thousand."""
    version = aliased(ServicePlan)
    found: set[int] = set()
    for some in _sets(sorted(set(plan_ids))):
        rows = session.scalars(
            select(version.id)
            .join(Need, Need.person_id == version.person_id)
            .where(version.id.in_(some), waits_on(on), need_answered(on, version) == "nothing")
        )
        found.update(rows)
    return frozenset(found)


def _items(
    session: Session, person_id: int, on: date
) -> tuple[dict[int, list[tuple[str, str]]], dict[int, list[str]]]:
    links: dict[str, list[int]] = defaultdict(list)
    linked = session.execute(
        select(NeedAnswer.need_id, NeedAnswer.item_key)
        .join(Need, Need.id == NeedAnswer.need_id)
        .where(Need.person_id == person_id, NeedAnswer.superseded_at.is_(None))
    )
    for need_id, key in linked:
        links[key].append(need_id)
    rows = session.execute(
        select(PlanItem, ServicePlan.state, in_force_on(on))
        .join(ServicePlan, ServicePlan.id == PlanItem.plan_id)
        .where(ServicePlan.person_id == person_id, PlanItem.state != "declined")
        .order_by(PlanItem.id)
    )
    items: dict[int, list[tuple[str, str]]] = defaultdict(list)
    coming: dict[int, list[str]] = defaultdict(list)
    for item, state, in_force in rows:
        needs = {*links[item.item_key], *([item.need_id] if item.need_id else [])}
        title = (item.title_en if language() == "en" else None) or item.title
        for need_id in needs:
            if in_force:
                items[need_id].append((item.item_key, title))
            elif state in _WAITING:
                coming[need_id].append(title)
    return items, coming


def answer_need(session: Session, need_id: int, item_key: str, on: date, by: str) -> int:
    """Say that an item of the plan answers a need; again changes nothing. Give whose need it is.

    The item is in force, or in a version that waits: then the need is answered once that is.

    Raises
    ------
    NotFound
        When the need or the item is not there.
    NotPermitted
        When the need does not wait any more.
    """
    need = session.get(Need, need_id)
    if need is None or need.superseded_at is not None:
        raise NotFound(_("This need is no longer there. Open the dossier again."))
    if need.closed_on is not None:
        raise NotPermitted(_("This need is settled already. Take it up again first."))
    item = session.scalars(
        select(PlanItem.id)
        .join(ServicePlan, ServicePlan.id == PlanItem.plan_id)
        .where(
            ServicePlan.person_id == need.person_id,
            or_(in_force_on(on), ServicePlan.state.in_(_WAITING)),
            PlanItem.item_key == item_key,
            PlanItem.state != "declined",
        )
    ).first()
    if item is None:
        raise NotFound(_("The plan has no item {key}.", key=item_key))
    known = session.scalars(
        select(NeedAnswer.id).where(
            NeedAnswer.need_id == need_id,
            NeedAnswer.item_key == item_key,
            NeedAnswer.superseded_at.is_(None),
        )
    ).first()
    if known is None:
        session.add(
            NeedAnswer(need_id=need_id, item_key=item_key, recorded_at=now(), recorded_by=by)
        )
        session.flush()
    mark_planned(session, [need.person_id], on)
    return need.person_id


def part_need(session: Session, need_id: int, item_key: str) -> None:
    """Take back that an item answers a need; the need is open again where nothing else does."""
    session.execute(
        update(NeedAnswer)
        .where(
            NeedAnswer.need_id == need_id,
            NeedAnswer.item_key == item_key,
            NeedAnswer.superseded_at.is_(None),
        )
        .values(superseded_at=now())
    )
    session.flush()


def link_asked(
    session: Session,
    rules: Iterable[Rule],
    chosen: Collection[int] | tuple[int, int],
    on: date,
    by: str,
) -> int:
    """Link the items of rules that ask for an open need to those needs; again changes nothing.

    What somebody has parted by hand is not linked again.

    Parameters
    ----------
    chosen : collection of int or (first, last)
        Whose plans.

    Returns
    -------
    int
        How many needs were linked.
    """
    waiting = select(Need.id).where(within(Need.person_id, chosen), waits_on(on))
    if session.scalars(waiting.limit(1)).first() is None:
        return 0
    asked = {rule.duty.key: needs_asked(rule.when) for rule in rules}
    made, persons, moment = 0, set(), now()
    for key in sorted(key for key, needs in asked.items() if needs):
        meant = or_(
            *(
                and_(
                    is_of_kind(one.kinds) if one.kinds else Need.domain.in_(one.domains),
                    Need.severity == one.severity if one.severity else true(),
                )
                for one in sorted(asked[key])
            )
        )
        told = exists().where(NeedAnswer.need_id == Need.id, NeedAnswer.item_key == key)
        rows = session.execute(
            select(Need.id, Need.person_id)
            .join(ServicePlan, ServicePlan.person_id == Need.person_id)
            .join(PlanItem, PlanItem.plan_id == ServicePlan.id)
            .where(
                within(Need.person_id, chosen),
                waits_on(on),
                meant,
                PlanItem.item_key == key,
                PlanItem.state != "declined",
                ServicePlan.state.in_(("draft", "submitted", "approved", "active")),
                ~told,
            )
            .distinct()
            .order_by(Need.id)
        ).all()
        session.add_all(
            NeedAnswer(need_id=need_id, item_key=key, recorded_at=moment, recorded_by=by)
            for need_id, _person in rows
        )
        persons |= {person_id for _need, person_id in rows}
        made += len(rows)
    session.flush()
    for some in _sets(sorted(persons)):
        mark_planned(session, some, on)
    return made


def _sets(ids: list[int]) -> Iterator[list[int]]:
    return (ids[at : at + _SET] for at in range(0, len(ids), _SET))


def mark_planned(session: Session, persons: Collection[int], on: date) -> int:
    """Count open needs as planned where something in force answers them, and back where not."""
    moved = 0
    for before, to, how in (("open", "planned", True), ("planned", "open", False)):
        told = need_answered(on) == "item"
        ids = session.scalars(
            select(Need.id).where(
                Need.person_id.in_(list(persons)),
                waits_on(on),
                Need.state == before,
                told if how else ~told,
            )
        ).all()
        if ids:
            session.execute(
                update(Need)
                .where(Need.id.in_(ids))
                .values(state=to)
                .execution_options(synchronize_session="fetch")
            )
            moved += len(ids)
    return moved

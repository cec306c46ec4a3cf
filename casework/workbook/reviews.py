"""Review: plans that wait for somebody, those first that deserve a human eye; decided in bulk.

Decides which versions wait for what and reads all that weighing them needs in a few queries,
however long the queue; leaves the weights to :mod:`casework.planning.reviewing` and the steps to
:mod:`casework.workbook.plan_versions`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Select, and_, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from casework.errors import CaseworkError, NotPermitted
from casework.planning.reviewing import Mark, Surroundings, WeighedItem, marks_of, score_of
from casework.records import (
    CareTeamMember,
    Need,
    Person,
    PlanItem,
    ServicePlan,
    Task,
    covers,
    in_care_on,
    is_personal,
    need_answered,
    waits_on,
)
from casework.records.base import now
from casework.reference import code_list, facts
from casework.terms import _, language
from casework.workbook.plan_needs import leaving_bare

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["QUEUES", "Decided", "ReviewRow", "Reviews", "mark_text"]

QUEUES = ("approval", "draft", "look")
"""What can wait: for a decision, to be submitted, or in force by the rules for somebody's look."""

_DECIDERS = ("supervisor", "administrator")
_SET = 5_000
_Wording = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One version that waits, with what deserves a look in it.

    Attributes
    ----------
    score : int
        0 is routine; the higher, the more it deserves a look.
    marks : tuple of Mark
        Why, the weightiest first.
    items : int
        What it asks for.
    by : str
        Who submitted it, or drew it up.
    """

    plan_id: int
    person_id: int
    name: str
    version: int
    items: int
    score: int
    marks: tuple[Mark, ...]
    by: str
    since: datetime

    @property
    def heaviest(self) -> int:
        """Weight of the reason that counts most, 0 where there is none."""
        return self.marks[0].weight if self.marks else 0

    @property
    def is_routine(self) -> bool:
        """Whether nothing in it deserves a look of its own."""
        return self.score == 0


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision about many versions did: how many, and which were refused with why."""

    done: int
    refused: tuple[tuple[int, str], ...]


class Reviews:
    """What is done with plans that wait, one by one or many at once.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    def waiting(self, queue: str = "approval", *, owner_id: int | None = None) -> list[ReviewRow]:
        """List what waits, what most deserves a human eye first.

        The weightiest reason decides, then all of them together: many small changes never push a
        safety service that was left out, or an urgent need that nothing answers, down the list.

        Parameters
        ----------
        queue : str
            One of `QUEUES`.
        owner_id : int or None
            Only people whose caseworker this is.
        """
        book = self._workbook
        with book.reading() as session:
            plans = _waiting(session, queue, owner_id, book.today)
            rows = list(_weighed(session, plans, book.today))
        return sorted(rows, key=lambda one: (-one.heaviest, -one.score, one.since, one.plan_id))

    def count(self, *, owner_id: int | None = None) -> dict[str, int]:
        """Count what waits, by queue."""
        book = self._workbook
        with book.reading() as session:
            return {one: _number(session, one, owner_id, book.today) for one in QUEUES}

    def approve(self, plan_ids: Iterable[int]) -> Decided:
        """Approve many versions in one act: they come into force today."""

        def step(session: Session, plan_id: int, none_bare: bool) -> None:
            self._workbook.plans.write_step(session, plan_id, "approve", none_bare=none_bare)

        return self._decide(plan_ids, step, refresh=True)

    def send_back(self, plan_ids: Iterable[int], *, comment: str) -> Decided:
        """Return many versions with the same comment."""

        def step(session: Session, plan_id: int, _none_bare: bool) -> None:
            self._workbook.plans.write_step(session, plan_id, "return", comment)

        return self._decide(plan_ids, step)

    def submit(self, plan_ids: Iterable[int]) -> Decided:
        """Hand many drafts to the supervisor; what is proposed in them counts as accepted."""

        def step(session: Session, plan_id: int, none_bare: bool) -> None:
            self._workbook.plans.hand_in(session, plan_id, none_bare=none_bare)

        return self._decide(plan_ids, step)

    def confirm(self, plan_ids: Iterable[int]) -> Decided:
        """Say that versions in force by the rules have been looked at and are right.

        Raises
        ------
        NotPermitted
            Unless a supervisor or administrator acts.
        """
        book = self._workbook
        if book.actor.role not in _DECIDERS:
            raise NotPermitted(
                _("Looking plans over is for supervisors and administrators. Ask one of them.")
            )

        def step(session: Session, plan_id: int, none_bare: bool) -> None:
            plan = session.get_one(ServicePlan, plan_id)
            if plan.state != "active" or plan.decided_at is not None:
                raise NotPermitted(
                    _("Version {n} waits for nobody's look any more.", n=plan.plan_version)
                )
            if not none_bare:
                self._workbook.plans.refuse_bare(session, plan)
            plan.decided_at, plan.decided_by = now(), book.actor.name
            plan.row_version += 1
            book.log(session, "confirm_plan", "service_plan", plan_id)

        return self._decide(plan_ids, step)

    def _decide(
        self,
        plan_ids: Iterable[int],
        step: Callable[[Session, int, bool], None],
        *,
        refresh: bool = False,
    ) -> Decided:
        """Take a step with each, in one transaction; what is refused leaves the others alone.

        Each step is told whether no open need is left bare, so that not each of them asks.
        """
        book = self._workbook
        done: list[int] = []
        refused: list[tuple[int, str]] = []
        with book.transaction() as session:
            plan_ids = tuple(dict.fromkeys(plan_ids))
            bare = leaving_bare(session, plan_ids, book.today)
            for plan_id in plan_ids:
                try:
                    with session.begin_nested():
                        step(session, plan_id, plan_id not in bare)
                    done.append(plan_id)
                except CaseworkError as refusal:
                    refused.append((plan_id, refusal.message))
            if refresh and done:
                session.flush()
                persons = session.scalars(
                    select(ServicePlan.person_id).where(ServicePlan.id.in_(done))
                ).all()
                book.plans.refresh(session, persons)
        return Decided(len(done), tuple(refused))


# --- which wait ---------------------------------------------------------------------------------


def _waiting(session: Session, queue: str, owner_id: int | None, today: date) -> Sequence[Any]:
    """Give the versions of a queue as (id, person, name, version, by, since, effective_from)."""
    return session.execute(_in_queue(queue, owner_id, today).order_by(ServicePlan.id)).all()


def _number(session: Session, queue: str, owner_id: int | None, today: date) -> int:
    """Count the versions of a queue."""
    waiting = _in_queue(queue, owner_id, today)
    return session.scalar(waiting.with_only_columns(func.count())) or 0


def _in_queue(queue: str, owner_id: int | None, today: date) -> Select[Any]:
    if queue not in QUEUES:
        raise ValueError(f"queue must be one of {QUEUES}, not {queue!r}")
    which = {
        "approval": ServicePlan.state == "submitted",
        "draft": ServicePlan.state == "draft",
        "look": and_(
            ServicePlan.state == "active",
            ServicePlan.origin == "rules",
            ServicePlan.decided_at.is_(None),
        ),
    }[queue]
    query = (
        select(
            ServicePlan.id,
            ServicePlan.person_id,
            Person.name,
            ServicePlan.plan_version,
            func.coalesce(ServicePlan.submitted_by, ServicePlan.drafted_by).label("by"),
            ServicePlan.submitted_at,
            ServicePlan.drafted_at,
        )
        .join(Person, Person.id == ServicePlan.person_id)
        .where(which, in_care_on(today))
    )
    if owner_id is not None:
        mine = select(CareTeamMember.person_id).where(
            CareTeamMember.role == "caseworker",
            CareTeamMember.staff_id == owner_id,
            CareTeamMember.superseded_at.is_(None),
            covers(CareTeamMember.valid_from, CareTeamMember.valid_to, today),  # type: ignore[arg-type]
        )
        query = query.where(ServicePlan.person_id.in_(mine))
    return cast(Select[Any], query)


# --- what is in them ----------------------------------------------------------------------------


def _weighed(session: Session, plans: Sequence[Any], today: date) -> Iterator[ReviewRow]:
    persons = {one.person_id for one in plans}
    base = _versions_before(session, {one.id: one for one in plans}, persons)
    firsts = {one.id for one in plans if base.get(one.id) is None}
    others = {one.id for one in plans if one.id not in firsts}
    items = _items(session, others | {number for number in base.values() if number})
    items |= _items(session, firsts, telling=True)
    asked = _numbers_asked(session, firsts)
    around = _surroundings(session, {one.person_id: one.id for one in plans}, today)
    twins = _twins(session, {one.id: one.person_id for one in plans}, items)
    for plan in plans:
        mine = items.get(plan.id, {})
        before = base.get(plan.id)
        close = around.get(plan.person_id, Surroundings())
        close = replace(close, twins=twins.get(plan.id, 0))
        marks = marks_of(mine, items.get(before, {}) if before else None, close)
        yield ReviewRow(
            plan_id=plan.id,
            person_id=plan.person_id,
            name=plan.name,
            version=plan.plan_version,
            items=asked.get(plan.id, 0) if before is None else sum(i.asked for i in mine.values()),
            score=score_of(marks),
            marks=marks,
            by=plan.by,
            since=plan.submitted_at or plan.drafted_at,
        )


def _versions_before(
    session: Session, plans: Mapping[int, Any], persons: Collection[int]
) -> dict[int, int | None]:
    """Give, for each version, the one that was in force before it."""
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for some in _sets(persons):
        rows = session.execute(
            select(ServicePlan.person_id, ServicePlan.plan_version, ServicePlan.id)
            .where(
                ServicePlan.person_id.in_(some),
                ServicePlan.effective_from.is_not(None),
                or_(ServicePlan.state.in_(("active", "revised"))),
            )
            .order_by(ServicePlan.effective_from, ServicePlan.plan_version)
        )
        for person_id, version, plan_id in rows:
            found[person_id].append((version, plan_id))
    before: dict[int, int | None] = {}
    for plan_id, plan in plans.items():
        earlier = [number for _version, number in found[plan.person_id] if number != plan_id]
        own = [n for n, (_v, number) in enumerate(found[plan.person_id]) if number == plan_id]
        if own:
            earlier = [number for _version, number in found[plan.person_id][: own[0]]]
        before[plan_id] = earlier[-1] if earlier else None
    return before


def _title_shown() -> Any:
    """Give the title of an item in the language in force."""
    if language() == "en":
        return func.coalesce(PlanItem.title_en, PlanItem.title)
    return PlanItem.title


def _numbers_asked(session: Session, plan_ids: Collection[int]) -> dict[int, int]:
    """Count the items that versions ask for."""
    found: dict[int, int] = {}
    for some in _sets(plan_ids):
        rows = session.execute(
            select(PlanItem.plan_id, func.count())
            .where(PlanItem.plan_id.in_(some), PlanItem.state != "declined")
            .group_by(PlanItem.plan_id)
        )
        found.update((plan_id, n) for plan_id, n in rows)
    return found


def _items(
    session: Session, plan_ids: Collection[int], *, telling: bool = False
) -> dict[int, dict[str, WeighedItem]]:
    """Read the items of versions.

    Parameters
    ----------
    telling : bool
        Only what people added, changed or left out: of a first version nothing else is weighed.
    """
    found: dict[int, dict[str, WeighedItem]] = defaultdict(dict)
    which = or_(is_personal(), PlanItem.state == "declined") if telling else true()
    for some in _sets(plan_ids):
        rows = session.execute(
            select(
                PlanItem.plan_id,
                PlanItem.item_key,
                _title_shown(),
                PlanItem.state,
                is_personal(),
                PlanItem.domain,
                PlanItem.priority,
                PlanItem.quota,
                PlanItem.per,
                PlanItem.deviation_reason,
            ).where(PlanItem.plan_id.in_(some), which)
        )
        for plan_id, key, title, state, personal, *rest in rows:
            found[plan_id][key] = WeighedItem(
                key, title, state != "declined", bool(personal), *rest
            )
    return found


def _surroundings(
    session: Session, plans: Mapping[int, int], today: date
) -> dict[int, Surroundings]:
    """Read what else matters about persons, each with the version that is looked at."""
    alerts: dict[int, int] = defaultdict(int)
    bare: dict[int, int] = defaultdict(int)
    urgent: dict[int, int] = defaultdict(int)
    worst = max(code_list("need_severity").entries, key=lambda one: one.rank or 0).code
    unknown: dict[int, str] = {}
    version = aliased(ServicePlan)
    for some in _sets(plans):
        needs = session.execute(
            select(Need.person_id, Need.need_key, Need.severity, need_answered(today, version))
            .join(version, version.person_id == Need.person_id)
            .where(version.id.in_([plans[one] for one in some]), waits_on(today))
        )
        for person_id, key, severity, answered in needs:
            alerts[person_id] += ":alert:" in (key or "")
            bare[person_id] += answered == "nothing"
            urgent[person_id] += answered == "nothing" and severity == worst
    for person_id, key in _to_find_out(session, plans):
        unknown.setdefault(person_id, key.partition(":")[2])
    return {
        one: Surroundings(alerts[one], bare[one], urgent[one], unknown.get(one))
        for one in {*alerts, *bare, *unknown}
    }


def _to_find_out(session: Session, persons: Collection[int]) -> Iterator[tuple[int, str]]:
    """Give persons with the keys of what is still to be found out about them."""
    asked = select(Task.person_id, Task.item_key, Task.done_on, Task.cancelled_on).where(
        Task.plan_item_id.is_(None), Task.item_key.startswith("find_out:", autoescape=True)
    )
    # Of very many people it is sooner found among what stands in no plan, which an index knows,
    # than among all the tasks of a year of each.
    sets = [true()] if len(persons) > _SET else [Task.person_id.in_(one) for one in _sets(persons)]
    for some in sets:
        for person_id, key, done_on, cancelled_on in session.execute(asked.where(some)):
            if done_on is None and cancelled_on is None and person_id in persons:
                yield person_id, key


def _twins(
    session: Session,
    plans: Mapping[int, int],
    items: Mapping[int, Mapping[str, WeighedItem]],
) -> dict[int, int]:
    """Count, for each version, the other people whose plan says all that is personal about it."""
    own = {
        plan_id: {_wording(one) for one in items.get(plan_id, {}).values() if one.personal}
        for plan_id in plans
    }
    titles = {wording[0] for some in own.values() for wording in some}
    if not titles:
        return {}
    said: dict[_Wording, set[int]] = defaultdict(set)
    for some_titles in _sets(titles):
        rows = session.execute(
            select(
                ServicePlan.person_id,
                PlanItem.title,
                PlanItem.quota,
                PlanItem.per,
                PlanItem.deviation_reason,
            )
            .join(ServicePlan, ServicePlan.id == PlanItem.plan_id)
            .where(
                PlanItem.title.in_(some_titles),
                is_personal(),
                ServicePlan.state.in_(("draft", "submitted", "approved", "active")),
            )
        )
        for person_id, title, quota, per, reason in rows:
            said[title, quota, per, reason or ""].add(person_id)
    found: dict[int, int] = {}
    for plan_id, wordings in own.items():
        if wordings:
            sharing = set.intersection(*(said[one] for one in wordings)) - {plans[plan_id]}
            found[plan_id] = len(sharing)
    return found


def _wording(item: WeighedItem) -> _Wording:
    return item.title, item.quota, item.per, item.reason or ""


def _sets(values: Iterable[Any]) -> Iterator[list[Any]]:
    listed = sorted(values)
    for start in range(0, len(listed), _SET):
        yield listed[start : start + _SET]


def mark_text(mark: Mark) -> str:
    """Say in a few words why a plan deserves a look, in the language in force."""
    fact = facts().get(mark.about)
    words = {
        "alert": lambda: (
            _("a safety alert is open")
            if mark.n == 1
            else _("{n} safety alerts are open", n=mark.n)
        ),
        "safety_out": lambda: _("a safety service is left out: {title}", title=mark.about),
        "left_out": lambda: _("left out: {title}", title=mark.about),
        "fewer": lambda: _("less often: {title}", title=mark.about),
        "changed": lambda: _("changed: {title}", title=mark.about),
        "added": lambda: _("added: {title}", title=mark.about),
        "gone": lambda: _("no longer asked for: {title}", title=mark.about),
        "big_change": lambda: (
            _("{n} more tasks a year", n=mark.n)
            if mark.n > 0
            else _("{n} fewer tasks a year", n=-mark.n)
        ),
        "bare_needs": lambda: (
            _("a need that nothing answers")
            if mark.n == 1
            else _("{n} needs that nothing answers", n=mark.n)
        ),
        "urgent_needs": lambda: (
            _("an urgent need that nothing answers")
            if mark.n == 1
            else _("{n} urgent needs that nothing answers", n=mark.n)
        ),
        "unknown": lambda: _("not known: {fact}", fact=fact.label if fact else mark.about),
        "copied": lambda: (
            _("the same words as for somebody else")
            if mark.n == 1
            else _("the same words as for {n} others", n=mark.n)
        ),
    }[mark.kind]()
    return _("{what} ({why})", what=words, why=mark.reason) if mark.reason else words

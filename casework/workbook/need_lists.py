"""Lists of needs as people read them: of one person on a day, and the alerts of the agency.

Decides what a row says; few queries a list, none of them in a loop. Reads only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from casework.instruments import Alert, Instrument
from casework.instruments.findings import need_rule
from casework.instruments.library import instruments
from casework.records import Need, Opinion, Person, Staff, Task, Wish, task_status, waits_on
from casework.reference import Agency, code_list
from casework.terms import Label, _
from casework.workbook.dossier import open_wishes
from casework.workbook.need_asking import waiting_reasons
from casework.workbook.need_evidence import gone_evidence
from casework.workbook.need_rules import fact_label
from casework.workbook.need_steps import plain_words, reason_words
from casework.workbook.plan_drawing import AUTOMATIC

__all__ = [
    "AlertRow",
    "NeedTally",
    "NeedView",
    "WishView",
    "alert_rows",
    "alert_words",
    "need_views",
    "tally",
    "title_of",
    "wish_views",
]


@dataclass(frozen=True, slots=True)
class WishView:
    """A wish that is open on a day, in the own words; said again in the same words it is one.

    Attributes
    ----------
    id, said_on : int, date or None
        Of the last time that it was said.
    times : int
        How often it was said.
    need : str or None
        Title of the need that was made of it and waits, or was settled since.
    """

    id: int
    text: str
    said_on: date | None
    times: int
    need: str | None


@dataclass(frozen=True, slots=True)
class NeedView:
    """A need on a day.

    Attributes
    ----------
    state : str
        As it is kept, or ``ended`` where the care of the person ended before it was met.
    said : str or None
        The wish or opinion it came from, in the own words.
    reason : str or None
        Why it is not met; while nothing is arranged, who arranges it or says why not by when. Only
        a need that is met, or that something in the plan answers, has none.
    days_open : int
        Days since it was opened, until it was closed.
    is_doubtful : bool
        What it came from does not stand any more: somebody has to say whether it is still there.
    """

    id: int
    person_id: int
    person_name: str
    key: str | None
    domain: str
    title: str
    severity: str
    state: str
    origin: str
    opened_on: date
    closed_on: date | None
    reason: str | None
    owner_id: int | None
    owner: str | None
    assessment_id: int | None
    said: str | None
    days_open: int
    is_doubtful: bool = False

    @property
    def is_alert(self) -> bool:
        """Whether it must reach somebody the same day."""
        return ":alert:" in (self.key or "")


@dataclass(frozen=True, slots=True)
class AlertRow:
    """An open alert with the task it raised.

    Attributes
    ----------
    task_state : str or None
        One of the states of tasks, as of the day asked about.
    reached_on : date or None
        When somebody got in touch; the need stays open until they say what came of it.
    """

    need: NeedView
    task_id: int | None
    due_on: date | None
    task_state: str | None
    reached_on: date | None = None


def need_views(
    session: Session,
    agency: Agency,
    on: date,
    *,
    closed: bool = False,
    person_id: int | None = None,
    since: date | None = None,
) -> list[NeedView]:
    """Give needs as of a day: alerts, then the most severe, then the oldest first.

    Parameters
    ----------
    closed : bool
        Those that were closed before that day as well.
    since : date or None
        Only those opened from this day on, alerts left out: the rows that a tally counts.
    """
    query = (
        select(Need, Person.name, Staff.name, Wish.text, Opinion.text)
        .join(Person, Person.id == Need.person_id)
        .outerjoin(Staff, Staff.id == Need.owner_id)
        .outerjoin(Wish, Wish.id == Need.wish_id)
        .outerjoin(Opinion, Opinion.id == Need.opinion_id)
        .where(Need.superseded_at.is_(None), Need.opened_on <= on)
    )
    if person_id is not None:
        query = query.where(Need.person_id == person_id)
    if since is not None:
        query = query.where(Need.opened_on >= since, ~_is_alert())
    if not closed:
        query = query.where(waits_on(on))
    ranks = {one.code: one.rank or 0 for one in code_list("need_severity").entries}
    rows = session.execute(query).all()
    waiting = [row[0] for row in rows if row[0].closed_on is None or row[0].closed_on > on]
    doubtful = gone_evidence(session, agency, on, waiting)
    waits = waiting_reasons(session, waiting, on)
    found = [
        replace(view, is_doubtful=view.id in doubtful, reason=view.reason or waits.get(view.id))
        for view in (
            _view(need, name, owner, wish or opinion, on)
            for need, name, owner, wish, opinion in rows
        )
    ]
    return sorted(
        found,
        key=lambda one: (
            one.closed_on is not None,
            not one.is_alert,
            -ranks.get(one.severity, 0),
            one.opened_on,
            one.id,
        ),
    )


@dataclass(frozen=True, slots=True)
class NeedTally:
    """What became of the needs that were opened over some days.

    Attributes
    ----------
    by_state : mapping of str to int
        States of needs as they stood on the last of these days.
    """

    first: date
    last: date
    by_state: Mapping[str, int]

    @property
    def opened(self) -> int:
        """Give how many were opened."""
        return sum(self.by_state.values())

    @property
    def could_be_met(self) -> int:
        """Give how many were opened and did not end with the care: nobody could meet those."""
        return self.opened - self.by_state.get("ended", 0)

    @property
    def met_per_hundred(self) -> int | None:
        """Give how many were met of a hundred that could be, rounded down; None of none."""
        return self.by_state.get("met", 0) * 100 // self.could_be_met if self.could_be_met else None


def tally(session: Session, first: date, on: date) -> NeedTally:
    """Count the needs opened from the first day to this one by what has become of them."""
    by_itself = and_(Need.closed_on <= on, Need.reason.startswith(AUTOMATIC, autoescape=True))
    state = case(
        (by_itself, "ended"),
        (or_(Need.closed_on.is_(None), Need.closed_on <= on), Need.state),
        else_="open",
    )
    query = (
        select(state, func.count())
        .where(Need.superseded_at.is_(None), Need.opened_on.between(first, on), ~_is_alert())
        .group_by(state)
    )
    return NeedTally(first, on, {one: n for one, n in session.execute(query)})


def _is_alert() -> ColumnElement[bool]:
    return func.coalesce(Need.need_key, "").contains(":alert:", autoescape=True)


def alert_rows(session: Session, on: date) -> list[AlertRow]:
    """Give the open alerts of a day, the oldest first."""
    query = (
        select(Need, Person.name, Staff.name, Task, task_status(on))
        .join(Person, Person.id == Need.person_id)
        .outerjoin(Staff, Staff.id == Need.owner_id)
        .outerjoin(
            Task,
            and_(Task.person_id == Need.person_id, Task.item_key == "follow_up:" + Need.need_key),
        )
        .where(Need.need_key.contains(":alert:", autoescape=True), waits_on(on))
        .order_by(Need.opened_on, Need.id, Task.due_on.desc())
    )
    rows: dict[int, AlertRow] = {}
    for need, name, owner, task, status in session.execute(query):
        if need.id not in rows:  # of several tasks the latest stands first
            rows[need.id] = AlertRow(
                need=_view(need, name, owner, None, on),
                task_id=task.id if task else None,
                due_on=task.due_on if task else None,
                task_state=status if task else None,
                reached_on=task.done_on if task and status in ("done", "late_done") else None,
            )
    return list(rows.values())


def _view(need: Need, name: str, owner: str | None, said: str | None, on: date) -> NeedView:
    is_closed = need.closed_on is not None and need.closed_on <= on
    closed_on = need.closed_on if is_closed else None
    state = "ended" if (need.reason or "").startswith(AUTOMATIC) else need.state
    return NeedView(
        id=need.id,
        person_id=need.person_id,
        person_name=name,
        key=need.need_key,
        domain=need.domain,
        title=title_of(need),
        severity=need.severity,
        state=state if is_closed or need.closed_on is None else "open",
        origin=need.origin,
        opened_on=need.opened_on,
        closed_on=closed_on,
        reason=reason_words(need.reason) if is_closed or need.closed_on is None else None,
        owner_id=need.owner_id,
        owner=owner,
        assessment_id=need.assessment_id,
        said=said,
        days_open=((closed_on or on) - need.opened_on).days,
    )


def wish_views(session: Session, person_id: int, on: date) -> list[WishView]:
    """Give the open wishes of a person, the newest first, each with the need made of it."""
    said: dict[str, list[Wish]] = {}
    for wish in open_wishes(session, person_id, on):
        if wish.closed_on is None or wish.closed_on > on:
            said.setdefault(plain_words(wish.text), []).append(wish)
    made = session.scalars(
        select(Need)
        .where(
            Need.wish_id.in_([wish.id for same in said.values() for wish in same]),
            Need.superseded_at.is_(None),
            Need.opened_on <= on,
        )
        .order_by(Need.id)
    )
    needs = {need.wish_id: title_of(need) for need in made}
    return [
        WishView(
            same[0].id,
            same[0].text,
            same[0].said_on,
            len(same),
            next((needs[wish.id] for wish in same if wish.id in needs), None),
        )
        for same in said.values()
    ]


def title_of(need: Need) -> str:
    """Give the title in the language in force where it came from reference data."""
    found = need_rule(need.need_key)
    label: Label | None = found.label if found else _alert_label(need.need_key or "")
    label = label or fact_label(need.need_key)
    return str(label) if label else need.title


def alert_words(item_key: str) -> tuple[str, str] | None:
    """Give what the task of an alert asks for, and why; None for any other task."""
    found = _alert_of(item_key.removeprefix("follow_up:"))
    if found is None:
        return None
    chosen, alert = found
    return str(alert.action), _("{instrument}: {what}", instrument=chosen.label, what=alert.label)


def _alert_label(key: str) -> Label | None:
    found = _alert_of(key)
    return found[1].label if found else None


def _alert_of(key: str) -> tuple[Instrument, Alert] | None:
    code, parted, alert_id = key.partition(":alert:")
    chosen = instruments().get(code) if parted else None
    alerts = chosen.alerts if chosen else ()
    alert = next((one for one in alerts if one.id == alert_id), None)
    return (chosen, alert) if chosen and alert else None

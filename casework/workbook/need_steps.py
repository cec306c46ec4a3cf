"""The life of a need: opened by a score, a wish, an opinion or a worker, and never lost.

Decides which steps a need may take, that a need which is not met says why, and what a new
assessment does to the needs that earlier ones opened; leaves the rules themselves to
``data/reference/needs.toml``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry, NotPermitted
from casework.instruments import Alert, Instrument
from casework.instruments.findings import NeedFound
from casework.records import Assessment, Need, Task, is_of_kind, kind_of
from casework.records.base import now
from casework.records.needs import SPOKEN_FOR_BY
from casework.reference import NeedKind, code_list, kinds_of_need
from casework.terms import _
from casework.workbook.owning import answering_for
from casework.workbook.plan_drawing import AUTOMATIC

__all__ = [
    "ALERT_DOMAIN",
    "CLOSED",
    "NEED_STEPS",
    "PUT_OFF_BEFORE",
    "UNMET",
    "Settled",
    "alert_key",
    "key_by_people",
    "kind_of_need",
    "open_need_of_kind",
    "plain_words",
    "reason_words",
    "same_need",
    "settle_alerts",
    "settle_needs",
    "take_step",
]

NEED_STEPS: Mapping[str, tuple[str, ...]] = {
    "open": ("planned", "met", "declined", "deferred", "cannot_be_met"),
    "planned": ("open", "met", "declined", "deferred", "cannot_be_met"),
    "deferred": ("open", "planned", "met", "declined", "cannot_be_met"),
    "met": ("open",),
    "declined": ("open",),
    "cannot_be_met": ("open",),
}
UNMET = ("declined", "deferred", "cannot_be_met")
"""States that want a reason, because somebody goes without."""
CLOSED = ("met", "declined", "cannot_be_met")
PUT_OFF_BEFORE = ";"
"""Stands between the reason for which a need ended by itself and the one why it was put off."""
ALERT_DOMAIN = "safety"
_BY_PEOPLE = "worker:"


@dataclass(slots=True)
class Settled:
    """What an assessment did to the needs of a person, as ids.

    Attributes
    ----------
    opened, worse : list of int
        Needs that are new, and open ones that became more severe.
    eased : list of int
        Open needs of earlier assessments that this one no longer speaks for: for a worker to
        close, never closed by themselves.
    tasks : list of int
        Tasks of alerts, due within the days the instrument says.
    """

    opened: list[int] = field(default_factory=list)
    worse: list[int] = field(default_factory=list)
    eased: list[int] = field(default_factory=list)
    tasks: list[int] = field(default_factory=list)


def take_step(need: Need, to: str, reason: str | None, on: date) -> None:
    """Move a need to another state.

    Raises
    ------
    NotPermitted
        If that state cannot follow the present one.
    InvalidEntry
        If the need is not met, or taken up again, without saying why.
    """
    states = code_list("need_state")
    if to not in NEED_STEPS[need.state]:
        raise NotPermitted(
            _(
                "A need that is “{state}” cannot become “{to}”. Possible: {possible}.",
                state=states.label_of(need.state),
                to=states.label_of(to),
                possible=_("; ").join(states.label_of(one) for one in NEED_STEPS[need.state]),
            )
        )
    said = (reason or "").strip()
    if not said and (to in UNMET or need.state in CLOSED):
        raise InvalidEntry(
            _("Say why, in a sentence: a need that is not met keeps its reason."), "reason", reason
        )
    if on < need.opened_on:
        raise InvalidEntry(
            _(
                "The need was opened on {opened}; choose that day or a later one.",
                opened=need.opened_on.isoformat(),
            ),
            "on",
            on,
        )
    need.state = to
    need.reason = said or None
    need.closed_on = on if to in CLOSED else None


def reason_words(reason: str | None) -> str | None:
    """Say why a need is not met; what people wrote stands as they wrote it."""
    by_itself, parted, before = (reason or "").partition(PUT_OFF_BEFORE)
    words = {
        f"{AUTOMATIC}died": _("the person died"),
        f"{AUTOMATIC}closed": _("the case was closed"),
        f"{AUTOMATIC}left": _("no longer in care"),
    }.get(by_itself)
    if words is None:
        return reason
    return _("{why}; put off before: {reason}", why=words, reason=before) if parted else words


def said_by_people(need: Need) -> bool:
    """Tell whether a worker said of what kind a need is, and neither a score nor the facts."""
    return (need.need_key or "").startswith(_BY_PEOPLE)


def key_by_people(kind: str | None) -> str | None:
    """Give the key of a need whose kind a worker names; None for one without a kind."""
    return f"{_BY_PEOPLE}{kind}" if kind else None


def kind_of_need(agency_code: str, code: str) -> NeedKind:
    """Give a kind of need by its code.

    Raises
    ------
    InvalidEntry
        If the agency knows no such kind.
    """
    known = kinds_of_need(agency_code).get(code)
    if known is None:
        raise InvalidEntry(_("There is no kind of need “{code}”.", code=code), "kind", code)
    return known


def open_need_of_kind(session: Session, person_id: int, kind: str) -> Need | None:
    """Find an open need of a kind, whoever raised it."""
    return session.scalars(
        select(Need)
        .where(
            Need.person_id == person_id,
            is_of_kind([kind]),
            Need.closed_on.is_(None),
            Need.superseded_at.is_(None),
        )
        .order_by(Need.id)
    ).first()


def same_need(session: Session, person_id: int, domain: str, title: str) -> Need | None:
    """Find an open need that says the same, however it is spaced and punctuated."""
    wanted = plain_words(title)
    for need in session.scalars(
        select(Need)
        .where(
            Need.person_id == person_id,
            Need.domain == domain,
            Need.closed_on.is_(None),
            Need.superseded_at.is_(None),
        )
        .order_by(Need.id)
    ):
        if plain_words(need.title) == wanted:
            return need
    return None


def plain_words(title: str) -> str:
    """Give the letters and digits of a title, as the same for every way of writing it."""
    return "".join(one for one in title.casefold() if one.isalnum())


def settle_needs(
    session: Session, person_id: int, chosen: Instrument, found: Iterable[NeedFound],
    assessment_id: int, on: date, by: str, deputy: int | None = None, complete: bool = True,
) -> Settled:  # fmt: skip
    """Open, raise and mark as eased the needs that scores of an instrument speak for.

    One need is one need, whichever instrument shows it: another instrument can make it more
    severe, and only the one that showed it last can say that it has eased. A need that was
    declined or cannot be met is opened again only when it is more severe now. One that people
    spoke for can become more severe, and stays theirs.

    Parameters
    ----------
    deputy : int or None
        Who answers for a need of somebody without a caseworker: whoever assessed.
    complete : bool
        False for a sheet that could not be scored: what it does not show may still be so.
    """
    settled = Settled()
    known = _newest_by_code(session, person_id)
    shown_by = _shown_by(session, known.values())
    ranks = {one.code: one.rank or 0 for one in code_list("need_severity").entries}
    seen = set()
    owner = answering_for(session, person_id, on) or deputy
    for one in found:
        seen.add(one.rule.code)
        need = known.get(one.rule.code)
        if need is None or _opens_again(need, one, ranks):
            new = _opened(person_id, one, assessment_id, on, by, owner)
            session.add(new)
            session.flush()
            settled.opened.append(new.id)
        elif need.state not in CLOSED:
            is_worse = ranks[one.severity] > ranks[need.severity]
            is_own = shown_by.get(need.id) == chosen.id
            if is_worse:
                settled.worse.append(need.id)
            if is_worse or (is_own and need.origin == "score"):
                need.severity = one.severity
            if said_by_people(need):
                continue  # it rests on what was seen or said, which no score takes away
            if is_worse or is_own or need.assessment_id is None:
                need.assessment_id = assessment_id
                need.origin = "rule" if need.origin == "rule" else "score"
    for code, need in known.items() if complete else ():
        if code not in seen and need.state not in CLOSED and shown_by.get(need.id) == chosen.id:
            settled.eased.append(need.id)
    return settled


def settle_alerts(
    session: Session, person_id: int, chosen: Instrument, alerts: Sequence[Alert],
    assessment_id: int | None, today: date, by: str, deputy: int | None = None,
) -> Settled:  # fmt: skip
    """Raise a need and a task for every alert, at once and once a day; take back a slip.

    An alert whose answer was corrected on the same day, before anybody worked on it, is withdrawn.
    """
    settled = Settled()
    known = _newest_by_key(session, person_id, f"{chosen.id}:alert:")
    owner = answering_for(session, person_id, today) or deputy
    for alert in alerts:
        key = alert_key(chosen, alert)
        need = known.get(key)
        if need is None or need.state in CLOSED:
            need = _alert_need(person_id, chosen, alert, today, by, owner)
            session.add(need)
            session.flush()
            settled.opened.append(need.id)
        need.assessment_id = assessment_id or need.assessment_id
        settled.tasks.append(_alert_task(session, need, alert, today))
    raised = {alert_key(chosen, alert) for alert in alerts}
    for key, need in known.items():
        if key not in raised and _is_slip(need, today):
            need.superseded_at = now()
            _cancel_alert(session, need, today)
    return settled


def alert_key(chosen: Instrument, alert: Alert) -> str:
    """Give the name under which an alert of an instrument is known."""
    return f"{chosen.id}:alert:{alert.id}"


def _newest_by_code(session: Session, person_id: int) -> dict[str, Need]:
    """Give the newest need of every kind, whoever raised it."""
    every = [
        need
        for how in SPOKEN_FOR_BY
        for need in _newest_by_key(session, person_id, f"{how}:").values()
    ]
    every.sort(key=lambda need: need.id)
    return {kind: need for need in every if (kind := kind_of(need.need_key))}


def _newest_by_key(session: Session, person_id: int, prefix: str) -> dict[str, Need]:
    """Give the newest need of every key that begins so."""
    rows = session.scalars(
        select(Need)
        .where(
            Need.person_id == person_id,
            Need.need_key.startswith(prefix, autoescape=True),
            Need.superseded_at.is_(None),
        )
        .order_by(Need.id)
    )
    return {need.need_key or "": need for need in rows}


def _shown_by(session: Session, needs: Iterable[Need]) -> dict[int, str]:
    """Give the instrument that showed each need last."""
    ids = [need.id for need in needs]
    rows = session.execute(
        select(Need.id, Assessment.instrument)
        .join(Assessment, Assessment.id == Need.assessment_id)
        .where(Need.id.in_(ids))
    )
    return {need_id: code for need_id, code in rows}


def _opens_again(need: Need, found: NeedFound, ranks: Mapping[str, int]) -> bool:
    if need.state == "met":
        return True
    return need.state in CLOSED and ranks[found.severity] > ranks[need.severity]


def _opened(
    person_id: int, found: NeedFound, assessment_id: int, on: date, by: str, owner: int | None
) -> Need:
    return Need(
        person_id=person_id,
        domain=found.rule.domain,
        title=found.rule.label.zh,
        severity=found.severity,
        origin="score",
        opened_on=on,
        owner_id=owner,
        assessment_id=assessment_id,
        need_key=found.rule.key,
        recorded_at=now(),
        recorded_by=by,
    )


def _alert_need(
    person_id: int, chosen: Instrument, alert: Alert, today: date, by: str, owner: int | None
) -> Need:
    return Need(
        person_id=person_id,
        domain=ALERT_DOMAIN,
        title=alert.label.zh,
        severity="high",
        origin="score",
        opened_on=today,
        owner_id=owner,
        need_key=alert_key(chosen, alert),
        recorded_at=now(),
        recorded_by=by,
    )


def _alert_task(session: Session, need: Need, alert: Alert, today: date) -> int:
    """Write the task of an alert; the same day never asks twice."""
    item_key, period = f"follow_up:{need.need_key}", today.isoformat()
    task = session.scalars(
        select(Task).where(
            Task.person_id == need.person_id, Task.item_key == item_key, Task.period == period
        )
    ).first()
    if task is not None:
        task.cancelled_on, task.reason = None, None
        return task.id
    task = Task(
        person_id=need.person_id,
        item_key=item_key,
        period=period,
        service="follow_up",
        title=alert.action.zh,
        priority=1,
        opens_on=today,
        due_on=today + timedelta(days=alert.within_days),
        in_force_from=today,
        owner_id=need.owner_id,
        made_at=now(),
    )
    session.add(task)
    session.flush()
    return task.id


def _cancel_alert(session: Session, need: Need, today: date) -> None:
    for task in session.scalars(
        select(Task).where(
            Task.person_id == need.person_id,
            Task.item_key == f"follow_up:{need.need_key}",
            Task.period == today.isoformat(),
            Task.done_on.is_(None),
        )
    ):
        task.cancelled_on, task.reason = today, "answer_corrected"


def _is_slip(need: Need, today: date) -> bool:
    """Tell whether an alert was raised today by a draft and nobody has worked on it yet."""
    return need.opened_on == today and need.state == "open" and need.assessment_id is None

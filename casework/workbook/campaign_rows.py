"""A campaign as it is shown: in the list of all, with its terms, its frozen list name by name.

Decides what a campaign's state is called and what stands with each name; leaves changing anything
to :mod:`casework.workbook.campaigns`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.errors import NotFound
from casework.occasions import Window
from casework.records import Campaign, CampaignPerson, Organisation, Person
from casework.terms import Label, _
from casework.workbook.campaign_results import Figures, VisitResult, figures_of, results_of
from casework.workbook.campaign_target import changes_since
from casework.workbook.campaign_terms import Occurrence, Terms
from casework.workbook.plan_drawing import AUTOMATIC

__all__ = [
    "NOT_CLAIMED",
    "CampaignLine",
    "CampaignShown",
    "Coming",
    "Listed",
    "left_out_text",
    "line_of",
    "listed_of",
    "no_campaign",
    "require_campaign",
]

NOT_CLAIMED = AUTOMATIC + "not_claimed"
"""Why somebody was taken off whom the conditions no longer claim when the list is frozen again."""


@dataclass(frozen=True, slots=True)
class Coming:
    """A campaign that comes by the calendar and has not been begun."""

    occurrence: Occurrence
    days_left: int


@dataclass(frozen=True, slots=True)
class CampaignLine:
    """A campaign in the list of all.

    Attributes
    ----------
    state : {"draft", "frozen", "given", "closed"}
        Its list is open, is frozen, has become tasks; it is over and reported.
    figures : Figures
        As of the day; all nothing while the list is open.
    """

    campaign_id: int
    code: str
    period: str
    label: Label
    falls_on: date | None
    window: Window
    state: str
    figures: Figures
    recorded_by: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A name on the frozen list.

    Attributes
    ----------
    reason : str or None
        Why somebody was added by hand.
    left_out : str or None
        Why somebody was taken off.
    change : str or None
        What has happened since the list was frozen, as in `changes_since`.
    """

    person_id: int
    name: str
    unit: str | None
    segment: str
    also: tuple[str, ...]
    carrier: str
    reason: str | None
    left_out: str | None
    change: str | None
    slot_id: int | None
    starts_at: int | None
    is_locked: bool
    task_id: int | None
    result: VisitResult


@dataclass(frozen=True, slots=True)
class CampaignShown:
    """A campaign with its terms.

    Attributes
    ----------
    list_frozen_on : date or None
        None while the list is open and counted anew every day.
    is_given : bool
        Whether its visits have become tasks.
    """

    line: CampaignLine
    terms: Terms
    minutes: int
    list_frozen_on: date | None
    frozen_by: str | None
    is_given: bool
    sentences: Mapping[str, str]


def line_of(session: Session, one: Campaign, day: date, late_days: int) -> CampaignLine:
    """Read a campaign with its figures on a day."""
    results = results_of(session, one, day, late_days) if one.frozen_on else {}
    return CampaignLine(
        one.id,
        one.code,
        one.period,
        Label(zh=one.label_zh, en=one.label_en),
        one.falls_on,
        Window(one.opens_on, one.due_on),
        _state(one),
        figures_of(results.values()),
        one.recorded_by,
    )


def listed_of(session: Session, one: Campaign, day: date, late_days: int) -> list[Listed]:
    """Read the frozen list of a campaign, with what has happened since."""
    unit = select(Organisation.name).where(Organisation.id == Person.unit_id).scalar_subquery()
    rows = session.execute(
        select(CampaignPerson, Person.name, unit)
        .join(Person, Person.id == CampaignPerson.person_id)
        .where(CampaignPerson.campaign_id == one.id)
        .order_by(Person.name_pinyin, Person.id)
    ).all()
    order = {
        each.code: at for at, each in enumerate(Terms.from_record(one.terms).segments)
    }  # fmt: skip
    persons = [row.person_id for row, _name, _unit in rows]
    changes = changes_since(session, persons, one.frozen_on or day, day)
    results = results_of(session, one, day, late_days)
    found = [
        Listed(
            row.person_id, name, of, row.segment, tuple(row.also or ()), row.carrier,
            row.reason, left_out_text(row.left_out_reason) if row.left_out_on else None,
            changes.get(row.person_id), row.slot_id, row.starts_at, row.locked is not None,
            row.visit_task_id, results[row.person_id],
        )
        for row, name, of in rows
    ]  # fmt: skip
    return sorted(found, key=lambda each: order.get(each.segment, len(order)))


def left_out_text(reason: str | None) -> str:
    """Say why somebody was taken off; reasons that people gave stand as they gave them."""
    if reason == NOT_CLAIMED:
        return _("no longer meets the conditions")
    if reason == AUTOMATIC + "merged":
        return _("kept once after two records became one")
    return reason or ""


def require_campaign(session: Session, campaign_id: int, *, to_change: bool = False) -> Campaign:
    """Give a campaign that stands.

    Raises
    ------
    NotFound
        If there is none of this number.
    """
    one = session.get(Campaign, campaign_id, with_for_update=to_change or None)
    if one is None or one.withdrawn_at is not None:
        raise no_campaign(campaign_id)
    return one


def no_campaign(campaign_id: int) -> NotFound:
    """Say that there is no campaign of a number."""
    return NotFound(_("There is no campaign with the number {id}.", id=campaign_id))


def _state(one: Campaign) -> str:
    if one.closed_on is not None:
        return "closed"
    if one.given_at is not None:
        return "given"
    return "frozen" if one.frozen_on is not None else "draft"

"""Whether what a need rests on still stands: the score, the facts, the wish, the opinion.

Decides when the evidence of an open need is gone. Nothing is closed for it: a person is asked, and
says either that the need is met or that it is still there. Reads only.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from casework.records import Assessment, Need, Opinion, Wish, kind_of
from casework.reference import Agency
from casework.workbook.need_rules import facts_speak

__all__ = ["gone_evidence"]

_FEW = 500
"""Up to so many are named in a query; more are found by what they are."""


def gone_evidence(
    session: Session, agency: Agency, on: date, needs: Collection[Need]
) -> frozenset[int]:
    """Give the ids of those needs whose evidence does not stand any more.

    A need that a score and the facts both show stands as long as one of them does. What a worker
    saw, an alert, and what is not known any more are never gone by themselves.
    """
    asked = {need.id: need for need in needs if ":alert:" not in (need.need_key or "")}
    gone = _outdated_scores(session, asked, on) | _withdrawn_words(session, asked, on)
    gone = {one for one in gone & set(asked) if asked[one].origin != "worker"}
    by_code = {
        one: code
        for one, need in asked.items()
        if (code := kind_of(need.need_key)) and (one in gone or need.origin == "rule")
    }
    if not by_code:
        return frozenset(gone)
    persons = {asked[one].person_id for one in by_code} if len(by_code) <= _FEW else None
    spoken = {
        (f.person_id, f.rule.code): f.holds for f in facts_speak(session, agency, on, persons)
    }
    for one, code in by_code.items():
        need = asked[one]
        holds = spoken.get((need.person_id, code))
        shown = need.assessment_id is not None and one not in gone
        if need.origin == "rule" and holds is False and not shown:
            gone.add(one)
        elif need.origin == "rule" or holds:
            gone.discard(one)
    return frozenset(gone)


def _outdated_scores(session: Session, asked: Collection[int], on: date) -> set[int]:
    """Find needs whose assessment was withdrawn, or followed by one that shows them no more."""
    later = aliased(Assessment)
    followed = exists().where(
        later.person_id == Assessment.person_id,
        later.instrument == Assessment.instrument,
        later.superseded_at.is_(None),
        later.level.is_not(None),
        later.assessed_on <= on,
        or_(
            later.assessed_on > Assessment.assessed_on,
            and_(later.assessed_on == Assessment.assessed_on, later.id > Assessment.id),
        ),
    )
    query = (
        select(Need.id)
        .join(Assessment, Assessment.id == Need.assessment_id)
        .where(_among(asked), or_(Assessment.superseded_at.is_not(None), followed))
    )
    return set(session.scalars(query))


def _withdrawn_words(session: Session, asked: Collection[int], on: date) -> set[int]:
    """Find needs whose wish or opinion was settled or taken back."""
    wishes = (
        select(Need.id)
        .join(Wish, Wish.id == Need.wish_id)
        .where(_among(asked), or_(Wish.superseded_at.is_not(None), Wish.closed_on <= on))
    )
    opinions = (
        select(Need.id)
        .join(Opinion, Opinion.id == Need.opinion_id)
        .where(_among(asked), or_(Opinion.superseded_at.is_not(None), Opinion.disposed_on <= on))
    )
    return {*session.scalars(wishes), *session.scalars(opinions)}


def _among(asked: Collection[int]) -> ColumnElement[bool]:
    """Limit to the open needs that are asked about; many are passed by what they are."""
    if len(asked) <= _FEW:
        return Need.id.in_(list(asked))
    return and_(Need.superseded_at.is_(None), Need.origin != "worker")

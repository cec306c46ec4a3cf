"""The figures of a supervisor's board, by topic, each topic by as few queries as it needs."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlalchemy.orm import Session

from casework.indicators.ageing import age_figures, people_figures, pyramid_figures
from casework.indicators.attention import group_figures, reach_figures
from casework.indicators.census import take_census
from casework.indicators.contacting import contact_figures
from casework.indicators.dossiers import dossier_figures
from casework.indicators.figure import Figure
from casework.indicators.issuing import issue_figures
from casework.indicators.outcomes import change_figures
from casework.indicators.owning import owner_figures
from casework.indicators.pairing import pair_figures
from casework.indicators.scope import Scope
from casework.indicators.sharing import party_figures
from casework.indicators.tailoring import tailored_figures
from casework.indicators.waiting import waiting_figures
from casework.indicators.working import task_figures

__all__ = ["TOPICS", "supervisor_figures"]

TOPICS = (
    "people",
    "ages",
    "pyramid",
    "groups",
    "reach",
    "contacts",
    "tasks",
    "dossiers",
    "plans",
    "tailored",
    "parties",
    "issues",
    "owners",
    "pairs",
    "imports",
)
_CENSUS = frozenset({"people", "ages", "pyramid", "groups", "reach", "dossiers"})


def supervisor_figures(
    session: Session, scope: Scope, topics: Collection[str] = TOPICS
) -> Iterator[Figure]:
    """Give the figures of a board.

    Parameters
    ----------
    topics : collection of str
        Which of `TOPICS`; the first word of a figure's code is its topic.
    """
    asked = set(topics)
    if asked & _CENSUS:
        yield from _of_people(session, scope, asked)
    if "contacts" in asked:
        yield from contact_figures(session, scope)
    if "tasks" in asked:
        yield from task_figures(session, scope)
    for topic, figures in (
        ("tailored", tailored_figures),
        ("parties", party_figures),
        ("issues", issue_figures),
        ("owners", owner_figures),
        ("pairs", pair_figures),
        ("pairs", change_figures),
    ):
        if topic in asked:
            yield from figures(session, scope)
    if asked & {"plans", "imports"}:
        yield from (one for one in waiting_figures(session, scope) if one.topic in asked)


def _of_people(session: Session, scope: Scope, asked: Collection[str]) -> Iterator[Figure]:
    census = take_census(session, scope)
    if "people" in asked:
        yield from people_figures(scope, census)
    if "ages" in asked:
        yield from age_figures(scope, census)
    if "pyramid" in asked:
        yield from pyramid_figures(scope, census)
    if "groups" in asked:
        yield from group_figures(scope, census)
    if "reach" in asked:
        yield from reach_figures(scope, census)
    if "dossiers" in asked:
        yield from dossier_figures(session, scope, census.total)

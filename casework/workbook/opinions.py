"""What people said about the work, and what became of it: no opinion is only filed (S0-16, S0-58).

Decides when an opinion counts as dealt with: taken up as an issue it follows that issue, taken up
as a need it is in the hands of the plan, else somebody says what was done. Leaves hearing it to
``contacts``, making an issue or a need of it to ``issues`` and ``needs``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry, NotFound, NotPermitted
from casework.records import Issue, Need, Opinion, issue_stage, issue_status, stands_on
from casework.terms import _

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["OpinionView", "Opinions", "follow_issue", "free_of_issue"]

_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class OpinionView:
    """An opinion on a day, with what it was taken up as.

    Attributes
    ----------
    disposition : str or None
        What was done about it, in words.
    issue_id, stage, status, due_on
        The issue made of it, as it stands on the day; None where there is none.
    need_id : int or None
        The need made of it.
    """

    opinion_id: int
    kind: str
    text: str
    said_on: date
    disposition: str | None
    disposed_on: date | None
    replied_on: date | None
    issue_id: int | None
    stage: str | None
    status: str | None
    due_on: date | None
    need_id: int | None

    @property
    def waits(self) -> bool:
        """Whether nothing has been done about it yet."""
        return not (self.issue_id or self.need_id or self.disposed_on or self.replied_on)


class Opinions:
    """What is done with opinions.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    def of_person(self, person_id: int, *, as_of: date | None = None) -> list[OpinionView]:
        """Give what somebody said about the work, what waits on top, then the newest."""
        day = as_of or self._workbook.today
        query = (
            select(
                Opinion,
                Issue.id.label("issue_id"),
                Issue.due_on,
                issue_stage(day).label("stage"),
                issue_status(day).label("status"),
                Need.id.label("need_id"),
            )
            .outerjoin(Issue, and_(Issue.opinion_id == Opinion.id, stands_on(day)))
            .outerjoin(
                Need,
                and_(
                    Need.opinion_id == Opinion.id,
                    Need.superseded_at.is_(None),
                    Need.opened_on <= day,
                ),
            )
            .where(
                Opinion.person_id == person_id,
                Opinion.superseded_at.is_(None),
                Opinion.said_on <= day,
            )
            .order_by(Opinion.said_on.desc(), Opinion.id.desc())
        )
        with self._workbook.reading() as session:
            found = {row.Opinion.id: _view(row, day) for row in session.execute(query)}
        return sorted(found.values(), key=lambda one: not one.waits)

    def dispose(self, opinion_id: int, what: str, *, replied: bool = False) -> None:
        """Say what was done about an opinion that needs no issue: thanked, noted, answered at once.

        Parameters
        ----------
        replied : bool
            Whether whoever said it has been told.

        Raises
        ------
        InvalidEntry
            Without words.
        NotPermitted
            When an issue follows it: that one is settled and answered instead.
        """
        if not what.strip():
            raise InvalidEntry(_("Say in a sentence what was done about it."), "what", what)
        book = self._workbook
        with book.transaction() as session:
            opinion = _opinion(session, opinion_id)
            issue = session.scalars(
                select(Issue.id).where(
                    Issue.opinion_id == opinion_id, Issue.superseded_at.is_(None)
                )
            ).first()
            if issue is not None:
                raise NotPermitted(
                    _("Issue no. {id} follows this opinion. Settle and answer it there.", id=issue)
                )
            before = {"disposition": opinion.disposition}
            opinion.disposition, opinion.disposed_on = what.strip()[:_LONGEST], book.today
            opinion.replied_on = book.today if replied else opinion.replied_on
            after = {"disposition": opinion.disposition}
            book.log(session, "dispose_opinion", "opinion", opinion_id, before=before, after=after)
            book.plans.follow(session, [opinion.person_id])

    def take_back(self, opinion_id: int) -> None:
        """Take back that something was done about an opinion; it waits again."""
        book = self._workbook
        with book.transaction() as session:
            opinion = _opinion(session, opinion_id)
            before = {"disposition": opinion.disposition}
            opinion.disposition = opinion.disposed_on = opinion.replied_on = None
            book.log(session, "reopen_opinion", "opinion", opinion_id, before=before)
            book.plans.follow(session, [opinion.person_id])


def follow_issue(session: Session, issue: Issue, note: str | None) -> None:
    """Let the opinion that an issue was made of say what became of the issue."""
    opinion = _behind(session, issue)
    if opinion is None:
        return
    opinion.replied_on, opinion.disposed_on = issue.replied_on, issue.settled_on
    if issue.settled_on is None:
        opinion.disposition = None
    elif opinion.disposition is None:
        opinion.disposition = (note or "").strip()[:_LONGEST] or None


def free_of_issue(session: Session, issue: Issue) -> None:
    """Let an opinion wait again whose issue was entered by mistake."""
    opinion = _behind(session, issue)
    if opinion is not None:
        opinion.disposition = opinion.disposed_on = opinion.replied_on = None


def _behind(session: Session, issue: Issue) -> Opinion | None:
    return session.get(Opinion, issue.opinion_id) if issue.opinion_id is not None else None


def _opinion(session: Session, opinion_id: int) -> Opinion:
    found = session.scalars(
        select(Opinion)
        .where(Opinion.id == opinion_id, Opinion.superseded_at.is_(None))
        .with_for_update()
    ).first()
    if found is None:
        raise NotFound(_("This opinion is no longer there. Open the contact again."))
    return found


def _view(row: Any, day: date) -> OpinionView:
    opinion: Opinion = row.Opinion
    return OpinionView(
        opinion_id=opinion.id,
        kind=opinion.kind,
        text=opinion.text,
        said_on=opinion.said_on,
        disposition=opinion.disposition if _by(opinion.disposed_on, day) else None,
        disposed_on=_by(opinion.disposed_on, day),
        replied_on=_by(opinion.replied_on, day),
        issue_id=row.issue_id,
        stage=row.stage,
        status=row.status,
        due_on=row.due_on,
        need_id=row.need_id,
    )


def _by(what: date | None, day: date) -> date | None:
    return what if what is not None and what <= day else None

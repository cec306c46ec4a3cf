"""Issues through the door: reported, moved through five stages, settled, answered; none dropped.

Decides who owns an issue and until when it is to be settled, and that everything done about it is
kept with its day; leaves which step may follow which to :mod:`casework.planning.issues` and what
open and late mean to :mod:`casework.records.issues`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from casework.errors import InvalidEntry, NotFound
from casework.planning.issues import STAGES, IssueState, acts_from, after
from casework.records import (
    Issue,
    IssueStep,
    Opinion,
    Organisation,
    Person,
    PersonSearch,
    Staff,
    issue_since,
    issue_stage,
    issue_status,
    stands_on,
    step_stands_on,
)
from casework.records.base import now
from casework.reference import code_list
from casework.terms import _
from casework.workbook.opinions import follow_issue, free_of_issue
from casework.workbook.owning import answering_for, at_work

if TYPE_CHECKING:
    from casework.workbook.door import Workbook

__all__ = ["ISSUE_STATUSES", "IssueEntry", "IssueRow", "IssueTaken", "IssueView", "Issues"]

ISSUE_STATUSES = ("overdue", "open", "unanswered", "closed")
_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class IssueEntry:
    """What is entered when something is reported.

    Parameters
    ----------
    person_id : int or None
        Whom it concerns; None for nobody in particular.
    kind, severity, source : str
        Codes of ``issue_kind``, ``need_severity``, ``issue_source``.
    reporter : str or None
        Who reported it, where that is not the person; who is to be answered.
    reported_on : date or None
        None for today.
    due_on : date or None
        Last day to settle it; None takes the agency's days for its severity.
    owner_id : int or None
        None for whoever answers for the person.
    """

    title: str
    kind: str
    source: str
    severity: str = "medium"
    person_id: int | None = None
    detail: str | None = None
    reporter: str | None = None
    organisation_id: int | None = None
    reported_on: date | None = None
    due_on: date | None = None
    owner_id: int | None = None
    opinion_id: int | None = None
    contact_id: int | None = None


@dataclass(frozen=True, slots=True)
class IssueRow:
    """One issue on a day.

    Attributes
    ----------
    status : str
        One of `ISSUE_STATUSES`.
    days_open, days_in_stage : int
        Until the day asked about; for a closed one, until it was closed.
    days_left : int
        Until its last day; negative after it.
    """

    issue_id: int
    title: str
    kind: str
    severity: str
    source: str
    stage: str
    status: str
    person_id: int | None
    person: str | None
    reporter: str | None
    reported_on: date
    due_on: date
    days_open: int
    days_in_stage: int
    days_left: int
    owner_id: int | None
    owner: str | None


@dataclass(frozen=True, slots=True)
class IssueTaken:
    """One step of the history of an issue; ``staff`` is to whom it was given, if it was."""

    act: str
    stage: str
    taken_on: date
    note: str | None
    staff: str | None
    by: str


@dataclass(frozen=True, slots=True)
class IssueView:
    """One issue with its history, the oldest step first.

    Attributes
    ----------
    possible : tuple of str
        What can be done about it now.
    entered : dict of str to date
        First day in each stage it has been in.
    """

    row: IssueRow
    detail: str | None
    organisation: str | None
    outcome: str | None
    settled_on: date | None
    replied_on: date | None
    closed_on: date | None
    steps: tuple[IssueTaken, ...]
    possible: tuple[str, ...]
    entered: dict[str, date]


class Issues:
    """What is done with issues.

    Parameters
    ----------
    workbook : Workbook
        The door this area belongs to.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    # --- reading --------------------------------------------------------------------------------

    def list(
        self,
        *,
        statuses: Sequence[str] = ("overdue", "open", "unanswered"),
        stage: str | None = None,
        person_id: int | None = None,
        owner_id: int | None = None,
        kind: str | None = None,
        as_of: date | None = None,
        search: str = "",
        limit: int | None = 200,
        offset: int = 0,
    ) -> list[IssueRow]:
        """List issues: those over their time first, then the most severe, then the oldest."""
        day = as_of or self._workbook.today
        query = _narrowed(_rows(day), day, statuses, stage, person_id, owner_id, search)
        query = query if kind is None else query.where(Issue.kind == kind)
        ranks = {one.code: one.rank or 0 for one in code_list("need_severity").entries}
        pressing = case(ranks, value=Issue.severity, else_=0)
        query = query.order_by(
            case({"overdue": 0, "open": 1, "unanswered": 1}, value=issue_status(day), else_=2),
            pressing.desc(),
            Issue.due_on,
            Issue.id,
        )
        with self._workbook.reading() as session:
            found = session.execute(query.limit(limit).offset(offset)).all()
        return [_row(one, day) for one in found]

    def count(
        self,
        *,
        as_of: date | None = None,
        person_id: int | None = None,
        owner_id: int | None = None,
        kind: str | None = None,
    ) -> dict[tuple[str, str], int]:
        """Count issues by stage and status on a day, all by one query; none are left out."""
        day = as_of or self._workbook.today
        stage, status = issue_stage(day).label("stage"), issue_status(day).label("status")
        base = select(stage, status).where(stands_on(day))
        if person_id is not None:
            base = base.where(Issue.person_id == person_id)
        if owner_id is not None:
            base = base.where(Issue.owner_id == owner_id)
        if kind is not None:
            base = base.where(Issue.kind == kind)
        each = base.subquery()
        query = select(each.c.stage, each.c.status, func.count()).group_by(*each.c)
        with self._workbook.reading() as session:
            found = {(one, other): n for one, other, n in session.execute(query)}
        return {(one, other): found.get((one, other), 0)
                for one in STAGES for other in ISSUE_STATUSES}  # fmt: skip

    def view(self, issue_id: int, *, as_of: date | None = None) -> IssueView:
        """Give one issue with its history up to a day.

        Raises
        ------
        NotFound
            When there is none of this number.
        """
        day = as_of or self._workbook.today
        with self._workbook.reading() as session:
            found = session.execute(_rows(day).where(Issue.id == issue_id, stands_on(day))).first()
            if found is None:
                raise _no_such(issue_id)
            issue = found.Issue
            steps = session.execute(
                select(IssueStep, Staff.name)
                .outerjoin(Staff, Staff.id == IssueStep.staff_id)
                .where(IssueStep.issue_id == issue_id, step_stands_on(day))
                .order_by(IssueStep.id)
            ).all()
            body = session.get(Organisation, issue.organisation_id or 0)
        entered: dict[str, date] = {}
        for step, _name in steps:
            entered.setdefault(step.stage, step.taken_on)
        return IssueView(
            row=_row(found, day),
            detail=issue.detail,
            organisation=body.name if body else None,
            outcome=issue.outcome,
            settled_on=issue.settled_on,
            replied_on=issue.replied_on,
            closed_on=issue.closed_on,
            steps=tuple(
                IssueTaken(one.act, one.stage, one.taken_on, one.note, name, one.recorded_by)
                for one, name in steps
            ),
            possible=acts_from(_state(issue)),
            entered=entered,
        )

    # --- doing ----------------------------------------------------------------------------------

    def report(self, entry: IssueEntry) -> int:
        """Write down something that was reported, with its owner and its clock.

        Raises
        ------
        InvalidEntry
            When a code is unknown, the title is missing, or a day cannot be.
        """
        book = self._workbook
        day = entry.reported_on or book.today
        _check(entry, day, book.today)
        with book.transaction() as session:
            if entry.person_id is not None and session.get(Person, entry.person_id) is None:
                raise NotFound(_("There is no person with the number {id}.", id=entry.person_id))
            days = int(book.agency.setting(f"issue_days_{entry.severity}", day))
            owner = entry.owner_id or answering_for(session, entry.person_id, book.today)
            issue = Issue(
                person_id=entry.person_id,
                kind=entry.kind,
                title=entry.title.strip()[:200],
                detail=(entry.detail or "").strip()[:_LONGEST] or None,
                severity=entry.severity,
                source=entry.source,
                reporter=(entry.reporter or "").strip() or None,
                organisation_id=entry.organisation_id,
                opinion_id=entry.opinion_id,
                contact_id=entry.contact_id,
                reported_on=day,
                due_on=entry.due_on or day + timedelta(days=days),
                owner_id=owner or book.actor.staff_id,
                recorded_at=now(),
                recorded_by=book.actor.name,
            )
            session.add(issue)
            session.flush()
            self._step(session, issue, "report", day, None, issue.owner_id)
            book.log(session, "report_issue", "issue", issue.id, after={"kind": entry.kind})
            return issue.id

    def from_opinion(self, opinion_id: int, *, kind: str, severity: str = "medium") -> int:
        """Take an opinion heard on a visit up as an issue, so that it is followed to its answer."""
        with self._workbook.reading() as session:
            opinion = session.get(Opinion, opinion_id)
            known = session.scalars(
                select(Issue.id).where(
                    Issue.opinion_id == opinion_id, Issue.superseded_at.is_(None)
                )
            ).first()
        if opinion is None or opinion.superseded_at is not None:
            raise NotFound(_("This opinion is no longer there. Open the contact again."))
        if known is not None:
            return known
        return self.report(
            IssueEntry(
                title=opinion.text[:200],
                kind=kind,
                source="opinion",
                severity=severity,
                person_id=opinion.person_id,
                detail=opinion.text,
                opinion_id=opinion_id,
                contact_id=opinion.contact_id,
            )
        )

    def move(
        self, issue_id: int, to: str | None = None, *, note: str | None = None,
        on: date | None = None,
    ) -> None:  # fmt: skip
        """Move an issue to its next stage, or to another one; back only with the reason."""
        self._take(issue_id, "move", note, on, to=to)

    def note(self, issue_id: int, note: str, *, on: date | None = None) -> None:
        """Write down what was done or heard about an issue."""
        self._take(issue_id, "note", note, on)

    def assign(self, issue_id: int, staff_id: int, *, note: str | None = None) -> None:
        """Give an issue to another owner."""
        self._take(issue_id, "assign", note, None, staff_id=staff_id)

    def escalate(self, issue_id: int, note: str, *, staff_id: int | None = None) -> None:
        """Take an issue to the leadership or a meeting; whoever is named owns it from now."""
        self._take(issue_id, "escalate", note, None, staff_id=staff_id)

    def decide(
        self, issue_id: int, note: str, *, due_on: date | None = None,
        staff_id: int | None = None, on: date | None = None,
    ) -> None:  # fmt: skip
        """Write down what was decided, by whom it is to be done and until when (S1-9)."""
        self._take(issue_id, "decide", note, on, staff_id=staff_id, due_on=due_on)

    def reply(self, issue_id: int, note: str, *, on: date | None = None) -> None:
        """Write down how whoever reported it was answered, or why that could not be."""
        self._take(issue_id, "reply", note, on)

    def settle(self, issue_id: int, outcome: str, note: str, *, on: date | None = None) -> None:
        """Settle an issue with its outcome; it stays in sight until it is answered as well."""
        _listed("issue_outcome", "outcome", outcome)
        self._take(issue_id, "settle", note, on, outcome=outcome)

    def reopen(self, issue_id: int, note: str, *, to: str | None = None) -> None:
        """Take an issue up again, with the reason."""
        self._take(issue_id, "reopen", note, None, to=to)

    def withdraw(self, issue_id: int) -> None:
        """Withdraw an issue that was entered by mistake."""
        book = self._workbook
        with book.transaction() as session:
            issue = _issue(session, issue_id)
            issue.superseded_at = now()
            free_of_issue(session, issue)
            book.log(session, "withdraw_issue", "issue", issue_id, before={"title": issue.title})

    # --- parts ----------------------------------------------------------------------------------

    def _take(
        self,
        issue_id: int,
        act: str,
        note: str | None,
        on: date | None,
        *,
        to: str | None = None,
        staff_id: int | None = None,
        due_on: date | None = None,
        outcome: str | None = None,
    ) -> None:
        book = self._workbook
        day = on or book.today
        with book.transaction() as session:
            issue = _issue(session, issue_id)
            self._check_day(session, issue, day)
            state = after(_state(issue), act, to=to, words=note)
            before = {"stage": issue.stage, "owner": issue.owner_id, "due_on": str(issue.due_on)}
            if staff_id is not None:
                issue.owner_id = _working(session, staff_id, book.today)
            if due_on is not None:
                issue.due_on = max(due_on, issue.reported_on)
            issue.stage = state.stage
            if act == "settle":
                issue.settled_on, issue.outcome = day, outcome
            if act == "reply":
                issue.replied_on = day
            if act == "reopen":
                issue.settled_on = issue.outcome = issue.replied_on = issue.closed_on = None
                issue.due_on = max(issue.due_on, day)
            if state.standing == "closed":
                issue.closed_on = day
            self._step(session, issue, act, day, note, staff_id)
            if act in ("settle", "reply", "reopen"):
                follow_issue(session, issue, note)
            after_it = {"stage": issue.stage, "owner": issue.owner_id, "due_on": str(issue.due_on)}
            book.log(session, f"{act}_issue", "issue", issue_id, before=before, after=after_it)

    def _check_day(self, session: Session, issue: Issue, day: date) -> None:
        last = session.scalar(
            select(func.max(IssueStep.taken_on)).where(
                IssueStep.issue_id == issue.id, IssueStep.superseded_at.is_(None)
            )
        )
        if day > self._workbook.today or (last is not None and day < last):
            raise InvalidEntry(
                _(
                    "The last step was on {last}. Choose a day from then until today.",
                    last=last or issue.reported_on,
                ),
                "on",
                day,
            )

    def _step(
        self, session: Session, issue: Issue, act: str, day: date, note: str | None,
        staff_id: int | None,
    ) -> None:  # fmt: skip
        state = _state(issue)
        session.add(
            IssueStep(
                issue_id=issue.id,
                act=act,
                stage=state.stage,
                standing=state.standing,
                taken_on=day,
                note=(note or "").strip()[:_LONGEST] or None,
                staff_id=staff_id,
                recorded_at=now(),
                recorded_by=self._workbook.actor.name,
            )
        )
        session.flush()


def _state(issue: Issue) -> IssueState:
    standing = "closed" if issue.closed_on else "settled" if issue.settled_on else "open"
    return IssueState(issue.stage, standing, issue.replied_on is not None)


def _rows(day: date) -> Any:
    return (
        select(
            Issue,
            Person.name.label("person"),
            Staff.name.label("owner"),
            issue_stage(day).label("stage"),
            issue_status(day).label("status"),
            issue_since(day).label("since"),
        )
        .outerjoin(Person, Person.id == Issue.person_id)
        .outerjoin(Staff, Staff.id == Issue.owner_id)
    )


def _narrowed(
    query: Any, day: date, statuses: Sequence[str], stage: str | None,
    person_id: int | None, owner_id: int | None, search: str,
) -> Any:  # fmt: skip
    query = query.where(stands_on(day), issue_status(day).in_(statuses))
    if stage is not None:
        query = query.where(issue_stage(day) == stage)
    if person_id is not None:
        query = query.where(Issue.person_id == person_id)
    if owner_id is not None:
        query = query.where(Issue.owner_id == owner_id)
    word = search.strip().lower()
    if word:
        query = query.outerjoin(PersonSearch, PersonSearch.person_id == Issue.person_id).where(
            or_(
                *(
                    func.lower(column).contains(word, autoescape=True)
                    for column in (
                        Issue.title,
                        Issue.reporter,
                        PersonSearch.name,
                        PersonSearch.pinyin,
                        PersonSearch.initials,
                        Staff.name,
                    )
                )
            )
        )
    return query


def _row(found: Any, day: date) -> IssueRow:
    issue: Issue = found.Issue
    closed = found.status == "closed"
    until = min(issue.closed_on or day, day) if closed else day
    return IssueRow(
        issue_id=issue.id,
        title=issue.title,
        kind=issue.kind,
        severity=issue.severity,
        source=issue.source,
        stage=found.stage,
        status=found.status,
        person_id=issue.person_id,
        person=found.person,
        reporter=issue.reporter,
        reported_on=issue.reported_on,
        due_on=issue.due_on,
        days_open=(until - issue.reported_on).days,
        days_in_stage=max((until - (found.since or issue.reported_on)).days, 0),
        days_left=(issue.due_on - day).days,
        owner_id=issue.owner_id,
        owner=found.owner,
    )


def _issue(session: Session, issue_id: int) -> Issue:
    found = session.get(Issue, issue_id, with_for_update=True)
    if found is None or found.superseded_at is not None:
        raise _no_such(issue_id)
    return found


def _no_such(issue_id: int) -> NotFound:
    return NotFound(_("There is no issue with the number {id}.", id=issue_id))


def _working(session: Session, staff_id: int, on: date) -> int:
    if session.scalar(select(Staff.id).where(Staff.id == staff_id, at_work(on))) is None:
        raise InvalidEntry(
            _("Choose somebody who is at work today, so that the issue has an owner."), "staff"
        )
    return staff_id


def _check(entry: IssueEntry, day: date, today: date) -> None:
    for which, field, value in (
        ("issue_kind", "kind", entry.kind),
        ("issue_source", "source", entry.source),
        ("need_severity", "severity", entry.severity),
    ):
        _listed(which, field, value)
    if not entry.title.strip():
        raise InvalidEntry(_("Say in a few words what was reported."), "title", entry.title)
    if day > today:
        raise InvalidEntry(
            _("This day lies in the future. Choose today or earlier."), "reported_on", day
        )
    if entry.due_on is not None and entry.due_on < day:
        raise InvalidEntry(
            _("The last day lies before the report. Choose {day} or later.", day=day), "due_on"
        )


def _listed(which: str, field: str, code: str) -> None:
    known = [one.code for one in code_list(which).entries]
    if code not in known:
        raise InvalidEntry(
            _(
                "{value} is not accepted here. Accepted: {known}.",
                value=code,
                known=", ".join(known),
            ),
            field,
            code,
        )

"""What is shown of rows, read for the rows of one page: a few queries, whatever the page.

Gives plain values by key; leaves labels, dates in words and reasons in sentences to the screens.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session

from casework.factvalues import age_on
from casework.indicators.contacting import contacted_people
from casework.indicators.figure import Counted
from casework.indicators.groups import group_facts, groups_counted
from casework.indicators.population import people
from casework.indicators.scope import Scope
from casework.indicators.tailoring import standing_plans
from casework.records import (
    Case,
    Contact,
    ContactParticipant,
    ContactPerson,
    Fact,
    ImportBatch,
    ImportProblem,
    ImportRow,
    Issue,
    Need,
    Organisation,
    Person,
    PlanItem,
    ServicePlan,
    Staff,
    Task,
    covers,
    holds_on,
    is_personal,
    issue_stage,
    issue_status,
    reached,
    task_status,
)
from casework.records.base import Day

__all__ = [
    "tell_contacted",
    "tell_dossier_items",
    "tell_held",
    "tell_issues",
    "tell_needs",
    "tell_people",
    "tell_person_times",
    "tell_plans",
    "tell_problems",
    "tell_standing_plans",
    "tell_tasks",
]

Told = dict[Any, dict[str, Any]]
_CHUNK = 20_000  # keys in one query: below the limit of bound values on both databases


def tell_people(session: Session, scope: Scope, keys: Sequence[int], counted: Counted) -> Told:
    """Tell people: name, sex, age, category, unit, last contact, and the facts that count here."""
    told: Told = {}
    codes = ["category", "living", *_facts_behind(scope, counted)]
    for some in _chunks(keys):
        facts = _facts(session, scope.as_of, some, codes)
        last = _last_contacts(session, scope.as_of, some)
        opened = _opened(session, scope.as_of, some)
        groups = _groups(session, scope, some, counted)
        units = (
            select(Person, Organisation)
            .outerjoin(Organisation, Organisation.id == Person.unit_id)
            .where(Person.id.in_(some))
        )
        for person, unit in session.execute(units):
            day, channel = last.get(person.id, (None, None))
            told[person.id] = {
                **_person(person, scope.as_of),
                "category": _one(facts[person.id].get("category")),
                "unit": unit and (unit.name, unit.name_en or unit.name),
                "last_on": day,
                "last_channel": channel,
                "days_since": (scope.as_of - day).days if day else None,
                "opened_on": opened.get(person.id),
                "groups": groups.get(person.id, {}),
                "facts": {code: facts[person.id].get(code) for code in dict.fromkeys(codes)},
            }
    return told


def tell_contacted(session: Session, scope: Scope, keys: Sequence[int], counted: Counted) -> Told:
    """Tell people contacted: as people, with how often they were."""
    told = tell_people(session, scope, keys, counted)
    channels = [test.value for test in counted.tests if test.column == "channel"]
    for some in _chunks(keys):
        table = contacted_people(scope, ["channel"] if channels else [])
        query = select(table.c.person_id, table.c.times).where(table.c.person_id.in_(some))
        if channels:
            query = query.where(table.c.channel.in_(channels))
        for person_id, times in session.execute(query):
            told[person_id]["times"] = times
    return told


def tell_person_times(
    session: Session, scope: Scope, keys: Sequence[int], counted: Counted
) -> Told:
    """Tell person-times: who was contacted when, how, by whom, with what outcome."""
    told: Told = {}
    for some in _chunks(keys):
        query = (
            select(ContactPerson, Contact, Person)
            .join(Contact, Contact.id == ContactPerson.contact_id)
            .join(Person, Person.id == ContactPerson.person_id)
            .where(ContactPerson.id.in_(some))
        )
        found = session.execute(query).all()
        who = _participants(session, {contact.id for _one_of, contact, _person in found})
        for served, contact, person in found:
            told[served.id] = {
                **_person(person, scope.as_of),
                "happened_on": contact.happened_on,
                "channel": contact.channel,
                "outcome": served.outcome,
                "by": who.get(contact.id, []) or [contact.recorded_by],
                "contact_id": contact.id,
            }
    return told


def tell_tasks(session: Session, scope: Scope, keys: Sequence[int], counted: Counted) -> Told:
    """Tell tasks: what, for whom, until when, whose, and on which clause."""
    told: Told = {}
    for some in _chunks(keys):
        query = (
            select(
                Task,
                task_status(scope.as_of).label("status"),
                Person,
                Organisation,
                Staff,
                PlanItem,
            )
            .join(Person, Person.id == Task.person_id)
            .outerjoin(Organisation, Organisation.id == Person.unit_id)
            .outerjoin(Staff, Staff.id == Task.owner_id)
            .outerjoin(PlanItem, PlanItem.id == Task.plan_item_id)
            .where(Task.id.in_(some))
        )
        for task, status, person, unit, owner, item in session.execute(query):
            title = task.title or (item.title if item else None)
            told[task.id] = {
                **_person(person, scope.as_of),
                "status": status,
                "service": task.service,
                "title": title and (title, (item.title_en if item else None) or title),
                "opens_on": task.opens_on,
                "due_on": task.due_on,
                "days_over": (scope.as_of - task.due_on).days,
                "owner": owner.name if owner else None,
                "unit": unit and (unit.name, unit.name_en or unit.name),
                "clause": item.clause if item else None,
            }
    return told


def tell_dossier_items(
    session: Session, scope: Scope, keys: Sequence[str], counted: Counted
) -> Told:
    """Tell core facts of dossiers: whose, which one, its value and when it was last verified."""
    told: Told = {}
    for some in _chunks(keys):
        pairs = [(int(key.partition(":")[0]), key.partition(":")[2]) for key in some]
        ids = list({person_id for person_id, _code in pairs})
        codes = list({code for _person_id, code in pairs})
        persons = {one.id: one for one in session.scalars(select(Person).where(Person.id.in_(ids)))}
        facts = _facts(session, scope.as_of, ids, codes)
        verified = _verified(session, scope.as_of, ids, codes)
        for key, (person_id, code) in zip(some, pairs, strict=True):
            told[key] = {
                **_person(persons[person_id], scope.as_of),
                "code": code,
                "values": facts[person_id].get(code),
                "verified_on": verified.get((person_id, code)),
            }
    return told


def tell_plans(session: Session, scope: Scope, keys: Sequence[int], counted: Counted) -> Told:
    """Tell plans that wait: whose, which version, since when, by whom, how many items."""
    told: Told = {}
    for some in _chunks(keys):
        counted_items = session.execute(
            select(PlanItem.plan_id, func.count())
            .where(PlanItem.plan_id.in_(some))
            .group_by(PlanItem.plan_id)
        )
        items = {plan_id: n for plan_id, n in counted_items}
        query = (
            select(ServicePlan, Person)
            .join(Person, Person.id == ServicePlan.person_id)
            .where(ServicePlan.id.in_(some))
        )
        for plan, person in session.execute(query):
            told[plan.id] = {
                **_person(person, scope.as_of),
                "plan_version": plan.plan_version,
                "since": plan.submitted_at or plan.drafted_at,
                "by": plan.submitted_by or plan.drafted_by,
                "n_items": items.get(plan.id, 0),
            }
    return told


def tell_standing_plans(
    session: Session, scope: Scope, keys: Sequence[int], counted: Counted
) -> Told:
    """Tell plans in force: whose, what was made for the person, how alike others."""
    told: Told = {}
    for some in _chunks(keys):
        own: dict[int, list[str]] = defaultdict(list)
        found = select(PlanItem.plan_id, PlanItem.title, PlanItem.deviation_reason).where(
            PlanItem.plan_id.in_(some), is_personal()
        )
        for plan_id, title, reason in session.execute(found.order_by(PlanItem.id)):
            own[plan_id].append(f"{title}（{reason}）" if reason else title)
        table = standing_plans(scope, ["alike"])
        alike = session.execute(
            select(table.c.plan_id, table.c.alike).where(table.c.plan_id.in_(some))
        )
        shared = {plan_id: share for plan_id, share in alike}
        query = (
            select(ServicePlan, Person)
            .join(Person, Person.id == ServicePlan.person_id)
            .where(ServicePlan.id.in_(some))
        )
        for plan, person in session.execute(query):
            told[plan.id] = {
                **_person(person, scope.as_of),
                "plan_version": plan.plan_version,
                "own": own.get(plan.id, []),
                "alike": None if shared.get(plan.id) is None else int(shared[plan.id]),
            }
    return told


def tell_needs(session: Session, scope: Scope, keys: Sequence[int], counted: Counted) -> Told:
    """Tell needs that wait: whose, what, how pressing, since when, whose task."""
    told: Told = {}
    for some in _chunks(keys):
        query = (
            select(Need, Person, Staff)
            .join(Person, Person.id == Need.person_id)
            .outerjoin(Staff, Staff.id == Need.owner_id)
            .where(Need.id.in_(some))
        )
        for need, person, owner in session.execute(query):
            told[need.id] = {
                **_person(person, scope.as_of),
                "title": need.title,
                "need_key": need.need_key,
                "domain": need.domain,
                "severity": need.severity,
                "opened_on": need.opened_on,
                "days_open": (scope.as_of - need.opened_on).days,
                "owner": owner.name if owner else None,
            }
    return told


def tell_issues(session: Session, scope: Scope, keys: Sequence[int], counted: Counted) -> Told:
    """Tell issues: what was reported by whom, the stage, the last day, whose they are."""
    told: Told = {}
    for some in _chunks(keys):
        query = (
            select(Issue, Person, Staff, issue_stage(scope.as_of), issue_status(scope.as_of))
            .outerjoin(Person, Person.id == Issue.person_id)
            .outerjoin(Staff, Staff.id == Issue.owner_id)
            .where(Issue.id.in_(some))
        )
        for issue, person, owner, stage, status in session.execute(query):
            told[issue.id] = {
                "person_id": issue.person_id,
                "name": person.name if person else issue.reporter,
                "title": issue.title,
                "kind": issue.kind,
                "stage": stage,
                "status": status,
                "due_on": issue.due_on,
                "days_over": (scope.as_of - issue.due_on).days,
                "owner": owner.name if owner else None,
            }
    return told


def tell_problems(session: Session, scope: Scope, keys: Sequence[int], counted: Counted) -> Told:
    """Tell problems of imports: file, sheet, row, field, what was typed, what is wrong."""
    told: Told = {}
    for some in _chunks(keys):
        query = (
            select(ImportProblem, ImportBatch)
            .join(ImportBatch, ImportBatch.id == ImportProblem.batch_id)
            .where(ImportProblem.id.in_(some))
        )
        for problem, batch in session.execute(query):
            told[problem.id] = {
                "file": batch.file_name,
                "sheet": problem.sheet,
                "row": problem.row,
                "field": problem.field,
                "kind": problem.kind,
                "value": problem.value,
                "message": problem.message,
                "person_id": problem.person_id,
            }
    return told


def tell_held(session: Session, scope: Scope, keys: Sequence[int], counted: Counted) -> Told:
    """Tell rows of rosters that were held back: file, sheet, row, why."""
    told: Told = {}
    for some in _chunks(keys):
        query = (
            select(ImportRow, ImportBatch)
            .join(ImportBatch, ImportBatch.id == ImportRow.batch_id)
            .where(ImportRow.id.in_(some))
        )
        for row, batch in session.execute(query):
            told[row.id] = {
                "file": batch.file_name,
                "sheet": row.sheet,
                "row": row.row,
                "reason": row.reason,
                "person_id": row.person_id,
            }
    return told


def _person(person: Person, as_of: date) -> dict[str, Any]:
    earliest, latest = person.born_on_earliest, person.born_on_latest
    known = earliest is not None and latest is not None and latest <= as_of
    low = age_on(latest, as_of) if known and latest else None
    high = age_on(earliest, as_of) if known and earliest else None
    return {
        "person_id": person.id,
        "name": person.name,
        "sex": person.sex,
        "age": low if low == high else None,
        "age_low": low,
        "age_high": high,
        "born_on_earliest": earliest,
        "born_on_latest": latest,
    }


def _facts_behind(scope: Scope, counted: Counted) -> list[str]:
    """Name the facts on which the groups rest that a figure counts."""
    columns = {test.column for test in counted.tests}
    return [
        code
        for group in groups_counted(scope)
        if f"group_{group.code}" in columns
        for code in group_facts(group)
    ]


def _groups(
    session: Session, scope: Scope, ids: Sequence[int], counted: Counted
) -> dict[int, dict[str, int | None]]:
    """Tell in which groups some persons are (1, 0, None for unknown), where that is counted."""
    if all(test.column != "group_any" for test in counted.tests):
        return {}
    codes = [group.code for group in groups_counted(scope)]
    table = people(scope, [f"group_{code}" for code in codes], only=ids)
    return {
        row["person_id"]: {code: row[f"group_{code}"] for code in codes}
        for row in session.execute(select(table)).mappings()
    }


def _facts(
    session: Session, as_of: date, ids: Sequence[int], codes: Sequence[str]
) -> defaultdict[int, dict[str, list[str]]]:
    """Give values by person and fact; no entry is unknown, an empty list "none"."""
    found: defaultdict[int, dict[str, list[str]]] = defaultdict(dict)
    query = (
        select(Fact.person_id, Fact.code, Fact.value)
        .where(Fact.person_id.in_(ids), Fact.code.in_(list(codes)), holds_on(as_of))
        .order_by(Fact.id)
    )
    for person_id, code, value in session.execute(query):
        values = found[person_id].setdefault(code, [])
        if value and value not in values:
            values.append(value)
    return found


def _verified(
    session: Session, as_of: date, ids: Sequence[int], codes: Sequence[str]
) -> dict[tuple[int, str], date | None]:
    query = (
        select(Fact.person_id, Fact.code, func.max(Fact.verified_on))
        .where(Fact.person_id.in_(ids), Fact.code.in_(list(codes)), holds_on(as_of))
        .group_by(Fact.person_id, Fact.code)
    )
    return {(person_id, code): day for person_id, code, day in session.execute(query)}


def _last_contacts(
    session: Session, as_of: date, ids: Sequence[int]
) -> dict[int, tuple[date, str]]:
    place = func.row_number().over(
        partition_by=ContactPerson.person_id,
        order_by=(Contact.happened_on.desc(), Contact.id.desc()),
    )
    ranked = (
        select(ContactPerson.person_id, Contact.happened_on, Contact.channel, place.label("place"))
        .join(Contact, Contact.id == ContactPerson.contact_id)
        .where(
            ContactPerson.person_id.in_(ids),
            Contact.happened_on <= literal(as_of, Day()),
            reached(),
        )
        .subquery()
    )
    query = select(ranked.c.person_id, ranked.c.happened_on, ranked.c.channel)
    found = session.execute(query.where(ranked.c.place == 1))
    return {person_id: (day, channel) for person_id, day, channel in found}


def _opened(session: Session, as_of: date, ids: Sequence[int]) -> dict[int, date | None]:
    query = (
        select(Case.person_id, func.max(Case.opened_on))
        .where(Case.person_id.in_(ids), covers(Case.opened_on, Case.closed_on, as_of))  # type: ignore[arg-type]
        .group_by(Case.person_id)
    )
    return {person_id: day for person_id, day in session.execute(query)}


def _participants(session: Session, contact_ids: Iterable[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    query = (
        select(ContactParticipant.contact_id, func.coalesce(Staff.name, ContactParticipant.name))
        .outerjoin(Staff, Staff.id == ContactParticipant.staff_id)
        .where(ContactParticipant.contact_id.in_(list(contact_ids)))
        .order_by(ContactParticipant.id)
    )
    for contact_id, name in session.execute(query):
        if name:
            found[contact_id].append(name)
    return found


def _one(values: list[str] | None) -> str | None:
    return values[0] if values and len(values) == 1 else None


def _chunks(keys: Sequence[Any]) -> Iterable[list[Any]]:
    for start in range(0, len(keys), _CHUNK):
        yield list(keys[start : start + _CHUNK])

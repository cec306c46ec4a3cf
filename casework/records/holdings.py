"""Where a workbook holds something about a person: every table, and what erasure does there.

One declared place for the export of everything about one person, for erasure and for the review of
what is kept too long. A table that is not named here fails a test, so that none can be forgotten.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, false, or_, select, tuple_

from casework.records.base import Base

__all__ = [
    "ERASED",
    "FORM_FIELDS",
    "HOLDINGS",
    "NOT_ABOUT_ANYBODY",
    "Holding",
    "holding",
    "rows_about",
]

FORM_FIELDS = frozenset({"person", "persons", "person_id"})
"""Where a form left half filled names the persons it is about."""

ERASED = "（已删除）"
"""What stands in the place of a name that was erased."""


@dataclass(frozen=True, slots=True)
class Holding:
    """A table that says something about persons.

    Parameters
    ----------
    record : str
        Kind of record, a code of ``retention.toml``: for how long it is kept, and why.
    columns : tuple of str
        Columns that refer to a person, or to a row of ``through``.
    through : (str, str) or None
        Another table of this list and its column that ``columns`` refer to.
    fate : {"delete", "blank", "keep"}
        What erasure does with the rows: takes them out, empties ``emptied``, or leaves them,
        restricted.
    emptied : mapping of str to value
        Columns that are overwritten, with what then stands there.
    subjects : mapping of str to str
        For the record of changes: kinds of subjects by the table whose ids they are.
    """

    table: str
    record: str
    columns: tuple[str, ...] = ("person_id",)
    through: tuple[str, str] | None = None
    fate: str = "delete"
    emptied: Mapping[str, Any] = field(default_factory=dict)
    subjects: Mapping[str, str] = field(default_factory=dict)


_NAMELESS = dict.fromkeys(
    ("sex", "sex_source", "born_on_earliest", "born_on_latest", "birth_source", "birth_reason",
     "died_on", "unit_id")
)  # fmt: skip
_SUBJECTS = {
    "person": "person",
    "contact": "contact",
    "need": "need",
    "goal": "goal",
    "issue": "issue",
    "service_plan": "service_plan",
    "task": "task",
    "import_row": "import_row",
    "service_order": "service_order",
    "payment": "payment",
    "hardship_case": "hardship_case",
    "benefit": "benefit",
}

HOLDINGS = (
    Holding("person", "dossier", ("id", "merged_into_id"), fate="blank",
            emptied=_NAMELESS | {"name": ERASED, "name_pinyin": "", "name_initials": ""}),
    Holding("alias", "dossier"),
    Holding("person_identifier", "dossier"),
    Holding("person_search", "dossier"),
    Holding("fact", "dossier"),
    Holding("related_person", "dossier", ("person_id",)),
    Holding("care_team_member", "dossier"),
    Holding("case_file", "dossier"),
    Holding("seasonal_stay", "dossier"),
    Holding("distinct_pair", "dossier", ("one_id", "other_id")),
    Holding("plan_stamp", "dossier"),
    Holding("population_due", "dossier"),
    Holding("assessment", "health"),
    Holding("assessment_signature", "health", ("assessment_id",), ("assessment", "id")),
    Holding("assessor_sheet", "health"),
    Holding("wish", "voice"),
    Holding("opinion", "voice"),
    Holding("need", "voice"),
    Holding("need_answer", "voice", ("need_id",), ("need", "id")),
    Holding("issue", "voice"),
    Holding("issue_step", "voice", ("issue_id",), ("issue", "id")),
    Holding("service_plan", "service"),
    Holding("plan_item", "service", ("plan_id",), ("service_plan", "id")),
    Holding("task", "service"),
    Holding("task_evidence", "service", ("task_id",), ("task", "id")),
    Holding("roster_visit", "service"),
    Holding("campaign_person", "service"),
    Holding("unit_return_row", "contact", fate="blank",
            emptied={"cells": None, "problems": None}),
    Holding("visitor_wish", "voice"),
    Holding("pair_offer", "service"),
    Holding("goal", "service"),
    Holding("goal_reading", "service", ("goal_id",), ("goal", "id")),
    Holding("contact_person", "contact", fate="blank",
            emptied={"heard": None, "not_reached_reason": None}),
    Holding("contact", "contact", ("id",), ("contact_person", "contact_id"), fate="blank",
            emptied={"summary": None, "place": None, "welcome": None, "withdrawn_reason": None}),
    Holding("contact_participant", "contact", ("contact_id",), ("contact", "id"), fate="keep"),
    Holding("contact_photo", "contact", ("contact_id",), ("contact", "id"), fate="blank",
            emptied={"caption": ERASED, "image": ""}),
    Holding("service_order", "contact", fate="blank",
            emptied={"wish": None, "rating_note": None}),
    Holding("payment", "money", fate="keep"),
    Holding("hardship_case", "hardship", fate="blank",
            emptied={"situation": ERASED, "evidence": None}),
    Holding("benefit", "money", fate="keep"),
    Holding("import_row", "roster", fate="blank",
            emptied={"cells": None, "reason": None, "told": None}),
    Holding("import_problem", "roster", fate="blank", emptied={"value": "", "message": ""}),
    Holding("draft", "draft", ()),
    Holding("consent", "consent", fate="keep"),
    Holding("disclosure", "consent", fate="keep"),
    Holding("rights_request", "consent", fate="keep"),
    Holding("retention_hold", "consent", fate="keep"),
    Holding("erasure", "consent", fate="keep"),
    Holding("change_log", "journal", (), fate="blank", emptied={"before": None, "after": None},
            subjects=_SUBJECTS),
    Holding("audit", "journal", fate="blank"),  # by `casework.workbook.erasing`, with the act
)  # fmt: skip

NOT_ABOUT_ANYBODY = {
    "organisation": "units",
    "staff": "who works here, under the rules of the office",
    "setting": "the workbook's own",
    "header_mapping": "headings of rosters",
    "import_batch": "files that were read",
    "rule_set_version": "texts of rules",
    "staff_term": "hours, skills and absences of who works here, under the rules of the office",
    "staff_check": "trainings and self-checks of who works here, under the rules of the office",
    "volunteer_programme": "which department carries which voluntary service, and what came of it",
    "helper": "who comes to people, under the rules of the office",
    "helper_term": "languages, skills and hours of helpers, under the rules of the office",
    "helper_check": "vetting and training of helpers, under the rules of the office",
    "pair_round": "what was weighed in a proposal of pairs",
    "roster": "spans of days and, by their numbers, what tasks said before",
    "provider": "who gives services",
    "agreement": "what was agreed with them",
    "campaign": "occasions, conditions and, by their numbers, what tasks said before",
    "delegation": "which communities and segments it goes to",
    "delegation_member": "leaders and staff, under the rules of the office",
    "delegation_slot": "days and hours",
    "unit_return": "files that were read",
    "fund": "money set aside, never for one person by name",
    "budget": "what a fund has in a year",
    "standard": "what may be given, to whom by a condition",
    "handover": "which tasks and seats changed hands, by their numbers",
    "impact_assessment": "purposes, never persons",
    "incident": "what happened, how many were concerned",
    "planning_now": "empty outside a transaction",
    "acting_now": "empty outside a transaction",
    "audit_seal": "hashes",
}


@cache
def holding(table: str) -> Holding:
    """Give what is declared of a table.

    Raises
    ------
    KeyError
        If it is not declared to hold anything about persons.
    """
    return {one.table: one for one in HOLDINGS}[table]


def rows_about(table: str, person_ids: Collection[int]) -> ColumnElement[bool]:
    """Tell which rows of a table are about these persons.

    Forms left half filled are read one by one (`casework.workbook.person_rows`): what they are
    about stands in them, not in a column.
    """
    held, own = holding(table), Base.metadata.tables[table]
    if held.subjects:
        return or_(
            *(
                and_(own.c.subject_kind == kind, own.c.subject_id.in_(_ids(of, person_ids)))
                for kind, of in held.subjects.items()
            )
        )
    if not held.columns:
        return false()
    if held.through is None:
        ids = list(person_ids)
        direct = or_(*(own.c[name].in_(ids) for name in held.columns))
        if table == "import_row":
            return or_(direct, _beside(ids))
        return or_(direct, _told_of_their_row(ids)) if table == "import_problem" else direct
    parent, column = held.through
    other = Base.metadata.tables[parent]
    found = select(other.c[column]).where(rows_about(parent, person_ids))
    return or_(*(own.c[name].in_(found) for name in held.columns))


def _beside(ids: list[int]) -> ColumnElement[bool]:
    """Tell which rows have the cells of a roster's row in common with these persons.

    A couple that stood in one row has a row each, all with the cells of that one.
    """
    row, theirs = Base.metadata.tables["import_row"], Base.metadata.tables["import_row"].alias()
    mine = select(theirs.c.id).where(theirs.c.person_id.in_(ids))
    heads = select(theirs.c.beside_id).where(
        theirs.c.person_id.in_(ids), theirs.c.beside_id.is_not(None)
    )
    return or_(row.c.id.in_(heads), row.c.beside_id.in_(mine), row.c.beside_id.in_(heads))


def _told_of_their_row(ids: list[int]) -> ColumnElement[bool]:
    """Tell which problems quote the row of these persons without being about anybody by number.

    What was said of a row before it was known whose it is; and of the row of a couple everything.
    """
    # No correlated condition: as text of a function it would bring its own table in once more.
    problem, row = Base.metadata.tables["import_problem"], Base.metadata.tables["import_row"]
    place = tuple_(problem.c.batch_id, problem.c.sheet, problem.c.row)
    of_theirs = select(row.c.batch_id, row.c.sheet, row.c.row).where(row.c.person_id.in_(ids))
    heads = select(row.c.beside_id).where(row.c.beside_id.is_not(None))
    shared = of_theirs.where(or_(row.c.beside_id.is_not(None), row.c.id.in_(heads)))
    before = and_(problem.c.person_id.is_(None), problem.c.settled_at.is_not(None))
    return or_(place.in_(shared), and_(before, place.in_(of_theirs)))


def _ids(table: str, person_ids: Collection[int]) -> Any:
    if table == "person":
        return list(person_ids)
    own: Table = Base.metadata.tables[table]
    return select(own.c.id).where(rows_about(table, person_ids))

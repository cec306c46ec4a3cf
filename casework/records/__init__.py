"""The tables of a workbook, one module a domain area; importing this package knows them all."""

from __future__ import annotations

from casework.records.audit import audit, audit_seal
from casework.records.base import Base
from casework.records.contacts import (
    REACHED,
    Contact,
    ContactParticipant,
    ContactPerson,
    reached,
)
from casework.records.handovers import Handover
from casework.records.imports import HeaderMapping, ImportBatch, ImportProblem, ImportRow
from casework.records.issues import (
    Issue,
    IssueStep,
    issue_since,
    issue_stage,
    issue_status,
    stands_on,
)
from casework.records.journal import ChangeLog, Draft, Setting
from casework.records.needs import Assessment, Need, Opinion, Wish, waits_on
from casework.records.people import (
    Alias,
    CareTeamMember,
    Case,
    DistinctPair,
    Fact,
    Organisation,
    Person,
    PersonIdentifier,
    PersonSearch,
    RelatedPerson,
    SeasonalStay,
    Staff,
    covers,
    holds_on,
    in_care_on,
)
from casework.records.plans import (
    Goal,
    GoalReading,
    NeedAnswer,
    PlanItem,
    RuleSetVersion,
    ServicePlan,
    in_force_on,
    is_personal,
    need_answered,
)
from casework.records.tasks import Task, TaskEvidence, task_status
from casework.records.touched import plan_stamp, population_due

__all__ = [
    "REACHED",
    "Alias",
    "Assessment",
    "Base",
    "CareTeamMember",
    "Case",
    "ChangeLog",
    "Contact",
    "ContactParticipant",
    "ContactPerson",
    "DistinctPair",
    "Draft",
    "Fact",
    "Goal",
    "GoalReading",
    "Handover",
    "HeaderMapping",
    "ImportBatch",
    "ImportProblem",
    "ImportRow",
    "Issue",
    "IssueStep",
    "Need",
    "NeedAnswer",
    "Opinion",
    "Organisation",
    "Person",
    "PersonIdentifier",
    "PersonSearch",
    "PlanItem",
    "RelatedPerson",
    "RuleSetVersion",
    "SeasonalStay",
    "ServicePlan",
    "Setting",
    "Staff",
    "Task",
    "TaskEvidence",
    "Wish",
    "audit",
    "audit_seal",
    "covers",
    "holds_on",
    "in_care_on",
    "in_force_on",
    "is_personal",
    "issue_since",
    "issue_stage",
    "issue_status",
    "need_answered",
    "plan_stamp",
    "population_due",
    "reached",
    "stands_on",
    "task_status",
    "waits_on",
]

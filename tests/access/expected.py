"""What each role may do with each table, as docs/access.md promises it; written by hand.

It knows nothing of how the rules are made: letters are r (read), a (add), u (change), within the
rows of somebody's own. A role that is not named may do nothing.
"""

from __future__ import annotations

EVERYBODY = (
    "caseworker", "supervisor", "analyst", "administrator", "auditor", "registrar", "planner",
)  # fmt: skip
AT_WORK = ("caseworker", "supervisor", "administrator", "auditor")
READ_BY_ALL = {role: "r" for role in EVERYBODY}
HELPERS = dict.fromkeys(AT_WORK, "r") | {"supervisor": "rau", "administrator": "rau"}

EXPECTED: dict[str, dict[str, str]] = {
    "alembic_version": READ_BY_ALL,
    "setting": READ_BY_ALL,
    "header_mapping": READ_BY_ALL,
    "rule_set_version": READ_BY_ALL | {"supervisor": "ra", "administrator": "ra"},
    "organisation": READ_BY_ALL | {"administrator": "rau"},
    "staff": READ_BY_ALL | {"administrator": "rau", "supervisor": "ru"},
    "import_batch": dict.fromkeys(AT_WORK, "r"),
    "import_row": {"caseworker": "r", "supervisor": "r"},
    "import_problem": {"caseworker": "ru", "supervisor": "r"},
    "handover": {"supervisor": "rau", "administrator": "r", "auditor": "r"},
    "staff_term": {"supervisor": "rau", "administrator": "rau"},
    "staff_check": {
        "caseworker": "rau",
        "supervisor": "rau",
        "administrator": "rau",
        "auditor": "r",
    },
    "volunteer_programme": HELPERS,
    "visitor_wish": {"caseworker": "rau", "supervisor": "rau"},
    "roster": {"caseworker": "r", "supervisor": "rau", "administrator": "r", "auditor": "r"},
    "roster_visit": {"caseworker": "r", "supervisor": "rau"},
    "provider": dict.fromkeys(AT_WORK, "r") | {"supervisor": "rau"},
    "agreement": dict.fromkeys(AT_WORK, "r") | {"supervisor": "rau"},
    "service_order": {"caseworker": "rau", "supervisor": "rau"},
    "campaign": dict.fromkeys(AT_WORK, "r") | {"supervisor": "rau"},
    "delegation": dict.fromkeys(AT_WORK, "r") | {"supervisor": "rau"},
    "delegation_member": dict.fromkeys(AT_WORK, "r") | {"supervisor": "rau"},
    "delegation_slot": dict.fromkeys(AT_WORK, "r") | {"supervisor": "rau"},
    "campaign_person": {"caseworker": "r", "supervisor": "rau"},
    "unit_return": {"supervisor": "rau", "administrator": "r", "auditor": "r"},
    "unit_return_row": {"caseworker": "r", "supervisor": "rau"},
    "fund": dict.fromkeys(AT_WORK, "r") | {"supervisor": "rau"},
    "budget": dict.fromkeys(AT_WORK, "r") | {"supervisor": "rau"},
    "standard": READ_BY_ALL,
    "payment": {"caseworker": "rau", "supervisor": "rau"},
    "hardship_case": {"caseworker": "rau", "supervisor": "rau"},
    "benefit": {"caseworker": "rau", "supervisor": "rau"},
    "helper": HELPERS,
    "helper_term": HELPERS,
    "helper_check": HELPERS,
    "pair_round": dict.fromkeys(AT_WORK, "r") | {"supervisor": "ra"},
    "pair_offer": {"caseworker": "r", "supervisor": "rau"},
    "person": {"caseworker": "ru", "supervisor": "r"},
    "alias": {"caseworker": "rau", "supervisor": "r"},
    "fact": {"caseworker": "rau", "supervisor": "r"},
    "case_file": {"caseworker": "rau", "supervisor": "r"},
    "seasonal_stay": {"caseworker": "rau", "supervisor": "r"},
    "related_person": {"caseworker": "rau", "supervisor": "r"},
    "care_team_member": {"caseworker": "r", "supervisor": "rau"},
    "person_identifier": {},
    "distinct_pair": {},
    "person_search": {"caseworker": "rau", "supervisor": "r"},
    "population": {"caseworker": "ra", "supervisor": "r"},
    "population_due": {"caseworker": "r", "supervisor": "r"},
    "plan_stamp": {"caseworker": "rau", "supervisor": "r"},
    "planning_now": {},
    "assessment": {"caseworker": "rau", "supervisor": "r"},
    "assessment_signature": {"caseworker": "ra", "supervisor": "ra"},
    "assessor_sheet": {"caseworker": "rau", "supervisor": "ru"},
    "consent": {"caseworker": "rau", "supervisor": "r"},
    "disclosure": {"caseworker": "rau", "supervisor": "ra"},
    "rights_request": {"caseworker": "rau", "supervisor": "rau"},
    "erasure": {"caseworker": "r", "supervisor": "rau"},
    "retention_hold": {"caseworker": "r", "supervisor": "rau"},
    "impact_assessment": dict.fromkeys(AT_WORK, "r")
    | {"supervisor": "rau", "administrator": "rau"},
    "incident": {"supervisor": "rau", "administrator": "rau", "auditor": "r"},
    "audit": {"caseworker": "r", "supervisor": "r", "auditor": "r"},
    "audit_seal": {},
    "acting_now": {},
    "wish": {"caseworker": "rau", "supervisor": "rau"},
    "opinion": {"caseworker": "rau", "supervisor": "rau"},
    "need": {"caseworker": "rau", "supervisor": "rau"},
    "need_answer": {"caseworker": "rau", "supervisor": "rau"},
    "service_plan": {"caseworker": "rau", "supervisor": "ru"},
    "plan_item": {"caseworker": "rau", "supervisor": "r"},
    "task": {"caseworker": "rau", "supervisor": "rau"},
    "task_evidence": {"caseworker": "rau", "supervisor": "rau"},
    "goal": {"caseworker": "rau", "supervisor": "ru"},
    "goal_reading": {"caseworker": "rau", "supervisor": "r"},
    "contact": {"caseworker": "rau", "supervisor": "rau"},
    "contact_person": {"caseworker": "rau", "supervisor": "rau"},
    "contact_participant": {"caseworker": "rau", "supervisor": "rau"},
    "contact_photo": {"caseworker": "rau", "supervisor": "rau"},
    "issue": {"caseworker": "rau", "supervisor": "rau"},
    "issue_step": {"caseworker": "rau", "supervisor": "rau"},
    "change_log": {"caseworker": "ra", "supervisor": "ra", "administrator": "ra", "auditor": "r"},
    "draft": {"caseworker": "rau", "supervisor": "rau", "administrator": "rau"},
}

REGISTRAR = {
    "header_mapping": "rau",
    "import_batch": "rau",
    "import_row": "rau",
    "import_problem": "rau",
    "person": "rau",
    "alias": "rau",
    "fact": "rau",
    "case_file": "rau",
    "seasonal_stay": "rau",
    "related_person": "rau",
    "care_team_member": "rau",
    "person_identifier": "rau",
    "distinct_pair": "rau",
    "person_search": "rau",
    "population": "ra",
    "population_due": "r",
    "plan_stamp": "r",
    "assessment": "ru",
    "assessment_signature": "r",
    "consent": "ru",
    "disclosure": "ru",
    "rights_request": "ru",
    "erasure": "ru",
    "retention_hold": "ru",
    "audit": "r",
    "wish": "rau",
    "opinion": "ru",
    "need": "ru",
    "need_answer": "ru",
    "service_plan": "ru",
    "plan_item": "ru",
    "task": "ru",
    "task_evidence": "ru",
    "goal": "ru",
    "goal_reading": "ru",
    "contact": "ru",
    "contact_person": "rau",
    "contact_participant": "ru",
    "contact_photo": "ru",
    "issue": "ru",
    "issue_step": "r",
    "change_log": "ra",
    "draft": "rau",
    "assessor_sheet": "ru",
    "visitor_wish": "ru",
    "roster_visit": "ru",
    "service_order": "ru",
    "campaign_person": "ru",
    "unit_return_row": "ru",
    "payment": "ru",
    "hardship_case": "ru",
    "benefit": "ru",
    "helper": "r",
    "helper_term": "r",
    "helper_check": "r",
    "pair_offer": "ru",
}
"""Who keeps the register brings people in and makes two records one; that moves what hangs on them.
"""

PLANNER = {
    "rule_set_version": "ra",
    "person": "r",
    "fact": "r",
    "case_file": "r",
    "seasonal_stay": "r",
    "related_person": "r",
    "care_team_member": "r",
    "population": "ra",
    "population_due": "r",
    "plan_stamp": "rau",
    "assessment": "r",
    "wish": "ru",
    "opinion": "r",
    "need": "rau",
    "need_answer": "rau",
    "service_plan": "rau",
    "plan_item": "rau",
    "task": "rau",
    "task_evidence": "r",
    "goal": "ru",
    "contact": "r",
    "contact_person": "r",
    "issue": "ru",
    "change_log": "ra",
    "visitor_wish": "r",
    "roster_visit": "r",
    "service_order": "r",
    "campaign_person": "r",
}
"""The account of the nightly run: it draws up plans, and is told no number, phone or consent."""

for _name, _rights in REGISTRAR.items():
    EXPECTED[_name] = EXPECTED[_name] | {"registrar": _rights}
for _name, _rights in PLANNER.items():
    EXPECTED[_name] = EXPECTED[_name] | {"planner": _rights}

CLOSED = {
    "closed": "caseworker",
    "closed_supervisor": "supervisor",
    "closed_analyst": "analyst",
    "closed_administrator": "administrator",
    "closed_auditor": "auditor",
    "closed_registrar": "registrar",
    "closed_planner": "planner",
}
GROUP = CLOSED | {"left": "caseworker"}
"""Whose account is closed or who has left stays in a group of the server, and sees no row of it."""

ROWS = {
    "caseworker": {"own"},
    "supervisor": {"own", "expired", "colleague", "below"},
    "registrar": {"own", "expired", "colleague", "below", "sibling", "foreign"},
    "planner": {"own", "expired", "colleague", "below", "sibling", "foreign"},
}
"""Whose rows a role sees of tables about persons."""

SEES_ALL = {
    ("audit", "auditor"),
    *((name, "registrar") for name in REGISTRAR),
    *((name, "planner") for name in PLANNER),
}
"""Roles that see every row of a table about persons."""

NOT_BY_PERSON = {
    "setting", "alembic_version", "header_mapping", "rule_set_version", "organisation", "staff",
    "import_batch", "import_row", "handover", "change_log", "draft", "planning_now",
    "acting_now", "audit_seal", "impact_assessment", "incident", "staff_term", "roster",
    "staff_check", "volunteer_programme",
    "fund", "budget", "standard", "provider", "agreement",
    "campaign", "delegation", "delegation_member", "delegation_slot", "unit_return",
    "helper", "helper_term", "helper_check", "pair_round",
}  # fmt: skip
"""Tables whose rows are no person's: the rows that a role sees are not told by whose they are."""

BY_UNIT = {"roster"}
"""Tables whose rows all at work read and only supervisors of the unit change."""

OF_CAMPAIGNS = {"campaign", "delegation", "delegation_member", "delegation_slot", "unit_return"}
"""Tables of which supervisors write what is of campaigns for their units; one is for another."""

CHANGED = {
    **{("draft", role): 1 for role in ("caseworker", "supervisor", "administrator", "registrar")},
    **{(name, "supervisor"): 5 for name in OF_CAMPAIGNS},
    ("staff", "supervisor"): 16,  # one is of another unit
    ("staff", "administrator"): 17,
    ("organisation", "administrator"): None,
    ("staff_check", "caseworker"): 0,  # those of the world are trainings
}
"""How many rows that are no person's somebody changes: of the world's six all where nothing is
said, None for as many as there are."""

KEPT = {
    ("person_search", "caseworker"): {"resident_id"},
    ("person_search", "supervisor"): {"resident_id", "phones"},
    ("related_person", "supervisor"): {"name", "phone", "address", "unit", "note"},
    ("import_row", "caseworker"): {"cells", "person_id", "reason"},
    ("import_row", "supervisor"): {"cells", "person_id", "reason"},
    ("audit", "supervisor"): {"before", "after"},
    ("audit", "auditor"): {"before", "after"},
    ("related_person", "planner"): {"name", "phone", "address", "unit", "note"},
    ("change_log", "auditor"): {"before", "after"},
    ("helper", "auditor"): {"phone", "place"},
}
"""Columns that a role does not read of a table it does."""

FROZEN = {
    "id", "person_id", "recorded_at", "recorded_by", "made_at", "drafted_at", "drafted_by",
    "client_key", "batch_id", "plan_id", "task_id", "contact_id", "merged_into_id", "withdrawn_by",
    "unit_id", "login", "sha256", "plan_version", "touched", "resident_id",
}  # fmt: skip
"""Columns that nobody changes, in whatever table about persons or staff."""

MOVED = {
    "person_id", "plan_id", "task_id", "contact_id", "merged_into_id", "unit_id", "plan_version",
    "touched", "resident_id", "withdrawn_by",
}  # fmt: skip
"""What the registrar changes where two records become one; the rest stands also for them."""

FUNCTIONS = {
    "masked_numbers(101)": {"caseworker", "registrar"},
    "masked_numbers(102)": {"registrar"},
    "reveal_number(101, 'why it is')": {"caseworker", "registrar"},
    "reveal_number(106, 'why it is')": {"registrar"},
    "reveal_number(102, 'why it is')": {"registrar"},
    "reveal_phones(101, 'why it is')": {"caseworker", "supervisor"},
    "reveal_phones(103, 'why it is')": {"supervisor"},
    "reveal_phones(106, 'why it is')": set(),
    "set_number(101, 'x', NULL, 'missing', 'card', NULL)": {"caseworker"},
    "set_number(103, 'x', NULL, 'missing', 'card', NULL)": set(),
    "break_glass(106, 'why it is')": {"caseworker", "supervisor"},
    "break_glass(999999, 'why it is')": {"caseworker", "supervisor"},
    "glass_told()": {"supervisor"},
    "reveals_told('2020-01-01')": {"supervisor"},
    "reading_of(101)": {"caseworker", "supervisor", "auditor", "registrar"},
    "reading_of(106)": {"auditor", "registrar"},
    "reaches_beyond(ARRAY['spouse'])": {"caseworker"},
    "open_spouse(101, '', '')": set(),
    "open_spouse(106, '', '')": set(),
    "count_about(101)": {"supervisor", "registrar"},
    "count_about(106)": {"registrar"},
    "copy_about(101, 'why it is')": {"caseworker", "supervisor", "registrar"},
    "copy_about(103, 'why it is')": {"supervisor", "registrar"},
    "copy_about(106, 'why it is')": {"registrar"},
    "erase(101)": set(),  # it was declined
    "erase(103)": set(),  # the person is in care
    "erase(104)": set(),  # by whoever asked for it
    "erase(106)": set(),  # of another unit
    "past_their_time('draft', now())": {"supervisor", "administrator", "registrar"},
    "drop_rows('person_search', ARRAY[101])": {"registrar"},
    "drop_rows('person', ARRAY[101])": set(),
    "records_of(101)": set(),
    "clear_population(ARRAY[101])": {"caseworker", "registrar", "planner"},
    "next_version(ARRAY[101])": {"supervisor"},
    "measure_reach()": {"planner"},
    "kept_facts(101)": {"supervisor"},
    "family(101)": {"supervisor"},
    "close_account('kb_stranger')": {"administrator"},
    "close_account('kb_left')": {"administrator"},
    "accounts()": {"administrator", "auditor"},
    "released()": set(),
    "note('x', 101, NULL)": set(),
    "may_reveal(101)": set(),
    "fill_search()": set(),
}
"""Who may call which function with what; being told nothing is being refused."""

"""The thirty hostile inputs the product must survive, each with the tests that hold it.

A table to be read by people; the module checks that each test it names exists and is collected.
Those below ``deploy/tests`` need root and run by ``run.py deploy-test``.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOSTILE, POLICY = "tests/trust/test_hostile_text.py", "tests/trust/test_policy_of_pages.py"
FORGED, FILES = "tests/trust/test_forged_messages.py", "tests/trust/test_hostile_files.py"
ODD, LAB, RESIDUE = (f"tests/trust/test_{one}.py" for one in ("odd_text", "lab", "residue"))
ROSTER_FILES, IDENTIFIERS = "tests/exchange/test_files.py", "tests/identifiers/test_identifiers.py"
ATTACKS, JOURNEYS = "tests/access/test_attacks.py", "tests/access/test_journeys.py"
HUB, AUDIT, DURABLE = (
    "deploy/tests/test_many_users.py", "tests/test_audit.py", "tests/test_durability.py",
)  # fmt: skip
WALK = f"{HOSTILE}::test_markup_in_any_column_is_letters_on_every_screen_and_on_paper"
RAW = f"{POLICY}::test_nothing_that_is_not_ours_runs_or_is_asked_for"
READ = f"{FILES}::test_hostile_files_are_refused_in_time_or_read_for_their_table_alone"
CANARY = f"{RESIDUE}::test_nothing_that_was_typed_is_left_outside_the_workbook"
SOCKET = f"{FORGED}::test_a_page_cannot_make_its_kernel_run_or_tell_anything"
FAULT = "tests/ui/test_fault_table.py"

HELD: dict[int, tuple[str, tuple[str, ...]]] = {
    1: ("markup in a name", (
        WALK, "tests/test_intake_held.py::test_markup_that_is_entered_stays_text",
        f"{ROSTER_FILES}::test_formula_markup_and_long_text_are_text")),
    2: ("markup in headings, captions, file names", (
        CANARY, RAW, "tests/ui/test_intake.py::test_name_of_the_file_stays_text")),
    3: ("frames, scripts of links, forms that lead away", (
        RAW, "tests/ui/test_escape.py::test_an_element_that_can_do_harm_is_refused")),
    4: ("a page without its policy, a call to another host", (
        f"{POLICY}::test_the_header_names_each_script_of_the_page_and_no_other",
        f"{POLICY}::test_every_answer_carries_the_policy",
        "tests/ui/test_every_screen.py::test_every_screen_stands_fits_and_shuts_nobody_out")),
    5: ("text that is a template, a formula of mathematics, a control", (
        WALK, "tests/ui/test_escape.py::test_direction_and_control_characters_are_dropped")),
    6: ("live formulas in exports", (
        "tests/test_dossier.py::test_text_that_looks_like_a_formula_stays_text_in_an_excel_list",
        "tests/test_intake.py::test_formula_of_a_cell_is_text_everywhere",
        "tests/test_rule_words.py::test_formula_in_a_cell_stays_text",
        "tests/trust/test_formulas.py::test_formula_is_dead_in_every_file_and_comes_back_as_typed",
    )),
    7: ("one cell at the far end", (READ,)),
    8: ("millions of rows, far too much once unpacked", (READ,)),
    9: ("entities and document types", (READ,)),
    10: ("parts that land outside, thousands, twice", (READ,)),
    11: ("macros, links, passwords, other kinds, empty, cut off", (
        READ, "tests/exchange/test_roster.py::test_people_of_a_hidden_sheet_are_held")),
    12: ("numbers, phones and days as spreadsheets spoil them", (
        f"{IDENTIFIERS}::test_id_number_is_named_by_its_damage",
        f"{IDENTIFIERS}::test_id_number_is_read_silently_when_only_its_dress_differs",
        f"{IDENTIFIERS}::test_phone_is_bad_when_digits_are_missing_or_too_many",
        f"{IDENTIFIERS}::test_date_is_impossible_when_there_is_no_such_day",
        f"{IDENTIFIERS}::test_date_is_ambiguous_when_it_can_be_two_days")),
    13: ("text no database keeps, and text that looks odd", (
        f"{ODD}::test_odd_text_comes_back_letter_by_letter",
        f"{ODD}::test_text_that_cannot_be_kept_is_refused_and_nothing_written",
        f"{ODD}::test_a_million_characters_are_refused_with_what_is_accepted")),
    14: ("statements in fields, wildcards, names of columns", (
        f"{ODD}::test_any_search_is_answered_or_refused",
        f"{ODD}::test_odd_text_comes_back_letter_by_letter",
        f"{FORGED}::test_messages_our_script_never_sends_change_nothing")),
    15: ("names of uploads that are places", (
        f"{FORGED}::test_the_name_of_an_upload_is_a_label_and_never_a_place",
        f"{FORGED}::test_an_upload_never_becomes_a_file_of_its_name")),
    16: ("forged messages of widgets", (
        f"{FORGED}::test_messages_our_script_never_sends_change_nothing",)),
    17: ("a message to the kernel of somebody else", (
        f"{HUB}::test_nobody_enters_the_server_of_another",
        f"{FORGED}::test_another_site_may_not_speak_to_the_page")),
    18: ("orders to run code sent to a dashboard's kernel", (SOCKET,)),
    19: ("the addresses of Jupyter without a token, from elsewhere", (
        f"{LAB}::test_nothing_is_given_away_without_the_token",
        f"{FORGED}::test_no_file_and_no_list_is_given_away",
        f"{FORGED}::test_another_site_may_not_speak_to_the_page",
        f"{HUB}::test_dashboards_are_all_there_is_for_who_has_no_notebooks")),
    20: ("paths that climb out", (
        f"{FORGED}::test_no_file_and_no_list_is_given_away",
        f"{LAB}::test_nothing_is_given_away_without_the_token")),
    21: ("a notebook with prepared outputs", (
        f"{LAB}::test_prepared_notebook_of_others_runs_nothing_and_stays_as_it_is",)),
    22: ("attacks in SQL", (
        f"{ATTACKS}::test_attack_gets_nowhere",
        f"{ATTACKS}::test_there_are_as_many_attacks_as_were_promised")),
    23: ("plans and counts that tell of the hidden", (
        "tests/access/test_oracles.py::"
        "test_plan_and_counts_are_the_same_for_a_hidden_and_an_absent_person",)),
    24: ("numbers revealed and taken back, without reason, by the dozen", (
        f"{JOURNEYS}::test_reveal_stays_in_the_log_of_the_server_after_a_rollback",
        f"{JOURNEYS}::test_number_is_masked_and_revealed_for_a_reason",
        f"{JOURNEYS}::test_numbers_asked_for_by_the_dozen_are_refused_and_alarmed")),
    25: ("a trail that was changed", (
        f"{AUDIT}::test_each_kind_of_tampering_is_told",
        f"{AUDIT}::test_head_kept_elsewhere_tells_an_older_copy_put_back")),
    26: ("kill -9 at any moment", (
        f"{DURABLE}::test_no_acknowledged_save_is_lost_or_doubled_by_kills",
        f"{DURABLE}::test_no_acknowledged_save_is_lost_when_the_server_crashes")),
    27: ("power, disks, copies, network drives, kills between", (
        "tests/test_power.py::"
        "test_nothing_acknowledged_is_lost_and_nothing_is_half_there_when_the_power_fails",
        f"{FAULT}::test_fault_is_one_sentence_the_text_stays_and_nothing_is_half_saved",
        f"{DURABLE}::test_nothing_is_lost_when_the_open_file_is_copied_by_hand",
        f"{DURABLE}::test_save_into_a_deleted_log_is_told_and_can_be_repeated",
        f"{DURABLE}::test_file_on_a_network_drive_is_refused_in_words",
        "tests/test_encryption.py::test_flipped_bits_are_noticed",
        "tests/trust/test_killed_between.py::"
        "test_killed_while_migrating_the_next_start_goes_on_and_loses_nobody",
        "tests/trust/test_killed_between.py::"
        "test_killed_while_restoring_there_is_a_whole_workbook_or_none")),
    28: ("twenty who save at once, two at one form", (
        f"{DURABLE}::test_many_writers_at_once_all_keep_what_they_saved",
        "tests/ui/test_meanwhile.py::"
        "test_second_writer_sees_who_changed_what_and_keeps_the_own_text")),
    29: ("what was typed, afterwards", (CANARY, f"{HUB}::test_logs_hold_no_name_of_a_person")),
    30: ("small groups by filters, joins, errors and differences", (
        "tests/access/test_anonymity.py::test_no_cell_of_any_columns_is_small_or_of_one_mind",
        f"{JOURNEYS}::test_analyst_reads_a_release_and_no_person",
        f"{ATTACKS}::test_attack_gets_nowhere")),
}  # fmt: skip


def test_each_of_the_thirty_is_held_by_a_test():
    assert sorted(HELD) == list(range(1, 31))
    assert all(told and tests for told, tests in HELD.values())


def test_each_test_that_is_named_is_collected(request):
    named = sorted({one for _told, tests in HELD.values() for one in tests})
    missing = []
    for path in sorted({one.partition("::")[0] for one in named}):
        collected = _collected(request.session, ROOT / path)
        missing += [
            one for one in named
            if one.startswith(f"{path}::") and one.partition("::")[2] not in collected
        ]  # fmt: skip
    assert missing == []


def _collected(session: pytest.Session, path: Path) -> set[str]:
    """Name the tests of a module as pytest collects them."""
    if not path.is_relative_to(ROOT / "tests"):  # it needs what only root may install
        tree = ast.parse(path.read_text(encoding="utf-8"))
        return {one.name for one in tree.body if isinstance(one, ast.FunctionDef)}
    module = pytest.Module.from_parent(session, path=path)
    return {getattr(one, "originalname", one.name) for one in module.collect()}

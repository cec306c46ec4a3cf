"""Text that would be markup, in every column that holds what somebody typed, on every screen.

The demonstration's own words are replaced in the database itself, past every form and importer;
what a page then shows must be letters. Numbers in names are those of the thirty hostile inputs:
1, 2, 3 and 5.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Page

from casework.reference import facts
from tests.browser import DESKTOP
from tests.ui.test_every_screen import GO, STANDS, WALKS

MARK = (
    "<img src=x onerror=\"window.ran='img'\"><svg/onload=\"window.ran='svg'\">"
    "<iframe srcdoc=\"<script>parent.ran='frame'</script>\"></iframe>"
    "</script><script>window.ran='script'</script></style></textarea>"
    "' onmouseover='window.ran=1' {{7*7}} $$\\href{javascript:window.ran=1}{x}$$ %s \x1b[31m"
)
TYPED = {
    "alias": ["name", "source", "recorded_by"],
    "care_team_member": ["name", "recorded_by"],
    "case_file": ["close_note"],
    "change_log": ["by"],
    "audit": ["by", "login"],
    "consent": ["recipient_name", "decider_name", "authority", "witness", "reason", "recorded_by"],
    "contact": ["place", "summary", "recorded_by", "withdrawn_reason"],
    "contact_participant": ["name"],
    "contact_person": ["heard", "not_reached_reason"],
    "contact_photo": ["caption", "recorded_by"],
    "disclosure": ["recipient_name", "reason", "recorded_by"],
    "erasure": ["reason", "declined_reason"],
    "goal": ["title", "note", "recorded_by"],
    "goal_reading": ["note", "recorded_by"],
    "handover": ["reason", "recorded_by"],
    "impact_assessment": ["necessity", "risks", "measures", "conclusion", "recorded_by"],
    "helper": ["name", "unit", "place", "phone", "note", "left_reason", "recorded_by"],
    "helper_check": ["title", "done_by", "note", "recorded_by"],
    "staff_check": ["title", "done_by", "note", "recorded_by"],
    "volunteer_programme": ["department", "team", "result", "recorded_by"],
    "campaign": ["label_zh", "label_en", "recorded_by", "frozen_by", "given_by", "closed_by"],
    "delegation": ["name", "body", "recorded_by"],
    "delegation_member": ["name", "rank", "recorded_by"],
    "unit_return": ["unit", "file_name", "recorded_by"],
    "import_batch": ["file_name", "imported_by"],
    "import_problem": ["sheet", "value", "message"],
    "import_row": ["sheet", "reason"],
    "issue": ["title", "detail", "reporter", "outcome", "recorded_by"],
    "issue_step": ["note", "recorded_by"],
    "need": ["title", "reason", "recorded_by"],
    "opinion": ["text", "recorded_by"],
    "organisation": ["name", "name_en"],
    "person": ["name", "birth_reason"],
    "person_search": ["name", "unit", "community", "phones"],
    "plan_item": ["title", "title_en", "place", "clause", "deviation_reason"],
    "related_person": ["name", "relationship", "phone", "address", "unit", "source", "note"],
    "rights_request": ["detail", "asker_name", "answer", "recorded_by"],
    "roster": ["note", "recorded_by"],
    "seasonal_stay": ["place", "phone", "recorded_by"],
    "service_plan": ["drafted_by", "submitted_by", "decided_by", "comment"],
    "staff": ["name", "phone"],
    "staff_term": ["recorded_by"],
    "task": ["title", "reason"],
    "provider": ["name", "contact", "phone", "recorded_by"],
    "service_order": ["title", "wish", "served_by", "verified_by", "rating_note", "end_reason"],
    "fund": ["name", "source", "purpose", "recorded_by"],
    "budget": ["basis", "recorded_by"],
    "payment": ["basis", "payee", "end_reason", "recorded_by", "approved_by", "paid_by"],
    "benefit": ["vendor", "end_reason", "recorded_by"],
    "hardship_case": ["situation", "evidence", "decision_reason", "recorded_by"],
    "visitor_wish": ["reason", "recorded_by"],
    "wish": ["text", "source", "recorded_by", "closing_note"],
}
MARKUP = """() => [...document.querySelectorAll(
  'img[src="x"], svg[onload], iframe, [onmouseover], [onerror], script:not([src]):not([type])')]
  .filter((node) => node.tagName !== 'SCRIPT' || node.textContent.includes('window.ran'))
  .map((node) => node.outerHTML.slice(0, 120))"""
SAID = "document.querySelector('.cw-main').innerText.includes('<img src=x onerror=')"
SILENT = {  # screens that show no words of anybody: counts, and forms still empty
    "intake",
    "nowhere",
    "who",
    "caseloads",
    "policy",
    "privacy?part=keeping",
    "held",
    "self_check",  # no points before the agency has written them
    "pairing",  # without the number of a proposal
    "assessment?person=3&instrument=gbt42195-2022",
}


@pytest.fixture
def workbook_file(demo_file: Path, tmp_path: Path) -> Path:
    """Put the mark where somebody's words stood, in the file itself."""
    path = Path(shutil.copy(demo_file, tmp_path / "demo.sqlite"))
    typed = [one.code for one in facts().values() if one.kind == "text"]
    with closing(sqlite3.connect(path)) as connection, connection:
        guards = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = guards.fetchall()
        for name, _sql in triggers:  # they refuse to rewrite what was written down
            connection.execute(f'DROP TRIGGER "{name}"')
        for table, columns in TYPED.items():
            for column in columns:
                connection.execute(
                    f"UPDATE {table} SET {column} = ? || {column} WHERE {column} IS NOT NULL",  # noqa: S608
                    (MARK,),
                )
        places = ", ".join("?" * len(typed))
        connection.execute(
            f"UPDATE fact SET value = ? || value WHERE code IN ({places})",  # noqa: S608
            (MARK, *typed),
        )
        connection.execute("UPDATE fact SET source = ?, note = ?", (MARK, MARK))
        for _name, sql in triggers:
            connection.execute(sql)
    return path


@pytest.mark.parametrize("audience", list(WALKS))
def test_markup_in_any_column_is_letters_on_every_screen_and_on_paper(
    open_page: Callable[..., Page], visit: Callable[..., Page], audience: str
) -> None:
    page = visit(open_page(viewport=DESKTOP), audience=audience)
    wrong: list[str] = []
    for place in WALKS[audience]:
        page.evaluate(GO, place)
        page.wait_for_function(STANDS)
        wrong += [f"{place}: {one}" for one in page.evaluate(MARKUP)]
        if place not in SILENT and not page.evaluate(SAID):
            wrong.append(f"{place}: does not show the words")
        page.emulate_media(media="print")
        wrong += [f"{place} printed: {one}" for one in page.evaluate(MARKUP)]
        page.emulate_media(media="screen")
    assert page.evaluate("window.ran") is None
    assert wrong == []

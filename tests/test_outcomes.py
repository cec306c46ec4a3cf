"""Whether people are less lonely since somebody comes to them: better, same, worse, not known."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import update

from casework.indicators.outcomes import MEASURED
from casework.instruments.library import instruments
from casework.records import Assessment, CareTeamMember
from casework.records.base import now
from casework.reference.pairing import pairing_rules
from casework.terms import speaking
from casework.ui import Shell
from casework.ui.boards.reasons import cells_of
from casework.ui.widgets import Place
from casework.workbook import Workbook
from casework.workbook.helper_rows import CheckEntry
from tests.conftest import TODAY
from tests.test_capabilities_of_visits import said
from tests.test_pairs import LONG_AGO, a_helper
from tests.test_plans import a_person

DAYS = pairing_rules("changshu").numbers["outcome_days"]
LONG = TODAY - timedelta(days=DAYS)
BEFORE, SINCE = LONG - timedelta(days=10), LONG + timedelta(days=1)

Sheet = tuple[date, int, str]


def paired(book: Workbook, helper: int, since: date | None, *sheets: Sheet, **more: str) -> int:
    """Write somebody paired since a day, and what they scored when."""
    person = a_person(book)
    told = {"recorded_at": now(), "recorded_by": "t"}
    seat = CareTeamMember(
        person_id=person, role="volunteer", valid_from=since,
        helper_id=helper if since else None, name=None if since else "何巧云", **told,
    )  # fmt: skip
    with book.transaction() as session:
        session.add(seat)
        for on, total, form in sheets:
            version = more.get("version", "1") if on > LONG else "1"
            sheet = Assessment(
                person_id=person, instrument=form, instrument_version=version, assessed_on=on,
                answers={}, total=total, complete=more.get("complete") != "no", **told,
            )  # fmt: skip
            session.add(sheet)
    return person


def ucla_sheets(person: int, *scored: tuple[date, int]) -> list[Assessment]:
    """Give sheets of the three questions by day and points."""
    told = {"recorded_at": now(), "recorded_by": "t", "answers": {}, "complete": True}
    return [
        Assessment(
            person_id=person, instrument="ucla-3", instrument_version="1", assessed_on=on,
            total=total, **told,
        )
        for on, total in scored
    ]  # fmt: skip


def vetted(book: Workbook) -> int:
    return a_helper(book, "沈一帆", CheckEntry("vetting", LONG_AGO))


def ucla(on: date, total: int) -> Sheet:
    return on, total, "ucla-3"


def test_change_of_loneliness_is_told_of_everybody_paired_long_enough(
    any_workbook: Workbook,
) -> None:
    book = any_workbook
    helper = vetted(book)
    a_person(book)  # paired with nobody
    paired(book, helper, LONG + timedelta(days=1), ucla(BEFORE, 8), ucla(TODAY, 3))
    people = {
        "better": {
            paired(book, helper, LONG, ucla(BEFORE, 8), ucla(TODAY, 5)),
            paired(book, helper, LONG, ucla(LONG, 8), ucla(SINCE, 9), ucla(TODAY, 7)),
            paired(book, helper, LONG, (BEFORE, 4, "djg-6"), (TODAY, 2, "djg-6")),
        },
        "same": {paired(book, helper, LONG, ucla(BEFORE, 6), ucla(TODAY, 6))},
        "worse": {paired(book, helper, LONG, ucla(BEFORE, 3), ucla(TODAY, 4))},
    }
    lacks = {
        "since": paired(book, helper, None, ucla(BEFORE, 8), ucla(TODAY, 5)),
        "both": paired(book, helper, LONG),
        "before": paired(book, helper, LONG, ucla(TODAY, 5)),
        "after": paired(book, helper, LONG, ucla(BEFORE, 5)),
        "alike": paired(book, helper, LONG, (BEFORE, 4, "djg-6"), ucla(TODAY, 3)),
    }
    other_key = paired(book, helper, LONG, ucla(BEFORE, 8), ucla(TODAY, 5), version="2")
    unfinished = paired(book, helper, LONG, ucla(BEFORE, 8), ucla(TODAY, 5), complete="no")
    board = book.boards.supervisor(topics=["pairs"])
    counted = {one: board[f"pairs.change_{one}"] for one in (*people, "unknown")}
    found = {
        one: {row["person_id"] for row in book.boards.rows(board.scope, figure).rows}
        for one, figure in counted.items()
    }
    unknown = {*lacks.values(), other_key, unfinished}
    assert found == {**people, "unknown": unknown}
    assert {one: figure.number for one, figure in counted.items()} == {
        one: len(rows) for one, rows in found.items()
    }
    assert counted["better"].of == 12 and counted["better"].unknown == 7
    rows = {row["person_id"]: row for row in
            book.boards.rows(board.scope, counted["unknown"]).rows}  # fmt: skip
    assert {rows[person]["lacks"]: person for person in lacks.values()} == lacks
    assert (rows[other_key]["lacks"], rows[unfinished]["lacks"]) == ("alike", "both")
    with speaking("zh"):
        why = {one: cells_of(rows[person], counted["unknown"], board.scope)["why"]
               for one, person in lacks.items()}  # fmt: skip
    assert why["after"] == "现在的孤独感如何：孤独感三题（UCLA-3）"
    assert why["before"] == "已无从查清：结对前没有评估过"
    assert len(set(why.values())) == 5


def test_what_is_better_is_said_by_the_instrument_and_another_one_needs_no_code(
    workbook: Workbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    shelf = instruments()
    new = replace(shelf["ucla-3"], id="company-1", higher_is="better", domain=MEASURED)
    monkeypatch.setattr("casework.indicators.outcomes.instruments", lambda: {"company-1": new})
    paired(
        workbook,
        vetted(workbook),
        LONG,
        (BEFORE, 3, "company-1"),
        (TODAY, 5, "company-1"),
    )
    board = workbook.boards.supervisor(topics=["pairs"])
    assert board["pairs.change_better"].number == 1


def test_withdrawn_assessment_tells_no_change(workbook: Workbook) -> None:
    paired(
        workbook,
        vetted(workbook),
        LONG,
        ucla(BEFORE, 8),
        ucla(TODAY, 5),
    )
    with workbook.transaction() as session:
        session.execute(
            update(Assessment).where(Assessment.assessed_on == TODAY).values(superseded_at=now())
        )
    board = workbook.boards.supervisor(topics=["pairs"])
    assert board["pairs.change_better"].number == 0
    assert board["pairs.change_unknown"].number == 1


def test_board_says_the_change_and_leads_to_its_people(workbook: Workbook) -> None:
    person = paired(
        workbook,
        vetted(workbook),
        LONG,
        ucla(BEFORE, 8),
        ucla(TODAY, 5),
    )
    shell = Shell(workbook, "supervisor", Place("board", {}))
    assert "结对后孤独感减轻：1人" in "".join("".join(said(shell.screen)).split())
    board = workbook.boards.supervisor(topics=["pairs"])
    (row,) = workbook.boards.rows(board.scope, board["pairs.change_better"]).rows
    assert row["person_id"] == person
    assert (row["before"]["total"], row["after"]["total"]) == (8, 5)

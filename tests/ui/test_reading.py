"""Whatever shows the protected fields of one person leaves that they were read, and by whom."""

from __future__ import annotations

import inspect
from pkgutil import iter_modules

import pytest
from sqlalchemy import select

from casework.records import Person, audit
from casework.ui import Shell, screens
from casework.ui.routes import screen_factory
from casework.ui.widgets import Place
from casework.workbook import Workbook

PLACES = {
    "dossier": Place("person", {"id": "3"}),
    "sheet": Place("person_sheet", {"id": "3"}),
    "plan": Place("plan", {"person": "3"}),
    "needs": Place("needs", {"person": "3"}),
    "consent": Place("consent", {"person": "3"}),
    "plan_sheet": Place("plan_sheet", {"person": "3"}),
    "share": Place("share", {"person": "3"}),
    "assessment": Place("assessment", {"person": "3"}),
    "person_money": Place("person_money", {"person": "3"}),
    "order_new": Place("order_new", {"person": "3"}),
    "visits": Place("visits", {"person": "3"}),
}


def readings(book: Workbook) -> list[tuple[int | None, str]]:
    query = select(audit.c.person_id, audit.c.after).where(audit.c.action == "read")
    with book.reading() as session:
        return [(person, told["what"]) for person, told in session.execute(query)]


@pytest.mark.parametrize("what", PLACES)
def test_screen_of_one_person_is_written_down_before_it_is_shown(demo_workbook, what):
    shell = Shell(demo_workbook, start=PLACES[what])
    assert shell.screen.title, "it is shown"
    assert readings(demo_workbook) == [(3, what)]


def test_every_screen_about_one_person_is_among_them():
    """A new screen with a person in its address must be tried here, or say why it reads nothing."""
    known = {place.route for place in PLACES.values()}
    passed = {
        "badges": "written down when cards are printed",
        "consent_notice": "the name, and what everybody is told",
        "glass": "asks for a reason, shows nothing of the person",
        "trail": "shows who has read",
        "contact": "shows what is being written",
        "merge": "two records, by whoever keeps the register",
        "duplicates": "two records, by whoever keeps the register",
        "issue": "one issue; of who is lost outside it is written down, see tests/test_visits.py",
        "issues": "a list",
        "roster": "a list",
        "campaign": "a list",
        "campaign_groups": "a list",
        "campaign_money": "a list",
        "campaign_results": "a list",
        "campaign_returns": "a list",
        "order": "one order; whom it is for is written down, see below",
        "orders": "a list",
        "pairing": "a list",
        "pairs": "a list",
    }
    for module in iter_modules(screens.__path__):
        factory = screen_factory(module.name)
        if factory is not None and {"person", "id"} & set(inspect.signature(factory).parameters):
            assert module.name in known | passed.keys(), module.name


def test_list_that_is_saved_as_a_file_is_read_of_everybody_in_it(demo_workbook):
    shell = Shell(demo_workbook, start=Place("people"))
    assert readings(demo_workbook) == []
    shell.screen.excel()
    with demo_workbook.reading() as session:
        everybody = session.scalars(select(Person.id)).all()
    told = readings(demo_workbook)
    assert {what for _person, what in told} == {"list"}
    assert {person for person, _what in told} <= set(everybody) and len(told) > 20

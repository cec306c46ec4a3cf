"""Drafts of forms: kept, found again, each one's own, gone when thrown away."""

from __future__ import annotations

from casework.records import Staff


def test_draft_is_found_as_it_was_left(any_workbook):
    drafts = any_workbook.drafts
    drafts.keep("contact", "new", {"heard": "想学"})
    drafts.keep("contact", "new", {"heard": "想学书法", "persons": ["3"]})
    kept = drafts.find("contact", "new")
    assert kept is not None and kept.values == {"heard": "想学书法", "persons": ["3"]}
    assert [one.subject for one in drafts.mine()] == ["new"]


def test_drafts_of_colleagues_are_apart(any_workbook):
    with any_workbook.transaction() as session:
        session.add_all(Staff(login=f"w{n}", name="同名", role="caseworker") for n in range(2))
    any_workbook.act_as("w0")
    any_workbook.drafts.keep("contact", "new", {"heard": "甲"})
    any_workbook.act_as("w1")
    assert any_workbook.drafts.find("contact", "new") is None


def test_discarded_draft_is_gone(workbook):
    workbook.drafts.keep("contact", "new", {"heard": "甲"})
    workbook.drafts.discard("contact", "new")
    workbook.drafts.discard("contact", "new")
    assert workbook.drafts.mine() == []

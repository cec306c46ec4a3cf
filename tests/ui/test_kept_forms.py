"""Every form is kept while it is filled in, and is saved once however often it is sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from casework.errors import WorkbookUnavailable
from casework.records import Issue, IssueStep, Need, RightsRequest, Staff, Wish
from casework.terms import _
from casework.ui import Hit, Shell
from casework.workbook import Workbook
from casework.workbook.issues import IssueEntry
from tests.test_contacts import a_person


def count(book: Workbook, table: type) -> int:
    with book.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def an_issue(book: Workbook) -> int:
    return int(book.issues.report(IssueEntry("电梯坏了", "housing", "phone")))


def fill(fields: dict[str, Any], **entries: str) -> None:
    for name, entry in entries.items():
        fields[name].entry = entry


# What each kind of form is: where it is, how it is opened, what is typed, what it makes.
FORMS: dict[str, tuple[str, Callable[[Any], Any], dict[str, str], type]] = {
    "wish": ("needs", lambda on: on.add_wish(), {"text": "想学书法"}, Wish),
    "need": (
        "needs",
        lambda on: on.add_need(),
        {"title": "要轮椅", "domain": "medical", "severity": "high"},
        Need,
    ),
    "issue": (
        "issues",
        lambda on: on.add(),
        {"title": "电梯坏了", "kind": "housing", "source": "phone", "severity": "high"},
        Issue,
    ),
    "request": ("consent", lambda on: on.ask(), {"kind": "copy"}, RightsRequest),
    "step": ("issue", lambda on: on.note(), {"note": "已联系物业"}, IssueStep),
}


def opened(book: Workbook, kind: str, person: int, issue: int) -> tuple[Shell, Any]:
    route, opens, _entries, _table = FORMS[kind]
    about = {"needs": {"person": person}, "consent": {"person": person}, "issue": {"id": issue}}
    shell = Shell(book)
    shell.go(route, **about.get(route, {}))
    opens(shell.screen)
    return shell, shell.screen


def send(form: Any) -> None:
    """Press the button that saves, wherever the screen has put it."""
    for name in ("write", "save"):
        button = getattr(form, name, None)
        if hasattr(button, "click"):
            button.click()
            return
    next(one for one in _all(form) if getattr(one, "view", {}).get("key") == "ctrl+s").click()


def _all(widget: Any) -> list[Any]:
    return [widget, *(one for child in getattr(widget, "children", ()) for one in _all(child))]


# The door is the same for every form: on a server two of them are enough.
ON_BOTH = [("workbook", kind) for kind in FORMS] + [
    ("postgres_workbook", kind) for kind in ("wish", "step")
]


@pytest.fixture
def any_workbook(request: pytest.FixtureRequest) -> Workbook:
    found: Workbook = request.getfixturevalue(getattr(request, "param", "workbook"))
    return found


@pytest.fixture
def person(any_workbook: Workbook) -> int:
    return a_person(any_workbook)


@pytest.mark.parametrize(("any_workbook", "kind"), ON_BOTH, indirect=["any_workbook"])
def test_form_stands_there_again_after_the_kernel_died_and_is_gone_once_saved(
    any_workbook, person, kind
):
    issue = an_issue(any_workbook)
    _route, _opens, entries, table = FORMS[kind]
    before = count(any_workbook, table)
    _shell, form = opened(any_workbook, kind, person, issue)
    fill(form.form, **entries)
    _shell, again = opened(any_workbook, kind, person, issue)  # another kernel, or another day
    assert {name: again.form[name].entry for name in entries} == entries
    assert "草稿" in str(again.notice.html)
    send(again)
    assert count(any_workbook, table) == before + 1
    _shell, fresh = opened(any_workbook, kind, person, issue)
    assert not [name for name in entries if fresh.form[name].entry == entries[name]]


@pytest.mark.parametrize(("any_workbook", "kind"), ON_BOTH, indirect=["any_workbook"])
def test_form_whose_answer_was_lost_is_saved_once(any_workbook, person, kind, monkeypatch):
    issue = an_issue(any_workbook)
    _route, _opens, entries, table = FORMS[kind]
    before = count(any_workbook, table)
    _shell, form = opened(any_workbook, kind, person, issue)
    fill(form.form, **entries)
    confirmed = Workbook._confirm

    def lost(self: Workbook, act: Any) -> None:
        confirmed(self, act)
        if count(any_workbook, table) > before:
            monkeypatch.setattr(Workbook, "_confirm", confirmed)
            raise WorkbookUnavailable("网络断了")

    monkeypatch.setattr(Workbook, "_confirm", lost)
    send(form)
    assert count(any_workbook, table) == before + 1
    shell, again = opened(any_workbook, kind, person, issue)  # the draft came with its key
    send(again)
    assert count(any_workbook, table) == before + 1
    if kind != "need":  # the same need twice is one need, by whatever form
        assert any("已经保存" in said for said in shell.toasts.texts)


def test_form_that_was_left_as_it_is_is_no_draft(any_workbook, person):
    _shell, form = opened(any_workbook, "wish", person, 0)
    fill(form.form, text="想学书法")
    assert [one.form for one in any_workbook.drafts.mine()] == ["needs.add_wish"]
    words = _("Leave as it is")
    next(one for one in _all(form) if getattr(one, "view", {}).get("label") == words).click()
    assert any_workbook.drafts.mine() == []


def test_form_that_was_only_looked_at_is_no_draft(any_workbook, person):
    for kind in FORMS:
        opened(any_workbook, kind, person, an_issue(any_workbook))
    assert any_workbook.drafts.mine() == []


def test_drafts_of_one_are_not_those_of_another(any_workbook, person):
    with any_workbook.transaction() as session:
        session.add(Staff(login="zhou", name="周洁", role="caseworker"))
    _shell, form = opened(any_workbook, "wish", person, 0)
    fill(form.form, text="想学书法")
    any_workbook.act_as("zhou")
    _shell, other = opened(any_workbook, "wish", person, 0)
    assert other.form["text"].entry == ""


def test_person_who_was_picked_is_picked_again(any_workbook, person):
    _shell, form = opened(any_workbook, "issue", person, 0)
    form.form["person"].put(Hit(str(person), "郑明远"))
    _shell, again = opened(any_workbook, "issue", person, 0)
    assert [hit.label for hit in again.form["person"].picked] == ["郑明远"]


@pytest.mark.parametrize("kind", ["wish", "need", "request"])
def test_last_change_of_a_form_can_be_taken_back(any_workbook, person, kind):
    _route, _opens, entries, table = FORMS[kind]
    shell, form = opened(any_workbook, kind, person, 0)
    fill(form.form, **entries)
    send(form)
    shell.toasts.undo()
    with any_workbook.reading() as session:
        rows = session.scalars(select(table)).all()
    assert [one.superseded_at is None for one in rows] == [False]


@pytest.mark.parametrize("any_workbook", ["workbook", "postgres_workbook"], indirect=True)
def test_step_of_a_need_is_taken_back_unless_it_was_changed_since(any_workbook, person):
    number = any_workbook.needs.raise_need(person, "medical", "要轮椅", "high")
    shell = Shell(any_workbook)
    shell.go("needs", person=person)
    for again in (False, True):
        shell.screen.step(number)
        fill(shell.screen.form, to="met")
        send(shell.screen)
        if again:
            any_workbook.needs.change_need(number, "open", reason="又需要了")
        shell.toasts.undo()
        with any_workbook.reading() as session:
            need = session.get_one(Need, number)
            assert (need.state, need.closed_on) == ("open", None)
    assert "之后又有改动" in shell.toasts.texts[-1]


def test_my_day_leads_back_to_the_form_that_was_left(any_workbook, person):
    _shell, form = opened(any_workbook, "wish", person, 0)
    fill(form.form, text="想学书法")
    shell = Shell(any_workbook, "caseworker")
    assert "填了一半" in str(shell.screen.drafts.html)
    shell.screen.drafts.click("form")
    assert (shell.place.route, shell.place.params["person"]) == ("needs", str(person))

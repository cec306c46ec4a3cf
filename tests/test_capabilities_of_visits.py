"""Every capability of visits, campaigns, pairing and caseload (M5, M6, M9, M16) is on a screen.

Each names its agency, the screen and the words that somebody who looks for it finds there: of a
workbook in which the thing is done, not of a label.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ipywidgets import Widget

from casework.records import Organisation
from casework.reference.pairing import pairing_rules
from casework.ui import Action, DataTable, Panel, Shell
from casework.ui.fields import Field
from casework.ui.widgets import Place
from casework.workbook import Workbook, open_workbook
from casework.workbook.contact_entry import ContactEntry, Participant, PersonEntry, Raised
from casework.workbook.delegations import DelegationEntry, MemberEntry, SlotEntry
from casework.workbook.helper_rows import CheckEntry, HelperEntry
from casework.workbook.issues import IssueEntry
from casework.workbook.programmes import ProgrammeEntry
from tests.test_plans import a_person
from tests.test_rosters import a_worker
from tests.test_visits import png

CASES = tomllib.loads(
    (Path(__file__).parent / "cases" / "m5_m6_m9_m16_capabilities.toml").read_text(encoding="utf-8")
)
TODAY = date(2026, 1, 26)
OUTING = SlotEntry(date(2026, 2, 3), 510, 720, 5)
AGENCIES = {
    "S0": "zhuzhou-industry", "S1": "zhuzhou-city", "S2": "hubei-market", "S3": "changshu",
    "S4": "fengtai",
}  # fmt: skip
CHECKED = (
    CheckEntry("vetting", TODAY, done_by="街道"),
    CheckEntry("training", TODAY, title="助老员培训"),
    CheckEntry("review", TODAY, title="年度考评"),
)


def world(book: Workbook) -> None:
    """Write two people, who looks after them and comes to them, and a visit of the leaders."""
    worker = a_worker(book, "周联系")
    a_worker(book, "钱主任", "supervisor")
    leader = a_worker(book, "孙书记", "leader", hours="周四 09:00-11:30")
    facts: dict[str, Any] = {
        "category": "retired_veteran", "living": "alone", "health": "disabled",
        "level": "bureau_deputy", "joined_on": "1944-05-01", "political_status": "01",
        "born": date(1928, 3, 20), "location": "31.64,120.72", "address": "琴湖社区3栋201",
        "community": "琴湖社区",
    }  # fmt: skip
    elder = a_person(book, hardship="bankrupt_unit", **facts)
    a_person(book, category="surviving_spouse", hardship="poor")
    book.people.seat_care_team(elder, "caseworker", staff_id=worker)
    seats = dict.fromkeys(seat for one in pairing_rules(book.agency.code).required
                          for seat in one.seats)  # fmt: skip
    for number, kind in enumerate(pairing_rules(book.agency.code).kinds.values()):
        entry = HelperEntry(
            name=f"帮扶{'甲乙丙丁戊己'[number]}", kind=kind.code, source="unit", unit="市水利局",
            terms={"team": ("夕阳红志愿服务队",), "skill": ("理发",)},
        )  # fmt: skip
        helper = book.helpers.add(entry, CHECKED)
        if seats and kind.code != "leader":
            with suppress(Exception):
                book.pairs.pair(elder, helper)
    visit = ContactEntry(
        "v", TODAY, "home_visit",
        (PersonEntry(elder, heard="身体好", raised=(Raised("opinion", "希望装电梯"),)),),
        kind="heart_talk",
        participants=(Participant(leader, "孙书记", "leader"), Participant(worker, "周联系")),
    )  # fmt: skip
    contact = book.contacts.record(visit).contact_id
    book.photos.add(contact, png(), "孙书记看望老干部")
    book.issues.report(IssueEntry("外出遇困：公园东门", "outside", "phone", person_id=elder))
    with book.transaction() as session:
        session.add(Organisation(code="u1", name="市水利局", kind="unit"))
    learned(book, worker, elder)
    for coming in book.campaigns.coming():
        made = book.campaigns.begin(coming.occurrence.kind.code, coming.occurrence.period)
        members = (MemberEntry("孙书记", "leader", "bureau_deputy", leader),)
        book.campaigns.freeze(made)
        window = coming.occurrence.window
        slot = OUTING if window.opens_on <= OUTING.on_day <= window.due_on else None
        book.delegations.save(
            made, DelegationEntry(name="区委", members=members, slots=(slot,) if slot else ())
        )


def learned(book: Workbook, worker: int, elder: int) -> None:
    """Train a worker, write a self-check and go through it, and let a department carry a team."""
    course = CheckEntry("training", TODAY, title="老干部工作业务培训", done_by="省局", minutes=360)
    book.trainings.write_down([worker], course)
    for one in book.self_checks.lists():
        points = ("思想认识到位", "服务意识到位")
        book.self_checks.write_points(one.entry.code, points)
        mine = open_workbook(str(book.engine.url), acting="caseworker-周联系", today=TODAY)
        mine.self_checks.tick(one.entry.code, points)
        mine.close()
    team = ProgrammeEntry("市水利局", "repairs", "夕阳红志愿服务队", TODAY, result="水管修好 6 户")
    book.programmes.add(team)
    came = ContactEntry(
        "p", TODAY, "home_visit", (PersonEntry(elder),),
        participants=(Participant(None, "帮扶甲", "volunteer"),),
    )  # fmt: skip
    book.contacts.record(came)


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Workbook]]:
    folder = tmp_path_factory.mktemp("capabilities")
    opened: dict[str, Workbook] = {}

    def of(name: str) -> Workbook:
        if name not in opened:
            path = str(folder / f"{name}.sqlite")
            opened[name] = open_workbook(path, agency=name, today=TODAY)
            world(opened[name])
        return opened[name]

    yield of
    for one in opened.values():
        one.close()


def said(widget: Widget) -> Iterator[str]:
    """Give every word that a screen shows: its markup, its tables, its fields, its buttons."""
    if isinstance(widget, Panel):
        yield re.sub(r"<[^>]*>", " ", str(widget.html))
    elif isinstance(widget, DataTable):
        yield from (column.label for column in widget.columns)
        yield from (cell for row in widget.texts() for cell in row)
    elif isinstance(widget, Field):
        yield widget.label
        yield from (one.label for one in getattr(widget, "options", ()))
        yield str(widget.entry)
    elif isinstance(widget, Action):
        yield str(widget.view["label"])
    for child in getattr(widget, "children", ()):
        yield from said(child)


@pytest.mark.parametrize("one", CASES["capability"], ids=lambda one: one["id"])
def test_capability_is_found_on_its_screen(
    one: dict[str, Any], books: Callable[[str], Workbook]
) -> None:
    book = books(AGENCIES[one["id"].partition("-")[0]])
    params = {key: str(value) for key, value in one.get("params", {}).items()}
    if "campaign" in one:
        there = {line.code: line.campaign_id for line in book.campaigns.all()}
        params["id"] = str(there[one["campaign"]])
    screen = Shell(book, one.get("audience", "supervisor"), Place(one["screen"], params)).screen
    if "press" in one:
        getattr(screen, one["press"])(*one.get("with", ()))
    shown = " ".join(said(screen))
    assert [words for words in one["words"] if words not in shown] == []


def test_cases_name_every_capability_once() -> None:
    ids = [one["id"] for one in CASES["capability"]]
    assert len(set(ids)) == len(ids) == 30

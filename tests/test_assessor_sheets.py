"""Two assessors answer alone, see the differences once both have, settle them; both sheets stay."""

from __future__ import annotations

import pytest
from alembic import command
from sqlalchemy import inspect, select

from casework.access.engines import database_url, open_engine, writing
from casework.errors import IncompleteAssessment, InvalidEntry, NotPermitted
from casework.records import Assessment, AssessorSheet, Staff
from casework.records.migrations import _config, migrate
from casework.ui import Panel, Shell
from casework.ui.screens.assessment_alone import AloneForm, AloneWaiting, SettlingForm
from casework.workbook import Workbook
from tests.conftest import TODAY
from tests.test_needs import a_person, an_entry, best

CODE = "gbt42195-2022"
NAMES = ("林工", "周工")
UNABLE_WHY = "not_seen"


@pytest.fixture
def office(any_workbook: Workbook) -> Workbook:
    with any_workbook.transaction() as session:
        session.add_all(
            Staff(login=login, name=name, role="caseworker")
            for login, name in (("lin", "林工"), ("zhou", "周工"), ("wu", "吴工"))
        )
    any_workbook.act_as("lin")
    return any_workbook


def sheet(person: int, **answers: object):
    return an_entry(person, CODE, answers=best(CODE, **answers), assessors=NAMES)


def test_second_assessor_sees_nothing_of_the_first_until_both_have_answered(office):
    person = a_person(office)
    first = office.assessor_sheets.hand_in(sheet(person, B_1_3=2)).round
    assert (first.outstanding, first.is_open, len(first.sheets)) == (("周工",), False, 1)
    assert office.needs.assessments(person) == [], "a sheet is no assessment yet"
    office.act_as("zhou")
    seen = office.assessor_sheets.under_way(person, CODE)
    assert (seen.waits_for_me, seen.sheets, seen.assessors) == (True, (), NAMES)
    both = office.assessor_sheets.hand_in(sheet(person, B_1_3=4)).round
    assert both.is_open and [one.assessor for one in both.sheets] == ["林工", "周工"]
    assert both.differing == ("B.1.3",) and both.said("B.1.3") == (2, 4)
    assert len(both.agreed) == 25 and "B.1.3" not in both.agreed
    assert [(one.total, one.level) for one in both.sheets] == [(88, 1), (90, 0)]


def test_what_is_settled_is_the_assessment_and_both_sheets_stay_with_it(office):
    person = a_person(office)
    key = office.assessor_sheets.hand_in(sheet(person, B_1_3=2)).round.key
    with pytest.raises(NotPermitted, match="周工"):
        office.assessor_sheets.settle(key, sheet(person, B_1_3=3))
    office.act_as("zhou")
    office.assessor_sheets.hand_in(sheet(person, B_1_3=4))
    done = office.assessor_sheets.settle(key, sheet(person, B_1_3=3))
    (kept,) = office.needs.assessments(person)
    assert (kept.id, kept.total, kept.assessors) == (done.assessment.id, 89, NAMES)
    assert office.assessor_sheets.under_way(person, CODE) is None
    from_it = office.assessor_sheets.of_assessment(kept.id)
    assert [one.total for one in from_it.sheets] == [88, 90]
    with pytest.raises(NotPermitted, match="结果"):
        office.assessor_sheets.settle(key, sheet(person))
    corrected = office.needs.correct_assessment(kept.id, sheet(person, B_1_3=2)).assessment.id
    assert [one.total for one in office.assessor_sheets.of_assessment(corrected).sheets] == [88, 90]


def test_each_is_asked_to_answer_and_then_to_settle(office):
    person = a_person(office)
    office.assessor_sheets.hand_in(sheet(person))
    assert office.assessor_sheets.waiting() == [], "whoever answered waits for the other"
    office.act_as("wu")
    assert office.assessor_sheets.waiting() == []
    office.act_as("zhou")
    (waiting,) = office.assessor_sheets.waiting()
    assert (waiting.person_id, waiting.person, waiting.to_settle) == (person, "郑明远", False)
    office.assessor_sheets.hand_in(sheet(person))
    for login in ("lin", "zhou"):
        office.act_as(login)
        assert [one.to_settle for one in office.assessor_sheets.waiting()] == [True]
    office.assessor_sheets.settle(office.assessor_sheets.under_way(person, CODE).key, sheet(person))
    assert office.assessor_sheets.waiting() == []


def test_each_hands_in_once_and_nobody_else_at_all(office):
    person = a_person(office)
    office.assessor_sheets.hand_in(sheet(person))
    with pytest.raises(NotPermitted, match="已经提交"):
        office.assessor_sheets.hand_in(sheet(person, B_1_3=2))
    office.act_as("wu")
    with pytest.raises(NotPermitted, match="林工、周工"):
        office.assessor_sheets.hand_in(sheet(person))


@pytest.mark.parametrize("names", [("林工",), ("林工", "外聘专家"), ("周工", "吴工")])
def test_assessors_who_answer_alone_are_two_of_the_staff_with_whoever_acts(office, names):
    entry = an_entry(a_person(office), CODE, assessors=names)
    with pytest.raises((InvalidEntry, NotPermitted)):
        office.assessor_sheets.hand_in(entry)
    with office.reading() as session:
        assert session.scalars(select(AssessorSheet)).all() == []


def test_sheets_are_given_up_with_a_reason_and_begun_anew(office):
    person = a_person(office)
    first = office.assessor_sheets.hand_in(sheet(person)).round.key
    with pytest.raises(InvalidEntry):
        office.assessor_sheets.withdraw(first, " ")
    office.assessor_sheets.withdraw(first, "周工住院")
    office.act_as("zhou")
    assert office.assessor_sheets.waiting() == []
    again = office.assessor_sheets.hand_in(sheet(person, B_1_3=2)).round
    assert again.key != first and again.outstanding == ("林工",)
    with office.reading() as session:
        assert len(session.scalars(select(AssessorSheet)).all()) == 4, "nothing is deleted"


def test_thought_of_self_harm_reaches_somebody_when_the_sheet_is_handed_in(office):
    person = a_person(office)
    entry = sheet(person, B_3_8="suicidal")
    tasks = office.assessor_sheets.hand_in(entry).tasks
    assert len(tasks) == 1
    (task,) = [one for one in office.tasks.list("all", person_id=person) if one.task_id == tasks[0]]
    assert task.due_on == TODAY


def test_sheet_that_is_not_finished_is_not_handed_in(office):
    person = a_person(office)
    entry = an_entry(person, CODE, answers={"B.1.3": 2}, assessors=NAMES)
    with pytest.raises(IncompleteAssessment):
        office.assessor_sheets.hand_in(entry)
    with office.reading() as session:
        assert session.scalars(select(AssessorSheet.id)).all() == []
        assert session.scalars(select(Assessment.id)).all() == []


# --- on the screen


def form_at(shell: Shell, person: int):
    shell.go("assessment", person=person, instrument=CODE)
    return shell.screen


def fill(form, person: int, **answers: object) -> None:
    for key, value in best(CODE, **answers).items():
        form.answers[key].entry = str(value)
    form.fields["mode"].entry, form.fields["assessors"].entry = "observed", "林工、周工"


@pytest.fixture
def shell(workbook: Workbook) -> Shell:
    with workbook.transaction() as session:
        session.add_all(
            Staff(login=login, name=name, role="caseworker")
            for login, name in (("lin", "林工"), ("zhou", "周工"))
        )
    workbook.act_as("lin")
    return Shell(workbook, "caseworker")


def test_two_answer_alone_settle_the_difference_and_find_both_in_the_result(workbook, shell):
    person = a_person(workbook)
    form = form_at(shell, person)
    assert not form.alone and len(form.ways()) == 2, "together, unless chosen otherwise"
    fill(form, person, B_1_3=2)
    form.go_alone()
    form = shell.screen
    assert form.alone and form.answers["B.1.3"].entry == "2", "what was entered goes with it"
    form.hand_in()
    assert isinstance(shell.screen, AloneWaiting)
    assert "周工</b>" in (html := text_of(shell.screen)) and "尚未答完" in html

    workbook.act_as("zhou")
    shell.go("my_day")
    assert "另一位评估员在等您的独立评估" in shell.screen.drafts.html
    shell.screen.drafts.click("answer")
    form = shell.screen
    assert isinstance(form, AloneForm) and form.fields["assessors"].entry == "林工、周工"
    assert all(field.entry == "" for field in form.answers.values()), "nothing of the other's"
    assert form.alone, "not the assessment of both"
    fill(form, person, B_1_3=4)
    form.hand_in()

    form = shell.screen
    assert isinstance(form, SettlingForm)
    assert "26 项中有 25 项一致" in text_of(form).replace("\u2009", " ")
    assert form.answers["B.1.3"].entry == "" and form.answers["B.1.1"].entry == "4"
    hint = form.answers["B.1.3"].view["hint"]
    assert "林工：" in hint and "周工：" in hint
    with pytest.raises(IncompleteAssessment):
        form.save()
    form.answers["B.1.3"].entry = "3"
    form.save()
    result = shell.screen
    assert result.done.assessment.total == 89
    assert "各自独立评估" in result.alone.html and "88 分" in result.alone.html.replace(
        "\u2009", " "
    )
    assert "周工</b>" in result.signed.html, "whoever recorded it signs, the other one is asked"


def settling(workbook: Workbook, shell: Shell, first: dict, second: dict) -> SettlingForm:
    """Hand in two sheets, and open the form in which they are settled."""
    person = a_person(workbook)
    for login, more in (("lin", first), ("zhou", second)):
        workbook.act_as(login)
        answers = best(CODE, **more.pop("answers", {})) | {key: None for key in more["unable"]}
        workbook.assessor_sheets.hand_in(
            an_entry(person, CODE, answers=answers, assessors=NAMES, **more)
        )
    form = form_at(shell, person)
    assert isinstance(form, SettlingForm)
    return form


def test_what_all_answered_alike_is_folded_with_its_count_and_opened_by_a_press(workbook, shell):
    form = settling(
        workbook, shell, {"answers": {"B_1_3": 2}, "unable": {}}, {"unable": {}}
    )  # fmt: skip
    assert "一致的 25 项" in text_of(form).replace("\u2009", " ")
    assert "影响等级的其他情况都未填" in form.fold.html
    assert form.folded.layout.display == "none" and 'aria-expanded="false"' in form.fold.html
    assert next(iter(form.answers)) == "B.1.3", "what is to be settled stands first"
    assert form.answers["B.1.3"].view["label"].startswith("3. "), "under the number of the form"
    form.fold.click("turn")
    assert form.folded.layout.display is None and 'aria-expanded="true"' in form.fold.html
    form.fold.click("turn")
    form.answers["B.1.3"].entry, form.answers["B.1.1"].entry = "3", ""
    with pytest.raises(IncompleteAssessment):
        form.save()
    assert form.folded.layout.display is None, "the item that is missing stands in there"


def test_what_both_could_not_assess_is_alike_and_a_diagnosis_of_one_is_not(workbook, shell):
    unable = {"B.2.4": UNABLE_WHY}
    form = settling(
        workbook,
        shell,
        {"unable": unable, "context": {"diagnoses": ["F01"], "risk_events_30d": {"fall": 1}}},
        {"unable": dict(unable), "context": {"risk_events_30d": {"fall": 1}}},
    )
    html = text_of(form).replace("\u2009", " ")
    assert "26 项中有 26 项一致" in html
    assert "F01" in html and "未填写" in html, "what each knows of diagnoses stands side by side"
    assert "影响等级" not in form.fold.html, "these fields are not folded away"
    assert form.context.values() == {"risk_events_30d": {"fall": 1}}, "only what both say"
    assert form.answers["B.2.4"].entry == "-" and form.why_unable.entry == UNABLE_WHY
    with pytest.raises(InvalidEntry, match="诊断") as refused:
        form.save()
    assert refused.value.field == "diagnoses"
    form.context.put({"diagnoses": []})  # none, they agree
    form.save()
    kept = shell.screen.done.assessment
    assert (kept.unable, kept.context["diagnoses"]) == (unable, [])


def test_sheets_under_way_are_given_up_with_a_reason_on_the_screen(workbook, shell):
    person = a_person(workbook)
    form = form_at(shell, person)
    fill(form, person)
    form.hand_in()
    shell.screen.ask_why()
    question = shell.screen.slot.children[0]
    question.children[0].put("周工住院")
    question.children[1].children[1].run()
    assert isinstance(form_at(shell, person), AloneForm)


def text_of(screen) -> str:
    return "".join(str(one.html) for one in panels_of(screen))


def panels_of(box):
    for one in getattr(box, "children", ()):
        if isinstance(one, Panel):
            yield one
        yield from panels_of(one)


def test_sheets_come_and_go_with_their_revision(any_database):
    engine = open_engine(database_url(any_database))
    with writing(engine).begin() as connection:
        migrate(connection, "0011_answer_alone")
        assert "assessor_sheet" in inspect(connection).get_table_names()
    with writing(engine).begin() as connection:
        command.downgrade(_config(connection), "-1")
        assert "assessor_sheet" not in inspect(connection).get_table_names()
    engine.dispose()

"""Two assessors sign, or say what they see otherwise; what was measured comes to answers."""

from __future__ import annotations

from decimal import Decimal

import pytest
from alembic import command
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, inspect

from casework.access.engines import database_url, open_engine, writing
from casework.errors import InvalidEntry, NotPermitted
from casework.instruments.library import instrument
from casework.records import AssessmentSignature, Staff
from casework.records.migrations import _config, migrate
from casework.ui import Shell
from casework.workbook import Workbook
from tests.test_needs import a_person, an_entry


@pytest.fixture
def office(any_workbook: Workbook) -> Workbook:
    with any_workbook.transaction() as session:
        session.add_all(
            Staff(login=login, name=name, role="caseworker")
            for login, name in (("lin", "林工"), ("zhou", "周工"), ("wu", "吴工"))
        )
    any_workbook.act_as("lin")
    return any_workbook


def assessed(book: Workbook, *names: str, code: str = "mzt039-2013") -> tuple[int, int]:
    person = a_person(book)
    done = book.needs.record_assessment(an_entry(person, code, assessors=names))
    return person, done.assessment.id


def test_both_assessors_sign_and_only_they(office):
    _person, number = assessed(office, "林工", "周工")
    signed = office.signing.of(number)
    assert ([one.name for one in signed.signatures], signed.missing) == (["林工"], ("周工",))
    assert not signed.is_complete and not signed.may_sign
    office.act_as("wu")
    assert office.signing.waiting() == []
    with pytest.raises(NotPermitted, match="林工、周工"):
        office.signing.sign(number)
    office.act_as("zhou")
    (waiting,) = office.signing.waiting()
    assert (waiting.assessment_id, waiting.person) == (number, "郑明远")
    office.signing.sign(number)
    assert office.signing.of(number).is_complete and office.signing.waiting() == []


def test_who_sees_it_otherwise_says_so_and_a_correction_is_signed_anew(office):
    person, number = assessed(office, "林工", "周工")
    office.act_as("zhou")
    with pytest.raises(InvalidEntry):
        office.signing.sign(number, agrees=False, note="  ")
    office.signing.sign(number, agrees=False, note="上下楼需要扶助")
    signed = office.signing.of(number)
    assert [one.note for one in signed.objections] == ["上下楼需要扶助"]
    assert not signed.is_complete
    entry = an_entry(person, "mzt039-2013", assessors=("周工", "林工"))
    corrected = office.needs.correct_assessment(number, entry).assessment.id
    again = office.signing.of(corrected)
    assert ([one.name for one in again.signatures], again.missing) == (["周工"], ("林工",))


def test_whoever_recorded_it_before_signatures_were_kept_is_not_asked_again(office):
    _person, number = assessed(office, "林工", "周工")
    with office.transaction() as session:
        session.execute(delete(AssessmentSignature))
    assert office.signing.waiting() == []
    signed = office.signing.of(number)
    assert ([one.name for one in signed.signatures], signed.missing) == (["林工"], ("周工",))


def test_one_assessor_is_enough_where_the_standard_wants_one(office):
    _person, number = assessed(office, "林工", code="barthel")
    assert office.signing.of(number).signatures == ()
    office.act_as("zhou")
    assert office.signing.waiting() == []


def test_second_assessor_finds_the_assessment_on_the_day_and_signs_it(workbook):
    with workbook.transaction() as session:
        session.add(Staff(login="zhou", name="周工", role="caseworker"))
    _person, number = assessed(workbook, "林工", "周工")
    workbook.act_as("zhou")
    shell = Shell(workbook, "caseworker")
    shell.go("my_day")
    assert "有 1 份评估等您签字" in shell.screen.drafts.html
    shell.screen.drafts.click("sign")
    screen = shell.screen
    assert screen.assessment_id == number and "尚未签字" in screen.signed.html
    screen.signed.click("sign")
    assert '周工</b><span class="cw-state cw-state-done">已签字' in screen.signed.html
    assert "签字确认" not in screen.signed.html


def test_signatures_come_and_go_with_their_revision(any_database):
    engine = open_engine(database_url(any_database))
    with writing(engine).begin() as connection:
        migrate(connection, "0009_signatures")
        assert "assessment_signature" in inspect(connection).get_table_names()
    with writing(engine).begin() as connection:
        command.downgrade(_config(connection), "-1")
        assert "assessment_signature" not in inspect(connection).get_table_names()
    engine.dispose()


# --- what was measured ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("height", "weight", "index", "answer"),
    [
        ("170", "54.9", "18.9", 0),
        ("170", "54.91", "19.0", 1),
        ("160", "53.7", "20.9", 1),
        ("160", "53.76", "21.0", 2),
        ("150", "51.74", "22.9", 2),
        ("150", "51.75", "23.0", 3),
        ("160", "48.63", "18.9", 0),  # 18.996: below 19, whatever rounding says
    ],
)
def test_body_mass_index_comes_to_the_answer_of_its_band(height, weight, index, answer):
    one = instrument("mna-sf")
    reckoned, item = one.reckoned_for("F1"), one.item("F1")
    measured = {"height_cm": Decimal(height), "weight_kg": Decimal(weight)}
    assert str(reckoned.value(measured)) == index
    assert reckoned.answer([choice.value for choice in item.choices], measured) == answer


@given(st.decimals(100, 220, places=1), st.decimals(20, 250, places=1))
def test_answer_never_falls_with_weight(height, weight):
    one = instrument("mna-sf")
    reckoned = one.reckoned_for("F1")
    values = [choice.value for choice in one.item("F1").choices]
    lighter = {"height_cm": height, "weight_kg": weight}
    heavier = {"height_cm": height, "weight_kg": weight + 1}
    assert reckoned.answer(values, heavier) >= reckoned.answer(values, lighter)
    assert reckoned.answer(values, {"height_cm": height}) is None


def form_of(book: Workbook, person: int):
    shell = Shell(book, "caseworker")
    shell.go("assessment", person=person, instrument="mna-sf")
    return shell, shell.screen


def test_height_and_weight_choose_the_answer_and_are_kept_as_evidence(workbook):
    person = a_person(workbook)
    _shell, form = form_of(workbook, person)
    form.fields["height_cm"].entry = "170"
    assert form.answers["F1"].entry == ""
    form.fields["weight_kg"].entry = "60.5"
    assert form.answers["F1"].entry == "1"
    assert "体质指数 20.9" in form.measured.told["F1"].html.replace("\u2009", " ")
    form.answers["F1"].entry = "2"
    form.fields["height_cm"].entry = "171"
    assert form.answers["F1"].entry == "2", "the same band: what was chosen by hand stays"
    form.fields["weight_kg"].entry = "69"
    assert form.answers["F1"].entry == "3"
    form.fields["calf_cm"].entry = "30"
    assert form.answers["F2"].entry == "", "the calf only where the index is not known"
    for key, entry in {"A": "2", "B": "3", "C": "2", "D": "2", "E": "2"}.items():
        form.answers[key].entry = entry
    form.fields["mode"].entry, form.fields["assessors"].entry = "observed", "林工"
    form.save()
    (kept,) = workbook.needs.assessments(person)
    assert kept.total == 14
    assert kept.measured == {"height_cm": "171", "weight_kg": "69", "calf_cm": "30"}
    assert workbook.needs.recompute(kept.id).agrees


def test_calf_stands_in_when_the_index_cannot_be_measured(workbook):
    _shell, form = form_of(workbook, a_person(workbook))
    form.fields["calf_cm"].entry = "30.9"
    assert (form.answers["F1"].entry, form.answers["F2"].entry) == ("", "0")
    form.fields["calf_cm"].entry = "31"
    assert form.answers["F2"].entry == "3"
    form.fields["calf_cm"].entry = "3100"
    assert form.answers["F2"].entry == "", "a number that cannot be is no evidence"
    form.answers["F2"].entry = "3"
    form.fields["calf_cm"].entry = ""
    assert form.answers["F2"].entry == "3", "chosen by hand"

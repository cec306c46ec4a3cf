"""Filling in instruments on screen: nothing is answered in advance, nothing typed is lost."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from casework.instruments import Instrument
from casework.instruments.library import instrument, instruments
from casework.reference import BrokenReference, agency, data_folder
from casework.terms import use_language
from casework.ui import Shell
from casework.ui.screens.assessment import AssessmentChoice
from casework.ui.screens.assessment_form import UNABLE, AssessmentForm
from casework.ui.screens.assessment_result import AssessmentResult
from casework.workbook import Workbook
from tests.conftest import AGENCY, TODAY
from tests.sheets import best_sheet, required_context
from tests.test_needs import a_caseworker, a_person, an_entry, best

LAST_YEAR = TODAY - timedelta(days=365)


@pytest.fixture
def agency_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Give a way to add lines to the agency's configuration, in a copy of the data."""

    def add(lines: str) -> None:
        copy = tmp_path / "data"
        shutil.copytree(data_folder(), copy)
        path = copy / "agencies" / AGENCY / "agency.toml"
        path.write_text(path.read_text("utf-8").rstrip() + "\n\n" + lines, "utf-8")
        monkeypatch.setenv("CASEWORK_DATA", str(copy))
        agency.cache_clear()

    yield add
    agency.cache_clear()


def form_of(workbook: Workbook, person: int, code: str = "barthel") -> AssessmentForm:
    shell = Shell(workbook, "caseworker")
    shell.go("assessment", person=person, instrument=code)
    assert isinstance(shell.screen, AssessmentForm)
    return shell.screen


def fill(form: AssessmentForm, answers: dict[str, Any], mode: str = "observed") -> None:
    form.fields["mode"].entry = mode
    for key, value in answers.items():
        form.answers[key].entry = str(value)


def offered_best(chosen: Instrument) -> dict[str, Any]:
    """Give the best answers that the form of an instrument offers."""
    return best_sheet(chosen, offered_only=True)


OFF = [one.id for one in instruments().values() if one.unverified]


@pytest.mark.parametrize("code", [code for code in instruments() if code not in OFF])
def test_form_made_from_the_data_starts_empty_and_can_be_filled_in_and_saved(workbook, code):
    person = a_person(workbook)
    form = form_of(workbook, person, code)
    assert set(form.answers) == {item.key for item in form.chosen.items}
    assert all(field.is_blank for field in form.answers.values())
    assert form.fields["mode"].is_blank
    fill(form, offered_best(form.chosen), mode=form.chosen.modes[0])
    form.fields["informant"].entry = "child" if form.chosen.modes[0] == "proxy" else "person"
    form.fields["assessors"].entry = "林工、周工"
    for key, value in required_context(form.chosen).items():
        form.fields[key].entry = str(value)
    form.save()
    (kept,) = workbook.needs.assessments(person)
    assert (kept.instrument, kept.level, kept.complete) == (code, 0, True)


@pytest.mark.parametrize("code", OFF)
def test_what_is_switched_off_is_listed_with_its_reason_and_cannot_be_filled_in(workbook, code):
    person = a_person(workbook)
    shell = Shell(workbook, "caseworker")
    for way in ("", "total"):
        shell.go("assessment", person=person, instrument=code, way=way)
        assert isinstance(shell.screen, AssessmentChoice)
    html = str(shell.screen.choice.html)
    assert "未启用：计分尚未与原文核对（3）" in html
    assert str(instrument(code).reserve) in html
    assert f'"instrument":"{code}"' not in html.replace(" ", "").replace("&quot;", '"')


def test_agency_that_compared_an_instrument_switches_it_on(workbook, agency_with):
    agency_with('[instruments]\non = ["ltc-2021"]\nsource = "compared"\n')
    person = a_person(workbook)
    form = form_of(workbook, person, "ltc-2021")
    fill(form, offered_best(form.chosen))
    form.save()
    (kept,) = workbook.needs.assessments(person)
    assert (kept.instrument, kept.level) == ("ltc-2021", 0)


def test_agency_may_read_a_score_by_another_banding(workbook, agency_with):
    agency_with('[instruments]\nreading = { phq-9 = "cn_rural_elderly" }\nsource = "choice"\n')
    answers = best("phq-9") | {"mood": 3, "sleep": 3, "energy": 2}
    done = workbook.needs.record_assessment(
        an_entry(a_person(workbook), "phq-9", answers=answers, mode="self")
    )
    assert (done.assessment.banding, done.assessment.level) == ("cn_rural_elderly", 1)
    assert workbook.needs.recompute(done.assessment.id).agrees


def test_agency_decides_what_a_source_leaves_open_and_old_results_stay(workbook, agency_with):
    person, both = a_person(workbook), {"diagnoses": ["F01"], "risk_events_30d": {"fall": 2}}
    answers = best("gbt42195-2022")
    entry = an_entry(
        person, "gbt42195-2022", answers=answers, context=both, assessed_on=LAST_YEAR
    )  # fmt: skip
    before = workbook.needs.record_assessment(entry).assessment
    assert (before.level, before.version) == (1, "1")
    agency_with(
        '[instruments]\nsource = "choice"\n'
        'setting = { "gbt42195-2022" = { steps_worse_at_most = 2 } }\n'
    )
    del workbook.__dict__["agency"]
    form = form_of(workbook, person, "gbt42195-2022")
    fill(form, offered_best(form.chosen))
    form.context.put(both)
    form.save()
    kept = form.shell.screen.done.assessment
    assert (kept.level, kept.version) == (2, "1+steps_worse_at_most=2")
    assert workbook.needs.departures() == []
    assert "F01" in (html := form.shell.screen.answers.html) and "跌倒 2" in html
    again = AssessmentForm(form.shell, person, form.chosen, before.id)
    again.save()
    assert again.shell.screen.done.assessment.version == "1", "corrected as it was scored"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('on = ["ltc-20211"]', "ltc-2021"),
        ('reading = { "gds-15" = "chinese" }', "gds-15"),
        ('setting = { "gbt42195-2022" = { steps_worse_at_most = 9 } }', "steps_worse_at_most=9"),
    ],
)
def test_choice_of_an_agency_that_names_nothing_is_refused(workbook, agency_with, lines, said):
    agency_with(f'[instruments]\nsource = "choice"\n{lines}\n')
    with pytest.raises(BrokenReference, match=f"agency.toml.*{said}"):
        _read = workbook.agency


def test_two_are_said_to_be_wanted_only_where_the_standard_was_read_so(workbook):
    person = a_person(workbook)
    hints = {
        code: form_of(workbook, person, code).fields["assessors"].view["hint"]
        for code in ("gbt42195-2022", "mzt039-2013", "barthel")
    }
    assert "可由两人评估" in hints["gbt42195-2022"]
    assert "标准要求两人" in hints["mzt039-2013"]
    assert hints["barthel"] == ""
    alone = workbook.needs.record_assessment(an_entry(person, "gbt42195-2022")).assessment
    shell = Shell(workbook, "caseworker")
    assert "标准要求" not in AssessmentResult(shell, person, alone.id).signed.html


def test_standard_that_wants_two_assessors_refuses_one_and_the_same_twice(workbook):
    person = a_person(workbook)
    form = form_of(workbook, person, "mzt039-2013")
    fill(form, offered_best(form.chosen))
    save = form.children[-1].children[-1]
    for names in ("林工", "林工、林工"):
        form.fields["assessors"].entry = names
        save.click()
        assert form.fields["assessors"].error
    form.fields["assessors"].entry = "林工、周工"
    save.click()
    (kept,) = workbook.needs.assessments(person)
    assert kept.assessors == ("林工", "周工")


def test_questions_of_the_second_step_come_and_go_with_the_first(workbook):
    person = a_person(workbook)
    form = form_of(workbook, person, "gds-5-15")
    assert "已答 0 / 5 项" in form.count.html
    assert form.boxes["empty"].layout.display == "none"
    fill(form, {"satisfied": "yes", "bored": "yes", "helpless": "yes"}, mode="self")
    fill(form, {"stay_home": "no", "worthless": "no", "empty": "yes"}, mode="self")
    assert form.boxes["empty"].layout.display is None
    assert "已答 6 / 15 项" in form.count.html
    form.answers["helpless"].entry = "no"
    assert form.boxes["empty"].layout.display == "none"
    form.save()
    (kept,) = workbook.needs.assessments(person)
    assert (kept.total, "empty" in kept.answers) == (1, False)


def test_cursor_goes_to_the_questions_of_the_second_step(workbook):
    form = form_of(workbook, a_person(workbook), "gds-5-15")
    before = form.answers["dropped_activities"].view["focus"]
    for key in ("satisfied", "bored", "helpless", "stay_home", "worthless"):
        assert form.answers["dropped_activities"].view["focus"] == before
        form.answers[key].entry = "yes"
    assert form.answers["dropped_activities"].view["focus"] == before + 1


def test_result_says_in_words_what_a_number_does_not_and_what_must_not_wait(workbook):
    person = a_person(workbook)
    answers = best("phq-9") | {"anhedonia": 2, "mood": 2, "self_harm": 1}
    done = workbook.needs.record_assessment(an_entry(person, "phq-9", answers=answers, mode="self"))
    shell = Shell(workbook, "caseworker")
    shell.go("assessment", person=person, id=done.assessment.id)
    html = str(shell.screen.result.html)
    assert "其他抑郁综合征" in html and done.assessment.subscores["syndrome"] == 1
    assert "当天" in html[: html.index("cw-grade")], "above the result"


def test_total_that_stands_with_a_question_open_names_it(workbook):
    person = a_person(workbook)
    answers = best("djg-6")
    del answers["close"]
    entry = an_entry(person, "djg-6", answers=answers, mode="self")
    shell = Shell(workbook, "caseworker")
    shell.go(
        "assessment", person=person, id=workbook.needs.record_assessment(entry).assessment.id
    )  # fmt: skip
    assert "未答：第 6 题（close）" in shell.screen.result.html.replace("\u2009", " ")


def test_only_the_total_of_an_old_form_is_entered_and_an_impossible_one_refused(workbook):
    person = a_person(workbook)
    shell = Shell(workbook, "caseworker")
    shell.go("assessment", person=person)
    shell.screen.choice.click("total", instrument="barthel")
    form = shell.screen
    form.fields["assessed_on"].entry = LAST_YEAR.isoformat()
    form.fields["mode"].entry = "observed"
    form.fields["total"].entry = "63"
    save = form.children[-1].children[-1]
    save.click()
    assert "5 的倍数" in form.fields["total"].error
    form.fields["total"].entry = "65"
    save.click()
    (kept,) = workbook.needs.assessments(person)
    assert (kept.total, kept.level, kept.total_only) == (65, 1, True)


def test_results_over_the_years_are_drawn_once_there_are_two(workbook):
    person = a_person(workbook)
    first = workbook.needs.record_assessment(an_entry(person, assessed_on=LAST_YEAR)).assessment
    shell = Shell(workbook, "caseworker")
    shell.go("assessment", person=person, id=first.id)
    assert shell.screen.years.html == ""
    answers = best("barthel") | {"stairs": 0, "walking": 0}
    last = workbook.needs.record_assessment(an_entry(person, answers=answers)).assessment
    shell.go("assessment", person=person, id=last.id)
    html = str(shell.screen.years.html)
    assert "2024年以来 2 次：当时无需依赖，100 分，现在轻度依赖，75 分" in html
    unable = {"bathing": "not_seen"}
    left = {key: value for key, value in best("barthel").items() if key not in unable}
    open_one = workbook.needs.record_assessment(an_entry(person, answers=left, unable=unable))
    shell.go("assessment", person=person, id=open_one.assessment.id)
    told = str(shell.screen.years.html)
    assert "现在" not in told and "此后未能计分" in told, "an unscored sheet is not now"
    shell.go("assessment", person=person, id=last.id)
    shell.screen.years.click("result", id=first.id)
    assert shell.screen.assessment_id == first.id


def test_same_answers_are_read_by_the_other_bandings_beside(workbook):
    person = a_person(workbook)
    answers = best("gds-15") | {"bored": "yes", "helpless": "yes", "afraid": "yes"}
    answers |= {"memory": "yes", "energy": "no", "stay_home": "yes"}
    kept = workbook.needs.record_assessment(
        an_entry(person, "gds-15", answers=answers, mode="self")
    ).assessment
    shell = Shell(workbook, "caseworker")
    shell.go("assessment", person=person, id=kept.id)
    html = str(shell.screen.result.html)
    assert "提示抑郁" in html
    assert "未采用：见于港澳和内地研究" in html


def test_printed_form_is_blank_or_ticked(workbook):
    person = a_person(workbook)
    shell = Shell(workbook, "caseworker")
    shell.go("assessment", person=person)
    shell.screen.choice.click("blank", instrument="barthel")
    blank = str(shell.screen.sheet.html)
    assert blank.count("☐") > 25
    assert "☑" not in blank
    assert "郑明远" in blank
    answers = best("barthel") | {"stairs": 5}
    kept = workbook.needs.record_assessment(an_entry(person, answers=answers)).assessment
    shell.go("assessment", person=person, id=kept.id)
    shell.screen.to_sheet()
    filled = str(shell.screen.sheet.html)
    assert "☑ 5 要部分帮助" in filled
    assert filled.count("☑") == 11  # ten items and how it was assessed
    assert "轻度依赖，95 分" in filled
    shell.go("assessment", person=person, instrument="mzt039-2013", way="sheet")
    grades = str(shell.screen.sheet.html)
    assert "总分" not in grades and "☐ 中度失能" in grades, "a grade out of rules has no sum"


def test_no_score_is_shown_before_the_end_only_how_many_are_answered(workbook):
    form = form_of(workbook, a_person(workbook), "gbt42195-2022")
    assert "已答 0 / 26 项" in form.count.html
    form.answers["B.1.1"].entry = "4"
    form.answers["B.1.2"].entry = "0"
    assert "已答 2 / 26 项" in form.count.html
    shown = str(form.count.html) + str(form.alert.html) + str(form.header.html)
    assert "分" not in shown.replace("分级", "")


def test_unfinished_form_is_refused_beside_the_items_that_are_missing(workbook):
    person = a_person(workbook)
    form = form_of(workbook, person)
    fill(form, best("barthel") | {"stairs": "", "walking": ""})
    form.children[-1].children[-1].click()
    assert form.answers["stairs"].error
    assert form.answers["walking"].error
    assert not form.answers["feeding"].error
    assert "平地行走" in form.notice.html
    assert workbook.needs.assessments(person) == []


def test_way_of_assessing_must_be_chosen(workbook):
    person = a_person(workbook)
    form = form_of(workbook, person)
    fill(form, best("barthel"), mode="")
    form.children[-1].children[-1].click()
    assert form.fields["mode"].error
    assert workbook.needs.assessments(person) == []


def test_last_answer_stands_beside_each_item(workbook):
    person = a_person(workbook)
    workbook.needs.record_assessment(an_entry(person, assessed_on=LAST_YEAR))
    form = form_of(workbook, person)
    assert form.answers["feeding"].previous == "自己完成"
    assert form.answers["feeding"].is_blank


def test_item_that_cannot_be_assessed_wants_a_reason_and_is_no_zero(workbook):
    person = a_person(workbook)
    form = form_of(workbook, person)
    fill(form, best("barthel") | {"stairs": UNABLE})
    save = form.children[-1].children[-1]
    save.click()
    assert form.why_unable.error
    form.why_unable.entry = "not_seen"
    save.click()
    (kept,) = workbook.needs.assessments(person)
    assert (kept.total, kept.unable) == (None, {"stairs": "not_seen"})


def test_diagnoses_and_events_reach_the_grade(workbook):
    person = a_person(workbook)
    form = form_of(workbook, person, "gbt42195-2022")
    fill(form, offered_best(form.chosen))
    form.fields["diagnoses"].entry = ["I10-I15"]
    form.fields["diagnoses:other_codes"].entry = "F32、I63.9"
    form.fields["risk_events_30d:fall"].entry = "0"
    form.save()
    (kept,) = workbook.needs.assessments(person)
    assert (kept.level, kept.applied) == (1, ("R2",))
    assert kept.context["risk_events_30d"] == {"fall": 0}
    result = form.shell.screen
    assert isinstance(result, AssessmentResult)
    assert "仅按分数：能力完好" in result.result.html
    assert "加重一级" in result.result.html


def test_diagnosis_that_is_no_code_is_refused_beside_its_field(workbook):
    form = form_of(workbook, a_person(workbook), "gbt42195-2022")
    fill(form, offered_best(form.chosen))
    form.fields["diagnoses:other_codes"].entry = "老年痴呆"
    form.children[-1].children[-1].click()
    assert "ICD-10" in form.fields["diagnoses:other_codes"].error


def test_what_was_not_filled_in_is_said_with_the_result(workbook):
    form = form_of(workbook, a_person(workbook), "gbt42195-2022")
    fill(form, offered_best(form.chosen))
    form.save()
    assert "未填写，未能据此核对：诊断（ICD-10）" in form.shell.screen.result.html


def test_form_that_was_left_goes_on_where_it_was(workbook):
    person = a_person(workbook)
    form = form_of(workbook, person)
    form.answers["feeding"].entry = "5"
    form.fields["informant"].entry = "spouse"
    form.shell.go("people")
    again = form_of(workbook, person)
    assert again.answers["feeding"].entry == "5"
    assert again.fields["informant"].entry == "spouse"
    again.discard()
    assert again.shell.screen.given() == {}


def test_form_just_looked_at_leaves_no_draft(workbook):
    person = a_person(workbook)
    form = form_of(workbook, person)
    form.shell.go("people")
    assert workbook.needs.draft(person, "barthel") is None


def test_thought_of_self_harm_is_raised_while_the_form_is_open(workbook):
    person = a_person(workbook)
    form = form_of(workbook, person, "phq-9")
    form.answers["self_harm"].entry = "1"
    assert "当天由专人联系" in form.alert.html
    assert len(workbook.needs.alerts()) == 1
    assert "当天由专人联系" in form_of(workbook, person, "phq-9").alert.html
    form.answers["self_harm"].entry = "0"
    assert workbook.needs.alerts() == []
    assert form.alert.html == ""


def test_result_is_compared_with_the_last_one(workbook):
    person = a_person(workbook)
    workbook.needs.record_assessment(an_entry(person, assessed_on=LAST_YEAR))
    form = form_of(workbook, person)
    fill(form, best("barthel") | {"stairs": 5})
    form.save()
    html = str(form.shell.screen.result.html)
    assert "少 5 分，变差" in html
    assert "上下楼梯" in html
    assert "变差 -5" in html


def test_result_lists_the_needs_it_speaks_for(workbook):
    person = a_person(workbook)
    form = form_of(workbook, person)
    fill(form, best("barthel") | {"stairs": 0, "walking": 0, "transfer": 0})
    form.save()
    screen = form.shell.screen
    assert "日常照护" in screen.needs.html
    (need,) = workbook.needs.of_person(person)
    screen.needs.click("need", id=need.id)
    assert screen.shell.place.route == "needs"


def test_assessment_is_corrected_in_its_own_form(workbook):
    person = a_person(workbook)
    answers = offered_best(instrument("gbt42195-2022")) | {"B.4.1": "blind"}
    entry = an_entry(
        person,
        "gbt42195-2022",
        answers=answers,
        mode="proxy",
        informant="child",
        context={"diagnoses": ["I25", "F32"], "risk_events_30d": {"fall": 2}},
    )
    first = workbook.needs.record_assessment(entry).assessment
    shell = Shell(workbook, "caseworker")
    shell.go("assessment", person=person, id=first.id)
    shell.screen.correct()
    form = shell.screen
    assert isinstance(form, AssessmentForm)
    assert form.entry() == entry.__class__(
        **{
            **{name: getattr(entry, name) for name in entry.__dataclass_fields__},
            "assessors": first.assessors,
            "context": {"diagnoses": ["I25", "F32"], "risk_events_30d": {"fall": 2}},
            "version": first.version,
            "banding": first.banding,
        }
    )
    form.answers["B.4.1"].entry = "light"
    form.save()
    (kept,) = workbook.needs.assessments(person)
    assert (kept.id != first.id, kept.answers["B.4.1"]) == (True, "light")
    assert workbook.needs.draft(person, "gbt42195-2022") is None


def test_assessment_is_withdrawn_with_a_reason(workbook):
    person = a_person(workbook)
    kept = workbook.needs.record_assessment(an_entry(person)).assessment
    shell = Shell(workbook, "caseworker")
    shell.go("assessment", person=person, id=kept.id)
    screen = shell.screen
    screen.ask_withdraw()
    _why, buttons = screen.slot.children
    buttons.children[-1].click()
    assert screen.fields["reason"].error
    screen.fields["reason"].entry = "填错了人"
    buttons.children[-1].click()
    assert workbook.needs.assessments(person) == []
    assert isinstance(shell.screen, AssessmentChoice)


def test_choice_shows_the_last_result_and_what_is_half_filled(workbook):
    person = a_person(workbook)
    workbook.needs.record_assessment(an_entry(person))
    workbook.needs.keep_draft(person, "gds-15", {"bored": "yes"}, {"bored": "yes"})
    shell = Shell(workbook, "caseworker")
    shell.go("assessment", person=person)
    html = str(shell.screen.choice.html)
    assert "无需依赖，100 分" in html
    assert "填到一半" in html
    shell.screen.choice.click("fill", instrument="gds-15")
    assert shell.screen.answers["bored"].entry == "yes"


def test_past_is_looked_at_and_not_written(workbook):
    person = a_person(workbook)
    workbook.needs.record_assessment(an_entry(person, assessed_on=LAST_YEAR))
    shell = Shell(workbook, "caseworker")
    shell.look_at(LAST_YEAR)
    shell.go("assessment", person=person, instrument="barthel")
    assert isinstance(shell.screen, AssessmentChoice)
    assert 'data-action="fill"' not in str(shell.screen.choice.html)


def test_result_refreshed_equals_a_new_screen(workbook):
    person = a_person(workbook)
    kept = workbook.needs.record_assessment(an_entry(person, total=None)).assessment
    shell = Shell(workbook, "caseworker")
    shell.go("assessment", person=person, id=kept.id)
    before = shell.screen
    wish = workbook.needs.record_wish(person, "想学书法")
    workbook.needs.need_from_wish(wish, "learning", "low")
    before.refresh()
    new = AssessmentResult(shell, person, kept.id)
    for part in ("result", "needs", "answers"):
        assert getattr(before, part).html == getattr(new, part).html


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_screen_speaks_one_language(workbook, language):
    use_language(language)
    person = a_person(workbook, name="Zheng")
    workbook.needs.record_assessment(
        an_entry(person, "gbt42195-2022", context={"diagnoses": ["F00"]}, assessed_on=LAST_YEAR)
    )
    form = form_of(workbook, person, "gbt42195-2022")
    fill(form, offered_best(form.chosen) | {"B.1.1": 2, "B.4.2": "deaf"})
    form.save()
    shown = "".join(str(getattr(form.shell.screen, p).html) for p in ("result", "needs", "answers"))
    form.shell.screen.to_sheet()
    shown += str(form.shell.screen.sheet.html)
    has_chinese = any(
        "\u4e00" <= letter <= "\u9fff" or letter in "（）：；、，。" for letter in shown
    )
    assert has_chinese == (language == "zh")


def test_hostile_text_stays_text(workbook):
    person = a_person(workbook)
    form = form_of(workbook, person)
    fill(form, best("barthel"))
    form.fields["assessors"].entry = "<img/src=x/onerror=alert(1)>"
    form.save()
    assert "<img" not in form.shell.screen.result.html


def test_form_is_filled_from_the_keyboard_in_the_browser(workbook, visit, page):
    person = a_person(workbook)
    a_caseworker(workbook, person)
    visit(page, f"#/assessment?person={person}&instrument=gbt42195-2022")
    page.focus('[data-name="mode"] input')
    page.keyboard.press("3")
    page.keyboard.press("Enter")
    for _item in range(10):
        page.keyboard.press("1")
    page.get_by_text("已答 10 / 26 项").wait_for()
    page.reload()  # what was entered is still there
    page.get_by_text("已答 10 / 26 项").wait_for()
    page.get_by_role("button", name="到下一个未答项").press("Enter")
    page.locator('[data-name="B.2.3"] input:focus').wait_for()
    for _item in range(16):
        page.keyboard.press("1")
    page.get_by_text("已答 26 / 26 项").wait_for()
    page.keyboard.press("Control+s")
    page.locator(".cw-band-now").wait_for()
    (kept,) = workbook.needs.assessments(person)
    assert (kept.total, kept.mode) == (90, "observed")


def test_form_on_paper_is_printed_without_the_page_around_it(workbook, visit, page):
    person = a_person(workbook)
    visit(page, f"#/assessment?person={person}&instrument=gbt42195-2022&way=sheet")
    page.locator(".cw-sheet").wait_for()
    page.evaluate("window.print = () => { window.wasPrinted = true; }")
    page.get_by_role("button", name="打印").click()
    assert page.evaluate("window.wasPrinted === true")
    page.emulate_media(media="print")
    assert page.locator(".cw-sheet").is_visible()
    assert not page.locator(".cw-bar").is_visible()
    assert not page.get_by_role("button", name="打印").is_visible()
    pages = page.pdf(format="A4", prefer_css_page_size=True).count(b"/Type /Page\n")
    assert pages == 2  # 26 items and where to sign


def test_form_and_result_fit_a_phone(workbook, visit, phone):
    person = a_person(workbook)
    kept = workbook.needs.record_assessment(an_entry(person, "gbt42195-2022")).assessment
    visit(phone, f"#/assessment?person={person}&instrument=gbt42195-2022")
    phone.locator('[data-name="B.4.5"] input').first.wait_for(state="attached")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    phone.evaluate(f"location.hash = '/assessment?person={person}&id={kept.id}'")
    phone.locator(".cw-bands").wait_for()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390

"""The supervisor's board as it is served: the figures of the command, and exactly their rows."""

from __future__ import annotations

import json
import re
from contextlib import closing

import pytest
from playwright.sync_api import Page, expect

from casework.cli import main
from casework.indicators import Figure
from casework.indicators.rows import keys_of
from casework.reference import agencies
from casework.terms import speaking
from casework.ui.boards import supervisor
from casework.ui.shell import Shell
from casework.workbook import Workbook
from casework.workbook.door import open_workbook
from tests.conftest import TODAY
from tests.populations import Job, Someone, Visit, settle

ALONE = (("category", "retired"), ("living", "alone"), ("hardship", "poor"))
FIGURES = "[data-figure]"


@pytest.fixture
def office(workbook: Workbook) -> Workbook:
    """Fill the workbook with people of every kind that a board tells apart."""
    people = [
        Someone(unit="water", visits=(Visit(3), Visit(200)), jobs=(Job(opens=-9, due=-2),)),
        Someone(unit="c-wuxing", facts=ALONE, visits=(Visit(120),), sex="2"),
        Someone(unit="yushan", born=None, facts=(), jobs=(Job(due=3),)),
        Someone(facts=ALONE, sex=None, visits=(Visit(9, "home_visit", "not_reached"),)),
    ]
    with workbook.transaction() as session:
        settle(session, people)
    return workbook


def said_by_command(workbook: Workbook, capsys: pytest.CaptureFixture[str], *more: str) -> dict:
    database = str(workbook.engine.url.database)
    assert main(["board", "--json", "--db", database, "--as-of", TODAY.isoformat(), *more]) == 0
    return json.loads(capsys.readouterr().out)["figures"]


def compare(page: Page, figures: dict, language: str) -> set[str]:
    """Hold every figure in sight against the command's; gives the codes that were seen."""
    shown = page.locator(FIGURES).evaluate_all(
        """all => all.map(e => [
            e.dataset.figure,
            (e.tagName === "g" ? [...e.querySelectorAll("text")].pop() : e).textContent,
            e.getAttribute("aria-label"),
        ])"""
    )
    for code, words, name in shown:
        figure = figures[code]
        said = figure["sentence"][language]
        if code.startswith("pyramid."):
            assert re.search(r"\d[\d,]*$", words)[0] == f"{figure['number']:,}", code
        elif name is None:
            assert words == said, code
        else:
            # A share or a mean to one decimal stands for its number in some tables.
            number = [words, *re.findall(r"[\d,.]+%?", words)][-1]
            assert name == said or _solid(name) == _solid(said + words), code
            assert number in said or "%" in number or "." in number, code
    return {code for code, _words, _name in shown}


def _solid(words: str) -> str:
    return re.sub(r"\s", "", words)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_board_shows_the_figures_of_the_command(office, page, visit, capsys, language):
    figures = said_by_command(office, capsys)
    visit(page, audience="supervisor", language=language)
    expect(page.locator("[data-figure='imports.held']")).to_be_visible()
    seen = compare(page, figures, language)
    assert seen >= {code for code in figures if code.startswith(("pyramid.", "contacts."))}


def test_click_on_a_number_opens_exactly_its_rows_and_the_dossier(office, page, visit):
    visit(page, audience="supervisor")
    page.locator("[data-figure='reach.never']").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("已有 92 天以上未联系到 3 人")
    expect(page.locator("tbody tr")).to_have_count(3)
    page.locator("tbody tr").last.click()
    expect(page.locator(".cw-person h1")).to_contain_text("测1")
    page.go_back()
    expect(page.locator("tbody tr")).to_have_count(3)


def test_board_keeps_its_width_on_a_phone_and_on_a_desk(office, phone, open_page, visit):
    for page in (phone, open_page()):
        visit(page, audience="supervisor")
        expect(page.locator("[data-figure='imports.held']")).to_be_visible()
        page.locator("summary").click()
        width = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert width <= 0


def test_unit_is_chosen_on_the_board_and_kept_in_the_address(office, page, visit):
    visit(page, audience="supervisor")
    page.get_by_label("单位", exact=True).last.select_option("yushan")
    expect(page.locator("[data-figure='people.total']").first).to_have_text("在册 2 人")
    expect(page).to_have_url(re.compile(r"unit=yushan"))


def board_of(workbook: Workbook, **params: str):
    shell = Shell(workbook, "supervisor")
    if params:
        shell.go("board", **params)
    return shell, shell.screen


def test_figure_of_every_shape_leads_to_its_rows(office: Workbook):
    shell, screen = board_of(office)
    shapes: dict[tuple[object, ...], Figure] = {}
    for one in screen.board.figures.values():
        columns = tuple(test.column for test in one.rows.tests)
        shapes.setdefault((one.rows.family, columns, bool(one.n_rows)), one)
    for figure in shapes.values():
        shell.go("figure", code=figure.code)
        assert shell.screen.figure == figure
        assert shell.screen.table.view["page"]["matching"] == figure.n_rows, figure.code
        assert not shell.screen.table.view["page"]["failed"], figure.code


@pytest.mark.parametrize("agency", agencies())
def test_every_figure_of_every_agency_counts_exactly_the_rows_it_leads_to(agency, tmp_path):
    book = open_workbook(str(tmp_path / "office.sqlite"), agency=agency, today=TODAY)
    with closing(book):
        root = book.agency.organisations[0].code
        people = [
            Someone(unit=root, visits=(Visit(3), Visit(200)), jobs=(Job(opens=-9, due=-2),)),
            Someone(unit=root, facts=ALONE, visits=(Visit(120),), sex="2"),
            Someone(unit=root, born=None, facts=(), jobs=(Job(due=3),)),
            Someone(facts=ALONE, sex=None, visits=(Visit(9, "home_visit", "not_reached"),)),
        ]
        with book.transaction() as session:
            settle(session, people)
        _shell, screen = board_of(book)
        figures = screen.board.figures.values()
        assert len(figures) >= 80
        with book.reading() as session:
            for figure in figures:
                keys = keys_of(session, screen.board.scope, figure.rows)
                assert len(keys) == len(set(keys)) == figure.n_rows, figure.code


def test_board_without_people_says_so_and_offers_the_import(workbook: Workbook):
    _shell, screen = board_of(workbook)
    assert "intake" in screen.panels["first"].html


def test_part_that_cannot_be_counted_says_so_and_leaves_the_rest(
    office: Workbook, monkeypatch: pytest.MonkeyPatch
):
    shell, screen = board_of(office)
    monkeypatch.setattr(supervisor, "dossiers", lambda _board, _agency: 1 / 0)
    screen.refresh()
    assert "cw-empty-failure" in screen.panels["dossiers"].html
    assert "data-figure" in screen.panels["waiting"].html
    assert shell.screen is screen


def test_figure_that_is_not_there_leads_back(office: Workbook):
    shell = Shell(office, "supervisor")
    shell.go("figure", code="people.nobody")
    assert "返回看板" in shell.screen.html


def test_new_board_is_the_board_turned_to_another_unit(office: Workbook):
    shell, _screen = board_of(office)
    shell.go("board", unit="yushan")
    turned = {name: panel.html for name, panel in shell.screen.panels.items()}
    _other, fresh = board_of(office, unit="yushan")
    assert turned == {name: panel.html for name, panel in fresh.panels.items()}


def test_rows_give_their_reason_in_both_languages(office: Workbook):
    shell, _screen = board_of(office)
    for language, words in (("zh", "居住状况：独居"), ("en", "Living arrangement: lives alone")):
        with speaking(language):
            shell.go("figure", code="groups.alone")
            assert any(words in cell for row in shell.screen.table.texts() for cell in row)

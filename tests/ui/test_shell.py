from __future__ import annotations

from datetime import date

import pytest
from ipywidgets import Widget

from casework.errors import InvalidEntry
from casework.terms import language, use_language
from casework.ui import DateField, Panel, Screen, Shell, TextField, el, route
from casework.ui.dashboard import supervisor
from casework.ui.routes import entries_for, exists
from casework.ui.widgets import BadMessage, Hit, Place
from casework.workbook import Workbook
from tests.conftest import TODAY


class Home(Screen):
    def __init__(self, shell: Shell) -> None:
        super().__init__(shell, "看板")
        self.body(Panel(el("p", f"截至 {self.on}")))


class Form(Screen):
    left = 0

    def __init__(self, shell: Shell, person: str, tab: str = "") -> None:
        super().__init__(shell, "登记" if language() == "zh" else "Record")
        self.person_id = person
        self.name = self.field(TextField("name", "姓名", required=True))
        self.when = self.field(DateField("when", "哪天", on=self.on))
        self.save_button = self.action("保存", self.save, kind="primary", key="ctrl+s")
        self.saved: list[dict[str, object]] = []
        self.body(self.name, self.when, self.actions(self.save_button))

    def save(self) -> None:
        self.saved.append(self.read())
        self.said("已保存。")

    def leave(self) -> None:
        type(self).left += 1


@pytest.fixture
def shell(workbook: Workbook, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setattr("casework.ui.routes._registered", {})
    route("board", Home)
    route("form", Form)
    route("broken", lambda shell: 1 / 0)
    return Shell(workbook, "supervisor")


def test_shell_begins_at_the_home_of_its_audience(shell: Shell) -> None:
    assert isinstance(shell.screen, Home)
    assert shell.location.view["title"] == "看板 · 常熟市委老干部局"


def test_shell_offers_only_screens_that_are_there(shell: Shell) -> None:
    assert not exists("nowhere")
    assert {"people", "board"} <= {entry.route for entry in entries_for("supervisor")}


def test_going_writes_the_address_and_coming_back_shows_the_screen_before(shell: Shell) -> None:
    shell.go("form", person=12, tab=None)
    assert shell.location.view["hash"] == "#/form?person=12"
    shell.back()
    assert isinstance(shell.screen, Home)
    assert shell.location.view["hash"] == ""


def test_a_deep_link_of_the_browser_is_followed(shell: Shell) -> None:
    shell.location.receive({"do": "moved", "hash": "#/form?person=5"})
    assert shell.screen.person_id == "5"


@pytest.mark.parametrize(
    "hash_", ["#/nowhere", "#/form", "#/form?person=1&evil=2", "#/form?shell=1", "#/__init__"]
)
def test_an_address_that_leads_nowhere_says_so_and_leads_on(shell: Shell, hash_: str) -> None:
    shell.location.receive({"do": "moved", "hash": hash_})
    assert "没有这个页面" in shell.screen.html
    shell.screen.click("home")
    assert isinstance(shell.screen, Home)


def test_a_screen_that_fails_is_replaced_by_a_sentence(shell: Shell) -> None:
    shell.go("broken")
    assert "无法显示" in shell.screen.html
    assert "ZeroDivisionError" not in shell.screen.html


def test_a_change_of_language_keeps_what_was_typed(shell: Shell) -> None:
    shell.go("form", person=1)
    shell.screen.name.entry = "赵"
    shell.bar.receive({"do": "act", "action": "speak", "args": '{"language": "en"}'})
    assert shell.screen.title == "Record"
    assert shell.screen.name.entry == "赵"
    assert shell.location.view["language"] == "en"


def test_another_day_is_looked_at_and_left_again(shell: Shell) -> None:
    shell.bar.receive({"do": "as_of", "day": "2014-05-11"})
    assert shell.on == date(2014, 5, 11)
    assert "2014-05-11" in shell.screen.children[2].html
    assert "正在查看" in shell.bar.html
    shell.bar.receive({"do": "act", "action": "look_at_today", "args": "{}"})
    assert shell.on == TODAY


@pytest.mark.parametrize(
    "message",
    [
        {"do": "as_of", "day": "2014-13-11"},
        {"do": "act", "action": "go", "args": '{"route": "form"}'},
        {"do": "act", "action": "speak", "args": '{"language": "fr"}'},
        {"do": "choose", "key": "1"},
        {"do": "find", "text": 5, "seq": 1},
    ],
)
def test_the_bar_refuses_what_it_did_not_offer(shell: Shell, message: dict[str, object]) -> None:
    with pytest.raises(BadMessage):
        shell.bar.receive(message)


def test_people_are_found_and_opened_from_the_bar(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    went: list[Place] = []
    monkeypatch.setattr(shell.bar, "_search", lambda words: [Hit("3", "赵安澜")])
    monkeypatch.setattr(shell.bar, "_chosen", lambda key: went.append(Place("person", {"id": key})))
    shell.bar.receive({"do": "find", "text": "za", "seq": 4})
    assert shell.bar.view["hits"] == {
        "seq": 4,
        "items": [{"key": "3", "label": "赵安澜", "note": ""}],
    }
    shell.bar.receive({"do": "choose", "key": "3"})
    assert went == [Place("person", {"id": "3"})]


def test_a_form_is_saved_by_its_method_and_by_its_button(shell: Shell) -> None:
    shell.go("form", person=1)
    form = shell.screen
    form.name.entry = "赵"
    form.when.entry = "昨天"
    form.save()
    form.save_button.click()
    assert form.saved == [{"name": "赵", "when": date(2025, 3, 2)}] * 2
    assert shell.toasts.texts == ["已保存。", "已保存。"]


def test_a_refused_form_says_how_many_entries_and_marks_them(shell: Shell) -> None:
    shell.go("form", person=1)
    shell.screen.when.entry = "某日"
    shell.screen.save_button.click()
    assert "有 2 处需要更正" in shell.screen.notice.html
    assert shell.screen.name.error
    assert shell.screen.when.error
    assert shell.screen.saved == []


def test_a_screen_is_told_before_it_is_left_and_lets_go_of_its_widgets(shell: Shell) -> None:
    Form.left = 0
    shell.go("form", person=1)
    held = [shell.screen, shell.screen.name, shell.screen.save_button]
    shell.back()
    assert Form.left == 1
    assert all(widget.comm is None for widget in held)


def test_going_to_and_fro_leaves_no_widgets_behind(shell: Shell) -> None:
    from ipywidgets.widgets.widget import _instances

    def to_and_fro() -> int:
        shell.go("form", person=1)
        shell.back()
        return len(_instances)

    assert to_and_fro() == to_and_fro()


def test_the_first_paint_holds_what_stands_on_panels(shell: Shell) -> None:
    painted = shell.first_paint()
    assert "截至 2025-03-03" in painted
    assert "常熟市委老干部局" in painted
    assert isinstance(shell, Widget)


def test_who_is_not_on_the_list_joins_it_and_goes_on_under_the_name(workbook) -> None:
    shell = Shell(workbook, "caseworker", Place("who"))
    form = shell.screen.form
    form["role"].entry = "caseworker"
    shell.screen.join.click()
    assert form["name"].view["error"]
    form["name"].entry = " 单国华 "
    shell.screen.join.click()
    assert shell.place.route == ""
    assert (workbook.actor.name, workbook.actor.role) == ("单国华", "caseworker")
    assert [one.login for one in workbook.contacts.colleagues()] == ["shanguohua"]
    with pytest.raises(InvalidEntry, match="已有单国华"):
        workbook.staffing.take_on("单国华", "leader")
    assert workbook.staffing.take_on("善国华", "leader") == "shanguohua2"


def test_next_visit_goes_on_in_the_language_of_the_last(workbook, workbook_file, monkeypatch):
    shell = Shell(workbook, "supervisor")
    shell.speak("en")
    assert shell.bar.view["kept"] == {"language": "en"}
    use_language("zh")
    monkeypatch.setenv("CASEWORK_DB", str(workbook_file))
    for kept, spoken in (("fr", "zh"), ("en", "en")):
        monkeypatch.setenv("HTTP_CASEWORK_LANGUAGE", kept)
        supervisor().wb.close()
        assert language() == spoken

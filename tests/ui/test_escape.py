from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.ui.escape import Html, el, join, text


@given(st.text())
def test_text_holds_no_markup_whatever_was_typed(typed: str) -> None:
    assert not {"<", ">", '"', "'"} & set(text(typed))


@given(st.text(alphabet="<>&\"'a1;\x00\u202e"))
def test_children_and_attributes_are_escaped(typed: str) -> None:
    written = el("p", typed, title=typed)
    assert written.count("<") == 2
    assert written.count('"') == 2


def test_markup_of_ours_passes_unchanged() -> None:
    assert el("p", el("b", "1 < 2")) == "<p><b>1 &lt; 2</b></p>"


def test_unknown_is_nothing_and_not_the_word_none() -> None:
    assert el("p", None, title=None) == "<p></p>"


def test_direction_and_control_characters_are_dropped() -> None:
    assert text("张\u202e三\x07") == "张三"


def test_join_escapes_what_stands_between() -> None:
    assert join(["a", Html("<br>")], " < ") == "a &lt; <br>"


@pytest.mark.parametrize("name", ["script", "p onclick", "IFRAME", "style", ""])
def test_an_element_that_can_do_harm_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not an element"):
        el(name)


@pytest.mark.parametrize(
    "attributes",
    [
        {"onclick": "x()"},
        {"href": "javascript:x()"},
        {"href": "https://elsewhere.example/"},
        {"href": "//elsewhere.example/"},
        {"href": "/\\elsewhere.example/"},
        {"href": "/\t/elsewhere.example/"},
        {"a b": "1"},
    ],
)
def test_an_attribute_that_can_do_harm_is_refused(attributes: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="not a"):
        el("a", "x", **attributes)


def test_the_page_itself_is_an_address() -> None:
    assert str(el("a", "x", href="")) == '<a href="">x</a>'

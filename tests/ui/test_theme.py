"""The stylesheet is whole: nothing swallows what comes after, and nothing is left unused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from casework.ui.theme import theme_css
from tests.findings import expect_none

UI = Path(__file__).parents[2] / "casework" / "ui"
PARTS = [*sorted((UI / "styles").glob("*.css")), UI / "theme.css", UI / "voila" / "page.css"]


def without_comments(css: str) -> str:
    return re.sub(r"/\*.*?\*/", "", css, flags=re.S)


@pytest.mark.parametrize("part", PARTS, ids=lambda one: one.name)
def test_every_block_of_the_stylesheet_is_closed_before_the_next_begins(part: Path) -> None:
    depth, open_at = 0, ""
    for line in without_comments(part.read_text(encoding="utf-8")).splitlines():
        begins = not line.startswith((" ", "}")) and line.strip() != ""
        assert not (begins and depth), f"{line!r} begins inside of {open_at!r}"
        open_at = line if begins else open_at
        depth += line.count("{") - line.count("}")
    assert depth == 0


def test_stylesheet_is_all_of_its_parts_with_print_last() -> None:
    css = theme_css()
    assert all(one.read_text(encoding="utf-8") in css for one in PARTS[:-1])
    assert css.endswith((UI / "styles" / "print.css").read_text(encoding="utf-8"))


def test_every_class_of_the_stylesheet_is_used() -> None:
    code = "".join(
        one.read_text(encoding="utf-8")
        for one in UI.rglob("*")
        if one.suffix in {".py", ".js", ".html", ".j2"}
    )
    built = set(re.findall(r"(cw-[a-z0-9-]*)\$?\{", code))
    classes = set(re.findall(r"\.(cw-[a-z0-9-]+)", without_comments(theme_css())))
    expect_none(
        sorted(
            one
            for one in classes
            if one not in code and not any(one.startswith(begin) for begin in built)
        )
    )

"""The stylesheet holds together: a rule left open by a merge hides every page, unsaid."""

from __future__ import annotations

import re
from pathlib import Path

from casework import ui
from casework.ui.theme import theme_css

SHEETS = sorted(Path(ui.__file__).parent.rglob("*.css"))


def test_every_rule_is_closed_before_the_next_section() -> None:
    depth = 0
    for line in re.sub(r"/\*(?!\s*----).*?\*/", "", theme_css(), flags=re.DOTALL).splitlines():
        if line.startswith("/* ----"):
            assert depth == 0, line
        else:
            depth += line.count("{") - line.count("}")
    assert depth == 0


def test_what_moves_without_end_is_drawn_some_times_a_second() -> None:
    """Without a graphics card the processor draws each frame, just while it makes the page."""
    css = "".join(sheet.read_text(encoding="utf-8") for sheet in SHEETS)
    endless = re.findall(r"animation:[^;]*infinite[^;]*;", css)
    assert endless
    assert [one for one in endless if "steps(" not in one] == []


def test_nothing_that_moves_is_laid_out_anew() -> None:
    css = "".join(sheet.read_text(encoding="utf-8") for sheet in SHEETS)
    frames = re.findall(r"@keyframes [\w-]+ \{(.*?)\n\}", css, flags=re.DOTALL)
    assert frames
    assert set(re.findall(r"([\w-]+):", "".join(frames))) <= {"opacity", "transform"}

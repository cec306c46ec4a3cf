"""The stylesheet holds together: a rule left open by a merge hides every page, unsaid."""

from __future__ import annotations

import re

from casework.ui.theme import theme_css


def test_every_rule_is_closed_before_the_next_section() -> None:
    depth = 0
    for line in re.sub(r"/\*(?!\s*----).*?\*/", "", theme_css(), flags=re.DOTALL).splitlines():
        if line.startswith("/* ----"):
            assert depth == 0, line
        else:
            depth += line.count("{") - line.count("}")
    assert depth == 0

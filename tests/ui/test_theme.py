"""The stylesheet is whole: a bracket lost in a merge would hide every page."""

from __future__ import annotations

import re
from pathlib import Path

import casework.ui

SHEET = (Path(casework.ui.__file__).parent / "theme.css").read_text(encoding="utf-8")


def test_stylesheet_closes_every_bracket_it_opens() -> None:
    depth, deepest = 0, 0
    plain = re.sub(r"/\*.*?\*/", lambda found: "\n" * found[0].count("\n"), SHEET, flags=re.S)
    for number, line in enumerate(plain.splitlines(), 1):
        depth += line.count("{") - line.count("}")
        deepest = max(deepest, depth)
        assert 0 <= depth <= 2, f"line {number}"
    assert (depth, deepest) == (0, 2)

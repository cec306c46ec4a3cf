"""The command line speaks the language in force, argparse's own words included."""

from __future__ import annotations

import re

import pytest

from casework.cli import _parser, main
from casework.terms import speaking

OURS = re.compile(r"--?[a-z-]+|casework|[A-Z_.]{2,}[a-z]*|\b(zh|en)\b|'[^']*'")
COMMANDS = set(_parser().format_help().split())
WRONG = [
    [],
    ["frobnicate"],
    ["people"],
    ["people", "--out"],
    ["people", "--out", "x.csv", "--more"],
    ["board", "--as-of", "yesterday"],
    ["board", "--json=1"],
    ["board", "--lang", "fr"],
    ["explain", "seven"],
    ["demo", "--seed", "x"],
    ["demo", "--people", "0"],
    ["rules", "sing"],
]


def english_in(said: str, given: list[str]) -> list[str]:
    rest = OURS.sub("", said)
    words = re.findall(r"[A-Za-z]{2,}", rest)
    return [one for one in words if one not in {*given, *COMMANDS, "check"}]


@pytest.mark.parametrize("given", WRONG, ids=" ".join)
def test_complaint_is_in_chinese_and_says_what_to_do(given, capsys):
    with speaking("zh"), pytest.raises(SystemExit) as ended:
        main(given)
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert english_in(said, given) == []
    assert "--help" in said


@pytest.mark.parametrize("command", ["", "import", "demo", "serve", "explain"])
def test_help_is_in_chinese(command, capsys):
    with speaking("zh"), pytest.raises(SystemExit) as ended:
        main([*([command] if command else []), "--help"])
    said = capsys.readouterr().out
    assert ended.value.code == 0
    assert "用法：casework" in said and "显示这份说明" in said
    assert "usage" not in said and "options" not in said


def test_complaint_is_in_english_where_english_is_spoken(capsys):
    with speaking("en"), pytest.raises(SystemExit):
        main(["people"])
    assert "the following arguments are required: --out" in capsys.readouterr().err

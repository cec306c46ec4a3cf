"""What README says is true: its commands work, its tree stands, its glossary is complete."""

from __future__ import annotations

import argparse
import doctest
import importlib
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

import run
from casework.cli import _parser
from casework.records import Base
from tests.findings import expect_none

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
WITH_EXAMPLES = sorted(
    path for path in (ROOT / "casework").rglob("*.py") if ">>>" in path.read_text(encoding="utf-8")
)


@cache
def casework_commands() -> set[str]:
    parser = _parser()
    kinds = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    return set(kinds[0].choices)


def section(title: str) -> str:
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", README, re.M | re.S)
    assert found, f"README has no section {title!r}"
    return found[1]


def words(name: str) -> str:
    """Turn a class name into words: CareTeamMember is a care team member."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", name).lower()


def test_readme_gives_every_command_of_run_and_no_other() -> None:
    named = re.findall(r"(?<=run\.py )[a-z-]+", README)
    listed = re.findall(r"^\| `([a-z-]+)` \|", section("Two commands"), re.M)
    assert set(listed) == set(run.COMMANDS)
    assert set(named) <= set(run.COMMANDS)


def test_readme_names_only_commands_of_casework_that_exist() -> None:
    named = set(re.findall(r"(?:/bin/|-m |`|^ {4,})casework ([a-z]+)", README, re.M))
    assert named <= casework_commands()


def test_readme_maps_the_tree_as_it_is() -> None:
    mapped = re.findall(r"^(\S+)", section("Map of the tree").split("```")[1], re.M)[1:]
    expect_none([place for place in mapped if not (ROOT / place).exists()])


def test_readme_maps_every_folder() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    folders = {line.partition("/")[0] for line in listed.stdout.splitlines() if "/" in line}
    tree = section("Map of the tree")
    expect_none([name for name in folders if f"{name}/" not in tree and name[0] != "."])


def test_glossary_has_every_record() -> None:
    explained = set(re.findall(r"^\| ([a-z ]+) \|", section("Glossary"), re.M))
    records = {words(mapper.class_.__name__) for mapper in Base.registry.mappers}
    expect_none(records - explained)


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=lambda path: path.stem)
def test_examples_in_docstrings_hold(path: Path) -> None:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    assert doctest.testmod(importlib.import_module(name)).failed == 0

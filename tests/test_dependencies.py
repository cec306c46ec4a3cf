"""Dependencies are declared once; the locks, environment.yml and the imports agree with that."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from itertools import pairwise
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import casework
import run
from tests.findings import expect_none

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
GROUPS = {"core": PROJECT["dependencies"], **PROJECT["optional-dependencies"]}
LOCKS = [*run.LEVELS, run.DEPLOY, run.BOOTSTRAP]
PYTHONS = [f"3.{minor}" for minor in range(run.OLDEST[1], run.NEWEST[1] + 1)]

PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>\S+)(?: ; (?P<marker>[^\\]+))?", re.M)


def text_of(lock: str) -> str:
    return (ROOT / "requirements" / f"{lock}.lock").read_text(encoding="utf-8")


def surroundings(python: str) -> dict[str, str]:
    """Describe Linux with one Python."""
    return {
        "python_version": python,
        "python_full_version": f"{python}.9",
        "sys_platform": "linux",
        "os_name": "posix",
        "platform_system": "Linux",
        "platform_machine": "x86_64",
    }


def pins(lock: str, python: str) -> dict[str, Version]:
    """Give what a lock installs on Linux with one Python."""
    return {
        canonicalize_name(found["name"]): Version(found["version"])
        for found in PIN.finditer(text_of(lock))
        if not found["marker"] or Marker(found["marker"]).evaluate(surroundings(python))
    }


def declared(*groups: str) -> list[Requirement]:
    return [Requirement(line) for group in groups for line in GROUPS[group]]


def is_for(wanted: Requirement, python: str) -> bool:
    """Tell whether something is wanted on Linux at all, or only on another system."""
    return wanted.marker is None or wanted.marker.evaluate(surroundings(python))


def imported(folder: Path) -> Iterator[tuple[Path, str]]:
    """Give every top-level module that the Python files of a folder import, at whatever depth."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from ((path, alias.name.partition(".")[0]) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield path, node.module.partition(".")[0]


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("lock", LOCKS)
def test_lock_holds_every_declared_dependency_in_an_accepted_version(
    lock: str, python: str
) -> None:
    groups = run.LEVELS[: run.LEVELS.index(lock) + 1] if lock in run.LEVELS else (lock,)
    groups = ("core", lock) if lock == run.DEPLOY else groups
    held = pins(lock, python)
    assert not [
        str(wanted)
        for wanted in declared(*groups)
        if is_for(wanted, python)
        and wanted.specifier.contains(held.get(canonicalize_name(wanted.name), "0")) is False
    ]


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(("smaller", "larger"), list(pairwise(run.LEVELS)))
def test_larger_lock_contains_the_smaller_one(smaller: str, larger: str, python: str) -> None:
    assert pins(smaller, python).items() <= pins(larger, python).items()


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_names_no_host(lock: str) -> None:
    assert "://" not in text_of(lock)


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_pins_every_package_by_hash(lock: str) -> None:
    entries = [entry for entry in re.split(r"\n(?=\S)", text_of(lock)) if entry.strip()]
    assert len(entries) == len(PIN.findall(text_of(lock)))
    assert not [entry for entry in entries if "--hash=sha256:" not in entry]


def test_proxy_is_pinned_by_hash_and_names_no_host() -> None:
    lock = (ROOT / "deploy" / "proxy" / "package-lock.json").read_text(encoding="utf-8")
    packages = json.loads(lock)["packages"]
    assert "://" not in lock
    assert not [name for name, one in packages.items() if name and "integrity" not in one]


def test_conda_gets_the_same_packages_and_nothing_of_its_own() -> None:
    given = (ROOT / "environment.yml").read_text(encoding="utf-8")
    lines = [line for line in given.splitlines() if not line.startswith("#")]
    assert lines == [
        "name: casework",
        "dependencies:",
        f"  - python{PROJECT['requires-python']}",
        "  - pip",
        "  - pip:",
        "      - -r requirements/test.lock",
    ]


def test_supported_pythons_are_the_same_for_the_project_and_for_run() -> None:
    oldest, newest = run.OLDEST, run.NEWEST
    assert PROJECT["requires-python"] == f">=3.{oldest[1]},<3.{newest[1] + 1}"


def test_version_of_the_package_is_that_of_the_project() -> None:
    assert casework.__version__ == PROJECT["version"]


@pytest.mark.parametrize(
    ("folder", "groups"),
    [
        ("casework", ("core", "encrypt", "route", "deploy")),
        ("tests", ("core", "encrypt", "route", "test")),
        ("benchmarks", ("core", "encrypt", "route", "test", "bench")),
        ("deploy", ("core", "test", "deploy")),
    ],
)
def test_every_imported_library_is_declared(folder: str, groups: tuple[str, ...]) -> None:
    folders = {"casework", "casework_hub", "deploy", "person_groups", "tests", "benchmarks", "run"}
    ours = folders | set(sys.stdlib_module_names)
    providers = packages_distributions()
    known = {canonicalize_name(wanted.name) for wanted in declared(*groups)}
    expect_none(
        {
            f"{path.relative_to(ROOT)} imports {module}"
            for path, module in imported(ROOT / folder)
            if module not in ours
            and not known & {canonicalize_name(name) for name in providers.get(module, [module])}
        }
    )


def test_no_process_compiles_the_grammars_of_rfc3987(tmp_path: Path) -> None:
    """Should jsonschema drop the library, this still holds and the hook in run.py can go."""
    (tmp_path / "casework.pth").write_text(run.start_hook(), encoding="ascii")
    script = (
        f"import site, sys; site.addsitedir({str(tmp_path)!r})\n"
        "import jsonschema, nbformat\n"
        "sys.exit('lark' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0

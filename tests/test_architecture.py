"""The tree is the design: who may import whom, what is pure, who writes SQL, what importing costs.

Each test reads the source with `ast` and names file and line of what it finds.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from casework import ui
from tests.findings import expect_none

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "casework"

# Top to bottom; a module imports from its own line and from the lines below it. A new module is
# placed here when it is born.
LAYERS = [
    {"__main__"},
    {
        "cli",
        "cli_access",
        "cli_campaigns",
        "cli_files",
        "cli_hours",
        "cli_jobs",
        "cli_keeping",
        "cli_pairs",
        "cli_roster",
        "cli_rules",
        "cli_words",
    },  # serves the screens
    {"ui"},
    {"demo"},
    {"workbook"},
    {"exchange"},
    {"indicators"},
    {"access"},
    {"records"},
    {"planning", "answering"},
    {"rules"},
    {"factvalues"},
    {"occasions"},
    {"instruments"},
    {"routing", "matching"},
    {"reference"},
    {"identifiers", "disk"},
    {"terms"},
    {"errors"},
]
DEPTH = {name: depth for depth, names in enumerate(LAYERS) for name in names}

CORE = {
    "planning", "answering", "rules", "factvalues", "occasions", "instruments", "routing",
    "matching", "identifiers",
}  # fmt: skip
# No session, file, clock or chance. The rules build SQL expressions, and run none.
IMPURE = {"os", "pathlib", "io", "random", "secrets", "time", "sqlite3", "sqlalchemy.orm"}
IMPURE_CALLS = {"open", "today", "now", "read_text", "read_bytes", "connect", "create_engine"}

WRITES_SQL = {"records", "workbook", "access"}
READS_SQL = WRITES_SQL | {"exchange", "indicators", "demo"}
WRITING = {"insert", "update", "delete"}

WIDGETS = {"ipywidgets", "anywidget", "IPython", "traitlets", "ipykernel"}
HEAVY = {
    "pandas", "numpy", "pypinyin", "borax", "python_calamine", "xlsxwriter", "rapidfuzz",
    "chinese_calendar", "jupyterlab", "jupyter_server", "voila", "babel", "casework.ui.voila_app",
    "casework.ui.hub_app", "jupyterhub",
}  # fmt: skip
# Imported by the processes that serve, on loopback and behind the hub, and by nothing else.
SERVERS = {PACKAGE / "ui" / name for name in ("voila_app.py", "hub_app.py")}
AT_IMPORT = IMPURE_CALLS - {"now", "today"} | {"basicConfig", "addHandler", "display", "glob"}


@dataclass(frozen=True, slots=True)
class Import:
    """One imported name, with the module it comes from joined to it."""

    path: Path
    line: int
    target: str  # such as casework.ui for `from casework import ui`
    at_once: bool  # when the module is imported, not when a function is called

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line} imports {self.target}"


def files() -> list[Path]:
    """Name every file of the package, but for the migrations, which Alembic writes."""
    return [path for path in sorted(PACKAGE.rglob("*.py")) if "versions" not in path.parts]


@cache
def sources() -> dict[Path, ast.Module]:
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in files()}


@pytest.fixture(scope="module", autouse=True)
def _trees_are_let_go() -> Iterator[None]:
    """Let go of a million nodes after the last test here: each search for cycles visits them."""
    yield
    sources.cache_clear()


def area(path: Path) -> str:
    """Name the module or package of the first level that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def statements(body: list[ast.stmt], *, at_once: bool = True) -> Iterator[tuple[ast.AST, bool]]:
    """Give every node, and whether it is reached when the module is imported."""
    for node in body:
        yield from _nodes(node, at_once)


def _nodes(node: ast.AST, at_once: bool) -> Iterator[tuple[ast.AST, bool]]:
    yield node, at_once
    typing_only = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
    later = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) or typing_only
    for child in ast.iter_child_nodes(node):
        yield from _nodes(child, at_once and not later)


@cache
def imports() -> tuple[Import, ...]:
    return tuple(found for path, tree in sources().items() for found in _imports(path, tree))


def _imports(path: Path, tree: ast.Module) -> Iterator[Import]:
    package = list(path.relative_to(ROOT).with_suffix("").parts)
    for node, at_once in statements(tree.body):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(path, node.lineno, alias.name, at_once)
        elif isinstance(node, ast.ImportFrom):
            base = package[: -node.level] if node.level else []
            module = [*base, *([node.module] if node.module else [])]
            for alias in node.names:
                yield Import(path, node.lineno, ".".join([*module, alias.name]), at_once)


def is_under(target: str, modules: set[str]) -> bool:
    return any(target == module or target.startswith(module + ".") for module in modules)


def calls(areas: set[str], names: set[str], *, only_at_once: bool = False) -> list[str]:
    """Name the places where functions or methods of these names are called."""
    return [
        f"{path.relative_to(ROOT)}:{node.lineno} calls {called}"
        for path, tree in sources().items()
        if area(path) in areas
        for node, at_once in statements(tree.body)
        if isinstance(node, ast.Call) and (at_once or not only_at_once)
        and (called := ast.unparse(node.func).rpartition(".")[2]) in names
    ]  # fmt: skip


def test_every_module_has_its_place_in_the_layers() -> None:
    expect_none({area(path) for path in files()} - set(DEPTH) - {"__init__"})


def test_imports_point_down_the_layers() -> None:
    upward = []
    for found in imports():
        ours = found.target.split(".")
        if ours[0] != "casework" or ours[1] not in DEPTH or area(found.path) == "__init__":
            continue
        if DEPTH[ours[1]] < DEPTH[area(found.path)]:
            upward.append(str(found))
    expect_none(upward)


def test_layer_check_sees_a_module_imported_as_a_name() -> None:
    tree = ast.parse("from casework import ui\nfrom . import cli\nfrom ..ui.parts import Field")
    found = [each.target for each in _imports(PACKAGE / "records" / "people.py", tree)]
    assert found == ["casework.ui", "casework.records.cli", "casework.ui.parts.Field"]


def test_core_imports_no_files_clock_chance_or_session() -> None:
    expect_none([f for f in imports() if area(f.path) in CORE and is_under(f.target, IMPURE)])


def test_core_calls_no_files_clock_or_database() -> None:
    expect_none(calls(CORE, IMPURE_CALLS))


def test_only_records_workbook_and_access_write_sql() -> None:
    writing = {f"sqlalchemy.{name}" for name in WRITING}
    writing |= {f"sqlalchemy.dialects.{kind}.insert" for kind in ("sqlite", "postgresql")}
    strangers = [f for f in imports() if area(f.path) not in WRITES_SQL]
    expect_none([found for found in strangers if is_under(found.target, writing)])


def test_sql_is_known_to_those_who_read_or_write_it_and_to_the_rules() -> None:
    strangers = [f for f in imports() if area(f.path) not in READS_SQL | {"rules"}]
    expect_none([found for found in strangers if is_under(found.target, {"sqlalchemy"})])


def test_only_screens_know_widgets() -> None:
    strangers = [f for f in imports() if area(f.path) != "ui"]
    expect_none([found for found in strangers if is_under(found.target, WIDGETS)])


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    others = [f for f in imports() if f.path not in SERVERS]
    early = [f for f in others if f.at_once and is_under(f.target, HEAVY)]
    expect_none(early)


def test_kit_names_each_thing_where_it_is() -> None:
    kit = ast.parse((PACKAGE / "ui" / "__init__.py").read_text(encoding="utf-8"))
    [typed] = [one for one in kit.body if isinstance(one, ast.If)]
    origins = [one for one in typed.body if isinstance(one, ast.ImportFrom)]
    said = [(str(one.module), name.name) for one in origins for name in one.names]
    homes = {f"casework.ui.{home}": names.split() for home, names in ui._HOMES.items()}
    assert sorted(said) == sorted((home, name) for home, names in homes.items() for name in names)
    assert [name for _home, name in said if not hasattr(ui, name)] == []


def test_importing_reads_no_file_and_opens_no_connection() -> None:
    expect_none(calls({area(path) for path in files()}, AT_IMPORT, only_at_once=True))


@pytest.mark.parametrize("name", sorted({area(path) for path in files()} - {"__main__"}))
def test_module_can_be_imported_alone_and_brings_nothing_heavy(name: str) -> None:
    module = "casework" if name == "__init__" else f"casework.{name}"
    unwanted = HEAVY | WIDGETS - {"traitlets"}
    script = (
        f"import importlib, sys; sys.path.insert(0, {str(ROOT)!r}); "
        f"importlib.import_module({module!r}); print(*(set(sys.modules) & {unwanted!r}))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.stderr, done.stdout.split()) == ("", [])

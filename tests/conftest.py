"""What all tests share: the day, workbooks on both databases, and a watch on widget callbacks."""

from __future__ import annotations

import gc
import logging
import os
import shutil
import sys
import warnings
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from casework.terms import use_language
from casework.workbook import Workbook, open_workbook
from tests.statements import share_statements

if TYPE_CHECKING:
    from tests.servers import PostgresServer

pytest_plugins = [
    "pytester",
    "tests.browser",
    "tests.notebooks",
    "tests.served",
    "tests.servers",
]

# How long an example takes says nothing on a busy machine; and examples kept from another run, of
# the same test with another parameter, have been seen to upset the search. Where a change is judged
# (CI is set) the same examples are tried each time; elsewhere every run tries new ones.
settings.register_profile(
    "casework",
    database=None,
    deadline=None,
    derandomize="CI" in os.environ,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("casework")

share_statements()

TODAY = date(2025, 3, 3)
AGENCY = "changshu"
DEMO_PEOPLE = 90


def pytest_configure() -> None:
    """Keep the workbook, data and language of the person who runs the tests out of them."""
    for name in [name for name in os.environ if name.startswith("CASEWORK_")]:
        del os.environ[name]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what drives the browser, and let it come last."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


_LAST_ERROR = ("last_exc", "last_type", "last_value", "last_traceback")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note that a test failed, and what it left behind is still about."""
    _Left.behind = _Left.behind or report.failed


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Clear away what a failed test left open, so that no other test fails for it.

    A connection that nobody closed is told when it is collected, by whatever test runs then.
    """
    if not _Left.behind:
        return
    _Left.behind = False
    for name in _LAST_ERROR:
        sys.__dict__.pop(name, None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


class _Left:
    behind = False


@pytest.fixture(autouse=True)
def _speaks_chinese() -> None:
    use_language("zh")


@pytest.fixture(autouse=True)
def _no_callback_fails_unseen() -> Iterator[None]:
    """Fail a test in which ipywidgets swallowed an exception: it only logs those of `on_click`."""
    watch = _CallbackWatch()
    logger = logging.getLogger("traitlets")
    logger.addHandler(watch)
    yield
    logger.removeHandler(watch)
    if watch.seen:
        pytest.fail("a widget callback failed unseen:\n" + "\n".join(watch.seen), pytrace=False)


class _CallbackWatch(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage().startswith("Exception in callback"):
            self.seen.append(logging.Formatter().format(record))


@pytest.fixture(scope="session")
def _founded_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Found a workbook once; each test gets a copy, twenty times faster than founding."""
    path = tmp_path_factory.mktemp("founded") / "workbook.sqlite"
    open_workbook(str(path), agency=AGENCY).close()
    return path


@pytest.fixture(scope="session")
def _founded_database(postgres_server: PostgresServer) -> str:
    name = postgres_server.database()
    open_workbook(postgres_server.url(name), agency=AGENCY).close()
    return name


@pytest.fixture
def workbook_file(_founded_file: Path, tmp_path: Path) -> Path:
    """Give the file of an empty workbook, for whoever opens it by name: commands, notebooks."""
    return Path(shutil.copy(_founded_file, tmp_path / "workbook.sqlite"))


@pytest.fixture
def workbook(workbook_file: Path) -> Iterator[Workbook]:
    """Open an empty workbook on SQLite, on TODAY."""
    opened = open_workbook(str(workbook_file), today=TODAY)
    yield opened
    opened.close()


@pytest.fixture
def postgres_workbook(
    postgres_server: PostgresServer, _founded_database: str
) -> Iterator[Workbook]:
    """Open an empty workbook on PostgreSQL, on TODAY."""
    name = postgres_server.database(like=_founded_database)
    opened = open_workbook(postgres_server.url(name), today=TODAY)
    yield opened
    opened.close()
    postgres_server.drop(name)


@pytest.fixture(params=["workbook", "postgres_workbook"], ids=["sqlite", "postgresql"])
def any_workbook(request: pytest.FixtureRequest) -> Workbook:
    """Open an empty workbook, on each database in turn."""
    opened: Workbook = request.getfixturevalue(request.param)
    return opened


@pytest.fixture(params=["sqlite", "postgresql"])
def any_database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the address of a database with nothing in it, of each kind in turn."""
    if request.param == "sqlite":
        return str(tmp_path / "empty.sqlite")
    address: str = request.getfixturevalue("postgres_url")
    return address


@pytest.fixture(scope="session")
def demo_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a demonstration once, as of TODAY; whoever writes into it takes `demo_workbook`."""
    from casework.demo import make_demo

    path = tmp_path_factory.mktemp("demo") / "demo.sqlite"
    make_demo(str(path), AGENCY, DEMO_PEOPLE, 1, today=TODAY).close()
    return path


@pytest.fixture
def demo_workbook(demo_file: Path, tmp_path: Path) -> Iterator[Workbook]:
    """Open a copy of a workbook of invented people with a year of history, on TODAY."""
    copy = Path(shutil.copy(demo_file, tmp_path / "demo.sqlite"))
    opened = open_workbook(str(copy), today=TODAY)
    yield opened
    opened.close()

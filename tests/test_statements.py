"""What tests share of compiled statements: only what any engine of the same kind would write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, column, event, select, table, text

from casework.access.engines import database_url, open_engine
from tests.servers import PostgresServer

WHO = table("who", column("name"), column("age"))


def opened(path: Path, columns: str) -> Engine:
    engine = open_engine(database_url(str(path)))
    with engine.begin() as connection:
        connection.execute(text(f"CREATE TABLE who ({columns})"))
    return engine


def compiled_anew(engine: Engine, asking: Any) -> int:
    """Ask, and count how often that was put into SQL for it."""
    seen: list[bool] = []

    @event.listens_for(engine, "before_cursor_execute")
    def note(_c: Any, _cursor: Any, sql: str, _p: Any, context: Any, _m: Any) -> None:
        if sql.startswith("SELECT"):
            seen.append(context.cache_hit is not context.dialect.CACHE_HIT)

    with engine.connect() as connection:
        connection.execute(asking).all()
    event.remove(engine, "before_cursor_execute", note)
    return sum(seen)


def test_question_is_compiled_once_for_all_files(tmp_path: Path) -> None:
    one, other = (opened(tmp_path / name, "name TEXT, age INT") for name in ("one", "other"))
    asked = [compiled_anew(each, select(WHO.c.age, WHO.c.name)) for each in (one, other)]
    one.dispose()
    other.dispose()
    assert asked == [1, 0]


def test_columns_of_a_text_are_those_of_each_file(tmp_path: Path) -> None:
    one, other = opened(tmp_path / "one", "name TEXT"), opened(tmp_path / "other", "age INT")
    named = []
    for engine in (one, other):
        with engine.connect() as connection:
            named.append(list(connection.execute(text("SELECT * FROM who")).keys()))
        engine.dispose()
    assert named == [["name"], ["age"]]


def test_sql_of_one_database_is_not_given_to_the_other(
    tmp_path: Path, postgres_server: PostgresServer
) -> None:
    asking = select(WHO.c.name).limit(5)
    small = opened(tmp_path / "one", "name TEXT")
    name = postgres_server.database()
    large = open_engine(database_url(postgres_server.url(name)))
    with large.begin() as connection:
        connection.execute(text("CREATE TABLE who (name TEXT)"))
    asked = [compiled_anew(each, asking) for each in (small, large)]
    small.dispose()
    large.dispose()
    postgres_server.drop(name)
    assert asked == [1, 1]

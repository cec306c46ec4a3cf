"""Accounts by the command line; and workbooks whose owner is no superuser."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from casework.cli import main
from casework.errors import NotPermitted
from casework.workbook import open_workbook
from tests.conftest import AGENCY

WANG_LI = (
    "INSERT INTO staff (login, name, role, unit_id) VALUES ('wang.li', '王丽', 'supervisor', "
    "(SELECT id FROM organisation WHERE code = 'bureau'))"
)


@pytest.fixture
def office(postgres_server, _founded_database) -> Iterator[str]:
    """Give the address of a founded workbook whose owner is a superuser."""
    name = postgres_server.database(like=_founded_database)
    with psycopg.connect(_plain(postgres_server.url(name))) as connection:
        connection.execute(WANG_LI)
    yield postgres_server.url(name)
    postgres_server.drop(name)


def test_account_is_granted_listed_and_closed(office, capsys):
    db = ["--db", office]
    assert main(["access", "grant", "wang.li", "--role", "supervisor", "--unit", "all", *db]) == 0
    assert main(["access", "check", *db]) == 0
    assert main(["access", "revoke", "wang.li", *db]) == 0
    capsys.readouterr()
    assert main(["access", "list", *db]) == 0
    assert capsys.readouterr().out.split() == ["wang.li", "supervisor", "王丽", "-", "已停用"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["wang.li", "--role", "leader"], "没有角色"),
        (["wang.li", "--role", "supervisor"], "--unit"),
        (["wang.li", "--role", "supervisor", "--unit", "nowhere"], "nowhere"),
        (["nobody", "--role", "caseworker"], "nobody"),
        (["Wang Li\"; DROP TABLE fact; --", "--role", "caseworker"], "不能使用"),
        (["casework", "--role", "auditor"], "不受数据库权限规则约束"),
        (["casework_keeper", "--role", "auditor"], "不能使用"),
    ],
)  # fmt: skip
def test_account_that_cannot_be_is_refused_with_what_to_do(office, capsys, arguments, says):
    assert main(["access", "grant", *arguments, "--db", office]) == 2
    assert says in capsys.readouterr().err


def test_accounts_are_refused_where_there_are_no_rules(workbook_file, capsys):
    db = ["--db", str(workbook_file)]
    assert main(["access", "grant", "wang.li", "--role", "caseworker", *db]) == 2
    assert "PostgreSQL" in capsys.readouterr().err
    assert main(["access", "check", *db]) == 1


def test_check_names_what_was_loosened(office, capsys):
    from sqlalchemy import create_engine

    engine = create_engine(office)
    main(["access", "grant", "wang.li", "--role", "supervisor", "--unit", "all", "--db", office])
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE fact NO FORCE ROW LEVEL SECURITY")
        connection.exec_driver_sql("CREATE TABLE spare (id integer)")
        connection.exec_driver_sql('ALTER ROLE "wang.li" BYPASSRLS')
        connection.exec_driver_sql("GRANT EXECUTE ON FUNCTION lo_create(oid) TO PUBLIC")
    capsys.readouterr()
    assert main(["access", "check", "--db", office]) == 1
    told = capsys.readouterr().out
    with engine.begin() as connection:
        connection.exec_driver_sql('ALTER ROLE "wang.li" NOBYPASSRLS')
    engine.dispose()
    assert all(name in told for name in ("fact", "spare", "wang.li", "large_objects.sql"))


def test_login_without_an_account_is_told_so(office, postgres_server):
    main(["access", "grant", "wang.li", "--role", "supervisor", "--unit", "all", "--db", office])
    with psycopg.connect(_plain(office), autocommit=True) as connection:
        connection.execute("UPDATE access.account SET closed_at = now()")
    with pytest.raises(NotPermitted, match="账号"):
        open_workbook(office.replace("//casework@", "//wang.li@"))


@pytest.mark.parametrize("rights", ["NOCREATEROLE", "CREATEROLE"])
def test_owner_who_is_no_superuser_goes_on_as_before(postgres_server, rights):
    owner, name = f"owner_{rights.lower()}", postgres_server.database()
    where = f"host={postgres_server.folder} user=casework dbname={name}"
    with psycopg.connect(where, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {owner} LOGIN {rights}")
        connection.execute(f"ALTER DATABASE {name} OWNER TO {owner}")
        connection.execute(f"ALTER SCHEMA public OWNER TO {owner}")
    address = postgres_server.url(name).replace("//casework@", f"//{owner}@")
    for _again in range(2):
        book = open_workbook(address, agency=AGENCY)
        assert book.standing is None
        book.drafts.keep("form", "subject", {"kept": 1})
        assert book.people.staff() == []
        book.close()
    with psycopg.connect(where, autocommit=True) as connection:
        rules = connection.execute("SELECT count(*) > 0 FROM pg_policies").fetchone()
        assert rules == (rights == "CREATEROLE",)
        connection.execute(f"REASSIGN OWNED BY {owner} TO casework")
    postgres_server.drop(name)


def _plain(address: str) -> str:
    return address.replace("postgresql+psycopg://", "postgresql://")

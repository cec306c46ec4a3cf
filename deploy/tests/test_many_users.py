"""Each role logs in as a person does, sees what it must see, and tries what it must not."""

from __future__ import annotations

import os
import pwd
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from deploy.tests.conftest import LIVE_SECONDS, log_in
from deploy.tests.lab import run_in_kernel
from deploy.tests.stack import (
    ADMIN,
    ANALYST,
    AUDITOR,
    CHIEF,
    LEAVER,
    MARK,
    OTHER,
    WORKER,
    Stack,
)

Enters = Callable[..., Page]
CLOSED = ("404", "403", "405", "302")
REFUSED_BY_BROWSER = "Failed to load resource"


def people_of(stack: Stack, login: str) -> dict[int, str]:
    """Give whom somebody sees, asked in the database under their account."""
    rows = stack.sql(login, "SELECT id, name FROM person").stdout.splitlines()
    return {int(number): name for number, _bar, name in (row.partition("|") for row in rows)}


def processes_of(login: str) -> list[int]:
    uid = pwd.getpwnam(login).pw_uid
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if process.stat().st_uid == uid:
                found.append(int(process.name))
        except FileNotFoundError:
            continue
    return found


def listening(login: str, program: str = "casework.ui.hub") -> dict[int, str]:
    """Give the ports at which such programs of an account listen, with the address."""
    inodes = set()
    for pid in processes_of(login):
        if program not in _command(pid):
            continue
        for handle in Path(f"/proc/{pid}/fd").glob("*"):
            try:
                target = os.readlink(handle)
            except OSError:
                continue
            inodes.add(target.removeprefix("socket:[").removesuffix("]"))
    found = {}
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            cells = line.split()
            if cells[3] == "0A" and cells[9] in inodes:
                address, _colon, port = cells[1].partition(":")
                found[int(port, 16)] = address
    return found


# Coming in --------------------------------------------------------------------------------------


def test_login_page_speaks_chinese_first_and_english_by_switch(stack: Stack, page: Page) -> None:
    page.goto(stack.address)
    assert page.locator("label:visible").all_inner_texts() == ["登录名", "密码"]
    page.click("text=English")
    assert page.locator("label:visible").all_inner_texts() == ["Login", "Password"]
    page.reload()
    expect(page.get_by_role("button", name="Log in", exact=True)).to_be_visible()


@pytest.mark.console_errors_expected(REFUSED_BY_BROWSER)
def test_nobody_learns_from_a_refusal_who_has_an_account(stack: Stack, page: Page) -> None:
    subprocess.run(["useradd", "--groups", f"{MARK}-people", f"{MARK}-stranger"], check=True)
    known = f"{MARK}-stranger:{stack.passwords[WORKER]}\n"
    subprocess.run(["chpasswd"], input=known, text=True, check=True)
    told = set()
    for login in (WORKER, f"{MARK}-nobody", f"{MARK}-stranger", "root"):
        right = login == f"{MARK}-stranger"  # the password is; the workbook does not know them
        page.goto(f"{stack.address}/hub/login")
        page.fill("#username", login)
        page.fill("#password", stack.passwords[WORKER] if right else "wrong")
        page.click("button[type=submit]")
        told.add(page.get_by_role("alert").text_content())  # of both languages, shown or not yet
    assert len(told) == 1
    assert "未能登录" in told.pop()


def test_pages_of_the_hub_run_our_script_alone_and_keep_the_login_from_scripts(
    stack: Stack, page: Page, enter: Enters
) -> None:
    answer = page.request.get(f"{stack.address}/hub/login")
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self';" in policy and "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    cookies = {one["name"]: one for one in enter(CHIEF).context.cookies()}
    kept = [one for name, one in cookies.items() if not name.startswith("_xsrf")]
    assert {"jupyterhub-hub-login", f"jupyterhub-user-{CHIEF}"} <= set(cookies)
    assert all(one["httpOnly"] for one in kept if "session-id" not in one["name"])
    assert all(one["sameSite"] in ("Lax", "Strict") for one in kept)


# What each role sees ----------------------------------------------------------------------------


@pytest.mark.console_errors_expected(REFUSED_BY_BROWSER)
def test_caseworker_sees_the_own_people_and_nobody_elses(stack: Stack, enter: Enters) -> None:
    own, others = people_of(stack, WORKER), people_of(stack, OTHER)
    assert own and others and not set(own) & set(others)
    page = enter(WORKER)
    expect(page).to_have_title(re.compile("我的一天"))
    page.evaluate("location.hash = 'people'")
    for name in own.values():
        expect(page.locator(".cw-main")).to_contain_text(name)
    text = page.locator(".cw-main").inner_text()
    assert not [name for name in others.values() if name in text and name not in own.values()]
    page.evaluate(f"location.hash = 'person?id={min(others)}'")
    # Who is looked after by others is opened by a reason only, and named by nothing before.
    expect(page.locator(".cw-main h1")).to_contain_text("紧急查看")
    text = page.locator(".cw-main").inner_text()
    assert others[min(others)] not in text


def test_supervisor_sees_the_board_of_all_units(stack: Stack, enter: Enters) -> None:
    page = enter(CHIEF)
    expect(page).to_have_title(re.compile("看板"))
    seen = people_of(stack, CHIEF)
    assert set(people_of(stack, WORKER)) | set(people_of(stack, OTHER)) <= set(seen)
    page.evaluate(f"location.hash = 'person?id={min(seen)}'")
    expect(page.locator(".cw-main")).to_contain_text(seen[min(seen)])


def test_caseworker_and_supervisor_stand_before_the_same_dossier(
    stack: Stack, enter: Enters
) -> None:
    number, name = min(people_of(stack, WORKER).items())
    pages = [enter(login) for login in (WORKER, CHIEF)]
    for page in pages:
        page.evaluate(f"location.hash = 'person?id={number}'")
        expect(page.locator(".cw-main")).to_contain_text(name)
    assert {one.url.split("/user/")[1].split("/")[0] for one in pages} == {WORKER, CHIEF}


def test_administrator_is_told_to_whom_people_are_open(enter: Enters) -> None:
    page = enter(ADMIN)
    expect(page.locator(".cw-main")).to_contain_text("人员和方案只对联络员和主管开放。")


@pytest.mark.parametrize("login", [ANALYST, AUDITOR])
def test_analyst_and_auditor_work_in_notebooks_and_see_no_person(
    stack: Stack, enter: Enters, login: str
) -> None:
    page = enter(login, "lab", lives=False)
    expect(page.locator("#jp-main-dock-panel")).to_be_visible(timeout=180_000)
    code = """
import json, os
from casework.workbook import open_workbook
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

book = open_workbook()

def rows(sql):
    try:
        with book.engine.connect() as connection:
            return len(connection.execute(text(sql)).all())
    except DBAPIError as refusal:
        return refusal.orig.sqlstate

print(json.dumps({
    "role": book.actor.role,
    "people": rows("SELECT * FROM person"),
    "released": rows("SELECT * FROM release.latest"),
    "trail": rows("SELECT at, by, action FROM change_log LIMIT 1"),
    "notebooks": len(os.listdir(os.path.expanduser("~/notebooks"))),
}))
"""
    found = run_in_kernel(page, f"/user/{login}/", code)
    assert found["role"] == login.removeprefix(f"{MARK}-")
    assert found["people"] in ("42501", 0)
    assert found["notebooks"] > 5
    expected = {ANALYST: ("released", 0), AUDITOR: ("trail", 1)}[login]
    assert found[expected[0]] != "42501" and found[expected[0]] >= expected[1]


# What nobody may --------------------------------------------------------------------------------


@pytest.mark.console_errors_expected(REFUSED_BY_BROWSER)
@pytest.mark.parametrize("login", [CHIEF, ADMIN])
def test_dashboards_are_all_there_is_for_who_has_no_notebooks(
    stack: Stack, enter: Enters, login: str
) -> None:
    page = enter(login)
    base = f"{stack.address}/user/{login}/"
    xsrf = {"X-XSRFToken": page.evaluate("document.cookie.match(/_xsrf=([^;]+)/)[1]")}
    for path in (
        "lab", "tree", "api/contents", "api/terminals", "api/sessions", "api/kernelspecs",
        "api/kernels", "api/config/x", "files/supervisor.ipynb", "nbconvert/html/x.ipynb",
        "voila/files/supervisor.ipynb", "voila/render/supervisor.ipynb", "voila/tree", "metrics",
        "terminals/1", "lab/api/settings", "..%2f..%2fetc%2fpasswd",
    ):  # fmt: skip
        got = page.request.get(base + path, max_redirects=0)
        # What is no address of ours leads to the first page, and tells nothing.
        led_home = got.status == 302 and got.headers["location"] == f"/user/{login}/"
        assert led_home or got.status in (403, 404, 405), (path, got.status)
    for path in ("api/kernels", "api/terminals", "api/contents", "api/sessions"):
        made = page.request.post(base + path, headers=xsrf, data={}, max_redirects=0)
        assert made.status in (302, 403, 404, 405), (path, made.status)
    assert not [p for p in processes_of(login) if "jupyterlab" in _command(p)]
    page.goto(f"{stack.address}/hub/spawn/{login}/lab", wait_until="commit")
    expect(page.locator("h1")).to_contain_text("您不能打开这里")
    assert f"/user/{login}/lab" not in page.url


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


@pytest.mark.console_errors_expected(REFUSED_BY_BROWSER)
def test_nobody_enters_the_server_of_another(stack: Stack, enter: Enters) -> None:
    enter(CHIEF)
    page = enter(WORKER)
    page.goto(f"{stack.address}/user/{CHIEF}/")
    expect(page.locator("h1")).to_contain_text("您不能打开这里")
    for path in ("", "caseworker", "api/kernels/x", "oauth_callback?code=x&state=y"):
        got = page.request.get(f"{stack.address}/user/{CHIEF}/{path}")
        assert got.status in (400, 403, 404), path


# A page that is left ends its kernel, and may have been asking for it just then.
@pytest.mark.console_errors_expected(REFUSED_BY_BROWSER)
def test_hub_gives_nobody_power_over_others_nor_tokens_to_keep(stack: Stack, enter: Enters) -> None:
    for login in (WORKER, CHIEF, ADMIN):
        page = enter(login)
        page.goto(f"{stack.address}/hub/home")
        found = page.context.cookies(f"{stack.address}/hub/")
        xsrf = next(one["value"] for one in found if one["name"] == "_xsrf")
        hub = f"{stack.address}/hub/api"
        headers = {"X-XSRFToken": xsrf, "Referer": f"{stack.address}/hub/home"}
        other = OTHER if login != OTHER else WORKER
        tried = {
            "list": ("GET", f"{hub}/users"),
            "look": ("GET", f"{hub}/users/{other}"),
            "start": ("POST", f"{hub}/users/{other}/server"),
            "stop": ("DELETE", f"{hub}/users/{other}/server"),
            "add": ("POST", f"{hub}/users/{MARK}-new"),
            "token": ("POST", f"{hub}/users/{login}/tokens"),
            "foreign token": ("POST", f"{hub}/users/{other}/tokens"),
            "share": ("POST", f"{hub}/shares/{login}/"),
            "groups": ("GET", f"{hub}/groups"),
            "proxy": ("GET", f"{hub}/proxy"),
            "services": ("GET", f"{hub}/services"),
            "shutdown": ("POST", f"{hub}/shutdown"),
        }
        for what, (method, url) in tried.items():
            got = page.request.fetch(url, method=method, headers=headers)
            empty = got.status == 200 and got.json() in ([], {})
            assert empty or got.status in (403, 404, 405), (login, what, got.status)
        for path in ("admin", "token", "metrics"):
            got = page.request.get(f"{stack.address}/hub/{path}")
            assert got.status in (401, 403, 404) or "您不能打开这里" in got.text(), (login, path)


def test_accounts_can_neither_read_nor_end_nor_reach_each_others_programs(
    stack: Stack, enter: Enters
) -> None:
    enter(CHIEF)
    pids = processes_of(CHIEF)
    uid = pwd.getpwnam(CHIEF).pw_uid
    home = pwd.getpwnam(CHIEF).pw_dir
    files = [
        *(f"/proc/{pid}/{name}" for pid in pids for name in ("environ", "mem", "maps", "fd")),
        home,
        f"{stack.folder}/run/{uid}",
        f"{stack.folder}/state/hub",
        f"{stack.folder}/state/backups",
        f"{stack.folder}/etc/secrets.env",
        "/etc/shadow",
    ]
    code = f"""
import os, signal
held = []
for pid in {pids}:
    try:
        os.kill(pid, 0)
    except (PermissionError, ProcessLookupError):
        continue
    held.append(pid)
for path in {files}:
    try:
        os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(1)
    except (PermissionError, FileNotFoundError):
        continue
    held.append(path)
print(held)
"""
    told = stack.as_person(OTHER, str(stack.python), "-c", code)
    assert told.stdout.strip() == "[]", told.stdout + told.stderr


def test_no_program_of_a_person_listens_but_the_one_socket_of_the_hub(
    stack: Stack, enter: Enters
) -> None:
    enter(CHIEF)
    ports = listening(CHIEF)
    assert len(ports) == 1 and set(ports.values()) == {"0100007F"}
    # Kernels speak by sockets in a folder of their own. One port is left, at which ipykernel takes
    # what forked processes print; it heeds only messages with 16 random bytes at their head.
    kernels = [pid for pid in processes_of(CHIEF) if "ipykernel_launcher" in _command(pid)]
    assert kernels and len(listening(CHIEF, "ipykernel_launcher")) <= len(kernels)
    assert list(Path(f"{stack.folder}/run/{pwd.getpwnam(CHIEF).pw_uid}").rglob("*-ipc-1"))
    (port,) = ports
    # A colleague at the machine who knows the port is asked for the hub's login all the same.
    for path in ("", "supervisor", "api/kernels/x", "voila/query/x", "voila/files/x.png"):
        code = f"""
import http.client
asking = http.client.HTTPConnection("127.0.0.1", {port})
asking.request("GET", "/user/{CHIEF}/{path}")
answer = asking.getresponse()
print(answer.status, answer.getheader("Location", ""))
"""
        told = stack.as_person(OTHER, str(stack.python), "-c", code).stdout
        status, _blank, leads = told.strip().partition(" ")
        assert status in ("302", "403", "404"), (path, status)
        assert status != "302" or "/hub/api/oauth2/authorize" in leads or leads.endswith("/"), path


@pytest.mark.console_errors_expected("WebSocket", REFUSED_BY_BROWSER)
def test_port_of_a_server_that_died_cannot_be_taken_over(stack: Stack, enter: Enters) -> None:
    enter(ADMIN)
    (port,) = listening(ADMIN)
    for pid in processes_of(ADMIN):
        os.kill(pid, signal.SIGKILL)
    code = f"""
import socket
taken = socket.socket()
taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
try:
    taken.bind(("127.0.0.1", {port}))
    taken.listen()
    print("taken")
except OSError as refusal:
    print(refusal.errno)
"""
    told = stack.as_person(OTHER, str(stack.python), "-c", code).stdout
    assert told.strip() == "98", "a colleague listens where a supervisor's browser will call"
    page = enter(ADMIN, lives=False)  # and the hub starts it anew, by itself
    live = page.locator("html[data-casework=live]")
    expect(live).to_be_attached(timeout=LIVE_SECONDS * 1000)


@pytest.mark.console_errors_expected(REFUSED_BY_BROWSER)
def test_notebook_of_a_caseworker_is_held_by_machine_and_database(
    stack: Stack, enter: Enters
) -> None:
    others = people_of(stack, OTHER)
    page = enter(WORKER)
    page.goto(f"{stack.address}/hub/spawn/{WORKER}/lab")
    page.wait_for_url(f"**/user/{WORKER}/lab/**", timeout=180_000)
    expect(page.locator("#jp-main-dock-panel")).to_be_visible(timeout=180_000)
    base = f"/user/{WORKER}/lab/"
    code = f"""
import json, os, re, resource, subprocess, urllib.request, urllib.error
import casework
import psycopg
from sqlalchemy import text
from casework.workbook import open_workbook

def tried(act):
    try:
        return act()
    except BaseException as refusal:
        return type(refusal).__name__

book = open_workbook()
def asked(sql, **values):
    with book.engine.connect() as connection:
        return connection.execute(text(sql), values).scalar()

def by_hub(path):
    request = urllib.request.Request(os.environ["JUPYTERHUB_API_URL"] + path)
    request.add_header("Authorization", "token " + os.environ.get("JUPYTERHUB_API_TOKEN", ""))
    try:
        return urllib.request.urlopen(request).status
    except urllib.error.HTTPError as refusal:
        return refusal.code

folder = book.engine.url.query["host"]
status = open("/proc/self/status").read()
os.close(os.open("mine.txt", os.O_CREAT | os.O_WRONLY, 0o666))
print(json.dumps({{
    "role": book.actor.role,
    "acts for others": tried(lambda: book.act_as("{CHIEF}")),
    "own": asked("SELECT count(*) FROM person"),
    "others": asked("SELECT count(*) FROM person WHERE id = ANY(:ids)", ids={sorted(others)}),
    "as chief": tried(lambda: psycopg.connect(f"host={{folder}} dbname=casework user={CHIEF}")),
    "as owner": tried(lambda: psycopg.connect(f"host={{folder}} dbname=casework user={MARK}owner")),
    "as postgres": tried(lambda: psycopg.connect(f"host={{folder}} user=postgres dbname=casework")),
    "set role": tried(lambda: asked("SET ROLE \\"{CHIEF}\\"")),
    "other database": tried(lambda: psycopg.connect(f"host={{folder}} dbname=postgres")),
    "file": tried(lambda: open_workbook("here.sqlite", agency="changshu")),
    "no new privileges": re.search("NoNewPrivs:\\t(.)", status)[1],
    "capabilities": re.search("CapEff:\\t(.*)", status)[1],
    "groups": os.getgroups() == [os.getgid()] or sorted(os.getgroups()),
    "memory": tried(lambda: bytearray(3 * 2**30) and "given"),
    "dumps": resource.getrlimit(resource.RLIMIT_CORE),
    "processes": resource.getrlimit(resource.RLIMIT_NPROC)[1],
    "mode": oct(os.stat("mine.txt").st_mode & 0o777),
    "hub users": by_hub("/users"),
    "hub other": by_hub("/users/{CHIEF}"),
    "installation": tried(lambda: open(os.path.dirname(os.__file__) + "/x", "w")),
    "package": tried(lambda: open(casework.__file__, "a")),
}}))
"""
    found = run_in_kernel(page, base, code)
    assert found["role"] == "caseworker"
    assert (found["own"], found["others"]) == (len(people_of(stack, WORKER)), 0)
    assert found["acts for others"] == found["file"] == "NotPermitted"
    assert found["as chief"] == found["as owner"] == found["as postgres"] == "OperationalError"
    assert found["other database"] == "OperationalError"
    assert found["set role"] == "ProgrammingError" or "denied" in str(found["set role"])
    assert (found["no new privileges"], int(found["capabilities"], 16)) == ("1", 0)
    assert found["memory"] == "MemoryError"
    assert (found["dumps"], found["processes"]) == ([0, 0], 200)
    assert found["mode"] == "0o600"
    assert found["hub users"] in (403, 404) and found["hub other"] in (403, 404)
    assert found["installation"] == found["package"] == "PermissionError"
    assert page.request.get(f"{stack.address}{base}api/terminals").status == 404


# Going ------------------------------------------------------------------------------------------


def test_logging_out_ends_the_server_and_leads_to_the_login(
    stack: Stack, open_page: Callable[..., Page]
) -> None:
    page = open_page()
    log_in(page, stack, OTHER)
    expect(page.locator("html[data-casework=live]")).to_be_attached(timeout=180_000)
    page.click("text=账户")
    page.click("text=退出登录")
    expect(page.locator("h1")).to_contain_text(re.compile("已退出登录|离退休干部工作台"))
    page.goto(f"{stack.address}/user/{OTHER}/")
    expect(page.locator("#password")).to_be_visible()
    latest = time.monotonic() + 120
    while processes_of(OTHER) and time.monotonic() < latest:
        time.sleep(0.2)
    assert not processes_of(OTHER)


@pytest.mark.console_errors_expected("WebSocket", REFUSED_BY_BROWSER)
def test_closed_account_sees_nothing_at_the_next_click_and_its_server_ends(
    stack: Stack, enter: Enters, open_page: Callable[..., Page]
) -> None:
    page = enter(LEAVER)
    expect(page.locator(".cw-main")).to_contain_text("在册")
    assert stack.owner("access", "revoke", LEAVER).returncode == 0
    page.get_by_role("button", name="人员", exact=True).click()
    # Shown with nobody on it; on a busy machine the hub has ended the server before the click.
    turned = page.locator(".cw-main h1").filter(has_not_text="看板")
    expect(turned.or_(page.locator("#cw-banner").get_by_role("button"))).to_be_visible()
    names = set(people_of(stack, CHIEF).values())
    assert not [name for name in names if name in page.locator(".cw-main").inner_text()]
    latest = time.monotonic() + 180
    while processes_of(LEAVER) and time.monotonic() < latest:
        time.sleep(0.2)
    assert not processes_of(LEAVER)
    page.goto(f"{stack.address}/hub/home")  # the cookie of the hub is still there
    expect(page.get_by_role("alert").or_(page.locator("#password"))).to_be_visible()
    later = open_page()
    log_in(later, stack, LEAVER)
    expect(later.get_by_role("alert")).to_contain_text("未能登录")
    done = stack.account("close", LEAVER)
    assert done.returncode == 1 and LEAVER in done.stderr  # it is closed already, and says so


def test_logs_hold_no_name_of_a_person(stack: Stack, enter: Enters) -> None:
    names = {name.encode() for name in people_of(stack, CHIEF).values()}
    logs = [*stack.folder.glob("*.log"), *stack.folder.glob("run/*/*.log")]
    assert len(logs) > 3
    assert not [log.name for log in logs for name in names if name in log.read_bytes()]

"""Many people at once under the hub: memory and time of open dashboards, and of twenty who save.

Real accounts of the machine, hub, proxy, servers, kernels and PostgreSQL, as the smoke test of
``deploy/`` starts them; so it has to be root. Opens 1 and 10 dashboards, with ``--large`` also 50.
Memory is the proportional set size, which counts what processes share once. While others load the
machine, seconds tell little: CPU seconds and the ratio within the run do.
"""

from __future__ import annotations

import http.cookiejar
import json
import os
import pwd
import re
import statistics
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.table import show
from deploy.tests.stack import MARK, Stack, a_stack

PAGES, MORE_PAGES = (1, 10), (50,)
WRITERS, ROUNDS = 20, 2
# Mean pause between two saves of a person, and how many: as fast as people are, then as fast as
# the machine is.
PACES = ((10.0, 5), (0.0, 20))
LONGEST_SECONDS = 300
AGAIN_SECONDS = 1.0
KINDS = {
    "jupyterhub": "hub",
    "configurable-http-proxy": "proxy",
    "casework.ui.hub": "server of a person",
    "ipykernel_launcher": "kernel of a page",
    "postgres": "PostgreSQL",
}
_TICKS = os.sysconf("SC_CLK_TCK")


def measure(large: bool = False) -> None:
    """Print memory, CPU and time; with ``large`` also for 50 dashboards (7 GB, ten minutes)."""
    if os.geteuid() != 0:
        print("many_users makes accounts of the machine: run it as root.")
        return
    numbers = [*PAGES, *(MORE_PAGES if large else ())]
    crowd = [f"{MARK}-many{n}" for n in range(max(*numbers, WRITERS))]
    with a_stack(people=60, crowd=crowd) as stack:
        _saving(stack, crowd[:WRITERS])
        _looking(stack, crowd, numbers)


# Looking ----------------------------------------------------------------------------------------


def _looking(stack: Stack, crowd: list[str], numbers: list[int]) -> None:
    rows, opened = [], 0
    for number in numbers:
        before = _cpu_seconds(stack)
        new = crowd[opened:number]
        with ThreadPoolExecutor(len(new)) as people:
            taken = sorted(people.map(lambda login: _opened(stack, login), new))
        opened = number
        memory, counted = _memory(stack)
        each = {kind: memory[kind] / max(1, counted[kind]) for kind in KINDS.values()}
        rows.append(
            [
                number,
                statistics.median(taken),
                taken[-1],
                (_cpu_seconds(stack) - before) / len(new),
                sum(memory.values()),
                each["server of a person"] + each["kernel of a page"],
                each["server of a person"],
                each["kernel of a page"],
                memory["hub"] + memory["proxy"],
                memory["PostgreSQL"],
            ]
        )
    heads = ["open", "median s", "last s", "CPU s each", "MB in all", "MB a person", "its server",
             "its kernel", "hub, proxy", "PostgreSQL"]  # fmt: skip
    show("Dashboards opened by people who all log in at once", heads, rows)


def _opened(stack: Stack, login: str) -> float:
    """Log in and fetch the whole page, as a browser does; give the seconds from the password on."""
    cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    browser = urllib.request.build_opener(cookies)
    browser.addheaders = [("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Site", "same-origin")]
    form = browser.open(f"{stack.address}/hub/login").read().decode()
    xsrf = re.search(r'name="_xsrf" value="([^"]+)"', form)
    if xsrf is None:
        raise ValueError("no form to log in by")
    said = {"_xsrf": xsrf[1], "username": login, "password": stack.passwords[login]}
    begun = time.perf_counter()
    address, sent = f"{stack.address}/hub/login", urllib.parse.urlencode(said).encode()
    while time.perf_counter() - begun < LONGEST_SECONDS:
        try:
            page = browser.open(address, sent, timeout=LONGEST_SECONDS).read()
        except urllib.error.HTTPError as refusal:
            if refusal.code not in (424, 429, 503):  # waiting in the queue, or just starting
                raise
            page = b""
        if b"jupyter-config-data" in page:
            return time.perf_counter() - begun
        address, sent = f"{stack.address}/hub/spawn/{login}", None
        time.sleep(AGAIN_SECONDS)
    raise ValueError(f"{login} got no page")


def _ours(stack: Stack) -> Iterator[tuple[Path, str]]:
    """Give the processes of the installation, and what each is."""
    place = str(stack.folder)
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            uid = process.stat().st_uid
        except OSError:
            continue
        with_us = place in command or uid == pwd.getpwnam("postgres").pw_uid
        kind = next((kind for word, kind in KINDS.items() if word in command), None)
        if with_us and kind:
            yield process, kind


def _memory(stack: Stack) -> tuple[Counter[str], Counter[str]]:
    """Give megabytes and number of processes by kind."""
    memory, counted = Counter[str](), Counter[str]()
    for process, kind in _ours(stack):
        try:
            told = (process / "smaps_rollup").read_text()
        except OSError:
            continue
        found = re.search(r"^Pss:\s+(\d+) kB", told, re.M)
        memory[kind] += int(found[1]) // 1024 if found else 0
        counted[kind] += 1
    return memory, counted


def _cpu_seconds(stack: Stack) -> float:
    total = 0
    for process, _kind in _ours(stack):
        try:
            cells = (process / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(map(int, cells[11:15]))  # with children that have ended
    return total / _TICKS


# Saving -----------------------------------------------------------------------------------------

_SAVE = """
import json, random, sys, time
from datetime import date
from pathlib import Path
from uuid import uuid4

from casework.workbook import open_workbook
from casework.workbook.contacts import ContactEntry, PersonEntry

person, saves, pause, start = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
book = open_workbook()

def save():
    entry = ContactEntry(uuid4().hex, book.today, "phone", (PersonEntry(person, heard="好"),))
    begun = time.perf_counter()
    book.contacts.record(entry)
    return time.perf_counter() - begun

save()
print("ready", flush=True)
while not Path(start).exists():
    time.sleep(0.01)
taken = []
for _n in range(saves):
    time.sleep(random.uniform(0, 2 * pause))
    taken.append(save())
print(json.dumps(taken), flush=True)
"""


def _saving(stack: Stack, crowd: list[str]) -> None:
    """Let twenty save, each for their own person; then the owner for the same, without rules."""
    numbers = _give_seats(stack, crowd)
    owner = [f"{MARK}owner"] * len(crowd)
    for pace in PACES:
        pause, saves = pace
        ruled: list[float] = []
        free: list[float] = []
        for n in range(ROUNDS):
            ruled += _round(stack, crowd, numbers, f"ruled{pause}-{n}", pace)
            free += _round(stack, owner, numbers, f"free{pause}-{n}", pace)
        expected = ROUNDS * len(crowd) * saves
        rows = [
            [name, len(taken), expected - len(taken), *_told(taken)]
            for name, taken in (("their own login", ruled), ("the owner, no rules", free))
        ]
        ratios = [mine / theirs for mine, theirs in zip(_told(ruled), _told(free), strict=True)]
        rows.append(["ratio", "", "", *ratios])
        heads = ["saved as", "saved", "lost", "median ms", "p95 ms", "longest ms"]
        often = f"about every {pause:.0f} s" if pause else "without a pause"
        show(f"{len(crowd)} people saving a contact {often}", heads, rows)


def _told(taken: list[float]) -> list[float]:
    cuts = statistics.quantiles(taken, n=20)
    return [1000 * statistics.median(taken), 1000 * cuts[-1], 1000 * max(taken)]


def _give_seats(stack: Stack, crowd: list[str]) -> list[int]:
    """Give each of them one person to care for."""
    made = f"{MARK}owner"
    found = stack.sql(
        made,
        "SELECT id FROM person WHERE died_on IS NULL AND merged_into_id IS NULL AND id IN "
        "(SELECT person_id FROM case_file WHERE closed_on IS NULL) ORDER BY id",
    )
    numbers = [int(one) for one in found.stdout.split()][: len(crowd)]
    for login, number in zip(crowd, numbers, strict=True):
        done = stack.sql(
            made,
            "INSERT INTO care_team_member (person_id, role, staff_id, valid_from, recorded_at, "
            f"recorded_by) SELECT {number}, 'helper', id, '2020-01-01', now(), 'bench' "
            f"FROM staff WHERE login = '{login}'",
        )
        if done.returncode:
            raise ValueError(done.stderr)
    return numbers


def _round(
    stack: Stack, logins: list[str], numbers: list[int], name: str, pace: tuple[float, int]
) -> list[float]:
    pause, saves = pace
    start = stack.folder / f"start-{name}"
    running = []
    for login, number in zip(logins, numbers, strict=True):
        account = pwd.getpwnam(login)
        running.append(
            subprocess.Popen(
                [stack.python, "-sP", "-c", _SAVE, str(number), str(saves), str(pause), str(start)],
                user=account.pw_uid,
                group=account.pw_gid,
                extra_groups=[],
                cwd="/",
                env={"PATH": os.defpath, "CASEWORK_DB": stack.database_url},
                stdout=subprocess.PIPE,
                text=True,
            )
        )  # fmt: skip
    taken: list[float] = []
    for login, one in zip(logins, running, strict=True):
        said = one.stdout.readline().strip() if one.stdout else ""
        if said != "ready":
            for each in running:
                each.kill()
            raise ValueError(f"{login} could not save ({one.wait()}): {said}")
    start.touch()
    for one in running:
        said, _errors = one.communicate(timeout=LONGEST_SECONDS)
        taken += json.loads(said)
    return taken

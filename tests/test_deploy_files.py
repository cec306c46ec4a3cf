"""The units and the container say the same, and name what is there."""

from __future__ import annotations

import configparser
import os
import re
import runpy
from pathlib import Path
from typing import Any

import pytest
import yaml

DEPLOY = Path(__file__).parents[1] / "deploy"
KNOWN = {
    "build", "image", "restart", "environment", "volumes", "tmpfs", "ports", "cap_drop", "cap_add",
    "security_opt", "mem_limit", "pids_limit", "stop_grace_period", "depends_on", "network_mode",
}  # fmt: skip
# What the hub does without once it runs: install.py and account.py work on files of others.
BESIDE_THE_HUB = {"DAC_OVERRIDE", "FOWNER", "SETPCAP"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    read = yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text(encoding="utf-8"))
    assert read.keys() == {"services", "volumes"}
    return read


def unit(name: str) -> dict[str, list[str]]:
    """Read the settings of a service; one that is said twice has two values."""
    found: dict[str, list[str]] = {}
    text = (DEPLOY / "systemd" / f"{name}.service").read_text(encoding="utf-8")
    parser = configparser.RawConfigParser(strict=False)
    parser.read_string(text)
    assert set(parser.sections()) >= {"Unit", "Service"}
    for line in text.partition("[Service]")[2].partition("[Install]")[0].splitlines():
        key, mark, value = line.partition("=")
        if mark and not line.startswith("#"):
            found.setdefault(key, []).append(value)
    return found


def test_container_has_the_limits_and_powers_of_the_units(compose):
    hub, box = unit("casework-hub"), compose["services"]["casework"]
    assert [str(box["pids_limit"])] == hub["TasksMax"]
    assert hub["NoNewPrivileges"] == ["yes"] and box["security_opt"] == ["no-new-privileges:true"]
    powers = {one.removeprefix("CAP_") for one in hub["CapabilityBoundingSet"][0].split()}
    assert box["cap_drop"] == ["ALL"] and set(box["cap_add"]) == powers | BESIDE_THE_HUB
    assert box["mem_limit"] and hub["MemoryMax"] and hub["MemoryHigh"]
    stops = int(re.sub(r"\D", "", box["stop_grace_period"]))
    assert stops >= int(hub["TimeoutStopSec"][0])
    assert any(one.startswith("/run:") for one in box["tmpfs"])


def test_what_the_container_names_is_there(compose):
    assert set(compose["volumes"]) == {"state", "home"}
    here = DEPLOY / "compose"
    for service in compose["services"].values():
        assert service.keys() <= KNOWN
        for one in service.get("volumes", ()):
            source, _colon, _rest = one.partition(":")
            assert source in compose["volumes"] or source == "./tls" or (here / source).is_file()
    build = compose["services"]["casework"]["build"]
    assert (here / build["context"] / build["dockerfile"]).is_file()
    entry = (here / "entry.sh").read_text(encoding="utf-8")
    for path in re.findall(r"/src/(deploy/[\w./]+)", entry):
        assert (DEPLOY.parent / path).is_file(), path
    options = set(re.findall(r"\"(--[\w-]+)\"", (DEPLOY / "install.py").read_text("utf-8")))
    command = entry.partition("/src/deploy/install.py")[2].partition("\nfor ")[0]
    assert set(re.findall(r"--[\w-]+", command)) <= options
    # Both go one way into the database: peer, under the same name and owner.
    assert "s/@database@/casework/; s/@owner@/casework/" in entry
    assert "/src/deploy/postgresql/casework.conf" in entry


@pytest.mark.parametrize("name", ["casework-hub", "casework-proxy", "casework-backup"])
def test_unit_is_filled_in_wherever_it_has_a_place(name):
    marks = set(re.findall(r"@(\w+)@", (DEPLOY / "systemd" / f"{name}.service").read_text("utf-8")))
    installer = (DEPLOY / "install.py").read_text(encoding="utf-8")
    assert [mark for mark in marks if f'"{mark}"' not in installer] == []


@pytest.fixture
def tree(tmp_path):
    """Give a tree of groups like that of cgroup v2, in which one was handed to us."""
    own = tmp_path / "system.slice" / "casework-hub.service"
    own.mkdir(parents=True)
    (own / "cgroup.controllers").write_text("cpu memory pids\n")
    (tmp_path / "cgroup.controllers").write_text("cpu memory pids\n")
    return tmp_path


def groups(tree, place="/system.slice/casework-hub.service"):
    made = runpy.run_path(str(DEPLOY / "hub" / "person_groups.py"))["PersonGroups"]
    return made(4 * 2**30, 200, tree, f"0::{place}\n")


def test_programs_of_a_person_have_one_limit_together_below_the_group_of_the_hub(tree):
    found = groups(tree)
    own = tree / "system.slice" / "casework-hub.service"
    # What gives its controllers down holds no process itself: the hub moves aside before.
    assert (own / "hub" / "cgroup.procs").read_text().split() == [str(os.getpid())]
    assert (own / "cgroup.subtree_control").read_text().split() == ["+memory", "+pids"]
    for _again in range(2):
        assert found.of(1001) == own / "person-1001" / "cgroup.procs"
    assert (own / "person-1001" / "memory.max").read_text().split() == [str(4 * 2**30)]
    assert (own / "person-1001" / "pids.max").read_text().split() == ["200"]
    assert found.of(1002).parent != found.of(1001).parent


def test_without_a_group_of_its_own_the_hub_makes_none_for_people(tree):
    (tree / "system.slice" / "casework-hub.service" / "cgroup.controllers").write_text("cpu\n")
    for place in ("/", "/system.slice/casework-hub.service", "/elsewhere"):
        found = groups(tree, place)
        assert not found.are_there and found.of(1001) is None
    assert {one.name for one in tree.iterdir()} == {"system.slice", "cgroup.controllers"}


def test_unit_hands_down_what_the_hub_gives_to_people():
    hub = unit("casework-hub")
    assert hub["Delegate"] == ["memory pids"]
    assert any("/sys/fs/cgroup/" in one for one in hub["ReadWritePaths"])

"""The units are as systemd wants them, and as narrow as they say."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from deploy.tests.stack import Stack

# Of 10, by systemd's own count; the hub has to become other people.
EXPOSED = {"casework-proxy": 2.0, "casework-hub": 5.0, "casework-backup": 2.0}


@pytest.mark.parametrize("name", [f"{one}.service" for one in EXPOSED] + ["casework-backup.timer"])
def test_systemd_reads_every_line_of_the_unit(stack: Stack, name: str) -> None:
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--generators=no", stack.folder / "units" / name],
        capture_output=True,
        text=True,
        check=False,
    )
    told = [line for line in done.stderr.splitlines() if "casework" in line]
    assert not [line for line in told if "postgresql.service" not in line], done.stderr


@pytest.mark.parametrize("name", EXPOSED)
def test_unit_leaves_little_open_by_the_count_of_systemd(stack: Stack, name: str) -> None:
    unit: Path = stack.folder / "units" / f"{name}.service"
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", unit],
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"exposure level for \S+: ([\d.]+)", done.stdout)
    assert found, done.stderr
    assert float(found[1]) <= EXPOSED[name], done.stdout

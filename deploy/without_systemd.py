#!/usr/bin/env python3
"""Run the units of install.py where there is no systemd: in a container, and in the smoke test.

Decides what of a unit can be kept without it: command, account, surroundings, capabilities, no new
privileges, umask. The rest (read-only places, private folders, memory of all) is the container's.

    without_systemd.py FOLDER_OF_UNITS      proxy and hub, until SIGTERM or until one of them ends

Standard library only.
"""

from __future__ import annotations

import os
import pwd
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

SERVICES = ("casework-proxy", "casework-hub")
STOP_SECONDS = 30


def start(unit: Path, log: IO[bytes] | int | None = None) -> subprocess.Popen[bytes]:
    """Start a service as its unit says; it ends with whoever started it."""
    said = _settings(unit)
    surroundings = {"PATH": os.defpath}
    for file in said.get("EnvironmentFile", []):
        surroundings.update(_pairs(Path(file).read_text(encoding="utf-8").split()))
    for line in said.get("Environment", []):
        surroundings.update(_pairs(shlex.split(line)))
    allowed = [one.removeprefix("CAP_").lower() for one in said["CapabilityBoundingSet"][0].split()]
    bounded = ",".join(["-all", *(f"+{one}" for one in allowed)])
    command = ["setpriv", "--bounding-set", bounded, "--inh-caps=-all", "--pdeathsig", "TERM"]
    if said.get("NoNewPrivileges") == ["yes"]:
        command.append("--no-new-privs")
    account = pwd.getpwnam(said["User"][0])
    if account.pw_uid:
        command += [f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
    return subprocess.Popen(
        [*command, *shlex.split(said["ExecStart"][0])],
        env=surroundings,
        cwd=said.get("WorkingDirectory", ["/"])[0],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        umask=int(said["UMask"][0], 8),
    )


def stop(process: subprocess.Popen[bytes]) -> None:
    """Stop a service as systemd does: ask, then insist."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def main(arguments: list[str]) -> int:
    """Run proxy and hub; 0 when told to end, 1 when one of them ended by itself."""
    if len(arguments) != 1:
        print("usage: without_systemd.py FOLDER_OF_UNITS", file=sys.stderr)
        return 2
    told: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: told.append(number))
    running = [start(Path(arguments[0]) / f"{name}.service") for name in SERVICES]
    while not told and all(one.poll() is None for one in running):
        time.sleep(0.5)
    for one in reversed(running):
        stop(one)
    return 0 if told else 1


def _settings(unit: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in unit.read_text(encoding="utf-8").splitlines():
        key, sign, value = line.partition("=")
        if sign and not line.startswith("#"):
            found.setdefault(key, []).append(value)
    return found


def _pairs(words: list[str]) -> dict[str, str]:
    return {name: value for name, _sign, value in (word.partition("=") for word in words)}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

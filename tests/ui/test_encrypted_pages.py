"""Pages of an encrypted workbook: kernels have the key, and nobody can read where they got it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

from casework.access import keys
from casework.access.cipher import salt_of
from casework.workbook.encrypting import encrypt_workbook
from tests.ui.served import ROOT, Served, answer

WORD = "three-quiet-lanterns"
READY_SECONDS = 240


def _processes(first: int) -> list[int]:
    """List a process and all that it started."""
    order = ["pgrep", "-P", str(first)]
    listed = subprocess.run(order, capture_output=True, text=True, check=False)
    return [first, *(one for child in listed.stdout.split() for one in _processes(int(child)))]


def _content(path: Path) -> bytes:
    """Read a file, unless a program has put it away meanwhile."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def _told(pid: int) -> bytes:
    """Give the arguments and the environment of a process, as Linux and macOS both tell them.

    Nothing, when it has ended: the program asks others for what takes a moment.
    """
    order = ["ps", "eww", "-o", "command=", "-p", str(pid)]
    return subprocess.run(order, capture_output=True, check=False).stdout


def test_pages_open_and_neither_arguments_environment_nor_files_hold_the_key(
    workbook_file: Path, tmp_path: Path
) -> None:
    encrypt_workbook(str(workbook_file), lambda: WORD, lambda _share, _said: None, keyring=False)
    raw = keys.key_from(WORD, salt_of(workbook_file)).raw
    keys.forget_keys()
    home, temporary = tmp_path / "home", tmp_path / "tmp"
    home.mkdir(), temporary.mkdir()
    reading, giving = os.pipe()
    os.write(giving, f"{WORD}\n".encode())
    os.close(giving)
    order = ["-m", "casework", "serve", "--db", str(workbook_file), "--port", "8960"]
    surroundings = {**os.environ, "HOME": str(home), "TMPDIR": str(temporary)}
    process = subprocess.Popen(
        [sys.executable, *order, "--key-fd", str(reading)], env=surroundings, pass_fds=[reading],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT,
    )  # fmt: skip
    os.close(reading)
    served = Served(process)
    listening = threading.Thread(
        target=lambda: served.lines.extend(iter(process.stdout.readline, "")), daemon=True
    )
    listening.start()
    try:
        latest = time.monotonic() + READY_SECONDS
        while not served.is_ready and process.poll() is None and time.monotonic() < latest:
            time.sleep(0.05)
        status, _headers, page = answer(served.address)
        assert status == 200 and "常熟" in page and "已加密" not in page, page[-2000:]
        secrets = (WORD.encode(), raw.hex().encode(), raw)
        running = _processes(process.pid)
        told = [said for pid in running if (said := _told(pid))]
        assert len(told) > 1
        for said in told:
            assert b"-m casework" in said or b"ipykernel" in said, said[:500]
            assert not [one for one in secrets if one in said], said[:500]
        assert [said for said in told if b"ipykernel" in said and b"CASEWORK_KEYS=" in said]
        lying = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert not [path for path in lying for one in secrets if one in _content(path)]
        assert not re.search(WORD, "".join(served.lines))
    finally:
        served.end()
        listening.join(10)
        process.stdout.close()
    assert not [path for path in temporary.rglob("*") if path.name == "keys"]

"""Where this machine keeps the programs that the tests drive.

Decides which Chromium and which PostgreSQL are used, and what counts as a Chinese font; run.py
installs what is missing. Standard library only, because it is asked before anything is installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

__all__ = ["chinese_font", "chromium", "missing_programs", "postgresql"]


def missing_programs() -> list[str]:
    """Name the Debian packages that would bring what is not on this machine."""
    found = {
        "chromium": chromium(),
        "fonts-noto-cjk": chinese_font(),
        "libatomic1": sys.platform == "darwin" or browser_driver_starts(),
        "postgresql": postgresql(),
        # Writes down the calls of a program, of which power cuts are made; macOS has no such.
        "strace": sys.platform == "darwin" or shutil.which("strace"),
    }
    return [package for package, thing in found.items() if not thing]


def chromium() -> str | None:
    """Find a Chromium that starts: ``$CHROMIUM``, else the usual names and places."""
    usual = [
        "chromium",
        "chromium-browser",
        "google-chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    ]
    wished = os.environ.get("CHROMIUM")
    for name in [wished] if wished else usual:
        path = shutil.which(name)
        if path and starts(path):  # Ubuntu has a name that only points to the snap
            return path
    return None


def chinese_font() -> bool:
    """Tell whether pages in Chinese show more than boxes."""
    if sys.platform == "darwin":
        return True
    lister = shutil.which("fc-list")
    if not lister:
        return False
    return bool(subprocess.run([lister, ":lang=zh"], capture_output=True, check=False).stdout)


def browser_driver_starts() -> bool:
    """Tell whether Playwright's own Node runs; a minimal Debian lacks a library that it needs."""
    home = Path(__file__).parent.parent / ".venv"
    nodes = home.glob("lib/python3*/site-packages/playwright/driver/node")
    return all(starts(str(node)) for node in nodes)


def postgresql() -> Path | None:
    """Find the folder of the newest PostgreSQL server; Debian keeps it off the path."""
    homes = [
        *Path("/usr/lib/postgresql").glob("*/bin"),
        *Path("/opt/homebrew/opt").glob("postgresql*/bin"),
        *Path("/usr/local/opt").glob("postgresql*/bin"),
        *Path("/Applications/Postgres.app/Contents/Versions").glob("[0-9]*/bin"),
    ]
    homes.sort(key=lambda home: _number_in(home.parent.name))
    on_path = shutil.which("initdb")
    if on_path:
        homes.insert(0, Path(on_path).resolve().parent)
    whole = [home for home in homes if (home / "initdb").exists() and (home / "postgres").exists()]
    return whole[-1] if whole else None


def _number_in(name: str) -> int:
    return int("".join(filter(str.isdigit, name)) or 0)


def starts(program: str) -> bool:
    """Tell whether a program can give its version."""
    return subprocess.run([program, "--version"], capture_output=True, check=False).returncode == 0

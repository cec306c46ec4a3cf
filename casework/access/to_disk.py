"""Bringing a written file to the disk itself.

What macOS does for ``fsync`` may end in the memory of the drive, which a power cut empties; it has
an order of its own that does not. SQLite is told the same by ``PRAGMA fullfsync``.
"""

from __future__ import annotations

import os
from contextlib import suppress

try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None  # type: ignore[assignment]

__all__ = ["bring_to_disk"]


def bring_to_disk(file: int) -> None:
    """Wait until what was written to an open file or folder would outlast a power cut."""
    whole = getattr(fcntl, "F_FULLFSYNC", None)
    if whole is not None:
        with suppress(OSError):  # file systems that do not know it, as of a share
            fcntl.fcntl(file, whole)
            return
    os.fsync(file)

"""Whether a file lies on a disk of this computer, or on one that others reach over the network.

Decides which file systems are shared over a network. The write-ahead log of SQLite is shared memory
of one computer: two computers that write to one file over a network damage it, without a word.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

__all__ = ["is_on_network", "kind_of_mount"]

_MOUNTS = Path("/proc/self/mountinfo")
_SHARED = frozenset({
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "smb2", "ncpfs", "afs", "ceph", "lustre", "glusterfs",
    "davfs", "fuse.sshfs", "fuse.davfs2", "fuse.glusterfs", "fuse.rclone", "fuse.smbnetfs",
    "fuse.s3fs", "fuse.gvfsd-fuse",
})  # fmt: skip
_REMOTE_DRIVE = 4  # as GetDriveTypeW says it


def is_on_network(path: Path) -> bool:
    """Tell whether a file, or the folder it would be made in, is shared over a network.

    Where the system does not tell (macOS), the answer is no.
    """
    there = path.expanduser().resolve()
    if sys.platform == "win32":
        return _is_remote_drive(there)
    try:
        lines = _MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    return kind_of_mount(there, lines) in _SHARED


def kind_of_mount(path: Path, lines: Iterable[str]) -> str | None:
    r"""Name the file system on which a path lies, by Linux's table of mounts (mountinfo).

    Examples
    --------
    >>> table = ["1 0 8:1 / / rw - ext4 /dev/sda1 rw",
    ...          "2 1 0:41 / /mnt/our\\040share rw shared:1 - cifs //server/share rw"]
    >>> kind_of_mount(Path("/mnt/our share/casework.sqlite"), table)
    'cifs'
    """
    best, found = -1, None
    for line in lines:
        mount, _dash, kind = line.partition(" - ")
        words = mount.split()
        if len(words) < 5 or not kind:
            continue
        point = Path(words[4].encode().decode("unicode_escape").encode("latin-1").decode())
        # Of two on one place, the later one covers the earlier.
        if path.is_relative_to(point) and len(point.parts) >= best:
            best, found = len(point.parts), kind.split()[0]
    return found


def _is_remote_drive(path: Path) -> bool:
    if path.drive.startswith("\\\\"):
        return True
    if os.name != "nt":
        return False
    import ctypes

    system = getattr(ctypes, "windll").kernel32  # noqa: B009 - only Windows has it
    return bool(system.GetDriveTypeW(f"{path.drive}\\") == _REMOTE_DRIVE)

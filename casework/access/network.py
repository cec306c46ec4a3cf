"""Whether a file lies on a disk of this computer, or on one that others reach over the network.

Decides which file systems are shared over a network. The write-ahead log of SQLite is shared memory
of one computer: two computers that write to one file over a network damage it, without a word.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

__all__ = ["is_on_network", "kind_of_mount"]

_MOUNTS = Path("/proc/self/mountinfo")
_SHARED = frozenset({
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "smb2", "ncpfs", "afs", "ceph", "lustre", "glusterfs",
    "davfs", "webdav", "afpfs", "fuse.sshfs", "fuse.davfs2", "fuse.glusterfs", "fuse.rclone",
    "fuse.smbnetfs", "fuse.s3fs", "fuse.gvfsd-fuse",
})  # fmt: skip
# What a Mac's mount says: //one@server/share on /Volumes/share (smbfs, nodev, nosuid)
_TOLD_BY_MAC = re.compile(r".* on (?P<point>/.*) \((?P<kind>\w+)[,)].*")
_REMOTE_DRIVE = 4  # as GetDriveTypeW says it


def is_on_network(path: Path) -> bool:
    """Tell whether a file, or the folder it would be made in, is shared over a network.

    Where the system does not tell, the answer is no.
    """
    there = path.expanduser().resolve()
    if sys.platform == "win32":
        return _is_remote_drive(there)
    if sys.platform == "darwin":
        return kind_of_mac_mount(there, _told_by_mac()) in _SHARED
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
    return _nearest(path, _mounts(lines))


def kind_of_mac_mount(path: Path, lines: Iterable[str]) -> str | None:
    """Name the file system on which a path lies, by what the command mount says on a Mac.

    Examples
    --------
    >>> told = ["/dev/disk3s1 on / (apfs, sealed, local)",
    ...         "//one@server/our share on /Volumes/our share (smbfs, nodev, mounted by one)"]
    >>> kind_of_mac_mount(Path("/Volumes/our share/casework.sqlite"), told)
    'smbfs'
    """
    found = (_TOLD_BY_MAC.fullmatch(line.strip()) for line in lines)
    return _nearest(path, ((Path(one["point"]), one["kind"]) for one in found if one))


def _told_by_mac() -> list[str]:
    try:
        done = subprocess.run(["/sbin/mount"], capture_output=True, text=True, check=False)
    except OSError:
        return []
    return done.stdout.splitlines()


def _mounts(lines: Iterable[str]) -> Iterator[tuple[Path, str]]:
    for line in lines:
        mount, _dash, kind = line.partition(" - ")
        words = mount.split()
        if len(words) >= 5 and kind:
            point = words[4].encode().decode("unicode_escape").encode("latin-1").decode()
            yield Path(point), kind.split()[0]


def _nearest(path: Path, mounts: Iterable[tuple[Path, str]]) -> str | None:
    best, found = -1, None
    for point, kind in mounts:
        # Of two on one place, the later one covers the earlier.
        if path.is_relative_to(point) and len(point.parts) >= best:
            best, found = len(point.parts), kind
    return found


def _is_remote_drive(path: Path) -> bool:
    if path.drive.startswith("\\\\"):
        return True
    if os.name != "nt":
        return False
    import ctypes

    system = getattr(ctypes, "windll").kernel32  # noqa: B009 - only Windows has it
    return bool(system.GetDriveTypeW(f"{path.drive}\\") == _REMOTE_DRIVE)

"""One control group a person: all that somebody's programs take together has a limit.

Decides where the groups are and what is written into them; needs the unified hierarchy (cgroup v2)
and a unit that hands the hub's own group down to it (``Delegate=``). Where there is none, as in
most containers, limits of each process and of all together are left. Standard library only.
"""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["PersonGroups"]

_ROOT = Path("/sys/fs/cgroup")
_CONTROLLERS = "+memory +pids"


class PersonGroups:
    """The groups below the hub's own.

    Parameters
    ----------
    memory_most : int
        Bytes of one person, swap included; kernels that want more are ended by the system.
    processes_most : int
        Processes and threads of one person.
    root : Path
        Where the hierarchy is mounted.
    told : str or None
        What ``/proc/self/cgroup`` says; None reads it.
    """

    def __init__(
        self, memory_most: int, processes_most: int, root: Path = _ROOT, told: str | None = None
    ) -> None:
        self.memory_most, self.processes_most = memory_most, processes_most
        self._own = self._delegated(root, told)

    @property
    def are_there(self) -> bool:
        """Whether people's programs are put into groups."""
        return self._own is not None

    def of(self, uid: int) -> Path | None:
        """Make the group of an account where there is none; give the file that takes processes."""
        if self._own is None:
            return None
        group = self._own / f"person-{uid}"
        group.mkdir(exist_ok=True)
        for name, most in (
            ("memory.max", self.memory_most),
            ("memory.swap.max", 0),
            ("pids.max", self.processes_most),
        ):
            if (group / name).exists() or name != "memory.swap.max":  # none without swap accounting
                (group / name).write_text(f"{most}\n", encoding="ascii")
        return group / "cgroup.procs"

    @staticmethod
    def _delegated(root: Path, told: str | None) -> Path | None:
        """Give the hub's own group, ready for groups below it; None where it is not the hub's."""
        lines = (told or Path("/proc/self/cgroup").read_text(encoding="ascii")).splitlines()
        place = next((line[3:] for line in lines if line.startswith("0::")), "/")
        own = root / place.lstrip("/")
        try:
            offered = (own / "cgroup.controllers").read_text(encoding="ascii").split()
            if own == root or not {"memory", "pids"} <= set(offered):
                return None
            # A group that gives controllers down holds no process itself.
            hub = own / "hub"
            hub.mkdir(exist_ok=True)
            (hub / "cgroup.procs").write_text(f"{os.getpid()}\n", encoding="ascii")
            (own / "cgroup.subtree_control").write_text(f"{_CONTROLLERS}\n", encoding="ascii")
        except OSError:
            return None
        return own

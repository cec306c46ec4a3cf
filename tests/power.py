"""Power cuts: what of a folder is left when everything that was not brought to the disk is lost.

A program is run under strace, which writes down every call by which it changes files. The calls are
played again up to any moment: what was synchronised is there; of the rest each sector of 512 bytes
is kept, dropped or torn by chance, and of the names in the folder so many as the folder had time
for. So the unchanged product is what is tried, its SQLite, its renames and its own fsyncs.

Decides what a cut leaves; leaves what must hold to whoever cuts.
"""

from __future__ import annotations

import os
import random
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Disk", "Recording", "record"]

_SECTOR = 512
_CALLS = (
    "openat,open,creat,close,write,pwrite64,pwritev,writev,lseek,ftruncate,truncate,fallocate,"
    "fsync,fdatasync,rename,renameat,renameat2,link,linkat,unlink,unlinkat,clone,clone3,fork,vfork,"
    "copy_file_range,sendfile,dup,dup2,dup3"
)
_LINE = re.compile(r"^(\d+) +(\w+)\((.*)\) += +(-?\d+|\?)", re.S)
_RESUMED = re.compile(r"^(\d+) +<\.\.\. (\w+) resumed>(.*)$", re.S)
_STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_UNKNOWN = {"pwritev", "writev", "copy_file_range", "sendfile", "dup", "dup2", "dup3", "truncate"}


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the program, as far as it concerns us: paths and data as bytes."""

    name: str
    fd: int = -1
    data: bytes = b""
    number: int = 0  # an offset, a size or what was returned
    path: str = ""
    other: str = ""
    flags: str = ""


@dataclass
class Inode:
    """A file by any name: what is on the disk, what programs see, and what is between."""

    durable: bytes = b""
    seen: bytearray = field(default_factory=bytearray)
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)

    def write(self, at: int, data: bytes) -> None:
        if len(self.seen) < at + len(data):
            self.seen.extend(bytes(at + len(data) - len(self.seen)))
        self.seen[at : at + len(data)] = data
        self.pending.append((at, data))

    def cut(self, size: int) -> None:
        self.seen = self.seen[:size].ljust(size, b"\0")
        self.pending.append((size, None))

    def sync(self) -> None:
        self.durable, self.pending = bytes(self.seen), []

    def after_a_cut(self, chance: random.Random) -> bytes:
        """Give what the disk may hold: of what is pending, some sectors, some of them torn."""
        left, share = bytearray(self.durable), chance.choice((0.0, 0.3, 0.7, 0.95, 1.0))
        for at, data in self.pending:
            if data is None:
                if chance.random() < share:
                    left = left[:at].ljust(at, b"\0")
                continue
            begin = at
            while begin < at + len(data):
                end = min(at + len(data), (begin // _SECTOR + 1) * _SECTOR)
                if chance.random() < share:
                    kept = data[begin - at : end - at]
                    if chance.random() < 0.05:
                        kept = kept[: chance.randrange(len(kept) + 1)]
                    if len(left) < begin + len(kept):
                        left.extend(bytes(begin + len(kept) - len(left)))
                    left[begin : begin + len(kept)] = kept
                begin = end
        return bytes(left)


class Disk:
    """One folder on a disk, changed by calls.

    Parameters
    ----------
    folder : str
        As the calls name it.
    before : dict of str to bytes
        The files that were there, durably.
    """

    def __init__(self, folder: str, before: dict[str, bytes]) -> None:
        self.folder = folder
        inodes = {name: Inode(data, bytearray(data)) for name, data in before.items()}
        self.names: dict[str, Inode] = dict(inodes)
        self.durable_names: dict[str, Inode] = dict(inodes)
        self.waiting: list[dict[str, Inode]] = []  # what the folder looked like after each change
        self.open: dict[int, Inode | None] = {}
        self.at: dict[int, int] = {}
        self.said = b""
        self.strange: set[str] = set()

    def play(self, call: Call) -> bool:
        """Do what a call did; tell whether it concerns a file of the folder, or was said."""
        doing = getattr(self, f"_{call.name}", None)
        ours = call.fd in self.open or (call.name == "write" and call.fd == 1)
        if doing is not None:
            doing(call)
        elif ours:
            self.strange.add(call.path)
        return ours or call.name in ("rename", "link", "unlink")

    def after_a_cut(self, chance: random.Random) -> dict[str, bytes]:
        """Give the files that may be there after the power failed now."""
        held = chance.randrange(len(self.waiting) + 1)
        names = self.waiting[held - 1] if held else self.durable_names
        return {
            name: inode.after_a_cut(chance)
            for name, inode in names.items()
            if not name.endswith("-shm")  # memory, which SQLite makes anew
        }

    def _renamed(self) -> None:
        self.waiting.append(dict(self.names))

    def _name(self, path: str) -> str | None:
        folder, _, name = path.rpartition("/")
        return name if folder == self.folder else None

    def _open(self, call: Call) -> None:
        if call.path == self.folder:
            self.open[call.number] = None
            return
        name = self._name(call.path)
        if name is None:
            self.open.pop(call.number, None)
            return
        if name not in self.names:
            self.names[name] = Inode()
            self._renamed()
        inode = self.names[name]
        if "O_TRUNC" in call.flags and inode.seen:
            inode.cut(0)
        self.open[call.number], self.at[call.number] = inode, 0

    def _close(self, call: Call) -> None:
        self.open.pop(call.fd, None)

    def _write(self, call: Call) -> None:
        if call.fd == 1:
            self.said += call.data
        inode = self.open.get(call.fd)
        if inode is not None:
            inode.write(self.at[call.fd], call.data)
            self.at[call.fd] += len(call.data)

    def _pwrite64(self, call: Call) -> None:
        inode = self.open.get(call.fd)
        if inode is not None:
            inode.write(call.number, call.data)

    def _lseek(self, call: Call) -> None:
        self.at[call.fd] = call.number

    def _ftruncate(self, call: Call) -> None:
        inode = self.open.get(call.fd)
        if inode is not None:
            inode.cut(call.number)

    def _fsync(self, call: Call) -> None:
        if call.fd not in self.open:
            return
        inode = self.open[call.fd]
        if inode is None:
            self.durable_names, self.waiting = dict(self.names), []
        else:
            inode.sync()

    def _rename(self, call: Call) -> None:
        one, other = self._name(call.path), self._name(call.other)
        if one is not None and other is not None:
            self.names[other] = self.names.pop(one)
            self._renamed()

    def _link(self, call: Call) -> None:
        one, other = self._name(call.path), self._name(call.other)
        if one is not None and other is not None:
            self.names[other] = self.names[one]
            self._renamed()

    def _unlink(self, call: Call) -> None:
        name = self._name(call.path)
        if name is not None and self.names.pop(name, None) is not None:
            self._renamed()


@dataclass(frozen=True, slots=True)
class Recording:
    """What a program did to a folder.

    Attributes
    ----------
    before : dict of str to bytes
        The files that were there when it began.
    calls : sequence of Call
    """

    folder: str
    before: dict[str, bytes]
    calls: Sequence[Call]

    def cuts(self, number: int, seed: int) -> Iterator[tuple[list[str], dict[str, bytes]]]:
        """Cut the power so many times, anywhere; give what was said by then, and what is left."""
        chance, trial = random.Random(seed), Disk(self.folder, self.before)
        ours = [n for n, call in enumerate(self.calls, 1) if trial.play(call)]
        moments = sorted(chance.choices(ours, k=number))
        disk, done = Disk(self.folder, self.before), 0
        for moment in moments:
            for call in self.calls[done:moment]:
                disk.play(call)
            done = max(done, moment)
            yield disk.said.decode().splitlines(), disk.after_a_cut(chance)

    def unsynchronised(self) -> Recording:
        """Give the same without bringing anything to the disk, as a program does that is wrong."""
        calls = [call for call in self.calls if call.name != "fsync"]
        return Recording(self.folder, self.before, calls)

    def at_the_end(self) -> Disk:
        """Play everything."""
        disk = Disk(self.folder, self.before)
        for call in self.calls:
            disk.play(call)
        return disk


def record(order: Sequence[str], folder: Path) -> Recording:
    """Run a program, and write down what it does to the files of a folder."""
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    log = folder.parent / "calls"
    tracing = ["strace", "-f", "-xx", "-s", str(1 << 26), "-e", f"trace={_CALLS}", "-o", str(log)]
    subprocess.run([*tracing, *order], check=True, stdout=subprocess.PIPE)
    with log.open(encoding="latin-1") as lines:
        calls = list(_calls(lines))
    log.unlink()
    return Recording(str(folder), before, calls)


def _calls(lines: Iterator[str]) -> Iterator[Call]:
    """Read the log: the calls of the first process and its threads, those that failed left out."""
    begun: dict[str, str] = {}
    ours: set[str] = set()
    for line in lines:
        whole = line.rstrip("\n")
        if whole.endswith("<unfinished ...>"):
            begun[whole.split(" ", 1)[0]] = whole.removesuffix("<unfinished ...>")
            continue
        resumed = _RESUMED.match(whole)
        if resumed:
            whole = begun.pop(resumed[1]) + resumed[3].lstrip()
        found = _LINE.match(whole)
        if not found or found[4] == "?" or int(found[4]) < 0:
            continue
        process, name, given, returned = found[1], found[2], found[3], int(found[4])
        ours = ours or {process}
        if process not in ours:
            continue
        if name.startswith("clone") and "CLONE_THREAD" in given:
            ours.add(str(returned))
        yield from _read(name, given, returned)


def _read(name: str, given: str, returned: int) -> Iterator[Call]:
    texts = [bytes.fromhex(one.replace("\\x", "")) for one in _STRING.findall(given)]
    plain = _STRING.sub('""', given)
    words = [word.strip() for word in plain.split(",")]
    if name in ("openat", "open", "creat"):
        flags = "O_TRUNC" if name == "creat" else plain
        yield Call("open", number=returned, path=os.fsdecode(texts[0]), flags=flags)
    elif name in ("write", "pwrite64"):
        at = int(words[-1]) if name == "pwrite64" else 0
        yield Call(name, int(words[0]), texts[0][:returned], at)
    elif name in ("close", "lseek"):
        yield Call(name, int(words[0]), number=returned)
    elif name == "ftruncate":
        yield Call(name, int(words[0]), number=int(words[1]))
    elif name in ("fsync", "fdatasync"):
        yield Call("fsync", int(words[0]))
    elif name.startswith(("rename", "link")):
        kind = "rename" if name.startswith("rename") else "link"
        yield Call(kind, path=os.fsdecode(texts[0]), other=os.fsdecode(texts[1]))
    elif name.startswith("unlink"):
        yield Call("unlink", path=os.fsdecode(texts[0]))
    elif name in _UNKNOWN and returned > 0:
        yield Call("unknown", int(words[0]) if words[0].isdigit() else -1, path=name)

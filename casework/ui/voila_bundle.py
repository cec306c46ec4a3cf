"""All scripts of a page in one file: JupyterLab's renderer in one request instead of ninety.

Decides which chunks are always needed (``voila/chunks.txt``) and leaves out the typesetting of
formulas, a megabyte that voila loads for every page and we never use. Webpack takes a chunk that
is there already in place of fetching it, so a missing or new chunk only costs its own request.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Bundle", "bundle"]

_LIST = Path(__file__).parent / "voila" / "chunks.txt"
_FORMULAS = "@jupyterlab/mathjax-extension:plugin"
_HEAD = re.compile(
    r"self\.(?P<queue>\w+)=self\.\w+\|\|\[\]\)\.push\(\[\[(?P<chunk>\d+)\],\{(?P<module>\d+):"
)


@dataclass(frozen=True, slots=True)
class Bundle:
    """The scripts of a page.

    Parameters
    ----------
    script : bytes
        All chunks, one after the other.
    name : str
        File name with a digest, so that it may be kept for ever.
    n_chunks : int
        How many chunks were found; 0 when the list fits no installed file.
    """

    script: bytes
    name: str
    n_chunks: int


def bundle(statics: Sequence[str | Path], extensions: Sequence[str | Path]) -> Bundle:
    """Put the chunks together.

    Parameters
    ----------
    statics : sequence of path
        Folders of voila's own scripts, the first that has a file wins.
    extensions : sequence of path
        Folders of labextensions.
    """
    found = []
    for line in _LIST.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        owner, number = line.split()
        path = _own(statics, number) if owner == "voila" else _foreign(extensions, owner, number)
        if path is not None:
            found.append(_without_formulas(path.read_text(encoding="utf-8")))
    script = "\n;".join(found).encode()
    digest = hashlib.sha256(script).hexdigest()[:16]
    return Bundle(script, f"page-{digest}.js", len(found))


def _own(folders: Sequence[str | Path], number: str) -> Path | None:
    candidates = (Path(folder) / f"{number}.voila.js" for folder in folders)
    return next((path for path in candidates if path.exists()), None)


def _foreign(folders: Sequence[str | Path], owner: str, number: str) -> Path | None:
    for folder in folders:
        found = sorted((Path(folder) / owner / "static").glob(f"{number}.*.js"))
        if found:
            return found[0]
    return None


def _without_formulas(script: str) -> str:
    """Give a chunk as it is, or, for the typesetting of formulas, one that brings no plugin."""
    if _FORMULAS not in script:
        return script
    head = _HEAD.search(script)
    if head is None:
        return script
    module = f"{{{head['module']}:(e,t,r)=>{{r.r(t);r.d(t,{{default:()=>[]}})}}}}"
    queue = f"self.{head['queue']}"
    return f"({queue}={queue}||[]).push([[{head['chunk']}],{module}])"

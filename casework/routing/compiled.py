"""Compiles the search where numba is installed, and leaves it plain where it is not.

Decides how the functions of ``kernel`` run; leaves what they do to them. Compiling takes some ten
seconds once; numba keeps the result beside the sources, or in the user's cache folder where those
cannot be written.
"""

from __future__ import annotations

import importlib
import inspect
import zlib
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Wholes: TypeAlias = NDArray[np.int64]
    Decimals: TypeAlias = NDArray[np.float64]

__all__ = ["Search", "entry", "has_just_compiled", "is_compiled", "kernel", "search"]

Function = TypeVar("Function", bound=Callable[..., Any])
Search = Callable[..., bool]
# By format, the last one holds the entry. This file counts too: how the search is compiled is part
# of it.
SOURCES = {
    "plain": (
        "compiled",
        *(f"kernel.{name}" for name in ("layout", "basics", "times", "moves", "pairs", "turns")),
        "kernel.windows", "kernel.annealing",
    ),
    "uhhc": (
        "compiled", "kernel.basics",
        *(f"uhhc.{name}" for name in ("layout", "linking", "times", "moves", "annealing")),
    ),
    "week": (
        "compiled", "kernel.basics", "week.layout", "week.times", "week.annealing",
    ),
}  # fmt: skip


@cache
def is_compiled() -> bool:
    """Tell whether numba is there to compile with."""
    try:
        import numba  # noqa: F401
    except ImportError:
        return False
    return True


def kernel(function: Function) -> Function:
    """Compile a function that is called by compiled ones only."""
    return _compiler(False)(function) if is_compiled() else function


def entry(function: Function) -> Function:
    """Compile a function that Python calls, and keep the result on disk if that is possible."""
    if not is_compiled():
        return function
    try:
        return _compiler(True)(function)  # type: ignore[no-any-return]
    except RuntimeError:  # numba found no folder to keep it in
        return kernel(function)


def _compiler(keep: bool) -> Any:
    import numba

    # Nothing in the search makes an array, so the counting of references, which numba does for
    # each array in each call, can be left out: measured three times as many moves a second.
    options: dict[str, Any] = {"error_model": "numpy", "nogil": True, "_nrt": False}
    return numba.njit(cache=keep, **options)


@cache
def search(format: str = "plain") -> Search:
    """Give the search for days of a format, compiled when it is first called."""
    modules = [importlib.import_module(f"casework.routing.{name}") for name in SOURCES[format]]
    text = "".join(map(inspect.getsource, modules))
    return modules[-1].bind(zlib.crc32(text.encode()))  # type: ignore[no-any-return]


def has_just_compiled(format: str = "plain") -> bool:
    """Tell whether this process had to compile, because numba had nothing kept."""
    stats = getattr(search(format), "stats", None)
    return stats is not None and sum(stats.cache_misses.values()) > 0

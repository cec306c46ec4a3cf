"""Run the benchmarks: all of them, or those named. ``python -m benchmarks search plan``.

``--large`` adds the sizes that take minutes: a million people.
"""

from __future__ import annotations

import inspect
import pkgutil
import sys
from importlib import import_module
from pathlib import Path

NOT_MEASURED = {"__main__", "crowd", "multiply", "table"}


def main(names: list[str]) -> int:
    """Measure each benchmark in turn; the modules of this package that have a ``measure``."""
    large = "--large" in names
    names = [name for name in names if name != "--large"]
    found = [
        one.name
        for one in pkgutil.iter_modules([str(Path(__file__).parent)])
        if one.name not in NOT_MEASURED
    ]
    unknown = [name for name in names if name not in found]
    if unknown:
        print(f"No benchmark {', '.join(unknown)}. There are: {', '.join(found)}", file=sys.stderr)
        return 2
    for name in names or found:
        run = import_module(f"benchmarks.{name}").measure
        # Not all have sizes that take minutes.
        run(**({"large": True} if large and "large" in inspect.signature(run).parameters else {}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""How tests that read the whole tree report: every finding on its own line."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

__all__ = ["expect_none"]


def expect_none(found: Iterable[object]) -> None:
    """Fail with the whole list, so that all of it can be mended at once."""
    lines = [str(each) for each in found]
    if lines:
        pytest.fail("\n".join([f"{len(lines)} found:", *sorted(lines)]), pytrace=False)

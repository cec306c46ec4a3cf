"""The one stylesheet, handed to whoever shows a page: dashboards, notebooks, printouts."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from casework.ui.escape import Html

__all__ = ["theme_css", "theme_style"]


@cache
def theme_css() -> str:
    """Give the stylesheet as text."""
    return (Path(__file__).parent / "theme.css").read_text(encoding="utf-8")


def theme_style() -> Html:
    """Give the stylesheet as an element; nothing where the page that serves us has it already."""
    if "CASEWORK_SERVED" in os.environ:
        return Html("")
    return Html(f"<style>{theme_css()}</style>")

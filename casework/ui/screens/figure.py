"""The rows behind a figure; see `casework.ui.boards.figure_rows`."""

from __future__ import annotations

from casework.ui.boards.figure_rows import FigureRows as screen

__all__ = ["screen"]

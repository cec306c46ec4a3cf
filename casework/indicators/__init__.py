"""Figures of the agency, one definition each, and exactly the rows that each one counts.

Reads only, and by few queries over sets. `Scope` says whose figures and on which day;
`supervisor_figures` gives the figures, `rows_of` a page of the rows of one.
"""

from __future__ import annotations

from casework.indicators.figure import Counted, Figure, Test, count_text, share_of
from casework.indicators.rows import Rows, Wanted, count_rows, frame_of, keys_of, rows_of
from casework.indicators.scope import PERIODS, Scope
from casework.indicators.supervising import TOPICS, supervisor_figures

__all__ = [
    "PERIODS",
    "TOPICS",
    "Counted",
    "Figure",
    "Rows",
    "Scope",
    "Test",
    "Wanted",
    "count_rows",
    "count_text",
    "frame_of",
    "keys_of",
    "rows_of",
    "share_of",
    "supervisor_figures",
]

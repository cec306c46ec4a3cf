"""Instruments: published questionnaires as data, scored by one engine; pure.

Decides how answers become totals, levels, change rules and alerts; leaves every figure to
``data/reference/instruments`` and keeping results to ``casework.workbook.needs``.
"""

from __future__ import annotations

from casework.instruments.conditions import Answer, ContextValue
from casework.instruments.definition import (
    Alert,
    Band,
    Banding,
    Change,
    Choice,
    ContextField,
    Group,
    Instrument,
    Item,
    Setting,
)
from casework.instruments.reading import instrument_from
from casework.instruments.scoring import (
    CAP,
    PRORATED,
    STEPS_LIMIT,
    ItemChange,
    Result,
    Sheet,
    check_answers,
    check_context,
    compare,
    read_total,
    require_complete,
    score,
    unanswered,
)

__all__ = [
    "CAP",
    "PRORATED",
    "STEPS_LIMIT",
    "Alert",
    "Answer",
    "Band",
    "Banding",
    "Change",
    "Choice",
    "ContextField",
    "ContextValue",
    "Group",
    "Instrument",
    "Item",
    "ItemChange",
    "Result",
    "Setting",
    "Sheet",
    "check_answers",
    "check_context",
    "compare",
    "instrument_from",
    "read_total",
    "require_complete",
    "score",
    "unanswered",
]

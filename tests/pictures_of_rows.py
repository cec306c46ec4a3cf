"""Every row of a workbook as it counts: what an act and its undoing must leave as it was."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from casework.records import Base
from casework.workbook import Workbook

_JOURNAL = {
    "audit",
    "audit_seal",
    "change_log",
    "setting",
    "draft",
    "person_search",
    "rule_set_version",
}
_COUNTERS = {"version", "row_version"}


def rows_that_count(workbook: Workbook) -> dict[tuple[str, int], dict[str, Any]]:
    """Give all rows but the journal's, without counters; what was struck out does not count."""
    found = {}
    with workbook.reading() as session:
        for table in Base.metadata.sorted_tables:
            if table.name in _JOURNAL or "id" not in table.c:
                continue  # the journal, and notes that triggers write
            for row in session.execute(select(table)).mappings():
                if row.get("superseded_at") is None:
                    kept = {name: value for name, value in row.items() if name not in _COUNTERS}
                    found[table.name, row["id"]] = kept
    return found


def differences(before: dict, after: dict) -> list[str]:
    """Name what is not the same in two pictures."""
    return [
        f"{key}: {before.get(key)} -> {after.get(key)}"
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    ]

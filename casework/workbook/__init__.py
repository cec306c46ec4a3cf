"""The door: one method for each thing a person does, one transaction each, recorded.

Screens, the command line and notebooks know this package and nothing behind it.

Examples
--------
>>> wb = open_workbook("sqlite://", agency="changshu", today=date(2025, 3, 3))
>>> wb.agency.code
'changshu'
>>> wb.close()
"""

from __future__ import annotations

from datetime import date

from casework.workbook.door import Workbook, open_workbook

__all__ = ["Workbook", "date", "open_workbook"]

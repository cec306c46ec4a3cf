"""How a workbook is reached and kept safe: engines now, roles and audit by the database later."""

from __future__ import annotations

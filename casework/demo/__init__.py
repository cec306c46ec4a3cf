"""A workbook full of invented people with a year of history, for trying out and for measuring."""

from __future__ import annotations

from casework.demo.making import make_demo

__all__ = ["make_demo"]

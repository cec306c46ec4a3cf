"""Case management for retired officials, person by person: one person, one plan (一人一策)."""

from __future__ import annotations

__version__ = "0.1.0"
__all__ = ["__version__"]

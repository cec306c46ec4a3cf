"""The supervisor's home; see `casework.ui.boards.supervisor`."""

from __future__ import annotations

from casework.ui.boards.supervisor import SupervisorBoard as screen

__all__ = ["screen"]

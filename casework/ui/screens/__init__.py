"""The screens, one module each, with a function or class ``screen(shell, **params)``."""

from __future__ import annotations

"""Boards: figures as sentences, each a click from exactly its rows."""

from __future__ import annotations

"""Rosters as they came: every original cell, what became of every row, every problem named."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casework.records.base import STRICT, Base, Record, one_of

__all__ = ["HeaderMapping", "ImportBatch", "ImportProblem", "ImportRow"]

ROW_OUTCOMES = ("imported", "merged", "held", "ignored")


class ImportBatch(Base):
    """One file that was read: who, when, what came of it, and whether it was undone."""

    __tablename__ = "import_batch"
    __table_args__ = (STRICT,)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    file_name: Mapped[str]
    sha256: Mapped[str]
    imported_at: Mapped[datetime]
    imported_by: Mapped[str]
    valid_on: Mapped[date]
    stated_on: Mapped[date | None] = mapped_column(default=None)
    n_rows: Mapped[int] = mapped_column(default=0)
    n_imported: Mapped[int] = mapped_column(default=0)
    n_merged: Mapped[int] = mapped_column(default=0)
    n_held: Mapped[int] = mapped_column(default=0)
    n_ignored: Mapped[int] = mapped_column(default=0)
    columns: Mapped[Any] = mapped_column(Record(), nullable=True, default=None)
    undone_at: Mapped[datetime | None] = mapped_column(default=None)
    undone_by: Mapped[str | None] = mapped_column(default=None)


class ImportRow(Base):
    """One row of a file with its original cells; ``row`` as the spreadsheet counts it.

    ``told`` is what titles and sections above a held row say of whoever it is: by fact the value,
    and what said it. A held row that was about several people keeps the first of them itself; each
    further one has a row of their own, with the held row under ``beside_id``.
    """

    __tablename__ = "import_row"
    __table_args__ = (
        one_of("outcome", ROW_OUTCOMES),
        Index("ix_import_row_batch", "batch_id", "sheet", "row"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id"))
    sheet: Mapped[str]
    row: Mapped[int]
    outcome: Mapped[str]
    reason: Mapped[str | None] = mapped_column(default=None)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), default=None, index=True)
    cells: Mapped[Any] = mapped_column(Record(), nullable=True, default=None)
    told: Mapped[Any] = mapped_column(Record(), nullable=True, default=None)
    resolved_at: Mapped[datetime | None] = mapped_column(default=None)
    resolved_by: Mapped[str | None] = mapped_column(default=None)
    beside_id: Mapped[int | None] = mapped_column(default=None)


class ImportProblem(Base):
    """One problem of one cell, in the words of design.md section 5."""

    __tablename__ = "import_problem"
    __table_args__ = (Index("ix_import_problem_batch", "batch_id", "sheet", "row"), STRICT)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id"))
    sheet: Mapped[str]
    row: Mapped[int]
    field: Mapped[str]
    kind: Mapped[str]
    value: Mapped[str]
    message: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), default=None, index=True)
    settled_at: Mapped[datetime | None] = mapped_column(default=None)
    settled_by: Mapped[str | None] = mapped_column(default=None)


class HeaderMapping(Base):
    """A column heading and what this agency means by it, once a caseworker has said so."""

    __tablename__ = "header_mapping"
    __table_args__ = (UniqueConstraint("header"), STRICT)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    header: Mapped[str]
    column: Mapped[str | None] = mapped_column(default=None)
    saved_at: Mapped[datetime]
    saved_by: Mapped[str]

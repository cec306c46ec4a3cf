"""What all tables share: column types that mean the same on SQLite and PostgreSQL, and their names.

Decides how days, moments and lists are stored (STRICT tables on SQLite take only its four types);
leaves the tables to their domain modules.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, ClassVar, dataclass_transform

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Date,
    DateTime,
    Dialect,
    Integer,
    MetaData,
    Text,
    TypeDecorator,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, MappedAsDataclass, mapped_column
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

__all__ = ["STRICT", "Base", "Day", "Flag", "Moment", "Record", "day_after", "now", "one_of"]

STRICT = {"sqlite_strict": True}

_CONVENTION = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def now() -> datetime:
    """Tell the moment in UTC, to the second: what ``recorded_at`` holds."""
    return datetime.now(UTC).replace(microsecond=0)


class Day(TypeDecorator[date]):
    """A calendar day; ISO text on SQLite, so that days compare and sort as they should."""

    impl = Date
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column type of the database."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else Date())

    def process_bind_param(self, value: date | None, dialect: Dialect) -> Any:
        """Write a day."""
        return value.isoformat() if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> date | None:
        """Read a day."""
        return date.fromisoformat(value) if isinstance(value, str) else value


class day_after(FunctionElement[date]):
    """The day after a day; NULL after NULL.

    What is on record of something that ended is its last day, which is included; what people call
    its end is the day after: whoever is discharged today was in hospital until yesterday.
    """

    type = Day()
    inherit_cache = True


@compiles(day_after, "sqlite")
def _day_after_on_sqlite(element: day_after, compiler: Any, **kw: Any) -> str:
    return f"date({compiler.process(element.clauses, **kw)}, '+1 day')"


@compiles(day_after, "postgresql")
def _day_after_on_postgresql(element: day_after, compiler: Any, **kw: Any) -> str:
    return f"({compiler.process(element.clauses, **kw)} + 1)"


class Moment(TypeDecorator[datetime]):
    """A point in time in UTC; ISO text on SQLite."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column type of the database."""
        return dialect.type_descriptor(
            Text() if dialect.name == "sqlite" else DateTime(timezone=True)
        )

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Write a moment, which must carry its zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        utc = value.astimezone(UTC)
        return utc.isoformat(timespec="seconds") if dialect.name == "sqlite" else utc

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Read a moment in UTC."""
        if isinstance(value, str):
            return datetime.fromisoformat(value)
        return value.astimezone(UTC) if value is not None else None


class Flag(TypeDecorator[bool]):
    """True or false; an integer on SQLite. For what is decided, never for what is unknown."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: bool | None, dialect: Dialect) -> Any:
        """Write a flag."""
        return None if value is None else int(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> bool | None:
        """Read a flag."""
        return None if value is None else bool(value)


class Record(TypeDecorator[Any]):
    """A list or mapping of plain values: JSON text on SQLite, JSONB on PostgreSQL."""

    impl = JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column type of the database."""
        return dialect.type_descriptor(
            Text() if dialect.name == "sqlite" else JSONB(none_as_null=True)
        )

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Write a value; Chinese stays readable in the file."""
        if value is None or dialect.name != "sqlite":
            return value
        return json.dumps(value, ensure_ascii=False, sort_keys=True)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Read a value."""
        return json.loads(value) if isinstance(value, str) and dialect.name == "sqlite" else value


@dataclass_transform(kw_only_default=True, field_specifiers=(mapped_column,))
class Base(MappedAsDataclass, DeclarativeBase, kw_only=True):
    """The common ground of all records: built, linked and tested without a session."""

    metadata = MetaData(naming_convention=_CONVENTION)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text(),
        date: Day(),
        datetime: Moment(),
        bool: Flag(),
    }


def one_of(column: str, values: Sequence[str]) -> CheckConstraint:
    """Let the database refuse a code that is not in the list."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)

"""What the register of helpers shows: rows, terms, checks, and the entries that make them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

__all__ = ["CheckEntry", "CheckRow", "HelperEntry", "HelperFile", "HelperPage", "HelperRow"]


@dataclass(frozen=True, slots=True)
class HelperEntry:
    """What is entered about a helper.

    Attributes
    ----------
    kind : str
        A code of the agency's kinds of helpers.
    source : str or None
        ``community``, ``unit`` or ``agency``; None where nobody asked.
    place : str or None
        ``latitude,longitude``.
    max_people : int or None
        People they take at most, 0 or more; None for the usual number.
    """

    name: str
    kind: str
    source: str | None = None
    unit: str | None = None
    community: str | None = None
    phone: str | None = None
    sex: str | None = None
    place: str | None = None
    max_people: int | None = None
    staff_id: int | None = None
    note: str | None = None
    terms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CheckEntry:
    """A vetting, training or review; ``minutes`` and ``valid_until`` as in `HelperCheck`."""

    kind: str
    done_on: date
    outcome: str = "passed"
    title: str | None = None
    done_by: str | None = None
    minutes: int | None = None
    valid_until: date | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class CheckRow:
    """A vetting, training or review that was written down."""

    check_id: int
    kind: str
    outcome: str
    title: str | None
    done_on: date
    done_by: str | None
    minutes: int | None
    valid_until: date | None
    note: str | None


@dataclass(frozen=True, slots=True)
class HelperRow:
    """One line of the register.

    Attributes
    ----------
    vetting : str
        As `casework.records.vetting`: ``none``, ``valid``, ``ended``, ``failed``.
    vetted_until : date or None
        None where there is no vetting or it does not run out.
    people : int
        People they are paired with on the day.
    most : int
        People they take at most, the usual number where they have not said.
    trained_until : date or None
        Last day of the training that holds longest; None with ``is_trained`` where it does not end.
    """

    helper_id: int
    name: str
    kind: str
    source: str | None
    unit: str | None
    community: str | None
    phone: str | None
    sex: str | None
    place: str | None
    max_people: int | None
    staff_id: int | None
    note: str | None
    active_from: date | None
    active_to: date | None
    left_reason: str | None
    vetting: str
    vetted_until: date | None
    is_trained: bool
    trained_until: date | None
    people: int
    most: int
    terms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def has_left(self, on: date) -> bool:
        """Tell whether they have stopped before a day."""
        return self.active_to is not None and self.active_to < on

    @property
    def can_take(self) -> int:
        """People they could take besides those they have."""
        return max(0, self.most - self.people)


@dataclass(frozen=True, slots=True)
class HelperFile:
    """All that is known of one helper."""

    row: HelperRow
    checks: tuple[CheckRow, ...]


@dataclass(frozen=True, slots=True)
class HelperPage:
    """A page of the register.

    Attributes
    ----------
    matching, total : int
        Helpers that match, and all there are.
    """

    rows: tuple[HelperRow, ...]
    matching: int
    total: int

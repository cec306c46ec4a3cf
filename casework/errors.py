"""What can go wrong for the person at the desk, and what they can do about it.

Decides the kinds of refusal; leaves the words to the caller, who knows the field and the value.
A message has three parts: what is wrong with this value, what is accepted, what to do next. It
names rows, fields and case numbers, never a person, because messages end up in logs.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

__all__ = [
    "AlreadySaved",
    "CaseworkError",
    "ChangedMeanwhile",
    "IncompleteAssessment",
    "InvalidEntry",
    "NoRuleInForce",
    "NotFound",
    "NotPermitted",
    "UnreadableFile",
    "WorkbookLocked",
    "WorkbookOutdated",
    "WorkbookUnavailable",
]


class CaseworkError(Exception):
    """Any refusal that is meant to be read by the person who caused it."""

    @property
    def message(self) -> str:
        """The sentence to show, in the language in force when it was raised."""
        return str(self.args[0]) if self.args else ""


class NotFound(CaseworkError):
    """Asked for a person, plan, task or code that the workbook does not hold."""


class InvalidEntry(CaseworkError):
    """A value that the field cannot take.

    Parameters
    ----------
    message : str
        What is wrong, what is accepted, what to do.
    field : str
        Name of the field, so that a form can show the message beside it.
    value : object
        The value as it was entered.
    expected : str
        What the field accepts, in words.
    """

    def __init__(
        self, message: str, field: str = "", value: object = None, expected: str = ""
    ) -> None:
        super().__init__(message)
        self.field = field
        self.value = value
        self.expected = expected


class IncompleteAssessment(CaseworkError):
    """A score was asked for while items are unanswered.

    Parameters
    ----------
    message : str
        The sentence to show.
    missing : sequence of str
        Keys of the unanswered items, in the order of the form.
    """

    def __init__(self, message: str, missing: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.missing = tuple(missing)


class NotPermitted(CaseworkError):
    """A step that the state of the record, the role or a missing consent does not allow."""


class ChangedMeanwhile(NotPermitted):
    """Somebody else changed the same entry after it was read; what was typed is not lost.

    Attributes
    ----------
    later : sequence
        The acts of the others (`casework.workbook.attempts.Later`), where they are known.
    """

    later: Sequence[Any] = ()


class AlreadySaved(CaseworkError):
    """The same form was saved already, though its answer was lost; it was not saved again."""


class NoRuleInForce(CaseworkError):
    """No rule or parameter of this code is in force on the day.

    Parameters
    ----------
    message : str
        The sentence to show.
    code : str
        Code of the rule or parameter.
    on : date or None
        The day it was asked for.
    """

    def __init__(self, message: str, code: str = "", on: date | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.on = on


class WorkbookOutdated(CaseworkError):
    """The workbook was written by another version of casework and must be migrated first."""


class WorkbookUnavailable(CaseworkError):
    """The database cannot be reached, read or written; what was to be written is not there.

    Attributes
    ----------
    unsure : bool
        The connection broke while a transaction was being committed: whether it was written is
        known only when the database answers again.
    """

    unsure = False


class WorkbookLocked(WorkbookUnavailable):
    """The file is encrypted, and no password fits or is known; nothing is wrong with it."""


class UnreadableFile(CaseworkError):
    """A file that cannot be read as what it claims to be, or that is not safe to read."""

"""Nothing fails unseen: every callback of the page runs through here.

Decides where a refusal is shown: beside its field, else in the screen's notice, else as a message
over the page. What the program itself got wrong becomes one fixed sentence with a number, and the
traceback with the same number goes to the log, never to the page.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from casework.errors import (
    CaseworkError,
    ChangedMeanwhile,
    IncompleteAssessment,
    InvalidEntry,
    WorkbookUnavailable,
)
from casework.terms import _

__all__ = ["Complaint", "Sayer", "attempt_through", "guard", "speak_through"]

_log = logging.getLogger("casework.ui")
Sayer = Callable[[str, str], None]
"""Shows a sentence: text and kind (``"error"``, ``"unsaved"``, ``"warning"``, ``"done"``)."""
Attempting = Callable[[], AbstractContextManager[None]]
"""Ties what a callback writes to what was in sight when it was pressed."""
Chooser = Callable[[ChangedMeanwhile, Callable[[], object]], bool]
"""Lets the person choose where somebody else was faster; False without a screen to do it."""
_speakers: list[Sayer] = []
_attempts: list[Attempting] = []
_choosers: list[Chooser] = []


class Complaint(Protocol):
    """Something that can show what is wrong with what it holds."""

    def fail(self, message: str) -> None:
        """Show the message beside the entry."""
        ...


def speak_through(sayer: Sayer) -> None:
    """Name who shows messages that have no better place: the shell in force."""
    _speakers[:] = [sayer]


def attempt_through(attempting: Attempting, chooser: Chooser) -> None:
    """Name who knows what is in sight, and who asks where somebody else was faster."""
    _attempts[:], _choosers[:] = [attempting], [chooser]


def guard(
    run: Callable[[], object],
    *,
    fields: Mapping[str, Complaint] | None = None,
    say: Sayer | None = None,
    saving: bool = True,
) -> bool:
    """Run an action of the page and show what went wrong, if anything.

    Parameters
    ----------
    run : callable
        The action.
    fields : mapping of str to Complaint, optional
        The fields of the screen by name, for refusals that name one.
    say : callable, optional
        Shows what has no field; by default the shell does.
    saving : bool
        Whether the action writes; a failure is then said to have saved nothing.

    Returns
    -------
    bool
        Whether the action went through.
    """
    speak = say or (_speakers[-1] if _speakers else _to_log)
    try:
        with _attempts[-1]() if _attempts else nullcontext():
            run()
    except InvalidEntry as refusal:
        if fields and refusal.field in fields:
            fields[refusal.field].fail(refusal.message)
        else:
            speak(refusal.message, "error")
    except IncompleteAssessment as refusal:
        for key in refusal.missing:
            if fields and key in fields:
                fields[key].fail(_("Not answered yet."))
        speak(refusal.message, "error")
    except WorkbookUnavailable as fault:
        speak(_unavailable(fault, saving), "error" if say else "unsaved")
    except ChangedMeanwhile as refusal:
        if not (refusal.later and _choosers and _choosers[-1](refusal, run)):
            speak(refusal.message, "error")
    except CaseworkError as refusal:
        speak(refusal.message, "error")
    except Exception:  # the one place where everything is caught: see the module's first lines
        number = secrets.token_hex(2).upper()
        _log.exception("action failed (number %s)", number)
        speak(_failure(number, saving), "error")
    else:
        return True
    return False


def _unavailable(fault: WorkbookUnavailable, saving: bool) -> str:
    if fault.unsure:
        return _(
            "It is not certain whether this was saved. {reason} Look whether it is there before "
            "you save again; what you entered is still here.",
            reason=fault.message,
        )
    if saving:
        return _("Not saved. {reason} What you entered is still here.", reason=fault.message)
    return fault.message


def _failure(number: str, saving: bool) -> str:
    if saving:
        return _(
            "Nothing was saved: the program failed (number {number}, noted in the log). What "
            "you entered is still here. Try again; if it stays so, tell whoever looks after "
            "casework.",
            number=number,
        )
    return _(
        "This could not be shown: the program failed (number {number}, noted in the log). Try "
        "again; if it stays so, tell whoever looks after casework.",
        number=number,
    )


def _to_log(message: str, kind: str) -> None:
    _log.warning("%s without a screen to show it: %s", kind, message)

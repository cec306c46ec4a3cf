"""Consents: what somebody's answers mean on a day, and when they may be asked again.

Decides the one meaning of given, refused, withdrawn, expired and not asked, from the answers alone;
leaves the answers to the records, which say the same in SQL (`casework.records.consent_state`), and
the words of purposes to the reference data. Not known is not yes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

__all__ = ["STATES", "Answer", "Standing", "ask_again_on", "last_valid_day", "standing"]

STATES = ("given", "refused", "withdrawn", "expired", "not_asked")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer to one purpose.

    Parameters
    ----------
    number : int
        Order in which they were written down; of two on the same day the later one counts.
    decision : {"given", "refused", "withdrawn"}
    on : date
    to : str or None
        The one recipient it speaks of; None for every recipient of its kind.
    kinds : tuple of str
        Kinds of data it covers.
    until : date or None
        Last day on which a consent holds; None until it is withdrawn.
    """

    number: int
    decision: str
    on: date
    to: str | None = None
    kinds: tuple[str, ...] = ()
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a purpose stands with a person on a day; ``answer`` is the one that counts."""

    state: str
    answer: Answer | None = None

    @property
    def is_given(self) -> bool:
        """Whether it may be done: only a consent that holds is one."""
        return self.state == "given"

    def covers(self, kinds: Iterable[str]) -> bool:
        """Tell whether all these kinds of data were consented to, and the consent holds."""
        return self.is_given and self.answer is not None and set(kinds) <= set(self.answer.kinds)


def standing(answers: Iterable[Answer], on: date, to: str | None = None) -> Standing:
    """Tell how a purpose stands on a day.

    Parameters
    ----------
    answers : iterable of Answer
        All answers of one person to one purpose and kind of recipient, mistakes left out.
    on : date
        The day; what was answered later does not count.
    to : str or None
        One recipient by name: answers that name another one say nothing of it. None asks about the
        kind of recipient as a whole, of which an answer with a name says nothing.
    """
    heard = [one for one in answers if one.on <= on and (one.to is None or one.to == to)]
    if not heard:
        return Standing("not_asked")
    last = max(heard, key=lambda one: (one.on, one.number))
    if last.decision == "given" and last.until is not None and last.until < on:
        return Standing("expired", last)
    return Standing(last.decision, last)


def ask_again_on(found: Standing, days: int) -> date | None:
    """Tell from which day somebody may be asked again after saying no; None if at any time.

    Parameters
    ----------
    days : int
        Days after the refusal or withdrawal in which nobody asks.
    """
    if found.answer is None or found.state not in ("refused", "withdrawn"):
        return None
    return found.answer.on + timedelta(days=days)


def last_valid_day(given_on: date, valid_days: int | None) -> date | None:
    """Tell the last day on which a consent holds that was given on a day; None without an end."""
    return None if valid_days is None else given_on + timedelta(days=valid_days - 1)

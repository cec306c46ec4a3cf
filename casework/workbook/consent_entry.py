"""What is entered when somebody answers: who may answer for whom, how, and when again.

Decides that nobody is pressed after a refusal and that somebody else's word is not the person's;
leaves writing it down to `casework.workbook.consents`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import uuid4

from casework.errors import InvalidEntry, NotPermitted
from casework.records import Person
from casework.records.consents import CHANNELS, DECIDERS
from casework.reference.privacy import Purpose, data_kinds, purposes
from casework.terms import _
from casework.workbook.consent_rows import PurposeState

__all__ = ["ConsentEntry", "check_entry", "purpose_of", "refuse_pressing", "trimmed"]

_LONGEST = 500


@dataclass(frozen=True, slots=True)
class ConsentEntry:
    """What a person answered, as it stands on the signed sheet.

    Parameters
    ----------
    answers : mapping of str to {"given", "refused"}
        By the code of the purpose; what was not answered is left out.
    kinds : mapping of str to tuple of str
        Kinds of data of a purpose, where the person agreed to fewer than all of them.
    recipient_name : str or None
        The one recipient the answers speak of; None for all of the kind.
    on : date or None
        None for today.
    decided_by : {"self", "guardian", "agent", "relative"}
        A relative decides only after the person's death.
    decider_name, authority : str or None
        Who decided instead of the person, and on what: the ruling, the power of attorney.
    channel : {"signed", "read_aloud", "phone"}
    witness : str or None
        Who was there; needed unless it was signed.
    raised_by : {"office", "person"}
        The person may change their mind at any time; we do not ask again for a while.
    client_key : str
        Made by the form, so that saving again writes nothing twice.
    """

    answers: Mapping[str, str]
    kinds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    recipient_name: str | None = None
    on: date | None = None
    decided_by: str = "self"
    decider_name: str | None = None
    authority: str | None = None
    channel: str = "signed"
    witness: str | None = None
    raised_by: str = "office"
    reason: str | None = None
    client_key: str = field(default_factory=lambda: uuid4().hex)


def purpose_of(code: str) -> Purpose:
    """Give a purpose that people are asked about.

    Raises
    ------
    InvalidEntry
        If there is none of this code, or it rests on something else than consent.
    """
    found = purposes().get(code)
    if found is None or not found.needs_consent:
        asked = ", ".join(str(one.label) for one in purposes().values() if one.needs_consent)
        raise InvalidEntry(
            _("There is no consent for “{code}”. Choose one of: {known}.", code=code, known=asked),
            "purpose",
            code,
        )
    return found


def check_entry(
    entry: ConsentEntry, person: Person, day: date, today: date,
    accepted: tuple[str, ...] = ("given", "refused"),
) -> None:  # fmt: skip
    """Refuse an entry that says less than has to be kept, or lets the wrong one decide.

    Raises
    ------
    InvalidEntry
        Naming the field.
    """
    if not entry.answers:
        raise InvalidEntry(_("Nothing is answered yet. Choose yes or no for one purpose."))
    for code, decision in entry.answers.items():
        purpose = purpose_of(code)
        if decision not in accepted:
            raise InvalidEntry(_("Choose yes or no."), code, decision)
        kinds: Any = entry.kinds.get(code, purpose.kinds)
        if not kinds or set(kinds) - set(purpose.kinds):
            named = "、".join(str(data_kinds()[one].label) for one in purpose.kinds)
            raise InvalidEntry(
                _("“{purpose}” is about: {kinds}. Choose at least one of them.",
                  purpose=purpose.label, kinds=named),
                code,
            )  # fmt: skip
    if day > today:
        raise InvalidEntry(_("This day lies in the future. Choose today or earlier."), "on", day)
    _check_decider(entry, person, day)
    if entry.channel not in CHANNELS:
        raise InvalidEntry(_("Choose how the answer was given."), "channel", entry.channel)
    if entry.channel != "signed" and not trimmed(entry.witness):
        raise InvalidEntry(_("Name who was there when it was read out or said."), "witness")


def _check_decider(entry: ConsentEntry, person: Person, day: date) -> None:
    if entry.decided_by not in DECIDERS:
        raise InvalidEntry(_("Choose who decided."), "decided_by", entry.decided_by)
    died = person.died_on is not None and person.died_on <= day
    if entry.decided_by == "self":
        if died:
            raise InvalidEntry(
                _("The person had died by then. Near relatives decide now."), "decided_by"
            )
        return
    if not trimmed(entry.decider_name):
        raise InvalidEntry(_("Name who decided instead of the person."), "decider_name")
    if entry.decided_by == "relative":
        if not died:
            raise InvalidEntry(
                _("A relative cannot agree for somebody who is alive. Choose the guardian or an "
                  "agent, and say on what that rests."),
                "decided_by",
            )  # fmt: skip
        return
    if not trimmed(entry.authority):
        raise InvalidEntry(
            _("Say on what it rests: the ruling, the power of attorney."), "authority"
        )


def refuse_pressing(found: PurposeState, entry: ConsentEntry, day: date) -> None:
    """Refuse to ask again too soon after a no; the person may always come back to it.

    Raises
    ------
    NotPermitted
        Before the day from which it may be asked again (网络数据安全管理条例 22).
    """
    named = entry.recipient_name is not None
    again = found.ask_from
    if entry.raised_by == "office" and again is not None and day < again and not named:
        raise NotPermitted(
            _(
                "“{purpose}” was declined; it is not asked again before {day}. If the person came "
                "back to it, say so.",
                purpose=found.purpose.label,
                day=again,
            )
        )


def trimmed(text: str | None) -> str | None:
    """Give a text without its margins, None where nothing is left."""
    return (text or "").strip()[:_LONGEST] or None

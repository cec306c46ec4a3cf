"""What a contact form holds beside its fields: each person's part, what is ticked, its key.

Decides how one person's part is put aside and shown again, and how the whole is kept as a draft;
knows no widget.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from casework.errors import InvalidEntry
from casework.reference import code_list
from casework.terms import _
from casework.ui.typed import day_span_from
from casework.workbook.contacts import Answer, ContactEntry, Raised

__all__ = ["PART_FIELDS", "FormState", "Part", "day_or_none"]

PART_FIELDS = (
    "outcome",
    "reason",
    "heard",
    "follow_up",
    "follow_up_due",
    "raised_kind",
    "raised_need",
    "raised",
    "raised_domain",
    "raised_severity",
    "raised_opinion",
)
"""Fields that are about one person; the others are about the contact."""


@dataclass(slots=True)
class Part:
    """One person's part of a contact, as it was entered.

    Attributes
    ----------
    entries : dict of str to str
        The entries of `PART_FIELDS`; what is missing was not answered.
    raised : list of Raised
        Wishes, needs and opinions that were noted already.
    """

    entries: dict[str, str] = field(default_factory=lambda: {"outcome": "reached"})
    raised: list[Raised] = field(default_factory=list)

    @property
    def outcome(self) -> str:
        """Code of the outcome; empty when it was not answered."""
        return self.entries.get("outcome", "")

    @property
    def heard(self) -> str:
        """What was heard, without blanks around it."""
        return self.entries.get("heard", "").strip()

    def written(self) -> dict[str, str]:
        """Give the entries of all fields of the part."""
        return {name: self.entries.get(name, "") for name in PART_FIELDS}

    def settle(self) -> None:
        """Take what was just raised into the list, leaving its fields empty.

        Raises
        ------
        InvalidEntry
            When it is not said whether it is a wish, a need or an opinion.
        """
        self.raised = self.all_raised()
        for name in PART_FIELDS:
            if name.startswith("raised"):
                self.entries.pop(name, None)

    def all_raised(self) -> list[Raised]:
        """Give what was noted and what still stands in the fields.

        Raises
        ------
        InvalidEntry
            When it is not said whether that is a wish, a need or an opinion.
        """
        text = self.entries.get("raised", "").strip()
        if not text:
            return list(self.raised)
        kind = self.entries.get("raised_kind", "")
        if not kind:
            raise InvalidEntry(
                _("Say whether this is a wish, a need or an opinion."), "raised_kind"
            )
        opinion = self.entries.get("raised_opinion") or "suggestion"
        severity = self.entries.get("raised_severity") or "low"
        if kind == "opinion":
            return [*self.raised, Raised(kind, text, opinion=opinion)]
        domain = self.entries.get("raised_domain") or None
        if kind == "need" and domain is None:
            raise InvalidEntry(
                _("A need has no domain yet. Choose what it is about."), "raised_domain"
            )
        if kind == "wish":
            return [*self.raised, Raised(kind, text, domain)]
        of_kind = self.entries.get("raised_need") or None
        return [*self.raised, Raised(kind, text, domain, severity, need_kind=of_kind)]

    def follow_ups(self) -> list[str]:
        """Give what is to be followed up: one thing a line."""
        lines = self.entries.get("follow_up", "").splitlines()
        return [line.strip() for line in lines if line.strip()]

    def due(self, on: date) -> date | None:
        """Give the last day of the follow-up; None leaves it to the agency.

        Raises
        ------
        InvalidEntry
            When what was typed is no day.
        """
        typed = self.entries.get("follow_up_due", "")
        try:
            span = day_span_from(typed, on)
        except ValueError:
            span = None
        if typed.strip() and (span is None or not span.is_one_day):
            raise InvalidEntry(
                _("“{typed}” is not a day. Type one such as 2025-3-3.", typed=typed[:40]),
                "follow_up_due",
                typed,
            )
        return span.earliest if span else None


@dataclass(slots=True)
class FormState:
    """The form beside its fields.

    Attributes
    ----------
    key : str
        Of the contact to be; made once, so that saving twice records once.
    parts : dict of int to Part
    about : int or None
        Whose part stands in the fields.
    ticks : dict of int to bool
        Tasks that the worker ticked or unticked.
    proposed : str
        The channel that was proposed, as long as the worker has not chosen.
    details : bool
        Whether place, purpose and participants are in sight.
    settle : bool
        Whether older windows that were missed are taken off the list with this contact.
    unfolded : bool
        Whether each of those is in sight.
    """

    key: str
    parts: dict[int, Part] = field(default_factory=dict)
    about: int | None = None
    ticks: dict[int, bool] = field(default_factory=dict)
    proposed: str = ""
    details: bool = False
    settle: bool = True
    unfolded: bool = False

    def part(self, person_id: int) -> Part:
        """Give the part of a person, new ones as usual: reached."""
        return self.parts.setdefault(person_id, Part())

    def is_ticked(self, offer: Answer, asked: Collection[int]) -> bool:
        """Tell whether a task is taken: as the worker said, else as it was asked or proposed."""
        return self.ticks.get(offer.task_id, offer.ticked or offer.task_id in asked)

    def moot(self, offers: Sequence[Answer], asked: Collection[int]) -> list[Answer]:
        """Give the missed windows of items that the contact answers in a later window anyhow."""
        taken = [one for one in offers if self.is_ticked(one, asked)]
        latest: dict[tuple[int, str], date] = {}
        for one in taken:
            item = (one.person_id, one.item_key)
            latest[item] = max(one.due_on, latest.get(item, one.due_on))
        return [
            one
            for one in offers
            if one.late
            and one not in taken
            and one.due_on < latest.get((one.person_id, one.item_key), one.due_on)
        ]

    def take(self, entry: ContactEntry) -> None:
        """Hold a contact that was recorded."""
        due = {one.person_id: one.due_on for one in entry.follow_ups}
        for one in entry.persons:
            titles = [f.title for f in entry.follow_ups if f.person_id == one.person_id]
            last_day = due.get(one.person_id)
            self.parts[one.person_id] = Part(
                {
                    "outcome": one.outcome,
                    "reason": code_list("not_reached_reason").label_of(one.not_reached_reason),
                    "heard": one.heard or "",
                    "follow_up": "\n".join(titles),
                    "follow_up_due": last_day.isoformat() if last_day else "",
                },
                list(one.raised),
            )
        self.ticks = dict.fromkeys(entry.closes or (), True)
        self.settle = bool(entry.settles)

    def as_record(self) -> dict[str, Any]:
        """Give all of it as plain values, for a draft."""
        record = asdict(self)
        record["parts"] = {str(id_): asdict(part) for id_, part in self.parts.items()}
        record["ticks"] = {str(id_): on for id_, on in self.ticks.items()}
        return record

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> FormState:
        """Read it back from plain values."""
        parts = {
            int(id_): Part(dict(one["entries"]), [Raised(**it) for it in one["raised"]])
            for id_, one in record["parts"].items()
        }
        ticks = {int(id_): on for id_, on in record["ticks"].items()}
        return cls(**{**record, "parts": parts, "ticks": ticks})


def day_or_none(entry: object, on: date) -> date | None:
    """Read a day from an entry; None while it is none."""
    try:
        span = day_span_from(str(entry), on)
    except ValueError:
        return None
    return span.earliest if span is not None and span.is_one_day else None

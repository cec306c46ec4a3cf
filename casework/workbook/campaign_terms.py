"""What a campaign goes by: its segments with their conditions, who goes, which rank visits which.

Decides how this is kept with a campaign, so that last year's is explained by last year's terms; and
when a campaign of a kind takes place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from casework.errors import InvalidEntry
from casework.occasions import Offset, Window, festivals_between
from casework.planning import periods_between
from casework.reference import Agency, code_list
from casework.reference.campaigns import CampaignKind, CampaignRules, Gift, RankRule
from casework.rules import Node, parse
from casework.terms import Label, _
from casework.workbook.policy import almanac, vocabulary_of

__all__ = ["ACTORS", "CHANNELS", "Occurrence", "Segment", "Terms", "occurrences", "rank_of"]

ACTORS = {"delegation": "leader", "unit": "original_unit", "caseworker": "caseworker"}
"""In which role whoever carries a segment visits."""

CHANNELS = {
    "delegation": ("home_visit", "hospital_visit"),
    "unit": ("home_visit", "meeting", "hospital_visit", "phone"),
    "caseworker": ("home_visit", "hospital_visit", "phone"),
}
_REACH = 60


@dataclass(frozen=True, slots=True)
class Segment:
    """Whom a campaign visits; the first segment by order claims a person.

    Attributes
    ----------
    when : str
        The condition, in the language of rules.
    by : {"delegation", "unit", "caseworker"}
    led_by : str or None
        Least rank of the leader, a code of ``rank``.
    gifts : tuple of Gift
        Money that everybody of it is given.
    """

    code: str
    label: Label
    when: str
    by: str
    led_by: str | None = None
    gifts: tuple[Gift, ...] = ()

    def node(self, chosen: Agency, on: date) -> Node:
        """Read the condition.

        Raises
        ------
        RuleError
            Where it cannot be read, with the place.
        """
        return parse(self.when, vocabulary_of(chosen, on))

    def as_record(self) -> dict[str, Any]:
        """Give plain values."""
        return {
            "code": self.code, "zh": self.label.zh, "en": self.label.en, "when": self.when,
            "by": self.by, "led_by": self.led_by,
            "gifts": [{"standard": one.standard, "fen": one.fen} for one in self.gifts],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Terms:
    """All that a campaign goes by."""

    segments: tuple[Segment, ...]
    ranks: tuple[RankRule, ...]
    service: str

    @classmethod
    def of_kind(cls, kind: CampaignKind, rules: CampaignRules) -> Terms:
        """Take what the agency's file says."""
        segments = tuple(
            Segment(one.code, one.label, one.when, one.by, one.led_by, one.gifts)
            for one in kind.segments
        )
        return cls(segments, rules.ranks, kind.service)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Terms:
        """Read plain values back."""
        segments = tuple(
            Segment(
                one["code"], Label(zh=one["zh"], en=one["en"]), one["when"], one["by"],
                one.get("led_by"), tuple(Gift(**each) for each in one.get("gifts", ())),
            )
            for one in record["segments"]
        )  # fmt: skip
        ranks = tuple(RankRule(one["visited"], one["leader"]) for one in record["ranks"])
        return cls(segments, ranks, record["service"])

    def as_record(self) -> dict[str, Any]:
        """Give plain values, as they are kept with the campaign."""
        return {
            "segments": [one.as_record() for one in self.segments],
            "ranks": [{"visited": one.visited, "leader": one.leader} for one in self.ranks],
            "service": self.service,
        }

    def segment(self, code: str) -> Segment:
        """Give a segment by its code.

        Raises
        ------
        InvalidEntry
            If there is none of this code.
        """
        for one in self.segments:
            if one.code == code:
                return one
        raise InvalidEntry(
            _("This campaign has no such segment. Choose one of the list."), "segment", code
        )

    def changed(self, segment: Segment) -> Terms:
        """Give the same terms with a segment in place of the one of its code, or at the end."""
        if any(one.code == segment.code for one in self.segments):
            segments = tuple(segment if one.code == segment.code else one for one in self.segments)
        else:
            segments = (*self.segments, segment)
        return replace(self, segments=segments)

    def least_leader(self, segment: str, held: str | None) -> int:
        """Give the least rank that a leader must have, as a number; -1 where any will do.

        Parameters
        ----------
        held : str or None
            The rank of whoever is visited, None where it is not known.
        """
        asked = [rank_of(one.led_by) for one in self.segments if one.code == segment]
        own = rank_of(held)
        asked += [rank_of(one.leader) for one in self.ranks if own >= rank_of(one.visited)]
        return max(asked, default=-1)


def rank_of(code: str | None) -> int:
    """Give the height of a rank; -1 where it is not known."""
    found = code_list("rank").entry(code) if code else None
    return -1 if found is None or found.rank is None else found.rank


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A campaign of one kind that takes place in one year or month.

    Attributes
    ----------
    period : str
        As tasks of the same occasion are keyed.
    falls_on : date or None
        The festival; None for the campaign of a month.
    window : Window
        When people are visited: before the festival, not on it.
    """

    kind: CampaignKind
    period: str
    label: Label
    festival: str | None
    falls_on: date | None
    window: Window


def occurrences(rules: CampaignRules, first: date, last: date) -> list[Occurrence]:
    """List the campaigns whose windows meet some days, by their windows."""
    found = [one for kind in rules.kinds for one in _of_kind(kind, first, last)]
    return sorted(found, key=lambda one: (one.window.due_on, one.kind.code))


def _of_kind(kind: CampaignKind, first: date, last: date) -> Iterator[Occurrence]:
    calendar, festivals = almanac().calendar, almanac().festivals
    if kind.is_monthly:
        for period in periods_between("month", first, last):
            window = Window(period.first, calendar.on_or_before(period.last))
            zh = f"{period.first.year}年{period.first.month}月{kind.label.zh}"
            label = Label(zh=zh, en=f"{kind.label.en}, {period.key}")
            yield Occurrence(kind, period.key, label, None, None, window)
        return
    chosen = [festivals[code] for code in kind.festivals]
    reach = timedelta(days=_REACH)
    for one in festivals_between(chosen, first - reach, last + reach):
        window = Window(
            Offset.parse(kind.opens).apply(one.on, calendar),
            Offset.parse(kind.due).apply(one.on, calendar),
        )
        if window.due_on < first or window.opens_on > last:
            continue
        label = Label(zh=f"{one.on.year}年{kind.label.zh}", en=f"{kind.label.en} {one.on.year}")
        key = f"{one.on.year}-{one.festival.code}"
        yield Occurrence(kind, key, label, one.festival.code, one.on, window)

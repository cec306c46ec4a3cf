"""The campaigns of an agency: ``campaigns.toml`` in its folder.

Decides that broken entries fail on load, naming file, entry and reason, and that the window of a
campaign lies before its festival, not on it; leaves reading the conditions to
`casework.workbook.campaigns`, which knows the words they may use.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from casework.reference.national import (
    BrokenReference,
    code_list,
    data_folder,
    label_from,
    not_accepted,
    read_toml,
    unique,
)
from casework.reference.services import services
from casework.terms import Label, _

__all__ = ["CampaignKind", "CampaignRules", "Gift", "RankRule", "SegmentRule", "campaign_rules"]

_CARRIERS = ("delegation", "unit", "caseworker")


@dataclass(frozen=True, slots=True)
class Gift:
    """Money that everybody of a segment is given: the code of its standard, and how much in fen."""

    standard: str
    fen: int


@dataclass(frozen=True, slots=True)
class SegmentRule:
    """Whom a campaign visits, by a condition; who goes there, and what they bring.

    Attributes
    ----------
    by : {"delegation", "unit", "caseworker"}
    led_by : str or None
        Least rank of the leader of a delegation, a code of ``rank``.
    gifts : tuple of Gift
    """

    code: str
    label: Label
    when: str
    by: str
    source: str
    led_by: str | None = None
    gifts: tuple[Gift, ...] = ()


@dataclass(frozen=True, slots=True)
class RankRule:
    """Who held at least a rank is visited by a leader of at least a rank."""

    visited: str
    leader: str


@dataclass(frozen=True, slots=True)
class CampaignKind:
    """A campaign as it comes again every year, or every month.

    Attributes
    ----------
    festivals : tuple of str
        Codes of festivals, each with a campaign of its own; empty for one of every month.
    opens, due : str
        How far before the festival its window begins and ends, as rules write it.
    service : str
        What the visits are, a code of services.toml: tasks of the same are answered by them.
    minutes : int
        How long a visit takes.
    """

    code: str
    label: Label
    festivals: tuple[str, ...]
    opens: str
    due: str
    service: str
    minutes: int
    segments: tuple[SegmentRule, ...]
    source: str

    @property
    def is_monthly(self) -> bool:
        """Whether it comes every month."""
        return not self.festivals


@dataclass(frozen=True, slots=True)
class CampaignRules:
    """What an agency says of its campaigns."""

    kinds: tuple[CampaignKind, ...]
    ranks: tuple[RankRule, ...]


@cache
def campaign_rules(agency: str) -> CampaignRules:
    """Give an agency's campaigns; none where it has no file of them.

    Raises
    ------
    BrokenReference
        If an entry is wrong: file, entry and reason are named.
    """
    path = data_folder() / "agencies" / agency / "campaigns.toml"
    if not path.exists():
        return CampaignRules((), ())
    told = read_toml(path)
    kinds = tuple(_kind(path, one) for one in told.get("campaign", ()))
    unique(path, "campaign", (one.code for one in kinds))
    return CampaignRules(kinds, tuple(_rank(path, one) for one in told.get("rank", ())))


def _rank(path: Path, raw: Mapping[str, Any]) -> RankRule:
    for key in ("visited", "leader"):
        _known_rank(path, "rank", raw.get(key))
    return RankRule(raw["visited"], raw["leader"])


def _known_rank(path: Path, name: str, code: object) -> None:
    if not isinstance(code, str) or code_list("rank").entry(code) is None:
        raise BrokenReference(
            path, name, not_accepted("rank", code, [one.code for one in code_list("rank").entries])
        )


def _kind(path: Path, raw: Mapping[str, Any]) -> CampaignKind:
    name = f"campaign {raw.get('code')}"
    for key in ("code", "source", "segment"):
        if not raw.get(key):
            raise BrokenReference(path, name, _("has no {name}. Add it.", name=key))
    festivals = tuple(raw.get("festivals", ()))
    if bool(festivals) == (raw.get("every") == "month"):
        raise BrokenReference(
            path, name, _('needs either festivals or every = "month", and not both.')
        )
    opens, due = str(raw.get("opens", "")), str(raw.get("due", ""))
    if festivals and not (opens.endswith(" before") and due.endswith(" before")):
        raise BrokenReference(
            path, name, _("opens and due must lie before the festival, not on it.")
        )
    service = raw.get("service", "festival")
    if service not in services():
        raise BrokenReference(path, name, not_accepted("service", service, services()))
    minutes = raw.get("minutes")
    if not isinstance(minutes, int) or isinstance(minutes, bool) or not 1 <= minutes <= 480:
        raise BrokenReference(path, name, _("minutes must be a whole number from 1 to 480."))
    segments = tuple(_segment(path, name, one) for one in raw["segment"])
    unique(path, f"{name}, segment", (one.code for one in segments))
    label = label_from(path, name, raw.get("label"))
    return CampaignKind(
        raw["code"], label, festivals, opens, due, service, minutes, segments, raw["source"]
    )


def _segment(path: Path, of: str, raw: Mapping[str, Any]) -> SegmentRule:
    name = f"{of}, segment {raw.get('code')}"
    for key in ("code", "when", "source"):
        if not raw.get(key):
            raise BrokenReference(path, name, _("has no {name}. Add it.", name=key))
    if raw.get("by") not in _CARRIERS:
        raise BrokenReference(path, name, not_accepted("by", raw.get("by"), _CARRIERS))
    if "led_by" in raw:
        _known_rank(path, name, raw["led_by"])
    return SegmentRule(
        code=raw["code"],
        label=label_from(path, name, raw.get("label")),
        when=str(raw["when"]),
        by=raw["by"],
        source=raw["source"],
        led_by=raw.get("led_by"),
        gifts=tuple(_gift(path, name, one) for one in raw.get("gifts", ())),
    )


def _gift(path: Path, of: str, raw: Mapping[str, Any]) -> Gift:
    fen = raw.get("fen")
    if not raw.get("standard") or not isinstance(fen, int) or isinstance(fen, bool) or fen < 1:
        raise BrokenReference(
            path, of, _("a gift needs a standard and an amount in fen, a whole number.")
        )
    return Gift(str(raw["standard"]), fen)

"""Privacy: purposes, kinds of data, recipients, retention, rights, the notice.

Decides what the files under ``data/reference/privacy`` must say to be used at all: a consent that
the law wants by itself is never hidden in another one, and every fact is of exactly one kind.
Leaves who consented to what to `casework.planning.consents` and the records.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from casework.reference.national import (
    BrokenReference,
    Code,
    CodeList,
    data_folder,
    facts,
    label_from,
    not_accepted,
    read_toml,
    unique,
)
from casework.terms import Label, _

__all__ = [
    "BASES",
    "DataKind",
    "Notice",
    "Purpose",
    "Retention",
    "Right",
    "data_kinds",
    "kind_of_fact",
    "notices",
    "purpose",
    "purposes",
    "recipients",
    "retention",
    "rights",
    "rights_grounds",
]

BASES = ("consent", "legal_duty", "emergency")
ENDS = ("nothing", "skeleton", "all")
STARTS = ("case_end", "recorded")
SHARED_ARTICLE, SENSITIVE_ARTICLE, PUBLIC_ARTICLE = "23", "29", "25"


@dataclass(frozen=True, slots=True)
class DataKind:
    """A kind of personal data, as a notice names it and a consent covers it.

    Attributes
    ----------
    facts : tuple of str
        Codes of the vocabulary that are of this kind.
    sensitive : str or None
        Article that makes it sensitive personal information; None for the rest.
    """

    code: str
    label: Label
    facts: tuple[str, ...]
    sensitive: str | None


@dataclass(frozen=True, slots=True)
class Purpose:
    """What data is used for, on which basis, and who receives it.

    Attributes
    ----------
    told, refused : Label
        What it is for, and what a refusal means, as the person is told.
    basis : {"consent", "legal_duty", "emergency"}
    articles : tuple of str
        Of the Personal Information Protection Law.
    separate : bool
        Whether the law wants a consent of its own (23, 25, 29).
    recipients : tuple of str
        Who outside receives it; empty where it stays inside.
    valid_days : int or None
        Days after which a consent no longer holds; None where it holds until withdrawn.
    ask_again_days : int
        Days after a refusal in which nobody asks again.
    impact : bool
        Whether an impact assessment is due before (55).
    acts : tuple of str
        What the door refuses to do once the person has said no.
    is_optional : bool
        Whether nothing is missing while it was not asked.
    """

    code: str
    label: Label
    told: Label
    refused: Label
    basis: str
    articles: tuple[str, ...]
    kinds: tuple[str, ...]
    separate: bool = False
    recipients: tuple[str, ...] = ()
    valid_days: int | None = None
    ask_again_days: int = 0
    impact: bool = False
    acts: tuple[str, ...] = ()
    is_optional: bool = False

    @property
    def needs_consent(self) -> bool:
        """Whether it is done only after the person agreed."""
        return self.basis == "consent"

    @property
    def recipient(self) -> str:
        """The kind of recipient a consent for it is about; empty where it stays inside."""
        return self.recipients[0] if self.recipients else ""

    @property
    def sensitive(self) -> tuple[str, ...]:
        """The kinds of data among its own that are sensitive."""
        return tuple(one for one in self.kinds if data_kinds()[one].sensitive)


@dataclass(frozen=True, slots=True)
class Retention:
    """How long a kind of record is kept.

    Attributes
    ----------
    begins : {"case_end", "recorded"}
        What the years are counted from.
    on_erasure : {"nothing", "skeleton", "all"}
        What erasure leaves of it.
    """

    code: str
    label: Label
    begins: str
    years: int
    on_erasure: str
    why: Label
    source: str


@dataclass(frozen=True, slots=True)
class Right:
    """What a person may ask of us, and within how many days it is answered."""

    code: str
    label: Label
    article: str
    days: int
    after_death: bool


@dataclass(frozen=True, slots=True)
class Notice:
    """One version of the notice: the paragraphs by their headings."""

    code: str
    since: date
    title: Label
    paragraphs: tuple[tuple[Label, Label], ...]


@cache
def data_kinds() -> dict[str, DataKind]:
    """Give the kinds of data by code; every fact of the vocabulary is of exactly one."""
    path = _path("kinds.toml")
    found, placed = [], []
    for entry in read_toml(path)["kind"]:
        name = _named(path, "kind", entry)
        stray = [code for code in entry["facts"] if code not in facts()]
        if stray:
            raise BrokenReference(path, name, not_accepted("facts", stray[0], facts()))
        placed += entry["facts"]
        found.append(
            DataKind(
                code=entry["code"],
                label=label_from(path, name, entry.get("label")),
                facts=tuple(entry["facts"]),
                sensitive=entry.get("sensitive"),
            )
        )
    unique(path, "kind", (one.code for one in found))
    unique(path, "fact", placed)
    left = sorted(facts().keys() - set(placed))
    if left:
        raise BrokenReference(
            path, f"fact {left[0]}", _("belongs to no kind of data. Put it into the facts of one.")
        )
    for one in found:
        for code in one.facts:
            if facts()[code].sensitive in ("health", "hardship", "belief") and not one.sensitive:
                raise BrokenReference(
                    path,
                    f"fact {code}",
                    _("is sensitive, but its kind of data is not. Move it, or say so of the kind."),
                )
    return {one.code: one for one in found}


@cache
def kind_of_fact() -> dict[str, str]:
    """Give the kind of data that each fact is of."""
    return {code: one.code for one in data_kinds().values() for code in one.facts}


@cache
def recipients() -> CodeList:
    """Give the kinds of recipients as a code list."""
    path = _path("purposes.toml")
    entries = tuple(
        Code(one["code"], label_from(path, f"recipient {one.get('code')}", one.get("label")))
        for one in read_toml(path)["recipient"]
    )
    unique(path, "recipient", (one.code for one in entries))
    label = Label(zh="接收方", en="recipient")
    return CodeList("recipient", label, entries, ordered=False, source="purposes.toml")


@cache
def purposes() -> dict[str, Purpose]:
    """Give the purposes by code, in the order in which people are told of them."""
    path = _path("purposes.toml")
    found = [_purpose(path, entry) for entry in read_toml(path)["purpose"]]
    unique(path, "purpose", (one.code for one in found))
    return {one.code: one for one in found}


def purpose(code: str) -> Purpose:
    """Give one purpose.

    Raises
    ------
    KeyError
        If there is none of this code.
    """
    return purposes()[code]


@cache
def retention() -> dict[str, Retention]:
    """Give how long each kind of record is kept, by code."""
    path = _path("retention.toml")
    found = []
    for entry in read_toml(path)["record"]:
        name = _named(path, "record", entry)
        if entry.get("from") not in STARTS or entry.get("on_erasure") not in ENDS:
            raise BrokenReference(
                path,
                name,
                _(
                    "from is one of {starts}; on_erasure is one of {ends}.",
                    starts=", ".join(STARTS),
                    ends=", ".join(ENDS),
                ),
            )
        if int(entry.get("years", 0)) < 1:
            raise BrokenReference(
                path,
                name,
                _("{name} must be a whole number of {least} or more.", name="years", least=1),
            )
        found.append(
            Retention(
                code=entry["code"],
                label=label_from(path, name, entry.get("label")),
                begins=entry["from"],
                years=int(entry["years"]),
                on_erasure=entry["on_erasure"],
                why=label_from(path, f"{name}, why", entry.get("why")),
                source=entry["source"],
            )
        )
    unique(path, "record", (one.code for one in found))
    impact = next((one for one in found if one.code == "impact"), None)
    if impact is None or impact.years < 3:
        raise BrokenReference(
            path, "record impact", _("must be kept for at least 3 years (PIPL 56).")
        )
    return {one.code: one for one in found}


@cache
def rights() -> dict[str, Right]:
    """Give what people may ask of us, by code."""
    path = _path("rights.toml")
    found = []
    for entry in read_toml(path)["right"]:
        name = _named(path, "right", entry)
        if int(entry.get("days", 0)) < 1:
            raise BrokenReference(
                path,
                name,
                _("{name} must be a whole number of {least} or more.", name="days", least=1),
            )
        label = label_from(path, name, entry.get("label"))
        late = bool(entry.get("after_death", False))
        found.append(Right(entry["code"], label, str(entry["article"]), int(entry["days"]), late))
    unique(path, "right", (one.code for one in found))
    return {one.code: one for one in found}


@cache
def rights_grounds() -> CodeList:
    """Give the grounds on which data is erased, as a code list."""
    path = _path("rights.toml")
    entries = tuple(
        Code(one["code"], label_from(path, _named(path, "ground", one), one.get("label")))
        for one in read_toml(path)["ground"]
    )
    unique(path, "ground", (one.code for one in entries))
    label = Label(zh="删除理由", en="ground for erasure")
    return CodeList("erasure_ground", label, entries, ordered=False, source="rights.toml")


@cache
def notices() -> tuple[Notice, ...]:
    """Give the versions of the notice, the oldest first."""
    path = _path("notice.toml")
    found = []
    for entry in read_toml(path)["version"]:
        name = _named(path, "version", entry)
        parts = tuple(
            (
                label_from(path, f"{name}, head", one.get("head")),
                label_from(path, f"{name}, text", one.get("text")),
            )
            for one in entry.get("paragraph", ())
        )
        if not parts or not isinstance(entry.get("since"), date):
            raise BrokenReference(
                path, name, _("needs paragraphs and the day since when it is used.")
            )
        title = label_from(path, name, entry.get("title"))
        found.append(Notice(entry["code"], entry["since"], title, parts))
    unique(path, "version", (one.code for one in found))
    return tuple(sorted(found, key=lambda one: one.since))


# ---------------------------------------------------------------- reading


def _path(name: str) -> Path:
    return data_folder() / "reference" / "privacy" / name


def _named(path: Path, kind: str, entry: dict[str, Any]) -> str:
    name = f"{kind} {entry.get('code')}"
    if not entry.get("source"):
        raise BrokenReference(path, name, _("has no {name}. Add it.", name="source"))
    return name


def _purpose(path: Path, entry: dict[str, Any]) -> Purpose:
    name = _named(path, "purpose", entry)
    found = Purpose(
        code=entry["code"],
        label=label_from(path, name, entry.get("label")),
        told=label_from(path, f"{name}, told", entry.get("told")),
        refused=label_from(path, f"{name}, refused", entry.get("refused")),
        basis=str(entry.get("basis")),
        articles=tuple(part.strip() for part in str(entry.get("article", "")).split(";")),
        kinds=tuple(entry.get("kinds", ())),
        separate=bool(entry.get("separate", False)),
        recipients=tuple(entry.get("recipients", ())),
        valid_days=entry.get("valid_days"),
        ask_again_days=int(entry.get("ask_again_days", 0)),
        impact=bool(entry.get("impact", False)),
        acts=tuple(entry.get("acts", ())),
        is_optional=bool(entry.get("optional", False)),
    )
    for reason in _wrong(found):
        raise BrokenReference(path, name, reason)
    return found


def _wrong(one: Purpose) -> list[str]:
    """List what the law would not let a purpose be."""
    wrong = []
    if one.basis not in BASES:
        wrong.append(f"basis is one of {BASES}, not {one.basis!r}")
    if not one.kinds or set(one.kinds) - data_kinds().keys():
        wrong.append("kinds names no kind of data, or one that does not exist")
    if {who for who in one.recipients if recipients().entry(who) is None}:
        wrong.append("recipients names one that does not exist")
    if wrong or not one.needs_consent:
        return wrong
    if len(one.recipients) > 1:
        wrong.append("a consent is for one kind of recipient; make a purpose for each")
    if one.recipients and not one.separate:
        wrong.append("what goes outside on consent needs a separate consent (PIPL 23)")
    if one.sensitive and not one.separate:
        wrong.append("sensitive data on consent needs a separate consent (PIPL 29)")
    if one.recipients and not {SHARED_ARTICLE, PUBLIC_ARTICLE} & set(one.articles):
        wrong.append("names neither article 23 nor 25")
    if one.sensitive and SENSITIVE_ARTICLE not in one.articles:
        wrong.append("names sensitive data and not article 29")
    if one.ask_again_days < 1:
        wrong.append("ask_again_days must say for how long a refusal is respected")
    return wrong

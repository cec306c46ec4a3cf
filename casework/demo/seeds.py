"""The seeds of invented people: names, distributions and sentences under ``data/demo``.

Decides that seeds are checked like all reference data (codes exist, shares are shares); leaves what
is made of them to `casework.demo.lives` and `casework.demo.year`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any

from casework.reference import (
    BrokenReference,
    agencies,
    code_list,
    data_folder,
    fact,
    facts,
    read_toml,
    services,
)

__all__ = [
    "Condition",
    "Deviation",
    "Habits",
    "InventedNeed",
    "Population",
    "Seeds",
    "Talk",
    "Usual",
    "Weighted",
    "population",
    "seeds",
    "talk",
]


# Tables of lives.toml that have a line for every code of a list.
_BY_CODE = {
    "health": ("mobility", "n_conditions", "fell", "in_hospital", "loss"),
    "living": ("family_status",),
}


@dataclass(frozen=True, slots=True)
class Weighted:
    """Values with how often each comes."""

    values: tuple[str, ...]
    bounds: tuple[float, ...]

    def pick(self, chance: Random) -> str:
        """Draw one value."""
        return self.values[bisect_right(self.bounds, chance.random() * self.bounds[-1])]


@dataclass(frozen=True, slots=True)
class Condition:
    """A chronic condition, its medicines, whose it can be, and its ICD-10 code if asked for."""

    name: str
    medicines: tuple[str, ...]
    sex: str | None
    icd10: str | None


@dataclass(frozen=True, slots=True)
class Seeds:
    """What people are put together from.

    Attributes
    ----------
    surnames : tuple of tuple of str
        Surname and its pinyin, frequent ones first.
    male, female, young : tuple of tuple of str
        Character of a given name and its pinyin.
    weights : mapping
        How often each value of a fact comes.
    known : mapping
        Share of people of whom a fact is known; a fact that is not named takes the population's.
    mobility, n_conditions, fell, in_hospital, loss : mapping
        By state of health: how one gets about, how many conditions come with it, the shares who
        fell or were in hospital within a year, what is lost of the abilities assessed (0 to 1).
    better, lived_before : mapping
        State of health, or living arrangement, that somebody may have had before this one.
    """

    surnames: tuple[tuple[str, str], ...]
    male: tuple[tuple[str, str], ...]
    female: tuple[tuple[str, str], ...]
    young: tuple[tuple[str, str], ...]
    weights: Mapping[str, Weighted]
    mobility: Mapping[str, Weighted]
    known: Mapping[str, float]
    n_conditions: Mapping[str, Weighted]
    better: Mapping[str, str]
    fell: Mapping[str, float]
    in_hospital: Mapping[str, float]
    loss: Mapping[str, float]
    lived_before: Mapping[str, str]
    family_status: Mapping[str, str]
    conditions: Weighted
    condition: Mapping[str, Condition]
    texts: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Population:
    """How an agency's invented population is composed; shares are of all people."""

    age_low: float
    age_mode: float
    age_high: float
    latest_veteran_birth: int
    veteran_share: float
    spouse_share: float
    male: float
    party_member: float
    couples: float
    seasonal: float
    deaths_a_year: float
    moves_a_year: float
    arrivals_a_year: float
    unknown: float
    found_out: float
    problems: float
    never_reached: float
    forgotten: float
    quiet_volunteers: float
    empty_seats: float
    assessed: float
    deviations: float
    answered_wishes: float
    staff: Mapping[str, int]


Suits = Mapping[str, tuple[str, ...]]
"""Values by fact: whoever holds one of each is meant."""


@dataclass(frozen=True, slots=True)
class InventedNeed:
    """A need that a worker sees on a visit; of a listed kind, or of none."""

    domain: str
    severity: str
    title: str
    kind: str | None


@dataclass(frozen=True, slots=True)
class Usual:
    """A contact that is usual where no rule asks for it: every so many days, by whom, how."""

    key: str
    days: int
    actor: str
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Habits:
    """How the work of a year goes; shares of 0 to 1.

    Attributes
    ----------
    diligence_low, diligence_high : float
        Range of the share of tasks that a member of staff does in time.
    late, tried : float
        Share of the rest that is done late; of what is missed, share that was tried in vain.
    left_open, gone_through : float, int
        Share of what was missed that stays on the list when it is gone through, so many days
        after its window.
    jitter_days, late_days : int
        Days around the planned day, and after the window, on which work is done.
    minutes : mapping
        Shortest and longest contact by channel.
    """

    diligence_low: float
    diligence_high: float
    late: float
    tried: float
    declined: float
    left_open: float
    gone_through: int
    proxy: float
    proxy_when_weak: float
    wish: float
    need: float
    opinion: float
    own_initiative: float
    attends: float
    jitter_days: int
    late_days: int
    needs_met: float
    needs_planned: float
    opinions_answered: float
    usual: tuple[Usual, ...]
    minutes: Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Deviation:
    """A departure from the rules that a caseworker asks for, with the reason.

    Attributes
    ----------
    kind : {"change", "decline", "add"}
    service : str
        Whose item is changed or declined, or what is added.
    quota : tuple of (int, str) or None
        How often a period it is to be, for a change or an addition.
    """

    kind: str
    service: str
    reason: str
    quota: tuple[int, str] | None = None
    title: str | None = None
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Talk:
    """What is written down about contacts.

    Attributes
    ----------
    proxy : mapping
        Openings by channel where somebody else was met or answered.
    suits : mapping
        Of whom a text is true, where it is not of anybody: values by fact, one of each is held.
    """

    opening: Mapping[str, tuple[str, ...]]
    proxy: Mapping[str, tuple[str, ...]]
    suits: Mapping[str, Suits]
    remark: Mapping[str, tuple[str, ...]]
    not_reached: Mapping[str, tuple[str, ...]]
    opinion: Mapping[str, tuple[str, ...]]
    dispositions: tuple[str, ...]
    excuse: Mapping[str, tuple[str, ...]]
    needs: tuple[InventedNeed, ...]
    deviations: tuple[Deviation, ...]
    answers: Mapping[str, Deviation]
    when: Mapping[str, tuple[tuple[str, ...], ...]]
    put_off: tuple[str, ...]
    returned: tuple[str, ...]
    habits: Habits


def _weighted(raw: Mapping[str, float]) -> Weighted:
    return Weighted(tuple(raw), tuple(accumulate(raw.values())))


def _pairs(raw: Sequence[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((one[0], one[1]) for one in raw)


@cache
def seeds() -> Seeds:
    """Read the seeds of people.

    Raises
    ------
    BrokenReference
        If a file is missing, or a weight is for a fact or code that does not exist.
    """
    folder = data_folder() / "demo"
    names, lives = read_toml(folder / "names.toml"), read_toml(folder / "lives.toml")
    _check_lives(folder / "lives.toml", lives)
    conditions = lives["conditions"]
    return Seeds(
        surnames=_pairs(names["surnames"]),
        male=_pairs(names["male"]),
        female=_pairs(names["female"]),
        young=_pairs(names["young"]),
        weights={code: _weighted(raw) for code, raw in lives["weights"].items()},
        mobility={code: _weighted(raw) for code, raw in lives["mobility"].items()},
        known=lives["known"],
        n_conditions={code: _weighted(raw) for code, raw in lives["n_conditions"].items()},
        better=lives["better"],
        fell=lives["fell"],
        in_hospital=lives["in_hospital"],
        loss=lives["loss"],
        lived_before=lives["lived_before"],
        family_status=lives["family_status"],
        conditions=_weighted({name: one["weight"] for name, one in conditions.items()}),
        condition={
            name: Condition(name, tuple(one["medicines"]), one.get("sex"), one.get("icd10"))
            for name, one in conditions.items()
        },
        texts={code: tuple(values) for code, values in lives["texts"].items()},
    )


def _check_lives(path: Path, lives: Mapping[str, Any]) -> None:
    """Refuse seeds for facts and codes that the vocabulary does not have."""
    weighted = {
        **lives["weights"],
        **{f"mobility after {k}": v for k, v in lives["mobility"].items()},
    }
    for name, raw in weighted.items():
        code = name.split(" after ")[0]
        if code not in facts():
            raise BrokenReference(path, f"weights {name}", "is no fact of facts.toml")
        listed = fact(code).list
        wrong = [one for one in raw if listed and code_list(listed).entry(one) is None]
        if wrong:
            raise BrokenReference(path, f"weights {name}", f"{wrong[0]!r} is not in list {listed}")
    for code, share in lives["known"].items():
        if code not in facts() or not 0 <= share <= 1:
            raise BrokenReference(path, f"known {code}", "must be a fact with a share of 0 to 1")
    for code, tables in _BY_CODE.items():
        wanted = {one.code for one in code_list(code).entries}
        for table in tables:
            if set(lives[table]) != wanted:
                missing = sorted(wanted ^ set(lives[table]))
                raise BrokenReference(path, table, f"must name every code of {code}: {missing}")


@cache
def population(agency: str) -> Population:
    """Read how the invented population of an agency is composed.

    Raises
    ------
    BrokenReference
        If a share is none, or the file speaks of an agency that does not exist.
    """
    path = data_folder() / "demo" / "population.toml"
    raw = read_toml(path)
    for name in raw:
        if name not in (*agencies(), "default", "source"):
            raise BrokenReference(path, name, "is no agency")
    found = {**raw["default"], **raw.get(agency, {})}
    age = found.pop("age")
    for name, share in found.items():
        if isinstance(share, float) and not 0 <= share <= 1:
            raise BrokenReference(path, f"{agency} {name}", "must be a share of 0 to 1")
    return Population(age_low=age["low"], age_mode=age["mode"], age_high=age["high"], **found)


@cache
def talk() -> Talk:
    """Read what is written down about contacts."""
    path = data_folder() / "demo" / "talk.toml"
    raw = read_toml(path)
    for channel in (*raw["opening"], *raw["habits"]["minutes"]):
        if code_list("channel").entry(channel) is None:
            raise BrokenReference(path, channel, "is no channel")
    for kind in raw["opinion"]:
        if kind != "dispositions" and code_list("opinion_kind").entry(kind) is None:
            raise BrokenReference(path, f"opinion {kind}", "is no kind of opinion")
    for part in ("opening", "proxy", "remark", "opinion"):
        for name, texts in raw[part].items():
            if not set(texts) - set(raw["suits"]):
                raise BrokenReference(path, f"{part} {name}", "has nothing to say of anybody")
    return Talk(
        opening={code: tuple(texts) for code, texts in raw["opening"].items()},
        proxy={code: tuple(texts) for code, texts in raw["proxy"].items()},
        suits={text: suits(path, text, one) for text, one in raw["suits"].items()},
        remark={code: tuple(texts) for code, texts in raw["remark"].items()},
        not_reached={code: tuple(texts) for code, texts in raw["not_reached"].items()},
        opinion={
            code: tuple(texts) for code, texts in raw["opinion"].items() if code != "dispositions"
        },
        dispositions=tuple(raw["opinion"]["dispositions"]),
        excuse={why: tuple(texts) for why, texts in raw["excuse"].items()},
        needs=tuple(_need(path, one) for one in raw["need"]),
        deviations=tuple(_deviation(path, one) for one in raw["deviation"]),
        answers={one["wish"]: _answer(path, one) for one in raw["answer"]},
        when={per: tuple(map(tuple, parts)) for per, parts in raw["when"].items()},
        put_off=tuple(raw["put_off"]["reasons"]),
        returned=tuple(raw["returned"]["comments"]),
        habits=_habits(raw["habits"]),
    )


def suits(path: Path, text: str, raw: Mapping[str, Sequence[str]]) -> Suits:
    """Read of whom something is true.

    Raises
    ------
    BrokenReference
        If there is no such fact, or its list has no such value.
    """
    for code, values in raw.items():
        if code not in facts():
            raise BrokenReference(path, text, f"{code} is no fact of facts.toml")
        listed = fact(code).list
        wrong = [one for one in values if listed and code_list(listed).entry(one) is None]
        if wrong:
            raise BrokenReference(path, text, f"{wrong[0]!r} is not in list {listed}")
    return {code: tuple(values) for code, values in raw.items()}


def _need(path: Path, raw: Mapping[str, str]) -> InventedNeed:
    for field, listed in (("domain", "need_domain"), ("severity", "need_severity")):
        if code_list(listed).entry(raw[field]) is None:
            raise BrokenReference(path, f"need {raw['title']}", f"{field} is not in {listed}")
    return InventedNeed(raw["domain"], raw["severity"], raw["title"], raw.get("kind"))


def _deviation(path: Path, raw: Mapping[str, Any]) -> Deviation:
    if raw["service"] not in services():
        raise BrokenReference(path, f"deviation {raw['reason']}", "service is not in services.toml")
    quota = raw.get("quota")
    return Deviation(
        kind=raw["kind"],
        service=raw["service"],
        reason=raw["reason"],
        quota=(quota["times"], quota["per"]) if quota else None,
        title=raw.get("title"),
        channels=tuple(raw.get("channels", ())),
    )


def _answer(path: Path, raw: Mapping[str, Any]) -> Deviation:
    """Read what is put into a plan for a wish; why is the wish, as the person said it."""
    return _deviation(path, {**raw, "kind": "add", "reason": f"本人心愿：{raw['wish']}"})


def _habits(raw: Mapping[str, Any]) -> Habits:
    shares = {
        key: value for key, value in raw.items() if key not in ("diligence", "minutes", "usual")
    }
    return Habits(
        diligence_low=raw["diligence"]["low"],
        diligence_high=raw["diligence"]["high"],
        usual=tuple(
            Usual(one["key"], one["days"], one["actor"], tuple(one["channels"]))
            for one in raw["usual"]
        ),
        minutes={channel: (low, high) for channel, (low, high) in raw["minutes"].items()},
        **shares,
    )

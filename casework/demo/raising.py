"""What is reported over the year of a demonstration, and how it is followed up to its answer.

Decides which issue gets how far and when; every step goes through the door of issues. Of the recent
ones some stand in each stage, some are over their time, and some are settled but not yet answered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from itertools import cycle, islice
from math import ceil
from random import Random

from casework.demo.seeds import Suits, suits
from casework.demo.served import Served
from casework.reference import BrokenReference, code_list, data_folder, read_toml
from casework.workbook import Workbook
from casework.workbook.issues import IssueEntry

__all__ = ["raise_issues"]

_STAGES_AFTER_FIRST = 3
# How far an issue gets: steps after the first stage, days since it was reported, and whether it is
# settled and answered. The limits of the defaults are 3, 15 and 30 days.
_FATES = (
    ("closed", 60, 350),
    ("contact", 0, 2),
    ("closed", 60, 350),
    ("communicate", 2, 3),
    ("closed", 60, 350),
    ("coordinate", 2, 3),
    ("closed", 30, 60),
    ("implement", 2, 3),
    ("settled", 8, 14),
    ("late", 35, 55),
    ("closed", 60, 350),
    ("escalated", 32, 45),
)
_TAKEN = {"contact": 0, "communicate": 1, "coordinate": 2, "late": 1, "escalated": 2}


@dataclass(frozen=True, slots=True)
class InventedIssue:
    """Something reported of people whom it suits, with the notes of those who followed it up."""

    entry: IssueEntry
    suits: Suits
    taken: tuple[str, ...]
    outcome: str
    settled: str
    reply: str
    escalated: str


def raise_issues(
    people: Sequence[Served],
    worker_of: Callable[[Served], Workbook],
    supervisor: Workbook,
    *,
    today: date,
    chance: Random,
) -> int:
    """Let issues be reported and followed up, and tell how many there are.

    Parameters
    ----------
    worker_of : callable
        Opens the workbook for who answers for a person, on the last day of the year.
    """
    invented, per_person, fewest = _seeds()
    n = max(ceil(len(people) * per_person), fewest)
    fates = islice(cycle(_FATES), n)
    raised = 0
    for fate, one in zip(fates, cycle(chance.sample(invented, len(invented))), strict=False):
        how, soonest, longest = fate
        day = today - timedelta(days=chance.randint(soonest, longest))
        there = [
            each
            for each in people
            if each.in_care(day) and each.in_care(today) and each.suits(one.suits, day)
        ]
        if not there:
            continue
        person = chance.choice(there)
        _follow_up(worker_of(person), supervisor, person, one, how, day, today, chance)
        raised += 1
    return raised


def _follow_up(
    worker: Workbook,
    supervisor: Workbook,
    person: Served,
    one: InventedIssue,
    how: str,
    day: date,
    today: date,
    chance: Random,
) -> None:
    """Report an issue on a day and take it as far as it gets, a few days a step."""
    issues = worker.issues
    entry = replace(one.entry, person_id=person.person_id, reported_on=day)
    issue_id = issues.report(entry)
    steps = one.taken[: _TAKEN.get(how, _STAGES_AFTER_FIRST)]
    for note in steps:
        day = min(day + timedelta(days=chance.randint(0, 3)), today)
        issues.move(issue_id, note=note, on=day)
    if how == "escalated":
        supervisor.issues.escalate(issue_id, one.escalated)
    if how in ("settled", "closed"):
        day = min(day + timedelta(days=chance.randint(1, 6)), today)
        issues.settle(issue_id, one.outcome, one.settled, on=day)
    if how == "closed":
        issues.reply(issue_id, one.reply, on=min(day + timedelta(days=chance.randint(0, 3)), today))


_NAMES = ("title", "kind", "source", "severity", "detail")


@cache
def _seeds() -> tuple[tuple[InventedIssue, ...], float, int]:
    path = data_folder() / "demo" / "issues.toml"
    raw = read_toml(path)
    found = []
    for one in raw["issue"]:
        codes = {"issue_kind": one["kind"], "issue_source": one["source"]}
        codes |= {"need_severity": one["severity"], "issue_outcome": one["outcome"]}
        for listed, code in codes.items():
            if code_list(listed).entry(code) is None:
                raise BrokenReference(path, one["title"], f"{code} is not in {listed}")
        if len(one["taken"]) != _STAGES_AFTER_FIRST:
            raise BrokenReference(path, one["title"], "taken must tell of three steps")
        entry = IssueEntry(**{name: one[name] for name in _NAMES})
        words = {name: one[name] for name in ("outcome", "settled", "reply")}
        of_whom = suits(path, one["title"], one.get("suits", {}))
        taken = tuple(one["taken"])
        found.append(InventedIssue(entry, of_whom, taken, escalated=raw["escalated"], **words))
    return tuple(found), float(raw["per_person"]), int(raw["fewest"])

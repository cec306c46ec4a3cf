"""Departures from the rules for single people: asked for with a reason, decided by a supervisor.

Decides what is asked for and how it ends; every step goes through the door of plans.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from random import Random

from casework.demo.seeds import Deviation, talk
from casework.workbook import Workbook
from casework.workbook.plan_entered import ItemChange
from casework.workbook.plan_told import PlanVersion

__all__ = ["DECIDED", "WAITING", "Wanted", "answers_to", "deviate"]

#: How a departure ends that lies half a year back, and one of these days.
DECIDED = ("approved", "approved", "approved", "approved", "returned")
WAITING = ("submitted", "submitted", "submitted", "draft", "approved", "returned")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who wants the plan of one person to depart from the rules.

    Attributes
    ----------
    asked : sequence of Deviation
        Of which the first that fits the person's plan is asked for.
    ending : {"draft", "submitted", "approved", "returned"}
    """

    person_id: int
    login: str
    asked: Sequence[Deviation]
    ending: str


def answers_to(wishes: Iterable[str], chance: Random) -> tuple[Deviation, ...]:
    """Give what can be put into a plan for wishes, each on days that suit the person."""
    known = (talk().answers[wish] for wish in wishes if wish in talk().answers)
    return tuple(replace(one, title=f"{_when(one, chance)}{one.title}") for one in known)


def _when(answer: Deviation, chance: Random) -> str:
    _times, per = answer.quota or (1, "")
    return "".join(chance.choice(words) for words in talk().when.get(per, ()))


def deviate(
    wanted: Iterable[Wanted],
    open_for: Callable[[str], Workbook],
    supervisor: Workbook,
    chance: Random,
) -> list[int]:
    """Let caseworkers depart from the rules for some people, and give the plans that came of it.

    Parameters
    ----------
    open_for : callable
        Opens the workbook for a login, on the day of the supervisor's.
    """
    by_login: dict[str, list[Wanted]] = {}
    for one in wanted:
        by_login.setdefault(one.login, []).append(one)
    touched: list[int] = []
    ended: dict[str, list[int]] = {}
    for login, theirs in by_login.items():
        worker = open_for(login)
        handed_in: list[int] = []
        for one in theirs:
            plan_id, complete = _drafted(worker, one, chance)
            touched += [plan_id] if plan_id is not None else []
            if plan_id is not None and complete:
                handed_in.append(plan_id)
                ended.setdefault(one.ending, []).append(plan_id)
        worker.reviews.submit(handed_in)
    supervisor.reviews.approve(ended.get("approved", ()))
    for plan_id in ended.get("returned", ()):
        supervisor.plans.send_back(plan_id, comment=chance.choice(talk().returned))
    return touched


def _drafted(worker: Workbook, one: Wanted, chance: Random) -> tuple[int | None, bool]:
    """Draft a plan with what is asked for, and tell whether it is to be handed in."""
    if worker.plans.in_force(one.person_id) is None:
        return None, False
    draft = worker.plans.draft(one.person_id)
    if draft.state != "draft" or not _entered(worker, draft, one.asked) or one.ending == "draft":
        return draft.plan_id, False
    for need in worker.plans.bare_needs(draft.plan_id):
        worker.needs.change_need(need.id, "deferred", reason=chance.choice(talk().put_off))
    return draft.plan_id, True


def _entered(worker: Workbook, draft: PlanVersion, asked: Sequence[Deviation]) -> bool:
    """Enter the first departure that fits the person's plan."""
    for one in asked:
        timing = {"quota": {"times": one.quota[0], "per": one.quota[1]}} if one.quota else None
        if one.kind == "add":
            entered = ItemChange(
                title=one.title, service=one.service, timing=timing, channels=one.channels or None
            )
            worker.plans.add(draft.plan_id, entered, reason=one.reason)
            return True
        key = _item(draft, one)
        if key is None:
            continue
        if one.kind == "decline":
            worker.plans.decline(draft.plan_id, key, reason=one.reason)
        else:
            worker.plans.change(draft.plan_id, key, ItemChange(timing=timing), reason=one.reason)
        return True
    return False


def _item(draft: PlanVersion, asked: Deviation) -> str | None:
    """Find the item of a rule that is to be changed or declined."""
    for line in draft.lines:
        fits = line.origin == "rule" and line.service == asked.service
        if fits and line.state != "declined" and (asked.quota is None or "quota" in line.timing):
            return line.key
    return None

"""Departures from the rules for single people: asked for with a reason, decided by a supervisor.

Decides what is asked for and how it ends; every step goes through the door of plans.
"""

from __future__ import annotations

from random import Random

from casework.demo.seeds import Deviation, talk
from casework.workbook import Workbook
from casework.workbook.plan_versions import ItemChange, PlanVersion

__all__ = ["DECIDED", "WAITING", "deviate"]

#: How a departure ends that lies half a year back, and one of these days.
DECIDED = ("approved", "approved", "approved", "approved", "returned")
WAITING = ("submitted", "submitted", "submitted", "draft", "approved", "returned")


def deviate(
    worker: Workbook, supervisor: Workbook, person_id: int, ending: str, chance: Random
) -> int | None:
    """Let a caseworker depart from the rules for a person, and give the plan that came of it.

    Parameters
    ----------
    worker, supervisor : Workbook
        The same workbook, opened for those two on the same day.
    ending : {"draft", "submitted", "approved", "returned"}
    """
    if worker.plans.in_force(person_id) is None:
        return None
    draft = worker.plans.draft(person_id)
    if draft.state != "draft" or not _entered(worker, draft, chance) or ending == "draft":
        return draft.plan_id
    for need in worker.plans.bare_needs(draft.plan_id):
        worker.needs.change_need(need.id, "deferred", reason=chance.choice(talk().put_off))
    worker.plans.submit(draft.plan_id)
    if ending == "approved":
        supervisor.plans.approve(draft.plan_id)
    elif ending == "returned":
        supervisor.plans.send_back(draft.plan_id, comment=chance.choice(talk().returned))
    return draft.plan_id


def _entered(worker: Workbook, draft: PlanVersion, chance: Random) -> bool:
    """Enter the first departure, in random order, that fits the person's plan."""
    asked = list(talk().deviations)
    chance.shuffle(asked)
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

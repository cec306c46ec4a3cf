"""The life of a plan version: which step leads where, and who may take it.

Decides states and steps, and which version is in force on a day; leaves writing them down to
``casework.workbook.plans``. There is no flag "active plan": it follows from state and days.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol, TypeVar

from casework.errors import NotPermitted
from casework.terms import _

__all__ = ["STATES", "STEPS", "State", "Step", "in_force", "next_state", "steps_from"]

State = Literal["draft", "submitted", "approved", "active", "revised", "closed"]
STATES: tuple[State, ...] = ("draft", "submitted", "approved", "active", "revised", "closed")
_DECIDERS = frozenset({"supervisor", "administrator"})
_EFFECTIVE = frozenset({"approved", "active", "revised", "closed"})
_WORKERS = frozenset({"caseworker", "supervisor", "administrator"})


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a plan: from which states, to which, and who may take it."""

    code: str
    sources: frozenset[State]
    target: State
    roles: frozenset[str]


STEPS: dict[str, Step] = {
    step.code: step
    for step in (
        Step("submit", frozenset({"draft"}), "submitted", _WORKERS),
        Step("withdraw", frozenset({"submitted"}), "draft", _WORKERS),
        Step("return", frozenset({"submitted"}), "draft", _DECIDERS),
        Step("approve", frozenset({"submitted"}), "approved", _DECIDERS),
        # An approved version comes into force on its day; the one before it is then revised.
        Step("activate", frozenset({"approved"}), "active", _WORKERS),
        Step("revise", frozenset({"active"}), "revised", _WORKERS),
        Step("discard", frozenset({"draft"}), "closed", _WORKERS),
        Step("close", frozenset({"approved", "active"}), "closed", _WORKERS),
    )
}


def steps_from(state: State, role: str) -> tuple[str, ...]:
    """Name the steps that somebody of this role may take now."""
    return tuple(
        step.code for step in STEPS.values() if state in step.sources and role in step.roles
    )


def next_state(state: State, code: str, role: str) -> State:
    """Take a step.

    Raises
    ------
    NotPermitted
        When the state does not allow the step, or the role does not.
    """
    step = STEPS[code]
    if state not in step.sources:
        raise NotPermitted(
            _(
                "A plan that is “{state}” cannot be “{step}”. Possible now: {possible}.",
                state=state_text(state),
                step=step_text(code),
                possible=_(", ").join(step_text(one) for one in steps_from(state, role))
                or _("nothing"),
            )
        )
    if role not in step.roles:
        raise NotPermitted(
            _(
                "“{step}” is for {roles}. Ask one of them.",
                step=step_text(code),
                roles=_(", ").join(role_text(one) for one in sorted(step.roles)),
            )
        )
    return step.target


class _Version(Protocol):
    state: str
    effective_from: date | None
    effective_to: date | None


_V = TypeVar("_V", bound=_Version)


def in_force(versions: Iterable[_V], on: date) -> _V | None:
    """Give the version in force on a day, or None.

    A version that was revised or closed was in force until its last day. An approved one whose day
    has come is in force, whether or not anybody has drawn up plans since: it takes the place of the
    one before.
    """
    found: _V | None = None
    for version in versions:
        first, last = version.effective_from, version.effective_to
        if version.state not in _EFFECTIVE or first is None or first > on:
            continue
        if last is not None and last < on:
            continue
        if found is None or version.state == "approved":
            found = version
    return found


def state_text(state: str) -> str:
    """Name a state in the language in force."""
    return {
        "draft": _("draft"),
        "submitted": _("submitted"),
        "approved": _("approved"),
        "active": _("in force"),
        "revised": _("revised"),
        "closed": _("closed"),
    }.get(state, state)


def step_text(code: str) -> str:
    """Name a step in the language in force."""
    return {
        "submit": _("submit"),
        "withdraw": _("withdraw"),
        "return": _("return"),
        "approve": _("approve"),
        "activate": _("bring into force"),
        "revise": _("revise"),
        "discard": _("discard"),
        "close": _("close"),
    }.get(code, code)


def role_text(role: str) -> str:
    """Name a role in the language in force."""
    return {
        "caseworker": _("caseworker"),
        "supervisor": _("supervisor"),
        "administrator": _("administrator"),
        "leader": _("leader"),
    }.get(role, role)

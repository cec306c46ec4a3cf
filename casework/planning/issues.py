"""The life of an issue: five stages, an outcome, an answer to whoever reported it; nothing dropped.

Decides which step may follow which and what a step leaves behind; leaves writing them down to
``casework.workbook.issues``. An issue ends only when it is settled and answered.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from casework.errors import InvalidEntry, NotPermitted
from casework.terms import _

__all__ = ["ACTS", "OUTSIDE", "STAGES", "IssueState", "acts_from", "after", "standing_text"]

Stage = Literal["contact", "communicate", "coordinate", "implement", "resolve"]
STAGES: tuple[Stage, ...] = ("contact", "communicate", "coordinate", "implement", "resolve")
ACTS = ("move", "note", "assign", "escalate", "decide", "reply", "settle", "reopen")
OUTSIDE = "outside"
"""The kind of those who are lost or need help away from home: settled the same day (S0-55)."""
_NEEDS_WORDS = {"note", "escalate", "decide", "reply", "settle", "reopen"}
_ALWAYS = ("note", "assign", "escalate", "decide")


@dataclass(frozen=True, slots=True)
class IssueState:
    """Where an issue stands.

    Attributes
    ----------
    standing : {"open", "settled", "closed"}
        Settled once there is an outcome, closed once there is an answer as well.
    answered : bool
        Whether whoever reported it has been told since it was last taken up.
    """

    stage: str = "contact"
    standing: str = "open"
    answered: bool = False


def acts_from(state: IssueState) -> tuple[str, ...]:
    """Name what can be done about an issue now."""
    if state.standing == "closed":
        return ("reopen",)
    if state.standing == "settled":
        return ("reply", "reopen", *_ALWAYS)
    return ("move", "reply", "settle", *_ALWAYS)


def after(
    state: IssueState, act: str, *, to: str | None = None, words: str | None = None
) -> IssueState:
    """Take a step.

    Parameters
    ----------
    to : str or None
        The stage to move to; for reopening, where the work goes on (``coordinate`` by default).
    words : str or None
        What was said or done; wanted for every step but moving on and assigning, and for moving
        back.

    Raises
    ------
    NotPermitted
        When the step cannot follow.
    InvalidEntry
        When the stage does not exist or the words are missing.

    Examples
    --------
    >>> settled = after(IssueState("implement"), "settle", words="电梯已修好")
    >>> settled.standing, after(settled, "reply", words="已电话告知").standing
    ('settled', 'closed')
    """
    if act not in acts_from(state):
        raise NotPermitted(
            _(
                "An issue that is “{standing}” cannot take this step. Possible: {possible}.",
                standing=standing_text(state.standing),
                possible=_(", ").join(act_text(one) for one in acts_from(state)),
            )
        )
    if to is not None and to not in STAGES:
        raise InvalidEntry(
            _("There is no stage {stage}. Accepted: {known}.", stage=to, known=", ".join(STAGES)),
            "stage",
            to,
        )
    if act == "move":
        return _moved(state, to, words)
    if act in _NEEDS_WORDS and not (words or "").strip():
        raise InvalidEntry(
            _("Say in a sentence what was said or done, so that others can follow."), "note"
        )
    if act == "reply":
        closed = state.standing == "settled"
        return replace(state, answered=True, standing="closed" if closed else state.standing)
    if act == "settle":
        return IssueState("resolve", "closed" if state.answered else "settled", state.answered)
    if act == "reopen":
        return IssueState(to or "coordinate", "open", answered=False)
    return state


def _moved(state: IssueState, to: str | None, words: str | None) -> IssueState:
    here = STAGES.index(state.stage)
    if to is None:
        to = STAGES[min(here + 1, len(STAGES) - 1)]
    there = STAGES.index(to)
    if there == here:
        raise NotPermitted(_("The issue is in this stage already. Choose another one."))
    if there < here and not (words or "").strip():
        raise InvalidEntry(_("Say why the issue goes back to an earlier stage."), "note")
    return replace(state, stage=to)


def standing_text(standing: str) -> str:
    """Name where an issue stands, in the language in force."""
    return {
        "open": _("being worked on"),
        "settled": _("settled, not answered yet"),
        "unanswered": _("settled, not answered yet"),
        "overdue": _("over its time"),
        "closed": _("settled and answered"),
    }.get(standing, standing)


def act_text(act: str) -> str:
    """Name a step about an issue, in the language in force."""
    return {
        "report": _("reported"),
        "move": _("moved on"),
        "note": _("noted"),
        "assign": _("given to somebody"),
        "escalate": _("taken to the leadership"),
        "decide": _("decided"),
        "reply": _("answered"),
        "settle": _("settled"),
        "reopen": _("taken up again"),
    }.get(act, act)

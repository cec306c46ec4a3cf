"""Whether something that took place answers a task: right channel, right actor, in its window.

Decides that by plain values, for contacts now and for orders, attendance and payments later; pure.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

__all__ = ["answers"]


def answers(
    *,
    channels: Collection[str] | None,
    actor: str,
    opens_on: date,
    due_on: date,
    channel: str,
    actors: Collection[str],
    on: date,
    stand_ins: Mapping[str, Collection[str]] | None = None,
) -> str | None:
    """Tell whether a contact answers a task.

    Parameters
    ----------
    channels : collection of str or None
        Channels the task asks for; None or empty takes any.
    actor : str
        Role the task asks for.
    opens_on, due_on : date
        The window of the task, both days included.
    channel, actors, on
        How, in which roles and when the contact took place.
    stand_ins : mapping of str to collection of str, optional
        Whose contact also counts where somebody else was planned: a leader's visit for the
        caseworker's.

    Returns
    -------
    str or None
        ``"done"`` inside the window, ``"late_done"`` after it, None where it answers nothing.

    Examples
    --------
    >>> day = date(2025, 3, 3)
    >>> answers(channels=["phone"], actor="caseworker", opens_on=day, due_on=day,
    ...         channel="phone", actors={"leader", "caseworker"}, on=day)
    'done'
    """
    if channels and channel not in channels:
        return None
    accepted = {actor, *(stand_ins or {}).get(actor, ())}
    if not accepted & set(actors) or on < opens_on:
        return None
    return "done" if on <= due_on else "late_done"
